//! The question on the table, with its answer and the grades.

use crate::app::asking::{pinned, top_of};
use crate::app::command::Do;
use crate::app::layout::{self, Area};
use crate::app::{Model, Running, Target};
use crate::config::theme::Role;

use super::super::super::{Canvas, card};
use super::section;

/// Draws the question. What has the keys is in sight, and behind the answer the grades are.
pub fn draw(model: &Model, running: &Running, area: Area, canvas: &mut Canvas<'_>) {
    let Some(asking) = &running.asking else { return };
    let frame = layout::question(area, asking.verdict.is_some());
    let text = frame.text;
    let lines = asking.lines(usize::from(text.width.max(1)));
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    // In the upper third, where the eye rests, as far as it fits.
    let y = text.y + (text.height.saturating_sub(count) / 3).min(4);
    let text = Area { y, height: (text.y + text.height).saturating_sub(y), ..text };
    let foot = pinned(&lines, usize::from(text.height));
    let (above, below) = lines.split_at(lines.len() - foot);
    let below_rows = u16::try_from(foot).unwrap_or(0);
    let gap = u16::from(foot > 0).min(text.height.saturating_sub(below_rows));
    let room = Area { height: text.height.saturating_sub(below_rows + gap), ..text };
    let top = top_of(above, running.top, asking.looking, usize::from(room.height));
    let mut drawn = card::draw(asking, &above[top..], room, true, canvas);
    canvas.more = (top > 0, top + usize::from(drawn) < above.len());
    if foot > 0 {
        let place = Area { y: text.y + text.height - below_rows, height: below_rows, ..text };
        drawn = text.height - below_rows + card::draw(asking, below, place, true, canvas);
    }
    if frame.foot > 0 {
        let end = area.y + area.height;
        let y = (text.y + drawn).min(end - frame.foot);
        grades(model, running, Area { y, height: frame.foot, ..text }, canvas);
    }
}

/// Below the answer: where to read on, and the grades with what they give.
fn grades(model: &Model, running: &Running, area: Area, canvas: &mut Canvas<'_>) {
    let Some(asking) = &running.asking else { return };
    let card = &asking.asked.card;
    let intervals = running.session.preview(model.now);
    let (place_row, grade_row) = match area.height {
        0 | 1 => (None, 0),
        2 => (Some(0), 1),
        _ => (Some(1), 3),
    };
    if let Some(row) = place_row {
        let topic = model.library.topic(&card.topic);
        let mut place = topic.map_or_else(String::new, |topic| topic.title.clone());
        place.push_str(&section(card.see.as_deref()));
        let mark = if model.learned.flagged.contains(&card.id.0) { "marked   " } else { "" };
        let practice = if intervals.is_none() { "practice   " } else { "" };
        let (y, room) = (area.y + row, area.width.saturating_sub(4));
        let style = canvas.pen.style(Role::Dim);
        canvas.pen.text_right(area.x, y, room, &format!("{mark}{practice}{place}"), style);
        let key = canvas.pen.style(Role::Accent);
        canvas.pen.text_right(area.x, y, area.width, "p", key);
        canvas.target(Area { y, height: 1, ..area }, Target::Command(Do::CardPage));
    }
    let row = Area { y: area.y + grade_row.min(area.height - 1), height: 1, ..area };
    card::grade_row(intervals, asking.proposed(), row, canvas);
}
