//! The rules of a breaker once more, from the calls and their ends alone: what it may do, and when it must.
//!
//! These are books kept beside the breaker. They see who passed and how it ended, judge for themselves, and compare with
//! what the breaker did; its own counts are not asked.

use std::collections::VecDeque;

use super::{Config, State, Window};
use crate::sim::Nanos;
use crate::systems::circuit_breaker::Outcome;

// The places of the rules.
pub(super) const HALF_OPEN: usize = 0;
pub(super) const OPEN: usize = 1;
pub(super) const CLOSED: usize = 2;
pub(super) const ENDS: usize = 3;

/// What the books say of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Open { until: Nanos },
    HalfOpen { probes: u32, sent: u32, back: u32 },
}

/// The books.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    phase: Phase,
    /// Counts the changes of state.
    epoch: u64,
    /// The ends that count in the present state: when, whether failed, whether slow.
    ends: VecDeque<(Nanos, bool, bool)>,
    failed: u64,
    slow: u64,
}

impl Checks {
    pub(super) fn new() -> Checks {
        Checks { phase: Phase::Closed, epoch: 0, ends: VecDeque::new(), failed: 0, slow: 0 }
    }

    /// The number of the present state: a call belongs to the one in which it was let pass.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// All begins anew; what is under way belongs to no state any more.
    pub(super) fn restart(&mut self) {
        *self = Checks { epoch: self.epoch + 1, ..Checks::new() };
    }

    /// A call asked at `now` and passed or not; `rules` hold. Returns the rule that this breaks.
    pub(super) fn asked(&mut self, now: Nanos, passed: bool, rules: &Config) -> Option<usize> {
        if let Phase::Open { until } = self.phase
            && now >= until
        {
            if !passed {
                return Some(OPEN);
            }
            self.enter(Phase::HalfOpen { probes: rules.probes.max(1), sent: 0, back: 0 });
        }
        match &mut self.phase {
            Phase::Closed => (!passed).then_some(CLOSED),
            Phase::Open { .. } => passed.then_some(OPEN),
            Phase::HalfOpen { probes, sent, .. } => {
                let may = *sent < *probes;
                *sent += u32::from(passed);
                (may != passed).then_some(HALF_OPEN)
            }
        }
    }

    /// A call that was let pass in the state `epoch` has ended, and the breaker is in `state` now. Returns the rule that
    /// this breaks.
    pub(super) fn ended(
        &mut self,
        now: Nanos,
        epoch: u64,
        outcome: Outcome,
        rules: &Config,
        state: State,
    ) -> Option<usize> {
        let rule = match self.phase {
            Phase::Closed => CLOSED,
            Phase::Open { .. } => OPEN,
            Phase::HalfOpen { .. } => HALF_OPEN,
        };
        if epoch == self.epoch {
            self.count(now, outcome, rules);
            let next = self.verdict(now, rules);
            if let Some(next) = next {
                self.enter(next);
            }
        }
        let agrees = match (self.phase, state) {
            (Phase::Closed, State::Closed)
            | (Phase::Open { .. }, State::Open { .. })
            | (Phase::HalfOpen { .. }, State::HalfOpen { .. }) => true,
            (_, State::Open { until }) => {
                self.enter(Phase::Open { until });
                false
            }
            (_, State::Closed) => {
                self.enter(Phase::Closed);
                false
            }
            // The breaker has missed its moment: the books go on from where it stands.
            (_, State::HalfOpen { probes, sent, back }) => {
                self.enter(Phase::HalfOpen { probes, sent, back });
                false
            }
        };
        (!agrees).then_some(rule)
    }

    /// Other rules hold: a smaller window of calls keeps the last ones, another kind of window nothing.
    pub(super) fn change(&mut self, before: Window, rules: &Config) {
        if self.phase != Phase::Closed || before == rules.window {
            return;
        }
        match (before, rules.window) {
            (Window::Calls(_), Window::Calls(size)) => {
                while self.ends.len() > size as usize {
                    self.forget_oldest();
                }
            }
            _ => self.forget(),
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.epoch += 1;
        self.forget();
    }

    fn forget(&mut self) {
        self.ends.clear();
        (self.failed, self.slow) = (0, 0);
    }

    fn forget_oldest(&mut self) {
        if let Some((_, failed, slow)) = self.ends.pop_front() {
            self.failed -= u64::from(failed);
            self.slow -= u64::from(slow);
        }
    }

    fn count(&mut self, now: Nanos, outcome: Outcome, rules: &Config) {
        let (failed, slow) = (!outcome.ok, outcome.took > rules.slow_after);
        self.ends.push_back((now, failed, slow));
        self.failed += u64::from(failed);
        self.slow += u64::from(slow);
        if let Phase::HalfOpen { back, .. } = &mut self.phase {
            *back += 1;
            return;
        }
        let too_old = |at: Nanos, held: usize| match rules.window {
            Window::Calls(size) => held > size.max(1) as usize,
            Window::Time(span) => {
                let tenth = (span.0 / 10).max(1);
                at.0 / tenth + 10 <= now.0 / tenth
            }
        };
        while self.ends.front().is_some_and(|(at, ..)| too_old(*at, self.ends.len())) {
            self.forget_oldest();
        }
    }

    /// The state that the ends of now call for, where that is another one.
    fn verdict(&self, now: Nanos, rules: &Config) -> Option<Phase> {
        let held = self.ends.len() as u64;
        let reaches = |count: u64, percent: u32| count * 100 >= u64::from(percent) * held;
        let bad = reaches(self.failed, rules.failure_percent) || reaches(self.slow, rules.slow_percent);
        let open = Phase::Open { until: now + rules.wait };
        match self.phase {
            Phase::Closed => {
                let needed = match rules.window {
                    Window::Calls(size) => rules.minimum.min(size),
                    Window::Time(_) => rules.minimum,
                };
                (held >= u64::from(needed.max(1)) && bad).then_some(open)
            }
            Phase::HalfOpen { probes, back, .. } if back >= probes => {
                Some(if bad { open } else { Phase::Closed })
            }
            Phase::HalfOpen { .. } | Phase::Open { .. } => None,
        }
    }
}
