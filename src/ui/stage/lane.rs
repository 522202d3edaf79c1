//! One lane: the line, its stations, who waits in line before them, and who is on the way.
//!
//! The sign of a request shows its tone and reads without colour. Where several moving requests share a cell it is
//! their number, in the colour of the worst. Those who wait stand side by side, the first next to the station
//! (`●●●●┃`); a bounded room shows its free places and where it ends (`┤··●●┃`); where they are more than fit, the
//! place furthest from the station says how many more (`+37●●●┃`).

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::config::theme::Role;
use crate::lab::scene::{Lane, Station, Tone, Waiting};
use crate::ui::pen::{Pen, cells};

/// The cell of a place between 0 and 1 on a line.
pub fn place(line: Rect, at: f64) -> Option<u16> {
    let last = f64::from(line.width.checked_sub(1)?);
    at.is_finite().then(|| line.x + (at.clamp(0.0, 1.0) * last).round() as u16)
}

/// The sign of one request.
pub fn sign(tone: Tone, pen: &Pen) -> &'static str {
    match tone {
        Tone::Plain => pen.glyphs().dot,
        Tone::Dim => pen.glyphs().hollow,
        Tone::Good | Tone::Warn | Tone::Bad => pen.theme.tone_mark(tone),
    }
}

/// Draws a lane over the whole width of a line.
pub fn draw(lane: &Lane, line: Rect, pen: &mut Pen) {
    let rule = pen.style(Role::Rule);
    pen.fill(line.x, line.y, line.width, pen.glyphs().rule, rule);
    let stops: Vec<u16> = lane
        .stations
        .iter()
        .map(|station| station.at)
        .chain(lane.lines.iter().map(|waiting| waiting.at))
        .filter_map(|at| place(line, at))
        .collect();
    let mut queues = Vec::new();
    for waiting in &lane.lines {
        let Some(station) = place(line, waiting.at) else { continue };
        let from = stops.iter().filter(|&&x| x < station).max().map_or(line.x, |x| x + 1);
        queues.push(draw_waiting(waiting, Rect::new(from, line.y, station - from, 1), pen));
    }
    for station in &lane.stations {
        if let Some(x) = place(line, station.at) {
            let (sign, style) = station_sign(station, pen);
            pen.put(x, line.y, sign, style);
        }
    }
    draw_dots(lane, line, &queues, pen);
}

/// What a station looks like: an upright line, or how it is. A server is a square, full while it is busy.
fn station_sign(station: &Station, pen: &Pen) -> (&'static str, Style) {
    let (unicode, ascii) = match station.tone {
        Tone::Plain => ("┃", "|"),
        Tone::Dim => ("□", ":"),
        Tone::Good => ("■", "#"),
        Tone::Warn => ("!", "!"),
        Tone::Bad => ("╳", "X"),
    };
    let style = match station.tone {
        Tone::Plain => pen.style(Role::Strong),
        Tone::Dim | Tone::Good => pen.tone(station.tone),
        // In reverse, so that they are not taken for a request.
        Tone::Warn | Tone::Bad => pen.tone(station.tone).add_modifier(Modifier::REVERSED | Modifier::BOLD),
    };
    (if pen.theme.ascii { ascii } else { unicode }, style)
}

/// The cells of a lane that nobody moves over: those who wait there, up to their station.
struct Queue {
    /// Where a moving request stops at the latest, and nothing where no cell is left for it.
    stop: Option<u16>,
    /// The first cell that is taken.
    start: u16,
    /// The cell of the station.
    station: u16,
}

/// Draws who waits at the right end of `room`, the cells between two stations.
fn draw_waiting(waiting: &Waiting, room: Rect, pen: &mut Pen) -> Queue {
    let (station, y) = (room.right(), room.y);
    // A few cells stay free, so that arrivals are seen.
    let most = room.width - (room.width / 4).min(3);
    let count = waiting.count.max(waiting.tones.len());
    let bounded = waiting.room.and_then(|places| u16::try_from(places).ok()).filter(|&places| places < most);
    let places = bounded.unwrap_or(most);
    let mut shown = waiting.tones.len().min(usize::from(places)) as u16;
    let more = |shown: u16| match count - usize::from(shown) {
        0 => String::new(),
        left => format!("+{left}"),
    };
    while shown > 0 && shown + cells(&more(shown)) > places {
        shown -= 1;
    }
    let mut more = more(shown);
    if cells(&more) > places {
        more = short(count);
    }
    let taken = shown.saturating_add(cells(&more)).min(places);
    let start = station - taken;
    if waiting.room.is_some() {
        let (free, edge) = if pen.theme.ascii { (".", "[") } else { ("·", "┤") };
        let (dim, strong) = (pen.style(Role::Dim), pen.style(Role::Strong));
        pen.fill(station - places, y, places - taken, free, dim);
        if bounded.is_some() {
            pen.put(station - places - 1, y, edge, strong);
        }
    }
    let strong = pen.style(Role::Strong);
    pen.text(start, y, taken - shown, &more, strong);
    for (x, &tone) in (station - shown..station).rev().zip(&waiting.tones) {
        let (sign, style) = (sign(tone, pen), pen.tone(tone));
        pen.put(x, y, sign, style);
    }
    // In front of a full room one waits outside, and beside a number no other may stand.
    let outside = if bounded == Some(taken) || taken > shown { 2 } else { 1 };
    let stop = start.checked_sub(outside).filter(|&stop| stop >= room.x);
    Queue { stop, start, station }
}

/// How many wait, in as few cells as say it.
fn short(count: usize) -> String {
    match count {
        0..1_000 => format!("+{count}"),
        1_000..1_000_000 => format!("+{}k", count / 1_000),
        _ => format!("+{}M", count / 1_000_000),
    }
}

/// The requests on their way. Who would walk over others in line stops at their end.
fn draw_dots(lane: &Lane, line: Rect, queues: &[Queue], pen: &mut Pen) {
    const DIGITS: [&str; 8] = ["2", "3", "4", "5", "6", "7", "8", "9"];
    let mut here: Vec<(u32, Tone)> = vec![(0, Tone::Dim); usize::from(line.width)];
    for (at, tone) in &lane.dots {
        let Some(x) = place(line, *at) else { continue };
        let queue = queues.iter().find(|queue| (queue.start..queue.station).contains(&x));
        let Some(x) = queue.map_or(Some(x), |queue| queue.stop) else { continue };
        let cell = &mut here[usize::from(x - line.x)];
        let worse = cell.0 == 0 || severity(*tone) > severity(cell.1);
        *cell = (cell.0 + 1, if worse { *tone } else { cell.1 });
    }
    // The sign of a station that tells how it is says more than that somebody is there.
    for station in lane.stations.iter().filter(|station| station.tone != Tone::Plain) {
        if let Some(x) = place(line, station.at) {
            here[usize::from(x - line.x)].0 = 0;
        }
    }
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
