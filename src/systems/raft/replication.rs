//! How the log gets from the leader to the others.
//!
//! A follower takes new entries only where it has the entry before them, so that two logs which share an entry share everything
//! before it. Where it has not, it says what it has instead, and the leader goes back by a whole term at a time. While the leader is looking
//! for that place it sends one message and waits; from then on it sends whatever is new without waiting for answers, and a message
//! that got lost shows when the next one does not fit.

use std::sync::Arc;

use super::{Body, Entry, Flaw, Id, Index, Node, Outcome, Payload, Position, Role, Snapshot};
use crate::sim::{Nanos, Rng};

impl<C: Clone, S> Node<C, S> {
    /// Sends to each peer what is new, as far as it may have it now.
    pub(super) fn flush(&mut self, now: Nanos) {
        for place in 0..self.peers.len() {
            if self.peers[place].next <= self.log.base().index {
                self.install(now, place);
            } else {
                self.append(place);
            }
        }
        self.hand_over();
        if !self.reads.is_empty() {
            self.confirm_reads();
        }
    }

    fn append(&mut self, place: usize) {
        let peer = &mut self.peers[place];
        let last = self.log.last_index();
        let mut beat = std::mem::take(&mut peer.beat);
        loop {
            let unanswered = peer.next - 1 - peer.matched;
            let room = if peer.probing {
                if peer.waiting && !beat {
                    return;
                }
                self.settings.batch as u64
            } else {
                self.settings.window.saturating_sub(unanswered).min(self.settings.batch as u64)
            };
            let count = (last + 1).saturating_sub(peer.next).min(room.max(u64::from(peer.probing)));
            if count == 0 && !beat && !peer.probing {
                return;
            }
            let before = peer.next - 1;
            let prev = Position { index: before, term: self.log.term(before).unwrap_or(0) };
            let from = self.log.from(peer.next);
            let entries = from.get(..count as usize).unwrap_or(from).to_vec();
            let body = Body::Append { prev, entries, commit: self.commit, round: self.round };
            self.outbox.push(super::Message { from: self.id, to: peer.id, term: self.hard.term, body });
            beat = false;
            if peer.probing {
                peer.waiting = true;
                return;
            }
            peer.next += count;
        }
    }

    /// Sends the snapshot to a peer that needs entries which gave way to it, again after an election time-out; heartbeats in between.
    fn install(&mut self, now: Nanos, place: usize) {
        let round = self.round;
        let peer = &mut self.peers[place];
        let beat = std::mem::take(&mut peer.beat);
        let to = peer.id;
        if peer.installing.is_none_or(|since| now.since(since) >= self.settings.election && beat) {
            peer.installing = Some(now);
            let snapshot = self.snapshot.clone();
            self.send(to, Body::Install { snapshot, round });
        } else if beat {
            let prev = Position::default();
            self.send(to, Body::Append { prev, entries: Vec::new(), commit: 0, round });
        }
    }

    /// Whether to listen to a leader of the own term: always, but there is no other one beside oneself.
    pub(super) fn accepts_leader(&mut self, now: Nanos, from: Id) -> bool {
        if self.role == Role::Leader {
            return false;
        }
        self.role = Role::Follower;
        self.leader = Some(from);
        self.heard = now;
        self.deadline = now + self.patience;
        true
    }

    pub(super) fn on_append(&mut self, prev: Position, entries: Vec<Entry<C>>, commit: Index) -> Outcome {
        let end = prev.index + entries.len() as u64;
        let unchecked = self.settings.flaw == Flaw::NoPrevCheck && prev.index <= self.log.last_index();
        if !self.log.has(prev) && !unchecked {
            let term = self.log.term(prev.index);
            return Outcome::Rejected { prev: prev.index, term, first: self.log.first_of_term(prev.index) };
        }
        // What it has already stays, also where this message is an old one: only another entry in the place of one means
        // that all from there on is not the leader's.
        let base = self.log.base().index;
        let known = (prev.index + 1..)
            .zip(&entries)
            .take_while(|(index, entry)| *index <= base || self.log.term(*index) == Some(entry.term))
            .count();
        if known < entries.len() {
            let from = prev.index + 1 + known as u64;
            if from <= self.log.last_index() {
                self.log.truncate(from);
                self.forget_configs_from(from);
            }
            for entry in entries.into_iter().skip(known) {
                self.put(entry);
            }
            self.log_changed(from);
        }
        self.commit = self.commit.max(commit.min(end));
        Outcome::Matched(end)
    }

    /// Takes a state in place of a log that is behind it; returns up to where the log agrees with the leader's.
    pub(super) fn on_install(&mut self, snapshot: Arc<Snapshot<S>>) -> Index {
        let last = snapshot.last;
        if last.index <= self.commit {
            return self.commit;
        }
        if !self.log.compact(last) {
            self.configs.clear();
            self.log_changed(last.index + 1);
        }
        self.forget_configs(last.index, snapshot.config.clone());
        (self.commit, self.applied) = (last.index, last.index);
        self.snapshot = snapshot;
        (self.snapshot_changed, self.restore) = (true, true);
        last.index
    }

    pub(super) fn on_appended(&mut self, now: Nanos, from: Id, outcome: Outcome, round: u64, rng: &mut Rng) {
        let (base, last) = (self.log.base().index, self.log.last_index());
        let Some(peer) = self.peers.iter_mut().find(|peer| peer.id == from) else { return };
        peer.heard = now;
        peer.round = peer.round.max(round);
        match outcome {
            Outcome::Matched(index) => {
                let index = index.min(last);
                if index + 1 >= peer.next {
                    (peer.probing, peer.waiting) = (false, false);
                }
                if index >= base {
                    peer.installing = None;
                }
                if index > peer.matched {
                    peer.matched = index;
                    peer.next = peer.next.max(index + 1);
                    self.count_copies(now, rng);
                }
            }
            Outcome::Rejected { prev, term, first } => {
                // Of what has arrived meanwhile, or of a probe before the present one.
                if prev <= peer.matched || peer.probing && prev + 1 != peer.next {
                    return;
                }
                let next = match term {
                    // Up to the last entry of a term that this log has too, or of the last one before.
                    Some(term) => self.log.last_up_to(term).index.min(prev - 1).max(first - 1) + 1,
                    None => first,
                };
                peer.next = next.min(prev).max(peer.matched + 1);
                (peer.probing, peer.waiting) = (true, false);
            }
        }
    }

    /// Looks whether more is committed: what a majority holds, where its last entry is of the leader's own term. Of an entry of an
    /// earlier term copies prove nothing: another node may still win and overwrite it (paper, figure 8).
    pub(super) fn count_copies(&mut self, now: Nanos, rng: &mut Rng) {
        let (id, last, peers) = (self.id, self.log.last_index(), &self.peers);
        let matched = |of: Id| match peers.iter().find(|peer| peer.id == of) {
            Some(peer) => peer.matched,
            None if of == id => last,
            None => 0,
        };
        let reached = self.configs[self.configs.len() - 1].1.reached(matched);
        let own_term = self.log.term(reached) == Some(self.hard.term);
        if reached > self.commit && (own_term || self.settings.flaw == Flaw::CountsOldTerms) {
            self.commit = reached;
            self.config_committed(now, rng);
        }
    }

    /// Appends an entry to the log; a configuration is in force from here on.
    pub(super) fn put(&mut self, entry: Entry<C>) -> Index {
        let config = match &entry.payload {
            Payload::Config(config) => Some((**config).clone()),
            _ => None,
        };
        let index = self.log.push(entry);
        if let Some(config) = config {
            self.configs.push((index, config));
        }
        index
    }

    /// The configurations from `index` on are in the log no more.
    pub(super) fn forget_configs_from(&mut self, index: Index) {
        while self.configs.len() > 1 && self.configs[self.configs.len() - 1].0 >= index {
            self.configs.pop();
        }
    }
}
