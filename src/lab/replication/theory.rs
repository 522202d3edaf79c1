//! What theory expects while nobody is down.

use super::knobs::{DISK, Fault, Knobs, NEAR, Topology};
use crate::sim::Nanos;

/// The share of messages' ways there and back, each with an exponential jitter, that take no longer than `span` beyond the delay: a
/// gamma distribution of shape 2.
fn there_and_back(span: f64, jitter: f64) -> f64 {
    if span < 0.0 {
        0.0
    } else if jitter <= 0.0 {
        1.0
    } else {
        let x = span / jitter;
        1.0 - libm::exp(-x) * (1.0 + x)
    }
}

/// The probability that at least `acks` of the followers have answered after `t` seconds.
fn enough(knobs: &Knobs, acks: usize, t: f64) -> f64 {
    let mut counts = vec![1.0];
    for follower in 1..knobs.nodes {
        let p = there_and_back(
            t - 2.0 * knobs.distance(0, follower).as_secs_f64() - DISK.as_secs_f64(),
            knobs.jitter.as_secs_f64(),
        );
        let mut next = vec![0.0; counts.len() + 1];
        for (count, share) in counts.iter().enumerate() {
            next[count] += share * (1.0 - p);
            next[count + 1] += share * p;
        }
        counts = next;
    }
    counts.iter().skip(acks).sum()
}

/// The time until a client hears that its write is stored, at the share `q` of all, in milliseconds.
pub(super) fn latency(knobs: &Knobs, q: f64) -> f64 {
    let own = (NEAR * 2 + DISK).as_secs_f64();
    let seconds = match knobs.topology {
        Topology::Multi(_) => own,
        Topology::Single if knobs.acks == 0 => own,
        Topology::Single => own + quantile(|t| enough(knobs, knobs.acks, t), q),
        Topology::Chain => {
            let hops = knobs.nodes - 1;
            let ways: Nanos =
                (0..hops).map(|hop| knobs.distance(hop, hop + 1) + DISK).fold(Nanos::ZERO, |a, b| a + b);
            own + ways.as_secs_f64() + quantile(|t| gamma(hops, t, knobs.jitter.as_secs_f64()), q)
        }
    };
    seconds * 1e3
}

/// The distribution of a sum of `shape` exponential times.
fn gamma(shape: usize, t: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    let (x, mut term, mut sum) = (t / mean, 1.0, 0.0);
    for k in 0..shape {
        sum += term;
        term *= x / (k + 1) as f64;
    }
    1.0 - libm::exp(-x) * sum
}

fn quantile(share: impl Fn(f64) -> f64, q: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while share(high) < q && high < 1e4 {
        high *= 2.0;
    }
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if share(middle) < q { low = middle } else { high = middle }
    }
    high
}

/// The acknowledged writes that crashes of an asynchronous leader lose: those on no other disk when it dies, times how often it did.
pub(super) fn lost(knobs: &Knobs, crashes: u64) -> f64 {
    match (knobs.topology, knobs.fault) {
        (Topology::Single, Fault::None | Fault::Crash) if knobs.acks == 0 => {
            // A write is shipped when the leader's disk has it, and told at that moment.
            crashes as f64 * knobs.rate * nearest(knobs)
        }
        (Topology::Single | Topology::Chain, Fault::None | Fault::Crash) => 0.0,
        _ => f64::NAN,
    }
}

/// The mean time until the first follower has an entry: the mean of the smallest of shifted exponentials, in seconds.
fn nearest(knobs: &Knobs) -> f64 {
    let jitter = knobs.jitter.as_secs_f64();
    let first = knobs.distance(0, 1).as_secs_f64();
    if jitter <= 0.0 {
        return first;
    }
    // The survival function is a product of exponentials between the delays: each stretch has a rate of its own.
    let (mut mean, mut alive) = (first, 1.0);
    for racing in 1..knobs.nodes {
        let rate = racing as f64 / jitter;
        let stretch = if racing + 1 < knobs.nodes {
            (knobs.distance(0, racing + 1) - knobs.distance(0, racing)).as_secs_f64()
        } else {
            f64::INFINITY
        };
        let survive = libm::exp(-rate * stretch);
        mean += alive * (1.0 - survive) / rate;
        alive *= survive;
    }
    mean
}

/// The share of writes that meet another one of the same key, made elsewhere before either had arrived there.
pub(super) fn conflicts(knobs: &Knobs, keys: u64, writers: usize) -> f64 {
    if !matches!(knobs.topology, Topology::Multi(_)) {
        return f64::NAN;
    }
    let writers = writers.min(knobs.nodes);
    let each = knobs.rate / writers as f64 / keys as f64;
    let mut sum = 0.0;
    for one in 0..writers {
        let ways = (0..writers).filter(|&other| other != one);
        // Within the way from there to here before it, and the way from here to there after it.
        let span: f64 =
            ways.map(|other| 2.0 * (knobs.distance(one, other) + knobs.jitter).as_secs_f64()).sum();
        sum += 1.0 - libm::exp(-each * span);
    }
    sum / writers as f64
}
