//! The gate of one rollout: it pairs requests of the new version with such of the old one and puts them to the test.

use super::knobs::{Bug, GateKind, Knobs};
use crate::sim::Nanos;
use crate::systems::rollout::{Design, FixedTest, Sprt, Verdict};

/// How many pairs a test takes at most, and how many points of its way are kept.
pub(super) const MOST: u64 = 3_000;
const POINTS: usize = 240;

#[derive(Clone, Debug)]
enum Test {
    Sprt(Sprt),
    Fixed(FixedTest),
    Nobody,
}

#[derive(Clone, Debug)]
pub(super) struct Judge {
    test: Test,
    design: Design,
    held_new: Option<bool>,
    held_old: Option<(Nanos, bool)>,
    pub(super) pairs: u64,
    /// Pairs of which one failed, and those of which it was the new one.
    pub(super) differ: u64,
    pub(super) new_only: u64,
    /// The way of the two: pairs that differ, and those of which the new one failed.
    pub(super) way: Vec<(f64, f64)>,
    pub(super) said: Option<Verdict>,
    /// It compared with a request of before the release.
    pub(super) with_the_past: bool,
    /// It said something that Wald's lines or the planned size do not allow.
    pub(super) out_of_turn: bool,
}

impl Judge {
    pub(super) fn new(knobs: &Knobs) -> Judge {
        let design = knobs.design();
        let test = match (knobs.gate, knobs.bug) {
            (GateKind::Nobody, _) => Test::Nobody,
            (_, Bug::Peeking) => Test::Fixed(FixedTest::new(&design, MOST, true)),
            (GateKind::Fixed, _) => Test::Fixed(FixedTest::new(&design, MOST, false)),
            (GateKind::Sprt, _) => Test::Sprt(Sprt::new(&design)),
        };
        Judge {
            test,
            design,
            held_new: None,
            held_old: None,
            pairs: 0,
            differ: 0,
            new_only: 0,
            way: vec![(0.0, 0.0)],
            said: None,
            with_the_past: false,
            out_of_turn: false,
        }
    }

    /// Whether nobody looks.
    pub(super) fn is_nobody(&self) -> bool {
        matches!(self.test, Test::Nobody)
    }

    /// A request of the new version. It is paired with the last one of the old version, or waits for the next.
    pub(super) fn new_one(&mut self, failed: bool, began: Nanos) {
        match self.held_old.take() {
            Some((at, old)) => self.pair(failed, old, at, began),
            None => self.held_new = Some(failed),
        }
    }

    /// A request of the old version.
    pub(super) fn old_one(&mut self, now: Nanos, failed: bool, began: Nanos) {
        match self.held_new.take() {
            Some(new) => self.pair(new, failed, now, began),
            None => self.held_old = Some((now, failed)),
        }
    }

    fn pair(&mut self, new: bool, old: bool, at: Nanos, began: Nanos) {
        self.pairs += 1;
        self.with_the_past |= at < began;
        if new != old {
            self.differ += 1;
            self.new_only += u64::from(new);
            if self.way.len() < POINTS {
                self.way.push((self.differ as f64, self.new_only as f64));
            }
        }
        let verdict = match &mut self.test {
            Test::Sprt(test) => test.pair(new, old),
            Test::Fixed(test) => test.pair(new, old),
            Test::Nobody => None,
        };
        if verdict != self.said && verdict.is_some() {
            self.out_of_turn |= !self.in_turn(verdict);
            self.said = verdict;
        }
    }

    /// Whether a test may say that now, by the pairs that were counted here.
    fn in_turn(&self, verdict: Option<Verdict>) -> bool {
        if let Test::Fixed(_) = self.test {
            return self.pairs as f64 >= self.design.pairs().min(MOST as f64);
        }
        let (go, stop) = self.lines(self.differ as f64);
        let slack = 1e-6;
        match verdict {
            Some(Verdict::Stop) => self.new_only as f64 >= stop - slack,
            _ => self.new_only as f64 <= go + slack,
        }
    }

    /// Wald's two lines over the number of pairs that differ: how many new ones have failed at most where it says go, and at
    /// least where it says stop.
    pub(super) fn lines(&self, differ: f64) -> (f64, f64) {
        let theta = self.design.theta();
        let (up, down) = (libm::log(2.0 * theta), libm::log(2.0 * (1.0 - theta)));
        let (low, high) = self.design.lines();
        ((low - differ * down) / (up - down), (high - differ * down) / (up - down))
    }
}
