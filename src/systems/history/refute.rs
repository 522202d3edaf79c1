//! Why a history is forbidden, in the fewest calls and in one sentence.
//!
//! "There is no order" is no explanation. So calls are left out as long as what remains is still forbidden (a
//! write goes together with the reads of its value, for without it they would be forbidden for another reason). What is left is
//! small: two to six calls. Then the sentence is looked for: mostly a read that saw something old after
//! something newer had been there, else two clients that saw two writes in opposite orders, else a circle of
//! calls each of which must come before the next.

use super::relation::{
    Before, Set, clients, closed, is_write, members, program_order, real_time, relation, set_of, sources,
    value,
};
use super::{Call, CallId, History, Model};

/// What refutes a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// The model that forbids it.
    pub model: Model,
    /// A set of calls that is forbidden by itself: leave out any read, or any write with its readers, and it no
    /// longer is. In the order of their places.
    pub calls: Vec<CallId>,
    /// Why.
    pub reason: Reason,
}

/// Why a few calls are forbidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The read saw a value that nobody wrote to its key.
    ThinAir {
        /// The read.
        read: CallId,
    },
    /// The read saw a value before it was there to see.
    Future {
        /// The read.
        read: CallId,
        /// The write of what it saw, which comes after the read.
        write: CallId,
    },
    /// The read saw a value although a newer one had been there before it.
    Old {
        /// The read.
        read: CallId,
        /// The write or read of the newer value.
        newer: CallId,
    },
    /// Two values of a key were seen one after the other, and elsewhere in the opposite order.
    Views {
        /// The calls that had them in one order: the second one is a read.
        one: [CallId; 2],
        /// Those that had them in the other.
        other: [CallId; 2],
    },
    /// Each must come before the next, and the last before the first.
    Circle(Vec<CallId>),
    /// Two clients still read different values although nobody writes any more.
    Apart {
        /// The last read of one.
        one: CallId,
        /// The last read of another.
        other: CallId,
    },
    /// No order of these calls explains the reads, and no simpler reason was found.
    NoOrder,
}

/// A smallest forbidden set within `part`, which is forbidden.
pub(super) fn smallest(
    calls: &[Call],
    part: Set,
    model: Model,
    forbidden: impl Fn(Set) -> bool,
) -> Refutation {
    let ids: Vec<CallId> = members(part).collect();
    let forth = shrunk(calls, part, &ids, &forbidden);
    let reversed: Vec<CallId> = ids.into_iter().rev().collect();
    let back = shrunk(calls, part, &reversed, &forbidden);
    let set = if back.count_ones() < forth.count_ones() { back } else { forth };
    Refutation { model, calls: members(set).collect(), reason: Reasons::new(calls, set, model).find() }
}

/// Leaves out what is not needed, in that order, until nothing more can go.
fn shrunk(calls: &[Call], mut part: Set, order: &[CallId], forbidden: &impl Fn(Set) -> bool) -> Set {
    loop {
        let before = part;
        for &id in order {
            let less = part & !with_readers(calls, part, id);
            if less != part && forbidden(less) {
                part = less;
            }
        }
        if part == before {
            return part;
        }
    }
}

/// A call, and with the last write of a value those that read it.
fn with_readers(calls: &[Call], part: Set, id: CallId) -> Set {
    let alone = 1 << id;
    if !is_write(&calls[id]) {
        return alone;
    }
    let orphan = |read: &CallId| !is_write(&calls[*read]) && sources(calls, part, *read) == [Some(id)];
    members(part).filter(orphan).fold(alone, |set, read| set | 1 << read)
}

/// The search for a sentence.
struct Reasons<'h> {
    calls: &'h [Call],
    set: Set,
    model: Model,
    /// What the model itself says of the order.
    given: Before,
    /// The same with every read after the write that it saw, and what follows.
    known: Before,
}

impl<'h> Reasons<'h> {
    fn new(calls: &'h [Call], set: Set, model: Model) -> Reasons<'h> {
        let given = if model == Model::Linearizable { real_time(calls) } else { program_order(calls) };
        let given: Before = given.iter().map(|before| before & set).collect();
        let from = relation(calls, |write, read| {
            set >> read & 1 == 1 && !is_write(&calls[read]) && sources(calls, set, read) == [Some(write)]
        });
        let known = closed(given.iter().zip(&from).map(|(given, from)| given | from).collect());
        Reasons { calls, set, model, given, known }
    }

    fn find(&self) -> Reason {
        let reads = || members(self.set).filter(|&id| !is_write(&self.calls[id]));
        let thin =
            reads().find(|&read| sources(self.calls, u64::MAX >> (64 - self.calls.len()), read).is_empty());
        if let Some(read) = thin {
            return Reason::ThinAir { read };
        }
        reads()
            .find_map(|read| self.future(read))
            .or_else(|| reads().find_map(|read| self.old(read)))
            .or_else(|| self.views())
            .or_else(|| self.circle())
            .unwrap_or(Reason::NoOrder)
    }

    /// The write whose value a read saw, where only one can be it; of the first value there is none.
    fn source(&self, id: CallId) -> Option<Option<CallId>> {
        if is_write(&self.calls[id]) {
            return Some(Some(id));
        }
        match sources(self.calls, self.set, id)[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    fn comes(&self, before: &Before, one: CallId, other: CallId) -> bool {
        before[other] >> one & 1 == 1
    }

    fn future(&self, read: CallId) -> Option<Reason> {
        let write = self.source(read)??;
        self.comes(&self.given, read, write).then_some(Reason::Future { read, write })
    }

    fn old(&self, read: CallId) -> Option<Reason> {
        let saw = self.source(read)?;
        let is_newer = |&id: &CallId| {
            let newer = self.source(id).flatten();
            self.calls[id].key == self.calls[read].key
                && value(&self.calls[id]) != value(&self.calls[read])
                && self.comes(&self.known, id, read)
                && newer.is_some_and(|newer| saw.is_none_or(|saw| self.comes(&self.known, saw, newer)))
        };
        // A read that is not needed would have been left out: so it says more than the write.
        let newer = members(self.set).filter(is_newer).max_by_key(|&id| (!is_write(&self.calls[id]), id))?;
        Some(Reason::Old { read, newer })
    }

    /// Two pairs of calls, each in order, of which one says that a value came after another and the other one the opposite.
    fn views(&self) -> Option<Reason> {
        if self.is_by_client() {
            // There they may.
            return None;
        }
        let reads: Vec<CallId> = members(self.set).filter(|&id| !is_write(&self.calls[id])).collect();
        let of = |[one, other]: [CallId; 2]| (&self.calls[one], &self.calls[other]);
        let mut pairs: Vec<[CallId; 2]> = members(self.set)
            .flat_map(|one| reads.iter().map(move |&other| [one, other]))
            .filter(|&pair| {
                let (one, other) = of(pair);
                one.key == other.key
                    && value(one) != value(other)
                    && self.comes(&self.given, pair[0], pair[1])
            })
            .collect();
        // What one client saw is plainer than what two saw, and what was read than what was written.
        pairs.sort_by_key(|&pair| (of(pair).0.client != of(pair).1.client, is_write(of(pair).0)));
        let opposed = |one: [CallId; 2], other: [CallId; 2]| {
            let ((a, b), (c, d)) = (of(one), of(other));
            a.key == c.key && value(a) == value(d) && value(b) == value(c)
        };
        pairs.iter().find_map(|&one| {
            let other = pairs.iter().find(|&&other| opposed(one, other))?;
            Some(Reason::Views { one, other: *other })
        })
    }

    /// Whether every client has an order of its own.
    fn is_by_client(&self) -> bool {
        matches!(self.model, Model::Causal | Model::Pram)
    }

    fn circle(&self) -> Option<Reason> {
        if !self.is_by_client() {
            return self.circle_of(self.set);
        }
        let reads_of = |client| self.set & set_of(self.calls, |call| call.client == client);
        clients(self.calls).into_iter().find_map(|client| self.circle_of(reads_of(client)))
    }

    /// Completes the order by what these reads saw: a write that comes before a read of another value comes before the write of that value, and one
    /// that comes after that write comes after the read. A circle in it is the reason.
    fn circle_of(&self, readers: Set) -> Option<Reason> {
        let mut direct = self.known.clone();
        loop {
            let all = closed(direct.clone());
            if let Some(mut circle) = shortest_circle(&direct, self.set) {
                // It begins with what was called first.
                let first =
                    (0..circle.len()).min_by_key(|&place| (self.calls[circle[place]].start, circle[place]));
                circle.rotate_left(first.unwrap_or(0));
                return Some(Reason::Circle(circle));
            }
            let mut more = all.clone();
            for read in members(readers).filter(|&id| !is_write(&self.calls[id])) {
                let Some(saw) = self.source(read) else { continue };
                let of_key =
                    |&id: &CallId| is_write(&self.calls[id]) && self.calls[id].key == self.calls[read].key;
                for other in members(self.set).filter(of_key).filter(|&other| Some(other) != saw) {
                    if let Some(saw) = saw.filter(|_| self.comes(&all, other, read)) {
                        more[saw] |= 1 << other;
                    }
                    if saw.is_none_or(|saw| self.comes(&all, saw, other)) {
                        more[other] |= 1 << read;
                    }
                }
            }
            if more == all {
                return None;
            }
            direct = more;
        }
    }
}

/// The shortest way from a call back to itself, each before the next.
fn shortest_circle(before: &Before, set: Set) -> Option<Vec<CallId>> {
    let from = |start: CallId| {
        let mut ways = vec![vec![start]];
        let mut seen = 0_u64;
        while !ways.is_empty() && ways[0].len() <= before.len() {
            let mut longer = Vec::new();
            for way in ways {
                let last = *way.last()?;
                for earlier in members(before[last] & set) {
                    if earlier == start {
                        return Some(way.into_iter().rev().collect::<Vec<_>>());
                    }
                    if seen >> earlier & 1 == 0 {
                        seen |= 1 << earlier;
                        longer.push(way.iter().copied().chain([earlier]).collect());
                    }
                }
            }
            ways = longer;
        }
        None
    };
    members(set).filter_map(from).min_by_key(Vec::len)
}

impl Refutation {
    /// Makes it speak of a history in which call `id` has the place `places[id]`: one that it was cut out of. `places` grow.
    pub fn renumber(&mut self, places: &[CallId]) {
        let new = |id: &mut CallId| *id = places.get(*id).copied().unwrap_or(*id);
        self.calls.iter_mut().for_each(new);
        match &mut self.reason {
            Reason::ThinAir { read } => new(read),
            Reason::Future { read: one, write: other }
            | Reason::Old { read: one, newer: other }
            | Reason::Apart { one, other } => [one, other].into_iter().for_each(new),
            Reason::Views { one, other } => one.iter_mut().chain(other).for_each(new),
            Reason::Circle(circle) => circle.iter_mut().for_each(new),
            Reason::NoOrder => {}
        }
    }

    /// The reason in one sentence, without a full stop. `clients` are the names of the clients, by their numbers: `c2 read x=1
    /// after c1's read had returned x=2`.
    #[must_use]
    pub fn say(&self, history: &History, clients: &[String]) -> String {
        let calls = history.calls();
        let name = |id: CallId| client_name(clients, calls[id].client);
        let what = |id: CallId| contents(&calls[id]);
        match &self.reason {
            Reason::ThinAir { read } => format!("{} read {}, which nobody wrote", name(*read), what(*read)),
            Reason::Future { read, write } => {
                format!("{} read {} before {} called that write", name(*read), what(*read), name(*write))
            }
            Reason::Old { read, newer } => {
                let (reader, told) = (name(*read), what(*read));
                let (other, newer_value) = (name(*newer), what(*newer));
                let own = calls[*read].client == calls[*newer].client;
                match (is_write(&calls[*newer]), own) {
                    (true, true) => format!("{reader} read {told} after its own write of {newer_value}"),
                    (false, true) => format!("{reader} read {told} after it had itself read {newer_value}"),
                    _ if self.model != Model::Linearizable => {
                        format!("{reader} read {told}, but what it had seen came after {newer_value}")
                    }
                    (true, false) => {
                        format!("{reader} read {told} after {other}'s write of {newer_value} was done")
                    }
                    (false, false) => {
                        format!("{reader} read {told} after {other}'s read had returned {newer_value}")
                    }
                }
            }
            Reason::Views { one, other } => {
                let did = |id: CallId| if is_write(&calls[id]) { "wrote" } else { "saw" };
                let then = |pair: &[CallId; 2]| {
                    let [a, b] = *pair;
                    let again = if name(a) == name(b) { String::new() } else { format!(" {}", name(b)) };
                    let (first, second) = (did(a), if did(a) == did(b) { "" } else { " saw" });
                    format!("{} {first} {}, then{again}{second} {}", name(a), what(a), what(b))
                };
                format!("{}; {}", then(one), then(other))
            }
            Reason::Circle(circle) => {
                let mut told = String::new();
                let mut last = None;
                for &id in circle.iter().chain(circle.first()) {
                    let verb = if is_write(&calls[id]) { "w" } else { "r" };
                    let who = if last == Some(calls[id].client) { String::new() } else { name(id) + " " };
                    let link = if last.is_none() { "" } else { " < " };
                    told = format!("{told}{link}{who}{verb} {}", what(id));
                    last = Some(calls[id].client);
                }
                format!("circle: {told}")
            }
            Reason::Apart { one, other } => {
                format!("{} ends with {}, {} with {}", name(*one), what(*one), name(*other), what(*other))
            }
            Reason::NoOrder => format!("no order of these {} calls explains the reads", self.calls.len()),
        }
    }
}

/// What a client is called.
fn client_name(clients: &[String], client: u32) -> String {
    clients.get(client as usize).cloned().unwrap_or_else(|| format!("c{}", u64::from(client) + 1))
}

/// A key and what was written to it or read from it: `x=2`.
fn contents(call: &Call) -> String {
    let value = value(call).map_or_else(|| "?".to_string(), |value| value.to_string());
    format!("{}={value}", key_name(call.key))
}

/// What a key is called: `x`, `y`, `z`, `k3`.
#[must_use]
pub fn key_name(key: u32) -> String {
    match key {
        0 => "x".to_string(),
        1 => "y".to_string(),
        2 => "z".to_string(),
        _ => format!("k{key}"),
    }
}
