//! Against Little's law and the time that a pool lasts; and what bulkheads and deadlines promise, exactly.

use super::*;
use crate::lab::Run;
use crate::lab::testing::{broken, mean, reading, run};

const END: Nanos = SPEC.length;

#[test]
fn the_one_pool_lasts_as_long_as_theory_says() {
    for (sets, name) in [
        (vec![], "search"),
        (vec![("hangs", "cart")], "cart"),
        (vec![("pool", "60"), ("timeout", "5000"), ("latency", "50")], "a larger pool"),
    ] {
        let (seen, error) = mean(&SPEC, &sets, "saturated_s", 16);
        let probe = run(&SPEC, &sets, 0, Nanos::ZERO);
        let expected = reading(&probe, "saturated_theory");
        // The calls that come and go are a Poisson number around their mean: the pool is full as soon as their highest is.
        // That is earlier, by at most the calls of about two of their deviations.
        let hanging = SHARES[probe.settings().count("hangs")] * 60.0;
        let early = 2.0 * reading(&probe, "in_use_theory").sqrt() / hanging;
        assert!(seen < expected + 4.0 * error, "{name}: {seen} for {expected}");
        assert!(seen > expected - early - 4.0 * error, "{name}: {seen} for {expected} less {early}");
    }
}

#[test]
fn permits_in_use_are_little_s_law() {
    for (rate, latency) in [(60.0, 100.0), (120.0, 200.0), (30.0, 50.0)] {
        let [told_rate, told_latency] = [rate, latency].map(|value: f64| value.to_string());
        let sets = [("rate", told_rate.as_str()), ("latency", &told_latency), ("hang", "0"), ("pool", "150")];
        let (seen, error) = mean(&SPEC, &sets, "in_use", 16);
        let expected = rate * latency / 1e3;
        // From an empty start, the first mean latency of the 20 s is missing; four standard errors, 1 in 16,000.
        let empty = expected * latency / 1e3 / END.as_secs_f64();
        assert!((seen + empty - expected).abs() < 4.0 * error, "{rate} {latency}: {seen} for {expected}");
    }
}

#[test]
fn with_a_pool_each_the_others_live_as_if_nothing_had_happened() {
    // The others' requests, and the moments in which they end, do not depend on the hang at all.
    let ends = |hang: &str| {
        let mut run = run(&SPEC, &[("hang", hang)], 4, Nanos::ZERO);
        let mut ends = Vec::new();
        let mut healthy = std::collections::BTreeSet::new();
        while let Some(step) = run.step().filter(|step| step.at < END) {
            if step.what.ends_with("for cart") || step.what.ends_with("for pay") {
                healthy.insert(step.id);
            }
            if step.what == "request # is answered, a pool each" && healthy.contains(&step.id) {
                ends.push((step.at, step.id));
            }
        }
        ends
    };
    let (with, without) = (ends("8"), ends("0"));
    assert!(with.len() > 400);
    assert_eq!(with, without);
    let run = run(&SPEC, &[], 4, END);
    assert!(reading(&run, "healthy_each") > 0.995 && reading(&run, "hanging_each") < 0.1);
    assert!(reading(&run, "healthy_one") < 0.3, "{}", reading(&run, "healthy_one"));
}

#[test]
fn deadlines_leave_no_work_for_nobody_and_serve_more() {
    for seed in 0..5 {
        let [without, with] = ["off", "on"].map(|deadline| run(&SPEC, &[("deadline", deadline)], seed, END));
        for name in ["wasted_one", "wasted_each"] {
            assert!(reading(&without, name) > 0.01, "{name}: {}", reading(&without, name));
            assert!(reading(&with, name) == 0.0, "{name}: {}", reading(&with, name));
        }
        let healthy = |run: &Run| reading(run, "healthy_one");
        assert!(healthy(&with) > healthy(&without) + 0.2, "{} {}", healthy(&with), healthy(&without));
    }
}

#[test]
fn each_goal_can_be_reached_and_none_by_itself() {
    let reached = |sets: &[(&str, &str)]| run(&SPEC, sets, 1, END).goals();
    assert_eq!(reached(&[]), [false; 4]);
    assert!(reached(&[("timeout", "500")])[0]);
    assert!(reached(&[("deadline", "on")])[1]);
    assert!(reached(&[("each", "5")])[2]);
    assert!(reached(&[("each", "1")])[3]);
}

#[test]
fn each_bug_breaks_its_rules() {
    for seed in 0..5 {
        assert_eq!(broken(&SPEC, &[], seed), Vec::<usize>::new());
        assert_eq!(broken(&SPEC, &[("deadline", "on")], seed), Vec::<usize>::new());
        assert_eq!(broken(&SPEC, &[("bug", "leaked-permit")], seed), [2]);
        assert_eq!(broken(&SPEC, &[("bug", "returned-twice")], seed), [1, 2]);
        assert_eq!(broken(&SPEC, &[("bug", "fresh-deadline")], seed), [3]);
    }
    // A leak empties the pool: at the end nobody is served, though all is well again.
    let leaked = run(&SPEC, &[("bug", "leaked-permit")], 1, END);
    assert!(reading(&leaked, "taken_one") >= 30.0);
}

#[test]
fn no_knob_but_the_rate_changes_the_requests() {
    let requests = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
        let mut requests = Vec::new();
        while let Some(step) = run.step().filter(|step| step.at < Nanos::from_secs(6)) {
            if step.what.starts_with("request # comes") {
                requests.push((step.at, step.what));
            }
        }
        requests
    };
    let before = requests(&[]);
    for control in SPEC.controls.iter().filter(|control| control.name != "rate") {
        let value = control.show(control.moved(control.default, true));
        assert_eq!(requests(&[(control.name, &value)]), before, "{}", control.name);
    }
    assert_ne!(requests(&[("rate", "70")]), before);
}

#[test]
fn a_hang_can_be_made_longer_shorter_moved_and_taken_back() {
    let mut run = run(&SPEC, &[], 1, Nanos::from_millis(4_500));
    run.set("hangs", 2.0);
    run.advance_to(Nanos::from_secs(6), || true);
    run.set("hang", 1.0);
    run.advance_to(Nanos::from_secs(12), || true);
    assert!(reading(&run, "taken_one") < 20.0 && reading(&run, "taken_each") < 20.0);
    let mut none = self::run(&SPEC, &[], 1, Nanos::from_secs(2));
    none.set("hang", 0.0);
    none.advance_to(END, || true);
    assert!(reading(&none, "healthy_one").is_nan() && reading(&none, "saturated_s").is_nan());
    assert_eq!(none.broken(), vec![None; SPEC.invariants.len()]);
}

#[test]
fn the_heaviest_run_stays_within_its_events() {
    for sets in [
        [("rate", "120"), ("hang", "15"), ("timeout", "10000"), ("queue", "300"), ("latency", "500")],
        [("rate", "120"), ("hang", "15"), ("timeout", "50"), ("queue", "300"), ("latency", "10")],
    ] {
        let run = run(&SPEC, &sets, 1, END);
        assert!(run.events() < 60_000, "{}", run.events());
        assert_eq!(run.broken(), vec![None; SPEC.invariants.len()]);
    }
}
