//! Counters: every replica counts by itself, and the value is the sum.
//!
//! A replica's own count is written by that replica alone and only grows, so of two counts for the same replica the larger
//! one is the later. That is why the join takes the maximum. To add what arrives, which is what one writes first, counts a
//! message that comes twice twice.

use std::collections::BTreeMap;

use super::{Footprint, Join, Replica};

/// A counter that only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GCounter {
    counts: BTreeMap<Replica, u64>,
}

impl GCounter {
    /// Counts `n` more at a replica. Returns the delta. O(log replicas).
    pub fn add(&mut self, replica: Replica, n: u64) -> GCounter {
        let count = self.counts.entry(replica).or_default();
        *count = count.saturating_add(n);
        GCounter { counts: BTreeMap::from([(replica, *count)]) }
    }

    /// The sum of all counts. O(replicas).
    #[must_use]
    pub fn value(&self) -> u64 {
        self.counts.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// A flaw, to show what it does: adds the counts that arrive. It is no join: not idempotent, so every message that
    /// repeats what is known is counted again.
    pub fn join_by_adding(&mut self, other: &GCounter) {
        for (&replica, &count) in &other.counts {
            let own = self.counts.entry(replica).or_default();
            *own = own.saturating_add(count);
        }
    }
}

impl Join for GCounter {
    fn join(&mut self, other: &GCounter) {
        for (&replica, &count) in &other.counts {
            let own = self.counts.entry(replica).or_default();
            *own = count.max(*own);
        }
    }

    fn footprint(&self) -> Footprint {
        Footprint { payload: 8, metadata: self.counts.len() * 12 }
    }
}

/// A counter that goes up and down: one that grows with what was added, one with what was taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PnCounter {
    up: GCounter,
    down: GCounter,
}

impl PnCounter {
    /// Counts `n` more (fewer where it is negative) at a replica. Returns the delta.
    pub fn add(&mut self, replica: Replica, n: i64) -> PnCounter {
        if n < 0 {
            PnCounter { down: self.down.add(replica, n.unsigned_abs()), ..PnCounter::default() }
        } else {
            PnCounter { up: self.up.add(replica, n.unsigned_abs()), ..PnCounter::default() }
        }
    }

    /// What was added less what was taken away; at the ends of the range it stays there.
    #[must_use]
    pub fn value(&self) -> i64 {
        let difference = i128::from(self.up.value()) - i128::from(self.down.value());
        difference.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The flaw of [`GCounter::join_by_adding`], in both directions.
    pub fn join_by_adding(&mut self, other: &PnCounter) {
        self.up.join_by_adding(&other.up);
        self.down.join_by_adding(&other.down);
    }
}

impl Join for PnCounter {
    fn join(&mut self, other: &PnCounter) {
        self.up.join(&other.up);
        self.down.join(&other.down);
    }

    fn footprint(&self) -> Footprint {
        Footprint { payload: 8, metadata: self.up.footprint().metadata + self.down.footprint().metadata }
    }
}
