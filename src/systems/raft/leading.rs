//! What a leader is asked for: commands, reads, other members, another leader.

use super::{Body, Config, Entry, Flaw, Id, Index, Node, Payload, Role};
use crate::sim::{Nanos, Rng};

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not lead; where it knows who does, ask him.
    #[error("not the leader")]
    NotLeader(Option<Id>),
    /// It is handing its leadership over. Try again soon.
    #[error("leadership is being handed over")]
    HandingOver,
    /// It has not committed an entry of its term yet, so it does not know what is committed. Try again soon.
    #[error("nothing of the leader's own term is committed yet")]
    TooEarly,
    /// The change before this one is not committed. Try again when it is.
    #[error("another change of members is under way")]
    Changing,
    /// A single step adds or removes one voter, and a cluster needs one.
    #[error("not a change of one voter")]
    NotOneStep,
    /// That node has no vote, or leads already.
    #[error("not another voter")]
    NotAVoter,
}

/// How to change the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One voter more or less, in one entry.
    Single,
    /// Any others, by way of a joint phase; the leader adds the second entry by itself.
    Joint,
}

/// Leadership on its way to another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    pub(super) to: Id,
    /// If it has not come about by then, it is given up.
    pub(super) until: Nanos,
    pub(super) asked: bool,
}

impl<C: Clone, S> Node<C, S> {
    /// Puts a command into the log; returns where. It is committed when the entry there is handed out to be applied
    /// and is of the present term; if another term's entry comes to stand there, it is lost. O(1): the messages are made by `ready`,
    /// so that commands proposed before it go out together.
    ///
    /// # Errors
    /// `NotLeader`, `HandingOver`.
    pub fn propose(&mut self, command: C) -> Result<Index, Refused> {
        self.leads()?;
        let term = self.hard.term;
        let index = self.put(Entry { term, payload: Payload::Command(command) });
        self.log_changed(index);
        if self.alone() {
            self.commit = index;
        }
        Ok(index)
    }

    /// Asks for a read that sees all that was committed before. Its ticket comes back in [`Ready::reads`](super::Ready) with the
    /// index that the state machine must have applied, when a majority has confirmed that the node still leads; never, if it does not.
    ///
    /// # Errors
    /// `NotLeader`, `HandingOver`, `TooEarly`.
    pub fn read(&mut self) -> Result<u64, Refused> {
        self.leads()?;
        if self.log.term(self.commit) != Some(self.hard.term) {
            return Err(Refused::TooEarly);
        }
        self.round += 1;
        self.reads.push((self.round, self.commit));
        self.peers.iter_mut().for_each(|peer| peer.beat = true);
        Ok(self.round)
    }

    /// Changes who belongs to the cluster; returns where the (first) entry of it stands. In force at once, done when committed.
    ///
    /// # Errors
    /// `NotLeader`, `HandingOver`, `TooEarly`, `Changing`, `NotOneStep` (also where nobody would be left).
    pub fn change(&mut self, now: Nanos, voters: &[Id], way: Way, rng: &mut Rng) -> Result<Index, Refused> {
        self.leads()?;
        // What the leader found in its log may be undone yet by another one who does not know of it: then two changes stand
        // beside each other whose majorities share nobody.
        let knows = self.log.term(self.commit) == Some(self.hard.term);
        let hasty = self.settings.flaw == Flaw::StepsAtOnce && way == Way::Single;
        if !knows && !hasty {
            return Err(Refused::TooEarly);
        }
        if self.config_index() > self.commit || self.config().is_joint() {
            return Err(Refused::Changing);
        }
        let config = match way {
            Way::Single => Config::new(voters),
            Way::Joint => self.config().joint(voters),
        };
        let steps = self.config().differences(config.voters());
        if config.voters().is_empty() || way == Way::Single && steps != 1 {
            return Err(Refused::NotOneStep);
        }
        let term = self.hard.term;
        let index = self.add(now, Entry { term, payload: Payload::Config(Box::new(config)) });
        self.count_copies(now, rng);
        Ok(index)
    }

    /// Hands the leadership over to another voter, as soon as he has the whole log; given up after an election time-out.
    ///
    /// # Errors
    /// `NotLeader`, `HandingOver`, `NotAVoter`.
    pub fn hand_over_to(&mut self, now: Nanos, to: Id) -> Result<(), Refused> {
        self.leads()?;
        if to == self.id || !self.config().contains(to) {
            return Err(Refused::NotAVoter);
        }
        self.transfer = Some(Transfer { to, until: now + self.settings.election, asked: false });
        Ok(())
    }

    fn leads(&self) -> Result<(), Refused> {
        match (self.role, self.transfer) {
            (Role::Leader, None) => Ok(()),
            (Role::Leader, Some(_)) => Err(Refused::HandingOver),
            _ => Err(Refused::NotLeader(self.leader)),
        }
    }

    /// Whether it is the only voter.
    fn alone(&self) -> bool {
        self.peers.is_empty() && self.config().contains(self.id)
    }

    /// Whether a majority has answered within an election time-out.
    pub(super) fn hears_majority(&self, now: Nanos) -> bool {
        let heard = |id| {
            self.peers.iter().any(|peer| peer.id == id && now.since(peer.heard) < self.settings.election)
        };
        self.config().majority(|id| id == self.id || heard(id))
    }

    /// Appends an entry of its own.
    pub(super) fn add(&mut self, now: Nanos, entry: Entry<C>) -> Index {
        let changes = matches!(entry.payload, Payload::Config(_));
        let index = self.put(entry);
        self.log_changed(index);
        if changes {
            self.know_peers(now);
        }
        index
    }

    /// More is committed: a joint phase ends, a leader that is no member any more resigns.
    pub(super) fn config_committed(&mut self, now: Nanos, rng: &mut Rng) {
        if self.config_index() > self.commit {
            return;
        }
        if self.config().is_joint() {
            let payload = Payload::Config(Box::new(self.config().settled()));
            let term = self.hard.term;
            self.add(now, Entry { term, payload });
            self.count_copies(now, rng);
        } else if !self.config().contains(self.id) {
            self.follow(now, self.hard.term, None, rng);
        }
    }

    /// Asks the one who is to lead to stand, when he has everything.
    pub(super) fn hand_over(&mut self) {
        let last = self.log.last_index();
        if let Some(transfer) = &mut self.transfer
            && !transfer.asked
            && self.peers.iter().any(|peer| peer.id == transfer.to && peer.matched == last)
        {
            transfer.asked = true;
            let to = transfer.to;
            self.send(to, Body::TimeoutNow);
        }
    }

    /// Reads whose round a majority has answered are done.
    pub(super) fn confirm_reads(&mut self) {
        let round = |id| match self.peers.iter().find(|peer| peer.id == id) {
            Some(peer) => peer.round,
            None if id == self.id => self.round,
            None => 0,
        };
        let confirmed = self.config().reached(round);
        let done = self.reads.iter().take_while(|(ticket, _)| *ticket <= confirmed).count();
        self.reads_done.extend(self.reads.drain(..done));
    }
}
