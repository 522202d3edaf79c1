//! The controls of the demo, as its parts need them.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::transaction::{Flaw, NodeId};

pub(super) const PROTOCOLS: &[&str] =
    &["two-phase-commit", "orchestration", "choreography", "outbox", "change-data-capture"];
pub(super) const WHO: &[&str] = &["nobody", "first", "second", "third", "fourth"];
pub(super) const BUGS: &[&str] = &["none", "unlogged-decision", "repeated-compensation", "dual-write"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    TwoPhase,
    Orchestration,
    Choreography,
    Outbox,
    Capture,
}

impl Protocol {
    /// Messages of a transaction that goes well: a request and an answer for each part, twice for two-phase commit.
    pub(super) fn messages(self) -> f64 {
        let parts = super::nodes::PARTS as f64;
        match self {
            Protocol::TwoPhase => 4.0 * parts,
            Protocol::Orchestration | Protocol::Choreography => 2.0 * parts,
            Protocol::Outbox | Protocol::Capture => 4.0,
        }
    }

    pub(super) fn is_saga(self) -> bool {
        matches!(self, Protocol::Orchestration | Protocol::Choreography)
    }

    pub(super) fn publishes(self) -> bool {
        matches!(self, Protocol::Outbox | Protocol::Capture)
    }
}

/// The controls, as the scenario needs them.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) protocol: Protocol,
    pub(super) crash_who: Option<NodeId>,
    pub(super) crash_at: u64,
    pub(super) restart: Nanos,
    pub(super) rate: f64,
    pub(super) latency: Nanos,
    pub(super) loss: f64,
    pub(super) fails: f64,
    pub(super) dedup: bool,
    pub(super) flaw: Flaw,
    pub(super) dual_write: bool,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let of = |name: &str| settings.get(name);
        let bug = settings.count("bug");
        Knobs {
            protocol: match settings.count("protocol") {
                0 => Protocol::TwoPhase,
                1 => Protocol::Orchestration,
                2 => Protocol::Choreography,
                3 => Protocol::Outbox,
                _ => Protocol::Capture,
            },
            crash_who: settings.count("crash_who").checked_sub(1),
            crash_at: of("crash_at") as u64,
            restart: Nanos::from_secs_f64(of("restart")),
            rate: of("rate"),
            latency: Nanos::from_secs_f64(of("latency") / 1e3),
            loss: of("loss") / 100.0,
            fails: of("fail_share") / 100.0,
            dedup: settings.on("dedup"),
            flaw: match bug {
                1 => Flaw::UnloggedDecision,
                2 => Flaw::RepeatedCompensation,
                _ => Flaw::None,
            },
            dual_write: bug == 3,
        }
    }

    /// After so long without an answer a node asks again or gives up: several times the way there and back.
    pub(super) fn patience(&self) -> Nanos {
        Nanos::from_secs(1).max(self.latency * 6)
    }
}
