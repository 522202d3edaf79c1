//! The manifest: which tables are valid, in which runs of which levels, and where the log begins.
//!
//! It is written as a whole, to one of two places in turns, and only when all that it names is durable. Each of its
//! pages bears its number and a checksum, so one that was not written to its end is seen and the one before it counts.

use std::sync::Arc;

use super::table::Table;
use super::{Flaw, Lsm, Run};
use crate::systems::blocks::{Blocks, Fault, PAGE, PageId};
use crate::systems::slotted;

/// Pages of a place. Two of them, then the log.
const PLACE: PageId = 32;
/// Where the log begins.
pub(super) const LOG_AT: PageId = 2 * PLACE;
/// Bytes of a page behind checksum and number.
const PAYLOAD: usize = PAGE - 16;

/// What a manifest says.
pub(super) struct Manifest {
    pub(super) number: u64,
    pub(super) generation: u64,
    pub(super) log_start: u64,
    pub(super) log_pages: u32,
    pub(super) next: u64,
    pub(super) levels: Vec<Vec<Run>>,
}

impl Lsm {
    /// Makes durable what was written, then the manifest that names it.
    pub(super) fn write_manifest(&mut self) -> Result<(), Fault> {
        if self.options.flaw != Flaw::ManifestFirst {
            self.disk.device.sync()?;
        }
        let bytes = self.encode_manifest();
        self.number += 1;
        let place = (self.number % 2) as PageId * PLACE;
        if bytes.len() > PLACE as usize * PAYLOAD {
            return Err(Fault::Full);
        }
        for (id, bytes) in (place..).zip(bytes.chunks(PAYLOAD)) {
            let mut page = [0; PAGE];
            page[8..16].copy_from_slice(&self.number.to_le_bytes());
            page[16..16 + bytes.len()].copy_from_slice(bytes);
            slotted::seal(&mut page, id);
            self.disk.traffic.other += 1;
            self.disk.device.write(id, Arc::new(page))?;
        }
        self.disk.device.sync()
    }

    fn encode_manifest(&self) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        for number in [self.log.generation(), self.log_start, self.next] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.options.log_pages.to_le_bytes());
        let mut short = |number: usize| bytes.extend_from_slice(&(number as u32).to_le_bytes());
        short(self.levels.len());
        for runs in &self.levels {
            short(runs.len());
            for run in runs {
                short(run.len());
                for table in run {
                    short(table.index.len());
                    table.index.iter().for_each(|page| short(*page as usize));
                }
            }
        }
        let length = (bytes.len() as u32).to_le_bytes();
        bytes[..4].copy_from_slice(&length);
        bytes
    }
}

/// The newest manifest that is whole, with its tables.
pub(super) fn read(device: &mut Blocks) -> Result<Option<Manifest>, Fault> {
    let found = [read_bytes(device, 0)?, read_bytes(device, PLACE)?];
    let Some((number, bytes)) = found.into_iter().flatten().max_by_key(|(number, _)| *number) else {
        return Ok(None);
    };
    decode(device, number, &bytes)?.map_or(Err(Fault::Corrupt(0)), |manifest| Ok(Some(manifest)))
}

/// The bytes at a place with their number, where all pages are whole and of one number.
fn read_bytes(device: &mut Blocks, place: PageId) -> Result<Option<(u64, Vec<u8>)>, Fault> {
    let (mut bytes, mut number) = (Vec::new(), None);
    for id in place..place + PLACE {
        let Some(page) = device.read(id)?.filter(|page| slotted::verify(page, id).is_ok()) else {
            return Ok(None);
        };
        let theirs = page[8..16].try_into().map_or(0, u64::from_le_bytes);
        if *number.get_or_insert(theirs) != theirs {
            return Ok(None);
        }
        bytes.extend_from_slice(&page[16..]);
        let length = bytes[..4].try_into().map_or(0, u32::from_le_bytes) as usize;
        if bytes.len() >= length {
            bytes.truncate(length);
            return Ok(number.map(|number| (number, bytes)));
        }
    }
    Ok(None)
}

fn decode(device: &mut Blocks, number: u64, bytes: &[u8]) -> Result<Option<Manifest>, Fault> {
    let mut rest = bytes.get(4..).unwrap_or_default();
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at_checked(length)?;
        rest = left;
        Some(taken)
    };
    let head: Option<Vec<u64>> = (0..3).map(|_| take(8)?.try_into().ok().map(u64::from_le_bytes)).collect();
    let mut short = || take(4)?.try_into().ok().map(u32::from_le_bytes);
    let (Some(head), Some(log_pages), Some(count)) = (head, short(), short()) else { return Ok(None) };
    let mut levels = Vec::new();
    for _ in 0..count {
        let Some(count) = short() else { return Ok(None) };
        let mut runs = Vec::new();
        for _ in 0..count {
            let Some(count) = short() else { return Ok(None) };
            let mut run = Run::new();
            for _ in 0..count {
                let Some(count) = short() else { return Ok(None) };
                let Some(index) = (0..count).map(|_| short()).collect::<Option<Vec<PageId>>>() else {
                    return Ok(None);
                };
                run.push(Arc::new(Table::load(device, index)?));
            }
            runs.push(run);
        }
        levels.push(runs);
    }
    let [generation, log_start, next] = head[..] else { return Ok(None) };
    Ok(Some(Manifest { number, generation, log_start, log_pages, next, levels }))
}
