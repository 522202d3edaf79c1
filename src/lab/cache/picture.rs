//! The caches as pictures: two of them with their entries and the requests that pass, the race of all, hits over time
//! and by size, and what the database gets.

use super::race::{CLAIRVOYANT, Found, RACERS};
use super::{Caching, POLICIES, SPEC, load};
use crate::lab::scene::{
    Bar, Bars, Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Tone, Waiting,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::cache::Kind;

/// Where the cache ends on a lane, and behind it the database.
const CACHE: f64 = 0.78;
/// How many cells show the entries of a cache, whatever its size.
const CELLS: usize = 32;
/// How many requests are seen at once.
const DOTS: usize = 24;
/// The part of the time that a request is seen in which it comes to the cache.
const COMES: f64 = 0.4;

impl Caching {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        let mut charts = vec![Scene::Chart(self.over_time(now)), Scene::Chart(self.database(now))];
        let by_size = self.by_size();
        if !by_size.curves.is_empty() {
            charts.insert(1, Scene::Chart(by_size));
        }
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Bars(self.bars()), Scene::Facts(self.facts(now))]),
            Scene::Row(charts),
        ])
    }

    fn facts(&self, now: Nanos) -> Vec<Fact> {
        let [policy, rival] = self.shown;
        let names = |of: &str, racer: usize| format!("{of} {}", Self::name(racer));
        let share = |value: f64| Unit::Share.show(value);
        let mut facts = Vec::new();
        let expected = self.expected(policy);
        if expected.is_finite() {
            facts.push(Fact::new(format!("{} in theory", Self::name(policy)), share(expected)));
        }
        let popular = self.theory.popular;
        if popular.is_finite() {
            let note = format!("asks for the top {}", self.race.capacity);
            facts.push(Fact::new("best without foresight", share(popular)).note(note));
        }
        if policy != rival {
            let less = 1.0 - self.database_rate(rival, now) / self.database_rate(policy, now);
            let note = match less {
                less if less > 0.0005 => format!("{} less", share(less)),
                less if less < -0.0005 => format!("{} more", share(-less)),
                _ => String::new(),
            };
            facts.push(rate("database behind", policy, self.database_rate(policy, now)));
            facts.push(rate("database behind", rival, self.database_rate(rival, now)).note(note));
        } else {
            facts.push(rate("database behind", policy, self.database_rate(policy, now)));
        }
        for racer in self.pair() {
            facts.push(Fact::new(names("worth keeping in", racer), share(self.useful(racer, now))));
        }
        let old = self.counts.old[policy];
        if old > 0 {
            let misses = self.counts.requests - self.counts.hits[policy];
            facts.push(Fact::new("misses too old", share(old as f64 / misses as f64)));
        }
        let hottest = self.counts.hottest as f64 / self.counts.requests as f64;
        facts.push(Fact::new("the hottest key alone", share(hottest)));
        facts
    }

    /// The name of a racer, with its size where that helps.
    fn name(racer: usize) -> &'static str {
        POLICIES.get(racer).copied().unwrap_or("clairvoyant")
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let shown = CELLS.min(self.race.capacity);
        let cells = match self.race.capacity {
            capacity if capacity > CELLS => format!("{shown} of {capacity} entries, next out"),
            capacity => format!("{capacity} entries, next out"),
        };
        let lane = |side: usize| {
            let racer = self.shown[side];
            let tones = self.cells(racer, now);
            let ratio = self.hit_ratio(racer);
            Lane {
                name: Self::name(racer).into(),
                stations: vec![
                    Station::new(0.0, "clients"),
                    Station::new(CACHE, cells.clone()),
                    Station::new(1.0, "database"),
                ],
                dots: self.dots(side, now),
                lines: vec![Waiting { at: CACHE, count: tones.len(), tones, room: None }],
                label: if ratio.is_finite() { format!("hits {:.1}%", ratio * 100.0) } else { "fills".into() },
            }
        };
        let popular = format!("hit, or a key of the top {}", self.race.capacity);
        let mut legend =
            vec![(Tone::Good, popular), (Tone::Warn, "miss".into()), (Tone::Dim, "rarer key".into())];
        match self.load.pattern {
            load::Pattern::Loop => {
                legend[0].1 = "hit".into();
                legend[2].1 = "entry".into();
            }
            load::Pattern::Scan => legend.push((Tone::Bad, "key of a scan".into())),
            _ => {}
        }
        Lanes { lanes: vec![lane(0), lane(1)], legend }
    }

    /// The entries of a cache from the next to go to the safest, thinned out evenly.
    fn cells(&self, racer: usize, now: Nanos) -> Vec<Tone> {
        let queues = self.race.caches[racer].queues();
        let keys: Vec<load::Key> =
            queues.iter().flat_map(|queue| queue.entries.iter().map(|(key, _)| **key)).rev().collect();
        let shown = keys.len().min(CELLS);
        let tone = |cell: usize| match keys[cell * keys.len() / shown] {
            key if load::scanned(key) => Tone::Bad,
            key if self.worth_keeping(key, now) => Tone::Good,
            _ => Tone::Dim,
        };
        (0..shown).map(tone).collect()
    }

    /// The last requests: on their way to the cache, and those that it did not have on their way to the database.
    fn dots(&self, side: usize, now: Nanos) -> Vec<(f64, Tone)> {
        let dot = |(age, _, found): (f64, u64, &[Found; 2])| match found[side] {
            _ if age < COMES => Some((age * 0.5, Tone::Plain)),
            Found::Fresh if age < 0.6 => Some((0.2, Tone::Good)),
            Found::Fresh => None,
            _ => Some((CACHE + 0.02 + (1.0 - CACHE - 0.04) * (age - COMES) / (1.0 - COMES), Tone::Warn)),
        };
        self.trail.seen(now, DOTS).filter_map(dot).collect()
    }

    fn bars(&self) -> Bars {
        let [policy, rival] = self.shown;
        let others = (0..RACERS).filter(|racer| !self.shown.contains(racer));
        let mut racers = vec![policy];
        racers.extend((rival != policy).then_some(rival));
        if self.clairvoyant().is_finite() {
            racers.push(CLAIRVOYANT);
        }
        racers.extend(others);
        let bar = |racer: usize| {
            let value = self.hit_ratio(racer);
            Bar {
                name: Self::name(racer).into(),
                value: if value.is_finite() { value } else { 0.0 },
                label: if value.is_finite() { format!("{:.1}%", value * 100.0) } else { "-".into() },
                series: self.series(racer),
                tone: Tone::Plain,
            }
        };
        let expected = self.expected(policy);
        let theory = || (expected, format!("{} in theory", Self::name(policy)));
        Bars {
            title: "hit ratio".into(),
            bars: racers.into_iter().map(bar).collect(),
            full: None,
            marks: expected.is_finite().then(theory).into_iter().collect(),
            of: Some("hit_ratio"),
        }
    }

    /// The policy, its rival, the clairvoyant, and one colour for the rest.
    fn series(&self, racer: usize) -> Series {
        match racer {
            _ if racer == self.shown[0] => Series(0),
            _ if racer == self.shown[1] => Series(1),
            CLAIRVOYANT => Series(2),
            _ => Series(3),
        }
    }

    /// Who is drawn into a chart over time.
    fn pair(&self) -> Vec<usize> {
        let [policy, rival] = self.shown;
        if policy == rival { vec![policy] } else { vec![policy, rival] }
    }

    fn over_time(&self, now: Nanos) -> Chart {
        let x_span = self.bins.x_span(now, SPEC.length);
        let mut racers = self.pair();
        if self.clairvoyant().is_finite() {
            racers.push(CLAIRVOYANT);
        }
        let curve = |racer: usize| {
            self.bins.curve(Self::name(racer), self.series(racer), now, |bin| {
                f64::from(bin.hits[racer]) / f64::from(bin.requests)
            })
        };
        let mut curves: Vec<Curve> = racers.into_iter().map(curve).collect();
        let expected = self.expected(self.shown[0]);
        if expected.is_finite() {
            let name = format!("{} in theory", Self::name(self.shown[0]));
            curves.push(Curve::level(name, Series(0), x_span, expected));
        }
        Chart {
            y: "hit ratio".into(),
            x: "time, s".into(),
            x_span,
            of: Some("hit_ratio"),
            curves,
            ..Chart::default()
        }
    }

    /// The hit ratio by size: LRU of all sizes at once as it runs and as theory has it, and the two that are shown.
    fn by_size(&self) -> Chart {
        let sizes = self.race.stack.sizes();
        let lru_series = self.series(Kind::ALL.iter().position(|kind| *kind == Kind::Lru).unwrap_or(0));
        let ratio = |(&size, &(requests, hits)): (&usize, &(u64, u64))| {
            (requests >= 200).then_some((size as f64, hits as f64 / requests as f64))
        };
        let measured: Vec<(f64, f64)> = sizes.iter().zip(&self.counts.sizes).filter_map(ratio).collect();
        let mut curves = Vec::new();
        if !self.theory.curve.is_empty() {
            let curve = self.theory.curve.clone();
            curves.push(Curve::new(CurveKind::Theory, "LRU in theory", lru_series, curve));
        }
        if !measured.is_empty() {
            curves.push(Curve::new(CurveKind::Points, "LRU of that size", lru_series, measured));
        }
        for racer in self.pair() {
            let value = self.hit_ratio(racer);
            if value.is_finite() && Kind::ALL[racer] != Kind::Lru {
                let point = vec![(self.race.capacity as f64, value)];
                curves.push(Curve::new(CurveKind::Points, Self::name(racer), self.series(racer), point));
            }
        }
        let last = sizes.last().copied().unwrap_or(1);
        Chart {
            y: "hit ratio".into(),
            x: "entries that fit".into(),
            x_span: (1.0, (last as f64).max(2.0)),
            log_x: true,
            curves,
            ..Chart::default()
        }
    }

    fn database(&self, now: Nanos) -> Chart {
        let x_span = self.bins.x_span(now, SPEC.length);
        let width = self.bins.width_s();
        let curve = |racer: usize| {
            self.bins.curve(Self::name(racer), self.series(racer), now, |bin| {
                f64::from(bin.requests - bin.hits[racer]) / width
            })
        };
        let requests = self.bins.curve("all requests", Series(3), now, |bin| f64::from(bin.requests) / width);
        let mut curves: Vec<Curve> = self.pair().into_iter().map(curve).collect();
        curves.push(requests);
        Chart {
            y: "requests to the database, 1/s".into(),
            x: "time, s".into(),
            x_span,
            of: Some("database_rate"),
            curves,
            ..Chart::default()
        }
    }
}

fn rate(name: &str, racer: usize, value: f64) -> Fact {
    Fact::new(format!("{name} {}", Caching::name(racer)), Unit::PerSecond.show(value))
}
