//! What the learner can do to a store: crash and restart a node, drop and delay a message.

use super::{Fate, Flight, Replicas, Wire};
use crate::lab::Thing;
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::replica::NodeId;
use crate::systems::replica::leaderless::Message;

/// How many messages can be laid hands on at a time.
const IN_HAND: usize = 60;
/// What the number of a message begins at, among the things: those below are nodes.
const MESSAGES: u64 = 1_000;
/// By how much a message is delayed by hand.
const HELD: Nanos = Nanos::from_millis(500);

impl Replicas {
    /// What can be laid hands on: the first `shown` nodes by their numbers, then messages under way, the first to arrive
    /// first. `named` says what a node is called.
    pub(in crate::lab) fn things(
        &self,
        now: Nanos,
        shown: usize,
        named: impl Fn(NodeId) -> String,
    ) -> Vec<Thing> {
        let nodes = (0..shown.min(self.members)).map(|id| {
            let (state, acts): (&str, &'static [&'static str]) =
                if self.is_up(id) { ("up", &["crash"]) } else { ("down", &["restart"]) };
            Thing { id: id as u64, name: format!("{}, {state}", named(id)), acts }
        });
        // What a node sends itself does not go over the network.
        let mut flights: Vec<_> = self.flights().filter(|(_, flight)| flight.from != flight.to).collect();
        flights.sort_by_key(|(number, flight)| (flight.at, *number));
        let messages = flights.into_iter().take(IN_HAND).map(|(number, flight)| {
            let (from, to) = (named(flight.from), named(flight.to));
            let name = format!("{} {from} to {to}, in {}", said(&flight.message), flight.at.since(now));
            Thing { id: MESSAGES + number, name, acts: &["drop", "delay"] }
        });
        nodes.chain(messages).collect()
    }

    /// The learner does something to a node or a message.
    pub(in crate::lab) fn act<E: From<Wire>>(
        &mut self,
        sim: &mut Sim<E>,
        act: &str,
        thing: u64,
    ) -> (&'static str, u64) {
        let node = thing as usize;
        match act {
            "crash" if node < self.members && self.is_up(node) => {
                self.crash(sim, node);
                ("s# crashes", thing + 1)
            }
            "restart" if node < self.members && !self.is_up(node) => {
                self.restart(sim, node);
                ("s# is up again", thing + 1)
            }
            "drop" | "delay" if thing >= MESSAGES => {
                let number = thing - MESSAGES;
                let apart = |flight: &&mut Flight| flight.from != flight.to;
                let Some(flight) = self.flights.get_mut(&number).filter(apart) else {
                    return ("message # is gone already", number);
                };
                sim.cancel(flight.token);
                if act == "delay" {
                    flight.at += HELD;
                    flight.token = sim.at(flight.at, Wire::Arrive(number).into());
                    return ("message # is held up for 0.5 s", number);
                }
                if let Some(flight) = self.flights.remove(&number) {
                    self.decide(&flight.message, number, Fate::Lost);
                }
                ("message # is lost", number)
            }
            _ => ("nothing to lay hands on", thing),
        }
    }
}

/// A message in a word.
fn said(message: &Message) -> &'static str {
    match message {
        Message::Store { hint_for: Some(_), .. } => "write with a hint",
        Message::Store { .. } => "write",
        Message::Stored { .. } => "stored",
        Message::Fetch { .. } => "read",
        Message::Fetched { .. } => "answer",
        Message::Repair { .. } => "repair",
        Message::Hand { .. } => "hand-off",
        Message::Handed { .. } => "handed off",
        Message::Compare { .. } => "hash",
        Message::Leaf { .. } => "leaf",
    }
}
