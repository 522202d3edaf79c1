//! One store on several nodes: who takes writes, when clients are told, and what a failover loses.
//!
//! Three topologies take the same writes: a leader that ships its log to followers, several leaders that tell each other
//! afterwards, a chain. After 5 s the leader gets into trouble for 7 s, and again 16 s later. Two clients write and read; the first
//! one stands beside the node that gets into trouble, and is cut off together with it. What is lost is counted by looking for every acknowledged
//! write in the log of whoever leads next; no node is asked whether it is right.
//!
//! Links are streams, as TCP's are: nothing overtakes, and what a node has sent dies with it.

mod act;
mod calls;
mod knobs;
mod ledger;
mod picture;
mod store;
#[cfg(test)]
mod tests;
mod theory;
mod traffic;

use std::collections::BTreeMap;

use knobs::{Bug, Fault, Knobs, NEAR, Topology};
use ledger::{Answers, Ledger};
use store::{Clock, Store};
use traffic::{CLIENTS, Client, Operations, Traffic};

use super::scenario::{Scenario, Sim, start};
use super::watched::Watched;
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Link, Nanos, Rng, Seed, Token};
use crate::systems::replica::{Key, NodeId, OpId};

const TOPOLOGIES: &[&str] = &["single-leader", "multi-lww", "multi-siblings", "chain"];
const ACKS: &[&str] = &["async", "semi-sync-1", "semi-sync-2", "sync"];
const FAULTS: &[&str] = &["none", "crash", "partition"];
const BUGS: &[&str] = &["none", "fixed-heir", "ack-early", "no-epoch-check", "own-clock"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "replication",
    title: "Replication",
    part: "distributed",
    topics: &["replication", "conflict-resolution"],
    hook: "The leader dies and a follower takes over within 2 s. Which acknowledged writes are gone?",
    look_for: &[
        "Asynchronous: a write is acknowledged after 9 ms and reaches the next node 100 ms later. At 40 writes/s 4 are in between at any moment: these are gone when the leader dies, though clients were told that they are stored.",
        "semi-sync-1 waits for the nearest follower: 214 ms a write, nothing lost. semi-sync-2 waits for the second nearest: 414 ms. With sync nothing is acknowledged as long as any one node is down.",
        "From the crash to the first write of the next leader: the time-out of 1 s, then questions and answers. Set detect to 0.3: quicker, but with jitter a leader that is only slow is deposed too.",
        "Choose partition: the old leader is cut off with client 1 and goes on acknowledging its writes. All of them are lost when it comes back. With semi-sync-1 it acknowledges none.",
        "Fencing off, then crash: the old leader comes back, believes that it leads, and overwrites what followers got from the new one.",
        "Chain: told by the tail after one way through all nodes, 319 ms, less than sync needs there and back. multi-lww: nothing waits and nothing is down, but of two writes of a key within 100 ms one vanishes.",
    ],
    controls: &[
        choice("topology", "who takes writes", TOPOLOGIES, 0.0),
        choice("acks", "followers that have it first", ACKS, 0.0),
        choice("fault", "what befalls the leader", FAULTS, 1.0),
        number("followers", "followers", (1.0, 4.0), 1.0, 2.0, ""),
        number("delay", "one way to the nearest node", (1.0, 500.0), 0.0, 100.0, "ms"),
        number("jitter", "mean of what is added to it", (0.0, 200.0), 0.0, 0.0, "ms"),
        number("rate", "writes", (1.0, 50.0), 0.0, 40.0, "/s"),
        number("detect", "silence until a failover", (0.3, 10.0), 0.1, 1.0, "s"),
        switch("fencing", "older epochs are refused", true),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("sent", Unit::Count, "writes sent by clients"),
        reading("acknowledged", Unit::Count, "writes that a client was told are stored"),
        reading("lost", Unit::Count, "acknowledged writes that are gone"),
        reading(
            "lost_theory",
            Unit::Count,
            "the same expected: crashes x writes a second x way to the next node",
        ),
        reading("split_brain", Unit::Count, "writes acknowledged by a leader that is none any more"),
        reading("conflicts", Unit::Count, "writes that met one which did not know of them"),
        reading("conflict_share", Unit::Share, "the same as a share of those acknowledged"),
        reading("conflict_theory", Unit::Share, "the same expected, while all nodes are up"),
        reading("write_p50_ms", Unit::Millis, "until a client hears that its write is stored, median"),
        reading("p50_theory", Unit::Millis, "the same expected, while all nodes are up"),
        reading("write_p99_ms", Unit::Millis, "the same, 99th percentile"),
        reading("p99_theory", Unit::Millis, "the same expected, while all nodes are up"),
        reading("lag", Unit::Count, "entries that the farthest node which is up does not have, now"),
        reading("lag_theory", Unit::Count, "the same expected: writes a second x way to it"),
        reading("unavailable_s", Unit::Seconds, "time in which no write was acknowledged"),
        reading("failovers", Unit::Count, "changes of the leader, or of the chain"),
        reading("unanswered", Unit::Count, "writes without an answer within 3 s"),
        reading("refused", Unit::Count, "writes refused by a node that does not lead"),
    ],
    bet: "replication.bet-lost",
    goals: &[
        "two failovers that lose nothing",
        "50 writes acknowledged by a deposed leader",
        "20 conflicting writes, none of them lost",
        "two crashes, no more than 2.5 s without an acknowledgement",
    ],
    invariants: &[
        "semi-sync, sync, chain, with fences: no acknowledged write is lost",
        "acknowledged: on as many disks as asked for; in a chain on all",
        "fenced: no node takes entries of an epoch before the one it knows",
        "promoted: the furthest; no tail ahead; a write replaces what it saw",
    ],
    acts: &[
        Act { name: "crash", meaning: "it goes down and loses what its disk does not have" },
        Act { name: "restart", meaning: "it comes up again with what its disk has" },
        Act { name: "isolate", meaning: "nothing gets to it or from it; what is under way is lost" },
        Act { name: "reconnect", meaning: "the network is whole again" },
        Act { name: "promote", meaning: "the manager hands it the lead, if it is as far as the others" },
        Act { name: "drop", meaning: "the message never arrives" },
    ],
    views: &["nodes", "messages", "history"],
    bugs: &[
        "fixed-heir: the manager promotes the standby that was configured, the last node, however far behind it is",
        "ack-early: a node counts what it has read and its disk has not; in a chain the head tells the client",
        "no-epoch-check: nodes take entries from whoever says that it leads, also from a leader of before",
        "own-clock: leaders stamp writes with their own clocks, 0.4 s apart, and the later stamp wins (multi)",
    ],
    theory: &[
        ("lost", "lost_theory"),
        ("conflict_share", "conflict_theory"),
        ("write_p50_ms", "p50_theory"),
        ("write_p99_ms", "p99_theory"),
        ("lag", "lag_theory"),
    ],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[
        source!("replica/leader/lead.rs", "fn settle"),
        source!("replica/leader.rs", "pub fn deliver"),
        source!("replica/manager.rs", "fn decide"),
        source!("replica/chain.rs", "fn progress"),
        source!("replica/multi.rs", "fn store"),
        source!("replica/shipped.rs", "pub fn take"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Replication::new(seed, sim)),
};

/// When trouble comes first, how long it lasts, and after how long it comes again.
const TROUBLE: Nanos = Nanos::from_secs(5);
const TROUBLE_FOR: Nanos = Nanos::from_secs(7);
const TROUBLE_EVERY: Nanos = Nanos::from_secs(16);
/// How many keys are written.
const KEYS: u64 = 8;
/// The key whose calls are recorded, and how often each client reads it.
const WATCHED: Key = 0;
const READ_EVERY: Nanos = Nanos::from_millis(500);
/// How long a client waits for an answer.
const PATIENCE: Nanos = Nanos::from_secs(3);

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    Arrive(u64),
    Wake { era: u32, actor: NodeId, clock: Clock },
    Write,
    Read(usize),
    GiveUp(OpId),
    Trouble,
    Relief { node: NodeId, era: u32 },
}

#[derive(Clone)]
struct Replication {
    knobs: Knobs,
    store: Store,
    /// Which store it is: timers of an earlier one are void.
    era: u32,
    traffic: Traffic,
    arrivals: Arrivals,
    requests: Rng,
    operations: Operations,
    next: OpId,
    clients: [Client; CLIENTS],
    watched: Watched,
    ledger: Ledger,
    answers: Answers,
    /// The newest epoch in which somebody led, and who.
    led: (u32, NodeId),
    /// Writes of leaders from this epoch on were acknowledged under the present settings.
    guarded_from: u32,
    isolated: Option<NodeId>,
    trouble: Option<Token>,
}

impl Replication {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Replication {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, knobs.rate);
        sim.at(arrivals.next(Nanos::ZERO), Event::Write);
        for client in 0..CLIENTS {
            sim.at(Nanos(READ_EVERY.0 * (2 + client as u64) / 2), Event::Read(client));
        }
        let mut replication = Replication {
            store: Store::new(&knobs),
            knobs,
            era: 0,
            traffic: Traffic::new(Rng::stream(seed, "network")),
            arrivals,
            requests: Rng::stream(seed, "requests"),
            operations: BTreeMap::new(),
            next: 1,
            clients: [Client::default(); CLIENTS],
            watched: watched(),
            ledger: Ledger::new(Nanos::ZERO),
            answers: Answers::default(),
            led: (1, 0),
            guarded_from: 1,
            isolated: None,
            trouble: None,
        };
        replication.wire();
        replication.begin(sim);
        replication.schedule_trouble(sim, TROUBLE);
        replication
    }

    fn begin(&mut self, sim: &mut Sim<Event>) {
        let (writes, reads) = self.store.address().map_or((0, 0), |(_, writes, reads)| (writes, reads));
        for (client, place) in self.clients.iter_mut().zip(0..) {
            let multi = matches!(self.store, Store::Multi { .. });
            let own = place % self.knobs.nodes;
            *client = Client { epoch: 1, writes, reads, calling: false };
            if multi {
                (client.writes, client.reads) = (own, own);
            }
        }
        for (actor, effects) in self.store.begin(sim.now()) {
            self.carry(sim, actor, effects);
        }
    }

    /// Another store instead of this one, with nothing in it.
    fn begin_anew(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        for token in self.traffic.drop_where(now, |_, _| true) {
            sim.cancel(token);
        }
        for (_, pending) in std::mem::take(&mut self.operations) {
            sim.cancel(pending.give_up);
        }
        self.traffic.network.heal();
        self.traffic.passed.clear();
        self.era += 1;
        self.store = Store::new(&self.knobs);
        (self.led, self.guarded_from, self.isolated) = ((1, 0), 1, None);
        (self.ledger, self.answers, self.watched) = (Ledger::new(now), Answers::default(), watched());
        self.wire();
        self.begin(sim);
    }

    fn schedule_trouble(&mut self, sim: &mut Sim<Event>, after: Nanos) {
        if let Some(token) = self.trouble.take() {
            sim.cancel(token);
        }
        if self.knobs.fault != Fault::None {
            self.trouble = Some(sim.after(after, Event::Trouble));
        }
    }

    /// Lays the links between nodes, manager and clients.
    fn wire(&mut self) {
        let (nodes, knobs) = (self.knobs.nodes, &self.knobs);
        for one in 0..=nodes + CLIENTS {
            for other in 0..=nodes + CLIENTS {
                let link = if one > nodes || other > nodes {
                    Link { delay: NEAR, ..Link::default() }
                } else {
                    Link { delay: knobs.distance(one, other), jitter: knobs.jitter, ..Link::default() }
                };
                self.traffic.network.set_link(one, other, link);
            }
        }
    }
}

/// Records the calls of both clients on the key that is watched.
fn watched() -> Watched {
    Watched::new(CLIENTS as u32, WATCHED)
}

impl Scenario for Replication {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let step = match event {
            Event::Arrive(id) => self.arrive(sim, id),
            Event::Wake { era, actor, clock } => self.wake(sim, era, actor, &clock),
            Event::Write => self.write(sim),
            Event::Read(client) => {
                sim.after(READ_EVERY, Event::Read(client));
                if !self.clients[client].calling {
                    self.request(sim, client, WATCHED, None);
                }
                ("client # reads", client as u64 + 1)
            }
            Event::GiveUp(op) => self.give_up(sim, op),
            Event::Trouble => self.begin_trouble(sim),
            Event::Relief { node, era } => {
                if era == self.era {
                    self.relieve(sim, node);
                }
                ("node # is back", node as u64)
            }
        };
        self.look(sim);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let before = std::mem::replace(&mut self.knobs, Knobs::of(sim.settings()));
        let single = matches!(self.store, Store::Single { .. });
        match control {
            "topology" | "followers" => self.begin_anew(sim),
            // What such a store holds is not what its rules promise.
            "fencing" | "bug" if !single => self.begin_anew(sim),
            "rate" => self.arrivals.set_rate(self.knobs.rate),
            "delay" | "jitter" => self.wire(),
            "fault" => self.schedule_trouble(sim, Nanos::from_secs(1)),
            _ => {}
        }
        if before.acks != self.knobs.acks || matches!(control, "fencing" | "bug") {
            self.guarded_from = self.store.epoch() + u32::from(self.era > 0 || sim.now() > Nanos::ZERO);
        }
        for (actor, effects) in self.store.configure(&self.knobs) {
            self.carry(sim, actor, effects);
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for (rule, broken) in self.ledger.broken.iter().enumerate() {
            sim.rule(rule, !broken);
        }
        if let Store::Chain { nodes, master } = &self.store {
            let order = master.order();
            let knows = |node: NodeId| nodes[node].order().epoch == order.epoch;
            let ahead = order.members.windows(2).any(|pair| {
                knows(pair[0])
                    && knows(pair[1])
                    && nodes[pair[1]].shipped().len() > nodes[pair[0]].shipped().len()
            });
            sim.rule(3, !ahead || !self.knobs.fencing);
        }
        let (ledger, sound) = (&self.ledger, self.knobs.bug == Bug::None);
        let led = !matches!(self.store, Store::Multi { .. });
        sim.goal(0, sound && led && ledger.failovers >= 2 && ledger.lost == 0 && ledger.acknowledged >= 300);
        sim.goal(1, ledger.split_brain >= 50);
        sim.goal(2, sound && ledger.conflicts >= 20 && ledger.lost == 0);
        let down = ledger.unavailable(sim.now(), self.knobs.rate);
        let over = self.isolated.is_none() && (0..self.knobs.nodes).all(|node| self.store.is_up(node));
        let quick = down <= Nanos::from_millis(2_500) && ledger.acknowledged >= 300;
        sim.goal(3, sound && led && ledger.crashes >= 2 && over && quick);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let (ledger, knobs) = (&self.ledger, &self.knobs);
        let led = matches!(self.store, Store::Single { .. });
        let far = knobs.distance(0, knobs.nodes - 1) + knobs.jitter;
        let multi = matches!(self.store, Store::Multi { .. });
        vec![
            ledger.sent as f64,
            ledger.acknowledged as f64,
            ledger.lost as f64,
            theory::lost(knobs, ledger.crashes),
            ledger.split_brain as f64,
            ledger.conflicts as f64,
            if multi {
                (ledger.conflicts as f64 / (ledger.acknowledged as f64).max(1.0)).min(1.0)
            } else {
                f64::NAN
            },
            theory::conflicts(knobs, KEYS, CLIENTS),
            ledger.latency.percentile(0.5) / 1e6,
            theory::latency(knobs, 0.5),
            ledger.latency.percentile(0.99) / 1e6,
            theory::latency(knobs, 0.99),
            self.lag() as f64,
            if led { knobs.rate * (far + knobs::DISK).as_secs_f64() } else { f64::NAN },
            ledger.unavailable(now, knobs.rate).as_secs_f64(),
            ledger.failovers as f64,
            ledger.unanswered as f64,
            ledger.refused as f64,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.nodes_scene(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.messages_scene(now),
            2 => self.history_scene(now),
            _ => self.nodes_scene(now),
        }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        self.all_things(now)
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let step = self.lay_hand(sim, act, thing);
        self.look(sim);
        step
    }

    fn bytes(&self) -> usize {
        let logs: usize = (0..self.store.nodes())
            .filter_map(|node| self.store.shipped(node))
            .map(|(log, ..)| log.kept())
            .sum();
        (128 << 10) + logs * 32 + self.traffic.flights.len() * 512 + self.operations.len() * 96
    }
}
