//! Who leads: a manager that listens for the leader's heartbeat and promotes a follower when it stays away.
//!
//! It stands for an orchestrator, a sentinel, a controller. It is one node here, and epochs are unique because it
//! alone gives them out; real ones keep their decision in a consensus service, for that reason.
//!
//! A leader that is silent for `detect` may be dead, cut off, or slow: the manager cannot know. So it does not ask which. It begins
//! a new epoch, asks all nodes how far they are (with a fence, whoever answers takes nothing from earlier leaders any more), and
//! promotes the furthest of them as soon as all have answered, or after `patience` where n - `acks` have. Fewer
//! answers could all come from nodes that miss an acknowledged write, so it waits. With asynchronous replication no number
//! short of all is enough, and the old leader is the one that will not answer: it promotes the best there is, and what only the old
//! leader had is lost.

use super::leader::Message;
use super::shipped::Reach;
use super::{Effect, NodeId};
use crate::sim::Nanos;

/// How a manager decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many nodes there are.
    pub nodes: usize,
    /// How many followers hold a write before its client is told.
    pub acks: usize,
    /// For how long a leader may be silent.
    pub detect: Nanos,
    /// How long it waits for more answers than it needs, and before it asks again.
    pub patience: Nanos,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// Flaws that people write, to be seen and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing is wrong.
    #[default]
    None,
    /// It promotes the node that is configured as standby (the one of the highest number that answers), however far behind that is.
    FixedHeir,
}

/// What the manager is woken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// To look whether the leader was heard of.
    Look,
    /// To decide with what answers there are.
    Decide {
        /// The epoch that was asked for.
        epoch: u32,
    },
}

type Out = Vec<Effect<Message, Timer>>;

/// A change of leaders under way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Round {
    answers: Vec<Option<Reach>>,
    /// Who should lead, where no one is further.
    wanted: Option<NodeId>,
}

/// The manager.
#[derive(Clone, Debug)]
pub struct Manager {
    config: Config,
    epoch: u32,
    leader: NodeId,
    heard: Nanos,
    round: Option<Round>,
}

impl Manager {
    /// A manager that believes in node 0, in epoch 1. Call [`Manager::begin`].
    #[must_use]
    pub fn new(config: Config) -> Manager {
        Manager { config, epoch: 1, leader: 0, heard: Nanos::ZERO, round: None }
    }

    /// Begins to listen.
    pub fn begin(&mut self, now: Nanos, out: &mut Out) {
        self.heard = now;
        out.push(Effect::Wake { at: now + self.config.detect, timer: Timer::Look });
    }

    /// It decides differently from now on. A shorter time-out takes effect when the present one is over.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// The newest epoch, and who leads in it; nobody while that is being decided.
    #[must_use]
    pub fn leader(&self) -> (u32, Option<NodeId>) {
        (self.epoch, self.round.is_none().then_some(self.leader))
    }

    /// Hands the lead over by hand: to `wanted`, if it answers and no one that answers is further.
    pub fn hand_over(&mut self, now: Nanos, wanted: NodeId, out: &mut Out) {
        self.start(now, Some(wanted), out);
    }

    /// A message arrives.
    pub fn deliver(&mut self, now: Nanos, from: NodeId, message: &Message, out: &mut Out) {
        match message {
            Message::Beat { epoch } if *epoch == self.epoch && self.round.is_none() => self.heard = now,
            Message::Answer { epoch, reach } if *epoch == self.epoch => {
                let Some(round) = &mut self.round else { return };
                let Some(answer) = round.answers.get_mut(from) else { return };
                *answer = Some(*reach);
                if round.answers.iter().all(Option::is_some) {
                    self.decide(now, out);
                }
            }
            _ => {}
        }
    }

    /// A timer is due.
    pub fn wake(&mut self, now: Nanos, timer: &Timer, out: &mut Out) {
        match *timer {
            Timer::Look => {
                let until = self.heard + self.config.detect;
                if now >= until && self.round.is_none() {
                    self.start(now, None, out);
                }
                let next = if now >= until { now + self.config.detect } else { until };
                out.push(Effect::Wake { at: next, timer: Timer::Look });
            }
            Timer::Decide { epoch } if epoch == self.epoch => {
                let needed = self.needed();
                let Some(round) = &self.round else { return };
                if round.answers.iter().flatten().count() >= needed {
                    self.decide(now, out);
                } else {
                    self.ask(now, out);
                }
            }
            Timer::Decide { .. } => {}
        }
    }

    /// How many answers include one from a node that holds every acknowledged write. Where that would take all of
    /// them, because writes are acknowledged by the leader alone, one is enough: nothing was promised.
    #[must_use]
    pub fn needed(&self) -> usize {
        if self.config.acks == 0 { 1 } else { self.config.nodes.saturating_sub(self.config.acks).max(1) }
    }

    fn start(&mut self, now: Nanos, wanted: Option<NodeId>, out: &mut Out) {
        self.epoch += 1;
        self.round = Some(Round { answers: vec![None; self.config.nodes], wanted });
        self.ask(now, out);
    }

    /// Asks those that have not answered.
    fn ask(&mut self, now: Nanos, out: &mut Out) {
        let (epoch, Some(round)) = (self.epoch, &self.round) else { return };
        for to in (0..self.config.nodes).filter(|&node| round.answers[node].is_none()) {
            out.push(Effect::Send { to, message: Message::Ask { epoch } });
        }
        out.push(Effect::Wake { at: now + self.config.patience, timer: Timer::Decide { epoch } });
    }

    fn decide(&mut self, now: Nanos, out: &mut Out) {
        let Some(round) = self.round.take() else { return };
        let answered =
            (0..).zip(&round.answers).filter_map(|(node, answer)| answer.map(|reach| (reach, node)));
        let chosen = match self.config.flaw {
            Flaw::FixedHeir => answered.max_by_key(|(_, node)| *node),
            // Of those that are equally far the wanted one, else the one of the lowest number.
            Flaw::None => answered
                .max_by_key(|&(reach, node)| (reach, round.wanted == Some(node), std::cmp::Reverse(node))),
        };
        if let Some((_, node)) = chosen {
            (self.leader, self.heard) = (node, now);
            out.push(Effect::Send { to: node, message: Message::Lead { epoch: self.epoch } });
        }
    }
}
