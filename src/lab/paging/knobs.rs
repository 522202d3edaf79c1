//! The controls, as the demo uses them.

use crate::lab::Settings;
use crate::sim::Nanos;

/// Where new rows come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Top,
    Anywhere,
    End,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    NoTiebreak,
    Inclusive,
    OffsetInCursor,
}

#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) rows: usize,
    pub(super) size: usize,
    pub(super) pause: Nanos,
    pub(super) inserts: f64,
    pub(super) deletes: f64,
    pub(super) bumps: f64,
    pub(super) spot: Spot,
    pub(super) ties: u64,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        Knobs {
            rows: settings.count("rows"),
            size: settings.count("size").max(1),
            pause: Nanos::from_secs_f64(settings.get("pause") / 1e3),
            inserts: settings.get("inserts"),
            deletes: settings.get("deletes"),
            bumps: settings.get("moves"),
            spot: match settings.count("spot") {
                0 => Spot::Top,
                1 => Spot::Anywhere,
                _ => Spot::End,
            },
            ties: settings.count("ties").max(1) as u64,
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::NoTiebreak,
                2 => Bug::Inclusive,
                _ => Bug::OffsetInCursor,
            },
        }
    }
}
