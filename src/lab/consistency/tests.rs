//! The checkers and the store, seen through the demo: promises kept, goals reached by hand, bugs found.

use super::*;
use crate::lab::Run;
use crate::lab::testing::{SURE, broken, means, reading, run};
use crate::lab::{Settings, World};
use crate::systems::history::Model;

/// A classic history, played to its end.
fn classic(name: &str) -> Run {
    run(&SPEC, &[("history", name)], 1, Nanos::from_secs(4))
}

/// The number of the call of that name among the things.
fn find(run: &Run, name: &str) -> u64 {
    let things = run.things();
    let found = things.iter().find(|thing| thing.name.starts_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {things:?}")).id
}

fn act(run: &mut Run, name: &str, act: &'static str, times: usize) {
    let id = find(run, name);
    (0..times).for_each(|_| run.act(act, id));
}

#[test]
fn each_store_keeps_its_promise_and_shows_what_it_leaves_open() {
    // What it promises holds in each round; what it leaves open fails in some.
    for (store, kept, open) in [
        ("linearizable", &[0, 1, 2, 3][..], &[][..]),
        ("sequential", &[1, 2, 3], &[0]),
        ("causal", &[2], &[0, 1, 3]),
        ("eventual", &[3], &[0]),
    ] {
        let mut seen = [0.0_f64; 4];
        for seed in 0..3 {
            let run = run(&SPEC, &[("store", store)], seed, SPEC.length);
            assert_eq!(run.broken(), [None; 3], "{store} {seed}");
            let names = ["linearizable_share", "sequential_share", "causal_share", "settled_share"];
            for (seen, name) in seen.iter_mut().zip(names) {
                *seen += reading(&run, name);
            }
        }
        assert!(kept.iter().all(|&model| seen[model] == 3.0), "{store}: {seen:?}");
        assert!(open.iter().all(|&model| seen[model] < 3.0), "{store}: {seen:?}");
    }
}

#[test]
fn calls_take_the_messages_that_they_wait_for() {
    // Nothing is lost, so nobody gives up but after eight messages' time: an Erlang tail of 2 above (8.1 - 0.8) / 0.6 = 12 means,
    // 8e-5 of the calls.
    for (store, read, write) in
        [("linearizable", 160.0, 160.0), ("causal", 10.0, 10.0), ("eventual", 10.0, 10.0)]
    {
        let sets = [("store", store), ("lost", "0")];
        let [reads, writes] = means(&SPEC, &sets, ["read_ms", "write_ms"], (6, SPEC.length));
        for ((mean, error), expected) in [(reads, read), (writes, write)] {
            // Student's t with 5 degrees of freedom: 6.9 of its errors are passed once in 1,000 times.
            assert!((mean - expected).abs() <= 6.9 * error + 0.2, "{store}: {mean} ({error})");
            assert!(error < 5.0);
        }
        let one = run(&SPEC, &sets, 1, Nanos::ZERO);
        assert_eq!((reading(&one, "read_theory"), reading(&one, "write_theory")), (read, write));
    }
    // A sequential write waits for its two messages, and for those before it: not less, and not another message.
    let sets = [("store", "sequential"), ("lost", "0")];
    let [reads, (write, error)] = means(&SPEC, &sets, ["read_ms", "write_ms"], (6, SPEC.length));
    assert!((reads.0 - 10.0).abs() < 1e-6, "{reads:?}");
    assert!(write > 160.0 - SURE * error && write < 240.0, "{write}");
}

#[test]
fn goals_need_the_learner_and_can_be_reached() {
    for seed in 0..4 {
        assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
    }
    // The write lasts until the old value has been read: then it may take effect after that, but the first reader saw it.
    let mut run = classic("new-old-inversion");
    assert_eq!(run.goals(), [false; 4]);
    act(&mut run, "c3 read x=0", "earlier", 3);
    assert!(run.goals()[0], "{:?}", run.things());
    let mut run = classic("lost-update");
    act(&mut run, "c1 read x=2", "value", 2);
    assert!(run.goals()[1], "{:?}", run.things());
    let mut run = classic("causal-reply");
    assert!(!run.goals()[2]);
    act(&mut run, "c2 read x=1", "remove", 1);
    act(&mut run, "c3 read x=0", "later", 1);
    assert!(!run.goals()[2], "without the cause it is sequential as well");
    // Six rounds in a hundred at the defaults; more where the pauses are short.
    let sets = [("store", "sequential"), ("think", "20"), ("lag", "200"), ("calls", "5")];
    assert!((0..3).all(|seed| self::run(&SPEC, &sets, seed, SPEC.length).goals()[3]));
}

#[test]
fn a_causal_history_that_is_not_sequential_can_be_made_by_hand() {
    // From the classic that is causal and settles: one of c4's reads is turned round, so that both agree, and back again.
    let mut run = classic("split-view");
    assert!(!run.goals()[2], "it was so from the start");
    let mut run2 = classic("write-order");
    act(&mut run2, "c2 read x=1", "value", 1);
    assert!(!run2.goals()[2]);
    act(&mut run, "the history", "restore", 1);
    assert_eq!(run.goals(), [false; 4]);
    // Store buffer by hand, from nothing but lost-update: c2's key is y, and each reads the other's as 0.
    let mut run = classic("lost-update");
    act(&mut run, "c2 write x=2", "key", 1);
    act(&mut run, "c1 read x=0", "remove", 1);
    act(&mut run, "c2 read x=0", "remove", 1);
    act(&mut run, "c1 read x=2", "key", 1);
    act(&mut run, "c1 read y=2", "value", 1);
    act(&mut run, "c2 read x=2", "value", 1);
    assert!(run.goals()[2], "{:?}", run.things());
}

#[test]
fn each_bug_breaks_its_rule() {
    for (bug, rule) in [("no-clock", 1), ("never-happened", 1), ("any-site", 0)] {
        for seed in 0..3 {
            let found = broken(&SPEC, &[("bug", bug)], seed);
            assert!(found.contains(&rule), "{bug} {seed}: {found:?}");
        }
    }
}

#[test]
fn what_clients_wish_is_not_moved_by_the_store() {
    let calls = |sets: &[(&str, &str)]| {
        let run = run(&SPEC, sets, 5, Nanos::from_millis(1));
        let scenario = run.things();
        assert!(scenario.len() >= 5);
        let mut run = run;
        let mut first = Vec::new();
        while first.len() < CLIENTS {
            let step = run.step().expect("a call");
            let new = !first.iter().any(|(_, id, _)| *id == step.id);
            if ["client # writes", "client # reads"].contains(&step.what) && new {
                first.push((step.what, step.id, step.at));
            }
        }
        first.sort_by_key(|(_, id, _)| *id);
        first
    };
    let plain = calls(&[]);
    for set in [("store", "causal"), ("lag", "300"), ("lost", "50"), ("bug", "any-site")] {
        assert_eq!(calls(&[set]), plain, "{set:?}");
    }
    assert_ne!(calls(&[("think", "500")]), plain);
}

#[test]
fn a_call_is_moved_within_its_bounds() {
    let mut run = classic("stale-read");
    let between = |run: &Run, name: &str| run.things()[find_place(run, name)].name.clone();
    fn find_place(run: &Run, name: &str) -> usize {
        run.things().iter().position(|thing| thing.name.starts_with(name)).expect("a call")
    }
    act(&mut run, "c3 read x=0", "later", 10);
    assert_eq!(between(&run, "c3 read x=0"), "c3 read x=0, 695 to 795 ms", "before the next of its client");
    act(&mut run, "c3 read x=0", "earlier", 40);
    assert_eq!(between(&run, "c3 read x=0"), "c3 read x=0, 0 to 100 ms");
    act(&mut run, "c3 read x=0", "shorter", 9);
    assert_eq!(between(&run, "c3 read x=0"), "c3 read x=0, 0 to 5 ms");
    act(&mut run, "c3 read x=0", "longer", 90);
    assert_eq!(between(&run, "c3 read x=0"), "c3 read x=0, 0 to 795 ms");
    act(&mut run, "c3 read x=0", "value", 2);
    act(&mut run, "c3 read x=0", "remove", 1);
    assert_eq!(reading(&run, "shown_calls"), 3.0);
    act(&mut run, "the history", "restore", 1);
    assert_eq!(reading(&run, "shown_calls"), 4.0);
    for _ in 0..30 {
        run.act("read", 4);
        run.act("write", 3);
    }
    assert!(reading(&run, "shown_calls") <= 16.0);
    act(&mut run, "the history", "release", 1);
    assert_eq!(reading(&run, "shown_calls"), 0.0, "from its start");
}

#[test]
fn a_round_on_the_bench_stays_while_the_store_goes_on() {
    let mut run = run(&SPEC, &[], 3, Nanos::from_secs(10));
    let rounds = reading(&run, "rounds");
    let first = run.things()[0].id;
    run.act("later", first);
    let calls = reading(&run, "shown_calls");
    run.advance_to(Nanos::from_secs(20), || true);
    assert!(reading(&run, "rounds") > rounds + 2.0);
    assert_eq!(reading(&run, "shown_calls"), calls);
    run.act("release", HISTORY);
    run.advance_to(Nanos::from_secs(30), || true);
    assert_ne!(run.things()[0].id, first);
}

#[test]
fn the_oracle_knows_the_classics() {
    for classic in CLASSICS {
        let history = classic.history();
        let tried = [Model::Linearizable, Model::Sequential].map(|model| oracle::by_trying(&history, model));
        assert_eq!(tried, [Some(classic.allowed[0]), Some(classic.allowed[1])], "{}", classic.name);
    }
}

#[test]
fn a_world_is_small() {
    let world: Box<dyn World> = (SPEC.start)(Seed(1), &Settings::defaults(&SPEC));
    assert!(world.bytes() <= 64 << 10);
}
