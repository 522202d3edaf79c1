//! Who asks for what: keys by Zipf's law, with a scan between them, popularity that moves, or a plain loop.
//!
//! Every request draws one key by popularity, whatever the pattern does with it. So the same requests come to all caches,
//! and a scan adds to what is asked for without changing the rest.

use crate::lab::Settings;
use crate::lab::workload::{Arrivals, Pattern as Rhythm};
use crate::sim::{Nanos, Rng, Seed, Zipf};

/// The names of the patterns, for the control.
pub(super) const PATTERNS: &[&str] = &["zipf", "scan", "loop", "shifting"];
/// The exponents, for the control.
pub(super) const EXPONENTS: &[&str] = &["0", "0.5", "0.7", "0.8", "0.9", "0.99", "1.1", "1.3"];
/// The place of the default among them.
pub(super) const EXPONENT: f64 = 5.0;

/// Which keys are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Independent, by Zipf's law.
    Zipf,
    /// The same, and in one second of four every other request reads on through a table, key by key, none twice.
    Scan,
    /// Round and round over a quarter more keys than fit.
    Loop,
    /// By Zipf's law, but every two seconds what was most popular falls back by a quarter of the capacity.
    Shifting,
}

/// A key. Those of scans and loops are of their own.
pub(super) type Key = u32;

const LOOP: Key = 1 << 30;
const SCAN: Key = 1 << 31;

/// Whether a scan reads that key.
pub(super) fn scanned(key: Key) -> bool {
    key & SCAN != 0
}

#[derive(Clone, Debug)]
pub(super) struct Load {
    arrivals: Arrivals,
    keys: Rng,
    zipf: Zipf,
    pub(super) pattern: Pattern,
    capacity: u64,
    scanned: u32,
    looped: u64,
}

/// The exponent as set.
pub(super) fn exponent(settings: &Settings) -> f64 {
    EXPONENTS.get(settings.count("exponent")).and_then(|text| text.parse().ok()).unwrap_or(1.0)
}

fn pattern(settings: &Settings) -> Pattern {
    match settings.count("pattern") {
        0 => Pattern::Zipf,
        1 => Pattern::Scan,
        2 => Pattern::Loop,
        _ => Pattern::Shifting,
    }
}

fn law(settings: &Settings) -> Zipf {
    Zipf::new(settings.get("keys") as u64, exponent(settings))
}

impl Load {
    pub(super) fn new(seed: Seed, settings: &Settings) -> Load {
        let rng = Rng::stream(seed, "arrivals");
        Load {
            arrivals: Arrivals::new(rng, Rhythm::Poisson, settings.get("rate")),
            keys: Rng::stream(seed, "keys"),
            zipf: law(settings),
            pattern: pattern(settings),
            capacity: settings.get("capacity") as u64,
            scanned: 0,
            looped: 0,
        }
    }

    /// A control was set.
    pub(super) fn change(&mut self, settings: &Settings) {
        self.arrivals.set_rate(settings.get("rate"));
        self.zipf = law(settings);
        self.pattern = pattern(settings);
        self.capacity = settings.get("capacity") as u64;
    }

    /// When the request after the one at `after` comes.
    pub(super) fn next(&mut self, after: Nanos) -> Nanos {
        self.arrivals.next(after)
    }

    /// The key that the request at `now` asks for; it is request number `id`.
    pub(super) fn key(&mut self, now: Nanos, id: u64) -> Key {
        let drawn = self.zipf.sample(&mut self.keys);
        match self.pattern {
            Pattern::Scan if Self::scans(now) && id.is_multiple_of(2) => {
                self.scanned = (self.scanned + 1) % SCAN;
                SCAN | self.scanned
            }
            Pattern::Loop => {
                self.looped += 1;
                LOOP | (self.looped % (self.capacity * 5).div_ceil(4).max(2)) as Key
            }
            // The newly popular come from the end.
            _ => ((drawn + self.zipf.n() - self.shift(now)) % self.zipf.n()) as Key,
        }
    }

    /// Whether a scan runs at `now`: from 2 s on, in one second of four.
    fn scans(now: Nanos) -> bool {
        now.0 % 4_000_000_000 >= 2_000_000_000 && now.0 % 4_000_000_000 < 3_000_000_000
    }

    /// How many places of popularity the keys have been moved by.
    fn shift(&self, now: Nanos) -> u64 {
        if self.pattern != Pattern::Shifting {
            return 0;
        }
        now.0 / 2_000_000_000 * (self.capacity / 4).max(1) % self.zipf.n()
    }

    /// How popular a key is at `now`: its rank from 0, or nothing for keys that no law speaks of.
    pub(super) fn rank(&self, now: Nanos, key: Key) -> Option<u64> {
        let known = u64::from(key) < self.zipf.n() && self.pattern != Pattern::Loop;
        known.then(|| (u64::from(key) + self.shift(now)) % self.zipf.n())
    }

    /// The share of requests for the most popular key, by the law.
    pub(super) fn hottest(&self) -> f64 {
        self.zipf.probability(0)
    }
}
