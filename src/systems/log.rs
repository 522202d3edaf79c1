//! A partitioned log: records are appended, read by offset, and stay where they are.
//!
//! Nothing is taken out by reading. A reader is a number, the offset that it reads next, so any number of readers go
//! through the same log at their own pace, and one that wants to see everything again sets its number back. What ends a
//! record's life is not that somebody read it but the log's own rule: its age, the size of the log (*retention*), or a later record with
//! the same key (*compaction*).
//!
//! The log is cut into partitions, each an order of its own, so that it can be written and read by several at once. A record
//! goes to the partition that its key hashes to. Hence all records of a key are in order, and those of two keys
//! may not be. The partition is the hash modulo the number of partitions: another number sends most keys elsewhere,
//! while their earlier records stay where they are. ([`super::hash_ring`] moves fewer keys, but some; only a number that never changes
//! keeps the order.)
//!
//! A partition is a chain of segments. Only the last one, the active one, is appended to, and retention and
//! compaction touch only the others. The design is that of Kafka (Kreps, Narkhede, Rao: Kafka, a distributed messaging
//! system for log processing, 2011), the rules of compaction are those of its documentation ("Log Compaction"): the last value of
//! each key among the closed segments is kept, offsets never change, and a record without a value (a *tombstone*)
//! deletes its key and goes itself some time later. (Here that time runs from when the tombstone was written.)

pub mod group;

use std::collections::{BTreeMap, VecDeque};

use crate::sim::Nanos;

/// How a log is cut and cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Records in a segment, at least 1.
    pub segment: usize,
    /// Closed segments whose last record is older are deleted.
    pub retention: Nanos,
    /// Closed segments are deleted, the oldest first, while the partition without them still holds so many records.
    pub retain_records: usize,
    /// How long a tombstone is kept at least.
    pub tombstones: Nanos,
}

/// Segments of 1,000 records, tombstones for 24 h, nothing deleted.
impl Default for Config {
    fn default() -> Config {
        Config {
            segment: 1_000,
            retention: Nanos::MAX,
            retain_records: usize::MAX,
            tombstones: Nanos::from_secs(24 * 60 * 60),
        }
    }
}

/// A record of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<V> {
    /// Its place in the partition: 0, 1, 2, ... It never changes.
    pub offset: u64,
    /// What it is about: its order is kept among records of the same key.
    pub key: u64,
    /// What it says; nothing for a tombstone, which deletes the key.
    pub value: Option<V>,
    /// When it was appended.
    pub at: Nanos,
}

/// The partition of a key among `partitions`: its hash modulo their number. 0 where there are none.
#[must_use]
pub fn partition_of(key: u64, partitions: usize) -> usize {
    // The finalizer of SplitMix64: neighbouring keys go to unrelated partitions.
    let mut hash = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    hash.checked_rem(partitions as u64).unwrap_or(0) as usize
}

/// One order of records.
#[derive(Clone, Debug)]
pub struct Partition<V> {
    config: Config,
    /// From the oldest to the active one; each in the order of offsets, and none but the active one empty.
    segments: VecDeque<Vec<Record<V>>>,
    next: u64,
    held: usize,
}

impl<V> Partition<V> {
    /// An empty partition.
    #[must_use]
    pub fn new(config: &Config) -> Partition<V> {
        Partition { config: config.clone(), segments: VecDeque::from([Vec::new()]), next: 0, held: 0 }
    }

    /// Cuts and cleans by other rules from now on.
    pub fn configure(&mut self, config: &Config) {
        self.config = config.clone();
    }

    /// Appends a record, without a value for a tombstone. Returns its offset. Amortised O(1).
    pub fn append(&mut self, now: Nanos, key: u64, value: Option<V>) -> u64 {
        let offset = self.next;
        if self.segments.back().is_none_or(|active| active.len() >= self.config.segment.max(1)) {
            self.segments.push_back(Vec::new());
        }
        if let Some(active) = self.segments.back_mut() {
            active.push(Record { offset, key, value, at: now });
        }
        self.next += 1;
        self.held += 1;
        offset
    }

    /// The first record at or after an offset: a later one where that offset was deleted, and none at the end.
    /// O(log n) for n segments, and for the records of one.
    #[must_use]
    pub fn read(&self, from: u64) -> Option<&Record<V>> {
        let ends_before = |segment: &Vec<Record<V>>| segment.last().is_some_and(|last| last.offset < from);
        let segment = self.segments.get(self.segments.partition_point(ends_before))?;
        segment.get(segment.partition_point(|record| record.offset < from))
    }

    /// All records from an offset on.
    pub fn from(&self, from: u64) -> impl Iterator<Item = &Record<V>> {
        let ends_before = |segment: &Vec<Record<V>>| segment.last().is_some_and(|last| last.offset < from);
        let skipped = self.segments.partition_point(ends_before);
        self.segments.iter().skip(skipped).flatten().skip_while(move |record| record.offset < from)
    }

    /// The offset of the oldest record that is kept; the end where none is.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.segments.iter().flatten().next().map_or(self.next, |record| record.offset)
    }

    /// The offset that the next record will have.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.next
    }

    /// How many records are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// How many segments are closed: what can be deleted and compacted.
    #[must_use]
    pub fn closed(&self) -> usize {
        self.segments.len() - 1
    }

    /// Deletes closed segments that are too old or too many, whole ones only. Returns how many records. O(deleted).
    pub fn retain(&mut self, now: Nanos) -> usize {
        let before = self.held;
        while self.segments.len() > 1 {
            let Some(oldest) = self.segments.front() else { break };
            let old = oldest.last().is_none_or(|last| now.since(last.at) > self.config.retention);
            let beyond = self.held - oldest.len() >= self.config.retain_records;
            if !old && !beyond {
                break;
            }
            self.held -= oldest.len();
            self.segments.pop_front();
        }
        before - self.held
    }

    /// Keeps of each key only the last record among the closed segments, and no tombstone that is older than
    /// set. Returns how many records went. O(n log n) for n records.
    pub fn compact(&mut self, now: Nanos) -> usize {
        let before = self.held;
        let closed = self.segments.len() - 1;
        let mut last = BTreeMap::new();
        for record in self.segments.iter().take(closed).flatten() {
            last.insert(record.key, record.offset);
        }
        let tombstones = self.config.tombstones;
        let stays = |record: &Record<V>| {
            let buried = record.value.is_none() && now.since(record.at) > tombstones;
            last.get(&record.key) == Some(&record.offset) && !buried
        };
        for segment in self.segments.iter_mut().take(closed) {
            segment.retain(stays);
        }
        let mut index = 0;
        self.segments.retain(|segment| {
            index += 1;
            index > closed || !segment.is_empty()
        });
        self.held = self.segments.iter().map(Vec::len).sum();
        before - self.held
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn partition(segment: usize) -> Partition<u32> {
        Partition::new(&Config { segment, ..Config::default() })
    }

    fn offsets(partition: &Partition<u32>, from: u64) -> Vec<u64> {
        partition.from(from).map(|record| record.offset).collect()
    }

    #[test]
    fn readers_are_numbers_and_reading_takes_nothing() {
        let mut log = partition(3);
        for value in 0..10 {
            assert_eq!(log.append(Nanos(value), value % 2, Some(value as u32)), value);
        }
        for from in 0..=10 {
            assert_eq!(log.read(from).map(|record| record.offset), (from < 10).then_some(from));
            assert_eq!(offsets(&log, from), (from..10).collect::<Vec<_>>());
        }
        assert_eq!((log.start(), log.end(), log.len(), log.closed()), (0, 10, 10, 3));
    }

    #[test]
    fn retention_deletes_whole_segments_and_never_the_active_one() {
        let config = Config { segment: 4, retention: Nanos(10), ..Config::default() };
        let mut log = Partition::new(&config);
        for at in 0..10 {
            log.append(Nanos(at), 0, Some(at));
        }
        // The segments end at the moments 3, 7 and 9.
        assert_eq!(log.retain(Nanos(13)), 0);
        assert_eq!((log.retain(Nanos(14)), log.start()), (4, 4));
        assert_eq!((log.retain(Nanos(1_000)), log.start(), log.len()), (4, 8, 2));
        assert_eq!(
            log.read(0).map(|record| record.offset),
            Some(8),
            "a reader behind goes on at what is left"
        );
        log.configure(&Config { segment: 4, retain_records: 5, ..Config::default() });
        for at in 10..20 {
            log.append(Nanos(at), 0, Some(at));
        }
        // Segments of 4 after one of 2 that was filled up: 4, 4, 4, and without the first 8 are left, then 4.
        assert_eq!((log.retain(Nanos(20)), log.len()), (4, 8));
    }

    #[test]
    fn compaction_keeps_the_last_value_of_each_key_and_every_offset() {
        // The example of Kafka's documentation: K1 K2 K1 K1 K3 K2 K4 K5 K5 K2 K6 at the offsets 0 to 10
        // become 3, 4, 6, 8, 9 and 10. Behind them one record in the active segment.
        let mut log = partition(11);
        for (value, key) in [1, 2, 1, 1, 3, 2, 4, 5, 5, 2, 6].into_iter().enumerate() {
            log.append(Nanos::ZERO, key, Some(value as u32));
        }
        log.append(Nanos::ZERO, 1, Some(99));
        assert_eq!(log.compact(Nanos::ZERO), 5);
        assert_eq!(offsets(&log, 0), [3, 4, 6, 8, 9, 10, 11], "the key of the active segment stands twice");
        assert_eq!((log.compact(Nanos::ZERO), log.end(), log.len()), (0, 12, 7));
    }

    #[test]
    fn a_tombstone_deletes_its_key_and_then_goes_itself() {
        let mut log: Partition<u32> =
            Partition::new(&Config { segment: 2, tombstones: Nanos(100), ..Config::default() });
        log.append(Nanos(0), 7, Some(1));
        log.append(Nanos(10), 7, None);
        log.append(Nanos(20), 8, Some(2));
        assert_eq!(
            (log.compact(Nanos(110)), offsets(&log, 0)),
            (1, vec![1, 2]),
            "readers must see it for a time"
        );
        assert_eq!((log.compact(Nanos(111)), offsets(&log, 0)), (1, vec![2]));
        assert_eq!((log.start(), log.end(), log.closed()), (2, 3, 0));
    }

    #[test]
    fn another_number_of_partitions_moves_most_keys() {
        // hash mod n to hash mod n+1 moves n/(n+1): 4 to 5 moves 80%. 10,000 keys: a deviation of 0.4%.
        let moved = (0..10_000).filter(|&key| partition_of(key, 4) != partition_of(key, 5)).count();
        assert!((moved as f64 / 1e4 - 0.8).abs() < 4.0 * 0.004, "{moved}");
        let first = (0..10_000).filter(|&key| partition_of(key, 4) == 0).count();
        assert!((first as f64 / 1e4 - 0.25).abs() < 4.0 * 0.00433, "{first}");
        assert_eq!((partition_of(9, 0), partition_of(9, 1)), (0, 0));
    }

    proptest! {
        #[test]
        fn cleaning_keeps_what_it_must(
            acts in prop::collection::vec((0..10_u8, 0..6_u64), 1..300),
            segment in 1..8_usize,
        ) {
            let config = Config { segment, tombstones: Nanos(20), ..Config::default() };
            let mut log: Partition<u32> = Partition::new(&config);
            let (mut all, mut now) = (Vec::new(), 0);
            for (act, key) in acts {
                now += 1;
                if act == 0 {
                    log.compact(Nanos(now));
                } else {
                    let value = (act > 1).then_some(now as u32);
                    all.push((key, value, now));
                    prop_assert_eq!(log.append(Nanos(now), key, value), all.len() as u64 - 1);
                }
            }
            log.compact(Nanos(now));
            let kept = offsets(&log, 0);
            prop_assert_eq!(kept.len(), log.len());
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            for record in log.from(0) {
                let (key, value, at) = all[record.offset as usize];
                prop_assert_eq!((record.key, record.value, record.at), (key, value, Nanos(at)));
            }
            for key in 0..6 {
                let last = all.iter().rposition(|written| written.0 == key);
                let gone = |index: usize| all[index].1.is_none() && now - all[index].2 > 20;
                if let Some(index) = last.filter(|&index| !gone(index)) {
                    prop_assert!(kept.contains(&(index as u64)), "the last of key {}", key);
                }
            }
        }
    }
}
