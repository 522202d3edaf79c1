//! A look at the tree from outside: its levels, and whether its structure is as it should be. Nothing is counted.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{BRANCH, BTree, FREE, LEAF, LOG_AT, Sizes, child_of};
use crate::systems::blocks::{Fault, Page, PageId};
use crate::systems::slotted;

/// A level of the tree, for pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Level {
    /// Its pages.
    pub pages: usize,
    /// Rows in leaves, keys in branches.
    pub rows: usize,
    /// How full each page is, from left to right, 0 to 1.
    pub fill: Vec<f32>,
}

impl BTree {
    /// The levels from the root down. O(pages).
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let mut levels = vec![Level::default(); self.height() as usize];
        self.walk(self.meta.root, 0, &mut |depth, page| {
            if let Some(level) = levels.get_mut(depth) {
                level.pages += 1;
                level.rows += slotted::count(page);
                level.fill.push(slotted::used(page) as f32 / slotted::CAPACITY as f32);
            }
        });
        levels
    }

    /// Counts pages and rows, and looks whether each page is whole: so a tree begins.
    pub(super) fn measure(&self) -> Result<Sizes, Fault> {
        let mut sizes = Sizes::default();
        let (mut ids, mut next) = (vec![self.meta.root], 0);
        while let Some(&id) = ids.get(next) {
            next += 1;
            let whole = self.device.peek(id).filter(|page| slotted::verify(page, id).is_ok());
            let page = self.cache.changed(id).or(whole).ok_or(Fault::Corrupt(id))?;
            let rows = slotted::count(&page);
            match slotted::kind(&page) {
                // A branch that leads back to where one came from would never end.
                BRANCH if ids.len() <= self.meta.next as usize => {
                    sizes.branches += 1;
                    ids.extend((0..=rows).map(|child| child_of(&page, child)));
                }
                LEAF => {
                    sizes.leaves += 1;
                    sizes.rows += rows as u64;
                    sizes.bytes += (slotted::used(&page) - rows * slotted::ROW) as u64;
                }
                _ => return Err(Fault::Corrupt(id)),
            }
        }
        Ok(sizes)
    }

    /// A page as it is now, in memory or on the device.
    fn look(&self, id: PageId) -> Option<Arc<Page>> {
        self.cache.changed(id).or_else(|| self.device.peek(id))
    }

    fn walk(&self, id: PageId, depth: usize, each: &mut impl FnMut(usize, &Page)) {
        let Some(page) = self.look(id).filter(|_| depth < self.height() as usize) else { return };
        each(depth, &page);
        if slotted::kind(&page) == BRANCH {
            (0..=slotted::count(&page)).for_each(|child| self.walk(child_of(&page, child), depth + 1, each));
        }
    }

    /// Whether the structure is as it should be: keys in order and within what leads to them, all leaves equally deep and
    /// linked in order, each page used once or free, and the sizes as they are told.
    ///
    /// # Errors
    /// What is wrong, in a few words.
    pub fn check(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        let mut leaves = Vec::new();
        self.check_page(self.meta.root, 1, (&[], None), &mut seen, &mut leaves)?;
        for (index, &leaf) in leaves.iter().enumerate() {
            let next = self.look(leaf).map_or(0, |page| slotted::link(&page));
            if next != leaves.get(index + 1).copied().unwrap_or(0) {
                return Err(format!("leaf {leaf} leads to {next}"));
            }
        }
        let mut free = self.meta.free;
        while free != 0 {
            let page = self.look(free).filter(|page| slotted::kind(page) == FREE);
            if !seen.insert(free) {
                return Err(format!("page {free} is used and free"));
            }
            let page = page.ok_or_else(|| format!("page {free} is not free"))?;
            free = slotted::link(&page);
        }
        let all = (self.meta.next - LOG_AT - self.options.log_pages) as usize;
        if seen.len() != all {
            return Err(format!("{} of {all} pages are used or free", seen.len()));
        }
        let sizes = self.measure().map_err(|fault| fault.to_string())?;
        if sizes != self.sizes {
            return Err(format!("{sizes:?} is told to be {:?}", self.sizes));
        }
        Ok(())
    }

    fn check_page(
        &self,
        id: PageId,
        depth: u32,
        (low, high): (&[u8], Option<&[u8]>),
        seen: &mut BTreeSet<PageId>,
        leaves: &mut Vec<PageId>,
    ) -> Result<(), String> {
        let page = self.look(id).ok_or_else(|| format!("page {id} is missing"))?;
        if !seen.insert(id) {
            return Err(format!("page {id} is used twice"));
        }
        let rows = slotted::count(&page);
        let keys = || (0..rows).map(|row| slotted::key(&page, row));
        if !keys().zip(keys().skip(1)).all(|(one, next)| one < next) {
            return Err(format!("keys of page {id} are not in order"));
        }
        if !keys().all(|key| key >= low && high.is_none_or(|high| key < high)) {
            return Err(format!("page {id} has a key that does not lead to it"));
        }
        if (depth == self.meta.height) != (slotted::kind(&page) == LEAF) {
            return Err(format!("page {id} of kind {} at depth {depth}", slotted::kind(&page)));
        }
        if slotted::kind(&page) == LEAF {
            leaves.push(id);
            return Ok(());
        }
        for child in 0..=rows {
            let low = child.checked_sub(1).map_or(low, |row| slotted::key(&page, row));
            let high = if child < rows { Some(slotted::key(&page, child)) } else { high };
            self.check_page(child_of(&page, child), depth + 1, (low, high), seen, leaves)?;
        }
        Ok(())
    }
}
