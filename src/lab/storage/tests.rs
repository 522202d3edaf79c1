//! Against theory, and against what both engines promise.

use super::*;
use crate::lab::Run;
use crate::lab::testing::{mean_of, reaches, reading, run};

const END: Nanos = SPEC.length;
/// Runs for a mean: a second each, so there are few.
const RUNS: u64 = 3;

/// Whether each reading is near what theory expects of it, but for a share that the formula leaves out; four standard errors
/// come on top. Returns the means of the readings.
fn near<const N: usize>(sets: &[(&str, &str)], pairs: [(&str, f64); N]) -> [f64; N] {
    let runs: Vec<Run> = (0..RUNS).map(|seed| run(&SPEC, sets, seed, END)).collect();
    let of = |name: &str| mean_of(runs.iter().map(|run| reading(run, name)));
    pairs.map(|(name, leaves_out)| {
        let (_, theory) = SPEC.theory.iter().find(|(of, _)| *of == name).expect("it has a theory");
        let ((mean, error), (expected, _)) = (of(name), of(theory));
        let off = (mean / expected - 1.0).abs();
        assert!(off < leaves_out + 4.0 * error / expected, "{sets:?}: {name} {mean} for {expected}");
        mean
    })
}

#[test]
fn the_btree_and_the_filters_do_as_theory_says() {
    // The tree grows by a quarter in the 8 s that are looked at, and theory takes its size at their end. Yao's ln 2 is a mean
    // over sizes; with 26 rows a page it swings by some percent around it. Filters of 150 rows: some ten thousand are asked.
    let sets = [("mix", "half"), ("bloom", "4"), ("device", "nvme")];
    let pairs = [
        ("btree_write_amp", 0.2),
        ("btree_space_amp", 0.05),
        ("occupancy", 0.05),
        ("lsm_read_pages", 0.15),
        ("bloom_wrong", 0.1),
    ];
    near(&sets, pairs);
    // Without filters each run on the way is read.
    let bare = run(&SPEC, &[("mix", "half"), ("bloom", "0")], 1, Nanos::from_secs(6));
    assert!(reading(&bare, "lsm_read_pages") > 2.0 && reading(&bare, "bloom_wrong") == 1.0);
    assert!((reading(&bare, "btree_read_pages") - reading(&bare, "height")).abs() <= 1.0);
}

// Merges are lumps: in 8 s some ten of the last level, where it is leveled, and one or two where it is tiered.

#[test]
fn leveled_writes_more_and_keeps_less() {
    let [written, _] = near(&[], [("lsm_write_amp", 0.2), ("btree_write_amp", 0.15)]);
    let room = reading(&run(&SPEC, &[], 1, Nanos::from_secs(10)), "lsm_space_amp");
    assert!(written > 6.0 && room < 1.45, "{written} {room}");
}

#[test]
fn tiered_writes_less_and_keeps_more() {
    let tiered = [("compaction", "tiered")];
    let [written] = near(&tiered, [("lsm_write_amp", 0.5)]);
    let room = reading(&run(&SPEC, &tiered, 1, END), "lsm_space_amp");
    assert!(written < 5.0 && room > 1.45 && room < 4.0, "{written} {room}");
}

#[test]
fn no_knob_of_the_engines_changes_what_comes() {
    let come = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
        let mut come = Vec::new();
        while let Some(step) = run.step().filter(|step| step.at < Nanos::from_millis(700)) {
            if step.what.ends_with("comes") {
                come.push((step.at, step.what, step.id));
            }
        }
        come
    };
    let before = come(&[]);
    assert!(before.len() > 500);
    for control in SPEC.controls.iter().filter(|control| !["mix", "keys"].contains(&control.name)) {
        let value = control.show(control.moved(control.default, true));
        assert_eq!(come(&[(control.name, &value)]), before, "{}", control.name);
    }
    let moments = |come: &[(Nanos, &str, u64)]| come.iter().map(|step| step.0).collect::<Vec<_>>();
    assert_eq!(moments(&come(&[("mix", "reads"), ("keys", "zipf")])), moments(&before));
}

#[test]
fn each_goal_can_be_reached_and_none_by_itself() {
    assert_eq!(run(&SPEC, &[], 1, END).goals(), [false; 4]);
    assert!(reaches(&SPEC, &[("compaction", "tiered")], 1, 0));
    assert!(reaches(&SPEC, &[("device", "hdd")], 1, 1));
    assert!(reaches(&SPEC, &[("device", "ssd")], 1, 2));
    assert!(reaches(&SPEC, &[("mix", "half"), ("cache", "512")], 1, 3));
}

#[test]
fn each_bug_breaks_its_rule_and_nothing_else_does() {
    // The power fails at 12 s.
    let after = CRASH + Nanos::from_secs(1);
    let broken = |bug: &str, seed| {
        let run = run(&SPEC, &[("bug", bug)], seed, after);
        (0..)
            .zip(run.broken())
            .filter(|(_, step)| step.is_some())
            .map(|(rule, _)| rule)
            .collect::<Vec<usize>>()
    };
    for seed in 0..2 {
        assert_eq!(broken("none", seed), Vec::<usize>::new());
        assert_eq!(broken("no-fsync", seed), [2]);
        assert_eq!(broken("torn-pages", seed), [2]);
        assert!(broken("early-tombstone", seed).contains(&1), "{seed}");
    }
}

#[test]
fn crashes_by_hand_lose_nothing_that_was_acknowledged() {
    for (compaction, seed) in [("leveled", 1), ("tiered", 2)] {
        let mut run = run(&SPEC, &[("compaction", compaction), ("mix", "half")], seed, Nanos::ZERO);
        for second in 1..8 {
            run.advance_to(Nanos::from_millis(700 * second), || true);
            run.act("crash", 1 + second % 2);
            run.act(if second % 3 == 0 { "compact" } else { "checkpoint" }, 1 + u64::from(second % 3 == 0));
        }
        assert_eq!(run.broken(), vec![None; SPEC.invariants.len()], "{compaction}");
        assert!(reading(&run, "lost") == 0.0 && reading(&run, "lsm_recovery") > 0.0);
    }
}

#[test]
fn a_copy_is_small_and_the_store_is_bounded_at_the_far_ends() {
    for sets in [
        [
            ("compaction", "tiered"),
            ("fanout", "16"),
            ("memtable", "64"),
            ("cache", "512"),
            ("device", "nvme"),
        ],
        [("compaction", "leveled"), ("fanout", "2"), ("memtable", "4"), ("cache", "512"), ("device", "nvme")],
    ] {
        let run = run(&SPEC, &sets, 1, END);
        assert!(run.bytes() < 8 << 20, "{sets:?}: {}", run.bytes());
        assert!(run.events() < 400_000, "{}", run.events());
    }
}

/// The truth that the demo counts itself is right about what a crash may and may not do.
#[test]
fn a_state_after_a_crash_is_judged_by_the_order_of_writes() {
    let fresh = || {
        let mut truth = truth::Truth::new();
        truth.write(1, false, Nanos::ZERO);
        truth.write(2, false, Nanos::ZERO);
        assert_eq!(truth.acknowledge(2).count(), 2);
        truth.write(1, false, Nanos::ZERO);
        truth.write(3, false, Nanos::ZERO);
        truth
    };
    let state = |pairs: &[(usize, u32)]| {
        let mut state = vec![0; KEYS as usize];
        pairs.iter().for_each(|&(key, version)| state[key] = version);
        state
    };
    let check = |found: &[(usize, u32)], sound: bool, lost: u64| {
        let damage = fresh().recover(state(found));
        assert_eq!(damage, truth::Damage { sound, lost }, "{found:?}");
    };
    // Versions 1 and 2 are acknowledged, 3 and 4 not.
    check(&[(1, 1), (2, 2)], true, 0);
    check(&[(1, 3), (2, 2)], true, 0);
    check(&[(1, 3), (2, 2), (3, 4)], true, 0);
    // The fourth write without the third; a key that is gone; one that nobody wrote.
    check(&[(1, 1), (2, 2), (3, 4)], false, 0);
    check(&[(1, 1)], false, 1);
    check(&[(1, 1), (2, 2), (7, 9)], false, 1);
}
