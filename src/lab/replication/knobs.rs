//! The controls of the demo, as its parts need them.

use crate::lab::Settings;
use crate::sim::Nanos;
use crate::systems::replica::{chain, leader, manager, multi};

/// How often a leader, and every node of a chain, says that it lives.
pub(super) const HEARTBEAT: Nanos = Nanos::from_millis(250);
/// How long it takes to force a write to a disk.
pub(super) const DISK: Nanos = Nanos::from_millis(5);
/// How far a client is from every node.
pub(super) const NEAR: Nanos = Nanos::from_millis(2);

/// Where writes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topology {
    Single,
    Multi(multi::Resolve),
    Chain,
}

/// What befalls the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    Crash,
    Partition,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    FixedHeir,
    AckEarly,
    NoEpochCheck,
    OwnClock,
}

/// The controls, as the scenario needs them.
#[derive(Clone, Debug)]
pub(super) struct Knobs {
    pub(super) topology: Topology,
    /// How many nodes there are, and how many followers have a write before its client is told.
    pub(super) nodes: usize,
    pub(super) acks: usize,
    pub(super) fault: Fault,
    /// One way between node 0 and node 1; every node further on is that much further away.
    pub(super) delay: Nanos,
    pub(super) jitter: Nanos,
    /// Writes a second.
    pub(super) rate: f64,
    pub(super) detect: Nanos,
    pub(super) fencing: bool,
    pub(super) bug: Bug,
}

impl Knobs {
    pub(super) fn of(settings: &Settings) -> Knobs {
        let of = |name: &str| settings.get(name);
        let followers = of("followers") as usize;
        let asked = [0, 1, 2, followers][(of("acks") as usize).min(3)];
        Knobs {
            topology: match of("topology") as usize {
                0 => Topology::Single,
                1 => Topology::Multi(multi::Resolve::LastWrite),
                2 => Topology::Multi(multi::Resolve::Siblings),
                _ => Topology::Chain,
            },
            nodes: followers + 1,
            acks: asked.min(followers),
            fault: match of("fault") as usize {
                0 => Fault::None,
                1 => Fault::Crash,
                _ => Fault::Partition,
            },
            delay: Nanos::from_secs_f64(of("delay") / 1e3),
            jitter: Nanos::from_secs_f64(of("jitter") / 1e3),
            rate: of("rate"),
            detect: Nanos::from_secs_f64(of("detect")),
            fencing: of("fencing") != 0.0,
            bug: match of("bug") as usize {
                0 => Bug::None,
                1 => Bug::FixedHeir,
                2 => Bug::AckEarly,
                3 => Bug::NoEpochCheck,
                _ => Bug::OwnClock,
            },
        }
    }

    /// How far two nodes are from each other: the later one says it, so node 2 is twice as far from 0 and 1 as they are
    /// from each other. The manager stands beside node 1.
    pub(super) fn distance(&self, one: usize, other: usize) -> Nanos {
        let place = |node: usize| if node >= self.nodes { 1 } else { node };
        self.delay * place(one).max(place(other)).max(1) as u64
    }

    fn fences(&self) -> bool {
        self.fencing && self.bug != Bug::NoEpochCheck
    }

    pub(super) fn leader(&self) -> leader::Config {
        leader::Config {
            nodes: self.nodes,
            acks: self.acks,
            heartbeat: HEARTBEAT,
            disk: DISK,
            fencing: self.fences(),
            manager: self.nodes,
            flaw: if self.bug == Bug::AckEarly { leader::Flaw::AckBeforeDisk } else { leader::Flaw::None },
        }
    }

    pub(super) fn manager(&self) -> manager::Config {
        manager::Config {
            nodes: self.nodes,
            acks: self.acks,
            detect: self.detect,
            // The farthest node's answer, unless it is very late.
            patience: self.distance(0, self.nodes - 1) * 2 + self.jitter * 4 + Nanos::from_millis(20),
            flaw: if self.bug == Bug::FixedHeir { manager::Flaw::FixedHeir } else { manager::Flaw::None },
        }
    }

    pub(super) fn chain(&self) -> chain::Config {
        chain::Config {
            nodes: self.nodes,
            heartbeat: HEARTBEAT,
            disk: DISK,
            fencing: self.fences(),
            master: self.nodes,
            flaw: if self.bug == Bug::AckEarly { chain::Flaw::AckAtHead } else { chain::Flaw::None },
        }
    }

    pub(super) fn multi(&self) -> multi::Config {
        let resolve =
            if let Topology::Multi(resolve) = self.topology { resolve } else { multi::Resolve::LastWrite };
        multi::Config {
            nodes: self.nodes,
            again: Nanos::from_secs(1),
            disk: DISK,
            behind: Nanos::from_millis(400),
            resolve,
            flaw: if self.bug == Bug::OwnClock { multi::Flaw::OwnClock } else { multi::Flaw::None },
        }
    }
}
