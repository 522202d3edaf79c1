//! Reads and writes on their way, the last race act by act, and what cache and database hold.

use super::measures::{Counts, recent};
use super::side::{Op, Side};
use super::{KEYS, OTHER, SPEC, Writes, YOURS};
use crate::lab::scene::{Chart, Fact, Lane, Lanes, Series, Station, Table, Tone};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;
use crate::systems::cache_pattern::Place;

/// Where cache and database stand on a lane.
const CACHE: f64 = 0.45;
const DATABASE: f64 = 0.95;
/// How many are seen on their way at most, there and back.
const ON_THE_WAY: usize = 40;
const BACK: usize = 24;

fn at(place: Place) -> f64 {
    match place {
        Place::Application => 0.0,
        Place::Cache => CACHE,
        Place::Database => DATABASE,
    }
}

impl Writes {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, settings: &Settings, now: Nanos) -> Scene {
        let yours = &self.sides[YOURS];
        let mut parts = vec![Scene::Lanes(self.lanes(now))];
        if let Some(timeline) = yours.story.picture() {
            parts.push(Scene::Timeline(timeline));
        }
        let chart = Scene::Chart(self.chart(settings, now));
        parts.push(Scene::Row(vec![chart, Scene::Table(table(yours, now))]));
        if yours.policy.write_behind() {
            parts.push(Scene::Facts(self.facts()));
        }
        Scene::Column(parts)
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let side = &self.sides[YOURS];
        let lane = |reads: bool| {
            let here = side.ops.values().filter(|op| op.wish.reads == reads);
            let mut dots: Vec<(f64, Tone)> =
                here.filter_map(|op| place(op, now)).map(|at| (at, Tone::Plain)).take(ON_THE_WAY).collect();
            let back = side.seen.ends.seen(now, BACK).filter(|(.., (_, read, _))| *read == reads);
            dots.extend(back.map(|(way, _, (from, _, tone))| (at(*from) * (1.0 - way), *tone)));
            let mut stations = vec![Station::new(CACHE, "cache"), Station::new(DATABASE, "database")];
            stations.insert(0, Station::new(0.0, "application"));
            Lane {
                name: if reads { "reads" } else { "writes" }.into(),
                stations,
                dots,
                label: if reads {
                    let share = recent(&self.bins, now, YOURS);
                    if share.is_nan() { "-".into() } else { format!("{:.0}% stale", share * 100.0) }
                } else {
                    write_label(&side.counts)
                },
                ..Lane::default()
            }
        };
        Lanes {
            lanes: vec![lane(true), lane(false)],
            // Short of room the race is worth more than a legend.
            legend: Vec::new(),
        }
    }

    fn chart(&self, settings: &Settings, now: Nanos) -> Chart {
        let x_span = self.bins.x_span(now, SPEC.length);
        let mut names = ["no leases", "leases"];
        if settings.on("leases") {
            names.reverse();
        }
        if settings.count("bug") > 0 {
            names = ["broken", "right"];
        }
        let curve =
            |side: usize| self.bins.curve(names[side], Series(side as u8), now, |bin| bin.percent(side));
        Chart {
            y: "stale reads, %".into(),
            x: "time, s".into(),
            x_span,
            of: Some("stale_share"),
            curves: vec![curve(YOURS), curve(OTHER)],
            ..Chart::default()
        }
    }

    /// What waits in the buffer, and what the crash has taken.
    fn facts(&self) -> Vec<Fact> {
        let yours = &self.sides[YOURS];
        let unflushed = format!("{} keys in the buffer", yours.buffer.waiting() + yours.buffer.under_way());
        let mut facts = vec![Fact::new("not in the database", unflushed)];
        if self.crashed_at.is_some() {
            let lost = yours.counts.lost;
            let tone = if lost > 0 { Tone::Bad } else { Tone::Good };
            facts.push(Fact::new("lost in the crash", format!("{lost} acknowledged writes")).tone(tone));
        }
        facts
    }
}

fn write_label(counts: &Counts) -> String {
    let mean = counts.write_ms();
    if mean.is_nan() { "-".into() } else { format!("{mean:.0} ms each") }
}

/// Where an operation is on its lane; nothing where it has arrived.
fn place(op: &Op, now: Nanos) -> Option<f64> {
    let leg = op.way.windows(2).find(|leg| now < leg[1].1)?;
    let ((from, left), (to, arrives)) = (leg[0], leg[1]);
    let share = now.since(left).as_secs_f64() / arrives.since(left).as_secs_f64().max(f64::MIN_POSITIVE);
    Some(at(from) + (at(to) - at(from)) * share.clamp(0.0, 1.0))
}

/// What cache and database hold of each key.
fn table(side: &Side, now: Nanos) -> Table {
    let version = |version: Option<u64>| version.map_or("-".into(), |version| format!("v{version}"));
    let rows = (0..KEYS).map(|key| {
        let stale = side.seen.stale_for(now, key);
        let mark = match (stale, side.visible(now, key)) {
            (Some(since), _) => format!("\u{2717} stale {}", Unit::Seconds.show(since.as_secs_f64())),
            (None, Some(_)) => "fresh".into(),
            (None, None) => "not cached".into(),
        };
        vec![
            format!("{}", key + 1),
            version(side.cache.peek(now, key)),
            version(side.buffer.get(key)),
            version(Some(side.database[key])),
            mark,
        ]
    });
    Table {
        head: ["key", "cache", "buffer", "db", "state"].map(str::to_string).to_vec(),
        rows: rows.collect(),
        right: vec![false, true, true, true, false],
        ..Table::default()
    }
}
