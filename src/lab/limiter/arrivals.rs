//! The stream of requests that all limiters see: the common patterns, and two clients that know where a window ends.

use super::{Limits, Settings};
use crate::lab::workload::{self, Pattern};
use crate::sim::{Nanos, Rng};

/// The names of the patterns, for the control: the common ones first.
pub(super) const PATTERNS: &[&str] = &["steady", "poisson", "bursts", "boundary", "late"];

/// A stream of requests. A copy runs ahead without disturbing it.
#[derive(Clone, Debug)]
pub(super) enum Arrivals {
    /// A client that does not know about windows.
    Plain(workload::Arrivals),
    /// One that does.
    Edge(Edge),
}

/// `early` requests in the span `before` a window's edge and `late` ones in the span `after` it; then again `every` so
/// many windows.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    rng: Rng,
    early: u64,
    late: u64,
    before: Nanos,
    after: Nanos,
    window: Nanos,
    every: u64,
    /// The edge of the present group, as a number of windows, and how many of the group have come.
    edge: Option<u64>,
    come: u64,
}

impl Arrivals {
    pub(super) fn new(rng: Rng, settings: &Settings, limits: &Limits) -> Arrivals {
        let load = settings.get("load").max(1.0);
        let pattern = settings.get("pattern");
        let Limits { limit, window, .. } = *limits;
        let short = Nanos(window.0 / 20);
        let a_window = load * window.as_secs_f64();
        match pattern as usize {
            0..=2 => Arrivals::Plain(workload::Arrivals::new(rng, Pattern::of(pattern), load)),
            // The load of several windows saved up, until it is a whole limit on both sides of an edge.
            3 => {
                let every = ((2.0 * limit as f64 / a_window).ceil() as u64).max(2);
                let half = ((a_window * every as f64 / 2.0) as u64).max(limit);
                let (early, late) = (half, half);
                Arrivals::Edge(Edge {
                    rng,
                    early,
                    late,
                    before: short,
                    after: short,
                    window,
                    every,
                    edge: None,
                    come: 0,
                })
            }
            // A quiet window with the limit at its end, and one that is busy throughout.
            _ => {
                let every = ((3.0 * limit as f64 / a_window).ceil() as u64).max(2);
                let all = ((a_window * every as f64) as u64).max(3 * limit);
                Arrivals::Edge(Edge {
                    rng,
                    early: limit,
                    late: all - limit,
                    before: short,
                    after: window,
                    window,
                    every,
                    edge: None,
                    come: 0,
                })
            }
        }
    }

    /// Whether the stream depends on the limits.
    pub(super) fn aims_at_the_edge(&self) -> bool {
        matches!(self, Arrivals::Edge(_))
    }

    /// When the request after the one at `after` arrives.
    pub(super) fn next(&mut self, after: Nanos) -> Nanos {
        match self {
            Arrivals::Plain(arrivals) => arrivals.next(after),
            Arrivals::Edge(edge) => edge.next(after),
        }
    }
}

impl Edge {
    fn next(&mut self, after: Nanos) -> Nanos {
        // A draw a request, as the other patterns have it.
        self.rng.unit();
        let edge = match self.edge {
            Some(edge) if self.come < self.early + self.late => edge,
            Some(edge) => edge.saturating_add(self.every),
            None => (after + self.before).0 / self.window.0 + 1,
        };
        if self.edge != Some(edge) {
            self.edge = Some(edge);
            self.come = 0;
        }
        let part = |span: Nanos, number: u64, of: u64| {
            Nanos((u128::from(span.0) * u128::from(number) / u128::from(of.max(1))) as u64)
        };
        let at = self.window * edge;
        let come = self.come;
        self.come += 1;
        if come < self.early {
            at - self.before + part(self.before, come, self.early)
        } else {
            at + part(self.after, come - self.early, self.late)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::limiter::SPEC;
    use crate::sim::Seed;

    fn arrivals(pattern: usize, load: f64) -> Arrivals {
        let mut settings = Settings::defaults(&SPEC);
        settings.put("pattern", pattern as f64);
        settings.put("load", load);
        Arrivals::new(Rng::stream(Seed(3), "test"), &settings, &Limits::of(&settings))
    }

    #[test]
    fn who_knows_the_window_brings_the_load_on_average() {
        for pattern in 3..PATTERNS.len() {
            for load in [1.0, 15.0, 700.0] {
                let mut arrivals = arrivals(pattern, load);
                let (mut at, mut before, n) = (Nanos::ZERO, Nanos::ZERO, 400_000_u32);
                for _ in 0..n {
                    at = arrivals.next(at);
                    assert!(at >= before, "time goes forward");
                    before = at;
                }
                // Groups are whole numbers of requests: at 15/s, 20 in every two windows become 30, exactly.
                let seen = f64::from(n) / at.as_secs_f64();
                assert!((seen / load - 1.0).abs() < 0.01, "pattern {pattern}: {seen} for {load}");
            }
        }
    }

    #[test]
    fn the_boundary_client_stays_close_to_the_edge() {
        let mut arrivals = arrivals(3, 15.0);
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

    #[test]
    fn the_late_client_fills_a_quiet_window_at_its_end() {
        let mut arrivals = arrivals(4, 15.0);
        let mut at = Nanos::ZERO;
        for index in 0..90 {
            at = arrivals.next(at);
            // 30 in two windows: the limit of 10 in the last 50 ms of the first, 20 all through the second.
            let edge = Nanos::from_secs(1 + 2 * (index / 30));
            if index % 30 < 10 {
                assert!(at < edge && edge - at <= Nanos::from_millis(50), "{index} at {at}");
            } else {
                assert!(at >= edge && at - edge < Nanos::from_secs(1), "{index} at {at}");
            }
        }
    }
}
