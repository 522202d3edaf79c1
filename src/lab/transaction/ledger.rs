//! What is counted: how transactions ended, how long somebody was in doubt, what was seen half done, lost or there twice.

use std::collections::BTreeMap;

use super::nodes::Outcome;
use crate::lab::measure::{Bins, Histogram, Level};
use crate::sim::Nanos;
use crate::systems::transaction::{NodeId, TxId};

/// A bin of what is seen over time.
const BIN: Nanos = Nanos::from_millis(500);
/// Long enough after its end for the last acknowledgements of a transaction.
const RESTS: Nanos = Nanos::from_secs(4);
/// What has not ended is known for as long as there are not more than so many.
const MOST: usize = 300;

/// What is known of a transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Fate {
    pub(super) began: Nanos,
    pub(super) ended: Option<(Nanos, Outcome)>,
    messages: u32,
    writes: u32,
    doubts: BTreeMap<NodeId, Nanos>,
    half: Option<Nanos>,
    applied: u64,
    lost: bool,
}

/// The counts.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) fates: BTreeMap<TxId, Fate>,
    pub(super) begun: u64,
    pub(super) done: u64,
    pub(super) undone: u64,
    pub(super) turned_away: u64,
    pub(super) busy: u64,
    pub(super) compensations: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    pub(super) crashes: u64,
    pub(super) latency: Histogram,
    in_doubt: Histogram,
    longest: Nanos,
    level: Level,
    half: Histogram,
    /// The most that waited at a time.
    pub(super) seen: Bins<u64>,
    /// What began before is not counted.
    first: TxId,
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger::new(Nanos::ZERO, 0)
    }
}

impl Ledger {
    pub(super) fn new(now: Nanos, begun: TxId) -> Ledger {
        let mut level = Level::default();
        level.set(now, 0);
        Ledger {
            fates: BTreeMap::new(),
            begun: 0,
            done: 0,
            undone: 0,
            turned_away: 0,
            busy: 0,
            compensations: 0,
            lost: 0,
            doubled: 0,
            crashes: 0,
            latency: Histogram::default(),
            in_doubt: Histogram::default(),
            longest: Nanos::ZERO,
            level,
            half: Histogram::default(),
            seen: Bins::new(BIN, 240),
            first: begun,
        }
    }

    pub(super) fn begin(&mut self, now: Nanos, tx: TxId) {
        self.begun += 1;
        self.fates.insert(tx, Fate { began: now, ..Fate::default() });
    }

    /// The oldest transaction that needs no longer be looked at, of those up to `last`: one that has ended, or any where
    /// there are too many. It is forgotten.
    pub(super) fn forget(&mut self, last: TxId) -> Option<TxId> {
        let over = |fate: &Fate| fate.ended.is_some() && fate.doubts.is_empty();
        let ended = self.fates.range(..=last).find(|(_, fate)| over(fate)).map(|(tx, _)| *tx);
        let first = || self.fates.keys().next().copied().filter(|_| self.fates.len() > MOST);
        let old = ended.or_else(first)?;
        self.fates.remove(&old);
        Some(old)
    }

    pub(super) fn knows(&self, tx: TxId) -> bool {
        tx > self.first && self.fates.contains_key(&tx)
    }

    pub(super) fn known(&self) -> Vec<TxId> {
        self.fates.keys().copied().collect()
    }

    /// The last transaction that had begun by then.
    pub(super) fn begun_by(&self, then: Nanos) -> TxId {
        let old = self.fates.iter().rfind(|(_, fate)| fate.began <= then);
        old.map_or(0, |(tx, _)| *tx)
    }

    pub(super) fn sent(&mut self, tx: TxId) {
        if let Some(fate) = self.fates.get_mut(&tx) {
            fate.messages += 1;
        }
    }

    pub(super) fn wrote(&mut self, tx: TxId, what: &str) {
        self.compensations += u64::from(what == "compensated");
        if let Some(fate) = self.fates.get_mut(&tx) {
            fate.writes += 1;
        }
    }

    /// So many rows are locked in doubt, sagas half done, or events on their way.
    pub(super) fn waits(&mut self, now: Nanos, count: u64) {
        self.level.set(now, count);
        let seen = self.seen.at(now);
        *seen = (*seen).max(count);
    }

    /// Whether a participant is in doubt about a transaction.
    pub(super) fn doubt(&mut self, now: Nanos, tx: TxId, node: NodeId, doubt: bool) {
        let Some(fate) = self.fates.get_mut(&tx) else { return };
        if doubt {
            fate.doubts.entry(node).or_insert(now);
        } else if let Some(since) = fate.doubts.remove(&node) {
            self.in_doubt.record(now.since(since));
            self.longest = self.longest.max(now.since(since));
        }
    }

    /// Whether a transaction is seen half done.
    pub(super) fn half(&mut self, now: Nanos, tx: TxId, half: bool) {
        let Some(fate) = self.fates.get_mut(&tx) else { return };
        if half {
            fate.half.get_or_insert(now);
        } else if let Some(since) = fate.half.take() {
            self.half.record(now.since(since));
        }
    }

    /// A transaction has ended, unless that is known.
    pub(super) fn end(&mut self, now: Nanos, tx: TxId, outcome: Outcome) {
        let Some(fate) = self.fates.get_mut(&tx).filter(|fate| fate.ended.is_none()) else { return };
        fate.ended = Some((now, outcome));
        match outcome {
            Outcome::Done => {
                self.done += 1;
                self.latency.record(now.since(fate.began));
            }
            Outcome::Undone => self.undone += 1,
        }
    }

    /// How an event stands: lost, and how often it was applied. Returns whether it was applied again.
    pub(super) fn published(&mut self, tx: TxId, lost: bool, applied: u64) -> bool {
        let Some(fate) = self.fates.get_mut(&tx) else { return false };
        self.lost += u64::from(lost && !std::mem::replace(&mut fate.lost, lost));
        let again = applied > fate.applied.max(1);
        self.doubled += applied.saturating_sub(fate.applied.max(1));
        fate.applied = fate.applied.max(applied);
        again
    }

    /// Messages and records of a transaction that is done, on average; not a number where none is.
    pub(super) fn cost(&self, now: Nanos) -> (f64, f64) {
        let rests = |fate: &&Fate| matches!(fate.ended, Some((at, Outcome::Done)) if now.since(at) >= RESTS);
        let done = || self.fates.values().filter(rests);
        let count = done().count() as f64;
        let sum = |value: fn(&Fate) -> u32| done().map(|fate| f64::from(value(fate))).sum::<f64>() / count;
        (sum(|fate| fate.messages), sum(|fate| fate.writes))
    }

    /// Doubts that have not ended count as long as they last.
    fn open_doubts(&self, now: Nanos) -> impl Iterator<Item = f64> {
        self.fates
            .values()
            .flat_map(|fate| fate.doubts.values())
            .map(move |since| now.since(*since).as_secs_f64())
    }

    pub(super) fn longest(&self, now: Nanos) -> f64 {
        self.open_doubts(now).fold(self.longest.as_secs_f64(), f64::max)
    }

    pub(super) fn mean_doubt(&self, now: Nanos) -> f64 {
        let (ended, count) = (self.in_doubt.mean() / 1e9, self.in_doubt.count() as f64);
        let (open, more) =
            self.open_doubts(now).fold((0.0, 0.0), |(sum, count), span| (sum + span, count + 1.0));
        let ended = if count > 0.0 { ended * count } else { 0.0 };
        (ended + open) / (count + more)
    }

    /// Rows times seconds locked.
    pub(super) fn locked(&self, now: Nanos) -> f64 {
        self.level.area(now)
    }

    /// How many sagas are half done.
    pub(super) fn halves(&self) -> u64 {
        self.fates.values().filter(|fate| fate.half.is_some()).count() as u64
    }

    /// In seconds; not a number where nothing was.
    pub(super) fn mean_half(&self) -> f64 {
        self.half.mean() / 1e9
    }
}
