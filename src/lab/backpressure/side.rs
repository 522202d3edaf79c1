//! One of the two sides: a producer, its buffer, its consumer, and what was counted of them.

use super::Item;
use super::knobs::{Bug, Knobs, Policy, SPEED};
use super::measures::Seen;
use crate::lab::workload::{Arrivals, Pattern, Shape};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::bounded_buffer::{Buffer, Offer};
use crate::systems::credits::Credits;

/// Every how many items a producer that checks late looks at the length, and every how many wake-ups one is lost.
const LOOKS_EVERY: u64 = 20;
const LOSES_EVERY: u64 = 40;

/// What became of an item that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    In,
    HeldUp,
    Dropped,
    InForAnother,
}

impl Fate {
    /// The step, on the unbounded side or the other one.
    pub(super) fn named(self, unbounded: bool) -> &'static str {
        match self {
            Fate::In if unbounded => "unbounded: item # goes into the buffer",
            Fate::In => "item # goes into the buffer",
            Fate::HeldUp => "item # is held up: the producer waits for room",
            Fate::Dropped => "item # is dropped: the buffer is full",
            Fate::InForAnother => "item # goes in, the oldest is dropped for it",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Side {
    arrivals: Arrivals,
    services: Rng,
    pub(super) buffer: Buffer<Item>,
    credits: Credits,
    /// When the producer makes its next item; nothing while it is held up.
    next: Option<Nanos>,
    /// The item that it is held up with.
    held_up: Option<Item>,
    busy: bool,
    /// What a producer that checks late takes for the length.
    last_look: usize,
    overfull: bool,
    wake_ups: u64,
    asleep: bool,
    bounded: bool,
    pub(super) seen: Seen,
}

impl Side {
    pub(super) fn new(seed: Seed, knobs: &Knobs) -> Side {
        let (room, overflow, take) = knobs.rules();
        Side {
            arrivals: Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, knobs.load),
            services: Rng::stream(seed, "service"),
            buffer: Buffer::new(room, overflow, take),
            credits: Credits::new(knobs.size as u64),
            next: None,
            held_up: None,
            busy: false,
            last_look: 0,
            overfull: false,
            wake_ups: 0,
            asleep: false,
            bounded: knobs.bounded(),
            seen: Seen::default(),
        }
    }

    /// When the producer makes its next item, if it is not held up.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.next
    }

    /// A copy of the stream, for what will come.
    pub(super) fn arrivals(&self) -> Arrivals {
        self.arrivals.clone()
    }

    /// The producer goes on from `now`.
    pub(super) fn schedule(&mut self, now: Nanos) -> Nanos {
        let next = self.arrivals.next(now);
        self.next = Some(next);
        next
    }

    pub(super) fn busy(&self) -> bool {
        self.busy
    }

    pub(super) fn held_up(&self) -> bool {
        self.held_up.is_some()
    }

    /// The consumer becomes slow or fast.
    pub(super) fn turn(&mut self, now: Nanos, slow: bool) {
        self.seen.turn(now, slow, self.buffer.len(), self.busy);
    }

    /// Works by other controls from `now` on.
    pub(super) fn change(&mut self, now: Nanos, knobs: &Knobs, control: &str) {
        self.arrivals.set_rate(knobs.load);
        if ["policy", "size", "shed_after", "target", "bug"].contains(&control) {
            let (room, overflow, take) = knobs.rules();
            self.buffer.change(room, overflow, take);
            self.credits.set_window(knobs.size as u64);
            self.bounded = knobs.bounded();
            if control == "policy" {
                let under_way = self.buffer.len() + usize::from(self.busy);
                self.credits = Credits::resume(knobs.size as u64, under_way as u64);
            }
            self.let_in(now, knobs);
        }
    }

    /// The producer makes an item at `now`.
    pub(super) fn make(&mut self, now: Nanos, knobs: &Knobs) -> (Fate, u64) {
        self.seen.made += 1;
        let work = Shape::Exponential.draw(&mut self.services, Nanos::from_secs(1));
        let item = Item { id: self.seen.made, made: now, work };
        let fate = self.put(now, item, knobs);
        self.next = None;
        if fate == Fate::HeldUp {
            self.seen.held_up(now);
        } else {
            self.schedule(now);
        }
        (fate, item.id)
    }

    fn put(&mut self, now: Nanos, item: Item, knobs: &Knobs) -> Fate {
        let before = self.buffer.len();
        if knobs.bug == Bug::CheckedLate && knobs.bounded() {
            return self.put_unchecked(now, item, knobs);
        }
        if knobs.policy == Policy::Credits && !self.credits.spend() {
            self.held_up = Some(item);
            return Fate::HeldUp;
        }
        let fate = match self.buffer.offer(now, item) {
            Offer::Taken => Fate::In,
            Offer::Refused(item) if knobs.policy == Policy::Block => {
                self.held_up = Some(item);
                Fate::HeldUp
            }
            Offer::Refused(item) => {
                self.seen.drop(now, item.id, true);
                Fate::Dropped
            }
            Offer::Evicted(held) => {
                self.seen.drop(now, held.item.id, false);
                Fate::InForAnother
            }
        };
        self.note_length(now, before, knobs);
        fate
    }

    /// A check and an act that are two steps: what was true at the check is not at the act.
    fn put_unchecked(&mut self, now: Nanos, item: Item, knobs: &Knobs) -> Fate {
        let before = self.buffer.len();
        if item.id.is_multiple_of(LOOKS_EVERY) {
            self.last_look = before;
        }
        if self.last_look >= knobs.size {
            self.seen.drop(now, item.id, true);
            return Fate::Dropped;
        }
        let (_, overflow, take) = knobs.rules();
        self.buffer.change(usize::MAX, overflow, take);
        if let Offer::Refused(item) = self.buffer.offer(now, item) {
            self.seen.drop(now, item.id, true);
        }
        self.note_length(now, before, knobs);
        Fate::In
    }

    fn note_length(&mut self, now: Nanos, before: usize, knobs: &Knobs) {
        let length = self.buffer.len();
        // A buffer that was longer before its size was changed may stay so, but not grow.
        self.overfull |= self.bounded && length > before && length > knobs.size;
        self.seen.length(now, length, if self.bounded { knobs.size } else { usize::MAX });
    }

    /// Takes in what the producer is held up with, where that is possible now.
    fn let_in(&mut self, now: Nanos, knobs: &Knobs) {
        let Some(item) = self.held_up.take() else { return };
        if self.put(now, item, knobs) != Fate::HeldUp {
            self.seen.goes_on(now);
            self.schedule(now);
        }
    }

    /// The consumer begins with the next item, if it is idle and there is one: the item, and how long it takes.
    pub(super) fn begin(&mut self, now: Nanos, knobs: &Knobs, slow: bool) -> Option<(Item, Nanos)> {
        if self.busy {
            return None;
        }
        if !self.buffer.is_empty() && !self.asleep {
            self.wake_ups += 1;
            self.asleep = knobs.bug == Bug::LostWakeUp && self.wake_ups.is_multiple_of(LOSES_EVERY);
            if self.asleep {
                return None;
            }
        }
        self.asleep = false;
        let (credits, seen) = (&mut self.credits, &mut self.seen);
        let taken = self.buffer.take(now, |held| {
            seen.drop(now, held.item.id, false);
            credits.worked_off();
        });
        self.seen.emptied(now, self.buffer.len());
        if taken.is_some() {
            self.busy = true;
        }
        self.let_in(now, knobs);
        let item = taken?.item;
        let speed = if slow { knobs.slow } else { SPEED };
        Some((item, Nanos((item.work.0 as f64 / speed) as u64)))
    }

    /// The consumer has done an item. Returns whether it was in time.
    pub(super) fn finish(&mut self, now: Nanos, item: Item, knobs: &Knobs, slow: bool) -> bool {
        self.busy = false;
        self.credits.worked_off();
        let in_time = now - item.made <= knobs.deadline;
        let counted = in_time || knobs.bug == Bug::LateCounts;
        self.seen.answer(now, (item.id, now - item.made), (in_time, counted), slow);
        self.let_in(now, knobs);
        in_time
    }

    /// Whether every item that was made is somewhere.
    pub(super) fn adds_up(&self) -> bool {
        let inside = self.buffer.len() + usize::from(self.busy) + usize::from(self.held_up.is_some());
        self.seen.made == self.seen.answered + self.seen.dropped + inside as u64
    }

    pub(super) fn keeps_its_size(&self) -> bool {
        !self.overfull
    }

    pub(super) fn counts_what_is_in_time(&self) -> bool {
        self.seen.in_time == self.seen.counted
    }

    pub(super) fn idles(&self) -> bool {
        !self.busy && !self.buffer.is_empty()
    }
}
