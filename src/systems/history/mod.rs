//! What clients did to a store and saw of it: a history, and which consistency models allow it.
//!
//! A history knows nothing of the store. It holds what clients can know: who called what and when, when
//! the answer came and what it was. A call without an answer may have taken effect or not, then or later.
//! Every key is a register that holds 0 at first. Values that are written to a key should differ, so that a read tells whose write it saw.

use crate::sim::Nanos;

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
