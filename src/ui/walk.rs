//! A decision in a page: its lines, the chosen row, and what the keys do.

use crate::app::Target;
use crate::app::asking::CardLine;
use crate::app::layout::Area;
use crate::app::walk::{Shows, Walking};

use super::{Canvas, card, prose};

/// Draws a decision inside its frame. `keys` tells whether it has the keys: then the chosen row is seen.
pub fn draw(walking: &Walking, area: Area, keys: bool, canvas: &mut Canvas<'_>) {
    let lines = walking.lines(usize::from(area.width.max(1)), canvas.pen.theme.ascii);
    match &walking.shows {
        Shows::Scenario(asking) => {
            card::draw(asking, &lines, area, keys, canvas);
        }
        Shows::Step => rows(&lines, area, keys.then_some(walking.chosen), canvas),
        Shows::Whole { top } => {
            let height = usize::from(area.height);
            let top = (*top).min(lines.len().saturating_sub(height));
            rows(&lines[top..], area, None, canvas);
        }
    }
}

fn rows(lines: &[CardLine], area: Area, chosen: Option<usize>, canvas: &mut Canvas<'_>) {
    let mut first = true;
    for (row, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        let y = area.y + u16::try_from(row).unwrap_or(0);
        prose::line(&mut canvas.pen, area.x, y, area.width, &line.line);
        let Some(option) = line.option else { continue };
        canvas.target(Area { y, height: 1, ..area }, Target::Choice(option));
        // The letter is enough to see where one is, also without colour.
        if chosen == Some(option) && first {
            canvas.pen.modify(area.x, y, 3, ratatui::style::Modifier::REVERSED);
            first = false;
        }
    }
}

/// What stands at the lower edge of the frame.
#[must_use]
pub fn hint(walking: &Walking, focused: bool, keys: bool) -> String {
    let leaf = walking.walk.leaf().is_some();
    match (&walking.shows, keys) {
        (_, false) if focused => "Enter takes the keys".to_string(),
        (_, false) => "Tab to walk it".to_string(),
        (Shows::Whole { top }, true) => match top {
            0 => "t back to the walk".to_string(),
            top => format!("from line {}, t back to the walk", top + 1),
        },
        (Shows::Step, true) if leaf => "Backspace a step back, R restart, t whole tree".to_string(),
        (Shows::Step, true) => "a letter answers, t whole tree, x a scenario".to_string(),
        (Shows::Scenario(asking), true) => match (&asking.graded, &asking.verdict) {
            (Some((grade, _)), _) => format!("saved: {}, x another, Esc back", grade.label()),
            (None, Some(_)) => "1-4 grade, Enter as proposed".to_string(),
            (None, None) => "a letter answers".to_string(),
        },
    }
}
