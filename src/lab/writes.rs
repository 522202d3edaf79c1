//! A cache in front of a database, and the order in which the two are told: what is stale, for how long, and what is lost.
//!
//! Each act of a read or a write is an event at one place: the cache is asked, the database is read, the value is stored.
//! Between two acts of one operation others act, and some interleavings leave an old value in the cache which nobody will
//! remove. The same operations, with messages that take the same time, go to a second cache that differs in one thing:
//! the leases. So what is seen between the two is what leases do.
//!
//! All is slow on purpose, a tenth of a second for a call to the database, so that one sees it happen. What is stale is the
//! same with everything ten times faster and ten times more of it.

mod measures;
mod picture;
mod policy;
mod side;
mod story;

use measures::{Bin, look};
use policy::Policy;
use side::{Came, Side, Wish};

use super::measure::Bins;
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern as Coming};
use super::{Scene, Settings, Spec, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed, Token, Zipf};
use crate::systems::cache_pattern::{Order, Pattern, write};
use crate::systems::write_behind::coalesced;

/// How many keys there are, by Zipf's law: 48% of all is about the first.
const KEYS: usize = 4;

const PATTERNS: &[&str] = &["cache-aside", "read-through", "write-through", "write-behind", "write-around"];
const ORDERS: &[&str] = &["delete-after", "update-after", "delete-before"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "writes",
    title: "Writes past a cache",
    part: "caching",
    topics: &["cache-patterns", "cache-invalidation"],
    hook: "Delete the cached copy, then write the database. How many reads are stale?",
    look_for: &[
        "The delete comes first, and until the commit a reader fetches the old value and stores it again. It stays until the next write of that key: four reads in ten are stale (\u{2717}).",
        "The picture in the middle is the last such race, act by act: who read what before whom, and what the cache keeps.",
        "Turn the order to delete-after: stale reads fall to a percent or two. One race is left: a reader who missed reads before the commit and stores after the delete.",
        "Turn on leases: the delete voids the reader's right to store, and no stale value stays: not rarer, none. (They do not help a delete that comes before the commit.)",
        "Write-behind answers in 10 ms instead of 210, and several writes of a key reach the database as one. At 20 s the cache dies: what was not flushed is lost, though it had been acknowledged.",
        "Write-around tells the cache nothing: only the time to live ends it.",
    ],
    controls: &[
        choice("pattern", "who keeps cache and database together", PATTERNS, 0.0),
        choice("order", "a writer (cache-aside, read-through) tells the cache", ORDERS, 2.0),
        switch("leases", "leases for fills, versions for sets", false),
        number("reads", "reads per second", (1.0, 150.0), 0.0, 50.0, "/s"),
        number("writes", "writes per second", (0.5, 20.0), 0.5, 4.0, "/s"),
        number("db", "a call to the database and back (the cache: a tenth)", (10.0, 500.0), 0.0, 100.0, "ms"),
        number("ttl", "time to live of a cached value", (0.5, 60.0), 0.5, 10.0, "s"),
        number("flush", "write-behind flushes every", (0.1, 10.0), 0.1, 1.0, "s"),
        number("crash", "the cache dies at, 0 for never", (0.0, 40.0), 1.0, 20.0, "s"),
        choice(
            "bug",
            "break it on purpose",
            &["none", "unchecked-fill", "early-delete", "reordered-flush"],
            0.0,
        ),
    ],
    readings: &[
        reading("reads", Unit::Count, "reads that got a value"),
        reading("writes", Unit::Count, "writes that were acknowledged"),
        reading("stale_share", Unit::Share, "reads that got a value older than the last one acknowledged"),
        reading("stale_other", Unit::Share, "the same with the leases the other way"),
        reading("left_stale", Unit::Count, "times that a stale value was left and nobody was to remove it"),
        reading("left_other", Unit::Count, "the same with the leases the other way"),
        reading("window_p99", Unit::Millis, "99th percentile of how long a stale value stays"),
        reading("hit_share", Unit::Share, "reads that the cache answered"),
        reading("write_ms", Unit::Millis, "mean time until a write is acknowledged"),
        reading("write_theory", Unit::Millis, "the same expected: the messages that it waits for"),
        reading("db_writes_per_s", Unit::PerSecond, "writes of the database, since the last change"),
        reading(
            "db_writes_theory",
            Unit::PerSecond,
            "the same expected: (1 - e^(-wF))/F a key for write-behind",
        ),
        reading("lost", Unit::Count, "writes that the crash has lost"),
        reading("lost_theory", Unit::Count, "the same expected: the writes since the last flush"),
    ],
    bet: "cache-patterns.bet-delete-first",
    goals: &[
        "fewer than 1 stale read in 100 with 4 writes a second or more, and half of the reads from the cache",
        "the database sees fewer than half of the writes, 100 or more",
        "lose 10 acknowledged writes in a crash",
        "delete after the commit, and find a stale value that stays for 2 s",
    ],
    invariants: &[
        "each read and each write that came is over or on its way",
        "an acknowledged write is in the database or in the buffer, until a crash",
        "with leases, and the cache told after the commit, what is stale has a writer on his way to say so",
        "no value is served from the cache for longer than its time to live",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "unchecked-fill: cache-aside with leases, and the fill does not check whether its lease still holds",
        "early-delete: cache-aside with leases, and the delete is sent beside the write, without waiting for the commit",
        "reordered-flush: write-behind sends each write on at once, and one can overtake the one before it",
    ],
    theory: &[("write_ms", "write_theory"), ("db_writes_per_s", "db_writes_theory"), ("lost", "lost_theory")],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("cache_store.rs", "pub fn fill"),
        source!("cache_pattern.rs", "pub fn write"),
        source!("write_behind.rs", "pub fn flush"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Writes::new(seed, sim)),
};

/// The sides: as it is set, and with the leases the other way.
const YOURS: usize = 0;
const OTHER: usize = 1;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Read,
    Write,
    Act { side: usize, id: u64, part: u8 },
    Flush,
    Flushed { side: usize, key: usize, version: u64, flush: u64 },
    Crash,
}

#[derive(Clone)]
struct Writes {
    reads: Arrivals,
    writes: Arrivals,
    /// The next read and the next write.
    next: [(Nanos, Token); 2],
    read_keys: Rng,
    write_keys: Rng,
    slowness: [Rng; 2],
    zipf: Zipf,
    operations: u64,
    sides: [Side; 2],
    flush: Option<Token>,
    crash: Option<Token>,
    crashed_at: Option<Nanos>,
    /// When the writes began to be as they are, and the database's writes until then.
    since: (Nanos, u64),
    bins: Bins<Bin>,
}

impl Writes {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Writes {
        let settings = sim.settings().clone();
        let stream = |label| Rng::stream(seed, label);
        let arrivals = |label, control| Arrivals::new(stream(label), Coming::Poisson, settings.get(control));
        let (mut reads, mut writes) = (arrivals("reads", "reads"), arrivals("writes", "writes"));
        let first = [reads.next(Nanos::ZERO), writes.next(Nanos::ZERO)];
        let next = [(first[0], sim.at(first[0], Event::Read)), (first[1], sim.at(first[1], Event::Write))];
        let sides = [YOURS, OTHER].map(|side| Side::new(side, seed, Policy::of(&settings, side)));
        let mut demo = Writes {
            reads,
            writes,
            next,
            read_keys: stream("keys of reads"),
            write_keys: stream("keys of writes"),
            slowness: [stream("messages of reads"), stream("messages of writes")],
            zipf: Zipf::new(KEYS as u64, 1.0),
            operations: 0,
            sides,
            flush: None,
            crash: None,
            crashed_at: None,
            since: (Nanos::ZERO, 0),
            bins: Bins::new(measures::BIN, measures::BINS),
        };
        demo.plan_crash(sim);
        demo.plan_flush(sim);
        demo
    }

    fn plan_crash(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.crash.take() {
            sim.cancel(token);
        }
        let at = Nanos::from_secs_f64(sim.get("crash"));
        if at > sim.now() && self.crashed_at.is_none() {
            self.crash = Some(sim.at(at, Event::Crash));
        }
    }

    /// The next flush; none where nothing is buffered.
    fn plan_flush(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.flush.take() {
            sim.cancel(token);
        }
        if self.sides[YOURS].policy.write_behind() {
            let every = Nanos::from_secs_f64(sim.get("flush"));
            self.flush = Some(sim.after(every, Event::Flush));
        }
    }

    fn operation(&mut self, sim: &mut Sim<Event>, reads: bool) -> (&'static str, u64) {
        let (arrivals, keys, slot, event) = if reads {
            (&mut self.reads, &mut self.read_keys, 0, Event::Read)
        } else {
            (&mut self.writes, &mut self.write_keys, 1, Event::Write)
        };
        let at = arrivals.next(sim.now());
        self.next[slot] = (at, sim.at(at, event));
        self.operations += 1;
        let key = self.zipf.sample(keys) as usize;
        let slowness = Wish::slowness(&mut self.slowness[slot]);
        let wish = Wish { id: self.operations, key: key.min(KEYS - 1), reads, slowness };
        self.sides.iter_mut().for_each(|side| side.begin(sim, wish));
        (if reads { "read # is sent" } else { "write # is sent" }, self.operations)
    }

    /// The crash of both caches.
    fn die(&mut self, now: Nanos) {
        self.crash = None;
        self.crashed_at = Some(now);
        self.sides.iter_mut().for_each(Side::crash);
    }

    /// Puts what was counted since `before` into the bins, and looks at what is cached.
    fn measure(&mut self, now: Nanos, before: [(u64, u64); 2]) {
        for (index, side) in self.sides.iter_mut().enumerate() {
            self.bins.at(now).add(index, before[index], &side.counts);
            if let Some(key) = look(side, now) {
                let kept = side.visible(now, key).unwrap_or(0);
                side.story.tell(now, key, kept, side.truth[key]);
            }
        }
    }

    fn counts(&self) -> [(u64, u64); 2] {
        [YOURS, OTHER].map(|side| (self.sides[side].counts.reads, self.sides[side].counts.stale))
    }

    /// Writes of the database a second since the last change.
    fn db_writes(&self, now: Nanos) -> f64 {
        let (since, committed) = self.since;
        (self.sides[YOURS].counts.committed - committed) as f64 / now.since(since).as_secs_f64()
    }

    /// Writes a second that the database should see.
    fn db_writes_theory(&self, settings: &Settings) -> f64 {
        let rate = settings.get("writes");
        if !self.sides[YOURS].policy.write_behind() {
            return rate;
        }
        let every = Nanos::from_secs_f64(settings.get("flush"));
        (0..KEYS as u64).map(|key| coalesced(rate * self.zipf.probability(key), every)).sum()
    }

    /// Writes that the crash should lose: those since the last flush before it.
    fn lost_theory(&self, settings: &Settings) -> f64 {
        let (crash, every) = (settings.get("crash"), settings.get("flush"));
        if !self.sides[YOURS].policy.write_behind() || crash == 0.0 {
            return 0.0;
        }
        let flushes = ((crash / every).ceil() - 1.0).max(0.0);
        settings.get("writes") * (crash - flushes * every)
    }

    /// The messages that a write waits for, in milliseconds.
    fn write_theory(&self, settings: &Settings) -> f64 {
        let policy = &self.sides[YOURS].policy;
        let (database, cache) = (settings.get("db"), settings.get("db") / 10.0);
        match policy.pattern {
            Pattern::WriteBehind => cache,
            // The update and the commit.
            Pattern::WriteAround => 2.0 * database,
            _ if policy.early => 2.0 * database,
            _ => 2.0 * database + cache,
        }
    }

    fn goals(&self, sim: &mut Sim<Event>) {
        let yours = &self.sides[YOURS];
        let [reads, hits, stale] = yours.counts.reads_since();
        let calm = reads >= 500 && sim.get("writes") >= 4.0;
        sim.goal(0, calm && stale * 100 < reads && hits * 2 >= reads);
        let written = self.db_writes(sim.now()) * sim.now().since(self.since.0).as_secs_f64();
        let saved = yours.policy.write_behind() && !yours.policy.reorders;
        let expected = sim.get("writes") * sim.now().since(self.since.0).as_secs_f64();
        sim.goal(1, saved && expected >= 100.0 && written * 2.0 < expected);
        sim.goal(2, yours.counts.lost >= 10);
        let delete_after = yours.policy.acts() == write(Pattern::CacheAside, Order::DeleteAfter);
        sim.goal(3, delete_after && yours.seen.longest >= Nanos::from_secs(2));
    }
}

/// The name of a step, of the learner's side or of the other one.
fn named(side: usize, came: Came) -> &'static str {
    let names = match came {
        Came::Hit => ["read # is answered by the cache", "read # is answered by the cache, other side"],
        Came::StaleHit => ["read # gets a stale value", "read # gets a stale value, other side"],
        Came::Miss => ["read # misses", "read # misses, other side"],
        Came::Loaded => ["read # reads the database", "read # reads the database, other side"],
        Came::Filled => ["read # fills the cache", "read # fills the cache, other side"],
        Came::Refused => {
            ["# may not store its value any more", "# may not store its value any more, other side"]
        }
        Came::Committed => ["write # is committed", "write # is committed, other side"],
        Came::Deleted => ["write # deletes the cached value", "write # deletes the cached value, other side"],
        Came::Set => ["write # updates the cache", "write # updates the cache, other side"],
        Came::Buffered => ["write # is in the buffer", "write # is in the buffer, other side"],
        Came::Answered => ["write # is acknowledged", "write # is acknowledged, other side"],
    };
    names[usize::from(side != YOURS)]
}

impl Scenario for Writes {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let before = self.counts();
        let step = match event {
            Event::Read => self.operation(sim, true),
            Event::Write => self.operation(sim, false),
            Event::Act { side, id, part } => (named(side, self.sides[side].act(sim, id, part)), id),
            Event::Flush => {
                self.sides.iter_mut().for_each(|side| side.flush(sim));
                self.flush = None;
                self.plan_flush(sim);
                ("the buffer is flushed", 0)
            }
            Event::Flushed { side, key, version, flush } => {
                let there = self.sides[side].flushed(key, version, flush);
                let what = match (there, side) {
                    (true, YOURS) => "the database has what was flushed of key #",
                    (true, _) => "the database has what was flushed of key #, other side",
                    (false, YOURS) => "what was flushed of key # is lost",
                    (false, _) => "what was flushed of key # is lost, other side",
                };
                (what, key as u64 + 1)
            }
            Event::Crash => {
                self.die(sim.now());
                ("the cache dies and comes back empty", 0)
            }
        };
        self.measure(sim.now(), before);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let (before, now) = (self.counts(), sim.now());
        let settings = sim.settings().clone();
        match control {
            "reads" | "writes" => {
                let (arrivals, slot, event) = if control == "reads" {
                    (&mut self.reads, 0, Event::Read)
                } else {
                    (&mut self.writes, 1, Event::Write)
                };
                arrivals.set_rate(settings.get(control));
                sim.cancel(self.next[slot].1);
                let at = arrivals.next(now);
                self.next[slot] = (at, sim.at(at, event));
            }
            "crash" => self.plan_crash(sim),
            "flush" => self.plan_flush(sim),
            _ => {
                for index in [YOURS, OTHER] {
                    let policy = Policy::of(&settings, index);
                    if self.sides[index].policy.differs(&policy) {
                        self.sides[index].set_policy(policy);
                    }
                    self.sides[index].policy = policy;
                }
                if self.flush.is_some() != self.sides[YOURS].policy.write_behind() {
                    self.plan_flush(sim);
                }
            }
        }
        if !matches!(control, "reads" | "ttl" | "crash") {
            self.since = (now, self.sides[YOURS].counts.committed);
        }
        self.measure(now, before);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for side in &self.sides {
            sim.rule(0, side.conserves());
            sim.rule(1, side.keeps_what_it_acknowledged());
            sim.rule(2, side.keeps_its_promise(sim.now()));
            sim.rule(3, side.counts.outlived == 0);
        }
        self.goals(sim);
    }

    fn readings(&self, sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let settings = sim.settings();
        let [yours, other] = &self.sides;
        let [reads, hits, _] = yours.counts.reads_since();
        let crashed = self.crashed_at.is_some();
        vec![
            yours.counts.reads as f64,
            yours.counts.writes as f64,
            yours.counts.stale_share(),
            other.counts.stale_share(),
            yours.seen.races as f64,
            other.seen.races as f64,
            yours.seen.windows(now),
            hits as f64 / reads as f64,
            yours.counts.write_ms(),
            self.write_theory(settings),
            self.db_writes(now),
            self.db_writes_theory(settings),
            if crashed { yours.counts.lost as f64 } else { f64::NAN },
            self.lost_theory(settings),
        ]
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(sim.settings(), now)
    }

    /// At the extremes some hundred operations under way on each side, and two histograms.
    fn bytes(&self) -> usize {
        256 << 10
    }
}

#[cfg(test)]
mod tests;
