//! The dependency: what is the matter with it when, and how a call to it ends.

use super::Settings;
use crate::sim::{Nanos, Rng, Seed};

/// When the trouble begins, where nobody changes it.
pub(super) const STARTS: Nanos = Nanos::from_secs(3);
/// The mean latency of a healthy dependency, in seconds; how many times slower a degraded one is; and the share of calls
/// that fail where some do.
pub(super) const LATENCY: f64 = 0.05;
const SLOWER: f64 = 6.0;
pub(super) const LOST: f64 = 0.3;
/// How long one that flaps is down, and up.
const FLAP: Nanos = Nanos::from_secs(1);
/// The deviation of the logarithm of a latency: the slowest of 100 calls takes 2.8 times the mean.
const SPREAD: f64 = 0.5;

/// How often a call is made at most: once and two retries.
pub(super) const ATTEMPTS: usize = 3;
/// How long a caller waits before it tries again.
pub(super) const BACKOFF: Nanos = Nanos::from_millis(50);

/// The kinds of trouble, for the control.
pub(super) const TROUBLES: &[&str] = &["dies", "degrades", "flaps", "loses-some"];

/// What is the matter with the dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Well,
    /// No call is answered.
    Down,
    /// Every call is answered late.
    Slow,
    /// Some calls fail at once.
    Lossy,
}

/// What chance has in store for one attempt, whatever is the matter when it is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Luck {
    /// The latency over its mean.
    factor: f64,
    /// Below the share that fails, it fails.
    draw: f64,
}

/// Draws the luck of calls. A latency is log-normal, as measured ones roughly are: never near zero, with a long tail.
#[derive(Clone, Debug)]
pub(super) struct Chance {
    latency: Rng,
    failure: Rng,
}

/// How an attempt ends for the one who makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// Whether it is answered.
    pub(super) ok: bool,
    /// When it ends, after it was sent.
    pub(super) took: Nanos,
}

impl Chance {
    pub(super) fn new(seed: Seed) -> Chance {
        Chance { latency: Rng::stream(seed, "latency"), failure: Rng::stream(seed, "failure") }
    }

    /// The luck of all attempts of a call. It draws the same amount whatever is set and whatever happens, so that a control
    /// changes what it is meant to change and nothing else.
    pub(super) fn draw(&mut self) -> [Luck; ATTEMPTS] {
        std::array::from_fn(|_| Luck {
            // The mean of exp(N(m, s)) is exp(m + s^2 / 2).
            factor: libm::exp(self.latency.normal(-SPREAD * SPREAD / 2.0, SPREAD)),
            draw: self.failure.unit(),
        })
    }
}

impl Fate {
    /// How an attempt that is made now ends, for a caller who waits `timeout`.
    pub(super) fn of(luck: Luck, health: Health, timeout: Nanos) -> Fate {
        let mean = if health == Health::Slow { LATENCY * SLOWER } else { LATENCY };
        let latency = Nanos::from_secs_f64(mean * luck.factor);
        if health == Health::Down || latency > timeout {
            return Fate { ok: false, took: timeout };
        }
        Fate { ok: health != Health::Lossy || luck.draw >= LOST, took: latency }
    }
}

/// Where the trouble stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Before,
    During,
    Over,
}

/// The one trouble of a run.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    kind: usize,
    starts: Nanos,
    length: Nanos,
    phase: Phase,
    /// Of one that flaps: whether it is up just now, and when that changes.
    up: bool,
    flips: Nanos,
}

impl Trouble {
    pub(super) fn new(settings: &Settings) -> Trouble {
        Trouble {
            kind: settings.count("trouble"),
            starts: STARTS,
            length: length(settings),
            phase: Phase::Before,
            up: false,
            flips: Nanos::MAX,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn health(&self) -> Health {
        match (self.phase, self.kind) {
            (Phase::Before | Phase::Over, _) => Health::Well,
            (Phase::During, 1) => Health::Slow,
            (Phase::During, 2) if self.up => Health::Well,
            (Phase::During, 3) => Health::Lossy,
            (Phase::During, _) => Health::Down,
        }
    }

    /// When something changes next.
    pub(super) fn next_at(&self) -> Option<Nanos> {
        match self.phase {
            Phase::Before if self.length > Nanos::ZERO => Some(self.starts),
            Phase::During if self.kind == 2 => Some(self.ends().min(self.flips)),
            Phase::During => Some(self.ends()),
            Phase::Before | Phase::Over => None,
        }
    }

    /// It begins, turns or ends at `now`. Says what a learner sees.
    pub(super) fn turn(&mut self, now: Nanos) -> &'static str {
        match self.phase {
            Phase::Before => {
                self.phase = Phase::During;
                self.flips = now + FLAP;
                self.up = false;
                [
                    "the dependency goes down",
                    "the dependency gets slow",
                    "the dependency goes down",
                    "the dependency loses some calls",
                ][self.kind.min(3)]
            }
            Phase::During if now < self.ends() => {
                self.flips = now + FLAP;
                self.up = !self.up;
                if self.up { "the dependency is up for a moment" } else { "the dependency goes down again" }
            }
            Phase::During | Phase::Over => {
                self.phase = Phase::Over;
                "the dependency is well again"
            }
        }
    }

    /// Another kind or length. One that is over already ends now; a trouble that has ended stays ended.
    pub(super) fn change(&mut self, now: Nanos, settings: &Settings) {
        self.kind = settings.count("trouble");
        self.length = length(settings);
        match self.phase {
            Phase::Before => self.starts = self.starts.max(now),
            Phase::During => {
                self.flips = now + FLAP;
                self.up = false;
                if self.ends() < now {
                    self.length = now - self.starts;
                }
            }
            Phase::Over => {}
        }
    }

    fn ends(&self) -> Nanos {
        self.starts + self.length
    }
}

fn length(settings: &Settings) -> Nanos {
    Nanos::from_secs_f64(settings.get("outage"))
}
