//! Values for people: three or four figures, a unit that reads well, commas between thousands.
//!
//! What a person wrote or asked for is left as it is: a literal shows its digits, `in reads/s` shows reads per
//! second to the last one. Only what was computed is brought to a readable unit: sizes to the prefix that
//! leaves a number from 1 to 1000, rates to per second (a slow one to per minute, hour, day, ...), times to two
//! units in a row. Money keeps its period, for nobody pays by the second.

use super::Answer;
use super::noun::Noun;
use super::quantity::{Atom, Quantity, Style, Trouble, Units};
use super::unit::{self, Kind, Known, Series};

/// From here on a number is written with a power of ten.
const SCIENTIFIC: f64 = 1e15;
/// Seconds in a year, from which on a time is shown in years with decimals.
const YEAR: f64 = 31_536_000.0;

/// The value for people, in a readable unit.
pub(super) fn answer(quantity: &Quantity) -> Result<Answer, Trouble> {
    let quantity = shown(quantity)?;
    let (value, units) = (quantity.value, &quantity.units);
    let unit = if quantity.is_percent() { "%".to_string() } else { unit(units, value.abs() == 1.0) };
    let text = text(&quantity);
    Ok(Answer { value, unit, dimension: dimension(units), text, spread: None })
}

/// The quantity in the unit in which it is shown, without its samples.
pub(super) fn shown(quantity: &Quantity) -> Result<Quantity, Trouble> {
    match quantity.style {
        Style::Computed => readable(quantity),
        _ => Ok(Quantity::new(quantity.value, quantity.units.clone(), quantity.style.clone())),
    }
}

/// The quantity for people, in the unit that it has.
pub(super) fn text(quantity: &Quantity) -> String {
    let (value, units) = (quantity.value, &quantity.units);
    match &quantity.style {
        Style::Percent => format!("{}%", percent(value)),
        Style::Parts(parts) => in_parts(value, parts),
        Style::Written => with_unit(&written(value), value < 0.0, units),
        Style::Asked(Some(scale)) => {
            let power = unit::scale(scale).unwrap_or(0);
            with_unit(&format!("{} {scale}", figures(value.abs() / 10f64.powi(power), 4)), value < 0.0, units)
        }
        Style::Asked(None) => with_unit(&figures(value.abs(), 4), value < 0.0, units),
        Style::Computed => match time_in_parts(value, units) {
            Some(text) => text,
            None => with_unit(&computed(value.abs(), units), value < 0.0, units),
        },
    }
}

/// A value with all its digits, as it can be read again.
pub(super) fn full(value: f64, unit: &str) -> String {
    let digits = shortest(value);
    if unit.is_empty() { digits } else { format!("{digits} {unit}") }
}

/// The fewest digits that are read as this very value.
fn shortest(value: f64) -> String {
    let plain = value == 0.0 || (1e-5..SCIENTIFIC).contains(&value.abs());
    if plain { format!("{value}") } else { format!("{value:e}") }
}

/// A unit as the language writes it: `reads/user/day`. `one`: there is one of it.
pub(super) fn unit(units: &Units, one: bool) -> String {
    let powered = |(atom, power): &(Atom, i32), several: bool| match power.abs() {
        1 => self::atom(atom, several),
        power => format!("{}^{power}", self::atom(atom, several)),
    };
    let above: Vec<String> =
        units.0.iter().filter(|(_, power)| *power > 0).map(|part| powered(part, !one)).collect();
    let below =
        units.0.iter().filter(|(_, power)| *power < 0).map(|part| format!("/{}", powered(part, false)));
    above.join("·") + &below.collect::<String>()
}

/// The unit in which the value of a quantity is shown.
pub(super) fn shown_unit(quantity: &Quantity) -> String {
    match quantity.style {
        Style::Computed => {
            readable(quantity).map_or_else(|_| unit(&quantity.units, false), |best| unit(&best.units, false))
        }
        _ => unit(&quantity.units, false),
    }
}

/// One unit, for several of it or for one.
pub(super) fn atom(atom: &Atom, several: bool) -> String {
    let word: &str = match atom {
        Atom::Known(known) if several => known.many,
        Atom::Known(known) => known.one(),
        Atom::Count(Noun { many, .. }) if several => many,
        Atom::Count(Noun { one, .. }) => one,
    };
    word.to_string()
}

/// A product of units with this one alone in it.
pub(super) fn units_of(known: &'static Known) -> Units {
    Units(vec![(Atom::Known(known), 1)])
}

/// What is measured: `data/time`, `read/user/time`.
fn dimension(units: &Units) -> String {
    if units.is_none() {
        return "number".to_string();
    }
    let named = |(atom, power): &(Atom, i32)| match power.abs() {
        1 => atom.kind().name().to_string(),
        power => format!("{}^{power}", atom.kind().name()),
    };
    let above: Vec<String> = units.0.iter().filter(|(_, power)| *power > 0).map(named).collect();
    let below: Vec<String> = units.0.iter().filter(|(_, power)| *power < 0).map(named).collect();
    let above = if above.is_empty() { "1".to_string() } else { above.join("·") };
    std::iter::once(above).chain(below).collect::<Vec<_>>().join("/")
}

/// The quantity in the units that read best.
fn readable(quantity: &Quantity) -> Result<Quantity, Trouble> {
    let units = &quantity.units;
    let data = place(units, Kind::Data, 1);
    let above: Vec<Kind> =
        units.0.iter().filter(|(_, power)| *power > 0).map(|(atom, _)| atom.kind()).collect();
    let mut best = Quantity { samples: None, ..quantity.clone() };
    let rate = above.iter().all(|kind| matches!(kind, Kind::Data | Kind::Count(_)));
    if let (Some(time), true) = (place(units, Kind::Time, -1), rate) {
        best = in_readable_period(best, time, data)?;
    }
    if let (Some(time), 1) = (place(units, Kind::Time, 1), above.len()) {
        let seconds = swapped(&best, time, unit::known("s"))?;
        best = swapped(&seconds, time, unit::readable(Series::Time, seconds.value))?;
    }
    match data {
        Some(at) => resized(&best, at, &units.0[at].0),
        None => Ok(best),
    }
}

/// The quantity with its size in the prefix that reads best, and its times as they are.
pub(super) fn sized(quantity: &Quantity) -> Result<Quantity, Trouble> {
    match place(&quantity.units, Kind::Data, 1) {
        Some(at) => resized(quantity, at, &quantity.units.0[at].0),
        None => Ok(Quantity { samples: None, ..quantity.clone() }),
    }
}

/// With the size that stands at a place in the prefix that reads best, of those that go with `written`.
fn resized(quantity: &Quantity, at: usize, written: &Atom) -> Result<Quantity, Trouble> {
    let Atom::Known(size) = written else { return Ok(quantity.clone()) };
    let bits = swapped(quantity, at, unit::known("bit"))?.value;
    swapped(quantity, at, unit::readable(size.series, bits))
}

/// A rate per second, or per the first longer period in which it is at least 1.
fn in_readable_period(rate: Quantity, time: usize, data: Option<usize>) -> Result<Quantity, Trouble> {
    let mut best = match data {
        Some(at) => swapped(&rate, at, smallest_of(&rate.units.0[at].0))?,
        None => rate,
    };
    for period in ["s", "min", "h", "day", "month", "year"] {
        best = swapped(&best, time, unit::known(period))?;
        if best.value.abs() >= 1.0 || best.value == 0.0 {
            break;
        }
    }
    Ok(best)
}

/// Where the kind stands with exactly that power.
fn place(units: &Units, kind: Kind, power: i32) -> Option<usize> {
    units.0.iter().position(|(atom, held)| atom.kind() == kind && *held == power)
}

/// The byte or the bit that a size is made of.
fn smallest_of(atom: &Atom) -> Option<&'static Known> {
    match atom {
        Atom::Known(Known { series: Series::Bytes | Series::BinaryBytes, .. }) => unit::known("B"),
        Atom::Known(Known { series: Series::Bits | Series::BinaryBits, .. }) => unit::known("bit"),
        _ => None,
    }
}

/// The quantity with another unit of the same kind in the place of one.
fn swapped(quantity: &Quantity, at: usize, known: Option<&'static Known>) -> Result<Quantity, Trouble> {
    let Some(known) = known else { return Ok(quantity.clone()) };
    let mut units = quantity.units.clone();
    units.0[at].0 = Atom::Known(known);
    Ok(Quantity::new(quantity.value_in(&units)?, units, quantity.style.clone()))
}

/// A number and its unit in one text, money with its sign before the number.
fn with_unit(number: &str, negative: bool, units: &Units) -> String {
    let sign = if negative && number != "0" { "-" } else { "" };
    let mut above = units.0.iter().filter(|(_, power)| *power > 0);
    if let (Some((Atom::Known(known), 1)), None) = (above.next(), above.next()) {
        let symbol = !known.one().starts_with(|letter: char| letter.is_alphabetic());
        if symbol {
            let below = units.0.iter().filter(|(_, power)| *power < 0).cloned().collect();
            let below = unit(&Units(below), false);
            return format!("{sign}{}{number}{below}", known.one());
        }
    }
    let unit = unit(units, number == "1");
    if unit.is_empty() { format!("{sign}{number}") } else { format!("{sign}{number} {unit}") }
}

/// A number that was computed, three figures or all the digits of a small whole part.
fn computed(value: f64, units: &Units) -> String {
    let money = units.0.iter().any(|(atom, power)| *power > 0 && matches!(atom.kind(), Kind::Money(_)));
    if money && value < 1e6 {
        return if value >= 1e3 || value.fract() == 0.0 {
            grouped(&format!("{value:.0}"))
        } else if value >= 1.0 {
            let shown = format!("{value:.2}");
            shown.strip_suffix(".00").unwrap_or(&shown).to_string()
        } else {
            // Below 1 three figures, but never one decimal: $0.50.
            let shown = figures(value, 3);
            if shown.len() == 3 { shown + "0" } else { shown }
        };
    }
    if units.is_none() {
        let whole = value.fract() == 0.0 && value < SCIENTIFIC;
        return if whole || value < 1e6 { figures(value, 4) } else { scaled(value) };
    }
    if value < 9_999.5 { figures(value, 3) } else { scaled(value) }
}

/// A large number with a scale word: `73.2 k`, `2.5 billion`.
fn scaled(value: f64) -> String {
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    let steps = [(1e12, "trillion"), (1e9, "billion"), (1e6, "M"), (1e3, "k")];
    match steps.iter().find(|(size, _)| rounded >= *size) {
        Some((size, word)) if rounded < SCIENTIFIC => format!("{} {word}", figures(value / size, 3)),
        _ => figures(value, 3),
    }
}

/// A number as it was written: its digits where they are few, and a scale word where that loses none.
fn written(value: f64) -> String {
    let value = value.abs();
    let mantissa = format!("{value:e}");
    let digits = mantissa.split('e').next().unwrap_or_default().chars().filter(char::is_ascii_digit).count();
    if (1e6..SCIENTIFIC).contains(&value) && digits <= 4 {
        let steps = [(1e12, "trillion"), (1e9, "billion"), (1e6, "M")];
        let (size, word) = steps.into_iter().find(|(size, _)| value >= *size).unwrap_or((1e6, "M"));
        return format!("{} {word}", figures(value / size, 7));
    }
    figures(value, if digits <= 7 { 7 } else { 4 })
}

/// At least `count` figures, and all digits before the point; no trailing zeros after it.
fn figures(value: f64, count: usize) -> String {
    let scientific = format!("{value:.*e}", count.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && (exponent < -4 || value >= SCIENTIFIC) {
        return format!("{}e{exponent}", trimmed(mantissa));
    }
    let decimals = (count as i32 - 1 - exponent).max(0) as usize;
    let text = format!("{value:.decimals$}");
    grouped(trimmed(&text))
}

/// Without the zeros that end a fraction.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Commas between the thousands of the whole part.
fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

/// Percent: near 100 it is the distance to 100 that needs three figures, for 99.999% is not 100%.
fn percent(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let left = 100.0 - value;
    if value > 90.0 && value < 100.0 {
        let decimals = (2.0 - left.log10().floor()).clamp(2.0, 9.0) as usize;
        return trimmed(&format!("{value:.decimals$}")).to_string();
    }
    format!("{sign}{}", figures(value.abs(), 4))
}

/// A computed time of a minute to a year in its two largest units: `1 d 4 h`.
fn time_in_parts(value: f64, units: &Units) -> Option<String> {
    let [(Atom::Known(known), 1)] = units.0.as_slice() else { return None };
    let seconds = value.abs() * known.size();
    if known.kind != Kind::Time || !(59.5..YEAR - 1_800.0).contains(&seconds) {
        return None;
    }
    let ladder: Vec<&'static Known> =
        ["day", "h", "min", "s"].iter().filter_map(|word| unit::known(word)).collect();
    // Rounding may carry into the next larger unit: 59 min 59.9 s is 1 h.
    let first = (0..3)
        .find(|&at| (seconds / ladder[at + 1].size()).round() * ladder[at + 1].size() >= ladder[at].size())?;
    let shown = in_parts(seconds / ladder[first].size(), &ladder[first..first + 2]);
    Some(if value < 0.0 { format!("-{shown}") } else { shown })
}

/// A value, in the first of the units, as whole numbers of each; the last is rounded.
fn in_parts(value: f64, parts: &[&'static Known]) -> String {
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return figures(value.abs(), 4) };
    let sign = if value < 0.0 { "-" } else { "" };
    let total = value.abs() * first.size();
    let steps = (total / last.size()).round();
    if (steps == 0.0 && value != 0.0) || steps >= SCIENTIFIC {
        return format!("{sign}{} {}", figures(total / last.size(), 4), short(last, 2.0));
    }
    let mut rest = steps * last.size();
    let mut shown = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let exact = rest / part.size();
        // A millionth of the last unit forgives what a division of floats may lose.
        let count = if index + 1 == parts.len() { exact.round() } else { (exact + 1e-9).floor() };
        rest = (rest - count * part.size()).max(0.0);
        if count > 0.0 || (index + 1 == parts.len() && shown.is_empty()) {
            shown.push(format!("{} {}", grouped(&format!("{count:.0}")), short(part, count)));
        }
    }
    format!("{sign}{}", shown.join(" "))
}

/// A unit of time in a row of them.
fn short(known: &'static Known, count: f64) -> &'static str {
    if known.words.contains(&"d") {
        "d"
    } else if count == 1.0 {
        known.one()
    } else {
        known.many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_the_whole_part() {
        let check = |value, count, expected: &str| assert_eq!(figures(value, count), expected);
        check(115.740_740, 4, "115.7");
        check(28_935.185, 4, "28,935");
        check(0.001_234_56, 3, "0.00123");
        check(0.000_012_345, 3, "1.23e-5");
        check(1.0, 3, "1");
        check(0.0, 3, "0");
        check(999.96, 4, "1,000");
        check(1.5e18, 3, "1.5e18");
    }

    #[test]
    fn large_numbers_take_a_word() {
        let check = |value, expected: &str| assert_eq!(scaled(value), expected);
        check(73_148.0, "73.1 k");
        check(999_960.0, "1 M");
        check(2.5e9, "2.5 billion");
        check(3.52e12, "3.52 trillion");
        check(4.2e17, "4.2e17");
    }

    #[test]
    fn percent_near_the_whole_shows_what_is_missing() {
        let check = |value, expected: &str| assert_eq!(percent(value), expected);
        check(98.510_824, "98.51");
        check(99.999, "99.999");
        check(99.980_1, "99.9801");
        check(20.0, "20");
        check(100.0, "100");
        check(-12.345_6, "-12.35");
    }

    #[test]
    fn times_come_in_parts() {
        let seconds = |value: f64| {
            let quantity = Quantity::computed(value, units_of(unit::known("s").expect("built in")));
            answer(&quantity).map(|answer| answer.text)
        };
        let check = |value, expected: &str| assert_eq!(seconds(value).as_deref(), Ok(expected));
        check(1_000.0, "16 min 40 s");
        check(10_000.0, "2 h 47 min");
        check(100_800.0, "1 d 4 h");
        check(3_599.9, "1 h");
        check(59.9, "1 min");
        check(0.556, "556 ms");
        check(18.79, "18.8 s");
        check(-90.0, "-1 min 30 s");
        check(5.0 * YEAR, "5 years");
        check(YEAR - 1.0, "365 days");
    }
}
