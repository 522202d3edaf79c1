//! The protocols as pictures: messages between the services, what each has written down of the last transactions, and how many
//! rows are locked, sagas half done or events on their way over time.

use super::knobs::Protocol;
use super::nodes::{Any, Outcome, name};
use super::{SPEC, Told, Transactions};
use crate::lab::Scene;
use crate::lab::scene::{Chart, Lane, Lanes, Moment, Passage, Series, Station, Table, Timeline, Tone};
use crate::sim::Nanos;
use crate::systems::transaction::{Message, NodeId, What};

/// So many transactions stand beside the lanes, and so many messages on a lane.
const ROWS: usize = 12;
const DOTS: usize = 80;

impl Transactions {
    /// All there is to see at `now`.
    pub(super) fn pictures(&self, now: Nanos) -> Scene {
        Scene::Column(vec![
            Scene::Lanes(self.lanes(now)),
            Scene::Table(self.data(ROWS)),
            Scene::Chart(self.waiting(now)),
        ])
    }

    /// Whether messages go between neighbours, rather than to and from the first node.
    fn is_chain(&self) -> bool {
        self.knobs.protocol == Protocol::Choreography || self.knobs.protocol.publishes()
    }

    fn lanes(&self, now: Nanos) -> Lanes {
        let protocol = self.knobs.protocol;
        let mut lanes: Vec<Lane> = (1..self.nodes.len())
            .map(|node| {
                let left = if self.is_chain() { node - 1 } else { 0 };
                let doubts = self.nodes[node].doubts();
                let state = match (self.down[node], doubts) {
                    (true, _) => "down".to_string(),
                    (_, 0) => "up".into(),
                    (_, doubts) => format!("in doubt {doubts}"),
                };
                Lane {
                    name: name(protocol, left).into(),
                    stations: vec![
                        Station::new(0.0, "").tone(self.tone(left)),
                        Station::new(1.0, "").tone(self.tone(node)),
                    ],
                    label: format!("{}, {state}", name(protocol, node)),
                    ..Lane::default()
                }
            })
            .collect();
        for flight in self.wire.values().take(DOTS * lanes.len()) {
            let message = &flight.message;
            let Some(lane) = lanes.get_mut(message.from.max(message.to).saturating_sub(1)) else { continue };
            let span = flight.arrives.since(flight.sent).as_secs_f64().max(1e-9);
            let way = (now.since(flight.sent).as_secs_f64() / span).clamp(0.0, 1.0);
            // One that gets lost is seen to die half way.
            if flight.lost && way > 0.5 {
                continue;
            }
            let at = if message.from < message.to { way } else { 1.0 - way };
            let tone = if flight.lost { Tone::Dim } else { tone_of(message.what) };
            lane.dots.push((at, tone));
        }
        let legend = match protocol {
            Protocol::TwoPhase => ["prepare, yes", "commit", "inquire", "no, abort"],
            Protocol::Orchestration | Protocol::Choreography => ["received", "do, done", "undo", "refused"],
            Protocol::Outbox | Protocol::Capture => ["received", "event", "", ""],
        };
        let tones = [Tone::Plain, Tone::Good, Tone::Warn, Tone::Bad];
        let legend = tones.into_iter().zip(legend).filter(|(_, word)| !word.is_empty());
        Lanes { lanes, legend: legend.map(|(tone, word)| (tone, word.to_string())).collect() }
    }

    fn tone(&self, node: NodeId) -> Tone {
        if self.down[node] {
            Tone::Bad
        } else if self.nodes[node].doubts() > 0 {
            Tone::Warn
        } else {
            Tone::Good
        }
    }

    /// What each service has written down of the last transactions.
    pub(super) fn data(&self, most: usize) -> Table {
        let mut head = vec!["transaction".to_string()];
        head.extend((0..self.nodes.len()).map(|node| name(self.knobs.protocol, node).to_string()));
        head.push("outcome".into());
        let rows = self.ledger.fates.iter().rev().take(most).map(|(tx, fate)| {
            let outcome = match fate.ended {
                None => "open".to_string(),
                Some((_, Outcome::Done)) => "done".into(),
                Some((_, Outcome::Undone)) if self.knobs.protocol.is_saga() => "compensated".into(),
                Some((_, Outcome::Undone)) => "aborted".into(),
            };
            let said = self.nodes.iter().map(|node| node.says(*tx));
            std::iter::once(tx.to_string()).chain(said).chain([outcome]).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let mut right = vec![false; head.len()];
        right[0] = true;
        let chosen =
            self.ledger.fates.keys().rev().position(|tx| *tx == self.struck.0).filter(|at| *at < rows.len());
        Table { head, rows, right, chosen }
    }

    fn waiting(&self, now: Nanos) -> Chart {
        let x_span = self.ledger.seen.x_span(now, SPEC.length);
        let y = match self.knobs.protocol {
            Protocol::TwoPhase => "rows locked in doubt",
            Protocol::Orchestration | Protocol::Choreography => "sagas seen half done",
            Protocol::Outbox | Protocol::Capture => "events on their way",
        };
        let curve = self.ledger.seen.curve("the most at a time", Series(0), now, |count| *count as f64);
        Chart { y: y.into(), x: "time, s".into(), x_span, curves: vec![curve], ..Chart::default() }
    }

    /// The last messages and records, in their order.
    pub(super) fn messages(&self) -> Scene {
        let actors = (0..self.nodes.len()).map(|node| name(self.knobs.protocol, node).to_string());
        let moments = self.told.iter().map(|(at, told)| {
            let (from, to, text, passage, tone) = match told {
                Told::Wrote(node, tx, what) => {
                    (*node, *node, format!("{tx}: {what}"), Passage::Direct, Tone::Plain)
                }
                Told::Sent(message, lost) => {
                    let passage = if *lost { Passage::Lost } else { Passage::Direct };
                    let text = format!("{}: {}", message.tx, word(message.what));
                    (message.from, message.to, text, passage, tone_of(message.what))
                }
                Told::Crashed(node) => (*node, *node, "crash".into(), Passage::Direct, Tone::Bad),
                Told::Restarted(node) => (*node, *node, "back".into(), Passage::Direct, Tone::Good),
            };
            Moment { at: *at, from, to, text, passage, tone }
        });
        Scene::Timeline(Timeline { actors: actors.collect(), moments: moments.collect() })
    }

    /// A message in few words.
    pub(super) fn said(&self, message: &Message) -> String {
        let name = |node: NodeId| name(self.knobs.protocol, node);
        format!("{}: {} {} \u{2192} {}", message.tx, word(message.what), name(message.from), name(message.to))
    }

    /// About how much the services take.
    pub(super) fn size(&self) -> usize {
        let fates = self.ledger.fates.len() * (256 + self.nodes.len() * 192);
        let log = self
            .nodes
            .iter()
            .map(|node| if let Any::Producer(node) = node { node.waiting() * 48 } else { 0 });
        (64 << 10) + fates + self.wire.len() * 256 + log.sum::<usize>()
    }
}

fn tone_of(what: What) -> Tone {
    match what {
        What::Prepare | What::Yes | What::Received => Tone::Plain,
        What::Commit | What::Acked | What::Do | What::Done | What::Event => Tone::Good,
        What::Inquire | What::Undo | What::Undone => Tone::Warn,
        What::No | What::Abort | What::Refused => Tone::Bad,
    }
}

fn word(what: What) -> &'static str {
    match what {
        What::Prepare => "prepare",
        What::Yes => "yes",
        What::No => "no",
        What::Commit => "commit",
        What::Abort => "abort",
        What::Acked => "acknowledged",
        What::Inquire => "what was decided?",
        What::Do => "do",
        What::Done => "done",
        What::Refused => "refused",
        What::Undo => "undo",
        What::Undone => "undone",
        What::Event => "event",
        What::Received => "received",
    }
}
