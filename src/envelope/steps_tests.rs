//! Steps of lines: what they say, and that what they say is right.

use proptest::prelude::*;

use super::{Outcome, Step, StepKind, calculate, evaluate, steps};

/// The steps of the last line of a sheet, as `text = result`.
fn last(sheet: &str) -> Vec<String> {
    let steps = steps(sheet, sheet.lines().count());
    steps.into_iter().map(|step: Step| format!("{} = {}", step.text, step.result)).collect()
}

#[test]
fn a_line_comes_about_step_by_step() {
    let check = |sheet: &str, expected: &[&str]| assert_eq!(last(sheet), expected, "{sheet}");
    let feed = "dau = 200M to 500M users\nreads = dau * 20 reads/user/day\n";
    check(
        &format!("{feed}storage = dau * 0.2 posts/user/day * 1.2 KB/post * 5 years"),
        &[
            "316 M users × 0.2 posts/user/day = 63.2 M posts/day",
            "× 1.2 KB/post = 75.9 GB/day",
            "× 5 years (1,825 days) = 139 TB",
            "users × posts/user/day × KB/post × years = TB",
        ],
    );
    check(
        feed,
        &[
            "316 M users × 20 reads/user/day = 6.32 billion reads/day",
            "in reads/s: ÷ 86,400 = 73.2 k reads/s",
            "users × reads/user/day = reads/s",
        ],
    );
    check("dau = 200M to 500M users", &["200M to 500M users, log-normal = 316 M users"]);
    check("100 ± 20 ms", &["100 ± 20 ms, normal = 100 ms"]);
    check("2 * (uniform 2 to 5)", &["2 to 5, uniform = 3.5", "2 × 3.5 = 7"]);
    check(
        "500 million users * 5 reads/user/day in reads/s",
        &[
            "500 M users × 5 reads/user/day = 2.5 billion reads/day",
            "in reads/s: ÷ 86,400 = 28,935 reads/s",
            "users × reads/user/day = reads/s",
        ],
    );
    // The eight bits of a byte are a factor of the calculation, so they are shown.
    check("8 TB / 10 Gbit/s", &["8 TB ÷ 10 Gbit/s (1.25 GB/s) = 1 h 47 min", "TB ÷ (Gbit/s) = h"]);
    check(
        "30 * (10 ms + 256 KB / 30 MB/s)",
        &["256 KB ÷ 30 MB/s = 8.53 ms", "10 ms + 8.53 ms = 18.5 ms", "30 × 18.5 ms = 556 ms"],
    );
    check(
        "max(60 TB / (5 TB/shard), 30 shards)",
        &["60 TB ÷ 5 TB/shard = 12 shards", "max(12 shards, 30 shards) = 30 shards"],
    );
    check("2 * 3 + 4 * 5", &["2 × 3 = 6", "4 × 5 = 20", "6 + 20 = 26"]);
    check("10^6 users * 3", &["10^6 users × 3 = 3 M users"]);
    check("5 GB in MB", &["5 GB in MB: × 1,000 = 5,000 MB"]);
    check("1/4 in %", &["1 ÷ 4 = 0.25", "in %: × 100 = 25%"]);
    check("4!", &["4! = 24"]);
    for nothing in ["5 users", "x = 5 users\nx", "1 +", "# note", "", "x = 2 * y"] {
        check(nothing, &[]);
    }
    assert_eq!(steps("1 + 1", 0), []);
    assert_eq!(steps("1 + 1", 2), []);
}

#[test]
fn a_range_is_the_same_in_the_steps_as_in_the_line() {
    let steps = last("(10 to 30 users) * (10 to 30) + 0 users");
    let result = |step: &str| step.rsplit(" = ").next().unwrap_or_default().to_string();
    assert_eq!((steps.len(), result(&steps[2])), (4, result(&steps[3])), "{steps:?}");
}

#[test]
fn steps_say_what_kind_they_are() {
    let kinds: Vec<StepKind> =
        steps("(1M to 2M users) * 3 reads/user/day", 1).into_iter().map(|step| step.kind).collect();
    use StepKind::{Conversion, Operation, Range, Units};
    assert_eq!(kinds, [Range, Operation, Conversion, Units]);
}

#[test]
fn long_lines_have_short_steps() {
    let sum = format!("1{}", "+1".repeat(990));
    let long = last(&sum);
    assert_eq!(long.len(), 41);
    assert_eq!(long.last().map(String::as_str), Some("… and 950 more = 991"));
    let call = format!("max({})", vec!["123456"; 200].join(", "));
    assert!(steps(&call, 1).iter().all(|step| step.text.chars().count() <= 90));
}

const PARTS: [&str; 10] =
    ["3 users", "2.5", "40%", "7 KB", "90 s", "5 users/day", "2 to 9 users", "a", "b", "12 GB/month"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// The last step that calculates comes to the very text of the line, and lines that a line does not use change
    /// nothing about its steps.
    #[test]
    fn the_last_step_is_the_answer(
        parts in proptest::collection::vec((0..PARTS.len(), proptest::sample::select(vec!["*", "/", "+", "-"])), 2..6),
    ) {
        let mut line = String::new();
        for (at, (part, operator)) in parts.iter().enumerate() {
            line.push_str(if at > 0 { operator } else { "" });
            line.push_str(&format!(" ({}) ", PARTS[*part]));
        }
        let sheet = format!("a = 4 to 5 users\nb = 6 KB/user\nunused = a * 7 to 9\n{line}");
        let steps = steps(&sheet, 4);
        match &evaluate(&sheet).lines[3].outcome {
            Outcome::Value(answer) => {
                let calculates = |step: &&Step| step.kind != StepKind::Units;
                let last = steps.iter().rev().find(calculates);
                prop_assert_eq!(last.map(|step| &step.result), Some(&answer.text), "{}", line);
            }
            _ => prop_assert!(steps.is_empty(), "{}", line),
        }
    }

    /// Without ranges a step can be typed in again and comes to what it says, but for the figures that are left out.
    #[test]
    fn a_step_is_true(a in 1..100_000_u32, b in 1..100_u32, c in 1..1000_u32) {
        let line = format!("{a} users * {b} posts/user/day * {c} B/post");
        let mut before = String::new();
        for step in steps(&line, 1) {
            let text = match step.kind {
                StepKind::Operation if step.text.starts_with('×') => format!("{before} {}", step.text),
                StepKind::Operation => step.text.clone(),
                StepKind::Conversion => format!("{before} in B/day"),
                _ => continue,
            };
            let value = calculate(&format!("({text}) in {}", if step.result.ends_with("day") && step.result.contains("posts") { "posts/day" } else { "B/day" }));
            let result = calculate(&format!("({}) in {}", step.result, if step.result.contains("posts") { "posts/day" } else { "B/day" }));
            let (value, result) = (value.map(|answer| answer.value), result.map(|answer| answer.value));
            // Three figures on both sides of an operation: 1 in 200 each.
            let near = match (&value, &result) {
                (Ok(value), Ok(result)) => (value / result - 1.0).abs() < 0.015,
                _ => false,
            };
            prop_assert!(near, "{step:?}: {value:?} {result:?}");
            before = step.result;
        }
    }

    #[test]
    fn any_text_has_steps_or_none(text in "[a-c0-9 =*/+%().!to\n]{0,60}", line in 0..8_usize) {
        let _ = steps(&text, line);
    }
}
