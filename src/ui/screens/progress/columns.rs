//! Columns over an axis: one for each day, week or factor, in eighths of a cell, with round ticks at the side.

use crate::app::layout::Area;
use crate::app::progress::pictures::Columns;
use crate::app::progress::words;
use crate::config::theme::Role;

use super::super::super::Canvas;

/// A column and the gap behind it are at most this wide together.
const WIDEST: u16 = 6;

/// Draws columns into all of an area: the name, the columns over a line, what they stand for below it.
pub fn draw(columns: &Columns, area: Area, canvas: &mut Canvas<'_>) {
    let count = columns.values.len() as u16;
    if area.height < 4 || count == 0 {
        return;
    }
    let plot_rows = area.height - 3;
    let shown: Vec<f64> = columns.values.clone();
    let largest = shown.iter().copied().fold(0.0, f64::max);
    let top = round_up(largest.max(1.0));
    let ticks = [0.0, 0.5, 1.0].map(|share| (share, label(columns, top * share)));
    let side = canvas.pen.widest(ticks.iter().map(|(_, text)| text.as_str()));
    let room = area.width.saturating_sub(side + 2);
    // Where there are more columns than cells, each is the mean of a few.
    let each = count.div_ceil(room.max(1)).max(1);
    let values: Vec<f64> =
        shown.chunks(usize::from(each)).map(|few| few.iter().sum::<f64>() / few.len() as f64).collect();
    let pitch = (room / (values.len() as u16).max(1)).clamp(1, WIDEST);
    let wide = if pitch > 1 { pitch - 1 } else { 1 };
    let (dim, rule) = (canvas.pen.style(Role::Dim), canvas.pen.style(Role::Rule));
    let mut name = columns.name.clone();
    if each > 1 {
        name.push_str(&format!(", mean of {each}"));
    }
    canvas.pen.text(area.x, area.y, area.width, &name, dim);
    let (left, first) = (area.x + side + 2, area.y + 1);
    let glyphs = canvas.pen.glyphs();
    for row in 0..plot_rows {
        canvas.pen.put(left - 1, first + row, glyphs.vertical, rule);
    }
    for (share, text) in &ticks {
        let y = first + plot_rows - 1 - ((f64::from(plot_rows) - 1.0) * share).round() as u16;
        if plot_rows >= 5 || *share != 0.5 {
            canvas.pen.text_right(area.x, y, side, text, dim);
        }
    }
    let floor = first + plot_rows;
    canvas.pen.fill(left - 1, floor, 1 + pitch * values.len() as u16, glyphs.rule, rule);
    for (at, value) in values.iter().enumerate() {
        let x = left + pitch * at as u16;
        let marked = columns.marked == Some(at * usize::from(each));
        let style = canvas.pen.style(if marked { Role::Good } else { Role::Series(0) });
        let eighths = (value / top * f64::from(plot_rows) * 8.0).round() as u16;
        // What is there is seen, however little.
        let eighths = if *value > 0.0 { eighths.max(1) } else { 0 };
        for row in 0..plot_rows {
            let filled = eighths.saturating_sub(8 * row).min(8);
            if filled > 0 {
                canvas.pen.fill(x, floor - 1 - row, wide, glyphs.columns[usize::from(filled) - 1], style);
            }
        }
    }
    let mut free = area.x;
    for (at, text) in &columns.ticks {
        let width = canvas.pen.width(text);
        let middle = left + pitch * (*at as u16 / each) + wide / 2;
        let x = middle.saturating_sub(width / 2).max(area.x);
        let x = x.min((area.x + area.width).saturating_sub(width));
        if x >= free && x + width <= area.x + area.width {
            canvas.pen.put(middle, floor, tick(canvas), rule);
            canvas.pen.text(x, floor + 1, width, text, dim);
            free = x + width + 1;
        }
    }
}

fn tick(canvas: &Canvas<'_>) -> &'static str {
    if canvas.pen.theme.ascii { "+" } else { "┬" }
}

/// A tick at the side; with what it is worth, where it is worth something.
fn label(columns: &Columns, value: f64) -> String {
    let number = if value.fract() == 0.0 { words::number(value as i64) } else { format!("{value:.1}") };
    match columns.worth {
        // Between a minute and ten the half minutes count.
        Some(seconds) if (60.0..600.0).contains(&(value * seconds)) => {
            format!("{number} = {:.1} min", value * seconds / 60.0)
        }
        Some(seconds) if value > 0.0 => format!("{number} = {}", words::time(value * seconds)),
        _ => number,
    }
}

/// The smallest of 1, 2, 4, 5, 6, 8 or 10 times a power of ten that is at least `value`, 1 or more.
fn round_up(value: f64) -> f64 {
    let decade = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * decade).find(|top| *top >= value * (1.0 - 1e-9)).unwrap_or(value)
}
