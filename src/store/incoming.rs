//! Events that come from elsewhere: from an import, or from another machine.
//!
//! They may be many at once and older than what is here: each takes the place that its stamp gives it. Where the cards
//! stand that they concern follows at once where the events come behind all that the log has, as on a new machine or
//! one that was last in use before the other; what comes in between has the card derived anew when all are there. All of
//! it is one transaction of whoever calls.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, params};

use super::append::{Inserting, insert_rules, keep_standing, mark, stamp_of};
use super::derive::{keep_derived, standing};
use super::event::{Entry, Event, Standing};
use super::{Store, StoreError, rows};
use crate::memory::{Moment, Review, Rules};

/// Events that come from elsewhere, and the cards that they concern. [`Incoming::settle`] has to follow.
pub(super) struct Incoming<'t> {
    transaction: &'t Transaction<'t>,
    inserting: Inserting<'t>,
    /// The latest stamp that was there before.
    latest: Option<i64>,
    /// The cards that are concerned.
    cards: HashMap<String, Concerned>,
    /// How many were new here.
    pub new: u64,
    /// How many were here already.
    pub known: u64,
    /// How many stand in the log under the same name and say something else. The log keeps what it has.
    pub differing: u64,
    /// What makes the indexes again that were put away meanwhile.
    indexes: Vec<String>,
}

/// A card that events from elsewhere concern.
enum Concerned {
    /// All that came lies behind what was there: the card stands here, and its last event has this stamp.
    At(Standing, i64),
    /// It has to be derived from the log.
    Unknown,
}

/// From so many events on it is quicker to make indexes anew than to keep them while the log more than doubles.
const MANY: u64 = 20_000;

impl<'t> Incoming<'t> {
    /// Begins. About `expected` events will come: where they are more than the log has, its indexes are put away until
    /// [`Incoming::settle`]. That is part of the transaction like all else.
    pub fn new(transaction: &'t Transaction<'t>, expected: u64) -> rusqlite::Result<Incoming<'t>> {
        // Asked while its index is there.
        let latest = transaction.query_row("SELECT max(stamp) FROM event", [], |row| row.get(0))?;
        let indexes = put_away(transaction, expected)?;
        let inserting = Inserting::new(transaction)?;
        let cards = HashMap::new();
        Ok(Incoming { transaction, inserting, latest, cards, new: 0, known: 0, differing: 0, indexes })
    }

    /// Takes an event into the log, unless it is there.
    pub fn take(&mut self, entry: &Entry, stamp: i64, origin: Option<i64>) -> rusqlite::Result<()> {
        if let Event::Rules(rules) = &entry.event {
            return insert_rules(self.transaction, rules, entry.at);
        }
        if !self.inserting.insert(entry, stamp, origin)? {
            self.known += 1;
            let same: bool = self
                .transaction
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
            let card: Option<Option<String>> = self
                .transaction
                .prepare_cached("SELECT card FROM event WHERE id = ?")?
                .query_row([&target.0], |row| row.get(0))
                .optional()?;
            self.cards.extend(card.flatten().map(|card| (card, Concerned::Unknown)));
        }
        match &entry.card {
            Some(card) => self.fold(card, &entry.event, stamp),
            None => Ok(()),
        }
    }

    /// Has a new event change where its card stands.
    fn fold(&mut self, card: &str, event: &Event, stamp: i64) -> rusqlite::Result<()> {
        // An undo changes what was before it.
        let follows = !matches!(event, Event::Undo { .. });
        if let Some(concerned) = self.cards.get_mut(card) {
            match concerned {
                // Events of one stamp are in the order of their ids, in which they need not come.
                Concerned::At(standing, last) if follows && stamp > *last => {
                    standing.apply(event);
                    *last = stamp;
                }
                _ => *concerned = Concerned::Unknown,
            }
            return Ok(());
        }
        let mut concerned = Concerned::Unknown;
        if follows && self.latest.is_none_or(|latest| stamp > latest) {
            let mut standing = match self.latest {
                Some(_) => standing(self.transaction, card)?,
                None => Standing::default(),
            };
            standing.apply(event);
            concerned = Concerned::At(standing, stamp);
        }
        self.cards.insert(card.to_string(), concerned);
        Ok(())
    }

    /// Keeps where the cards stand that were concerned, and derives anew those for which it is not known. Gives how many
    /// there were.
    pub fn settle(&mut self) -> rusqlite::Result<u64> {
        for sql in std::mem::take(&mut self.indexes) {
            self.transaction.execute_batch(&sql)?;
        }
        let mut cards: Vec<(String, Concerned)> = std::mem::take(&mut self.cards).into_iter().collect();
        cards.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let count = cards.len() as u64;
        let mut unknown = HashSet::new();
        for (card, concerned) in cards {
            match concerned {
                Concerned::At(standing, _) => keep_standing(self.transaction, &card, &standing)?,
                Concerned::Unknown => {
                    unknown.insert(card);
                }
            }
        }
        keep_derived(self.transaction, &unknown)?;
        Ok(count)
    }
}

/// Puts the indexes of the log away where it will more than double, and gives what makes them again.
fn put_away(transaction: &Transaction<'_>, expected: u64) -> rusqlite::Result<Vec<String>> {
    let there: Option<i64> = transaction.query_row("SELECT max(seq) FROM event", [], |row| row.get(0))?;
    if expected < MANY || expected < there.unwrap_or(0).cast_unsigned() {
        return Ok(Vec::new());
    }
    // Those of the primary key and of the unique id have no text, and stay.
    let indexes: Vec<(String, String)> = transaction
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &indexes {
        transaction.execute_batch(&format!("DROP INDEX \"{name}\""))?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

impl Store {
    /// Takes over reviews that were made elsewhere, such as those of an imported collection, in one transaction. Each
    /// takes the place in its card's history that its time gives it, and the card's state follows. A review whose id
    /// is known is passed over, so the same import twice is one. Gives how many were new. O(reviews).
    ///
    /// The ids have to come from what is imported: two machines that import the same then have the same events.
    ///
    /// # Errors
    /// Where the file cannot be written; nothing is then taken over.
    pub fn import(&mut self, reviews: &[Review]) -> Result<u64, StoreError> {
        let never = Moment { utc_millis: 0, offset_minutes: 0 };
        self.import_with_marks(reviews, &[], never)
    }

    /// [`Store::import`], and in the same transaction what sets cards aside or marks them ([`Event::Suspend`],
    /// [`Event::Bury`], [`Event::Flag`]), in this order, as done here and at the moment `at`. What changes nothing is
    /// not logged. O(reviews + marks).
    ///
    /// # Errors
    /// Where the file cannot be written; nothing is then taken over.
    pub fn import_with_marks(
        &mut self,
        reviews: &[Review],
        marks: &[(String, Event)],
        at: Moment,
    ) -> Result<u64, StoreError> {
        self.write_much(|transaction| {
            let mut incoming = Incoming::new(transaction, reviews.len() as u64)?;
            let mut last: Option<&Arc<Rules>> = None;
            for review in reviews {
                if last.is_none_or(|last| !Arc::ptr_eq(last, &review.rules)) {
                    insert_rules(transaction, &review.rules, review.at)?;
                    last = Some(&review.rules);
                }
                let review = Review {
                    before: rows::as_kept(review.before),
                    after: rows::as_kept(review.after),
                    ..review.clone()
                };
                let entry = Entry {
                    id: review.id.clone(),
                    card: Some(review.card.clone()),
                    at: review.at,
                    event: Event::Review(Box::new(review)),
                };
                incoming.take(&entry, stamp_of(entry.at), None)?;
            }
            incoming.settle()?;
            for (card, event) in marks {
                mark(transaction, card, event.clone(), at)?;
            }
            Ok(incoming.new)
        })
    }
}
