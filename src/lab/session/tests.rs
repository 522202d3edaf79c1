//! Theory, goals, bugs, and what a control must not change.

use super::super::testing::{broken, means, reading, run};
use super::*;

/// The mean over 8 runs lies within 5.41 of its standard errors (Student's t, once in 1,000), and 2 points for what the theory leaves
/// out: writes of a session do not come as a Poisson stream, but as its round has them.
fn agrees(sets: &[(&str, &str)]) -> f64 {
    let [(seen, error)] = means(&SPEC, sets, ["unread_share"], (8, Nanos::from_secs(120)));
    let theory = reading(&run(&SPEC, sets, 0, Nanos::ZERO), "unread_theory");
    assert!((seen - theory).abs() < 5.41 * error + 0.02, "{seen} for {theory}, {error}: {sets:?}");
    theory
}

#[test]
fn a_first_look_misses_what_is_still_under_way() {
    // With few writes before it a post waits for its own message alone: e^(-t/m).
    let lone = agrees(&[("lag", "50"), ("refresh", "50"), ("sessions", "2"), ("far", "20")]);
    assert!((lone - libm::exp(-75.0 / 50.0)).abs() < 0.1, "{lone}");
    agrees(&[]);
    agrees(&[("refresh", "1000"), ("lag", "400")]);
}

#[test]
fn each_guard_keeps_what_it_promises_and_costs_what_it_costs() {
    const NAMES: [&str; 5] = ["own_missing", "backwards", "reply_first", "leader_share", "read_ms"];
    let of = |sets: &[(&str, &str)]| means(&SPEC, sets, NAMES, (4, SPEC.length)).map(|(mean, _)| mean);
    let [own, backwards, reply, leader, ms] = of(&[]);
    assert!(own > 100.0 && backwards > 20.0 && reply == 0.0 && leader == 0.0 && (ms - 10.0).abs() < 0.5);
    let [own, backwards, ..] = of(&[("guard", "sticky")]);
    assert!(own > 100.0 && backwards == 0.0, "neither contains the other: {own}, {backwards}");
    let [own, backwards, _, leader, ms] = of(&[("guard", "leader-reads")]);
    assert!(own == 0.0 && backwards == 0.0 && leader == 1.0 && (ms - 80.0).abs() < 3.0, "{ms}");
    let [own, _, _, leader, _] = of(&[("guard", "own-writes-window")]);
    assert!(own < 60.0 && (0.2..0.8).contains(&leader), "{own}, {leader}");
    let [own, backwards, _, leader, ms] = of(&[("guard", "token-wait")]);
    assert!(own + backwards + leader == 0.0 && ms > 100.0, "{own}, {backwards}, {leader}, {ms}");
    let [own, backwards, _, leader, ms] = of(&[("guard", "token-redirect")]);
    assert!(own + backwards == 0.0 && leader > 0.3 && ms < 92.0, "{own}, {backwards}, {leader}, {ms}");
    let any = ("writes", "any-server");
    let [.., reply, _, _] = of(&[any]);
    assert!(reply > 50.0, "{reply}");
    let [own, backwards, reply, ..] = of(&[any, ("guard", "token-wait")]);
    assert!(own + backwards + reply == 0.0);
}

#[test]
fn no_bug_no_broken_rule_and_each_bug_breaks_one() {
    for seed in 0..2 {
        for guard in GUARDS {
            for writes in WRITES {
                let sets = [("guard", *guard), ("writes", *writes)];
                assert_eq!(broken(&SPEC, &sets, seed), [0; 0], "{guard}, {writes}");
            }
        }
        let check = |bug: &str, sets: &[(&str, &str)], rule: usize| {
            let broken = broken(&SPEC, &[sets, &[("bug", bug)]].concat(), seed);
            assert!(broken.contains(&rule), "{bug}, seed {seed}: {broken:?}");
        };
        check("token-lost", &[("guard", "token-wait")], 0);
        check("writes-only", &[("guard", "token-wait")], 0);
        check("no-dependencies", &[("guard", "token-wait"), ("writes", "any-server")], 1);
        check("arrival-time", &[("guard", "bounded")], 2);
    }
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    let goals = |sets: &[(&str, &str)], seed: u64| run(&SPEC, sets, seed, SPEC.length).goals();
    for seed in 0..5 {
        assert_eq!(goals(&[], seed), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        assert!((0..3).all(|seed| goals(sets, seed)[goal]), "{}", SPEC.goals[goal]);
    };
    check(&[("guard", "token-wait"), ("sessions", "8")], 0);
    check(&[("guard", "sticky")], 1);
    check(&[("writes", "any-server")], 2);
    check(&[("guard", "bounded"), ("bound", "300")], 3);
}

/// What is random about a session does not hang on what guards it.
#[test]
fn the_first_requests_are_the_same_whatever_guards_them() {
    let first = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
        let mut steps = Vec::new();
        while steps.len() < 4 {
            let step = run.step().expect("sessions go on");
            if step.what == "session # posts" {
                steps.push((step.at, step.id));
            }
        }
        steps
    };
    for sets in [("guard", "token-wait"), ("lag", "2000"), ("writes", "any-server"), ("far", "200")] {
        assert_eq!(first(&[sets]), first(&[]), "{sets:?}");
    }
}

#[test]
fn a_replica_that_is_cut_off_falls_behind_and_catches_up() {
    let mut run = run(&SPEC, &[("guard", "sticky")], 1, Nanos::from_secs(5));
    run.act("isolate", 1);
    run.advance_to(Nanos::from_secs(20), || true);
    assert!(reading(&run, "stale_max_ms") > 5_000.0);
    assert!(run.things()[1].acts == ["reconnect"]);
    run.act("reconnect", 1);
    run.advance_to(Nanos::from_secs(60), || true);
    assert!(run.broken().iter().all(Option::is_none));
}
