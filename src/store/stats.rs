//! Statistics: sums over the log, kept up to date without counting all of it again.
//!
//! The table `tally` holds sums over the answers up to some event; which one is a note in `meta`. Who asks gets these and,
//! added in memory, what came later: usually a few answers. Now and then what came later is written down too
//! ([`Store::settle_tally`]). So saving an answer costs nothing more than it did; answers that come from another machine are
//! simply later events, in whatever order; and an answer that is taken back is taken off, also where the undo came first.
//!
//! What an answer adds follows from its own entry in the log ([`Tally::count`]). Sums that an older program kept by other
//! definitions are thrown away and counted again: [`DEFINITION`].

use std::collections::{HashMap, HashSet};

use rusqlite::types::{Type, Value};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params_from_iter};

use super::event::Standing;
use super::rows::{self, RuleBook, state_columns};
use super::{Store, StoreError};
use crate::memory::tally::{Answered, NUMBERS, Part, Sums, Tally};
use crate::memory::{Grade, Moment, ReviewKind, Scheduler};

/// The definition by which the kept sums were counted. It grows when [`Tally::count`] counts something else.
const DEFINITION: i64 = 1;

/// The columns of the sums, in the order of [`Sums::numbers`].
const COLUMNS: [&str; NUMBERS] = [
    "again",
    "hard",
    "good",
    "easy",
    "new",
    "practice",
    "millis",
    "young_asked",
    "young_recalled",
    "young_predicted",
    "young_loss",
    "mature_asked",
    "mature_recalled",
    "mature_predicted",
    "mature_loss",
    "bets",
    "within_tenth",
    "within_two",
    "within_ten",
    "high",
    "low",
    "decades",
    "distance",
];

/// From how many events on, that were not counted yet, the sums are written down.
const FAR: u64 = 1_000;

impl Store {
    /// The sums over all answers that were not taken back. O(days + topics + events since they were last settled): some
    /// milliseconds, and about two microseconds for each unsettled event.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn tally(&self) -> Result<Tally, StoreError> {
        self.read(|connection| {
            // One view of the file, whatever another program writes meanwhile.
            let connection = connection.unchecked_transaction()?;
            let settled = settled(&connection)?;
            let mut tally = if settled > 0 { kept(&connection)? } else { Tally::default() };
            count_later(&connection, settled, &mut tally)?;
            tally.tidy();
            Ok(tally)
        })
    }

    /// How many events were logged since the sums were last settled. It reads two numbers.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn unsettled(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let last: i64 =
                connection.query_row("SELECT coalesce(max(seq), 0) FROM event", [], |row| row.get(0))?;
            Ok(u64::try_from(last - settled(connection)?).unwrap_or(0))
        })
    }

    /// Writes down the sums where they are far behind the log: fewer events than [`FAR`] are added in a moment. Says whether
    /// it did.
    ///
    /// # Errors
    /// As [`Store::settle_tally`].
    pub fn settle_if_behind(&mut self) -> Result<bool, StoreError> {
        let behind = self.unsettled()? >= FAR;
        if behind {
            self.settle_tally()?;
        }
        Ok(behind)
    }

    /// Writes down the sums up to the last event of the log. O(events since the last time).
    ///
    /// # Errors
    /// Where the file cannot be written; [`Store::tally`] gives the same all the same, and takes longer.
    pub fn settle_tally(&mut self) -> Result<(), StoreError> {
        self.write(settle)
    }

    /// Hands every card of which anything is known to `visit`, by id. Nothing is collected: O(cards), about a microsecond each.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn visit_cards(&self, mut visit: impl FnMut(&str, &Standing)) -> Result<(), StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT id, {}, suspended, buried, flagged FROM card", state_columns(""));
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                visit(row.get_ref(0)?.as_str()?, &rows::standing(row, 1)?);
            }
            Ok(())
        })
    }
}

/// Counts the whole log again, in place of what was kept.
pub(super) fn recount(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM meta WHERE key = 'tally'", [])?;
    settle(transaction)
}

/// Whether the kept sums are not those of the log up to where they go. O(log).
pub(super) fn differs(connection: &Connection) -> rusqlite::Result<bool> {
    if settled(connection)? == 0 {
        return Ok(false);
    }
    let (mut now, mut counted) = (kept(connection)?, Tally::default());
    count_later(connection, settled(connection)?, &mut now)?;
    count_later(connection, 0, &mut counted)?;
    now.tidy();
    counted.tidy();
    Ok(now != counted)
}

fn settle(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let from = settled(transaction)?;
    if from == 0 {
        transaction.execute("DELETE FROM tally", [])?;
    }
    let last: i64 = transaction.query_row("SELECT coalesce(max(seq), 0) FROM event", [], |row| row.get(0))?;
    if last == from {
        return Ok(());
    }
    let mut later = Tally::default();
    count_later(transaction, from, &mut later)?;
    let adds = COLUMNS.map(|column| format!("{column} = {column} + excluded.{column}")).join(", ");
    let sql = format!(
        "INSERT INTO tally (part, key, {}) VALUES ({}) ON CONFLICT (part, key) DO UPDATE SET {adds}",
        COLUMNS.join(", "),
        vec!["?"; NUMBERS + 2].join(", "),
    );
    let mut insert = transaction.prepare_cached(&sql)?;
    for (part, key, sums) in later.parts() {
        let names = [Value::Text(part_name(part).to_string()), Value::Text(key)];
        insert.execute(params_from_iter(names.into_iter().chain(sums.numbers().map(Value::Integer))))?;
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES ('tally', ?)")?
        .execute([format!("{DEFINITION} {last}")])?;
    Ok(())
}

/// The last event that the kept sums go up to; 0 where there are none, or none by our definition.
fn settled(connection: &Connection) -> rusqlite::Result<i64> {
    let note: Option<String> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'tally'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let numbers = note.as_deref().and_then(|note| note.split_once(' '));
    let numbers = numbers
        .and_then(|(definition, last)| Some((definition.parse::<i64>().ok()?, last.parse::<i64>().ok()?)));
    Ok(match numbers {
        Some((DEFINITION, last)) => last.max(0),
        _ => 0,
    })
}

/// The sums as they were kept.
fn kept(connection: &Connection) -> rusqlite::Result<Tally> {
    let sql = format!("SELECT part, key, {} FROM tally", COLUMNS.join(", "));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut tally = Tally::default();
    while let Some(row) = rows.next()? {
        let mut numbers = [0; NUMBERS];
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = row.get(at + 2)?;
        }
        let (part, key) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        let put = Part::ALL.into_iter().find(|known| part_name(*known) == part);
        if !put.is_some_and(|part| tally.put(part, key, &Sums::from_numbers(numbers))) {
            let why = format!("no sums are of {part} {key}");
            return Err(rusqlite::Error::FromSqlConversionFailure(0, Type::Text, why.into()));
        }
    }
    Ok(tally)
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Day => "day",
        Part::Topic => "topic",
        Part::Hour => "hour",
        Part::Predicted => "predicted",
        Part::Factor => "factor",
    }
}

/// What [`Counter::count`] reads of an answer.
fn answer_columns() -> String {
    format!(
        "e.id, e.card, e.at, e.offset, r.grade, r.practice, r.took, r.answer, r.rules, {}",
        state_columns("r.before_")
    )
}

/// Adds to sums up to the event `settled` what the events after it change.
fn count_later(connection: &Connection, settled: i64, tally: &mut Tally) -> rusqlite::Result<()> {
    let mut counter = Counter::new(rows::rule_book(connection)?);
    let columns = answer_columns();
    // An undo may have come before what it takes back, from another machine: all undos count.
    let mut statement = connection.prepare_cached("SELECT target FROM event WHERE target IS NOT NULL")?;
    let undone: HashSet<String> =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let sql = format!("SELECT {columns} FROM event e JOIN review r ON r.event = e.seq WHERE e.seq > ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([settled])?;
    while let Some(row) = rows.next()? {
        if undone.is_empty() || !undone.contains(row.get_ref(0)?.as_str()?) {
            counter.count(row, 1, tally)?;
        }
    }
    if settled == 0 || undone.is_empty() {
        return Ok(());
    }
    // What was counted before and was taken back since, for the first time.
    let sql = format!(
        "SELECT {columns} FROM event u JOIN event e ON e.id = u.target JOIN review r ON r.event = e.seq \
         WHERE u.seq > ?1 AND u.target IS NOT NULL AND e.seq <= ?1 \
         AND NOT EXISTS (SELECT 1 FROM event v WHERE v.target = u.target AND v.seq < u.seq)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([settled])?;
    while let Some(row) = rows.next()? {
        counter.count(row, -1, tally)?;
    }
    Ok(())
}

/// Counts rows of answers, with the scheduler of each.
struct Counter {
    book: RuleBook,
    schedulers: HashMap<String, Scheduler>,
}

impl Counter {
    fn new(book: RuleBook) -> Counter {
        Counter { book, schedulers: HashMap::new() }
    }

    /// Counts the answer in a row of [`answer_columns`].
    fn count(&mut self, row: &Row<'_>, times: i64, tally: &mut Tally) -> rusqlite::Result<()> {
        let number: i64 = row.get(4)?;
        let Some(grade) = Grade::from_number(number) else {
            let why = format!("no grade {number}");
            return Err(rusqlite::Error::FromSqlConversionFailure(4, Type::Integer, why.into()));
        };
        let rules = row.get_ref(8)?.as_str()?;
        if !self.schedulers.contains_key(rules) {
            // Rules that cannot be followed predict as the average learner's do.
            let found = self.book.get(rules).and_then(|rules| Scheduler::new((**rules).clone()).ok());
            self.schedulers.insert(rules.to_string(), found.unwrap_or_default());
        }
        let Some(scheduler) = self.schedulers.get(rules) else { return Ok(()) };
        let answered = Answered {
            card: row.get_ref(1)?.as_str()?,
            at: Moment { utc_millis: row.get(2)?, offset_minutes: row.get(3)? },
            grade,
            kind: if row.get(5)? { ReviewKind::Practice } else { ReviewKind::Scheduled },
            took_millis: row.get::<_, i64>(6)?.max(0).cast_unsigned(),
            answer: row.get_ref(7)?.as_str_or_null()?,
            before: &rows::state(row, 9)?,
            scheduler,
        };
        tally.count(&answered, times);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::memory::{CardState, EventId, Review, Rules, StudyDay};
    use crate::store::schema;

    fn start() -> Moment {
        "2026-11-21T12:00:00+01:00".parse().expect("a time in a test")
    }

    fn store() -> Store {
        let connection = Connection::open_in_memory().expect("memory");
        schema::MIGRATIONS.iter().for_each(|sql| connection.execute_batch(sql).expect("tables"));
        Store { connection, path: PathBuf::new(), data_version: 0, logged_rules: None }
    }

    /// What is done to a store: an answer to a card after some minutes, an undo, settling.
    #[derive(Clone, Debug)]
    enum Act {
        Answer { card: usize, grade: Grade, minutes: u32, practice: bool, answer: Option<&'static str> },
        Undo,
        Settle,
    }

    const CARDS: [&str; 4] = ["caching.a", "caching.b", "queues.a", "loose"];

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let answer =
            prop::option::of(prop::sample::select(vec!["bet 3 truth 2", "bet 0.1 truth 0.9", "LRU"]));
        let given = (
            0..4_usize,
            prop::sample::select(Grade::ALL.to_vec()),
            0..9_000_u32,
            prop::bool::weighted(0.1),
            answer,
        );
        let given = given.prop_map(|(card, grade, minutes, practice, answer)| Act::Answer {
            card,
            grade,
            minutes,
            practice,
            answer,
        });
        prop::collection::vec(prop_oneof![8 => given, 3 => Just(Act::Undo), 1 => Just(Act::Settle)], 0..50)
    }

    fn play(store: &mut Store, acts: &[Act]) {
        let scheduler =
            Scheduler::new(Rules { steps: vec![10], ..Rules::default() }).expect("rules in a test");
        let rules = Arc::new(scheduler.rules().clone());
        let mut at = start();
        for (number, act) in acts.iter().enumerate() {
            match *act {
                Act::Answer { card, grade, minutes, practice, answer } => {
                    at = at.plus_minutes(minutes);
                    let card = CARDS[card].to_string();
                    let before: CardState = store.state(&card).expect("a state").state;
                    let after = if practice { before } else { scheduler.answer(&before, grade, at, 7) };
                    let kind = if practice { ReviewKind::Practice } else { ReviewKind::Scheduled };
                    let (id, rules) = (EventId::new(at, number as u128), Arc::clone(&rules));
                    let answer = answer.map(str::to_string);
                    let review = Review {
                        id,
                        card,
                        at,
                        grade,
                        answer,
                        seed: 7,
                        took_millis: 9_000,
                        kind,
                        before,
                        after,
                        rules,
                    };
                    store.save_review(&review).expect("saved");
                }
                Act::Undo => drop(store.undo_last(at).expect("undone")),
                Act::Settle => store.settle_tally().expect("settled"),
            }
        }
    }

    /// The sums by the slow way: every review that is left, whole, from the log.
    fn plainly(store: &Store) -> Tally {
        let mut tally = Tally::default();
        for review in store.reviews_since(StudyDay(i32::MIN)).expect("reviews") {
            let scheduler = Scheduler::new((*review.rules).clone()).expect("rules that were followed");
            tally.count(&Answered::of(&review, &scheduler), 1);
        }
        tally
    }

    #[test]
    fn sums_that_were_kept_by_another_definition_are_counted_again() {
        let mut store = store();
        let answer =
            |minutes| Act::Answer { card: 0, grade: Grade::Good, minutes, practice: false, answer: None };
        play(&mut store, &[answer(1), answer(20), answer(9_000), Act::Settle]);
        let right = plainly(&store);
        assert_eq!((store.tally().expect("sums"), store.unsettled().expect("a number")), (right.clone(), 0));
        store.connection.execute_batch("UPDATE tally SET good = 77").expect("changed");
        assert_ne!(store.tally().expect("sums"), right, "what is kept is used");
        assert_eq!(store.verify().expect("verified").len(), 1);
        store.set_note("tally", "0 3").expect("noted");
        assert_eq!(store.tally().expect("sums"), right);
        store.settle_tally().expect("settled");
        assert_eq!(
            (store.tally().expect("sums"), store.verify().expect("verified")),
            (right.clone(), Vec::new())
        );
        // And a rebuild mends what is wrong.
        store.connection.execute_batch("UPDATE tally SET good = 77").expect("changed");
        store.rebuild().expect("rebuilt");
        assert_eq!(store.tally().expect("sums"), right);
    }

    #[test]
    fn what_was_taken_back_on_two_machines_is_taken_off_once() {
        for between in [false, true] {
            let mut store = store();
            let answer =
                |minutes| Act::Answer { card: 0, grade: Grade::Good, minutes, practice: false, answer: None };
            play(&mut store, &[answer(1), answer(20), answer(9_000), Act::Settle, Act::Undo]);
            if between {
                store.settle_tally().expect("settled");
            }
            let again = "INSERT INTO event (id, kind, card, at, offset, day, target) \
                         SELECT id || 'x', kind, card, at, offset, day, target FROM event WHERE kind = 'undo'";
            store.connection.execute_batch(again).expect("the other machine's");
            assert_eq!(store.tally().expect("sums").all().answers(), 2);
            store.settle_tally().expect("settled");
            assert_eq!(store.tally().expect("sums"), plainly(&store));
        }
    }

    #[test]
    fn the_days_are_those_of_the_log() {
        let mut store = store();
        let answer = |card, minutes, practice| Act::Answer {
            card,
            grade: Grade::Hard,
            minutes,
            practice,
            answer: None,
        };
        play(
            &mut store,
            &[
                answer(0, 1, false),
                answer(1, 1500, true),
                answer(1, 3, false),
                Act::Settle,
                answer(2, 2000, false),
            ],
        );
        let tally = store.tally().expect("sums");
        for count in store.days_since(StudyDay(i32::MIN)).expect("days") {
            let sums = tally.days[&count.day];
            assert_eq!(sums.by_grade, count.by_grade.map(i64::from));
            assert_eq!(
                (sums.new, sums.practice, sums.millis),
                (i64::from(count.new), i64::from(count.practice), count.millis.cast_signed())
            );
        }
        assert_eq!(tally.days.len(), 3);
        let mut seen = Vec::new();
        store.visit_cards(|card, standing| seen.push((card.to_string(), *standing))).expect("cards");
        assert_eq!(seen.into_iter().collect::<HashMap<_, _>>(), store.states().expect("states"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

        /// Whenever the sums were settled, and whatever was taken back since: they are those of the log.
        #[test]
        fn sums_are_those_of_the_log(acts in acts()) {
            let mut store = store();
            play(&mut store, &acts);
            let right = plainly(&store);
            prop_assert_eq!(store.tally().expect("sums"), right.clone());
            store.settle_tally().expect("settled");
            prop_assert_eq!(store.unsettled().expect("a number"), 0);
            prop_assert_eq!(store.tally().expect("sums"), right);
            prop_assert_eq!(store.verify().expect("verified"), Vec::<String>::new());
        }

        /// A log that comes in from another machine in any order, undos before what they take back, settled now and then.
        #[test]
        fn the_order_in_which_events_come_in_does_not_matter(acts in acts(), seed: u64) {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let mut here = Store::open(directory.path()).expect("a store");
            play(&mut here, &acts);
            let mut there = store();
            let path = directory.path().join(crate::store::FILE).display().to_string();
            there.connection.execute("ATTACH ? AS other", [path]).expect("attached");
            let mut order: Vec<i64> = {
                let mut statement = there.connection.prepare("SELECT seq FROM other.event").expect("a statement");
                statement.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a number")).collect()
            };
            order.sort_by_key(|seq| (*seq as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            for (number, seq) in order.into_iter().enumerate() {
                there.connection.execute(
                    "INSERT INTO main.event (seq, id, kind, card, at, offset, day, target, detail, stamp) \
                     SELECT ?1, id, kind, card, at, offset, day, target, detail, stamp FROM other.event WHERE seq = ?2",
                    [number as i64 + 1, seq],
                ).expect("an event");
                let columns = "grade, practice, answer, seed, took, rules";
                let states = format!("{}, {}", state_columns("before_"), state_columns("after_"));
                there.connection.execute(
                    &format!("INSERT INTO main.review (event, {columns}, {states}) SELECT ?1, {columns}, {states} FROM other.review WHERE event = ?2"),
                    [number as i64 + 1, seq],
                ).expect("an answer");
                if seed.rotate_left(number as u32 % 64) % 5 == 0 {
                    there.settle_tally().expect("settled");
                }
            }
            prop_assert_eq!(there.tally().expect("sums"), here.tally().expect("sums"));
            prop_assert_eq!(there.tally().expect("sums"), plainly(&there));
        }
    }
}
