//! Who is in the chain.

use super::super::{Effect, NodeId};
use super::message::{Message, Order};
use crate::sim::Nanos;

/// What the master is woken for: to look who is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterTimer;

type Out = Vec<Effect<Message, MasterTimer>>;

/// Listens for heartbeats, takes silent nodes out of the chain, lets others join at its end. One node stands for what would be a
/// consensus service.
#[derive(Clone, Debug)]
pub struct Master {
    heartbeat: Nanos,
    detect: Nanos,
    /// When each node was heard of last.
    heard: Vec<Nanos>,
    order: Order,
}

impl Master {
    /// The master of a chain of `nodes` nodes, which looks every `heartbeat` who was silent for `detect`. Call [`Master::begin`].
    #[must_use]
    pub fn new(nodes: usize, heartbeat: Nanos, detect: Nanos) -> Master {
        let order = Order { epoch: 1, members: (0..nodes).collect(), joining: None };
        Master { heartbeat, detect, heard: vec![Nanos::ZERO; nodes], order }
    }

    /// Begins to listen.
    pub fn begin(&mut self, now: Nanos, out: &mut Out) {
        self.heard.fill(now);
        out.push(Effect::Wake { at: now + self.heartbeat, timer: MasterTimer });
    }

    /// From now on a node may be silent for so long.
    pub fn set_detect(&mut self, detect: Nanos) {
        self.detect = detect;
    }

    /// The chain as it is to be.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// A message arrives.
    pub fn deliver(&mut self, now: Nanos, from: NodeId, message: &Message, out: &mut Out) {
        match message {
            Message::Beat => {
                if let Some(heard) = self.heard.get_mut(from) {
                    *heard = now;
                }
            }
            Message::Caught { epoch } if *epoch == self.order.epoch => {
                let tail = self.order.members.last() == Some(&from);
                if let Some(joining) = self.order.joining.filter(|_| tail) {
                    self.order.members.push(joining);
                    self.order.joining = None;
                    self.change(out);
                }
            }
            _ => {}
        }
    }

    /// It is time to look who is silent. The order is told anew each time, since who was out of reach has not heard it.
    pub fn wake(&mut self, now: Nanos, out: &mut Out) {
        let lives = |node: NodeId| now.since(self.heard[node]) <= self.detect;
        let before = self.order.clone();
        // At least one has to be left who has everything.
        if self.order.members.iter().any(|&member| lives(member)) {
            self.order.members.retain(|&member| lives(member));
        }
        let members = &self.order.members;
        self.order.joining = self.order.joining.filter(|&node| lives(node));
        if self.order.joining.is_none() {
            let stranger = |node: &NodeId| !members.contains(node) && lives(*node);
            self.order.joining = (0..self.heard.len()).find(stranger);
        }
        if self.order != before {
            self.change(out);
        } else {
            self.tell(out);
        }
        out.push(Effect::Wake { at: now + self.heartbeat, timer: MasterTimer });
    }

    fn change(&mut self, out: &mut Out) {
        self.order.epoch += 1;
        self.tell(out);
    }

    fn tell(&self, out: &mut Out) {
        for to in 0..self.heard.len() {
            out.push(Effect::Send { to, message: Message::Order(self.order.clone()) });
        }
    }
}
