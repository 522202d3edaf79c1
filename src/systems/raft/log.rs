//! The log of a node: the entries since its snapshot.

use super::{Entry, Index, Position, Term};

/// Entries one behind the other, of which the first ones may have given way to a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log<C> {
    /// The last entry that is not here any more; zero where none is missing.
    base: Position,
    entries: Vec<Entry<C>>,
}

impl<C> Log<C> {
    /// A log whose entries begin behind `base`.
    #[must_use]
    pub fn new(base: Position, entries: Vec<Entry<C>>) -> Log<C> {
        Log { base, entries }
    }

    /// The last entry that gave way to a snapshot; zero where there is none.
    #[must_use]
    pub fn base(&self) -> Position {
        self.base
    }

    /// The index of the last entry, or of the last that gave way.
    #[must_use]
    pub fn last_index(&self) -> Index {
        self.base.index + self.entries.len() as u64
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Position {
        let term = self.entries.last().map_or(self.base.term, |entry| entry.term);
        Position { index: self.last_index(), term }
    }

    /// The entry at `index`; nothing where it gave way or is not there yet.
    #[must_use]
    pub fn entry(&self, index: Index) -> Option<&Entry<C>> {
        self.entries.get(index.checked_sub(self.base.index + 1)? as usize)
    }

    /// The term of the entry at `index`; also of the last that gave way, and 0 before the first.
    #[must_use]
    pub fn term(&self, index: Index) -> Option<Term> {
        if index == self.base.index {
            Some(self.base.term)
        } else {
            self.entry(index).map(|entry| entry.term)
        }
    }

    /// The entries from `index` on (from the first that is here, where that gave way).
    #[must_use]
    pub fn from(&self, index: Index) -> &[Entry<C>] {
        let skip = index.saturating_sub(self.base.index + 1) as usize;
        self.entries.get(skip..).unwrap_or(&[])
    }

    /// Whether the log has the entry of that position. What gave way was committed, so it has that of every leader.
    #[must_use]
    pub fn has(&self, position: Position) -> bool {
        position.index < self.base.index || self.term(position.index) == Some(position.term)
    }

    /// The first entry of the term of the one at `index`, as far as it is here. O(log entries), for terms only grow.
    #[must_use]
    pub fn first_of_term(&self, index: Index) -> Index {
        let Some(term) = self.term(index) else { return self.last_index() + 1 };
        self.base.index + 1 + self.entries.partition_point(|entry| entry.term < term) as u64
    }

    /// The last entry whose term is at most `term`. O(log entries).
    #[must_use]
    pub fn last_up_to(&self, term: Term) -> Position {
        let count = self.entries.partition_point(|entry| entry.term <= term);
        let last = count.checked_sub(1).and_then(|last| self.entries.get(last));
        Position {
            index: self.base.index + count as u64,
            term: last.map_or(self.base.term, |entry| entry.term),
        }
    }

    /// Adds an entry and returns its index.
    pub fn push(&mut self, entry: Entry<C>) -> Index {
        self.entries.push(entry);
        self.last_index()
    }

    /// Removes the entries from `index` on.
    pub fn truncate(&mut self, index: Index) {
        self.entries.truncate(index.saturating_sub(self.base.index + 1) as usize);
    }

    /// The entries up to `last` give way to a snapshot. Where the log has another entry there, or none, all of it goes.
    /// Returns whether something behind it remains as it was. O(entries).
    pub fn compact(&mut self, last: Position) -> bool {
        let keeps = self.term(last.index) == Some(last.term);
        if keeps {
            self.entries.drain(..(last.index - self.base.index) as usize);
        } else {
            self.entries.clear();
        }
        self.base = last;
        keeps
    }
}

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::*;

    fn log(base: (Index, Term), terms: &[Term]) -> Log<()> {
        let entries = terms.iter().map(|&term| Entry { term, payload: Payload::Noop }).collect();
        Log::new(Position { index: base.0, term: base.1 }, entries)
    }

    #[test]
    fn entries_are_found_by_their_index() {
        let log = log((10, 3), &[3, 4, 4, 6]);
        assert_eq!((log.last_index(), log.last().term), (14, 6));
        assert_eq!([9, 10, 11, 14, 15].map(|index| log.term(index)), [None, Some(3), Some(3), Some(6), None]);
        assert_eq!(
            (log.from(13).len(), log.from(3).len(), log.from(15).len(), log.from(99).len()),
            (2, 4, 0, 0)
        );
        let has = |index, term| log.has(Position { index, term });
        assert!(has(5, 1) && has(10, 3) && has(12, 4) && !has(10, 2) && !has(12, 3) && !has(15, 6));
    }

    #[test]
    fn the_ends_of_terms_are_found() {
        let log = log((10, 3), &[3, 4, 4, 6]);
        assert_eq!([10, 11, 12, 13, 14, 15].map(|index| log.first_of_term(index)), [11, 11, 12, 12, 14, 15]);
        let up_to = |term| (log.last_up_to(term).index, log.last_up_to(term).term);
        assert_eq!([2, 3, 4, 5, 9].map(up_to), [(10, 3), (11, 3), (13, 4), (13, 4), (14, 6)]);
    }

    #[test]
    fn a_snapshot_takes_the_place_of_entries() {
        let mut kept = log((10, 3), &[3, 4, 4, 6]);
        assert!(kept.compact(Position { index: 12, term: 4 }));
        assert_eq!(kept, log((12, 4), &[4, 6]));
        let mut other = log((10, 3), &[3, 4, 4, 6]);
        assert!(!other.compact(Position { index: 12, term: 5 }), "it has another entry there");
        assert_eq!(other, log((12, 5), &[]));
        assert!(!other.compact(Position { index: 20, term: 5 }));
        assert_eq!(other.last_index(), 20);
        other.truncate(3);
        assert_eq!(other.last_index(), 20, "what gave way cannot be removed");
    }
}
