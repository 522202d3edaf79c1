//! A consistent-hash ring with virtual nodes and weights, and beside it `hash mod n`, which it replaces.
//!
//! Nodes and keys are hashed onto one circle of 2^64 points. A key belongs to the first node found
//! clockwise, at its own point or after it (Karger et al., *Consistent Hashing and Random Trees*, STOC
//! 1997). A node that joins takes keys only from its successors on the circle, and a node that leaves
//! gives its keys only to them, so a change of membership moves a share of about 1/n of the keys and not
//! nearly all of them.
//!
//! With one point a node, the shares are very uneven. Each node is therefore placed at many points, its
//! virtual nodes (DeCandia et al., *Dynamo*, SOSP 2007): the spread of the shares falls as one over the
//! square root of their number ([`expected_spread`]).
//!
//! The hash is fixed for all platforms and for good, since a placement outlives the process that made it:
//! FNV-1a for bytes (Fowler, Noll, Vo), then the finaliser of SplitMix64 (Steele, Lea, Flood, 2014),
//! without which FNV leaves similar names near each other. It does not resist an attacker who chooses keys.

/// How many points the circle has.
pub const CIRCLE: u128 = 1 << 64;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What can be placed on the circle. The same value has the same point on every platform and in every version.
pub trait Place {
    /// Its point on the circle.
    fn point(&self) -> u64;
}

/// A number is placed by its value, whatever its width.
impl Place for u64 {
    #[inline]
    fn point(&self) -> u64 {
        mix(self.wrapping_add(GOLDEN))
    }
}

impl Place for u32 {
    #[inline]
    fn point(&self) -> u64 {
        u64::from(*self).point()
    }
}

impl Place for u16 {
    #[inline]
    fn point(&self) -> u64 {
        u64::from(*self).point()
    }
}

impl Place for u8 {
    #[inline]
    fn point(&self) -> u64 {
        u64::from(*self).point()
    }
}

impl Place for [u8] {
    #[inline]
    fn point(&self) -> u64 {
        mix(fnv_1a(self))
    }
}

impl Place for str {
    #[inline]
    fn point(&self) -> u64 {
        self.as_bytes().point()
    }
}

impl Place for String {
    #[inline]
    fn point(&self) -> u64 {
        self.as_bytes().point()
    }
}

impl<T: Place + ?Sized> Place for &T {
    #[inline]
    fn point(&self) -> u64 {
        (**self).point()
    }
}

/// A consistent-hash ring over nodes of type `N`. Its state depends only on the nodes, their weights, the
/// number of virtual nodes and the seed, never on the order of changes. Memory: about 20 bytes a virtual node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashRing<N> {
    vnodes: u32,
    seed: u64,
    /// In order, so that a member's index is its rank and breaks ties.
    members: Vec<Member<N>>,
    /// In order of point, then member.
    tokens: Vec<Token>,
    /// `starts[b]` is the first token whose leading bits are at least `b`; one more entry than buckets.
    starts: Vec<u32>,
    /// How far a point is shifted to give its bucket.
    shift: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member<N> {
    node: N,
    weight: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Token {
    point: u64,
    member: u32,
}

/// A part of the circle: the points after `start`, up to and including `end`, clockwise.
/// Where both are equal and `points` is not 0, it is the whole circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc<'a, N> {
    /// The point before the first.
    pub start: u64,
    /// The last point: where the owner's virtual node stands.
    pub end: u64,
    /// How many points it has, up to 2^64; 0 where two virtual nodes share a point.
    pub points: u128,
    /// The owner.
    pub node: &'a N,
}

impl<N: Place + Ord> HashRing<N> {
    /// An empty ring on which a node of weight 1 is placed at `vnodes` points.
    #[must_use]
    pub fn new(vnodes: u32) -> Self {
        Self::with_seed(vnodes, 0)
    }

    /// The same with a seed: another seed places the nodes elsewhere, and the keys where they were.
    #[must_use]
    pub fn with_seed(vnodes: u32, seed: u64) -> Self {
        HashRing { vnodes, seed, members: Vec::new(), tokens: Vec::new(), starts: Vec::new(), shift: 63 }
    }

    /// Adds a node that is placed at `weight` times the ring's virtual nodes; weight 0 owns nothing. A node
    /// that is there already gets the new weight. Returns the weight it had. O(n v) for n nodes of v virtual nodes.
    pub fn insert(&mut self, node: N, weight: u32) -> Option<u32> {
        let before = self.put(node, weight);
        self.rebuild_index();
        before
    }

    /// Adds nodes with their weights, as [`HashRing::insert`] does one by one, but sorts once: O(n v log(n v)).
    pub fn extend(&mut self, nodes: impl IntoIterator<Item = (N, u32)>) {
        for (node, weight) in nodes {
            self.put(node, weight);
        }
        self.rebuild_index();
    }

    /// Removes a node and returns the weight it had, or nothing where it is not there. O(n v).
    pub fn remove(&mut self, node: &N) -> Option<u32> {
        let index = self.rank(node).ok()?;
        let weight = self.members.remove(index).weight;
        self.tokens.retain(|token| token.member as usize != index);
        for token in &mut self.tokens {
            token.member -= u32::from(token.member as usize > index);
        }
        self.rebuild_index();
        Some(weight)
    }

    /// The owner of a key; nothing where no node has a virtual node. Expected O(1), at worst O(log(n v)):
    /// a binary search among the few virtual nodes that share the key's leading bits.
    #[must_use]
    pub fn owner<K: Place + ?Sized>(&self, key: &K) -> Option<&N> {
        self.owner_at(key.point())
    }

    /// The owner of a point of the circle, at the same cost.
    #[must_use]
    pub fn owner_at(&self, point: u64) -> Option<&N> {
        let token = self.tokens.get(self.successor(point)?)?;
        Some(&self.members[token.member as usize].node)
    }

    /// The first `count` different nodes clockwise from a key, the owner first: where a store puts the
    /// replicas of the key (the preference list of Dynamo, section 4.3). Fewer where there are fewer nodes.
    #[must_use]
    pub fn preference_list<K: Place + ?Sized>(&self, key: &K, count: usize) -> Vec<&N> {
        let mut seen = vec![false; self.members.len()];
        self.clockwise(key.point())
            .filter(|&(member, _)| !std::mem::replace(&mut seen[member], true))
            .take(count)
            .map(|(_, node)| node)
            .collect()
    }

    /// All virtual nodes clockwise from a point, once around: the rank of the node among the nodes, and the node.
    pub fn clockwise(&self, point: u64) -> impl Iterator<Item = (usize, &N)> {
        let first = self.successor(point).unwrap_or(0);
        let tokens = self.tokens[first..].iter().chain(&self.tokens[..first]);
        tokens.map(|token| token.member as usize).map(|member| (member, &self.members[member].node))
    }

    /// How many virtual nodes a lookup of that point compares: about 1, since the index leaves few to search among.
    #[must_use]
    pub fn comparisons_at(&self, point: u64) -> u32 {
        let mut comparisons = 0;
        let (from, to) = self.bucket(point);
        let _ = self.tokens[from..to].partition_point(|token| {
            comparisons += 1;
            token.point < point
        });
        comparisons
    }

    /// Bytes of the virtual nodes and of their index.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.tokens.len() * size_of::<Token>() + self.starts.len() * 4
    }

    /// The nodes with their weights, in order.
    pub fn nodes(&self) -> impl Iterator<Item = (&N, u32)> {
        self.members.iter().map(|member| (&member.node, member.weight))
    }

    /// How many nodes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many virtual nodes a node of weight 1 has.
    #[must_use]
    pub fn vnodes(&self) -> u32 {
        self.vnodes
    }

    /// The arcs clockwise, one for each virtual node. Together they are the whole circle.
    pub fn arcs(&self) -> impl Iterator<Item = Arc<'_, N>> {
        let last = self.tokens.last().map_or(0, |token| token.point);
        let starts = std::iter::once(last).chain(self.tokens.iter().map(|token| token.point));
        self.tokens.iter().zip(starts).enumerate().map(|(index, (token, start))| {
            let passes_zero = if index == 0 { CIRCLE } else { 0 };
            Arc {
                start,
                end: token.point,
                points: passes_zero + u128::from(token.point) - u128::from(start),
                node: &self.members[token.member as usize].node,
            }
        })
    }

    /// How many points of the circle each node owns, exactly, in the order of the nodes. The sum is
    /// [`CIRCLE`] where there is any virtual node. O(n v).
    #[must_use]
    pub fn owned(&self) -> Vec<(&N, u128)> {
        let mut points = vec![0; self.members.len()];
        for (token, arc) in self.tokens.iter().zip(self.arcs()) {
            points[token.member as usize] += arc.points;
        }
        self.members.iter().map(|member| &member.node).zip(points).collect()
    }

    /// The standard deviation of the shares that the nodes own, relative to the mean share: 0 where all own
    /// alike, √(n-1) where one owns everything. Not a number for an empty ring. O(n v).
    #[must_use]
    pub fn spread(&self) -> f64 {
        let mean = 1.0 / self.len() as f64;
        let from_mean = |points: u128| share(points) - mean;
        let squares =
            self.owned().iter().map(|&(_, points)| from_mean(points) * from_mean(points)).sum::<f64>();
        (squares * mean).sqrt() / mean
    }

    fn rank(&self, node: &N) -> Result<usize, usize> {
        self.members.binary_search_by(|member| member.node.cmp(node))
    }

    /// Adds members and tokens; the tokens are left out of order.
    fn put(&mut self, node: N, weight: u32) -> Option<u32> {
        let before = self.rank(&node).ok().and_then(|_| self.remove(&node));
        let (Ok(index) | Err(index)) = self.rank(&node);
        for token in &mut self.tokens {
            token.member += u32::from(token.member as usize >= index);
        }
        let origin = mix(self.seed.wrapping_add(GOLDEN)) ^ node.point();
        let count = u64::from(self.vnodes) * u64::from(weight);
        // The points are the numbers of a SplitMix64 stream of the node's own: a larger weight keeps them and adds more.
        let tokens = (1..=count).map(|replica| Token {
            point: mix(origin.wrapping_add(replica.wrapping_mul(GOLDEN))),
            member: index as u32,
        });
        self.tokens.extend(tokens);
        self.members.insert(index, Member { node, weight });
        before
    }

    /// Sorts the tokens (those in order stay a run, which the sort merges in O(n v)) and counts them into buckets.
    fn rebuild_index(&mut self) {
        self.tokens.sort();
        let bits = self.tokens.len().next_power_of_two().trailing_zeros().max(1);
        self.shift = 64 - bits;
        self.starts.clear();
        self.starts.resize((1 << bits) + 1, 0);
        for token in &self.tokens {
            self.starts[(token.point >> self.shift) as usize + 1] += 1;
        }
        let mut before = 0;
        for start in &mut self.starts {
            before += *start;
            *start = before;
        }
    }

    /// The tokens that share the leading bits of a point: from, and up to but without. None on an empty ring.
    fn bucket(&self, point: u64) -> (usize, usize) {
        let bucket = (point >> self.shift) as usize;
        let start = |bucket| self.starts.get(bucket).map_or(0, |&start| start as usize);
        (start(bucket), start(bucket + 1))
    }

    /// The index of the first token at `point` or clockwise after it.
    fn successor(&self, point: u64) -> Option<usize> {
        if self.tokens.is_empty() {
            return None;
        }
        let (from, to) = self.bucket(point);
        let index = from + self.tokens[from..to].partition_point(|token| token.point < point);
        Some(if index == self.tokens.len() { 0 } else { index })
    }
}

/// `hash mod n`: a key belongs to the node at place `hash mod n` in a list. Even, and one division; but
/// where n changes, nearly every key gets another place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modulo<N> {
    nodes: Vec<N>,
}

impl<N: PartialEq> Modulo<N> {
    /// A list of nodes. The order matters: it is the placement.
    #[must_use]
    pub fn new(nodes: Vec<N>) -> Self {
        Modulo { nodes }
    }

    /// Adds a node at the end of the list.
    pub fn push(&mut self, node: N) {
        self.nodes.push(node);
    }

    /// Takes a node out of the list; those behind it move up. Returns whether it was there.
    pub fn remove(&mut self, node: &N) -> bool {
        let place = self.nodes.iter().position(|known| known == node);
        place.map(|place| self.nodes.remove(place)).is_some()
    }

    /// The owner of a key; nothing where the list is empty. O(1).
    #[must_use]
    pub fn owner<K: Place + ?Sized>(&self, key: &K) -> Option<&N> {
        self.owner_at(key.point())
    }

    /// The owner of a hash.
    #[must_use]
    pub fn owner_at(&self, hash: u64) -> Option<&N> {
        let place = hash.checked_rem(self.nodes.len() as u64)?;
        self.nodes.get(place as usize)
    }

    /// The nodes in the order of the list.
    #[must_use]
    pub fn nodes(&self) -> &[N] {
        &self.nodes
    }
}

/// A number of points as a share of the circle, 0 to 1.
#[must_use]
pub fn share(points: u128) -> f64 {
    points as f64 / CIRCLE as f64
}

/// The relative spread (standard deviation over mean) of the shares of `nodes` nodes with `vnodes` virtual
/// nodes each: √((n-1)/(n v + 1)). The arcs between n v random points are uniform on the simplex, so a
/// node's share, the sum of v of them, is Beta(v, (n-1) v) distributed. Not a number for no nodes.
#[must_use]
pub fn expected_spread(nodes: usize, vnodes: u32) -> f64 {
    let (n, v) = (nodes as f64, f64::from(vnodes));
    ((n - 1.0) / (n * v + 1.0)).sqrt()
}

/// The share of the keys that a ring is expected to move from `before` to `after` nodes of equal weight, where
/// the smaller set is part of the larger: 1 - min/max, which is 1/(n+1) for one more. Karger et al. show that
/// no even placement moves fewer. Not a number where there are no nodes at all.
#[must_use]
pub fn expected_moved(before: usize, after: usize) -> f64 {
    1.0 - before.min(after) as f64 / before.max(after) as f64
}

/// The share of the keys that `hash mod n` moves from `before` to `after` nodes, where the shorter list begins
/// the longer one: 1 - min/lcm. A key stays only where both remainders agree, which they do for min(n, m) of
/// every lcm(n, m) hashes. It is n/(n+1) for one more. Not a number where there are no nodes on either side.
#[must_use]
pub fn expected_moved_modulo(before: usize, after: usize) -> f64 {
    // min/lcm = min gcd / (n m) = gcd / max.
    1.0 - gcd(before, after) as f64 / before.max(after) as f64
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The finaliser of SplitMix64: a bijection in which each input bit turns about half of the output bits.
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[inline]
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(nodes: u32, vnodes: u32, seed: u64) -> HashRing<u32> {
        let mut ring = HashRing::with_seed(vnodes, seed);
        ring.extend((0..nodes).map(|node| (node, 1)));
        ring
    }

    /// The mean of a sample and its standard error.
    fn mean(sample: &[f64]) -> (f64, f64) {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    }

    /// Four standard errors: by chance, a right mean lies further off 1 time in 16,000. The seeds are fixed, so a
    /// test passes always or never.
    fn check_mean(sample: &[f64], expected: f64) {
        let (mean, error) = mean(sample);
        assert!((mean - expected).abs() <= 4.0 * error, "{mean} +- {error}, expected {expected}");
    }

    #[test]
    fn the_hash_gives_its_published_numbers() {
        // FNV-1a: vectors of the reference (Noll). SplitMix64 from state 0: its first two outputs, as in
        // Java's SplittableRandom and the crate `rand_xoshiro`.
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(0_u64.point(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(GOLDEN.wrapping_mul(2)), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn a_number_has_one_place_and_text_is_its_bytes() {
        assert_eq!(7_u8.point(), 7_u64.point());
        assert_eq!(7_u16.point(), 7_u64.point());
        assert_eq!(7_u32.point(), 7_u64.point());
        assert_eq!("cache-7".point(), b"cache-7"[..].point());
        assert_eq!(String::from("cache-7").point(), (&"cache-7").point());
    }

    #[test]
    fn similar_names_lie_far_apart() {
        // 10,000 names in 256 equal parts of the circle: chi-square with 255 degrees of freedom has the mean 255 and the
        // standard deviation sqrt(510) = 22.6. Five of them; FNV-1a alone is off by thousands.
        let mut counts = [0_u32; 256];
        for number in 0..10_000 {
            counts[(format!("cache-{number}").point() >> 56) as usize] += 1;
        }
        let mean = 10_000.0 / 256.0;
        let chi_square: f64 = counts.iter().map(|&count| (f64::from(count) - mean).powi(2) / mean).sum();
        assert!((chi_square - 255.0).abs() < 5.0 * 22.6, "{chi_square}");
    }

    #[test]
    fn a_placement_is_for_good() {
        // From a second implementation, twenty lines of Python that scan all virtual nodes for the nearest. It is also a
        // promise: a change of these moves the keys of everybody who uses the ring.
        let mut ring = HashRing::new(100);
        ring.extend(["a", "b", "c", "d"].map(|node| (node, 1)));
        let owners: Vec<&str> = (0..24_u64).filter_map(|key| ring.owner(&key).copied()).collect();
        assert_eq!(owners.concat(), "bacabccadcbbcacabbaabbba");
        assert_eq!("foobar".point(), 0x404d_a9e3_b740_78c2);
    }

    #[test]
    fn an_empty_ring_owns_nothing() {
        let mut empty = HashRing::<u32>::new(10);
        assert_eq!((empty.owner("key"), empty.len(), empty.arcs().count()), (None, 0, 0));
        assert!(empty.is_empty() && empty.spread().is_nan() && empty.preference_list("key", 3).is_empty());
        assert_eq!(empty.remove(&1), None);
        assert_eq!(empty.insert(1, 0), None);
        assert_eq!(empty.owner("key"), None, "a node of weight 0 owns nothing");
        assert_eq!(empty.insert(1, 2), Some(0));
        assert_eq!(empty.owner("key"), Some(&1));
        assert_eq!(empty.remove(&1), Some(2));
        assert_eq!(empty.owner("key"), None);
        assert_eq!(Modulo::<u32>::default().owner("key"), None);
    }

    #[test]
    fn one_point_is_the_whole_circle() {
        let alone = ring(1, 1, 0);
        let arc = alone.arcs().next().expect("one virtual node");
        assert_eq!((arc.start, arc.points), (arc.end, CIRCLE));
        assert_eq!(alone.spread(), 0.0);
    }

    #[test]
    fn a_shared_point_belongs_to_the_smaller_node() {
        let mut ring = ring(3, 1, 0);
        for token in &mut ring.tokens {
            token.point = 5;
        }
        ring.rebuild_index();
        for point in [0, 5, 6, u64::MAX] {
            assert_eq!(ring.owner_at(point), Some(&0));
        }
        assert_eq!(ring.owned(), [(&0, CIRCLE), (&1, 0), (&2, 0)]);
    }

    #[test]
    fn the_preference_list_starts_at_the_owner_and_repeats_nobody() {
        let ring = ring(5, 20, 0);
        for key in 0..200_u64 {
            let list = ring.preference_list(&key, 3);
            assert_eq!(Some(list[0]), ring.owner(&key));
            assert!(list[0] != list[1] && list[1] != list[2] && list[0] != list[2]);
            // Where the owner leaves, the next in the list takes over.
            let mut without = ring.clone();
            without.remove(list[0]);
            assert_eq!(without.owner(&key), Some(list[1]));
            assert_eq!(ring.preference_list(&key, 9).len(), 5);
        }
    }

    #[test]
    fn one_more_node_takes_its_share_and_disturbs_nobody() {
        // The share that moves is what the newcomer owns, so it is exact, and its mean is 1/(n+1).
        for (nodes, vnodes) in [(1, 1), (3, 10), (10, 150), (63, 5)] {
            let moved: Vec<f64> = (0..200)
                .map(|seed| {
                    let before = ring(nodes, vnodes, seed);
                    let mut after = before.clone();
                    after.insert(nodes, 1);
                    for key in 0..100_u64 {
                        let now = after.owner(&key);
                        assert!(now == before.owner(&key) || now == Some(&nodes));
                    }
                    share(after.owned()[nodes as usize].1)
                })
                .collect();
            check_mean(&moved, expected_moved(nodes as usize, nodes as usize + 1));
            check_mean(&moved, 1.0 / f64::from(nodes + 1));
        }
    }

    #[test]
    fn hash_mod_n_moves_nearly_all() {
        // The hashes 0..n m hold every pair of remainders equally often, so the count is exact.
        let check = |before: u64, after: u64, stay: u64, of: u64| {
            let (old, new) = (Modulo::new((0..before).collect()), Modulo::new((0..after).collect()));
            let kept =
                (0..before * after).filter(|&hash| old.owner_at(hash) == new.owner_at(hash)).count() as u64;
            assert_eq!(kept * of, stay * before * after, "{before} to {after}");
            let moved = expected_moved_modulo(before as usize, after as usize);
            // One division and one subtraction of numbers up to 1: at most two roundings of 2^-53.
            assert!((moved - (1.0 - stay as f64 / of as f64)).abs() <= 2.0 * f64::EPSILON);
        };
        check(10, 11, 1, 11); // moves 90.9%
        check(11, 10, 1, 11);
        check(3, 4, 1, 4);
        check(10, 20, 1, 2);
        check(4, 6, 1, 3);
        check(7, 7, 1, 1);
        // Any node that is taken out of the list shifts those behind it: still n/(n+1).
        let old = Modulo::new((0..11_u64).collect());
        let mut new = old.clone();
        assert!(new.remove(&3) && !new.remove(&3));
        let kept = (0..110).filter(|&hash| old.owner_at(hash) == new.owner_at(hash)).count();
        assert_eq!(kept, 10);
        new.push(3);
        assert_eq!(new.nodes(), [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 3]);
    }

    #[test]
    fn the_spread_falls_with_the_square_root_of_the_virtual_nodes() {
        // The mean share is 1/n exactly, so the mean of the squared spread is the variance of a share.
        for (vnodes, published) in [(1, 0.905), (10, 0.299), (100, 0.0948)] {
            let squares: Vec<f64> = (0..1000).map(|seed| ring(10, vnodes, seed).spread().powi(2)).collect();
            let expected = expected_spread(10, vnodes);
            assert!(
                (expected - published).abs() <= 0.0005,
                "{expected}, published with three figures {published}"
            );
            check_mean(&squares, expected.powi(2));
        }
    }

    #[test]
    fn three_nodes_without_virtual_nodes_are_lopsided() {
        // The larger of three parts of a randomly cut circle: mean 11/18, and more than half 3 times in 4.
        let largest: Vec<f64> = (0..10_000)
            .map(|seed| ring(3, 1, seed).owned().iter().map(|(_, points)| share(*points)).fold(0.0, f64::max))
            .collect();
        check_mean(&largest, 11.0 / 18.0);
        let more_than_half: Vec<f64> =
            largest.iter().map(|&share| f64::from(u8::from(share > 0.5))).collect();
        check_mean(&more_than_half, 0.75);
    }

    #[test]
    fn a_weight_buys_its_share() {
        let shares: Vec<f64> = (0..500)
            .map(|seed| {
                let mut ring = ring(4, 10, seed);
                ring.insert(2, 4);
                share(ring.owned()[2].1)
            })
            .collect();
        check_mean(&shares, 4.0 / 7.0);
    }

    /// The owner by definition: the virtual node at the smallest distance clockwise, then the smaller node.
    fn owner_by_definition(ring: &HashRing<u32>, point: u64) -> Option<u32> {
        let nearest = |arc: &Arc<'_, u32>| (arc.end.wrapping_sub(point), *arc.node);
        ring.arcs().map(|arc| nearest(&arc)).min().map(|(_, node)| node)
    }

    proptest! {
        #[test]
        fn lookup_agrees_with_the_definition(
            nodes in proptest::collection::btree_map(any::<u32>(), 0_u32..4, 0..12),
            vnodes in 0_u32..40, seed: u64, points in proptest::collection::vec(any::<u64>(), 20),
        ) {
            let mut ring = HashRing::with_seed(vnodes, seed);
            ring.extend(nodes);
            let edges: Vec<u64> = ring.arcs().flat_map(|arc| [arc.end, arc.end.wrapping_add(1)]).collect();
            for point in points.into_iter().chain(edges).chain([0, u64::MAX]) {
                prop_assert_eq!(ring.owner_at(point).copied(), owner_by_definition(&ring, point));
            }
        }

        #[test]
        fn the_owned_parts_are_the_whole_circle(
            weights in proptest::collection::vec(0_u32..4, 1..12), vnodes in 1_u32..40, seed: u64,
        ) {
            let mut ring = HashRing::with_seed(vnodes, seed);
            ring.extend((0_u32..).zip(weights.iter().copied()));
            let all = if weights.iter().any(|&weight| weight > 0) { CIRCLE } else { 0 };
            prop_assert_eq!(ring.owned().iter().map(|(_, points)| points).sum::<u128>(), all);
            prop_assert_eq!(ring.arcs().map(|arc| arc.points).sum::<u128>(), all);
            prop_assert_eq!(ring.arcs().count() as u32, weights.iter().sum::<u32>() * vnodes);
            for arc in ring.arcs().filter(|arc| arc.points > 0) {
                prop_assert_eq!(ring.owner_at(arc.end), Some(arc.node));
                prop_assert_eq!(ring.owner_at(arc.start.wrapping_add(1)), Some(arc.node));
            }
        }

        #[test]
        fn the_order_of_changes_does_not_matter(
            nodes in proptest::sample::subsequence((0_u32..20).collect::<Vec<_>>(), 1..20).prop_shuffle(),
            gone in proptest::collection::vec(20_u32..30, 0..5), seed: u64,
        ) {
            let mut ring = HashRing::with_seed(8, seed);
            for &other in &gone {
                ring.insert(other, 2);
            }
            for &node in &nodes {
                ring.insert(node, 3);
                ring.insert(node, 1);
            }
            for other in &gone {
                ring.remove(other);
            }
            let mut sorted = nodes.clone();
            sorted.sort_unstable();
            let mut at_once = HashRing::with_seed(8, seed);
            at_once.extend(sorted.into_iter().map(|node| (node, 1)));
            prop_assert_eq!(ring, at_once);
        }

        #[test]
        fn a_leaver_moves_only_its_own_keys(
            nodes in 2_u32..20, vnodes in 1_u32..30, seed: u64, keys in proptest::collection::vec(any::<u64>(), 100),
        ) {
            let before = ring(nodes, vnodes, seed);
            let leaver = (seed % u64::from(nodes)) as u32;
            let mut after = before.clone();
            after.remove(&leaver);
            for key in &keys {
                let (was, is) = (before.owner(key), after.owner(key));
                prop_assert!(is != Some(&leaver));
                prop_assert!(was == is || was == Some(&leaver));
            }
        }
    }
}
