//! Theory, standstills, rebalances, goals, bugs.

use super::super::Run;
use super::super::testing::{broken, mean, reading, run};
use super::*;

fn of(sets: &[(&str, &str)], name: &str) -> f64 {
    reading(&run(&SPEC, sets, 7, SPEC.length), name)
}

#[test]
fn partitions_bound_the_parallelism() {
    let check = |partitions: &str, consumers: &str, working: f64| {
        let sets = [
            ("partitions", partitions),
            ("consumers", consumers),
            ("rate", "80"),
            ("speed", "5"),
            ("stall", "0"),
        ];
        let busy = working * 5.0;
        // Even the least loaded partition gets more than 5/s of the 80, so each worker is always busy; each may be
        // one record off at either end of the 5 s or 10 s.
        assert!((of(&sets, "throughput") - busy).abs() <= working / 5.0, "{sets:?}");
        assert!((of(&sets, "throughput_theory") - busy).abs() < 1e-9);
        // The lag is looked at twice; what came between is 80/s, give or take a record.
        assert!((of(&sets, "lag_growth") - (80.0 - busy)).abs() <= (working + 1.0) / 10.0, "{sets:?}");
        let idle = consumers.parse::<f64>().expect("a number") - working;
        assert_eq!(of(&sets, "idle"), idle.max(0.0));
    };
    check("1", "1", 1.0);
    check("4", "2", 2.0);
    check("4", "4", 4.0);
    check("4", "8", 4.0);
    check("8", "12", 8.0);
}

#[test]
fn where_all_keep_up_the_lag_does_not_grow() {
    let sets = [("stall", "0"), ("speed", "50")];
    assert!(of(&sets, "lag_peak") < 20.0);
    assert!((of(&sets, "throughput") - 40.0).abs() < 1.0);
    assert!(of(&sets, "growth_theory").abs() < 1e-9);
}

#[test]
fn the_busiest_partition_has_the_share_of_its_keys() {
    for (partitions, skew) in [("4", "0"), ("8", "1"), ("12", "1.5")] {
        let sets = [("partitions", partitions), ("skew", skew), ("stall", "0")];
        let (seen, error) = mean(&SPEC, &sets, "hot_share", 30);
        let theory = of(&sets, "hot_theory");
        // Four standard errors (1 in 2,600 with 30 seeds: Student's t). Where two partitions are alike the busier one of a run is
        // more than either: by at most a deviation of its share in 1,600 records.
        let bias = (theory / 1_600.0).sqrt();
        assert!(
            seen > theory - 4.0 * error && seen < theory + 4.0 * error + bias,
            "{seen} for {theory}: {sets:?}"
        );
    }
    // One key of 100 with the exponent 1.5: 1 / 2.412.
    assert!(of(&[("partitions", "12"), ("skew", "1.5")], "hot_theory") > 1.0 / 2.4126);
}

#[test]
fn half_a_commit_interval_is_processed_again() {
    // Some 60 records of a partition before the standstill, with a deviation of 6.7: where in an interval of 5 that
    // falls is as good as uniform, so 2 for each of two partitions.
    let sets = [("commit_every", "5")];
    let (seen, error) = mean(&SPEC, &sets, "reprocessed", 60);
    assert!((of(&sets, "reprocessed_theory") - 4.0).abs() < 1e-9);
    assert!((seen - 4.0).abs() < 4.0 * error && error < 0.5, "{seen}, {error}");
    let every = [("commit_every", "1")];
    assert_eq!((of(&every, "reprocessed"), of(&every, "lost")), (0.0, 0.0));
    assert!(of(&[], "reprocessed") <= 2.0 * 19.0);
}

#[test]
fn rebalances_take_what_their_rules_say() {
    // Partitions times seconds without a working owner, of four partitions. Consumer 1 has two of them for 3 s; then
    // all stop for 1 s, or the two; when it is back all stop again, or the one that it gets.
    let check = |assignment: &str, unattended: f64, moved: f64| {
        let sets = [("assignment", assignment)];
        assert!((of(&sets, "unattended_s") - unattended / 4.0).abs() < 1e-9, "{assignment}");
        assert_eq!((of(&sets, "moved"), of(&sets, "rebalances")), (moved, 2.0), "{assignment}");
        assert!(of(&sets, "refused") > 0.0, "{assignment}");
    };
    // 1122 after 0012: three move, and back. Round robin: 0120 to 1212: three move, and back.
    check("range", 6.0 + 4.0 + 4.0, 6.0);
    check("round-robin", 6.0 + 4.0 + 4.0, 8.0);
    check("sticky", 6.0 + 4.0 + 4.0, 3.0);
    check("cooperative", 6.0 + 2.0 + 1.0, 3.0);
}

#[test]
fn a_short_standstill_goes_unnoticed() {
    let sets = [("stall", "2.5")];
    assert_eq!((of(&sets, "rebalances"), of(&sets, "reprocessed")), (0.0, 0.0));
    assert!((of(&sets, "unattended_s") - 2.5 * 2.0 / 4.0).abs() < 1e-9);
    // A lone consumer that is taken for dead has nobody to follow it.
    let alone = [("consumers", "1"), ("speed", "100")];
    assert!((of(&alone, "unattended_s") - 7.0).abs() < 1e-9, "6 s, and the rebalance");
}

#[test]
fn reading_removes_nothing_and_cleaning_does() {
    assert_eq!(of(&[], "kept_share"), 1.0);
    // Five seconds of 40 a second, and at most the closed and the active segment of four partitions.
    let kept = of(&[("cleanup", "delete")], "kept_share") * 1_600.0;
    assert!((200.0..=200.0 + 8.0 * 25.0).contains(&kept), "{kept}");
    // The last values of 100 keys, and the active segments.
    let kept = of(&[("cleanup", "compact")], "kept_share") * 1_600.0;
    assert!((90.0..=100.0 + 4.0 * 25.0).contains(&kept), "{kept}");
    // The second group reads 100 a second and is through: with everything kept it has read everything.
    for cleanup in CLEANUPS {
        assert!(of(&[("cleanup", cleanup)], "replay_behind") <= 4.0, "{cleanup}");
    }
}

#[test]
fn no_bug_no_broken_rule_and_each_bug_breaks_one() {
    for seed in 0..5 {
        for assignment in ASSIGNORS {
            for cleanup in CLEANUPS {
                let sets = [("assignment", *assignment), ("cleanup", *cleanup), ("skew", "1")];
                assert_eq!(broken(&SPEC, &sets, seed), [0; 0], "{sets:?}");
            }
        }
        for (bug, rule) in [("grow", 0), ("commit-first", 2), ("no-fencing", 2)] {
            assert_eq!(broken(&SPEC, &[("bug", bug)], seed), [rule], "{bug}");
        }
        let harm = |bug: &str, name: &str| reading(&run(&SPEC, &[("bug", bug)], seed, SPEC.length), name);
        assert!(harm("grow", "out_of_order") > 0.0);
        assert!(harm("commit-first", "lost") > 0.0);
        assert!(harm("no-fencing", "reprocessed") > harm("none", "reprocessed"));
    }
}

#[test]
fn changes_while_it_runs_keep_every_rule() {
    let mut run = run(&SPEC, &[], 3, Nanos::from_secs(2));
    let changes = [
        ("partitions", 7.0),
        ("consumers", 9.0),
        ("cleanup", 2.0),
        ("stall", 9.0),
        ("consumers", 1.0),
        ("assignment", 3.0),
        ("partitions", 2.0),
        ("cleanup", 1.0),
        ("consumers", 5.0),
        ("rate", 200.0),
        ("stall", 0.0),
        ("partitions", 12.0),
    ];
    for (control, value) in changes {
        run.set(control, value);
        run.advance_to(run.now() + Nanos::from_millis(1_700), || true);
        assert_eq!(run.broken(), [None; 4], "{control} {value}");
    }
    assert!(reading(&run, "out_of_order") > 0.0, "another number of partitions is another order");
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..20 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        for seed in 0..5 {
            assert!(run(&SPEC, sets, seed, SPEC.length).goals()[goal], "{}: seed {seed}", SPEC.goals[goal]);
        }
    };
    check(&[("rate", "200"), ("partitions", "12"), ("consumers", "12"), ("stall", "0")], 0);
    check(&[("speed", "100"), ("assignment", "cooperative")], 1);
    check(&[("commit_every", "1")], 2);
    check(&[("cleanup", "compact")], 3);
}

#[test]
fn records_are_the_same_whoever_reads_them() {
    for sets in [
        ("consumers", "8"),
        ("speed", "5"),
        ("stall", "0"),
        ("cleanup", "compact"),
        ("commit_every", "1"),
        ("bug", "no-fencing"),
    ] {
        for name in ["produced", "hot_share"] {
            assert_eq!(of(&[sets], name), of(&[], name), "{sets:?}");
        }
    }
}

#[test]
fn memory_is_bounded_where_nobody_reads() {
    for cleanup in CLEANUPS {
        let sets =
            [("partitions", "12"), ("consumers", "1"), ("speed", "1"), ("rate", "200"), ("cleanup", cleanup)];
        let run: Run = run(&SPEC, &sets, 1, Nanos::from_secs(400));
        assert!(run.bytes() < 8 << 20, "{}", run.bytes());
        assert_eq!(run.broken(), [None; 4]);
    }
}
