//! Backpressure against theory, and what is promised for every setting.

use super::super::testing::{broken, mean, means, reaches, reading, run};
use super::knobs::SPEED;
use super::*;

const SEEDS: u64 = 16;

fn of(sets: &[(&str, &str)], name: &str) -> f64 {
    mean(&SPEC, sets, name, SEEDS).0
}

/// A mean over seeds lies within 4 of its standard errors (1 in 900 that it does not by chance, by Student's t with
/// 15 degrees of freedom) and `apart` of what is expected.
fn agrees(sets: &[(&str, &str)], name: &str, expected: f64, apart: f64) {
    let (mean, error) = mean(&SPEC, sets, name, SEEDS);
    assert!(
        (mean - expected).abs() < 4.0 * error + apart,
        "{sets:?}: {name} is {mean}, not {expected} ({error})"
    );
    assert!(error < 0.05 * expected, "{name} deviates by {error}");
}

#[test]
fn times_to_fill_and_to_recover_are_those_of_theory() {
    // By Wald's identity the mean time of a walk to a level is the distance over its drift, also for random gaps and
    // services. The walk begins where M/M/1 at 80% stands: 3.2 in line on average, so that much less is to fill (3.2/110 =
    // 0.03 s) and more to work off (4/40 = 0.1 s); the last service under way takes 20 ms at most on average.
    let full = [("policy", "drop-newest"), ("size", "200")];
    let theory = |sets: &[(&str, &str)], name| reading(&run(&SPEC, sets, 1, Nanos::ZERO), name);
    assert!((theory(&full, "fill_theory") - 200.0 / 110.0).abs() < 1e-9);
    agrees(&full, "fill_s", 200.0 / 110.0, 0.03 + 0.02);
    assert!((theory(&[], "recovery_theory") - 16.5).abs() < 1e-9);
    agrees(&[], "recovery_unbounded", 16.5, 0.1 + 0.02);
    assert!(theory(&[("load", "200")], "recovery_theory").is_nan());
}

#[test]
fn the_consumer_does_what_it_can() {
    // While it is slow it does 50/s for 6 s. With room for 20 all are in time: 300 and, with exponential services, a
    // deviation of sqrt(300) a run. The service under way at the start is a fast one, at the end a slow one.
    agrees(&[("size", "20")], "in_time_slow", 300.0, 2.0);
    // With room for 100 the line is 2 s long from 3.9 s on; those that come in the first 0.5 s are in time.
    assert!(of(&[], "in_time_slow") < 120.0);
    // Who loses nothing answers all that was made.
    let run = run(&SPEC, &[("policy", "unbounded")], 3, SPEC.length);
    assert!((reading(&run, "throughput") - 160.0).abs() < 4.0 * (160.0_f64 / 40.0).sqrt() + 1.0);
}

#[test]
fn memory_is_bounded_by_the_size_or_by_nothing() {
    for policy in ["block", "drop-newest", "drop-oldest", "credits"] {
        let run = run(&SPEC, &[("policy", policy), ("size", "50")], 2, SPEC.length);
        assert!(reading(&run, "peak") <= 50.0, "{policy}");
        let peak = reading(&run, "peak");
        assert!((reading(&run, "peak_mb") - peak * 0.064).abs() < 1e-9);
    }
    // 660 are left over; the difference of two counts, 960 and 300, deviates by sqrt(1,260) = 35.
    let left = of(&[("policy", "unbounded")], "peak");
    assert!((left - 665.0).abs() < 4.0 * 35.0 / (SEEDS as f64).sqrt() + 12.0, "{left}");
}

#[test]
fn who_holds_up_loses_nothing_and_who_drops_holds_up_nobody() {
    for (policy, drops, blocks) in [
        ("unbounded", false, false),
        ("block", false, true),
        ("drop-newest", true, false),
        ("drop-oldest", true, false),
        ("credits", false, true),
        ("deadline", true, false),
        ("lifo", false, false),
        ("codel", true, false),
    ] {
        let run = run(&SPEC, &[("policy", policy)], 5, SPEC.length);
        assert_eq!(reading(&run, "dropped") > 0.0, drops, "{policy}");
        assert_eq!(reading(&run, "blocked_s") > 0.0, blocks, "{policy}");
        assert_eq!(run.broken(), [None; 4], "{policy}");
    }
    // Held up for as long as the consumer needs more than the intervals between items: the 6 s in which 50/s are let in
    // instead of 160/s make 6 (1 - 50/160) = 4.1 s, less what the buffer takes at first, 100/160 = 0.6 s.
    agrees(&[("policy", "block")], "blocked_s", 4.125 - 0.625, 0.1);
}

#[test]
fn policies_stand_in_the_known_order() {
    let policies = ["unbounded", "codel", "drop-newest", "lifo", "deadline"];
    let of = |policy| means(&SPEC, &[("policy", policy)], ["goodput", "p99"], (SEEDS, SPEC.length));
    let seen = policies.map(of);
    let goodput = seen.map(|[(goodput, _), _]| goodput);
    assert!(goodput.is_sorted(), "{goodput:?}");
    assert!(goodput[0] < 0.75 * goodput[2], "{goodput:?}");
    // LIFO answers in time and leaves a tail; FIFO without a bound makes everyone late instead.
    let [unbounded, _, _, lifo, deadline] = seen.map(|[_, (p99, _)]| p99);
    assert!(lifo > 3.0 * unbounded, "{lifo} {unbounded}");
    // Shedding at 500 ms keeps everyone who is answered below that and a service.
    assert!(deadline < 700.0, "{deadline}");
}

#[test]
fn both_sides_see_the_same_items() {
    // Until the first drop they do the same at the same moments; the arrivals never differ where nobody is held up.
    let made = |policy: &str, unbounded: bool| {
        let mut run = run(&SPEC, &[("policy", policy)], 7, Nanos::ZERO);
        let mut made = Vec::new();
        while run.now() < Nanos::from_secs(9) {
            let step = run.step().expect("items never end");
            let new = ["goes", "is dropped", "held up"].iter().any(|word| step.what.contains(word));
            if new && step.what.starts_with("unbounded") == unbounded {
                made.push((step.at, step.id));
            }
        }
        made
    };
    let plain = made("drop-newest", true);
    assert!(plain.len() > 1_300);
    for policy in ["drop-newest", "drop-oldest", "deadline", "lifo", "codel"] {
        assert_eq!(made(policy, false), plain, "{policy}");
        assert_eq!(made(policy, true), plain, "{policy}");
    }
    let held = made("block", false);
    assert!(held.len() < plain.len() && held[..400] == plain[..400]);
    // The unbounded side is the same whatever is chosen beside it.
    let goodput = |policy| reading(&run(&SPEC, &[("policy", policy)], 7, SPEC.length), "goodput_unbounded");
    assert_eq!(goodput("codel").to_bits(), goodput("credits").to_bits());
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..20 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let reach = |goal: usize, sets: &[(&str, &str)]| {
        let reached = (0..8).any(|seed| reaches(&SPEC, sets, seed, goal));
        assert!(reached, "{}", SPEC.goals[goal]);
    };
    reach(0, &[("size", "20")]);
    reach(1, &[("policy", "block"), ("size", "50")]);
    reach(2, &[("size", "10")]);
    reach(3, &[("policy", "deadline"), ("shed_after", "200")]);
}

#[test]
fn each_bug_breaks_its_rule_and_no_other() {
    for (bug, rule) in BUGS[1..].iter().zip([1, 2, 3]) {
        for seed in 0..6 {
            assert_eq!(broken(&SPEC, &[("bug", bug)], seed), [rule], "{bug} {seed}");
        }
    }
    let green = reading(&run(&SPEC, &[("bug", "late-counts")], 1, SPEC.length), "wasted_share");
    assert!(green.abs() < 1e-12);
}

#[test]
fn the_slow_time_can_be_moved_while_it_runs() {
    let mut longer = run(&SPEC, &[], 7, Nanos::from_secs(5));
    longer.set("slow_for", 1.0);
    assert_eq!(longer.step().map(|step| step.to_string()), Some("the consumer is as fast as before".into()));
    let mut late = run(&SPEC, &[("slow_for", "0")], 7, Nanos::from_secs(12));
    assert!(reading(&late, "recovery_s").is_nan() && reading(&late, "peak") < 80.0);
    late.set("slow_for", 3.0);
    late.advance_to(Nanos::from_secs(30), || true);
    assert!(reading(&late, "recovery_s").is_finite() && reading(&late, "peak") > 80.0);
}

#[test]
fn work_and_memory_are_bounded_at_the_far_end() {
    let sets = [("load", "400"), ("slow", "5"), ("slow_for", "15"), ("policy", "lifo"), ("size", "1")];
    let run = run(&SPEC, &sets, 1, SPEC.length);
    assert!(run.events() < 100_000, "{}", run.events());
    // What is left: 390/s for 15 s and 200/s for 22 s, and the load of the first 3 s.
    assert!(reading(&run, "peak") * (size_of::<Item>() + 8) as f64 * 2.0 < 1e6);
    assert!(SPEED * 40.0 > reading(&run, "throughput"));
}
