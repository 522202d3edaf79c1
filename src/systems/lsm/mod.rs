//! A log-structured merge tree on a block device: nothing is changed in place; what is new is collected in memory,
//! written out in order of the keys, and merged with what is there later, in the background.
//!
//! O'Neil, Cheng, Gawlick and O'Neil (*The Log-Structured Merge-Tree*, 1996) found that it turns random writes into
//! sequential ones. A write goes to a log and to a sorted table in memory. When that is full it becomes a *run* on the
//! device, a sorted sequence of tables that never change. A read looks into memory and then at run after run, the newest
//! first; a Bloom filter for each table spares it nearly all runs that do not have the key. A removal is a row too, a
//! *tombstone*, which hides what older runs have and may go only when no older run can have the key.
//!
//! How runs are merged decides what is paid ([`Compaction`]; Dayan, Athanassoulis and Idreos, *Monkey*, SIGMOD 2017):
//!
//! | with L levels and a fan-out of T | leveled | tiered |
//! |---|---|---|
//! | runs in a level | 1 | up to T |
//! | a row is written | about T times a level | once a level |
//! | runs that a read may meet | L | T L |
//! | room for old versions | 1/(T-1) of the data: 11% at T = 10 | up to T times the data |
//!
//! Leveled: the runs of level 0 are merged with level 1; a level that is larger than it should be gives a table to the next
//! one, where it is merged with the tables that it overlaps, as LevelDB and RocksDB do it. Tiered: when a level
//! has T runs they become one run of the next level, as in Cassandra's size tiers.
//!
//! Merging is slower than writing to memory, so writers can be faster than it: then runs pile up in level 0, and at some
//! number of them writes have to stop ([`KeyValue::is_ready`]). That is a compaction stall.
//!
//! What is valid stands in a manifest, written beside the old one and only after the tables that it names are durable.

mod check;
mod compaction;
mod manifest;
mod merge;
mod options;
mod recovery;
mod table;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

pub use check::Level;
pub use options::{Compaction, Flaw, Options};

use super::blocks::{Blocks, Fault, MOST_ROW, PAGE, Speed, Unopened};
use super::key_value::{KeyValue, Traffic};
use super::page_cache::{PageCache, Uses};
use super::redo_log::RedoLog;
use super::slotted;
use crate::sim::Rng;
use compaction::{Flush, Job};
use merge::RunCursor;
use table::{Disk, Table, hash_of};

/// What the filters did, since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filtered {
    /// Look-ups of a key in a table that has its range.
    pub asked: u64,
    /// Those in which the filter said that the key may be there (all, without a filter), so that a page was read.
    pub passed: u64,
    /// Those in which the key was not there all the same.
    pub wrong: u64,
}

/// Rows in memory; none for a removed key.
type Memtable = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A full memtable that becomes a run, and where the log stood when it was full.
#[derive(Clone, Debug)]
struct Full {
    rows: Arc<Memtable>,
    until: u64,
}

/// A sorted run: tables in order, whose keys do not overlap.
type Run = Vec<Arc<Table>>;

/// A log-structured merge tree. A copy shares its tables and pages.
#[derive(Clone, Debug)]
pub struct Lsm {
    disk: Disk,
    cache: PageCache,
    log: RedoLog,
    options: Options,
    memtable: Memtable,
    memory: usize,
    /// Where the log stood when the memtable began.
    began: u64,
    full: Option<Full>,
    /// The runs of each level, the newest first.
    levels: Vec<Vec<Run>>,
    flush: Option<Flush>,
    job: Option<Box<Job>>,
    /// From which key on each level gives its next table away.
    turns: Vec<Vec<u8>>,
    /// The number of the manifest that was written last, and the id of the next table.
    number: u64,
    next: u64,
    /// Where the log begins that the manifest names.
    log_start: u64,
    filtered: Filtered,
    flushes: u64,
    compactions: u64,
    record: Vec<u8>,
}

impl Lsm {
    /// The tree on a device: as the last manifest and the log tell, or an empty one. Reads the index and the filter of
    /// each table, and the log.
    ///
    /// # Errors
    /// Where the device is down, or something that is needed is torn. The device is given back.
    pub fn open(device: Blocks, options: Options) -> Result<Lsm, Unopened> {
        recovery::open(device, options)
    }

    /// The power fails (if it has not failed already) and comes back: the device as a restart finds it.
    #[must_use]
    pub fn crash(mut self, rng: &mut Rng) -> Blocks {
        self.disk.device.crash(rng);
        self.disk.device
    }

    /// From now on it works differently; what is there is changed by and by. The size of the log stays.
    pub fn set_options(&mut self, options: Options) {
        self.cache.set_room(options.cache);
        self.options = Options { log_pages: self.options.log_pages, ..options };
    }

    /// What the device's operations cost from now on.
    pub fn set_speed(&mut self, speed: Speed) {
        self.disk.device.set_speed(speed);
    }

    /// The power fails at the `n`th write or barrier from now.
    pub fn blow_after(&mut self, n: u64) {
        self.disk.device.blow_after(n);
    }

    /// How it works.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What its filters did.
    #[must_use]
    pub fn filtered(&self) -> Filtered {
        self.filtered
    }

    /// How often its cache was asked for a page, and how often in vain.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.cache.uses()
    }

    /// How many memtables became runs, and how many merges are done, since it was opened.
    #[must_use]
    pub fn done(&self) -> (u64, u64) {
        (self.flushes, self.compactions)
    }

    /// Bytes of rows in memory, of the memtable that is being filled and of a full one.
    #[must_use]
    pub fn memory(&self) -> (usize, bool) {
        (self.memory, self.full.is_some())
    }

    /// About how many bytes a copy takes that shares nothing.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let tables = self.levels.iter().flatten().flatten().map(|table| table.memory()).sum::<usize>();
        self.disk.device.held() * PAGE + self.cache.bytes() + tables + 3 * self.options.memtable
    }

    /// The memtable is full: it becomes a run.
    fn rotate(&mut self) {
        if !self.memtable.is_empty() && self.full.is_none() {
            let rows = Arc::new(std::mem::take(&mut self.memtable));
            self.full = Some(Full { rows, until: self.log.end() });
            self.memory = 0;
            self.began = self.log.end();
        }
    }

    /// Whether the memtable must become a run: by its size, or by that of its log, where the same keys come again and again.
    fn is_full(&self) -> bool {
        self.memory >= self.options.memtable || self.log.end() - self.began > self.log.capacity() / 3
    }

    /// Tells the log and the memtable of a change.
    fn change(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Fault> {
        let length = key.len() + value.map_or(0, <[u8]>::len);
        if length > MOST_ROW {
            return Err(Fault::TooLong(length));
        }
        while !self.is_ready() {
            if !self.work()? {
                return Err(Fault::Full);
            }
        }
        if self.is_full() {
            self.rotate();
        }
        self.record.clear();
        self.record.push(u8::from(value.is_some()));
        self.record.extend_from_slice(&(key.len() as u16).to_le_bytes());
        self.record.extend_from_slice(key);
        self.record.extend_from_slice(value.unwrap_or_default());
        self.log.append(&self.record)?;
        self.disk.traffic.user += length as u64;
        self.remember(key, value);
        Ok(())
    }

    fn remember(&mut self, key: &[u8], value: Option<&[u8]>) {
        let value = value.map(<[u8]>::to_vec);
        let size = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        self.memory += size(&value);
        match self.memtable.get_mut(key) {
            Some(slot) => {
                self.memory -= size(slot);
                *slot = value;
            }
            None => {
                self.memory += key.len() + slotted::ROW;
                self.memtable.insert(key.to_vec(), value);
            }
        }
    }

    /// Looks a key up in a run. Returns nothing where the run does not have it, else whether it has a value (which is
    /// appended) or a tombstone.
    fn look(
        &mut self,
        level: usize,
        run: usize,
        key: &[u8],
        into: &mut Vec<u8>,
    ) -> Result<Option<bool>, Fault> {
        let tables = &self.levels[level][run];
        let place = tables.partition_point(|table| *table.last < *key);
        let Some(table) = tables.get(place).filter(|table| *table.first <= *key) else { return Ok(None) };
        self.filtered.asked += 1;
        if table.filter.as_ref().is_some_and(|filter| !filter.contains(hash_of(key))) {
            return Ok(None);
        }
        self.filtered.passed += 1;
        let page = self.cache.get(&mut self.disk.device, table.block_of(key))?;
        match slotted::search(page, key) {
            Ok(row) => {
                let value = slotted::value(page, row);
                into.extend_from_slice(&value[1..]);
                Ok(Some(value[0] == 1))
            }
            Err(_) => {
                self.filtered.wrong += 1;
                Ok(None)
            }
        }
    }

    fn sync_log(&mut self) -> Result<(), Fault> {
        if self.options.flaw == Flaw::NoSync {
            self.disk.traffic.log += self.log.write(&mut self.disk.device)?;
            self.log.pretend();
        } else {
            self.disk.traffic.log += self.log.sync(&mut self.disk.device)?;
        }
        Ok(())
    }
}

impl KeyValue for Lsm {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        self.change(key, Some(value))
    }

    /// Writes a tombstone, whether the key is there or not: to know that would cost a read.
    fn delete(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.change(key, None)
    }

    fn get(&mut self, key: &[u8], into: &mut Vec<u8>) -> Result<bool, Fault> {
        let full = self.full.as_ref().and_then(|full| full.rows.get(key));
        if let Some(value) = self.memtable.get(key).or(full) {
            into.extend_from_slice(value.as_deref().unwrap_or_default());
            return Ok(value.is_some());
        }
        for level in 0..self.levels.len() {
            for run in 0..self.levels[level].len() {
                if let Some(found) = self.look(level, run, key, into)? {
                    self.cache.victim();
                    return Ok(found);
                }
            }
        }
        self.cache.victim();
        Ok(false)
    }

    fn scan(
        &mut self,
        from: &[u8],
        to: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Fault> {
        let Lsm { memtable, full, levels, cache, disk, .. } = self;
        let range = (Bound::Included(from), Bound::Unbounded);
        let memtables = [Some(&*memtable), full.as_ref().map(|full| &*full.rows)];
        let mut memory: Vec<_> =
            memtables.into_iter().flatten().map(|rows| rows.range::<[u8], _>(range).peekable()).collect();
        let mut runs: Vec<RunCursor> =
            levels.iter().flatten().map(|run| RunCursor::from(run.clone(), from)).collect();
        let mut read = |id| cache.get(&mut disk.device, id).cloned();
        for run in &mut runs {
            run.settle(&mut read)?;
        }
        let mut key = Vec::new();
        loop {
            // The smallest key; of equal ones the first source has the newest row.
            let in_memory = memory.iter_mut().filter_map(|rows| rows.peek().map(|(key, _)| key.as_slice()));
            let smallest = in_memory.chain(runs.iter().filter_map(RunCursor::key)).min();
            let Some(smallest) = smallest.filter(|key| to.is_none_or(|to| *key < to)) else { break };
            key.clear();
            key.extend_from_slice(smallest);
            // Nothing where no source had a word yet; then whether the newest one has a value.
            let mut told = None;
            let mut goes_on = true;
            for rows in &mut memory {
                if let Some((_, value)) = rows.next_if(|(known, _)| **known == key)
                    && told.replace(()).is_none()
                    && let Some(value) = value
                {
                    goes_on = each(&key, value);
                }
            }
            for run in runs.iter_mut().filter(|run| run.key() == Some(&key)) {
                if told.replace(()).is_none()
                    && let Some(value) = run.value().strip_prefix(&[1])
                {
                    goes_on = each(&key, value);
                }
                run.advance(&mut read)?;
            }
            if !goes_on {
                break;
            }
        }
        cache.victim();
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.sync_log()
    }

    fn has_work(&self) -> bool {
        self.full.is_some() || self.job.is_some() || self.wanted().is_some()
    }

    fn work(&mut self) -> Result<bool, Fault> {
        self.step()
    }

    fn is_ready(&self) -> bool {
        !self.is_full() || (self.full.is_none() && self.level0() < self.options.stop())
    }

    fn looked(&self) -> u64 {
        self.cache.uses().asked
    }

    fn traffic(&self) -> Traffic {
        self.disk.traffic
    }

    fn device(&self) -> &Blocks {
        &self.disk.device
    }
}

#[cfg(test)]
mod tests;
