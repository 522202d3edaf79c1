//! How a node becomes the leader: votes, and what is asked before them.
//!
//! Three rules carry the safety of it. A node has one vote a term and keeps it through restarts. It gives it to nobody whose log
//! ends before its own does (by the last term, then by length), so whoever has a majority's votes has all that a majority holds. And
//! whoever sees a higher term goes over to it.

use super::{Body, Entry, Flaw, Id, Message, Node, Payload, Peer, Position, Role, Term};
use crate::sim::{Nanos, Rng};

impl<C: Clone, S> Node<C, S> {
    /// One draw: how long it will wait for a leader, from now on.
    pub(super) fn draw_patience(&mut self, now: Nanos, rng: &mut Rng) {
        let least = self.settings.election;
        self.patience = least + Nanos(rng.below(least.0));
        self.deadline = now + self.patience;
    }

    /// Follows `leader`, or whoever will be the leader, in a term that is not before its own.
    pub(super) fn follow(&mut self, now: Nanos, term: Term, leader: Option<Id>, rng: &mut Rng) {
        let led = self.role == Role::Leader;
        if term > self.hard.term || led {
            // Another patience, but who only hears of a term does not wait any longer for it.
            let deadline = self.deadline;
            self.draw_patience(now, rng);
            if !led {
                self.deadline = deadline;
            }
        }
        if term > self.hard.term {
            (self.hard.term, self.hard.vote) = (term, None);
            self.hard_changed = true;
        }
        self.role = Role::Follower;
        self.leader = leader;
        self.votes.clear();
        self.peers.clear();
        self.reads.clear();
        self.transfer = None;
    }

    /// Whether it has heard from its leader lately, or is the leader.
    pub(super) fn hears_leader(&self, now: Nanos) -> bool {
        self.role == Role::Leader || self.leader.is_some() && now.since(self.heard) < self.settings.election
    }

    /// Whether it may stand: it is a voter, or was one until a change that is not committed yet and that perhaps only it can
    /// complete (thesis 4.2.2).
    fn may_stand(&self) -> bool {
        self.config().contains(self.id)
            || !self.config().voters().is_empty() && self.config_index() > self.commit
    }

    /// Stands for election; `at_once` without asking first, on the leader's word or by hand.
    pub(super) fn stand(&mut self, now: Nanos, at_once: bool, rng: &mut Rng) {
        self.draw_patience(now, rng);
        if !self.may_stand() {
            return;
        }
        self.leader = None;
        self.votes.clear();
        self.votes.push((self.id, true));
        let asks = self.settings.pre_vote && !at_once;
        if asks {
            self.role = Role::PreCandidate;
        } else {
            self.role = Role::Candidate;
            (self.hard.term, self.hard.vote) = (self.hard.term + 1, Some(self.id));
            self.hard_changed = true;
        }
        if self.has_votes() {
            self.won(now, rng);
            return;
        }
        let last = self.log.last();
        let term = self.hard.term + u64::from(asks);
        let others: Vec<Id> = self.config().members().filter(|id| *id != self.id).collect();
        for to in others {
            let body =
                if asks { Body::PreVote { last } } else { Body::RequestVote { last, handed_over: at_once } };
            self.outbox.push(Message { from: self.id, to, term, body });
        }
    }

    fn has_votes(&self) -> bool {
        self.config().majority(|id| self.votes.contains(&(id, true)))
    }

    /// A majority is for it.
    fn won(&mut self, now: Nanos, rng: &mut Rng) {
        match self.role {
            // It may stand: the election itself begins.
            Role::PreCandidate => self.stand(now, true, rng),
            _ => self.lead(now, rng),
        }
    }

    /// Whether a log that ends at `last` holds all that this one may have promised.
    fn is_up_to_date(&self, last: Position) -> bool {
        let own = self.log.last();
        self.settings.flaw == Flaw::VotesForAnyone || (last.term, last.index) >= (own.term, own.index)
    }

    pub(super) fn on_pre_vote(&mut self, now: Nanos, from: Id, term: Term, last: Position) {
        let granted = term > self.hard.term && self.is_up_to_date(last) && !self.hears_leader(now);
        // Consent speaks of the term to come, refusal tells the own one.
        let term = if granted { term } else { self.hard.term };
        self.outbox.push(Message { from: self.id, to: from, term, body: Body::PreVoted { granted } });
    }

    pub(super) fn on_pre_voted(
        &mut self,
        now: Nanos,
        from: Id,
        (term, granted): (Term, bool),
        rng: &mut Rng,
    ) {
        // Consent to an earlier question is for another term.
        let mine = !granted || term == self.hard.term + 1;
        if self.role == Role::PreCandidate && mine {
            self.count(from, granted);
            if self.has_votes() {
                self.won(now, rng);
            }
        }
    }

    pub(super) fn on_request_vote(&mut self, now: Nanos, from: Id, last: Position) {
        let free = self.hard.vote.is_none_or(|vote| vote == from);
        let granted = free && self.is_up_to_date(last);
        if granted {
            self.role = Role::Follower;
            if self.hard.vote.is_none() {
                self.hard.vote = Some(from);
                self.hard_changed = true;
            }
            self.deadline = now + self.patience;
        }
        self.send(from, Body::Voted { granted });
    }

    pub(super) fn on_voted(&mut self, now: Nanos, from: Id, granted: bool, rng: &mut Rng) {
        if self.role == Role::Candidate {
            self.count(from, granted);
            if self.has_votes() {
                self.lead(now, rng);
            }
        }
    }

    fn count(&mut self, from: Id, granted: bool) {
        if !self.votes.iter().any(|(id, _)| *id == from) {
            self.votes.push((from, granted));
        }
    }

    /// Begins to lead: an entry of its own term, by which it commits what it found.
    fn lead(&mut self, now: Nanos, rng: &mut Rng) {
        self.role = Role::Leader;
        self.leader = Some(self.id);
        self.beat_at = now + self.settings.heartbeat;
        if self.settings.flaw == Flaw::Overwrites {
            self.log.truncate(self.commit + 1);
            self.forget_configs_from(self.commit + 1);
            self.log_changed(self.commit + 1);
        }
        self.peers.clear();
        self.know_peers(now);
        if self.settings.flaw != Flaw::CountsOldTerms {
            let term = self.hard.term;
            self.add(now, Entry { term, payload: Payload::Noop });
        }
        // Where there is nobody else, it is committed.
        self.count_copies(now, rng);
    }

    /// Knows a peer for every other member, and no more.
    pub(super) fn know_peers(&mut self, now: Nanos) {
        let config = &self.configs[self.configs.len() - 1].1;
        self.peers.retain(|peer| config.contains(peer.id));
        let next = self.log.last_index() + 1;
        for id in config.members().filter(|id| *id != self.id) {
            if !self.peers.iter().any(|peer| peer.id == id) {
                self.peers.push(Peer {
                    id,
                    matched: 0,
                    next,
                    probing: true,
                    waiting: false,
                    installing: None,
                    beat: true,
                    heard: now,
                    round: 0,
                });
            }
        }
    }
}
