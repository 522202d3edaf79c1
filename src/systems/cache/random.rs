//! Random replacement: any entry goes. It needs no memory of what was used, and no order of requests is its worst case.

use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use crate::sim::Rng;
use std::hash::Hash;

/// The policy of [`super::Random`].
#[derive(Clone, Debug)]
pub struct Chance {
    rng: Rng,
    /// All entries, in no order; a mark is the index here.
    slots: Vec<Slot>,
}

impl<K: Hash + Eq, V> Cache<Chance, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts what `rng` says.
    #[must_use]
    pub fn random(capacity: usize, rng: Rng) -> Self {
        Cache::new(capacity, Chance::new(rng))
    }
}

impl Chance {
    /// The policy that draws from `rng`, once an eviction.
    #[must_use]
    pub fn new(rng: Rng) -> Chance {
        Chance { rng, slots: Vec::new() }
    }
}

impl Policy for Chance {
    fn used(&mut self, _nodes: &mut Nodes, _slot: Slot) {}

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        let drawn = full.then(|| self.slots[self.rng.below(self.slots.len() as u64) as usize])?;
        self.removed(nodes, drawn);
        Some(drawn)
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        nodes[slot].mark = self.slots.len() as u32;
        self.slots.push(slot);
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        let index = nodes[slot].mark;
        self.slots.swap_remove(index as usize);
        if let Some(&moved) = self.slots.get(index as usize) {
            nodes[moved].mark = index;
        }
    }

    fn queues(&self, _nodes: &Nodes) -> Vec<Queue<Slot>> {
        let entries = self.slots.iter().map(|&slot| (slot, false)).collect();
        vec![Queue { name: "in no order", entries, hand: None }]
    }
}
