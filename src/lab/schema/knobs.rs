//! The controls, as the demo uses them.

use super::Change;
use crate::lab::Settings;
use crate::sim::Nanos;

/// Who gets the new version first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    ReadersFirst,
    WritersFirst,
    Together,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    DropUnknown,
    Hasty,
    WrongSchema,
}

#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) change: Change,
    pub(super) order: Order,
    pub(super) expand: bool,
    pub(super) rollout: Nanos,
    pub(super) lag: Nanos,
    pub(super) retention: Nanos,
    pub(super) rollback: Option<Nanos>,
    pub(super) rate: f64,
    pub(super) big: bool,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let seconds = |name| Nanos::from_secs_f64(settings.get(name));
        Knobs {
            change: Change::ALL[settings.count("change").min(Change::ALL.len() - 1)],
            order: match settings.count("order") {
                0 => Order::ReadersFirst,
                1 => Order::WritersFirst,
                _ => Order::Together,
            },
            expand: settings.on("expand"),
            rollout: seconds("rollout"),
            lag: seconds("lag"),
            retention: seconds("retention"),
            rollback: Some(seconds("rollback")).filter(|at| *at > Nanos::ZERO),
            rate: settings.get("rate"),
            big: settings.on("big"),
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::DropUnknown,
                2 => Bug::Hasty,
                _ => Bug::WrongSchema,
            },
        }
    }
}
