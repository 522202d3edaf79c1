//! What a server remembers of the requests that it has seen, in each of the four ways.

use super::Reply;
use super::knobs::{Bug, Knobs};
use crate::sim::Nanos;
use crate::systems::idempotency::naive::{CheckThenSet, UniqueRow};
use crate::systems::idempotency::{Begin, Keys, Ticket};

/// How a server recognises a request that is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    None,
    Check,
    Unique,
    Full,
}

impl Way {
    pub(super) const ALL: [Way; 4] = [Way::None, Way::Check, Way::Unique, Way::Full];

    pub(super) fn name(self) -> &'static str {
        match self {
            Way::None => "no key",
            Way::Check => "check-then-set",
            Way::Unique => "unique row",
            Way::Full => "full machine",
        }
    }
}

/// The memory of a server.
#[derive(Clone)]
pub(super) enum Memory {
    None,
    Check(CheckThenSet<Reply>),
    Unique(UniqueRow<Reply>),
    Full(Keys<Reply>),
}

impl Memory {
    pub(super) fn new(way: Way, knobs: &Knobs) -> Memory {
        match way {
            Way::None => Memory::None,
            Way::Check => Memory::Check(CheckThenSet::new(knobs.expiry)),
            Way::Unique => Memory::Unique(UniqueRow::new(knobs.expiry)),
            Way::Full => Memory::Full(Keys::new(knobs.config())),
        }
    }

    pub(super) fn configure(&mut self, knobs: &Knobs) {
        match self {
            Memory::None => {}
            Memory::Check(memory) => memory.remember_for(knobs.expiry),
            Memory::Unique(memory) => memory.remember_for(knobs.expiry),
            Memory::Full(keys) => keys.configure(knobs.config()),
        }
    }

    /// How many keys the full machine knows.
    pub(super) fn known(&self) -> usize {
        if let Memory::Full(keys) = self { keys.len() } else { 0 }
    }

    /// The simple memories forget only when they are told to.
    pub(super) fn tidy(&mut self, now: Nanos) {
        match self {
            Memory::Check(memory) => memory.forget(now),
            Memory::Unique(memory) => memory.forget(now),
            Memory::None | Memory::Full(_) => {}
        }
    }

    /// A request for a payment comes, with a key.
    pub(super) fn begin(&mut self, now: Nanos, key: &str, payment: u64) -> Begin<Reply> {
        match self {
            Memory::None => Begin::Run { ticket: 0, takes_over: false },
            Memory::Check(memory) => memory.begin(now, key),
            Memory::Unique(memory) => memory.begin(now, key),
            // The fingerprint stands for the body: each payment has its own. A key of ours is never empty or too long.
            Memory::Full(keys) => keys.begin(now, key, payment).unwrap_or(Begin::Mismatch),
        }
    }

    /// A run has begun. A server that saves its answer first does so now.
    pub(super) fn begun(&mut self, now: Nanos, key: &str, (ticket, payment): (Ticket, u64), knobs: &Knobs) {
        if let Memory::Full(keys) = self
            && knobs.bug == Bug::AnswerFirst
        {
            let _ = keys.finish(now, key, ticket, Reply::Paid(payment));
        }
    }

    /// A run comes to the charge. Returns whether it is made. `sound` is whether the server lives on after it.
    pub(super) fn finish(
        &mut self,
        now: Nanos,
        key: &str,
        (ticket, payment): (Ticket, u64),
        sound: bool,
        knobs: &Knobs,
    ) -> bool {
        let paid = Reply::Paid(payment);
        match self {
            Memory::None => {}
            // Two transactions: a crash comes between the charge and the key.
            Memory::Check(memory) if sound => memory.set(now, key, paid),
            Memory::Unique(memory) if sound => memory.set(key, paid),
            Memory::Check(_) | Memory::Unique(_) => {}
            Memory::Full(_) if knobs.bug == Bug::AnswerFirst => {}
            // One transaction: the charge is made where the key may be finished, or not at all.
            Memory::Full(keys) => return keys.finish(now, key, ticket, paid),
        }
        true
    }
}
