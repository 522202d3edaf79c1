//! Transactions by chance, with aborts, time-outs and crashes: what each level promises, judged by the graph of dependencies
//! and by a plain copy of the rows.

use std::collections::BTreeMap;

use super::graph::{Graph, Kind};
use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{Rng, Seed};

#[derive(Clone, Copy, Debug)]
enum Doing {
    /// A slot begins a transaction or executes a statement.
    Do(usize, Statement),
    /// The same for the row that it read last, if it is still that version.
    Guarded(usize, Value),
    Commit(usize),
    Abort(usize),
    Crash,
    Vacuum,
}

const SLOTS: usize = 4;

fn filter(rng: &mut Rng) -> Filter {
    let (from, more) = (rng.below(5), rng.below(4));
    let cond = match rng.below(5) {
        0 => Cond::MultipleOf(3),
        1 => Cond::AtLeast(4),
        2 => Cond::Is(rng.below(7) as Value),
        _ => Cond::Any,
    };
    if rng.chance(0.5) { Filter::key(from) } else { Filter { from, to: from + more, cond } }
}

fn draw(rng: &mut Rng) -> Doing {
    let slot = rng.below(SLOTS as u64) as usize;
    let (value, key) = (rng.below(9) as Value, rng.below(6));
    match rng.below(100) {
        0..30 => Doing::Do(slot, Statement::Read(filter(rng))),
        30..45 => Doing::Do(slot, Statement::Put(key, value)),
        45..50 => Doing::Do(slot, Statement::Change(filter(rng), Change::Set(value))),
        50..58 => Doing::Do(slot, Statement::Change(filter(rng), Change::Add(value - 4))),
        58..63 => Doing::Do(slot, Statement::Change(filter(rng), Change::Delete)),
        63..67 => Doing::Do(slot, Statement::Change(filter(rng), Change::Lock)),
        67..70 => Doing::Guarded(slot, value),
        70..94 => Doing::Commit(slot),
        94..98 => Doing::Abort(slot),
        98 => Doing::Crash,
        _ => Doing::Vacuum,
    }
}

/// A transaction under test, with what it must see where it has a snapshot.
#[derive(Default)]
struct Slot {
    id: Option<TxId>,
    level: Option<Level>,
    waits: Option<Statement>,
    read: Option<Row>,
    /// The rows as committed when it took its snapshot, and its own writes upon them.
    view: Option<BTreeMap<Key, Value>>,
}

struct Trial {
    store: Store,
    level: Option<Level>,
    slots: [Slot; SLOTS],
    /// The rows as the commits left them, and what each running transaction wrote.
    rows: BTreeMap<Key, Value>,
    journal: Vec<Entry>,
    began: usize,
}

impl Trial {
    fn new(level: Option<Level>, flaw: Flaw) -> Trial {
        let rows: BTreeMap<Key, Value> = (0..4).map(|key| (key, key as Value)).collect();
        let mut store = Store::new(rows.clone()).noting();
        store.set_flaw(flaw);
        Trial { store, level, slots: Default::default(), rows, journal: Vec::new(), began: 0 }
    }

    fn execute(&mut self, index: usize, statement: Statement) -> Result<(), String> {
        let level = self.level.unwrap_or(Level::ALL[(index + self.began) % 4]);
        let slot = &mut self.slots[index];
        let id = *slot.id.get_or_insert_with(|| self.store.begin(level));
        let level = *slot.level.get_or_insert(level);
        let snapshot = matches!(level, Level::RepeatableRead | Level::Serializable);
        if slot.view.is_none() || (level == Level::ReadCommitted && slot.waits.is_none()) {
            slot.view = Some(self.rows.clone());
        }
        slot.waits = None;
        let done = self.store.execute(id, &statement);
        match done {
            Ok(rows) => {
                slot.read = rows.first().copied();
                // An independent answer: the rows at the time of the snapshot with the transaction's own writes.
                if let (true, Some(view), Statement::Read(filter)) = (snapshot, &slot.view, statement) {
                    let own = own_writes(&self.journal, &self.store, id);
                    let mut expected = view.clone();
                    for (key, value) in own {
                        match value {
                            Some(value) => expected.insert(key, value),
                            None => expected.remove(&key),
                        };
                    }
                    expected.retain(|key, value| filter.holds(*key, Some(*value)));
                    let seen: BTreeMap<Key, Value> = rows.iter().map(|row| (row.key, row.value)).collect();
                    if seen != expected {
                        return Err(format!("{level:?} read {seen:?}, not {expected:?}"));
                    }
                }
            }
            Err(Stop::Wait) => {
                if self.store.waits_for(id).is_empty() {
                    return Err("it waits for nobody".into());
                }
                slot.waits = Some(statement);
            }
            Err(Stop::Abort(_)) => *slot = Slot::default(),
        }
        Ok(())
    }

    fn play(&mut self, doing: Doing) -> Result<(), String> {
        let index = match doing {
            Doing::Do(slot, _) | Doing::Guarded(slot, _) | Doing::Commit(slot) | Doing::Abort(slot) => slot,
            Doing::Crash | Doing::Vacuum => SLOTS,
        };
        // Who waits can be aborted, by a time-out, and do nothing else.
        if self.slots.get(index).is_some_and(|slot| slot.waits.is_some()) && !matches!(doing, Doing::Abort(_))
        {
            return Ok(());
        }
        match doing {
            Doing::Do(_, statement) => self.execute(index, statement)?,
            Doing::Guarded(_, value) => {
                if let Some(row) = self.slots[index].read {
                    self.execute(index, Statement::PutIf(row.key, value, row.stamp))?;
                }
            }
            Doing::Commit(_) => {
                if let Some(id) = std::mem::take(&mut self.slots[index]).id {
                    // Aborted instead is no harm.
                    let _ = self.store.commit(id);
                    self.began += 1;
                }
            }
            Doing::Abort(_) => {
                if let Some(id) = std::mem::take(&mut self.slots[index]).id {
                    self.store.abort(id);
                }
            }
            Doing::Crash => {
                self.store.crash();
                self.slots = Default::default();
            }
            Doing::Vacuum => self.store.vacuum(),
        }
        self.settle()
    }

    /// Keeps the books, and has those go on who waited.
    fn settle(&mut self) -> Result<(), String> {
        loop {
            self.journal.extend(self.store.journal());
            let mut rows = BTreeMap::new();
            for (key, versions) in self.store.versions() {
                let open = versions.iter().filter(|version| version.committed.is_none());
                let mut writers: Vec<TxId> = open.map(|version| version.writer).collect();
                writers.dedup();
                if writers.len() > 1 || writers.iter().any(|id| !self.store.runs(*id)) {
                    return Err(format!("row {key} has unfinished versions by {writers:?}"));
                }
                rows.extend(self.store.value(key).map(|value| (key, value)));
            }
            self.rows = replay(&self.journal);
            if rows != self.rows {
                return Err(format!("the rows are {rows:?}, the commits say {:?}", self.rows));
            }
            let woken = self.store.woken();
            if woken.is_empty() {
                break;
            }
            for id in woken {
                let waits = |slot: &Slot| slot.id == Some(id) && slot.waits.is_some();
                let Some(index) = self.slots.iter().position(waits) else { continue };
                if let Some(statement) = self.slots[index].waits {
                    self.execute(index, statement)?;
                }
            }
        }
        // Who waits, waits for somebody who does not, over however many others: else all stand still.
        let ids: Vec<TxId> = self.slots.iter().filter_map(|slot| slot.id).collect();
        if !ids.is_empty() && ids.iter().all(|id| self.store.waits(*id)) {
            return Err("all wait".into());
        }
        Ok(())
    }
}

/// What a transaction wrote, in order.
fn own_writes(journal: &[Entry], _: &Store, id: TxId) -> Vec<(Key, Option<Value>)> {
    let own = journal.iter().filter(|entry| entry.tx == id);
    own.filter_map(|entry| if let Act::Write(key, _, value) = entry.act { Some((key, value)) } else { None })
        .collect()
}

/// The rows that the commits of a journal leave, one after the other.
fn replay(journal: &[Entry]) -> BTreeMap<Key, Value> {
    let (mut rows, mut open) = (BTreeMap::new(), BTreeMap::<TxId, Vec<(Key, Option<Value>)>>::new());
    for entry in journal {
        match entry.act {
            Act::Write(key, _, value) => open.entry(entry.tx).or_default().push((key, value)),
            Act::Commit => {
                for (key, value) in open.remove(&entry.tx).unwrap_or_default() {
                    match value {
                        Some(value) => rows.insert(key, value),
                        None => rows.remove(&key),
                    };
                }
            }
            Act::Abort => drop(open.remove(&entry.tx)),
            Act::Read(..) => {}
        }
    }
    rows
}

fn played(level: Option<Level>, flaw: Flaw, script: &[Doing]) -> Result<Trial, String> {
    let mut trial = Trial::new(level, flaw);
    for &doing in script {
        // A deleted row that was taken away has no versions that the graph could order.
        let vacuum = matches!(doing, Doing::Vacuum) && level.is_some();
        if !vacuum {
            trial.play(doing)?;
        }
    }
    for index in 0..SLOTS {
        trial.play(Doing::Commit(index))?;
    }
    Ok(trial)
}

fn keeps_its_promise(level: Level, flaw: Flaw, script: &[Doing]) -> Result<(), String> {
    let graph = Graph::of(&played(Some(level), flaw, script)?.journal);
    let found = graph.anomalies();
    let kept = match level {
        Level::ReadCommitted => {
            found.iter().all(|anomaly| anomaly.name() > "G1c" || anomaly.name() == "G-single")
        }
        Level::RepeatableRead => graph.has_only_skews(),
        Level::Serializable | Level::TwoPhase => graph.is_serializable(),
    };
    if kept { Ok(()) } else { Err(format!("{level:?} has {found:?}: {:?}", graph.edges())) }
}

#[test]
fn read_committed_reads_what_is_committed() {
    survives(1_000, 60, draw, |_, script| keeps_its_promise(Level::ReadCommitted, Flaw::None, script));
}

#[test]
fn snapshots_permit_only_cycles_with_two_rw_in_a_row() {
    survives(1_500, 60, draw, |_, script| keeps_its_promise(Level::RepeatableRead, Flaw::None, script));
}

#[test]
fn ssi_gives_acyclic_graphs() {
    survives(2_000, 60, draw, |_, script| keeps_its_promise(Level::Serializable, Flaw::None, script));
}

#[test]
fn two_phase_locking_gives_acyclic_graphs() {
    survives(1_500, 60, draw, |_, script| keeps_its_promise(Level::TwoPhase, Flaw::None, script));
}

#[test]
fn all_levels_live_in_one_store() {
    survives(1_000, 60, draw, |_, script| played(None, Flaw::None, script).map(drop));
}

#[test]
fn every_weaker_level_and_every_flaw_is_found_by_a_short_script() {
    let check = |level: Level, flaw: Flaw, kept: fn(&Graph) -> bool, most: usize| {
        let play = |_: Seed, script: &[Doing]| {
            let graph = Graph::of(&played(Some(level), flaw, script)?.journal);
            if kept(&graph) { Ok(()) } else { Err(format!("{:?}", graph.edges())) }
        };
        let failure = breaks(500, 60, draw, play).unwrap_or_else(|| panic!("{level:?} with {flaw:?} passes"));
        assert!(failure.script.len() <= most, "{level:?} with {flaw:?}: {failure:#?}");
    };
    check(Level::ReadCommitted, Flaw::None, Graph::has_only_skews, 6);
    check(Level::RepeatableRead, Flaw::None, Graph::is_serializable, 6);
    check(Level::RepeatableRead, Flaw::LastUpdaterWins, Graph::has_only_skews, 6);
    check(Level::Serializable, Flaw::UntrackedPredicates, Graph::is_serializable, 6);
    check(Level::TwoPhase, Flaw::EarlyRelease, Graph::is_serializable, 6);
}

#[test]
fn a_statement_that_waits_holds_up_nobody_else() {
    let mut store = Store::new([(1, 10), (2, 20)]);
    let (a, b) = (store.begin(Level::ReadCommitted), store.begin(Level::ReadCommitted));
    let set = |key, value| Statement::Change(Filter::key(key), Change::Set(value));
    assert!(store.execute(a, &set(1, 11)).is_ok());
    assert_eq!(store.execute(b, &set(1, 12)), Err(Stop::Wait));
    assert_eq!(store.waits_for(b), [a]);
    // The other way round it would be a deadlock: whoever closes the circle dies, and the other one goes on.
    let c = store.begin(Level::ReadCommitted);
    assert!(store.execute(c, &set(2, 21)).is_ok());
    assert_eq!(store.execute(a, &set(2, 22)), Err(Stop::Wait));
    assert_eq!(store.execute(c, &set(1, 23)), Err(Stop::Abort(Abort::Deadlock)));
    assert_eq!(store.woken(), [a]);
    assert!(store.execute(a, &set(2, 22)).is_ok());
    assert_eq!(store.commit(a), Ok(()));
    assert_eq!(store.woken(), [b]);
    assert!(store.execute(b, &set(1, 12)).is_ok());
    assert_eq!(store.commit(b), Ok(()));
    assert_eq!((store.value(1), store.value(2)), (Some(12), Some(22)));
    assert_eq!(store.load(), (0, 0));
}

#[test]
fn an_optimistic_write_and_a_row_lock_lose_no_update() {
    for guard in [true, false] {
        let mut store = Store::new([(1, 0)]);
        let (a, b) = (store.begin(Level::ReadCommitted), store.begin(Level::ReadCommitted));
        let here = Filter::key(1);
        let first = if guard { Statement::Read(here) } else { Statement::Change(here, Change::Lock) };
        let row = store.execute(a, &first).expect("nobody is in the way")[0];
        let other = store.execute(b, &first);
        assert_eq!(other.is_ok(), guard, "a row lock has the second one wait before it reads");
        assert!(store.execute(a, &Statement::PutIf(1, row.value + 1, row.stamp)).is_ok());
        assert_eq!(store.commit(a), Ok(()));
        match other {
            Ok(rows) => {
                let late = Statement::PutIf(1, rows[0].value + 1, rows[0].stamp);
                assert_eq!(store.execute(b, &late), Err(Stop::Abort(Abort::Stale)));
            }
            Err(_) => {
                let row = store.execute(b, &first).expect("it is free")[0];
                assert_eq!(row.value, 1, "it sees what it waited for");
                assert!(store.execute(b, &Statement::Put(1, row.value + 1)).is_ok());
                assert_eq!((store.commit(b), store.value(1)), (Ok(()), Some(2)));
            }
        }
    }
}

#[test]
fn nothing_is_remembered_for_ever() {
    let mut store = Store::new([(1, 0), (2, 0)]);
    for round in 0..100 {
        let tx = store.begin(Level::Serializable);
        let _ = store.execute(tx, &Statement::Read(Filter::ALL));
        let _ = store.execute(tx, &Statement::Put(1 + round % 2, round as Value));
        let _ = store.execute(tx, &Statement::Change(Filter::key(7), Change::Delete));
        assert_eq!(store.commit(tx), Ok(()));
        store.vacuum();
    }
    assert_eq!(store.versions().map(|(_, versions)| versions.len()).sum::<usize>(), 2);
    assert_eq!(store.load(), (0, 0));
}

#[test]
fn a_cycle_of_reads_is_known_by_its_edges() {
    // Two doctors: each reads both rows and leaves.
    let mut store = Store::new([(1, 1), (2, 1)]).noting();
    let both = [store.begin(Level::RepeatableRead), store.begin(Level::RepeatableRead)];
    for tx in both {
        assert_eq!(
            store.execute(tx, &Statement::Read(Filter::of(Cond::Is(1)))).map(|rows| rows.len()),
            Ok(2)
        );
    }
    for (tx, key) in both.into_iter().zip(1..) {
        assert!(store.execute(tx, &Statement::Put(key, 0)).is_ok());
        assert_eq!(store.commit(tx), Ok(()));
    }
    let graph = Graph::of(&store.journal());
    let rw: Vec<_> = graph.edges().iter().filter(|edge| edge.kind == Kind::Rw).collect();
    assert_eq!(rw.len(), 2, "{rw:?}");
    assert!(graph.has_only_skews() && !graph.is_serializable());
    let (anomaly, cycle) = graph.around(both[0]).expect("a cycle");
    assert_eq!((anomaly.name(), cycle.len()), ("G2-item", 2));
}
