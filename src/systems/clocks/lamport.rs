//! Lamport's clock (1978): a number that grows with every event and jumps over every stamp that arrives.

/// A logical clock of one node. Stamps are numbers from 1; ties between nodes are broken by the node to get a total order.
/// 2^64 events do not happen; beyond that it stands still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LamportClock {
    time: u64,
}

impl LamportClock {
    /// Something happens here, such as a sending. Returns its stamp.
    pub fn tick(&mut self) -> u64 {
        self.time = self.time.saturating_add(1);
        self.time
    }

    /// A message with that stamp arrives. Returns the stamp of the receipt, which is larger than both.
    pub fn receive(&mut self, stamp: u64) -> u64 {
        self.time = self.time.max(stamp);
        self.tick()
    }

    /// The stamp of the last event here, 0 before the first.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.time
    }
}
