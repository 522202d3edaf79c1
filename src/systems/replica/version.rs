//! Which of two values is the newer one: stamps, version vectors, and what a key holds.
//!
//! A [`Stamp`] is a time and the node that gave it. Stamps are totally ordered, so of two writes one always wins, also where
//! neither writer knew of the other: that is what last-write-wins loses. A [`VersionVector`] tells the two cases apart
//! (Parker et al., 1983): it says up to which stamp of each node somebody has seen the writes. A value with the stamp of
//! its own write (its dot) and a vector of what had been seen are enough to keep exactly those values that no
//! later writer had read: dotted version vectors (Preguiça et al., 2010), in the form that keeps the values of a key in one set
//! (Almeida et al., 2014).
//!
//! A [`Cell`] is what one copy holds for a key. Two cells join into one, and the join is commutative, associative and idempotent
//! under each rule of [`Merge`], so copies that have heard the same writes agree whatever the order was in which they did.

use super::{NodeId, Value};

/// When a write was made, and which node says so. Ordered by the time, then by the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// A time or a counter; what matters is that a node never gives the same one twice, and none below an earlier one.
    pub time: u64,
    /// The node that gave it.
    pub node: NodeId,
}

/// Up to which stamp of each node the writes were seen. A node that is not in it was not heard of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VersionVector {
    /// By node.
    times: Vec<(NodeId, u64)>,
}

impl VersionVector {
    /// Nothing was seen.
    #[must_use]
    pub fn new() -> VersionVector {
        VersionVector::default()
    }

    /// The last time that was seen of a node; 0 where none was.
    #[must_use]
    pub fn time(&self, node: NodeId) -> u64 {
        self.times.binary_search_by_key(&node, |(node, _)| *node).map_or(0, |place| self.times[place].1)
    }

    /// Whether the write with this stamp was seen.
    #[must_use]
    pub fn covers(&self, stamp: Stamp) -> bool {
        self.time(stamp.node) >= stamp.time
    }

    /// Whether all that `other` has seen was seen here too. Where neither is true of two vectors they are concurrent.
    #[must_use]
    pub fn includes(&self, other: &VersionVector) -> bool {
        other.times.iter().all(|&(node, time)| self.time(node) >= time)
    }

    /// The writes of a node up to this stamp were seen.
    pub fn see(&mut self, stamp: Stamp) {
        match self.times.binary_search_by_key(&stamp.node, |(node, _)| *node) {
            Ok(place) => self.times[place].1 = self.times[place].1.max(stamp.time),
            Err(place) => self.times.insert(place, (stamp.node, stamp.time)),
        }
    }

    /// All that `other` has seen was seen here too from now on.
    pub fn join(&mut self, other: &VersionVector) {
        other.times.iter().for_each(|&(node, time)| self.see(Stamp { time, node }));
    }

    /// The nodes that were heard of, with the last time of each, by node.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, u64)> + '_ {
        self.times.iter().copied()
    }
}

/// A value and the stamp of the write that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// The stamp of its write.
    pub stamp: Stamp,
    /// The value.
    pub value: Value,
}

/// What becomes of two writes of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Merge {
    /// The one with the greater stamp remains. Of two concurrent writes one is lost, without anybody being told.
    #[default]
    LastWrite,
    /// One that had seen the other replaces it; concurrent ones remain side by side until somebody writes who has read both.
    Siblings,
    /// Both are added: the value of a write is what it adds, and each node keeps the sum of what it was asked to add
    /// (a grow-only counter; Shapiro et al., 2011). Sums wrap around.
    Sum,
}

/// What a copy holds for one key. Cells are only joined under the rule that they were made under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cell {
    /// At most one under [`Merge::LastWrite`]; by stamp under [`Merge::Siblings`]; one a node, by node, under [`Merge::Sum`].
    versions: Vec<Version>,
    /// What was seen of the writes of this key; kept under [`Merge::Siblings`] alone.
    seen: VersionVector,
}

impl Cell {
    /// A key that was never written.
    #[must_use]
    pub fn empty() -> Cell {
        Cell::default()
    }

    /// A single write that knows of no other, under [`Merge::LastWrite`].
    #[must_use]
    pub fn of(version: Version) -> Cell {
        Cell { versions: vec![version], seen: VersionVector::default() }
    }

    /// Whether it was never written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// All versions that it holds.
    #[must_use]
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// What a writer has seen who has read this cell: the context of his next write under [`Merge::Siblings`].
    #[must_use]
    pub fn seen(&self) -> &VersionVector {
        &self.seen
    }

    /// The version with the greatest stamp.
    #[must_use]
    pub fn newest(&self) -> Option<Version> {
        self.versions.iter().copied().max_by_key(|version| version.stamp)
    }

    /// The sum of its values: what it says under [`Merge::Sum`].
    #[must_use]
    pub fn sum(&self) -> Value {
        self.versions.iter().fold(0, |sum, version| sum.wrapping_add(version.value))
    }

    /// Whether it holds that write, or has taken it into account: something newer, or something that had seen it.
    #[must_use]
    pub fn reflects(&self, stamp: Stamp, rule: Merge) -> bool {
        match rule {
            Merge::LastWrite => self.versions.iter().any(|version| version.stamp >= stamp),
            Merge::Siblings => self.seen.covers(stamp),
            Merge::Sum => self
                .versions
                .iter()
                .any(|held| held.stamp.node == stamp.node && held.stamp.time >= stamp.time),
        }
    }

    /// Whether it has taken into account all that `other` holds: joining that would change nothing.
    #[must_use]
    pub fn includes(&self, other: &Cell, rule: Merge) -> bool {
        match rule {
            Merge::LastWrite | Merge::Sum => {
                other.versions.iter().all(|version| self.reflects(version.stamp, rule))
            }
            Merge::Siblings => self.seen.includes(&other.seen),
        }
    }

    /// A client writes here. `context` is what it has read before, and is needed under [`Merge::Siblings`] alone: what it
    /// covers is replaced, everything else stays. The stamp is above all that its node has given for this key. Under
    /// [`Merge::Siblings`] and [`Merge::Sum`] a node writes on its own cell only, which holds what it wrote before: so whoever
    /// sees a stamp of that node has seen all its earlier ones.
    pub fn write(&mut self, written: Version, context: &VersionVector, rule: Merge) {
        match rule {
            Merge::LastWrite => {
                self.join(&Cell::of(written), rule);
            }
            Merge::Siblings => {
                self.versions.retain(|version| !context.covers(version.stamp));
                self.seen.join(context);
                self.seen.see(written.stamp);
                let place = self.versions.partition_point(|version| version.stamp < written.stamp);
                self.versions.insert(place, written);
            }
            Merge::Sum => {
                let node = written.stamp.node;
                match self.versions.binary_search_by_key(&node, |version| version.stamp.node) {
                    Ok(place) => {
                        let sum = self.versions[place].value.wrapping_add(written.value);
                        self.versions[place] = Version { stamp: written.stamp, value: sum };
                    }
                    Err(place) => self.versions.insert(place, written),
                }
            }
        }
    }

    /// Takes in what another copy holds for the same key. Returns whether anything is new. O(versions of both).
    pub fn join(&mut self, other: &Cell, rule: Merge) -> bool {
        match rule {
            Merge::LastWrite => {
                let newer = other
                    .newest()
                    .filter(|theirs| self.newest().is_none_or(|mine| mine.stamp < theirs.stamp));
                let Some(version) = newer else { return false };
                self.versions.clear();
                self.versions.push(version);
                true
            }
            Merge::Siblings => self.join_siblings(other),
            Merge::Sum => {
                let mut changed = false;
                for &theirs in &other.versions {
                    match self.versions.binary_search_by_key(&theirs.stamp.node, |mine| mine.stamp.node) {
                        Ok(place) if self.versions[place].stamp < theirs.stamp => {
                            self.versions[place] = theirs;
                        }
                        Ok(_) => continue,
                        Err(place) => self.versions.insert(place, theirs),
                    }
                    changed = true;
                }
                changed
            }
        }
    }

    /// A version remains where both hold it, or where one holds it and the other has never seen it.
    fn join_siblings(&mut self, other: &Cell) -> bool {
        if self.seen.includes(&other.seen) {
            return false;
        }
        self.versions.retain(|mine| other.versions.contains(mine) || !other.seen.covers(mine.stamp));
        for &theirs in &other.versions {
            if !self.seen.covers(theirs.stamp) {
                let place = self.versions.partition_point(|mine| mine.stamp < theirs.stamp);
                self.versions.insert(place, theirs);
            }
        }
        self.seen.join(&other.seen);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const RULES: [Merge; 3] = [Merge::LastWrite, Merge::Siblings, Merge::Sum];
    const NODES: usize = 3;

    fn version(time: u64, node: NodeId, value: Value) -> Version {
        Version { stamp: Stamp { time, node }, value }
    }

    /// What happens to three copies: one writes (having read itself or nothing), or one hears another.
    #[derive(Clone, Copy, Debug)]
    enum Do {
        Write { at: usize, read: bool },
        Hear { at: usize, from: usize },
    }

    fn what() -> impl Strategy<Value = Do> {
        prop_oneof![
            (0..NODES, any::<bool>()).prop_map(|(at, read)| Do::Write { at, read }),
            (0..NODES, 0..NODES).prop_map(|(at, from)| Do::Hear { at, from }),
        ]
    }

    /// The times of writes.
    type Times = BTreeSet<u64>;

    /// Three copies after a history, each with the writes that it has heard of, and for each write by its time what its
    /// writer had read.
    fn play(all: &[Do], rule: Merge) -> (Vec<Cell>, Vec<Times>, Vec<(u64, Times)>) {
        let (mut cells, mut heard) = (vec![Cell::empty(); NODES], vec![BTreeSet::new(); NODES]);
        let mut writes: Vec<(u64, Times)> = Vec::new();
        for (&one, time) in all.iter().zip(1..) {
            match one {
                Do::Write { at, read } => {
                    let context = if read { cells[at].seen().clone() } else { VersionVector::new() };
                    writes.push((time, if read { heard[at].clone() } else { BTreeSet::new() }));
                    cells[at].write(version(time, at, time), &context, rule);
                    heard[at].insert(time);
                }
                Do::Hear { at, from } => {
                    let theirs = (cells[from].clone(), heard[from].clone());
                    cells[at].join(&theirs.0, rule);
                    heard[at].extend(theirs.1);
                }
            }
        }
        (cells, heard, writes)
    }

    fn joined(one: &Cell, other: &Cell, rule: Merge) -> Cell {
        let mut cell = one.clone();
        cell.join(other, rule);
        cell
    }

    proptest! {
        #[test]
        fn a_cell_says_what_the_writes_it_has_heard_of_say(all in prop::collection::vec(what(), 0..40)) {
            for rule in RULES {
                let (cells, heard, writes) = play(&all, rule);
                for (cell, heard) in cells.iter().zip(&heard) {
                    let known = || writes.iter().filter(|(time, _)| heard.contains(time));
                    let held: BTreeSet<u64> = cell.versions().iter().map(|version| version.value).collect();
                    match rule {
                        Merge::LastWrite => prop_assert_eq!(held, heard.last().copied().into_iter().collect()),
                        // Those that no writer of another write that was heard of had read.
                        Merge::Siblings => {
                            let open = |time: &u64| known().all(|(_, read)| !read.contains(time));
                            prop_assert_eq!(held, known().map(|(time, _)| *time).filter(open).collect());
                        }
                        Merge::Sum => prop_assert_eq!(cell.sum(), heard.iter().sum::<u64>()),
                    }
                    for (time, _) in &writes {
                        let Some(Do::Write { at, .. }) = all.get(*time as usize - 1) else { continue };
                        let stamp = Stamp { time: *time, node: *at };
                        let known = heard.contains(time)
                            || rule == Merge::LastWrite && heard.last().is_some_and(|last| last > time);
                        prop_assert_eq!(cell.reflects(stamp, rule), known);
                    }
                }
            }
        }

        #[test]
        fn the_join_is_commutative_associative_and_idempotent(all in prop::collection::vec(what(), 0..40)) {
            for rule in RULES {
                let (cells, ..) = play(&all, rule);
                let [a, b, c] = &cells[..] else { unreachable!("there are three") };
                let ab = joined(a, b, rule);
                prop_assert_eq!(&ab, &joined(b, a, rule));
                prop_assert_eq!(joined(&ab, c, rule), joined(a, &joined(b, c, rule), rule));
                let mut again = ab.clone();
                prop_assert!(!again.join(b, rule) && !again.join(&ab, rule), "{rule:?}");
                prop_assert_eq!(&again, &ab);
                prop_assert_eq!(a.clone().join(b, rule), &ab != a);
                prop_assert_eq!(a.includes(b, rule), &ab == a);
            }
        }
    }

    #[test]
    fn a_vector_orders_what_could_have_been_known() {
        let vector = |times: &[(NodeId, u64)]| {
            let mut vector = VersionVector::new();
            times.iter().rev().for_each(|&(node, time)| vector.see(Stamp { time, node }));
            vector
        };
        let (a, b) = (vector(&[(0, 2), (1, 1)]), vector(&[(0, 1), (2, 4)]));
        assert!(!a.includes(&b) && !b.includes(&a), "concurrent");
        let mut both = a.clone();
        both.join(&b);
        assert_eq!(both, vector(&[(0, 2), (1, 1), (2, 4)]));
        assert!(both.includes(&a) && both.includes(&b) && a.includes(&VersionVector::new()));
        assert_eq!((both.time(0), both.time(7)), (2, 0));
    }

    /// The shopping cart of the Dynamo paper: two writers who read the same cart, then one who read both.
    #[test]
    fn siblings_remain_until_somebody_has_read_both() {
        let rule = Merge::Siblings;
        let mut here = Cell::empty();
        here.write(version(1, 0, 10), &VersionVector::new(), rule);
        let read = here.seen().clone();
        let mut there = here.clone();
        here.write(version(2, 0, 20), &read, rule);
        there.write(version(3, 1, 30), &read, rule);
        here.join(&there, rule);
        let values = |cell: &Cell| cell.versions().iter().map(|version| version.value).collect::<Vec<_>>();
        assert_eq!(values(&here), [20, 30]);
        let read = here.seen().clone();
        here.write(version(4, 0, 50), &read, rule);
        assert_eq!(values(&here), [50]);
        here.join(&there, rule);
        assert_eq!(values(&here), [50], "what was read does not come back");
    }
}
