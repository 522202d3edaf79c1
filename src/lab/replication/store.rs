//! The nodes of one of the topologies behind one face: messages and timers in, effects out.

use super::knobs::{HEARTBEAT, Knobs, Topology};
use crate::sim::Nanos;
use crate::systems::replica::chain::{self, Master};
use crate::systems::replica::manager::{self, Manager};
use crate::systems::replica::shipped::Log;
use crate::systems::replica::{Answer, Effect, Key, NodeId, OpId, Value, leader, multi};

/// What is under way between nodes, their manager and clients.
#[derive(Clone, Debug)]
pub(super) enum Packet {
    Write {
        op: OpId,
        key: Key,
        value: Value,
    },
    Read {
        op: OpId,
        key: Key,
    },
    Reply {
        op: OpId,
        answer: Answer,
    },
    /// The manager tells a client where to write and where to read.
    Leader {
        epoch: u32,
        writes: NodeId,
        reads: NodeId,
    },
    Single(leader::Message),
    Multi(multi::Message),
    Chain(chain::Message),
}

/// What a node or the manager is woken for.
#[derive(Clone, Debug)]
pub(super) enum Clock {
    Single(leader::Timer),
    Manager(manager::Timer),
    Multi(multi::Timer),
    Chain(chain::Timer),
    Master(chain::MasterTimer),
}

/// What is to be done, by whom.
pub(super) type Effects = Vec<Effect<Packet, Clock>>;

/// The nodes, and the one that decides who leads.
#[derive(Clone, Debug)]
pub(super) enum Store {
    Single { nodes: Vec<leader::Node>, manager: Manager },
    Multi { nodes: Vec<multi::Node> },
    Chain { nodes: Vec<chain::Node>, master: Master },
}

fn wrapped<M, T>(
    out: Vec<Effect<M, T>>,
    packet: impl Fn(M) -> Packet,
    clock: impl Fn(T) -> Clock,
) -> Effects {
    let wrap = |effect| match effect {
        Effect::Send { to, message } => Effect::Send { to, message: packet(message) },
        Effect::Wake { at, timer } => Effect::Wake { at, timer: clock(timer) },
        Effect::Tell { op, answer } => Effect::Tell { op, answer },
    };
    out.into_iter().map(wrap).collect()
}

impl Store {
    pub(super) fn new(knobs: &Knobs) -> Store {
        match knobs.topology {
            Topology::Single => Store::Single {
                nodes: (0..knobs.nodes).map(|id| leader::Node::new(id, knobs.leader())).collect(),
                manager: Manager::new(knobs.manager()),
            },
            Topology::Multi(_) => Store::Multi {
                nodes: (0..knobs.nodes).map(|id| multi::Node::new(id, knobs.multi())).collect(),
            },
            Topology::Chain => Store::Chain {
                nodes: (0..knobs.nodes).map(|id| chain::Node::new(id, knobs.chain())).collect(),
                master: Master::new(knobs.nodes, HEARTBEAT, knobs.detect),
            },
        }
    }

    /// The first effects, each with the actor whose it is: a node, or the manager behind the nodes.
    pub(super) fn begin(&mut self, now: Nanos) -> Vec<(NodeId, Effects)> {
        let mut all = Vec::new();
        match self {
            Store::Single { nodes, manager } => {
                let mut out = Vec::new();
                manager.begin(now, &mut out);
                all.push((nodes.len(), wrapped(out, Packet::Single, Clock::Manager)));
                for (id, node) in nodes.iter_mut().enumerate() {
                    let mut out = Vec::new();
                    node.begin(now, &mut out);
                    all.push((id, wrapped(out, Packet::Single, Clock::Single)));
                }
            }
            Store::Multi { nodes } => {
                for (id, node) in nodes.iter_mut().enumerate() {
                    let mut out = Vec::new();
                    node.begin(now, &mut out);
                    all.push((id, wrapped(out, Packet::Multi, Clock::Multi)));
                }
            }
            Store::Chain { nodes, master } => {
                let mut out = Vec::new();
                master.begin(now, &mut out);
                all.push((nodes.len(), wrapped(out, Packet::Chain, Clock::Master)));
                for (id, node) in nodes.iter_mut().enumerate() {
                    let mut out = Vec::new();
                    node.begin(now, &mut out);
                    all.push((id, wrapped(out, Packet::Chain, Clock::Chain)));
                }
            }
        }
        all
    }

    /// New settings for nodes that go on. What comes of it is done at node 0 and following, in their order.
    pub(super) fn configure(&mut self, knobs: &Knobs) -> Vec<(NodeId, Effects)> {
        let mut all = Vec::new();
        match self {
            Store::Single { nodes, manager } => {
                manager.configure(knobs.manager());
                for (id, node) in nodes.iter_mut().enumerate() {
                    let mut out = Vec::new();
                    node.configure(knobs.leader(), &mut out);
                    all.push((id, wrapped(out, Packet::Single, Clock::Single)));
                }
            }
            Store::Multi { nodes } => nodes.iter_mut().for_each(|node| node.configure(knobs.multi())),
            Store::Chain { nodes, master } => {
                master.set_detect(knobs.detect);
                nodes.iter_mut().for_each(|node| node.configure(knobs.chain()));
            }
        }
        all
    }

    /// A packet arrives at a node or the manager.
    pub(super) fn deliver(&mut self, now: Nanos, from: NodeId, to: NodeId, packet: Packet) -> Effects {
        match self {
            Store::Single { nodes, manager } => {
                let mut out = Vec::new();
                if to == nodes.len() {
                    let mut orders = Vec::new();
                    if let Packet::Single(message) = packet {
                        manager.deliver(now, from, &message, &mut orders);
                    }
                    return wrapped(orders, Packet::Single, Clock::Manager);
                }
                match packet {
                    Packet::Single(message) => nodes[to].deliver(now, from, message, &mut out),
                    Packet::Write { op, key, value } => nodes[to].write(now, (op, key, value), &mut out),
                    Packet::Read { op, key } => nodes[to].read((op, key, 0), &mut out),
                    _ => {}
                }
                wrapped(out, Packet::Single, Clock::Single)
            }
            Store::Multi { nodes } => {
                let mut out = Vec::new();
                if let Some(node) = nodes.get_mut(to) {
                    match packet {
                        Packet::Multi(message) => node.deliver(from, message, &mut out),
                        Packet::Write { op, key, value } => node.write(now, (op, key, value), &mut out),
                        Packet::Read { op, key } => node.read((op, key), &mut out),
                        _ => {}
                    }
                }
                wrapped(out, Packet::Multi, Clock::Multi)
            }
            Store::Chain { nodes, master } => {
                let mut out = Vec::new();
                if to == nodes.len() {
                    let mut orders = Vec::new();
                    if let Packet::Chain(message) = packet {
                        master.deliver(now, from, &message, &mut orders);
                    }
                    return wrapped(orders, Packet::Chain, Clock::Master);
                }
                match packet {
                    Packet::Chain(message) => nodes[to].deliver(now, from, message, &mut out),
                    Packet::Write { op, key, value } => nodes[to].write(now, (op, key, value), &mut out),
                    Packet::Read { op, key } => nodes[to].read((op, key), &mut out),
                    _ => {}
                }
                wrapped(out, Packet::Chain, Clock::Chain)
            }
        }
    }

    /// A timer is due.
    pub(super) fn wake(&mut self, now: Nanos, actor: NodeId, clock: &Clock) -> Effects {
        match (self, clock) {
            (Store::Single { nodes, .. }, Clock::Single(timer)) => {
                let mut out = Vec::new();
                nodes[actor].wake(now, timer, &mut out);
                wrapped(out, Packet::Single, Clock::Single)
            }
            (Store::Single { manager, .. }, Clock::Manager(timer)) => {
                let mut out = Vec::new();
                manager.wake(now, timer, &mut out);
                wrapped(out, Packet::Single, Clock::Manager)
            }
            (Store::Multi { nodes }, Clock::Multi(timer)) => {
                let mut out = Vec::new();
                nodes[actor].wake(now, timer, &mut out);
                wrapped(out, Packet::Multi, Clock::Multi)
            }
            (Store::Chain { nodes, .. }, Clock::Chain(timer)) => {
                let mut out = Vec::new();
                nodes[actor].wake(now, timer, &mut out);
                wrapped(out, Packet::Chain, Clock::Chain)
            }
            (Store::Chain { master, .. }, Clock::Master(_)) => {
                let mut out = Vec::new();
                master.wake(now, &mut out);
                wrapped(out, Packet::Chain, Clock::Master)
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn crash(&mut self, node: NodeId) {
        match self {
            Store::Single { nodes, .. } => nodes[node].crash(),
            Store::Multi { nodes } => nodes[node].crash(),
            Store::Chain { nodes, .. } => nodes[node].crash(),
        }
    }

    pub(super) fn restart(&mut self, now: Nanos, node: NodeId) -> Effects {
        match self {
            Store::Single { nodes, .. } => {
                let mut out = Vec::new();
                nodes[node].restart(now, &mut out);
                wrapped(out, Packet::Single, Clock::Single)
            }
            Store::Multi { nodes } => {
                let mut out = Vec::new();
                nodes[node].restart(now, &mut out);
                wrapped(out, Packet::Multi, Clock::Multi)
            }
            Store::Chain { nodes, .. } => {
                let mut out = Vec::new();
                nodes[node].restart(now, &mut out);
                wrapped(out, Packet::Chain, Clock::Chain)
            }
        }
    }

    /// Has the manager hand the lead to a node, where it is as far as the others.
    pub(super) fn promote(&mut self, now: Nanos, node: NodeId) -> Effects {
        let mut out = Vec::new();
        if let Store::Single { manager, .. } = self {
            manager.hand_over(now, node, &mut out);
        }
        wrapped(out, Packet::Single, Clock::Manager)
    }

    pub(super) fn nodes(&self) -> usize {
        match self {
            Store::Single { nodes, .. } => nodes.len(),
            Store::Multi { nodes } => nodes.len(),
            Store::Chain { nodes, .. } => nodes.len(),
        }
    }

    pub(super) fn is_up(&self, node: NodeId) -> bool {
        match self {
            Store::Single { nodes, .. } => nodes[node].is_up(),
            Store::Multi { nodes } => nodes[node].is_up(),
            Store::Chain { nodes, .. } => nodes[node].is_up(),
        }
    }

    /// The log of a node, where it has one, and up to where that is settled and on disk.
    pub(super) fn shipped(&self, node: NodeId) -> Option<(&Log, u64, u64)> {
        match self {
            Store::Single { nodes, .. } => {
                nodes.get(node).map(|node| (node.shipped(), node.settled(), node.on_disk()))
            }
            Store::Multi { .. } => None,
            Store::Chain { nodes, .. } => {
                nodes.get(node).map(|node| (node.shipped(), node.settled(), node.on_disk()))
            }
        }
    }

    /// The newest epoch that was given out.
    pub(super) fn epoch(&self) -> u32 {
        match self {
            Store::Single { manager, .. } => manager.leader().0,
            Store::Multi { .. } => 1,
            Store::Chain { master, .. } => master.order().epoch,
        }
    }

    /// Who leads in the newest epoch in which somebody does: the one that says so itself. In a chain the head.
    pub(super) fn newest(&self) -> Option<(u32, NodeId)> {
        match self {
            Store::Single { nodes, .. } => {
                (0..nodes.len()).filter_map(|node| nodes[node].leads().map(|epoch| (epoch, node))).max()
            }
            Store::Multi { .. } => None,
            Store::Chain { master, .. } => {
                master.order().members.first().map(|&head| (master.order().epoch, head))
            }
        }
    }

    /// Where clients are to write and to read, by the word of the manager.
    pub(super) fn address(&self) -> Option<(u32, NodeId, NodeId)> {
        match self {
            Store::Single { manager, .. } => {
                let (epoch, leader) = manager.leader();
                leader.map(|leader| (epoch, leader, leader))
            }
            Store::Multi { .. } => None,
            Store::Chain { master, .. } => {
                let order = master.order();
                Some((order.epoch, *order.members.first()?, *order.members.last()?))
            }
        }
    }
}
