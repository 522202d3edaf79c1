//! The list that is read: how it changes, and what the changes tell of it, apart from the table that is tested.

use std::collections::BTreeMap;

use super::knobs::{Knobs, Spot};
use crate::lab::measure::Trail;
use crate::sim::Nanos;
use crate::systems::paging::Table;

/// The key of the first row ever: new ones at the top have smaller keys, those at the end larger ones.
const BASE: u64 = 1 << 40;
/// With so many rows the last one goes when one comes in: what nobody reads that far down is archived.
const MOST: usize = 20_000;
/// How long a change is seen.
const SEEN: Nanos = Nanos::from_millis(800);

/// Something that befell the list: what, and about where, 0 at the top and 1 at the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) comes: bool,
    pub(super) at: f64,
}

/// What the table breaks ties by: the newer of two rows of one key comes first. Its own inverse.
pub(super) fn rank(id: u64) -> u64 {
    u64::from(u32::MAX).saturating_sub(id)
}

/// A feed, and the books about it.
#[derive(Clone)]
pub(super) struct Feed {
    pub(super) table: Table<u64>,
    /// The rows as the changes tell, in no order: id, and the number of the change that brought it to its place.
    pub(super) rows: Vec<(u64, u64)>,
    /// Where each id stands in `rows`.
    pub(super) places: BTreeMap<u64, usize>,
    /// How many changes there were.
    pub(super) changes: u64,
    next_id: u64,
    /// How many rows came in at the top and at the end.
    on_top: u64,
    at_end: u64,
    ties: u64,
    pub(super) seen: Trail<Change>,
}

impl Feed {
    /// The list as it is at the start: the newest row has the highest id.
    pub(super) fn new(knobs: &Knobs) -> Feed {
        let mut feed = Feed {
            table: Table::new(),
            rows: Vec::new(),
            places: BTreeMap::new(),
            changes: 0,
            next_id: 1 + knobs.rows as u64,
            on_top: 0,
            at_end: knobs.rows as u64,
            ties: knobs.ties,
            seen: Trail::new(SEEN),
        };
        for place in 0..feed.at_end {
            let id = feed.at_end - place;
            feed.table.put(rank(id), BASE + place / feed.ties);
            feed.places.insert(id, feed.rows.len());
            feed.rows.push((id, 0));
        }
        feed
    }

    /// The key of a row that comes in at the top now.
    fn top_key(&mut self) -> u64 {
        self.on_top += 1;
        BASE - 1 - (self.on_top - 1) / self.ties
    }

    fn end_key(&self) -> u64 {
        BASE + self.at_end / self.ties
    }

    /// Where a key stands in the list, about: 0 at the top, 1 at the end.
    fn depth(&self, key: u64) -> f64 {
        let top = BASE - 1 - self.on_top / self.ties;
        (key.saturating_sub(top) as f64 / (self.end_key() - top).max(1) as f64).clamp(0.0, 1.0)
    }

    /// A row comes in; `chance`, 0 to 1, says where, if that is anywhere. Returns its id.
    pub(super) fn insert(&mut self, now: Nanos, spot: Spot, chance: f64) -> u64 {
        let key = match spot {
            Spot::Top => self.top_key(),
            Spot::End => {
                self.at_end += 1;
                self.end_key()
            }
            Spot::Anywhere => {
                let top = BASE - 1 - self.on_top / self.ties;
                top + ((self.end_key() - top) as f64 * chance) as u64
            }
        };
        if self.rows.len() >= MOST
            && let Some(&(_, last)) = self.table.at_offset(MOST - 1, 1).rows.first()
        {
            self.delete(now, rank(last));
        }
        let id = self.next_id;
        self.next_id += 1;
        self.changes += 1;
        self.table.put(rank(id), key);
        self.places.insert(id, self.rows.len());
        self.rows.push((id, self.changes));
        self.seen.push(now, self.changes, Change { comes: true, at: self.depth(key) });
        id
    }

    /// The row of that id goes. Returns whether there was one.
    pub(super) fn delete(&mut self, now: Nanos, id: u64) -> bool {
        let Some(place) = self.places.remove(&id) else { return false };
        self.rows.swap_remove(place);
        if let Some((moved, _)) = self.rows.get(place) {
            self.places.insert(*moved, place);
        }
        self.changes += 1;
        let at = self.table.key(rank(id)).map_or(0.0, |key| self.depth(*key));
        self.seen.push(now, self.changes, Change { comes: false, at });
        self.table.remove(rank(id));
        true
    }

    /// The row of that id moves to the top. Returns whether there was one.
    pub(super) fn bump(&mut self, now: Nanos, id: u64) -> bool {
        let Some(&place) = self.places.get(&id) else { return false };
        let key = self.top_key();
        self.changes += 1;
        self.rows[place].1 = self.changes;
        self.table.put(rank(id), key);
        self.seen.push(now, self.changes, Change { comes: true, at: 0.0 });
        true
    }

    /// The row at a share of the list, 0 to 1, in no particular order.
    pub(super) fn any(&self, chance: f64) -> Option<u64> {
        self.rows.get((chance * self.rows.len() as f64) as usize).map(|(id, _)| *id)
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.rows.len() * 180 + self.table.dead() * 60
    }
}
