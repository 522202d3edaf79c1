//! The language as a whole: published estimates, laws of units, every kind of wrong input.

use proptest::prelude::*;

use super::{Answer, Outcome, calculate, evaluate, names};

/// Evaluates a text that must have a value.
fn value(text: &str) -> Answer {
    calculate(text).unwrap_or_else(|fault| panic!("{}", fault.show(text, None, None)))
}

/// The result in `unit`, as a number.
fn number(expression: &str, unit: &str) -> f64 {
    if unit.is_empty() { value(expression).value } else { value(&format!("({expression}) in {unit}")).value }
}

/// Estimates with their published or computed results (given to four figures): the system-design primer of Donne
/// Martin, Google's SRE workbook chapter 12, Dean's latency numbers, Visa's report for 2024.
/// The expressions carry units, the results were computed without any.
#[test]
fn known_estimates_come_out() {
    for (expression, expected, unit) in [
        ("1 M users * 10 req/user/day", 115.7, "req/s"),
        ("3 * 28,935 req/s", 8.681e4, "req/s"),
        ("1 req/s * 1 month", 2.592e6, "req"),
        ("250 billion reads / 1 month", 9.645e4, "reads/s"),
        ("5 bn tx/month", 1929.0, "tx/s"),
        ("100M URLs/month", 38.58, "URLs/s"),
        ("233.8 billion tx / 366 days", 7393.0, "tx/s"),
        ("10M clients * 1 req/client / 30 s", 3.333e5, "req/s"),
        ("1 billion rows * 1 KB/row", 1.0, "TB"),
        ("10M items/day * 1 KB/item * 5 years", 18.25, "TB"),
        ("500M users * 0.2 tweets/user/day * 280 B/tweet * 1 year", 10.22, "TB"),
        ("(1 KB + 7 B + 4 B + 5 B + 255 B)/1 paste * 10M pastes/month", 12.71, "GB/month"),
        ("10 KB/tweet * 500M tweets/day", 150.0, "TB/month"),
        ("500 KB/page * 4 billion pages/month", 2.0, "PB/month"),
        ("100M users * 50 friends/user / 2", 2.5, "billion friends"),
        ("12 billion links * 500 B/link", 6.0, "TB"),
        ("10k clicks/s * 16 B/click", 13.82, "GB/day"),
        ("62^7", 3.522, "trillion"),
        ("200 MB/s * 7 days * 3", 362.9, "TB"),
        ("100 QPS * 10 KB/query", 8.0, "Mbit/s"),
        ("36,000 QPS * 10 KB/query", 2.88, "Gbps"),
        ("500 TB/day", 5.787, "GB/s"),
        ("1 TB / (10 Gbit/s * 80%)", 16.67, "min"),
        ("2 * 8,790 km / 200,000 km/s", 87.9, "ms"),
        ("2 TB / 200 MB/s", 2.778, "h"),
        ("1 MB / 4 GB/s", 250.0, "us"),
        ("30 * (10 ms + 256 KB / 30 MB/s)", 556.0, "ms"),
        ("2^28 * 28 / 2 * 5 ns", 18.79, "s"),
        ("80 ms + 80 ms + 80 ms + 20 ms", 260.0, "ms"),
        ("500k writes/s / 200 writes/s/disk", 2500.0, "disks"),
        ("ceil(4 TB / 64 GB/machine)", 63.0, "machines"),
        ("1 - 10k / 200k", 95.0, "%"),
        ("1/(3-1)", 50.0, "%"),
        ("2,000 queries/s * 5 ms/query", 10.0, ""),
        ("1/(5% + 95%/64)", 15.42, ""),
        ("-1 billion bits * ln(1%) / ln(2)^2", 1.198, "GB"),
        ("2,000 req/s * 24 h * 500 B/req", 86.4, "GB"),
        ("20% of 350M requests * 500 B/request", 35.0, "GB"),
        ("0.1% of (365.2425 days / 12)", 43.83, "min"),
        ("99.9%^2", 99.80, "%"),
        ("99.95%^30", 98.51, "%"),
        ("14.4 * 1 h / 720 h", 2.0, "%"),
        ("n = 1 billion; n*(n-1)/2/2^32", 116.4, "million"),
        ("sqrt(2 * 2^32 * ln(2))", 7.716e4, ""),
        ("1/11", 9.091, "%"),
        ("max(60 TB / (5 TB/shard), (30k writes/s) / (2k writes/s/shard))", 15.0, "shards"),
        ("3^4", 81.0, ""),
        ("1.1M writes/s / 288 nodes", 3819.0, "writes/s/node"),
        ("1 PB * $0.023/GB/month", 2.3e4, "USD/month"),
        ("50 GB * $0.10/GB-month * 2 months", 10.0, "$"),
    ] {
        let scale = [("trillion", 1e12), ("billion", 1e9), ("million", 1e6)];
        let size = scale.iter().find(|(word, _)| unit.starts_with(word)).map_or(1.0, |(_, size)| *size);
        let (names, last) =
            expression.rsplit_once("; ").map_or(("", expression), |(names, last)| (names, last));
        let got = if names.is_empty() {
            number(last, unit)
        } else {
            value(&format!("{names}; ({last}) in {unit}")).value
        };
        // The expected result has four figures, so it is off by half a unit in the fourth: at most 1 in 2000.
        let error = (got / size / expected - 1.0).abs();
        assert!(error <= 5e-4, "{expression}: {got} {unit}, not {expected}");
    }
}

#[test]
fn values_are_shown_as_people_read_them() {
    for (expression, text) in [
        ("500 million users * 5 reads/user/day", "28.9 k reads/s"),
        ("500 million users * 5 reads/user/day in reads/s", "28,935 reads/s"),
        ("316M users * 0.2 posts/user/day * 1.2 KB/post * 5 years", "138 TB"),
        ("dau = 316M users", "316 M users"),
        ("1.2 KB/post", "1.2 KB/post"),
        ("dau = 500 M users; dau * 20 /user/day", "116 k /s"),
        ("1 M users * 10 req/user/day", "116 req/s"),
        ("28 h in d h", "1 d 4 h"),
        ("28 * 1 h", "1 d 4 h"),
        ("90061 s in d h min s", "1 d 1 h 1 min 1 s"),
        ("8 TB / 10 Gbit/s", "1 h 47 min"),
        ("2 * 5 reads/user/day", "10 reads/user/day"),
        ("1 user * 3", "3 users"),
        ("3 users / 3", "1 user"),
        ("1 PB * $0.023/GB/month", "$23,000/month"),
        ("3 * $0.05", "$0.15"),
        ("-3 * $5", "-$15"),
        ("$1.5 / 3", "$0.50"),
        ("$10 / 3", "$3.33"),
        ("$1.1 / 30", "$0.0367"),
        ("1 MiB * 3 / 2", "1.5 MiB"),
        ("1 Gbit * 3 / 2", "1.5 Gbit"),
        ("1024 users * 1 B/user", "1.02 KB"),
        ("30*86400", "2,592,000"),
        ("1/3", "0.3333"),
        ("1 - 0.001% in %", "99.999%"),
        ("5 reads in k reads", "0.005 k reads"),
        ("10M users * 250 tweets/user", "2.5 billion tweets"),
        ("1 GB / 3 * 1 /s", "333 MB/s"),
        ("0", "0"),
        ("-0 * 5", "0"),
        ("20 ms * 3 / 1 request", "60 ms/request"),
        ("5 EUR/month * 3", "€15/month"),
        ("1e20 * 1 B", "100 EB"),
        ("120", "120"),
        ("ln(2)", "0.6931"),
    ] {
        assert_eq!(value(expression).text, text, "{expression}");
    }
}

#[test]
fn a_word_is_a_unit_after_a_number_and_a_name_elsewhere() {
    let sheet = "post = 1.2 KB/post; dau = 1 M users; ";
    for (line, unit, expected) in [
        ("dau * 20% * 30 posts/user * post", "B", 7.2e9),
        ("dau * 5 reads/user/day * 1 day", "reads", 5e6),
        ("100 posts * post", "KB", 120.0),
        ("10 KB / post", "posts", 10.0 / 1.2),
    ] {
        let text = format!("{sheet}({line}) in {unit}");
        match calculate(&text) {
            Ok(answer) => assert!((answer.value / expected - 1.0).abs() < 1e-12, "{line}: {answer:?}"),
            // Both readings are possible, so the line is refused.
            Err(fault) => assert!(
                line == "10 KB / post" && fault.message.contains("both a name and a unit"),
                "{line}: {fault}"
            ),
        }
    }
    assert_eq!(value("n = 4; 10 / n").value, 2.5);
    assert_eq!(value("n = 4; 10/n").value, 2.5);
    assert_eq!(value("users = 5 users; 10 / users").unit, "/user");
    assert_eq!(value("users = 5 users; 10 / users").value, 2.0);
    assert_eq!(value("x = 3; 5 KB·x").text, "15 KB");
    assert_eq!(value("s = 2; 10 / s").value, 5.0);
    assert_eq!(value("10 / s").unit, "/s");
    assert_eq!(value("2^10 users").unit, "users");
    assert_eq!(value("5 reads per user per day").unit, "reads/user/day");
}

#[test]
fn assertions_hold_to_the_shown_figures() {
    for (text, holds) in [
        ("500 million users * 5 reads/user/day\n#= 28,935 reads/s", true),
        ("500 million users * 5 reads/user/day #= 28,935 reads/s", true),
        ("500 million users * 5 reads/user/day #= 28,936 reads/s", false),
        ("500 million users * 5 reads/user/day #= 28.9 k reads/s", true),
        ("500 million users * 5 reads/user/day #= 29 k reads/s", true),
        ("500 million users * 5 reads/user/day #= 29.0 k reads/s", false),
        ("500 million users * 5 reads/user/day #= 2.5 billion reads/day", true),
        ("10 million keys / 11 #= 909,091 keys", true),
        ("10 million keys / 11 #= 909,090 keys", false),
        ("1/11\n#= 9.1%", true),
        ("1/11\n#= 9.0%", false),
        ("1/11\n\n# so\n#= 9.1%", true),
        ("28 * 1 h #= 1 d 4 h", true),
        ("29 * 1 h #= 1 d 4 h", false),
        ("1 PB * $0.023/GB/month #= $23,000/month", true),
        ("3 - 8 #= -5", true),
        ("3 - 8 #= 5", false),
        ("5 users #= 5 reads", false),
        ("5 users #= 2 + 3", false),
        ("5 users #=", false),
        ("#= 5", false),
    ] {
        assert_eq!(evaluate(text).faults().next().is_none(), holds, "{text}");
    }
    let sheet = evaluate("1 + 1 #= 3");
    let (_, fault) = sheet.faults().next().expect("2 is not 3");
    assert_eq!((fault.span.clone(), fault.message.as_str()), (9..10, "the result is 2, not 3"));
    assert_eq!(fault.help.as_deref(), Some("write #= 2"));
}

/// Input, the text under the carets, a part of the message, a part of the help.
#[test]
fn faults_name_the_place_and_the_way_out() {
    for (text, under, message, help) in [
        ("2B", "2B", "2 billion or 2 bytes", "2 billion or 2 B"),
        ("3 * 2.5B", "2.5B", "2.5 billion or 2.5 bytes", ""),
        ("2b", "2b", "2 billion or 2 bits", ""),
        ("5 m", "5 m", "5 million or 5 minutes", "5 min"),
        ("10G", "10G", "10 billion or 10 gigabytes", "10 GB"),
        ("5 gb", "gb", "no unit 'gb'", "'GB' (gigabyte)"),
        ("5 secons", "secons", "no unit", "seconds"),
        ("5 milion", "milion", "no unit", "million"),
        (
            "dau = 5 users; rps = 3 requests/s; dau + rps",
            "rps",
            "cannot add 'rps' (requests/s) to 'dau' (users)",
            "'dau' is on line 1, 'rps' is on line 2",
        ),
        ("5 users + 3 requests", "3 requests", "cannot add requests to users", "like things"),
        ("5 users - 3", "3", "cannot subtract a plain number from users", "5 users"),
        ("$5 + 3 EUR", "3 EUR", "cannot add € to $", "* 1.1 USD/EUR"),
        ("5 user + 3 usr", "3 usr", "cannot add", "are 'usr' and 'user' one thing?"),
        ("100 + 5%", "5%", "5% of what?", "x * 105%"),
        ("100 - 5%", "5%", "5% of what?", "x * 95%"),
        ("7 % 3", "3", "operator is missing", "no remainder"),
        ("dau = 5; dua * 2", "dua", "no name 'dua'", "did you mean 'dau'?"),
        ("shards = 5; 1e6/shrads", "shrads", "no name", "'shards'"),
        ("5 * users", "users", "no name", "1 users"),
        ("5 * day", "day", "is a unit, but here stands a name", "1 day"),
        ("5 users in bytes", "bytes", "users cannot be shown in B", "B/user"),
        ("100 QPS * 10 KB in Mbit/s", "Mbit/s", "cannot be shown", "10 KB/query"),
        ("5 KB in %", "%", "KB cannot be shown in percent", "divide"),
        ("5 KB in", "", "unit is missing at the end", "5 GB in MB"),
        ("5 KB in MB * 2", "*", "conversion comes last", "brackets"),
        ("1 / 0", "0", "divides by zero", ""),
        ("1 / (3 - 3)", "(3 - 3)", "divides by zero", ""),
        ("0^-1", "0^-1", "divides by zero", ""),
        ("171!", "171", "whole number from 0 to 170", ""),
        ("2.5!", "2.5", "whole number", ""),
        ("1e308 * 10", "1e308 * 10", "too large", ""),
        ("10^10^10", "10^10^10", "too large", ""),
        ("1e999", "1e999", "exponent is out of range", "1e308"),
        ("1e-400", "1e-400", "out of range", ""),
        ("(-8)^0.5", "(-8)^0.5", "no such power", ""),
        ("sqrt(-1)", "-1", "no square root", ""),
        ("sqrt(5 s)", "5 s", "broken power", ""),
        ("ln(0)", "0", "above zero", ""),
        ("log2(5 KB)", "5 KB", "plain number, not KB", ""),
        ("log(5)", "log", "no function 'log'", "log2, log10 or ln"),
        ("rund(5)", "rund", "no function", "'round'"),
        ("round(1, 2)", "round(1, 2)", "takes one value, not 2", "round(x)"),
        ("round(3 * 1.5 KB)", "3 * 1.5 KB", "round to whole what?", "round(x in KB)"),
        ("max(1,200)", "1,200", "one number or several arguments", "1, 200"),
        ("1,5", "1,5", "does not part thousands", "1.5"),
        ("1,0000", "1,0000", "does not part thousands", ""),
        ("1.2.3", "1.2.3", "no number", ""),
        ("5 k k", "k", "no unit, it multiplies", "5 million users"),
        ("5 reads/m", "m", "no unit 'm'", "'min' (minute) or 'month'"),
        ("0x10", "0x10", "no unit that can be joined", "decimal"),
        ("5users", "5users", "no unit that can be joined", "5 users"),
        ("2e", "2e", "no unit", "1e9"),
        ("x = 3; 2 x", "2 x", "'x' is a name", "2 * x"),
        ("x = 3; 2x", "2x", "'x' is a name", "2 * x"),
        ("users = 5 users; 10 TB / users", "/ users", "both a name and a unit", "/ (users)"),
        ("x = 1; x = 2", "x", "already defined on line 1", "x_2"),
        ("in = 5", "in", "meaning of its own", ""),
        ("peak reads = 5", "peak reads", "no name", "peak_reads"),
        ("2x = 5", "2x", "no name", "begins with a letter"),
        ("= 5", "=", "name is missing", ""),
        ("x =", "", "value is missing after '='", ""),
        ("x = 5 = 3", "=", "start of a line", ""),
        ("y = x; x = 5", "x", "defined further down, on line 2", "move"),
        ("x = 1 / 0; ", "0", "divides by zero", ""),
        ("1 +", "", "value is missing at the end", ""),
        ("* 2", "*", "value is missing before '*'", ""),
        ("()", ")", "brackets are empty", ""),
        ("(1", "(", "never closed", ""),
        ("1)", ")", "never opened", ""),
        ("1 2", "2", "operator is missing", ""),
        ("5 big users", "users", "operator is missing before 'users'", "one word"),
        ("2 ** 3", "**", "means nothing", "^"),
        ("5 ~ 3", "~", "no meaning", ""),
        ("5 s^1.5", "^1.5", "whole power", ""),
        ("5 s^13", "^13", "whole power", ""),
        ("1 h 2 d", "2 d", "days do not follow hours", "large to small"),
        ("5 KB of 3", "5 KB", "no share", ""),
        ("2^(3 s)", "(3 s)", "plain number, not s", ""),
        ("x = 3; x(4)", "x", "not a function", "x * (...)"),
        ("", "", "nothing to calculate", ""),
        ("# only a comment", "", "nothing to calculate", ""),
    ] {
        let fault = calculate(text).expect_err(text);
        assert_eq!(text.get(fault.span.clone()), Some(under), "span of: {}", fault.show(text, None, None));
        assert!(fault.message.contains(message), "{text}: {}", fault.message);
        let advice = fault.help.unwrap_or_default();
        assert!(advice.contains(help), "{text}: help is {advice:?}");
    }
}

#[test]
fn a_broken_line_does_not_stop_the_others() {
    let sheet = evaluate("a = 1 / 0\nb = 2\n\n# note\nc = a + b\nd = b * 3\r\n");
    assert_eq!(sheet.lines.len(), 6);
    assert_eq!(sheet.get("b").map(|answer| answer.value), Some(2.0));
    assert_eq!(sheet.get("d").map(|answer| answer.value), Some(6.0));
    assert_eq!(sheet.lines[0].name.as_deref(), Some("a"));
    assert_eq!((&sheet.lines[2].outcome, &sheet.lines[3].outcome), (&Outcome::Blank, &Outcome::Comment));
    let faults: Vec<(usize, &str)> =
        sheet.faults().map(|(line, fault)| (line, fault.message.as_str())).collect();
    assert_eq!(faults, [(1, "this divides by zero"), (5, "'a' has no value: line 1 has an error")]);
}

#[test]
fn limits_are_said_and_kept() {
    let message = |text: &str| calculate(text).map_err(|fault| fault.message);
    assert!(message(&format!("{}1{}", "(".repeat(60), ")".repeat(60))).is_ok());
    for deep in ["(".repeat(900), "-".repeat(1_900) + "1", "2^".repeat(900) + "1", "round(".repeat(300)] {
        assert!(message(&deep).is_err_and(|message| message.contains("nested more than 64 deep")), "{deep}");
    }
    assert_eq!(message(&format!("1{}", "+1".repeat(990))).map(|answer| answer.value), Ok(991.0));
    assert!(message(&"1+".repeat(1_200)).is_err_and(|message| message.contains("longer than 2000 bytes")));
    assert!(message(&format!("5{}", "!".repeat(1_000))).is_err());
    assert!(message(&format!("5 KB{}", " in MB".repeat(300))).is_err());
    assert!(message(&format!("5 a{}", "/a".repeat(900))).is_err());
}

#[test]
fn completion_knows_units_and_functions() {
    assert_eq!(names("log"), ["log10", "log2", "lognormal"]);
    assert!(names("mi").contains(&"min") && names("mi").contains(&"million") && names("mi").contains(&"MiB"));
    assert!(names("zz").is_empty());
    assert!(names("").len() > 100);
}

/// Built-in units, by what they measure.
const UNITS: [&[&str]; 3] = [
    &["bit", "kbit", "Gbit", "B", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB"],
    &["ns", "us", "ms", "s", "min", "h", "day", "week", "month", "year"],
    &["users", "reads", "posts", "GPUs", "queries"],
];

/// A number a person may write: up to four figures, of any size an estimate meets.
fn amount() -> impl Strategy<Value = f64> {
    (1_u32..10_000, -6_i32..15).prop_map(|(digits, exponent)| {
        format!("{digits}e{exponent}").parse().expect("digits and an exponent are a number")
    })
}

/// A unit of one of the kinds, the kind being picked first.
fn unit_of(kind: usize) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(UNITS[kind])
}

/// Two units of one kind.
fn pair() -> impl Strategy<Value = (&'static str, &'static str)> {
    (0..UNITS.len())
        .prop_flat_map(|kind| (unit_of(kind), unit_of(kind)))
        .prop_filter("counted things do not convert", |(a, b)| a == b || !UNITS[2].contains(a))
}

/// A quantity with a compound unit.
fn quantity() -> impl Strategy<Value = String> {
    let below = (1..3_usize).prop_flat_map(unit_of);
    prop_oneof![
        (amount(), (0..3_usize).prop_flat_map(unit_of)).prop_map(|(x, unit)| format!("{x} {unit}")),
        (amount(), (0..3_usize).prop_flat_map(unit_of), below)
            .prop_map(|(x, unit, below)| format!("{x} {unit}/{below}")),
        amount().prop_map(|x| format!("${x}/month")),
        amount().prop_map(|x| format!("{x}%")),
        amount().prop_map(|x| format!("{x}")),
    ]
}

/// Relative error of two numbers.
fn apart(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()) }
}

// Each operation rounds by at most 2^-53 = 1.1e-16, relative. The chains below have at most ten of them.
const TEN_ROUNDINGS: f64 = 1.2e-15;

proptest! {
    // A failing case is put into the tables above by hand, so no file is written.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_conversion_there_and_back_gives_the_same(x in amount(), (from, to) in pair()) {
        let there = value(&format!("{x} {from} in {to}"));
        let back = value(&format!("{} in {from}", there.full()));
        prop_assert!(apart(back.value, x) <= TEN_ROUNDINGS, "{x} {from} -> {there:?} -> {back:?}");
    }

    /// By way of a third unit a conversion comes to the same as straight.
    #[test]
    fn conversions_follow_each_other(x in amount(), (from, by) in pair(), to in 0..11_usize) {
        let kind = UNITS.iter().find(|units| units.contains(&from)).copied().unwrap_or_default();
        let to = if UNITS[2].contains(&from) { from } else { kind[to % kind.len()] };
        let straight = value(&format!("{x} {from} in {to}"));
        let around = value(&format!("{x} {from} in {by} in {to}"));
        prop_assert!(apart(straight.value, around.value) <= TEN_ROUNDINGS, "{straight:?} {around:?}");
    }

    #[test]
    fn units_commute(a in quantity(), b in quantity()) {
        let (one, other) = (value(&format!("({a}) * ({b})")), value(&format!("({b}) * ({a})")));
        // The units may come in another order, so one is asked for in the unit of the other.
        let same = if one.unit.is_empty() || one.unit == "%" {
            other.value
        } else {
            value(&format!("({b}) * ({a}) in {}", one.unit)).value
        };
        prop_assert!(apart(one.value, same) <= TEN_ROUNDINGS, "{one:?} {other:?}");
    }

    #[test]
    fn a_quotient_undoes_a_product(a in quantity(), b in quantity()) {
        let whole = value(&a);
        let back = calculate(&format!("a = {a}; b = {b}; (a * b / b) in {}", if whole.unit.is_empty() { "1/1" } else { &whole.unit }));
        if let Ok(back) = back {
            prop_assert!(apart(back.value, whole.value) <= TEN_ROUNDINGS, "{a} * {b}: {back:?}");
        } else {
            prop_assert!(whole.unit.is_empty(), "{a} * {b} / {b}: {back:?}");
        }
    }

    #[test]
    fn the_full_form_is_read_as_the_same_value(a in quantity(), b in quantity()) {
        for text in [a.clone(), format!("{a} * {b}"), format!("({a}) / ({b})")] {
            let answer = value(&text);
            let again = value(&answer.full());
            prop_assert_eq!((again.value, &again.unit), (answer.value, &answer.unit), "{} -> {}", text, answer.full());
            prop_assert_eq!(&again.dimension, &answer.dimension);
        }
    }

    #[test]
    fn the_text_is_near_the_value(a in quantity(), b in quantity()) {
        let answer = value(&format!("({a}) * ({b})"));
        let shown = value(&answer.text);
        // Three figures are off by at most 1 in 200. A time in two parts is rounded to the smaller one: the
        // worst is 1 min 0 s for 60.5 s (1 in 120), 1 h 0 min (1 in 120), 1 d 0 h (1 in 48).
        let unit = if answer.unit.is_empty() || answer.unit == "%" { return Ok(()) } else { &answer.unit };
        let again = number(&answer.text, unit);
        prop_assert!(apart(again, answer.value) <= 1.0 / 48.0, "{answer:?} {shown:?}");
    }

    #[test]
    fn a_sum_needs_like_units(x in amount(), y in amount(), (a, b) in (unit_of(2), unit_of(1))) {
        let text = format!("{x} {a} + {y} {b}");
        let fault = calculate(&text).expect_err(&text);
        prop_assert!(fault.message.starts_with("cannot add"), "{}", fault.message);
    }

    #[test]
    fn any_text_gives_a_value_or_a_fault(text in ".{0,60}") {
        sane(&text)?;
    }

    #[test]
    fn any_words_of_the_language_give_a_value_or_a_fault(
        words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..16),
        spaced in any::<u16>(),
    ) {
        let mut text = String::new();
        for (index, word) in words.iter().enumerate() {
            text.push_str(word);
            if spaced >> (index % 16) & 1 == 1 {
                text.push(' ');
            }
        }
        sane(&text)?;
    }

    #[test]
    fn any_bytes_give_a_value_or_a_fault(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        sane(&String::from_utf8_lossy(&bytes))?;
    }
}

const WORDS: [&str; 48] = [
    "1", "2.5", "1e300", "0", "1,000", "3", "k", "M", "million", "users", "reads", "KB", "GiB", "s", "day",
    "month", "$", "€", "%", "+", "-", "*", "/", "^", "!", "(", ")", ",", "=", "in", "->", "to", "of", "per",
    "±", "·", "x", "y", "max(", "round(", "sqrt(", "log2(", "#", "#=", ";", "\n", "Gbps", "b",
];

/// What must hold of any input: values are finite and can be read again, faults point into the text.
fn sane(text: &str) -> Result<(), TestCaseError> {
    match calculate(text) {
        Ok(answer) => {
            prop_assert!(answer.value.is_finite(), "{text:?}: {answer:?}");
            let again = calculate(&answer.full());
            let same =
                again.as_ref().is_ok_and(|again| again.value == answer.value && again.unit == answer.unit);
            prop_assert!(same, "{text:?}: {answer:?} is read again as {again:?}");
        }
        Err(fault) => {
            prop_assert!(text.get(fault.span.clone()).is_some(), "{text:?}: {fault:?}");
            prop_assert!(!fault.message.is_empty());
            prop_assert!(fault.show(text, Some(1), None).contains('^'));
        }
    }
    prop_assert_eq!(evaluate(text).lines.len(), text.lines().count());
    Ok(())
}
