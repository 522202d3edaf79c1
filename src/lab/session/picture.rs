//! Sessions as pictures: writes on their way to replicas, what was violated and by which two operations, theory.

use super::measures::place_of;
use super::visit::Kind;
use super::{SPEC, Sessions};
use crate::lab::scene::{
    Bar, Bars, Chart, Curve, Fact, Lane, Lanes, Moment, Series, Station, Timeline, Tone,
};
use crate::lab::verdicts::history_scene;
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::replica::session::Message;

/// How many writes under way are drawn on a lane.
const DOTS: usize = 40;
/// Where sessions stand on a lane, and where the server does.
const SESSION: f64 = 0.62;
const SERVER: f64 = 0.55;

impl Sessions {
    /// The replicas, violations, and the chart of theory.
    pub(super) fn replicas_scene(&self, now: Nanos) -> Scene {
        let mut parts = vec![Scene::Lanes(self.lanes(now))];
        let last: Vec<Fact> = self
            .measures
            .last
            .iter()
            .take(2)
            .map(|seen| {
                Fact::new(seen.kind.name(), seen.what.clone()).note(seen.at.to_string()).tone(Tone::Bad)
            })
            .collect();
        if !last.is_empty() {
            parts.push(Scene::Facts(last));
        }
        parts.push(Scene::Row(vec![Scene::Bars(self.violations()), Scene::Chart(self.unread_chart(now))]));
        parts.push(Scene::Facts(self.costs()));
        Scene::Column(parts)
    }

    /// A lane for each server: writes come to it from the left, sessions ask it from the right.
    fn lanes(&self, now: Nanos) -> Lanes {
        let newest = self.servers[0].seen();
        let lanes = self.servers.iter().enumerate().map(|(place, server)| {
            let mut dots: Vec<(f64, Tone)> = self
                .flights
                .values()
                .filter(|flight| flight.to == place && flight.era == self.era)
                .filter(|flight| matches!(flight.message, Message::Write(_)))
                .take(DOTS)
                .map(|flight| {
                    let whole = flight.arrives.since(flight.sent).as_secs_f64().max(1e-9);
                    let way = (now.since(flight.sent).as_secs_f64() / whole).min(1.0);
                    (way * (SERVER - 0.02), Tone::Plain)
                })
                .collect();
            for (session, visitor) in self.visitors.iter().enumerate() {
                let Some(request) = visitor.request.as_ref().filter(|request| request.server == place) else {
                    continue;
                };
                let tone = match (request.waits, request.value > 0) {
                    (true, _) => Tone::Warn,
                    (false, true) => Tone::Good,
                    (false, false) => Tone::Dim,
                };
                dots.push((SESSION + 0.03 * session as f64, tone));
            }
            let behind: u64 = newest
                .iter()
                .chain(server.seen().iter())
                .map(|(node, _)| node)
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .map(|node| self.servers[node].seen().time(node).saturating_sub(server.seen().time(node)))
                .sum();
            let held = server.held_back();
            let mut label = if behind == 0 { "up to date".into() } else { format!("{behind} behind") };
            if held > 0 {
                label = format!("{label}, {held} held back");
            }
            let tone = match (self.isolated[place], behind) {
                (true, _) => Tone::Bad,
                (false, 0) => Tone::Good,
                (false, _) => Tone::Warn,
            };
            let name = if place == 0 { "leader".into() } else { format!("replica {place}") };
            let heading = if place == 0 { "copy" } else { "" };
            Lane {
                name: if self.isolated[place] { format!("{name}, cut off") } else { name },
                stations: vec![Station::new(SERVER, heading).tone(tone)],
                dots,
                lines: Vec::new(),
                label,
            }
        });
        Lanes {
            lanes: lanes.collect(),
            legend: vec![
                (Tone::Plain, "write on its way".into()),
                (Tone::Good, "a session writes".into()),
                (Tone::Dim, "reads".into()),
                (Tone::Warn, "waits".into()),
            ],
        }
    }

    fn violations(&self) -> Bars {
        let measures = &self.measures;
        let bars = Kind::ALL.map(|kind| {
            let count = measures.violations[kind as usize];
            let of = match kind {
                Kind::OwnWrite | Kind::Backwards => measures.reads,
                Kind::WriteOrder | Kind::ReplyFirst => measures.writes,
            };
            let value = if of == 0 { 0.0 } else { count as f64 * 1e3 / of as f64 };
            Bar {
                name: kind.name().into(),
                value,
                label: format!("{value:.0}"),
                series: Series(0),
                tone: if count == 0 { Tone::Dim } else { Tone::Bad },
            }
        });
        Bars { title: "violated, per 1,000 operations".into(), bars: bars.to_vec(), ..Bars::default() }
    }

    fn unread_chart(&self, now: Nanos) -> Chart {
        let shares = &self.measures.shares;
        let x_span = shares.x_span(now, SPEC.length);
        let mut curves = vec![shares.curve("first look misses it", Series(1), now, |share| share * 100.0)];
        let theory = self.knobs.unread();
        if theory.is_finite() {
            curves.push(Curve::level(
                format!("theory {}", Unit::Share.show(theory)),
                Series(1),
                x_span,
                theory * 100.0,
            ));
        }
        Chart {
            y: "own post not found, %".into(),
            x: "time, s".into(),
            x_span,
            y_top: Some(100.0),
            of: Some("unread_share"),
            curves,
            ..Chart::default()
        }
    }

    fn costs(&self) -> Vec<Fact> {
        let measures = &self.measures;
        let reads = measures.reads as f64;
        vec![
            Fact::new("a read takes", Unit::Millis.show(measures.latency.mean() / 1e6))
                .note(format!("p99 {}", Unit::Millis.show(measures.latency.percentile(0.99) / 1e6))),
            Fact::new("reads at the leader", Unit::Share.show(measures.at_leader as f64 / reads)),
            Fact::new("oldest write missed", Unit::Millis.show(measures.stale_max.as_millis_f64())),
        ]
    }

    /// What session 1 asked and was told, and when its writes arrived where.
    pub(super) fn messages_scene(&self) -> Scene {
        let mut actors = vec!["session 1".to_string()];
        actors.extend(
            (0..self.servers.len()).map(place_of).map(|name| name.trim_start_matches("the ").to_string()),
        );
        let mut moments: Vec<Moment> = self.measures.moments.iter().cloned().collect();
        moments.sort_by_key(|moment| moment.at);
        Scene::Timeline(Timeline { actors, moments })
    }

    /// The calls on the post of session 1.
    pub(super) fn history_scene(&self, now: Nanos) -> Scene {
        let watched = &self.measures.watched;
        history_scene(watched.shown(), &watched.names(|client| format!("session {}", client + 1)), now)
    }
}
