//! Randomized tests with faults: scripts are drawn from seeds, played, and the first that fails is shortened.
//!
//! A script is a list of small acts (write, crash, cut, let time pass) that a test plays against a system, checking
//! its laws after every event. A failing script of sixty acts tells nothing; with everything taken out of it that is
//! not needed to fail, five or so remain, and they tell the story (delta debugging: Zeller and Hildebrandt 2002).
//! Tests that are built with `TORTURE=20` in the environment draw twenty times as many scripts.

use std::fmt::Debug;

use super::{Rng, Seed};

/// A script that fails, from which no single act can be left out.
#[derive(Clone, Debug)]
pub(crate) struct Failure<Act> {
    /// The seed it was drawn from; the system under test has its randomness from it too.
    pub(crate) seed: Seed,
    /// What is left of the script.
    pub(crate) script: Vec<Act>,
    /// Which law it broke.
    pub(crate) why: String,
}

/// Plays scripts of `length` acts from the seeds `0..seeds` and fails with the shortest form of the first that breaks a law.
pub(crate) fn survives<Act: Clone + Debug>(
    seeds: u64,
    length: usize,
    draw: impl FnMut(&mut Rng) -> Act,
    play: impl FnMut(Seed, &[Act]) -> Result<(), String>,
) {
    let times = option_env!("TORTURE").and_then(|times| times.parse::<u64>().ok()).unwrap_or(1);
    if let Some(Failure { seed, script, why }) = breaks(seeds * times, length, draw, play) {
        let acts: Vec<String> = script.iter().map(|act| format!("    {act:?}")).collect();
        panic!("{why}\n  with seed {} and\n{}", seed.0, acts.join("\n"));
    }
}

/// The first script that breaks a law, shortened: what a checker that sees must find in a system with a flaw.
pub(crate) fn breaks<Act: Clone>(
    seeds: u64,
    length: usize,
    mut draw: impl FnMut(&mut Rng) -> Act,
    mut play: impl FnMut(Seed, &[Act]) -> Result<(), String>,
) -> Option<Failure<Act>> {
    for seed in (0..seeds).map(Seed) {
        let mut rng = Rng::stream(seed, "script");
        let script: Vec<Act> = (0..length).map(|_| draw(&mut rng)).collect();
        if let Err(why) = play(seed, &script) {
            return Some(shortened(seed, script, why, play));
        }
    }
    None
}

/// Leaves out ever smaller stretches as long as what remains still fails.
fn shortened<Act: Clone>(
    seed: Seed,
    mut script: Vec<Act>,
    mut why: String,
    mut play: impl FnMut(Seed, &[Act]) -> Result<(), String>,
) -> Failure<Act> {
    let mut stretch = script.len().div_ceil(2);
    while stretch > 0 {
        let mut from = 0;
        let mut removed = false;
        while from < script.len() {
            let to = (from + stretch).min(script.len());
            let rest = [&script[..from], &script[to..]].concat();
            match play(seed, &rest) {
                Err(reason) => {
                    (script, why, removed) = (rest, reason, true);
                }
                Ok(()) => from = to,
            }
        }
        // Once more at the finest: what was needed before may not be needed now.
        if stretch > 1 || !removed {
            stretch /= 2;
        }
    }
    Failure { seed, script, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails where a 3 comes before a 7, with anything around them.
    fn three_before_seven(_: Seed, script: &[u64]) -> Result<(), String> {
        let three = script.iter().position(|&act| act == 3);
        let seven = script.iter().rposition(|&act| act == 7);
        match (three, seven) {
            (Some(three), Some(seven)) if three < seven => Err("3 came before 7".into()),
            _ => Ok(()),
        }
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        let failure = breaks(10, 60, |rng| rng.below(10), three_before_seven).expect("one of ten scripts");
        assert_eq!((failure.script, failure.why.as_str()), (vec![3, 7], "3 came before 7"));
    }

    #[test]
    #[should_panic(expected = "3 came before 7")]
    fn a_system_with_a_flaw_does_not_survive() {
        survives(10, 60, |rng| rng.below(10), three_before_seven);
    }

    #[test]
    fn a_sound_system_survives() {
        let mut played = 0;
        survives(
            10,
            60,
            |rng| rng.below(10),
            |_, _| {
                played += 1;
                Ok(())
            },
        );
        assert!(played >= 10);
    }
}
