//! What was measured of the detectors, and what theory expects.

use super::watch::{FIXED, PHI, RUNGS};
use super::{Detection, Expected};
use crate::sim::Nanos;
use crate::systems::detector::quality;

impl Detection {
    pub(super) fn expect(&mut self) {
        let (period, link) = (self.knobs.period, self.knobs.link());
        let of = |timeout: Nanos| {
            let mistakes = quality::mistakes_per_second(timeout, period, link) * 60.0;
            (quality::detection_seconds(timeout, period, link), mistakes)
        };
        let curve = (0..RUNGS).map(|rung| of(self.watcher.timeout_of(rung))).collect();
        let (detect, mistakes) = of(self.knobs.timeout);
        self.expected = Expected { detect, mistakes, curve, load: self.knobs.swim_load() };
    }

    pub(super) fn node_minutes(&self, now: Nanos) -> f64 {
        (self.up.area(now) - self.counted_from) / 60.0
    }

    /// The time to find a crash and the mistakes a node and minute of a detector, by its place among the options.
    pub(super) fn quality(&self, now: Nanos, which: usize) -> (f64, f64) {
        let minutes = self.node_minutes(now);
        match which {
            FIXED | PHI => {
                let score = self.watcher.scores[which];
                (score.detect_s(), score.mistakes as f64 / minutes)
            }
            _ => {
                let tally = &self.group.tally;
                // The watcher's node is one of the group too.
                let share = (self.knobs.nodes - 1) as f64 / self.knobs.nodes as f64;
                (tally.dead_s / tally.dead as f64, tally.false_deaths as f64 / minutes * share)
            }
        }
    }
}
