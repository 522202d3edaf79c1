//! The hit ratio of LRU at many sizes at once, from one pass (Mattson, Gecsei, Slutz and Traiger, 1970).
//!
//! An LRU cache of `n` entries holds the last `n` different keys, so all sizes are parts of one list in the order of use, and
//! a request hits in every cache that is larger than the depth at which its key is found. The depth itself would
//! take a tree; here only some sizes matter, so the list carries a mark at each of them, and an entry knows between which
//! marks it stands. A request moves its entry to the front, and at each mark above its old place one entry one step on: O(sizes).

use std::hash::Hash;

use super::FixedHash;
use super::shelf::{List, NONE, Shelf, Slot};

/// LRU caches of several sizes, in one list.
#[derive(Clone, Debug)]
pub struct StackDistances<K> {
    shelf: Shelf<K, (), FixedHash>,
    list: List,
    /// The sizes, growing.
    sizes: Vec<usize>,
    /// For each size the last entry that a cache of that size holds; [`NONE`] while it is not full.
    last: Vec<Slot>,
}

impl<K: Hash + Eq> StackDistances<K> {
    /// For caches of these sizes, in any order; 0 and what comes twice is left out.
    #[must_use]
    pub fn new(sizes: &[usize]) -> StackDistances<K> {
        let mut sizes: Vec<usize> = sizes.iter().copied().filter(|&size| size > 0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let last = vec![NONE; sizes.len()];
        StackDistances { shelf: Shelf::new(FixedHash), list: List::default(), sizes, last }
    }

    /// The sizes, growing.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The next request is for `key`: the index of the smallest of the sizes that has it, or their number where none
    /// has. All larger ones have it too.
    pub fn ask(&mut self, key: K) -> usize {
        let hash = self.shelf.hash(&key);
        match self.shelf.find(hash, &key) {
            Some(slot) => {
                let group = self.shelf.nodes[slot].mark as usize;
                self.shift(group, slot);
                self.list.touch(&mut self.shelf.nodes, slot);
                self.shelf.nodes[slot].mark = 0;
                self.mark_full();
                group
            }
            None => {
                self.shift(self.sizes.len(), NONE);
                let slot = self.shelf.add(hash, key, ());
                self.list.push_front(&mut self.shelf.nodes, slot);
                if self.list.len > self.sizes.last().copied().unwrap_or(0)
                    && let Some(oldest) = self.list.pop_back(&mut self.shelf.nodes)
                {
                    self.shelf.take(oldest);
                }
                self.mark_full();
                self.sizes.len()
            }
        }
    }

    /// Whether the cache of the size with that index is full: before, it only misses what was never asked for.
    #[must_use]
    pub fn full(&self, index: usize) -> bool {
        self.last.get(index).is_some_and(|&last| last != NONE)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shelf.bytes()
    }

    /// Something comes to the front from behind the first `groups` marks: the entry at each of them falls behind it. Where
    /// the one that comes stands at a mark itself, that mark moves to the one before it.
    fn shift(&mut self, groups: usize, coming: Slot) {
        for (index, last) in self.last.iter_mut().enumerate() {
            if *last == NONE || (index >= groups && *last != coming) {
                continue;
            }
            if index < groups {
                self.shelf.nodes[*last].mark = index as u32 + 1;
            }
            *last = List::newer(&self.shelf.nodes, *last);
        }
    }

    /// Sets marks where the list has just become long enough, or where a mark of size 1 has lost its entry.
    fn mark_full(&mut self) {
        for (size, last) in self.sizes.iter().zip(&mut self.last) {
            if *last == NONE && self.list.len >= *size {
                *last = if *size == 1 { self.list.front } else { self.list.back };
            }
        }
    }
}
