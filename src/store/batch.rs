//! Several answers at once, and what was missed lately.
//!
//! A placement marks hundreds of cards as known in one step. They are saved and taken back together: in one transaction
//! each, so that a kill leaves all of them or none.

use rusqlite::{Connection, OptionalExtension, params};

use super::append::{append, fresh_id, insert_rules, keep_standing, keep_state, stamp_of};
use super::derive::{NOT_UNDONE, derive, standing};
use super::event::{Entry, Event};
use super::{Store, StoreError};
use crate::memory::{EventId, Moment, Review, StudyDay};

impl Store {
    /// Saves first answers to new cards, all or none, on disk when this returns. Cards that somebody has answered since are
    /// passed over. Says how many were saved. O(reviews log log).
    ///
    /// # Errors
    /// Where nothing was saved.
    pub fn save_first_reviews(&mut self, reviews: &[Review]) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let mut saved = 0;
            for review in reviews {
                if !standing(transaction, &review.card)?.state.is_new() {
                    continue;
                }
                insert_rules(transaction, &review.rules, review.at)?;
                let event = Event::Review(Box::new(review.clone()));
                let card = Some(review.card.clone());
                append(transaction, &Entry { id: review.id.clone(), card, at: review.at, event })?;
                keep_state(transaction, &review.card, &review.after)?;
                saved += 1;
            }
            Ok(saved)
        })
    }

    /// Takes back all reviews of one moment that say the same was answered, as those of a placement do. Says how many.
    ///
    /// # Errors
    /// Where nothing was taken back.
    pub fn undo_reviews_of(&mut self, moment: Moment, answer: &str, at: Moment) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let sql = format!(
                "SELECT e.id, e.card FROM event e JOIN review r ON r.event = e.seq \
                 WHERE e.day = ?1 AND e.at = ?2 AND r.answer = ?3 AND {NOT_UNDONE}"
            );
            let values = params![moment.study_day().0, moment.utc_millis, answer];
            let found: Vec<(String, String)> = transaction
                .prepare_cached(&sql)?
                .query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (id, card) in &found {
                let id_of_undo = fresh_id(transaction, at)?;
                let event = Event::Undo { target: EventId(id.clone()) };
                append(transaction, &Entry { id: id_of_undo, card: Some(card.clone()), at, event })?;
                let standing = derive(transaction, card)?;
                keep_standing(transaction, card, &standing)?;
            }
            Ok(found.len())
        })
    }

    /// The cards that were missed (graded Again) on the study day `from` or later. O(answers since then).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn missed_since(&self, from: StudyDay) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT DISTINCT e.card FROM event e JOIN review r ON r.event = e.seq \
                 WHERE e.day >= ?1 AND r.grade = 1 AND {NOT_UNDONE} ORDER BY 1"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map([from.0], |row| row.get(0))?;
            found.collect()
        })
    }

    /// Whether an answer to a card missed it on a study day from `from` on, one that was not taken back. O(its answers).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn was_missed_since(&self, card: &str, from: StudyDay) -> Result<bool, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT EXISTS (SELECT 1 FROM event e JOIN review r ON r.event = e.seq \
                 WHERE e.card = ?1 AND e.day >= ?2 AND r.grade = 1 AND {NOT_UNDONE})"
            );
            connection.prepare_cached(&sql)?.query_row(params![card, from.0], |row| row.get(0))
        })
    }

    /// How many reviews of a study day say that this was answered.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn answered_so(&self, day: StudyDay, answer: &str) -> Result<usize, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT count(*) FROM event e JOIN review r ON r.event = e.seq \
                 WHERE e.day = ?1 AND r.answer = ?2 AND {NOT_UNDONE}"
            );
            let count: u32 =
                connection.prepare_cached(&sql)?.query_row(params![day.0, answer], |row| row.get(0))?;
            Ok(count as usize)
        })
    }

    /// Keeps a note that the learner's other machines are to have too: its key begins with [`SHARED`]. The last one that was
    /// set counts, wherever that was.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_shared_note(&mut self, key: &str, value: &str, at: Moment) -> Result<(), StoreError> {
        debug_assert!(key.starts_with(SHARED), "{key} is a note of this machine");
        self.write(|transaction| {
            let before = note_stamp(transaction, key)?.map_or(0, |stamp| stamp.saturating_add(1));
            keep_shared_note(transaction, key, value, before.max(stamp_of(at)))
        })
    }

    /// The notes whose keys begin so, by key.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn notes(&self, beginning: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT key, value FROM meta WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map([beginning], |row| Ok((row.get(0)?, row.get(1)?)))?;
            found.collect()
        })
    }
}

/// How the keys of notes begin that travel with the log.
pub const SHARED: &str = "aim.";

/// When a shared note was set, if it was.
pub(super) fn note_stamp(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    let stamp: Option<String> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'stamp.' || ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(stamp.and_then(|stamp| stamp.parse().ok()))
}

/// Keeps a shared note and, beside it, when it was set.
pub(super) fn keep_shared_note(
    connection: &Connection,
    key: &str,
    value: &str,
    stamp: i64,
) -> rusqlite::Result<()> {
    let mut keep = connection.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)")?;
    keep.execute([key, value])?;
    keep.execute([&format!("stamp.{key}"), &stamp.to_string()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{CardState, Grade, ReviewKind, Scheduler};
    use std::sync::Arc;

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    fn review(card: &str, grade: Grade, answer: &str, number: u128, at: Moment) -> Review {
        let scheduler = Scheduler::default();
        Review {
            id: EventId::new(at, number),
            card: card.to_string(),
            at,
            grade,
            answer: Some(answer.to_string()),
            seed: 1,
            took_millis: 0,
            kind: ReviewKind::Scheduled,
            before: CardState::default(),
            after: scheduler.answer(&CardState::default(), grade, at, 1),
            rules: Arc::new(scheduler.rules().clone()),
        }
    }

    #[test]
    fn a_placement_is_saved_and_taken_back_as_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("a store");
        let own = review("t.3", Grade::Again, "mine", 9, now());
        store.save_review(&own).expect("saved");
        let placed: Vec<Review> =
            (0..5).map(|n| review(&format!("t.{n}"), Grade::Easy, "placed", n, now())).collect();
        assert_eq!(store.save_first_reviews(&placed).ok(), Some(4), "what was answered stays");
        assert_eq!(store.answered_so(now().study_day(), "placed").ok(), Some(4));
        assert_eq!(store.states().map(|states| states.len()).ok(), Some(5));
        assert_eq!(store.verify().ok(), Some(Vec::new()));
        assert_eq!(store.undo_reviews_of(now(), "placed", now().plus_minutes(1)).ok(), Some(4));
        assert_eq!(store.states().map(|states| states.len()).ok(), Some(1));
        assert_eq!(store.undo_reviews_of(now(), "placed", now().plus_minutes(2)).ok(), Some(0));
        assert_eq!(store.rebuild().ok(), Some(Vec::new()), "the log says the same");
        assert_eq!(store.missed_since(now().study_day()).ok(), Some(vec!["t.3".to_string()]));
        assert_eq!(store.missed_since(now().study_day() + 1).ok(), Some(Vec::new()));
        store.undo_last(now().plus_minutes(3)).expect("taken back");
        assert_eq!(store.missed_since(now().study_day()).ok(), Some(Vec::new()));
    }

    #[test]
    fn notes_are_found_by_how_their_keys_begin() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("a store");
        for (key, value) in [("aim.date", "x"), ("aim.level", "y"), ("aimless", "z")] {
            store.set_note(key, value).expect("kept");
        }
        let found = store.notes("aim.").expect("read");
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn what_is_aimed_at_travels_and_the_last_word_counts() {
        let folders = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
        let mut one = Store::open(folders[0].path()).expect("a store");
        let mut two = Store::open(folders[1].path()).expect("a store");
        let sync = |store: &mut Store| store.sync(folders[2].path()).expect("merged");
        let date = |store: &Store| store.note("aim.date").expect("read");
        one.set_shared_note("aim.date", "2027-01-20", now()).expect("kept");
        one.set_note("first", "a note of this machine").expect("kept");
        assert_eq!((sync(&mut one).sent, sync(&mut two).marks), (0, 1));
        assert_eq!(date(&two).as_deref(), Some("2027-01-20"));
        assert_eq!(two.note("first").expect("read"), None);
        // Both speak, and the later one counts.
        two.set_shared_note("aim.date", "2027-03-01", now().plus_minutes(5)).expect("kept");
        one.set_shared_note("aim.date", "2027-02-01", now().plus_minutes(9)).expect("kept");
        sync(&mut one);
        sync(&mut two);
        sync(&mut one);
        assert_eq!(date(&one).as_deref(), Some("2027-02-01"));
        assert_eq!(date(&two), date(&one));
        // What comes after what was known counts, whatever the clock says.
        two.set_shared_note("aim.date", "", now()).expect("kept");
        sync(&mut two);
        sync(&mut one);
        assert_eq!(date(&one).as_deref(), Some(""));
        assert_ne!(one.machine().expect("a name"), two.machine().expect("a name"));
    }
}
