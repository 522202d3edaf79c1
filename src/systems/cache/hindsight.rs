//! What the clairvoyant would have hit, told without knowing the future.
//!
//! Whether Belady's cache would have kept a key cannot be said when it is asked for, but it can be said when it is asked
//! for again. Keeping it would have taken one place from the last request for it to this one. So requests are jobs
//! with a start and an end, places are machines, and hits are jobs that find a machine: as many as possible. Taking jobs by
//! their ends and giving each to the machine that became free last before it starts is optimal (Faigle and Nawijn, 1995;
//! Carlisle and Lloyd, 1995). One place is not given away: whatever is asked for must come in, if only for a moment.
//!
//! So hits are known as they happen, the total is that of Belady's cache with the whole trace (the tests hold the
//! two against each other), and the trace may change its nature at any time. The same idea in hardware: Hawkeye's
//! OPTgen (Jain and Lin, ISCA 2016).

use std::collections::BTreeSet;
use std::hash::Hash;

use super::shelf::{List, Shelf};
use super::{FixedHash, in_range};

/// Counts the hits that the clairvoyant would have. O(log capacity) a request.
#[derive(Clone, Debug)]
pub struct Hindsight<K> {
    /// When places became free: the numbers of requests. Those that were never taken are not among them.
    free: BTreeSet<u64>,
    /// How many places were never taken.
    fresh: usize,
    now: u64,
    /// The last request for each key that may still be a hit, and the keys by it.
    last: Shelf<K, u64, FixedHash>,
    order: List,
}

impl<K: Hash + Eq> Hindsight<K> {
    /// For a cache of `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Hindsight<K> {
        Hindsight {
            free: BTreeSet::new(),
            fresh: in_range(capacity) - 1,
            now: 0,
            last: Shelf::new(FixedHash),
            order: List::default(),
        }
    }

    /// The next request is for `key`: whether the clairvoyant has it.
    pub fn ask(&mut self, key: K) -> bool {
        self.now += 1;
        let hash = self.last.hash(&key);
        let Some(slot) = self.last.find(hash, &key) else {
            let slot = self.last.add(hash, key, self.now);
            self.order.push_front(&mut self.last.nodes, slot);
            self.forget();
            return false;
        };
        let from = std::mem::replace(self.last.value_mut(slot), self.now);
        self.order.touch(&mut self.last.nodes, slot);
        // What is asked for twice in a row needs no place of its own: it is in the one that is not given away.
        from + 1 == self.now || self.keep(from)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // A set of numbers in a tree whose nodes are two thirds full.
        self.last.bytes() + self.free.len() * 12
    }

    /// Keeps something from the request `from` until now, where there is a place.
    fn keep(&mut self, from: u64) -> bool {
        // A place is needed while others are asked for: from the request after `from` to the one before this. So the one that
        // became free at the request after `from` will do.
        if let Some(&free) = self.free.range(..=from + 1).next_back() {
            self.free.remove(&free);
        } else if self.fresh > 0 {
            self.fresh -= 1;
        } else {
            return false;
        }
        self.free.insert(self.now);
        true
    }

    /// Forgets keys that no place could have held until now: all places were taken since.
    fn forget(&mut self) {
        let first = self.free.first().copied().unwrap_or(self.now);
        while self.fresh == 0 && self.order.len > 1 && *self.last.value(self.order.back) + 1 < first {
            if let Some(slot) = self.order.pop_back(&mut self.last.nodes) {
                self.last.take(slot);
            }
        }
    }
}
