//! The Maglev table: one look into an array names the node, and the shares differ by about one percent.
//!
//! Each node has an order of its own in which it would like the M entries of a table. The nodes take turns, and whose turn it is
//! takes the first entry of his order that is still free (Eisenbud et al., *Maglev: A Fast and Reliable Software
//! Network Load Balancer*, NSDI 2016, section 3.4). So all get the same number of entries, give or take one. A lookup
//! is one look: the paper takes `hash mod M`, here the entry is the hash scaled to M, as even and without a division
//! (Lemire, *Fast Random Integer Generation in an Interval*, 2019).
//!
//! Where a node leaves, its entries are dealt anew, and since turns shift, a few other entries change hands too: the fewer, the
//! larger the table. That is the price: for a balancer, which also remembers its connections, a good one. M is chosen once
//! for as many nodes as there may ever be, since another M gives every hash another entry.

use super::hash_ring::Place;

/// A Maglev table over nodes of type `N`. Takes 2 bytes an entry. It depends only on the nodes and their weights, not
/// on the order in which they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maglev<N> {
    nodes: Vec<N>,
    table: Vec<u16>,
}

/// Whose entry it is as long as it is nobody's.
const FREE: u16 = u16::MAX;

/// Where one node stands in its order of entries.
struct Turn {
    at: u64,
    skip: u64,
    weight: u64,
    /// The entries it has taken, times the largest weight: it waits while this is ahead of the round.
    taken: u64,
}

impl<N: Place + Ord> Maglev<N> {
    /// A table of at least `entries` entries, rounded up to a prime, for nodes with their weights. One of weight 0 owns
    /// nothing; beyond 65,535 nodes the last ones are left out. Expected O(M log M).
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = (N, u32)>, entries: u32) -> Self {
        let mut weighted: Vec<(N, u32)> = nodes.into_iter().filter(|(_, weight)| *weight > 0).collect();
        weighted.sort();
        weighted.dedup_by(|a, b| a.0 == b.0);
        weighted.truncate(usize::from(FREE));
        let size = next_prime(u64::from(entries).max(2));
        let heaviest = weighted.iter().map(|(_, weight)| u64::from(*weight)).max().unwrap_or(1);
        let turns = weighted.iter().map(|(node, weight)| {
            let point = node.point();
            // Two hashes of the name: where its order begins, and by how much it goes on. M is prime, so every step visits all.
            let skip = point.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32) % (size - 1) + 1;
            Turn { at: point % size, skip, weight: u64::from(*weight), taken: 0 }
        });
        let table = deal(turns.collect(), size, heaviest);
        Maglev { nodes: weighted.into_iter().map(|(node, _)| node).collect(), table }
    }

    /// The owner of a key; nothing where there are no nodes. O(1).
    #[must_use]
    pub fn owner<K: Place + ?Sized>(&self, key: &K) -> Option<&N> {
        self.owner_at(key.point())
    }

    /// The owner of a hash, whose upper bits count most. O(1): one multiplication and one look into the table.
    #[must_use]
    pub fn owner_at(&self, hash: u64) -> Option<&N> {
        let place = (u128::from(hash) * self.table.len() as u128) >> 64;
        let entry = self.table[place as usize];
        self.nodes.get(usize::from(entry))
    }

    /// How many entries each node has, in the order of the nodes.
    #[must_use]
    pub fn entries(&self) -> Vec<(&N, usize)> {
        let mut counts = vec![0; self.nodes.len()];
        for &entry in &self.table {
            if let Some(count) = counts.get_mut(usize::from(entry)) {
                *count += 1;
            }
        }
        self.nodes.iter().zip(counts).collect()
    }

    /// How many entries the table has: a prime.
    #[must_use]
    pub fn size(&self) -> usize {
        self.table.len()
    }

    /// Bytes of the table.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.len() * 2
    }
}

/// Deals the entries out, one a turn; a node of half the largest weight has every second turn.
fn deal(mut turns: Vec<Turn>, size: u64, heaviest: u64) -> Vec<u16> {
    let mut table = vec![FREE; size as usize];
    let mut left = if turns.is_empty() { 0 } else { size };
    let mut round = 0;
    while left > 0 {
        round += 1;
        for (index, turn) in turns.iter_mut().enumerate() {
            if turn.taken + heaviest > round * turn.weight {
                continue;
            }
            while table[turn.at as usize] != FREE {
                turn.at = (turn.at + turn.skip) % size;
            }
            table[turn.at as usize] = index as u16;
            turn.taken += heaviest;
            left -= 1;
            if left == 0 {
                break;
            }
        }
    }
    table
}

/// The smallest prime that is at least `n`, by trial division: O(sqrt n) each.
fn next_prime(n: u64) -> u64 {
    let prime = |n: u64| {
        n >= 2 && (2..).take_while(|divisor| divisor * divisor <= n).all(|divisor| !n.is_multiple_of(divisor))
    };
    (n..).find(|&n| prime(n)).unwrap_or(n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_sizes_are_primes() {
        // The paper's two sizes are primes and stay; what lies between goes up.
        for (n, prime) in
            [(2, 2), (4, 5), (65_537, 65_537), (655_373, 655_373), (65_536, 65_537), (1_000, 1_009)]
        {
            assert_eq!(next_prime(n), prime);
        }
    }

    #[test]
    fn shares_differ_by_one_entry() {
        let table = Maglev::new((0..100_u32).map(|node| (node, 1)), 10_000);
        assert_eq!((table.size(), table.bytes()), (10_007, 20_014));
        assert!(table.entries().iter().all(|(_, count)| (100..=101).contains(count)));
    }

    #[test]
    fn weights_buy_entries() {
        let table = Maglev::new([(1_u32, 1), (2, 2), (3, 5), (4, 0)], 10_007);
        let counts: Vec<usize> = table.entries().into_iter().map(|(_, count)| count).collect();
        for (count, weight) in counts.iter().zip([1.0, 2.0, 5.0]) {
            assert!((*count as f64 - 10_007.0 * weight / 8.0).abs() <= 2.0, "{counts:?}");
        }
        assert_eq!(counts.len(), 3);
    }

    #[test]
    fn few_entries_change_hands_without_need() {
        // The paper promises few, the fewer the larger the table: with 655 entries a node under 3%, and not none.
        let full = Maglev::new((0..100_u32).map(|node| (node, 1)), 65_537);
        let less = Maglev::new((1..100_u32).map(|node| (node, 1)), 65_537);
        // The smallest hash of each entry.
        let hashes = (0..65_537_u128).map(|entry| (entry << 64).div_ceil(65_537) as u64);
        let needless = hashes
            .filter(|&hash| full.owner_at(hash) != Some(&0) && full.owner_at(hash) != less.owner_at(hash));
        let share = needless.count() as f64 / 65_537.0;
        assert!(share > 0.0 && share < 0.03, "{share}");
    }

    #[test]
    fn each_entry_has_its_share_of_the_hashes() {
        let table = Maglev::new((0..3_u32).map(|node| (node, 1)), 7);
        for entry in 0..7_u128 {
            let (first, last) = ((entry << 64).div_ceil(7), ((entry + 1) << 64).div_ceil(7) - 1);
            let owner = table.nodes.get(usize::from(table.table[entry as usize]));
            assert_eq!(
                (table.owner_at(first as u64), table.owner_at(last as u64)),
                (owner, owner),
                "{entry}"
            );
        }
    }

    #[test]
    fn without_nodes_nobody_owns() {
        assert_eq!(Maglev::<u32>::new([], 7).owner("key"), None);
        assert_eq!(Maglev::new([(5_u32, 1)], 0).owner("key"), Some(&5));
    }

    proptest! {
        #[test]
        fn the_order_of_the_nodes_does_not_matter(
            nodes in proptest::sample::subsequence((0_u32..40).collect::<Vec<_>>(), 1..12).prop_shuffle(), entries in 1_u32..500,
        ) {
            let mut sorted = nodes.clone();
            sorted.sort_unstable();
            let table = |nodes: Vec<u32>| Maglev::new(nodes.into_iter().map(|node| (node, 1 + node % 3)), entries);
            let built = table(nodes);
            prop_assert_eq!(&built, &table(sorted));
            prop_assert_eq!(built.entries().iter().map(|(_, count)| count).sum::<usize>(), built.size());
        }
    }
}
