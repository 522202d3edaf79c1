//! What clients did and were told, and what they could know: from this everything is counted.

use std::collections::{BTreeMap, VecDeque};

use super::knobs::{KEYS, Knobs};
use super::theory;
use crate::lab::measure::Histogram;
use crate::lab::replicas::{Leg, Replicas};
use crate::sim::Nanos;
use crate::systems::history::{History, Op};
use crate::systems::replica::{Answer, NodeId, OpId, Stamp, Value};

/// How many calls of the first key are kept, and of how many a history is made at most.
const CALLS: usize = 12;
/// Into how many ages reads are sorted.
pub(super) const AGES: usize = 12;

/// An operation under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) key: usize,
    pub(super) at: NodeId,
    pub(super) start: Nanos,
    pub(super) writes: Option<Value>,
    /// Under which settings it began.
    pub(super) era: u64,
    /// The newest stamp of the key that was acknowledged before it began.
    pub(super) acked_before: Option<Stamp>,
    /// The newest stamp of the key that a read which ended before it began had seen.
    pub(super) read_before: Option<Stamp>,
    /// When the newest acknowledged write of the key was acknowledged.
    acked_at: Nanos,
    /// The line that it has in a history.
    line: u32,
}

/// A call of the first key, for a history.
#[derive(Clone, Copy, Debug)]
struct Call {
    op: OpId,
    line: u32,
    start: Nanos,
    writes: Option<Value>,
    end: Option<Nanos>,
    /// What was read.
    seen: Option<Value>,
}

/// The last operation that something can be seen of.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) op: OpId,
    pub(super) operation: Operation,
    pub(super) how: How,
    pub(super) end: Nanos,
    pub(super) legs: Vec<Leg>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Written,
    Read(Value),
    Stale(Value),
    /// It saw less than an earlier read.
    Inverted(Value),
    Refused,
    Unknown,
}

/// The books.
#[derive(Clone, Debug)]
pub(super) struct Books {
    /// How often the settings were changed.
    pub(super) era: u64,
    ops: BTreeMap<OpId, Operation>,
    /// The newest stamp that was acknowledged, of each key, and when that was.
    acked: [(Option<Stamp>, Nanos); KEYS],
    /// The newest stamp that was read, of each key.
    read: [Option<Stamp>; KEYS],
    /// The last value that was written, of each key.
    values: [Value; KEYS],
    pub(super) reads: u64,
    pub(super) stale: u64,
    pub(super) inversions: u64,
    pub(super) reads_failed: u64,
    pub(super) writes: u64,
    pub(super) writes_failed: u64,
    pub(super) lost: u64,
    /// Writes acknowledged during trouble, and not.
    pub(super) writes_in_trouble: (u64, u64),
    pub(super) read_times: Histogram,
    pub(super) write_times: Histogram,
    /// Reads by the age of the newest acknowledged write, and the stale ones among them.
    pub(super) ages: [(u64, u64); AGES],
    age_width: Nanos,
    calls: VecDeque<Call>,
    pub(super) last: Option<Told>,
    /// The last one that ended as it should not.
    pub(super) odd: Option<Told>,
    /// Told, and their coordinators may wait for more.
    finished: Vec<(OpId, NodeId)>,
}

impl Books {
    pub(super) fn new(knobs: &Knobs) -> Books {
        Books {
            era: 0,
            ops: BTreeMap::new(),
            acked: [(None, Nanos::ZERO); KEYS],
            read: [None; KEYS],
            values: [0; KEYS],
            reads: 0,
            stale: 0,
            inversions: 0,
            reads_failed: 0,
            writes: 0,
            writes_failed: 0,
            lost: 0,
            writes_in_trouble: (0, 0),
            read_times: Histogram::default(),
            write_times: Histogram::default(),
            ages: [(0, 0); AGES],
            age_width: Nanos(theory::span(knobs).0 / AGES as u64 + 1),
            calls: VecDeque::new(),
            last: None,
            odd: None,
            finished: Vec::new(),
        }
    }

    /// Other settings: what is measured is measured anew. Operations go on; values and calls are remembered.
    pub(super) fn begin_era(&mut self, knobs: &Knobs) {
        let fresh = Books::new(knobs);
        let before = std::mem::replace(self, fresh);
        self.era = before.era + 1;
        self.ops = before.ops;
        self.values = before.values;
        self.calls = before.calls;
        self.finished = before.finished;
    }

    /// A client calls. Returns what it writes, where it does: values of a key count up.
    pub(super) fn begin(
        &mut self,
        now: Nanos,
        op: OpId,
        (key, at): (usize, NodeId),
        writes: bool,
    ) -> Option<Value> {
        let value = writes.then(|| {
            self.values[key] += 1;
            self.values[key]
        });
        let busy = |line: u32| self.ops.values().any(|other| other.key == key && other.line == line);
        let line = (0..).find(|line| !busy(*line)).unwrap_or(0);
        let operation = Operation {
            key,
            at,
            start: now,
            writes: value,
            era: self.era,
            acked_before: self.acked[key].0,
            read_before: self.read[key],
            acked_at: self.acked[key].1,
            line,
        };
        self.ops.insert(op, operation);
        if key == 0 {
            if self.calls.len() == 2 * CALLS {
                self.calls.pop_front();
            }
            self.calls.push_back(Call { op, line, start: now, writes: value, end: None, seen: None });
        }
        value
    }

    /// An operation that is under way.
    pub(super) fn operation(&self, op: OpId) -> Option<Operation> {
        self.ops.get(&op).copied()
    }

    /// The newest stamp of a key that was acknowledged under these settings.
    pub(super) fn newest_acked(&self, key: usize) -> Option<Stamp> {
        self.acked[key].0
    }

    /// The share of stale reads.
    pub(super) fn stale_share(&self) -> f64 {
        self.stale as f64 / self.reads as f64
    }

    /// A client is told.
    pub(super) fn end(&mut self, now: Nanos, op: OpId, (answer, trouble): (&Answer, bool), legs: Vec<Leg>) {
        let Some(operation) = self.ops.remove(&op) else { return };
        self.finished.push((op, operation.at));
        let how = match answer {
            Answer::Read(cell) => {
                let newest = cell.newest();
                self.read_ends(
                    now,
                    &operation,
                    newest.map(|version| version.stamp),
                    newest.map_or(0, |v| v.value),
                )
            }
            Answer::Written(stamp) => {
                self.write_ends(now, &operation, *stamp, trouble);
                How::Written
            }
            Answer::Refused | Answer::Unknown => {
                // One that began under other settings says nothing of these.
                if operation.era == self.era {
                    let failed = if operation.writes.is_some() {
                        &mut self.writes_failed
                    } else {
                        &mut self.reads_failed
                    };
                    *failed += 1;
                    self.writes_in_trouble.1 += u64::from(trouble && operation.writes.is_some());
                }
                if *answer == Answer::Refused { How::Refused } else { How::Unknown }
            }
        };
        if let Some(call) = self.calls.iter_mut().find(|call| call.op == op) {
            call.end = matches!(answer, Answer::Read(_) | Answer::Written(_)).then_some(now);
            call.seen = match how {
                How::Read(value) | How::Stale(value) | How::Inverted(value) => Some(value),
                _ => None,
            };
        }
        let told = Told { op, operation, how, end: now, legs };
        if !matches!(how, How::Written | How::Read(_)) {
            self.odd = Some(told.clone());
        }
        self.last = Some(told);
    }

    fn read_ends(&mut self, now: Nanos, operation: &Operation, seen: Option<Stamp>, value: Value) -> How {
        let (stale, inverted) = (seen < operation.acked_before, seen < operation.read_before);
        let how = match (stale, inverted) {
            (true, _) => How::Stale(value),
            (_, true) => How::Inverted(value),
            _ => How::Read(value),
        };
        if operation.era != self.era {
            return how;
        }
        let newest = &mut self.read[operation.key];
        *newest = seen.max(*newest);
        self.reads += 1;
        self.read_times.record(now.since(operation.start));
        self.stale += u64::from(stale);
        self.inversions += u64::from(inverted);
        if operation.acked_before.is_some() {
            let age = operation.start.since(operation.acked_at).0 / self.age_width.0;
            if let Some(counts) = self.ages.get_mut(age as usize) {
                counts.0 += 1;
                counts.1 += u64::from(stale);
            }
        }
        how
    }

    fn write_ends(&mut self, now: Nanos, operation: &Operation, stamp: Stamp, trouble: bool) {
        // What was promised of it was promised by other rules.
        if operation.era != self.era {
            return;
        }
        let newest = &mut self.acked[operation.key];
        if newest.0 < Some(stamp) {
            *newest = (Some(stamp), now);
        }
        self.writes += 1;
        self.lost += u64::from(Some(stamp) < operation.acked_before);
        self.write_times.record(now.since(operation.start));
        self.writes_in_trouble.0 += u64::from(trouble);
    }

    /// Where nobody waits for an operation any more its messages are forgotten.
    pub(super) fn drop_finished(&mut self, replicas: &mut Replicas) {
        self.finished.retain(|(op, at)| {
            let waits = replicas.nodes.get(*at).is_some_and(|node| node.waits_for(*op));
            if !waits {
                replicas.forget(*op);
            }
            waits
        });
    }

    /// The middle of an age's bin and its stale share in percent, of those with enough reads to tell.
    pub(super) fn missed_by_age(&self) -> Vec<(f64, f64)> {
        let width = self.age_width.as_millis_f64();
        let told = self.ages.iter().enumerate().filter(|(_, (reads, _))| *reads >= 5);
        told.map(|(bin, (reads, stale))| ((bin as f64 + 0.5) * width, *stale as f64 / *reads as f64 * 100.0))
            .collect()
    }

    /// The last calls of the first key, at most a dozen, from a moment on when none was under way. What was read and not
    /// written within it was written before.
    pub(super) fn history(&self) -> History {
        let calls: Vec<&Call> = self.calls.iter().collect();
        let quiet = |from: usize| {
            let start = calls[from].start;
            calls[..from].iter().all(|call| call.end.is_some_and(|end| end < start))
        };
        let least = calls.len().saturating_sub(CALLS);
        let from = (least..calls.len()).find(|from| quiet(*from)).unwrap_or(least);
        let shown = &calls[from..];
        let mut history = History::new();
        let Some(first) = shown.first() else { return history };
        let written = |value: Value| shown.iter().any(|call| call.writes == Some(value));
        let mut before: Vec<Value> = shown
            .iter()
            .filter_map(|call| call.seen)
            .filter(|value| *value > 0 && !written(*value))
            .collect();
        before.sort_unstable();
        before.dedup();
        for (place, value) in (0..).zip(&before) {
            // One after the other, a moment before the first call.
            let at = first.start - Nanos::from_micros(10 * (before.len() as u64 - place));
            let call = history.call(0, 0, Op::Write(*value), at);
            history.wrote(call, at + Nanos::from_micros(5));
        }
        for call in shown {
            let op = call.writes.map_or(Op::Read, Op::Write);
            let id = history.call(call.line, 0, op, call.start);
            match (call.end, call.seen) {
                (Some(end), Some(seen)) => history.read(id, end, seen),
                (Some(end), None) => history.wrote(id, end),
                _ => {}
            }
        }
        history
    }
}
