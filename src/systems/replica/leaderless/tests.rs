//! Clusters under faults that are drawn by chance, held to the laws that the essay states.

use std::collections::BTreeMap;

use super::super::{Stamp, Version};
use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{EventQueue, Link, Network, Seed};

const MS: fn(u64) -> Nanos = Nanos::from_millis;

/// Coordinators that store nothing, numbered after the members.
const CLIENTS: usize = 2;
const KEYS: u64 = 2;

#[derive(Clone, Debug)]
enum Event {
    Arrive { from: NodeId, to: NodeId, message: Message },
    Wake { node: NodeId, timer: Timer },
}

/// An operation as its client saw it.
#[derive(Clone, Debug)]
struct Call {
    key: Key,
    start: Nanos,
    /// None for a read.
    writes: Option<Value>,
    end: Option<(Nanos, Answer)>,
}

/// A cluster with its network, and what its clients did.
struct Cluster {
    config: Config,
    nodes: Vec<Node>,
    up: Vec<bool>,
    network: Network,
    queue: EventQueue<Event>,
    rng: Rng,
    now: Nanos,
    calls: BTreeMap<OpId, Call>,
    /// What was acknowledged: key and stamp.
    acked: Vec<(Key, Stamp)>,
    /// What stand-ins were given: for which home, the key and the stamp.
    hinted: Vec<(NodeId, Key, Stamp)>,
    /// The newest stamp that each member ever held of each key.
    held: BTreeMap<(NodeId, Key), Stamp>,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    /// At this node, of this key, with this number: what befalls its messages hangs on that alone, so that a script can be
    /// shortened without changing the luck of what remains.
    Write(NodeId, Key, OpId),
    Read(NodeId, Key, OpId),
    Crash(NodeId),
    Restart(NodeId),
    /// The members whose bits are set are cut off from the rest, clients by their bits too.
    Partition(u64),
    Heal,
    Pass(u64),
}

fn config(n: usize, w: usize, r: usize) -> Config {
    Config {
        members: 5,
        n,
        w,
        r,
        asks: Asks::All,
        repair: Repair::Off,
        sloppy: false,
        merge: Merge::LastWrite,
        patience: MS(30),
        timeout: MS(100),
        suspect_for: MS(50),
        handoff_every: MS(60),
        sync_every: Some(MS(80)),
        flaw: Flaw::None,
    }
}

fn draw(rng: &mut Rng) -> Act {
    let (what, node, key) = (rng.below(100), rng.below(5) as usize, rng.below(KEYS) as Key);
    let client = 5 + rng.below(CLIENTS as u64) as usize;
    let op = rng.below(1 << 40) + 1;
    match what {
        0..25 => Act::Write(client, key, op),
        25..55 => Act::Read(client, key, op),
        55..62 => Act::Crash(node),
        62..69 => Act::Restart(node),
        69..74 => Act::Partition(rng.below(1 << 7)),
        74..77 => Act::Heal,
        _ => Act::Pass(rng.below(40)),
    }
}

impl Cluster {
    fn new(seed: Seed, config: &Config) -> Cluster {
        let link = Link { delay: MS(1), jitter: MS(8), loss: 0.03, duplicate: 0.05, ..Link::default() };
        let count = config.members + CLIENTS;
        let mut cluster = Cluster {
            nodes: (0..count).map(|id| Node::new(id, config.clone())).collect(),
            config: config.clone(),
            up: vec![true; count],
            network: Network::new(count, link),
            queue: EventQueue::new(),
            rng: Rng::stream(seed, "cluster"),
            now: Nanos::ZERO,
            calls: BTreeMap::new(),
            acked: Vec::new(),
            hinted: Vec::new(),
            held: BTreeMap::new(),
        };
        (0..count).for_each(|node| cluster.feed(node, Node::restart).expect("empty"));
        cluster
    }

    /// Does something at a node and carries out what it wants.
    fn feed(&mut self, id: NodeId, what: impl FnOnce(&mut Node, Nanos, &mut Out)) -> Result<(), String> {
        let mut out = Vec::new();
        what(&mut self.nodes[id], self.now, &mut out);
        for effect in out {
            match effect {
                Effect::Wake { at, timer } => {
                    self.queue.push(at, Event::Wake { node: id, timer });
                }
                Effect::Tell { op, answer } => self.told(op, answer)?,
                Effect::Send { to, message } => {
                    let delivery = match luck(&message, id, to) {
                        Some(mut own) => self.network.send(self.now, id, to, &mut own),
                        None => self.network.send(self.now, id, to, &mut self.rng),
                    };
                    for at in delivery.arrivals() {
                        self.queue.push(at, Event::Arrive { from: id, to, message: message.clone() });
                    }
                }
            }
        }
        Ok(())
    }

    fn told(&mut self, op: OpId, answer: Answer) -> Result<(), String> {
        let Some(call) = self.calls.get_mut(&op) else { return Err(format!("nobody called {op}")) };
        if call.end.is_some() {
            return Err(format!("the client of {op} was told twice"));
        }
        call.end = Some((self.now, answer.clone()));
        let (key, start) = (call.key, call.start);
        match answer {
            Answer::Written(stamp) => self.acked.push((key, stamp)),
            Answer::Read(cell) if !self.config.sloppy && self.config.r + self.config.w > self.config.n => {
                // Whatever was acknowledged before the read began: its stamp.
                let before =
                    self.calls.values().filter(|call| call.key == key).filter_map(|call| match &call.end {
                        Some((end, Answer::Written(stamp))) if *end < start => Some(*stamp),
                        _ => None,
                    });
                if let Some(newest) = before.max().filter(|stamp| !cell.reflects(*stamp, Merge::LastWrite)) {
                    return Err(format!("read {op} does not see {newest:?}, acknowledged before it began"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Laws after every event, read off the copies.
    fn check(&mut self) -> Result<(), String> {
        if self.config.merge != Merge::LastWrite {
            return Ok(());
        }
        for member in 0..self.config.members {
            for key in 0..KEYS as Key {
                let now = self.nodes[member].holds(key).and_then(Cell::newest).map(|version| version.stamp);
                if let Some(stamp) = now {
                    let before = self.held.insert((member, key), stamp);
                    if before.is_some_and(|before| before > stamp) {
                        return Err(format!("{member} went back to an older version of {key}"));
                    }
                }
            }
        }
        for &(key, stamp) in &self.acked {
            let homes: Vec<NodeId> = self.nodes[0].homes(key).collect();
            let has = |node: &usize| {
                self.nodes[*node].holds(key).is_some_and(|cell| cell.reflects(stamp, Merge::LastWrite))
            };
            let holders = (0..self.config.members).filter(|node| self.config.sloppy || homes.contains(node));
            if holders.filter(has).count() < self.config.w {
                return Err(format!("{stamp:?} was acknowledged and is on fewer than W nodes"));
            }
        }
        Ok(())
    }

    fn run_to(&mut self, until: Nanos) -> Result<(), String> {
        while let Some(at) = self.queue.next_at().filter(|at| *at <= until) {
            self.now = at;
            match self.queue.pop().map(|(_, event)| event) {
                Some(Event::Arrive { from, to, message }) if self.up[to] => {
                    if let Message::Store { key, cell, hint_for: Some(home), .. } = &message {
                        self.hinted.extend(cell.newest().map(|version| (*home, *key, version.stamp)));
                    }
                    self.feed(to, |node, now, out| node.deliver(now, from, message, out))?;
                }
                Some(Event::Wake { node, timer }) if self.up[node] => {
                    self.feed(node, |node, now, out| node.wake(now, timer, out))?;
                }
                _ => {}
            }
            self.check()?;
        }
        self.now = until;
        Ok(())
    }

    fn call(&mut self, at: NodeId, key: Key, op: OpId, request: Request) -> Result<(), String> {
        let writes = match &request {
            Request::Write(value, _) => Some(*value),
            Request::Read => None,
        };
        self.calls.insert(op, Call { key, start: self.now, writes, end: None });
        let mut order = Rng::stream(Seed(op), "order");
        self.feed(at, |node, now, out| node.request(now, op, (key, request), &mut order, out))
    }

    fn act(&mut self, act: Act) -> Result<(), String> {
        match act {
            // A crashed node takes no request.
            Act::Write(at, ..) | Act::Read(at, ..) if !self.up[at] => {}
            Act::Write(at, key, op) => self.call(at, key, op, Request::Write(op, VersionVector::new()))?,
            Act::Read(at, key, op) => self.call(at, key, op, Request::Read)?,
            Act::Crash(node) => {
                self.nodes[node].crash();
                self.up[node] = false;
            }
            Act::Restart(node) if !self.up[node] => {
                self.up[node] = true;
                self.feed(node, Node::restart)?;
            }
            Act::Restart(_) => {}
            Act::Partition(bits) => {
                let side: Vec<NodeId> = (0..self.nodes.len()).filter(|node| bits >> node & 1 == 1).collect();
                self.network.partition(&[&side]);
            }
            Act::Heal => self.network.heal(),
            Act::Pass(ms) => self.run_to(self.now + MS(ms))?,
        }
        self.check()
    }

    /// All is well again: every home comes to hold the same, every hint is handed off, nothing acknowledged is missing.
    fn settle(&mut self) -> Result<(), String> {
        self.network.heal();
        self.network.set_usual(Link { delay: MS(1), ..Link::default() });
        (0..5).try_for_each(|node| self.act(Act::Restart(node)))?;
        // Each home compares with each other one in each range: at most 5 ranges of 4 peers, three times.
        self.run_to(self.now + MS(80 * 24))?;
        for key in 0..KEYS as Key {
            let homes: Vec<NodeId> = self.nodes[0].homes(key).collect();
            let first = self.nodes[homes[0]].holds(key).cloned();
            if homes.iter().any(|home| self.nodes[*home].holds(key) != first.as_ref()) {
                return Err(format!("the homes of {key} differ after all"));
            }
            let first = first.unwrap_or_default();
            if self.config.merge != Merge::LastWrite {
                continue;
            }
            let missing =
                self.acked.iter().find(|(of, stamp)| *of == key && !first.reflects(*stamp, Merge::LastWrite));
            if let Some((_, stamp)) = missing {
                return Err(format!("{stamp:?} was acknowledged and is lost"));
            }
        }
        if self.nodes.iter().any(|node| node.hints().next().is_some()) {
            return Err("a hint was not handed off".into());
        }
        if self.nodes.iter().any(|node| !node.pending.is_empty()) {
            return Err("a request was never forgotten".into());
        }
        Ok(())
    }
}

fn play(config: &Config, seed: Seed, script: &[Act]) -> Result<Cluster, String> {
    let mut cluster = Cluster::new(seed, config);
    script.iter().try_for_each(|act| cluster.act(*act))?;
    cluster.run_to(cluster.now + MS(200))?;
    Ok(cluster)
}

/// What befalls a message of a request.
fn luck(message: &Message, from: NodeId, to: NodeId) -> Option<Rng> {
    let (op, kind) = match message {
        Message::Store { op, .. } => (op, 0),
        Message::Stored { op } => (op, 1),
        Message::Fetch { op, .. } => (op, 2),
        Message::Fetched { op, .. } => (op, 3),
        _ => return None,
    };
    Some(Rng::stream(Seed(op << 16 | (from << 8 | to << 4 | kind) as u64), "message"))
}

/// Whether the calls of one key are linearizable, by the zones of its values (Gibbons and Korach, 1997): since every value
/// is written once, it is known whose write a read saw. It looks at times and values alone, and at no stamp.
fn linearizable(calls: &[&Call]) -> Result<(), String> {
    // For each value: when its write began, when the first of its calls ended, and when the last of them began.
    let mut zones: BTreeMap<Value, (Nanos, Nanos, Nanos)> = BTreeMap::new();
    zones.insert(0, (Nanos::ZERO, Nanos::ZERO, Nanos::ZERO));
    for call in calls {
        if let Some(value) = call.writes {
            // A write that was not acknowledged may take effect at any later time.
            let end = match call.end {
                Some((end, Answer::Written(_))) => end,
                _ => Nanos::MAX,
            };
            zones.insert(value, (call.start, end, call.start));
        }
    }
    for call in calls {
        let Some((end, Answer::Read(cell))) = &call.end else { continue };
        let value = cell.newest().map_or(0, |version| version.value);
        let Some((born, first_end, last_start)) = zones.get_mut(&value) else {
            return Err(format!("{value} was read and never written"));
        };
        if *end < *born {
            return Err(format!("{value} was read before it was written"));
        }
        *first_end = (*first_end).min(*end);
        *last_start = (*last_start).max(call.start);
    }
    // A value that holds from one moment to a later one at least: no other may be needed to hold within.
    let zones: Vec<_> = zones.into_iter().map(|(value, (_, end, start))| (value, end, start)).collect();
    for &(value, end, start) in zones.iter().filter(|(_, end, start)| end < start) {
        for &(other, other_end, other_start) in zones.iter().filter(|(other, ..)| *other != value) {
            // Two such spans overlap, or the other value holds within this one and nowhere else.
            let clash = other_end < start && end < other_start;
            if clash {
                return Err(format!("{value} must hold from {end} to {start}, and {other} within"));
            }
        }
    }
    Ok(())
}

fn check_linearizable(cluster: &Cluster) -> Result<(), String> {
    (0..KEYS as Key).try_for_each(|key| {
        linearizable(&cluster.calls.values().filter(|call| call.key == key).collect::<Vec<_>>())
    })
}

#[test]
fn the_zones_tell_what_is_linearizable() {
    let write = |value, start, end| Call {
        key: 0,
        start: MS(start),
        writes: Some(value),
        end: Some((MS(end), Answer::Written(Stamp::default()))),
    };
    let read = |value: Value, start, end| {
        let cell = Cell::of(Version { stamp: Stamp::default(), value });
        let cell = if value == 0 { Cell::empty() } else { cell };
        Call { key: 0, start: MS(start), writes: None, end: Some((MS(end), Answer::Read(cell))) }
    };
    let check = |calls: &[Call], expected: bool| {
        let found = linearizable(&calls.iter().collect::<Vec<_>>());
        assert_eq!(found.is_ok(), expected, "{calls:?}: {found:?}");
    };
    check(&[write(1, 1, 2), read(1, 3, 4)], true);
    check(&[write(1, 1, 2), read(0, 3, 4)], false);
    check(&[write(1, 1, 9), read(1, 2, 3), read(1, 4, 5)], true);
    check(&[write(1, 1, 9), read(0, 2, 3), read(1, 4, 5)], true);
    // New, then old, while the write is under way.
    check(&[write(1, 1, 9), read(1, 2, 3), read(0, 4, 5)], false);
    check(&[write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)], false);
    check(&[write(1, 1, 4), write(2, 3, 5), read(1, 6, 7)], true);
    check(&[write(1, 1, 4), write(2, 3, 5), read(1, 6, 7), read(2, 8, 9)], false);
    check(&[read(1, 1, 2), write(1, 3, 4)], false);
}

#[test]
fn strict_quorums_keep_what_they_acknowledge_and_overlapping_ones_read_it() {
    for (index, (n, w, r)) in [(3, 2, 2), (3, 3, 1), (5, 2, 4), (3, 1, 1), (5, 3, 3)].into_iter().enumerate()
    {
        for (asks, repair) in [(Asks::All, Repair::Background), (Asks::Enough, Repair::Off)] {
            let config = Config { asks, repair, ..config(n, w, r) };
            let seeds = if index == 0 { 300 } else { 120 };
            survives(seeds, 60, draw, |seed, script| play(&config, seed, script)?.settle());
        }
    }
}

#[test]
fn with_write_back_a_register_is_linearizable() {
    for (n, w, r) in [(3, 2, 2), (5, 3, 3), (3, 1, 3)] {
        for asks in [Asks::All, Asks::Enough] {
            let config = Config { asks, repair: Repair::WriteBack, ..config(n, w, r) };
            survives(150, 60, draw, |seed, script| check_linearizable(&play(&config, seed, script)?));
        }
    }
}

#[test]
fn without_write_back_it_is_not_although_quorums_overlap() {
    for repair in [Repair::Off, Repair::Background] {
        let config = Config { repair, sync_every: None, ..config(3, 2, 2) };
        let failure =
            breaks(2_000, 60, draw, |seed, script| check_linearizable(&play(&config, seed, script)?));
        let failure = failure.expect("two reads within a write");
        let operations = failure.script.iter().filter(|act| matches!(act, Act::Read(..) | Act::Write(..)));
        assert!(operations.count() <= 4 && failure.script.len() <= 10, "{failure:?}");
    }
}

#[test]
fn sloppy_quorums_lose_nothing_in_the_end_but_do_not_overlap() {
    let config = Config { sloppy: true, ..config(3, 2, 2) };
    survives(400, 60, draw, |seed, script| play(&config, seed, script)?.settle());
    let stale = breaks(2_000, 60, draw, |seed, script| check_linearizable(&play(&config, seed, script)?));
    assert!(stale.is_some(), "a stand-in has it, and the homes do not");
}

#[test]
fn siblings_and_sums_keep_every_write() {
    for merge in [Merge::Siblings, Merge::Sum] {
        let config = Config { merge, ..config(5, 2, 2) };
        // Members coordinate: what they stamp they keep.
        let draw = |rng: &mut Rng| match draw(rng) {
            Act::Write(at, key, op) => Act::Write(at - 5, key, op),
            act => act,
        };
        survives(100, 60, draw, |seed, script| {
            let mut cluster = play(&config, seed, script)?;
            cluster.settle()?;
            for key in 0..KEYS as Key {
                // No writer had read anything, so every sibling remains. One that was told nothing has written all the same.
                let written =
                    cluster.calls.values().filter(|call| call.key == key).filter_map(|call| match call.end {
                        Some((_, Answer::Refused)) => None,
                        _ => call.writes,
                    });
                let (held, expected) =
                    (cluster.nodes[0].holds(key).map_or(0, Cell::sum), written.sum::<u64>());
                if held != expected {
                    return Err(format!("{key} holds {held} of {expected}"));
                }
            }
            Ok(())
        });
    }
}

#[test]
fn every_flaw_is_found_by_a_short_script() {
    for (flaw, config, most) in [
        (Flaw::CountsItself, config(3, 2, 2), 4),
        (Flaw::LastToArrive, Config { sync_every: None, ..config(3, 2, 2) }, 6),
        (Flaw::FirstAnswer, config(3, 2, 2), 8),
        (Flaw::CountsTwice, config(3, 2, 2), 4),
        (Flaw::ForgetsHints, Config { sloppy: true, sync_every: None, ..config(3, 2, 2) }, 12),
    ] {
        let sound = Config { flaw: Flaw::None, ..config.clone() };
        let broken = Config { flaw, ..config };
        // Without anti-entropy copies need not agree, but hints must reach their homes.
        let laws = |config: &Config, seed, script: &[Act]| -> Result<(), String> {
            let mut cluster = play(config, seed, script)?;
            if config.flaw == Flaw::ForgetsHints || config.sloppy {
                cluster.network.heal();
                (0..5).try_for_each(|node| cluster.act(Act::Restart(node)))?;
                cluster.run_to(cluster.now + MS(2_000))?;
                hints_reach_their_homes(&cluster)?;
            }
            Ok(())
        };
        survives(100, 60, draw, |seed, script| laws(&sound, seed, script));
        let failure = breaks(2_000, 60, draw, |seed, script| laws(&broken, seed, script));
        let failure = failure.unwrap_or_else(|| panic!("{flaw:?} is not found"));
        assert!(failure.script.len() <= most, "{flaw:?}: {failure:?}");
    }
}

/// What a stand-in was given reaches the home that it was meant for. So what W nodes acknowledged comes to half as many homes
/// at least, rounded up: a home has one stand-in at most in a request, and both may be among the W.
fn hints_reach_their_homes(cluster: &Cluster) -> Result<(), String> {
    let has = |node: NodeId, key: Key, stamp: Stamp| {
        cluster.nodes[node].holds(key).is_some_and(|cell| cell.reflects(stamp, Merge::LastWrite))
    };
    for &(home, key, stamp) in &cluster.hinted {
        if !has(home, key, stamp) {
            return Err(format!("{stamp:?} was kept for {home} and did not come there"));
        }
    }
    for &(key, stamp) in &cluster.acked {
        let homes = cluster.nodes[0].homes(key).filter(|home| has(*home, key, stamp)).count();
        if homes < cluster.config.w.div_ceil(2) {
            return Err(format!("{stamp:?} was acknowledged and came to {homes} of its homes"));
        }
    }
    Ok(())
}

#[test]
fn a_slow_home_and_its_stand_in_both_count_and_only_anti_entropy_brings_the_write_to_the_rest() {
    // The answer of home 2 comes after patience has ended and before the write's time is out.
    let script = [Act::Partition(0b1_1011), Act::Write(5, 1, 430_281_164_477), Act::Crash(4), Act::Heal];
    for (sync_every, expected) in [(None, vec![2]), (Some(MS(80)), vec![1, 2, 3])] {
        let config = Config { sloppy: true, sync_every, ..config(3, 2, 2) };
        let mut cluster = play(&config, Seed(399), &script).expect("it is on W nodes");
        let (key, stamp) = *cluster.acked.first().expect("acknowledged");
        assert_eq!(cluster.hinted, [(2, key, stamp)], "one stand-in, for a home that has it too");
        cluster.act(Act::Restart(4)).expect("it is on W nodes");
        cluster.run_to(cluster.now + MS(2_000)).expect("it is on W nodes");
        hints_reach_their_homes(&cluster).expect("home 2 has it");
        let holds = |home: &NodeId| cluster.nodes[*home].holds(key).is_some();
        assert_eq!(cluster.nodes[0].homes(key).filter(holds).collect::<Vec<_>>(), expected);
    }
}
