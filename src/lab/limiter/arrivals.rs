//! The stream of requests that all limiters see: the common patterns, and two clients that know where a window ends.

use super::{Limits, Settings};
use crate::lab::workload::{self, Pattern};
use crate::sim::{Nanos, Rng};

/// The names of the patterns, for the control: the common ones first.
pub(super) const PATTERNS: &[&str] = &["steady", "poisson", "bursts", "boundary", "late"];

/// A stream of requests. A copy runs ahead without disturbing it.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// Clients that do not know about windows. They draw in any case, so that a pattern takes as much from the random
    /// stream as another.
    plain: workload::Arrivals,
    /// One that does.
    edge: Option<Edge>,
}

/// `early` requests in the span `before` a window's edge and `late` ones in the span `after` it; then again `every` so
/// many windows.
#[derive(Clone, Debug)]
struct Edge {
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
        let plain = workload::Arrivals::new(rng, Pattern::Poisson, settings.get("load"));
        let mut arrivals = Arrivals { plain, edge: None };
        arrivals.change(settings, limits);
        arrivals
    }

    /// From the next request on they come as the controls say.
    pub(super) fn change(&mut self, settings: &Settings, limits: &Limits) {
        let pattern = settings.get("pattern");
        self.plain.set_rate(settings.get("load"));
        self.plain.set_pattern(Pattern::of(pattern));
        self.edge = match pattern as usize {
            0..=2 => None,
            3 => Some(Edge::boundary(settings.get("load"), limits)),
            _ => Some(Edge::late(settings.get("load"), limits)),
        };
    }

    /// Whether the stream depends on the limits.
    pub(super) fn aims_at_the_edge(&self) -> bool {
        self.edge.is_some()
    }

    /// When the request after the one at `after` arrives.
    pub(super) fn next(&mut self, after: Nanos) -> Nanos {
        let plain = self.plain.next(after);
        self.edge.as_mut().map_or(plain, |edge| edge.next(after))
    }
}

impl Edge {
    /// The load of several windows saved up, until it is a whole limit on both sides of an edge.
    fn boundary(load: f64, limits: &Limits) -> Edge {
        let Limits { limit, window, .. } = *limits;
        let (every, all) = Edge::saved_up(load, limits, 2);
        let half = (all / 2).max(limit);
        let short = Nanos(window.0 / 20);
        Edge { early: half, late: half, before: short, after: short, window, every, edge: None, come: 0 }
    }

    /// A quiet window with the limit at its end, and one that is busy throughout.
    fn late(load: f64, limits: &Limits) -> Edge {
        let Limits { limit, window, .. } = *limits;
        let (every, all) = Edge::saved_up(load, limits, 3);
        let before = Nanos(window.0 / 20);
        Edge { early: limit, late: all - limit, before, after: window, window, every, edge: None, come: 0 }
    }

    /// How many windows (at least 2) it takes until the load is `times` the limit, and how much it is then.
    fn saved_up(load: f64, limits: &Limits, times: u64) -> (u64, u64) {
        let a_window = load.max(1.0) * limits.window.as_secs_f64();
        let wanted = times * limits.limit;
        let every = ((wanted as f64 / a_window).ceil() as u64).max(2);
        (every, ((a_window * every as f64) as u64).max(wanted))
    }

    fn next(&mut self, after: Nanos) -> Nanos {
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
