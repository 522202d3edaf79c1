//! What is known of quorums without running them.

use super::Knobs;
use super::knobs::BASE;
use crate::sim::{Nanos, Rng, Seed};

/// How many writes and reads are drawn for the curve of visibility.
const DRAWS: usize = 2_000;
/// How many points it has.
const POINTS: usize = 24;

/// In how many ways k of n can be chosen.
fn choose(n: usize, k: usize) -> f64 {
    if k > n { 0.0 } else { (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product() }
}

/// The chance that R of N homes by chance miss all of the W that hold a write: C(N-W, R) / C(N, R).
pub(super) fn stale(n: usize, w: usize, r: usize) -> f64 {
    choose(n.saturating_sub(w), r) / choose(n, r)
}

/// The share of stale reads where it is known: that, where W homes by chance get a write and nothing brings it to more; 0
/// where quorums overlap; not a number elsewhere.
pub(super) fn expected_stale(knobs: &Knobs) -> f64 {
    let overlap = knobs.r + knobs.w > knobs.n && !knobs.sloppy;
    let plain = !knobs.all && !knobs.repair.mends() && knobs.trouble == super::Trouble::None;
    if overlap || plain { stale(knobs.n, knobs.w, knobs.r) } else { f64::NAN }
}

/// A quantile of the time of a read or a write, in milliseconds, where all are up: of those that are asked, the last that
/// is waited for. Bisection on the distribution of that order statistic; not a number where there is trouble.
pub(super) fn quantile(knobs: &Knobs, writes: bool, q: f64) -> f64 {
    if knobs.trouble != super::Trouble::None {
        return f64::NAN;
    }
    let needed = if writes { knobs.w } else { knobs.r };
    let asked = if knobs.all { knobs.n } else { needed };
    let mean = knobs.latency.as_millis_f64();
    let answered = |t: f64| {
        let one = 1.0 - if writes { stored_later(t / mean) } else { answered_later(t / mean) };
        let exactly =
            |k: usize| choose(asked, k) * libm::pow(one, k as f64) * libm::pow(1.0 - one, (asked - k) as f64);
        (needed..=asked).map(exactly).sum::<f64>()
    };
    let (mut low, mut high) = (0.0, mean * 100.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if answered(middle) < q { low = middle } else { high = middle }
    }
    2.0 * BASE.as_millis_f64() + high
}

/// The chance that two exponential ways, there and back, take longer than `t` of their means.
fn answered_later(t: f64) -> f64 {
    libm::exp(-t) * (1.0 + t)
}

/// The same with an exponential time in between of twice that mean: either the ways alone take longer, or what is
/// left of `t` is less than the time in between.
fn stored_later(t: f64) -> f64 {
    let c = 0.5;
    let between = libm::exp(-c * t) * (1.0 - libm::exp(-c * t) * (1.0 + c * t)) / (c * c);
    answered_later(t) + between
}

/// The chance that a read misses a write that was acknowledged so many milliseconds before it began, as points up to six
/// mean ways: the model of Bailis et al. (2012), in which each of the four ways is drawn by itself, that of a write with its time at the disk, and nothing is repaired. Where only
/// enough are asked it does not fall.
pub(super) fn visibility(knobs: &Knobs) -> Vec<(f64, f64)> {
    let span = span(knobs).as_millis_f64();
    let at = |point: usize| span * point as f64 / (POINTS - 1) as f64;
    if !knobs.all {
        let level = stale(knobs.n, knobs.w, knobs.r);
        return (0..POINTS).map(|point| (at(point), level)).collect();
    }
    let mut rng = Rng::stream(Seed(0), "visibility");
    // For each draw until what age the read misses the write.
    let mut ages: Vec<f64> = (0..DRAWS).map(|_| missed_until(knobs, &mut rng)).collect();
    ages.sort_by(f64::total_cmp);
    let share = |t: f64| (DRAWS - ages.partition_point(|age| *age <= t)) as f64 / DRAWS as f64;
    (0..POINTS).map(|point| (at(point), share(at(point)))).collect()
}

/// The ages that the curve of visibility spans.
pub(super) fn span(knobs: &Knobs) -> Nanos {
    knobs.latency * 6
}

/// One write and one read: until what age, in milliseconds, the read misses the write.
fn missed_until(knobs: &Knobs, rng: &mut Rng) -> f64 {
    let mut way = |mean: Nanos| rng.exponential(mean).as_millis_f64();
    let one = knobs.latency;
    let base = BASE.as_millis_f64();
    // When each replica has the write, when its word is back; how long a read takes there, and with its answer.
    let replicas: Vec<[f64; 4]> = (0..knobs.n)
        .map(|_| {
            let (there, fetch) = (base + way(one) + way(knobs.disk()), base + way(one));
            [there, there + base + way(one), fetch, fetch + base + way(one)]
        })
        .collect();
    let mut acked: Vec<f64> = replicas.iter().map(|one| one[1]).collect();
    acked.sort_by(f64::total_cmp);
    let acked = acked[knobs.w - 1];
    let mut readers: Vec<usize> = (0..knobs.n).collect();
    readers.sort_by(|a, b| replicas[*a][3].total_cmp(&replicas[*b][3]));
    // A replica misses it where it is read before it has it.
    readers[..knobs.r]
        .iter()
        .map(|&one| replicas[one][0] - acked - replicas[one][2])
        .fold(f64::INFINITY, f64::min)
}
