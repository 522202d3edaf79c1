//! What happens: requests come and end, servers are probed, fail and drain.

use super::side::End;
use super::{Balancers, CHOSEN, CLIENTS, Event, Fault, PROBE_EVERY, RIVAL, SECOND, SERVICE, SLOW};
use crate::lab::scenario::Sim;
use crate::systems::balancer::Policy;

impl Balancers {
    pub(super) fn comes(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        let next = self.arrivals.next(now);
        sim.at(next, Event::Comes);
        self.requests += 1;
        let id = self.requests;
        let client = self.clients.below(CLIENTS);
        let demand = self.shape.draw(&mut self.demands, SERVICE);
        let conditions = self.conditions();
        let failing = self.failing();
        let mut what = "request # finds no server";
        for side in [CHOSEN, RIVAL] {
            let Some(host) = self.sides[side].send(now, id, client, demand) else {
                self.watch.refused |= (0..self.servers).any(|host| self.wanted(host));
                continue;
            };
            self.watch.astray |= !self.may_get(host);
            let fleet = &mut self.sides[side];
            fleet.work(sim, side, host, &conditions);
            if failing {
                fleet.fault_sent += 1;
                fleet.fault_drawn += u64::from(host == SECOND);
            }
            if side == CHOSEN {
                let waits = fleet.hosts[host].queue.back().is_some_and(|job| job.id == id);
                what = match host {
                    _ if waits => "request # waits: all workers of its server are busy",
                    SLOW if self.slow > 1.0 => "request # starts at the slow server",
                    _ => "request # starts at once",
                };
            }
            self.count_is_right(side, host);
        }
        (what, id)
    }

    pub(super) fn ends(
        &mut self,
        sim: &mut Sim<Event>,
        (side, host): (usize, usize),
        id: u64,
    ) -> (&'static str, u64) {
        let conditions = self.conditions();
        let end = self.sides[side].end(sim.now(), host, id, &conditions);
        self.sides[side].work(sim, side, host, &conditions);
        self.count_is_right(side, host);
        let what = match (end, side) {
            (Some(End::Served), CHOSEN) => "request # is answered",
            (Some(End::Failed), CHOSEN) => "request # fails",
            (Some(End::Served), _) => "request # is answered, under the rival",
            (Some(End::Failed), _) => "request # fails, under the rival",
            (None, _) => "request # is gone",
        };
        (what, id)
    }

    pub(super) fn count_is_right(&mut self, side: usize, host: usize) {
        let side = &self.sides[side];
        let there = side.hosts[host].queue.len() + side.hosts[host].active.len();
        self.watch.miscounted |= side.balancer.in_flight(host) as usize != there;
    }

    pub(super) fn probe(&mut self, sim: &mut Sim<Event>, host: usize, round: u64) -> (&'static str, u64) {
        let number = host as u64 + 1;
        if round != self.round {
            return ("server # is no longer probed at this time", number);
        }
        sim.after(PROBE_EVERY, Event::Probe { host, round });
        let ok = !(self.blind || host == SECOND && self.failing());
        self.watch.probed(host, ok);
        let changed = self.health[host].report(ok);
        self.tell_health(sim.now());
        let what = match (changed, ok) {
            (Some(false), _) => "server # fails its third probe: out of rotation",
            (Some(true), _) => "server # passes its second probe: back in rotation, slowly",
            (None, true) => "server # passes its probe",
            (None, false) => "server # fails its probe",
        };
        (what, number)
    }

    pub(super) fn fault(&mut self, sim: &mut Sim<Event>, on: bool) -> (&'static str, u64) {
        if !on {
            let lost = self.sides[CHOSEN].failed + self.sides[CHOSEN].refused;
            sim.goal(0, self.fault == Fault::FailsFast && self.sides[CHOSEN].attracted() > 0.5);
            sim.goal(1, self.fault == Fault::Drains && lost == 0);
        } else {
            let blind = matches!(
                self.sides[CHOSEN].balancer.policy(),
                Policy::RoundRobin | Policy::WeightedRoundRobin | Policy::Random | Policy::Hash
            );
            let most = self.sides[CHOSEN].hosts.iter().map(|host| host.level.max()).max();
            let loaded = sim.get("load") >= 60.0 && self.sides[CHOSEN].latency.count() >= 100;
            sim.goal(2, blind && loaded && self.slow >= 3.0 && most < Some(12));
        }
        self.faulty = on;
        self.drain(sim.now());
        let what = match (on, self.fault) {
            (true, Fault::Works) => "server # goes on working",
            (true, Fault::FailsFast) => "server # fails within 1 ms from now on",
            (true, Fault::Drains) => "server # drains: it gets nothing new",
            (false, Fault::FailsFast) => "server # works again",
            (false, _) => "server # takes requests as before",
        };
        (what, SECOND as u64 + 1)
    }
}
