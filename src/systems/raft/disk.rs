//! What a node wants done, and what of it a restart finds again.

use std::ops::Range;
use std::sync::Arc;

use super::{Config, Entry, Id, Index, Message, Node, Position, Snapshot, Term};

/// The term and the vote: what a node may never forget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hard {
    /// The latest term that the node has seen.
    pub term: Term,
    /// Whom it voted for in that term.
    pub vote: Option<Id>,
}

/// What is to be done after a node was told something, in the order of the fields.
#[derive(Clone, Debug)]
pub struct Ready<C, S> {
    /// To be made durable: term and vote, where they changed.
    pub hard: Option<Hard>,
    /// To be made durable: the snapshot, where it is another one. Entries up to its last can go.
    pub snapshot: Option<Arc<Snapshot<S>>>,
    /// To be made durable: from this index on the log is what [`Node::entries`] says, and nothing else.
    pub log_from: Option<Index>,
    /// To be sent when all of the above is durable. They may get lost, come twice or out of order.
    pub messages: Vec<Message<C, S>>,
    /// Whether the state machine is to become the state of the node's snapshot.
    pub restore: bool,
    /// To be applied to the state machine: the entries of these indices.
    pub apply: Range<Index>,
    /// Reads that may be answered once the state machine has applied up to an index: their tickets, and that index.
    pub reads: Vec<(u64, Index)>,
}

/// What a node has made durable. A real one is files; this one is for tests and simulations, and shows what files must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk<C, S> {
    /// Term and vote.
    pub hard: Hard,
    /// The state that stands for the entries before those of the log.
    pub snapshot: Arc<Snapshot<S>>,
    /// The entries behind the snapshot.
    pub entries: Vec<Entry<C>>,
}

impl<C: Clone, S> Disk<C, S> {
    /// The disk of a node that begins: the voters of its cluster, the same for all that begin together, or nobody for a node that
    /// waits until it is let in.
    #[must_use]
    pub fn new(voters: &[Id]) -> Disk<C, S> {
        let snapshot = Snapshot { last: Position::default(), config: Config::new(voters), state: None };
        Disk { hard: Hard::default(), snapshot: Arc::new(snapshot), entries: Vec::new() }
    }

    /// Makes durable what the node wants durable. O(what changed), and O(entries) where there is a new snapshot.
    pub fn write(&mut self, node: &Node<C, S>, ready: &Ready<C, S>) {
        if let Some(hard) = ready.hard {
            self.hard = hard;
        }
        if let Some(snapshot) = &ready.snapshot {
            let covered = snapshot.last.index.saturating_sub(self.snapshot.last.index) as usize;
            self.entries.drain(..covered.min(self.entries.len()));
            self.snapshot = snapshot.clone();
        }
        if let Some(from) = ready.log_from {
            let keep = from.saturating_sub(self.snapshot.last.index + 1) as usize;
            self.entries.truncate(keep);
            self.entries.extend_from_slice(node.entries().from(from));
        }
    }
}
