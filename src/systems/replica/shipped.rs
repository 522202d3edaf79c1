//! The log that a leader ships and its followers hold: entries by position, each with the epoch of the leader that wrote it.
//!
//! Two logs that hold an entry of the same epoch at the same position are equal up to there, since a leader writes a
//! position once and a follower takes an entry only behind one that it shares. So a follower finds where it parts from its
//! leader by comparing one epoch, and gives up what lies behind. What it gives up is what a failover loses.
//!
//! The oldest entries are folded into the table that they add up to, so that a log stays short however long it has run.

use std::collections::{BTreeMap, VecDeque};

use super::{Key, OpId, Value};

/// One write, as it is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The epoch of the leader that took it.
    pub epoch: u32,
    /// What is written. [`BARRIER`] is nobody's key.
    pub key: Key,
    /// Its new value.
    pub value: Value,
    /// The operation that asked for it.
    pub op: OpId,
}

/// The key of an entry that writes nothing: a new leader's first entry.
pub const BARRIER: Key = Key::MAX;

/// How far a log is: of two logs the one with the later last epoch is further, at the same epoch the longer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// The epoch of its last entry.
    pub epoch: u32,
    /// Its length.
    pub len: u64,
}

/// Entries at the positions 1, 2, 3, ..., the oldest of them folded into a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// How many entries are folded, and the epoch of the last of them.
    start: u64,
    start_epoch: u32,
    folded: BTreeMap<Key, (Value, u64)>,
    entries: VecDeque<Entry>,
    /// For each key its value and the position that wrote it.
    table: BTreeMap<Key, (Value, u64)>,
}

impl Log {
    /// How many entries it holds, folded ones included: the last one's position.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.start + self.entries.len() as u64
    }

    /// Whether nothing was ever written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of the oldest entries are folded into the table.
    #[must_use]
    pub fn folded(&self) -> u64 {
        self.start
    }

    /// How many entries it has that are not folded.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.entries.len()
    }

    /// How far it is.
    #[must_use]
    pub fn reach(&self) -> Reach {
        Reach { epoch: self.entries.back().map_or(self.start_epoch, |entry| entry.epoch), len: self.len() }
    }

    /// The entry at a position; none where there is none or it is folded.
    #[must_use]
    pub fn get(&self, position: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(position.checked_sub(self.start + 1)?).ok()?)
    }

    /// The epoch at a position: 0 before the first entry, none where it is not known.
    #[must_use]
    pub fn epoch_at(&self, position: u64) -> Option<u32> {
        if position == self.start {
            Some(self.start_epoch)
        } else {
            self.get(position).map(|entry| entry.epoch)
        }
    }

    /// Whether it holds the entry that a leader of that epoch wrote at that position. A folded one counts as held.
    #[must_use]
    pub fn holds(&self, position: u64, epoch: u32) -> bool {
        position <= self.start || self.get(position).is_some_and(|entry| entry.epoch == epoch)
    }

    /// The value of a key, 0 where it was never written, and the position that wrote it. O(log keys).
    #[must_use]
    pub fn read(&self, key: Key) -> (Value, u64) {
        self.table.get(&key).copied().unwrap_or_default()
    }

    /// The same as it was when the log was no longer than `upto`. O(entries that are not folded).
    #[must_use]
    pub fn read_at(&self, key: Key, upto: u64) -> (Value, u64) {
        let mut at = self.len();
        for entry in self.entries.iter().rev() {
            if at <= upto && entry.key == key {
                return (entry.value, at);
            }
            at -= 1;
        }
        self.folded.get(&key).copied().unwrap_or_default()
    }

    /// Adds an entry and returns its position.
    pub fn push(&mut self, entry: Entry) -> u64 {
        self.entries.push_back(entry);
        let position = self.len();
        if entry.key != BARRIER {
            self.table.insert(entry.key, (entry.value, position));
        }
        position
    }

    /// The entries behind a position, at most `most`; none where that position is folded away.
    #[must_use]
    pub fn since(&self, position: u64, most: usize) -> Option<Vec<Entry>> {
        let from = usize::try_from(position.checked_sub(self.start)?).ok()?;
        Some(self.entries.iter().skip(from).take(most).copied().collect())
    }

    /// Takes `entries` that stand behind `position`, where the sender has an entry of epoch `before`. Entries that differ, and what
    /// follows them, go. Returns how many were given up, or where to begin instead: this log does not hold that position.
    ///
    /// # Errors
    /// A position at or below which the sender should begin.
    pub fn take(&mut self, position: u64, before: u32, entries: &[Entry]) -> Result<u64, u64> {
        match self.epoch_at(position) {
            Some(epoch) if epoch == before => {}
            // What is folded is settled: the same in both.
            None if position < self.start => {
                let skip = (self.start - position).min(entries.len() as u64);
                let rest = &entries[skip as usize..];
                return if rest.is_empty() { Ok(0) } else { self.take(self.start, self.start_epoch, rest) };
            }
            // Nothing of that epoch is shared: go on before its first entry here.
            Some(epoch) => {
                let mut from = position;
                while from > self.start && self.epoch_at(from) == Some(epoch) {
                    from -= 1;
                }
                return Err(if from == self.start { self.start.saturating_sub(1) } else { from });
            }
            None => return Err(self.len()),
        }
        let mut given_up = 0;
        for (at, entry) in (position + 1..).zip(entries) {
            if self.epoch_at(at) == Some(entry.epoch) {
                continue;
            }
            given_up += self.cut(at - 1);
            self.push(*entry);
        }
        Ok(given_up)
    }

    /// Gives up everything behind a position and returns how many entries that were. O(length).
    pub fn cut(&mut self, len: u64) -> u64 {
        let keep = len.max(self.start);
        let gone = self.len() - keep.min(self.len());
        if gone > 0 {
            self.entries.truncate((keep - self.start) as usize);
            self.table.clone_from(&self.folded);
            for (position, entry) in (self.start + 1..).zip(&self.entries) {
                if entry.key != BARRIER {
                    self.table.insert(entry.key, (entry.value, position));
                }
            }
        }
        gone
    }

    /// Folds the oldest entries, none behind `settled`, until at most `keep` are left.
    pub fn fold(&mut self, settled: u64, keep: usize) {
        while self.entries.len() > keep && self.start < settled {
            let Some(entry) = self.entries.pop_front() else { return };
            self.start += 1;
            self.start_epoch = entry.epoch;
            if entry.key != BARRIER {
                self.folded.insert(entry.key, (entry.value, self.start));
            }
        }
    }

    /// The same log without what lies behind a position: a copy for somebody who has nothing.
    #[must_use]
    pub fn up_to(&self, len: u64) -> Log {
        let mut copy = self.clone();
        copy.cut(len);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(epoch: u32, value: u64) -> Entry {
        Entry { epoch, key: (value % 3) as Key, value, op: value }
    }

    fn log(epochs: &[u32]) -> Log {
        let mut log = Log::default();
        for (value, epoch) in (1..).zip(epochs) {
            log.push(entry(*epoch, value));
        }
        log
    }

    #[test]
    fn an_entry_is_taken_only_behind_one_that_both_hold() {
        let mut follower = log(&[1, 1, 1]);
        // The leader has 1 1 2 2.
        assert_eq!(follower.take(4, 2, &[]), Err(3), "it is shorter");
        assert_eq!(
            follower.take(3, 2, &[entry(2, 9)]),
            Err(0),
            "another epoch stands there: nothing of it may be shared"
        );
        assert_eq!(follower.take(2, 1, &[entry(2, 8), entry(2, 9)]), Ok(1), "one entry is given up");
        assert_eq!(follower.reach(), Reach { epoch: 2, len: 4 });
        assert_eq!(follower.take(0, 0, &[entry(1, 1)]), Ok(0), "an old message shortens nothing");
        assert_eq!(follower.len(), 4);
        // The third write, of key 0, is gone; key 2 has the new one.
        assert_eq!((follower.read(0), follower.read(2)), ((9, 4), (8, 3)));
    }

    #[test]
    fn folding_changes_nothing_that_can_be_read() {
        let (mut short, long) = (log(&[1, 1, 2, 2, 3, 3]), log(&[1, 1, 2, 2, 3, 3]));
        short.fold(4, 1);
        assert_eq!((short.folded(), short.len(), short.reach()), (4, 6, long.reach()));
        for key in 0..3 {
            assert_eq!(short.read(key), long.read(key));
        }
        assert_eq!(short.since(3, 9), None);
        assert_eq!(short.since(4, 9), long.since(4, 9));
        assert!(short.holds(2, 1) && short.holds(5, 3) && !short.holds(5, 2) && !short.holds(7, 3));
        // An old message that begins before what is folded.
        assert_eq!(short.take(2, 1, &[entry(2, 3), entry(2, 4), entry(3, 5)]), Ok(0));
        assert_eq!(short.len(), 6);
        short.cut(4);
        assert_eq!(short.read(1), (4, 4), "the table is that of what is left");
        assert_eq!(short.read(2), (2, 2));
    }

    #[test]
    fn further_is_the_later_epoch_then_the_longer_log() {
        assert!(log(&[1, 2]).reach() > log(&[1, 1, 1]).reach());
        assert!(log(&[1, 2, 2]).reach() > log(&[1, 2]).reach());
        assert_eq!(log(&[1, 2]).reach(), log(&[2, 2]).reach());
    }
}
