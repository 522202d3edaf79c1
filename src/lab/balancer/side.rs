//! One of the two fleets that are compared: a balancer, its servers with their queues, and what came of it.

use std::collections::VecDeque;

use super::{Event, FAILS_IN, SECOND, SLOW};
use crate::lab::measure::{Bins, Histogram, Level, Trail};
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::balancer::{Balancer, Config, Policy};

/// How long a request is seen that was just sent, or has just ended.
pub(super) const SEEN: Nanos = Nanos::from_millis(400);

/// A request at a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) arrived: Nanos,
    /// How long it takes on a server that is not slow.
    demand: Nanos,
}

/// A request that a worker has taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Active {
    job: Job,
    pub(super) started: Nanos,
    pub(super) ends: Nanos,
    pub(super) fails: bool,
}

/// A server.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    pub(super) queue: VecDeque<Job>,
    pub(super) active: Vec<Active>,
    /// How many requests are there, waiting or not.
    pub(super) level: Level,
}

/// What happened within a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    pub(super) served: u64,
    /// The sum of their latencies, in seconds.
    pub(super) latency: f64,
    pub(super) sent: u64,
    /// Those sent to the second server.
    pub(super) to_second: u64,
}

/// What happens at the servers, the same for both fleets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    pub(super) workers: usize,
    pub(super) slow: f64,
    /// Whether the second server fails all that it starts.
    pub(super) failing: bool,
    /// Whether the balancer forgets to count an error as an end (a bug).
    pub(super) leaks: bool,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Served,
    Failed,
}

/// A fleet.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) balancer: Balancer,
    choices: Rng,
    pub(super) hosts: Vec<Host>,
    pub(super) sent: u64,
    pub(super) served: u64,
    pub(super) failed: u64,
    /// Requests for which no server was in rotation.
    pub(super) refused: u64,
    pub(super) latency: Histogram,
    pub(super) bins: Bins<Bin>,
    /// Where the last requests went, and how the last ones ended.
    pub(super) sending: Trail<usize>,
    pub(super) endings: Trail<(usize, End)>,
    /// Requests sent while the second server failed, and those of them that it got.
    pub(super) fault_sent: u64,
    pub(super) fault_drawn: u64,
}

impl Side {
    /// A fleet of `hosts` idle servers. Both fleets draw from streams of the same numbers: equal policies are equal runs.
    pub(super) fn new(seed: Seed, policy: Policy, config: Config, hosts: usize) -> Side {
        let mut balancer = Balancer::new(policy, config);
        for _ in 0..hosts {
            balancer.add(1);
        }
        Side {
            balancer,
            choices: Rng::stream(seed, "choices"),
            hosts: vec![Host::default(); hosts],
            sent: 0,
            served: 0,
            failed: 0,
            refused: 0,
            latency: Histogram::default(),
            bins: Bins::new(Nanos::from_secs(1), 60),
            sending: Trail::new(SEEN),
            endings: Trail::new(SEEN),
            fault_sent: 0,
            fault_drawn: 0,
        }
    }

    /// Sends a request to the server that the balancer chooses and returns it; nothing where there is none.
    pub(super) fn send(&mut self, now: Nanos, id: u64, client: u64, demand: Nanos) -> Option<usize> {
        let Some(host) = self.balancer.pick(now, client, &mut self.choices) else {
            self.refused += 1;
            return None;
        };
        self.sent += 1;
        let bin = self.bins.at(now);
        bin.sent += 1;
        bin.to_second += u64::from(host == SECOND);
        self.sending.push(now, id, host);
        let there = &mut self.hosts[host];
        there.level.up(now);
        there.queue.push_back(Job { id, arrived: now, demand });
        Some(host)
    }

    /// The free workers of a server take what waits. `side` is this fleet's number, for the events.
    pub(super) fn work(&mut self, sim: &mut Sim<Event>, side: usize, host: usize, conditions: &Conditions) {
        let now = sim.now();
        let there = &mut self.hosts[host];
        while there.active.len() < conditions.workers
            && let Some(job) = there.queue.pop_front()
        {
            let fails = host == SECOND && conditions.failing;
            let took = match host {
                _ if fails => FAILS_IN,
                SLOW => Nanos((job.demand.0 as f64 * conditions.slow) as u64),
                _ => job.demand,
            };
            let ends = now + took;
            there.active.push(Active { job, started: now, ends, fails });
            sim.at(ends, Event::Ends { side, host, id: job.id });
        }
    }

    /// A request ends; returns how, and nothing where it is not there.
    pub(super) fn end(&mut self, now: Nanos, host: usize, id: u64, conditions: &Conditions) -> Option<End> {
        let there = &mut self.hosts[host];
        let at = there.active.iter().position(|active| active.job.id == id)?;
        let Active { job, fails, .. } = there.active.swap_remove(at);
        there.level.down(now);
        let took = now.since(job.arrived);
        let end = if fails { End::Failed } else { End::Served };
        if fails {
            self.failed += 1;
        } else {
            self.served += 1;
            self.latency.record(took);
            let bin = self.bins.at(now);
            bin.served += 1;
            bin.latency += took.as_secs_f64();
        }
        self.endings.push(now, id, (host, end));
        if !(fails && conditions.leaks) {
            self.balancer.finish(now, host, took);
        }
        Some(end)
    }

    /// How many requests are at the servers.
    pub(super) fn there(&self) -> u64 {
        self.hosts.iter().map(|host| host.level.value()).sum()
    }

    /// The share of what ended that ended badly.
    pub(super) fn errors(&self) -> f64 {
        let bad = self.failed + self.refused;
        bad as f64 / (bad + self.served) as f64
    }

    /// The mean number of requests at the busiest of the first `servers` over the mean of all of them.
    pub(super) fn busiest(&self, now: Nanos, servers: usize) -> f64 {
        let areas = || self.hosts.iter().take(servers).map(|host| host.level.area(now));
        areas().fold(0.0, f64::max) / (areas().sum::<f64>() / servers as f64)
    }

    /// The share of the requests that the second server drew while it failed.
    pub(super) fn attracted(&self) -> f64 {
        self.fault_drawn as f64 / self.fault_sent as f64
    }

    pub(super) fn bytes(&self) -> usize {
        let jobs: usize =
            self.hosts.iter().map(|host| host.queue.capacity() + host.active.capacity() * 2).sum();
        // A hash ring is 20 bytes for each of 100 points a server.
        let ring = if self.balancer.policy() == Policy::Hash { self.hosts.len() * 2_000 } else { 0 };
        jobs * size_of::<Job>() + ring + (40 << 10)
    }
}
