//! Reading the log, and deriving from it where the cards stand.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params_from_iter};

use super::append::keep_standing;
use super::event::{Entry, Event, Standing};
use super::rows::{self, RuleBook, state_columns};
use super::{Store, StoreError, stats};
use crate::memory::{Review, StudyDay};

/// Keeps events that were taken back out of a selection; `e` is the event.
pub(super) const NOT_UNDONE: &str = "NOT EXISTS (SELECT 1 FROM event u WHERE u.target = e.id)";

/// How a finding ends that [`Store::rebuild`] mends.
pub const FOLLOWS_NOT: &str = "does not follow from the log";

/// A card of which the log says something else than the table of cards.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The card.
    pub card: String,
    /// What the table says; nothing for a card that it does not have.
    pub kept: Option<Standing>,
    /// What follows from the log; nothing for a card of which the log does not speak.
    pub derived: Option<Standing>,
}

impl Store {
    /// Where each card stands of which anything is known. A card that is missing is new. O(cards).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn states(&self) -> Result<HashMap<String, Standing>, StoreError> {
        self.read(all_standings)
    }

    /// Where one card stands.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn state(&self, card: &str) -> Result<Standing, StoreError> {
        self.read(|connection| standing(connection, card))
    }

    /// The whole log in the order on which all machines agree, or that of one card; also what was taken back, and the undos.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn log(&self, card: Option<&str>) -> Result<Vec<Entry>, StoreError> {
        self.read(|connection| {
            let book = rows::rule_book(connection)?;
            let rest = match card {
                Some(_) => "WHERE e.card = ? ORDER BY e.stamp, e.id",
                None => "ORDER BY e.stamp, e.id",
            };
            let mut statement = connection.prepare_cached(&rows::select_entries(rest))?;
            let entries = statement.query_map(params_from_iter(card), |row| rows::entry(row, &book))?;
            entries.collect()
        })
    }

    /// The reviews since the beginning of the study day `from` that were not taken back, in the order on which
    /// all machines agree.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn reviews_since(&self, from: StudyDay) -> Result<Vec<Review>, StoreError> {
        self.read(|connection| {
            let book = rows::rule_book(connection)?;
            let rest =
                format!("WHERE e.day >= ?1 AND e.kind = 'review' AND {NOT_UNDONE} ORDER BY e.stamp, e.id");
            let mut statement = connection.prepare_cached(&rows::select_entries(&rest))?;
            let rows = statement.query_map([from.0], |row| rows::entry(row, &book))?;
            let reviews = rows.filter_map(|entry| match entry {
                Ok(Entry { event: Event::Review(review), .. }) => Some(Ok(*review)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            });
            reviews.collect()
        })
    }

    /// Derives where all cards stand from the log and puts it in place of what was kept. Says where the two
    /// differed, sorted by card; no differences is what is to be expected. O(log).
    ///
    /// # Errors
    /// Where the file cannot be written; nothing is then changed.
    pub fn rebuild(&mut self) -> Result<Vec<Difference>, StoreError> {
        self.write(|transaction| {
            let found = differences(transaction)?;
            for Difference { card, derived, .. } in &found {
                keep_standing(transaction, card, &derived.unwrap_or_default())?;
            }
            stats::recount(transaction)?;
            Ok(found)
        })
    }

    /// Looks through the whole file: the findings of SQLite's own check, and the cards of which the log says
    /// something else than is kept. Empty where all is well. Changes nothing. O(file).
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
            for line in statement.query_map([], |row| row.get::<_, String>(0))? {
                match line {
                    Ok(line) if line == "ok" => {}
                    Ok(line) => found.push(line),
                    // The check itself may stumble over what it looks for.
                    Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                        found.push(error.to_string());
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            if found.is_empty() {
                let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
                if statement.exists([])? {
                    found.push("a review has no event".to_string());
                }
                let differing = differences(connection)?;
                found.extend(
                    differing
                        .iter()
                        .map(|difference| format!("card {}: its state {FOLLOWS_NOT}", difference.card)),
                );
                if stats::differs(connection)? {
                    found.push(format!("what is kept of the statistics {FOLLOWS_NOT}"));
                }
            }
            Ok(found)
        })
    }
}

/// Where one card stands, as kept.
pub(super) fn standing(connection: &Connection, card: &str) -> rusqlite::Result<Standing> {
    let sql = format!("SELECT {}, suspended, buried, flagged FROM card WHERE id = ?", state_columns(""));
    let found =
        connection.prepare_cached(&sql)?.query_row([card], |row| rows::standing(row, 0)).optional()?;
    Ok(found.unwrap_or_default())
}

fn all_standings(connection: &Connection) -> rusqlite::Result<HashMap<String, Standing>> {
    let sql = format!("SELECT id, {}, suspended, buried, flagged FROM card", state_columns(""));
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, rows::standing(row, 1)?)))?;
    rows.collect()
}

/// Where one card stands, from the log alone.
pub(super) fn derive(connection: &Connection, card: &str) -> rusqlite::Result<Standing> {
    derive_one(connection, card, &rows::rule_book(connection)?)
}

fn derive_one(connection: &Connection, card: &str, book: &RuleBook) -> rusqlite::Result<Standing> {
    let rest = format!("WHERE e.card = ?1 AND {NOT_UNDONE} ORDER BY e.stamp, e.id");
    let mut statement = connection.prepare_cached(&rows::select_entries(&rest))?;
    let mut standing = Standing::default();
    let mut found = statement.query([card])?;
    while let Some(row) = found.next()? {
        rows::fold(row, book, &mut standing)?;
    }
    Ok(standing)
}

/// Where every card stands, from the log alone. O(log).
///
/// The index of stamps gives the order without sorting a million rows. It says nothing of events with one stamp; where a
/// card has such, that card is derived by itself.
fn derive_all(connection: &Connection) -> rusqlite::Result<HashMap<String, Standing>> {
    let book = rows::rule_book(connection)?;
    let rest = format!("WHERE e.card IS NOT NULL AND {NOT_UNDONE} ORDER BY e.stamp");
    let mut statement = connection.prepare(&rows::select_entries(&rest))?;
    let mut standings: HashMap<String, (Standing, i64)> = HashMap::new();
    let mut tied: HashSet<String> = HashSet::new();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let card = row.get_ref(rows::CARD)?.as_str()?;
        let stamp = row.get(rows::STAMP)?;
        if let Some((standing, last)) = standings.get_mut(card) {
            if *last == stamp && !tied.contains(card) {
                tied.insert(card.to_string());
            }
            *last = stamp;
            rows::fold(row, &book, standing)?;
        } else {
            let mut standing = Standing::default();
            rows::fold(row, &book, &mut standing)?;
            standings.insert(card.to_string(), (standing, stamp));
        }
    }
    for card in tied {
        let standing = derive_one(connection, &card, &book)?;
        standings.insert(card, (standing, 0));
    }
    let standings = standings.into_iter().map(|(card, (standing, _))| (card, standing));
    Ok(standings.filter(|(_, standing)| *standing != Standing::default()).collect())
}

/// Derives where these cards stand and keeps it. O(their events), and at most O(log).
pub(super) fn keep_derived(transaction: &Transaction<'_>, cards: &HashSet<String>) -> rusqlite::Result<()> {
    let known: u32 = transaction.query_row("SELECT count(*) FROM card", [], |row| row.get(0))?;
    // One pass over the log is quicker than a search for each card, where they are many.
    if cards.len() > 1_000 && cards.len() > known as usize / 4 {
        let mut derived = derive_all(transaction)?;
        let mut sorted: Vec<&String> = cards.iter().collect();
        sorted.sort_unstable();
        for card in sorted {
            keep_standing(transaction, card, &derived.remove(card).unwrap_or_default())?;
        }
        return Ok(());
    }
    let book = rows::rule_book(transaction)?;
    for card in cards {
        keep_standing(transaction, card, &derive_one(transaction, card, &book)?)?;
    }
    Ok(())
}

fn differences(connection: &Connection) -> rusqlite::Result<Vec<Difference>> {
    let mut derived = derive_all(connection)?;
    let kept = all_standings(connection)?;
    let mut found: Vec<Difference> = kept
        .into_iter()
        .map(|(card, kept)| {
            let derived = derived.remove(&card);
            Difference { card, kept: Some(kept), derived }
        })
        .filter(|difference| difference.kept != difference.derived)
        .collect();
    found.extend(derived.into_iter().map(|(card, standing)| Difference {
        card,
        kept: None,
        derived: Some(standing),
    }));
    found.sort_by(|a, b| a.card.cmp(&b.card));
    Ok(found)
}
