//! Keys that were evicted and are still remembered: their hashes in the order in which they went.

use super::shelf::{List, Shelf};
use super::{FixedHash, Slot};

/// The hashes of the last keys that went, the newest first.
#[derive(Clone, Debug)]
pub(super) struct Ghosts {
    /// Without keys: the hash of an entry is all that is known of it.
    shelf: Shelf<(), (), FixedHash>,
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

    /// Remembers one that is not remembered: what is in a cache is no ghost of it. (Two keys of one hash may be here both; each
    /// is found once.)
    pub(super) fn push(&mut self, hash: u64) {
        let slot = self.shelf.add(hash, (), ());
        self.list.push_front(&mut self.shelf.nodes, slot);
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
        self.shelf.find(hash, &())
    }
}
