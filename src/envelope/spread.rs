//! Where a ranged value lies: percentiles, a histogram, and how many figures of it are worth showing.
//!
//! Figures: the median of 4,999 samples is off by a standard error of about 0.5% for each factor of e between
//! its ends (1.25 sigma / sqrt(n)). So it is shown with three figures, and with two where the ends are a factor
//! of ten apart or lie on both sides of zero. The ends of what depends on one input are exact, and are shown with two
//! figures of the lower one; where several inputs mix their standard error is about 3% of their distance from the
//! median (on a logarithmic scale), so each has two figures. What was written as a range and not calculated with
//! is shown as it was written.

use super::drivers::drivers;
use super::format;
use super::input::Inputs;
use super::quantity::{Atom, Quantity, Style, Trouble, Units};
use super::ranking::Ranking;
use super::samples::{Samples, bounds};
use super::unit::{Kind, Series};
use super::{Answer, Spread};

/// The number of steps of a histogram.
const STEPS: usize = 20;

/// What a line comes to, and how it is shown. A value whose samples are all the same but for rounding is that value:
/// `x - x` is 0.
pub(super) fn finished(quantity: Quantity, inputs: &Inputs) -> Result<(Quantity, Answer), Trouble> {
    let Some(samples) = &quantity.samples else {
        let answer = format::answer(&quantity)?;
        return Ok((quantity, answer));
    };
    let (least, most) = bounds(samples.drawn());
    if most - least <= 1e-12 * least.abs().max(most.abs()) {
        let quantity = Quantity { samples: None, ..quantity };
        let answer = format::answer(&quantity)?;
        return Ok((quantity, answer));
    }
    let answer = answer(&quantity, samples, (least, most), inputs)?;
    Ok((quantity, answer))
}

/// The answer of a ranged quantity, whose smallest and largest sample are known.
fn answer(
    quantity: &Quantity,
    samples: &Samples,
    all: (f64, f64),
    inputs: &Inputs,
) -> Result<Answer, Trouble> {
    let ranking = Ranking::of(samples.drawn(), all);
    let [least, p5, median, p95, most] = ranking.percentiles(samples.drawn(), [5, 50, 500, 950, 995]);
    let middle = Quantity::new(median, quantity.units.clone(), quantity.style.clone());
    let mut shown = format::shown(&middle)?;
    // Rounding may carry into the next larger unit.
    shown.value = worth_showing(&shown, [p5, median, p95]);
    let shown = format::shown(&shown)?;
    let factor = quantity.units.factor_to(&shown.units);
    let convert = |value: f64| factor.of(value);
    let [p5, median, p95] = [p5, median, p95].map(convert);
    if ![p5, median, p95].iter().all(|value| value.is_finite()) {
        return Err(Trouble::LargeSamples);
    }
    let spread = Spread {
        p5,
        median,
        p95,
        text: ends_text(p5, p95, &shown, samples.inputs().len()),
        histogram: ranking.histogram(least, most, STEPS),
        drivers: drivers(samples, &ranking, inputs, convert),
    };
    let answer = format::answer(&shown)?;
    Ok(Answer { value: median, spread: Some(spread), ..answer })
}

/// The 5th percentile, the median and the 95th percentile, in the unit and style of the quantity.
pub(super) fn percentiles(quantity: &Quantity) -> [Quantity; 3] {
    let values = match &quantity.samples {
        Some(samples) => {
            Ranking::of(samples.drawn(), bounds(samples.drawn())).percentiles(samples.drawn(), [50, 500, 950])
        }
        None => [quantity.value; 3],
    };
    values.map(|value| Quantity::new(value, quantity.units.clone(), quantity.style.clone()))
}

/// The median in a unit that keeps its times, with the figures that are worth showing; for the steps of a line.
pub(super) fn brief(quantity: &Quantity) -> String {
    let [low, middle, high] = percentiles(quantity);
    let mut shown = in_steps(&middle);
    if quantity.samples.is_some() {
        shown.value = worth_showing(&shown, [low.value, middle.value, high.value]);
        shown = in_steps(&shown);
    }
    format::text(&shown)
}

/// A quantity in the unit in which a step shows it: a size in a readable prefix, a time in a readable unit, and all
/// else as it came out, so that one sees which units meet.
pub(super) fn in_steps(quantity: &Quantity) -> Quantity {
    let best = match quantity.style {
        Style::Computed if is_time(&quantity.units) => format::shown(quantity),
        Style::Computed => format::sized(quantity),
        _ => return Quantity { samples: None, ..quantity.clone() },
    };
    best.unwrap_or_else(|_| Quantity { samples: None, ..quantity.clone() })
}

/// The value of a median, in the unit in which it is shown, with the figures that are worth showing. The percentiles
/// may be in another unit.
fn worth_showing(shown: &Quantity, [p5, median, p95]: [f64; 3]) -> f64 {
    if below_whole(shown, p5, p95) {
        100.0 - rounded(100.0 - shown.value, figures(100.0 - p95, 100.0 - median, 100.0 - p5))
    } else {
        rounded(shown.value, figures(p5, median, p95))
    }
}

/// How many figures of a median are worth showing.
pub(super) fn figures(p5: f64, median: f64, p95: f64) -> i32 {
    let wide = p5 * p95 <= 0.0 || median == 0.0 || (p95 / p5).max(p5 / p95) >= 10.0;
    if wide { 2 } else { 3 }
}

/// A value with that many figures.
pub(super) fn rounded(value: f64, figures: i32) -> f64 {
    format!("{value:.*e}", (figures - 1).max(0) as usize).parse().unwrap_or(value)
}

/// What one in the last of so many figures is worth.
pub(super) fn worth(value: f64, figures: i32) -> f64 {
    if value == 0.0 { 0.0 } else { 10f64.powf(value.abs().log10().floor() - f64::from(figures - 1)) }
}

/// The ends as they are shown.
fn rounded_ends(p5: f64, p95: f64, inputs: usize) -> [f64; 2] {
    let steps = ends_worth(p5, p95, inputs);
    let at =
        |value: f64, step: f64| if step > 0.0 { rounded((value / step).round() * step, 12) } else { value };
    [at(p5, steps[0]), at(p95, steps[1])]
}

/// What one in the last shown place of each end is worth: two figures of the one nearer to zero, and as many places
/// of the other, up to three figures. Of several inputs two figures of each.
pub(super) fn ends_worth(p5: f64, p95: f64, inputs: usize) -> [f64; 2] {
    let (near, far) = if p5.abs() <= p95.abs() { (p5, p95) } else { (p95, p5) };
    // Across zero the end nearer to it may be as near as it likes: the farther one gives the places.
    let step = if p5 * p95 > 0.0 { worth(near, 2) } else { worth(far, 2) };
    let most = if inputs > 1 { 2 } else { 3 };
    [p5, p95].map(|end| step.max(worth(end, most)))
}

/// Whether this is a share that is near to the whole: there it is the distance to 100% that has figures, for
/// 99.997% is not 100%.
fn below_whole(shown: &Quantity, p5: f64, p95: f64) -> bool {
    shown.is_percent() && p5 > 90.0 && p95 < 100.0
}

/// The ends for people, in the unit of `shown`.
fn ends_text(p5: f64, p95: f64, shown: &Quantity, inputs: usize) -> String {
    let as_written = matches!(shown.style, Style::Written);
    let ends = if as_written {
        [p5, p95]
    } else if below_whole(shown, p5, p95) {
        let [high, low] = rounded_ends(100.0 - p95, 100.0 - p5, inputs);
        [100.0 - low, 100.0 - high]
    } else {
        rounded_ends(p5, p95, inputs)
    };
    let quantity = |value: f64| Quantity::new(value, shown.units.clone(), shown.style.clone());
    let far_apart = p5.abs() < p95.abs() / 1_000.0 || p5.abs() > p95.abs() * 1_000.0;
    let prefixed = matches!(shown.style, Style::Computed | Style::Written) && has_prefixes(&shown.units);
    let in_parts = matches!(shown.style, Style::Computed) && is_time(&shown.units);
    if (far_apart && prefixed) || in_parts {
        let own = |value: f64| {
            let computed = Quantity::computed(value, shown.units.clone());
            let best = format::shown(&computed).unwrap_or(computed);
            format::text(&Quantity { value: rounded(best.value, if in_parts { 3 } else { 2 }), ..best })
        };
        let (low, high) = (own(p5), own(p95));
        // `80 ms … 120 ms` says its unit once.
        return match (low.split_once(' '), high.split_once(' ')) {
            (Some((number, one)), Some((_, other))) if one == other && !one.contains(' ') => {
                format!("{number} … {high}")
            }
            _ => format!("{low} … {high}"),
        };
    }
    let [low, high] = ends.map(|end| format::text(&quantity(end)));
    let units = [true, false].map(|one| format!(" {}", format::unit(&shown.units, one)));
    let bare = |text: &str| {
        units.iter().find_map(|unit| text.strip_suffix(unit.as_str())).unwrap_or(text).to_string()
    };
    let whole = matches!(shown.style, Style::Percent | Style::Parts(_));
    if shown.units.is_none() || whole {
        return format!("{low} … {high}");
    }
    let strokes: Vec<_> = shown.units.0.iter().filter(|(_, power)| *power < 0).cloned().collect();
    let strokes = format::unit(&Units(strokes), false);
    if is_count(&shown.units) {
        format!("{} … {}", bare(&low), bare(&high))
    } else if let (Some(low), true) = (low.strip_suffix(&strokes), is_symbol(&low)) {
        // `$1,000 … $1,500/month`
        format!("{low} … {high}")
    } else {
        format!("{} … {high}", bare(&low))
    }
}

/// Whether only counted things stand above the stroke, so that a number says enough without its unit.
fn is_count(units: &Units) -> bool {
    units.0.iter().all(|(atom, power)| *power < 0 || matches!(atom.kind(), Kind::Count(_)))
}

/// Whether a value as it is shown begins with the sign of its money.
fn is_symbol(text: &str) -> bool {
    text.trim_start_matches('-').starts_with(|letter: char| !letter.is_alphanumeric() && letter != '.')
}

/// A time alone.
fn is_time(units: &Units) -> bool {
    matches!(units.0.as_slice(), [(atom, 1)] if atom.kind() == Kind::Time)
}

/// Whether a size or a time stands above the stroke, which comes in larger and smaller units.
fn has_prefixes(units: &Units) -> bool {
    let prefixed = |atom: &Atom| matches!(atom, Atom::Known(known) if known.series != Series::Alone);
    units.0.iter().any(|(atom, power)| *power == 1 && prefixed(atom))
}
