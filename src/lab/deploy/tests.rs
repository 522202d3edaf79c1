//! Theory, goals, bugs.

use super::super::testing::{SURE, broken, mean_of, means, reaches, reading, run};
use super::*;

#[test]
fn a_canary_by_request_reaches_users_as_a_poisson_process_does() {
    // Nobody decides: it stays at its share. 20 s from 5 s on; the users that met it are many enough for one run's error.
    let sets = [("gate", "nobody"), ("bake", "20"), ("delay", "20")];
    for (share, at) in [("5", 12), ("5", 25), ("20", 12)] {
        let sets = [sets[0], sets[1], sets[2], ("share", share)];
        let names = ["met_canary", "met_theory", "met_flag"];
        let [(seen, error), (expected, _), (flag, _)] = means(&SPEC, &sets, names, (8, Nanos::from_secs(at)));
        assert!((seen - expected).abs() < SURE * error + 0.001, "{seen} ± {error} for {expected}");
        // 400 requests a second of 1,024 users, 7 or 20 s.
        let span = at as f64 - 5.0;
        let share = share.parse::<f64>().expect("a number") / 100.0;
        assert!((expected - (1.0 - libm::exp(-400.0 / 1024.0 * share * span))).abs() < 1e-9);
        // By user there are never more than the share: four standard deviations of a hash.
        assert!(flag < share + 4.0 * (share * (1.0 - share) / 1024.0).sqrt(), "{flag}");
    }
}

#[test]
fn the_gates_keep_their_designs_and_peeking_does_not() {
    // Rates far from 0, where the normal approximation holds. 300 rehearsals in each of 4 runs: 1.4% is two standard errors.
    let sets = [("base", "10"), ("detect", "20"), ("bad", "10")];
    let runs: Vec<_> = (0..4).map(|seed| run(&SPEC, &sets, seed, SPEC.length)).collect();
    let mean = |name: &str| mean_of(runs.iter().map(|run| reading(run, name))).0;
    // Four standard errors of 1,200 trials.
    assert!((mean("false_fixed") - 0.05).abs() < 0.026, "{}", mean("false_fixed"));
    assert!((mean("missed_fixed") - 0.1).abs() < 0.035, "{}", mean("missed_fixed"));
    assert!(mean("false_peeking") > 0.10, "{}", mean("false_peeking"));
    assert!(mean("false_wald") < 0.05 / 0.9 + 0.026, "{}", mean("false_wald"));
    let (taken, expected) = (mean("pairs_wald"), mean("wald_theory"));
    // Wald neglects the overshoot, at most a step of 0.33 on a way of 2.4.
    assert!(taken > expected * 0.9 && taken < expected * 1.25, "{taken} for {expected}");
    assert!(taken < 0.75 * mean("pairs_theory"));
}

#[test]
fn blue_green_sees_first_and_costs_most() {
    // Twice what the gate has to find, so that it lets none pass here.
    let names = [
        "seen_green",
        "seen_canary",
        "failed_green",
        "failed_canary",
        "met_green",
        "met_flag",
        "back_rolling",
    ];
    let means = means(&SPEC, &[("bad", "10")], names, (8, Nanos::from_secs(31))).map(|(mean, _)| mean);
    let [seen_green, seen_canary, failed_green, failed_canary, met_green, met_flag, back_rolling] = means;
    assert!(seen_green < 7.0 && seen_canary > seen_green, "{means:?}");
    assert!(failed_green > 2.0 * failed_canary && met_green > 0.8 && met_flag < 0.08, "{means:?}");
    // Rolling goes back as it came: 2 s for each instance.
    assert!(back_rolling > seen_green + 4.0, "{means:?}");
}

#[test]
fn an_outage_fools_who_compares_with_the_past() {
    let sets = [("harm", "outage"), ("bad", "10")];
    for seed in 0..4 {
        let run = run(&SPEC, &sets, seed, Nanos::from_secs(30));
        assert!(reading(&run, "seen_green").is_finite());
    }
}

#[test]
fn each_goal_is_reached_and_none_by_itself() {
    let goals: [&[(&str, &str)]; 4] = [
        &[("share", "1"), ("bad", "50"), ("delay", "0")],
        &[("harm", "leak"), ("bake", "2")],
        &[("harm", "outage"), ("bad", "10")],
        &[("alpha", "15"), ("base", "5"), ("detect", "10")],
    ];
    for (goal, sets) in goals.iter().enumerate() {
        assert!(reaches(&SPEC, sets, 3, goal), "{}", SPEC.goals[goal]);
        assert!(!reaches(&SPEC, &[], 3, goal), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_breaks_its_rule() {
    for seed in 0..3 {
        assert_eq!(broken(&SPEC, &[], seed), [0; 0]);
        assert_eq!(broken(&SPEC, &[("gate", "fixed"), ("harm", "outage")], seed), [0; 0]);
        assert_eq!(broken(&SPEC, &[("bug", "past")], seed), [1]);
        assert_eq!(broken(&SPEC, &[("bug", "peeking")], seed), [2]);
        assert_eq!(broken(&SPEC, &[("bug", "not-sticky")], seed), [3]);
    }
}

#[test]
fn without_the_flags_hash_everybody_meets_it() {
    let sets = [("gate", "nobody"), ("bake", "20"), ("delay", "20"), ("bug", "not-sticky")];
    let [(flag, _), (canary, _)] = means(&SPEC, &sets, ["met_flag", "met_canary"], (6, Nanos::from_secs(25)));
    // By request it is what the canary does, for 2 s longer.
    assert!((0.25..0.45).contains(&flag) && flag > canary, "{flag} {canary}");
}

#[test]
fn hands_take_back_go_on_and_begin_anew() {
    let sets = [("gate", "nobody"), ("bake", "20"), ("delay", "20")];
    let mut run = run(&SPEC, &sets, 1, Nanos::from_secs(8));
    let (before, all) = (reading(&run, "failed_green"), run.things().len());
    assert_eq!(all, 5);
    run.act("back", 1);
    run.act("promote", 2);
    run.act("pause", 0);
    run.advance_to(Nanos::from_secs(14), || true);
    assert_eq!(reading(&run, "failed_green"), before);
    // 6 s of 0.39 requests each: nine in ten.
    assert!(reading(&run, "met_canary") > 0.8);
    run.act("back", 0);
    run.advance_to(Nanos::from_secs(26), || true);
    assert!(reading(&run, "back_rolling") > 6.0, "{}", reading(&run, "back_rolling"));
    run.act("release", 9);
    run.advance_to(Nanos::from_millis(26_500), || true);
    assert_eq!((reading(&run, "met_canary"), reading(&run, "releases")), (0.0, 1.0));
    run.advance_to(Nanos::from_secs(30), || true);
    assert_eq!(reading(&run, "releases"), 2.0);
    assert!(reading(&run, "met_green") > 0.1 && run.broken().iter().all(Option::is_none));
}

#[test]
fn the_requests_are_the_same_whatever_the_release_is() {
    let met = |sets: &[(&str, &str)]| reading(&run(&SPEC, sets, 5, Nanos::from_secs(8)), "met_canary");
    let calm = [("gate", "nobody"), ("bake", "20")];
    assert_eq!(met(&calm), met(&[calm[0], calm[1], ("bad", "20"), ("base", "3")]));
    assert_ne!(met(&calm), met(&[calm[0], calm[1], ("share", "7")]));
}
