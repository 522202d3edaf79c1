//! The estimates that the program teaches: the templates of sheets, and the deck of the drill.

use std::collections::BTreeMap;

use sysdrill::deck::Kind;
use sysdrill::envelope::{self, Outcome};
use sysdrill::library::{self, Library};

/// A template is one thought from a question to a decision. It is read beside its results, so it has to be short.
#[test]
fn every_template_ends_in_a_decision_that_its_numbers_bear() {
    let library = Library::load(&[]);
    assert!(library.sheets().len() >= 15, "{}", library.sheets().len());
    for file in library.sheets() {
        let (name, text) = (file.stem(), file.text.as_ref());
        let sheet = envelope::evaluate(text);
        let faults: Vec<_> = sheet.faults().collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");

        let title = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
        assert!(title.contains(": ") && title.ends_with('?'), "{name} asks nothing: {title}");
        assert!(title.chars().count() <= 56, "{name}: the title does not fit into the list");
        let last = text.trim_end().split("\n\n").last().unwrap_or_default();
        assert!(
            last.starts_with("# Decision: ") && last.lines().all(|line| line.starts_with("# ")),
            "{name}"
        );

        let asserted = text.lines().filter(|line| line.starts_with("#= ")).count();
        assert!(asserted >= 2, "{name} asserts {asserted} results");
        let shown = envelope::without_assertions(text);
        let lines = shown.lines().count();
        assert!((12..=36).contains(&lines), "{name} has {lines} lines");

        // Ranges that are inputs: a line that is nothing else drives itself alone.
        let values = sheet.lines.iter().filter_map(|line| match &line.outcome {
            Outcome::Value(answer) => Some((line.name.as_deref(), answer)),
            _ => None,
        });
        let mut inputs = 0;
        for (line, answer) in values {
            let drivers = answer.spread.iter().flat_map(|spread| &spread.drivers);
            inputs += usize::from(
                drivers.clone().count() == 1 && drivers.clone().any(|one| Some(&*one.name) == line),
            );
        }
        assert!(inputs >= 2, "{name} has {inputs} named ranges");
        assert!(text.matches(" to ").count() >= 3, "{name} takes nothing as uncertain");
        // Nothing that is worked out is left without a use: it is asserted, or another line names it.
        for (index, line) in sheet.lines.iter().enumerate() {
            let Some(defined) = &line.name else { continue };
            let rest: Vec<&str> = text.lines().skip(index + 1).collect();
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let code = |line: &&str| !line.starts_with('#');
            let used = rest
                .iter()
                .copied()
                .filter(code)
                .any(|line| line.split(|c| !is_word(c)).any(|word| word == defined));
            let held = rest.first().is_some_and(|next| next.starts_with("#= "));
            assert!(used || held, "{name}: '{defined}' leads to nothing");
        }
    }
}

#[test]
fn every_template_holds_under_check() {
    let checked = library::check(&Library::load(&[]));
    assert!(checked.sheets >= 15);
    let about_sheets: Vec<_> = checked.problems.iter().filter(|one| one.file.ends_with(".sheet")).collect();
    assert!(about_sheets.is_empty(), "{about_sheets:?}");
}

/// The id of a card, drawn values with their names, and the id of a published estimate.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// Cards of the drill with one of their drawn values each, and the published estimate that they come to.
const PUBLISHED: [Row; 19] = [
    ("mean-rate", &[("users", "1 million"), ("calls", "10")], "B001"),
    ("peak-rate", &[("reads", "2.5 billion"), ("peak", "3")], "B003"),
    ("by-the-month", &[("count", "250 billion")], "B007"),
    ("by-the-month", &[("count", "5 billion")], "B009"),
    ("by-the-month", &[("count", "100 million")], "B011"),
    ("polling", &[("clients", "10 million"), ("every", "30 s")], "B015"),
    ("five-years", &[("items", "10 million"), ("size", "1 KB"), ("copies", "1")], "B019"),
    ("text-of-a-year", &[("users", "500 million"), ("posts", "0.2"), ("size", "280 B")], "B021"),
    ("line-rate", &[("rate", "100"), ("size", "10 KB")], "B039"),
    ("line-rate", &[("rate", "36,000"), ("size", "10 KB")], "B041"),
    ("ingest", &[("size", "500 TB")], "B043"),
    ("copy-over-a-line", &[("size", "1 TB"), ("line", "10 Gbit/s")], "B045"),
    ("light-in-fibre", &[("distance", "8,790 km")], "B047"),
    ("restore", &[("size", "2 TB"), ("speed", "200 MB/s")], "B049"),
    ("pool", &[("rate", "2,000"), ("time", "5 ms")], "B067"),
    ("needed-hit-ratio", &[("reads", "200,000"), ("db", "10,000")], "B063"),
    ("shards", &[("data", "60 TB"), ("writes", "30,000")], "B091"),
    ("idempotency-keys", &[("rate", "2,000"), ("kept", "24 hours")], "B073"),
    ("log-retention", &[("rate", "200 MB/s"), ("kept", "7 days"), ("copies", "3")], "B037"),
];

#[test]
fn the_drill_comes_to_what_is_published() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/envelope/estimation.csv");
    let mut rows = csv::Reader::from_path(path).expect("the file is there");
    let published: BTreeMap<String, (f64, String)> = rows
        .records()
        .flatten()
        .map(|row| (row[0].to_string(), (row[4].parse().unwrap_or(f64::NAN), row[5].to_string())))
        .collect();
    let library = Library::load(&[]);
    for (id, drawn, row) in PUBLISHED {
        let card = library.card(&format!("back-of-envelope.{id}")).unwrap_or_else(|| panic!("no card {id}"));
        let Kind::Estimate { draw, sheet, .. } = &card.kind else { panic!("{id} asks for no estimate") };
        let mut sheet = sheet.clone();
        for (name, value) in drawn {
            let of = draw
                .iter()
                .find(|draw| draw.control == *name)
                .unwrap_or_else(|| panic!("{id} draws no {name}"));
            assert!(of.values.iter().any(|drawn| drawn == value), "{id} never draws {value}");
            sheet = sheet.replace(&format!("{{{name}}}"), value);
        }
        let answer = envelope::calculate(&sheet).unwrap_or_else(|fault| panic!("{id}: {fault}"));
        let (expected, unit) = &published[row];
        // What is counted has other names there, so only sizes and times are converted.
        let measured = ["TB", "GB", "GB/s", "Mbit/s", "Gbit/s", "min", "ms", "h"].contains(&unit.as_str());
        let value = if measured {
            let text = format!("({:e} {}) in {unit}", answer.value, answer.unit);
            envelope::calculate(&text).map_or(f64::NAN, |converted| converted.value)
        } else {
            answer.value
        };
        // Results have four figures.
        assert!((value / expected - 1.0).abs() <= 5e-4, "{id}: {value} {unit}, {row} says {expected}");
    }
}
