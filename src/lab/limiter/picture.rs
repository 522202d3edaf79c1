//! The limiters as pictures: two side by side, the requests on their way, the trailing count over time, a table of all.

use super::algorithms::{self, ALL, COUNTER, FIXED, LOCAL, LOG, NAMES, QUEUE};
use super::{Limiter, SEEN, SPEC, admits};
use crate::lab::scene::{
    Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Table, Tone, Waiting, x_of,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the limiter stands on the lane.
const GATE: f64 = 0.45;
/// How long a request is seen on its way to the limiter.
const AHEAD: Nanos = Nanos::from_millis(500);
/// How many requests are seen before a limiter at most, and how many behind it.
const DOTS: usize = 50;

impl Limiter {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Row((0..2).map(|which| self.part(which, now)).collect()),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.chart(now)),
            Scene::Table(self.table()),
        ])
    }

    fn part(&self, which: usize, now: Nanos) -> Scene {
        let place = self.shown[which];
        let side = &self.sides[place];
        let series = Series(which as u8);
        let gauge = self.algorithms[place].gauge(now, &self.limits, side.waiting(now), series);
        let count = |value: u64| Unit::Count.show(value as f64);
        let facts = vec![
            Fact::new("admitted", count(side.admitted)).note(format!("refused {}", count(side.refused))),
            self.worst(place),
            if place == QUEUE {
                let wait = Unit::Millis.show(side.longest.as_millis_f64());
                let mean = Unit::Millis.show(side.mean_wait());
                Fact::new("longest wait", wait).note(format!("mean {mean}"))
            } else {
                Fact::new("memory", bytes(side.bytes)).note("for this client")
            },
        ];
        let column = Scene::Column(vec![Scene::Gauge(gauge), Scene::Facts(facts)]);
        Scene::Part(algorithms::title(place, &self.limits), Box::new(column))
    }

    /// The worst window, and how it stands to the promise and to the limit.
    fn worst(&self, place: usize) -> Fact {
        let limits = &self.limits;
        let (limit, promise) = (limits.limit, algorithms::promise(place, limits));
        let worst = self.sides[place].worst as u64;
        let fact = Fact::new(format!("worst {}", span(limits.window)), Unit::Count.show(worst as f64));
        let windowed = matches!(place, FIXED | COUNTER | LOG | LOCAL);
        if worst > promise {
            return fact.note(format!("more than its {promise}")).tone(Tone::Bad);
        }
        if windowed && worst > limit {
            let times = match Unit::Ratio.show(worst as f64 / limit as f64).as_str() {
                "2" => "twice".to_string(),
                ratio => format!("{ratio} times"),
            };
            return fact.note(format!("{times} the limit")).tone(Tone::Bad);
        }
        let why = match place {
            QUEUE => "1 + rate·t",
            FIXED => "2 × limit",
            COUNTER => "2 × limit - 1",
            LOG => "limit",
            LOCAL => "2 × servers × limit",
            _ => "burst + rate·t",
        };
        fact.note(format!("at most {promise} = {why}"))
    }

    fn chart(&self, now: Nanos) -> Chart {
        let length = x_of(SPEC.length);
        let end = x_of(now).max(length);
        let x_span = (end - length, end);
        let window = self.limits.window;
        let mut curves = Vec::new();
        for (which, &place) in self.shown.iter().enumerate() {
            let mut points = self.course(place, now);
            points.retain(|&(at, _)| at >= x_span.0);
            curves.push(Curve::new(CurveKind::Steps, NAMES[place], Series(which as u8), points));
        }
        let limit = self.limits.limit;
        let mut levels: Vec<(u64, String, u8)> = Vec::new();
        for (which, &place) in self.shown.iter().enumerate() {
            let (most, why) = match place {
                LOCAL => (limit * self.limits.servers, "servers × limit"),
                FIXED => (2 * limit, "2 × limit"),
                QUEUE => (algorithms::promise(place, &self.limits), "1 + rate·t"),
                COUNTER | LOG => (limit, "limit"),
                _ => (algorithms::promise(place, &self.limits), "burst + rate·t"),
            };
            if levels.iter().all(|(known, ..)| *known != most) {
                levels.push((most, format!("{why} = {most}"), which as u8));
            }
        }
        if levels.iter().all(|(known, ..)| *known != limit) {
            levels.push((limit, format!("limit = {limit}"), 2));
        }
        curves.extend(
            levels.into_iter().map(|(y, name, series)| Curve::level(name, Series(series), x_span, y as f64)),
        );
        Chart {
            y: format!("admitted in the last {}", span(window)),
            x: "time, s".into(),
            x_span,
            of: self.shown.iter().rev().find_map(|&place| reading_of(place)),
            curves,
            ..Chart::default()
        }
    }

    /// The trailing count of a limiter over time, also since the last event: nothing came, so a span only loses what
    /// it holds, but for what leaves a queue.
    fn course(&self, place: usize, now: Nanos) -> Vec<(f64, f64)> {
        let mut side = self.sides[place].clone();
        side.settle(now, self.limits.window);
        side.course(now)
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let coming = self.coming(now);
        let decided: Vec<(f64, u8)> =
            self.recent.seen(now, DOTS).map(|(way, _, said)| (way, *said)).collect();
        let lane = |place: usize| {
            let mut dots = coming.clone();
            for &(way, said) in &decided {
                match admits(said, place) {
                    true if place != QUEUE => dots.push((GATE + (1.0 - GATE) * way, Tone::Good)),
                    // It bounces off, a little.
                    false if way <= 0.5 => dots.push((GATE - 0.2 * way, Tone::Bad)),
                    _ => {}
                }
            }
            let mut lines = Vec::new();
            if place == QUEUE {
                dots.extend(self.left(now).map(|way| (GATE + (1.0 - GATE) * way, Tone::Good)));
                let count = self.sides[QUEUE].waiting(now);
                let room = (self.limits.burst as usize).saturating_sub(1);
                let tones = vec![Tone::Warn; count.min(100)];
                lines.push(Waiting { at: GATE, tones, count, room: Some(room) });
            }
            Lane {
                name: NAMES[place].into(),
                stations: vec![
                    Station::new(0.0, "client"),
                    Station::new(GATE, "limiter"),
                    Station::new(1.0, "service"),
                ],
                lines,
                dots,
                label: format!("admitted {}", Unit::Count.show(self.sides[place].admitted as f64)),
            }
        };
        let mut legend = vec![
            (Tone::Plain, "on its way".into()),
            (Tone::Good, "admitted".into()),
            (Tone::Bad, "refused".into()),
        ];
        if self.shown.contains(&QUEUE) {
            legend.insert(1, (Tone::Warn, "waits".into()));
        }
        Lanes { lanes: self.shown.iter().map(|&place| lane(place)).collect(), legend }
    }

    /// How far those that left the queue have come.
    fn left(&self, now: Nanos) -> impl Iterator<Item = f64> {
        let all: Vec<Nanos> = self.sides[QUEUE].passed(now, SEEN).collect();
        let every = all.len().div_ceil(DOTS).max(1);
        all.into_iter().step_by(every).map(move |at| now.since(at).as_secs_f64() / SEEN.as_secs_f64())
    }

    /// The requests that will arrive soon, as dots before the limiter: a copy of the stream runs ahead.
    fn coming(&self, now: Nanos) -> Vec<(f64, Tone)> {
        let mut arrivals = self.arrivals.clone();
        let (mut at, mut dots) = (self.next, Vec::new());
        // Of a crowd every second, fourth, ... is seen.
        let mut every = 1;
        let mut number = self.count + 1;
        while at <= now + AHEAD {
            if number.is_multiple_of(every) {
                let way = 1.0 - at.since(now).as_secs_f64() / AHEAD.as_secs_f64();
                dots.push((number, (GATE * way, Tone::Plain)));
            }
            if dots.len() > DOTS {
                every *= 2;
                dots.retain(|(number, _)| number.is_multiple_of(every));
            }
            number += 1;
            at = arrivals.next(at);
        }
        dots.into_iter().map(|(_, dot)| dot).collect()
    }

    fn table(&self) -> Table {
        let head = ["limiter", "admitted", "refused", "worst", "at most", "memory", "mean wait"];
        let count = |value: u64| Unit::Count.show(value as f64);
        let rows = (0..ALL)
            .map(|place| {
                let side = &self.sides[place];
                let wait = if place == QUEUE { Unit::Millis.show(side.mean_wait()) } else { "0".into() };
                vec![
                    NAMES[place].into(),
                    count(side.admitted),
                    count(side.refused),
                    count(side.worst as u64),
                    count(algorithms::promise(place, &self.limits)),
                    bytes(side.bytes),
                    wait,
                ]
            })
            .collect();
        Table {
            head: head.map(String::from).to_vec(),
            rows,
            right: head.iter().map(|name| *name != "limiter").collect(),
            chosen: Some(self.shown[0]),
        }
    }
}

/// The reading that says the worst window of a limiter.
fn reading_of(place: usize) -> Option<&'static str> {
    match place {
        algorithms::BUCKET => Some("worst_window_bucket"),
        QUEUE => Some("worst_window_queue"),
        FIXED => Some("worst_window_fixed"),
        COUNTER => Some("worst_window_counter"),
        LOG => Some("worst_window_log"),
        _ => None,
    }
}

fn bytes(count: usize) -> String {
    format!("{} B", Unit::Count.show(count as f64))
}

/// A window's length for people: `1 s`, `200 ms`.
pub(super) fn span(window: Nanos) -> String {
    if window.0.is_multiple_of(Nanos::from_secs(1).0) {
        format!("{} s", window.0 / Nanos::from_secs(1).0)
    } else {
        format!("{} ms", window.as_millis_f64())
    }
}
