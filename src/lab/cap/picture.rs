//! Both sides of the link as pictures, and the history of the key.

use super::knobs::{EAST, NODES};
use super::{Cap, SPEC};
use crate::lab::replicas::Flight;
use crate::lab::scene::{Chart, Curve, Fact, Lane, Lanes, Series, Station, Tone};
use crate::lab::verdicts::history_scene;
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::replica::leaderless::Message;
use crate::systems::replica::{Cell, Merge, NodeId};

/// Where a replica stands on its lane.
const REPLICA: f64 = 0.5;
/// How many messages are seen on a lane.
const DOTS: usize = 40;
/// How many siblings are named.
const NAMED: usize = 3;

impl Cap {
    /// The replicas with what they hold, the updates that each side keeps, numbers.
    pub(super) fn sides_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Facts(self.facts(now)), Scene::Chart(self.chart(now))]),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let names = ["west s1", "west s2", "east s3"];
        let lane = |node: NodeId| {
            let cut = self.cut.is_some() && node == EAST;
            let tone = if cut { Tone::Bad } else { Tone::Plain };
            let dots = self.replicas.flights().filter_map(|(_, flight)| dot(now, node, flight)).take(DOTS);
            Lane {
                name: names[node].into(),
                stations: vec![
                    Station::new(0.0, "asked"),
                    Station::new(REPLICA, "replica").tone(tone),
                    Station::new(1.0, "answered"),
                ],
                dots: dots.collect(),
                lines: Vec::new(),
                label: self.value(&self.held(node)),
            }
        };
        Lanes {
            lanes: (0..NODES).map(lane).collect(),
            legend: vec![
                (Tone::Plain, "read".into()),
                (Tone::Good, "update".into()),
                (Tone::Dim, "comparing".into()),
                (Tone::Bad, "cut off".into()),
            ],
        }
    }

    /// What a replica holds, in few words.
    fn value(&self, cell: &Cell) -> String {
        let values: Vec<String> = cell.versions().iter().map(|version| version.value.to_string()).collect();
        match self.knobs.merge {
            _ if values.is_empty() => "x = 0".into(),
            Merge::Sum => format!("x = {}", cell.sum()),
            _ if values.len() > NAMED => {
                format!("x = {} and {} more", values[..NAMED].join(" | "), values.len() - NAMED)
            }
            _ => format!("x = {}", values.join(" | ")),
        }
    }

    fn facts(&self, now: Nanos) -> Vec<Fact> {
        let counts = &self.counts;
        let count = |value: u64| Unit::Count.show(value as f64);
        let lost = self.updates.lost();
        let expected = self.knobs.lost_theory(self.cut_for(now));
        let theory =
            if expected.is_nan() { String::new() } else { format!("theory {}", Unit::Count.show(expected)) };
        let note =
            if self.cut.is_some() && lost > 0 { format!("if it healed now, {theory}") } else { theory };
        let bad = |bad: bool, tone: Tone| if bad { tone } else { Tone::Good };
        let refused = counts.refused.iter().sum::<u64>();
        let stale = Unit::Share.show(counts.stale as f64 / counts.reads as f64);
        let mut facts = vec![
            Fact::new("link", if self.cut.is_some() { "cut" } else { "works" })
                .tone(bad(self.cut.is_some(), Tone::Bad)),
            Fact::new("updates lost", count(lost)).note(note).tone(bad(lost > 0, Tone::Bad)),
            Fact::new("refused", count(refused))
                .note(format!("west {}, east {}", counts.refused[0], counts.refused[1]))
                .tone(bad(refused > 0, Tone::Bad)),
            Fact::new("stale reads", stale).tone(bad(counts.stale > 0, Tone::Warn)),
        ];
        let mut time = |name: &str, times: &crate::lab::measure::Histogram| {
            if times.count() > 0 {
                facts.push(Fact::new(name, Unit::Millis.show(times.mean() / 1e6)));
            }
        };
        time("a strict read", &counts.strict_times);
        time("an accepting read", &counts.local_times);
        facts.push(Fact::new("acknowledged", count(self.updates.acknowledged())).note("updates"));
        facts
    }

    /// The acknowledged updates that each side misses: while the link is cut each misses the other's, and what remains
    /// missing when it has healed is lost.
    fn chart(&self, now: Nanos) -> Chart {
        let x_span = self.missing.x_span(now, SPEC.length);
        let curve = |name: &str, side: usize| -> Curve {
            let mut curve = self.missing.curve(name, Series(side as u8), now, |missing| missing[side]);
            curve.points.retain(|(x, _)| *x >= x_span.0);
            curve
        };
        let mut curves = vec![curve("missing in the west", 0), curve("in the east", 1)];
        let expected = self.knobs.lost_theory(self.cut_for(now));
        if expected.is_finite() {
            curves.push(Curve::level("lost, theory", Series(2), x_span, expected));
        }
        Chart {
            y: "acknowledged updates".into(),
            x: "time, s".into(),
            x_span,
            of: Some("lost"),
            curves,
            ..Chart::default()
        }
    }

    /// The last calls, and what a checker says of them.
    pub(super) fn history_scene(&self, now: Nanos) -> Scene {
        if self.knobs.merge != Merge::LastWrite {
            let what =
                "a checker of registers has nothing to say of siblings and sums: choose merge last-write";
            return Scene::Facts(vec![Fact::new("history", what)]);
        }
        let (history, names) = self.calls.history();
        let side =
            |name: &String| match name.strip_prefix("client ").and_then(|line| line.parse::<u32>().ok()) {
                Some(line) if line % 2 == 1 => format!("west {}", line.div_ceil(2)),
                Some(line) => format!("east {}", line / 2),
                None => name.clone(),
            };
        let names: Vec<String> = names.iter().map(side).collect();
        history_scene(&history, &names, now)
    }
}

/// A message on a replica's lane: on its way there in the first half, on its way back in the second.
fn dot(now: Nanos, node: NodeId, flight: &Flight) -> Option<(f64, Tone)> {
    let span = flight.at.since(flight.sent).as_secs_f64().max(1e-9);
    let way = (now.since(flight.sent).as_secs_f64() / span).min(1.0);
    let (answers, tone) = match flight.message {
        Message::Store { .. } => (false, Tone::Good),
        Message::Stored { .. } => (true, Tone::Good),
        Message::Fetch { .. } => (false, Tone::Plain),
        Message::Fetched { .. } => (true, Tone::Plain),
        _ => (false, Tone::Dim),
    };
    match (answers, flight.to == node, flight.from == node) {
        (false, true, _) => Some((REPLICA * way, tone)),
        (true, _, true) => Some((REPLICA + (1.0 - REPLICA) * way, tone)),
        _ => None,
    }
}
