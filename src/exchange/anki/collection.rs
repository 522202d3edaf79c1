//! The rows of a collection, of schema 11 and of schema 18, as plain data.
//!
//! Schema 11 keeps note types, decks and settings as JSON in one row; schema 18 has tables for them, with messages in
//! blobs. Notes, cards and the log of answers are the same in both. The database is read in memory and never
//! written. Where a page of it is damaged SQLite stops there, so each table is read from its other end too: what is
//! lost is what lies in between.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::proto;
use crate::exchange::{ExchangeError, Note};
use crate::memory::{Moment, StudyDay};

/// A collection.
#[derive(Debug)]
pub(super) struct Collection {
    /// The study day from which due days are counted.
    pub first_day: StudyDay,
    pub notetypes: HashMap<i64, NoteType>,
    /// The names of decks, parts of a name parted by `::`.
    pub decks: HashMap<i64, String>,
    pub notes: Vec<NoteRow>,
    /// By note.
    pub cards: HashMap<i64, Vec<CardRow>>,
    /// By card, in the order of time.
    pub answers: HashMap<i64, Vec<AnswerRow>>,
    /// What could not be read.
    pub problems: Vec<Note>,
}

/// How notes of a kind become cards.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NoteType {
    pub name: String,
    pub cloze: bool,
    /// The names of the fields, in order.
    pub fields: Vec<String>,
    /// The front and back of each card, as templates.
    pub templates: Vec<(String, String)>,
}

/// A note.
#[derive(Debug)]
pub(super) struct NoteRow {
    pub id: i64,
    pub guid: String,
    pub notetype: i64,
    pub tags: String,
    pub fields: Vec<String>,
}

/// A card and where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct CardRow {
    pub id: i64,
    pub deck: i64,
    pub ord: u32,
    /// 0 new, 1 learning, 2 review, 3 relearning.
    pub kind: i64,
    /// -3 and -2 buried, -1 suspended, 1 learning to the second, 2 and 3 due on a day.
    pub queue: i64,
    pub due: i64,
    pub interval: i64,
    pub factor: i64,
    pub reps: u32,
    pub lapses: u32,
    /// Steps left, and thousands of others.
    pub left: i64,
    pub flags: i64,
    /// Stability, difficulty and the time of the last answer, where the card has them.
    pub stability: Option<f64>,
    pub difficulty: Option<f64>,
    pub last_seconds: Option<i64>,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerRow {
    /// When, in milliseconds; the row's name too.
    pub id: i64,
    /// 1 to 4; 0 where the schedule was set by hand.
    pub ease: i64,
    /// Days, or seconds below zero.
    pub interval: i64,
    pub last_interval: i64,
    pub factor: i64,
    pub took_millis: i64,
    /// 0 learning, 1 review, 2 relearning, 3 in a filtered deck, 4 by hand, 5 rescheduled.
    pub kind: i64,
}

/// Reads a collection. `now` says by which clock days are counted where the collection does not.
pub(super) fn read(bytes: Vec<u8>, now: Moment) -> Result<Collection, ExchangeError> {
    let connection = open(bytes)?;
    let damaged = |error: rusqlite::Error| ExchangeError::Damaged(error.to_string());
    let version: i64 = connection.query_row("SELECT ver FROM col", [], |row| row.get(0)).map_err(damaged)?;
    let mut collection = Collection {
        first_day: first_day(&connection, now).map_err(damaged)?,
        notetypes: HashMap::new(),
        decks: HashMap::new(),
        notes: Vec::new(),
        cards: HashMap::new(),
        answers: HashMap::new(),
        problems: Vec::new(),
    };
    if table_is_there(&connection, "notetypes") {
        for table in ["fields", "templates", "decks"] {
            needs_table(&connection, table)?;
        }
        read_tables(&connection, &mut collection).map_err(damaged)?;
    } else if version <= 11 {
        read_json(&connection, &mut collection).map_err(damaged)?;
    } else {
        return Err(ExchangeError::Damaged(format!("a collection of version {version} without note types")));
    }
    read_notes(&connection, &mut collection);
    read_cards(&connection, &mut collection);
    read_answers(&connection, &mut collection);
    Ok(collection)
}

/// Opens the bytes of a database, to be read in memory.
fn open(mut bytes: Vec<u8>) -> Result<Connection, ExchangeError> {
    let damaged = |error: rusqlite::Error| ExchangeError::Damaged(error.to_string());
    if !bytes.starts_with(b"SQLite format 3\0") || bytes.len() < 512 {
        return Err(ExchangeError::Damaged("it is no SQLite database".to_string()));
    }
    // A database in memory has no write-ahead log: bytes 18 and 19 say whether it would (SQLite, file format, 1.3.3).
    for version in &mut bytes[18..20] {
        *version = 1;
    }
    let mut connection = Connection::open_in_memory().map_err(damaged)?;
    let length = bytes.len();
    connection.deserialize_read_exact("main", bytes.as_slice(), length, true).map_err(damaged)?;
    drop(bytes);
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON").map_err(damaged)?;
    connection
        .create_collation("unicase", |a, b| a.to_lowercase().cmp(&b.to_lowercase()))
        .map_err(damaged)?;
    for table in ["col", "notes", "cards", "revlog"] {
        needs_table(&connection, table)?;
    }
    Ok(connection)
}

fn needs_table(connection: &Connection, name: &str) -> Result<(), ExchangeError> {
    if table_is_there(connection, name) {
        return Ok(());
    }
    Err(ExchangeError::Damaged(format!("it has no table '{name}'")))
}

/// Whether there is a table of this name: no view and nothing virtual, which could run for ever, and no column that is
/// computed, of which every row could be a gigabyte. What it holds is then no more than the file.
fn table_is_there(connection: &Connection, name: &str) -> bool {
    let sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let found: Option<String> = connection.query_row(sql, [name], |row| row.get(0)).ok();
    let computed = "SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden <> 0";
    found.is_some_and(|sql| !sql.to_ascii_uppercase().starts_with("CREATE VIRTUAL"))
        && connection.query_row(computed, [name], |row| row.get(0)) == Ok(0)
}

/// The most note types, fields, templates or decks. A tree of pages that lead to each other in a circle has no end.
const MOST_NAMES: u32 = 100_000;

/// The rows of a table of names, in an order.
fn names(columns: &str, table: &str, order: &str) -> String {
    format!("SELECT {columns} FROM (SELECT * FROM {table} LIMIT {MOST_NAMES}){order}")
}

/// Day 0 of due days: the calendar day on which the collection was made, by the clock there.
fn first_day(connection: &Connection, now: Moment) -> rusqlite::Result<StudyDay> {
    let created: i64 = connection.query_row("SELECT crt FROM col", [], |row| row.get(0))?;
    let conf: String =
        connection.query_row("SELECT conf FROM col", [], |row| text(row, 0)).unwrap_or_default();
    let json: Value = serde_json::from_str(&conf).unwrap_or_default();
    let west = json.get("creationOffset").and_then(Value::as_i64).or_else(|| {
        let sql = names("val", "config", " WHERE key = 'creationOffset'");
        let there = table_is_there(connection, "config").then_some(sql)?;
        connection.query_row(&there, [], |row| text(row, 0)).ok()?.trim().parse().ok()
    });
    Ok(match west.filter(|west| west.abs() <= 24 * 60) {
        Some(west) => {
            let day = created.saturating_sub(west * 60).div_euclid(86_400);
            StudyDay(i32::try_from(day).unwrap_or_default())
        }
        None => Moment { utc_millis: created.saturating_mul(1000), ..now }.study_day(),
    })
}

/// Note types and decks of schema 11.
fn read_json(connection: &Connection, collection: &mut Collection) -> rusqlite::Result<()> {
    let (models, decks): (String, String) =
        connection
            .query_row("SELECT models, decks FROM col", [], |row| Ok((text(row, 0)?, text(row, 1)?)))?;
    let object = |json: &str| match serde_json::from_str(json) {
        Ok(Value::Object(object)) => object,
        _ => serde_json::Map::new(),
    };
    let string =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    for (id, model) in object(&models) {
        let Ok(id) = id.parse() else { continue };
        let list =
            |key: &str| model.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let notetype = NoteType {
            name: string(&model, "name"),
            cloze: model.get("type").and_then(Value::as_i64) == Some(1),
            fields: list("flds").iter().map(|field| string(field, "name")).collect(),
            templates: list("tmpls").iter().map(|t| (string(t, "qfmt"), string(t, "afmt"))).collect(),
        };
        collection.notetypes.insert(id, notetype);
    }
    for (id, deck) in object(&decks) {
        if let Ok(id) = id.parse() {
            collection.decks.insert(id, string(&deck, "name"));
        }
    }
    Ok(())
}

/// Note types and decks of schema 18.
fn read_tables(connection: &Connection, collection: &mut Collection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&names("id, name, config", "notetypes", ""))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // Notetype.Config: kind = 1, where 1 is cloze.
        let cloze = proto::number(&blob(row, 2)?, 1) == Some(1);
        let notetype = NoteType { name: text(row, 1)?, cloze, ..NoteType::default() };
        collection.notetypes.insert(row.get(0)?, notetype);
    }
    let mut statement = connection.prepare(&names("ntid, name", "fields", " ORDER BY ntid, ord"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(notetype) = collection.notetypes.get_mut(&row.get(0)?) {
            notetype.fields.push(text(row, 1)?);
        }
    }
    let mut statement = connection.prepare(&names("ntid, config", "templates", " ORDER BY ntid, ord"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(notetype) = collection.notetypes.get_mut(&row.get(0)?) {
            // Template.Config: q_format = 1, a_format = 2.
            let config = blob(row, 1)?;
            notetype.templates.push((proto::text(&config, 1), proto::text(&config, 2)));
        }
    }
    let mut statement = connection.prepare(&names("id, name", "decks", ""))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        collection.decks.insert(row.get(0)?, text(row, 1)?.replace('\u{1f}', "::"));
    }
    Ok(())
}

fn read_notes(connection: &Connection, collection: &mut Collection) {
    let Collection { notes, problems, .. } = collection;
    let columns = "id, guid, mid, tags, flds";
    rows_of(connection, "notes", columns, problems, |row| {
        let fields = text(row, 4)?.split('\u{1f}').map(str::to_string).collect();
        notes.push(NoteRow {
            id: row.get(0)?,
            guid: text(row, 1)?,
            notetype: row.get(2)?,
            tags: text(row, 3)?,
            fields,
        });
        Ok(())
    });
    notes.sort_by_key(|note| note.id);
}

fn read_cards(connection: &Connection, collection: &mut Collection) {
    let Collection { cards, problems, .. } = collection;
    let columns =
        "id, nid, did, ord, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data";
    rows_of(connection, "cards", columns, problems, |row| {
        let count = |column: usize| number(row, column).map(|n| u32::try_from(n).unwrap_or(0));
        let (odue, odid) = (number(row, 12)?, number(row, 13)?);
        let data: Value = serde_json::from_str(&text(row, 15)?).unwrap_or_default();
        let real = |key: &str| data.get(key).and_then(Value::as_f64).filter(|number| number.is_finite());
        let card = CardRow {
            id: row.get(0)?,
            // In a filtered deck it only visits.
            deck: if odid != 0 { odid } else { number(row, 2)? },
            ord: count(3)?,
            kind: number(row, 4)?,
            queue: number(row, 5)?,
            due: if odid != 0 && odue != 0 { odue } else { number(row, 6)? },
            interval: number(row, 7)?,
            factor: number(row, 8)?,
            reps: count(9)?,
            lapses: count(10)?,
            left: number(row, 11)?,
            flags: number(row, 14)?,
            stability: real("s"),
            difficulty: real("d"),
            last_seconds: data.get("lrt").and_then(Value::as_i64),
        };
        cards.entry(number(row, 1)?).or_default().push(card);
        Ok(())
    });
    for cards in cards.values_mut() {
        cards.sort_by_key(|card| (card.ord, card.id));
    }
}

fn read_answers(connection: &Connection, collection: &mut Collection) {
    let Collection { answers, problems, .. } = collection;
    rows_of(connection, "revlog", "id, cid, ease, ivl, lastIvl, factor, time, type", problems, |row| {
        let answer = AnswerRow {
            id: row.get(0)?,
            ease: number(row, 2)?,
            interval: number(row, 3)?,
            last_interval: number(row, 4)?,
            factor: number(row, 5)?,
            took_millis: number(row, 6)?,
            kind: number(row, 7)?,
        };
        answers.entry(number(row, 1)?).or_default().push(answer);
        Ok(())
    });
    for answers in answers.values_mut() {
        answers.sort_by_key(|answer| answer.id);
    }
}

/// Reads all rows of a table: from its start, and where that ends in an error from its end too.
fn rows_of(
    connection: &Connection,
    table: &str,
    columns: &str,
    problems: &mut Vec<Note>,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) {
    let mut pass = |after: i64, order: &str, problems: &mut Vec<Note>| {
        let mut reached = None;
        let sql = format!("SELECT {columns} FROM {table} WHERE id > ? ORDER BY id {order}");
        let mut read = || -> rusqlite::Result<bool> {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([after])?;
            while let Some(row) = rows.next()? {
                let id = row.get(0)?;
                // Pages to which several others lead give the same rows again, and a circle of them has no end.
                if reached.is_some_and(|reached: i64| (id <= reached) == (order == "ASC")) {
                    return Ok(false);
                }
                reached = Some(id);
                if let Err(error) = take(row) {
                    problems.push(Note::new(format!("{table} {id}"), format!("cannot be read: {error}")));
                }
            }
            Ok(true)
        };
        let done = match read() {
            Ok(true) => Ok(()),
            Ok(false) => Err("its rows are not in order".to_string()),
            Err(error) => Err(error.to_string()),
        };
        (reached.unwrap_or(after), done)
    };
    let (last, Err(error)) = pass(i64::MIN, "ASC", problems) else { return };
    let (first, _) = pass(last, "DESC", problems);
    let after = if last == i64::MIN { "from the first on".to_string() } else { format!("after {last}") };
    let before = if first > last { format!(" and before {first}") } else { String::new() };
    problems.push(Note::new(table, format!("{after}{before} nothing can be read: {error}")));
}

/// A whole number, whatever type the row gives it; 0 where it is none.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        ValueRef::Real(number) => number as i64,
        ValueRef::Text(text) => {
            std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
        }
        ValueRef::Null | ValueRef::Blob(_) => 0,
    })
}

/// A text, whatever type the row gives it; what is no UTF-8 in it becomes replacement characters.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

fn blob(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })
}
