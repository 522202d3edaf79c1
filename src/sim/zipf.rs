//! Popularity: few things are wanted often, most are wanted hardly ever.
//!
//! Under Zipf's law the k-th most popular of n things is asked for with a probability proportional to 1/k^s.
//! Samples come from rejection-inversion (W. Hörmann, G. Derflinger: Rejection-inversion to generate variates from
//! monotone discrete distributions, ACM TOMACS 6(3), 1996): the integral of x^-s over [k - 1/2, k + 1/2] is at least
//! k^-s, since the curve is convex, so a point under the curve is drawn by inversion, rounded to k, and refused
//! where it lies in the surplus. No table, so a billion things cost no more than ten.

use super::Rng;

/// The terms of the normalising sum that are added one by one; the rest is Euler-Maclaurin.
const HEAD: u64 = 32;

/// Zipf's distribution over the ranks `0..n`, 0 the most popular. Five numbers, whatever `n` is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zipf {
    n: u64,
    exponent: f64,
    /// The area under the curve up to the end of the last rank.
    to_end: f64,
    /// The same from where the first rank begins; it is given the area 1, its weight, so it is never refused.
    to_start: f64,
    /// A point this close below its rank, or closer, is in nobody's surplus.
    safe: f64,
    /// The sum of all weights.
    sum: f64,
}

impl Zipf {
    /// Zipf's law over `n` ranks (1 to 2^53; what is outside is brought in) with the exponent `s` (0 to 3, brought
    /// in likewise; 0 is the uniform distribution, about 1 is what is measured of words, pages and keys). O(1).
    #[must_use]
    pub fn new(n: u64, s: f64) -> Zipf {
        let n = n.clamp(1, 1 << 53);
        let exponent = if s.is_nan() { 0.0 } else { s.clamp(0.0, 3.0) };
        let safe = 2.0 - area_inverse(area(2.5, exponent) - weight(2.0, exponent), exponent);
        Zipf {
            n,
            exponent,
            to_end: area(n as f64 + 0.5, exponent),
            to_start: area(1.5, exponent) - 1.0,
            safe,
            sum: weight_of_all(n, exponent),
        }
    }

    /// How many ranks there are.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.n
    }

    /// A rank below `n`; expected O(1): at most 1.2 draws on average. Exact up to the 53 bits of a draw: what
    /// together has a probability below 1e-15 (the far tail of a steep law) is not resolved.
    pub fn sample(&self, rng: &mut Rng) -> u64 {
        loop {
            // 1 - unit() lies in (0, 1]: never quite the start.
            let under = self.to_start + (1.0 - rng.unit()) * (self.to_end - self.to_start);
            let x = area_inverse(under, self.exponent);
            let rank = ((x + 0.5) as u64).clamp(1, self.n);
            let k = rank as f64;
            if k - x <= self.safe || under >= area(k + 0.5, self.exponent) - weight(k, self.exponent) {
                return rank - 1;
            }
        }
    }

    /// The probability of `rank`, 0 the most popular; 0 from `n` on. Its relative error is below 1e-13.
    #[must_use]
    pub fn probability(&self, rank: u64) -> f64 {
        if rank < self.n { weight((rank + 1) as f64, self.exponent) / self.sum } else { 0.0 }
    }
}

/// x^-s.
fn weight(x: f64, s: f64) -> f64 {
    libm::exp(-s * libm::log(x))
}

/// The integral of t^-s from 1 to `x`: (x^(1-s) - 1) / (1-s), and log x at s = 1, where both meet without a jump.
fn area(x: f64, s: f64) -> f64 {
    let log = libm::log(x);
    log * over(libm::expm1, (1.0 - s) * log)
}

/// The `x` to which the integral is `area`.
fn area_inverse(area: f64, s: f64) -> f64 {
    // By rounding it could fall below -1, where no logarithm is.
    let t = (area * (1.0 - s)).max(-1.0);
    libm::exp(area * over(libm::log1p, t))
}

/// f(x) / x for an f with f(0) = 0 and the slope 1 there.
fn over(f: fn(f64) -> f64, x: f64) -> f64 {
    if x.abs() < 1e-300 { 1.0 } else { f(x) / x }
}

/// The sum of k^-s for k from 1 to `n`: the first terms as they are, the rest by the Euler-Maclaurin formula with
/// three corrections. The first that is left out, s(s+1)...(s+6) / 1,209,600 x^-(s+7) at x = 33, is below 1e-16
/// for s up to 3, so rounding decides: a relative error below 1e-13.
fn weight_of_all(n: u64, s: f64) -> f64 {
    let head: f64 = (1..=n.min(HEAD)).rev().map(|k| weight(k as f64, s)).sum();
    if n <= HEAD {
        return head;
    }
    let (from, to) = ((HEAD + 1) as f64, n as f64);
    // The odd derivatives of x^-s, without their sign.
    let corrections = |x: f64| {
        let w = weight(x, s);
        let first = s * w / x;
        let third = first * (s + 1.0) * (s + 2.0) / (x * x);
        let fifth = third * (s + 3.0) * (s + 4.0) / (x * x);
        first / 12.0 - third / 720.0 + fifth / 30_240.0
    };
    let ends = (weight(from, s) + weight(to, s)) / 2.0;
    head + (area(to, s) - area(from, s)) + ends + corrections(from) - corrections(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Seed;

    fn close(name: &str, found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= relative * expected.abs(), "{name}: {found}, not {expected}");
    }

    #[test]
    fn the_normalising_sum_is_that_of_the_books() {
        // Euler's constant gives the harmonic numbers: H(n) = ln n + 0.5772... + 1/2n - 1/12n^2.
        let harmonic = |n: f64| n.ln() + 0.577_215_664_901_532_9 + 0.5 / n - 1.0 / (12.0 * n * n);
        for n in [1_000, 1_000_000, 1_000_000_000] {
            close("harmonic", weight_of_all(n, 1.0), harmonic(n as f64), 1e-13);
        }
        // zeta(2) is pi^2/6 (Euler), zeta(3) Apéry's constant; what is beyond n is 1/n and 1/2n^2.
        let n = 1e9;
        let zeta2 = std::f64::consts::PI.powi(2) / 6.0;
        close("zeta(2)", weight_of_all(1_000_000_000, 2.0), zeta2 - 1.0 / n, 1e-13);
        close("zeta(3)", weight_of_all(1_000_000_000, 3.0), 1.202_056_903_159_594_3, 1e-13);
        close("uniform", weight_of_all(1_000_000_000, 0.0), 1e9, 1e-13);
    }

    #[test]
    fn probabilities_are_those_of_the_plain_sum() {
        for n in [1, 2, 31, 32, 33, 34, 100, 20_000, 1_000_000] {
            for s in [0.0, 0.3, 0.99, 1.0, 1.000_000_1, 1.2, 2.5, 3.0] {
                // The platform's own power, from the smallest term up.
                let plain: f64 = (1..=n).rev().map(|k| (k as f64).powf(-s)).sum();
                let zipf = Zipf::new(n, s);
                close("first", zipf.probability(0), 1.0 / plain, 1e-13);
                close("last", zipf.probability(n - 1), (n as f64).powf(-s) / plain, 1e-13);
                assert_eq!(zipf.probability(n), 0.0);
                assert_eq!(zipf.probability(u64::MAX), 0.0);
            }
        }
    }

    /// Pearson's chi-square over bins of at least 20 expected draws must lie within 5 of its deviations,
    /// sqrt(2 degrees of freedom), above its mean, the degrees of freedom: with 30 and more of them that happens
    /// by chance once in 50,000 times. Bins double in width, so that they reach to the end of the law.
    fn check_shares(n: u64, s: f64) {
        let draws = 80_000_u32;
        let zipf = Zipf::new(n, s);
        let mut rng = Rng::stream(Seed(3), "zipf");
        let mut drawn: Vec<u64> = (0..draws).map(|_| zipf.sample(&mut rng)).collect();
        drawn.sort_unstable();
        assert!(drawn.last().is_some_and(|&last| last < n));
        let (mut chi, mut bins, mut done, mut rest) = (0.0, 0.0, 0.0, &drawn[..]);
        let mut bin = |seen: usize, expected: f64| {
            chi += (seen as f64 - expected).powi(2) / expected;
            bins += 1.0;
        };
        let mut end = 1;
        loop {
            // Below 32 each rank is a bin of its own; then there are 16 to a doubling.
            let share = weight_of_all(end.min(n), s) / weight_of_all(n, s);
            let expected = (share - done) * f64::from(draws);
            if end >= n || (1.0 - share) * f64::from(draws) < 20.0 {
                bin(rest.len(), (1.0 - done) * f64::from(draws));
                break;
            }
            if expected >= 20.0 {
                let here = rest.partition_point(|&rank| rank < end);
                bin(here, expected);
                rest = &rest[here..];
                done = share;
            }
            end += (end / 16).max(1);
        }
        let degrees: f64 = bins - 1.0;
        assert!(chi < degrees + 5.0 * (2.0 * degrees).sqrt().max(3.0), "{n} {s}: {chi} of {degrees}");
    }

    #[test]
    fn samples_follow_the_law() {
        for s in [0.0, 0.5, 0.99, 1.0, 1.3, 2.0, 3.0] {
            for n in [2, 3, 50, 100_000, 1_000_000_000] {
                check_shares(n, s);
            }
        }
    }

    #[test]
    fn what_is_out_of_range_is_brought_in() {
        let mut rng = Rng::stream(Seed(1), "edges");
        for n in [0, 1] {
            let zipf = Zipf::new(n, 1.0);
            assert_eq!((zipf.n(), zipf.sample(&mut rng), zipf.probability(0)), (1, 0, 1.0));
        }
        assert_eq!(Zipf::new(10, f64::NAN), Zipf::new(10, 0.0));
        assert_eq!(Zipf::new(10, -1.0), Zipf::new(10, 0.0));
        assert_eq!(Zipf::new(10, f64::INFINITY), Zipf::new(10, 3.0));
        for s in [0.0, 1.0, 3.0] {
            let most = Zipf::new(u64::MAX, s);
            assert!((0..1000).all(|_| most.sample(&mut rng) < most.n()));
            assert!(most.probability(0).is_finite() && most.probability(0) > 0.0);
        }
    }

    #[test]
    fn few_draws_are_refused() {
        for s in [0.0, 0.5, 1.0, 2.0, 3.0] {
            for n in [2, 10, 1_000_000] {
                let zipf = Zipf::new(n, s);
                let mut rng = Rng::stream(Seed(1), "draws");
                let mut counted = rng.clone();
                for _ in 0..10_000 {
                    zipf.sample(&mut rng);
                }
                let draws = (1..20_000).find(|_| {
                    counted.next_u64();
                    counted == rng
                });
                assert!(draws.is_some_and(|draws| draws <= 12_000), "{n} {s}: {draws:?} for 10,000");
            }
        }
    }

    #[test]
    fn the_numbers_are_pinned() {
        fn check(n: u64, s: f64, expected: [u64; 6]) {
            let mut rng = Rng::stream(Seed(1), "pinned");
            let zipf = Zipf::new(n, s);
            assert_eq!(expected.map(|_| zipf.sample(&mut rng)), expected, "{n} {s}");
        }
        check(100, 0.0, [42, 41, 83, 67, 99, 44]);
        check(100_000, 0.99, [107, 95, 15_285, 2_174, 98_460, 138]);
        check(100_000, 1.0, [89, 80, 13_868, 1_853, 98_366, 115]);
        check(1_000_000_000, 1.0, [4_374, 3_566, 30_859_368, 892_767, 971_416_412, 6_745]);
        check(1_000, 3.0, [0, 0, 1, 0, 16, 0]);
        assert_eq!(Zipf::new(100_000, 0.99).probability(0).to_bits(), 4_590_303_463_368_499_470);
    }
}
