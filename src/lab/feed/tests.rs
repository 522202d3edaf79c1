//! Theory, goals, bugs.

use super::super::testing::{SURE, broken, means, reaches, reading, run};
use super::*;

/// The mean of 8 runs lies within what chance allows, and `more` for the graph that changes a little.
fn agrees(sets: &[(&str, &str)], name: &str, theory: &str, more: f64) -> f64 {
    let [(seen, error), (expected, _)] = means(&SPEC, sets, [name, theory], (8, SPEC.length));
    assert!(
        (seen - expected).abs() < SURE * error + more,
        "{name} {seen} ± {error} for {expected}: {sets:?}"
    );
    expected
}

#[test]
fn a_post_costs_its_followers_and_a_read_those_whom_one_follows() {
    // One in ten has 900 followers, the others 10 and a hundredth: 90 + 9.
    let expected = agrees(&[], "writes_per_post", "writes_theory", 0.1);
    assert!((expected - (90.0 + 0.9 * 10_000.0 / 999.0)).abs() < 0.5, "{expected}");
    // Everybody follows 10, and 900 of 1,000 the celebrity.
    let expected = agrees(&[], "lists_per_read", "lists_theory", 0.02);
    assert!((expected - 10.9).abs() < 0.01, "{expected}");
    let few = [("followers", "100")];
    assert!(agrees(&few, "writes_per_post", "writes_theory", 0.1) < 20.0);
}

#[test]
fn write_and_read_cost_the_same_where_theory_says() {
    let calm = [("crash", "0"), ("workers", "16"), ("posts", "5")];
    let [(even, _)] = means(&SPEC, &calm, ["break_even"], (1, Nanos::from_secs(1)));
    let reads = format!("{:.0}", even * 5.0);
    let sets = [calm[0], calm[1], calm[2], ("reads", &reads)];
    let [(write, a), (read, b)] = means(&SPEC, &sets, ["cost_write", "cost_read"], (8, SPEC.length));
    // The two errors are those of sums of the same posts and reads: at most their sum.
    assert!((write - read).abs() < SURE * (a + b), "{write} {read}");
    let rare = means(&SPEC, &[("reads", "20")], ["cost_write", "cost_read"], (2, SPEC.length));
    assert!(rare[0].0 > 2.0 * rare[1].0, "{rare:?}");
}

#[test]
fn one_celebrity_delays_everybody_and_the_hybrid_does_not() {
    let names = ["p50_write", "p99_write", "p99_hybrid", "stored_hybrid", "stored_write"];
    let [write50, write99, hybrid99, stored_hybrid, stored_write] =
        means(&SPEC, &[], names, (3, SPEC.length)).map(|(mean, _)| mean);
    // The last follower of one such post alone waits 900 × 2 ms / 2 workers.
    assert!(write99 > 900.0 && write50 > 450.0, "{write50} {write99}");
    assert!(hybrid99 < write99 / 5.0, "{hybrid99} for {write99}");
    assert!(stored_hybrid < stored_write);
    // Without the celebrity: 8 × 10 deliveries of 2 ms are 16% of one worker.
    let [(small, _)] = means(&SPEC, &[("followers", "10")], ["p99_write"], (3, SPEC.length));
    assert!(small < 500.0, "{small}");
}

#[test]
fn each_goal_is_reached_and_none_by_itself() {
    let goals: [&[(&str, &str)]; 4] = [
        &[("workers", "1"), ("posts", "20")],
        &[("reads", "200")],
        &[("reads", "200"), ("threshold", "0")],
        &[("workers", "16"), ("posts", "4"), ("crash", "0"), ("followers", "500")],
    ];
    for (goal, sets) in goals.iter().enumerate() {
        assert!(reaches(&SPEC, sets, 3, goal), "{}", SPEC.goals[goal]);
        assert!(!reaches(&SPEC, &[], 3, goal), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_breaks_its_rule() {
    for seed in 0..4 {
        assert_eq!(broken(&SPEC, &[], seed), [0; 0]);
        assert!(broken(&SPEC, &[("bug", "append")], seed).contains(&0));
        assert_eq!(broken(&SPEC, &[("bug", "stale-followers")], seed), [1]);
        assert_eq!(broken(&SPEC, &[("bug", "lost-ties")], seed), [2]);
    }
}

#[test]
fn posts_and_reads_are_the_same_whatever_the_workers_do() {
    let seen = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 5, SPEC.length);
        ["posts", "reads", "writes_per_post", "lists_per_read"].map(|name| reading(&run, name))
    };
    let plain = seen(&[]);
    for sets in [[("workers", "9")], [("crash", "20")], [("threshold", "5")], [("length", "50")]] {
        assert_eq!(seen(&sets), plain, "{sets:?}");
    }
}

#[test]
fn a_hand_crashes_a_worker_and_sends_a_reader_away() {
    let mut run = run(&SPEC, &[("crash", "0")], 1, Nanos::ZERO);
    run.act("post", 0);
    assert_eq!(reading(&run, "waiting_write") % 50.0, 0.0);
    let waiting = reading(&run, "waiting_write");
    assert!((700.0..=800.0).contains(&waiting), "two of 18 chunks are at work: {waiting}");
    assert!(run.things().iter().any(|thing| thing.id == WORKERS && thing.acts == ["crash"]));
    run.act("crash", WORKERS);
    assert_eq!(reading(&run, "waiting_write"), waiting);
    run.act("unfollow", FAN);
    run.advance_to(Nanos::from_secs(5), || true);
    assert_eq!(broken(&SPEC, &[], 1), [0; 0]);
    assert!(run.broken().iter().all(Option::is_none));
}
