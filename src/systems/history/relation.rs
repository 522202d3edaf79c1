//! What comes before what: sets of calls as bits, and the relations between calls that the models differ by.
//!
//! A relation is a list of sets: for each call those that come before it. A history has at most 64 calls, so a set
//! is one word.
//!
//! A call that was not answered comes before nothing: its effect may come at any later time, so neither the clock nor its
//! own client's next call bounds it. It comes after what its client had been told before.

use super::{Call, Op};

/// Some of the calls: bit `i` is call `i`.
pub(super) type Set = u64;

/// For each call the calls before it.
pub(super) type Before = Vec<Set>;

/// The calls of a set.
pub(super) fn members(set: Set) -> impl Iterator<Item = usize> {
    let mut rest = set;
    std::iter::from_fn(move || {
        let next = rest.trailing_zeros() as usize;
        (rest != 0).then(|| {
            rest &= rest - 1;
            next
        })
    })
}

/// The set of the calls for which `of` holds.
pub(super) fn set_of(calls: &[Call], of: impl Fn(&Call) -> bool) -> Set {
    calls.iter().enumerate().fold(0, |set, (id, call)| set | u64::from(of(call)) << id)
}

/// The calls that tell something or may have changed something: all but reads that saw nothing.
pub(super) fn telling(calls: &[Call]) -> Set {
    set_of(calls, |call| is_write(call) || (call.end.is_some() && call.seen.is_some()))
}

/// All writes.
pub(super) fn writes(calls: &[Call]) -> Set {
    set_of(calls, is_write)
}

pub(super) fn is_write(call: &Call) -> bool {
    matches!(call.op, Op::Write(_))
}

/// The value that a call wrote or saw.
pub(super) fn value(call: &Call) -> Option<u64> {
    match call.op {
        Op::Write(value) => Some(value),
        Op::Read => call.seen,
    }
}

/// The keys in order, each once.
pub(super) fn keys(calls: &[Call]) -> Vec<u32> {
    let mut keys: Vec<u32> = calls.iter().map(|call| call.key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The clients in order, each once.
pub(super) fn clients(calls: &[Call]) -> Vec<u32> {
    let mut clients: Vec<u32> = calls.iter().map(|call| call.client).collect();
    clients.sort_unstable();
    clients.dedup();
    clients
}

/// A relation by what it says of each pair.
pub(super) fn relation(calls: &[Call], precedes: impl Fn(usize, usize) -> bool) -> Before {
    (0..calls.len())
        .map(|later| (0..calls.len()).fold(0, |set, id| set | u64::from(precedes(id, later)) << id))
        .collect()
}

/// Each client's calls one after the other.
pub(super) fn program_order(calls: &[Call]) -> Before {
    relation(calls, |one, other| in_program_order(calls, one, other))
}

fn in_program_order(calls: &[Call], one: usize, other: usize) -> bool {
    let (a, b) = (&calls[one], &calls[other]);
    a.client == b.client && a.end.is_some() && (a.start, one) < (b.start, other)
}

/// What ended before another began, and each client's calls one after the other. Calls that meet at the same nanosecond count
/// as concurrent.
pub(super) fn real_time(calls: &[Call]) -> Before {
    relation(calls, |one, other| {
        in_program_order(calls, one, other) || calls[one].end.is_some_and(|end| end < calls[other].start)
    })
}

/// The smallest relation that holds of a chain whenever it holds of each link.
pub(super) fn closed(mut before: Before) -> Before {
    for via in 0..before.len() {
        let past = before[via];
        for set in &mut before {
            if *set >> via & 1 == 1 {
                *set |= past;
            }
        }
    }
    before
}

/// Whether some call comes before itself.
pub(super) fn is_circular(closed: &Before) -> bool {
    closed.iter().enumerate().any(|(id, set)| set >> id & 1 == 1)
}

/// The writes that a read may have seen: those of its key and value. The value 0 may also be that of a key that was not
/// written (`None`).
pub(super) fn sources(calls: &[Call], part: Set, read: usize) -> Vec<Option<usize>> {
    let seen = calls[read].seen;
    let wrote =
        |&id: &usize| is_write(&calls[id]) && calls[id].key == calls[read].key && value(&calls[id]) == seen;
    let first = (seen == Some(0)).then_some(None);
    first.into_iter().chain(members(part).filter(wrote).map(Some)).collect()
}
