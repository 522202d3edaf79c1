//! Ours beside another implementation: the pip package `fsrs` 6.3.2, which computes in double precision and shares no
//! code with the crate behind `memory`.
//!
//! `tests/data/fsrs/histories.txt` holds 1800 random histories under 30 sets of rules with what the package made of
//! them; `tests/fsrs/make.py` made it and says how. Where Python has the package, fresh histories are compared too.
//! Each answer is checked twice. From the state that the package had before it, one step must lead to the package's
//! next state, up to the rounding of single precision. And played from the beginning, it must give the same
//! intervals.

use std::process::Command;

use sysdrill::memory::{CardState, Grade, Interval, Memory, Moment, Rules, Scheduler};

/// Half a unit in the last place of single precision, relative: 2^-24.
const U: f64 = 5.96e-8;

/// What recall in single precision is off by, at most. Its base 1 + factor * t / S is off by 25 units: `factor` is
/// 0.9^(-1/decay) - 1, whose power is off by the rounding of 1/decay * ln 0.9 (10 units at the smallest decay, 0.1) and whose
/// difference at the largest, 0.8, leaves 0.14 of 1.14. To the power of at most 0.8 that is 20.
const RECALL: f64 = 20.0 * U;

/// What was compared.
#[derive(Debug, Default)]
struct Compared {
    histories: usize,
    answers: usize,
    /// Intervals that another rounding of the last bits makes a day longer or shorter.
    on_the_edge: usize,
}

struct Answer {
    grade: Grade,
    days: u32,
    memory: Memory,
    interval: Interval,
}

#[test]
fn the_histories_of_the_package_come_out_the_same() {
    let compared = compare(include_str!("data/fsrs/histories.txt"));
    assert!(compared.histories == 1800 && compared.answers > 8_000, "{compared:?}");
    assert!(compared.on_the_edge * 1000 < compared.answers, "{compared:?}");
}

#[test]
fn fresh_histories_come_out_the_same_where_the_package_is_installed() {
    let python = std::env::var("SYSDRILL_PYTHON").unwrap_or_else(|_| "python3".to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fsrs/make.py");
    for seed in ["1", "2"] {
        let Ok(made) = Command::new(&python).args([script, seed]).output() else {
            return eprintln!("skipped: there is no {python}");
        };
        if made.status.code() == Some(77) {
            return eprintln!("skipped: {python} has no package fsrs");
        }
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let compared = compare(&String::from_utf8_lossy(&made.stdout));
        assert!(compared.answers > 8_000 && compared.on_the_edge * 1000 < compared.answers, "{compared:?}");
    }
}

fn compare(text: &str) -> Compared {
    let mut compared = Compared::default();
    let mut scheduler = Scheduler::default();
    for (line, number) in text.lines().zip(1..) {
        if let Some(rules) = line.strip_prefix("rules ") {
            scheduler = Scheduler::new(read_rules(rules)).expect("rules of the package");
            continue;
        }
        let (answers, later) = line.rsplit_once('|').expect("answers, then a recall");
        let answers: Vec<Answer> = answers.split('|').map(read_answer).collect();
        compared.histories += 1;
        compared.answers += answers.len();
        compared.on_the_edge += play(&scheduler, &answers, number);
        step_by_step(&scheduler, &answers, number);
        let (days, recall) = later.split_once(' ').expect("days and a recall");
        let (days, recall): (f64, f64) = (number_in(days), number_in(recall));
        let memory = answers.last().expect("a history has answers").memory;
        // Six digits are written.
        let ours = scheduler.recall(memory, days);
        assert!((ours - recall).abs() < RECALL + 1e-6, "line {number}: recall {ours}, not {recall}");
    }
    compared
}

/// Plays a history from the beginning and compares phases and intervals; how many intervals differ by a rounding.
fn play(scheduler: &Scheduler, answers: &[Answer], line: usize) -> usize {
    let mut state = CardState::default();
    let mut now: Moment = "2026-01-01T05:00:00Z".parse().expect("a time");
    let mut on_the_edge = 0;
    for (answer, place) in answers.iter().zip(1..) {
        now = now.plus_minutes(answer.days * 1440 + 1);
        state = scheduler.answer(&state, answer.grade, now, 0);
        let interval = state.interval().expect("an answered card is due");
        if interval == answer.interval {
            continue;
        }
        let (Interval::Days(ours), Interval::Days(theirs)) = (interval, answer.interval) else {
            panic!("line {line}, answer {place}: {interval:?}, not {:?}", answer.interval);
        };
        // A whole history of roundings: 12 answers that each add at most what `step_by_step` allows.
        let off = f64::from(ours.abs_diff(theirs)) - 1.0;
        assert!(off <= 1e-4 * f64::from(theirs), "line {line}, answer {place}: {ours} days, not {theirs}");
        on_the_edge += 1;
    }
    on_the_edge
}

/// Compares each single step with the package's, from the package's state.
fn step_by_step(scheduler: &Scheduler, answers: &[Answer], line: usize) {
    let mut before: Option<Memory> = None;
    for (answer, place) in answers.iter().zip(1..) {
        let now: Moment = "2026-06-01T05:00:00Z".parse().expect("a time");
        let last_review = Moment { utc_millis: now.utc_millis - i64::from(answer.days) * 86_400_000, ..now };
        let state =
            CardState { memory: before, last_review: before.map(|_| last_review), ..CardState::default() };
        let after = scheduler.answer(&state, answer.grade, now, 0).memory.expect("answered");
        let stability = f64::from(answer.memory.stability);
        let off = (f64::from(after.stability) / stability - 1.0).abs();
        let allowed = tolerance(scheduler, before, answer);
        assert!(
            off <= allowed,
            "line {line}, answer {place}: {after:?}, not {:?} ({allowed})",
            answer.memory
        );
        // Some additions of numbers up to 10; seven digits are written.
        let off = f64::from((after.difficulty - answer.memory.difficulty).abs());
        assert!(off < 10.0 * 16.0 * U, "line {line}, answer {place}: {after:?}, not {:?}", answer.memory);
        before = Some(answer.memory);
    }
}

/// How far a stability may be off after one step, relative: what single precision makes of the formulas of FSRS-6.
fn tolerance(scheduler: &Scheduler, before: Option<Memory>, answer: &Answer) -> f64 {
    // The operations of the formula itself, among them powers and exponentials of exponents up to 10.
    let plain = 50.0 * U;
    let Some(before) = before else { return plain };
    let parameter = |index: usize| f64::from(scheduler.rules().parameters[index]);
    let (stability, next) = (f64::from(before.stability), f64::from(answer.memory.stability));
    let recall = scheduler.recall(before, f64::from(answer.days));
    if answer.days == 0 {
        return plain;
    }
    if answer.grade == Grade::Again {
        // (S + 1)^w13 - 1 loses digits where S is small, and e^(w14 (1 - R)) takes over what R is off.
        let power = (stability + 1.0).powf(parameter(13));
        return plain + 4.0 * U * power / (power - 1.0) + parameter(14) * RECALL;
    }
    // The growth is a product with e^(w10 (1 - R)) - 1, which loses digits where R is near 1.
    let growth = (next / stability - 1.0).max(0.0);
    let exponent = (parameter(10) * (1.0 - recall)).max(1e-12);
    let lost = (parameter(10) * RECALL + 4.0 * U) * exponent.exp() / exponent.exp_m1();
    plain + growth / (1.0 + growth) * lost
}

fn read_rules(text: &str) -> Rules {
    let words: Vec<&str> = text.split(' ').collect();
    let steps = |word: &str| match word {
        "-" => vec![],
        list => list.split(',').map(number_in).collect(),
    };
    Rules {
        retention: number_in(words[0]),
        fuzz: false,
        steps: steps(words[1]),
        relearning_steps: steps(words[2]),
        maximum_days: number_in(words[3]),
        parameters: words[4..].iter().map(|word| number_in(word)).collect(),
    }
}

fn read_answer(text: &str) -> Answer {
    let words: Vec<&str> = text.split(' ').collect();
    Answer {
        grade: Grade::from_number(number_in(words[0])).expect("a grade"),
        days: number_in(words[1]),
        memory: Memory { stability: number_in(words[2]), difficulty: number_in(words[3]) },
        interval: match words[4].strip_suffix('m') {
            // Half minutes, between two steps, are dropped by ours.
            Some(minutes) => Interval::Minutes(number_in::<f64>(minutes) as u32),
            None => Interval::Days(number_in(words[4])),
        },
    }
}

fn number_in<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("'{word}' is no number"))
}
