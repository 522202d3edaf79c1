//! Which input drives a value: its share of the variance, and the bar that it has in a tornado chart.
//!
//! The variance of what spans factors belongs to its few largest samples, so the shares are taken of ranks: the
//! samples of the value are replaced by their normal scores (the quantiles of the normal distribution at their
//! ranks; van der Waerden 1952; for sensitivities Iman and Conover, Technometrics 21, 1979), and so are those of
//! the input. The share is the part of the variance of the scores that the input explains alone: Sobol's first-order
//! index (Mathematics and Computers in Simulation 55, 2001), computed from the first three Hermite polynomials of
//! the input's score (Sudret, Reliability Engineering and System Safety 93, 2008). A product of log-normal
//! inputs, and a sum of normal ones, has normal scores that add up, so there the shares are the squared widths of the
//! inputs (on a logarithmic scale, and on a linear one). What inputs explain only together belongs to none.

use super::Driver;
use super::input::Inputs;
use super::ranking::Ranking;
use super::samples::{COUNT, Samples, scores, variance_of_scores};

/// The drivers of a value, the largest first. `convert` brings its numbers into the unit of the answer.
pub(super) fn drivers(
    samples: &Samples,
    ranking: &Ranking,
    inputs: &Inputs,
    convert: impl Fn(f64) -> f64,
) -> Vec<Driver> {
    let shares = shares(samples, ranking, inputs);
    let driver = |(&index, share): (&usize, f64)| {
        let input = inputs.get(index)?;
        let (low, high) = samples.swing(index);
        Some(Driver {
            name: input.name.clone(),
            line: input.line,
            share,
            low: convert(low),
            high: convert(high),
        })
    };
    let mut drivers: Vec<Driver> = samples.inputs().iter().zip(shares).filter_map(driver).collect();
    let swing = |driver: &Driver| (driver.high - driver.low).abs();
    // What cancels out (the users in reads / writes) drives nothing.
    drivers.retain(|driver| driver.share >= 0.001 || swing(driver) > 1e-9 * driver.low.abs());
    drivers.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| swing(b).total_cmp(&swing(a))));
    drivers
}

/// The share of the variance for each input of the value.
fn shares(samples: &Samples, ranking: &Ranking, inputs: &Inputs) -> Vec<f64> {
    if samples.inputs().len() == 1 {
        return vec![1.0];
    }
    let of_value = ranking.scores();
    let variance: f64 = of_value.iter().map(|score| score * score).sum::<f64>() / COUNT as f64;
    let share = |&index: &usize| match inputs.get(index) {
        Some(input) if variance > 0.0 => explained(&of_value, &input.order) / variance,
        _ => 0.0,
    };
    let mut shares: Vec<f64> = samples.inputs().iter().map(share).collect();
    // The orders of two inputs are not wholly uncorrelated, so the sum may come out a little above 1.
    let sum: f64 = shares.iter().sum();
    if sum > 1.0 {
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// The variance of scores that an input explains, given by the rank that it has in each sample.
fn explained(of_value: &[f64], order: &[u16]) -> f64 {
    let scores = scores();
    // Eight sums beside each other, so that an addition need not wait for the one before.
    let mut sums = [[0.0; 8]; 3];
    for (values, ranks) in of_value.chunks_exact(8).zip(order.chunks_exact(8)) {
        let z: [f64; 8] = std::array::from_fn(|lane| scores[usize::from(ranks[lane])]);
        for lane in 0..8 {
            let product = values[lane] * z[lane];
            sums[0][lane] += product;
            sums[1][lane] += product * z[lane] - values[lane];
            sums[2][lane] += product * (z[lane] * z[lane] - 3.0);
        }
    }
    let samples = (of_value.len() / 8 * 8) as f64;
    // The squared norms of the Hermite polynomials; that of the first over the samples themselves.
    let norms = [variance_of_scores(), 2.0, 6.0];
    // Of an input without influence each square would still be one in the number of samples on average.
    let square = |(lanes, norm): (&[f64; 8], f64)| {
        let coefficient = lanes.iter().sum::<f64>() / samples;
        (coefficient * coefficient / norm - 1.0 / samples).max(0.0)
    };
    sums.iter().zip(norms).map(square).sum()
}
