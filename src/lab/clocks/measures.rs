//! What is counted: writes that a clock loses, writes that are concurrent, and what theory expects of both.
//!
//! Others write as a Poisson stream each, so the number of writes of node a within the last d seconds is Poisson too. Node b's
//! stamp is below one of a's exactly if a wrote within the last (error of a - error of b): so b's write is lost with the
//! probability 1 - e^(-rate of a node * sum of those differences that are positive). To have seen the winner, that must have been
//! at least a lag ago: the lag is taken off each difference.

use super::nodes::{Net, Stamps};
use crate::sim::Nanos;
use crate::systems::clocks::Causality;

/// The counts since the last change of a control, but for what is conserved.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    writes: u64,
    /// Below an earlier write's stamp, in truth: by wall clock, Lamport, hybrid.
    lost: [u64; 3],
    /// Below that of a write that the node had seen.
    seen: [u64; 3],
    concurrent: u64,
    /// Sums of what was expected of each write: lost, lost to one that was seen, concurrent.
    expected: [f64; 3],
    /// The largest stamps of all writes so far.
    highest: Stamps,
    last: Option<u64>,
    /// The most that a hybrid stamp was ahead of its node's clock, in nanoseconds.
    pub(super) ahead: u64,
    pub(super) syncs: u64,
    /// News that were sent and that arrived, since the start.
    pub(super) told: u64,
    pub(super) received: u64,
}

impl Tally {
    /// A control was set: what is counted begins again.
    pub(super) fn begin_again(&mut self) {
        let kept = Tally {
            highest: self.highest,
            last: self.last,
            told: self.told,
            received: self.received,
            ..Tally::default()
        };
        *self = kept;
    }

    /// What theory expects of a write of a node at `now`, before it is made.
    pub(super) fn expect(
        &mut self,
        net: &Net,
        (node, nodes): (usize, usize),
        now: Nanos,
        (rate, lag): (f64, Nanos),
    ) {
        let error = |node: usize| net.nodes[node].wall.error(now) as f64;
        let gap = |less: f64| -> f64 {
            let differences = (0..nodes).map(|other| (error(other) - error(node) - less).max(0.0));
            // Nobody wrote before the start.
            differences.map(|difference| difference.min(now.0 as f64)).sum()
        };
        let each = rate / nodes as f64 / 1e9;
        let happens = |span: f64| 1.0 - libm::exp(-each * span);
        self.expected[0] += happens(gap(0.0));
        self.expected[1] += happens(gap(lag.0 as f64));
        let (others, lag) = ((nodes - 1) as f64 / nodes as f64, lag.min(now).0 as f64);
        self.expected[2] += others * (1.0 - libm::exp(-rate * lag / 1e9));
    }

    /// A write was made.
    pub(super) fn write(&mut self, net: &mut Net, number: u64, now: Nanos) {
        let Some((stamps, node, vector)) =
            net.event(number).map(|write| (write.stamps, write.node, write.vector.clone()))
        else {
            return;
        };
        self.writes += 1;
        let below = |than: &Stamps| {
            [stamps.wall < than.wall, stamps.lamport < than.lamport, stamps.hybrid < than.hybrid]
        };
        let (lost, seen) = (below(&self.highest), below(&net.nodes[node].seen));
        for kind in 0..3 {
            self.lost[kind] += u64::from(lost[kind]);
            self.seen[kind] += u64::from(seen[kind]);
        }
        self.highest.raise(&stamps);
        net.nodes[node].seen.raise(&stamps);
        let before = self.last.and_then(|last| net.event(last));
        let concurrent = before.is_some_and(|last| last.vector.compare(&vector) == Causality::Concurrent);
        self.concurrent += u64::from(concurrent);
        self.last = Some(number);
        if let Some(write) = net.event_mut(number) {
            write.lost = (lost[0], seen[0]);
        }
        self.look(net, now);
    }

    /// Something happened: how far the hybrid stamp of it is ahead.
    pub(super) fn look(&mut self, net: &Net, _now: Nanos) {
        if let Some(event) = net.events.back() {
            self.ahead = self.ahead.max(event.stamps.hybrid.0.l.saturating_sub(event.stamps.wall.0));
        }
    }

    pub(super) fn writes(&self) -> u64 {
        self.writes
    }

    fn share(&self, count: u64) -> f64 {
        if self.writes == 0 { f64::NAN } else { count as f64 / self.writes as f64 }
    }

    /// Writes that the wall clock loses.
    pub(super) fn lost_share(&self) -> f64 {
        self.share(self.lost[0])
    }

    /// Writes that are concurrent with the one before.
    pub(super) fn concurrent_share(&self) -> f64 {
        self.share(self.concurrent)
    }

    /// Lost by each clock, and of these what was lost to a write that had been seen: wall, Lamport, hybrid.
    pub(super) fn losses(&self) -> [(f64, f64); 3] {
        [0, 1, 2].map(|kind| (self.share(self.lost[kind]), self.share(self.seen[kind])))
    }

    fn expected(&self, kind: usize) -> f64 {
        if self.writes == 0 { f64::NAN } else { self.expected[kind] / self.writes as f64 }
    }

    /// What theory expects the wall clock to lose.
    pub(super) fn lost_theory(&self) -> f64 {
        self.expected(0)
    }

    /// The readings, in the order of the listing.
    pub(super) fn readings(&self, net: &Net, nodes: usize, now: Nanos) -> Vec<f64> {
        let errors = || net.nodes.iter().take(nodes).map(|node| node.wall.error(now));
        let spread = errors().max().unwrap_or(0).saturating_sub(errors().min().unwrap_or(0));
        let [(wall, seen), (lamport, _), (hybrid, hybrid_seen)] = self.losses();
        vec![
            self.writes as f64,
            wall,
            self.expected(0),
            seen,
            self.expected(1),
            lamport,
            hybrid,
            hybrid_seen,
            self.concurrent_share(),
            self.expected(2),
            spread as f64 / 1e6,
            self.ahead as f64 / 1e6,
            self.syncs as f64,
        ]
    }
}
