//! Leader and followers: one node takes all writes and ships its log, the others hold it.
//!
//! Everything hangs on when the client is told. A leader that tells it at once (asynchronous) is as quick as its own
//! disk, and what it has told but not yet shipped is gone when it dies. One that waits until `acks` followers have the entry on
//! their disks (semi-synchronous; all of them: synchronous) takes as long as the `acks`-th fastest of them, and stops when
//! fewer are left.
//!
//! **What is kept.** An acknowledged write is on 1 + `acks` disks. A failover that asks n - `acks` of the n nodes has asked one of those,
//! and the log that is furthest ([`Reach`]) of those asked holds the write. It is the arithmetic of quorums, W + R > n. Three
//! things are needed besides, and each is a flaw that people have shipped when it is missing: a node that was asked
//! in epoch e takes nothing from leaders of earlier ones and confirms nothing to them any more, not even what it took before it was
//! asked and its disk has now (the fence: [`Config::fencing`]); it says that it holds an entry when the entry
//! is on its disk, not before ([`Flaw::AckBeforeDisk`]); and a new leader acknowledges nothing before an entry of its own epoch, the
//! barrier, is on as many disks (Raft's rule on earlier terms; Ongaro and Ousterhout 2014, figure 8). Who leads is decided by a
//! [`super::manager`]: this is the way of MySQL with an orchestrator, PostgreSQL with Patroni, or Kafka with its
//! controller. A leader ships what its own disk has, as PostgreSQL does, so after a crash nobody holds what it does not.
//!
//! Followers answer reads too, with what they hold: that is a replica's lag. A read can ask for a position ([`Node::read`]) and then
//! waits until the replica holds it.

mod lead;
mod message;

use std::collections::VecDeque;

pub use message::{Config, Flaw, Message, Timer};

use super::shipped::{Entry, Log, Reach};
use super::{Answer, Cell, Effect, Key, NodeId, OpId, Stamp, Value, Version};
use crate::sim::Nanos;

/// How many entries go into one message at most.
const BATCH: usize = 256;
/// How many writes or reads may wait in a node; more are refused.
const WAITING: usize = 512;
/// How many entries stay in a log before the oldest settled ones are folded.
const KEPT: usize = 512;

type Out = Vec<Effect<Message, Timer>>;

/// What a leader knows of a follower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Peer {
    /// Up to where it said that it holds what the leader holds.
    held: u64,
    /// Up to where it was sent.
    sent: u64,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Role {
    Follower,
    Leader {
        epoch: u32,
        peers: Vec<Peer>,
        /// The position of the first entry of this epoch.
        barrier: u64,
        /// Writes whose clients wait, by position.
        waiting: VecDeque<(u64, OpId)>,
    },
}

/// A read that waits until this node is far enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parked {
    op: OpId,
    key: Key,
    at_least: u64,
}

/// One node of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    id: NodeId,
    config: Config,
    /// The newest epoch it has heard of.
    promised: u32,
    log: Log,
    /// The length of what is on disk.
    synced: u64,
    /// Up to where entries are acknowledged, as far as it knows.
    settled: u64,
    role: Role,
    /// What a follower says when its disk is done: to whom, in which epoch, up to where it agrees with him.
    owed: VecDeque<(u64, NodeId, u32)>,
    parked: Vec<Parked>,
    /// Goes up whenever timers of before are to be ignored.
    life: u32,
    up: bool,
    given_up: u64,
}

impl Node {
    /// Node `id` of a cluster at its beginning. Call [`Node::begin`] on each.
    #[must_use]
    pub fn new(id: NodeId, config: Config) -> Node {
        Node {
            id,
            config,
            promised: 1,
            log: Log::default(),
            synced: 0,
            settled: 0,
            role: Role::Follower,
            owed: VecDeque::new(),
            parked: Vec::new(),
            life: 0,
            up: true,
            given_up: 0,
        }
    }

    /// The first leader begins to lead.
    pub fn begin(&mut self, now: Nanos, out: &mut Out) {
        if self.id == 0 {
            self.lead(now, 1, out);
        }
    }

    /// What the cluster has in common is something else from now on.
    pub fn configure(&mut self, config: Config, out: &mut Out) {
        self.config = config;
        self.settle(out);
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// The epoch in which it leads, or believes to.
    #[must_use]
    pub fn leads(&self) -> Option<u32> {
        match &self.role {
            Role::Leader { epoch, .. } if self.up => Some(*epoch),
            _ => None,
        }
    }

    /// The newest epoch that it knows of: it refuses earlier ones.
    #[must_use]
    pub fn promised(&self) -> u32 {
        self.promised
    }

    /// What it holds.
    #[must_use]
    pub fn shipped(&self) -> &Log {
        &self.log
    }

    /// How long the part of its log is that is on disk: what a crash leaves.
    #[must_use]
    pub fn on_disk(&self) -> u64 {
        self.synced
    }

    /// Up to where it knows entries to be acknowledged.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// How many entries it has given up for those of a newer leader.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// A client writes. Who does not lead, or has too many writes waiting, refuses.
    pub fn write(&mut self, now: Nanos, (op, key, value): (OpId, Key, Value), out: &mut Out) {
        if !self.up {
            return;
        }
        let Role::Leader { epoch, waiting, .. } = &mut self.role else {
            return out.push(Effect::Tell { op, answer: Answer::Refused });
        };
        if waiting.len() >= WAITING {
            return out.push(Effect::Tell { op, answer: Answer::Refused });
        }
        let position = self.log.push(Entry { epoch: *epoch, key, value, op });
        waiting.push_back((position, op));
        if self.config.flaw == Flaw::AckBeforeDisk {
            self.settle(out);
        }
        self.force(now, out);
        self.unpark(out);
    }

    /// A client reads what this node holds, leader or not, once it holds the position `at_least`. The answer's stamp has the position
    /// that wrote the value as its time. A read that would be one too many to wait is refused.
    pub fn read(&mut self, (op, key, at_least): (OpId, Key, u64), out: &mut Out) {
        if !self.up {
            return;
        }
        if self.log.len() >= at_least {
            self.tell_value(op, key, out);
        } else if self.parked.len() < WAITING {
            self.parked.push(Parked { op, key, at_least });
        } else {
            out.push(Effect::Tell { op, answer: Answer::Refused });
        }
    }

    /// A message arrives.
    pub fn deliver(&mut self, now: Nanos, from: NodeId, message: Message, out: &mut Out) {
        if !self.up {
            return;
        }
        match message {
            Message::Append { epoch, after, before, entries, settled } => {
                if self.hears(from, epoch, out) {
                    self.append(now, from, (epoch, after, before), &entries, settled, out);
                }
            }
            Message::Whole { epoch, log } => {
                if self.hears(from, epoch, out) {
                    self.replace(*log);
                    let upto = self.settled;
                    out.push(Effect::Send { to: from, message: Message::Held { epoch, upto } });
                    self.unpark(out);
                }
            }
            Message::Held { epoch, upto } => {
                let Role::Leader { epoch: own, peers, .. } = &mut self.role else { return };
                if let Some(peer) = peers.get_mut(from).filter(|_| *own == epoch) {
                    peer.held = peer.held.max(upto);
                    peer.sent = peer.sent.max(upto);
                    self.settle(out);
                    self.ship(from, out);
                }
            }
            Message::Behind { epoch, from: position } => {
                let Role::Leader { epoch: own, peers, .. } = &mut self.role else { return };
                if let Some(peer) = peers.get_mut(from).filter(|_| *own == epoch) {
                    // It may have lost what it held: a disk that was not forced.
                    peer.sent = position;
                    self.ship(from, out);
                }
            }
            Message::Deposed { epoch } => {
                if self.config.fencing {
                    self.promise(epoch);
                }
            }
            Message::Ask { epoch } => {
                if epoch >= self.promised {
                    self.promise(epoch);
                    let reach =
                        Reach { epoch: self.log.epoch_at(self.synced).unwrap_or(0), len: self.synced };
                    out.push(Effect::Send { to: from, message: Message::Answer { epoch, reach } });
                }
            }
            Message::Lead { epoch } => {
                if epoch >= self.promised && self.leads() != Some(epoch) {
                    self.lead(now, epoch, out);
                }
            }
            Message::Beat { .. } | Message::Answer { .. } => {}
        }
    }

    /// A timer is due.
    pub fn wake(&mut self, now: Nanos, timer: &Timer, out: &mut Out) {
        match *timer {
            Timer::Synced { life, len } if life == self.life && self.up => self.synced_to(len, out),
            Timer::Beat { life } if life == self.life && self.up => self.beat(now, out),
            _ => {}
        }
    }

    /// It goes down: what is not on disk is gone, and nobody who waits is told.
    pub fn crash(&mut self) {
        if self.up {
            self.up = false;
            self.life += 1;
            self.log.cut(self.synced);
            self.settled = self.settled.min(self.log.len());
            self.parked.clear();
            self.owed.clear();
            if let Role::Leader { waiting, .. } = &mut self.role {
                waiting.clear();
            }
        }
    }

    /// It comes up again. With fences it asks nobody and follows: if it led, the manager will notice. Without them it does what its
    /// configuration says, and goes on leading.
    pub fn restart(&mut self, now: Nanos, out: &mut Out) {
        if self.up {
            return;
        }
        self.up = true;
        let led = match &self.role {
            Role::Leader { epoch, .. } if !self.config.fencing => Some(*epoch),
            _ => None,
        };
        self.role = Role::Follower;
        if let Some(epoch) = led {
            self.lead(now, epoch, out);
        }
    }

    /// Whether a leader of that epoch is to be heard; one that is not is told so.
    fn hears(&mut self, from: NodeId, epoch: u32, out: &mut Out) -> bool {
        if epoch < self.promised && self.config.fencing {
            out.push(Effect::Send { to: from, message: Message::Deposed { epoch: self.promised } });
            return false;
        }
        // A leader follows a later one; without fences nobody compares, and each goes on believing in itself.
        if self.leads().is_some_and(|own| own >= epoch || !self.config.fencing) {
            return false;
        }
        self.step_down();
        self.promise(epoch);
        true
    }

    /// Knows of an epoch. With fences it is done with the leaders of earlier ones: it does not lead in one, and what its disk still owes
    /// them stays unsaid, since whoever asks now is told of the disk without it.
    fn promise(&mut self, epoch: u32) {
        if epoch > self.promised {
            self.promised = epoch;
            if self.config.fencing {
                self.step_down();
                self.owed.clear();
            }
        }
    }

    fn append(
        &mut self,
        now: Nanos,
        from: NodeId,
        (epoch, after, before): (u32, u64, u32),
        entries: &[Entry],
        settled: u64,
        out: &mut Out,
    ) {
        let len = self.log.len();
        match self.log.take(after, before, entries) {
            Ok(given_up) => {
                self.given_up += given_up;
                let upto = after + entries.len() as u64;
                if given_up > 0 {
                    // What was on disk behind the place where the logs part is overwritten.
                    let kept = len - given_up;
                    self.synced = self.synced.min(kept);
                    self.settled = self.settled.min(kept);
                    self.owed.retain(|(upto, ..)| *upto <= kept);
                    self.life += 1;
                }
                self.settled = self.settled.max(settled.min(upto));
                if self.config.flaw == Flaw::AckBeforeDisk {
                    out.push(Effect::Send { to: from, message: Message::Held { epoch, upto } });
                    self.force(now, out);
                } else {
                    self.owe(now, (upto, from, epoch), out);
                }
                self.log.fold(self.settled.min(self.synced), KEPT);
                self.unpark(out);
            }
            Err(position) => {
                out.push(Effect::Send { to: from, message: Message::Behind { epoch, from: position } });
            }
        }
    }

    /// Takes a whole log instead of its own, unless that agrees with it already. It is on disk when it is taken: it is written beside the old
    /// one and takes its name.
    fn replace(&mut self, log: Log) {
        let reach = log.reach();
        if !self.log.holds(reach.len, reach.epoch) {
            self.given_up += self.log.len().saturating_sub(self.settled);
            self.owed.clear();
            self.life += 1;
            self.synced = reach.len;
            self.log = log;
        }
        self.settled = self.settled.max(reach.len).min(self.log.len());
    }

    /// Tells the leader that it holds all up to a position as soon as that is on disk.
    fn owe(&mut self, now: Nanos, (upto, to, epoch): (u64, NodeId, u32), out: &mut Out) {
        if self.synced >= upto {
            out.push(Effect::Send { to, message: Message::Held { epoch, upto } });
        } else {
            self.owed.push_back((upto, to, epoch));
            self.force(now, out);
        }
    }

    /// Has the disk write all that is in the log.
    fn force(&mut self, now: Nanos, out: &mut Out) {
        let len = self.log.len();
        if self.config.disk == Nanos::ZERO {
            self.synced_to(len, out);
        } else {
            let timer = Timer::Synced { life: self.life, len };
            out.push(Effect::Wake { at: now + self.config.disk, timer });
        }
    }

    fn synced_to(&mut self, len: u64, out: &mut Out) {
        self.synced = self.synced.max(len.min(self.log.len()));
        let synced = self.synced;
        self.owed.retain(|&(upto, to, epoch)| {
            if upto <= synced {
                out.push(Effect::Send { to, message: Message::Held { epoch, upto } });
            }
            upto > synced
        });
        if self.leads().is_some() {
            self.others().for_each(|peer| self.ship(peer, out));
            self.settle(out);
        }
    }

    fn tell_value(&self, op: OpId, key: Key, out: &mut Out) {
        let (value, position) = self.log.read(key);
        let cell = if position == 0 {
            Cell::empty()
        } else {
            Cell::of(Version { stamp: Stamp { time: position, node: self.id }, value })
        };
        out.push(Effect::Tell { op, answer: Answer::Read(cell) });
    }

    /// Answers the reads that have waited for what has come.
    fn unpark(&mut self, out: &mut Out) {
        if self.parked.is_empty() {
            return;
        }
        let len = self.log.len();
        let (ready, wait) = self.parked.drain(..).partition(|read| read.at_least <= len);
        self.parked = wait;
        let ready: Vec<Parked> = ready;
        ready.iter().for_each(|read| self.tell_value(read.op, read.key, out));
    }
}

#[cfg(test)]
mod tests;
