//! ARC: recency and frequency, and the balance between them learned (Megiddo and Modha: FAST 2003).
//!
//! Two LRU lists share the cache: `t1` holds what was asked for once, `t2` what was asked for again. Beside each stands a
//! list of ghosts of what it had to give up. A miss that finds its ghost in `b1` says that `t1` was too short, one in `b2`
//! that `t2` was: the target of `t1` moves accordingly. No parameter is set by hand. (IBM's patent on it, US 6,996,676,
//! kept it out of some systems until it ran out.)

use super::ghosts::Ghosts;
use super::shelf::List;
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::Arc`].
#[derive(Clone, Debug)]
pub struct Adaptive {
    capacity: usize,
    t1: List,
    t2: List,
    b1: Ghosts,
    b2: Ghosts,
    /// How long `t1` should be: the paper's `p`.
    target: usize,
    /// Whether the key that is coming in was a ghost.
    returns: bool,
}

/// The mark of an entry in `t2`.
const AGAIN: u32 = 1;

impl<K: Hash + Eq, V> Cache<Adaptive, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts as ARC does.
    #[must_use]
    pub fn arc(capacity: usize) -> Self {
        Cache::new(capacity, Adaptive::new(capacity))
    }
}

impl Adaptive {
    /// The policy of a cache of that capacity.
    #[must_use]
    pub fn new(capacity: usize) -> Adaptive {
        Adaptive {
            capacity: super::in_range(capacity),
            t1: List::default(),
            t2: List::default(),
            b1: Ghosts::default(),
            b2: Ghosts::default(),
            target: 0,
            returns: false,
        }
    }

    /// How long the list of what was asked for once should be.
    #[must_use]
    pub fn target(&self) -> usize {
        self.target
    }

    /// The paper's REPLACE: the oldest of the list that is longer than it should be becomes a ghost.
    fn replace(&mut self, nodes: &mut Nodes, from_b2: bool) -> Option<Slot> {
        let long = self.t1.len > self.target || (from_b2 && self.t1.len == self.target);
        let (list, ghosts) = if self.t1.len > 0 && (long || self.t2.len == 0) {
            (&mut self.t1, &mut self.b1)
        } else {
            (&mut self.t2, &mut self.b2)
        };
        let slot = list.pop_back(nodes)?;
        ghosts.push(nodes[slot].hash);
        Some(slot)
    }
}

impl Policy for Adaptive {
    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        if nodes[slot].mark == AGAIN {
            self.t2.touch(nodes, slot);
        } else {
            self.t1.unlink(nodes, slot);
            nodes[slot].mark = AGAIN;
            self.t2.push_front(nodes, slot);
        }
    }

    fn comes(&mut self, nodes: &mut Nodes, hash: u64, full: bool) -> Option<Slot> {
        let (b1, b2) = (self.b1.len(), self.b2.len());
        let (in_b1, in_b2) = (self.b1.contains(hash), self.b2.contains(hash));
        self.returns = in_b1 || in_b2;
        if in_b1 {
            self.target = (self.target + (b2 / b1).max(1)).min(self.capacity);
            self.b1.take(hash);
        } else if in_b2 {
            self.target = self.target.saturating_sub((b1 / b2).max(1));
            self.b2.take(hash);
        } else if self.t1.len + b1 >= self.capacity {
            if b1 == 0 {
                // All that is in the cache was asked for once: the oldest goes without a ghost.
                return if full { self.t1.pop_back(nodes) } else { None };
            }
            self.b1.forget_oldest();
        } else if self.t1.len + self.t2.len + b1 + b2 >= 2 * self.capacity {
            self.b2.forget_oldest();
        }
        if full { self.replace(nodes, in_b2) } else { None }
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        if std::mem::take(&mut self.returns) {
            nodes[slot].mark = AGAIN;
            self.t2.push_front(nodes, slot);
        } else {
            self.t1.push_front(nodes, slot);
        }
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        let list = if nodes[slot].mark == AGAIN { &mut self.t2 } else { &mut self.t1 };
        list.unlink(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        let queue = |name, list: List, earned: bool| Queue {
            name,
            entries: list.iter(nodes).map(|slot| (slot, earned)).collect(),
            hand: None,
        };
        vec![queue("again", self.t2, true), queue("once", self.t1, false)]
    }
}
