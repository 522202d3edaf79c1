//! A small cache of pages before a device: what was used lately is in memory, and what was changed there is written when
//! its place is needed or a checkpoint comes.
//!
//! It turns like a clock (Corbató 1968): each page has a mark that a use sets; the hand goes round, takes marks away, and
//! the first page without one gives way. That is nearly as good as throwing out the page unused for longest, and a
//! hit costs no more than setting the mark.
//!
//! A changed page must not reach the device before the log that tells of the change. The cache does not know the log; it
//! asks its owner, who makes the log durable up to the page's stamp and then lets the page go ([`PageCache::victim`]).

use std::sync::Arc;

use super::blocks::{Blocks, Fault, PAGE, Page, PageId};
use super::slotted;

const ABSENT: u32 = u32::MAX;

#[derive(Clone, Debug)]
struct Frame {
    id: PageId,
    page: Arc<Page>,
    changed: bool,
    marked: bool,
}

/// What the cache had to do. Counts since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Pages that were asked for.
    pub asked: u64,
    /// Those that were not in memory.
    pub missed: u64,
}

/// A cache of pages.
#[derive(Clone, Debug)]
pub struct PageCache {
    frames: Vec<Frame>,
    /// Where each page is in memory.
    places: Vec<u32>,
    room: usize,
    hand: usize,
    uses: Uses,
}

impl PageCache {
    /// A cache with room for that many pages, at least four.
    #[must_use]
    pub fn new(room: usize) -> PageCache {
        PageCache {
            frames: Vec::new(),
            places: Vec::new(),
            room: room.max(4),
            hand: 0,
            uses: Uses::default(),
        }
    }

    /// A page, from memory or from the device, where its checksum is looked at. O(1).
    ///
    /// # Errors
    /// Where the device is down, or the page is not what was written.
    #[inline]
    pub fn get(&mut self, device: &mut Blocks, id: PageId) -> Result<&Arc<Page>, Fault> {
        self.uses.asked += 1;
        let place = self.place(id);
        let place = if place == ABSENT { self.load(device, id)? } else { place as usize };
        let frame = &mut self.frames[place];
        frame.marked = true;
        Ok(&frame.page)
    }

    fn load(&mut self, device: &mut Blocks, id: PageId) -> Result<usize, Fault> {
        self.uses.missed += 1;
        let page = device.read(id)?.ok_or(Fault::Corrupt(id))?;
        slotted::verify(&page, id)?;
        Ok(self.add(Frame { id, page, changed: false, marked: true }))
    }

    /// The page is now this one, and the device has it not yet.
    pub fn put(&mut self, id: PageId, page: Arc<Page>) {
        match self.place(id) {
            ABSENT => {
                self.add(Frame { id, page, changed: true, marked: true });
            }
            place => {
                let frame = &mut self.frames[place as usize];
                (frame.page, frame.changed, frame.marked) = (page, true, true);
            }
        }
    }

    /// A page that is in memory, as one who has just asked for it sees it: nothing is counted.
    #[must_use]
    pub fn held_page(&self, id: PageId) -> Option<&Arc<Page>> {
        self.frames.get(self.place(id) as usize).map(|frame| &frame.page)
    }

    /// The page to change it in place, where it is in memory: it is copied first where a copy of it is about.
    pub fn change(&mut self, id: PageId) -> Option<&mut Page> {
        let place = self.place(id);
        let frame = self.frames.get_mut(place as usize)?;
        (frame.changed, frame.marked) = (true, true);
        Some(Arc::make_mut(&mut frame.page))
    }

    /// Makes place where there are more pages than room. A page that has changed is named, and stays until the owner has
    /// taken it by [`PageCache::seal`]; then he asks again.
    pub fn victim(&mut self) -> Option<PageId> {
        while self.frames.len() > self.room {
            self.hand %= self.frames.len();
            let frame = &mut self.frames[self.hand];
            if frame.marked {
                frame.marked = false;
                self.hand += 1;
            } else if frame.changed {
                return Some(frame.id);
            } else {
                let id = frame.id;
                self.forget(id);
                // The newest page took its place: its turn comes last.
                self.hand += 1;
            }
        }
        None
    }

    /// A changed page, where it is in memory and has changed.
    #[must_use]
    pub fn changed(&self, id: PageId) -> Option<Arc<Page>> {
        let frame = self.frames.get(self.place(id) as usize)?;
        frame.changed.then(|| frame.page.clone())
    }

    /// The numbers of all changed pages, in order.
    #[must_use]
    pub fn all_changed(&self) -> Vec<PageId> {
        let mut ids: Vec<PageId> =
            self.frames.iter().filter(|frame| frame.changed).map(|frame| frame.id).collect();
        ids.sort_unstable();
        ids
    }

    /// A changed page with its checksum, to be written now: from here on it counts as unchanged.
    pub fn seal(&mut self, id: PageId) -> Option<Arc<Page>> {
        let place = self.place(id);
        let frame = self.frames.get_mut(place as usize).filter(|frame| frame.changed)?;
        frame.changed = false;
        slotted::seal(Arc::make_mut(&mut frame.page), id);
        Some(frame.page.clone())
    }

    /// The page is no longer of use.
    pub fn forget(&mut self, id: PageId) {
        let place = self.place(id);
        if place == ABSENT {
            return;
        }
        self.places[id as usize] = ABSENT;
        self.frames.swap_remove(place as usize);
        if let Some(moved) = self.frames.get(place as usize) {
            self.places[moved.id as usize] = place;
        }
    }

    /// From now on there is room for that many pages, at least four.
    pub fn set_room(&mut self, room: usize) {
        self.room = room.max(4);
    }

    /// How many pages it may hold.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room
    }

    /// How many of its pages have changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.frames.iter().filter(|frame| frame.changed).count()
    }

    /// How many pages are in memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.frames.len()
    }

    /// What was asked of it.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.uses
    }

    /// Bytes in memory that the device does not have too: of changed pages, and of the directory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.changes() * PAGE + self.places.len() * 4
    }

    #[inline]
    fn place(&self, id: PageId) -> u32 {
        self.places.get(id as usize).copied().unwrap_or(ABSENT)
    }

    fn add(&mut self, frame: Frame) -> usize {
        let id = frame.id as usize;
        if id >= self.places.len() {
            self.places.resize(id + 1, ABSENT);
        }
        let place = self.frames.len();
        self.places[id] = place as u32;
        self.frames.push(frame);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::Speed;
    use super::*;

    fn page(n: u8, id: PageId) -> Arc<Page> {
        let mut page = slotted::empty(n);
        slotted::seal(&mut page, id);
        Arc::new(page)
    }

    #[test]
    fn the_clock_keeps_what_is_used_and_writes_what_has_changed() {
        let mut device = Blocks::new(Speed::NVME);
        for id in 0..20 {
            device.write(id, page(id as u8, id)).expect("up");
        }
        let mut cache = PageCache::new(4);
        for id in 0..20 {
            for id in [id, 0] {
                assert_eq!(slotted::kind(cache.get(&mut device, id).expect("up")), id as u8);
                assert_eq!(cache.victim(), None, "nothing has changed");
            }
        }
        // Page 0 is used between all others: it gave way at most once, when the hand went round for the first time.
        assert!(cache.uses().asked == 40 && cache.uses().missed <= 21, "{:?}", cache.uses());
        assert_eq!(cache.held(), 4);
        cache.change(0).expect("it is in memory")[16] = 99;
        for id in 5..12 {
            cache.get(&mut device, id).expect("up");
            if let Some(id) = cache.victim() {
                assert_eq!((id, cache.seal(id).map(|page| page[16])), (0, Some(99)));
                assert_eq!(cache.victim(), None);
                assert!(cache.changed(0).is_none() && cache.held() == 4);
                return;
            }
        }
        panic!("the changed page never gave way");
    }

    #[test]
    fn a_page_that_was_not_sealed_is_refused() {
        let mut device = Blocks::new(Speed::NVME);
        device.write(1, page(1, 2)).expect("up");
        let mut cache = PageCache::new(4);
        assert_eq!(cache.get(&mut device, 1), Err(Fault::Corrupt(1)));
        assert_eq!(cache.get(&mut device, 3), Err(Fault::Corrupt(3)));
    }
}
