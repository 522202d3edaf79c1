//! The controls of backpressure, as the events need them.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::bounded_buffer::{Overflow, Take};
use crate::systems::codel::CoDel;

/// What the buffer does with too much.
pub(super) const POLICIES: &[&str] =
    &["unbounded", "block", "drop-newest", "drop-oldest", "credits", "deadline", "lifo", "codel"];
/// What can be broken on purpose.
pub(super) const BUGS: &[&str] = &["none", "checked-late", "late-counts", "lost-wake-up"];

/// How many the consumer does in a second.
pub(super) const SPEED: f64 = 200.0;

/// One of [`POLICIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Unbounded,
    Block,
    DropNewest,
    DropOldest,
    Credits,
    Deadline,
    Lifo,
    CoDel,
}

/// One of [`BUGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    CheckedLate,
    LateCounts,
    LostWakeUp,
}

/// What is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knobs {
    pub(super) policy: Policy,
    pub(super) size: usize,
    /// Items a second that the producer makes.
    pub(super) load: f64,
    /// Items a second that the consumer does while it is slow.
    pub(super) slow: f64,
    pub(super) slow_for: Nanos,
    pub(super) deadline: Nanos,
    pub(super) shed_after: Nanos,
    pub(super) target: Nanos,
    /// Bytes of an item.
    pub(super) item: f64,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let millis = |name: &str| Nanos::from_secs_f64(settings.get(name) / 1e3);
        Knobs {
            policy: match settings.count("policy") {
                0 => Policy::Unbounded,
                1 => Policy::Block,
                2 => Policy::DropNewest,
                3 => Policy::DropOldest,
                4 => Policy::Credits,
                5 => Policy::Deadline,
                6 => Policy::Lifo,
                _ => Policy::CoDel,
            },
            size: settings.count("size").max(1),
            load: settings.get("load"),
            slow: SPEED * settings.get("slow") / 100.0,
            slow_for: Nanos::from_secs_f64(settings.get("slow_for")),
            deadline: millis("deadline"),
            shed_after: millis("shed_after"),
            target: millis("target"),
            item: settings.get("item") * 1e3,
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::CheckedLate,
                2 => Bug::LateCounts,
                _ => Bug::LostWakeUp,
            },
        }
    }

    /// The same with a buffer without a bound.
    pub(super) fn unbounded(&self) -> Knobs {
        Knobs { policy: Policy::Unbounded, ..*self }
    }

    /// Whether there is a bound.
    pub(super) fn bounded(&self) -> bool {
        matches!(self.policy, Policy::Block | Policy::DropNewest | Policy::DropOldest | Policy::Credits)
    }

    /// The rules of the buffer. With credits it needs no bound of its own.
    pub(super) fn rules(&self) -> (usize, Overflow, Take) {
        let any = usize::MAX;
        match self.policy {
            Policy::Unbounded | Policy::Credits => (any, Overflow::Refuse, Take::Oldest),
            Policy::Block | Policy::DropNewest => (self.size, Overflow::Refuse, Take::Oldest),
            Policy::DropOldest => (self.size, Overflow::DropOldest, Take::Oldest),
            Policy::Deadline => (any, Overflow::Refuse, Take::Within(self.shed_after)),
            Policy::Lifo => (any, Overflow::Refuse, Take::NewestAbove(self.size)),
            Policy::CoDel => {
                (any, Overflow::Refuse, Take::Controlled(CoDel::new(self.target, self.target * 10)))
            }
        }
    }
}
