//! A composition as pictures: the chain with the calls in it, its pieces as a table, what it was like over time.
//!
//! Each piece is a lane, from the clients down to the last one. On it a call comes from the left, waits, is in service, and
//! leaves to the right; what is refused dies where it came in. A call in service that nobody waits for any more is marked: it
//! is what a collapse is made of.

use std::collections::BTreeMap;

use super::Composed;
use super::call::{Outcome, Phase};
use super::measures::{LONG, Measure, OUTCOMES, SHORT};
use super::part::{Part, Server};
use super::stage::{Counts, Stage};
use crate::lab::scene::{
    Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Table, Tone, Waiting, x_of,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::circuit_breaker::State;

/// Where the line ends on a lane, and where service does.
const LINE: f64 = 0.45;
const SERVICE: f64 = 0.88;
/// How many calls are seen on their way on a lane, before and after; how many of a line have their tones told.
const COMING: usize = 14;
const ENDED: usize = 14;
const TOLD: usize = 100;

impl Composed {
    /// The chain, and below it what goes in and what comes out.
    pub(super) fn chain_view(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Chart(self.answers_chart(now)), Scene::Chart(self.bottom_chart(now))]),
            Scene::Facts(self.facts(now)),
        ])
    }

    /// The pieces in numbers.
    pub(super) fn stages_view(&self, now: Nanos) -> Scene {
        Scene::Column(vec![Scene::Table(self.table(now)), Scene::Facts(self.facts(now))])
    }

    /// What it was like over time.
    pub(super) fn time_view(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Row(vec![Scene::Chart(self.answers_chart(now)), Scene::Chart(self.bottom_chart(now))]),
            Scene::Row(vec![Scene::Chart(self.good_chart(now)), Scene::Chart(self.waiting_chart(now))]),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let mut lines = vec![(Vec::new(), 0_usize, Vec::new(), 0_usize); self.chain.stages.len()];
        for (id, call) in &self.chain.calls {
            let (waiting, waits, working, works) = &mut lines[call.stage];
            let (tones, count) = match call.phase {
                Phase::Comes => continue,
                Phase::Waits | Phase::Pauses => (waiting, waits),
                Phase::Works | Phase::Calls => (working, works),
            };
            *count += 1;
            if tones.len() < TOLD {
                let wanted = self.chain.is_for_somebody(*id);
                let usual = if call.phase == Phase::Works { Tone::Good } else { Tone::Plain };
                tones.push(if wanted { usual } else { Tone::Warn });
            }
        }
        let lane = |(place, (waiting, waits, working, works)): (usize, (Vec<_>, usize, Vec<_>, usize))| {
            let stage = &self.chain.stages[place];
            let mut dots: Vec<(f64, Tone)> =
                stage.came.seen(now, COMING).map(|(way, ..)| (LINE * way * 0.9, Tone::Plain)).collect();
            dots.extend(stage.ended.seen(now, ENDED).map(|(way, _, (outcome, here))| match outcome {
                Outcome::Ok => (SERVICE + (1.0 - SERVICE) * way, Tone::Good),
                _ if *here => (0.08 * (1.0 - way), Tone::Bad),
                _ => (SERVICE + (1.0 - SERVICE) * way, Tone::Bad),
            }));
            let mut lines = vec![Waiting {
                at: SERVICE,
                tones: working,
                count: works,
                room: stage.part.limit().filter(|limit| *limit < u32::MAX).map(|limit| limit as usize),
            }];
            if waits > 0 || stage.part.limit().is_some() {
                let room = match &stage.part {
                    Part::Server(server) => Some(server.room),
                    Part::Queue { buffer, .. } => Some(buffer.room()),
                    _ => None,
                };
                lines.push(Waiting { at: LINE, tones: waiting, count: waits, room });
            }
            Lane {
                name: self.name(place, now),
                stations: vec![Station::new(LINE, "waits"), Station::new(SERVICE, "in service")],
                dots,
                lines,
                label: label(place, stage, now),
            }
        };
        Lanes {
            lanes: lines.into_iter().enumerate().map(lane).collect(),
            legend: vec![
                (Tone::Plain, "under way".into()),
                (Tone::Good, "at work, answered".into()),
                (Tone::Warn, "for nobody".into()),
                (Tone::Bad, "refused, failed".into()),
            ],
        }
    }

    /// The name of a piece, and what is the matter with it.
    fn name(&self, place: usize, now: Nanos) -> String {
        let name = &self.chain.plan.pieces[place].name;
        match &self.chain.stages[place].part {
            Part::Server(server) if !server.trouble.is_well(now) => format!("{name}: {}", state(server, now)),
            _ if place == 0 => {
                let times = self.trouble.load(&self.chain, &self.controls);
                if times == 1.0 { name.clone() } else { format!("{name}: load x{times}") }
            }
            _ => name.clone(),
        }
    }

    fn facts(&self, now: Nanos) -> Vec<Fact> {
        let good = self.measure(Measure::Good, now);
        let tone = |bad: bool| if bad { Tone::Bad } else { Tone::Plain };
        let mut facts = vec![
            Fact::new("answered, last 10 s", Unit::Share.show(good)).tone(tone(good < 0.95)),
            Fact::new(
                "calls to the last piece for a request",
                Unit::Ratio.show(self.measure(Measure::Amplification, now)),
            )
            .note(format!("{} where all fail", Unit::Ratio.show(self.theory.worst))),
        ];
        let wasted = self.measure(Measure::Wasted, now);
        facts.push(Fact::new("its work for nobody", Unit::Share.show(wasted)).tone(tone(wasted > 0.05)));
        facts.push(self.trigger_fact(now));
        facts
    }

    /// What is on now, or how long it is over.
    fn trigger_fact(&self, now: Nanos) -> Fact {
        let words = self.chain.words;
        if let Some((event, since)) = self.trouble.on().last() {
            let since = Unit::Seconds.show(now.since(since).as_secs_f64());
            return Fact::new("trigger", words.event(event, true))
                .note(format!("{since} ago"))
                .tone(Tone::Warn);
        }
        match (self.trouble.ended, self.trouble.past.last()) {
            (Some(ended), Some(_)) => {
                let since = Unit::Seconds.show(now.since(ended).as_secs_f64());
                Fact::new("trigger", format!("over for {since}"))
            }
            _ => Fact::new("trigger", "to come"),
        }
    }

    /// A chart over time, with the spans of events in it.
    fn chart(&self, y: &str, now: Nanos, mut curves: Vec<Curve>) -> Chart {
        let x_span = self.chain.stages[0].bins.x_span(now, self.chain.plan.length);
        let tops = curves.iter().flat_map(|curve| &curve.points).map(|(_, y)| *y);
        let top = tops.filter(|y| y.is_finite()).fold(1.0, f64::max);
        let past = self.trouble.past.iter().copied();
        let on = self.trouble.on().map(|(event, since)| (event, since, now));
        for (event, from, to) in past.chain(on) {
            let to = to.max(from + Nanos::from_millis(200));
            // What lasts is a strip above the curves, or it would cover them.
            let short = to.since(from).0 <= self.chain.plan.length.0 / 12;
            let (low, high) = if short { (0.0, top) } else { (1.04 * top, 1.12 * top) };
            let points = [(x_of(from), low, high), (x_of(to), low, high)];
            curves.push(Curve::band(self.chain.words.event(event, true), Series(5), &points));
        }
        Chart { y: y.into(), x: "time, s".into(), x_span, curves, ..Chart::default() }
    }

    fn curve(
        &self,
        place: usize,
        series: u8,
        name: &str,
        now: Nanos,
        value: impl Fn(&Counts) -> f64,
    ) -> Curve {
        self.chain.stages[place].bins.curve(name, Series(series), now, value)
    }

    fn answers_chart(&self, now: Nanos) -> Chart {
        let rate = |count: u32| f64::from(count);
        let curves = vec![
            self.curve(0, 0, "requests", now, |counts| rate(counts.made)),
            self.curve(0, 1, "answered", now, |counts| rate(counts.ok)),
        ];
        self.chart("requests, 1/s", now, curves)
    }

    fn bottom_chart(&self, now: Nanos) -> Chart {
        let last = self.chain.plan.last();
        let curves = vec![
            self.curve(last, 2, "calls", now, |counts| f64::from(counts.made)),
            self.curve(last, 3, "work for nobody", now, |counts| f64::from(counts.for_nobody)),
        ];
        let mut curves = curves;
        let retries = self.retries_curve(now);
        if retries.points.iter().any(|(_, retries)| *retries > 0.0) {
            curves.push(retries);
        }
        let mut chart =
            self.chart(&format!("calls to {}, 1/s", self.chain.plan.pieces[last].name), now, curves);
        let can = self.theory.capacity;
        // Far above everything it would only flatten what there is.
        let points = chart.curves.iter().flat_map(|curve| &curve.points);
        if can <= 5.0 * points.map(|(_, y)| *y).fold(0.0, f64::max) {
            chart.curves.push(Curve::level(format!("can do {can:.0}/s"), Series(2), chart.x_span, can));
        }
        chart.of = Some("bottom_per_s");
        chart
    }

    /// The retries of all layers.
    fn retries_curve(&self, now: Nanos) -> Curve {
        let layer = |place| self.curve(place, 4, "retries", now, |counts| f64::from(counts.retried));
        let mut sum = layer(0);
        for place in 1..self.chain.stages.len() {
            let more: BTreeMap<u64, f64> =
                layer(place).points.into_iter().map(|(at, retries)| (at.to_bits(), retries)).collect();
            for (at, retries) in &mut sum.points {
                *retries += more.get(&at.to_bits()).copied().unwrap_or(0.0);
            }
        }
        sum
    }

    fn good_chart(&self, now: Nanos) -> Chart {
        let curves = vec![self.curve(0, 1, "answered", now, |counts| counts.good() * 100.0)];
        let mut chart = self.chart("answered of the requests that ended, %", now, curves);
        chart.y_top = Some(100.0);
        chart
    }

    fn waiting_chart(&self, now: Nanos) -> Chart {
        let is_limited = |stage: &Stage| stage.part.limit().is_some_and(|limit| limit < u32::MAX);
        let limited = self.chain.stages.iter().enumerate().filter(|(_, stage)| is_limited(stage));
        let curves = limited.take(4).zip(0_u8..).map(|((place, _), series)| {
            let name = &self.chain.plan.pieces[place].name;
            self.curve(place, series, name, now, |counts| f64::from(counts.waiting + counts.busy))
        });
        let mut curves: Vec<Curve> = curves.collect();
        curves.iter_mut().for_each(|curve| curve.kind = CurveKind::Steps);
        self.chart("most calls there: in line and in service", now, curves)
    }

    fn table(&self, now: Nanos) -> Table {
        let row = |(place, stage): (usize, &Stage)| {
            let counts = stage.recent(now, SHORT);
            let count = |value: usize| Unit::Count.show(value as f64);
            let there = match stage.part.limit() {
                Some(limit) if limit < u32::MAX => format!("{}/{limit}", stage.held.count),
                _ => count(self.chain.calls.values().filter(|call| call.stage == place).count()),
            };
            let ends = OUTCOMES.map(|(outcome, _)| {
                let ended = match outcome {
                    Outcome::Ok => stage.counts.ok,
                    Outcome::Refused => stage.counts.refused,
                    Outcome::Failed => stage.counts.failed,
                    Outcome::TimedOut => stage.counts.timed_out,
                };
                Unit::Count.show(f64::from(ended))
            });
            let calls = format!("{:.0}/s", f64::from(counts.made) / SHORT);
            let mut row = vec![
                self.name(place, now),
                label(place, stage, now),
                there,
                count(stage.part.waiting()),
                calls,
            ];
            row.extend(ends);
            row
        };
        let head = ["piece", "", "in service", "waits", "calls"].into_iter();
        let head = head.chain(OUTCOMES.map(|(_, name)| name));
        Table {
            head: head.map(str::to_string).collect(),
            rows: self.chain.stages.iter().enumerate().map(row).collect(),
            right: [&[false, false][..], &[true; 7]].concat(),
            ..Table::default()
        }
    }
}

/// What is the matter with a server.
fn state(server: &Server, now: Nanos) -> String {
    let trouble = &server.trouble;
    if trouble.down {
        "down".into()
    } else if trouble.hangs {
        "hangs".into()
    } else {
        format!("slow x{:.0}", trouble.factor(now))
    }
}

/// What stands at the right end of a lane: the one number that tells most of a piece.
fn label(place: usize, stage: &Stage, now: Nanos) -> String {
    let recent = stage.recent(now, SHORT);
    let share = |part: u32, whole: u32, what: &str| {
        if whole == 0 {
            format!("- {what}")
        } else {
            format!("{:.0}% {what}", f64::from(part) * 100.0 / f64::from(whole))
        }
    };
    match &stage.part {
        Part::Caller(_) if place == 0 => {
            let ends = stage.recent(now, LONG);
            share(ends.ok, ends.ended(), "answered")
        }
        Part::Caller(caller) if caller.retries > 0 => {
            format!("{:.0} retries/s", f64::from(recent.retried) / SHORT)
        }
        Part::Caller(caller) if caller.timeout == Nanos::MAX => "off".into(),
        Part::Caller(_) => share(recent.timed_out, recent.made, "timed out"),
        Part::Limiter { on: false, .. } | Part::Breaker { on: false, .. } => "off".into(),
        Part::Limiter { .. } => share(recent.refused_here, recent.made, "refused"),
        Part::Breaker { breaker, .. } => match breaker.state() {
            State::Closed => "closed".into(),
            State::Open { .. } => "open".into(),
            State::HalfOpen { .. } => "half-open".into(),
        },
        Part::Bulkhead(gate) if gate.limits().permits == u32::MAX => "off".into(),
        Part::Cache(store) if !store.on => "off".into(),
        Part::Cache(_) => share(recent.hits, recent.made, "hits"),
        part => match part.limit() {
            Some(limit) => format!("{}/{limit} busy", stage.held.count),
            None => String::new(),
        },
    }
}
