//! What arithmetic says of a step in the load: rounds of growth, each as long as an instance boots.

use super::load::expected;
use super::{CAPACITY, LOOK_EVERY, SPIKE};
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::autoscaler::proportional;

/// The share of the spike's requests that is lost under the reactive rule. A busy instance shows 100% however much is
/// turned away, so a round multiplies the fleet by 1/target at most. The first round takes a look and a boot, the
/// others a boot. Within a round what exceeds the capacity is lost.
pub(super) fn lost_in_spike(settings: &Settings) -> f64 {
    let (spike, target) = (settings.get("spike"), settings.get("target") / 100.0);
    let tolerance = settings.get("tolerance") / 100.0;
    let (min, max) =
        (settings.get("min") as u32, (settings.get("max") as u32).max(settings.get("min") as u32));
    // The next look comes at once when a boot that is a number of looks long ends.
    let boot = Nanos::from_secs_f64(settings.get("boot"));
    // The ramp before was followed, as far as a full fleet exceeds the tolerance at all.
    let full = (expected(SPIKE.0 - Nanos(1), spike) / (target * CAPACITY as f64)).ceil() as u32;
    let follows = 1.0 / target > 1.0 + tolerance;
    let start = (expected(Nanos::ZERO, spike) / (target * CAPACITY as f64)).ceil() as u32;
    let mut fleet = if follows { full } else { start }.clamp(min, max);
    let (mut lost, mut came, mut at, mut next) = (0.0, 0.0, SPIKE.0, SPIKE.0 + LOOK_EVERY + boot);
    let step = Nanos::from_secs(1);
    while at < SPIKE.1 {
        let rate = expected(at, spike);
        came += rate;
        lost += (rate - f64::from(fleet) * CAPACITY as f64).max(0.0);
        at += step;
        if at >= next {
            let busy = (rate / (f64::from(fleet) * CAPACITY as f64)).min(1.0);
            fleet = proportional(fleet, busy, target, tolerance).max(fleet).clamp(min, max);
            next = at + boot;
        }
    }
    lost / came
}
