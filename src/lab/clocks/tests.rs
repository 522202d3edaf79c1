//! What is lost and what is concurrent against theory; the rules of the clocks under whatever is done to them.

use super::*;
use crate::lab::testing::{RUNS, SURE, broken, mean_of, reaches, reading, run};

/// The difference between a reading and what theory expects of it over seeds is zero, within chance.
fn agrees(sets: &[(&str, &str)], name: &str, theory: &str, least: f64) {
    let runs: Vec<(f64, f64)> = (0..RUNS)
        .map(|seed| {
            let run = run(&SPEC, sets, seed, SPEC.length);
            (reading(&run, name), reading(&run, theory))
        })
        .collect();
    let (mean, error) = mean_of(runs.iter().map(|(seen, expected)| seen - expected));
    // Once in 1,000 times it is further off by chance.
    assert!(mean.abs() <= SURE * error + 1e-9, "{sets:?}: {name} is off by {mean} ({error}): {runs:?}");
    let (expected, _) = mean_of(runs.iter().map(|(_, expected)| *expected));
    // A tolerance that accepts everything tests nothing.
    assert!(expected > least && SURE * error < expected / 2.0, "{sets:?}: {name}: {expected} ({error})");
}

#[test]
fn losses_and_concurrency_are_what_theory_expects() {
    let many = ("writes", "20");
    agrees(&[many, ("drift", "0"), ("skew", "100")], "lost_share", "lost_theory", 0.1);
    agrees(&[many, ("skew", "300"), ("nodes", "5")], "lost_share", "lost_theory", 0.2);
    agrees(&[many, ("skew", "300")], "lost_seen", "seen_theory", 0.1);
    agrees(&[many, ("lag", "100")], "concurrent_share", "concurrent_theory", 0.3);
}

#[test]
fn what_is_lost_had_a_cause_only_by_the_wall_clock() {
    for seed in 0..6 {
        let run = run(&SPEC, &[("skew", "150")], seed, SPEC.length);
        assert_eq!(reading(&run, "seen_hybrid"), 0.0);
        assert!(reading(&run, "lost_seen") > 0.05, "{}", reading(&run, "lost_seen"));
        assert!(reading(&run, "lost_seen") <= reading(&run, "lost_share"));
        // A stamp is ahead of a clock by no more than the clocks differ (and drift by 50 ppm within a minute).
        assert!(reading(&run, "ahead_ms") <= reading(&run, "spread_ms") + 6.0);
        assert!(reading(&run, "ahead_ms") > reading(&run, "spread_ms") / 2.0);
    }
    // Equal clocks lose nothing, and what is concurrent is the lag's doing alone.
    let right = run(&SPEC, &[("skew", "0"), ("drift", "0")], 1, SPEC.length);
    assert_eq!(reading(&right, "lost_share"), 0.0);
    assert_eq!(reading(&right, "ahead_ms"), 0.0);
    assert!(reading(&right, "concurrent_share") > 0.05);
}

#[test]
fn a_clock_is_set_right_to_half_the_difference_of_the_ways() {
    // Ways of 130% and 70% of 50 ms: wrong by 15 ms, whatever it was before, and the other way round for the second node.
    let run = run(&SPEC, &[("sync", "5"), ("skew", "500"), ("drift", "0")], 3, Nanos::from_secs(30));
    let spread = reading(&run, "spread_ms");
    assert!((spread - 30.0).abs() < 0.01, "{spread}");
    let names: Vec<String> = run.things().into_iter().take(2).map(|thing| thing.name).collect();
    assert!(names.iter().any(|name| name.ends_with("clock +15 ms")), "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("clock -15 ms")), "{names:?}");
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..4 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let reach = |goal: usize, sets: &[(&str, &str)]| {
        assert!((0..3).all(|seed| reaches(&SPEC, sets, seed, goal)), "{}", SPEC.goals[goal]);
    };
    reach(0, &[("writes", "20"), ("skew", "500")]);
    reach(2, &[("writes", "20"), ("lag", "200")]);
    reach(3, &[("skew", "500"), ("nodes", "5")]);
    // What is lost before the clocks are set counts too: a new count begins with the change.
    let mut run = run(&SPEC, &[("sync", "1"), ("writes", "10")], 1, Nanos::from_secs(5));
    run.set("asym", 0.0);
    run.advance_to(Nanos::from_secs(40), || true);
    assert!(run.goals()[1], "{}", reading(&run, "lost_share"));
}

#[test]
fn each_bug_breaks_its_rule_and_no_other() {
    for (bug, rule) in BUGS[1..].iter().zip([0, 1, 2]) {
        for seed in 0..3 {
            assert_eq!(broken(&SPEC, &[("bug", *bug)], seed), [rule], "{bug} {seed}");
        }
    }
}

#[test]
fn rules_survive_what_is_done_by_hand() {
    let mut run = run(&SPEC, &[("writes", "20"), ("sync", "2")], 5, Nanos::ZERO);
    let mut rng = Rng::stream(Seed(9), "hands");
    for turn in 1..200_u64 {
        run.advance_to(Nanos::from_millis(turn * 200), || true);
        let act = SPEC.acts[rng.below(4) as usize].name;
        run.act(act, 1 + rng.below(4));
    }
    assert_eq!(run.broken(), [None; 4]);
    assert!(run.goals()[3], "a clock that is pushed drags the others: {}", reading(&run, "ahead_ms"));
}

#[test]
fn knobs_that_must_not_move_writes_do_not() {
    let writes = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 4, Nanos::ZERO);
        let mut writes = Vec::new();
        while run.now() < Nanos::from_secs(5) {
            let step = run.step().expect("writes never end");
            if step.what == "node # writes" && step.at < Nanos::from_secs(5) {
                writes.push((step.at, step.id));
            }
        }
        writes
    };
    let plain = writes(&[]);
    assert!(plain.len() > 10);
    for set in
        [("skew", "0"), ("lag", "300"), ("sync", "1"), ("drift", "1000"), ("bug", "vector-overwritten")]
    {
        assert_eq!(writes(&[set]), plain, "{set:?}");
    }
    assert_ne!(writes(&[("writes", "20")]), plain);
}

#[test]
fn work_is_bounded_at_the_far_end() {
    let run = run(&SPEC, &[("writes", "40"), ("nodes", "5"), ("lag", "400"), ("sync", "1")], 1, SPEC.length);
    assert!(run.events() < 20_000, "{}", run.events());
    assert_eq!(run.broken(), [None; 4]);
}
