//! What nodes of a Raft cluster tell each other, and what stands in their logs.

use std::sync::Arc;

use super::{Config, Id, Index, Term};

/// What an entry of the log says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload<C> {
    /// Nothing: a leader begins its term with it, since only with an entry of its own term it can commit those before.
    Noop,
    /// A command of a client.
    Command(C),
    /// Who belongs to the cluster from here on. In force as soon as it is in a log, committed or not.
    Config(Box<Config>),
}

/// One entry of the log. Its index is its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry<C> {
    /// The term of the leader who made it.
    pub term: Term,
    /// What it says.
    pub payload: Payload<C>,
}

/// An entry, named by where it stands and in which term it was made. Two logs that have an entry of the same position agree in
/// everything up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// Its place in the log; 0 is before the first entry.
    pub index: Index,
    /// Its term; 0 before the first entry.
    pub term: Term,
}

/// A state of the application that stands for all entries up to a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot<S> {
    /// The last entry that it covers.
    pub last: Position,
    /// Who belonged to the cluster there.
    pub config: Config,
    /// The application's state, where there is one: not before the first entry.
    pub state: Option<S>,
}

/// A message from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<C, S> {
    /// Who sends it.
    pub from: Id,
    /// Who is to get it.
    pub to: Id,
    /// The sender's term; of a pre-vote and the consent to it, the term in which he would stand.
    pub term: Term,
    /// What it says.
    pub body: Body<C, S>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<C, S> {
    /// Would you vote for me?
    PreVote {
        /// The last entry of the sender's log.
        last: Position,
    },
    /// The answer.
    PreVoted {
        /// Whether it would.
        granted: bool,
    },
    /// Vote for me.
    RequestVote {
        /// The last entry of the sender's log.
        last: Position,
        /// Whether the leader itself asked the sender to stand: a vote is then given although he is well.
        handed_over: bool,
    },
    /// The answer.
    Voted {
        /// Whether it has the vote.
        granted: bool,
    },
    /// These entries follow the one at `prev`; without entries, a heartbeat.
    Append {
        /// The entry before the first of `entries`.
        prev: Position,
        /// What follows.
        entries: Vec<Entry<C>>,
        /// Up to where the leader knows entries to be committed.
        commit: Index,
        /// Which of the leader's rounds it belongs to: an answer to it confirms the leader for reads asked before.
        round: u64,
    },
    /// A state in place of entries that the leader no longer has.
    Install {
        /// The state.
        snapshot: Arc<Snapshot<S>>,
        /// As in `Append`.
        round: u64,
    },
    /// The answer to both.
    Appended {
        /// What came of it.
        outcome: Outcome,
        /// The round of the message that is answered.
        round: u64,
    },
    /// Stand for election now: the leader hands over.
    TimeoutNow,
}

/// What came of an `Append` or `Install`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The log agrees with the leader's up to here.
    Matched(Index),
    /// The entry before the new ones is missing or another one.
    Rejected {
        /// Its index, so that a late answer is known as one.
        prev: Index,
        /// The term of what stands there instead, nothing where the log ends before.
        term: Option<Term>,
        /// The first entry of that term, or the place after the end of the log: no need to ask for anything between.
        first: Index,
    },
}

impl<C, S> Body<C, S> {
    /// Whether it answers another message.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        matches!(self, Body::PreVoted { .. } | Body::Voted { .. } | Body::Appended { .. })
    }
}
