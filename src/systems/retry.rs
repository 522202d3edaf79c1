//! Retries: how long to wait before the next try, and whether there may be one.
//!
//! A retry bets that the fault has passed. With independent failures of probability p, N retries fail together only
//! with p^(N+1). But the failures of an overloaded server are not independent, and then the same N retries
//! multiply its load by N+1, at the moment when it can least bear it. So there are two questions.
//!
//! *When?* A [`Backoff`] answers: the wait before a retry, doubling with each one, and spread by chance, so that
//! those who failed together do not come back together. The kinds are those that Brooker compared (AWS
//! Architecture Blog, "Exponential Backoff and Jitter", 2015). A backoff moves load in time. Where new calls keep
//! coming it takes none away.
//!
//! *Whether?* A [`RetryBudget`] answers: each call earns a part of a retry, each retry spends a whole one, and
//! where there is nothing to spend the failure is told at once. So retries add at most that part to the load,
//! however much fails. Finagle's budget (20% by default), the retry throttling of gRPC (proposal A6; it earns by successes only)
//! and the 10% a client of Google's SRE book ("Handling Overload", 2016) are this idea.

use crate::sim::{Nanos, Rng};

/// How the wait before a retry is found. In the formulas n counts the retries from 1, and `random(a, b)` is uniform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No wait at all.
    None,
    /// `base`, each time.
    Fixed,
    /// `min(cap, base * 2^(n-1))`.
    Exponential,
    /// Half of the exponential wait, and up to another half by chance.
    EqualJitter,
    /// `random(0, exponential wait)`: half the wait on average, and the widest spread.
    FullJitter,
    /// `min(cap, random(base, 3 * the wait before))`: it grows by chance too.
    Decorrelated,
}

/// The waits between the tries of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// How they are found.
    pub kind: Kind,
    /// The first wait before chance changes it.
    pub base: Nanos,
    /// No wait is longer than this, nor than `base` where that is longer.
    pub cap: Nanos,
}

impl Backoff {
    /// The wait before retry number `n` (from 1), where the wait before was `last` (any value for the first).
    /// O(1), and one draw from `rng` whatever the kind, so that two kinds can be compared on the same numbers.
    pub fn wait(&self, n: u32, last: Nanos, rng: &mut Rng) -> Nanos {
        let chance = rng.unit();
        let between = |from: Nanos, to: Nanos| from + Nanos(((to - from).0 as f64 * chance) as u64);
        let cap = self.cap.max(self.base);
        match self.kind {
            Kind::None => Nanos::ZERO,
            Kind::Fixed => self.base,
            Kind::Exponential => self.doubled(n),
            Kind::EqualJitter => {
                let whole = self.doubled(n);
                between(Nanos(whole.0 / 2), whole)
            }
            Kind::FullJitter => between(Nanos::ZERO, self.doubled(n)),
            Kind::Decorrelated => {
                let last = if n <= 1 { self.base } else { last.max(self.base) };
                between(self.base, last * 3).min(cap)
            }
        }
    }

    /// `base * 2^(n-1)`, at most the cap. A shift that loses bits is the usual mistake: it makes the wait short again.
    fn doubled(&self, n: u32) -> Nanos {
        let factor = 1_u64.checked_shl(n.saturating_sub(1)).unwrap_or(u64::MAX);
        (self.base * factor).min(self.cap.max(self.base))
    }
}

/// Thousandths of a retry in a retry.
const RETRY: u64 = 1_000;

/// How many retries (or hedges) may be made, in proportion to the calls.
///
/// Among any calls that follow each other there are at most `full + earned * calls` retries: the promise of
/// a token bucket that is filled by calls instead of by time. Levels are whole thousandths, so nothing is rounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    earned: u32,
    full: u32,
    level: u64,
}

impl RetryBudget {
    /// A budget that starts full with `full` retries, and gains `earned` thousandths of a retry a call: 100 for 10%.
    #[must_use]
    pub fn new(earned: u32, full: u32) -> RetryBudget {
        RetryBudget { earned, full, level: u64::from(full) * RETRY }
    }

    /// A call was made, a first try: it earns its part. O(1).
    pub fn call(&mut self) {
        self.level = (self.level + u64::from(self.earned)).min(u64::from(self.full) * RETRY);
    }

    /// Spends a retry where there is one. O(1).
    #[must_use = "where it is false there may be no retry"]
    pub fn spend(&mut self) -> bool {
        match self.level.checked_sub(RETRY) {
            Some(rest) => {
                self.level = rest;
                true
            }
            None => false,
        }
    }

    /// The retries that may be made at once, with their fraction; for show.
    #[must_use]
    pub fn left(&self) -> f64 {
        self.level as f64 / RETRY as f64
    }

    /// The most that it holds.
    #[must_use]
    pub fn full(&self) -> u32 {
        self.full
    }
}

/// The probability that a call fails with all its `retries`, where each try fails with `p` by itself: p^(N+1).
#[must_use]
pub fn failure(p: f64, retries: u32) -> f64 {
    libm::pow(p, f64::from(retries) + 1.0)
}

/// The tries that a call makes on average, where each fails with `p` by itself: 1 + p + ... + p^N, and N+1 where all fail.
#[must_use]
pub fn load(p: f64, retries: u32) -> f64 {
    (0..=retries).map(|retry| libm::pow(p, f64::from(retry))).sum()
}

/// The tries at the bottom of `layers` services that call each other, each of which tries `tries` times, where the
/// bottom fails: 3 tries at 4 layers are 81.
#[must_use]
pub fn layered(tries: u32, layers: u32) -> u64 {
    u64::from(tries).saturating_pow(layers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sim::{EventQueue, Rng, Seed};

    const KINDS: [Kind; 6] =
        [Kind::None, Kind::Fixed, Kind::Exponential, Kind::EqualJitter, Kind::FullJitter, Kind::Decorrelated];

    fn backoff(kind: Kind, base: u64, cap: u64) -> Backoff {
        Backoff { kind, base: Nanos::from_millis(base), cap: Nanos::from_millis(cap) }
    }

    #[test]
    fn waits_lie_where_the_formulas_say_and_have_their_means() {
        // Of base 100 ms and cap 2 s: the range in ms of the wait before each of the first six retries.
        let doubled = [100.0, 200.0, 400.0, 800.0, 1_600.0, 2_000.0];
        let check = |kind, low: &dyn Fn(f64) -> f64, high: &dyn Fn(f64) -> f64| {
            let mut rng = Rng::stream(Seed(1), "test");
            for (n, whole) in (1..).zip(doubled) {
                let draws = 4_000;
                let waits: Vec<f64> = (0..draws)
                    .map(|_| backoff(kind, 100, 2_000).wait(n, Nanos::ZERO, &mut rng).as_millis_f64())
                    .collect();
                let (low, high) = (low(whole), high(whole));
                assert!(waits.iter().all(|wait| (low..=high).contains(wait)), "{kind:?} {n}");
                let mean = waits.iter().sum::<f64>() / f64::from(draws);
                // The deviation of a uniform variable is its width / sqrt(12); four standard errors.
                let tolerance = 4.0 * (high - low) / (12.0 * f64::from(draws)).sqrt() + 1e-6;
                assert!((mean - (low + high) / 2.0).abs() < tolerance, "{kind:?} {n}: {mean}");
            }
        };
        check(Kind::None, &|_| 0.0, &|_| 0.0);
        check(Kind::Fixed, &|_| 100.0, &|_| 100.0);
        check(Kind::Exponential, &|whole| whole, &|whole| whole);
        check(Kind::EqualJitter, &|whole| whole / 2.0, &|whole| whole);
        check(Kind::FullJitter, &|_| 0.0, &|whole| whole);
    }

    #[test]
    fn decorrelated_jitter_grows_from_its_last_wait() {
        let backoff = backoff(Kind::Decorrelated, 100, 2_000);
        let mut rng = Rng::stream(Seed(2), "test");
        for _ in 0..2_000 {
            let mut last = Nanos::ZERO;
            for n in 1..10 {
                let wait = backoff.wait(n, last, &mut rng);
                let most = if n == 1 { backoff.base * 3 } else { last * 3 };
                assert!(wait >= backoff.base && wait <= most.min(backoff.cap));
                last = wait;
            }
        }
    }

    #[test]
    fn every_kind_draws_once() {
        for kind in KINDS {
            let mut rng = Rng::stream(Seed(3), "test");
            let mut other = rng.clone();
            backoff(kind, 100, 2_000).wait(3, Nanos::from_millis(150), &mut rng);
            other.unit();
            assert_eq!(rng, other, "{kind:?}");
        }
    }

    #[test]
    fn no_wait_wraps_around_or_passes_the_cap() {
        let mut rng = Rng::stream(Seed(4), "test");
        for kind in KINDS {
            for n in [0, 1, 2, 30, 63, 64, 65, 1_000, u32::MAX] {
                let wait = backoff(kind, 100, 2_000).wait(n, Nanos::MAX, &mut rng);
                assert!(wait <= Nanos::from_millis(2_000), "{kind:?} {n}: {wait}");
                if kind == Kind::Exponential && n >= 30 {
                    assert_eq!(wait, Nanos::from_millis(2_000), "{n}");
                }
                // A cap below the base is the base, and the longest span stays one.
                assert!(backoff(kind, 100, 10).wait(n, Nanos::ZERO, &mut rng) <= Nanos::from_millis(100));
                let longest = Backoff { kind, base: Nanos::MAX, cap: Nanos::MAX };
                longest.wait(n, Nanos::MAX, &mut rng);
            }
        }
    }

    /// Clients that all want to change one row, as in Brooker's article: read it, compute, write if nobody else has
    /// written in between, else back off and begin anew. Each way takes 10 ms, deviation 2 ms. Returns the writes
    /// until all have succeeded, and the time that took.
    fn contend(kind: Kind, clients: usize, seed: u64) -> (f64, f64) {
        #[derive(Clone, Copy)]
        enum Event {
            Start,
            Read,
            Answered(u64),
            Write(u64),
            Refused,
        }
        let backoff = backoff(kind, 5, 2_000);
        let mut net = Rng::stream(Seed(seed), "net");
        let mut jitter = Rng::stream(Seed(seed), "jitter");
        let mut way = || Nanos::from_secs_f64(net.normal(0.010, 0.002).abs());
        let mut tries = vec![(0, Nanos::ZERO); clients];
        let mut queue = EventQueue::new();
        for client in 0..clients {
            queue.push(Nanos::ZERO, (client, Event::Start));
        }
        let (mut version, mut writes, mut end) = (0, 0, Nanos::ZERO);
        while let Some((now, (client, event))) = queue.pop() {
            end = now;
            match event {
                Event::Start => {
                    queue.push(now + way(), (client, Event::Read));
                }
                Event::Read => {
                    queue.push(now + way(), (client, Event::Answered(version)));
                }
                Event::Answered(seen) => {
                    queue.push(now + way(), (client, Event::Write(seen)));
                }
                Event::Write(seen) => {
                    writes += 1;
                    if seen == version {
                        version += 1;
                    } else {
                        queue.push(now + way(), (client, Event::Refused));
                    }
                }
                Event::Refused => {
                    let (n, last) = &mut tries[client];
                    *n += 1;
                    // The article's exponent counts from 1: its first wait is twice the base.
                    *last = backoff.wait(*n + 1, *last, &mut jitter);
                    queue.push(now + *last, (client, Event::Start));
                }
            }
        }
        (f64::from(writes), end.as_secs_f64())
    }

    #[test]
    fn a_hundred_clients_at_one_row_finish_in_the_published_order() {
        // Means over seeds; the figures of the article's own program are 2442, 1868, 811, 795 and 996 calls.
        let seeds = 20;
        let measure = |kind| {
            let runs: Vec<(f64, f64)> = (0..seeds).map(|seed| contend(kind, 100, seed)).collect();
            let mean = |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / seeds as f64;
            (mean(|run| run.0), mean(|run| run.1))
        };
        let [none, _, exponential, equal, full, decorrelated] = KINDS.map(measure);
        assert!(none.0 > exponential.0 && exponential.0 > 1.5 * decorrelated.0);
        assert!(decorrelated.0 > equal.0.max(full.0));
        // Equal and full jitter lie within 2% of each other there: nothing is said about their order.
        assert!((equal.0 / full.0 - 1.0).abs() < 0.1);
        for jittered in [equal, full, decorrelated] {
            assert!(none.1 < jittered.1 && jittered.1 * 2.0 < exponential.1, "{jittered:?}");
        }
    }

    #[test]
    fn n_retries_make_p_to_the_n_plus_1_of_a_failure() {
        let (mut rng, calls) = (Rng::stream(Seed(6), "test"), 200_000_u32);
        for (p, retries) in [(0.1, 1), (0.3, 3), (0.5, 2), (0.9, 5)] {
            let (mut failed, mut tries) = (0_u32, 0_u32);
            for _ in 0..calls {
                let mut left = retries + 1;
                let mut ok = false;
                while !ok && left > 0 {
                    tries += 1;
                    left -= 1;
                    ok = !rng.chance(p);
                }
                failed += u32::from(!ok);
            }
            let n = f64::from(calls);
            let expected = failure(p, retries);
            let error = (expected * (1.0 - expected) / n).sqrt();
            let seen = f64::from(failed) / n;
            assert!((seen - expected).abs() < 4.0 * error, "{p} {retries}: {seen} for {expected}");
            // Tries of a call lie between 1 and N+1: their deviation is at most N/2.
            let seen = f64::from(tries) / n;
            assert!((seen - load(p, retries)).abs() < 4.0 * f64::from(retries) / 2.0 / n.sqrt(), "{seen}");
        }
        assert!((failure(0.1, 2) - 0.001).abs() < 1e-12);
        assert!((load(1.0, 3) - 4.0).abs() < 1e-12 && (load(0.0, 3) - 1.0).abs() < 1e-12);
        assert_eq!(layered(3, 4), 81);
    }

    #[test]
    fn a_budget_of_a_tenth_caps_the_load_at_1_1() {
        // Everything fails, and each call would like to be tried five times.
        let mut budget = RetryBudget::new(100, 10);
        let (calls, mut tries) = (10_000, 0);
        for _ in 0..calls {
            budget.call();
            tries += 1;
            tries += (0..4).take_while(|_| budget.spend()).count();
        }
        // To the retry: ten at the start, one every ten calls.
        assert_eq!(tries, calls + 10 + calls / 10 - 1);
        assert!((tries as f64 / calls as f64 - 1.1).abs() < 0.002);
    }

    proptest! {
        #[test]
        fn calls_in_a_row_retry_at_most_full_and_their_part(
            earned in 0..1_500_u32, full in 0..20_u32, wishes in prop::collection::vec(0..4_u32, 1..200)
        ) {
            let mut budget = RetryBudget::new(earned, full);
            let mut made = Vec::new();
            for wished in wishes {
                budget.call();
                made.push((0..wished).filter(|_| budget.spend()).count() as u64);
                prop_assert!(budget.left() <= f64::from(full));
            }
            for first in 0..made.len() {
                let mut retries = 0;
                for (calls, more) in (1..).zip(&made[first..]) {
                    retries += more;
                    prop_assert!(retries * 1_000 <= u64::from(full) * 1_000 + u64::from(earned) * calls);
                }
            }
        }
    }
}
