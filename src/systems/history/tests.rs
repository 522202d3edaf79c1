//! The checkers against published examples, against brute force over all orders, against the known characterisation of
//! causal memory by patterns, and against each other.

use super::relation::{closed, is_circular, is_write, program_order, real_time, value};
use super::*;
use crate::sim::{Rng, Seed};

/// A history in lines such as `a w x 1 0-10`: client, what, key, value, time. An end of `?` is none.
fn history(text: &str) -> History {
    let call = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [client, what, key, number, time] = words[..] else { panic!("{line}") };
        let number: u64 = number.parse().expect("a value");
        let (start, end) = time.split_once('-').expect("a time");
        let end = end.parse().ok().map(Nanos);
        let op = if what == "w" { Op::Write(number) } else { Op::Read };
        Call {
            client: u32::from(client.as_bytes()[0] - b'a'),
            key: u32::from(key.as_bytes()[0] - b'x'),
            op,
            start: Nanos(start.parse().expect("a start")),
            end,
            seen: (op == Op::Read && end.is_some()).then_some(number),
        }
    };
    History::from(text.lines().filter(|line| !line.trim().is_empty()).map(call).collect::<Vec<_>>())
}

/// Which of the first four models allow a history, with the evidence verified.
fn allowed(history: &History) -> [bool; 4] {
    [Model::Linearizable, Model::Sequential, Model::Causal, Model::Pram].map(|model| {
        let verdict = model.check(history);
        verify(history, model, &verdict);
        verdict.holds()
    })
}

/// Evidence is worth what somebody else can verify: an order is one, and what refutes does so by itself.
fn verify(history: &History, model: Model, verdict: &Verdict) {
    let calls = history.calls();
    match verdict {
        Verdict::TooLong => panic!("{model:?} of {history:?}"),
        Verdict::Holds(orders) => {
            for order in orders {
                let before = match model {
                    Model::Linearizable => real_time(calls),
                    _ => program_order(calls),
                };
                assert!(explains(calls, &order.calls, &before), "{model:?} {order:?} of {history:?}");
                let needed = |id: &usize| {
                    let call = &calls[*id];
                    call.end.is_some()
                        && (is_write(call) || order.client.is_none_or(|own| own == call.client))
                };
                let all = (0..calls.len()).filter(needed).all(|id| order.calls.contains(&id));
                assert!(all, "{model:?} {order:?} of {history:?}");
            }
        }
        Verdict::Fails(refutation) => {
            let part = |ids: &[usize]| History::from(ids.iter().map(|&id| calls[id]).collect::<Vec<_>>());
            assert!(model.check(&part(&refutation.calls)).fails(), "{model:?} {refutation:?} of {history:?}");
            for leave in refutation.calls.iter().filter(|&&id| !is_write(&calls[id])) {
                let less: Vec<usize> = refutation.calls.iter().copied().filter(|id| id != leave).collect();
                assert!(
                    model.check(&part(&less)).holds(),
                    "{leave} is not needed: {refutation:?} of {history:?}"
                );
            }
            let said = refutation.say(history, &[]);
            assert!(said.len() > 10 && !said.contains('?'), "{said}");
        }
    }
}

/// Whether every read of an order sees the write before it, and the order keeps a relation.
fn explains(calls: &[Call], order: &[usize], before: &[u64]) -> bool {
    let mut contents = [0_u64; 8];
    let mut placed = 0_u64;
    order.iter().all(|&id| {
        let fits = is_write(&calls[id]) || calls[id].seen == Some(contents[calls[id].key as usize]);
        if let Op::Write(value) = calls[id].op {
            contents[calls[id].key as usize] = value;
        }
        // No later one of the order comes before this one.
        let kept =
            before.iter().enumerate().all(|(later, set)| placed >> later & 1 == 0 || set >> id & 1 == 0);
        placed |= 1 << id;
        fits && kept
    })
}

#[test]
fn published_examples_are_judged_as_published() {
    let check = |name: &str, text: &str, expected: [bool; 4]| {
        assert_eq!(allowed(&history(text)), expected, "{name}");
    };
    check("one client", "a w x 1 0-1\n a r x 1 2-3", [true; 4]);
    // Registers in the manner of Herlihy and Wing 1990: concurrent writes may be ordered either way, but only one way.
    check("either way", "a w x 1 0-10\n b r x 1 5-15\n c w x 2 12-20\n b r x 2 21-25", [true; 4]);
    check(
        "H7",
        "a w x 0 0-10\n b w x 1 0-5\n b r x 1 11-15\n c w x 0 16-20\n b r x 1 21-25",
        [false, true, true, true],
    );
    // Attiya and Welch 1994: two that write, then read the other's key.
    check(
        "store buffer",
        "a w x 1 0-1\n b w y 1 0-1\n a r y 0 2-3\n b r x 0 2-3",
        [false, false, true, true],
    );
    check("overlapping", "a w x 1 0-9\n b w x 2 0-9\n c r x 2 1-2\n c r x 1 3-4", [true; 4]);
    // Kleppmann 2017, figure 9-4, without the compare-and-set: B's last read is too old.
    check(
        "figure 9-4",
        "d w x 1 0-20\n a w x 2 10-40\n a r x 2 45-50\n b r x 1 52-60",
        [false, true, true, true],
    );
    // Bouajjani et al. 2017, figure 3: three that are not causal memory, and one that is.
    check("fig 3a", "a w x 1 0-1\n b w x 2 0-1\n a r x 2 2-3\n b r x 1 2-3", [false, false, true, true]);
    check(
        "fig 3b",
        "a w z 1 0-1\n a w x 1 2-3\n a w y 1 4-5\n b w x 2 0-1\n b r z 0 2-3\n b r y 1 4-5\n b r x 2 6-7",
        [false, false, false, false],
    );
    check("fig 3c", "a w x 1 0-1\n b w x 2 0-1\n b r x 1 2-3\n b r x 2 4-5", [false; 4]);
    check(
        "fig 3e",
        "a w x 1 0-1\n a w y 1 2-3\n b r y 1 4-5\n b w x 2 6-7\n c r x 2 8-9\n c r x 1 10-11",
        [false, false, false, true],
    );
}

#[test]
fn a_call_without_an_answer_may_have_taken_effect_or_not() {
    let check = |text: &str, expected: [bool; 4]| assert_eq!(allowed(&history(text)), expected, "{text}");
    check("a w x 1 0-?\n b r x 0 5-6", [true; 4]);
    check("a w x 1 0-?\n b r x 1 5-6", [true; 4]);
    check("a w x 1 0-?\n b r x 0 5-6\n b r x 1 7-8", [true; 4]);
    check("a w x 1 0-?\n b r x 1 5-6\n b r x 0 7-8", [false; 4]);
    // It cannot take effect before it was called.
    check("b r x 1 0-1\n a w x 1 5-?", [false, true, true, true]);
    check("a r x 0 0-1\n b r x 1 2-3\n a w x 1 5-?", [false, true, true, true]);
    // A client that gave up waiting goes on: what it then does is not held back by what may still come.
    check("a w x 1 0-?\n a w x 2 5-6\n b r x 2 7-8\n b r x 1 9-10", [true; 4]);
    check("a r x 7 0-?", [true; 4]);
}

#[test]
fn classic_histories_are_allowed_by_whom_their_entry_says() {
    for classic in CLASSICS {
        let history = classic.history();
        assert_eq!(
            Model::ALL.map(|model| model.check(&history).holds()),
            classic.allowed,
            "{}",
            classic.name
        );
        allowed(&history);
    }
}

#[test]
fn what_refutes_is_said_in_words() {
    let check = |name: &str, model: Model, set: &[usize], expected: &str| {
        let history = CLASSICS.iter().find(|classic| classic.name == name).expect(name).history();
        let Verdict::Fails(refutation) = model.check(&history) else { panic!("{name}") };
        assert_eq!(refutation.say(&history, &[]), expected);
        assert_eq!(refutation.calls, set, "{name}");
    };
    let linear = Model::Linearizable;
    check("stale-read", linear, &[0, 2], "c3 read x=0 after c1's write of x=1 was done");
    check("new-old-inversion", linear, &[0, 2, 3], "c3 read x=0 after c2's read had returned x=1");
    check("split-view", Model::Sequential, &[0, 1, 2, 3, 4, 5], "c3 saw x=1, then x=2; c4 saw x=2, then x=1");
    check("write-order", Model::Causal, &[0, 1, 2, 3], "c2 read x=1 after it had itself read x=2");
    check(
        "causal-reply",
        Model::Causal,
        &[0, 1, 2, 3, 4],
        "c3 read x=0, but what it had seen came after x=1",
    );
    let views = "c1 wrote x=1, then saw x=2; c2 wrote x=2, then saw x=1";
    check("never-settles", Model::Sequential, &[0, 1, 4, 5], views);
    check("never-settles", Model::Eventual, &[4, 5], "c1 ends with x=2, c2 with x=1");
    let circle = "circle: c1 w x=1 < r y=0 < c2 w y=1 < r x=0 < c1 w x=1";
    check("store-buffer", Model::Sequential, &[0, 1, 2, 3], circle);
    let said = |text: &str, expected: &str| {
        let history = history(text);
        let Verdict::Fails(refutation) = linear.check(&history) else { panic!("{text}") };
        assert_eq!(refutation.say(&history, &["ann".into(), "bob".into()]), expected);
    };
    said("a w x 1 0-1\n b r x 7 2-3", "bob read x=7, which nobody wrote");
    said("b r x 1 0-1\n a w x 1 2-3", "bob read x=1 before ann called that write");
}

/// A small history by chance: clients that call one thing after the other, values that were mostly written by somebody.
fn drawn(rng: &mut Rng, (clients, most, keys): (u64, u64, u64), pending: bool) -> History {
    let mut calls: Vec<Call> = Vec::new();
    let mut free = [0_u64; 4];
    for number in 1..=most {
        let client = rng.below(clients);
        let start = free[client as usize] + 1 + rng.below(6);
        let end = start + 1 + rng.below(8);
        free[client as usize] = end;
        let write = rng.chance(0.5);
        let op = if write { Op::Write(number) } else { Op::Read };
        let end = (!(pending && rng.chance(0.15))).then_some(Nanos(end));
        let key = rng.below(keys) as u32;
        calls.push(Call { client: client as u32, key, op, start: Nanos(start), end, seen: None });
    }
    for id in 0..calls.len() {
        let of_key = |call: &&Call| call.key == calls[id].key;
        let values: Vec<u64> = calls.iter().filter(of_key).filter_map(value).chain([0]).collect();
        let seen = values[rng.below(values.len() as u64) as usize];
        let call = &mut calls[id];
        call.seen = (call.op == Op::Read && call.end.is_some()).then_some(seen);
    }
    History::from(calls)
}

/// Whether some order of all answered calls and some of the others explains all: by trying every one.
fn by_force(calls: &[Call], before: &[u64], order: &mut Vec<usize>) -> bool {
    let needed = |id: usize| calls[id].end.is_some();
    if (0..calls.len()).all(|id| !needed(id) || order.contains(&id)) && explains(calls, order, before) {
        return true;
    }
    for id in (0..calls.len()).filter(|&id| needed(id) || is_write(&calls[id])) {
        if !order.contains(&id) {
            order.push(id);
            if by_force(calls, before, order) {
                return true;
            }
            order.pop();
        }
    }
    false
}

#[test]
fn the_search_agrees_with_all_orders_tried_by_force() {
    let mut rng = Rng::stream(Seed(1), "histories");
    let mut seen = [0; 4];
    for case in 0..1_500 {
        let history = drawn(&mut rng, (3, 3 + case % 3, 1 + case % 2), case % 4 == 3);
        let calls = history.calls();
        let ours = allowed(&history);
        let linear = by_force(calls, &real_time(calls), &mut Vec::new());
        let sequential = by_force(calls, &program_order(calls), &mut Vec::new());
        assert_eq!(ours[..2], [linear, sequential], "{history:?}");
        seen[usize::from(linear) + usize::from(sequential)] += 1;
    }
    assert!(seen[..3].iter().all(|&count| count > 50), "each kind of history came: {seen:?}");
}

/// Causal memory by the patterns that it forbids (Bouajjani et al. 2017, theorem 4): all values differ, all calls are
/// answered.
fn has_bad_pattern(calls: &[Call]) -> bool {
    let reads = || (0..calls.len()).filter(|&id| !is_write(&calls[id]));
    let writes = |key: u32| (0..calls.len()).filter(move |&id| is_write(&calls[id]) && calls[id].key == key);
    let source =
        |read: usize| writes(calls[read].key).find(|&write| value(&calls[write]) == calls[read].seen);
    if reads().any(|read| calls[read].seen != Some(0) && source(read).is_none()) {
        return true;
    }
    let mut causes = program_order(calls);
    for read in reads() {
        causes[read] |= source(read).map_or(0, |write| 1 << write);
    }
    let causes = closed(causes);
    let comes = |before: &[u64], one: usize, other: usize| before[other] >> one & 1 == 1;
    if is_circular(&causes) {
        return true;
    }
    // What happened before, as each call sees it: within its causal past, completed by the reads of its own client.
    (0..calls.len()).any(|at| {
        let past = causes[at] | 1 << at;
        let mut happened: Vec<u64> =
            (0..calls.len()).map(|id| if past >> id & 1 == 1 { causes[id] & past } else { 0 }).collect();
        loop {
            let mut more = closed(happened.clone());
            for read in
                reads().filter(|&read| past >> read & 1 == 1 && calls[read].client == calls[at].client)
            {
                for write in writes(calls[read].key) {
                    if Some(write) != source(read) && comes(&more, write, read) {
                        match source(read) {
                            None => return true,
                            Some(saw) => more[saw] |= 1 << write,
                        }
                    }
                }
            }
            if more == happened {
                return is_circular(&happened);
            }
            happened = more;
        }
    })
}

#[test]
fn causal_orders_exist_exactly_where_no_pattern_forbids_them() {
    let mut rng = Rng::stream(Seed(2), "histories");
    let mut forbidden = 0;
    for case in 0..3_000 {
        let history = drawn(&mut rng, (2 + case % 2, 4 + case % 5, 1 + case % 3), false);
        let ours = Model::Causal.check(&history);
        verify(&history, Model::Causal, &ours);
        let bad = has_bad_pattern(history.calls());
        assert_eq!(ours.holds(), !bad, "{history:?}");
        forbidden += u32::from(bad);
    }
    assert!((500..2_500).contains(&forbidden), "{forbidden}");
}

#[test]
fn what_is_stronger_allows_less() {
    let mut rng = Rng::stream(Seed(3), "histories");
    let mut only = [0; 5];
    for case in 0..3_000 {
        let history = drawn(&mut rng, (3, 6 + case % 5, 1 + case % 2), case % 2 == 1);
        let holds = Model::ALL.map(|model| model.check(&history).holds());
        assert!(holds[..4].is_sorted(), "{holds:?} of {history:?}");
        assert!(!holds[0] || holds[4], "linearizable and not settled: {history:?}");
        only[holds[..4].iter().filter(|&&holds| holds).count()] += 1;
    }
    assert!(only.iter().all(|&count| count > 20), "each step came: {only:?}");
}

#[test]
fn settled_says_nothing_of_a_key_that_is_not_quiet() {
    let text = "a w x 1 0-10\n b r x 0 20-21\n c r x 1 22-23\n b r x 1 40-41";
    let check = |text: &str, settle: u64, expected: bool| {
        assert_eq!(settled(&history(text), Nanos(settle)).holds(), expected, "{text} after {settle}");
    };
    check(text, 0, true);
    check("a w x 1 0-10\n b r x 0 20-21\n c r x 1 22-23", 0, false);
    check("a w x 1 0-10\n b r x 0 20-21\n c r x 1 22-23", 10, true);
    check("a w x 1 0-?\n b r x 0 20-21\n c r x 1 22-23", 0, true);
    check("a w x 1 0-10\n b r x 9 20-21", 50, false);
}

#[test]
fn the_work_is_bounded_and_said_to_be() {
    let write = |id: u64| Call {
        client: id as u32,
        key: 0,
        op: Op::Write(id + 1),
        start: Nanos(0),
        end: Some(Nanos(100)),
        seen: None,
    };
    let read = |client: u32, seen: u64, at: u64| Call {
        client,
        key: 0,
        op: Op::Read,
        start: Nanos(at),
        end: Some(Nanos(at + 1)),
        seen: Some(seen),
    };
    assert_eq!(
        Model::Sequential.check(&History::from((0..65).map(write).collect::<Vec<_>>())),
        Verdict::TooLong
    );
    // Thirty concurrent writes and a read that nothing explains: every subset of them is a state.
    let mut calls: Vec<Call> = (0..30).map(write).collect();
    calls.extend([read(40, 1, 200), read(40, 2, 300), read(40, 1, 400)]);
    assert_eq!(Model::Linearizable.check(&History::from(calls.clone())), Verdict::TooLong);
    calls.truncate(30);
    calls.push(read(40, 7, 200));
    assert!(Model::Linearizable.check(&History::from(calls)).holds());
}
