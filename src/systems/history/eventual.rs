//! Eventual consistency: when nobody writes any more, all replicas become equal (Terry et al. 1995; Vogels 2009).
//!
//! That speaks of a future that no finite history shows: "they are still different" refutes nothing, they may be
//! equal tomorrow. So what is checked has a time in it, and says so.

use super::relation::{clients, is_write, keys, members, set_of, telling, value};
use super::{Call, CallId, History, Model, Order, Reason, Refutation, Verdict};
use crate::sim::Nanos;

/// Whether what was read settled within `settle` after the last write. Checked is exactly this:
///
/// * No read saw a value that nobody wrote to its key before the read ended.
/// * For each key all of whose writes were answered: of the reads that began more than `settle` after the last of them had
///   ended, the last one of each client. They agree.
///
/// A key with a write that was not answered is never quiet, and where fewer than two clients read in the quiet nothing
/// can be refuted. A linearizable history is settled with any `settle`, a sequential one need not be: in it a client may
/// live in the past. The evidence is the reads that agree.
#[must_use]
pub fn settled(history: &History, settle: Nanos) -> Verdict {
    let calls = history.calls();
    if calls.len() > super::MOST_CALLS {
        return Verdict::TooLong;
    }
    let reads: Vec<CallId> = members(telling(calls)).filter(|&id| !is_write(&calls[id])).collect();
    if let Some(&read) = reads.iter().find(|&&read| !written(calls, read)) {
        let refutation =
            Refutation { model: Model::Eventual, calls: vec![read], reason: Reason::ThinAir { read } };
        return Verdict::Fails(refutation);
    }
    let mut agreed = Vec::new();
    for key in keys(calls) {
        let last = last_words(calls, key, settle);
        if let Some(pair) = last.windows(2).find(|pair| calls[pair[0]].seen != calls[pair[1]].seen) {
            let reason = Reason::Apart { one: pair[0], other: pair[1] };
            return Verdict::Fails(Refutation { model: Model::Eventual, calls: pair.to_vec(), reason });
        }
        agreed.extend(last);
    }
    Verdict::Holds(vec![Order { client: None, calls: agreed }])
}

/// Whether somebody began to write what was read before the read ended, or it is what the key held at first.
fn written(calls: &[Call], read: CallId) -> bool {
    let of = &calls[read];
    let wrote = |call: &Call| {
        is_write(call)
            && call.key == of.key
            && value(call) == of.seen
            && of.end.is_none_or(|end| call.start <= end)
    };
    of.seen == Some(0) || calls.iter().any(wrote)
}

/// The last read of each client that began in the quiet of a key.
fn last_words(calls: &[Call], key: u32, settle: Nanos) -> Vec<CallId> {
    let writes = set_of(calls, |call| is_write(call) && call.key == key);
    let Some(quiet) = members(writes).try_fold(None, |quiet: Option<Nanos>, id| {
        calls[id].end.map(|end| Some(quiet.map_or(end, |quiet| quiet.max(end))))
    }) else {
        return Vec::new();
    };
    let late = |call: &Call| quiet.is_none_or(|quiet| call.start > quiet + settle);
    let reads = telling(calls) & set_of(calls, |call| !is_write(call) && call.key == key && late(call));
    let of = |client: u32| members(reads).filter(move |&id| calls[id].client == client);
    clients(calls)
        .into_iter()
        .filter_map(|client| of(client).max_by_key(|&id| (calls[id].start, id)))
        .collect()
}
