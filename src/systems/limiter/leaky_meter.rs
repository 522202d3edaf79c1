//! The leaky bucket as a meter: the token bucket seen upside down.
//!
//! Each request pours one drop into a bucket that holds `burst` of them and leaks `rate` a second; a drop that would
//! spill is refused. Water in here is tokens missing there, so it takes the token bucket's decisions. The name
//! is used for two things, and the difference matters: a meter like this one lets a burst pass at once, the queue
//! ([`LeakyQueue`](super::LeakyQueue)) lets it wait.
//!
//! The policer of Turner ("New directions in communications", 1986), in billionths of a drop, so that nothing is rounded.

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// Billionths of a drop in a drop: a nanosecond at a rate of 1/s.
const DROP: u64 = 1_000_000_000;

/// A leaky bucket that measures. Starts empty. A decision is O(1), without allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakyMeter {
    rate: u32,
    burst: u32,
    /// Billionths of a drop in the bucket at the moment `leaked_at`.
    water: u64,
    leaked_at: Nanos,
}

impl LeakyMeter {
    /// An empty bucket that leaks `rate` drops a second and holds `burst`.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> LeakyMeter {
        LeakyMeter { rate, burst, water: 0, leaked_at: Nanos::ZERO }
    }

    /// The drops in the bucket at the moment `now`, with their fraction; for show.
    #[must_use]
    pub fn water(&self, now: Nanos) -> f64 {
        self.water_at(now) as f64 / DROP as f64
    }

    fn water_at(&self, now: Nanos) -> u64 {
        // What overflows a u64 is more than the bucket holds.
        self.water.saturating_sub(now.since(self.leaked_at).0.saturating_mul(u64::from(self.rate)))
    }
}

impl Limiter for LeakyMeter {
    fn admit(&mut self, now: Nanos) -> Decision {
        self.water = self.water_at(now);
        self.leaked_at = self.leaked_at.max(now);
        let room = u64::from(self.burst) * DROP;
        let filled = self.water.saturating_add(DROP);
        if filled <= room {
            self.water = filled;
            return Decision::Admitted;
        }
        let retry_after = if self.burst == 0 || self.rate == 0 {
            Nanos::MAX
        } else {
            // From the last leak on, which lies after `now` where the clock has gone back.
            (self.leaked_at + Nanos((filled - room).div_ceil(u64::from(self.rate)))).since(now)
        };
        Decision::Refused { retry_after }
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.water) + size_of_val(&self.leaked_at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::TokenBucket;
    use super::super::testing::gaps;
    use super::*;

    #[test]
    fn water_is_the_tokens_that_are_missing() {
        let (mut meter, mut bucket) = (LeakyMeter::new(10, 5), TokenBucket::new(10, 5));
        for at in [0, 0, 130, 140, 150, 900] {
            let now = Nanos::from_millis(at);
            assert_eq!(meter.admit(now), bucket.admit(now));
            assert!((meter.water(now) + bucket.tokens(now) - 5.0).abs() < 1e-9, "at {at} ms");
        }
    }

    proptest! {
        #[test]
        fn decides_as_the_token_bucket(rate in 0..5_000_u32, burst in 0..20_u32, gaps in gaps()) {
            let (mut meter, mut bucket) = (LeakyMeter::new(rate, burst), TokenBucket::new(rate, burst));
            let mut now = Nanos::ZERO;
            for gap in gaps {
                now += gap;
                prop_assert_eq!(meter.admit(now), bucket.admit(now));
            }
        }
    }
}
