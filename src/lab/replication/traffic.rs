//! Clients and what is under way: requests, messages, what is lost on the way, and what is remembered of it for the picture.

use std::collections::{BTreeMap, VecDeque};

use super::store::Packet;
use crate::sim::{Delivery, Link, Nanos, Network, Rng, Token};
use crate::systems::history::CallId;
use crate::systems::replica::{NodeId, OpId};

/// How many clients there are. The first stands beside the node that gets into trouble.
pub(super) const CLIENTS: usize = 2;
/// Nodes, a manager, clients: the places of a network of the largest size.
const PLACES: usize = 8;
/// How many messages are remembered that have arrived or were lost.
const TRAIL: usize = 48;

/// A message under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) packet: Packet,
    pub(super) sent: Nanos,
    pub(super) arrives: Nanos,
    pub(super) token: Token,
}

/// A message that was on its way, as it is told afterwards.
#[derive(Clone, Debug)]
pub(super) struct Passed {
    pub(super) at: Nanos,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) text: String,
    pub(super) lost: bool,
}

/// The network with what is under way. Links are streams: nothing overtakes, and what is under way dies with its sender.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    pub(super) network: Network,
    rng: Rng,
    /// When the last message on each link arrives.
    last: [[Nanos; PLACES]; PLACES],
    pub(super) flights: BTreeMap<u64, Flight>,
    pub(super) next: u64,
    pub(super) passed: VecDeque<Passed>,
}

impl Traffic {
    pub(super) fn new(rng: Rng) -> Traffic {
        Traffic {
            network: Network::new(PLACES, Link::default()),
            rng,
            last: [[Nanos::ZERO; PLACES]; PLACES],
            flights: BTreeMap::new(),
            next: 0,
            passed: VecDeque::new(),
        }
    }

    /// When a message that is sent now arrives, if it does.
    pub(super) fn send(&mut self, now: Nanos, from: NodeId, to: NodeId) -> Option<Nanos> {
        let Delivery::Once(at) = self.network.send(now, from, to, &mut self.rng) else { return None };
        let last = &mut self.last[from][to];
        *last = at.max(*last);
        Some(*last)
    }

    /// Messages that are no longer to arrive, by a rule; their events are to be taken back.
    pub(super) fn drop_where(&mut self, now: Nanos, gone: impl Fn(&Network, &Flight) -> bool) -> Vec<Token> {
        let network = &self.network;
        let ids: Vec<u64> =
            self.flights.iter().filter(|(_, flight)| gone(network, flight)).map(|(id, _)| *id).collect();
        let mut tokens = Vec::new();
        for id in ids {
            if let Some(flight) = self.flights.remove(&id) {
                self.remember(now, &flight, true);
                tokens.push(flight.token);
            }
        }
        // A new stream begins.
        self.last = [[Nanos::ZERO; PLACES]; PLACES];
        for flight in self.flights.values() {
            let last = &mut self.last[flight.from][flight.to];
            *last = flight.arrives.max(*last);
        }
        tokens
    }

    /// Keeps a message for the picture, where it says something.
    pub(super) fn remember(&mut self, now: Nanos, flight: &Flight, lost: bool) {
        let text = flight.packet.words();
        if !text.is_empty() {
            let at = if lost { now } else { flight.sent };
            self.passed.push_back(Passed { at, from: flight.from, to: flight.to, text, lost });
            if self.passed.len() > TRAIL {
                self.passed.pop_front();
            }
        }
    }
}

/// What a client waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) client: usize,
    pub(super) write: bool,
    pub(super) sent: Nanos,
    pub(super) call: Option<CallId>,
    pub(super) give_up: Token,
    /// Whether an answer is on its way.
    pub(super) told: bool,
}

/// Where a client believes that it is to write and to read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    pub(super) epoch: u32,
    pub(super) writes: NodeId,
    pub(super) reads: NodeId,
    /// Whether one of its calls on the key that is watched has no answer yet.
    pub(super) calling: bool,
}

/// An operation by its number, for the scenario.
pub(super) type Operations = BTreeMap<OpId, Pending>;
