//! A consumer: it takes a message, works on it, has its effect, acknowledges; and somewhere on the way it may crash.

use super::knobs::{Bug, CONSUMER_NODE, QUEUE_NODE, Semantics};
use super::{CONSUMERS, DOWN, Delivery, Event, Life, Nanos, PATIENCE, REMEMBERED, Receipt, SKIP, Sim};
use crate::sim::{Rng, Seed};

/// The deviation of the logarithm of a processing time: its 99th percentile is 2.8 means.
pub(super) const SIGMA: f64 = 0.5;

/// Somebody who takes messages from one queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Consumer {
    pub(super) doing: Doing,
}

/// What a consumer does.
#[derive(Clone, Debug, Default)]
pub(super) enum Doing {
    /// It is not there: there are fewer consumers.
    #[default]
    Gone,
    Idle,
    /// It is about to take a message.
    Asking,
    /// It has acknowledged and waits until that is confirmed.
    Confirming(Work),
    Working(Work),
    /// It crashed.
    Down,
}

/// An attempt at a message.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) unit: u64,
    pub(super) until: Nanos,
    receipt: Receipt,
    poison: bool,
    /// Whether the message is known to be done.
    skip: bool,
    crash: Option<Crash>,
    took: Nanos,
    /// For what the network does with its acknowledgement.
    rng: Rng,
}

/// When a consumer crashes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Crash {
    /// After this part of the work.
    Before(f64),
    /// Between the effect and the acknowledgement.
    After,
}

impl Delivery {
    /// A consumer takes a message.
    pub(super) fn take(&mut self, sim: &mut Sim<Event>, index: usize) -> (&'static str, u64) {
        let (now, queue) = (sim.now(), index / CONSUMERS);
        let got = self
            .topic
            .queue(queue)
            .and_then(|held| held.receive(now).map(|got| (*got.body, got.receipt, got.receives, got.until)));
        let Some((body, receipt, receives, until)) = got else {
            self.free(sim, index);
            return ("consumer # finds nothing", (index % CONSUMERS) as u64 + 1);
        };
        let unit = body.first + queue as u64;
        let ordered = self.ledger.taken(now, unit, queue, (index % CONSUMERS, receives));
        sim.rule(0, receives <= self.knobs.max_receives);
        sim.rule(3, !self.topic.queues()[queue].config().fifo || ordered);
        let mut work = self.attempt(unit, receipt, until, receives, body.fate.wrapping_add(queue as u64));
        work.poison = body.poison;
        if self.knobs.dedups() {
            work.skip = if self.knobs.bug == Bug::RecordFirst {
                !self.done.first(now, unit)
            } else {
                self.done.contains(now, &unit)
            };
        }
        let skip = work.skip;
        let ack_first = self.knobs.semantics != Semantics::AtMost && self.knobs.bug == Bug::AckFirst;
        if self.knobs.semantics == Semantics::AtMost {
            let arrives = self.acknowledge(sim, queue, &mut work, Some(index));
            self.consumers[index].doing = Doing::Confirming(work);
            if !arrives {
                sim.after(PATIENCE, Event::GiveUp(index));
            }
        } else {
            if ack_first {
                self.acknowledge(sim, queue, &mut work, None);
            }
            self.begin(sim, index, work);
        }
        self.call(sim, queue);
        let what = match (skip, receives) {
            (true, _) => "message # is taken again and skipped: it is known to be done",
            (false, 1) => "message # is taken",
            (false, _) => "message # is taken again",
        };
        (what, unit)
    }

    /// What befalls the attempt at a message: the same whatever happened to others and whatever is set, but for the shares.
    fn attempt(&self, unit: u64, receipt: Receipt, until: Nanos, receives: u32, fate: u64) -> Work {
        let mut rng = Rng::stream(Seed(fate.wrapping_add(u64::from(receives) << 8)), "attempt");
        let (crashes, before, part) = (rng.chance(self.knobs.crash), rng.chance(0.5), rng.unit());
        let took = rng.log_normal(self.knobs.processing, SIGMA);
        let crash = crashes.then_some(if before { Crash::Before(part) } else { Crash::After });
        Work { unit, until, receipt, poison: false, skip: false, crash, took, rng }
    }

    fn begin(&mut self, sim: &mut Sim<Event>, index: usize, work: Work) {
        match work.crash {
            _ if work.skip => sim.after(SKIP, Event::Done(index)),
            Some(Crash::Before(part)) => {
                sim.after(Nanos((work.took.0 as f64 * part) as u64), Event::Crash(index))
            }
            _ => sim.after(work.took, Event::Done(index)),
        };
        self.consumers[index].doing = Doing::Working(work);
    }

    /// Sends an acknowledgement; says whether it will arrive.
    fn acknowledge(
        &mut self,
        sim: &mut Sim<Event>,
        queue: usize,
        work: &mut Work,
        waits: Option<usize>,
    ) -> bool {
        let delivery = self.network.send(sim.now(), CONSUMER_NODE, QUEUE_NODE, &mut work.rng);
        let arrival = delivery.arrivals().next();
        if let Some(at) = arrival {
            sim.at(at, Event::Ack { queue, receipt: work.receipt, unit: work.unit, waits });
        } else {
            self.ledger.accidents += 1;
            self.ledger.note(sim.now(), work.unit, Life::AckLost);
        }
        arrival.is_some()
    }

    /// The answer to an acknowledgement that a consumer waits for.
    pub(super) fn confirmed(&mut self, sim: &mut Sim<Event>, index: usize, accepted: bool) {
        if let Doing::Confirming(work) = std::mem::take(&mut self.consumers[index].doing) {
            if accepted {
                self.begin(sim, index, work);
            } else {
                self.ledger.rests(work.unit);
                self.free(sim, index);
            }
        }
    }

    /// No confirmation came: the consumer must not work on a message that others will get.
    pub(super) fn give_up(&mut self, sim: &mut Sim<Event>, index: usize) -> (&'static str, u64) {
        let Doing::Confirming(work) = std::mem::take(&mut self.consumers[index].doing) else {
            return ("consumer # waits no longer", (index % CONSUMERS) as u64 + 1);
        };
        self.ledger.rests(work.unit);
        self.free(sim, index);
        ("message # is put aside: its acknowledgement was not confirmed", work.unit)
    }

    /// A consumer crashes before the effect.
    pub(super) fn crash(&mut self, sim: &mut Sim<Event>, index: usize) -> (&'static str, u64) {
        let Some(work) = self.work_ends(index) else { return ("nobody crashes", 0) };
        self.falls(sim, index);
        self.ledger.note(sim.now(), work.unit, Life::CrashBefore);
        self.worked_off(sim.now(), index, work.unit);
        ("message #: the consumer crashes before the effect", work.unit)
    }

    /// A consumer comes to the end of its work.
    pub(super) fn finish(&mut self, sim: &mut Sim<Event>, index: usize) -> (&'static str, u64) {
        let Some(mut work) = self.work_ends(index) else { return ("nobody is done", 0) };
        let (now, queue, unit) = (sim.now(), index / CONSUMERS, work.unit);
        if work.poison && !work.skip {
            self.ledger.note(now, unit, Life::Failed);
            self.worked_off(now, index, unit);
            self.free(sim, index);
            return ("message # fails: nobody can process it", unit);
        }
        let effect = !work.skip && self.takes_effect(now, unit);
        if effect {
            let (effects, since) = self.ledger.effect(now, unit);
            let once = self.knobs.semantics != Semantics::AtLeast || self.knobs.dedups();
            let recent = since.is_some_and(|since| since < REMEMBERED);
            sim.rule(2, !(once && unit >= self.promised_from && effects > 1 && recent));
        } else {
            self.ledger.note(now, unit, Life::Skipped);
        }
        self.worked_off(now, index, unit);
        if work.crash == Some(Crash::After) && !work.skip {
            self.falls(sim, index);
            self.ledger.note(now, unit, Life::CrashAfter);
            return ("message # has its effect, then the consumer crashes", unit);
        }
        if self.knobs.dedups() && self.knobs.bug == Bug::RecordAfter {
            self.done.first(now, unit);
        }
        let acked_before = self.knobs.semantics == Semantics::AtMost || self.knobs.bug == Bug::AckFirst;
        let arrives = acked_before || self.acknowledge(sim, queue, &mut work, None);
        self.free(sim, index);
        let what = match (effect, arrives) {
            (true, true) => "message # has its effect",
            (true, false) => "message # has its effect, its acknowledgement gets lost",
            (false, true) => "message # was done already",
            (false, false) => "message # was done already, its acknowledgement gets lost",
        };
        (what, unit)
    }

    /// Whether the work ends in an effect: with a memory in the same transaction, only for the first one.
    fn takes_effect(&mut self, now: Nanos, unit: u64) -> bool {
        let atomic = self.knobs.dedups() && !matches!(self.knobs.bug, Bug::RecordFirst | Bug::RecordAfter);
        !atomic || self.done.first(now, unit)
    }

    fn work_ends(&mut self, index: usize) -> Option<Work> {
        let Doing::Working(work) = std::mem::take(&mut self.consumers[index].doing) else { return None };
        self.ledger.rests(work.unit);
        Some(work)
    }

    /// A message that was acknowledged before the work is seen to leave when the work ends.
    fn worked_off(&mut self, now: Nanos, index: usize, unit: u64) {
        if self.knobs.semantics == Semantics::AtMost {
            self.leaves(now, index / CONSUMERS, unit);
        }
    }

    fn falls(&mut self, sim: &mut Sim<Event>, index: usize) {
        self.ledger.accidents += 1;
        self.consumers[index].doing = Doing::Down;
        sim.after(DOWN, Event::Restart(index));
    }

    /// A consumer has nothing to do any more, and takes the next message if there is one.
    pub(super) fn free(&mut self, sim: &mut Sim<Event>, index: usize) {
        let queue = index / CONSUMERS;
        if index % CONSUMERS < self.knobs.consumers {
            self.consumers[index].doing = Doing::Idle;
            self.idle[queue].push_back(index);
        } else {
            self.consumers[index].doing = Doing::Gone;
        }
        self.call(sim, queue);
    }
}
