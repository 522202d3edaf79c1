//! A producer, a buffer and a consumer that is slow for a while: what the buffer does decides who pays.
//!
//! Two of them run beside each other. One has a buffer without a bound; the other one works as is set. Item by item both
//! producers make the same things at the same intervals, and each takes the same work, so what differs is what the
//! buffer did. A producer that is held up makes its next item later: it is a source that can wait, such as a reader of
//! a file or of a log. That is what backpressure needs at its far end; where the source cannot wait, the line only moves
//! in front of the producer.
//!
//! Whoever asked waits for a time and no longer. An answer after that is work for nobody: goodput counts the others.

mod knobs;
mod measures;
mod picture;
mod side;

use knobs::{BUGS, Knobs, POLICIES};
use side::Side;

use super::scenario::{Scenario, Sim, start};
use super::{Scene, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Seed, Token};

/// The sides, as indices.
const UNBOUNDED: usize = 0;
const CHOSEN: usize = 1;

/// When the consumer becomes slow.
const SLOW_FROM: Nanos = Nanos::from_secs(3);

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "backpressure",
    title: "Backpressure",
    part: "messaging",
    topics: &["backpressure"],
    hook: "A consumer is slow for 6 s. For how long is everybody late?",
    look_for: &[
        "The consumer does 200/s, but 50/s from 3 s to 9 s. The unbounded buffer takes 660 items in that time and needs 16 s more to get rid of them: it drains at 200 - 160 = 40/s.",
        "For most of those 16 s the consumer works at full speed on requests that nobody waits for any more: throughput 200/s, goodput 0.",
        "Room for 100 bounds memory, but 100 items at 50/s are 2 s of waiting, and clients wait for 1 s. Room for 30 keeps the slow consumer useful.",
        "Block and credits lose nothing and waste nothing, if the room is small: the producer stands still instead. That needs a source that can wait.",
        "Drop oldest keeps the wait at 100/160 s, since what comes pushes out what waits. Shedding what waited too long (deadline) needs no size at all.",
        "Lifo answers the newest in time and leaves the oldest for the end, when nobody waits for them any more: its p99 is 20 s.",
        "CoDel drops faster and faster once the line stands. Against a load that does not react it comes seconds too late.",
    ],
    controls: &[
        choice("policy", "what the buffer does with too much", POLICIES, 2.0),
        number("size", "room in the buffer", (1.0, 1_000.0), 0.0, 100.0, ""),
        number("load", "items that the producer makes", (20.0, 400.0), 20.0, 160.0, "/s"),
        number("slow", "speed of the consumer (200/s) while it is slow", (5.0, 100.0), 5.0, 25.0, "%"),
        number("slow_for", "the consumer is slow from 3 s for", (0.0, 15.0), 1.0, 6.0, "s"),
        number("deadline", "a client waits for", (50.0, 10_000.0), 0.0, 1_000.0, "ms"),
        number("shed_after", "deadline sheds what has waited for", (10.0, 5_000.0), 0.0, 500.0, "ms"),
        number("target", "CoDel's target; its interval is 10 of it", (1.0, 200.0), 0.0, 20.0, "ms"),
        number("item", "size of an item", (1.0, 1_000.0), 0.0, 64.0, "KB"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("goodput", Unit::PerSecond, "answers in time a second"),
        reading("goodput_unbounded", Unit::PerSecond, "the same with the unbounded buffer"),
        reading("in_time_slow", Unit::Count, "answers in time while the consumer was slow"),
        reading("in_time_slow_unbounded", Unit::Count, "the same with the unbounded buffer"),
        reading("throughput", Unit::PerSecond, "answers a second, in time or not"),
        reading("dropped", Unit::Count, "items that were dropped"),
        reading("wasted_share", Unit::Share, "answers that came too late"),
        reading("wasted_unbounded", Unit::Share, "the same with the unbounded buffer"),
        reading("p50", Unit::Millis, "median time until the answer"),
        reading("p99", Unit::Millis, "99 of 100 answers took at most so long"),
        reading("p99_unbounded", Unit::Millis, "the same with the unbounded buffer"),
        reading("peak", Unit::Count, "the most items that waited"),
        reading("peak_mb", Unit::Ratio, "memory that they took, in MB"),
        reading("peak_mb_unbounded", Unit::Ratio, "the same with the unbounded buffer"),
        reading("blocked_s", Unit::Seconds, "time that the producer was held up"),
        reading("fill_s", Unit::Seconds, "from the begin of the slow time until the buffer was full"),
        reading("fill_theory", Unit::Seconds, "the same expected: size / (in - out)"),
        reading("recovery_s", Unit::Seconds, "from the end of the slow time until nothing waited"),
        reading("recovery_unbounded", Unit::Seconds, "the same with the unbounded buffer"),
        reading("recovery_theory", Unit::Seconds, "the latter expected: what is left / (out - in)"),
    ],
    bet: "backpressure.bet-recovery",
    goals: &[
        "load as it is: 200 answers in time while it is slow",
        "load as it is: lose nothing, and never hold 5 MB",
        "load as it is: nothing waits 0.5 s after the slow time",
        "load as it is: not one answer too late",
    ],
    invariants: &[
        "all that was made is answered, dropped or somewhere inside",
        "a bounded buffer never takes more than its size",
        "an answer after its deadline is no goodput",
        "the consumer never idles while items wait",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "the producer looks at the length only every 20th time: the buffer takes more than its size",
        "every answer counts, also the late ones: the dashboard is green while nobody is served",
        "one wake-up in 40 is lost: an item lies there and the consumer sleeps until the next one comes",
    ],
    theory: &[("fill_s", "fill_theory"), ("recovery_unbounded", "recovery_theory")],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("bounded_buffer.rs", "pub fn offer"),
        source!("codel.rs", "pub fn take"),
        source!("credits.rs", "pub fn spend"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Backpressure::new(seed, sim)),
};

/// Something to do for somebody who waits.
#[derive(Clone, Copy, Debug)]
struct Item {
    id: u64,
    made: Nanos,
    /// Its service in units of the consumer's mean, in billionths.
    work: Nanos,
}

#[derive(Clone, Debug)]
enum Event {
    /// The producer of a side makes an item.
    Made(usize),
    /// The consumer of a side has done one.
    Done(usize, Item),
    /// The consumer becomes slow, or is as fast as before.
    Turn { slow: bool },
}

/// When the consumer is slow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Pace {
    #[default]
    Before,
    Slow {
        since: Nanos,
    },
    After {
        since: Nanos,
        ended: Nanos,
    },
}

#[derive(Clone)]
struct Backpressure {
    knobs: Knobs,
    pace: Pace,
    /// The next turn.
    turn: Option<Token>,
    sides: [Side; 2],
}

impl Backpressure {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Backpressure {
        let knobs = Knobs::of(sim.settings());
        let sides = [Side::new(seed, &knobs.unbounded()), Side::new(seed, &knobs)];
        let mut demo = Backpressure { knobs, pace: Pace::Before, turn: None, sides };
        for side in [UNBOUNDED, CHOSEN] {
            let next = demo.sides[side].schedule(Nanos::ZERO);
            sim.at(next, Event::Made(side));
        }
        demo.plan(sim);
        demo
    }

    /// Plans the next turn of the consumer, in place of the one that was planned.
    fn plan(&mut self, sim: &mut Sim<Event>) {
        if let Some(planned) = self.turn.take() {
            sim.cancel(planned);
        }
        let (at, slow) = match self.pace {
            Pace::Before if self.knobs.slow_for > Nanos::ZERO => (SLOW_FROM, true),
            Pace::Slow { since } => (since + self.knobs.slow_for, false),
            Pace::Before | Pace::After { .. } => return,
        };
        self.turn = Some(sim.at(at, Event::Turn { slow }));
    }

    fn slow(&self) -> bool {
        matches!(self.pace, Pace::Slow { .. })
    }

    fn knobs_of(&self, side: usize) -> Knobs {
        if side == UNBOUNDED { self.knobs.unbounded() } else { self.knobs }
    }

    fn turn(&mut self, sim: &mut Sim<Event>, slow: bool) -> &'static str {
        let now = sim.now();
        self.turn = None;
        for side in &mut self.sides {
            side.turn(now, slow);
        }
        self.pace = match self.pace {
            Pace::Slow { since } => Pace::After { since, ended: now },
            _ => Pace::Slow { since: now },
        };
        self.plan(sim);
        if slow { "the consumer becomes slow" } else { "the consumer is as fast as before" }
    }

    fn made(&mut self, sim: &mut Sim<Event>, side: usize) -> (&'static str, u64) {
        let (now, slow, knobs) = (sim.now(), self.slow(), self.knobs_of(side));
        let (what, id) = self.sides[side].make(now, &knobs);
        self.begin(sim, side, &knobs, slow);
        self.go_on(sim, side, true);
        (what.named(side == UNBOUNDED), id)
    }

    fn done(&mut self, sim: &mut Sim<Event>, side: usize, item: Item) -> &'static str {
        let (now, slow, knobs) = (sim.now(), self.slow(), self.knobs_of(side));
        let stood = self.sides[side].held_up();
        let in_time = self.sides[side].finish(now, item, &knobs, slow);
        self.begin(sim, side, &knobs, slow);
        self.go_on(sim, side, stood);
        match (side, in_time) {
            (UNBOUNDED, true) => "unbounded: item # is answered in time",
            (UNBOUNDED, false) => "unbounded: item # is answered, and nobody waits any more",
            (_, true) => "item # is answered in time",
            (_, false) => "item # is answered, and nobody waits any more",
        }
    }

    /// The consumer begins with the next item if it can.
    fn begin(&mut self, sim: &mut Sim<Event>, side: usize, knobs: &Knobs, slow: bool) {
        if let Some((item, service)) = self.sides[side].begin(sim.now(), knobs, slow) {
            sim.after(service, Event::Done(side, item));
        }
    }

    /// A producer that had no next item planned makes one, unless it is held up.
    fn go_on(&self, sim: &mut Sim<Event>, side: usize, stood: bool) {
        if let Some(next) = self.sides[side].next().filter(|_| stood) {
            sim.at(next, Event::Made(side));
        }
    }
}

impl Scenario for Backpressure {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        match event {
            Event::Made(side) => self.made(sim, side),
            Event::Done(side, item) => (self.done(sim, side, item), item.id),
            Event::Turn { slow } => (self.turn(sim, slow), 0),
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        for side in [UNBOUNDED, CHOSEN] {
            let knobs = self.knobs_of(side);
            let stood = self.sides[side].held_up();
            self.sides[side].change(sim.now(), &knobs, control);
            self.begin(sim, side, &knobs, self.slow());
            self.go_on(sim, side, stood);
        }
        if control == "slow_for" {
            self.plan(sim);
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for side in &self.sides {
            sim.rule(0, side.adds_up());
            sim.rule(1, side.keeps_its_size());
            sim.rule(2, side.counts_what_is_in_time());
            sim.rule(3, !side.idles());
        }
        self.judge(sim);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        self.numbers(now)
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    /// Two buffers with all that a run of the default length can leave in them.
    fn bytes(&self) -> usize {
        1 << 20
    }
}

#[cfg(test)]
mod tests;
