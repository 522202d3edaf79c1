//! The nodes with their clocks, and the events: each with its stamps and with what came directly before it.

use std::collections::VecDeque;

use crate::sim::Nanos;
use crate::systems::clocks::{Causality, HybridClock, HybridStamp, LamportClock, VectorClock, WallClock};

/// How many events back the clocks are held against reachability.
const WINDOW: usize = 24;
/// How many events are kept: news of a write find it within the longest lag at the highest rate.
const KEPT: usize = 240;

/// Flaws that people write: what a receipt does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    LamportUnmerged,
    VectorOverwritten,
    HybridUnmerged,
}

impl Bug {
    pub(super) fn of(value: usize) -> Bug {
        [Bug::None, Bug::LamportUnmerged, Bug::VectorOverwritten, Bug::HybridUnmerged][value.min(3)]
    }
}

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) wall: WallClock,
    lamport: LamportClock,
    vector: VectorClock,
    hybrid: HybridClock,
    /// Its last event.
    last: Option<u64>,
    /// The largest stamps of writes that it has seen, its own among them: wall, Lamport, hybrid.
    pub(super) seen: Stamps,
}

/// Stamps that are ordered, with the node to break ties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps {
    pub(super) wall: (u64, usize),
    pub(super) lamport: (u64, usize),
    pub(super) hybrid: (HybridStamp, usize),
}

impl Stamps {
    /// The larger of each.
    pub(super) fn raise(&mut self, other: &Stamps) {
        self.wall = self.wall.max(other.wall);
        self.lamport = self.lamport.max(other.lamport);
        self.hybrid = self.hybrid.max(other.hybrid);
    }
}

impl Node {
    pub(super) fn new(wall: WallClock) -> Node {
        Node {
            wall,
            lamport: LamportClock::default(),
            vector: VectorClock::new(super::NODES),
            hybrid: HybridClock::default(),
            last: None,
            seen: Stamps::default(),
        }
    }
}

/// A write or the receipt of one.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub(super) at: Nanos,
    pub(super) node: usize,
    pub(super) stamps: Stamps,
    pub(super) vector: VectorClock,
    /// The number of the write, where it is a receipt.
    pub(super) of: Option<u64>,
    /// Whether it is a write that was lost by the wall clock: not, to an earlier one, to one that was seen.
    pub(super) lost: (bool, bool),
    /// What came directly before it: the last event of its node, and the write that it is the receipt of.
    parents: [Option<u64>; 2],
}

/// All nodes and the last events.
#[derive(Clone, Debug)]
pub(super) struct Net {
    pub(super) nodes: Vec<Node>,
    /// The last events; the first of them has the number `first`.
    pub(super) events: VecDeque<Happening>,
    first: u64,
    /// News under way.
    pub(super) flying: u64,
    /// The highest reading of any wall clock at any event.
    highest: u64,
    /// Whether Lamport, vector and hybrid stamps have told the truth so far.
    pub(super) holds: [bool; 3],
}

impl Net {
    pub(super) fn new(nodes: Vec<Node>) -> Net {
        Net { nodes, events: VecDeque::new(), first: 0, flying: 0, highest: 0, holds: [true; 3] }
    }

    /// The event of that number, where it is still kept.
    pub(super) fn event(&self, number: u64) -> Option<&Happening> {
        self.events.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(super) fn event_mut(&mut self, number: u64) -> Option<&mut Happening> {
        self.events.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// A node writes. Returns the number of the event.
    pub(super) fn write(&mut self, node: usize, now: Nanos) -> u64 {
        let own = &mut self.nodes[node];
        let wall = own.wall.read(now);
        own.vector.tick(node);
        let (lamport, hybrid) = (own.lamport.tick(), own.hybrid.tick(wall));
        self.keep(node, now, (wall, lamport, hybrid), None)
    }

    /// News of a write reach a node.
    pub(super) fn receive(&mut self, node: usize, write: u64, now: Nanos, bug: Bug) {
        let Some(sent) = self.event(write).cloned() else { return };
        let own = &mut self.nodes[node];
        let wall = own.wall.read(now);
        let lamport = match bug {
            Bug::LamportUnmerged => own.lamport.tick(),
            _ => own.lamport.receive(sent.stamps.lamport.0),
        };
        let hybrid = match bug {
            // As a new clock would that knows nothing.
            Bug::HybridUnmerged => HybridStamp { l: wall, c: 0 },
            _ => own.hybrid.receive(wall, sent.stamps.hybrid.0),
        };
        if bug == Bug::VectorOverwritten {
            let known = own.vector.count(node);
            own.vector = sent.vector.clone();
            while own.vector.count(node) <= known {
                own.vector.tick(node);
            }
        } else {
            own.vector.receive(node, &sent.vector);
        }
        own.seen.raise(&sent.stamps);
        self.keep(node, now, (wall, lamport, hybrid), Some(write));
    }

    fn keep(
        &mut self,
        node: usize,
        at: Nanos,
        (wall, lamport, hybrid): (u64, u64, HybridStamp),
        of: Option<u64>,
    ) -> u64 {
        let number = self.first + self.events.len() as u64;
        self.highest = self.highest.max(wall);
        let own = &mut self.nodes[node];
        let stamps = Stamps { wall: (wall, node), lamport: (lamport, node), hybrid: (hybrid, node) };
        let parents = [own.last, of];
        let vector = own.vector.clone();
        own.last = Some(number);
        self.events.push_back(Happening { at, node, stamps, vector, of, lost: (false, false), parents });
        self.hold_against_truth(number);
        if self.events.len() > KEPT {
            self.events.pop_front();
            self.first += 1;
        }
        number
    }

    /// The last event against those shortly before it: whether there is a way from one to the other.
    fn hold_against_truth(&mut self, number: u64) {
        let oldest = (number + 1).saturating_sub(WINDOW as u64).max(self.first);
        let before = self.before(number, oldest);
        let Some(this) = self.event(number) else { return };
        let mut holds = [true, true, this.stamps.hybrid.0.l <= self.highest];
        for other in oldest..number {
            let (Some(event), Some(&reached)) = (self.event(other), before.get((other - oldest) as usize))
            else {
                continue;
            };
            let expected = if reached { Causality::Before } else { Causality::Concurrent };
            holds[0] &= !reached || event.stamps.lamport.0 < this.stamps.lamport.0;
            holds[1] &= event.vector.compare(&this.vector) == expected;
            holds[2] &= !reached || event.stamps.hybrid.0 < this.stamps.hybrid.0;
        }
        for (all, now) in self.holds.iter_mut().zip(holds) {
            *all &= now;
        }
    }

    /// Which of the events from `oldest` on happened before the event of that number, by following back what came directly before.
    fn before(&self, number: u64, oldest: u64) -> Vec<bool> {
        let mut reached = vec![false; (number - oldest) as usize];
        let mut open = vec![number];
        while let Some(event) = open.pop().and_then(|number| self.event(number)) {
            for parent in event.parents.into_iter().flatten().filter(|&parent| parent >= oldest) {
                if !std::mem::replace(&mut reached[(parent - oldest) as usize], true) {
                    open.push(parent);
                }
            }
        }
        reached
    }
}
