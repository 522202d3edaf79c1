//! The sliding log: the exact limit, paid for in memory.
//!
//! It remembers when each admitted request came and admits while fewer than `limit` of them lie within the last
//! window. So *any* span of a window's length admits at most the limit, wherever it starts, and nobody is refused whom
//! that promise would let in. The price is a moment for each request: 600 a minute are 4.8 KB a client, where a
//! bucket keeps 16 bytes. Refused requests are not remembered here. (Where they are, as in the sorted set in Redis that
//! is added to before it is counted, a client that keeps knocking never gets in again.)

use std::collections::VecDeque;

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// A log of the requests that were admitted in the last window. A decision is O(1) on average (each request is
/// forgotten once); memory grows with the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlidingLog {
    limit: u64,
    window: Nanos,
    /// The latest moment asked about.
    now: Nanos,
    /// When those came that still count, the oldest first.
    log: VecDeque<Nanos>,
}

impl SlidingLog {
    /// A limiter that admits `limit` requests in any span of length `window`, its end not included. A window of zero
    /// length counts as 1 ns.
    #[must_use]
    pub fn new(limit: u64, window: Nanos) -> SlidingLog {
        SlidingLog { limit, window: window.max(Nanos(1)), now: Nanos::ZERO, log: VecDeque::new() }
    }

    /// How many were admitted in the window that ends with `now`.
    #[must_use]
    pub fn count(&self, now: Nanos) -> usize {
        self.log.len() - self.log.partition_point(|&at| at + self.window <= now)
    }
}

impl Limiter for SlidingLog {
    fn admit(&mut self, now: Nanos) -> Decision {
        self.now = self.now.max(now);
        while self.log.front().is_some_and(|&at| at + self.window <= self.now) {
            self.log.pop_front();
        }
        if (self.log.len() as u64) < self.limit {
            self.log.push_back(self.now);
            return Decision::Admitted;
        }
        let retry_after = self.log.front().map_or(Nanos::MAX, |&oldest| (oldest + self.window).since(now));
        Decision::Refused { retry_after }
    }

    fn bytes(&self) -> usize {
        self.log.len() * size_of::<Nanos>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{gaps, waits_are_exact, worst};
    use super::*;

    #[test]
    fn the_log_grows_with_the_limit() {
        // The published figure: 600 a minute, 8 bytes each.
        let mut log = SlidingLog::new(600, Nanos::from_secs(60));
        assert_eq!(log.bytes(), 0);
        let came = (0..10_000).filter(|&ms| log.admit(Nanos::from_millis(ms)).admitted()).count();
        assert_eq!((came, log.bytes()), (600, 4_800));
        assert_eq!(log.count(Nanos::from_secs(60)), 599, "the first one is a minute old");
        assert!(log.admit(Nanos::from_secs(60)).admitted());
        assert_eq!(log.bytes(), 4_800);
    }

    #[test]
    fn ends_of_the_ranges() {
        let mut none = SlidingLog::new(0, Nanos::ZERO);
        assert_eq!(none.admit(Nanos::MAX), Decision::Refused { retry_after: Nanos::MAX });
        let mut log = SlidingLog::new(1, Nanos::from_secs(1));
        assert!(log.admit(Nanos::from_secs(5)).admitted());
        assert_eq!(
            log.admit(Nanos::from_secs(4)),
            Decision::Refused { retry_after: Nanos::from_secs(2) },
            "a clock that goes back opens nothing twice"
        );
    }

    proptest! {
        #[test]
        fn admits_while_the_last_window_has_room_and_only_then(
            limit in 1..9_u64, window in 1..3_000_000_000_u64, gaps in gaps()
        ) {
            let window = Nanos(window);
            let mut log = SlidingLog::new(limit, window);
            let mut passed: Vec<Nanos> = Vec::new();
            let mut now = Nanos::ZERO;
            for gap in gaps {
                now += gap;
                let within = passed.iter().filter(|&&at| at + window > now).count() as u64;
                prop_assert_eq!(log.admit(now).admitted(), within < limit);
                if within < limit {
                    passed.push(now);
                }
            }
            prop_assert!(worst(&passed, window) as u64 <= limit);
        }

        #[test]
        fn who_waits_as_told_passes(limit in 1..9_u64, window in 1..3_000_000_000_u64, gaps in gaps()) {
            waits_are_exact(SlidingLog::new(limit, Nanos(window)), gaps)?;
        }
    }
}
