//! What the demo holds the checkers against, and how they are broken on purpose.
//!
//! The independent judge knows no memory and no cleverness: it lets one client after the other make its next call, in every
//! way, and looks whether some way explains the reads. It shares nothing with the checkers but the calls themselves.

use crate::lab::verdicts::Verdicts;
use crate::sim::Nanos;
use crate::systems::history::{Call, CallId, History, Model, Op, Verdict};

/// How many calls are tried at most; then there is no judgement.
const STEPS: u32 = 60_000;

/// Flaws that people write into checkers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    None,
    /// Linearizability without the clock: only each client's own order counts.
    NoClock,
    /// A write without an answer is taken for one that never happened.
    NeverHappened,
}

/// The verdicts of the checkers, with a flaw.
pub(super) fn judge(history: &History, flaw: Flaw) -> Verdicts {
    match flaw {
        Flaw::None => Verdicts::of(history),
        Flaw::NoClock => {
            let mut verdicts = Verdicts::of(history);
            verdicts.all[0] = verdicts.all[1].clone();
            verdicts
        }
        Flaw::NeverHappened => {
            let calls = history.calls();
            let kept: Vec<CallId> = (0..calls.len()).filter(|&id| calls[id].end.is_some()).collect();
            let mut verdicts =
                Verdicts::of(&History::from(kept.iter().map(|&id| calls[id]).collect::<Vec<_>>()));
            for verdict in &mut verdicts.all {
                match verdict {
                    Verdict::Holds(orders) => {
                        orders.iter_mut().flat_map(|order| &mut order.calls).for_each(|id| *id = kept[*id]);
                    }
                    Verdict::Fails(refutation) => refutation.renumber(&kept),
                    Verdict::TooLong => {}
                }
            }
            verdicts
        }
    }
}

/// Whether the first two models allow a history, by trying; nothing where that takes too long.
pub(super) fn by_trying(history: &History, model: Model) -> Option<bool> {
    let calls = history.calls();
    let mut left = STEPS;
    let keys = calls.iter().map(|call| call.key as usize + 1).max().unwrap_or(0);
    try_from(calls, model == Model::Linearizable, 0, &mut vec![0; keys], &mut left)
}

fn try_from(calls: &[Call], clock: bool, done: u64, contents: &mut Vec<u64>, left: &mut u32) -> Option<bool> {
    *left = left.checked_sub(1)?;
    let open = |id: &CallId| done >> id & 1 == 0;
    let answered = |id: &CallId| calls[*id].end.is_some();
    let mut undone = (0..calls.len()).filter(open).filter(answered);
    let Some(some) = undone.next() else { return Some(true) };
    // The earliest answer that is still to come: by the clock nothing that began after it can be next.
    let first_end = undone.chain([some]).filter_map(|id| calls[id].end).min().unwrap_or(Nanos::MAX);
    for id in (0..calls.len()).filter(open) {
        let call = &calls[id];
        let earlier = |&other: &CallId| {
            calls[other].client == call.client && (calls[other].start, other) < (call.start, id)
        };
        let waits = (0..calls.len()).filter(open).filter(answered).any(|other| earlier(&other));
        if waits || (clock && call.start > first_end) || call.key as usize >= contents.len() {
            continue;
        }
        let held = contents[call.key as usize];
        match (call.op, call.seen) {
            (Op::Write(value), _) => contents[call.key as usize] = value,
            (Op::Read, Some(seen)) if answered(&id) && seen == held => {}
            _ => continue,
        }
        let found = try_from(calls, clock, done | 1 << id, contents, left)?;
        contents[call.key as usize] = held;
        if found {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether an order that is given as a proof explains every read of it.
pub(super) fn explains(calls: &[Call], order: &[CallId]) -> bool {
    let mut contents: Vec<(u32, u64)> = Vec::new();
    order.iter().all(|&id| {
        let Some(call) = calls.get(id) else { return false };
        let at = contents.iter().position(|(key, _)| *key == call.key);
        match call.op {
            Op::Write(value) => {
                match at {
                    Some(at) => contents[at].1 = value,
                    None => contents.push((call.key, value)),
                }
                true
            }
            Op::Read => call.seen.is_none_or(|seen| seen == at.map_or(0, |at| contents[at].1)),
        }
    })
}
