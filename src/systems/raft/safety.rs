//! The five safety properties of Raft (paper, figure 3), watched from outside.
//!
//! A [`Safety`] is shown every node after everything that befell it. It keeps its own books of who led, what stood in which log, what
//! was said to be committed and what was applied, and asks no node whether it did right. A property that is broken stays broken, with
//! the first thing that broke it.

use std::collections::BTreeMap;

use super::{Entry, Id, Index, Node, Payload, Position, Ready, Role, Term};

/// What Raft promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// At most one leader is elected in a term.
    ElectionSafety,
    /// A leader only appends to its log: it never changes or removes an entry.
    LeaderAppendOnly,
    /// Two logs that have an entry of the same index and term are the same up to it.
    LogMatching,
    /// What was committed in a term is in the logs of the leaders of all later terms.
    LeaderCompleteness,
    /// No two nodes apply different entries at the same index; each applies all, in order.
    StateMachineSafety,
}

impl Property {
    /// All of them, in the paper's order.
    pub const ALL: [Property; 5] = [
        Property::ElectionSafety,
        Property::LeaderAppendOnly,
        Property::LogMatching,
        Property::LeaderCompleteness,
        Property::StateMachineSafety,
    ];
}

/// How a property was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// By whom.
    pub node: Id,
    /// Against whom, where there is another one.
    pub other: Option<Id>,
    /// In which term.
    pub term: Term,
    /// At which place of the log, 0 where it is not about one.
    pub index: Index,
}

/// An entry as it was first seen: the term of the one before it, nothing where that was not seen, and a digest of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    term: Term,
    before: Option<Term>,
    digest: u64,
}

/// What was last seen of a node.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The term in which it leads.
    leads: Option<Term>,
    base: Position,
    log: Vec<(Term, u64)>,
    commit: Index,
    applied: Index,
}

impl Seen {
    /// Whether it has the entry of that term there; yes where it gave way to a snapshot.
    fn has(&self, index: Index, term: Term) -> bool {
        let Some(place) = index.checked_sub(self.base.index + 1) else { return true };
        self.log.get(place as usize).is_some_and(|(own, _)| *own == term)
    }
}

/// The books on a cluster. All of it grows with the length of the log, some 80 bytes an entry.
#[derive(Clone, Debug, Default)]
pub struct Safety {
    nodes: BTreeMap<Id, Seen>,
    leaders: BTreeMap<Term, Id>,
    /// The entry first seen at each index, from 1.
    first: Vec<Option<Known>>,
    /// Others that were seen at an index, by their term.
    others: BTreeMap<(Index, Term), Known>,
    /// For each index the term of the entry that was first said to be committed there, and in which term.
    committed: Vec<Option<(Term, Term)>>,
    /// For each index the term and digest of the entry that was first applied there, and by whom.
    applied: Vec<Option<(Term, u64, Id)>>,
    broken: [Option<Breach>; 5],
}

impl Safety {
    /// Empty books.
    #[must_use]
    pub fn new() -> Safety {
        Safety::default()
    }

    /// The first breach of a property.
    #[must_use]
    pub fn broken(&self, property: Property) -> Option<Breach> {
        self.broken[property as usize]
    }

    /// The first of the properties that was broken.
    #[must_use]
    pub fn any_broken(&self) -> Option<(Property, Breach)> {
        Property::ALL.into_iter().find_map(|property| Some((property, self.broken(property)?)))
    }

    /// Up to where anything was said to be committed.
    #[must_use]
    pub fn committed(&self) -> Index {
        self.committed.len() as u64
    }

    /// The term of the entry that was first said to be committed at `index`.
    #[must_use]
    pub fn committed_term(&self, index: Index) -> Option<Term> {
        let place = index.checked_sub(1)? as usize;
        self.committed.get(place).copied().flatten().map(|(term, _)| term)
    }

    /// A node starts, or starts again with what its disk held.
    pub fn started<C: Clone, S>(&mut self, node: &Node<C, S>, digest: impl Fn(&C) -> u64) {
        let base = node.entries().base();
        let seen = Seen { base, commit: base.index, applied: base.index, ..Seen::default() };
        self.nodes.insert(node.id(), seen);
        self.read_log(node, base.index + 1, &digest);
    }

    /// Something befell a node, and this is what it wants done.
    pub fn observe<C: Clone, S>(
        &mut self,
        node: &Node<C, S>,
        ready: &Ready<C, S>,
        digest: impl Fn(&C) -> u64,
    ) {
        if ready.snapshot.is_some()
            && let Some(seen) = self.nodes.get_mut(&node.id())
        {
            let base = node.snapshot().last;
            let gone = base.index.saturating_sub(seen.base.index) as usize;
            seen.log.drain(..gone.min(seen.log.len()));
            seen.base = base;
            if ready.restore {
                (seen.commit, seen.applied) = (base.index, base.index);
            }
        }
        if let Some(from) = ready.log_from {
            self.read_log(node, from, &digest);
        }
        self.see_leader(node);
        self.see_commit(node);
        for index in ready.apply.clone() {
            self.see_applied(node, index, &digest);
        }
    }

    fn breach(&mut self, property: Property, breach: Breach) {
        self.broken[property as usize].get_or_insert(breach);
    }

    /// The log of a node is another one from `from` on.
    fn read_log<C: Clone, S>(&mut self, node: &Node<C, S>, from: Index, digest: &impl Fn(&C) -> u64) {
        let (id, term) = (node.id(), node.term());
        let Some(mut seen) = self.nodes.remove(&id) else { return };
        let from = from.max(seen.base.index + 1);
        let keep = (from - seen.base.index - 1) as usize;
        let old = seen.log.split_off(keep.min(seen.log.len()));
        for (index, entry) in (from..).zip(node.entries().from(from)) {
            let known = Known {
                term: entry.term,
                before: node.entries().term(index - 1),
                digest: digest_of(entry, digest),
            };
            if !self.is_known(index, known) {
                self.breach(Property::LogMatching, Breach { node: id, other: None, term: entry.term, index });
            }
            seen.log.push((known.term, known.digest));
        }
        let kept =
            old.iter().zip(&seen.log[keep.min(seen.log.len())..]).take_while(|(old, new)| old == new).count();
        if node.role() == Role::Leader && kept < old.len() {
            let index = from + kept as u64;
            self.breach(Property::LeaderAppendOnly, Breach { node: id, other: None, term, index });
        }
        self.nodes.insert(id, seen);
    }

    /// Whether an entry is the one of its index and term that was seen before, and follows the same one; by induction the
    /// logs are then the same up to it.
    fn is_known(&mut self, index: Index, new: Known) -> bool {
        let place = (index - 1) as usize;
        if place >= self.first.len() {
            self.first.resize(place + 1, None);
        }
        let first = self.first[place].get_or_insert(new);
        let known =
            if first.term == new.term { first } else { self.others.entry((index, new.term)).or_insert(new) };
        known.before = known.before.or(new.before);
        known.digest == new.digest && new.before.is_none_or(|before| known.before == Some(before))
    }

    fn see_leader<C: Clone, S>(&mut self, node: &Node<C, S>) {
        let (id, term) = (node.id(), node.term());
        let leads = (node.role() == Role::Leader).then_some(term);
        let Some(seen) = self.nodes.get_mut(&id) else { return };
        if std::mem::replace(&mut seen.leads, leads) == leads || leads.is_none() {
            return;
        }
        let first = *self.leaders.entry(term).or_insert(id);
        if first != id {
            let breach = Breach { node: id, other: Some(first), term, index: 0 };
            self.breach(Property::ElectionSafety, breach);
        }
        let Some(seen) = self.nodes.get(&id) else { return };
        // What is committed only grows, so what gave way to the new leader's snapshot need not be looked at.
        let from = seen.base.index as usize;
        let missing =
            (seen.base.index + 1..).zip(self.committed.iter().skip(from)).find(|(index, committed)| {
                committed.is_some_and(|(entry, by)| by < term && !seen.has(*index, entry))
            });
        if let Some((index, _)) = missing {
            let breach = Breach { node: id, other: None, term, index };
            self.breach(Property::LeaderCompleteness, breach);
        }
    }

    /// What a node says is committed.
    fn see_commit<C: Clone, S>(&mut self, node: &Node<C, S>) {
        let id = node.id();
        let Some(seen) = self.nodes.get_mut(&id) else { return };
        let last = node.commit().max(seen.commit);
        let from = std::mem::replace(&mut seen.commit, last) + 1;
        for index in from..=last {
            let Some(entry) = node.entry(index) else { continue };
            let (term, by) = (entry.term, node.term());
            let place = (index - 1) as usize;
            if place >= self.committed.len() {
                self.committed.resize(place + 1, None);
            }
            if self.committed[place].is_some() {
                continue;
            }
            self.committed[place] = Some((term, by));
            let later = |seen: &Seen| seen.leads.is_some_and(|leads| leads > by) && !seen.has(index, term);
            if let Some((&leader, seen)) = self.nodes.iter().find(|(_, seen)| later(seen)) {
                let breach = Breach { node: leader, other: Some(id), term: seen.leads.unwrap_or(0), index };
                self.breach(Property::LeaderCompleteness, breach);
            }
        }
    }

    fn see_applied<C: Clone, S>(&mut self, node: &Node<C, S>, index: Index, digest: &impl Fn(&C) -> u64) {
        let id = node.id();
        let breach = Breach { node: id, other: None, term: node.term(), index };
        let Some(seen) = self.nodes.get_mut(&id) else { return };
        let in_order = std::mem::replace(&mut seen.applied, index) + 1 == index;
        let (true, Some(entry)) = (in_order, node.entry(index)) else {
            self.breach(Property::StateMachineSafety, breach);
            return;
        };
        let place = (index - 1) as usize;
        if place >= self.applied.len() {
            self.applied.resize(place + 1, None);
        }
        let new = (entry.term, digest_of(entry, digest), id);
        let (term, first, by) = *self.applied[place].get_or_insert(new);
        if (term, first) != (new.0, new.1) {
            self.breach(Property::StateMachineSafety, Breach { other: Some(by), ..breach });
        }
    }
}

fn digest_of<C>(entry: &Entry<C>, digest: &impl Fn(&C) -> u64) -> u64 {
    match &entry.payload {
        Payload::Noop => 1,
        Payload::Command(command) => digest(command).wrapping_mul(3).wrapping_add(2),
        Payload::Config(config) => {
            let groups = config.voters().iter().chain(&[0]).chain(config.outgoing());
            groups.fold(3, |sum: u64, id| sum.wrapping_mul(1_000_003).wrapping_add(*id + 1))
        }
    }
}
