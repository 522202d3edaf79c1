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

/// The columns, and below them where one value in twenty is below and above: what lies outside is dim.
fn histogram(spread: &Spread, area: Area, labels: bool, canvas: &mut Canvas<'_>) {
    let bins = u16::try_from(spread.histogram.len()).unwrap_or(u16::MAX).max(1);
    let each = (area.width / bins).clamp(1, 3);
    let most = spread.histogram.iter().copied().max().unwrap_or(0).max(1);
    let (low, high) = inner(&spread.histogram);
    let glyphs = canvas.pen.glyphs();
    let eighths = u32::from(area.height) * 8;
    for (bin, count) in (0..bins.min(area.width)).zip(&spread.histogram) {
        let outside = usize::from(bin) < low || usize::from(bin) > high;
        let style = canvas.pen.style(if outside { Role::Dim } else { Role::Series(0) });
        // What is there is seen, however little it is.
        let tall = (count * eighths).div_ceil(most);
        for row in 0..area.height {
            let filled = tall.saturating_sub(u32::from(row) * 8).min(8);
            if filled > 0 {
                let glyph = glyphs.columns[filled as usize - 1];
                canvas.pen.fill(area.x + bin * each, area.y + area.height - 1 - row, each, glyph, style);
            }
        }
    }
    let Some((low_text, high_text)) = spread.text.split_once('…').filter(|_| labels) else { return };
    let (y, dim) = (area.y + area.height, canvas.pen.style(Role::Dim));
    let column = |bin: usize| u16::try_from(bin).unwrap_or(0) * each;
    let low_text = format!("5% {}", low_text.trim());
    let used = column(low) + canvas.pen.text(area.x + column(low), y, area.width, &low_text, dim);
    let high_text = format!("95% {}", high_text.trim());
    let wide = canvas.pen.width(&high_text);
    // Below its column, but never over the other and inside of the area.
    let at = (column(high) + each).saturating_sub(wide).max(used + 2);
    let at = at.min(area.width.saturating_sub(wide)).max(used + 1);
    canvas.pen.text(area.x + at, y, area.width.saturating_sub(at), &high_text, dim);
}

/// The first and the last column of those that hold nine values in ten. The columns reach from the 0.5th to the 99.5th
/// percentile, so 4.5 of their 99 parts lie on each side.
fn inner(histogram: &[u32]) -> (usize, usize) {
    let all: u64 = histogram.iter().map(|count| u64::from(*count)).sum();
    let mut below = 0;
    let (mut low, mut high) = (0, histogram.len().saturating_sub(1));
    for (bin, count) in histogram.iter().enumerate() {
        let before = below;
        below += u64::from(*count);
        if before * 990 <= all * 45 {
            low = bin;
        }
        if before * 990 <= all * 945 {
            high = bin;
        }
    }
    (low, high)
}

/// A number in a few characters, `63.2 M`, and in as many that it is told from one that lies so far apart.
fn brief(value: f64, apart: f64) -> String {
    let steps = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    let size = value.abs();
    let (by, word) = match steps.into_iter().find(|(by, _)| size >= *by * 10.0) {
        _ if size >= 1e16 || (size < 1e-3 && size > 0.0) => return format!("{value:.1e}"),
        Some(step) => step,
        None => (1.0, ""),
    };
    let shown = value / by;
    let decimals = match shown.abs() {
        shown if shown >= 99.5 => 0,
        shown if shown >= 9.95 => 1,
        shown if shown >= 0.1 => 2,
        _ => 3,
    };
    // Two figures of what lies between.
    let between = if apart == 0.0 { 0.0 } else { 1.0 - (apart.abs() / by).log10().floor() };
    let decimals = decimals.max(between.clamp(0.0, 6.0) as usize);
    let text = format!("{shown:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{word}")
}

/// One row an input: its name, its bar on a scale that all share, its share of the variance.
fn tornado(spread: &Spread, drivers: &[Driver], area: Area, canvas: &mut Canvas<'_>) {
    let names = canvas.pen.widest(drivers.iter().map(|driver| driver.name.as_str())).min(area.width / 3);
    let share = 5;
    // In wide windows what the bar says as numbers, in the unit of the value.
    let said: Vec<String> = drivers
        .iter()
        .map(|driver| {
            let apart = driver.high - driver.low;
            format!("{} … {}", brief(driver.low, apart), brief(driver.high, apart))
        })
        .collect();
    let numbers = canvas.pen.widest(said.iter().map(String::as_str)) + 1;
    let numbers = if area.width >= names + share + numbers + 20 { numbers } else { 0 };
    let bar = area.width.saturating_sub(names + share + numbers + 2);
    let ends = drivers.iter().flat_map(|driver| [driver.low, driver.high]).chain([spread.median]);
    let (from, to) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), end| (from.min(end), to.max(end)));
    let column = |value: f64| {
        let share = if to > from { (value - from) / (to - from) } else { 0.5 };
        (share * f64::from(bar.saturating_sub(1))).round() as u16
    };
    for (index, (driver, y)) in drivers.iter().zip(area.y..area.y + area.height).enumerate() {
        canvas.pen.text(area.x, y, names, &driver.name, canvas.pen.style(Role::Text));
        let x = area.x + names + 1;
        if bar > 4 {
            let (glyphs, middle) = (canvas.pen.glyphs(), column(spread.median));
            canvas.pen.fill(x, y, bar, glyphs.rule, canvas.pen.style(Role::Rule));
            let (low, high) = (column(driver.low.min(driver.high)), column(driver.low.max(driver.high)));
            canvas.pen.fill(x + low, y, high + 1 - low, glyphs.full, canvas.pen.style(Role::Series(0)));
            canvas.pen.put(x + middle, y, glyphs.mark, canvas.pen.style(Role::Strong));
        }
        let style = canvas.pen.style(Role::Dim);
        let numbers = numbers.saturating_sub(1);
        canvas.pen.text_right(x + bar + 1, y, numbers, &said[index], style);
        let percent = format!("{:.0}%", driver.share * 100.0);
        let end = area.x + area.width;
        canvas.pen.text_right(end.saturating_sub(share), y, share, &percent, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_values_in_ten_lie_inside() {
        // Of 99 values in 20 columns 4.5 lie outside on each side.
        assert_eq!(inner(&[5; 20]), (0, 19), "the first column holds both sides of the border");
        let mut peaked = [0; 20];
        (peaked[0], peaked[9], peaked[19]) = (1, 97, 1);
        assert_eq!(inner(&peaked), (9, 9));
        assert_eq!(inner(&[]), (0, 0));
        assert_eq!(inner(&[0, 0]), (1, 1));
    }

    #[test]
    fn numbers_are_brief() {
        let check = |value, expected: &str| assert_eq!(brief(value, value), expected);
        check(63.24, "63.2");
        check(1_264.0, "1264");
        check(73_150.0, "73.2 k");
        check(316.2e6, "316 M");
        check(0.25, "0.25");
        check(0.0, "0");
        check(-1.0, "-1");
        check(2e-7, "2.0e-7");
        // Two ends that lie close together.
        assert_eq!([brief(99.8441, 0.072), brief(99.9161, 0.072)], ["99.844", "99.916"]);
        assert_eq!([brief(73_150.0, 10.0), brief(73_160.0, 10.0)], ["73.15 k", "73.16 k"]);
        assert_eq!(brief(7.0, 0.0), "7");
        check(4e18, "4.0e18");
    }
}
