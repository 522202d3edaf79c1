//! Writing the log: answers, marks, and taking back. Each is one transaction with what it makes of the card.

use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};

use super::append::{self, append, fresh_id, insert_rules, keep_standing, keep_state};
use super::derive::{NOT_UNDONE, derive, standing};
use super::event::{Edit, Entry, Event, Standing, Undone};
use super::rows;
use super::{Store, StoreError};
use crate::memory::{CardState, EventId, Moment, Review, ReviewKind, StudyDay};

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
                insert_rules(transaction, &review.rules, review.at)?;
            }
            let current = standing(transaction, &review.card)?.state;
            let mut review = review.clone();
            if current != review.before {
                review.after = review.replay(&current).unwrap_or(review.after);
                review.before = current;
            }
            let (kind, after) = (review.kind, review.after);
            let card = review.card.clone();
            append(
                transaction,
                &Entry {
                    id: review.id.clone(),
                    card: Some(card.clone()),
                    at: review.at,
                    event: Event::Review(Box::new(review)),
                },
            )?;
            if kind == ReviewKind::Scheduled {
                keep_state(transaction, &card, &after)?;
            }
            Ok(Saved::As(after))
        })?;
        self.logged_rules = Some(rules);
        match saved {
            Saved::As(state) => Ok(state),
            Saved::IdTaken => Err(StoreError::Duplicate { id: review.id.0.clone() }),
        }
    }

    /// Takes back the last thing that was done here and can be: a review, a suspend, bury or flag, an edit, or that a
    /// card was given up. Called again it takes back the one before. The log keeps the event and gets an undo behind
    /// it. Nothing where nothing is left. What was done on another machine is taken back there.
    ///
    /// The store holds no texts: who takes back an edit puts [`Edit::source`] back into the file, where the card
    /// still has the fingerprint [`Edit::after`].
    ///
    /// # Errors
    /// Where the file cannot be written; nothing is then taken back.
    pub fn undo_last(&mut self, at: Moment) -> Result<Option<Undone>, StoreError> {
        let any = "e.kind IN ('review','suspend','unsuspend','bury','flag','unflag','edit','forget') AND e.origin IS NULL";
        self.undo_where(any, None, at)
    }

    /// Takes back one review, whatever was logged since. Nothing where it is taken back already.
    ///
    /// # Errors
    /// As [`Store::undo_last`].
    pub fn undo_review(&mut self, id: &EventId, at: Moment) -> Result<Option<Undone>, StoreError> {
        self.undo_where("e.kind = 'review' AND e.id = ?1", Some(&id.0), at)
    }

    /// Takes back one edit. Nothing where it is taken back already. See [`Store::undo_last`] on the text.
    ///
    /// # Errors
    /// As [`Store::undo_last`].
    pub fn undo_edit(&mut self, id: &EventId, at: Moment) -> Result<Option<Undone>, StoreError> {
        self.undo_where("e.kind = 'edit' AND e.id = ?1", Some(&id.0), at)
    }

    /// Takes back that a card was set aside last, by suspend or bury. Nothing where it was not.
    ///
    /// # Errors
    /// As [`Store::undo_last`].
    pub fn undo_set_aside(&mut self, card: &str, at: Moment) -> Result<Option<Undone>, StoreError> {
        self.undo_where("e.kind IN ('suspend','bury') AND e.card = ?1 AND e.origin IS NULL", Some(card), at)
    }

    /// Takes back that a card was marked last, or its mark taken off. Nothing where it was not.
    ///
    /// # Errors
    /// As [`Store::undo_last`].
    pub fn undo_flag(&mut self, card: &str, at: Moment) -> Result<Option<Undone>, StoreError> {
        self.undo_where("e.kind IN ('flag','unflag') AND e.card = ?1 AND e.origin IS NULL", Some(card), at)
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
            let rest = format!("WHERE {which} AND {NOT_UNDONE} ORDER BY e.stamp DESC, e.id DESC LIMIT 1");
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

    /// Logs that a card's text was changed. Its history and its state stay.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn record_edit(&mut self, card: &str, edit: Edit, at: Moment) -> Result<EventId, StoreError> {
        self.write(|transaction| {
            let id = fresh_id(transaction, at)?;
            let event = Event::Edit(Box::new(edit));
            append(transaction, &Entry { id: id.clone(), card: Some(card.to_string()), at, event })?;
            Ok(id)
        })
    }

    /// Gives up a card that no deck has any more: where it stood and its marks go, its answers stay in the log. If it
    /// ever comes back, it is new. Nothing is logged for a card of which nothing is known.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn forget(&mut self, card: &str, at: Moment) -> Result<Standing, StoreError> {
        self.mark(card, Event::Forget, at)
    }

    fn mark(&mut self, card: &str, event: Event, at: Moment) -> Result<Standing, StoreError> {
        self.write(|transaction| append::mark(transaction, card, event, at))
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
