//! The controls, as the demo uses them.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::sharding::{Plan, Salt, Slip};

/// How a key's shard is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Hash,
    Range,
    Directory,
}

impl Scheme {
    pub(super) const ALL: [Scheme; 3] = [Scheme::Hash, Scheme::Range, Scheme::Directory];

    pub(super) fn name(self) -> &'static str {
        ["hash", "range", "directory"][self as usize]
    }
}

/// What the rows are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The customer, some of whom are asked for much more often than others.
    Customer,
    /// The number of the row, of one of four kinds.
    Id(usize),
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Mixed,
    Reads,
    Writes,
    Scans,
}

impl Work {
    /// The shares of reads and of scans; the rest writes.
    pub(super) fn shares(self) -> (f64, f64) {
        match self {
            Work::Mixed => (0.5, 0.05),
            Work::Reads => (1.0, 0.0),
            Work::Writes => (0.0, 0.0),
            Work::Scans => (0.0, 1.0),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) scheme: Scheme,
    pub(super) shards: u32,
    pub(super) skew: f64,
    pub(super) key: Key,
    pub(super) salt: Salt,
    pub(super) work: Work,
    pub(super) rate: f64,
    /// When one shard more comes; never where none is given.
    pub(super) grow: Option<Nanos>,
    pub(super) plan: Plan,
    pub(super) slip: Slip,
    pub(super) trusting: bool,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let (grow, bug) = (settings.get("reshard"), settings.count("bug"));
        Knobs {
            scheme: Scheme::ALL[settings.count("scheme").min(2)],
            shards: settings.count("shards").max(1) as u32,
            skew: settings.get("skew"),
            key: match settings.count("key") {
                0 => Key::Customer,
                kind => Key::Id((kind - 1).min(3)),
            },
            salt: Salt::new(settings.count("salt") as u32),
            work: match settings.count("work") {
                0 => Work::Mixed,
                1 => Work::Reads,
                2 => Work::Writes,
                _ => Work::Scans,
            },
            rate: settings.get("rate"),
            grow: (grow > 0.0).then(|| Nanos::from_secs_f64(grow)),
            plan: match settings.count("order") {
                0 => Plan::DualFirst,
                1 => Plan::CopyFirst,
                _ => Plan::ReadFirst,
            },
            slip: match bug {
                1 => Slip::Overwrites,
                2 => Slip::NoMarks,
                _ => Slip::None,
            },
            trusting: bug == 3,
        }
    }
}
