//! The detectors against theory, goals, bugs, acts, and what a control must not change.

use super::super::Run;
use super::super::testing::{RUNS, SURE, broken, means, reaches, reading, run, settings};
use super::*;

#[test]
fn the_fixed_time_out_is_as_quick_and_as_wrong_as_theory_says() {
    for sets in [
        [("timeout", "1200"), ("loss", "10"), ("jitter", "30"), ("nodes", "30")],
        [("timeout", "700"), ("loss", "5"), ("jitter", "150"), ("nodes", "30")],
    ] {
        let names = ["fixed_detect_s", "fixed_detect_theory", "fixed_mistakes", "fixed_mistakes_theory"];
        let [(detect, error), (detect_theory, _), (mistakes, off), (mistakes_theory, _)] =
            means(&SPEC, &sets, names, (RUNS, Nanos::from_secs(20)));
        // Beside chance a hundredth for the slices of the integrals.
        assert!(
            (detect - detect_theory).abs() < SURE * error + 0.01 * detect_theory,
            "{detect} {detect_theory} {error}"
        );
        // A heartbeat before a crash has no time to prove that it was the last one, and who was just restarted has none before
        // it: a few in a hundred of the node-minutes count less.
        let allowed = SURE * off + 0.06 * mistakes_theory;
        assert!((mistakes - mistakes_theory).abs() < allowed, "{mistakes} {mistakes_theory} {off}");
        assert!(mistakes_theory > 0.5, "there is something to count: {mistakes_theory}");
    }
}

#[test]
fn swim_is_as_quick_as_theory_says_and_costs_the_same_with_many() {
    let [(periods, error), (theory, _)] =
        means(&SPEC, &[("loss", "0")], ["swim_periods", "swim_periods_theory"], (RUNS, SPEC.length));
    // In turn, the chance grows a little from period to period: a thirtieth.
    assert!((periods - theory).abs() < SURE * error + theory / 30.0, "{periods} {theory} {error}");
    let load = |nodes| {
        let sets = [("nodes", nodes), ("loss", "10")];
        let names = ["swim_load", "swim_load_theory"];
        means(&SPEC, &sets, names, (2, Nanos::from_secs(20))).map(|(mean, _)| mean)
    };
    let ([few, theory], [many, same]) = (load("10"), load("50"));
    // Crashed members that are not known yet make helpers work: of 10 nearly one, of 50 hardly one in 40.
    assert!(
        (many - same).abs() < 0.15 * same && (few - theory).abs() < 0.6 * theory,
        "{few} {theory}, {many} {same}"
    );
    assert!((theory - same).abs() < 1e-9);
}

#[test]
fn all_know_in_the_time_of_a_rumour() {
    let sets = [("nodes", "40"), ("loss", "0"), ("jitter", "0")];
    let [(periods, _), (theory, _)] =
        means(&SPEC, &sets, ["spread_periods", "spread_theory"], (4, SPEC.length));
    // Rounds and not a flow, and an answer tells in the same period: within a period and a half.
    assert!((periods - theory).abs() < 1.5, "{periods} {theory}");
}

#[test]
fn phi_follows_the_network_and_the_time_out_does_not() {
    let of = |jitter| {
        let sets = [("jitter", jitter), ("timeout", "700"), ("phi", "2"), ("loss", "0")];
        let names = ["fixed_mistakes", "phi_mistakes", "fixed_detect_s", "phi_detect_s"];
        means(&SPEC, &sets, names, (4, Nanos::from_secs(40))).map(|(mean, _)| mean)
    };
    let (calm, rough) = (of("10"), of("200"));
    assert!(calm[0] < 0.1 && rough[0] > 10.0, "the time-out is wrong often: {calm:?} {rough:?}");
    assert!(rough[1] < rough[0] / 2.0, "phi is not: {rough:?}");
    assert!(rough[3] > calm[3] * 1.2, "since it waits longer: {calm:?} {rough:?}");
}

#[test]
fn time_to_object_saves_live_members() {
    let of = |suspicion| {
        let sets = [("loss", "25"), ("suspicion", suspicion)];
        means(&SPEC, &sets, ["swim_suspected", "swim_refuted", "swim_mistakes"], (3, SPEC.length))
            .map(|(mean, _)| mean)
    };
    let ([.., hasty], [suspected, refuted, patient]) = (of("0"), of("8"));
    assert!(hasty > 10.0 * patient.max(0.01), "{hasty} {patient}");
    assert!(suspected > 30.0 && refuted > 0.8 * suspected, "{suspected} {refuted}");
}

#[test]
fn no_bug_no_broken_rule_and_each_bug_breaks_one() {
    for seed in 0..3 {
        for sets in [&[][..], &[("loss", "40"), ("suspicion", "0"), ("pauses", "10"), ("nodes", "8")]] {
            assert_eq!(broken(&SPEC, sets, seed), [0; 0], "{sets:?}");
        }
        for (bug, rule) in [("own-send", 0), ("no-incarnation", 1), ("no-suspicion", 3)] {
            let found = broken(&SPEC, &[("bug", bug)], seed);
            assert_eq!(found, [rule], "{bug} with seed {seed}");
        }
    }
}

#[test]
fn each_goal_can_be_reached_and_none_by_itself() {
    let ways: [&[(&str, &str)]; 4] = [
        &[("timeout", "3000"), ("detector", "fixed")],
        &[("suspicion", "0"), ("loss", "30")],
        &[("suspicion", "18"), ("loss", "25")],
        &[("nodes", "40"), ("loss", "0")],
    ];
    for (goal, sets) in ways.into_iter().enumerate() {
        assert!((0..4).any(|seed| reaches(&SPEC, sets, seed, goal)), "{}", SPEC.goals[goal]);
        for seed in 0..2 {
            assert!(!reaches(&SPEC, &[], seed, goal), "{} by itself, seed {seed}", SPEC.goals[goal]);
        }
    }
}

#[test]
fn a_threshold_changes_no_heartbeat_and_no_crash() {
    let seen = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 5, Nanos::from_secs(30));
        ["crashes", "swim_suspected", "swim_detect_s", "swim_load"].map(|name| reading(&run, name).to_bits())
    };
    let usual = seen(&[]);
    for set in [("timeout", "300"), ("phi", "1"), ("detector", "phi"), ("bug", "own-send")] {
        assert_eq!(seen(&[set]), usual, "{set:?}");
    }
}

#[test]
fn nodes_crash_pause_and_come_back_by_hand() {
    let mut world = Run::without_past(&SPEC, Seed(1), settings(&SPEC, &[("loss", "0"), ("nodes", "50")]));
    let to = |world: &mut Run, millis| world.advance_to(Nanos::from_millis(millis), || true);
    to(&mut world, 1_000);
    let (found, mistakes) = ("fixed_detect_s", "fixed_mistakes");
    world.act("pause", 7);
    to(&mut world, 1_700);
    // It is silent since 0.57 s: 1.2 s later it is taken for dead, and lives.
    assert_eq!(reading(&world, mistakes), 0.0);
    to(&mut world, 2_900);
    assert!(reading(&world, mistakes) > 0.0);
    to(&mut world, 10_000);
    world.act("crash", 49);
    world.act("crash", 49);
    world.act("crash", 0);
    world.act("restart", 400);
    to(&mut world, 11_500);
    assert!(reading(&world, found) > 0.0 && world.things().iter().any(|thing| thing.acts == ["restart"]));
    world.act("restart", 49);
    to(&mut world, 30_000);
    assert!(world.broken().iter().all(Option::is_none));
}
