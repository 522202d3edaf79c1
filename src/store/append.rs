//! Putting events into the log, and keeping what follows from them. All of it runs inside somebody's transaction.
//!
//! An event that happens here gets a stamp behind all stamps that are in the file, so that it comes after what it was
//! based on, also where a clock was set back. An event that comes from elsewhere keeps its own.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, Transaction, params};

use super::derive::standing;
use super::event::{Entry, Event, Standing};
use super::{random, rows};
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
    Inserting::new(transaction)?.insert(entry, stamp, origin)
}

/// What puts events into the log, one after the other: its statements are prepared once.
pub(super) struct Inserting<'t> {
    transaction: &'t Transaction<'t>,
    event: CachedStatement<'t>,
    review: CachedStatement<'t>,
    /// The rules of the last review, and their fingerprint.
    rules: Option<(Arc<Rules>, String)>,
}

impl<'t> Inserting<'t> {
    pub fn new(transaction: &'t Transaction<'t>) -> rusqlite::Result<Inserting<'t>> {
        let event = transaction.prepare_cached(
            "INSERT INTO event (id, kind, card, at, offset, day, target, detail, stamp, origin) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )?;
        let review = transaction.prepare_cached(&rows::INSERT_REVIEW)?;
        Ok(Inserting { transaction, event, review, rules: None })
    }

    /// As [`insert`].
    pub fn insert(&mut self, entry: &Entry, stamp: i64, origin: Option<i64>) -> rusqlite::Result<bool> {
        let target = match &entry.event {
            Event::Undo { target } => Some(&target.0),
            _ => None,
        };
        let inserted = self.event.execute(params![
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
            self.insert_review(review, self.transaction.last_insert_rowid())?;
        }
        Ok(true)
    }

    fn insert_review(&mut self, review: &Review, sequence: i64) -> rusqlite::Result<()> {
        let rules = match &self.rules {
            Some((known, fingerprint)) if Arc::ptr_eq(known, &review.rules) => fingerprint,
            _ => &self.rules.insert((Arc::clone(&review.rules), review.rules.fingerprint())).1,
        };
        let statement = &mut *self.review;
        statement.raw_bind_parameter(1, sequence)?;
        statement.raw_bind_parameter(2, review.grade.number())?;
        statement.raw_bind_parameter(3, review.kind == ReviewKind::Practice)?;
        statement.raw_bind_parameter(4, &review.answer)?;
        statement.raw_bind_parameter(5, review.seed.cast_signed())?;
        statement.raw_bind_parameter(6, i64::try_from(review.took_millis).unwrap_or(i64::MAX))?;
        statement.raw_bind_parameter(7, rules)?;
        rows::bind_state(statement, 8, &review.before)?;
        rows::bind_state(statement, 17, &review.after)?;
        statement.raw_execute()?;
        Ok(())
    }
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
    let mut statement = transaction.prepare_cached(&rows::KEEP_STATE)?;
    statement.raw_bind_parameter(1, card)?;
    rows::bind_state(&mut statement, 2, state)?;
    statement.raw_execute()?;
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
    let mut statement = transaction.prepare_cached(&rows::KEEP_STANDING)?;
    statement.raw_bind_parameter(1, card)?;
    rows::bind_state(&mut statement, 2, &standing.state)?;
    statement.raw_bind_parameter(11, standing.suspended)?;
    statement.raw_bind_parameter(12, standing.buried_until.map(|day| day.0))?;
    statement.raw_bind_parameter(13, standing.flagged)?;
    statement.raw_execute()?;
    Ok(())
}

/// Logs an event of a card that is no review, and keeps what it makes of the card. What changes nothing is not logged.
pub(super) fn mark(
    transaction: &Transaction<'_>,
    card: &str,
    event: Event,
    at: Moment,
) -> rusqlite::Result<Standing> {
    let before = standing(transaction, card)?;
    let mut after = before;
    after.apply(&event);
    if after != before {
        let id = fresh_id(transaction, at)?;
        append(transaction, &Entry { id, card: Some(card.to_string()), at, event })?;
        keep_standing(transaction, card, &after)?;
    }
    Ok(after)
}
