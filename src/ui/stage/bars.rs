//! Horizontal bars: names to the left, values to the right, lengths in eighths of a cell, and a value marked
//! across all of them.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::layout::{Growth, Need};
use crate::config::theme::Role;
use crate::lab::scene::{self, Bars};
use crate::ui::pen::Pen;

/// The bar is at most this long: longer ones read no better and their values stand too far from their names.
const BAR_MAX: u16 = 60;
/// A bar shorter than this says nothing; the value alone does.
const BAR_MIN: u16 = 4;
/// Bars stand in several columns where each gets this width.
const COLUMN: u16 = 30;
const GUTTER: u16 = 3;

/// The title and one line a bar. Some bars of many still say something; with much room there are empty lines between them.
pub fn need(bars: &Bars) -> Need {
    let title = usize::from(has_title(bars));
    let all = Need::lines(bars.bars.len() + title);
    let most = all.most.saturating_mul(2).saturating_sub(1 + title as u16);
    Need { least: all.likes.min(4), most, growth: Growth::Whole, ..all }
}

/// Draws bars; where there are more than lines, in columns, and a last line says how many are left out.
pub fn draw(bars: &Bars, area: Rect, pen: &mut Pen) {
    // A bar before its title, where there is no room for two bars.
    let titled = has_title(bars) && (area.height > 2 || usize::from(area.height) > bars.bars.len());
    if titled {
        draw_title(bars, area, pen);
    }
    let rows = usize::from(area.height - u16::from(titled));
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
    let (left, top) = (area.x, area.y + u16::from(titled));
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

fn has_title(bars: &Bars) -> bool {
    !bars.title.is_empty() || !bars.marks.is_empty()
}

/// The title, and what the mark stands for at the right.
fn draw_title(bars: &Bars, area: Rect, pen: &mut Pen) {
    let dim = pen.style(Role::Dim);
    let used = pen.text(area.x, area.y, area.width, &bars.title, dim);
    if let Some((_, name)) = bars.marks.first() {
        let gap = if used == 0 { 0 } else { 3 };
        let x = area.x + used + gap;
        let (mark, strong) = (pen.glyphs().mark, pen.style(Role::Accent));
        let left = area.right().saturating_sub(x);
        if left >= 4 {
            pen.spans(
                x,
                area.y,
                left,
                &[(mark, strong.remove_modifier(Modifier::UNDERLINED)), (" ", dim), (name, dim)],
            );
        }
    }
}

/// Where the parts of every line stand.
struct Frame {
    name: u16,
    bar: u16,
    label: u16,
    full: f64,
    mark: Option<f64>,
    glyphs: bool,
}

impl Frame {
    fn of(bars: &Bars, shown: &[scene::Bar], width: u16, pen: &Pen) -> Frame {
        let finite = |value: f64| value.is_finite() && value > 0.0;
        let largest =
            bars.bars.iter().map(|bar| bar.value).filter(|&value| finite(value)).fold(0.0, f64::max);
        let marked = bars.marks.first().map(|(value, _)| *value).filter(|&value| finite(value));
        let full = bars.full.filter(|&full| finite(full)).unwrap_or(largest.max(marked.unwrap_or(0.0)));
        let series = shown.iter().map(|bar| bar.series);
        let glyphs = series.clone().zip(series.skip(1)).any(|(one, next)| one != next) && width >= COLUMN - 6;
        let before = if glyphs { 2 } else { 0 };
        let label = pen.widest(shown.iter().map(|bar| bar.label.as_str()));
        let marks = shown.iter().any(|bar| !pen.theme.tone_mark(bar.tone).is_empty());
        let label = (label + if marks { 2 } else { 0 }).min(width / 2);
        let names = pen.widest(shown.iter().map(|bar| bar.name.as_str()));
        let name = (names + before).min(width.saturating_sub(label + 2).min((width / 2).max(12)));
        let bar = width.saturating_sub(name + label + 4).min(BAR_MAX);
        let bar = if bar < BAR_MIN { 0 } else { bar };
        Frame { name, bar, label, full, mark: marked, glyphs }
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
        let mark = frame.mark.map(of_full);
        let share = if bar.value.is_nan() { 0.0 } else { of_full(bar.value) };
        draw_bar(Rect::new(x, line.y, frame.bar, 1), &Bar { share, style: series, track: false, mark }, pen);
        x += frame.bar + 2;
    }
    let mark = pen.theme.tone_mark(bar.tone);
    let width = line.right().saturating_sub(x).min(frame.label);
    if mark.is_empty() && frame.bar == 0 {
        pen.text_right(x, line.y, width, &bar.label, tone);
    } else {
        let marked = format!("{}{}{mark}", bar.label, if mark.is_empty() { "" } else { " " });
        pen.text_right(x, line.y, width, &marked, tone);
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
    /// Where a value is marked, 0 to 1.
    pub mark: Option<f64>,
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
    if let Some(mark) = bar.mark.filter(|_| line.width > 0) {
        let x = ((mark * f64::from(line.width)).floor() as u16).min(line.width - 1);
        if x < full && !pen.theme.ascii {
            // A slit in the bar: the same line, in the colour of the ground.
            pen.put(line.x + x, line.y, glyphs.mark, bar.style.add_modifier(Modifier::REVERSED));
        } else {
            let style = pen.style(Role::Accent).remove_modifier(Modifier::UNDERLINED);
            pen.put(line.x + x, line.y, glyphs.mark, style);
        }
    }
}
