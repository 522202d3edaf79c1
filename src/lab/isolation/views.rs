//! The other ways to look at it: statement by statement, row versions, dependencies, and the whole suite.

use super::Isolation;
use super::knobs::LEVELS;
use super::picture::text;
use super::scripts::said;
use super::words::{brief, cycle_fact, entry_said, version_rows};
use crate::lab::scene::{Fact, Moment, Passage, Table, Timeline, Tone};
use crate::lab::{Scene, Unit};
use crate::sim::Nanos;
use crate::systems::mvcc::graph::{Anomaly, Graph, Kind};
use crate::systems::mvcc::hermitage::SCRIPTS;

/// So many edges are shown.
const ROWS: usize = 60;

impl Isolation {
    /// The same interleaving at all levels, or the last cycle of the traffic, statement by statement.
    pub(super) fn schedule(&self, now: Nanos) -> Scene {
        if let Some(stage) = &self.stage {
            let rows = stage.script.moves.iter().enumerate().map(|(index, (slot, what))| {
                let cells = stage.plays.iter().map(|play| {
                    let told = play.told().iter().rfind(|told| told.index == index);
                    told.map_or(String::new(), |told| brief(&told.outcome))
                });
                [format!("T{} {}", slot + 1, said(*what))].into_iter().chain(cells).collect()
            });
            let head: Vec<String> = ["statement"].iter().chain(LEVELS).map(ToString::to_string).collect();
            let table =
                Table { rows: rows.collect(), right: vec![false; head.len()], head, ..Table::default() };
            return Scene::Column(vec![Scene::Table(table), Scene::Table(self.verdicts())]);
        }
        let Some(found) = self.shown().and_then(|side| side.book.last.as_ref()) else {
            return Scene::Column(vec![
                Scene::Facts(vec![
                    Fact::new("last cycle", "none")
                        .note("no transactions have closed a cycle of dependencies at this level"),
                ]),
                Scene::Table(self.levels(now)),
            ]);
        };
        let mut actors: Vec<u64> = found.edges.iter().map(|edge| edge.from).collect();
        actors.sort_unstable();
        let moments = found.acts.iter().filter_map(|(at, entry)| {
            let place = actors.iter().position(|tx| *tx == entry.tx)?;
            let (text, tone) = entry_said(entry);
            Some(Moment { at: *at, from: place, to: place, text, passage: Passage::Direct, tone })
        });
        Scene::Column(vec![
            Scene::Facts(vec![cycle_fact(found.anomaly, &found.edges)]),
            Scene::Timeline(Timeline {
                actors: actors.iter().map(|tx| format!("transaction {tx}")).collect(),
                moments: moments.collect(),
            }),
        ])
    }

    /// The rows in all their versions.
    pub(super) fn versions(&self) -> Scene {
        let played = self.stage.as_ref().map(|stage| (stage.plays[self.knobs.level].store(), true));
        let Some((store, script)) = self.shown().map(|side| (&side.store, false)).or(played) else {
            return Scene::Facts(vec![
                Fact::new("versions", "none").note("a counter behind a lease has one value"),
            ]);
        };
        let who = |tx: u64| {
            if tx == 0 {
                "first".to_string()
            } else if script {
                format!("T{tx}")
            } else {
                tx.to_string()
            }
        };
        let head = ["row", "value", "xmin", "xmax", "state", "locked by"];
        Scene::Column(vec![Scene::Table(Table {
            head: text(&head),
            rows: version_rows(store, &who),
            right: vec![true, true, true, true, false, false],
            ..Table::default()
        })])
    }

    /// The dependencies of the last cycle, or of the script.
    pub(super) fn graph(&self) -> Scene {
        let (edges, fact) = if let Some(stage) = &self.stage {
            let graph = Graph::of(&stage.journals[self.knobs.level]);
            let cycle = (1..=3).find_map(|tx| graph.around(tx));
            let fact = cycle.map_or_else(
                || Fact::new("cycle", "none").note("some serial order has the same result").tone(Tone::Good),
                |(anomaly, edges)| cycle_fact(anomaly, &edges),
            );
            (graph.edges().iter().filter(|edge| edge.from > 0).copied().collect(), fact)
        } else if let Some(found) = self.shown().and_then(|side| side.book.last.as_ref()) {
            (found.edges.clone(), cycle_fact(found.anomaly, &found.edges))
        } else {
            (Vec::new(), Fact::new("cycle", "none").tone(Tone::Good))
        };
        let rows = edges.iter().take(ROWS).map(|edge| {
            let why = match (edge.kind, edge.predicate) {
                (Kind::Ww, _) => "overwrote it",
                (Kind::Wr, _) => "read it",
                (Kind::Rw, false) => "replaced what was read",
                (Kind::Rw, true) => "changed what the search would find",
            };
            vec![
                edge.from.to_string(),
                edge.to.to_string(),
                edge.kind.to_string(),
                edge.key.to_string(),
                why.into(),
            ]
        });
        let table = Table {
            head: text(&["first", "then", "kind", "row", "since the second one"]),
            rows: rows.collect(),
            right: vec![true, true, false, true, false],
            ..Table::default()
        };
        let kinds = Anomaly::ALL.into_iter().zip(self.kinds()).filter(|(_, count)| *count > 0);
        let kinds = kinds.map(|(kind, count)| {
            Fact::new(kind.name(), Unit::Count.show(count as f64)).note("closed so far")
        });
        Scene::Column(vec![Scene::Facts(vec![fact]), Scene::Table(table), Scene::Facts(kinds.collect())])
    }

    /// The whole suite, played at each level.
    pub(super) fn suite_table(&self) -> Scene {
        let rows = SCRIPTS.iter().zip(&self.suite).map(|(script, happens)| {
            let cells =
                happens.iter().map(|happens| if *happens { "permits" } else { "\u{2013}" }.to_string());
            [script.name.to_string(), script.title.to_string()].into_iter().chain(cells).collect()
        });
        let head: Vec<String> = ["script", "anomaly"].iter().chain(LEVELS).map(ToString::to_string).collect();
        let chosen = self
            .stage
            .as_ref()
            .and_then(|stage| SCRIPTS.iter().position(|script| script.name == stage.script.name));
        let right = vec![false; head.len()];
        Scene::Table(Table { head, rows: rows.collect(), right, chosen })
    }
}
