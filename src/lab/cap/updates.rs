//! Which update was made from which: what the replicas hold is traced back over what each writer had read.

use crate::systems::replica::{Cell, Merge, Stamp};

/// An update.
#[derive(Clone, Debug)]
struct Update {
    /// The updates that its writer had read.
    based_on: Vec<usize>,
    acknowledged: Option<Stamp>,
    era: u64,
}

/// All updates, in the order in which they were written.
#[derive(Clone, Debug)]
pub(super) struct Updates {
    rule: Merge,
    all: Vec<Update>,
    /// The last one that was acknowledged.
    newest: Option<usize>,
    acknowledged: u64,
    /// Acknowledged and not traceable, in all and under the present settings.
    lost: (u64, u64),
    /// What the replicas held when it was counted last.
    counted: Option<(Cell, u64)>,
}

impl Updates {
    pub(super) fn new(rule: Merge) -> Updates {
        Updates { rule, all: Vec::new(), newest: None, acknowledged: 0, lost: (0, 0), counted: None }
    }

    /// An update is written by one who has read these. Returns its number.
    pub(super) fn begin(&mut self, based_on: Vec<usize>) -> usize {
        self.all.push(Update { based_on, acknowledged: None, era: 0 });
        self.all.len() - 1
    }

    pub(super) fn acknowledge(&mut self, update: usize, stamp: Stamp, era: u64) {
        let Some(known) = self.all.get_mut(update) else { return };
        (known.acknowledged, known.era) = (Some(stamp), era);
        self.newest = Some(update);
        self.acknowledged += 1;
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.all.len() * 96
    }

    /// The last one that was acknowledged.
    pub(super) fn newest(&self) -> Option<usize> {
        self.newest
    }

    /// Whether it was asked for under those settings.
    pub(super) fn is_of(&self, update: usize, era: u64) -> bool {
        self.all.get(update).is_some_and(|update| update.acknowledged.is_some() && update.era == era)
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.0
    }

    /// Of those that were asked for and acknowledged under the present settings.
    pub(super) fn lost_of_era(&self) -> u64 {
        self.lost.1
    }

    /// The settings are others.
    pub(super) fn count_anew(&mut self) {
        self.counted = None;
    }

    /// The updates whose values a cell holds.
    pub(super) fn behind(&self, cell: &Cell) -> Vec<usize> {
        match self.rule {
            Merge::Sum => Vec::new(),
            _ => {
                cell.versions().iter().filter_map(|version| (version.value as usize).checked_sub(1)).collect()
            }
        }
    }

    /// Whether a cell holds an acknowledged update, or something that was made from it.
    pub(super) fn reflected(&self, update: usize, cell: &Cell) -> bool {
        if self.rule == Merge::Sum {
            let stamp = self.all.get(update).and_then(|update| update.acknowledged);
            return stamp.is_some_and(|stamp| cell.reflects(stamp, self.rule));
        }
        // A writer reads what is older than what it writes, so there is no need to look further back.
        self.traced(cell, update).get(update).is_some_and(|traced| *traced)
    }

    /// How many acknowledged updates a cell holds, or holds something that was made from them.
    pub(super) fn kept(&self, cell: &Cell) -> u64 {
        if self.rule == Merge::Sum {
            return self
                .all
                .iter()
                .filter_map(|update| update.acknowledged)
                .filter(|stamp| cell.reflects(*stamp, self.rule))
                .count() as u64;
        }
        let traced = self.traced(cell, 0);
        let kept =
            self.all.iter().zip(traced).filter(|(update, traced)| *traced && update.acknowledged.is_some());
        kept.count() as u64
    }

    /// Counts what is lost, given what the replicas hold together.
    pub(super) fn count(&mut self, joined: &Cell, era: u64) {
        if self.counted.as_ref().is_some_and(|(cell, count)| cell == joined && *count == self.acknowledged) {
            return;
        }
        self.lost.0 = self.acknowledged - self.kept(joined);
        let traced = self.traced(joined, 0);
        let kept = |place: usize, update: &Update| match (self.rule, update.acknowledged) {
            (Merge::Sum, Some(stamp)) => joined.reflects(stamp, self.rule),
            _ => traced[place],
        };
        let of_era =
            self.all.iter().enumerate().filter(|(_, one)| one.acknowledged.is_some() && one.era == era);
        self.lost.1 = of_era.filter(|(place, one)| !kept(*place, one)).count() as u64;
        self.counted = Some((joined.clone(), self.acknowledged));
    }

    /// For each update whether what a cell holds was made from it, as far back as `least`.
    fn traced(&self, cell: &Cell, least: usize) -> Vec<bool> {
        let mut traced = vec![false; self.all.len()];
        for update in self.behind(cell) {
            if let Some(mark) = traced.get_mut(update) {
                *mark = true;
            }
        }
        for update in (least..self.all.len()).rev() {
            if traced[update] {
                self.all[update].based_on.iter().for_each(|&older| traced[older] = true);
            }
        }
        traced
    }
}
