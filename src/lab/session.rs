//! Sessions that read copies which lag: their own post is not there, then it is, then it is not.
//!
//! Every session goes the same round: it posts, reads its post back, reads it again, reads what somebody else posted, reads that again,
//! and replies to what it saw. All writes go to the leader, or to any server; reads go to replicas, by a rule that is to be chosen. Each violation of
//! a guarantee is named with the two operations that contradict each other. Posts are numbers that grow, and a session alone writes its
//! own post, so to see a violation is to compare two numbers; no server and no token is asked.
//!
//! Links keep their order: a write arrives after those that were sent before it.

mod knobs;
mod measures;
mod picture;
mod round;
#[cfg(test)]
mod tests;
mod visit;

use std::collections::BTreeMap;

use knobs::{ALIVE, Bug, Knobs, PAUSE};
use measures::Measures;
use visit::Visitor;

use super::scenario::{Scenario, Sim, start};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Delivery, Link, Nanos, Network, Rng, Seed};
use crate::systems::replica::session::{Message, Server, Timer};
use crate::systems::replica::{Effect, NodeId, Stamp, Value, VersionVector};

const GUARDS: &[&str] =
    &["none", "sticky", "leader-reads", "own-writes-window", "token-wait", "token-redirect", "bounded"];
const WRITES: &[&str] = &["leader", "any-server"];
const BUGS: &[&str] = &["none", "token-lost", "writes-only", "no-dependencies", "arrival-time"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "session",
    title: "Session guarantees",
    part: "distributed",
    topics: &["session-guarantees", "replication"],
    hook: "You post, refresh, and your post is gone. Refresh once more: how often does it come and go?",
    look_for: &[
        "A replica is 500 ms behind on average. Who posts and looks 300 ms later finds nothing in 8 of 10 cases: half the time its own message is still under way, and it also waits for writes before it. Theory is drawn beside it.",
        "Choose sticky: no session reads backwards any more, since one replica only moves forward. It still misses its own posts: neither guarantee contains the other.",
        "own-writes-window sends a session to the leader for 1 s after it wrote: half of all reads. Own posts are found, but what others posted still comes and goes. Set refresh above the window: own posts vanish too.",
        "token-wait: no contradiction and no read at the leader; a third of the reads wait for the lag, 200 ms in the mean and 2 s at the 99th percentile. token-redirect: none either, 90 ms at most, but 57% of the reads end up at the leader.",
        "Choose any-server for writes: replies now arrive before what they reply to. Under one leader that never happens, since there is one order. Tokens restore it: a server holds a write back until what it stands on is there.",
        "bounded promises nothing about a session: its own post of 0.3 s ago may be missing, but nothing older than the bound.",
    ],
    controls: &[
        choice("guard", "what keeps sessions consistent", GUARDS, 0.0),
        choice("writes", "who takes writes", WRITES, 0.0),
        number("lag", "mean lag of a replica", (10.0, 5_000.0), 0.0, 500.0, "ms"),
        number("refresh", "a session looks again after", (10.0, 5_000.0), 0.0, 300.0, "ms"),
        number("sessions", "sessions", (2.0, 12.0), 1.0, 4.0, ""),
        number("replicas", "replicas beside the leader", (1.0, 5.0), 1.0, 3.0, ""),
        number("far", "one way to the leader", (1.0, 300.0), 0.0, 40.0, "ms"),
        number("window", "after a write, reads at the leader for", (100.0, 5_000.0), 100.0, 1_000.0, "ms"),
        number("bound", "bounded: how old is too old", (100.0, 5_000.0), 100.0, 1_000.0, "ms"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("reads", Unit::Count, "reads answered"),
        reading("writes", Unit::Count, "writes acknowledged"),
        reading("unread_share", Unit::Share, "first looks after a post that do not find it"),
        reading("unread_theory", Unit::Share, "the same expected, where nothing guards"),
        reading("own_missing", Unit::Ratio, "read your writes violated, per 1,000 reads"),
        reading("backwards", Unit::Ratio, "monotonic reads violated, per 1,000 reads"),
        reading("out_of_order", Unit::Ratio, "monotonic writes violated at a server, per 1,000 writes"),
        reading("reply_first", Unit::Ratio, "writes follow reads violated at a server, per 1,000 writes"),
        reading("read_ms", Unit::Millis, "mean time of a read"),
        reading("read_theory", Unit::Millis, "the same expected, where reads neither wait nor go elsewhere"),
        reading("read_p99_ms", Unit::Millis, "99th percentile of the time of a read"),
        reading("leader_share", Unit::Share, "reads that the leader answered"),
        reading("delayed_share", Unit::Share, "reads that waited or were sent elsewhere"),
        reading("stale_share", Unit::Share, "reads that missed a write of that key"),
        reading("stale_max_ms", Unit::Millis, "the oldest write that a read missed: its age then"),
    ],
    bet: "session-guarantees.bet-unread",
    goals: &[
        "400 reads, no contradiction, no more than 1 in 10 at the leader",
        "300 reads, none backwards, 20 that miss the session's own post",
        "5 replies at a server without what they reply to",
        "300 reads at a lag of 0.5 s, none missing what is older than 0.3 s",
    ],
    invariants: &[
        "tokens, or one leader: own posts are read, nothing goes backwards",
        "tokens: no server has a write without what it stands on",
        "bounded, one leader: no read misses a write older than the bound",
        "sticky: no session reads backwards",
    ],
    acts: &[
        Act { name: "isolate", meaning: "it hears nothing of other servers; clients reach it" },
        Act { name: "reconnect", meaning: "it hears of the others again" },
    ],
    views: &["replicas", "messages", "history"],
    bugs: &[
        "token-lost: the token is kept in one browser; every second read comes without it (guard: a token)",
        "writes-only: the token says what the session wrote and not what it has read (guard: a token)",
        "no-dependencies: a write is sent to other servers without what it stands on (guard: a token, writes: any-server)",
        "arrival-time: a replica believes that news is as young as its arrival (guard: bounded)",
    ],
    theory: &[("unread_share", "unread_theory"), ("read_ms", "read_theory")],
    length: Nanos::from_secs(60),
    speed: 1.0,
    sources: &[
        source!("replica/session.rs", "pub fn for_read"),
        source!("replica/version.rs", "pub fn includes"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Sessions::new(seed, sim)),
};

/// The most servers, for the table of links.
const SERVERS: usize = 6;

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    /// A session asks for the next thing of its round.
    Go {
        era: u32,
        session: usize,
    },
    /// Its request arrives at a server.
    Ask {
        era: u32,
        session: usize,
    },
    /// The answer arrives.
    Answer {
        era: u32,
        session: usize,
        value: Value,
        seen: VersionVector,
        stamp: Option<Stamp>,
    },
    /// A message between servers arrives.
    Deliver(u64),
    Alive {
        era: u32,
        server: NodeId,
    },
}

/// A message between servers.
#[derive(Clone, Debug)]
struct Flight {
    era: u32,
    from: NodeId,
    to: NodeId,
    message: Message,
    sent: Nanos,
    arrives: Nanos,
}

#[derive(Clone)]
struct Sessions {
    seed: Seed,
    knobs: Knobs,
    era: u32,
    servers: Vec<Server>,
    network: Network,
    wire: Rng,
    /// When the last write on each link arrives.
    last: [[Nanos; SERVERS]; SERVERS],
    flights: BTreeMap<u64, Flight>,
    next_flight: u64,
    visitors: Vec<Visitor>,
    /// Servers that hear nothing of others.
    isolated: Vec<bool>,
    measures: Measures,
}

impl Sessions {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Sessions {
        let knobs = Knobs::of(sim.settings());
        let mut sessions = Sessions {
            seed,
            era: 0,
            servers: Vec::new(),
            network: Network::new(SERVERS, Link { jitter: knobs.lag, ..Link::default() }),
            wire: Rng::stream(seed, "network"),
            last: [[Nanos::ZERO; SERVERS]; SERVERS],
            flights: BTreeMap::new(),
            next_flight: 0,
            visitors: Vec::new(),
            isolated: Vec::new(),
            measures: Measures::new(knobs.sessions),
            knobs,
        };
        sessions.begin(sim);
        sessions
    }

    fn begin(&mut self, sim: &mut Sim<Event>) {
        let (now, era, count) = (sim.now(), self.era, self.knobs.servers);
        self.servers = (0..count).map(|id| Server::new(id, count, ALIVE)).collect();
        self.isolated = vec![false; count];
        self.network.heal();
        self.visitors = (0..self.knobs.sessions)
            .map(|session| {
                Visitor::new(self.knobs.sessions, Rng::stream(self.seed, &format!("session {session}")))
            })
            .collect();
        for server in 0..count {
            let mut out = Vec::new();
            self.servers[server].begin(now, &mut out);
            self.carry(sim, server, out);
        }
        for session in 0..self.knobs.sessions {
            let pause = self.visitors[session].rng.exponential(PAUSE);
            sim.after(pause, Event::Go { era, session });
        }
    }

    fn begin_anew(&mut self, sim: &mut Sim<Event>) {
        self.era += 1;
        self.flights.clear();
        self.last = [[Nanos::ZERO; SERVERS]; SERVERS];
        self.measures = Measures::new(self.knobs.sessions);
        self.begin(sim);
    }

    /// Does what a server wants done.
    fn carry(&mut self, sim: &mut Sim<Event>, from: NodeId, out: Vec<Effect<Message, Timer>>) {
        let (now, era) = (sim.now(), self.era);
        for effect in out {
            match effect {
                Effect::Wake { at, .. } => {
                    sim.at(at, Event::Alive { era, server: from });
                }
                Effect::Send { to, message } => {
                    let Delivery::Once(at) = self.network.send(now, from, to, &mut self.wire) else {
                        continue;
                    };
                    let last = &mut self.last[from][to];
                    let arrives = at.max(*last);
                    // What only says that somebody lives does not hold up what comes after it.
                    if !matches!(message, Message::Alive { .. }) {
                        *last = arrives;
                    }
                    let id = self.next_flight;
                    self.next_flight += 1;
                    sim.at(arrives, Event::Deliver(id));
                    self.flights.insert(id, Flight { era, from, to, message, sent: now, arrives });
                }
                Effect::Tell { .. } => {}
            }
        }
    }
}

impl Scenario for Sessions {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let present = self.era;
        match event {
            Event::Go { era, session } if era == present => self.go(sim, session),
            Event::Ask { era, session } if era == present => self.ask(sim, session),
            Event::Answer { era, session, value, seen, stamp } if era == present => {
                self.answer(sim, session, (value, &seen, stamp))
            }
            Event::Alive { era, server } if era == present => {
                let mut out = Vec::new();
                self.servers[server].wake(sim.now(), &mut out);
                self.carry(sim, server, out);
                ("server # says how far it is", server as u64)
            }
            Event::Deliver(id) => {
                let Some(flight) = self.flights.remove(&id) else { return ("message # is void", id) };
                if flight.era != present || !self.network.reaches(flight.from, flight.to) {
                    return ("a message to server # is lost", flight.to as u64);
                }
                let what = match flight.message {
                    Message::Write(_) => "a write arrives at server #",
                    Message::Alive { .. } => "server # hears how far another one is",
                    Message::Need { .. } => "server # is asked for what was missed",
                    Message::All { .. } => "server # gets all there is",
                };
                self.measures.delivered(&flight);
                let mut out = Vec::new();
                self.servers[flight.to].deliver(flight.from, flight.message, &mut out);
                self.carry(sim, flight.to, out);
                self.applied(sim, flight.to);
                (what, flight.to as u64)
            }
            _ => ("what is left of an earlier store is void: #", 0),
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        self.knobs = Knobs::of(sim.settings());
        match control {
            "lag" => self.network.set_usual(Link { jitter: self.knobs.lag, ..Link::default() }),
            // What was seen under other rules says nothing about these.
            "guard" | "writes" | "sessions" | "replicas" | "bug" | "bound" => self.begin_anew(sim),
            _ => {}
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let (measures, sound) = (&self.measures, self.knobs.bug == Bug::None);
        for (rule, broken) in measures.broken.iter().enumerate() {
            sim.rule(rule, !broken);
        }
        let reads = measures.reads;
        let none = measures.violations.iter().all(|count| *count == 0);
        sim.goal(0, sound && reads >= 400 && none && measures.at_leader * 10 <= reads);
        let [own, backwards, _, reply_first] = measures.violations;
        sim.goal(1, sound && reads >= 300 && backwards == 0 && own >= 20);
        sim.goal(2, reply_first >= 5);
        let lags = self.knobs.lag >= Nanos::from_millis(500);
        sim.goal(3, sound && reads >= 300 && lags && measures.stale_max <= Nanos::from_millis(300));
    }

    fn readings(&self, _: &Sim<Event>, _: Nanos) -> Vec<f64> {
        let (measures, knobs) = (&self.measures, &self.knobs);
        let (reads, writes) = (measures.reads as f64, measures.writes as f64);
        let [own, backwards, order, reply] = measures.violations.map(|count| count as f64 * 1e3);
        vec![
            reads,
            writes,
            measures.unread(),
            knobs.unread(),
            own / reads,
            backwards / reads,
            order / writes,
            reply / writes,
            measures.latency.mean() / 1e6,
            knobs.read_ms(),
            measures.latency.percentile(0.99) / 1e6,
            measures.at_leader as f64 / reads,
            measures.delayed as f64 / reads,
            measures.stale as f64 / measures.looks as f64,
            measures.stale_max.as_millis_f64(),
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.replicas_scene(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.messages_scene(),
            2 => self.history_scene(now),
            _ => self.replicas_scene(now),
        }
    }

    fn things(&self, _: &Sim<Event>, _: Nanos) -> Vec<Thing> {
        let thing = |(server, &isolated): (usize, &bool)| Thing {
            id: server as u64,
            name: if server == 0 { "leader".into() } else { format!("replica {server}") },
            acts: if isolated { &["reconnect"] } else { &["isolate"] },
        };
        self.isolated.iter().enumerate().map(thing).collect()
    }

    fn act(&mut self, _: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let Some(server) = usize::try_from(thing).ok().filter(|&server| server < self.isolated.len()) else {
            return ("there is no server #", thing);
        };
        self.isolated[server] = act == "isolate";
        for one in 0..self.isolated.len() {
            for other in 0..self.isolated.len() {
                if self.isolated[one] || self.isolated[other] {
                    self.network.cut(one, other);
                } else {
                    self.network.mend(one, other);
                }
            }
        }
        (
            if act == "isolate" {
                "server # hears nothing of others"
            } else {
                "server # hears of others again"
            },
            thing,
        )
    }

    fn bytes(&self) -> usize {
        (256 << 10) + self.flights.len() * 256 + self.servers.len() * 512 * 160
    }
}
