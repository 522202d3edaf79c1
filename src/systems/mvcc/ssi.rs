//! Serializable snapshot isolation: which transactions depend on each other by what they read.
//!
//! Under snapshot isolation a reader does not see what a concurrent writer does: in any serial order it must come
//! before the writer. That is an rw-dependency, reader to writer. Fekete et al. (2005) showed that every cycle that snapshot isolation
//! permits holds two of them in a row, `a -> pivot -> b`, and that the `b` of one such pair is the first of the cycle to commit.
//! Cahill, Röhm and Fekete (2008) abort whoever stands in the middle. Ports and Grittner (2012) abort only where `b` has committed
//! first, and where `a`, if it only read, began after that. Some of what is aborted would have done no harm.
//!
//! What a transaction read, rows and predicates, is kept until nobody is left who ran beside it.

use std::collections::BTreeMap;

use super::statement::Filter;
use super::{Key, Seq, TxId, Value};

/// What is known of a serializable transaction.
#[derive(Clone, Debug, Default)]
struct Reader {
    /// Commits that it sees; none before its first statement.
    snapshot: Option<Seq>,
    committed: Option<Seq>,
    wrote: bool,
    /// What it read: predicates, and rows as predicates of one key.
    read: Vec<Filter>,
    /// Those who read what it overwrote.
    ins: Vec<TxId>,
    /// Those who overwrote what it read.
    outs: Vec<TxId>,
    /// The first commit among the latter, where that came before its own.
    first_out: Option<Seq>,
    doomed: bool,
}

/// All serializable transactions that matter. With n of them and r filters read in all, a write takes O(n + r).
#[derive(Clone, Debug, Default)]
pub(super) struct Ssi {
    known: BTreeMap<TxId, Reader>,
}

impl Ssi {
    pub(super) fn begin(&mut self, tx: TxId) {
        self.known.insert(tx, Reader::default());
    }

    pub(super) fn took_snapshot(&mut self, tx: TxId, snapshot: Seq) {
        if let Some(reader) = self.known.get_mut(&tx) {
            reader.snapshot = Some(snapshot);
        }
    }

    /// Whether the transaction has to be aborted.
    pub(super) fn doomed(&self, tx: TxId) -> bool {
        self.known.get(&tx).is_some_and(|reader| reader.doomed)
    }

    /// The transaction read what fulfils the filter.
    pub(super) fn read(&mut self, tx: TxId, filter: Filter) {
        if let Some(reader) = self.known.get_mut(&tx).filter(|reader| !reader.read.contains(&filter)) {
            reader.read.push(filter);
        }
    }

    /// The transaction saw an older version of a row than that of `writer`.
    pub(super) fn overlooked(&mut self, tx: TxId, writer: TxId) {
        self.depends(tx, writer);
    }

    /// The transaction replaces a value by another one: all who read the row or miss it in what they searched depend on it.
    pub(super) fn wrote(&mut self, tx: TxId, key: Key, old: Option<Value>, new: Option<Value>) {
        let Some(writer) = self.known.get_mut(&tx) else { return };
        writer.wrote = true;
        let snapshot = writer.snapshot.unwrap_or(Seq::MAX);
        let missed = |filter: &Filter| {
            let item = filter.is_item() && filter.from == key;
            item || filter.holds(key, old) || filter.holds(key, new)
        };
        // One who had committed before this one began does not run beside it.
        let beside = |reader: &Reader| reader.committed.is_none_or(|at| at > snapshot);
        let readers = self.known.iter().filter(|(id, reader)| **id != tx && beside(reader));
        let found: Vec<TxId> =
            readers.filter(|(_, reader)| reader.read.iter().any(missed)).map(|(id, _)| *id).collect();
        found.into_iter().for_each(|reader| self.depends(reader, tx));
    }

    /// `reader` must come before `writer`. Where a pair of such dependencies is dangerous one of its transactions is doomed.
    fn depends(&mut self, reader: TxId, writer: TxId) {
        let Some(written) = self.known.get(&writer).map(|writer| writer.committed) else { return };
        let Some(from) = self.known.get_mut(&reader).filter(|from| !from.outs.contains(&writer)) else {
            return;
        };
        from.outs.push(writer);
        if let (Some(at), None) = (written, from.committed) {
            from.first_out = Some(from.first_out.map_or(at, |first| first.min(at)));
        }
        if let Some(to) = self.known.get_mut(&writer) {
            to.ins.push(reader);
        }
        // The writer in the middle: the reader before it, somebody who has committed behind it.
        self.judge(reader, writer);
        // The reader in the middle.
        let before = self.known.get(&reader).map(|from| from.ins.clone()).unwrap_or_default();
        before.into_iter().for_each(|first| self.judge(first, reader));
    }

    /// Dooms one of two transactions, `first -> pivot`, where a third one behind the pivot committed before both.
    fn judge(&mut self, first: TxId, pivot: TxId) {
        let (Some(a), Some(p)) = (self.known.get(&first), self.known.get(&pivot)) else { return };
        let Some(out) = p.first_out else { return };
        if a.doomed || p.doomed || a.committed.is_some_and(|at| at < out) {
            return;
        }
        // One that only read and saw the third one's commit comes behind it anyway; else it may come before all.
        let only_read = a.committed.is_some() && !a.wrote;
        if only_read && a.snapshot.is_none_or(|snapshot| snapshot < out) {
            return;
        }
        let victim = if p.committed.is_none() { pivot } else { first };
        if let Some(reader) = self.known.get_mut(&victim).filter(|reader| reader.committed.is_none()) {
            reader.doomed = true;
        }
    }

    /// The transaction commits as number `at`: the first of its structures to do so, or it would be doomed.
    pub(super) fn commit(&mut self, tx: TxId, at: Seq) {
        let Some(reader) = self.known.get_mut(&tx) else { return };
        reader.committed = Some(at);
        for pivot in reader.ins.clone() {
            let Some(middle) = self.known.get_mut(&pivot).filter(|middle| middle.committed.is_none()) else {
                continue;
            };
            middle.first_out = Some(middle.first_out.map_or(at, |first| first.min(at)));
            let before = middle.ins.clone();
            before.into_iter().for_each(|first| self.judge(first, pivot));
        }
    }

    /// The transaction never was.
    pub(super) fn abort(&mut self, tx: TxId) {
        let Some(gone) = self.known.remove(&tx) else { return };
        for other in gone.ins.iter().chain(&gone.outs) {
            if let Some(other) = self.known.get_mut(other) {
                other.ins.retain(|id| *id != tx);
                other.outs.retain(|id| *id != tx);
            }
        }
    }

    /// Forgets those who had committed when everybody who still runs began (`oldest`: the oldest snapshot in use).
    pub(super) fn forget(&mut self, oldest: Seq) {
        self.known.retain(|_, reader| reader.committed.is_none_or(|at| at > oldest));
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Who must come before the transaction and whom it must come before, as far as both are known.
    pub(super) fn around(&self, tx: TxId) -> (&[TxId], &[TxId]) {
        self.known.get(&tx).map_or((&[], &[]), |reader| (&reader.ins, &reader.outs))
    }
}
