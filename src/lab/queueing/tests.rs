//! Waiting lines against theory, and what is promised for every setting.

use super::super::World;
use super::super::testing::{RUNS, SURE, broken, mean, means, reaches, reading, run, settings};
use super::*;

/// How long runs are measured, and how many service times of 2 ms that is.
const SPAN: Nanos = Nanos::from_secs(30);
const SERVICE_TIMES: f64 = 15_000.0;

/// The mean over seeds is `expected` but for chance, or up to `bias` below it.
fn agrees(sets: &[(&str, &str)], name: &str, expected: f64, bias: f64) {
    let [mean] = means(&SPEC, sets, [name], (RUNS, SPAN));
    check(&format!("{sets:?} {name}"), mean, expected, bias);
}

fn check(what: &str, (mean, error): (f64, f64), expected: f64, bias: f64) {
    let low = expected - bias - SURE * error;
    assert!(low < mean && mean < expected + SURE * error, "{what} is {mean}, not {expected} ({error})");
    // A tolerance that accepts everything tests nothing.
    assert!(error < 0.05 * expected.abs(), "{what} deviates by {error}");
}

#[test]
fn waits_are_what_theory_says() {
    // The lines are empty at first. By Poisson's equation of the workload V, whose solution is V^2 / (2 (1 - rho)), the
    // mean over T service times falls short by E[V^2] / (2 (1 - rho) T), with E[V^2] = 2 rho / (1 - rho)^2 in M/M/1. Waits
    // with constant service or more servers are shorter than those, so this bounds their bias too. At 70% a run knows its mean
    // within 9%, at 90% within 24% (the variance of the mean wait in M/M/1 goes with 1 / (1 - rho)^4): so 70% tells more.
    let bias = |rho: f64| rho / ((1.0 - rho) * (1.0 - rho) * (1.0 - rho)) / SERVICE_TIMES;
    agrees(&[("load", "70")], "wait", 7.0 / 3.0, bias(0.7));
    agrees(&[("load", "70"), ("service", "constant")], "wait", 7.0 / 6.0, bias(0.7));
    agrees(&[("load", "70"), ("servers", "2")], "wait", 0.49 / 0.51, bias(0.7));
    // In turn, each server sees every fourth of a Poisson stream: sigma / (1 - sigma) with sigma the root of
    // (4 rho / (4 rho + 1 - sigma))^4, here by iteration. The random layout is M/M/1 four times. Pooled: Erlang's C for 2.8 of
    // 4 servers is 0.42866, over 4 - 2.8.
    let sigma = (0..10_000).fold(0.5_f64, |sigma, _| libm::pow(2.8 / (3.8 - sigma), 4.0));
    for (layout, expected) in [("random-lines", 7.0 / 3.0), ("lines-in-turn", sigma / (1.0 - sigma))] {
        // Four servers tell as much in a third of the time.
        let sets = [("servers", "4"), ("layout", layout), ("load", "70")];
        let span = (RUNS, Nanos(SPAN.0 / 3));
        let [pooled, separate] = means(&SPEC, &sets, ["wait_pooled", "wait_separate"], span);
        check(&format!("{layout} pooled"), pooled, 0.42866 / 1.2, 3.0 * bias(0.7));
        check(&format!("{layout} separate"), separate, expected, 3.0 * bias(0.7));
    }
    // The readings of theory are these numbers.
    for (sets, name, expected) in [
        (&[][..], "wait_theory", 9.0),
        (&[("servers", "4")], "pooled_theory", 1.969),
        (&[("servers", "4")], "separate_theory", 9.0),
        (&[("service", "constant")], "wait_theory", 4.5),
        (&[], "p99_theory", 44.998),
    ] {
        let told = reading(&run(&SPEC, sets, 1, Nanos::ZERO), name);
        assert!((told - expected).abs() < 6e-4, "{name}: {told}");
    }
}

#[test]
fn busy_and_unlucky_as_theory_says() {
    agrees(&[], "utilisation", 0.9, 0.001);
    // P(wait > t) = rho e^(-(1 - rho) t) is 1% at 7.824 service times where rho = 0.5. Buckets are 3% wide, and 10,000
    // waits that hang on about 10 others each know the percentile to some percent.
    let (p99, error) = mean(&SPEC, &[("load", "50")], "p99_wait", RUNS);
    assert!((p99 - 7.824).abs() < SURE * error + 0.016 * 7.824, "{p99} ({error})");
}

#[test]
fn littles_law_holds_whatever_is_set() {
    for sets in [
        &[][..],
        &[("servers", "3"), ("layout", "shortest-line")],
        &[("service", "pareto"), ("load", "70")],
        &[("arrivals", "steady"), ("service", "constant"), ("load", "100")],
        &[("arrivals", "bursts"), ("load", "50"), ("time", "5")],
    ] {
        let run = run(&SPEC, sets, 3, SPEC.length);
        let of = |name| reading(&run, name);
        // Over a finite time the area is the times of those that went and what those inside have spent so far, at most the
        // longest time in the system each.
        let area = of("in_system") * 60.0;
        let gone = of("served") * of("time_in_system") / 1e3;
        let inside = of("arrivals_count") - of("served");
        assert!(gone <= area + 1e-6 && area - gone <= inside * 5.0, "{sets:?}: {area} and {gone}");
        assert!((of("little") - 1.0).abs() < 0.02, "{sets:?}: {}", of("little"));
    }
}

#[test]
fn without_variation_nobody_waits_at_full_load() {
    for servers in ["1", "2", "4", "8"] {
        let sets = [("load", "100"), ("arrivals", "steady"), ("service", "constant"), ("servers", servers)];
        let run = run(&SPEC, &sets, 1, Nanos::from_secs(15));
        assert!(reading(&run, "wait") < 1e-6 && reading(&run, "utilisation") > 0.999, "{servers}");
        assert_eq!(reading(&run, "queue_max"), 0.0, "{servers}");
        assert!(run.goals()[2]);
    }
}

#[test]
fn beyond_full_load_the_line_grows_by_what_is_too_much() {
    // 500/s are served and 600/s come, for 60 s: 6,000 more come than go. The difference of two counts, Poisson and
    // exponential renewals, deviates by sqrt(36,000 + 30,000) = 257.
    let run = run(&SPEC, &[("load", "120")], 2, SPEC.length);
    assert!((reading(&run, "queue_now") - 6_000.0).abs() < 4.0 * 257.0);
    assert!(reading(&run, "wait_theory").is_nan());
}

#[test]
fn the_order_of_service_moves_the_tail_and_not_the_mean() {
    let of = |bug: &str| means(&SPEC, &[("bug", bug), ("load", "80")], ["wait", "p99_wait"], (RUNS, SPAN));
    let [(first, first_error), (first_p99, _)] = of("none");
    let [(last, last_error), (last_p99, _)] = of("newest-first");
    assert!((first - last).abs() < SURE * (first_error + last_error), "{first} {last}");
    assert!(last_p99 > 2.0 * first_p99, "{last_p99} {first_p99}");
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..6 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let reach = |goal: usize, sets: &[(&str, &str)]| {
        assert!((0..2).all(|seed| reaches(&SPEC, sets, seed, goal)), "{}", SPEC.goals[goal]);
    };
    reach(0, &[("servers", "4")]);
    reach(1, &[("load", "80"), ("arrivals", "bursts")]);
    reach(2, &[("load", "100"), ("arrivals", "steady"), ("service", "constant")]);
    reach(3, &[("servers", "8")]);
}

#[test]
fn each_bug_breaks_its_rule_and_no_other() {
    for (bug, rule) in BUGS[1..].iter().zip([1, 2, 3]) {
        for seed in 0..2 {
            for layout in ["one-line", "lines-in-turn"] {
                for servers in ["1", "3"] {
                    let sets = [("bug", *bug), ("layout", layout), ("servers", servers), ("time", "10")];
                    assert_eq!(broken(&SPEC, &sets, seed), [rule], "{bug} {layout} {servers} {seed}");
                }
            }
        }
    }
}

/// When requests come, by their numbers.
fn arrivals(sets: &[(&str, &str)]) -> Vec<(Nanos, u64)> {
    let mut run = run(&SPEC, sets, 7, Nanos::ZERO);
    let mut come = Vec::new();
    while run.now() < Nanos::from_secs(2) {
        let step = run.step().expect("requests never end");
        if step.what.contains("comes") || step.what.contains("waits") {
            come.push((step.at, step.id));
        }
    }
    come
}

#[test]
fn knobs_that_must_not_move_arrivals_do_not() {
    let plain = arrivals(&[]);
    assert!(plain.len() > 700);
    let sets = [("service", "pareto"), ("layout", "random-lines"), ("bug", "server-not-freed")];
    for set in sets {
        assert_eq!(arrivals(&[set]), plain, "{set:?}");
    }
    assert_ne!(arrivals(&[("load", "80")]), plain);
    // Neither layout is disturbed by how the other one is arranged.
    let pooled =
        |layout| reading(&run(&SPEC, &[("servers", "4"), ("layout", layout)], 7, SPEC.length), "wait_pooled");
    assert_eq!(pooled(LAYOUTS[0]).to_bits(), pooled(LAYOUTS[3]).to_bits());
}

#[test]
fn a_change_begins_a_new_measurement_and_keeps_the_old_one_as_a_point() {
    let mut run = run(&SPEC, &[], 7, Nanos::from_secs(20));
    let waited = reading(&run, "wait");
    run.set("load", 50.0);
    assert!(reading(&run, "wait").is_nan());
    run.advance_to(Nanos::from_secs(40), || true);
    assert!(reading(&run, "wait") < 2.0 && reading(&run, "utilisation") < 0.6);
    let Scene::Column(parts) = run.scene() else { panic!("a column") };
    let Scene::Row(charts) = &parts[1] else { panic!("a row") };
    let Scene::Chart(chart) = &charts[0] else { panic!("a chart") };
    let earlier = chart.curves.iter().find(|curve| curve.name == "earlier").expect("a point");
    assert!((earlier.points[0].1 - waited).abs() < 1e-9);
}

#[test]
fn servers_come_and_go_while_it_runs() {
    let mut run = run(&SPEC, &[("load", "120"), ("servers", "6")], 7, Nanos::from_secs(5));
    let waiting = reading(&run, "queue_now");
    // Load is what is asked of all servers, so with the servers the arrivals change.
    run.set("servers", 1.0);
    run.set("load", 5.0);
    run.set("servers", 8.0);
    run.advance_to(run.now() + Nanos::from_secs(4), || true);
    assert!(waiting > 500.0 && reading(&run, "queue_now") < 5.0);
    assert_eq!(run.broken(), [None; 4]);
}

#[test]
fn work_and_memory_are_bounded_at_the_far_end() {
    let sets = [("load", "120"), ("servers", "8"), ("bug", "server-not-freed"), ("layout", "random-lines")];
    let run = run(&SPEC, &sets, 1, SPEC.length);
    assert!(run.events() < 1_000_000, "{}", run.events());
    assert!(reading(&run, "queue_now") <= ROOM as f64 && reading(&run, "refused") > 0.0);
    // The sound one fills its room as well, and keeps its laws there.
    let sets = [("load", "120"), ("servers", "8"), ("layout", "random-lines")];
    let run = self::run(&SPEC, &sets, 1, Nanos::from_secs(15));
    assert!(reading(&run, "refused") > 0.0);
    assert_eq!(run.broken(), [None; 4]);
    let world: Box<dyn World> = (SPEC.start)(Seed(1), &settings(&SPEC, &[("load", "120")]));
    assert!(world.bytes() <= 1 << 20);
}
