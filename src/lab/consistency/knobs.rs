//! What the learner has set, as the demo uses it.

use super::CALLS;
use super::oracle::Flaw;
use super::store::Promise;
use crate::lab::Settings;
use crate::sim::Nanos;

/// The values of the controls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knobs {
    pub(super) promise: Promise,
    /// The classic that is taken, where one is.
    pub(super) classic: Option<usize>,
    pub(super) lag: Nanos,
    pub(super) think: Nanos,
    pub(super) calls: usize,
    pub(super) keys: usize,
    pub(super) lost: f64,
    pub(super) flaw: Flaw,
    /// Reads go to another site than writes.
    pub(super) unbound: bool,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let millis = |name| Nanos::from_secs_f64(settings.get(name) / 1e3);
        let bug = settings.count("bug");
        Knobs {
            promise: Promise::of(settings.get("store")),
            classic: settings.count("history").checked_sub(1),
            lag: millis("lag"),
            think: millis("think"),
            calls: settings.count("calls").clamp(1, CALLS),
            keys: settings.count("keys").clamp(1, 2),
            lost: settings.get("lost") / 100.0,
            flaw: [Flaw::None, Flaw::NoClock, Flaw::NeverHappened, Flaw::None][bug.min(3)],
            unbound: bug == 3,
        }
    }
}
