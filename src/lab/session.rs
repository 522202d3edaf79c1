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
#[cfg(test)]
mod tests;
mod visit;

use std::collections::BTreeMap;

use knobs::{ALIVE, Bug, Guard, Knobs, NEAR, PAUSE};
use measures::Measures;
use visit::{Kind, REPLIES, Request, Step, Visitor};

use super::scenario::{Scenario, Sim, start};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Delivery, Link, Nanos, Network, Rng, Seed};
use crate::systems::replica::session::{Guarantees, Message, Server, Timer};
use crate::systems::replica::{Effect, Key, NodeId, Stamp, Value, VersionVector};

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
        "A replica is 500 ms behind on average. Who posts and looks 300 ms later finds nothing in 52 of 100 cases: theory's curve is drawn beside it. Whether the second look finds it hangs on the replica that answers.",
        "Choose sticky: no session reads backwards any more, since one replica only moves forward. It still misses its own posts: neither guarantee contains the other.",
        "own-writes-window sends a session to the leader for 1 s after it wrote. It costs a third of the reads at the leader, and one write in ten takes longer to arrive than that.",
        "token-wait: no contradiction, and no read at the leader; reads wait for the lag instead, hundreds of ms on average. token-redirect: none either, 90 ms at most, and most reads go to the leader.",
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
    sources: &[source!("replica/session.rs", "pub fn for_read"), source!("replica/version.rs", "pub fn includes")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Sessions::new(seed, sim)),
};

/// The most servers, for the table of links.
const SERVERS: usize = 6;

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    /// A session asks for the next thing of its round.
    Go { era: u32, session: usize },
    /// Its request arrives at a server.
    Ask { era: u32, session: usize },
    /// The answer arrives.
    Answer { era: u32, session: usize, value: Value, seen: VersionVector, stamp: Option<Stamp> },
    /// A message between servers arrives.
    Deliver(u64),
    Alive { era: u32, server: NodeId },
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
            measures: Measures::new(),
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
            .map(|session| Visitor::new(self.knobs.sessions, Rng::stream(self.seed, &format!("session {session}"))))
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
        self.measures = Measures::new();
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
                    let Delivery::Once(at) = self.network.send(now, from, to, &mut self.wire) else { continue };
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

    /// A session asks for the next thing of its round. The same draws for each, whatever guards it.
    fn go(&mut self, sim: &mut Sim<Event>, session: usize) -> (&'static str, u64) {
        let (now, knobs) = (sim.now(), self.knobs.clone());
        let visitor = &mut self.visitors[session];
        let (any, some, other) = (
            visitor.rng.below(knobs.servers as u64) as NodeId,
            1 + visitor.rng.below(knobs.servers as u64 - 1) as NodeId,
            visitor.rng.below(knobs.sessions as u64 - 1) as usize,
        );
        if visitor.step == Step::Browse {
            visitor.other = (session + 1 + other) % knobs.sessions;
        }
        let own = 1 + session % (knobs.servers - 1);
        let writes = visitor.step.writes();
        let young = visitor.wrote.is_some() && now.since(visitor.wrote_at) < knobs.window;
        let server = match knobs.guard {
            Guard::Leader => 0,
            _ if writes && !knobs.anywhere => 0,
            Guard::Sticky => own,
            _ if writes => any,
            Guard::Window if young => 0,
            _ => some,
        };
        let key = match visitor.step {
            Step::Post | Step::Refresh | Step::RefreshAgain => session as Key,
            Step::Browse | Step::BrowseAgain => visitor.other as Key,
            Step::Reply => REPLIES + session as Key,
        };
        let floor = self.floor(session, writes);
        let value = if writes { self.measures.issue(session, now) } else { 0 };
        let call = self.measures.call(session, key, value, now);
        let way = knobs.way(server);
        let request =
            Request { server, key, value, sent: now, floor, redirected: false, waits: false, call };
        self.visitors[session].request = Some(request);
        sim.after(way, Event::Ask { era: self.era, session });
        let what = match self.visitors[session].step {
            Step::Post => "session # posts",
            Step::Refresh => "session # looks for its post",
            Step::RefreshAgain => "session # looks for its post again",
            Step::Browse => "session # looks at another post",
            Step::BrowseAgain => "session # looks at that post again",
            Step::Reply => "session # replies to it",
        };
        (what, session as u64 + 1)
    }

    /// What a server must have seen to serve the session's next request.
    fn floor(&self, session: usize, writes: bool) -> VersionVector {
        let knobs = &self.knobs;
        let visitor = &self.visitors[session];
        let lost = knobs.bug == Bug::TokenLost && visitor.step == Step::RefreshAgain;
        if !knobs.tokens() || lost || knobs.bug == Bug::TokenLost && visitor.step == Step::BrowseAgain {
            return VersionVector::new();
        }
        let asked = if knobs.bug == Bug::WritesOnly {
            Guarantees { read_your_writes: true, monotonic_writes: true, ..Guarantees::default() }
        } else {
            Guarantees::ALL
        };
        if writes { visitor.token.for_write(asked) } else { visitor.token.for_read(asked) }
    }

    /// A request is at a server: it is served, sent on to the leader, or waits.
    fn ask(&mut self, sim: &mut Sim<Event>, session: usize) -> (&'static str, u64) {
        let (now, era, knobs) = (sim.now(), self.era, &self.knobs);
        let number = session as u64 + 1;
        let Some(request) = &mut self.visitors[session].request else { return ("# asks nothing", number) };
        let server = &self.servers[request.server];
        let covers = server.seen().includes(&request.floor);
        let old = request.value == 0
            && knobs.guard == Guard::Bounded
            && request.server != 0
            && now.since(self.measures.believed(request.server, server, knobs.bug)) > knobs.bound;
        if covers && !(old && !request.redirected) {
            return self.serve(sim, session);
        }
        if !request.redirected && request.server != 0 && (old || knobs.guard == Guard::Redirect) {
            (request.redirected, request.server) = (true, 0);
            sim.after(NEAR + knobs.far, Event::Ask { era, session });
            return ("that replica is too far behind for session #: to the leader", number);
        }
        request.waits = true;
        ("session # waits until the replica has caught up", number)
    }

    fn serve(&mut self, sim: &mut Sim<Event>, session: usize) -> (&'static str, u64) {
        let (now, era) = (sim.now(), self.era);
        let number = session as u64 + 1;
        let Some(request) = self.visitors[session].request.clone() else { return ("# asks nothing", number) };
        let mut stamp = None;
        if request.value > 0 {
            let after = if self.knobs.bug == Bug::NoDependencies {
                VersionVector::new()
            } else {
                request.floor.clone()
            };
            let mut out = Vec::new();
            let server = &mut self.servers[request.server];
            let written = server.write(now, (request.key, request.value), after, &mut out);
            stamp = Some(written);
            let visitor = &self.visitors[session];
            let what = (request.key, request.value, session);
            self.measures.taken(now, written, what, (visitor.wrote, visitor.saw));
            self.carry(sim, request.server, out);
            self.applied(sim, request.server);
        } else {
            self.measures.look(now, request.key, &self.servers[request.server], &self.knobs);
        }
        let server = &self.servers[request.server];
        let (value, seen) = (server.read(request.key), server.seen().clone());
        sim.after(self.knobs.way(request.server), Event::Answer { era, session, value, seen, stamp });
        (if request.value > 0 { "the write of session # is taken" } else { "session # is answered" }, number)
    }

    /// Looks at what a server has just applied, and serves those who have waited for it.
    fn applied(&mut self, sim: &mut Sim<Event>, server: NodeId) {
        for stamp in self.servers[server].applied() {
            self.measures.arrived(sim.now(), server, stamp, &self.servers[server], &self.knobs);
        }
        for session in 0..self.visitors.len() {
            let ready = self.visitors[session].request.as_ref().is_some_and(|request| {
                request.waits && request.server == server && self.servers[server].seen().includes(&request.floor)
            });
            if ready {
                if let Some(request) = &mut self.visitors[session].request {
                    (request.waits, request.redirected) = (false, true);
                }
                self.serve(sim, session);
            }
        }
    }

    /// An answer arrives: the session remembers it, finds contradictions, and goes on with its round.
    fn answer(
        &mut self,
        sim: &mut Sim<Event>,
        session: usize,
        (value, seen, stamp): (Value, &VersionVector, Option<Stamp>),
    ) -> (&'static str, u64) {
        let now = sim.now();
        let visitor = &mut self.visitors[session];
        let Some(request) = visitor.request.take() else { return ("# gets no answer", session as u64 + 1) };
        self.measures.answered(now, session, &request, value);
        let what = if let Some(stamp) = stamp {
            visitor.token.wrote(stamp);
            visitor.wrote = Some((request.value, stamp));
            visitor.wrote_at = now;
            if visitor.step == Step::Post {
                visitor.post = request.value;
            }
            "the write of session # is acknowledged"
        } else {
            visitor.token.read(seen);
            let whose = if visitor.step == Step::Refresh || visitor.step == Step::RefreshAgain {
                session
            } else {
                visitor.other
            };
            visitor.saw = if whose == session { visitor.saw } else { self.measures.stamp_of(value) };
            let (post, newest) = (visitor.post, visitor.newest[whose]);
            visitor.newest[whose] = newest.max(value);
            if visitor.step == Step::Refresh {
                self.measures.first_look(now, value < post);
            }
            if value < newest {
                let what = (session, newest, value, request.server);
                self.measures.violated(now, Kind::Backwards, what, &self.knobs);
            }
            if whose == session && value < post {
                self.measures.violated(now, Kind::OwnWrite, (session, post, value, request.server), &self.knobs);
                "session # does not find its own post"
            } else if value < newest {
                "session # sees less than before"
            } else {
                "session # has its answer"
            }
        };
        visitor.step = visitor.step.next();
        let wait = match visitor.step {
            Step::Post => visitor.rng.exponential(PAUSE),
            Step::Reply => Nanos::ZERO,
            _ => self.knobs.refresh,
        };
        sim.after(wait, Event::Go { era: self.era, session });
        (what, session as u64 + 1)
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
        (if act == "isolate" { "server # hears nothing of others" } else { "server # hears of others again" }, thing)
    }

    fn bytes(&self) -> usize {
        (256 << 10) + self.flights.len() * 256 + self.servers.len() * 512 * 160
    }
}
