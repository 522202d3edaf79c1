//! A sorted table: blocks of rows that never change, the first key of each block, and a Bloom filter over all keys.
//!
//! Index and filter stand behind the blocks on the device and are held in memory, so that a look-up reads one block or none.

use std::sync::Arc;

use crate::systems::blocks::{Blocks, Fault, PAGE, Page, PageId, checksum};
use crate::systems::key_value::Traffic;
use crate::systems::sketch::Bloom;
use crate::systems::slotted;

/// The kind of a block's page.
const BLOCK: u8 = 6;
/// Bytes of index and filter in a page: all but the checksum.
const PAYLOAD: usize = PAGE - 8;

/// What a filter takes of a key.
pub(super) fn hash_of(key: &[u8]) -> u64 {
    checksum(0x006c_736d, key)
}

/// A table on the device.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) id: u64,
    pub(super) first: Vec<u8>,
    pub(super) last: Vec<u8>,
    /// The page of each block, and its first key.
    pub(super) blocks: Vec<(PageId, Vec<u8>)>,
    /// The pages of index and filter.
    pub(super) index: Vec<PageId>,
    pub(super) filter: Option<Bloom>,
    pub(super) rows: u64,
    /// Bytes of keys and values.
    pub(super) bytes: u64,
}

impl Table {
    /// The page of the block that a key would be in.
    pub(super) fn block_of(&self, key: &[u8]) -> PageId {
        let place = self.blocks.partition_point(|(_, first)| **first <= *key);
        self.blocks[place.saturating_sub(1)].0
    }

    /// Whether its range has something in common with that of the keys from `first` to `last`.
    pub(super) fn overlaps(&self, first: &[u8], last: &[u8]) -> bool {
        *self.first <= *last && *first <= *self.last
    }

    /// All its pages.
    pub(super) fn pages(&self) -> impl Iterator<Item = PageId> + '_ {
        self.blocks.iter().map(|(page, _)| *page).chain(self.index.iter().copied())
    }

    /// Bytes in memory.
    pub(super) fn memory(&self) -> usize {
        let keys: usize = self.blocks.iter().map(|(_, key)| key.len() + 32).sum();
        keys + self.filter.as_ref().map_or(0, Bloom::bytes) + 200
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [self.id, self.rows, self.bytes, self.blocks.len() as u64] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let mut key = |page: PageId, key: &[u8]| {
            bytes.extend_from_slice(&page.to_le_bytes());
            bytes.extend_from_slice(&(key.len() as u16).to_le_bytes());
            bytes.extend_from_slice(key);
        };
        self.blocks.iter().for_each(|(page, first)| key(*page, first));
        key(0, &self.last);
        let (bits, hashes) = self.filter.as_ref().map_or((0, 0), |filter| (filter.bits(), filter.hashes()));
        bytes.extend_from_slice(&bits.to_le_bytes());
        bytes.extend_from_slice(&hashes.to_le_bytes());
        for word in self.filter.iter().flat_map(Bloom::words) {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The table whose index and filter stand on those pages.
    pub(super) fn load(device: &mut Blocks, index: Vec<PageId>) -> Result<Table, Fault> {
        let corrupt = Fault::Corrupt(index.first().copied().unwrap_or(0));
        let mut bytes = Vec::with_capacity(index.len() * PAYLOAD);
        for &id in &index {
            let page = device.read(id)?.ok_or(Fault::Corrupt(id))?;
            slotted::verify(&page, id)?;
            bytes.extend_from_slice(&page[8..]);
        }
        decode(&bytes, index).ok_or(corrupt)
    }
}

fn decode(bytes: &[u8], index: Vec<PageId>) -> Option<Table> {
    let mut rest = bytes;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at_checked(length)?;
        rest = left;
        Some(taken)
    };
    let long = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_le_bytes);
    let number = |bytes: &[u8]| bytes.try_into().ok().map(u32::from_le_bytes);
    let (id, rows, total, count) = (long(take(8)?)?, long(take(8)?)?, long(take(8)?)?, long(take(8)?)?);
    let mut blocks = Vec::new();
    for _ in 0..=count {
        let page = number(take(4)?)?;
        let length = u16::from_le_bytes(take(2)?.try_into().ok()?);
        blocks.push((page, take(length.into())?.to_vec()));
    }
    let (_, last) = blocks.pop()?;
    let (bits, hashes) = (long(take(8)?)?, number(take(4)?)?);
    let words = (0..bits.div_ceil(64)).map(|_| long(take(8)?)).collect::<Option<Vec<u64>>>()?;
    let filter = (bits > 0).then(|| Bloom::from_words(words, bits, hashes));
    let first = blocks.first()?.1.clone();
    Some(Table { id, first, last, blocks, index, filter, rows, bytes: total })
}

/// The device, which of its pages are in use, and what was written for what.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    pub(super) device: Blocks,
    /// The first page for tables, and a bit for each from there on.
    base: PageId,
    used: Vec<u64>,
    pub(super) traffic: Traffic,
}

impl Disk {
    pub(super) fn new(device: Blocks, base: PageId) -> Disk {
        Disk { device, base, used: Vec::new(), traffic: Traffic::default() }
    }

    /// The first page that is free.
    fn take(&mut self) -> PageId {
        let word = self.used.iter().position(|word| *word != u64::MAX).unwrap_or(self.used.len());
        if word == self.used.len() {
            self.used.push(0);
        }
        let bit = self.used[word].trailing_ones();
        self.used[word] |= 1 << bit;
        self.base + (word * 64) as PageId + bit
    }

    /// Marks a page as in use. Returns whether it was free.
    pub(super) fn claim(&mut self, id: PageId) -> bool {
        let place = (id - self.base) as usize;
        if place / 64 >= self.used.len() {
            self.used.resize(place / 64 + 1, 0);
        }
        let (word, bit) = (&mut self.used[place / 64], 1 << (place % 64));
        let was_free = *word & bit == 0;
        *word |= bit;
        was_free
    }

    /// A page is of no use any more.
    pub(super) fn give(&mut self, id: PageId) {
        let place = (id - self.base) as usize;
        self.used[place / 64] &= !(1 << (place % 64));
        self.device.discard(id);
    }

    /// How many pages are in use.
    pub(super) fn in_use(&self) -> u64 {
        self.used.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn write(&mut self, page: &mut Page) -> Result<PageId, Fault> {
        let id = self.take();
        slotted::seal(page, id);
        self.device.write(id, Arc::new(*page))?;
        Ok(id)
    }
}

/// A table that is being written.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    page: Box<Page>,
    blocks: Vec<(PageId, Vec<u8>)>,
    hashes: Vec<u64>,
    last: Vec<u8>,
    pub(super) bytes: u64,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder {
            page: Box::new(slotted::empty(BLOCK)),
            blocks: Vec::new(),
            hashes: Vec::new(),
            last: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a row behind all others: its key, and its value behind a byte that says whether there is one.
    pub(super) fn add(&mut self, disk: &mut Disk, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let row = slotted::count(&self.page);
        if !slotted::insert(&mut self.page, row, key, value) {
            self.write_block(disk)?;
            slotted::insert(&mut self.page, 0, key, value);
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.hashes.push(hash_of(key));
        self.bytes += (key.len() + value.len() - 1) as u64;
        Ok(())
    }

    fn write_block(&mut self, disk: &mut Disk) -> Result<(), Fault> {
        if slotted::count(&self.page) > 0 {
            let first = slotted::key(&self.page, 0).to_vec();
            let id = disk.write(&mut self.page)?;
            disk.traffic.data += 1;
            self.blocks.push((id, first));
            *self.page = slotted::empty(BLOCK);
        }
        Ok(())
    }

    /// Writes what is left, the index and the filter. Nothing where there was no row. Begins anew.
    pub(super) fn finish(
        &mut self,
        disk: &mut Disk,
        id: u64,
        bits: f64,
    ) -> Result<Option<Arc<Table>>, Fault> {
        self.write_block(disk)?;
        let built = std::mem::replace(self, Builder::new());
        let Some((_, first)) = built.blocks.first() else { return Ok(None) };
        let rows = built.hashes.len() as u64;
        let filter = (bits > 0.0).then(|| {
            // m/n ln 2 hashes have the fewest errors.
            let hashes = (bits * std::f64::consts::LN_2).round() as u32;
            let mut filter = Bloom::new((rows as f64 * bits).ceil() as u64, hashes);
            for hash in &built.hashes {
                filter.insert(*hash);
            }
            filter
        });
        let first = first.clone();
        let mut table = Table {
            id,
            first,
            last: built.last,
            blocks: built.blocks,
            index: Vec::new(),
            filter,
            rows,
            bytes: built.bytes,
        };
        for bytes in table.encode().chunks(PAYLOAD) {
            let mut page = [0; PAGE];
            page[8..8 + bytes.len()].copy_from_slice(bytes);
            let id = disk.write(&mut page)?;
            disk.traffic.other += 1;
            table.index.push(id);
        }
        Ok(Some(Arc::new(table)))
    }
}
