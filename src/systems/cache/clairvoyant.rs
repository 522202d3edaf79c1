//! The clairvoyant: what is not needed for longest goes (Belady, 1966; Mattson et al., 1970: MIN).
//!
//! No policy that must take in what it misses hits more often. It needs the future, so it is given the whole trace at the
//! start, and each request must be made by a `get` and, where that misses, an `insert`. It is the ruler that the
//! others are measured by, not a policy to run. Where the future is not known, [`super::Hindsight`] tells the same afterwards.

use super::shelf::Shelf;
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::collections::BTreeSet;
use std::hash::Hash;

/// The policy that knows all requests to come. O(log n) a request.
#[derive(Clone, Debug)]
pub struct Clairvoyance {
    /// For each request the number of the next one for the same key.
    next: Vec<u32>,
    /// How many requests were made.
    asked: usize,
    /// All entries by their next use, which is also their mark.
    order: BTreeSet<(u32, Slot)>,
}

/// The next use of what is not used again.
const NEVER: u32 = u32::MAX;

impl<K: Hash + Eq, V> Cache<Clairvoyance, K, V, FixedHash> {
    /// An empty cache of `capacity` entries for requests that come exactly as in `trace` (fewer than 2^32 of them).
    #[must_use]
    pub fn clairvoyant(capacity: usize, trace: &[K]) -> Self {
        Cache::new(capacity, Clairvoyance::of(trace))
    }
}

impl Clairvoyance {
    /// The policy for requests that come exactly as in `trace`.
    #[must_use]
    pub fn of<K: Hash + Eq>(trace: &[K]) -> Clairvoyance {
        let mut next = vec![NEVER; trace.len()];
        let mut seen: Shelf<&K, u32, FixedHash> = Shelf::new(FixedHash);
        for (index, key) in (0..trace.len() as u32).zip(trace).rev() {
            let hash = seen.hash(&key);
            match seen.find(hash, &key) {
                Some(slot) => next[index as usize] = std::mem::replace(seen.value_mut(slot), index),
                None => {
                    seen.add(hash, key, index);
                }
            }
        }
        Clairvoyance { next, asked: 0, order: BTreeSet::new() }
    }

    /// When the key of the present request is needed again.
    fn again(&self) -> u32 {
        self.asked.checked_sub(1).and_then(|now| self.next.get(now)).copied().unwrap_or(NEVER)
    }
}

impl Policy for Clairvoyance {
    fn asked(&mut self, _hash: u64) {
        self.asked += 1;
    }

    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.order.remove(&(nodes[slot].mark, slot));
        self.added(nodes, slot);
    }

    fn comes(&mut self, _nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        if full { self.order.pop_last().map(|(_, slot)| slot) } else { None }
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        nodes[slot].mark = self.again();
        self.order.insert((nodes[slot].mark, slot));
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.order.remove(&(nodes[slot].mark, slot));
    }

    fn queues(&self, _nodes: &Nodes) -> Vec<Queue<Slot>> {
        let entries = self.order.iter().map(|&(next, slot)| (slot, next != NEVER)).collect();
        vec![Queue { name: "by next use", entries, hand: None }]
    }
}
