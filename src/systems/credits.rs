//! Credits: the consumer says in advance how many it will take.
//!
//! The sender spends a credit for each item and stops when it has none; what the receiver has worked off is granted
//! again. So never more than the window is under way, in whatever buffers there are between them, and nobody has to be
//! told to stop: who hears nothing has stopped already. HTTP/2 and QUIC windows work so (RFC 9113, section 5.2), TCP's
//! too, and `request(n)` of Reactive Streams. As all of these do, grants are batched: half a window at a time, so that
//! not every item costs a message back.

/// The account of one sender. All operations are O(1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credits {
    window: u64,
    /// Sent and not yet granted again.
    spent: u64,
    /// Of those, worked off and not yet told to the sender.
    worked_off: u64,
}

impl Credits {
    /// An account with the whole window to spend; a window of at least 1.
    #[must_use]
    pub fn new(window: u64) -> Credits {
        Credits { window: window.max(1), spent: 0, worked_off: 0 }
    }

    /// An account of a sender that has `under_way` sent already, even if that is more than the window.
    #[must_use]
    pub fn resume(window: u64, under_way: u64) -> Credits {
        Credits { spent: under_way, ..Credits::new(window) }
    }

    /// Spends a credit. Where there is none, nothing may be sent.
    #[must_use = "without a credit nothing may be sent"]
    pub fn spend(&mut self) -> bool {
        let may = self.spent < self.window;
        self.spent += u64::from(may);
        may
    }

    /// The receiver has worked off one. Returns how many credits are granted with it: none, or half a window and more.
    pub fn worked_off(&mut self) -> u64 {
        self.worked_off = (self.worked_off + 1).min(self.spent);
        if self.worked_off < self.window.div_ceil(2) {
            return 0;
        }
        let granted = std::mem::take(&mut self.worked_off);
        self.spent -= granted;
        granted
    }

    /// How many may be sent now.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.window.saturating_sub(self.spent)
    }

    /// Another window. Where it is smaller than what is under way, nothing may be sent until that is worked off.
    pub fn set_window(&mut self, window: u64) {
        self.window = window.max(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn grants_come_by_half_windows() {
        let mut credits = Credits::new(4);
        let sent = std::iter::from_fn(|| credits.spend().then_some(())).count();
        assert_eq!((sent, credits.left()), (4, 0));
        assert_eq!((credits.worked_off(), credits.spend()), (0, false));
        assert_eq!((credits.worked_off(), credits.left()), (2, 2));
        assert_eq!((1..=2).map(|_| credits.worked_off()).collect::<Vec<_>>(), [0, 2]);
        // What was never sent cannot be worked off.
        assert_eq!((1..=9).map(|_| credits.worked_off()).sum::<u64>(), 0);
        assert_eq!(credits.left(), 4);
        assert_eq!(Credits::new(0).left(), 1);
        // A debt is worked off before anything is sent.
        let mut late = Credits::resume(2, 5);
        let left: Vec<u64> = (0..5).map(|_| (late.worked_off(), late.left()).1).collect();
        assert_eq!(left, [0, 0, 0, 1, 2]);
    }

    proptest! {
        /// Whatever is sent and worked off in whatever order: never more than the window is under way, and who waits
        /// for a credit while nothing is under way waits in vain, so that does not happen.
        #[test]
        fn never_more_than_the_window_and_never_stuck(
            window in 1..20_u64, steps in prop::collection::vec(any::<bool>(), 0..200)
        ) {
            let mut credits = Credits::new(window);
            let mut under_way = 0_u64;
            for send in steps {
                if send {
                    under_way += u64::from(credits.spend());
                } else if under_way > 0 {
                    under_way -= 1;
                    credits.worked_off();
                }
                prop_assert!(under_way <= window);
                prop_assert!(under_way > 0 || credits.left() > 0);
            }
        }
    }
}
