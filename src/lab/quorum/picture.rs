//! The store as pictures: what each replica holds and the messages on their way to it; the messages of one
//! operation; the history of one key.

use super::books::{How, Told};
use super::knobs::{KEYS, MEMBERS, Trouble};
use super::{Quorum, key_of, theory};
use crate::lab::replicas::{Fate, Flight, Kind};
use crate::lab::scene::{
    Chart, Curve, CurveKind, Fact, Lane, Lanes, Moment, Passage, Series, Station, Timeline, Tone,
};
use crate::lab::verdicts::history_scene;
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::replica::leaderless::Message;
use crate::systems::replica::{Cell, NodeId};

/// The names of the keys.
pub(super) const NAMES: [&str; KEYS] = ["x", "y", "z", "u"];
/// Where a replica stands on its lane.
const REPLICA: f64 = 0.5;
/// How many messages are seen on a lane.
const DOTS: usize = 40;

impl Quorum {
    /// The replicas with the messages on their way, how stale reads are by the age of what they miss, numbers.
    pub(super) fn replicas_scene(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Row(vec![Scene::Facts(self.facts()), Scene::Chart(self.visibility_chart())]),
        ])
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let mut lanes: Vec<Lane> = (0..self.knobs.n).map(|member| self.lane(now, member)).collect();
        // Stand-ins that keep something, where quorums are sloppy.
        let keeps = |member: &NodeId| self.replicas.nodes[*member].hints().next().is_some();
        lanes.extend((self.knobs.n..MEMBERS).filter(keeps).take(2).map(|member| self.lane(now, member)));
        Lanes {
            lanes,
            legend: vec![
                (Tone::Plain, "read".into()),
                (Tone::Good, "write".into()),
                (Tone::Warn, "old answer".into()),
                (Tone::Dim, "repair".into()),
                (Tone::Bad, "down or cut off".into()),
            ],
        }
    }

    fn lane(&self, now: Nanos, member: NodeId) -> Lane {
        let up = self.replicas.is_up(member);
        let cut = self.in_trouble && self.knobs.trouble == Trouble::Partition && member == 0;
        let station = if up && !cut {
            Station::new(REPLICA, "replica")
        } else {
            Station::new(REPLICA, "replica").tone(Tone::Bad)
        };
        let dots = self.replicas.flights().filter_map(|(_, flight)| self.dot(now, member, flight)).take(DOTS);
        let hints = self.replicas.nodes[member].hints().count();
        Lane {
            name: if member < self.knobs.n {
                format!("s{}", member + 1)
            } else {
                format!("s{} (stand-in)", member + 1)
            },
            stations: vec![Station::new(0.0, "asked"), station, Station::new(1.0, "answered")],
            dots: dots.collect(),
            lines: Vec::new(),
            label: match (up, hints) {
                (false, _) => format!("down  {}", self.values(member)),
                (true, 0) => self.values(member),
                (true, hints) => format!("hints kept {hints}"),
            },
        }
    }

    /// What a replica holds: the value of each key, and how many are old.
    fn values(&self, member: NodeId) -> String {
        let values = (0..KEYS).map(|key| {
            let newest = self.replicas.nodes[member].holds(key_of(key)).and_then(Cell::newest);
            let old = self.holds(member, key) < self.books.newest_acked(key);
            let mark = if old { "!" } else { " " };
            format!("{mark}{} {:>3}", NAMES[key], newest.map_or(0, |version| version.value))
        });
        values.collect::<Vec<_>>().join(" ")
    }

    /// A message on a replica's lane: on its way there in the first half, on its way back in the second.
    fn dot(&self, now: Nanos, member: NodeId, flight: &Flight) -> Option<(f64, Tone)> {
        let span = flight.at.since(flight.sent).as_secs_f64().max(1e-9);
        let way = (now.since(flight.sent).as_secs_f64() / span).min(1.0);
        let old = |cell: &Cell, key: usize| {
            cell.newest().map(|version| version.stamp) < self.books.newest_acked(key)
        };
        let tone = match &flight.message {
            Message::Store { .. } | Message::Stored { .. } => Tone::Good,
            Message::Fetch { .. } => Tone::Plain,
            Message::Fetched { op, cell } => match self.books.operation(*op) {
                Some(operation) if old(cell, operation.key) => Tone::Warn,
                _ => Tone::Plain,
            },
            _ => Tone::Dim,
        };
        if flight.to == member {
            Some((REPLICA * way, tone))
        } else if flight.from == member && flight.to >= MEMBERS {
            Some((REPLICA + (1.0 - REPLICA) * way, tone))
        } else {
            None
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let (books, knobs) = (&self.books, &self.knobs);
        let overlap = knobs.r + knobs.w > knobs.n;
        let rule = format!("{} + {} {} {}", knobs.r, knobs.w, if overlap { ">" } else { "<=" }, knobs.n);
        let share = Unit::Share.show(books.stale_share());
        let level = theory::expected_stale(knobs);
        let level =
            if level.is_nan() { String::new() } else { format!("theory {}", Unit::Share.show(level)) };
        let warn = |bad: bool| if bad { Tone::Warn } else { Tone::Good };
        let count = |value: u64| Unit::Count.show(value as f64);
        let failed = books.reads_failed + books.writes_failed;
        let mut facts = vec![
            Fact::new("R + W, N", rule)
                .note(if overlap { "overlap" } else { "no overlap" })
                .tone(warn(!overlap)),
            Fact::new("stale reads", share).note(level).tone(warn(books.stale > 0)),
            Fact::new("new, then old", count(books.inversions)).tone(warn(books.inversions > 0)),
            Fact::new("not answered", count(failed)).tone(if failed > 0 { Tone::Bad } else { Tone::Good }),
            Fact::new("read p99", Unit::Millis.show(books.read_times.percentile(0.99) / 1e6))
                .note(format!("theory {}", Unit::Millis.show(theory::quantile(knobs, false, 0.99)))),
            Fact::new("copies behind", self.behind().0.to_string()).note(format!("of {}", knobs.n * KEYS)),
        ];
        if knobs.sloppy {
            facts.push(Fact::new("hints waiting", self.hints().to_string()));
        }
        facts
    }

    /// How often a read misses the newest acknowledged write, by how old that is.
    fn visibility_chart(&self) -> Chart {
        let points = self.books.missed_by_age();
        let theory = self.expected.iter().map(|(age, share)| (*age, share * 100.0)).collect();
        let level = Unit::Share.show(theory::stale(self.knobs.n, self.knobs.w, self.knobs.r));
        let name = if self.knobs.all { "theory (WARS)".to_string() } else { format!("theory {level}") };
        Chart {
            y: "stale reads, %".into(),
            x: "age of the newest write, ms".into(),
            x_span: (0.0, theory::span(&self.knobs).as_millis_f64()),
            y_top: Some(100.0),
            of: Some("stale_share"),
            curves: vec![
                Curve::new(CurveKind::Points, "reads", Series(1), points),
                Curve::new(CurveKind::Theory, name, Series(1), theory),
            ],
            ..Chart::default()
        }
    }

    /// The messages of the last operation that went wrong, or else of the last one; in the story those of a round of it.
    pub(super) fn messages_scene(&self) -> Scene {
        let recent = &self.books.recent;
        let (headed, shown): (String, Vec<&Told>) = match (&self.books.odd, recent.back()) {
            (_, Some(_)) if self.knobs.trouble == Trouble::Overlap => {
                ("one write and the reads within it".into(), recent.iter().collect())
            }
            (Some(told), _) | (None, Some(told)) => (headline(told), vec![told]),
            (None, None) => return Scene::Facts(vec![Fact::new("nothing", "was answered yet")]),
        };
        Scene::Part(headed, Box::new(Scene::Timeline(self.story_of(&shown))))
    }

    fn story_of(&self, shown: &[&Told]) -> Timeline {
        let nodes = shown.iter().flat_map(|told| &told.legs).flat_map(|leg| [leg.from, leg.to]);
        let members = nodes.filter(|node| *node < MEMBERS).max().map_or(0, |last| last + 1).max(self.knobs.n);
        let mut coordinators: Vec<NodeId> = shown.iter().map(|told| told.operation.at).collect();
        coordinators.sort_unstable();
        coordinators.dedup();
        let mut actors: Vec<String> =
            coordinators.iter().map(|node| format!("c{}", node + 1 - MEMBERS)).collect();
        actors.extend((0..members).map(|member| format!("s{}", member + 1)));
        let place = |node: NodeId| match coordinators.binary_search(&node) {
            Ok(place) => place,
            Err(_) => (coordinators.len() + node).min(coordinators.len() + members),
        };
        let mut moments: Vec<Moment> = shown.iter().flat_map(|told| moments_of(told, &place)).collect();
        moments.sort_by_key(|moment| moment.at);
        Timeline { actors, moments }
    }

    /// The last calls of the first key, and what a checker says of them.
    pub(super) fn history_scene(&self, now: Nanos) -> Scene {
        let (history, names) = self.books.calls.history();
        history_scene(&history, &names, now)
    }
}

/// The messages of an operation, and its end.
fn moments_of(told: &Told, place: &impl Fn(NodeId) -> usize) -> Vec<Moment> {
    let name = NAMES[told.operation.key];
    let mut moments = Vec::new();
    for leg in &told.legs {
        let value = leg.value.unwrap_or(0);
        let (text, tone) = match leg.kind {
            Kind::Store => (format!("{name}={value}"), Tone::Good),
            Kind::Lodge => (format!("{name}={value}, hint"), Tone::Warn),
            Kind::Stored => ("stored".into(), Tone::Good),
            Kind::Fetch => (format!("{name}?"), Tone::Plain),
            Kind::Fetched => (format!("{name}={value}"), Tone::Plain),
        };
        let moment = |at, passage, tone| Moment {
            at,
            from: place(leg.from),
            to: place(leg.to),
            text: text.clone(),
            passage,
            tone,
        };
        match leg.fate {
            Fate::Arrived(at) => moments.push(moment(at, Passage::Direct, tone)),
            Fate::Lost => moments.push(moment(leg.sent, Passage::Lost, Tone::Bad)),
            Fate::UnderWay => {
                let mut moment = moment(leg.sent, Passage::Late, Tone::Dim);
                moment.text.push_str(", under way");
                moments.push(moment);
            }
        }
    }
    let (text, tone) = verdict(told);
    let own = place(told.operation.at);
    moments.push(Moment { at: told.end, from: own, to: own, text, passage: Passage::Direct, tone });
    moments
}

fn headline(told: &Told) -> String {
    let what = if told.operation.writes.is_some() { "write" } else { "read" };
    let (verdict, _) = verdict(told);
    format!("{what} {} of {}: {verdict}", told.op, NAMES[told.operation.key])
}

/// How an operation ended, in few words.
fn verdict(told: &Told) -> (String, Tone) {
    match told.how {
        How::Written => ("acknowledged".into(), Tone::Good),
        How::Read(value) => (format!("read {value}"), Tone::Good),
        How::Stale(value) => (format!("read {value}: stale"), Tone::Warn),
        How::Inverted(value) => (format!("read {value}: older than a read before"), Tone::Bad),
        How::Refused => ("refused".into(), Tone::Bad),
        How::Unknown => ("out of time: unknown".into(), Tone::Bad),
    }
}
