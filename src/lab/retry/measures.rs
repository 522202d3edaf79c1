//! What is counted over time, and the independent count of what a budget allows.

use super::{BUDGET_FULL, Counts, OTHER, YOURS};
use crate::lab::measure::Bins;
use crate::sim::Nanos;

/// How wide a bin of the charts is, and how many are kept: the whole run.
pub(super) const BIN: Nanos = Nanos::from_millis(500);
pub(super) const BINS: usize = 60;
/// How many bins a recent reading sums up: 5 s.
const RECENT: usize = 10;

/// What happened within a bin, on each side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    pub(super) calls: u32,
    pub(super) sent: [u32; 2],
    pub(super) answered: [u32; 2],
    pub(super) failed: [u32; 2],
}

impl Bin {
    /// Adds what was counted between two moments.
    pub(super) fn add(&mut self, before: &[Counts; 2], after: &[Counts; 2]) {
        for side in [YOURS, OTHER] {
            let (old, new) = (&before[side], &after[side]);
            self.sent[side] += (new.sent - old.sent) as u32;
            self.answered[side] += (new.answered - old.answered) as u32;
            self.failed[side] += (new.failed - old.failed) as u32;
        }
    }
}

/// The last bins that are over, summed up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Recent {
    sum: Bin,
    seconds: f64,
}

/// What happened in the last 5 s, as far as its bins are over at `now`.
pub(super) fn recent(bins: &Bins<Bin>, now: Nanos) -> Recent {
    let from = (now.since(BIN * RECENT as u64 + BIN)).as_secs_f64();
    let mut recent = Recent::default();
    for (_, bin) in bins.over(now).filter(|(at, _)| *at > from || from == 0.0) {
        recent.seconds += BIN.as_secs_f64();
        for side in [YOURS, OTHER] {
            recent.sum.sent[side] += bin.sent[side];
            recent.sum.answered[side] += bin.answered[side];
            recent.sum.failed[side] += bin.failed[side];
        }
    }
    recent
}

impl Recent {
    /// Tries a second; not a number before the first bin is over.
    pub(super) fn tries_per_s(&self, side: usize) -> f64 {
        f64::from(self.sum.sent[side]) / self.seconds
    }

    /// The share of the ended calls that was answered; not a number where none has ended.
    pub(super) fn answered_share(&self, side: usize) -> f64 {
        let (answered, failed) = (self.sum.answered[side], self.sum.failed[side]);
        f64::from(answered) / f64::from(answered + failed)
    }
}

/// What was seen on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    /// When the pause was over.
    pub(super) back_at: Option<Nanos>,
    /// Whether nearly nobody was answered for 5 s.
    pub(super) collapsed: bool,
    /// The number of the bin that was entered last.
    bin: u64,
}

impl Watch {
    /// Whether the moment `now` is the first one asked about in its bin.
    pub(super) fn turns(&mut self, now: Nanos) -> bool {
        let bin = now.0 / BIN.0;
        let turned = bin != self.bin;
        self.bin = bin;
        turned
    }
}

/// The most tries a second of the learner's side in a bin that is over at `now`; not a number where none is.
pub(super) fn peak(bins: &Bins<Bin>, now: Nanos) -> f64 {
    let most = bins.over(now).map(|(_, bin)| bin.sent[YOURS]).max();
    most.map_or(f64::NAN, |sent| f64::from(sent) / BIN.as_secs_f64())
}

/// How many retries a budget allows, counted from the calls alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ledger {
    /// Thousandths that a call earns; nothing without a budget.
    earned: Option<u32>,
    calls: u64,
    /// The retries made before there was this budget.
    before: u64,
}

impl Ledger {
    pub(super) fn new(earned: Option<u32>, before: u64) -> Ledger {
        Ledger { earned, calls: 0, before }
    }

    pub(super) fn call(&mut self) {
        self.calls += 1;
    }

    /// Whether `retries` since the start are no more than was earned, and what the budget held at first.
    pub(super) fn holds(&self, retries: u64) -> bool {
        let allowed = |earned| u64::from(BUDGET_FULL) * 1_000 + u64::from(earned) * self.calls;
        self.earned.is_none_or(|earned| (retries - self.before) * 1_000 <= allowed(earned))
    }
}
