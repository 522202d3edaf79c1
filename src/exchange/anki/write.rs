//! A package of the older form (schema 11), which every Anki takes: notes, cards with where they stand, and what was
//! answered.

use std::collections::{HashMap, HashSet};
use std::io::{Cursor, Write};

use rusqlite::{Connection, Transaction, params};
use serde_json::{Map, Value, json};
use zip::write::SimpleFileOptions;

use super::stock;
use crate::deck::Deck;
use crate::exchange::decks::OUR_DECK;
use crate::exchange::face::{Face, faces};
use crate::exchange::names::{guid_of, hash};
use crate::exchange::{ExchangeError, Mark, Outgoing};
use crate::memory::{CardState, Interval, Phase, Review, ReviewKind, Rules, StudyDay};

/// The package.
pub(in crate::exchange) fn export(outgoing: &Outgoing) -> Result<Vec<u8>, ExchangeError> {
    let collection = collection(outgoing).map_err(|error| ExchangeError::Unwritable(error.to_string()))?;
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| -> zip::result::ZipResult<()> {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
        Ok(())
    };
    // PackageMetadata: version = 1, where 2 says that the collection is `collection.anki21`.
    let done = add("meta", &[0x08, 0x02])
        .and_then(|()| add("collection.anki21", &collection))
        .and_then(|()| add("media", b"{}"))
        .and_then(|()| archive.finish());
    done.map(Cursor::into_inner).map_err(|error| ExchangeError::Unwritable(error.to_string()))
}

/// The name of a deck in Anki: its own where its cards came from there, else under the program's.
pub(super) fn deck_name(deck: &Deck) -> String {
    let name = |id: &str| id.split_once('.').map_or(String::new(), |(_, name)| name.to_string());
    let theirs = deck.cards.iter().any(|card| guid_of(&name(&card.id.0)).is_some());
    if theirs { deck.title.clone() } else { format!("{}{}", OUR_DECK, deck.title.replace("::", ":")) }
}

fn collection(outgoing: &Outgoing) -> rusqlite::Result<Vec<u8>> {
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch(include_str!("schema11.sql"))?;
    let transaction = connection.transaction()?;
    let mut writing = Writing::new(outgoing, &transaction);
    let mut decks = Map::new();
    let seconds = outgoing.now.utc_millis.div_euclid(1000);
    decks.insert("1".to_string(), stock::deck(1, "Default", 0));
    for deck in &outgoing.decks {
        let name = deck_name(deck);
        let id = 1_600_000_000_000 + i64::try_from(hash(&[&name]) % 100_000_000_000).unwrap_or(0);
        decks.insert(id.to_string(), stock::deck(id, &name, seconds));
        for face in faces(deck) {
            writing.note(&face, id)?;
        }
    }
    writing.answers()?;
    let (first_day, new_cards) = (writing.first_day, writing.new_cards);
    let created = first_day.start(outgoing.now.offset_minutes).utc_millis.div_euclid(1000);
    transaction.execute(
        "INSERT INTO col VALUES (1, ?, ?, ?, 11, 0, 0, 0, ?, ?, ?, ?, '{}')",
        params![
            created,
            outgoing.now.utc_millis,
            outgoing.now.utc_millis,
            stock::settings(-outgoing.now.offset_minutes, new_cards).to_string(),
            stock::models().to_string(),
            Value::Object(decks).to_string(),
            stock::deck_options().to_string(),
        ],
    )?;
    transaction.commit()?;
    let bytes = connection.serialize("main")?;
    Ok(bytes.to_vec())
}

struct Writing<'a> {
    outgoing: &'a Outgoing,
    transaction: &'a Transaction<'a>,
    /// Day 0 of due days.
    first_day: StudyDay,
    /// The number that the next note or card gets; Anki's are times of making.
    next: i64,
    new_cards: usize,
    /// The numbers of cards by their ids.
    numbers: HashMap<&'a str, i64>,
    /// The rules by which each card was answered last.
    rules: HashMap<&'a str, &'a Rules>,
}

impl<'a> Writing<'a> {
    fn new(outgoing: &'a Outgoing, transaction: &'a Transaction<'a>) -> Writing<'a> {
        let days = outgoing.reviews.iter().map(|review| review.at.study_day());
        let first_day = days.chain([outgoing.now.study_day()]).min().unwrap_or(StudyDay(0));
        let count = outgoing.decks.iter().map(|deck| 2 * deck.cards.len()).sum::<usize>();
        let rules = outgoing.reviews.iter().map(|review| (review.card.as_str(), &*review.rules)).collect();
        let next = outgoing.now.utc_millis - i64::try_from(count).unwrap_or(0);
        Writing { outgoing, transaction, first_day, next, new_cards: 0, numbers: HashMap::new(), rules }
    }

    fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    fn note(&mut self, face: &Face<'a>, deck: i64) -> rusqlite::Result<()> {
        let id = self.number();
        let seconds = self.outgoing.now.utc_millis.div_euclid(1000);
        let first = crate::exchange::html::plain(&face.fields[0]);
        self.transaction
            .prepare_cached("INSERT INTO notes VALUES (?, ?, ?, ?, -1, '', ?, ?, 0, 0, '')")?
            .execute(params![
                id,
                face.guid,
                stock::type_id(face.style),
                seconds,
                fields(face).join("\u{1f}"),
                first
            ])?;
        for (ord, card) in &face.cards {
            let number = self.number();
            self.numbers.insert(&card.id.0, number);
            self.card(number, id, deck, *ord, &card.id.0)?;
        }
        Ok(())
    }

    fn card(&mut self, id: i64, note: i64, deck: i64, ord: u32, name: &str) -> rusqlite::Result<()> {
        let state = self.outgoing.states.get(name).copied().unwrap_or_default();
        let mark = self.outgoing.marks.get(name).cloned().unwrap_or_default();
        let seconds = self.outgoing.now.utc_millis.div_euclid(1000);
        let day = |day: StudyDay| i64::from(day.0) - i64::from(self.first_day.0);
        let (kind, queue, due, interval) = match state.phase {
            Phase::New => {
                self.new_cards += 1;
                (0, 0, i64::try_from(self.new_cards).unwrap_or(0), 0)
            }
            Phase::Learning { due, .. } => (1, 1, due.utc_millis.div_euclid(1000), 0),
            Phase::Review { due } => (2, 2, day(due), interval_of(&state).max(1)),
            Phase::Relearning { due, .. } => {
                // The interval that it will have once it is relearned.
                let days = state.memory.map_or(1, |memory| memory.stability.round().max(1.0) as i64);
                (3, 1, due.utc_millis.div_euclid(1000), days)
            }
        };
        let factor = if kind == 0 { 0 } else { 2500 };
        self.transaction
            .prepare_cached(
                "INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
            )?
            .execute(params![
                id,
                note,
                deck,
                ord,
                seconds,
                kind,
                queue_of(queue, &mark, self.outgoing.now.study_day()),
                due,
                interval,
                factor,
                state.reps,
                state.lapses,
                self.steps_left(&state, name),
                i32::from(mark.flagged),
                self.data(&state),
            ])?;
        Ok(())
    }

    /// The steps that a card in its steps has before it.
    fn steps_left(&self, state: &CardState, name: &str) -> u32 {
        let rules = self.rules.get(name);
        let (step, steps) = match state.phase {
            Phase::Learning { step, .. } => (step, rules.map(|rules| rules.steps.len())),
            Phase::Relearning { step, .. } => (step, rules.map(|rules| rules.relearning_steps.len())),
            Phase::New | Phase::Review { .. } => return 0,
        };
        u32::try_from(steps.unwrap_or(1)).unwrap_or(1).saturating_sub(step).max(1)
    }

    /// What FSRS knows of the card.
    fn data(&self, state: &CardState) -> String {
        let Some(memory) = state.memory else { return "{}".to_string() };
        let rounded = |value: f32, figures: f64| (f64::from(value) * figures).round() / figures;
        let mut data = json!({
            "s": rounded(memory.stability, 1e4),
            "d": rounded(memory.difficulty, 1e3),
            "dr": (self.outgoing.retention * 100.0).round() / 100.0,
            "decay": 0.154,
        });
        if let (Some(last), Some(fields)) = (state.last_review, data.as_object_mut()) {
            fields.insert("lrt".to_string(), json!(last.utc_millis.div_euclid(1000)));
        }
        data.to_string()
    }

    /// The log of answers. Its rows are named by their milliseconds: those of one moment take the ones behind it.
    fn answers(&mut self) -> rusqlite::Result<()> {
        let mut reviews: Vec<&Review> = self
            .outgoing
            .reviews
            .iter()
            .filter(|review| self.numbers.contains_key(review.card.as_str()))
            .collect();
        reviews.sort_by(|a, b| (a.at.utc_millis, &a.id).cmp(&(b.at.utc_millis, &b.id)));
        let mut taken = HashSet::new();
        let mut insert =
            self.transaction.prepare_cached("INSERT INTO revlog VALUES (?, ?, -1, ?, ?, ?, ?, ?, ?)")?;
        for review in reviews {
            let mut id = review.at.utc_millis;
            while !taken.insert(id) {
                id += 1;
            }
            let practice = review.kind == ReviewKind::Practice;
            let kind = match review.before.phase {
                _ if practice => 3,
                Phase::New | Phase::Learning { .. } => 0,
                Phase::Review { .. } => 1,
                Phase::Relearning { .. } => 2,
            };
            let difficulty = review.after.memory.map_or(0.0, |memory| f64::from(memory.difficulty));
            let factor = if practice || difficulty < 1.0 {
                0
            } else {
                ((difficulty - 1.0) / 9.0 * 1000.0).round() as i64 + 100
            };
            insert.execute(params![
                id,
                self.numbers.get(review.card.as_str()),
                review.grade.number(),
                interval_of(&review.after),
                interval_of(&review.before),
                factor,
                i64::try_from(review.took_millis.min(600_000)).unwrap_or(0),
                kind,
            ])?;
        }
        Ok(())
    }
}

/// The fields of a note: two, and those of its hints. Of more hints than there are fields the last one has the rest.
fn fields(face: &Face<'_>) -> Vec<String> {
    let mut fields = face.fields.to_vec();
    let first = face.hints.len().min(stock::HINTS.len() - 1);
    let (alone, rest) = face.hints.split_at(first);
    fields.extend_from_slice(alone);
    fields.push(rest.join("<hr>"));
    fields.resize(2 + stock::HINTS.len(), String::new());
    fields
}

/// Days, or seconds below zero; 0 for a new card.
fn interval_of(state: &CardState) -> i64 {
    match (state.phase, state.last_review) {
        (Phase::Learning { due, .. } | Phase::Relearning { due, .. }, Some(last)) => {
            -i64::try_from(due.millis_since(last).div_ceil(1000).max(1)).unwrap_or(1)
        }
        _ => match state.interval() {
            Some(Interval::Days(days)) => i64::from(days),
            _ => 0,
        },
    }
}

fn queue_of(queue: i64, mark: &Mark, today: StudyDay) -> i64 {
    match mark {
        Mark { suspended: true, .. } => -1,
        Mark { buried_until: Some(day), .. } if *day > today => -2,
        _ => queue,
    }
}
