//! A list of Progress: the map of the curriculum, and figures by topic or month. Names to the left, bars where there are
//! shares, figures to the right under their headings.

use crate::app::Target;
use crate::app::layout::Area;
use crate::app::progress::lists::{Listing, Row};
use crate::app::progress::{Figures, ProgressFrame, ProgressScreen, words};
use crate::config::theme::Role;

use super::super::super::Canvas;

/// The longest a name, and the longest a bar.
const NAME: u16 = 44;
const BAR: u16 = 24;

/// Where the parts of a row stand.
struct Places {
    name: u16,
    bar: u16,
    cells: Vec<u16>,
}

/// Draws a list with what is said above it and, for the map, what is said of the chosen topic below.
pub fn draw(
    screen: &ProgressScreen,
    figures: &Figures,
    listing: &Listing,
    frame: ProgressFrame,
    canvas: &mut Canvas<'_>,
) {
    let text = Area { height: frame.head.height.saturating_sub(1), ..frame.head };
    super::says(&listing.says, text, canvas);
    let places = places(listing, frame.body.width, canvas);
    let dim = canvas.pen.style(Role::Dim);
    if frame.head.height > 0 {
        let y = frame.head.y + frame.head.height - 1;
        canvas.pen.text(frame.head.x + 2, y, places.name, listing.name, dim);
        let mut x = frame.head.x + 2 + places.name + places.bar + 2;
        for (head, width) in listing.head.iter().zip(&places.cells) {
            canvas.pen.text_right(x, y, *width, head, dim);
            x += width + 2;
        }
    }
    let body = frame.body;
    let height = usize::from(body.height);
    let mut list = screen.list;
    list.chosen = list.chosen.min(listing.rows.len().saturating_sub(1));
    list.show(height);
    let rows = listing.rows.iter().enumerate().skip(list.top).take(height);
    for ((at, row), y) in rows.zip(body.y..body.y + body.height) {
        let chosen = at == list.chosen && row.strip.is_none();
        line(row, chosen, Area { y, height: 1, ..body }, &places, canvas);
        if row.strip.is_none() {
            canvas.target(Area { y, height: 1, ..body }, Target::Row(at));
        }
    }
    if let Some(topic) = listing.rows.get(list.chosen).and_then(|row| row.topic) {
        foot(figures, topic, false, frame.foot, canvas);
    }
    canvas.more = (list.top > 0, list.top + height < listing.rows.len());
}

/// Where things stand at that width: the last columns go first, then the bar.
fn places(listing: &Listing, width: u16, canvas: &Canvas<'_>) -> Places {
    let wide = |column: usize| {
        let cells = listing.rows.iter().filter_map(|row| row.cells.get(column));
        let head = listing.head.get(column).map_or(0, |head| canvas.pen.width(head));
        canvas.pen.widest(cells.map(String::as_str)).max(head)
    };
    let mut cells: Vec<u16> = (0..listing.head.len()).map(wide).collect();
    let room = width.saturating_sub(4);
    let least = 12;
    while cells.iter().sum::<u16>() + 2 * cells.len() as u16 + least > room && cells.len() > 1 {
        cells.pop();
    }
    let left = room.saturating_sub(cells.iter().sum::<u16>() + 2 * cells.len() as u16);
    let longest = (canvas.pen.widest(listing.rows.iter().map(|row| row.name.as_str())) + 1).clamp(8, NAME);
    let bars = listing.rows.iter().any(|row| row.bar.is_some() || row.strip.is_some());
    let name = longest.min(if bars && left >= 36 { left - 14 } else { left });
    let bar = if bars { left.saturating_sub(name + 2).min(BAR) } else { 0 };
    Places { name, bar: if bar >= 4 { bar + 2 } else { 0 }, cells }
}

fn line(row: &Row, chosen: bool, area: Area, places: &Places, canvas: &mut Canvas<'_>) {
    let heading = row.strip.is_some();
    let role = match (heading, chosen, row.dim) {
        (true, ..) => Role::Accent,
        (_, true, _) => Role::Selected,
        (.., true) => Role::Dim,
        _ => Role::Text,
    };
    let (x, style) = (area.x + 2, canvas.pen.style(role));
    if chosen {
        canvas.pen.text(area.x, area.y, 2, canvas.pen.glyphs().right, canvas.pen.style(Role::Accent));
    }
    let indent = if heading { 0 } else { u16::from(places.name > 20) };
    let (at, room) = if heading { (area.x, places.name + 2) } else { (x + indent, places.name - indent) };
    canvas.pen.text(at, area.y, room, &row.name, style);
    let at = x + places.name + 2;
    if places.bar > 0 {
        let room = places.bar - 2;
        match (&row.strip, row.bar) {
            (Some(strip), _) => tiles(strip, at, area.y, room, canvas),
            (None, Some(share)) => bar(share, at, area.y, room, canvas),
            (None, None) => {}
        }
    }
    // A topic without cards has a remark in place of figures.
    let remark = row.dim || (row.cells.len() == 1 && row.bar.is_none());
    let mut at = at + places.bar;
    for (cell, width) in row.cells.iter().zip(&places.cells) {
        let role = if row.dim || heading { Role::Dim } else { Role::Text };
        let room = if row.cells.len() == 1 { places.cells.iter().sum::<u16>() } else { *width };
        if remark {
            canvas.pen.text(at, area.y, room, cell, canvas.pen.style(Role::Dim));
        } else {
            canvas.pen.text_right(at, area.y, *width, cell, canvas.pen.style(role));
        }
        at += width + 2;
    }
}

/// A share as a bar in eighths of a cell.
pub(super) fn bar(share: f64, x: u16, y: u16, width: u16, canvas: &mut Canvas<'_>) {
    let glyphs = canvas.pen.glyphs();
    let eighths = (share.clamp(0.0, 1.0) * f64::from(width) * 8.0).round() as u16;
    let (full, rest) = (eighths / 8, usize::from(eighths % 8));
    let (good, rule) = (canvas.pen.style(Role::Series(0)), canvas.pen.style(Role::Rule));
    canvas.pen.fill(x, y, width, glyphs.middle_dot, rule);
    canvas.pen.fill(x, y, full, glyphs.full, good);
    if rest > 0 && full < width {
        canvas.pen.put(x + full, y, glyphs.eighths[rest], good);
    }
}

/// A phase at a glance: a column for each of its topics, as high as it is known.
pub(super) fn tiles(strip: &[Option<f64>], x: u16, y: u16, width: u16, canvas: &mut Canvas<'_>) {
    let glyphs = canvas.pen.glyphs();
    for (share, x) in strip.iter().zip(x..x + width) {
        match share {
            Some(share) if *share > 0.0 => {
                let level = ((share * 8.0).ceil() as usize).clamp(1, 8);
                canvas.pen.put(x, y, glyphs.columns[level - 1], canvas.pen.style(Role::Series(0)));
            }
            Some(_) => canvas.pen.put(x, y, glyphs.columns[0], canvas.pen.style(Role::Dim)),
            None => canvas.pen.put(x, y, glyphs.middle_dot, canvas.pen.style(Role::Rule)),
        }
    }
}

/// What the chosen topic builds on and leads to, each with how well it is known, and its cards. `marked` puts the marks of
/// the map before them.
pub(super) fn foot(figures: &Figures, topic: usize, marked: bool, area: Area, canvas: &mut Canvas<'_>) {
    let Some(topic) = figures.topics.get(topic).filter(|_| area.height >= 4) else { return };
    let named = |places: &[usize], none: &str| {
        let of = |place: &usize| {
            let other = figures.topics.get(*place)?;
            let known = other.mastery().map_or_else(|| "planned".to_string(), words::percent);
            Some(format!("{} {known}", other.title))
        };
        let all: Vec<String> = places.iter().filter_map(of).collect();
        if all.is_empty() { none.to_string() } else { all.join(" \u{b7} ") }
    };
    let cards = match topic.cards {
        0 => "none yet".to_string(),
        all => {
            format!(
                "{} learned, {} in steps, {} new, {} due; {} of {} core",
                topic.learned,
                topic.steps,
                topic.new_cards(),
                topic.due,
                topic.core,
                words::number(i64::from(all)),
            )
        }
    };
    let rule = canvas.pen.style(Role::Rule);
    canvas.pen.fill(area.x, area.y, area.width, canvas.pen.glyphs().rule, rule);
    let lines = [
        ("builds on", named(&topic.builds_on, "nothing on the path")),
        ("leads to", named(&topic.leads_to, "nothing on the path")),
        ("cards", cards),
    ];
    let glyphs = canvas.pen.glyphs();
    let marks = [glyphs.up, glyphs.down, ""];
    let (at, from) = if marked { (2, 13) } else { (0, 11) };
    for (((name, text), mark), y) in lines.iter().zip(marks).zip(area.y + 1..area.y + area.height) {
        if marked {
            canvas.pen.text(area.x, y, 1, mark, canvas.pen.style(Role::Accent));
        }
        canvas.pen.text(area.x + at, y, 10, name, canvas.pen.style(Role::Dim));
        let room = area.width.saturating_sub(from);
        let shown = canvas.pen.words(text, room).into_owned();
        canvas.pen.text(area.x + from, y, room, &shown, canvas.pen.style(Role::Text));
    }
}
