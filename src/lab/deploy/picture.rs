//! The four ways as pictures: what became of the release, the requests under way, who met it; and the gate's way.

use super::side::{NEW, Phase, Side, Way};
use super::{Deploy, INSTANCES, SPEC};
use crate::lab::scene::{Chart, Curve, CurveKind, Lane, Lanes, Series, Station, Table, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;

/// How many dots there are on a lane at most.
const DOTS: usize = 50;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn seconds(span: Option<Nanos>) -> String {
    span.map_or_else(|| "-".into(), |span| format!("{:.1} s", span.as_secs_f64()))
}

fn state(side: &Side) -> &'static str {
    match side.phase {
        _ if side.paused => "paused",
        Phase::Steady => "old",
        Phase::Starting => "starting",
        Phase::Watching => "watched",
        Phase::Returning => "going back",
        Phase::Kept => "kept",
        Phase::TakenBack => "taken back",
    }
}

impl Deploy {
    pub(super) fn ways(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Table(self.outcomes(now)),
            Scene::Lanes(self.lanes(now)),
            Scene::Chart(self.met_chart(now)),
        ])
    }

    fn outcomes(&self, now: Nanos) -> Table {
        let row = |side: &Side| {
            let up = side.fleet.ready(now);
            // What else has to run for it.
            let extra = match (side.way, side.phase) {
                (_, Phase::Steady | Phase::Kept | Phase::TakenBack) => 0,
                (Way::BlueGreen, _) => INSTANCES,
                (Way::Canary, _) => ((self.knobs.share * INSTANCES as f64).ceil() as usize).max(1),
                _ => 0,
            };
            vec![
                side.way.name().to_string(),
                state(side).to_string(),
                Unit::Share.show(side.met_share()),
                Unit::Count.show(side.failed as f64),
                seconds(side.seen_after),
                seconds(side.back_after),
                (up + extra).to_string(),
            ]
        };
        Table {
            head: texts(&["", "release", "met by", "failed", "alarm after", "gone after", "instances"]),
            rows: self.sides.iter().map(row).collect(),
            right: vec![false, false, true, true, true, true, true],
            chosen: None,
        }
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let lane = |side: &Side| {
            let tone = |new: bool, failed: bool| match (new, failed) {
                (_, true) => Tone::Bad,
                (true, false) => Tone::Warn,
                (false, false) => Tone::Dim,
            };
            let share = match (side.way, side.phase) {
                (Way::Rolling, _) => {
                    side.fleet.ready_of(now, NEW) as f64 / side.fleet.ready(now).max(1) as f64
                }
                (Way::Flag, Phase::Watching) => self.knobs.share,
                _ => side.share(&self.knobs),
            };
            Lane {
                name: side.way.name().into(),
                stations: vec![Station::new(0.0, if side.way == Way::Rolling { "users" } else { "" })],
                dots: side
                    .trail
                    .seen(now, DOTS)
                    .map(|(at, _, (new, failed))| (at, tone(*new, *failed)))
                    .collect(),
                label: format!("{} to the new version", Unit::Share.show(share)),
                ..Lane::default()
            }
        };
        Lanes {
            lanes: self.sides.iter().map(lane).collect(),
            legend: vec![
                (Tone::Dim, "served by the old version".into()),
                (Tone::Warn, "by the new one".into()),
                (Tone::Bad, "failed".into()),
            ],
        }
    }

    fn met_chart(&self, now: Nanos) -> Chart {
        let curve = |way: Way| {
            self.met.curve(way.name(), Series(way as u8), now, |met| {
                met.map_or(f64::NAN, |met| met[way as usize] * 100.0)
            })
        };
        Chart {
            y: "users that met the release, %".into(),
            x: "time, s".into(),
            x_span: self.met.x_span(now, SPEC.length),
            y_top: Some(100.0),
            of: Some("met_canary"),
            curves: Way::ALL.map(curve).to_vec(),
            ..Chart::default()
        }
    }

    /// The way of the canary's gate between its two lines, and what the rehearsals of the gates say.
    pub(super) fn gates(&self) -> Scene {
        let judge = &self.sides[2].judge;
        let last = (judge.differ as f64).max(20.0);
        let line = |high: bool| {
            let at = |x: f64| if high { judge.lines(x).1 } else { judge.lines(x).0 };
            // The lines begin below the axis: only what lies above it can be drawn.
            let points = (0..=40).map(|step| last * f64::from(step) / 40.0).map(|x| (x, at(x)));
            points.filter(|(_, y)| *y >= 0.0).collect::<Vec<_>>()
        };
        let chart = Chart {
            y: "pairs of which the new one failed".into(),
            x: "pairs of which one failed".into(),
            x_span: (0.0, last),
            curves: vec![
                Curve::new(CurveKind::Line, "canary", Series(2), judge.way.clone()),
                Curve::new(CurveKind::Theory, "stop above", Series(0), line(true)),
                Curve::new(CurveKind::Theory, "go below", Series(1), line(false)),
            ],
            ..Chart::default()
        };
        let tried = &self.rehearsals;
        let design = self.knobs.design();
        let row = |(gate, name, expected): (usize, &str, String)| {
            vec![
                name.to_string(),
                Unit::Share.show(tried.false_alarms(gate)),
                Unit::Share.show(tried.missed(gate)),
                Unit::Count.show(tried.pairs(gate)),
                expected,
            ]
        };
        let table = Table {
            head: texts(&[
                "rehearsed",
                "good ones stopped",
                "bad ones missed",
                "pairs taken",
                "pairs expected",
            ]),
            rows: [
                (0, "one look", Unit::Count.show(design.pairs())),
                (1, "a look every 20", "-".to_string()),
                (2, "Wald's test", Unit::Count.show(design.sequential_pairs())),
            ]
            .map(row)
            .into_iter()
            .chain([vec![
                "as designed".to_string(),
                Unit::Share.show(design.alpha),
                Unit::Share.show(design.beta),
                String::new(),
                String::new(),
            ]])
            .collect(),
            right: vec![false, true, true, true, true],
            chosen: None,
        };
        Scene::Column(vec![Scene::Table(table), Scene::Chart(chart)])
    }
}
