//! Caches of a bounded size, one file a policy: what is thrown out when a new key comes and there is no room.
//!
//! A [`Cache`] is the same for all of them: entries, an index, a capacity. A [`Policy`] decides, and sees nothing but
//! nodes with links: what was used, what came, what goes. So each policy stands alone in its file and can be read
//! beside its paper, and all ten are compared on the same ground.
//!
//! ```
//! use sysdrill::systems::cache::Lru;
//!
//! let mut cache: Lru<&str, u32> = Lru::lru(2);
//! cache.insert("a", 1);
//! cache.insert("b", 2);
//! assert_eq!(cache.get(&"a"), Some(&1));
//! // "b" is the one that was not used for longest.
//! assert_eq!(cache.insert("c", 3), Some(("b", 2)));
//! ```
//!
//! Every operation is O(1), amortized over the table's growth, but for [`Clairvoyance`], which only exists to
//! compare with (O(log n)). What the best of them could have done is told by [`Hindsight`], what LRU will do by
//! [`che`], and what LRU of any size would have done by [`StackDistances`].

mod any;
mod arc;
pub mod che;
mod clairvoyant;
mod clock;
mod fifo;
mod ghosts;
mod hindsight;
mod lfu;
mod lru;
mod random;
mod s3_fifo;
mod shelf;
mod sieve;
mod sketch;
mod stack;
mod tiny_lfu;

use std::hash::{BuildHasher, Hash, Hasher};

pub use any::{AnyPolicy, Kind};
pub use arc::Adaptive;
pub use clairvoyant::Clairvoyance;
pub use clock::SecondChance;
pub use fifo::Arrival;
pub use hindsight::Hindsight;
pub use lfu::Frequency;
pub use lru::Recency;
pub use random::Chance;
pub use s3_fifo::ThreeQueues;
pub use shelf::{Node, Nodes, Slot};
pub use sieve::Sifting;
pub use sketch::Sketch;
pub use stack::StackDistances;
pub use tiny_lfu::Admission;

use shelf::Shelf;

/// First in, first out.
pub type Fifo<K, V, S = FixedHash> = Cache<Arrival, K, V, S>;
/// Least recently used.
pub type Lru<K, V, S = FixedHash> = Cache<Recency, K, V, S>;
/// Least frequently used, with aging.
pub type Lfu<K, V, S = FixedHash> = Cache<Frequency, K, V, S>;
/// CLOCK, or second chance.
pub type Clock<K, V, S = FixedHash> = Cache<SecondChance, K, V, S>;
/// Adaptive replacement.
pub type Arc<K, V, S = FixedHash> = Cache<Adaptive, K, V, S>;
/// SIEVE.
pub type Sieve<K, V, S = FixedHash> = Cache<Sifting, K, V, S>;
/// S3-FIFO.
pub type S3Fifo<K, V, S = FixedHash> = Cache<ThreeQueues, K, V, S>;
/// W-TinyLFU.
pub type TinyLfu<K, V, S = FixedHash> = Cache<Admission, K, V, S>;
/// Any one at random.
pub type Random<K, V, S = FixedHash> = Cache<Chance, K, V, S>;

/// What decides which entry goes. All calls but [`Policy::queues`] are made by a [`Cache`].
pub trait Policy {
    /// A key of that hash is asked for, whether it is there or not.
    fn asked(&mut self, _hash: u64) {}

    /// An entry was used.
    fn used(&mut self, nodes: &mut Nodes, slot: Slot);

    /// A key of that hash, which is not there, comes in. Where the cache is full, the answer is the entry that goes for it:
    /// the policy has taken it out of its own lists.
    fn comes(&mut self, nodes: &mut Nodes, hash: u64, full: bool) -> Option<Slot>;

    /// The key that came has its entry now.
    fn added(&mut self, nodes: &mut Nodes, slot: Slot);

    /// An entry is taken out because the user of the cache says so.
    fn removed(&mut self, nodes: &mut Nodes, slot: Slot);

    /// How the entries stand, for show. O(n).
    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>>;
}

/// Entries in the order in which a policy holds them, for show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue<K> {
    /// Its name: `main`.
    pub name: &'static str,
    /// The entries, the safest first, the next to go last; and whether each has earned another round.
    pub entries: Vec<(K, bool)>,
    /// Where the hand stands, as an index into the entries.
    pub hand: Option<usize>,
}

/// A cache of at most `capacity` entries, with a policy `P`.
///
/// The hasher is by default a fixed one, so that runs can be repeated. Where strangers choose the keys, take
/// [`std::hash::RandomState`], or they may choose keys that collide.
#[derive(Clone, Debug)]
pub struct Cache<P, K, V, S = FixedHash> {
    shelf: Shelf<K, V, S>,
    policy: P,
    capacity: usize,
}

impl<P: Policy, K: Hash + Eq, V> Cache<P, K, V> {
    /// An empty cache of `capacity` entries (1 to 2^31; what is out of range is taken to the next value in it).
    #[must_use]
    pub fn new(capacity: usize, policy: P) -> Self {
        Cache::with_hasher(capacity, policy, FixedHash)
    }
}

impl<P: Policy, K: Hash + Eq, V, S: BuildHasher> Cache<P, K, V, S> {
    /// An empty cache of `capacity` entries with a hasher of one's own.
    #[must_use]
    pub fn with_hasher(capacity: usize, policy: P, hasher: S) -> Self {
        Cache { shelf: Shelf::new(hasher), policy, capacity: in_range(capacity) }
    }

    /// How many entries it can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelf.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key, where it is there. The policy takes note.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        self.get_mut(key).map(|value| &*value)
    }

    /// The value of a key, to change, where it is there. The policy takes note.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let hash = self.shelf.hash(key);
        self.policy.asked(hash);
        let slot = self.shelf.find(hash, key)?;
        self.policy.used(&mut self.shelf.nodes, slot);
        Some(self.shelf.value_mut(slot))
    }

    /// The value of a key, where it is there. The policy is not told.
    #[must_use]
    pub fn peek(&self, key: &K) -> Option<&V> {
        self.shelf.find(self.shelf.hash(key), key).map(|slot| self.shelf.value(slot))
    }

    /// Puts a value in. Gives back the entry that had to go: the one that was evicted, or the key's own with its old value
    /// (then the entry counts as used).
    pub fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let hash = self.shelf.hash(&key);
        if let Some(slot) = self.shelf.find(hash, &key) {
            self.policy.used(&mut self.shelf.nodes, slot);
            return Some((key, std::mem::replace(self.shelf.value_mut(slot), value)));
        }
        self.put(hash, key, value).1
    }

    /// The value of a key, to change. Where it is not there, what `make` returns is put in first, and an entry may have to
    /// go for it. One search, where asking and inserting would take two.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let hash = self.shelf.hash(&key);
        self.policy.asked(hash);
        let slot = match self.shelf.find(hash, &key) {
            Some(slot) => {
                self.policy.used(&mut self.shelf.nodes, slot);
                slot
            }
            None => self.put(hash, key, make()).0,
        };
        self.shelf.value_mut(slot)
    }

    /// Takes a key out and gives back its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let slot = self.shelf.find(self.shelf.hash(key), key)?;
        self.policy.removed(&mut self.shelf.nodes, slot);
        Some(self.shelf.take(slot).1)
    }

    /// How the entries stand, for show. O(n).
    #[must_use]
    pub fn queues(&self) -> Vec<Queue<&K>> {
        let key = |(slot, earned): &(Slot, bool)| (self.shelf.key(*slot), *earned);
        let queue = |queue: Queue<Slot>| Queue {
            name: queue.name,
            entries: queue.entries.iter().map(key).collect(),
            hand: queue.hand,
        };
        self.policy.queues(&self.shelf.nodes).into_iter().map(queue).collect()
    }

    /// Puts in a key that is not there. Where it lies now, and what had to go for it.
    fn put(&mut self, hash: u64, key: K, value: V) -> (Slot, Option<(K, V)>) {
        let full = self.len() >= self.capacity;
        let victim = self.policy.comes(&mut self.shelf.nodes, hash, full);
        let evicted = victim.map(|slot| self.shelf.take(slot));
        let slot = self.shelf.add(hash, key, value);
        self.policy.added(&mut self.shelf.nodes, slot);
        (slot, evicted)
    }

    /// What decides, to look at.
    #[must_use]
    pub fn policy(&self) -> &P {
        &self.policy
    }

    /// About how many bytes it takes, without what keys and values point to.
    #[must_use]
    pub fn bytes(&self) -> usize {
        // A policy keeps at most about as much with an entry again: ghosts, counters.
        self.shelf.bytes() * 2
    }
}

fn in_range(capacity: usize) -> usize {
    capacity.clamp(1, 1 << 31)
}

/// A hasher without a secret: the same numbers on every platform and in every run. It mixes as SplitMix64 does
/// (Steele, Lea and Flood, 2014), 8 bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedHash;

/// The state of [`FixedHash`] while it hashes one key.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedHasher(u64);

impl BuildHasher for FixedHash {
    type Hasher = FixedHasher;
    fn build_hasher(&self) -> FixedHasher {
        FixedHasher::default()
    }
}

impl Hasher for FixedHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let mut z = (self.0 ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = z ^ (z >> 31);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests;
