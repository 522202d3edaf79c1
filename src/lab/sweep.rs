//! One run is an anecdote. A sweep makes the same run under many seeds and tells how its readings are spread.
//!
//! Every run of a sweep starts with the same settings, has the same controls set at the same moments, and ends at the
//! same moment; only the seed differs. A sweep is made run by run, so whoever makes it can show how far it
//! is, and stop.

use super::{Input, Plan, Run, Settings, Spec};
use crate::sim::{Nanos, Seed};

/// How many seeds a sweep has where nobody says otherwise.
pub const SEEDS: u64 = 200;

/// A sweep, made as far as it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    spec: &'static Spec,
    start: Settings,
    inputs: Vec<Input>,
    until: Nanos,
    seeds: u64,
    /// For each run that was made the readings at its end.
    runs: Vec<Vec<f64>>,
}

/// How a reading is spread over the seeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// The values, from the smallest to the largest; seeds that gave none are left out.
    pub values: Vec<f64>,
    /// Their mean; not a number where there are none.
    pub mean: f64,
    /// Their standard deviation (n - 1); not a number for fewer than two.
    pub deviation: f64,
}

impl Sweep {
    /// The sweep of a plan over the seeds 1 to `seeds`, each run until `until`.
    #[must_use]
    pub fn new(spec: &'static Spec, plan: &Plan, until: Nanos, seeds: u64) -> Sweep {
        let inputs = plan.inputs.iter().filter(|input| input.at <= until).cloned().collect();
        Sweep { spec, start: plan.start.clone(), inputs, until, seeds, runs: Vec::new() }
    }

    /// The demo.
    #[must_use]
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// The settings at the start of each run.
    #[must_use]
    pub fn start_settings(&self) -> &Settings {
        &self.start
    }

    /// When each run ends.
    #[must_use]
    pub fn until(&self) -> Nanos {
        self.until
    }

    /// How many runs were made, and how many there will be.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.runs.len() as u64, self.seeds)
    }

    /// Makes the run of the next seed, as long as `more` says so (asked every 64 events). Returns whether it was made:
    /// not where all are, nor where it was stopped.
    pub fn next(&mut self, more: &mut dyn FnMut() -> bool) -> bool {
        if self.runs.len() as u64 >= self.seeds || !more() {
            return false;
        }
        let seed = Seed(self.runs.len() as u64 + 1);
        let mut run = Run::without_past(self.spec, seed, self.start.clone());
        for input in &self.inputs {
            if !run.advance_to(input.at, &mut *more) {
                return false;
            }
            run.lay_hand(input.hand);
        }
        if !run.advance_to(self.until, &mut *more) {
            return false;
        }
        self.runs.push(run.readings());
        true
    }

    /// How each reading is spread, in the order of the spec.
    #[must_use]
    pub fn spreads(&self) -> Vec<Spread> {
        (0..self.spec.readings.len())
            .map(|reading| Spread::of(self.runs.iter().filter_map(|run| run.get(reading).copied())))
            .collect()
    }
}

impl Spread {
    /// The spread of some values; those that are not finite are left out.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        let deviation = if values.len() < 2 { f64::NAN } else { (squares / (n - 1.0)).sqrt() };
        Spread { values, mean, deviation }
    }

    /// The standard error of the mean: with many seeds the true mean lies within two of it 95 times in 100.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.deviation / (self.values.len() as f64).sqrt()
    }

    /// The smallest value that a share `q` of all is at or below; not a number where there are none.
    #[must_use]
    pub fn percentile(&self, q: f64) -> f64 {
        let count = self.values.len();
        let rank = ((q * count as f64).ceil() as usize).clamp(1, count.max(1));
        self.values.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    /// How many values fall into each of `count` parts of equal width between the smallest and the largest: for each
    /// where it begins and how many. Empty where there are none; one part where all are equal.
    #[must_use]
    pub fn histogram(&self, count: usize) -> Vec<(f64, u64)> {
        let (Some(&low), Some(&high)) = (self.values.first(), self.values.last()) else { return Vec::new() };
        let width = (high - low) / count.max(1) as f64;
        if width <= 0.0 || !width.is_finite() {
            return vec![(low, self.values.len() as u64)];
        }
        let mut parts: Vec<(f64, u64)> =
            (0..count.max(1)).map(|part| (low + width * part as f64, 0)).collect();
        for value in &self.values {
            let part = (((value - low) / width) as usize).min(parts.len() - 1);
            parts[part].1 += 1;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::ring;

    #[test]
    fn a_spread_is_that_of_its_values() {
        let spread = Spread::of([4.0, 2.0, f64::NAN, 5.0, 4.0, 5.0, 7.0, 9.0, 4.0]);
        // The textbook example: mean 5, and 32 / 7 as the variance of the sample.
        assert!((spread.mean - 5.0).abs() < 1e-12);
        assert!((spread.deviation - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        let check = |q, expected: f64| assert!((spread.percentile(q) - expected).abs() < 1e-12, "{q}");
        check(0.0, 2.0);
        check(0.5, 4.0);
        check(0.51, 5.0);
        check(1.0, 9.0);
        assert_eq!(spread.histogram(7).iter().map(|part| part.1).collect::<Vec<_>>(), [1, 0, 3, 2, 0, 1, 1]);
        assert!(Spread::of([]).mean.is_nan() && Spread::of([]).percentile(0.5).is_nan());
        assert_eq!(Spread::of([3.0, 3.0]).histogram(5), [(3.0, 2)]);
    }

    #[test]
    fn a_sweep_is_the_runs_of_its_seeds() {
        let mut first = Run::new(&ring::SPEC, Seed(9), Settings::defaults(&ring::SPEC));
        first.advance_to(Nanos::from_secs(3), || true);
        first.set("nodes", 20.0);
        let until = Nanos::from_secs(5);
        let mut sweep = Sweep::new(&ring::SPEC, &first.plan(), until, 3);
        while sweep.next(&mut || true) {}
        assert_eq!(sweep.progress(), (3, 3));
        for seed in 1..=3 {
            let mut run = Run::new(&ring::SPEC, Seed(seed), Settings::defaults(&ring::SPEC));
            run.advance_to(Nanos::from_secs(3), || true);
            run.set("nodes", 20.0);
            run.advance_to(until, || true);
            assert_eq!(format!("{:?}", sweep.runs[seed as usize - 1]), format!("{:?}", run.readings()));
        }
        let place = ring::SPEC.reading("nodes").expect("a reading").0;
        // One more joins by itself at 2 s.
        assert_eq!(sweep.spreads()[place].values, [21.0; 3]);
    }

    #[test]
    fn a_sweep_stops_when_it_is_told_to_and_goes_on_later() {
        let plan = Run::new(&ring::SPEC, Seed(9), Settings::defaults(&ring::SPEC)).plan();
        let mut sweep = Sweep::new(&ring::SPEC, &plan, ring::SPEC.length, 2);
        let mut asked = 0;
        assert!(!sweep.next(&mut || {
            asked += 1;
            asked < 3
        }));
        assert_eq!(sweep.progress(), (0, 2));
        assert!(sweep.next(&mut || true) && sweep.next(&mut || true) && !sweep.next(&mut || true));
    }
}
