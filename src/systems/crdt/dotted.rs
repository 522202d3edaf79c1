//! Values with the dots of the changes that wrote them, and which dots were ever seen: the ground that a register with
//! siblings and sets without tombstones stand on.
//!
//! A dot that was seen and is not there any more has been removed: the context says it, and nobody needs a tombstone.
//! A replica sees the changes of each other one from the first on, so what it has seen is one number a replica (Bieniusa et al.
//! 2012, "An optimized conflict-free replicated set"). Deltas that come out of order leave gaps; what lies beyond a gap is kept dot
//! by dot until the gap closes (Almeida, Shoker and Baquero 2018, section 7).

use std::collections::{BTreeMap, BTreeSet};

use super::{DOT, Dot, Footprint, Join, Replica};

/// The changes that were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Of each replica all changes up to this one: a version vector.
    upto: BTreeMap<Replica, u64>,
    /// What lies beyond a gap.
    cloud: BTreeSet<Dot>,
}

impl Context {
    /// Whether this change was seen. O(log size).
    #[must_use]
    pub fn contains(&self, dot: Dot) -> bool {
        dot.count <= self.count(dot.replica) || self.cloud.contains(&dot)
    }

    /// How many changes of a replica were seen, up to the first gap.
    #[must_use]
    pub fn count(&self, replica: Replica) -> u64 {
        self.upto.get(&replica).copied().unwrap_or(0)
    }

    /// The next change of a replica that sees all its own, which is seen from now on.
    pub fn next(&mut self, replica: Replica) -> Dot {
        let count = self.upto.entry(replica).or_default();
        *count += 1;
        Dot { count: *count, replica }
    }

    /// This change is seen from now on.
    pub fn insert(&mut self, dot: Dot) {
        if !self.contains(dot) {
            self.cloud.insert(dot);
            self.close_gaps();
        }
    }

    /// All that `other` has seen is seen from now on.
    pub fn join(&mut self, other: &Context) {
        for (&replica, &count) in &other.upto {
            let own = self.upto.entry(replica).or_default();
            *own = count.max(*own);
        }
        self.cloud.extend(&other.cloud);
        self.close_gaps();
    }

    /// What it takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        (self.upto.len() + self.cloud.len()) * DOT
    }

    /// A set goes by count first, so one pass closes every gap that can be closed.
    fn close_gaps(&mut self) {
        let upto = &mut self.upto;
        self.cloud.retain(|dot| {
            let count = upto.get(&dot.replica).copied().unwrap_or(0);
            if dot.count == count + 1 {
                upto.insert(dot.replica, dot.count);
            }
            dot.count > count + 1
        });
    }
}

/// Keys, each with the dots of the changes that put it there and were not taken back since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dotted<K> {
    /// No key is without a dot; dots are in order.
    live: BTreeMap<K, Vec<Dot>>,
    seen: Context,
}

impl<K> Default for Dotted<K> {
    fn default() -> Self {
        Dotted { live: BTreeMap::new(), seen: Context::default() }
    }
}

impl<K: Ord + Clone> Dotted<K> {
    /// Puts a key in the place of some others (of itself too, where it is named). Returns the delta. O(log keys).
    pub fn put(&mut self, replica: Replica, key: K, instead_of: &[K]) -> Dotted<K> {
        let mut delta = self.clear(instead_of);
        let dot = self.seen.next(replica);
        let dots = self.live.entry(key.clone()).or_default();
        dots.push(dot);
        dots.sort_unstable();
        delta.live.insert(key, vec![dot]);
        delta.seen.insert(dot);
        delta
    }

    /// Takes keys away as far as they were seen here. Returns the delta, which names the dots that went.
    pub fn clear(&mut self, keys: &[K]) -> Dotted<K> {
        let mut delta = Dotted::default();
        for key in keys {
            for dot in self.live.remove(key).into_iter().flatten() {
                delta.seen.insert(dot);
            }
        }
        delta
    }

    /// The dots of a key; none where it is not there. O(log keys).
    #[must_use]
    pub fn dots(&self, key: &K) -> &[Dot] {
        self.live.get(key).map_or(&[], Vec::as_slice)
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.live.keys()
    }

    /// How many dots all keys have.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.values().map(Vec::len).sum()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// The changes that were seen.
    #[must_use]
    pub fn seen(&self) -> &Context {
        &self.seen
    }
}

impl<K: Ord + Clone> Join for Dotted<K> {
    fn join(&mut self, other: &Dotted<K>) {
        // A dot stays where both have it, or where the other one has not seen it.
        self.live.retain(|key, dots| {
            let theirs = other.dots(key);
            dots.retain(|&dot| theirs.contains(&dot) || !other.seen.contains(dot));
            !dots.is_empty()
        });
        for (key, dots) in &other.live {
            let mut new = dots.iter().copied().filter(|&dot| !self.seen.contains(dot)).peekable();
            if new.peek().is_some() {
                let own = self.live.entry(key.clone()).or_default();
                own.extend(new);
                own.sort_unstable();
            }
        }
        self.seen.join(&other.seen);
    }

    fn footprint(&self) -> Footprint {
        let payload = self.live.len() * size_of::<K>();
        Footprint { payload, metadata: self.len() * DOT + self.seen.bytes() }
    }
}
