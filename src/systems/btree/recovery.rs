//! Checkpoints, and how a tree comes back: from the last checkpoint, with all that the log tells since then.
//!
//! A checkpoint writes the pages that were changed when it began, a page a step, while the tree goes on. When all of
//! them are durable, a superblock says that a redo need not look further back than where the log stood at its beginning. The
//! two superblocks take turns, so that one of them is whole whatever happens to the other.

use std::sync::Arc;

use super::change::{meta_page, read_meta, redo};
use super::{BTree, LEAF, LOG_AT, LOG_LEAST, LOG_NEED, META_AT, Meta, Options, Sizes};
use crate::systems::blocks::{Blocks, Fault, PAGE, Page, PageId, Unopened};
use crate::systems::key_value::{KeyValue, Traffic};
use crate::systems::page_cache::PageCache;
use crate::systems::redo_log::{RedoLog, replay};
use crate::systems::slotted;

/// The kind of a superblock's page.
const SUPER: u8 = 5;

/// A checkpoint under way.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    /// The pages that are still to be looked at, the last one next.
    pages: Vec<PageId>,
    /// Where a redo begins once it is done.
    redo: u64,
}

/// What a superblock says.
#[derive(Clone, Copy, Debug)]
struct Super {
    number: u64,
    generation: u64,
    redo: u64,
    log_pages: u32,
}

impl Super {
    fn page(&self) -> Page {
        let mut page = slotted::empty(SUPER);
        let mut value = Vec::with_capacity(28);
        for number in [self.number, self.generation, self.redo] {
            value.extend_from_slice(&number.to_le_bytes());
        }
        value.extend_from_slice(&self.log_pages.to_le_bytes());
        slotted::insert(&mut page, 0, b"super", &value);
        page
    }

    fn read(device: &mut Blocks, at: PageId) -> Result<Option<Super>, Fault> {
        let Some(page) = device.read(at)? else { return Ok(None) };
        if slotted::verify(&page, at).is_err() || slotted::kind(&page) != SUPER || slotted::count(&page) != 1
        {
            return Ok(None);
        }
        let value = slotted::value(&page, 0);
        let number =
            |place: usize| value.get(8 * place..8 * place + 8)?.try_into().ok().map(u64::from_le_bytes);
        let pages = value.get(24..28).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let found = (number(0), number(1), number(2), pages);
        let (Some(number), Some(generation), Some(redo), Some(log_pages)) = found else { return Ok(None) };
        Ok(Some(Super { number, generation, redo, log_pages }))
    }
}

/// Opens what is on the device, or makes an empty tree.
pub(super) fn open(mut device: Blocks, options: Options) -> Result<BTree, Unopened> {
    let mut cache = PageCache::new(options.cache);
    let (known, end, meta, data) = match replayed(&mut device, &mut cache, options) {
        Ok(found) => found,
        Err(fault) => return Err(Unopened { fault, device: Box::new(device) }),
    };
    let log = RedoLog::new(LOG_AT, known.log_pages, known.generation + 1, end);
    let mut tree = BTree {
        device,
        cache,
        redo: log.start(),
        log,
        options: Options { log_pages: known.log_pages, ..options },
        meta,
        sizes: Sizes::default(),
        number: known.number,
        checkpoint: None,
        checkpoints: 0,
        traffic: Traffic { data, ..Traffic::default() },
        path: Vec::new(),
        record: Vec::new(),
    };
    match tree.begin() {
        Ok(()) => Ok(tree),
        Err(fault) => Err(Unopened { fault, device: Box::new(tree.device) }),
    }
}

/// Does again what the log tells since the last checkpoint. Returns what the superblock said, where the log ends, what the
/// tree is made of, and how many pages were written.
fn replayed(
    device: &mut Blocks,
    cache: &mut PageCache,
    options: Options,
) -> Result<(Super, u64, Meta, u64), Fault> {
    let found = [Super::read(device, 0)?, Super::read(device, 1)?];
    let newest = found.into_iter().flatten().max_by_key(|found| found.number);
    let mut written = 0;
    let (known, end) = match newest {
        Some(known) => {
            let ring = (LOG_AT, known.log_pages);
            let end = replay(device, ring, known.generation, known.redo, |device, place, record| {
                redo(cache, device, place, record)?;
                written += spill(cache, device)?;
                Ok(())
            })?;
            (known, end)
        }
        None => {
            let log_pages = options.log_pages.max(LOG_LEAST);
            let root = LOG_AT + log_pages;
            let meta = Meta { root, height: 1, next: root + 1, free: 0 };
            cache.put(META_AT, Arc::new(meta_page(&meta)));
            cache.put(root, Arc::new(slotted::empty(LEAF)));
            (Super { number: 0, generation: 0, redo: 0, log_pages }, 0)
        }
    };
    let meta = read_meta(cache.get(device, META_AT)?).ok_or(Fault::Corrupt(META_AT))?;
    Ok((known, end, meta, written))
}

/// Pages beyond the cache's room go to the device while the log is read: it is durable.
fn spill(cache: &mut PageCache, device: &mut Blocks) -> Result<u64, Fault> {
    let mut written = 0;
    while let Some(id) = cache.victim() {
        if let Some(page) = cache.seal(id) {
            device.write(id, page)?;
            written += 1;
        }
    }
    Ok(written)
}

impl BTree {
    /// Makes durable what the log told, and begins a new generation of it.
    fn begin(&mut self) -> Result<(), Fault> {
        for id in self.cache.all_changed() {
            self.write_page(id)?;
        }
        self.finish(self.redo)?;
        self.sizes = self.measure()?;
        self.settle()
    }

    /// Begins a checkpoint, or does all that is left of the one under way and then begins. The steps are taken by
    /// [`KeyValue::work`].
    ///
    /// # Errors
    /// Faults of the device.
    pub fn begin_checkpoint(&mut self) -> Result<(), Fault> {
        while self.checkpoint.is_some() {
            self.checkpoint_step()?;
        }
        let mut pages = self.cache.all_changed();
        pages.reverse();
        self.redo = self.log.end();
        self.checkpoint = Some(Checkpoint { pages, redo: self.redo });
        Ok(())
    }

    /// Makes a whole checkpoint.
    ///
    /// # Errors
    /// Faults of the device.
    pub fn checkpoint(&mut self) -> Result<(), Fault> {
        self.begin_checkpoint()?;
        while self.checkpoint.is_some() {
            self.checkpoint_step()?;
        }
        Ok(())
    }

    /// Writes one page for the checkpoint, or ends it.
    pub(super) fn checkpoint_step(&mut self) -> Result<(), Fault> {
        let Some(checkpoint) = &mut self.checkpoint else { return self.begin_checkpoint() };
        let redo = checkpoint.redo;
        while let Some(id) = self.checkpoint.as_mut().and_then(|checkpoint| checkpoint.pages.pop()) {
            if self.cache.changed(id).is_some() {
                return self.write_page(id);
            }
        }
        self.finish(redo)?;
        self.checkpoint = None;
        self.checkpoints += 1;
        Ok(())
    }

    /// All pages that were changed before the place `redo` are written: makes that durable and says so.
    fn finish(&mut self, redo: u64) -> Result<(), Fault> {
        self.sync_log()?;
        self.device.sync()?;
        self.number += 1;
        let at = (self.number % 2) as PageId;
        let mut page = Super {
            number: self.number,
            generation: self.log.generation(),
            redo,
            log_pages: self.options.log_pages,
        }
        .page();
        slotted::seal(&mut page, at);
        self.traffic.other += 1;
        self.device.write(at, Arc::new(page))?;
        self.device.sync()?;
        self.log.forget(redo);
        Ok(())
    }

    /// A change must find room in the log: where there is none, a checkpoint comes first.
    pub(super) fn make_log_room(&mut self) -> Result<(), Fault> {
        while !self.is_ready() {
            // What is under way may free too little.
            if self.checkpoint.is_none() {
                self.begin_checkpoint()?;
            }
            while self.checkpoint.is_some() {
                self.checkpoint_step()?;
            }
            if self.log.used() == 0 && self.log.room() < LOG_NEED * PAGE as u64 {
                return Err(Fault::Full);
            }
        }
        Ok(())
    }
}
