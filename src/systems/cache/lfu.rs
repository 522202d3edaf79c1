//! Least frequently used, with aging: what was used least often goes, and counts are halved now and then.
//!
//! Entries of one count stand in one list, the lists in the order of their counts, so a use moves its entry to the next
//! list and an eviction takes from the first one: O(1) (Shah, Mitra and Matani, 2010). Among equals the one that
//! has had its count for longest goes.
//!
//! Counts that only grow make a museum: what was popular last month never leaves. So all counts are halved whenever
//! the cache has been used ten times for every entry that it can hold: O(n) then, a tenth of a step a use.

use super::shelf::{List, NONE};
use super::{Cache, FixedHash, Nodes, Policy, Queue, Slot};
use std::hash::Hash;

/// The policy of [`super::Lfu`].
#[derive(Clone, Debug)]
pub struct Frequency {
    /// Lists of equal counts, linked by growing counts; free ones are linked by `more`.
    counts: Vec<Count>,
    free: u32,
    /// The list of the smallest count.
    least: u32,
    /// How many uses until the next halving; nothing: never.
    period: Option<u64>,
    left: u64,
}

/// The entries of one count. A mark is the index of its list.
#[derive(Clone, Debug)]
struct Count {
    count: u64,
    list: List,
    /// The lists of the next smaller and the next larger count.
    fewer: u32,
    more: u32,
}

impl<K: Hash + Eq, V> Cache<Frequency, K, V, FixedHash> {
    /// An empty cache of `capacity` entries that evicts what was used least, and halves counts every 10 x capacity uses.
    #[must_use]
    pub fn lfu(capacity: usize) -> Self {
        Cache::new(capacity, Frequency::aging(10 * super::in_range(capacity) as u64))
    }
}

impl Frequency {
    /// Counts that are halved every `period` uses (at least 1).
    #[must_use]
    pub fn aging(period: u64) -> Frequency {
        let period = period.max(1);
        Frequency { period: Some(period), left: period, ..Frequency::ageless() }
    }

    /// Counts that only grow.
    #[must_use]
    pub fn ageless() -> Frequency {
        Frequency { counts: Vec::new(), free: NONE, least: NONE, period: None, left: 0 }
    }

    /// A list for a count, between two others.
    fn open(&mut self, count: u64, fewer: u32, more: u32) -> u32 {
        let new = Count { count, list: List::default(), fewer, more };
        let index = if self.free == NONE {
            self.counts.push(new);
            self.counts.len() as u32 - 1
        } else {
            let index = self.free;
            self.free = self.counts[index as usize].more;
            self.counts[index as usize] = new;
            index
        };
        if fewer == NONE {
            self.least = index;
        } else {
            self.counts[fewer as usize].more = index;
        }
        if more != NONE {
            self.counts[more as usize].fewer = index;
        }
        index
    }

    /// Takes an entry out of its list, and the list out of the chain where it is empty then.
    fn leave(&mut self, nodes: &mut Nodes, slot: Slot) {
        let index = nodes[slot].mark;
        let at = &mut self.counts[index as usize];
        at.list.unlink(nodes, slot);
        if at.list.len > 0 {
            return;
        }
        let (fewer, more) = (at.fewer, at.more);
        at.more = self.free;
        self.free = index;
        if fewer == NONE {
            self.least = more;
        } else {
            self.counts[fewer as usize].more = more;
        }
        if more != NONE {
            self.counts[more as usize].fewer = fewer;
        }
    }

    fn join(&mut self, nodes: &mut Nodes, slot: Slot, index: u32) {
        nodes[slot].mark = index;
        self.counts[index as usize].list.push_front(nodes, slot);
    }

    /// One use more: now and then all grow older.
    fn tick(&mut self, nodes: &mut Nodes) {
        if let Some(period) = self.period {
            self.left -= 1;
            if self.left == 0 {
                self.left = period;
                self.age(nodes);
            }
        }
    }

    /// Halves all counts; the order among those that become equal stays.
    fn age(&mut self, nodes: &mut Nodes) {
        let mut old = Vec::new();
        let mut index = self.least;
        while index != NONE {
            let at = &self.counts[index as usize];
            old.push((at.count, at.list.iter(nodes).collect::<Vec<_>>()));
            index = at.more;
        }
        (self.free, self.least) = (NONE, NONE);
        self.counts.clear();
        let mut last: Option<(u64, u32)> = None;
        for (count, slots) in old {
            let halved = (count / 2).max(1);
            let index = match last {
                Some((same, index)) if same == halved => index,
                _ => self.open(halved, last.map_or(NONE, |(_, index)| index), NONE),
            };
            last = Some((halved, index));
            // From the back on, so that the front of the list is the newest again.
            for slot in slots.into_iter().rev() {
                self.join(nodes, slot, index);
            }
        }
    }
}

impl Policy for Frequency {
    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        let index = nodes[slot].mark;
        let Count { count, more, .. } = self.counts[index as usize];
        let next = if more != NONE && self.counts[more as usize].count == count + 1 {
            more
        } else {
            self.open(count + 1, index, more)
        };
        self.leave(nodes, slot);
        self.join(nodes, slot, next);
        self.tick(nodes);
    }

    fn comes(&mut self, nodes: &mut Nodes, _hash: u64, full: bool) -> Option<Slot> {
        let victim = full.then(|| self.counts[self.least as usize].list.back)?;
        self.leave(nodes, victim);
        Some(victim)
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        let least = self.least;
        let first = if least != NONE && self.counts[least as usize].count == 1 {
            least
        } else {
            self.open(1, NONE, least)
        };
        self.join(nodes, slot, first);
        self.tick(nodes);
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        self.leave(nodes, slot);
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        let chain = std::iter::successors(Some(self.least).filter(|&first| first != NONE), |&index| {
            Some(self.counts[index as usize].more).filter(|&more| more != NONE)
        });
        let mut lists: Vec<&Count> = chain.map(|index| &self.counts[index as usize]).collect();
        lists.reverse();
        let entries =
            lists.iter().flat_map(|at| at.list.iter(nodes).map(|slot| (slot, at.count > 1))).collect();
        vec![Queue { name: "by count", entries, hand: None }]
    }
}
