//! The anomalies of the Hermitage suite as scripts, and a player for them.
//!
//! Martin Kleppmann's Hermitage (2014) asks of a database, anomaly by anomaly, whether one interleaving of two or three
//! transactions is permitted: two rows, 1 => 10 and 2 => 20, and a dozen statements. A statement that has to wait delays what its own
//! transaction has to do; the others go on. Which level of PostgreSQL permits what is in `postgres.md` of its repository.

use std::collections::VecDeque;

use super::{Abort, Change, Cond, Entry, Filter, Key, Level, Row, Statement, Stop, Store, TxId, Value};

/// How many transactions a script has at most.
pub const SLOTS: usize = 3;
/// The rows that every script begins with.
pub const ROWS: [(Key, Value); 2] = [(1, 10), (2, 20)];

/// What a transaction of a script does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A statement.
    Do(Statement),
    /// Its end.
    Commit,
    /// Its end, for nothing.
    Abort,
}

/// An interleaving that shows an anomaly where that is permitted.
#[derive(Debug)]
pub struct Script {
    /// Its name: `g2-item`.
    pub name: &'static str,
    /// What it is called in words: `write skew`.
    pub title: &'static str,
    /// Who does what, in this order. Transactions are counted from 0.
    pub moves: &'static [(usize, Move)],
    /// The levels that permit it, in PostgreSQL.
    pub permitted: &'static [Level],
    /// Whether it came to pass.
    pub happened: fn(&Play) -> bool,
}

/// What came of a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rows that were read or changed, as they were.
    Rows(Vec<Row>),
    /// It waits; the same move is told again when it is done.
    Waits(Vec<TxId>),
    /// The transaction committed.
    Committed,
    /// It was aborted; without a reason where it wanted to be.
    Aborted(Option<Abort>),
    /// The transaction had been aborted before.
    Gone,
}

/// Something that was done while a script was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The transaction, from 0.
    pub slot: usize,
    /// Which move of the script.
    pub index: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// A script that is played against a store.
#[derive(Clone, Debug)]
pub struct Play {
    script: &'static Script,
    store: Store,
    ids: [TxId; SLOTS],
    /// What each transaction has to do yet: places in the script.
    open: [VecDeque<usize>; SLOTS],
    /// How many moves each has missed because it waited.
    owed: [usize; SLOTS],
    told: Vec<Told>,
}

impl Play {
    /// The beginning of a script, with all transactions at one level.
    #[must_use]
    pub fn new(script: &'static Script, level: Level, flaw: super::Flaw) -> Play {
        let mut store = Store::new(ROWS).noting();
        store.set_flaw(flaw);
        let ids = [(); SLOTS].map(|()| store.begin(level));
        let of = |slot| (0..script.moves.len()).filter(|&index| script.moves[index].0 == slot).collect();
        Play { script, store, ids, open: std::array::from_fn(of), owed: [0; SLOTS], told: Vec::new() }
    }

    /// The transaction does its next move, or owes it while it waits. Returns false where it has none left.
    pub fn step(&mut self, slot: usize) -> bool {
        if self.open.get(slot).is_none_or(|open| open.len() <= self.owed[slot]) {
            return false;
        }
        if self.waits(slot) {
            self.owed[slot] += 1;
        } else {
            self.advance(slot);
        }
        self.wake();
        true
    }

    /// Those that no longer have to wait go on, and do what they owe.
    fn wake(&mut self) {
        while let Some(slot) = self.store.woken().first().and_then(|id| self.slot(*id)) {
            self.advance(slot);
            while self.owed[slot] > 0 && !self.waits(slot) {
                self.owed[slot] -= 1;
                self.advance(slot);
            }
        }
    }

    fn advance(&mut self, slot: usize) {
        let Some(&index) = self.open[slot].front() else { return };
        let id = self.ids[slot];
        let aborted = |done: Result<(), Abort>| {
            done.map_or_else(|why| Outcome::Aborted(Some(why)), |()| Outcome::Committed)
        };
        let outcome = match self.script.moves[index].1 {
            _ if !self.store.runs(id) => Outcome::Gone,
            Move::Commit => aborted(self.store.commit(id)),
            Move::Abort => {
                self.store.abort(id);
                Outcome::Aborted(None)
            }
            Move::Do(statement) => match self.store.execute(id, &statement) {
                Ok(rows) => Outcome::Rows(rows),
                Err(Stop::Wait) => Outcome::Waits(self.store.waits_for(id)),
                Err(Stop::Abort(why)) => Outcome::Aborted(Some(why)),
            },
        };
        if !matches!(outcome, Outcome::Waits(_)) {
            self.open[slot].pop_front();
        }
        self.told.push(Told { slot, index, outcome });
    }

    /// The transaction is aborted by hand: what it had to do yet is left undone.
    pub fn abort(&mut self, slot: usize) -> bool {
        let (Some(&id), Some(&index)) = (self.ids.get(slot), self.open.get(slot).and_then(VecDeque::front))
        else {
            return false;
        };
        self.store.abort(id);
        self.open[slot].clear();
        self.owed[slot] = 0;
        self.told.push(Told { slot, index, outcome: Outcome::Aborted(None) });
        self.wake();
        true
    }

    /// Plays the whole script in its order.
    pub fn finish(&mut self) {
        for (slot, _) in self.script.moves {
            self.step(*slot);
        }
    }

    /// The script.
    #[must_use]
    pub fn script(&self) -> &'static Script {
        self.script
    }

    /// Whether everything is done.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.open.iter().all(VecDeque::is_empty)
    }

    /// The next move of a transaction, by its place in the script, those that it owes left out.
    #[must_use]
    pub fn next(&self, slot: usize) -> Option<usize> {
        self.open.get(slot)?.get(self.owed[slot]).copied()
    }

    /// Whether the transaction waits for a lock.
    #[must_use]
    pub fn waits(&self, slot: usize) -> bool {
        self.ids.get(slot).is_some_and(|id| self.store.waits(*id))
    }

    /// What was done, in order.
    #[must_use]
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What the store noted since the last call.
    pub fn journal(&mut self) -> Vec<Entry> {
        self.store.journal()
    }

    /// Which of its transactions has that number in the store.
    #[must_use]
    pub fn slot(&self, id: TxId) -> Option<usize> {
        self.ids.iter().position(|other| *other == id)
    }

    /// The values that a transaction has read so far, in order.
    #[must_use]
    pub fn values(&self, slot: usize) -> Vec<Value> {
        let reads = self.told.iter().filter(|told| told.slot == slot && self.is_read(told.index));
        let rows =
            reads.filter_map(|told| if let Outcome::Rows(rows) = &told.outcome { Some(rows) } else { None });
        rows.flatten().map(|row| row.value).collect()
    }

    fn is_read(&self, index: usize) -> bool {
        matches!(self.script.moves[index].1, Move::Do(Statement::Read(_)))
    }

    /// Whether all of these transactions committed.
    #[must_use]
    pub fn committed(&self, slots: &[usize]) -> bool {
        let did = |slot: &usize| {
            self.told.iter().any(|told| told.slot == *slot && told.outcome == Outcome::Committed)
        };
        slots.iter().all(did)
    }

    /// Whether a transaction saw one value and later another one.
    fn saw_then(&self, slot: usize, first: &[Value], then: &[Value]) -> bool {
        let values = self.values(slot);
        let at = values.iter().position(|value| first.contains(value));
        at.is_some_and(|at| values[at..].iter().any(|value| then.contains(value)))
    }
}

const fn read(filter: Filter) -> Move {
    Move::Do(Statement::Read(filter))
}

const fn set(key: Key, value: Value) -> Move {
    Move::Do(Statement::Change(Filter::key(key), Change::Set(value)))
}

const fn insert(key: Key, value: Value) -> Move {
    Move::Do(Statement::Put(key, value))
}

const fn change(filter: Filter, change: Change) -> Move {
    Move::Do(Statement::Change(filter, change))
}

const ALL: Filter = Filter::ALL;
const BOTH: Filter = Filter { from: 1, to: 2, cond: Cond::Any };
const ONE: Filter = Filter::key(1);
const TWO: Filter = Filter::key(2);
const THREES: Filter = Filter::of(Cond::MultipleOf(3));
const TWENTY: Filter = Filter::of(Cond::Is(20));
const COMMIT: Move = Move::Commit;

const NONE: &[Level] = &[];
const WEAK: &[Level] = &[Level::ReadCommitted];
const SNAPSHOT: &[Level] = &[Level::ReadCommitted, Level::RepeatableRead];

const fn script(
    (name, title): (&'static str, &'static str),
    permitted: &'static [Level],
    moves: &'static [(usize, Move)],
    happened: fn(&Play) -> bool,
) -> Script {
    Script { name, title, moves, permitted, happened }
}

/// The suite, in its order.
#[rustfmt::skip]
pub static SCRIPTS: [Script; 14] = [
    script(("g0", "dirty write"), NONE,
        &[(0, set(1, 11)), (1, set(1, 12)), (0, set(2, 21)), (0, COMMIT), (1, set(2, 22)), (1, COMMIT)],
        |play| play.store.value(1).zip(play.store.value(2)).is_some_and(|(one, two)| one + 10 != two)),
    script(("g1a", "aborted read"), NONE,
        &[(0, set(1, 101)), (1, read(ALL)), (0, Move::Abort), (1, read(ALL)), (1, COMMIT)],
        |play| play.values(1).contains(&101)),
    script(("g1b", "intermediate read"), NONE,
        &[(0, set(1, 101)), (1, read(ALL)), (0, set(1, 11)), (0, COMMIT), (1, read(ALL)), (1, COMMIT)],
        |play| play.values(1).contains(&101)),
    script(("g1c", "circular information flow"), NONE,
        &[(0, set(1, 11)), (1, set(2, 22)), (0, read(TWO)), (1, read(ONE)), (0, COMMIT), (1, COMMIT)],
        |play| play.values(0).contains(&22) && play.values(1).contains(&11)),
    script(("otv", "observed transaction vanishes"), NONE,
        &[(0, set(1, 11)), (0, set(2, 19)), (1, set(1, 12)), (0, COMMIT), (2, read(ONE)), (1, set(2, 18)),
          (2, read(TWO)), (1, COMMIT), (2, read(TWO)), (2, read(ONE)), (2, COMMIT)],
        |play| play.saw_then(2, &[12, 18], &[11, 19])),
    script(("pmp", "phantom read"), WEAK,
        &[(0, read(Filter::of(Cond::Is(30)))), (1, insert(3, 30)), (1, COMMIT), (0, read(THREES)), (0, COMMIT)],
        |play| play.values(0).contains(&30)),
    script(("pmp-write", "phantom in a write"), WEAK,
        &[(0, change(ALL, Change::Add(10))), (1, change(TWENTY, Change::Delete)), (0, COMMIT), (1, read(TWENTY)), (1, COMMIT)],
        |play| play.values(1).contains(&20)),
    script(("p4", "lost update"), WEAK,
        &[(0, read(ONE)), (1, read(ONE)), (0, set(1, 11)), (1, set(1, 11)), (0, COMMIT), (1, COMMIT)],
        |play| play.committed(&[0, 1])),
    script(("g-single", "read skew"), WEAK,
        &[(0, read(ONE)), (1, read(ONE)), (1, read(TWO)), (1, set(1, 12)), (1, set(2, 18)), (1, COMMIT),
          (0, read(TWO)), (0, COMMIT)],
        |play| play.saw_then(0, &[10], &[18])),
    script(("g-single-predicate", "read skew in a predicate"), WEAK,
        &[(0, read(Filter::of(Cond::MultipleOf(5)))), (1, change(Filter::of(Cond::Is(10)), Change::Set(12))), (1, COMMIT),
          (0, read(THREES)), (0, COMMIT)],
        |play| play.values(0).contains(&12)),
    script(("g-single-write", "read skew in a write"), WEAK,
        &[(0, read(ONE)), (1, read(ALL)), (1, set(1, 12)), (1, set(2, 18)), (1, COMMIT),
          (0, change(TWENTY, Change::Delete)), (0, COMMIT)],
        |play| play.committed(&[0, 1]) && play.store.value(2) == Some(18)),
    script(("g2-item", "write skew"), SNAPSHOT,
        &[(0, read(BOTH)), (1, read(BOTH)), (0, set(1, 11)), (1, set(2, 21)), (0, COMMIT), (1, COMMIT)],
        |play| play.committed(&[0, 1])),
    script(("g2", "write skew by phantoms"), SNAPSHOT,
        &[(0, read(THREES)), (1, read(THREES)), (0, insert(3, 30)), (1, insert(4, 42)), (0, COMMIT), (1, COMMIT)],
        |play| play.committed(&[0, 1])),
    script(("g2-read-only", "a reader closes the cycle"), SNAPSHOT,
        &[(0, read(ALL)), (1, change(TWO, Change::Add(5))), (1, COMMIT), (2, read(ALL)), (2, COMMIT),
          (0, set(1, 0)), (0, COMMIT)],
        |play| play.committed(&[0, 1, 2]) && play.values(2) == [10, 25] && play.values(0) == [10, 20]),
];

/// The script of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Script> {
    SCRIPTS.iter().find(|script| script.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::Flaw;
    use super::super::graph::Graph;
    use super::*;

    fn played(script: &'static Script, level: Level, flaw: Flaw) -> Play {
        let mut play = Play::new(script, level, flaw);
        play.finish();
        assert!(play.is_over(), "{} at {level:?}: {:#?}", script.name, play.told());
        play
    }

    #[test]
    fn each_level_permits_what_postgresql_permits() {
        for script in &SCRIPTS {
            for level in Level::ALL {
                let mut play = played(script, level, Flaw::None);
                let permitted = script.permitted.contains(&level);
                assert_eq!(
                    (script.happened)(&play),
                    permitted,
                    "{} at {level:?}: {:#?}",
                    script.name,
                    play.told()
                );
                let graph = Graph::of(&play.journal());
                assert!(!level.is_serializable() || graph.is_serializable(), "{} at {level:?}", script.name);
                // What is in no order is seen by the graph too, whichever way it is looked at.
                assert!(!permitted || !graph.is_serializable(), "{} at {level:?}", script.name);
            }
        }
    }

    #[test]
    fn the_graph_calls_them_by_their_names() {
        let check = |name: &str, level: Level, expected: &[&str]| {
            let script = find(name).expect("a script");
            let graph = Graph::of(&played(script, level, Flaw::None).journal());
            let found: Vec<&str> =
                graph.anomalies().into_iter().map(super::super::graph::Anomaly::name).collect();
            assert_eq!(found, expected, "{name}: {:?}", graph.edges());
        };
        check("p4", Level::ReadCommitted, &["P4"]);
        check("g-single", Level::ReadCommitted, &["G-single"]);
        check("pmp", Level::ReadCommitted, &["G-single"]);
        check("g2-item", Level::RepeatableRead, &["G2-item"]);
        check("g2", Level::RepeatableRead, &["G2"]);
        check("g2-read-only", Level::RepeatableRead, &["G2-item"]);
        check("g2", Level::Serializable, &[]);
    }

    #[test]
    fn a_flaw_lets_its_anomaly_through() {
        let check = |name: &str, level: Level, flaw: Flaw| {
            let script = find(name).expect("a script");
            let mut play = played(script, level, flaw);
            assert!((script.happened)(&play), "{name}: {:#?}", play.told());
            assert!(!Graph::of(&play.journal()).is_serializable());
        };
        check("g2", Level::Serializable, Flaw::UntrackedPredicates);
        check("p4", Level::RepeatableRead, Flaw::LastUpdaterWins);
        check("p4", Level::TwoPhase, Flaw::EarlyRelease);
        check("g2-item", Level::TwoPhase, Flaw::EarlyRelease);
    }
}
