//! What is measured of the limiters, from their decisions alone: nothing here asks a limiter.

use std::collections::VecDeque;

use super::algorithms::{BUCKET, COUNTER, FIXED, GCRA, LOCAL, LOG, METER, QUEUE};
use super::{BIN, BINS, Limits, SEEN};
use crate::lab::measure::Bins;
use crate::lab::scene::x_of;
use crate::sim::Nanos;
use crate::systems::limiter::Decision;

/// Billionths of a request in a request: a nanosecond at a rate of 1/s.
const WHOLE: u128 = 1_000_000_000;

/// What is seen of one limiter.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) admitted: u64,
    pub(super) refused: u64,
    /// The requests that went on and that a span of one window's length ending now may hold, or that are still seen.
    last: VecDeque<Nanos>,
    /// The most that any such span held.
    pub(super) worst: usize,
    /// The most that a span ending in each bin held, and the number of the bin that is being filled.
    peaks: Bins<usize>,
    bin: u64,
    /// When those that wait will leave.
    waiting: VecDeque<Nanos>,
    /// What all that were admitted waited, and the longest.
    waited: Nanos,
    pub(super) longest: Nanos,
    /// The most memory that it kept.
    pub(super) bytes: usize,
}

impl Default for Side {
    fn default() -> Side {
        Side {
            admitted: 0,
            refused: 0,
            last: VecDeque::new(),
            worst: 0,
            peaks: Bins::new(BIN, BINS),
            bin: 0,
            waiting: VecDeque::new(),
            waited: Nanos::ZERO,
            longest: Nanos::ZERO,
            bytes: 0,
        }
    }
}

impl Side {
    /// A request was decided on at `now`.
    pub(super) fn note(&mut self, now: Nanos, decision: Decision, window: Nanos) {
        self.settle(now, window);
        match decision {
            Decision::Admitted => self.pass(now, window),
            Decision::Queued { wait } => {
                self.waiting.push_back(now + wait);
                self.waited += wait;
                self.longest = self.longest.max(wait);
            }
            Decision::Refused { .. } => {}
        }
        self.admitted += u64::from(decision.admitted());
        self.refused += u64::from(!decision.admitted());
    }

    /// Those whose wait is over at `now` have left.
    pub(super) fn settle(&mut self, now: Nanos, window: Nanos) {
        while let Some(&at) = self.waiting.front().filter(|&&at| at <= now) {
            self.waiting.pop_front();
            self.pass(at, window);
        }
        self.close_bins(now, window);
    }

    /// A request goes on to the service.
    fn pass(&mut self, at: Nanos, window: Nanos) {
        self.close_bins(at, window);
        let kept = window.max(SEEN);
        self.last.drain(..self.last.len() - self.trailing(at, kept));
        self.last.push_back(at);
        let within = self.trailing(at, window);
        self.worst = self.worst.max(within);
        let peak = self.peaks.at(at);
        *peak = (*peak).max(within);
    }

    /// Gives each bin that has begun since the last one what a span ending at its start holds.
    fn close_bins(&mut self, now: Nanos, window: Nanos) {
        let present = now.0 / BIN.0;
        // What lies further back than the chart is skipped.
        let first = (self.bin + 1).max((present + 1).saturating_sub(BINS as u64));
        for bin in first..=present {
            let start = BIN * bin;
            *self.peaks.at(start) = self.trailing(start, window);
        }
        self.bin = self.bin.max(present);
    }

    /// How many went on within the span of length `window` that ends with `at`.
    pub(super) fn trailing(&self, at: Nanos, window: Nanos) -> usize {
        self.last.len() - self.last.partition_point(|&passed| passed + window <= at)
    }

    /// When those went on that did so within the last `span`, at most [`SEEN`].
    pub(super) fn passed(&self, now: Nanos, span: Nanos) -> impl Iterator<Item = Nanos> {
        self.last.iter().chain(&self.waiting).copied().filter(move |&at| at <= now && now.since(at) <= span)
    }

    /// How many wait at `now`.
    pub(super) fn waiting(&self, now: Nanos) -> usize {
        self.waiting.len() - self.waiting.partition_point(|&leaves| leaves <= now)
    }

    /// When those that wait at `now` leave.
    pub(super) fn leaving(&self, now: Nanos) -> impl Iterator<Item = Nanos> {
        self.waiting.iter().copied().filter(move |&leaves| leaves > now)
    }

    /// The mean wait of those that were admitted, in ms.
    pub(super) fn mean_wait(&self) -> f64 {
        self.waited.as_millis_f64() / self.admitted as f64
    }

    /// The most that a span ending in each bin held, with the bin's start in seconds, until `now`; settled at `now`.
    pub(super) fn course(&self, now: Nanos) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> =
            self.peaks.over(BIN * (self.bin + 1)).map(|(at, &peak)| (at, peak as f64)).collect();
        if let Some(&(_, peak)) = points.last() {
            points.push((x_of(now), peak));
        }
        points
    }

    /// Other limits hold: what was measured under the old ones says nothing. Those that wait leave.
    pub(super) fn forget(&mut self) {
        self.last.clear();
        self.waiting.clear();
        self.worst = 0;
        self.longest = Nanos::ZERO;
        self.bytes = 0;
    }
}

/// Which promise a decision broke, as places among the demo's invariants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Broken {
    /// A bucket let too much through in some span.
    pub(super) bucket: bool,
    /// A window holds too much.
    pub(super) window: bool,
    /// Somebody was refused whom the promise would have let in.
    pub(super) refusal: bool,
    /// The local counts admitted more than servers times the limit, or than the limit and what comes between two syncs.
    pub(super) local: bool,
}

/// What a limiter has promised, kept as books of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// The largest excess of admissions over `rate * t` among all spans that end with `at`, in billionths of a request.
    /// A span either reaches back or starts here, hence the recurrence.
    excess: u128,
    at: Nanos,
    /// The same for what leaves a queue.
    leaving: u128,
    left: Nanos,
    /// The aligned window and what it has admitted.
    index: u64,
    aligned: u64,
    /// The most that an aligned window admitted.
    pub(super) most: u64,
    /// The interval between syncs and what came in it, and the most that came in one within the window.
    round: u64,
    came: u64,
    most_came: u64,
}

impl Books {
    /// Enters a decision of the limiter at `place`, and says what it broke. `trailing` is what went on in the window that
    /// ends now, this request included.
    pub(super) fn enter(
        &mut self,
        place: usize,
        now: Nanos,
        decision: Decision,
        limits: &Limits,
        trailing: usize,
    ) -> Broken {
        self.turn(now, limits);
        let admitted = decision.admitted();
        self.aligned += u64::from(admitted);
        self.most = self.most.max(self.aligned);
        let mut broken = Broken::default();
        match place {
            BUCKET | METER | GCRA | QUEUE => {
                let full = u128::from(limits.burst) * WHOLE;
                let one_more = self.excess + WHOLE;
                if admitted {
                    self.excess = one_more;
                }
                broken.bucket = admitted && one_more > full;
                broken.refusal = !admitted && one_more <= full;
                broken.bucket |= self.leaves_early(now, decision, limits, place);
            }
            FIXED => {
                broken.window = self.aligned > limits.limit;
                broken.refusal = !admitted && self.aligned < limits.limit;
            }
            LOG => {
                broken.window = trailing as u64 > limits.limit;
                broken.refusal = !admitted && (trailing as u64) < limits.limit;
            }
            COUNTER => {
                let (limit, trailing) = (limits.limit, trailing as u64);
                broken.window = self.aligned > limit || trailing > (2 * limit - 1).max(limit);
            }
            LOCAL => {
                let servers = limits.limit * limits.servers;
                broken.local = self.aligned > servers || self.aligned >= limits.limit + self.most_came;
            }
            _ => {}
        }
        broken
    }

    /// What time alone changes.
    fn turn(&mut self, now: Nanos, limits: &Limits) {
        let drained = u128::from(limits.rate) * u128::from(now.since(self.at).0);
        self.excess = self.excess.saturating_sub(drained);
        self.at = now;
        let (index, round) = (now.0 / limits.window.0, now.0 / limits.sync.0);
        if index != self.index {
            self.aligned = 0;
            self.most_came = 0;
        }
        if (index, round) != (self.index, self.round) {
            self.came = 0;
        }
        (self.index, self.round) = (index, round);
        self.came += 1;
        self.most_came = self.most_came.max(self.came);
    }

    /// Whether a queue lets a request go before its time. Its moments are rounded up to the nanosecond, so two of them may
    /// lie a nanosecond closer than 1 / rate.
    fn leaves_early(&mut self, now: Nanos, decision: Decision, limits: &Limits, place: usize) -> bool {
        let wait = match decision {
            Decision::Queued { wait } => wait,
            Decision::Admitted => Nanos::ZERO,
            Decision::Refused { .. } => return false,
        };
        let at = now + wait;
        let drained = u128::from(limits.rate) * u128::from(at.since(self.left).0);
        self.leaving = self.leaving.saturating_sub(drained) + WHOLE;
        self.left = at;
        place == QUEUE && self.leaving > WHOLE + u128::from(limits.rate)
    }
}
