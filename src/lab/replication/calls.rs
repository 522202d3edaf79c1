//! What clients ask and are told, and what that stands on: every acknowledgement is looked at where it is given.

use super::ledger::Acknowledged;
use super::store::{Effects, Packet, Store};
use super::traffic::{CLIENTS, Flight, Pending};
use super::{Event, KEYS, PATIENCE, Replication, Topology, WATCHED};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::history::Op;
use crate::systems::replica::shipped::Log;
use crate::systems::replica::{Answer, Effect, Key, NodeId, OpId, Stamp, leader, multi};

impl Replication {
    /// Does what a node, or the manager, wants done.
    pub(super) fn carry(&mut self, sim: &mut Sim<Event>, actor: NodeId, effects: Effects) {
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.launch(sim, actor, to, message),
                Effect::Wake { at, timer } => {
                    sim.at(at, Event::Wake { era: self.era, actor, clock: timer });
                }
                Effect::Tell { op, answer } => self.tell(sim, actor, op, answer),
            }
        }
    }

    pub(super) fn launch(&mut self, sim: &mut Sim<Event>, from: NodeId, to: NodeId, packet: Packet) {
        if let Packet::Single(leader::Message::Lead { epoch }) = &packet {
            self.ledger.broken[3] |= !self.answers.furthest(*epoch, to);
        }
        let (now, id) = (sim.now(), self.traffic.next);
        self.traffic.next += 1;
        let arrives = self.traffic.send(now, from, to);
        let token = sim.at(arrives.unwrap_or(now), Event::Arrive(id));
        let flight = Flight { from, to, packet, sent: now, arrives: arrives.unwrap_or(now), token };
        if arrives.is_some() {
            self.traffic.flights.insert(id, flight);
        } else {
            sim.cancel(token);
            self.traffic.remember(now, &flight, true);
        }
    }

    /// A node tells a client how its operation ended: the answer sets out for the client.
    pub(super) fn tell(&mut self, sim: &mut Sim<Event>, actor: NodeId, op: OpId, answer: Answer) {
        // Who has given up is not told, and nobody is told twice: a new tail cannot know what the old one has told.
        let waiting = self.operations.get(&op).filter(|pending| !pending.told).copied();
        if let Some(pending) = waiting {
            if let Some(pending) = self.operations.get_mut(&op) {
                pending.told = true;
            }
            if let Answer::Written(stamp) = answer {
                self.acknowledged(sim.now(), actor, op, stamp);
            }
            let to = self.knobs.nodes + 1 + pending.client;
            self.launch(sim, actor, to, Packet::Reply { op, answer });
        }
    }

    /// Looks at what a write that is just acknowledged stands on.
    pub(super) fn acknowledged(&mut self, now: Nanos, actor: NodeId, op: OpId, stamp: Stamp) {
        let position = stamp.time;
        let mut write = Acknowledged { op, position, epoch: 1, guarded: false, lost: false };
        match &self.store {
            Store::Single { nodes, .. } => {
                write.epoch = nodes[actor].shipped().epoch_at(position).unwrap_or(0);
                let guarded = self.knobs.fencing && write.epoch >= self.guarded_from;
                write.guarded = guarded && self.knobs.acks > 0;
                let holds = |node: &&leader::Node| {
                    node.on_disk() >= position && node.shipped().holds(position, write.epoch)
                };
                let disks = nodes.iter().filter(holds).count();
                self.ledger.broken[1] |= guarded && disks <= self.knobs.acks;
                if write.epoch < self.led.0 {
                    self.ledger.split_brain += 1;
                    write.lost = !nodes[self.led.1].shipped().holds(position, write.epoch);
                    self.ledger.broken[0] |= write.guarded && write.lost;
                }
            }
            Store::Chain { nodes, master } => {
                let order = nodes[actor].order();
                write.epoch = order.epoch;
                write.guarded = self.knobs.fencing;
                let has = |&&member: &&NodeId| {
                    let node = &nodes[member];
                    node.on_disk() >= position && is_there(node.shipped(), position, op)
                };
                let all = order.members.iter().filter(has).count() == order.members.len();
                self.ledger.broken[1] |= write.guarded && !all;
                let newest = master.order();
                self.ledger.split_brain +=
                    u64::from(newest.epoch > order.epoch && !newest.members.contains(&actor));
            }
            Store::Multi { nodes } => {
                // Its node had seen all that it held: the write replaces it.
                let replaced = nodes[actor].copy().iter().any(|(_, cell)| {
                    cell.versions().iter().any(|version| version.stamp == stamp) && cell.versions().len() == 1
                });
                self.ledger.broken[3] |= !replaced;
            }
        }
        self.ledger.acknowledge(now, self.knobs.rate, write);
    }

    /// After something happened to the nodes: who leads now, and what met whom.
    pub(super) fn look(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        if let Store::Multi { nodes } = &mut self.store {
            for node in nodes {
                for conflict in node.conflicts() {
                    let stamps: Vec<Stamp> = conflict.versions.iter().map(|version| version.stamp).collect();
                    let lww = self.knobs.topology == Topology::Multi(multi::Resolve::LastWrite);
                    self.ledger.conflict(now, &stamps, if lww { 1 } else { stamps.len() });
                }
            }
        }
        let Some(newest) = self.store.newest().filter(|(epoch, _)| *epoch > self.led.0) else { return };
        self.led = newest;
        self.ledger.failovers += 1;
        let promised = match &self.store {
            Store::Single { nodes, .. } => {
                let log = nodes[newest.1].shipped();
                self.ledger.led(now, |write| log.holds(write.position, write.epoch))
            }
            Store::Chain { nodes, master } => {
                let tail = master.order().members.last().copied().unwrap_or(0);
                self.ledger.led(now, |write| is_there(nodes[tail].shipped(), write.position, write.op))
            }
            Store::Multi { .. } => false,
        };
        self.ledger.broken[0] |= promised;
    }

    pub(super) fn write(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        sim.at(self.arrivals.next(now), Event::Write);
        let (client, key) = (self.requests.below(CLIENTS as u64) as usize, self.requests.below(KEYS) as Key);
        let op = self.next;
        self.ledger.sent += 1;
        self.request(sim, client, key, Some(op));
        ("a client sends write #", op)
    }

    /// A client asks: to write that value, or to read.
    pub(super) fn request(&mut self, sim: &mut Sim<Event>, client: usize, key: Key, value: Option<u64>) {
        let (now, op) = (sim.now(), self.next);
        self.next += 1;
        let free = key == WATCHED && !self.clients[client].calling;
        let what = value.map_or(Op::Read, Op::Write);
        let call = if free { self.watched.call(client as u32, what, now) } else { None };
        self.clients[client].calling |= call.is_some();
        let give_up = sim.after(PATIENCE, Event::GiveUp(op));
        self.operations
            .insert(op, Pending { client, write: value.is_some(), sent: now, call, give_up, told: false });
        let (from, to) = (self.knobs.nodes + 1 + client, self.clients[client]);
        match value {
            Some(value) => self.launch(sim, from, to.writes, Packet::Write { op, key, value }),
            None => self.launch(sim, from, to.reads, Packet::Read { op, key }),
        }
    }

    /// The manager tells a client whom to ask, where it reaches it.
    pub(super) fn direct(&mut self, sim: &mut Sim<Event>, client: usize) {
        let Some((epoch, writes, reads)) = self.store.address() else { return };
        if epoch > self.clients[client].epoch {
            let (manager, to) = (self.knobs.nodes, self.knobs.nodes + 1 + client);
            self.launch(sim, manager, to, Packet::Leader { epoch, writes, reads });
        }
    }
}

/// Whether a log holds the write of an operation at a position; what is folded counts as held.
fn is_there(log: &Log, position: u64, op: OpId) -> bool {
    position <= log.folded() || log.get(position).is_some_and(|entry| entry.op == op)
}
