//! The map of the curriculum in a wide window: phases side by side, what the chosen topic builds on and leads to marked
//! where it stands.

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::progress::lists::{Listing, Row};
use crate::app::progress::map::Grid;
use crate::app::progress::{Figures, ProgressFrame, ProgressScreen};
use crate::config::theme::Role;

use super::super::super::Canvas;
use super::listing::{bar, foot, tiles};

/// The cells of a share, and of a bar where there is room for one.
const SHARE: u16 = 5;
const BAR: u16 = 10;

/// How a topic is related to the chosen one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kin {
    Chosen,
    BuiltOn,
    LedTo,
    Other,
}

/// Draws the map, with what is said above it and of the chosen topic below.
pub fn draw(
    screen: &ProgressScreen,
    figures: &Figures,
    (listing, grid): (&Listing, &Grid),
    frame: ProgressFrame,
    canvas: &mut Canvas<'_>,
) {
    let text = Area { height: frame.head.height.saturating_sub(1), ..frame.head };
    super::says(&listing.says, text, canvas);
    let body = frame.body;
    let at = screen.list.chosen.min(listing.rows.len().saturating_sub(1));
    let chosen = listing.rows.get(at).and_then(|row| row.topic);
    let kin = |row: &Row, place: usize| {
        let of = chosen.and_then(|topic| figures.topics.get(topic));
        match (of, row.topic) {
            _ if place == at => Kin::Chosen,
            (Some(of), Some(topic)) if of.builds_on.contains(&topic) => Kin::BuiltOn,
            (Some(of), Some(topic)) if of.leads_to.contains(&topic) => Kin::LedTo,
            _ => Kin::Other,
        }
    };
    let top = grid.top(at, body.height);
    for (place, row) in listing.rows.iter().enumerate() {
        let Some((x, y)) = grid.place(place) else { continue };
        let Some(y) = y.checked_sub(top).filter(|y| *y < body.height) else { continue };
        let area = Area { x: body.x + x, y: body.y + y, width: grid.width, height: 1 };
        if row.strip.is_some() {
            heading(row, area, canvas);
        } else {
            topic(row, kin(row, place), area, canvas);
            canvas.target(area, Target::Row(place));
        }
    }
    if let Some(topic) = chosen {
        foot(figures, topic, true, frame.foot, canvas);
    }
    canvas.more = (top > 0, top + body.height < grid.height);
}

/// A phase: its name and how much of it is known.
fn heading(row: &Row, area: Area, canvas: &mut Canvas<'_>) {
    let share = row.cells.first().map_or("", String::as_str);
    let strong = canvas.pen.style(Role::Strong);
    let used = canvas.pen.text(area.x, area.y, area.width.saturating_sub(SHARE + 1), &row.name, strong);
    let (rule, from) = (canvas.pen.style(Role::Rule), area.x + used + 1);
    let room = (area.x + area.width).saturating_sub(from + SHARE + 1);
    canvas.pen.fill(from, area.y, room, canvas.pen.glyphs().rule, rule);
    canvas.pen.text_right(area.x, area.y, area.width, share, canvas.pen.style(Role::Dim));
}

fn topic(row: &Row, kin: Kin, area: Area, canvas: &mut Canvas<'_>) {
    let glyphs = canvas.pen.glyphs();
    let (mark, role) = match kin {
        Kin::Chosen => (glyphs.right, Role::Selected),
        Kin::BuiltOn => (glyphs.up, Role::Accent),
        Kin::LedTo => (glyphs.down, Role::Accent),
        Kin::Other if row.dim => (" ", Role::Dim),
        Kin::Other => (" ", Role::Text),
    };
    canvas.pen.text(area.x, area.y, 1, mark, canvas.pen.style(Role::Accent));
    let known = row.bar.is_some();
    // A topic without cards has no figures: its name has the room.
    let tail = match (known, area.width >= 44) {
        (false, _) => 0,
        (true, true) => SHARE + BAR + 2,
        (true, false) => SHARE + 2,
    };
    let room = area.width.saturating_sub(2 + tail);
    let name = canvas.pen.words(&row.name, room).into_owned();
    canvas.pen.text(area.x + 2, area.y, room, &name, canvas.pen.style(role));
    let Some(share) = row.bar else { return };
    let from = area.x + area.width - tail + 1;
    if tail > SHARE + 2 {
        bar(share, from, area.y, BAR, canvas);
    } else {
        tiles(&[Some(share)], from, area.y, 1, canvas);
    }
    let text = row.cells.first().map_or("", String::as_str);
    canvas.pen.text_right(area.x, area.y, area.width, text, canvas.pen.style(Role::Text));
}
