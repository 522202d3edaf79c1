//! A partitioned log, a group that keeps up with it, and a consumer that stands still.
//!
//! Records come at an even pace, each with a key; keys are drawn by Zipf's law, and a key's hash says its partition. The group's
//! consumers read their partitions record by record. At 6 s consumer 1 stands still, as in a long garbage
//! collection: it is taken for dead after 3 s, its partitions go to others, and it wakes up with a commit in its hand.
//! A second group begins at 15 s at the oldest record there is. What is processed, twice, in the wrong order or never is
//! counted here, from the records.

mod books;
mod broker;
mod consume;
mod knobs;
mod picture;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use books::Books;
use consume::{Consumer, State};
use knobs::{Bug, Knobs};

use super::measure::{Bins, Level, Trail};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token, Zipf};
use crate::systems::log::group::Group;
use crate::systems::log::{Partition, partition_of};

const ASSIGNORS: &[&str] = &["range", "round-robin", "sticky", "cooperative"];
const CLEANUPS: &[&str] = &["keep", "delete", "compact"];
const BUGS: &[&str] = &["none", "grow", "commit-first", "no-fencing"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "log",
    title: "Partitioned log",
    part: "messaging",
    topics: &["queues-streams", "event-driven-architecture"],
    hook: "4 partitions, 8 consumers that do 25 records a second each. How many do they do in all?",
    look_for: &[
        "At 6 s consumer 1 stands still. For 3 s nobody knows: its partitions pile up at 10 records a second each, the others go on.",
        "Then a rebalance. With range, round-robin and sticky everybody stops for 1 s; with cooperative only the partitions that change hands.",
        "The new owner begins at the committed offset: some 10 records of each partition are processed twice. A commit after every record ends that.",
        "Set consumers to 8 and the rate to 200: four of them have no partition, and 100 a second is all there is. Partitions bound the parallelism.",
        "Raise the skew to 1.5 and the rate to 80: one key alone is 40% of all records, its partition falls behind, and no further consumer helps.",
        "At 15 s a second group reads everything from the start: reading removes nothing. With delete it finds the last 5 s, with compact the last value of each key.",
    ],
    controls: &[
        number("partitions", "partitions", (1.0, 12.0), 1.0, 4.0, ""),
        number("consumers", "consumers of the group", (1.0, 12.0), 1.0, 3.0, ""),
        number("rate", "records produced", (5.0, 200.0), 5.0, 40.0, "/s"),
        number("speed", "records that a consumer can do", (1.0, 100.0), 1.0, 25.0, "/s"),
        number("skew", "Zipf's exponent of the 100 keys", (0.0, 2.0), 0.1, 0.0, ""),
        number("commit_every", "records of a partition until a commit", (1.0, 200.0), 0.0, 20.0, ""),
        number("stall", "consumer 1 stands still from 6 s for", (0.0, 15.0), 0.5, 6.0, "s"),
        choice("assignment", "who gets which partitions", ASSIGNORS, 0.0),
        choice("cleanup", "what becomes of old records", CLEANUPS, 0.0),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("produced", Unit::Count, "records produced"),
        reading("processed", Unit::Count, "records processed, each counted once"),
        reading("throughput", Unit::PerSecond, "the same a second, over the last 5 s"),
        reading(
            "throughput_theory",
            Unit::PerSecond,
            "the same expected: of each consumer what comes to its partitions, at most its speed",
        ),
        reading("lag", Unit::Count, "records that wait to be processed"),
        reading("lag_peak", Unit::Count, "most that ever waited"),
        reading("lag_growth", Unit::PerSecond, "how fast the lag grew over the last 10 s"),
        reading("growth_theory", Unit::PerSecond, "the same expected where all work: in less out"),
        reading("idle", Unit::Count, "consumers without a partition"),
        reading("hot_share", Unit::Share, "records that went to the busiest partition"),
        reading("hot_theory", Unit::Share, "the same expected, by the keys of each partition"),
        reading("reprocessed", Unit::Count, "records processed again"),
        reading(
            "reprocessed_theory",
            Unit::Count,
            "the same expected after the standstill: half a commit interval for each partition",
        ),
        reading("rebalances", Unit::Count, "rebalances"),
        reading("moved", Unit::Count, "partitions that changed their owner"),
        reading("unattended_s", Unit::Seconds, "mean time that a partition had no working owner"),
        reading("refused", Unit::Count, "late commits refused by their generation"),
        reading("out_of_order", Unit::Count, "records processed after a later one of their key"),
        reading("lost", Unit::Count, "records passed over although they were there"),
        reading("deleted_unread", Unit::Count, "records that the group found deleted or compacted away"),
        reading("kept_share", Unit::Share, "records still in the log"),
        reading("replay_behind", Unit::Count, "records that the second group has before it"),
    ],
    bet: "queues-streams.bet-parallelism",
    goals: &[
        "process 150 records a second",
        "stand still for 5 s, and be caught up 2 s later",
        "stand still for 5 s, and process nothing twice",
        "a compacted log half as long as what was written",
    ],
    invariants: &[
        "records of a key are processed in order, within one layout",
        "no two consumers work on one partition",
        "a commit is at most what was processed and never goes back",
        "processed, deleted or waiting; each key's last value is kept",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "grow: at 10 s a partition is added under running traffic: a key's new records overtake its old ones in another partition",
        "commit-first: the consumer commits what it fetched before it works on it: whoever takes over goes on behind records that nobody processed",
        "no-fencing: offsets are stored without a look at the generation: the commit of a consumer that was taken for dead sets the group back",
    ],
    theory: &[
        ("throughput", "throughput_theory"),
        ("lag_growth", "growth_theory"),
        ("hot_share", "hot_theory"),
        ("reprocessed", "reprocessed_theory"),
    ],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[source!("log.rs", "pub fn append"), source!("log/group.rs", "pub fn commit")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Log::new(seed, sim)),
};

/// The keys.
const KEYS: u64 = 100;
/// The most partitions, also where one is added again and again.
const MOST: usize = 16;
/// The most consumers.
const CONSUMERS: usize = 12;
/// Records in a segment.
const SEGMENT: usize = 25;
/// A partition keeps at least so many records, and hardly more, whatever its cleanup.
const KEPT: usize = 4_000;
/// How old a record gets where old ones are deleted.
const RETENTION: Nanos = Nanos::from_secs(5);
/// When consumer 1 stands still.
const STALL_AT: Nanos = Nanos::from_secs(6);
/// After so long a silence a consumer is taken for dead.
const SESSION: Nanos = Nanos::from_secs(3);
/// How long a rebalance takes.
const PAUSE: Nanos = Nanos::from_secs(1);
/// How long after it woke up a consumer sends the commit that it had in its hand.
const LATE: Nanos = Nanos::from_millis(500);
/// When a partition is added, with that bug.
const GROW_AT: Nanos = Nanos::from_secs(10);
/// When the second group begins, and how long it takes for a record.
const REPLAY_AT: Nanos = Nanos::from_secs(15);
const REPLAY: Nanos = Nanos::from_millis(10);
/// How long a record is seen that was processed.
const SEEN: Nanos = Nanos::from_millis(500);
/// A bin of what is seen over time.
const BIN: Nanos = Nanos::from_millis(500);

/// What happens. Consumers are counted from 0.
#[derive(Clone, Copy, Debug)]
enum Event {
    Produce,
    Done(usize),
    Stall,
    Detect,
    Wake,
    /// The commit of consumer 1 from before it stood still.
    Late,
    Assigned,
    Clean(usize),
    Grow,
    Replay,
}

/// What a record says.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Its number among all records.
    number: u64,
    /// Its number among those of its key.
    nth: u32,
    /// How often the number of partitions had changed when it was produced.
    layout: u32,
}

/// What is seen over time.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    lag: u64,
    processed: u64,
}

/// A group that reads everything from the start.
#[derive(Clone, Debug, Default)]
struct Replay {
    begun: bool,
    /// Whether it waits for records.
    idle: bool,
    positions: Vec<u64>,
    turn: usize,
}

#[derive(Clone)]
struct Log {
    knobs: Knobs,
    arrivals: Arrivals,
    /// When the next record comes.
    next: Nanos,
    keys: Rng,
    zipf: Zipf,
    partitions: Vec<Partition<Entry>>,
    /// How many of them are produced to.
    active: usize,
    layout: u32,
    group: Group,
    consumers: Vec<Consumer>,
    /// The partitions that consumer 1 had when it was taken for dead, how far it had come there, and its generation.
    late: (u64, Vec<(usize, u64)>),
    /// The end of the rebalance under way, of the session and of the standstill of consumer 1.
    assigning: Option<Token>,
    session: Option<Token>,
    waking: Option<Token>,
    woke: Option<Nanos>,
    replay: Replay,
    books: Books,
    /// Partitions without a working owner.
    unattended: Level,
    lag: Level,
    seen: Bins<Seen>,
    /// What was processed a moment ago: in which partition, and whether again.
    done: Trail<(usize, bool)>,
    /// The last records that were processed: when, partition, key, and what.
    last: VecDeque<(Nanos, usize, u64, Entry)>,
}

impl Log {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Log {
        let knobs = Knobs::of(sim.settings());
        let mut log = Log {
            arrivals: Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Steady, knobs.rate),
            next: Nanos::ZERO,
            keys: Rng::stream(seed, "keys"),
            zipf: Zipf::new(KEYS, knobs.skew),
            partitions: Vec::new(),
            active: 0,
            layout: 0,
            group: Group::new(0),
            consumers: vec![Consumer::default(); CONSUMERS],
            late: (0, Vec::new()),
            assigning: None,
            session: None,
            waking: None,
            woke: None,
            replay: Replay::default(),
            books: Books::default(),
            unattended: Level::default(),
            lag: Level::default(),
            seen: Bins::new(BIN, 240),
            done: Trail::new(SEEN),
            last: VecDeque::new(),
            knobs,
        };
        log.lay_out(log.knobs.partitions);
        for index in 0..log.knobs.consumers {
            log.consumers[index].state = State::Up;
            log.group.join(index);
        }
        log.assigned(sim);
        log.next = log.arrivals.next(Nanos::ZERO);
        sim.at(log.next, Event::Produce);
        sim.at(STALL_AT, Event::Stall);
        if log.knobs.bug == Bug::Grow {
            sim.at(GROW_AT, Event::Grow);
        }
        sim.at(REPLAY_AT, Event::Replay);
        log
    }

    /// Records that wait: not processed, and not passed over.
    fn waiting(&self) -> u64 {
        (0..self.partitions.len()).map(|index| self.partitions[index].end() - self.books.high(index)).sum()
    }

    /// What comes to each partition, as a share of all records.
    fn loads(&self) -> Vec<f64> {
        let mut loads = vec![0.0; self.partitions.len()];
        for key in 0..KEYS {
            loads[partition_of(key, self.active)] += self.zipf.probability(key);
        }
        loads
    }

    /// Expected records a second that are processed, and by which the lag grows, with the present members.
    fn expected(&self, loads: &[f64]) -> (f64, f64) {
        let mut of = [0.0; CONSUMERS];
        for (owner, load) in self.group.plan(self.knobs.assignor).iter().zip(loads) {
            if let Some(owner) = owner {
                of[*owner] += load * self.knobs.rate;
            }
        }
        let done = of.iter().map(|load| load.min(self.knobs.speed)).sum::<f64>();
        (done, (self.knobs.rate - done).max(0.0))
    }

    /// Records processed a second over the last 5 s.
    fn throughput(&self, now: Nanos) -> f64 {
        let bins: Vec<u64> = self.seen.over(now).map(|(_, seen)| seen.processed).collect();
        let last = &bins[bins.len().saturating_sub(10)..];
        last.iter().sum::<u64>() as f64 / (last.len() as f64 * self.seen.width_s())
    }

    /// How fast the lag grew over the last 10 s.
    fn lag_growth(&self, now: Nanos) -> f64 {
        let bins: Vec<(f64, u64)> = self.seen.over(now).map(|(at, seen)| (at, seen.lag)).collect();
        match (bins.len().checked_sub(21).and_then(|index| bins.get(index)), bins.last()) {
            (Some((from, before)), Some((to, after))) => (*after as f64 - *before as f64) / (to - from),
            _ => f64::NAN,
        }
    }

    /// Notes what changed with an event.
    fn measure(&mut self, now: Nanos) {
        let works = |index: usize| {
            let owner = self.group.owner(index).map(|owner| &self.consumers[owner]);
            owner.is_some_and(|owner| owner.state == State::Up)
        };
        let unattended = (0..self.active).filter(|&index| !works(index)).count();
        self.unattended.set(now, unattended as u64);
        let lag = self.waiting();
        self.lag.set(now, lag);
        self.seen.at(now).lag = lag;
    }
}

impl Scenario for Log {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let step = match event {
            Event::Produce => self.produce(sim),
            Event::Done(index) => self.finish(sim, index),
            Event::Stall => self.stall(sim),
            Event::Detect => self.detect(sim),
            Event::Wake => self.wake(sim),
            Event::Late => self.commit_late(sim),
            Event::Assigned => {
                self.assigned(sim);
                ("rebalance # is over: everybody knows its partitions", self.group.generation())
            }
            Event::Clean(index) => self.clean(sim, index),
            Event::Grow => {
                self.lay_out((self.active + 1).min(MOST));
                self.rebalance(sim);
                ("a partition is added under running traffic: # now", self.active as u64)
            }
            Event::Replay => self.read_again(sim),
        };
        self.measure(sim.now());
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        match control {
            "partitions" => {
                self.lay_out(self.knobs.partitions);
                self.rebalance(sim);
            }
            "consumers" => self.staff(sim),
            "assignment" => self.rebalance(sim),
            "rate" => self.arrivals.set_rate(self.knobs.rate),
            "skew" => self.zipf = Zipf::new(KEYS, self.knobs.skew),
            "stall" => self.stalls_until(sim),
            "cleanup" => {
                let config = self.knobs.config();
                self.partitions.iter_mut().for_each(|partition| partition.configure(&config));
            }
            "bug" if self.knobs.bug == Bug::Grow => {
                sim.at(GROW_AT.max(sim.now() + PAUSE), Event::Grow);
            }
            _ => {}
        }
        self.measure(sim.now());
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let ends = || self.partitions.iter().map(Partition::end);
        sim.rule(3, self.books.add_up(ends()));
        let now = sim.now();
        let stalled = self.woke.is_some() && self.knobs.stall >= Nanos::from_secs(5);
        let since = self.woke.map_or(Nanos::ZERO, |woke| now.since(woke));
        let secs = Nanos::from_secs;
        let caught_up = self.lag.value() as f64 <= (self.knobs.rate / 4.0).max(10.0);
        sim.goal(1, stalled && since >= secs(2) && since < Nanos::from_millis(2_200) && caught_up);
        sim.goal(2, stalled && since >= secs(5) && self.books.reprocessed == 0);
        let kept: usize = self.partitions.iter().map(Partition::len).sum();
        let produced = self.books.count();
        sim.goal(3, self.knobs.compacts() && produced >= 200 && kept as u64 * 2 <= produced);
        // Looked at where a bin ends, not at every event.
        if now.0 % BIN.0 < BIN.0 / 10 {
            sim.goal(0, now >= secs(5) && self.throughput(now) >= 150.0);
        }
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let (books, loads) = (&self.books, self.loads());
        let (done, growth) = self.expected(&loads);
        let idle = self.group.members().iter().filter(|&&one| self.group.owned(one).next().is_none()).count();
        let kept: usize = self.partitions.iter().map(Partition::len).sum();
        let behind: u64 = (self.partitions.iter().zip(&self.replay.positions))
            .map(|(partition, position)| partition.end().saturating_sub(*position))
            .sum();
        vec![
            books.count() as f64,
            books.processed as f64,
            self.throughput(now),
            done,
            self.lag.value() as f64,
            self.lag.max() as f64,
            self.lag_growth(now),
            growth,
            idle as f64,
            books.hot_share(),
            loads.iter().copied().fold(0.0, f64::max),
            books.reprocessed as f64,
            books.expected_again,
            books.rebalances as f64,
            books.moved as f64,
            self.unattended.area(now) / self.active as f64,
            books.refused as f64,
            books.out_of_order as f64,
            books.lost() as f64,
            books.gone() as f64,
            kept as f64 / books.count() as f64,
            if self.replay.begun { behind as f64 } else { f64::NAN },
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn bytes(&self) -> usize {
        (64 << 10) + self.partitions.iter().map(Partition::len).sum::<usize>() * 64
    }
}
