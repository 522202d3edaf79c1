//! A store of rows in many versions, and transactions at four levels of isolation.
//!
//! A write does not replace a row's value, it adds a version; a reader picks the version that its *snapshot* shows. So
//! readers never wait for writers. What differs between the levels is which snapshot is used, and what is checked:
//!
//! * **Read committed**: each statement has a snapshot of its own. A write goes to the newest version of the rows that its
//!   statement had found, if they still fulfil the condition.
//! * **Repeatable read**, that is snapshot isolation: one snapshot for the whole transaction, taken by its first statement. A
//!   write to a row that somebody changed since then aborts: the first updater wins.
//! * **Serializable**: the same, and what was read is remembered, rows and predicates, so that dangerous structures of
//!   rw-dependencies are found and broken (serializable snapshot isolation, [`ssi`]).
//! * **Two-phase locking**: no snapshot. Reads lock what they search (shared, whole ranges), writes exclusively, and all
//!   is held to the end ([`locks`]). Readers and writers wait for each other and may deadlock.
//!
//! The first three behave like PostgreSQL's levels of these names (Ports and Grittner 2012; the PostgreSQL documentation, chapter
//! 13), and the tests say so with the scripts of Kleppmann's Hermitage suite ([`hermitage`]). Row locks are the same for all,
//! so transactions of different levels can run beside each other; but what is promised holds among those of one level.
//!
//! The store does nothing by itself. A statement that must wait returns [`Stop::Wait`]; it is executed again when its transaction is
//! among those that [`Store::woken`] returns. A time-out is the caller's: he aborts.

mod execute;
pub mod graph;
pub mod hermitage;
mod locks;
mod ssi;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use locks::{Locks, Mode};
use ssi::Ssi;
pub use statement::{Abort, Act, Change, Cond, Entry, Filter, Row, Statement, Stop};

/// The key of a row.
pub type Key = u64;
/// The value of a row.
pub type Value = i64;
/// The number of a transaction: later ones have greater numbers.
pub type TxId = u64;
/// How many commits there had been.
pub type Seq = u64;
/// The number of a version, among all versions of all rows.
pub type Stamp = u64;

/// How far transactions are kept from seeing each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A snapshot for each statement.
    ReadCommitted,
    /// A snapshot for the transaction; the first updater of a row wins.
    RepeatableRead,
    /// The same, and no cycle of dependencies: as if one after the other.
    Serializable,
    /// Locks instead of snapshots, held to the end: as if one after the other.
    TwoPhase,
}

impl Level {
    /// All of them.
    pub const ALL: [Level; 4] =
        [Level::ReadCommitted, Level::RepeatableRead, Level::Serializable, Level::TwoPhase];

    /// Whether the result is always that of some serial order.
    #[must_use]
    pub fn is_serializable(self) -> bool {
        matches!(self, Level::Serializable | Level::TwoPhase)
    }
}

/// What a store can get wrong on purpose, each as in real programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// Serializable remembers the rows that were read but not the predicates.
    UntrackedPredicates,
    /// Nobody looks whether a row was changed since the snapshot: the last updater wins.
    LastUpdaterWins,
    /// Two-phase locking gives shared locks back at the end of the statement.
    EarlyRelease,
}

/// A version of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub stamp: Stamp,
    /// Who made it; 0 for what was there at first.
    pub writer: TxId,
    /// The number of the commit that made it real; none while its writer runs.
    pub committed: Option<Seq>,
    /// The value; none where the row was deleted.
    pub value: Option<Value>,
}

#[derive(Clone, Debug)]
struct Tx {
    level: Level,
    snapshot: Option<Seq>,
    /// The snapshot of a statement that waits.
    statement: Option<Seq>,
    wrote: Vec<Key>,
}

/// The rows in all their versions, and the transactions that run. Of n rows with v versions each, one on a row takes
/// O(log n + v), besides what [locks](self) and dependencies take.
#[derive(Clone, Debug, Default)]
pub struct Store {
    rows: BTreeMap<Key, Vec<Version>>,
    running: BTreeMap<TxId, Tx>,
    locks: Locks,
    ssi: Ssi,
    flaw: Flaw,
    begun: TxId,
    commits: Seq,
    stamps: Stamp,
    woken: Vec<TxId>,
    journal: Option<Vec<Entry>>,
}

impl Store {
    /// A store with these rows.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (Key, Value)>) -> Store {
        let mut store = Store::default();
        for (key, value) in rows {
            store.stamps += 1;
            let version = Version { stamp: store.stamps, writer: 0, committed: Some(0), value: Some(value) };
            store.rows.insert(key, vec![version]);
        }
        store
    }

    /// From now on it notes what transactions do, for [`Store::journal`], beginning with the rows there are.
    #[must_use]
    pub fn noting(mut self) -> Store {
        let here =
            self.rows.iter().flat_map(|(key, versions)| versions.iter().map(move |version| (key, version)));
        let acts =
            here.map(|(key, version)| (version.writer, Act::Write(*key, version.stamp, version.value)));
        let mut journal: Vec<Entry> = acts.map(|(tx, act)| Entry { tx, act }).collect();
        journal.push(Entry { tx: 0, act: Act::Commit });
        self.journal = Some(journal);
        self
    }

    /// **For study**: gets something wrong from now on.
    pub fn set_flaw(&mut self, flaw: Flaw) {
        self.flaw = flaw;
    }

    /// What was noted since the last call.
    pub fn journal(&mut self) -> Vec<Entry> {
        self.journal.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A transaction begins. Its snapshot is taken by its first statement.
    pub fn begin(&mut self, level: Level) -> TxId {
        self.begun += 1;
        self.running.insert(self.begun, Tx { level, snapshot: None, statement: None, wrote: Vec::new() });
        if level == Level::Serializable {
            self.ssi.begin(self.begun);
        }
        self.begun
    }

    /// Executes a statement and answers with the rows that it read, or those that it changed as they were.
    ///
    /// # Errors
    /// [`Stop::Wait`] where it has to wait for a lock: nothing has happened yet but that some locks are held. [`Stop::Abort`]
    /// where the transaction was aborted. A transaction that waits executes the same statement again and no other.
    pub fn execute(&mut self, tx: TxId, statement: &Statement) -> Result<Vec<Row>, Stop> {
        let Some(running) = self.running.get_mut(&tx) else { return Err(Stop::Abort(Abort::Unknown)) };
        if self.ssi.doomed(tx) {
            return Err(self.aborted(tx, Abort::Dangerous));
        }
        let level = running.level;
        let snapshot = match level {
            Level::ReadCommitted => *running.statement.get_or_insert(self.commits),
            Level::RepeatableRead | Level::Serializable => *running.snapshot.get_or_insert(self.commits),
            Level::TwoPhase => Seq::MAX,
        };
        if level == Level::Serializable {
            self.ssi.took_snapshot(tx, snapshot);
        }
        let done = match *statement {
            Statement::Read(filter) => self.read(tx, level, snapshot, filter),
            Statement::Change(filter, change) => self.change(tx, level, snapshot, filter, change),
            Statement::Put(key, value) => self.put(tx, level, snapshot, (key, value), None),
            Statement::PutIf(key, value, stamp) => self.put(tx, level, snapshot, (key, value), Some(stamp)),
        };
        if !matches!(done, Err(Stop::Wait))
            && let Some(running) = self.running.get_mut(&tx)
        {
            running.statement = None;
            if self.flaw == Flaw::EarlyRelease && level == Level::TwoPhase {
                self.locks.release_shared(tx);
                self.wake();
            }
        }
        done
    }

    /// The transaction ends and what it wrote is there to stay.
    ///
    /// # Errors
    /// Why it could not, and was aborted.
    pub fn commit(&mut self, tx: TxId) -> Result<(), Abort> {
        if self.ssi.doomed(tx) {
            self.aborted(tx, Abort::Dangerous);
            return Err(Abort::Dangerous);
        }
        let Some(running) = self.running.remove(&tx) else { return Err(Abort::Unknown) };
        if !running.wrote.is_empty() {
            self.commits += 1;
        }
        for key in &running.wrote {
            for version in self.rows.get_mut(key).into_iter().flatten().filter(|version| version.writer == tx)
            {
                version.committed = Some(self.commits);
            }
        }
        if running.level == Level::Serializable {
            self.ssi.commit(tx, self.commits);
        }
        self.note(tx, || Act::Commit);
        self.ended(tx);
        Ok(())
    }

    /// The transaction ends as if it had never been. One that is not there (any more) is left alone.
    pub fn abort(&mut self, tx: TxId) {
        let Some(running) = self.running.remove(&tx) else { return };
        for key in &running.wrote {
            let Some(versions) = self.rows.get_mut(key) else { continue };
            versions.retain(|version| version.writer != tx);
            if versions.is_empty() {
                self.rows.remove(key);
            }
        }
        self.ssi.abort(tx);
        self.note(tx, || Act::Abort);
        self.ended(tx);
    }

    /// The machine stops and starts again: what was committed is there, everything else never was.
    pub fn crash(&mut self) {
        let running: Vec<TxId> = self.running.keys().copied().collect();
        running.into_iter().for_each(|tx| self.abort(tx));
        self.woken.clear();
    }

    /// Those whose locks have become free since the last call, the longest wait first: their statements are to be executed again.
    pub fn woken(&mut self) -> Vec<TxId> {
        std::mem::take(&mut self.woken)
    }

    /// Takes away versions that nobody can see any more, and rows that were deleted. O(versions).
    pub fn vacuum(&mut self) {
        let snapshots = self.running.values().filter_map(|tx| tx.statement.or(tx.snapshot));
        let oldest = snapshots.min().unwrap_or(self.commits);
        self.rows.retain(|_, versions| {
            let seen = |version: &Version| version.committed.is_some_and(|at| at <= oldest);
            let first = versions.iter().rposition(seen).unwrap_or(0);
            versions.drain(..first);
            versions.len() != 1 || versions[0].value.is_some() || !seen(&versions[0])
        });
    }

    /// Whether a transaction runs.
    #[must_use]
    pub fn runs(&self, tx: TxId) -> bool {
        self.running.contains_key(&tx)
    }

    /// Whom a transaction waits for, in order; nobody where it does not wait.
    #[must_use]
    pub fn waits_for(&self, tx: TxId) -> Vec<TxId> {
        self.locks.waits_for(tx)
    }

    /// Whether the transaction waits for a lock.
    #[must_use]
    pub fn waits(&self, tx: TxId) -> bool {
        self.locks.waits(tx)
    }

    /// The serializable transactions that must come before this one and those that must come after it, by what was read.
    #[must_use]
    pub fn around(&self, tx: TxId) -> (&[TxId], &[TxId]) {
        self.ssi.around(tx)
    }

    /// The rows with all their versions, the oldest first.
    pub fn versions(&self) -> impl Iterator<Item = (Key, &[Version])> {
        self.rows.iter().map(|(key, versions)| (*key, versions.as_slice()))
    }

    /// The value of a row as the last commit left it.
    #[must_use]
    pub fn value(&self, key: Key) -> Option<Value> {
        self.rows.get(&key)?.iter().rfind(|version| version.committed.is_some())?.value
    }

    /// Who holds a lock on the row, and whether exclusively.
    pub fn locked(&self, key: Key) -> impl Iterator<Item = (TxId, bool)> {
        self.locks.holders(key).map(|lock| (lock.tx, lock.mode == Mode::Exclusive))
    }

    /// How many transactions run, and how many that have committed are remembered for their dependencies.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        let serializable = self.running.values().filter(|tx| tx.level == Level::Serializable).count();
        (self.running.len(), self.ssi.len().saturating_sub(serializable))
    }
}
