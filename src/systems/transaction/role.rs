//! What all nodes have in common: a memory of messages and tasks, and the step that works through it. What differs is a [`Role`]: what to
//! do about a message, and what a record means once it is on the disk.

use std::collections::VecDeque;

use super::{Message, Node, NodeId, Step, TxId};

/// The part of a node that differs.
pub trait Role {
    /// What it writes to its disk.
    type Record;

    fn mind(&self) -> &Mind<Self::Record>;

    fn mind_mut(&mut self) -> &mut Mind<Self::Record>;

    /// A client asks for a transaction.
    fn asked(&mut self, _tx: TxId, _refuses: NodeId) {}

    /// A message is read: it has in mind what is to be done about it.
    fn handle(&mut self, message: Message);

    /// A record is on the disk. Returns what that was, in words.
    fn persist(&mut self, tx: TxId, record: Self::Record) -> &'static str;

    /// See [`Node::nudge`].
    fn overdue(&mut self, _up_to: TxId) {}

    /// See [`Node::is_open`].
    fn waits(&self) -> bool {
        false
    }

    /// What it has in memory besides messages and tasks is lost.
    fn lose_memory(&mut self) {}

    /// It is up again: what is open by its disk is taken up.
    fn recover(&mut self) {
        self.overdue(TxId::MAX);
    }

    /// See [`Node::forget`].
    fn erase(&mut self, tx: TxId);
}

impl<R: Role> Node for R {
    fn begin(&mut self, tx: TxId, refuses: NodeId) {
        self.asked(tx, refuses);
    }

    fn receive(&mut self, message: Message) {
        self.mind_mut().inbox.push_back(message);
    }

    /// What it has in mind comes first; where that is nothing, it reads messages until it has something.
    fn step(&mut self) -> Option<Step> {
        loop {
            match self.mind_mut().tasks.pop_front() {
                Some(Task::Send(message)) => return Some(Step::Sent(message)),
                Some(Task::Write(tx, record)) => return Some(Step::Wrote(tx, self.persist(tx, record))),
                None => {
                    let message = self.mind_mut().inbox.pop_front()?;
                    self.handle(message);
                }
            }
        }
    }

    fn is_busy(&self) -> bool {
        !self.mind().inbox.is_empty() || !self.mind().tasks.is_empty()
    }

    fn nudge(&mut self, up_to: TxId) {
        self.overdue(up_to);
    }

    fn is_open(&self) -> bool {
        self.waits()
    }

    fn crash(&mut self) {
        let mind = self.mind_mut();
        mind.inbox.clear();
        mind.tasks.clear();
        self.lose_memory();
    }

    fn restart(&mut self) {
        self.recover();
    }

    fn forget(&mut self, tx: TxId) {
        self.erase(tx);
    }
}

/// What a node has in mind: a record to write, or a message to send.
#[derive(Clone, Debug)]
pub(super) enum Task<R> {
    Write(TxId, R),
    Send(Message),
}

/// The memory that all nodes have: messages that came and things to do, in this order.
#[derive(Clone, Debug)]
pub struct Mind<R> {
    inbox: VecDeque<Message>,
    tasks: VecDeque<Task<R>>,
}

impl<R> Default for Mind<R> {
    fn default() -> Self {
        Mind { inbox: VecDeque::new(), tasks: VecDeque::new() }
    }
}

impl<R> Mind<R> {
    pub(super) fn write(&mut self, tx: TxId, record: R) {
        self.tasks.push_back(Task::Write(tx, record));
    }

    pub(super) fn send(&mut self, message: Message) {
        self.tasks.push_back(Task::Send(message));
    }

    /// Whether it has something to do with the transaction.
    pub(super) fn has(&self, tx: TxId) -> bool {
        let about = |task: &Task<R>| match task {
            Task::Write(other, _) => *other == tx,
            Task::Send(message) => message.tx == tx,
        };
        self.tasks.iter().any(about) || self.inbox.iter().any(|message| message.tx == tx)
    }
}
