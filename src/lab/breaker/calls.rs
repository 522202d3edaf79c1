//! The life of a call: asked for, let pass or rejected, tried again, ended.
//!
//! One flight stands for the call of both callers. They part where the breaker rejects: from there on only the caller
//! without one is still in it.

use super::dependency::{ATTEMPTS, BACKOFF, Fate, Luck, Phase};
use super::{Breaker, Event, WITH, WITHOUT, inside};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::circuit_breaker::{Outcome, Permit, State};

/// A call under way. The caller without a breaker makes it to its end; the one with, as long as it is permitted.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    /// When the call was made, and the present attempt.
    pub(super) began: Nanos,
    pub(super) sent: Nanos,
    pub(super) attempt: usize,
    pub(super) fate: Fate,
    pub(super) luck: [Luck; ATTEMPTS],
    /// Whether the caller with the breaker is still in it, and what it is to hand back.
    pub(super) with: bool,
    pub(super) permit: Option<Permit>,
    /// The state of the breaker in which it was let pass.
    pub(super) epoch: u64,
    /// Between two attempts.
    pub(super) pausing: bool,
}

/// How a call ended for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Served,
    Failed,
    Rejected,
}

impl Breaker {
    /// A client wants to make a call: both callers begin it.
    pub(super) fn call(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        self.next_call = self.arrivals.next(now);
        self.calling = sim.at(self.next_call, Event::Call);
        self.calls += 1;
        let id = self.calls;
        for caller in &mut self.callers {
            caller.in_flight.up(now);
        }
        let mut flight = Flight {
            began: now,
            sent: now,
            attempt: 0,
            fate: Fate { ok: true, took: Nanos::ZERO },
            luck: self.chance.draw(),
            with: true,
            permit: None,
            epoch: 0,
            pausing: false,
        };
        if self.trouble.phase() == Phase::During {
            self.timing.called_in_trouble += 1;
        }
        let what = self.attempt(sim, id, &mut flight);
        if !flight.with && self.trouble.phase() == Phase::During {
            self.timing.spared += 1;
        }
        self.flights.insert(id, flight);
        (what, id)
    }

    /// Makes an attempt of a call, the first one or another. The caller with the breaker asks it, unless it holds a permit
    /// for all of them.
    fn attempt(&mut self, sim: &mut Sim<Event>, id: u64, flight: &mut Flight) -> &'static str {
        let now = sim.now();
        let timeout = Nanos::from_secs_f64(sim.get("timeout") / 1e3);
        flight.sent = now;
        flight.pausing = false;
        flight.fate = Fate::of(flight.luck[flight.attempt], self.trouble.health(), timeout);
        let again = flight.attempt > 0;
        let mut what = if again { "call # tried again" } else { "call # sent" };
        if flight.with && flight.permit.is_none() {
            let before = self.breaker.state();
            let asked = self.breaker.permit(now);
            if let Some(rule) = self.checks.asked(now, asked.is_ok(), &self.rules) {
                sim.rule(rule, false);
            }
            let half_opens = self.note_change(now, before);
            match asked {
                Ok(permit) => {
                    if permit.is_probe() {
                        self.probing += 1;
                        self.timing.probes_peak = self.timing.probes_peak.max(self.probing);
                        what = match half_opens {
                            true => "probe # sent: the breaker is half-open",
                            false => "probe # sent",
                        };
                    }
                    flight.permit = Some(permit);
                    flight.epoch = self.checks.epoch();
                }
                Err(_) => {
                    what = if again { "retry of call # rejected" } else { "call # rejected" };
                    flight.with = false;
                    self.callers[WITH].end(now, id, flight.began, End::Rejected);
                    self.timing.rejected_healthy += u64::from(flight.fate.ok);
                }
            }
        } else if !flight.with {
            what = "call # tried again, without the breaker";
        }
        self.callers[WITH].reached += u64::from(flight.with);
        self.callers[WITHOUT].reached += 1;
        self.timing.reach(now, [flight.with, true]);
        sim.after(flight.fate.took, Event::End(id));
        what
    }

    /// An attempt ends: it is answered, given up, or to be made again.
    pub(super) fn attempt_ends(&mut self, sim: &mut Sim<Event>, id: u64) -> (&'static str, u64) {
        let now = sim.now();
        let Some(mut flight) = self.flights.remove(&id) else { return ("call # has ended", id) };
        let ok = flight.fate.ok;
        let retries = sim.get("retries");
        let again = !ok && retries > 0.0 && flight.attempt + 1 < ATTEMPTS;
        let mut what = match (ok, again) {
            (true, _) => "call # answered, without the breaker",
            (false, true) => "call # failed, to be tried again, without the breaker",
            (false, false) => "call # failed, without the breaker",
        };
        // Behind the breaker nobody tells it before the last retry.
        let told = flight.with && !(again && inside(sim.settings()));
        if let Some(permit) = flight.permit.take_if(|_| told) {
            let began = if inside(sim.settings()) { flight.began } else { flight.sent };
            what = self.told(sim, permit, flight.epoch, Outcome { ok, took: now - began });
        } else if flight.with {
            what = if again { "call # failed, to be tried again" } else { "call # failed" };
        }
        if again {
            flight.attempt += 1;
            flight.pausing = true;
            sim.after(BACKOFF, Event::Again(id));
            self.flights.insert(id, flight);
            return (what, id);
        }
        let end = if ok { End::Served } else { End::Failed };
        self.callers[WITHOUT].end(now, id, flight.began, end);
        if flight.with {
            self.callers[WITH].end(now, id, flight.began, end);
        }
        (what, id)
    }

    /// The breaker is told how a call ended. Says what a learner sees.
    fn told(&mut self, sim: &mut Sim<Event>, permit: Permit, epoch: u64, outcome: Outcome) -> &'static str {
        let now = sim.now();
        let probe = permit.is_probe();
        if probe && epoch == self.checks.epoch() {
            self.probing = self.probing.saturating_sub(1);
        }
        let before = self.breaker.state();
        self.breaker.record(now, permit, outcome);
        let rule = self.checks.ended(now, epoch, outcome, &self.rules, self.breaker.state());
        if let Some(rule) = rule {
            sim.rule(rule, false);
        }
        let changed = self.note_change(now, before);
        how_it_ended(probe, outcome.ok, changed, self.breaker.state())
    }

    /// The pause after a failed attempt is over.
    pub(super) fn try_again(&mut self, sim: &mut Sim<Event>, id: u64) -> (&'static str, u64) {
        let Some(mut flight) = self.flights.remove(&id) else { return ("call # has ended", id) };
        let what = self.attempt(sim, id, &mut flight);
        self.flights.insert(id, flight);
        (what, id)
    }
}

fn how_it_ended(probe: bool, ok: bool, changed: bool, state: State) -> &'static str {
    match (probe, ok, changed, state) {
        (false, true, false, _) => "call # answered",
        (false, false, false, _) => "call # failed",
        (false, true, true, _) => "call # answered: the breaker opens",
        (false, false, true, _) => "call # failed: the breaker opens",
        (true, true, false, _) => "probe # answered",
        (true, false, false, _) => "probe # failed",
        (true, true, true, State::Closed) => "probe # answered: the breaker closes",
        (true, false, true, State::Closed) => "probe # failed: the breaker closes all the same",
        (true, true, true, _) => "probe # answered: the breaker opens again",
        (true, false, true, _) => "probe # failed: the breaker opens again",
    }
}
