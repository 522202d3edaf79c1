//! Theory, goals, bugs.

use super::super::testing::{SURE, broken, means, reaches, reading, run};
use super::*;

/// Runs of 40 s hold several passes; what is left of the last one is counted for the doubled rows only.
fn agrees(sets: &[(&str, &str)], name: &str, theory: &str, more: f64) -> f64 {
    let [(seen, error), (expected, _)] = means(&SPEC, sets, [name, theory], (8, SPEC.length));
    assert!(
        (seen - expected).abs() <= SURE * error + more,
        "{name} {seen} ± {error} for {expected}: {sets:?}"
    );
    expected
}

#[test]
fn the_list_shifts_by_what_comes_between_two_pages() {
    // 20/s for 100 ms are 2 of 20 rows. The rest of a thousandth: the first page of a pass shifts nothing.
    let expected = agrees(&[], "doubled_offset", "doubled_theory", 0.002);
    assert!((expected - 0.1).abs() < 1e-6, "{expected}");
    let anywhere = agrees(&[("spot", "anywhere")], "doubled_offset", "doubled_theory", 0.002);
    assert!((anywhere - 0.05).abs() < 1e-3, "half of them come in before the place: {anywhere}");
    let bumped = agrees(&[("inserts", "0"), ("moves", "40")], "doubled_offset", "doubled_theory", 0.004);
    assert!((bumped - 0.1).abs() < 1e-3, "{bumped}");
    let end = agrees(&[("spot", "end")], "doubled_offset", "doubled_theory", 0.0);
    assert!(end == 0.0);
}

#[test]
fn what_goes_hides_what_stands_behind_it() {
    // The list gets shorter by 40% meanwhile; a row that is lost and then deleted is not counted, nor are others that go.
    let sets = [("inserts", "0"), ("deletes", "20"), ("rows", "5000"), ("pause", "50")];
    let expected = agrees(&sets, "lost_offset", "lost_theory", 0.002);
    // 20/s for 50 ms, half of them before the place: 0.5 of 20.5 rows.
    assert!((expected - 0.5 / 20.5).abs() < 1e-4, "{expected}");
    agrees(
        &[("inserts", "0"), ("deletes", "60"), ("rows", "5000"), ("pause", "50")],
        "lost_offset",
        "lost_theory",
        0.006,
    );
}

#[test]
fn a_pass_by_offset_costs_half_its_pages() {
    let still = [("inserts", "0")];
    let run = run(&SPEC, &still, 1, SPEC.length);
    // 100 full pages and one that is empty: 20 + 40 + ... + 2000, and 2000 once more, for 2000 rows.
    let exact = (20.0 * 100.0 * 101.0 / 2.0 + 2_000.0) / 2_000.0;
    assert_eq!(reading(&run, "cost_offset"), exact);
    assert_eq!(reading(&run, "cost_theory"), 51.0);
    assert_eq!(reading(&run, "cost_keyset"), 1.0);
    assert!((reading(&run, "cost_offset") / reading(&run, "cost_theory") - 1.0).abs() < 0.02);
    for name in ["doubled_offset", "lost_offset", "doubled_keyset", "lost_cursor", "stale_cursor"] {
        assert_eq!(reading(&run, name), 0.0, "{name}");
    }
}

#[test]
fn keyset_and_snapshot_show_each_row_once_whatever_happens() {
    let sets =
        [("inserts", "100"), ("deletes", "80"), ("moves", "60"), ("spot", "anywhere"), ("rows", "1000")];
    for seed in 0..8 {
        let run = run(&SPEC, &sets, seed, SPEC.length);
        for name in ["doubled_keyset", "lost_keyset", "doubled_cursor", "lost_cursor"] {
            assert_eq!(reading(&run, name), 0.0, "{name}");
        }
        assert!(reading(&run, "passes_keyset") >= 3.0 && reading(&run, "lost_offset") > 0.0);
        assert!(reading(&run, "stale_cursor") > 0.0 && reading(&run, "dead_rows") > 0.0);
    }
}

#[test]
fn each_goal_is_reached_and_none_by_itself() {
    let goals: [&[(&str, &str)]; 4] = [
        &[("inserts", "200"), ("rows", "500")],
        &[("spot", "end"), ("rows", "1000"), ("inserts", "30")],
        &[("size", "5"), ("inserts", "0"), ("pause", "20")],
        &[("inserts", "0"), ("deletes", "60")],
    ];
    for (goal, sets) in goals.iter().enumerate() {
        assert!(reaches(&SPEC, sets, 3, goal), "{}", SPEC.goals[goal]);
        assert!(!reaches(&SPEC, &[], 3, goal), "{}", SPEC.goals[goal]);
    }
}

#[test]
fn each_bug_breaks_its_rule() {
    for seed in 0..4 {
        assert_eq!(broken(&SPEC, &[], seed), [0; 0]);
        assert_eq!(broken(&SPEC, &[("bug", "no-tiebreak"), ("size", "16")], seed), [0]);
        assert_eq!(broken(&SPEC, &[("bug", "no-tiebreak")], seed), [0]);
        assert_eq!(broken(&SPEC, &[("bug", "inclusive")], seed), [0]);
        assert_eq!(broken(&SPEC, &[("bug", "offset-in-cursor")], seed), [1]);
    }
}

#[test]
fn what_comes_is_the_same_whatever_is_read() {
    let rows = |sets: &[(&str, &str)]| reading(&run(&SPEC, sets, 5, SPEC.length), "rows");
    assert_eq!(rows(&[]), rows(&[("size", "50"), ("pause", "300"), ("bug", "inclusive")]));
    assert_ne!(rows(&[]), rows(&[("inserts", "30")]));
}

#[test]
fn hands_change_the_list_under_the_reader() {
    let still = [("inserts", "0")];
    let mut run = run(&SPEC, &still, 1, Nanos::from_millis(1_050));
    assert_eq!(reading(&run, "rows"), 2_000.0);
    run.act("insert", 0);
    let first = run.things()[1].id;
    run.act("delete", first);
    run.act("delete", first);
    assert_eq!(
        (reading(&run, "rows"), run.last().map(|step| step.to_string())),
        (2_000.0, Some(format!("there is no row {first}")))
    );
    run.act("insert", 0);
    run.advance_to(Nanos::from_millis(1_150), || true);
    // One row of ten pages of 20 has been pushed onto the eleventh: the other insert made up for the row deleted.
    assert_eq!(reading(&run, "doubled_offset"), 1.0 / 220.0);
}
