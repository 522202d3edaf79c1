//! Theory, goals, bugs.

use super::super::testing::{SURE, broken, means, reaches, reading, run};
use super::*;

const LONG: Nanos = Nanos::from_secs(120);

/// The mean of 8 runs of 120 s (some 1,200 payments each) lies within what chance allows, and `more`.
fn agrees(sets: &[(&str, &str)], name: &str, theory: &str, more: f64) -> f64 {
    let [(seen, error), (expected, _)] = means(&SPEC, sets, [name, theory], (8, LONG));
    assert!(
        (seen - expected).abs() < SURE * error + more,
        "{name} {seen} ± {error} for {expected}: {sets:?}"
    );
    expected
}

#[test]
fn without_a_key_it_is_the_lost_answers_that_double() {
    let sets = [("crash", "0"), ("clicks", "0"), ("reuse", "0"), ("processing", "20")];
    let expected = agrees(&sets, "doubled_none", "doubled_theory", 0.001);
    // To first order the answers lost, 5%, whose retry gets through; 4 retries are as good as endless.
    // Exactly: 1 - never - once with n = 0.05, b = 0.95 * 0.05, c = 0.95 * 0.95.
    let (n, b, c): (f64, f64, f64) = (0.05, 0.0475, 0.9025);
    let power = |k: usize| std::iter::repeat_n(n, k).product::<f64>();
    let once: f64 = (0..5).map(|k| power(k) * (c + b * power(4 - k))).sum();
    let exact = 1.0 - power(5) - once;
    assert!((expected - exact).abs() < 1e-9 && (exact - 0.05).abs() < 0.002, "{expected}");
    let heavy = [("loss", "30"), ("crash", "20"), ("clicks", "0"), ("reuse", "0"), ("processing", "20")];
    agrees(&heavy, "doubled_none", "doubled_theory", 0.001);
}

#[test]
fn check_then_set_doubles_what_overlaps() {
    let sets = [("loss", "0"), ("crash", "0"), ("reuse", "0"), ("clicks", "50")];
    // Late answers double too: one charge in 90 takes longer than the client waits, and the retry overlaps.
    let expected = agrees(&sets, "doubled_check", "overlap_theory", 0.012);
    // A charge of 200 ms is still going on after 20 to 200 ms with 59.6% chance.
    let still = 200.0 / 180.0 * (libm::exp(-0.1) - libm::exp(-1.0));
    assert!((expected - 0.5 * still).abs() < 1e-9);
}

#[test]
fn each_way_keeps_what_it_promises_and_no_more() {
    let sets = [("loss", "20"), ("crash", "10"), ("clicks", "20"), ("reuse", "5")];
    let [none, check, unique, full, stuck, stuck_full, wrong, wrong_full] = means(
        &SPEC,
        &sets,
        [
            "doubled_none",
            "doubled_check",
            "doubled_unique",
            "doubled_full",
            "stuck_unique",
            "stuck_full",
            "wrong_unique",
            "wrong_full",
        ],
        (6, SPEC.length),
    )
    .map(|(mean, _)| mean);
    assert!(none > check && check > 0.02, "{none} {check}");
    assert_eq!((unique, full, stuck_full, wrong_full), (0.0, 0.0, 0.0, 0.0));
    assert!(stuck > 5.0 && wrong > 5.0, "{stuck} {wrong}");
}

#[test]
fn each_goal_is_reached_and_none_by_itself() {
    let goals: [&[(&str, &str)]; 4] = [
        &[("loss", "30")],
        &[("loss", "0"), ("crash", "0"), ("clicks", "30")],
        &[("crash", "30")],
        &[("expiry", "5"), ("retries", "10"), ("time_out", "3000"), ("loss", "30")],
    ];
    for (goal, sets) in goals.iter().enumerate() {
        assert!(reaches(&SPEC, sets, 3, goal), "{}", SPEC.goals[goal]);
        assert!(!reaches(&SPEC, &[], 3, goal), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_breaks_its_rule() {
    let slow = ("processing", "1000");
    for seed in 0..4 {
        assert_eq!(broken(&SPEC, &[], seed), [0; 0]);
        assert_eq!(broken(&SPEC, &[slow, ("expiry", "2")], seed), [0; 0]);
        assert_eq!(broken(&SPEC, &[("bug", "no-fence"), slow], seed), [0]);
        assert_eq!(broken(&SPEC, &[("bug", "any-request"), ("reuse", "5")], seed), [1]);
        assert_eq!(broken(&SPEC, &[("bug", "answer-first"), ("crash", "10")], seed), [1]);
        assert_eq!(broken(&SPEC, &[("bug", "no-lease"), ("crash", "10")], seed), [2]);
    }
}

#[test]
fn the_payments_are_the_same_whatever_befalls_them() {
    let ended = |sets: &[(&str, &str)]| reading(&run(&SPEC, sets, 5, SPEC.length), "payments");
    // The last ones are not over: a second's worth at most.
    assert!((ended(&[]) - ended(&[("loss", "0"), ("crash", "0")])).abs() <= 20.0);
    let doubled = |sets: &[(&str, &str)]| reading(&run(&SPEC, sets, 5, SPEC.length), "extra_none");
    assert!(doubled(&[("loss", "10")]) > doubled(&[("loss", "2")]));
}

#[test]
fn a_hand_crashes_one_server_at_one_payment() {
    let calm = [("loss", "0"), ("crash", "0"), ("clicks", "0"), ("reuse", "0"), ("retries", "2")];
    let mut run = run(&SPEC, &calm, 1, Nanos::ZERO);
    let unique_at_work = |run: &super::super::Run| {
        run.things().into_iter().find(|thing| thing.id % 4 == 2 && thing.acts.contains(&"crash"))
    };
    while unique_at_work(&run).is_none() {
        run.step();
    }
    let thing = unique_at_work(&run).expect("a server at work");
    run.act("crash", thing.id);
    run.advance_to(run.now() + Nanos::from_secs(10), || true);
    assert_eq!((reading(&run, "stuck_unique"), reading(&run, "stuck_full")), (1.0, 0.0));
    assert_eq!(reading(&run, "extra_none"), 0.0);
}
