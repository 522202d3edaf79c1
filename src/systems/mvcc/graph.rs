//! Whether what transactions did could have been done one after the other: the serialization graph of a journal.
//!
//! The nodes are the transactions that committed. An edge says who must come first (Adya 1999): *ww*, a version replaces an
//! earlier one; *wr*, a version was read; *rw*, a version was read that somebody then replaced. A predicate that was read
//! counts as a read of all rows, also those that did not fulfil it or did not exist: who changes whether a row fulfils it comes
//! before or after. The execution is serializable exactly if there is no cycle, and the kinds of its cycles are the anomalies.
//!
//! The graph knows nothing of levels, snapshots or locks: it sees which versions were read and written. So it can judge
//! a store without asking it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::statement::{Act, Entry, Filter};
use super::{Key, Stamp, TxId, Value};

/// What can go wrong between transactions, by Adya's names; a lost update is a read skew in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// Two transactions overwrote each other: a cycle of ww.
    DirtyWrite,
    /// Something was read that then was aborted (G1a).
    AbortedRead,
    /// Something was read that its writer then replaced himself (G1b).
    IntermediateRead,
    /// A cycle of ww and wr (G1c).
    CircularFlow,
    /// A row was read, changed by another one, and then overwritten (P4).
    LostUpdate,
    /// A cycle with one rw: something was seen from before and something from after another transaction (G-single).
    ReadSkew,
    /// A cycle with several rw, all about rows that were read (G2-item).
    WriteSkew,
    /// A cycle with several rw, one of them about a predicate (G2).
    PhantomSkew,
}

impl Anomaly {
    /// All of them.
    pub const ALL: [Anomaly; 8] = [
        Anomaly::DirtyWrite,
        Anomaly::AbortedRead,
        Anomaly::IntermediateRead,
        Anomaly::CircularFlow,
        Anomaly::LostUpdate,
        Anomaly::ReadSkew,
        Anomaly::WriteSkew,
        Anomaly::PhantomSkew,
    ];

    /// Its name in the literature: `G2-item`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Anomaly::DirtyWrite => "G0",
            Anomaly::AbortedRead => "G1a",
            Anomaly::IntermediateRead => "G1b",
            Anomaly::CircularFlow => "G1c",
            Anomaly::LostUpdate => "P4",
            Anomaly::ReadSkew => "G-single",
            Anomaly::WriteSkew => "G2-item",
            Anomaly::PhantomSkew => "G2",
        }
    }
}

/// Why one transaction must come before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The other one replaced its version.
    Ww,
    /// The other one read its version.
    Wr,
    /// The other one replaced what it had read.
    Rw,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Ww => "ww",
            Kind::Wr => "wr",
            Kind::Rw => "rw",
        })
    }
}

/// `from` must come before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The first one.
    pub from: TxId,
    /// The second one.
    pub to: TxId,
    /// Why.
    pub kind: Kind,
    /// The row.
    pub key: Key,
    /// Whether a predicate was read rather than the row.
    pub predicate: bool,
}

/// Versions of a row by committed transactions, the last of each, in the order of writing: stamp, writer, value.
type Line = Vec<(Stamp, TxId, Option<Value>)>;

/// The serialization graph of the transactions that committed.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    edges: Vec<Edge>,
    next: BTreeMap<TxId, Vec<usize>>,
    dirty: BTreeSet<Anomaly>,
}

impl Graph {
    /// The graph of a journal. It may begin late: who wrote a version that is not in it is left out. O(n log n) for n
    /// entries where predicates are about few rows.
    #[must_use]
    pub fn of<'a>(journal: impl IntoIterator<Item = &'a Entry> + Clone) -> Graph {
        let entries = || journal.clone().into_iter();
        let ended = |act: &Act| entries().filter(|entry| entry.act == *act).map(|entry| entry.tx).collect();
        let (committed, aborted): (BTreeSet<TxId>, BTreeSet<TxId>) =
            (ended(&Act::Commit), ended(&Act::Abort));
        let mut writes: BTreeMap<Stamp, (TxId, Key)> = BTreeMap::new();
        let mut last: BTreeMap<(Key, TxId), (Stamp, Option<Value>)> = BTreeMap::new();
        for entry in entries() {
            if let Act::Write(key, stamp, value) = entry.act {
                writes.insert(stamp, (entry.tx, key));
                last.insert((key, entry.tx), (stamp, value));
            }
        }
        let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
        for (&(key, tx), &(stamp, value)) in last.iter().filter(|((_, tx), _)| committed.contains(tx)) {
            lines.entry(key).or_default().push((stamp, tx, value));
        }
        lines.values_mut().for_each(|line| line.sort_unstable());
        let mut found = BTreeSet::new();
        let mut dirty = BTreeSet::new();
        for (&key, line) in &lines {
            for pair in line.windows(2) {
                put(&mut found, (pair[0].1, pair[1].1), Kind::Ww, key, false);
            }
        }
        for entry in journal.into_iter().filter(|entry| committed.contains(&entry.tx)) {
            let Act::Read(filter, saw) = &entry.act else { continue };
            for (key, stamp, _) in saw.iter().filter(|(key, _, value)| filter.holds(*key, *value)) {
                let Some((writer, _)) = writes.get(stamp).filter(|(writer, _)| *writer != entry.tx) else {
                    continue;
                };
                if aborted.contains(writer) {
                    dirty.insert(Anomaly::AbortedRead);
                } else if last.get(&(*key, *writer)).is_some_and(|(last, _)| last != stamp) {
                    dirty.insert(Anomaly::IntermediateRead);
                }
            }
            reads(&mut found, &lines, entry.tx, filter, saw);
        }
        let edges: Vec<Edge> = found.into_iter().collect();
        let mut next: BTreeMap<TxId, Vec<usize>> = BTreeMap::new();
        for (index, edge) in edges.iter().enumerate() {
            next.entry(edge.from).or_default().push(index);
        }
        Graph { edges, next, dirty }
    }

    /// All edges, by their transactions. Initial versions are those of transaction 0, which comes before all.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Whether some serial order has the same result.
    #[must_use]
    pub fn is_serializable(&self) -> bool {
        self.dirty.is_empty() && self.next.keys().all(|&tx| self.path(tx, tx, |_| true).is_none())
    }

    /// Whether every cycle has two rw edges in a row, which is all that snapshot isolation permits (Fekete et al. 2005).
    #[must_use]
    pub fn has_only_skews(&self) -> bool {
        self.dirty.is_empty()
            && self.next.keys().all(|&tx| !self.returns(tx, true) && !self.returns(tx, false))
    }

    /// What went wrong.
    #[must_use]
    pub fn anomalies(&self) -> BTreeSet<Anomaly> {
        let mut found = self.dirty.clone();
        for &tx in self.next.keys() {
            found.extend(self.around(tx).map(|(anomaly, _)| anomaly));
        }
        found
    }

    /// The simplest cycle through a transaction: what it is called, and its edges from that transaction back to it.
    #[must_use]
    pub fn around(&self, tx: TxId) -> Option<(Anomaly, Vec<Edge>)> {
        let no_reads = |edge: &Edge| edge.kind == Kind::Ww;
        let flow = |edge: &Edge| edge.kind != Kind::Rw;
        if let Some(cycle) = self.path(tx, tx, no_reads) {
            return Some((Anomaly::DirtyWrite, cycle));
        }
        if let Some(cycle) = self.path(tx, tx, flow) {
            return Some((Anomaly::CircularFlow, cycle));
        }
        // One rw anywhere in it.
        self.path(tx, tx, |_| true)?;
        for edge in self.edges.iter().filter(|edge| edge.kind == Kind::Rw) {
            let to = if edge.from == tx { Some(Vec::new()) } else { self.path(tx, edge.from, flow) };
            let back = if edge.to == tx { Some(Vec::new()) } else { self.path(edge.to, tx, flow) };
            if let (Some(to), Some(back)) = (to, back) {
                let cycle: Vec<Edge> = to.into_iter().chain([*edge]).chain(back).collect();
                let one_row = cycle.len() == 2 && cycle.iter().all(|other| other.key == edge.key);
                let lost = one_row && !edge.predicate && cycle.iter().any(|other| other.kind == Kind::Ww);
                return Some((if lost { Anomaly::LostUpdate } else { Anomaly::ReadSkew }, cycle));
            }
        }
        let cycle = self.path(tx, tx, |_| true)?;
        let phantom = cycle.iter().any(|edge| edge.kind == Kind::Rw && edge.predicate);
        Some((if phantom { Anomaly::PhantomSkew } else { Anomaly::WriteSkew }, cycle))
    }

    /// The fewest edges that lead from one transaction to another or back to itself.
    fn path(&self, from: TxId, to: TxId, may: impl Fn(&Edge) -> bool) -> Option<Vec<Edge>> {
        let mut came: BTreeMap<TxId, Edge> = BTreeMap::new();
        let mut open = VecDeque::from([from]);
        while let Some(here) = open.pop_front() {
            for edge in self.next.get(&here).into_iter().flatten().map(|&index| self.edges[index]) {
                if !may(&edge) || came.contains_key(&edge.to) {
                    continue;
                }
                came.insert(edge.to, edge);
                if edge.to == to {
                    let mut path = vec![edge];
                    while let Some(first) = path.last().filter(|first| first.from != from) {
                        path.push(*came.get(&first.from)?);
                    }
                    path.reverse();
                    return Some(path);
                }
                open.push_back(edge.to);
            }
        }
        None
    }

    /// Whether a way without two rw edges in a row leads from a transaction back to itself, its first edge being rw or not. The end
    /// meets the beginning: both may not be rw.
    fn returns(&self, tx: TxId, first_rw: bool) -> bool {
        let mut seen: BTreeSet<(TxId, bool)> = BTreeSet::new();
        let mut open = Vec::new();
        let edges = |at: TxId| self.next.get(&at).into_iter().flatten().map(|&index| self.edges[index]);
        open.extend(edges(tx).filter(|edge| (edge.kind == Kind::Rw) == first_rw));
        while let Some(edge) = open.pop() {
            let rw = edge.kind == Kind::Rw;
            if edge.to == tx && !(rw && first_rw) {
                return true;
            }
            if seen.insert((edge.to, rw)) {
                open.extend(edges(edge.to).filter(|next| !(rw && next.kind == Kind::Rw)));
            }
        }
        false
    }
}

fn put(edges: &mut BTreeSet<Edge>, (from, to): (TxId, TxId), kind: Kind, key: Key, predicate: bool) {
    if from != to {
        edges.insert(Edge { from, to, kind, key, predicate });
    }
}

/// The edges of a read: from who made what was seen, and to who changed it.
fn reads(
    edges: &mut BTreeSet<Edge>,
    lines: &BTreeMap<Key, Line>,
    tx: TxId,
    filter: &Filter,
    saw: &[(Key, Stamp, Option<Value>)],
) {
    if filter.from > filter.to {
        return;
    }
    for (&key, line) in lines.range(filter.from..=filter.to) {
        let (stamp, value) = match saw.binary_search_by_key(&key, |(key, ..)| *key) {
            Ok(at) => (saw[at].1, saw[at].2),
            Err(_) => (0, None),
        };
        let matched = filter.holds(key, value);
        let item = matched || filter.is_item();
        let seen = line.partition_point(|(other, ..)| *other <= stamp);
        // Who changed it into what was seen.
        let mut value = value;
        for index in (0..seen).rev() {
            let before = index.checked_sub(1).and_then(|index| line[index].2);
            if item || filter.holds(key, value) != filter.holds(key, before) {
                put(edges, (line[index].1, tx), Kind::Wr, key, !item);
                break;
            }
            value = before;
        }
        // Who changed it afterwards.
        let mut before = matched;
        for (_, writer, value) in &line[seen..] {
            let now = filter.holds(key, *value);
            if item || now != before {
                put(edges, (tx, *writer), Kind::Rw, key, !item);
                break;
            }
            before = now;
        }
    }
}
