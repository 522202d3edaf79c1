//! Shards as pictures: what each is asked, how rows move, what numbers look like.

use super::knobs::Scheme;
use super::numbers::KINDS;
use super::routes::{LIMIT, Load};
use super::{ORDERS, SPEC, Sharded, ids};
use crate::lab::scene::{
    Bar, Bars, Chart, Fact, Gauge, Lane, Lanes, Series, State, States, Station, Table, Tone,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::sharding::Phase;

/// How many requests are seen at a time.
const DOTS: usize = 80;

/// A count for people, or a dash where it is none.
fn show(unit: Unit, value: f64) -> String {
    unit.show(value)
}

fn load_tone(asked: u64) -> Tone {
    match asked {
        asked if asked > u64::from(LIMIT) => Tone::Bad,
        asked if asked * 5 > u64::from(LIMIT) * 4 => Tone::Warn,
        _ => Tone::Good,
    }
}

impl Sharded {
    /// The schemes, what each shard is asked, and who is refused.
    pub(super) fn shards(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Table(self.schemes()),
            Scene::Bars(self.bars()),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.refusal_chart(now)),
        ])
    }

    fn schemes(&self) -> Table {
        let row = |load: &Load| {
            let place = load.scheme as usize;
            vec![
                load.scheme.name().to_string(),
                show(Unit::Share, load.hottest()),
                show(Unit::Share, load.throttled_share()),
                show(Unit::Ratio, load.scan_fanout()),
                show(Unit::Share, load.slow_scans().0),
                show(Unit::Share, self.moved.map_or(f64::NAN, |moved| moved[place])),
                match load.scheme {
                    Scheme::Hash => "-".into(),
                    Scheme::Range => format!("{} splits", load.changes),
                    Scheme::Directory => format!("{} slots", load.changes),
                },
            ]
        };
        let head = ["", "hottest", "refused", "scan asks", "slow scans", "rows moved", "relieved"];
        Table {
            head: head.map(String::from).to_vec(),
            rows: self.loads.iter().map(row).collect(),
            right: vec![false, true, true, true, true, true, true],
            chosen: Some(self.knobs.scheme as usize),
        }
    }

    fn bars(&self) -> Bars {
        let load = self.load();
        let bar = |shard: u32| {
            let asked = load.last[shard as usize];
            Bar {
                name: format!("shard {}", shard + 1),
                value: asked as f64,
                label: asked.to_string(),
                series: Series(1),
                tone: load_tone(asked),
            }
        };
        let most = load.last.iter().max().copied().unwrap_or(0).max(u64::from(LIMIT));
        Bars {
            title: format!("questions in the last second, by {}", load.scheme.name()),
            bars: (0..self.routes.shards).map(bar).collect(),
            full: Some(most as f64),
            marks: vec![(f64::from(LIMIT), format!("room for {LIMIT}"))],
            of: None,
        }
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let load = self.load();
        let lane = |shard: u32| {
            let here = self.seen.seen(now, DOTS).filter(|(_, _, (shards, _))| shards.contains(&shard));
            let dots = here.map(|(part, _, (_, room))| {
                // Who is refused ends at the shard; the others pass.
                let (end, tone) = if *room { (1.0, Tone::Good) } else { (0.68, Tone::Bad) };
                (part * end, tone)
            });
            let asked = load.last[shard as usize];
            Lane {
                name: format!("shard {}", shard + 1),
                stations: vec![Station::new(0.7, "").tone(load_tone(asked))],
                dots: dots.take(40).collect(),
                label: format!("{asked}/s"),
                ..Lane::default()
            }
        };
        Lanes {
            lanes: (0..self.routes.shards.min(9)).map(lane).collect(),
            legend: vec![(Tone::Good, "served".into()), (Tone::Bad, "refused".into())],
        }
    }

    fn refusal_chart(&self, now: Nanos) -> Chart {
        let width = self.refusals.width_s();
        let curve = |scheme: Scheme, series: u8| {
            let place = scheme as usize;
            self.refusals.curve(scheme.name(), Series(series), now, |refused| refused[place] as f64 / width)
        };
        Chart {
            y: "refused /s".into(),
            x: "time, s".into(),
            x_span: self.refusals.x_span(now, SPEC.length),
            curves: vec![curve(Scheme::Hash, 1), curve(Scheme::Range, 2), curve(Scheme::Directory, 3)],
            ..Chart::default()
        }
    }

    /// How one shard more comes.
    pub(super) fn reshard(&self, now: Nanos) -> Scene {
        let moving = self.rows.moving.as_ref();
        let plan = self.knobs.plan;
        let phases = plan.phases();
        let name = |phase: &Phase| match phase {
            Phase::Prepare => ("prepare", "old only"),
            Phase::DualWrite => ("dual write", "both written"),
            Phase::Backfill => ("copy", "old to new"),
            Phase::Verify => ("verify", "compared"),
            Phase::CutOver => ("cut over", "new is read"),
            Phase::CleanUp => ("clean up", "new only"),
        };
        let live = moving.map(|moving| moving.migration.phase());
        let state = |phase: &Phase| State {
            name: name(phase).0.into(),
            detail: name(phase).1.into(),
            live: live == Some(*phase),
            tone: if live == Some(*phase) { Tone::Good } else { Tone::Plain },
        };
        let place = phases.iter().position(|phase| Some(*phase) == live);
        let states = States {
            states: phases.iter().map(state).collect(),
            changes: (1..phases.len()).map(|to| (to - 1, to, String::new())).collect(),
            last: place.and_then(|place| place.checked_sub(1)),
        };
        let (copied, rows) = moving.map_or((0, 0), |moving| (moving.migration.progress().0, moving.rows));
        let wrong = self.rows.wrong;
        let fact = |name: &str, count: u64, note: &str| {
            let tone = if count == 0 { Tone::Good } else { Tone::Bad };
            Fact::new(name, show(Unit::Count, count as f64)).note(note).tone(tone)
        };
        let differ = moving.and_then(|moving| moving.differences);
        let held = moving.map_or(0, |moving| moving.migration.holds());
        let facts = vec![
            Fact::new("order", ORDERS[plan as usize].replace('-', " ")),
            fact("lost", wrong.lost, "reads that did not find a row that is there"),
            fact("stale", wrong.stale, "reads of an older version"),
            fact("deleted", wrong.risen, "reads of rows that were deleted"),
            Fact::new(
                "both stores",
                differ.map_or("not compared yet".into(), |n| format!("{n} rows differ")),
            )
            .tone(if differ.unwrap_or(0) == 0 { Tone::Plain } else { Tone::Bad }),
        ];
        let gauge = Gauge {
            name: "copied".into(),
            value: (copied as f64).min(rows.max(1) as f64),
            full: rows.max(1) as f64,
            label: format!("{copied} of about {rows}, {held} in hand"),
            series: Series(2),
            tone: Tone::Plain,
        };
        let width = self.wrong.width_s();
        let chart = Chart {
            y: "wrong reads /s".into(),
            x: "time, s".into(),
            x_span: self.wrong.x_span(now, SPEC.length),
            curves: vec![self.wrong.curve("wrong reads", Series(4), now, |wrong| *wrong as f64 / width)],
            ..Chart::default()
        };
        Scene::Column(vec![
            Scene::States(states),
            Scene::Gauge(gauge),
            Scene::Facts(facts),
            Scene::Chart(chart),
        ])
    }

    /// The last numbers of each kind, and what they make of a B-tree.
    pub(super) fn ids(&self) -> Scene {
        let digits = |kind: usize, id: u128| match kind {
            0 => format!("{id:016x}"),
            3 => id.to_string(),
            _ => format!("{id:032x}"),
        };
        let order = |kind: usize| {
            let mut ids = self.numbers.last.iter().filter_map(|record| record.ids[kind]);
            let later = ids.next();
            let pairs: Vec<(u128, u128)> = later
                .into_iter()
                .chain(ids.clone())
                .zip(ids)
                .map(|(later, earlier)| (earlier, later))
                .collect();
            let up = pairs.iter().filter(|(earlier, later)| later > earlier).count();
            if up == pairs.len() { "grows".to_string() } else { format!("{up} of {} up", pairs.len()) }
        };
        let row = |kind: usize| {
            let last = self.numbers.last.iter().find_map(|record| record.ids[kind]);
            let (full, fetched) = self.numbers.tree(kind);
            let leaves = self.numbers.trees[kind].as_ref().map_or(0, |tree| tree.pages().0);
            vec![
                KINDS[kind].to_string(),
                order(kind),
                show(Unit::Share, full),
                show(Unit::Count, leaves as f64),
                show(Unit::Ratio, fetched),
                last.map_or("-".into(), |id| digits(kind, id)),
            ]
        };
        let head = ["", "order", "leaf full", "leaves", "fetched/row", "last number"];
        let table = Table {
            head: head.map(String::from).to_vec(),
            rows: (0..KINDS.len()).map(row).collect(),
            right: vec![false, false, true, true, true, false],
            ..Table::default()
        };
        let even = ids::numbers_until(0.5, 122);
        let facts = vec![
            Fact::new("snowflake", "41 bits of ms, 10 of node, 12 of counter")
                .note("4,096 numbers a ms for each node, 69 years"),
            Fact::new("refused", show(Unit::Count, self.numbers.refused as f64))
                .note("while the clock was behind what it had said before"),
            Fact::new("given twice", show(Unit::Count, self.numbers.doubled as f64))
                .tone(if self.numbers.doubled == 0 { Tone::Good } else { Tone::Bad }),
            Fact::new("uuid4", "122 random bits").note(format!("two alike at even odds after {even:.1e}")),
            Fact::new("uuid7", "48 bits of ms, 12 of counter, 62 random")
                .note("sorts by time, also within a ms"),
        ];
        let bar = |kind: usize| {
            let full = self.numbers.tree(kind).0 * 100.0;
            Bar {
                name: KINDS[kind].into(),
                value: if full.is_finite() { full } else { 0.0 },
                label: show(Unit::Share, full / 100.0),
                series: Series(kind as u8),
                tone: Tone::Plain,
            }
        };
        let bars = Bars {
            title: "leaves of a B-tree by these numbers, % full".into(),
            bars: (0..KINDS.len()).map(bar).collect(),
            full: Some(100.0),
            marks: vec![(69.3, "ln 2".into())],
            of: Some("full_uuid4"),
        };
        Scene::Column(vec![Scene::Table(table), Scene::Facts(facts), Scene::Bars(bars)])
    }
}
