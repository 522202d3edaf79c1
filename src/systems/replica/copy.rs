//! What one node has on its disk: a cell for each key, how far it has come in a log, and a Merkle tree over all of it.
//!
//! Protocols without a leader join cells ([`LocalCopy::join`]). Those with one apply the entries of a log in its order
//! ([`LocalCopy::apply`]), and the position of the last entry says all there is to say of how far behind a copy is.
//!
//! Two copies that may differ anywhere find out where by comparing hashes from the root down (Merkle 1987; DeCandia et al. 2007
//! for this use): where two subtrees agree nothing below them is sent. A leaf's hash is the exclusive or of the hashes of its
//! cells, so a changed cell costs O(log leaves) and no other cell is read. Keys belong to leaves by their hash.

use std::collections::BTreeMap;

use super::{Cell, Key, Merge, Version, VersionVector};

/// How many leaves the Merkle tree has.
pub const LEAVES: usize = 16;
/// The place of the root; the children of a place `p` are `2p` and `2p + 1`, the leaves are the places from [`LEAVES`] on.
pub const ROOT: usize = 1;

/// One node's copy of the data. What it holds survives a crash of its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCopy {
    rule: Merge,
    cells: BTreeMap<Key, Cell>,
    /// The hashes of the tree by their places; the first is not used.
    hashes: [u64; 2 * LEAVES],
    position: u64,
}

/// The place of the leaf that a key belongs to.
#[must_use]
pub fn leaf_of(key: Key) -> usize {
    LEAVES + (mixed(u64::from(key)) as usize) % LEAVES
}

/// The finalizer of SplitMix64 (Steele et al., 2014): every bit of the input changes every bit of the output.
fn mixed(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The hash of a key with what it holds and what was seen of it.
pub(super) fn hash_of(key: Key, cell: &Cell) -> u64 {
    let versions =
        cell.versions().iter().flat_map(|held| [held.stamp.time, held.stamp.node as u64, held.value]);
    let seen = cell.seen().iter().flat_map(|(node, time)| [node as u64, time]);
    versions.chain(seen).fold(mixed(u64::from(key)), |hash, word| mixed(hash ^ word))
}

impl LocalCopy {
    /// A copy in which nothing was written, and which joins cells by that rule.
    #[must_use]
    pub fn new(rule: Merge) -> LocalCopy {
        let mut copy = LocalCopy { rule, cells: BTreeMap::new(), hashes: [0; 2 * LEAVES], position: 0 };
        (LEAVES..2 * LEAVES).for_each(|leaf| copy.rehash(leaf, 0));
        copy
    }

    /// The rule by which it joins cells.
    #[must_use]
    pub fn rule(&self) -> Merge {
        self.rule
    }

    /// What a key holds; nothing where it was never written.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&Cell> {
        self.cells.get(&key)
    }

    /// The newest version of a key: its value where there is one only.
    #[must_use]
    pub fn newest(&self, key: Key) -> Option<Version> {
        self.get(key).and_then(Cell::newest)
    }

    /// All keys that were written, with what they hold, by key.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Cell)> {
        self.cells.iter().map(|(key, cell)| (*key, cell))
    }

    /// Takes in what another copy holds for a key. Returns whether anything is new.
    pub fn join(&mut self, key: Key, cell: &Cell) -> bool {
        let rule = self.rule;
        self.change(key, |mine| mine.join(cell, rule))
    }

    /// A client writes to a key here, having read `context` ([`Cell::write`]). Returns what the key holds now.
    pub fn write(&mut self, key: Key, written: Version, context: &VersionVector) -> Cell {
        let rule = self.rule;
        self.change(key, |mine| mine.write(written, context, rule));
        self.cells.get(&key).cloned().unwrap_or_default()
    }

    /// The key holds this from now on, whatever it held: what a leader says, or what a store does that compares no versions.
    pub fn put(&mut self, key: Key, cell: Cell) {
        self.change(key, |mine| *mine = cell);
    }

    /// Applies the entry at a position of a log: the key holds this version and nothing else. Entries are applied one after the
    /// other, from position 1 on: returns false, and nothing happens, where it is not the next one.
    pub fn apply(&mut self, position: u64, key: Key, version: Version) -> bool {
        let next = position == self.position + 1;
        if next {
            self.position = position;
            self.put(key, Cell::of(version));
        }
        next
    }

    /// The position of the last entry that was applied; 0 where none was.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The hash at a place of the tree: the same in two copies where, but for a chance of 2^-64, all below it is the same.
    #[must_use]
    pub fn hash(&self, place: usize) -> u64 {
        self.hashes.get(place).copied().unwrap_or(0)
    }

    /// The hash of what a key holds; 0 where it was never written.
    #[must_use]
    pub fn cell_hash(&self, key: Key) -> u64 {
        self.get(key).map_or(0, |cell| hash_of(key, cell))
    }

    /// The keys of a leaf with what they hold. O(keys of the copy).
    pub fn cells_of(&self, leaf: usize) -> impl Iterator<Item = (Key, &Cell)> {
        self.iter().filter(move |(key, _)| leaf_of(*key) == leaf)
    }

    fn change<T>(&mut self, key: Key, change: impl FnOnce(&mut Cell) -> T) -> T {
        let cell = self.cells.entry(key).or_default();
        let before = if cell.is_empty() { 0 } else { hash_of(key, cell) };
        let returned = change(cell);
        let after = if cell.is_empty() { 0 } else { hash_of(key, cell) };
        if cell.is_empty() {
            self.cells.remove(&key);
        }
        if before != after {
            self.rehash(leaf_of(key), before ^ after);
        }
        returned
    }

    /// Changes a leaf's hash by these bits, and those above it with it.
    fn rehash(&mut self, leaf: usize, bits: u64) {
        self.hashes[leaf] ^= bits;
        let mut place = leaf / 2;
        while place >= ROOT {
            self.hashes[place] =
                mixed(self.hashes[2 * place].rotate_left(1) ^ mixed(self.hashes[2 * place + 1]));
            place /= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};
    use crate::systems::replica::Stamp;

    fn version(time: u64) -> Version {
        Version { stamp: Stamp { time, node: 0 }, value: time * 10 }
    }

    #[test]
    fn a_log_is_applied_in_its_order_and_once() {
        let mut copy = LocalCopy::new(Merge::LastWrite);
        assert!(!copy.apply(2, 0, version(2)), "1 is missing");
        assert!(copy.apply(1, 0, version(1)) && copy.apply(2, 0, version(2)));
        assert!(!copy.apply(2, 0, version(9)), "a second time");
        assert_eq!((copy.position(), copy.newest(0)), (2, Some(version(2))));
    }

    #[test]
    fn an_older_version_does_not_replace_a_newer_one_unless_it_is_put() {
        let mut copy = LocalCopy::new(Merge::LastWrite);
        assert!(copy.join(7, &Cell::of(version(5))));
        assert!(!copy.join(7, &Cell::of(version(4))));
        assert_eq!(copy.newest(7), Some(version(5)));
        copy.put(7, Cell::of(version(4)));
        assert_eq!(copy.newest(7), Some(version(4)));
    }

    /// Whatever the order of the writes: trees agree exactly where the cells do, and the way down leads to what differs.
    #[test]
    fn trees_differ_where_cells_do_and_nowhere_else() {
        for seed in 0..200 {
            let mut rng = Rng::stream(Seed(seed), "keys");
            let writes: Vec<(Key, u64)> = (1..40).map(|time| (rng.below(30) as Key, time)).collect();
            let mut one = LocalCopy::new(Merge::LastWrite);
            for &(key, time) in &writes {
                one.join(key, &Cell::of(version(time)));
            }
            let mut other = LocalCopy::new(Merge::LastWrite);
            for &(key, time) in writes.iter().rev() {
                other.join(key, &Cell::of(version(time)));
            }
            assert_eq!(one, other);
            let missed = writes[rng.below(39) as usize].0;
            other.put(missed, Cell::of(version(0)));
            let mut place = ROOT;
            while place < LEAVES {
                let differ: Vec<usize> = [2 * place, 2 * place + 1]
                    .into_iter()
                    .filter(|&p| one.hash(p) != other.hash(p))
                    .collect();
                assert!(one.hash(place) != other.hash(place) && differ.len() == 1, "{differ:?}");
                place = differ[0];
            }
            assert_eq!(place, leaf_of(missed));
            assert!(one.cells_of(place).any(|(key, _)| key == missed));
            other.join(missed, &Cell::of(one.newest(missed).expect("it was written")));
            assert_eq!(one.hash(ROOT), other.hash(ROOT));
        }
    }

    #[test]
    fn keys_spread_over_the_leaves() {
        let mut leaves = [0; LEAVES];
        (0..1_600).for_each(|key| leaves[leaf_of(key) - LEAVES] += 1);
        // 100 each, standard deviation 9.7: within four of them.
        assert!(leaves.iter().all(|count| (61..=139).contains(count)), "{leaves:?}");
    }
}
