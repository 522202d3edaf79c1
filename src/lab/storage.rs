//! Two storage engines, a B-tree and an LSM tree, do the same operations, each on a device of its own.
//!
//! All is small so that one sees it: rows of 100 bytes, 8,000 keys, a memtable of kilobytes. Ratios are what matters, and they
//! are those of large stores: how many bytes are written for each byte that is stored, how much room it takes, how many
//! pages a read looks at. A device does one thing at a time; what nobody waits for (checkpoint, compaction) takes turns
//! with what somebody waits for, and where it cannot keep up, writers stand still.
//!
//! At half of the run the power fails for both. What was acknowledged must be there afterwards.

mod controls;
mod crash;
mod engine;
mod load;
mod measures;
mod picture;
mod queries;
mod side;
mod theory;
mod truth;

use controls::{BUGS, Knobs};
use engine::Which;
use load::Load;
use side::Side;

use super::scenario::{Scenario, Sim, start};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};

/// How many keys there are.
const KEYS: u64 = 8_000;
/// Bytes of a key, and of a value.
const KEY_BYTES: usize = 8;
const VALUE_BYTES: usize = 92;
/// Operations a second.
const RATE: f64 = 1_000.0;
/// How many operations may wait for an engine; a client who comes then is refused.
const ROOM: usize = 200;
/// How long a write waits for others that become durable with it, where they go in groups.
const WINDOW: Nanos = Nanos::from_millis(10);
/// When the power fails by itself.
const CRASH: Nanos = Nanos::from_secs(12);

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "storage",
    title: "B-tree and LSM tree",
    part: "databases",
    topics: &["storage-engines", "indexing"],
    hook: "You store a row of 100 bytes. How many bytes does the device write for it?",
    look_for: &[
        "The B-tree writes a page of 4 KiB for a row of 100 bytes: some 30 bytes for each byte, and its device of 1,000 operations a second is full. The LSM tree writes each row several times, but in full pages: about a quarter of that. Bars show how full each level is.",
        "Leveled with a fan-out of 10: a row is written to the log, to level 0, and then merged into larger and larger levels, each time with several rows that are there already. Tiered writes it once a level and needs two to four times the room.",
        "Reads want it the other way round: turn the mix to half and bloom to 0, and a look-up reads a page in nearly every run instead of one; a scan always does. The B-tree reads as many pages as it is high: 2 or 3.",
        "Turn the device to hdd: merging falls behind, level 0 fills, writes stop (a stall) until it is merged away.",
        "Let fsync be each: every write waits for its own barrier, and the log writes a page of 4 KiB for each row. In groups of 10 ms ten rows share both.",
        "At 12 s the power fails. The log brings back all that was acknowledged; how long that takes depends on how much of the log must be read. View index: which query can use which index.",
    ],
    controls: &[
        choice("mix", "what the clients do", load::MIXES, 0.0),
        choice("keys", "which keys", load::ORDERS, 0.0),
        choice("compaction", "the LSM tree merges", &["leveled", "tiered"], 0.0),
        number("fanout", "fan-out: a level is so many times larger", (2.0, 16.0), 1.0, 10.0, ""),
        number("memtable", "memtable of the LSM tree", (4.0, 64.0), 4.0, 16.0, "KiB"),
        number("bloom", "bits of a Bloom filter a row", (0.0, 16.0), 1.0, 10.0, ""),
        number("cache", "pages of 4 KiB in memory, for each tree", (8.0, 512.0), 8.0, 64.0, ""),
        choice("fsync", "a write is made durable", &["group", "each"], 0.0),
        choice("device", "the device", controls::DEVICES, 0.0),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("btree_write_amp", Unit::Ratio, "bytes written to pages of the B-tree for a byte, last 8 s"),
        reading(
            "btree_write_theory",
            Unit::Ratio,
            "the same expected: page/row times the misses of the cache",
        ),
        reading("lsm_write_amp", Unit::Ratio, "bytes written to tables of the LSM tree for a byte, last 8 s"),
        reading("lsm_write_theory", Unit::Ratio, "the same expected: from fan-out, memtable and data"),
        reading("btree_log_amp", Unit::Ratio, "bytes written to the log of the B-tree for a byte, last 8 s"),
        reading("lsm_log_amp", Unit::Ratio, "bytes written to the log of the LSM tree for a byte, last 8 s"),
        reading("btree_space_amp", Unit::Ratio, "bytes of pages of the B-tree for a byte that it holds"),
        reading(
            "btree_space_theory",
            Unit::Ratio,
            "the same expected for random keys: 1/ln 2 and the row's head",
        ),
        reading("lsm_space_amp", Unit::Ratio, "bytes of rows in tables and memory for a byte that it holds"),
        reading("lsm_space_theory", Unit::Ratio, "at most: the levels above the last one, or the fan-out"),
        reading("btree_read_pages", Unit::Ratio, "pages that a look-up in the B-tree looks at, last 8 s"),
        reading("height", Unit::Count, "levels of the B-tree"),
        reading(
            "lsm_read_pages",
            Unit::Ratio,
            "pages that a look-up in tables of the LSM tree looks at, last 8 s",
        ),
        reading("lsm_read_theory", Unit::Ratio, "the same expected: 1 and the filters that are wrong"),
        reading("lsm_runs", Unit::Count, "runs that a look-up may have to ask"),
        reading("occupancy", Unit::Share, "how full the leaves of the B-tree are"),
        reading("occupancy_theory", Unit::Share, "the same expected for random keys: ln 2"),
        reading(
            "bloom_wrong",
            Unit::Share,
            "filters asked for a key that was not there which did not say so",
        ),
        reading("bloom_theory", Unit::Share, "the same expected: (1 - e^(-kn/m))^k"),
        reading("btree_p99", Unit::Millis, "99th percentile of a write's time, B-tree"),
        reading("lsm_p99", Unit::Millis, "99th percentile of a write's time, LSM tree"),
        reading("btree_done", Unit::PerSecond, "operations of the B-tree a second, last 8 s"),
        reading("lsm_done", Unit::PerSecond, "operations of the LSM tree a second, last 8 s"),
        reading("stalls", Unit::Count, "times that writes of the LSM tree had to stop"),
        reading("stalled", Unit::Seconds, "how long they stood still, in all"),
        reading("btree_recovery", Unit::Millis, "how long the B-tree took to come back after its last crash"),
        reading("lsm_recovery", Unit::Millis, "how long the LSM tree took to come back after its last crash"),
        reading("lost", Unit::Count, "keys that lost an acknowledged write in a crash"),
    ],
    bet: "storage-engines.bet-write-amplification",
    goals: &[
        "LSM tree: 500 writes/s, under 4.5 bytes written a byte",
        "LSM tree: no write is taken for 2 s",
        "B-tree: 500 writes/s, 99% of them within 60 ms",
        "the B-tree writes fewer bytes than the LSM tree, log included",
    ],
    invariants: &[
        "what came is answered, refused, waits or was cut off by a crash",
        "a read returns what was last written",
        "a crash undoes the last writes, and none that was acknowledged",
    ],
    acts: &[
        Act { name: "crash", meaning: "the machine loses power and comes back" },
        Act { name: "compact", meaning: "all runs are merged into one, at once" },
        Act { name: "checkpoint", meaning: "all changed pages are written, at once" },
    ],
    views: &["trees", "devices", "amplification", "index"],
    bugs: &[
        "no-fsync: both engines write the log and acknowledge, and do not wait for it to be durable",
        "torn-pages: the B-tree puts no whole page into its log, so a page that the crash has torn cannot be mended",
        "early-tombstone: a merge drops a tombstone while older runs still have the key",
    ],
    theory: &[
        ("btree_write_amp", "btree_write_theory"),
        ("lsm_write_amp", "lsm_write_theory"),
        ("btree_space_amp", "btree_space_theory"),
        ("lsm_space_amp", "lsm_space_theory"),
        ("btree_read_pages", "height"),
        ("lsm_read_pages", "lsm_read_theory"),
        ("occupancy", "occupancy_theory"),
        ("bloom_wrong", "bloom_theory"),
    ],
    length: Nanos::from_secs(24),
    speed: 1.0,
    sources: &[
        source!("lsm/compaction.rs", "fn merge_step"),
        source!("btree/mod.rs", "fn put(&mut self, key"),
        source!("btree/change.rs", "pub(super) fn split"),
        source!("redo_log.rs", "pub fn replay"),
        source!("index.rs", "pub fn helps"),
        source!("blocks.rs", "pub fn crash"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Storage::new(seed, sim)),
};

/// The sides by their places.
const BTREE: usize = 0;
const LSM: usize = 1;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The next operation comes, to both.
    Arrive,
    /// A device is done with what it was doing, unless a crash came between.
    Free { side: usize, epoch: u64 },
    /// Writes have waited long enough for others.
    Window { side: usize, epoch: u64 },
    /// The power fails for both.
    Crash,
}

#[derive(Clone)]
struct Storage {
    load: Load,
    sides: [Side; 2],
    knobs: Knobs,
    /// Since when the controls stand as they do.
    since: Nanos,
}

impl Storage {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Storage {
        let knobs = Knobs::of(sim.settings());
        let crashes = |label| Rng::stream(seed, label);
        let sides = [
            Side::new(Which::BTree, &knobs, crashes("crash of the B-tree")),
            Side::new(Which::Lsm, &knobs, crashes("crash of the LSM tree")),
        ];
        let mut load = Load::new(seed, sim.settings());
        let first = load.next_at(Nanos::ZERO);
        sim.at(first, Event::Arrive);
        sim.at(CRASH, Event::Crash);
        Storage { load, sides, knobs, since: Nanos::ZERO }
    }

    fn arrive(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let op = self.load.next(sim.now());
        for side in 0..2 {
            self.sides[side].offer(sim.now(), op);
            self.go_on(sim, side);
        }
        sim.at(self.load.next_at(sim.now()), Event::Arrive);
        (op.what.comes(), op.id)
    }

    /// A side does what is next, if it is free, and says when it is done.
    fn go_on(&mut self, sim: &mut Sim<Event>, side: usize) {
        let epoch = self.sides[side].epoch();
        if let Some(until) = self.sides[side].begin(sim.now()) {
            sim.at(until, Event::Free { side, epoch });
        }
        if self.sides[side].opens_window() {
            sim.after(WINDOW, Event::Window { side, epoch });
        }
    }

    fn crash(&mut self, sim: &mut Sim<Event>, side: usize) -> (&'static str, u64) {
        if let Some(until) = self.sides[side].crash(sim.now(), &self.knobs) {
            let epoch = self.sides[side].epoch();
            sim.at(until, Event::Free { side, epoch });
        }
        (["the B-tree's machine crashes", "the LSM tree's machine crashes"][side], side as u64 + 1)
    }

    fn goals(&self, sim: &mut Sim<Event>) {
        let now = sim.now();
        let calm = now.since(self.since) >= Nanos::from_secs(10) && self.knobs.is_sound();
        let [btree, lsm] = &self.sides;
        if !calm {
            sim.goal(1, lsm.longest_stall(now) >= Nanos::from_secs(2));
            return;
        }
        let rates = [btree, lsm].map(|side| side.measures.recent(now));
        sim.goal(0, rates[LSM].writes_per_s >= 500.0 && rates[LSM].data < 4.5);
        sim.goal(1, lsm.longest_stall(now) >= Nanos::from_secs(2));
        let quick = btree.measures.write_times.percentile(0.99) <= 60e6;
        sim.goal(2, quick && rates[BTREE].writes_per_s >= 500.0);
        let all = rates.map(|rate| rate.data + rate.log);
        sim.goal(3, rates.iter().all(|rate| rate.writes_per_s >= 300.0) && all[BTREE] < all[LSM]);
    }
}

impl Scenario for Storage {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        match event {
            Event::Arrive => self.arrive(sim),
            Event::Free { side, epoch } => {
                if self.sides[side].epoch() != epoch {
                    return ("the machine has forgotten what it did", side as u64 + 1);
                }
                let done = self.sides[side].finish(sim.now());
                self.go_on(sim, side);
                done
            }
            Event::Window { side, epoch } => {
                if self.sides[side].epoch() == epoch {
                    self.sides[side].close_window();
                    self.go_on(sim, side);
                }
                (
                    ["the B-tree's group of writes is closed", "the LSM tree's group of writes is closed"]
                        [side],
                    0,
                )
            }
            Event::Crash => {
                self.crash(sim, BTREE);
                self.crash(sim, LSM);
                ("the power fails", 0)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        self.load.set(sim.settings());
        self.since = sim.now();
        for side in 0..2 {
            self.sides[side].set(sim.now(), &self.knobs, control);
            self.go_on(sim, side);
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for side in &self.sides {
            sim.rule(0, side.conserves());
            sim.rule(1, side.counts.wrong == 0);
            sim.rule(2, side.counts.broken == 0);
        }
        self.goals(sim);
    }

    fn readings(&self, sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        self.all_readings(sim.settings(), now)
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.trees(sim.settings(), now)
    }

    fn view(&self, sim: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.devices(now),
            2 => self.amplification(sim.settings(), now),
            _ => queries::scene(),
        }
    }

    fn things(&self, _sim: &Sim<Event>, _now: Nanos) -> Vec<Thing> {
        let thing = |id, name: &str, acts| Thing { id, name: name.into(), acts };
        vec![
            thing(1, "the B-tree's machine", &["crash", "checkpoint"]),
            thing(2, "the LSM tree's machine", &["crash", "compact"]),
        ]
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let side = match thing {
            1 => BTREE,
            2 => LSM,
            _ => return ("nothing to lay hands on", thing),
        };
        match (act, side) {
            ("crash", _) => self.crash(sim, side),
            ("compact", LSM) | ("checkpoint", BTREE) => {
                self.sides[side].force();
                self.go_on(sim, side);
                (["a checkpoint is made", "all runs are merged"][side], thing)
            }
            _ => ("nothing to lay hands on", thing),
        }
    }

    /// What a copy does not share with the one before it: the rows in memory, and the pages that were written between two
    /// of 64 copies that are spread over the run.
    fn bytes(&self) -> usize {
        (128 << 10) + self.sides.iter().map(Side::bytes).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
