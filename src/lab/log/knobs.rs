//! The controls of the demo, as its parts need them.

use super::{CONSUMERS, KEPT, RETENTION, SEGMENT};
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::log::Config;
use crate::systems::log::group::Assignor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    Grow,
    CommitFirst,
    NoFencing,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) partitions: usize,
    pub(super) consumers: usize,
    pub(super) rate: f64,
    pub(super) speed: f64,
    pub(super) skew: f64,
    pub(super) commit_every: u64,
    pub(super) stall: Nanos,
    pub(super) assignor: Assignor,
    pub(super) cooperative: bool,
    pub(super) cleanup: usize,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let of = |name: &str| settings.get(name);
        Knobs {
            partitions: (of("partitions") as usize).max(1),
            consumers: (of("consumers") as usize).clamp(1, CONSUMERS),
            rate: of("rate"),
            speed: of("speed").max(0.1),
            skew: of("skew"),
            commit_every: (of("commit_every") as u64).max(1),
            stall: Nanos::from_secs_f64(of("stall")),
            assignor: match of("assignment") as usize {
                0 => Assignor::Range,
                1 => Assignor::RoundRobin,
                _ => Assignor::Sticky,
            },
            cooperative: of("assignment") as usize == 3,
            cleanup: of("cleanup") as usize,
            bug: match of("bug") as usize {
                0 => Bug::None,
                1 => Bug::Grow,
                2 => Bug::CommitFirst,
                _ => Bug::NoFencing,
            },
        }
    }

    pub(super) fn config(&self) -> Config {
        let retention = if self.cleanup == 1 { RETENTION } else { Nanos::MAX };
        Config { segment: SEGMENT, retention, retain_records: KEPT, ..Config::default() }
    }

    pub(super) fn compacts(&self) -> bool {
        self.cleanup == 2
    }
}
