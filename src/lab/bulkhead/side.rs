//! One layout: its permits, the three dependencies behind them, and every request on its way through.
//!
//! A request passes three services. The front takes a permit and calls a dependency; a worker of that works on it for a
//! while, then calls its store, and waits for the answer. Each of the two calls has a time-out, and who gives up
//! tells nobody: the callee works on, unless it was told the deadline.

use std::collections::BTreeMap;

use super::measures::{Counts, End, Outcome};
use super::request::{Bug, Call, Job, Request, Rules, Wish, passed_down};
use super::{DEPENDENCIES, Event};
use crate::lab::measure::Trail;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::bulkhead::{Bulkhead, Entry, Limits, Turn};
use crate::systems::deadline::Deadline;
use crate::systems::station::{Order, Station};

/// Workers of each dependency, and of its store: ample, so that what happens is decided by the permits.
const WORKERS: u32 = 60;
const STORE_WORKERS: u32 = 20;

/// A layout with all that is behind it.
#[derive(Clone)]
pub(super) struct Side {
    side: usize,
    pub(super) rules: Rules,
    /// One for all, or one for each dependency.
    pub(super) pools: Vec<Bulkhead<u64>>,
    dependencies: [Station<u64>; DEPENDENCIES],
    stores: [Station<u64>; DEPENDENCIES],
    /// What the workers of the stores are at.
    in_store: [Vec<u64>; DEPENDENCIES],
    hanging: Option<usize>,
    pub(super) requests: BTreeMap<u64, Request>,
    pub(super) counts: Counts,
    /// Counted from the events: the calls under way in each pool, and how many there may be.
    pub(super) under_way: Vec<u32>,
    pub(super) allowed: Vec<u32>,
    pub(super) ends: Trail<End>,
}

impl Side {
    pub(super) fn new(side: usize, rules: Rules, limits: &[Limits], seen: Nanos) -> Side {
        Side {
            side,
            rules,
            pools: limits.iter().map(|limits| Bulkhead::new(*limits)).collect(),
            dependencies: std::array::from_fn(|_| Station::new(WORKERS, Order::FirstCome)),
            stores: std::array::from_fn(|_| Station::new(STORE_WORKERS, Order::FirstCome)),
            in_store: Default::default(),
            hanging: None,
            requests: BTreeMap::new(),
            counts: Counts::default(),
            under_way: vec![0; limits.len()],
            allowed: limits.iter().map(|limits| limits.permits).collect(),
            ends: Trail::new(seen),
        }
    }

    /// The pool that calls of a dependency take their permits from.
    pub(super) fn pool_of(&self, dependency: usize) -> usize {
        dependency.min(self.pools.len() - 1)
    }

    /// Permits that are taken, of all pools.
    pub(super) fn taken(&self) -> u64 {
        self.pools.iter().map(|pool| u64::from(pool.in_flight())).sum()
    }

    /// A request comes.
    pub(super) fn arrive(&mut self, sim: &mut Sim<Event>, wish: Wish) {
        let (now, id) = (sim.now(), wish.id);
        let carries = self.rules.deadlines;
        let deadline = if carries { Deadline::after(now, self.rules.timeout) } else { Deadline::NONE };
        let user = sim.after(self.rules.timeout, Event::UserGone { side: self.side, id });
        let request = Request {
            wish,
            until: now + self.rules.timeout,
            user: Some(user),
            call: Call::InLine,
            at_dependency: Job::NotThere,
            at_store: Job::NotThere,
            carries,
            deadlines: [deadline; 3],
        };
        self.requests.insert(id, request);
        self.counts.come(wish);
        let pool = self.pool_of(wish.dependency);
        match self.pools[pool].enter(now, id) {
            Entry::Starts(id) => {
                if !self.call(sim, id) {
                    self.pools[pool].leave();
                }
            }
            Entry::Waits => {}
            Entry::Full(id) => {
                self.end_call(id);
                self.end(sim, id, Outcome::Refused);
            }
        }
        self.tidy(id);
    }

    /// Other limits; whoever can start now does.
    pub(super) fn set_limits(&mut self, sim: &mut Sim<Event>, limits: &[Limits]) {
        for (pool, limits) in limits.iter().enumerate() {
            self.pools[pool].set_limits(*limits);
            self.turns(sim, pool);
            self.allowed[pool] = limits.permits.max(self.under_way[pool]);
        }
    }

    /// Who is next in a pool, as long as somebody is.
    fn turns(&mut self, sim: &mut Sim<Event>, pool: usize) {
        while let Some(turn) = self.pools[pool].turn(sim.now()) {
            let id = match turn {
                Turn::Starts(id) => {
                    if !self.call(sim, id) {
                        self.pools[pool].leave();
                    }
                    id
                }
                Turn::TooLate(id) => {
                    self.end_call(id);
                    self.end(sim, id, Outcome::TimedOut);
                    id
                }
            };
            self.tidy(id);
        }
    }

    /// The front calls the dependency. False where the deadline leaves no time for it.
    fn call(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let (now, rules) = (sim.now(), self.rules);
        let Some(request) = self.requests.get_mut(&id) else { return false };
        let Some(next) = passed_down(request, 0, now, rules) else {
            request.call = Call::Over;
            self.end(sim, id, Outcome::TimedOut);
            return false;
        };
        let patience = next.left(now).unwrap_or_default().min(rules.timeout);
        request.deadlines[1] = if request.carries { next } else { Deadline::NONE };
        request.call = Call::Made(sim.after(patience, Event::CallTimedOut { side: self.side, id }));
        request.at_dependency = Job::Waits;
        let dependency = request.wish.dependency;
        let pool = self.pool_of(dependency);
        self.under_way[pool] += 1;
        if self.dependencies[dependency].arrive(now, id).is_some() && !self.begin(sim, id) {
            self.next_at_dependency(sim, dependency);
        }
        true
    }

    /// A worker of the dependency begins, unless it is too late.
    fn begin(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let Some(request) = self.requests.get_mut(&id) else { return false };
        if request.deadlines[1].left(sim.now()).is_none() {
            request.at_dependency = Job::Over;
            self.counts.skipped += 1;
            self.tidy(id);
            return false;
        }
        let takes = request.wish.work[0];
        let token = sim.after(takes, Event::Worked { side: self.side, id });
        request.at_dependency = Job::Works(sim.now() + takes, token);
        self.count_work(sim.now(), id);
        true
    }

    fn count_work(&mut self, now: Nanos, id: u64) {
        let Some(request) = self.requests.get(&id) else { return };
        self.counts.begun += 1;
        self.counts.for_nobody += u64::from(!request.waited_for());
        // By the moment at which the user came, not by what a hop was told.
        self.counts.too_late += u64::from(request.carries && now > request.until);
    }

    /// A worker of a dependency is free for the next one.
    fn next_at_dependency(&mut self, sim: &mut Sim<Event>, dependency: usize) {
        while let Some(start) = self.dependencies[dependency].finish() {
            if self.begin(sim, start.job) {
                break;
            }
        }
    }

    /// The dependency has done its own part and asks its store.
    pub(super) fn worked(&mut self, sim: &mut Sim<Event>, id: u64) {
        let (now, rules) = (sim.now(), self.rules);
        let Some(request) = self.requests.get_mut(&id) else { return };
        let dependency = request.wish.dependency;
        let Some(next) = passed_down(request, 1, now, rules) else {
            request.at_dependency = Job::Over;
            self.next_at_dependency(sim, dependency);
            self.answered(sim, id, Outcome::TimedOut);
            return;
        };
        let patience = next.left(now).unwrap_or_default().min(rules.timeout);
        request.deadlines[2] = if request.carries { next } else { Deadline::NONE };
        request.at_dependency = Job::Asks(sim.after(patience, Event::StoreTimedOut { side: self.side, id }));
        request.at_store = Job::Waits;
        if self.stores[dependency].arrive(now, id).is_some() && !self.begin_in_store(sim, id) {
            self.next_in_store(sim, dependency);
        }
    }

    fn begin_in_store(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let Some(request) = self.requests.get_mut(&id) else { return false };
        let (takes, dependency) = (request.wish.work[1], request.wish.dependency);
        if request.deadlines[2].left(sim.now()).is_none() {
            request.at_store = Job::Over;
            self.counts.skipped += 1;
            self.tidy(id);
            return false;
        }
        request.at_store = Job::Hangs(takes);
        self.in_store[dependency].push(id);
        if self.hanging != Some(dependency) {
            self.go_on(sim, id);
        }
        self.count_work(sim.now(), id);
        true
    }

    fn next_in_store(&mut self, sim: &mut Sim<Event>, dependency: usize) {
        while let Some(start) = self.stores[dependency].finish() {
            if self.begin_in_store(sim, start.job) {
                break;
            }
        }
    }

    /// The store has done its part. Whether anybody waits for it.
    pub(super) fn stored(&mut self, sim: &mut Sim<Event>, id: u64) -> bool {
        let Some(request) = self.requests.get_mut(&id) else { return false };
        let (dependency, waits) = (request.wish.dependency, request.waited_for());
        request.at_store = Job::Over;
        self.in_store[dependency].retain(|&at| at != id);
        if let Job::Asks(token) = request.at_dependency {
            sim.cancel(token);
            request.at_dependency = Job::Over;
            self.next_at_dependency(sim, dependency);
            self.answered(sim, id, Outcome::Served);
        } else {
            self.tidy(id);
        }
        self.next_in_store(sim, dependency);
        waits
    }

    /// The dependency gives up waiting for its store.
    pub(super) fn store_timed_out(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.at_dependency = Job::Over;
        let dependency = request.wish.dependency;
        self.next_at_dependency(sim, dependency);
        self.answered(sim, id, Outcome::TimedOut);
    }

    /// The dependency answers the front, or tells it that it failed.
    fn answered(&mut self, sim: &mut Sim<Event>, id: u64, outcome: Outcome) {
        let Some(request) = self.requests.get(&id) else { return };
        let pool = self.pool_of(request.wish.dependency);
        if let Call::Made(token) = request.call {
            sim.cancel(token);
            self.end_call(id);
            self.end(sim, id, outcome);
            self.pools[pool].leave();
            self.turns(sim, pool);
        } else if self.rules.bug == Bug::ReturnedTwice {
            self.pools[pool].leave();
            self.turns(sim, pool);
        }
        self.tidy(id);
    }

    /// The front gives up waiting for the dependency.
    pub(super) fn call_timed_out(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(request) = self.requests.get(&id) else { return };
        let pool = self.pool_of(request.wish.dependency);
        self.end_call(id);
        self.end(sim, id, Outcome::TimedOut);
        if self.rules.bug != Bug::LeakedPermit {
            self.pools[pool].leave();
        }
        self.turns(sim, pool);
        self.tidy(id);
    }

    /// The user gives up. With a deadline he leaves the line too.
    pub(super) fn user_gone(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(request) = self.requests.get(&id) else { return };
        let pool = self.pool_of(request.wish.dependency);
        self.end(sim, id, Outcome::TimedOut);
        self.turns(sim, pool);
        self.tidy(id);
    }

    /// The store of a dependency hangs, or none does.
    pub(super) fn hang(&mut self, sim: &mut Sim<Event>, hanging: Option<usize>) {
        self.hanging = hanging;
        for dependency in 0..DEPENDENCIES {
            for id in self.in_store[dependency].clone() {
                if hanging == Some(dependency) {
                    self.halt(sim, id);
                } else {
                    self.go_on(sim, id);
                }
            }
        }
    }

    fn halt(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        if let Job::Works(until, token) = request.at_store {
            sim.cancel(token);
            request.at_store = Job::Hangs(until.since(sim.now()));
        }
    }

    fn go_on(&mut self, sim: &mut Sim<Event>, id: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        if let Job::Hangs(left) = request.at_store {
            let token = sim.after(left, Event::Stored { side: self.side, id });
            request.at_store = Job::Works(sim.now() + left, token);
        }
    }

    /// The front's call is over, by whatever way.
    fn end_call(&mut self, id: u64) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let made = matches!(request.call, Call::Made(_));
        request.call = Call::Over;
        let dependency = request.wish.dependency;
        let pool = self.pool_of(dependency);
        if made {
            self.under_way[pool] = self.under_way[pool].saturating_sub(1);
            let permits = self.pools[pool].limits().permits;
            self.allowed[pool] = permits.max(self.allowed[pool].min(self.under_way[pool]));
        }
    }

    /// The user's wait ends with `outcome`, if it has not ended.
    fn end(&mut self, sim: &mut Sim<Event>, id: u64, outcome: Outcome) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let Some(token) = request.user.take() else { return };
        sim.cancel(token);
        let wish = request.wish;
        self.counts.end(wish, outcome);
        self.ends.push(sim.now(), id, End { dependency: wish.dependency, outcome });
    }

    /// Forgets a request that is nowhere any more.
    fn tidy(&mut self, id: u64) {
        if self.requests.get(&id).is_some_and(Request::over) {
            self.requests.remove(&id);
        }
    }
}
