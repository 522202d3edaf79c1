//! A piece at work: the implementation from `systems` behind it, set as the file and the controls say.

use std::collections::BTreeMap;

use super::kinds::{BUDGET_FULL, EARNED, Kind};
use super::plan::Piece;
use crate::lab::workload::Shape;
use crate::sim::{Nanos, Rng, Seed, Zipf};
use crate::systems::bounded_buffer::{Buffer, Overflow, Take};
use crate::systems::bulkhead::{Bulkhead, Limits};
use crate::systems::cache::{AnyPolicy, Cache, Kind as Policy};
use crate::systems::circuit_breaker::{CircuitBreaker, Config, Flaw, Window};
use crate::systems::limiter::TokenBucket;
use crate::systems::retry::{Backoff, Kind as Pause, RetryBudget};
use crate::systems::stampede::{Cached, Flight};
use crate::systems::station::{Order, Station};

/// What stands behind a piece.
#[derive(Clone)]
pub(super) enum Part {
    /// Clients, a retry, a time-out.
    Caller(Caller),
    Limiter {
        on: bool,
        bucket: TokenBucket,
    },
    Breaker {
        on: bool,
        breaker: CircuitBreaker,
    },
    Bulkhead(Bulkhead<u64>),
    Queue {
        workers: u32,
        buffer: Buffer<u64>,
    },
    Cache(Box<Store>),
    Server(Server),
}

/// Who calls, waits so long, and calls again.
#[derive(Clone)]
pub(super) struct Caller {
    pub retries: u32,
    pub timeout: Nanos,
    pub backoff: Backoff,
    pub budget: Option<RetryBudget>,
    earned: Option<u32>,
}

/// Answers that are known.
#[derive(Clone)]
pub(super) struct Store {
    pub on: bool,
    pub known: Cache<AnyPolicy, u64, Cached>,
    /// What is being fetched, where one call is made for all.
    pub flights: BTreeMap<u64, Flight<u64>>,
    pub ttl: Nanos,
    pub coalesce: bool,
    /// The size and the policy that it was made with.
    made: (usize, usize),
    rng: Rng,
}

/// Threads, or the servers of a database.
#[derive(Clone)]
pub(super) struct Server {
    pub station: Station<u64>,
    pub room: usize,
    pub work: Nanos,
    pub shape: Shape,
    /// The share of requests that go on below, 0 to 1.
    pub calls: f64,
    pub fallback: bool,
    pub trouble: Condition,
}

/// What events have made of a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Condition {
    pub down: bool,
    pub hangs: bool,
    /// Work takes so many times as long.
    pub slow: f64,
    /// Since when it is back, after how long it is warm, and how many times as long work takes when cold.
    pub cold: Option<(Nanos, Nanos, f64)>,
}

impl Condition {
    pub(super) const WELL: Condition = Condition { down: false, hangs: false, slow: 1.0, cold: None };

    /// How many times as long work takes that begins at `now`.
    pub(super) fn factor(&self, now: Nanos) -> f64 {
        let cold = self.cold.map_or(1.0, |(since, warm, times)| {
            let passed = now.since(since).as_secs_f64() / warm.as_secs_f64().max(1e-9);
            1.0 + (times - 1.0) * (1.0 - passed.min(1.0))
        });
        self.slow * cold
    }

    /// Whether anything is wrong at `now`.
    pub(super) fn is_well(&self, now: Nanos) -> bool {
        !self.down && !self.hangs && self.factor(now) <= 1.0
    }
}

impl Part {
    /// A piece at time zero. `popularity` is what the clients ask for.
    pub(super) fn new(piece: &Piece, controls: &[f64], popularity: Zipf, seed: Seed) -> Part {
        match piece.kind {
            Kind::Clients | Kind::Retry | Kind::Timeout => Part::Caller(Caller::new(piece, controls)),
            Kind::Limiter => {
                let count = |name| piece.get(name, controls) as u32;
                Part::Limiter {
                    on: piece.on("on", controls),
                    bucket: TokenBucket::new(count("rate"), count("burst")),
                }
            }
            Kind::Breaker => Part::Breaker {
                on: piece.on("on", controls),
                breaker: CircuitBreaker::new(breaker(piece, controls)),
            },
            Kind::Bulkhead => Part::Bulkhead(Bulkhead::new(limits(piece, controls))),
            Kind::Queue => {
                let (room, overflow, take) = buffer(piece, controls);
                Part::Queue {
                    workers: piece.get("workers", controls) as u32,
                    buffer: Buffer::new(room, overflow, take),
                }
            }
            Kind::Cache => Part::Cache(Box::new(Store::new(piece, controls, popularity, seed))),
            Kind::Service | Kind::Database => Part::Server(Server::new(piece, controls)),
        }
    }

    /// Works by other values from `now` on.
    pub(super) fn tune(&mut self, piece: &Piece, controls: &[f64], now: Nanos) {
        match self {
            Part::Caller(caller) => {
                let next = Caller::new(piece, controls);
                let kept = if next.earned == caller.earned { caller.budget.take() } else { None };
                *caller = Caller { budget: kept.or(next.budget), ..next };
            }
            Part::Limiter { on, bucket } => {
                let count = |name| piece.get(name, controls) as u32;
                *on = piece.on("on", controls);
                bucket.change(now, count("rate"), count("burst"));
            }
            Part::Breaker { on, breaker: live } => {
                *on = piece.on("on", controls);
                let config = breaker(piece, controls);
                if *live.config() != CircuitBreaker::new(config.clone()).config().clone() {
                    live.change(config);
                }
            }
            Part::Bulkhead(bulkhead) => bulkhead.set_limits(limits(piece, controls)),
            Part::Queue { workers, buffer: live } => {
                let (room, overflow, take) = buffer(piece, controls);
                *workers = piece.get("workers", controls) as u32;
                live.change(room, overflow, take);
            }
            Part::Cache(store) => store.tune(piece, controls),
            Part::Server(server) => server.tune(piece, controls),
        }
    }

    /// How many may be in service at a time; nothing where that is not bounded.
    pub(super) fn limit(&self) -> Option<u32> {
        match self {
            Part::Bulkhead(bulkhead) => Some(bulkhead.limits().permits),
            Part::Queue { workers, .. } => Some(*workers),
            Part::Server(server) => Some(server.station.servers()),
            _ => None,
        }
    }

    /// How many are in service, by the word of the implementation.
    pub(super) fn busy(&self) -> Option<u32> {
        match self {
            Part::Bulkhead(bulkhead) => Some(bulkhead.in_flight()),
            Part::Server(server) => Some(server.station.busy()),
            _ => None,
        }
    }

    /// How many wait in line.
    pub(super) fn waiting(&self) -> usize {
        match self {
            Part::Bulkhead(bulkhead) => bulkhead.line().len(),
            Part::Queue { buffer, .. } => buffer.len(),
            Part::Server(server) => server.station.waiting(),
            Part::Cache(store) => store.flights.values().map(Flight::followers).sum(),
            _ => 0,
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let held = match self {
            Part::Cache(store) => store.known.bytes() + 64 * store.flights.len(),
            _ => 32 * self.waiting(),
        };
        size_of::<Part>() + held
    }
}

impl Caller {
    fn new(piece: &Piece, controls: &[f64]) -> Caller {
        let kind = match piece.get("backoff", controls) as usize {
            0 => Pause::None,
            1 => Pause::Fixed,
            2 => Pause::Exponential,
            3 => Pause::EqualJitter,
            4 => Pause::FullJitter,
            _ => Pause::Decorrelated,
        };
        let millis = |name| Nanos::from_secs_f64(piece.get(name, controls) / 1e3);
        let earned = EARNED.get(piece.get("budget", controls) as usize).copied().flatten();
        Caller {
            retries: piece.get("retries", controls) as u32,
            timeout: piece.span("timeout", controls),
            backoff: Backoff { kind, base: millis("base"), cap: millis("cap") },
            budget: earned.map(|earned| RetryBudget::new(earned, BUDGET_FULL)),
            earned,
        }
    }

    /// The thousandths of a retry that a call earns; nothing without a budget.
    pub(super) fn earned(&self) -> Option<u32> {
        self.earned
    }

    /// The tries that a call makes where all of them fail, and there are many.
    pub(super) fn tries(&self) -> f64 {
        let tries = 1.0 + f64::from(self.retries);
        self.earned.map_or(tries, |earned| tries.min(1.0 + f64::from(earned) / 1e3))
    }
}

fn breaker(piece: &Piece, controls: &[f64]) -> Config {
    let count = |name| piece.get(name, controls) as u32;
    Config {
        failure_percent: count("failures"),
        window: Window::Calls(count("window")),
        minimum: count("minimum"),
        wait: piece.span("wait", controls),
        probes: count("probes"),
        slow_after: piece.span("slow_after", controls),
        slow_percent: count("slow"),
        flaw: Flaw::None,
    }
}

/// How many threads or servers a piece is set to have.
pub(super) fn servers(piece: &Piece, controls: &[f64]) -> u32 {
    piece.get(if piece.kind == Kind::Service { "threads" } else { "servers" }, controls) as u32
}

fn limits(piece: &Piece, controls: &[f64]) -> Limits {
    let permits = if piece.on("on", controls) { piece.get("permits", controls) as u32 } else { u32::MAX };
    Limits {
        permits,
        places: piece.get("places", controls) as usize,
        max_wait: Nanos::from_secs_f64(piece.get("max_wait", controls) / 1e3),
    }
}

fn buffer(piece: &Piece, controls: &[f64]) -> (usize, Overflow, Take) {
    let overflow =
        if piece.get("overflow", controls) == 0.0 { Overflow::Refuse } else { Overflow::DropOldest };
    let take = match piece.get("take", controls) as usize {
        0 => Take::Oldest,
        1 => Take::NewestAbove(0),
        _ => Take::Within(piece.span("patience", controls)),
    };
    (piece.get("room", controls) as usize, overflow, take)
}

impl Store {
    fn new(piece: &Piece, controls: &[f64], popularity: Zipf, seed: Seed) -> Store {
        let made = Store::made(piece, controls);
        let rng = Rng::stream(seed, &format!("policy of {}", piece.name));
        let mut store = Store {
            on: piece.on("on", controls),
            known: Store::empty(made, &rng),
            flights: BTreeMap::new(),
            ttl: piece.span("ttl", controls),
            coalesce: piece.on("coalesce", controls),
            made,
            rng,
        };
        if piece.on("warm", controls) {
            // The most popular keys come last. As after a long time each has lived a part of its time.
            let mut ages = Rng::stream(seed, &format!("ages in {}", piece.name));
            for key in (0..popularity.n().min(made.0 as u64)).rev() {
                let left = Nanos((store.ttl.0 as f64 * ages.unit()) as u64);
                let expires = if store.ttl == Nanos::MAX { Nanos::MAX } else { left };
                store.known.insert(key, Cached { stored: Nanos::ZERO, expires, took: Nanos::ZERO });
            }
        }
        store
    }

    fn made(piece: &Piece, controls: &[f64]) -> (usize, usize) {
        (piece.get("size", controls) as usize, piece.get("policy", controls) as usize)
    }

    fn empty((size, policy): (usize, usize), rng: &Rng) -> Cache<AnyPolicy, u64, Cached> {
        let policy = Policy::ALL[policy.min(Policy::ALL.len() - 1)];
        Cache::new(size, policy.policy(size, rng.clone()))
    }

    fn tune(&mut self, piece: &Piece, controls: &[f64]) {
        self.on = piece.on("on", controls);
        self.ttl = piece.span("ttl", controls);
        self.coalesce = piece.on("coalesce", controls);
        let made = Store::made(piece, controls);
        if made != self.made {
            self.made = made;
            // What is held moves over, the safest last, as far as there is room.
            let mut moved: Vec<(u64, Cached)> = Vec::new();
            for queue in self.known.queues() {
                let entries = queue.entries.iter().rev();
                moved.extend(entries.filter_map(|(key, _)| Some((**key, *self.known.peek(*key)?))));
            }
            self.known = Store::empty(made, &self.rng);
            for (key, cached) in moved {
                self.known.insert(key, cached);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.known = Store::empty(self.made, &self.rng);
    }
}

impl Server {
    fn new(piece: &Piece, controls: &[f64]) -> Server {
        let mut server = Server {
            station: Station::new(0, Order::FirstCome),
            room: 0,
            work: Nanos::ZERO,
            shape: Shape::Constant,
            calls: 1.0,
            fallback: false,
            trouble: Condition::WELL,
        };
        server.tune(piece, controls);
        server
    }

    fn tune(&mut self, piece: &Piece, controls: &[f64]) {
        let order = if piece.get("order", controls) == 0.0 { Order::FirstCome } else { Order::LastCome };
        self.station.set_servers(servers(piece, controls));
        self.station.set_order(order);
        self.room = piece.get("queue", controls) as usize;
        self.work = Nanos::from_secs_f64(piece.get("work", controls) / 1e3);
        self.shape = Shape::of(piece.get("shape", controls));
        self.calls = if piece.kind == Kind::Service { piece.get("calls", controls) / 100.0 } else { 1.0 };
        self.fallback = piece.on("fallback", controls);
    }

    /// Calls that it can do in a second when all is well.
    pub(super) fn capacity(&self) -> f64 {
        f64::from(self.station.servers()) / self.work.as_secs_f64().max(1e-9)
    }
}
