//! Jump consistent hash: from a key to one of n numbered buckets, without any table.
//!
//! Imagine the buckets added one by one: with the n-th, each key moves there with probability 1/n, decided by a random number of the
//! key's own. Jump hash leaps from one move of the key to the next and not from bucket to bucket, so it takes about ln n
//! steps (Lamping and Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm*, 2014, arXiv:1406.2294). Shares are
//! as even as chance can make them, and a new last bucket takes 1/n of the keys from all others alike.
//!
//! The price: buckets are the numbers from 0 to n - 1, so only the last can go without a word. A node that
//! leaves from the middle has its number taken over by the last one ([`JumpHash::remove`]), which moves that one's keys too.

/// The bucket of a key, below `buckets`; nothing where there are none. Expected O(log buckets).
#[must_use]
#[inline]
pub fn jump_hash(key: u64, buckets: u32) -> Option<u32> {
    leap(key, buckets).0
}

/// The bucket, and how many steps it took.
#[inline]
fn leap(mut key: u64, buckets: u32) -> (Option<u32>, u32) {
    // Signed numbers: processors turn those into floats and back in one instruction. None here is negative or above 2^63.
    let (mut bucket, mut next, mut steps) = (None, 0_i64, 0);
    while next < i64::from(buckets) {
        bucket = Some(next as u32);
        steps += 1;
        // Knuth's linear congruential generator, as in the paper: part of the placement, never to be changed.
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let fraction = (1_i64 << 31) as f64 / ((key >> 33) as i64 + 1) as f64;
        next = ((next + 1) as f64 * fraction) as i64;
    }
    (bucket, steps)
}

/// A list of nodes with jump hash in front of it. A node may stand in it several times, as its weight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JumpHash<N> {
    nodes: Vec<N>,
}

impl<N: PartialEq> JumpHash<N> {
    /// A list of nodes. The order is the placement.
    #[must_use]
    pub fn new(nodes: Vec<N>) -> Self {
        JumpHash { nodes }
    }

    /// Adds a node at the end: it takes 1/n of the keys, from all others alike.
    pub fn push(&mut self, node: N) {
        self.nodes.push(node);
    }

    /// Takes the node at a place out; the last one takes its number. Keys of both move, and no others. Returns the node,
    /// or nothing where there is no such place.
    pub fn remove(&mut self, place: usize) -> Option<N> {
        (place < self.nodes.len()).then(|| self.nodes.swap_remove(place))
    }

    /// The owner of a hash; nothing where the list is empty. Expected O(log n).
    #[must_use]
    pub fn owner_at(&self, hash: u64) -> Option<&N> {
        jump_hash(hash, self.nodes.len() as u32).and_then(|bucket| self.nodes.get(bucket as usize))
    }

    /// How many steps a lookup of that hash takes: 1 + 1/2 + ... + 1/n on average.
    #[must_use]
    pub fn steps_at(&self, hash: u64) -> u32 {
        leap(hash, self.nodes.len() as u32).1
    }

    /// The nodes in the order of their numbers.
    #[must_use]
    pub fn nodes(&self) -> &[N] {
        &self.nodes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hash_ring::Place;
    use super::*;

    #[test]
    fn buckets_are_the_published_ones() {
        let check =
            |key, buckets, expected| assert_eq!(jump_hash(key, buckets), Some(expected), "{key}, {buckets}");
        check(1, 1, 0);
        check(42, 57, 43);
        check(0xDEAD_10CC, 1, 0);
        check(0xDEAD_10CC, 666, 361);
        check(256, 1_024, 520);
        assert_eq!(jump_hash(7, 0), None);
    }

    #[test]
    fn shares_are_even_and_steps_are_the_harmonic_number() {
        let jump = JumpHash::new((0..10).collect());
        let (mut counts, mut steps) = ([0.0; 10], 0.0);
        for key in 0..100_000_u64 {
            counts[*jump.owner_at(key.point()).expect("ten nodes")] += 1.0;
            steps += f64::from(jump.steps_at(key.point()));
        }
        // Chi-square with 9 degrees of freedom: mean 9, standard deviation sqrt 18; five of them.
        let chi_square: f64 = counts.iter().map(|count: &f64| (count - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi_square < 9.0 + 5.0 * 18.0_f64.sqrt(), "{chi_square}");
        // Step i happens with probability 1/i, independently: mean H(10) = 2.929, variance sum (1/i)(1 - 1/i) = 1.379.
        assert!(
            (steps / 100_000.0 - 2.929).abs() < 4.0 * (1.379 / 100_000.0_f64).sqrt(),
            "{}",
            steps / 100_000.0
        );
    }

    proptest! {
        #[test]
        fn a_new_last_bucket_takes_keys_and_nothing_else_moves(key: u64, buckets in 1_u32..5_000) {
            let (before, after) = (jump_hash(key, buckets), jump_hash(key, buckets + 1));
            prop_assert!(after == before || after == Some(buckets));
        }

        #[test]
        fn a_node_from_the_middle_moves_its_keys_and_those_of_the_last(
            keys in proptest::collection::vec(any::<u64>(), 100), nodes in 2_usize..30, place: usize,
        ) {
            let place = place % nodes;
            let before = JumpHash::new((0..nodes).collect());
            let mut after = before.clone();
            prop_assert_eq!(after.remove(place), Some(place));
            prop_assert_eq!(after.remove(nodes), None);
            for key in keys {
                let (was, is) = (before.owner_at(key), after.owner_at(key));
                prop_assert!(was == is || was == Some(&place) || was == Some(&(nodes - 1)));
                prop_assert!(is != Some(&place));
            }
        }
    }
}
