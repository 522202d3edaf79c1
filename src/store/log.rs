//! Writing the log: answers, marks, and taking back. Each is one transaction with what it makes of the card.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};

use super::derive::{NOT_UNDONE, derive, standing};
use super::event::{Entry, Event, Standing, Undone};
use super::rows::{self, state_columns, state_values};
use super::{Store, StoreError, random};
use crate::memory::{CardState, EventId, Moment, Review, ReviewKind, Rules, StudyDay};

enum Saved {
    As(CardState),
    IdTaken,
}

impl Store {
    /// Saves an answer: the log and the card's state in one transaction, on disk when this returns. Gives the
    /// state that the card has now.
    ///
    /// That is [`Review::after`], unless another program has answered the card since: then both answers stand,
    /// this one after the other, and its state is computed anew. Saving the same review twice saves it once.
    ///
    /// # Errors
    /// Where nothing was saved: the file cannot be written or is locked, or the id belongs to another event.
    pub fn save_review(&mut self, review: &Review) -> Result<CardState, StoreError> {
        let rules = review.rules.fingerprint();
        let rules_known = self.logged_rules.as_ref() == Some(&rules);
        let saved = self.write(|transaction| {
            if let Some(taken) = saved_already(transaction, review)? {
                return Ok(taken);
            }
            if !rules_known {
                insert_rules(transaction, &rules, &review.rules, review.at)?;
            }
            let current = standing(transaction, &review.card)?.state;
            let mut review = review.clone();
            if current != review.before {
                review.after = review.replay(&current).unwrap_or(review.after);
                review.before = current;
            }
            insert_review(transaction, &review, &rules)?;
            if review.kind == ReviewKind::Scheduled {
                keep_state(transaction, &review.card, &review.after)?;
            }
            Ok(Saved::As(review.after))
        })?;
        self.logged_rules = Some(rules);
        match saved {
            Saved::As(state) => Ok(state),
            Saved::IdTaken => Err(StoreError::Duplicate { id: review.id.0.clone() }),
        }
    }

    /// Takes back the last event that can be: a review, or a suspend, bury or flag. Called again it takes back
    /// the one before. The log keeps the event and gets an undo behind it. Nothing where nothing is left.
    ///
    /// # Errors
    /// Where the file cannot be written; nothing is then taken back.
    pub fn undo_last(&mut self, at: Moment) -> Result<Option<Undone>, StoreError> {
        let any = "e.kind IN ('review','suspend','unsuspend','bury','flag','unflag')";
        self.undo_where(any, None, at)
    }

    /// Takes back one review, whatever was logged since. Nothing where it is taken back already.
    ///
    /// # Errors
    /// As [`Store::undo_last`].
    pub fn undo_review(&mut self, id: &EventId, at: Moment) -> Result<Option<Undone>, StoreError> {
        self.undo_where("e.kind = 'review' AND e.id = ?1", Some(&id.0), at)
    }

    /// Takes back that a card was set aside last, by suspend or bury. Nothing where it was not.
    ///
    /// # Errors
    /// As [`Store::undo_last`].
    pub fn undo_set_aside(&mut self, card: &str, at: Moment) -> Result<Option<Undone>, StoreError> {
        self.undo_where("e.kind IN ('suspend','bury') AND e.card = ?1", Some(card), at)
    }

    /// Takes back the last event of those for which `which` holds, a condition on `event e` with at most the one value.
    fn undo_where(
        &mut self,
        which: &str,
        value: Option<&str>,
        at: Moment,
    ) -> Result<Option<Undone>, StoreError> {
        self.write(|transaction| {
            let book = rows::rule_book(transaction)?;
            let rest = format!("WHERE {which} AND {NOT_UNDONE} ORDER BY e.seq DESC LIMIT 1");
            let last = transaction
                .prepare_cached(&rows::select_entries(&rest))?
                .query_row(params_from_iter(value), |row| rows::entry(row, &book))
                .optional()?;
            let Some(Entry { id, card: Some(card), event, .. }) = last else { return Ok(None) };
            append(
                transaction,
                &Entry {
                    id: fresh_id(transaction, at)?,
                    card: Some(card.clone()),
                    at,
                    event: Event::Undo { target: id },
                },
            )?;
            let standing = derive(transaction, &card)?;
            keep_standing(transaction, &card, &standing)?;
            Ok(Some(Undone { event, card, standing }))
        })
    }

    /// Takes a card out of all sessions, until [`Store::unsuspend`].
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn suspend(&mut self, card: &str, at: Moment) -> Result<Standing, StoreError> {
        self.mark(card, Event::Suspend, at)
    }

    /// Lets a suspended card be asked again.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn unsuspend(&mut self, card: &str, at: Moment) -> Result<Standing, StoreError> {
        self.mark(card, Event::Unsuspend, at)
    }

    /// Takes a card out of sessions before the study day `until`; usually that is tomorrow.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn bury(&mut self, card: &str, until: StudyDay, at: Moment) -> Result<Standing, StoreError> {
        self.mark(card, Event::Bury { until }, at)
    }

    /// Marks a card to be looked at later, or takes the mark off.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn flag(&mut self, card: &str, on: bool, at: Moment) -> Result<Standing, StoreError> {
        self.mark(card, if on { Event::Flag } else { Event::Unflag }, at)
    }

    /// Logs an event of a card and keeps what it makes of the card. What changes nothing is not logged.
    fn mark(&mut self, card: &str, event: Event, at: Moment) -> Result<Standing, StoreError> {
        self.write(|transaction| {
            let before = standing(transaction, card)?;
            let mut after = before;
            after.apply(&event);
            if after != before {
                let id = fresh_id(transaction, at)?;
                append(transaction, &Entry { id, card: Some(card.to_string()), at, event })?;
                keep_standing(transaction, card, &after)?;
            }
            Ok(after)
        })
    }
}

/// Whether the review's id is in the log already: for the same review, or for something else.
fn saved_already(transaction: &Transaction<'_>, review: &Review) -> rusqlite::Result<Option<Saved>> {
    let sql = format!(
        "SELECT e.card = ?2 AND e.at = ?3 AND r.grade = ?4 AND {NOT_UNDONE} \
         FROM event e LEFT JOIN review r ON r.event = e.seq WHERE e.id = ?1"
    );
    let same: Option<Option<bool>> = transaction
        .prepare_cached(&sql)?
        .query_row(params![review.id.0, review.card, review.at.utc_millis, review.grade.number()], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(match same {
        None => None,
        Some(Some(true)) => Some(Saved::As(standing(transaction, &review.card)?.state)),
        Some(_) => Some(Saved::IdTaken),
    })
}

fn insert_rules(
    transaction: &Transaction<'_>,
    fingerprint: &str,
    rules: &Arc<Rules>,
    at: Moment,
) -> rusqlite::Result<()> {
    let id = EventId(format!("rules-{fingerprint}"));
    let known = transaction.prepare_cached("SELECT 1 FROM event WHERE id = ?")?.exists([&id.0])?;
    if !known {
        append(transaction, &Entry { id, card: None, at, event: Event::Rules(Arc::clone(rules)) })?;
    }
    Ok(())
}

fn insert_review(transaction: &Transaction<'_>, review: &Review, rules: &str) -> rusqlite::Result<()> {
    let sequence = append(
        transaction,
        &Entry {
            id: review.id.clone(),
            card: Some(review.card.clone()),
            at: review.at,
            event: Event::Review(Box::new(review.clone())),
        },
    )?;
    let sql = format!(
        "INSERT INTO review (event, grade, practice, answer, seed, took, rules, {}, {}) VALUES ({})",
        state_columns("before_"),
        state_columns("after_"),
        vec!["?"; 25].join(", "),
    );
    let mut values = vec![
        Value::Integer(sequence),
        Value::Integer(i64::from(review.grade.number())),
        Value::Integer(i64::from(review.kind == ReviewKind::Practice)),
        review.answer.clone().map_or(Value::Null, Value::Text),
        Value::Integer(review.seed.cast_signed()),
        Value::Integer(i64::try_from(review.took_millis).unwrap_or(i64::MAX)),
        Value::Text(rules.to_string()),
    ];
    values.extend(state_values(&review.before));
    values.extend(state_values(&review.after));
    transaction.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Adds an event to the log and gives its place there.
fn append(transaction: &Transaction<'_>, entry: &Entry) -> rusqlite::Result<i64> {
    let target = match &entry.event {
        Event::Undo { target } => Some(&target.0),
        _ => None,
    };
    let detail = match &entry.event {
        Event::Bury { until } => Some(serde_json::json!({ "until": until.0 }).to_string()),
        Event::Rules(rules) => Some(rows::rules_json(rules)),
        _ => None,
    };
    transaction
        .prepare_cached(
            "INSERT INTO event (id, kind, card, at, offset, day, target, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            entry.id.0,
            entry.event.kind(),
            entry.card,
            entry.at.utc_millis,
            entry.at.offset_minutes,
            entry.at.study_day().0,
            target,
            detail,
        ])?;
    Ok(transaction.last_insert_rowid())
}

fn fresh_id(connection: &Connection, at: Moment) -> rusqlite::Result<EventId> {
    let high = u128::from(random(connection)?);
    Ok(EventId::new(at, (high << 64) | u128::from(random(connection)?)))
}

/// Keeps a card's state and leaves its marks as they are.
fn keep_state(transaction: &Transaction<'_>, card: &str, state: &CardState) -> rusqlite::Result<()> {
    let updates = state_columns("")
        .split(", ")
        .map(|column| format!("{column} = excluded.{column}"))
        .collect::<Vec<_>>();
    let sql = format!(
        "INSERT INTO card (id, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET {}",
        state_columns(""),
        updates.join(", "),
    );
    let values = std::iter::once(Value::Text(card.to_string())).chain(state_values(state));
    transaction.prepare_cached(&sql)?.execute(params_from_iter(values))?;
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
