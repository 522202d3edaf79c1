//! What happens to the nodes: messages arrive, timers are due, trouble comes and goes, the learner lays hands on things.

use super::knobs::Fault;
use super::store::{Clock, Packet, Store};
use super::traffic::CLIENTS;
use super::{Event, Replication, TROUBLE_EVERY, TROUBLE_FOR};
use crate::lab::Thing;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::replica::{Answer, NodeId, OpId, chain, leader, manager, multi};

/// Ids of messages as things begin here; nodes have their own numbers.
const MESSAGES: u64 = 1_000;
/// How many messages are things at a time.
const MOST_MESSAGES: usize = 60;

impl Replication {
    /// A message arrives.
    pub(super) fn arrive(&mut self, sim: &mut Sim<Event>, id: u64) -> (&'static str, u64) {
        let Some(flight) = self.traffic.flights.remove(&id) else { return ("message # was dropped", id) };
        let (now, nodes) = (sim.now(), self.knobs.nodes);
        if flight.to < nodes && !self.store.is_up(flight.to) {
            self.traffic.remember(now, &flight, true);
            return ("a message to node # is lost: it is down", flight.to as u64);
        }
        self.traffic.remember(now, &flight, false);
        if flight.to > nodes {
            return self.answer(sim, flight.to - nodes - 1, flight.packet);
        }
        let what = flight.packet.arrival(flight.to as u64);
        if let Packet::Single(leader::Message::Answer { epoch, reach }) = &flight.packet {
            self.answers.add(*epoch, flight.from, *reach);
        }
        let fence = self.fence(flight.to, &flight.packet);
        let effects = self.store.deliver(now, flight.from, flight.to, flight.packet);
        if fence.is_some() && fence != self.fence_now(flight.to) {
            // It knew a newer epoch and has taken something all the same.
            self.ledger.broken[2] = true;
        }
        self.carry(sim, flight.to, effects);
        what
    }

    /// How a node's log stands, where a packet comes from an epoch before the one that the node knows and fences are up.
    fn fence(&self, to: NodeId, packet: &Packet) -> Option<(u64, u64)> {
        let old = match (&self.store, packet) {
            (
                Store::Single { nodes, .. },
                Packet::Single(leader::Message::Append { epoch, .. } | leader::Message::Whole { epoch, .. }),
            ) => nodes.get(to).is_some_and(|node| *epoch < node.promised()),
            (
                Store::Chain { nodes, .. },
                Packet::Chain(chain::Message::Update { epoch, .. } | chain::Message::Whole { epoch, .. }),
            ) => nodes.get(to).is_some_and(|node| *epoch < node.order().epoch),
            _ => false,
        };
        if old && self.knobs.fencing { self.fence_now(to) } else { None }
    }

    fn fence_now(&self, node: NodeId) -> Option<(u64, u64)> {
        let given_up = match &self.store {
            Store::Single { nodes, .. } => nodes.get(node)?.given_up(),
            Store::Chain { nodes, .. } => nodes.get(node)?.given_up(),
            Store::Multi { .. } => return None,
        };
        self.store.shipped(node).map(|(log, ..)| (log.len(), given_up))
    }

    /// A packet arrives at a client.
    fn answer(&mut self, sim: &mut Sim<Event>, client: usize, packet: Packet) -> (&'static str, u64) {
        let now = sim.now();
        match packet {
            Packet::Leader { epoch, writes, reads } => {
                let known = &mut self.clients[client];
                if epoch > known.epoch {
                    (known.epoch, known.writes, known.reads) = (epoch, writes, reads);
                }
                ("client # hears who leads", client as u64 + 1)
            }
            Packet::Reply { op, answer } => {
                let Some(pending) = self.operations.remove(&op) else {
                    return ("an answer to # comes too late", op);
                };
                sim.cancel(pending.give_up);
                if pending.call.is_some() {
                    self.clients[client].calling = false;
                }
                match (answer, pending.call) {
                    (Answer::Written(_), call) => {
                        self.ledger.latency.record(now.since(pending.sent));
                        if let Some(call) = call {
                            self.watched.wrote(call, now);
                        }
                        ("write # is acknowledged", op)
                    }
                    (Answer::Read(cell), call) => {
                        if let Some(call) = call {
                            let value = cell.newest().map_or(0, |version| version.value);
                            self.watched.read(call, now, value);
                        }
                        ("read # is answered", op)
                    }
                    (Answer::Refused | Answer::Unknown, call) => {
                        if call.is_some() {
                            self.watched.unknown();
                        }
                        self.ledger.refused += u64::from(pending.write);
                        self.direct(sim, client);
                        ("# is refused: that node does not lead", op)
                    }
                }
            }
            _ => ("client # gets something strange", client as u64 + 1),
        }
    }

    /// A timer is due.
    pub(super) fn wake(
        &mut self,
        sim: &mut Sim<Event>,
        era: u32,
        actor: NodeId,
        clock: &Clock,
    ) -> (&'static str, u64) {
        if era != self.era || actor > self.knobs.nodes {
            return ("a timer of node # is void", actor as u64);
        }
        let before = self.store.address();
        let effects = self.store.wake(sim.now(), actor, clock);
        self.carry(sim, actor, effects);
        if before != self.store.address() {
            (0..CLIENTS).for_each(|client| self.direct(sim, client));
        }
        let what = match clock {
            Clock::Single(leader::Timer::Beat { .. }) => "node # says that it leads",
            Clock::Manager(manager::Timer::Look) => "the manager looks whether the leader lives",
            Clock::Manager(manager::Timer::Decide { .. }) => "the manager has waited long enough",
            Clock::Single(leader::Timer::Synced { .. }) | Clock::Chain(chain::Timer::Synced { .. }) => {
                "the disk of node # is done"
            }
            Clock::Multi(multi::Timer::Stored { .. }) => "node # stores a write and tells the others",
            Clock::Multi(multi::Timer::Again { .. }) => "node # sends again what is not confirmed",
            Clock::Chain(chain::Timer::Beat { .. }) => "node # says that it lives",
            Clock::Master(_) => "the master looks who is silent",
        };
        (what, actor as u64)
    }

    pub(super) fn give_up(&mut self, sim: &mut Sim<Event>, op: OpId) -> (&'static str, u64) {
        if let Some(pending) = self.operations.remove(&op) {
            if pending.call.is_some() {
                self.clients[pending.client].calling = false;
                self.watched.unknown();
            }
            self.ledger.unanswered += u64::from(pending.write);
            self.direct(sim, pending.client);
        }
        ("a client waits for # no longer", op)
    }

    pub(super) fn begin_trouble(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let target = self.store.newest().map_or(0, |(_, node)| node);
        let node = if self.store.is_up(target) { target } else { self.first_up() };
        self.trouble = Some(sim.after(TROUBLE_EVERY, Event::Trouble));
        sim.after(TROUBLE_FOR, Event::Relief { node, era: self.era });
        if self.knobs.fault == Fault::Partition {
            self.isolate(sim, node);
            ("node # is cut off, with client 1", node as u64)
        } else {
            self.crash(sim, node);
            ("node # crashes", node as u64)
        }
    }

    fn first_up(&self) -> NodeId {
        (0..self.knobs.nodes).find(|&node| self.store.is_up(node)).unwrap_or(0)
    }

    pub(super) fn relieve(&mut self, sim: &mut Sim<Event>, node: NodeId) {
        if self.isolated == Some(node) {
            self.reconnect(sim);
        }
        self.restart(sim, node);
    }

    fn crash(&mut self, sim: &mut Sim<Event>, node: NodeId) {
        self.ledger.crashes += u64::from(self.store.is_up(node));
        self.store.crash(node);
        for token in self.traffic.drop_where(sim.now(), |_, flight| flight.from == node) {
            sim.cancel(token);
        }
    }

    fn restart(&mut self, sim: &mut Sim<Event>, node: NodeId) {
        if !self.store.is_up(node) {
            let effects = self.store.restart(sim.now(), node);
            self.carry(sim, node, effects);
        }
    }

    fn isolate(&mut self, sim: &mut Sim<Event>, node: NodeId) {
        self.isolated = Some(node);
        self.traffic.network.partition(&[&[node, self.knobs.nodes + 1]]);
        let cut =
            self.traffic.drop_where(sim.now(), |network, flight| !network.reaches(flight.from, flight.to));
        for token in cut {
            sim.cancel(token);
        }
    }

    fn reconnect(&mut self, sim: &mut Sim<Event>) {
        self.isolated = None;
        self.traffic.network.heal();
        (0..CLIENTS).for_each(|client| self.direct(sim, client));
    }

    /// Entries that the farthest node which is up does not have; with several leaders, keys that somebody has not confirmed.
    pub(super) fn lag(&self) -> u64 {
        if let Store::Multi { nodes } = &self.store {
            return nodes.iter().map(|node| node.owed() as u64).sum();
        }
        let Some((_, leader)) = self.store.newest() else { return 0 };
        let len = |node: NodeId| self.store.shipped(node).map_or(0, |(log, ..)| log.len());
        let up = (0..self.knobs.nodes).filter(|&node| self.store.is_up(node));
        len(leader).saturating_sub(up.map(len).min().unwrap_or(0))
    }

    pub(super) fn lay_hand(
        &mut self,
        sim: &mut Sim<Event>,
        act: &'static str,
        thing: u64,
    ) -> (&'static str, u64) {
        if act == "drop" {
            let Some(flight) = thing.checked_sub(MESSAGES).and_then(|id| self.traffic.flights.remove(&id))
            else {
                return ("there is no message # to drop", thing);
            };
            sim.cancel(flight.token);
            self.traffic.remember(sim.now(), &flight, true);
            return ("message # is dropped", thing - MESSAGES);
        }
        let Some(node) = usize::try_from(thing).ok().filter(|&node| node < self.knobs.nodes) else {
            return ("there is no node #", thing);
        };
        match act {
            "crash" => {
                self.crash(sim, node);
                ("node # crashes", thing)
            }
            "restart" => {
                self.restart(sim, node);
                ("node # is up again", thing)
            }
            "isolate" => {
                self.isolate(sim, node);
                ("node # is cut off, with client 1", thing)
            }
            "reconnect" => {
                self.reconnect(sim);
                ("the network is whole again", thing)
            }
            _ => {
                let effects = self.store.promote(sim.now(), node);
                self.carry(sim, self.knobs.nodes, effects);
                ("node # is to lead", thing)
            }
        }
    }

    pub(super) fn all_things(&self, now: Nanos) -> Vec<Thing> {
        let single = matches!(self.store, Store::Single { .. });
        let mut things: Vec<Thing> = (0..self.knobs.nodes)
            .map(|node| {
                let acts: &[&str] = match (self.store.is_up(node), self.isolated == Some(node)) {
                    (false, _) => &["restart"],
                    (true, true) => &["reconnect", "crash"],
                    (true, false) if single => &["crash", "isolate", "promote"],
                    (true, false) => &["crash", "isolate"],
                };
                Thing { id: node as u64, name: format!("node {node}, {}", self.role(node)), acts }
            })
            .collect();
        let name = |node: NodeId| self.actor(node);
        for (id, flight) in self.traffic.flights.iter().filter(|(_, flight)| flight.to <= self.knobs.nodes) {
            if things.len() >= MOST_MESSAGES {
                break;
            }
            let left = flight.arrives.since(now).as_millis_f64();
            let what = match flight.packet.words() {
                words if words.is_empty() => "heartbeat".into(),
                words => words,
            };
            let name = format!("{what}, {} to {}, in {left:.0} ms", name(flight.from), name(flight.to));
            things.push(Thing { id: MESSAGES + id, name, acts: &["drop"] });
        }
        things
    }
}

impl Packet {
    /// What it is called where it arrives at a node or the manager.
    fn arrival(&self, to: u64) -> (&'static str, u64) {
        match self {
            Packet::Write { op, .. } => ("write # arrives", *op),
            Packet::Read { op, .. } => ("read # arrives", *op),
            Packet::Reply { op, .. } => ("answer # arrives", *op),
            Packet::Leader { .. } => ("node # hears who leads", to),
            Packet::Single(message) => match message {
                leader::Message::Append { entries, .. } if entries.is_empty() => {
                    ("node # hears its leader", to)
                }
                leader::Message::Append { .. } => ("node # gets entries", to),
                leader::Message::Whole { .. } => ("node # gets a whole log", to),
                leader::Message::Held { .. } => ("node # hears what a follower has", to),
                leader::Message::Behind { .. } => ("node # hears where a follower parts", to),
                leader::Message::Deposed { .. } => ("node # hears that it leads no more", to),
                leader::Message::Beat { .. } => ("the manager hears the leader", to),
                leader::Message::Ask { .. } => ("node # is asked how far it is", to),
                leader::Message::Answer { .. } => ("the manager hears how far a node is", to),
                leader::Message::Lead { .. } => ("node # is to lead", to),
            },
            Packet::Multi(multi::Message::Holds { .. }) => ("node # hears of a write elsewhere", to),
            Packet::Multi(multi::Message::Has { .. }) => ("node # hears that it arrived", to),
            Packet::Chain(message) => match message {
                chain::Message::Order(_) => ("node # hears who is in the chain", to),
                chain::Message::Update { entries, .. } if entries.is_empty() => {
                    ("node # hears its predecessor", to)
                }
                chain::Message::Update { .. } => ("node # gets entries", to),
                chain::Message::Whole { .. } => ("node # gets a whole log", to),
                chain::Message::Done { .. } => ("node # hears what the tail has", to),
                chain::Message::Behind { .. } => ("node # hears where its successor parts", to),
                chain::Message::Beat => ("the master hears a node", to),
                chain::Message::Caught { .. } => ("the master hears that one can join", to),
            },
        }
    }

    /// What it says, for a picture; nothing where it only says that somebody lives.
    pub(super) fn words(&self) -> String {
        let range = |after: u64, count: usize| match count {
            1 => format!("entry {}", after + 1),
            _ => format!("entries {}-{}", after + 1, after + count as u64),
        };
        match self {
            Packet::Write { op, .. } => format!("write {op}"),
            Packet::Read { .. } => "read".into(),
            Packet::Reply { op, answer: Answer::Written(_) } => format!("stored {op}"),
            Packet::Reply { answer: Answer::Read(cell), .. } => {
                format!("value {}", cell.newest().map_or(0, |version| version.value))
            }
            Packet::Reply { .. } => "refused".into(),
            Packet::Leader { writes, .. } => format!("node {writes} leads"),
            Packet::Single(message) => match message {
                leader::Message::Append { after, entries, .. } if !entries.is_empty() => {
                    range(*after, entries.len())
                }
                leader::Message::Whole { .. } => "whole log".into(),
                leader::Message::Held { upto, .. } => format!("have {upto}"),
                leader::Message::Behind { from, .. } => format!("only have {from}"),
                leader::Message::Deposed { epoch } => format!("epoch {epoch} now"),
                leader::Message::Ask { epoch } => format!("epoch {epoch}: how far?"),
                leader::Message::Answer { reach, .. } => format!("as far as {}", reach.len),
                leader::Message::Lead { epoch } => format!("lead epoch {epoch}"),
                leader::Message::Append { .. } | leader::Message::Beat { .. } => String::new(),
            },
            Packet::Multi(multi::Message::Holds { key, cell, .. }) => match cell.versions() {
                [one] => format!("key {key} is {}", one.value),
                many => format!("key {key}: {} siblings", many.len()),
            },
            Packet::Multi(multi::Message::Has { .. }) => String::new(),
            Packet::Chain(message) => match message {
                chain::Message::Update { after, entries, .. } if !entries.is_empty() => {
                    range(*after, entries.len())
                }
                chain::Message::Whole { .. } => "whole log".into(),
                chain::Message::Done { upto, .. } => format!("tail has {upto}"),
                chain::Message::Behind { from, .. } => format!("only have {from}"),
                chain::Message::Caught { .. } => "one can join".into(),
                _ => String::new(),
            },
        }
    }
}
