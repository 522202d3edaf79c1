//! Fuzz: a small spread of intervals, so that cards that were learned together do not stay together.
//!
//! It is drawn from the seed of the review and from nothing else, so the same review gives the same due
//! date wherever it is computed again. The four grades of one review share the draw, which keeps them in order.

/// The shortest and the longest interval, in days, that an interval of `days` may become.
///
/// Under 2.5 days there is no fuzz. From there on the interval moves by at most one day, plus 15% of its
/// part between 2.5 and 7 days, 10% of that between 7 and 20 and 5% of that over 20: the spread that users
/// of Anki know. The result lies between 2 and `maximum_days` (1 and that, where there is no fuzz).
#[must_use]
pub fn fuzz_span(days: f32, maximum_days: u32) -> (u32, u32) {
    let maximum = f64::from(maximum_days.max(1));
    // f32 to f64 is exact, and the steps below are then correctly rounded on every platform.
    let days = f64::from(days).clamp(0.0, maximum);
    if days < 2.5 {
        let whole = days.round().clamp(1.0, maximum) as u32;
        return (whole, whole);
    }
    let part = |from: f64, to: f64| (days.min(to) - from).max(0.0);
    let delta = 1.0 + 0.15 * part(2.5, 7.0) + 0.10 * part(7.0, 20.0) + 0.05 * part(20.0, f64::INFINITY);
    let high = (days + delta).round().min(maximum);
    let low = (days - delta).round().max(2.0).min(high);
    (low as u32, high as u32)
}

/// A number of days from `low` to `high`, each equally likely over all seeds.
pub(super) fn drawn(low: u32, high: u32, seed: u64) -> u32 {
    let count = u64::from(high - low) + 1;
    low + ((u128::from(mix(seed)) * u128::from(count)) >> 64) as u32
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): seeds that differ in one bit differ in half of the result's.
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fuzzed(days: f32, maximum_days: u32, seed: u64) -> u32 {
        let (low, high) = fuzz_span(days, maximum_days);
        drawn(low, high, seed)
    }

    #[test]
    fn the_span_is_the_known_one() {
        let check = |days, low, high| assert_eq!(fuzz_span(days, 36_500), (low, high), "{days} days");
        check(0.2, 1, 1);
        check(1.4, 1, 1);
        check(2.49, 2, 2);
        check(2.5, 2, 4); // delta 1: 1.5 and 3.5, rounded away from zero, and never under 2
        check(7.0, 5, 9); // delta 1 + 0.15 * 4.5 = 1.675: 5.3 and 8.7
        check(20.0, 17, 23); // delta 1.675 + 0.1 * 13 = 2.975: 17.0 and 23.0
        check(100.0, 93, 107); // delta 2.975 + 0.05 * 80 = 6.975: 93.0 and 107.0
        check(36_500.0, 34_673, 36_500); // delta 1826.975, and the top is cut
        assert_eq!(fuzz_span(10.0, 5), (4, 5));
        assert_eq!(fuzz_span(10.0, 1), (1, 1));
        assert_eq!(fuzz_span(f32::INFINITY, 36_500).1, 36_500);
    }

    #[test]
    fn every_day_of_the_span_is_drawn_as_often() {
        // 100 days: 15 days from 93 to 107. 15,000 seeds: 1,000 each, standard deviation
        // sqrt(15000 * 1/15 * 14/15) = 30.6. Five of them bound all 15 with a chance of error under 1e-5;
        // the seeds are fixed, so this passes always or never.
        let mut seen = [0_u32; 15];
        for seed in 0..15_000 {
            seen[fuzzed(100.0, 36_500, seed) as usize - 93] += 1;
        }
        assert!(seen.iter().all(|&count| count.abs_diff(1_000) < 153), "{seen:?}");
    }

    proptest! {
        #[test]
        fn stays_in_its_span(days in 0.0_f32..40_000.0, maximum in 1..=36_500_u32, seed: u64) {
            let drawn = fuzzed(days, maximum, seed);
            prop_assert!(drawn >= 1 && drawn <= maximum);
            let rounded = f64::from(days).round().clamp(1.0, f64::from(maximum));
            // The law in words: at most 1 day and 15% of it, plus the half that rounding may add.
            prop_assert!((f64::from(drawn) - rounded).abs() <= 1.0 + 0.15 * rounded + 1.0);
            if days < 2.5 {
                prop_assert_eq!(f64::from(drawn), rounded);
            }
        }

        #[test]
        fn a_longer_interval_stays_longer_under_the_same_seed(a in 0.0_f32..40_000.0, b in 0.0_f32..40_000.0, seed: u64) {
            let (short, long) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(fuzzed(short, 36_500, seed) <= fuzzed(long, 36_500, seed));
        }
    }
}
