//! What the controls mean: the rules of the callers, and what theory expects of them.

use super::side::Rules;
use super::{BUDGET_FULL, CAP, CAPACITY, EARNED, NO_RETRIES, YOURS};
use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::retry::{Backoff, Kind, RetryBudget};

/// The rules of a side under the settings.
pub(super) fn rules(settings: &Settings, side: usize) -> Rules {
    let strategy = settings.count(if side == YOURS { "strategy" } else { "against" });
    let kind = match strategy {
        0 | 1 => Kind::None,
        2 => Kind::Fixed,
        3 => Kind::Exponential,
        4 => Kind::EqualJitter,
        5 => Kind::FullJitter,
        _ => Kind::Decorrelated,
    };
    let millis = |name| Nanos::from_secs_f64(settings.get(name) / 1e3);
    let bug = if side == YOURS { settings.count("bug") } else { 0 };
    let tries = if strategy == 0 { 1 } else { settings.get("tries") as u32 };
    Rules {
        // A retry loop around a client that retries: what is set holds at each of the two layers.
        tries: if bug == 1 { tries * tries } else { tries },
        backoff: Backoff { kind, base: millis("base"), cap: CAP },
        timeout: millis("timeout"),
        room: settings.count("queue"),
        counts_late: bug == 2,
    }
}

/// How many thousandths of a retry a call earns; nothing without a budget.
pub(super) fn earned(settings: &Settings) -> Option<u32> {
    EARNED.get(settings.count("budget")).copied().filter(|&earned| earned > 0)
}

pub(super) fn budget(settings: &Settings) -> Option<RetryBudget> {
    earned(settings).map(|earned| RetryBudget::new(earned, BUDGET_FULL))
}

/// The tries a second where every try fails.
pub(super) fn tries_theory(settings: &Settings) -> f64 {
    let tries = f64::from(rules(settings, YOURS).tries);
    let allowed = earned(settings).map_or(tries, |earned| 1.0 + f64::from(earned) / 1e3);
    settings.get("load") * tries.min(allowed)
}

/// Expected seconds without retries from the end of the pause until the last work for nobody, as a fluid. Of
/// the pause B at the load share r a queue of rB seconds is left, which shrinks by 1 - r a second. Who joins it while
/// it is longer than the time-out T is served when he is gone: until (rB - T)/(1 - r), and then T later. Where
/// rB is below T only those suffer who came early in the pause: they are served until r(B - T)/(1 - r). Not a number where the queue
/// has no room for that, and at a load that it never recovers from.
pub(super) fn collapse_theory(settings: &Settings) -> f64 {
    let (pause, timeout) = (settings.get("blip"), settings.get("timeout") / 1e3);
    let load = settings.get("load") / CAPACITY;
    let left = load * pause;
    if load >= 1.0 || left * CAPACITY > settings.get("queue") || settings.get("against") != NO_RETRIES {
        f64::NAN
    } else if left > timeout {
        (left - timeout) / (1.0 - load) + timeout
    } else {
        load * (pause - timeout).max(0.0) / (1.0 - load)
    }
}
