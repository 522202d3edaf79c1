//! The two trees level by level, what their devices do, and what a byte costs.

use super::engine::{btree, lsm};
use super::measures::Bin;
use super::side::Side;
use super::{BTREE, LSM, SPEC, Storage};
use crate::lab::scene::{Bar, Bars, Chart, Curve, Fact, Series, Tone};
use crate::lab::{Scene, Settings, Unit};
use crate::sim::Nanos;
use crate::systems::lsm::Compaction;

const NAMES: [&str; 2] = ["B-tree", "LSM tree"];

/// Bytes for people.
fn kib(bytes: f64) -> String {
    format!("{:.0} KiB", bytes / 1024.0)
}

fn percent(name: String, share: f64, label: String, side: usize, tone: Tone) -> Bar {
    Bar { name, value: (100.0 * share).clamp(0.0, 100.0), label, series: Series(side as u8), tone }
}

impl Storage {
    /// The two trees side by side, and the bytes written for a byte below.
    pub(super) fn trees(&self, settings: &Settings, now: Nanos) -> Scene {
        let parts = [
            Scene::Part(self.title(BTREE, now), Box::new(Scene::Bars(self.btree_bars()))),
            Scene::Part(self.title(LSM, now), Box::new(Scene::Bars(self.lsm_bars()))),
        ];
        Scene::Column(vec![Scene::Row(parts.to_vec()), Scene::Chart(self.amplified(settings, now))])
    }

    fn title(&self, side: usize, now: Nanos) -> String {
        let here = &self.sides[side];
        let state = if here.engine.store().is_none() {
            "cannot be opened".to_string()
        } else if here.recovers() {
            "comes back".into()
        } else if here.is_stalled() {
            "writes stopped".into()
        } else {
            let rate = here.measures.recent(now).done_per_s;
            let p99 = here.measures.write_times.percentile(0.99) / 1e6;
            format!("{}, p99 {}", Unit::PerSecond.show(rate), Unit::Millis.show(p99))
        };
        format!("{}: {state}", NAMES[side])
    }

    fn btree_bars(&self) -> Bars {
        let mut bars = Vec::new();
        if let Some(tree) = btree(&self.sides[BTREE]) {
            let mut levels = tree.levels();
            let leaves = levels.pop().unwrap_or_default();
            let branches: Vec<f32> = levels.iter().flat_map(|level| level.fill.clone()).collect();
            let height = format!("height {}", tree.height());
            for (name, fill, more) in
                [("branches", &branches, height), ("leaves", &leaves.fill, String::new())]
            {
                let share = f64::from(fill.iter().sum::<f32>()) / fill.len().max(1) as f64;
                let what = if fill.len() == 1 { "page" } else { "pages" };
                let full = if name == "leaves" { format!("{:.0}%", 100.0 * share) } else { String::new() };
                let label = format!("{} {what}, {full}{more}", fill.len());
                bars.push(percent(name.into(), share, label, BTREE, Tone::Plain));
            }
            let (dirty, room) = (tree.dirty(), self.knobs.btree.cache);
            let label = format!("{dirty} of {room} pages");
            bars.push(percent("changed".into(), dirty as f64 / room as f64, label, BTREE, Tone::Dim));
            let log = tree.log_used() as f64;
            let half = f64::from(self.knobs.btree.log_pages) * 2048.0;
            bars.push(percent("log".into(), log / half, kib(log), BTREE, Tone::Dim));
        }
        Bars { bars, full: Some(100.0), ..Bars::default() }
    }

    fn lsm_bars(&self) -> Bars {
        let mut bars = Vec::new();
        if let Some(tree) = lsm(&self.sides[LSM]) {
            let (memory, full) = tree.memory();
            let label =
                if full { format!("{} + a full one", kib(memory as f64)) } else { kib(memory as f64) };
            let share = memory as f64 / self.knobs.lsm.memtable as f64;
            bars.push(percent("memory".into(), share, label, LSM, Tone::Dim));
            for (depth, level) in tree.levels().iter().enumerate() {
                let bytes = level.runs.iter().sum::<u64>() as f64;
                let counted = depth == 0 || self.knobs.lsm.compaction == Compaction::Tiered;
                let room = if depth == 0 { self.knobs.lsm.stop() as u64 } else { level.room };
                let held = if counted { level.runs.len() as f64 } else { bytes };
                let stopped = depth == 0 && level.runs.len() as u64 >= room;
                let tone = match (stopped, level.merging) {
                    (true, _) => Tone::Bad,
                    (false, true) => Tone::Warn,
                    _ => Tone::Plain,
                };
                let runs = if level.runs.len() == 1 { "run" } else { "runs" };
                let label = format!("{} {runs}, {}", level.runs.len(), kib(bytes));
                bars.push(percent(format!("level {depth}"), held / room.max(1) as f64, label, LSM, tone));
            }
        }
        Bars { bars, full: Some(100.0), ..Bars::default() }
    }

    /// Bytes of data written for a byte, over time.
    fn amplified(&self, settings: &Settings, now: Nanos) -> Chart {
        let x_span = self.sides[BTREE].measures.bins.x_span(now, SPEC.length);
        let ratio = |bin: &Bin| bin.data as f64 * 4096.0 / bin.user as f64;
        let mut curves: Vec<Curve> = (0..2)
            .map(|side| self.sides[side].measures.bins.curve(NAMES[side], Series(side as u8), now, ratio))
            .collect();
        let readings = self.all_readings(settings, now);
        for (side, name) in [(BTREE, "btree_write_theory"), (LSM, "lsm_write_theory")] {
            let theory = SPEC.reading(name).map_or(f64::NAN, |(place, _)| readings[place]);
            // With little data everything is in memory, and what is steady is not yet.
            if theory > 1.0 {
                curves.push(Curve::level(
                    format!("{} theory", NAMES[side]),
                    Series(side as u8),
                    x_span,
                    theory,
                ));
            }
        }
        Chart {
            y: "bytes written for a byte".into(),
            x: "time, s".into(),
            x_span,
            of: Some("lsm_write_amp"),
            curves,
            ..Chart::default()
        }
    }

    /// What the devices do, and why writers stand still.
    pub(super) fn devices(&self, now: Nanos) -> Scene {
        let per_s = |y: &str, value: fn(&Bin) -> f64| {
            let curves = (0..2).map(|side| {
                let bins = &self.sides[side].measures.bins;
                bins.curve(NAMES[side], Series(side as u8), now, value)
            });
            self.chart(y, now, curves.collect())
        };
        let writes = per_s("pages written/s", |bin| bin.writes as f64 * 2.0);
        let reads = per_s("pages read/s", |bin| bin.reads as f64 * 2.0);
        let slowest =
            per_s(
                "slowest write, ms",
                |bin| {
                    if bin.written == 0 { f64::NAN } else { bin.slowest as f64 / 1e6 }
                },
            );
        let bins = &self.sides[LSM].measures.bins;
        let mut level0 = self.chart(
            "runs in level 0",
            now,
            vec![bins.curve("level 0", Series(LSM as u8), now, |bin| bin.level0 as f64)],
        );
        let stop = self.knobs.lsm.stop() as f64;
        level0.curves.push(Curve::level("writes stop", Series(2), level0.x_span, stop));
        level0.y_top = Some(stop + 2.0);
        Scene::Column(vec![
            Scene::Row(vec![Scene::Chart(writes), Scene::Chart(reads)]),
            Scene::Row(vec![Scene::Chart(Chart { log_y: true, ..slowest }), Scene::Chart(level0)]),
            Scene::Facts(self.stalls(now)),
        ])
    }

    fn chart(&self, y: &str, now: Nanos, curves: Vec<Curve>) -> Chart {
        let x_span = self.sides[BTREE].measures.bins.x_span(now, SPEC.length);
        Chart { y: y.into(), x: "time, s".into(), x_span, curves, ..Chart::default() }
    }

    fn stalls(&self, now: Nanos) -> Vec<Fact> {
        let lsm = &self.sides[LSM];
        let stalled = lsm.stalled(now);
        let tone = if stalled > Nanos::ZERO { Tone::Bad } else { Tone::Good };
        let value = format!("{}, {} in all", lsm.counts.stalls, Unit::Seconds.show(stalled.as_secs_f64()));
        let mut facts = vec![Fact::new("LSM writes stopped", value).tone(tone)];
        for (name, side) in NAMES.iter().zip(&self.sides) {
            let tone = if side.refused() > 0 { Tone::Warn } else { Tone::Good };
            let value = format!("{} wait, {} refused", side.waiting(), side.refused());
            facts.push(Fact::new(*name, value).tone(tone));
        }
        for (name, side) in NAMES.iter().zip(&self.sides) {
            if side.counts.crashes > 0 {
                facts.push(recovered(name, side));
            }
        }
        facts
    }

    /// What a byte costs: written, kept, read.
    pub(super) fn amplification(&self, settings: &Settings, now: Nanos) -> Scene {
        let readings = self.all_readings(settings, now);
        let value = |name: &str| SPEC.reading(name).map_or(f64::NAN, |(place, _)| readings[place]);
        let group = |title: &str, rows: &[(&str, usize, &str, &str)]| {
            let bars = rows.iter().map(|&(name, side, reading, theory)| {
                let (seen, expected) = (value(reading), value(theory));
                let mut label = Unit::Ratio.show(seen);
                if expected.is_finite() {
                    label.push_str(&format!(" (theory {})", Unit::Ratio.show(expected)));
                }
                let value = if seen.is_finite() { seen } else { 0.0 };
                Bar { name: name.into(), value, label, series: Series(side as u8), tone: Tone::Plain }
            });
            Scene::Bars(Bars { title: title.into(), bars: bars.collect(), ..Bars::default() })
        };
        let written = group(
            "bytes written for a byte, last 8 s",
            &[
                ("B-tree pages", BTREE, "btree_write_amp", "btree_write_theory"),
                ("LSM tables", LSM, "lsm_write_amp", "lsm_write_theory"),
                ("B-tree log", BTREE, "btree_log_amp", ""),
                ("LSM log", LSM, "lsm_log_amp", ""),
            ],
        );
        let read = group(
            "pages for a look-up",
            &[
                ("B-tree", BTREE, "btree_read_pages", "height"),
                ("LSM tree", LSM, "lsm_read_pages", "lsm_read_theory"),
            ],
        );
        let room = group(
            "bytes kept for a byte",
            &[
                ("B-tree", BTREE, "btree_space_amp", "btree_space_theory"),
                ("LSM tree", LSM, "lsm_space_amp", "lsm_space_theory"),
            ],
        );
        Scene::Column(vec![written, Scene::Row(vec![read, room]), Scene::Facts(self.filters(settings, now))])
    }

    fn filters(&self, settings: &Settings, now: Nanos) -> Vec<Fact> {
        let readings = self.all_readings(settings, now);
        let show =
            |name: &str| SPEC.reading(name).map_or(String::new(), |(at, of)| of.unit.show(readings[at]));
        let fact = |name: &str, reading: &str, theory: &str| {
            Fact::new(name, show(reading)).note(format!("theory {}", show(theory)))
        };
        vec![
            fact("leaves are full", "occupancy", "occupancy_theory"),
            fact("filters are wrong", "bloom_wrong", "bloom_theory"),
        ]
    }
}

/// How a side came back from its last crash.
fn recovered(name: &str, side: &Side) -> Fact {
    let title = format!("{name} after the crash");
    match side.recovery.filter(|_| side.engine.store().is_some()) {
        Some(time) => {
            let value = format!("back after {}", Unit::Millis.show(time.as_millis_f64()));
            let bad = side.counts.broken > 0;
            let note =
                if bad { format!("{} keys lost writes", side.counts.lost) } else { "nothing lost".into() };
            Fact::new(title, value).note(note).tone(if bad { Tone::Bad } else { Tone::Good })
        }
        None => Fact::new(title, "cannot be opened: a page is torn").tone(Tone::Bad),
    }
}
