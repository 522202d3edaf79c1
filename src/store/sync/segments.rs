//! Writing what others lack of our log: files of events that never change.
//!
//! Which events a file holds is noted in the database before the file is written: all of one origin within a range of
//! places in the log, which only grows. So the file can be made again at any time, byte for byte, for a folder
//! that lacks it.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::line::Body;
use super::{Synced, files, line};
use crate::memory::Moment;
use crate::store::append::stamp_of;
use crate::store::event::{Entry, Event};
use crate::store::rows;
use crate::store::{Store, StoreError};

/// How many events a file holds at most: one that was copied in part costs no more than these for the time being.
const EVENTS: u32 = 20_000;

/// A file of ours.
struct Planned {
    number: i64,
    first: i64,
    last: i64,
    header: String,
    size: u64,
}

impl Store {
    /// Writes what the folder lacks: files that it should have, and new ones for what is in none. Events of others are
    /// written only where the folder knows nothing of their machine. Says whether all could be written: not so where
    /// a file would not be the one that was noted, because another version of the program wrote it.
    pub(super) fn send(
        &mut self,
        own: &Path,
        others: &[String],
        done: &mut Synced,
    ) -> Result<bool, StoreError> {
        let mut origins: Vec<(Option<i64>, Option<String>)> = vec![(None, None)];
        let known: Vec<(i64, String)> = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT number, id FROM machine ORDER BY number")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        let missing = known.into_iter().filter(|(_, name)| !others.contains(name) && *name != done.machine);
        origins.extend(missing.map(|(number, name)| (Some(number), Some(name))));
        for (origin, name) in origins {
            for planned in self.planned(origin)? {
                let path = own.join(files::segment_name(planned.number));
                if path.metadata().is_ok_and(|found| found.len() == planned.size) {
                    continue;
                }
                let (first, last) = (planned.first, planned.last);
                let (header, file, events) = self.read(|connection| {
                    file(connection, &done.machine, origin, name.as_deref(), first, last)
                })?;
                if header != planned.header {
                    return Ok(false);
                }
                files::write(own, &files::segment_name(planned.number), &file)?;
                done.sent += events;
            }
            while let Some((number, file, events)) = self.plan(&done.machine, origin, name.as_deref())? {
                files::write(own, &files::segment_name(number), &file)?;
                done.sent += events;
            }
        }
        Ok(true)
    }

    fn planned(&self, origin: Option<i64>) -> Result<Vec<Planned>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, first, last, header, size FROM segment WHERE origin IS ? ORDER BY number",
            )?;
            let rows = statement.query_map([origin], |row| {
                Ok(Planned {
                    number: row.get(0)?,
                    first: row.get(1)?,
                    last: row.get(2)?,
                    header: row.get(3)?,
                    size: row.get::<_, i64>(4)?.cast_unsigned(),
                })
            })?;
            rows.collect()
        })
    }

    /// Notes the next file of events that are in none, and makes it.
    fn plan(
        &mut self,
        machine: &str,
        origin: Option<i64>,
        name: Option<&str>,
    ) -> Result<Option<(i64, String, u64)>, StoreError> {
        let bounds = |connection: &Connection| -> rusqlite::Result<Option<(i64, i64)>> {
            let done: i64 = connection
                .prepare_cached("SELECT coalesce(max(last), 0) FROM segment WHERE origin IS ?")?
                .query_row([origin], |row| row.get(0))?;
            connection
                .prepare_cached(
                    "SELECT min(seq), max(seq) FROM (SELECT seq FROM event \
                     WHERE seq > ? AND origin IS ? AND kind <> 'rules' ORDER BY seq LIMIT ?)",
                )?
                .query_row(params![done, origin, EVENTS], |row| {
                    Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?))
                })
        };
        // Without anything to write, no lock is taken.
        if self.read(bounds)?.is_none() {
            return Ok(None);
        }
        self.write(|transaction| {
            let Some((first, last)) = bounds(transaction)? else { return Ok(None) };
            let (header, file, events) = file(transaction, machine, origin, name, first, last)?;
            transaction.execute(
                "INSERT INTO segment (origin, first, last, header, size) VALUES (?, ?, ?, ?, ?)",
                params![origin, first, last, header, file.len() as i64],
            )?;
            Ok(Some((transaction.last_insert_rowid(), file, events)))
        })
    }
}

/// The file that holds the events from `first` to `last` of one origin: its first line, all of it, and how many events
/// it holds. The rules that its reviews name come first.
fn file(
    connection: &Connection,
    machine: &str,
    origin: Option<i64>,
    name: Option<&str>,
    first: i64,
    last: i64,
) -> rusqlite::Result<(String, String, u64)> {
    let book = rows::rule_book(connection)?;
    let rest = "WHERE e.seq BETWEEN ?1 AND ?2 AND e.origin IS ?3 AND e.kind <> 'rules' ORDER BY e.seq";
    let mut statement = connection.prepare_cached(&rows::select_entries(rest))?;
    let mut found = statement.query(params![first, last, origin])?;
    let mut events = Vec::new();
    let mut named = BTreeSet::new();
    while let Some(row) = found.next()? {
        let entry = rows::entry(row, &book)?;
        if let Event::Review(review) = &entry.event {
            named.insert(review.rules.fingerprint());
        }
        events.push((entry, row.get::<_, i64>(rows::STAMP)?));
    }
    let mut body = Body::default();
    let json = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(error.into());
    for fingerprint in named {
        if let Some(entry) = rules(connection, &fingerprint, &book)? {
            let detail = rows::detail(&entry.event);
            body.push(&line::write(&entry, stamp_of(entry.at), detail.as_deref())).map_err(json)?;
        }
    }
    let count = events.len() as u64;
    for (entry, stamp) in events {
        let detail = rows::detail(&entry.event);
        body.push(&line::write(&entry, stamp, detail.as_deref())).map_err(json)?;
    }
    let (header, file) = body.finish("log", machine, name).map_err(json)?;
    Ok((header, file, count))
}

fn rules(
    connection: &Connection,
    fingerprint: &str,
    book: &rows::RuleBook,
) -> rusqlite::Result<Option<Entry>> {
    let id = rows::rules_id(fingerprint);
    let at: Option<Moment> = connection
        .prepare_cached("SELECT at, offset FROM event WHERE id = ?")?
        .query_row([&id.0], |row| Ok(Moment { utc_millis: row.get(0)?, offset_minutes: row.get(1)? }))
        .optional()?;
    let rules = book.get(fingerprint).cloned();
    Ok(at.zip(rules).map(|(at, rules)| Entry { id, card: None, at, event: Event::Rules(rules) }))
}
