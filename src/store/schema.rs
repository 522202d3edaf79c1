//! The tables, and how a file comes to have them.
//!
//! The file's `user_version` counts the migrations that it has been through. Those that it lacks run in one
//! transaction, behind a backup: a kill leaves the file at the old version or the newest. The version and the owner are first read from the
//! file's header without SQLite: opening a database of a newer program may already change it (a
//! checkpoint on closing), and one that we refuse has to stay as it is, byte for byte.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::{Store, StoreError, backup};

/// Marks a SQLite file as ours, in its header: "sysd".
const APPLICATION: i32 = 0x7379_7364;

/// The step from each version to the next. A step that has been released never changes.
pub(super) const MIGRATIONS: [&str; 4] =
    [include_str!("v1.sql"), include_str!("v2.sql"), include_str!("v3.sql"), include_str!("v4.sql")];

/// The newest version that we know.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Refuses a file that is no database, belongs to another program or is of a newer version, without touching it.
pub(super) fn inspect(path: &Path) -> Result<(), StoreError> {
    let cannot =
        |error: std::io::Error| StoreError::CannotWrite { path: path.to_path_buf(), why: error.to_string() };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot(error)),
    };
    let mut header = Vec::with_capacity(100);
    file.take(100).read_to_end(&mut header).map_err(cannot)?;
    // SQLite makes an empty file before it writes the first page: a start that was cut short. Where there are backups there
    // was more in it, and what emptied it was no start.
    if header.is_empty() {
        if path.parent().is_none_or(|dir| Store::backups(dir).is_empty()) {
            return Ok(());
        }
        let why = "it is empty".to_string();
        return Err(StoreError::Damaged { path: path.to_path_buf(), why, backup: None });
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        let why = "it is no SQLite database".to_string();
        return Err(StoreError::Damaged { path: path.to_path_buf(), why, backup: None });
    }
    // The database file format, section 1.3: big-endian numbers at fixed places.
    let number = |place: usize| {
        i32::from_be_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]])
    };
    let (version, application) = (i64::from(number(60)), number(68));
    if application != APPLICATION && (application != 0 || version != 0) {
        return Err(StoreError::Foreign { path: path.to_path_buf() });
    }
    refuse_newer(path, version)
}

/// Brings an open database to the newest version. On an existing one this is one statement that reads the header.
/// A new one gets its tables, for which locks of other programs are waited for as long as `patience`.
pub(super) fn prepare(
    path: &Path,
    connection: &mut Connection,
    patience: Duration,
) -> Result<(), StoreError> {
    let result = settle(path, connection, patience);
    if result.is_err() {
        // The log of a file that we refuse stays beside it. There is nothing to do if this fails too.
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
    result
}

fn settle(path: &Path, connection: &mut Connection, patience: Duration) -> Result<(), StoreError> {
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let version = user_version(connection).map_err(fail)?;
    refuse_newer(path, version)?;
    if version < KNOWN {
        if version == 0 {
            let tables: i64 = connection
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
                .map_err(fail)?;
            // Version 0 with tables in it: not made by us, or another start is just making them.
            if tables > 0 && user_version(connection).map_err(fail)? == 0 {
                return Err(StoreError::Foreign { path: path.to_path_buf() });
            }
            write_ahead(connection, patience).map_err(fail)?;
        } else {
            backup::before_migration(path, KNOWN)?;
        }
        migrate(connection).map_err(fail)?;
    }
    Ok(())
}

/// Has a file that was put back from a backup written ahead again, as it was. Reads one word of the header.
pub(super) fn keep_write_ahead(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode == "wal" { Ok(()) } else { write_ahead(connection, patience) }
}

/// Switches a new file to write-ahead logging. Two programs that make the same file at the same moment stand in each
/// other's way here, and SQLite reports that at once instead of waiting as it does elsewhere.
fn write_ahead(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < patience =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again under the lock: another start may have been quicker.
    let version = usize::try_from(user_version(&transaction)?).unwrap_or(usize::MAX);
    for sql in MIGRATIONS.iter().skip(version) {
        transaction.execute_batch(sql)?;
    }
    if version < MIGRATIONS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", KNOWN)?;
    }
    transaction.commit()
}

fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn refuse_newer(path: &Path, found: i64) -> Result<(), StoreError> {
    if found > KNOWN {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known: KNOWN });
    }
    Ok(())
}
