//! What sessions saw, and what contradicts what, counted from the numbers that they wrote and read.

use std::collections::{BTreeMap, VecDeque};

use super::Flight;
use super::knobs::{Bug, Guard, Knobs};
use super::visit::{Kind, REPLIES, Request, Violation};
use crate::lab::measure::{Bins, Histogram};
use crate::lab::scene::{Moment, Passage, Tone};
use crate::lab::watched::Watched;
use crate::sim::Nanos;
use crate::systems::history::{CallId, Op};
use crate::systems::replica::session::{Message, Server};
use crate::systems::replica::{Key, NodeId, Stamp, Value};

/// How many writes are remembered.
const REMEMBERED: usize = 600;
/// How many moments of the first session are remembered.
const MOMENTS: usize = 40;
/// How many violations are remembered.
const VIOLATIONS: usize = 6;

/// A write that a session made or saw, if any.
pub(super) type Known = Option<(Value, Stamp)>;

/// A write that a server took: when, of which key, and what its session had written and seen before.
#[derive(Clone, Copy, Debug)]
struct Taken {
    value: Value,
    session: usize,
    at: Nanos,
    key: Key,
    wrote: Known,
    saw: Known,
}

/// What is counted.
#[derive(Clone, Debug)]
pub(super) struct Measures {
    pub(super) reads: u64,
    pub(super) writes: u64,
    /// By [`Kind`].
    pub(super) violations: [u64; 4],
    pub(super) at_leader: u64,
    pub(super) delayed: u64,
    pub(super) latency: Histogram,
    /// Reads at servers, those that missed something, and the age of the oldest write that was missed.
    pub(super) looks: u64,
    pub(super) stale: u64,
    pub(super) stale_max: Nanos,
    pub(super) broken: [bool; 4],
    /// Looks at an own post for the first time, and those that did not find it.
    pub(super) first: (u64, u64),
    pub(super) shares: Bins<f64>,
    pub(super) last: VecDeque<Violation>,
    pub(super) moments: VecDeque<Moment>,
    pub(super) watched: Watched,
    issued: (Value, usize),
    writes_by_stamp: BTreeMap<Stamp, Taken>,
    order: VecDeque<Stamp>,
    /// When a server last heard anything of the leader.
    heard: [Nanos; super::SERVERS],
}

impl Measures {
    pub(super) fn new(sessions: usize) -> Measures {
        Measures {
            reads: 0,
            writes: 0,
            violations: [0; 4],
            at_leader: 0,
            delayed: 0,
            latency: Histogram::default(),
            looks: 0,
            stale: 0,
            stale_max: Nanos::ZERO,
            broken: [false; 4],
            first: (0, 0),
            shares: Bins::new(Nanos::from_secs(1), 120),
            last: VecDeque::new(),
            moments: VecDeque::new(),
            watched: Watched::new(sessions as u32, 0),
            issued: (0, 0),
            writes_by_stamp: BTreeMap::new(),
            order: VecDeque::new(),
            heard: [Nanos::ZERO; super::SERVERS],
        }
    }

    /// The share of first looks that did not find the post.
    pub(super) fn unread(&self) -> f64 {
        self.first.1 as f64 / self.first.0 as f64
    }

    /// The number of the next write: they grow.
    pub(super) fn issue(&mut self, session: usize, _now: Nanos) -> Value {
        self.issued = (self.issued.0 + 1, session);
        self.issued.0
    }

    /// A request on the key that is watched goes into the history.
    pub(super) fn call(&mut self, session: usize, key: Key, value: Value, now: Nanos) -> Option<CallId> {
        let op = if value > 0 { Op::Write(value) } else { Op::Read };
        if key == 0 { self.watched.call(session as u32, op, now) } else { None }
    }

    /// A server took a write.
    pub(super) fn taken(
        &mut self,
        now: Nanos,
        stamp: Stamp,
        (key, value, session): (Key, Value, usize),
        (wrote, saw): (Known, Known),
    ) {
        self.writes_by_stamp.insert(stamp, Taken { value, session, at: now, key, wrote, saw });
        self.order.push_back(stamp);
        if self.order.len() > REMEMBERED
            && let Some(old) = self.order.pop_front()
        {
            self.writes_by_stamp.remove(&old);
        }
    }

    /// The stamp of the write of that number.
    pub(super) fn stamp_of(&self, value: Value) -> Known {
        let found = self.writes_by_stamp.iter().find(|(_, taken)| taken.value == value);
        found.map(|(stamp, _)| (value, *stamp))
    }

    /// A server applied a write: is there what it stands on?
    pub(super) fn arrived(&mut self, now: Nanos, at: NodeId, stamp: Stamp, server: &Server, knobs: &Knobs) {
        let Some(taken) = self.writes_by_stamp.get(&stamp).copied() else { return };
        let missing = |before: Known| before.filter(|(_, before)| !server.seen().covers(*before));
        let place = place_of(at);
        let session = taken.session + 1;
        if let Some((first, _)) = missing(taken.wrote) {
            let what = format!(
                "session {session} wrote {first}, then {}; {place} has {} alone",
                taken.value, taken.value
            );
            self.note(now, Kind::WriteOrder, what);
            self.broken[1] |= knobs.tokens();
        }
        if taken.key >= REPLIES
            && let Some((post, _)) = missing(taken.saw)
        {
            let what = format!(
                "session {session} read {post} and replied {}; {place} has the reply alone",
                taken.value
            );
            self.note(now, Kind::ReplyFirst, what);
            self.broken[1] |= knobs.tokens();
        }
    }

    /// A read is served: what does the server not have?
    pub(super) fn look(&mut self, now: Nanos, key: Key, server: &Server, knobs: &Knobs) {
        self.looks += 1;
        let missed = |(stamp, taken): &(&Stamp, &Taken)| taken.key == key && !server.seen().covers(**stamp);
        let oldest = self.writes_by_stamp.iter().filter(missed).map(|(_, taken)| taken.at).min();
        if let Some(age) = oldest.map(|at| now.since(at)) {
            self.stale += 1;
            self.stale_max = self.stale_max.max(age);
            self.broken[2] |= knobs.guard == Guard::Bounded && !knobs.anywhere && age > knobs.bound;
        }
    }

    /// Up to when a replica believes to have all that the leader took.
    pub(super) fn believed(&self, at: NodeId, server: &Server, bug: Bug) -> Nanos {
        if bug == Bug::ArrivalTime { self.heard[at] } else { server.fresh(0) }
    }

    /// A message of one server arrives at another.
    pub(super) fn delivered(&mut self, flight: &Flight) {
        if flight.from == 0 {
            self.heard[flight.to] = flight.arrives;
        }
        if let Message::Write(write) = &flight.message
            && (write.key == 0 || write.key == REPLIES)
        {
            let name = if write.key == 0 { "post" } else { "reply" };
            self.moment(Moment {
                at: flight.arrives,
                from: flight.from + 1,
                to: flight.to + 1,
                text: format!("{name} {}", write.value),
                passage: Passage::Late,
                tone: Tone::Dim,
            });
        }
    }

    /// A session has its answer.
    pub(super) fn answered(&mut self, now: Nanos, session: usize, request: &Request, value: Value) {
        let write = request.value > 0;
        if let Some(call) = request.call {
            if write { self.watched.wrote(call, now) } else { self.watched.read(call, now, value) }
        }
        if session == 0 {
            let ask = if write { format!("write {}", request.value) } else { "read".into() };
            let answer = if write { "stored".into() } else { format!("{value}") };
            let to = request.server + 1;
            let tone = if write { Tone::Good } else { Tone::Plain };
            for (at, from, to, text, tone) in
                [(request.sent, 0, to, ask, Tone::Plain), (now, to, 0, answer, tone)]
            {
                self.moment(Moment { at, from, to, text, passage: Passage::Direct, tone });
            }
        }
        if write {
            self.writes += 1;
        } else {
            self.reads += 1;
            self.at_leader += u64::from(request.server == 0);
            self.delayed += u64::from(request.redirected);
            self.latency.record(now.since(request.sent));
        }
    }

    /// The first look at an own post.
    pub(super) fn first_look(&mut self, now: Nanos, missing: bool) {
        self.first.0 += 1;
        self.first.1 += u64::from(missing);
        *self.shares.at(now) = self.unread();
    }

    /// A session read something older than what it had written or seen.
    pub(super) fn violated(
        &mut self,
        now: Nanos,
        kind: Kind,
        (session, newer, got, server): (usize, Value, Value, NodeId),
        knobs: &Knobs,
    ) {
        let before = if kind == Kind::OwnWrite { "wrote" } else { "read" };
        let place = place_of(server);
        let got = if got == 0 { "nothing".into() } else { got.to_string() };
        self.note(now, kind, format!("session {} {before} {newer}, then read {got} at {place}", session + 1));
        let one = knobs.guard == Guard::Leader && !knobs.anywhere;
        self.broken[0] |= knobs.tokens() || one;
        self.broken[3] |= knobs.guard == Guard::Sticky && kind == Kind::Backwards;
        if session == 0 {
            let text = format!("{before} {newer} before");
            self.moment(Moment { at: now, from: 0, to: 0, text, passage: Passage::Direct, tone: Tone::Bad });
        }
    }

    fn note(&mut self, at: Nanos, kind: Kind, what: String) {
        self.violations[kind as usize] += 1;
        self.last.push_front(Violation { at, kind, what });
        self.last.truncate(VIOLATIONS);
    }

    fn moment(&mut self, moment: Moment) {
        self.moments.push_back(moment);
        if self.moments.len() > MOMENTS {
            self.moments.pop_front();
        }
    }
}

/// What a server is called.
pub(super) fn place_of(server: NodeId) -> String {
    if server == 0 { "the leader".into() } else { format!("replica {server}") }
}
