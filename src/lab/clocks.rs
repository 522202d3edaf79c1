//! Nodes that write one register, and four clocks that stamp the writes: what the last writer to win by each of them loses.
//!
//! Every node tells every other one of its writes, and each message takes the same time. All clocks run side by side on the same
//! writes. Truth is known here, and nowhere else: which write really came later, and which could know of which (found by
//! following the messages back, not by asking a clock).

mod measures;
mod nodes;
mod picture;

use measures::Tally;
use nodes::{Bug, Net, Node};

use super::scenario::{Scenario, Sim, start};
use super::{Act, Scene, Settings, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::clocks::{Sample, WallClock};

/// The most nodes.
const NODES: usize = 5;
/// What can be broken on purpose.
const BUGS: &[&str] = &["none", "lamport-unmerged", "vector-overwritten", "hybrid-unmerged"];
/// The stamps that are shown.
const STAMPS: &[&str] = &["wall", "lamport", "vector", "hybrid"];
/// One push of a clock by hand.
const PUSH: i64 = 200_000_000;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "clocks",
    title: "Clocks and last-write-wins",
    part: "distributed",
    topics: &["conflict-resolution"],
    hook: "Clocks differ by a tenth of a second. How many writes does last-write-wins lose?",
    look_for: &[
        "A marked write (\u{2717}) carries a smaller wall-clock stamp than one that its writer had already seen: last-write-wins drops it everywhere, though it came later and was acknowledged. No error is raised.",
        "With clocks a tenth of a second apart and 5 writes a second one write in ten is lost, one in forty in spite of having seen the winner. Theory: 1 - e^(-rate \u{b7} difference) for each node.",
        "The node that is furthest behind loses most, the one that is furthest ahead nothing, whoever of them is right.",
        "Lamport and hybrid stamps never lose what had seen the winner: causality is in the stamp. They still drop concurrent writes, and a Lamport stamp cannot say that they were concurrent. A vector can: it keeps both as siblings.",
        "Set sync to 5: clocks come as near to the truth as the ways to the server are equal (asym): 15 ms here, so 3 writes in 100 are still lost.",
        "A hybrid clock runs ahead of its node's wall clock by at most the skew to the fastest. Push one clock ahead by hand (t): all follow it.",
    ],
    controls: &[
        number("skew", "clocks are set wrong by up to, either way", (0.0, 500.0), 10.0, 50.0, "ms"),
        number("writes", "writes per second, of all nodes together", (1.0, 40.0), 0.0, 5.0, "/s"),
        number("lag", "a message takes", (5.0, 400.0), 5.0, 50.0, "ms"),
        choice("stamp", "the stamps that are shown", STAMPS, 0.0),
        number("sync", "clocks are set over the network every, 0 for never", (0.0, 30.0), 1.0, 0.0, "s"),
        number("asym", "one way to the time server is up to so much longer", (0.0, 90.0), 10.0, 30.0, "%"),
        number("drift", "clocks gain or lose up to", (0.0, 1000.0), 50.0, 50.0, "ppm"),
        number("nodes", "nodes", (2.0, NODES as f64), 1.0, 3.0, ""),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("writes", Unit::Count, "writes"),
        reading("lost_share", Unit::Share, "writes whose wall-clock stamp is below that of an earlier one"),
        reading("lost_theory", Unit::Share, "the same expected from the clocks' errors"),
        reading(
            "lost_seen",
            Unit::Share,
            "writes whose wall-clock stamp is below that of one that their node had seen",
        ),
        reading("seen_theory", Unit::Share, "the same expected from the clocks' errors and the lag"),
        reading(
            "lost_lamport",
            Unit::Share,
            "writes whose Lamport stamp is below that of an earlier one: all concurrent with it",
        ),
        reading(
            "lost_hybrid",
            Unit::Share,
            "writes whose hybrid stamp is below that of an earlier one: all concurrent with it",
        ),
        reading("seen_hybrid", Unit::Share, "of these, those below one that their node had seen"),
        reading(
            "concurrent_share",
            Unit::Share,
            "writes that are concurrent with the one before them, by vectors",
        ),
        reading("concurrent_theory", Unit::Share, "the same expected: by another node, within the lag"),
        reading("spread_ms", Unit::Millis, "from the slowest clock to the fastest, now"),
        reading("ahead_ms", Unit::Millis, "most that a hybrid stamp was ahead of its node's wall clock"),
        reading("syncs", Unit::Count, "times that a clock was set over the network"),
    ],
    bet: "conflict-resolution.bet-lost-to-skew",
    goals: &[
        "a quarter of 100 writes lost to the clocks",
        "100 writes with clocks synchronized: fewer than 1 in 50 lost",
        "half of 100 writes concurrent with the one before",
        "a hybrid stamp 300 ms ahead of its node's clock",
    ],
    invariants: &[
        "what happened before has the smaller Lamport stamp",
        "vectors are ordered exactly as what happened before what",
        "what happened before has the smaller hybrid stamp, and no l is above every clock so far",
        "each write is told to every other node once",
    ],
    acts: &[
        Act { name: "ahead", meaning: "its wall clock is set 200 ms forward" },
        Act { name: "behind", meaning: "its wall clock is set 200 ms back" },
        Act { name: "sync", meaning: "it asks the time server now" },
        Act { name: "write", meaning: "it writes now" },
    ],
    views: &["events", "clocks"],
    bugs: &[
        "lamport-unmerged: a receipt ticks the Lamport clock and does not look at the stamp that arrived",
        "vector-overwritten: a receipt takes the sender's numbers, and with them forgets what it knew of others",
        "hybrid-unmerged: a receipt looks at the wall clock only",
    ],
    theory: &[
        ("lost_share", "lost_theory"),
        ("lost_seen", "seen_theory"),
        ("concurrent_share", "concurrent_theory"),
    ],
    length: Nanos::from_secs(60),
    speed: 1.0,
    sources: &[
        source!("clocks/hybrid.rs", "fn advance"),
        source!("clocks/vector.rs", "pub fn compare"),
        source!("clocks/lamport.rs", "pub fn receive"),
        source!("clocks/wall.rs", "pub fn offset"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Clocks::new(seed, sim)),
};

/// The values of the controls.
#[derive(Clone, Copy, Debug)]
struct Knobs {
    skew: f64,
    rate: f64,
    lag: Nanos,
    stamp: usize,
    sync: Nanos,
    asym: f64,
    drift: f64,
    nodes: usize,
    bug: Bug,
}

impl Knobs {
    fn of(settings: &Settings) -> Knobs {
        Knobs {
            skew: settings.get("skew") * 1e6,
            rate: settings.get("writes").max(0.1),
            lag: Nanos::from_secs_f64(settings.get("lag") / 1e3),
            stamp: settings.count("stamp"),
            sync: Nanos::from_secs_f64(settings.get("sync")),
            asym: settings.get("asym") / 100.0,
            drift: settings.get("drift") * 1e3,
            nodes: settings.count("nodes").clamp(2, NODES),
            bug: Bug::of(settings.count("bug")),
        }
    }
}

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// Some node writes.
    Write,
    /// News of the write of that number reach a node.
    Receive { node: usize, write: u64 },
    /// It is time to ask the time server.
    Ask { node: usize },
    /// The time server's answer reaches a node.
    Answer { node: usize, sample: Sample },
}

/// Where in their ranges the offset and the drift of a node's clock lie, and how unequal its ways to the time server are: -1 to 1.
#[derive(Clone, Copy, Debug)]
struct Chance {
    offset: f64,
    drift: f64,
    way: f64,
}

impl Chance {
    /// The first two nodes stand at opposite ends, so that what is set is what the clocks differ by; the others between them.
    fn of(rng: &mut Rng) -> [Chance; NODES] {
        let mut any = || rng.unit() * 2.0 - 1.0;
        let mut chances: [Chance; NODES] =
            std::array::from_fn(|_| Chance { offset: any(), drift: any(), way: any() });
        let end = |value: f64| if value < 0.0 { -1.0 } else { 1.0 };
        let first = Chance { offset: end(chances[0].offset), way: end(chances[0].way), ..chances[0] };
        chances[0] = first;
        chances[1] = Chance { offset: -first.offset, way: -first.way, ..chances[1] };
        chances
    }
}

#[derive(Clone)]
struct Clocks {
    knobs: Knobs,
    gaps: Rng,
    writers: Rng,
    chances: [Chance; NODES],
    asks: [Option<Token>; NODES],
    net: Net,
    tally: Tally,
}

impl Clocks {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Clocks {
        let knobs = Knobs::of(sim.settings());
        let mut rng = Rng::stream(seed, "clocks");
        let chances = Chance::of(&mut rng);
        let node = |chance: &Chance| {
            Node::new(WallClock::new(
                (chance.offset * knobs.skew) as i64,
                (chance.drift * knobs.drift) as i64,
            ))
        };
        let mut clocks = Clocks {
            knobs,
            gaps: Rng::stream(seed, "gaps"),
            writers: Rng::stream(seed, "writers"),
            asks: [None; NODES],
            net: Net::new(chances.iter().map(node).collect()),
            chances,
            tally: Tally::default(),
        };
        clocks.next_write(sim);
        clocks.plan_syncs(sim);
        clocks
    }

    fn next_write(&mut self, sim: &mut Sim<Event>) {
        let gap = self.gaps.exponential(Nanos::from_secs_f64(1.0 / self.knobs.rate));
        sim.after(gap, Event::Write);
    }

    /// Every node asks once in a period, one after the other.
    fn plan_syncs(&mut self, sim: &mut Sim<Event>) {
        for node in 0..NODES {
            if let Some(token) = self.asks[node].take() {
                sim.cancel(token);
            }
            if self.knobs.sync > Nanos::ZERO {
                let first = Nanos(self.knobs.sync.0 * (node as u64 + 1) / NODES as u64);
                self.asks[node] = Some(sim.after(first, Event::Ask { node }));
            }
        }
    }

    fn write(&mut self, sim: &mut Sim<Event>, node: usize) {
        let now = sim.now();
        self.tally.expect(&self.net, (node, self.knobs.nodes), now, (self.knobs.rate, self.knobs.lag));
        let write = self.net.write(node, now);
        self.tally.write(&mut self.net, write, now);
        for other in (0..self.knobs.nodes).filter(|&other| other != node) {
            self.net.flying += 1;
            self.tally.told += 1;
            sim.after(self.knobs.lag, Event::Receive { node: other, write });
        }
    }

    /// The exchange with the time server: there and back take twice the lag together.
    fn ask(&self, sim: &mut Sim<Event>, node: usize) {
        let now = sim.now();
        let longer = self.knobs.asym * self.chances[node].way;
        let there = Nanos((self.knobs.lag.0 as f64 * (1.0 + longer)) as u64);
        let back = Nanos((self.knobs.lag.0 as f64 * (1.0 - longer)) as u64);
        let truth = WallClock::truth(now + there);
        let wall = self.net.nodes[node].wall;
        let answered = wall.read(now + there + back);
        let sample = Sample { asked: wall.read(now), received: truth, sent: truth, answered };
        sim.after(there + back, Event::Answer { node, sample });
    }
}

impl Scenario for Clocks {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        match event {
            Event::Write => {
                let drawn = (self.writers.unit() * self.knobs.nodes as f64) as usize;
                let node = drawn.min(self.knobs.nodes - 1);
                self.write(sim, node);
                self.next_write(sim);
                ("node # writes", node as u64 + 1)
            }
            Event::Receive { node, write } => {
                self.net.flying -= 1;
                self.tally.received += 1;
                self.net.receive(node, write, now, self.knobs.bug);
                self.tally.look(&self.net, now);
                ("news of write # arrive", write)
            }
            Event::Ask { node } => {
                self.ask(sim, node);
                self.asks[node] = Some(sim.after(self.knobs.sync, Event::Ask { node }));
                ("node # asks the time server", node as u64 + 1)
            }
            Event::Answer { node, sample } => {
                self.net.nodes[node].wall.step(now, sample.offset());
                self.tally.syncs += 1;
                ("node # sets its clock", node as u64 + 1)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let (before, now) = (self.knobs, sim.now());
        self.knobs = Knobs::of(sim.settings());
        for (node, chance) in self.net.nodes.iter_mut().zip(self.chances) {
            match control {
                "skew" => node.wall.step(now, (chance.offset * (self.knobs.skew - before.skew)) as i64),
                "drift" => node.wall.set_drift(now, (chance.drift * self.knobs.drift) as i64),
                _ => {}
            }
        }
        if control == "sync" {
            self.plan_syncs(sim);
        }
        if !matches!(control, "bug" | "stamp") {
            self.tally.begin_again();
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let told = self.tally.told == self.tally.received + self.net.flying;
        let holds = self.net.holds;
        for (rule, holds) in [holds[0], holds[1], holds[2], told].into_iter().enumerate() {
            sim.rule(rule, holds);
        }
        let enough = self.tally.writes() >= 100;
        sim.goal(0, enough && self.tally.lost_share() >= 0.25);
        sim.goal(1, enough && self.tally.syncs >= 3 && self.tally.lost_share() < 0.02);
        sim.goal(2, enough && self.tally.concurrent_share() >= 0.5);
        sim.goal(3, self.tally.ahead >= 300_000_000);
    }

    fn readings(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        self.tally.readings(&self.net, self.knobs.nodes, now)
    }

    fn scene(&self, _sim: &Sim<Event>, _now: Nanos) -> Scene {
        picture::events(self)
    }

    fn view(&self, _sim: &Sim<Event>, now: Nanos, _view: usize) -> Scene {
        picture::clocks(self, now)
    }

    fn things(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let thing = |node: usize| {
            let error = self.net.nodes[node].wall.error(now) as f64 / 1e6;
            let name = format!("n{}, clock {error:+.0} ms", node + 1);
            Thing { id: node as u64 + 1, name, acts: &["ahead", "behind", "sync", "write"] }
        };
        (0..self.knobs.nodes).map(thing).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let node = match usize::try_from(thing) {
            Ok(number) if (1..=self.knobs.nodes).contains(&number) => number - 1,
            _ => return ("nothing to lay hands on", thing),
        };
        let now = sim.now();
        match act {
            "ahead" => self.net.nodes[node].wall.step(now, PUSH),
            "behind" => self.net.nodes[node].wall.step(now, -PUSH),
            "sync" => self.ask(sim, node),
            "write" => {
                self.write(sim, node);
                return ("node # writes, as asked", thing);
            }
            _ => return ("nothing to lay hands on", thing),
        }
        match act {
            "sync" => ("node # asks the time server, as asked", thing),
            "ahead" => ("the clock of node # is set forward", thing),
            _ => ("the clock of node # is set back", thing),
        }
    }

    fn bytes(&self) -> usize {
        96 << 10
    }
}

#[cfg(test)]
mod tests;
