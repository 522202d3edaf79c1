//! One limit over many servers, each counting by itself and telling the others now and then.
//!
//! A client's requests come to all of the servers. A shared store that is asked for each of them costs a round
//! trip; so every server decides from what it knows: the count that the store had at the last sync, and what it
//! has admitted itself since then. What the others admit in between it cannot see. Hence two bounds on what a
//! window admits, for `k` servers and whatever the client does:
//!
//! * `k * limit`: each server keeps to the limit by itself;
//! * less than `limit` and what comes between two syncs: at the last sync at which anything was left, less than the limit
//!   was counted.
//!
//! Windows are fixed ones. Syncs take no time and happen at multiples of their interval; the store and all servers agree
//! on the clock. (Where syncs are staggered or slow, what a server does not know of is older, and both bounds stay.)

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// The counters of one client on a number of servers. A decision is O(1), the first one after a sync O(servers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCounts {
    limit: u64,
    window: Nanos,
    sync: Nanos,
    /// The number of the present window, and of the present interval between syncs, since time zero.
    index: u64,
    round: u64,
    /// What all servers knew of the present window at the last sync.
    known: u64,
    /// What each server has admitted since then.
    own: Vec<u64>,
}

impl LocalCounts {
    /// Counters on `servers` (at least 1) that admit `limit` requests in each window between them, as far as they know,
    /// and share their counts every `sync`. Spans of zero length count as 1 ns.
    #[must_use]
    pub fn new(limit: u64, window: Nanos, servers: usize, sync: Nanos) -> LocalCounts {
        LocalCounts {
            limit,
            window: window.max(Nanos(1)),
            sync: sync.max(Nanos(1)),
            index: 0,
            round: 0,
            known: 0,
            own: vec![0; servers.max(1)],
        }
    }

    /// Decides on a request that comes to a server (modulo their number) at the moment `now`.
    pub fn admit_at(&mut self, server: usize, now: Nanos) -> Decision {
        self.catch_up(now);
        let server = server % self.own.len();
        if self.known + self.own[server] < self.limit {
            self.own[server] += 1;
            return Decision::Admitted;
        }
        let end = self.window * self.index.saturating_add(1);
        Decision::Refused { retry_after: if self.limit == 0 { Nanos::MAX } else { end.since(now) } }
    }

    /// How many requests of the present window the server takes to have been admitted, at the moment of the last decision.
    #[must_use]
    pub fn count(&self, server: usize) -> u64 {
        self.known + self.own[server % self.own.len()]
    }

    /// How many were admitted in the present window, by all servers together: what no server knows.
    #[must_use]
    pub fn total(&self, now: Nanos) -> u64 {
        if now.0 / self.window.0 > self.index { 0 } else { self.known + self.own.iter().sum::<u64>() }
    }

    /// The number of servers.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.own.len()
    }

    /// Turns to the window of `now` and does what the last sync before it did. Syncs at which nothing was new change nothing.
    fn catch_up(&mut self, now: Nanos) {
        let (index, round) = (now.0 / self.window.0, now.0 / self.sync.0);
        if index > self.index {
            self.index = index;
            self.known = 0;
            self.own.fill(0);
        } else if round > self.round {
            self.known += self.own.iter().sum::<u64>();
            self.own.fill(0);
        }
        self.round = self.round.max(round);
    }
}

impl Limiter for LocalCounts {
    /// A request that comes to the first server.
    fn admit(&mut self, now: Nanos) -> Decision {
        self.admit_at(0, now)
    }

    /// Window, known and own count on each server, and window and count in the store.
    fn bytes(&self) -> usize {
        let counter = size_of_val(&self.known);
        self.own.len() * 3 * counter + 2 * counter
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::FixedWindow;
    use super::super::testing::gaps;
    use super::*;

    const SECOND: Nanos = Nanos::from_secs(1);

    /// What a window admits when every server gets a request each `gap`.
    fn flood(servers: usize, sync: Nanos, gap: Nanos) -> usize {
        let mut counts = LocalCounts::new(100, SECOND, servers, sync);
        let mut now = Nanos::ZERO;
        let mut admitted = 0;
        while now < SECOND {
            admitted += (0..servers).filter(|&server| counts.admit_at(server, now).admitted()).count();
            now += gap;
        }
        admitted
    }

    #[test]
    fn without_a_sync_each_server_admits_the_limit() {
        assert_eq!(flood(20, SECOND, Nanos::from_millis(4)), 2_000);
        assert_eq!(flood(1, SECOND, Nanos::from_millis(4)), 100);
    }

    #[test]
    fn with_syncs_the_overshoot_is_what_comes_between_two_of_them() {
        // 20 servers with a request each every 4 ms are 5,000/s: 100 in 20 ms. At 20 ms the store knows of all 100.
        assert_eq!(flood(20, Nanos::from_millis(20), Nanos::from_millis(4)), 100);
        // In 50 ms each of them gets 13 (at 0, 4, .., 48 ms), so 260 pass before anybody knows of the others.
        assert_eq!(flood(20, Nanos::from_millis(50), Nanos::from_millis(4)), 260);
        // 7 ms apart: 3 each in the first 20 ms are 60; the next 20 ms bring 3 more each, although only 40 are left.
        assert_eq!(flood(20, Nanos::from_millis(20), Nanos::from_millis(7)), 120);
    }

    #[test]
    fn knows_what_was_shared_and_what_it_did_itself() {
        let mut counts = LocalCounts::new(10, SECOND, 3, Nanos::from_millis(100));
        for server in [0, 0, 1, 2, 2, 2] {
            assert!(counts.admit_at(server, Nanos::from_millis(50)).admitted());
        }
        assert_eq!([0, 1, 2].map(|server| counts.count(server)), [2, 1, 3]);
        assert_eq!(counts.total(Nanos::from_millis(50)), 6);
        assert!(counts.admit_at(1, Nanos::from_millis(100)).admitted());
        assert_eq!([0, 1, 2].map(|server| counts.count(server)), [6, 7, 6]);
        assert_eq!(counts.total(SECOND), 0, "another window");
        let refused = (0..5).map(|_| counts.admit_at(0, Nanos::from_millis(150))).last();
        assert_eq!(refused, Some(Decision::Refused { retry_after: Nanos::from_millis(850) }));
    }

    proptest! {
        #[test]
        fn one_server_is_a_fixed_window(
            limit in 0..9_u64, window in 1..2_000_000_000_u64, sync in 0..2_000_000_000_u64, gaps in gaps()
        ) {
            let mut one = LocalCounts::new(limit, Nanos(window), 1, Nanos(sync));
            let mut fixed = FixedWindow::new(limit, Nanos(window));
            let mut now = Nanos::ZERO;
            for gap in gaps {
                now += gap;
                prop_assert_eq!(one.admit(now), fixed.admit(now));
            }
        }

        #[test]
        fn both_bounds_hold(
            limit in 1..9_u64,
            window in 1..2_000_000_000_u64,
            sync in 1..2_000_000_000_u64,
            servers in 1..6_usize,
            requests in prop::collection::vec((0..300_000_000_u64, 0..6_usize), 1..200),
        ) {
            let mut counts = LocalCounts::new(limit, Nanos(window), servers, Nanos(sync));
            let mut now = 0;
            // Per window: what was admitted. Per window and interval: what came.
            let mut admitted = std::collections::BTreeMap::<u64, u64>::new();
            let mut came = std::collections::BTreeMap::<(u64, u64), u64>::new();
            for (gap, server) in requests {
                now += gap;
                *came.entry((now / window, now / sync)).or_default() += 1;
                let passed = counts.admit_at(server, Nanos(now)).admitted();
                *admitted.entry(now / window).or_default() += u64::from(passed);
            }
            for (index, admitted) in admitted {
                prop_assert!(admitted <= limit * servers as u64);
                let most = came.range((index, 0)..=(index, u64::MAX)).map(|(_, came)| *came).max();
                prop_assert!(admitted < limit + most.unwrap_or(0));
            }
        }
    }
}
