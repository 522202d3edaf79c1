//! Two-phase commit with presumed abort: what is not written down was aborted.
//!
//! A participant forces a *prepared* record before it votes yes, the coordinator forces a *commit* record before it tells anybody, a
//! participant forces its commit before it acknowledges. An abort needs no record and no acknowledgement. A commit costs 4n messages
//! for n participants, and 2n + 1 forced writes and a lazy one (the end).

use std::collections::{BTreeMap, BTreeSet};

use super::role::{Mind, Role};
use super::{Flaw, Message, NodeId, TxId, What};

/// What a coordinator writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Commit,
    End,
}

/// What it has in memory of a transaction.
#[derive(Clone, Debug)]
enum Open {
    /// It waits for votes; those who said yes.
    Asked(BTreeSet<NodeId>),
    /// It has decided to commit; those who have acknowledged.
    Committing(BTreeSet<NodeId>),
}

/// Who asks the participants and decides: node 0.
#[derive(Clone, Debug)]
pub struct Coordinator {
    participants: usize,
    flaw: Flaw,
    disk: BTreeMap<TxId, Decision>,
    open: BTreeMap<TxId, Open>,
    mind: Mind<Decision>,
}

impl Coordinator {
    /// A coordinator of the participants 1 to `participants`.
    #[must_use]
    pub fn new(participants: usize, flaw: Flaw) -> Coordinator {
        Coordinator {
            participants,
            flaw,
            disk: BTreeMap::new(),
            open: BTreeMap::new(),
            mind: Mind::default(),
        }
    }

    /// Whether it has decided that the transaction commits, as far as it remembers.
    #[must_use]
    pub fn has_committed(&self, tx: TxId) -> bool {
        self.disk.contains_key(&tx) || matches!(self.open.get(&tx), Some(Open::Committing(_)))
    }

    /// Whether the transaction is over for it.
    #[must_use]
    pub fn is_done(&self, tx: TxId) -> bool {
        !self.open.contains_key(&tx)
    }

    /// **For study**: gets something wrong from now on.
    pub fn set_flaw(&mut self, flaw: Flaw) {
        self.flaw = flaw;
    }

    fn tell(&mut self, tx: TxId, what: What, except: &BTreeSet<NodeId>) {
        for to in (1..=self.participants).filter(|to| !except.contains(to)) {
            self.mind.send(Message { tx, what, from: 0, to, refuses: 0, copy: 0 });
        }
    }

    fn abort(&mut self, tx: TxId) {
        self.open.remove(&tx);
        self.tell(tx, What::Abort, &BTreeSet::new());
    }
}

impl Role for Coordinator {
    type Record = Decision;

    fn mind(&self) -> &Mind<Decision> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Decision> {
        &mut self.mind
    }

    fn asked(&mut self, tx: TxId, refuses: NodeId) {
        self.open.insert(tx, Open::Asked(BTreeSet::new()));
        for to in 1..=self.participants {
            self.mind.send(Message { tx, what: What::Prepare, from: 0, to, refuses, copy: 0 });
        }
    }

    fn handle(&mut self, message: Message) {
        let tx = message.tx;
        match (message.what, self.open.get_mut(&tx)) {
            (What::Yes, Some(Open::Asked(yes))) => {
                yes.insert(message.from);
                if yes.len() == self.participants {
                    if self.flaw != Flaw::UnloggedDecision {
                        self.mind.write(tx, Decision::Commit);
                    }
                    self.open.insert(tx, Open::Committing(BTreeSet::new()));
                    self.tell(tx, What::Commit, &BTreeSet::new());
                }
            }
            (What::No, Some(Open::Asked(..))) => self.abort(tx),
            // It does not know yet.
            (What::Inquire, Some(Open::Asked(..))) => {}
            (What::Yes | What::Inquire, Some(Open::Committing(_))) => {
                self.mind.send(message.answer(What::Commit));
            }
            (What::Acked, Some(Open::Committing(acked))) => {
                acked.insert(message.from);
                if acked.len() == self.participants {
                    self.open.remove(&tx);
                    if self.disk.contains_key(&tx) {
                        self.mind.write(tx, Decision::End);
                    }
                }
            }
            (What::Yes | What::Inquire, None) => {
                let what = if self.disk.contains_key(&tx) { What::Commit } else { What::Abort };
                self.mind.send(message.answer(what));
            }
            _ => {}
        }
    }

    fn persist(&mut self, tx: TxId, decision: Decision) -> &'static str {
        self.disk.insert(tx, decision);
        if decision == Decision::Commit { "commit decided" } else { "end" }
    }

    /// Whose votes have not come is aborted; whose acknowledgements have not come is told again.
    fn overdue(&mut self, up_to: TxId) {
        for (tx, open) in self.open.clone().into_iter().filter(|(tx, _)| *tx <= up_to) {
            match open {
                Open::Asked(..) => self.abort(tx),
                Open::Committing(acked) => self.tell(tx, What::Commit, &acked),
            }
        }
    }

    fn waits(&self) -> bool {
        !self.open.is_empty()
    }

    fn lose_memory(&mut self) {
        self.open.clear();
    }

    fn recover(&mut self) {
        let committed = self.disk.iter().filter(|(_, decision)| **decision == Decision::Commit);
        self.open = committed.map(|(tx, _)| (*tx, Open::Committing(BTreeSet::new()))).collect();
        self.overdue(TxId::MAX);
    }

    fn erase(&mut self, tx: TxId) {
        self.disk.remove(&tx);
        self.open.remove(&tx);
    }
}

/// What a participant has written down of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vote {
    /// It can commit and may not abort: its row is locked until it hears.
    Prepared,
    /// It has committed.
    Committed,
    /// It has aborted.
    Aborted,
}

/// One of those who commit or abort together. Each transaction writes one of its rows.
#[derive(Clone, Debug)]
pub struct Participant {
    id: NodeId,
    rows: u64,
    disk: BTreeMap<TxId, Vote>,
    /// The transactions that it is in doubt about.
    doubts: BTreeSet<TxId>,
    mind: Mind<Vote>,
}

impl Participant {
    /// The participant of that number, with at least one row; a transaction writes the row of its number modulo `rows`.
    #[must_use]
    pub fn new(id: NodeId, rows: u64) -> Participant {
        Participant {
            id,
            rows: rows.max(1),
            disk: BTreeMap::new(),
            doubts: BTreeSet::new(),
            mind: Mind::default(),
        }
    }

    /// What it has written down.
    #[must_use]
    pub fn vote(&self, tx: TxId) -> Option<Vote> {
        self.disk.get(&tx).copied()
    }

    /// The transactions that it is in doubt about: each locks its row.
    pub fn doubts(&self) -> impl Iterator<Item = TxId> {
        self.doubts.iter().copied()
    }

    /// Which transaction has the row locked that `tx` would write.
    #[must_use]
    pub fn locked_by(&self, tx: TxId) -> Option<TxId> {
        self.doubts().find(|other| *other != tx && other % self.rows == tx % self.rows)
    }
}

impl Role for Participant {
    type Record = Vote;

    fn mind(&self) -> &Mind<Vote> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Vote> {
        &mut self.mind
    }

    fn handle(&mut self, message: Message) {
        let tx = message.tx;
        match (message.what, self.vote(tx)) {
            (What::Prepare, None) => {
                // Whoever does not wait for locks cannot stand in a deadlock across machines.
                if message.refuses == self.id || self.locked_by(tx).is_some() {
                    self.mind.send(message.answer(What::No));
                } else {
                    self.mind.write(tx, Vote::Prepared);
                    self.mind.send(message.answer(What::Yes));
                }
            }
            (What::Prepare, Some(Vote::Prepared)) => self.mind.send(message.answer(What::Yes)),
            (What::Prepare, Some(Vote::Aborted)) => self.mind.send(message.answer(What::No)),
            (What::Commit, Some(Vote::Prepared)) => {
                self.mind.write(tx, Vote::Committed);
                self.mind.send(message.answer(What::Acked));
            }
            (What::Commit, Some(Vote::Committed)) => self.mind.send(message.answer(What::Acked)),
            (What::Abort, Some(Vote::Prepared)) => self.mind.write(tx, Vote::Aborted),
            _ => {}
        }
    }

    fn persist(&mut self, tx: TxId, vote: Vote) -> &'static str {
        self.disk.insert(tx, vote);
        let what = match vote {
            Vote::Prepared => "prepared",
            Vote::Committed => "committed",
            Vote::Aborted => "aborted",
        };
        if vote == Vote::Prepared {
            self.doubts.insert(tx);
        } else {
            self.doubts.remove(&tx);
        }
        what
    }

    /// It asks for what it is in doubt about.
    fn overdue(&mut self, up_to: TxId) {
        for &tx in self.doubts.range(..=up_to) {
            self.mind.send(Message { tx, what: What::Inquire, from: self.id, to: 0, refuses: 0, copy: 0 });
        }
    }

    fn waits(&self) -> bool {
        !self.doubts.is_empty()
    }

    fn erase(&mut self, tx: TxId) {
        self.disk.remove(&tx);
        self.doubts.remove(&tx);
    }
}
