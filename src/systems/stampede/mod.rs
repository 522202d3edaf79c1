//! A value that many ask for is about to be too old: who computes it anew, when, and what the others get meanwhile.
//!
//! Where nobody thinks of it, everybody who finds it too old computes it, until the first is done: at a rate of
//! `r` requests and a time of `d` to compute it that is `1 + r d` times, all at once, at the database that is slow
//! already. This is a cache stampede (also dog-pile, thundering herd). There are three ways out, and they combine:
//!
//! * **in time**: compute it before it is too old, at a fixed time ([`Refresh::Ahead`]) or at a random one that
//!   nobody has to agree on ([`Refresh::Early`]);
//! * **late**: give out the old value a little longer while one computes the new one ([`Refresh::Stale`]);
//! * **one at a time**: a lock that all servers share ([`Lease`]), or one call for all who ask within one process
//!   ([`Flight`]).

mod flight;

pub use super::lease::{Lease, Token};
pub use flight::{Flight, Role};

use crate::sim::Nanos;

/// When a cached value is computed anew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refresh {
    /// When it is too old.
    Expired,
    /// Before it is too old, by chance: XFetch (Vattani, Chierichetti and Lowenstein, VLDB 2015). With `beta` above 1 earlier.
    Early {
        /// How eager, above 0; 1 is the paper's choice.
        beta: f64,
    },
    /// When it is too old, and for so long after that it is given out all the same.
    Stale {
        /// How much older than its time to live it may become.
        grace: Nanos,
    },
    /// At a fixed time before it is too old, by somebody whose task it is.
    Ahead {
        /// So long before.
        by: Nanos,
    },
}

/// What a cache knows of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cached {
    /// When it was stored.
    pub stored: Nanos,
    /// When it will be too old.
    pub expires: Nanos,
    /// How long it took to compute: the paper's delta.
    pub took: Nanos,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The value is good: give it out.
    Fresh,
    /// The value is good, but it is time to compute a new one: this request does.
    Early,
    /// The value is too old, but may be given out; somebody should compute a new one.
    Stale,
    /// There is nothing to give out.
    Missing,
}

impl Cached {
    /// A value that is stored at `now`, is good for `ttl`, and took `took` to compute.
    #[must_use]
    pub fn new(now: Nanos, ttl: Nanos, took: Nanos) -> Cached {
        Cached { stored: now, expires: now + ttl, took }
    }

    /// What to do with a request at `now`. `u` is uniform in (0, 1] and its own for each request; only an early refresh
    /// looks at it.
    #[must_use]
    pub fn ask(&self, now: Nanos, refresh: Refresh, u: f64) -> Answer {
        match refresh {
            Refresh::Early { beta } if now < self.expires && self.early(now, beta, u) => Answer::Early,
            _ if now < self.expires => Answer::Fresh,
            Refresh::Stale { grace } if now < self.expires + grace => Answer::Stale,
            _ => Answer::Missing,
        }
    }

    /// XFetch: whether a request at `now` should compute the value anew: now - took beta ln(u) >= expires. At a distance of
    /// `t` from the end that has the probability e^(-t / (beta took)), so hardly anybody does it long before, and where
    /// many ask, one of them will in time. Nobody has to know of the others.
    #[must_use]
    pub fn early(&self, now: Nanos, beta: f64, u: f64) -> bool {
        let ahead = -libm::log(u) * beta * self.took.as_secs_f64();
        ahead >= self.expires.since(now).as_secs_f64()
    }

    /// When somebody whose task it is computes it anew, so long before its end; not before it was stored.
    #[must_use]
    pub fn ahead(&self, by: Nanos) -> Nanos {
        self.expires.since(by).max(self.stored)
    }
}

/// Euler's constant, the mean of a Gumbel variable.
const EULER: f64 = 0.577_215_664_901_532_9;

/// How long before the end XFetch begins to compute on average, in seconds, where requests come at random `rate` a second and
/// computing takes `took` seconds. The first of the requests that draw long enough: that is Gumbel's distribution of the
/// largest of many exponential draws, beta took (ln(rate beta took) + 0.5772).
#[must_use]
pub fn mean_lead(rate: f64, took: f64, beta: f64) -> f64 {
    let scale = beta * took;
    scale * (libm::log(rate * scale) + EULER)
}

/// How often XFetch computes for one refresh on average: e^(1/beta), whatever the rate. When the first begins, the requests that
/// would still draw long enough come at 1 / (beta took) a second on average, and e times as often each beta took later;
/// it goes on for `took`. Holds where the lead is longer than `took`.
#[must_use]
pub fn mean_early_computations(beta: f64) -> f64 {
    libm::exp(1.0 / beta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    const SECOND: Nanos = Nanos::from_secs(1);

    fn cached() -> Cached {
        Cached::new(SECOND, SECOND * 10, Nanos::from_millis(200))
    }

    #[test]
    fn a_value_is_good_until_it_expires_and_not_a_nanosecond_longer() {
        let check = |now, refresh, expected| assert_eq!(cached().ask(now, refresh, 1.0), expected, "{now}");
        let stale = Refresh::Stale { grace: SECOND };
        for refresh in [Refresh::Expired, stale, Refresh::Early { beta: 1.0 }] {
            check(SECOND, refresh, Answer::Fresh);
            check(Nanos(SECOND.0 * 11 - 1), refresh, Answer::Fresh);
        }
        check(SECOND * 11, Refresh::Expired, Answer::Missing);
        check(SECOND * 11, stale, Answer::Stale);
        check(Nanos(SECOND.0 * 12 - 1), stale, Answer::Stale);
        check(SECOND * 12, stale, Answer::Missing);
        assert_eq!(cached().ahead(SECOND * 2), SECOND * 9);
        assert_eq!(cached().ahead(SECOND * 20), SECOND);
    }

    #[test]
    fn chance_falls_by_e_each_time_it_took_to_compute() {
        // P(early at distance t) = e^(-t / (beta took)): Vattani et al., section 3. 100,000 draws, four standard errors.
        let mut rng = Rng::stream(Seed(2), "test");
        for (beta, millis) in [(1.0, 0), (1.0, 200), (1.0, 600), (2.0, 600), (0.5, 300)] {
            let now = cached().expires - Nanos::from_millis(millis);
            let n = 100_000_u32;
            let early = (0..n).filter(|_| cached().early(now, beta, 1.0 - rng.unit())).count();
            let expected = libm::exp(-(millis as f64) / (beta * 200.0));
            let error = (expected * (1.0 - expected) / f64::from(n)).sqrt();
            let seen = early as f64 / f64::from(n);
            assert!((seen - expected).abs() <= 4.0 * error, "{beta} {millis}: {seen}, not {expected}");
        }
    }

    #[test]
    fn the_first_of_many_comes_when_gumbel_says_and_e_come_in_all() {
        // Requests at 1,000/s; each that draws long enough computes, until the first is done. That one of them does so further from the end
        // than 12.5 beta times 0.2 s has a chance of 200 beta e^-12.5, at most 0.0015, so they begin there.
        let mut rng = Rng::stream(Seed(3), "test");
        for beta in [0.5, 1.0, 2.0] {
            let begin = cached().expires - Nanos((2.5e9 * beta) as u64);
            let (mut leads, mut counts, n) = (Vec::new(), Vec::new(), 2_000_u32);
            for _ in 0..n {
                let (mut at, mut first, mut count) = (begin, None, 0.0);
                while first.is_none_or(|first| at < first + cached().took) && at < cached().expires {
                    if cached().early(at, beta, 1.0 - rng.unit()) {
                        first.get_or_insert(at);
                        count += 1.0;
                    }
                    at += rng.exponential(Nanos::from_millis(1));
                }
                leads.push(first.map_or(0.0, |first| cached().expires.since(first).as_secs_f64()));
                counts.push(count);
            }
            let check = |what, values: &[f64], expected: f64| {
                let mean = values.iter().sum::<f64>() / f64::from(n);
                let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
                let error = (variance / f64::from(n)).sqrt() / f64::from(n).sqrt();
                // Theory's sums are integrals, and at beta 0.5 a first one may be late: 2% more.
                let most = 4.0 * error + 0.02 * expected;
                assert!((mean - expected).abs() < most, "{what} {beta}: {mean}, not {expected}");
            };
            check("lead", &leads, mean_lead(1_000.0, 0.2, beta));
            check("count", &counts, mean_early_computations(beta));
        }
    }
}
