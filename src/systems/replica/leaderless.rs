//! A store without a leader: every node takes requests and asks the others, N, R and W (DeCandia et al., Dynamo, SOSP 2007).
//!
//! A key has N homes among the members of the cluster, those that follow each other from `key % members` on. The node that a
//! client talks to coordinates: it stamps a write and sends it to the homes, and tells the client when W have
//! stored it; it asks the homes what they hold, joins the first R answers, and tells the client. It need not be
//! a member itself: then it is a client's own library. It reaches itself by messages too, like everybody else.
//!
//! What repairs copies that have parted, each of it optional: **read repair** sends the newest of the answers to those that
//! gave an older one, and **write-back** does so before the client is told, and waits until W hold it, which is what makes reads
//! of a register linearizable (Attiya, Bar-Noy and Dolev, 1995). A **sloppy quorum** lets another member stand in for a home
//! that is silent, and keeps a hint of whom the write was for; **hand-off** brings it there. **Anti-entropy** compares
//! Merkle trees with one home after the other.
//!
//! What holds, as long as disks survive, there is no flaw, and the clocks of coordinators agree (all of it is tested):
//! * Not sloppy: from its acknowledgement on, at least W homes reflect a write (hold it or a newer one).
//! * Not sloppy, R + W > N: a read that begins after a write was acknowledged reflects it. Any number may crash; then
//!   operations fail, and do not lie.
//! * With write-back besides, reads and writes of a key are linearizable. Without it they are not: two reads, one
//!   after the other, may see a write that is under way and then not see it.
//! * Sloppy: at least W members reflect it. A home that is slow and its stand-in count as two, as in Dynamo, where W counts
//!   nodes: so hand-off alone brings a write to half as many homes at least, rounded up, and not to W.
//! * Sloppy or not: when all are up and reach each other again, hand-off and anti-entropy bring every acknowledged write
//!   to every home.
//!
//! `coordinate.rs` has the life of a request, `converge.rs` hand-off and anti-entropy.

mod converge;
mod coordinate;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use coordinate::Pending;

use super::{Answer, Cell, Effect, Key, LocalCopy, Merge, NodeId, OpId, Value, VersionVector};
use crate::sim::{Nanos, Rng};

/// How a cluster works. All of its nodes are given the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How many nodes store data: those numbered below it.
    pub members: usize,
    /// How many homes a key has: at least 1, at most `members`.
    pub n: usize,
    /// How many must have stored a write before it is acknowledged: at least 1.
    pub w: usize,
    /// How many must have answered a read: at least 1.
    pub r: usize,
    /// Whom the coordinator asks.
    pub asks: Asks,
    /// What it does about the older ones among the answers to a read.
    pub repair: Repair,
    /// Whether another member stands in for a home that is silent.
    pub sloppy: bool,
    /// What becomes of two writes of a key.
    pub merge: Merge,
    /// After so long without an answer another node is asked instead, where there is one.
    pub patience: Nanos,
    /// After so long the client is told that the outcome is unknown.
    pub timeout: Nanos,
    /// For so long a node that was silent until a time-out is not counted upon: a request that needs it is refused at once,
    /// or goes to a stand-in. Zero: it is tried each time. Any message from it ends this.
    pub suspect_for: Nanos,
    /// How often hints are handed off, while there are any.
    pub handoff_every: Nanos,
    /// How often a member compares its tree with another home's; none where there is no anti-entropy.
    pub sync_every: Option<Nanos>,
    /// What is wrong with it on purpose.
    pub flaw: Flaw,
}

/// Whom a coordinator asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// All homes, and waits for W or R of them: as fast as the fastest, and all get the write.
    All,
    /// W or R homes chosen at random, and others only where one is silent: less traffic, and nothing but repair brings
    /// a write to the rest.
    Enough,
}

/// What a coordinator does about the older ones among the answers to a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Nothing.
    Off,
    /// It tells the client, and sends them the newest.
    Background,
    /// It sends them the newest, and tells the client when W nodes hold it.
    WriteBack,
}

/// Mistakes that stores were built with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// None.
    #[default]
    None,
    /// The coordinator counts itself among those that stored the write.
    CountsItself,
    /// A replica stores what arrives last, and compares no stamps.
    LastToArrive,
    /// The client is told the first of the answers, not the newest.
    FirstAnswer,
    /// An answer that arrives twice counts twice.
    CountsTwice,
    /// A hint is deleted when it was sent, not when it was stored.
    ForgetsHints,
}

/// What a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// What a key holds.
    Read,
    /// That it hold this value; under [`Merge::Sum`] that this be added. The context is what the client has read
    /// of it before ([`Cell::seen`]), and matters under [`Merge::Siblings`] alone.
    Write(Value, VersionVector),
}

/// How many a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// How many must have stored a write, or what a read writes back: at least 1.
    pub w: usize,
    /// How many must have answered a read: at least 1.
    pub r: usize,
}

/// What nodes send each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Store this and say so.
    Store {
        /// The request that it belongs to.
        op: OpId,
        /// Which key.
        key: Key,
        /// What to join to what it holds.
        cell: Cell,
        /// The home that the receiver stands in for.
        hint_for: Option<NodeId>,
    },
    /// It is stored.
    Stored {
        /// The request that it belonged to.
        op: OpId,
    },
    /// What does the key hold?
    Fetch {
        /// The request that it belongs to.
        op: OpId,
        /// Which key.
        key: Key,
    },
    /// It holds this.
    Fetched {
        /// The request that it belonged to.
        op: OpId,
        /// What the sender holds.
        cell: Cell,
    },
    /// Something newer than you have.
    Repair {
        /// Which key.
        key: Key,
        /// What to join to what it holds.
        cell: Cell,
    },
    /// Something that was meant for you.
    Hand {
        /// Which key.
        key: Key,
        /// What to join to what it holds.
        cell: Cell,
    },
    /// It is stored.
    Handed {
        /// Which key.
        key: Key,
        /// The hash of what was handed off, which tells it from what has come since.
        hash: u64,
    },
    /// The hash at a place of my tree.
    Compare {
        /// The tree of this range of keys.
        range: usize,
        /// Where in the tree.
        place: usize,
        /// The hash there.
        hash: u64,
    },
    /// What I have in a leaf where we differ.
    Leaf {
        /// The tree of this range of keys.
        range: usize,
        /// The place of the leaf.
        leaf: usize,
        /// Keys with what they hold.
        cells: Vec<(Key, Cell)>,
        /// Whether this is all of the leaf, and what the sender lacks is to come back.
        answer: bool,
    },
}

/// What a node wakes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Somebody is silent: ask another one.
    Patience(OpId),
    /// The client has waited long enough.
    Timeout(OpId),
    /// Hand off hints. The number tells a timer of before a crash.
    HandOff(u64),
    /// Compare trees with the next home.
    Sync(u64),
}

/// What a node wants done.
pub type Out = Vec<Effect<Message, Timer>>;

/// One node: a member that stores, a coordinator, or both.
#[derive(Clone, Debug)]
pub struct Node {
    id: NodeId,
    config: Config,
    /// On disk: what it holds, by the range of keys (`key % members`), so that two homes of a range can compare their trees.
    copies: Vec<LocalCopy>,
    /// On disk: whom it keeps something for.
    hints: BTreeSet<(NodeId, Key)>,
    /// On disk: the last stamp that it gave.
    last_stamp: u64,
    /// How far its clock is behind.
    clock_behind: Nanos,
    /// The requests that it coordinates.
    pending: BTreeMap<OpId, Pending>,
    /// Until when each member is not counted upon.
    suspected: Vec<Nanos>,
    /// How often it was started.
    epoch: u64,
    handing_off: bool,
    /// How many times it has compared trees.
    syncs: usize,
}

impl Node {
    /// A node that holds nothing. It does nothing before [`Node::restart`].
    #[must_use]
    pub fn new(id: NodeId, config: Config) -> Node {
        Node {
            id,
            copies: vec![LocalCopy::new(config.merge); config.members],
            hints: BTreeSet::new(),
            last_stamp: 0,
            clock_behind: Nanos::ZERO,
            pending: BTreeMap::new(),
            suspected: vec![Nanos::ZERO; config.members],
            epoch: 0,
            handing_off: false,
            syncs: 0,
            config,
        }
    }

    /// The homes of a key: N members, each once.
    pub fn homes(&self, key: Key) -> impl Iterator<Item = NodeId> + use<> {
        let (first, members, n) = (self.range(key), self.config.members, self.config.n);
        (0..n.min(members)).map(move |step| (first + step) % members)
    }

    /// Whether it stores data.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.id < self.config.members
    }

    /// What it holds for a key; nothing where it has heard of no write.
    #[must_use]
    pub fn holds(&self, key: Key) -> Option<&Cell> {
        self.copies.get(self.range(key)).and_then(|copy| copy.get(key))
    }

    /// For whom it keeps what, by home.
    pub fn hints(&self) -> impl Iterator<Item = (NodeId, Key)> + '_ {
        self.hints.iter().copied()
    }

    /// Whether it still waits for answers to a request. One whose client was told is still waited for, for the sake of repair.
    #[must_use]
    pub fn waits_for(&self, op: OpId) -> bool {
        self.pending.contains_key(&op)
    }

    /// Other rules from now on. What is under way goes on under the new ones. `members` and `merge` stay as they are.
    pub fn configure(&mut self, now: Nanos, config: &Config, out: &mut Out) {
        let syncs = config.sync_every != self.config.sync_every;
        self.config = Config { members: self.config.members, merge: self.config.merge, ..config.clone() };
        if syncs {
            self.epoch += 1;
            self.start_timers(now, out);
        }
    }

    /// Its clock is so far behind from now on: the stamps that it gives are.
    pub fn set_clock_behind(&mut self, by: Nanos) {
        self.clock_behind = by;
    }

    /// It stops. What is on its disk stays; what it coordinates is forgotten, and those clients are never told.
    pub fn crash(&mut self) {
        self.pending.clear();
        self.suspected.fill(Nanos::ZERO);
        self.epoch += 1;
        self.handing_off = false;
    }

    /// It starts, for the first time or after a crash.
    pub fn restart(&mut self, now: Nanos, out: &mut Out) {
        self.epoch += 1;
        self.start_timers(now, out);
    }

    /// A client makes a request, which this node coordinates. Draws as many numbers as a key has homes.
    pub fn request(
        &mut self,
        now: Nanos,
        op: OpId,
        (key, request): (Key, Request),
        rng: &mut Rng,
        out: &mut Out,
    ) {
        let needs = Needs { w: self.config.w, r: self.config.r };
        self.request_needing(now, op, (key, request, needs), rng, out);
    }

    /// The same for a client who says himself how many he waits for, whatever the configuration says.
    pub fn request_needing(
        &mut self,
        now: Nanos,
        op: OpId,
        (key, request, needs): (Key, Request, Needs),
        rng: &mut Rng,
        out: &mut Out,
    ) {
        match request {
            Request::Read => self.begin_read(now, op, (key, needs), rng, out),
            Request::Write(value, context) => {
                self.begin_write(now, op, (key, value, &context, needs), rng, out);
            }
        }
    }

    /// A message arrives.
    pub fn deliver(&mut self, now: Nanos, from: NodeId, message: Message, out: &mut Out) {
        if let Some(until) = self.suspected.get_mut(from) {
            *until = Nanos::ZERO;
        }
        match message {
            Message::Store { op, key, cell, hint_for } => {
                if self.config.flaw == Flaw::LastToArrive {
                    self.copy_mut(key).put(key, cell);
                } else {
                    self.copy_mut(key).join(key, &cell);
                }
                if let Some(home) = hint_for.filter(|home| *home != self.id) {
                    self.hints.insert((home, key));
                    self.start_hand_off(now, out);
                }
                send(out, from, Message::Stored { op });
            }
            Message::Fetch { op, key } => {
                let cell = self.holds(key).cloned().unwrap_or_default();
                send(out, from, Message::Fetched { op, cell });
            }
            Message::Stored { op } => self.stored(from, op, out),
            Message::Fetched { op, cell } => self.fetched(from, op, cell, out),
            Message::Repair { key, cell } => {
                self.copy_mut(key).join(key, &cell);
            }
            Message::Hand { key, cell } => {
                self.copy_mut(key).join(key, &cell);
                send(out, from, Message::Handed { key, hash: super::copy::hash_of(key, &cell) });
            }
            Message::Handed { key, hash } => {
                // What has changed since it was sent is still owed.
                if self.copies[self.range(key)].cell_hash(key) == hash {
                    self.hints.remove(&(from, key));
                }
            }
            Message::Compare { range, place, hash } => self.compare(from, (range, place, hash), out),
            Message::Leaf { range, leaf, cells, answer } => {
                self.take_leaf(from, (range, leaf), &cells, answer, out);
            }
        }
    }

    /// A timer that it asked for goes off.
    pub fn wake(&mut self, now: Nanos, timer: Timer, out: &mut Out) {
        match timer {
            Timer::Patience(op) => self.lose_patience(op, out),
            Timer::Timeout(op) => self.time_out(now, op, out),
            Timer::HandOff(epoch) if epoch == self.epoch => self.hand_off(now, out),
            Timer::Sync(epoch) if epoch == self.epoch => self.sync(now, out),
            Timer::HandOff(_) | Timer::Sync(_) => {}
        }
    }

    fn range(&self, key: Key) -> usize {
        key as usize % self.config.members.max(1)
    }

    fn copy_mut(&mut self, key: Key) -> &mut LocalCopy {
        let range = self.range(key);
        &mut self.copies[range]
    }
}

fn send(out: &mut Out, to: NodeId, message: Message) {
    out.push(Effect::Send { to, message });
}

fn tell(out: &mut Out, op: OpId, answer: Answer) {
    out.push(Effect::Tell { op, answer });
}
