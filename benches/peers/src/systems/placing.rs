//! From a key to a node: ring, jump hash, rendezvous and Maglev, 100 nodes each.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::OnceLock;

use anyhow::{Result, ensure};
use sysdrill::systems::cache::{FixedHash, FixedHasher};
use sysdrill::systems::hash_ring::{HashRing, Place, expected_spread};
use sysdrill::systems::jump_hash::jump_hash;
use sysdrill::systems::maglev::Maglev;
use sysdrill::systems::rendezvous::Rendezvous;

use crate::turns::{Family, Peer};

const NODES: u32 = 100;
const VNODES: u32 = 160;
/// Keys asked for in one piece of work, beyond the numbers of the nodes.
const KEYS: std::ops::Range<u64> = 1_000_000..1_100_000;

/// Where the virtual nodes of our ring stand.
static POINTS: OnceLock<Vec<u64>> = OnceLock::new();

/// A virtual node for a ring that hashes its nodes itself: it hashes to where ours stands.
#[derive(Clone, Copy)]
struct Vnode {
    node: u32,
    index: u32,
}

impl Hash for Vnode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let point = POINTS.get().map_or(0, |points| points[self.index as usize]);
        state.write_u128(u128::from(point));
    }
}

/// Keys are hashed as ours are; 128 bits are a point already.
#[derive(Clone, Copy, Default)]
struct AtPoint(FixedHasher, Option<u64>);

impl BuildHasher for AtPoint {
    type Hasher = AtPoint;
    fn build_hasher(&self) -> AtPoint {
        AtPoint::default()
    }
}

impl Hasher for AtPoint {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0.write_u64(word);
    }
    fn write_u128(&mut self, point: u128) {
        self.1 = Some(point as u64);
    }
    #[inline]
    fn finish(&self) -> u64 {
        self.1.unwrap_or_else(|| self.0.finish())
    }
}

pub fn ring() -> Result<Family> {
    let mut ours = HashRing::new(VNODES);
    ours.extend((0..NODES).map(|node| (node, 1)));
    POINTS.get_or_init(|| ours.arcs().map(|arc| arc.end).collect());
    let mut sorted = hashring::HashRing::with_hasher(AtPoint::default());
    let vnodes = (0..).zip(ours.arcs()).map(|(index, arc)| Vnode { node: *arc.node, index });
    sorted.batch_add(vnodes.collect());
    let rehashed = consistent_hash_ring::RingBuilder::new(FixedHash)
        .vnodes(VNODES as usize)
        .nodes_iter(0..NODES)
        .build();

    for key in KEYS {
        ensure!(ours.owner(&key).copied() == sorted.get(&key).map(|vnode| vnode.node), "hashring, key {key}");
    }
    // The third ring stands elsewhere: its shares must be as uneven as theory says. A spread from 100 shares is known
    // within 1/sqrt(2 * 100) = 7% of itself, and chance adds 1/sqrt(1,000 keys a node) = 3.2% of a share: 0.079 becomes 0.085.
    let expected = expected_spread(NODES as usize, VNODES).hypot((f64::from(NODES) / 100_000.0).sqrt());
    let spread = spread(|key| *rehashed.get(key));
    ensure!((spread / expected - 1.0).abs() < 0.3, "consistent_hash_ring: {spread}, expected {expected}");

    Ok(Family {
        name: "ring, 100 nodes x 160 vnodes",
        operations: KEYS.count(),
        ours: Box::new(move || KEYS.map(|key| ours.owner(&key).map_or(0, |&node| u64::from(node))).sum()),
        peers: vec![
            Peer {
                name: "hashring 0.3.6",
                work: Box::new(move || {
                    KEYS.map(|key| sorted.get(&key).map_or(0, |vnode| u64::from(vnode.node))).sum()
                }),
            },
            Peer {
                name: "consistent_hash_ring 0.8.0",
                work: Box::new(move || KEYS.map(|key| u64::from(*rehashed.get(key))).sum()),
            },
        ],
        remarks: vec![
            "hashring has the same virtual nodes at the same points and the same owner for every key; it has no weights".into(),
            format!(
                "consistent_hash_ring places its virtual nodes by hashing again and again: other owners, equally even (spread {spread:.3}, expected {expected:.3})"
            ),
            "both search 16,000 sorted entries; ours looks first into a table of 4 bytes a virtual node, which it rebuilds at each change".into(),
        ],
    })
}

pub fn jump() -> Result<Family> {
    for key in KEYS {
        let theirs = jump_consistent_hash::hash(key.point(), NODES as usize);
        ensure!(jump_hash(key.point(), NODES) == Some(theirs), "key {key}");
    }
    Ok(Family {
        name: "jump hash, n = 100",
        operations: KEYS.count(),
        ours: Box::new(|| KEYS.map(|key| u64::from(jump_hash(key.point(), NODES).unwrap_or(0))).sum()),
        peers: vec![Peer {
            name: "jump-consistent-hash 0.1.0",
            work: Box::new(|| {
                KEYS.map(|key| u64::from(jump_consistent_hash::hash(key.point(), NODES as usize))).sum()
            }),
        }],
        remarks: vec!["the same formula, the same bucket for every key; time is its divisions".into()],
    })
}

/// A node of the peer's, which knows its point as ours do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bidder {
    node: u32,
    point: u64,
}

impl rendezvous_hash::Node for Bidder {
    type NodeId = u32;
    type HashCode = u64;
    fn node_id(&self) -> &u32 {
        &self.node
    }
    fn hash_code<H: rendezvous_hash::NodeHasher<u32>, U: Hash>(&self, _: &H, item: &U) -> u64 {
        // Our bid: SplitMix64's finaliser over both hashes, which is the point of what lies one step before them.
        let bid = self.point ^ FixedHash.hash_one(item).rotate_left(32);
        bid.wrapping_sub(0x9e37_79b9_7f4a_7c15).point()
    }
}

pub fn rendezvous() -> Result<Family> {
    let ours = Rendezvous::new((0..NODES).map(|node| (node, 1)));
    let mut theirs = rendezvous_hash::RendezvousNodes::new(rendezvous_hash::DefaultNodeHasher::new());
    for node in 0..NODES {
        theirs.insert(Bidder { node, point: node.point() });
    }
    let owner = move |key: u64| theirs.calc_candidates(&key).next().map_or(0, |bidder| bidder.node);
    let few = 1_000_000..1_005_000_u64;
    for key in few.clone() {
        ensure!(ours.owner(&key) == Some(&owner(key)), "key {key}");
    }
    let their_keys = few.clone();
    Ok(Family {
        name: "rendezvous, n = 100",
        operations: few.clone().count(),
        ours: Box::new(move || few.clone().map(|key| ours.owner(&key).map_or(0, |&node| u64::from(node))).sum()),
        peers: vec![Peer {
            name: "rendezvous_hash 0.3.0",
            work: Box::new(move || their_keys.clone().map(|key| u64::from(owner(key))).sum()),
        }],
        remarks: vec![
            "the same bids and the same winner for every key; rendezvous_hash has no call for the winner alone: it hashes the key anew for each node, allocates a list of all bidders and sorts it".into(),
        ],
    })
}

pub fn maglev() -> Result<Family> {
    use ::maglev::ConsistentHasher;
    let ours = Maglev::new((0..NODES).map(|node| (node, 1)), 65_537);
    let theirs = ::maglev::Maglev::with_capacity_and_hasher(0..NODES, 65_537, FixedHash);
    ensure!((ours.size(), theirs.capacity()) == (65_537, 65_537), "tables of one size");
    // Entries differ by one, so keys by chance only: 1,000 a node with a standard deviation of 3.2%, known within 7% of itself.
    let chance = (f64::from(NODES) / 100_000.0).sqrt();
    for spread in [spread(|key| ours.owner(&key).map_or(0, |&node| node)), spread(|key| theirs[&key])] {
        ensure!((spread / chance - 1.0).abs() < 0.3, "{spread}, expected {chance}");
    }
    Ok(Family {
        name: "Maglev, M = 65,537",
        operations: KEYS.count(),
        ours: Box::new(move || KEYS.map(|key| ours.owner(&key).map_or(0, |&node| u64::from(node))).sum()),
        peers: vec![Peer {
            name: "maglev 0.2.1",
            work: Box::new(move || KEYS.map(|key| theirs.get(&key).map_or(0, |&node| u64::from(node))).sum()),
        }],
        remarks: vec![
            "tables of one size, dealt by other hashes, equally even; an entry is 2 bytes in ours and 8 in maglev's; maglev hashes a seed before the key, 32 bits more".into(),
        ],
    })
}

/// How unevenly the keys are shared out.
fn spread(owner: impl Fn(u64) -> u32) -> f64 {
    let mut counts = vec![0.0_f64; NODES as usize];
    KEYS.for_each(|key| counts[owner(key) as usize] += 1.0);
    let mean = KEYS.count() as f64 / f64::from(NODES);
    (counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / f64::from(NODES)).sqrt() / mean
}
