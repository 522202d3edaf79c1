//! The controls of the demo, as its parts need them.

use super::ITEMS;
use crate::lab::Settings;
use crate::sim::{Link, Nanos};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    JoinAdds,
    NoTieBreak,
    RemoveElement,
    AsArrived,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Copy)]
pub(super) struct Knobs {
    pub(super) edits: f64,
    pub(super) removes: f64,
    pub(super) cut: Nanos,
    pub(super) skew: Nanos,
    pub(super) sync: Nanos,
    pub(super) items: usize,
    pub(super) gc: bool,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        Knobs {
            edits: settings.get("edits"),
            removes: settings.get("removes") / 100.0,
            cut: Nanos::from_secs_f64(settings.get("cut")),
            skew: Nanos::from_secs_f64(settings.get("skew") / 1e3),
            sync: Nanos::from_secs_f64(settings.get("sync") / 1e3),
            items: settings.count("items").clamp(1, ITEMS),
            gc: settings.on("gc"),
            bug: match settings.count("bug") {
                1 => Bug::JoinAdds,
                2 => Bug::NoTieBreak,
                3 => Bug::RemoveElement,
                4 => Bug::AsArrived,
                _ => Bug::None,
            },
        }
    }
}

pub(super) fn link(settings: &Settings) -> Link {
    let delay = Nanos::from_secs_f64(settings.get("delay") / 1e3);
    Link { delay, jitter: delay, loss: settings.get("loss") / 100.0, duplicate: 0.1, ..Link::default() }
}
