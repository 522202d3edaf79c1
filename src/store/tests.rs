//! The store against real files: what is saved comes back, and no bad case costs a byte.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;

use super::sync::line;
use super::*;
use crate::memory::{
    CardState, EventId, Grade, Moment, Phase, Review, ReviewKind, Rules, Scheduler, StudyDay,
};

const SOON: Duration = Duration::from_millis(50);

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn open(directory: &TempDir) -> Store {
    Store::open(directory.path()).expect("a store")
}

/// A store that is gone when it is dropped.
fn in_memory() -> Store {
    let connection = Connection::open_in_memory().expect("memory");
    schema::MIGRATIONS.iter().for_each(|sql| connection.execute_batch(sql).expect("tables"));
    Store { connection, path: PathBuf::new(), data_version: 0, logged_rules: None }
}

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join(FILE)
}

fn start() -> Moment {
    "2026-11-21T12:00:00+01:00".parse().expect("a time in a test")
}

/// Makes reviews as a session would, each with another id.
struct Maker {
    scheduler: Scheduler,
    made: u64,
}

impl Maker {
    fn new(rules: Rules) -> Maker {
        Maker { scheduler: Scheduler::new(rules).expect("rules in a test"), made: 0 }
    }

    fn review(&mut self, card: &str, before: CardState, grade: Grade, at: Moment) -> Review {
        self.made += 1;
        Review {
            id: EventId::new(at, u128::from(self.made)),
            card: card.to_string(),
            at,
            grade,
            answer: Some("9%".to_string()),
            seed: u64::MAX - self.made,
            took_millis: 12_345,
            kind: ReviewKind::Scheduled,
            before,
            after: self.scheduler.answer(&before, grade, at, u64::MAX - self.made),
            rules: Arc::new(self.scheduler.rules().clone()),
        }
    }

    fn practice(&mut self, card: &str, before: CardState, grade: Grade, at: Moment) -> Review {
        let review = self.review(card, before, grade, at);
        Review { kind: ReviewKind::Practice, after: before, ..review }
    }

    /// Answers a card as it stands in the store, and saves that.
    fn save(&mut self, store: &mut Store, card: &str, grade: Grade, at: Moment) -> Review {
        let before = store.state(card).expect("a state").state;
        let review = self.review(card, before, grade, at);
        assert_eq!(store.save_review(&review).expect("saved"), review.after);
        review
    }
}

impl Default for Maker {
    fn default() -> Maker {
        Maker::new(Rules::default())
    }
}

#[test]
fn what_is_saved_comes_back_after_a_new_start() {
    let directory = directory();
    let mut maker = Maker::default();
    let mut saved = Vec::new();
    {
        let mut store = open(&directory);
        let mut at = start();
        for grade in [Grade::Good, Grade::Good, Grade::Again, Grade::Hard, Grade::Easy] {
            saved.push(maker.save(&mut store, "a.one", grade, at));
            at = at.plus_minutes(1_500);
        }
        let tokyo = Moment { offset_minutes: 540, ..at };
        saved.push(maker.save(&mut store, "b.two", Grade::Good, tokyo));
    }
    let store = open(&directory);
    let states = store.states().expect("states");
    assert_eq!(states.len(), 2);
    assert_eq!(states["a.one"].state, saved[4].after);
    assert_eq!(states["b.two"].state, saved[5].after);
    assert!(matches!(saved[5].after.phase, Phase::Learning { .. }));
    assert_eq!(store.reviews_since(StudyDay(0)).expect("reviews"), saved);
    assert_eq!(store.reviews_since(start().study_day() + 1).expect("reviews"), saved[1..]);
    assert_eq!(store.log(Some("b.two")).expect("the log").len(), 1);
    // Six reviews, and once the rules that all of them were made by.
    let log = store.log(None).expect("the log");
    assert_eq!(log.len(), 7);
    assert_eq!(log[0].event, Event::Rules(Arc::new(Rules::default())));
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
}

#[test]
fn an_answer_is_on_disk_when_it_is_reported() {
    let directory = directory();
    let mut store = open(&directory);
    let setting = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        store.connection.query_row(&sql, [], |row| row.get(0)).expect("a setting")
    };
    assert_eq!(setting("journal_mode"), "wal");
    assert_eq!(setting("synchronous"), "2", "FULL");
    assert_eq!(setting("foreign_keys"), "1");
    // Another reader sees it at once, though the writer never closed.
    let review = Maker::default().save(&mut store, "a", Grade::Good, start());
    assert_eq!(open(&directory).state("a").expect("a state").state, review.after);
}

#[test]
fn tables_are_strict_and_the_log_only_grows() {
    let directory = directory();
    let mut store = open(&directory);
    Maker::default().save(&mut store, "a", Grade::Good, start());
    let loose: i64 = store
        .connection
        .query_row("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND NOT strict", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(loose, 0);
    for sql in [
        "DELETE FROM event",
        "UPDATE event SET card = 'b'",
        "DELETE FROM review",
        "UPDATE review SET grade = 4",
    ] {
        let error = store.connection.execute(sql, []).map_err(|error| error.to_string());
        assert_eq!(error, Err("the log only grows".to_string()), "{sql}");
    }
}

#[test]
fn practice_is_logged_and_moves_nothing() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let practice = maker.practice("a", CardState::default(), Grade::Again, start());
    assert_eq!(store.save_review(&practice).expect("saved"), CardState::default());
    assert!(store.states().expect("states").is_empty());
    let day = store.day(start().study_day()).expect("a day");
    assert_eq!((day.reviews(), day.practice, day.new, day.millis), (0, 1, 0, 12_345));
}

#[test]
fn undo_walks_back_and_what_is_undone_does_not_count() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let first = maker.save(&mut store, "a", Grade::Good, start());
    let second = maker.save(&mut store, "b", Grade::Again, start().plus_minutes(1));
    let third = maker.save(&mut store, "a", Grade::Easy, start().plus_minutes(2));
    let today = start().study_day();
    assert_eq!(store.day(today).expect("a day").by_grade, [1, 0, 1, 1]);

    let undo = |store: &mut Store| store.undo_last(start().plus_minutes(9)).expect("undone");
    let undone = undo(&mut store).expect("the third");
    assert_eq!(
        (undone.card.as_str(), undone.grade(), undone.standing.state),
        ("a", Some(Grade::Easy), first.after)
    );
    assert_eq!(undone.event, Event::Review(Box::new(third)));
    assert_eq!(store.day(today).expect("a day").by_grade, [1, 0, 1, 0]);
    assert_eq!(store.reviews_since(today).expect("reviews"), [first.clone(), second]);

    // After a new start, with another answer in between, it still knows where it was.
    drop(store);
    let mut store = open(&directory);
    maker.save(&mut store, "c", Grade::Hard, start().plus_minutes(10));
    let cards: Vec<String> = std::iter::from_fn(|| undo(&mut store)).map(|undone| undone.card).collect();
    assert_eq!(cards, ["c", "b", "a"]);
    assert!(store.states().expect("states").is_empty(), "all are new again");
    assert_eq!(store.day(today).expect("a day").reviews(), 0);
    // Nothing went: four reviews, four undos, the rules.
    assert_eq!(store.log(None).expect("the log").len(), 9);
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
}

#[test]
fn cards_are_set_aside_and_marked() {
    let directory = directory();
    let mut store = open(&directory);
    let today = start().study_day();
    let reviewed = Maker::default().save(&mut store, "a", Grade::Good, start());
    assert!(store.state("a").expect("a state").may_be_asked(today));
    assert!(!store.suspend("a", start()).expect("suspended").may_be_asked(today));
    store.suspend("a", start()).expect("suspended");
    assert!(store.unsuspend("a", start()).expect("unsuspended").may_be_asked(today));
    let buried = store.bury("new", today + 1, start()).expect("buried");
    assert!(!buried.may_be_asked(today) && buried.may_be_asked(today + 1) && buried.state.is_new());
    assert!(store.flag("a", true, start()).expect("flagged").flagged);
    assert_eq!(store.states().expect("states")["a"].state, reviewed.after, "marks leave the schedule alone");
    // One review, its rules, suspend, unsuspend, bury, flag: the second suspend changed nothing.
    assert_eq!(store.log(None).expect("the log").len(), 6);
    let kinds: Vec<&str> = std::iter::from_fn(|| store.undo_last(start()).expect("undone"))
        .map(|undone| undone.event.kind())
        .collect();
    assert_eq!(kinds, ["flag", "bury", "unsuspend", "suspend", "review"]);
    assert!(store.states().expect("states").is_empty());
}

#[test]
fn a_flag_that_was_taken_back_is_not_taken_back_again() {
    let directory = directory();
    let (mut store, mut maker) = (open(&directory), Maker::default());
    maker.save(&mut store, "a", Grade::Good, start());
    store.flag("a", true, start()).expect("flagged");
    let undone = store.undo_flag("a", start()).expect("undone").expect("there was one");
    assert_eq!((undone.event, undone.standing.flagged), (Event::Flag, false));
    // Later, or after a restart, what came before it is the last step.
    drop(store);
    let mut store = open(&directory);
    let undone = store.undo_last(start()).expect("undone").expect("there was one");
    assert!(matches!(undone.event, Event::Review(_)), "{undone:?}");
    assert_eq!(store.state("a").expect("read"), Standing::default());
    assert_eq!(store.undo_flag("a", start()).expect("nothing"), None);
}

#[test]
fn the_same_review_twice_is_one() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let review = maker.save(&mut store, "a", Grade::Good, start());
    assert_eq!(store.save_review(&review).expect("saved already"), review.after);
    assert_eq!(store.reviews_since(StudyDay(0)).expect("reviews").len(), 1);
    // The same id for something else is refused, and so is a review that was taken back.
    let other = Review { card: "b".to_string(), ..review.clone() };
    assert!(matches!(store.save_review(&other), Err(StoreError::Duplicate { .. })));
    store.undo_last(start()).expect("undone");
    assert!(matches!(store.save_review(&review), Err(StoreError::Duplicate { .. })));
    assert!(store.states().expect("states").is_empty());
}

#[test]
fn two_open_stores_write_and_notice_each_other() {
    let directory = directory();
    let (mut one, mut two) = (open(&directory), open(&directory));
    let mut maker = Maker::default();
    assert!(!one.changed().expect("asked"));
    let first = maker.save(&mut two, "a", Grade::Good, start());
    assert!(one.changed().expect("asked"));
    assert!(!one.changed().expect("asked"), "once is enough");
    assert!(!two.changed().expect("asked"), "its own writes are no news");

    // The first store answers the same card, which it believes to be new: both answers stand, one after the other.
    let stale = maker.review("a", CardState::default(), Grade::Good, start().plus_minutes(10));
    let state = one.save_review(&stale).expect("saved");
    let expected = maker.scheduler.answer(&first.after, Grade::Good, stale.at, stale.seed);
    assert_eq!(state, expected);
    assert_eq!(two.state("a").expect("a state").state, expected);
    assert_eq!(one.reviews_since(StudyDay(0)).expect("reviews").len(), 2);
    assert_eq!(one.verify().expect("verified"), Vec::<String>::new());
    assert_eq!(
        one.undo_last(start()).expect("undone").map(|undone| undone.standing.state),
        Some(first.after)
    );
}

#[test]
fn many_writers_lose_nothing() {
    let directory = directory();
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let path = directory.path();
            scope.spawn(move || {
                // All make the file at once, too.
                let mut store = Store::open_with(path, Duration::from_secs(60)).expect("a store");
                let mut maker = Maker { made: (writer * EACH) as u64, ..Maker::default() };
                for number in 0..EACH {
                    let card = format!("card {}", number % 5);
                    let before = store.state(&card).expect("a state").state;
                    let review = maker.review(&card, before, Grade::Good, start());
                    store.save_review(&review).expect("saved");
                }
            });
        }
    });
    let mut store = open(&directory);
    assert_eq!(store.reviews_since(StudyDay(0)).expect("reviews").len(), WRITERS * EACH);
    let reps: u32 = store.states().expect("states").values().map(|standing| standing.state.reps).sum();
    assert_eq!(reps as usize, WRITERS * EACH);
    assert_eq!(store.rebuild().expect("rebuilt"), []);
}

#[test]
fn many_may_make_the_file_at_once() {
    for _ in 0..20 {
        let directory = directory();
        let path = directory.path();
        let gate = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    gate.wait();
                    let store = Store::open_with(path, Duration::from_secs(60)).expect("a store");
                    assert!(store.states().expect("states").is_empty());
                });
            }
        });
    }
}

#[test]
fn a_rebuild_mends_what_differs_and_says_it() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let a = maker.save(&mut store, "a", Grade::Good, start());
    let b = maker.save(&mut store, "b", Grade::Easy, start());
    assert_eq!(store.rebuild().expect("rebuilt"), []);
    let harm = "UPDATE card SET reps = 99 WHERE id = 'a'; DELETE FROM card WHERE id = 'b';
                INSERT INTO card (id, phase, step, reps, lapses, flagged) VALUES ('c', 0, 0, 0, 0, 1)";
    store.connection.execute_batch(harm).expect("harm done");
    assert_eq!(store.verify().expect("verified").len(), 3);
    let found = store.rebuild().expect("rebuilt");
    let cards: Vec<&str> = found.iter().map(|difference| difference.card.as_str()).collect();
    assert_eq!(cards, ["a", "b", "c"]);
    assert_eq!(found[0].kept.map(|standing| standing.state.reps), Some(99));
    assert_eq!((found[1].kept, found[2].derived), (None, None));
    let states = store.states().expect("states");
    assert_eq!((states["a"].state, states["b"].state, states.len()), (a.after, b.after, 2));
    assert_eq!(store.rebuild().expect("rebuilt"), []);
}

#[test]
fn a_review_whose_past_changed_is_computed_anew() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let first = maker.save(&mut store, "a", Grade::Easy, start());
    let second = maker.save(&mut store, "a", Grade::Good, start().plus_minutes(20_000));
    // An undo of the first, as another machine's log may bring it.
    let sql =
        "INSERT INTO event (id, kind, card, at, offset, day, target) VALUES ('u', 'undo', 'a', 0, 0, 0, ?)";
    store.connection.execute(sql, [&first.id.0]).expect("logged");
    assert_eq!(store.rebuild().expect("rebuilt").len(), 1);
    let alone = maker.scheduler.answer(&CardState::default(), Grade::Good, second.at, second.seed);
    assert_ne!(alone, second.after);
    assert_eq!(store.state("a").expect("a state").state, alone);
}

#[test]
fn days_are_counted_by_the_learners_clock() {
    let directory = directory();
    let mut store = open(&directory);
    let mut maker = Maker::default();
    let at = |text: &str| -> Moment { text.parse().expect("a time in a test") };
    maker.save(&mut store, "a", Grade::Good, at("2026-11-21T23:00:00+01:00"));
    maker.save(&mut store, "b", Grade::Again, at("2026-11-22T03:59:00+01:00"));
    maker.save(&mut store, "a", Grade::Good, at("2026-11-22T04:01:00+01:00"));
    let days = store.days_since(StudyDay(0)).expect("days");
    let shown: Vec<(String, [u32; 4], u32)> =
        days.iter().map(|day| (day.day.to_string(), day.by_grade, day.new)).collect();
    assert_eq!(
        shown,
        [("2026-11-21".to_string(), [1, 0, 1, 0], 2), ("2026-11-22".to_string(), [0, 0, 1, 0], 0)]
    );
    assert_eq!(store.median_took_millis().expect("a median"), None);
    for _ in 0..7 {
        maker.save(&mut store, "c", Grade::Good, start());
    }
    assert_eq!(store.median_took_millis().expect("a median"), Some(12_345));
}

#[test]
fn reading_and_demos_are_kept() {
    let directory = directory();
    let mut store = open(&directory);
    let position = |topic: &str, line, at| Position {
        topic: topic.to_string(),
        section: "why".to_string(),
        line,
        share: 0.5,
        at,
    };
    let later = start().plus_minutes(5);
    store.set_position(&position("a", 10, start())).expect("kept");
    store.set_position(&position("b", 20, later)).expect("kept");
    store.set_position(&position("a", 30, later.plus_minutes(1))).expect("kept");
    store.mark_read("a", "why", start()).expect("kept");
    store.mark_read("a", "why", later).expect("kept");
    store.record_demo("ring", 0b001, start()).expect("kept");
    store.record_demo("ring", 1 << 63, later).expect("kept");
    store.set_note("first", "2026-11-21").expect("kept");
    drop(store);
    let store = open(&directory);
    assert_eq!(
        store.positions().expect("positions"),
        [position("a", 30, later.plus_minutes(1)), position("b", 20, later)]
    );
    assert_eq!(store.position("b").expect("a position"), Some(position("b", 20, later)));
    assert_eq!(store.position("c").expect("a position"), None);
    let read = ReadMark { topic: "a".to_string(), section: "why".to_string(), at: start() };
    assert_eq!(store.read_marks().expect("marks"), [read]);
    let ring = DemoMark { name: "ring".to_string(), runs: 2, goals: (1 << 63) | 1, at: later };
    assert_eq!(store.demo_marks().expect("marks"), [ring]);
    assert_eq!(store.note("first").expect("a note").as_deref(), Some("2026-11-21"));
    assert_eq!(store.note("last").expect("a note"), None);
    assert_ne!(store.fresh_seed().expect("a seed"), store.fresh_seed().expect("a seed"));
}

#[test]
fn marks_and_bookmarks_come_and_go() {
    let directory = directory();
    let mut store = open(&directory);
    let file = file_key(Path::new("/notes/a b.md"));
    let mut at = start();
    for (topic, section) in [("b", "how"), (file.as_str(), ""), ("a", "why"), ("a", "how")] {
        at = at.plus_minutes(1);
        store.mark_read(topic, section, at).expect("kept");
        store.set_bookmark(topic, section, at).expect("kept");
    }
    // Set again, it stays where it was; what is not there can be taken away.
    store.set_bookmark("b", "how", at.plus_minutes(9)).expect("kept");
    store.remove_bookmark("a", "nowhere", at).expect("nothing");
    store.unmark_read("nowhere", "how", at).expect("nothing");
    store.remove_bookmark("a", "why", at).expect("taken away");
    store.unmark_read("a", "why", at).expect("taken back");
    drop(store);
    let mut store = open(&directory);
    let places = |store: &Store| -> Vec<String> {
        let set = store.bookmarks().expect("bookmarks");
        set.into_iter().map(|mark| format!("{}#{} {}", mark.topic, mark.section, mark.at)).collect()
    };
    let expected = [
        format!("b#how {}", start().plus_minutes(1)),
        format!("file:/notes/a b.md# {}", start().plus_minutes(2)),
        format!("a#how {}", start().plus_minutes(4)),
    ];
    assert_eq!(places(&store), expected);
    let read = |store: &Store| -> Vec<String> {
        let marks = store.read_marks().expect("marks");
        marks.into_iter().map(|mark| format!("{}#{}", mark.topic, mark.section)).collect()
    };
    assert_eq!(read(&store), ["a#how", "b#how", "file:/notes/a b.md#"]);
    // Deriving the cards again does not touch them.
    store.rebuild().expect("rebuilt");
    assert_eq!((places(&store).len(), read(&store).len()), (3, 3));
    assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
}

/// The places of topics are kept for good; those of files are as many as files are opened, so the oldest go.
#[test]
fn of_files_the_latest_places_are_kept() {
    let directory = directory();
    let mut store = open(&directory);
    let position = |topic: String, minute: u32| Position {
        topic,
        section: String::new(),
        line: 1,
        share: 0.5,
        at: start().plus_minutes(minute),
    };
    let name = |number: u32| file_key(Path::new(&format!("/notes/{number}.md")));
    // "file" and "files" are slugs like any other.
    for topic in ["file", "files", "a-topic"] {
        store.set_position(&position(topic.to_string(), 0)).expect("kept");
        store.mark_read(topic, "how", start()).expect("kept");
    }
    let mark = |store: &mut Store, number: u32| {
        store.set_position(&position(name(number), number)).expect("kept");
        store.mark_read(&name(number), "how", start()).expect("kept");
    };
    (1..=FILES).for_each(|number| mark(&mut store, number));
    store.set_bookmark(&name(1), "how", start()).expect("kept");
    let count = |store: &Store| store.positions().expect("positions").len();
    assert_eq!(count(&store), FILES as usize + 3, "so many are kept");
    // The first is opened again, so that the second is the oldest.
    mark(&mut store, FILES + 1);
    store.set_position(&position(name(3), FILES + 2)).expect("kept");
    mark(&mut store, FILES + 3);
    assert_eq!(count(&store), FILES as usize + 3);
    let there = |number: u32| store.position(&name(number)).expect("a position").is_some();
    assert_eq!([1, 2, 3, 4].map(there), [false, false, true, true]);
    let marks = store.read_marks().expect("marks");
    assert_eq!(marks.len(), FILES as usize + 3, "the marks go with the places");
    assert!(["file", "files", "a-topic"].iter().all(|topic| marks.iter().any(|mark| mark.topic == **topic)));
    assert_eq!(store.bookmarks().expect("bookmarks").len(), 1, "a bookmark was set by hand and stays");
}

/// A file of the first version gets the table of bookmarks and loses nothing.
#[test]
fn an_old_file_migrates() {
    let directory = directory();
    let old = Connection::open(file(&directory)).expect("a database");
    old.pragma_update(None, "journal_mode", "WAL").expect("set");
    old.execute_batch(include_str!("v1.sql")).expect("the first version");
    old.pragma_update(None, "application_id", 0x7379_7364).expect("set");
    old.pragma_update(None, "user_version", 1).expect("set");
    old.execute_batch("INSERT INTO read VALUES ('a', 'why', 5, 60)").expect("a mark");
    drop(old);
    let mut store = open(&directory);
    assert_eq!(store.read_marks().expect("marks").len(), 1);
    assert_eq!(store.bookmarks().expect("bookmarks"), []);
    store.set_bookmark("a", "why", start()).expect("kept");
    drop(store);
    let version: i64 = Connection::open(file(&directory))
        .and_then(|file| file.query_row("PRAGMA user_version", [], |row| row.get(0)))
        .expect("a version");
    assert_eq!(version, schema::KNOWN);
    assert_eq!(open(&directory).bookmarks().expect("bookmarks").len(), 1);
}

/// A file of each older version with a log in it: the answers, the order and what follows from them come along.
#[test]
fn every_older_version_brings_its_log_along() {
    let new = directory();
    let (mut store, mut maker) = (open(&new), Maker::default());
    for (card, grade, hours) in
        [("a", Grade::Good, 0), ("b", Grade::Again, 30), ("a", Grade::Hard, -50), ("a", Grade::Easy, 90)]
    {
        maker.save(
            &mut store,
            card,
            grade,
            Moment { utc_millis: start().utc_millis + hours * 3_600_000, ..start() },
        );
    }
    store.suspend("b", start()).expect("suspended");
    store.undo_last(start()).expect("undone");
    let of = |store: &Store| {
        let ids: Vec<EventId> = store.log(None).expect("read").into_iter().map(|entry| entry.id).collect();
        (ids, store.states().expect("read"))
    };
    let expected = of(&store);
    let newest = file(&new);
    for version in 1..schema::KNOWN {
        let directory = directory();
        let old = Connection::open(file(&directory)).expect("a database");
        schema::MIGRATIONS[..version as usize]
            .iter()
            .for_each(|sql| old.execute_batch(sql).expect("a version"));
        old.pragma_update(None, "application_id", 0x7379_7364).expect("set");
        old.pragma_update(None, "user_version", version).expect("set");
        old.execute("ATTACH ? AS newest", [newest.display().to_string()]).expect("attached");
        for table in ["event", "review", "card"] {
            let columns: Vec<String> = old
                .prepare("SELECT name FROM pragma_table_info(?)")
                .and_then(|mut found| found.query_map([table], |row| row.get(0))?.collect())
                .expect("columns");
            let columns = columns.join(", ");
            old.execute(
                &format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}"),
                [],
            )
            .expect("copied");
        }
        drop(old);
        let mut store = open(&directory);
        assert_eq!(of(&store), expected, "from version {version}");
        assert_eq!(store.verify().expect("read"), Vec::<String>::new(), "from version {version}");
        // The next event stands behind all of them, whatever the clock says.
        let undone =
            store.undo_last(Moment { utc_millis: 0, ..start() }).expect("undone").expect("one is left");
        assert!(matches!(undone.event, Event::Review(review) if review.grade == Grade::Easy));
    }
}

#[test]
fn no_directory_is_made_by_looking() {
    let directory = directory();
    let inside = directory.path().join("data");
    assert!(Store::open_existing(&inside).expect("looked").is_none());
    assert!(!inside.exists());
    Store::open(&inside).expect("made");
    assert!(Store::open_existing(&inside).expect("looked").is_some());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let directory = directory();
    let check = |path: &Path| match Store::open(path).map_err(|error| (error.to_string(), error)) {
        Err((message, StoreError::CannotWrite { .. })) => {
            assert!(message.starts_with(&format!("cannot write to {}", path.display())), "{message}");
            assert!(
                message.ends_with("Choose another directory with --data DIR or SYSDRILL_DATA."),
                "{message}"
            );
        }
        other => panic!("{}: {other:?}", path.display()),
    };
    let plain = directory.path().join("file");
    fs::write(&plain, "text").expect("written");
    check(&plain);
    assert!(matches!(Store::open_existing(&plain), Err(StoreError::CannotWrite { .. })));
    check(&plain.join("below"));
    assert_eq!(fs::read(&plain).expect("read"), b"text");
    // A directory where the file should be.
    let taken = directory.path().join("taken");
    fs::create_dir_all(taken.join(FILE)).expect("made");
    check(&taken);
    // Nobody can make a directory there, not even root.
    #[cfg(target_os = "linux")]
    check(Path::new("/proc/sysdrill"));
}

/// A store with a few hundred reviews, closed.
fn filled(directory: &TempDir) {
    let mut store = open(directory);
    let mut maker = Maker::default();
    for number in 0..200 {
        maker.save(&mut store, &format!("card {number}"), Grade::Good, start());
    }
}

/// Asserts that an error is of the kind that `expected` says, and that no byte of the file changed by it.
fn refuses(directory: &TempDir, expected: fn(&StoreError) -> bool, text: &str) {
    let before = fs::read(file(directory)).expect("read");
    match Store::open_with(directory.path(), SOON) {
        Err(error) => {
            assert!(expected(&error), "{error:?}");
            let message = error.to_string();
            assert!(
                message.contains(&file(directory).display().to_string()) && message.contains(text),
                "{message}"
            );
        }
        Ok(_) => panic!("it opened: {text}"),
    }
    assert_eq!(fs::read(file(directory)).expect("read"), before, "the file was left as it is");
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let damaged = |error: &StoreError| matches!(error, StoreError::Damaged { .. });
    for (content, text) in [
        (b"not a database at all, but longer than a hundred bytes ".repeat(9), "no SQLite database"),
        (b"SQLite format 3\0".to_vec(), "no SQLite database"),
        (vec![0; 4096], "no SQLite database"),
    ] {
        let directory = directory();
        fs::write(file(&directory), content).expect("written");
        refuses(&directory, damaged, text);
    }
    // Cut off in the middle of its pages.
    let directory = directory();
    filled(&directory);
    let length = fs::metadata(file(&directory)).expect("a file").len();
    assert!(length > 20 * 4096);
    let cut = fs::OpenOptions::new().write(true).open(file(&directory)).expect("opened");
    cut.set_len(length / 2).expect("cut");
    refuses(&directory, damaged, "malformed");
    cut.set_len(100).expect("cut");
    refuses(&directory, damaged, "");
}

#[test]
fn an_emptied_file_is_no_start_where_there_are_backups() {
    let directory = directory();
    filled(&directory);
    let backup = Store::backup(directory.path(), None, start()).expect("copied");
    fs::write(file(&directory), []).expect("emptied");
    let error = Store::open(directory.path()).expect_err("it was emptied");
    let StoreError::Damaged { why, backup: named, .. } = &error else { panic!("{error}") };
    assert_eq!((why.as_str(), named.as_ref()), ("it is empty", Some(&backup)));
    assert_eq!(fs::metadata(file(&directory)).expect("there").len(), 0, "it was left as it is");
}

#[test]
fn an_empty_file_is_a_start_that_was_cut_short() {
    let directory = directory();
    fs::write(file(&directory), b"").expect("written");
    assert!(open(&directory).states().expect("states").is_empty());
}

#[test]
fn damaged_pages_are_found_when_they_are_read() {
    let directory = directory();
    filled(&directory);
    // Where the cards stand becomes noise; the header, the schema and the log stay.
    let pages: Vec<u64> = {
        let other = Connection::open(file(&directory)).expect("opened");
        let mut statement = other.prepare("SELECT pageno FROM dbstat WHERE name = 'card'").expect("asked");
        let pages = statement.query_map([], |row| row.get::<_, i64>(0)).expect("asked");
        pages.map(|page| page.expect("a page").cast_unsigned()).collect()
    };
    assert!(pages.len() > 2);
    let mut bytes = fs::OpenOptions::new().write(true).open(file(&directory)).expect("opened");
    for page in pages {
        bytes.seek(SeekFrom::Start((page - 1) * 4096)).expect("sought");
        bytes.write_all(&[0xa5; 4096]).expect("written");
    }
    let before = fs::read(file(&directory)).expect("read");
    {
        let mut store = open(&directory);
        let error = store.states().expect_err("its pages are noise");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        // SQLite's check names a page.
        assert!(error.to_string().contains("age "), "{error}");
        let mut maker = Maker { made: 10_000, ..Maker::default() };
        let review = maker.review("card 7", CardState::default(), Grade::Good, start());
        assert!(matches!(store.save_review(&review), Err(StoreError::Damaged { .. })));
        assert!(store.verify().is_ok_and(|found| !found.is_empty()));
    }
    assert_eq!(fs::read(file(&directory)).expect("read"), before);
}

#[test]
fn a_value_that_no_program_wrote_is_damage() {
    let directory = directory();
    let mut store = open(&directory);
    Maker::default().save(&mut store, "a", Grade::Good, start());
    store.connection.execute("UPDATE card SET phase = 9", []).expect("harm done");
    assert!(matches!(store.states(), Err(StoreError::Damaged { .. })));
    store.connection.execute("UPDATE card SET phase = 2, due = 1 << 40", []).expect("harm done");
    assert!(matches!(store.states(), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_newer_version_is_refused_and_left_as_it_is() {
    let newer = |error: &StoreError| matches!(error, StoreError::Newer { found: 99, known, .. } if *known == schema::KNOWN);
    let directory = directory();
    filled(&directory);
    let other = Connection::open(file(&directory)).expect("opened");
    other.pragma_update(None, "user_version", 99).expect("a newer version");
    // While the newer program runs, the version is only in its write-ahead log.
    refuses(&directory, newer, "version 99");
    let log = fs::read(directory.path().join("sysdrill.db-wal")).expect("read");
    refuses(&directory, newer, "version 99");
    assert_eq!(fs::read(directory.path().join("sysdrill.db-wal")).expect("read"), log);
    other.close().expect("closed");
    refuses(&directory, newer, "Use the newer sysdrill.");
    let beside: Vec<_> = fs::read_dir(directory.path()).expect("listed").collect();
    assert_eq!(beside.len(), 1, "not even a lock file appears beside it: {beside:?}");
}

#[test]
fn a_newer_version_left_in_the_log_by_a_kill_is_left_there() {
    let directory = directory();
    filled(&directory);
    let other = Connection::open(file(&directory)).expect("opened");
    other.pragma_update(None, "user_version", 99).expect("a newer version");
    // A copy of the files as they are now is what a kill would have left.
    let killed = self::directory();
    for name in ["sysdrill.db", "sysdrill.db-wal"] {
        fs::copy(directory.path().join(name), killed.path().join(name)).expect("copied");
    }
    let log = fs::read(killed.path().join("sysdrill.db-wal")).expect("read");
    assert!(!log.is_empty());
    refuses(&killed, |error| matches!(error, StoreError::Newer { found: 99, .. }), "version 99");
    assert_eq!(fs::read(killed.path().join("sysdrill.db-wal")).expect("read"), log);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let foreign = |error: &StoreError| matches!(error, StoreError::Foreign { .. });
    for sql in [
        "CREATE TABLE notes (id INTEGER)",
        "PRAGMA user_version = 1; CREATE TABLE event (id INTEGER)",
        "PRAGMA application_id = 7; CREATE TABLE event (id INTEGER)",
    ] {
        let directory = directory();
        Connection::open(file(&directory)).expect("opened").execute_batch(sql).expect("made");
        refuses(&directory, foreign, "belongs to another program");
    }
}

#[test]
fn a_lock_is_waited_for_and_then_named() {
    let locked = |error: &StoreError| matches!(error, StoreError::Locked { .. });
    let directory = directory();
    filled(&directory);
    let mut store = Store::open_with(directory.path(), SOON).expect("a store");
    let review =
        Maker { made: 10_000, ..Maker::default() }.review("new", CardState::default(), Grade::Good, start());
    {
        // A writer: reading goes on, saving does not.
        let other = Connection::open(file(&directory)).expect("opened");
        other.execute_batch("BEGIN IMMEDIATE").expect("locked");
        assert_eq!(store.states().expect("states").len(), 200);
        let error = store.save_review(&review).expect_err("locked");
        assert!(locked(&error), "{error:?}");
        assert!(error.to_string().ends_with("Close that program, or try again when it is done."), "{error}");
        other.execute_batch("ROLLBACK").expect("unlocked");
    }
    assert_eq!(store.save_review(&review).expect("saved"), review.after);
    drop(store);
    // A program that keeps the file to itself.
    let other = Connection::open(file(&directory)).expect("opened");
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").expect("locked");
    refuses(&directory, locked, "locked by another program");
    other.execute_batch("ROLLBACK; PRAGMA locking_mode = NORMAL; SELECT count(*) FROM card").ok();
    other.close().expect("closed");
    assert_eq!(open(&directory).states().expect("states").len(), 201);
}

#[derive(Clone, Debug)]
enum Act {
    Review(usize, Grade, u32),
    Practice(usize),
    Suspend(usize, bool),
    Bury(usize),
    Flag(usize, bool),
    Undo,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let card = 0..3_usize;
    let grade = prop::sample::select(Grade::ALL.to_vec());
    let act = prop_oneof![
        6 => (card.clone(), grade, 0..9_000_u32).prop_map(|(card, grade, minutes)| Act::Review(card, grade, minutes)),
        1 => card.clone().prop_map(Act::Practice),
        1 => (card.clone(), any::<bool>()).prop_map(|(card, on)| Act::Suspend(card, on)),
        1 => card.clone().prop_map(Act::Bury),
        1 => (card, any::<bool>()).prop_map(|(card, on)| Act::Flag(card, on)),
        4 => Just(Act::Undo),
    ];
    prop::collection::vec(act, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// What is kept equals what follows from the log, and undo gives back what a plain list of earlier states says.
    #[test]
    fn state_follows_from_the_log_and_undo_restores(acts in acts()) {
        let mut store = in_memory();
        let mut maker = Maker::default();
        let mut at = start();
        let mut past = Vec::new();
        let everything = |store: &Store| {
            let states = store.states().expect("states");
            let counts = store.days_since(StudyDay(i32::MIN)).expect("days");
            (states, counts)
        };
        for act in acts {
            let before = everything(&store);
            let name = |card: usize| format!("card {card}");
            match act {
                Act::Review(card, grade, minutes) => {
                    at = at.plus_minutes(minutes);
                    maker.save(&mut store, &name(card), grade, at);
                    past.push(before);
                }
                Act::Practice(card) => {
                    let state = store.state(&name(card)).expect("a state").state;
                    let review = maker.practice(&name(card), state, Grade::Hard, at);
                    store.save_review(&review).expect("saved");
                    past.push(before);
                }
                Act::Undo => {
                    let undone = store.undo_last(at).expect("undone");
                    prop_assert_eq!(undone.is_some(), !past.is_empty());
                    if let Some(then) = past.pop() {
                        prop_assert_eq!(everything(&store), then);
                    }
                }
                Act::Suspend(..) | Act::Bury(_) | Act::Flag(..) => {
                    match act {
                        Act::Suspend(card, true) => store.suspend(&name(card), at),
                        Act::Suspend(card, false) => store.unsuspend(&name(card), at),
                        Act::Bury(card) => store.bury(&name(card), at.study_day() + 1, at),
                        Act::Flag(card, on) => store.flag(&name(card), on, at),
                        _ => unreachable!("matched above"),
                    }.expect("marked");
                    if everything(&store) != before {
                        past.push(before);
                    }
                }
            }
            prop_assert_eq!(store.rebuild().expect("rebuilt"), []);
        }
    }
}

mod backup;
mod due;
mod order;
mod sync;
