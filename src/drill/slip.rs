//! Where an estimate that is wrong went wrong.
//!
//! Mistakes of estimates are of few kinds, and each leaves its factor behind: a byte that was taken for a bit leaves 8,
//! a rate of a day that was given for one of a second 86,400, forgotten copies 3. So the ratio of what was said and what is
//! right is held against the factors that this sheet can leave behind: the plain numbers in it, left out or taken twice; the
//! spans of time that it goes through; bits, where it measures data; prefixes; and zeros, which anybody can lose. The
//! nearest explains it, if it is near enough.
//!
//! How near? A ratio that is within 1.1% of a factor is taken for it; the nearest two, 1000 and 1024, are 2.4% apart. Where
//! a card lets one round, rounding and a mistake come together: months of 2.5 million seconds and years of 30 million
//! are 4% and 5% off, so there 6% are allowed and the mistake is called likely; a day of 100,000 seconds is 14% off, and
//! common enough to be tried by itself. More would explain too much: no explanation is better than a wrong one.

use super::Estimate;
use crate::deck::Within;
use crate::envelope;

/// How near a ratio has to come to be that factor: 1000 and 1024 are 2.4% apart.
const NEAR: f64 = 1.011;
/// How near it has to come where people round on the way.
const ROUNDED: f64 = 1.06;
/// What is left of a rate per second by the shortcut of a day as 100,000 seconds.
const SHORTCUT: f64 = 0.864;

/// A mistake that this sheet can have led to.
struct Slip {
    /// What was said, over what is right.
    ratio: f64,
    /// The mistake, as a clause.
    says: String,
    /// Whether it may be told where the factor is only nearly met.
    loose: bool,
}

impl Slip {
    fn new(ratio: f64, says: impl Into<String>) -> Slip {
        Slip { ratio, says: says.into(), loose: ratio.ln().abs() >= 2.0_f64.ln() }
    }
}

/// What would explain an estimate that is wrong, as a clause; nothing where nothing explains it.
pub(super) fn slip(value: f64, within: Within, estimate: &Estimate) -> Option<String> {
    let ratio = value / estimate.truth;
    if !(ratio.is_finite() && ratio > 0.0) {
        return None;
    }
    let off = |slip: &Slip| (ratio / slip.ratio).ln().abs();
    let slips = slips(estimate);
    let nearest = slips.iter().min_by(|one, other| off(one).total_cmp(&off(other)))?;
    if off(nearest) <= NEAR.ln() {
        return Some(nearest.says.clone());
    }
    let by_shortcut = Measure::of(estimate).has_shortcut();
    let loosely = |slip: &Slip| {
        let shortened = (ratio / slip.ratio / SHORTCUT).ln().abs();
        if by_shortcut { off(slip).min(shortened) } else { off(slip) }
    };
    let nearest = slips
        .iter()
        .filter(|slip| slip.loose)
        .min_by(|one, other| loosely(one).total_cmp(&loosely(other)))
        .filter(|slip| within != Within::Exact && loosely(slip) <= ROUNDED.ln())?;
    Some(format!("likely {}", nearest.says))
}

/// All mistakes that this sheet can have led to. Of two with one ratio the first is the more telling.
fn slips(estimate: &Estimate) -> Vec<Slip> {
    let mut slips = left_out(estimate);
    let unit = Measure::of(estimate);
    unit.times(&mut slips);
    unit.bits(&mut slips);
    let mut either = |factor: f64, says: &str| {
        slips.extend([factor, 1.0 / factor].map(|ratio| Slip::new(ratio, says)));
    };
    if unit.percent {
        either(100.0, "100 is between a share and its percent");
    }
    either(1e3, "1000 is one prefix: kilo, mega, giga");
    either(1e6, "a million is two prefixes: thousands for billions, MB for TB");
    either(1e9, "a billion is three prefixes: KB for PB");
    if unit.data {
        either(1024.0, "1024 is one binary prefix: Ki, Mi, Gi");
        for (power, names) in [(2, "MiB and MB"), (3, "GiB and GB"), (4, "TiB and TB"), (5, "PiB and PB")] {
            let factor = 1.024_f64.powi(power);
            either(factor, &format!("{:.1}% is between {names}", (factor - 1.0) * 100.0));
        }
    }
    if unit.has_shortcut() {
        slips.push(Slip::new(SHORTCUT, "a day was taken as 100,000 s"));
    }
    let exactly = |ratio: f64, says: &str| Slip { loose: false, ..Slip::new(ratio, says) };
    slips.extend([
        exactly(2.0, "something counts twice: a pair from both ends, a way there and back"),
        exactly(0.5, "something counts once and should twice: both ends of a pair, the way back"),
    ]);
    slips.extend([
        exactly(10.0, "a zero too many"),
        exactly(0.1, "a zero is missing"),
        exactly(100.0, "two zeros too many"),
        exactly(0.01, "two zeros are missing"),
    ]);
    slips
}

/// The plain numbers of the sheet, each left out and each taken twice: copies, a peak, a share.
fn left_out(estimate: &Estimate) -> Vec<Slip> {
    let mut slips = Vec::new();
    for (index, line) in estimate.sheet.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        for number in plain_numbers(code) {
            let (start, text, one) = number;
            let mut lines: Vec<&str> = estimate.sheet.lines().collect();
            let without = format!("{}{one}{}", &code[..start], &code[start + text.len()..]);
            lines[index] = &without;
            // In the unit of the answer, for a third of 1.09 PB is shown as 365 TB.
            let in_unit = |answer: envelope::Answer| {
                let text = format!("({:e} {}) in {}", answer.value, answer.unit, estimate.unit);
                if answer.unit == estimate.unit { Ok(answer) } else { envelope::calculate(&text) }
            };
            let Ok(answer) = envelope::calculate(&lines.join("\n")).and_then(in_unit) else { continue };
            let ratio = answer.value / estimate.truth;
            // What changes nothing is no mistake, and what comes to less than rounding does cannot be told.
            if !ratio.is_finite() || ratio <= 0.0 || ratio.ln().abs() < 1.05_f64.ln() {
                continue;
            }
            let whole = code.trim();
            let (missing, twice) =
                match whole.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                    Some((name, value)) if value == text => {
                        (format!("as if {name} were {one}"), format!("as if {name} counted twice"))
                    }
                    _ => (
                        format!("as if {text} were left out of '{whole}'"),
                        format!("as if {text} counted twice in '{whole}'"),
                    ),
                };
            slips.push(Slip::new(ratio, missing));
            slips.push(Slip::new(1.0 / ratio, twice));
        }
    }
    slips
}

/// The numbers of a line without a unit and the percentages, with their place and what stands for "left out". Powers are no
/// factors, and a number with a scale (`5 million`) nobody forgets.
fn plain_numbers(code: &str) -> Vec<(usize, &str, &'static str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(|c: char| c.is_ascii_digit()).map(|place| at + place) {
        let digits = code[start..].find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '_'));
        let end = digits.map_or(code.len(), |length| start + length);
        let end = start + code[start..end].trim_end_matches([',', '.']).len();
        at = end;
        let before = code[..start].chars().next_back();
        let after = code[end..].trim_start();
        let word =
            after.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '$' | '€' | '£' | '_'));
        let joins = ["in ", "to ", "of "].iter().any(|word| after.starts_with(word));
        let power = after.starts_with('^') || code[..start].trim_end().ends_with('^');
        let inside = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '€' | '£'));
        if inside || power || (word && !joins) {
            continue;
        }
        match after.strip_prefix('%') {
            Some(_) => {
                let end = end + code[end..].find('%').map_or(0, |place| place + 1);
                found.push((start, &code[start..end], "100%"));
            }
            None => found.push((start, &code[start..end], "1")),
        }
    }
    found
}

/// A span of time: the words for one and several, and its seconds.
struct Span {
    one: &'static str,
    many: &'static str,
    short: &'static str,
    seconds: f64,
}

const SPANS: [Span; 7] = [
    Span { one: "second", many: "seconds", short: "s", seconds: 1.0 },
    Span { one: "minute", many: "minutes", short: "min", seconds: 60.0 },
    Span { one: "hour", many: "hours", short: "h", seconds: 3_600.0 },
    Span { one: "day", many: "days", short: "day", seconds: 86_400.0 },
    Span { one: "week", many: "weeks", short: "week", seconds: 604_800.0 },
    Span { one: "month", many: "months", short: "month", seconds: 2_592_000.0 },
    Span { one: "year", many: "years", short: "year", seconds: 31_536_000.0 },
];

/// What is measured, as far as mistakes depend on it.
struct Measure<'a> {
    /// The unit of the answer.
    unit: &'a str,
    /// The words of the sheet.
    words: Vec<&'a str>,
    /// Whether the answer or the sheet is about data.
    data: bool,
    /// Whether it is about a share.
    percent: bool,
}

impl Measure<'_> {
    fn of(estimate: &Estimate) -> Measure<'_> {
        let code = estimate.sheet.lines().map(|line| line.split('#').next().unwrap_or_default());
        let words: Vec<&str> = code
            .flat_map(|line| line.split(|c: char| !c.is_alphabetic()))
            .filter(|word| !word.is_empty())
            .collect();
        let is_data = |word: &&str| {
            let answer = envelope::calculate(&format!("1 {word}"));
            answer.is_ok_and(|answer| answer.dimension.split('/').next() == Some("data"))
        };
        Measure {
            unit: &estimate.unit,
            data: words.iter().any(is_data),
            percent: estimate.unit == "%" || estimate.sheet.contains('%'),
            words,
        }
    }

    /// Whether the sheet or the answer goes through that span.
    fn speaks_of(&self, span: &Span) -> bool {
        let short = |word: &str| word == span.short || (span.one == "day" && word == "d");
        let unit = self.unit.split(['/', ' ', '·']).any(short);
        unit || self.words.iter().any(|word| short(word) || [span.one, span.many].contains(word))
    }

    /// Whether a day of 100,000 seconds makes the answer too low: a rate per second of what comes by the day.
    fn has_shortcut(&self) -> bool {
        let by_day = SPANS[3..].iter().any(|span| self.speaks_of(span));
        by_day && self.unit.split('/').skip(1).any(|part| part == "s")
    }

    /// One span for another.
    fn times(&self, slips: &mut Vec<Slip>) {
        let named = |part: &str| SPANS.iter().find(|span| [span.short, span.one, span.many].contains(&part));
        let mut parts = self.unit.split('/');
        let whole = parts.next().and_then(named);
        let per = parts.find_map(named);
        for other in &SPANS {
            match (whole, per) {
                (_, Some(span)) if span.seconds != other.seconds => {
                    let says = format!("that is the number per {}, not per {}", other.one, span.one);
                    slips.push(Slip::new(other.seconds / span.seconds, says));
                    if self.speaks_of(other) {
                        let (factor, pair) = between(other, span);
                        let says = format!("{factor}, {pair}, counts once too often");
                        slips.push(Slip::new(span.seconds / other.seconds, says));
                    }
                }
                (Some(span), None) if span.seconds != other.seconds => {
                    let says = format!("that is the number in {}, not in {}", other.many, span.many);
                    slips.push(Slip::new(span.seconds / other.seconds, says));
                }
                (None, None) => self.through(other, slips),
                _ => {}
            }
        }
    }

    /// An answer without a time, of a sheet that goes through a span: it was left out, or counts twice.
    fn through(&self, large: &Span, slips: &mut Vec<Slip>) {
        if !self.speaks_of(large) {
            return;
        }
        let often = |small: &Span| ["second", "day"].contains(&small.one) || self.speaks_of(small);
        for small in SPANS.iter().filter(|small| small.seconds < large.seconds && often(small)) {
            let (factor, pair) = between(large, small);
            let ratio = large.seconds / small.seconds;
            slips.push(Slip::new(1.0 / ratio, format!("{factor} is missing: {pair}")));
            slips.push(Slip::new(ratio, format!("{factor}, {pair}, counts once too often")));
        }
    }

    /// Bits for bytes.
    fn bits(&self, slips: &mut Vec<Slip>) {
        if !self.data {
            return;
        }
        let first = self.unit.split('/').next().unwrap_or_default();
        let (high, low) = if first.ends_with("bit") {
            ("8 counts once too often: the number was in bits already", "that is in bytes, not in bits")
        } else if first.ends_with('B') {
            ("that is in bits, not in bytes", "8 counts once too often: the number was in bytes already")
        } else {
            ("8 counts once too often: a byte has 8 bits", "8 is missing: a byte has 8 bits")
        };
        slips.extend([Slip::new(8.0, high), Slip::new(1.0 / 8.0, low)]);
    }
}

/// How often the smaller of two spans goes into the larger, and that in words: `86,400` and `the seconds of a day`.
fn between(one: &Span, other: &Span) -> (String, String) {
    let (large, small) = if one.seconds > other.seconds { (one, other) } else { (other, one) };
    let factor = large.seconds / small.seconds;
    let text = grouped(factor.round());
    let article = if large.one == "hour" { "an" } else { "a" };
    (text, format!("the {} of {article} {}", small.many, large.one))
}

/// A whole number with commas between its thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::estimate::worked;
    use super::*;

    fn of(sheet: &str) -> Estimate {
        worked(Vec::new(), sheet.to_string()).expect("a sheet with an answer")
    }

    /// What is said where the estimate is `ratio` times the truth.
    fn said(sheet: &str, ratio: f64, within: Within) -> Option<String> {
        let estimate = of(sheet);
        slip(estimate.truth * ratio, within, &estimate)
    }

    const READS: &str = "dau = 500 million users\npeak = 3\ndau * 5 reads/user/day * peak in reads/s";
    const DISK: &str = "copies = 3\n10 million items/day * 1 KB/item * 5 years * copies";
    const LINK: &str = "1 TB / (10 Gbit/s * 80%) in min";
    const RATE: &str = "100 requests/s * 10 KB/request in Mbit/s";
    const FLOW: &str = "500 TB / 1 day in GB/s";

    #[test]
    fn each_factor_has_its_mistake() {
        let check = |sheet: &str, ratio: f64, expected: &str| {
            assert_eq!(said(sheet, ratio, Within::Double).as_deref(), Some(expected), "{ratio} of {sheet}");
        };
        check(READS, 86_400.0, "that is the number per day, not per second");
        check(READS, 3_600.0, "that is the number per hour, not per second");
        check(READS, 60.0, "that is the number per minute, not per second");
        check(READS, 2_592_000.0, "that is the number per month, not per second");
        check(READS, 1.0 / 86_400.0, "86,400, the seconds of a day, counts once too often");
        check(READS, 1.0 / 3.0, "as if peak were 1");
        check(READS, 3.0, "as if peak counted twice");
        check(READS, 1e3, "1000 is one prefix: kilo, mega, giga");
        check(READS, 1e-6, "a million is two prefixes: thousands for billions, MB for TB");
        check(READS, 10.0, "a zero too many");
        check(READS, 0.01, "two zeros are missing");
        check(DISK, 1.0 / 365.0, "365 is missing: the days of a year");
        check(DISK, 365.0, "365, the days of a year, counts once too often");
        check(DISK, 1.0 / 86_400.0, "86,400 is missing: the seconds of a day");
        check(DISK, 1.0 / 3.0, "as if copies were 1");
        check(&DISK.replace("1 KB", "20 KB"), 1.0 / 3.0, "as if copies were 1");
        check(DISK, 8.0, "that is in bits, not in bytes");
        check(DISK, 1.0 / 8.0, "8 counts once too often: the number was in bytes already");
        check(LINK, 1.0 / 8.0, "8 is missing: a byte has 8 bits");
        check(LINK, 8.0, "8 counts once too often: a byte has 8 bits");
        check(LINK, 60.0, "that is the number in seconds, not in minutes");
        check(LINK, 1.0 / 60.0, "that is the number in hours, not in minutes");
        check(LINK, 0.8, "as if 80% were left out of '1 TB / (10 Gbit/s * 80%) in min'");
        check(RATE, 1.0 / 8.0, "that is in bytes, not in bits");
        check(FLOW, 8.0, "that is in bits, not in bytes");
        check(FLOW, 1024.0, "1024 is one binary prefix: Ki, Mi, Gi");
        check(FLOW, 1.0 / 1.073_741_824, "7.4% is between GiB and GB");
        check(FLOW, 0.864, "a day was taken as 100,000 s");
        check(
            "100 million users * 50 friends/user / 2",
            2.0,
            "as if 2 were left out of '100 million users * 50 friends/user / 2'",
        );
        check("10% * 10%", 100.0, "100 is between a share and its percent");
        check(
            "2 * 87.9 km / (200 km / 1 ms)",
            0.5,
            "as if 2 were left out of '2 * 87.9 km / (200 km / 1 ms)'",
        );
        check("5 users", 2.0, "something counts twice: a pair from both ends, a way there and back");
    }

    #[test]
    fn who_rounds_is_told_what_is_likely_and_who_must_not_is_not() {
        let check = |sheet: &str, ratio: f64, within, expected: Option<&str>| {
            assert_eq!(said(sheet, ratio, within).as_deref(), expected, "{ratio} of {sheet}");
        };
        // A month of 2.5 million seconds, and bits for bytes.
        check(FLOW, 8.0 * 1.037, Within::Double, Some("likely that is in bits, not in bytes"));
        check(FLOW, 8.0 * 1.037, Within::Exact, None);
        // Bits for bytes, by a day of 100,000 seconds.
        check(FLOW, 8.0 * 0.864, Within::Tenth, Some("likely that is in bits, not in bytes"));
        check(FLOW, 8.0 * 0.93, Within::Double, None);
        // Without a day on the way there is no such shortcut: 6.9 is nothing.
        check(RATE, 8.0 * 0.864, Within::Double, None);
        check(READS, 10.4, Within::Double, None);
        check(READS, 45.0, Within::Double, None);
        check("5 users", 8.0, Within::Double, None);
        check("5 users", 86_400.0, Within::Double, None);
        check("5 users", -2.0, Within::Double, None);
        check("5 users", 0.0, Within::Double, None);
    }

    #[test]
    fn no_two_factors_of_a_sheet_are_near_but_prefixes() {
        // Otherwise the tolerance would choose between them by the rounding of the learner.
        for sheet in [READS, DISK, LINK, RATE, FLOW] {
            let mut loose: Vec<Slip> = slips(&of(sheet)).into_iter().filter(|slip| slip.loose).collect();
            loose.sort_by(|one, other| one.ratio.total_cmp(&other.ratio));
            for pair in loose.windows(2) {
                let apart = pair[1].ratio / pair[0].ratio;
                let prefixes = pair.iter().all(|slip| slip.says.contains("prefix"));
                assert!(apart > ROUNDED * ROUNDED || prefixes, "{} and {}", pair[0].says, pair[1].says);
            }
        }
    }

    #[test]
    fn plain_numbers_are_those_one_can_forget() {
        let check = |code: &str, expected: &[&str]| {
            let found: Vec<&str> = plain_numbers(code).iter().map(|(_, text, _)| *text).collect();
            assert_eq!(found, expected, "{code}");
        };
        check("peak = 3", &["3"]);
        check("x * 20% * 1,000 + 0.5", &["20%", "1,000", "0.5"]);
        check("5 million users * 3k reads/user / 1 day", &[]);
        check("62^7 links + 2^32", &[]);
        check("(1e9) * x2 / 2 in GB", &["2"]);
        check("$5/month * 12", &["12"]);
        check("peak(x, 3)", &["3"]);
        check("20% of x", &["20%"]);
    }
}
