//! Theory, goals, bugs.

use super::super::testing::{SURE, broken, means, reaches, reading, run};
use super::*;

/// The mean of 8 runs lies within what chance allows, and `more`.
fn agrees(sets: &[(&str, &str)], name: &str, theory: &str, more: f64) -> f64 {
    let [(seen, error), (expected, _)] = means(&SPEC, sets, [name, theory], (8, SPEC.length));
    assert!(
        (seen - expected).abs() < SURE * error + more,
        "{name} {seen} ± {error} for {expected}: {sets:?}"
    );
    expected
}

const STILL: (&str, &str) = ("reshard", "0");

#[test]
fn the_busiest_shard_has_the_customers_that_fell_to_it() {
    for sets in [[STILL, ("skew", "0")], [STILL, ("skew", "1.2")], [STILL, ("salt", "4")]] {
        agrees(&sets, "hottest_hash", "hottest_theory", 0.006);
    }
    // Zipf 1.2 over 1,000: the sum of k^-1.2 is 4.334, so the first has 23%; by hash its shard has more.
    let run = run(&SPEC, &[STILL], 1, Nanos::from_secs(10));
    let h: f64 = (1..=1_000_u32).map(|k| libm::pow(f64::from(k), -1.2)).sum();
    assert!((reading(&run, "hottest_key") - 1.0 / h).abs() < 1e-9);
    assert!(reading(&run, "hottest_theory") > 1.0 / h);
    let even = means(&SPEC, &[STILL, ("skew", "0")], ["hottest_theory"], (1, Nanos::from_secs(1)))[0].0;
    // 1,000 customers over 8 shards: 125, with a deviation of 10.5; the largest of 8 is below 4 of them.
    assert!((0.125..0.167).contains(&even), "{even}");
}

#[test]
fn no_scheme_divides_a_key_and_a_salt_does() {
    let sets = [STILL, ("work", "writes"), ("skew", "1.5")];
    let names = ["hottest_hash", "hottest_range", "hottest_directory", "hottest_key"];
    let shares = means(&SPEC, &sets, names, (3, SPEC.length)).map(|(mean, _)| mean);
    // The questions of the last seconds vary: 0.03 is 4 deviations of a share of 0.39 of 4,000.
    assert!(shares[..3].iter().all(|share| *share > shares[3] - 0.03), "{shares:?}");
    let more =
        means(&SPEC, &[sets[0], sets[1], sets[2], ("shards", "16")], ["hottest_hash"], (3, SPEC.length));
    assert!(more[0].0 > shares[3] - 0.03, "twice the shards: {more:?}");
    let salted = [sets[0], sets[1], sets[2], ("salt", "16")];
    let [(share, _)] = means(&SPEC, &salted, ["hottest_hash"], (3, SPEC.length));
    assert!(share < 0.6 * shares[3], "{share}");
}

#[test]
fn scans_are_slow_by_the_number_of_shards_they_ask() {
    let sets = [STILL, ("work", "scans"), ("shards", "16")];
    let expected = agrees(&sets, "slow_hash", "slow_theory", 0.0);
    assert!((expected - (1.0 - libm::pow(0.99, 16.0))).abs() < 1e-9);
    let [(hash, _), (range, _)] = means(&SPEC, &sets, ["scan_hash", "scan_range"], (2, SPEC.length));
    assert!(hash == 16.0 && range < 2.0, "{hash} {range}");
}

#[test]
fn one_shard_more_moves_what_theory_says() {
    for shards in ["2", "8", "16"] {
        let sets = [("shards", shards), ("rate", "50"), ("reshard", "1")];
        let names = ["moved_hash", "moved_theory", "moved_directory", "moved_range"];
        let [hash, theory, directory, range] =
            means(&SPEC, &sets, names, (1, Nanos::from_secs(2))).map(|(mean, _)| mean);
        // The keys are always the same 1,000: four deviations of a share of 1,000 at most.
        assert!((hash - theory).abs() < 4.0 * (theory * (1.0 - theory) / 1_000.0).sqrt(), "{hash} {theory}");
        let k: f64 = shards.parse().expect("a number");
        let one = 1.0 / (k + 1.0);
        assert!((directory - one).abs() < 4.0 * (one / 1_000.0).sqrt() + 1.0 / 256.0, "{directory}");
        assert!(range <= 0.5 / k + 0.02, "half of one shard: {range}");
    }
}

#[test]
fn numbers_that_grow_fill_the_last_shard_by_range_only_and_full_pages() {
    let sets = [STILL, ("work", "writes"), ("key", "snowflake")];
    let names = [
        "hottest_range",
        "hottest_hash",
        "full_snowflake",
        "full_uuid4",
        "fetched_snowflake",
        "fetched_uuid4",
    ];
    let [range, hash, grown, random, few, many] =
        means(&SPEC, &sets, names, (2, SPEC.length)).map(|(mean, _)| mean);
    assert!(range > 0.7 && hash < 0.2, "{range} {hash}");
    // Yao 1978: ln 2. A tree of 200 leaves of 50 rows wavers by some percent.
    assert!((random - std::f64::consts::LN_2).abs() < 0.06 && grown > 0.9, "{random} {grown}");
    // In order a page is fetched hardly ever; by chance where it is not among the 16 in memory.
    assert!(few < 0.05 && many > 0.4, "{few} {many}");
    let [(uuid4, _)] =
        means(&SPEC, &[sets[0], sets[1], ("key", "uuid4")], ["hottest_range"], (2, SPEC.length));
    assert!(uuid4 < 0.2, "{uuid4}");
}

#[test]
fn each_goal_is_reached_and_none_by_itself() {
    let goals: [&[(&str, &str)]; 4] = [
        &[("salt", "8"), ("work", "writes")],
        &[("scheme", "range"), ("key", "ticket"), ("work", "writes")],
        &[("shards", "16"), ("work", "scans")],
        &[("order", "read-first"), ("rate", "300"), ("shards", "16")],
    ];
    for (goal, sets) in goals.iter().enumerate() {
        assert!(reaches(&SPEC, sets, 3, goal), "{}", SPEC.goals[goal]);
        assert!(!reaches(&SPEC, &[], 3, goal), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_and_each_wrong_order_is_seen() {
    let calm = [("skew", "0.8"), ("shards", "16"), ("rate", "300"), ("work", "writes")];
    let with =
        |bug: &'static str, seed| broken(&SPEC, &[calm[0], calm[1], calm[2], calm[3], ("bug", bug)], seed);
    for seed in 0..3 {
        assert_eq!(broken(&SPEC, &[], seed), [0; 0]);
        assert_eq!(with("none", seed), [0; 0]);
        assert_eq!(with("overwriting-copy", seed), [1]);
        assert_eq!(with("no-marks", seed), [1]);
        assert_eq!(with("trusting-clock", seed), [2]);
        for order in ["copy-first", "read-first"] {
            let sets = [("order", order), calm[1], calm[2]];
            let run = run(&SPEC, &sets, seed, SPEC.length);
            let wrong: f64 = ["lost", "stale", "risen"].iter().map(|name| reading(&run, name)).sum();
            assert!(wrong > 0.0, "{order} {seed}");
        }
    }
}

#[test]
fn requests_are_the_same_whatever_is_at_work() {
    let seen = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 5, SPEC.length);
        ["requests", "hottest_theory", "fetched_uuid4"].map(|name| reading(&run, name))
    };
    let plain = seen(&[STILL]);
    for sets in [[STILL, ("scheme", "range")], [STILL, ("scheme", "directory")]] {
        assert_eq!(seen(&sets), plain, "{sets:?}");
    }
}

#[test]
fn a_hand_crashes_the_copy_and_relieves_a_shard() {
    let mut run = run(&SPEC, &[("scheme", "range"), ("reshard", "2")], 1, Nanos::from_millis(1_500));
    let before = reading(&run, "splits");
    let thing = run.things().first().cloned().expect("a shard");
    assert!(thing.acts.contains(&"move"));
    run.act("move", thing.id);
    assert_eq!(reading(&run, "splits"), before + 1.0);
    while !run.things().iter().any(|thing| thing.id == COPY) {
        run.step();
    }
    run.advance_to(run.now() + Nanos::from_millis(200), || true);
    run.act("crash", COPY);
    run.advance_to(SPEC.length, || true);
    assert!(run.broken().iter().all(Option::is_none));
    assert!(reading(&run, "copied") > 0.0);
}
