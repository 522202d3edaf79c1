//! What was changed in a text, so that it can be taken back and done again, also after a restart.
//!
//! A step is what one thinks of as one change: a word that was typed, a run of Backspace, a number that was slid, a
//! paste. It holds places and texts only, so it can be kept in a file; what is read from there is not trusted: a step
//! that does not fit the text is not applied.

use serde::{Deserialize, Serialize};

/// How many steps are remembered.
const STEPS: usize = 500;
/// How many bytes of text the steps hold at most, and those that are kept in a file.
const BYTES: usize = 400_000;
const KEPT_BYTES: usize = 60_000;
/// After so many milliseconds without a change the next one is a step of its own.
const PAUSE: i64 = 3_000;

/// What kind of change it is: changes of one kind in a row may be one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A character was typed.
    Typing,
    /// Characters were erased, one by one or by words.
    Erasing,
    /// A number was slid, or a completion was followed by the next.
    Turning,
    /// Anything else: always a step by itself.
    Other,
}

/// At a byte of the text, one text took the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Edit {
    pub at: usize,
    pub old: String,
    pub new: String,
}

/// One change as one thinks of it, with the cursor before and after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    edits: Vec<Edit>,
    before: usize,
    after: usize,
}

/// The steps that were done and those that were taken back.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    bytes: usize,
    /// What the last step may go on as, and when it was changed last.
    open: Option<(Kind, i64)>,
}

/// What is kept in a file: the text that the steps end at, so that it is seen where another program changed it.
#[derive(Serialize, Deserialize)]
struct Kept {
    text: String,
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl History {
    /// Notes an edit that was made. It goes on with the last step where it is of the same kind, follows it at once and
    /// does not begin a word.
    pub fn note(&mut self, edit: Edit, kind: Kind, before: usize, after: usize, now: i64) {
        self.undone.clear();
        let follows = self.open.is_some_and(|(open, at)| open == kind && now - at <= PAUSE);
        self.open = (kind != Kind::Other && edit.new != "\n").then_some((kind, now));
        self.bytes += edit.old.len() + edit.new.len();
        match self.done.last_mut() {
            Some(step) if follows && step.after == before && !begins_word(step, &edit, kind) => {
                step.after = after;
                step.join(edit);
            }
            _ => self.done.push(Step { edits: vec![edit], before, after }),
        }
        while self.done.len() > STEPS || (self.bytes > BYTES && self.done.len() > 1) {
            self.bytes -= self.done.remove(0).bytes();
        }
    }

    /// From now on a change is a new step.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// Takes the last step back. Gives the cursor before it; nothing where there is none, or where it does not fit.
    pub fn undo(&mut self, text: &mut String) -> Option<usize> {
        self.close();
        let step = self.done.pop()?;
        let mut changed = text.clone();
        for edit in step.edits.iter().rev() {
            if !swap(&mut changed, edit.at, &edit.new, &edit.old) {
                *self = History::default();
                return None;
            }
        }
        *text = changed;
        let cursor = step.before;
        self.bytes -= step.bytes().min(self.bytes);
        self.undone.push(step);
        Some(cursor)
    }

    /// Does again what was taken back last. Gives the cursor after it.
    pub fn redo(&mut self, text: &mut String) -> Option<usize> {
        self.close();
        let step = self.undone.pop()?;
        let mut changed = text.clone();
        for edit in &step.edits {
            if !swap(&mut changed, edit.at, &edit.old, &edit.new) {
                *self = History::default();
                return None;
            }
        }
        *text = changed;
        let cursor = step.after;
        self.bytes += step.bytes();
        self.done.push(step);
        Some(cursor)
    }

    /// The last steps as a text to be kept, with the text that they end at.
    pub fn keep(&self, text: &str) -> String {
        let mut bytes = 0;
        let fits = |step: &&Step| {
            bytes += step.bytes() + 40;
            bytes <= KEPT_BYTES
        };
        let mut done: Vec<Step> = self.done.iter().rev().take_while(fits).cloned().collect();
        done.reverse();
        let mut bytes = 0;
        let undone = self.undone.iter().rev().take_while(|step| {
            bytes += step.bytes() + 40;
            bytes <= KEPT_BYTES
        });
        let mut undone: Vec<Step> = undone.cloned().collect();
        undone.reverse();
        serde_json::to_string(&Kept { text: text.to_string(), done, undone }).unwrap_or_default()
    }

    /// What was kept, and the text that it ends at; nothing where it cannot be read.
    pub fn read(kept: &str) -> Option<(History, String)> {
        let Kept { text, done, undone } = serde_json::from_str(kept).ok()?;
        let bytes = done.iter().map(Step::bytes).sum();
        Some((History { done, undone, bytes, open: None }, text))
    }
}

impl Step {
    fn bytes(&self) -> usize {
        self.edits.iter().map(|edit| edit.old.len() + edit.new.len()).sum()
    }

    /// Adds an edit; where it goes on with the last one, it becomes one with it.
    fn join(&mut self, edit: Edit) {
        let Some(last) = self.edits.last_mut() else { return self.edits.push(edit) };
        if edit.old.is_empty() && edit.at == last.at + last.new.len() {
            last.new.push_str(&edit.new);
        } else if edit.new.is_empty() && last.new.is_empty() && edit.at + edit.old.len() == last.at {
            last.old.insert_str(0, &edit.old);
            last.at = edit.at;
        } else if edit.new.is_empty() && last.new.is_empty() && edit.at == last.at {
            last.old.push_str(&edit.old);
        } else {
            self.edits.push(edit);
        }
    }
}

/// Whether what is typed begins a word behind what is no word.
fn begins_word(step: &Step, edit: &Edit, kind: Kind) -> bool {
    let before = step.edits.last().and_then(|last| last.new.chars().next_back());
    kind == Kind::Typing
        && (edit.new == "\n"
            || (before.is_some_and(char::is_whitespace) && edit.new.starts_with(char::is_alphanumeric)))
}

/// Puts one text where the other stands; says whether it stands there.
fn swap(text: &mut String, at: usize, stands: &str, put: &str) -> bool {
    let end = at.saturating_add(stands.len());
    let fits = text.get(at..end) == Some(stands);
    if fits {
        text.replace_range(at..end, put);
    }
    fits
}
