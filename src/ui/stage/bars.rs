//! Horizontal bars: names to the left, values to the right, lengths in eighths of a cell, and up to three values
//! marked across all of them: one by a line, one by a broken line, a bet by a double one.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::layout::{Growth, Need};
use crate::config::theme::Role;
use crate::lab::scene::{self, Bars};
use crate::ui::pen::{Pen, cells};

/// The bar is at most this long: longer ones read no better and their values stand too far from their names.
const BAR_MAX: u16 = 60;
/// A bar shorter than this says nothing; the value alone does.
const BAR_MIN: u16 = 4;
/// Bars stand in several columns where each gets this width.
const COLUMN: u16 = 30;
const GUTTER: u16 = 3;

/// Up to so many values are marked.
const MARKS: usize = 3;

/// The title and one line a bar. Some bars of many still say something; with much room there are empty lines between them.
pub fn need(bars: &Bars, width: u16) -> Need {
    let title = usize::from(title_rows(bars, width));
    let all = Need::lines(bars.bars.len() + title);
    let most = all.most.saturating_mul(2).saturating_sub(1 + title as u16);
    Need { least: all.likes.min(4), most, growth: Growth::Whole, ..all }
}

/// Draws bars; where there are more than lines, in columns, and a last line says how many are left out.
pub fn draw(bars: &Bars, area: Rect, pen: &mut Pen) {
    // A bar before its title, where there is no room for two bars.
    let wanted = title_rows(bars, area.width);
    let fits =
        |rows: u16| area.height > rows + 1 || usize::from(area.height) >= bars.bars.len() + usize::from(rows);
    let title = if fits(wanted) { wanted } else { u16::from(wanted > 0 && fits(1)) };
    if title > 0 {
        draw_title(bars, Rect { height: title, ..area }, pen);
    }
    let rows = usize::from(area.height - title);
    let count = bars.bars.len();
    if count == 0 || rows == 0 {
        return;
    }
    let fit = usize::from((area.width + GUTTER) / (COLUMN + GUTTER)).max(1);
    let across = count.div_ceil(rows).min(fit);
    let shown = if count <= rows * across { count } else { (rows * across - 1).max(1) };
    let width = (area.width - GUTTER * (across as u16 - 1)) / across as u16;
    let frame = Frame::of(bars, &bars.bars[..shown], width, pen);
    let chunk = if across == 1 { rows } else { count.div_ceil(across).min(rows) };
    let (left, top) = (area.x, area.y + title);
    let apart = if across == 1 && rows + 1 >= 2 * count { 2 } else { 1 };
    let place = |index: usize| {
        let (column, row) = (index / chunk, index % chunk * apart);
        Rect::new(left + column as u16 * (width + GUTTER), top + row as u16, width, 1)
    };
    for (index, bar) in bars.bars[..shown].iter().enumerate() {
        draw_line(bar, place(index), &frame, pen);
    }
    if shown < count && rows * across > 1 {
        let (line, style) = (place(shown), pen.style(Role::Dim));
        let more = format!("{} {} more", pen.glyphs().ellipsis, count - shown);
        pen.text(line.x, line.y, line.width, &more, style);
    }
}

/// How many lines the title and what the marks stand for take.
fn title_rows(bars: &Bars, width: u16) -> u16 {
    let marks: u16 = bars.marks.iter().take(MARKS).map(|(_, name)| cells(name).saturating_add(5)).sum();
    match (cells(&bars.title), marks) {
        (0, 0) => 0,
        (0, _) | (_, 0) => 1,
        (title, marks) => 1 + u16::from(title.saturating_add(marks) > width),
    }
}

/// The title, and what the marks stand for behind it or on the line below.
fn draw_title(bars: &Bars, area: Rect, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let used = pen.text(area.x, area.y, area.width, &bars.title, dim);
    let gap = if used == 0 { 0 } else { 3 };
    let (mut x, y) =
        if area.height > 1 { (area.x, area.y + 1) } else { (area.x.saturating_add(used + gap), area.y) };
    let accent = accent(pen);
    for (sign, (_, name)) in signs(bars, pen).into_iter().zip(&bars.marks) {
        let left = area.right().saturating_sub(x);
        // A whole entry or none, but for the first: a mark that is not explained is worse than a name that is cut.
        if left < 4 || (pen.width(name).saturating_add(2) > left && x > area.x + used + gap) {
            break;
        }
        x += pen.spans(x, y, left, &[(sign, accent), (" ", dim), (name, dim)]) + 3;
    }
}

/// The style of what is marked.
fn accent(pen: &Pen) -> Style {
    pen.style(Role::Accent).remove_modifier(Modifier::UNDERLINED)
}

/// The sign of each mark: a line, a broken line, and a double line for a bet, as in charts.
fn signs(bars: &Bars, pen: &Pen) -> Vec<&'static str> {
    let signs = if pen.theme.ascii { ["|", ":", "!"] } else { [pen.glyphs().mark, "┊", "║"] };
    let bet = |name: &str| name == "your bet";
    let others = bars.marks.iter().take(MARKS).any(|(_, name)| bet(name));
    let mut free = signs.iter().take(if others { 2 } else { 3 });
    let sign = |(_, name): &(f64, String)| if bet(name) { Some(signs[2]) } else { free.next().copied() };
    bars.marks.iter().take(MARKS).map(sign).map(|sign| sign.unwrap_or(signs[1])).collect()
}

/// Where the parts of every line stand.
struct Frame {
    name: u16,
    bar: u16,
    label: u16,
    /// The cells behind the label for the mark of its tone.
    tone: u16,
    full: f64,
    /// Values to mark, with their signs.
    marks: Vec<(f64, &'static str)>,
    glyphs: bool,
}

impl Frame {
    fn of(bars: &Bars, shown: &[scene::Bar], width: u16, pen: &Pen) -> Frame {
        let finite = |value: f64| value.is_finite() && value > 0.0;
        let largest =
            bars.bars.iter().map(|bar| bar.value).filter(|&value| finite(value)).fold(0.0, f64::max);
        let marks: Vec<(f64, &'static str)> = bars
            .marks
            .iter()
            .zip(signs(bars, pen))
            .map(|((value, _), sign)| (*value, sign))
            .filter(|(value, _)| finite(*value))
            .collect();
        // The bars make room for what is marked, but a wild bet does not make slivers of them.
        let near = |value: &f64| largest == 0.0 || *value <= 4.0 * largest;
        let reach = marks.iter().map(|(value, _)| *value).filter(near).fold(largest, f64::max);
        let full = bars.full.filter(|&full| finite(full)).unwrap_or(reach);
        let series = shown.iter().map(|bar| bar.series);
        let glyphs = series.clone().zip(series.skip(1)).any(|(one, next)| one != next) && width >= COLUMN - 6;
        let before = if glyphs { 2 } else { 0 };
        let label = pen.widest(shown.iter().map(|bar| bar.label.as_str()));
        let toned = shown.iter().any(|bar| !pen.theme.tone_mark(bar.tone).is_empty());
        let tone = if toned { 2 } else { 0 };
        let label = label.saturating_add(tone).min(width / 2);
        let names = pen.widest(shown.iter().map(|bar| bar.name.as_str()));
        let name = (names + before).min(width.saturating_sub(label + 2).min((width / 2).max(12)));
        let bar = width.saturating_sub(name + label + 4).min(BAR_MAX);
        let bar = if bar < BAR_MIN { 0 } else { bar };
        Frame { name, bar, label, tone, full, marks, glyphs }
    }
}

fn draw_line(bar: &scene::Bar, line: Rect, frame: &Frame, pen: &mut Pen) {
    let (series, tone) = (pen.series(bar.series), pen.tone(bar.tone));
    let mut x = line.x;
    if frame.glyphs {
        pen.put(x, line.y, pen.theme.series_glyph(bar.series), series);
        x += 2;
    }
    let text = pen.style(Role::Text);
    pen.text(x, line.y, frame.name.saturating_sub(x - line.x), &bar.name, text);
    x = line.x + frame.name + 2;
    if frame.bar > 0 {
        let of_full = |value: f64| if frame.full > 0.0 { (value / frame.full).clamp(0.0, 1.0) } else { 0.0 };
        let share = if bar.value.is_nan() { 0.0 } else { of_full(bar.value) };
        let place = Rect::new(x, line.y, frame.bar, 1);
        draw_bar(place, &Bar { share, style: series, track: false }, pen);
        draw_marks(place, frame, share, series, pen);
        x += frame.bar + 2;
    }
    let mark = pen.theme.tone_mark(bar.tone);
    let width = line.right().saturating_sub(x).min(frame.label);
    let number = width.saturating_sub(frame.tone);
    // Values align; the marks of their tones stand behind all of them.
    if pen.width(&bar.label) <= number {
        pen.text_right(x, line.y, number, &bar.label, tone);
        pen.text(x + number + 1, line.y, (width - number).saturating_sub(1), mark, tone);
    } else {
        pen.text_right(x, line.y, width, &bar.label, tone);
    }
}

/// The marked values across a bar of which `share` is full.
fn draw_marks(line: Rect, frame: &Frame, share: f64, series: Style, pen: &mut Pen) {
    let full = (share * f64::from(line.width)).round() as u16;
    for &(value, sign) in &frame.marks {
        let place = value / frame.full * f64::from(line.width);
        let x = (place.floor() as u16).min(line.width - 1);
        // What lies beyond the end is pointed to.
        let sign = if value > frame.full * (1.0 + 1e-9) { pen.glyphs().right } else { sign };
        if x < full && !pen.theme.ascii {
            // A slit in the bar: the same line, in the colour of the ground.
            pen.put(line.x + x, line.y, sign, series.add_modifier(Modifier::REVERSED));
        } else {
            let style = accent(pen);
            pen.put(line.x + x, line.y, sign, style);
        }
    }
}

/// A bar on one line, for bars and gauges.
pub struct Bar {
    /// How much of it is full, 0 to 1.
    pub share: f64,
    /// The style of the full part.
    pub style: Style,
    /// Whether the empty part is shown.
    pub track: bool,
}

/// Draws a bar over the whole width of a line.
pub fn draw_bar(line: Rect, bar: &Bar, pen: &mut Pen) {
    let glyphs = pen.glyphs();
    let eighths = (bar.share * f64::from(line.width) * 8.0).round() as usize;
    // What is there at all is shown: a sliver, not nothing.
    let eighths = if bar.share > 0.0 { eighths.max(if pen.theme.ascii { 4 } else { 1 }) } else { eighths };
    let full = (eighths / 8).min(usize::from(line.width)) as u16;
    let dim = pen.style(Role::Rule);
    if bar.track {
        pen.fill(line.x + full, line.y, line.width - full, glyphs.empty, dim);
    }
    pen.fill(line.x, line.y, full, glyphs.full, bar.style);
    let part = eighths % 8;
    if full < line.width && part > 0 && (!pen.theme.ascii || part >= 4) {
        pen.put(line.x + full, line.y, glyphs.eighths[part], bar.style);
    }
}
