//! The cluster as pictures: who is what, which messages are under way, how the logs end, and what came of it over time.

use super::cluster::{Machine, Mail, Server};
use super::stories::Story;
use super::{Raft, SPEC};
use crate::lab::scene::{
    Chart, Curve, CurveKind, Fact, Lane, Lanes, Moment, Series, Station, Table, Timeline, Tone, x_of,
};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::raft::{Body, Id, Index, Outcome, Role};

/// Entries that are seen at the end of the logs: beside the lanes, and in the table.
const TAIL: u64 = 8;
const LONG_TAIL: u64 = 24;
/// Messages that are seen on a lane.
const DOTS: usize = 40;

/// What a message says, in few words, and what it means.
pub(super) fn said(mail: &Mail) -> (String, Tone) {
    let term = mail.term;
    match &mail.body {
        Body::PreVote { .. } => (format!("could I win {term}?"), Tone::Warn),
        Body::PreVoted { granted: true } => ("yes".into(), Tone::Warn),
        Body::PreVoted { granted: false } => ("no".into(), Tone::Dim),
        Body::RequestVote { .. } => (format!("vote, term {term}?"), Tone::Warn),
        Body::Voted { granted: true } => ("my vote".into(), Tone::Warn),
        Body::Voted { granted: false } => ("no vote".into(), Tone::Dim),
        Body::Append { entries, .. } if entries.is_empty() => ("heartbeat".into(), Tone::Dim),
        Body::Append { prev, entries, .. } => {
            let (first, last) = (prev.index + 1, prev.index + entries.len() as u64);
            let which =
                if first == last { format!("entry {first}") } else { format!("entries {first}-{last}") };
            (which, Tone::Good)
        }
        Body::Install { snapshot, .. } => (format!("snapshot to {}", snapshot.last.index), Tone::Good),
        Body::Appended { outcome: Outcome::Matched(index), .. } => (format!("have {index}"), Tone::Plain),
        Body::Appended { outcome: Outcome::Rejected { prev, .. }, .. } => {
            (format!("not your {prev}"), Tone::Bad)
        }
        Body::TimeoutNow => ("stand now".into(), Tone::Warn),
    }
}

/// What the arrival of a message is.
pub(super) fn happens(mail: &Mail) -> &'static str {
    match &mail.body {
        Body::PreVote { .. } => "s# is asked who could win",
        Body::PreVoted { .. } => "s# hears if it could win",
        Body::RequestVote { .. } => "s# is asked for its vote",
        Body::Voted { granted: true } => "s# gets a vote",
        Body::Voted { granted: false } => "s# is refused a vote",
        Body::Append { entries, .. } if entries.is_empty() => "s# hears its leader",
        Body::Append { .. } => "s# gets entries",
        Body::Install { .. } => "s# gets a snapshot",
        Body::Appended { outcome: Outcome::Matched(_), .. } => "s# hears how far a follower is",
        Body::Appended { .. } => "s# hears that a log is another one: it goes back",
        Body::TimeoutNow => "s# is asked to lead",
    }
}

/// The last entries up to `end`, by their terms: `'` is not committed as far as the node knows, `.` not there, `~` in its snapshot.
fn tail(node: Option<&Server>, end: Index, count: u64) -> String {
    let cell = |index: Index| {
        let (Some(node), 1..) = (node, index) else { return "  ".to_string() };
        let mark = if index > node.commit() { '\'' } else { ' ' };
        match node.entry(index) {
            Some(entry) => format!("{}{mark}", entry.term % 100),
            None if index <= node.entries().base().index => "~ ".into(),
            None => ". ".into(),
        }
    };
    // So many cells also where the log is shorter, so that nothing moves.
    let before = (count - 1).saturating_sub(end);
    let first = (end + before + 1).saturating_sub(count);
    let cells: Vec<String> = (0..before).map(|_| "  ".into()).chain((first..=end).map(cell)).collect();
    // Terms above 9 make all cells wider alike.
    let wide = cells.iter().map(String::len).max().unwrap_or(2);
    cells.iter().map(|cell| format!("{cell:<wide$}")).collect::<Vec<_>>().concat()
}

impl Raft {
    pub(super) fn cluster_view(&self, now: Nanos) -> Scene {
        let mut parts = vec![Scene::Lanes(self.lanes(now))];
        if self.knobs.story.is_told() {
            parts.push(self.story());
        }
        parts.push(Scene::Row(vec![self.charge_facts(now), self.commit_facts(now)]));
        match self.knobs.story {
            Story::Crashes => parts.push(Scene::Chart(self.election_chart(now))),
            story if !story.is_told() => parts.push(Scene::Chart(self.commit_chart(now))),
            _ => {}
        }
        Scene::Column(parts)
    }

    fn role_of(&self, machine: &Machine) -> (&'static str, Tone) {
        let member = self.cluster.leader().is_none_or(|leader| leader.config().contains(machine.id));
        match machine.node.as_ref().map(Server::role) {
            None => ("down", Tone::Bad),
            Some(Role::Leader) if machine.isolated => ("leader, cut off", Tone::Warn),
            Some(_) if machine.isolated => ("cut off", Tone::Bad),
            Some(Role::Leader) => ("leader", Tone::Good),
            Some(_) if !member => ("no member", Tone::Dim),
            Some(Role::Candidate) => ("candidate", Tone::Warn),
            Some(Role::PreCandidate) => ("asks", Tone::Warn),
            Some(Role::Follower) => ("follower", Tone::Plain),
        }
    }

    /// A server and what it is: `S3 leader, term 4`.
    pub(super) fn standing(&self, machine: &Machine) -> String {
        let (role, id) = (self.role_of(machine).0, machine.id);
        match &machine.node {
            Some(node) => format!("S{id} {role}, term {}", node.term()),
            None => format!("S{id} {role}"),
        }
    }

    /// The server that the messages are seen from: who leads, else who stands.
    fn hub(&self) -> Option<Id> {
        let stands = |node: &&Server| matches!(node.role(), Role::Candidate | Role::PreCandidate);
        let standing = self.cluster.nodes().filter(stands).max_by_key(|node| node.term());
        let leader = self.cluster.working_leader().and_then(|id| self.cluster.node(id));
        leader.or(standing).or_else(|| self.cluster.leader()).map(Server::id)
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let hub = self.hub();
        let end = self.cluster.last_index();
        let log = format!("log to {end}, ' not committed");
        let lane = |machine: &Machine| {
            let (role, tone) = self.role_of(machine);
            let term = machine.node.as_ref().map_or(String::new(), |node| format!(" {}", node.term()));
            let dots = if hub == Some(machine.id) { Vec::new() } else { self.dots(now, hub, machine.id) };
            Lane {
                name: format!("S{} {role}{term}", machine.id),
                stations: vec![Station::new(1.0, log.clone()).tone(tone)],
                dots,
                lines: Vec::new(),
                label: tail(machine.node.as_ref(), end, TAIL),
            }
        };
        let from = hub.map_or("nobody leads".into(), |id| format!("S{id}"));
        let mut lanes: Vec<Lane> = self.cluster.machines.iter().map(lane).collect();
        if let Some(first) = lanes.first_mut() {
            first.stations.insert(0, Station::new(0.0, from));
        }
        Lanes {
            lanes,
            legend: vec![
                (Tone::Good, "entries".into()),
                (Tone::Warn, "votes".into()),
                (Tone::Dim, "heartbeats".into()),
                (Tone::Plain, "answers".into()),
                (Tone::Bad, "refusals".into()),
            ],
        }
    }

    /// The messages between the hub and a server, from the left to the right and back.
    fn dots(&self, now: Nanos, hub: Option<Id>, id: Id) -> Vec<(f64, Tone)> {
        let between = self.cluster.flights.values().rev().filter_map(|flight| {
            let (from, to) = (flight.mail.from, flight.mail.to);
            let passed = now.since(flight.sent).as_secs_f64();
            let way = passed / flight.arrives.since(flight.sent).as_secs_f64().max(1e-9);
            let place = match (Some(from) == hub, Some(to) == hub) {
                (true, _) if to == id => way,
                (_, true) if from == id => 1.0 - way,
                _ => return None,
            };
            Some((place.clamp(0.0, 1.0), said(&flight.mail).1))
        });
        between.take(DOTS).collect()
    }

    fn story(&self) -> Scene {
        let steps = self.knobs.story.steps();
        let done = self.told.step;
        // What came before is seen too, what comes not yet: it would give the end away.
        let rows = (0..done).rev().map(|step| vec![(step + 1).to_string(), steps[step].text.to_string()]);
        let mut rows: Vec<Vec<String>> = rows.collect();
        if rows.is_empty() {
            rows.push(vec![String::new(), "the story begins".into()]);
        }
        Scene::Table(Table { head: Vec::new(), rows, right: vec![true, false], chosen: Some(0) })
    }

    fn charge_facts(&self, now: Nanos) -> Scene {
        let seen = &self.seen;
        let charge = match (self.cluster.working_leader(), seen.spell_since()) {
            (Some(id), _) => Fact::new("in charge", format!("S{id}")).tone(Tone::Good),
            (None, Some(since)) => {
                Fact::new("in charge", "nobody").note(format!("for {}", now.since(since))).tone(Tone::Bad)
            }
            (None, None) => Fact::new("in charge", "nobody").tone(Tone::Bad),
        };
        let elections = Fact::new("elections", Unit::Count.show(seen.elections as f64));
        let split = if seen.splits > 0 { format!("{} split", seen.splits) } else { String::new() };
        let theory = format!("theory {}", Unit::Millis.show(self.theory.elect_ms.round()));
        Scene::Facts(vec![
            charge,
            elections.note(split),
            Fact::new("without a leader", Unit::Seconds.show(seen.leaderless(now).as_secs_f64())),
            Fact::new("from crash to leader", Unit::Millis.show(seen.elect_ms().round())).note(theory),
        ])
    }

    fn commit_facts(&self, now: Nanos) -> Scene {
        let seen = &self.seen;
        let theory = |value: f64, unit: Unit| format!("theory {}", unit.show(value));
        let refused =
            if seen.refused > 0 { format!("{} found no leader", seen.refused) } else { String::new() };
        let rate = seen.committed as f64 / now.as_secs_f64();
        Scene::Facts(vec![
            Fact::new("committed", Unit::Count.show(seen.committed as f64)).note(refused),
            Fact::new("a second", Unit::PerSecond.show(rate)),
            Fact::new("time to commit", Unit::Millis.show(seen.commit_ms()))
                .note(theory(self.theory.commit_ms, Unit::Millis)),
            Fact::new("messages for one", Unit::Ratio.show(seen.copying_per_commit()))
                .note(theory(self.theory.messages, Unit::Ratio)),
        ])
    }

    fn election_chart(&self, now: Nanos) -> Chart {
        let x_span = (0.0, x_of(now).max(x_of(SPEC.length)));
        let theory = Curve::level("theory", Series(0), x_span, self.theory.elect_ms);
        let points = self.seen.points.clone();
        Chart {
            y: "from a leader's crash to the next, ms".into(),
            x: "time, s".into(),
            x_span,
            of: Some("elect_ms"),
            curves: vec![Curve::new(CurveKind::Points, "run", Series(0), points), theory],
            ..Chart::default()
        }
    }

    /// The last messages but heartbeats, from one to another.
    pub(super) fn messages_view(&self) -> Scene {
        let place = |id: Id| id as usize - 1;
        let moments = self.cluster.moments.iter().map(|noted| Moment {
            // Whole milliseconds fit beside the picture.
            at: Nanos::from_millis(noted.at.0 / 1_000_000),
            from: place(noted.from),
            to: place(noted.to),
            text: noted.text.clone(),
            passage: noted.passage,
            tone: noted.tone,
        });
        let actors = self.cluster.machines.iter().map(|machine| format!("S{}", machine.id));
        Scene::Timeline(Timeline { actors: actors.collect(), moments: moments.collect() })
    }

    /// What each server has, and knows.
    pub(super) fn logs_view(&self) -> Scene {
        let end = self.cluster.last_index();
        let first = end.saturating_sub(LONG_TAIL - 1).max(1);
        let row = |machine: &Machine| {
            let (role, _) = self.role_of(machine);
            let node = machine.node.as_ref();
            let number = |value: Option<u64>| value.map_or("-".into(), |value| value.to_string());
            vec![
                format!("S{} {role}", machine.id),
                number(node.map(Server::term)),
                tail(node, end, LONG_TAIL),
                number(node.map(|node| node.entries().last_index())),
                number(node.map(Server::commit)),
                number(node.map(|node| node.entries().base().index)),
            ]
        };
        let log = format!("terms of entries {first} to {end}");
        let head = ["server", "term", &log, "last", "commit", "snapshot"];
        let leader = self.cluster.working_leader().map(|id| id as usize - 1);
        let votes =
            self.cluster.nodes().filter(|node| node.role() == Role::Leader).max_by_key(|node| node.term());
        let members = votes.map_or(String::new(), |node| {
            let names = |ids: &[Id]| ids.iter().map(|id| format!("S{id}")).collect::<Vec<_>>().join(" ");
            let going = if node.config().is_joint() {
                format!(", and still {}", names(node.config().outgoing()))
            } else {
                String::new()
            };
            format!("{}{going}", names(node.config().voters()))
        });
        Scene::Column(vec![
            Scene::Table(Table {
                head: head.map(String::from).to_vec(),
                rows: self.cluster.machines.iter().map(row).collect(),
                right: vec![false, true, false, true, true, true],
                chosen: leader,
            }),
            Scene::Facts(vec![
                Fact::new("voters, as the leader has them", members),
                Fact::new("marks", "' not committed   . not there   ~ in the snapshot"),
            ]),
        ])
    }

    fn commit_chart(&self, now: Nanos) -> Chart {
        let bins = &self.seen.over_time;
        let (x_span, width) = (bins.x_span(now, SPEC.length), bins.width_s());
        let commits = bins.curve("committed", Series(0), now, |(commits, _)| *commits as f64 / width);
        let load = Curve::level("proposed", Series(1), x_span, self.knobs.load);
        Chart {
            y: "proposals per second".into(),
            x: "time, s".into(),
            x_span,
            curves: vec![commits, load],
            ..Chart::default()
        }
    }

    fn term_chart(&self, now: Nanos) -> Chart {
        let bins = &self.seen.over_time;
        // A bin in which the term stayed as it was says nothing of it.
        let mut highest = 0.0_f64;
        let mut terms = bins.curve("highest term", Series(2), now, |(_, term)| *term as f64);
        for (_, term) in &mut terms.points {
            highest = highest.max(*term);
            *term = highest;
        }
        Chart {
            y: "term".into(),
            x: "time, s".into(),
            x_span: bins.x_span(now, SPEC.length),
            curves: vec![terms],
            ..Chart::default()
        }
    }

    /// Commits and terms.
    pub(super) fn time_view(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Chart(self.commit_chart(now)),
            Scene::Chart(self.term_chart(now)),
            self.charge_facts(now),
        ])
    }
}
