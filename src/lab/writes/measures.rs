//! What is counted: reads, writes, how long a stale value stays, and what is seen on its way.

use super::KEYS;
use super::side::{Came, Side, Wish};
use crate::lab::measure::{Bins, Histogram, Trail};
use crate::lab::scene::Tone;
use crate::sim::Nanos;
use crate::systems::cache_pattern::Place;

/// How wide a bin of the chart is, and how many are kept: the whole run.
pub(super) const BIN: Nanos = Nanos::from_secs(1);
pub(super) const BINS: usize = 40;
/// How long the answer is seen on its way back.
pub(super) const SEEN: Nanos = Nanos::from_millis(300);

/// What was counted of a side.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Operations that came, and those that are over.
    pub(super) begun: u64,
    pub(super) ended: u64,
    /// Reads that have their value.
    pub(super) reads: u64,
    pub(super) hits: u64,
    pub(super) stale: u64,
    /// Hits on values that were older than their time to live.
    pub(super) outlived: u64,
    /// Writes that were acknowledged, and writes of the database.
    pub(super) writes: u64,
    pub(super) committed: u64,
    /// Writes that were lost in a crash.
    pub(super) lost: u64,
    write_time: Histogram,
    /// Reads, hits, stale reads and writes before the last change of the policy.
    before: [u64; 4],
}

impl Counts {
    pub(super) fn hit(&mut self, stale: bool) {
        self.reads += 1;
        self.hits += 1;
        self.stale += u64::from(stale);
    }

    pub(super) fn written(&mut self, took: Nanos) {
        self.writes += 1;
        self.write_time.record(took);
    }

    /// From here on another policy holds.
    pub(super) fn since_change(&mut self) {
        self.before = [self.reads, self.hits, self.stale, self.writes];
        self.write_time = Histogram::default();
    }

    /// Reads, hits and stale reads under the present policy.
    pub(super) fn reads_since(&self) -> [u64; 3] {
        [self.reads - self.before[0], self.hits - self.before[1], self.stale - self.before[2]]
    }

    /// The share of reads under the present policy that were stale; not a number before the first one.
    pub(super) fn stale_share(&self) -> f64 {
        let [reads, _, stale] = self.reads_since();
        stale as f64 / reads as f64
    }

    /// The mean time of a write under the present policy, in milliseconds.
    pub(super) fn write_ms(&self) -> f64 {
        self.write_time.mean() / 1e6
    }
}

/// What a bin holds, of both sides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    pub(super) reads: [u32; 2],
    pub(super) stale: [u32; 2],
}

impl Bin {
    /// The share of stale reads in percent; not a number where there was none.
    pub(super) fn percent(&self, side: usize) -> f64 {
        100.0 * f64::from(self.stale[side]) / f64::from(self.reads[side])
    }

    /// Adds what was counted between two moments.
    pub(super) fn add(&mut self, side: usize, before: (u64, u64), after: &Counts) {
        self.reads[side] += (after.reads - before.0) as u32;
        self.stale[side] += (after.stale - before.1) as u32;
    }
}

/// The share of stale reads in the last 3 s that are over; not a number where none was.
pub(super) fn recent(bins: &Bins<Bin>, now: Nanos, side: usize) -> f64 {
    let from = now.since(BIN * 4).as_secs_f64();
    let of_late = bins.over(now).filter(|(at, _)| *at > from || from == 0.0);
    let (reads, stale) =
        of_late.fold((0, 0), |sum, (_, bin)| (sum.0 + bin.reads[side], sum.1 + bin.stale[side]));
    f64::from(stale) / f64::from(reads)
}

/// A look at the cached values from outside: since when each is there, and since when it is stale.
#[derive(Clone)]
pub(super) struct Seen {
    kept: [(Nanos, Nanos); KEYS],
    stale_since: [Option<Nanos>; KEYS],
    left: [bool; KEYS],
    /// How often a stale value was left that nobody was about to remove.
    pub(super) races: u64,
    windows: Histogram,
    pub(super) longest: Nanos,
    /// Answers on their way back: from where, whether of a read, and how they are.
    pub(super) ends: Trail<(Place, bool, Tone)>,
}

impl Seen {
    pub(super) fn new() -> Seen {
        Seen {
            kept: [(Nanos::ZERO, Nanos::MAX); KEYS],
            stale_since: [None; KEYS],
            left: [false; KEYS],
            races: 0,
            windows: Histogram::default(),
            longest: Nanos::ZERO,
            ends: Trail::new(SEEN),
        }
    }

    /// A value was stored.
    pub(super) fn stored(&mut self, now: Nanos, key: usize, ttl: Nanos) {
        self.kept[key] = (now, ttl);
    }

    /// Whether the value of a key that is given out now is older than it may be.
    pub(super) fn outlived(&self, now: Nanos, key: usize) -> bool {
        let (since, ttl) = self.kept[key];
        now.since(since) >= ttl
    }

    /// How long the cached value of a key has been stale, where it is.
    pub(super) fn stale_for(&self, now: Nanos, key: usize) -> Option<Nanos> {
        self.stale_since[key].map(|since| now.since(since))
    }

    pub(super) fn end(&mut self, now: Nanos, wish: &Wish, place: Place, came: Came) {
        let tone = match came {
            Came::StaleHit => Tone::Bad,
            Came::Refused => Tone::Warn,
            _ => Tone::Good,
        };
        if place != Place::Application && (wish.reads || came != Came::Deleted) {
            self.ends.push(now, wish.id, (place, wish.reads, tone));
        }
    }

    /// The longest and the 99th percentile of how long stale values stayed, in milliseconds, with those that are
    /// there now; not a number where there was none.
    pub(super) fn windows(&self, now: Nanos) -> f64 {
        let mut windows = self.windows.clone();
        for since in self.stale_since.iter().flatten() {
            windows.record(now.since(*since));
        }
        windows.percentile(0.99) / 1e6
    }
}

/// Looks at the cached values after an event. The key that was left stale by it, if any.
pub(super) fn look(side: &mut Side, now: Nanos) -> Option<usize> {
    let mut raced = None;
    for key in 0..KEYS {
        let visible = side.visible(now, key);
        let stale = visible.is_some_and(|version| version < side.acked[key]);
        let left = side.left_stale(now, key);
        let seen = &mut side.seen;
        match (stale, seen.stale_since[key]) {
            (true, None) => seen.stale_since[key] = Some(now),
            (false, Some(since)) => {
                // One that ran out unseen ended then.
                let (stored, ttl) = seen.kept[key];
                let end = if visible.is_none() { now.min(stored + ttl).max(since) } else { now };
                seen.windows.record(end.since(since));
                seen.stale_since[key] = None;
                seen.longest = seen.longest.max(end.since(since));
            }
            (true, Some(since)) => seen.longest = seen.longest.max(now.since(since)),
            (false, None) => {}
        }
        if left && !seen.left[key] {
            seen.races += 1;
            raced = Some(key);
        }
        seen.left[key] = left;
    }
    raced
}
