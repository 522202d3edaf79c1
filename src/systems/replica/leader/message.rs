//! What the nodes of a cluster with a leader have in common, and what they and their manager tell each other.

use super::super::NodeId;
use super::super::shipped::{Entry, Log, Reach};
use crate::sim::Nanos;

/// What all nodes of a cluster have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many nodes there are, numbered from 0. Node 0 leads at first, in epoch 1.
    pub nodes: usize,
    /// How many followers have a write on disk before its client is told: 0 is asynchronous, nodes - 1 synchronous.
    pub acks: usize,
    /// How often a leader says that it lives, to the manager and to followers.
    pub heartbeat: Nanos,
    /// How long it takes to force an entry to the disk.
    pub disk: Nanos,
    /// Whether nodes refuse what leaders of earlier epochs say.
    pub fencing: bool,
    /// The node that decides who leads: it is sent [`Message::Beat`] and [`Message::Answer`].
    pub manager: NodeId,
    /// What is wrong with the nodes.
    pub flaw: Flaw,
}

/// Flaws that people write, to be seen and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is wrong.
    #[default]
    None,
    /// A node counts an entry as held as soon as it has read it, and puts it on disk later.
    AckBeforeDisk,
}

/// What nodes and their manager tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Leader to follower: entries behind a position at which the leader has an entry of epoch `before`. Empty: it lives.
    Append {
        /// The leader's epoch.
        epoch: u32,
        /// The position before the first of the entries.
        after: u64,
        /// The epoch of the leader's entry there.
        before: u32,
        /// The entries.
        entries: Vec<Entry>,
        /// Up to where entries are acknowledged.
        settled: u64,
    },
    /// Leader to follower that is too far behind: all there is.
    Whole {
        /// The leader's epoch.
        epoch: u32,
        /// The settled part of its log.
        log: Box<Log>,
    },
    /// Follower to leader: up to there I hold on disk what you hold.
    Held {
        /// The epoch of the leader.
        epoch: u32,
        /// The position.
        upto: u64,
    },
    /// Follower to leader: I do not hold that position; try this one.
    Behind {
        /// The epoch of the leader.
        epoch: u32,
        /// A position to go on from.
        from: u64,
    },
    /// To a leader of an earlier epoch: there is a newer one.
    Deposed {
        /// The newer epoch.
        epoch: u32,
    },
    /// Leader to manager: I live.
    Beat {
        /// The epoch of the leader.
        epoch: u32,
    },
    /// Manager to node: a new epoch begins. How far are you? Take nothing from earlier leaders any more.
    Ask {
        /// The new epoch.
        epoch: u32,
    },
    /// Node to manager: so far.
    Answer {
        /// The epoch that was asked in.
        epoch: u32,
        /// How far its disk is.
        reach: Reach,
    },
    /// Manager to node: you lead.
    Lead {
        /// In which epoch.
        epoch: u32,
    },
}

/// What a node is woken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// To say that it leads.
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
