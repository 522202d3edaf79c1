//! The phi accrual detector (Hayashibara, Défago, Yared and Katayama 2004): not "down" or "up", but how surprising the silence is.
//!
//! It keeps the last intervals between heartbeats and takes them for normally distributed. Phi of a silence t is
//! -log10 P(an interval is longer than t): at 1 one in ten intervals is longer, at 8 one in a hundred million. Each user sets a threshold of
//! his own on the one scale. Since mean and deviation follow the network, so does the time-out.
//!
//! What is built differs from the paper. Akka takes a logistic curve in place of the normal tail, and adds an acceptable pause to the
//! mean; Cassandra takes an exponential tail, for which phi is t / mean / ln 10 and the deviation does not count
//! ([`Tail`]). Real intervals have longer tails than the normal curve (a lost heartbeat doubles one), so a phi of 8 is wrong far more often
//! than once in a hundred million; a least deviation keeps a very regular network from making it nervous.

use std::collections::VecDeque;

use super::Detector;
use crate::sim::Nanos;

/// What the tail of the intervals is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    /// The normal distribution, as in the paper.
    #[default]
    Normal,
    /// The logistic curve that Akka takes for it, within 1% of the normal one where that matters least: near the mean.
    Logistic,
    /// The exponential distribution, as in Cassandra.
    Exponential,
}

/// How unlikely it is that an interval is longer than `t`: -log10 P, for a mean and a deviation in the same unit. 0 and more; infinite
/// where the deviation is 0 and `t` is beyond the mean.
#[must_use]
pub fn phi(tail: Tail, t: f64, mean: f64, deviation: f64) -> f64 {
    let y = (t - mean) / deviation;
    let phi = match tail {
        // Far out the tail itself is too small for a number: its logarithm by the asymptotic series.
        Tail::Normal if y > 30.0 => {
            let density = y * y / 2.0 + libm::log(y * libm::sqrt(std::f64::consts::TAU));
            (density + 1.0 / (y * y)) / std::f64::consts::LN_10
        }
        Tail::Normal => -libm::log10(libm::erfc(y / std::f64::consts::SQRT_2) / 2.0),
        // P = e / (1 + e) with e = exp(-y (1.5976 + 0.070566 y^2)), written so that nothing overflows.
        Tail::Logistic => {
            let power = y * (1.5976 + 0.070566 * y * y);
            if power > 30.0 {
                power / std::f64::consts::LN_10
            } else {
                libm::log1p(libm::exp(power)) / std::f64::consts::LN_10
            }
        }
        Tail::Exponential => t / mean / std::f64::consts::LN_10,
    };
    phi.max(0.0)
}

/// The `t` at which phi reaches a threshold, 0 to 300.
fn silence_at(tail: Tail, threshold: f64, mean: f64, deviation: f64) -> f64 {
    if tail == Tail::Exponential {
        return threshold * mean * std::f64::consts::LN_10;
    }
    mean + deviations_at(tail, threshold) * deviation
}

/// By how many deviations an interval is longer than the mean where phi reaches a threshold: what a detector asks once.
fn deviations_at(tail: Tail, threshold: f64) -> f64 {
    // phi grows with y: halving finds the place to the last bit. At 300 it is 37 deviations out.
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..64 {
        let middle = (low + high) / 2.0;
        if phi(tail, middle, 0.0, 1.0) < threshold {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// A detector that learns how long silences are.
#[derive(Clone, Debug, PartialEq)]
pub struct PhiAccrual {
    tail: Tail,
    threshold: f64,
    /// What the threshold is in deviations.
    deviations: f64,
    least_deviation: Nanos,
    /// The last intervals, the newest last, and how many are kept.
    intervals: VecDeque<u64>,
    window: usize,
    sum: u128,
    squares: u128,
    last: Nanos,
}

impl PhiAccrual {
    /// A detector that starts to wait at `now`. It suspects at `threshold` (above 0, at most 300), knows the last `window` intervals (1 to 4,096), and
    /// takes no deviation to be below `least_deviation`. Before the first interval it expects `first`, with a quarter
    /// of it as deviation, as Akka does.
    #[must_use]
    pub fn new(
        tail: Tail,
        threshold: f64,
        window: usize,
        (first, least_deviation): (Nanos, Nanos),
        now: Nanos,
    ) -> PhiAccrual {
        let mut detector = PhiAccrual {
            tail,
            threshold,
            deviations: deviations_at(tail, threshold),
            least_deviation,
            intervals: VecDeque::new(),
            window: window.clamp(1, 4_096),
            sum: 0,
            squares: 0,
            last: now,
        };
        detector.learn(first.0 - first.0 / 4);
        detector.learn(first.0 + first.0 / 4);
        detector
    }

    /// Another threshold from now on.
    pub fn set_threshold(&mut self, threshold: f64) {
        if threshold.to_bits() != self.threshold.to_bits() {
            self.threshold = threshold;
            self.deviations = deviations_at(self.tail, threshold);
        }
    }

    fn learn(&mut self, interval: u64) {
        while self.intervals.len() >= self.window {
            let Some(old) = self.intervals.pop_front() else { break };
            self.sum -= u128::from(old);
            self.squares -= u128::from(old) * u128::from(old);
        }
        // At most 13 days, so that n² squares have room.
        let interval = interval.min(1 << 50);
        self.intervals.push_back(interval);
        self.sum += u128::from(interval);
        self.squares += u128::from(interval) * u128::from(interval);
    }

    /// The mean interval and its deviation, in nanoseconds. O(1).
    #[must_use]
    pub fn usual(&self) -> (f64, f64) {
        let n = self.intervals.len() as u128;
        // Exact in whole numbers: n² times the variance.
        let spread = (n * self.squares).saturating_sub(self.sum * self.sum);
        let mean = self.sum as f64 / n as f64;
        (mean, (libm::sqrt(spread as f64) / n as f64).max(self.least_deviation.0 as f64))
    }

    /// How surprising the silence is at `now`.
    #[must_use]
    pub fn phi(&self, now: Nanos) -> f64 {
        let (mean, deviation) = self.usual();
        phi(self.tail, now.since(self.last).0 as f64, mean, deviation)
    }

    /// After how long a silence phi would reach this threshold: what another user of the same intervals would wait.
    #[must_use]
    pub fn timeout_at(&self, threshold: f64) -> Nanos {
        let (mean, deviation) = self.usual();
        Nanos(silence_at(self.tail, threshold, mean, deviation).max(0.0) as u64)
    }

    /// A silence after a restart is no interval of the network: goes on from `now` without learning from it.
    pub fn restart(&mut self, now: Nanos) {
        self.last = self.last.max(now);
    }
}

impl Detector for PhiAccrual {
    fn heard(&mut self, now: Nanos) {
        self.learn(now.since(self.last).0);
        self.last = self.last.max(now);
    }

    fn deadline(&self) -> Nanos {
        let (mean, deviation) = self.usual();
        let silence = match self.tail {
            Tail::Exponential => self.threshold * mean * std::f64::consts::LN_10,
            _ => mean + self.deviations * deviation,
        };
        self.last + Nanos(silence.max(0.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn phi_is_the_published_one() {
        // Mean 1000 ms, deviation 200 ms: P = 1/2 at the mean; 2.8665e-7 five deviations out (tables of the normal tail).
        let check = |t, expected: f64| {
            let seen = phi(Tail::Normal, t, 1000.0, 200.0);
            assert!((seen - expected).abs() < 1e-3, "{t}: {seen}");
        };
        check(1000.0, 0.301);
        check(2000.0, 6.543);
        check(1200.0, 0.7995);
        check(0.0, 0.0);
        // 1e-15 is 7.941345 deviations out, 1e-300 about 37.0471.
        assert!((deviations_at(Tail::Normal, 15.0) - 7.941_345).abs() < 1e-5);
        assert!((deviations_at(Tail::Normal, 300.0) - 37.047_1).abs() < 1e-3);
        // The two ways to compute it meet.
        let (below, above) =
            (phi(Tail::Normal, 29.999_999, 0.0, 1.0), phi(Tail::Normal, 30.000_001, 0.0, 1.0));
        assert!((above - below).abs() < 1e-3, "{below} {above}");
    }

    #[test]
    fn akka_and_cassandra_differ_as_they_say() {
        // Mean 1000 ms, deviation 200 ms: 2.5 deviations out the normal tail is 0.0062, whose phi is 2.207.
        let akka = |t| phi(Tail::Logistic, t, 1000.0, 200.0);
        assert!(
            (akka(1000.0) - 0.301).abs() < 1e-3 && (akka(1500.0) - 2.207).abs() < 0.02,
            "{}",
            akka(1500.0)
        );
        for t in [800.0, 1000.0, 1200.0, 1400.0] {
            assert!((akka(t) - phi(Tail::Normal, t, 1000.0, 200.0)).abs() < 0.02, "{t}");
        }
        // Cassandra: phi 8 is 8 ln 10 = 18.4 means of silence, whatever the deviation.
        assert!((silence_at(Tail::Exponential, 8.0, 1.0, 0.1) - 18.42).abs() < 0.01);
        assert!((phi(Tail::Exponential, 18.420_68, 1.0, 0.1) - 8.0).abs() < 1e-5);
    }

    #[test]
    fn it_suspects_when_phi_reaches_the_threshold() {
        let mut rng = Rng::stream(Seed(1), "beats");
        for tail in [Tail::Normal, Tail::Logistic, Tail::Exponential] {
            let usual = (Nanos::from_millis(1_000), Nanos::from_millis(10));
            let mut detector = PhiAccrual::new(tail, 5.0, 100, usual, Nanos::ZERO);
            let mut now = Nanos::ZERO;
            for _ in 0..300 {
                now += Nanos((rng.normal(1e9, 2e8).max(1e8)) as u64);
                detector.heard(now);
                let deadline = detector.deadline();
                assert!((detector.phi(deadline) - 5.0).abs() < 1e-3, "{tail:?} {}", detector.phi(deadline));
                assert!(!detector.suspects(Nanos(deadline.0 - 1_000_000)) && detector.suspects(deadline));
                let other = now + detector.timeout_at(5.0);
                assert!(other.since(deadline).max(deadline.since(other)) < Nanos::from_micros(1));
            }
            let (mean, deviation) = detector.usual();
            // 100 intervals: standard errors 20 ms and 14 ms; 4 of them.
            assert!((mean - 1e9).abs() < 8e7 && (deviation - 2e8).abs() < 6e7, "{mean} {deviation}");
        }
    }

    #[test]
    fn it_follows_the_network_and_forgets() {
        let usual = (Nanos::from_millis(100), Nanos::from_millis(1));
        let mut detector = PhiAccrual::new(Tail::Normal, 3.0, 10, usual, Nanos::ZERO);
        let mut now = Nanos::ZERO;
        let mut wait = |every: u64, detector: &mut PhiAccrual| {
            for _ in 0..20 {
                now += Nanos::from_millis(every);
                detector.heard(now);
            }
            detector.deadline().since(now).as_millis_f64()
        };
        // Regular beats: the least deviation, 1 ms, and 3.09 of it.
        assert!((wait(100, &mut detector) - 103.09).abs() < 0.01);
        assert!((wait(500, &mut detector) - 503.09).abs() < 0.01);
        // An interval that was no silence of the network is not learned.
        detector.restart(Nanos::from_secs(1_000));
        assert!((detector.deadline().since(Nanos::from_secs(1_000)).as_millis_f64() - 503.09).abs() < 0.01);
    }
}
