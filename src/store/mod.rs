//! The store: what the learner did, in one SQLite file, `sysdrill.db`.
//!
//! The log of events is the truth and only grows; where a card stands is derived from it and kept beside
//! it, so that a start reads one row a card and not the whole history. [`Store::save_review`] is the one
//! way in which an answer is saved: one transaction, on disk when it returns (`synchronous=FULL`, a
//! write-ahead log), so a kill at any moment loses nothing that was reported as saved.
//!
//! Several programs may have the file open. A writer takes the lock first and waits for it a while; a
//! reader never waits; [`Store::changed`] says whether another program has written since.

mod append;
mod backup;
mod batch;
mod derive;
mod due;
mod error;
mod event;
mod incoming;
mod log;
mod parameters;
mod reading;
mod rows;
mod schema;
mod stats;
mod study;
mod sync;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use backup::FOLDER as BACKUPS;
pub use batch::SHARED;
pub use derive::{Difference, FOLLOWS_NOT};
pub use due::Phases;
pub use error::StoreError;
pub use event::{Edit, Entry, Event, Fitted, Standing, Undone};
pub use reading::{Bookmark, FILES, Position, ReadMark, file_key, is_file, path_of};
pub use study::{DayCount, DemoMark};
pub use sync::Synced;

/// The name of the file in the data directory.
pub const FILE: &str = "sysdrill.db";

/// How long a writer waits for another program's lock.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How many statements are kept prepared: all that a session runs again and again.
const STATEMENTS: usize = 64;

/// Kilobytes of pages that are kept in memory: SQLite's own measure, and while much is written.
const USUAL: i64 = 2_000;
const MUCH: i64 = 256_000;

/// Pages that gather in the log beside the file before they are written into it. An answer changes some 17, scattered over
/// a large file, and whoever gives the one that fills this waits for all of them: with SQLite's own 1,000 that is
/// one answer of sixty.
const CHECKPOINT: i64 = 4_000;

/// An open store.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    data_version: i64,
    /// The fingerprint of rules that are known to be in the log.
    logged_rules: Option<String>,
}

impl Store {
    /// Opens the store in the directory `dir`, and makes both where they do not exist. On an existing store it
    /// runs five short statements that read no table.
    ///
    /// # Errors
    /// Where it cannot be written, is damaged, is of a newer version or is locked. The file is then as it was.
    pub fn open(dir: &Path) -> Result<Store, StoreError> {
        Store::open_with(dir, PATIENCE)
    }

    /// Opens the store in `dir` if there is one. Nothing is made.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(dir: &Path) -> Result<Option<Store>, StoreError> {
        // A path that cannot be looked at is an error for `open` to name.
        if matches!(dir.join(FILE).try_exists(), Ok(false)) && !dir.is_file() {
            return Ok(None);
        }
        Store::open(dir).map(Some)
    }

    /// Opens as [`Store::open`] does, with another time to wait for locks.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(dir: &Path, patience: Duration) -> Result<Store, StoreError> {
        Store::try_open(dir, patience).map_err(StoreError::with_backup)
    }

    fn try_open(dir: &Path, patience: Duration) -> Result<Store, StoreError> {
        let cannot =
            |why: std::io::Error| StoreError::CannotWrite { path: dir.to_path_buf(), why: why.to_string() };
        // Absolute, so that no name is taken for a URI ("file:...").
        let path = std::path::absolute(dir).map_err(cannot)?.join(FILE);
        std::fs::create_dir_all(dir).map_err(cannot)?;
        schema::inspect(&path)?;
        let fail = |error: rusqlite::Error| StoreError::from_sqlite(&path, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags).map_err(fail)?;
        connection.busy_timeout(patience).map_err(fail)?;
        if connection.is_readonly("main").map_err(fail)? {
            return Err(StoreError::CannotWrite { path, why: "the file is read-only".to_string() });
        }
        connection.execute_batch("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON").map_err(fail)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT).map_err(fail)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        schema::prepare(&path, &mut connection, patience)?;
        schema::keep_write_ahead(&connection, patience).map_err(fail)?;
        let data_version = data_version(&connection).map_err(fail)?;
        Ok(Store { connection, path, data_version, logged_rules: None })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether another program has written since this was last asked, or since the store was opened.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn changed(&mut self) -> Result<bool, StoreError> {
        let now = data_version(&self.connection).map_err(|error| self.fail(&error))?;
        Ok(std::mem::replace(&mut self.data_version, now) != now)
    }

    /// 64 random bits from the system, for the seed of a session.
    ///
    /// # Errors
    /// Where SQLite cannot answer.
    pub fn fresh_seed(&self) -> Result<u64, StoreError> {
        random(&self.connection).map_err(|error| self.fail(&error))
    }

    /// A note kept under a key, such as the day of the first start.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn note(&self, key: &str) -> Result<Option<String>, StoreError> {
        use rusqlite::OptionalExtension;
        self.read(|connection| {
            connection.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional()
        })
    }

    /// Keeps a note under a key, in place of the one that was there.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn set_note(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, value])?;
            Ok(())
        })
    }

    /// Runs `work` in one transaction that holds the write lock from its start; it is on disk when this returns.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let done = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(
            |transaction| {
                let result = work(&transaction)?;
                transaction.commit()?;
                Ok(result)
            },
        );
        done.map_err(|error| self.fail(&error))
    }

    /// [`Store::write`] for what may touch much of the file: with room in memory for the pages of all indexes.
    fn write_much<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let set = |connection: &Connection, kilobytes: i64| {
            connection.pragma_update(None, "cache_size", -kilobytes)
        };
        set(&self.connection, MUCH).map_err(|error| self.fail(&error))?;
        let done = self.write(work);
        set(&self.connection, USUAL).map_err(|error| self.fail(&error))?;
        done
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| self.fail(&error))
    }

    /// The error for people. Only where the file is damaged is it looked through for what is wrong: that
    /// reads all of it.
    fn fail(&self, error: &rusqlite::Error) -> StoreError {
        let sorted = StoreError::from_sqlite(&self.path, error);
        let StoreError::Damaged { path, why, .. } = sorted else { return sorted };
        let found: Option<String> =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).ok();
        let why = match found.filter(|found| found != "ok") {
            Some(found) => format!("{why} ({})", found.replace('\n', " ").trim()),
            None => why,
        };
        StoreError::Damaged { path, why, backup: None }.with_backup()
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0))
}

fn random(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT random()", [], |row| row.get(0)).map(i64::cast_unsigned)
}

#[cfg(test)]
mod tests;
