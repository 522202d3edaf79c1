//! Transactions side by side at four levels of isolation: what each lets through, and what it costs.
//!
//! The same jobs come, at the same moments, to four stores that differ in nothing but the level. Each job reads, works for a
//! while and writes, so others come in between. What goes wrong is counted twice: in the rows themselves (nobody on
//! call, a count that is gone) and as cycles in the graph of dependencies. Other stories are the scripts of the Hermitage suite, played
//! statement by statement, also by hand; and counters behind leases, with and without a fence.

mod book;
mod hands;
mod jobs;
mod knobs;
mod leases;
mod picture;
mod scripts;
mod side;
#[cfg(test)]
mod tests;
mod views;
mod words;

use jobs::{Draw, Wish};
use knobs::{BUGS, GUARDS, Knobs, LEVELS, STORIES, Story};
use leases::Leases;
use scripts::Stage;
use side::{Cause, Side};

use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::mvcc::Level;
use crate::systems::mvcc::graph::Anomaly;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "isolation",
    title: "Isolation levels",
    part: "databases",
    topics: &["transactions-isolation", "concurrency-control"],
    hook: "Doctors leave only if another stays. At repeatable read, does one stay?",
    look_for: &[
        "Two doctors of a ward ask at about the same time. Each reads that two are on call, each writes only his own row: at repeatable read both leave, in four cases of ten.",
        "No row was written twice, so no snapshot can see it: write skew. Serializable aborts one of the two, two-phase locking has one wait or die in a deadlock. Press v for the cycle.",
        "Story counter: at read committed x/(1 + x) of the increments are lost, x = load\u{b7}work/rows: 67%. At repeatable read none: the second writer is aborted and tries again and again.",
        "Set guard to for-update or compare-and-set: read committed loses no increment any more. Compare-and-set does not help the doctors: nobody touches the row that it compares.",
        "Stories g0 to g2 are the scripts of the Hermitage suite. Press t and interleave them by hand, statement by statement; the view schedule has all four levels beside each other.",
        "Story lease: whoever works longer than the lease lasts goes on writing. Without a fence increments are lost; with one old tokens are refused, as long as reads show theirs too.",
    ],
    controls: &[
        choice("level", "the level that is shown", LEVELS, 1.0),
        choice("story", "what the transactions do", STORIES, 0.0),
        number("load", "jobs a second", (1.0, 100.0), 0.0, 40.0, "/s"),
        number("rows", "wards, counters or accounts", (1.0, 50.0), 1.0, 4.0, ""),
        number("work", "from reading to writing", (10.0, 400.0), 10.0, 200.0, "ms"),
        choice("guard", "what was read is kept from changing by", GUARDS, 0.0),
        number("lock_timeout", "a lock is waited for at most", (0.1, 10.0), 0.1, 2.0, "s"),
        number("lease", "a lease lasts", (50.0, 5_000.0), 50.0, 400.0, "ms"),
        switch("fencing", "the storage that is shown has a fence", false),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading(
            "committed",
            Unit::Count,
            "jobs that committed, at the level that is shown, like all that follows",
        ),
        reading("throughput", Unit::PerSecond, "the same a second"),
        reading("aborted_share", Unit::Share, "attempts that were aborted"),
        reading("tries", Unit::Ratio, "attempts for each job that committed"),
        reading("retries", Unit::Count, "attempts after the first one of a job"),
        reading("gave_up", Unit::Count, "jobs given up after 10 attempts"),
        reading("turned_away", Unit::Count, "jobs that found 64 others under way"),
        reading("deadlocks", Unit::Count, "attempts aborted since they waited in a circle"),
        reading("timeouts", Unit::Count, "attempts aborted since they waited too long"),
        reading("wait_ms", Unit::Millis, "time spent waiting for locks, for each attempt"),
        reading("p99_ms", Unit::Millis, "from coming to commit: 99th percentile"),
        reading(
            "cases",
            Unit::Count,
            "cases in which harm could be done: a doctor left a full ward, a count, a transfer",
        ),
        reading("harm", Unit::Count, "wards left by all, counts lost, money made or lost"),
        reading("harm_share", Unit::Share, "harm for each case"),
        reading("harm_theory", Unit::Share, "the same expected: somebody comes in between"),
        reading("cycles", Unit::Count, "cycles of dependencies that were closed"),
        reading("dirty", Unit::Count, "of them dirty writes and dirty reads (G0, G1)"),
        reading("lost_updates", Unit::Count, "of them lost updates (P4)"),
        reading("read_skews", Unit::Count, "of them read skews (G-single)"),
        reading("write_skews", Unit::Count, "of them write skews, of rows and of predicates (G2-item, G2)"),
        reading("late_share", Unit::Share, "writes by owners whose lease was over"),
        reading("late_theory", Unit::Share, "the same expected: e^(\u{2212}lease/work)"),
        reading("refused", Unit::Count, "writes that the fence refused"),
    ],
    bet: "transactions-isolation.bet-write-skew",
    goals: &[
        "400 commits of doctors, and always one on call",
        "lose nine of ten increments",
        "200 increments at read committed, and none lost",
        "a third of the owners late, 100 writes, and none lost",
    ],
    invariants: &[
        "serializable, two-phase locking: no cycle of dependencies",
        "repeatable read: every cycle has two rw in a row",
        "read committed: only what is committed is read or replaced",
        "behind a fence no increment is lost",
    ],
    acts: &[
        Act { name: "next", meaning: "its next statement is executed now" },
        Act { name: "abort", meaning: "it is aborted and not tried again" },
    ],
    views: &["levels", "schedule", "versions", "graph", "suite"],
    bugs: &[
        "untracked-predicates: serializable remembers rows that were read but not predicates: two doctors who asked who is on call are not known to depend on each other",
        "last-updater-wins: a write does not look whether the row was changed since the snapshot: repeatable read loses updates",
        "early-release: two-phase locking gives shared locks back after each statement, to be quick: what was read changes before it is written",
        "unfenced-reads: (story lease) the fence looks at writes only: the next owner has read, the late one still writes, and is overwritten",
    ],
    theory: &[("harm_share", "harm_theory"), ("late_share", "late_theory")],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("mvcc/mod.rs", "pub fn execute"),
        source!("mvcc/ssi.rs", "fn judge"),
        source!("mvcc/locks.rs", "pub(super) fn acquire"),
        source!("mvcc/graph.rs", "pub fn around"),
        source!("lease.rs", "pub fn admit"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Isolation::new(seed, sim)),
};

/// A bin of what is seen over time.
const BIN: Nanos = Nanos::from_millis(500);
/// From one statement of a script to the next, and from its end to the next time.
const PACE: Nanos = Nanos::from_millis(800);
const ENCORE: Nanos = Nanos::from_secs(4);
/// So long a script leaves the learner alone who has laid hands on it.
const PATIENCE: Nanos = Nanos::from_secs(20);

/// What happens. Sides and storages are counted from 0.
#[derive(Clone, Copy, Debug)]
enum Event {
    Arrive,
    Go(usize, u64),
    TimeOut(usize, u64),
    /// The next statement of the script.
    Script,
    /// A lease is over.
    Over(usize, usize),
    /// A client with a lease writes.
    Write(usize, u64),
}

#[derive(Clone)]
struct Isolation {
    knobs: Knobs,
    seed: Seed,
    arrivals: Arrivals,
    draws: Rng,
    arrived: u64,
    coming: Option<Token>,
    /// When the story began.
    began: Nanos,
    sides: Vec<Side>,
    stage: Option<Stage>,
    leases: Vec<Leases>,
    /// What the suite's scripts come to at each level: it never changes but with the bug.
    suite: Vec<[bool; Level::ALL.len()]>,
    /// Kinds of cycles that the last event closed, with the level.
    closed: Vec<(Level, Anomaly)>,
}

impl Isolation {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Isolation {
        let knobs = Knobs::of(sim.settings());
        let mut this = Isolation {
            seed,
            arrivals: Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, knobs.load),
            draws: Rng::stream(seed, "jobs"),
            arrived: 0,
            coming: None,
            began: Nanos::ZERO,
            sides: Vec::new(),
            stage: None,
            leases: Vec::new(),
            suite: scripts::suite(knobs.flaw),
            closed: Vec::new(),
            knobs,
        };
        this.set_up(sim);
        this
    }

    /// The story begins anew.
    fn set_up(&mut self, sim: &mut Sim<Event>) {
        self.sides.iter_mut().for_each(|side| side.clear(sim));
        self.leases.iter_mut().for_each(|leases| leases.clear(sim));
        let stage = self.stage.as_mut().and_then(|stage| stage.next.take());
        for token in stage.into_iter().chain(self.coming.take()) {
            sim.cancel(token);
        }
        self.began = sim.now();
        let story = self.knobs.story;
        let rng = |index: usize| Rng::stream(self.seed, ["first", "second", "third", "fourth"][index]);
        let sides = if story.is_traffic() { Level::ALL.len() } else { 0 };
        self.sides = (0..sides).map(|index| Side::new(index, &self.knobs, rng(index), BIN)).collect();
        let storages = if story == Story::Lease { 2 } else { 0 };
        self.leases = (0..storages).map(|index| Leases::new(index, &self.knobs, BIN)).collect();
        self.stage = story.script().map(|script| Stage::new(script, self.knobs.flaw));
        if let Some(stage) = &mut self.stage {
            stage.next = Some(sim.after(PACE, Event::Script));
        } else {
            self.expect(sim);
        }
    }

    /// The next job is on its way.
    fn expect(&mut self, sim: &mut Sim<Event>) {
        let at = self.arrivals.next(sim.now());
        self.coming = Some(sim.at(at, Event::Arrive));
    }

    fn arrive(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.arrived += 1;
        let (id, draw) = (self.arrived, Draw::new(&mut self.draws));
        for side in &mut self.sides {
            side.arrive(sim, &self.knobs, id, &draw);
            self.closed.extend(side.closed.iter().map(|anomaly| (side.level, *anomaly)));
        }
        let row = Wish::of(&self.knobs, &draw).place();
        for leases in &mut self.leases {
            leases.arrive(sim, &self.knobs, id, (row, &draw));
        }
        self.expect(sim);
        ("job # comes, to all at once", id)
    }

    /// The script's next statement, at all levels, or its next time.
    fn play(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let Some(stage) = &mut self.stage else { return ("no script is played", 0) };
        let slot = stage.turn(sim.now());
        stage.next = Some(sim.after(if stage.is_over() { ENCORE } else { PACE }, Event::Script));
        self.closed.append(&mut stage.closed);
        match slot {
            Some(slot) => ("T# has its turn", slot as u64 + 1),
            None => ("the script begins anew, for the # time", stage.round),
        }
    }

    /// What a job does at one level.
    fn go(&mut self, sim: &mut Sim<Event>, index: usize, id: u64) -> &'static str {
        let Some(side) = self.sides.get_mut(index) else { return "transaction # is gone" };
        let what = side.go(sim, &self.knobs, id);
        self.closed.extend(side.closed.iter().map(|anomaly| (side.level, *anomaly)));
        what
    }

    fn abort(&mut self, sim: &mut Sim<Event>, index: usize, id: u64, cause: Cause) -> &'static str {
        let Some(side) = self.sides.get_mut(index) else { return "transaction # is gone" };
        let what = side.abort(sim, &self.knobs, id, cause);
        self.closed.extend(side.closed.iter().map(|anomaly| (side.level, *anomaly)));
        what
    }

    /// The side that is shown.
    fn shown(&self) -> Option<&Side> {
        self.sides.get(self.knobs.level)
    }

    fn storage(&self) -> Option<&Leases> {
        self.leases.get(usize::from(self.knobs.fencing))
    }

    /// How many cycles of each kind were closed at the level that is shown.
    fn kinds(&self) -> [u64; Anomaly::ALL.len()] {
        let played = self.stage.as_ref().map(|stage| stage.counts[self.knobs.level]);
        self.shown().map(|side| side.book.counts).or(played).unwrap_or_default()
    }

    /// Cases and harm of the story that is told.
    fn harm(&self) -> (u64, u64) {
        let traffic = self.shown().map(|side| (side.harm.cases, side.harm.harm));
        traffic.or_else(|| self.storage().map(|leases| (leases.taken, leases.lost()))).unwrap_or_default()
    }

    /// What theory expects of the shown level; not a number where jobs are turned away.
    fn harm_theory(&self) -> f64 {
        self.knobs.harm_theory(Level::ALL[self.knobs.level])
    }
}

impl Scenario for Isolation {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        self.closed.clear();
        match event {
            Event::Arrive => self.arrive(sim),
            Event::Go(index, id) => (self.go(sim, index, id), id),
            Event::TimeOut(index, id) => (self.abort(sim, index, id, Cause::TimeOut), id),
            Event::Script => self.play(sim),
            Event::Over(index, row) => {
                if let Some(leases) = self.leases.get_mut(index) {
                    leases.over(sim, &self.knobs, row);
                }
                ("the lease of counter # is over", row as u64 + 1)
            }
            Event::Write(index, id) => {
                let leases = self.leases.get_mut(index);
                (leases.map_or("client # is gone", |leases| leases.write(sim, &self.knobs, id)), id)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.closed.clear();
        self.knobs = Knobs::of(sim.settings());
        match control {
            "story" | "rows" => self.set_up(sim),
            "load" => self.arrivals.set_rate(self.knobs.load),
            "bug" => {
                self.suite = scripts::suite(self.knobs.flaw);
                self.sides.iter_mut().for_each(|side| side.store.set_flaw(self.knobs.flaw));
                if self.stage.is_some() {
                    self.set_up(sim);
                }
            }
            _ => {}
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let only = |level: Level, may: fn(Anomaly) -> bool| {
            self.closed.iter().all(|(at, anomaly)| *at != level || may(*anomaly))
        };
        sim.rule(0, only(Level::Serializable, |_| false) && only(Level::TwoPhase, |_| false));
        sim.rule(1, only(Level::RepeatableRead, |kind| kind >= Anomaly::WriteSkew));
        sim.rule(2, only(Level::ReadCommitted, |kind| kind >= Anomaly::LostUpdate));
        sim.rule(3, self.leases.get(1).is_none_or(|leases| leases.lost() == 0));
        let story = self.knobs.story;
        let (cases, harm) = self.harm();
        let committed = self.shown().map_or(0, |side| side.counts.committed);
        sim.goal(0, story == Story::Doctors && committed >= 400 && harm == 0);
        sim.goal(1, story == Story::Counter && cases >= 100 && harm * 10 >= cases * 9);
        sim.goal(2, story == Story::Counter && self.knobs.level == 0 && cases >= 200 && harm == 0);
        let late = self.storage().is_some_and(|leases| leases.late * 3 >= leases.writes);
        sim.goal(3, late && cases >= 100 && harm == 0);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let kinds = self.kinds();
        let kinds = |which: fn(Anomaly) -> bool| {
            let pairs = Anomaly::ALL.into_iter().zip(kinds);
            pairs.filter(|(kind, _)| which(*kind)).map(|(_, count)| count as f64).sum::<f64>()
        };
        let side = self.shown();
        let of = |value: fn(&Side) -> f64| side.map_or(f64::NAN, value);
        let (cases, harm) = self.harm();
        let told = if self.stage.is_some() { f64::NAN } else { 1.0 };
        let lease = |value: fn(&Leases) -> f64| self.storage().map_or(f64::NAN, value);
        vec![
            of(|side| side.counts.committed as f64),
            of(|side| side.counts.committed as f64) / now.since(self.began).as_secs_f64(),
            of(|side| side.counts.aborts() as f64 / side.counts.attempts as f64),
            of(|side| side.counts.attempts as f64 / side.counts.committed as f64),
            of(|side| side.counts.retries as f64),
            of(|side| side.counts.gave_up as f64),
            side.map_or_else(
                || lease(|leases| leases.turned_away as f64),
                |side| side.counts.turned_away as f64,
            ),
            of(|side| side.counts.deadlocks as f64),
            of(|side| side.counts.timeouts as f64),
            of(|side| side.counts.waited * 1e3 / side.counts.attempts as f64),
            of(|side| side.latency.percentile(0.99) / 1e6),
            cases as f64 * told,
            harm as f64 * told,
            // Money that came or went may be more than there were transfers.
            if self.knobs.story == Story::Transfers { f64::NAN } else { harm as f64 / cases as f64 },
            self.harm_theory(),
            kinds(|_| true),
            kinds(|kind| kind < Anomaly::LostUpdate),
            kinds(|kind| kind == Anomaly::LostUpdate),
            kinds(|kind| kind == Anomaly::ReadSkew),
            kinds(|kind| kind > Anomaly::ReadSkew),
            lease(|leases| leases.late as f64 / leases.writes as f64),
            self.knobs.late_theory(),
            lease(|leases| leases.refused as f64),
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.schedule(now),
            2 => self.versions(),
            3 => self.graph(),
            _ => self.suite_table(),
        }
    }

    fn things(&self, _: &Sim<Event>, _: Nanos) -> Vec<Thing> {
        self.at_hand()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        self.by_hand(sim, act, thing)
    }

    fn bytes(&self) -> usize {
        let jobs: usize = self
            .sides
            .iter()
            .map(|side| side.jobs.len() * 256 + side.book.bytes() + side.store_bytes())
            .sum();
        (96 << 10) + jobs
    }
}
