//! What theory expects of reading by offset while rows come and go.
//!
//! Between two pages the list shifts under the reader. A row that comes in before the place pushes one that was shown onto
//! the next page; one that goes pulls one past the border, unseen. At a share f of the list, rows come in before the
//! place at the rate a(f) and go at the rate d(f), both Poisson. What is shown twice on a page is the positive part of
//! their difference over the pause, what is lost the negative part; a page then gets on by size - twice + lost rows.

use super::knobs::{Knobs, Spot};

/// At how many places along the list the shift is averaged.
const PLACES: usize = 32;

/// What is expected of reading by offset.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// The share of rows shown that were shown before.
    pub(super) doubled: f64,
    /// The share of rows that are never shown.
    pub(super) lost: f64,
    /// Rows touched for each row shown; not a number where there is no end.
    pub(super) cost: f64,
}

impl Expected {
    pub(super) fn of(knobs: &Knobs, rows: usize) -> Expected {
        let (size, pause) = (knobs.size as f64, knobs.pause.as_secs_f64());
        let (mut twice, mut past) = (0.0, 0.0);
        for place in 0..PLACES {
            let f = (place as f64 + 0.5) / PLACES as f64;
            let come = match knobs.spot {
                Spot::Top => knobs.inserts,
                Spot::Anywhere => knobs.inserts * f,
                Spot::End => 0.0,
            };
            // A row that is bumped from behind the place comes in before it; one from before it changes nothing.
            let come = (come + knobs.bumps * (1.0 - f)) * pause;
            let (double, lose) = differences(come, knobs.deletes * f * pause, size);
            twice += double / PLACES as f64;
            past += lose / PLACES as f64;
        }
        let on = size - twice + past;
        // The last page is the first that is not full.
        let pages = (rows as f64 / on).floor() + 1.0;
        let cost = if twice < 0.95 * size { (pages + 1.0) / 2.0 } else { f64::NAN };
        Expected { doubled: twice / size, lost: past / on, cost }
    }
}

/// The means of min((X - Y)+, most) and of (Y - X)+ for Poisson variables of those means.
fn differences(x: f64, y: f64, most: f64) -> (f64, f64) {
    let (xs, ys) = (poisson(x), poisson(y));
    let (mut above, mut below) = (0.0, 0.0);
    for &(i, p) in &xs {
        for &(j, q) in &ys {
            above += p * q * (i - j).clamp(0.0, most);
            below += p * q * (j - i).max(0.0);
        }
    }
    (above, below)
}

/// The values of a Poisson variable that come up at all, with their chances.
fn poisson(mean: f64) -> Vec<(f64, f64)> {
    if mean <= 0.0 {
        return vec![(0.0, 1.0)];
    }
    let reach = 6.0 * mean.sqrt() + 6.0;
    let (from, to) = ((mean - reach).max(0.0).floor(), (mean + reach).ceil());
    let chance = |k: f64| libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0));
    (from as u64..=to as u64).map(|k| (k as f64, chance(k as f64))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_positive_part_of_a_difference_is_that_of_its_distribution() {
        // With one side zero it is the mean of the other one.
        assert!((differences(2.0, 0.0, 1e9).0 - 2.0).abs() < 1e-6);
        // E(X - Y)+ of two Poisson variables of mean 1: half of E|X - Y| = e^-2 2 (I0(2) + I1(2)).
        let (bessel_0, bessel_1) = (2.279_585_302, 1.590_636_855);
        let half = (-2.0_f64).exp() * (bessel_0 + bessel_1);
        let (above, below) = differences(1.0, 1.0, 1e9);
        assert!((above - half).abs() < 1e-6 && (below - half).abs() < 1e-6, "{above} {half}");
    }
}
