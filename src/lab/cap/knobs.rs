//! What the controls say, and what follows from them without a run.

use crate::lab::Settings;
use crate::sim::{Link, Nanos, Network};
use crate::systems::replica::leaderless::{Asks, Config, Flaw, Repair};
use crate::systems::replica::{Merge, NodeId};

/// The replicas: two in the west, one in the east.
pub(super) const NODES: usize = 3;
/// Whom clients in the west talk to.
pub(super) const WEST: NodeId = 0;
/// The east, as a side and as its replica.
pub(super) const EAST: NodeId = 2;
/// How many sides there are.
pub(super) const SIDES: usize = 2;
/// From the end of an update to the beginning of the next.
pub(super) const PAUSE: Nanos = Nanos::from_millis(100);
/// When the link is cut.
const BEGINS: Nanos = Nanos::from_secs(5);
/// What a client's own replica takes, there and back each.
const OWN: Nanos = Nanos::from_micros(500);

pub(super) const MERGES: &[&str] = &["last-write", "siblings", "add"];
pub(super) const BUGS: &[&str] = &["none", "majority-for-all", "own-majority", "first-sibling"];

/// What is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    MajorityForAll,
    OwnMajority,
    FirstSibling,
}

/// The controls.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Knobs {
    pub(super) strict_updates: f64,
    pub(super) strict_reads: f64,
    pub(super) merge: Merge,
    partition: Nanos,
    distance: Nanos,
    pub(super) reads: f64,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        Knobs {
            strict_updates: settings.get("strict_updates"),
            strict_reads: settings.get("strict_reads"),
            merge: match settings.count("merge") {
                0 => Merge::LastWrite,
                1 => Merge::Siblings,
                _ => Merge::Sum,
            },
            partition: Nanos::from_secs_f64(settings.get("partition")),
            distance: Nanos::from_secs_f64(settings.get("distance") / 1e3),
            reads: settings.get("reads"),
            bug: match settings.count("bug") {
                0 => Bug::None,
                1 => Bug::MajorityForAll,
                2 => Bug::OwnMajority,
                _ => Bug::FirstSibling,
            },
        }
    }

    pub(super) fn all_strict(&self) -> bool {
        self.strict_updates >= 100.0 && self.strict_reads >= 100.0
    }

    pub(super) fn config(&self) -> Config {
        Config {
            members: NODES,
            n: NODES,
            w: 2,
            r: 2,
            asks: Asks::All,
            repair: Repair::WriteBack,
            sloppy: false,
            merge: self.merge,
            patience: Nanos::from_secs(1),
            // Two round trips, and a bit.
            timeout: self.distance * 4 + Nanos::from_millis(100),
            suspect_for: Nanos::from_secs(2),
            handoff_every: Nanos::from_secs(1),
            sync_every: Some(Nanos::from_millis(400)),
            flaw: Flaw::None,
        }
    }

    pub(super) fn link(&self) -> Link {
        Link { delay: self.distance, ..Link::default() }
    }

    pub(super) fn network(&self) -> Network {
        let mut network = Network::new(NODES, self.link());
        for node in 0..NODES {
            network.set_link(node, node, Link { delay: OWN, ..Link::default() });
        }
        network
    }

    /// When the link is next cut, or heals where it is cut.
    pub(super) fn next_turn(&self, now: Nanos, cut: bool) -> Option<Nanos> {
        let ends = BEGINS + self.partition;
        match cut {
            // What was cut by hand after the time for it remains until it is mended.
            true => (now < ends).then_some(ends),
            false => (now < BEGINS && self.partition > Nanos::ZERO).then_some(BEGINS),
        }
    }

    /// The updates that are expected to be lost after so long a cut: where none is strict and the last write wins, both
    /// sides go on by turns, and one side's are lost. Without a cut none is, as long as each comes over before the next
    /// begins.
    pub(super) fn lost_theory(&self, cut: Nanos) -> f64 {
        let update = PAUSE + OWN * 4;
        if self.all_strict() || self.merge != Merge::LastWrite {
            0.0
        } else if self.strict_updates == 0.0 && self.distance < PAUSE && self.bug == Bug::None {
            cut.as_secs_f64() / update.as_secs_f64() / 2.0
        } else {
            f64::NAN
        }
    }

    /// The mean time of a strict read in milliseconds: the second answer comes from afar. What it saw is on two replicas in
    /// most cases, so that nothing is written back.
    pub(super) fn strict_theory(&self) -> f64 {
        if self.strict_reads > 0.0 { 2.0 * self.distance.as_millis_f64() } else { f64::NAN }
    }
}
