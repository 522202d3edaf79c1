//! A sheet that is evaluated as one types: in the Envelope, and in the flow of a page.
//!
//! The text is a [`TextBuffer`], what it comes to an [`envelope::Sheet`]. Between the two stands what one sees while
//! typing: a line that is not finished yet is no mistake, and what uses it keeps the value that it had, so the
//! screen does not flicker between values and complaints.

mod buffer;
mod complete;
mod history;
mod keys;
mod markdown;
mod sections;
mod slide;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

pub use buffer::{LONGEST_TEXT, Move, TextBuffer};
pub use complete::{Candidate, Completing};
pub use markdown::markdown;
pub use sections::{LineKind, line_kinds, words};

use super::command::{Context, Do};
use crate::envelope::{self, Answer, Fault, Outcome, Sheet, Step};

/// A sheet and its text, to be changed.
#[derive(Clone, Debug, Default)]
pub struct SheetEditor {
    /// The text.
    pub buffer: TextBuffer,
    /// The first row shown: of the lines that are not folded away.
    pub top: usize,
    /// The headings whose sections are folded, by their words.
    pub folded: BTreeSet<String>,
    /// The completions that are offered.
    pub completing: Option<Completing>,
    /// What was cut or copied here last. What other programs copied comes as a paste of the terminal.
    pub clipboard: String,
    /// What the text evaluates to, once somebody looks.
    sheet: OnceLock<Arc<Sheet>>,
    /// How the value of a line comes about, once somebody looks.
    steps: RefCell<Option<(usize, Arc<Vec<Step>>)>>,
    /// The line that is being typed.
    typing: Option<usize>,
    /// What the sheet was before the line that is being typed was broken.
    settled: Option<Arc<Sheet>>,
    /// How many rows a page is.
    page: usize,
}

/// What a command did to a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The text is another one.
    Changed,
    /// Nothing, and there is nothing to say.
    Same,
    /// A text is to be put on the clipboard; whether the sheet has changed, and what is to be said.
    Copied(String, bool, String),
    /// Nothing, and this is why.
    Nothing(&'static str),
}

/// What stands beside a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown<'a> {
    /// Nothing.
    Nothing,
    /// Its value.
    Value(&'a Answer),
    /// It is not finished, or uses a line that is not; with the value that it had.
    Waiting(Option<&'a Answer>),
    /// What is wrong in it.
    Fault(&'a Fault),
}

impl SheetEditor {
    /// A sheet with this text.
    #[must_use]
    pub fn with_text(text: &str) -> SheetEditor {
        SheetEditor { buffer: TextBuffer::new(text), page: 1, ..SheetEditor::default() }
    }

    /// A sheet with this text, and what was kept of its changes.
    #[must_use]
    pub fn with_log(text: &str, log: &str) -> SheetEditor {
        SheetEditor { buffer: TextBuffer::with_log(text, log), page: 1, ..SheetEditor::default() }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.buffer.text()
    }

    /// What the text evaluates to. The first look after a change evaluates it.
    #[must_use]
    pub fn sheet(&self) -> &Arc<Sheet> {
        self.sheet.get_or_init(|| Arc::new(envelope::evaluate(self.buffer.text())))
    }

    /// How the value of the line under the cursor comes about. It is made at the first look and kept for the next frame.
    #[must_use]
    pub fn steps(&self) -> Arc<Vec<Step>> {
        let line = self.buffer.place().0;
        let mut kept = self.steps.borrow_mut();
        match &*kept {
            Some((known, steps)) if *known == line => Arc::clone(steps),
            _ => {
                let steps = Arc::new(envelope::steps(self.text(), line + 1));
                *kept = Some((line, Arc::clone(&steps)));
                steps
            }
        }
    }

    /// Where keys work in it, innermost first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let completing = self.completing.is_some().then_some(Context::Completions);
        let selected = (!self.buffer.selection().is_empty()).then_some(Context::Selected);
        completing.into_iter().chain(selected).chain([Context::Sheet]).collect()
    }

    /// What stands beside a line.
    #[must_use]
    pub fn shown(&self, line: usize) -> Shown<'_> {
        let sheet = self.sheet();
        let fault_at = |line: usize| match sheet.lines.get(line).map(|line| &line.outcome) {
            Some(Outcome::Fault(fault)) => Some(fault),
            _ => None,
        };
        let Some(fault) = fault_at(line) else {
            return match sheet.lines.get(line).map(|line| &line.outcome) {
                Some(Outcome::Value(answer)) => Shown::Value(answer),
                _ => Shown::Nothing,
            };
        };
        let Some(typing) = self.typing.filter(|typing| fault_at(*typing).is_some()) else {
            return Shown::Fault(fault);
        };
        let settled = self.settled.as_ref().filter(|settled| settled.lines.len() == sheet.lines.len());
        match settled.and_then(|settled| settled.lines.get(line)).map(|line| &line.outcome) {
            Some(Outcome::Value(answer)) => Shown::Waiting(Some(answer)),
            _ if typing == line => Shown::Waiting(None),
            _ => Shown::Fault(fault),
        }
    }

    /// A command; nothing where it is none of a sheet's.
    pub fn act(&mut self, does: Do) -> Option<Edited> {
        let before = self.completing.take();
        let edited = match does {
            Do::Complete => self.complete(before, true),
            Do::CompleteBack => self.complete(before, false),
            // The list goes, and what was typed is back.
            Do::TakeBackCompletion => {
                if let Some(list) = before {
                    let end = self.buffer.cursor();
                    let typed = list.typed.len();
                    self.buffer.turn(list.start..end, &list.typed, list.start + typed);
                }
                self.changed()
            }
            Do::TakeCompletion => Edited::Same,
            Do::SlideUp => self.slide(true, 1),
            Do::SlideDown => self.slide(false, 1),
            Do::SlideFarUp => self.slide(true, 10),
            Do::SlideFarDown => self.slide(false, 10),
            Do::Undo if self.buffer.undo() => self.settle(),
            Do::Undo => Edited::Nothing("There is nothing to take back."),
            Do::Redo if self.buffer.redo() => self.settle(),
            Do::Redo => Edited::Nothing("There is nothing to do again."),
            Do::Copy => self.copy(),
            Do::Cut => self.cut(),
            Do::Paste if self.clipboard.is_empty() => {
                Edited::Nothing("Nothing was cut or copied here. The terminal's own paste works as well.")
            }
            Do::Paste => {
                let text = self.clipboard.clone();
                self.insert(&text)
            }
            Do::SelectAll => {
                self.buffer.select_all();
                Edited::Same
            }
            Do::Deselect => {
                self.buffer.deselect();
                Edited::Same
            }
            Do::Fold => self.fold(),
            Do::FoldAll => self.fold_all(),
            _ => {
                self.completing = before;
                return None;
            }
        };
        Some(edited)
    }

    /// A paste, or a line that is put in.
    pub fn paste(&mut self, text: &str) -> Edited {
        self.completing = None;
        self.insert(text)
    }

    fn insert(&mut self, text: &str) -> Edited {
        if !self.buffer.insert(text) {
            return Edited::Nothing("A sheet has at most 200 KB; this would be more.");
        }
        self.changed()
    }

    /// Makes the text another one, as another program has left it.
    pub fn change_to(&mut self, text: &str) {
        self.completing = None;
        self.buffer.change_to(text);
        self.settle();
    }

    /// Puts the cursor where somebody clicks; with `select` the other end of the selection stays.
    pub fn point(&mut self, line: usize, column: usize, select: bool) {
        self.completing = None;
        self.buffer.go_to_column(line, column, select);
        self.moved();
    }

    /// The text has changed at the cursor: that line is being typed.
    fn changed(&mut self) -> Edited {
        let line = self.buffer.place().0;
        let before = self.sheet.take();
        self.steps.take();
        let lines = |sheet: &Arc<Sheet>| sheet.lines.len();
        let broken = |sheet: &Arc<Sheet>, line: usize| {
            matches!(sheet.lines.get(line).map(|line| &line.outcome), Some(Outcome::Fault(_)))
        };
        // What was right before is what is shown while the line is broken.
        if let Some(before) = before
            && (self.typing != Some(line) || !broken(&before, line))
        {
            self.settled = Some(before);
        }
        self.typing = Some(line);
        let now = Arc::clone(self.sheet());
        // A line more or less: what stands above and below it is as it was.
        if self.settled.as_ref().is_some_and(|settled| lines(settled) != lines(&now)) {
            self.settled = Some(now);
        }
        self.open_cursor();
        Edited::Changed
    }

    /// The text has changed, and not by typing.
    fn settle(&mut self) -> Edited {
        self.sheet = OnceLock::new();
        self.steps.take();
        (self.typing, self.settled) = (None, None);
        self.open_cursor();
        Edited::Changed
    }

    /// The cursor has moved: a line that it left is finished.
    fn moved(&mut self) -> Edited {
        if self.typing.is_some_and(|line| line != self.buffer.place().0) {
            (self.typing, self.settled) = (None, None);
        }
        self.open_cursor();
        Edited::Same
    }

    /// The lines that are not folded away, and for each how many it hides.
    #[must_use]
    pub fn rows(&self) -> Vec<(usize, usize)> {
        sections::shown(self.text(), &line_kinds(self.text()), &self.folded)
    }

    /// Where the cursor stands among the rows.
    fn row_of_cursor(&self, rows: &[(usize, usize)]) -> usize {
        let line = self.buffer.place().0;
        rows.iter().rposition(|(row, _)| *row <= line).unwrap_or(0)
    }

    /// Scrolls so far that the cursor is seen.
    pub fn show_cursor(&mut self, height: usize) {
        let row = self.row_of_cursor(&self.rows());
        self.page = height.max(1);
        self.top = self.top.min(row).max((row + 1).saturating_sub(self.page));
    }

    /// Scrolls and leaves the cursor where it is.
    pub fn scroll(&mut self, down: bool, by: usize, height: usize) {
        let last = self.rows().len().saturating_sub(height.max(1));
        self.top = if down { (self.top + by).min(last.max(self.top)) } else { self.top.saturating_sub(by) };
    }

    /// Opens the section that hides the cursor.
    fn open_cursor(&mut self) {
        if self.folded.is_empty() {
            return;
        }
        let kinds = line_kinds(self.text());
        let line = self.buffer.place().0;
        let shown = sections::shown(self.text(), &kinds, &self.folded).iter().any(|(row, _)| *row == line);
        if let Some(heading) = sections::heading_of(&kinds, line).filter(|_| !shown) {
            let title = words(self.buffer.line(heading)).to_string();
            self.folded.remove(&title);
        }
    }

    /// Folds the section around the cursor, or opens it.
    fn fold(&mut self) -> Edited {
        let kinds = line_kinds(self.text());
        let line = self.buffer.place().0;
        let Some(heading) = sections::heading_of(&kinds, line) else {
            return Edited::Nothing("No heading stands above: a comment that begins a paragraph is one.");
        };
        self.fold_at(heading);
        if heading != line {
            self.buffer.go_to(heading, 0);
        }
        Edited::Same
    }

    /// Folds the section of a heading, or opens it.
    pub fn fold_at(&mut self, heading: usize) {
        let title = words(self.buffer.line(heading)).to_string();
        if !self.folded.remove(&title) {
            self.folded.insert(title);
        }
    }

    fn fold_all(&mut self) -> Edited {
        if !self.folded.is_empty() {
            self.folded.clear();
            return Edited::Same;
        }
        let kinds = line_kinds(self.text());
        let titles = self.text().split('\n').zip(&kinds).filter(|(_, kind)| **kind == LineKind::Heading);
        self.folded = titles.map(|(line, _)| words(line).to_string()).collect();
        if let Some(heading) = sections::heading_of(&kinds, self.buffer.place().0) {
            self.buffer.go_to(heading, 0);
        }
        Edited::Same
    }

    /// The last line with a value of the section that a folded heading hides.
    #[must_use]
    pub fn last_value(&self, heading: usize, hides: usize) -> Option<usize> {
        (heading + 1..=heading + hides).rev().find(|line| matches!(self.shown(*line), Shown::Value(_)))
    }

    /// What is selected goes to the clipboard; else the result of the line.
    fn copy(&mut self) -> Edited {
        let selected = self.buffer.selected().to_string();
        if !selected.is_empty() {
            self.buffer.deselect();
            self.clipboard.clone_from(&selected);
            return Edited::Copied(selected, false, "Copied.".to_string());
        }
        match self.shown(self.buffer.place().0) {
            Shown::Value(answer) => {
                let text = answer.text.clone();
                self.clipboard.clone_from(&text);
                let said = format!("Copied: {text}");
                Edited::Copied(text, false, said)
            }
            _ => Edited::Nothing("Nothing is selected, and the line has no result."),
        }
    }

    /// The selection or the line goes to the clipboard and out of the sheet.
    fn cut(&mut self) -> Edited {
        let cut = self.buffer.cut();
        if cut.is_empty() {
            return Edited::Nothing("There is nothing to cut.");
        }
        self.clipboard.clone_from(&cut);
        self.settle();
        Edited::Copied(cut, true, "Cut: it is on the clipboard.".to_string())
    }

    fn slide(&mut self, up: bool, steps: u32) -> Edited {
        let (line, byte) = self.buffer.place();
        let text = self.buffer.line(line);
        let Some(range) = slide::number_at(text, byte) else {
            return Edited::Nothing("No number stands in this line.");
        };
        let Some(moved) = slide::slid(&text[range.clone()], up, steps) else { return Edited::Same };
        // The cursor stays on the number, and behind it where it stood behind it.
        let cursor = match byte {
            byte if byte >= range.end => byte - range.len() + moved.len(),
            byte if byte >= range.start => byte.min(range.start + moved.len()),
            byte => byte,
        };
        let start = self.buffer.cursor() - byte;
        self.buffer.turn(start + range.start..start + range.end, &moved, start + cursor);
        self.settle()
    }

    fn complete(&mut self, before: Option<Completing>, forward: bool) -> Edited {
        let list = match before {
            Some(mut list) => {
                let count = list.candidates.len();
                list.chosen = (list.chosen + if forward { 1 } else { count - 1 }) % count;
                list
            }
            None => {
                let cursor = self.buffer.cursor();
                let Some(start) = complete::begun(self.text(), cursor) else {
                    return Edited::Nothing(
                        "Nothing to complete here: type the beginning of a name, a unit or a function.",
                    );
                };
                let typed = self.text()[start..cursor].to_string();
                let candidates = complete::candidates(self.sheet(), self.buffer.place().0, &typed);
                if candidates.is_empty() {
                    return Edited::Nothing("Nothing begins like that.");
                }
                Completing { start, typed, candidates, chosen: 0 }
            }
        };
        let word = list.candidates[list.chosen].word.clone();
        let end = self.buffer.cursor();
        self.buffer.turn(list.start..end, &word, list.start + word.len());
        // One that is the only one needs no list.
        self.completing = Some(list).filter(|list| list.candidates.len() > 1);
        self.changed()
    }
}
