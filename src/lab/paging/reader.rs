//! A reader that goes through the list page after page, and the books that are kept about what it was shown.

use std::collections::BTreeMap;

use super::feed::rank;
use super::knobs::{Bug, Knobs};
use crate::systems::paging::{Cursor, Page, Place, Table};

/// How a reader says where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Offset,
    Keyset,
    Cursor,
}

/// A set of ids: they are dense, so a bit each.
#[derive(Clone, Debug, Default)]
struct Ids {
    words: Vec<u64>,
}

impl Ids {
    /// Adds an id. Returns whether it is new.
    fn add(&mut self, id: u64) -> bool {
        let (word, bit) = (id as usize / 64, 1_u64 << (id % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    fn has(&self, id: u64) -> bool {
        self.words.get(id as usize / 64).is_some_and(|word| word & (1 << (id % 64)) != 0)
    }

    fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// A pass that came to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    pub(super) touched: u64,
    pub(super) shown: u64,
    /// How many changes there were while it went on.
    pub(super) changes: u64,
    /// How many rows came twice or not at all.
    pub(super) faults: u64,
}

/// What is told of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct LastPage {
    pub(super) touched: u64,
    /// Its first rows.
    pub(super) first: Vec<u64>,
    /// The last rows of the page before it.
    pub(super) before: Vec<u64>,
    /// How many of its rows had been shown.
    pub(super) twice: u64,
    /// How many rows lie unseen between the page before and this one.
    pub(super) past: u64,
}

/// How many rows at a border are told.
const BORDER: usize = 6;
/// How many pages' costs are kept.
const COSTS: usize = 400;

/// A reader and its books.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) way: Way,
    /// The pass that goes on: the number of changes when it began, what has been shown.
    pass: Option<Going>,
    pub(super) passes: u64,
    pub(super) last: Option<Pass>,
    pub(super) last_page: LastPage,
    shown: u64,
    pub(super) doubled: u64,
    /// Rows that stood still for a whole pass, and those of them that were not shown.
    stood: u64,
    pub(super) lost: u64,
    /// Rows of the list as it was that the cursor did not show.
    pub(super) missed: u64,
    stale: u64,
    /// The costs of the pages of the last pass, and of the one that goes on.
    pub(super) costs: [Vec<(f64, f64)>; 2],
}

/// A pass that goes on.
#[derive(Clone, Debug, Default)]
struct Going {
    began: u64,
    /// How many rows the list had then.
    rows_then: usize,
    shown: Ids,
    /// The list as it was when the pass began: for the cursor.
    was: Option<Ids>,
    offset: usize,
    place: Option<Place<u64>>,
    /// The last rows of the last page.
    end: Vec<u64>,
    token: Option<String>,
    version: Option<u64>,
    pages: u64,
    rows: u64,
    touched: u64,
    doubled: u64,
    at_end: bool,
}

impl Reader {
    pub(super) fn new(way: Way) -> Reader {
        Reader {
            way,
            pass: None,
            passes: 0,
            last: None,
            last_page: LastPage::default(),
            shown: 0,
            doubled: 0,
            stood: 0,
            lost: 0,
            missed: 0,
            stale: 0,
            costs: [Vec::new(), Vec::new()],
        }
    }

    pub(super) fn begun(&self) -> bool {
        self.pass.is_some()
    }

    pub(super) fn at_end(&self) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.at_end)
    }

    pub(super) fn pages_of_pass(&self) -> u64 {
        self.pass.as_ref().map_or(0, |pass| pass.pages)
    }

    /// Whether the pass has taken three times the pages that the list had when it began.
    pub(super) fn outrun(&self, size: usize) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.pages > 3 * (pass.rows_then / size.max(1)).max(5) as u64)
    }

    /// Begins a pass at the top.
    pub(super) fn begin(&mut self, table: &mut Table<u64>, rows: &[(u64, u64)], changes: u64) {
        let mut pass = Going { began: changes, rows_then: rows.len(), ..Going::default() };
        if self.way == Way::Cursor {
            pass.version = Some(table.hold());
            let mut was = Ids::default();
            rows.iter().for_each(|(id, _)| {
                was.add(*id);
            });
            pass.was = Some(was);
        }
        self.pass = Some(pass);
        self.costs.swap(0, 1);
        self.costs[1].clear();
    }

    /// Gives the pass up that goes on.
    pub(super) fn start_anew(&mut self, table: &mut Table<u64>) {
        if let Some(version) = self.pass.take().and_then(|pass| pass.version) {
            table.release(version);
        }
    }

    /// Has the next page. Returns whether it is in order and not too long.
    pub(super) fn read(&mut self, table: &Table<u64>, places: &BTreeMap<u64, usize>, knobs: &Knobs) -> bool {
        let Some(pass) = &mut self.pass else { return true };
        let page = asked(self.way, pass, table, knobs);
        let in_order = page.rows.windows(2).all(|pair| pair[0] < pair[1]) && page.rows.len() <= knobs.size;
        let mut told = LastPage { touched: page.touched, ..LastPage::default() };
        for id in numbers(&page) {
            told.twice += u64::from(!pass.shown.add(id));
            let gone = !places.contains_key(&id);
            self.stale += u64::from(gone && self.way == Way::Cursor);
        }
        // Rows that nobody was shown between the last page and this one.
        if let (Some(last), Some(first)) = (pass.place.as_ref(), page.rows.first())
            && self.way == Way::Offset
            && last < first
        {
            let between = table.after(Some(last), 64);
            let unseen = between.rows.iter().take_while(|row| *row < first);
            told.past = unseen.filter(|(_, of)| !pass.shown.has(rank(*of))).count() as u64;
        }
        let end = numbers(&page).skip(page.rows.len().saturating_sub(BORDER)).collect();
        told.before = std::mem::replace(&mut pass.end, end);
        told.first = numbers(&page).take(BORDER).collect();
        pass.pages += 1;
        pass.rows += page.rows.len() as u64;
        pass.touched += page.touched;
        pass.doubled += told.twice;
        pass.offset += page.rows.len();
        pass.place = page.rows.last().copied().or(pass.place);
        pass.at_end = page.rows.len() < knobs.size;
        self.shown += page.rows.len() as u64;
        self.doubled += told.twice;
        if self.costs[1].len() < COSTS {
            self.costs[1].push((pass.pages as f64, page.touched as f64));
        }
        self.last_page = told;
        in_order
    }

    /// The pass came to its end: what stood still all the time, and was not shown, is lost.
    pub(super) fn close(&mut self, table: &mut Table<u64>, rows: &[(u64, u64)], changes: u64) {
        let Some(pass) = self.pass.take() else { return };
        let mut lost = 0;
        for (id, _) in rows.iter().filter(|(_, since)| *since <= pass.began) {
            self.stood += 1;
            lost += u64::from(!pass.shown.has(*id));
        }
        self.lost += lost;
        if let Some(was) = &pass.was {
            let both = was.words.iter().zip(&pass.shown.words);
            let common: u64 = both.map(|(was, shown)| u64::from((was & shown).count_ones())).sum();
            self.missed += was.count() - common + (pass.shown.count() - common);
        }
        if let Some(version) = pass.version {
            table.release(version);
        }
        self.passes += 1;
        self.last = Some(Pass {
            touched: pass.touched,
            shown: pass.rows.max(1),
            changes: changes - pass.began,
            faults: lost + pass.doubled,
        });
    }

    /// How far through the list the reader is, 0 to 1, of `rows` rows.
    pub(super) fn way_through(&self, rows: usize) -> f64 {
        let read = self.pass.as_ref().map_or(rows as u64, |pass| pass.rows - pass.doubled);
        (read as f64 / rows.max(1) as f64).min(1.0)
    }

    pub(super) fn doubled_share(&self) -> f64 {
        self.doubled as f64 / self.shown as f64
    }

    pub(super) fn lost_share(&self) -> f64 {
        self.lost as f64 / self.stood as f64
    }

    pub(super) fn stale_share(&self) -> f64 {
        self.stale as f64 / self.shown as f64
    }
}

/// The numbers of the rows of a page.
fn numbers(page: &Page<u64>) -> impl Iterator<Item = u64> {
    page.rows.iter().map(|(_, rank_of)| rank(*rank_of))
}

/// The next page of a pass, asked for as the reader does it.
fn asked(way: Way, pass: &mut Going, table: &Table<u64>, knobs: &Knobs) -> Page<u64> {
    let (size, place) = (knobs.size, pass.place.as_ref());
    match way {
        Way::Offset => table.at_offset(pass.offset, size),
        Way::Keyset => match (knobs.bug, place) {
            (Bug::NoTiebreak, _) => table.after_key(place.map(|(key, _)| key), size),
            // At the last row, which is the one after the place right before it.
            (Bug::Inclusive, Some((key, id))) => table.after(Some(&(*key, id.saturating_sub(1))), size),
            _ => table.after(place, size),
        },
        Way::Cursor if knobs.bug == Bug::OffsetInCursor => table.at_offset(pass.offset, size),
        Way::Cursor => {
            // What the client has is the token of the last page, and nothing else.
            let cursor: Option<Cursor> = pass.token.as_ref().and_then(|token| token.parse().ok());
            let place = cursor.map(|cursor| (cursor.key, cursor.id));
            let version = cursor.map_or(pass.version, |cursor| cursor.version);
            let page = table.after_at(version.unwrap_or(u64::MAX), place.as_ref(), size);
            if let Some(&(key, id)) = page.rows.last() {
                pass.token = Some(Cursor { version, key, id }.to_string());
            }
            page
        }
    }
}
