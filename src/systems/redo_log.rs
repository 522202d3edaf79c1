//! A write-ahead log in a ring of pages: what happened, in order, before it happens to the data.
//!
//! Records are appended to a stream of bytes, and a place in the log is the number of bytes before it, which only grows. The
//! stream lies in a ring of pages, so old records are overwritten once they are no longer needed ([`RedoLog::forget`]).
//! A barrier makes all durable at once ([`RedoLog::sync`]); how many records share one is up to the caller (group commit).
//!
//! After a crash the log ends somewhere, perhaps in the midst of a record, and behind that end lie records of the last
//! round or of pages that got through out of order. Each record has a checksum over its content, its place and the
//! *generation* of the log. So what lies around from an earlier round has the wrong place. What was written behind a gap before a
//! crash has the wrong generation afterwards: a recovery ends with a new one, otherwise a record which nobody was told of
//! could join the log later, when the gap before it has been filled. SQLite's log has such salts for the same reason.
//!
//! A page that is partly filled is written again when more comes. Its first bytes do not change, so a torn write does
//! not harm what was durable in it.

use std::sync::Arc;

use super::blocks::{Blocks, Fault, PAGE, PageId, checksum};

/// Bytes before a record's content: its length, and the checksum.
const HEAD: usize = 12;

/// A log that is being written.
#[derive(Clone, Debug)]
pub struct RedoLog {
    base: PageId,
    pages: u32,
    generation: u64,
    /// The first byte that is still needed.
    start: u64,
    /// The bytes from a page's start to the end of the log: what is not written yet, and what shares its page.
    tail: Vec<u8>,
    /// The place of the tail's first byte, on a page's edge.
    tail_at: u64,
    /// Up to where it is written, and up to where it is durable.
    written: u64,
    durable: u64,
}

impl RedoLog {
    /// An empty log in the ring of `pages` pages from `base`. It begins at the first page's edge at or after the place `from`.
    #[must_use]
    pub fn new(base: PageId, pages: u32, generation: u64, from: u64) -> RedoLog {
        let at = from.next_multiple_of(PAGE as u64);
        RedoLog {
            base,
            pages,
            generation,
            start: at,
            tail: Vec::new(),
            tail_at: at,
            written: at,
            durable: at,
        }
    }

    /// Appends a record in memory and returns the place behind it. O(its length).
    ///
    /// # Errors
    /// `Full` where the ring has no room: something must be forgotten first.
    pub fn append(&mut self, record: &[u8]) -> Result<u64, Fault> {
        if (HEAD + record.len()) as u64 > self.room() {
            return Err(Fault::Full);
        }
        let sum = checksum(self.salt(self.end()), record);
        self.tail.extend_from_slice(&(record.len() as u32).to_le_bytes());
        self.tail.extend_from_slice(&sum.to_le_bytes());
        self.tail.extend_from_slice(record);
        Ok(self.end())
    }

    /// Writes and makes durable what was appended. Nothing where all is durable. Returns how many pages were written.
    ///
    /// # Errors
    /// Where the device is down.
    pub fn sync(&mut self, device: &mut Blocks) -> Result<u64, Fault> {
        let written = self.write(device)?;
        if self.durable < self.written {
            device.sync_pages(self.base..self.base + self.pages)?;
            self.durable = self.written;
        }
        Ok(written)
    }

    /// Writes what was appended without making it durable. Returns how many pages that took.
    ///
    /// # Errors
    /// Where the device is down.
    pub fn write(&mut self, device: &mut Blocks) -> Result<u64, Fault> {
        if self.written == self.end() {
            return Ok(0);
        }
        let mut count = 0;
        for (index, bytes) in self.tail.chunks(PAGE).enumerate() {
            let mut page = [0; PAGE];
            page[..bytes.len()].copy_from_slice(bytes);
            device.write(self.page_at(self.tail_at + (index * PAGE) as u64), Arc::new(page))?;
            count += 1;
        }
        self.written = self.end();
        let whole = self.tail.len() / PAGE * PAGE;
        self.tail.drain(..whole);
        self.tail_at += whole as u64;
        Ok(count)
    }

    /// All that was written is said to be durable without a barrier. For showing what comes of that.
    pub fn pretend(&mut self) {
        self.durable = self.written;
    }

    /// What lies before the place `until` is no longer needed.
    pub fn forget(&mut self, until: u64) {
        self.start = self.start.max(until.min(self.end()));
    }

    /// The place behind the last record.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.tail_at + self.tail.len() as u64
    }

    /// The place up to which all is durable.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.durable
    }

    /// The first place that is still needed.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The generation that its records bear.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Bytes that are needed, of [`RedoLog::capacity`].
    #[must_use]
    pub fn used(&self) -> u64 {
        self.end() - self.start
    }

    /// Bytes of the ring that can be in use: a page less than it has, since the first one may be needed in part.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        u64::from(self.pages.saturating_sub(1)) * PAGE as u64
    }

    /// Bytes that can still be appended.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.capacity().saturating_sub(self.used())
    }

    fn page_at(&self, place: u64) -> PageId {
        self.base + ((place / PAGE as u64) % u64::from(self.pages)) as PageId
    }

    fn salt(&self, place: u64) -> u64 {
        salt(self.generation, place)
    }
}

fn salt(generation: u64, place: u64) -> u64 {
    place ^ generation.rotate_left(40)
}

/// Reads a log from the place `start` and gives each record with the place behind it to `each`, in order. Returns the
/// place behind the last one that is whole. Reads each page once.
///
/// # Errors
/// Where the device is down, or `each` fails.
pub fn replay(
    device: &mut Blocks,
    (base, pages): (PageId, u32),
    generation: u64,
    start: u64,
    mut each: impl FnMut(&mut Blocks, u64, &[u8]) -> Result<(), Fault>,
) -> Result<u64, Fault> {
    let mut bytes: Vec<u8> = Vec::new();
    let edge = start / PAGE as u64 * PAGE as u64;
    let (mut at, mut read) = ((start - edge) as usize, 0);
    // Bytes from the edge on; more are read as they are needed.
    let mut need = |device: &mut Blocks, bytes: &mut Vec<u8>, until: usize| -> Result<bool, Fault> {
        while bytes.len() < until {
            if read == pages {
                return Ok(false);
            }
            let number = edge / PAGE as u64 + u64::from(read);
            let page = device.read(base + (number % u64::from(pages)) as PageId)?;
            bytes.extend_from_slice(page.as_deref().unwrap_or(&[0; PAGE]));
            read += 1;
        }
        Ok(true)
    };
    loop {
        let place = edge + at as u64;
        if !need(device, &mut bytes, at + HEAD)? {
            return Ok(place);
        }
        let length = bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes) as usize;
        let sum = bytes[at + 4..at + HEAD].try_into().map_or(0, u64::from_le_bytes);
        let end = at + HEAD + length;
        if length == 0 || length > pages as usize * PAGE || !need(device, &mut bytes, end)? {
            return Ok(place);
        }
        let record = &bytes[at + HEAD..end];
        if checksum(salt(generation, place), record) != sum {
            return Ok(place);
        }
        each(device, edge + end as u64, record)?;
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::Speed;
    use super::*;
    use crate::sim::{Rng, Seed};

    const RING: (PageId, u32) = (5, 6);

    fn records(device: &mut Blocks, generation: u64, start: u64) -> (Vec<Vec<u8>>, u64) {
        let mut found = Vec::new();
        let end = replay(device, RING, generation, start, |_, _, record| {
            found.push(record.to_vec());
            Ok(())
        });
        (found, end.expect("up"))
    }

    fn record(n: u64) -> Vec<u8> {
        vec![n as u8 + 1; 100 + (n as usize * 37) % 900]
    }

    #[test]
    fn what_was_synced_is_read_back_round_after_round() {
        let mut device = Blocks::new(Speed::NVME);
        let mut log = RedoLog::new(RING.0, RING.1, 1, 0);
        let mut kept: Vec<(u64, Vec<u8>)> = Vec::new();
        for n in 0..200 {
            while log.room() < 1_100 {
                let (end, _) = kept.remove(0);
                log.forget(end);
            }
            kept.push((log.append(&record(n)).expect("room"), record(n)));
            log.sync(&mut device).expect("up");
            let (found, end) = records(&mut device, 1, log.start());
            assert_eq!(found, kept.iter().map(|(_, record)| record.clone()).collect::<Vec<_>>());
            assert_eq!(end, log.end());
        }
        assert!(log.end() > 3 * log.capacity(), "it went round");
        assert_eq!(records(&mut device, 2, log.start()).0, Vec::<Vec<u8>>::new());
        assert_eq!(log.append(&[0; 30_000]), Err(Fault::Full));
    }

    #[test]
    fn a_crash_keeps_a_beginning_that_holds_all_that_was_synced() {
        for seed in 0..300 {
            let mut rng = Rng::stream(Seed(seed), "test");
            let mut device = Blocks::new(Speed::NVME);
            let mut log = RedoLog::new(RING.0, RING.1, 1, 0);
            let (mut n, mut synced) = (0, 0);
            while log.room() > 1_100 {
                log.append(&record(n)).expect("room");
                n += 1;
                match rng.below(4) {
                    0 => {
                        log.sync(&mut device).expect("up");
                        synced = n;
                    }
                    1 => drop(log.write(&mut device).expect("up")),
                    _ => {}
                }
                if rng.chance(0.05) {
                    break;
                }
            }
            device.crash(&mut rng);
            let (found, _) = records(&mut device, 1, 0);
            assert!(found.len() as u64 >= synced, "{seed}: {} of {synced}", found.len());
            assert!((0..n).map(record).take(found.len()).eq(found), "{seed}");
        }
    }

    #[test]
    fn what_lay_behind_a_gap_does_not_come_back_when_the_gap_is_filled() {
        let mut device = Blocks::new(Speed::NVME);
        let mut log = RedoLog::new(RING.0, RING.1, 1, 0);
        (0..12).for_each(|_| assert!(log.append(&[1; 1_000]).is_ok()));
        log.sync(&mut device).expect("up");
        // The second page got lost, the third is there.
        device.discard(RING.0 + 1);
        let (found, end) = records(&mut device, 1, 0);
        assert_eq!(found.len(), 4);
        assert_eq!(end, 4 * (HEAD as u64 + 1_000));
        // The log goes on where it ended and fills the gap with the same bytes. What lay behind it has been told to
        // nobody: only in a new generation it stays away.
        for (generation, expected) in [(1, 12), (2, 9)] {
            let mut again = device.clone();
            let mut log = RedoLog::new(RING.0, RING.1, generation, 0);
            (0..9).for_each(|_| assert!(log.append(&[1; 1_000]).is_ok()));
            for (id, bytes) in (RING.0..).zip(log.tail.chunks_exact(PAGE)) {
                let mut page = [0; PAGE];
                page.copy_from_slice(bytes);
                again.write(id, Arc::new(page)).expect("up");
            }
            assert_eq!(records(&mut again, generation, 0).0.len(), expected, "generation {generation}");
        }
    }
}
