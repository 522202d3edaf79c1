//! What is kept of reading, beside the log: where it stopped, which sections are read, and bookmarks.
//!
//! A page is named by its topic's slug. A file beside the library has no slug; it is named by its canonical path
//! behind `file:`, which no slug begins with ([`file_key`]). There is no end to the files that somebody may open, so
//! only the places in the latest [`FILES`] of them are kept.

use std::path::Path;

use rusqlite::{Transaction, params};

use super::append::stamp_of;
use super::study::moment;
use super::{Store, StoreError};
use crate::memory::Moment;

/// Of how many files beside the library the place is kept. A row takes some 200 bytes.
pub const FILES: u32 = 500;

const FILE: &str = "file:";

/// The name under which a file beside the library is kept where a topic has its slug. `path` is canonical: a file has
/// one name, however it was reached.
#[must_use]
pub fn file_key(path: &Path) -> String {
    format!("{FILE}{}", path.display())
}

/// Whether the name is that of a file beside the library.
#[must_use]
pub fn is_file(topic: &str) -> bool {
    topic.starts_with(FILE)
}

/// The path of a file by the name under which it is kept; nothing for a topic.
#[must_use]
pub fn path_of(name: &str) -> Option<&Path> {
    name.strip_prefix(FILE).map(Path::new)
}

/// Where reading of a page stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The topic, by slug; or a file, by [`file_key`].
    pub topic: String,
    /// The id of the heading above; empty above the first.
    pub section: String,
    /// The line of the page's source, from 1.
    pub line: u32,
    /// How far the page was read at most, 0 to 1.
    pub share: f64,
    /// When.
    pub at: Moment,
}

/// A section that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMark {
    /// The topic, by slug; or a file, by [`file_key`].
    pub topic: String,
    /// The id of the section's heading.
    pub section: String,
    /// When it was read first.
    pub at: Moment,
}

/// A place that the learner wants to find again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// The topic, by slug; or a file, by [`file_key`].
    pub topic: String,
    /// The id of the heading; empty at the top of the page.
    pub section: String,
    /// When it was set.
    pub at: Moment,
}

impl Store {
    /// Keeps where reading of a page stopped. Of files beside the library the latest [`FILES`] are kept.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_position(&mut self, position: &Position) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO position (topic, section, line, share, at, offset, stamp) VALUES (?, ?, ?, ?, ?, ?, ?) \
                     ON CONFLICT (topic) DO UPDATE SET section = excluded.section, line = excluded.line, \
                     share = excluded.share, at = excluded.at, offset = excluded.offset, \
                     stamp = max(excluded.stamp, stamp + 1)",
                )?
                .execute(params![
                    position.topic,
                    position.section,
                    position.line,
                    position.share,
                    position.at.utc_millis,
                    position.at.offset_minutes,
                    stamp_of(position.at),
                ])?;
            if is_file(&position.topic) {
                forget_old_files(transaction)?;
            }
            Ok(())
        })
    }

    /// Where reading of a page stopped, if it was begun.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn position(&self, topic: &str) -> Result<Option<Position>, StoreError> {
        Ok(self.positions()?.into_iter().find(|position| position.topic == topic))
    }

    /// Where reading stopped, for all pages that were begun, the latest first.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn positions(&self) -> Result<Vec<Position>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT topic, section, line, share, at, offset FROM position ORDER BY at DESC, topic",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Position {
                    topic: row.get(0)?,
                    section: row.get(1)?,
                    line: row.get(2)?,
                    share: row.get(3)?,
                    at: moment(row, 4)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Marks a section as read. The first time counts.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn mark_read(&mut self, topic: &str, section: &str, at: Moment) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.prepare_cached(&setting("read"))?.execute(params![
                topic,
                section,
                at.utc_millis,
                at.offset_minutes,
                stamp_of(at)
            ])?;
            Ok(())
        })
    }

    /// Takes the mark of a section back. Without one nothing happens.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn unmark_read(&mut self, topic: &str, section: &str, at: Moment) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.prepare_cached(&removing("read"))?.execute(params![topic, section, stamp_of(at)])?;
            Ok(())
        })
    }

    /// All sections that were read, by topic and section.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read_marks(&self) -> Result<Vec<ReadMark>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT topic, section, at, offset FROM read WHERE gone = 0 ORDER BY topic, section",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(ReadMark { topic: row.get(0)?, section: row.get(1)?, at: moment(row, 2)? })
            })?;
            rows.collect()
        })
    }

    /// Sets a bookmark. One that is there already stays where it is in the order.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_bookmark(&mut self, topic: &str, section: &str, at: Moment) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.prepare_cached(&setting("bookmark"))?.execute(params![
                topic,
                section,
                at.utc_millis,
                at.offset_minutes,
                stamp_of(at)
            ])?;
            Ok(())
        })
    }

    /// Takes a bookmark away. Without one nothing happens.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn remove_bookmark(&mut self, topic: &str, section: &str, at: Moment) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.prepare_cached(&removing("bookmark"))?.execute(params![
                topic,
                section,
                stamp_of(at)
            ])?;
            Ok(())
        })
    }

    /// All bookmarks in the order in which they were set.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn bookmarks(&self) -> Result<Vec<Bookmark>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT topic, section, at, offset FROM bookmark WHERE gone = 0 ORDER BY at, topic, section",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Bookmark { topic: row.get(0)?, section: row.get(1)?, at: moment(row, 2)? })
            })?;
            rows.collect()
        })
    }
}

/// Sets a mark in a table of marks, unless it is set: topic, section, at, offset, stamp. Each change of a row has a
/// later stamp than the one before, so that the last one counts on every machine.
fn setting(table: &str) -> String {
    format!(
        "INSERT INTO {table} (topic, section, at, offset, stamp) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (topic, section) DO UPDATE SET at = excluded.at, offset = excluded.offset, gone = 0, \
         stamp = max(excluded.stamp, stamp + 1) WHERE gone = 1"
    )
}

/// Takes a mark away: topic, section, stamp. The row stays, so that another machine hears of it.
fn removing(table: &str) -> String {
    format!(
        "UPDATE {table} SET gone = 1, stamp = max(?3, stamp + 1) WHERE topic = ?1 AND section = ?2 AND gone = 0"
    )
}

/// Takes away the places in files that were open longest ago, and with them their marks. Bookmarks were set by hand
/// and stay.
fn forget_old_files(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    // All names from "file:" to before "file;", the next character: a range of the primary key.
    let forgotten = transaction
        .prepare_cached(
            "DELETE FROM position WHERE topic >= 'file:' AND topic < 'file;' AND topic NOT IN \
             (SELECT topic FROM position WHERE topic >= 'file:' AND topic < 'file;' ORDER BY at DESC, topic LIMIT ?)",
        )?
        .execute([FILES])?;
    if forgotten > 0 {
        transaction.execute(
            "DELETE FROM read WHERE topic >= 'file:' AND topic < 'file;' AND topic NOT IN (SELECT topic FROM position)",
            [],
        )?;
    }
    Ok(())
}
