//! Ten caches of one size on the same requests: what each of them hits, and what is left for the database.
//!
//! All policies that can be run are run, all the time, whichever two are looked at; so to change the policy changes
//! nothing but the picture, and the figures of all stand side by side. That is affordable since a cache of some hundred
//! entries is a few kilobytes and a request costs each of them some 50 ns. The clairvoyant beside them is no cache but
//! an account of what it would have hit (`systems::cache::Hindsight`), so it needs no future and keeps up with every knob.
//!
//! A request is answered in no time here: what a slow database does to those who wait is the demo `stampede`.

mod load;
mod picture;
mod race;

use load::{EXPONENT, EXPONENTS, Key, Load, PATTERNS, Pattern, exponent};
use race::{BUGS, CLAIRVOYANT, Found, RACERS, Race, sizes};

use super::measure::{Bins, Trail};
use super::scenario::{Scenario, Sim, start};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Seed};
use crate::systems::cache::Kind;
use crate::systems::cache::che::Popularity;

/// The policies, in the order of [`Kind::ALL`].
const POLICIES: &[&str] = &["FIFO", "LRU", "CLOCK", "LFU", "ARC", "SIEVE", "S3-FIFO", "W-TinyLFU", "random"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "cache",
    title: "Cache eviction",
    part: "caching",
    topics: &["cache-eviction", "cache-hit-ratio", "hot-keys"],
    hook: "There is room for 1% of the keys. What share of the requests can be answered from it?",
    look_for: &[
        "Popularity is uneven, so room for 1% of the keys answers 30 to 50% of the requests. The hottest key alone gets 10%.",
        "Same size, same requests: between FIFO and the best policies lie some 15 points, and the database feels each of them.",
        "The row of cells is the cache, the next to go at its right. LRU is full of keys that come once; SIEVE has sifted them out.",
        "Twice the room adds about 7 points, and twice that again 7 more: the curve is straight where sizes grow by factors.",
        "Set the pattern to scan: each scan washes LRU out. To loop: a quarter more keys than fit, and LRU hits nothing.",
        "The clairvoyant knows the future. What lies between it and the best policy, no cleverness can get.",
    ],
    controls: &[
        choice("policy", "policy", POLICIES, 1.0),
        choice("rival", "beside it", POLICIES, 5.0),
        number("capacity", "entries that fit", (1.0, 2_000.0), 0.0, 100.0, ""),
        number("keys", "different keys", (100.0, 100_000.0), 0.0, 10_000.0, ""),
        choice("exponent", "Zipf exponent", EXPONENTS, EXPONENT),
        choice("pattern", "what is asked for", PATTERNS, 0.0),
        number("ttl", "an entry is good for (0: for ever)", (0.0, 50.0), 0.0, 0.0, "s"),
        number("rate", "requests per second", (100.0, 10_000.0), 0.0, 1_000.0, "/s"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("hit_ratio", Unit::Share, "requests answered by the chosen policy's cache"),
        reading(
            "hit_theory",
            Unit::Share,
            "the same expected, for LRU, FIFO and random on independent requests",
        ),
        reading("rival_hit_ratio", Unit::Share, "requests answered by the other one"),
        reading("fifo", Unit::Share, "hit ratio of first in, first out"),
        reading("lru", Unit::Share, "hit ratio of least recently used"),
        reading("clock", Unit::Share, "hit ratio of CLOCK"),
        reading("lfu", Unit::Share, "hit ratio of least frequently used, with aging"),
        reading("arc", Unit::Share, "hit ratio of ARC"),
        reading("sieve", Unit::Share, "hit ratio of SIEVE"),
        reading("s3_fifo", Unit::Share, "hit ratio of S3-FIFO"),
        reading("tiny_lfu", Unit::Share, "hit ratio of W-TinyLFU"),
        reading("random", Unit::Share, "hit ratio of random replacement"),
        reading("clairvoyant", Unit::Share, "what a cache that knows the future would have hit"),
        reading("lru_theory", Unit::Share, "LRU expected, by Che's approximation"),
        reading("fifo_theory", Unit::Share, "FIFO and random expected, by Gelenbe's theorem"),
        reading("popular_theory", Unit::Share, "requests for the keys that just fit, the most popular ones"),
        reading(
            "useful_share",
            Unit::Share,
            "entries that are among the most popular keys that would just fit",
        ),
        reading("rival_useful_share", Unit::Share, "the same in the other cache"),
        reading("database_rate", Unit::PerSecond, "requests that are left for the database"),
        reading("database_theory", Unit::PerSecond, "the same expected"),
        reading("rival_database_rate", Unit::PerSecond, "what the other one leaves for the database"),
        reading("old_share", Unit::Share, "misses that were there but too old"),
        reading("hottest_share", Unit::Share, "requests for the most popular key"),
        reading("hottest_theory", Unit::Share, "the same expected"),
        reading("requests", Unit::Count, "requests since the cache was full and the load last changed"),
    ],
    bet: "cache-eviction.bet-one-percent",
    goals: &[
        "hit 80% with room for at most 5% of the keys",
        "by the policy alone, spare the database a sixth of what LRU sends it",
        "make LRU hit nothing at all for 1,000 requests",
        "let half of the misses be entries that are there, but too old",
    ],
    invariants: &[
        "no cache holds more entries than fit",
        "LRU finds a key if and only if it is among the last so many different ones",
        "no cache finds more than the clairvoyant",
        "SIEVE's hand looks at every entry before it comes round again",
        "what came in and was not thrown out is in the cache",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "a hit in LRU is looked up without touching its entry: it is FIFO under another name",
        "SIEVE's hand starts at the oldest entry at each eviction, not where it stopped: nothing fails, it only hits less",
        "a cache makes room when it holds more than fits, and not when the next one would not fit",
    ],
    theory: &[
        ("hit_ratio", "hit_theory"),
        ("lru", "lru_theory"),
        ("fifo", "fifo_theory"),
        ("random", "fifo_theory"),
        ("database_rate", "database_theory"),
        ("hottest_share", "hottest_theory"),
    ],
    length: Nanos::from_secs(20),
    speed: 1.0,
    sources: &[
        source!("cache/lru.rs", "fn used"),
        source!("cache/sieve.rs", "fn comes"),
        source!("cache/s3_fifo.rs", "fn evict_small"),
        source!("cache/tiny_lfu.rs", "fn comes"),
        source!("cache/arc.rs", "fn comes"),
        source!("cache/clock.rs", "fn comes"),
        source!("cache/lfu.rs", "fn used"),
        source!("cache/fifo.rs", "fn comes"),
        source!("cache/random.rs", "fn comes"),
        source!("cache/hindsight.rs", "pub fn ask"),
        source!("cache/stack.rs", "pub fn ask"),
        source!("cache/che.rs", "pub fn lru"),
        source!("cache/mod.rs", "pub trait Policy"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Caching::new(seed, sim)),
};

/// How long a request is seen.
const SEEN: Nanos = Nanos::from_millis(500);
/// A cache that does not fill is taken as it is after so many seconds.
const PATIENCE: f64 = 5.0;

#[derive(Clone, Copy, Debug)]
enum Event {
    Request,
}

#[derive(Clone)]
struct Caching {
    seed: Seed,
    load: Load,
    race: Race,
    /// The numbers of the policy and its rival among the racers.
    shown: [usize; 2],
    ttl: Nanos,
    /// The number of the last request.
    id: u64,
    /// Since the cache was full and the load last changed.
    counts: Counts,
    bins: Bins<Bin>,
    trail: Trail<[Found; 2]>,
    theory: std::sync::Arc<Theory>,
}

/// What is counted while things stand still.
#[derive(Clone, Debug, Default)]
struct Counts {
    requests: u64,
    from: Nanos,
    hits: [u64; RACERS + 1],
    old: [u64; RACERS],
    hottest: u64,
    /// For each size of the stack: requests since it was full, and hits among them.
    sizes: Vec<(u64, u64)>,
}

/// What happens within a bin of time.
#[derive(Clone, Debug, Default)]
struct Bin {
    requests: u32,
    hits: [u32; RACERS + 1],
}

/// What is expected, where there is a closed form; not a number where there is none.
#[derive(Clone, Debug)]
struct Theory {
    lru: f64,
    fifo: f64,
    popular: f64,
    /// The hit ratio of LRU by size.
    curve: Vec<(f64, f64)>,
}

impl Theory {
    fn of(settings: &Settings, pattern: Pattern) -> Theory {
        let capacity = settings.count("capacity");
        if pattern == Pattern::Loop {
            // A quarter more keys than fit: whatever comes was thrown out just before.
            return Theory { lru: 0.0, fifo: 0.0, popular: f64::NAN, curve: Vec::new() };
        }
        if pattern != Pattern::Zipf {
            return Theory { lru: f64::NAN, fifo: f64::NAN, popular: f64::NAN, curve: Vec::new() };
        }
        let popularity = Popularity::zipf(settings.count("keys"), exponent(settings));
        let ttl = settings.get("ttl");
        let good_for = if ttl > 0.0 { ttl * settings.get("rate") } else { f64::INFINITY };
        let lru = |size| {
            if ttl > 0.0 { popularity.lru_with_ttl(size, good_for) } else { popularity.lru(size) }
        };
        let mut sizes = sizes(capacity);
        sizes.sort_unstable();
        sizes.dedup();
        Theory {
            lru: lru(capacity),
            fifo: if ttl > 0.0 { f64::NAN } else { popularity.fifo(capacity) },
            popular: popularity.top(capacity),
            curve: sizes.iter().map(|&size| (size as f64, lru(size))).collect(),
        }
    }
}

fn ttl(settings: &Settings) -> Nanos {
    match settings.get("ttl") {
        ttl if ttl > 0.0 => Nanos::from_secs_f64(ttl),
        _ => Nanos::MAX,
    }
}

fn shown(settings: &Settings) -> [usize; 2] {
    ["policy", "rival"].map(|name| settings.count(name).min(RACERS - 1))
}

impl Caching {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Caching {
        let settings = sim.settings();
        let mut load = Load::new(seed, settings);
        let caching = Caching {
            seed,
            race: Race::new(seed, settings),
            shown: shown(settings),
            ttl: ttl(settings),
            id: 0,
            counts: Counts::default(),
            bins: Bins::new(Nanos::from_millis(500), 80),
            trail: Trail::new(SEEN),
            theory: Theory::of(settings, load.pattern).into(),
            load: load.clone(),
        };
        let first = load.next(Nanos::ZERO);
        sim.at(first, Event::Request);
        Caching { load, ..caching }
    }

    /// Starts to count anew.
    fn recount(&mut self, now: Nanos) {
        self.counts = Counts { from: now, ..Counts::default() };
    }

    fn count(&mut self, sim: &Sim<Event>, key: Key, found: &[Found; RACERS + 1]) {
        let now = sim.now();
        let bin = self.bins.at(now);
        bin.requests += 1;
        for (hits, found) in bin.hits.iter_mut().zip(found) {
            *hits += u32::from(*found == Found::Fresh);
        }
        let patience = (PATIENCE * sim.get("rate")) as u64;
        if self.counts.requests == 0 && !self.race.full() && self.race.requests < patience {
            self.counts.from = now;
            return;
        }
        let counts = &mut self.counts;
        counts.requests += 1;
        for (hits, found) in counts.hits.iter_mut().zip(found) {
            *hits += u64::from(*found == Found::Fresh);
        }
        for (old, found) in counts.old.iter_mut().zip(found) {
            *old += u64::from(*found == Found::Old);
        }
        counts.hottest += u64::from(self.load.rank(now, key) == Some(0));
        counts.sizes.resize(self.race.stack.sizes().len(), (0, 0));
        for (index, (requests, hits)) in counts.sizes.iter_mut().enumerate() {
            if self.race.stack.full(index) {
                *requests += 1;
                *hits += u64::from(self.race.smallest <= index);
            }
        }
    }

    fn hit_ratio(&self, racer: usize) -> f64 {
        self.counts.hits[racer] as f64 / self.counts.requests as f64
    }

    /// The hit ratio that theory expects of a racer.
    fn expected(&self, racer: usize) -> f64 {
        match Kind::ALL.get(racer) {
            Some(Kind::Lru) => self.theory.lru,
            Some(Kind::Fifo) => self.theory.fifo,
            Some(Kind::Random) if self.load.pattern == Pattern::Zipf => self.theory.fifo,
            _ => f64::NAN,
        }
    }

    /// What the clairvoyant would hit is known only where entries do not grow old.
    fn clairvoyant(&self) -> f64 {
        if self.ttl == Nanos::MAX { self.hit_ratio(CLAIRVOYANT) } else { f64::NAN }
    }

    /// Misses a second.
    fn database_rate(&self, racer: usize, now: Nanos) -> f64 {
        let misses = self.counts.requests - self.counts.hits[racer];
        misses as f64 / now.since(self.counts.from).as_secs_f64()
    }

    /// The share of the entries that are among the most popular keys.
    fn useful(&self, racer: usize, now: Nanos) -> f64 {
        if self.load.pattern == Pattern::Loop {
            return f64::NAN;
        }
        let cache = &self.race.caches[racer];
        let queues = cache.queues();
        let keys = queues.iter().flat_map(|queue| &queue.entries);
        let useful = keys.filter(|(key, _)| self.worth_keeping(**key, now)).count();
        useful as f64 / cache.len() as f64
    }

    /// Whether a key is among the most popular that just fit.
    fn worth_keeping(&self, key: Key, now: Nanos) -> bool {
        self.load.rank(now, key).is_some_and(|rank| rank < self.race.capacity as u64)
    }
}

impl Scenario for Caching {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, Event::Request: Event) -> (&'static str, u64) {
        let now = sim.now();
        let next = self.load.next(now);
        sim.at(next, Event::Request);
        self.id += 1;
        let key = self.load.key(now, self.id);
        let found = self.race.ask(now, key, self.ttl);
        self.count(sim, key, &found);
        let seen = self.shown.map(|racer| found[racer]);
        self.trail.push(now, self.id, seen);
        let what = match seen {
            _ if load::scanned(key) => "a scan reads key #: it is nowhere",
            [Found::Fresh, Found::Fresh] => "key #: in both caches",
            [Found::Fresh, _] => "key #: a hit here, a miss beside it",
            [_, Found::Fresh] => "key #: a miss here, a hit beside it",
            [Found::Old, _] | [_, Found::Old] => "key #: there, but too old",
            [Found::Missing, Found::Missing] => "key #: in neither cache",
        };
        (what, u64::from(key))
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let settings = sim.settings();
        match control {
            "policy" | "rival" => {
                self.shown = shown(settings);
                // The requests that are still seen were told for others.
                self.trail = Trail::new(SEEN);
            }
            _ => {
                if control == "capacity" || control == "bug" {
                    self.race = Race::new(self.seed, settings);
                }
                self.load.change(settings);
                self.ttl = ttl(settings);
                self.theory = Theory::of(settings, self.load.pattern).into();
                self.recount(sim.now());
            }
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let race = &self.race;
        sim.rule(0, race.within_capacity());
        sim.rule(1, race.lru_as_stack());
        sim.rule(2, race.none_above_the_clairvoyant());
        sim.rule(3, race.sieve_goes_on());
        sim.rule(4, race.nothing_is_lost());
        let counts = &self.counts;
        if counts.requests < 1_000 {
            return;
        }
        let policy = self.shown[0];
        let lru = 1;
        let hits = counts.hits[policy];
        let misses = counts.requests - hits;
        let small = self.race.capacity as f64 * 20.0 <= sim.get("keys");
        let by_popularity = self.load.pattern != Pattern::Loop;
        sim.goal(0, by_popularity && small && hits * 5 >= counts.requests * 4);
        let of_lru = counts.requests - counts.hits[lru];
        sim.goal(1, counts.requests >= 3_000 && misses * 6 <= of_lru * 5);
        sim.goal(2, counts.hits[lru] == 0);
        sim.goal(3, misses > 0 && counts.old[policy] * 2 >= misses);
    }

    fn readings(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let [policy, rival] = self.shown;
        let counts = &self.counts;
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        let expected = self.expected(policy);
        let rate = counts.requests as f64 / now.since(counts.from).as_secs_f64();
        let hottest = if self.load.pattern == Pattern::Zipf { self.load.hottest() } else { f64::NAN };
        let mut readings = vec![self.hit_ratio(policy), expected, self.hit_ratio(rival)];
        readings.extend((0..RACERS).map(|racer| self.hit_ratio(racer)));
        readings.extend([
            self.clairvoyant(),
            self.theory.lru,
            self.theory.fifo,
            self.theory.popular,
            self.useful(policy, now),
            self.useful(rival, now),
            self.database_rate(policy, now),
            rate * (1.0 - expected),
            self.database_rate(rival, now),
            share(counts.old[policy], counts.requests - counts.hits[policy]),
            share(counts.hottest, counts.requests),
            hottest,
            counts.requests as f64,
        ]);
        readings
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn bytes(&self) -> usize {
        self.race.bytes()
    }
}

#[cfg(test)]
mod tests;
