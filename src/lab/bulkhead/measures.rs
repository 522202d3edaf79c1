//! What is counted of a layout, for each dependency and over time.

use super::DEPENDENCIES;
use super::request::Wish;
use crate::lab::measure::Bins;
use crate::sim::Nanos;

/// How wide a bin of the charts is, and how many are kept: the whole run.
pub(super) const BIN: Nanos = Nanos::from_millis(500);
pub(super) const BINS: usize = 40;
/// How many bins a recent share sums up: 2 s.
const RECENT: usize = 4;

/// How a request ends for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Answered in time.
    Served,
    /// No permit was free, and no place in the line.
    Refused,
    /// He gave up, or was told that there is no time left.
    TimedOut,
}

/// The end of a request, for show.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) dependency: usize,
    pub(super) outcome: Outcome,
}

/// How the requests for a dependency ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    pub(super) come: u64,
    pub(super) served: u64,
    pub(super) refused: u64,
    pub(super) timed_out: u64,
}

impl Ends {
    /// How many have ended.
    pub(super) fn ended(&self) -> u64 {
        self.served + self.refused + self.timed_out
    }
}

/// What was counted of a layout since the start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) of: [Ends; DEPENDENCIES],
    /// Of the requests that came while something hung: those for it, and those for the others.
    pub(super) hung: [Ends; 2],
    /// Users who wait.
    pub(super) waiting: u64,
    /// Pieces of work that a dependency or a store began.
    pub(super) begun: u64,
    /// Of them those whose user had gone.
    pub(super) for_nobody: u64,
    /// Of them those that were begun although a deadline was carried and had passed.
    pub(super) too_late: u64,
    /// Pieces of work that a deadline spared.
    pub(super) skipped: u64,
}

/// The place of the requests for what is well, in [`Counts::hung`].
pub(super) const HEALTHY: usize = 1;
pub(super) const HANGING: usize = 0;

impl Counts {
    pub(super) fn come(&mut self, wish: Wish) {
        self.of[wish.dependency].come += 1;
        self.waiting += 1;
        if let Some(healthy) = wish.healthy {
            self.hung[usize::from(healthy)].come += 1;
        }
    }

    pub(super) fn end(&mut self, wish: Wish, outcome: Outcome) {
        self.waiting -= 1;
        let during = wish.healthy.map(usize::from);
        let during = during.map(|index| &mut self.hung[index]);
        for ends in [Some(&mut self.of[wish.dependency]), during].into_iter().flatten() {
            match outcome {
                Outcome::Served => ends.served += 1,
                Outcome::Refused => ends.refused += 1,
                Outcome::TimedOut => ends.timed_out += 1,
            }
        }
    }

    /// The share of the requests that came during the hang and have ended which were answered in time; not a number
    /// where none has.
    pub(super) fn served_share(&self, which: usize) -> f64 {
        let ends = self.hung[which];
        ends.served as f64 / ends.ended() as f64
    }

    /// The share of all pieces of work that was for nobody; not a number where none was begun.
    pub(super) fn wasted(&self) -> f64 {
        self.for_nobody as f64 / self.begun as f64
    }

    /// All that were refused.
    pub(super) fn refused(&self) -> u64 {
        self.of.iter().map(|ends| ends.refused).sum()
    }
}

/// What ended within a bin, in each layout for each dependency.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    served: [[u32; DEPENDENCIES]; 2],
    ended: [[u32; DEPENDENCIES]; 2],
}

impl Bin {
    /// Adds what was counted between two moments.
    pub(super) fn add(&mut self, side: usize, before: &Counts, after: &Counts) {
        for (index, (old, new)) in before.of.iter().zip(&after.of).enumerate() {
            self.served[side][index] += (new.served - old.served) as u32;
            self.ended[side][index] += (new.ended() - old.ended()) as u32;
        }
    }

    /// The share of those that ended which were answered in time, in percent; not a number where none has.
    pub(super) fn percent(&self, side: usize, dependency: usize) -> f64 {
        100.0 * f64::from(self.served[side][dependency]) / f64::from(self.ended[side][dependency])
    }
}

/// The share answered in time over the last 2 s, as far as their bins are over, of some dependencies.
pub(super) fn recent(bins: &Bins<Bin>, now: Nanos, side: usize, of: &[usize]) -> f64 {
    let from = now.since(BIN * (RECENT as u64 + 1)).as_secs_f64();
    let (mut served, mut ended) = (0, 0);
    for (_, bin) in bins.over(now).filter(|(at, _)| *at > from || from == 0.0) {
        served += of.iter().map(|&index| bin.served[side][index]).sum::<u32>();
        ended += of.iter().map(|&index| bin.ended[side][index]).sum::<u32>();
    }
    f64::from(served) / f64::from(ended)
}
