//! Several leaders: each node takes writes for its own clients, tells them at once, and tells the other nodes later.
//!
//! It is the way of data centres that each have a leader, of calendars that work offline, of bidirectional replication between
//! databases. No write waits for another node and none is refused because of a partition. The price: two leaders can take
//! writes of one key before they have heard of each other, and no order of the two is right. A version vector finds exactly
//! these ([`Cell`]): one that came late but had seen the other is no conflict. What becomes of a conflict is
//! [`Resolve`]: the write with the later stamp remains and the other, which a client was told is stored, is gone; or both remain
//! until somebody writes who has seen both.
//!
//! A node sends what a key holds, not what was done, and sends it until the other says that it has it. Cells join in any
//! order, so lost, doubled and overtaken messages do no harm, and what is to be sent is never more than the keys there are.
//!
//! Stamps are times of the node's clock, but never below one that it has seen (a hybrid clock). [`Flaw::OwnClock`] leaves that out.

use std::collections::BTreeMap;

use super::{Answer, Cell, Effect, Key, LocalCopy, Merge, NodeId, OpId, Stamp, Value, Version};
use crate::sim::Nanos;

/// What becomes of writes that did not know of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolve {
    /// The one with the later stamp remains.
    #[default]
    LastWrite,
    /// All remain until somebody writes who has seen them.
    Siblings,
}

/// Flaws that people write, to be seen and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is wrong.
    #[default]
    None,
    /// A node stamps with its own clock and keeps the later stamp, also of two writes of which one had seen the other.
    OwnClock,
}

/// What all leaders have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many there are, numbered from 0.
    pub nodes: usize,
    /// How often a node sends again what was not confirmed.
    pub again: Nanos,
    /// How long it takes to force a write to the disk.
    pub disk: Nanos,
    /// By how much the clock of each node is behind that of the one before it.
    pub behind: Nanos,
    /// What becomes of conflicts.
    pub resolve: Resolve,
    /// What is wrong with the nodes.
    pub flaw: Flaw,
}

/// What leaders tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// This is what a key holds here.
    Holds {
        /// Which change of the sender's it is: to be confirmed.
        change: u64,
        /// The key.
        key: Key,
        /// What it holds.
        cell: Cell,
    },
    /// That change is on my disk.
    Has {
        /// The key.
        key: Key,
        /// The change.
        change: u64,
    },
}

/// What a node is woken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The disk is done with a write.
    Stored {
        /// The life in which it was begun.
        life: u32,
        /// What is written, by which operation.
        write: (OpId, Key, Value),
    },
    /// To send again what was not confirmed.
    Again {
        /// The life in which it was set.
        life: u32,
    },
}

/// Two or more writes of a key that did not know of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: Key,
    /// The writes, by stamp. Under [`Resolve::LastWrite`] only the last of them remains.
    pub versions: Vec<Version>,
}

type Out = Vec<Effect<Message, Timer>>;

/// One of the leaders.
#[derive(Clone, Debug)]
pub struct Node {
    id: NodeId,
    config: Config,
    copy: LocalCopy,
    /// The last stamp that it gave or saw.
    clock: u64,
    changes: u64,
    /// For each other node the keys that it has not confirmed, with the change that it is to confirm.
    owed: Vec<BTreeMap<Key, u64>>,
    /// Conflicts that it met and nobody has asked for.
    met: Vec<Conflict>,
    life: u32,
    up: bool,
}

/// How many conflicts wait to be asked for.
const MET: usize = 64;

impl Node {
    /// Node `id`, with nothing in it. Call [`Node::begin`].
    #[must_use]
    pub fn new(id: NodeId, config: Config) -> Node {
        let owed = vec![BTreeMap::new(); config.nodes];
        let copy = LocalCopy::new(Merge::Siblings);
        Node { id, config, copy, clock: 0, changes: 0, owed, met: Vec::new(), life: 0, up: true }
    }

    /// Begins to send again what is not confirmed.
    pub fn begin(&mut self, now: Nanos, out: &mut Out) {
        out.push(Effect::Wake { at: now + self.config.again, timer: Timer::Again { life: self.life } });
    }

    /// What the leaders have in common is something else from now on.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// What it holds.
    #[must_use]
    pub fn copy(&self) -> &LocalCopy {
        &self.copy
    }

    /// How many keys the other nodes have not confirmed, in all.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.owed.iter().map(BTreeMap::len).sum()
    }

    /// The conflicts that it met since it was asked last, at most 64.
    pub fn conflicts(&mut self) -> Vec<Conflict> {
        std::mem::take(&mut self.met)
    }

    /// A client writes, having seen what this node holds.
    pub fn write(&mut self, now: Nanos, write: (OpId, Key, Value), out: &mut Out) {
        if self.up {
            let timer = Timer::Stored { life: self.life, write };
            out.push(Effect::Wake { at: now + self.config.disk, timer });
        }
    }

    /// A client reads what this node holds.
    pub fn read(&mut self, (op, key): (OpId, Key), out: &mut Out) {
        if self.up {
            let cell = self.copy.get(key).cloned().unwrap_or_default();
            out.push(Effect::Tell { op, answer: Answer::Read(cell) });
        }
    }

    /// A message arrives.
    pub fn deliver(&mut self, from: NodeId, message: Message, out: &mut Out) {
        if !self.up {
            return;
        }
        match message {
            Message::Holds { change, key, cell } => {
                self.join(key, &cell);
                out.push(Effect::Send { to: from, message: Message::Has { key, change } });
            }
            Message::Has { key, change } => {
                if let Some(owed) = self.owed.get_mut(from)
                    && owed.get(&key).is_some_and(|owed| *owed <= change)
                {
                    owed.remove(&key);
                }
            }
        }
    }

    /// A timer is due.
    pub fn wake(&mut self, now: Nanos, timer: &Timer, out: &mut Out) {
        match *timer {
            Timer::Stored { life, write } if life == self.life && self.up => self.store(now, write, out),
            Timer::Again { life } if life == self.life && self.up => {
                for to in 0..self.owed.len() {
                    let keys: Vec<Key> = self.owed[to].keys().copied().collect();
                    keys.into_iter().for_each(|key| self.send(to, key, out));
                }
                self.begin(now, out);
            }
            _ => {}
        }
    }

    /// It goes down. What it holds and owes is on disk; writes that the disk is not done with are gone.
    pub fn crash(&mut self) {
        if self.up {
            self.up = false;
            self.life += 1;
        }
    }

    /// It comes up again.
    pub fn restart(&mut self, now: Nanos, out: &mut Out) {
        if !self.up {
            self.up = true;
            self.begin(now, out);
        }
    }

    fn store(&mut self, now: Nanos, (op, key, value): (OpId, Key, Value), out: &mut Out) {
        let slow = Nanos(self.config.behind.0.saturating_mul(self.id as u64));
        let seen = if self.config.flaw == Flaw::OwnClock { 0 } else { self.clock };
        // Two writes of one node are never stamped alike.
        let own = self.copy.get(key).map_or(0, |cell| cell.seen().time(self.id));
        let time = now.since(slow).0.max(seen + 1).max(own + 1);
        self.clock = self.clock.max(time);
        let stamp = Stamp { time, node: self.id };
        let held = self.copy.get(key).cloned().unwrap_or_default();
        let mut cell = self.copy.write(key, Version { stamp, value }, held.seen());
        if self.config.flaw == Flaw::OwnClock
            && let Some(newest) = held.newest().filter(|newest| newest.stamp > stamp)
        {
            // The stamp decides, and it says that what was overwritten is the newer one.
            let all = cell.seen().clone();
            cell.write(newest, &all, Merge::Siblings);
            self.copy.put(key, cell);
        }
        out.push(Effect::Tell { op, answer: Answer::Written(stamp) });
        self.changes += 1;
        for to in (0..self.config.nodes).filter(|&to| to != self.id) {
            self.owed[to].insert(key, self.changes);
            self.send(to, key, out);
        }
    }

    fn send(&self, to: NodeId, key: Key, out: &mut Out) {
        if let (Some(&change), Some(cell)) = (self.owed[to].get(&key), self.copy.get(key)) {
            out.push(Effect::Send { to, message: Message::Holds { change, key, cell: cell.clone() } });
        }
    }

    fn join(&mut self, key: Key, theirs: &Cell) {
        if !self.copy.join(key, theirs) {
            return;
        }
        let mut cell = self.copy.get(key).cloned().unwrap_or_default();
        let seen = cell.versions().iter().map(|version| version.stamp.time);
        self.clock = seen.fold(self.clock, u64::max);
        if cell.versions().len() > 1 {
            if self.met.len() < MET {
                self.met.push(Conflict { key, versions: cell.versions().to_vec() });
            }
            if let Some(newest) = cell.newest().filter(|_| self.config.resolve == Resolve::LastWrite) {
                let all = cell.seen().clone();
                cell.write(newest, &all, Merge::Siblings);
                self.copy.put(key, cell);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::wires::{Due, Wires};
    use super::*;
    use crate::sim::torture::{breaks, survives};
    use crate::sim::{Rng, Seed};

    const NODES: usize = 3;

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Write(NodeId, Key),
        Pass(u64),
        Crash(NodeId),
        Restart(NodeId),
        Isolate(NodeId),
        Heal,
    }

    fn draw(rng: &mut Rng) -> Act {
        let node = rng.below(NODES as u64) as NodeId;
        match rng.below(14) {
            0..=4 => Act::Write(node, rng.below(2) as Key),
            5..=8 => Act::Pass(1 + rng.below(60)),
            9 => Act::Crash(node),
            10 | 11 => Act::Restart(node),
            12 => Act::Isolate(node),
            _ => Act::Heal,
        }
    }

    struct Cluster {
        nodes: Vec<Node>,
        wires: Wires<Message, Timer>,
        next: OpId,
        /// What each acknowledged write replaced: what its node held before it was stored.
        over: Vec<(OpId, Key, BTreeSet<Value>)>,
        conflicts: usize,
    }

    impl Cluster {
        fn new(seed: Seed, resolve: Resolve, flaw: Flaw) -> Cluster {
            let (again, disk) = (Nanos::from_millis(40), Nanos::from_millis(2));
            let behind = Nanos::from_millis(200);
            let config = Config { nodes: NODES, again, disk, behind, resolve, flaw };
            let mut cluster = Cluster {
                nodes: (0..NODES).map(|id| Node::new(id, config.clone())).collect(),
                wires: Wires::new(seed, NODES),
                next: 1,
                over: Vec::new(),
                conflicts: 0,
            };
            for node in 0..NODES {
                let mut out = Vec::new();
                cluster.nodes[node].begin(Nanos::ZERO, &mut out);
                cluster.wires.carry(node, out);
            }
            cluster
        }

        fn values(&self, node: NodeId, key: Key) -> BTreeSet<Value> {
            let cell = self.nodes[node].copy.get(key);
            cell.iter().flat_map(|cell| cell.versions()).map(|version| version.value).collect()
        }

        fn pass(&mut self, span: u64) -> Result<(), String> {
            let until = self.wires.now + Nanos::from_millis(span);
            while let Some(due) = self.wires.next(until) {
                let (now, mut out) = (self.wires.now, Vec::new());
                match due {
                    Due::Message { from, to, message } => {
                        self.nodes[to].deliver(from, message, &mut out);
                        self.conflicts += self.nodes[to].conflicts().len();
                        self.wires.carry(to, out);
                    }
                    Due::Timer { node, timer } => {
                        let before: Vec<_> = (0..2).map(|key| self.values(node, key)).collect();
                        self.nodes[node].wake(now, &timer, &mut out);
                        for (op, _) in self.wires.carry(node, out) {
                            let Timer::Stored { write: (_, key, value), .. } = timer else { continue };
                            if self.values(node, key) != BTreeSet::from([value]) {
                                return Err(format!("write {op} does not replace what it has seen"));
                            }
                            self.over.push((op, key, before[key as usize].clone()));
                        }
                    }
                }
            }
            Ok(())
        }

        fn act(&mut self, act: Act) -> Result<(), String> {
            let (now, mut out) = (self.wires.now, Vec::new());
            match act {
                Act::Write(node, key) => {
                    self.nodes[node].write(now, (self.next, key, self.next), &mut out);
                    self.next += 1;
                    self.wires.carry(node, out);
                }
                Act::Pass(span) => self.pass(span)?,
                Act::Crash(node) => self.nodes[node].crash(),
                Act::Restart(node) => {
                    self.nodes[node].restart(now, &mut out);
                    self.wires.carry(node, out);
                }
                Act::Isolate(node) => self.wires.network.partition(&[&[node]]),
                Act::Heal => self.wires.network.heal(),
            }
            Ok(())
        }
    }

    fn play(seed: Seed, script: &[Act], resolve: Resolve, flaw: Flaw) -> Result<Cluster, String> {
        let mut cluster = Cluster::new(seed, resolve, flaw);
        script.iter().try_for_each(|&act| cluster.act(act))?;
        cluster.act(Act::Heal)?;
        (0..NODES).try_for_each(|node| cluster.act(Act::Restart(node)))?;
        cluster.pass(1_500)?;
        for key in 0..2 {
            let held = cluster.values(0, key);
            if (1..NODES).any(|node| cluster.values(node, key) != held) {
                return Err("leaders differ when everything has arrived".into());
            }
            // A write is held unless a write replaced it whose node had seen it.
            let seen: BTreeSet<Value> = cluster
                .over
                .iter()
                .filter(|over| over.1 == key)
                .flat_map(|over| over.2.iter().copied())
                .collect();
            let open: BTreeSet<Value> = cluster
                .over
                .iter()
                .filter(|over| over.1 == key && !seen.contains(&over.0))
                .map(|over| over.0)
                .collect();
            let lost = match resolve {
                Resolve::Siblings => held != open,
                Resolve::LastWrite => held.len() > 1 || !held.is_subset(&open),
            };
            if lost {
                return Err(format!("{held:?} are held of {open:?}"));
            }
        }
        Ok(cluster)
    }

    #[test]
    fn leaders_agree_in_the_end_and_siblings_lose_nothing() {
        for resolve in [Resolve::LastWrite, Resolve::Siblings] {
            let (mut writes, mut conflicts) = (0, 0);
            survives(250, 40, draw, |seed, script| {
                let cluster = play(seed, script, resolve, Flaw::None)?;
                writes += cluster.over.len();
                conflicts += cluster.conflicts;
                Ok(())
            });
            assert!(writes > 1_000 && conflicts > 200, "{writes} writes, {conflicts} conflicts");
        }
    }

    #[test]
    fn a_clock_of_ones_own_is_found() {
        let broken =
            |seed, script: &[Act]| play(seed, script, Resolve::LastWrite, Flaw::OwnClock).map(|_| ());
        let failure = breaks(500, 40, draw, broken).expect("a write that is stamped too low");
        assert!(failure.script.len() <= 6, "{failure:?}");
    }
}
