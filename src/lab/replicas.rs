//! A leaderless store with its network, as the demos about it have it: nodes, messages under way, timers, crashes.
//!
//! The nodes say what they want done ([`Effect`]); here it becomes events. What befalls a message of a request hangs on the seed,
//! the request, and who sends what to whom, and on nothing else: so a knob changes what it is meant to change, and two runs with
//! other rules meet the same network. Every message under way is a thing that the learner can lay hands on.

mod hands;

use std::collections::BTreeMap;

use super::scenario::Sim;
use crate::sim::{Link, Loss, Nanos, Network, Rng, Seed, Token};
use crate::systems::replica::leaderless::{Config, Message, Needs, Node, Out, Request, Timer};
use crate::systems::replica::{Answer, Cell, Effect, Key, NodeId, OpId, Value};

/// How many messages of a request are remembered, whatever happens.
const LEGS: usize = 80;

/// Something that happens in the store. A demo has it among its own events.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wire {
    /// The message of that number arrives.
    Arrive(u64),
    /// A timer of a node goes off.
    Wake(NodeId, Timer),
}

/// A message under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) message: Message,
    pub(super) sent: Nanos,
    pub(super) at: Nanos,
    token: Token,
}

/// A message of a request, sent or arrived, for a picture of it.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) sent: Nanos,
    pub(super) kind: Kind,
    /// What it carries: a value, if it was ever written.
    pub(super) value: Option<Value>,
    pub(super) fate: Fate,
    number: u64,
}

/// What a message of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Store,
    /// To one that stands in for a home.
    Lodge,
    Stored,
    Fetch,
    Fetched,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    UnderWay,
    Arrived(Nanos),
    Lost,
}

/// What came of an event.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// What clients are told.
    pub(super) told: Vec<(OpId, Answer)>,
    /// The event for people, with `#` for the number behind it.
    pub(super) what: &'static str,
    pub(super) id: u64,
    /// Who may hold something else now.
    pub(super) node: NodeId,
}

/// Nodes and their network.
#[derive(Clone)]
pub(super) struct Replicas {
    pub(super) nodes: Vec<Node>,
    pub(super) network: Network,
    up: Vec<bool>,
    members: usize,
    seed: u64,
    flights: BTreeMap<u64, Flight>,
    /// The mean of what storing a write takes besides, exponentially distributed.
    pub(super) disk: Nanos,
    /// How many messages were sent; also the number of the last one.
    pub(super) sent: u64,
    /// The timers that were asked for, by node and, where they belong to one, request.
    timers: BTreeMap<(NodeId, OpId, u8), Token>,
    /// The messages of the requests that are not over.
    legs: BTreeMap<OpId, Vec<Leg>>,
}

impl Replicas {
    /// `count` nodes of which the members of `config` store, all up, and the first timers.
    pub(super) fn new<E: From<Wire>>(
        seed: Seed,
        config: &Config,
        count: usize,
        link: Link,
        sim: &mut Sim<E>,
    ) -> Replicas {
        let mut replicas = Replicas {
            nodes: (0..count).map(|id| Node::new(id, config.clone())).collect(),
            network: Network::new(count, link),
            up: vec![true; count],
            members: config.members,
            seed: Rng::stream(seed, "messages").next_u64(),
            flights: BTreeMap::new(),
            disk: Nanos::ZERO,
            sent: 0,
            timers: BTreeMap::new(),
            legs: BTreeMap::new(),
        };
        for id in 0..count {
            replicas.feed(sim, id, Node::restart);
        }
        replicas
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let legs: usize = self.legs.values().map(Vec::len).sum();
        (16 << 10) + self.flights.len() * 384 + legs * 96 + self.timers.len() * 512
    }

    /// Whether a node is up.
    pub(super) fn is_up(&self, id: NodeId) -> bool {
        self.up.get(id).is_some_and(|up| *up)
    }

    /// The messages under way, by number.
    pub(super) fn flights(&self) -> impl Iterator<Item = (u64, &Flight)> {
        self.flights.iter().map(|(number, flight)| (*number, flight))
    }

    /// The messages of a request that is not over.
    pub(super) fn legs(&self, op: OpId) -> &[Leg] {
        self.legs.get(&op).map_or(&[], Vec::as_slice)
    }

    /// A client makes a request at a node. Returns what is told at once.
    pub(super) fn request<E: From<Wire>>(
        &mut self,
        sim: &mut Sim<E>,
        at: NodeId,
        op: OpId,
        (key, request): (Key, Request),
    ) -> Vec<(OpId, Answer)> {
        let mut order = Rng::stream(Seed(self.seed ^ op), "order");
        self.legs.insert(op, Vec::new());
        self.feed(sim, at, |node, now, out| node.request(now, op, (key, request), &mut order, out))
    }

    /// The same for a client who says himself how many he waits for.
    pub(super) fn request_needing<E: From<Wire>>(
        &mut self,
        sim: &mut Sim<E>,
        at: NodeId,
        op: OpId,
        asked: (Key, Request, Needs),
    ) -> Vec<(OpId, Answer)> {
        let mut order = Rng::stream(Seed(self.seed ^ op), "order");
        self.legs.insert(op, Vec::new());
        self.feed(sim, at, |node, now, out| node.request_needing(now, op, asked, &mut order, out))
    }

    /// Other rules for all nodes.
    pub(super) fn configure<E: From<Wire>>(&mut self, sim: &mut Sim<E>, config: &Config) {
        for id in 0..self.nodes.len() {
            self.feed(sim, id, |node, now, out| node.configure(now, config, out));
        }
    }

    /// An event of the store happens.
    pub(super) fn happen<E: From<Wire>>(&mut self, sim: &mut Sim<E>, wire: Wire) -> Outcome {
        match wire {
            Wire::Arrive(number) => self.arrive(sim, number),
            Wire::Wake(id, timer) => {
                self.timers.remove(&timer_key(id, timer));
                let (what, number) = match timer {
                    Timer::Patience(op) => ("request # has waited: others are asked instead", op),
                    Timer::Timeout(op) => ("request # is out of time", op),
                    Timer::HandOff(_) => ("s# hands off what it keeps for others", id as u64 + 1),
                    Timer::Sync(_) => ("s# compares its tree with another replica's", id as u64 + 1),
                };
                let told = self.feed(sim, id, |node, now, out| node.wake(now, timer, out));
                // Its client may have been told before: only replicas were waited for.
                let late = matches!(timer, Timer::Timeout(_)) && told.is_empty();
                let what = if late { "request # waits no longer for silent replicas" } else { what };
                Outcome { told, what, id: number, node: id }
            }
        }
    }

    fn arrive<E: From<Wire>>(&mut self, sim: &mut Sim<E>, number: u64) -> Outcome {
        let Some(flight) = self.flights.remove(&number) else {
            return Outcome { what: "a message that is gone", ..Outcome::default() };
        };
        let Flight { from, to, message, .. } = flight;
        let up = self.is_up(to);
        self.decide(&message, number, if up { Fate::Arrived(sim.now()) } else { Fate::Lost });
        if !up {
            return Outcome {
                what: "a message finds s# down",
                id: to as u64 + 1,
                node: to,
                ..Outcome::default()
            };
        }
        let (what, id) = match &message {
            Message::Store { hint_for: Some(_), .. } => {
                ("s# stores a write for another, with a hint", to as u64 + 1)
            }
            Message::Store { .. } => ("s# stores a write", to as u64 + 1),
            Message::Stored { .. } => ("s# has stored a write, and its coordinator knows", from as u64 + 1),
            Message::Fetch { .. } => ("s# is read", to as u64 + 1),
            Message::Fetched { .. } => ("the answer of s# arrives", from as u64 + 1),
            Message::Repair { .. } => ("s# is repaired after a read", to as u64 + 1),
            Message::Hand { .. } => ("s# gets what was kept for it", to as u64 + 1),
            Message::Handed { .. } => ("s# has got what was kept for it: the hint goes", from as u64 + 1),
            Message::Compare { .. } => ("s# compares a hash of another replica's tree", to as u64 + 1),
            Message::Leaf { .. } => ("s# is sent what another replica holds", to as u64 + 1),
        };
        let told = self.feed(sim, to, |node, now, out| node.deliver(now, from, message, out));
        Outcome { told, what, id, node: to }
    }

    /// Does something at a node and carries out what it wants.
    fn feed<E: From<Wire>>(
        &mut self,
        sim: &mut Sim<E>,
        id: NodeId,
        what: impl FnOnce(&mut Node, Nanos, &mut Out),
    ) -> Vec<(OpId, Answer)> {
        let (mut out, mut told) = (Out::new(), Vec::new());
        let Some(node) = self.nodes.get_mut(id) else { return told };
        what(node, sim.now(), &mut out);
        for effect in out {
            match effect {
                Effect::Send { to, message } => self.send(sim, id, to, &message),
                Effect::Wake { at, timer } => {
                    let token = sim.at(at, Wire::Wake(id, timer).into());
                    if let Some(older) = self.timers.insert(timer_key(id, timer), token) {
                        sim.cancel(older);
                    }
                }
                Effect::Tell { op, answer } => told.push((op, answer)),
            }
        }
        self.tidy(sim, id);
        told
    }

    /// What belongs to a request that is over: its timers would do nothing, its messages are no longer looked at.
    fn tidy<E>(&mut self, sim: &mut Sim<E>, id: NodeId) {
        let node = &self.nodes[id];
        let over = |(of, op, _): &(NodeId, OpId, u8)| *of == id && *op != OpId::MAX && !node.waits_for(*op);
        let gone: Vec<_> =
            self.timers.range((id, 0, 0)..(id, OpId::MAX, 0)).map(|(key, _)| *key).filter(over).collect();
        for key in gone {
            if let Some(token) = self.timers.remove(&key) {
                sim.cancel(token);
            }
        }
    }

    /// Forgets the messages of a request: its picture was taken, or is not wanted.
    pub(super) fn forget(&mut self, op: OpId) -> Vec<Leg> {
        self.legs.remove(&op).unwrap_or_default()
    }

    fn send<E: From<Wire>>(&mut self, sim: &mut Sim<E>, from: NodeId, to: NodeId, message: &Message) {
        let (op, kind) = identity(message);
        // What belongs to no request is told apart by how many were sent.
        let which = op.unwrap_or(self.sent << 20);
        let nodes = (from * self.nodes.len() + to) as u64;
        let luck = self.seed ^ which.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ nodes << 8 ^ kind;
        let mut rng = Rng::stream(Seed(luck), "message");
        let delivery = self.network.send(sim.now(), from, to, &mut rng);
        let stores = matches!(message, Message::Store { .. });
        let disk = if stores { rng.exponential(self.disk) } else { Nanos::ZERO };
        let (mut first, lost) = (true, delivery.lost());
        for at in delivery.arrivals() {
            self.sent += u64::from(first);
            self.fly(sim, (from, to), message.clone(), at + disk);
            first = false;
        }
        if lost == Some(Loss::Cut) || lost == Some(Loss::Dropped) {
            self.sent += 1;
            self.note(message, (from, to), sim.now(), Fate::Lost);
        }
    }

    fn fly<E: From<Wire>>(
        &mut self,
        sim: &mut Sim<E>,
        (from, to): (NodeId, NodeId),
        message: Message,
        at: Nanos,
    ) {
        // Copies have numbers of their own.
        let number = self.flights.last_key_value().map_or(self.sent, |(last, _)| self.sent.max(last + 1));
        self.sent = number;
        self.note(&message, (from, to), sim.now(), Fate::UnderWay);
        let token = sim.at(at, Wire::Arrive(number).into());
        self.flights.insert(number, Flight { from, to, message, sent: sim.now(), at, token });
    }

    /// Remembers a message of a request.
    fn note(&mut self, message: &Message, (from, to): (NodeId, NodeId), sent: Nanos, fate: Fate) {
        let (op, kind, cell) = match message {
            Message::Store { op, cell, hint_for: None, .. } => (op, Kind::Store, Some(cell)),
            Message::Store { op, cell, .. } => (op, Kind::Lodge, Some(cell)),
            Message::Stored { op } => (op, Kind::Stored, None),
            Message::Fetch { op, .. } => (op, Kind::Fetch, None),
            Message::Fetched { op, cell } => (op, Kind::Fetched, Some(cell)),
            _ => return,
        };
        let Some(legs) = self.legs.get_mut(op).filter(|legs| legs.len() < LEGS) else { return };
        let value = cell.and_then(Cell::newest).map(|version| version.value);
        legs.push(Leg { from, to, sent, kind, value, fate, number: self.sent });
    }

    fn decide(&mut self, message: &Message, number: u64, fate: Fate) {
        let Some(legs) = identity(message).0.and_then(|op| self.legs.get_mut(&op)) else { return };
        if let Some(leg) = legs.iter_mut().rfind(|leg| leg.number == number) {
            leg.fate = fate;
        }
    }

    /// Nothing of it happens any more: another store takes its place.
    pub(super) fn stop<E>(&mut self, sim: &mut Sim<E>) {
        let timers = std::mem::take(&mut self.timers).into_values();
        let flights = std::mem::take(&mut self.flights).into_values().map(|flight| flight.token);
        for token in timers.chain(flights) {
            sim.cancel(token);
        }
    }

    /// A node stops: what it coordinates is forgotten, its timers with it.
    pub(super) fn crash<E>(&mut self, sim: &mut Sim<E>, id: NodeId) {
        if !self.is_up(id) {
            return;
        }
        self.up[id] = false;
        self.nodes[id].crash();
        let keys: Vec<_> = self.timers.range((id, 0, 0)..(id + 1, 0, 0)).map(|(key, _)| *key).collect();
        for token in keys.iter().filter_map(|key| self.timers.remove(key)) {
            sim.cancel(token);
        }
    }

    /// A node starts again.
    pub(super) fn restart<E: From<Wire>>(&mut self, sim: &mut Sim<E>, id: NodeId) {
        if id < self.nodes.len() && !self.is_up(id) {
            self.up[id] = true;
            self.feed(sim, id, Node::restart);
        }
    }
}

/// The request that a message belongs to, and a number for what it is.
fn identity(message: &Message) -> (Option<OpId>, u64) {
    match message {
        Message::Store { op, .. } => (Some(*op), 0),
        Message::Stored { op } => (Some(*op), 1),
        Message::Fetch { op, .. } => (Some(*op), 2),
        Message::Fetched { op, .. } => (Some(*op), 3),
        _ => (None, 4),
    }
}

/// The place of a timer: those of a request by its number, the others at the end.
fn timer_key(id: NodeId, timer: Timer) -> (NodeId, OpId, u8) {
    match timer {
        Timer::Patience(op) => (id, op, 0),
        Timer::Timeout(op) => (id, op, 1),
        Timer::HandOff(_) => (id, OpId::MAX, 0),
        Timer::Sync(_) => (id, OpId::MAX, 1),
    }
}
