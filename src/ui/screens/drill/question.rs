//! The question on the table, with its answer and the grades.

use crate::app::asking::{pinned, top_of};
use crate::app::command::Do;
use crate::app::drill::{About, card_has_page};
use crate::app::layout::{self, Area};
use crate::app::{Model, Running, Target};
use crate::config::theme::Role;

use super::super::super::{Canvas, card};
use super::section;

/// From so many rows on there is room above the question.
const ROOMY: u16 = 18;

/// Draws the question. What has the keys is in sight, and behind the answer the grades are.
pub fn draw(model: &Model, running: &Running, area: Area, canvas: &mut Canvas<'_>) {
    let Some(asking) = &running.asking else { return };
    let frame = layout::question(area, asking.verdict.is_some());
    let text = frame.text;
    let said = about(model, running, area, canvas);
    let lines = asking.lines(usize::from(text.width.max(1)));
    let count = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    // In the upper third, where the eye rests, as far as it fits. It stays there when the answer comes below it.
    let y = text.y + text.height.saturating_sub(count).min((area.height / 5).min(4));
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
        grades(model, running, said, Area { y, height: frame.foot, ..text }, canvas);
    }
}

/// Above the question, where there is room: what kind of session it is, where that is not the usual one.
/// Tells whether that was said.
fn about(model: &Model, running: &Running, area: Area, canvas: &mut Canvas<'_>) -> bool {
    let text = layout::question(area, false).text;
    let card = running.asking.as_ref().map(|asking| asking.asked.card.id.0.as_str());
    if area.height >= ROOMY && card.is_some_and(|card| model.learned.flagged.contains(card)) {
        let style = canvas.pen.style(Role::Warn);
        canvas.pen.text_right(text.x, area.y + 1, text.width, "flagged", style);
    }
    let counts = running.session.counts();
    let (name, more) = match (&running.about, counts) {
        (About::Placement(_), _) => ("Placement", "answers do not count. Leave open what you do not know."),
        (About::Quiz { name, .. }, true) => (*name, "the answers count for the schedule."),
        (About::Quiz { name, .. }, false) => (*name, "the schedule stays as it is."),
        (About::Study, _) => ("Timed study", "cards first. Alt-n goes on to the next part."),
        (_, false) => ("Practice", "the schedule stays as it is."),
        (_, true) => return false,
    };
    if area.height < ROOMY {
        return false;
    }
    let long = format!("{name}: {more}");
    let short = if matches!(running.about, About::Study) { "Timed study: Alt-n goes on" } else { name };
    let said = if canvas.pen.width(&long) + 9 <= text.width { &long } else { short };
    canvas.pen.text(text.x, area.y + 1, text.width, said, canvas.pen.style(Role::Dim));
    true
}

/// Below the answer: where to read on, and the grades with what they give.
fn grades(model: &Model, running: &Running, said: bool, area: Area, canvas: &mut Canvas<'_>) {
    let Some(asking) = &running.asking else { return };
    let card = &asking.asked.card;
    let intervals = running.session.preview(model.now);
    let (place_row, grade_row) = match area.height {
        0 | 1 => (None, 0),
        2 => (Some(0), 1),
        _ => (Some(1), 3),
    };
    if let Some(row) = place_row {
        let has_page = card_has_page(model);
        let topic = model.library.topic(&card.topic).map(|topic| topic.title.as_str());
        let deck = || model.library.deck(&card.topic).map(|deck| deck.title.as_str());
        let mut place = topic.or_else(deck).unwrap_or_default().to_string();
        if has_page {
            place.push_str(&section(card.see.as_deref()));
        }
        let mark = if model.learned.flagged.contains(&card.id.0) { "flagged   " } else { "" };
        let practice = if intervals.is_none() && !said { "practice   " } else { "" };
        let (y, room) = (area.y + row, area.width.saturating_sub(if has_page { 4 } else { 0 }));
        let style = canvas.pen.style(Role::Dim);
        canvas.pen.text_right(area.x, y, room, &format!("{mark}{practice}{place}"), style);
        if has_page {
            let key = canvas.pen.style(Role::Accent);
            canvas.pen.text_right(area.x, y, area.width, "p", key);
            canvas.target(Area { y, height: 1, ..area }, Target::Command(Do::CardPage));
        }
    }
    let row = Area { y: area.y + grade_row.min(area.height - 1), height: 1, ..area };
    card::grade_row(intervals, asking.proposed(), row, canvas);
}
