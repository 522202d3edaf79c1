//! Where all keys are, and what a change of it moved.
//!
//! A placement is made once and never changed. It is made by looking up every key, so what is counted here
//! is what the implementation does, and the invariants compare it with what is known in advance.

use std::sync::Arc;

use super::Node;
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::hash_ring::{self, HashRing, Modulo, Place};

/// How many keys the picture shows.
const SHOWN_KEYS: usize = 300;

/// The keys, by their points on the circle.
pub(super) struct Population {
    /// In order: neighbours on the circle are neighbours in memory, so looking all up is fast.
    pub(super) points: Vec<u64>,
    /// The place of the hot key among them.
    pub(super) hot: usize,
    /// The places of the keys that the picture shows.
    pub(super) shown: Vec<usize>,
}

impl Population {
    /// The first `count` keys of the seed, so that a larger population holds the smaller one.
    pub(super) fn new(seed: Seed, count: usize) -> Population {
        let mut keys = Rng::stream(seed, "keys");
        let mut points: Vec<u64> = (0..count).map(|_| keys.next_u64().point()).collect();
        let first: Vec<u64> = points.iter().copied().take(SHOWN_KEYS).collect();
        points.sort_unstable();
        let place = |point: &u64| points.partition_point(|other| other < point);
        let shown: Vec<usize> = first.iter().map(place).collect();
        Population { hot: shown.first().copied().unwrap_or(0), shown, points }
    }
}

/// Where all keys are: never changed once made.
pub(super) struct Placement {
    pub(super) members: Vec<Node>,
    pub(super) ring: HashRing<Node>,
    pub(super) modulo: Modulo<Node>,
    /// The owner of each key of the population: on the ring, under hash mod n.
    pub(super) owners: [Vec<Node>; 2],
    /// Keys under hash mod n, by member.
    pub(super) modulo_keys: Vec<usize>,
    /// Parts of the circle, by member.
    pub(super) parts: Vec<f64>,
    pub(super) spread: f64,
    pub(super) largest: f64,
    /// Whether each key has one owner among the members and the owned parts sum to the circle.
    pub(super) whole: bool,
}

impl Placement {
    /// Looks up every key in both placements. O(keys + n v).
    pub(super) fn new(ring: HashRing<Node>, population: &Population) -> Placement {
        let members: Vec<Node> = ring.nodes().map(|(&node, _)| node).collect();
        let modulo = Modulo::new(members.clone());
        let points = || population.points.iter();
        let on_ring: Vec<Node> = points().filter_map(|&point| ring.owner_at(point).copied()).collect();
        let by_modulo: Vec<Node> = points().filter_map(|&point| modulo.owner_at(point).copied()).collect();
        let owned = ring.owned();
        let parts: Vec<f64> = owned.iter().map(|(_, points)| hash_ring::share(*points)).collect();
        let whole = owned.iter().map(|(_, points)| points).sum::<u128>() == hash_ring::CIRCLE
            && count(&on_ring, &members).iter().sum::<usize>() == population.points.len()
            && by_modulo.len() == population.points.len();
        Placement {
            modulo_keys: count(&by_modulo, &members),
            spread: ring.spread(),
            largest: parts.iter().copied().fold(0.0, f64::max),
            owners: [on_ring, by_modulo],
            members,
            ring,
            modulo,
            parts,
            whole,
        }
    }

    pub(super) fn fair(&self) -> f64 {
        1.0 / self.members.len() as f64
    }
}

/// How many keys each member owns.
fn count(owners: &[Node], members: &[Node]) -> Vec<usize> {
    let mut counts = vec![0; members.last().map_or(0, |&last| usize::from(last) + 1)];
    for &owner in owners {
        if let Some(count) = counts.get_mut(usize::from(owner)) {
            *count += 1;
        }
    }
    members.iter().map(|&member| counts[usize::from(member)]).collect()
}

/// Requests by node.
#[derive(Clone, Default)]
pub(super) struct Load {
    pub(super) by_node: Vec<u64>,
    pub(super) all: u64,
}

impl Load {
    pub(super) fn add(&mut self, node: Node) {
        let index = usize::from(node);
        if index >= self.by_node.len() {
            self.by_node.resize(index + 1, 0);
        }
        self.by_node[index] += 1;
        self.all += 1;
    }

    /// The busiest node's requests over the mean of `nodes` nodes; not a number before the first request.
    pub(super) fn ratio(&self, nodes: usize) -> f64 {
        self.by_node.iter().copied().max().unwrap_or(0) as f64 * nodes as f64 / self.all as f64
    }
}

/// The last change of the placement and what it moved: on the ring, under hash mod n.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) at: Nanos,
    pub(super) title: String,
    pub(super) moved: [f64; 2],
    pub(super) theory: [f64; 2],
    /// Of the moved keys, those that went from one staying node to another.
    pub(super) needless: [f64; 2],
    /// The placement before, for the marks in the picture; nothing once the population is another.
    pub(super) before: Option<Arc<Placement>>,
}

impl Change {
    pub(super) fn new(at: Nanos, title: String, before: &Arc<Placement>, after: &Arc<Placement>) -> Change {
        let (old, new) = (&before.members, &after.members);
        let theory = if old == new {
            // The ring with more virtual nodes holds those of the other. A key moves where the next one in the larger
            // ring is among the additional ones, and the next one in the smaller ring belongs to another node.
            let vnodes = [before, after].map(|placement| placement.ring.vnodes() as usize);
            [hash_ring::expected_moved(vnodes[0], vnodes[1]) * (1.0 - after.fair()), 0.0]
        } else {
            [
                hash_ring::expected_moved(old.len(), new.len()),
                hash_ring::expected_moved_modulo(old.len(), new.len()),
            ]
        };
        let last = old.last().max(new.last()).copied().unwrap_or(0);
        let stays: Vec<bool> = (0..=last)
            .map(|node| old.binary_search(&node).is_ok() && new.binary_search(&node).is_ok())
            .collect();
        let compared = [0, 1].map(|which| {
            let pairs = before.owners[which].iter().zip(&after.owners[which]);
            let moved = pairs.filter(|(was, is)| was != is);
            let (mut all, mut needless) = (0_u64, 0_u64);
            for (was, is) in moved {
                all += 1;
                needless += u64::from(stays[usize::from(*was)] && stays[usize::from(*is)]);
            }
            (all as f64 / after.owners[which].len() as f64, needless as f64 / all as f64)
        });
        Change {
            at,
            title,
            moved: compared.map(|(moved, _)| moved),
            theory,
            needless: compared.map(|(_, needless)| needless),
            before: Some(Arc::clone(before)),
        }
    }
}
