//! What a sheet on a card answers.

use crate::envelope::{Answer, Outcome, Sheet};

/// The value of the last line that has one.
#[must_use]
pub fn answer_of(sheet: &Sheet) -> Option<&Answer> {
    sheet.lines.iter().rev().find_map(|line| match &line.outcome {
        Outcome::Value(answer) => Some(answer),
        _ => None,
    })
}
