//! A page of rows in order of their keys: the leaf and the branch of a B-tree, the block of a sorted table.
//!
//! Rows differ in length, so a directory of two bytes a row grows from the front and the rows lie behind, the first one at
//! the very end. A search halves the directory; an insertion moves the directory by two bytes and no row (Gray
//! and Reuter, *Transaction Processing*, 1993, call it slotted). What a removed row leaves is taken back when the
//! room is needed.
//!
//! ```text
//! checksum 8 | place in the log 8 | kind 1 | - | rows 2 | lowest row 2 | lost bytes 2 | link 4 | directory ... rows
//! ```
//!
//! A row: length of the key 2, length of the value 2, key, value.

use std::cmp::Ordering;

use super::blocks::{Fault, PAGE, Page, PageId, checksum};

/// Bytes before the directory.
pub const HEAD: usize = 28;
/// Bytes that rows and their entries in the directory can take.
pub const CAPACITY: usize = PAGE - HEAD;
/// Bytes that a row takes beyond its key and its value.
pub const ROW: usize = 6;

/// A page without rows.
#[must_use]
pub fn empty(kind: u8) -> Page {
    let mut page = [0; PAGE];
    page[16] = kind;
    put(&mut page, 20, PAGE);
    page
}

fn get(page: &Page, at: usize) -> usize {
    usize::from(u16::from_le_bytes([page[at], page[at + 1]]))
}

fn put(page: &mut Page, at: usize, value: usize) {
    page[at..at + 2].copy_from_slice(&(value as u16).to_le_bytes());
}

/// What kind of page it is; what the kinds mean is up to the owner.
#[must_use]
pub fn kind(page: &Page) -> u8 {
    page[16]
}

/// How many rows there are.
#[must_use]
#[inline]
pub fn count(page: &Page) -> usize {
    get(page, 18)
}

/// The place in the log of the last change.
#[must_use]
pub fn stamp(page: &Page) -> u64 {
    page[8..16].try_into().map_or(0, u64::from_le_bytes)
}

/// Notes the place in the log of a change.
pub fn set_stamp(page: &mut Page, place: u64) {
    page[8..16].copy_from_slice(&place.to_le_bytes());
}

/// The page that it points to: the next leaf, the first child.
#[must_use]
pub fn link(page: &Page) -> PageId {
    page[24..28].try_into().map_or(0, PageId::from_le_bytes)
}

/// Points it to another page.
pub fn set_link(page: &mut Page, to: PageId) {
    page[24..28].copy_from_slice(&to.to_le_bytes());
}

/// Bytes that rows and directory take.
#[must_use]
pub fn used(page: &Page) -> usize {
    let lowest = get(page, 20);
    2 * count(page) + (PAGE - lowest) - get(page, 22)
}

/// Bytes that a row of that key and value takes, with its entry in the directory.
#[must_use]
pub fn size_of(key: &[u8], value: &[u8]) -> usize {
    ROW + key.len() + value.len()
}

/// The key of a row below [`count`].
#[must_use]
#[inline]
pub fn key(page: &Page, row: usize) -> &[u8] {
    let at = get(page, HEAD + 2 * row);
    &page[at + 4..at + 4 + get(page, at)]
}

/// The value of a row below [`count`].
#[must_use]
#[inline]
pub fn value(page: &Page, row: usize) -> &[u8] {
    let at = get(page, HEAD + 2 * row);
    let from = at + 4 + get(page, at);
    &page[from..from + get(page, at + 2)]
}

/// The row of that key, or where it would stand. O(log rows).
///
/// # Errors
/// The place where a row of that key would be inserted, where there is none.
#[inline]
pub fn search(page: &Page, wanted: &[u8]) -> Result<usize, usize> {
    let (mut low, mut high) = (0, count(page));
    while low < high {
        let middle = usize::midpoint(low, high);
        match key(page, middle).cmp(wanted) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Ok(middle),
        }
    }
    Err(low)
}

/// Whether one more row of that key and value fits.
#[must_use]
pub fn fits(page: &Page, key: &[u8], value: &[u8]) -> bool {
    used(page) + size_of(key, value) <= CAPACITY
}

/// Puts a row at a place of the directory, which keeps the order. Returns whether it fitted. O(rows) at worst.
pub fn insert(page: &mut Page, row: usize, key: &[u8], value: &[u8]) -> bool {
    if !fits(page, key, value) {
        return false;
    }
    let rows = count(page);
    let length = 4 + key.len() + value.len();
    if get(page, 20) < HEAD + 2 * rows + 2 + length {
        compact(page);
    }
    let at = get(page, 20) - length;
    put(page, at, key.len());
    put(page, at + 2, value.len());
    page[at + 4..at + 4 + key.len()].copy_from_slice(key);
    page[at + 4 + key.len()..at + length].copy_from_slice(value);
    let slot = HEAD + 2 * row;
    page.copy_within(slot..HEAD + 2 * rows, slot + 2);
    put(page, slot, at);
    put(page, 20, at);
    put(page, 18, rows + 1);
    true
}

/// Takes a row out. O(rows).
pub fn remove(page: &mut Page, row: usize) {
    let rows = count(page);
    let at = get(page, HEAD + 2 * row);
    let length = 4 + get(page, at) + get(page, at + 2);
    let lost = get(page, 22) + length;
    let slot = HEAD + 2 * row;
    page.copy_within(slot + 2..HEAD + 2 * rows, slot);
    put(page, 22, lost);
    put(page, 18, rows - 1);
}

/// Gives a row another value. Returns whether it fitted; where not, the row is gone.
pub fn replace(page: &mut Page, row: usize, new: &[u8]) -> bool {
    let at = get(page, HEAD + 2 * row);
    let from = at + 4 + get(page, at);
    if get(page, at + 2) == new.len() {
        page[from..from + new.len()].copy_from_slice(new);
        return true;
    }
    let key = key(page, row).to_vec();
    remove(page, row);
    insert(page, row, &key, new)
}

/// Takes back what removed rows left.
fn compact(page: &mut Page) {
    let old = *page;
    let mut lowest = PAGE;
    for row in 0..count(&old) {
        let at = get(&old, HEAD + 2 * row);
        let length = 4 + get(&old, at) + get(&old, at + 2);
        lowest -= length;
        page[lowest..lowest + length].copy_from_slice(&old[at..at + length]);
        put(page, HEAD + 2 * row, lowest);
    }
    put(page, 20, lowest);
    put(page, 22, 0);
}

/// Writes the checksum of a page whose number is `id`, so that a page which came to the wrong place is seen too.
pub fn seal(page: &mut Page, id: PageId) {
    let sum = checksum(u64::from(id), &page[8..]);
    page[..8].copy_from_slice(&sum.to_le_bytes());
}

/// Whether a page is what was sealed.
///
/// # Errors
/// `Corrupt` where it is not.
pub fn verify(page: &Page, id: PageId) -> Result<(), Fault> {
    let sum = page[..8].try_into().map_or(0, u64::from_le_bytes);
    if sum == checksum(u64::from(id), &page[8..]) { Ok(()) } else { Err(Fault::Corrupt(id)) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn a_page_is_a_small_map() {
        for seed in 0..40 {
            let mut rng = Rng::stream(Seed(seed), "test");
            let (mut page, mut model) = (empty(1), BTreeMap::<Vec<u8>, Vec<u8>>::new());
            for _ in 0..400 {
                let key = format!("{:03}", rng.below(60)).into_bytes();
                let new = vec![rng.below(256) as u8; rng.below(160) as usize];
                match (search(&page, &key), rng.below(3)) {
                    (Ok(row), 0) => {
                        remove(&mut page, row);
                        assert!(model.remove(&key).is_some());
                    }
                    (Ok(row), _) => {
                        let room = CAPACITY - used(&page) + value(&page, row).len();
                        let fitted = replace(&mut page, row, &new);
                        assert_eq!(fitted, new.len() <= room);
                        if fitted {
                            model.insert(key, new)
                        } else {
                            model.remove(&key)
                        };
                    }
                    (Err(row), _) => {
                        let room = fits(&page, &key, &new);
                        assert_eq!(insert(&mut page, row, &key, &new), room);
                        if room {
                            model.insert(key, new);
                        }
                    }
                }
                let rows = (0..count(&page)).map(|row| (key_of(&page, row), value(&page, row).to_vec()));
                assert!(rows.eq(model.clone()), "{seed}");
                let bytes: usize = model.iter().map(|(key, value)| size_of(key, value)).sum();
                assert_eq!(used(&page), bytes);
            }
            assert!(model.len() > 20);
        }
    }

    fn key_of(page: &Page, row: usize) -> Vec<u8> {
        key(page, row).to_vec()
    }

    #[test]
    fn a_sealed_page_tells_when_it_is_torn_or_misplaced() {
        let mut page = empty(1);
        (0..20).for_each(|n: u8| assert!(insert(&mut page, n.into(), &[n], &[n; 90])));
        seal(&mut page, 7);
        assert_eq!(verify(&page, 7), Ok(()));
        assert_eq!(verify(&page, 8), Err(Fault::Corrupt(8)));
        page[2_000] ^= 1;
        assert_eq!(verify(&page, 7), Err(Fault::Corrupt(7)));
    }
}
