//! Beside other calculators: the same expressions, drawn from seeds, with the units that both know.

use std::process::{Command, Stdio};

use sysdrill::envelope;
use sysdrill::sim::{Rng, Seed};

use super::generate::{Expression, expression};

/// How many expressions are compared with each.
const EXPRESSIONS: usize = 2_000;

/// Both compute in binary or rational numbers and show 15 figures: what remains is a few roundings of ours, and what a
/// difference of near numbers makes of them. A wrong factor is 8, 1000/1024 or more, 24/1024 at the least.
const NEAR: f64 = 1e-9;

fn expressions(label: &str) -> impl Iterator<Item = Expression> {
    let mut random = Rng::stream(Seed(7), label);
    std::iter::repeat_with(move || expression(&mut random)).take(EXPRESSIONS)
}

/// The number at the start of what a calculator prints: `approx. 0.333 kB / hour`, `−5 s`.
fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_start_matches("approx. ").replace('\u{2212}', "-");
    let first = text.split_whitespace().next()?;
    match first.strip_suffix('%') {
        Some(hundredths) => Some(hundredths.parse::<f64>().ok()? / 100.0),
        None => first.parse().ok(),
    }
}

/// Compares one result; whether both had a value.
fn compare(name: &str, ours: &str, other: &str, printed: Result<String, String>) -> bool {
    match (envelope::calculate(ours), printed) {
        (Ok(answer), Ok(printed)) => {
            let theirs = number(&printed);
            let theirs = theirs.unwrap_or_else(|| panic!("{name} prints {printed:?} for {other}"));
            let value = if answer.unit == "%" { answer.value / 100.0 } else { answer.value };
            let scale = value.abs().max(theirs.abs());
            assert!(
                (value - theirs).abs() <= NEAR * scale,
                "{ours} is {value} here; {name} says {printed:?} for {other}"
            );
            true
        }
        (Err(fault), Ok(printed)) => {
            panic!("{name} says {printed:?}, and here:\n{}", fault.show(ours, None, None))
        }
        // What divides by zero has no value anywhere.
        (Err(fault), Err(_)) => {
            assert!(fault.message.contains("zero"), "{ours}: {fault}");
            false
        }
        (Ok(answer), Err(error)) => panic!("{ours} is {} here; {name}: {error} for {other}", answer.full()),
    }
}

#[test]
fn fend_agrees() {
    let mut context = fend_core::Context::new();
    let mut compared = 0;
    for Expression { ours, fend, .. } in expressions("fend") {
        let printed =
            fend_core::evaluate(&fend, &mut context).map(|result| result.get_main_result().to_string());
        compared += usize::from(compare("fend", &ours, &fend, printed));
    }
    assert!(compared > EXPRESSIONS * 9 / 10, "{compared}");
}

/// Runs where `qalc` is installed; it reads all expressions from one file.
#[test]
fn qalculate_agrees() {
    let installed =
        Command::new("qalc").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("qalc is not installed: nothing is compared with it");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("expressions");
    let all: Vec<Expression> = expressions("qalc").collect();
    let lines: Vec<&str> = all.iter().map(|expression| expression.qalc.as_str()).collect();
    std::fs::write(&file, lines.join("\n") + "\n").expect("it can be written");
    let mut command = Command::new("qalc");
    command
        .args([
            "-t",
            "-set",
            "precision 17",
            "-set",
            "unicode off",
            "-set",
            "exp mode 3",
            "-set",
            "maxdeci off",
            "-f",
        ])
        .arg(&file);
    // Its own settings and history stay as they are.
    command
        .env("XDG_CONFIG_HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path());
    let output = command.output().expect("qalc starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let results: Vec<&str> = printed.lines().filter(|line| !line.trim().is_empty()).collect();
    assert_eq!(results.len(), all.len(), "one result a line");
    let mut compared = 0;
    for (Expression { ours, qalc, .. }, result) in all.iter().zip(results) {
        let result = if number(result).is_some() { Ok(result.to_string()) } else { Err(result.to_string()) };
        compared += usize::from(compare("qalc", ours, qalc, result));
    }
    assert!(compared > EXPRESSIONS * 9 / 10, "{compared}");
}
