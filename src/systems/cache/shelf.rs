//! Where the entries of a cache lie: in one vector, found by their key, and linked into lists by their places.
//!
//! A textbook links entries by pointers. Here a link is the number of a place in a vector, so that a cache is safe
//! code, lies close together in memory, and is copied by copying a vector. The index from keys to places is a hash
//! table with chains (Knuth, volume 3, section 6.4): a bucket is the number of the first place of its chain, 4 bytes, and each
//! node holds the number of the next. With four times as many buckets as entries at least, nearly all chains have one.
//! What a policy works on, links and marks ([`Nodes`]), knows neither keys nor values.
//!
//! A chain forgets an entry without a trace, unlike open addressing, where the hole must be marked or closed. So
//! a cache that evicts for days finds as quickly as on its first day. And it needs no search to put one in: where half of all
//! requests are misses, as they often are, that counts.

use std::hash::{BuildHasher, Hash};
use std::ops::{Index, IndexMut};

/// The number of a place.
pub type Slot = u32;

/// No place: the end of a list or a chain, an empty bucket.
pub(super) const NONE: Slot = u32::MAX;
/// What a free place has for a link. There are at most 2^31 places.
const FREE: Slot = u32::MAX - 1;

/// What a policy sees of the entries: a node for each place.
#[derive(Clone, Debug, Default)]
pub struct Nodes(Vec<Node>);

/// What a policy sees of one entry.
#[derive(Clone, Debug)]
pub struct Node {
    /// The hash of its key: it stands for the key where that is no longer kept.
    pub(super) hash: u64,
    /// What the policy keeps with the entry: a bit, a count, which queue it is in.
    pub(super) mark: u32,
    next: Slot,
    /// [`FREE`] where the place is.
    prev: Slot,
    /// The next entry of the same bucket.
    chain: Slot,
}

impl Nodes {
    /// How many places there are, free ones included: a hand goes round over `0..places()`.
    pub(super) fn places(&self) -> Slot {
        self.0.len() as Slot
    }

    /// Whether there is an entry in a place.
    pub(super) fn used(&self, slot: Slot) -> bool {
        self[slot].prev != FREE
    }
}

impl Index<Slot> for Nodes {
    type Output = Node;
    fn index(&self, slot: Slot) -> &Node {
        &self.0[slot as usize]
    }
}

impl IndexMut<Slot> for Nodes {
    fn index_mut(&mut self, slot: Slot) -> &mut Node {
        &mut self.0[slot as usize]
    }
}

/// Entries with keys `K` and values `V`.
#[derive(Clone, Debug)]
pub(super) struct Shelf<K, V, S> {
    pub(super) nodes: Nodes,
    /// By place; nothing in a free one.
    pairs: Vec<Option<(K, V)>>,
    /// Free places, linked by `next`.
    free: Slot,
    len: usize,
    /// The first entry of each chain. A power of two of them, at least four times the entries.
    buckets: Vec<Slot>,
    /// How far a mixed hash is shifted to give its bucket.
    shift: u32,
    hasher: S,
}

impl<K, V, S> Shelf<K, V, S> {
    /// An empty one. It takes memory as it fills.
    pub(super) fn new(hasher: S) -> Self {
        let (nodes, pairs, buckets) = (Nodes::default(), Vec::new(), vec![NONE; 8]);
        Shelf { nodes, pairs, free: NONE, len: 0, buckets, shift: 61, hasher }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let entry = size_of::<Node>() + size_of::<Option<(K, V)>>();
        self.pairs.len() * entry + self.buckets.len() * size_of::<Slot>()
    }

    /// The key at a place in use.
    pub(super) fn key(&self, slot: Slot) -> &K {
        &self.pairs[slot as usize].as_ref().expect("a place in use").0
    }

    /// The value at a place in use.
    pub(super) fn value(&self, slot: Slot) -> &V {
        &self.pairs[slot as usize].as_ref().expect("a place in use").1
    }

    /// The value at a place in use, to change.
    pub(super) fn value_mut(&mut self, slot: Slot) -> &mut V {
        &mut self.pairs[slot as usize].as_mut().expect("a place in use").1
    }

    /// Takes an entry out. It must be in no list any more.
    pub(super) fn take(&mut self, slot: Slot) -> (K, V) {
        self.forget(slot);
        let node = &mut self.nodes[slot];
        (node.prev, node.next) = (FREE, self.free);
        self.free = slot;
        self.len -= 1;
        self.pairs[slot as usize].take().expect("a place in use")
    }

    /// The bucket of a hash: the high bits of a product, so that all bits of a weak hash count.
    fn bucket(&self, hash: u64) -> usize {
        (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    /// Puts an entry at the head of its chain.
    fn enter(&mut self, slot: Slot) {
        let bucket = self.bucket(self.nodes[slot].hash);
        self.nodes[slot].chain = std::mem::replace(&mut self.buckets[bucket], slot);
    }

    fn grow(&mut self) {
        self.buckets = vec![NONE; self.buckets.len() * 2];
        self.shift -= 1;
        for slot in 0..self.nodes.places() {
            if self.nodes.used(slot) {
                self.enter(slot);
            }
        }
    }

    /// Takes an entry out of its chain.
    fn forget(&mut self, slot: Slot) {
        let Node { hash, chain, .. } = self.nodes[slot];
        let bucket = self.bucket(hash);
        let mut at = self.buckets[bucket];
        if at == slot {
            self.buckets[bucket] = chain;
            return;
        }
        while self.nodes[at].chain != slot {
            at = self.nodes[at].chain;
        }
        self.nodes[at].chain = chain;
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> Shelf<K, V, S> {
    /// The hash of a key.
    pub(super) fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The place of a key with that hash.
    pub(super) fn find(&self, hash: u64, key: &K) -> Option<Slot> {
        let mut at = self.buckets[self.bucket(hash)];
        while at != NONE {
            let node = &self.nodes[at];
            if node.hash == hash && self.pairs[at as usize].as_ref().is_some_and(|(held, _)| held == key) {
                return Some(at);
            }
            at = node.chain;
        }
        None
    }

    /// Puts in a key with that hash that is not there. It is in no list yet, and its mark is 0.
    pub(super) fn add(&mut self, hash: u64, key: K, value: V) -> Slot {
        if (self.len + 1) * 4 > self.buckets.len() {
            self.grow();
        }
        let node = Node { hash, mark: 0, next: NONE, prev: NONE, chain: NONE };
        let slot = self.free;
        let slot = if slot == NONE {
            self.nodes.0.push(node);
            self.pairs.push(Some((key, value)));
            self.nodes.places() - 1
        } else {
            self.free = self.nodes[slot].next;
            self.nodes[slot] = node;
            self.pairs[slot as usize] = Some((key, value));
            slot
        };
        self.len += 1;
        self.enter(slot);
        slot
    }
}

/// A list of entries, linked through their nodes. An entry is in at most one.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// The newest.
    pub(super) front: Slot,
    /// The oldest.
    pub(super) back: Slot,
    pub(super) len: usize,
}

impl Default for List {
    fn default() -> List {
        List { front: NONE, back: NONE, len: 0 }
    }
}

impl List {
    /// Puts an entry that is in no list to the front.
    pub(super) fn push_front(&mut self, nodes: &mut Nodes, slot: Slot) {
        let node = &mut nodes[slot];
        (node.prev, node.next) = (NONE, self.front);
        if self.front == NONE {
            self.back = slot;
        } else {
            nodes[self.front].prev = slot;
        }
        self.front = slot;
        self.len += 1;
    }

    /// Takes an entry of this list out of it.
    pub(super) fn unlink(&mut self, nodes: &mut Nodes, slot: Slot) {
        let Node { prev, next, .. } = nodes[slot];
        if prev == NONE {
            self.front = next;
        } else {
            nodes[prev].next = next;
        }
        if next == NONE {
            self.back = prev;
        } else {
            nodes[next].prev = prev;
        }
        self.len -= 1;
    }

    /// Moves an entry of this list to its front. What LRU does at every hit, so it is not an unlink and a push: the length
    /// stays, and something stands before and behind it.
    pub(super) fn touch(&mut self, nodes: &mut Nodes, slot: Slot) {
        let front = self.front;
        if front == slot {
            return;
        }
        let node = &mut nodes[slot];
        let (prev, next) = (node.prev, node.next);
        (node.prev, node.next) = (NONE, front);
        nodes[front].prev = slot;
        self.front = slot;
        nodes[prev].next = next;
        if next == NONE {
            self.back = prev;
        } else {
            nodes[next].prev = prev;
        }
    }

    /// Takes the oldest entry out, where there is one.
    pub(super) fn pop_back(&mut self, nodes: &mut Nodes) -> Option<Slot> {
        let slot = self.back;
        (slot != NONE).then(|| {
            self.unlink(nodes, slot);
            slot
        })
    }

    /// The entry next to this one towards the front; [`NONE`] at the front.
    pub(super) fn newer(nodes: &Nodes, slot: Slot) -> Slot {
        nodes[slot].prev
    }

    /// Its entries from the front to the back.
    pub(super) fn iter(self, nodes: &Nodes) -> impl Iterator<Item = Slot> {
        std::iter::successors(Some(self.front), |&slot| Some(nodes[slot].next)).take(self.len)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::hash::BuildHasherDefault;

    use proptest::prelude::*;

    use super::*;
    use crate::systems::cache::FixedHash;

    /// All keys fall into few buckets: whatever goes wrong in a chain goes wrong here.
    #[derive(Clone, Default)]
    struct Clumsy(u64);

    impl std::hash::Hasher for Clumsy {
        fn write(&mut self, _: &[u8]) {}
        fn write_u64(&mut self, key: u64) {
            self.0 = key % 5;
        }
        fn finish(&self) -> u64 {
            self.0
        }
    }

    fn check<S: BuildHasher>(hasher: S, acts: &[(u8, u64)]) -> Result<(), TestCaseError> {
        let mut shelf: Shelf<u64, u64, S> = Shelf::new(hasher);
        let mut model = BTreeMap::new();
        for (round, &(act, key)) in (0..).zip(acts) {
            match (act, shelf.find(shelf.hash(&key), &key)) {
                (0, Some(slot)) => {
                    prop_assert_eq!(Some(shelf.take(slot)), model.remove(&key).map(|value| (key, value)));
                }
                (_, Some(slot)) => {
                    *shelf.value_mut(slot) = round;
                    prop_assert!(model.insert(key, round).is_some());
                }
                (_, None) => {
                    shelf.add(shelf.hash(&key), key, round);
                    prop_assert!(model.insert(key, round).is_none());
                }
            }
            prop_assert_eq!(shelf.len(), model.len());
        }
        for key in 0..64 {
            let found = shelf.find(shelf.hash(&key), &key).map(|slot| *shelf.value(slot));
            prop_assert_eq!(found, model.get(&key).copied());
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(acts in prop::collection::vec((0..3_u8, 0..64_u64), 0..300)) {
            check(FixedHash, &acts)?;
            check(BuildHasherDefault::<Clumsy>::default(), &acts)?;
        }
    }

    #[test]
    fn a_list_keeps_its_order() {
        let mut shelf: Shelf<u32, (), FixedHash> = Shelf::new(FixedHash);
        let mut list = List::default();
        for key in 0..4 {
            let slot = shelf.add(shelf.hash(&key), key, ());
            list.push_front(&mut shelf.nodes, slot);
        }
        let keys = |shelf: &Shelf<u32, (), FixedHash>, list: List| {
            list.iter(&shelf.nodes).map(|slot| *shelf.key(slot)).collect::<Vec<_>>()
        };
        assert_eq!(keys(&shelf, list), [3, 2, 1, 0]);
        list.touch(&mut shelf.nodes, 1);
        list.touch(&mut shelf.nodes, 0);
        assert_eq!(keys(&shelf, list), [0, 1, 3, 2]);
        list.unlink(&mut shelf.nodes, 3);
        shelf.take(3);
        assert_eq!(keys(&shelf, list), [0, 1, 2]);
        assert_eq!((list.back, list.len), (2, 3));
    }
}
