//! Three nodes of Raft in one process: commands of 64 bytes, 256 proposed at a time, until all three have applied them.

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use raft::eraftpb::{Entry as TheirEntry, EntryType, Message as TheirMessage};
use raft::storage::MemStorage;
use raft::{Config, RawNode};
use sysdrill::sim::{Nanos, Rng, Seed};
use sysdrill::systems::raft::{Disk, Message, Node, Payload, Ready, Role, Settings};

use crate::turns::{Family, Peer};

const NODES: u64 = 3;
const BATCH: usize = 256;
const BATCHES: usize = 32;
const BYTES: usize = 64;
/// So many entries are kept behind the last one that was applied.
const KEPT: u64 = 1_024;

/// The n-th command.
fn command(n: u64) -> Vec<u8> {
    let mut bytes = vec![0; BYTES];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    bytes
}

/// What a state machine of ours or theirs is: how many commands, and a digest of them in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct State {
    commands: u64,
    digest: u64,
}

impl State {
    fn apply(&mut self, command: &[u8]) {
        let mut first = [0; 8];
        first.copy_from_slice(&command[..8]);
        self.commands += 1;
        self.digest = self.digest.wrapping_mul(31).wrapping_add(u64::from_le_bytes(first));
    }
}

type Command = Vec<u8>;

/// Our cluster, with disks that are written before anything is sent.
struct Ours {
    nodes: Vec<(Node<Command, ()>, Disk<Command, ()>, State)>,
    wire: VecDeque<Message<Command, ()>>,
    now: Nanos,
    rng: Rng,
    proposed: u64,
}

impl Ours {
    fn new() -> Ours {
        let voters: Vec<u64> = (1..=NODES).collect();
        let mut rng = Rng::stream(Seed(1), "raft");
        let node = |id: u64, rng: &mut Rng| {
            let disk = Disk::new(&voters);
            (Node::new(id, Settings::default(), &disk, Nanos::ZERO, rng), disk, State::default())
        };
        let nodes = (1..=NODES).map(|id| node(id, &mut rng)).collect();
        let mut ours = Ours { nodes, wire: VecDeque::new(), now: Nanos::ZERO, rng, proposed: 0 };
        ours.nodes[0].0.stand_now(ours.now, &mut ours.rng);
        ours.carry_out(0);
        ours.deliver();
        ours
    }

    fn carry_out(&mut self, place: usize) {
        let (node, disk, state) = &mut self.nodes[place];
        let ready: Ready<Command, ()> = node.ready(self.now);
        disk.write(node, &ready);
        self.wire.extend(ready.messages);
        for index in ready.apply {
            if let Some(Payload::Command(command)) = node.entry(index).map(|entry| &entry.payload) {
                state.apply(command);
            }
        }
    }

    fn deliver(&mut self) {
        while let Some(message) = self.wire.pop_front() {
            let place = message.to as usize - 1;
            self.nodes[place].0.deliver(self.now, message, &mut self.rng);
            self.carry_out(place);
        }
    }

    /// One batch, until all have applied it. A heartbeat tells the followers that it is committed.
    fn batch(&mut self) {
        for _ in 0..BATCH {
            let taken = self.nodes[0].0.propose(command(self.proposed));
            debug_assert!(taken.is_ok());
            self.proposed += 1;
        }
        self.carry_out(0);
        self.deliver();
        self.now = self.nodes[0].0.next_at();
        self.nodes[0].0.tick(self.now, &mut self.rng);
        self.carry_out(0);
        self.deliver();
        for place in 0..self.nodes.len() {
            let (node, ..) = &mut self.nodes[place];
            let commit = node.commit();
            if commit > node.entries().base().index + 2 * KEPT {
                node.compact(commit - KEPT, ());
                self.carry_out(place);
            }
        }
    }

    fn states(&self) -> Vec<State> {
        self.nodes.iter().map(|(_, _, state)| *state).collect()
    }
}

/// Theirs, in the same way: what is to be durable is written to its storage in memory before anything is sent that promises it.
struct Theirs {
    nodes: Vec<(RawNode<MemStorage>, State, u64)>,
    wire: VecDeque<TheirMessage>,
    proposed: u64,
}

impl Theirs {
    fn new() -> Result<Theirs> {
        let voters: Vec<u64> = (1..=NODES).collect();
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let mut nodes = Vec::new();
        for id in 1..=NODES {
            let config = Config {
                id,
                election_tick: 10,
                heartbeat_tick: 1,
                max_size_per_msg: 1 << 20,
                max_inflight_msgs: 4_096,
                check_quorum: true,
                pre_vote: true,
                batch_append: true,
                ..Config::default()
            };
            let storage = MemStorage::new_with_conf_state((voters.clone(), vec![]));
            nodes.push((RawNode::new(&config, storage, &logger).context("a node")?, State::default(), 0));
        }
        let mut theirs = Theirs { nodes, wire: VecDeque::new(), proposed: 0 };
        theirs.nodes[0].0.campaign().context("an election")?;
        theirs.carry_out(0)?;
        theirs.deliver()?;
        Ok(theirs)
    }

    fn carry_out(&mut self, place: usize) -> Result<()> {
        let (node, state, applied) = &mut self.nodes[place];
        let mut apply = |entries: Vec<TheirEntry>| {
            for entry in entries {
                *applied = entry.index;
                if entry.get_entry_type() == EntryType::EntryNormal && !entry.data.is_empty() {
                    state.apply(&entry.data);
                }
            }
        };
        while node.has_ready() {
            let mut ready = node.ready();
            self.wire.extend(ready.take_messages());
            apply(ready.take_committed_entries());
            node.store().wl().append(ready.entries())?;
            if let Some(hard) = ready.hs() {
                node.store().wl().set_hardstate(hard.clone());
            }
            self.wire.extend(ready.take_persisted_messages());
            let mut light = node.advance(ready);
            if let Some(commit) = light.commit_index() {
                node.store().wl().mut_hard_state().set_commit(commit);
            }
            self.wire.extend(light.take_messages());
            apply(light.take_committed_entries());
            node.advance_apply();
        }
        Ok(())
    }

    fn deliver(&mut self) -> Result<()> {
        while let Some(message) = self.wire.pop_front() {
            let place = message.to as usize - 1;
            self.nodes[place].0.step(message)?;
            self.carry_out(place)?;
        }
        Ok(())
    }

    fn batch(&mut self) -> Result<()> {
        for _ in 0..BATCH {
            self.nodes[0].0.propose(Vec::new(), command(self.proposed))?;
            self.proposed += 1;
        }
        self.carry_out(0)?;
        self.deliver()?;
        for (node, _, applied) in &mut self.nodes {
            if *applied > 2 * KEPT && (*applied / BATCH as u64).is_multiple_of(4) {
                node.store().wl().compact(*applied - KEPT)?;
            }
        }
        Ok(())
    }

    fn states(&self) -> Vec<State> {
        self.nodes.iter().map(|(_, state, _)| *state).collect()
    }
}

pub fn raft() -> Result<Family> {
    let (mut ours, mut theirs) = (Ours::new(), Theirs::new()?);
    ensure!(ours.nodes[0].0.role() == Role::Leader, "ours has a leader");
    for _ in 0..BATCHES {
        ours.batch();
        theirs.batch()?;
    }
    let all = ours.states();
    ensure!(all[0].commands == (BATCHES * BATCH) as u64, "all of ours are applied: {all:?}");
    ensure!(
        all.iter().chain(&theirs.states()).all(|state| *state == all[0]),
        "all six are in the same state"
    );
    Ok(Family {
        name: "raft, 3 nodes, batches of 256",
        operations: BATCHES * BATCH,
        ours: Box::new(move || {
            (0..BATCHES).for_each(|_| ours.batch());
            ours.states().iter().map(|state| state.digest).sum()
        }),
        peers: vec![Peer {
            name: "raft 0.7.0",
            work: Box::new(move || {
                let failed = (0..BATCHES).find_map(|_| theirs.batch().err());
                failed.map_or_else(|| theirs.states().iter().map(|state| state.digest).sum(), |_| 0)
            }),
        }],
        remarks: vec![
            "the same commands of 64 bytes, each written to a log in memory on three nodes and applied there, in the same order; both with pre-vote and quorum checks, messages joined".into(),
            "the followers learn of the commit from a heartbeat (ours) or from a message that raft sends for it at once".into(),
            "messages are handed over as they are: nothing is encoded, and the logs of both are cut now and then".into(),
        ],
    })
}
