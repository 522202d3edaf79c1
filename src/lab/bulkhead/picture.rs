//! The two layouts as pictures: who waits, who holds the permits and for what, and what is answered in time.

use std::array;

use super::measures::{Outcome, recent};
use super::request::{Call, Request};
use super::side::Side;
use super::{Bulkheads, DEPENDENCIES, EACH, NAMES, ONE, SEEN, SPEC};
use crate::lab::scene::{Chart, Fact, Lane, Lanes, Series, Station, Table, Tone, Waiting};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;

/// Where the line ends on a lane, and where the permits do.
const LINE: f64 = 0.42;
const PERMITS: f64 = 0.88;
/// How many requests are seen on their way at most, to a lane and from it.
const COMING: usize = 24;
const ENDED: usize = 12;
/// How many of a line and of a pool have their tones told.
const TOLD: usize = 100;

impl Bulkheads {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, settings: &Settings, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(settings, now)),
            Scene::Row(vec![
                Scene::Chart(self.chart("one pool: answered in time, %", ONE, now)),
                Scene::Chart(self.chart("a pool each: answered in time, %", EACH, now)),
            ]),
            Scene::Facts(vec![self.work("one pool", ONE), self.work("a pool each", EACH)]),
            Scene::Table(self.table()),
        ])
    }

    fn lanes(&self, settings: &Settings, now: Nanos) -> Lanes {
        let coming = self.coming(now);
        let all: [usize; DEPENDENCIES] = array::from_fn(|index| index);
        let mut lanes = vec![self.lane(ONE, 0, &all, &coming, settings, now)];
        lanes[0].name = "one pool".into();
        lanes.extend((0..DEPENDENCIES).map(|dependency| {
            let mut lane = self.lane(EACH, dependency, &[dependency], &coming, settings, now);
            lane.name = NAMES[dependency].into();
            lane
        }));
        Lanes {
            lanes,
            legend: vec![
                (Tone::Plain, "waits".into()),
                (Tone::Good, "call, answer".into()),
                (Tone::Bad, "call that hangs, time-out".into()),
                (Tone::Warn, "for nobody".into()),
            ],
        }
    }

    fn lane(
        &self,
        index: usize,
        pool: usize,
        of: &[usize],
        coming: &[(usize, f64)],
        settings: &Settings,
        now: Nanos,
    ) -> Lane {
        let side = &self.sides[index];
        let bulkhead = &side.pools[pool];
        let waiting = bulkhead.line();
        let count = waiting.len();
        let tones = waiting
            .take(TOLD)
            .filter_map(|id| side.requests.get(id))
            .map(|request| if request.waited_for() { Tone::Plain } else { Tone::Warn });
        let line = Waiting { at: LINE, tones: tones.collect(), count, room: Some(settings.count("queue")) };
        let at_work = self.at_work(side, pool);
        let permits = Waiting {
            at: PERMITS,
            count: at_work.len(),
            tones: at_work.into_iter().take(TOLD).collect(),
            room: Some(bulkhead.limits().permits as usize),
        };
        let mine = |dependency: usize| of.contains(&dependency);
        let mut dots: Vec<(f64, Tone)> = coming
            .iter()
            .filter(|(dependency, _)| mine(*dependency))
            .map(|(_, way)| (LINE * way, Tone::Plain))
            .collect();
        let seen = side.ends.seen(now, ENDED * side.pools.len());
        dots.extend(seen.filter(|(.., end)| mine(end.dependency)).map(|(way, _, end)| {
            let behind = PERMITS + (1.0 - PERMITS) * way;
            match end.outcome {
                Outcome::Served => (behind, Tone::Good),
                Outcome::TimedOut => (behind, Tone::Bad),
                Outcome::Refused => (0.08 * (1.0 - way), Tone::Bad),
            }
        }));
        let share = recent(&self.bins, now, index, of);
        Lane {
            name: String::new(),
            stations: vec![Station::new(LINE, "line"), Station::new(PERMITS, "permits")],
            dots,
            lines: vec![line, permits],
            label: if share.is_nan() { "-".into() } else { format!("{:.0}% in time", share * 100.0) },
        }
    }

    /// What the permits of a pool are held for: what hangs nearest to the end, then what is for nobody.
    fn at_work(&self, side: &Side, pool: usize) -> Vec<Tone> {
        let tone = |request: &Request| {
            if self.hanging == Some(request.wish.dependency) {
                Tone::Bad
            } else if request.waited_for() {
                Tone::Good
            } else {
                Tone::Warn
            }
        };
        let held = |request: &&Request| {
            matches!(request.call, Call::Made(_)) && side.pool_of(request.wish.dependency) == pool
        };
        let mut tones: Vec<Tone> = side.requests.values().filter(held).map(tone).collect();
        tones.sort_by_key(|tone| match tone {
            Tone::Bad => 0,
            Tone::Warn => 1,
            _ => 2,
        });
        tones
    }

    /// The requests that come soon: what they are for and how far they are on their way. Copies of the streams run ahead.
    fn coming(&self, now: Nanos) -> Vec<(usize, f64)> {
        let mut load = self.load.clone();
        let mut at = self.next;
        let mut coming = Vec::new();
        while at <= now + SEEN && coming.len() < COMING {
            let way = 1.0 - at.since(now).as_secs_f64() / SEEN.as_secs_f64();
            coming.push((load.dependency(), way));
            at = load.arrivals.next(at);
        }
        coming
    }

    fn chart(&self, y: &str, side: usize, now: Nanos) -> Chart {
        let x_span = self.bins.x_span(now, SPEC.length);
        let curves = (0..DEPENDENCIES).map(|dependency| {
            self.bins
                .curve(NAMES[dependency], Series(dependency as u8), now, |bin| bin.percent(side, dependency))
        });
        Chart {
            y: y.into(),
            x: "time, s".into(),
            x_span,
            y_top: Some(100.0),
            curves: curves.collect(),
            ..Chart::default()
        }
    }

    /// What the work behind a layout was for.
    fn work(&self, name: &str, index: usize) -> Fact {
        let counts = &self.sides[index].counts;
        let tone = if counts.for_nobody > 0 { Tone::Warn } else { Tone::Plain };
        let value = match counts.for_nobody {
            0 => "no work for nobody".to_string(),
            _ => format!("{} of the work for nobody", Unit::Share.show(counts.wasted())),
        };
        let spared = Unit::Count.show(counts.skipped as f64);
        let mut fact = Fact::new(name, value).tone(tone);
        if self.sides[index].rules.deadlines {
            fact = fact.note(format!("{spared} pieces spared by the deadline"));
        }
        fact
    }

    fn table(&self) -> Table {
        let rows = (0..DEPENDENCIES).map(|dependency| {
            let numbers = [ONE, EACH].map(|side| {
                let ends = self.sides[side].counts.of[dependency];
                [ends.served, ends.timed_out, ends.refused]
            });
            let numbers = numbers.as_flattened().iter().map(|number| Unit::Count.show(*number as f64));
            [NAMES[dependency].to_string()].into_iter().chain(numbers).collect()
        });
        let head =
            ["", "one pool: served", "timed out", "refused", "a pool each: served", "timed out", "refused"];
        Table {
            head: head.map(str::to_string).to_vec(),
            rows: rows.collect(),
            right: [&[false][..], &[true; 6]].concat(),
            ..Table::default()
        }
    }
}
