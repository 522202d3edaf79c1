//! How each policy finds its server among those in rotation.

use std::cmp::Ordering;

use super::{Balancer, Config, SLOWEST_START, Server};
use crate::sim::{Nanos, Rng};

/// What a weight of 1 counts in the smooth round robin: room for the fractions of a slow start.
const UNIT: f64 = 100.0;
/// The cost of a server that has requests under way and has never answered: more than any latency, so
/// that a new server gets one request to show itself and not a crowd (Finagle's penalty).
const UNKNOWN: f64 = 1e18;

impl Balancer {
    /// The first in rotation after the one that was picked last.
    pub(super) fn next_in_turn(&self) -> Option<u32> {
        let after = self.last.map_or(0, |last| self.rotation.partition_point(|&server| server <= last));
        self.rotation.get(after).or(self.rotation.first()).copied()
    }

    /// Everybody moves up by his weight, the one furthest up is picked and put back by all the weights together. So
    /// weights 5, 1, 1 give a a b a c a a and not a a a a a b c (nginx, Sysoev and Dounin, 2012).
    pub(super) fn smooth_turn(&mut self, now: Nanos) -> Option<u32> {
        let mut total = 0;
        let mut best: Option<u32> = None;
        for &index in &self.rotation {
            let server = &mut self.servers[index as usize];
            let step = (f64::from(server.weight) * UNIT * server.ramp(now, &self.config)) as i64;
            server.turn += step;
            total += step;
            let turn = server.turn;
            if best.is_none_or(|best| turn > self.servers[best as usize].turn) {
                best = Some(index);
            }
        }
        self.servers[best? as usize].turn -= total;
        best
    }

    pub(super) fn any(&self, rng: &mut Rng) -> Option<u32> {
        self.rotation.get(rng.below(self.rotation.len() as u64) as usize).copied()
    }

    pub(super) fn fewest(&self, rng: &mut Rng) -> Option<u32> {
        self.least(rng, |a, b| a.in_flight.cmp(&b.in_flight))
    }

    pub(super) fn fewest_for_weight(&self, now: Nanos, rng: &mut Rng) -> Option<u32> {
        // Requests over weight, with the request that is to be placed: else an idle server of any weight is as
        // good as any other idle one.
        let load = |server: &Server| {
            f64::from(server.in_flight + 1) / (f64::from(server.weight) * server.ramp(now, &self.config))
        };
        self.least(rng, |a, b| load(a).total_cmp(&load(b)))
    }

    /// Two different servers; where both are alike, the first one drawn.
    pub(super) fn better_of_two(&self, rng: &mut Rng) -> Option<u32> {
        let count = self.rotation.len() as u64;
        let first = rng.below(count) as usize;
        let second = rng.below(count.saturating_sub(1)) as usize;
        let second = second + usize::from(second >= first);
        let (first, second) = (*self.rotation.get(first)?, self.rotation.get(second).copied());
        let load = |server: u32| self.servers[server as usize].in_flight;
        Some(second.filter(|&second| load(second) < load(first)).unwrap_or(first))
    }

    pub(super) fn soonest(&self, now: Nanos) -> Option<u32> {
        // From the one after the last pick on, so that servers which are alike take turns.
        let after = self.last.map_or(0, |last| self.rotation.partition_point(|&server| server <= last));
        let mut best: Option<(u32, f64)> = None;
        for &index in self.rotation[after..].iter().chain(&self.rotation[..after]) {
            let cost = self.servers[index as usize].cost(now, &self.config);
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((index, cost));
            }
        }
        best.map(|(index, _)| index)
    }

    /// One of the least, all alike; one draw.
    fn least(&self, rng: &mut Rng, order: impl Fn(&Server, &Server) -> Ordering) -> Option<u32> {
        let server = |index: u32| &self.servers[index as usize];
        let (mut best, mut equals) = (*self.rotation.first()?, 0);
        for &index in &self.rotation {
            match order(server(index), server(best)) {
                Ordering::Less => (best, equals) = (index, 1),
                Ordering::Equal => equals += 1,
                Ordering::Greater => {}
            }
        }
        let drawn = rng.below(equals) as usize;
        let mut equal = self
            .rotation
            .iter()
            .copied()
            .filter(|&index| order(server(index), server(best)) == Ordering::Equal);
        equal.nth(drawn)
    }
}

impl Server {
    /// The part of its weight that counts: less than 1 while it starts slowly.
    pub(super) fn ramp(&self, now: Nanos, config: &Config) -> f64 {
        match self.back {
            Some(back) if now < back + config.slow_start => {
                let grown = now.since(back).as_secs_f64() / config.slow_start.as_secs_f64();
                grown.max(SLOWEST_START)
            }
            _ => 1.0,
        }
    }

    /// What a request would cost here: the latency times those that would share it.
    fn cost(&self, now: Nanos, config: &Config) -> f64 {
        let latency = self.latency * self.weight_of_past(now, config.decay);
        if self.latency == 0.0 && self.in_flight > 0 {
            return UNKNOWN * f64::from(self.in_flight);
        }
        latency * f64::from(self.in_flight + 1) / self.ramp(now, config)
    }

    /// Takes in a latency: one above the average counts at once, one below it draws the average down
    /// with time. So a server that turns slow is left at once and trusted again slowly.
    pub(super) fn observe(&mut self, now: Nanos, took: Nanos, decay: Nanos) {
        let (past, took) = (self.weight_of_past(now, decay), took.0 as f64);
        self.latency = if took > self.latency { took } else { took + (self.latency - took) * past };
        self.answered = self.answered.max(now);
    }

    fn weight_of_past(&self, now: Nanos, decay: Nanos) -> f64 {
        libm::exp(-(now.since(self.answered).0 as f64) / decay.0.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Balancer, Config, Policy};
    use crate::sim::{Nanos, Rng, Seed};

    fn balancer(policy: Policy, weights: &[u32]) -> (Balancer, Rng) {
        let config = Config { slow_start: Nanos::from_secs(10), ..Config::default() };
        let mut balancer = Balancer::new(policy, config);
        for &weight in weights {
            balancer.add(weight);
        }
        (balancer, Rng::stream(Seed(2), "policies"))
    }

    fn picks(balancer: &mut Balancer, rng: &mut Rng, count: usize) -> Vec<usize> {
        (0..count).map(|_| balancer.pick(Nanos::ZERO, 0, rng).expect("a server")).collect()
    }

    #[test]
    fn smooth_weighted_round_robin_is_that_of_nginx() {
        // The sequences of the change that brought it to nginx, and of the usual explanations of it.
        let check = |weights: &[u32], expected: &[usize]| {
            let (mut balancer, mut rng) = balancer(Policy::WeightedRoundRobin, weights);
            for _ in 0..3 {
                assert_eq!(picks(&mut balancer, &mut rng, expected.len()), expected, "{weights:?}");
            }
        };
        check(&[5, 1, 1], &[0, 0, 1, 0, 2, 0, 0]);
        check(&[4, 2, 1], &[0, 1, 0, 2, 0, 1, 0]);
        check(&[1, 1, 1], &[0, 1, 2]);
    }

    #[test]
    fn round_robin_goes_on_where_it_was_when_one_leaves() {
        let (mut balancer, mut rng) = balancer(Policy::RoundRobin, &[1; 4]);
        assert_eq!(picks(&mut balancer, &mut rng, 6), [0, 1, 2, 3, 0, 1]);
        balancer.set_healthy(Nanos::ZERO, 2, false);
        assert_eq!(picks(&mut balancer, &mut rng, 4), [3, 0, 1, 3]);
        balancer.set_healthy(Nanos::ZERO, 2, true);
        assert_eq!(picks(&mut balancer, &mut rng, 3), [0, 1, 2]);
    }

    #[test]
    fn least_connections_fills_up_evenly_and_by_weight() {
        let (mut even, mut rng) = balancer(Policy::LeastConnections, &[1; 5]);
        for round in 1..=4 {
            picks(&mut even, &mut rng, 5);
            assert!((0..5).all(|server| even.in_flight(server) == round));
        }
        let (mut weighted, mut rng) = balancer(Policy::WeightedLeastConnections, &[3, 1, 2]);
        picks(&mut weighted, &mut rng, 60);
        assert_eq!([0, 1, 2].map(|server| weighted.in_flight(server)), [30, 10, 20]);
    }

    #[test]
    fn ties_are_broken_without_favour() {
        // 4,000 ties of 4: each server is drawn 1,000 times, with a deviation of sqrt(4000 * 3/16) = 27.
        let (mut balancer, mut rng) = balancer(Policy::LeastConnections, &[1; 4]);
        let mut counts = [0_i32; 4];
        for _ in 0..4_000 {
            let server = balancer.pick(Nanos::ZERO, 0, &mut rng).expect("a server");
            balancer.finish(Nanos::ZERO, server, Nanos(1));
            counts[server] += 1;
        }
        assert!(counts.iter().all(|count| (count - 1_000).abs() < 4 * 28), "{counts:?}");
    }

    /// The shares of bins with at least 1, 2, ... balls after n balls in n bins, for n to infinity: they
    /// solve ds_i/dt = s_(i-1)^d - s_i^d from 0 to 1 (Mitzenmacher, chapter 3). Euler's method.
    fn balls_in_bins(choices: i32) -> [f64; 12] {
        let (mut shares, steps) = ([0.0_f64; 12], 20_000);
        for _ in 0..steps {
            let before = shares;
            for level in 0..shares.len() {
                let above = if level == 0 { 1.0 } else { before[level - 1] };
                shares[level] += (above.powi(choices) - before[level].powi(choices)) / f64::from(steps);
            }
        }
        shares
    }

    #[test]
    fn balls_in_bins_random_against_two_choices() {
        let n = 1 << 14;
        let loads = |policy| {
            let (mut balancer, mut rng) = balancer(policy, &[]);
            balancer.servers = vec![super::Server { ..server() }; n];
            balancer.rotate();
            picks(&mut balancer, &mut rng, n);
            (0..n).map(|server| balancer.in_flight(server)).collect::<Vec<_>>()
        };
        for (policy, choices) in [(Policy::Random, 1), (Policy::TwoChoices, 2)] {
            let loads = loads(policy);
            for (level, share) in (1..).zip(balls_in_bins(choices)) {
                let seen = loads.iter().filter(|&&load| load >= level).count() as f64 / n as f64;
                // Bins are negatively correlated, so a share deviates by at most the binomial sqrt(s(1-s)/n): four of
                // them, one bin more for shares near 0, and what Euler's 20,000 steps leave.
                let tolerance = 4.0 * (share * (1.0 - share) / n as f64).sqrt() + 1.0 / n as f64 + 1e-4;
                assert!((seen - share).abs() < tolerance, "{policy:?} {level}: {seen} for {share}");
            }
            // The fullest bin. At random P(all below k) = exp(-n P(Poisson(1) >= k)): below 5 it is e^-60, and 11 is
            // reached with probability 2e-4 (ln n / ln ln n = 4.3 is the leading term). With two choices
            // ln ln n / ln 2 = 3.3, and 5 balls have the share 3e-7 of the bins, 0.005 in all.
            let most = loads.iter().max().copied().unwrap_or(0);
            let expected = if choices == 1 { 5..=10 } else { 3..=4 };
            assert!(expected.contains(&most), "{policy:?}: {most}");
        }
    }

    fn server() -> super::Server {
        let (balancer, _) = balancer(Policy::Random, &[1]);
        balancer.servers[0].clone()
    }

    #[test]
    fn two_choices_are_two_different_servers() {
        // Of two servers the idle one is always seen.
        let (mut balancer, mut rng) = balancer(Policy::TwoChoices, &[1, 1]);
        let first = balancer.pick(Nanos::ZERO, 0, &mut rng);
        let second = balancer.pick(Nanos::ZERO, 0, &mut rng);
        assert_ne!(first, second);
        // Of one there is no second.
        balancer.set_draining(Nanos::ZERO, 0, true);
        assert_eq!(balancer.pick(Nanos::ZERO, 0, &mut rng), Some(1));
    }

    #[test]
    fn a_peak_counts_at_once_and_fades_with_time() {
        // Finagle's rule: above the average it is the average; below it, weight e^(-dt/decay) for the past.
        let mut server = server();
        let decay = Nanos::from_secs(10);
        let mut check = |now, took, expected: f64| {
            server.observe(Nanos::from_secs(now), Nanos(took), decay);
            assert!((server.latency - expected).abs() < 1e-6, "{} for {expected}", server.latency);
        };
        let e = std::f64::consts::E;
        check(0, 100, 100.0);
        check(0, 900, 900.0);
        check(10, 100, 100.0 + 800.0 / e);
        check(20, 100, 100.0 + 800.0 / e / e);
    }

    #[test]
    fn least_time_prefers_the_fast_and_gives_the_unknown_one_request() {
        let (mut balancer, mut rng) = balancer(Policy::LeastTime, &[1; 3]);
        let pick = |balancer: &mut Balancer, rng: &mut Rng| balancer.pick(Nanos::ZERO, 0, rng);
        // Nothing is known: one request each, then they queue up alike.
        let first: Vec<_> = (0..3).filter_map(|_| pick(&mut balancer, &mut rng)).collect();
        assert_eq!(first, [0, 1, 2]);
        for (server, millis) in [(0, 40), (1, 10), (2, 1_000)] {
            balancer.finish(Nanos::ZERO, server, Nanos::from_millis(millis));
        }
        // Costs 40, 10, 1000: the second gets four (10, 20, 30 and 40, where it is its turn), then both in
        // proportion; the third none.
        let mut counts = [0; 3];
        for _ in 0..25 {
            counts[pick(&mut balancer, &mut rng).expect("a server")] += 1;
        }
        assert_eq!(counts, [5, 20, 0]);
    }

    #[test]
    fn one_that_comes_back_starts_slowly() {
        let (mut balancer, mut rng) = balancer(Policy::WeightedRoundRobin, &[1, 1]);
        balancer.set_draining(Nanos::ZERO, 1, true);
        let back = Nanos::from_secs(100);
        balancer.set_draining(back, 1, false);
        // Shares at 0 %, 50 % and 100 % of the 10 s: weights 0.1 of 1.1, 0.5 of 1.5, and a half.
        for (after, picks, expected) in [(0, 110, 10), (5, 90, 30), (10, 100, 50), (1_000, 100, 50)] {
            let now = back + Nanos::from_secs(after);
            let seen = (0..picks).filter(|_| balancer.pick(now, 0, &mut rng) == Some(1)).count();
            assert!(seen.abs_diff(expected) <= 1, "{after} s: {seen} of {picks}");
        }
    }

    #[test]
    fn a_client_keeps_its_server_when_another_leaves() {
        let (mut balancer, mut rng) = balancer(Policy::Hash, &[1; 5]);
        let all = |balancer: &mut Balancer, rng: &mut Rng| -> Vec<usize> {
            (0..500).filter_map(|client| balancer.pick(Nanos::ZERO, client, rng)).collect()
        };
        let before = all(&mut balancer, &mut rng);
        assert_eq!(before, all(&mut balancer, &mut rng), "sticky");
        balancer.set_healthy(Nanos::ZERO, 3, false);
        let without = all(&mut balancer, &mut rng);
        for (before, after) in before.iter().zip(&without) {
            assert!(*after != 3 && (before == after || *before == 3));
        }
        balancer.set_healthy(Nanos::ZERO, 3, true);
        assert_eq!(all(&mut balancer, &mut rng), before, "and they come back");
    }
}
