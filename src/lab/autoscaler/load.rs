//! The load: a day's curve played in three hours, from the morning on, with noise, and a spike on its way up.

use super::{LOOK_EVERY, NOISE, SPIKE};
use crate::sim::{Nanos, Rng, Seed};

/// Requests a second at night and at the busiest.
const NIGHT: f64 = 200.0;
pub(super) const NOON: f64 = 1_000.0;
/// How long a day is, and how far it has come when a run begins.
const DAY: Nanos = Nanos::from_secs(180 * 60);
const MORNING: Nanos = Nanos::from_secs(35 * 60);

/// The load without noise and spike, in requests a second.
pub(super) fn curve(at: Nanos) -> f64 {
    let turn = std::f64::consts::TAU * (at + MORNING).as_secs_f64() / DAY.as_secs_f64();
    NIGHT + (NOON - NIGHT) * (1.0 - libm::cos(turn)) / 2.0
}

/// The load with its spike and without noise.
pub(super) fn expected(at: Nanos, spike: f64) -> f64 {
    let in_spike = SPIKE.0 <= at && at < SPIKE.1;
    curve(at) * if in_spike { spike } else { 1.0 }
}

/// What comes.
#[derive(Clone, Debug)]
pub(super) struct Load {
    noise: Rng,
    /// Requests a second, until the next look.
    pub(super) rate: u64,
}

impl Load {
    pub(super) fn new(seed: Seed) -> Load {
        Load { noise: Rng::stream(seed, "load"), rate: 0 }
    }

    /// Draws the rate from `now` to the next look: that of its middle, with noise.
    pub(super) fn draw(&mut self, now: Nanos, spike: f64) {
        let factor = self.noise.normal(1.0, NOISE).max(0.0);
        self.rate = (expected(now + Nanos(LOOK_EVERY.0 / 2), spike) * factor).round() as u64;
    }
}
