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
