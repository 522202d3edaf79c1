//! What a composition can be made of: the kinds of pieces and of events, and what can be said of each.
//!
//! One table for everybody: the parser asks it which names there are, the clockwork which values they take, an
//! exposed parameter becomes a control with the same range, and a test holds `docs/compose.md` to it. A parameter is described
//! as a control is, since any of them can become one.

use super::super::control::{Control, choice, number, switch};
use super::super::workload::{PATTERNS, SHAPES};

/// The kinds of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Who sends requests, waits and tries again. Always the first piece, and only that.
    Clients,
    /// A token bucket: what is over is refused.
    Limiter,
    /// A circuit breaker: where too much fails, calls are refused for a while.
    Breaker,
    /// Who calls again when a call has failed, with a time-out for each try.
    Retry,
    /// Who waits so long and no longer.
    Timeout,
    /// So many calls at a time; the others wait in line for so long.
    Bulkhead,
    /// A buffer before so many workers, with a rule for who is taken out next.
    Queue,
    /// Answers that are known already.
    Cache,
    /// Threads that work, and hold on while they call what is below.
    Service,
    /// Servers that work. Like a service, by the names that are usual there.
    Database,
}

impl Kind {
    /// The kinds that stand in a `[[stage]]`, by name.
    pub(super) const STAGES: [(&'static str, Kind); 9] = [
        ("limiter", Kind::Limiter),
        ("breaker", Kind::Breaker),
        ("retry", Kind::Retry),
        ("timeout", Kind::Timeout),
        ("bulkhead", Kind::Bulkhead),
        ("queue", Kind::Queue),
        ("cache", Kind::Cache),
        ("service", Kind::Service),
        ("database", Kind::Database),
    ];

    /// What can be said of a piece of this kind.
    pub(super) fn parameters(self) -> &'static [Control] {
        match self {
            Kind::Clients => &CLIENTS,
            Kind::Limiter => &LIMITER,
            Kind::Breaker => &BREAKER,
            Kind::Retry => &RETRY,
            Kind::Timeout => &TIMEOUT,
            Kind::Bulkhead => &BULKHEAD,
            Kind::Queue => &QUEUE,
            Kind::Cache => &CACHE,
            Kind::Service => &SERVICE,
            Kind::Database => &DATABASE,
        }
    }

    /// Whether it does work of its own, so that it can be the last piece of a chain.
    pub(super) fn works(self) -> bool {
        matches!(self, Kind::Service | Kind::Database)
    }

    /// Its name in files.
    pub(super) fn name(self) -> &'static str {
        Kind::STAGES.iter().find(|(_, kind)| *kind == self).map_or("clients", |(name, _)| name)
    }
}

/// The budgets of retries, and how many thousandths of a retry a call earns with each; nothing where there is none.
pub(super) const BUDGETS: &[&str] = &["off", "10%", "20%", "50%"];
pub(super) const EARNED: [Option<u32>; 4] = [None, Some(100), Some(200), Some(500)];
/// How many retries a budget holds.
pub(super) const BUDGET_FULL: u32 = 10;
/// The backoffs, in the order of [`crate::systems::retry::Kind`].
pub(super) const BACKOFFS: &[&str] =
    &["none", "fixed", "exponential", "equal-jitter", "full-jitter", "decorrelated"];
/// The policies of caches, in the order of [`crate::systems::cache::Kind::ALL`].
pub(super) const POLICIES: &[&str] =
    &["fifo", "lru", "clock", "lfu", "arc", "sieve", "s3-fifo", "tiny-lfu", "random"];
/// What a full buffer does.
pub(super) const OVERFLOWS: &[&str] = &["refuse", "drop-oldest"];
/// Who is taken out of a buffer next.
pub(super) const TAKES: &[&str] = &["oldest", "newest", "within"];
/// Who of those who wait is served next.
pub(super) const ORDERS: &[&str] = &["first-come", "last-come"];

static CLIENTS: [Control; 11] = [
    number("rate", "requests per second", (1.0, 2_000.0), 0.0, 50.0, "/s"),
    choice("pattern", "how requests come", PATTERNS, 1.0),
    number("timeout", "a client waits for a try", (1.0, 60_000.0), 0.0, 1_000.0, "ms"),
    number("retries", "retries of a client", (0.0, 9.0), 1.0, 0.0, ""),
    choice("backoff", "how clients wait before a retry", BACKOFFS, 4.0),
    number("base", "a client's first wait before a retry", (1.0, 10_000.0), 0.0, 100.0, "ms"),
    number("cap", "a client's longest wait before a retry", (1.0, 60_000.0), 0.0, 10_000.0, "ms"),
    choice("budget", "retries that a request earns", BUDGETS, 0.0),
    switch("deadlines", "a request carries its deadline", false),
    number("keys", "things that are asked for", (1.0, 100_000.0), 0.0, 1_000.0, ""),
    number("skew", "exponent of their popularity (Zipf)", (0.0, 3.0), 0.1, 1.0, ""),
];

static LIMITER: [Control; 3] = [
    switch("on", "the limiter is on", true),
    number("rate", "requests per second that pass", (1.0, 10_000.0), 0.0, 100.0, "/s"),
    number("burst", "requests that pass at once", (1.0, 10_000.0), 0.0, 10.0, ""),
];

static BREAKER: [Control; 8] = [
    switch("on", "the breaker is on", true),
    number("failures", "opens at this failed share", (1.0, 100.0), 5.0, 50.0, "%"),
    number("window", "calls it judges by", (1.0, 1_000.0), 0.0, 20.0, ""),
    number("minimum", "calls before it judges", (1.0, 1_000.0), 0.0, 10.0, ""),
    number("wait", "stays open for", (1.0, 60_000.0), 0.0, 1_000.0, "ms"),
    number("probes", "calls that probe", (1.0, 100.0), 0.0, 3.0, ""),
    number("slow_after", "a call is slow after", (1.0, 60_000.0), 0.0, 60_000.0, "ms"),
    number("slow", "opens at this slow share", (1.0, 100.0), 5.0, 100.0, "%"),
];

static RETRY: [Control; 6] = [
    number("retries", "retries", (0.0, 9.0), 1.0, 2.0, ""),
    number("timeout", "waits for a try (0: for ever)", (0.0, 60_000.0), 0.0, 0.0, "ms"),
    choice("backoff", "how it waits before a retry", BACKOFFS, 4.0),
    number("base", "first wait before a retry", (1.0, 10_000.0), 0.0, 100.0, "ms"),
    number("cap", "longest wait before a retry", (1.0, 60_000.0), 0.0, 10_000.0, "ms"),
    choice("budget", "retries that a call earns", BUDGETS, 0.0),
];

static TIMEOUT: [Control; 1] =
    [number("timeout", "waits for an answer (0: for ever)", (0.0, 60_000.0), 0.0, 1_000.0, "ms")];

static BULKHEAD: [Control; 4] = [
    switch("on", "the bulkhead is on", true),
    number("permits", "calls at a time", (1.0, 1_000.0), 0.0, 10.0, ""),
    number("places", "calls that may wait", (0.0, 2_000.0), 0.0, 0.0, ""),
    number("max_wait", "a call may wait for", (0.0, 60_000.0), 0.0, 0.0, "ms"),
];

static QUEUE: [Control; 5] = [
    number("workers", "calls that go on at a time", (1.0, 1_000.0), 0.0, 10.0, ""),
    number("room", "calls that can wait", (1.0, 2_000.0), 0.0, 100.0, ""),
    choice("overflow", "what happens where there is no room", OVERFLOWS, 0.0),
    choice("take", "who is next", TAKES, 0.0),
    number("patience", "with 'within': waits at most", (1.0, 60_000.0), 0.0, 500.0, "ms"),
];

static CACHE: [Control; 6] = [
    switch("on", "the cache is on", true),
    number("size", "things it holds", (1.0, 10_000.0), 0.0, 100.0, ""),
    number("ttl", "a thing is good for (0: for ever)", (0.0, 600_000.0), 0.0, 0.0, "ms"),
    choice("policy", "what is thrown out", POLICIES, 1.0),
    switch("coalesce", "one call for all who miss the same", false),
    switch("warm", "filled at the start", true),
];

static SERVICE: [Control; 7] = [
    number("threads", "threads", (1.0, 1_000.0), 0.0, 20.0, ""),
    number("queue", "calls that can wait for a thread", (0.0, 2_000.0), 0.0, 100.0, ""),
    number("work", "own work for a call", (0.1, 10_000.0), 0.0, 5.0, "ms"),
    choice("shape", "how the work is spread", SHAPES, 1.0),
    choice("order", "who is served next", ORDERS, 0.0),
    number("calls", "share of requests that go on below", (0.0, 100.0), 5.0, 100.0, "%"),
    switch("fallback", "answers without what is below", false),
];

static DATABASE: [Control; 5] = [
    number("servers", "connections that work", (1.0, 1_000.0), 0.0, 10.0, ""),
    number("queue", "calls that can wait", (0.0, 2_000.0), 0.0, 100.0, ""),
    number("work", "work for a call", (0.1, 10_000.0), 0.0, 20.0, "ms"),
    choice("shape", "how the work is spread", SHAPES, 1.0),
    choice("order", "who is served next", ORDERS, 0.0),
];

/// What can happen to a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Work that begins takes so many times as long.
    Slow,
    /// Nothing that is at work goes on until it is over.
    Hang,
    /// Whoever comes fails at once.
    Down,
    /// Whoever is there fails, and whoever comes until it is back; then it is slow until it is warm.
    Restart,
    /// A cache loses what it holds.
    Empty,
    /// The clients send so many times as much.
    Load,
}

impl What {
    /// What can happen, by name.
    pub(super) const ALL: [(&'static str, What); 6] = [
        ("slow", What::Slow),
        ("hang", What::Hang),
        ("down", What::Down),
        ("restart", What::Restart),
        ("empty", What::Empty),
        ("load", What::Load),
    ];

    /// What can be said of it.
    pub(super) fn parameters(self) -> &'static [Control] {
        match self {
            What::Slow => &SLOW,
            What::Hang | What::Down => &HANG,
            What::Restart => &RESTART,
            What::Empty => &EMPTY,
            What::Load => &LOAD,
        }
    }

    /// Whether it can happen to a piece of that kind.
    pub(super) fn befalls(self, kind: Kind) -> bool {
        match self {
            What::Slow | What::Hang | What::Down | What::Restart => kind.works(),
            What::Empty => kind == Kind::Cache,
            What::Load => kind == Kind::Clients,
        }
    }

    /// Its name in files.
    pub(super) fn name(self) -> &'static str {
        What::ALL.iter().find(|(_, what)| *what == self).map_or("", |(name, _)| name)
    }
}

/// An event that nobody ends lasts longer than any run.
pub(super) const TO_THE_END: f64 = 600.0;

const fn at() -> Control {
    number("at", "begins at", (0.0, TO_THE_END), 0.5, 5.0, "s")
}

const fn lasts() -> Control {
    number("for", "lasts for (0: not at all)", (0.0, TO_THE_END), 0.5, TO_THE_END, "s")
}

static SLOW: [Control; 3] =
    [at(), lasts(), number("times", "work takes so many times as long", (1.0, 1_000.0), 0.0, 10.0, "")];
static HANG: [Control; 2] = [at(), lasts()];
static RESTART: [Control; 4] = [
    at(),
    number("for", "is away for", (0.0, TO_THE_END), 0.5, 1.0, "s"),
    number("times", "cold, work takes so many times as long", (1.0, 1_000.0), 0.0, 1.0, ""),
    number("warm", "is warm again after", (0.0, TO_THE_END), 0.5, 10.0, "s"),
];
static EMPTY: [Control; 1] = [at()];
static LOAD: [Control; 3] =
    [at(), lasts(), number("times", "so many times as many requests", (0.0, 20.0), 0.1, 2.0, "")];
