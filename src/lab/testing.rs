//! What the tests of demos share: a run with settings as typed, its readings, and means over seeds.

use super::{Control, ControlKind, Run, Settings, Spec};
use crate::sim::{Nanos, Seed};

/// A run of `spec` with `sets` (as in `--set`), played until `until`.
pub(super) fn run(spec: &'static Spec, sets: &[(&str, &str)], seed: u64, until: Nanos) -> Run {
    let mut settings = Settings::defaults(spec);
    for (name, text) in sets {
        if let Err(why) = settings.set(spec, name, text) {
            panic!("{}: {why}", spec.name);
        }
    }
    let mut run = Run::new(spec, Seed(seed), settings);
    run.advance_to(until, || true);
    run
}

/// The reading of that name.
pub(super) fn reading(run: &Run, name: &str) -> f64 {
    run.reading(name).unwrap_or_else(|| panic!("{} has no reading '{name}'", run.spec().name))
}

/// The mean of a reading at the end of the runs of the seeds `0..seeds`, and its standard error.
pub(super) fn mean(spec: &'static Spec, sets: &[(&str, &str)], name: &str, seeds: u64) -> (f64, f64) {
    let values: Vec<f64> =
        (0..seeds).map(|seed| reading(&run(spec, sets, seed, spec.length), name)).collect();
    let n = seeds as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance =
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

/// The rules that are broken at the end of a run of the default length, by their places.
pub(super) fn broken(spec: &'static Spec, sets: &[(&str, &str)], seed: u64) -> Vec<usize> {
    let run = run(spec, sets, seed, spec.length);
    (0..).zip(run.broken()).filter(|(_, step)| step.is_some()).map(|(rule, _)| rule).collect()
}

/// A value of a control by its share of the range, 0 to 1: only such as can be set.
pub(super) fn value_of(control: &Control, share: f64) -> f64 {
    match control.kind {
        ControlKind::Number { min, max, step } => {
            let value = min + (max - min) * share;
            // Where the steps are whole, so are the values that can be set.
            if step.fract() == 0.0 && min.fract() == 0.0 { value.round() } else { value }
        }
        ControlKind::Choice(options) => ((options.len() - 1) as f64 * share).round(),
        ControlKind::Switch => share.round(),
    }
}
