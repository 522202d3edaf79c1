//! Rate limiters: who may pass now, so that no client takes more than its share.
//!
//! | limiter | promise, for any span of `t` | state for a client |
//! |---|---|---|
//! | [`TokenBucket`] | at most `burst + rate * t` | a level and a moment |
//! | [`Gcra`] | the same decisions | one moment |
//! | [`LeakyMeter`] | the same decisions | a level and a moment |
//! | [`LeakyQueue`] | takes the same requests, and lets `1 + rate * t` go on | one moment, and who waits |
//! | [`FixedWindow`] | the limit in each window, twice that in any span of its length | a number and a counter |
//! | [`SlidingCounter`] | less than twice the limit in a window's length, never at once | a number and two counters |
//! | [`SlidingLog`] | the limit in any span of the window's length | a moment for each request |
//! | [`LocalCounts`] | servers times the limit, and less than the limit and what comes between two syncs | a counter a server |
//!
//! All keep whole numbers only, so a limiter that was asked a million times stands where one that was asked once
//! stands. None has a timer: what has changed since the last request follows from the time of the next one.

mod fixed_window;
mod gcra;
mod leaky_meter;
mod leaky_queue;
mod local_counts;
mod sliding_counter;
mod sliding_log;
#[cfg(test)]
mod testing;
mod token_bucket;

pub use fixed_window::FixedWindow;
pub use gcra::Gcra;
pub use leaky_meter::LeakyMeter;
pub use leaky_queue::LeakyQueue;
pub use local_counts::LocalCounts;
pub use sliding_counter::SlidingCounter;
pub use sliding_log::SlidingLog;
pub use token_bucket::TokenBucket;

use crate::sim::Nanos;

/// What a limiter says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Admitted,
    /// It may pass after a wait. Its place is taken already.
    Queued {
        /// How long it has to wait, more than nothing.
        wait: Nanos,
    },
    /// It may not.
    Refused {
        /// The shortest wait after which it would pass if nobody else came ([`Nanos::MAX`] where it never
        /// would): what an HTTP server puts into `Retry-After` (RFC 6585, section 4).
        retry_after: Nanos,
    },
}

impl Decision {
    /// Whether the request may pass, now or after a wait.
    #[must_use]
    pub fn admitted(self) -> bool {
        !matches!(self, Decision::Refused { .. })
    }
}

/// A rate limiter for one client.
pub trait Limiter {
    /// Decides on one request at the moment `now`. A moment before the one asked about last is no error: what was
    /// taken stays taken.
    fn admit(&mut self, now: Nanos) -> Decision;

    /// How many bytes it keeps for this client. What is the same for all clients (rate, limit, window) does not count.
    fn bytes(&self) -> usize;
}
