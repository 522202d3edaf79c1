//! The books of a log: what was produced, processed, processed again, passed over; and whether keys kept their order.

use super::{Entry, KEYS};
use crate::systems::log::Partition;

/// What is known of a partition.
#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    produced: u64,
    /// The offset behind the last one that was processed or passed over.
    high: u64,
    /// Processed for the first time.
    processed: u64,
    /// Passed over because they were deleted, or although they were there.
    gone: u64,
    lost: u64,
    /// The oldest offset that retention left.
    floor: u64,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, Default)]
struct Key {
    produced: u32,
    /// The number and the layout of the latest record of it that was processed.
    latest: Option<(u64, u32)>,
}

/// What became of a record that was processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Processed {
    /// It had been processed before.
    pub(super) again: bool,
    /// A later record of its key, from the same layout, was processed before it; or from another one.
    pub(super) disordered: bool,
    pub(super) overtaken: bool,
}

/// The books.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    lanes: Vec<Lane>,
    keys: Vec<Key>,
    /// The last offset of each key in each partition, `partition * KEYS + key`.
    last: Vec<Option<u64>>,
    pub(super) processed: u64,
    pub(super) reprocessed: u64,
    pub(super) out_of_order: u64,
    pub(super) rebalances: u64,
    pub(super) moved: u64,
    pub(super) refused: u64,
    /// Records expected to be processed again after the standstill; not a number before it.
    pub(super) expected_again: f64,
}

impl Books {
    /// There are so many partitions now.
    pub(super) fn grow(&mut self, partitions: usize) {
        if self.keys.is_empty() {
            self.keys = vec![Key::default(); KEYS as usize];
            self.expected_again = f64::NAN;
        }
        self.lanes.resize(partitions, Lane::default());
        self.last.resize(partitions * KEYS as usize, None);
    }

    /// How many records were produced.
    pub(super) fn count(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.produced).sum()
    }

    /// A record of a key goes to a partition. Returns its number among all and among those of its key.
    pub(super) fn produced(&mut self, key: u64, partition: usize) -> (u64, u32) {
        let number = self.count();
        self.lanes[partition].produced += 1;
        let key = &mut self.keys[(key % KEYS) as usize];
        key.produced += 1;
        (number, key.produced)
    }

    /// It has this offset there.
    pub(super) fn appended(&mut self, key: u64, partition: usize, offset: u64) {
        self.last[partition * KEYS as usize + (key % KEYS) as usize] = Some(offset);
    }

    /// Retention left nothing before `floor`.
    pub(super) fn deleted(&mut self, partition: usize, floor: u64) {
        self.lanes[partition].floor = floor;
    }

    /// The offset behind the last one of a partition that was processed or passed over.
    pub(super) fn high(&self, partition: usize) -> u64 {
        self.lanes.get(partition).map_or(0, |lane| lane.high)
    }

    /// A consumer that read on at the offset `from` found the record at `offset` and has processed it.
    pub(super) fn done(
        &mut self,
        partition: usize,
        (from, offset): (u64, u64),
        key: u64,
        entry: Entry,
    ) -> Processed {
        let lane = &mut self.lanes[partition];
        if offset < lane.high {
            self.reprocessed += 1;
            return Processed { again: true, disordered: false, overtaken: false };
        }
        // Between where it read on and what it found nothing was left; what lies before that it never saw.
        lane.gone += offset - from.clamp(lane.high, offset);
        lane.lost += from.clamp(lane.high, offset) - lane.high;
        lane.high = offset + 1;
        lane.processed += 1;
        self.processed += 1;
        let latest = &mut self.keys[(key % KEYS) as usize].latest;
        let earlier = latest.filter(|(number, _)| entry.number < *number);
        if let Some((_, layout)) = earlier {
            self.out_of_order += 1;
            return Processed { again: false, disordered: layout == entry.layout, overtaken: true };
        }
        *latest = Some((entry.number, entry.layout));
        Processed { again: false, disordered: false, overtaken: false }
    }

    /// Whether every record of every partition is processed, passed over or before its readers.
    pub(super) fn add_up(&self, ends: impl Iterator<Item = u64>) -> bool {
        self.lanes.iter().zip(ends).all(|(lane, end)| {
            let waiting = end.checked_sub(lane.high);
            waiting.is_some_and(|waiting| lane.produced == lane.processed + lane.gone + lane.lost + waiting)
        })
    }

    /// Whether the last record of each key is still in a partition, as far as retention did not delete it.
    pub(super) fn last_values_kept(&self, partition: usize, log: &Partition<Entry>) -> bool {
        let (from, keys) = (partition * KEYS as usize, KEYS as usize);
        self.last[from..from + keys].iter().flatten().all(|&offset| {
            offset < self.lanes[partition].floor
                || log.read(offset).is_some_and(|found| found.offset == offset)
        })
    }

    /// The part of all records that went to the busiest partition.
    pub(super) fn hot_share(&self) -> f64 {
        let most = self.lanes.iter().map(|lane| lane.produced).max().unwrap_or(0);
        most as f64 / self.count() as f64
    }

    /// Records passed over although they were there.
    pub(super) fn lost(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.lost).sum()
    }

    /// Records passed over because they were deleted.
    pub(super) fn gone(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.gone).sum()
    }
}
