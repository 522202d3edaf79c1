//! Theory, goals, bugs.

use super::super::testing::{SURE, broken, means, reaches, reading, run};
use super::*;

/// What the outcomes of a pair of versions are, by encoding, of the direct change.
fn outcome(change: Change, expand: bool, (writer, reader): (usize, usize)) -> [[f64; 4]; 4] {
    let outcomes = Outcomes::of(&versions(change, expand), 7, false, false);
    Format::ALL.map(|format| outcomes.shares(writer, reader, format))
}

const RIGHT: [f64; 4] = [1.0, 0.0, 0.0, 0.0];

fn is(shares: [f64; 4], outcome: Outcome) -> bool {
    shares[outcome as usize] > 0.999
}

#[test]
fn the_grid_is_that_of_the_language_guides() {
    let [old, new] = [0, 2];
    // Protocol Buffers: a field may be added and renamed; int32 and int64 are compatible, with the upper bits cut off.
    for pair in [(old, new), (new, old)] {
        assert!(is(outcome(Change::Rename, false, pair)[0], Outcome::Right));
        assert!(is(outcome(Change::AddOptional, false, pair)[0], Outcome::Right));
        // "Never re-use a tag number."
        assert!(is(outcome(Change::ReuseTag, false, pair)[0], Outcome::Wrong));
        // By name a rename breaks; Avro refuses as well, where the reader gives no alias.
        assert!(is(outcome(Change::Rename, false, pair)[1], Outcome::Failed));
        assert!(is(outcome(Change::Rename, false, pair)[3], Outcome::Failed));
        // Avro fills in defaults and drops what the reader does not have.
        assert!(is(outcome(Change::AddOptional, false, pair)[3], Outcome::Right));
    }
    assert!(is(outcome(Change::Widen, false, (old, new))[0], Outcome::Right));
    assert!(is(outcome(Change::Widen, false, (new, old))[0], Outcome::Wrong));
    assert!(is(outcome(Change::Widen, false, (new, old))[3], Outcome::Failed), "long is not promoted to int");
    assert!(is(outcome(Change::Widen, false, (old, new))[3], Outcome::Right), "int is promoted to long");
    // "Required is forever": who demands a field refuses old messages, and who drops one is refused by old readers.
    assert!(is(outcome(Change::AddRequired, false, (old, new))[0], Outcome::Failed));
    assert!(is(outcome(Change::AddRequired, false, (new, old))[0], Outcome::Right));
    assert!(is(outcome(Change::Remove, false, (new, old))[0], Outcome::Failed));
    assert!(is(outcome(Change::Remove, false, (old, new))[0], Outcome::Right));
    // A new name of an enum: unknown to the old reader in a third of the messages, refused by JSON and Avro.
    let [tagged, json, ..] = outcome(Change::NewEnum, false, (new, old));
    assert!(
        tagged[Outcome::Lost as usize] > 0.15 && json[Outcome::Failed as usize] > 0.15,
        "{tagged:?} {json:?}"
    );
    // Another default: what the writer leaves out means something else to the reader. JSON leaves nothing out.
    let [tagged, json, ..] = outcome(Change::NewDefault, false, (old, new));
    assert!(
        tagged[Outcome::Lost as usize] > 0.15 && json == RIGHT.map(|share| share * json[0]),
        "{tagged:?}"
    );
    // Positions: 64 bits where 32 are expected.
    assert!(outcome(Change::Widen, false, (new, old))[2][0] < 0.01);
}

#[test]
fn expand_and_contract_never_meets_a_pair_that_breaks() {
    for change in Change::ALL {
        // Readers go first in both halves, so these are the pairs that meet.
        for pair in [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)] {
            let all = outcome(change, true, pair);
            for format in [Format::Tagged, Format::Json, Format::Resolved] {
                assert!(is(all[format as usize], Outcome::Right), "{change:?} {pair:?} {format:?}");
            }
        }
    }
}

#[test]
fn what_is_misread_follows_from_who_runs_what_when() {
    let cases: [&[(&str, &str)]; 5] = [
        &[],
        &[("change", "rename"), ("order", "together"), ("rollout", "10")],
        &[("change", "new-enum"), ("order", "writers-first"), ("lag", "5")],
        &[("change", "add-required"), ("lag", "0")],
        &[("change", "int-to-text"), ("rollback", "15"), ("lag", "8")],
    ];
    for sets in cases {
        let names = ["bad_tagged", "bad_tagged_theory", "bad_json", "bad_json_theory"];
        let [tagged, tagged_theory, json, json_theory] = means(&SPEC, sets, names, (8, SPEC.length));
        for ((seen, error), (expected, _)) in [(tagged, tagged_theory), (json, json_theory)] {
            // Theory knows the outcomes of a pair from 60 samples: 6% of a part of the messages.
            assert!(
                (seen - expected).abs() < SURE * error + 0.012,
                "{seen} ± {error} for {expected}: {sets:?}"
            );
        }
    }
    // Worked: readers are new 1 s + 4 s + the lag of 2 s before what they read: 7 of the 38 s in which messages are read.
    let expected = reading(&run(&SPEC, &[], 1, SPEC.length), "bad_tagged_theory");
    assert!((expected - 7.0 / 38.0).abs() < 0.005, "{expected}");
}

#[test]
fn sizes_are_exact() {
    for change in CHANGES {
        let run = run(&SPEC, &[("change", change)], 3, Nanos::from_secs(30));
        assert_eq!(reading(&run, "size_tagged"), reading(&run, "size_theory"), "{change}");
        let ratio = reading(&run, "size_ratio");
        assert!((2.1..3.9).contains(&ratio), "{ratio}: as measured for records elsewhere");
    }
}

#[test]
fn the_order_matters_and_it_is_not_always_the_same() {
    let bad = |change: &str, order: &str| {
        let run = run(&SPEC, &[("change", change), ("order", order)], 1, Nanos::from_secs(25));
        reading(&run, "bad_tagged")
    };
    assert!(bad("add-required", "readers-first") > 0.2 && bad("add-required", "writers-first") < 0.001);
    assert!(bad("widen", "writers-first") > 0.1 && bad("widen", "readers-first") == 0.0);
}

#[test]
fn doubles_lose_big_numbers_and_nobody_notices() {
    let run = run(&SPEC, &[("big", "on"), ("change", "add-optional")], 1, Nanos::from_secs(20));
    let (read, wrong) = (reading(&run, "read"), reading(&run, "wrong_json"));
    // Beyond 2^53 every second whole number is a double; the odd ones are drawn.
    assert_eq!(read, wrong);
    assert_eq!(reading(&run, "failed_json") + reading(&run, "wrong_tagged"), 0.0);
}

#[test]
fn each_goal_is_reached_and_none_by_itself() {
    let goals: [&[(&str, &str)]; 4] = [
        &[("expand", "on"), ("change", "rename")],
        &[("big", "on"), ("change", "add-optional")],
        &[("change", "rename"), ("rollback", "20")],
        &[("change", "add-required"), ("order", "writers-first"), ("lag", "0")],
    ];
    for (goal, sets) in goals.iter().enumerate() {
        assert!(reaches(&SPEC, sets, 3, goal), "{}", SPEC.goals[goal]);
        assert!(!reaches(&SPEC, &[], 3, goal), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_breaks_its_rule() {
    let expand = ("expand", "on");
    for change in CHANGES {
        assert_eq!(broken(&SPEC, &[("change", change)], 0), [0; 0], "{change}");
        assert_eq!(broken(&SPEC, &[expand, ("change", change)], 1), [0; 0], "{change}");
    }
    for seed in 0..2 {
        assert_eq!(broken(&SPEC, &[("bug", "drop-unknown"), ("change", "add-optional")], seed), [0]);
        assert_eq!(broken(&SPEC, &[("bug", "hasty"), expand, ("change", "rename")], seed), [1]);
        assert_eq!(broken(&SPEC, &[("bug", "wrong-schema")], seed), [2]);
    }
}

#[test]
fn hands_replay_the_log_and_go_back() {
    let sets = [("change", "add-required"), ("order", "writers-first"), ("retention", "20"), ("lag", "0")];
    let mut run = run(&SPEC, &sets, 1, Nanos::from_secs(16));
    assert_eq!(reading(&run, "bad_tagged"), 0.0);
    run.act("replay", 0);
    run.advance_to(Nanos::from_secs(28), || true);
    // Messages of the first seconds, without the field, are read by readers that demand it.
    let (replayed, bad) = (reading(&run, "replayed"), reading(&run, "replay_bad"));
    assert!(replayed > 300.0 && bad > 50.0 && bad < replayed, "{replayed} {bad}");
    run.act("back", 1);
    assert!(reading(&run, "bad_tagged_theory").is_nan());
    assert_eq!(run.things().len(), 1);
    run.advance_to(Nanos::from_secs(38), || true);
    // Both sides go back in the same 4 s: producers that are back meet consumers that are not, 50/s × 4 s / 6 = 33 times.
    let failed = reading(&run, "failed_tagged");
    assert!((15.0..60.0).contains(&failed), "{failed}");
}

#[test]
fn the_messages_are_the_same_whatever_changes() {
    let read = |sets: &[(&str, &str)]| reading(&run(&SPEC, sets, 5, Nanos::from_secs(10)), "read");
    assert_eq!(read(&[]), read(&[("change", "rename"), ("order", "together"), ("expand", "on")]));
    assert_ne!(read(&[]), read(&[("rate", "60")]));
}
