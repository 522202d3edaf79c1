//! A sheet that is evaluated as one types: in the Envelope, and in the flow of a page.

use super::command::Do;
use super::field::Field;
use crate::config::key::Key;
use crate::envelope::{self, Sheet};

/// A sheet and its text, to be changed.
#[derive(Clone, Debug)]
pub struct SheetEditor {
    /// The text.
    pub field: Field,
    /// What it evaluates to.
    pub sheet: Sheet,
    /// The first line shown.
    pub top: usize,
    /// Where Tab got its completions from: the typed beginning, and which one was put in.
    completing: Option<(usize, String, usize)>,
}

/// What a command did to a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// The text is another one.
    Changed,
    /// Nothing, and there is nothing to say.
    Same,
    /// There is nothing to complete.
    NothingToComplete,
}

impl SheetEditor {
    /// A sheet with this text.
    #[must_use]
    pub fn with_text(text: &str) -> SheetEditor {
        let mut field = Field::lines(text);
        field.go_to(0, 0);
        SheetEditor { sheet: envelope::evaluate(text), field, top: 0, completing: None }
    }

    /// A command; nothing where it is none of a sheet's.
    pub fn act(&mut self, does: Do) -> Option<Edited> {
        if does != Do::Complete {
            self.completing = None;
        }
        let changed = match does {
            Do::Complete => {
                if !self.complete() {
                    return Some(Edited::NothingToComplete);
                }
                true
            }
            Do::SlideUp => self.slide(true),
            Do::SlideDown => self.slide(false),
            _ => return None,
        };
        Some(self.evaluate(changed))
    }

    /// A key that is text, or moves in it.
    pub fn typed(&mut self, key: Key) -> Edited {
        let before = self.field.text().to_string();
        self.completing = None;
        self.field.key(key);
        self.evaluate(self.field.text() != before)
    }

    /// A paste.
    pub fn paste(&mut self, text: &str) -> Edited {
        self.completing = None;
        self.field.insert(text);
        self.evaluate(true)
    }

    fn evaluate(&mut self, changed: bool) -> Edited {
        if changed {
            self.sheet = envelope::evaluate(self.field.text());
        }
        if changed { Edited::Changed } else { Edited::Same }
    }

    /// Scrolls so far that the cursor is seen.
    pub fn show_cursor(&mut self, height: usize) {
        let line = self.field.place().0;
        self.top = self.top.min(line).max((line + 1).saturating_sub(height.max(1)));
    }

    /// The number under the cursor or, where there is none, the last one before it on the line: its bytes in the text.
    fn number_at_cursor(&self) -> Option<std::ops::Range<usize>> {
        let (line, byte) = self.field.place();
        let start = self.field.cursor() - byte;
        let text = self.field.text().split('\n').nth(line)?;
        let mut best = None;
        let mut from = 0;
        while let Some(offset) = text[from..].find(|c: char| c.is_ascii_digit()) {
            let begin = from + offset;
            let rest = &text[begin..];
            let length = rest
                .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | ',')))
                .unwrap_or(rest.len());
            let end = begin + rest[..length].trim_end_matches(['.', ',', '_']).len();
            let named = text[..begin].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            // A line starts with a number that can be slid, if any; the one at or before the cursor counts.
            if !named && (begin <= byte || best.is_none()) {
                best = Some(start + begin..start + end);
            }
            from = end.max(begin + 1);
        }
        best
    }

    /// Moves the number under the cursor by one in its second figure: 500 to 510, 1.2 to 1.3, 3 to 4.
    fn slide(&mut self, up: bool) -> bool {
        let Some(range) = self.number_at_cursor() else { return false };
        let shown = &self.field.text()[range.clone()];
        let Ok(value) = shown.replace(['_', ','], "").parse::<f64>() else { return false };
        let decimals = shown.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let magnitude =
            if value.abs() >= 10.0 { value.abs().log10().floor() as i32 - 1 } else { -(decimals as i32) };
        let step = 10f64.powi(magnitude);
        let moved = if up { value + step } else { value - step };
        if !moved.is_finite() || moved < 0.0 {
            return false;
        }
        let text = format!("{moved:.decimals$}");
        let (line, byte) = self.field.place();
        self.field.replace(range, &text);
        self.field.go_to(line, byte);
        true
    }

    /// The word before the cursor and the names that it could become.
    fn completions(&self) -> (usize, Vec<String>) {
        let before = &self.field.text()[..self.field.cursor()];
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            return (start, Vec::new());
        }
        let own = self.sheet.lines.iter().filter_map(|line| line.name.clone());
        let own = own.filter(|name| name.starts_with(word) && name != word);
        let known = envelope::names(word).into_iter().map(str::to_string);
        let mut names: Vec<String> = own.chain(known).filter(|name| name != word).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        (start, names)
    }

    fn complete(&mut self) -> bool {
        // Tab again puts in the next name for the same beginning.
        if let Some((start, typed, at)) = self.completing.take() {
            let end = self.field.cursor();
            self.field.replace(start..end, &typed);
            let (_, names) = self.completions();
            if let Some(name) = names.get((at + 1) % names.len().max(1)) {
                let end = self.field.cursor();
                self.field.replace(start..end, name);
                self.completing = Some((start, typed, (at + 1) % names.len()));
                return true;
            }
        }
        let (start, names) = self.completions();
        let Some(first) = names.first() else { return false };
        let typed = self.field.text()[start..self.field.cursor()].to_string();
        let end = self.field.cursor();
        self.field.replace(start..end, first);
        self.completing = Some((start, typed, 0));
        true
    }
}
