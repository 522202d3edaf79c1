//! The demo against theory, its goals, its rules and its bugs.

use super::*;
use crate::lab::testing::{RUNS, SURE, broken, mean, reaches, reading, run};

/// What chance exceeds once in 1,000 times, and what `slack` says.
fn check(sets: &[(&str, &str)], name: &str, expected: f64, slack: f64) {
    let (seen, error) = mean(&SPEC, sets, name, RUNS);
    assert!((seen - expected).abs() < SURE * error + slack, "{name} {sets:?}: {seen:.3}, not {expected:.3}");
}

fn theory(sets: &[(&str, &str)], name: &str) -> f64 {
    reading(&run(&SPEC, sets, 0, Nanos::ZERO), name)
}

#[test]
fn a_refresh_costs_what_theory_says() {
    let strategy = |name| [("strategy", name)];
    assert!((theory(&strategy("none"), "queries_theory") - 201.0).abs() < 1e-9);
    for name in ["none", "early", "coalesce", "lock", "stale", "ahead"] {
        let sets = strategy(name);
        check(&sets, "queries", theory(&sets, "queries_theory"), 1e-6);
    }
    let thin = [("strategy", "coalesce"), ("servers", "50"), ("rate", "100"), ("ttl", "2")];
    // 20 requests among 50 servers: 1 + 49 (1 - e^(-20/50)) = 17.2 of them ask.
    assert!((theory(&thin, "queries_theory") - 17.15).abs() < 0.01);
    check(&thin, "queries", theory(&thin, "queries_theory"), 1e-9);
    let eager = [("strategy", "early"), ("beta", "4"), ("ttl", "12")];
    assert!((theory(&eager, "queries_theory") - libm::exp(0.25)).abs() < 1e-9);
    check(&eager, "queries", theory(&eager, "queries_theory"), 0.03);
}

#[test]
fn an_early_refresh_begins_when_gumbel_says() {
    let sets = [("strategy", "early")];
    let expected = theory(&sets, "lead_theory");
    assert!((expected - 0.2 * (libm::log(200.0) + 0.5772)).abs() < 1e-4);
    check(&sets, "lead", expected, 0.01);
    let rare = [("strategy", "early"), ("rate", "100"), ("compute", "300")];
    check(&rare, "lead", theory(&rare, "lead_theory"), 0.02);
}

#[test]
fn what_is_told_to_look_for_can_be_seen() {
    let of = |sets: &[(&str, &str)], name| reading(&run(&SPEC, sets, 7, SPEC.length), name);
    // 180 queries more than the 20 that are worked on, 0.2 s each: nearly 2 s.
    assert!((1_500.0..2_100.0).contains(&of(&[], "others_p99")));
    assert!(of(&[], "rival_others_p99") < 120.0);
    assert!(of(&[("strategy", "stale")], "waiting_peak") < 0.5);
    let stale = of(&[("strategy", "stale")], "stale_share");
    // 0.2 s of each 5.2 s.
    assert!((stale - 0.2 / 5.2).abs() < 0.01, "{stale}");
    // An owner who dies costs all the time of the lock.
    let crash = [("strategy", "lock"), ("rival", "stale"), ("crash", "50")];
    assert!(of(&crash, "waiting_peak") > 1_000.0 && of(&crash, "rival_failed") < 0.5);
}

#[test]
fn both_sites_see_the_same_requests_whatever_they_do() {
    let requests = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
        let steps = std::iter::from_fn(|| run.step()).take(20_000);
        let asked =
            steps.filter(|step| step.what.starts_with("request #") && !step.what.contains("gives up"));
        asked.map(|step| (step.at, step.id)).take(5_000).collect::<Vec<_>>()
    };
    let plain = requests(&[]);
    assert_eq!(plain.len(), 5_000);
    for sets in [("strategy", "early"), ("compute", "20"), ("servers", "3"), ("crash", "30"), ("ttl", "2")] {
        assert_eq!(requests(&[sets]), plain, "{sets:?}");
    }
    // The same strategy twice gives the same figures twice.
    for name in ["none", "early", "coalesce"] {
        let run = run(&SPEC, &[("strategy", name), ("rival", name), ("crash", "20")], 3, SPEC.length);
        for reading_name in ["queries", "waiting_peak", "p99", "failed", "others_p99"] {
            let rival = reading(&run, &format!("rival_{reading_name}"));
            assert_eq!(reading(&run, reading_name).to_bits(), rival.to_bits(), "{name} {reading_name}");
        }
    }
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..5 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        assert!(reaches(&SPEC, sets, 7, goal), "{}", SPEC.goals[goal]);
    };
    check(&[("strategy", "ahead")], 0);
    check(&[("rate", "5000"), ("compute", "500")], 1);
    check(&[("strategy", "stale"), ("crash", "20"), ("ttl", "1")], 2);
    check(&[("strategy", "coalesce"), ("servers", "50")], 3);
}

#[test]
fn each_bug_breaks_its_rule_and_no_other_run_does() {
    for seed in 0..3 {
        assert!(broken(&SPEC, &[], seed).is_empty());
        // A lock that runs out too soon is no broken lock where owners know themselves.
        let short = [("strategy", "lock"), ("hold", "130"), ("crash", "20")];
        assert!(broken(&SPEC, &short, seed).is_empty(), "seed {seed}");
        assert_eq!(broken(&SPEC, &[("bug", "lock-without-owner")], seed), [2], "seed {seed}");
        assert_eq!(broken(&SPEC, &[("bug", "lock-without-timeout")], seed), [1], "seed {seed}");
        // What is beside it is done right.
        let beside = run(&SPEC, &[("bug", "lock-without-timeout"), ("rival", "stale")], seed, SPEC.length);
        assert!(reading(&beside, "rival_failed") < 0.5 && reading(&beside, "failed") > 1_000.0);
    }
}

#[test]
fn a_stuck_lock_is_opened_when_the_bug_is_mended() {
    let mut run =
        run(&SPEC, &[("bug", "lock-without-timeout"), ("strategy", "lock")], 3, Nanos::from_secs(20));
    let failed = reading(&run, "failed");
    assert!(failed > 1_000.0);
    run.set("bug", 0.0);
    run.advance_to(Nanos::from_secs(21), || true);
    let mended = reading(&run, "failed");
    run.advance_to(Nanos::from_secs(30), || true);
    assert!((reading(&run, "failed") - mended).abs() < 0.5, "nobody fails any more");
}

#[test]
fn memory_and_work_are_bounded_at_the_far_end() {
    for strategy in STRATEGIES {
        let sets = [
            ("strategy", *strategy),
            ("rival", "early"),
            ("rate", "5000"),
            ("compute", "2000"),
            ("ttl", "1"),
            ("beta", "4"),
            ("crash", "50"),
        ];
        let run = run(&SPEC, &sets, 1, Nanos::from_secs(6));
        assert!(run.events() < 6 * 30_000, "{strategy}: {}", run.events());
        assert_eq!(run.broken(), vec![None; 4], "{strategy}");
        assert!(run.bytes() <= 8 << 20);
        assert!(reading(&run, "waiting_peak") <= 5_000.0 * 2.0 + 9.0 * 100.0, "{strategy}");
    }
}
