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

/// Every example of the manual: sheets hold what they assert, tables show their results, and wrong lines are told as
/// they stand there.
#[test]
fn the_manual_tells_the_truth() {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/envelope.md");
    let manual = fs::read_to_string(manual).expect("the manual is there");
    let (mut sheets, mut faults, mut results) = (0, 0, 0);
    let mut blocks = manual.split("\n```");
    let mut prose = String::from(blocks.next().unwrap_or_default());
    while let (Some(block), after) = (blocks.next(), blocks.next()) {
        let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
        match kind {
            "calc" => {
                let sheet = envelope::evaluate(body);
                let wrong: Vec<String> = sheet
                    .faults()
                    .map(|(line, fault)| format!("{line}: {fault}; {:?}", fault.help))
                    .collect();
                assert!(wrong.is_empty(), "{body}\n{wrong:?}");
                sheets += 1;
            }
            "fault" => {
                let (line, told) = body.split_once('\n').expect("a line and what is said of it");
                let fault = envelope::calculate(line).expect_err(line);
                assert_eq!(fault.show(line, None, None), told);
                faults += 1;
            }
            "" => {}
            other => panic!("a block of kind {other:?}"),
        }
        prose.push_str(after.unwrap_or_default());
    }
    for row in prose.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let (example, result) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let example = example.trim_matches('`');
        let answer = envelope::calculate(example);
        let answer = answer.unwrap_or_else(|fault| panic!("{}", fault.show(example, None, None)));
        assert_eq!(answer.text, result, "{example}");
        results += 1;
    }
    assert!(
        sheets >= 2 && faults >= 3 && results >= 40,
        "{sheets} sheets, {faults} faults, {results} results"
    );
    for function in envelope::functions() {
        assert!(prose.contains(&format!("`{}", function.name)), "{} is not in the manual", function.name);
    }
}

/// Each function has an example in its help, and it has a value.
#[test]
fn examples_of_functions_have_values() {
    for function in envelope::functions() {
        let answer = envelope::calculate(function.example);
        assert!(answer.is_ok(), "{}: {answer:?}", function.example);
        assert!(function.form.starts_with(&format!("{}(", function.name)) && !function.what.is_empty());
    }
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
