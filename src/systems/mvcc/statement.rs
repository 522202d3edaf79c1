//! What a transaction can ask a store for, and what it is told.
//!
//! A row has a key and a value. A [`Filter`] is a predicate: a range of keys, and a condition on the value. It
//! also speaks of rows that are not there yet, which is what makes phantoms possible.

use super::{Key, Stamp, TxId, Value};

/// A condition on a row's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cond {
    /// Every value.
    Any,
    /// `value = n`.
    Is(Value),
    /// `value % n = 0`; no value where n is 0.
    MultipleOf(Value),
    /// `value >= n`.
    AtLeast(Value),
}

impl Cond {
    /// Whether a value fulfils it.
    #[must_use]
    pub fn holds(self, value: Value) -> bool {
        match self {
            Cond::Any => true,
            Cond::Is(other) => value == other,
            Cond::MultipleOf(n) => value.checked_rem(n) == Some(0),
            Cond::AtLeast(least) => value >= least,
        }
    }
}

/// A predicate: the rows from the first to the last key (both included) whose value fulfils a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The first key.
    pub from: Key,
    /// The last key; below the first one for no rows.
    pub to: Key,
    /// What the value must be.
    pub cond: Cond,
}

impl Filter {
    /// All rows there are.
    pub const ALL: Filter = Filter { from: 0, to: Key::MAX, cond: Cond::Any };

    /// One row, whatever its value.
    #[must_use]
    pub const fn key(key: Key) -> Filter {
        Filter { from: key, to: key, cond: Cond::Any }
    }

    /// The rows of all keys whose value fulfils a condition.
    #[must_use]
    pub const fn of(cond: Cond) -> Filter {
        Filter { from: 0, to: Key::MAX, cond }
    }

    /// Whether the row of that key belongs to it when it has this value; a row that is not there does not.
    #[must_use]
    pub fn holds(&self, key: Key, value: Option<Value>) -> bool {
        self.from <= key && key <= self.to && value.is_some_and(|value| self.cond.holds(value))
    }

    /// Whether it names a row rather than a predicate: nothing but its value can change the answer.
    #[must_use]
    pub fn is_item(&self) -> bool {
        self.from == self.to && self.cond == Cond::Any
    }
}

/// What becomes of a row that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has this value.
    Set(Value),
    /// Its value grows by so much (and stays at the ends of the range).
    Add(Value),
    /// It goes.
    Delete,
    /// Nothing, but nobody else may write it until the end of the transaction: `SELECT ... FOR UPDATE`.
    Lock,
}

/// A statement of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `SELECT ... WHERE filter`.
    Read(Filter),
    /// `UPDATE`, `DELETE` or `SELECT ... FOR UPDATE ... WHERE filter`. It answers with the rows as they were.
    Change(Filter, Change),
    /// The row of that key has this value from now on, whether it was there or not.
    Put(Key, Value),
    /// The same, if the row is still the version that was read: an optimistic write, `UPDATE ... WHERE version = n`.
    PutIf(Key, Value, Stamp),
}

/// A row as a transaction sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: Key,
    /// Its value.
    pub value: Value,
    /// Which version of the row this is.
    pub stamp: Stamp,
}

/// Why a statement has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It waits for a lock. It is to be executed again when its transaction is among the [woken](super::Store::woken).
    Wait,
    /// The transaction was aborted and all that it wrote is gone.
    Abort(Abort),
}

/// Why a transaction was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Abort {
    /// It waited for others who waited for it.
    Deadlock,
    /// A row that it would write was changed by another one since its snapshot: the first updater wins.
    Conflict,
    /// It stood where a cycle of dependencies could close (SSI).
    Dangerous,
    /// An optimistic write found another version.
    Stale,
    /// There is no such transaction any more.
    Unknown,
}

/// Something that a store noted of a transaction, for whoever checks it: see [`graph`](super::graph).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The transaction.
    pub tx: TxId,
    /// What it did.
    pub act: Act,
}

/// What a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It read rows: for each row of the key range the version that it saw and its value, also of those that did not
    /// fulfil the condition. A row that is missing was not there.
    Read(Filter, Vec<(Key, Stamp, Option<Value>)>),
    /// It made a version of a row; no value where it deleted it.
    Write(Key, Stamp, Option<Value>),
    /// It ended well.
    Commit,
    /// It ended, and its versions are gone.
    Abort,
}
