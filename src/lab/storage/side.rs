//! An engine with its device and its clients: what it does now, who waits, and what it has told them.
//!
//! The device does one thing at a time. A step of the work that nobody waits for takes turns with an operation that somebody
//! waits for, and takes all of the time that is left over.

use std::collections::VecDeque;

use super::ROOM;
use super::controls::Knobs;
use super::engine::{Engine, Which};
use super::load::{Op, Wish};
use super::measures::Measures;
use super::truth::{Truth, key_bytes, value_bytes, version_of};
use crate::sim::{Nanos, Rng};
use crate::systems::blocks::{Blocks, Fault, PAGE, Speed};

/// What an operation costs beside the device: a few microseconds of a processor.
const THINKING: Nanos = Nanos::from_micros(5);
/// How many rows a scan wants.
const SCANNED: usize = 20;

/// What a device is doing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    Nothing,
    Operation(Op),
    /// Makes the oldest so many writes durable.
    Sync(usize),
    Work,
    Recovery,
}

/// What is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    came: u64,
    answered: u64,
    refused: u64,
    /// Cut off by a crash.
    pub(super) cut: u64,
    /// Reads that returned something else than what was last written.
    pub(super) wrong: u64,
    /// Crashes after which there was something else than there had been.
    pub(super) broken: u64,
    pub(super) lost: u64,
    pub(super) crashes: u64,
    pub(super) stalls: u64,
}

/// One of the two.
#[derive(Clone)]
pub(super) struct Side {
    pub(super) which: Which,
    pub(super) engine: Engine,
    pub(super) truth: Truth,
    pub(super) measures: Measures,
    pub(super) counts: Counts,
    pub(super) reads: VecDeque<Op>,
    pub(super) writes: VecDeque<Op>,
    pub(super) doing: Doing,
    /// How much more of the device's time the work that nobody waits for has had, while somebody waited.
    pub(super) ahead: Nanos,
    pub(super) forced: bool,
    /// Whether the read under way found something else than was last written.
    pub(super) wrong: bool,
    pub(super) each: bool,
    /// Whether a group of writes is open, and whether its time is over.
    pub(super) window: bool,
    pub(super) due: bool,
    pub(super) epoch: u64,
    pub(super) rng: Rng,
    pub(super) stalled_since: Option<Nanos>,
    pub(super) stalled: Nanos,
    pub(super) longest: Nanos,
    pub(super) recovery: Option<Nanos>,
    pub(super) value: Vec<u8>,
}

impl Side {
    pub(super) fn new(which: Which, knobs: &Knobs, rng: Rng) -> Side {
        // An empty device can be opened.
        let engine = Engine::open(which, Blocks::new(Speed::NVME), knobs).unwrap_or(Engine::Broken);
        let mut side = Side {
            which,
            engine,
            truth: Truth::new(),
            measures: Measures::new(),
            counts: Counts::default(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            doing: Doing::Nothing,
            ahead: Nanos::ZERO,
            forced: false,
            wrong: false,
            each: knobs.each,
            window: false,
            due: false,
            epoch: 0,
            rng,
            stalled_since: None,
            stalled: Nanos::ZERO,
            longest: Nanos::ZERO,
            recovery: None,
            value: Vec::new(),
        };
        side.configure(knobs);
        if let Some(store) = side.engine.store() {
            side.measures.restart(store.traffic(), store.device().counts());
        }
        side
    }

    fn configure(&mut self, knobs: &Knobs) {
        match &mut self.engine {
            Engine::BTree(tree) => {
                tree.set_options(knobs.btree);
                tree.set_speed(knobs.speed);
            }
            Engine::Lsm(tree) => {
                tree.set_options(knobs.lsm);
                tree.set_speed(knobs.speed);
            }
            Engine::Broken => {}
        }
        self.each = knobs.each;
    }

    /// The controls have changed.
    pub(super) fn set(&mut self, now: Nanos, knobs: &Knobs, control: &str) {
        self.configure(knobs);
        self.due |= self.each;
        if control != "bug" {
            self.measures.write_times = crate::lab::measure::Histogram::default();
        }
        self.look(now);
    }

    /// Changes with each crash: what was begun before is not finished after it.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// An operation comes. It is refused where too many wait, or the engine is down.
    pub(super) fn offer(&mut self, now: Nanos, op: Op) {
        self.counts.came += 1;
        let down = self.recovers() || self.engine.store().is_none();
        if down || self.reads.len() + self.writes.len() >= ROOM {
            self.counts.refused += 1;
            return;
        }
        let queue = if op.what.writes() { &mut self.writes } else { &mut self.reads };
        queue.push_back(op);
        self.look(now);
    }

    /// Whether writers stand still, from now on or no longer.
    fn look(&mut self, now: Nanos) {
        let stops = !self.writes.is_empty() && self.engine.store().is_some_and(|store| !store.is_ready());
        match (self.stalled_since, stops) {
            (None, true) => {
                self.counts.stalls += 1;
                self.stalled_since = Some(now);
            }
            (Some(since), false) => {
                self.stalled += now.since(since);
                self.longest = self.longest.max(now.since(since));
                self.stalled_since = None;
            }
            _ => {}
        }
    }

    /// What comes next on the device, which is free.
    fn choose(&mut self) -> Doing {
        let Some(store) = self.engine.store() else { return Doing::Nothing };
        if self.forced {
            return Doing::Work;
        }
        let waiting = self.truth.pending();
        if self.due && waiting > 0 {
            return Doing::Sync(waiting);
        }
        self.due = false;
        let write = self.writes.front().filter(|_| store.is_ready());
        let first = match (self.reads.front(), write) {
            (Some(read), Some(write)) => Some(if read.id < write.id { *read } else { *write }),
            (read, write) => read.or(write).copied(),
        };
        let work = store.has_work();
        if work && (self.ahead == Nanos::ZERO || first.is_none()) {
            return Doing::Work;
        }
        first.map_or(Doing::Nothing, Doing::Operation)
    }

    /// Does what is next, if the device is free. Returns when it is done.
    pub(super) fn begin(&mut self, now: Nanos) -> Option<Nanos> {
        if !matches!(self.doing, Doing::Nothing) {
            return None;
        }
        let doing = self.choose();
        let before = self.engine.store()?.device().spent();
        let done = match doing {
            Doing::Nothing | Doing::Recovery => return None,
            Doing::Operation(op) => {
                if op.what.writes() { &mut self.writes } else { &mut self.reads }.pop_front();
                self.operate(now, op)
            }
            Doing::Sync(_) => {
                self.due = false;
                self.engine.store_mut()?.sync()
            }
            Doing::Work => self.work(),
        };
        self.doing = doing;
        if done.is_err() {
            // A page that cannot be read: the engine stops here, as a database does.
            self.fail();
            return None;
        }
        let store = self.engine.store()?;
        let took = store.device().spent().since(before);
        let level0 = match &self.engine {
            Engine::Lsm(tree) => tree.level0() as u64,
            _ => 0,
        };
        let bin = self.measures.note(now, store.traffic(), store.device().counts());
        bin.level0 = bin.level0.max(level0);
        self.ahead = if matches!(doing, Doing::Work) {
            self.ahead + took
        } else {
            Nanos(self.ahead.0.saturating_sub(took.0))
        };
        let thinking = if matches!(doing, Doing::Operation(_)) { THINKING } else { Nanos(1) };
        self.look(now);
        Some(now + took + thinking)
    }

    fn operate(&mut self, now: Nanos, op: Op) -> Result<(), Fault> {
        let key = key_bytes(op.key);
        let Some(store) = self.engine.store_mut() else { return Ok(()) };
        match op.what {
            Wish::Put | Wish::Delete => {
                let version = self.truth.write(op.key, op.what == Wish::Delete, op.at);
                if op.what == Wish::Put {
                    store.put(&key, &value_bytes(version))?;
                } else {
                    store.delete(&key)?;
                }
                if self.each { store.sync() } else { Ok(()) }
            }
            Wish::Get => {
                self.value.clear();
                let before = store.looked();
                let found = store.get(&key, &mut self.value)?;
                let looked = store.looked() - before;
                if found && looked > 0 {
                    let bin = self.measures.bins.at(now);
                    bin.lookups += 1;
                    bin.looked += looked;
                }
                let expected = self.truth.read(op.key);
                self.wrong = found.then(|| version_of(&self.value)) != expected;
                Ok(())
            }
            Wish::Scan => {
                let (mut expected, mut rows, mut right) = (self.truth.from(op.key), 0, true);
                store.scan(&key, None, &mut |key, value| {
                    let known = expected.next().map(|(key, version)| (key_bytes(key), version));
                    right &=
                        known.is_some_and(|(known, version)| known == key && version == version_of(value));
                    rows += 1;
                    rows < SCANNED
                })?;
                right &= rows == SCANNED || expected.next().is_none();
                self.wrong = !right;
                Ok(())
            }
        }
    }

    fn work(&mut self) -> Result<(), Fault> {
        let forced = std::mem::take(&mut self.forced);
        match &mut self.engine {
            Engine::BTree(tree) if forced => tree.checkpoint(),
            Engine::Lsm(tree) if forced => tree.compact(),
            engine => engine.store_mut().map_or(Ok(()), |store| store.work().map(|_| ())),
        }
    }

    /// What the device was doing is done. Returns what that was.
    pub(super) fn finish(&mut self, now: Nanos) -> (&'static str, u64) {
        let doing = std::mem::replace(&mut self.doing, Doing::Nothing);
        let side = usize::from(self.which == Which::Lsm);
        match doing {
            Doing::Nothing => ("nothing", 0),
            Doing::Operation(op) if !op.what.writes() => {
                self.counts.answered += 1;
                self.counts.wrong += u64::from(std::mem::take(&mut self.wrong));
                self.measures.bins.at(now).done += 1;
                (["the B-tree answers read #", "the LSM tree answers read #"][side], op.id)
            }
            Doing::Operation(op) => {
                if self.each {
                    self.acknowledge(now, usize::MAX);
                    return (
                        ["the B-tree has made write # durable", "the LSM tree has made write # durable"]
                            [side],
                        op.id,
                    );
                }
                (["the B-tree has done write #", "the LSM tree has done write #"][side], op.id)
            }
            Doing::Sync(count) => {
                self.acknowledge(now, count);
                let what = ["the B-tree has made # writes durable", "the LSM tree has made # writes durable"];
                (what[side], count as u64)
            }
            Doing::Work => {
                let level0 = match &self.engine {
                    Engine::Lsm(tree) => tree.level0() as u64,
                    _ => 0,
                };
                match &self.engine {
                    Engine::Lsm(_) => ("a step of flush or merge: # runs in level 0", level0),
                    _ => ("a step of the checkpoint", 0),
                }
            }
            Doing::Recovery => (["the B-tree is back", "the LSM tree is back"][side], side as u64 + 1),
        }
    }

    fn acknowledge(&mut self, now: Nanos, count: usize) {
        for came in self.truth.acknowledge(count) {
            self.counts.answered += 1;
            self.measures.written(now, came);
            self.measures.bins.at(now).done += 1;
        }
    }

    /// Whether a group of writes begins now, whose time must be limited.
    pub(super) fn opens_window(&mut self) -> bool {
        let syncs = matches!(self.doing, Doing::Sync(_));
        let opens = !self.window && !self.due && !syncs && self.truth.pending() > 0 && !self.each;
        self.window |= opens;
        opens
    }

    /// The time of the open group is over.
    pub(super) fn close_window(&mut self) {
        (self.window, self.due) = (false, true);
    }

    /// A checkpoint, or a merge of everything, comes next.
    pub(super) fn force(&mut self) {
        self.forced = self.engine.store().is_some();
    }

    /// Whether each operation that came is somewhere.
    pub(super) fn conserves(&self) -> bool {
        let under_way = matches!(self.doing, Doing::Operation(op) if !op.what.writes());
        let waits = self.reads.len() + self.writes.len() + self.truth.pending() + usize::from(under_way);
        let counts = &self.counts;
        counts.came == counts.answered + counts.refused + counts.cut + waits as u64
    }

    /// How long writers stood still, in all.
    pub(super) fn stalled(&self, now: Nanos) -> Nanos {
        self.stalled + self.stalled_since.map_or(Nanos::ZERO, |since| now.since(since))
    }

    /// The longest time that they stood still.
    pub(super) fn longest_stall(&self, now: Nanos) -> Nanos {
        self.longest.max(self.stalled_since.map_or(Nanos::ZERO, |since| now.since(since)))
    }

    /// Whether they stand still now.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled_since.is_some()
    }

    /// How many operations wait.
    pub(super) fn waiting(&self) -> usize {
        self.reads.len() + self.writes.len()
    }

    pub(super) fn refused(&self) -> u64 {
        self.counts.refused
    }

    /// Whether it is coming back from a crash.
    pub(super) fn recovers(&self) -> bool {
        matches!(self.doing, Doing::Recovery)
    }

    /// What a copy does not share with another one a 64th of the run apart.
    pub(super) fn bytes(&self) -> usize {
        let written = self.engine.store().map_or(0, |store| store.device().counts().writes as usize);
        let held = self.engine.store().map_or(0, |store| store.device().held());
        let memory = match &self.engine {
            Engine::Lsm(tree) => 3 * tree.options().memtable,
            _ => 0,
        };
        memory + 8 * held + (written / 64).min(held) * PAGE
    }
}
