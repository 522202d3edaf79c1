//! The token bucket: a rate limit that forgives a burst.
//!
//! A bucket holds at most `burst` tokens and gains `rate` of them a second. A request takes one; when
//! there is none it is refused and told when to come back. So any span of `t` seconds admits at most
//! `burst + rate * t` requests, wherever the span starts: that is the promise, and the whole of it.
//!
//! The level is kept in billionths of a token. Then a nanosecond adds exactly `rate` of them, whatever
//! the rate, and there is nothing to round: a bucket that was asked a million times stands where one
//! that was asked once stands. (Floats drift, and a refill timer is a second thing that can stop.)
//!
//! Known from ATM traffic shaping, where the same decisions are taken by the generic cell rate
//! algorithm (ITU-T I.371; the tests hold the two against each other), and from RFC 2697.

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// Billionths of a token in a token: a nanosecond at a rate of 1/s.
const TOKEN: u64 = 1_000_000_000;

/// A token bucket. Starts full. A decision is O(1), without allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBucket {
    rate: u32,
    burst: u32,
    /// Billionths of a token in the bucket at the moment `filled_at`; at most 2^32 * 10^9 < 2^64.
    level: u64,
    filled_at: Nanos,
}

impl TokenBucket {
    /// A full bucket that gains `rate` tokens a second and holds `burst` of them. With a rate of 0 it
    /// admits `burst` requests and then none; with a burst of 0 none at all.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> TokenBucket {
        TokenBucket { rate, burst, level: u64::from(burst) * TOKEN, filled_at: Nanos::ZERO }
    }

    /// Decides on a request that weighs `n` tokens: it gets all of them or takes none. A moment before
    /// the one asked about last counts as that one, since tokens are never taken back.
    pub fn admit_n(&mut self, now: Nanos, n: u32) -> Decision {
        self.fill(now);
        let price = u64::from(n) * TOKEN;
        if let Some(rest) = self.level.checked_sub(price) {
            self.level = rest;
            return Decision::Admitted;
        }
        let retry_after = if n > self.burst || self.rate == 0 {
            Nanos::MAX
        } else {
            // From the last fill on, which lies after `now` where the clock has gone back.
            let wait = Nanos((price - self.level).div_ceil(u64::from(self.rate)));
            (self.filled_at + wait).since(now)
        };
        Decision::Refused { retry_after }
    }

    /// The tokens in the bucket at the moment `now`, with their fraction; for show.
    #[must_use]
    pub fn tokens(&self, now: Nanos) -> f64 {
        self.level_at(now) as f64 / TOKEN as f64
    }

    /// Tokens gained a second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// How many tokens the bucket holds.
    #[must_use]
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// Another rate and size from `now` on. The tokens that were gained until then stay, as far as the
    /// new size holds them.
    pub fn change(&mut self, now: Nanos, rate: u32, burst: u32) {
        self.fill(now);
        self.rate = rate;
        self.burst = burst;
        self.level = self.level.min(u64::from(burst) * TOKEN);
    }

    fn fill(&mut self, now: Nanos) {
        self.level = self.level_at(now);
        self.filled_at = self.filled_at.max(now);
    }

    fn level_at(&self, now: Nanos) -> u64 {
        let full = u64::from(self.burst) * TOKEN;
        // What overflows a u64 is more than the bucket holds.
        let gained = now.since(self.filled_at).0.saturating_mul(u64::from(self.rate));
        self.level.saturating_add(gained).min(full)
    }
}

impl Limiter for TokenBucket {
    fn admit(&mut self, now: Nanos) -> Decision {
        self.admit_n(now, 1)
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.level) + size_of_val(&self.filled_at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The generic cell rate algorithm as virtual scheduling (ITU-T I.371, annex A): it keeps no level
    /// but the theoretical arrival time of the next request. Times are in units of 1/rate nanoseconds,
    /// so that the increment is a whole number at any rate.
    struct Gcra {
        rate: i128,
        tolerance: i128,
        expected: i128,
    }

    impl Gcra {
        fn new(rate: u32, burst: u32) -> Gcra {
            Gcra { rate: i128::from(rate), tolerance: i128::from(burst) * 1_000_000_000, expected: 0 }
        }

        fn admit(&mut self, now: u64, n: u32) -> bool {
            let now = i128::from(now) * self.rate;
            let next = self.expected.max(now) + i128::from(n) * 1_000_000_000;
            let conforms = next - now <= self.tolerance;
            if conforms {
                self.expected = next;
            }
            conforms
        }
    }

    fn refused(nanos: u64) -> Decision {
        Decision::Refused { retry_after: Nanos(nanos) }
    }

    #[test]
    fn ten_a_second_with_burst_five() {
        // The published arithmetic: the burst at once, then exactly rate * t, however often one asks.
        for gap in [Nanos::from_millis(1), Nanos::from_millis(7), Nanos(333_333), Nanos::from_millis(100)] {
            let mut bucket = TokenBucket::new(10, 5);
            let at_once = (0..50).filter(|_| bucket.admit(Nanos::ZERO).admitted()).count();
            assert_eq!(at_once, 5);
            let mut now = gap;
            let mut admitted = 0;
            while now <= Nanos::from_secs(10) {
                admitted += u32::from(bucket.admit(now).admitted());
                now += gap;
            }
            // The last token comes at 10 s sharp; 7 ms and 333,333 ns do not divide it, and their last
            // request comes before it.
            let exact = 10_000_000_000 % gap.0 == 0;
            assert_eq!(admitted, if exact { 100 } else { 99 }, "a request every {gap}");
        }
    }

    #[test]
    fn retry_after_is_exact() {
        // 3/s does not divide a second: a token takes 333,333,333.3 ns, so 333,333,334 whole ones.
        let mut bucket = TokenBucket::new(3, 2);
        assert!(bucket.admit_n(Nanos::ZERO, 2).admitted());
        assert_eq!(bucket.admit(Nanos::ZERO), refused(333_333_334));
        assert_eq!(bucket.admit(Nanos(333_333_333)), refused(1));
        assert!(bucket.admit(Nanos(333_333_334)).admitted());
        // No drift: the third token of a second comes at the second, not 2 ns after it.
        assert!(bucket.admit(Nanos(666_666_667)).admitted());
        assert!(bucket.admit(Nanos(1_000_000_000)).admitted());
    }

    #[test]
    fn weights_get_all_or_nothing() {
        let mut bucket = TokenBucket::new(10, 5);
        assert_eq!(bucket.admit_n(Nanos::ZERO, 6), refused(u64::MAX), "more than it ever holds");
        assert!(bucket.admit_n(Nanos::ZERO, 3).admitted());
        assert_eq!(bucket.admit_n(Nanos::ZERO, 4), refused(200_000_000));
        assert!(bucket.admit_n(Nanos::ZERO, 2).admitted(), "the refused one took nothing");
        assert!(bucket.admit_n(Nanos::ZERO, 0).admitted());
    }

    #[test]
    fn ends_of_the_ranges() {
        let mut never = TokenBucket::new(0, 1);
        assert!(never.admit(Nanos::ZERO).admitted());
        assert_eq!(never.admit(Nanos::MAX), refused(u64::MAX));
        assert!(!TokenBucket::new(10, 0).admit(Nanos::MAX).admitted());
        let mut largest = TokenBucket::new(u32::MAX, u32::MAX);
        assert!(largest.admit_n(Nanos::ZERO, u32::MAX).admitted());
        assert!(largest.admit_n(Nanos::MAX, u32::MAX).admitted());
        assert!(!largest.admit(Nanos::MAX).admitted());
        // A clock that goes back gives no tokens twice, and the wait still ends at the same moment.
        let mut bucket = TokenBucket::new(10, 1);
        assert!(bucket.admit(Nanos::from_secs(5)).admitted());
        assert_eq!(bucket.admit(Nanos::from_secs(4)), refused(1_100_000_000));
        assert!(bucket.admit(Nanos::from_millis(5_100)).admitted());
    }

    #[test]
    fn a_change_keeps_what_was_gained() {
        let mut bucket = TokenBucket::new(10, 5);
        assert!(bucket.admit_n(Nanos::ZERO, 5).admitted());
        bucket.change(Nanos::from_millis(300), 100, 5);
        assert!((bucket.tokens(Nanos::from_millis(300)) - 3.0).abs() < 1e-12);
        assert!((bucket.tokens(Nanos::from_millis(310)) - 4.0).abs() < 1e-12);
        bucket.change(Nanos::from_millis(310), 100, 2);
        assert!((bucket.tokens(Nanos::from_millis(310)) - 2.0).abs() < 1e-12);
    }

    /// Requests as (gap to the one before in ns, weight): gaps from none to several refills.
    fn requests() -> impl Strategy<Value = Vec<(u64, u32)>> {
        let gap = prop_oneof![Just(0), 0..2_000_u64, 0..200_000_000_u64, 0..3_000_000_000_u64];
        prop::collection::vec((gap, 1..4_u32), 1..120)
    }

    proptest! {
        #[test]
        fn takes_the_decisions_of_gcra(rate in 1..5_000_u32, burst in 0..20_u32, requests in requests()) {
            let mut bucket = TokenBucket::new(rate, burst);
            let mut gcra = Gcra::new(rate, burst);
            let mut now = 0;
            for (gap, n) in requests {
                now += gap;
                prop_assert_eq!(bucket.admit_n(Nanos(now), n).admitted(), gcra.admit(now, n));
            }
        }

        #[test]
        fn any_span_admits_at_most_burst_and_rate_times_its_length(
            rate in 1..5_000_u32, burst in 1..20_u32, requests in requests()
        ) {
            let mut bucket = TokenBucket::new(rate, burst);
            let mut now = 0;
            let mut admitted: Vec<(u64, u32)> = Vec::new();
            for (gap, n) in requests {
                now += gap;
                if bucket.admit_n(Nanos(now), n).admitted() {
                    admitted.push((now, n));
                }
            }
            // A span is worst where it starts and ends with an admission, so these are all that matter.
            for (first, &(start, _)) in admitted.iter().enumerate() {
                let mut weight = 0;
                for &(end, n) in &admitted[first..] {
                    weight += u128::from(n);
                    let bound = u128::from(burst) * 1_000_000_000 + u128::from(rate) * u128::from(end - start);
                    prop_assert!(weight * 1_000_000_000 <= bound);
                }
            }
        }

        #[test]
        fn who_waits_as_told_passes_and_not_a_nanosecond_before(
            rate in 1..5_000_u32, burst in 1..20_u32, requests in requests()
        ) {
            let mut bucket = TokenBucket::new(rate, burst);
            let mut now = 0;
            for (gap, n) in requests {
                now += gap;
                if let Decision::Refused { retry_after } = bucket.admit_n(Nanos(now), n) {
                    if n > burst {
                        prop_assert_eq!(retry_after, Nanos::MAX);
                    } else {
                        prop_assert!(bucket.clone().admit_n(Nanos(now) + retry_after, n).admitted());
                        let before = Nanos(now) + retry_after - Nanos(1);
                        prop_assert!(!bucket.clone().admit_n(before, n).admitted());
                    }
                }
            }
        }
    }
}
