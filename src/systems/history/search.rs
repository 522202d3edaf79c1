//! The search for an order: is there one of these calls in which every read sees the write before it?
//!
//! By Wing and Gong (1993): take a call that nothing has to come before, apply it to the registers, go on with the rest,
//! and come back where that leads nowhere. By Lowe (2017), as in Horn and Kroening's checker: remember (calls taken, contents of
//! the registers); from the same two the same follows, so no such state is entered twice. That makes it fast: where clients
//! call one thing at a time there are few sets of calls that can have been taken.
//!
//! Registers allow more. A read that can be taken now and sees what is there is taken at once without ever coming back: it
//! changes nothing, so whatever order exists also exists with that read first. So only writes branch.
//! A write without an answer is taken only where somebody still waits to read its value.

use std::collections::BTreeSet;

use super::relation::{Before, Set, is_write, keys, members, value};
use super::{Call, CallId};

/// How many states all searches of one question may enter.
pub(super) const STATES: u32 = 50_000;

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// This order explains every read.
    Order(Vec<CallId>),
    /// There is none.
    Nothing,
    /// It took too many states.
    TooLong,
}

/// Searches an order of the calls of `part`, which has no reads that saw nothing. `left` is how many more states may be entered.
pub(super) fn order(calls: &[Call], part: Set, before: &Before, left: &mut u32) -> Found {
    let mut search = Search::new(calls, part, before, left);
    match search.go(0, 0) {
        Some(true) => Found::Order(search.taken),
        Some(false) => Found::Nothing,
        None => Found::TooLong,
    }
}

/// What the search needs to know of a call.
#[derive(Clone, Copy)]
struct Step {
    id: CallId,
    /// The calls of the part that come before it.
    before: Set,
    /// Where the value of its key stands in the contents.
    shift: u32,
    /// Its value, as a place among the values.
    value: u128,
}

struct Search<'h> {
    /// Writes and whether they must be in the order, by when they end: most stores are sane, so the first way tried is
    /// mostly the right one.
    writes: Vec<(Step, bool)>,
    reads: Vec<Step>,
    /// The calls that must be in the order.
    must: Set,
    seen: BTreeSet<(Set, u128)>,
    taken: Vec<CallId>,
    left: &'h mut u32,
}

impl<'h> Search<'h> {
    fn new(calls: &[Call], part: Set, before: &Before, left: &'h mut u32) -> Search<'h> {
        let keys = keys(calls);
        let mut values: Vec<u64> = members(part).filter_map(|id| value(&calls[id])).chain([0]).collect();
        values.sort_unstable();
        values.dedup();
        // 64 calls have at most 65 values, and 16 keys at 8 bits fill the word. The value 0 has place 0.
        let place = |of: u64| values.binary_search(&of).unwrap_or(0) as u128;
        let step = |id: usize| Step {
            id,
            before: before[id] & part,
            shift: 8 * keys.binary_search(&calls[id].key).unwrap_or(0) as u32,
            value: value(&calls[id]).map_or(0, place),
        };
        let answered = members(part).filter(|&id| calls[id].end.is_some()).fold(0, |set, id| set | 1 << id);
        // What an answered call depends on has happened too.
        let must = members(answered).fold(answered, |set, id| set | before[id] & part);
        let mut writes: Vec<usize> = members(part).filter(|&id| is_write(&calls[id])).collect();
        writes.sort_by_key(|&id| (calls[id].end.is_none(), calls[id].end, id));
        Search {
            writes: writes.into_iter().map(|id| (step(id), must >> id & 1 == 1)).collect(),
            reads: members(part).filter(|&id| !is_write(&calls[id])).map(step).collect(),
            must,
            seen: BTreeSet::new(),
            taken: Vec::new(),
            left,
        }
    }

    /// Whether what is not yet in `placed` can follow; nothing where it takes too long. The order is then in `taken`.
    fn go(&mut self, mut placed: Set, contents: u128) -> Option<bool> {
        let from = self.taken.len();
        while let Some(read) = self.readable(placed, contents) {
            placed |= 1 << read;
            self.taken.push(read);
        }
        if self.must & !placed == 0 {
            return Some(true);
        }
        if self.seen.insert((placed, contents)) {
            *self.left = self.left.checked_sub(1)?;
            // What nobody waits to read first: it is best overwritten.
            let count = self.writes.len();
            for (place, awaited) in (0..2 * count).map(|turn| (turn % count, turn >= count)) {
                let (write, must) = self.writes[place];
                let free = placed >> write.id & 1 == 0 && write.before & !placed == 0;
                if free && self.wanted(placed, write) == awaited && (must || awaited) {
                    self.taken.push(write.id);
                    let after = contents & !(0xff << write.shift) | write.value << write.shift;
                    if self.go(placed | 1 << write.id, after)? {
                        return Some(true);
                    }
                    self.taken.pop();
                }
            }
        }
        self.taken.truncate(from);
        Some(false)
    }

    /// A read that can be taken now and sees what is there.
    fn readable(&self, placed: Set, contents: u128) -> Option<CallId> {
        let fits = |read: &&Step| {
            placed >> read.id & 1 == 0
                && read.before & !placed == 0
                && contents >> read.shift & 0xff == read.value
        };
        self.reads.iter().find(fits).map(|read| read.id)
    }

    /// Whether somebody still has to read this value.
    fn wanted(&self, placed: Set, write: Step) -> bool {
        self.reads
            .iter()
            .any(|read| placed >> read.id & 1 == 0 && read.shift == write.shift && read.value == write.value)
    }
}
