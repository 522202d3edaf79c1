//! A piece in its place: what stands behind it, and what was counted of the calls that came to it.
//!
//! All of it is counted from what happens to the calls, not asked of the implementation: so the rules can be
//! held against the one by the other.

use super::call::Outcome;
use super::part::Part;
use super::plan::Plan;
use crate::lab::measure::{Bins, Trail};
use crate::sim::{Nanos, Rng, Seed, Zipf};

/// The width of a bin.
pub(super) const BIN: Nanos = Nanos::from_secs(1);
/// How long the way of a call is seen.
pub(super) const SEEN: Nanos = Nanos::from_millis(350);

/// A piece.
#[derive(Clone)]
pub(super) struct Stage {
    pub part: Part,
    /// Calls in service: threads at work or held, permits, workers.
    pub held: Held,
    /// Calls so far, by how they ended, and all that came.
    pub counts: Counts,
    /// The same by the second.
    pub bins: Bins<Counts>,
    /// Work times, or pauses before a retry.
    pub rng: Rng,
    /// What came, and how it ended and whether that was here, a moment ago.
    pub came: Trail<()>,
    pub ended: Trail<(Outcome, bool)>,
    /// Whether a call was ever tried more often than is set.
    pub tried_too_often: bool,
    /// Thousandths of retries: what all its budgets have allowed, and what was made of it.
    pub credit: u64,
    pub spent: u64,
    /// What a limiter has let pass since it was last set, and when that was.
    pub passed: u64,
    pub passed_since: Nanos,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub made: u32,
    pub ok: u32,
    pub refused: u32,
    /// Of them those that this piece itself has turned away, not one below it.
    pub refused_here: u32,
    pub failed: u32,
    pub timed_out: u32,
    /// Answers that were known.
    pub hits: u32,
    /// Tries after the first.
    pub retried: u32,
    /// Work that was done, and of it what nobody waited for any more.
    pub done: u32,
    pub for_nobody: u32,
    /// The most that were in service, and in line, at a time.
    pub busy: u32,
    pub waiting: u32,
}

impl Counts {
    /// Calls that ended.
    pub(super) fn ended(&self) -> u32 {
        self.ok + self.bad()
    }

    /// Calls that ended without an answer.
    pub(super) fn bad(&self) -> u32 {
        self.refused + self.failed + self.timed_out
    }

    pub(super) fn end(&mut self, outcome: Outcome, here: bool) {
        match outcome {
            Outcome::Ok => self.ok += 1,
            Outcome::Refused => {
                self.refused += 1;
                self.refused_here += u32::from(here);
            }
            Outcome::Failed => self.failed += 1,
            Outcome::TimedOut => self.timed_out += 1,
        }
    }

    pub(super) fn add(&mut self, other: &Counts) {
        self.made += other.made;
        self.ok += other.ok;
        self.refused += other.refused;
        self.refused_here += other.refused_here;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.hits += other.hits;
        self.retried += other.retried;
        self.done += other.done;
        self.for_nobody += other.for_nobody;
        self.busy = self.busy.max(other.busy);
        self.waiting = self.waiting.max(other.waiting);
    }

    /// The share of the calls that ended with an answer; not a number where none ended.
    pub(super) fn good(&self) -> f64 {
        f64::from(self.ok) / f64::from(self.ended())
    }
}

/// What is in service, and how many may be: more than the limit only while those that were taken in before it fell
/// are still there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    pub count: u32,
    limit: u32,
    allowed: u32,
}

impl Held {
    pub(super) fn take(&mut self) {
        self.count += 1;
    }

    pub(super) fn give(&mut self) {
        self.count = self.count.saturating_sub(1);
        self.allowed = self.limit.max(self.count.min(self.allowed));
    }

    pub(super) fn set_limit(&mut self, limit: u32) {
        self.limit = limit;
        self.allowed = limit.max(self.count.min(self.allowed));
    }

    /// Whether no more are in service than may be.
    pub(super) fn keeps(&self) -> bool {
        self.count <= self.allowed
    }
}

impl Stage {
    /// The piece at `place` at time zero.
    pub(super) fn new(plan: &Plan, place: usize, controls: &[f64], popularity: Zipf, seed: Seed) -> Stage {
        let piece = &plan.pieces[place];
        let part = Part::new(piece, controls, popularity, seed);
        let keep = (plan.length.0 / BIN.0) as usize + 1;
        let mut held = Held::default();
        held.set_limit(part.limit().unwrap_or(0));
        let mut stage = Stage {
            part,
            held,
            counts: Counts::default(),
            bins: Bins::new(BIN, keep),
            rng: Rng::stream(seed, &format!("stage {}", piece.name)),
            came: Trail::new(SEEN),
            ended: Trail::new(SEEN),
            tried_too_often: false,
            credit: 0,
            spent: 0,
            passed: 0,
            passed_since: Nanos::ZERO,
        };
        stage.new_budget();
        stage
    }

    /// Counts in the whole and in the second.
    pub(super) fn count(&mut self, now: Nanos, count: impl Fn(&mut Counts)) {
        count(&mut self.counts);
        count(self.bins.at(now));
    }

    /// Notes how many are in service and in line, where that is the most of the second.
    pub(super) fn look(&mut self, now: Nanos) {
        let (busy, waiting) = (self.held.count, self.part.waiting() as u32);
        let bin = self.bins.at(now);
        bin.busy = bin.busy.max(busy);
        bin.waiting = bin.waiting.max(waiting);
    }

    /// A new budget is full: it allows that many retries more.
    pub(super) fn new_budget(&mut self) {
        if let Part::Caller(caller) = &self.part
            && let Some(budget) = &caller.budget
        {
            self.credit += u64::from(budget.full()) * 1_000;
        }
    }

    /// What was counted in the last `seconds` (those that are over).
    pub(super) fn recent(&self, now: Nanos, seconds: f64) -> Counts {
        let to = (now.0 / BIN.0 * BIN.0) as f64 / 1e9;
        self.between(now, to - seconds, to)
    }

    /// What was counted from `from` to `to`, in seconds, as far as whole seconds lie within.
    pub(super) fn between(&self, now: Nanos, from: f64, to: f64) -> Counts {
        let mut sum = Counts::default();
        let inside = |at: f64| at >= from - 1e-9 && at + BIN.as_secs_f64() <= to + 1e-9;
        self.bins.over(now).filter(|(at, _)| inside(*at)).for_each(|(_, counts)| sum.add(counts));
        sum
    }
}
