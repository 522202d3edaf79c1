//! What a start asks: what is due, how much will come, what was begun. Each question is answered from an index, so its
//! cost follows the answer and not the collection.

use rusqlite::{Connection, OptionalExtension, Row};

use super::event::Standing;
use super::rows::{self, state_columns};
use super::{Store, StoreError};
use crate::memory::StudyDay;

/// How many cards stand in each phase. New cards are not among them: the store hears of a card by its first answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// In the learning steps.
    pub learning: u32,
    /// Learned.
    pub review: u32,
    /// Forgotten, and in the relearning steps.
    pub relearning: u32,
}

impl Phases {
    /// All that were ever answered.
    #[must_use]
    pub fn seen(&self) -> u32 {
        self.learning + self.review + self.relearning
    }
}

impl Store {
    /// The cards that may be asked on the study day `today`: all in their learning steps, and those whose review is due
    /// on it or before. Suspended and buried cards are not among them, new ones neither. Sorted by id. O(what is due).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn due(&self, today: StudyDay) -> Result<Vec<(String, Standing)>, StoreError> {
        self.read(|connection| {
            let rest = "WHERE phase = 2 AND suspended = 0 AND due <= ?1 AND (buried IS NULL OR buried <= ?1) \
                 UNION ALL SELECT {} FROM card INDEXED BY card_step \
                 WHERE phase IN (1, 3) AND suspended = 0 AND (buried IS NULL OR buried <= ?1)";
            let rest = rest.replace("{}", &columns());
            let sql = format!("SELECT {} FROM card INDEXED BY card_due {rest}", columns());
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found: Vec<_> = statement.query_map([today.0], named)?.collect::<Result<_, _>>()?;
            found.sort_unstable_by(|a: &(String, Standing), b| a.0.cmp(&b.0));
            Ok(found)
        })
    }

    /// How many cards fall due on each of `days` study days from `today` on: the first holds also what is overdue and
    /// the learning steps. Suspended cards are not counted, new ones neither. O(cards that fall due by then).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn load(&self, today: StudyDay, days: usize) -> Result<Vec<u32>, StoreError> {
        self.read(|connection| {
            let mut load = vec![0_u32; days];
            let beyond = i64::from(today.0).saturating_add(i64::try_from(days).unwrap_or(i64::MAX));
            let mut statement = connection.prepare_cached(
                "SELECT due, count(*) FROM card INDEXED BY card_due \
                 WHERE phase = 2 AND suspended = 0 AND due < ? GROUP BY due",
            )?;
            let mut found = statement.query([beyond])?;
            while let Some(row) = found.next()? {
                let day = StudyDay(row.get(0)?).since(today) as usize;
                if let Some(count) = load.get_mut(day) {
                    *count += row.get::<_, u32>(1)?;
                }
            }
            let steps: u32 = connection
                .prepare_cached("SELECT count(*) FROM card WHERE phase IN (1, 3) AND suspended = 0")?
                .query_row([], |row| row.get(0))?;
            if let Some(first) = load.first_mut() {
                *first += steps;
            }
            Ok(load)
        })
    }

    /// The cards that are suspended, buried (also those whose day has passed) or flagged, by id. O(these).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn set_aside(&self) -> Result<Vec<(String, Standing)>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {} FROM card INDEXED BY card_marked \
                 WHERE suspended = 1 OR buried IS NOT NULL OR flagged = 1 ORDER BY id",
                columns()
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map([], named)?;
            found.collect()
        })
    }

    /// Where the cards of one topic stand (ids `topic.name`), by id; new ones are missing. O(cards of the topic).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn of_topic(&self, topic: &str) -> Result<Vec<(String, Standing)>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT {} FROM card WHERE id >= ? AND id < ? ORDER BY id", columns());
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(range(topic), named)?;
            found.collect()
        })
    }

    /// How many cards of a topic stand in each phase. O(cards of the topic).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn phases(&self, topic: &str) -> Result<Phases, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT count(*) FILTER (WHERE phase = 1), count(*) FILTER (WHERE phase = 2), \
                     count(*) FILTER (WHERE phase = 3) FROM card WHERE id >= ? AND id < ?",
                )?
                .query_row(range(topic), |row| {
                    Ok(Phases { learning: row.get(0)?, review: row.get(1)?, relearning: row.get(2)? })
                })
        })
    }

    /// The topics of which cards were answered, in order: what stands before the first dot of their ids. O(topics).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn topics(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let mut topics = Vec::new();
            let mut next = String::new();
            while let Some(card) = first_from(connection, &next)? {
                // From one topic to the next by the primary key: "/" is the character behind ".".
                let topic = card.split_once('.').map_or(card.as_str(), |(topic, _)| topic).to_string();
                next = if topic.len() < card.len() { format!("{topic}/") } else { format!("{card}\0") };
                topics.push(topic);
            }
            // An id without a dot stands apart from those of the same topic.
            topics.sort_unstable();
            topics.dedup();
            Ok(topics)
        })
    }

    /// The ids of all cards of which anything is known, in order. Those that no deck has were removed, or belong to a
    /// deck that is not here; [`Store::forget`] gives them up. O(cards).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn known_cards(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT id FROM card ORDER BY id")?;
            let found = statement.query_map([], |row| row.get(0))?;
            found.collect()
        })
    }

    /// Whether more than so many cards are known. O(this number).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn has_more_cards_than(&self, count: u32) -> Result<bool, StoreError> {
        self.read(|connection| {
            let one = connection
                .prepare_cached("SELECT 1 FROM card LIMIT 1 OFFSET ?")?
                .query_row([count], |_| Ok(()))
                .optional()?;
            Ok(one.is_some())
        })
    }

    /// How many reviews are in the log, those that were taken back among them, and how many cards are known. O(log),
    /// without reading rows.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn size(&self) -> Result<(u64, u64), StoreError> {
        self.read(|connection| {
            connection.query_row(
                "SELECT (SELECT count(*) FROM review), (SELECT count(*) FROM card)",
                [],
                |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned())),
            )
        })
    }
}

fn columns() -> String {
    format!("id, {}, suspended, buried, flagged", state_columns(""))
}

fn named(row: &Row<'_>) -> rusqlite::Result<(String, Standing)> {
    Ok((row.get(0)?, rows::standing(row, 1)?))
}

/// The ids of a topic's cards: from `topic.` to before `topic/`.
fn range(topic: &str) -> [String; 2] {
    [format!("{topic}."), format!("{topic}/")]
}

fn first_from(connection: &Connection, from: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT id FROM card WHERE id >= ? ORDER BY id LIMIT 1")?
        .query_row([from], |row| row.get(0))
        .optional()
}
