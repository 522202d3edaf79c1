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
    check("lognormal 10 to 20%", 10.0, geometric(10.0, 20.0), 20.0, "14.1%", "10% … 20%");
    check("50% to 200%", 50.0, 100.0, 200.0, "100%", "50% … 200%");
    // Odds of 1 to 9 and of 9 to 1: even ones in the middle. Of 1 to 99 and of 1 to 4: 1 to 19.9.
    check("10 to 90%", 10.0, 50.0, 90.0, "50%", "10% … 90%");
    check("1% to 20%", 1.0, 100.0 / (1.0 + 396.0_f64.sqrt()), 20.0, "4.8%", "1% … 20%");
    check("-5 to 20,000 users", -5.0, 9_997.5, 20_000.0, "10,000 users", "-5 … 20,000");
    check("2^4 to 1k users", 16.0, geometric(16.0, 1e3), 1e3, "130 users", "16 … 1,000");
    check("2^10 to 2^12 users", 1_024.0, 2_048.0, 4_096.0, "2,050 users", "1,000 … 4,100");
    check("50 ± 5 h/min", 2_700.0, 3_000.0, 3_300.0, "3,000", "2,700 … 3,300");
    check("1 min ± 10 s", 50.0 / 60.0, 1.0, 70.0 / 60.0, "1 min", "50 s … 1 min 10 s");
    check("(4 to 6 ms) * 20", 80.0, geometric(80.0, 120.0), 120.0, "98 ms", "80 … 120 ms");
    check("1 h to 3 h", 1.0, geometric(1.0, 3.0), 3.0, "1.73 h", "1 … 3 h");
    check("$5 to $20/month", 5.0, 10.0, 20.0, "$10/month", "$5 … $20/month");
    // The ends of a uniform range are its ends; 5% of it lies below 1 + 9 * 5%.
    check("uniform 1 to 10", 1.45, 5.5, 9.55, "5.5", "1.45 … 9.55");
    check("1 KB to 1 MB", 1.0, geometric(1.0, 1e3), 1e3, "32 KB", "1 … 1,000 KB");
    check("20 to 80 h/min", 1_200.0, 2_400.0, 4_800.0, "2,400", "1,200 … 4,800");
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
    let result = spread("a = 100 ± 30 ms\nb = 200 ± 40 ms\nc = 50 ± 5 ms\nb + a - c");
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
fn shares_add_up_to_at_most_one() {
    let mut largest = 0.0_f64;
    for names in [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"], ["k", "l"], ["p", "q"]] {
        let [one, two] = names;
        let result = spread(&format!("{one} = 5 ± 1\n{two} = 7 ± 1\n{one} + {two}"));
        let sum: f64 = result.drivers.iter().map(|driver| driver.share).sum();
        // Each is (1 + r) / 2, r being how two orders correlate by chance: four of its standard errors of 0.014.
        assert!((0.94..=1.0 + 1e-12).contains(&sum), "{sum}: {result:?}");
        largest = largest.max(sum);
    }
    // About half of them would be above it if nothing were done.
    assert!(largest > 1.0 - 1e-12, "{largest}");
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
    // A range that is shown in two units, and one in money.
    let shown = last("x = 9 to 29.34 s\nx * 112.1").spread.map(|spread| spread.text);
    assert_eq!(shown.as_deref(), Some("16 min 48 s … 54 min 48 s"));
    let shown = last("x = 20 to 30 TB/month\nx * $0.05/GB").spread.map(|spread| spread.text);
    assert_eq!(shown.as_deref(), Some("$1,000 … $1,500/month"));
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
    "2 ^ (x / 10_000)",
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
    fn what_is_shown_can_be_asserted(
        low in 1..90_000_u32,
        factor in 1.01..12.0_f64,
        times in 0.1..200.0_f64,
        unit in proptest::sample::select(vec![
            "s", "min", "h", "days", "ms", "GB", "KB/user", "TB/day", "reads/s", "$/month", "users",
        ]),
    ) {
        let low = f64::from(low) / 100.0;
        let sheet = format!("x = {low} to {:.2} {unit}\nx * {times:.3}", low * factor);
        let shown = last(&sheet);
        if let Some(spread) = shown.spread {
            let range = spread.text.replace('…', "to");
            let asserted = evaluate(&format!("{sheet}\n#= {}, {range}", shown.text));
            let fault = asserted.faults().next().map(|(_, fault)| fault.to_string());
            prop_assert!(fault.is_none(), "{sheet}: {fault:?}");
        }
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

#[test]
fn what_a_range_cannot_do_is_said() {
    for (text, under, message, help) in [
        ("50 to 10 users", "50 to 10 users", "low end of this range is above", "write 10 to 50 users"),
        ("10 to 50M users", "10 to 50M", "'M' stands behind the high end only", "write 10M to 50M"),
        ("3 to 8 users * 2 posts/user", "8 users * 2 posts/user", "part of the range", "(3 to 8 users) * 2"),
        ("2 * 3 to 8 users", "2 * 3", "part of the range", "brackets"),
        ("10 ms + 5 ms ± 2 ms", "10 ms + 5 ms", "part of the range", "brackets"),
        ("-5 to 20k users", "5 to 20k", "'k' stands behind the high end only", ""),
        ("5 to 10 million rows", "5 to 10 million", "'million' stands", "5 million to 10 million"),
        ("lognormal -5 to 5", "lognormal -5 to 5", "lies above zero", "normal or uniform"),
        ("uniform 5 users", "uniform", "no range follows", "uniform 2 to 5"),
        ("5 KB to 10 users", "10 users", "two sides of a range are unlike", ""),
        ("5 ms ± 3 KB", "3 KB", "two sides of a range are unlike", ""),
        ("5 ± -1", "-1", "not negative", ""),
        ("a = 1 to 2; a to 5", "a", "a range itself", "one number to another"),
        ("1 to 2 to 3", "to", "stands alone", "name of its own"),
        ("1e-300 to 1e300", "1e-300 to 1e300", "too wide", "1e-300"),
        ("x = -1 to 3; 1 / x", "x", "'x' is zero or below in 21% of its samples", "'x' (line 1)"),
        ("x = -3 to 1; 1 / x", "x", "'x' is zero or above in 21% of its samples", ""),
        ("x = 10 ± 8; y = 2 * x; 5 / (y - 1)", "(y - 1)", "in 2.5% of its samples", "'x' (line 1)"),
        ("x = -1 to 3; x ^ -1", "x", "'x' is zero or below", ""),
        ("x = -1 to 3; x ^ 0.5", "x", "'x' is negative in 21% of its samples", "lognormal"),
        ("x = -1 to 3; ln(x)", "x", "'x' breaks that in 21% of its samples", ""),
        ("x = 1 to 9; sqrt(x - 2)", "x - 2", "breaks that in 27% of its samples", ""),
        ("x = 1 to 9; x!", "x", "whole number", ""),
        ("x = 1 to 9; (3 s) ^ x", "(3 s) ^ x", "broken power", ""),
        ("x = 1 to 1e90; x ^ 3", "x ^ 3", "too large", ""),
    ] {
        let fault = calculate(text).expect_err(text);
        let shown = fault.show(text, None, None);
        assert_eq!(text.get(fault.span.clone()), Some(under), "span of: {shown}");
        assert!(fault.message.contains(message), "{shown}");
        assert!(fault.help.unwrap_or_default().contains(help), "{shown}");
    }
}

#[test]
fn a_share_stays_below_the_whole() {
    // The largest of 4,999 samples would be above 100% if its logarithm were normal.
    let kept = last("up = 50% to 99%; down = 1 - up; max(down, 0%) / down");
    assert_eq!((kept.value, kept.spread), (1.0, None));
}

#[test]
fn words_of_distributions_stay_names_and_units() {
    assert_eq!(last("normal = 5; normal - 2").value, 3.0);
    assert_eq!(last("uniform = 5; uniform * 2").value, 10.0);
    assert_eq!(last("5 normal").unit, "normal");
    assert_eq!(spread("low = 2; high = 5; uniform low to high").p5, 2.15);
    assert_eq!(spread("uniform (1 + 1) to 5").p5, 2.15);
    assert_eq!(spread("uniform -5 to 5").p95, 4.5);
}

#[test]
fn functions_take_ranges_as_they_take_numbers() {
    // Each sample of the function is the function of the sample: with one rising input the percentiles show it.
    for (line, p5, p95) in [
        ("round(x)", 3.0, 9.0),
        ("floor(x)", 2.0, 9.0),
        ("ceil(x)", 3.0, 10.0),
        ("min(x, 5)", 2.5, 5.0),
        ("max(5, x, 1)", 5.0, 9.4),
        ("abs(x - 20)", 10.6, 17.5),
        ("log10(x)", 2.5_f64.log10(), 9.4_f64.log10()),
        ("round(x)!", 6.0, 362_880.0),
        ("2 ^ x", 2.5_f64.exp2(), 9.4_f64.exp2()),
    ] {
        let result = spread(&format!("x = 2.5 to 9.4\n{line}"));
        assert!(apart(result.p5, p5) < 1e-12 && apart(result.p95, p95) < 1e-12, "{line}: {result:?}");
    }
    // The argument in another unit, and the unit of the answer.
    let result = spread("x = 500 KB to 4 MB\nmax(x, 2,000 KB) in KB");
    assert_eq!((result.p5, result.p95), (2000.0, 4000.0));
    assert_eq!(last("x = 3 to 9 disks\nceil(x)").unit, "disks");
    assert_eq!(last("x = 0.05% to 0.2%\nround(x * 3000)").value, 3.0);
}

#[test]
fn limits_of_ranges_are_said_and_kept() {
    let message = |text: &str| {
        let sheet = evaluate(text);
        let first = sheet.faults().next().map(|(line, fault)| (line, fault.message.clone()));
        first.unwrap_or((0, String::new()))
    };
    let many: String = (0..300).map(|at| format!("x{at} = 1 to 2\n")).collect();
    assert_eq!(message(&many), (257, "a sheet has at most 256 ranges".to_string()));
    let calls = |times: usize| format!("x = 1 to 2\ny = {}1", "round(x)! + ".repeat(times));
    assert_eq!(message(&calls(100)).1, "");
    let (line, said) = message(&[calls(150), calls(150).replace('x', "u").replace('y', "v")].join("\n"));
    assert!(line == 4 && said.contains("too many calculations with ranges"), "{line} {said}");
}

const WORDS: [&str; 36] = [
    "1",
    "2.5",
    "0",
    "1e200",
    "1e-200",
    "30",
    "k",
    "M",
    "users",
    "KB",
    "Gbit",
    "s",
    "day",
    "%",
    "+",
    "-",
    "*",
    "/",
    "^",
    "!",
    "(",
    ")",
    "in",
    "to",
    "±",
    "uniform",
    "normal",
    "lognormal",
    "x",
    "y",
    "max(",
    "round(",
    "sqrt(",
    ",",
    "#=",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 192, ..ProptestConfig::default() })]

    /// Any words behind two ranges: a value whose percentiles are in order, or a fault that points into its line. Twice
    /// the same.
    #[test]
    fn any_words_with_ranges_give_a_value_or_a_fault(
        words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 1..14),
    ) {
        let text = format!("x = 2 to 8\ny = -1 to 3 KB\n{}", words.join(" "));
        let sheet = evaluate(&text);
        prop_assert_eq!(&sheet, &evaluate(&text));
        for (line, of_line) in text.lines().zip(&sheet.lines) {
            match &of_line.outcome {
                Outcome::Value(Answer { value, spread: Some(spread), .. }) => {
                    prop_assert!(value.is_finite() && *value == spread.median, "{text}: {spread:?}");
                    prop_assert!(spread.p5 <= spread.median && spread.median <= spread.p95, "{text}: {spread:?}");
                    prop_assert_eq!(spread.histogram.len(), 20);
                    let shares: f64 = spread.drivers.iter().map(|driver| driver.share).sum();
                    prop_assert!(shares <= 1.0 + 1e-9, "{text}: {spread:?}");
                    let plain = |driver: &Driver| driver.low.is_finite() && driver.high.is_finite();
                    prop_assert!(spread.drivers.iter().all(plain), "{text}: {spread:?}");
                }
                Outcome::Value(answer) => prop_assert!(answer.value.is_finite(), "{text}"),
                Outcome::Fault(fault) => prop_assert!(line.get(fault.span.clone()).is_some(), "{text}: {fault:?}"),
                Outcome::Blank | Outcome::Comment => {}
            }
        }
        for line in 1..=text.lines().count() {
            let _ = super::steps(&text, line);
        }
    }
}

/// What is near to 100% is shown by its distance from it: 99.997% is not 100%.
#[test]
fn shares_near_the_whole_keep_their_distance() {
    let result = calculate("a = uniform 99% to 99.9%; parallel(a, a)").expect("a value");
    let spread = result.spread.expect("a spread");
    assert_eq!((result.text.as_str(), spread.text.as_str()), ("99.997%", "99.99088% … 99.99979%"));
}
