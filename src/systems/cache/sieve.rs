//! SIEVE: a queue, a bit and a hand (Zhang, Yang, Yue, Vigfusson, Rashmi: NSDI 2024).
//!
//! New entries come in at the front and nobody ever moves. A use sets a bit. The hand goes from the back to the front:
//! where the bit is set it clears it and goes on, where it is not the entry goes; and there the hand stays until the next
//! eviction. That is the whole difference to CLOCK: new entries come in at the front, not behind the hand, so
//! the hand sifts out those that were never used again while they are still new, and the old ones that proved
//! themselves stay behind it, out of its way.

use super::shelf::{List, NONE};
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::Sieve`].
#[derive(Clone, Debug)]
pub struct Sifting {
    queue: List,
    /// The entry that is looked at next; [`NONE`]: the oldest one.
    hand: Slot,
    /// The flaw of [`Sifting::restarting`].
    restarts: bool,
}

impl<K: Hash + Eq, V> Cache<Sifting, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts as SIEVE does.
    #[must_use]
    pub fn sieve(capacity: usize) -> Self {
        Cache::new(capacity, Sifting::default())
    }
}

impl Default for Sifting {
    fn default() -> Sifting {
        Sifting { queue: List::default(), hand: NONE, restarts: false }
    }
}

impl Sifting {
    /// **A flaw, for show**: the hand does not stay where it stopped, each eviction starts at the back again. It is an
    /// easy mistake, since the code looks like CLOCK's; it hits less, and nothing fails.
    #[must_use]
    pub fn restarting() -> Sifting {
        Sifting { restarts: true, ..Sifting::default() }
    }

    fn start(&self) -> Slot {
        if self.hand == NONE || self.restarts { self.queue.back } else { self.hand }
    }
}

impl Policy for Sifting {
    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        nodes[slot].mark = 1;
    }

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        if !full {
            return None;
        }
        let mut at = self.start();
        while std::mem::take(&mut nodes[at].mark) == 1 {
            at = List::newer(nodes, at);
            if at == NONE {
                at = self.queue.back;
            }
        }
        self.hand = List::newer(nodes, at);
        self.queue.unlink(nodes, at);
        Some(at)
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.queue.push_front(nodes, slot);
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        if self.hand == slot {
            self.hand = List::newer(nodes, slot);
        }
        self.queue.unlink(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        let entries: Vec<_> = self.queue.iter(nodes).map(|slot| (slot, nodes[slot].mark == 1)).collect();
        let start = self.start();
        let hand = entries.iter().position(|(slot, _)| *slot == start);
        vec![Queue { name: "queue", entries, hand }]
    }
}
