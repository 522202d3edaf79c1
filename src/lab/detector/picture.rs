//! Detectors as pictures: the curve of speed against mistakes, the heartbeats, who thinks what of whom, and how word goes round.

use super::watch::{FIXED, PHI, RUNGS, Score};
use super::{Detection, knowing, status_of};
use crate::lab::scene::{Chart, Curve, CurveKind, Fact, Lane, Lanes, Series, Station, Table, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::detector::swim::{Change, Status};

/// The most nodes whose heartbeats are seen.
const LANES: usize = 14;
/// How many dots there are on a lane.
const DOTS: usize = 24;
/// How many members are told of.
const MEMBERS: usize = 10;
/// How many changes of mind are told.
const TOLD: usize = 12;

impl Detection {
    /// The curve on which the control moves, which is what there is to see first.
    pub(super) fn curve_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![Scene::Table(self.table(now)), Scene::Chart(self.curve_chart(now))])
    }

    fn table(&self, now: Nanos) -> Table {
        let n = self.knobs.nodes;
        let suspects = |of: &dyn Fn(usize) -> bool| {
            let mut nodes: Vec<String> = (1..n)
                .filter(|node| of(*node))
                .map(|node| if self.is_up(node) { format!("{node}!") } else { node.to_string() })
                .collect();
            let more = nodes.len().saturating_sub(6);
            nodes.truncate(6);
            if more > 0 {
                nodes.push(format!("+{more}"));
            }
            if nodes.is_empty() { "-".to_string() } else { nodes.join(" ") }
        };
        let by_watcher = |which| suspects(&|node| self.watcher.suspects(which, node));
        let by_group = suspects(&|node| status_of(&self.group, 0, node) == Status::Dead);
        let row = |name: String, which: usize, load: f64, suspects: String| {
            let (detect, mistakes) = self.quality(now, which);
            let load = Unit::Ratio.show(load);
            vec![name, Unit::Seconds.show(detect), Unit::Ratio.show(mistakes), load, suspects]
        };
        let tally = &self.group.tally;
        let all_to_all = n as f64 - 1.0;
        Table {
            head: ["", "finds after", "mistakes/min", "messages", "down (! lives)"].map(Into::into).to_vec(),
            rows: vec![
                row(format!("fixed {}", self.knobs.timeout), FIXED, all_to_all, by_watcher(FIXED)),
                row(format!("phi {}", self.knobs.phi), PHI, all_to_all, by_watcher(PHI)),
                row("swim, dead".into(), 2, tally.messages as f64 / tally.periods as f64, by_group),
            ],
            right: vec![false, true, true, true, false],
            chosen: Some(self.knobs.judged),
        }
    }

    fn curve_chart(&self, now: Nanos) -> Chart {
        let minutes = self.node_minutes(now);
        let point = |score: &Score| (score.detect_s(), score.mistakes as f64 / minutes);
        let points = |ladder: &[Score; RUNGS]| -> Vec<(f64, f64)> {
            ladder.iter().map(point).filter(|(x, _)| x.is_finite()).collect()
        };
        let mut fixed = points(&self.watcher.fixed_ladder);
        fixed.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut phi = points(&self.watcher.phi_ladder);
        phi.sort_by(|one, other| one.0.total_cmp(&other.0));
        let end = self.expected.curve.last().map_or(3.0, |(x, _)| *x).max(self.expected.detect);
        // Below a mistake in a hundred node-minutes there is nothing to see in a run.
        let theory = self.expected.curve.iter().copied().filter(|(_, y)| *y > 1e-3).collect();
        let here = match self.knobs.judged {
            FIXED | PHI => point(&self.watcher.scores[self.knobs.judged]),
            _ => self.quality(now, 2),
        };
        let mut curves = vec![
            Curve::new(CurveKind::Theory, "theory", Series(0), theory),
            Curve::new(CurveKind::Points, "fixed time-outs", Series(0), fixed),
            Curve::new(CurveKind::Points, "phi, 0.5 to 40", Series(1), phi),
        ];
        if here.0.is_finite() {
            curves.push(Curve::new(CurveKind::Points, "as it is set", Series(3), vec![here]));
        }
        Chart {
            y: "mistakes a node and minute".into(),
            x: "time to find a crash, s".into(),
            x_span: (0.0, (end * 1.05).min(12.0)),
            log_y: true,
            of: Some("fixed_mistakes"),
            curves,
            ..Chart::default()
        }
    }

    /// The heartbeats that the watcher heard, as a strip of time for each node; where not all have room, those of whom there is something
    /// to say.
    fn lanes(&self, now: Nanos, most: usize) -> Lanes {
        let mut nodes: Vec<usize> = (1..self.knobs.nodes).collect();
        if nodes.len() > most {
            // Those of whom there is something to say; a node stays where it is as long as that is so.
            let of_interest = |node: &usize| {
                !self.runs(now, *node)
                    || self.watcher.suspects(FIXED, *node)
                    || self.watcher.suspects(PHI, *node)
            };
            nodes.sort_by_key(|node| !of_interest(node));
            nodes.truncate(most);
            nodes.sort_unstable();
        }
        let strip = self.strip();
        // A moment's place on the strip: the right end is now.
        let place = |ago: Nanos| 1.0 - ago.as_secs_f64() / strip.as_secs_f64();
        let lane = |(row, node): (usize, usize)| {
            let seen = |&(of, at, lost): &(usize, Nanos, bool)| {
                let visible = of == node && at <= now && now.since(at) <= strip;
                visible.then(|| (place(now.since(at)), if lost { Tone::Bad } else { Tone::Plain }))
            };
            let (silence, phi) = self.watcher.silence(now, node);
            let verdict = match (self.watcher.suspects(FIXED, node), self.watcher.suspects(PHI, node)) {
                (true, true) => "both: down",
                (true, false) => "time-out: down",
                (false, true) => "phi: down",
                (false, false) => "",
            };
            let mut stations = Vec::new();
            if self.knobs.timeout <= strip {
                let name = if row == 0 { "time-out" } else { "" };
                let tone = if self.watcher.suspects(FIXED, node) { Tone::Bad } else { Tone::Dim };
                stations.push(Station::new(place(self.knobs.timeout), name).tone(tone));
            }
            stations.push(Station::new(1.0, if row == 0 { "now" } else { "" }));
            let state = match self.states[node].down {
                Some(_) => "down",
                None if self.states[node].paused_until > now => "paused",
                None => "",
            };
            Lane {
                name: format!("node {node:<2} {state:<6}"),
                stations,
                dots: self.flying.iter().filter_map(seen).take(DOTS).collect(),
                label: format!("{:>4.1} s  phi {:>4.1}  {verdict:<14}", silence.as_secs_f64(), phi.min(99.9)),
                ..Lane::default()
            }
        };
        Lanes {
            lanes: nodes.into_iter().enumerate().map(lane).collect(),
            legend: vec![(Tone::Plain, "heartbeat".into()), (Tone::Bad, "lost; suspected".into())],
        }
    }

    /// Every heartbeat, and how silent each node is.
    pub(super) fn heartbeat_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![Scene::Lanes(self.lanes(now, LANES)), Scene::Table(self.table(now))])
    }

    /// What the members of the group think of those who are down or suspected.
    pub(super) fn swim_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Facts(self.swim_facts()),
            Scene::Row(vec![Scene::Table(self.members()), Scene::Table(self.minds(now))]),
        ])
    }

    fn swim_facts(&self) -> Vec<Fact> {
        let tally = &self.group.tally;
        let load = tally.messages as f64 / tally.periods as f64;
        let theory = Unit::Ratio.show(self.expected.load);
        let all = self.knobs.nodes - 1;
        let deaths = tally.false_deaths;
        vec![
            Fact::new("messages of a node in a period", Unit::Ratio.show(load))
                .note(format!("theory {theory}; heartbeats from all to all: {all}")),
            Fact::new("false suspicions", tally.false_suspicions.to_string())
                .note(format!("{} taken back by a higher incarnation", tally.refuted)),
            Fact::new("live members declared dead", deaths.to_string()).tone(if deaths > 0 {
                Tone::Bad
            } else {
                Tone::Good
            }),
        ]
    }

    /// The members of whom not all think well, and by how many.
    fn members(&self) -> Table {
        let n = self.knobs.nodes;
        let rows = (0..n).filter_map(|about| {
            let mut counts = [0; 3];
            for by in (0..n).filter(|by| *by != about && self.is_up(*by)) {
                counts[status_of(&self.group, by, about) as usize] += 1;
            }
            let up = self.is_up(about);
            (!up || counts[1] + counts[2] > 0).then(|| {
                let truth = if up { "up" } else { "down" };
                let [alive, suspect, dead] = counts.map(|count: usize| count.to_string());
                vec![format!("node {about}"), truth.to_string(), alive, suspect, dead]
            })
        });
        let mut rows: Vec<Vec<String>> = rows.take(MEMBERS).collect();
        if rows.is_empty() {
            rows.push(["all", "up", "all", "0", "0"].map(Into::into).to_vec());
        }
        Table {
            head: ["member", "in truth", "alive say", "suspect", "dead"].map(Into::into).to_vec(),
            rows,
            right: vec![false, false, true, true, true],
            ..Table::default()
        }
    }

    /// The last changes of mind that somebody came to himself, and objections.
    fn minds(&self, now: Nanos) -> Table {
        let told = self.group.told.iter().rev().filter(|told| told.at <= now).take(TOLD);
        let rows = told.map(|told| {
            let Change { about, before, now: belief, .. } = told.change;
            let what = match (before.status, belief.status) {
                (_, Status::Suspect) => "has no answer from",
                (_, Status::Dead) => "declares dead",
                (Status::Dead, Status::Alive) => "takes back the dead",
                (_, Status::Alive) => "takes back",
            };
            let at = format!("{:.2}", told.at.as_secs_f64());
            vec![
                at,
                format!("node {}", told.by),
                what.to_string(),
                format!("node {about}"),
                belief.incarnation.to_string(),
            ]
        });
        Table {
            head: ["s", "", "", "", "inc"].map(Into::into).to_vec(),
            rows: rows.collect(),
            right: vec![true, false, false, false, true],
            ..Table::default()
        }
    }

    /// How the word of the last crash goes round.
    pub(super) fn rumour_scene(&self, now: Nanos) -> Scene {
        let (spread, n) = (&self.group.spread, self.knobs.nodes);
        let period = self.knobs.period.as_secs_f64();
        let first = spread.heard.first().map_or(now, |(at, _)| *at);
        let after = |at: Nanos| at.since(first).as_secs_f64() / period;
        let mut points: Vec<(f64, f64)> = spread
            .heard
            .iter()
            .enumerate()
            .map(|(count, (at, _))| (after(*at), count as f64 + 1.0))
            .collect();
        let end = 8.0_f64;
        if let Some(&(x, y)) = points.last() {
            points.push((after(now).max(x).min(end), y));
        }
        let up = (0..n).filter(|node| self.is_up(*node)).count() as f64;
        let curve = (0..=40).map(|step| {
            let periods = f64::from(step) / 40.0 * end;
            (periods, knowing(up, periods))
        });
        let tally = &self.group.tally;
        let mean = tally.spread_periods / tally.spread as f64;
        let about = match spread.heard.is_empty() {
            true => "no crash yet".to_string(),
            false => format!("node {} is down: {} of {up} know", spread.about, spread.heard.len()),
        };
        Scene::Column(vec![
            Scene::Facts(vec![
                Fact::new("rumour", about),
                Fact::new("until all know, mean", format!("{} periods", Unit::Ratio.show(mean)))
                    .note(format!("of {} crashes; grows as ln n", tally.spread)),
            ]),
            Scene::Chart(Chart {
                y: "members who know".into(),
                x: "periods since the first suspects".into(),
                x_span: (0.0, end),
                y_top: Some(n as f64),
                curves: vec![
                    Curve::new(CurveKind::Steps, "know", Series(1), points),
                    Curve::new(CurveKind::Theory, "logistic", Series(1), curve.collect()),
                ],
                ..Chart::default()
            }),
        ])
    }
}
