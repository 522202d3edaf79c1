//! Putting events into the log, and keeping what follows from them. All of it runs inside somebody's transaction.
//!
//! An event that happens here gets a stamp behind all stamps that are in the file, so that it comes after what it was
//! based on, also where a clock was set back. An event that comes from elsewhere keeps its own.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};

use super::derive::keep_derived;
use super::event::{Entry, Event, Standing};
use super::rows::{self, state_values};
use super::{StoreError, random};
use crate::memory::{CardState, EventId, Moment, Review, ReviewKind, Rules};

/// The largest stamp that a moment gives: 48 bits, as in an id. A clock may be wrong, but not beyond all reckoning.
pub(super) const LATEST: i64 = 1 << 48;

/// The stamp of something that happened at `at`, where nothing was known of before.
pub(super) fn stamp_of(at: Moment) -> i64 {
    at.utc_millis.clamp(0, LATEST)
}

/// The stamp of what happens now: its time, and behind every stamp in the log.
pub(super) fn next_stamp(connection: &Connection, at: Moment) -> rusqlite::Result<i64> {
    let last: Option<i64> =
        connection.prepare_cached("SELECT max(stamp) FROM event")?.query_row([], |row| row.get(0))?;
    Ok(last.map_or(0, |last| last.saturating_add(1)).max(stamp_of(at)))
}

/// A name that no other event has.
pub(super) fn fresh_id(connection: &Connection, at: Moment) -> rusqlite::Result<EventId> {
    let high = u128::from(random(connection)?);
    Ok(EventId::new(at, (high << 64) | u128::from(random(connection)?)))
}

/// Logs that something happens now, and here.
pub(super) fn append(transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<()> {
    let stamp = next_stamp(transaction, entry.at)?;
    insert(transaction, entry, stamp, None)?;
    Ok(())
}

/// Puts an event into the log, with its stamp and the machine that it came from. Says whether it is new there.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    entry: &Entry,
    stamp: i64,
    origin: Option<i64>,
) -> rusqlite::Result<bool> {
    let target = match &entry.event {
        Event::Undo { target } => Some(&target.0),
        _ => None,
    };
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO event (id, kind, card, at, offset, day, target, detail, stamp, origin) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            entry.id.0,
            entry.event.kind(),
            entry.card,
            entry.at.utc_millis,
            entry.at.offset_minutes,
            entry.at.study_day().0,
            target,
            rows::detail(&entry.event),
            stamp,
            origin,
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    if let Event::Review(review) = &entry.event {
        insert_review(transaction, review, transaction.last_insert_rowid())?;
    }
    Ok(true)
}

fn insert_review(transaction: &Transaction<'_>, review: &Review, sequence: i64) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(&rows::INSERT_REVIEW)?;
    let rules = review.rules.fingerprint();
    let mut values: Vec<Value> = Vec::with_capacity(25);
    values.extend([
        Value::Integer(sequence),
        Value::Integer(i64::from(review.grade.number())),
        Value::Integer(i64::from(review.kind == ReviewKind::Practice)),
        review.answer.clone().map_or(Value::Null, Value::Text),
        Value::Integer(review.seed.cast_signed()),
        Value::Integer(i64::try_from(review.took_millis).unwrap_or(i64::MAX)),
        Value::Text(rules),
    ]);
    values.extend(state_values(&review.before));
    values.extend(state_values(&review.after));
    statement.execute(params_from_iter(values))?;
    Ok(())
}

/// Puts rules into the log, where they are not there. Their order does not matter: they are found by their name.
pub(super) fn insert_rules(
    transaction: &Transaction<'_>,
    rules: &Arc<Rules>,
    at: Moment,
) -> rusqlite::Result<()> {
    let id = rows::rules_id(&rules.fingerprint());
    let known = transaction.prepare_cached("SELECT 1 FROM event WHERE id = ?")?.exists([&id.0])?;
    if !known {
        let entry = Entry { id, card: None, at, event: Event::Rules(Arc::clone(rules)) };
        insert(transaction, &entry, stamp_of(at), None)?;
    }
    Ok(())
}

/// Keeps a card's state and leaves its marks as they are.
pub(super) fn keep_state(
    transaction: &Transaction<'_>,
    card: &str,
    state: &CardState,
) -> rusqlite::Result<()> {
    let values = std::iter::once(Value::Text(card.to_string())).chain(state_values(state));
    transaction.prepare_cached(&rows::KEEP_STATE)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Keeps all of where a card stands. A card that is as new as any other is not kept.
pub(super) fn keep_standing(
    transaction: &Transaction<'_>,
    card: &str,
    standing: &Standing,
) -> rusqlite::Result<()> {
    if *standing == Standing::default() {
        transaction.prepare_cached("DELETE FROM card WHERE id = ?")?.execute([card])?;
        return Ok(());
    }
    keep_state(transaction, card, &standing.state)?;
    transaction
        .prepare_cached("UPDATE card SET suspended = ?, buried = ?, flagged = ? WHERE id = ?")?
        .execute(params![
            standing.suspended,
            standing.buried_until.map(|day| day.0),
            standing.flagged,
            card
        ])?;
    Ok(())
}

/// Events that come from elsewhere, and the cards that they concern. [`Incoming::settle`] has to follow.
#[derive(Default)]
pub(super) struct Incoming {
    cards: HashSet<String>,
    /// How many were new here.
    pub new: u64,
    /// How many were here already.
    pub known: u64,
    /// How many stand in the log under the same name and say something else. The log keeps what it has.
    pub differing: u64,
    /// What makes the indexes again that were put away meanwhile.
    indexes: Vec<String>,
}

/// From so many events on it is quicker to make indexes anew than to keep them while the log more than doubles.
const MANY: u64 = 20_000;

impl Incoming {
    /// Says about how many events will come: where they are more than the log has, its indexes are put away until
    /// [`Incoming::settle`]. That is part of the transaction like all else.
    pub fn expect(&mut self, transaction: &Transaction<'_>, events: u64) -> rusqlite::Result<()> {
        let there: Option<i64> = transaction.query_row("SELECT max(seq) FROM event", [], |row| row.get(0))?;
        if events < MANY || events < there.unwrap_or(0).cast_unsigned() {
            return Ok(());
        }
        // Those of the primary key and of the unique id have no text, and stay.
        let indexes: Vec<(String, String)> = transaction
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event' AND sql IS NOT NULL")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (name, sql) in indexes {
            transaction.execute_batch(&format!("DROP INDEX \"{name}\""))?;
            self.indexes.push(sql);
        }
        Ok(())
    }

    /// Takes an event into the log, unless it is there.
    pub fn take(
        &mut self,
        transaction: &Transaction<'_>,
        entry: &Entry,
        stamp: i64,
        origin: Option<i64>,
    ) -> rusqlite::Result<()> {
        if let Event::Rules(rules) = &entry.event {
            return insert_rules(transaction, rules, entry.at);
        }
        if !insert(transaction, entry, stamp, origin)? {
            self.known += 1;
            let same: bool = transaction
                .prepare_cached(
                    "SELECT kind = ? AND card IS ? AND stamp = ? AND at = ? FROM event WHERE id = ?",
                )?
                .query_row(
                    params![entry.event.kind(), entry.card, stamp, entry.at.utc_millis, entry.id.0],
                    |row| row.get(0),
                )?;
            self.differing += u64::from(!same);
            return Ok(());
        }
        self.new += 1;
        if let Event::Undo { target } = &entry.event {
            // Usually the same card.
            let card: Option<Option<String>> = transaction
                .prepare_cached("SELECT card FROM event WHERE id = ?")?
                .query_row([&target.0], |row| row.get(0))
                .optional()?;
            self.cards.extend(card.flatten());
        }
        if let Some(card) = &entry.card
            && !self.cards.contains(card)
        {
            self.cards.insert(card.clone());
        }
        Ok(())
    }

    /// Derives anew where the cards stand that were concerned. Gives how many there were.
    pub fn settle(&mut self, transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
        for sql in std::mem::take(&mut self.indexes) {
            transaction.execute_batch(&sql)?;
        }
        let cards = std::mem::take(&mut self.cards);
        keep_derived(transaction, &cards)?;
        Ok(cards.len() as u64)
    }
}

impl super::Store {
    /// Takes over reviews that were made elsewhere, such as those of an imported collection, in one transaction. Each
    /// takes the place in its card's history that its time gives it, and the card's state follows. A review whose id
    /// is known is passed over, so the same import twice is one. Gives how many were new. O(reviews).
    ///
    /// The ids have to come from what is imported: two machines that import the same then have the same events.
    ///
    /// # Errors
    /// Where the file cannot be written; nothing is then taken over.
    pub fn import(&mut self, reviews: &[Review]) -> Result<u64, StoreError> {
        self.write_much(|transaction| {
            let mut incoming = Incoming::default();
            incoming.expect(transaction, reviews.len() as u64)?;
            let mut last: Option<&Arc<Rules>> = None;
            for review in reviews {
                if last.is_none_or(|last| !Arc::ptr_eq(last, &review.rules)) {
                    insert_rules(transaction, &review.rules, review.at)?;
                    last = Some(&review.rules);
                }
                let entry = Entry {
                    id: review.id.clone(),
                    card: Some(review.card.clone()),
                    at: review.at,
                    event: Event::Review(Box::new(review.clone())),
                };
                incoming.take(transaction, &entry, stamp_of(review.at), None)?;
            }
            incoming.settle(transaction)?;
            Ok(incoming.new)
        })
    }
}
