//! The statistical gate of a canary: does the new version fail more often than the old one beside it?
//!
//! Both tests take pairs: a request of the new version and one of the old version of the same time, and whether each failed.
//!
//! [`FixedTest`] is the textbook's: gather as many pairs as the design says, then look **once** at the z score of the two
//! shares. Looking again and again at the same level and stopping at the first alarm is not this test any more: with
//! enough looks it stops every good release (Armitage, McPherson and Rowe 1969; Johari et al. 2017 for A/B tests). `peek` does
//! that on purpose.
//!
//! [`Sprt`] may be looked at after every pair: Wald's sequential probability ratio test (1945) on the pairs that differ.
//! Where both versions fail alike, either is as likely to be the one that failed; where the odds of the new one are `u` times
//! as high, it is the new one with chance u / (1 + u), whatever the rate of errors is (Wald 1947, "double dichotomies").

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against the new version.
    Go,
    /// The new version fails more often.
    Stop,
}

/// What a gate is made to find, and how often it may err.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// The share of requests that fails at the old version, 0 to 1.
    pub base: f64,
    /// The share at a new version that has to be found: above `base`.
    pub detect: f64,
    /// The chance of stopping a version that is as good as the old one.
    pub alpha: f64,
    /// The chance of letting one pass that fails at the rate `detect`.
    pub beta: f64,
}

impl Design {
    /// How many pairs the fixed test needs: (z_α √(2 p q) + z_β √(p₀ q₀ + p₁ q₁))² / (p₁ − p₀)², with p the mean of the two
    /// rates (Fleiss, *Statistical Methods for Rates and Proportions*).
    #[must_use]
    pub fn pairs(&self) -> f64 {
        let (p0, p1) = (self.base, self.detect);
        let mean = (p0 + p1) / 2.0;
        let alike = (2.0 * mean * (1.0 - mean)).sqrt();
        let apart = (p0 * (1.0 - p0) + p1 * (1.0 - p1)).sqrt();
        let sum = normal_quantile(1.0 - self.alpha) * alike + normal_quantile(1.0 - self.beta) * apart;
        (sum / (p1 - p0)) * (sum / (p1 - p0))
    }

    /// The chance that of a pair which differs it is the new one that failed, where its rate is `detect`.
    #[must_use]
    pub fn theta(&self) -> f64 {
        let (new, old) = (self.detect * (1.0 - self.base), self.base * (1.0 - self.detect));
        new / (new + old)
    }

    /// Wald's lines: below the first the sum of the log likelihood ratios says go, above the second stop.
    #[must_use]
    pub fn lines(&self) -> (f64, f64) {
        (libm::log(self.beta / (1.0 - self.alpha)), libm::log((1.0 - self.beta) / self.alpha))
    }

    /// How many pairs the sequential test takes on average where the new version fails at the rate `detect`. Wald's
    /// approximation: he neglects by how much the last pair carries the sum over the line.
    #[must_use]
    pub fn sequential_pairs(&self) -> f64 {
        let (low, high) = self.lines();
        let theta = self.theta();
        let gain = theta * libm::log(2.0 * theta) + (1.0 - theta) * libm::log(2.0 * (1.0 - theta));
        let differ = self.detect * (1.0 - self.base) + self.base * (1.0 - self.detect);
        ((1.0 - self.beta) * high + self.beta * low) / (gain * differ)
    }
}

/// The z score of two shares with a common estimate of the spread, of `n` requests each; positive where the new version
/// failed more often, 0 where nothing failed.
#[must_use]
pub fn z_score(new_failed: u64, old_failed: u64, n: u64) -> f64 {
    let n = n as f64;
    let (new, old) = (new_failed as f64 / n, old_failed as f64 / n);
    let mean = (new + old) / 2.0;
    let spread = (2.0 * mean * (1.0 - mean) / n).sqrt();
    if spread > 0.0 { (new - old) / spread } else { 0.0 }
}

/// The value that a standard normal variable stays below with chance `p`, 0 < p < 1; to nine digits.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let below = |z: f64| 0.5 * libm::erfc(-z / core::f64::consts::SQRT_2);
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if below(middle) < p { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// A test of two shares at a size that was fixed before.
#[derive(Clone, Debug)]
pub struct FixedTest {
    size: u64,
    level: f64,
    peek: bool,
    pairs: u64,
    new_failed: u64,
    old_failed: u64,
    verdict: Option<Verdict>,
}

/// How many pairs there are before a peek, and from each to the next.
const PEEK: u64 = 20;

impl FixedTest {
    /// A test of at most `most` pairs. With `peek` it looks after every 20 pairs and stops at the first alarm: a flaw.
    #[must_use]
    pub fn new(design: &Design, most: u64, peek: bool) -> FixedTest {
        FixedTest {
            size: (design.pairs().ceil().max(1.0) as u64).min(most.max(1)),
            level: normal_quantile(1.0 - design.alpha),
            peek,
            pairs: 0,
            new_failed: 0,
            old_failed: 0,
            verdict: None,
        }
    }

    /// How many pairs it takes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A pair, and what the test says after it: once it has spoken it stays with it. O(1).
    pub fn pair(&mut self, new_failed: bool, old_failed: bool) -> Option<Verdict> {
        if self.verdict.is_some() {
            return self.verdict;
        }
        self.pairs += 1;
        self.new_failed += u64::from(new_failed);
        self.old_failed += u64::from(old_failed);
        let last = self.pairs >= self.size;
        if last || self.peek && self.pairs.is_multiple_of(PEEK) {
            let alarm = z_score(self.new_failed, self.old_failed, self.pairs) > self.level;
            self.verdict = match (alarm, last) {
                (true, _) => Some(Verdict::Stop),
                (false, true) => Some(Verdict::Go),
                (false, false) => None,
            };
        }
        self.verdict
    }
}

/// Wald's sequential test on the pairs that differ.
#[derive(Clone, Debug)]
pub struct Sprt {
    lines: (f64, f64),
    /// What a pair adds where the new version failed, and where the old one did.
    steps: (f64, f64),
    sum: f64,
}

impl Sprt {
    /// A test that has seen nothing.
    #[must_use]
    pub fn new(design: &Design) -> Sprt {
        let theta = design.theta();
        let steps = (libm::log(2.0 * theta), libm::log(2.0 * (1.0 - theta)));
        Sprt { lines: design.lines(), steps, sum: 0.0 }
    }

    /// The sum of the log likelihood ratios: what speaks for a bad version against a good one.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// A pair, and what the sum says after it. The caller decides whether he goes on after a verdict. O(1).
    pub fn pair(&mut self, new_failed: bool, old_failed: bool) -> Option<Verdict> {
        match (new_failed, old_failed) {
            (true, false) => self.sum += self.steps.0,
            (false, true) => self.sum += self.steps.1,
            _ => {}
        }
        if self.sum >= self.lines.1 {
            Some(Verdict::Stop)
        } else if self.sum <= self.lines.0 {
            Some(Verdict::Go)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    const DESIGN: Design = Design { base: 0.1, detect: 0.2, alpha: 0.05, beta: 0.1 };

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (p, z) in [(0.5, 0.0), (0.95, 1.644_854), (0.975, 1.959_964), (0.9, 1.281_552), (0.2, -0.841_621)]
        {
            assert!((normal_quantile(p) - z).abs() < 1e-6, "{p}");
        }
    }

    #[test]
    fn the_sample_size_is_that_of_r() {
        // power.prop.test(p1 = 0.5, p2 = 0.6, power = 0.8, sig.level = 0.05), two-sided: n = 387.3385.
        let design = Design { base: 0.5, detect: 0.6, alpha: 0.025, beta: 0.2 };
        assert!((design.pairs() - 387.3385).abs() < 1e-3, "{}", design.pairs());
    }

    #[test]
    fn a_z_score_worked_by_hand() {
        // 30 against 20 of 100: 0.1 over the root of 2 * 0.25 * 0.75 / 100.
        assert!((z_score(30, 20, 100) - 0.1 / 0.003_75_f64.sqrt()).abs() < 1e-12);
        assert_eq!(z_score(0, 0, 50), 0.0);
    }

    /// The share of trials that stop, and the mean number of pairs until a verdict, with the old version at the base rate.
    fn trials(new: f64, pair: impl Fn() -> Box<dyn FnMut(bool, bool) -> Option<Verdict>>) -> (f64, f64) {
        let (mut stops, mut pairs, n) = (0, 0, 2_000);
        for seed in 0..n {
            let mut rng = Rng::stream(Seed(seed), "gate");
            let mut pair = pair();
            let verdict = loop {
                pairs += 1;
                let failed = (rng.chance(new), rng.chance(DESIGN.base));
                if let Some(verdict) = pair(failed.0, failed.1) {
                    break verdict;
                }
            };
            stops += u32::from(verdict == Verdict::Stop);
        }
        (f64::from(stops) / n as f64, pairs as f64 / n as f64)
    }

    fn fixed(peek: bool) -> impl Fn() -> Box<dyn FnMut(bool, bool) -> Option<Verdict>> {
        move || {
            let mut test = FixedTest::new(&DESIGN, u64::MAX, peek);
            Box::new(move |new, old| test.pair(new, old))
        }
    }

    fn sequential() -> Box<dyn FnMut(bool, bool) -> Option<Verdict>> {
        let mut test = Sprt::new(&DESIGN);
        Box::new(move |new, old| test.pair(new, old))
    }

    #[test]
    fn one_look_errs_as_often_as_designed() {
        // Four standard errors of 2,000 trials: 0.02 at 5%, 0.027 at 90%.
        let ((alarms, _), (found, pairs)) =
            (trials(DESIGN.base, fixed(false)), trials(DESIGN.detect, fixed(false)));
        assert!((alarms - 0.05).abs() < 0.02, "{alarms}");
        assert!((found - 0.9).abs() < 0.027, "{found}");
        assert_eq!(pairs, DESIGN.pairs().ceil());
    }

    #[test]
    fn peeking_raises_false_alarms_as_armitage_found() {
        // 217 pairs with a look every 20: 11 looks. Armitage, McPherson and Rowe: 10 looks at a two-sided 5% level reject
        // 19.3% of the time; one-sided at 5% it is the two-sided 10% level, halved: about 17%.
        let (alarms, _) = trials(DESIGN.base, fixed(true));
        assert!((0.13..0.22).contains(&alarms), "{alarms}");
    }

    #[test]
    fn walds_test_keeps_its_promises_with_fewer_pairs() {
        // Wald's inequalities: the errors are at most alpha / (1 - beta) and beta / (1 - alpha).
        let (alarms, _) = trials(DESIGN.base, sequential);
        let (found, pairs) = trials(DESIGN.detect, sequential);
        assert!(alarms < 0.05 / 0.9 + 0.02 && alarms > 0.02, "{alarms}");
        assert!(found > 1.0 - 0.1 / 0.95 - 0.027, "{found}");
        // What the last pair carries over the line is at most a step, 0.33, of a way of 2.4.
        let expected = DESIGN.sequential_pairs();
        assert!(pairs > expected * 0.95 && pairs < expected * 1.25, "{pairs} for {expected}");
        assert!(pairs < 0.75 * DESIGN.pairs(), "{pairs}");
    }
}
