//! Raft: five servers, one log, and what crashes and partitions do to it.
//!
//! The servers are the nodes of `systems::raft`, each with a disk that a restart finds again. Clients propose to whoever leads; also to a
//! leader that is cut off and does not know it. Every message under way is a thing that can be dropped, delayed and doubled, every server one
//! that can crash. The five safety properties are watched from outside, after every event, by books that ask no node.

mod acts;
mod cluster;
mod knobs;
mod measures;
mod moments;
mod picture;
mod stories;
#[cfg(test)]
mod tests;

use cluster::Cluster;
use knobs::Knobs;
use measures::{Measures, Theory};
use stories::{STORIES, Story};

use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading, switch};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::raft::safety::Property;
use crate::systems::raft::{Body, Id, Node, Role};

const BUGS: &[&str] = &[
    "none",
    "overwrites",
    "applies-early",
    "votes-for-anyone",
    "no-prev-check",
    "forgets-vote",
    "counts-old-terms",
    "steps-at-once",
];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "raft",
    title: "Raft",
    part: "distributed",
    topics: &["consensus"],
    hook: "The leader of five servers dies. They wait 1 to 2 s before they vote. How long is nobody in charge?",
    look_for: &[
        "After the leader's crash nothing is committed until the first of four followers loses patience: not after 1.5 s, the mean, but after 1.2 s, since the first of four draws counts.",
        "An entry is first in the leader's log, then in a majority's, then committed: the mark ' goes when the leader hears from 2 of the 4 others.",
        "A proposal costs 8 messages among five: 4 copies and 4 answers. What is committed the followers learn with the next message.",
        "A server that comes back with other entries at its end loses them: the leader goes back to where the logs agree and overwrites.",
        "Choose partitions and turn prevote off: the server that was cut off comes back with a high term and deposes a leader with whom nothing is wrong.",
        "Choose figure-8 with the bug counts-old-terms: an entry on three of five servers is said to be committed, and is lost.",
    ],
    controls: &[
        choice("story", "what happens to the cluster", STORIES, 0.0),
        number("nodes", "voters (the last three stories have their own)", (3.0, 7.0), 1.0, 5.0, ""),
        number("timeout", "election time-out, drawn up to twice that", (50.0, 5_000.0), 0.0, 1_000.0, "ms"),
        number("heartbeat", "a leader is heard every", (10.0, 1_000.0), 0.0, 100.0, "ms"),
        number("delay", "one way between servers", (1.0, 500.0), 0.0, 20.0, "ms"),
        number("loss", "messages lost", (0.0, 50.0), 5.0, 0.0, "%"),
        number("load", "proposals per second", (0.0, 100.0), 0.0, 10.0, "/s"),
        number("every", "time between troubles (0: none)", (0.0, 20.0), 1.0, 5.0, "s"),
        switch("prevote", "ask before standing, resign when alone", true),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("leader_term", Unit::Count, "the present leader's term"),
        reading("elections", Unit::Count, "elections that somebody won"),
        reading("leaderless_s", Unit::Seconds, "time without a leader that reaches a majority"),
        reading("elect_ms", Unit::Millis, "mean time from a leader's crash to the next leader"),
        reading("elect_theory", Unit::Millis, "the same expected, where the first who stands wins"),
        reading("rivals_share", Unit::Share, "crashes after which several stood in the same term"),
        reading("rivals_theory", Unit::Share, "the same expected"),
        reading("splits", Unit::Count, "terms in which several stood and nobody won"),
        reading("deposed", Unit::Count, "leaders that had to go although they reached a majority"),
        reading("proposed", Unit::Count, "proposals of clients"),
        reading("refused", Unit::Count, "proposals that found no leader"),
        reading("committed", Unit::Count, "proposals that were committed"),
        reading("commit_rate", Unit::PerSecond, "proposals committed a second"),
        reading("commit_ms", Unit::Millis, "mean time from a leader's log to committed"),
        reading("commit_theory", Unit::Millis, "the same expected: the round trip that makes the majority"),
        reading(
            "copies_per_commit",
            Unit::Ratio,
            "messages with entries, and the answers to them, for each commit",
        ),
        reading("copies_theory", Unit::Ratio, "the same expected: 2 (n - 1)"),
        reading("messages", Unit::Count, "messages sent, heartbeats and votes too"),
        reading("kbytes", Unit::Count, "kilobytes sent, with commands of 100 bytes"),
    ],
    bet: "consensus.bet-without-a-leader",
    goals: &[
        "commit with half of the servers down that may be, two at least",
        "two split votes in a row",
        "let a server that was cut off depose a healthy leader",
        "lose a committed entry as in figure 8",
    ],
    invariants: &[
        "election safety: at most one leader a term",
        "leader append-only: a leader never changes its log",
        "log matching: same index and term, same log up to it",
        "leader completeness: what is committed, later leaders have",
        "state machine safety: all apply the same, in order",
    ],
    acts: &[
        Act { name: "crash", meaning: "the server loses all that is not on its disk" },
        Act { name: "restart", meaning: "the server starts with what is on its disk" },
        Act { name: "isolate", meaning: "nothing gets to it or from it any more" },
        Act { name: "rejoin", meaning: "it can be reached again" },
        Act { name: "stand", meaning: "its patience is over: it stands for election now" },
        Act { name: "propose", meaning: "a client proposes to this server" },
        Act { name: "drop", meaning: "the message never arrives" },
        Act { name: "delay", meaning: "the message takes five election time-outs longer" },
        Act { name: "duplicate", meaning: "the message arrives twice" },
    ],
    views: &["cluster", "messages", "logs", "over-time"],
    bugs: &[
        "overwrites: a new leader clears away what it finds uncommitted in its log. Crashes show it",
        "applies-early: entries are applied before they are committed. Partitions show it",
        "votes-for-anyone: whoever asks first has the vote, however short his log. Partitions without prevote show it",
        "no-prev-check: a follower does not look whether the entry before the new ones is the leader's. The story figure-8 shows it",
        "forgets-vote: the vote is not made durable; a server that restarts votes again. The story two-votes shows it",
        "counts-old-terms: copies of entries of earlier terms count as committed. The story figure-8 shows it",
        "steps-at-once: a leader changes members before it has committed anything. The story one-step-bug shows it",
    ],
    theory: &[
        ("elect_ms", "elect_theory"),
        ("rivals_share", "rivals_theory"),
        ("commit_ms", "commit_theory"),
        ("copies_per_commit", "copies_theory"),
    ],
    length: Nanos::from_secs(30),
    speed: 0.5,
    sources: &[
        source!("raft/node.rs", "pub fn deliver"),
        source!("raft/election.rs", "pub(super) fn on_request_vote"),
        source!("raft/replication.rs", "pub(super) fn count_copies"),
        source!("raft/leading.rs", "pub fn change"),
        source!("raft/safety.rs", "pub fn observe"),
        source!("raft.rs", "pub struct Settings"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Raft::new(seed, sim)),
};

/// Things from this number on are messages; below are servers.
const FIRST_MESSAGE: u64 = 101;
/// How long a server is down or cut off.
const AWAY: Nanos = Nanos::from_millis(2_500);

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The timer of a server runs out.
    Tick(Id),
    /// A message arrives.
    Arrive(u64),
    /// A client proposes.
    Propose,
    /// The next trouble.
    Trouble,
    /// A server is back after a trouble.
    Back(Id),
    /// The story goes on, or has waited long enough.
    Story,
}

/// Where the story that is told stands.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// The next step.
    step: usize,
    /// When the last one was.
    last: Nanos,
    mark: u64,
    waiting: Option<Token>,
}

#[derive(Clone)]
struct Raft {
    seed: Seed,
    knobs: Knobs,
    theory: Theory,
    cluster: Cluster,
    seen: Measures,
    told: Told,
    arrivals: Arrivals,
    proposing: Token,
    trouble: Option<Token>,
    /// How many troubles there were, proposals, clusters.
    troubles: u64,
    commands: u64,
    clusters: u64,
}

impl Raft {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Raft {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "proposals"), Pattern::Poisson, knobs.load);
        let first = arrivals.next(Nanos::ZERO);
        let proposes = knobs.load > 0.0 && !knobs.story.is_told();
        let proposing = sim.at(if proposes { first } else { Nanos::MAX }, Event::Propose);
        let mut raft = Raft {
            seed,
            theory: Theory::new(&knobs),
            cluster: Cluster::new(seed, 0, &knobs, knobs.story.is_told(), sim),
            knobs,
            seen: Measures::new(),
            told: Told::default(),
            arrivals,
            proposing,
            trouble: None,
            troubles: 0,
            commands: 0,
            clusters: 0,
        };
        raft.begin_story(sim);
        raft
    }

    /// Whether a story is being told, in which nobody stands by himself.
    fn is_told(&self) -> bool {
        self.told.step < self.knobs.story.steps().len()
    }

    /// Another cluster, which knows nothing of this one.
    fn begin(&mut self, sim: &mut Sim<Event>) {
        self.cluster.stop(sim);
        self.clusters += 1;
        self.cluster = Cluster::new(self.seed, self.clusters, &self.knobs, self.knobs.story.is_told(), sim);
        self.seen.begin(sim.now());
        self.begin_story(sim);
        self.await_proposal(sim);
    }

    /// Has the next client propose; while a story is told it has proposals of its own.
    fn await_proposal(&mut self, sim: &mut Sim<Event>) {
        sim.cancel(self.proposing);
        let proposes = self.knobs.load > 0.0 && !self.is_told();
        let next = if proposes { self.arrivals.next(sim.now()) } else { Nanos::MAX };
        self.proposing = sim.at(next, Event::Propose);
    }

    fn propose(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.await_proposal(sim);
        // Clients know whoever says that it leads, be it a leader that is cut off.
        let leaders = self.cluster.nodes().filter(|node| node.role() == Role::Leader).map(Node::id);
        let leaders: Vec<Id> = leaders.collect();
        let turn = self.commands as usize % leaders.len().max(1);
        match leaders.get(turn) {
            Some(&leader) => self.propose_to(sim, leader),
            None => {
                self.seen.proposed += 1;
                self.seen.refused += 1;
                ("a proposal finds no leader", 0)
            }
        }
    }

    fn propose_to(&mut self, sim: &mut Sim<Event>, id: Id) -> (&'static str, u64) {
        self.commands += 1;
        let command = self.commands;
        self.seen.proposed += 1;
        let accepts = self.cluster.node(id).is_some_and(|node| node.role() == Role::Leader);
        if accepts {
            self.seen.takes(sim.now(), command, id);
        }
        let taken = self.cluster.act_on(sim, &mut self.seen, id, |node, _, _| node.propose(command).is_ok());
        if taken {
            return ("s# takes a proposal", id);
        }
        self.seen.refused += 1;
        ("s# refuses a proposal: it does not lead", id)
    }

    fn arrive(&mut self, sim: &mut Sim<Event>, flight: u64) -> (&'static str, u64) {
        let Some(mail) = self.cluster.take(flight) else { return ("nothing arrives", flight) };
        let (to, carries) =
            (mail.to, matches!(&mail.body, Body::Append { entries, .. } if !entries.is_empty()));
        let what = picture::happens(&mail);
        let Some(before) = self.cluster.node(to).map(|node| (node.role(), node.commit())) else {
            return ("a message finds s# down", to);
        };
        self.seen.copying += u64::from(carries);
        self.cluster.act_on(sim, &mut self.seen, to, |node, now, rng| node.deliver(now, mail, rng));
        let after = self.cluster.node(to).map_or(before, |node| (node.role(), node.commit()));
        match (before.0, after.0) {
            (Role::Leader, Role::Follower) => ("s# resigns", to),
            (Role::Candidate | Role::PreCandidate, Role::Leader) => ("s# has a majority and leads", to),
            (Role::PreCandidate, Role::Candidate) => ("s# could win and stands for election", to),
            (Role::Leader, _) if after.1 > before.1 => ("s# has a majority's word: committed", to),
            _ => (what, to),
        }
    }

    fn tick(&mut self, sim: &mut Sim<Event>, id: Id) -> (&'static str, u64) {
        self.cluster.unwind(id);
        let led = self.cluster.node(id).is_some_and(|node| node.role() == Role::Leader);
        self.cluster.act_on(sim, &mut self.seen, id, Node::tick);
        self.cluster.wind(sim, id);
        let role = self.cluster.node(id).map(Node::role);
        match role {
            Some(Role::Leader) if led => ("s# sends heartbeats", id),
            Some(Role::Leader) => ("s# stands alone and leads", id),
            Some(Role::Candidate) => ("s# has lost patience and stands for election", id),
            Some(Role::PreCandidate) => ("s# has lost patience and asks if it could win", id),
            _ if led => ("s# hears no majority and resigns", id),
            _ => ("s# waits to be let in", id),
        }
    }
}

impl Scenario for Raft {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let told = match event {
            Event::Tick(id) => self.tick(sim, id),
            Event::Arrive(flight) => self.arrive(sim, flight),
            Event::Propose => self.propose(sim),
            Event::Trouble => self.make_trouble(sim),
            Event::Back(id) => self.come_back(sim, id),
            Event::Story => {
                self.told.waiting = None;
                ("the story goes on", 0)
            }
        };
        self.tell(sim);
        self.cluster.look_for_leader(sim.now(), &mut self.seen);
        told
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let before = std::mem::replace(&mut self.knobs, Knobs::of(sim.settings()));
        self.theory = Theory::new(&self.knobs);
        match control {
            "story" | "nodes" => self.begin(sim),
            "bug" if before.story.is_told() => self.begin(sim),
            "every" => self.await_trouble(sim),
            "load" => {
                sim.cancel(self.proposing);
                self.arrivals.set_rate(self.knobs.load);
                let next = self.arrivals.next(sim.now());
                self.proposing =
                    sim.at(if self.knobs.load > 0.0 { next } else { Nanos::MAX }, Event::Propose);
            }
            _ => {
                let told = self.is_told();
                self.cluster.configure(sim, &self.knobs, told);
            }
        }
        self.cluster.look_for_leader(sim.now(), &mut self.seen);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let safety = &self.cluster.safety;
        for (rule, property) in Property::ALL.into_iter().enumerate() {
            sim.rule(rule, safety.broken(property).is_none());
        }
        let bearable = (self.cluster.machines.len() - 1) / 2;
        sim.goal(0, self.cluster.committed_with_down >= bearable.max(2));
        sim.goal(1, self.seen.splits_in_row >= 2);
        sim.goal(2, self.cluster.deposed_by_return);
        let lost = safety.broken(Property::LeaderCompleteness).is_some();
        sim.goal(3, self.knobs.story == Story::Figure8 && lost);
    }

    fn readings(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let (seen, theory) = (&self.seen, &self.theory);
        let term = self.cluster.leader().map_or(f64::NAN, |leader| leader.term() as f64);
        vec![
            term,
            seen.elections as f64,
            seen.leaderless(now).as_secs_f64(),
            seen.elect_ms(),
            theory.elect_ms,
            seen.rivals_share(),
            theory.rivals,
            seen.splits as f64,
            seen.deposed as f64,
            seen.proposed as f64,
            seen.refused as f64,
            seen.committed as f64,
            seen.committed as f64 / now.as_secs_f64(),
            seen.commit_ms(),
            theory.commit_ms,
            seen.copying_per_commit(),
            theory.messages,
            seen.messages as f64,
            (seen.bytes as f64 / 1e3).round(),
        ]
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        self.cluster_view(now)
    }

    fn view(&self, _sim: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.messages_view(),
            2 => self.logs_view(),
            3 => self.time_view(now),
            _ => self.cluster_view(now),
        }
    }

    fn things(&self, _sim: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        self.all_things(now)
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let what = self.by_hand(sim, act, thing);
        self.tell(sim);
        self.cluster.look_for_leader(sim.now(), &mut self.seen);
        what
    }

    /// The logs, on disk and in memory, the books on them, what is under way.
    fn bytes(&self) -> usize {
        let logs: usize = self.cluster.nodes().map(|node| node.entries().from(0).len()).sum();
        let flights = self.cluster.flights.len() * 256;
        let books = self.cluster.last_index() as usize * 120 + self.seen.waiting() * 48;
        (48 << 10) + logs * 80 + flights + books
    }
}
