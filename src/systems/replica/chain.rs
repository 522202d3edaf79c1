//! Chain replication: a write goes in at the head, down the chain, and is told to the client by the tail.
//!
//! After van Renesse and Schneider, "Chain Replication for Supporting High Throughput and Availability" (OSDI 2004). Every node has what
//! its successor has, and perhaps more. So what the tail has all nodes have: the tail answers reads by itself and acknowledges
//! writes by itself, and no acknowledged write is lost as long as one node of the chain is left. A leader with synchronous
//! followers promises the same. It sends every write to all of them, and waits for the way to the farthest and back; a chain
//! sends it once a node, and waits for one way through all of them, and each disk on it.
//!
//! A master (here [`Master`]) takes silent nodes out of the chain and lets others join at its end. Where the head is gone the next
//! one is the head; where the tail is gone its predecessor is the tail, and all that it has is acknowledged from then on; where one between is
//! gone its neighbours find each other, and the first sends what the second lacks. A node that joins gets everything
//! from the tail first. In the last moment before it becomes the tail, the present one acknowledges only what both have.
//!
//! The paper assumes that silent nodes are dead. Here they may be cut off. Writes stay safe because each order of the chain has an
//! epoch, and a node takes updates of its own epoch only. A tail that was cut off goes on answering reads, with old
//! values: against that a lease helps, which is not in here. Reads from nodes before the tail (CRAQ) are not in here either.

mod master;
mod message;

pub use master::{Master, MasterTimer};
pub use message::{Config, Flaw, Message, Order, Timer};

use super::shipped::{Entry, Log};
use super::{Answer, Cell, Effect, Key, NodeId, OpId, Stamp, Value, Version};
use crate::sim::Nanos;

/// How many entries go into one message at most.
const BATCH: usize = 256;
/// How many writes may be in the head that the tail does not have; more are refused.
const WAITING: u64 = 512;
/// How many entries stay in a log before the oldest settled ones are folded.
const KEPT: usize = 512;

type Out = Vec<Effect<Message, Timer>>;

/// One node of the chain.
#[derive(Clone, Debug)]
pub struct Node {
    id: NodeId,
    config: Config,
    order: Order,
    log: Log,
    /// The length of what is on disk.
    synced: u64,
    /// Up to where its log is known to be its predecessor's.
    agreed: u64,
    /// Up to where the tail is known to have it.
    settled: u64,
    /// Up to where the successor was sent entries, and said that it, and all behind it, have them.
    sent: u64,
    confirmed: u64,
    /// The tail has handed over to the node that joins: what that one does not have is not acknowledged.
    handed: bool,
    /// Goes up whenever a heartbeat, or a write of the disk, that was begun before is to be ignored.
    life: u32,
    writes: u32,
    up: bool,
    given_up: u64,
}

impl Node {
    /// Node `id` of a chain at its beginning. Call [`Node::begin`] on each.
    #[must_use]
    pub fn new(id: NodeId, config: Config) -> Node {
        let order = Order { epoch: 1, members: (0..config.nodes).collect(), joining: None };
        Node {
            id,
            config,
            order,
            log: Log::default(),
            synced: 0,
            agreed: 0,
            settled: 0,
            sent: 0,
            confirmed: 0,
            handed: false,
            life: 0,
            writes: 0,
            up: true,
            given_up: 0,
        }
    }

    /// Begins to say that it lives.
    pub fn begin(&mut self, now: Nanos, out: &mut Out) {
        self.beat(now, out);
    }

    /// What the chain has in common is something else from now on.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// The chain as it knows it.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// What it holds.
    #[must_use]
    pub fn shipped(&self) -> &Log {
        &self.log
    }

    /// How long the part of its log is that is on disk.
    #[must_use]
    pub fn on_disk(&self) -> u64 {
        self.synced
    }

    /// Up to where it knows the tail to have what it has.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// How many entries it has given up for those of another chain.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Whether it believes to be the head.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.order.members.first() == Some(&self.id)
    }

    /// Whether it believes to be the tail.
    #[must_use]
    pub fn is_tail(&self) -> bool {
        self.order.members.last() == Some(&self.id)
    }

    /// A client writes. Who is not the head, or has too many writes under way, refuses.
    pub fn write(&mut self, now: Nanos, (op, key, value): (OpId, Key, Value), out: &mut Out) {
        if !self.up {
            return;
        }
        if !self.is_head() || self.log.len() - self.settled >= WAITING {
            return out.push(Effect::Tell { op, answer: Answer::Refused });
        }
        self.log.push(Entry { epoch: self.order.epoch, key, value, op });
        self.agreed = self.log.len();
        self.force(now, out);
    }

    /// A client reads what is acknowledged. Who is not the tail refuses.
    pub fn read(&mut self, (op, key): (OpId, Key), out: &mut Out) {
        if !self.up {
            return;
        }
        if !self.is_tail() {
            return out.push(Effect::Tell { op, answer: Answer::Refused });
        }
        let (value, position) = self.log.read_at(key, self.settled);
        let stamp = Stamp { time: position, node: self.id };
        let cell = if position == 0 { Cell::empty() } else { Cell::of(Version { stamp, value }) };
        out.push(Effect::Tell { op, answer: Answer::Read(cell) });
    }

    /// A message arrives.
    pub fn deliver(&mut self, now: Nanos, from: NodeId, message: Message, out: &mut Out) {
        if !self.up {
            return;
        }
        match message {
            Message::Order(order) => self.reorder(order, out),
            Message::Update { epoch, after, before, entries } => {
                if self.hears(from, epoch) {
                    self.update(now, from, (after, before), &entries, out);
                }
            }
            Message::Whole { epoch, log } => {
                if self.hears(from, epoch) {
                    self.replace(*log);
                    self.progress(out);
                }
            }
            Message::Done { epoch, upto } => {
                if epoch == self.order.epoch && self.successor() == Some(from) {
                    self.confirmed = self.confirmed.max(upto);
                    self.sent = self.sent.max(upto);
                    let joins = self.order.joining == Some(from);
                    if joins && (self.handed || upto == self.log.len()) {
                        self.handed = true;
                        let caught = Message::Caught { epoch };
                        out.push(Effect::Send { to: self.config.master, message: caught });
                    }
                    self.progress(out);
                    self.ship(out);
                }
            }
            Message::Behind { epoch, from: position } => {
                if epoch == self.order.epoch && self.successor() == Some(from) {
                    self.sent = position;
                    self.ship(out);
                }
            }
            Message::Beat | Message::Caught { .. } => {}
        }
    }

    /// A timer is due.
    pub fn wake(&mut self, now: Nanos, timer: &Timer, out: &mut Out) {
        match *timer {
            Timer::Synced { life, len } if life == self.writes && self.up => self.synced_to(len, out),
            Timer::Beat { life } if life == self.life && self.up => self.beat(now, out),
            _ => {}
        }
    }

    /// It goes down: what is not on disk is gone.
    pub fn crash(&mut self) {
        if self.up {
            self.up = false;
            self.life += 1;
            self.writes += 1;
            self.log.cut(self.synced);
            self.agreed = self.agreed.min(self.log.len());
        }
    }

    /// It comes up again, with the order of the chain that it knew: nothing of it has been seen that its disk does not have.
    pub fn restart(&mut self, now: Nanos, out: &mut Out) {
        if !self.up {
            self.up = true;
            self.beat(now, out);
        }
    }

    /// The node after this one; for the tail the one that joins.
    fn successor(&self) -> Option<NodeId> {
        let place = self.order.members.iter().position(|&member| member == self.id)?;
        self.order.members.get(place + 1).copied().or(self.order.joining)
    }

    /// The node before this one; for one that joins the tail.
    fn predecessor(&self) -> Option<NodeId> {
        if self.order.joining == Some(self.id) {
            return self.order.members.last().copied();
        }
        let place = self.order.members.iter().position(|&member| member == self.id)?;
        place.checked_sub(1).map(|before| self.order.members[before])
    }

    /// Whether updates of this epoch from that node are to be taken.
    fn hears(&self, from: NodeId, epoch: u32) -> bool {
        !self.config.fencing || epoch == self.order.epoch && self.predecessor() == Some(from)
    }

    fn reorder(&mut self, order: Order, out: &mut Out) {
        if order.epoch <= self.order.epoch {
            return;
        }
        let (was, is) = (self.order.members.contains(&self.id), order.members.contains(&self.id));
        if is && !was {
            // What the old tail never had is nobody's.
            self.given_up += self.log.cut(self.agreed);
            self.synced = self.synced.min(self.log.len());
            self.writes += 1;
        }
        if order.joining == Some(self.id) {
            self.agreed = 0;
        } else if is {
            self.agreed = self.log.len();
        }
        self.order = order;
        self.handed = false;
        (self.sent, self.confirmed) = (self.settled, 0);
        self.progress(out);
        self.send(out);
    }

    fn update(
        &mut self,
        now: Nanos,
        from: NodeId,
        (after, before): (u64, u32),
        entries: &[Entry],
        out: &mut Out,
    ) {
        let len = self.log.len();
        match self.log.take(after, before, entries) {
            Ok(given_up) => {
                self.agreed = self.agreed.max(after + entries.len() as u64);
                if given_up > 0 {
                    let kept = len - given_up;
                    self.given_up += given_up;
                    self.synced = self.synced.min(kept);
                    self.settled = self.settled.min(kept);
                    self.writes += 1;
                }
                if self.synced < self.log.len() {
                    self.force(now, out);
                }
                self.progress(out);
            }
            Err(position) => {
                let message = Message::Behind { epoch: self.order.epoch, from: position };
                out.push(Effect::Send { to: from, message });
            }
        }
    }

    /// Takes a whole log instead of its own, unless that agrees with it already.
    fn replace(&mut self, log: Log) {
        let reach = log.reach();
        if !self.log.holds(reach.len, reach.epoch) {
            self.given_up += self.log.len().saturating_sub(self.settled);
            self.synced = reach.len;
            self.log = log;
        }
        self.agreed = self.agreed.max(reach.len);
    }

    fn force(&mut self, now: Nanos, out: &mut Out) {
        let len = self.log.len();
        if self.config.disk == Nanos::ZERO {
            self.synced_to(len, out);
        } else {
            let timer = Timer::Synced { life: self.writes, len };
            out.push(Effect::Wake { at: now + self.config.disk, timer });
        }
    }

    fn synced_to(&mut self, len: u64, out: &mut Out) {
        let before = self.synced;
        self.synced = self.synced.max(len.min(self.log.len()));
        if self.config.flaw == Flaw::AckAtHead && self.is_head() {
            self.tell(before, self.synced, out);
        }
        self.progress(out);
        self.ship(out);
    }

    /// Settles what can be: at the end of the chain all that is on disk and agreed, before it what the successor has said.
    fn progress(&mut self, out: &mut Out) {
        let own = self.synced.min(self.agreed);
        let member = self.order.members.contains(&self.id);
        let last = self.is_tail() && !self.handed;
        if member {
            let to = if last { own } else { self.confirmed.min(own) };
            if to > self.settled {
                let from = std::mem::replace(&mut self.settled, to);
                if self.is_tail() && self.config.flaw != Flaw::AckAtHead {
                    self.tell(from, to, out);
                }
                self.log.fold(self.settled, KEPT);
            }
        }
        if let Some(to) = self.predecessor() {
            let upto = if member { self.settled } else { own };
            out.push(Effect::Send { to, message: Message::Done { epoch: self.order.epoch, upto } });
        }
    }

    /// Tells the clients of the entries behind one position up to another.
    fn tell(&self, from: u64, to: u64, out: &mut Out) {
        for position in from + 1..=to {
            if let Some(entry) = self.log.get(position) {
                let stamp = Stamp { time: position, node: self.id };
                out.push(Effect::Tell { op: entry.op, answer: Answer::Written(stamp) });
            }
        }
    }

    /// Says that it lives, and sends again what has not been confirmed.
    fn beat(&mut self, now: Nanos, out: &mut Out) {
        out.push(Effect::Send { to: self.config.master, message: Message::Beat });
        out.push(Effect::Wake { at: now + self.config.heartbeat, timer: Timer::Beat { life: self.life } });
        self.sent = self.sent.min(self.confirmed.max(self.settled));
        self.send(out);
    }

    /// Sends the successor what it was not sent yet.
    fn ship(&mut self, out: &mut Out) {
        if self.sent < self.synced {
            self.send(out);
        }
    }

    fn send(&mut self, out: &mut Out) {
        let Some(to) = self.successor() else { return };
        let (epoch, after) = (self.order.epoch, self.sent.min(self.synced));
        let room = usize::try_from(self.synced - after).unwrap_or(BATCH).min(BATCH);
        let message = match (self.log.since(after, room), self.log.epoch_at(after)) {
            (Some(entries), Some(before)) => {
                self.sent = after + entries.len() as u64;
                Message::Update { epoch, after, before, entries }
            }
            _ => {
                self.sent = self.log.folded();
                Message::Whole { epoch, log: Box::new(self.log.up_to(self.log.folded())) }
            }
        };
        out.push(Effect::Send { to, message });
    }
}

#[cfg(test)]
mod tests;
