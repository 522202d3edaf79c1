//! What really happened: every edit with what its maker had seen. What a replica should hold follows from it without
//! asking any of the data types.

use super::replica::Whole;
use super::{ITEMS, REPLICAS};
use crate::sim::Nanos;
use crate::systems::crdt::Dot;

/// How many edits of each replica were seen.
pub(super) type Seen = [u64; REPLICAS];

/// What became of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    Typed(Dot),
    Deleted(Dot),
    Untouched,
}

/// One edit of a user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit {
    pub(super) at: Nanos,
    pub(super) by: usize,
    /// Which one of its maker's, from 1.
    pub(super) count: u64,
    pub(super) item: usize,
    pub(super) adds: bool,
    /// Whether it concerns the sets.
    pub(super) set: bool,
    pub(super) letter: Letter,
    /// What its maker had seen before it.
    pub(super) knew: Seen,
}

impl Edit {
    fn in_sight(&self, seen: &Seen) -> bool {
        self.count <= seen[self.by]
    }
}

/// Two edits of one item, neither of which knew the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conflict {
    pub(super) item: usize,
    pub(super) adder: usize,
    pub(super) remover: usize,
}

/// All edits, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(super) struct Truth {
    edits: Vec<Edit>,
    /// Which of them concern the sets, a bit each.
    of_sets: Vec<u64>,
    /// Of each item the edits that can still decide whether it is in.
    open: [Vec<Edit>; ITEMS],
    /// The counter after each edit of a replica, from that replica's edits alone.
    sums: [Vec<i64>; REPLICAS],
    pub(super) conflicts: u64,
    pub(super) last_conflict: Option<Conflict>,
}

impl Truth {
    pub(super) fn made(&self) -> usize {
        self.edits.len()
    }

    /// Notes an edit.
    pub(super) fn note(&mut self, edit: Edit) {
        // An earlier edit that its maker had not seen is one made at the same time: it cannot have seen this one.
        let against = |earlier: &&Edit| earlier.adds != edit.adds && !earlier.in_sight(&edit.knew);
        if let Some(other) = self.open[edit.item].iter().rev().find(against).filter(|_| edit.set) {
            let (adder, remover) = if edit.adds { (edit.by, other.by) } else { (other.by, edit.by) };
            self.last_conflict = Some(Conflict { item: edit.item, adder, remover });
            self.conflicts += 1;
        }
        let sums = &mut self.sums[edit.by];
        sums.push(sums.last().unwrap_or(&0) + if edit.adds { 1 } else { -1 });
        let number = self.edits.len();
        self.of_sets.resize(number / 64 + 1, 0);
        if edit.set {
            self.open[edit.item].push(edit);
            self.of_sets[number / 64] |= 1 << (number % 64);
        }
        self.edits.push(edit);
    }

    /// Of the edits of sets with numbers in `range`: how many there are, and how many of them none of the values has.
    pub(super) fn lost(&self, range: std::ops::Range<usize>, values: &[&Whole]) -> (usize, usize) {
        let (mut all, mut lost) = (0, 0);
        for (word, &of_sets) in self.of_sets.iter().enumerate() {
            let (first, last) = (word * 64, word * 64 + 64);
            if last <= range.start || first >= range.end {
                continue;
            }
            let from = u64::MAX << range.start.saturating_sub(first);
            let to = if range.end >= last { u64::MAX } else { (1 << (range.end - first)) - 1 };
            let asked = of_sets & from & to;
            let kept = values.iter().fold(0, |kept, value| kept | value.word(word));
            all += asked.count_ones() as usize;
            lost += (asked & !kept).count_ones() as usize;
        }
        (all, lost)
    }

    /// Forgets what can decide nothing any more, since every replica has seen what came after it.
    pub(super) fn settle(&mut self, all: &Seen) {
        for open in &mut self.open {
            let over: Vec<Edit> = open.iter().filter(|edit| edit.in_sight(all)).copied().collect();
            // Seen by a later edit that everybody has seen; a remove that everybody has seen has done its work then.
            open.retain(|edit| {
                let superseded = over.iter().any(|later| edit.in_sight(&later.knew));
                !superseded && (edit.adds || !edit.in_sight(all))
            });
        }
    }

    /// The items that are in by the rule of add-wins for who has seen so much: those with an add that no remove has seen.
    pub(super) fn add_wins(&self, seen: &Seen) -> u16 {
        let mut items = 0;
        for (item, open) in self.open.iter().enumerate() {
            let visible = || open.iter().filter(|edit| edit.in_sight(seen));
            let is_in = visible()
                .filter(|edit| edit.adds)
                .any(|add| !visible().any(|remove| !remove.adds && add.in_sight(&remove.knew)));
            items |= u16::from(is_in) << item;
        }
        items
    }

    /// The counter for who has seen so much.
    pub(super) fn sum(&self, seen: &Seen) -> i64 {
        let sum_of = |(sums, &count): (&Vec<i64>, &u64)| {
            count.checked_sub(1).and_then(|last| sums.get(last as usize)).copied().unwrap_or(0)
        };
        self.sums.iter().zip(seen).map(sum_of).sum()
    }

    /// How many letters there should be for who has seen so much, and a sum over their names that no other letters have
    /// but by chance.
    pub(super) fn letters(&self, seen: &Seen) -> (usize, u64) {
        let mut gone = Vec::new();
        let mut sum = (0, 0_u64);
        for edit in self.edits.iter().filter(|edit| edit.in_sight(seen)) {
            match edit.letter {
                Letter::Typed(dot) => sum = (sum.0 + 1, sum.1.wrapping_add(mixed(dot))),
                Letter::Deleted(dot) => gone.push(dot),
                Letter::Untouched => {}
            }
        }
        gone.sort_unstable();
        gone.dedup();
        for dot in gone {
            sum = (sum.0 - 1, sum.1.wrapping_sub(mixed(dot)));
        }
        sum
    }

    /// The numbers of the edits made within a span.
    pub(super) fn within(&self, from: Nanos, to: Nanos) -> std::ops::Range<usize> {
        self.edits.partition_point(|edit| edit.at < from)..self.edits.partition_point(|edit| edit.at < to)
    }
}

/// A name as a number whose bits say nothing.
pub(super) fn mixed(dot: Dot) -> u64 {
    (dot.count << 8 | u64::from(dot.replica)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
        ^ dot.count.wrapping_mul(0xbf58_476d_1ce4_e5b9)
}
