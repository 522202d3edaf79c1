//! The simplest detector, and the most used: down after a fixed silence.
//!
//! One number has to suit every network and every hour. A node is suspected at most a time-out and a delay after it crashed, whatever
//! else; whether it is suspected while it lives depends on how the time-out compares with what the network does.

use super::Detector;
use crate::sim::Nanos;

/// Suspects when nothing was heard for a fixed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedTimeout {
    timeout: Nanos,
    last: Nanos,
}

impl FixedTimeout {
    /// A detector that starts to wait at `now`.
    #[must_use]
    pub fn new(timeout: Nanos, now: Nanos) -> FixedTimeout {
        FixedTimeout { timeout, last: now }
    }

    /// Another time-out from now on.
    pub fn set_timeout(&mut self, timeout: Nanos) {
        self.timeout = timeout;
    }
}

impl Detector for FixedTimeout {
    fn heard(&mut self, now: Nanos) {
        self.last = self.last.max(now);
    }

    fn deadline(&self) -> Nanos {
        self.last + self.timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspects_after_the_time_out_and_not_before() {
        let mut detector = FixedTimeout::new(Nanos(100), Nanos(50));
        assert!(!detector.suspects(Nanos(149)) && detector.suspects(Nanos(150)));
        detector.heard(Nanos(140));
        assert!(!detector.suspects(Nanos(239)) && detector.suspects(Nanos(240)));
        // A heartbeat that is handed in late does not turn the clock back.
        detector.heard(Nanos(60));
        assert_eq!(detector.deadline(), Nanos(240));
        detector.set_timeout(Nanos(10));
        assert_eq!(detector.deadline(), Nanos(150));
    }
}
