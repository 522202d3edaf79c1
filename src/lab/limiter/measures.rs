//! What is measured of the limiters, from their admissions alone: nothing here asks a limiter.

use std::collections::VecDeque;

use super::{Limits, Step};
use crate::sim::Nanos;

/// What is seen of one limiter.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) admitted: u64,
    pub(super) refused: u64,
    /// The admissions that a span of one window's length ending now may hold.
    pub(super) last: VecDeque<Nanos>,
    /// The most that any such span held.
    pub(super) worst: usize,
    /// The most that a span ending in the present bin held, and the same for the bins before it.
    pub(super) peak: usize,
    pub(super) peaks: VecDeque<usize>,
}

impl Side {
    /// Admissions within the span of length `window` that ends with `at`.
    pub(super) fn trailing(&self, at: Nanos, window: Nanos) -> usize {
        self.last.len() - self.last.partition_point(|&admitted| admitted + window <= at)
    }

    pub(super) fn admit(&mut self, at: Nanos, window: Nanos) {
        self.admitted += 1;
        self.last.drain(..self.last.len() - self.trailing(at, window));
        self.last.push_back(at);
        self.worst = self.worst.max(self.last.len());
        self.peak = self.peak.max(self.last.len());
    }

    pub(super) fn forget(&mut self) {
        self.last.clear();
        self.worst = 0;
        self.peak = 0;
    }
}

/// The invariants.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    /// The largest excess of admissions over `rate * t` among all spans that end with `at`, in
    /// billionths of a request. A span either reaches back or starts here, hence the recurrence.
    excess: u128,
    at: Nanos,
    /// The aligned window and what it has admitted.
    aligned: (u64, u64),
    pub(super) broken: [Option<Step>; 3],
}

impl Checks {
    pub(super) fn bucket_admits(&mut self, step: Step, limits: &Limits) {
        let drained = u128::from(limits.rate) * u128::from(step.at.since(self.at).0);
        self.excess = self.excess.saturating_sub(drained) + 1_000_000_000;
        self.at = step.at;
        if self.excess > u128::from(limits.burst) * 1_000_000_000 {
            self.broken[0].get_or_insert(step);
        }
    }

    pub(super) fn fixed_admits(&mut self, step: Step, limits: &Limits, trailing: usize) {
        let index = step.at.0 / limits.window.0;
        self.aligned = if self.aligned.0 == index { (index, self.aligned.1 + 1) } else { (index, 1) };
        if self.aligned.1 > limits.limit {
            self.broken[1].get_or_insert(step);
        }
        if trailing as u64 > limits.limit {
            self.broken[2].get_or_insert(step);
        }
    }

    pub(super) fn forget(&mut self) {
        *self = Checks { broken: self.broken, ..Checks::default() };
    }
}
