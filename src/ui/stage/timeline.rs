//! Who did what when: an actor a column, time runs down, a moment a row.

use ratatui::layout::Rect;

use super::layout::Need;
use crate::config::theme::Role;
use crate::lab::scene::Timeline;
use crate::ui::pen::Pen;

/// A line for the actors and one for each moment.
pub fn need(timeline: &Timeline) -> Need {
    Need::lines(timeline.moments.len() + 1)
}

/// Draws the last moments that fit.
pub fn draw(timeline: &Timeline, area: Rect, pen: &mut Pen) {
    let (dim, text) = (pen.style(Role::Dim), pen.style(Role::Text));
    pen.text(area.x, area.y, area.width, &timeline.actors.join("   "), dim);
    let rows = usize::from(area.height.saturating_sub(1));
    let first = timeline.moments.len().saturating_sub(rows);
    for (moment, y) in timeline.moments[first..].iter().zip(area.y + 1..area.bottom()) {
        let time = moment.at.to_string();
        let used = pen.text(area.x, y, area.width, &time, dim) + 2;
        pen.text(area.x + used, y, area.width.saturating_sub(used), &moment.text, text);
    }
}
