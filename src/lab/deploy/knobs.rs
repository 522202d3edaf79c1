//! The controls, as the demo uses them.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::rollout::Design;

/// What is wrong with the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harm {
    /// A share of its requests fails.
    Errors,
    /// All requests of a share of the users fail.
    SomeUsers,
    /// Nothing for some seconds, then a share of its requests fails.
    Leak,
    /// Nothing: but while it goes out, something else fails that both versions need.
    Outage,
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GateKind {
    Sprt,
    Fixed,
    Nobody,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    Past,
    Peeking,
    NotSticky,
}

/// The share of bad releases that the gate may let pass.
const BETA: f64 = 0.1;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Knobs {
    /// Shares, 0 to 1.
    pub(super) share: f64,
    pub(super) bad: f64,
    pub(super) base: f64,
    pub(super) harm: Harm,
    pub(super) gate: GateKind,
    pub(super) alpha: f64,
    pub(super) detect: f64,
    pub(super) bake: Nanos,
    pub(super) delay: Nanos,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let share = |name| settings.get(name) / 100.0;
        Knobs {
            share: share("share"),
            bad: share("bad"),
            base: share("base"),
            harm: match settings.count("harm") {
                0 => Harm::Errors,
                1 => Harm::SomeUsers,
                2 => Harm::Leak,
                _ => Harm::Outage,
            },
            gate: match settings.count("gate") {
                0 => GateKind::Sprt,
                1 => GateKind::Fixed,
                _ => GateKind::Nobody,
            },
            alpha: share("alpha"),
            detect: share("detect"),
            bake: Nanos::from_secs_f64(settings.get("bake")),
            delay: Nanos::from_secs_f64(settings.get("delay")),
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::Past,
                2 => Bug::Peeking,
                _ => Bug::NotSticky,
            },
        }
    }

    /// What the gate is made for. What it has to find lies above the base rate, or no test could.
    pub(super) fn design(&self) -> Design {
        let detect = self.detect.max(self.base * 1.2).min(0.9);
        Design { base: self.base, detect, alpha: self.alpha, beta: BETA }
    }
}
