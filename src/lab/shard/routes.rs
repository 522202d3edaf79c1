//! The three schemes side by side: where each puts a key, and what that asks of each shard.

use super::knobs::{Knobs, Scheme};
use crate::sim::{Nanos, Zipf};
use crate::systems::limiter::TokenBucket;
use crate::systems::sharding::{Directory, Ranges, Shard, by_hash, mixed, slow_chance};

/// How many questions a shard answers a second.
pub(super) const LIMIT: u32 = 50;
/// The share of a shard's answers that are slow.
pub(super) const SLOW: f64 = 0.01;
/// How many customers there are.
pub(super) const CUSTOMERS: u64 = 1_000;
/// How many questions tell which shard is the busiest.
const ENOUGH: u64 = 50;
/// Slots of the directory, and the most ranges there can be.
const SLOTS: usize = 256;
const RANGES: usize = 64;

/// The key of a customer: names do not stand in the order of popularity. The number they begin at decides who shares a shard
/// with whom; with this one the first customer meets none of the next few by hash, neither on 8 shards nor on 16.
pub(super) fn customer(rank: u64) -> u64 {
    mixed(rank + 70_000)
}

/// Where each scheme puts keys.
#[derive(Clone)]
pub(super) struct Routes {
    pub(super) shards: u32,
    pub(super) ranges: Ranges,
    pub(super) directory: Directory,
}

impl Routes {
    /// `keys` are those that there are, in order.
    pub(super) fn new(shards: u32, keys: &[u64]) -> Routes {
        Routes { shards, ranges: Ranges::even(keys, shards), directory: Directory::new(SLOTS, shards) }
    }

    pub(super) fn owner(&self, scheme: Scheme, key: u64) -> Shard {
        match scheme {
            Scheme::Hash => by_hash(key, self.shards),
            Scheme::Range => self.ranges.owner(key),
            Scheme::Directory => self.directory.owner(key),
        }
    }

    fn ask(&mut self, scheme: Scheme, key: u64) -> Shard {
        match scheme {
            Scheme::Hash => by_hash(key, self.shards),
            Scheme::Range => self.ranges.ask(key),
            Scheme::Directory => self.directory.ask(key),
        }
    }

    /// The shards that a scan asks.
    fn between(&self, scheme: Scheme, from: u64, to: u64) -> Vec<Shard> {
        if scheme == Scheme::Range { self.ranges.between(from, to) } else { (0..self.shards).collect() }
    }

    /// One shard more. By ranges it takes half of the range with the most keys.
    pub(super) fn grow(&mut self, keys: &[u64]) {
        let new = self.shards;
        self.shards += 1;
        self.directory.grow();
        let starts = self.ranges.all().iter().map(|range| keys.partition_point(|key| *key < range.start));
        let mut edges: Vec<usize> = starts.collect();
        edges.push(keys.len());
        let largest = edges.windows(2).max_by_key(|edge| edge[1] - edge[0]);
        if let Some(edge) = largest
            && let Some(middle) = keys.get(edge[0].midpoint(edge[1]))
        {
            self.ranges.split(*middle, new);
        }
    }
}

/// What one scheme's shards were asked.
#[derive(Clone)]
pub(super) struct Load {
    pub(super) scheme: Scheme,
    /// Questions to each shard by reads and writes, since the last change of the shards.
    asked: Vec<u64>,
    /// The share of the busiest one until then: what holds until there is enough to tell.
    before: f64,
    /// Questions of all kinds in this second and in the last one.
    present: Vec<u64>,
    pub(super) last: Vec<u64>,
    buckets: Vec<TokenBucket>,
    pub(super) served: u64,
    pub(super) throttled: u64,
    pub(super) scans: u64,
    fanout: u64,
    slow: u64,
    slow_expected: f64,
    /// Splits of ranges, or slots that were moved.
    pub(super) changes: u64,
}

impl Load {
    pub(super) fn new(scheme: Scheme, shards: u32) -> Load {
        let shards = shards as usize + 1;
        Load {
            scheme,
            asked: vec![0; shards],
            before: f64::NAN,
            present: vec![0; shards],
            last: vec![0; shards],
            buckets: vec![TokenBucket::new(LIMIT, LIMIT); shards],
            served: 0,
            throttled: 0,
            scans: 0,
            fanout: 0,
            slow: 0,
            slow_expected: 0.0,
            changes: 0,
        }
    }

    /// A request for `keys`, or for all from the first to the last of them. `also` is a shard that has to be written too. Returns
    /// whether all shards that it needs have room for it, and which those are.
    pub(super) fn request(
        &mut self,
        routes: &mut Routes,
        (now, id): (Nanos, u64),
        (keys, scan): (&[u64], bool),
        also: Option<Shard>,
    ) -> (bool, Vec<Shard>) {
        let scheme = self.scheme;
        let mut shards: Vec<Shard> = if scan {
            routes.between(scheme, keys[0], keys[keys.len() - 1])
        } else {
            keys.iter().map(|key| routes.ask(scheme, *key)).chain(also).collect()
        };
        shards.sort_unstable();
        shards.dedup();
        let mut room = true;
        for shard in shards.iter().map(|shard| *shard as usize) {
            self.asked[shard] += u64::from(!scan);
            self.present[shard] += 1;
            room &= self.buckets[shard].admit_n(now, 1).admitted();
        }
        if scan {
            self.scans += 1;
            self.fanout += shards.len() as u64;
            self.slow_expected += slow_chance(SLOW, shards.len() as f64);
            // Whether a shard is slow to answer a request is the same under every scheme.
            let chance =
                |shard: &Shard| (mixed(id * 64 + u64::from(*shard)) >> 11) as f64 / (1_u64 << 53) as f64;
            let slow = |shard: &Shard| chance(shard) < SLOW;
            self.slow += u64::from(shards.iter().any(slow));
        }
        self.served += u64::from(room);
        self.throttled += u64::from(!room);
        (room, shards)
    }

    /// The share of the busiest shard; not a number where nothing was asked.
    pub(super) fn hottest(&self) -> f64 {
        let most = self.asked.iter().max().copied().unwrap_or(0);
        let few = self.questions() < ENOUGH && self.before.is_finite();
        if few { self.before } else { most as f64 / self.questions() as f64 }
    }

    /// How many reads and writes the shares are made of.
    pub(super) fn questions(&self) -> u64 {
        self.asked.iter().sum()
    }

    /// How many shards a scan asks, on average.
    pub(super) fn scan_fanout(&self) -> f64 {
        self.fanout as f64 / self.scans as f64
    }

    /// The share of scans that met a slow shard, and what theory expects of it.
    pub(super) fn slow_scans(&self) -> (f64, f64) {
        (self.slow as f64 / self.scans as f64, self.slow_expected / self.scans as f64)
    }

    /// The share of requests that were throttled.
    pub(super) fn throttled_share(&self) -> f64 {
        self.throttled as f64 / (self.served + self.throttled) as f64
    }

    /// Keys live elsewhere from now on.
    pub(super) fn begin_anew(&mut self) {
        self.before = self.hottest();
        self.asked.fill(0);
    }

    /// A second is over. Where `free`, a range that is too busy is split, or a slot moved to where there is room.
    pub(super) fn second(&mut self, routes: &mut Routes, free: bool) {
        std::mem::swap(&mut self.last, &mut self.present);
        self.present.fill(0);
        let changes = match self.scheme {
            Scheme::Range if free => split_busy(&mut routes.ranges, &self.last, routes.shards),
            // As long as no shard is short of room nothing is moved: it would only be for chance.
            Scheme::Directory if free && self.last.iter().any(|asked| busy(*asked * 2)) => {
                u64::from(routes.directory.balance().is_some())
            }
            _ => 0,
        };
        match self.scheme {
            Scheme::Hash => {}
            Scheme::Range => routes.ranges.fade(),
            Scheme::Directory => routes.directory.fade(),
        }
        self.changes += changes;
        if changes > 0 {
            self.begin_anew();
        }
    }
}

/// Whether something that is asked so often, counted as it fades by half each second and so about twice the rate, needs most
/// of what a shard can answer.
fn busy(asked: u64) -> bool {
    asked > u64::from(LIMIT) * 8 / 5
}

/// The shard that was asked least.
pub(super) fn idlest(last: &[u64], shards: u32) -> Shard {
    (0..shards).min_by_key(|shard| last[*shard as usize]).unwrap_or(0)
}

/// Splits the busiest range of those with more questions than most of what a shard can answer. Returns how many were split.
fn split_busy(ranges: &mut Ranges, last: &[u64], shards: u32) -> u64 {
    let Some(range) = ranges.all().iter().filter(|range| busy(range.asked)).max_by_key(|range| range.asked)
    else {
        return 0;
    };
    match range.middle() {
        Some(at) if ranges.all().len() < RANGES => u64::from(ranges.split(at, idlest(last, shards))),
        _ => 0,
    }
}

/// The share of the busiest shard by hash, from Zipf's law and where each customer's parts are.
pub(super) fn hottest(knobs: &Knobs, routes: &Routes) -> f64 {
    let law = Zipf::new(CUSTOMERS, knobs.skew);
    let (reads, scans) = knobs.work.shares();
    let writes = 1.0 - reads - scans;
    let mut shares = vec![0.0; routes.shards as usize];
    for rank in 0..CUSTOMERS {
        let p = law.probability(rank);
        let parts: Vec<Shard> =
            knobs.salt.parts(customer(rank)).map(|key| by_hash(key, routes.shards)).collect();
        for shard in 0..routes.shards {
            let here = parts.iter().filter(|part| **part == shard).count() as f64;
            let read = if here > 0.0 { reads } else { 0.0 };
            shares[shard as usize] += p * (writes * here / parts.len() as f64 + read);
        }
    }
    shares.iter().copied().fold(0.0, f64::max) / shares.iter().sum::<f64>()
}
