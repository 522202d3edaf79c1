//! The limiters beside each other, all with the same limits: what each is called, promises, and shows of itself.

use super::broken::{RacingWindow, RenewedWindow, RoundedBucket};
use super::picture::span;
use super::{Limits, Settings};
use crate::lab::scene::{Gauge, Series, Tone};
use crate::sim::Nanos;
use crate::systems::limiter::{
    Decision, FixedWindow, Gcra, LeakyMeter, LeakyQueue, Limiter, LocalCounts, SlidingCounter, SlidingLog,
    TokenBucket,
};

/// How many limiters there are.
pub(super) const ALL: usize = 8;

// Their places, in the order of the controls.
pub(super) const BUCKET: usize = 0;
pub(super) const QUEUE: usize = 1;
pub(super) const METER: usize = 2;
pub(super) const GCRA: usize = 3;
pub(super) const FIXED: usize = 4;
pub(super) const COUNTER: usize = 5;
pub(super) const LOG: usize = 6;
pub(super) const LOCAL: usize = 7;

/// Their names as options of the controls: what is typed has no blanks.
pub(super) const OPTIONS: &[&str; ALL] = &[
    "token-bucket",
    "leaky-queue",
    "leaky-meter",
    "gcra",
    "fixed-window",
    "sliding-counter",
    "sliding-log",
    "local-counts",
];

/// Their names in pictures.
pub(super) const NAMES: &[&str; ALL] = &[
    "token bucket",
    "leaky queue",
    "leaky meter",
    "gcra",
    "fixed window",
    "sliding counter",
    "sliding log",
    "local counts",
];

/// What happened to a request that only one of two limiters admits.
pub(super) const ONLY: [&str; ALL] = [
    "request # admitted by the token bucket only",
    "request # admitted by the leaky queue only",
    "request # admitted by the leaky meter only",
    "request # admitted by gcra only",
    "request # admitted by the fixed window only",
    "request # admitted by the sliding counter only",
    "request # admitted by the sliding log only",
    "request # admitted by the local counts only",
];

/// The options of the control `bug`.
pub(super) const BUGS: &[&str] = &["none", "read-then-write", "rounded-refill", "expiry-renewed"];

/// A limiter under test.
#[derive(Clone, Debug)]
pub(super) enum Algorithm {
    Bucket(TokenBucket),
    Queue(LeakyQueue),
    Meter(LeakyMeter),
    Gcra(Gcra),
    Fixed(FixedWindow),
    Counter(SlidingCounter),
    Log(SlidingLog),
    Local(LocalCounts),
    Rounded(RoundedBucket),
    Racing(RacingWindow),
    Renewed(RenewedWindow),
}

impl Algorithm {
    /// The limiter at that place, fresh.
    pub(super) fn new(place: usize, limits: &Limits, settings: &Settings) -> Algorithm {
        let Limits { rate, burst, window, limit, .. } = *limits;
        match (place, settings.count("bug")) {
            (BUCKET, 2) => Algorithm::Rounded(RoundedBucket::new(rate, burst)),
            (BUCKET, _) => Algorithm::Bucket(TokenBucket::new(rate, burst)),
            (QUEUE, _) => Algorithm::Queue(LeakyQueue::new(rate, burst)),
            (METER, _) => Algorithm::Meter(LeakyMeter::new(rate, burst)),
            (GCRA, _) => Algorithm::Gcra(Gcra::new(rate, burst)),
            (FIXED, 1) => Algorithm::Racing(RacingWindow::new(limit, window)),
            (FIXED, 3) => Algorithm::Renewed(RenewedWindow::new(limit, window)),
            (FIXED, _) => Algorithm::Fixed(FixedWindow::new(limit, window)),
            (COUNTER, _) => Algorithm::Counter(SlidingCounter::new(limit, window)),
            (LOG, _) => Algorithm::Log(SlidingLog::new(limit, window)),
            _ => {
                let Limits { servers, sync, .. } = *limits;
                Algorithm::Local(LocalCounts::new(limit, window, servers as usize, sync))
            }
        }
    }

    /// Decides on a request that comes to `server` at `now`; only local counts care which server it is.
    pub(super) fn admit(&mut self, server: usize, now: Nanos) -> Decision {
        match self {
            Algorithm::Local(counts) => counts.admit_at(server, now),
            Algorithm::Bucket(it) => it.admit(now),
            Algorithm::Queue(it) => it.admit(now),
            Algorithm::Meter(it) => it.admit(now),
            Algorithm::Gcra(it) => it.admit(now),
            Algorithm::Fixed(it) => it.admit(now),
            Algorithm::Counter(it) => it.admit(now),
            Algorithm::Log(it) => it.admit(now),
            Algorithm::Rounded(it) => it.admit(now),
            Algorithm::Racing(it) => it.admit(now),
            Algorithm::Renewed(it) => it.admit(now),
        }
    }

    /// The memory that it keeps for the client.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Algorithm::Local(it) => it.bytes(),
            Algorithm::Bucket(it) => it.bytes(),
            Algorithm::Queue(it) => it.bytes(),
            Algorithm::Meter(it) => it.bytes(),
            Algorithm::Gcra(it) => it.bytes(),
            Algorithm::Fixed(it) => it.bytes(),
            Algorithm::Counter(it) => it.bytes(),
            Algorithm::Log(it) => it.bytes(),
            Algorithm::Rounded(it) => it.bytes(),
            Algorithm::Racing(it) => it.bytes(),
            Algorithm::Renewed(it) => it.bytes(),
        }
    }

    /// Whether it is as it should be.
    pub(super) fn sound(&self) -> bool {
        !matches!(self, Algorithm::Rounded(_) | Algorithm::Racing(_) | Algorithm::Renewed(_))
    }

    /// What it holds at `now`, as a picture. `waiting` is how many wait in it.
    pub(super) fn gauge(&self, now: Nanos, limits: &Limits, waiting: usize, series: Series) -> Gauge {
        let burst = f64::from(limits.burst);
        let limit = limits.limit as f64;
        // The room of the queue: one of those that it holds has just left.
        let (name, value, full) = match self {
            Algorithm::Bucket(bucket) => ("tokens", bucket.tokens(now), burst),
            Algorithm::Rounded(bucket) => ("tokens", bucket.tokens() as f64, burst),
            Algorithm::Queue(_) => ("waiting", waiting as f64, burst - 1.0),
            Algorithm::Meter(meter) => ("water", meter.water(now), burst),
            Algorithm::Gcra(gcra) => ("ahead", gcra.ahead(now).as_secs_f64() * f64::from(limits.rate), burst),
            Algorithm::Fixed(window) => ("count", window.count(now) as f64, limit),
            Algorithm::Racing(window) => ("count", window.count() as f64, limit),
            Algorithm::Renewed(window) => ("count", window.count(now) as f64, limit),
            Algorithm::Counter(counter) => ("estimate", counter.estimate(now), limit),
            Algorithm::Log(log) => ("log", log.count(now) as f64, limit),
            Algorithm::Local(counts) => ("in fact", counts.total(now) as f64, limit),
        };
        let used_up = match self {
            Algorithm::Bucket(_) | Algorithm::Rounded(_) => value < 1.0,
            Algorithm::Queue(_) => value >= full,
            _ => value + 1.0 > full,
        };
        let shown = match self {
            Algorithm::Bucket(_) => value.floor(),
            _ => (value * 10.0).round() / 10.0,
        };
        Gauge {
            name: name.into(),
            value: value.min(full.max(0.0)),
            full,
            label: format!("{shown} of {full}"),
            series,
            tone: match self {
                Algorithm::Local(_) if value > full => Tone::Bad,
                _ if used_up => Tone::Warn,
                _ => Tone::Plain,
            },
        }
    }
}

/// The name of the limiter with its limits, as a heading.
pub(super) fn title(place: usize, limits: &Limits) -> String {
    let Limits { rate, burst, window, limit, servers, .. } = *limits;
    let name = NAMES[place];
    match place {
        BUCKET | METER | GCRA => format!("{name}  {rate}/s, burst {burst}"),
        QUEUE => format!("{name}  {rate}/s, holds {burst}"),
        LOCAL => format!("{name}  {limit} per {}, {servers} servers", span(window)),
        _ => format!("{name}  {limit} per {}", span(window)),
    }
}

/// The most that it promises to let through in any span of a window's length, whatever the client does.
pub(super) fn promise(place: usize, limits: &Limits) -> u64 {
    let Limits { rate, burst, window, limit, servers, .. } = *limits;
    let gained = (u128::from(rate) * u128::from(window.0) / 1_000_000_000) as u64;
    match place {
        BUCKET | METER | GCRA => u64::from(burst) + gained,
        QUEUE => 1 + gained,
        FIXED => 2 * limit,
        COUNTER => (2 * limit - 1).max(limit),
        LOG => limit,
        _ => 2 * limit * servers,
    }
}
