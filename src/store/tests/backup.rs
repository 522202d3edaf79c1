//! Backups: good copies, put back when something is wrong, and nothing lost on the way.

use super::*;

fn days_later(days: u32) -> Moment {
    start().plus_minutes(days * 1_440)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .map(|entries| {
            entries.map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

#[test]
fn a_day_has_one_backup_and_it_is_whole() {
    let directory = directory();
    let path = directory.path();
    assert_eq!(Store::backup_if_due(path, start()).expect("looked"), None, "there is nothing to copy");
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let first = maker.save(&mut store, "a", Grade::Good, start());
    // What is only in the write-ahead log is copied too, and a writer is not in the way.
    let other = Connection::open(file(&directory)).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO meta VALUES ('not', 'done')").expect("a writer");
    let made = Store::backup_if_due(path, start()).expect("made").expect("a backup");
    assert_eq!(made, path.join("backups/sysdrill-2026-11-21.db"));
    other.execute_batch("COMMIT").expect("done");
    assert_eq!(Store::backup_if_due(path, start().plus_minutes(60)).expect("looked"), None);
    // Until four in the morning it is the same day.
    let night: Moment = "2026-11-22T03:59:00+01:00".parse().expect("a time in a test");
    assert_eq!(Store::backup_if_due(path, night).expect("looked"), None);
    let second = maker.save(&mut store, "a", Grade::Good, days_later(1));
    assert!(Store::backup_if_due(path, days_later(1)).expect("made").is_some());
    assert_eq!(names(&path.join("backups")), ["sysdrill-2026-11-21.db", "sysdrill-2026-11-22.db"]);
    let made_by_hand = Store::backup(path, None, start()).expect("made");
    assert!(made_by_hand.ends_with("backups/sysdrill-2026-11-21-120000.db"), "{made_by_hand:?}");
    assert!(
        Store::backup(path, None, start())
            .expect("made")
            .ends_with("backups/sysdrill-2026-11-21-120000-2.db")
    );
    assert_eq!(Store::backups(path)[0], path.join("backups/sysdrill-2026-11-22.db"), "the newest first");
    let elsewhere = directory.path().join("copy.db");
    Store::backup(path, Some(&elsewhere), start()).expect("made");
    assert!(
        matches!(Store::backup(path, Some(&elsewhere), start()), Err(StoreError::Backup { .. })),
        "not over a file"
    );

    // Each is a store of that day.
    for (backup, state) in [(made, first.after), (elsewhere, second.after)] {
        let place = self::directory();
        fs::copy(backup, file(&place)).expect("copied");
        let store = open(&place);
        assert_eq!(store.state("a").expect("a state").state, state);
        assert_eq!(store.note("not").expect("asked").is_some(), state == second.after);
        assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
    }
}

#[test]
fn old_backups_go_and_foreign_files_stay() {
    let directory = directory();
    let mut store = open(&directory);
    store.flag("a", true, start()).expect("flagged");
    let folder = directory.path().join("backups");
    fs::create_dir(&folder).expect("made");
    for name in [
        "sysdrill-2019-01-01.db",
        "sysdrill-2026-11-20.db",
        "notes.db",
        "sysdrill-mine.db",
        "sysdrill-2019-01-01.txt",
        "sysdrill-2026-11-20.db.77.part",
    ] {
        fs::write(folder.join(name), "old").expect("written");
    }
    Store::backup_if_due(directory.path(), start()).expect("made");
    assert_eq!(
        names(&folder),
        [
            "notes.db",
            "sysdrill-2019-01-01.txt",
            "sysdrill-2026-11-20.db",
            "sysdrill-2026-11-21.db",
            "sysdrill-mine.db"
        ]
    );
}

#[test]
fn a_damaged_database_names_its_newest_good_backup() {
    let directory = directory();
    filled(&directory);
    let path = directory.path();
    Store::backup_if_due(path, start()).expect("made");
    let good = path.join("backups/sysdrill-2026-11-21.db");
    // A newer one that was damaged since.
    let bad = path.join("backups/sysdrill-2026-11-22.db");
    let bytes = fs::read(&good).expect("read");
    fs::write(&bad, &bytes[..bytes.len() / 2]).expect("written");
    let database = file(&directory);
    fs::write(&database, &fs::read(&database).expect("read")[..20_000]).expect("cut");
    let error = Store::open(path).expect_err("damaged");
    let message = error.to_string();
    assert!(
        message.contains(&good.display().to_string()) && message.ends_with("sysdrill restore --newest"),
        "{message}"
    );
    assert_eq!(Store::newest_good_backup(path), Some(good.clone()));

    // The bad one is refused and changes nothing; the good one is put in place, and the damaged one kept.
    assert!(matches!(Store::restore(path, &bad, days_later(1)), Err(StoreError::Damaged { .. })));
    assert_eq!(fs::metadata(&database).expect("there").len(), 20_000);
    let aside = Store::restore(path, &good, days_later(1)).expect("restored").expect("the damaged one");
    assert!(aside.ends_with("sysdrill-aside-2026-11-22-120000.db"), "{aside:?}");
    assert_eq!(fs::metadata(&aside).expect("there").len(), 20_000);
    let mut store = open(&directory);
    assert_eq!(store.states().expect("states").len(), 200);
    let mode: String =
        store.connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("asked");
    assert_eq!(mode, "wal");
    Maker { made: 900, ..Maker::default() }.save(&mut store, "new", Grade::Good, start());
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
    assert_eq!(fs::read(&good).expect("read"), bytes, "a backup is not changed by its use");
}

#[test]
fn what_stood_in_the_way_of_a_restore_can_be_restored() {
    let directory = directory();
    let path = directory.path();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let first = maker.save(&mut store, "a", Grade::Good, start());
    let backup = Store::backup(path, None, start()).expect("made");
    let second = maker.save(&mut store, "a", Grade::Good, start().plus_minutes(9_000));
    // While it is open here it cannot be exchanged.
    let error = Store::restore(path, &backup, start()).expect_err("it is open");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    assert_eq!(store.state("a").expect("a state").state, second.after);
    drop(store);
    let aside = Store::restore(path, &backup, start()).expect("restored").expect("kept");
    assert_eq!(open(&directory).state("a").expect("a state").state, first.after);
    Store::restore(path, &aside, start()).expect("restored");
    assert_eq!(open(&directory).state("a").expect("a state").state, second.after);
    // Into a directory that has nothing.
    let empty = self::directory();
    assert_eq!(Store::restore(empty.path(), &backup, start()).expect("restored"), None);
    assert_eq!(open(&empty).state("a").expect("a state").state, first.after);
}

/// A program that was killed leaves a log beside its database: it belongs to it wherever it goes.
#[test]
fn a_log_that_was_left_behind_is_put_aside_with_its_database() {
    let directory = directory();
    let path = directory.path();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    maker.save(&mut store, "a", Grade::Good, start());
    let backup = Store::backup(path, None, start()).expect("made");
    let last = maker.save(&mut store, "b", Grade::Good, start());
    let killed = self::directory();
    for name in ["sysdrill.db", "sysdrill.db-wal"] {
        fs::copy(path.join(name), killed.path().join(name)).expect("copied");
    }
    let aside = Store::restore(killed.path(), &backup, start()).expect("restored").expect("kept");
    assert!(open(&killed).state("b").expect("a state").state.is_new());
    Store::restore(killed.path(), &aside, start()).expect("restored");
    assert_eq!(open(&killed).state("b").expect("a state").state, last.after);
}

#[test]
fn what_is_no_backup_is_refused() {
    let directory = directory();
    let path = directory.path();
    open(&directory).flag("a", true, start()).expect("flagged");
    let other = path.join("other.db");
    let check = |text: &str| {
        let error = Store::restore(path, &other, start()).expect_err("refused");
        assert!(error.to_string().contains(text), "{error}");
        assert!(open(&directory).state("a").expect("a state").flagged, "all is as it was");
    };
    check("no such file");
    fs::write(&other, "a text").expect("written");
    check("no SQLite database");
    fs::write(&other, "").expect("written");
    check("it holds no progress");
    fs::remove_file(&other).expect("removed");
    Connection::open(&other).expect("opened").execute_batch("CREATE TABLE notes (id INTEGER)").expect("made");
    check("it holds no progress");
    fs::remove_file(&other).expect("removed");
    Store::backup(path, Some(&other), start()).expect("made");
    Connection::open(&other).expect("opened").pragma_update(None, "user_version", 99).expect("set");
    check("version 99");
}

#[test]
fn a_backup_that_cannot_be_made_leaves_nothing() {
    let directory = directory();
    let path = directory.path();
    filled(&directory);
    // Where the folder should be there is a file.
    fs::write(path.join("backups"), "").expect("written");
    assert!(matches!(Store::backup_if_due(path, start()), Err(StoreError::Backup { .. })));
    fs::remove_file(path.join("backups")).expect("removed");
    // The database is damaged where only a look at all of it finds it.
    let length = fs::metadata(file(&directory)).expect("there").len();
    let mut bytes = fs::OpenOptions::new().write(true).open(file(&directory)).expect("opened");
    bytes.seek(SeekFrom::Start(length / 2 / 4096 * 4096)).expect("sought");
    bytes.write_all(&[0xa5; 8192]).expect("written");
    let error = Store::backup_if_due(path, start()).expect_err("damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(names(&path.join("backups")), Vec::<String>::new());
}

#[test]
fn before_a_migration_there_is_a_backup() {
    let directory = directory();
    let old = Connection::open(file(&directory)).expect("a database");
    old.pragma_update(None, "journal_mode", "WAL").expect("set");
    schema::MIGRATIONS[..2].iter().for_each(|sql| old.execute_batch(sql).expect("a version"));
    old.pragma_update(None, "application_id", 0x7379_7364).expect("set");
    old.pragma_update(None, "user_version", 2).expect("set");
    old.execute_batch("INSERT INTO read VALUES ('a', 'why', 5, 60)").expect("a mark");
    drop(old);
    open(&directory);
    let backups = Store::backups(directory.path());
    assert_eq!(backups.len(), 1);
    assert!(backups[0].to_string_lossy().ends_with(&format!("-before-v{}.db", schema::KNOWN)), "{backups:?}");
    let version: i64 = Connection::open(&backups[0])
        .and_then(|file| file.query_row("PRAGMA user_version", [], |row| row.get(0)))
        .expect("a version");
    assert_eq!(version, 2);
    // Put back, it migrates again.
    Store::restore(directory.path(), &backups[0], start()).expect("restored");
    assert_eq!(open(&directory).read_marks().expect("marks").len(), 1);
    // Where none can be made, the file stays at its version.
    Store::restore(directory.path(), &backups[0], start()).expect("restored");
    fs::remove_dir_all(directory.path().join("backups")).expect("removed");
    fs::write(directory.path().join("backups"), "").expect("written");
    assert!(matches!(Store::open(directory.path()), Err(StoreError::Backup { .. })));
    fs::remove_file(directory.path().join("backups")).expect("removed");
    assert_eq!(open(&directory).read_marks().expect("marks").len(), 1);
}
