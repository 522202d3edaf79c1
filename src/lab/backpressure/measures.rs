//! What is counted of a side, from its events alone, and what theory says.

use super::knobs::{Bug, Knobs, Policy, SPEED};
use super::{Backpressure, CHOSEN, Event, Pace, UNBOUNDED};
use crate::lab::measure::{Bins, Histogram, Trail};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;

/// How long an item is seen on its way.
pub(super) const SEEN: Nanos = Nanos::from_millis(400);
/// The width of a bin of the charts, and how many are kept: a run of the default length.
const BIN: Nanos = Nanos::from_millis(500);
const BINS: usize = 80;

/// The answers of one bin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answers {
    pub(super) all: u64,
    pub(super) counted: u64,
    /// Nanoseconds until the answers, summed.
    pub(super) times: u64,
}

/// What was counted of a side.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) made: u64,
    pub(super) answered: u64,
    pub(super) dropped: u64,
    /// Answers in time, by the clock and as reported.
    pub(super) in_time: u64,
    pub(super) counted: u64,
    /// Answers in time while the consumer was slow, as reported.
    in_time_slow: u64,
    times: Histogram,
    peak: usize,
    /// Since when the producer is held up, and how long it was before that.
    held_since: Option<Nanos>,
    held_for: Nanos,
    /// Since when the consumer is slow; since when it is not any more.
    slow_since: Option<Nanos>,
    fast_since: Option<Nanos>,
    filled: Option<Nanos>,
    recovered: Option<Nanos>,
    pub(super) bins: Bins<Answers>,
    /// Who was answered, and whether in time; who was dropped, and whether at the entry.
    pub(super) gone: Trail<bool>,
    pub(super) lost: Trail<bool>,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            made: 0,
            answered: 0,
            dropped: 0,
            in_time: 0,
            counted: 0,
            in_time_slow: 0,
            times: Histogram::default(),
            peak: 0,
            held_since: None,
            held_for: Nanos::ZERO,
            slow_since: None,
            fast_since: None,
            filled: None,
            recovered: None,
            bins: Bins::new(BIN, BINS),
            gone: Trail::new(SEEN),
            lost: Trail::new(SEEN),
        }
    }
}

impl Seen {
    pub(super) fn turn(&mut self, now: Nanos, slow: bool, waiting: usize, busy: bool) {
        if slow {
            self.slow_since = Some(now);
        } else {
            self.fast_since = Some(now);
            if waiting == 0 && !busy {
                self.recovered = Some(Nanos::ZERO);
            }
        }
    }

    pub(super) fn held_up(&mut self, now: Nanos) {
        self.held_since.get_or_insert(now);
    }

    pub(super) fn goes_on(&mut self, now: Nanos) {
        if let Some(since) = self.held_since.take() {
            self.held_for += now - since;
        }
    }

    pub(super) fn drop(&mut self, now: Nanos, id: u64, at_entry: bool) {
        self.dropped += 1;
        self.lost.push(now, id, at_entry);
    }

    /// So many wait now, where `size` is room for.
    pub(super) fn length(&mut self, now: Nanos, waiting: usize, size: usize) {
        self.peak = self.peak.max(waiting);
        if let (Some(since), None, None) = (self.slow_since, self.fast_since, self.filled)
            && waiting >= size
        {
            self.filled = Some(now - since);
        }
    }

    /// The consumer has taken one, and so many are left.
    pub(super) fn emptied(&mut self, now: Nanos, left: usize) {
        if let (Some(since), None) = (self.fast_since, self.recovered)
            && left == 0
        {
            self.recovered = Some(now - since);
        }
    }

    pub(super) fn answer(
        &mut self,
        now: Nanos,
        (id, time): (u64, Nanos),
        (in_time, counted): (bool, bool),
        slow: bool,
    ) {
        self.answered += 1;
        self.in_time += u64::from(in_time);
        self.counted += u64::from(counted);
        self.in_time_slow += u64::from(counted && slow);
        self.times.record(time);
        self.gone.push(now, id, in_time);
        let bin = self.bins.at(now);
        bin.all += 1;
        bin.counted += u64::from(counted);
        bin.times += time.0;
    }

    fn late_share(&self) -> f64 {
        (self.answered - self.counted) as f64 / self.answered as f64
    }

    fn held_s(&self, now: Nanos) -> f64 {
        let running = self.held_since.map_or(Nanos::ZERO, |since| now - since);
        (self.held_for + running).as_secs_f64()
    }

    fn percentile_ms(&self, q: f64) -> f64 {
        self.times.percentile(q) / 1e6
    }
}

/// Expected seconds until a bounded buffer is full: it gains what comes and is not done. Not a number where it does not.
fn fill_theory(knobs: &Knobs) -> f64 {
    let gain = knobs.load - knobs.slow;
    // Credits also count what is in service and come in batches.
    let fills = knobs.bounded() && knobs.policy != Policy::Credits;
    if fills && gain > 0.0 { knobs.size as f64 / gain } else { f64::NAN }
}

/// Expected seconds until an unbounded buffer has worked off what the slow time left. Not a number where it never does.
fn recovery_theory(knobs: &Knobs) -> f64 {
    let left = (knobs.load - knobs.slow).max(0.0) * knobs.slow_for.as_secs_f64();
    let gain = SPEED - knobs.load;
    if gain > 0.0 { left / gain } else { f64::NAN }
}

impl Backpressure {
    pub(super) fn numbers(&self, now: Nanos) -> Vec<f64> {
        let [unbounded, chosen] = &self.sides;
        let (without, with) = (&unbounded.seen, &chosen.seen);
        let secs = |span: Option<Nanos>| span.map_or(f64::NAN, Nanos::as_secs_f64);
        let rate = |count: u64| count as f64 / now.as_secs_f64();
        let megabytes = |peak: usize| peak as f64 * self.knobs.item / 1e6;
        vec![
            rate(with.counted),
            rate(without.counted),
            with.in_time_slow as f64,
            without.in_time_slow as f64,
            rate(with.answered),
            with.dropped as f64,
            with.late_share(),
            without.late_share(),
            with.percentile_ms(0.5),
            with.percentile_ms(0.99),
            without.percentile_ms(0.99),
            with.peak as f64,
            megabytes(with.peak),
            megabytes(without.peak),
            with.held_s(now),
            secs(with.filled),
            fill_theory(&self.knobs),
            secs(with.recovered),
            secs(without.recovered),
            recovery_theory(&self.knobs),
        ]
    }

    /// Whether goals are reached.
    pub(super) fn judge(&self, sim: &mut Sim<Event>) {
        let knobs = &self.knobs;
        let Pace::After { since, ended } = self.pace else { return };
        let as_it_is = knobs.load >= 160.0
            && knobs.slow <= 50.0
            && ended - since >= Nanos::from_secs(6)
            && knobs.deadline <= Nanos::from_secs(1)
            && knobs.item >= 64e3
            && knobs.bug == Bug::None;
        if !as_it_is {
            return;
        }
        let seen = &self.sides[CHOSEN].seen;
        let memory = seen.peak as f64 * knobs.item;
        sim.goal(0, seen.in_time_slow >= 200);
        sim.goal(1, seen.dropped == 0 && memory < 5e6);
        sim.goal(2, seen.recovered.is_some_and(|took| took <= Nanos::from_millis(500)));
        let later = sim.now() >= ended + Nanos::from_secs(5);
        sim.goal(3, later && seen.answered >= 1_000 && seen.in_time == seen.answered);
    }

    /// What stands in a buffer, for people: `42 MB, 660 wait`.
    pub(super) fn held(&self, side: usize) -> String {
        let waiting = self.sides[side].buffer.len();
        let megabytes = waiting as f64 * self.knobs.item / 1e6;
        format!("{waiting} wait, {}", megabytes_shown(megabytes))
    }

    /// The sides that are shown: one where they work alike.
    pub(super) fn shown(&self) -> &'static [usize] {
        if self.knobs == self.knobs.unbounded() { &[UNBOUNDED] } else { &[UNBOUNDED, CHOSEN] }
    }
}

fn megabytes_shown(megabytes: f64) -> String {
    if megabytes >= 10.0 { format!("{megabytes:.0} MB") } else { format!("{megabytes:.1} MB") }
}
