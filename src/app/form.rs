//! A form: a few rows, each with a value that is changed by left and right or by typing a number, and one key that
//! goes. It lies over the screen and looks the same whatever it is for.

use super::command::Do;
use super::field::Field;
use super::list::ListState;
use crate::config::key::{Key, KeyCode};

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A session of chosen cards.
    Session,
    /// An interview quiz.
    Quiz,
    /// An estimation drill.
    Estimates,
    /// A timed study session.
    Study,
    /// The date, the level and the minutes a day.
    Aims,
    /// The folder through which machines are synced.
    Sync,
    /// Over how many days a backlog is spread.
    Backlog,
    /// A new card of the learner's own.
    NewCard,
}

/// An open form.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it is for.
    pub purpose: Purpose,
    /// What stands above it.
    pub title: &'static str,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The chosen row.
    pub list: ListState,
    /// What it comes to: `37 cards, about 12 minutes`; or what is wrong with it.
    pub says: String,
    /// Whether the chosen row's number is being typed: the first digit takes the place of what stood there.
    typing: bool,
}

/// A row of a form.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is about.
    pub label: &'static str,
    /// Its value.
    pub value: Value,
}

/// What a row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One of several.
    Choice {
        /// What there is to choose from; never empty.
        names: Vec<String>,
        /// Which is chosen.
        chosen: usize,
    },
    /// A whole number.
    Number {
        /// The number.
        value: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
        /// By how much a key changes it.
        step: u64,
    },
    /// A date as typed: digits and hyphens.
    Date(String),
    /// A text of one line.
    Text(Field),
}

impl Row {
    /// A row to choose in.
    #[must_use]
    pub fn choice(label: &'static str, names: Vec<String>, chosen: usize) -> Row {
        let chosen = chosen.min(names.len().saturating_sub(1));
        Row { label, value: Value::Choice { names, chosen } }
    }

    /// A row with a number.
    #[must_use]
    pub fn number(label: &'static str, value: u64, (min, max): (u64, u64), step: u64) -> Row {
        Row { label, value: Value::Number { value: value.clamp(min, max), min, max, step } }
    }

    /// A row with a text.
    #[must_use]
    pub fn text(label: &'static str, text: &str) -> Row {
        let mut field = Field::line();
        field.insert(text);
        Row { label, value: Value::Text(field) }
    }

    /// Its value as shown.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Choice { names, chosen } => names.get(*chosen).cloned().unwrap_or_default(),
            Value::Number { value, .. } => value.to_string(),
            Value::Date(text) if text.is_empty() => "none".to_string(),
            Value::Date(text) => text.clone(),
            Value::Text(field) => field.text().to_string(),
        }
    }
}

impl Form {
    /// A form with these rows.
    #[must_use]
    pub fn new(purpose: Purpose, title: &'static str, rows: Vec<Row>) -> Form {
        Form { purpose, title, rows, list: ListState::default(), says: String::new(), typing: false }
    }

    /// Which of its names a row has chosen; 0 where it is another kind of row.
    #[must_use]
    pub fn chosen(&self, row: usize) -> usize {
        match self.rows.get(row).map(|row| &row.value) {
            Some(Value::Choice { chosen, .. }) => *chosen,
            _ => 0,
        }
    }

    /// The number of a row; 0 where it is another kind of row.
    #[must_use]
    pub fn number(&self, row: usize) -> u64 {
        match self.rows.get(row).map(|row| &row.value) {
            Some(Value::Number { value, min, .. }) => (*value).max(*min),
            _ => 0,
        }
    }

    /// The text of a row; empty where it is another kind of row.
    #[must_use]
    pub fn text(&self, row: usize) -> &str {
        match self.rows.get(row).map(|row| &row.value) {
            Some(Value::Date(text)) => text,
            Some(Value::Text(field)) => field.text(),
            _ => "",
        }
    }

    /// Whether the chosen row is a text: then letters are text.
    #[must_use]
    pub fn is_typed(&self) -> bool {
        matches!(self.rows.get(self.list.chosen), Some(Row { value: Value::Text(_), .. }))
    }

    /// Pastes into the chosen row, where it is a text.
    pub(super) fn paste(&mut self, text: &str) {
        if let Some(Row { value: Value::Text(field), .. }) = self.rows.get_mut(self.list.chosen) {
            field.insert(text.trim());
        }
    }

    /// Moves, or changes the chosen row. Says whether the command was one of these.
    pub(super) fn act(&mut self, does: Do) -> bool {
        let rows = self.rows.len();
        self.typing = false;
        let Some(row) = self.rows.get_mut(self.list.chosen) else { return false };
        let up = match does {
            Do::Right => true,
            Do::Left => false,
            _ => return self.list.act(does, rows, rows),
        };
        match &mut row.value {
            Value::Choice { names, chosen } => {
                let by = if up { 1 } else { names.len().saturating_sub(1) };
                *chosen = (*chosen + by) % names.len().max(1);
            }
            Value::Number { value, min, max, step } => {
                let next = if up { value.saturating_add(*step) } else { value.saturating_sub(*step) };
                *value = next.clamp(*min, *max);
            }
            Value::Date(_) | Value::Text(_) => {}
        }
        true
    }

    /// A digit for a number or a date. Says whether it was taken.
    pub(super) fn typed(&mut self, key: Key) -> bool {
        let begun = std::mem::replace(&mut self.typing, true);
        let Some(row) = self.rows.get_mut(self.list.chosen) else { return false };
        if let Value::Text(field) = &mut row.value {
            return field.key(key);
        }
        let erase = key.code == KeyCode::Backspace;
        match (&mut row.value, key.typed()) {
            (Value::Number { value, .. }, None) if erase => *value /= 10,
            (Value::Number { value, max, .. }, Some(digit)) => {
                let Some(digit) = digit.to_digit(10) else { return false };
                let before = if begun { *value } else { 0 };
                let longer = before.saturating_mul(10).saturating_add(u64::from(digit));
                *value = if longer > *max { u64::from(digit).min(*max) } else { longer };
            }
            (Value::Date(text), None) if erase => {
                text.pop();
            }
            (Value::Date(text), Some(c)) if (c.is_ascii_digit() || c == '-') && text.len() < 10 => {
                // The hyphens of a date come by themselves.
                if c.is_ascii_digit() && matches!(text.len(), 4 | 7) {
                    text.push('-');
                }
                text.push(c);
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_and_dates_take_their_hyphens() {
        let rows = vec![
            Row::number("Cards", 20, (1, 500), 5),
            Row { label: "Date", value: Value::Date(String::new()) },
            Row::choice("Only", ["a", "b"].map(str::to_string).to_vec(), 7),
        ];
        let mut form = Form::new(Purpose::Session, "A form", rows);
        let press = |form: &mut Form, keys: &str| {
            for key in keys.split_whitespace() {
                form.typed(key.parse().expect("a key"));
            }
        };
        form.act(Do::Left);
        assert_eq!(form.number(0), 15);
        press(&mut form, "8");
        assert_eq!(form.number(0), 8, "what is typed takes the place of what stood there");
        press(&mut form, "backspace backspace");
        assert_eq!((form.number(0), form.rows[0].shown()), (1, "0".to_string()), "never less than it may be");
        press(&mut form, "4 2");
        assert_eq!(form.number(0), 42);
        press(&mut form, "9 x");
        assert_eq!(form.number(0), 429);
        press(&mut form, "9");
        assert_eq!(form.number(0), 9, "what is too much begins anew");
        for _ in 0..200 {
            form.act(Do::Right);
        }
        assert_eq!(form.number(0), 500);
        form.act(Do::Down);
        press(&mut form, "2 0 2 6 1 2 0 1 9 9");
        assert_eq!((form.text(1), form.rows[1].shown()), ("2026-12-01", "2026-12-01".to_string()));
        form.act(Do::Down);
        assert_eq!((form.chosen(2), form.number(2), form.text(2)), (1, 0, ""));
        form.act(Do::Right);
        assert_eq!(form.chosen(2), 0);
    }
}
