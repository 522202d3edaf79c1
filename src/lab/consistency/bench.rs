//! A history on the bench: the learner moves its calls about, and the verdicts follow.
//!
//! Whatever is done, a client makes one call after the other, and the whole lies within the axis: a move that would break
//! that goes as far as it can.

use crate::lab::verdicts::Verdicts;
use crate::sim::Nanos;
use crate::systems::history::{Call, History, Op, Verdict};

/// One push of a call.
const PUSH: Nanos = Nanos::from_millis(50);
/// Between two calls of a client there is at least so much time, and so long is a call.
const LEAST: Nanos = Nanos::from_millis(5);
/// No more calls than can be read.
const MOST: usize = 16;

/// A history that is being edited.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    /// The calls with their numbers, which stay with them.
    calls: Vec<(u64, Call)>,
    /// The same at the start.
    original: Vec<(u64, Call)>,
    /// The ends of the axis.
    pub(super) axis: (Nanos, Nanos),
    /// How often a call was moved or stretched, and how often something else was done.
    pub(super) moved: u32,
    pub(super) changed: u32,
    next: u64,
    before: [bool; 4],
}

impl Bench {
    /// Puts a history on the bench. `ids` are the numbers of its calls.
    pub(super) fn new(history: &History, ids: &[u64], axis: (Nanos, Nanos)) -> Bench {
        let calls: Vec<(u64, Call)> = ids.iter().copied().zip(history.calls().iter().copied()).collect();
        let next = ids.iter().max().map_or(super::FIRST_CALL, |id| id + 1);
        let before = Verdicts::of(history).all.each_ref().map(Verdict::holds);
        Bench { original: calls.clone(), calls, axis, moved: 0, changed: 0, next, before }
    }

    pub(super) fn history(&self) -> History {
        History::from(self.calls.iter().map(|(_, call)| *call).collect::<Vec<_>>())
    }

    pub(super) fn ids(&self) -> Vec<u64> {
        self.calls.iter().map(|(id, _)| *id).collect()
    }

    /// What the models that are shown said of it before it was edited.
    pub(super) fn before(&self) -> [bool; 4] {
        self.before
    }

    /// Does one act to a call. Whether there was something to do.
    pub(super) fn edit(&mut self, act: &str, id: u64) -> bool {
        let Some(place) = self.calls.iter().position(|(own, _)| *own == id) else { return false };
        let (from, to) = self.room(place);
        let before = self.calls[place].1;
        let call = &mut self.calls[place].1;
        let length = call.end.map(|end| end.since(call.start));
        match act {
            "later" => {
                let latest = to.since(Nanos(length.unwrap_or(LEAST).0));
                call.start = (call.start + PUSH).min(latest.max(call.start));
                call.end = length.map(|length| call.start + length);
            }
            "earlier" => {
                call.start = Nanos(call.start.0.saturating_sub(PUSH.0)).max(from).min(call.start);
                call.end = length.map(|length| call.start + length);
            }
            "longer" => call.end = call.end.map(|end| (end + PUSH).min(to.max(end))),
            "shorter" => {
                call.end =
                    call.end.map(|end| Nanos(end.0.saturating_sub(PUSH.0)).max(call.start + LEAST).min(end));
            }
            "value" => self.next_value(place),
            "key" => call.key = 1 - call.key.min(1),
            "remove" => {
                self.calls.remove(place);
                self.changed += 1;
                return true;
            }
            _ => return false,
        }
        let different = self.calls[place].1 != before;
        if matches!(act, "value" | "key") {
            self.changed += u32::from(different);
        } else {
            self.moved += u32::from(different);
        }
        different
    }

    /// The client makes one call more, where there is room on the axis.
    pub(super) fn add(&mut self, client: u32, write: bool) -> bool {
        let ends = self.calls.iter().filter(|(_, call)| call.client == client).map(|(_, call)| call.end);
        let last = ends.map(|end| end.unwrap_or(Nanos::MAX)).max();
        let start = last.map_or(self.axis.0, |last| last + PUSH);
        let end = start + PUSH * 2;
        if end > self.axis.1 || self.calls.len() >= MOST {
            return false;
        }
        let unused = (1..).find(|value| !self.written(0).contains(value)).unwrap_or(1);
        let op = if write { Op::Write(unused) } else { Op::Read };
        let seen = (!write).then_some(0);
        self.calls.push((self.next, Call { client, key: 0, op, start, end: Some(end), seen }));
        self.next += 1;
        self.changed += 1;
        true
    }

    /// As it was at the start.
    pub(super) fn restore(&mut self) {
        self.calls = self.original.clone();
        (self.moved, self.changed) = (0, 0);
    }

    /// Between which moments a call can lie.
    fn room(&self, place: usize) -> (Nanos, Nanos) {
        let call = self.calls[place].1;
        let others =
            self.calls.iter().filter(|(id, other)| other.client == call.client && *id != self.calls[place].0);
        let (mut from, mut to) = self.axis;
        for (_, other) in others {
            if other.start < call.start {
                from = from.max(other.end.unwrap_or(other.start) + LEAST);
            } else {
                to = to.min(Nanos(other.start.0.saturating_sub(LEAST.0)));
            }
        }
        (from, to)
    }

    /// The values that were written to a key, in order.
    fn written(&self, key: u32) -> Vec<u64> {
        let of_key = |(_, call): &(u64, Call)| match call.op {
            Op::Write(value) if call.key == key => Some(value),
            _ => None,
        };
        let mut values: Vec<u64> = self.calls.iter().filter_map(of_key).collect();
        values.sort_unstable();
        values
    }

    /// A read sees the next of the values that were written, after the last one 0; a write takes the next that nobody writes.
    fn next_value(&mut self, place: usize) {
        let call = self.calls[place].1;
        let written = self.written(call.key);
        let call = &mut self.calls[place].1;
        match (call.op, call.seen) {
            (Op::Write(value), _) => {
                let free = (value + 1..=9).chain(1..=value).find(|value| !written.contains(value));
                call.op = Op::Write(free.unwrap_or(value));
            }
            (Op::Read, Some(seen)) => {
                call.seen = Some(written.into_iter().find(|&value| value > seen).unwrap_or(0));
            }
            (Op::Read, None) => {}
        }
    }
}
