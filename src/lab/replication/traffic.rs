//! Clients and what is under way: requests, messages, what is lost on the way, and what is remembered of it for the pictures.

use std::collections::{BTreeMap, VecDeque};

use super::store::Packet;
use crate::sim::{Delivery, Link, Nanos, Network, Rng, Token};
use crate::systems::history::{CallId, History, Op};
use crate::systems::replica::{Key, NodeId, OpId, Value};

/// How many clients there are. The first stands beside the node that gets into trouble.
pub(super) const CLIENTS: usize = 2;
/// Nodes, a manager, clients: the places of a network of the largest size.
const PLACES: usize = 8;
/// How many messages are remembered that have arrived or were lost.
const TRAIL: usize = 48;
/// How many calls a history has.
const CALLS: usize = 12;

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

/// The calls on one key, a dozen at a time: from a moment when nothing was under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    present: History,
    /// The ones before, to be shown as long as the present ones are few.
    before: History,
    under_way: usize,
    /// A read that nothing has run beside so far; whether the last call was one, and what it saw.
    alone: Option<CallId>,
    clean: bool,
    value: Value,
}

impl Watched {
    /// A client calls. Nothing where there are enough calls: then a read is awaited that nothing runs beside, since what it
    /// sees is what the key holds.
    pub(super) fn call(&mut self, client: usize, key: Key, op: Op, now: Nanos) -> Option<CallId> {
        if self.present.calls().len() >= CALLS {
            if self.clean {
                self.begin_anew(key, now);
            } else if self.under_way > 0 || op != Op::Read {
                return None;
            }
        }
        self.clean = false;
        self.under_way += 1;
        let call = self.present.call(client as u32, key, op, now);
        self.alone = (self.under_way == 1 && op == Op::Read).then_some(call);
        Some(call)
    }

    /// The next history: it begins with what the key holds, and with the writes that may still take effect.
    fn begin_anew(&mut self, key: Key, now: Nanos) {
        self.before = std::mem::take(&mut self.present);
        if self.value > 0 {
            // Every key holds 0 at first; this one holds something.
            let call = self.present.call(CLIENTS as u32, key, Op::Write(self.value), now);
            self.present.wrote(call, now);
        }
        let open = self.before.calls().iter().filter(|call| call.end.is_none() && call.op != Op::Read);
        for (client, call) in (CLIENTS as u32 + 1..).zip(open) {
            self.present.call(client, key, call.op, now);
        }
    }

    pub(super) fn wrote(&mut self, call: CallId, now: Nanos) {
        self.under_way = self.under_way.saturating_sub(1);
        self.present.wrote(call, now);
    }

    pub(super) fn read(&mut self, call: CallId, now: Nanos, value: Value) {
        self.under_way = self.under_way.saturating_sub(1);
        self.present.read(call, now, value);
        if self.alone == Some(call) {
            (self.value, self.clean) = (value, true);
        }
    }

    /// No answer came: it may have taken effect or not.
    pub(super) fn unknown(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    pub(super) fn shown(&self) -> &History {
        if self.present.calls().len() * 2 < CALLS && !self.before.calls().is_empty() {
            &self.before
        } else {
            &self.present
        }
    }
}

/// An operation by its number, for the scenario.
pub(super) type Operations = BTreeMap<OpId, Pending>;
