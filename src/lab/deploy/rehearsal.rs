//! The gate tried on releases that are known to be good or bad: how often it errs.

use super::judge::MOST;
use super::knobs::Knobs;
use crate::sim::{Rng, Seed};
use crate::systems::rollout::{FixedTest, Sprt, Verdict};

/// What a gate did on the releases of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record {
    pub(super) stopped: u64,
    pub(super) pairs: u64,
}

/// The three gates: one look, a look every 20 pairs, Wald's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rehearsals {
    pub(super) tried: u64,
    pub(super) good: [Record; 3],
    pub(super) bad: [Record; 3],
}

impl Rehearsals {
    /// One good and one bad release, each before all three gates.
    pub(super) fn one_more(&mut self, seed: u64, knobs: &Knobs) {
        self.tried += 1;
        let mut rng = Rng::stream(Seed(seed.wrapping_add(self.tried)), "rehearsal");
        let design = knobs.design();
        for (rate, records) in [(design.base, &mut self.good), (design.detect, &mut self.bad)] {
            let mut one_look = FixedTest::new(&design, MOST, false);
            let mut peeking = FixedTest::new(&design, MOST, true);
            let mut wald = Sprt::new(&design);
            let mut open = [true; 3];
            for _ in 0..MOST {
                let (new, old) = (rng.unit() < rate, rng.unit() < design.base);
                for (gate, open) in open.iter_mut().enumerate().filter(|(_, open)| **open) {
                    let verdict = match gate {
                        0 => one_look.pair(new, old),
                        1 => peeking.pair(new, old),
                        _ => wald.pair(new, old),
                    };
                    records[gate].pairs += 1;
                    records[gate].stopped += u64::from(verdict == Some(Verdict::Stop));
                    *open = verdict.is_none();
                }
                if open == [false; 3] {
                    break;
                }
            }
        }
    }

    /// The share of good releases that a gate stopped.
    pub(super) fn false_alarms(&self, gate: usize) -> f64 {
        self.good[gate].stopped as f64 / self.tried as f64
    }

    /// The share of bad releases that it let pass.
    pub(super) fn missed(&self, gate: usize) -> f64 {
        (self.tried - self.bad[gate].stopped) as f64 / self.tried as f64
    }

    /// The mean number of pairs it took for a bad release.
    pub(super) fn pairs(&self, gate: usize) -> f64 {
        self.bad[gate].pairs as f64 / self.tried as f64
    }
}
