//! Backpressure as pictures: who waits, who is dropped, the latency and the goodput of both sides over time.

use super::knobs::{POLICIES, Policy, SPEED};
use super::measures::{Answers, SEEN};
use super::{Backpressure, CHOSEN, Pace, SLOW_FROM, SPEC, UNBOUNDED};
use crate::lab::Scene;
use crate::lab::scene::{Chart, Curve, CurveKind, Lane, Lanes, Series, Station, Tone, Waiting, x_of};
use crate::sim::Nanos;

/// Where the consumer stands on a lane.
const CONSUMER: f64 = 0.66;
/// How many items are seen on their way to the buffer, and on their way from it.
const COMING: usize = 14;
const GONE: usize = 24;
/// How many of those who wait are drawn one by one.
const IN_LINE: usize = 100;

impl Backpressure {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Chart(self.latency(now)), Scene::Chart(self.goodput(now))]),
        ])
    }

    fn name(&self, side: usize) -> &'static str {
        if side == UNBOUNDED { POLICIES[0] } else { POLICIES[self.knobs.policy as usize] }
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        Lanes {
            lanes: self.shown().iter().map(|&side| self.lane(now, side)).collect(),
            legend: vec![
                (Tone::Plain, "item".into()),
                (Tone::Warn, "its client has gone".into()),
                (Tone::Good, "answered in time".into()),
                (Tone::Bad, "dropped".into()),
            ],
        }
    }

    fn lane(&self, now: Nanos, side: usize) -> Lane {
        let place = &self.sides[side];
        let consumer = match (place.busy(), self.slow()) {
            (false, _) => Tone::Dim,
            (true, true) => Tone::Warn,
            (true, false) => Tone::Good,
        };
        let producer = if place.held_up() { Tone::Bad } else { Tone::Plain };
        let mut dots = if place.held_up() { Vec::new() } else { self.coming(now, side) };
        let tone = |in_time: &bool| if *in_time { Tone::Good } else { Tone::Warn };
        let gone = place.seen.gone.seen(now, GONE);
        dots.extend(gone.map(|(way, _, in_time)| (CONSUMER + (1.0 - CONSUMER) * way, tone(in_time))));
        // Who is refused bounces off where the line would begin; who is thrown out falls from its head.
        let lost = place.seen.lost.seen(now, GONE);
        dots.extend(lost.map(|(way, _, at_entry)| {
            (if *at_entry { 0.25 - 0.2 * way } else { CONSUMER - 0.02 - 0.2 * way }, Tone::Bad)
        }));
        let count = place.buffer.len();
        let newest_first = self.knobs.policy == Policy::Lifo && side == CHOSEN && count > self.knobs.size;
        let age = |held: &crate::systems::bounded_buffer::Held<super::Item>| {
            if now - held.item.made > self.knobs.deadline { Tone::Warn } else { Tone::Plain }
        };
        let tones: Vec<Tone> = if newest_first {
            place.buffer.iter().rev().take(IN_LINE).map(age).collect()
        } else {
            place.buffer.iter().take(IN_LINE).map(age).collect()
        };
        let bounded = side == CHOSEN && self.knobs.bounded();
        Lane {
            name: self.name(side).into(),
            stations: vec![
                Station::new(0.0, "producer").tone(producer),
                Station::new(CONSUMER, "consumer").tone(consumer),
                Station::new(1.0, "clients"),
            ],
            dots,
            lines: vec![Waiting { at: CONSUMER, tones, count, room: bounded.then_some(self.knobs.size) }],
            label: self.held(side),
        }
    }

    /// The items that will be made soon: a copy of the stream runs ahead.
    fn coming(&self, now: Nanos, side: usize) -> Vec<(f64, Tone)> {
        let place = &self.sides[side];
        let expected = self.knobs.load * SEEN.as_secs_f64();
        let every = ((expected / COMING as f64).ceil().max(1.0) as u64).next_power_of_two();
        let mut arrivals = place.arrivals();
        let (mut at, mut number) = (place.next().unwrap_or(Nanos::MAX), place.seen.made + 1);
        let mut dots = Vec::new();
        while at <= now + SEEN && dots.len() < 2 * COMING {
            if number.is_multiple_of(every) {
                let way = 1.0 - at.since(now).as_secs_f64() / SEEN.as_secs_f64();
                dots.push((CONSUMER * way, Tone::Plain));
            }
            number += 1;
            at = arrivals.next(at);
        }
        dots
    }

    fn curves(&self, now: Nanos, value: fn(&Answers, f64) -> f64) -> Vec<Curve> {
        let curve = |&side: &usize| {
            let bins = &self.sides[side].seen.bins;
            let width = bins.width_s();
            bins.curve(self.name(side), Series(side as u8), now, |answers| value(answers, width))
        };
        self.shown().iter().map(curve).collect()
    }

    fn x_span(&self, now: Nanos) -> (f64, f64) {
        self.sides[UNBOUNDED].seen.bins.x_span(now, SPEC.length)
    }

    fn latency(&self, now: Nanos) -> Chart {
        let x_span = self.x_span(now);
        let mut curves = self.curves(now, |answers, _| answers.times as f64 / 1e9 / answers.all as f64);
        let deadline = self.knobs.deadline.as_secs_f64();
        curves.push(Curve::level("deadline", Series(2), x_span, deadline));
        Chart { y: "time to the answer, s".into(), x: "time, s".into(), x_span, curves, ..Chart::default() }
    }

    fn goodput(&self, now: Nanos) -> Chart {
        let x_span = self.x_span(now);
        let mut curves = self.curves(now, |answers, width| answers.counted as f64 / width);
        curves.push(Curve::new(CurveKind::Theory, "consumer", Series(2), self.speed(x_span)));
        Chart {
            y: "answers in time, 1/s".into(),
            x: "time, s".into(),
            x_span,
            y_top: Some(SPEED * 1.25),
            curves,
            ..Chart::default()
        }
    }

    /// What the consumer can do over time: the most that goodput can be.
    fn speed(&self, (from, to): (f64, f64)) -> Vec<(f64, f64)> {
        let (low, high) = match self.pace {
            Pace::Before => (SLOW_FROM, SLOW_FROM + self.knobs.slow_for),
            Pace::Slow { since } => (since, since + self.knobs.slow_for),
            Pace::After { since, ended } => (since, ended),
        };
        let (low, high) = (x_of(low).clamp(from, to), x_of(high).clamp(from, to));
        let slow = self.knobs.slow;
        let points = [(from, SPEED), (low, SPEED), (low, slow), (high, slow), (high, SPEED), (to, SPEED)];
        let mut points = points.to_vec();
        points.dedup();
        points
    }
}
