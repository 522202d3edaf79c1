//! Retention: recall over the last days and by age, and the calibration: a row for each bin of predictions, with what was
//! recalled, its interval and its count, beside what was predicted. The marks of what was predicted make the line of a
//! perfect forecast; where an interval does not hold its mark, memory and model differ.

use crate::app::layout::Area;
use crate::app::progress::Figures;
use crate::app::progress::{pictures, words};
use crate::config::theme::Role;
use crate::memory::calibration::{self, Bin};
use crate::memory::tally::MATURE;

use super::super::super::Canvas;

/// The room for the name of a bin, and for the figures behind the plot.
const NAME: u16 = 8;
const FIGURES: u16 = 26;
/// The least room for a column of recall.
const PITCH: u16 = 8;
/// Fewer answers than these say little.
const FEW: i64 = 10;

/// Draws the section.
pub fn draw(figures: &Figures, area: Area, canvas: &mut Canvas<'_>) {
    let text = format!(
        "Recalled of what had been learned. What counts: a card's first answer of a day; no learning steps, no practice. \
         Young: an interval below {MATURE} days."
    );
    let used = super::says(&text, area, canvas);
    let table = Area { y: area.y + used + 1, height: 4, ..area };
    spans(figures, table, canvas);
    let y = table.y + table.height + 1;
    let rest = Area { y, height: (area.y + area.height).saturating_sub(y), ..area };
    bins(&pictures::calibration(figures), rest, canvas);
}

/// Recall over spans and by age: a column each.
fn spans(figures: &Figures, area: Area, canvas: &mut Canvas<'_>) {
    let mut spans = pictures::spans(figures);
    let (dim, text, strong) =
        (canvas.pen.style(Role::Dim), canvas.pen.style(Role::Text), canvas.pen.style(Role::Strong));
    for (row, name) in ["", "recalled", "predicted", "answers"].into_iter().enumerate() {
        canvas.pen.text(area.x, area.y + row as u16, 10, name, dim);
    }
    let room = area.width.saturating_sub(10);
    // In a narrow window those that say most: the last 30 days, and by age.
    let mut kept: Vec<usize> =
        [1, 4, 5, 0, 2, 3].into_iter().take(usize::from(room / PITCH).max(1)).collect();
    kept.sort_unstable();
    let mut place = 0..;
    spans.retain(|_| place.next().is_none_or(|place| kept.contains(&place)));
    let pitch = (room / spans.len() as u16).clamp(1, 14);
    for (at, (name, recall)) in spans.into_iter().enumerate() {
        let x = area.x + 10 + pitch * at as u16;
        let width = pitch.saturating_sub(1);
        canvas.pen.text_right(x, area.y, width, name, dim);
        canvas.pen.text_right(x, area.y + 1, width, &words::share_or_dash(recall.share()), strong);
        canvas.pen.text_right(x, area.y + 2, width, &words::share_or_dash(recall.mean_predicted()), text);
        canvas.pen.text_right(x, area.y + 3, width, &words::number(recall.asked), text);
    }
}

/// The calibration.
fn bins(bins: &[Bin], area: Area, canvas: &mut Canvas<'_>) {
    if area.height < 4 || area.width < NAME + FIGURES + 10 || bins.is_empty() {
        return;
    }
    let (dim, text) = (canvas.pen.style(Role::Dim), canvas.pen.style(Role::Text));
    let plot = Area {
        x: area.x + NAME,
        y: area.y + 1,
        width: (area.width - NAME - FIGURES).min(100),
        height: area.height - 2,
    };
    // Where there is no room for all, the highest predictions are those that most answers stand behind.
    let shown = &bins[bins.len().saturating_sub(usize::from(plot.height))..];
    // Bins of few answers have intervals from one end to the other: they don't stretch the axis.
    let firm = shown.iter().filter(|bin| bin.recall.asked >= FEW);
    let low = firm.fold(0.9, |low: f64, bin| {
        let interval = calibration::interval(bin.recall.recalled, bin.recall.asked).0;
        low.min(interval).min(bin.recall.mean_predicted().unwrap_or(1.0))
    });
    let low = (low * 10.0 - 1e-9).floor().max(0.0) / 10.0;
    let across = |share: f64| {
        let place = (share - low) / (1.0 - low) * f64::from(plot.width - 1);
        plot.x + place.clamp(0.0, f64::from(plot.width - 1)).round() as u16
    };
    canvas.pen.text(area.x, area.y, plot.width + NAME - 1, key(canvas), dim);
    let behind = plot.x + plot.width;
    canvas.pen.text_right(behind, area.y, FIGURES, "predicted recalled answers", dim);
    for (row, bin) in shown.iter().enumerate() {
        let y = plot.y + row as u16;
        let name = format!("{}-{}%", bin.from, bin.to);
        canvas.pen.text_right(area.x, y, NAME - 1, &name, dim);
        bin_row(bin, y, &across, canvas);
        let recall = &bin.recall;
        canvas.pen.text_right(behind, y, 9, &words::share_or_dash(recall.mean_predicted()), text);
        canvas.pen.text_right(behind + 9, y, 9, &words::share_or_dash(recall.share()), text);
        canvas.pen.text_right(behind + 18, y, 8, &words::number(recall.asked), dim);
    }
    let floor = plot.y + shown.len() as u16;
    let step = if low < 0.5 { 0.2 } else { 0.1 };
    let ticks = ((1.0 - low) / step + 1e-9).floor() as u16;
    for tick in 0..=ticks {
        let share = 1.0 - step * f64::from(tick);
        let label = words::percent(share);
        let width = canvas.pen.width(&label);
        let x = across(share).saturating_sub(width / 2).min(plot.x + plot.width - width);
        canvas.pen.text(x.max(plot.x), floor, width, &label, dim);
    }
    canvas.pen.text_right(behind, floor, FIGURES, &total(bins), dim);
}

/// The interval of what was recalled, its middle, and what was predicted.
fn bin_row(bin: &Bin, y: u16, across: &impl Fn(f64) -> u16, canvas: &mut Canvas<'_>) {
    let recall = &bin.recall;
    let (Some(share), Some(predicted)) = (recall.share(), recall.mean_predicted()) else { return };
    let (from, to) = calibration::interval(recall.recalled, recall.asked);
    let ascii = canvas.pen.theme.ascii;
    let holds = (from..=to).contains(&predicted);
    let line = canvas.pen.style(if holds { Role::Series(0) } else { Role::Warn });
    let (left, right) = (across(from), across(to));
    canvas.pen.fill(left, y, right - left + 1, canvas.pen.glyphs().rule, line);
    if right > left {
        canvas.pen.put(left, y, if ascii { "[" } else { "├" }, line);
        canvas.pen.put(right, y, if ascii { "]" } else { "┤" }, line);
    }
    let mark = canvas.pen.style(Role::Strong);
    canvas.pen.put(across(predicted), y, if ascii { ":" } else { "┃" }, mark);
    if across(share) != across(predicted) {
        canvas.pen.put(across(share), y, canvas.pen.glyphs().dot, line);
    } else {
        canvas.pen.put(across(share), y, if ascii { "@" } else { "◉" }, line);
    }
}

/// What the marks mean.
fn key(canvas: &Canvas<'_>) -> &'static str {
    if canvas.pen.theme.ascii {
        ": predicted  * recalled  @ both  [-] 95% sure"
    } else {
        "┃ predicted  ● recalled  ◉ both  ├─┤ 95% sure"
    }
}

/// How far predictions are off on the whole.
fn total(bins: &[Bin]) -> String {
    calibration::error(bins).map_or_else(String::new, |off| format!("off by {:.1} points", off * 100.0))
}
