//! Raft: a log that a group of nodes agrees on, as long as a majority of them is up and can talk.
//!
//! One node leads. It alone takes commands, appends them to its log and has the others copy it; what a majority holds is
//! committed and may be applied. When the leader is silent for too long the others vote for a new one, and only a node
//! whose log holds everything that was committed can win (Ongaro and Ousterhout, "In Search of an Understandable
//! Consensus Algorithm", 2014; Ongaro's thesis, 2014, for everything beyond the paper).
//!
//! A [`Node`] does no input and output. It is told what arrives and what time it is, and says what to do about it:
//!
//! ```text
//! node.tick(now, rng)               when `node.next_at()` has come
//! node.deliver(now, message, rng)   a message of another node
//! node.propose(command)             a command of a client
//! let ready = node.ready(now)       and then, in this order:
//!     disk.write(&node, &ready)     1. make durable what it says; a node that restarts knows nothing else
//!     send each of ready.messages   2. they promise what was just made durable
//!     apply node.entry(i), for i in ready.apply   3. hand what is committed to the state machine
//! ```
//!
//! What stands in which file: `node.rs` the node and what moves it, `election.rs` votes, `replication.rs` the log's way
//! from the leader to the others, `leading.rs` what a leader is asked for, `membership.rs` majorities of changing groups,
//! `log.rs`, `message.rs` and `disk.rs` the data. `safety.rs` is no part of it: it watches a cluster from outside and says
//! which of the five properties of the paper was broken.
//!
//! Built in besides the paper: pre-vote (thesis 9.6), a leader that resigns when it no longer hears a majority, and followers that
//! stay with a leader they hear (6.2, 4.2.3), handing leadership over (3.10), membership changes by joint consensus (4.3) and by
//! single steps with the rule that mends their bug of 2015, reads without a log entry (6.4), batches and pipelining (10.2).
//! Left out: snapshots in chunks, members without a vote, leases for reads.

mod disk;
mod election;
mod leading;
mod log;
mod membership;
mod message;
mod node;
mod replication;
pub mod safety;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture;

pub use disk::{Disk, Hard, Ready};
pub use leading::{Refused, Way};
pub use log::Log;
pub use membership::Config;
pub use message::{Body, Entry, Message, Outcome, Payload, Position, Snapshot};
pub use node::{Node, Peer, Role};

use crate::sim::Nanos;

/// The number of a node, unique in its cluster.
pub type Id = u64;
/// The number of a term: the reign of one leader at most, from 1.
pub type Term = u64;
/// The place of an entry in the log, from 1; 0 stands before the first one.
pub type Index = u64;

/// How a node behaves. All nodes of a cluster should have the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// A follower that hears from no leader for this long and up to as long again, by chance, stands for election. Ten times the
    /// time of a message there and back, or more.
    pub election: Nanos,
    /// How often a leader tells that it is there: a fraction of `election`.
    pub heartbeat: Nanos,
    /// The most entries in one message, at least 1.
    pub batch: usize,
    /// The most entries that are on their way to a follower without its word that they arrived.
    pub window: u64,
    /// Whether a node asks if it could win before it raises its term (thesis 9.6). Without it a node that was cut off
    /// comes back with a high term and deposes a leader with whom nothing is wrong.
    pub pre_vote: bool,
    /// Whether a leader that has not heard from a majority for `election` resigns, and a follower that has heard from its
    /// leader within `election` denies its vote to others (thesis 6.2 and 4.2.3).
    pub check_quorum: bool,
    /// A mistake that is built in.
    pub flaw: Flaw,
}

/// As etcd has it: 1 s and 100 ms, with pre-vote and quorum checks.
impl Default for Settings {
    fn default() -> Settings {
        Settings {
            election: Nanos::from_millis(1_000),
            heartbeat: Nanos::from_millis(100),
            batch: 256,
            window: 4_096,
            pre_vote: true,
            check_quorum: true,
            flaw: Flaw::None,
        }
    }
}

/// Mistakes that people make, to show what each rule is there for. Each breaks one of the properties in [`safety`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// None.
    #[default]
    None,
    /// The vote is not made durable: a node that restarts votes a second time in the term.
    ForgetsVote,
    /// A new leader clears away what it finds uncommitted in its log.
    Overwrites,
    /// A follower looks whether it has an entry before the new ones, not whether it is the leader's.
    NoPrevCheck,
    /// A leader counts copies of entries of earlier terms as committed (figure 8 of the paper). It also adds no entry
    /// of its own when it begins: who counts the old ones sees no need.
    CountsOldTerms,
    /// A vote is given to whoever asks first, however short his log.
    VotesForAnyone,
    /// Entries are applied when they are in the log, before they are committed.
    AppliesEarly,
    /// A membership change by a single step is accepted before the leader has committed an entry of its term (Ongaro,
    /// "bug in single-server membership changes", raft-dev, 2015).
    StepsAtOnce,
}
