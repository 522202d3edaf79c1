//! Keys move from one store to another while they are read, written and deleted.
//!
//! The order that loses nothing: first every change goes to both stores, then what was there before is copied, then both
//! are compared, then reads go to the new one, then the old one goes. Copying is two steps, a read and a write, and
//! the key may change between them; so a copy is written only where the new store has nothing as new, and a deletion leaves a mark
//! there that a late copy cannot overwrite. What each of these is for shows when it is left out ([`Slip`]) or when the steps
//! come in another order ([`Plan`]).

use std::collections::BTreeMap;
use std::ops::Bound;

/// The order of the steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plan {
    /// Both written, then copied, compared, read: nothing is lost.
    #[default]
    DualFirst,
    /// Copied, then both written: what changes behind the copy is missing for ever.
    CopyFirst,
    /// Both written, then read from the new store, then copied: what is not copied yet is not found.
    ReadFirst,
}

/// A check that is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slip {
    /// None.
    #[default]
    None,
    /// A copy is written whatever the new store holds: it overwrites what is newer.
    Overwrites,
    /// A deletion leaves no mark: a late copy brings the row back.
    NoMarks,
}

/// Where a migration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The new store is made ready; only the old one is used.
    Prepare,
    /// Every change goes to both.
    DualWrite,
    /// What was there before is copied.
    Backfill,
    /// Both are compared.
    Verify,
    /// Reads go to the new store.
    CutOver,
    /// Only the new store is used.
    CleanUp,
}

impl Phase {
    /// All of them, in the order that loses nothing.
    pub const ALL: [Phase; 6] =
        [Phase::Prepare, Phase::DualWrite, Phase::Backfill, Phase::Verify, Phase::CutOver, Phase::CleanUp];
}

impl Plan {
    /// Its steps.
    #[must_use]
    pub fn phases(self) -> [Phase; 6] {
        let [prepare, dual, copy, verify, read, clean] = Phase::ALL;
        match self {
            Plan::DualFirst => [prepare, dual, copy, verify, read, clean],
            Plan::CopyFirst => [prepare, copy, dual, verify, read, clean],
            Plan::ReadFirst => [prepare, dual, read, copy, verify, clean],
        }
    }
}

/// What a store holds of a key: the version, or a mark that it was deleted with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    version: u64,
    deleted: bool,
}

/// Two stores and what goes on between them.
#[derive(Clone, Debug)]
pub struct Migration {
    plan: Plan,
    slip: Slip,
    step: usize,
    old: BTreeMap<u64, Entry>,
    new: BTreeMap<u64, Entry>,
    /// The last key that was copied.
    copied_to: Option<u64>,
    copied: u64,
    /// What was read to be copied and is not yet written.
    batch: Vec<(u64, Entry)>,
    at_end: bool,
}

impl Migration {
    /// Before the first step: `rows` (keys and versions) are in the old store.
    pub fn new(rows: impl IntoIterator<Item = (u64, u64)>, plan: Plan, slip: Slip) -> Migration {
        let entry = |(key, version)| (key, Entry { version, deleted: false });
        Migration {
            plan,
            slip,
            step: 0,
            old: rows.into_iter().map(entry).collect(),
            new: BTreeMap::new(),
            copied_to: None,
            copied: 0,
            batch: Vec::new(),
            at_end: false,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.plan.phases()[self.step]
    }

    /// Whether the step of that phase is done or under way.
    fn reached(&self, phase: Phase) -> bool {
        self.plan.phases()[..=self.step].contains(&phase)
    }

    /// Whether this was the last step.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase() == Phase::CleanUp
    }

    /// A key has a new version (versions grow). O(log rows).
    pub fn write(&mut self, key: u64, version: u64) {
        self.change(key, Entry { version, deleted: false });
    }

    /// A key is deleted; `version` is that of the deletion.
    pub fn delete(&mut self, key: u64, version: u64) {
        self.change(key, Entry { version, deleted: true });
    }

    fn change(&mut self, key: u64, entry: Entry) {
        let put = |store: &mut BTreeMap<u64, Entry>, marked: bool| {
            if entry.deleted && !marked {
                store.remove(&key);
            } else {
                store.insert(key, entry);
            }
        };
        if !self.is_over() {
            put(&mut self.old, false);
        }
        if self.reached(Phase::DualWrite) {
            let marked = self.slip != Slip::NoMarks && !self.is_over();
            put(&mut self.new, marked);
        }
    }

    /// The version of a key as a client sees it; none where it is not found. O(log rows).
    #[must_use]
    pub fn read(&self, key: u64) -> Option<u64> {
        let store = if self.reached(Phase::CutOver) { &self.new } else { &self.old };
        store.get(&key).filter(|entry| !entry.deleted).map(|entry| entry.version)
    }

    /// Reads the next rows to be copied, at most `n`, in the order of their keys. Returns how many there are; 0 where the copy
    /// is at its end.
    pub fn read_batch(&mut self, n: usize) -> usize {
        let from = self.copied_to.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.old.range((from, Bound::Unbounded)).take(n);
        self.batch = rows.map(|(key, entry)| (*key, *entry)).collect();
        self.at_end = self.batch.is_empty();
        self.batch.len()
    }

    /// Writes what was read, and only then remembers how far the copy is.
    pub fn write_batch(&mut self) {
        for (key, entry) in std::mem::take(&mut self.batch) {
            let newer = self.new.get(&key).is_some_and(|known| known.version >= entry.version);
            if !newer || self.slip == Slip::Overwrites {
                self.new.insert(key, entry);
            }
            self.copied_to = Some(key);
            self.copied += 1;
        }
    }

    /// How many rows are read and not yet written.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.batch.len()
    }

    /// The copying process crashes: what it had read and not written is read again. Returns how many rows that are.
    pub fn crash(&mut self) -> usize {
        std::mem::take(&mut self.batch).len()
    }

    /// How many rows were copied, and how many the old store holds.
    #[must_use]
    pub fn progress(&self) -> (u64, usize) {
        (self.copied, self.old.len())
    }

    /// Compares the stores: keys that one of them lacks, or has in another version. O(rows).
    #[must_use]
    pub fn differences(&self) -> usize {
        let seen =
            |store: &BTreeMap<u64, Entry>, key: &u64| store.get(key).copied().filter(|entry| !entry.deleted);
        let of_old = self.old.keys().filter(|key| seen(&self.old, key) != seen(&self.new, key)).count();
        let alone = |key: &&u64| !self.old.contains_key(key) && seen(&self.new, key).is_some();
        of_old + self.new.keys().filter(alone).count()
    }

    /// The next step begins, where this one may end: a copy has to be at its end. Returns whether it did.
    pub fn advance(&mut self) -> bool {
        if self.is_over() || (self.phase() == Phase::Backfill && !self.at_end) {
            return false;
        }
        self.step += 1;
        if self.is_over() {
            self.old.clear();
            self.new.retain(|_, entry| !entry.deleted);
        }
        true
    }

    /// What clients see of all rows, for whoever goes on without a migration.
    pub fn rows(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let store = if self.reached(Phase::CutOver) { &self.new } else { &self.old };
        store.iter().filter(|(_, entry)| !entry.deleted).map(|(key, entry)| (*key, entry.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Rng;
    use crate::sim::torture::{breaks, survives};

    #[derive(Clone, Debug)]
    enum Act {
        Write(u64),
        Delete(u64),
        ReadBatch,
        WriteBatch,
        Crash,
        Advance,
    }

    fn draw(rng: &mut Rng) -> Act {
        let key = rng.below(8);
        match rng.below(12) {
            0..=2 => Act::Write(key),
            3 => Act::Delete(key),
            4..=6 => Act::ReadBatch,
            7..=8 => Act::WriteBatch,
            9 => Act::Crash,
            _ => Act::Advance,
        }
    }

    /// Every read must be that of one plain store, after every act.
    fn play(plan: Plan, slip: Slip, script: &[Act]) -> Result<(), String> {
        let rows = (0..6).map(|key| (key, 1));
        let mut plain: BTreeMap<u64, u64> = rows.clone().collect();
        let mut migration = Migration::new(rows, plan, slip);
        for (version, act) in (2..).zip(script) {
            match *act {
                Act::Write(key) => {
                    plain.insert(key, version);
                    migration.write(key, version);
                }
                Act::Delete(key) => {
                    plain.remove(&key);
                    migration.delete(key, version);
                }
                Act::ReadBatch if migration.phase() == Phase::Backfill => drop(migration.read_batch(2)),
                Act::WriteBatch if migration.phase() == Phase::Backfill => migration.write_batch(),
                Act::Crash => drop(migration.crash()),
                // The copy is written before the step ends: that is what the step is.
                Act::Advance if migration.batch.is_empty() => drop(migration.advance()),
                _ => {}
            }
            if let Some(key) = (0..8).find(|key| migration.read(*key) != plain.get(key).copied()) {
                return Err(format!("{key}: {:?} for {:?}", migration.read(key), plain.get(&key)));
            }
            if migration.phase() == Phase::Verify && migration.differences() > 0 {
                return Err("the stores differ".into());
            }
        }
        Ok(())
    }

    #[test]
    fn the_right_order_loses_nothing_whatever_happens_meanwhile() {
        survives(3_000, 120, draw, |_, script| play(Plan::DualFirst, Slip::None, script));
    }

    #[test]
    fn scripts_reach_the_end() {
        let over = |script: &[Act]| {
            let mut migration = Migration::new([(1, 1), (2, 1)], Plan::DualFirst, Slip::None);
            for act in script {
                match act {
                    Act::ReadBatch => drop(migration.read_batch(2)),
                    Act::WriteBatch => migration.write_batch(),
                    Act::Advance => drop(migration.advance()),
                    _ => {}
                }
            }
            migration.is_over()
        };
        let end = breaks(20, 120, draw, |_, script| if over(script) { Err("over".into()) } else { Ok(()) });
        // Five steps, and a copy of one batch and an empty one between.
        assert!(end.is_some_and(|end| end.script.len() <= 8));
    }

    #[test]
    fn each_wrong_order_and_each_slip_is_found_by_a_short_story() {
        let check = |plan, slip, most: usize| {
            let failure = breaks(2_000, 120, draw, |_, script| play(plan, slip, script)).expect("a failure");
            assert!(failure.script.len() <= most, "{plan:?} {slip:?}: {:?}", failure.script);
        };
        check(Plan::ReadFirst, Slip::None, 2);
        check(Plan::CopyFirst, Slip::None, 14);
        check(Plan::DualFirst, Slip::Overwrites, 14);
        check(Plan::DualFirst, Slip::NoMarks, 14);
    }

    #[test]
    fn a_crash_costs_one_batch_and_no_row() {
        let mut migration = Migration::new((0..10).map(|key| (key, 1)), Plan::DualFirst, Slip::None);
        migration.advance();
        migration.advance();
        assert_eq!(migration.read_batch(4), 4);
        assert_eq!((migration.crash(), migration.advance()), (4, false));
        while migration.read_batch(4) > 0 {
            migration.write_batch();
        }
        assert_eq!((migration.progress(), migration.differences()), ((10, 10), 0));
    }
}
