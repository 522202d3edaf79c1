//! The load on a demo: when requests come and how long each takes to serve.
//!
//! Each stream draws from a random stream of its own and, where it can, the same number of draws a request
//! whatever the settings, so that two algorithms beside each other see the same requests.

use crate::sim::{Nanos, Rng};

/// The names of the patterns of arrivals, for a control.
pub(super) const PATTERNS: &[&str] = &["steady", "poisson", "bursts"];

/// How requests come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// One every 1/rate.
    Steady,
    /// Independent clients: exponential gaps.
    Poisson,
    /// Half a second's worth at once (at least two, within a 25th of that time), then an exponential pause.
    Bursts,
}

impl Pattern {
    /// The pattern of a control's value, in the order of [`PATTERNS`].
    pub(super) fn of(value: f64) -> Pattern {
        match value as usize {
            0 => Pattern::Steady,
            1 => Pattern::Poisson,
            _ => Pattern::Bursts,
        }
    }
}

/// A stream of requests. A copy runs ahead without disturbing it.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    rng: Rng,
    pattern: Pattern,
    rate: f64,
    /// How many of the present burst have come.
    come: u64,
}

impl Arrivals {
    /// A stream of `rate` requests a second on average; at least one in 1,000 s.
    pub(super) fn new(rng: Rng, pattern: Pattern, rate: f64) -> Arrivals {
        Arrivals { rng, pattern, rate: rate.max(1e-3), come: 0 }
    }

    /// From the next request on there are `rate` a second.
    pub(super) fn set_rate(&mut self, rate: f64) {
        self.rate = rate.max(1e-3);
    }

    /// From the next request on they come in another pattern.
    pub(super) fn set_pattern(&mut self, pattern: Pattern) {
        self.pattern = pattern;
        self.come = 0;
    }

    /// When the request after the one at `after` comes.
    pub(super) fn next(&mut self, after: Nanos) -> Nanos {
        let gap = Nanos::from_secs_f64(1.0 / self.rate);
        let drawn = self.rng.exponential(gap);
        match self.pattern {
            Pattern::Steady => after + gap,
            Pattern::Poisson => after + drawn,
            Pattern::Bursts => {
                let size = ((self.rate / 2.0) as u64).max(2);
                let cycle = gap * size;
                let spread = Nanos(cycle.0 / 25);
                self.come = self.come % size + 1;
                let pause = (cycle - spread).as_secs_f64() / gap.as_secs_f64().max(1e-9);
                after
                    + if self.come == 1 {
                        Nanos((drawn.0 as f64 * pause) as u64)
                    } else {
                        Nanos(spread.0 / (size - 1))
                    }
            }
        }
    }
}

/// The names of the shapes of service times, for a control.
pub(super) const SHAPES: &[&str] = &["constant", "exponential", "log-normal", "pareto"];

/// How service times of one mean are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// All alike.
    Constant,
    /// Memoryless.
    Exponential,
    /// As measured latencies roughly are: never near zero, with a long tail (sigma 1: the slowest of 100 takes 6.2 means).
    LogNormal,
    /// A tail that falls as a power, alpha 2.2: most are short, and a few take almost all the time.
    Pareto,
}

/// The deviation of the logarithm of a log-normal service time.
const SIGMA: f64 = 1.0;
/// The exponent of the tail of a Pareto service time: above 2, so that its variance is finite.
const ALPHA: f64 = 2.2;

impl Shape {
    /// The shape of a control's value, in the order of [`SHAPES`].
    pub(super) fn of(value: f64) -> Shape {
        match value as usize {
            0 => Shape::Constant,
            1 => Shape::Exponential,
            2 => Shape::LogNormal,
            _ => Shape::Pareto,
        }
    }

    /// A service time of that mean. Two draws from the stream, whatever the shape.
    pub(super) fn draw(self, rng: &mut Rng, mean: Nanos) -> Nanos {
        if self == Shape::LogNormal {
            return rng.log_normal(mean, SIGMA);
        }
        let (u, _) = (1.0 - rng.unit(), rng.unit());
        let factor = match self {
            Shape::Constant | Shape::LogNormal => 1.0,
            Shape::Exponential => -libm::log(u),
            // The mean of a Pareto variable is alpha / (alpha - 1) of its smallest value.
            Shape::Pareto => (ALPHA - 1.0) / ALPHA * libm::pow(u, -1.0 / ALPHA),
        };
        Nanos((mean.0 as f64 * factor) as u64)
    }

    /// The variance over the square of the mean: 0 for constant, 1 for exponential.
    pub(super) fn variation(self) -> f64 {
        match self {
            Shape::Constant => 0.0,
            Shape::Exponential => 1.0,
            Shape::LogNormal => libm::exp(SIGMA * SIGMA) - 1.0,
            Shape::Pareto => 1.0 / (ALPHA * (ALPHA - 2.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Seed;

    #[test]
    fn every_pattern_brings_the_rate_on_average() {
        for pattern in [Pattern::Steady, Pattern::Poisson, Pattern::Bursts] {
            for rate in [0.5, 15.0, 700.0] {
                let mut arrivals = Arrivals::new(Rng::stream(Seed(3), "test"), pattern, rate);
                let (mut at, n) = (Nanos::ZERO, 400_000_u32);
                for _ in 0..n {
                    let next = arrivals.next(at);
                    assert!(next >= at, "time goes forward");
                    at = next;
                }
                // Random are the gaps between groups of `size`: four standard errors of a mean of exponentials.
                let size = if pattern == Pattern::Bursts { (rate / 2.0).max(2.0) } else { 1.0 };
                let tolerance = 4.0 / (f64::from(n) / size).sqrt() + 1e-3;
                let seen = f64::from(n) / at.as_secs_f64();
                assert!((seen / rate - 1.0).abs() < tolerance, "{pattern:?}: {seen} for {rate}");
            }
        }
    }

    #[test]
    fn every_shape_has_its_mean_and_variation() {
        let n = 200_000_u32;
        for shape in [Shape::Constant, Shape::Exponential, Shape::LogNormal, Shape::Pareto] {
            let mut rng = Rng::stream(Seed(5), "test");
            let times: Vec<f64> =
                (0..n).map(|_| shape.draw(&mut rng, Nanos::from_millis(10)).as_millis_f64() / 10.0).collect();
            let mean = times.iter().sum::<f64>() / f64::from(n);
            let error = (shape.variation() / f64::from(n)).sqrt();
            assert!((mean - 1.0).abs() < 4.0 * error + 1e-6, "{shape:?}: {mean}");
            if shape != Shape::Pareto {
                // The fourth moment of a Pareto tail of 2.2 is infinite: its variance cannot be tested by a sample.
                let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / f64::from(n);
                let fourth = times.iter().map(|time| (time - mean).powi(4)).sum::<f64>() / f64::from(n);
                let error = ((fourth - variance * variance) / f64::from(n)).sqrt();
                assert!((variance - shape.variation()).abs() < 4.0 * error + 1e-9, "{shape:?}: {variance}");
            }
        }
    }

    #[test]
    fn a_pareto_tail_falls_as_its_power() {
        // P(X > x) = (smallest / x)^alpha: with the mean 1 and x = 5, (0.5454 / 5)^2.2 = 0.00764.
        let (mut rng, n) = (Rng::stream(Seed(6), "test"), 200_000_u32);
        let above = (0..n).filter(|_| Shape::Pareto.draw(&mut rng, Nanos(1_000_000)).0 > 5_000_000).count();
        let share = above as f64 / f64::from(n);
        let expected = ((ALPHA - 1.0) / ALPHA / 5.0).powf(ALPHA);
        assert!((share - expected).abs() < 4.0 * (expected / f64::from(n)).sqrt(), "{share} for {expected}");
    }
}
