//! A block device in memory: pages of 4 KiB that are read and written whole, a barrier that makes what was written
//! durable, and a count of it all.
//!
//! What a storage engine may rely on is little, and this device gives no more. A write is in the device's cache until the next
//! [`Blocks::sync`]. When the power fails before, each written page may be there in its new form, in an older one, or torn:
//! some of its sectors new and some old, since only a sector of 512 bytes is written whole. Pages reach the medium in any
//! order. [`Blocks::crash`] chooses all that by chance, so that a recovery which only works by luck is found out.
//!
//! A fuse ([`Blocks::blow_after`]) cuts the power at any write, also in the midst of a checkpoint or of a recovery. From
//! then on each operation fails, as it does for a process whose machine is gone.
//!
//! What an operation costs is a [`Speed`]. A page directly behind the last one needs no seek, and that is why a log and
//! a merge are cheap on a disk and single pages are not.
//!
//! Pages are shared and copied on write: a copy of the device costs a pointer a page.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::sim::{Nanos, Rng};

/// Bytes of a page, the unit of reading and writing.
pub const PAGE: usize = 4096;
/// Bytes of a sector, the unit that is written whole or not at all.
pub const SECTOR: usize = 512;
/// A page's bytes.
pub type Page = [u8; PAGE];
/// The number of a page on its device.
pub type PageId = u32;

/// Why an operation of a device, or of an engine on it, failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The power is gone. Nothing works until the device is started again.
    #[error("the device has lost power")]
    Down,
    /// A page is not what was written: its checksum is wrong.
    #[error("page {0} fails its checksum: it is torn, or was never written")]
    Corrupt(PageId),
    /// A key and its value together are longer than a page can hold four of.
    #[error("a row of {0} bytes is longer than {MOST_ROW}")]
    TooLong(usize),
    /// The log or the manifest has no room left.
    #[error("no room is left in a fixed part of the device")]
    Full,
}

/// An engine could not be opened: why, and the device as that left it.
#[derive(Debug, thiserror::Error)]
#[error("{fault}")]
pub struct Unopened {
    /// Why.
    pub fault: Fault,
    /// The device, to try again.
    pub device: Box<Blocks>,
}

/// The most bytes that a key and its value may have together: at least four rows fit into a page.
pub const MOST_ROW: usize = 960;

/// What operations cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// Reading a page anywhere.
    pub read: Nanos,
    /// Writing a page anywhere.
    pub write: Nanos,
    /// Reading or writing the page directly behind the last one.
    pub next: Nanos,
    /// Making durable what was written.
    pub sync: Nanos,
}

impl Speed {
    /// A disk of 7,200 turns a minute: half a turn is 4.17 ms, a seek about 8.5 ms (the figures of data sheets of such disks),
    /// 200 MB/s in sequence. A barrier waits for the next turns: 8 ms.
    pub const HDD: Speed = Speed {
        read: Nanos::from_micros(12_700),
        write: Nanos::from_micros(12_700),
        next: Nanos::from_micros(20),
        sync: Nanos::from_micros(8_300),
    };
    /// A consumer's SSD at SATA without protection against power loss: about 13,000 reads and 36,000 writes a second of 4
    /// KiB one at a time and 530 MB/s (data sheet of the Samsung 870 EVO); a barrier costs milliseconds (3.5 ms: Zaitsev,
    /// *Why Consumer SSD Reviews are Useless for Database Performance Use Case*, 2018).
    pub const SSD: Speed = Speed {
        read: Nanos::from_micros(77),
        write: Nanos::from_micros(28),
        next: Nanos::from_micros(8),
        sync: Nanos::from_micros(3_500),
    };
    /// A server's NVMe SSD with capacitors: about 22,000 reads and 60,000 writes a second one at a time, 5 GB/s (data
    /// sheet of the Samsung 980 PRO); a barrier 12 to 58 us (Callaghan, *SSDs, power loss protection and
    /// fsync latency*, 2026).
    pub const NVME: Speed = Speed {
        read: Nanos::from_micros(45),
        write: Nanos::from_micros(17),
        next: Nanos::from_micros(1),
        sync: Nanos::from_micros(30),
    };
}

/// What a device has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pages read.
    pub reads: u64,
    /// Pages written.
    pub writes: u64,
    /// Barriers.
    pub syncs: u64,
}

/// A block device. A copy costs a pointer a page, and pages are shared until one of the copies writes them.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// What a read returns; none for zeros.
    pages: Vec<Option<Arc<Page>>>,
    /// Each write since the last barrier: the page, and what it was before.
    unsynced: Vec<(PageId, Option<Arc<Page>>)>,
    speed: Speed,
    counts: Counts,
    spent: Nanos,
    /// Where the head stands: behind this page.
    head: PageId,
    held: usize,
    fuse: Option<u64>,
    down: bool,
}

impl Blocks {
    /// An empty device: all zeros.
    #[must_use]
    pub fn new(speed: Speed) -> Blocks {
        Blocks {
            pages: Vec::new(),
            unsynced: Vec::new(),
            speed,
            counts: Counts::default(),
            spent: Nanos::ZERO,
            head: PageId::MAX,
            held: 0,
            fuse: None,
            down: false,
        }
    }

    /// From now on operations cost something else.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
    }

    /// A page; zeros where none was written. O(1), and the page is shared.
    ///
    /// # Errors
    /// Where the device is down.
    pub fn read(&mut self, id: PageId) -> Result<Option<Arc<Page>>, Fault> {
        if self.down {
            return Err(Fault::Down);
        }
        self.counts.reads += 1;
        self.spend(id, self.speed.read);
        Ok(self.peek(id))
    }

    /// A page as a look from outside sees it: nothing is counted. For tests and pictures.
    #[must_use]
    pub fn peek(&self, id: PageId) -> Option<Arc<Page>> {
        self.pages.get(id as usize).cloned().flatten()
    }

    /// Writes a page. It is durable after the next barrier. O(1).
    ///
    /// # Errors
    /// Where the device is down, or goes down with this write: then the page is written, lost or torn.
    pub fn write(&mut self, id: PageId, page: Arc<Page>) -> Result<(), Fault> {
        if self.down {
            return Err(Fault::Down);
        }
        let place = id as usize;
        if place >= self.pages.len() {
            self.pages.resize(place + 1, None);
        }
        self.counts.writes += 1;
        self.spend(id, self.speed.write);
        let before = self.pages[place].replace(page);
        self.held += usize::from(before.is_none());
        self.unsynced.push((id, before));
        self.burn()
    }

    /// Makes durable what was written until now.
    ///
    /// # Errors
    /// Where the device is down, or goes down before it is done.
    pub fn sync(&mut self) -> Result<(), Fault> {
        self.sync_pages(0..PageId::MAX)
    }

    /// Makes durable what was written until now to those pages, and nothing else: a file has a barrier of its own.
    /// O(writes that are not durable).
    ///
    /// # Errors
    /// Where the device is down, or goes down before it is done.
    pub fn sync_pages(&mut self, pages: Range<PageId>) -> Result<(), Fault> {
        if self.down {
            return Err(Fault::Down);
        }
        self.burn()?;
        self.counts.syncs += 1;
        self.spent += self.speed.sync;
        self.unsynced.retain(|(id, _)| !pages.contains(id));
        Ok(())
    }

    /// Nobody needs this page any more: its room can be used. That is durable at once, the worst case for an owner who
    /// still needs it after all.
    pub fn discard(&mut self, id: PageId) {
        if let Some(page) = self.pages.get_mut(id as usize) {
            self.held -= usize::from(page.take().is_some());
            self.unsynced.retain(|(written, _)| *written != id);
        }
    }

    /// The power fails at the `n`th write or barrier from now, counted from 1.
    pub fn blow_after(&mut self, n: u64) {
        self.fuse = Some(n.max(1));
    }

    /// The power fails now, if it has not failed already, and comes back. What was not made durable is there, lost or torn.
    /// O(pages written since the last barrier).
    pub fn crash(&mut self, rng: &mut Rng) {
        let mut forms: BTreeMap<PageId, Vec<Option<Arc<Page>>>> = BTreeMap::new();
        for (id, before) in self.unsynced.drain(..) {
            forms.entry(id).or_default().push(before);
        }
        for (id, mut forms) in forms {
            let slot = &mut self.pages[id as usize];
            let held = slot.is_some();
            forms.push(slot.take());
            // One of its forms, or a mixture of two that follow each other.
            let chosen = rng.below(2 * forms.len() as u64 - 1) as usize;
            let form = chosen / 2;
            *slot = match forms.get(form + 1) {
                Some(newer) if chosen % 2 == 1 => Some(tear(forms[form].as_deref(), newer.as_deref(), rng)),
                _ => forms[form].clone(),
            };
            self.held = self.held + usize::from(slot.is_some()) - usize::from(held);
        }
        (self.down, self.fuse, self.head) = (false, None, PageId::MAX);
    }

    /// Whether the power is gone.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.down
    }

    /// What it has done since it was made.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The time that all of it took, one after the other.
    #[must_use]
    pub fn spent(&self) -> Nanos {
        self.spent
    }

    /// How many writes are not durable yet.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// How many pages hold something.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    fn spend(&mut self, id: PageId, anywhere: Nanos) {
        let cost = if id == self.head { self.speed.next } else { anywhere };
        self.spent += cost;
        self.head = id.wrapping_add(1);
    }

    fn burn(&mut self) -> Result<(), Fault> {
        if let Some(left) = &mut self.fuse {
            *left -= 1;
            if *left == 0 {
                self.down = true;
                return Err(Fault::Down);
            }
        }
        Ok(())
    }
}

/// A page of which each sector is the old or the new one.
fn tear(old: Option<&Page>, new: Option<&Page>, rng: &mut Rng) -> Arc<Page> {
    let mut page = [0; PAGE];
    for start in (0..PAGE).step_by(SECTOR) {
        if let Some(from) = if rng.chance(0.5) { new } else { old } {
            page[start..start + SECTOR].copy_from_slice(&from[start..start + SECTOR]);
        }
    }
    Arc::new(page)
}

/// A checksum of 64 bits over bytes, eight at a time: not against an enemy, but against what is torn or left over. Two
/// different contents agree once in 2^64. About 0.3 ns a byte.
#[must_use]
pub fn checksum(salt: u64, bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sum = salt ^ (bytes.len() as u64).wrapping_mul(ODD);
    let (words, remainder) = bytes.as_chunks::<8>();
    let mut rest = [0; 8];
    rest[..remainder.len()].copy_from_slice(remainder);
    let step = |sum: u64, word: [u8; 8]| {
        let sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(ODD);
        sum ^ (sum >> 29)
    };
    for word in words {
        sum = step(sum, *word);
    }
    step(sum, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Seed;

    fn filled(byte: u8) -> Arc<Page> {
        Arc::new([byte; PAGE])
    }

    fn first(blocks: &Blocks, id: PageId) -> u8 {
        blocks.peek(id).map_or(0, |page| page[0])
    }

    #[test]
    fn what_was_synced_survives_and_what_was_not_may_not() {
        let (mut kept, mut lost, mut torn) = (0, 0, 0);
        for seed in 0..400 {
            let mut blocks = Blocks::new(Speed::SSD);
            blocks.write(1, filled(1)).expect("up");
            blocks.sync().expect("up");
            blocks.write(1, filled(2)).expect("up");
            blocks.write(7, filled(7)).expect("up");
            blocks.sync().expect("up");
            blocks.write(1, filled(3)).expect("up");
            blocks.crash(&mut Rng::stream(Seed(seed), "crash"));
            assert_eq!(first(&blocks, 7), 7);
            let page = blocks.peek(1).expect("it was written twice");
            for sector in page.chunks(SECTOR) {
                assert!(sector.iter().all(|&byte| byte == sector[0]), "a sector is whole");
                assert!([2, 3].contains(&sector[0]));
            }
            match (page.contains(&2), page.contains(&3)) {
                (true, true) => torn += 1,
                (true, false) => lost += 1,
                _ => kept += 1,
            }
        }
        // A third each (1 in 128 of the tears looks whole): five deviations of 9.4.
        let third = 86..181;
        assert!([kept, lost, torn].iter().all(|n| third.contains(n)), "{kept} {lost} {torn}");
    }

    #[test]
    fn several_writes_of_a_page_leave_one_of_them_or_a_neighbouring_mix() {
        let mut seen = [0; 4];
        for seed in 0..200 {
            let mut blocks = Blocks::new(Speed::SSD);
            (1..=3).for_each(|byte| blocks.write(0, filled(byte)).expect("up"));
            blocks.crash(&mut Rng::stream(Seed(seed), "crash"));
            let page = blocks.peek(0).map_or([0; PAGE], |page| *page);
            let (low, high) = (page.iter().min().expect("bytes"), page.iter().max().expect("bytes"));
            assert!(high - low <= 1, "{low} and {high}");
            seen[*high as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n > 20), "{seen:?}");
    }

    #[test]
    fn the_fuse_blows_at_its_write_and_nothing_works_behind_it() {
        let mut blocks = Blocks::new(Speed::SSD);
        blocks.blow_after(3);
        assert_eq!(blocks.write(0, filled(1)), Ok(()));
        assert_eq!(blocks.sync(), Ok(()));
        assert_eq!(blocks.write(0, filled(2)), Err(Fault::Down));
        assert_eq!(blocks.read(0), Err(Fault::Down));
        assert_eq!(blocks.sync(), Err(Fault::Down));
        assert!(blocks.is_down() && blocks.unsynced() == 1);
        blocks.crash(&mut Rng::stream(Seed(1), "crash"));
        assert!(blocks.read(0).is_ok_and(|page| page.is_some()) && blocks.unsynced() == 0);
    }

    #[test]
    fn a_page_behind_the_last_one_needs_no_seek() {
        let mut blocks = Blocks::new(Speed::HDD);
        (10..20).for_each(|id| blocks.write(id, filled(1)).expect("up"));
        assert_eq!(blocks.spent(), Speed::HDD.write + Speed::HDD.next * 9);
        let before = blocks.spent();
        [40, 30, 31].into_iter().for_each(|id| drop(blocks.read(id)));
        assert_eq!(blocks.spent().since(before), Speed::HDD.read * 2 + Speed::HDD.next);
        assert_eq!(blocks.counts(), Counts { reads: 3, writes: 10, syncs: 0 });
        blocks.discard(12);
        assert_eq!((blocks.held(), first(&blocks, 12)), (9, 0));
    }

    #[test]
    fn a_checksum_sees_every_turned_bit() {
        let page = [7; 100];
        let sum = checksum(1, &page);
        for bit in 0..800 {
            let mut other = page;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(1, &other), sum, "{bit}");
        }
        assert_ne!(checksum(2, &page), sum);
        assert_ne!(checksum(1, &page[..99]), sum);
    }
}
