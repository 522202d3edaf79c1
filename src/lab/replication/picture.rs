//! Replication as pictures: what each node's log has, who leads, what is acknowledged and lost; messages; calls on one key.

use super::store::Store;
use super::traffic::CLIENTS;
use super::{Replication, SPEC, theory};
use crate::lab::scene::{
    Chart, Curve, CurveKind, Fact, Lane, Lanes, Moment, Passage, Series, Station, Table, Timeline, Tone,
};
use crate::lab::verdicts::history_scene;
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::replica::NodeId;

/// How many keys are seen with several leaders.
const ROWS: u32 = 5;
/// How many positions of the logs are seen.
const POSITIONS: u64 = 56;

impl Replication {
    /// What a node is, in few words.
    pub(super) fn role(&self, node: NodeId) -> String {
        let what = match &self.store {
            Store::Single { nodes, .. } => match nodes[node].leads() {
                _ if !nodes[node].is_up() => "down".into(),
                Some(epoch) if epoch < self.led.0 => format!("leads epoch {epoch}!"),
                Some(epoch) => format!("leads epoch {epoch}"),
                None => "follows".into(),
            },
            Store::Multi { nodes } if nodes[node].is_up() => "leads".into(),
            Store::Multi { .. } => "down".into(),
            Store::Chain { nodes, master } => {
                let members = &master.order().members;
                match members.iter().position(|&member| member == node) {
                    _ if !nodes[node].is_up() => "down".into(),
                    Some(0) if members.len() == 1 => "head, tail".into(),
                    Some(0) => "head".into(),
                    Some(place) if place + 1 == members.len() => "tail".into(),
                    Some(place) => format!("link {}", place + 1),
                    None if master.order().joining == Some(node) => "joins".into(),
                    None => "left out".to_string(),
                }
            }
        };
        if self.isolated == Some(node) { format!("{what}, cut off") } else { what }
    }

    /// What somebody in the network is called.
    pub(super) fn actor(&self, actor: NodeId) -> String {
        let nodes = self.knobs.nodes;
        match actor {
            node if node < nodes => format!("node {node}"),
            manager if manager == nodes => "manager".into(),
            client => format!("client {}", client - nodes),
        }
    }

    /// The nodes and what is counted.
    pub(super) fn nodes_scene(&self, now: Nanos) -> Scene {
        let first = match &self.store {
            Store::Multi { .. } => Scene::Table(self.copies()),
            _ => Scene::Lanes(self.logs()),
        };
        Scene::Column(vec![
            first,
            Scene::Facts(self.facts(now)),
            Scene::Row(vec![Scene::Chart(self.loss_chart(now)), Scene::Chart(self.rate_chart(now))]),
        ])
    }

    /// A lane for each log, a dot for each entry that it has, its newest at the right.
    fn logs(&self) -> Lanes {
        let logs = |node: NodeId| self.store.shipped(node);
        let nodes = self.store.nodes();
        let longest = (0..nodes).filter_map(logs).map(|(log, ..)| log.len()).max().unwrap_or(0);
        let first = longest.saturating_sub(POSITIONS);
        let truth = self.store.newest().and_then(|(_, leader)| logs(leader)).map(|(log, ..)| log);
        let lanes = (0..nodes).filter_map(|node| {
            let (log, settled, on_disk) = logs(node)?;
            let up = self.store.is_up(node);
            let dots = (first + 1..=log.len()).map(|at| {
                let same = truth.is_none_or(|truth| match log.epoch_at(at) {
                    Some(epoch) => at > truth.len() && !up || truth.holds(at, epoch),
                    None => true,
                });
                let tone = match () {
                    () if !same => Tone::Bad,
                    () if !up || at > on_disk => Tone::Dim,
                    () if at <= settled => Tone::Good,
                    () => Tone::Warn,
                };
                ((at - first) as f64 / (POSITIONS + 1) as f64, tone)
            });
            let leads = self.store.newest().is_some_and(|(_, leader)| leader == node);
            let tone = match (up, leads) {
                (false, _) => Tone::Bad,
                (true, true) => Tone::Good,
                (true, false) => Tone::Dim,
            };
            Some(Lane {
                name: format!("{node} {}", self.role(node)),
                stations: vec![Station::new(0.0, "").tone(tone)],
                dots: dots.collect(),
                lines: Vec::new(),
                label: Unit::Count.show(log.len() as f64),
            })
        });
        Lanes {
            lanes: lanes.collect(),
            legend: vec![
                (Tone::Good, "settled".into()),
                (Tone::Warn, "held".into()),
                (Tone::Dim, "not on disk, down".into()),
                (Tone::Bad, "not the leader's".into()),
            ],
        }
    }

    /// With several leaders: what each of them holds for every key.
    fn copies(&self) -> Table {
        let Store::Multi { nodes } = &self.store else { return Table::default() };
        let mut head = vec!["key".to_string()];
        head.extend((0..nodes.len()).map(|node| format!("node {node} {}", self.role(node))));
        let rows = (0..ROWS).map(|key| {
            let held: Vec<String> = nodes
                .iter()
                .map(|node| match node.copy().get(key).map_or(&[][..], |cell| cell.versions()) {
                    [] => "-".into(),
                    [one] => one.value.to_string(),
                    many => many.iter().map(|one| one.value.to_string()).collect::<Vec<_>>().join(" and "),
                })
                .collect();
            let same = held.windows(2).all(|pair| pair[0] == pair[1]);
            let mut row = vec![if same { format!("{key}") } else { format!("{key} differs") }];
            row.extend(held);
            row
        });
        Table { head, rows: rows.collect(), right: vec![false; nodes.len() + 1], ..Table::default() }
    }

    fn facts(&self, now: Nanos) -> Vec<Fact> {
        let (ledger, knobs) = (&self.ledger, &self.knobs);
        let count = |n: u64| Unit::Count.show(n as f64);
        let tone = |n: u64, tone: Tone| if n > 0 { tone } else { Tone::Plain };
        let lost = Fact::new("acknowledged, then lost", count(ledger.lost))
            .note(format!("of {}", count(ledger.acknowledged)))
            .tone(tone(ledger.lost, Tone::Bad));
        let multi = matches!(self.store, Store::Multi { .. });
        let second = if multi {
            Fact::new("in conflict", count(ledger.conflicts)).tone(tone(ledger.conflicts, Tone::Warn))
        } else {
            Fact::new("by a deposed leader", count(ledger.split_brain))
                .tone(tone(ledger.split_brain, Tone::Bad))
        };
        let theory = theory::latency(knobs, 0.5);
        let down = ledger.unavailable(now, knobs.rate);
        let mut facts = vec![
            lost,
            Fact::new("a write takes", Unit::Millis.show(ledger.latency.percentile(0.5) / 1e6))
                .note(format!("theory {}", Unit::Millis.show(theory))),
            Fact::new("no acknowledgement for", Unit::Seconds.show(down.as_secs_f64()))
                .note(format!("{} failovers", ledger.failovers))
                .tone(if down > Nanos::ZERO { Tone::Warn } else { Tone::Plain }),
        ];
        if multi || ledger.split_brain > 0 {
            facts.insert(1, second);
        }
        facts
    }

    fn loss_chart(&self, now: Nanos) -> Chart {
        let spans = &self.ledger.spans;
        let x_span = spans.x_span(now, SPEC.length);
        let expected = theory::lost(&self.knobs, self.ledger.crashes);
        let mut curves = vec![spans.curve("lost", Series(1), now, |span| span.lost as f64)];
        if matches!(self.store, Store::Multi { .. }) {
            curves.push(spans.curve("in conflict", Series(2), now, |span| span.conflicts as f64));
        } else if expected > 0.0 {
            curves.push(Curve::level(format!("theory {expected:.0}"), Series(1), x_span, expected));
        }
        Chart {
            y: "acknowledged writes lost".into(),
            x: "time, s".into(),
            x_span,
            of: Some("lost"),
            curves,
            ..Chart::default()
        }
    }

    fn rate_chart(&self, now: Nanos) -> Chart {
        let spans = &self.ledger.spans;
        let x_span = spans.x_span(now, SPEC.length);
        let width = spans.width_s();
        let rate = spans.curve("acknowledged", Series(0), now, |span| span.acknowledged as f64 / width);
        let sent = Curve::new(
            CurveKind::Theory,
            "sent",
            Series(0),
            vec![(x_span.0, self.knobs.rate), (x_span.1, self.knobs.rate)],
        );
        Chart {
            y: "acknowledged a second".into(),
            x: "time, s".into(),
            x_span,
            curves: vec![rate, sent],
            ..Chart::default()
        }
    }

    /// The last messages.
    pub(super) fn messages_scene(&self, _now: Nanos) -> Scene {
        let nodes = self.knobs.nodes;
        // From left to right: clients, nodes, the manager.
        let column = |actor: NodeId| if actor > nodes { actor - nodes - 1 } else { actor + CLIENTS };
        let mut actors: Vec<String> = (1..=CLIENTS).map(|client| format!("client {client}")).collect();
        actors.extend((0..nodes).map(|node| format!("node {node}")));
        if !matches!(self.store, Store::Multi { .. }) {
            actors.push("manager".into());
        }
        let mut moments: Vec<Moment> = self
            .traffic
            .passed
            .iter()
            .map(|passed| Moment {
                at: passed.at,
                from: column(passed.from),
                to: column(passed.to),
                text: passed.text.clone(),
                passage: if passed.lost { Passage::Lost } else { Passage::Direct },
                tone: match passed.text.as_str() {
                    _ if passed.lost => Tone::Bad,
                    text if text.starts_with("stored") => Tone::Good,
                    text if text.starts_with("refused") || text.starts_with("epoch") => Tone::Warn,
                    _ => Tone::Plain,
                },
            })
            .collect();
        moments.sort_by_key(|moment| moment.at);
        Scene::Timeline(Timeline { actors, moments })
    }

    /// The calls on the key that is watched.
    pub(super) fn history_scene(&self, now: Nanos) -> Scene {
        let names = self.watched.names(|client| format!("client {}", client + 1));
        history_scene(self.watched.shown(), &names, now)
    }
}
