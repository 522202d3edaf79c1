//! What clients did and were told, and what they could know: from this everything is counted.

use std::collections::{BTreeMap, VecDeque};

use super::knobs::{COORDINATORS, KEYS, Knobs, MEMBERS};
use super::theory;
use crate::lab::measure::Histogram;
use crate::lab::recent::RecentCalls;
use crate::lab::replicas::{Leg, Replicas};
use crate::sim::Nanos;
use crate::systems::replica::{Answer, NodeId, OpId, Stamp, Value};

/// How many operations that ended are remembered with their messages: a round of the story.
const RECENT: usize = 3;
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
    /// The last calls of the first key.
    pub(super) calls: RecentCalls,
    /// The last ones that ended.
    pub(super) recent: VecDeque<Told>,
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
            calls: RecentCalls::default(),
            recent: VecDeque::new(),
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
        // A coordinator's first client has the line of that coordinator.
        let first = (at.saturating_sub(MEMBERS)) as u32;
        let line = std::iter::once(first).chain(COORDINATORS as u32..).find(|line| !busy(*line)).unwrap_or(0);
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
            self.calls.begin(now, op, line, value);
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
        match how {
            How::Written => self.calls.wrote(now, op),
            How::Read(value) | How::Stale(value) | How::Inverted(value) => self.calls.read(now, op, value),
            How::Refused => self.calls.refused(op),
            How::Unknown => self.calls.unknown(op),
        }
        let told = Told { op, operation, how, end: now, legs };
        if !matches!(how, How::Written | How::Read(_)) {
            self.odd = Some(told.clone());
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(told);
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
}
