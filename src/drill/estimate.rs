//! Estimates: reading a number as people type it, and saying how far off it is.
//!
//! What is typed is a calculation of the Envelope, so `2.5 GB/s`, `3e9`, `12k`, `10^9` and `1 million reads/s` all work.
//! Without a unit the unit of the sheet's answer is meant; another unit of the same kind is converted. What is
//! counted does not matter: where the sheet has reads per second, requests per second are as good.

use std::ops::Range;

use super::Estimate;
use super::off::Off;
use super::slip::slip;
use crate::deck::{Within, answer_of};
use crate::envelope::{self, Outcome};
use crate::lab::Unit;
use crate::memory::Grade;

/// An estimate that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadEstimate {
    /// The number, in the unit of the sheet's answer.
    pub value: f64,
    /// How it was understood, for people: `2.5 GB/s`.
    pub shown: String,
}

/// Why a text is no estimate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadEstimate {
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
}

/// Reads an estimate.
///
/// # Errors
/// Says what about the text cannot be read, or that it measures something else than the sheet's answer.
pub fn read_estimate(text: &str, estimate: &Estimate) -> Result<ReadEstimate, BadEstimate> {
    let unit = &estimate.unit;
    let start = text.len() - text.trim_start().len();
    let lead = ["~", "≈", "about ", "ca. "].iter().find(|lead| text[start..].starts_with(**lead));
    let start = start + lead.map_or(0, |lead| lead.len());
    let mut typed = text[start..].trim();
    if unit.is_empty() {
        typed = typed
            .strip_suffix(['x', '×'])
            .filter(|rest| rest.ends_with(|c: char| c.is_ascii_digit()))
            .unwrap_or(typed);
    }
    if typed.is_empty() {
        let message =
            if unit.is_empty() { "type a number".to_string() } else { format!("type a number, in {unit}") };
        return Err(BadEstimate { message, help: None, span: 0..text.len() });
    }
    let answer = envelope::calculate(typed).map_err(|fault| BadEstimate {
        message: fault.message,
        help: fault.help,
        span: start + fault.span.start..start + fault.span.end,
    })?;
    let plain = |unit: &str| unit.is_empty() || unit == "%";
    let value = match (answer.unit.as_str(), unit.as_str()) {
        ("%", "") => Some(answer.value / 100.0),
        ("%", other) if other != "%" => None,
        (given, _) if plain(given) => Some(answer.value),
        (_, wanted) if plain(wanted) => None,
        (given, wanted) => converted(answer.value, given, wanted),
    };
    let Some(value) = value.filter(|value| value.is_finite()) else {
        let wanted = if unit.is_empty() { "a plain number".to_string() } else { format!("in {unit}") };
        return Err(BadEstimate {
            message: format!("{} measures something else: the answer is {wanted}", answer.text),
            help: (!unit.is_empty()).then(|| format!("type it in {unit}, or the number alone")),
            span: 0..text.len(),
        });
    };
    Ok(ReadEstimate { value, shown: shown(value, unit) })
}

/// A number in a unit, for people: three or four figures, in a prefix that reads well.
fn shown(value: f64, unit: &str) -> String {
    let text = match unit {
        "%" => format!("{}%", Unit::Ratio.show(value)),
        _ => format!("({value:e} {unit}) * 1"),
    };
    match envelope::calculate(&text) {
        Ok(answer) => answer.text,
        Err(_) => format!("{value} {unit}").trim_end().to_string(),
    }
}

/// A value in another unit of the same kind, where counted things count alike; nothing where the kinds differ.
fn converted(value: f64, given: &str, wanted: &str) -> Option<f64> {
    let number = |text: String| envelope::calculate(&text).ok();
    if let Some(same) = number(format!("({value:e} {given}) in {wanted}")) {
        return Some(same.value);
    }
    let dimension = |unit: &str| number(format!("1 {unit}")).map(|answer| answer.dimension);
    let mut text = format!("({value:e} {given})");
    for (counted, power) in counts(&dimension(given)?) {
        let sign = if power > 0 { '/' } else { '*' };
        text.push_str(&format!(" {sign} (1 {counted})"));
    }
    for (counted, power) in counts(&dimension(wanted)?) {
        let sign = if power > 0 { '*' } else { '/' };
        text.push_str(&format!(" {sign} (1 {counted})"));
    }
    number(format!("({text}) in {wanted}")).map(|answer| answer.value)
}

/// The counted things of a dimension such as `read/user/time`, each with 1 above the line and -1 below it.
fn counts(dimension: &str) -> Vec<(&str, i32)> {
    let is_count = |part: &str| {
        let measure = matches!(part, "1" | "number" | "time" | "data") || part.contains('^');
        !measure && !part.is_empty() && part.chars().any(char::is_lowercase)
    };
    let mut parts = dimension.split('/');
    let above = parts.next().unwrap_or_default().split('·').map(|part| (part, 1));
    above
        .chain(parts.flat_map(|below| below.split('·')).map(|part| (part, -1)))
        .filter(|(part, _)| is_count(part))
        .collect()
}

/// Whether an estimate is right, the grade to suggest, and how far off it is as a clause.
pub(super) fn judge_estimate(value: f64, within: Within, estimate: &Estimate) -> (bool, Grade, String) {
    let truth = estimate.truth;
    let (right, near) = match within {
        Within::Exact => (is_exact(value, estimate), is_within(value, truth, Within::Tenth)),
        Within::Tenth => (is_within(value, truth, Within::Tenth), is_within(value, truth, Within::Double)),
        Within::Double => (is_within(value, truth, Within::Double), is_within(value, truth, Within::Ten)),
        Within::Ten => (is_within(value, truth, Within::Ten), is_factor(value, truth, 100.0)),
    };
    let grade = if right {
        Grade::Good
    } else if near {
        Grade::Hard
    } else {
        Grade::Again
    };
    let limit = (!right).then(|| off(limit(value, truth, within), estimate));
    let mut off = off(value, estimate).said(limit.as_ref());
    if !right && let Some(slip) = slip(value, within, estimate) {
        off.push_str(&format!(" ({slip})"));
    }
    (right, grade, off)
}

/// What rounding may change in a comparison that ends exactly at its edge.
const EDGE: f64 = 1e-9;

fn is_within(value: f64, truth: f64, within: Within) -> bool {
    match within {
        Within::Exact => value == truth,
        Within::Tenth => (value - truth).abs() <= truth.abs() * (0.1 + EDGE),
        Within::Double => is_factor(value, truth, 2.0),
        Within::Ten => is_factor(value, truth, 10.0),
    }
}

fn is_factor(value: f64, truth: f64, factor: f64) -> bool {
    value == truth
        || value / truth <= factor * (1.0 + EDGE)
            && truth / value <= factor * (1.0 + EDGE)
            && value / truth > 0.0
}

/// Whether a number is the truth to half of the last figure that the truth is shown with: the Envelope's own rule.
fn is_exact(value: f64, estimate: &Estimate) -> bool {
    if (value - estimate.truth).abs() <= estimate.truth.abs() * EDGE {
        return true;
    }
    if estimate.unit == "%" {
        return format!("{}%", Unit::Ratio.show(value)) == estimate.shown;
    }
    let sheet = format!("({value:e} {}) * 1 #= {}", estimate.unit, estimate.shown);
    envelope::evaluate(&sheet).faults().next().is_none()
}

/// The number that is as far off as is allowed, on the side of `value`.
fn limit(value: f64, truth: f64, within: Within) -> f64 {
    let high = value > truth;
    let factor = |factor: f64| if high == (truth > 0.0) { truth * factor } else { truth / factor };
    match within {
        Within::Exact => truth,
        Within::Tenth => truth + truth.abs() * if high { 0.1 } else { -0.1 },
        Within::Double => factor(2.0),
        Within::Ten => factor(10.0),
    }
}

fn off(value: f64, estimate: &Estimate) -> Off {
    let truth = estimate.truth;
    if is_exact(value, estimate) {
        return Off::Exactly;
    }
    let high = value > truth;
    if value / truth <= 0.0 || !(value / truth).is_finite() {
        return Off::By(shown((value - truth).abs(), &estimate.unit), high);
    }
    let factor = (value / truth).max(truth / value);
    if factor >= 2.0 {
        let figures = if factor < 100.0 {
            format!("{factor:.1}")
        } else {
            let last = 10_f64.powf(factor.log10().floor() - 2.0);
            shown((factor / last).round() * last, "")
        };
        return Off::Factor(figures.trim_end_matches(".0").to_string(), high);
    }
    let percent = (value / truth - 1.0).abs() * 100.0;
    let percent = if percent < 1.0 { "under 1".to_string() } else { format!("{percent:.0}") };
    Off::By(format!("{percent}%"), high)
}

/// The lines of the sheet that have a value, with it.
pub(super) fn steps(sheet: &str) -> Vec<(String, String)> {
    let worked = envelope::evaluate(sheet);
    let lines = sheet.lines().zip(&worked.lines);
    let step = |(text, line): (&str, &envelope::SheetLine)| match &line.outcome {
        Outcome::Value(answer) => {
            let code = text.split('#').next().unwrap_or_default().trim().to_string();
            Some((code, answer.text.clone()))
        }
        _ => None,
    };
    lines.filter_map(step).collect()
}

/// Works a sheet out, whose drawn values are filled in.
pub(super) fn worked(drawn: Vec<(String, String)>, sheet: String) -> Result<Estimate, String> {
    let lines = envelope::evaluate(&sheet);
    if let Some((line, fault)) = lines.faults().next() {
        return Err(format!("line {line} of its sheet: {fault}"));
    }
    let answer = answer_of(&lines).ok_or("its sheet has no value")?;
    let (truth, unit, shown) = (answer.value, answer.unit.clone(), answer.text.clone());
    Ok(Estimate { drawn, sheet, truth, unit, shown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(sheet: &str) -> Estimate {
        worked(Vec::new(), sheet.to_string()).expect("a sheet with an answer")
    }

    #[test]
    fn reads_what_people_type() {
        let check = |text: &str, sheet: &str, value: f64, shown: &str| {
            let read = read_estimate(text, &of(sheet)).unwrap_or_else(|error| panic!("{text}: {error}"));
            // A conversion is a few multiplications, each with a rounding.
            assert!((read.value - value).abs() <= value * 8.0 * f64::EPSILON, "{text}: {read:?}");
            assert_eq!(read.shown, shown, "{text}");
        };
        check("2.5 GB/s", "1 GB / 1 s", 2.5, "2.5 GB/s");
        check("2500 MB/s", "1 GB / 1 s", 2.5, "2.5 GB/s");
        check("20 Gbit/s", "1 GB / 1 s", 2.5, "2.5 GB/s");
        check("20 Gbps", "1 GB / 1 s", 2.5, "2.5 GB/s");
        check("2.5", "1 GB / 1 s", 2.5, "2.5 GB/s");
        check("3e9", "5 reads / 1 s", 3e9, "3 billion reads/s");
        check("12k", "5 reads / 1 s", 12e3, "12 k reads/s");
        check("10^9", "5 reads / 1 s", 1e9, "1 billion reads/s");
        check("1 million reads/s", "5 reads / 1 s", 1e6, "1 M reads/s");
        check("1 M/s", "5 reads / 1 s", 1e6, "1 M reads/s");
        check("5k rps", "5 reads / 1 s", 5e3, "5,000 reads/s");
        check("86400 requests/day", "5 reads / 1 s", 1.0, "1 read/s");
        check("about 90", "(2 min) in s", 90.0, "1 min 30 s");
        check("1.5 h", "(2 min) in s", 5400.0, "1 h 30 min");
        check(" ~12 ", "5 users", 12.0, "12 users");
        check("12 servers", "5 users", 12.0, "12 users");
        check("2x", "3 * 1", 2.0, "2");
        check("25%", "3 * 1", 0.25, "0.25");
        check("25", "10% * 10%", 25.0, "25%");
        check("25%", "10% * 10%", 25.0, "25%");
        check("28,935", "5 reads / 1 s", 28_935.0, "28.9 k reads/s");
        check("$5/month", "$3 / month", 5.0, "$5/month");
    }

    #[test]
    fn says_what_it_cannot_read() {
        let check = |text: &str, sheet: &str, message: &str, span: Range<usize>| {
            let error = read_estimate(text, &of(sheet)).expect_err(text);
            assert_eq!((error.message.as_str(), error.span), (message, span));
        };
        check("", "1 GB / 1 s", "type a number, in GB/s", 0..0);
        check("  ", "3 * 1", "type a number", 0..2);
        check("5 GB", "1 GB / 1 s", "5 GB measures something else: the answer is in GB/s", 0..4);
        check("5/s", "1 GB / 1 s", "5 /s measures something else: the answer is in GB/s", 0..3);
        check("5 s", "5 users", "5 s measures something else: the answer is in users", 0..3);
        check("5 s", "3 * 1", "5 s measures something else: the answer is a plain number", 0..3);
        check("5%", "1 GB / 1 s", "5% measures something else: the answer is in GB/s", 0..2);
        check("$5", "€3 * 1", "$5 measures something else: the answer is in €", 0..2);
        check("~1,5", "5 users", "the comma in '1,5' does not part thousands", 1..4);
    }

    #[test]
    fn graded_by_how_far_off() {
        let check = |value: f64, sheet: &str, within, right, grade, off: &str| {
            let (is_right, suggested, said) = judge_estimate(value, within, &of(sheet));
            assert_eq!((is_right, suggested, said.as_str()), (right, grade, off), "{value} for {sheet}");
        };
        use Grade::{Again, Good, Hard};
        let reads = "(2.5 billion reads / 1 day) in reads/s";
        check(28_935.0, reads, Within::Exact, true, Good, "exactly");
        check(28_935.4, reads, Within::Exact, true, Good, "exactly");
        check(28_900.0, reads, Within::Exact, false, Hard, "under 1% too low");
        check(25_000.0, reads, Within::Exact, false, Again, "14% too low (a day was taken as 100,000 s)");
        check(110.0, "100 users", Within::Tenth, true, Good, "10% too high");
        check(90.0, "100 users", Within::Tenth, true, Good, "10% too low");
        check(111.0, "100 users", Within::Tenth, false, Hard, "11% too high");
        check(50.0, "100 users", Within::Double, true, Good, "too low by a factor of 2");
        check(210.0, "100 users", Within::Double, false, Hard, "too high by a factor of 2.1");
        let twice = "too high by a factor of just over 2 (something counts twice: a pair from both ends, a way there and back)";
        check(200.4, "100 users", Within::Double, false, Hard, twice);
        let once = "too low by a factor of just over 2 (something counts once and should twice: both ends of a pair, the way back)";
        check(49.9, "100 users", Within::Double, false, Hard, once);
        check(110.4, "100 users", Within::Tenth, false, Hard, "just over 10% too high");
        check(89.6, "100 users", Within::Tenth, false, Hard, "just over 10% too low");
        check(
            1004.0,
            "100 users",
            Within::Ten,
            false,
            Hard,
            "too high by a factor of just over 10 (a zero too many)",
        );
        check(
            1001.0,
            "100 users",
            Within::Double,
            false,
            Again,
            "too high by a factor of 10 (a zero too many)",
        );
        check(1000.0, "100 users", Within::Ten, true, Good, "too high by a factor of 10");
        check(5000.0, "100 users", Within::Ten, false, Hard, "too high by a factor of 50");
        check(
            10_100.0,
            "100 users",
            Within::Ten,
            false,
            Again,
            "too high by a factor of 101 (two zeros too many)",
        );
        check(1443.0, "100 users", Within::Double, false, Again, "too high by a factor of 14.4");
        check(8_640_300.0, "100 users", Within::Ten, false, Again, "too high by a factor of 86,400");
        check(-5.0, "100 users", Within::Ten, false, Again, "105 users too low");
        check(0.0, "100 users", Within::Ten, false, Again, "100 users too low");
    }

    #[test]
    fn a_wrong_estimate_comes_with_the_likely_slip() {
        let (_, _, off) = judge_estimate(8.0, Within::Double, &of("1 GB"));
        assert_eq!(off, "too high by a factor of 8 (that is in bits, not in bytes)");
        let (_, _, off) = judge_estimate(1.9, Within::Double, &of("1 GB"));
        assert_eq!(off, "90% too high");
    }

    #[test]
    fn steps_are_the_lines_with_a_value() {
        let sheet =
            "dau = 500 M users # daily\n\n# reads\nreads = dau * 5 reads/user / 1 day\nreads in reads/s";
        let expected = [
            ("dau = 500 M users", "500 M users"),
            ("reads = dau * 5 reads/user / 1 day", "28.9 k reads/s"),
            ("reads in reads/s", "28,935 reads/s"),
        ];
        let expected: Vec<(String, String)> =
            expected.iter().map(|(code, value)| ((*code).to_string(), (*value).to_string())).collect();
        assert_eq!(steps(sheet), expected);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,24}") {
            for sheet in ["1 GB / 1 s", "5 users", "3 * 1", "10% * 10%"] {
                match read_estimate(&text, &of(sheet)) {
                    Ok(read) => prop_assert!(read.value.is_finite()),
                    Err(error) => prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error),
                }
            }
        }

        #[test]
        fn the_truth_is_right_however_it_is_typed(users in 1_u32..10_000_000, bytes in 1_u32..1_000_000) {
            let estimate = of(&format!("{users} users * {bytes} B/user / 1 day"));
            let full = format!("{:e} {}", estimate.truth, estimate.unit);
            for text in [full, format!("{:e}", estimate.truth), estimate.shown.clone()] {
                let read = read_estimate(&text, &estimate).expect("what is shown can be typed");
                let (right, grade, off) = judge_estimate(read.value, Within::Exact, &estimate);
                prop_assert!(right && grade == Grade::Good && off == "exactly", "{} {:?}", text, off);
            }
        }
    }
}
