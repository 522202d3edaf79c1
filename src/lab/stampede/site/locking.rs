//! The lock of a site: who gets it, what happens when it runs out, and how it is given back.

use super::{Site, Who};
use crate::lab::scenario::Sim;
use crate::lab::stampede::{Event, Knobs};
use crate::sim::{self, Nanos};
use crate::systems::stampede::Token;

/// A lease that somebody has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    pub(super) owner: Token,
    pub(super) until: Nanos,
    /// Its end, where it has one.
    pub(super) ends: Option<sim::Token>,
}

impl Site {
    /// The lease was granted: from now on it has an owner and an end.
    pub(super) fn grant(&mut self, sim: &mut Sim<Event>, owner: Token) {
        let until = self.lease.until(sim.now()).unwrap_or(Nanos::MAX);
        let ends =
            (until < Nanos::MAX).then(|| sim.at(until, Event::LeaseEnds { side: self.side, token: owner }));
        self.granted = Some(Grant { owner, until, ends });
    }

    /// The time of a lease is over that was not given back: the next one in line gets it.
    pub(in crate::lab::stampede) fn lease_ends(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, token: Token) {
        if self.granted.is_some_and(|grant| grant.owner == token) {
            self.granted = None;
        }
        self.next_in_line(sim, knobs);
    }

    /// The first who still waits for the lease gets it, where there is no value.
    pub(in crate::lab::stampede) fn next_in_line(&mut self, sim: &mut Sim<Event>, knobs: &Knobs) {
        while let Some(id) = self.line.pop_front() {
            if !self.waiting.contains_key(&id) {
                continue;
            }
            let Some(token) = self.lease.acquire(sim.now(), knobs.hold(self.side)) else {
                self.line.push_front(id);
                return;
            };
            self.grant(sim, token);
            self.compute(sim, knobs, Who::Owner(id, token));
            return;
        }
    }

    /// An owner gives the lease back; where it is broken on purpose, whoever has it loses it.
    pub(super) fn give_back(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, token: Token) {
        let now = sim.now();
        if knobs.deletes(self.side) {
            self.lease.break_open();
        } else {
            self.lease.release(now, token);
        }
        match self.granted {
            Some(grant) if grant.owner != token => {
                self.foreign_release |= grant.until > now && self.lease.owner(now).is_none();
            }
            Some(Grant { ends: Some(ends), .. }) => {
                sim.cancel(ends);
                self.granted = None;
            }
            _ => self.granted = None,
        }
    }

    /// Forgets all locks: who waits for one computes by himself.
    pub(in crate::lab::stampede) fn unlock(&mut self, sim: &mut Sim<Event>, knobs: &Knobs) {
        self.lease.break_open();
        self.granted = None;
        self.next_in_line(sim, knobs);
    }
}
