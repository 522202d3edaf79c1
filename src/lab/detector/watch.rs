//! The watcher: detectors side by side on the same heartbeats of every node, and a ladder of thresholds, so that one run gives a
//! whole curve of detection time against mistakes.

use crate::sim::{Nanos, Token};
use crate::systems::detector::{Detector, FixedTimeout, PhiAccrual, Tail};

/// The detectors that live on heartbeats.
pub(super) const FIXED: usize = 0;
pub(super) const PHI: usize = 1;

/// The rungs of the ladder: silences as multiples of the heartbeats' period, and values of phi.
pub(super) const RUNGS: usize = 9;
const TIMEOUTS: [f64; RUNGS] = [1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.5, 6.0];
const PHIS: [f64; RUNGS] = [0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 16.0, 40.0];
/// How many intervals phi learns from.
const WINDOW: usize = 100;

/// What came of a threshold: false suspicions, crashes, and how long they took to find in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    pub(super) mistakes: u64,
    pub(super) found: u64,
    pub(super) seconds: f64,
}

impl Score {
    /// The mean time to find a crash, in seconds; not a number before the first.
    pub(super) fn detect_s(&self) -> f64 {
        self.seconds / self.found as f64
    }

    /// A crash is found, or found again after a late heartbeat: then the last time counts.
    fn find(&mut self, seconds: f64, before: &mut Option<f64>) {
        self.found += u64::from(before.is_none());
        self.seconds += seconds - before.unwrap_or(0.0);
        *before = Some(seconds);
    }
}

/// What the watcher has of a node.
#[derive(Clone, Debug)]
struct Watched {
    fixed: FixedTimeout,
    phi: PhiAccrual,
    /// Whether each suspects it, and the event of its next deadline.
    suspects: [bool; 2],
    armed: [Option<Token>; 2],
    /// When the last heartbeat came.
    last: Nanos,
    /// Since when it is down, by the truth; and how long each took to find that.
    down: Option<Nanos>,
    found: [Option<f64>; 2],
}

/// All that a watcher knows.
#[derive(Clone, Debug)]
pub(super) struct Watcher {
    nodes: Vec<Watched>,
    period: Nanos,
    pub(super) fixed_ladder: [Score; RUNGS],
    pub(super) phi_ladder: [Score; RUNGS],
    /// The two as they are set.
    pub(super) scores: [Score; 2],
}

/// The thresholds as they are set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thresholds {
    pub(super) timeout: Nanos,
    pub(super) phi: f64,
}

fn watched(thresholds: Thresholds, period: Nanos, now: Nanos) -> Watched {
    let usual = (period, Nanos(period.0 / 50));
    Watched {
        fixed: FixedTimeout::new(thresholds.timeout, now),
        phi: PhiAccrual::new(Tail::Normal, thresholds.phi, WINDOW, usual, now),
        suspects: [false; 2],
        armed: [None; 2],
        last: now,
        down: None,
        found: [None; 2],
    }
}

impl Watcher {
    /// Watches `count` nodes that send a heartbeat every `period`.
    pub(super) fn new(count: usize, thresholds: Thresholds, period: Nanos, now: Nanos) -> Watcher {
        Watcher {
            nodes: (0..count).map(|_| watched(thresholds, period, now)).collect(),
            period,
            fixed_ladder: Default::default(),
            phi_ladder: Default::default(),
            scores: Default::default(),
        }
    }

    /// Counts anew, on another network.
    pub(super) fn reset(&mut self, period: Nanos) {
        self.period = period;
        self.fixed_ladder = Default::default();
        self.phi_ladder = Default::default();
        self.scores = Default::default();
    }

    /// Other thresholds; the curve stays, and what was counted for the old ones goes.
    pub(super) fn set(&mut self, thresholds: Thresholds) {
        for node in &mut self.nodes {
            node.fixed.set_timeout(thresholds.timeout);
            node.phi.set_threshold(thresholds.phi);
        }
        self.scores = Default::default();
    }

    /// The silence after which each rung of the ladder suspects a node.
    fn rungs(&self, node: &Watched) -> [(Nanos, Nanos); RUNGS] {
        std::array::from_fn(|rung| {
            let fixed = Nanos((self.period.0 as f64 * TIMEOUTS[rung]) as u64);
            (fixed, node.phi.timeout_at(PHIS[rung]))
        })
    }

    /// The time-out of a rung of the ladder of fixed ones.
    pub(super) fn timeout_of(&self, rung: usize) -> Nanos {
        Nanos((self.period.0 as f64 * TIMEOUTS[rung]) as u64)
    }

    /// A heartbeat of a node has come.
    pub(super) fn heard(&mut self, now: Nanos, node: usize) {
        let Some(one) = self.nodes.get(node) else { return };
        if one.down.is_none() {
            // Whoever would have suspected it in this silence was wrong.
            let silence = now.since(one.last);
            for (rung, (fixed, phi)) in self.rungs(one).into_iter().enumerate() {
                self.fixed_ladder[rung].mistakes += u64::from(silence > fixed);
                self.phi_ladder[rung].mistakes += u64::from(silence > phi);
            }
        }
        let one = &mut self.nodes[node];
        one.last = now;
        one.suspects = [false; 2];
        one.fixed.heard(now);
        one.phi.heard(now);
    }

    /// A flaw: the watcher takes its own sending for a sign of life.
    pub(super) fn sent_itself(&mut self, now: Nanos, node: usize) {
        if let Some(one) = self.nodes.get_mut(node) {
            one.fixed.heard(now);
            one.phi.restart(now);
        }
    }

    /// When the deadline of a detector for a node is, as long as it does not suspect it.
    pub(super) fn deadline(&self, which: usize, node: usize) -> Option<Nanos> {
        let one = self.nodes.get(node).filter(|one| !one.suspects[which])?;
        Some(if which == FIXED { one.fixed.deadline() } else { one.phi.deadline() })
    }

    /// Takes the event that was armed for a deadline, to put another one there.
    pub(super) fn armed(&mut self, which: usize, node: usize) -> Option<&mut Option<Token>> {
        self.nodes.get_mut(node).map(|one| &mut one.armed[which])
    }

    /// The deadline of a detector has come. Returns whether the node lives, and what was found out: `None` where it suspects it already or the
    /// deadline has moved.
    pub(super) fn suspect(&mut self, now: Nanos, which: usize, node: usize) -> Option<bool> {
        let due = self.deadline(which, node).filter(|due| *due <= now)?;
        let one = &mut self.nodes[node];
        one.suspects[which] = true;
        match one.down {
            Some(since) => self.scores[which].find(due.since(since).as_secs_f64(), &mut one.found[which]),
            None => self.scores[which].mistakes += 1,
        }
        Some(one.down.is_none())
    }

    /// A node crashes.
    pub(super) fn crash(&mut self, now: Nanos, node: usize) {
        let Some(one) = self.nodes.get(node) else { return };
        // Who suspects it at this moment was wrong until now, and has found it at once.
        let silence = now.since(one.last);
        for (rung, (fixed, phi)) in self.rungs(one).into_iter().enumerate() {
            self.fixed_ladder[rung].mistakes += u64::from(silence > fixed);
            self.phi_ladder[rung].mistakes += u64::from(silence > phi);
        }
        let one = &mut self.nodes[node];
        one.down = Some(now);
        for which in [FIXED, PHI] {
            if one.suspects[which] {
                self.scores[which].find(0.0, &mut one.found[which]);
            }
        }
    }

    /// A node is up again; what became of the crash is judged.
    pub(super) fn restart(&mut self, now: Nanos, node: usize) {
        let Some(one) = self.nodes.get(node) else { return };
        if let Some(down) = one.down {
            for (rung, (fixed, phi)) in self.rungs(one).into_iter().enumerate() {
                self.fixed_ladder[rung].find((one.last + fixed).since(down).as_secs_f64(), &mut None);
                self.phi_ladder[rung].find((one.last + phi).since(down).as_secs_f64(), &mut None);
            }
        }
        let one = &mut self.nodes[node];
        one.down = None;
        one.found = [None; 2];
        one.last = now;
        one.suspects = [false; 2];
        one.fixed.heard(now);
        // The time that it was down says nothing about the network.
        one.phi.restart(now);
    }

    /// Whether a node that has been down for longer than the time-out and `grace`, and of which nothing was heard for as long, is suspected by
    /// the fixed time-out.
    pub(super) fn complete(&self, now: Nanos, timeout: Nanos, since: Nanos) -> bool {
        let due = |one: &Watched| one.last.max(one.down.unwrap_or(now)).max(since) + timeout;
        self.nodes.iter().all(|one| one.down.is_none() || one.suspects[FIXED] || now <= due(one))
    }

    /// Whether a detector suspects a node.
    pub(super) fn suspects(&self, which: usize, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|one| one.suspects[which])
    }

    /// For how long nothing was heard of a node, and how surprising that is.
    pub(super) fn silence(&self, now: Nanos, node: usize) -> (Nanos, f64) {
        self.nodes.get(node).map_or((Nanos::ZERO, 0.0), |one| (now.since(one.last), one.phi.phi(now)))
    }
}
