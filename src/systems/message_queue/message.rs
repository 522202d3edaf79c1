//! What goes into a queue and what comes out of it.

use crate::sim::Nanos;

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<T> {
    /// What it says.
    pub body: T,
    /// The group within which a FIFO queue keeps the order: an account, an order, a device.
    pub group: u64,
    /// Which is received first: 0 before 1 before 2. (Within a FIFO group the order of sending goes first.)
    pub priority: u8,
    /// The same for every attempt to send it, where the sender may repeat itself.
    pub dedup: Option<u64>,
}

impl<T> Message<T> {
    /// A message of group 0 and priority 0, without a deduplication id.
    pub fn new(body: T) -> Message<T> {
        Message { body, group: 0, priority: 0, dedup: None }
    }
}

/// The number of a message, counted from 0 in the order of sending.
pub type Id = u64;

/// The right to acknowledge one receive of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub(super) id: Id,
    pub(super) receive: u32,
}

impl Receipt {
    /// The message that was received.
    #[must_use]
    pub fn id(self) -> Id {
        self.id
    }
}

/// A message as a consumer gets it.
#[derive(Debug, PartialEq, Eq)]
pub struct Received<'a, T> {
    /// To acknowledge it with.
    pub receipt: Receipt,
    /// How often it was received, this time included: above 1 it may have had its effect already.
    pub receives: u32,
    /// When it was sent.
    pub sent: Nanos,
    /// When it becomes visible again.
    pub until: Nanos,
    /// What it says.
    pub body: &'a T,
}

/// The receipt is of no use: the message was acknowledged, or its time-out is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the receipt is out of date")]
pub struct Stale;

/// What became of a message whose time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn<T> {
    /// Its delay is over: it can be received.
    Visible(T),
    /// Its consumer did not acknowledge it in time: it can be received again.
    Again(T),
    /// It was received as often as it may be: it is in the dead-letter queue.
    Dead(T),
}
