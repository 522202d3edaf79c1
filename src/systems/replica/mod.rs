//! One replicated store, and the protocols that keep its copies together.
//!
//! Every replicated store answers three questions: where does a write go first, when is its client told, and what becomes of
//! copies that have parted. What the answers have in common stands in this module once, so that protocols differ where they
//! differ and nowhere else.
//!
//! * `version.rs`: which of two values is the newer one. A [`Stamp`] orders all writes, a [`VersionVector`] orders them as
//!   far as one could know of the other, and a [`Cell`] is what a key holds under one of three rules of [`Merge`]: the last
//!   write, all concurrent ones (siblings), or a sum.
//! * `copy.rs`: what one node has on its disk, a [`LocalCopy`]: a cell for each key, how far it has come in a log, and a Merkle
//!   tree by which two copies find where they differ.
//! * `leaderless.rs` and its directory: every node takes writes and asks the others (N, R and W, read repair, sloppy quorums
//!   with hints, anti-entropy), as Dynamo does (DeCandia et al., SOSP 2007).
//! * `shipped.rs`: the log that a leader ships; `leader.rs`: a leader and its followers; `manager.rs`: who leads, and failover.
//! * `chain.rs`: chain replication (van Renesse and Schneider, OSDI 2004).
//! * `multi.rs`: several leaders, each for its own clients, and the conflicts that come of it.
//! * `session.rs`: what one client may expect of lagging copies, and how it is kept (Terry et al., 1994).
//!
//! All protocols have the same shape. A node is a state machine: it is fed with requests of clients, messages and timers, each
//! with the moment `now`, and pushes what is to be done into a list of [`Effect`]s. It has no network and no clock
//! of its own. Whoever drives it decides when a message arrives, whether it does, and what is crashed; so a test can
//! play any order of events, and a demo can let the learner hold a message in his hand. Messages and timers are plain enums.
//!
//! ```text
//! client ── request ──►┌──────┐── Send ──► network ──► deliver(now, from, message, out)
//!                      │ node │── Wake ──► event queue ──► wake(now, timer, out)
//! client ◄── Tell ─────└──────┘
//! ```

pub mod chain;
mod copy;
pub mod leader;
pub mod leaderless;
pub mod manager;
pub mod multi;
pub mod session;
pub mod shipped;
pub mod version;
#[cfg(test)]
mod wires;

pub use copy::{LEAVES, LocalCopy, ROOT, leaf_of};
pub use version::{Cell, Merge, Stamp, Version, VersionVector};

use crate::sim::Nanos;

/// A node of a cluster, counted from 0: the same numbers as in [`crate::sim::Network`].
pub type NodeId = usize;
/// What a value is stored under.
pub type Key = u32;
/// What is stored: here a number, which is all that the protocols need to be told apart by.
pub type Value = u64;
/// One operation of a client. Whoever asks chooses it, and never the same one twice.
pub type OpId = u64;

/// What a node wants done, where `M` are the messages and `T` the timers of its protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<M, T> {
    /// Send this message. `to` may be the node itself: then it is delivered to it like any other.
    Send {
        /// Who is to get it.
        to: NodeId,
        /// What it says.
        message: M,
    },
    /// Wake the node with this timer at this moment. Timers are not taken back: one that has become pointless is ignored.
    Wake {
        /// When.
        at: Nanos,
        /// With what.
        timer: T,
    },
    /// Tell the client of an operation how it ended. Once for each operation, unless the node crashes.
    Tell {
        /// Which operation.
        op: OpId,
        /// How it ended.
        answer: Answer,
    },
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The write is stored as often as was asked for, under this stamp.
    Written(Stamp),
    /// What the key holds; nothing in it where it was never written.
    Read(Cell),
    /// It was not done and never will be: too few replicas can be reached, or this node does not take it.
    Refused,
    /// The answers of enough replicas did not come in time. A write may have taken effect, or may do so later.
    Unknown,
}
