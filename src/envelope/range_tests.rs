//! Ranges against closed forms, and what must hold of every sheet that has them.

use proptest::prelude::*;

use super::{Answer, Driver, Outcome, Spread, calculate, evaluate};

/// The 95th percentile of the standard normal distribution, from tables.
const Z95: f64 = 1.644_853_626_951_472_7;

/// The value of the last line of a sheet, which must have one.
fn last(sheet: &str) -> Answer {
    calculate(sheet).unwrap_or_else(|fault| panic!("{}", fault.show(sheet, None, None)))
}

/// The last line's spread, which must have one.
fn spread(sheet: &str) -> Spread {
    last(sheet).spread.unwrap_or_else(|| panic!("no range: {sheet}"))
}

fn apart(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()) }
}

#[test]
fn a_range_is_a_90_percent_interval_as_it_was_written() {
    let check = |text: &str, p5: f64, median: f64, p95: f64, shown: &str, ends: &str| {
        let answer = last(text);
        let spread = answer.spread.clone().expect(text);
        assert_eq!((spread.p5, spread.p95), (p5, p95), "{text}");
        assert!(apart(spread.median, median) < 1e-15 && answer.value == spread.median, "{text}: {answer:?}");
        assert_eq!((answer.text.as_str(), spread.text.as_str()), (shown, ends), "{text}");
    };
    let geometric = |low: f64, high: f64| (low * high).sqrt();
    check("200M to 500M users", 2e8, geometric(2e8, 5e8), 5e8, "316 M users", "200 M … 500 M");
    check("10 to 50 KB", 10.0, geometric(10.0, 50.0), 50.0, "22.4 KB", "10 … 50 KB");
    check("normal 10 to 50 KB", 10.0, 30.0, 50.0, "30 KB", "10 … 50 KB");
    check("100 ± 20 ms", 80.0, 100.0, 120.0, "100 ms", "80 … 120 ms");
    check("100 ms ± 20%", 80.0, 100.0, 120.0, "100 ms", "80 … 120 ms");
    check("lognormal 100 ± 20 ms", 80.0, geometric(80.0, 120.0), 120.0, "98 ms", "80 … 120 ms");
    check("-5 to 15", -5.0, 5.0, 15.0, "5", "-5 … 15");
    check("10 to 20%", 10.0, geometric(10.0, 20.0), 20.0, "14.1%", "10% … 20%");
    check("1 h to 3 h", 1.0, geometric(1.0, 3.0), 3.0, "1.73 h", "1 … 3 h");
    check("$5 to $20/month", 5.0, 10.0, 20.0, "$10/month", "$5/month … $20/month");
    // The ends of a uniform range are its ends; 5% of it lies below 1 + 9 * 5%.
    check("uniform 1 to 10", 1.45, 5.5, 9.55, "5.5", "1.45 … 9.55");
    check("1 KB to 1 MB", 1.0, geometric(1.0, 1e3), 1e3, "32 KB", "1 … 1,000 KB");
    check("1 KB to 4 TB", 1e-3, geometric(1e-3, 4e6), 4e6, "63 MB", "1 KB … 4 TB");
}

/// A sheet with inputs that span factors, and closed forms of what becomes of them.
#[test]
fn products_of_log_normals_are_log_normal() {
    let factors: [f64; 3] = [5.0, 2.0, 8.0];
    let sheet = "a = 10M to 50M users\nb = 1 to 2 posts/user\nc = 100 to 800 B/post\na * b * c / 1 year";
    let result = spread(sheet);
    let width = factors.iter().map(|factor| factor.ln().powi(2)).sum::<f64>().sqrt() / 2.0;
    let median = (10e6 * 50e6 * 1.0 * 2.0 * 100.0 * 800.0_f64).sqrt() / 31_536_000.0;
    // The standard error of a quantile is sqrt(p (1 - p) / n) / density: 0.030 of a standard deviation at 5% and
    // 95%, 0.018 at the median, where a standard deviation is width / 1.645. Three of them are allowed.
    let deviation = width / Z95;
    for (got, expected, error) in [
        (result.p5, median * (-width).exp(), 0.030),
        (result.median, median, 0.018),
        (result.p95, median * width.exp(), 0.030),
    ] {
        assert!((got / expected).ln().abs() < 3.0 * error * deviation, "{got} for {expected}");
    }
    // The shares are the squared logarithms of the factors.
    let names: Vec<&str> = result.drivers.iter().map(|driver| driver.name.as_str()).collect();
    assert_eq!(names, ["c", "a", "b"]);
    for (driver, factor) in result.drivers.iter().zip([8.0, 5.0, 2.0_f64]) {
        let share = (factor.ln() / 2.0 / width).powi(2);
        // A squared correlation r^2 has a standard error of 2 r (1 - r^2) / sqrt(n), at most 0.011.
        assert!((driver.share - share).abs() < 0.033, "{driver:?}, not {share}");
        // With the others at their medians, the value is its median times or by the root of the factor.
        assert!(apart(driver.low, median / factor.sqrt()) < 1e-12, "{driver:?}");
        assert!(apart(driver.high, median * factor.sqrt()) < 1e-12, "{driver:?}");
    }
}

#[test]
fn sums_of_normals_are_normal() {
    let result = spread("a = 100 ± 30 ms\nb = 200 ± 40 ms\nc = 50 ± 5 ms\na + b - c");
    let width = (30.0_f64.powi(2) + 40.0_f64.powi(2) + 5.0_f64.powi(2)).sqrt();
    let deviation = width / Z95;
    for (got, expected, error) in
        [(result.p5, 250.0 - width, 0.030), (result.median, 250.0, 0.018), (result.p95, 250.0 + width, 0.030)]
    {
        assert!((got - expected).abs() < 3.0 * error * deviation, "{got} for {expected}");
    }
    for (driver, (name, width_here, sign)) in
        result.drivers.iter().zip([("b", 40.0, 1.0), ("a", 30.0, 1.0), ("c", 5.0, -1.0)])
    {
        assert_eq!(driver.name, name);
        assert!((driver.share - (width_here / width).powi(2)).abs() < 0.033, "{driver:?}");
        assert!((driver.low - (250.0 - sign * width_here)).abs() < 1e-9, "{driver:?}");
        assert!((driver.high - (250.0 + sign * width_here)).abs() < 1e-9, "{driver:?}");
    }
}

#[test]
fn a_name_is_drawn_once_and_two_ranges_are_two() {
    let sheet = "x = 10 to 50 users\n";
    let exact = |line: &str, expected: f64| {
        let answer = last(&format!("{sheet}{line}"));
        assert_eq!((answer.value, answer.spread), (expected, None), "{line}");
    };
    exact("x - x", 0.0);
    exact("x / x", 1.0);
    exact("reads = x * 5 reads/user\nwrites = x * 2 writes/user\nreads / writes", 2.5);
    exact("x * 0", 0.0);
    let two = spread("(10 to 50 users) / (10 to 50 users)");
    assert!(two.p5 < 0.6 && two.p95 > 1.6 && two.drivers.len() == 2, "{two:?}");
}

/// The drivers' names and shares in percent.
fn shares(drivers: &[Driver]) -> Vec<(&str, i32)> {
    drivers.iter().map(|driver| (driver.name.as_str(), (driver.share * 100.0).round() as i32)).collect()
}

#[test]
fn what_cancels_out_drives_nothing() {
    let result =
        spread("dau = 1M to 50M users\nrate = 2 to 4 reads/user\n(dau * rate) / (dau * 2 writes/user)");
    assert_eq!(shares(&result.drivers), [("rate", 100)]);
}

#[test]
fn assertions_hold_to_the_last_figure_that_is_shown() {
    let sheet = "dau = 200M to 500M users\nreads = dau * 20 reads/user/day\n";
    for (line, help) in [
        ("#= 73.2 k reads/s", None),
        ("#= 73.2k reads/s, 46k to 116k", None),
        ("#= 73.2k reads/s, 46k … 116k reads/s", None),
        ("#= 73,200 reads/s", None),
        ("#= 73,300 reads/s", Some("write #= 73,200 reads/s")),
        ("#= 73.2k reads/s, 48k to 116k", Some("46 k to 116 k")),
        ("#= 73.2k reads/s, 46k to 118k", Some("46 k to 116 k")),
        ("#= 73.2k reads/s, 46k", Some("both ends")),
        ("#= 73.1k users", Some("73.2 k reads/s")),
    ] {
        let sheet = evaluate(&format!("{sheet}{line}"));
        match (&sheet.lines[2].outcome, help) {
            (Outcome::Comment, None) => {}
            (Outcome::Fault(fault), Some(help)) => {
                assert!(fault.help.as_deref().is_some_and(|text| text.contains(help)), "{line}: {fault:?}");
            }
            (outcome, _) => panic!("{line}: {outcome:?}"),
        }
    }
    // Of what was only written the ends are known to their last digit.
    assert!(evaluate("x = 205 to 555 users\n#= 337 users, 205 to 555").faults().next().is_none());
    assert!(evaluate("x = 205 to 555 users\n#= 337 users, 204 to 555").faults().next().is_some());
    assert!(evaluate("x = 205 users\n#= 205 users, 200 to 210").faults().next().is_some());
}

/// Not across the border of what functions of one rising argument there are: the sheets in which `x` is the input.
const RISING: [&str; 12] = [
    "x * 3",
    "x + 7",
    "x ^ 2",
    "x ^ 0.5",
    "2 ^ (x / 1000)",
    "sqrt(x)",
    "log2(x)",
    "ceil(x)",
    "max(x, 20)",
    "x * 20%",
    "-1 / x",
    "x - 5 - 1 / x",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn quantiles_go_to_quantiles(
        low in 1.0..500.0_f64,
        factor in 1.01..50.0_f64,
        at in 0..RISING.len(),
        shape in proptest::sample::select(vec!["", "lognormal ", "uniform "]),
    ) {
        let line = RISING[at];
        let range = format!("{shape}{low} to {}", low * factor);
        let of_range = spread(&range);
        let through = last(&format!("x = {range}\n{line}"));
        let one = |value: f64| last(&format!("x = {value}\n{line}")).value;
        let (p5, median, p95) = through.spread.map_or([through.value; 3].into(), |spread| (spread.p5, spread.median, spread.p95));
        // The samples are rounded in binary, the numbers here are printed in full: only the last bits may differ.
        prop_assert!(apart(p5, one(of_range.p5)) < 1e-12, "{line} of {range}: {p5}");
        prop_assert!(apart(median, one(of_range.median)) < 1e-12, "{line} of {range}: {median}");
        prop_assert!(apart(p95, one(of_range.p95)) < 1e-12, "{line} of {range}: {p95}");
    }

    #[test]
    fn lines_above_change_nothing_below(
        before in proptest::collection::vec(proptest::sample::select(vec![
            "# a heading", "", "other = 5 to 9 rows", "more = 1 KB", "7 to 8", "(1 to 2) * (3 to 4)", "z = 2 ± 1",
        ]), 0..6),
    ) {
        let sheet = "a = 2 to 9\nb = 1 to 3\nc = a * b * (1 to 2)\n(3 to 4) * a";
        let mut seen = std::collections::BTreeSet::new();
        let before: Vec<&str> =
            before.into_iter().filter(|line| !line.contains('=') || seen.insert(*line)).collect();
        let alone = evaluate(sheet);
        let below = evaluate(&[before.clone(), vec![sheet]].concat().join("\n"));
        let without_lines = |outcome: &Outcome| match outcome {
            Outcome::Value(Answer { value, spread: Some(spread), .. }) => {
                let shares: Vec<f64> = spread.drivers.iter().map(|driver| driver.share).collect();
                Some((*value, spread.p5, spread.p95, spread.histogram.clone(), shares))
            }
            _ => None,
        };
        for (alone, below) in alone.lines.iter().zip(&below.lines[before.len()..]) {
            let alone = without_lines(&alone.outcome);
            prop_assert!(alone.is_some());
            prop_assert_eq!(alone, without_lines(&below.outcome));
        }
    }

    #[test]
    fn what_is_shared_is_exact(
        range in proptest::sample::select(vec!["1 to 9", "5 ± 4", "uniform 3 to 4", "1% to 2%", "-2 to 3"]),
        factor in 1..1000_i32,
    ) {
        let sheet = format!("x = {range}\ny = x * {factor}\ny - x * {factor}");
        let answer = last(&sheet);
        prop_assert_eq!((answer.value, answer.spread), (0.0, None));
    }
}

/// What is near to 100% is shown by its distance from it: 99.997% is not 100%.
#[test]
fn shares_near_the_whole_keep_their_distance() {
    let result = calculate("a = uniform 99% to 99.9%; parallel(a, a)").expect("a value");
    let spread = result.spread.expect("a spread");
    assert_eq!((result.text.as_str(), spread.text.as_str()), ("99.997%", "99.99088% … 99.99979%"));
}
