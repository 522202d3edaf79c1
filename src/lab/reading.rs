//! What a demo shows as numbers: readings with their units.

/// Something that a demo shows as a number: the same on screen, in JSON, in cards and in tests.
#[derive(Debug)]
pub struct Reading {
    /// Its name in JSON and in cards: `moved_share`.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// What it says, in a few words.
    pub meaning: &'static str,
}

/// The unit of a reading, and how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A part of a whole, 0 to 1 in JSON, shown as percent.
    Share,
    /// A number of things.
    Count,
    /// A ratio: shown with three figures.
    Ratio,
    /// A rate.
    PerSecond,
    /// A span, in seconds in JSON.
    Seconds,
    /// A span, in milliseconds in JSON.
    Millis,
}

impl Unit {
    /// The unit's short name, as in listings: `share`, `1/s`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Share => "share",
            Unit::Count => "count",
            Unit::Ratio => "ratio",
            Unit::PerSecond => "1/s",
            Unit::Seconds => "s",
            Unit::Millis => "ms",
        }
    }

    /// A value as the axis of a chart has it: a share in percent, everything else in its own unit.
    #[must_use]
    pub fn shown(self, value: f64) -> f64 {
        if self == Unit::Share { value * 100.0 } else { value }
    }

    /// A value for people, with its unit: `9.1%`, `12.4 s`.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => "-".to_string(),
            Unit::Share => format!("{:.1}%", value * 100.0),
            // A mean of a few runs is no whole number, and the tenths matter where it is small.
            Unit::Count if value.fract() != 0.0 && value.abs() < 100.0 => figures(value),
            Unit::Count => grouped(value),
            Unit::Ratio => figures(value),
            Unit::PerSecond => format!("{}/s", figures(value)),
            Unit::Seconds => format!("{} s", figures(value)),
            Unit::Millis => format!("{} ms", figures(value)),
        }
    }
}

/// Three significant figures, at most three decimals, no trailing zeros.
fn figures(value: f64) -> String {
    let magnitude = value.abs();
    let decimals = if magnitude >= 100.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else {
        3
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        grouped(value)
    }
}

/// A whole number with commas: `28,935`.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}

/// A reading, for the tables of demos.
pub(super) const fn reading(name: &'static str, unit: Unit, meaning: &'static str) -> Reading {
    Reading { name, unit, meaning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_show_their_values() {
        let check = |unit: Unit, value, expected: &str| assert_eq!(unit.show(value), expected);
        check(Unit::Share, 1.0 / 11.0, "9.1%");
        check(Unit::Count, 28_935.0, "28,935");
        check(Unit::Count, 0.0, "0");
        check(Unit::Count, 2.25, "2.25");
        check(Unit::Count, 12.34, "12.3");
        check(Unit::Count, 2_512.5, "2,512");
        check(Unit::PerSecond, 12.345, "12.3/s");
        check(Unit::Millis, 0.25, "0.25 ms");
        check(Unit::Ratio, 1.0, "1");
        check(Unit::Seconds, f64::NAN, "-");
    }
}
