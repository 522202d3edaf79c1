//! HyperLogLog: how many different items came? Within 2% in 2 KB, whatever their number.
//!
//! A hash that begins with r zeros is seen once among 2^r different ones, so the longest run of zeros tells how many came,
//! and a repeated item changes nothing. One such number varies too much. So the first p bits of the hash choose
//! one of m = 2^p registers, each keeps the longest run of the rest, and the estimate is the harmonic mean over
//! all (Flajolet, Fusy, Gandouet, Meunier, *HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm*, 2007):
//! its standard error is 1.04 / sqrt(m).
//!
//! Below 2.5 m the number of registers that are still 0 tells more, by linear counting (Whang et al., 1990): the paper's
//! small-range correction. Around 2.5 m, where one gives way to the other, estimates are too high by up to about two
//! standard errors; HyperLogLog++ (Heule, Nunkesser, Hall, 2013) removes that with tables that are not here. The paper's
//! large-range correction is for hashes of 32 bits; with 64 there is nothing to correct.

use super::Mismatch;

/// The smallest and the largest precision.
const PRECISIONS: (u32, u32) = (4, 18);

/// A HyperLogLog sketch. Takes m = 2^p bytes (a register needs 6 bits and gets 8, for speed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HyperLogLog {
    registers: Vec<u8>,
    precision: u32,
    /// The sum of 2^-register over all registers, in units of 2^-64: exact, so that an estimate costs O(1).
    sum: u128,
    zeros: u32,
}

impl HyperLogLog {
    /// An empty sketch of 2^`precision` registers; a precision below 4 or above 18 becomes the nearest of these.
    #[must_use]
    pub fn new(precision: u32) -> HyperLogLog {
        let precision = precision.clamp(PRECISIONS.0, PRECISIONS.1);
        let m = 1_u32 << precision;
        HyperLogLog { registers: vec![0; m as usize], precision, sum: u128::from(m) << 64, zeros: m }
    }

    /// Adds the item of that hash. Returns whether it changed anything: where it did, the item is new for certain. O(1).
    pub fn add(&mut self, hash: u64) -> bool {
        let index = (hash >> (64 - self.precision)) as usize;
        // The bit that is set at the end bounds the run where all the rest is 0.
        let rest = hash << self.precision | 1 << (self.precision - 1);
        self.raise(index, rest.leading_zeros() as u8 + 1)
    }

    /// About how many different items were added, with a standard error of [`HyperLogLog::relative_error`]. O(1).
    #[must_use]
    pub fn estimate(&self) -> f64 {
        let m = self.registers.len() as f64;
        let raw = alpha(self.registers.len()) * m * m / (self.sum as f64 / TWO_64);
        if raw <= 2.5 * m && self.zeros > 0 { m * libm::log(m / f64::from(self.zeros)) } else { raw }
    }

    /// Adds all that was added to `other`: the sketch is then the one of both streams, what came in both counted once. O(m).
    ///
    /// # Errors
    /// Where the precisions differ.
    pub fn merge(&mut self, other: &HyperLogLog) -> Result<(), Mismatch> {
        if self.precision != other.precision {
            return Err(Mismatch);
        }
        for (index, &theirs) in other.registers.iter().enumerate() {
            self.raise(index, theirs);
        }
        Ok(())
    }

    /// The registers: for each the longest run of zeros, plus one; 0 where nothing came.
    #[must_use]
    pub fn registers(&self) -> &[u8] {
        &self.registers
    }

    /// The register that the item of that hash belongs to.
    #[must_use]
    pub fn register_of(&self, hash: u64) -> usize {
        (hash >> (64 - self.precision)) as usize
    }

    /// The precision: the logarithm of the number of registers to the base 2.
    #[must_use]
    pub fn precision(&self) -> u32 {
        self.precision
    }

    /// The standard error of an estimate, relative to the truth: 1.04 / sqrt(m).
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        1.04 / (self.registers.len() as f64).sqrt()
    }

    /// Bytes of the registers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.registers.len()
    }

    fn raise(&mut self, index: usize, to: u8) -> bool {
        let register = &mut self.registers[index];
        if to <= *register {
            return false;
        }
        // At most 61 zeros and one: 2^-61 is 8 units.
        self.sum -= (1_u128 << (64 - u32::from(*register))) - (1 << (64 - u32::from(to)));
        self.zeros -= u32::from(*register == 0);
        *register = to;
        true
    }
}

const TWO_64: f64 = 18_446_744_073_709_551_616.0;

/// What corrects the bias of the harmonic mean for m registers (the paper, figure 3).
fn alpha(m: usize) -> f64 {
    match m {
        16 => 0.673,
        32 => 0.697,
        64 => 0.709,
        _ => 0.7213 / (1.0 + 1.079 / m as f64),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{mix, nth};
    use super::*;

    /// The relative errors of the estimates of `n` different items, over `seeds` hash functions.
    fn errors(precision: u32, n: u64, seeds: u64) -> Vec<f64> {
        (0..seeds)
            .map(|seed| {
                let mut sketch = HyperLogLog::new(precision);
                (0..n).for_each(|item| {
                    sketch.add(nth(mix(seed + 1).wrapping_add(item)));
                });
                sketch.estimate() / n as f64 - 1.0
            })
            .collect()
    }

    #[test]
    fn the_error_is_what_the_paper_says() {
        // Far above 2.5 m. The standard deviation of a sample of s errors is known within 1/sqrt(2 s) of itself, and the mean within
        // 1/sqrt(s) standard errors: four of each.
        for (precision, n) in [(6, 2_000), (10, 12_000)] {
            let seeds = 400;
            let errors = errors(precision, n, seeds);
            let expected = HyperLogLog::new(precision).relative_error();
            let mean = errors.iter().sum::<f64>() / seeds as f64;
            let spread =
                (errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>() / (seeds - 1) as f64).sqrt();
            assert!(
                (spread / expected - 1.0).abs() < 4.0 / (2.0 * seeds as f64).sqrt(),
                "{precision}: {spread}"
            );
            assert!(mean.abs() < 4.0 * expected / (seeds as f64).sqrt(), "{precision}: {mean}");
        }
    }

    #[test]
    fn few_items_are_counted_almost_exactly() {
        // Linear counting with load t = n/m: standard error sqrt(m (e^t - t - 1)) / n (Whang et al.), here 0.45%.
        let errors = errors(12, 400, 200);
        let (m, t) = (4_096.0, 400.0 / 4_096.0_f64);
        let expected = (m * (t.exp() - t - 1.0)).sqrt() / 400.0;
        let spread = (errors.iter().map(|error| error.powi(2)).sum::<f64>() / 200.0).sqrt();
        assert!((spread / expected - 1.0).abs() < 4.0 / 400.0_f64.sqrt() + 0.05, "{spread}, not {expected}");
        assert_eq!(HyperLogLog::new(12).estimate(), 0.0);
    }

    #[test]
    fn the_bias_where_the_estimators_meet_is_as_documented() {
        // 2.5 m and a little above: too high by less than two standard errors in the mean, and not by nothing.
        let errors = errors(8, 700, 400);
        let mean = errors.iter().sum::<f64>() / 400.0;
        let error = HyperLogLog::new(8).relative_error();
        assert!(mean > 0.1 * error && mean < 2.0 * error, "{mean} with a standard error of {error}");
    }

    #[test]
    fn a_register_holds_the_longest_run() {
        let mut sketch = HyperLogLog::new(4);
        let hash = |index: u64, rest: u64| index << 60 | rest;
        assert!(sketch.add(hash(3, 1 << 59)), "no zero: 1");
        assert_eq!(sketch.registers()[3], 1);
        assert!(sketch.add(hash(3, 1 << 50)) && !sketch.add(hash(3, 1 << 55)));
        assert_eq!(sketch.registers()[3], 10);
        assert!(sketch.add(hash(5, 0)), "nothing but zeros: 60 of them, plus one");
        assert_eq!((sketch.registers()[5], sketch.register_of(hash(5, 0))), (61, 5));
        assert!(sketch.estimate().is_finite());
    }

    proptest! {
        #[test]
        fn a_merge_is_the_union_and_order_and_repetition_do_not_matter(
            precision in 4_u32..=10, items in proptest::collection::vec((0_u64..500, any::<bool>()), 0..400),
        ) {
            let mut sketches = [0; 3].map(|_| HyperLogLog::new(precision));
            for &(item, second) in &items {
                sketches[usize::from(second)].add(nth(item));
            }
            for &(item, _) in items.iter().rev().chain(&items) {
                sketches[2].add(nth(item));
            }
            let [mut one, two, both] = sketches;
            prop_assert_eq!(one.merge(&two), Ok(()));
            prop_assert_eq!(&one, &both);
            // What is kept on the way is what the registers say.
            let sum: f64 = one.registers().iter().map(|&register| libm::exp2(-f64::from(register))).sum();
            prop_assert!((one.sum as f64 / TWO_64 / sum - 1.0).abs() < 1e-12);
            prop_assert_eq!(one.zeros as usize, one.registers().iter().filter(|&&register| register == 0).count());
            prop_assert_eq!(one.merge(&HyperLogLog::new(precision + 1)), Err(Mismatch));
        }
    }
}
