//! What clients were told and what became of it, counted from the answers themselves.

use std::collections::{BTreeSet, VecDeque};

use crate::lab::measure::{Bins, Histogram};
use crate::sim::Nanos;
use crate::systems::replica::{NodeId, OpId, Stamp};

/// How many acknowledged writes are remembered.
const REMEMBERED: usize = 2_000;
/// How many stamps of conflicting writes are remembered.
const CONFLICTING: usize = 2_000;
/// A pause without an acknowledgement is an outage where it is longer than this and three times the usual gap.
const PAUSE: Nanos = Nanos::from_millis(500);

/// A write that a client was told is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acknowledged {
    pub(super) op: OpId,
    pub(super) position: u64,
    pub(super) epoch: u32,
    /// Whether the settings since then promise that it is kept.
    pub(super) guarded: bool,
    pub(super) lost: bool,
}

/// What is counted in a span of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Span {
    pub(super) acknowledged: u64,
    /// All that are lost or in conflict, until then.
    pub(super) lost: u64,
    pub(super) conflicts: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    pub(super) refused: u64,
    pub(super) unanswered: u64,
    pub(super) lost: u64,
    pub(super) split_brain: u64,
    pub(super) conflicts: u64,
    pub(super) failovers: u64,
    pub(super) crashes: u64,
    pub(super) latency: Histogram,
    pub(super) writes: VecDeque<Acknowledged>,
    pub(super) spans: Bins<Span>,
    /// Which rules were seen broken.
    pub(super) broken: [bool; 4],
    last: Nanos,
    paused: Nanos,
    conflicting: BTreeSet<Stamp>,
    dropped: BTreeSet<Stamp>,
}

impl Ledger {
    pub(super) fn new(now: Nanos) -> Ledger {
        Ledger {
            sent: 0,
            acknowledged: 0,
            refused: 0,
            unanswered: 0,
            lost: 0,
            split_brain: 0,
            conflicts: 0,
            failovers: 0,
            crashes: 0,
            latency: Histogram::default(),
            writes: VecDeque::new(),
            spans: Bins::new(Nanos::from_millis(500), 120),
            broken: [false; 4],
            last: now,
            paused: Nanos::ZERO,
            conflicting: BTreeSet::new(),
            dropped: BTreeSet::new(),
        }
    }

    /// A client is told that its write is stored.
    pub(super) fn acknowledge(&mut self, now: Nanos, rate: f64, write: Acknowledged) {
        self.paused += self.pause(now, rate);
        self.last = now;
        self.acknowledged += 1;
        self.lost += u64::from(write.lost);
        self.writes.push_back(write);
        if self.writes.len() > REMEMBERED {
            self.writes.pop_front();
        }
        self.span(now).acknowledged += 1;
    }

    /// Somebody leads from now on: what it does not hold is lost. Returns whether any of that was promised to be kept.
    pub(super) fn led(&mut self, now: Nanos, holds: impl Fn(&Acknowledged) -> bool) -> bool {
        let mut promised = false;
        for write in self.writes.iter_mut().filter(|write| !write.lost) {
            if !holds(write) {
                write.lost = true;
                promised |= write.guarded;
                self.lost += 1;
            }
        }
        self.span(now);
        promised
    }

    /// Writes that did not know of each other met; `kept` of them (the last ones) remain.
    pub(super) fn conflict(&mut self, now: Nanos, stamps: &[Stamp], kept: usize) {
        for (place, &stamp) in stamps.iter().enumerate() {
            self.conflicts += u64::from(self.conflicting.insert(stamp));
            if place + kept < stamps.len() {
                self.lost += u64::from(self.dropped.insert(stamp));
            }
        }
        for set in [&mut self.conflicting, &mut self.dropped] {
            while set.len() > CONFLICTING {
                set.pop_first();
            }
        }
        self.span(now);
    }

    /// How long no write was acknowledged, in all, until `now`.
    pub(super) fn unavailable(&self, now: Nanos, rate: f64) -> Nanos {
        self.paused + self.pause(now, rate)
    }

    /// The bin of this moment, with what has been counted until now.
    pub(super) fn span(&mut self, now: Nanos) -> &mut Span {
        let (lost, conflicts) = (self.lost, self.conflicts);
        let span = self.spans.at(now);
        (span.lost, span.conflicts) = (lost, conflicts);
        span
    }

    fn pause(&self, now: Nanos, rate: f64) -> Nanos {
        let gap = now.since(self.last);
        if gap > PAUSE + Nanos::from_secs_f64(3.0 / rate) { gap } else { Nanos::ZERO }
    }
}

/// The answers of a change of leaders, to see whether the furthest was promoted.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    epoch: u32,
    reached: Vec<(NodeId, crate::systems::replica::shipped::Reach)>,
}

impl Answers {
    pub(super) fn add(&mut self, epoch: u32, node: NodeId, reach: crate::systems::replica::shipped::Reach) {
        if epoch > self.epoch {
            *self = Answers { epoch, reached: Vec::new() };
        }
        if epoch == self.epoch {
            self.reached.retain(|(other, _)| *other != node);
            self.reached.push((node, reach));
        }
    }

    /// Whether nobody who answered in that epoch is further than `node`.
    pub(super) fn furthest(&self, epoch: u32, node: NodeId) -> bool {
        let own = self.reached.iter().find(|(other, _)| *other == node).map(|(_, reach)| *reach);
        self.epoch == epoch && own >= self.reached.iter().map(|(_, reach)| *reach).max()
    }
}
