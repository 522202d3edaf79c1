//! Requests on their way: a line a lane with its stations, and a sign for each request where it is now.
//!
//! A sign shows the request's tone and reads without colour. Where several requests share a cell it is their
//! number, in the colour of the worst.

use ratatui::layout::Rect;

use super::layout::Need;
use crate::config::theme::Role;
use crate::lab::scene::{Lane, Lanes, Station, Tone};
use crate::ui::pen::Pen;

/// The shortest line that still is one.
const LINE_MIN: u16 = 8;

/// Two lines a lane: the names of the stations and the line itself; one more for the legend.
pub fn need(lanes: &Lanes) -> Need {
    let named = if shared_stations(lanes) { 1 + lanes.lanes.len() } else { lanes.lanes.len() * 2 };
    Need::lines(named + usize::from(!lanes.legend.is_empty()))
}

/// Whether all lanes have the same stations, so that their names need to be written only once.
fn shared_stations(lanes: &Lanes) -> bool {
    lanes.lanes.windows(2).all(|pair| pair[0].stations == pair[1].stations)
}

/// Draws lanes from top to bottom, the legend last.
pub fn draw(lanes: &Lanes, area: Rect, pen: &mut Pen) {
    let names = pen.widest(lanes.lanes.iter().map(|lane| lane.name.as_str())).min(area.width / 4);
    let labels = pen.widest(lanes.lanes.iter().map(|lane| lane.label.as_str()));
    // In steps of four, so that the line does not change its length with every digit.
    let labels = labels.div_ceil(4).saturating_mul(4).min(area.width / 3);
    let left = area.x + if names == 0 { 0 } else { names + 2 };
    let right = area.right() - if labels == 0 { 0 } else { labels + 2 };
    let track = right.saturating_sub(left);
    let rows = area.height;
    let count = lanes.lanes.len() as u16;
    let shared = shared_stations(lanes);
    let legend = u16::from(!lanes.legend.is_empty() && rows > count);
    let room = rows - legend;
    // The names of stations give way before a lane does.
    let once = shared && room > count;
    let each = !shared && room >= count.saturating_mul(2);
    let (dim, text) = (pen.style(Role::Dim), pen.style(Role::Text));
    let mut y = area.y;
    if let Some(first) = lanes.lanes.first().filter(|_| once) {
        draw_stations(first, Rect::new(left, y, track, 1), pen);
        y += 1;
    }
    for lane in &lanes.lanes {
        if y + u16::from(each) >= area.bottom() - legend {
            break;
        }
        if each {
            draw_stations(lane, Rect::new(left, y, track, 1), pen);
            y += 1;
        }
        pen.text(area.x, y, names, &lane.name, dim);
        if track >= LINE_MIN {
            draw_lane(lane, Rect::new(left, y, track, 1), pen);
            pen.text(right + 2, y, labels, &lane.label, text);
        } else {
            pen.text(left, y, area.right().saturating_sub(left), &lane.label, text);
        }
        y += 1;
    }
    if legend > 0 && y < area.bottom() {
        draw_legend(lanes, Rect::new(left, y, area.right() - left, 1), pen);
    }
}

/// The cell of a place between 0 and 1 on a line.
fn place(line: Rect, at: f64) -> Option<u16> {
    let last = f64::from(line.width.checked_sub(1)?);
    at.is_finite().then(|| line.x + (at.clamp(0.0, 1.0) * last).round() as u16)
}

/// The names of stations, each above its station; one that would touch the one before it is left out.
fn draw_stations(lane: &Lane, line: Rect, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let mut free = line.x;
    for Station { at, name, .. } in &lane.stations {
        let Some(x) = place(line, *at) else { continue };
        let width = pen.width(name).min(line.width);
        let start = x.saturating_sub(width / 2).clamp(line.x, line.right() - width);
        if start >= free && width > 0 {
            pen.text(start, line.y, width, name, dim);
            free = start + width + 1;
        }
    }
}

fn draw_lane(lane: &Lane, line: Rect, pen: &mut Pen) {
    let (rule, strong) = (pen.style(Role::Rule), pen.style(Role::Strong));
    pen.fill(line.x, line.y, line.width, pen.glyphs().rule, rule);
    let station = if pen.theme.ascii { "|" } else { "┃" };
    for Station { at, .. } in &lane.stations {
        if let Some(x) = place(line, *at) {
            pen.put(x, line.y, station, strong);
        }
    }
    let mut here: Vec<(u32, Tone)> = vec![(0, Tone::Dim); usize::from(line.width)];
    for (at, tone) in &lane.dots {
        if let Some(x) = place(line, *at) {
            let cell = &mut here[usize::from(x - line.x)];
            let worse = cell.0 == 0 || severity(*tone) > severity(cell.1);
            *cell = (cell.0 + 1, if worse { *tone } else { cell.1 });
        }
    }
    const DIGITS: [&str; 8] = ["2", "3", "4", "5", "6", "7", "8", "9"];
    for (x, (count, tone)) in (line.x..).zip(here) {
        let glyph = match count {
            0 => continue,
            1 => sign(tone, pen),
            _ => DIGITS.get(count as usize - 2).copied().unwrap_or("+"),
        };
        let style = pen.tone(tone);
        pen.put(x, line.y, glyph, style);
    }
}

fn severity(tone: Tone) -> u8 {
    match tone {
        Tone::Dim => 0,
        Tone::Plain => 1,
        Tone::Good => 2,
        Tone::Warn => 3,
        Tone::Bad => 4,
    }
}

/// The sign of one request.
fn sign(tone: Tone, pen: &Pen) -> &'static str {
    match tone {
        Tone::Plain => pen.glyphs().dot,
        Tone::Dim => pen.glyphs().hollow,
        Tone::Good | Tone::Warn | Tone::Bad => pen.theme.tone_mark(tone),
    }
}

fn draw_legend(lanes: &Lanes, line: Rect, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let mut x = line.x;
    for (tone, name) in &lanes.legend {
        let (sign, style) = (sign(*tone, pen), pen.tone(*tone));
        let width = pen.width(name).saturating_add(2);
        // A whole entry or none.
        if width > line.right().saturating_sub(x) {
            break;
        }
        x += pen.spans(x, line.y, width, &[(sign, style), (" ", dim), (name, dim)]) + 3;
    }
}
