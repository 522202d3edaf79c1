//! What last-write-wins loses against theory, goals, bugs, acts.

use super::super::Run;
use super::super::testing::{broken, means, reaches, reading, run, settings};
use super::*;

#[test]
fn the_cut_takes_what_theory_says() {
    // States cross quickly and seldom, so that nearly only the cut makes edits cross: with 1 edit a second of others' within
    // 50 + 2 ms until they are heard of, about 0.035 are lost besides (2/3 of the edits are the others').
    for (skew, expected) in
        [("0", 4.0 / 9.0), ("2000", 1.0 / 3.0 + (1.0 - libm::exp(-2.0 / 3.0) * 2.0 / 3.0) / 3.0)]
    {
        let sets =
            [("edits", "1"), ("sync", "100"), ("delay", "1"), ("loss", "0"), ("cut", "30"), ("skew", skew)];
        let [(seen, error), (theory, _)] =
            means(&SPEC, &sets, ["cut_lost_share", "cut_lost_theory"], (16, SPEC.length));
        assert!((theory - expected).abs() < 1e-9, "{theory} {expected}");
        // 4 standard errors are exceeded by chance once in 900 (Student's t, 15 degrees of freedom).
        assert!((seen - theory).abs() < 4.0 * error + 0.035, "{seen} for {theory}, {error}");
    }
}

#[test]
fn nothing_is_lost_where_nothing_crosses_and_everything_where_a_clock_is_ahead() {
    let sets = [("edits", "0.5"), ("sync", "100"), ("delay", "1"), ("loss", "0"), ("cut", "0")];
    let [(share, _)] = means(&SPEC, &sets, ["lww_lost_share"], (8, SPEC.length));
    assert!(share < 0.05, "{share}");
    // c is 10 s ahead: whatever a and b write within 10 s of a write of c has no effect, and c writes every 1.5 s.
    let [(share, _)] = means(&SPEC, &[("skew", "10000"), ("cut", "0")], ["lww_lost_share"], (8, SPEC.length));
    assert!((0.55..0.75).contains(&share), "{share}");
}

#[test]
fn tombstones_are_the_adds_that_were_removed() {
    for seed in 0..4 {
        let run = run(&SPEC, &[("loss", "0")], seed, SPEC.length);
        let [tombstones, orset, payload] =
            ["tombstones", "orset_bytes", "payload_bytes"].map(|name| reading(&run, name));
        assert!(tombstones > 10.0 && orset > 36.0 * 10.0 && payload <= 6.0, "{tombstones} {orset} {payload}");
        // The one without needs a dot for each item and one number a replica.
        assert!(reading(&run, "addwins_bytes") <= 12.0 * (6.0 * 3.0 + 3.0));
    }
}

#[test]
fn garbage_goes_once_everybody_has_seen_it_and_not_during_a_cut() {
    let sets = [("gc", "on"), ("edits", "8"), ("items", "4"), ("cut", "15")];
    let at = |secs| reading(&run(&SPEC, &sets, 3, Nanos::from_secs(secs)), "tombstones");
    let (before, during, after) = (at(4), at(19), at(24));
    assert!(before < 15.0 && during > 25.0 && after < 15.0, "{before} {during} {after}");
}

#[test]
fn no_bug_no_broken_rule_and_each_bug_breaks_one() {
    for seed in 0..4 {
        for sets in [&[][..], &[("gc", "on"), ("edits", "6"), ("loss", "50")]] {
            assert_eq!(broken(&SPEC, sets, seed), [0; 0], "{sets:?}");
        }
        for (bug, rule) in [("join-adds", 1), ("no-tie-break", 0), ("remove-element", 2), ("as-arrived", 0)] {
            let found = broken(&SPEC, &[("bug", bug)], seed);
            assert!(found.contains(&rule), "{bug} breaks {found:?} with seed {seed}");
        }
    }
}

#[test]
fn each_goal_can_be_reached_and_none_by_itself() {
    let ways: [&[(&str, &str)]; 4] = [
        &[("skew", "10000"), ("cut", "20")],
        &[("cut", "0"), ("edits", "1.5"), ("sync", "100"), ("delay", "1"), ("loss", "0")],
        &[("cut", "25")],
        &[("gc", "on"), ("edits", "5"), ("cut", "0")],
    ];
    for (goal, sets) in ways.into_iter().enumerate() {
        assert!((0..6).any(|seed| reaches(&SPEC, sets, seed, goal)), "{}", SPEC.goals[goal]);
        for seed in 0..4 {
            assert!(!reaches(&SPEC, &[], seed, goal), "{} by itself, seed {seed}", SPEC.goals[goal]);
        }
    }
}

#[test]
fn the_types_do_not_change_what_the_users_do() {
    let edits = |sets: &[(&str, &str)]| reading(&run(&SPEC, sets, 5, SPEC.length), "edits");
    let usual = edits(&[]);
    for set in
        [("cut", "0"), ("gc", "on"), ("skew", "2000"), ("loss", "80"), ("bug", "join-adds"), ("sync", "1000")]
    {
        assert_eq!(edits(&[set]), usual, "{set:?}");
    }
}

#[test]
fn everything_can_be_done_by_hand() {
    // Nobody edits by himself for long: an edit every two seconds.
    let sets = [("edits", "0.5"), ("cut", "0"), ("loss", "0")];
    let mut world = Run::without_past(&SPEC, Seed(1), settings(&SPEC, &sets));
    let to = |world: &mut Run, millis| world.advance_to(Nanos::from_millis(millis), || true);
    to(&mut world, 10);
    for (act, thing) in
        [("add", 1), ("add", 2), ("insert", 1), ("insert", 2), ("cut", 3), ("add", 3), ("delete", 1)]
    {
        world.act(act, thing);
    }
    assert_eq!(reading(&world, "edits"), 6.0);
    to(&mut world, 3_000);
    assert!(world.things().iter().any(|thing| thing.id == 3 && thing.acts[0] == "heal"));
    assert!(reading(&world, "apart_s") > 2.0);
    let message = world.things().into_iter().find(|thing| thing.id >= FIRST_MESSAGE);
    if let Some(message) = message {
        world.act("double", message.id);
        world.act("drop", message.id);
        world.act("drop", message.id);
    }
    world.act("heal", 3);
    to(&mut world, 4_500);
    world.act("remove", 3);
    to(&mut world, 30_000);
    assert!(world.broken().iter().all(Option::is_none));
}

#[test]
fn a_copy_stays_small() {
    let sets = [("edits", "20"), ("removes", "90"), ("items", "8"), ("sync", "100"), ("delay", "2000")];
    let run = run(&SPEC, &sets, 1, Nanos::from_secs(20));
    assert!(run.bytes() < 2 << 20, "{}", run.bytes());
}
