//! Rate limiters as people write them on the first day, each with a mistake that is seen in reviews and incidents.
//!
//! None of them is wrong in a test of ten requests. They are here to be caught by the demo's rules.

use std::collections::VecDeque;

use crate::sim::Nanos;
use crate::systems::limiter::{Decision, Limiter};

/// How far the store is away from the servers that count in it.
const ROUND_TRIP: Nanos = Nanos::from_millis(20);

/// A fixed window in a shared store, where each server reads the count, compares, and writes back the count it has read
/// and one. Requests within a round trip of each other read the same count.
#[derive(Clone, Debug)]
pub(super) struct RacingWindow {
    limit: u64,
    window: Nanos,
    index: u64,
    /// What stands in the store.
    count: u64,
    /// What is on its way there, and when it arrives.
    writes: VecDeque<(Nanos, u64)>,
}

impl RacingWindow {
    pub(super) fn new(limit: u64, window: Nanos) -> RacingWindow {
        RacingWindow { limit, window, index: 0, count: 0, writes: VecDeque::new() }
    }

    /// What the store says now.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

impl Limiter for RacingWindow {
    fn admit(&mut self, now: Nanos) -> Decision {
        let index = now.0 / self.window.0;
        if index > self.index {
            *self = RacingWindow { index, ..RacingWindow::new(self.limit, self.window) };
        }
        while let Some(&(_, written)) = self.writes.front().filter(|(at, _)| *at <= now) {
            self.count = written;
            self.writes.pop_front();
        }
        if self.count < self.limit {
            self.writes.push_back((now + ROUND_TRIP, self.count + 1));
            return Decision::Admitted;
        }
        Decision::Refused { retry_after: (self.window * (index + 1)).since(now) }
    }

    fn bytes(&self) -> usize {
        16
    }
}

/// A token bucket that adds whole tokens and forgets the fraction, each time that it is asked.
#[derive(Clone, Debug)]
pub(super) struct RoundedBucket {
    rate: u64,
    burst: u64,
    tokens: u64,
    filled_at: Nanos,
}

impl RoundedBucket {
    pub(super) fn new(rate: u32, burst: u32) -> RoundedBucket {
        let burst = u64::from(burst);
        RoundedBucket { rate: u64::from(rate), burst, tokens: burst, filled_at: Nanos::ZERO }
    }

    pub(super) fn tokens(&self) -> u64 {
        self.tokens
    }
}

impl Limiter for RoundedBucket {
    fn admit(&mut self, now: Nanos) -> Decision {
        let gained = now.since(self.filled_at).0.saturating_mul(self.rate) / 1_000_000_000;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.filled_at = now;
        if self.tokens > 0 {
            self.tokens -= 1;
            return Decision::Admitted;
        }
        Decision::Refused { retry_after: Nanos(1_000_000_000 / self.rate.max(1)) }
    }

    fn bytes(&self) -> usize {
        16
    }
}

/// A counter whose time to live is set anew by every request, so that a busy client's window never ends.
#[derive(Clone, Debug)]
pub(super) struct RenewedWindow {
    limit: u64,
    window: Nanos,
    count: u64,
    expires: Nanos,
}

impl RenewedWindow {
    pub(super) fn new(limit: u64, window: Nanos) -> RenewedWindow {
        RenewedWindow { limit, window, count: 0, expires: Nanos::ZERO }
    }

    /// What stands in the store at `now`.
    pub(super) fn count(&self, now: Nanos) -> u64 {
        if now >= self.expires { 0 } else { self.count }
    }
}

impl Limiter for RenewedWindow {
    fn admit(&mut self, now: Nanos) -> Decision {
        self.count = self.count(now) + 1;
        self.expires = now + self.window;
        if self.count <= self.limit {
            return Decision::Admitted;
        }
        Decision::Refused { retry_after: self.window }
    }

    fn bytes(&self) -> usize {
        16
    }
}
