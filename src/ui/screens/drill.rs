//! The Drill: the decks, the cards that were set aside, a question with its answer and grades, and what a session
//! came to.

mod aside;
mod list;
mod question;
mod summary;

use crate::app::Model;
use crate::app::layout::Area;

use super::super::Canvas;

/// Draws the Drill.
pub fn draw(model: &Model, area: Area, canvas: &mut Canvas<'_>) {
    match &model.drill.session {
        None if model.drill.aside.is_some() => aside::draw(model, area, canvas),
        None => list::draw(model, area, canvas),
        Some(running) => match &running.summary {
            Some(summary) => summary::draw(model, running, summary, area, canvas),
            None => question::draw(model, running, area, canvas),
        },
    }
}

/// The section that a card names, as its heading reads: `how-it-works` is "How it works".
fn section(see: Option<&str>) -> String {
    let Some(see) = see else { return String::new() };
    let mut words = see.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!(" › {words}")
}
