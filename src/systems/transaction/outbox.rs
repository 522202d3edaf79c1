//! A service that changes a row and tells others of it, a broker, and a consumer.
//!
//! Writing the row and sending the message are two acts, and a crash between them loses the message (or invents one,
//! the other way round). The *outbox* makes one of them: the message is a row of the same transaction, and a relay sends what
//! is in the outbox until the broker has taken it. *Change data capture* needs no outbox: the database's log is one. A connector
//! reads it in order and notes from time to time how far it is; after a crash it begins there again. Either way a message may come
//! twice, and the consumer's *inbox* makes that harmless: the number of the event is written with the effect, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::role::{Mind, Role};
use super::{Message, NodeId, TxId, What};

/// Where a consumer and a broker stand.
const BROKER: NodeId = 1;
const CONSUMER: NodeId = 2;
/// The connector notes its offset every so many entries.
const NOTES: u64 = 4;

/// How a service tells what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// The row, then the message: two writes that no transaction holds together.
    Dual,
    /// An outbox with a relay.
    Outbox,
    /// A connector that reads the log.
    Capture,
}

/// What is written at the service.
#[derive(Clone, Copy, Debug)]
pub enum Record {
    Row,
    Sent,
    Offset(u64),
}

/// The service with its database and its relay: node 0.
#[derive(Clone, Debug)]
pub struct Producer {
    publish: Publish,
    /// The rows in the order of their commits: the log. Those before `first` are forgotten.
    log: BTreeMap<u64, TxId>,
    rows: BTreeSet<TxId>,
    written: u64,
    outbox: BTreeSet<TxId>,
    /// How far the connector is: on the disk, and in memory.
    offset: u64,
    position: u64,
    mind: Mind<Record>,
}

impl Producer {
    /// A service without rows.
    #[must_use]
    pub fn new(publish: Publish) -> Producer {
        Producer {
            publish,
            log: BTreeMap::new(),
            rows: BTreeSet::new(),
            written: 0,
            outbox: BTreeSet::new(),
            offset: 0,
            position: 0,
            mind: Mind::default(),
        }
    }

    /// Whether the row of a transaction is there.
    #[must_use]
    pub fn has_row(&self, tx: TxId) -> bool {
        self.rows.contains(&tx)
    }

    /// Whether the event of a transaction will be sent (again).
    #[must_use]
    pub fn will_send(&self, tx: TxId) -> bool {
        match self.publish {
            Publish::Dual => false,
            Publish::Outbox => self.outbox.contains(&tx),
            Publish::Capture => self.log.range(self.offset..).any(|(_, other)| *other == tx),
        }
    }

    /// Whether it has the event of a transaction in mind, to send it, or an answer.
    #[must_use]
    pub fn intends(&self, tx: TxId) -> bool {
        self.mind.has(tx)
    }

    /// How many events wait to be sent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match self.publish {
            Publish::Dual => 0,
            Publish::Outbox => self.outbox.len(),
            Publish::Capture => self.log.range(self.position..).count(),
        }
    }

    fn send(&mut self, tx: TxId) {
        self.mind.send(Message { tx, what: What::Event, from: 0, to: BROKER, refuses: 0, copy: 0 });
    }

    /// The connector sends the entry that it stands at.
    fn send_next(&mut self) {
        if let Some(&tx) = self.log.get(&self.position) {
            self.send(tx);
        }
    }
}

impl Role for Producer {
    type Record = Record;

    fn mind(&self) -> &Mind<Record> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Record> {
        &mut self.mind
    }

    fn asked(&mut self, tx: TxId, _: NodeId) {
        self.mind.write(tx, Record::Row);
        if self.publish != Publish::Capture {
            self.send(tx);
        }
    }

    fn handle(&mut self, message: Message) {
        let tx = message.tx;
        match self.publish {
            Publish::Outbox if self.outbox.contains(&tx) => self.mind.write(tx, Record::Sent),
            Publish::Capture if self.log.get(&self.position) == Some(&tx) => {
                self.position += 1;
                if self.position.is_multiple_of(NOTES) {
                    self.mind.write(tx, Record::Offset(self.position));
                }
                self.send_next();
            }
            _ => {}
        }
    }

    fn persist(&mut self, tx: TxId, record: Record) -> &'static str {
        match record {
            Record::Row => {
                self.rows.insert(tx);
                self.log.insert(self.written, tx);
                self.written += 1;
                match self.publish {
                    Publish::Outbox => {
                        self.outbox.insert(tx);
                    }
                    // It had come to the end of the log, where this one stands now.
                    Publish::Capture if self.position + 1 == self.written => self.send_next(),
                    _ => {}
                }
                let outbox = self.publish == Publish::Outbox;
                if outbox { "row and outbox" } else { "row" }
            }
            Record::Sent => {
                self.outbox.remove(&tx);
                "sent"
            }
            Record::Offset(offset) => {
                self.offset = offset;
                "offset"
            }
        }
    }

    fn overdue(&mut self, up_to: TxId) {
        match self.publish {
            Publish::Dual => {}
            Publish::Outbox => {
                for tx in self.outbox.clone().into_iter().filter(|tx| *tx <= up_to) {
                    self.send(tx);
                }
            }
            Publish::Capture if self.log.get(&self.position).is_some_and(|tx| *tx <= up_to) => {
                self.send_next();
            }
            Publish::Capture => {}
        }
    }

    fn waits(&self) -> bool {
        self.waiting() > 0
    }

    fn recover(&mut self) {
        self.position = self.offset;
        self.overdue(TxId::MAX);
    }

    fn erase(&mut self, tx: TxId) {
        self.rows.remove(&tx);
        self.outbox.remove(&tx);
        // The log loses its beginning, up to where the connector would begin again.
        let offset = self.offset;
        self.log.retain(|at, other| *other != tx || *at >= offset);
    }
}

/// What is written at the broker.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    Event,
    Gone(u64),
}

/// A broker that keeps each event until the consumer has got it: node 1. What comes twice it keeps twice.
#[derive(Clone, Debug, Default)]
pub struct Broker {
    queue: BTreeMap<u64, TxId>,
    stored: u64,
    mind: Mind<Stored>,
}

impl Broker {
    /// Whether it has an event of that transaction.
    #[must_use]
    pub fn has(&self, tx: TxId) -> bool {
        self.queue.values().any(|other| *other == tx)
    }

    /// Whether it has an event of that transaction in mind, to store it.
    #[must_use]
    pub fn intends(&self, tx: TxId) -> bool {
        self.mind.has(tx)
    }

    /// How many events it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn deliver(&mut self, copy: u64) {
        if let Some(&tx) = self.queue.get(&copy) {
            self.mind.send(Message { tx, what: What::Event, from: BROKER, to: CONSUMER, refuses: 0, copy });
        }
    }
}

impl Role for Broker {
    type Record = Stored;

    fn mind(&self) -> &Mind<Stored> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<Stored> {
        &mut self.mind
    }

    fn handle(&mut self, message: Message) {
        match message.what {
            What::Event => {
                self.mind.write(message.tx, Stored::Event);
                self.mind.send(message.answer(What::Received));
            }
            _ if self.queue.contains_key(&message.copy) => {
                self.mind.write(message.tx, Stored::Gone(message.copy));
            }
            _ => {}
        }
    }

    fn persist(&mut self, tx: TxId, record: Stored) -> &'static str {
        match record {
            Stored::Event => {
                self.queue.insert(self.stored, tx);
                self.stored += 1;
                self.deliver(self.stored - 1);
                "stored"
            }
            Stored::Gone(copy) => {
                self.queue.remove(&copy);
                "delivered"
            }
        }
    }

    fn overdue(&mut self, up_to: TxId) {
        let old = self.queue.iter().filter(|(_, tx)| **tx <= up_to);
        for copy in old.map(|(copy, _)| *copy).collect::<Vec<_>>() {
            self.deliver(copy);
        }
    }

    fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    fn erase(&mut self, tx: TxId) {
        self.queue.retain(|_, other| *other != tx);
    }
}

/// Whoever applies events: node 2.
#[derive(Clone, Debug)]
pub struct Consumer {
    dedup: bool,
    /// How often each event was applied. With an inbox this is the inbox too.
    applied: BTreeMap<TxId, u64>,
    mind: Mind<()>,
}

impl Consumer {
    /// A consumer, with or without an inbox.
    #[must_use]
    pub fn new(dedup: bool) -> Consumer {
        Consumer { dedup, applied: BTreeMap::new(), mind: Mind::default() }
    }

    /// From now on it has an inbox, or none.
    pub fn set_dedup(&mut self, dedup: bool) {
        self.dedup = dedup;
    }

    /// How often the event of a transaction was applied.
    #[must_use]
    pub fn applied(&self, tx: TxId) -> u64 {
        self.applied.get(&tx).copied().unwrap_or(0)
    }
}

impl Role for Consumer {
    type Record = ();

    fn mind(&self) -> &Mind<()> {
        &self.mind
    }

    fn mind_mut(&mut self) -> &mut Mind<()> {
        &mut self.mind
    }

    fn handle(&mut self, message: Message) {
        if !self.dedup || self.applied(message.tx) == 0 {
            self.mind.write(message.tx, ());
        }
        self.mind.send(message.answer(What::Received));
    }

    fn persist(&mut self, tx: TxId, _: ()) -> &'static str {
        *self.applied.entry(tx).or_default() += 1;
        if self.dedup { "applied, in the inbox" } else { "applied" }
    }

    fn erase(&mut self, tx: TxId) {
        self.applied.remove(&tx);
    }
}
