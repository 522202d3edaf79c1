//! One change at several services, with a crash at a chosen step: two-phase commit, sagas, outbox and change data capture.
//!
//! Transactions begin at an even pace. Every eighth one (the third, the eleventh, ...) is the one in which the chosen node dies
//! right after its chosen step, and comes back later. What each node has written down is looked at after every step:
//! who is in doubt and keeps rows locked, what is half done, lost or there twice.

mod knobs;
mod ledger;
mod nodes;
mod picture;
mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use knobs::{BUGS, Knobs, PROTOCOLS, Protocol, WHO};
use ledger::Ledger;
use nodes::{Any, name, services};

use super::scenario::{Scenario, Sim, start};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::transaction::{Message, NodeId, TxId};

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "transaction",
    title: "Distributed transactions",
    part: "distributed",
    topics: &["distributed-transactions", "outbox"],
    hook: "The coordinator dies with the decision in its log. How long are rows locked?",
    look_for: &[
        "In the third transaction the coordinator writes down that it commits and dies. All three participants have voted: they are in doubt, keep their row locked, and no time-out may free it.",
        "They ask and nobody answers, until it is back after 5 s, reads its log and tells them. Two-phase commit is atomic, and it blocks.",
        "Set crash at to 3: it dies before it has decided. Back again it finds nothing in the log and answers abort (presumed abort): again all or none.",
        "Protocol orchestration: nothing is ever locked. A refusal has the parts before it undone in reverse; until then everybody sees half of it (reading half seen).",
        "Choreography has no head that could die: each service tells the next from its own outbox. Ask it where a saga stands, and there is nobody who knows.",
        "Protocol outbox with crash at 2: the event is sent and not marked as sent, so it is sent again. With dedup off it is applied twice; without an outbox (bug dual-write) and crash at 1 it is lost.",
    ],
    controls: &[
        choice("protocol", "how they agree", PROTOCOLS, 0.0),
        choice("crash_who", "the node that dies", WHO, 1.0),
        number("crash_at", "it dies after its step, 0 for never", (0.0, 12.0), 1.0, 4.0, ""),
        number("restart", "and is back after", (0.5, 20.0), 0.5, 5.0, "s"),
        number("rate", "transactions a second", (0.5, 10.0), 0.5, 1.0, "/s"),
        number("latency", "a message takes", (5.0, 500.0), 5.0, 100.0, "ms"),
        number("loss", "messages lost", (0.0, 30.0), 1.0, 0.0, "%"),
        number("fail_share", "transactions that one service refuses", (0.0, 100.0), 5.0, 20.0, "%"),
        switch("dedup", "the consumer has an inbox", true),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("begun", Unit::Count, "transactions begun"),
        reading("done", Unit::Count, "those that are done everywhere"),
        reading("undone", Unit::Count, "those that were aborted or compensated"),
        reading("open", Unit::Count, "those that have not ended"),
        reading("turned_away", Unit::Count, "those that found nobody to begin them"),
        reading("latency_ms", Unit::Millis, "from the beginning until it is done everywhere, mean"),
        reading("p99_ms", Unit::Millis, "the same, 99th percentile"),
        reading("messages", Unit::Ratio, "messages of one that is done, over the last 64"),
        reading("messages_theory", Unit::Ratio, "the same where nothing is lost and nobody dies"),
        reading("writes", Unit::Ratio, "records that it wrote, like the messages"),
        reading("in_doubt_s", Unit::Seconds, "time that a participant is in doubt, mean"),
        reading("in_doubt_max_s", Unit::Seconds, "the longest"),
        reading("locked_s", Unit::Seconds, "rows times seconds locked in doubt"),
        reading("busy", Unit::Count, "votes against it since the row was locked"),
        reading("compensations", Unit::Count, "parts that were undone"),
        reading("half_seen_s", Unit::Seconds, "time that a saga is seen half done, mean"),
        reading("lost", Unit::Count, "rows whose event nobody will ever send"),
        reading("doubled", Unit::Count, "events that were applied again"),
        reading("crashes", Unit::Count, "crashes"),
    ],
    bet: "distributed-transactions.bet-in-doubt",
    goals: &[
        "keep a row locked in doubt for 10 s",
        "20 compensations, with crashes, and nothing left half done",
        "five events applied again",
        "100 committed in two phases, with crashes, none 2 s in doubt",
    ],
    invariants: &[
        "two-phase commit: all participants commit or none",
        "saga: each effect is there once or not, in the end all or none",
        "what is committed is sent, on its way or applied; nothing else is",
        "with an inbox nothing is applied again",
    ],
    acts: &[
        Act { name: "crash", meaning: "all that it has in memory is lost" },
        Act { name: "restart", meaning: "it goes on from what is on its disk" },
        Act { name: "drop", meaning: "the message never arrives" },
        Act { name: "double", meaning: "the message arrives twice" },
    ],
    views: &["services", "messages", "data"],
    bugs: &[
        "unlogged-decision: (two-phase-commit) the coordinator tells that it commits before it is written down: after a crash it presumes abort, and half of them have committed",
        "repeated-compensation: (sagas) a compensation that is asked for again, since the answer got lost, is carried out again",
        "dual-write: (outbox, change-data-capture) the row is written and then the event is sent, with nothing that holds the two together",
    ],
    theory: &[("messages", "messages_theory")],
    length: Nanos::from_secs(40),
    speed: 1.0,
    sources: &[
        source!("transaction/two_phase.rs", "pub struct Coordinator"),
        source!("transaction/saga.rs", "pub struct Orchestrator"),
        source!("transaction/outbox.rs", "pub struct Producer"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Transactions::new(seed, sim)),
};

/// Rows of each participant.
const ROWS: u64 = 3;
/// How long a step takes: a record that is forced to the disk, or a message that is sent.
const STEP: Nanos = Nanos::from_millis(5);
/// Every so many transactions one is struck by the crash: the third first.
const STRUCK: (u64, u64) = (8, 3);
/// So many transactions are looked at.
const KEPT: u64 = 64;
/// So many messages are under way at most; what comes on top is lost, as in an overrun queue.
const WIRE: usize = 300;
/// So many messages are shown in their order.
const TOLD: usize = 60;
/// Ids of messages among the things begin here.
const MESSAGES: u64 = 100;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Begin,
    Step(NodeId),
    Arrive(u64),
    Nudge(NodeId),
    Restart(NodeId),
}

/// A message under way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    message: Message,
    sent: Nanos,
    arrives: Nanos,
    token: Token,
    lost: bool,
}

/// What was seen of the protocol: a record, a message, a crash.
#[derive(Clone, Copy, Debug)]
enum Told {
    Wrote(NodeId, TxId, &'static str),
    Sent(Message, bool),
    Crashed(NodeId),
    Restarted(NodeId),
}

#[derive(Clone)]
struct Transactions {
    knobs: Knobs,
    network: Rng,
    draws: Rng,
    nodes: Vec<Any>,
    down: Vec<bool>,
    /// Steps, nudges and restarts that are to come, by node.
    steps: Vec<Option<Token>>,
    nudges: Vec<Option<Token>>,
    restarts: Vec<Option<Token>>,
    beginning: Option<Token>,
    wire: BTreeMap<u64, Flight>,
    sent: u64,
    begun: TxId,
    /// The transaction that is to be struck, and how many steps the node has done in it.
    struck: (TxId, u64),
    ledger: Ledger,
    told: VecDeque<(Nanos, Told)>,
    broken: [bool; 4],
}

impl Transactions {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Transactions {
        let knobs = Knobs::of(sim.settings());
        let mut this = Transactions {
            network: Rng::stream(seed, "network"),
            draws: Rng::stream(seed, "transactions"),
            nodes: Vec::new(),
            down: Vec::new(),
            steps: Vec::new(),
            nudges: Vec::new(),
            restarts: Vec::new(),
            beginning: None,
            wire: BTreeMap::new(),
            sent: 0,
            begun: 0,
            struck: (0, 0),
            ledger: Ledger::default(),
            told: VecDeque::new(),
            broken: [false; 4],
            knobs,
        };
        this.set_up(sim);
        this
    }

    /// Everything begins anew with other services; the numbers go on.
    fn set_up(&mut self, sim: &mut Sim<Event>) {
        let tokens = self.steps.iter_mut().chain(&mut self.nudges).chain(&mut self.restarts);
        let flights = self.wire.values().map(|flight| flight.token);
        let due: Vec<Token> =
            tokens.filter_map(Option::take).chain(self.beginning.take()).chain(flights).collect();
        due.into_iter().for_each(|token| {
            sim.cancel(token);
        });
        self.wire.clear();
        self.nodes = services(&self.knobs);
        let count = self.nodes.len();
        self.down = vec![false; count];
        (self.steps, self.nudges, self.restarts) = (vec![None; count], vec![None; count], vec![None; count]);
        self.ledger = Ledger::new(sim.now(), self.begun);
        self.told.clear();
        self.struck = (0, 0);
        self.expect(sim);
    }

    fn expect(&mut self, sim: &mut Sim<Event>) {
        let gap = Nanos::from_secs_f64(1.0 / self.knobs.rate.max(0.1));
        self.beginning = Some(sim.after(gap, Event::Begin));
    }

    fn begin(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.expect(sim);
        self.begun += 1;
        let (coin, which) = (self.draws.unit(), self.draws.unit());
        if self.down[0] {
            self.ledger.turned_away += 1;
            return ("transaction # finds nobody to begin it", self.begun);
        }
        let parts = if self.knobs.protocol.publishes() { 0.0 } else { nodes::PARTS as f64 };
        let mut refuses =
            if coin < self.knobs.fails && parts > 0.0 { 1 + (which * parts) as usize } else { 0 };
        if self.begun % STRUCK.0 == STRUCK.1 {
            self.struck = (self.begun, 0);
            // Nobody is long in doubt about what somebody refuses.
            if self.knobs.protocol == Protocol::TwoPhase {
                refuses = 0;
            }
        }
        self.ledger.begin(sim.now(), self.begun);
        if let Some(old) = self.ledger.forget(self.begun.saturating_sub(KEPT)) {
            self.nodes.iter_mut().for_each(|node| node.node().forget(old));
        }
        self.nodes[0].node().begin(self.begun, refuses);
        self.attend(sim, 0);
        ("transaction # begins", self.begun)
    }
}

impl Scenario for Transactions {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        match event {
            Event::Begin => self.begin(sim),
            Event::Step(node) => self.step(sim, node),
            Event::Arrive(id) => self.arrive(sim, id),
            Event::Nudge(node) => self.nudge(sim, node),
            Event::Restart(node) => {
                self.restart(sim, node);
                ("node # is back and reads its log", node as u64 + 1)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        match control {
            // A flaw belongs to the services from their beginning.
            "protocol" | "bug" => self.set_up(sim),
            "dedup" => {
                for node in &mut self.nodes {
                    if let Any::Consumer(node) = node {
                        node.set_dedup(self.knobs.dedup);
                    }
                }
            }
            _ => {}
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (rule, broken) in self.broken.iter().enumerate() {
            sim.rule(rule, !broken);
        }
        let (ledger, now) = (&self.ledger, sim.now());
        let two_phase = self.knobs.protocol == Protocol::TwoPhase;
        sim.goal(0, ledger.longest(now) >= 10.0);
        sim.goal(1, ledger.compensations >= 20 && ledger.crashes > 0 && !self.broken[1]);
        sim.goal(2, ledger.doubled >= 5);
        sim.goal(3, two_phase && ledger.done >= 100 && ledger.crashes >= 2 && ledger.longest(now) < 2.0);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let ledger = &self.ledger;
        let (messages, writes) = ledger.cost(now);
        vec![
            ledger.begun as f64,
            ledger.done as f64,
            ledger.undone as f64,
            ledger.begun.saturating_sub(ledger.done + ledger.undone) as f64,
            ledger.turned_away as f64,
            ledger.latency.mean() / 1e6,
            ledger.latency.percentile(0.99) / 1e6,
            messages,
            self.knobs.protocol.messages(),
            writes,
            ledger.mean_doubt(now),
            ledger.longest(now),
            if self.knobs.protocol == Protocol::TwoPhase { ledger.locked(now) } else { f64::NAN },
            ledger.busy as f64,
            ledger.compensations as f64,
            ledger.mean_half(),
            ledger.lost as f64,
            ledger.doubled as f64,
            ledger.crashes as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn view(&self, _: &Sim<Event>, _: Nanos, view: usize) -> Scene {
        if view == 1 { self.messages() } else { Scene::Table(self.data(30)) }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let nodes = (0..self.nodes.len()).map(|node| {
            let name = name(self.knobs.protocol, node);
            let (state, acts): (_, &'static [&'static str]) =
                if self.down[node] { ("down", &["restart"]) } else { ("up", &["crash"]) };
            Thing { id: node as u64 + 1, name: format!("{name}, {state}"), acts }
        });
        let flights = self.wire.iter().filter(|(_, flight)| !flight.lost).map(|(id, flight)| Thing {
            id: MESSAGES + id,
            name: format!("{}, in {}", self.said(&flight.message), flight.arrives.since(now)),
            acts: &["drop", "double"],
        });
        nodes.chain(flights).take(90).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let node = thing.checked_sub(1).map(|node| node as usize).filter(|node| *node < self.nodes.len());
        match (act, node) {
            ("crash", Some(node)) if !self.down[node] => {
                self.crash(sim, node, false);
                ("node # is crashed by hand", thing)
            }
            ("restart", Some(node)) if self.down[node] => {
                self.restart(sim, node);
                ("node # is started by hand", thing)
            }
            ("drop" | "double", None) => {
                let id = thing.saturating_sub(MESSAGES);
                let Some(flight) = self.wire.get(&id).copied() else { return ("message # is gone", id) };
                if act == "drop" {
                    sim.cancel(flight.token);
                    self.wire.remove(&id);
                    self.look(sim.now(), flight.message.tx);
                    return ("message # is dropped", id);
                }
                if self.wire.len() < WIRE {
                    let span = flight.arrives.since(sim.now()) + STEP;
                    self.launch(sim, flight.message, span, flight.lost);
                }
                ("message # is doubled", id)
            }
            _ => ("nothing to lay hands on: #", thing),
        }
    }

    fn bytes(&self) -> usize {
        self.size()
    }
}
