//! Costs, blocking, goals, bugs, what hands do, and what a control must not change.

use super::super::testing::{broken, reading, run};
use super::*;

const CALM: [(&str, &str); 2] = [("crash_who", "nobody"), ("fail_share", "0")];

fn of(sets: &[(&str, &str)], seed: u64, name: &str) -> f64 {
    reading(&run(&SPEC, sets, seed, SPEC.length), name)
}

#[test]
fn messages_are_those_of_the_books() {
    for (protocol, expected) in PROTOCOLS.iter().zip([12.0, 6.0, 6.0, 4.0, 4.0]) {
        let run = run(&SPEC, &[&CALM[..], &[("protocol", protocol)]].concat(), 1, SPEC.length);
        assert_eq!(
            (reading(&run, "messages"), reading(&run, "messages_theory")),
            (expected, expected),
            "{protocol}"
        );
        assert!(reading(&run, "done") > 30.0 && reading(&run, "undone") == 0.0);
    }
}

#[test]
fn in_doubt_for_as_long_as_the_coordinator_is_away() {
    for (restart, away) in [("2", 2.0), ("5", 5.0), ("12", 12.0)] {
        for seed in 0..3 {
            // Told when it is back, after a vote, a decision and the way back: at most 0.15 s each. A participant that asks just before
            // it is back asks again a second later; whoever is told at once waits for one message only.
            let seen = of(&[("restart", restart)], seed, "in_doubt_max_s");
            assert!((away..away + 1.5).contains(&seen), "{seen} for {restart}");
        }
    }
    let calm = of(&[("crash_who", "nobody")], 1, "in_doubt_max_s");
    assert!(calm < 0.6, "{calm}");
    // Its row is locked meanwhile: others that want it are refused, if somebody is there to begin them.
    let busy =
        of(&[("crash_who", "second"), ("crash_at", "1"), ("restart", "5"), ("rate", "5")], 1, "undone");
    assert!(busy > 10.0, "{busy}");
}

#[test]
fn a_crash_before_every_step_of_everybody_breaks_no_rule() {
    for protocol in PROTOCOLS {
        for who in &WHO[1..] {
            for at in 1..=12 {
                let at = at.to_string();
                let sets = [
                    ("protocol", *protocol),
                    ("crash_who", who),
                    ("crash_at", &at),
                    ("loss", "10"),
                    ("rate", "3"),
                ];
                let run = run(&SPEC, &sets, 5, Nanos::from_secs(12));
                assert!(run.broken().iter().all(Option::is_none), "{sets:?}: {:?}", run.broken());
            }
        }
    }
}

#[test]
fn each_bug_breaks_its_rule() {
    let check = |sets: &[(&str, &str)], rule: usize| {
        for seed in 0..4 {
            assert_eq!(broken(&SPEC, sets, seed), [rule], "{sets:?}");
        }
    };
    check(&[("bug", "unlogged-decision")], 0);
    let refused = [
        ("bug", "repeated-compensation"),
        ("fail_share", "80"),
        ("loss", "30"),
        ("rate", "5"),
        ("crash_who", "nobody"),
    ];
    for protocol in ["orchestration", "choreography"] {
        check(&[&refused[..], &[("protocol", protocol)]].concat(), 1);
    }
    for protocol in ["outbox", "change-data-capture"] {
        check(&[("bug", "dual-write"), ("protocol", protocol), ("crash_at", "1")], 2);
        check(&[("bug", "dual-write"), ("protocol", protocol), ("loss", "10")], 2);
    }
}

#[test]
fn at_least_once_and_effectively_once() {
    for protocol in ["outbox", "change-data-capture"] {
        let faulty = [("protocol", protocol), ("loss", "20"), ("rate", "5"), ("crash_at", "2")];
        for seed in 0..3 {
            let open = [&faulty[..], &[("dedup", "off")]].concat();
            assert!(of(&open, seed, "doubled") > 3.0 && of(&open, seed, "lost") == 0.0, "{protocol}");
            assert_eq!((of(&faulty, seed, "doubled"), of(&faulty, seed, "lost")), (0.0, 0.0), "{protocol}");
        }
    }
}

#[test]
fn a_saga_is_seen_half_done_and_two_phase_commit_is_locked() {
    let half = of(&[("protocol", "orchestration"), ("crash_who", "nobody")], 1, "half_seen_s");
    // Two more parts, each there and back.
    assert!((0.2..0.6).contains(&half), "{half}");
    assert!(of(&[("protocol", "orchestration"), ("fail_share", "60")], 1, "compensations") > 5.0);
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..5 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    let check = |sets: &[(&str, &str)], goal: usize| {
        assert!(run(&SPEC, sets, 5, SPEC.length).goals()[goal], "{}", SPEC.goals[goal]);
    };
    check(&[("restart", "12")], 0);
    check(&[("protocol", "choreography"), ("fail_share", "60"), ("rate", "3")], 1);
    check(&[("protocol", "outbox"), ("dedup", "off"), ("loss", "20"), ("rate", "5")], 2);
    check(&[("restart", "0.5"), ("rate", "10"), ("latency", "20")], 3);
}

#[test]
fn hands_crash_restart_drop_and_double() {
    let mut run = run(&SPEC, &[("crash_who", "nobody")], 1, Nanos::from_millis(1_050));
    let flight = run.things().into_iter().find(|thing| thing.id > MESSAGES).expect("a prepare").id;
    run.act("double", flight);
    run.act("drop", flight);
    run.act("crash", 2);
    run.act("crash", 2);
    run.advance_to(Nanos::from_secs(6), || true);
    assert_eq!((reading(&run, "crashes"), reading(&run, "done")), (1.0, 0.0));
    run.act("restart", 2);
    run.act("restart", 9);
    run.advance_to(Nanos::from_secs(20), || true);
    assert!(reading(&run, "done") > 5.0);
    assert!(run.broken().iter().all(Option::is_none));
}

#[test]
fn the_same_transactions_begin_whatever_is_set() {
    let begun = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 7, SPEC.length);
        reading(&run, "begun") + reading(&run, "turned_away")
    };
    for set in
        [("latency", "500"), ("protocol", "outbox"), ("loss", "30"), ("restart", "20"), ("bug", "dual-write")]
    {
        assert_eq!(begun(&[set]), begun(&[]), "{set:?}");
    }
}

#[test]
fn memory_is_bounded_where_nothing_ends() {
    for protocol in PROTOCOLS {
        let sets = [
            ("protocol", *protocol),
            ("loss", "30"),
            ("rate", "10"),
            ("latency", "500"),
            ("crash_who", "third"),
            ("restart", "20"),
        ];
        let run = run(&SPEC, &sets, 1, Nanos::from_secs(120));
        assert!(run.bytes() < 2 << 20, "{protocol}: {}", run.bytes());
    }
}
