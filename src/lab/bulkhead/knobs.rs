//! What the controls mean: the rules of the calls, the limits of the pools, and how long theory lets them last.

use super::request::{Bug, Rules};
use super::{DEPENDENCIES, ONE, SHARES};
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::bulkhead::{Limits, lasts, permits_in_use};

pub(super) fn millis(settings: &Settings, name: &str) -> Nanos {
    Nanos::from_secs_f64(settings.get(name) / 1e3)
}

pub(super) fn rules(settings: &Settings) -> Rules {
    let bug = Bug::of(settings.get("bug"));
    let deadlines = settings.on("deadline") || bug == Bug::FreshDeadline;
    Rules { timeout: millis(settings, "timeout"), deadlines, bug }
}

/// The limits of each pool of a layout. With deadlines who has no time left leaves the line.
pub(super) fn limits(settings: &Settings, side: usize) -> Vec<Limits> {
    let (count, control) = if side == ONE { (1, "pool") } else { (DEPENDENCIES, "each") };
    let max_wait = if rules(settings).deadlines { millis(settings, "timeout") } else { Nanos::MAX };
    let permits = settings.count(control) as u32;
    vec![Limits { permits, places: settings.count("queue"), max_wait }; count]
}

/// Seconds from the hang until the one pool has no free permit: what is in use stays or comes and goes, and what hangs
/// adds up. Not a number where it never does: calls that give up make room for others.
pub(super) fn saturated_theory(settings: &Settings) -> f64 {
    let (pool, rate) = (settings.get("pool"), settings.get("rate"));
    let hanging = rate * SHARES[settings.count("hangs").min(DEPENDENCIES - 1)];
    let after = lasts(pool, permits_in_use(rate, millis(settings, "latency")), hanging);
    let over = settings.get("hang").min(settings.get("timeout") / 1e3);
    if after < over { after } else { f64::NAN }
}
