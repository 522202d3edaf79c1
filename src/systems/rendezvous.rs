//! Rendezvous hashing: every node bids for a key, and the highest bid owns it.
//!
//! A bid is a hash of node and key. All who know the list of nodes reach the same winner without a table (Thaler and
//! Ravishankar, *Using Name-Based Mappings to Increase Hit Rates*, 1998). A node that leaves takes only its own bids
//! with it, so only its keys move, each to its second-highest bidder; a node that joins takes what it now wins. The n
//! best bidders are where n replicas go.
//!
//! With weights a bid is -w / ln u for a hash u in (0, 1): then a node wins exactly in proportion to w, and a change
//! of one weight moves keys only to or from that node (Schindelhauer and Schomaker, *Weighted Distributed Hash Tables*, 2005).
//! A lookup asks every node: O(n).

use super::hash_ring::Place;

/// Nodes with weights that bid for keys. 24 bytes a node and the node itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendezvous<N> {
    /// By weight, then by node: nodes of one weight are compared by their hashes, without a logarithm.
    bidders: Vec<Bidder<N>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Bidder<N> {
    weight: u32,
    point: u64,
    node: N,
}

impl<N: Place + Ord> Rendezvous<N> {
    /// Nodes with their weights. One of weight 0 owns nothing; of a node named twice the last weight counts.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = (N, u32)>) -> Self {
        let mut rendezvous = Rendezvous { bidders: Vec::new() };
        for (node, weight) in nodes {
            rendezvous.insert(node, weight);
        }
        rendezvous
    }

    /// Adds a node, or gives it another weight. O(n).
    pub fn insert(&mut self, node: N, weight: u32) {
        self.remove(&node);
        let bidder = Bidder { weight, point: node.point(), node };
        let place =
            self.bidders.partition_point(|other| (other.weight, &other.node) < (weight, &bidder.node));
        self.bidders.insert(place, bidder);
    }

    /// Removes a node. Returns whether it was there. O(n).
    pub fn remove(&mut self, node: &N) -> bool {
        let place = self.bidders.iter().position(|bidder| bidder.node == *node);
        place.map(|place| self.bidders.remove(place)).is_some()
    }

    /// The owner of a key; nothing where no node has a weight. O(n).
    #[must_use]
    pub fn owner<K: Place + ?Sized>(&self, key: &K) -> Option<&N> {
        self.owner_at(key.point())
    }

    /// The owner of a hash: O(n) hashes, and one logarithm for each different weight.
    #[must_use]
    pub fn owner_at(&self, hash: u64) -> Option<&N> {
        let mut best: Option<(f64, &N)> = None;
        for group in self.bidders.chunk_by(|a, b| a.weight == b.weight) {
            let weight = group[0].weight;
            // The bid grows with the hash, so the largest hash is the highest bid of its weight; the first of equals.
            let mut winner = (0, &group[0]);
            for bidder in group {
                let hash = bid_hash(bidder.point, hash);
                if hash > winner.0 {
                    winner = (hash, bidder);
                }
            }
            let bid = bid(winner.0, weight);
            if weight > 0 && best.is_none_or(|(highest, _)| bid > highest) {
                best = Some((bid, &winner.1.node));
            }
        }
        best.map(|(_, node)| node)
    }

    /// The `count` highest bidders, the owner first: where the replicas of a key go. O(n log n).
    #[must_use]
    pub fn preference_list<K: Place + ?Sized>(&self, key: &K, count: usize) -> Vec<&N> {
        let hash = key.point();
        let bidders = self.bidders.iter().filter(|bidder| bidder.weight > 0);
        let mut bids: Vec<(f64, u32, &N)> = bidders
            .map(|bidder| (bid(bid_hash(bidder.point, hash), bidder.weight), bidder.weight, &bidder.node))
            .collect();
        bids.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        bids.into_iter().take(count).map(|(_, _, node)| node).collect()
    }

    /// How many nodes bid for a key: all of them.
    #[must_use]
    pub fn bids(&self) -> usize {
        self.bidders.len()
    }

    /// Bytes of the list.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bidders.len() * size_of::<Bidder<N>>()
    }
}

/// The hash of a node and a key: the finaliser of SplitMix64 over both.
fn bid_hash(node: u64, key: u64) -> u64 {
    let mut z = node ^ key.rotate_left(32);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A bid: -w / ln u, where u is the hash as a number in (0, 1).
fn bid(hash: u64, weight: u32) -> f64 {
    let u = ((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    f64::from(weight) / -libm::log(u)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn equal(nodes: u32) -> Rendezvous<u32> {
        Rendezvous::new((0..nodes).map(|node| (node, 1)))
    }

    #[test]
    fn shares_follow_the_weights() {
        // 100,000 keys over weights 1, 1, 2, 4: each share p is binomial; five standard deviations.
        let weights = [1, 1, 2, 4];
        let rendezvous = Rendezvous::new((0_u32..).zip(weights));
        let mut counts = [0.0; 4];
        for key in 0..100_000_u64 {
            counts[*rendezvous.owner(&key).expect("four nodes") as usize] += 1.0;
        }
        for (count, weight) in counts.into_iter().zip(weights) {
            let p = f64::from(weight) / 8.0;
            let seen: f64 = count / 100_000.0;
            assert!((seen - p).abs() < 5.0 * (p * (1.0 - p) / 100_000.0).sqrt(), "weight {weight}: {seen}");
        }
    }

    #[test]
    fn nobody_and_nothing() {
        assert_eq!(equal(0).owner("key"), None);
        assert_eq!(Rendezvous::new([(7_u32, 0)]).owner("key"), None);
        let mut one = equal(1);
        assert_eq!(one.owner("key"), Some(&0));
        assert!(one.remove(&0) && !one.remove(&0) && one.bids() == 0 && one.bytes() == 0);
    }

    proptest! {
        #[test]
        fn the_owner_is_the_first_of_the_preference_list(
            weights in proptest::collection::btree_map(0_u32..50, 0_u32..5, 0..12), keys in proptest::collection::vec(any::<u64>(), 30),
        ) {
            let positive = weights.values().filter(|&&weight| weight > 0).count();
            let rendezvous = Rendezvous::new(weights);
            for key in keys {
                let list = rendezvous.preference_list(&key, 50);
                prop_assert_eq!(rendezvous.owner(&key), list.first().copied());
                prop_assert_eq!(list.len(), positive);
            }
        }

        #[test]
        fn a_leaver_moves_only_its_keys_each_to_its_next_bidder(
            nodes in 2_u32..20, leaver: u32, keys in proptest::collection::vec(any::<u64>(), 100),
        ) {
            let (before, leaver) = (equal(nodes), leaver % nodes);
            let mut after = before.clone();
            after.remove(&leaver);
            for key in &keys {
                let list = before.preference_list(key, 2);
                let expected = if list[0] == &leaver { list[1] } else { list[0] };
                prop_assert_eq!(after.owner(key), Some(expected));
            }
        }

        #[test]
        fn a_larger_weight_only_wins_keys(
            nodes in 2_u32..20, heavier: u32, weight in 2_u32..9, keys in proptest::collection::vec(any::<u64>(), 100),
        ) {
            let (before, heavier) = (equal(nodes), heavier % nodes);
            let mut after = before.clone();
            after.insert(heavier, weight);
            for key in &keys {
                let (was, is) = (before.owner(key), after.owner(key));
                prop_assert!(was == is || is == Some(&heavier));
            }
        }
    }
}
