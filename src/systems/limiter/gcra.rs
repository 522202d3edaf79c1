//! The generic cell rate algorithm: the token bucket's decisions from a single moment.
//!
//! Instead of tokens it keeps the moment at which the bucket would be full again, the *theoretical arrival time*.
//! Each request that passes pushes that moment one interval (1 / rate) further; a request passes where the
//! moment then lies at most `burst` intervals ahead. A bucket's level is the distance of that moment, turned round, so
//! the two decide alike, always: the tests hold one against the other. One moment is what a store can compare and
//! swap in a single step, which is why limiters in Redis like this form.
//!
//! From ATM (ITU-T I.371, annex A, "virtual scheduling"; 1/rate is its `T`, `burst - 1` intervals its `tau`). There
//! the interval is a whole number of clock ticks. Here the moment has a fraction beside its nanoseconds, in parts of
//! `1 / rate` ns, so that it is exact at any rate: three a second drift nowhere. Where the rate divides a second the
//! fraction is always 0, and 8 bytes would do.

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// A moment or a span that need not be whole: nanoseconds, and a part of one more in units of 1/rate ns, below `rate`.
/// The order is that of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Exact {
    nanos: u64,
    part: u32,
}

/// A limiter by the generic cell rate algorithm. A decision is O(1), a few additions, without allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gcra {
    rate: u32,
    interval: Exact,
    /// How far ahead the theoretical arrival time may lie: `burst` intervals.
    tolerance: Exact,
    /// The theoretical arrival time.
    expected: Exact,
}

impl Gcra {
    /// A limiter that admits `rate` requests a second and `burst` at once. A rate of 0 counts as 1; with a burst of 0 it
    /// admits none.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> Gcra {
        let rate = rate.max(1);
        let intervals = |count: u32| {
            let total = u64::from(count) * SECOND;
            Exact { nanos: total / u64::from(rate), part: (total % u64::from(rate)) as u32 }
        };
        Gcra { rate, interval: intervals(1), tolerance: intervals(burst), expected: Exact::default() }
    }

    /// How long after `now` the request that comes next would be on time, were the requests spaced evenly, rounded up to
    /// the nanosecond: nothing where it is on time already.
    #[must_use]
    pub fn ahead(&self, now: Nanos) -> Nanos {
        (Nanos(self.expected.nanos) + Nanos(u64::from(self.expected.part > 0))).since(now)
    }

    /// How far ahead of `now` the theoretical arrival time would lie after one more request.
    fn ahead_with_one_more(&self, now: Nanos) -> Exact {
        let from = self.expected.max(Exact { nanos: now.0, part: 0 });
        let part = u64::from(from.part) + u64::from(self.interval.part);
        let carry = part >= u64::from(self.rate);
        let ahead = Nanos(from.nanos).since(now) + Nanos(self.interval.nanos + u64::from(carry));
        Exact { nanos: ahead.0, part: (part - if carry { u64::from(self.rate) } else { 0 }) as u32 }
    }
}

impl Limiter for Gcra {
    fn admit(&mut self, now: Nanos) -> Decision {
        let ahead = self.ahead_with_one_more(now);
        if ahead <= self.tolerance {
            self.expected = Exact { nanos: now.0.saturating_add(ahead.nanos), part: ahead.part };
            return Decision::Admitted;
        }
        let retry_after = if self.tolerance < self.interval {
            Nanos::MAX
        } else {
            Nanos(ahead.nanos - self.tolerance.nanos + u64::from(ahead.part > self.tolerance.part))
        };
        Decision::Refused { retry_after }
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.expected.nanos) + size_of_val(&self.expected.part)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::TokenBucket;
    use super::super::testing::{gaps, waits_are_exact};
    use super::*;

    #[test]
    fn a_burst_of_five_then_ten_a_second() {
        // The published arithmetic: 5 at once, then exactly 100 in 10 s of overload.
        let mut limiter = Gcra::new(10, 5);
        let passed = |limiter: &mut Gcra, at: u64| limiter.admit(Nanos::from_millis(at)).admitted();
        assert_eq!((0..50).filter(|_| passed(&mut limiter, 0)).count(), 5);
        assert_eq!((1..=10_000).filter(|&at| passed(&mut limiter, at)).count(), 100);
    }

    #[test]
    fn a_third_of_a_second_is_exact() {
        let mut limiter = Gcra::new(3, 2);
        assert!((0..2).all(|_| limiter.admit(Nanos::ZERO).admitted()));
        assert_eq!(limiter.admit(Nanos::ZERO), Decision::Refused { retry_after: Nanos(333_333_334) });
        for at in [333_333_334, 666_666_667, 1_000_000_000_u64] {
            assert!(!limiter.admit(Nanos(at - 1)).admitted(), "{at}");
            assert!(limiter.admit(Nanos(at)).admitted(), "no drift: {at}");
        }
    }

    #[test]
    fn ends_of_the_ranges() {
        assert_eq!(Gcra::new(10, 0).admit(Nanos::MAX), Decision::Refused { retry_after: Nanos::MAX });
        let mut largest = Gcra::new(u32::MAX, u32::MAX);
        assert!(largest.admit(Nanos::MAX).admitted());
        assert!(Gcra::new(0, 1).admit(Nanos::ZERO).admitted());
        // A clock that goes back gives nothing twice.
        let mut limiter = Gcra::new(10, 1);
        assert!(limiter.admit(Nanos::from_secs(5)).admitted());
        let wait = Nanos::from_millis(1_100);
        assert_eq!(limiter.admit(Nanos::from_secs(4)), Decision::Refused { retry_after: wait });
    }

    proptest! {
        #[test]
        fn decides_as_the_token_bucket(rate in 1..5_000_u32, burst in 0..20_u32, gaps in gaps()) {
            let (mut gcra, mut bucket) = (Gcra::new(rate, burst), TokenBucket::new(rate, burst));
            let mut now = Nanos::ZERO;
            for gap in gaps {
                now += gap;
                // The waits too, to the nanosecond.
                prop_assert_eq!(gcra.admit(now), bucket.admit(now));
            }
        }

        #[test]
        fn who_waits_as_told_passes(rate in 1..5_000_u32, burst in 1..20_u32, gaps in gaps()) {
            waits_are_exact(Gcra::new(rate, burst), gaps)?;
        }
    }
}
