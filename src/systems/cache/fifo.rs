//! First in, first out: what came first goes first, used or not.
//!
//! The simplest policy, and the quickest: a hit changes nothing, so readers need no lock. It forgets what it has
//! learned with every entry. SIEVE, CLOCK and S3-FIFO are this queue with one bit or two of memory.

use super::shelf::List;
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::Fifo`].
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    queue: List,
}

impl<K: Hash + Eq, V> Cache<Arrival, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts what came first.
    #[must_use]
    pub fn fifo(capacity: usize) -> Self {
        Cache::new(capacity, Arrival::default())
    }
}

impl Policy for Arrival {
    fn used(&mut self, _nodes: &mut Nodes, _slot: Slot) {}

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        if full { self.queue.pop_back(nodes) } else { None }
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.queue.push_front(nodes, slot);
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.queue.unlink(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        vec![Queue {
            name: "queue",
            entries: self.queue.iter(nodes).map(|slot| (slot, false)).collect(),
            hand: None,
        }]
    }
}
