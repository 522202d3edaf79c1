//! The demo against theory, its goals, its rules and its bugs.

use proptest::prelude::*;

use super::*;
use crate::lab::testing::{broken, mean, reading, run};
use crate::lab::{Control, ControlKind, Run};

/// Four standard errors of a mean over seeds, which chance exceeds once in 16,000 times, and what theory itself may be off:
/// Che's approximation errs by some tenths of a point for a hundred entries.
fn check(sets: &[(&str, &str)], name: &str, expected: f64) {
    let (seen, error) = mean(&SPEC, sets, name, 6);
    assert!((seen - expected).abs() < 4.0 * error + 0.003, "{name} {sets:?}: {seen:.4}, not {expected:.4}");
}

#[test]
fn theory_and_run_agree() {
    let sets: &[&[(&str, &str)]] = &[&[], &[("exponent", "0.7"), ("capacity", "500"), ("keys", "5000")]];
    for sets in sets {
        let theory = |name| reading(&run(&SPEC, sets, 0, Nanos::ZERO), name);
        check(sets, "lru", theory("lru_theory"));
        check(sets, "fifo", theory("fifo_theory"));
        check(sets, "random", theory("fifo_theory"));
        check(sets, "hottest_share", theory("hottest_theory"));
    }
    // Where nothing is thrown out before it is too old, theory is exact.
    let aged = [("capacity", "1000"), ("ttl", "1")];
    check(&aged, "lru", reading(&run(&SPEC, &aged, 0, Nanos::ZERO), "lru_theory"));
}

#[test]
fn what_the_page_promises_can_be_seen() {
    // The figures of the hook, of what to look for, and of the bet.
    let theory =
        |capacity: &str| reading(&run(&SPEC, &[("capacity", capacity)], 0, Nanos::ZERO), "lru_theory");
    assert!((theory("100") - 0.377).abs() < 0.001);
    assert!((0.06..0.09).contains(&(theory("200") - theory("100"))));
    assert!((0.06..0.09).contains(&(theory("500") - theory("200") - 0.32 * (theory("500") - theory("200")))));
    let run = run(&SPEC, &[], 7, SPEC.length);
    let of = |name| reading(&run, name);
    assert!((0.08..0.11).contains(&of("hottest_share")));
    let best = of("tiny_lfu").max(of("s3_fifo")).max(of("sieve"));
    assert!((0.14..0.18).contains(&(best - of("fifo"))), "{}", best - of("fifo"));
    assert!(of("rival_useful_share") > 1.5 * of("useful_share"));
    assert!(of("clairvoyant") > best + 0.05);
}

#[test]
fn a_loop_leaves_lru_nothing_and_the_clairvoyant_what_it_must() {
    // 125 keys in turn, 100 fit: the best keeps 99 of the 124 others until they come again (Mattson et al., 1970).
    let sets = [("pattern", "loop")];
    let run = run(&SPEC, &sets, 3, SPEC.length);
    for name in ["lru", "fifo", "clock", "lru_theory"] {
        assert!(reading(&run, name).abs() < 1e-12, "{name}");
    }
    // What is counted starts and ends within a round of 125: at most so many of 20,000 requests off.
    assert!((reading(&run, "clairvoyant") - 99.0 / 124.0).abs() < 125.0 / 20_000.0);
    assert!(reading(&run, "random") > 0.5);
}

#[test]
fn a_scan_costs_lru_more_than_those_that_sift() {
    let ratio = |pattern, name| mean(&SPEC, &[("pattern", pattern)], name, 4).0;
    // An eighth of all requests is for keys that come once: whoever loses just those keeps 7/8 of its hits.
    let kept = |name| ratio("scan", name) / ratio("zipf", name);
    assert!(kept("tiny_lfu") > 0.86, "{}", kept("tiny_lfu"));
    assert!(kept("lru") < 0.86, "{}", kept("lru"));
    let run = run(&SPEC, &[("pattern", "scan")], 7, Nanos::from_millis(2_990));
    assert!(reading(&run, "rival_useful_share") > 2.0 * reading(&run, "useful_share"));
}

#[test]
fn only_the_picture_depends_on_who_is_looked_at() {
    let all = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 5, Nanos::from_secs(5));
        ["requests", "lru", "sieve", "clairvoyant", "hottest_share"].map(|name| reading(&run, name).to_bits())
    };
    let plain = all(&[]);
    for sets in [("policy", "ARC"), ("rival", "random")] {
        assert_eq!(all(&[sets]), plain, "{sets:?}");
    }
    // A time to live changes hits and not who is asked for, nor what is thrown out.
    let asked = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 5, Nanos::from_secs(5));
        ["requests", "useful_share", "hottest_share"].map(|name| reading(&run, name).to_bits())
    };
    assert_eq!(asked(&[("ttl", "1")]), asked(&[]));
    // A scan comes between the requests and does not change them: the same keys are worth keeping.
    let keys = |pattern: &str| {
        let mut run = run(&SPEC, &[("pattern", pattern)], 5, Nanos::ZERO);
        let steps = std::iter::from_fn(|| run.step()).take(5_000);
        steps.map(|step| (step.at, step.id)).collect::<Vec<_>>()
    };
    let pairs = keys("zipf").into_iter().zip(keys("scan"));
    let scans = pairs.filter(|(plain, scan)| {
        assert_eq!(plain.0, scan.0);
        assert!(plain.1 == scan.1 || scan.1 >= 1 << 31);
        plain.1 != scan.1
    });
    // Half of those in one second of four.
    assert!((400..600).contains(&scans.count()));
}

#[test]
fn a_larger_cache_starts_empty_and_counts_anew() {
    let mut run = run(&SPEC, &[], 7, Nanos::from_secs(8));
    run.set("capacity", 500.0);
    assert!(reading(&run, "requests") < 0.5 && !reading(&run, "hit_ratio").is_finite());
    run.advance_to(Nanos::from_secs(20), || true);
    let (seen, theory) = (reading(&run, "lru"), reading(&run, "lru_theory"));
    // Some 9,000 requests: a standard error of half a point.
    assert!((seen - theory).abs() < 0.02, "{seen} for {theory}");
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..6 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        assert!(run(&SPEC, sets, 7, SPEC.length).goals()[goal], "{}", SPEC.goals[goal]);
    };
    check(&[("exponent", "1.3"), ("capacity", "500")], 0);
    check(&[("policy", "W-TinyLFU")], 1);
    check(&[("pattern", "loop")], 2);
    check(&[("ttl", "1"), ("capacity", "2000")], 3);
}

#[test]
fn each_bug_breaks_its_rule_and_no_other_run_does() {
    let plain: &[&[(&str, &str)]] =
        &[&[], &[("pattern", "loop")], &[("pattern", "shifting")], &[("ttl", "1")]];
    for sets in plain {
        assert!(broken(&SPEC, sets, 3).is_empty(), "{sets:?}");
    }
    for seed in 0..4 {
        for (bug, rule) in BUGS[1..].iter().zip([1, 3, 0]) {
            let rules = broken(&SPEC, &[("bug", bug)], seed);
            assert!(rules.contains(&rule), "{bug}: {rules:?}");
        }
    }
}

#[test]
fn a_copy_is_as_small_as_it_says() {
    let sets = [
        ("capacity", "2000"),
        ("keys", "100000"),
        ("rate", "10000"),
        ("exponent", "0.5"),
        ("pattern", "scan"),
    ];
    for sets in [&sets[..], &[]] {
        let settings = run(&SPEC, sets, 0, Nanos::ZERO).settings().clone();
        let mut race = Race::new(Seed(1), &settings);
        let mut load = Load::new(Seed(1), &settings);
        for id in 0..100_000 {
            let key = load.key(Nanos(id * 100_000), id);
            race.ask(Nanos(id * 100_000), key, Nanos::MAX);
        }
        assert!(race.measured_bytes() <= race.bytes(), "{} of {}", race.measured_bytes(), race.bytes());
        assert!(race.bytes() <= 8 << 20);
    }
}

/// Values at the ends of each control's range, and between them.
fn sets() -> impl Strategy<Value = Vec<(usize, f64)>> {
    // The last control is the bug.
    prop::collection::vec((0..SPEC.controls.len() - 1, prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64]), 0..8)
}

fn value_of(control: &Control, share: f64) -> f64 {
    match control.kind {
        ControlKind::Number { min, max, .. } => (min + (max - min) * share * share * share).round(),
        ControlKind::Choice(options) => ((options.len() - 1) as f64 * share).round(),
        ControlKind::Switch => share.round(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_settings_run_and_keep_what_is_promised(start in sets(), later in sets(), seed in 0..9_u64) {
        let mut settings = Settings::defaults(&SPEC);
        for (index, share) in start {
            settings.put(SPEC.controls[index].name, value_of(&SPEC.controls[index], share));
        }
        let mut run = Run::new(&SPEC, Seed(seed), settings);
        for (index, share) in later {
            run.advance_to(run.now() + Nanos::from_millis(300), || true);
            run.set(SPEC.controls[index].name, value_of(&SPEC.controls[index], share));
            prop_assert_eq!(run.readings().len(), SPEC.readings.len());
            let Scene::Column(parts) = run.scene() else { panic!("a column") };
            let Scene::Lanes(lanes) = &parts[0] else { panic!("lanes first") };
            for lane in &lanes.lanes {
                prop_assert!(lane.dots.len() <= 2 * 24 && lane.lines[0].tones.len() <= 32);
            }
        }
        run.advance_to(run.now() + Nanos::from_millis(700), || true);
        prop_assert_eq!(run.broken(), vec![None; 5], "{:?}", run.settings());
        for (reading, value) in SPEC.readings.iter().zip(run.readings()) {
            if reading.unit == Unit::Share && value.is_finite() {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&value), "{}: {}", reading.name, value);
            }
        }
    }
}
