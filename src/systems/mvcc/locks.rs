//! Locks on rows and on ranges of keys, shared or exclusive, and who waits for whom.
//!
//! A lock on a range also covers the rows that are not there yet: this is what keeps phantoms out under
//! two-phase locking (predicate locks: Eswaran, Gray, Lorie and Traiger 1976; here, as in engines, coarser than the
//! predicate: the range that was searched). Requests are served in the order in which they came, but one who holds a lock that
//! overlaps need not stand behind others, as he could only wait for himself there.
//!
//! A cycle in who-waits-for-whom is a deadlock. It can only come to be when somebody begins to wait, so it is looked for then.

use std::collections::BTreeMap;

use super::{Key, TxId};

/// How much of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Shared,
    Exclusive,
}

impl Mode {
    fn clashes(self, other: Mode) -> bool {
        self == Mode::Exclusive || other == Mode::Exclusive
    }
}

/// A lock, held or asked for, on the keys `from..=to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lock {
    pub(super) tx: TxId,
    pub(super) from: Key,
    pub(super) to: Key,
    pub(super) mode: Mode,
}

impl Lock {
    /// Whether the same transaction asks for the same.
    fn is(&self, other: &Lock) -> bool {
        (self.tx, self.from, self.to, self.mode) == (other.tx, other.from, other.to, other.mode)
    }

    fn overlaps(&self, other: &Lock) -> bool {
        self.from <= other.to && other.from <= self.to
    }

    /// Whether one of the two has to wait for the other.
    fn clashes(&self, other: &Lock) -> bool {
        self.tx != other.tx && self.overlaps(other) && self.mode.clashes(other.mode)
    }
}

/// All locks of a store. Of n locks on rows, r on ranges and w that are waited for, one on a row takes O(log n + r + w).
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    rows: BTreeMap<Key, Vec<Lock>>,
    ranges: Vec<Lock>,
    /// By the time of asking. A transaction waits for one lock at a time.
    waiting: Vec<Lock>,
}

impl Locks {
    /// Gives the lock, or has it wait and returns false.
    pub(super) fn acquire(&mut self, wish: Lock) -> bool {
        if self.blockers(&wish).next().is_some() {
            // One who asks again keeps its place.
            if !self.waiting.iter().any(|other| other.is(&wish)) {
                self.waiting.retain(|other| other.tx != wish.tx);
                self.waiting.push(wish);
            }
            return false;
        }
        self.waiting.retain(|other| !other.is(&wish));
        let held =
            if wish.from == wish.to { self.rows.entry(wish.from).or_default() } else { &mut self.ranges };
        match held.iter_mut().find(|lock| lock.tx == wish.tx && (lock.from, lock.to) == (wish.from, wish.to))
        {
            Some(lock) if wish.mode == Mode::Exclusive => lock.mode = Mode::Exclusive,
            Some(_) => {}
            None => held.push(wish),
        }
        true
    }

    /// The transactions that stand in the way of a lock; some of them more than once.
    fn blockers(&self, wish: &Lock) -> impl Iterator<Item = TxId> {
        let wish = *wish;
        let rows = self.rows.range(wish.from..=wish.to.max(wish.from)).flat_map(|(_, held)| held);
        let held = rows.chain(&self.ranges);
        let own = held.clone().any(|lock| lock.tx == wish.tx && lock.overlaps(&wish));
        let before = self.waiting.iter().take_while(move |other| other.tx != wish.tx).filter(move |_| !own);
        held.chain(before).filter(move |lock| lock.clashes(&wish)).map(|lock| lock.tx)
    }

    /// Whether the transaction waits.
    pub(super) fn waits(&self, tx: TxId) -> bool {
        self.waiting.iter().any(|lock| lock.tx == tx)
    }

    /// Whom the transaction waits for, in order and each once.
    pub(super) fn waits_for(&self, tx: TxId) -> Vec<TxId> {
        let wish = self.waiting.iter().find(|lock| lock.tx == tx);
        let mut found: Vec<TxId> = wish.map(|wish| self.blockers(wish).collect()).unwrap_or_default();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether the transaction waits for somebody who waits, over however many others, for it.
    pub(super) fn deadlocked(&self, tx: TxId) -> bool {
        let (mut open, mut seen) = (self.waits_for(tx), Vec::new());
        while let Some(next) = open.pop() {
            if next == tx {
                return true;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(self.waits_for(next));
            }
        }
        false
    }

    /// The transaction has no locks and waits for none any more.
    pub(super) fn release(&mut self, tx: TxId) {
        self.release_if(tx, |_| true);
        self.waiting.retain(|lock| lock.tx != tx);
    }

    /// It gives its shared locks back.
    pub(super) fn release_shared(&mut self, tx: TxId) {
        self.release_if(tx, |lock| lock.mode == Mode::Shared);
    }

    fn release_if(&mut self, tx: TxId, which: impl Fn(&Lock) -> bool) {
        self.rows.retain(|_, held| {
            held.retain(|lock| lock.tx != tx || !which(lock));
            !held.is_empty()
        });
        self.ranges.retain(|lock| lock.tx != tx || !which(lock));
    }

    /// Those who wait and whom nobody stands in the way of any more, the longest wait first.
    pub(super) fn free(&self) -> Vec<TxId> {
        let free = self.waiting.iter().filter(|lock| self.blockers(lock).next().is_none());
        free.map(|lock| lock.tx).collect()
    }

    /// Who holds a lock on the row.
    pub(super) fn holders(&self, key: Key) -> impl Iterator<Item = &Lock> {
        let ranges = self.ranges.iter().filter(move |lock| lock.from <= key && key <= lock.to);
        self.rows.get(&key).into_iter().flatten().chain(ranges)
    }
}
