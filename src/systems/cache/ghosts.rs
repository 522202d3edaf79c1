//! Keys that were evicted and are still remembered: their hashes in the order in which they went.

use super::shelf::{List, Shelf};
use super::{FixedHash, Slot};

/// The hashes of the last keys that went, the newest first.
#[derive(Clone, Debug)]
pub(super) struct Ghosts {
    shelf: Shelf<u64, (), FixedHash>,
    list: List,
}

impl Default for Ghosts {
    fn default() -> Ghosts {
        Ghosts { shelf: Shelf::new(FixedHash), list: List::default() }
    }
}

impl Ghosts {
    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.list.len
    }

    /// Remembers one; where it is known already it becomes the newest.
    pub(super) fn push(&mut self, hash: u64) {
        match self.find(hash) {
            Some(slot) => self.list.touch(&mut self.shelf.nodes, slot),
            None => {
                let slot = self.shelf.add(self.shelf.hash(&hash), hash, ());
                self.list.push_front(&mut self.shelf.nodes, slot);
            }
        }
    }

    /// Whether it is remembered.
    pub(super) fn contains(&self, hash: u64) -> bool {
        self.find(hash).is_some()
    }

    /// Forgets one and says whether it was remembered.
    pub(super) fn take(&mut self, hash: u64) -> bool {
        self.find(hash).is_some_and(|slot| {
            self.list.unlink(&mut self.shelf.nodes, slot);
            self.shelf.take(slot);
            true
        })
    }

    /// Forgets the oldest.
    pub(super) fn forget_oldest(&mut self) {
        if let Some(slot) = self.list.pop_back(&mut self.shelf.nodes) {
            self.shelf.take(slot);
        }
    }

    fn find(&self, hash: u64) -> Option<Slot> {
        self.shelf.find(self.shelf.hash(&hash), &hash)
    }
}
