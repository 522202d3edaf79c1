//! What the tests of demos share: a run with settings as typed, its readings, means over seeds, and settings by chance.
//!
//! Runs here take no snapshots, since no test of a demo rewinds (the laws of all demos do), and a mean is taken of
//! as many readings at once as a test wants to know: what costs is the run.

use proptest::prelude::*;

use super::{Control, ControlKind, Run, Settings, Spec};
use crate::sim::{Nanos, Seed};

/// How many runs make a mean, where nothing else is said.
pub(super) const RUNS: u64 = 8;
/// By how many of its standard errors a mean of [`RUNS`] runs is off by chance once in 1,000 times: Student's t with 7
/// degrees of freedom, since the error is estimated from the same runs.
pub(super) const SURE: f64 = 5.41;

/// The defaults of `spec` with `sets` (as in `--set`).
pub(super) fn settings(spec: &'static Spec, sets: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::defaults(spec);
    for (name, text) in sets {
        if let Err(why) = settings.set(spec, name, text) {
            panic!("{}: {why}", spec.name);
        }
    }
    settings
}

/// A run of `spec` with `sets` (as in `--set`), played until `until`.
pub(super) fn run(spec: &'static Spec, sets: &[(&str, &str)], seed: u64, until: Nanos) -> Run {
    let mut run = Run::without_past(spec, Seed(seed), settings(spec, sets));
    run.advance_to(until, || true);
    run
}

/// The reading of that name.
pub(super) fn reading(run: &Run, name: &str) -> f64 {
    run.reading(name).unwrap_or_else(|| panic!("{} has no reading '{name}'", run.spec().name))
}

/// The means of readings at `until` of the same runs, those of the seeds `0..seeds`, and their standard errors.
pub(super) fn means<const N: usize>(
    spec: &'static Spec,
    sets: &[(&str, &str)],
    names: [&str; N],
    (seeds, until): (u64, Nanos),
) -> [(f64, f64); N] {
    let runs: Vec<[f64; N]> = (0..seeds)
        .map(|seed| {
            let run = run(spec, sets, seed, until);
            names.map(|name| reading(&run, name))
        })
        .collect();
    std::array::from_fn(|place| mean_of(runs.iter().map(|values| values[place])))
}

/// The mean of a reading at the end of the runs of the seeds `0..seeds`, and its standard error.
pub(super) fn mean(spec: &'static Spec, sets: &[(&str, &str)], name: &str, seeds: u64) -> (f64, f64) {
    let [mean] = means(spec, sets, [name], (seeds, spec.length));
    mean
}

/// The mean of independent values and its standard error, as they themselves tell it.
pub(super) fn mean_of(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

/// Whether a run of at most the default length reaches the goal: it is played no longer than that takes.
pub(super) fn reaches(spec: &'static Spec, sets: &[(&str, &str)], seed: u64, goal: usize) -> bool {
    let mut run = run(spec, sets, seed, Nanos::ZERO);
    while !run.goals()[goal] && run.now() < spec.length {
        run.advance_to(run.now() + Nanos(spec.length.0 / 20), || true);
    }
    run.goals()[goal]
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

/// Controls by their places, with a share of their range each: the ends as often as what lies between. A place beyond the
/// last control of a demo begins at the first again.
pub(super) fn sets(most: usize) -> impl Strategy<Value = Vec<(usize, f64)>> {
    let share = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64];
    prop::collection::vec((0..32_usize, share), 0..most)
}

/// What a pair of [`sets`] sets: a control and a value of its range.
pub(super) fn set_of(spec: &'static Spec, (place, share): (usize, f64)) -> (&'static Control, f64) {
    let control = &spec.controls[place % spec.controls.len()];
    (control, value_of(control, share))
}
