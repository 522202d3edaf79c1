//! The demo against theory, its goals, its rules and its bugs.

use super::*;
use crate::lab::testing::{RUNS, SURE, broken, means, reaches, reading, run, settings};

/// Readings beside those of theory: off by what chance exceeds once in 1,000 times, and by what theory itself may be off: Che's
/// approximation errs by some tenths of a point for a hundred entries.
fn check<const N: usize>(sets: &[(&str, &str)], pairs: [(&str, &str); N]) {
    let told = run(&SPEC, sets, 0, Nanos::ZERO);
    let seen = means(&SPEC, sets, pairs.map(|(name, _)| name), (RUNS, SPEC.length));
    for ((name, theory), (seen, error)) in pairs.into_iter().zip(seen) {
        let expected = reading(&told, theory);
        let most = SURE * error + 0.003;
        assert!((seen - expected).abs() < most, "{name} {sets:?}: {seen:.4}, not {expected:.4}");
    }
}

#[test]
fn theory_and_run_agree() {
    let sets: &[&[(&str, &str)]] = &[&[], &[("exponent", "0.7"), ("capacity", "500"), ("keys", "5000")]];
    for sets in sets {
        let pairs = [
            ("lru", "lru_theory"),
            ("fifo", "fifo_theory"),
            ("random", "fifo_theory"),
            ("hottest_share", "hottest_theory"),
        ];
        check(sets, pairs);
    }
    // Where nothing is thrown out before it is too old, theory is exact.
    check(&[("capacity", "1000"), ("ttl", "1")], [("lru", "lru_theory")]);
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
    let ratios = |pattern| {
        let seen = means(&SPEC, &[("pattern", pattern)], ["tiny_lfu", "lru"], (4, SPEC.length));
        seen.map(|(ratio, _)| ratio)
    };
    let (scan, zipf) = (ratios("scan"), ratios("zipf"));
    // An eighth of all requests is for keys that come once: whoever loses just those keeps 7/8 of its hits.
    let [tiny_lfu, lru] = [scan[0] / zipf[0], scan[1] / zipf[1]];
    assert!(tiny_lfu > 0.86 && lru < 0.86, "{tiny_lfu} {lru}");
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
    for seed in 0..3 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        assert!(reaches(&SPEC, sets, 7, goal), "{}", SPEC.goals[goal]);
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
    for seed in 0..2 {
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
        let settings = settings(&SPEC, sets);
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
