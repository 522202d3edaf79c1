//! What theory expects of payments that are asked for again and again.

use super::fate::CLICKED;
use super::knobs::Knobs;

/// The share of payments that is charged twice or more without a key, where nobody clicks twice.
///
/// Each request ends in one of three ways: not charged (lost, or a crash before), charged and not heard of (a crash after,
/// the answer lost or too late), or charged and heard, which ends it. Charged twice is everything but never and
/// once. Slightly high where answers are often late: a late answer ends it before the next request times out.
pub(super) fn doubled(knobs: &Knobs) -> f64 {
    let travel = knobs.latency.as_secs_f64() * 2.0;
    let patience = (knobs.time_out.as_secs_f64() - travel).max(0.0);
    let late = libm::exp(-patience / knobs.processing.as_secs_f64());
    let arrives = 1.0 - knobs.loss;
    let not = knobs.loss + arrives * knobs.crash / 2.0;
    let heard = arrives * (1.0 - knobs.crash) * (1.0 - knobs.loss) * (1.0 - late);
    let unheard = 1.0 - not - heard;
    let requests = knobs.retries + 1;
    let power = |n: u32| libm::pow(not, f64::from(n));
    let once: f64 = (1..=requests).map(|k| power(k - 1) * (heard + unheard * power(requests - k))).sum();
    1.0 - power(requests) - once
}

/// The share of payments that check-then-set charges twice because two clicks overlap, where nothing else goes wrong:
/// the second one is looked up before the first one's charge ends. The time between is uniform, that of a charge exponential.
pub(super) fn overlap(knobs: &Knobs) -> f64 {
    let mean = knobs.processing.as_secs_f64();
    let (from, to) = (CLICKED.0.as_secs_f64(), CLICKED.1.as_secs_f64());
    let still = mean / (to - from) * (libm::exp(-from / mean) - libm::exp(-to / mean));
    knobs.clicks * still
}
