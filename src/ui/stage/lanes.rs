//! Requests on their way: the lanes below each other, with names, stations, values and a legend.
//!
//! Stations are named once where that is true for all lanes, else above each lane. What gives way first where room is
//! short: parts of the names, the names of the stations, the legend, the last lanes. The value at the right end
//! stays: it is what is compared.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::lane::{self, place, sign};
use super::layout::Need;
use crate::config::theme::Role;
use crate::lab::scene::{Lanes, Station, Tone};
use crate::ui::pen::{Pen, cells};

/// The shortest line that still is one.
const LINE_MIN: u16 = 8;
/// Empty cells between the name, the line and the value.
const GUTTER: u16 = 2;
/// With so many rows the stations keep their names and the legend its place, even if lanes are left out.
const ROWS_FOR_ALL: u16 = 6;

/// The lanes, the names of their stations once or above each, and the legend.
pub fn need(lanes: &Lanes, width: u16) -> Need {
    let count = lanes.lanes.len();
    let named = match stations(lanes) {
        Some(stations) => count + usize::from(!stations.is_empty()),
        None => count * 2,
    };
    Need::lines(named + usize::from(legend_rows(lanes, width)))
}

/// Draws lanes from top to bottom, the legend last.
pub fn draw(lanes: &Lanes, area: Rect, pen: &mut Pen) {
    let columns = Columns::of(lanes, area.width, pen);
    let plan = Plan::of(lanes, area);
    let line = |y: u16| Rect::new(area.x + columns.line, y, columns.width, 1);
    let mut y = area.y;
    if let Some(stations) = &plan.once {
        draw_stations(stations, line(y), area, pen);
        y += 1;
    }
    let (dim, text) = (pen.style(Role::Dim), pen.style(Role::Text));
    for (index, lane) in lanes.lanes[..plan.shown].iter().enumerate() {
        if plan.each {
            let stations: Vec<&Station> = lane.stations.iter().collect();
            draw_stations(&stations, line(y), area, pen);
            y += 1;
        }
        pen.text(area.x, y, columns.name, &columns.names[index], dim);
        let mut x = area.x + columns.line;
        if columns.width > 0 {
            lane::draw(lane, line(y), pen);
            x += columns.width + GUTTER;
        }
        let width = columns.label.min(area.right().saturating_sub(x));
        pen.text_right(x, y, width, &columns.labels[index], text);
        y += 1;
    }
    let left_out = lanes.lanes.len() - plan.shown;
    if left_out > 0 && plan.shown > 0 && y < area.bottom() {
        let more = format!("{} {left_out} more", pen.glyphs().ellipsis);
        pen.text(area.x, y, area.width, &more, dim);
        y += 1;
    }
    if plan.legend > 0 {
        let rows = plan.legend.min(area.bottom().saturating_sub(y));
        let indent = if legend_width(lanes) <= area.width - columns.line { columns.line } else { 0 };
        draw_legend(lanes, Rect::new(area.x + indent, y, area.width - indent, rows), pen);
    }
}

/// The stations of all lanes from left to right, where one line of names is right for each of them: a name stands
/// for one place and a place for one name.
fn stations(lanes: &Lanes) -> Option<Vec<&Station>> {
    let mut all: Vec<&Station> = Vec::new();
    for station in lanes.lanes.iter().flat_map(|lane| &lane.stations) {
        if station.name.is_empty() || !station.at.is_finite() {
            continue;
        }
        let same = |known: &&Station| known.name == station.name || known.at == station.at;
        match all.iter().find(|known| same(known)) {
            Some(known) if known.name == station.name && known.at == station.at => {}
            Some(_) => return None,
            None => all.push(station),
        }
    }
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    Some(all)
}

/// Which rows there are.
struct Plan<'a> {
    /// The stations to name once, above all lanes.
    once: Option<Vec<&'a Station>>,
    /// Whether each lane has a row for the names of its own.
    each: bool,
    /// The rows of the legend.
    legend: u16,
    /// How many lanes are drawn.
    shown: usize,
}

impl Plan<'_> {
    fn of(lanes: &Lanes, area: Rect) -> Plan<'_> {
        let rows = usize::from(area.height);
        let count = lanes.lanes.len();
        let stations = stations(lanes);
        let each = stations.is_none();
        let once = stations.filter(|stations| !stations.is_empty());
        let wanted = usize::from(legend_rows(lanes, area.width));
        let crowded = area.height >= ROWS_FOR_ALL && rows < count;
        let header = usize::from(once.is_some());
        // From all there is to the lanes alone; names of stations give way before the legend does.
        let choices = [
            (header, each, wanted),
            (header, each, wanted.min(1)),
            (0, false, wanted.min(1)),
            (header, false, 0),
            (0, false, 0),
        ];
        let taken =
            |(header, each, legend): (usize, bool, usize)| header + legend + count * (1 + usize::from(each));
        let (header, each, legend) = if crowded {
            (header, false, wanted.min(1))
        } else {
            choices.into_iter().find(|choice| taken(*choice) <= rows).unwrap_or((0, false, 0))
        };
        let room = rows.saturating_sub(header + legend);
        let shown = if count * (1 + usize::from(each)) <= room {
            count
        } else {
            room.saturating_sub(1).max(room.min(1)).min(count)
        };
        Plan { once: once.filter(|_| header > 0), each, legend: legend as u16, shown }
    }
}

/// Where names, lines and values stand, and what is left of names and values.
struct Columns<'a> {
    name: u16,
    /// Where the line begins.
    line: u16,
    /// Its width, 0 where there is no room for one.
    width: u16,
    /// The cells of the widest value: all end where it does, so that they align at the unit.
    label: u16,
    names: Vec<Cow<'a, str>>,
    labels: Vec<Cow<'a, str>>,
}

impl<'a> Columns<'a> {
    fn of(lanes: &'a Lanes, width: u16, pen: &Pen) -> Columns<'a> {
        let gap = |cells: u16| if cells == 0 { 0 } else { cells.saturating_add(GUTTER) };
        let mut names: Vec<Cow<str>> =
            lanes.lanes.iter().map(|lane| Cow::Borrowed(lane.name.as_str())).collect();
        let mut labels: Vec<Cow<str>> =
            lanes.lanes.iter().map(|lane| Cow::Borrowed(lane.label.as_str())).collect();
        let widest = |texts: &[Cow<str>]| pen.widest(texts.iter().map(AsRef::as_ref));
        // In steps of four, so that the line does not change its length with every digit.
        let stepped = |texts: &[Cow<str>]| widest(texts).div_ceil(4).saturating_mul(4);
        let mut name = widest(&names);
        let mut label = stepped(&labels);
        let least = LINE_MIN.max(width / 3);
        let line = |name: u16, label: u16| width.saturating_sub(gap(name).saturating_add(gap(label)));
        if line(name, label) < least {
            drop_shared_word(&mut names);
            name = widest(&names);
        }
        if line(name, label) < least {
            name = name.min((width / 4).max(4));
        }
        if line(name, label) < LINE_MIN {
            let room = line(name, 0).saturating_sub(LINE_MIN + GUTTER);
            for text in &mut labels {
                shorten(text, room, pen);
            }
            label = stepped(&labels).min(room);
        }
        let track = line(name, label);
        let name = name.min(width);
        let track = if track < LINE_MIN { 0 } else { track };
        let label = widest(&labels);
        Columns { name, line: gap(name).min(width), width: track, label, names, labels }
    }
}

/// `server 1` and `server 2` become `1` and `2` where they are short of room: what all names share tells nothing apart.
fn drop_shared_word(names: &mut [Cow<str>]) {
    let Some((word, _)) = names.first().and_then(|name| name.split_once(' ')) else { return };
    let word = format!("{word} ");
    if names.len() > 1
        && names.iter().all(|name| name.strip_prefix(&word).is_some_and(|rest| !rest.is_empty()))
    {
        for name in names {
            *name = Cow::Owned(name[word.len()..].to_string());
        }
    }
}

/// Drops words until a value fits. The number stays whole, for half a number is a wrong number.
fn shorten(label: &mut Cow<str>, room: u16, pen: &Pen) {
    let digit = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    while pen.width(label) > room {
        let (first, last) = (label.split_once(' '), label.rsplit_once(' '));
        let shorter = match (first, last) {
            (Some((_, rest)), _) if digit(rest) => rest.to_string(),
            (_, Some((rest, _))) if digit(rest) => rest.to_string(),
            _ if digit(label) => String::new(),
            _ => return,
        };
        *label = Cow::Owned(shorter);
    }
}

/// The names of stations, each above its station; one that has no room there beside the one before it is left out.
fn draw_stations(stations: &[&Station], line: Rect, area: Rect, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let mut free = area.x;
    for Station { at, name, .. } in stations {
        let Some(x) = place(line, *at) else { continue };
        let width = pen.width(name).min(area.width);
        let start = x.saturating_sub(width / 2).max(free).min(area.right() - width);
        if start >= free && start <= x && width > 0 {
            pen.text(start, line.y, width, name, dim);
            free = start + width + 1;
        }
    }
}

/// The cells of an entry of the legend.
fn entry(name: &str) -> u16 {
    cells(name).saturating_add(2)
}

/// The cells of the legend on one line.
fn legend_width(lanes: &Lanes) -> u16 {
    let sum = |sum: u16, (_, name): &(Tone, String)| sum.saturating_add(entry(name)).saturating_add(3);
    lanes.legend.iter().fold(0, sum).saturating_sub(3)
}

/// How many lines the legend takes.
fn legend_rows(lanes: &Lanes, width: u16) -> u16 {
    let (mut rows, mut used) = (0, 0u16);
    for (_, name) in &lanes.legend {
        let wide = entry(name);
        if rows == 0 || used.saturating_add(3).saturating_add(wide) > width {
            rows += 1;
            used = wide;
        } else {
            used += 3 + wide;
        }
    }
    rows
}

fn draw_legend(lanes: &Lanes, area: Rect, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let (mut x, mut y) = (area.x, area.y);
    for (tone, name) in &lanes.legend {
        let (sign, style) = (sign(*tone, pen), pen.tone(*tone));
        let width = pen.width(name).saturating_add(2);
        if x > area.x && width > area.right().saturating_sub(x) {
            (x, y) = (area.x, y + 1);
        }
        // A whole entry or none.
        if y >= area.bottom() || width > area.right().saturating_sub(x) {
            break;
        }
        x += pen.spans(x, y, width, &[(sign, style), (" ", dim), (name, dim)]) + 3;
    }
}
