//! Write-behind: writes are acknowledged when they are in a buffer, and go to the database later, many as one.
//!
//! Two things are gained: the writer does not wait for the database, and writes of one key between two flushes become
//! one (they *coalesce*). With Poisson writes of rate w to a key and a flush every F seconds, the database sees
//! (1 - e^(-wF))/F writes a second instead of w. One thing is lost: with the machine goes what was not flushed, although
//! it had been acknowledged.
//!
//! The order of the writes of a key must survive. A value that is under way to the database can be overtaken by its
//! successor, so a key is not sent again before the database has confirmed it.

use std::collections::BTreeMap;

use crate::sim::Nanos;

/// The buffer: the last value of each key that the database does not have yet. Each call is O(log n) for n such keys,
/// and a value.
#[derive(Clone, Debug)]
pub struct WriteBehind<K, V> {
    waiting: BTreeMap<K, V>,
    under_way: BTreeMap<K, V>,
}

impl<K: Ord + Copy, V: Copy> Default for WriteBehind<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Copy, V: Copy> WriteBehind<K, V> {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> WriteBehind<K, V> {
        WriteBehind { waiting: BTreeMap::new(), under_way: BTreeMap::new() }
    }

    /// Takes a write. Returns the value that it replaces, which the database will never see.
    pub fn put(&mut self, key: K, value: V) -> Option<V> {
        self.waiting.insert(key, value)
    }

    /// The last value of a key, where the database may not have it yet: a reader asks here first.
    #[must_use]
    pub fn get(&self, key: K) -> Option<V> {
        self.waiting.get(&key).or_else(|| self.under_way.get(&key)).copied()
    }

    /// What to send to the database now, by key. A key that is under way stays in the buffer.
    pub fn flush(&mut self) -> Vec<(K, V)> {
        let (sent, kept) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(key, _)| !self.under_way.contains_key(key));
        self.waiting = kept;
        self.under_way.extend::<BTreeMap<K, V>>(BTreeMap::clone(&sent));
        sent.into_iter().collect()
    }

    /// The flaw that people write: everything is sent at once, also a key whose last value is still under way.
    pub fn flush_out_of_order(&mut self) -> Vec<(K, V)> {
        let sent = std::mem::take(&mut self.waiting);
        self.under_way.extend(sent.iter().map(|(key, value)| (*key, *value)));
        sent.into_iter().collect()
    }

    /// The database has confirmed the value of a key that was under way.
    pub fn confirm(&mut self, key: K) {
        self.under_way.remove(&key);
    }

    /// The machine dies: what was in the buffer is lost, as what was under way and not confirmed.
    pub fn crash(&mut self) {
        self.waiting.clear();
        self.under_way.clear();
    }

    /// How many keys wait for the next flush.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many keys are under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }
}

/// Writes a second that reach the database from one key with Poisson writes of `rate` a second and a flush every `every`.
#[must_use]
pub fn coalesced(rate: f64, every: Nanos) -> f64 {
    let every = every.as_secs_f64();
    if every > 0.0 { -libm::expm1(-rate * every) / every } else { rate }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn writes_of_a_key_become_one() {
        let mut buffer = WriteBehind::new();
        assert_eq!(
            [(1, 10), (2, 20), (1, 11)].map(|(key, value)| buffer.put(key, value)),
            [None, None, Some(10)]
        );
        assert_eq!(buffer.flush(), [(1, 11), (2, 20)]);
        assert_eq!((buffer.waiting(), buffer.under_way(), buffer.get(1)), (0, 2, Some(11)));
        assert_eq!(buffer.flush(), []);
    }

    #[test]
    fn a_key_that_is_under_way_waits_for_its_turn() {
        let mut buffer = WriteBehind::new();
        buffer.put(1, 10);
        assert_eq!(buffer.flush(), [(1, 10)]);
        buffer.put(1, 11);
        buffer.put(2, 20);
        assert_eq!(buffer.flush(), [(2, 20)], "1 is under way");
        assert_eq!(buffer.get(1), Some(11));
        buffer.confirm(1);
        assert_eq!(buffer.flush(), [(1, 11)]);
        buffer.confirm(1);
        assert_eq!((buffer.get(1), buffer.get(2)), (None, Some(20)));
        // The flaw sends both, and the network may swap them.
        buffer.put(2, 21);
        assert_eq!(buffer.flush_out_of_order(), [(2, 21)]);
        buffer.put(3, 30);
        buffer.crash();
        assert_eq!((buffer.get(2), buffer.get(3), buffer.waiting()), (None, None, 0));
    }

    #[test]
    fn a_hundred_increments_in_ten_seconds_are_one_write() {
        // 10 a second, flushed every 10 s: 0.1 a second. And with rare writes nothing is saved.
        assert!((coalesced(10.0, Nanos::from_secs(10)) - 0.1).abs() < 1e-12);
        assert!((coalesced(0.001, Nanos::from_secs(1)) / 0.001 - 1.0).abs() < 1e-3);
        assert!((coalesced(5.0, Nanos::ZERO) - 5.0).abs() < 1e-12);
        // By simulation: 40,000 flushes, each writes or not, 4 standard errors.
        let (mut rng, mut buffer, every) =
            (Rng::stream(Seed(1), "writes"), WriteBehind::new(), Nanos::from_millis(500));
        let (mut at, mut written, flushes) = (Nanos::ZERO, 0, 40_000_u64);
        for flush in 1..=flushes {
            while at < every * flush {
                buffer.put((), at);
                at += rng.exponential(Nanos::from_secs(1));
            }
            written += buffer.flush().len();
            buffer.confirm(());
        }
        let (share, n) = (coalesced(1.0, every) * 0.5, flushes as f64);
        assert!((written as f64 / n - share).abs() < 4.0 * (share * (1.0 - share) / n).sqrt());
    }
}
