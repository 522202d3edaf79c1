//! Sagas: local transactions one after the other, and compensations in reverse order where one refuses.
//!
//! Every part and every compensation is idempotent: a service writes down what it did for which saga, in the same transaction as
//! the effect, and answers a command that comes again without doing it again. So whoever drives a saga can repeat its last command
//! until it hears, and after a crash goes on from its log.

use std::collections::{BTreeMap, BTreeSet};

use super::role::{Mind, Role};
use super::{Flaw, Message, NodeId, TxId, What};

/// Where a saga stands, by the orchestrator's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many services have done their part; the next one is asked.
    Forward(usize, NodeId),
    /// So many have to be compensated yet; the last of them is asked.
    Backward(usize),
    /// All is done.
    Done,
    /// All is compensated.
    Compensated,
}

/// Who drives sagas over the services 1 to n: node 0.
#[derive(Clone, Debug)]
pub struct Orchestrator {
    services: usize,
    disk: BTreeMap<TxId, Stage>,
    /// Those that have not ended.
    open: BTreeSet<TxId>,
    mind: Mind<Stage>,
}

impl Orchestrator {
    /// An orchestrator of so many services, at least one.
    #[must_use]
    pub fn new(services: usize) -> Orchestrator {
        Orchestrator {
            services: services.max(1),
            disk: BTreeMap::new(),
            open: BTreeSet::new(),
            mind: Mind::default(),
        }
    }

    /// Where a saga stands.
    #[must_use]
    pub fn stage(&self, tx: TxId) -> Option<Stage> {
        self.disk.get(&tx).copied()
    }

    fn move_to(&mut self, tx: TxId, stage: Stage) {
        self.mind.write(tx, stage);
        self.command(tx, stage);
    }

    /// What the stage asks for.
    fn command(&mut self, tx: TxId, stage: Stage) {
        let (what, to, refuses) = match stage {
            Stage::Forward(done, refuses) => (What::Do, done + 1, refuses),
            Stage::Backward(left) => (What::Undo, left, 0),
            Stage::Done | Stage::Compensated => return,
        };
        self.mind.send(Message { tx, what, from: 0, to, refuses, copy: 0 });
    }
}

impl Role for Orchestrator {
    type Record = Stage;

    fn mind(&self) -> &Mind<Stage> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Stage> {
        &mut self.mind
    }

    fn asked(&mut self, tx: TxId, refuses: NodeId) {
        self.move_to(tx, Stage::Forward(0, refuses));
    }

    fn handle(&mut self, message: Message) {
        let tx = message.tx;
        let back = |left: usize| if left == 0 { Stage::Compensated } else { Stage::Backward(left) };
        match (message.what, self.stage(tx)) {
            (What::Done, Some(Stage::Forward(done, refuses))) if message.from == done + 1 => {
                let all = message.from == self.services;
                self.move_to(tx, if all { Stage::Done } else { Stage::Forward(done + 1, refuses) });
            }
            (What::Refused, Some(Stage::Forward(done, _))) if message.from == done + 1 => {
                self.move_to(tx, back(done));
            }
            (What::Undone, Some(Stage::Backward(left))) if message.from == left => {
                self.move_to(tx, back(left - 1));
            }
            _ => {}
        }
    }

    fn persist(&mut self, tx: TxId, stage: Stage) -> &'static str {
        self.disk.insert(tx, stage);
        let (what, ended) = match stage {
            Stage::Forward(0, _) => ("saga begun", false),
            Stage::Forward(..) => ("part done", false),
            Stage::Backward(_) => ("to compensate", false),
            Stage::Done => ("saga done", true),
            Stage::Compensated => ("saga compensated", true),
        };
        if ended {
            self.open.remove(&tx);
        } else {
            self.open.insert(tx);
        }
        what
    }

    /// The last command of each saga is given again.
    fn overdue(&mut self, up_to: TxId) {
        for tx in self.open.clone().into_iter().filter(|tx| *tx <= up_to) {
            if let Some(stage) = self.stage(tx) {
                self.command(tx, stage);
            }
        }
    }

    fn waits(&self) -> bool {
        !self.open.is_empty()
    }

    fn erase(&mut self, tx: TxId) {
        self.disk.remove(&tx);
        self.open.remove(&tx);
    }
}

/// What a service has done for a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Local {
    Applied,
    Refused,
    Undone,
}

impl Local {
    fn said(self) -> &'static str {
        match self {
            Local::Applied => "applied",
            Local::Refused => "refused",
            Local::Undone => "compensated",
        }
    }
}

/// What a service keeps of its sagas: what was done, and the effect that is there now.
#[derive(Clone, Debug, Default)]
struct Ledger {
    done: BTreeMap<TxId, Local>,
    effects: BTreeMap<TxId, i64>,
}

impl Ledger {
    fn write(&mut self, tx: TxId, local: Local) {
        let effect = self.effects.entry(tx).or_default();
        match local {
            Local::Applied => *effect += 1,
            // Of what was never done there is nothing to take back.
            Local::Undone if self.done.contains_key(&tx) => *effect -= 1,
            Local::Undone | Local::Refused => {}
        }
        self.done.insert(tx, local);
    }

    fn forget(&mut self, tx: TxId) {
        self.done.remove(&tx);
        self.effects.remove(&tx);
    }
}

/// A service that does and undoes its part when it is told to.
#[derive(Clone, Debug)]
pub struct Service {
    id: NodeId,
    flaw: Flaw,
    ledger: Ledger,
    mind: Mind<Local>,
}

impl Service {
    /// The service of that number.
    #[must_use]
    pub fn new(id: NodeId, flaw: Flaw) -> Service {
        Service { id, flaw, ledger: Ledger::default(), mind: Mind::default() }
    }

    /// How often the effect of a saga is there: 0 or 1.
    #[must_use]
    pub fn effect(&self, tx: TxId) -> i64 {
        self.ledger.effects.get(&tx).copied().unwrap_or(0)
    }

    /// **For study**: gets something wrong from now on.
    pub fn set_flaw(&mut self, flaw: Flaw) {
        self.flaw = flaw;
    }
}

impl Role for Service {
    type Record = Local;

    fn mind(&self) -> &Mind<Local> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Local> {
        &mut self.mind
    }

    fn handle(&mut self, message: Message) {
        let tx = message.tx;
        let again = self.flaw == Flaw::RepeatedCompensation;
        match (message.what, self.ledger.done.get(&tx)) {
            (What::Do, None) if message.refuses == self.id => {
                self.mind.write(tx, Local::Refused);
                self.mind.send(message.answer(What::Refused));
            }
            (What::Do, None) => {
                self.mind.write(tx, Local::Applied);
                self.mind.send(message.answer(What::Done));
            }
            (What::Do, Some(Local::Applied)) => self.mind.send(message.answer(What::Done)),
            (What::Do, Some(Local::Refused)) => self.mind.send(message.answer(What::Refused)),
            (What::Undo, Some(Local::Undone)) if !again => self.mind.send(message.answer(What::Undone)),
            (What::Undo, _) => {
                self.mind.write(tx, Local::Undone);
                self.mind.send(message.answer(What::Undone));
            }
            _ => {}
        }
    }

    fn persist(&mut self, tx: TxId, local: Local) -> &'static str {
        self.ledger.write(tx, local);
        local.said()
    }

    fn erase(&mut self, tx: TxId) {
        self.ledger.forget(tx);
    }
}

/// A record of a dancer: what it did, and the event that it tells its neighbour, written in one.
#[derive(Clone, Copy, Debug)]
pub enum Turn {
    Did(Local, Option<Message>),
    /// The neighbour has got the event.
    Told(What),
}

/// A service of a saga without a head: it does its part when the one before has done its, and undoes it when the one behind has
/// undone its. What it tells is in an outbox.
#[derive(Clone, Debug)]
pub struct Dancer {
    id: NodeId,
    last: NodeId,
    flaw: Flaw,
    ledger: Ledger,
    /// What has to be told yet.
    outbox: BTreeMap<(TxId, What), Message>,
    mind: Mind<Turn>,
}

impl Dancer {
    /// The service of that number among 0 to `last`.
    #[must_use]
    pub fn new(id: NodeId, last: NodeId, flaw: Flaw) -> Dancer {
        Dancer { id, last, flaw, ledger: Ledger::default(), outbox: BTreeMap::new(), mind: Mind::default() }
    }

    /// How often the effect of a saga is there: 0 or 1.
    #[must_use]
    pub fn effect(&self, tx: TxId) -> i64 {
        self.ledger.effects.get(&tx).copied().unwrap_or(0)
    }

    /// Whether it has compensated its part.
    #[must_use]
    pub fn has_undone(&self, tx: TxId) -> bool {
        self.ledger.done.get(&tx) == Some(&Local::Undone)
    }

    /// Whether it has refused its part.
    #[must_use]
    pub fn has_refused(&self, tx: TxId) -> bool {
        self.ledger.done.get(&tx) == Some(&Local::Refused)
    }

    /// **For study**: gets something wrong from now on.
    pub fn set_flaw(&mut self, flaw: Flaw) {
        self.flaw = flaw;
    }

    fn turn(&mut self, tx: TxId, local: Local, refuses: NodeId) {
        let forward = local == Local::Applied;
        let to = if forward {
            self.id.checked_add(1).filter(|to| *to <= self.last)
        } else {
            self.id.checked_sub(1)
        };
        let what = if forward { What::Do } else { What::Undo };
        let event = to.map(|to| Message { tx, what, from: self.id, to, refuses, copy: 0 });
        self.mind.write(tx, Turn::Did(local, event));
        event.into_iter().for_each(|event| self.mind.send(event));
    }
}

impl Role for Dancer {
    type Record = Turn;

    fn mind(&self) -> &Mind<Turn> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Turn> {
        &mut self.mind
    }

    fn asked(&mut self, tx: TxId, refuses: NodeId) {
        self.turn(tx, Local::Applied, refuses);
    }

    fn handle(&mut self, message: Message) {
        let tx = message.tx;
        let again = self.flaw == Flaw::RepeatedCompensation;
        match (message.what, self.ledger.done.get(&tx)) {
            (What::Received, _) => {
                // What was received: to the next one a Do, to the one before an Undo.
                let what = if message.from > self.id { What::Do } else { What::Undo };
                if self.outbox.contains_key(&(tx, what)) {
                    self.mind.write(tx, Turn::Told(what));
                }
                return;
            }
            (What::Do, None) => {
                let local = if message.refuses == self.id { Local::Refused } else { Local::Applied };
                self.turn(tx, local, message.refuses);
            }
            (What::Undo, Some(Local::Applied)) => self.turn(tx, Local::Undone, message.refuses),
            (What::Undo, Some(Local::Undone)) if again => self.turn(tx, Local::Undone, message.refuses),
            _ => {}
        }
        self.mind.send(message.answer(What::Received));
    }

    fn persist(&mut self, tx: TxId, record: Turn) -> &'static str {
        match record {
            Turn::Did(local, event) => {
                self.ledger.write(tx, local);
                self.outbox.extend(event.map(|event| ((tx, event.what), event)));
                local.said()
            }
            Turn::Told(what) => {
                self.outbox.remove(&(tx, what));
                "told"
            }
        }
    }

    /// What is in the outbox is told again.
    fn overdue(&mut self, up_to: TxId) {
        let old = self.outbox.values().filter(|message| message.tx <= up_to);
        old.copied().for_each(|event| self.mind.send(event));
    }

    fn waits(&self) -> bool {
        !self.outbox.is_empty()
    }

    fn erase(&mut self, tx: TxId) {
        self.ledger.forget(tx);
        self.outbox.retain(|(other, _), _| *other != tx);
    }
}
