//! The parameters of the model that were fitted to the learner's own log.
//!
//! They are events of the log, with the name of the model that they belong to: those of another model are none. So they
//! travel with it, and each machine has to come to the same choice among what several have fitted. The last one would
//! be a bad choice: a machine that has long not heard of the others fits to a part of the log. The one counts that
//! knew most of the log, and of those that knew as much the last one. Choosing the usual parameters again ends all that
//! was fitted before.
//!
//! Each review's rules are in the log with the parameters they were made by, so what was scheduled before stays as it was.

use rusqlite::Connection;

use super::append::{append, fresh_id};
use super::event::{Entry, Event, Fitted};
use super::{Store, StoreError, rows};
use crate::memory::{EventId, MODEL, Moment};

/// How the names of these events begin, so that they are found among a million by the index of names.
const PREFIX: &str = "parameters-";

impl Store {
    /// The parameters that count among those that were fitted, here or on another machine, if there are any.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn own_parameters(&self) -> Result<Option<Vec<f32>>, StoreError> {
        self.read(|connection| {
            let mut chosen = Fitted::default();
            for fitted in fits(connection)? {
                // An event of another model is neither a fit nor the wish for the usual ones.
                if fitted.model == MODEL && (fitted.parameters.is_empty() || fitted.events >= chosen.events) {
                    chosen = fitted;
                }
            }
            Ok(Some(chosen.parameters).filter(|parameters| !parameters.is_empty()))
        })
    }

    /// Logs that these fitted parameters are to be used, or the usual ones again. O(log) for counting it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_own_parameters(&mut self, parameters: Option<&[f32]>, at: Moment) -> Result<(), StoreError> {
        self.write(|transaction| {
            let id = EventId(format!("{PREFIX}{}", fresh_id(transaction, at)?));
            let events = match parameters {
                Some(_) => {
                    transaction.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0))?
                }
                None => 0,
            };
            let parameters = parameters.unwrap_or_default().to_vec();
            let events = events.cast_unsigned();
            let fitted = Fitted { model: MODEL.to_string(), parameters, events };
            append(transaction, &Entry { id, card: None, at, event: Event::Parameters(Box::new(fitted)) })
        })
    }
}

/// All that was fitted, in the order on which all machines agree.
fn fits(connection: &Connection) -> rusqlite::Result<Vec<Fitted>> {
    // All names from the prefix to before the next one: "." follows "-".
    let sql = "SELECT detail FROM event WHERE id >= 'parameters-' AND id < 'parameters.' ORDER BY stamp, id";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map([], |row| {
        let detail: Option<String> = row.get(0)?;
        Ok(match rows::plain_event("parameters", detail.as_deref()) {
            Some(Some(Event::Parameters(fitted))) => Some(*fitted),
            _ => None,
        })
    })?;
    found.filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Rules;

    fn at(hour: u32) -> Moment {
        let noon: Moment = "2026-11-21T12:00:00+01:00".parse().expect("a time in a test");
        noon.plus_minutes(60 * hour)
    }

    fn own(store: &Store) -> Option<f32> {
        store.own_parameters().expect("read").map(|own| own[0])
    }

    #[test]
    fn parameters_come_back_to_the_last_bit_and_can_be_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("a store");
        assert_eq!(store.own_parameters().ok(), Some(None));
        let own: Vec<f32> = Rules::default().parameters.iter().map(|number| number * 1.100_001).collect();
        store.set_own_parameters(Some(&own), at(0)).expect("kept");
        assert_eq!(store.own_parameters().ok(), Some(Some(own.clone())));
        store.set_own_parameters(None, at(1)).expect("kept");
        assert_eq!(store.own_parameters().ok(), Some(None));
        // Also where the clock was set back.
        store.set_own_parameters(Some(&own), at(0)).expect("kept");
        assert_eq!(store.own_parameters().ok(), Some(Some(own)));
        // They are no step that an undo takes back, and no card's.
        assert_eq!(store.undo_last(at(2)).expect("asked"), None);
        assert_eq!(store.rebuild().expect("rebuilt"), []);
    }

    #[test]
    fn the_fit_that_knew_most_counts_and_the_usual_ones_end_it() {
        let (folder, one, two) = (tempfile::tempdir(), tempfile::tempdir(), tempfile::tempdir());
        let (folder, one, two) = (folder.expect("a folder"), one.expect("a folder"), two.expect("a folder"));
        let mut one = Store::open(one.path()).expect("a store");
        let mut two = Store::open(two.path()).expect("a store");
        for number in 0..5 {
            one.flag(&format!("card-{number}"), true, at(number)).expect("flagged");
        }
        one.set_own_parameters(Some(&[1.0, 2.0]), at(10)).expect("kept");
        // Another machine has a part of the log only and fits later.
        two.flag("card-9", true, at(11)).expect("flagged");
        two.set_own_parameters(Some(&[3.0, 4.0]), at(20)).expect("kept");
        assert_eq!((own(&one), own(&two)), (Some(1.0), Some(3.0)));
        for _ in 0..2 {
            one.sync(folder.path()).expect("synced");
            two.sync(folder.path()).expect("synced");
        }
        assert_eq!((own(&one), own(&two)), (Some(1.0), Some(1.0)));
        // Now it knows all of it.
        two.set_own_parameters(Some(&[5.0, 6.0]), at(21)).expect("kept");
        two.sync(folder.path()).expect("synced");
        one.sync(folder.path()).expect("synced");
        assert_eq!((own(&one), own(&two)), (Some(5.0), Some(5.0)));
        one.set_own_parameters(None, at(22)).expect("kept");
        one.sync(folder.path()).expect("synced");
        two.sync(folder.path()).expect("synced");
        assert_eq!((own(&one), own(&two)), (None, None));
    }

    #[test]
    fn those_of_another_model_are_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = Store::open(folder.path()).expect("a store");
        store.set_own_parameters(Some(&[1.0]), at(0)).expect("kept");
        let other = Fitted { model: "fsrs-9".to_string(), parameters: vec![2.0], events: 1_000 };
        let entry = Entry {
            id: EventId(format!("{PREFIX}x")),
            card: None,
            at: at(1),
            event: Event::Parameters(Box::new(other)),
        };
        store.write(|transaction| append(transaction, &entry)).expect("kept");
        assert_eq!(own(&store), Some(1.0));
    }
}
