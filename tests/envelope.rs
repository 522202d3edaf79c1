//! The calculator as a whole: published estimates, other calculators, every kind of mistake, any bytes, and the
//! examples of its manual.

#[path = "envelope/generate.rs"]
mod generate;
#[path = "envelope/laws.rs"]
mod laws;
#[path = "envelope/peers.rs"]
mod peers;

use std::fs;
use std::path::{Path, PathBuf};

use sysdrill::envelope;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Every row says where its estimate is published, and the result that was computed for it without any units.
#[test]
fn published_estimates_come_out() {
    let mut rows = csv::Reader::from_path(data("envelope/estimation.csv")).expect("the file is there");
    let mut count = 0;
    for row in rows.deserialize() {
        let (id, _, _, expression, result, unit, _): (
            String,
            String,
            String,
            String,
            String,
            String,
            String,
        ) = row.expect("seven fields");
        // The last line of several is the result.
        let (before, last) = expression.rsplit_once("; ").unwrap_or(("", &expression));
        let text = match unit.as_str() {
            "" => expression.clone(),
            unit => format!("{before}\n({last}) in {unit}"),
        };
        let answer = envelope::calculate(&text)
            .unwrap_or_else(|fault| panic!("{id}: {}", fault.show(&text, None, None)));
        let scale = [("trillion", 1e12), ("billion", 1e9), ("million", 1e6)];
        let size = scale.iter().find(|(word, _)| unit.starts_with(word)).map_or(1.0, |(_, size)| *size);
        let expected: f64 = result.parse().expect("a number");
        // The results have four figures or more, so they are off by half of one in the fourth: at most 1 in 2000.
        let error = (answer.value / size / expected - 1.0).abs();
        assert!(error <= 5e-4, "{id}: {text} is {} {unit}, not {expected}", answer.value / size);
        count += 1;
    }
    assert_eq!(count, 50);
}

/// Lines that people write, each with the characters under the carets, the reason and what to do. To see what a change
/// of messages comes to, run with `UPDATE_WRONG=1` and read the difference.
#[test]
fn every_mistake_has_a_place_a_reason_and_a_suggestion() {
    let path = data("envelope/wrong.csv");
    let mut rows = csv::Reader::from_path(&path).expect("the file is there");
    let mut said = csv::Writer::from_writer(Vec::new());
    said.write_record(["line", "under", "message", "help"]).expect("into memory");
    let mut count = 0;
    for row in rows.deserialize() {
        let (line, _, _, _): (String, String, String, String) = row.expect("four fields");
        let Err(fault) = envelope::calculate(&line) else { panic!("{line} has a value") };
        let help = fault.help.clone().unwrap_or_default();
        assert!(!help.is_empty(), "no suggestion: {}", fault.show(&line, None, None));
        let under = line.get(fault.span.clone()).expect("within the line");
        // An empty place is where something is missing, and that is at an end.
        assert!(!under.is_empty() || line[fault.span.end..].trim().is_empty(), "{line}");
        assert!(fault.message.len() + help.len() < 240, "{line}: too long to read");
        said.write_record([line.as_str(), under, &fault.message, &help]).expect("into memory");
        count += 1;
    }
    assert!(count >= 150, "{count}");
    let said = String::from_utf8(said.into_inner().expect("into memory")).expect("text");
    if std::env::var_os("UPDATE_WRONG").is_some() {
        fs::write(&path, said).expect("it can be written");
        return;
    }
    let before = fs::read_to_string(&path).expect("the file is there");
    for (now, before) in said.lines().zip(before.lines()) {
        assert_eq!(now, before);
    }
    assert_eq!(said.lines().count(), before.lines().count());
}

/// What the fuzz target `calc` starts from and what it found, with the same laws.
#[test]
fn what_the_fuzzer_found_obeys() {
    let mut count = 0;
    for entry in fs::read_dir(data("fuzz/calc")).expect("the corpus is there").flatten() {
        let bytes = fs::read(entry.path()).expect("it can be read");
        laws::hold(&String::from_utf8_lossy(&bytes));
        count += 1;
    }
    assert!(count >= 8, "{count}");
}
