//! Tables: CSV whose first line names the columns.
//!
//! Texts are Markdown, as in deck files. The separator is found out; without a line of names the first two columns
//! are question and answer.

use std::collections::HashMap;

use super::decks::{Asked, Decks};
use super::face::{back_of, front_of};
use super::names::{id_of_text, our_guid, ours};
use super::{ExchangeError, Imported, Note, Outgoing};
use crate::deck::{Kind, Weight, gaps, with_answers};

/// The columns that are known, each with the names that it may have.
const COLUMNS: [(&str, &[&str]); 9] = [
    ("question", &["question", "front", "prompt", "term", "q"]),
    ("answer", &["answer", "back", "response", "definition", "a"]),
    ("id", &["id"]),
    ("deck", &["deck", "topic"]),
    ("kind", &["kind"]),
    ("why", &["why", "explanation", "extra", "notes"]),
    ("weight", &["weight"]),
    ("hint", &["hint", "hints"]),
    ("see", &["see"]),
];

/// A reader of lines in columns.
pub(super) fn reader(text: &str, separator: u8, comments: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .comment(comments.then_some(b'#'))
        .from_reader(text.as_bytes())
}

/// The separator that parts the first lines into the same number of columns, the most of them.
pub(super) fn sniffed(text: &str) -> u8 {
    let mut end = text.len().min(64 << 10);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let columns = |separator: u8| {
        let mut lines = reader(&text[..end], separator, false);
        let counts: Vec<usize> = lines.records().take(20).flatten().map(|record| record.len()).collect();
        let first = counts.first().copied().unwrap_or(1);
        let same = counts.iter().filter(|count| **count == first).count();
        if first < 2 { (0, 0) } else { (same * 100 / counts.len().max(1), first) }
    };
    let best = [b'|', b';', b',', b'\t'].into_iter().max_by_key(|&separator| columns(separator));
    best.filter(|&separator| columns(separator).1 > 1).unwrap_or(b',')
}

/// Reads a table.
///
/// # Errors
/// Where there is no column to ask.
pub(super) fn import(name: &str, text: &str) -> Result<Imported, ExchangeError> {
    let mut imported = Imported::default();
    let mut decks = Decks::default();
    let mut rows = reader(text, sniffed(text), false).into_records().peekable();
    let mut columns: HashMap<&str, usize> = HashMap::new();
    if let Some(Ok(first)) = rows.peek() {
        for (at, title) in first.iter().enumerate() {
            let title = title.trim().trim_start_matches('\u{feff}').to_ascii_lowercase();
            let known = COLUMNS.iter().find(|(_, names)| names.contains(&title.as_str()));
            if let Some((column, _)) = known {
                columns.entry(column).or_insert(at);
            }
        }
    }
    if columns.contains_key("question") {
        rows.next();
    } else if columns.is_empty() {
        imported.notes.push(Note::new(
            name,
            "the first line names no columns: the first two are taken as question and answer",
        ));
        columns = HashMap::from([("question", 0), ("answer", 1)]);
    } else {
        return Err(ExchangeError::Text { line: 1, message: "no column is called 'question'".to_string() });
    }
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                imported.notes.push(Note::new(name, error.to_string()));
                continue;
            }
        };
        let place = format!("{name}:{}", row.position().map_or(0, csv::Position::line));
        let column = |name: &str| columns.get(name).and_then(|at| row.get(*at)).unwrap_or_default().trim();
        if let Err(message) = take(&column, name, &mut decks) {
            imported.notes.push(Note::new(place, message));
        }
    }
    imported.decks = decks.finish();
    Ok(imported)
}

fn take<'r>(column: &impl Fn(&str) -> &'r str, file: &str, decks: &mut Decks) -> Result<(), String> {
    let question = column("question");
    if question.is_empty() {
        return Err("the question is empty".to_string());
    }
    let gaps: Vec<_> = if column("kind") == "cloze" { gaps(question).0 } else { Vec::new() };
    let kind = if gaps.is_empty() {
        if column("answer").is_empty() {
            return Err("the answer is empty".to_string());
        }
        Kind::Basic { answer: column("answer").to_string(), accept: Vec::new() }
    } else {
        Kind::Cloze { gaps: gaps.into_iter().map(|placed| placed.gap).collect(), typed: false }
    };
    let weight = match column("weight") {
        "core" => Weight::Core,
        "deep" => Weight::Deep,
        _ => Weight::Standard,
    };
    let asked = Asked {
        why: column("why").to_string(),
        hints: Some(column("hint").to_string()).filter(|hint| !hint.is_empty()).into_iter().collect(),
        weight,
        see: Some(column("see").to_string()).filter(|see| !see.is_empty()),
        ..Asked::new(question.to_string(), kind)
    };
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = Some(column("deck")).filter(|name| !name.is_empty()).unwrap_or(stem);
    let guid = our_guid(column("id"));
    let added = match ours(&guid) {
        Some((topic, id)) => decks.with_topic(topic, name).add(id.to_string(), asked),
        None if column("id").is_empty() => decks.named(name).add(id_of_text("csv", question), asked),
        None => decks.named(name).add(id_of_text("csv", column("id")), asked),
    };
    added.map(|_| ()).ok_or_else(|| "the same card stands above: it is left out".to_string())
}

/// The cards as a table, with where they stand.
///
/// # Errors
/// Where the table cannot be made.
pub(super) fn export(outgoing: &Outgoing) -> Result<Vec<u8>, ExchangeError> {
    let cannot = |error: &dyn std::fmt::Display| ExchangeError::Unwritable(error.to_string());
    let mut table = csv::Writer::from_writer(Vec::new());
    let titles = [
        "id",
        "deck",
        "kind",
        "question",
        "answer",
        "why",
        "weight",
        "hint",
        "due",
        "stability",
        "difficulty",
        "reps",
        "lapses",
        "suspended",
        "flagged",
    ];
    table.write_record(titles).map_err(|error| cannot(&error))?;
    for deck in &outgoing.decks {
        for card in &deck.cards {
            let state = outgoing.states.get(&card.id.0).copied().unwrap_or_default();
            let mark = outgoing.marks.get(&card.id.0).cloned().unwrap_or_default();
            let cloze = matches!(card.kind, Kind::Cloze { .. });
            // The explanation has its own column.
            let plain = crate::deck::Card { why: String::new(), ..card.clone() };
            let due = state.due().map(|due| due.moment(outgoing.now.offset_minutes).to_string());
            table
                .write_record([
                    card.id.0.clone(),
                    deck.title.clone(),
                    card.kind.name().to_string(),
                    if cloze { card.question.clone() } else { front_of(card) },
                    if cloze { with_answers(&card.question) } else { back_of(&plain) }.trim_end().to_string(),
                    card.why.clone(),
                    card.weight.name().to_string(),
                    card.hints.join("\n"),
                    due.unwrap_or_default(),
                    state.memory.map_or(String::new(), |memory| memory.stability.to_string()),
                    state.memory.map_or(String::new(), |memory| memory.difficulty.to_string()),
                    state.reps.to_string(),
                    state.lapses.to_string(),
                    mark.suspended.to_string(),
                    mark.flagged.to_string(),
                ])
                .map_err(|error| cannot(&error))?;
        }
    }
    table.into_inner().map_err(|error| cannot(&error))
}
