//! How figures are written: times, shares, factors, days.

use crate::memory::StudyDay;

/// A time: `40 s`, `12 min`, `2 h 05 min`, `31 h`.
#[must_use]
pub fn time(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let minutes = (seconds.max(0.0) / 60.0).round() as u64;
    match (whole, minutes) {
        (0..60, _) => format!("{whole} s"),
        (_, ..60) => format!("{minutes} min"),
        (_, ..600) => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{} h", number((seconds / 3600.0).round() as i64)),
    }
}

/// A share: `91.2%`, and without decimals where it is all or nothing.
#[must_use]
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent == 100.0 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

/// A share without decimals: `91%`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// A share that may not be there.
#[must_use]
pub fn share_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_string(), share)
}

/// A whole number with commas: `12,340`.
#[must_use]
pub fn number(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0 { format!("-{text}") } else { text }
}

/// A count with its noun: `1 card`, `12 cards`.
#[must_use]
pub fn count(value: i64, noun: &str) -> String {
    format!("{} {noun}{}", number(value), if value == 1 { "" } else { "s" })
}

/// A factor from 1 on: `1.4x`, `12x`.
#[must_use]
pub fn factor(value: f64) -> String {
    if value >= 9.95 { format!("{value:.0}x") } else { format!("{value:.1}x") }
}

/// By what factor bets are off on the whole, and to which side: `1.4x too high`, `no bias`.
#[must_use]
pub fn bias(value: f64) -> String {
    let off = value.max(1.0 / value);
    if off < 1.05 || !off.is_finite() {
        return "no bias".to_string();
    }
    format!("{} too {}", factor(off), if value > 1.0 { "high" } else { "low" })
}

/// A day: `21 Nov`.
#[must_use]
pub fn day(day: StudyDay) -> String {
    day.date().map_or_else(|| day.to_string(), |date| date.format("%-d %b").to_string())
}

/// A month: `Nov 2026`.
#[must_use]
pub fn month(day: StudyDay) -> String {
    day.date().map_or_else(|| day.to_string(), |date| date.format("%b %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_short() {
        let check = |found: String, expected: &str| assert_eq!(found, expected);
        check(time(0.4), "0 s");
        check(time(59.4), "59 s");
        check(time(60.0), "1 min");
        check(time(3_599.0), "1 h 00 min");
        check(time(7_500.0), "2 h 05 min");
        check(time(36_000.0), "10 h");
        check(time(5e6), "1,389 h");
        check(share(0.9118), "91.2%");
        check(share(1.0), "100%");
        check(number(-1_234_567), "-1,234,567");
        check(number(0), "0");
        check(count(1, "card"), "1 card");
        check(count(1000, "card"), "1,000 cards");
        check(bias(2.0), "2.0x too high");
        check(bias(0.05), "20x too low");
        check(bias(1.01), "no bias");
        check(day(StudyDay(0)), "1 Jan");
        check(month(StudyDay(31)), "Feb 1970");
    }
}
