//! How sure a value is: its histogram, and what drives it, as a tornado: a bar for each input, from the value where that
//! input is low to the value where it is high.

use crate::app::layout::Area;
use crate::config::theme::Role;
use crate::envelope::{Driver, Spread};

use super::Canvas;

/// The most inputs that are shown.
const DRIVERS: usize = 8;

/// Draws both and says how many rows they took. Where there is little room the drivers come first: the range itself
/// stands beside the value.
pub fn draw(spread: &Spread, area: Area, canvas: &mut Canvas<'_>) -> u16 {
    if area.height == 0 || area.width < 12 {
        return 0;
    }
    let drivers = spread.drivers.len().min(DRIVERS);
    let wanted = u16::try_from(drivers).unwrap_or(u16::MAX);
    // The columns, and a row for what stands at their ends.
    let spare = area.height.saturating_sub(wanted.min(3));
    let columns = match spare {
        0 => 0,
        1 => 1,
        2..=4 => spare - 1,
        _ => 3,
    };
    let labels = u16::from(spare > 1);
    if columns > 0 {
        histogram(spread, Area { height: columns, ..area }, labels > 0, canvas);
    }
    let used = columns + labels + u16::from(spare > 5 && area.height > columns + labels + wanted);
    let rest = Area { y: area.y + used, height: area.height.saturating_sub(used), ..area };
    let shown = usize::from(rest.height).min(drivers);
    tornado(spread, &spread.drivers[..shown], rest, canvas);
    used + u16::try_from(shown).unwrap_or(0)
}

/// The columns, and below them where one value in twenty is below and above.
fn histogram(spread: &Spread, area: Area, labels: bool, canvas: &mut Canvas<'_>) {
    let bins = u16::try_from(spread.histogram.len()).unwrap_or(u16::MAX).max(1);
    let each = (area.width / bins).clamp(1, 3);
    let most = spread.histogram.iter().copied().max().unwrap_or(0).max(1);
    let (glyphs, style) = (canvas.pen.glyphs(), canvas.pen.style(Role::Series(0)));
    let eighths = u32::from(area.height) * 8;
    for (bin, count) in (0..bins.min(area.width)).zip(&spread.histogram) {
        // What is there is seen, however little it is.
        let high = (count * eighths).div_ceil(most);
        for row in 0..area.height {
            let filled = high.saturating_sub(u32::from(row) * 8).min(8);
            if filled > 0 {
                let glyph = glyphs.columns[filled as usize - 1];
                canvas.pen.fill(area.x + bin * each, area.y + area.height - 1 - row, each, glyph, style);
            }
        }
    }
    let width = (bins * each).min(area.width);
    let Some((low, high)) = spread.text.split_once('…').filter(|_| labels) else { return };
    let (y, dim) = (area.y + area.height, canvas.pen.style(Role::Dim));
    let low = canvas.pen.text(area.x, y, width, &format!("5% {}", low.trim()), dim);
    let room = area.width.saturating_sub(low + 2);
    let high = format!("95% {}", high.trim());
    let right = width.saturating_sub(low + 2).max(canvas.pen.width(&high)).min(room);
    canvas.pen.text_right(area.x + low + 2, y, right, &high, dim);
}

/// One row an input: its name, its bar on a scale that all share, its share of the variance.
fn tornado(spread: &Spread, drivers: &[Driver], area: Area, canvas: &mut Canvas<'_>) {
    let names = canvas.pen.widest(drivers.iter().map(|driver| driver.name.as_str())).min(area.width / 3);
    let share = 5;
    let bar = area.width.saturating_sub(names + share + 2);
    let ends = drivers.iter().flat_map(|driver| [driver.low, driver.high]).chain([spread.median]);
    let (from, to) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), end| (from.min(end), to.max(end)));
    let column = |value: f64| {
        let share = if to > from { (value - from) / (to - from) } else { 0.5 };
        (share * f64::from(bar.saturating_sub(1))).round() as u16
    };
    for (driver, y) in drivers.iter().zip(area.y..area.y + area.height) {
        canvas.pen.text(area.x, y, names, &driver.name, canvas.pen.style(Role::Text));
        let x = area.x + names + 1;
        if bar > 4 {
            let (glyphs, middle) = (canvas.pen.glyphs(), column(spread.median));
            canvas.pen.fill(x, y, bar, glyphs.rule, canvas.pen.style(Role::Rule));
            let (low, high) = (column(driver.low.min(driver.high)), column(driver.low.max(driver.high)));
            canvas.pen.fill(x + low, y, high + 1 - low, glyphs.full, canvas.pen.style(Role::Series(0)));
            canvas.pen.put(x + middle, y, glyphs.mark, canvas.pen.style(Role::Strong));
        }
        let percent = format!("{:.0}%", driver.share * 100.0);
        canvas.pen.text_right(x + bar + 1, y, share, &percent, canvas.pen.style(Role::Dim));
    }
}
