//! Vector clocks (Fidge 1988, Mattern 1989): how many events of each node an event can know of.
//!
//! That is all there is to know of causality, so comparing two vectors tells exactly which came before, or that neither
//! did. No smaller stamp can (Charron-Bost 1991): with n nodes it takes n numbers.

/// How two events stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Causality {
    /// They are the same.
    Same,
    /// The first happened before the second.
    Before,
    /// The second happened before the first.
    After,
    /// Neither can have caused the other.
    Concurrent,
}

/// The vector of one node; a copy of it is the stamp of an event. A node that it has no number for counts as 0, so nodes may be
/// added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VectorClock {
    counts: Vec<u64>,
}

impl VectorClock {
    /// Of so many nodes, none of which has done anything.
    #[must_use]
    pub fn new(nodes: usize) -> VectorClock {
        VectorClock { counts: vec![0; nodes] }
    }

    /// Something happens at `node`, whose clock this is.
    pub fn tick(&mut self, node: usize) {
        if node >= self.counts.len() {
            self.counts.resize(node + 1, 0);
        }
        self.counts[node] = self.counts[node].saturating_add(1);
    }

    /// A message with that stamp arrives at `node`, whose clock this is: it now knows what the sender knew.
    pub fn receive(&mut self, node: usize, stamp: &VectorClock) {
        self.merge(stamp);
        self.tick(node);
    }

    /// Takes the larger of each number: what either knew.
    pub fn merge(&mut self, other: &VectorClock) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (own, other) in self.counts.iter_mut().zip(&other.counts) {
            *own = (*own).max(*other);
        }
    }

    /// How this event stands to another one. O(nodes).
    #[must_use]
    pub fn compare(&self, other: &VectorClock) -> Causality {
        let (mut less, mut more) = (false, false);
        for node in 0..self.counts.len().max(other.counts.len()) {
            let (own, other) = (self.count(node), other.count(node));
            less |= own < other;
            more |= own > other;
        }
        match (less, more) {
            (false, false) => Causality::Same,
            (true, false) => Causality::Before,
            (false, true) => Causality::After,
            (true, true) => Causality::Concurrent,
        }
    }

    /// How many events of a node it knows of.
    #[must_use]
    pub fn count(&self, node: usize) -> u64 {
        self.counts.get(node).copied().unwrap_or(0)
    }

    /// The numbers.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}
