//! The services of a protocol, as one kind of thing: who there is, what each has written down of a transaction, and whether
//! a transaction has ended.

use super::knobs::{Knobs, Protocol};
use crate::systems::transaction::{
    Broker, Consumer, Coordinator, Dancer, Node, NodeId, Orchestrator, Participant, Producer, Publish,
    Service, Stage, TxId, Vote,
};

/// How many take part beside the first.
pub(super) const PARTS: usize = 3;

/// A service.
#[derive(Clone, Debug)]
pub(super) enum Any {
    Coordinator(Coordinator),
    Participant(Participant),
    Orchestrator(Orchestrator),
    Service(Service),
    Dancer(Dancer),
    Producer(Producer),
    Broker(Broker),
    Consumer(Consumer),
}

impl Any {
    /// What it can do.
    pub(super) fn node(&mut self) -> &mut dyn Node {
        match self {
            Any::Coordinator(node) => node,
            Any::Participant(node) => node,
            Any::Orchestrator(node) => node,
            Any::Service(node) => node,
            Any::Dancer(node) => node,
            Any::Producer(node) => node,
            Any::Broker(node) => node,
            Any::Consumer(node) => node,
        }
    }

    /// The same, to look at.
    pub(super) fn look(&self) -> &dyn Node {
        match self {
            Any::Coordinator(node) => node,
            Any::Participant(node) => node,
            Any::Orchestrator(node) => node,
            Any::Service(node) => node,
            Any::Dancer(node) => node,
            Any::Producer(node) => node,
            Any::Broker(node) => node,
            Any::Consumer(node) => node,
        }
    }

    /// How many transactions it is in doubt about.
    pub(super) fn doubts(&self) -> usize {
        if let Any::Participant(node) = self { node.doubts().count() } else { 0 }
    }

    /// How often the effect of a transaction is there, where it has one.
    pub(super) fn effect(&self, tx: TxId) -> Option<i64> {
        match self {
            Any::Service(node) => Some(node.effect(tx)),
            Any::Dancer(node) => Some(node.effect(tx)),
            _ => None,
        }
    }

    /// What it has written down of a transaction, in a word.
    pub(super) fn says(&self, tx: TxId) -> String {
        match self {
            Any::Coordinator(node) if node.has_committed(tx) => "commit".into(),
            Any::Coordinator(_) => String::new(),
            Any::Participant(node) => match node.vote(tx) {
                None => String::new(),
                Some(Vote::Prepared) => "in doubt".into(),
                Some(Vote::Committed) => "committed".into(),
                Some(Vote::Aborted) => "aborted".into(),
            },
            Any::Orchestrator(node) => match node.stage(tx) {
                None => String::new(),
                Some(Stage::Forward(done, _)) => format!("{done} done"),
                Some(Stage::Backward(left)) => format!("{left} to undo"),
                Some(Stage::Done) => "done".into(),
                Some(Stage::Compensated) => "undone".into(),
            },
            Any::Service(node) => effect(node.effect(tx)),
            Any::Dancer(node) if node.has_undone(tx) && node.effect(tx) == 0 => "undone".into(),
            Any::Dancer(node) if node.has_refused(tx) => "refused".into(),
            Any::Dancer(node) => effect(node.effect(tx)),
            Any::Producer(node) if node.has_row(tx) && node.will_send(tx) => "row, to send".into(),
            Any::Producer(node) if node.has_row(tx) => "row".into(),
            Any::Broker(node) if node.has(tx) => "stored".into(),
            Any::Producer(_) | Any::Broker(_) => String::new(),
            Any::Consumer(node) => match node.applied(tx) {
                0 => String::new(),
                1 => "applied".into(),
                times => format!("applied {times}x"),
            },
        }
    }
}

fn effect(times: i64) -> String {
    match times {
        0 => String::new(),
        1 => "applied".into(),
        times => format!("applied {times}x"),
    }
}

/// The services of the protocol.
pub(super) fn services(knobs: &Knobs) -> Vec<Any> {
    let parts = 1..=PARTS;
    let publish = |publish: Publish| {
        let publish = if knobs.dual_write { Publish::Dual } else { publish };
        vec![
            Any::Producer(Producer::new(publish)),
            Any::Broker(Broker::default()),
            Any::Consumer(Consumer::new(knobs.dedup)),
        ]
    };
    match knobs.protocol {
        Protocol::TwoPhase => std::iter::once(Any::Coordinator(Coordinator::new(PARTS, knobs.flaw)))
            .chain(parts.map(|id| Any::Participant(Participant::new(id, super::ROWS))))
            .collect(),
        Protocol::Orchestration => std::iter::once(Any::Orchestrator(Orchestrator::new(PARTS)))
            .chain(parts.map(|id| Any::Service(Service::new(id, knobs.flaw))))
            .collect(),
        Protocol::Choreography => {
            (0..=PARTS).map(|id| Any::Dancer(Dancer::new(id, PARTS, knobs.flaw))).collect()
        }
        Protocol::Outbox => publish(Publish::Outbox),
        Protocol::Capture => publish(Publish::Capture),
    }
}

/// What they are called.
pub(super) fn name(protocol: Protocol, node: NodeId) -> &'static str {
    let names: [&str; 4] = match protocol {
        Protocol::TwoPhase => ["coordinator", "orders", "payments", "stock"],
        Protocol::Orchestration => ["orchestrator", "orders", "payments", "stock"],
        Protocol::Choreography => ["orders", "payments", "stock", "shipping"],
        Protocol::Outbox | Protocol::Capture => ["orders", "broker", "consumer", ""],
    };
    names.get(node).copied().unwrap_or_default()
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Aborted or compensated.
    Undone,
}

/// Whether a transaction has ended everywhere, and how.
pub(super) fn outcome(nodes: &[Any], tx: TxId) -> Option<Outcome> {
    match nodes {
        [Any::Coordinator(first), parts @ ..] => {
            let votes = || {
                parts.iter().filter_map(|part| {
                    if let Any::Participant(part) = part { Some(part.vote(tx)) } else { None }
                })
            };
            if votes().all(|vote| vote == Some(Vote::Committed)) {
                return Some(Outcome::Done);
            }
            let idle = |vote: Option<Vote>| matches!(vote, None | Some(Vote::Aborted));
            (first.is_done(tx) && votes().all(idle)).then_some(Outcome::Undone)
        }
        [Any::Orchestrator(first), ..] => match first.stage(tx) {
            Some(Stage::Done) => Some(Outcome::Done),
            Some(Stage::Compensated) => Some(Outcome::Undone),
            _ => None,
        },
        [Any::Dancer(first), .., Any::Dancer(last)] => match (first.has_undone(tx), last.effect(tx)) {
            (true, _) => Some(Outcome::Undone),
            (_, 1) => Some(Outcome::Done),
            _ => None,
        },
        [.., Any::Consumer(last)] => (last.applied(tx) > 0).then_some(Outcome::Done),
        _ => None,
    }
}
