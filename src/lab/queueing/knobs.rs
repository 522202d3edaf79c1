//! The controls of the waiting lines, as the events need them.

use super::{POOLED, SEPARATE, SERVERS};
use crate::lab::Settings;
use crate::lab::workload::{Pattern, Shape};
use crate::sim::Nanos;
use crate::systems::station::Order;

/// What is set, as the events need it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knobs {
    /// The share of the servers' time that arrivals ask for; 1 is all of it.
    pub(super) rho: f64,
    pub(super) servers: usize,
    pub(super) route: Route,
    pub(super) shape: Shape,
    pub(super) pattern: Pattern,
    pub(super) time: Nanos,
    pub(super) bug: Bug,
}

/// How arrivals are distributed among lines of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// One line for all is what is measured; beside it, distributed at random.
    Pooled,
    Random,
    InTurn,
    Shortest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    TimedFromStart,
    NotFreed,
    NewestFirst,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        Knobs {
            rho: settings.get("load") / 100.0,
            servers: settings.count("servers").clamp(1, SERVERS),
            route: match settings.count("layout") {
                0 => Route::Pooled,
                1 => Route::Random,
                2 => Route::InTurn,
                _ => Route::Shortest,
            },
            shape: Shape::of(settings.get("service")),
            pattern: Pattern::of(settings.get("arrivals")),
            time: Nanos::from_secs_f64(settings.get("time") / 1e3),
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::TimedFromStart,
                2 => Bug::NotFreed,
                _ => Bug::NewestFirst,
            },
        }
    }

    /// Arrivals a second.
    pub(super) fn rate(&self) -> f64 {
        self.rho * self.servers as f64 / self.time.as_secs_f64()
    }

    /// Which layout the readings are about.
    pub(super) fn measured(&self) -> usize {
        if self.servers == 1 || self.route == Route::Pooled { POOLED } else { SEPARATE }
    }

    pub(super) fn order(&self) -> Order {
        if self.bug == Bug::NewestFirst { Order::LastCome } else { Order::FirstCome }
    }
}
