//! A queue between a producer and consumers that crash: lost, once, or twice?
//!
//! Everything follows from one choice: whether a consumer acknowledges a message before it works on it or after. A
//! crash then loses the message, or has it done again. A third way keeps the second's promise and adds a memory: the id of what was
//! done is recorded in the same transaction as the effect.
//!
//! What befalls the k-th attempt at a message (how long it takes, whether the consumer crashes and when, whether the
//! acknowledgement gets through) hangs on the seed, the message and k alone, so a control changes what it is meant to change and
//! every semantics meets the same accidents. Effects are counted here, from what happens; neither the queue nor the consumer's
//! memory is asked whether it is right.

mod broker;
mod consumer;
mod knobs;
mod ledger;
mod picture;
#[cfg(test)]
mod tests;
mod theory;

use std::collections::VecDeque;

use consumer::{Consumer, Doing};
use knobs::{Bug, Knobs, Mode, Semantics};
use ledger::{Ledger, Life};

use super::measure::{Bins, Trail};
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Network, Rng, Seed, Token};
use crate::systems::dedup::Dedup;
use crate::systems::message_queue::{Receipt, Topic};

const SEMANTICS: &[&str] = &["at-most-once", "at-least-once", "effectively-once"];
const MODES: &[&str] = &["standard", "fifo-groups", "priority", "delay", "fan-out"];
const BUGS: &[&str] = &["none", "ack-first", "record-first", "record-after", "no-dead-letters"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "delivery",
    title: "Delivery semantics",
    part: "messaging",
    topics: &["delivery-semantics", "queue-patterns", "idempotency"],
    hook: "Consumers crash in one of ten attempts. How many messages take effect twice, and how many never?",
    look_for: &[
        "A crash after the effect and a lost acknowledgement look the same to the queue: after 2 s the message comes back and takes effect again. With the defaults that befalls 1 message in 10.",
        "Choose at-most-once: nothing comes twice any more, but 5% of the messages are lost, those whose consumer crashed before the effect.",
        "Choose effectively-once: as many messages come back as before, and each takes effect once. The id is recorded in the same transaction as the effect.",
        "Set the time-out to 0.2 s, near the processing time: messages come back while somebody still works on them. Duplicates without any crash.",
        "A poison message is received 5 times, 2 s each, then it is dead. With fifo-groups all messages of its group wait behind it for those 10 s.",
        "In fan-out three queues get each message, and each message can be done twice in each of them. With priority and 2 consumers only those wait that are not urgent.",
    ],
    controls: &[
        choice("semantics", "what is promised", SEMANTICS, 1.0),
        number("crash", "attempts in which the consumer crashes", (0.0, 80.0), 5.0, 10.0, "%"),
        number("ack_loss", "acknowledgements that are lost", (0.0, 80.0), 5.0, 5.0, "%"),
        number("visibility", "a message taken comes back after", (0.1, 20.0), 0.1, 2.0, "s"),
        number("processing", "mean time of processing", (10.0, 2_000.0), 0.0, 150.0, "ms"),
        number("max_receives", "receives until a message is dead", (1.0, 20.0), 1.0, 5.0, ""),
        number("consumers", "consumers of a queue", (1.0, 8.0), 1.0, 4.0, ""),
        number("poison", "messages that nobody can process", (0.0, 50.0), 1.0, 2.0, "%"),
        choice("mode", "kind of queue", MODES, 0.0),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("sent", Unit::Count, "messages sent, in fan-out once for each queue"),
        reading("effects", Unit::Count, "effects that messages had"),
        reading("lost", Unit::Count, "messages acknowledged that had no effect"),
        reading("duplicated", Unit::Count, "messages that took effect more than once"),
        reading(
            "duplicate_share",
            Unit::Share,
            "the same as a share of the messages that are done with, up to the first that is not",
        ),
        reading("duplicate_theory", Unit::Share, "the same expected, by what can befall an attempt"),
        reading(
            "duplicates_per_day",
            Unit::Count,
            "duplicated messages in a day at this share, of 10 a second",
        ),
        reading("lost_share", Unit::Share, "lost messages as a share of those that are done with"),
        reading("lost_theory", Unit::Share, "the same expected"),
        reading("deliveries", Unit::Ratio, "mean number of receives of those that are done with"),
        reading("deliveries_theory", Unit::Ratio, "the same expected"),
        reading("redelivered", Unit::Count, "messages that were received more than once"),
        reading("dead_lettered", Unit::Count, "messages in the dead-letter queue"),
        reading("dead_s", Unit::Seconds, "mean time from the first receive to the dead-letter queue"),
        reading("dead_theory", Unit::Seconds, "the same expected: time-out times receives"),
        reading("waiting", Unit::Count, "messages that wait or are delayed, now"),
        reading("in_flight", Unit::Count, "messages received and not acknowledged, now"),
        reading("oldest_s", Unit::Seconds, "age of the oldest message that waits"),
        reading("p99_delay_s", Unit::Seconds, "from sending to the first effect, 99th percentile"),
    ],
    bet: "delivery-semantics.bet-duplicates",
    goals: &[
        "every 3rd message done twice, without any accident",
        "20 messages delivered again, none done twice",
        "lose 10 messages, with nothing broken",
        "one message holds up its FIFO group for 20 s",
    ],
    invariants: &[
        "queued, acknowledged or dead; received as often as is set",
        "at least, effectively once: no acknowledgement before the effect",
        "at most, effectively once: no second effect",
        "FIFO group: one in flight at a time, in order of sending",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "ack-first: at least once is promised, but the consumer acknowledges on receipt: a crash loses the message",
        "record-first: the consumer skips ids it knows, and records an id before the effect: a crash between loses the message",
        "record-after: it records the id after the effect, in another transaction: a crash between, or two consumers at once, double it",
        "no-dead-letters: nobody set up a dead-letter queue: a poison message comes round for ever and blocks its FIFO group",
    ],
    theory: &[
        ("duplicate_share", "duplicate_theory"),
        ("lost_share", "lost_theory"),
        ("deliveries", "deliveries_theory"),
        ("dead_s", "dead_theory"),
    ],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[source!("message_queue.rs", "pub fn receive"), source!("dedup.rs", "pub fn first")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Delivery::new(seed, sim)),
};

/// Messages sent a second.
const RATE: f64 = 10.0;
/// The queues of the fan-out.
const QUEUES: usize = 3;
/// The most consumers that a queue can have.
const CONSUMERS: usize = 8;
/// The FIFO groups.
const GROUPS: usize = 4;
/// The share of messages that are urgent, with priorities.
const URGENT: f64 = 0.2;
/// How long a message is delayed, in the mode with delay.
const DELAY: Nanos = Nanos::from_secs(3);
/// How long a consumer that crashed is down.
const DOWN: Nanos = Nanos::from_millis(500);
/// How long it takes a consumer to ask for a message and get it.
const FETCH: Nanos = Nanos::from_millis(1);
/// How long an acknowledgement is under way.
const LINK: Nanos = Nanos::from_millis(10);
/// How long a consumer waits for the confirmation of an acknowledgement.
const PATIENCE: Nanos = Nanos::from_millis(50);
/// How long skipping a message takes that is known to be done.
const SKIP: Nanos = Nanos::from_millis(5);
/// How long an id is remembered.
const REMEMBERED: Nanos = Nanos::from_secs(300);
/// With so many messages in a queue, or not done with, the producer is refused.
const MOST: usize = 2_000;
/// How long a message is seen that has left.
const SEEN: Nanos = Nanos::from_millis(600);

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Send,
    /// A delay or a time-out ends in a queue.
    Turn(usize),
    Take(usize),
    Crash(usize),
    Done(usize),
    /// An acknowledgement arrives; the consumer waits for its confirmation, where one is named.
    Ack {
        queue: usize,
        receipt: Receipt,
        unit: u64,
        waits: Option<usize>,
    },
    GiveUp(usize),
    Restart(usize),
}

/// What a message says. A copy of it in the n-th queue has the number `first` + n.
#[derive(Clone, Copy, Debug)]
struct Body {
    first: u64,
    /// What befalls it.
    fate: u64,
    poison: bool,
    urgent: bool,
    group: usize,
}

/// A message that left.
#[derive(Clone, Copy, Debug)]
struct Gone {
    queue: usize,
    group: usize,
    effects: u32,
}

#[derive(Clone)]
struct Delivery {
    knobs: Knobs,
    network: Network,
    arrivals: Arrivals,
    messages: Rng,
    next_send: Nanos,
    topic: Topic<Body>,
    /// The event of the next turn of each queue.
    armed: [Option<(Nanos, Token)>; QUEUES],
    consumers: Vec<Consumer>,
    /// The idle consumers of each queue, the one that has been so longest first.
    idle: [VecDeque<usize>; QUEUES],
    /// What the consumers know to be done.
    done: Dedup<u64>,
    ledger: Ledger,
    /// Messages sent before this number were sent under another promise.
    promised_from: u64,
    /// The share that is duplicated and the one that is lost, over time.
    shares: Bins<(f64, f64)>,
    /// What has just left the queues.
    left: Trail<Gone>,
}

impl Delivery {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Delivery {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, RATE);
        let next_send = arrivals.next(Nanos::ZERO);
        sim.at(next_send, Event::Send);
        let mut delivery = Delivery {
            network: knobs.network(),
            topic: Topic::new(QUEUES, &knobs.queue()),
            knobs,
            arrivals,
            messages: Rng::stream(seed, "messages"),
            next_send,
            armed: [None; QUEUES],
            consumers: vec![Consumer::default(); QUEUES * CONSUMERS],
            idle: Default::default(),
            done: Dedup::new(REMEMBERED),
            ledger: Ledger::default(),
            promised_from: 0,
            shares: Bins::new(Nanos::from_millis(500), 240),
            left: Trail::new(SEEN),
        };
        delivery.staff(sim);
        delivery
    }

    /// Brings the consumers to their number: new ones are idle, those to go finish what they do.
    fn staff(&mut self, sim: &mut Sim<Event>) {
        for queue in 0..QUEUES {
            for index in 0..CONSUMERS {
                let (index, wanted) = (queue * CONSUMERS + index, index < self.knobs.consumers);
                let doing = &mut self.consumers[index].doing;
                if wanted && matches!(doing, Doing::Gone) {
                    *doing = Doing::Idle;
                    self.idle[queue].push_back(index);
                } else if !wanted && matches!(doing, Doing::Idle) {
                    *doing = Doing::Gone;
                    self.idle[queue].retain(|&idle| idle != index);
                }
            }
            self.call(sim, queue);
        }
    }

    /// Calls as many idle consumers as there are messages to take, and has the next turn of the queue happen.
    fn call(&mut self, sim: &mut Sim<Event>, queue: usize) {
        let Some(held) = self.topic.queues().get(queue) else { return };
        let staff = queue * CONSUMERS..(queue + 1) * CONSUMERS;
        let asking = self.consumers[staff].iter().filter(|one| matches!(one.doing, Doing::Asking)).count();
        for _ in asking..held.ready() {
            let Some(index) = self.idle[queue].pop_front() else { break };
            self.consumers[index].doing = Doing::Asking;
            sim.after(FETCH, Event::Take(index));
        }
        let next = held.next_turn();
        if self.armed[queue].map(|(at, _)| at) != next {
            if let Some((_, token)) = self.armed[queue].take() {
                sim.cancel(token);
            }
            self.armed[queue] = next.map(|at| (at, sim.at(at, Event::Turn(queue))));
        }
    }

    fn share(&mut self, now: Nanos) {
        let shares = (self.ledger.duplicate_share(), self.ledger.lost_share());
        *self.shares.at(now) = shares;
    }
}

impl Scenario for Delivery {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let step = match event {
            Event::Send => self.send(sim),
            Event::Turn(queue) => self.turn(sim, queue),
            Event::Take(index) => self.take(sim, index),
            Event::Crash(index) => self.crash(sim, index),
            Event::Done(index) => self.finish(sim, index),
            Event::Ack { queue, receipt, unit, waits } => {
                self.acknowledged(sim, (queue, receipt, unit), waits)
            }
            Event::GiveUp(index) => self.give_up(sim, index),
            Event::Restart(index) => {
                self.free(sim, index);
                ("consumer # is up again", (index % CONSUMERS) as u64 + 1)
            }
        };
        self.ledger.settle(self.knobs.semantics == Semantics::Effectively);
        self.share(sim.now());
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let before = std::mem::replace(&mut self.knobs, Knobs::of(sim.settings()));
        let now = sim.now();
        match control {
            "ack_loss" => self.network = self.knobs.network(),
            "semantics" | "bug" => self.promised_from = self.ledger.next(),
            "mode" => self.ledger.watch_anew(),
            _ => {}
        }
        if before.queue() != self.knobs.queue() {
            let config = self.knobs.queue();
            for queue in 0..QUEUES {
                if let Some(held) = self.topic.queue(queue) {
                    held.configure(now, config.clone());
                }
                self.bury(sim, queue);
            }
        }
        self.staff(sim);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let held: usize = self.topic.queues().iter().map(|queue| queue.len() + queue.dead()).sum();
        sim.rule(0, self.ledger.next() == self.ledger.gone() + held as u64);
        let faultless = self.ledger.accidents == 0 && self.ledger.settled() >= 50;
        sim.goal(0, faultless && self.ledger.duplicate_share() >= 1.0 / 3.0);
        sim.goal(1, self.ledger.again_and_once >= 20);
        sim.goal(2, self.knobs.bug == Bug::None && self.ledger.lost() >= 10);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let (ledger, knobs) = (&self.ledger, &self.knobs);
        let sum = |of: fn(&Queue) -> usize| self.topic.queues().iter().map(of).sum::<usize>() as f64;
        let oldest = self.topic.queues().iter().filter_map(Queue::oldest).min();
        let counts = ledger.counts();
        let theory = theory::expected(knobs);
        vec![
            ledger.next() as f64,
            ledger.effects as f64,
            counts.lost as f64,
            counts.duplicated as f64,
            ledger.duplicate_share(),
            theory.duplicate,
            (ledger.duplicate_share() * RATE * 86_400.0).round(),
            ledger.lost_share(),
            theory.lost,
            ledger.deliveries(),
            theory.deliveries,
            ledger.redelivered as f64,
            ledger.dead_lettered as f64,
            ledger.time_to_death(),
            knobs.visibility.as_secs_f64() * f64::from(knobs.max_receives),
            sum(|queue| queue.len() - queue.in_flight()),
            sum(Queue::in_flight),
            oldest.map_or(0.0, |sent| now.since(sent).as_secs_f64()),
            ledger.delays.percentile(0.99) / 1e9,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn bytes(&self) -> usize {
        let held: usize = self.topic.queues().iter().map(|queue| queue.len() * 160).sum();
        (64 << 10) + self.ledger.open() * 420 + held + self.done.len() * 64
    }
}

/// A queue of this demo.
type Queue = crate::systems::message_queue::Queue<Body>;
