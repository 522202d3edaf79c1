//! What drives a protocol in tests: a network that loses, doubles, delays and reorders, and timers.

use super::{Answer, Effect, NodeId, OpId};
use crate::sim::{EventQueue, Link, Nanos, Network, Rng, Seed};

/// Something that is to happen to a node.
#[derive(Clone, Debug)]
pub(super) enum Due<M, T> {
    Message { from: NodeId, to: NodeId, message: M },
    Timer { node: NodeId, timer: T },
}

/// Messages under way and timers.
pub(super) struct Wires<M, T> {
    pub(super) now: Nanos,
    pub(super) network: Network,
    queue: EventQueue<Due<M, T>>,
    rng: Rng,
}

impl<M: Clone, T> Wires<M, T> {
    /// A bad network between `nodes` nodes.
    pub(super) fn new(seed: Seed, nodes: usize) -> Wires<M, T> {
        let link = Link {
            delay: Nanos::from_millis(5),
            jitter: Nanos::from_millis(10),
            loss: 0.03,
            duplicate: 0.03,
            reorder: 0.05,
            reorder_by: Nanos::from_millis(80),
        };
        Wires {
            now: Nanos::ZERO,
            network: Network::new(nodes, link),
            queue: EventQueue::new(),
            rng: Rng::stream(seed, "network"),
        }
    }

    /// Has done what a node wants done. Returns what clients are told.
    pub(super) fn carry(&mut self, from: NodeId, effects: Vec<Effect<M, T>>) -> Vec<(OpId, Answer)> {
        let mut told = Vec::new();
        for effect in effects {
            match effect {
                Effect::Send { to, message } => {
                    for at in self.network.send(self.now, from, to, &mut self.rng).arrivals() {
                        self.queue.push(at, Due::Message { from, to, message: message.clone() });
                    }
                }
                Effect::Wake { at, timer } => {
                    self.queue.push(at, Due::Timer { node: from, timer });
                }
                Effect::Tell { op, answer } => told.push((op, answer)),
            }
        }
        told
    }

    /// The next thing to happen until a moment, after which it is that moment.
    pub(super) fn next(&mut self, until: Nanos) -> Option<Due<M, T>> {
        if self.queue.next_at().is_some_and(|at| at <= until) {
            let (at, due) = self.queue.pop()?;
            self.now = at;
            return Some(due);
        }
        self.now = until;
        None
    }
}
