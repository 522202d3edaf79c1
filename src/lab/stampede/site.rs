//! One site: servers, the cache that they share, and the database behind it. Two of them see the same requests.
//!
//! It does what its strategy says and counts what came of it. What the rules look at is counted here from what
//! happens, beside what the lease and the cached value say of themselves.

mod account;
mod locking;
mod query;

use std::collections::{BTreeMap, VecDeque};

pub(super) use account::{Counts, Peak};
use locking::Grant;
pub(super) use query::{Ask, Kind, Query, Who};

use super::{Event, Knobs, Remedy};
use crate::lab::measure::{Bins, Histogram};
use crate::lab::scenario::Sim;
use crate::sim::{self, Nanos};
use crate::systems::stampede::{Answer, Cached, Flight, Lease, Refresh, Role};
use crate::systems::station::{Order, Station};

/// How many queries the database works on at once.
pub(super) const WORKERS: u32 = 20;
/// How many more may wait; what comes then is refused.
pub(super) const ROOM: usize = 2_000;
/// How long somebody waits for an answer.
pub(super) const PATIENCE: Nanos = Nanos::from_secs(2);
/// What an answer from the cache takes.
pub(super) const HIT: Nanos = Nanos::from_millis(1);
/// How long an old value is given out where the strategy is to do so.
pub(super) const GRACE: Nanos = Nanos::from_secs(10);
/// How much longer than its last computation took the refresher takes: it starts twice that long before the end.
const AHEAD: u64 = 2;

#[derive(Clone, Copy, Debug)]
struct Waiter {
    since: Nanos,
    gives_up: sim::Token,
}

#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Which of the two it is.
    side: u8,
    pub(super) strategy: Remedy,
    pub(super) value: Cached,
    pub(super) lease: Lease,
    /// To whom the lease was granted that has not ended yet, as seen from here.
    granted: Option<Grant>,
    flights: Vec<Flight<u64>>,
    /// Who waits for the lease or for a value, the first first. Those who gave up are still in it.
    pub(super) line: VecDeque<u64>,
    waiting: BTreeMap<u64, Waiter>,
    pub(super) database: Station<Query>,
    /// The queries that are worked on, when they began and will end, and whether they are for the hot key.
    pub(super) running: BTreeMap<u64, (Query, Nanos, Nanos)>,
    /// How many queries for the hot key wait or are worked on.
    pub(super) computing: usize,
    /// How many queries for the hot key were made, and how many in all.
    made: u64,
    numbers: u64,
    refresher: Option<sim::Token>,
    pub(super) counts: Counts,
    pub(super) latency: Histogram,
    pub(super) others: Histogram,
    pub(super) bins: Bins<Peak>,
    /// Rules that an event broke: a lease that another one ended, a value that was too old.
    pub(super) foreign_release: bool,
    pub(super) too_old: bool,
}

impl Site {
    /// A site whose cache holds a value that expires at `expires`.
    pub(super) fn new(side: u8, strategy: Remedy, expires: Nanos, knobs: &Knobs) -> Site {
        Site {
            side,
            strategy,
            value: Cached { stored: Nanos::ZERO, expires, took: knobs.compute },
            lease: Lease::default(),
            granted: None,
            flights: vec![Flight::default(); knobs.servers],
            line: VecDeque::new(),
            waiting: BTreeMap::new(),
            database: Station::new(WORKERS, Order::FirstCome),
            running: BTreeMap::new(),
            computing: 0,
            made: 0,
            numbers: 0,
            refresher: None,
            counts: Counts::default(),
            latency: Histogram::default(),
            others: Histogram::default(),
            bins: Bins::new(Nanos::from_millis(200), 160),
            foreign_release: false,
            too_old: false,
        }
    }

    /// How many wait for an answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// A request. Says what becomes of it.
    pub(super) fn ask(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, ask: Ask) -> &'static str {
        let now = sim.now();
        self.counts.came += 1;
        let what = match self.value.ask(now, self.refresh(knobs), ask.u) {
            Answer::Fresh => {
                self.hand_out(now, Nanos::ZERO);
                self.counts.fresh += 1;
                "request #: answered from the cache"
            }
            Answer::Stale => {
                self.hand_out(now, GRACE);
                self.counts.stale += 1;
                match self.lease.acquire(now, knobs.hold(self.side)) {
                    None => "request #: answered with the old value",
                    Some(token) => {
                        self.grant(sim, token);
                        self.compute(sim, knobs, Who::Beside(Some(token)));
                        "request #: answered with the old value, a refresh begins"
                    }
                }
            }
            Answer::Early => {
                if self.computing == 0 {
                    self.counts.early += 1;
                    self.counts.lead += self.value.expires.since(now).as_secs_f64();
                }
                self.wait(sim, ask.id);
                self.compute(sim, knobs, Who::One(ask.id));
                "request # computes the value before it is too old"
            }
            Answer::Missing => self.miss(sim, knobs, ask),
        };
        self.note(now);
        what
    }

    fn miss(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, ask: Ask) -> &'static str {
        self.wait(sim, ask.id);
        match self.strategy {
            Remedy::Lock => match self.lease.acquire(sim.now(), knobs.hold(self.side)) {
                Some(token) => {
                    self.grant(sim, token);
                    self.compute(sim, knobs, Who::Owner(ask.id, token));
                    "request # finds nothing, gets the lock and asks the database"
                }
                None => {
                    self.line.push_back(ask.id);
                    "request # finds nothing and the lock taken: it waits"
                }
            },
            Remedy::Coalesce => match self.flights[ask.server].join(ask.id) {
                Role::Leader => {
                    self.compute(sim, knobs, Who::Server(ask.server));
                    "request # finds nothing and asks the database for its server"
                }
                Role::Follower => "request # joins the call of its server",
            },
            _ => {
                self.compute(sim, knobs, Who::One(ask.id));
                "request # finds nothing and asks the database"
            }
        }
    }

    fn refresh(&self, knobs: &Knobs) -> Refresh {
        match self.strategy {
            Remedy::None | Remedy::Lock | Remedy::Coalesce => Refresh::Expired,
            Remedy::Early => Refresh::Early { beta: knobs.beta },
            Remedy::Stale => Refresh::Stale { grace: GRACE },
            Remedy::Ahead => Refresh::Ahead { by: self.value.took * AHEAD },
        }
    }

    /// A value goes out of the cache: it must not be older than allowed.
    fn hand_out(&mut self, now: Nanos, grace: Nanos) {
        self.too_old |= now >= self.value.expires + grace;
        self.latency.record(HIT);
    }

    /// A request has to wait.
    fn wait(&mut self, sim: &mut Sim<Event>, id: u64) {
        let gives_up = sim.after(PATIENCE, Event::GivesUp { side: self.side, id });
        self.waiting.insert(id, Waiter { since: sim.now(), gives_up });
        self.counts.waiting_most = self.counts.waiting_most.max(self.waiting.len());
    }

    /// A request that waits gets its answer, or an error.
    fn end(&mut self, sim: &mut Sim<Event>, id: u64, good: bool) {
        let Some(waiter) = self.waiting.remove(&id) else { return };
        sim.cancel(waiter.gives_up);
        self.latency.record(sim.now().since(waiter.since) + HIT);
        let counter = if good { &mut self.counts.answered } else { &mut self.counts.failed };
        *counter += 1;
    }

    /// Somebody's patience is over.
    pub(super) fn give_up(&mut self, sim: &mut Sim<Event>, id: u64) {
        self.end(sim, id, false);
        while self.line.front().is_some_and(|id| !self.waiting.contains_key(id)) {
            self.line.pop_front();
        }
        self.note(sim.now());
    }

    /// The refresher's time has come.
    pub(super) fn ahead(&mut self, sim: &mut Sim<Event>, knobs: &Knobs) {
        self.refresher = None;
        if self.strategy == Remedy::Ahead {
            self.compute(sim, knobs, Who::Beside(None));
        }
    }

    /// Has the refresher come in time for the value that is there.
    pub(super) fn send_refresher(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.refresher.take() {
            sim.cancel(token);
        }
        if self.strategy == Remedy::Ahead {
            let at = self.value.ahead(self.value.took * AHEAD);
            self.refresher = Some(sim.at(at, Event::Ahead { side: self.side }));
        }
    }

    /// A query for the hot key goes to the database.
    fn compute(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, who: Who) {
        self.made += 1;
        let dies = knobs.dies(self.side, self.made);
        let again = self.computing > 0;
        self.computing += 1;
        self.counts.present += 1;
        if self.query(sim, knobs, Kind::Hot { who, again, dies }) {
            self.counts.most = self.counts.most.max(self.counts.present);
        } else {
            self.computing -= 1;
            self.counts.present -= 1;
            self.fails(sim, who);
            if let Who::Owner(_, token) | Who::Beside(Some(token)) = who {
                self.give_back(sim, knobs, token);
                // Whoever got the lease next would be refused as well.
                while let Some(id) = self.line.pop_front() {
                    self.end(sim, id, false);
                }
            }
        }
    }

    /// A query that has nothing to do with the hot key. False where the database refuses it.
    pub(super) fn query_of_others(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, takes: Nanos) -> bool {
        let taken = self.query(sim, knobs, Kind::Other(takes));
        self.note(sim.now());
        taken
    }

    fn query(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, kind: Kind) -> bool {
        if self.database.waiting() >= ROOM {
            return false;
        }
        self.numbers += 1;
        let query = Query { number: self.numbers, asked: sim.now(), kind };
        if let Some(start) = self.database.arrive(sim.now(), query) {
            self.begin(sim, knobs, start.job);
        }
        true
    }

    fn begin(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, query: Query) {
        let takes = match query.kind {
            Kind::Hot { .. } => knobs.compute,
            Kind::Other(takes) => takes,
        };
        let ends = sim.now() + takes;
        self.running.insert(query.number, (query, sim.now(), ends));
        sim.at(ends, Event::Done { side: self.side, number: query.number });
    }

    /// A query is done.
    pub(super) fn done(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, number: u64) -> &'static str {
        let now = sim.now();
        self.note(now);
        let Some((query, ..)) = self.running.remove(&number) else { return "a query # is done" };
        if let Some(next) = self.database.finish() {
            self.begin(sim, knobs, next.job);
        }
        let what = match query.kind {
            Kind::Other(_) => {
                self.others.record(now.since(query.asked));
                "a query of others is done"
            }
            Kind::Hot { who, dies, .. } => {
                self.computing -= 1;
                let what = if dies {
                    self.counts.died += 1;
                    self.fails(sim, who);
                    "the database answers, but who asked has died"
                } else {
                    self.store(sim, knobs, query.asked, who)
                };
                if self.computing == 0 {
                    let counts = &mut self.counts;
                    counts.refreshes += 1;
                    counts.queries += std::mem::take(&mut counts.present);
                }
                what
            }
        };
        self.note(now);
        what
    }

    /// A computed value is stored, and all who wait for it have it.
    fn store(&mut self, sim: &mut Sim<Event>, knobs: &Knobs, asked: Nanos, who: Who) -> &'static str {
        let now = sim.now();
        let first = now >= self.value.expires;
        self.value = Cached::new(now, knobs.ttl, now.since(asked));
        self.send_refresher(sim);
        match who {
            Who::One(id) => self.end(sim, id, true),
            Who::Owner(id, token) => {
                self.end(sim, id, true);
                self.give_back(sim, knobs, token);
            }
            Who::Beside(Some(token)) => self.give_back(sim, knobs, token),
            Who::Beside(None) => {}
            Who::Server(server) => {
                let joined = self.flights.get_mut(server).map(Flight::land).unwrap_or_default();
                joined.into_iter().for_each(|id| self.end(sim, id, true));
            }
        }
        while let Some(id) = self.line.pop_front() {
            self.end(sim, id, true);
        }
        if first { "the value is there again" } else { "the value is stored once more" }
    }

    /// Who asked for a value gets none.
    fn fails(&mut self, sim: &mut Sim<Event>, who: Who) {
        match who {
            Who::One(id) | Who::Owner(id, _) => self.end(sim, id, false),
            Who::Server(server) => {
                let joined = self.flights.get_mut(server).map(Flight::land).unwrap_or_default();
                joined.into_iter().for_each(|id| self.end(sim, id, false));
            }
            Who::Beside(_) => {}
        }
    }

    /// Whether that request waits.
    pub(super) fn waits(&self, id: u64) -> bool {
        self.waiting.contains_key(&id)
    }

    /// How many wait for a call of their server.
    pub(super) fn followers(&self) -> usize {
        self.flights.iter().map(Flight::followers).sum()
    }

    /// Another strategy: what was counted was another one's.
    pub(super) fn start_counting(&mut self, now: Nanos) {
        let counts = &mut self.counts;
        // Who waits has come, and a refresh that is under way goes on.
        let present = counts.present;
        *counts = Counts { came: self.waiting.len() as u64, present, ..Counts::default() };
        self.latency = Histogram::default();
        self.others = Histogram::default();
        self.note(now);
    }

    /// Another number of servers: calls of those that are gone are on their way all the same.
    pub(super) fn set_servers(&mut self, servers: usize) {
        self.flights.resize_with(servers.max(self.flights.len()), Flight::default);
    }

    fn note(&mut self, now: Nanos) {
        let (queries, waiting) = (self.computing, self.waiting.len());
        let peak = self.bins.at(now);
        peak.queries = peak.queries.max(queries);
        peak.waiting = peak.waiting.max(waiting);
    }

    /// Every request is answered, failed or waiting.
    pub(super) fn adds_up(&self) -> bool {
        let counts = &self.counts;
        counts.came
            == counts.fresh + counts.stale + counts.answered + counts.failed + self.waiting.len() as u64
    }

    /// While somebody waits, somebody computes or a lease will end.
    pub(super) fn somebody_comes(&self) -> bool {
        let ends = self.granted.is_some_and(|grant| grant.ends.is_some());
        self.waiting.is_empty() || self.computing > 0 || ends
    }

    /// The mean number of queries for one refresh.
    pub(super) fn queries_each(&self) -> f64 {
        self.counts.queries as f64 / self.counts.refreshes as f64
    }
}
