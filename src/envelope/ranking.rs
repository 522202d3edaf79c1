//! Percentiles, ranks and a histogram of samples, without sorting them.
//!
//! A sheet is worked out at every key, and sorting the samples of each line would be most of the work. So samples are
//! counted in some two thousand bins, which are narrow where the samples are dense: equal in width, or for what is
//! above zero and spans factors, equal by factor. Then a percentile is sought in one bin only, and a rank is known
//! to the few samples of a bin. Where the bins do not fit (half of the samples are one value, or a few are very
//! far out) the samples are sorted after all.

use super::samples::{COUNT, rank, scores};

/// The bins.
const BINS: usize = 2_048;
/// The most samples in a bin; where there are more the bins do not fit.
const FULLEST: u16 = (COUNT / 16) as u16;

/// How values are put into bins.
enum Scale {
    /// By the bits of positive numbers, which grow as the number does and nearly as its logarithm: their distance
    /// to those of the smallest, without so many of the last.
    Factor(u64, u32),
    /// By their distance from the smallest, times a factor.
    Width(f64, f64),
    /// A bin for each value that occurs; these are they, in ascending order.
    Each(Vec<f64>),
}

/// The samples of a value in bins.
pub(super) struct Ranking {
    scale: Scale,
    /// The bin of each sample.
    bins: Vec<u16>,
    /// How many samples lie in bins before each, and at last how many there are.
    starts: Vec<u16>,
}

impl Ranking {
    /// The samples in bins. The smallest and the largest are known.
    pub fn of(values: &[f64], (least, most): (f64, f64)) -> Ranking {
        let width = (BINS as f64 - 1.0) / (most - least);
        let scale = if least > 0.0 && most > 4.0 * least {
            let distance = most.to_bits() - least.to_bits();
            Scale::Factor(
                least.to_bits(),
                (u64::BITS - distance.leading_zeros()).saturating_sub(BINS.trailing_zeros()),
            )
        } else if width > 0.0 && width.is_finite() {
            Scale::Width(least, width)
        } else {
            return Ranking::sorted(values);
        };
        let bins: Vec<u16> = match scale {
            Scale::Factor(from, shift) => {
                values.iter().map(|value| ((value.to_bits() - from) >> shift) as u16).collect()
            }
            Scale::Width(from, width) => {
                values.iter().map(|value| rounded_index((value - from) * width)).collect()
            }
            Scale::Each(_) => Vec::new(),
        };
        let mut counts = [0_u16; BINS];
        for &bin in &bins {
            counts[usize::from(bin) % BINS] += 1;
        }
        if counts.iter().copied().fold(0, u16::max) > FULLEST {
            return Ranking::sorted(values);
        }
        Ranking { scale, bins, starts: summed(&counts) }
    }

    /// With a bin for each value that occurs.
    fn sorted(values: &[f64]) -> Ranking {
        let mut order: Vec<u16> = (0..values.len() as u16).collect();
        order.sort_unstable_by(|&a, &b| values[usize::from(a)].total_cmp(&values[usize::from(b)]));
        let mut bins = vec![0; values.len()];
        let (mut counts, mut each): (Vec<u16>, Vec<f64>) = (Vec::new(), Vec::new());
        for at in order.into_iter().map(usize::from) {
            match counts.last_mut().filter(|_| each.last() == Some(&values[at])) {
                Some(count) => *count += 1,
                None => {
                    counts.push(1);
                    each.push(values[at]);
                }
            }
            bins[at] = counts.len() as u16 - 1;
        }
        Ranking { scale: Scale::Each(each), bins, starts: summed(&counts) }
    }

    /// The samples at these percentiles, given in tenths of a percent.
    pub fn percentiles<const N: usize>(&self, values: &[f64], per_mille: [usize; N]) -> [f64; N] {
        let ranks = per_mille.map(rank);
        let wanted =
            ranks.map(|rank| self.starts.partition_point(|&start| usize::from(start) <= rank) as u16 - 1);
        let mut held: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
        for (bins, values) in self.bins.chunks(8).zip(values.chunks(8)) {
            // Many at once first, for few are wanted.
            let any = bins
                .iter()
                .fold(false, |any, bin| wanted.iter().fold(any, |any, wanted| any | (bin == wanted)));
            if !any {
                continue;
            }
            for (bin, &value) in bins.iter().zip(values) {
                for (held, _) in held.iter_mut().zip(wanted).filter(|(_, wanted)| wanted == bin) {
                    held.push(value);
                }
            }
        }
        let mut found = [0.0; N];
        for (at, mut held) in held.into_iter().enumerate() {
            let place = ranks[at] - usize::from(self.starts[usize::from(wanted[at])]);
            found[at] = *held.select_nth_unstable_by(place, f64::total_cmp).1;
        }
        found
    }

    /// How many samples lie in each of so many equal steps from `least` to `most`; those outside are left out. A
    /// bin across the border of two steps is divided between them by its width.
    pub fn histogram(&self, least: f64, most: f64, steps: usize) -> Vec<u32> {
        let edge = |step: usize| {
            let part = step as f64 / steps as f64;
            self.below(least * (1.0 - part) + most * part)
        };
        let edges: Vec<f64> = (0..=steps).map(edge).collect();
        edges.windows(2).map(|edge| (edge[1].round() - edge[0].round()).max(0.0) as u32).collect()
    }

    /// How many samples are smaller than a value, of its own bin in proportion.
    fn below(&self, value: f64) -> f64 {
        let (bin, part) = match &self.scale {
            Scale::Factor(from, shift) => {
                let distance = value.to_bits().saturating_sub(*from);
                let rest = distance & ((1 << shift) - 1);
                ((distance >> shift) as usize, rest as f64 / (1_u64 << shift) as f64)
            }
            Scale::Width(from, width) => {
                let place = ((value - from) * width + 0.5).max(0.0);
                (place as usize, place.fract())
            }
            Scale::Each(each) => (each.partition_point(|held| *held < value), 0.0),
        };
        let last = self.starts.len() - 1;
        let start = |bin: usize| f64::from(self.starts[bin.min(last)]);
        start(bin) * (1.0 - part) + start(bin + 1) * part
    }

    /// The normal score of each sample: that of the middle of its bin.
    pub fn scores(&self) -> Vec<f64> {
        let scores = scores();
        let at = |rank: usize| scores[rank.min(COUNT - 1)];
        let middle = |two: &[u16]| {
            let both = usize::from(two[0]) + usize::from(two[1]).max(usize::from(two[0]) + 1) - 1;
            (at(both / 2) + at(both.div_ceil(2))) / 2.0
        };
        let of_bins: Vec<f64> = self.starts.windows(2).map(middle).collect();
        self.bins.iter().map(|&bin| of_bins[usize::from(bin)]).collect()
    }
}

/// The whole number nearest to a value from 0 to 65,535. A sum with 2^52 has it in its lowest bits, which is faster
/// than a conversion that looks for values out of range.
fn rounded_index(value: f64) -> u16 {
    (value + 4_503_599_627_370_496.0).to_bits() as u16
}

/// How many come before each, and at last all.
fn summed(counts: &[u16]) -> Vec<u16> {
    let mut starts = Vec::with_capacity(counts.len() + 1);
    let mut sum = 0;
    starts.push(sum);
    for count in counts {
        sum += count;
        starts.push(sum);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::super::samples::{bounds, order, seed};
    use super::*;

    /// Samples of many shapes: wide and narrow, on one side of zero and on both, with ties, with a few far out.
    fn shapes() -> Vec<(&'static str, Vec<f64>)> {
        let drawn = |name: &str, function: fn(f64) -> f64| -> Vec<f64> {
            order(seed(name.bytes())).iter().map(|&rank| function(scores()[usize::from(rank)])).collect()
        };
        vec![
            ("normal", drawn("a", |z| 100.0 + z)),
            ("across zero", drawn("b", |z| z)),
            ("log-normal", drawn("c", |z| (3.0 * z).exp())),
            ("very wide", drawn("d", |z| (100.0 * z).exp())),
            ("negative", drawn("e", |z| -(2.0 * z).exp())),
            ("far out", drawn("f", |z| z * z * z * z * z * z * z)),
            ("ties", drawn("g", |z| (z * 2.0).round())),
            ("half of it one value", drawn("h", |z| z.max(0.1))),
            ("large", drawn("i", |z| z * 1e307)),
            ("small", drawn("j", |z| (z + 5.0) * 1e-310)),
        ]
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_samples() {
        for (name, values) in shapes() {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let ranking = Ranking::of(&values, bounds(&values));
            let found = ranking.percentiles(&values, [5, 50, 500, 950, 995]);
            let expected = [24, 249, 2_499, 4_749, 4_974].map(|at| sorted[at]);
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn scores_are_those_of_the_ranks() {
        for (name, values) in shapes() {
            let found = Ranking::of(&values, bounds(&values)).scores();
            // The middle of the ranks of equal values; a bin holds at most a sixteenth of all samples.
            for (at, &value) in values.iter().enumerate().step_by(97) {
                let below = values.iter().filter(|&&other| other < value).count();
                let equal = values.iter().filter(|&&other| other == value).count();
                let expected = scores()[below + (equal - 1) / 2];
                let width = scores()[(below + equal - 1).min(COUNT - 1)] - scores()[below];
                let off = (found[at] - expected).abs();
                assert!(off <= 0.2 + width / 2.0, "{name}: {value} has {}, not {expected}", found[at]);
            }
        }
    }

    #[test]
    fn a_histogram_counts_what_lies_between() {
        for (name, values) in shapes() {
            let ranking = Ranking::of(&values, bounds(&values));
            let [least, most] = ranking.percentiles(&values, [5, 995]);
            let counts = ranking.histogram(least, most, 20);
            let step = |at: usize| least * (1.0 - at as f64 / 20.0) + most * (at as f64 / 20.0);
            for (at, &count) in counts.iter().enumerate() {
                let (from, to) = (step(at), step(at + 1));
                let expected = values.iter().filter(|&&value| from <= value && value < to).count();
                // A bin at each border, of which the densest here holds 1 in 100 samples of those that are counted.
                let off = (f64::from(count) - expected as f64).abs();
                assert!(off <= 12.0, "{name}: {count} from {from} to {to}, not {expected}");
            }
        }
    }
}
