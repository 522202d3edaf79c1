//! The stream of requests that both limiters see: when the next one comes, by the pattern.

use super::{Limits, Settings};
use crate::sim::{Nanos, Rng};

/// A stream of requests. It draws from its random stream as it goes; a copy runs ahead without disturbing it.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    pattern: Pattern,
    pub(super) rng: Rng,
    /// In a burst: how many of it have come.
    come: u64,
}

#[derive(Clone, Copy, Debug)]
enum Pattern {
    /// One every `gap`.
    Steady { gap: Nanos },
    /// Independent clients: exponential gaps.
    Poisson { mean: Nanos },
    /// `size` requests within `spread`, then an exponential pause.
    Bursts { size: u64, spread: Nanos, pause: Nanos },
    /// `half` requests in the `spread` before a window's edge, as many after it; then again `every` so many
    /// windows. `edge` is the edge of the present burst, or none.
    Boundary { half: u64, spread: Nanos, window: Nanos, every: u64, edge: Option<u64> },
}

impl Arrivals {
    pub(super) fn new(rng: Rng, settings: &Settings, limits: &Limits) -> Arrivals {
        let load = settings.get("load").max(1.0);
        let gap = Nanos::from_secs_f64(1.0 / load);
        let pattern = match settings.count("pattern") {
            0 => Pattern::Steady { gap },
            1 => Pattern::Poisson { mean: gap },
            2 => {
                // Half a second's worth within 20 ms, more time where the load is small.
                let size = ((load / 2.0) as u64).max(2);
                let cycle = gap * size;
                let spread = Nanos(cycle.0 / 25);
                Pattern::Bursts { size, spread, pause: cycle - spread }
            }
            _ => {
                // The load of several windows saved up, until it is a whole limit on both sides of an edge.
                let window = limits.window;
                let a_window = load * window.as_secs_f64();
                let every = ((2.0 * limits.limit as f64 / a_window).ceil() as u64).max(2);
                let half = ((a_window * every as f64 / 2.0) as u64).max(limits.limit);
                Pattern::Boundary { half, spread: Nanos(window.0 / 20), window, every, edge: None }
            }
        };
        Arrivals { pattern, rng, come: 0 }
    }

    /// Whether the stream depends on the limits.
    pub(super) fn aims_at_the_edge(&self) -> bool {
        matches!(self.pattern, Pattern::Boundary { .. })
    }

    /// When the request after the one at `after` arrives.
    pub(super) fn next(&mut self, after: Nanos) -> Nanos {
        match &mut self.pattern {
            Pattern::Steady { gap } => after + *gap,
            Pattern::Poisson { mean } => after + self.rng.exponential(*mean),
            Pattern::Bursts { size, spread, pause } => {
                self.come = self.come % *size + 1;
                after
                    + if self.come == 1 {
                        self.rng.exponential(*pause)
                    } else {
                        Nanos(spread.0 / (*size - 1))
                    }
            }
            Pattern::Boundary { half, spread, window, every, edge } => {
                let at = match *edge {
                    Some(at) if self.come < 2 * *half => at,
                    Some(at) => at.saturating_add(*every),
                    None => (after + *spread).0 / window.0 + 1,
                };
                if *edge != Some(at) {
                    *edge = Some(at);
                    self.come = 0;
                }
                let into = Nanos((u128::from(self.come) * u128::from(spread.0) / u128::from(*half)) as u64);
                self.come += 1;
                *window * at - *spread + into
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::limiter::SPEC;
    use crate::sim::Seed;

    #[test]
    fn every_pattern_brings_the_load_on_average() {
        for pattern in 0..4 {
            for load in [1.0, 15.0, 700.0] {
                let mut settings = Settings::defaults(&SPEC);
                settings.put("pattern", f64::from(pattern));
                settings.put("load", load);
                let limits = Limits::of(&settings);
                let mut arrivals = Arrivals::new(Rng::stream(Seed(3), "test"), &settings, &limits);
                let (mut at, mut before, n) = (Nanos::ZERO, Nanos::ZERO, 400_000_u32);
                for _ in 0..n {
                    at = arrivals.next(at);
                    assert!(at >= before, "time goes forward");
                    before = at;
                }
                let seen = f64::from(n) / at.as_secs_f64();
                // What is random is the gaps between groups of `size`: four standard errors of a mean of
                // exponential gaps are 4 / sqrt(n / size), at most 0.12 for groups of 350. Boundary bursts are
                // whole numbers of requests: at 15/s, 20 in every two windows become 30, exactly.
                let size = if pattern == 2 { (load / 2.0).max(2.0) } else { 1.0 };
                let tolerance = 4.0 / (f64::from(n) / size).sqrt();
                assert!((seen / load - 1.0).abs() < tolerance, "pattern {pattern}: {seen} for {load}");
            }
        }
    }

    #[test]
    fn the_boundary_client_stays_close_to_the_edge() {
        let mut settings = Settings::defaults(&SPEC);
        settings.put("pattern", 3.0);
        let mut arrivals = Arrivals::new(Rng::stream(Seed(3), "test"), &settings, &Limits::of(&settings));
        let mut at = Nanos::ZERO;
        for index in 0..90 {
            at = arrivals.next(at);
            // 15/s for two windows of 1 s: 15 before each odd second, 15 from it on, within 50 ms.
            let edge = Nanos::from_secs(1 + 2 * (index / 30));
            let early = index % 30 < 15;
            let away = if early { edge - at } else { at - edge };
            assert!(away <= Nanos::from_millis(50) && early == (at < edge), "{index} at {at}");
        }
    }
}
