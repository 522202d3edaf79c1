//! The controls, as the demo uses them.

use super::LEASE;
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::idempotency::Config;

/// What is broken on purpose, in the full machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    NoFence,
    AnyRequest,
    AnswerFirst,
    NoLease,
}

#[derive(Clone, Debug)]
pub(super) struct Knobs {
    /// Shares, 0 to 1.
    pub(super) loss: f64,
    pub(super) crash: f64,
    pub(super) clicks: f64,
    pub(super) reuse: f64,
    pub(super) retries: u32,
    pub(super) time_out: Nanos,
    pub(super) processing: Nanos,
    pub(super) latency: Nanos,
    pub(super) expiry: Nanos,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let share = |name| settings.get(name) / 100.0;
        let millis = |name| Nanos::from_secs_f64(settings.get(name) / 1e3);
        Knobs {
            loss: share("loss"),
            crash: share("crash"),
            clicks: share("clicks"),
            reuse: share("reuse"),
            retries: settings.count("retries") as u32,
            time_out: millis("time_out"),
            processing: millis("processing"),
            latency: millis("latency"),
            expiry: Nanos::from_secs_f64(settings.get("expiry")),
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::NoFence,
                2 => Bug::AnyRequest,
                3 => Bug::AnswerFirst,
                _ => Bug::NoLease,
            },
        }
    }

    /// How the full machine is set.
    pub(super) fn config(&self) -> Config {
        Config {
            unfenced: self.bug == Bug::NoFence,
            any_request: self.bug == Bug::AnyRequest,
            endless_lease: self.bug == Bug::NoLease,
            ..Config::new(self.expiry, LEASE)
        }
    }
}
