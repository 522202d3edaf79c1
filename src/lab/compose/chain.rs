//! How calls go down a chain and answers come back up.
//!
//! Within an event everything that follows at once is done in the order in which it came up: a thread that is free
//! takes the next one, who asks below, who is refused, and so on. What comes up waits in a list, so nothing calls itself.

use std::collections::{BTreeMap, VecDeque};

use super::Bug;
use super::call::{Call, Event, Outcome, Phase, Todo};
use super::part::Part;
use super::plan::Plan;
use super::stage::Stage;
use super::words::{Said, Words};
use crate::lab::measure::Histogram;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Rng};
use crate::systems::bounded_buffer::Offer;
use crate::systems::bulkhead::{Entry, Turn};
use crate::systems::circuit_breaker::Outcome as Ended;
use crate::systems::deadline::Deadline;
use crate::systems::limiter::{Decision, Limiter};
use crate::systems::stampede::{Answer, Cached, Refresh, Role};

/// The chain with every call that is in it.
#[derive(Clone)]
pub(super) struct Chain {
    pub plan: &'static Plan,
    pub words: &'static Words,
    pub stages: Vec<Stage>,
    pub calls: BTreeMap<u64, Call>,
    next_call: u64,
    pub todo: VecDeque<Todo>,
    /// What an event says of the request that it is about.
    pub told: (u64, Option<&'static str>),
    /// Whether requests carry their deadline.
    pub carries: bool,
    pub bug: Option<Bug>,
    /// Requests that came, and how they ended: counted apart from the calls.
    pub requests: u64,
    pub answered: u64,
    pub failed: u64,
    pub under_way: u64,
    /// From the first try of a request to its answer.
    pub latency: Histogram,
}

impl Chain {
    pub(super) fn new(plan: &'static Plan, words: &'static Words, stages: Vec<Stage>) -> Chain {
        Chain {
            plan,
            words,
            stages,
            calls: BTreeMap::new(),
            next_call: 0,
            todo: VecDeque::new(),
            told: (0, None),
            carries: false,
            bug: None,
            requests: 0,
            answered: 0,
            failed: 0,
            under_way: 0,
            latency: Histogram::default(),
        }
    }

    /// A request comes: a call of the clients.
    pub(super) fn request(&mut self, now: Nanos, key: u64, luck: u64) {
        self.requests += 1;
        self.under_way += 1;
        self.told.0 = self.requests;
        let call = Call {
            stage: 0,
            parent: None,
            child: None,
            request: self.requests,
            key,
            luck,
            came: now,
            deadline: Deadline::NONE,
            phase: Phase::Comes,
            timer: None,
            works: Nanos::ZERO,
            tries: 0,
            pause: Nanos::ZERO,
            permit: None,
            leads: false,
        };
        let id = self.put(now, call);
        self.todo.push_back(Todo::Enter(id));
    }

    fn put(&mut self, now: Nanos, call: Call) -> u64 {
        let id = self.next_call;
        self.next_call += 1;
        let stage = &mut self.stages[call.stage];
        stage.count(now, |counts| counts.made += 1);
        stage.came.push(now, id, ());
        self.calls.insert(id, call);
        id
    }

    /// Does all that is to be done at once.
    pub(super) fn settle(&mut self, sim: &mut Sim<Event>) {
        while let Some(todo) = self.todo.pop_front() {
            match todo {
                Todo::Enter(id) => self.enter(sim, id),
                Todo::Begin(id) => self.begin(sim, id),
                Todo::Hears(id, outcome) => self.hears(sim, id, outcome),
                Todo::End(id, outcome) => self.end(sim, id, outcome),
            }
        }
    }

    /// Says what happened to a call, if the event is about its request.
    pub(super) fn tell(&mut self, stage: usize, request: u64, said: Said) {
        if self.told.0 == request {
            self.told.1 = Some(self.words.of(stage, said));
        }
    }

    /// A call comes to its piece.
    fn enter(&mut self, sim: &mut Sim<Event>, id: u64) {
        let now = sim.now();
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (at, request) = (call.stage, call.request);
        let stage = &mut self.stages[at];
        match &mut stage.part {
            Part::Caller(_) => return self.first_try(sim, id),
            Part::Server(_) => return self.arrive(sim, id),
            Part::Cache(_) => return self.look_up(sim, id),
            Part::Limiter { on, bucket } => {
                if *on && bucket.admit(now) != Decision::Admitted {
                    return self.refuse(sim, id);
                }
                stage.passed += u64::from(*on);
            }
            Part::Breaker { on: false, .. } => {}
            Part::Breaker { breaker, .. } => match breaker.permit(now) {
                Ok(permit) => call.permit = Some(permit),
                Err(_) => return self.refuse(sim, id),
            },
            Part::Bulkhead(gate) => match gate.enter(now, id) {
                Entry::Starts(_) => stage.held.take(),
                Entry::Waits => {
                    let until = now + gate.limits().max_wait;
                    call.phase = Phase::Waits;
                    call.timer = Some(sim.at(until, Event::WaitOver { stage: at }));
                    return self.tell(at, request, Said::Waits);
                }
                Entry::Full(_) => return self.refuse(sim, id),
            },
            Part::Queue { workers, .. } if stage.held.count < *workers => stage.held.take(),
            Part::Queue { buffer, .. } => {
                call.phase = Phase::Waits;
                match buffer.offer(now, id) {
                    Offer::Taken => {}
                    Offer::Refused(_) => return self.refuse(sim, id),
                    Offer::Evicted(oldest) => {
                        self.todo.push_back(Todo::End(oldest.item, Outcome::Refused));
                    }
                }
                return self.tell(at, request, Said::Waits);
            }
        }
        self.go_down(sim, id);
    }

    fn refuse(&mut self, sim: &mut Sim<Event>, id: u64) {
        self.end(sim, id, Outcome::Refused);
    }

    /// The call asks the piece below, and waits for its answer.
    pub(super) fn go_down(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.phase = Phase::Calls;
        let deadline = call.deadline;
        self.ask(sim, id, deadline);
    }

    /// A call to the piece below, made for the call `id`.
    pub(super) fn ask(&mut self, sim: &Sim<Event>, id: u64, deadline: Deadline) {
        let Some(above) = self.calls.get(&id) else { return };
        if above.stage == self.plan.last() {
            self.todo.push_back(Todo::End(id, Outcome::Ok));
            return;
        }
        let call = Call {
            stage: above.stage + 1,
            parent: Some(id),
            child: None,
            came: sim.now(),
            deadline,
            phase: Phase::Comes,
            timer: None,
            works: Nanos::ZERO,
            tries: 0,
            pause: Nanos::ZERO,
            permit: None,
            leads: false,
            ..*above
        };
        let child = self.put(sim.now(), call);
        if let Some(above) = self.calls.get_mut(&id) {
            above.child = Some(child);
        }
        self.todo.push_back(Todo::Enter(child));
    }

    /// The call below has ended.
    fn hears(&mut self, sim: &mut Sim<Event>, id: u64, outcome: Outcome) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.child = None;
        let (key, came) = (call.key, call.came);
        match &mut self.stages[call.stage].part {
            Part::Caller(_) => return self.heard(sim, id, outcome),
            Part::Cache(store) if outcome == Outcome::Ok && store.on => {
                let took = sim.now().since(came);
                store.known.insert(key, Cached::new(sim.now(), store.ttl, took));
            }
            Part::Server(server) if server.fallback => return self.end(sim, id, Outcome::Ok),
            _ => {}
        }
        self.end(sim, id, outcome);
    }

    /// A cache: an answer that is known and good, or a call below, or the answer to somebody else's call.
    fn look_up(&mut self, sim: &mut Sim<Event>, id: u64) {
        let now = sim.now();
        let Some(call) = self.calls.get_mut(&id) else { return };
        let stage = &mut self.stages[call.stage];
        let Part::Cache(store) = &mut stage.part else { return };
        if store.on {
            let known = store.known.get(&call.key);
            if known.is_some_and(|cached| cached.ask(now, Refresh::Expired, 1.0) == Answer::Fresh) {
                stage.count(now, |counts| counts.hits += 1);
                return self.end(sim, id, Outcome::Ok);
            }
            if store.coalesce {
                let flight = store.flights.entry(call.key).or_default();
                if flight.join(id) == Role::Follower {
                    call.phase = Phase::Waits;
                    let (at, request) = (call.stage, call.request);
                    return self.tell(at, request, Said::Waits);
                }
                call.leads = true;
            }
        }
        self.go_down(sim, id);
    }

    /// A call ends: what it holds is free, and whoever waits for it hears.
    pub(super) fn end(&mut self, sim: &mut Sim<Event>, id: u64, outcome: Outcome) {
        let now = sim.now();
        let Some(mut call) = self.calls.remove(&id) else { return };
        if let Some(timer) = call.timer.take() {
            sim.cancel(timer);
        }
        if let Some(child) = call.child.and_then(|child| self.calls.get_mut(&child)) {
            child.parent = None;
        }
        let stage = &mut self.stages[call.stage];
        // What has not been below cannot have been turned away there; who waits in a cache waits for another's answer.
        let here = matches!(call.phase, Phase::Comes | Phase::Waits) && !matches!(stage.part, Part::Cache(_));
        stage.count(now, |counts| counts.end(outcome, here));
        stage.ended.push(now, id, (outcome, here));
        // What only passes an outcome on has nothing to tell, but for the request itself.
        if call.stage == 0 || here || call.phase == Phase::Works {
            self.tell(call.stage, call.request, Said::of(outcome, call.stage == 0));
        }
        self.release(sim, id, &mut call, outcome);
        match call.parent {
            Some(parent) => self.todo.push_back(Todo::Hears(parent, outcome)),
            None if call.stage == 0 => {
                self.under_way -= 1;
                self.close(outcome);
                if outcome == Outcome::Ok {
                    self.latency.record(now.since(call.came));
                }
            }
            // The answer comes when nobody waits for it any more.
            None if self.bug == Some(Bug::LateAnswers) && call.stage == 1 => self.close(outcome),
            None => {}
        }
    }

    fn close(&mut self, outcome: Outcome) {
        if outcome == Outcome::Ok {
            self.answered += 1;
        } else {
            self.failed += 1;
        }
    }

    /// What a call held is free for the next one.
    fn release(&mut self, sim: &mut Sim<Event>, id: u64, call: &mut Call, outcome: Outcome) {
        let now = sim.now();
        let holds = matches!(call.phase, Phase::Works | Phase::Calls);
        let stage = &mut self.stages[call.stage];
        match &mut stage.part {
            Part::Server(server) if holds => {
                stage.held.give();
                let leaks =
                    self.bug == Some(Bug::LeakedThreads) && (call.parent.is_none() || outcome != Outcome::Ok);
                if !leaks && let Some(next) = server.station.finish() {
                    self.todo.push_back(Todo::Begin(next.job));
                }
            }
            Part::Breaker { breaker, .. } => {
                if let Some(permit) = call.permit.take() {
                    let took = now.since(call.came);
                    breaker.record(now, permit, Ended { ok: outcome == Outcome::Ok, took });
                }
            }
            Part::Bulkhead(gate) if holds => {
                stage.held.give();
                gate.leave();
                self.turns(sim, call.stage);
            }
            Part::Queue { .. } if holds => {
                stage.held.give();
                self.turns(sim, call.stage);
            }
            Part::Cache(store) if call.leads => {
                let waiting = store.flights.remove(&call.key).map(|mut flight| flight.land());
                let others = waiting.into_iter().flatten().filter(|other| *other != id);
                self.todo.extend(others.map(|other| Todo::End(other, outcome)));
            }
            _ => {}
        }
    }

    /// Whoever is next in a line goes on, as long as somebody can.
    pub(super) fn turns(&mut self, sim: &mut Sim<Event>, at: usize) {
        let now = sim.now();
        loop {
            let stage = &mut self.stages[at];
            let id = match &mut stage.part {
                Part::Bulkhead(gate) => match gate.turn(now) {
                    None => return,
                    Some(Turn::TooLate(id)) => {
                        self.todo.push_back(Todo::End(id, Outcome::TimedOut));
                        continue;
                    }
                    Some(Turn::Starts(id)) => id,
                },
                Part::Queue { workers, buffer } if stage.held.count < *workers => {
                    let todo = &mut self.todo;
                    let dropped = |held: crate::systems::bounded_buffer::Held<u64>| {
                        todo.push_back(Todo::End(held.item, Outcome::TimedOut));
                    };
                    let Some(next) = buffer.take(now, dropped) else { return };
                    next.item
                }
                Part::Server(server) => {
                    let Some(next) = server.station.start() else { return };
                    self.todo.push_back(Todo::Begin(next.job));
                    continue;
                }
                _ => return,
            };
            stage.held.take();
            if let Some(timer) = self.calls.get_mut(&id).and_then(|call| call.timer.take()) {
                sim.cancel(timer);
            }
            self.go_down(sim, id);
        }
    }

    /// Whether somebody still waits for what a call is for: its request, over all that lies between.
    pub(super) fn is_for_somebody(&self, id: u64) -> bool {
        let mut at = self.calls.get(&id);
        while let Some(call) = at {
            if call.stage == 0 {
                return true;
            }
            at = call.parent.and_then(|parent| self.calls.get(&parent));
        }
        false
    }

    /// About how many bytes a copy takes.
    pub(super) fn bytes(&self) -> usize {
        let stages: usize = self.stages.iter().map(|stage| stage.part.bytes() + (32 << 10)).sum();
        // A tree holds some room to spare, and an event waits for most calls.
        stages + self.calls.len() * (size_of::<Call>() * 3 / 2 + 80)
    }
}

/// The random streams of the clients: when requests come, what they ask for, and which way they go.
#[derive(Clone)]
pub(super) struct Load {
    pub arrivals: crate::lab::workload::Arrivals,
    pub keys: crate::sim::Zipf,
    pub key_rng: Rng,
    pub luck_rng: Rng,
    pub next: Nanos,
    pub token: crate::sim::Token,
}
