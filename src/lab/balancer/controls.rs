//! What the controls set, and what the balancers are told of the servers.

use super::side::Conditions;
use super::{
    Balancers, Bug, CHOSEN, Event, FALL, Fault, MOST, PANIC_PERCENT, POLICY, PROBE_EVERY, RISE, RIVAL,
    SECOND, SLOW, WEIGHT, rate,
};
use crate::lab::scenario::Sim;
use crate::lab::workload::Shape;
use crate::sim::Nanos;
use crate::systems::balancer::{Config, HealthCheck};

impl Balancers {
    /// Takes the value of a control into what events look at.
    pub(super) fn take_over(&mut self, sim: &mut Sim<Event>, control: &str) {
        let value = sim.get(control);
        let now = sim.now();
        match control {
            "policy" | "rival" => {
                let side = if control == "policy" { CHOSEN } else { RIVAL };
                self.sides[side].balancer.set_policy(POLICY[(value as usize).min(7)]);
            }
            "servers" => {
                self.servers = value as usize;
                self.drain(now);
                self.probe_anew(sim);
            }
            "workers" => self.workers = value as usize,
            "slow" => {
                self.slow = value;
                for side in &mut self.sides {
                    for host in 0..MOST {
                        let speed = if host == SLOW { WEIGHT / value } else { WEIGHT };
                        side.balancer.set_weight(host, speed.round() as u32);
                    }
                }
            }
            "server2" => {
                self.fault = [Fault::Works, Fault::FailsFast, Fault::Drains][(value as usize).min(2)];
                self.drain(now);
            }
            "checks" => {
                self.checks = value != 0.0;
                self.probe_anew(sim);
            }
            "shape" => self.shape = Shape::of(value),
            "bug" => {
                let bugs = [Bug::None, Bug::LeakingCount, Bug::UnreadChecks, Bug::FailClosed];
                self.bug = bugs[(value as usize).min(3)];
                for side in &mut self.sides {
                    let panic_percent = if self.bug == Bug::FailClosed { 0 } else { PANIC_PERCENT };
                    let config = Config { panic_percent, ..*side.balancer.config() };
                    side.balancer.set_config(config);
                }
                self.tell_health(now);
            }
            _ => {}
        }
        if matches!(control, "load" | "servers" | "workers") {
            self.arrivals.set_rate(rate(sim.settings()));
        }
    }

    /// Whether a server takes new requests, as far as the operator wants it to.
    pub(super) fn wanted(&self, host: usize) -> bool {
        host < self.servers && !(host == SECOND && self.faulty && self.fault == Fault::Drains)
    }

    /// Those that are not wanted drain.
    pub(super) fn drain(&mut self, now: Nanos) {
        for host in 0..MOST {
            let wanted = self.wanted(host);
            for side in &mut self.sides {
                side.balancer.set_draining(now, host, !wanted);
            }
        }
    }

    /// Nobody has been probed yet; the probes of the servers are spread over a second.
    pub(super) fn probe_anew(&mut self, sim: &mut Sim<Event>) {
        self.round += 1;
        self.health.fill(HealthCheck::new(RISE, FALL));
        self.watch.forget();
        self.tell_health(sim.now());
        if self.checks {
            for host in 0..self.servers {
                let delay = Nanos(PROBE_EVERY.0 * (host as u64 + 1) / self.servers as u64);
                sim.after(delay, Event::Probe { host, round: self.round });
            }
        }
    }

    /// The balancers learn who passes the checks.
    pub(super) fn tell_health(&mut self, now: Nanos) {
        for (host, health) in self.health.iter().enumerate() {
            for side in &mut self.sides {
                side.balancer.set_healthy(now, host, health.healthy() || self.bug == Bug::UnreadChecks);
            }
        }
    }

    pub(super) fn failing(&self) -> bool {
        self.faulty && self.fault == Fault::FailsFast
    }

    pub(super) fn conditions(&self) -> Conditions {
        Conditions {
            workers: self.workers,
            slow: self.slow,
            failing: self.failing(),
            leaks: self.bug == Bug::LeakingCount,
        }
    }

    /// Whether a request may be sent to a server, by the rules and not by what a balancer says.
    pub(super) fn may_get(&self, host: usize) -> bool {
        let ready = || (0..self.servers).filter(|&host| self.wanted(host));
        let passing = ready().filter(|&host| !self.watch.out[host]).count();
        let open = passing * 100 < ready().count() * PANIC_PERCENT as usize;
        self.wanted(host) && (!self.watch.out[host] || open)
    }
}
