//! What the controls mean: how a side works, and what it promises.

use super::YOURS;
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::cache_pattern::{Act, Order, Pattern, tells_after, write};

/// How a side works, and how long its messages take on average, one way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Policy {
    pub(super) pattern: Pattern,
    pub(super) order: Order,
    /// Leases and versions.
    pub(super) guard: bool,
    /// The flaws.
    pub(super) unchecked: bool,
    pub(super) early: bool,
    pub(super) reorders: bool,
    pub(super) cache: Nanos,
    pub(super) database: Nanos,
}

impl Policy {
    /// What a side does under the settings. A flaw brings what it is a flaw of.
    pub(super) fn of(settings: &Settings, side: usize) -> Policy {
        let pattern = match settings.count("pattern") {
            0 => Pattern::CacheAside,
            1 => Pattern::ReadThrough,
            2 => Pattern::WriteThrough,
            3 => Pattern::WriteBehind,
            _ => Pattern::WriteAround,
        };
        let order = match settings.count("order") {
            0 => Order::DeleteAfter,
            1 => Order::UpdateAfter,
            _ => Order::DeleteBefore,
        };
        let one_way = settings.get("db") / 2e3;
        let plain = Policy {
            pattern,
            order,
            guard: settings.on("leases") == (side == YOURS),
            unchecked: false,
            early: false,
            reorders: false,
            cache: Nanos::from_secs_f64(one_way / 10.0),
            database: Nanos::from_secs_f64(one_way),
        };
        let yours = side == YOURS;
        let aside = Policy { pattern: Pattern::CacheAside, order: Order::DeleteAfter, guard: true, ..plain };
        match settings.count("bug") {
            0 => plain,
            1 => Policy { unchecked: yours, ..aside },
            2 => Policy { early: yours, ..aside },
            _ => Policy { pattern: Pattern::WriteBehind, guard: true, reorders: yours, ..plain },
        }
    }

    /// The acts of a write.
    pub(super) fn acts(&self) -> &'static [Act] {
        if self.early { &[Act::Commit, Act::Answer] } else { write(self.pattern, self.order) }
    }

    /// Whether nothing stale may stay.
    pub(super) fn promises(&self) -> bool {
        self.guard && tells_after(self.pattern, self.order)
    }

    /// Whether it differs in more than the time that messages take.
    pub(super) fn differs(&self, other: &Policy) -> bool {
        *self != Policy { cache: self.cache, database: self.database, ..*other }
    }

    pub(super) fn write_behind(&self) -> bool {
        self.pattern == Pattern::WriteBehind
    }
}
