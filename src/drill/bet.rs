//! Reading a bet: a number as people type it, in the unit of a reading.

use crate::lab::Unit;

/// Why a text is no bet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBet {
    /// Nothing was typed.
    #[error("type a number")]
    Empty,
    /// It is no number.
    #[error("'{0}' is no number: write it as in 12, 0.5, 3e9, 12k or 28,935")]
    NoNumber(String),
    /// A comma that separates no thousands.
    #[error("'{0}': write the decimal point as '.'; a comma parts thousands")]
    Comma(String),
    /// A unit that does not fit.
    #[error("'{unit}' does not fit: {takes}")]
    Unit {
        /// What was typed behind the number.
        unit: String,
        /// What fits, as a clause.
        takes: &'static str,
    },
    /// A share that is more than the whole or less than nothing.
    #[error("a share is 0% to 100%")]
    Share,
    /// A number below zero, where the reading cannot be.
    #[error("this is never below zero")]
    Negative,
}

/// Reads a bet in the unit of a reading and gives it as the reading is given: a share as 0 to 1, seconds or
/// milliseconds as the reading has them.
///
/// A share is typed as percent (`9`, `9%` and `1/11` are about the same). Numbers may have an exponent (`3e9`), commas
/// between thousands, underscores, and `k`, `M`, `G` or `T` behind them. Spans may have a unit of time.
///
/// # Errors
/// Says what about the text cannot be read, in words for the learner.
pub fn parse_bet(text: &str, unit: Unit) -> Result<f64, BadBet> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadBet::Empty);
    }
    if unit == Unit::Share
        && let Some((part, whole)) = text.split_once('/')
    {
        let (part, whole) = (number(part.trim(), text)?, number(whole.trim(), text)?);
        return in_range(part / whole, unit);
    }
    let (digits, suffix) = split(text);
    let value = number(digits, text)?;
    let scaled = value * scale(suffix, unit)?;
    if !scaled.is_finite() {
        return Err(BadBet::NoNumber(text.to_string()));
    }
    in_range(scaled, unit)
}

fn in_range(value: f64, unit: Unit) -> Result<f64, BadBet> {
    match unit {
        // Not a number (0/0) is out of range too.
        Unit::Share if !(0.0..=1.0).contains(&value) => Err(BadBet::Share),
        // A reading of zero may be bet on as -0.
        _ if value < 0.0 => Err(BadBet::Negative),
        _ => Ok(value + 0.0),
    }
}

/// Parts a number from what stands behind it. An `e` belongs to the number only with digits behind it.
fn split(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(&byte) = bytes.get(end) {
        let exponent = matches!(byte, b'e' | b'E')
            && end > 0
            && match bytes.get(end + 1) {
                Some(b'+' | b'-') => bytes.get(end + 2).is_some_and(u8::is_ascii_digit),
                next => next.is_some_and(u8::is_ascii_digit),
            };
        let sign = matches!(byte, b'+' | b'-') && (end == 0 || matches!(bytes[end - 1], b'e' | b'E'));
        if !(byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'_') || exponent || sign) {
            break;
        }
        end += 1;
    }
    // All bytes before `end` are ASCII, so it is a border between characters.
    (&text[..end], text[end..].trim())
}

fn number(digits: &str, text: &str) -> Result<f64, BadBet> {
    let no_number = || BadBet::NoNumber(text.to_string());
    let mut plain = digits.replace('_', "");
    if plain.contains(',') {
        let whole = plain.split(['.', 'e', 'E']).next().unwrap_or("").trim_start_matches(['+', '-']);
        let groups: Vec<&str> = whole.split(',').collect();
        let fits = groups.iter().skip(1).all(|group| group.len() == 3)
            && (1..=3).contains(&groups[0].len())
            && plain.matches(',').count() == groups.len() - 1;
        if !fits {
            return Err(BadBet::Comma(text.to_string()));
        }
        plain = plain.replace(',', "");
    }
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(no_number());
    }
    plain.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(no_number)
}

/// What the text behind a number multiplies it by.
fn scale(suffix: &str, unit: Unit) -> Result<f64, BadBet> {
    let wrong = |takes| BadBet::Unit { unit: suffix.to_string(), takes };
    let prefix = |suffix: &str| match suffix {
        "" => Some(1.0),
        "k" | "K" => Some(1e3),
        "M" => Some(1e6),
        "G" => Some(1e9),
        "T" => Some(1e12),
        _ => None,
    };
    let seconds = |suffix: &str| match suffix {
        "s" | "sec" => Some(1.0),
        "ms" => Some(1e-3),
        "us" | "µs" | "μs" => Some(1e-6),
        "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    match unit {
        Unit::Share => match suffix {
            "" | "%" => Ok(0.01),
            _ => Err(wrong("a share is typed as percent, as in 9 or 9%, or as a fraction, as in 1/11")),
        },
        Unit::Count => prefix(suffix).ok_or_else(|| wrong("this is a plain count, as in 1200 or 1.2k")),
        Unit::Ratio => prefix(suffix.strip_suffix(['x', '×']).unwrap_or(suffix).trim())
            .ok_or_else(|| wrong("this is a plain ratio, as in 1.5 or 1.5x")),
        Unit::PerSecond => {
            let rate = suffix.strip_suffix("/s").unwrap_or(suffix).trim();
            prefix(rate).ok_or_else(|| wrong("this is a rate per second, as in 1200 or 1.2k/s"))
        }
        Unit::Seconds if suffix.is_empty() => Ok(1.0),
        Unit::Seconds => seconds(suffix).ok_or_else(|| wrong("this is a time, as in 2.5 s or 300 ms")),
        Unit::Millis if suffix.is_empty() => Ok(1.0),
        Unit::Millis => seconds(suffix)
            .map(|seconds| seconds * 1e3)
            .ok_or_else(|| wrong("this is a time, as in 300 ms or 2.5 s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_type() {
        let check = |text: &str, unit, expected: f64| {
            let bet = parse_bet(text, unit).unwrap_or_else(|error| panic!("{text}: {error}"));
            // One multiplication and one division: two roundings.
            assert!((bet - expected).abs() <= expected * 2.0 * f64::EPSILON, "{text}: {bet}");
        };
        check("9", Unit::Share, 0.09);
        check("9%", Unit::Share, 0.09);
        check(" 9.1 % ", Unit::Share, 0.091);
        check("0.5", Unit::Share, 0.005);
        check("100", Unit::Share, 1.0);
        check("1/11", Unit::Share, 1.0 / 11.0);
        check("10 / 11", Unit::Share, 10.0 / 11.0);
        check("28,935", Unit::Count, 28_935.0);
        check("1_000_000", Unit::Count, 1e6);
        check("1,000.5", Unit::Ratio, 1000.5);
        check("3e9", Unit::Count, 3e9);
        check("3E+2", Unit::Count, 300.0);
        check("12k", Unit::Count, 12_000.0);
        check("1.5 M", Unit::Count, 1.5e6);
        check("2x", Unit::Ratio, 2.0);
        check("1.2k/s", Unit::PerSecond, 1200.0);
        check("40 /s", Unit::PerSecond, 40.0);
        check("250 ms", Unit::Seconds, 0.25);
        check("2.5", Unit::Seconds, 2.5);
        check("2 min", Unit::Seconds, 120.0);
        check("2.5 s", Unit::Millis, 2500.0);
        check("30us", Unit::Millis, 0.03);
        check("-0", Unit::Count, 0.0);
        check(".5", Unit::Ratio, 0.5);
    }

    #[test]
    fn says_what_it_cannot_read() {
        let check = |text: &str, unit, expected: &str| {
            assert_eq!(parse_bet(text, unit).map_err(|error| error.to_string()), Err(expected.to_string()));
        };
        let number =
            |text: &str| format!("'{text}' is no number: write it as in 12, 0.5, 3e9, 12k or 28,935");
        check("", Unit::Count, "type a number");
        check("many", Unit::Count, &number("many"));
        check("1.2.3", Unit::Count, &number("1.2.3"));
        check("1e999", Unit::Count, &number("1e999"));
        check("nan", Unit::Share, &number("nan"));
        check("inf", Unit::Ratio, &number("inf"));
        check("-", Unit::Count, &number("-"));
        check("1/0", Unit::Share, "a share is 0% to 100%");
        check("0/0", Unit::Share, "a share is 0% to 100%");
        check("101", Unit::Share, "a share is 0% to 100%");
        check("-1", Unit::Share, "a share is 0% to 100%");
        check("-1", Unit::Count, "this is never below zero");
        check("0,5", Unit::Ratio, "'0,5': write the decimal point as '.'; a comma parts thousands");
        check("1.5,000", Unit::Ratio, "'1.5,000': write the decimal point as '.'; a comma parts thousands");
        check("5 ms", Unit::Count, "'ms' does not fit: this is a plain count, as in 1200 or 1.2k");
        check("5 GB", Unit::Seconds, "'GB' does not fit: this is a time, as in 2.5 s or 300 ms");
        check(
            "5 keys",
            Unit::Share,
            "'keys' does not fit: a share is typed as percent, as in 9 or 9%, or as a fraction, as in 1/11",
        );
    }

    fn any_unit() -> impl Strategy<Value = Unit> {
        prop::sample::select(vec![
            Unit::Share,
            Unit::Count,
            Unit::Ratio,
            Unit::PerSecond,
            Unit::Seconds,
            Unit::Millis,
        ])
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*", unit in any_unit()) {
            if let Ok(bet) = parse_bet(&text, unit) {
                prop_assert!(bet.is_finite() && bet >= 0.0);
            }
        }

        #[test]
        fn digits_and_marks_never_trip_it(text in "[-+0-9.,_eE/%kx ]{0,12}", unit in any_unit()) {
            if let Ok(bet) = parse_bet(&text, unit) {
                prop_assert!(bet.is_finite() && bet >= 0.0);
            }
        }

        #[test]
        fn what_a_unit_shows_can_be_typed(value in 0.0_f64..1.0, unit in any_unit()) {
            let shown = unit.show(value);
            let bet = parse_bet(&shown, unit);
            // Units show at least one decimal of a percent or three decimals below one; counts show whole numbers.
            let step = match unit { Unit::Share => 0.0005, Unit::Count => 0.5, _ => 0.0005 };
            prop_assert!(bet.is_ok_and(|bet| (bet - value).abs() <= step + 1e-12), "{}", shown);
        }
    }
}
