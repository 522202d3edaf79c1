//! Consistent hashing with bounded loads: no node takes more than (1 + e) times its fair part.
//!
//! The ring says where a key would like to be. A node that is full passes it on, clockwise, to the first that has room
//! (Mirrokni, Thorup, Zadimoghaddam, *Consistent Hashing with Bounded Loads*, SODA 2018). Full is ceil((1 + e) m w / W) keys for m keys
//! in all and a node of weight w of W. So the largest load is a promise and not a matter of luck, and a change of one node
//! or key moves O(1/e^2) keys on average beyond those that must. A small e is a flat load and many moves.
//!
//! It is used where what is placed is alive: sessions, connections, requests in flight. Where a key is asked for again,
//! the walk must be taken again and lead to the same node, or the placement be remembered, as here.

use super::hash_ring::{HashRing, Place};

/// A ring whose nodes fill up. Counts the keys of each node; where a key went is the caller's to remember.
#[derive(Clone, Debug)]
pub struct BoundedLoads<N> {
    ring: HashRing<N>,
    /// By member of the ring.
    loads: Vec<u64>,
    capacities: Vec<u64>,
}

/// Where a key went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<'a, N> {
    /// The node that took it.
    pub node: &'a N,
    /// How many virtual nodes were asked, the last one included.
    pub asked: u32,
}

impl<N: Place + Ord> BoundedLoads<N> {
    /// Room for `keys` keys on the nodes of `ring`, none of them more than 1 + `excess` times its fair part (`excess` above 0).
    #[must_use]
    pub fn new(ring: HashRing<N>, keys: u64, excess: f64) -> Self {
        let all: u64 = ring.nodes().map(|(_, weight)| u64::from(weight)).sum();
        let capacity = |weight| {
            ((1.0 + excess.max(0.0)) * keys as f64 * f64::from(weight) / all.max(1) as f64).ceil() as u64
        };
        let capacities: Vec<u64> = ring.nodes().map(|(_, weight)| capacity(weight)).collect();
        BoundedLoads { loads: vec![0; capacities.len()], capacities, ring }
    }

    /// Places a key: at its node on the ring or at the first behind it that has room. Nothing where all are full, which takes more
    /// keys than the room was made for. Expected O(1/e^2).
    pub fn place(&mut self, point: u64) -> Option<Placed<'_, N>> {
        let mut asked = 0;
        let (member, node) = self.ring.clockwise(point).find(|(member, _)| {
            asked += 1;
            self.loads[*member] < self.capacities[*member]
        })?;
        self.loads[member] += 1;
        Some(Placed { node, asked })
    }

    /// The ring.
    #[must_use]
    pub fn ring(&self) -> &HashRing<N> {
        &self.ring
    }

    /// For each node, in order: how many keys it has, and how many it can have.
    pub fn loads(&self) -> impl Iterator<Item = (&N, u64, u64)> {
        let nodes = self.ring.nodes().map(|(node, _)| node);
        nodes
            .zip(self.loads.iter().zip(&self.capacities))
            .map(|(node, (&load, &capacity))| (node, load, capacity))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(nodes: impl IntoIterator<Item = (u32, u32)>, seed: u64) -> HashRing<u32> {
        let mut ring = HashRing::with_seed(5, seed);
        ring.extend(nodes);
        ring
    }

    proptest! {
        #[test]
        fn nobody_is_over_the_bound_and_a_key_goes_to_the_first_with_room(
            weights in proptest::collection::vec(1_u32..4, 1..12), keys in 1_u64..400, excess in 0.01_f64..2.0, seed: u64,
        ) {
            let all: u32 = weights.iter().sum();
            let ring = ring((0_u32..).zip(weights.iter().copied()), seed);
            let mut bounded = BoundedLoads::new(ring.clone(), keys, excess);
            let mut counts = vec![0_u64; weights.len()];
            let capacity = |node: usize| {
                ((1.0 + excess) * keys as f64 * f64::from(weights[node]) / f64::from(all)).ceil() as u64
            };
            for key in 0..keys {
                let point = key.wrapping_add(seed).point();
                let expected = ring.preference_list(&key.wrapping_add(seed), 12).into_iter().copied()
                    .find(|&node| counts[node as usize] < capacity(node as usize));
                let placed = bounded.place(point).map(|placed| *placed.node);
                prop_assert_eq!(placed, expected);
                let node = placed.expect("there is room for all of them") as usize;
                counts[node] += 1;
                prop_assert!(counts[node] <= capacity(node));
            }
            prop_assert_eq!(bounded.loads().map(|(_, load, _)| load).collect::<Vec<_>>(), counts);
        }
    }

    #[test]
    fn much_room_is_the_ring_itself() {
        let ring = ring((0..8).map(|node| (node, 1)), 3);
        let mut bounded = BoundedLoads::new(ring.clone(), 1_000, 1_000.0);
        for key in 0..1_000_u64 {
            let placed = bounded.place(key.point());
            assert_eq!(placed, ring.owner(&key).map(|node| Placed { node, asked: 1 }));
        }
    }

    #[test]
    fn where_all_are_full_nobody_takes_it() {
        let mut bounded = BoundedLoads::new(ring([(1, 1), (2, 1)], 0), 4, 0.0);
        for key in 0..4_u64 {
            assert!(bounded.place(key.point()).is_some());
        }
        assert_eq!(bounded.place(9), None);
        assert_eq!(BoundedLoads::new(ring([], 0), 4, 1.0).place(9), None);
    }
}
