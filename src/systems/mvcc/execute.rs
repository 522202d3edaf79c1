//! How a statement is executed: what is locked, which versions are seen, what is checked before a version is added.

use super::locks::{Lock, Mode};
use super::statement::{Abort, Act, Change, Entry, Filter, Row, Stop};
use super::{Flaw, Key, Level, Seq, Stamp, Store, TxId, Value, Version};

/// What stands behind the statements.
impl Store {
    pub(super) fn read(
        &mut self,
        tx: TxId,
        level: Level,
        snapshot: Seq,
        filter: Filter,
    ) -> Result<Vec<Row>, Stop> {
        let rows = self.search(tx, level, snapshot, filter)?;
        self.saw(tx, snapshot, filter, &[]);
        Ok(rows)
    }

    /// The rows of the filter that the transaction sees, with what it takes to rely on that.
    fn search(&mut self, tx: TxId, level: Level, snapshot: Seq, filter: Filter) -> Result<Vec<Row>, Stop> {
        if level == Level::TwoPhase {
            self.lock(tx, (filter.from, filter.to), Mode::Shared)?;
        }
        let tracked = self.flaw != Flaw::UntrackedPredicates || filter.is_item();
        if level == Level::Serializable && tracked {
            self.ssi.read(tx, filter);
            self.overlook(tx, snapshot, &filter);
            if self.ssi.doomed(tx) {
                return Err(self.aborted(tx, Abort::Dangerous));
            }
        }
        Ok(self.visible(tx, snapshot, &filter))
    }

    /// The rows of the filter that the transaction sees.
    fn visible(&self, tx: TxId, snapshot: Seq, filter: &Filter) -> Vec<Row> {
        let shown = self.shown(tx, snapshot, filter.from, filter.to);
        let rows =
            shown.filter_map(|(key, version)| Some(Row { key, value: version.value?, stamp: version.stamp }));
        rows.filter(|row| filter.cond.holds(row.value)).collect()
    }

    /// For each row of the keys the version that the transaction sees, deletions as well.
    fn shown(&self, tx: TxId, snapshot: Seq, from: Key, to: Key) -> impl Iterator<Item = (Key, &Version)> {
        let rows = (from <= to).then(|| self.rows.range(from..=to)).into_iter().flatten();
        rows.filter_map(move |(key, versions)| {
            let seen = |version: &&Version| sees(version, tx, snapshot);
            versions.iter().rfind(seen).map(|version| (*key, version))
        })
    }

    /// Notes which versions a statement saw: of the rows in `newest`, which it has locked, the newest.
    fn saw(&mut self, tx: TxId, snapshot: Seq, filter: Filter, newest: &[Row]) {
        if self.journal.is_none() {
            return;
        }
        let shown = self.shown(tx, snapshot, filter.from, filter.to);
        let last =
            |key: Key| newest.iter().any(|row| row.key == key).then(|| self.rows.get(&key)?.last()).flatten();
        let shown = shown.map(|(key, version)| (key, last(key).unwrap_or(version)));
        let saw = shown.map(|(key, version)| (key, version.stamp, version.value)).collect();
        self.note(tx, || Act::Read(filter, saw));
    }

    /// The transaction depends on the writers of versions that it does not see and that would change its answer.
    fn overlook(&mut self, tx: TxId, snapshot: Seq, filter: &Filter) {
        let mut writers = Vec::new();
        if filter.from <= filter.to {
            for (key, versions) in self.rows.range(filter.from..=filter.to) {
                let seen = versions.iter().rposition(|version| sees(version, tx, snapshot));
                let mut before = seen.and_then(|seen| versions[seen].value);
                for version in &versions[seen.map_or(0, |seen| seen + 1)..] {
                    if filter.holds(*key, before) || filter.holds(*key, version.value) {
                        writers.push(version.writer);
                    }
                    before = version.value;
                }
            }
        }
        writers.into_iter().for_each(|writer| self.ssi.overlooked(tx, writer));
    }

    pub(super) fn change(
        &mut self,
        tx: TxId,
        level: Level,
        snapshot: Seq,
        filter: Filter,
        change: Change,
    ) -> Result<Vec<Row>, Stop> {
        if level == Level::TwoPhase {
            self.lock(tx, (filter.from, filter.to), Mode::Exclusive)?;
        }
        // What it searches it reads: somebody who adds a row that it should have found depends on it, and it on him.
        let found = self.search(tx, level, snapshot, filter)?;
        for row in &found {
            self.lock(tx, (row.key, row.key), Mode::Exclusive)?;
        }
        self.saw(tx, snapshot, filter, &found);
        let mut changed = Vec::with_capacity(found.len());
        for row in found {
            let Some(newest) = self.fresh(tx, level, snapshot, row.key)? else { continue };
            let Some(value) = newest.value.filter(|value| filter.cond.holds(*value)) else { continue };
            match change {
                Change::Set(new) => self.write(tx, level, row.key, Some(new))?,
                Change::Add(more) => self.write(tx, level, row.key, Some(value.saturating_add(more)))?,
                Change::Delete => self.write(tx, level, row.key, None)?,
                Change::Lock => {}
            }
            changed.push(Row { key: row.key, value, stamp: newest.stamp });
        }
        Ok(changed)
    }

    pub(super) fn put(
        &mut self,
        tx: TxId,
        level: Level,
        snapshot: Seq,
        (key, value): (Key, Value),
        only: Option<Stamp>,
    ) -> Result<Vec<Row>, Stop> {
        self.lock(tx, (key, key), Mode::Exclusive)?;
        let newest = self.fresh(tx, level, snapshot, key)?;
        if only.is_some() && only != newest.map(|version| version.stamp) {
            return Err(self.aborted(tx, Abort::Stale));
        }
        self.write(tx, level, key, Some(value))?;
        let was = newest.and_then(|was| Some(Row { key, value: was.value?, stamp: was.stamp }));
        Ok(was.into_iter().collect())
    }

    /// The newest version of a row that the transaction has locked; with a snapshot it must be the one that is seen.
    fn fresh(&mut self, tx: TxId, level: Level, snapshot: Seq, key: Key) -> Result<Option<Version>, Stop> {
        let newest = self.rows.get(&key).and_then(|versions| versions.last()).copied();
        let changed = newest.is_some_and(|version| !sees(&version, tx, snapshot));
        let keeps = matches!(level, Level::RepeatableRead | Level::Serializable);
        if changed && keeps && self.flaw != Flaw::LastUpdaterWins {
            return Err(self.aborted(tx, Abort::Conflict));
        }
        Ok(newest)
    }

    /// Adds a version of a row that the transaction has locked.
    fn write(&mut self, tx: TxId, level: Level, key: Key, value: Option<Value>) -> Result<(), Stop> {
        self.stamps += 1;
        let stamp = self.stamps;
        let versions = self.rows.entry(key).or_default();
        let old = versions.last().and_then(|version| version.value);
        versions.push(Version { stamp, writer: tx, committed: None, value });
        if let Some(running) = self.running.get_mut(&tx)
            && !running.wrote.contains(&key)
        {
            running.wrote.push(key);
        }
        self.note(tx, || Act::Write(key, stamp, value));
        if level == Level::Serializable {
            self.ssi.wrote(tx, key, old, value);
            if self.ssi.doomed(tx) {
                return Err(self.aborted(tx, Abort::Dangerous));
            }
        }
        Ok(())
    }

    fn lock(&mut self, tx: TxId, (from, to): (Key, Key), mode: Mode) -> Result<(), Stop> {
        if from > to || self.locks.acquire(Lock { tx, from, to, mode }) {
            return Ok(());
        }
        if self.locks.deadlocked(tx) {
            return Err(self.aborted(tx, Abort::Deadlock));
        }
        Err(Stop::Wait)
    }

    pub(super) fn aborted(&mut self, tx: TxId, why: Abort) -> Stop {
        self.abort(tx);
        Stop::Abort(why)
    }

    /// A transaction is gone: its locks are free, and what only it needed is forgotten.
    pub(super) fn ended(&mut self, tx: TxId) {
        self.locks.release(tx);
        self.woken.retain(|id| *id != tx);
        self.wake();
        let snapshots = self.running.values().filter(|tx| tx.level == Level::Serializable);
        let oldest = snapshots.filter_map(|tx| tx.snapshot).min().unwrap_or(self.commits);
        self.ssi.forget(oldest);
    }

    pub(super) fn wake(&mut self) {
        for tx in self.locks.free() {
            if !self.woken.contains(&tx) {
                self.woken.push(tx);
            }
        }
    }

    pub(super) fn note(&mut self, tx: TxId, act: impl FnOnce() -> Act) {
        if let Some(journal) = &mut self.journal {
            journal.push(Entry { tx, act: act() });
        }
    }
}

/// Whether the transaction sees a version: its own, and what had been committed when its snapshot was taken.
fn sees(version: &Version, tx: TxId, snapshot: Seq) -> bool {
    version.writer == tx || version.committed.is_some_and(|at| at <= snapshot)
}
