//! A wall clock as computers have it: an oscillator that runs a little too fast or too slow, set right now and then over the
//! network.
//!
//! A quartz drifts by some 10 to 100 millionths, 1 to 9 s a day. NTP asks a server for the time and takes half of the round
//! trip off (RFC 5905, section 8): where the two ways take equally long, that is exact; where they do not, it is wrong by half the
//! difference, and nobody can know.

use crate::sim::Nanos;

/// The true time at the start of a run, so that a clock that is behind still shows a time: 1,000 s.
const EPOCH: i128 = 1_000_000_000_000;

/// A clock that is wrong by an offset and a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    /// When it was set last, and by how much it was then ahead of the true time, in nanoseconds.
    set_at: Nanos,
    ahead: i64,
    /// By how much it gains, in thousand millionths.
    drift_ppb: i64,
}

/// What a node learns by asking a time server: the four readings of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The node's clock when it asked.
    pub asked: u64,
    /// The server's clock when it was asked, and when it answered.
    pub received: u64,
    /// The server's clock when it answered.
    pub sent: u64,
    /// The node's clock when the answer came.
    pub answered: u64,
}

impl WallClock {
    /// A clock that is `ahead` nanoseconds ahead at the start of a run and gains `drift_ppb` nanoseconds a second.
    #[must_use]
    pub fn new(ahead: i64, drift_ppb: i64) -> WallClock {
        WallClock { set_at: Nanos::ZERO, ahead, drift_ppb }
    }

    /// By how many nanoseconds it is ahead of the true time, which is `now`.
    #[must_use]
    pub fn error(&self, now: Nanos) -> i64 {
        let gained = i128::from(now.since(self.set_at).0) * i128::from(self.drift_ppb) / 1_000_000_000;
        (i128::from(self.ahead) + gained).clamp(i128::from(i64::MIN / 2), i128::from(i64::MAX / 2)) as i64
    }

    /// What it shows, in nanoseconds: the true time since the start of the run, plus 1,000 s, plus its error.
    #[must_use]
    pub fn read(&self, now: Nanos) -> u64 {
        (EPOCH + i128::from(now.0) + i128::from(self.error(now))).clamp(0, i128::from(u64::MAX)) as u64
    }

    /// What a clock that is right shows.
    #[must_use]
    pub fn truth(now: Nanos) -> u64 {
        WallClock::new(0, 0).read(now)
    }

    /// Sets it forward, or back where `by` is negative.
    pub fn step(&mut self, now: Nanos, by: i64) {
        self.ahead = self.error(now).saturating_add(by);
        self.set_at = now;
    }

    /// Gives it another drift from now on.
    pub fn set_drift(&mut self, now: Nanos, drift_ppb: i64) {
        self.step(now, 0);
        self.drift_ppb = drift_ppb;
    }
}

impl Sample {
    /// By how much the node's clock is to be stepped: how far the server seems ahead, in nanoseconds.
    #[must_use]
    pub fn offset(&self) -> i64 {
        let there = i128::from(self.received) - i128::from(self.asked);
        let back = i128::from(self.sent) - i128::from(self.answered);
        ((there + back) / 2) as i64
    }

    /// How long the messages took together. The offset is wrong by at most half of it.
    #[must_use]
    pub fn delay(&self) -> u64 {
        let all = i128::from(self.answered) - i128::from(self.asked);
        let there = i128::from(self.sent) - i128::from(self.received);
        (all - there).clamp(0, i128::from(u64::MAX)) as u64
    }
}
