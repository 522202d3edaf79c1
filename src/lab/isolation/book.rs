//! What the last transactions of a side did, and the cycle through the one that has just committed.
//!
//! A cycle closes when the last of its transactions commits. That one must come before some other that ran beside it, so only where
//! such a one wrote what it touched is the graph drawn: of all that ran beside it or beside one of those.

use std::collections::{BTreeMap, VecDeque};

use crate::sim::Nanos;
use crate::systems::mvcc::graph::{Anomaly, Edge, Graph};
use crate::systems::mvcc::{Act, Entry, TxId};

/// So many transactions that ended are kept.
const KEPT: usize = 96;

/// A transaction that runs or has ended.
#[derive(Clone, Debug, Default)]
struct Story {
    tx: TxId,
    /// How many others had begun or ended before it began, and before it ended.
    began: u64,
    ended: u64,
    entries: Vec<(Nanos, Entry)>,
}

/// A cycle that was found: what it is called, its edges, and what its transactions did in order.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) anomaly: Anomaly,
    pub(super) edges: Vec<Edge>,
    pub(super) acts: Vec<(Nanos, Entry)>,
}

/// The last transactions of a side.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    open: BTreeMap<TxId, Story>,
    ended: VecDeque<Story>,
    clock: u64,
    pub(super) last: Option<Found>,
    /// How many cycles of each kind were closed.
    pub(super) counts: [u64; Anomaly::ALL.len()],
}

impl Book {
    /// A transaction begins.
    pub(super) fn begin(&mut self, tx: TxId) {
        self.clock += 1;
        self.open.insert(tx, Story { tx, began: self.clock, ..Story::default() });
    }

    /// Takes over what a store noted. Returns the kinds of the cycles that were closed.
    pub(super) fn note(&mut self, now: Nanos, journal: Vec<Entry>) -> Vec<Anomaly> {
        let mut found = Vec::new();
        for entry in journal {
            let over = matches!(entry.act, Act::Commit | Act::Abort);
            let (tx, committed) = (entry.tx, entry.act == Act::Commit);
            if let Some(story) = self.open.get_mut(&tx) {
                story.entries.push((now, entry));
            }
            if !over {
                continue;
            }
            let Some(mut story) = self.open.remove(&tx) else { continue };
            self.clock += 1;
            story.ended = self.clock;
            self.ended.push_back(story);
            if self.ended.len() > KEPT {
                self.ended.pop_front();
            }
            if committed {
                found.extend(self.closes());
            }
        }
        found
    }

    /// The cycle through the transaction that ended last.
    fn closes(&mut self) -> Option<Anomaly> {
        let this = self.ended.back()?;
        let beside = || self.ended.iter().filter(|other| other.ended > this.began && other.tx != this.tx);
        if !beside().any(|other| wrote_what(other, this)) {
            return None;
        }
        let from = beside().map(|other| other.began).min().unwrap_or(this.began).min(this.began);
        let stories = || self.ended.iter().filter(move |story| story.ended > from);
        let entries = stories().flat_map(|story| &story.entries);
        let graph = Graph::of(entries.clone().map(|(_, entry)| entry));
        let (anomaly, edges) = graph.around(this.tx)?;
        let mut acts: Vec<(Nanos, Entry)> =
            entries.filter(|(_, entry)| edges.iter().any(|edge| edge.from == entry.tx)).cloned().collect();
        acts.sort_by_key(|(at, _)| *at);
        if let Some(place) = Anomaly::ALL.iter().position(|other| *other == anomaly) {
            self.counts[place] += 1;
        }
        self.last = Some(Found { anomaly, edges, acts });
        Some(anomaly)
    }

    /// About how much it takes.
    pub(super) fn bytes(&self) -> usize {
        let entries = |story: &Story| story.entries.len() * 128;
        self.ended.iter().chain(self.open.values()).map(entries).sum()
    }

    /// How many cycles were closed.
    pub(super) fn cycles(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Whether one wrote a row that the other one read, searched or wrote.
fn wrote_what(one: &Story, other: &Story) -> bool {
    one.entries.iter().any(|(_, entry)| match entry.act {
        Act::Write(key, ..) => other.entries.iter().any(|(_, entry)| match &entry.act {
            Act::Read(filter, _) => filter.from <= key && key <= filter.to,
            Act::Write(other, ..) => *other == key,
            _ => false,
        }),
        _ => false,
    })
}
