//! What is lost, refused and stale, and what each of them costs; goals, bugs, laws.

use proptest::prelude::*;

use super::*;
use crate::lab::Run;
use crate::lab::testing::{broken, reaches, reading, run, set_of, sets, settings};

const END: Nanos = SPEC.length;

fn ends(sets: &[(&str, &str)], seed: u64, name: &str) -> f64 {
    reading(&run(&SPEC, sets, seed, END), name)
}

#[test]
fn the_last_write_wins_and_the_other_side_loses_half_of_the_updates() {
    for (partition, expected) in [("8", 8.0), ("20", 20.0), ("0", 0.0)] {
        for seed in 0..3 {
            let run = run(&SPEC, &[("partition", partition)], seed, END);
            let (lost, theory) = (reading(&run, "lost"), reading(&run, "lost_theory"));
            // An update takes 2 ms at one's own replica, and 100 ms pass until the next.
            assert!((theory - expected / 0.102 / 2.0).abs() < 0.01, "{theory}");
            // Whose turn it is at either end of the cut.
            assert!((lost - theory).abs() <= 1.0, "{partition} s: {lost}, not {theory}");
            assert_eq!(reading(&run, "refused_share"), 0.0, "nobody was told");
        }
    }
}

#[test]
fn siblings_and_sums_keep_what_both_sides_did() {
    for merge in ["siblings", "add"] {
        let mut run = run(&SPEC, &[("merge", merge)], 1, Nanos::from_secs(12));
        let most = reading(&run, "siblings");
        assert_eq!(most, if merge == "siblings" { 1.0 } else { 0.0 }, "each side replaces its own");
        run.advance_to(END, || true);
        let kept = (reading(&run, "lost"), reading(&run, "refused_share"));
        assert_eq!(kept, (0.0, 0.0), "{merge}");
    }
}

#[test]
fn strict_operations_are_refused_in_the_minority_and_stay_true() {
    let strict = [("strict_updates", "100"), ("strict_reads", "100")];
    for seed in 0..3 {
        let run = run(&SPEC, &strict, seed, END);
        let told = ["lost", "stale_share", "refused_west"].map(|name| reading(&run, name));
        assert_eq!(told, [0.0; 3], "seed {seed}");
        // 5 reads a second in the east for 8 s, besides updates.
        assert!(reading(&run, "refused_east") > 20.0);
        assert!(reading(&run, "updates") > 50.0, "the west goes on");
    }
}

#[test]
fn without_a_partition_the_choice_is_between_time_and_truth() {
    for (distance, ms) in [("40", 40.0), ("100", 100.0)] {
        let plain = [("partition", "0"), ("distance", distance), ("strict_reads", "50"), ("reads", "50")];
        let strict = run(&SPEC, &[&plain[..], &[("strict_updates", "100")]].concat(), 1, END);
        let (took, theory) = (reading(&strict, "strict_ms"), reading(&strict, "strict_theory"));
        assert!((theory - 2.0 * ms).abs() < 1e-9);
        // Some must write back what they saw: as many as find an update that is under way to its second replica.
        assert!(took >= theory - 0.1 && took < 1.35 * theory, "{took}, {theory}");
        assert_eq!(reading(&strict, "stale_strict"), 0.0);
        let accepting = run(&SPEC, &plain, 1, END);
        assert!((reading(&accepting, "local_ms") - 1.0).abs() < 0.1, "the replica next door");
        assert!(reading(&accepting, "stale_share") > 0.0, "and it may be behind");
    }
}

/// Reads that come at any moment miss an update that was acknowledged less than a distance ago on the other side. Half
/// of the reads are on the other side, an update comes each 102 ms.
#[test]
fn accepting_reads_are_stale_as_long_as_an_update_is_on_its_way() {
    let sets = [("partition", "0"), ("reads", "100"), ("distance", "50")];
    let seen: Vec<f64> = (0..4).map(|seed| ends(&sets, seed, "stale_share")).collect();
    let mean = seen.iter().sum::<f64>() / 4.0;
    // Acknowledged 0.5 ms after its own replica stored it: 49 of 102 ms, for half of the reads. Of 12,000 reads, correlated
    // within an update (10 reads each): standard error below sqrt(0.24 * 0.76 / 1200).
    assert!((mean - 0.5 * 49.0 / 102.0).abs() < 4.0 * 0.0124, "{seen:?}");
}

#[test]
fn goals_are_reached_by_setting_something_and_not_by_default() {
    let sets: [&[(&str, &str)]; 4] = [
        &[("merge", "siblings")],
        &[("strict_updates", "100"), ("strict_reads", "100")],
        &[("partition", "20")],
        &[("partition", "0"), ("distance", "200")],
    ];
    for (goal, sets) in sets.into_iter().enumerate() {
        assert!(reaches(&SPEC, sets, 1, goal), "{}", SPEC.goals[goal]);
        assert!((0..3).all(|seed| !reaches(&SPEC, &[], seed, goal)), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_is_found_and_a_sound_store_breaks_nothing() {
    let strict = [("strict_updates", "100"), ("strict_reads", "100")];
    let siblings = [("merge", "siblings"), ("strict_reads", "0")];
    for seed in 0..3 {
        assert!(broken(&SPEC, &[], seed).is_empty());
        for (bug, sets, rules) in [
            ("majority-for-all", &[][..], &[0][..]),
            ("own-majority", &strict, &[1, 2]),
            ("first-sibling", &siblings, &[3]),
        ] {
            assert!(broken(&SPEC, sets, seed).is_empty(), "{sets:?}");
            let found = broken(&SPEC, &[sets, &[("bug", bug)]].concat(), seed);
            assert!(rules.iter().all(|rule| found.contains(rule)), "{bug} with seed {seed}: {found:?}");
        }
    }
}

#[test]
fn clients_read_at_the_same_moments_whatever_the_store_does() {
    let reads = |sets: &[(&str, &str)]| {
        let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
        let mut reads = Vec::new();
        while let Some(step) = run.step().filter(|step| step.at < Nanos::from_secs(8)) {
            if step.what.contains("reads, request") {
                reads.push((step.at, step.what));
            }
        }
        reads
    };
    let plain = reads(&[]);
    assert!(plain.len() > 50);
    for knob in [("strict_reads", "100"), ("strict_updates", "100"), ("merge", "add"), ("distance", "5")] {
        assert!(reads(&[knob]) == plain, "{knob:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn rules_hold_whatever_is_set_and_done(
        start in sets(6),
        strict in any::<bool>(),
        later in prop::collection::vec((sets(3), 0..60_usize), 5),
        seed in 0..9_u64,
    ) {
        let mut first = settings(&SPEC, &[]);
        for set in start {
            let (control, value) = set_of(&SPEC, set);
            if control.name != "bug" {
                first.put(control.name, value);
            }
        }
        if strict {
            first.put("strict_updates", 100.0);
            first.put("strict_reads", 100.0);
        }
        let mut run = Run::without_past(&SPEC, Seed(seed), first);
        for (sets, hand) in later {
            run.advance_to(run.now() + Nanos::from_secs(3), || true);
            for set in sets {
                let (control, value) = set_of(&SPEC, set);
                if control.name != "bug" && !(strict && control.name.starts_with("strict")) {
                    run.set(control.name, value);
                }
            }
            let things = run.things();
            let thing = &things[hand % things.len()];
            run.act(thing.acts[hand % thing.acts.len()], thing.id);
        }
        run.advance_to(run.now() + Nanos::from_secs(3), || true);
        prop_assert!(run.broken().iter().all(Option::is_none), "{:?} with {:?}", run.broken(), run.settings());
    }
}
