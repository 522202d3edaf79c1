//! A node: what it knows, what moves it, and what it wants done.

use std::sync::Arc;

use super::leading::Transfer;
use super::{
    Body, Config, Disk, Entry, Flaw, Hard, Id, Index, Log, Message, Outcome, Payload, Ready, Settings,
    Snapshot, Term,
};
use crate::sim::{Nanos, Rng};

/// What a node is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It copies a leader's log, or waits for one.
    Follower,
    /// It asks whether it could win.
    PreCandidate,
    /// It asks for votes.
    Candidate,
    /// It takes commands and has the others copy its log.
    Leader,
}

/// What a leader knows of another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub id: Id,
    /// Its log is known to agree with the leader's up to here.
    pub matched: Index,
    /// The next entry to send.
    pub next: Index,
    /// Whether the leader is still looking for where the logs part: one message at a time.
    pub(super) probing: bool,
    /// Whether a probe waits for its answer.
    pub(super) waiting: bool,
    /// When it was last sent a snapshot that it has not answered.
    pub(super) installing: Option<Nanos>,
    /// Whether it is to be sent something, be it only a heartbeat.
    pub(super) beat: bool,
    /// When it was last heard from.
    pub(super) heard: Nanos,
    /// The latest of the leader's rounds that it has answered.
    pub(super) round: u64,
}

/// A node of a Raft cluster: `C` is a command, `S` a state of the application. See the [module](super) for how to drive it.
#[derive(Clone, Debug)]
pub struct Node<C, S> {
    pub(super) id: Id,
    pub(super) settings: Settings,

    // What must outlive a restart.
    pub(super) hard: Hard,
    pub(super) log: Log<C>,
    pub(super) snapshot: Arc<Snapshot<S>>,

    /// The configurations in the log and where they stand; the first is the snapshot's, the last is in force.
    pub(super) configs: Vec<(Index, Config)>,
    pub(super) commit: Index,
    /// Up to where entries were handed out to be applied.
    pub(super) applied: Index,
    pub(super) role: Role,
    pub(super) leader: Option<Id>,
    /// When the leader was last heard.
    pub(super) heard: Nanos,
    /// How long this follower waits for one, drawn anew for each term.
    pub(super) patience: Nanos,
    /// When it stands for election.
    pub(super) deadline: Nanos,
    /// What it was answered as a candidate.
    pub(super) votes: Vec<(Id, bool)>,

    // What only a leader has.
    pub(super) peers: Vec<Peer>,
    pub(super) beat_at: Nanos,
    pub(super) round: u64,
    /// Reads that wait for their round to be answered: ticket, which is the round, and commit index.
    pub(super) reads: Vec<(u64, Index)>,
    pub(super) transfer: Option<Transfer>,

    // What is to be taken by `ready`.
    pub(super) hard_changed: bool,
    pub(super) snapshot_changed: bool,
    pub(super) log_from: Option<Index>,
    pub(super) restore: bool,
    pub(super) outbox: Vec<Message<C, S>>,
    pub(super) reads_done: Vec<(u64, Index)>,
}

impl<C: Clone, S> Node<C, S> {
    /// A node that starts, or starts again, with what is on its disk. Where that holds a state of the application, the first
    /// `ready` says to restore it; entries are applied again from there.
    #[must_use]
    pub fn new(id: Id, settings: Settings, disk: &Disk<C, S>, now: Nanos, rng: &mut Rng) -> Node<C, S> {
        let snapshot = disk.snapshot.clone();
        let last = snapshot.last;
        let mut configs = vec![(last.index, snapshot.config.clone())];
        for (index, entry) in (last.index + 1..).zip(&disk.entries) {
            if let Payload::Config(config) = &entry.payload {
                configs.push((index, (**config).clone()));
            }
        }
        let mut node = Node {
            id,
            settings,
            hard: disk.hard,
            log: Log::new(last, disk.entries.clone()),
            restore: snapshot.state.is_some(),
            snapshot,
            configs,
            commit: last.index,
            applied: last.index,
            role: Role::Follower,
            leader: None,
            heard: now,
            patience: Nanos::ZERO,
            deadline: Nanos::MAX,
            votes: Vec::new(),
            peers: Vec::new(),
            beat_at: Nanos::MAX,
            round: 0,
            reads: Vec::new(),
            transfer: None,
            hard_changed: false,
            snapshot_changed: false,
            log_from: None,
            outbox: Vec::new(),
            reads_done: Vec::new(),
        };
        node.draw_patience(now, rng);
        node
    }

    /// Who it is.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// What it is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The latest term that it has seen.
    #[must_use]
    pub fn term(&self) -> Term {
        self.hard.term
    }

    /// Whom it takes for the leader of its term.
    #[must_use]
    pub fn leader(&self) -> Option<Id> {
        self.leader
    }

    /// Its log.
    #[must_use]
    pub fn entries(&self) -> &Log<C> {
        &self.log
    }

    /// The entry at `index`, where the log has it.
    #[must_use]
    pub fn entry(&self, index: Index) -> Option<&Entry<C>> {
        self.log.entry(index)
    }

    /// Up to where it knows entries to be committed.
    #[must_use]
    pub fn commit(&self) -> Index {
        self.commit
    }

    /// Its latest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot<S> {
        &self.snapshot
    }

    /// The members of the cluster as its log has them.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.configs[self.configs.len() - 1].1
    }

    /// Where in the log the present configuration stands.
    #[must_use]
    pub fn config_index(&self) -> Index {
        self.configs[self.configs.len() - 1].0
    }

    /// What it knows of the others while it leads.
    #[must_use]
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// Who has granted his vote, or his consent to stand, in the election that it is in.
    pub fn granted(&self) -> impl Iterator<Item = Id> {
        self.votes.iter().filter(|(_, granted)| *granted).map(|(id, _)| *id)
    }

    /// How it behaves.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Other settings from now on.
    pub fn configure(&mut self, now: Nanos, settings: Settings, rng: &mut Rng) {
        let before = std::mem::replace(&mut self.settings, settings);
        if before.election != self.settings.election {
            self.draw_patience(now, rng);
        }
        self.beat_at = self.beat_at.min(now + self.settings.heartbeat);
    }

    /// When [`Node::tick`] is to be called next, if nothing comes before.
    #[must_use]
    pub fn next_at(&self) -> Nanos {
        if self.role == Role::Leader { self.beat_at } else { self.deadline }
    }

    /// Lets time act: heartbeats of a leader, elections of the others.
    pub fn tick(&mut self, now: Nanos, rng: &mut Rng) {
        if self.role != Role::Leader {
            if now >= self.deadline {
                self.stand(now, false, rng);
            }
        } else if now >= self.beat_at {
            self.beat_at = now + self.settings.heartbeat.max(Nanos(1));
            if self.settings.check_quorum && !self.hears_majority(now) {
                self.follow(now, self.hard.term, None, rng);
                return;
            }
            self.transfer = self.transfer.filter(|transfer| now < transfer.until);
            self.round += 1;
            self.peers.iter_mut().for_each(|peer| peer.beat = true);
        }
    }

    /// Stands for election at once, without asking first: what a message `TimeoutNow` does. A leader is not moved by it.
    pub fn stand_now(&mut self, now: Nanos, rng: &mut Rng) {
        if self.role != Role::Leader {
            self.stand(now, true, rng);
        }
    }

    /// A message arrives. Messages to others, from nobody known, late or doubled do no harm.
    pub fn deliver(&mut self, now: Nanos, message: Message<C, S>, rng: &mut Rng) {
        let Message { from, to, term, body } = message;
        if to != self.id {
            return;
        }
        if term > self.hard.term {
            match &body {
                // A vote that is asked of somebody who is content with his leader.
                Body::RequestVote { handed_over: false, .. }
                    if self.settings.check_quorum && self.hears_leader(now) =>
                {
                    return;
                }
                // A term that nobody is in yet.
                Body::PreVote { .. } | Body::PreVoted { granted: true } => {}
                _ => self.follow(now, term, None, rng),
            }
        } else if term < self.hard.term {
            self.tell_term(from, &body);
            return;
        }
        match body {
            Body::PreVote { last } => self.on_pre_vote(now, from, term, last),
            Body::PreVoted { granted } => self.on_pre_voted(now, from, (term, granted), rng),
            Body::RequestVote { last, .. } => self.on_request_vote(now, from, last),
            Body::Voted { granted } => self.on_voted(now, from, granted, rng),
            Body::Append { prev, entries, commit, round } => {
                if self.accepts_leader(now, from) {
                    let outcome = self.on_append(prev, entries, commit);
                    self.send(from, Body::Appended { outcome, round });
                }
            }
            Body::Install { snapshot, round } => {
                if self.accepts_leader(now, from) {
                    let outcome = Outcome::Matched(self.on_install(snapshot));
                    self.send(from, Body::Appended { outcome, round });
                }
            }
            Body::Appended { outcome, round } => self.on_appended(now, from, outcome, round, rng),
            Body::TimeoutNow => self.stand_now(now, rng),
        }
    }

    /// Who speaks from a term that is over is told so, where he waits for an answer.
    fn tell_term(&mut self, from: Id, body: &Body<C, S>) {
        match body {
            Body::PreVote { .. } => self.send(from, Body::PreVoted { granted: false }),
            Body::RequestVote { .. } => self.send(from, Body::Voted { granted: false }),
            Body::Append { round, .. } | Body::Install { round, .. } => {
                // He sees the term and resigns; the rest is not for his term.
                let outcome = Outcome::Matched(0);
                self.send(from, Body::Appended { outcome, round: *round });
            }
            _ => {}
        }
    }

    /// What is to be done now. To be called after whatever the node was told, and carried out before it is told more.
    pub fn ready(&mut self, now: Nanos) -> Ready<C, S> {
        if self.role == Role::Leader {
            self.flush(now);
        }
        let until = match self.settings.flaw {
            Flaw::AppliesEarly => self.log.last_index(),
            _ => self.commit.min(self.log.last_index()),
        };
        let apply = self.applied.min(until) + 1..until + 1;
        self.applied = self.applied.max(until);
        let hard =
            Hard { vote: self.hard.vote.filter(|_| self.settings.flaw != Flaw::ForgetsVote), ..self.hard };
        Ready {
            hard: std::mem::take(&mut self.hard_changed).then_some(hard),
            snapshot: std::mem::take(&mut self.snapshot_changed).then(|| self.snapshot.clone()),
            log_from: self.log_from.take(),
            messages: std::mem::take(&mut self.outbox),
            restore: std::mem::take(&mut self.restore),
            apply,
            reads: std::mem::take(&mut self.reads_done),
        }
    }

    /// Puts the application's state after the entry at `index`, which it has applied, in the place of the entries up to there.
    /// Nothing happens where that was not handed out to be applied, or gave way before. O(entries that remain).
    pub fn compact(&mut self, index: Index, state: S) {
        let Some(term) =
            self.log.term(index).filter(|_| index > self.log.base().index && index <= self.applied)
        else {
            return;
        };
        let last = super::Position { index, term };
        let config = self.config_at(index).clone();
        self.log.compact(last);
        self.forget_configs(index, config.clone());
        self.snapshot = Arc::new(Snapshot { last, config, state: Some(state) });
        self.snapshot_changed = true;
    }

    /// The configuration in force at `index`.
    fn config_at(&self, index: Index) -> &Config {
        let before = self.configs.iter().rev().find(|(at, _)| *at <= index);
        before.map_or(self.config(), |(_, config)| config)
    }

    /// The configurations up to `index` give way to the one that was in force there.
    pub(super) fn forget_configs(&mut self, index: Index, config: Config) {
        self.configs.retain(|(at, _)| *at > index);
        self.configs.insert(0, (index, config));
    }

    pub(super) fn send(&mut self, to: Id, body: Body<C, S>) {
        let message = Message { from: self.id, to, term: self.hard.term, body };
        self.outbox.push(message);
    }

    /// From `index` on the log is another one.
    pub(super) fn log_changed(&mut self, index: Index) {
        self.log_from = Some(self.log_from.map_or(index, |from| from.min(index)));
    }
}
