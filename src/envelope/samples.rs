//! Ranged values as samples: how they are drawn, and arithmetic on all of them at once.
//!
//! A value that nobody knows exactly is held as 4,999 numbers. Each input is a Latin hypercube sample (McKay,
//! Beckman and Conover, Technometrics 21, 1979): it takes every one of the quantiles 1/5000, 2/5000 ... 4999/5000
//! of its distribution once, in an order of its own. With one number fewer than 5,000 the 5th, 50th and
//! 95th percentiles of an input are samples themselves, so they come out as they were written, and what is
//! monotone in one input has its percentiles exactly where the input has them.
//!
//! The order is drawn by a generator that is seeded with the input's name. So a line that is put in above changes
//! no other, and two evaluations of one text agree to the last bit.
//!
//! Behind the samples stand two more cells for each input: the value where that input is at its 5th or 95th
//! percentile and all others at their medians. They go through the same arithmetic, so the bars of a
//! tornado chart cost nothing extra.

use std::rc::Rc;
use std::sync::OnceLock;

/// How many samples stand for a value.
pub(super) const COUNT: usize = 4_999;
/// The number of equal steps between the quantiles.
const STEPS: f64 = (COUNT + 1) as f64;

/// The place of a percentile, in tenths of a percent, among the samples in ascending order.
pub(super) const fn rank(per_mille: usize) -> usize {
    (COUNT + 1) * per_mille / 1_000 - 1
}

/// The samples of a ranged value, and the inputs that it depends on.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    /// [`COUNT`] samples, then two cells for each input up to the last that this value depends on.
    cells: Rc<Vec<f64>>,
    /// The numbers of the inputs that it depends on, ascending.
    inputs: Rc<Vec<usize>>,
}

impl Samples {
    /// The samples of input number `input`, which is `point` at its median, from its quantiles and its order.
    pub fn input(input: usize, point: f64, quantiles: &[f64], order: &[u16]) -> Samples {
        let mut cells = Vec::with_capacity(COUNT + 2 * (input + 1));
        cells.extend(order.iter().map(|&rank| quantiles[usize::from(rank)]));
        cells.resize(COUNT + 2 * input, point);
        cells.extend([quantiles[rank(50)], quantiles[rank(950)]]);
        Samples { cells: Rc::new(cells), inputs: Rc::new(vec![input]) }
    }

    /// The samples alone, without the cells behind them.
    pub fn drawn(&self) -> &[f64] {
        &self.cells[..COUNT]
    }

    /// All cells.
    pub fn cells(&self) -> &[f64] {
        &self.cells
    }

    /// The inputs that the value depends on.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// The value where one input is at its 5th and 95th percentile and the others at their medians.
    pub fn swing(&self, input: usize) -> (f64, f64) {
        (self.cells[COUNT + 2 * input], self.cells[COUNT + 2 * input + 1])
    }

    /// The share of the samples of which something holds, from 0 to 1.
    pub fn share(&self, holds: impl Fn(f64) -> bool) -> f64 {
        self.drawn().iter().filter(|&&value| holds(value)).count() as f64 / COUNT as f64
    }

    /// Whether all cells are numbers.
    pub fn is_finite(&self) -> bool {
        // In pieces, so that the compiler may look at several cells at once.
        self.cells.chunks(64).all(|piece| piece.iter().fold(true, |all, value| all & value.is_finite()))
    }

    /// The smallest and largest cell.
    pub fn bounds(&self) -> (f64, f64) {
        bounds(&self.cells)
    }

    /// A function of each cell.
    pub fn map(&self, function: impl Fn(f64) -> f64) -> Samples {
        let cells = self.cells.iter().map(|&value| function(value)).collect();
        Samples { cells: Rc::new(cells), inputs: Rc::clone(&self.inputs) }
    }

    /// A function of two values. Each comes with its number at the medians of the inputs, which stands in the
    /// cells of inputs that it does not depend on.
    pub fn zip(left: (&Samples, f64), right: (&Samples, f64), function: impl Fn(f64, f64) -> f64) -> Samples {
        let ((a, a_point), (b, b_point)) = (left, right);
        let mut cells = Vec::with_capacity(a.cells.len().max(b.cells.len()));
        cells.extend(a.cells.iter().zip(b.cells.iter()).map(|(&a, &b)| function(a, b)));
        let both = cells.len();
        cells.extend(a.cells[both..].iter().map(|&a| function(a, b_point)));
        cells.extend(b.cells[both..].iter().map(|&b| function(a_point, b)));
        Samples { cells: Rc::new(cells), inputs: union(&a.inputs, &b.inputs) }
    }

    /// What an arbitrary function of several values came to, cell by cell. `from` are those values.
    pub fn computed(cells: Vec<f64>, from: &[&Samples]) -> Samples {
        let inputs = from.iter().fold(Rc::new(Vec::new()), |inputs, samples| union(&inputs, &samples.inputs));
        Samples { cells: Rc::new(cells), inputs }
    }
}

/// The smallest and largest of some numbers.
pub(super) fn bounds(values: &[f64]) -> (f64, f64) {
    // Eight at a time: one comparison need not wait for the one before.
    let mut low = [f64::INFINITY; 8];
    let mut high = [f64::NEG_INFINITY; 8];
    let pieces = values.chunks_exact(8);
    let rest = pieces.remainder();
    for piece in pieces {
        for at in 0..8 {
            low[at] = if piece[at] < low[at] { piece[at] } else { low[at] };
            high[at] = if piece[at] > high[at] { piece[at] } else { high[at] };
        }
    }
    let all =
        |side: [f64; 8], choose: fn(f64, f64) -> f64| side.iter().chain(rest).copied().fold(side[0], choose);
    (all(low, f64::min), all(high, f64::max))
}

/// Two ascending lists made one.
fn union(a: &Rc<Vec<usize>>, b: &Rc<Vec<usize>>) -> Rc<Vec<usize>> {
    if b.iter().all(|input| a.contains(input)) {
        return Rc::clone(a);
    }
    let mut all: Vec<usize> = a.iter().chain(b.iter()).copied().collect();
    all.sort_unstable();
    all.dedup();
    Rc::new(all)
}

/// The quantiles 1/5000 ... 4999/5000 of the standard normal distribution. Computed once.
pub(super) fn scores() -> &'static [f64] {
    static SCORES: OnceLock<Vec<f64>> = OnceLock::new();
    SCORES.get_or_init(|| (1..=COUNT).map(|step| normal_quantile(step as f64 / STEPS)).collect())
}

/// The variance of [`scores`], which is a little below 1 for want of the farthest tails. Computed once.
pub(super) fn variance_of_scores() -> f64 {
    static VARIANCE: OnceLock<f64> = OnceLock::new();
    *VARIANCE.get_or_init(|| scores().iter().map(|score| score * score).sum::<f64>() / COUNT as f64)
}

/// The quantiles 1/5000 ... 4999/5000 of the uniform distribution on 0..1.
pub(super) fn shares() -> impl Iterator<Item = f64> {
    (1..=COUNT).map(|step| step as f64 / STEPS)
}

/// The standard normal distribution's value that a share `p` of it lies below, for `p` from 1e-11 to 1 - 1e-11;
/// off by less than 1e-14. The rational approximations of Wichura, "Algorithm AS 241", Applied Statistics 37
/// (1988), without the one for the far tails.
fn normal_quantile(p: f64) -> f64 {
    const CENTRE: [[f64; 8]; 2] = [
        [
            3.387_132_872_796_366_608,
            133.141_667_891_784_377_45,
            1_971.590_950_306_551_442_7,
            13_731.693_765_509_461_125,
            45_921.953_931_549_871_457,
            67_265.770_927_008_700_853,
            33_430.575_583_588_128_105,
            2_509.080_928_730_122_672_7,
        ],
        [
            1.0,
            42.313_330_701_600_911_252,
            687.187_007_492_057_908_3,
            5_394.196_021_424_751_107_7,
            21_213.794_301_586_595_867,
            39_307.895_800_092_710_61,
            28_729.085_735_721_942_674,
            5_226.495_278_852_854_561,
        ],
    ];
    const TAILS: [[f64; 8]; 2] = [
        [
            1.423_437_110_749_683_577_34,
            4.630_337_846_156_545_295_9,
            5.769_497_221_460_691_405_5,
            3.647_848_324_763_204_605_04,
            1.270_458_252_452_368_382_58,
            0.241_780_725_177_450_611_77,
            0.022_723_844_989_269_184_583_3,
            7.745_450_142_783_414_076_4e-4,
        ],
        [
            1.0,
            2.053_191_626_637_758_821_87,
            1.676_384_830_183_803_849_4,
            0.689_767_334_985_100_004_55,
            0.148_103_976_427_480_074_59,
            0.015_198_666_563_616_457_196_6,
            5.475_938_084_995_344_946e-4,
            1.050_750_071_644_416_843_24e-9,
        ],
    ];
    let polynomial =
        |factors: &[f64; 8], x: f64| factors.iter().rev().fold(0.0, |sum, factor| sum * x + factor);
    let from_middle = p - 0.5;
    if from_middle.abs() <= 0.425 {
        let x = 0.180_625 - from_middle * from_middle;
        return from_middle * polynomial(&CENTRE[0], x) / polynomial(&CENTRE[1], x);
    }
    let x = (-(if from_middle < 0.0 { p } else { 1.0 - p }).ln()).sqrt() - 1.6;
    let distance = polynomial(&TAILS[0], x) / polynomial(&TAILS[1], x);
    if from_middle < 0.0 { -distance } else { distance }
}

/// The ranks 0..[`COUNT`] in an order drawn from a seed (Fisher and Yates; Durstenfeld, Algorithm 235, 1964).
pub(super) fn order(seed: u64) -> Vec<u16> {
    let mut ranks: Vec<u16> = (0..COUNT as u16).collect();
    let mut state = seed;
    for last in (1..COUNT).rev() {
        // The upper half of a product with 32 random bits: uneven by less than 5,000 in 2^32.
        let chosen = ((random(&mut state) >> 32) * (last as u64 + 1)) >> 32;
        ranks.swap(last, chosen as usize);
    }
    ranks
}

/// The next number of the generator SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A seed from a text: FNV-1a, 64 bits.
pub(super) fn seed(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of a standard normal distribution below `x`, by the series of its integral (Abramowitz and Stegun
    /// 26.2.11), which has only positive terms.
    fn normal_share(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for step in 1..200 {
            term *= x * x / f64::from(2 * step + 1);
            sum += term;
        }
        0.5 + sum * (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
    }

    #[test]
    fn quantiles_of_the_normal_distribution_are_those_of_its_integral() {
        for &score in scores() {
            let p = normal_share(score);
            let density = (-score * score / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            // An error in the share is one in the quantile times the density.
            let step = (p * STEPS).round();
            assert!((p - step / STEPS).abs() / density < 1e-9, "{score}");
        }
        // Tables: 1.6449 at 95%, 2.5758 at 99.5%.
        assert!((scores()[rank(950)] - 1.644_853_626_951_472_7).abs() < 1e-14);
        assert!((scores()[rank(995)] - 2.575_829_303_548_901).abs() < 1e-14);
        assert_eq!(scores()[rank(500)], 0.0);
    }

    #[test]
    fn an_order_is_a_permutation_and_its_seed_decides_it() {
        let mut sorted = order(7);
        assert_eq!(sorted, order(7));
        assert_ne!(sorted, order(8));
        sorted.sort_unstable();
        assert_eq!(sorted, (0..COUNT as u16).collect::<Vec<_>>());
    }

    #[test]
    fn orders_of_different_names_are_uncorrelated() {
        let names = ["dau", "reads", "writes", "post", "peak", "a", "b", "c", "x1", "x2"];
        let scores = scores();
        let drawn: Vec<Vec<u16>> = names.iter().map(|name| order(seed(name.bytes()))).collect();
        for first in 0..names.len() {
            for second in 0..first {
                let product = |at: usize| {
                    scores[usize::from(drawn[first][at])] * scores[usize::from(drawn[second][at])]
                };
                let correlation = (0..COUNT).map(product).sum::<f64>() / COUNT as f64;
                // Its standard error is 1/sqrt(4999) = 0.0141; of 45 pairs none is beyond four of it.
                assert!(correlation.abs() < 0.0566, "{} {} {correlation}", names[first], names[second]);
            }
        }
    }
}
