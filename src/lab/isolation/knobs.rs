//! The controls of the demo, as its parts need them.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::mvcc::hermitage::{SCRIPTS, Script};
use crate::systems::mvcc::{Flaw, Level};

pub(super) const LEVELS: &[&str] =
    &["read-committed", "repeatable-read", "serializable", "two-phase-locking"];
/// The stories: traffic, then the scripts of the suite, then the leases.
pub(super) const STORIES: &[&str] = &[
    "doctors",
    "counter",
    "transfers",
    "g0",
    "g1a",
    "g1b",
    "g1c",
    "otv",
    "pmp",
    "pmp-write",
    "p4",
    "g-single",
    "g-single-predicate",
    "g-single-write",
    "g2-item",
    "g2",
    "g2-read-only",
    "lease",
];
pub(super) const GUARDS: &[&str] = &["plain", "for-update", "compare-and-set"];
pub(super) const BUGS: &[&str] =
    &["none", "untracked-predicates", "last-updater-wins", "early-release", "unfenced-reads"];

/// What the transactions do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Story {
    /// A doctor leaves if another one of the ward stays.
    Doctors,
    /// A number is read and written one greater.
    Counter,
    /// Money goes from one account to another.
    Transfers,
    /// An anomaly of the suite, by its place.
    Script(usize),
    /// A counter whose owner has a lease instead of a transaction.
    Lease,
}

impl Story {
    fn of(value: usize) -> Story {
        match value {
            0 => Story::Doctors,
            1 => Story::Counter,
            2 => Story::Transfers,
            _ if value < SCRIPTS.len() + 3 => Story::Script(value - 3),
            _ => Story::Lease,
        }
    }

    /// The script, where it is one.
    pub(super) fn script(self) -> Option<&'static Script> {
        if let Story::Script(index) = self { SCRIPTS.get(index) } else { None }
    }

    /// Whether transactions come by chance.
    pub(super) fn is_traffic(self) -> bool {
        matches!(self, Story::Doctors | Story::Counter | Story::Transfers)
    }

    /// What a row is.
    pub(super) fn row(self) -> &'static str {
        match self {
            Story::Doctors => "ward",
            Story::Transfers => "account",
            _ => "counter",
        }
    }
}

/// How a transaction keeps what it read from being changed before it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    Plain,
    ForUpdate,
    CompareAndSet,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) level: usize,
    pub(super) story: Story,
    pub(super) load: f64,
    pub(super) rows: u64,
    pub(super) work: Nanos,
    pub(super) guard: Guard,
    pub(super) timeout: Nanos,
    pub(super) lease: Nanos,
    pub(super) fencing: bool,
    pub(super) flaw: Flaw,
    /// Whether reads pass the fence: a bug where they do not.
    pub(super) fence_reads: bool,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let of = |name: &str| settings.get(name);
        let bug = settings.count("bug");
        Knobs {
            level: settings.count("level").min(Level::ALL.len() - 1),
            story: Story::of(settings.count("story")),
            load: of("load"),
            rows: (of("rows") as u64).max(1),
            work: Nanos::from_secs_f64(of("work") / 1e3),
            guard: match settings.count("guard") {
                0 => Guard::Plain,
                1 => Guard::ForUpdate,
                _ => Guard::CompareAndSet,
            },
            timeout: Nanos::from_secs_f64(of("lock_timeout")),
            lease: Nanos::from_secs_f64(of("lease") / 1e3),
            fencing: settings.on("fencing"),
            flaw: match bug {
                1 => Flaw::UntrackedPredicates,
                2 => Flaw::LastUpdaterWins,
                3 => Flaw::EarlyRelease,
                _ => Flaw::None,
            },
            fence_reads: bug != 4,
        }
    }

    /// What theory expects of [`harm_share`](super::SPEC) at a level.
    ///
    /// The other doctor leaves as well if he asks within the work: 1 - e^-x for x such wishes expected. A counter: follow the
    /// final value back to what it was read from. Each such step takes the work and the time since the last write
    /// before it, which is 1/x works on average; so of 1 + x increments one is there.
    pub(super) fn harm_theory(&self, level: Level) -> f64 {
        let span = self.load * self.work.as_secs_f64() / self.rows as f64;
        match self.story {
            // A quarter of what comes to a ward is the wish of the other doctor to leave.
            Story::Doctors if self.guard != Guard::ForUpdate && !level.is_serializable() => {
                1.0 - libm::exp(-span / 4.0)
            }
            Story::Counter if self.guard == Guard::Plain && level == Level::ReadCommitted => {
                span / (1.0 + span)
            }
            Story::Doctors | Story::Counter => 0.0,
            _ => f64::NAN,
        }
    }

    /// How often an owner is still at work when its lease ends.
    pub(super) fn late_theory(&self) -> f64 {
        if self.story != Story::Lease {
            return f64::NAN;
        }
        libm::exp(-self.lease.as_secs_f64() / self.work.as_secs_f64().max(1e-9))
    }
}
