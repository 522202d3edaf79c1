//! The leaky bucket as a queue: what comes in bursts goes on evenly spaced, and waits for it.
//!
//! Requests leave `1 / rate` apart at the closest, in the order in which they came; the bucket holds `burst` of them, the
//! one that has just left among them, and what does not fit is refused. That is a *shaper* where the meter is a *policer*:
//! the same requests get in ([`Gcra`] decides for both), but what stands behind sees at most one at a time, and the
//! last of a burst waits `(burst - 1) / rate`.
//!
//! No list and no timer is needed to decide: the moment at which the next one may leave says both how long a newcomer
//! waits and how many are before it. (Whoever waits still holds its connection and its memory, elsewhere.) This is what
//! `limit_req` of nginx does with its `burst`.

use super::{Decision, Gcra, Limiter};
use crate::sim::Nanos;

/// A leaky bucket that makes wait. Starts empty. A decision is O(1), without allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakyQueue {
    /// The next one may leave at its theoretical arrival time.
    leaves: Gcra,
}

impl LeakyQueue {
    /// A queue that lets `rate` requests a second go on and holds `burst`: all but one of them wait. A rate of 0 counts
    /// as 1; with a burst of 0 it takes none.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> LeakyQueue {
        LeakyQueue { leaves: Gcra::new(rate, burst) }
    }

    /// How long a request that comes at `now` would wait, if it were taken.
    #[must_use]
    pub fn wait(&self, now: Nanos) -> Nanos {
        self.leaves.ahead(now)
    }
}

impl Limiter for LeakyQueue {
    fn admit(&mut self, now: Nanos) -> Decision {
        let wait = self.wait(now);
        match self.leaves.admit(now) {
            Decision::Admitted if wait > Nanos::ZERO => Decision::Queued { wait },
            decided => decided,
        }
    }

    fn bytes(&self) -> usize {
        self.leaves.bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::super::TokenBucket;
    use super::super::testing::gaps;
    use super::*;

    #[test]
    fn a_burst_leaves_one_by_one() {
        let mut queue = LeakyQueue::new(10, 5);
        let at_once: Vec<Decision> = (0..7).map(|_| queue.admit(Nanos::ZERO)).collect();
        let queued = |ms| Decision::Queued { wait: Nanos::from_millis(ms) };
        let refused = Decision::Refused { retry_after: Nanos::from_millis(100) };
        assert_eq!(
            at_once,
            [Decision::Admitted, queued(100), queued(200), queued(300), queued(400), refused, refused]
        );
        assert_eq!(queue.admit(Nanos::from_millis(450)), queued(50), "the last one left at 400 ms");
    }

    /// The queue as one thinks of it: a list of those that wait, in ticks of 1/rate ns.
    struct List {
        interval: u128,
        room: usize,
        free: u128,
        leaving: VecDeque<u128>,
    }

    impl List {
        fn admit(&mut self, now: u128) -> Option<u128> {
            while self.leaving.front().is_some_and(|&at| at <= now) {
                self.leaving.pop_front();
            }
            let leaves = self.free.max(now);
            if leaves > now && self.leaving.len() >= self.room {
                return None;
            }
            if leaves > now {
                self.leaving.push_back(leaves);
            }
            self.free = leaves + self.interval;
            Some(leaves - now)
        }
    }

    proptest! {
        #[test]
        fn takes_what_a_list_of_those_that_wait_takes(rate in 1..5_000_u32, burst in 1..20_u32, gaps in gaps()) {
            let mut queue = LeakyQueue::new(rate, burst);
            let mut list = List {
                interval: 1_000_000_000,
                room: burst as usize - 1,
                free: 0,
                leaving: VecDeque::new(),
            };
            let mut bucket = TokenBucket::new(rate, burst);
            let mut now = Nanos::ZERO;
            for gap in gaps {
                now += gap;
                let decided = queue.admit(now);
                prop_assert_eq!(decided.admitted(), bucket.admit(now).admitted());
                let ticks = list.admit(u128::from(now.0) * u128::from(rate));
                prop_assert_eq!(decided.admitted(), ticks.is_some());
                // A wait is rounded up to the nanosecond.
                let wait = ticks.map(|ticks| ticks.div_ceil(u128::from(rate)) as u64);
                match decided {
                    Decision::Admitted => prop_assert_eq!(wait, Some(0)),
                    Decision::Queued { wait: told } => prop_assert_eq!(wait, Some(told.0)),
                    Decision::Refused { .. } => {}
                }
            }
        }
    }
}
