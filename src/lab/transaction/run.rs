//! What happens to nodes and messages: steps, sending and arriving, crashes, and the look at what came of it.

use super::nodes::{Any, Outcome, outcome};
use super::{Event, Flight, STEP, TOLD, Told, Transactions, WIRE};
use crate::lab::scenario::Sim;
use crate::sim::Nanos;
use crate::systems::transaction::{Message, NodeId, Step, TxId, Vote, What};

impl Transactions {
    /// Has the node go on, if there is something to do, and look after what is open.
    pub(super) fn attend(&mut self, sim: &mut Sim<Event>, node: NodeId) {
        if self.down[node] {
            return;
        }
        if self.steps[node].is_none() && self.nodes[node].look().is_busy() {
            self.steps[node] = Some(sim.after(STEP, Event::Step(node)));
        }
        if self.nudges[node].is_none() && self.nodes[node].look().is_open() {
            self.nudges[node] = Some(sim.after(self.knobs.patience(), Event::Nudge(node)));
        }
    }

    pub(super) fn step(&mut self, sim: &mut Sim<Event>, node: NodeId) -> (&'static str, u64) {
        self.steps[node] = None;
        let now = sim.now();
        let Some(step) = self.nodes[node].node().step() else {
            return ("node # has nothing to do", node as u64 + 1);
        };
        let tx = step.tx();
        let what = match step {
            Step::Wrote(_, what) => {
                self.tell(now, Told::Wrote(node, tx, what));
                self.ledger.wrote(tx, what);
                "a record of transaction # is written"
            }
            Step::Sent(message) => {
                self.send(sim, message);
                if message.what == What::No && message.refuses != node {
                    self.ledger.busy += 1;
                }
                "a message of transaction # is sent"
            }
        };
        self.look(now, tx);
        if self.knobs.crash_who == Some(node) && self.struck.0 == tx {
            self.struck.1 += 1;
            if self.struck.1 == self.knobs.crash_at {
                self.crash(sim, node, true);
                return ("a node dies right after its step of transaction #", tx);
            }
        }
        self.attend(sim, node);
        (what, tx)
    }

    fn send(&mut self, sim: &mut Sim<Event>, message: Message) {
        let (chance, jitter) = (self.network.unit(), self.network.unit());
        let lost = chance < self.knobs.loss;
        self.ledger.sent(message.tx);
        self.tell(sim.now(), Told::Sent(message, lost));
        if self.wire.len() < WIRE {
            let span = Nanos::from_secs_f64(self.knobs.latency.as_secs_f64() * (0.5 + jitter));
            self.launch(sim, message, span, lost);
        }
    }

    pub(super) fn launch(&mut self, sim: &mut Sim<Event>, message: Message, span: Nanos, lost: bool) {
        self.sent += 1;
        let (sent, arrives) = (sim.now(), sim.now() + span);
        let token = sim.at(arrives, Event::Arrive(self.sent));
        self.wire.insert(self.sent, Flight { message, sent, arrives, token, lost });
    }

    pub(super) fn arrive(&mut self, sim: &mut Sim<Event>, id: u64) -> (&'static str, u64) {
        let Some(flight) = self.wire.remove(&id) else { return ("message # is gone", id) };
        let (tx, to) = (flight.message.tx, flight.message.to);
        if flight.lost || self.down[to] {
            self.look(sim.now(), tx);
            let what = if flight.lost {
                "a message of transaction # is lost"
            } else {
                "a message of transaction # finds nobody"
            };
            return (what, tx);
        }
        self.nodes[to].node().receive(flight.message);
        self.attend(sim, to);
        ("a message of transaction # arrives", tx)
    }

    pub(super) fn nudge(&mut self, sim: &mut Sim<Event>, node: NodeId) -> (&'static str, u64) {
        self.nudges[node] = None;
        let old = self.ledger.begun_by(Nanos(sim.now().0.saturating_sub(self.knobs.patience().0)));
        self.nodes[node].node().nudge(old);
        self.attend(sim, node);
        ("node # has waited long enough, and asks again", node as u64 + 1)
    }

    pub(super) fn crash(&mut self, sim: &mut Sim<Event>, node: NodeId, comes_back: bool) {
        if std::mem::replace(&mut self.down[node], true) {
            return;
        }
        let now = sim.now();
        self.nodes[node].node().crash();
        for token in self.steps[node].take().into_iter().chain(self.nudges[node].take()) {
            sim.cancel(token);
        }
        if comes_back {
            self.restarts[node] = Some(sim.after(self.knobs.restart, Event::Restart(node)));
        }
        self.ledger.crashes += 1;
        self.tell(now, Told::Crashed(node));
        for tx in self.ledger.known() {
            self.look(now, tx);
        }
    }

    pub(super) fn restart(&mut self, sim: &mut Sim<Event>, node: NodeId) {
        if let Some(token) = self.restarts[node].take() {
            sim.cancel(token);
        }
        if std::mem::take(&mut self.down[node]) {
            self.nodes[node].node().restart();
            self.tell(sim.now(), Told::Restarted(node));
            self.attend(sim, node);
        }
    }

    /// What came of a transaction, and whether the rules hold for it.
    pub(super) fn look(&mut self, now: Nanos, tx: TxId) {
        if !self.ledger.knows(tx) {
            return;
        }
        let outcome = outcome(&self.nodes, tx);
        let effects: Vec<i64> = self.nodes.iter().filter_map(|node| node.effect(tx)).collect();
        let half = effects.iter().any(|effect| *effect > 0) && effects.contains(&0);
        for (node, any) in self.nodes.iter().enumerate() {
            if let Any::Participant(part) = any {
                let doubt = part.doubts().any(|other| other == tx);
                self.ledger.doubt(now, tx, node, doubt);
            }
        }
        self.ledger.half(now, tx, half && outcome.is_none());
        if let Some(outcome) = outcome {
            self.ledger.end(now, tx, outcome);
        }
        let voted = |vote: Vote| {
            self.nodes
                .iter()
                .any(|node| matches!(node, Any::Participant(part) if part.vote(tx) == Some(vote)))
        };
        self.broken[0] |= voted(Vote::Committed) && voted(Vote::Aborted);
        let whole = match outcome {
            Some(Outcome::Done) => effects.iter().all(|effect| *effect == 1),
            Some(Outcome::Undone) => effects.iter().all(|effect| *effect == 0),
            None => effects.iter().all(|effect| (0..=1).contains(effect)),
        };
        self.broken[1] |= !whole;
        if let [Any::Producer(producer), Any::Broker(broker), Any::Consumer(consumer)] = &self.nodes[..] {
            let (row, applied) = (producer.has_row(tx), consumer.applied(tx));
            let kept = producer.will_send(tx) || broker.has(tx) || producer.intends(tx) || broker.intends(tx);
            let flies = || self.wire.values().any(|flight| flight.message.tx == tx && !flight.lost);
            let lost = row && applied == 0 && !kept && !flies();
            self.broken[2] |= lost || (applied > 0 && !row);
            let again = self.ledger.published(tx, lost, applied);
            self.broken[3] |= again && self.knobs.dedup;
        }
        let waits = match &self.nodes[..] {
            [Any::Producer(producer), Any::Broker(broker), ..] => (producer.waiting() + broker.len()) as u64,
            [Any::Coordinator(_), ..] => self.nodes.iter().map(|node| node.doubts() as u64).sum(),
            _ => self.ledger.halves(),
        };
        self.ledger.waits(now, waits);
    }

    fn tell(&mut self, now: Nanos, told: Told) {
        if self.told.len() == TOLD {
            self.told.pop_front();
        }
        self.told.push_back((now, told));
    }
}
