//! A load balancer: which of n servers gets the next request.
//!
//! The balancer sees little: whom it sent what, what came back and how fast, which servers pass their health
//! checks. A [`Policy`] says what it makes of that. Round robin and random look at nothing and are right
//! where servers and requests are alike. Least connections looks at the requests under way, which is the
//! length of each server's queue as far as this balancer fills it, and so finds a slow server without being
//! told. Two choices (Mitzenmacher, *The Power of Two Choices in Randomized Load Balancing*, 2001) gets most
//! of that from two servers drawn at random, without a view of all of them and without a herd that runs to the
//! one which looked best. Least response time weighs the queue by the measured latency. Hashing sends a client
//! to the same server again, for its cache or its session, and gives up on even load.
//!
//! All that look at how soon a server answers share a weakness: one that fails at once looks like the best of
//! all and attracts the traffic. Against it there are health checks ([`HealthCheck`]): a server that fails
//! them leaves the *rotation*, the set of those that are sent requests. When too few would be left, the checks
//! are more likely to be wrong than the servers, and the balancer *fails open*: it ignores them (Envoy calls
//! this the panic threshold, 50% by default; AWS does it when all are out). A server that *drains* gets nothing
//! new and finishes what it has. One that comes back *starts slowly*: its weight grows over a while, so that
//! cold caches do not meet full load.

mod health;
mod policies;

pub use health::HealthCheck;

use super::hash_ring::HashRing;
use crate::sim::{Nanos, Rng};

/// How a server is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// One after the other.
    RoundRobin,
    /// In turn, each as often as its weight, spread evenly: nginx's smooth weighted round robin. O(n).
    WeightedRoundRobin,
    /// Any, all alike.
    Random,
    /// The one with the fewest requests under way; among equals any, drawn at random. O(n).
    LeastConnections,
    /// The one with the fewest requests under way for its weight. O(n).
    WeightedLeastConnections,
    /// Of two different ones drawn at random that with fewer requests under way.
    TwoChoices,
    /// The one whose recent latency times (requests under way + 1) is least; the latency is a peak-sensitive
    /// moving average, as in Finagle's `PeakEwma`. O(n).
    LeastTime,
    /// The owner of the client on a consistent-hash ring of the servers in rotation.
    Hash,
}

/// The rules beside the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Health checks are ignored while fewer than this percentage of the servers that do not drain pass
    /// them; 0 to 100, and with 0 never.
    pub panic_percent: u32,
    /// How long the weight of a server that comes back grows, from a tenth to all of it. It counts for the
    /// policies that look at weights or latency.
    pub slow_start: Nanos,
    /// After this time without an answer a measured latency counts 1/e of what it did; at least 1 ns.
    pub decay: Nanos,
}

/// Envoy's 50%, no slow start, and Finagle's 10 s.
impl Default for Config {
    fn default() -> Config {
        Config { panic_percent: 50, slow_start: Nanos::ZERO, decay: Nanos::from_secs(10) }
    }
}

/// How many points of the hash ring a server has: shares then differ by about 1/sqrt(100) = 10%.
const VNODES: u32 = 100;
/// The weight that a server starts slowly with, as a part of its own; Envoy's default.
const SLOWEST_START: f64 = 0.1;

/// A load balancer over servers numbered from 0. Picks allocate nothing; a change of the rotation is O(n), and
/// O(n log n) where clients are hashed.
#[derive(Clone, Debug)]
pub struct Balancer {
    policy: Policy,
    config: Config,
    servers: Vec<Server>,
    /// The servers that are sent requests, ascending.
    rotation: Vec<u32>,
    fail_open: bool,
    /// Whose turn it was last.
    last: Option<u32>,
    /// Of the servers in rotation; empty where clients are not hashed.
    ring: HashRing<u32>,
}

/// What the balancer knows of one server.
#[derive(Clone, Debug)]
struct Server {
    weight: u32,
    in_flight: u32,
    healthy: bool,
    draining: bool,
    /// When it came back; nothing for one that was there from its start.
    back: Option<Nanos>,
    /// Where it stands in the smooth weighted round robin.
    turn: i64,
    /// The moving average of its latency in nanoseconds, at the moment `answered`; 0 before any answer.
    latency: f64,
    answered: Nanos,
}

impl Balancer {
    /// A balancer without servers.
    #[must_use]
    pub fn new(policy: Policy, config: Config) -> Balancer {
        let ring = HashRing::new(VNODES);
        let (servers, rotation) = (Vec::new(), Vec::new());
        Balancer { policy, config, servers, rotation, fail_open: false, last: None, ring }
    }

    /// Adds a healthy server with a weight (at least 1) and returns its number: the count of those before it.
    pub fn add(&mut self, weight: u32) -> usize {
        self.servers.push(Server {
            weight: weight.max(1),
            in_flight: 0,
            healthy: true,
            draining: false,
            back: None,
            turn: 0,
            latency: 0.0,
            answered: Nanos::ZERO,
        });
        self.rotate();
        self.servers.len() - 1
    }

    /// Chooses the server for a request of `client` at the moment `now` and counts it as under way there, until
    /// [`Balancer::finish`]. Nothing where no server is in rotation. At most two numbers are drawn.
    pub fn pick(&mut self, now: Nanos, client: u64, rng: &mut Rng) -> Option<usize> {
        let server = match self.policy {
            Policy::RoundRobin => self.next_in_turn(),
            Policy::WeightedRoundRobin => self.smooth_turn(now),
            Policy::Random => self.any(rng),
            Policy::LeastConnections => self.fewest(rng),
            Policy::WeightedLeastConnections => self.fewest_for_weight(now, rng),
            Policy::TwoChoices => self.better_of_two(rng),
            Policy::LeastTime => self.soonest(now),
            Policy::Hash => self.ring.owner(&client).copied(),
        }?;
        self.last = Some(server);
        let server = server as usize;
        self.servers[server].in_flight += 1;
        Some(server)
    }

    /// A request that was sent to `server` has ended at `now` after `took`, with an answer or an error. Every pick is to
    /// be finished once: what is not stays counted for ever. A number that is no server's changes nothing.
    pub fn finish(&mut self, now: Nanos, server: usize, took: Nanos) {
        let decay = self.config.decay;
        if let Some(server) = self.servers.get_mut(server) {
            server.in_flight = server.in_flight.saturating_sub(1);
            server.observe(now, took, decay);
        }
    }

    /// From `now` on a server passes its health checks, or does not.
    pub fn set_healthy(&mut self, now: Nanos, server: usize, healthy: bool) {
        if let Some(server) = self.servers.get_mut(server)
            && server.healthy != healthy
        {
            server.healthy = healthy;
            server.back = healthy.then_some(now);
            self.rotate();
        }
    }

    /// From `now` on a server drains (gets nothing new, healthy or not), or takes part again.
    pub fn set_draining(&mut self, now: Nanos, server: usize, draining: bool) {
        if let Some(server) = self.servers.get_mut(server)
            && server.draining != draining
        {
            server.draining = draining;
            server.back = (!draining).then_some(now);
            self.rotate();
        }
    }

    /// Another weight, at least 1.
    pub fn set_weight(&mut self, server: usize, weight: u32) {
        if let Some(server) = self.servers.get_mut(server) {
            server.weight = weight.max(1);
        }
    }

    /// Chooses by another policy from now on; what is known of the servers stays.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
        self.rotate();
    }

    /// Goes by other rules from now on.
    pub fn set_config(&mut self, config: Config) {
        self.config = config;
        self.rotate();
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// The rules beside it.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The servers that are sent requests, ascending.
    pub fn rotation(&self) -> impl Iterator<Item = usize> {
        self.rotation.iter().map(|&server| server as usize)
    }

    /// Whether health checks are ignored because too few servers pass them.
    #[must_use]
    pub fn fail_open(&self) -> bool {
        self.fail_open
    }

    /// How many requests are under way at a server, as far as the balancer knows; 0 for a number that is no server's.
    #[must_use]
    pub fn in_flight(&self, server: usize) -> u32 {
        self.servers.get(server).map_or(0, |server| server.in_flight)
    }

    /// Who is in rotation, from what is known of the servers.
    fn rotate(&mut self) {
        let ready = self.servers.iter().filter(|server| !server.draining).count();
        let healthy = self.servers.iter().filter(|server| !server.draining && server.healthy).count();
        self.fail_open = healthy * 100 < ready * self.config.panic_percent as usize;
        self.rotation.clear();
        for (index, server) in (0..).zip(&mut self.servers) {
            if !server.draining && (server.healthy || self.fail_open) {
                self.rotation.push(index);
            } else {
                server.turn = 0;
            }
        }
        self.ring = HashRing::new(VNODES);
        if self.policy == Policy::Hash {
            self.ring.extend(self.rotation.iter().map(|&server| (server, 1)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Balancer, Config, Policy};
    use crate::sim::{Nanos, Rng, Seed};

    const ALL: [Policy; 8] = [
        Policy::RoundRobin,
        Policy::WeightedRoundRobin,
        Policy::Random,
        Policy::LeastConnections,
        Policy::WeightedLeastConnections,
        Policy::TwoChoices,
        Policy::LeastTime,
        Policy::Hash,
    ];

    fn balancer(policy: Policy, weights: &[u32]) -> Balancer {
        let mut balancer = Balancer::new(policy, Config::default());
        for &weight in weights {
            balancer.add(weight);
        }
        balancer
    }

    fn rng() -> Rng {
        Rng::stream(Seed(1), "balancer")
    }

    #[test]
    fn fails_open_below_the_panic_threshold_and_not_at_it() {
        let mut balancer = balancer(Policy::RoundRobin, &[1; 4]);
        let out = |balancer: &mut Balancer, server| balancer.set_healthy(Nanos::ZERO, server, false);
        let rotation = |balancer: &Balancer| balancer.rotation().collect::<Vec<_>>();
        out(&mut balancer, 0);
        out(&mut balancer, 2);
        assert_eq!((rotation(&balancer), balancer.fail_open()), (vec![1, 3], false), "half pass: 50% of 4");
        out(&mut balancer, 3);
        assert_eq!((rotation(&balancer), balancer.fail_open()), (vec![0, 1, 2, 3], true));
        // One that drains gets nothing, panic or not, and no longer counts: 1 of 3 pass.
        balancer.set_draining(Nanos::ZERO, 2, true);
        assert_eq!(rotation(&balancer), [0, 1, 3]);
        balancer.set_healthy(Nanos::ZERO, 0, true);
        assert_eq!((rotation(&balancer), balancer.fail_open()), (vec![0, 1], false), "2 of 3 pass");
        balancer.set_config(Config { panic_percent: 0, ..Config::default() });
        out(&mut balancer, 0);
        out(&mut balancer, 1);
        assert_eq!(rotation(&balancer), [0; 0]);
        assert_eq!(balancer.pick(Nanos::ZERO, 0, &mut rng()), None);
    }

    #[test]
    fn numbers_that_are_no_servers_change_nothing() {
        let mut balancer = balancer(Policy::LeastConnections, &[1]);
        balancer.finish(Nanos::ZERO, 7, Nanos(1));
        balancer.finish(Nanos::ZERO, 0, Nanos(1));
        balancer.set_healthy(Nanos::ZERO, 7, false);
        balancer.set_draining(Nanos::ZERO, 7, true);
        balancer.set_weight(7, 9);
        assert_eq!((balancer.in_flight(7), balancer.in_flight(0)), (0, 0));
        for policy in ALL {
            let mut empty = Balancer::new(policy, Config::default());
            assert_eq!(empty.pick(Nanos::ZERO, 0, &mut rng()), None, "{policy:?}");
        }
    }

    /// What happens to a balancer: a pick, an end, or a change.
    #[derive(Clone, Debug)]
    enum Deed {
        Pick(u64),
        Finish,
        Healthy(usize, bool),
        Draining(usize, bool),
        Policy(usize),
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = prop_oneof![
            6 => (0..20_u64).prop_map(Deed::Pick),
            4 => Just(Deed::Finish),
            1 => (0..6_usize, any::<bool>()).prop_map(|(server, on)| Deed::Healthy(server, on)),
            1 => (0..6_usize, any::<bool>()).prop_map(|(server, on)| Deed::Draining(server, on)),
            1 => (0..ALL.len()).prop_map(Deed::Policy),
        ];
        prop::collection::vec(deed, 1..200)
    }

    proptest! {
        #[test]
        fn a_pick_is_in_rotation_and_counted(deeds in deeds(), weights in prop::collection::vec(0..9_u32, 1..6)) {
            let mut balancer = balancer(Policy::RoundRobin, &weights);
            let (mut rng, mut under_way, mut now) = (rng(), Vec::new(), Nanos::ZERO);
            for deed in deeds {
                now += Nanos::from_millis(300);
                match deed {
                    Deed::Pick(client) => {
                        let rotation: Vec<usize> = balancer.rotation().collect();
                        let pick = balancer.pick(now, client, &mut rng);
                        prop_assert_eq!(pick.is_none(), rotation.is_empty());
                        prop_assert!(pick.is_none_or(|server| rotation.contains(&server)));
                        under_way.extend(pick);
                    }
                    Deed::Finish => {
                        if let Some(server) = under_way.pop() {
                            balancer.finish(now, server, Nanos::from_millis(5));
                        }
                    }
                    Deed::Healthy(server, on) => balancer.set_healthy(now, server, on),
                    Deed::Draining(server, on) => balancer.set_draining(now, server, on),
                    Deed::Policy(index) => balancer.set_policy(ALL[index]),
                }
                for server in 0..weights.len() {
                    let there = under_way.iter().filter(|&&other| other == server).count();
                    prop_assert_eq!(balancer.in_flight(server) as usize, there);
                }
            }
        }
    }
}
