//! CLOCK: first in, first out with a second chance (Corbató, 1969).
//!
//! The entries stand in a circle and keep their places. A use sets a bit. The hand goes round: where the bit is set it
//! clears it and goes on, where it is not the entry goes and the new one takes its place. So a hit costs one store
//! instead of the six of an LRU list, and what is used once a round stays.

use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::Clock`].
#[derive(Clone, Debug, Default)]
pub struct SecondChance {
    hand: Slot,
}

impl<K: Hash + Eq, V> Cache<SecondChance, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts what was not used since the hand last came by.
    #[must_use]
    pub fn clock(capacity: usize) -> Self {
        Cache::new(capacity, SecondChance::default())
    }
}

impl SecondChance {
    /// Where the hand stands; then it goes on.
    fn next(&mut self, nodes: &Nodes) -> Slot {
        let at = self.hand % nodes.places();
        self.hand = at + 1;
        at
    }
}

impl Policy for SecondChance {
    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        nodes[slot].mark = 1;
    }

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        if !full {
            return None;
        }
        loop {
            let at = self.next(nodes);
            if nodes.used(at) && std::mem::take(&mut nodes[at].mark) == 0 {
                return Some(at);
            }
        }
    }

    fn added(&mut self, _nodes: &mut Nodes, _slot: Slot) {}

    fn removed(&mut self, _nodes: &mut Nodes, _slot: Slot) {}

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        // The hand comes to the last one next.
        let places = nodes.places();
        let from_hand = (0..places).map(|step| (self.hand + places - 1 - step) % places);
        let entries =
            from_hand.filter(|&slot| nodes.used(slot)).map(|slot| (slot, nodes[slot].mark == 1)).collect();
        vec![Queue { name: "circle", entries, hand: None }]
    }
}
