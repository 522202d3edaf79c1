//! Changes of several pages at once: a split, a merge. And how changes stand in the log.
//!
//! The new pages are made beside the old ones, told to the log in one record, and only then put in their place. So a fault
//! half-way leaves the tree as it was, in memory too.

use std::sync::Arc;

use super::{BRANCH, BTree, FREE, LEAF, META, META_AT, Meta, child_of};
use crate::systems::blocks::{Blocks, Fault, PAGE, Page, PageId};
use crate::systems::page_cache::PageCache;
use crate::systems::slotted;

/// A leaf, or a part of it, that a record sets: kinds of records.
const ROW_SET: u8 = 1;
const ROW_GONE: u8 = 2;
const IMAGES: u8 = 3;

/// A row: its key and its value.
type Row = (Vec<u8>, Vec<u8>);

/// Pages as they shall be.
pub(super) struct Changes {
    pages: Vec<(PageId, Box<Page>)>,
    meta: Meta,
    leaves: i64,
    branches: i64,
}

impl Changes {
    fn new(meta: Meta) -> Changes {
        Changes { pages: Vec::new(), meta, leaves: 0, branches: 0 }
    }

    /// The page as it shall be, at first as it is.
    fn page(&mut self, cache: &mut PageCache, device: &mut Blocks, id: PageId) -> Result<&mut Page, Fault> {
        let place = match self.pages.iter().position(|(changed, _)| *changed == id) {
            Some(place) => place,
            None => {
                let page: &Page = cache.get(device, id)?;
                self.pages.push((id, Box::new(*page)));
                self.pages.len() - 1
            }
        };
        Ok(&mut self.pages[place].1)
    }

    fn set(&mut self, id: PageId, page: Page) {
        match self.pages.iter_mut().find(|(changed, _)| *changed == id) {
            Some((_, slot)) => **slot = page,
            None => self.pages.push((id, Box::new(page))),
        }
    }

    /// A page that is free.
    fn take(&mut self, cache: &mut PageCache, device: &mut Blocks) -> Result<PageId, Fault> {
        let id = self.meta.free;
        if id == 0 {
            self.meta.next += 1;
            return Ok(self.meta.next - 1);
        }
        self.meta.free = slotted::link(self.page(cache, device, id)?);
        Ok(id)
    }

    fn give(&mut self, id: PageId) {
        let mut page = slotted::empty(FREE);
        slotted::set_link(&mut page, self.meta.free);
        self.set(id, page);
        self.meta.free = id;
    }
}

impl BTree {
    /// Puts a row that does not fit into its leaf. The branches on the way stand in `path`.
    pub(super) fn split(&mut self, leaf: PageId, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let mut changes = Changes::new(self.meta);
        let (cache, device) = (&mut self.cache, &mut self.device);
        let (mut id, mut row) = (leaf, (key.to_vec(), value.to_vec()));
        let mut above = self.path.iter().rev();
        loop {
            let page = changes.page(cache, device, id)?;
            let place = match slotted::search(page, &row.0) {
                Ok(place) => {
                    slotted::remove(page, place);
                    place
                }
                Err(place) => place,
            };
            if slotted::insert(page, place, &row.0, &row.1) {
                break;
            }
            let old = *page;
            let right_id = changes.take(cache, device)?;
            let (left, right, separator) = divide(&old, right_id, place, row);
            *(if slotted::kind(&old) == LEAF { &mut changes.leaves } else { &mut changes.branches }) += 1;
            changes.set(id, left);
            changes.set(right_id, right);
            row = (separator, right_id.to_le_bytes().to_vec());
            if let Some(&(parent, _)) = above.next() {
                id = parent;
            } else {
                let root = changes.take(cache, device)?;
                let mut page = slotted::empty(BRANCH);
                slotted::set_link(&mut page, id);
                slotted::insert(&mut page, 0, &row.0, &row.1);
                changes.set(root, page);
                changes.branches += 1;
                changes.meta.root = root;
                changes.meta.height += 1;
                break;
            }
        }
        self.install(changes)
    }

    /// Removes a row from a leaf that is then nearly empty, and merges the leaf with a neighbour where both fit into one
    /// page; and so on above.
    pub(super) fn merge(&mut self, leaf: PageId, key: &[u8]) -> Result<(), Fault> {
        let mut changes = Changes::new(self.meta);
        let (cache, device) = (&mut self.cache, &mut self.device);
        super::apply(changes.page(cache, device, leaf)?, key, None);
        for &(parent, child) in self.path.iter().rev() {
            let above = *changes.page(cache, device, parent)?;
            // With the right neighbour, else with the left one.
            let pairs = [Some(child), child.checked_sub(1)];
            let mut merged = false;
            for between in pairs.into_iter().flatten().filter(|&row| row < slotted::count(&above)) {
                let (left_id, right_id) = (child_of(&above, between), child_of(&above, between + 1));
                let right = *changes.page(cache, device, right_id)?;
                let left = changes.page(cache, device, left_id)?;
                if !join(left, &right, slotted::key(&above, between)) {
                    continue;
                }
                *(if slotted::kind(&right) == LEAF { &mut changes.leaves } else { &mut changes.branches }) -=
                    1;
                changes.give(right_id);
                slotted::remove(changes.page(cache, device, parent)?, between);
                merged = true;
                break;
            }
            let left = slotted::used(changes.page(cache, device, parent)?);
            if !merged || left >= slotted::CAPACITY / 4 {
                break;
            }
        }
        // A root with one child is not needed.
        while changes.meta.height > 1 {
            let root = changes.meta.root;
            let page = changes.page(cache, device, root)?;
            if slotted::count(page) > 0 {
                break;
            }
            changes.meta.root = slotted::link(page);
            changes.meta.height -= 1;
            changes.branches -= 1;
            changes.give(root);
        }
        self.install(changes)
    }

    /// Tells the log of all changed pages in one record and puts them in their place.
    fn install(&mut self, mut changes: Changes) -> Result<(), Fault> {
        if changes.meta != self.meta {
            changes.set(META_AT, meta_page(&changes.meta));
        }
        self.record.clear();
        for (id, page) in &changes.pages {
            write_image(&mut self.record, *id, page);
        }
        let place = self.log.append(&self.record)?;
        for (id, mut page) in changes.pages {
            slotted::set_stamp(&mut page, place);
            self.cache.put(id, Arc::from(page));
        }
        self.meta = changes.meta;
        self.sizes.leaves = self.sizes.leaves.saturating_add_signed(changes.leaves);
        self.sizes.branches = self.sizes.branches.saturating_add_signed(changes.branches);
        Ok(())
    }
}

/// A page and one more row as two pages, and the key that leads to the right one.
fn divide(page: &Page, right_id: PageId, place: usize, row: Row) -> (Page, Page, Vec<u8>) {
    let leaf = slotted::kind(page) == LEAF;
    let mut rows: Vec<Row> = (0..slotted::count(page))
        .map(|row| (slotted::key(page, row).to_vec(), slotted::value(page, row).to_vec()))
        .collect();
    // Keys that come in order: the left page would never fill again.
    let in_order = place == rows.len() && (!leaf || slotted::link(page) == 0);
    rows.insert(place, row);
    let size = |row: &Row| slotted::size_of(&row.0, &row.1);
    let half = rows.iter().map(size).sum::<usize>() / 2;
    let mut sum = 0;
    let middle = rows.iter().position(|row| {
        sum += size(row);
        sum >= half
    });
    let cut = match (in_order, leaf) {
        (true, true) => rows.len() - 1,
        (true, false) => rows.len() - 2,
        (false, _) => middle.unwrap_or(0) + 1,
    };
    let cut = cut.clamp(1, rows.len() - 1);
    let filled = |rows: &[Row], link: PageId| {
        let mut page = slotted::empty(slotted::kind(page));
        for (place, (key, value)) in rows.iter().enumerate() {
            slotted::insert(&mut page, place, key, value);
        }
        slotted::set_link(&mut page, link);
        page
    };
    let (left, right) = rows.split_at(cut);
    if leaf {
        let separator = between(&left[left.len() - 1].0, &right[0].0);
        (filled(left, right_id), filled(right, slotted::link(page)), separator)
    } else {
        let child = right[0].1.as_slice().try_into().map_or(0, PageId::from_le_bytes);
        (filled(left, slotted::link(page)), filled(&right[1..], child), right[0].0.clone())
    }
}

/// The shortest key above `low` and not above `high`: what leads to the right leaf need not be a whole key (Bayer and
/// Unterauer, *Prefix B-Trees*, 1977).
fn between(low: &[u8], high: &[u8]) -> Vec<u8> {
    let same = low.iter().zip(high).take_while(|(low, high)| low == high).count();
    high[..(same + 1).min(high.len())].to_vec()
}

/// Moves all rows of the right page into the left one, where they fit with some room to spare (so that the next row does
/// not split them again), or where one of them is empty.
fn join(left: &mut Page, right: &Page, separator: &[u8]) -> bool {
    let leaf = slotted::kind(left) == LEAF;
    let down = slotted::link(right).to_le_bytes();
    let more = if leaf { 0 } else { slotted::size_of(separator, &down) };
    let sum = slotted::used(left) + slotted::used(right) + more;
    let one_is_empty = slotted::count(left) == 0 || slotted::count(right) == 0;
    let most = if one_is_empty { slotted::CAPACITY } else { slotted::CAPACITY / 10 * 9 };
    if sum > most {
        return false;
    }
    if !leaf {
        slotted::insert(left, slotted::count(left), separator, &down);
    }
    for row in 0..slotted::count(right) {
        slotted::insert(left, slotted::count(left), slotted::key(right, row), slotted::value(right, row));
    }
    if leaf {
        slotted::set_link(left, slotted::link(right));
    }
    true
}

/// The page that says what the tree is made of.
pub(super) fn meta_page(meta: &Meta) -> Page {
    let mut page = slotted::empty(META);
    let value: Vec<u8> = [meta.root, meta.height, meta.next, meta.free]
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    slotted::insert(&mut page, 0, b"meta", &value);
    page
}

/// What stands in that page.
pub(super) fn read_meta(page: &Page) -> Option<Meta> {
    if slotted::kind(page) != META || slotted::count(page) != 1 {
        return None;
    }
    let value = slotted::value(page, 0);
    let number = |place: usize| value.get(4 * place..4 * place + 4)?.try_into().ok().map(u32::from_le_bytes);
    Some(Meta { root: number(0)?, height: number(1)?, next: number(2)?, free: number(3)? })
}

/// A record that a row of a leaf is set or gone.
pub(super) fn write_row(record: &mut Vec<u8>, leaf: PageId, key: &[u8], value: Option<&[u8]>) {
    record.push(if value.is_some() { ROW_SET } else { ROW_GONE });
    record.extend_from_slice(&leaf.to_le_bytes());
    record.extend_from_slice(&(key.len() as u16).to_le_bytes());
    record.extend_from_slice(key);
    record.extend_from_slice(value.unwrap_or_default());
}

/// A page as a whole, without the gap between its directory and its rows; one after the other in a record.
pub(super) fn write_image(record: &mut Vec<u8>, id: PageId, page: &Page) {
    if record.is_empty() {
        record.push(IMAGES);
    }
    let front = slotted::HEAD + 2 * slotted::count(page);
    let low = usize::from(u16::from_le_bytes([page[20], page[21]]));
    record.extend_from_slice(&id.to_le_bytes());
    record.extend_from_slice(&(front as u16).to_le_bytes());
    record.extend_from_slice(&(low as u16).to_le_bytes());
    record.extend_from_slice(&page[..front]);
    record.extend_from_slice(&page[low..]);
}

/// Does again what a record tells, unless the page has it already.
pub(super) fn redo(
    cache: &mut PageCache,
    device: &mut Blocks,
    place: u64,
    record: &[u8],
) -> Result<(), Fault> {
    let number = |at: usize, length: usize| {
        let bytes = record.get(at..at + length).unwrap_or_default();
        bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte))
    };
    let mut at = 1;
    match record.first() {
        Some(&IMAGES) => {
            while at + 8 <= record.len() {
                let (id, front, low) = (number(at, 4) as PageId, number(at + 4, 2), number(at + 6, 2));
                at += 8;
                let end = at + front + PAGE.saturating_sub(low);
                if front > low || low > PAGE || end > record.len() {
                    return Err(Fault::Corrupt(id));
                }
                let mut page = [0; PAGE];
                page[..front].copy_from_slice(&record[at..at + front]);
                page[low..].copy_from_slice(&record[at + front..end]);
                slotted::set_stamp(&mut page, place);
                cache.put(id, Arc::new(page));
                at = end;
            }
        }
        Some(&(ROW_SET | ROW_GONE)) => {
            let (id, length) = (number(1, 4) as PageId, number(5, 2));
            let (Some(key), value) = (record.get(7..7 + length), record.get(7 + length..)) else {
                return Err(Fault::Corrupt(id));
            };
            let known = slotted::stamp(cache.get(device, id)?);
            if let Some(page) = cache.change(id).filter(|_| known < place) {
                super::apply(page, key, value.filter(|_| record[0] == ROW_SET));
                slotted::set_stamp(page, place);
            }
        }
        _ => {}
    }
    Ok(())
}
