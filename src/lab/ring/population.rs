//! The keys, by their points on the circle.

use crate::sim::{Rng, Seed};
use crate::systems::hash_ring::Place;

/// How many keys the picture shows.
const SHOWN_KEYS: usize = 300;

/// The keys: never changed once made.
pub(super) struct Population {
    /// In order: neighbours on the circle are neighbours in memory, so looking all up is fast.
    pub(super) points: Vec<u64>,
    /// The places of the keys in the order of their numbers: in which they come to be placed.
    pub(super) order: Vec<u32>,
    /// The place of the hot key among them.
    pub(super) hot: usize,
    /// The places of the keys that the picture shows.
    pub(super) shown: Vec<usize>,
}

impl Population {
    /// The first `count` keys of the seed, so that a larger population holds the smaller one.
    pub(super) fn new(seed: Seed, count: usize) -> Population {
        let mut keys = Rng::stream(seed, "keys");
        let mut numbered: Vec<(u64, u32)> =
            (0..count as u32).map(|number| (keys.next_u64().point(), number)).collect();
        numbered.sort_unstable();
        let mut order = vec![0; count];
        for (place, (_, number)) in (0..).zip(&numbered) {
            order[*number as usize] = place;
        }
        let shown: Vec<usize> = order.iter().take(SHOWN_KEYS).map(|&place| place as usize).collect();
        Population {
            hot: shown.first().copied().unwrap_or(0),
            shown,
            order,
            points: numbered.into_iter().map(|(point, _)| point).collect(),
        }
    }
}
