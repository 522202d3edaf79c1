//! The fixed window counter: the rate limit with the least state, and a hole in it.
//!
//! Time is cut into windows at multiples of their length; each admits `limit` requests, then refuses
//! until the next one begins. One counter and one window number a client are all there is to keep,
//! which is why it is what one writes first (`INCR` and `EXPIRE` in Redis), and why quotas that people
//! read about ("5,000 an hour, resets at 14:00") have this form.
//!
//! The promise holds only for spans that begin where a window begins. A client that spends one window's
//! limit at its end and the next one's at its start gets twice the limit through in an instant. Twice is
//! also the worst: a span of one window's length touches two windows at most.

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// A counter of admissions in the present window. A decision is O(1), without allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedWindow {
    limit: u64,
    window: Nanos,
    /// The number of the present window since time zero.
    index: u64,
    count: u64,
}

impl FixedWindow {
    /// A limiter that admits `limit` requests in each window. A window of zero length counts as 1 ns.
    #[must_use]
    pub fn new(limit: u64, window: Nanos) -> FixedWindow {
        FixedWindow { limit, window: window.max(Nanos(1)), index: 0, count: 0 }
    }

    /// Decides on a request that counts for `n`: all of it is counted or nothing. A moment in an earlier
    /// window than the one asked about last counts in the later one, so a clock that goes back never
    /// opens a window twice.
    pub fn admit_n(&mut self, now: Nanos, n: u64) -> Decision {
        let index = now.0 / self.window.0;
        if index > self.index {
            self.index = index;
            self.count = 0;
        }
        if n <= self.limit - self.count {
            self.count += n;
            return Decision::Admitted;
        }
        let retry_after = if n > self.limit { Nanos::MAX } else { self.end().since(now) };
        Decision::Refused { retry_after }
    }

    /// How many were admitted in the window that holds the moment `now`.
    #[must_use]
    pub fn count(&self, now: Nanos) -> u64 {
        if now.0 / self.window.0 > self.index { 0 } else { self.count }
    }

    /// How many a window admits.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How long a window is.
    #[must_use]
    pub fn window(&self) -> Nanos {
        self.window
    }

    /// When the window asked about last ends.
    fn end(&self) -> Nanos {
        self.window * self.index.saturating_add(1)
    }
}

impl Limiter for FixedWindow {
    fn admit(&mut self, now: Nanos) -> Decision {
        self.admit_n(now, 1)
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.index) + size_of_val(&self.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Nanos = Nanos::from_secs(1);

    #[test]
    fn twice_the_limit_crosses_a_boundary_and_no_more() {
        // The published worst case: 100 a minute, all at the end of one minute and the start of the next.
        let minute = Nanos::from_secs(60);
        let mut limiter = FixedWindow::new(100, minute);
        let before = (0..500).filter(|_| limiter.admit(minute - Nanos(1)).admitted()).count();
        let after = (0..500).filter(|_| limiter.admit(minute).admitted()).count();
        assert_eq!((before, after), (100, 100), "200 within 2 ns");
        let end = minute * 2 - Nanos(1);
        assert_eq!(
            limiter.admit(end),
            Decision::Refused { retry_after: Nanos(1) },
            "then nobody for a minute"
        );
    }

    #[test]
    fn tells_when_the_next_window_begins() {
        let mut limiter = FixedWindow::new(2, SECOND);
        assert!(limiter.admit_n(Nanos::from_millis(2_300), 2).admitted());
        let refused = limiter.admit(Nanos::from_millis(2_400));
        assert_eq!(refused, Decision::Refused { retry_after: Nanos::from_millis(600) });
        assert_eq!(limiter.count(Nanos::from_millis(2_999)), 2);
        assert_eq!(limiter.count(SECOND * 3), 0);
        assert!(limiter.admit(SECOND * 3).admitted());
    }

    #[test]
    fn ends_of_the_ranges() {
        let mut limiter = FixedWindow::new(u64::MAX, Nanos::ZERO);
        assert!(limiter.admit_n(Nanos::MAX, u64::MAX).admitted());
        assert!(!limiter.admit(Nanos::MAX).admitted());
        let mut none = FixedWindow::new(0, SECOND);
        assert_eq!(none.admit(Nanos::MAX), Decision::Refused { retry_after: Nanos::MAX });
        // A clock that goes back finds the later window, with what was counted in it.
        let mut limiter = FixedWindow::new(1, SECOND);
        assert!(limiter.admit(SECOND * 5).admitted());
        assert_eq!(limiter.admit(SECOND * 4), Decision::Refused { retry_after: SECOND * 2 });
    }

    proptest! {
        #[test]
        fn the_limit_in_an_aligned_window_and_twice_it_in_any(
            limit in 1..8_u64,
            window in 1..1_000_u64,
            gaps in prop::collection::vec(0..400_u64, 1..200),
        ) {
            let mut limiter = FixedWindow::new(limit, Nanos(window));
            let mut now = 0;
            let mut admitted: Vec<u64> = Vec::new();
            for gap in gaps {
                now += gap;
                let aligned = admitted.iter().filter(|&&at| at / window == now / window).count() as u64;
                let decision = limiter.admit(Nanos(now)).admitted();
                // It refuses just when the aligned window, counted anew from all it admitted, is full.
                prop_assert_eq!(decision, aligned < limit);
                if decision {
                    admitted.push(now);
                }
            }
            for &start in &admitted {
                let within = admitted.iter().filter(|&&at| start <= at && at < start + window).count();
                prop_assert!(within as u64 <= 2 * limit);
            }
        }
    }
}
