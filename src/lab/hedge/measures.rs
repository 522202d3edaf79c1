//! What is counted since a control was set, what a budget allows, and the one request that is watched.

use std::collections::VecDeque;

use super::side::{Ended, Leaf};
use super::{BUDGET_FULL, Nanos};

/// What happened on a side since a control was set last.
///
/// Whether a request is slow is told when the span of a late answer has passed since it was sent, not when it ends: else the
/// slow ones of the last second would be missing.
#[derive(Clone, Debug, Default)]
pub(super) struct Since {
    /// Requests that were judged, and those of them that took as long as a late answer.
    pub(super) requests: u64,
    slow: u64,
    /// Leaf calls, and second copies that were worked on beside the first.
    pub(super) calls: u64,
    extra: u64,
    /// The first request.
    first: Option<u64>,
    /// Requests that are not yet judged: when each was sent, its number, and whether it has ended.
    open: VecDeque<(Nanos, u64, bool)>,
}

impl Since {
    /// A request is sent; those that were sent at least `slow` ago are judged.
    pub(super) fn sent(&mut self, now: Nanos, request: u64, slow: Nanos) {
        while self.open.front().is_some_and(|(sent, ..)| *sent + slow <= now) {
            if let Some((_, _, in_time)) = self.open.pop_front() {
                self.requests += 1;
                self.slow += u64::from(!in_time);
            }
        }
        self.open.push_back((now, request, false));
        self.first.get_or_insert(request);
    }

    /// A second copy for `request` was worked on beside the first. Those of requests from before are no part of the calls.
    pub(super) fn extra(&mut self, request: u64) {
        self.extra += u64::from(self.first.is_some_and(|first| first <= request));
    }

    /// A request has ended before a late answer would have come.
    pub(super) fn in_time(&mut self, request: u64) {
        if let Ok(place) = self.open.binary_search_by_key(&request, |(_, id, _)| *id) {
            self.open[place].2 = true;
        }
    }

    /// The share of the requests that was slow; not a number where none has ended.
    pub(super) fn slow_share(&self) -> f64 {
        self.slow as f64 / self.requests as f64
    }

    /// The share of second copies in the leaf calls; not a number where there were none.
    pub(super) fn extra_share(&self) -> f64 {
        self.extra as f64 / self.calls as f64
    }
}

/// How many hedges a budget allows, counted from the leaf calls alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ledger {
    earned: u32,
    calls: u64,
}

impl Ledger {
    pub(super) fn new(earned: u32) -> Ledger {
        Ledger { earned, calls: 0 }
    }

    pub(super) fn calls(&mut self, calls: u64) {
        self.calls += calls;
    }

    /// Whether so many hedges since the budget was set are no more than it held and the calls earned.
    pub(super) fn allows(&self, hedges: u64) -> bool {
        hedges * 1_000 <= u64::from(BUDGET_FULL) * 1_000 + u64::from(self.earned) * self.calls
    }
}

/// How long an ended request stays in sight.
const STAYS: Nanos = Nanos::from_millis(600);

/// The request that is in sight on both sides, until both have ended it and some time longer.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    pub(super) request: u64,
    pub(super) sent: Nanos,
    /// How it ended on each side.
    pub(super) ended: [Option<(Nanos, Vec<Leaf>)>; 2],
}

impl Watch {
    /// A request is sent: it is watched where the one before has been seen for long enough.
    pub(super) fn request(&mut self, now: Nanos, request: u64) {
        let over = self.ended.iter().map(|ended| ended.as_ref().map(|(took, _)| self.sent + *took));
        let mut seen = over.map(|end| end.is_some_and(|end| now >= end + STAYS));
        if self.request == 0 || seen.all(|seen| seen) {
            *self = Watch { request, sent: now, ended: [None, None] };
        }
    }

    /// A request has ended on a side.
    pub(super) fn ended(&mut self, side: usize, ended: Ended) {
        if ended.request == self.request {
            self.ended[side] = Some((ended.took, ended.leaves));
        }
    }
}
