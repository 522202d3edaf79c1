//! The dependency: how a call to it ends, and when it is down.

use super::Settings;
use crate::sim::{Nanos, Rng, Seed};

/// When the outage begins, where nobody changes it.
pub(super) const DOWN_AT: Nanos = Nanos::from_secs(3);

/// The deviation of the logarithm of a latency: the slowest of 100 calls takes 2.8 times the mean.
const SPREAD: f64 = 0.5;

/// Draws how calls end. A latency is log-normal, as measured ones roughly are: never near zero, with a long tail.
#[derive(Clone, Debug)]
pub(super) struct Dependency {
    latency: Rng,
    failure: Rng,
}

/// How a call ends for the one who makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// Whether it is answered.
    pub(super) ok: bool,
    /// When it ends, after it was sent.
    pub(super) took: Nanos,
}

impl Dependency {
    pub(super) fn new(seed: Seed) -> Dependency {
        Dependency { latency: Rng::stream(seed, "latency"), failure: Rng::stream(seed, "failure") }
    }

    /// How a call that is made now ends. It draws the same amount whatever happens, so that a control
    /// changes what it is meant to change and nothing else.
    pub(super) fn fate(&mut self, settings: &Settings, down: bool) -> Fate {
        let timeout = Nanos::from_secs_f64(settings.get("timeout") / 1e3);
        // The mean of exp(N(m, s)) is exp(m + s^2 / 2).
        let factor = libm::exp(self.latency.normal(-SPREAD * SPREAD / 2.0, SPREAD));
        let latency = Nanos::from_secs_f64(settings.get("latency") / 1e3 * factor);
        let fails = self.failure.chance(settings.get("failure") / 100.0);
        if down || latency > timeout {
            Fate { ok: false, took: timeout }
        } else {
            Fate { ok: !fails, took: latency }
        }
    }
}

/// Where the outage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Before,
    During,
    Over,
}

/// The one outage of a run. While it lasts every call runs into its time-out.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    starts: Nanos,
    length: Nanos,
    /// When it ends, once it has begun.
    ends: Nanos,
    phase: Phase,
}

impl Outage {
    pub(super) fn new(settings: &Settings) -> Outage {
        Outage { starts: DOWN_AT, length: length(settings), ends: Nanos::MAX, phase: Phase::Before }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// When it begins or ends next.
    pub(super) fn next_at(&self) -> Option<Nanos> {
        match self.phase {
            Phase::Before if self.length > Nanos::ZERO => Some(self.starts),
            Phase::During => Some(self.ends),
            Phase::Before | Phase::Over => None,
        }
    }

    /// It begins or ends.
    pub(super) fn turn(&mut self) {
        if self.phase == Phase::Before {
            self.phase = Phase::During;
            self.ends = self.starts + self.length;
        } else {
            self.phase = Phase::Over;
        }
    }

    /// Another length. One that is over already ends now; an outage that has ended stays ended.
    pub(super) fn change(&mut self, now: Nanos, settings: &Settings) {
        self.length = length(settings);
        match self.phase {
            Phase::Before => self.starts = self.starts.max(now),
            Phase::During => self.ends = (self.starts + self.length).max(now),
            Phase::Over => {}
        }
    }
}

fn length(settings: &Settings) -> Nanos {
    Nanos::from_secs_f64(settings.get("outage"))
}
