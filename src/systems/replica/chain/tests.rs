//! Scripts of faults against a chain and its master.

use super::super::wires::{Due, Wires};
use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{Link, Rng, Seed};

const NODES: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Act {
    Write(NodeId),
    Pass(u64),
    Crash(NodeId),
    Restart(NodeId),
    Isolate(NodeId),
    Heal,
}

fn draw(rng: &mut Rng) -> Act {
    let node = rng.below(NODES as u64) as NodeId;
    match rng.below(16) {
        0..=4 => Act::Write(node),
        5..=9 => Act::Pass(1 + rng.below(150)),
        10 | 11 => Act::Crash(node),
        12 | 13 => Act::Restart(node),
        14 => Act::Isolate(node),
        _ => Act::Heal,
    }
}

#[derive(Clone, Debug)]
enum Tick {
    Node(Timer),
    Master,
}

struct Cluster {
    nodes: Vec<Node>,
    master: Master,
    wires: Wires<Message, Tick>,
    next: OpId,
    /// What was acknowledged: the operation and its position.
    acknowledged: Vec<(OpId, u64)>,
}

impl Cluster {
    fn new(seed: Seed, fencing: bool, flaw: Flaw) -> Cluster {
        let heartbeat = Nanos::from_millis(40);
        let disk = Nanos::from_millis(3);
        let config = Config { nodes: NODES, heartbeat, disk, fencing, master: NODES, flaw };
        let mut cluster = Cluster {
            nodes: (0..NODES).map(|id| Node::new(id, config.clone())).collect(),
            master: Master::new(NODES, heartbeat, Nanos::from_millis(200)),
            wires: Wires::new(seed, NODES + 1),
            next: 1,
            acknowledged: Vec::new(),
        };
        let mut out = Vec::new();
        cluster.master.begin(Nanos::ZERO, &mut out);
        cluster.carry_master(out);
        for node in 0..NODES {
            let mut out = Vec::new();
            cluster.nodes[node].begin(Nanos::ZERO, &mut out);
            cluster.carry(node, out);
        }
        cluster
    }

    fn carry(&mut self, node: NodeId, out: Out) {
        let out = out.into_iter().map(|effect| match effect {
            Effect::Send { to, message } => Effect::Send { to, message },
            Effect::Wake { at, timer } => Effect::Wake { at, timer: Tick::Node(timer) },
            Effect::Tell { op, answer } => Effect::Tell { op, answer },
        });
        for (op, answer) in self.wires.carry(node, out.collect()) {
            if let Answer::Written(stamp) = answer {
                self.acknowledged.push((op, stamp.time));
            }
        }
    }

    fn carry_master(&mut self, out: Vec<Effect<Message, MasterTimer>>) {
        let out = out.into_iter().map(|effect| match effect {
            Effect::Send { to, message } => Effect::Send { to, message },
            Effect::Wake { at, .. } => Effect::Wake { at, timer: Tick::Master },
            Effect::Tell { op, answer } => Effect::Tell { op, answer },
        });
        self.wires.carry(NODES, out.collect());
    }

    fn pass(&mut self, span: u64) -> Result<(), String> {
        let until = self.wires.now + Nanos::from_millis(span);
        while let Some(due) = self.wires.next(until) {
            let (now, mut out, mut orders) = (self.wires.now, Vec::new(), Vec::new());
            match due {
                Due::Message { from, to: NODES, message } => {
                    self.master.deliver(now, from, &message, &mut orders);
                }
                Due::Message { from, to, message } => {
                    self.nodes[to].deliver(now, from, message, &mut out);
                    self.carry(to, out);
                }
                Due::Timer { timer: Tick::Master, .. } => self.master.wake(now, &mut orders),
                Due::Timer { node, timer: Tick::Node(timer) } => {
                    self.nodes[node].wake(now, &timer, &mut out);
                    self.carry(node, out);
                }
            }
            self.carry_master(orders);
            self.laws()?;
        }
        Ok(())
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        let (now, mut out) = (self.wires.now, Vec::new());
        match act {
            Act::Write(node) => {
                self.nodes[node].write(now, (self.next, (self.next % 4) as Key, self.next), &mut out);
                self.next += 1;
                self.carry(node, out);
            }
            Act::Pass(span) => self.pass(span)?,
            Act::Crash(node) => self.nodes[node].crash(),
            Act::Restart(node) => {
                self.nodes[node].restart(now, &mut out);
                self.carry(node, out);
            }
            Act::Isolate(node) => self.wires.network.partition(&[&[node]]),
            Act::Heal => self.wires.network.heal(),
        }
        self.laws()
    }

    /// Of those that know the newest order of the chain: each has on disk what its successor has, and all have what was
    /// acknowledged.
    fn laws(&self) -> Result<(), String> {
        let epoch = self.nodes.iter().map(|node| node.order.epoch).max().unwrap_or(0);
        let newest =
            self.nodes.iter().find(|node| node.order.epoch == epoch).expect("somebody has the newest");
        let chain: Vec<&Node> = newest.order.members.iter().map(|&member| &self.nodes[member]).collect();
        for pair in chain.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            if after.order.epoch == epoch && before.order.epoch == epoch {
                if after.log.len() > before.log.len() {
                    return Err(format!("node {} is ahead of {}, its predecessor", after.id, before.id));
                }
                if (1..=after.log.len()).any(|at| after.log.get(at) != before.log.get(at)) {
                    return Err(format!(
                        "node {} has what {}, its predecessor, has not",
                        after.id, before.id
                    ));
                }
            }
        }
        for &(op, at) in &self.acknowledged {
            let without =
                |node: &&&Node| node.log.get(at).is_none_or(|entry| entry.op != op) || node.synced < at;
            if let Some(node) = chain.iter().find(without) {
                return Err(format!(
                    "write {op} was acknowledged and is not at node {} of the chain",
                    node.id
                ));
            }
        }
        Ok(())
    }
}

fn play(seed: Seed, script: &[Act], fencing: bool, flaw: Flaw) -> Result<Cluster, String> {
    let mut cluster = Cluster::new(seed, fencing, flaw);
    script.iter().try_for_each(|&act| cluster.act(act))?;
    Ok(cluster)
}

#[test]
fn what_is_acknowledged_is_at_every_node_of_the_chain_whatever_fails() {
    let (mut acknowledged, mut orders) = (0, 0);
    survives(1_500, 60, draw, |seed, script| {
        let cluster = play(seed, script, true, Flaw::None)?;
        acknowledged += cluster.acknowledged.len();
        orders += cluster.master.order().epoch;
        Ok(())
    });
    assert!(acknowledged > 1_500 && orders > 3_000, "{acknowledged} writes, {orders} orders");
}

#[test]
fn when_all_is_well_again_the_chain_is_whole() {
    survives(150, 40, draw, |seed, script| {
        let mut cluster = play(seed, script, true, Flaw::None)?;
        cluster.act(Act::Heal)?;
        (0..NODES).try_for_each(|node| cluster.act(Act::Restart(node)))?;
        cluster.pass(4_000)?;
        let before = cluster.acknowledged.len();
        (0..NODES).try_for_each(|node| cluster.act(Act::Write(node)))?;
        cluster.pass(2_000)?;
        if cluster.acknowledged.len() == before {
            return Err("no write gets through".into());
        }
        let whole = cluster.master.order().members.len() == NODES;
        let same = cluster.nodes.iter().all(|node| node.log.reach() == cluster.nodes[0].log.reach());
        if whole && same { Ok(()) } else { Err(format!("{:?}", cluster.master.order())) }
    });
}

#[test]
fn every_flaw_is_found() {
    for (fencing, flaw) in [(false, Flaw::None), (true, Flaw::AckAtHead)] {
        let failure = breaks(3_000, 60, draw, |seed, script| play(seed, script, fencing, flaw).map(|_| ()));
        let failure = failure.unwrap_or_else(|| panic!("{flaw:?}, fencing {fencing}: not found"));
        assert!(failure.script.len() <= 20, "{failure:?}");
    }
}

/// One way through all nodes and each disk: no more, and nothing back.
#[test]
fn a_write_takes_the_sum_of_the_hops_and_disks() {
    let ms = Nanos::from_millis;
    let config =
        Config { nodes: 3, heartbeat: ms(10_000), disk: ms(3), fencing: true, master: 3, flaw: Flaw::None };
    let mut nodes: Vec<Node> = (0..3).map(|id| Node::new(id, config.clone())).collect();
    let mut wires: Wires<Message, Timer> = Wires::new(Seed(1), 4);
    wires.network.set_usual(Link { delay: ms(50), ..Link::default() });
    wires.network.set_link(1, 2, Link { delay: ms(20), ..Link::default() });
    let mut out = Vec::new();
    nodes[0].write(ms(0), (7, 1, 9), &mut out);
    let mut told = wires.carry(0, out);
    while told.is_empty() {
        let due = wires.next(ms(500)).expect("the client is told");
        let (mut out, now) = (Vec::new(), wires.now);
        let node = match due {
            Due::Message { from, to, message } => {
                nodes[to].deliver(now, from, message, &mut out);
                to
            }
            Due::Timer { node, timer } => {
                nodes[node].wake(now, &timer, &mut out);
                node
            }
        };
        told = wires.carry(node, out);
    }
    assert_eq!((told.len(), wires.now), (1, ms(3 + 50 + 3 + 20 + 3)));
    let mut out = Vec::new();
    nodes[2].read((8, 1), &mut out);
    nodes[0].read((9, 1), &mut out);
    let version = Version { stamp: Stamp { time: 1, node: 2 }, value: 9 };
    let expected = [
        Effect::Tell { op: 8, answer: Answer::Read(Cell::of(version)) },
        Effect::Tell { op: 9, answer: Answer::Refused },
    ];
    assert_eq!(out, expected);
}
