//! One key on both sides of a partition: for each operation the choice between an answer and the truth.
//!
//! Three replicas: s1 and s2 in the west, s3 in the east. A client in the west talks to s1, one in the east to s3. A strict
//! operation waits for two of three, and what a strict read saw it writes back before it answers, so strict operations
//! are linearizable; an accepting one is answered by the client's own replica. That is the choice which the theorem is about
//! (Gilbert and Lynch, 2002), and it is made by each operation, not by a database. Without a partition
//! the same choice is one between latency and consistency (Abadi's PACELC, 2012).
//!
//! Updates come one after the other, by turns from the west and the east: a client reads, and writes what it makes of what
//! it has read. No two of them are ever under way at once, so whatever is lost is lost because one did not see another. An
//! update counts as kept where it can still be traced: from what the replicas hold, back over what each writer had read.

mod knobs;
mod operations;
mod picture;
#[cfg(test)]
mod tests;
mod updates;

use std::collections::BTreeMap;

use knobs::{BUGS, EAST, Knobs, MERGES, NODES, PAUSE, SIDES, WEST};
use operations::Operation;
use updates::Updates;

use super::measure::{Bins, Histogram};
use super::recent::RecentCalls;
use super::replicas::{Replicas, Wire};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::replica::{Cell, Key, Merge, NodeId, OpId};

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "cap",
    title: "CAP and PACELC",
    part: "distributed",
    topics: &["cap-theorem"],
    hook: "The link is cut for 8 s and both sides go on. How many updates do not survive?",
    look_for: &[
        "From 5 s to 13 s the east is alone. Both sides take updates by turns, nobody sees an error. When the link heals the last write wins and some 39 acknowledged updates of the other side are gone.",
        "strict_updates = strict_reads = 100: the west has two of three and goes on, the east is refused. Nothing is stale and nothing is lost. That is C; A is what the east has no longer, and P was never a choice.",
        "Whether a store is CP or AP is no property of it: strict_updates = 100 with strict_reads = 0 refuses updates in the east and answers reads, some of them stale.",
        "An error is no availability: A in CAP means that every replica that is up answers. With strict 100% the east's replica is up and refuses.",
        "merge = siblings: both sides' updates survive side by side, and the next writer who has read both makes one of them. merge = add: the sum is right by itself.",
        "partition = 0: the choice remains. A strict read takes a round trip, 80 ms, an accepting one 1 ms from the replica next door, and that one may be stale.",
        "partition = 0, distance = 200: the next update begins before the last one has come over. Updates are lost without any partition.",
    ],
    controls: &[
        number("strict_updates", "updates that insist on 2 of 3", (0.0, 100.0), 10.0, 0.0, "%"),
        number("strict_reads", "reads that insist on 2 of 3", (0.0, 100.0), 10.0, 0.0, "%"),
        choice("merge", "what becomes of both sides' updates", MERGES, 0.0),
        number("partition", "how long the link is cut, from 5 s on", (0.0, 20.0), 1.0, 8.0, "s"),
        number("distance", "a message between replicas takes", (1.0, 200.0), 0.0, 40.0, "ms"),
        number("reads", "reads per second, half of them in the east", (1.0, 100.0), 0.0, 10.0, "/s"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("lost", Unit::Count, "acknowledged updates that nothing the replicas hold was made from"),
        reading(
            "lost_theory",
            Unit::Count,
            "the same expected: half of the updates that both sides take while cut off",
        ),
        reading("updates", Unit::Count, "updates acknowledged"),
        reading("refused_share", Unit::Share, "operations refused or not answered in time"),
        reading("refused_west", Unit::Count, "operations refused in the west"),
        reading("refused_east", Unit::Count, "operations refused in the east"),
        reading(
            "stale_share",
            Unit::Share,
            "reads that miss the newest update acknowledged before they began",
        ),
        reading("stale_strict", Unit::Count, "of these, strict ones"),
        reading("reads_served", Unit::Count, "reads that were answered"),
        reading("strict_ms", Unit::Millis, "mean time of a strict read that is answered"),
        reading("strict_theory", Unit::Millis, "the same expected: there and back to the second replica"),
        reading("local_ms", Unit::Millis, "mean time of an accepting read"),
        reading("siblings", Unit::Count, "values side by side, at most, now"),
        reading("apart_s", Unit::Seconds, "time in which the replicas did not hold the same"),
        reading("messages", Unit::Ratio, "messages sent for each operation"),
    ],
    bet: "cap-theorem.bet-lost",
    goals: &[
        "8 s cut: refuse nobody, and lose no update",
        "8 s cut: no stale read, no update lost",
        "lose 80 acknowledged updates",
        "lose an update without any partition",
    ],
    invariants: &[
        "accepting operations are answered, cut off or not",
        "where all is strict no read is stale",
        "where all is strict no acknowledged update is lost",
        "siblings and sums lose no acknowledged update",
    ],
    acts: &[
        Act { name: "cut", meaning: "the east is cut off until it is mended, or the partition ends" },
        Act { name: "mend", meaning: "the link works again" },
        Act { name: "drop", meaning: "the message never arrives" },
        Act { name: "delay", meaning: "it arrives 0.5 s later" },
    ],
    views: &["sides", "history"],
    bugs: &[
        "majority-for-all: the store's default is 2 of 3 and accepting clients do not say otherwise: the east is refused although it wanted any answer",
        "own-majority: a side counts its majority among the replicas that it can reach: the east is a majority of one, and strict operations go on on both sides",
        "first-sibling: a client makes its update from the first of several siblings and replaces them all",
    ],
    theory: &[("lost", "lost_theory"), ("strict_ms", "strict_theory")],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[
        source!("replica/leaderless/coordinate.rs", "fn begin_write"),
        source!("replica/version.rs", "pub fn join"),
        source!("replica/leaderless.rs", "pub fn deliver"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Cap::new(seed, sim)),
};

/// The key.
const KEY: Key = 0;
/// The number of the link, among the things.
const LINK: u64 = 500;

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The next update begins.
    Update,
    Read,
    /// The link is cut or heals.
    Partition,
    Store(Wire),
}

impl From<Wire> for Event {
    fn from(wire: Wire) -> Event {
        Event::Store(wire)
    }
}

/// What was measured since the settings were changed.
#[derive(Clone, Debug, Default)]
struct Counts {
    ended: u64,
    refused: [u64; SIDES],
    /// Accepting ones among the refused.
    refused_accepting: u64,
    reads: u64,
    stale: u64,
    stale_strict: u64,
    strict_times: Histogram,
    local_times: Histogram,
    /// How long it has been cut, in all.
    cut_for: Nanos,
}

#[derive(Clone)]
struct Cap {
    seed: Seed,
    knobs: Knobs,
    replicas: Replicas,
    arrivals: Arrivals,
    choices: Rng,
    insists: Rng,
    ops: BTreeMap<OpId, Operation>,
    last_op: OpId,
    updates: Updates,
    counts: Counts,
    era: u64,
    /// Whose turn it is to update.
    turns: u64,
    updating: Option<Token>,
    turning: Option<Token>,
    /// Since when the link is cut.
    cut: Option<Nanos>,
    calls: RecentCalls,
    apart: Apart,
    /// How many acknowledged updates each side misses, over time.
    missing: Bins<[f64; SIDES]>,
    /// What each side held and how many were acknowledged when it was counted last, and how many of them it keeps.
    kept: [((Cell, u64), u64); SIDES],
    broken: [bool; 4],
}

/// How long the replicas did not hold the same.
#[derive(Clone, Copy, Debug, Default)]
struct Apart {
    since: Option<Nanos>,
    before: Nanos,
}

impl Cap {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Cap {
        let knobs = Knobs::of(sim.settings());
        let mut cap = Cap {
            seed,
            replicas: Replicas::new(seed, &knobs.config(), NODES, knobs.link(), sim),
            arrivals: Arrivals::new(Rng::stream(seed, "reads"), Pattern::Poisson, knobs.reads),
            choices: Rng::stream(seed, "choices"),
            insists: Rng::stream(seed, "insists"),
            ops: BTreeMap::new(),
            last_op: 0,
            updates: Updates::new(knobs.merge),
            counts: Counts::default(),
            era: 0,
            turns: 0,
            updating: None,
            turning: None,
            cut: None,
            calls: RecentCalls::default(),
            apart: Apart::default(),
            missing: Bins::new(Nanos::from_millis(250), 120),
            kept: Default::default(),
            broken: [false; 4],
            knobs,
        };
        cap.replicas.network = cap.knobs.network();
        let at = cap.arrivals.next(sim.now());
        sim.at(at, Event::Read);
        cap.updating = Some(sim.after(PAUSE, Event::Update));
        cap.await_partition(sim);
        cap
    }

    fn await_partition(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.turning.take() {
            sim.cancel(token);
        }
        self.turning =
            self.knobs.next_turn(sim.now(), self.cut.is_some()).map(|at| sim.at(at, Event::Partition));
    }

    fn set_cut(&mut self, now: Nanos, cut: bool) {
        if cut && self.cut.is_none() {
            self.replicas.network.partition(&[&[EAST]]);
            self.cut = Some(now);
        } else if let (false, Some(since)) = (cut, self.cut) {
            self.replicas.network.heal();
            self.counts.cut_for += now.since(since);
            self.cut = None;
        }
    }

    /// What the replicas would come to hold if they were joined now.
    fn joined(&self) -> Cell {
        let mut joined = Cell::empty();
        for cell in self.replicas.nodes.iter().filter_map(|node| node.holds(KEY)) {
            joined.join(cell, self.knobs.merge);
        }
        joined
    }

    /// For how long the link was cut, in all.
    fn cut_for(&self, now: Nanos) -> Nanos {
        self.counts.cut_for + self.cut.map_or(Nanos::ZERO, |since| now.since(since))
    }

    /// What one replica holds.
    fn held(&self, node: NodeId) -> Cell {
        self.replicas.nodes.get(node).and_then(|node| node.holds(KEY)).cloned().unwrap_or_default()
    }

    /// Looks at the replicas after an event that may have changed one.
    fn look(&mut self, now: Nanos) {
        let joined = self.joined();
        self.updates.count(&joined, self.era);
        let lost = self.updates.lost_of_era() > 0;
        self.broken[2] |= lost && self.knobs.all_strict();
        self.broken[3] |= lost && self.knobs.merge != Merge::LastWrite;
        let same = (0..NODES).all(|node| self.held(node) == joined);
        match (self.apart.since, same) {
            (None, false) => self.apart.since = Some(now),
            (Some(since), true) => {
                self.apart.before += now.since(since);
                self.apart.since = None;
            }
            _ => {}
        }
        for (place, node) in [WEST, EAST].into_iter().enumerate() {
            let held = (self.held(node), self.updates.acknowledged());
            if held != self.kept[place].0 {
                self.kept[place] = (held.clone(), self.updates.kept(&held.0));
            }
        }
        let acknowledged = self.updates.acknowledged();
        *self.missing.at(now) = [0, 1].map(|side| (acknowledged - self.kept[side].1) as f64);
    }
}

impl Scenario for Cap {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let step = match event {
            Event::Update => self.update(sim),
            Event::Read => self.read(sim),
            Event::Partition => {
                let cut = self.cut.is_none();
                self.set_cut(sim.now(), cut);
                self.await_partition(sim);
                (if cut { "the east is cut off" } else { "the link works again" }, 0)
            }
            Event::Store(wire) => {
                let outcome = self.replicas.happen(sim, wire);
                self.told(sim, outcome.told);
                (outcome.what, outcome.id)
            }
        };
        self.look(sim.now());
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let now = sim.now();
        self.knobs = Knobs::of(sim.settings());
        self.era += 1;
        self.counts = Counts::default();
        self.updates.count_anew();
        if let Some(since) = &mut self.cut {
            *since = now;
        }
        self.arrivals.set_rate(self.knobs.reads);
        match control {
            "merge" => {
                // Another kind of value: the store begins anew, and what was under way is forgotten.
                self.replicas.stop(sim);
                self.replicas = Replicas::new(self.seed, &self.knobs.config(), NODES, self.knobs.link(), sim);
                (self.ops, self.calls) = (BTreeMap::new(), RecentCalls::default());
                self.updates = Updates::new(self.knobs.merge);
                self.apart = Apart::default();
                if self.updating.is_none() {
                    self.pass_on(sim);
                }
            }
            _ => self.replicas.configure(sim, &self.knobs.config()),
        }
        self.replicas.network = self.knobs.network();
        if self.cut.is_some() {
            self.replicas.network.partition(&[&[EAST]]);
        }
        self.await_partition(sim);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (rule, broken) in self.broken.iter().enumerate() {
            sim.rule(rule, !broken);
        }
        let counts = &self.counts;
        let survived = self.cut.is_none() && counts.cut_for >= Nanos::from_secs(8);
        let (lost, refused) = (self.updates.lost(), counts.refused.iter().sum::<u64>());
        let together = (0..NODES).all(|node| self.held(node) == self.held(WEST));
        sim.goal(0, survived && together && refused == 0 && lost == 0);
        sim.goal(1, survived && together && counts.stale == 0 && lost == 0 && counts.reads >= 50);
        sim.goal(2, lost >= 80);
        sim.goal(3, lost > 0 && self.cut.is_none() && counts.cut_for == Nanos::ZERO);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let counts = &self.counts;
        let refused = counts.refused.iter().sum::<u64>();
        let apart = self.apart.before + self.apart.since.map_or(Nanos::ZERO, |since| now.since(since));
        let siblings = (0..NODES).map(|node| self.held(node).versions().len()).max().unwrap_or(0);
        let siblings = if self.knobs.merge == Merge::Siblings { siblings } else { 0 };
        vec![
            self.updates.lost() as f64,
            self.knobs.lost_theory(self.cut_for(now)),
            self.updates.acknowledged() as f64,
            refused as f64 / counts.ended as f64,
            counts.refused[0] as f64,
            counts.refused[1] as f64,
            counts.stale as f64 / counts.reads as f64,
            counts.stale_strict as f64,
            counts.reads as f64,
            counts.strict_times.mean() / 1e6,
            self.knobs.strict_theory(),
            counts.local_times.mean() / 1e6,
            siblings as f64,
            apart.as_secs_f64(),
            self.replicas.sent as f64 / self.last_op as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.sides_scene(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        if view == 1 { self.history_scene(now) } else { self.sides_scene(now) }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let link = if self.cut.is_some() {
            Thing { id: LINK, name: "the link to the east, cut".into(), acts: &["mend"] }
        } else {
            Thing { id: LINK, name: "the link to the east".into(), acts: &["cut"] }
        };
        let mut things = vec![link];
        things.extend(self.replicas.things(now, 0, |id| format!("s{}", id + 1)));
        things
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        match act {
            "cut" | "mend" if thing == LINK => {
                self.set_cut(sim.now(), act == "cut");
                self.await_partition(sim);
                (if act == "cut" { "the east is cut off by hand" } else { "the link is mended" }, 0)
            }
            "drop" | "delay" => self.replicas.act(sim, act, thing),
            _ => ("nothing to lay hands on", thing),
        }
    }

    fn bytes(&self) -> usize {
        (16 << 10) + self.updates.bytes() + self.replicas.bytes()
    }
}
