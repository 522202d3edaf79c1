//! Snowflake: 41 bits of milliseconds, 10 bits of node, 12 bits of counter (Twitter 2010).
//!
//! 63 bits, so that it fits a signed number. 41 bits of milliseconds are 69 years from an epoch of one's own; 10 bits are
//! 1,024 nodes; 12 bits are 4,096 numbers a millisecond for each node, that is 4,096,000 a second. Nodes need no word with
//! each other, but each needs a clock that does not go back: the same millisecond again would give the same numbers
//! again. So a node that sees its clock go back refuses until the clock has caught up.

use crate::sim::Nanos;

/// Bits of the counter and of the node.
const COUNTER_BITS: u32 = 12;
const NODE_BITS: u32 = 10;
const TIME_BITS: u32 = 41;

/// Why there is no number now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The clock went back.
    #[error("the clock went back by {by}")]
    ClockBack {
        /// By how much at least.
        by: Nanos,
    },
    /// All 4,096 numbers of this millisecond are given.
    #[error("no number is left in this millisecond")]
    Exhausted,
    /// The 41 bits are used up: 69 years after the epoch.
    #[error("the time does not fit 41 bits")]
    OutOfTime,
}

/// What a node makes of a clock that has gone back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// It refuses until the clock is where it was.
    #[default]
    Never,
    /// A flaw: it believes the clock, and gives numbers of that time again.
    Blindly,
}

/// A node that makes numbers.
#[derive(Clone, Debug)]
pub struct Snowflake {
    node: u64,
    trust: Trust,
    /// The millisecond of the last number, and how many it has given.
    last: u64,
    given: u64,
}

impl Snowflake {
    /// The node of that number (0 to 1,023; the lower ten bits count).
    #[must_use]
    pub fn new(node: u16, trust: Trust) -> Snowflake {
        Snowflake { node: u64::from(node) & ((1 << NODE_BITS) - 1), trust, last: 0, given: 0 }
    }

    /// Changes what it makes of a clock that has gone back.
    pub fn set_trust(&mut self, trust: Trust) {
        self.trust = trust;
    }

    /// The next number, by what the node's clock says: the time since the epoch. Greater than all before it. O(1).
    ///
    /// # Errors
    /// Where the clock went back, where the millisecond is used up, or where the time is.
    pub fn next(&mut self, clock: Nanos) -> Result<u64, Refused> {
        let millis = clock.0 / 1_000_000;
        if millis >> TIME_BITS > 0 {
            return Err(Refused::OutOfTime);
        }
        if millis < self.last && self.trust == Trust::Never {
            return Err(Refused::ClockBack { by: Nanos::from_millis(self.last - millis) });
        }
        if millis != self.last {
            (self.last, self.given) = (millis, 0);
        }
        if self.given >> COUNTER_BITS > 0 {
            return Err(Refused::Exhausted);
        }
        let id = (millis << (NODE_BITS + COUNTER_BITS)) | (self.node << COUNTER_BITS) | self.given;
        self.given += 1;
        Ok(id)
    }

    /// The milliseconds, the node and the counter of a number.
    #[must_use]
    pub fn parts(id: u64) -> (u64, u64, u64) {
        let low = |bits: u32| (1_u64 << bits) - 1;
        (id >> (NODE_BITS + COUNTER_BITS), (id >> COUNTER_BITS) & low(NODE_BITS), id & low(COUNTER_BITS))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn a_published_number_comes_apart_as_published() {
        // 1541815603606036480: 367597485448 ms after Twitter's epoch, machine 0x17a, sequence 0 (Wikipedia, Snowflake ID).
        assert_eq!(Snowflake::parts(1_541_815_603_606_036_480), (367_597_485_448, 0x17a, 0));
        let mut node = Snowflake::new(0x17a, Trust::Never);
        assert_eq!(node.next(Nanos::from_millis(367_597_485_448)), Ok(1_541_815_603_606_036_480));
    }

    #[test]
    fn a_node_gives_4096_a_millisecond_and_its_time_lasts_69_years() {
        let mut node = Snowflake::new(3, Trust::Never);
        let now = Nanos::from_millis(77);
        let given: Vec<_> = (0..5_000).map_while(|_| node.next(now).ok()).collect();
        assert_eq!(given.len(), 4_096);
        assert_eq!(node.next(now), Err(Refused::Exhausted));
        assert!(node.next(Nanos::from_millis(78)).is_ok_and(|id| id > given[4_095]));
        let years = |years: f64| Nanos::from_secs_f64(years * 365.25 * 86_400.0);
        assert!(node.next(years(69.6)).is_ok());
        assert_eq!(node.next(years(69.8)), Err(Refused::OutOfTime));
    }

    #[test]
    fn whatever_the_clock_does_numbers_grow_and_blind_trust_repeats_them() {
        for seed in 0..500 {
            let mut rng = Rng::stream(Seed(seed), "clock");
            let mut nodes = [Snowflake::new(1, Trust::Never), Snowflake::new(1, Trust::Blindly)];
            let (mut clock, mut last, mut again) = (10_000_u64, 0, 0);
            let mut known = BTreeSet::new();
            for _ in 0..200 {
                clock = clock + rng.below(3) - if rng.chance(0.05) { rng.below(20) } else { 0 };
                let now = Nanos::from_millis(clock);
                if let Ok(id) = nodes[0].next(now) {
                    assert!(id > last);
                    last = id;
                }
                again += nodes[1].next(now).map_or(0, |id| usize::from(!known.insert(id)));
            }
            assert!(again > 0, "a clock that goes back ten times is noticed");
        }
    }
}
