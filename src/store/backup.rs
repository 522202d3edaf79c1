//! Backups: whole copies of the database that are known to be good.
//!
//! A copy is made by SQLite's online backup, in one step under one read lock: it is the state of one moment, and who
//! writes meanwhile is not in its way. It is made under another name, looked through (`quick_check`), and only
//! then gets its own. So a file with a backup's name is a good one, and what a full disk or a kill has cut short goes.
//!
//! There is one for each study day on which the program was used, and one before each migration. They thin out with
//! age, as Anki's do: all of two days, then one a day for 12 days, one a week for 10 weeks, one a month for 9 months.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{FILE, Store, StoreError, schema};
use crate::memory::{Moment, StudyDay};

/// The folder of backups in the data directory.
pub const FOLDER: &str = "backups";

const PREFIX: &str = "sysdrill-";
const SUFFIX: &str = ".db";
const PART: &str = ".part";

/// How old a backup may be, in days, to be kept whatever there is beside it; and how many days, weeks and months of
/// one backup each follow.
const ALL: i32 = 2;
const DAILY: i32 = 12;
const WEEKLY: i32 = 10;
const MONTHLY: i32 = 9;

impl Store {
    /// Makes the backup of the study day of `at`, if the directory `dir` has a database and no backup of that day yet,
    /// and thins out the older ones. Gives the new file.
    ///
    /// It opens the database for itself and needs no open store, so it may run on a thread of its own. O(file).
    ///
    /// # Errors
    /// Where it cannot be made, because the disk is full or the database damaged. Nothing is then left half-made.
    pub fn backup_if_due(dir: &Path, at: Moment) -> Result<Option<PathBuf>, StoreError> {
        let database = dir.join(FILE);
        if !database.is_file() {
            return Ok(None);
        }
        let today = at.study_day();
        let backups = dir.join(FOLDER);
        let path = backups.join(format!("{PREFIX}{today}{SUFFIX}"));
        if path.exists() {
            return Ok(None);
        }
        copy(&database, &path)?;
        thin_out(&backups, today);
        Ok(Some(path))
    }

    /// Copies the database of the directory `dir` to `to`, or into its folder of backups under the time of `at`, and
    /// gives the file. What stands there already is not overwritten.
    ///
    /// # Errors
    /// Where there is no database, the copy cannot be made, or `to` exists. Nothing is then left half-made.
    pub fn backup(dir: &Path, to: Option<&Path>, at: Moment) -> Result<PathBuf, StoreError> {
        let path = match to {
            Some(path) => path.to_path_buf(),
            None => free(&dir.join(FOLDER), &format!("{PREFIX}{}", stamp(at))),
        };
        if path.exists() {
            let why = "there is a file of that name already".to_string();
            return Err(StoreError::Backup { path, why });
        }
        let database = dir.join(FILE);
        if !database.is_file() {
            let why = "there is no database to copy yet".to_string();
            return Err(StoreError::Backup { path: database, why });
        }
        copy(&database, &path)?;
        Ok(path)
    }

    /// The backups in the directory `dir`, the newest first. None is looked into.
    #[must_use]
    pub fn backups(dir: &Path) -> Vec<PathBuf> {
        let mut found = listed(&dir.join(FOLDER), SUFFIX);
        found.sort_by(|a, b| b.cmp(a));
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// The newest backup in the directory `dir` that is whole: each is looked through, O(file), until one is.
    #[must_use]
    pub fn newest_good_backup(dir: &Path) -> Option<PathBuf> {
        Store::backups(dir).into_iter().find(|path| check(path).is_ok())
    }

    /// Puts a backup in the place of the database of the directory `dir`. What stood there is kept beside it under a
    /// name with the time of `at`, which is given, if anything stood there.
    ///
    /// # Errors
    /// Where `file` is no whole database of ours, another program has the present one open, or the disk is full. The
    /// present one is then where it was.
    pub fn restore(dir: &Path, file: &Path, at: Moment) -> Result<Option<PathBuf>, StoreError> {
        check(file)?;
        let database = dir.join(FILE);
        fs::create_dir_all(dir).map_err(|error| cannot(dir, &error))?;
        alone(&database)?;
        // A copy beside it first: from here on only names change.
        let part = dir.join(format!("{FILE}{PART}"));
        let _ = fs::remove_file(&part);
        duplicate(file, &part)?;
        let aside = if database.exists() {
            let aside = free(dir, &format!("{PREFIX}aside-{}", stamp(at)));
            fs::rename(&database, &aside).map_err(|error| cannot(&database, &error))?;
            // Its log belongs to it: without it, it lacks what was written last.
            for end in ["-wal", "-shm"] {
                let _ = fs::rename(with_end(&database, end), with_end(&aside, end));
            }
            Some(aside)
        } else {
            None
        };
        fs::rename(&part, &database).map_err(|error| cannot(&database, &error))?;
        sync_folder(dir);
        Ok(aside)
    }
}

/// Makes the backup before a migration: named by the day on which the file was last written, since no migration
/// looks at a clock.
pub(super) fn before_migration(database: &Path, version: i64) -> Result<(), StoreError> {
    let written = fs::metadata(database).and_then(|found| found.modified());
    let written = written.map_or(DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::from);
    let name = format!("{PREFIX}{}-before-v{version}", written.format("%Y-%m-%d"));
    let folder = database.with_file_name(FOLDER);
    let path = folder.join(format!("{name}{SUFFIX}"));
    if path.exists() {
        return Ok(());
    }
    copy(database, &path)
}

/// Copies a database that may be in use, looks the copy through, and gives it its name.
fn copy(database: &Path, path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    }
    // A name of our own: another copy of the program may be making the same backup.
    let part = with_end(path, &format!(".{}{PART}", std::process::id()));
    let _ = fs::remove_file(&part);
    let made = duplicate(database, &part).and_then(|()| check(&part)).and_then(|()| {
        fs::rename(&part, path).map_err(|error| cannot(path, &error))?;
        folder.into_iter().for_each(sync_folder);
        Ok(())
    });
    if made.is_err() {
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(with_end(&part, end));
        }
    }
    made
}

/// A copy of a database as one file without a write-ahead log beside it.
fn duplicate(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = open(from, OpenFlags::SQLITE_OPEN_READ_WRITE)
        // What may not be written, such as a backup on a disk that is write-protected, can still be read.
        .or_else(|_| open(from, OpenFlags::SQLITE_OPEN_READ_ONLY))
        .map_err(|error| StoreError::from_sqlite(from, &error))?;
    let fail = |error: rusqlite::Error| match StoreError::from_sqlite(to, &error) {
        StoreError::CannotWrite { path, why } => StoreError::Backup { path, why },
        StoreError::Damaged { why, .. } => {
            StoreError::Damaged { path: from.to_path_buf(), why, backup: None }
        }
        other => other,
    };
    source.busy_timeout(super::PATIENCE).map_err(fail)?;
    let mut target =
        open(to, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).map_err(fail)?;
    target.pragma_update(None, "synchronous", "FULL").map_err(fail)?;
    let step = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1)).map_err(fail)?;
    if step != StepResult::Done {
        return Err(StoreError::Locked { path: from.to_path_buf() });
    }
    // The copy has the source's mode in its header. One file is easier to keep than three.
    let mode: String =
        target.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(fail)?;
    debug_assert_eq!(mode, "delete");
    target.close().map_err(|(_, error)| fail(error))
}

/// Whether a file is a whole database of ours, of a version that we know.
fn check(path: &Path) -> Result<(), StoreError> {
    if !path.is_file() {
        return Err(StoreError::Backup {
            path: path.to_path_buf(),
            why: "there is no such file".to_string(),
        });
    }
    schema::inspect(path)?;
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(fail)?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
    let path = path.to_path_buf();
    match (found.as_str(), version) {
        ("ok", 1..) => Ok(()),
        ("ok", _) => Err(StoreError::Backup { path, why: "it holds no progress of sysdrill".to_string() }),
        (found, _) => {
            let why = found.replace('\n', " ").trim().to_string();
            Err(StoreError::Damaged { path, why, backup: None })
        }
    }
}

/// Refuses where another program has the database open: it would go on writing into the file that is put aside.
fn alone(database: &Path) -> Result<(), StoreError> {
    if !database.is_file() {
        return Ok(());
    }
    let Ok(connection) = open(database, OpenFlags::SQLITE_OPEN_READ_WRITE) else { return Ok(()) };
    let locked = connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK")
        .map_err(|error| StoreError::from_sqlite(database, &error));
    match locked {
        Err(StoreError::Locked { path }) => Err(StoreError::Locked { path }),
        // A damaged one cannot say, and is what is to be replaced.
        _ => Ok(()),
    }
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// Removes what is too old to be kept. What cannot be removed is tried again tomorrow.
fn thin_out(folder: &Path, today: StudyDay) {
    // What a kill has cut short on an earlier day.
    for (date, path) in listed(folder, PART) {
        if today.date().is_some_and(|today| date < today) {
            let _ = fs::remove_file(path);
        }
    }
    let found = listed(folder, SUFFIX);
    let dates: Vec<NaiveDate> = found.iter().map(|(date, _)| *date).collect();
    let Some(today) = today.date() else { return };
    let kept = kept(&dates, today);
    for (_, path) in found.iter().zip(kept).filter(|(_, kept)| !kept).map(|(found, _)| found) {
        let _ = fs::remove_file(path);
    }
}

/// Which backups of these days are kept.
fn kept(dates: &[NaiveDate], today: NaiveDate) -> Vec<bool> {
    let mut order: Vec<usize> = (0..dates.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse((dates[index], index)));
    let mut kept = vec![false; dates.len()];
    let mut filled = HashSet::new();
    for index in order {
        let date = dates[index];
        let day = date.num_days_from_ce();
        let age = today.num_days_from_ce() - day;
        let months = (today.year() - date.year()) * 12 + today.month() as i32 - date.month() as i32;
        // The newest of each span stays. Spans lie fast in the calendar, so that the same one stays tomorrow.
        let span = if age < ALL {
            Some((0, index as i32))
        } else if age < ALL + DAILY {
            Some((1, day))
        } else if age < ALL + DAILY + 7 * WEEKLY {
            Some((2, day.div_euclid(7)))
        } else if months <= MONTHLY + (ALL + DAILY + 7 * WEEKLY) / 30 {
            Some((3, date.year() * 12 + date.month() as i32))
        } else {
            None
        };
        kept[index] = span.is_some_and(|span| filled.insert(span));
    }
    // However long ago it was: the last one stays.
    if let Some(newest) = (0..dates.len()).max_by_key(|&index| (dates[index], index)) {
        kept[newest] = true;
    }
    kept
}

/// The files in a folder that are named as backups and end so, with the date in their names.
fn listed(folder: &Path, end: &str) -> Vec<(NaiveDate, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut found: Vec<(NaiveDate, PathBuf)> = names
        .filter_map(|name| {
            let rest = name.strip_prefix(PREFIX)?.strip_suffix(end)?;
            let date = NaiveDate::parse_from_str(rest.get(..10)?, "%Y-%m-%d").ok()?;
            Some((date, folder.join(&name)))
        })
        .collect();
    found.sort();
    found
}

/// A name that is not taken: this, or this and a number.
fn free(folder: &Path, name: &str) -> PathBuf {
    let first = folder.join(format!("{name}{SUFFIX}"));
    let others = (2..).map(|number| folder.join(format!("{name}-{number}{SUFFIX}")));
    std::iter::once(first).chain(others).find(|path| !path.exists()).unwrap_or_default()
}

/// The learner's date and time for the name of a file: `2026-11-21-183000`.
fn stamp(at: Moment) -> String {
    let local = at.utc_millis.saturating_add(i64::from(at.offset_minutes) * 60_000);
    let time = DateTime::<Utc>::from_timestamp_millis(local).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    time.format("%Y-%m-%d-%H%M%S").to_string()
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn cannot(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Backup { path: path.to_path_buf(), why: error.to_string() }
}

/// Has a new name on the disk; not every system can do that.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a date in a test")
    }

    /// Daily use over two years, thinned out every day: what is left, by age in days.
    #[test]
    fn daily_use_leaves_a_few_dozen() {
        let first = day("2024-11-21");
        let mut there: Vec<NaiveDate> = Vec::new();
        for day in 0..730_u64 {
            let today = first + chrono::Days::new(day);
            there.push(today);
            let keep = kept(&there, today);
            there = there.iter().zip(keep).filter(|(_, keep)| *keep).map(|(date, _)| *date).collect();
        }
        let today = first + chrono::Days::new(729);
        let ages: Vec<i64> = there.iter().rev().map(|date| (today - *date).num_days()).collect();
        assert_eq!(ages[..14], (0..14).collect::<Vec<i64>>());
        let weekly: Vec<i64> = ages.iter().copied().filter(|age| (14..84).contains(age)).collect();
        assert!((10..=11).contains(&weekly.len()), "{ages:?}");
        let monthly: Vec<i64> = ages.iter().copied().filter(|age| *age >= 84).collect();
        assert!((9..=10).contains(&monthly.len()), "{ages:?}");
        assert!(
            ages.windows(2).all(|pair| pair[1] - pair[0] <= 38),
            "no gap is longer than a month: {ages:?}"
        );
        assert!(*ages.last().expect("one") > 300 && *ages.last().expect("one") < 400, "{ages:?}");
    }

    proptest! {
        #[test]
        fn thinning_keeps_the_newest_and_is_done_once(days in prop::collection::vec(0..900_u64, 0..60), later in 0..400_u64) {
            let first = day("2020-01-31");
            let dates: Vec<NaiveDate> = days.iter().map(|day| first + chrono::Days::new(*day)).collect();
            let today = first + chrono::Days::new(900 + later);
            let keep = kept(&dates, today);
            let left: Vec<NaiveDate> = dates.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(date, _)| *date).collect();
            prop_assert_eq!(left.iter().max(), dates.iter().max());
            prop_assert!(kept(&left, today).iter().all(|keep| *keep), "what was kept is kept again");
            // What is in no span any more goes: a year behind all that is kept by age, only the newest is left.
            prop_assert!(later < 366 || left.len() <= 1, "{:?}", left);
        }
    }
}
