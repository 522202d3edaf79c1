//! Reading a long list page by page while it changes.
//!
//! Three ways to say where the next page begins. **Offset** counts: "skip 740, give me 20". The store walks over what it
//! skips, and a row that comes or goes before the place shifts everything behind it. **Keyset** (Winand's "seek method") names
//! the last row seen: "20 after (key, id)". The store goes there by its index, and what happens before the
//! place does not matter. A **snapshot** names the version of the list too: the reader sees it as it was when he
//! began, and the store keeps dead rows for him as long as he reads. A [`Cursor`] is how the last two travel: an opaque
//! token, so that no client builds on what is in it.
//!
//! The sort key alone is not enough to name a place: rows share keys (a second, a score). The id breaks the tie.
//!
//! Sources: Winand, *SQL Performance Explained* (2012), "Paging through results"; PostgreSQL documentation, `LIMIT and
//! OFFSET`: "the rows skipped by an `OFFSET` clause still have to be computed inside the server".

mod cursor;

use std::collections::BTreeMap;
use std::ops::Bound;

pub use cursor::{BadCursor, Cursor};

/// A place in the list: the sort key, and the id where keys are equal.
pub type Place<K> = (K, u64);

/// A list of rows in ascending order of (key, id), of which old versions are kept while somebody reads them.
#[derive(Clone, Debug, Default)]
pub struct Table<K> {
    /// Rows by place and by the version that brought them there, with the version that took them away.
    rows: BTreeMap<(K, u64, u64), Option<u64>>,
    /// Where the row of each id stands now.
    live: BTreeMap<u64, (K, u64)>,
    /// How many changes there were.
    version: u64,
    /// How many readers hold each version.
    held: BTreeMap<u64, usize>,
}

/// Some rows in order, and what they cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<K> {
    /// The rows.
    pub rows: Vec<Place<K>>,
    /// How many rows the store read for them, those that it skipped and dead ones among them. Finding the first by the index
    /// is not counted: that takes as many steps as the index has levels.
    pub touched: u64,
}

impl<K: Ord + Clone> Table<K> {
    /// An empty list.
    #[must_use]
    pub fn new() -> Table<K> {
        Table { rows: BTreeMap::new(), live: BTreeMap::new(), version: 0, held: BTreeMap::new() }
    }

    /// How many rows there are now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// How many dead rows are kept for those who read an old version.
    #[must_use]
    pub fn dead(&self) -> usize {
        self.rows.len() - self.live.len()
    }

    /// The key of the row with that id.
    #[must_use]
    pub fn key(&self, id: u64) -> Option<&K> {
        self.live.get(&id).map(|(key, _)| key)
    }

    /// Puts a row into the list, or moves the one that has this id. O(log n).
    pub fn put(&mut self, id: u64, key: K) {
        self.bury(id);
        self.version += 1;
        self.live.insert(id, (key.clone(), self.version));
        self.rows.insert((key, id, self.version), None);
    }

    /// Takes a row out. Returns whether there was one of that id. O(log n).
    pub fn remove(&mut self, id: u64) -> bool {
        let was = self.bury(id);
        self.live.remove(&id);
        self.version += u64::from(was);
        was
    }

    /// The version that a row stands in dies with the next change: it goes at once, or stays for those who hold a version.
    fn bury(&mut self, id: u64) -> bool {
        let Some((key, born)) = self.live.get(&id).cloned() else { return false };
        let row = (key, id, born);
        // Held versions at or after its birth see it.
        if self.held.range(born..).next().is_some() {
            self.rows.insert(row, Some(self.version + 1));
        } else {
            self.rows.remove(&row);
        }
        true
    }

    /// A page of `size` rows after the first `offset`. O(offset + size): all of them are read.
    #[must_use]
    pub fn at_offset(&self, offset: usize, size: usize) -> Page<K> {
        let mut page = Page { rows: Vec::with_capacity(size.min(1_024)), touched: 0 };
        let mut skipped = 0;
        for ((key, id, _), died) in &self.rows {
            if page.rows.len() == size {
                break;
            }
            page.touched += 1;
            match died {
                Some(_) => {}
                None if skipped < offset => skipped += 1,
                None => page.rows.push((key.clone(), *id)),
            }
        }
        page
    }

    /// A page of `size` rows after a place, or from the start. O(log n + size) and the dead rows between.
    #[must_use]
    pub fn after(&self, place: Option<&Place<K>>, size: usize) -> Page<K> {
        let from = place.map_or(Bound::Unbounded, |(key, id)| Bound::Excluded((key.clone(), *id, u64::MAX)));
        self.collect(from, size, |_, died| died.is_none())
    }

    /// A page of `size` rows whose keys come after `key`: the mistake of forgetting that rows share keys. What shares the
    /// last row's key and did not fit on its page is never seen.
    #[must_use]
    pub fn after_key(&self, key: Option<&K>, size: usize) -> Page<K> {
        let from = key.map_or(Bound::Unbounded, |key| Bound::Excluded((key.clone(), u64::MAX, u64::MAX)));
        self.collect(from, size, |_, died| died.is_none())
    }

    /// The same as [`Table::after`] for the list as it was at a held version.
    #[must_use]
    pub fn after_at(&self, version: u64, place: Option<&Place<K>>, size: usize) -> Page<K> {
        let from = place.map_or(Bound::Unbounded, |(key, id)| Bound::Excluded((key.clone(), *id, u64::MAX)));
        self.collect(from, size, |born, died| born <= version && died.is_none_or(|died| died > version))
    }

    fn collect(
        &self,
        from: Bound<(K, u64, u64)>,
        size: usize,
        seen: impl Fn(u64, Option<u64>) -> bool,
    ) -> Page<K> {
        let mut page = Page { rows: Vec::with_capacity(size.min(1_024)), touched: 0 };
        for ((key, id, born), died) in self.rows.range((from, Bound::Unbounded)) {
            if page.rows.len() == size {
                break;
            }
            page.touched += 1;
            if seen(*born, *died) {
                page.rows.push((key.clone(), *id));
            }
        }
        page
    }

    /// Keeps the list as it is now for a reader, until [`Table::release`]. Returns its version.
    pub fn hold(&mut self) -> u64 {
        *self.held.entry(self.version).or_default() += 1;
        self.version
    }

    /// A reader is done with a version: what nobody can see any more goes. O(rows), where the oldest held version goes.
    pub fn release(&mut self, version: u64) {
        let Some(count) = self.held.get_mut(&version) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        self.held.remove(&version);
        let held = &self.held;
        self.rows.retain(|(_, _, born), died| match died {
            None => true,
            Some(died) => held.range(*born..*died).next().is_some(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sim::torture::{breaks, survives};
    use crate::sim::{Rng, Seed};

    /// A list of `n` rows with two rows to a key, and the reader's pages of 10.
    fn table(n: u64) -> Table<u64> {
        let mut table = Table::new();
        (0..n).for_each(|id| table.put(id, id / 2));
        table
    }

    fn ids(page: &Page<u64>) -> Vec<u64> {
        page.rows.iter().map(|(_, id)| *id).collect()
    }

    #[test]
    fn a_list_that_stands_still_is_read_whole_by_every_way() {
        let mut table = table(95);
        let version = table.hold();
        let (mut offset, mut place, mut old) = (0, None, None);
        let mut seen = [Vec::new(), Vec::new(), Vec::new()];
        for page in 0..10 {
            let pages = [
                table.at_offset(offset, 10),
                table.after(place.as_ref(), 10),
                table.after_at(version, old.as_ref(), 10),
            ];
            // The published difference: an offset reads what it skips.
            let size = pages[0].rows.len() as u64;
            assert_eq!([pages[0].touched, pages[1].touched], [page * 10 + size, size]);
            offset += pages[0].rows.len();
            place = pages[1].rows.last().copied();
            old = pages[2].rows.last().copied();
            seen.iter_mut().zip(&pages).for_each(|(seen, page)| seen.extend(ids(page)));
        }
        assert!(seen.iter().all(|seen| *seen == (0..95).collect::<Vec<_>>()));
    }

    #[test]
    fn a_row_that_comes_first_shows_another_one_twice_and_one_that_goes_hides_one() {
        let mut table = table(40);
        assert_eq!(ids(&table.at_offset(0, 10)), (0..10).collect::<Vec<_>>());
        table.put(100, 0);
        assert_eq!(ids(&table.at_offset(10, 10))[0], 9, "seen already");
        let place = (4, 9);
        assert_eq!(ids(&table.after(Some(&place), 10))[0], 10);
        table.remove(100);
        table.remove(3);
        assert_eq!(ids(&table.at_offset(10, 10))[0], 11, "10 is never seen");
        assert_eq!(ids(&table.after(Some(&place), 10))[0], 10);
    }

    #[test]
    fn a_key_alone_does_not_name_a_place() {
        let table = table(40);
        // A page of 9 ends between two rows of the key 4.
        assert_eq!(ids(&table.after_key(Some(&4), 9))[0], 10, "9 has the key 4 as well");
        assert_eq!(ids(&table.after(Some(&(4, 8)), 9))[0], 9);
    }

    #[test]
    fn what_nobody_reads_goes() {
        let mut table = table(10);
        table.remove(0);
        assert_eq!(table.dead(), 0);
        let (first, second) = (table.hold(), table.hold());
        table.remove(1);
        table.put(2, 90);
        let third = table.hold();
        table.remove(3);
        assert_eq!((table.dead(), table.len()), (3, 7));
        assert_eq!(ids(&table.after_at(first, None, 4)), [1, 2, 3, 4]);
        assert_eq!(ids(&table.after_at(third, None, 4)), [3, 4, 5, 6]);
        table.release(first);
        assert_eq!(table.dead(), 3, "one still reads it");
        table.release(second);
        assert_eq!(table.dead(), 1);
        table.release(third);
        assert_eq!(table.dead(), 0);
        // A row of a version that was never held, born and dead between two held ones, is not kept.
        let held = table.hold();
        table.put(50, 1);
        table.remove(50);
        assert_eq!(table.dead(), 0);
        table.release(held);
    }

    #[derive(Clone, Debug)]
    enum Act {
        Put(u64, u64),
        Remove(u64),
        Hold,
        Release,
        Read,
    }

    fn draw(rng: &mut Rng) -> Act {
        match rng.below(10) {
            0..3 => Act::Put(rng.below(40), rng.below(12)),
            3..5 => Act::Remove(rng.below(40)),
            5 => Act::Hold,
            6 => Act::Release,
            _ => Act::Read,
        }
    }

    /// Readers by keyset and by snapshot beside a plain sorted list that is copied where a version is held: what stood in its
    /// place all the time is seen exactly once, and a snapshot is the copy.
    fn play(flaw: bool) -> impl FnMut(Seed, &[Act]) -> Result<(), String> {
        move |_, script| {
            let mut table = Table::new();
            let mut model: BTreeSet<(u64, u64)> = BTreeSet::new();
            let mut keys: BTreeMap<u64, u64> = BTreeMap::new();
            (0..20).for_each(|id| {
                table.put(id, id / 3);
                model.insert((id / 3, id));
                keys.insert(id, id / 3);
            });
            let mut steady = model.clone();
            let (mut place, mut seen) = (None, Vec::new());
            let mut old: Option<(u64, BTreeSet<(u64, u64)>)> = None;
            for act in script {
                match *act {
                    Act::Put(id, key) => {
                        table.put(id, key);
                        if let Some(before) = keys.insert(id, key) {
                            model.remove(&(before, id));
                            steady.remove(&(before, id));
                        }
                        model.insert((key, id));
                    }
                    Act::Remove(id) => {
                        let known = keys.remove(&id);
                        if table.remove(id) != known.is_some() {
                            return Err("remove says whether there was a row".into());
                        }
                        if let Some(key) = known {
                            model.remove(&(key, id));
                            steady.remove(&(key, id));
                        }
                    }
                    Act::Hold if old.is_none() => old = Some((table.hold(), model.clone())),
                    Act::Release => {
                        if let Some((version, _)) = old.take() {
                            table.release(version);
                        }
                    }
                    Act::Hold => {}
                    Act::Read => {
                        let page = match flaw {
                            true => table.after_key(place.as_ref().map(|(key, _)| key), 2),
                            false => table.after(place.as_ref(), 2),
                        };
                        seen.extend(page.rows.iter().copied());
                        place = page.rows.last().copied().or(place);
                    }
                }
                let whole: Vec<_> = model.iter().copied().collect();
                if table.at_offset(0, 100).rows != whole {
                    return Err("the list is not the list".into());
                }
                if let Some((version, copy)) = &old {
                    let held = table.after_at(*version, None, 100).rows;
                    if held != copy.iter().copied().collect::<Vec<_>>() {
                        return Err("a snapshot changed".into());
                    }
                } else if table.dead() > 0 {
                    return Err("dead rows are kept for nobody".into());
                }
            }
            if seen.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err("a row was seen twice, or out of order".into());
            }
            let passed = |row: &&(u64, u64)| place.is_some_and(|place| **row <= place);
            match steady.iter().filter(passed).find(|row| !seen.contains(row)) {
                Some(row) => Err(format!("{row:?} stood there all the time and was not seen")),
                None => Ok(()),
            }
        }
    }

    #[test]
    fn what_stays_in_its_place_is_seen_once_and_a_snapshot_stays() {
        survives(3_000, 40, draw, play(false));
        let failure = breaks(3_000, 40, draw, play(true)).expect("ties are lost without the id");
        assert!(failure.script.len() <= 2, "{failure:?}");
    }
}
