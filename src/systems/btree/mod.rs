//! A B+tree on a block device: rows in leaves in the order of their keys, branches above that lead to them, and a log that
//! brings it back whole after a crash.
//!
//! The structure is that of Bayer and McCreight (1972) with all rows in the leaves and the leaves linked (Comer, *The
//! Ubiquitous B-Tree*, 1979). A page that is full splits in two and tells its parent; one that has become nearly empty is
//! merged with a neighbour. So all leaves are equally deep, and a look-up touches as many pages as the tree is high: log of
//! the number of leaves to the base of the fan-out, rounded up, and the leaf. Pages are ln 2 = 69% full after random
//! insertions (Yao, *On Random 2-3 Trees*, 1978). Where keys come in order the last page is not halved, since its left half
//! would never fill; it stays full and a new one begins, as PostgreSQL and InnoDB do it.
//!
//! A change is made in memory and told to the log; the page reaches the device when its place in memory is needed, or with
//! a checkpoint. Four rules make that safe, and each can be switched off ([`Flaw`]) to see what it is for:
//!
//! * a change is durable when its log record is: a sync writes the log, not the pages;
//! * the log is written before a page that it tells of (otherwise a page could know what the log does not);
//! * the first change of a page after a checkpoint puts the whole page into the log, since the page on the device may be torn
//!   by the crash and a small change cannot be applied to a torn page (PostgreSQL calls it full-page writes; InnoDB
//!   has its doublewrite buffer);
//! * a change of several pages, a split, is one record.
//!
//! A row of 100 bytes that is changed costs a page of 4,096 written sooner or later, and another one for the log after each
//! checkpoint: that is its write amplification, unless neighbours are changed while the page is in memory.

mod change;
mod check;
mod recovery;

pub use check::Level;

use super::blocks::{Blocks, Fault, MOST_ROW, PAGE, PageId, Unopened};
use super::key_value::{KeyValue, Traffic};
use super::page_cache::{PageCache, Uses};
use super::redo_log::RedoLog;
use super::slotted;

use recovery::Checkpoint;

/// Kinds of pages.
const LEAF: u8 = 1;
const BRANCH: u8 = 2;
const FREE: u8 = 3;
const META: u8 = 4;

/// Where things are: two superblocks that take turns, what the tree is made of, and the log.
const META_AT: PageId = 2;
const LOG_AT: PageId = 3;

/// Pages of log that any single change may need: the images of all pages that a split touches.
const LOG_NEED: u64 = 24;
/// The fewest pages that a log may have: room for changes while a checkpoint goes on.
const LOG_LEAST: u32 = 64;

/// Something that people leave out. For showing what it was for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is left out.
    #[default]
    None,
    /// A sync writes the log and does not wait for it to be durable.
    NoSync,
    /// A changed page is written at once, before the log that tells of it.
    DataFirst,
    /// Pages are never put into the log as a whole, so that a torn one cannot be mended.
    NoImages,
}

/// How a tree works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Pages that it keeps in memory, at least 4.
    pub cache: usize,
    /// Pages of its log; at least 64. It makes a checkpoint when half of it is in use. What is made cannot be changed.
    pub log_pages: u32,
    /// What is left out.
    pub flaw: Flaw,
}

impl Default for Options {
    fn default() -> Options {
        Options { cache: 64, log_pages: 256, flaw: Flaw::None }
    }
}

/// What the tree is made of, kept in a page of its own that changes with the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Meta {
    root: PageId,
    height: u32,
    /// The first page that was never used.
    next: PageId,
    /// The first of the pages that are free again, each of which names the next one; 0 for none.
    free: PageId,
}

/// Sizes, kept in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sizes {
    leaves: u64,
    branches: u64,
    rows: u64,
    /// Bytes of keys and values.
    bytes: u64,
}

/// A B+tree. A copy shares its pages with it until one of them changes.
#[derive(Clone, Debug)]
pub struct BTree {
    device: Blocks,
    cache: PageCache,
    log: RedoLog,
    options: Options,
    meta: Meta,
    sizes: Sizes,
    /// Where a redo would begin: a page that was last changed before goes into the log as a whole.
    redo: u64,
    /// The number of the superblock that was written last.
    number: u64,
    checkpoint: Option<Checkpoint>,
    checkpoints: u64,
    traffic: Traffic,
    path: Vec<(PageId, usize)>,
    record: Vec<u8>,
}

impl BTree {
    /// The tree on a device: brought back from its last checkpoint and its log, or an empty one where there is none. Reads
    /// the log since the checkpoint and the pages that it changes.
    ///
    /// # Errors
    /// Where the device is down, or a page that is needed is torn. The device is given back.
    pub fn open(device: Blocks, options: Options) -> Result<BTree, Unopened> {
        recovery::open(device, options)
    }

    /// The power fails (if it has not failed already) and comes back: the device as a restart finds it.
    #[must_use]
    pub fn crash(mut self, rng: &mut crate::sim::Rng) -> Blocks {
        self.device.crash(rng);
        self.device
    }

    /// From now on it works differently; the size of its log stays.
    pub fn set_options(&mut self, options: Options) {
        self.cache.set_room(options.cache);
        self.options = Options { log_pages: self.options.log_pages, ..options };
    }

    /// What the device's operations cost from now on.
    pub fn set_speed(&mut self, speed: super::blocks::Speed) {
        self.device.set_speed(speed);
    }

    /// The power fails at the `n`th write or barrier from now.
    pub fn blow_after(&mut self, n: u64) {
        self.device.blow_after(n);
    }

    /// Levels from the root to the leaves; 1 where the root is a leaf.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.meta.height
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sizes.rows
    }

    /// Bytes of all keys and values.
    #[must_use]
    pub fn live_bytes(&self) -> u64 {
        self.sizes.bytes
    }

    /// How full the leaves are: bytes of rows with their directory over what fits, 0 to 1.
    #[must_use]
    pub fn occupancy(&self) -> f64 {
        let rows = self.sizes.bytes + self.sizes.rows * slotted::ROW as u64;
        rows as f64 / (self.sizes.leaves * slotted::CAPACITY as u64) as f64
    }

    /// Pages of the tree: leaves, and branches.
    #[must_use]
    pub fn pages(&self) -> (u64, u64) {
        (self.sizes.leaves, self.sizes.branches)
    }

    /// How often its cache was asked for a page, and how often in vain.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.cache.uses()
    }

    /// How many pages in memory are newer than on the device.
    #[must_use]
    pub fn dirty(&self) -> usize {
        self.cache.changes()
    }

    /// How many checkpoints were made since it was opened.
    #[must_use]
    pub fn checkpoints(&self) -> u64 {
        self.checkpoints
    }

    /// Bytes of the log that a redo would read now.
    #[must_use]
    pub fn log_used(&self) -> u64 {
        self.log.used()
    }

    /// About how many bytes a copy takes that shares nothing.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.device.held() * PAGE + self.cache.bytes()
    }

    /// Leads from the root to the leaf of a key; the branches on the way and the child taken go to `path`.
    fn descend(&mut self, key: &[u8]) -> Result<PageId, Fault> {
        self.path.clear();
        let mut id = self.meta.root;
        loop {
            let page = self.cache.get(&mut self.device, id)?;
            if slotted::kind(page) != BRANCH {
                return Ok(id);
            }
            let child = slotted::search(page, key).map_or_else(|row| row, |row| row + 1);
            self.path.push((id, child));
            id = child_of(page, child);
        }
    }

    /// Changes one leaf in place and tells the log.
    fn change_leaf(&mut self, leaf: PageId, key: &[u8], value: Option<&[u8]>) -> Result<(), Fault> {
        let whole = self.needs_image(leaf);
        let Some(page) = self.cache.change(leaf) else { return Err(Fault::Corrupt(leaf)) };
        apply(page, key, value);
        self.record.clear();
        if whole {
            change::write_image(&mut self.record, leaf, page);
        } else {
            change::write_row(&mut self.record, leaf, key, value);
        }
        let place = self.log.append(&self.record)?;
        slotted::set_stamp(page, place);
        Ok(())
    }

    /// Whether the next change of a page must put it into the log as a whole.
    fn needs_image(&self, id: PageId) -> bool {
        let stamp = self.cache.held_page(id).map_or(0, |page| slotted::stamp(page));
        stamp <= self.redo && self.options.flaw != Flaw::NoImages
    }

    /// Pages beyond the cache's room go to the device.
    fn settle(&mut self) -> Result<(), Fault> {
        while let Some(id) = self.cache.victim() {
            self.write_page(id)?;
        }
        Ok(())
    }

    /// Writes a changed page, the log first.
    fn write_page(&mut self, id: PageId) -> Result<(), Fault> {
        let stamp = self.cache.changed(id).map_or(0, |page| slotted::stamp(&page));
        if stamp > self.log.durable() && self.options.flaw != Flaw::DataFirst {
            self.sync_log()?;
        }
        match self.cache.seal(id) {
            Some(page) => {
                self.traffic.data += 1;
                self.device.write(id, page)
            }
            None => Ok(()),
        }
    }

    /// Writes a page at once, where that is the flaw.
    fn write_first(&mut self, leaf: PageId) -> Result<(), Fault> {
        if self.options.flaw == Flaw::DataFirst { self.write_page(leaf) } else { Ok(()) }
    }

    fn sync_log(&mut self) -> Result<(), Fault> {
        if self.options.flaw == Flaw::NoSync {
            self.traffic.log += self.log.write(&mut self.device)?;
            self.log.pretend();
        } else {
            self.traffic.log += self.log.sync(&mut self.device)?;
        }
        Ok(())
    }

    fn grow(&mut self, key: &[u8], old: Option<usize>, new: Option<usize>) {
        let sizes = &mut self.sizes;
        if let Some(old) = old {
            sizes.rows -= 1;
            sizes.bytes -= (key.len() + old) as u64;
        }
        if let Some(new) = new {
            sizes.rows += 1;
            sizes.bytes += (key.len() + new) as u64;
        }
    }
}

/// The child of a branch by its number: 0 is the one before the first key.
fn child_of(page: &super::blocks::Page, child: usize) -> PageId {
    match child.checked_sub(1) {
        Some(row) => slotted::value(page, row).try_into().map_or(0, PageId::from_le_bytes),
        None => slotted::link(page),
    }
}

/// Puts or removes a row of a leaf, where it fits.
fn apply(page: &mut super::blocks::Page, key: &[u8], value: Option<&[u8]>) {
    match (slotted::search(page, key), value) {
        (Ok(row), Some(value)) => {
            slotted::replace(page, row, value);
        }
        (Err(row), Some(value)) => {
            slotted::insert(page, row, key, value);
        }
        (Ok(row), None) => slotted::remove(page, row),
        (Err(_), None) => {}
    }
}

impl KeyValue for BTree {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        if key.len() + value.len() > MOST_ROW {
            return Err(Fault::TooLong(key.len() + value.len()));
        }
        self.make_log_room()?;
        let leaf = self.descend(key)?;
        let page = self.cache.held_page(leaf).ok_or(Fault::Corrupt(leaf))?;
        let old = slotted::search(page, key).ok().map(|row| slotted::value(page, row).len());
        let freed = old.map_or(0, |old| slotted::ROW + key.len() + old);
        let fits = slotted::used(page) - freed + slotted::size_of(key, value) <= slotted::CAPACITY;
        if fits {
            self.change_leaf(leaf, key, Some(value))?;
        } else {
            self.split(leaf, key, value)?;
        }
        self.grow(key, old, Some(value.len()));
        self.write_first(leaf)?;
        self.traffic.user += (key.len() + value.len()) as u64;
        self.settle()
    }

    fn delete(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.make_log_room()?;
        let leaf = self.descend(key)?;
        let page = self.cache.held_page(leaf).ok_or(Fault::Corrupt(leaf))?;
        if let Ok(row) = slotted::search(page, key) {
            let old = slotted::value(page, row).len();
            let left = slotted::used(page) - slotted::ROW - key.len() - old;
            if left < slotted::CAPACITY / 4 && !self.path.is_empty() {
                self.merge(leaf, key)?;
            } else {
                self.change_leaf(leaf, key, None)?;
            }
            self.grow(key, Some(old), None);
            self.write_first(leaf)?;
            self.traffic.user += key.len() as u64;
        }
        self.settle()
    }

    fn get(&mut self, key: &[u8], into: &mut Vec<u8>) -> Result<bool, Fault> {
        let leaf = self.descend(key)?;
        let page = self.cache.held_page(leaf).ok_or(Fault::Corrupt(leaf))?;
        let found = slotted::search(page, key);
        if let Ok(row) = found {
            into.extend_from_slice(slotted::value(page, row));
        }
        self.settle()?;
        Ok(found.is_ok())
    }

    fn scan(
        &mut self,
        from: &[u8],
        to: Option<&[u8]>,
        each: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Fault> {
        let mut id = self.descend(from)?;
        let mut first = true;
        while id != 0 {
            let page = match self.cache.held_page(id).filter(|_| first) {
                Some(page) => page.clone(),
                None => self.cache.get(&mut self.device, id)?.clone(),
            };
            let start = if first { slotted::search(&page, from).unwrap_or_else(|row| row) } else { 0 };
            for row in start..slotted::count(&page) {
                let key = slotted::key(&page, row);
                if to.is_some_and(|to| key >= to) || !each(key, slotted::value(&page, row)) {
                    return self.settle();
                }
            }
            (id, first) = (slotted::link(&page), false);
            drop(page);
            self.settle()?;
        }
        self.settle()
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.sync_log()
    }

    fn has_work(&self) -> bool {
        self.checkpoint.is_some() || self.log.used() > self.log.capacity() / 2
    }

    fn work(&mut self) -> Result<bool, Fault> {
        if !self.has_work() {
            return Ok(false);
        }
        self.checkpoint_step()?;
        Ok(true)
    }

    fn is_ready(&self) -> bool {
        self.log.room() >= LOG_NEED * PAGE as u64
    }

    fn looked(&self) -> u64 {
        self.cache.uses().asked
    }

    fn traffic(&self) -> Traffic {
        self.traffic
    }

    fn device(&self) -> &Blocks {
        &self.device
    }
}

#[cfg(test)]
mod tests;
