//! Least recently used: what was not used for longest goes.
//!
//! A list in the order of use, and a hit moves its entry to the front. It holds the last `n` different keys, always;
//! so a larger LRU holds all that a smaller one does (the stack property: Mattson et al., 1970), one pass over a trace
//! tells the hit ratio of every size ([`super::StackDistances`]), and a loop over `n + 1` keys misses every time.

use super::shelf::List;
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::Lru`].
#[derive(Clone, Debug, Default)]
pub struct Recency {
    list: List,
}

impl<K: Hash + Eq, V> Cache<Recency, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts what was not used for longest.
    #[must_use]
    pub fn lru(capacity: usize) -> Self {
        Cache::new(capacity, Recency::default())
    }
}

impl Policy for Recency {
    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.list.touch(nodes, slot);
    }

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        if full { self.list.pop_back(nodes) } else { None }
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.list.push_front(nodes, slot);
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.list.unlink(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        vec![Queue {
            name: "by use",
            entries: self.list.iter(nodes).map(|slot| (slot, false)).collect(),
            hand: None,
        }]
    }
}
