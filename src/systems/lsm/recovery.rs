//! How a tree comes back: the tables of the last manifest, and what the log tells since they were written.
//!
//! What the log tells becomes a run at once, and the log begins anew in another generation. Pages that no table names, those
//! of a merge that was under way, are free.

use super::manifest::{LOG_AT, Manifest, read};
use super::table::Disk;
use super::{Filtered, Lsm, Memtable, Options};
use crate::systems::blocks::{Blocks, Fault, PAGE, Unopened};
use crate::systems::page_cache::PageCache;
use crate::systems::redo_log::{RedoLog, replay};

/// The fewest pages that a log may have.
const LOG_LEAST: u32 = 16;

/// Opens what is on the device, or makes an empty tree.
pub(super) fn open(mut device: Blocks, options: Options) -> Result<Lsm, Unopened> {
    let (manifest, rows, end) = match known(&mut device, options) {
        Ok(known) => known,
        Err(fault) => return Err(Unopened { fault, device: Box::new(device) }),
    };
    let mut disk = Disk::new(device, LOG_AT + manifest.log_pages);
    for page in manifest.levels.iter().flatten().flatten().flat_map(|table| table.pages()) {
        disk.claim(page);
    }
    let log = RedoLog::new(LOG_AT, manifest.log_pages, manifest.generation + 1, end);
    let mut tree = Lsm {
        disk,
        cache: PageCache::new(options.cache),
        log_start: log.start(),
        log,
        options: Options { log_pages: manifest.log_pages, ..options },
        memtable: Memtable::new(),
        memory: 0,
        began: end,
        full: None,
        levels: manifest.levels,
        flush: None,
        job: None,
        turns: Vec::new(),
        number: manifest.number,
        next: manifest.next,
        filtered: Filtered::default(),
        flushes: 0,
        compactions: 0,
        record: Vec::new(),
    };
    match tree.start(&rows) {
        Ok(()) => Ok(tree),
        Err(fault) => Err(Unopened { fault, device: Box::new(tree.disk.device) }),
    }
}

/// What the device tells: the manifest, the rows of the log, and where the log ends.
fn known(device: &mut Blocks, options: Options) -> Result<(Manifest, Memtable, u64), Fault> {
    let Some(manifest) = read(device)? else {
        // Two memtables and what comes while one of them is written.
        let needed = (3 * options.memtable / PAGE) as u32 * 2;
        let manifest = Manifest {
            number: 0,
            generation: 0,
            log_start: 0,
            log_pages: options.log_pages.max(LOG_LEAST).max(needed),
            next: 1,
            levels: Vec::new(),
        };
        return Ok((manifest, Memtable::new(), 0));
    };
    let mut rows = Memtable::new();
    let ring = (LOG_AT, manifest.log_pages);
    let end = replay(device, ring, manifest.generation, manifest.log_start, |_, _, record| {
        let length =
            record.get(1..3).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
        if let (Some(key), Some(value)) = (record.get(3..3 + length), record.get(3 + length..)) {
            rows.insert(key.to_vec(), (record[0] == 1).then(|| value.to_vec()));
        }
        Ok(())
    })?;
    Ok((manifest, rows, end))
}

impl Lsm {
    /// The rows of the log become a run, or the manifest only says that a new log begins.
    fn start(&mut self, rows: &Memtable) -> Result<(), Fault> {
        if rows.is_empty() {
            return self.write_manifest();
        }
        for (key, value) in rows {
            self.remember(key, value.as_deref());
        }
        self.rotate();
        while self.full.is_some() {
            self.step()?;
        }
        self.flushes = 0;
        Ok(())
    }
}
