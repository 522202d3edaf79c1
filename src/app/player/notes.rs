//! What there is to read about a demo: what to look for, what can be set, what to reach, what must hold, what can be
//! broken. As lines at a width, so that it can be scrolled.

use super::{Player, Seen};
use crate::doc;
use crate::lab::{Control, ControlKind};

/// What a line of the notes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A heading.
    Head,
    /// Text, or nothing.
    Text,
    /// A goal that is reached.
    Reached,
    /// A goal that is not.
    Open,
    /// A rule that holds.
    Holds,
    /// A rule that was broken.
    Broken,
}

/// A line of the notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteLine {
    /// What it is.
    pub note: Note,
    /// Whether a paragraph begins with it; what has a mark has it there.
    pub first: bool,
    /// The text.
    pub text: String,
}

impl Player {
    /// The notes at a width, in cells. Marks need two cells before the text, which are not part of it.
    #[must_use]
    pub fn notes(&self, seen: &Seen, width: usize) -> Vec<NoteLine> {
        let spec = self.spec();
        let mut lines = Lines { lines: Vec::new(), width: width.max(8) };
        lines.head("What to look for");
        spec.look_for.iter().for_each(|sentence| lines.paragraph(Note::Text, sentence));
        lines.head("What can be set");
        for control in spec.controls {
            lines.paragraph(Note::Text, &about(control));
        }
        if let Some(ControlKind::Choice(options)) = spec.control("bug").map(|control| &control.kind) {
            for (option, does) in options.iter().skip(1).zip(spec.bugs) {
                lines.paragraph(Note::Text, &format!("bug {option}: {does}"));
            }
        }
        lines.head("What to reach");
        for (goal, reached) in spec.goals.iter().zip(&seen.goals) {
            lines.paragraph(if *reached { Note::Reached } else { Note::Open }, goal);
        }
        lines.head("What must hold");
        for (rule, broken) in spec.invariants.iter().zip(&seen.broken) {
            match broken {
                Some(step) => lines.paragraph(Note::Broken, &format!("at {} {step} broke: {rule}", step.at)),
                None => lines.paragraph(Note::Holds, rule),
            }
        }
        lines.lines.pop();
        lines.lines
    }
}

/// A control in a sentence: `hold: how long a lock lasts at most, 50 to 5000 ms`.
#[must_use]
pub fn about(control: &Control) -> String {
    format!("{}: {}, {}", control.name.replace('_', " "), control.label, control.takes())
}

struct Lines {
    lines: Vec<NoteLine>,
    width: usize,
}

impl Lines {
    fn head(&mut self, text: &str) {
        self.paragraph(Note::Head, text);
    }

    fn paragraph(&mut self, note: Note, text: &str) {
        for (index, text) in doc::wrap_text(text, self.width.saturating_sub(2)).into_iter().enumerate() {
            self.lines.push(NoteLine { note, first: index == 0, text });
        }
        self.lines.push(NoteLine { note: Note::Text, first: false, text: String::new() });
    }
}
