//! The producer and the queues: what is sent, what comes back, what is dead, what is acknowledged.

use super::knobs::{Mode, Semantics};
use super::{Body, Delivery, Event, GROUPS, Gone, Life, MOST, QUEUES, URGENT};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::message_queue::{Message, Receipt, Turn};

impl Delivery {
    pub(super) fn send(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        self.next_send = self.arrivals.next(now);
        sim.at(self.next_send, Event::Send);
        let first = self.ledger.next();
        let fate = self.messages.next_u64();
        let poison = self.messages.chance(self.knobs.poison);
        let urgent = self.messages.chance(URGENT);
        let group = self.messages.below(GROUPS as u64);
        if self.topic.queues().iter().any(|queue| queue.len() >= MOST) || self.ledger.open() >= MOST * QUEUES
        {
            return ("a message is refused: 2,000 wait already", first);
        }
        let priority = u8::from(self.knobs.mode == Mode::Priority && !urgent);
        let body = Body { first, fate, poison, urgent, group: group as usize };
        let copies = self.knobs.fan_out();
        self.topic.publish(now, &Message { body, group, priority, dedup: None }, copies);
        for _ in 0..copies {
            self.ledger.sent(now, group as usize, urgent);
        }
        (0..copies).for_each(|queue| self.call(sim, queue));
        (if copies > 1 { "message # sent to three queues" } else { "message # sent" }, first)
    }

    pub(super) fn turn(&mut self, sim: &mut Sim<Event>, queue: usize) -> (&'static str, u64) {
        let now = sim.now();
        self.armed[queue] = None;
        let turned = self.topic.queue(queue).and_then(|held| match held.turn(now)? {
            Turn::Visible(body) => {
                Some(("message # is visible: its delay is over", body.first, Life::Visible))
            }
            Turn::Again(body) => {
                Some(("message # comes back: no acknowledgement in time", body.first, Life::Again))
            }
            Turn::Dead(body) => {
                Some(("message # is dead: received as often as it may be", body.first, Life::Dead))
            }
        });
        let Some((what, first, life)) = turned else { return ("nothing is due", 0) };
        let unit = first + queue as u64;
        if life != Life::Visible {
            self.ledger.landed(unit, queue);
        }
        match life {
            Life::Dead => self.bury(sim, queue),
            life => self.ledger.note(now, unit, life),
        }
        self.call(sim, queue);
        (what, unit)
    }

    /// Empties the dead-letter queue into the books.
    pub(super) fn bury(&mut self, sim: &mut Sim<Event>, queue: usize) {
        let Some(held) = self.topic.queue(queue) else { return };
        while let Some((_, message)) = held.take_dead() {
            let held_up = self.ledger.dead(sim.now(), message.body.first + queue as u64);
            let fifo = self.knobs.mode == Mode::Fifo;
            sim.goal(3, fifo && held_up >= Nanos::from_secs(20));
        }
    }

    /// An acknowledgement arrives at the queue.
    pub(super) fn acknowledged(
        &mut self,
        sim: &mut Sim<Event>,
        (queue, receipt, unit): (usize, Receipt, u64),
        waits: Option<usize>,
    ) -> (&'static str, u64) {
        let accepted = self.topic.queue(queue).is_some_and(|held| held.acknowledge(receipt).is_ok());
        if accepted {
            self.ledger.landed(unit, queue);
            let effects = self.ledger.acknowledged(sim.now(), unit);
            let promised = unit >= self.promised_from && self.knobs.semantics != Semantics::AtMost;
            sim.rule(1, !promised || effects > 0);
            if waits.is_none() {
                self.leaves(sim.now(), queue, unit);
            }
        } else {
            self.ledger.note(sim.now(), unit, Life::Late);
        }
        if let Some(index) = waits {
            self.confirmed(sim, index, accepted);
        }
        self.call(sim, queue);
        let what = match (accepted, waits) {
            (true, None) => "message # acknowledged: it is gone",
            (true, Some(_)) => "message # acknowledged, now work on it begins",
            (false, _) => "message #: the acknowledgement comes too late",
        };
        (what, unit)
    }

    /// A message is seen to leave.
    pub(super) fn leaves(&mut self, now: Nanos, queue: usize, unit: u64) {
        let (group, effects) = self.ledger.stands(unit);
        self.left.push(now, unit, Gone { queue, group, effects });
    }
}
