//! Distributions that a stream of random numbers is drawn through.
//!
//! Each takes its parameters as they stand in books and draws a fixed amount from the stream, so that two runs
//! that differ in a parameter stay in step. What falls between two nanoseconds is rounded (an exponential span, cut
//! off). A logarithm or power comes from `libm`, whose results are the same on every platform; the pinned numbers
//! in the tests hold that.
//! Popularity has a file of its own: [`super::Zipf`].

use super::{Nanos, Rng};

impl Rng {
    /// An exponentially distributed span: the gaps of a Poisson process with one event per `mean`. One draw.
    pub fn exponential(&mut self, mean: Nanos) -> Nanos {
        // 1 - unit() lies in (0, 1], so the logarithm is finite.
        Nanos((-libm::log(1.0 - self.unit()) * mean.0 as f64) as u64)
    }

    /// A normally distributed number (Box-Muller; the second of the pair is not kept, so that each call
    /// draws the same amount from the stream: two).
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        mean + deviation * radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// A log-normally distributed span whose mean is `mean`; its logarithm has the deviation `sigma`. Measured
    /// latencies roughly look so: never near zero, with a long tail. With `sigma` 0.5 the 99th percentile is
    /// 2.8 means. Saturates at [`Nanos::MAX`]. Two draws.
    pub fn log_normal(&mut self, mean: Nanos, sigma: f64) -> Nanos {
        // The mean of exp(N(m, s)) is exp(m + s^2 / 2).
        rounded(mean.0 as f64 * libm::exp(self.normal(-sigma * sigma / 2.0, sigma)))
    }

    /// A Pareto-distributed span: at least `scale`, longer than `x` with probability (scale / x)^`alpha`. The mean
    /// is scale * alpha / (alpha - 1) where `alpha` is above 1, else infinite. `alpha` must be above 0 (else
    /// nearly every span is [`Nanos::MAX`], where all that is too long ends). One draw.
    pub fn pareto(&mut self, scale: Nanos, alpha: f64) -> Nanos {
        // max() also replaces what is not a number.
        let alpha = alpha.max(f64::MIN_POSITIVE);
        rounded(scale.0 as f64 * libm::exp(-libm::log(1.0 - self.unit()) / alpha))
    }

    /// Uniform in `from..to`, to the nanosecond; `from` where that is empty. One draw.
    pub fn uniform(&mut self, from: Nanos, to: Nanos) -> Nanos {
        from + Nanos(self.below(to.since(from).0))
    }

    /// One of `items`, each equally likely; none where there is none. One draw.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// Puts `items` in random order, each order equally likely (Fisher and Yates, in Durstenfeld's form).
    /// As many draws as items, less one.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

fn rounded(nanos: f64) -> Nanos {
    // `as` saturates and maps NaN to 0, on every platform alike.
    Nanos(nanos.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Seed;

    const N: u32 = 100_000;

    fn rng(label: &str) -> Rng {
        Rng::stream(Seed(1), label)
    }

    /// The mean of N numbers must lie within four standard errors of what it should be: a 1 in 16,000 event,
    /// and the seed is fixed, so this passes always or never.
    fn check_mean(name: &str, expected: f64, deviation: f64, mut draw: impl FnMut() -> f64) {
        let mean = (0..N).map(|_| draw()).sum::<f64>() / f64::from(N);
        let allowed = 4.0 * deviation / f64::from(N).sqrt();
        assert!((mean - expected).abs() < allowed, "{name}: {mean}, not {expected} within {allowed}");
    }

    /// The share of draws for which something is true, within four standard errors of its probability.
    fn check_share(name: &str, p: f64, mut draw: impl FnMut() -> bool) {
        check_mean(name, p, (p * (1.0 - p)).sqrt(), || if draw() { 1.0 } else { 0.0 });
    }

    #[test]
    fn samplers_have_their_means() {
        let mut rng = rng("test");
        check_mean("unit", 0.5, (1.0_f64 / 12.0).sqrt(), || rng.unit());
        let ten = Nanos::from_millis(10);
        check_mean("exponential", 10.0, 10.0, || rng.exponential(ten).as_millis_f64());
        check_mean("normal", 5.0, 2.0, || rng.normal(5.0, 2.0));
        // (x - 5)^2 has the mean sd^2 and the deviation sd^2 sqrt 2.
        check_mean("normal's variance", 4.0, 4.0 * 2.0_f64.sqrt(), || (rng.normal(5.0, 2.0) - 5.0).powi(2));
        // Its variance is mean^2 (exp(sigma^2) - 1).
        let deviation = 10.0 * (0.25_f64.exp() - 1.0).sqrt();
        check_mean("log-normal", 10.0, deviation, || rng.log_normal(ten, 0.5).as_millis_f64());
        // Variance: scale^2 alpha / ((alpha - 1)^2 (alpha - 2)).
        let deviation = 10.0 * (5.0_f64 / (16.0 * 3.0)).sqrt();
        check_mean("pareto", 12.5, deviation, || rng.pareto(ten, 5.0).as_millis_f64());
        let (from, to) = (Nanos::from_millis(10), Nanos::from_millis(40));
        let deviation = 30.0 / 12.0_f64.sqrt();
        check_mean("uniform", 25.0, deviation, || rng.uniform(from, to).as_millis_f64());
    }

    #[test]
    fn samplers_have_their_tails() {
        let mut rng = rng("tails");
        let ten = Nanos::from_millis(10);
        check_share("exponential", (-3.0_f64).exp(), || rng.exponential(ten) > Nanos::from_millis(30));
        // A heavy tail, whose mean is infinite: beyond 100 times the scale lies 1% where alpha is 1.
        check_share("pareto 1", 0.01, || rng.pareto(ten, 1.0) > Nanos::from_secs(1));
        check_share("pareto 1.5", 10.0_f64.powf(-1.5), || rng.pareto(ten, 1.5) > Nanos::from_millis(100));
        // The median of a log-normal is mean exp(-sigma^2 / 2); 2.3263479 deviations up lies its 99th percentile.
        let median = Nanos::from_millis(10).as_secs_f64() * (-0.125_f64).exp();
        check_share("median", 0.5, || rng.log_normal(ten, 0.5).as_secs_f64() > median);
        let p99 = median * (0.5 * 2.326_347_9_f64).exp();
        check_share("p99", 0.01, || rng.log_normal(ten, 0.5).as_secs_f64() > p99);
        assert!((p99 / 0.01 - 2.8).abs() < 0.05, "as the documentation says: {p99}");
    }

    #[test]
    fn samplers_stay_in_their_ranges() {
        let mut rng = rng("ranges");
        for _ in 0..10_000 {
            let x = rng.uniform(Nanos(7), Nanos(10));
            assert!((7..10).contains(&x.0), "{x}");
            assert!(rng.pareto(Nanos(100), 0.5) >= Nanos(100));
        }
        assert_eq!(rng.uniform(Nanos(7), Nanos(7)), Nanos(7));
        assert_eq!(rng.uniform(Nanos(7), Nanos(3)), Nanos(7));
        assert_eq!(rng.uniform(Nanos(7), Nanos(8)), Nanos(7));
        for alpha in [0.0, -1.0, f64::NAN] {
            assert_eq!(rng.pareto(Nanos(100), alpha), Nanos::MAX, "{alpha}");
        }
        assert_eq!(rng.pareto(Nanos::ZERO, 0.0), Nanos::ZERO);
        assert_eq!(rng.log_normal(Nanos(5), 0.0), Nanos(5));
        assert_eq!(rng.log_normal(Nanos::ZERO, 3.0), Nanos::ZERO);
    }

    #[test]
    fn a_shuffle_gives_every_order_equally_often() {
        // 24 orders of 4 items, 48,000 shuffles: chi-square with 23 degrees of freedom exceeds 62.0 with
        // probability 2e-5.
        let mut rng = rng("shuffle");
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..48_000 {
            let mut items = [0, 1, 2, 3];
            rng.shuffle(&mut items);
            *seen.entry(items).or_insert(0_u32) += 1;
        }
        assert_eq!(seen.len(), 24);
        let chi: f64 = seen.values().map(|&n| (f64::from(n) - 2000.0).powi(2) / 2000.0).sum();
        assert!(chi < 62.0, "{chi}");
        rng.shuffle::<u8>(&mut []);
    }

    #[test]
    fn a_pick_is_any_of_the_items() {
        let mut rng = rng("pick");
        let items = ["a", "b", "c"];
        for item in items {
            check_share(item, 1.0 / 3.0, || rng.pick(&items) == Some(&item));
        }
        assert_eq!(rng.pick::<u8>(&[]), None);
    }

    #[test]
    fn each_call_draws_the_same_amount() {
        fn check<T>(name: &str, draws: usize, sample: impl Fn(&mut Rng) -> T) {
            for seed in 0..50 {
                let mut used = Rng::stream(Seed(seed), "amount");
                let mut counted = used.clone();
                sample(&mut used);
                for _ in 0..draws {
                    counted.next_u64();
                }
                assert_eq!(used, counted, "{name}");
            }
        }
        let ten = Nanos::from_millis(10);
        check("exponential", 1, |rng| rng.exponential(ten));
        check("normal", 2, |rng| rng.normal(0.0, 1.0));
        check("log-normal", 2, |rng| rng.log_normal(ten, 1.0));
        check("log-normal without spread", 2, |rng| rng.log_normal(ten, 0.0));
        check("pareto", 1, |rng| rng.pareto(ten, 1.2));
        check("uniform", 1, |rng| rng.uniform(Nanos(3), Nanos(9)));
        check("uniform over nothing", 1, |rng| rng.uniform(Nanos(9), Nanos(3)));
        check("pick", 1, |rng| rng.pick(&[1, 2, 3]).copied());
        check("pick of nothing", 1, |rng| rng.pick::<u8>(&[]).copied());
        check("shuffle", 4, |rng| rng.shuffle(&mut [1, 2, 3, 4, 5]));
    }

    /// The first numbers of each, which another implementation of the formulas gives too (Python's `math`, to the
    /// last nanosecond).
    #[test]
    fn the_numbers_are_pinned() {
        fn check<T: std::fmt::Debug + PartialEq, const K: usize>(
            label: &str,
            mut sample: impl FnMut(&mut Rng) -> T,
            expected: &[T; K],
        ) {
            let mut rng = rng(label);
            let drawn: [T; K] = std::array::from_fn(|_| sample(&mut rng));
            assert_eq!(drawn.as_slice(), expected, "{label}");
        }
        let second = Nanos::from_secs(1);
        check("exponential", |rng| rng.exponential(second).0, &[1_648_623_727, 1_270_424_161, 1_175_808_303]);
        let bits = [4_611_394_529_347_835_002, 13_837_632_129_280_245_344, 4_600_721_663_429_217_864];
        check("normal", |rng| rng.normal(0.0, 1.0).to_bits(), &bits);
        check("log-normal", |rng| rng.log_normal(second, 0.5).0, &[639_593_184, 491_129_028, 1_484_049_574]);
        check("pareto", |rng| rng.pareto(second, 1.2).0, &[1_124_707_101, 1_151_058_330, 3_429_646_185]);
        check("uniform", |rng| rng.uniform(Nanos::ZERO, second).0, &[942_716_198, 402_567_308, 166_737_008]);
        check("pick", |rng| rng.pick(&[10, 20, 30]).copied(), &[30, 20, 30, 30, 10, 30].map(Some));
        let shuffled = |rng: &mut Rng| {
            let mut items = [0, 1, 2, 3, 4, 5];
            rng.shuffle(&mut items);
            items
        };
        check("shuffle", shuffled, &[[5, 1, 0, 2, 4, 3], [1, 5, 0, 4, 3, 2]]);
    }
}
