//! What became of the edits: held against the rules, followed over time, and counted where they are lost.

use std::sync::Arc;

use super::replica::{Replica, View, Whole};
use super::{Crdt, REPLICAS, Sample};
use crate::sim::Nanos;
use crate::systems::crdt::{Join, LwwRegister};

impl Crdt {
    /// Holds what a replica has become against the rules; `before` is the order of its letters before the event.
    pub(super) fn judge(&mut self, at: usize, before: Option<&[crate::systems::crdt::Dot]>) {
        let replica = &self.replicas[at];
        let seen = *replica.seen();
        let view = replica.view();
        let same = |other: &&Arc<Replica>| *other.seen() == seen && other.view() != view;
        self.holds[0] &= self.replicas.iter().find(same).is_none();
        self.holds[1] &= view.1 == self.truth.sum(&seen);
        let [.., tombs, add_wins, _] = view.4;
        let expected = self.truth.add_wins(&seen);
        self.holds[2] &= tombs == expected && add_wins == expected;
        let mut now = replica.text.ever();
        let in_order = before.is_none_or(|before| before.iter().all(|dot| now.any(|other| other == *dot)));
        self.holds[3] &= in_order && replica.letters() == self.truth.letters(&seen);
    }

    pub(super) fn views(&self) -> [View; REPLICAS] {
        std::array::from_fn(|id| self.replicas[id].view())
    }

    /// Follows over time what lasts: disagreement, few tombstones; and takes a sample for the chart.
    pub(super) fn watch(&mut self, now: Nanos) {
        let [a, b, c] = &self.replicas;
        let agree = a.seen() == b.seen() && b.seen() == c.seen() && {
            let [a, b, c] = self.views();
            a == b && b == c
        };
        self.apart = if agree { None } else { self.apart.or(Some(now)) };
        self.longest_apart = self.longest_apart.max(self.apart_for(now));
        let busy = self.truth.made() >= 100 && self.knobs.removes >= 0.4;
        let few = busy && self.tombstones() < 10;
        self.few = if few { self.few.or(Some(now)) } else { None };
        let a = &self.replicas[0];
        let sample = Sample {
            payload: a.add_wins.footprint().payload as f64,
            orset: a.tombs.footprint().metadata as f64,
            add_wins: a.add_wins.footprint().metadata as f64,
            remove_wins: a.remove_wins.footprint().metadata as f64,
            lost: self.lost(0..self.truth.made()).1 as f64,
        };
        *self.samples.at(now) = sample;
    }

    pub(super) fn apart_for(&self, now: Nanos) -> Nanos {
        self.apart.map_or(Nanos::ZERO, |since| now.since(since))
    }

    pub(super) fn tombstones(&self) -> usize {
        self.replicas.iter().map(|replica| replica.tombs.tombstones()).max().unwrap_or(0)
    }

    /// Of a range of edits: how many concern the set, and how many of them are in no replica's value.
    pub(super) fn lost(&self, range: std::ops::Range<usize>) -> (usize, usize) {
        let values: [&Whole; REPLICAS] =
            std::array::from_fn(|id| LwwRegister::value(&self.replicas[id].whole));
        self.truth.lost(range, &values)
    }

    /// The same of those made during the last cut, as a share.
    pub(super) fn cut_lost(&self) -> f64 {
        let Some((_, from, to)) = self.last_cut else { return f64::NAN };
        let (all, lost) = self.lost(self.truth.within(from, to));
        lost as f64 / all as f64
    }

    /// The share that is expected of a cut that ends after edits on both sides: the side that does not write last by its clocks loses
    /// all. With the clock of c ahead by s, c wins unless its last write is more than s older: 1 - (2/3) e^(-s rate/3).
    pub(super) fn cut_lost_theory(&self) -> f64 {
        let off = self.cut.map(|(who, _)| who).or(self.last_cut.map(|(who, ..)| who)).unwrap_or(2);
        if off != 2 && self.knobs.skew > Nanos::ZERO {
            return f64::NAN;
        }
        let ahead = self.knobs.skew.as_secs_f64() * self.knobs.edits / 3.0;
        let wins = 1.0 - libm::exp(-ahead) * 2.0 / 3.0;
        wins * 2.0 / 3.0 + (1.0 - wins) / 3.0
    }
}
