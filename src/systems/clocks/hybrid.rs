//! Hybrid logical clocks (Kulkarni, Demirbas, Madeppa, Avva and Leone 2014): a stamp that keeps causality and stays near the
//! wall clock.
//!
//! A stamp is the largest wall-clock reading that the event can know of (`l`) and a counter for events that share it (`c`). So
//! it orders as Lamport's does, and `l` is ahead of a node's own clock by at most the skew to the fastest clock that it
//! has heard of. That bound is the price of one clock far ahead: it drags all that hear of it. Stores therefore
//! refuse stamps too far ahead of their own clock.

/// A stamp: ordered by `l`, then by `c`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HybridStamp {
    /// The largest wall-clock reading known, in the unit of the wall clock.
    pub l: u64,
    /// Counts the events with the same `l`.
    pub c: u32,
}

/// The clock of one node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HybridClock {
    last: HybridStamp,
}

impl HybridClock {
    /// Something happens while the node's wall clock reads `wall`. Returns its stamp, larger than all before here, even
    /// where the wall clock was set back.
    pub fn tick(&mut self, wall: u64) -> HybridStamp {
        self.advance(HybridStamp { l: wall, c: 0 }, None)
    }

    /// A message with that stamp arrives while the node's wall clock reads `wall`. Returns the stamp of the receipt, larger than
    /// the message's and all before here.
    pub fn receive(&mut self, wall: u64, stamp: HybridStamp) -> HybridStamp {
        self.advance(HybridStamp { l: wall, c: 0 }, Some(stamp))
    }

    /// The stamp of the last event here.
    #[must_use]
    pub fn now(&self) -> HybridStamp {
        self.last
    }

    /// The next stamp above the last one and the one that arrived, no lower than the wall clock. A counter that is full moves
    /// `l` on by 1.
    fn advance(&mut self, wall: HybridStamp, arrived: Option<HybridStamp>) -> HybridStamp {
        let known = arrived.map_or(self.last, |stamp| stamp.max(self.last));
        self.last = if wall.l > known.l {
            wall
        } else if known.c < u32::MAX {
            HybridStamp { l: known.l, c: known.c + 1 }
        } else {
            HybridStamp { l: known.l.saturating_add(1), c: 0 }
        };
        self.last
    }
}
