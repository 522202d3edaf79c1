//! What clients did to a store and saw of it: a history, and which consistency models allow it.
//!
//! A history knows nothing of the store. It holds what clients can know: who called what and when, when
//! the answer came and what it was. A call without an answer may have taken effect or not, then or later.
//! Every key is a register that holds 0 at first. Values that are written to a key should differ, so that a read tells whose write it saw.

//!
//! A checker ([`Model::check`]) says whether a model allows the history. It returns the evidence too: the order of
//! the calls that proves it, or the few calls that refute it, which anybody can verify by hand. Deciding this is NP-complete
//! in general (Gibbons and Korach 1997 for the first two models, Furbach et al. 2014 for others), so the work is bounded.

mod causal;
mod classic;
mod eventual;
mod linearizable;
mod refute;
mod relation;
mod search;
mod sequential;
#[cfg(test)]
mod tests;

pub use classic::{CLASSICS, Classic};
pub use eventual::settled;
pub use refute::{Reason, Refutation, key_name};

use crate::sim::Nanos;

/// The longest history that is judged, in calls.
pub const MOST_CALLS: usize = 64;
/// The most keys of a history that is judged.
pub const MOST_KEYS: usize = 16;

/// A call in a history, by its place.
pub type CallId = usize;

/// What a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The value of a key.
    Read,
    /// That a key have this value.
    Write(u64),
}

/// One call of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who called.
    pub client: u32,
    /// Which key.
    pub key: u32,
    /// What was asked for.
    pub op: Op,
    /// When the call was made.
    pub start: Nanos,
    /// When the answer came; none where it has not (yet).
    pub end: Option<Nanos>,
    /// What was read; 0 for a key that was not written. Nothing for a write or where no answer came.
    pub seen: Option<u64>,
}

/// What clients did and saw, in the order in which the calls were made. A client makes one call after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    calls: Vec<Call>,
}

impl History {
    /// Nothing was done yet.
    #[must_use]
    pub fn new() -> History {
        History::default()
    }

    /// A client calls. Returns the call, to be answered with [`History::wrote`] or [`History::read`].
    pub fn call(&mut self, client: u32, key: u32, op: Op, now: Nanos) -> CallId {
        self.calls.push(Call { client, key, op, start: now, end: None, seen: None });
        self.calls.len() - 1
    }

    /// A write was acknowledged.
    pub fn wrote(&mut self, call: CallId, now: Nanos) {
        if let Some(call) = self.calls.get_mut(call) {
            call.end = Some(now);
        }
    }

    /// A read was answered with that value.
    pub fn read(&mut self, call: CallId, now: Nanos, seen: u64) {
        if let Some(call) = self.calls.get_mut(call) {
            call.end = Some(now);
            call.seen = Some(seen);
        }
    }

    /// All calls, by when they were made.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }
}

/// A history of calls that are known already. They keep their places; a client's calls come one after the other
/// by when they start.
impl From<Vec<Call>> for History {
    fn from(calls: Vec<Call>) -> History {
        History { calls }
    }
}

/// What a store promises about what reads see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// One order of all calls explains every read, and a call that ended before another began comes first in it
    /// (Herlihy and Wing 1990).
    Linearizable,
    /// One order of all calls explains every read, and has each client's calls in the client's order (Lamport 1979).
    Sequential,
    /// Each client has an order of all writes and its own reads that explains these, and what may have caused something
    /// comes before it: causal memory (Ahamad et al. 1995).
    Causal,
    /// The same, but only what one client did is in order: pipelined RAM (Lipton and Sandberg 1988).
    Pram,
    /// When nobody writes a key any more, all come to read the same: [`settled`] says exactly what is checked.
    Eventual,
}

/// What a checker says of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The model allows it, and this proves it.
    Holds(Vec<Order>),
    /// The model forbids it, and this refutes it.
    Fails(Refutation),
    /// It has more calls or keys than are judged, or judging it takes too many steps.
    TooLong,
}

/// An order of calls that explains what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Whose reads it explains; nobody where it explains all.
    pub client: Option<u32>,
    /// The calls, first to last. Calls without an answer that need not have taken effect are not in it. Of
    /// [`Model::Eventual`] they are the reads that agree.
    pub calls: Vec<CallId>,
}

impl Model {
    /// All of them. Each of the first four implies the next; the first one implies the last.
    pub const ALL: [Model; 5] =
        [Model::Linearizable, Model::Sequential, Model::Causal, Model::Pram, Model::Eventual];

    /// Its name: `linearizable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Model::Linearizable => "linearizable",
            Model::Sequential => "sequential",
            Model::Causal => "causal",
            Model::Pram => "PRAM",
            Model::Eventual => "eventual",
        }
    }

    /// Whether the model allows the history. Microseconds for a dozen calls; never more than a bounded number of steps.
    #[must_use]
    pub fn check(self, history: &History) -> Verdict {
        let calls = history.calls();
        if calls.len() > MOST_CALLS || relation::keys(calls).len() > MOST_KEYS {
            return Verdict::TooLong;
        }
        match self {
            Model::Linearizable => linearizable::check(calls),
            Model::Sequential => sequential::check(calls),
            Model::Causal => causal::check(calls, causal::Knowledge::Causes),
            Model::Pram => causal::check(calls, causal::Knowledge::Pipes),
            Model::Eventual => settled(history, Nanos::ZERO),
        }
    }
}

impl Verdict {
    /// Whether the model allows the history; no where that is not known.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Verdict::Holds(_))
    }

    /// Whether the model forbids it; no where that is not known.
    #[must_use]
    pub fn fails(&self) -> bool {
        matches!(self, Verdict::Fails(_))
    }
}
