//! Remembering what was done: the half of "effectively once" that the consumer owns.
//!
//! A queue that redelivers cannot know whether the effect of a message happened before its consumer died. The
//! consumer can: it writes the message's id down *in the same transaction* as the effect, and skips ids that are
//! written down. Written before the effect, a crash between the two loses the message; written after it, a crash
//! doubles it. What is remembered costs memory, so it is forgotten after a time, and a duplicate that comes later
//! than that passes. (Amazon SQS remembers for 5 minutes, Stripe's idempotency keys for 24 hours.)
//!
//! A duplicate does not prolong the time: it counts from the first one, as in SQS. So a sender that repeats
//! for ever gets through once in every window.

use std::collections::{BTreeMap, VecDeque};

use crate::sim::Nanos;

/// The keys that were seen within a time. Every operation is O(log n) for n keys, amortised over those that are forgotten.
#[derive(Clone, Debug)]
pub struct Dedup<K> {
    window: Nanos,
    seen: BTreeMap<K, Nanos>,
    /// The same by age, the oldest first.
    order: VecDeque<(Nanos, K)>,
}

impl<K: Ord + Clone> Dedup<K> {
    /// A memory that knows a key for `window` after it was recorded. With a window of zero it knows none.
    #[must_use]
    pub fn new(window: Nanos) -> Dedup<K> {
        Dedup { window, seen: BTreeMap::new(), order: VecDeque::new() }
    }

    /// Whether the key was recorded less than the window ago.
    #[must_use]
    pub fn contains(&self, now: Nanos, key: &K) -> bool {
        self.seen.get(key).is_some_and(|&at| now.since(at) < self.window)
    }

    /// Records the key, and says whether that was new: false for a duplicate, which changes nothing. Asking and
    /// recording are one step, so between them nobody else comes in.
    pub fn first(&mut self, now: Nanos, key: K) -> bool {
        self.forget(now);
        if self.window == Nanos::ZERO {
            return true;
        }
        if self.contains(now, &key) {
            return false;
        }
        self.seen.insert(key.clone(), now);
        self.order.push_back((now, key));
        true
    }

    /// Another window, for old keys too.
    pub fn set_window(&mut self, now: Nanos, window: Nanos) {
        self.window = window;
        self.forget(now);
    }

    /// How many keys are remembered: at most as many as came within the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    fn forget(&mut self, now: Nanos) {
        while self.order.front().is_some_and(|(at, _)| now.since(*at) >= self.window) {
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_passes_once_in_a_window() {
        // The window of Amazon SQS: 5 minutes from the first one; a duplicate does not prolong it.
        let minutes = |n: u64| Nanos::from_secs(60 * n);
        let mut dedup = Dedup::new(minutes(5));
        assert!(dedup.first(Nanos::ZERO, "pay 17"));
        assert!(!dedup.first(minutes(4), "pay 17") && dedup.first(minutes(4), "pay 18"));
        assert!(!dedup.first(minutes(5) - Nanos(1), "pay 17"));
        assert!(dedup.first(minutes(5), "pay 17"));
        assert_eq!(dedup.len(), 2);
    }

    #[test]
    fn ends_of_the_range() {
        let mut none = Dedup::new(Nanos::ZERO);
        assert!(none.first(Nanos(1), 1) && none.first(Nanos(1), 1) && none.is_empty());
        let mut ever = Dedup::new(Nanos::MAX);
        assert!(ever.first(Nanos::ZERO, 1) && !ever.first(Nanos::MAX - Nanos(1), 1));
        ever.set_window(Nanos(10), Nanos(10));
        assert!(ever.is_empty());
    }

    proptest! {
        #[test]
        fn it_knows_what_a_list_of_all_knows(
            window in 0..50_u64,
            asks in prop::collection::vec((0..20_u64, 0..6_u8), 1..200),
        ) {
            let mut dedup = Dedup::new(Nanos(window));
            let mut passed: BTreeMap<u8, u64> = BTreeMap::new();
            let mut now = 0;
            for (gap, key) in asks {
                now += gap;
                let new = passed.get(&key).is_none_or(|at| now - at >= window);
                prop_assert_eq!(dedup.contains(Nanos(now), &key), !new);
                prop_assert_eq!(dedup.first(Nanos(now), key), new);
                if new {
                    passed.insert(key, now);
                }
                let alive = passed.values().filter(|at| now - *at < window).count();
                prop_assert_eq!(dedup.len(), alive);
            }
        }
    }
}
