//! Theory, goals, bugs, and what a control must not change.

use super::super::testing::{broken, mean, reading, run};
use super::super::{Run, Settings};
use super::*;

/// Longer than a default run: more messages, and the last ones weigh less.
fn long(sets: &[(&str, &str)], seed: u64) -> Run {
    run(&SPEC, sets, seed, Nanos::from_secs(200))
}

/// The mean of a reading over runs of 200 s with the seeds 0 to 19, and its standard error.
fn long_mean(sets: &[(&str, &str)], name: &str) -> (f64, f64) {
    let values: Vec<f64> = (0..20).map(|seed| reading(&long(sets, seed), name)).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// The mean lies within 4 standard errors of theory, outside of which 1 in 3,000 falls (20 seeds: Student's t), and
/// half a message: the messages counted end before one that is not done with, so one that was done twice is
/// missing at the end more often than not.
fn agrees(sets: &[(&str, &str)], name: &str, theory: &str) -> f64 {
    let (seen, error) = long_mean(sets, name);
    let expected = reading(&run(&SPEC, sets, 0, Nanos::ZERO), theory);
    let tolerance = 4.0 * error + 5.0 / 2_000.0;
    assert!((seen - expected).abs() < tolerance, "{name} {seen} for {expected}, {error}: {sets:?}");
    expected
}

#[test]
fn duplicates_are_those_attempts_that_end_between_effect_and_acknowledgement() {
    // No time-out is reached by work and hardly a message needs 20 receives: done / (done + settled).
    let sets = [("poison", "0"), ("max_receives", "20")];
    let expected = agrees(&sets, "duplicate_share", "duplicate_theory");
    assert!((expected - 0.095 / 0.95).abs() < 1e-6, "{expected}");
    agrees(
        &[("crash", "40"), ("ack_loss", "30"), ("max_receives", "3"), ("consumers", "8")],
        "duplicate_share",
        "duplicate_theory",
    );
    agrees(&[("mode", "fan-out"), ("poison", "10")], "duplicate_share", "duplicate_theory");
}

#[test]
fn deliveries_are_a_geometric_series() {
    // 1 / (1 - p) with p = 1 - 0.9 * 0.95, cut off after 20.
    let sets = [("poison", "0"), ("max_receives", "20")];
    let expected = agrees(&sets, "deliveries", "deliveries_theory");
    assert!((expected - 1.0 / 0.855).abs() < 1e-6, "{expected}");
    agrees(
        &[("semantics", "effectively-once"), ("crash", "20"), ("poison", "0")],
        "deliveries",
        "deliveries_theory",
    );
    agrees(&[("semantics", "at-most-once"), ("ack_loss", "40")], "deliveries", "deliveries_theory");
}

#[test]
fn at_most_once_loses_what_crashes_before_the_effect() {
    let expected = agrees(&[("semantics", "at-most-once"), ("poison", "0")], "lost_share", "lost_theory");
    assert!((expected - 0.05).abs() < 1e-6, "{expected}");
    agrees(
        &[("semantics", "at-most-once"), ("crash", "60"), ("consumers", "8")],
        "lost_share",
        "lost_theory",
    );
}

#[test]
fn a_time_out_near_the_processing_time_doubles_without_accidents() {
    // The chance that work takes longer than the time-out, less the way of the acknowledgement; idle consumers
    // take what comes back at once.
    let sets =
        [("crash", "0"), ("ack_loss", "0"), ("poison", "0"), ("visibility", "0.2"), ("consumers", "8")];
    let expected = agrees(&sets, "duplicate_share", "duplicate_theory");
    // ln(190/150) / 0.5 + 0.25 = 0.723 deviations: 23.5% of a normal variable lie above.
    assert!((expected - 0.235).abs() < 0.001, "{expected}");
}

#[test]
fn a_poison_message_dies_after_receives_times_time_out() {
    let sets = [
        ("crash", "0"),
        ("ack_loss", "0"),
        ("visibility", "1"),
        ("max_receives", "4"),
        ("consumers", "8"),
        ("poison", "5"),
    ];
    for mode in ["standard", "fifo-groups"] {
        let (seen, _) = mean(&SPEC, &[&sets[..], &[("mode", mode)]].concat(), "dead_s", 10);
        // Each of the 4 receives begins at once where a consumer is free, which of 8 one nearly always is.
        assert!((4.0..4.05).contains(&seen), "{seen} in {mode}");
    }
}

#[test]
fn each_semantics_keeps_its_promise_and_breaks_the_other() {
    let of =
        |semantics: &str, name: &str| mean(&SPEC, &[("semantics", semantics), ("poison", "0")], name, 10).0;
    let none = |value: f64| value == 0.0;
    assert!(none(of("at-most-once", "duplicated")) && of("at-most-once", "lost") > 5.0);
    assert!(none(of("at-least-once", "lost")) && of("at-least-once", "duplicated") > 20.0);
    assert!(none(of("effectively-once", "lost")) && none(of("effectively-once", "duplicated")));
    // The price: as many messages come back.
    assert!(of("effectively-once", "redelivered") > 30.0);
}

#[test]
fn no_bug_no_broken_rule_and_each_bug_breaks_one() {
    for seed in 0..6 {
        for semantics in SEMANTICS {
            for mode in MODES {
                assert_eq!(
                    broken(&SPEC, &[("semantics", semantics), ("mode", mode)], seed),
                    [0; 0],
                    "{semantics}, {mode}"
                );
            }
        }
        // With the defaults: which rule, by its place.
        for (bug, rule) in
            [("ack-first", 1), ("record-first", 1), ("record-after", 2), ("no-dead-letters", 0)]
        {
            assert_eq!(broken(&SPEC, &[("bug", bug)], seed), [rule], "{bug}");
            let effectively = [("bug", bug), ("semantics", "effectively-once")];
            assert!(broken(&SPEC, &effectively, seed).contains(&rule), "{bug}");
        }
    }
}

#[test]
fn a_time_out_below_the_processing_time_breaks_no_promise() {
    for mode in MODES {
        for semantics in SEMANTICS {
            let sets = [
                ("visibility", "0.1"),
                ("processing", "500"),
                ("consumers", "8"),
                ("mode", mode),
                ("semantics", semantics),
            ];
            assert_eq!(broken(&SPEC, &sets, 3), [0; 0], "{mode}, {semantics}");
        }
    }
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..20 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        let reached = (0..5).filter(|&seed| run(&SPEC, sets, seed, SPEC.length).goals()[goal]).count();
        assert!(reached >= 4, "{}: {reached}", SPEC.goals[goal]);
    };
    check(
        &[("crash", "0"), ("ack_loss", "0"), ("poison", "0"), ("visibility", "0.1"), ("consumers", "8")],
        0,
    );
    check(&[("semantics", "effectively-once")], 1);
    check(&[("semantics", "at-most-once")], 2);
    check(&[("mode", "fifo-groups"), ("visibility", "5"), ("poison", "10")], 3);
}

#[test]
fn accidents_and_messages_are_the_same_whatever_is_promised() {
    let of = |sets: &[(&str, &str)], name: &str| reading(&run(&SPEC, sets, 7, SPEC.length), name);
    for sets in [
        ("semantics", "at-most-once"),
        ("visibility", "10"),
        ("mode", "priority"),
        ("processing", "50"),
        ("bug", "record-after"),
    ] {
        assert_eq!(of(&[sets], "sent"), of(&[], "sent"), "{sets:?}");
    }
    // Which messages have their first attempt crash does not hang on the acknowledgements, nor on the consumers.
    let crashed = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 7, Nanos::ZERO);
        let mut first = std::collections::BTreeMap::new();
        while let Some(step) = run.step().filter(|step| step.at < SPEC.length) {
            if step.id < 300 && (step.what.contains("effect") || step.what.contains("fails")) {
                first.entry(step.id).or_insert(step.what.contains("crashes"));
            }
        }
        first
    };
    let plain = crashed(&[]);
    assert!(plain.values().filter(|crash| **crash).count() > 10);
    for sets in
        [("ack_loss", "50"), ("consumers", "7"), ("processing", "100"), ("semantics", "effectively-once")]
    {
        assert_eq!(crashed(&[sets]), plain, "{sets:?}");
    }
}

#[test]
fn urgent_messages_overtake_and_a_delay_delays() {
    let of = |sets: &[(&str, &str)]| {
        let mut settings = Settings::defaults(&SPEC);
        for (name, text) in sets {
            settings.set(&SPEC, name, text).expect("a setting that fits");
        }
        Run::new(&SPEC, Seed(3), settings)
    };
    let p99 = |sets: &[(&str, &str)]| {
        let mut run = of(sets);
        run.advance_to(SPEC.length, || true);
        reading(&run, "p99_delay_s")
    };
    let calm = [("crash", "0"), ("ack_loss", "0"), ("poison", "0")];
    assert!(p99(&calm) < 1.0);
    assert!(p99(&[&calm[..], &[("mode", "delay")]].concat()) > DELAY.as_secs_f64());
    // One consumer can do 6.7 of 10 a second: urgent ones wait for one processing, the others for ever longer.
    let mut busy = of(&[&calm[..], &[("mode", "priority"), ("consumers", "1")]].concat());
    busy.advance_to(SPEC.length, || true);
    let Scene::Column(parts) = busy.scene() else { panic!("a column") };
    let Some(Scene::Facts(facts)) = parts.get(1) else { panic!("facts") };
    let secs = |index: usize| {
        facts[index].value.trim_end_matches(" ms").trim_end_matches(" s").parse::<f64>().expect("a span")
    };
    assert!(secs(0) < 2.0 && secs(1) > 5.0, "{facts:?}");
}

#[test]
fn memory_is_bounded_where_nothing_gets_done() {
    let sets = [
        ("crash", "80"),
        ("ack_loss", "80"),
        ("consumers", "1"),
        ("processing", "2000"),
        ("mode", "fan-out"),
        ("bug", "no-dead-letters"),
        ("poison", "50"),
    ];
    let run = run(&SPEC, &sets, 1, Nanos::from_secs(1_000));
    assert!(reading(&run, "waiting") <= (MOST * QUEUES) as f64);
    assert!(run.bytes() < 8 << 20, "{}", run.bytes());
}
