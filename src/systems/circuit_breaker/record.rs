//! How the last calls ended, counted: the last so many, or those of the last span of time.
//!
//! A window of calls keeps the end of each. A window of time keeps counters for each tenth of it, as resilience4j does for
//! each second: its memory does not grow with the load, and what it forgets it forgets a tenth at a time.

use std::collections::VecDeque;

use super::{Counts, Window};
use crate::sim::Nanos;

/// The parts that a window of time is forgotten in.
const SLOTS: u64 = 10;

/// The ends of the calls of a window.
#[derive(Clone, Debug)]
pub(super) struct Record {
    counts: Counts,
    kept: Kept,
}

#[derive(Clone, Debug)]
enum Kept {
    /// Each of the last `size` ends.
    Calls { size: u32, ends: VecDeque<End> },
    /// The counts of each tenth of the time, by its number modulo ten, and the number of the newest one.
    Time { slot: Nanos, newest: u64, slots: [Counts; SLOTS as usize] },
}

#[derive(Clone, Copy, Debug)]
struct End {
    failed: bool,
    slow: bool,
}

impl Record {
    /// Memory grows with what is recorded: a window of a billion calls costs nothing to make.
    pub(super) fn of(window: Window) -> Record {
        let kept = match window {
            Window::Calls(size) => Kept::Calls { size, ends: VecDeque::new() },
            Window::Time(span) => Kept::Time {
                slot: Nanos((span.0 / SLOTS).max(1)),
                newest: 0,
                slots: [Counts::default(); SLOTS as usize],
            },
        };
        Record { counts: Counts::default(), kept }
    }

    /// What is recorded; in a window of time, as of the last end.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// A call has ended at `now`. A moment before the last one counts as that one.
    pub(super) fn push(&mut self, now: Nanos, failed: bool, slow: bool) {
        let end = Counts { recorded: 1, failed: u32::from(failed), slow: u32::from(slow) };
        match &mut self.kept {
            Kept::Calls { size, ends } => {
                while ends.len() >= *size as usize {
                    let Some(old) = ends.pop_front() else { break };
                    self.counts.minus(old.counts());
                }
                ends.push_back(End { failed, slow });
            }
            Kept::Time { slot, newest, slots } => {
                let present = now.0 / slot.0;
                // What lies between the newest tenth and this one was empty; ten of them are all that there is.
                let first = (*newest + 1).max((present + 1).saturating_sub(SLOTS));
                for number in first..=present {
                    self.counts.minus(std::mem::take(&mut slots[(number % SLOTS) as usize]));
                }
                *newest = present.max(*newest);
                slots[(*newest % SLOTS) as usize].plus(end);
            }
        }
        self.counts.plus(end);
    }

    /// Another window from now on. The last calls stay, where both windows count calls.
    pub(super) fn resize(&mut self, window: Window) {
        match (&mut self.kept, window) {
            (Kept::Calls { size, ends }, Window::Calls(wanted)) => {
                *size = wanted;
                while ends.len() > wanted as usize {
                    let Some(old) = ends.pop_front() else { break };
                    self.counts.minus(old.counts());
                }
            }
            (Kept::Time { slot, .. }, Window::Time(span)) if slot.0 == (span.0 / SLOTS).max(1) => {}
            _ => *self = Record::of(window),
        }
    }
}

impl End {
    fn counts(self) -> Counts {
        Counts { recorded: 1, failed: u32::from(self.failed), slow: u32::from(self.slow) }
    }
}

impl Counts {
    fn plus(&mut self, other: Counts) {
        self.recorded = self.recorded.saturating_add(other.recorded);
        self.failed = self.failed.saturating_add(other.failed);
        self.slow = self.slow.saturating_add(other.slow);
    }

    fn minus(&mut self, other: Counts) {
        self.recorded = self.recorded.saturating_sub(other.recorded);
        self.failed = self.failed.saturating_sub(other.failed);
        self.slow = self.slow.saturating_sub(other.slow);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn time_forgets_a_tenth_at_a_time() {
        let mut record = Record::of(Window::Time(Nanos::from_secs(1)));
        let mut push = |ms, failed| {
            record.push(Nanos::from_millis(ms), failed, false);
            (record.counts().recorded, record.counts().failed)
        };
        assert_eq!(push(50, true), (1, 1));
        assert_eq!(push(90, true), (2, 2));
        assert_eq!(push(950, false), (3, 2));
        // The first tenth goes as a whole when the eleventh begins, although 90 ms is less than a second ago.
        assert_eq!(push(1_010, false), (2, 0));
        assert_eq!(push(1_900, true), (2, 1));
        assert_eq!(push(60_000, false), (1, 0), "after a pause nothing is left");
        assert_eq!(push(59_000, true), (2, 1), "a clock that goes back");
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_history(
            span in 1..3_000_u64,
            ends in prop::collection::vec((0..400_u64, any::<bool>(), any::<bool>()), 1..200),
        ) {
            let mut record = Record::of(Window::Time(Nanos(span)));
            let tenth = (span / 10).max(1);
            let mut history = Vec::new();
            let mut now = 0;
            for (gap, failed, slow) in ends {
                now += gap;
                record.push(Nanos(now), failed, slow);
                history.push((now / tenth, failed, slow));
                let last: Vec<_> = history.iter().filter(|(slot, ..)| slot + SLOTS > now / tenth).collect();
                let count = |wanted: fn(&&&(u64, bool, bool)) -> bool| last.iter().filter(wanted).count() as u32;
                prop_assert_eq!(record.counts().recorded, last.len() as u32);
                prop_assert_eq!(record.counts().failed, count(|(_, failed, _)| *failed));
                prop_assert_eq!(record.counts().slow, count(|(_, _, slow)| *slow));
            }
        }
    }
}
