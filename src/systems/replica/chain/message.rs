//! What the nodes of a chain have in common, and what they and their master tell each other.

use super::super::NodeId;
use super::super::shipped::{Entry, Log};
use crate::sim::Nanos;

/// What all nodes of a chain have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many nodes there are, numbered from 0: in this order they are the first chain, in epoch 1.
    pub nodes: usize,
    /// How often a node says that it lives, to the master and to its successor.
    pub heartbeat: Nanos,
    /// How long it takes to force an entry to the disk.
    pub disk: Nanos,
    /// Whether a node takes updates only of its own epoch and from its own predecessor.
    pub fencing: bool,
    /// The node that decides who is in the chain.
    pub master: NodeId,
    /// What is wrong with the nodes.
    pub flaw: Flaw,
}

/// Flaws that people write, to be seen and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is wrong.
    #[default]
    None,
    /// The head tells the client, as soon as its own disk has the write.
    AckAtHead,
}

/// Who is in the chain. A later epoch replaces an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Which order of the chain this is.
    pub epoch: u32,
    /// From head to tail.
    pub members: Vec<NodeId>,
    /// A node that is to become the tail, and gets everything from the present one.
    pub joining: Option<NodeId>,
}

/// What nodes and their master tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Master to node: this is the chain.
    Order(Order),
    /// Node to successor: entries behind a position at which the sender has an entry of epoch `before`.
    Update {
        /// The epoch of the chain.
        epoch: u32,
        /// The position before the first of the entries.
        after: u64,
        /// The epoch of the sender's entry there.
        before: u32,
        /// The entries.
        entries: Vec<Entry>,
    },
    /// Node to a successor that is too far behind: all there is.
    Whole {
        /// The epoch of the chain.
        epoch: u32,
        /// The settled part of its log.
        log: Box<Log>,
    },
    /// Node to predecessor: the tail has all up to there.
    Done {
        /// The epoch of the chain.
        epoch: u32,
        /// The position.
        upto: u64,
    },
    /// Node to predecessor: I do not hold that position; go on from this one.
    Behind {
        /// The epoch of the chain.
        epoch: u32,
        /// The position.
        from: u64,
    },
    /// Node to master: I live.
    Beat,
    /// Tail to master: who joins has all that I have, and I acknowledge nothing any more that he does not have.
    Caught {
        /// The epoch of the chain.
        epoch: u32,
    },
}

/// What a node is woken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// To say that it lives.
    Beat {
        /// The life in which it was set.
        life: u32,
    },
    /// The disk has all up to this length.
    Synced {
        /// The life in which it was set.
        life: u32,
        /// The length.
        len: u64,
    },
}
