//! W-TinyLFU: a door that asks how often (Einziger, Friedman, Manes: ACM Transactions on Storage, 2017).
//!
//! New keys come into a window of 1% of the cache. What falls out of it must show at the door of the main part that it
//! was asked for more often than the entry that would go for it; a [`Sketch`] remembers how often, also of keys that are
//! not in the cache. The main part is an LRU in two segments: what is used there moves to the protected one, 80% of
//! it. Caffeine and `moka` are built on this. (They also let a loser in now and then, against keys chosen to collide, and tune the
//! window; this one does neither.)

use super::shelf::{List, NONE};
use super::sketch::Sketch;
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::TinyLfu`].
#[derive(Clone, Debug)]
pub struct Admission {
    sketch: Sketch,
    window: List,
    probation: List,
    protected: List,
    window_room: usize,
    protected_room: usize,
}

/// Marks: where an entry stands.
const WINDOW: u32 = 0;
const PROBATION: u32 = 1;
const PROTECTED: u32 = 2;

impl<K: Hash + Eq, V> Cache<Admission, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts as W-TinyLFU does.
    #[must_use]
    pub fn tiny_lfu(capacity: usize) -> Self {
        Cache::new(capacity, Admission::new(capacity))
    }
}

impl Admission {
    /// The policy of a cache of that capacity: 1% window, and 80% of the rest protected.
    #[must_use]
    pub fn new(capacity: usize) -> Admission {
        let window_room = (capacity / 100).max(1);
        Admission {
            sketch: Sketch::new(capacity),
            window: List::default(),
            probation: List::default(),
            protected: List::default(),
            window_room,
            protected_room: capacity.saturating_sub(window_room) * 4 / 5,
        }
    }

    fn list(&mut self, mark: u32) -> &mut List {
        match mark {
            WINDOW => &mut self.window,
            PROBATION => &mut self.probation,
            _ => &mut self.protected,
        }
    }

    fn push(&mut self, nodes: &mut Nodes, slot: Slot, mark: u32) {
        nodes[slot].mark = mark;
        self.list(mark).push_front(nodes, slot);
    }

    /// The entry that would go from the main part.
    fn main_victim(&self) -> Slot {
        if self.probation.back == NONE { self.protected.back } else { self.probation.back }
    }
}

impl Policy for Admission {
    fn asked(&mut self, hash: u64) {
        self.sketch.add(hash);
    }

    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        let mark = nodes[slot].mark;
        if mark != PROBATION {
            self.list(mark).touch(nodes, slot);
            return;
        }
        self.probation.unlink(nodes, slot);
        self.push(nodes, slot, PROTECTED);
        if self.protected.len > self.protected_room
            && let Some(oldest) = self.protected.pop_back(nodes)
        {
            self.push(nodes, oldest, PROBATION);
        }
    }

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        // Where the cache is full, so are the window and the main part.
        let candidate = full.then(|| self.window.pop_back(nodes))??;
        let victim = self.main_victim();
        if victim == NONE || self.sketch.count(nodes[candidate].hash) <= self.sketch.count(nodes[victim].hash)
        {
            return Some(candidate);
        }
        self.removed(nodes, victim);
        self.push(nodes, candidate, PROBATION);
        Some(victim)
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.push(nodes, slot, WINDOW);
        // While there is room in the main part nobody is asked at its door.
        if self.window.len > self.window_room
            && let Some(oldest) = self.window.pop_back(nodes)
        {
            self.push(nodes, oldest, PROBATION);
        }
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        let mark = nodes[slot].mark;
        self.list(mark).unlink(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        let queue = |name, list: List, earned: bool| Queue {
            name,
            entries: list.iter(nodes).map(|slot| (slot, earned)).collect(),
            hand: None,
        };
        vec![
            queue("protected", self.protected, true),
            queue("probation", self.probation, false),
            queue("window", self.window, false),
        ]
    }
}
