//! What one client may expect of copies that lag: the four session guarantees, and a token that keeps them.
//!
//! After Terry, Demers, Petersen, Spreitzer, Theimer and Welch, "Session Guarantees for Weakly Consistent Replicated Data" (1994).
//! A store whose copies are behind one another can be good enough for a client who always asks the same copy, and absurd for one who
//! does not: his own comment is not there, then it is, then not. The guarantees say what must not happen within one session, and
//! nothing about what others do:
//!
//! * read your writes: a read sees every write that the session made before;
//! * monotonic reads: a read sees every write that an earlier read of the session saw;
//! * monotonic writes: a copy that has a write of the session has all its earlier ones;
//! * writes follow reads: a copy that has a write of the session has every write that the session had seen before.
//!
//! None of them follows from another. All four are kept by two vectors that the client carries ([`Token`]): what it wrote, and what it has read. The first
//! two ask which server may answer (one whose vector covers the token's), the other two what goes with a write: a server that gets it
//! from another one holds it back until it has what the write stands on ([`Server::deliver`]).
//!
//! A [`Server`] takes writes and sends them to all others. With one server that takes all writes, and the others
//! reading copies of it, the last two guarantees come by themselves, since there is one order of writes; the first two do not.

use std::collections::{BTreeMap, VecDeque};

use super::{Effect, Key, NodeId, Stamp, Value, Version, VersionVector};
use crate::sim::Nanos;

/// How many of its own writes a server keeps for those that missed them.
const KEPT: usize = 512;

/// Which guarantees a session asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guarantees {
    /// A read sees every write that the session made before.
    pub read_your_writes: bool,
    /// A read sees every write that an earlier read saw.
    pub monotonic_reads: bool,
    /// A copy that has a write of the session has all its earlier ones.
    pub monotonic_writes: bool,
    /// A copy that has a write of the session has every write that it had read before.
    pub writes_follow_reads: bool,
}

impl Guarantees {
    /// All four.
    pub const ALL: Guarantees = Guarantees {
        read_your_writes: true,
        monotonic_reads: true,
        monotonic_writes: true,
        writes_follow_reads: true,
    };
}

/// What a session carries from request to request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    wrote: VersionVector,
    read: VersionVector,
}

impl Token {
    /// The session wrote.
    pub fn wrote(&mut self, stamp: Stamp) {
        self.wrote.see(stamp);
    }

    /// The session read at a server that had seen this.
    pub fn read(&mut self, seen: &VersionVector) {
        self.read.join(seen);
    }

    /// What a server must have seen to answer the next read.
    #[must_use]
    pub fn for_read(&self, asked: Guarantees) -> VersionVector {
        self.both(asked.read_your_writes, asked.monotonic_reads)
    }

    /// What a server must have seen before it takes, or gets, the next write.
    #[must_use]
    pub fn for_write(&self, asked: Guarantees) -> VersionVector {
        self.both(asked.monotonic_writes, asked.writes_follow_reads)
    }

    fn both(&self, wrote: bool, read: bool) -> VersionVector {
        let mut floor = if wrote { self.wrote.clone() } else { VersionVector::new() };
        if read {
            floor.join(&self.read);
        }
        floor
    }
}

/// A write, as it goes from server to server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Its number among the writes of the server that took it.
    pub stamp: Stamp,
    /// Its place in the order by which the newest write of a key is found: a Lamport clock, then the server.
    pub order: Stamp,
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Value,
    /// When it was taken.
    pub at: Nanos,
    /// What has to be there before it.
    pub after: VersionVector,
}

/// What servers tell each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A write of the sender's.
    Write(Write),
    /// Up to this moment the sender took so many writes.
    Alive {
        /// The moment.
        at: Nanos,
        /// The number of its last write.
        last: u64,
    },
    /// The sender has only so many of the receiver's writes.
    Need {
        /// The number of the last one it has.
        after: u64,
    },
    /// All that the sender has: for one that missed more than is kept.
    All {
        /// What the sender has seen.
        seen: VersionVector,
        /// The newest write of each key.
        table: BTreeMap<Key, Version>,
    },
}

/// What a server is woken for: to say that it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer;

type Out = Vec<Effect<Message, Timer>>;

/// One server.
#[derive(Clone, Debug)]
pub struct Server {
    id: NodeId,
    servers: usize,
    alive_every: Nanos,
    seen: VersionVector,
    /// The newest write of each key, by its order.
    table: BTreeMap<Key, Version>,
    lamport: u64,
    own: VecDeque<Write>,
    /// Writes that came before something that they stand on.
    early: Vec<Write>,
    /// Up to when it has all that each server took.
    fresh: Vec<Nanos>,
    /// What it has applied and nobody has asked for.
    applied: Vec<Stamp>,
}

impl Server {
    /// Server `id` of so many, which says so often that it lives. Call [`Server::begin`].
    #[must_use]
    pub fn new(id: NodeId, servers: usize, alive_every: Nanos) -> Server {
        Server {
            id,
            servers,
            alive_every,
            seen: VersionVector::new(),
            table: BTreeMap::new(),
            lamport: 0,
            own: VecDeque::new(),
            early: Vec::new(),
            fresh: vec![Nanos::ZERO; servers],
            applied: Vec::new(),
        }
    }

    /// Begins to say that it lives.
    pub fn begin(&mut self, now: Nanos, out: &mut Out) {
        self.wake(now, out);
    }

    /// What it has seen.
    #[must_use]
    pub fn seen(&self) -> &VersionVector {
        &self.seen
    }

    /// The value of a key, 0 where it was never written, or not as far as this server knows.
    #[must_use]
    pub fn read(&self, key: Key) -> Value {
        self.table.get(&key).map_or(0, |version| version.value)
    }

    /// How many writes have come before something that they stand on.
    #[must_use]
    pub fn held_back(&self) -> usize {
        self.early.len()
    }

    /// Up to when it has everything that `server` took.
    #[must_use]
    pub fn fresh(&self, server: NodeId) -> Nanos {
        self.fresh.get(server).copied().unwrap_or_default()
    }

    /// The writes that it has applied since it was asked last.
    pub fn applied(&mut self) -> Vec<Stamp> {
        std::mem::take(&mut self.applied)
    }

    /// Takes a write of a client and sends it to all others. `after` is what has to be there before it, here too: the caller sees to
    /// that with [`VersionVector::includes`].
    pub fn write(
        &mut self,
        now: Nanos,
        (key, value): (Key, Value),
        after: VersionVector,
        out: &mut Out,
    ) -> Stamp {
        let stamp = Stamp { time: self.seen.time(self.id) + 1, node: self.id };
        let order = Stamp { time: self.lamport + 1, node: self.id };
        let write = Write { stamp, order, key, value, at: now, after };
        for to in (0..self.servers).filter(|&to| to != self.id) {
            out.push(Effect::Send { to, message: Message::Write(write.clone()) });
        }
        self.own.push_back(write.clone());
        if self.own.len() > KEPT {
            self.own.pop_front();
        }
        self.apply(&write);
        stamp
    }

    /// A message arrives. A write is applied when all earlier ones of its server are, and all that it stands on.
    pub fn deliver(&mut self, from: NodeId, message: Message, out: &mut Out) {
        match message {
            Message::Write(write) => {
                if !self.seen.covers(write.stamp)
                    && !self.early.iter().any(|early| early.stamp == write.stamp)
                {
                    self.early.push(write);
                    self.settle();
                }
            }
            Message::Alive { at, last } => {
                if self.seen.time(from) >= last {
                    self.hear(from, at);
                } else {
                    let waiting = self.early.iter().filter(|early| early.stamp.node == from).count() as u64;
                    if self.seen.time(from) + waiting < last {
                        let message = Message::Need { after: self.seen.time(from) };
                        out.push(Effect::Send { to: from, message });
                    }
                }
            }
            Message::Need { after } => {
                if self.own.front().is_none_or(|first| first.stamp.time > after + 1) {
                    let message = Message::All { seen: self.seen.clone(), table: self.table.clone() };
                    out.push(Effect::Send { to: from, message });
                } else {
                    for write in self.own.iter().filter(|write| write.stamp.time > after) {
                        out.push(Effect::Send { to: from, message: Message::Write(write.clone()) });
                    }
                }
            }
            Message::All { seen, table } => {
                for (key, version) in table {
                    self.lamport = self.lamport.max(version.stamp.time);
                    let held = self.table.entry(key).or_insert(version);
                    if held.stamp < version.stamp {
                        *held = version;
                    }
                }
                self.seen.join(&seen);
                self.settle();
            }
        }
    }

    /// It is time to say that it lives, and how many writes it took.
    pub fn wake(&mut self, now: Nanos, out: &mut Out) {
        let message = Message::Alive { at: now, last: self.seen.time(self.id) };
        for to in (0..self.servers).filter(|&to| to != self.id) {
            out.push(Effect::Send { to, message: message.clone() });
        }
        out.push(Effect::Wake { at: now + self.alive_every, timer: Timer });
    }

    /// Applies what can be.
    fn settle(&mut self) {
        let seen = &self.seen;
        self.early.retain(|write| !seen.covers(write.stamp));
        while let Some(place) = self.early.iter().position(|write| {
            write.stamp.time == self.seen.time(write.stamp.node) + 1 && self.seen.includes(&write.after)
        }) {
            let write = self.early.swap_remove(place);
            self.apply(&write);
        }
    }

    fn apply(&mut self, write: &Write) {
        self.lamport = self.lamport.max(write.order.time);
        let version = Version { stamp: write.order, value: write.value };
        let held = self.table.entry(write.key).or_insert(version);
        if held.stamp < version.stamp {
            *held = version;
        }
        self.seen.see(write.stamp);
        self.hear(write.stamp.node, write.at);
        self.applied.push(write.stamp);
    }

    fn hear(&mut self, from: NodeId, at: Nanos) {
        if let Some(fresh) = self.fresh.get_mut(from) {
            *fresh = at.max(*fresh);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wires::{Due, Wires};
    use super::*;
    use crate::sim::torture::{breaks, survives};
    use crate::sim::{Rng, Seed};

    const SERVERS: usize = 3;
    const SESSIONS: usize = 2;

    #[derive(Clone, Copy, Debug)]
    enum Act {
        /// A session writes its own key at a server.
        Write(usize, NodeId),
        /// It reads a key at a server.
        Read(usize, NodeId, Key),
        Pass(u64),
        Isolate(NodeId),
        Heal,
    }

    fn draw(rng: &mut Rng) -> Act {
        let (session, server) = (rng.below(SESSIONS as u64) as usize, rng.below(SERVERS as u64) as NodeId);
        match rng.below(12) {
            0..=3 => Act::Write(session, server),
            4..=7 => Act::Read(session, server, rng.below(SESSIONS as u64) as Key),
            8 | 9 => Act::Pass(1 + rng.below(30)),
            10 => Act::Isolate(server),
            _ => Act::Heal,
        }
    }

    /// What a session did: what it wrote, the newest value of each key that it saw, and the writes it saw or made.
    #[derive(Clone, Default)]
    struct Did {
        token: Token,
        wrote: Value,
        saw: [Value; SESSIONS],
    }

    /// Each value is the number of a write; `before` says what each write's session had written and seen.
    fn play(seed: Seed, script: &[Act], asked: Guarantees) -> Result<usize, String> {
        let mut servers: Vec<Server> =
            (0..SERVERS).map(|id| Server::new(id, SERVERS, Nanos::from_millis(40))).collect();
        let mut wires: Wires<Message, Timer> = Wires::new(seed, SERVERS);
        for (id, server) in servers.iter_mut().enumerate() {
            let mut out = Vec::new();
            server.begin(Nanos::ZERO, &mut out);
            wires.carry(id, out);
        }
        let mut sessions = vec![Did::default(); SESSIONS];
        let mut before: Vec<[Value; SESSIONS]> = vec![[0; SESSIONS]];
        let mut done = 0;
        for &act in script {
            match act {
                Act::Write(session, at) => {
                    let did = &mut sessions[session];
                    let after = did.token.for_write(asked);
                    if !servers[at].seen().includes(&after) {
                        continue;
                    }
                    let (value, mut out) = (before.len() as Value, Vec::new());
                    let mut known = did.saw;
                    known[session] = known[session].max(did.wrote);
                    before.push(known);
                    did.wrote = value;
                    let stamp = servers[at].write(wires.now, (session as Key, value), after, &mut out);
                    did.token.wrote(stamp);
                    wires.carry(at, out);
                    done += 1;
                }
                Act::Read(session, at, key) => {
                    let did = &mut sessions[session];
                    if !servers[at].seen().includes(&did.token.for_read(asked)) {
                        continue;
                    }
                    let value = servers[at].read(key);
                    if key as usize == session && value < did.wrote {
                        return Err("a session does not read its own write".into());
                    }
                    if value < did.saw[key as usize] {
                        return Err("a session reads backwards".into());
                    }
                    did.saw[key as usize] = value;
                    did.token.read(servers[at].seen());
                    done += 1;
                }
                Act::Pass(span) => {
                    let until = wires.now + Nanos::from_millis(span);
                    while let Some(due) = wires.next(until) {
                        let mut out = Vec::new();
                        let node = match due {
                            Due::Message { from, to, message } => {
                                servers[to].deliver(from, message, &mut out);
                                to
                            }
                            Due::Timer { node, .. } => {
                                servers[node].wake(wires.now, &mut out);
                                node
                            }
                        };
                        wires.carry(node, out);
                        let held: Vec<Value> =
                            (0..SESSIONS).map(|key| servers[node].read(key as Key)).collect();
                        for &value in &held {
                            let known = before[value as usize];
                            if (0..SESSIONS).any(|key| held[key] < known[key]) {
                                return Err(format!(
                                    "server {node} has write {value} and not what it stands on"
                                ));
                            }
                        }
                    }
                }
                Act::Isolate(server) => wires.network.partition(&[&[server]]),
                Act::Heal => wires.network.heal(),
            }
        }
        Ok(done)
    }

    #[test]
    fn tokens_keep_all_four_guarantees_whatever_gets_lost() {
        let mut done = 0;
        survives(600, 60, draw, |seed, script| {
            done += play(seed, script, Guarantees::ALL)?;
            Ok(())
        });
        assert!(done > 6_000, "{done} operations");
    }

    /// None follows from the others: with one left out, and only then, its own violation is found.
    #[test]
    fn each_guarantee_is_needed() {
        let check = |asked: Guarantees, why: &[&str]| {
            let failure = breaks(2_000, 60, draw, |seed, script| play(seed, script, asked).map(|_| ()));
            let failure = failure.unwrap_or_else(|| panic!("{why:?}: not found"));
            assert!(
                why.iter().any(|why| failure.why.contains(why)) && failure.script.len() <= 6,
                "{failure:?}"
            );
        };
        check(Guarantees { read_your_writes: false, ..Guarantees::ALL }, &["own write"]);
        check(Guarantees { monotonic_reads: false, ..Guarantees::ALL }, &["backwards"]);
        // A later write may also lose against the earlier one, where its server had not seen that.
        check(
            Guarantees { monotonic_writes: false, ..Guarantees::ALL },
            &["stands on", "own write", "backwards"],
        );
        check(Guarantees { writes_follow_reads: false, ..Guarantees::ALL }, &["stands on"]);
    }

    #[test]
    fn who_missed_more_than_is_kept_gets_all_there_is() {
        let mut servers: Vec<Server> = (0..2).map(|id| Server::new(id, 2, Nanos::from_secs(1))).collect();
        let mut out = Vec::new();
        for value in 1..=1_000 {
            servers[0].write(Nanos(value), (1, value), VersionVector::new(), &mut out);
        }
        out.clear();
        servers[0].wake(Nanos(2_000), &mut out);
        // Alive, Need, All: nothing else has arrived.
        for _ in 0..3 {
            for effect in std::mem::take(&mut out) {
                if let Effect::Send { to, message } = effect {
                    servers[to].deliver(1 - to, message, &mut out);
                }
            }
        }
        assert_eq!((servers[1].read(1), servers[1].seen().time(0)), (1_000, 1_000));
    }
}
