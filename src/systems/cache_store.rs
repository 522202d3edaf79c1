//! A cache that can refuse a value which came too late: times to live, leases, versions.
//!
//! Whoever fills a cache carries a value that was read some time ago. Between the read and the fill the value may have been
//! changed and the cached copy deleted; a plain `set` then stores what nobody will ever delete. Two cures, both kept by
//! the cache, since it alone sees the order in which things reach it:
//!
//! * A **lease** for readers (R. Nishtala et al., *Scaling Memcache at Facebook*, NSDI 2013, section 3.2.1): a miss
//!   hands out a token, a delete or a set voids it, and a fill needs a token that still holds. Only one is out at a time, so
//!   a thousand readers who miss together make one fill.
//! * A **version** for writers who store the new value themselves: an older one never replaces a newer one. The version
//!   outlives the value, or a late writer would win against an empty place.
//!
//! A plain [`CacheStore::set`] checks nothing, as most caches in use.

use std::collections::BTreeMap;

use crate::sim::Nanos;

/// The right to fill a key once, unless it is deleted or set before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease(u64);

/// What a look into the cache gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Got<V> {
    /// The value.
    Hit(V),
    /// None is there. The lease is for who asked first; the others get none, and wait or read past the cache.
    Miss(Option<Lease>),
}

/// A value with its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept<V> {
    value: V,
    until: Nanos,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug)]
struct Slot<V> {
    kept: Option<Kept<V>>,
    /// The highest version that was stored with [`CacheStore::set_newer`].
    version: u64,
    /// The lease that is out, and until when.
    lease: Option<(Lease, Nanos)>,
}

/// Values by key, each for a time. Every call is O(log n). Nothing is evicted for want of room, and a key that was once
/// here keeps its version: this is about order, not about size.
#[derive(Clone, Debug)]
pub struct CacheStore<K, V> {
    slots: BTreeMap<K, Slot<V>>,
    lease_lasts: Nanos,
    leases: u64,
}

impl<K: Ord + Copy, V: Copy> CacheStore<K, V> {
    /// An empty cache. A lease that was not used for `lease_lasts` is given to another reader (10 s at Facebook).
    #[must_use]
    pub fn new(lease_lasts: Nanos) -> CacheStore<K, V> {
        CacheStore { slots: BTreeMap::new(), lease_lasts, leases: 0 }
    }

    /// Looks a key up, and on a miss takes out a lease where none is out.
    pub fn get(&mut self, now: Nanos, key: K) -> Got<V> {
        let lasts = self.lease_lasts;
        let slot = self.slots.entry(key).or_insert(Slot { kept: None, version: 0, lease: None });
        match slot.kept.filter(|kept| kept.until > now) {
            Some(kept) => Got::Hit(kept.value),
            None if slot.lease.is_some_and(|(_, until)| until > now) => Got::Miss(None),
            None => {
                self.leases += 1;
                let lease = Lease(self.leases);
                slot.lease = Some((lease, now + lasts));
                Got::Miss(Some(lease))
            }
        }
    }

    /// The value of a key, without taking out a lease.
    #[must_use]
    pub fn peek(&self, now: Nanos, key: K) -> Option<V> {
        let kept = self.slots.get(&key)?.kept.filter(|kept| kept.until > now)?;
        Some(kept.value)
    }

    /// Stores what a reader has read, if his lease still holds. Whether it did.
    pub fn fill(&mut self, now: Nanos, key: K, value: V, ttl: Nanos, lease: Lease) -> bool {
        match self.slots.get_mut(&key) {
            Some(slot) if slot.lease.is_some_and(|(out, _)| out == lease) => {
                slot.lease = None;
                slot.kept = Some(Kept { value, until: now + ttl });
                true
            }
            _ => false,
        }
    }

    /// Stores a value whatever else has happened.
    pub fn set(&mut self, now: Nanos, key: K, value: V, ttl: Nanos) {
        let version = self.slots.get(&key).map_or(0, |slot| slot.version);
        let kept = Some(Kept { value, until: now + ttl });
        self.slots.insert(key, Slot { kept, version, lease: None });
    }

    /// Stores a value unless a newer version was stored before, even if that is gone by now. Whether it was stored.
    pub fn set_newer(&mut self, now: Nanos, key: K, value: V, version: u64, ttl: Nanos) -> bool {
        if self.slots.get(&key).is_some_and(|slot| slot.version > version) {
            return false;
        }
        let kept = Some(Kept { value, until: now + ttl });
        self.slots.insert(key, Slot { kept, version, lease: None });
        true
    }

    /// Removes a value and voids the lease that is out. May be repeated without harm.
    pub fn delete(&mut self, key: K) {
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.kept = None;
            slot.lease = None;
        }
    }

    /// Deletes a key and remembers that `version` is there: an older one is not stored after it.
    pub fn delete_with(&mut self, key: K, version: u64) {
        let slot = self.slots.entry(key).or_insert(Slot { kept: None, version, lease: None });
        *slot = Slot { kept: None, version: slot.version.max(version), lease: None };
    }

    /// The machine dies and comes back empty: values, leases and versions are gone.
    pub fn crash(&mut self) {
        self.slots.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TTL: Nanos = Nanos(1_000);

    fn store() -> CacheStore<u8, u64> {
        CacheStore::new(Nanos(10_000))
    }

    fn lease(got: Got<u64>) -> Lease {
        let Got::Miss(Some(lease)) = got else { panic!("a lease: {got:?}") };
        lease
    }

    #[test]
    fn a_lease_is_void_after_a_delete_as_in_the_paper() {
        // Section 3.2.1: the stale set. A reader misses and reads the old value, a writer changes it and deletes, and the
        // reader's set comes last.
        let mut cache = store();
        let late = lease(cache.get(Nanos(0), 1));
        cache.delete(1);
        assert!(!cache.fill(Nanos(5), 1, 10, TTL, late));
        assert_eq!(cache.peek(Nanos(5), 1), None);
        let next = lease(cache.get(Nanos(6), 1));
        assert_ne!(late, next);
        assert!(cache.fill(Nanos(7), 1, 11, TTL, next));
        assert_eq!(cache.get(Nanos(8), 1), Got::Hit(11));
        // Used once.
        assert!(!cache.fill(Nanos(9), 1, 12, TTL, next));
        // Without leases the old value stays.
        cache.set(Nanos(10), 1, 10, TTL);
        assert_eq!(cache.get(Nanos(11), 1), Got::Hit(10));
    }

    #[test]
    fn one_lease_is_out_at_a_time_and_not_for_ever() {
        let mut cache = store();
        let first = lease(cache.get(Nanos(0), 1));
        assert_eq!(cache.get(Nanos(9_999), 1), Got::Miss(None));
        assert!(matches!(cache.get(Nanos(9_999), 2), Got::Miss(Some(_))), "each key has its own");
        let second = lease(cache.get(Nanos(10_000), 1));
        assert!(!cache.fill(Nanos(10_001), 1, 1, TTL, first) && cache.fill(Nanos(10_001), 1, 2, TTL, second));
    }

    #[test]
    fn a_value_lives_for_its_time() {
        let mut cache = store();
        cache.set(Nanos(0), 1, 7, TTL);
        assert_eq!(cache.peek(Nanos(999), 1), Some(7));
        assert_eq!(cache.peek(Nanos(1_000), 1), None);
        assert!(matches!(cache.get(Nanos(1_000), 1), Got::Miss(Some(_))));
        cache.set(Nanos(0), 2, 8, Nanos::MAX);
        assert_eq!(cache.peek(Nanos(1 << 60), 2), Some(8));
        cache.crash();
        assert_eq!(cache.peek(Nanos(1), 2), None);
    }

    #[test]
    fn a_version_outlives_its_value() {
        let mut cache = store();
        assert!(cache.set_newer(Nanos(0), 1, 20, 2, TTL) && !cache.set_newer(Nanos(1), 1, 10, 1, TTL));
        cache.delete(1);
        assert!(!cache.set_newer(Nanos(2), 1, 10, 1, TTL));
        cache.delete_with(1, 1);
        cache.delete_with(2, 5);
        assert!(!cache.set_newer(Nanos(5_000), 1, 10, 1, TTL) && cache.peek(Nanos(5_000), 1).is_none());
        assert!(
            !cache.set_newer(Nanos(5_000), 2, 40, 4, TTL) && cache.set_newer(Nanos(5_000), 2, 50, 5, TTL)
        );
        assert!(cache.set_newer(Nanos(5_000), 1, 20, 2, TTL), "the same one again does no harm");
        // A set voids a lease as a delete does.
        cache.delete(1);
        let late = lease(cache.get(Nanos(6_000), 1));
        assert!(cache.set_newer(Nanos(6_001), 1, 30, 3, TTL) && !cache.fill(Nanos(6_002), 1, 20, TTL, late));
    }

    proptest! {
        /// The promise itself: readers with leases and writers who delete after the commit, in any interleaving. Once all
        /// have come to their end, the cache holds the database's value, or none.
        #[test]
        fn whatever_the_order_nothing_stale_stays(turns in prop::collection::vec(0..6_usize, 0..60)) {
            #[derive(Clone, Copy)]
            enum At { Start, Missed(Option<Lease>), Read(Option<Lease>, u64), Committed, End }
            let (mut cache, mut database) = (store(), 1_u64);
            let mut who = [At::Start; 6];
            let ever = Nanos::MAX;
            // Three readers and three writers; at the end each goes on to its own end.
            for turn in turns.into_iter().chain((0..24).map(|n| n % 6)) {
                who[turn] = match (who[turn], turn < 3) {
                    (At::Start, true) => match cache.get(Nanos(1), 0) {
                        Got::Hit(_) => At::End,
                        Got::Miss(lease) => At::Missed(lease),
                    },
                    (At::Missed(lease), _) => At::Read(lease, database),
                    (At::Read(lease, value), _) => {
                        lease.map(|lease| cache.fill(Nanos(1), 0, value, ever, lease));
                        At::End
                    }
                    (At::Start, false) => { database += 1; At::Committed }
                    (At::Committed, _) => { cache.delete(0); At::End }
                    (At::End, _) => At::End,
                };
            }
            let cached = cache.peek(Nanos(1), 0);
            prop_assert!(cached.is_none() || cached == Some(database), "{cached:?} of {database}");
        }
    }
}
