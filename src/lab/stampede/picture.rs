//! Both sites as pictures: the requests at the cache, the queries at the database, both over time, and the figures.

use super::site::{Kind, Site};
use super::{HIT, Remedy, SPEC, Stampede};
use crate::lab::scene::{Chart, Curve, Fact, Lane, Lanes, Series, Station, Tone, Waiting};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// Where the cache and the database stand on a lane.
const CACHE: f64 = 0.36;
const DATABASE: f64 = 0.84;
/// How many of a line are shown, and how many requests are seen on their way.
const LINE: usize = 80;
const DOTS: usize = 24;

impl Stampede {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        let parts =
            [0, 1].map(|side| Scene::Part(self.title(side), Box::new(Scene::Facts(self.facts(side)))));
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Chart(self.queries(now)), Scene::Chart(self.waiting(now))]),
            Scene::Row(parts.into()),
        ])
    }

    fn title(&self, side: usize) -> String {
        match self.sites[side].strategy {
            Remedy::None => "none: who finds nothing computes",
            Remedy::Lock => "lock: one computes, the others wait",
            Remedy::Early => "early: by chance, before it is too old",
            Remedy::Stale => "stale: the old value while one computes",
            Remedy::Ahead => "ahead: a refresher comes in time",
            Remedy::Coalesce => "coalesce: one computes for each server",
        }
        .into()
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let lane = |side: usize| {
            let site = &self.sites[side];
            let mut dots = self.coming(side, now);
            dots.extend(working(site, now));
            let own = site.line.len() + site.followers();
            Lane {
                name: site.strategy.name().into(),
                stations: vec![
                    Station::new(0.0, "clients"),
                    Station::new(CACHE, "cache").tone(self.cache(site, now)),
                    Station::new(DATABASE, "database"),
                ],
                dots,
                lines: vec![
                    Waiting { at: CACHE, tones: vec![Tone::Warn; own.min(LINE)], count: own, room: None },
                    Waiting {
                        at: DATABASE,
                        tones: site.database.line().take(LINE).map(|query| tone(query.job.kind)).collect(),
                        count: site.database.waiting(),
                        room: None,
                    },
                ],
                label: match site.waiting() {
                    0 => "nobody waits".into(),
                    waiting => format!("{} wait", Unit::Count.show(waiting as f64)),
                },
            }
        };
        Lanes {
            lanes: vec![lane(0), lane(1)],
            legend: vec![
                (Tone::Good, "answered".into()),
                (Tone::Warn, "waits".into()),
                (Tone::Plain, "computes it".into()),
                (Tone::Bad, "computes it again".into()),
                (Tone::Dim, "other query".into()),
            ],
        }
    }

    /// What the cache has: a good value, an old one that is given out, or none.
    fn cache(&self, site: &Site, now: Nanos) -> Tone {
        match site.value.expires > now {
            true => Tone::Good,
            false if site.strategy == Remedy::Stale => Tone::Warn,
            false => Tone::Bad,
        }
    }

    /// The last requests on their way to the cache, and the answers of those that found something.
    fn coming(&self, side: usize, now: Nanos) -> Vec<(f64, Tone)> {
        let dot = |(age, _, waits): (f64, u64, &[bool; 2])| match (age, waits[side]) {
            (age, _) if age < 0.5 => Some((CACHE * age * 1.9, Tone::Plain)),
            (_, true) => None,
            (age, false) => Some((CACHE * (1.0 - age) * 1.9, Tone::Good)),
        };
        self.trail.seen(now, DOTS).filter_map(dot).collect()
    }

    fn facts(&self, side: usize) -> Vec<Fact> {
        let site = &self.sites[side];
        let counts = &site.counts;
        let count = |value: f64| Unit::Count.show(value);
        let millis = |nanos: f64| Unit::Millis.show(nanos / 1e6);
        let expected = site.strategy.expected(&self.knobs);
        let figure = |value: f64| if value < 20.0 { Unit::Ratio.show(value) } else { count(value) };
        let theory =
            if expected.is_finite() { format!("theory {}", figure(expected)) } else { String::new() };
        let each = if counts.refreshes > 0 { figure(site.queries_each()) } else { "-".into() };
        let bad = |value: u64| if value > 0 { Tone::Bad } else { Tone::Plain };
        let slow = |nanos: f64| if nanos > 4.0 * HIT.0 as f64 { Tone::Warn } else { Tone::Plain };
        let p99 = site.latency.percentile(0.99);
        let mut facts = vec![
            Fact::new("queries a refresh", each).note(theory),
            Fact::new("99% within", millis(p99)).tone(slow(p99)),
            Fact::new("99% of others", millis(site.others.percentile(0.99))),
            Fact::new("failed", count(counts.failed as f64)).tone(bad(counts.failed)),
            Fact::new("waited at once", count(counts.waiting_most as f64)).note("at most"),
        ];
        if counts.stale > 0 {
            let share = Unit::Share.show(counts.stale as f64 / counts.came as f64);
            facts.push(Fact::new("old answers", share));
        }
        if site.strategy == Remedy::Early && counts.early > 0 {
            let lead = Unit::Seconds.show(counts.lead / counts.early as f64);
            facts.push(Fact::new("begins before the end", lead).note("on average"));
        }
        if counts.died > 0 {
            facts.push(Fact::new("crashed while computing", count(counts.died as f64)));
        }
        facts
    }

    fn queries(&self, now: Nanos) -> Chart {
        let mut chart = self.chart(now, "queries for the key at the database", "asks", |peak| peak.queries);
        let expected = self.sites[0].strategy.expected(&self.knobs);
        if expected.is_finite() {
            let name = format!("{} in theory", self.sites[0].strategy.name());
            chart.curves.push(Curve::level(name, Series(0), chart.x_span, expected));
        }
        chart.of = Some("queries");
        chart
    }

    fn waiting(&self, now: Nanos) -> Chart {
        self.chart(now, "requests that wait", "waits", |peak| peak.waiting)
    }

    fn chart(&self, now: Nanos, y: &str, what: &str, of: impl Fn(&super::site::Peak) -> usize) -> Chart {
        let x_span = self.sites[0].bins.x_span(now, SPEC.length);
        let same = self.sites[0].strategy == self.sites[1].strategy;
        let sites = self.sites.iter().zip(0..).take(if same { 1 } else { 2 });
        let curve = |(site, series): (&Site, u8)| {
            let name = format!("{}: {what}", site.strategy.name());
            site.bins.curve(name, Series(series), now, |peak| of(peak) as f64)
        };
        Chart {
            y: y.into(),
            x: "time, s".into(),
            x_span,
            curves: sites.map(curve).collect(),
            ..Chart::default()
        }
    }
}

/// The queries that the database works on: how far is how much of their time has passed.
fn working(site: &Site, now: Nanos) -> impl Iterator<Item = (f64, Tone)> {
    site.running.values().map(move |(query, began, ends)| {
        let takes = ends.since(*began).as_secs_f64().max(1e-9);
        let done = (now.since(*began).as_secs_f64() / takes).min(1.0);
        (DATABASE + 0.02 + (0.98 - DATABASE) * done, tone(query.kind))
    })
}

fn tone(kind: Kind) -> Tone {
    match kind {
        Kind::Hot { again: false, .. } => Tone::Plain,
        Kind::Hot { again: true, .. } => Tone::Bad,
        Kind::Other(_) => Tone::Dim,
    }
}
