//! One change at several services: two-phase commit, sagas, and a transactional outbox, each in steps that a crash can come between.
//!
//! A [`Node`] is a service with a disk and a memory. It does one thing at a time ([`Node::step`]): it writes one record or sends
//! one message. A crash takes what is in memory, the messages it had received and the steps it had in mind; what is on the disk
//! stays, and [`Node::restart`] goes on from there. Messages may be lost, doubled and late. So a test can crash any node before any
//! of its steps and ask whether the promise holds:
//!
//! * **Two-phase commit** (Gray 1978; presumed abort: Mohan, Lindsay and Obermarck 1986): all participants commit or none. Between its
//!   vote and the decision a participant is *in doubt*: it may neither commit nor abort, and keeps its locks.
//! * **Saga** (Garcia-Molina and Salem 1987): each service commits at once; if a later one refuses, the earlier ones are compensated in
//!   reverse order. In between everybody sees half of it. An orchestrator drives it, or each service tells the next one
//!   (choreography).
//! * **Outbox**: the row and the message that tells of it are written in one local transaction; a relay sends the message until it is
//!   taken: at least once. Change data capture takes the messages from the database's log instead, in order, and remembers
//!   an offset. The consumer writes down what it has applied (an inbox): at least once and deduplication is effectively once.

mod outbox;
mod role;
mod saga;
#[cfg(test)]
mod tests;
mod two_phase;

pub use outbox::{Broker, Consumer, Producer, Publish};
pub use saga::{Dancer, Orchestrator, Service, Stage};
pub use two_phase::{Coordinator, Participant, Vote};

/// The number of a transaction.
pub type TxId = u64;
/// The number of a node: 0 begins transactions.
pub type NodeId = usize;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Two-phase commit: can you commit?
    Prepare,
    /// I can, and will if told so.
    Yes,
    /// I cannot.
    No,
    /// It is decided: commit.
    Commit,
    /// It is decided: abort.
    Abort,
    /// I have committed.
    Acked,
    /// I am in doubt: what was decided?
    Inquire,
    /// Saga: do your part.
    Do,
    /// It is done.
    Done,
    /// I refuse.
    Refused,
    /// Compensate your part.
    Undo,
    /// It is compensated.
    Undone,
    /// Outbox: this happened.
    Event,
    /// I have got that.
    Received,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The transaction that it is about.
    pub tx: TxId,
    /// What it says.
    pub what: What,
    /// Who sends it.
    pub from: NodeId,
    /// Whom to.
    pub to: NodeId,
    /// Which node refuses its part of this transaction; 0 for none. (It stands for what the data would say.)
    pub refuses: NodeId,
    /// Which copy of an event it is about, at a broker.
    pub copy: u64,
}

impl Message {
    /// The answer to it.
    #[must_use]
    pub fn answer(&self, what: What) -> Message {
        Message { what, from: self.to, to: self.from, ..*self }
    }
}

/// What a node did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It wrote a record and waited until that was on the disk.
    Wrote(TxId, &'static str),
    /// It sent a message.
    Sent(Message),
}

impl Step {
    /// The transaction that it was about.
    #[must_use]
    pub fn tx(&self) -> TxId {
        match self {
            Step::Wrote(tx, _) => *tx,
            Step::Sent(message) => message.tx,
        }
    }
}

/// What a node can get wrong on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// The coordinator tells its decision without having written it down.
    UnloggedDecision,
    /// A compensation is carried out each time that it is asked for.
    RepeatedCompensation,
}

/// A service with a disk and a memory.
pub trait Node {
    /// A client asks node 0 for a transaction, which the node `refuses` (0: none) will refuse.
    fn begin(&mut self, tx: TxId, refuses: NodeId);
    /// A message arrives.
    fn receive(&mut self, message: Message);
    /// Does the next thing that is to be done, if there is any.
    fn step(&mut self) -> Option<Step>;
    /// Whether there is something to be done.
    fn is_busy(&self) -> bool;
    /// Time has passed and nothing came: what is open is sent again, asked for, or given up, of transactions up to that number.
    fn nudge(&mut self, up_to: TxId);
    /// Whether a nudge would do something.
    fn is_open(&self) -> bool;
    /// All that is in memory is lost.
    fn crash(&mut self);
    /// It goes on from what is on the disk.
    fn restart(&mut self);
    /// A transaction that has ended everywhere needs no longer be known.
    fn forget(&mut self, tx: TxId);
}
