//! Where all keys are under each way of placing them.
//!
//! A table is made once and never changed. It is made by looking up every key, so what is counted here is what the
//! implementation does, and the rules compare it with what is known in advance.

use super::{Node, Population};
use crate::systems::bounded_loads::BoundedLoads;
use crate::systems::hash_ring::{self, HashRing, Modulo};
use crate::systems::jump_hash::JumpHash;
use crate::systems::maglev::Maglev;
use crate::systems::rendezvous::Rendezvous;

/// Entries of the Maglev table: 100 for each of about 100 nodes, so that shares differ by 1%. The same for any number of nodes, since
/// another size of the table would place every key anew.
const ENTRIES: u32 = 10_007;

/// A way of placing keys on nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Ring,
    Bounded,
    Rendezvous,
    Jump,
    Maglev,
    Modulo,
}

/// The names of the placements, for a control.
pub(super) const PLACEMENTS: &[&str] = &["ring", "bounded", "rendezvous", "jump", "maglev", "modulo"];
/// The same with the usual rival first.
pub(super) const RIVALS: &[&str] = &["modulo", "ring", "bounded", "rendezvous", "jump", "maglev"];

impl Scheme {
    /// The placement of a control's value, in the order of [`PLACEMENTS`].
    pub(super) fn of_placement(value: f64) -> Scheme {
        use Scheme::{Bounded, Jump, Maglev, Modulo, Rendezvous, Ring};
        [Ring, Bounded, Rendezvous, Jump, Maglev, Modulo][(value as usize).min(5)]
    }

    /// The rival of a control's value, in the order of [`RIVALS`].
    pub(super) fn of_rival(value: f64) -> Scheme {
        if value == 0.0 { Scheme::Modulo } else { Scheme::of_placement(value - 1.0) }
    }

    /// How it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Scheme::Ring => "ring",
            Scheme::Bounded => "bounded",
            Scheme::Rendezvous => "rendezvous",
            Scheme::Jump => "jump",
            Scheme::Maglev => "maglev",
            Scheme::Modulo => "hash mod n",
        }
    }

    /// What a lookup counts.
    pub(super) fn cost(self) -> &'static str {
        match self {
            Scheme::Ring => "comparisons",
            Scheme::Bounded => "virtual nodes asked",
            Scheme::Rendezvous => "bids",
            Scheme::Jump => "steps",
            Scheme::Maglev | Scheme::Modulo => "look",
        }
    }
}

/// Bugs that change how nodes are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// A node is known by its name.
    Name,
    /// The bug: a node is known by its place in a list that the newest node heads.
    Index,
    /// The bug: all virtual nodes of a node are hashed alike, so they are one.
    SamePoint,
}

/// Everything that a table depends on but the keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    pub(super) seed: u64,
    /// In order.
    pub(super) members: Vec<Node>,
    /// How much more than the others the first node takes.
    pub(super) weight: u32,
    /// The nodes by number, for jump hash and for hash mod n; one that weighs more stands there several times.
    pub(super) numbered: Vec<Node>,
    pub(super) listed: Vec<Node>,
    pub(super) vnodes: u32,
    /// By how much a node may exceed its fair part, for bounded loads.
    pub(super) excess: f64,
    pub(super) naming: Naming,
}

impl Cluster {
    /// The weight of a node.
    pub(super) fn weight_of(&self, node: Node) -> u32 {
        if node == 0 { self.weight } else { 1 }
    }

    /// The weight of all nodes.
    pub(super) fn total(&self) -> u32 {
        self.members.iter().map(|&node| self.weight_of(node)).sum()
    }

    /// What part of the keys a node should have.
    pub(super) fn fair(&self, node: Node) -> f64 {
        f64::from(self.weight_of(node)) / f64::from(self.total())
    }

    /// Brings the lists into line with the members and weights: what goes is taken out, what comes is put at the end. Returns the
    /// nodes whose number in jump's list was taken over by another place's node, for the rule on what may move.
    pub(super) fn renumber(&mut self) -> Vec<Node> {
        let mut refilled = Vec::new();
        let count = |list: &[Node], node| list.iter().filter(|&&other| other == node).count();
        let wanted = |node: Node| {
            if self.members.binary_search(&node).is_ok() { self.weight_of(node) as usize } else { 0 }
        };
        let mut jump = JumpHash::new(self.numbered.clone());
        while let Some(place) =
            jump.nodes().iter().rposition(|&node| count(jump.nodes(), node) > wanted(node))
        {
            if self.naming == Naming::Index {
                // The bug: the list closes up, and everybody behind gets another number.
                let mut nodes = jump.nodes().to_vec();
                nodes.remove(place);
                jump = JumpHash::new(nodes);
            } else {
                if place + 1 < jump.nodes().len() {
                    refilled.extend(jump.nodes().last());
                }
                jump.remove(place);
            }
        }
        let mut listed = Modulo::new(self.listed.clone());
        while let Some(&node) =
            listed.nodes().iter().find(|&&node| count(listed.nodes(), node) > wanted(node))
        {
            listed.remove(&node);
        }
        let (mut numbered, mut listed) = (jump.nodes().to_vec(), listed.nodes().to_vec());
        for &node in &self.members {
            for list in [&mut numbered, &mut listed] {
                let missing = wanted(node).saturating_sub(count(list, node));
                list.extend(std::iter::repeat_n(node, missing));
            }
        }
        (self.numbered, self.listed) = (numbered, listed);
        refilled
    }

    /// The nodes with their weights under the names by which they are hashed.
    fn named(&self) -> Vec<(Node, u32)> {
        let label = |node: Node| self.label(node);
        self.members.iter().map(|&node| (label(node), self.weight_of(node))).collect()
    }

    fn label(&self, node: Node) -> Node {
        match self.naming {
            Naming::Index => {
                let place = self.members.iter().rev().position(|&member| member == node);
                place.map_or(node, |place| place as Node)
            }
            Naming::Name | Naming::SamePoint => node,
        }
    }

    /// The node that is hashed under a label.
    fn node(&self, label: Node) -> Node {
        match self.naming {
            Naming::Index => self.members.iter().rev().nth(usize::from(label)).copied().unwrap_or(label),
            Naming::Name | Naming::SamePoint => label,
        }
    }

    /// The ring of these nodes.
    pub(super) fn ring(&self) -> HashRing<Node> {
        // Virtual nodes that are all hashed alike are one.
        let same = self.naming == Naming::SamePoint;
        let mut ring = HashRing::with_seed(if same { 1 } else { self.vnodes }, self.seed);
        ring.extend(self.named().into_iter().map(|(label, weight)| (label, if same { 1 } else { weight })));
        ring
    }
}

/// What answers lookups.
enum Lookup {
    Ring(HashRing<Node>),
    Rendezvous(Rendezvous<Node>),
    Jump(JumpHash<Node>),
    Maglev(Maglev<Node>),
    Modulo(Modulo<Node>),
}

/// Where all keys are: never changed once made.
pub(super) struct Table {
    pub(super) scheme: Scheme,
    pub(super) cluster: Cluster,
    lookup: Lookup,
    /// The owner of each key of the population.
    pub(super) owners: Vec<Node>,
    /// Parts of the circle (of the keys, where there is no circle), by member.
    pub(super) parts: Vec<f64>,
    /// Keys by member.
    pub(super) keys: Vec<usize>,
    /// The relative standard deviation of the parts from the fair ones, and what it is expected to be.
    pub(super) spread: f64,
    pub(super) spread_theory: f64,
    /// The largest part.
    pub(super) largest: f64,
    /// The largest part over its fair part.
    pub(super) largest_ratio: f64,
    /// What a lookup costs on average, in the implementation's own terms.
    pub(super) cost: f64,
    /// What the placement takes in memory.
    pub(super) bytes: usize,
    /// Whether each key has one owner among the members, and all parts together are the whole.
    pub(super) whole: bool,
    /// With bounded loads: whether no node has more keys than it may.
    pub(super) bounded: bool,
}

impl Table {
    /// Places every key. O(keys) times the cost of a lookup.
    pub(super) fn new(scheme: Scheme, cluster: Cluster, population: &Population) -> Table {
        let lookup = match scheme {
            Scheme::Ring | Scheme::Bounded => Lookup::Ring(cluster.ring()),
            Scheme::Rendezvous => Lookup::Rendezvous(Rendezvous::new(cluster.named())),
            Scheme::Jump => Lookup::Jump(JumpHash::new(cluster.numbered.clone())),
            Scheme::Maglev => Lookup::Maglev(Maglev::new(cluster.named(), ENTRIES)),
            Scheme::Modulo => Lookup::Modulo(Modulo::new(cluster.listed.clone())),
        };
        let mut table = Table {
            scheme,
            cluster,
            lookup,
            owners: Vec::new(),
            parts: Vec::new(),
            keys: Vec::new(),
            spread: f64::NAN,
            spread_theory: f64::NAN,
            largest: 0.0,
            largest_ratio: 0.0,
            cost: 0.0,
            bytes: 0,
            whole: false,
            bounded: true,
        };
        table.place(population);
        table.measure(population);
        table
    }

    /// The owner of a point, by a lookup. Where loads are bounded: the node that would have it if it had room.
    pub(super) fn owner_at(&self, point: u64) -> Option<Node> {
        let label = match &self.lookup {
            Lookup::Ring(ring) => ring.owner_at(point).copied(),
            Lookup::Rendezvous(rendezvous) => rendezvous.owner_at(point).copied(),
            Lookup::Maglev(maglev) => maglev.owner_at(point).copied(),
            Lookup::Jump(jump) => return jump.owner_at(point).copied(),
            Lookup::Modulo(modulo) => return modulo.owner_at(point).copied(),
        };
        label.map(|label| self.cluster.node(label))
    }

    /// The ring, where it has one: its nodes are labels.
    pub(super) fn ring(&self) -> Option<&HashRing<Node>> {
        match &self.lookup {
            Lookup::Ring(ring) => Some(ring),
            _ => None,
        }
    }

    fn place(&mut self, population: &Population) {
        let points = &population.points;
        if let (Scheme::Bounded, Some(ring)) = (self.scheme, self.ring()) {
            let mut bounded = BoundedLoads::new(ring.clone(), points.len() as u64, self.cluster.excess);
            let mut asked = 0_u64;
            let mut owners = vec![0; points.len()];
            // Keys come in the order of their numbers, not along the circle.
            for &key in &population.order {
                if let Some(placed) = bounded.place(points[key as usize]) {
                    owners[key as usize] = self.cluster.node(*placed.node);
                    asked += u64::from(placed.asked);
                }
            }
            self.cost = asked as f64 / points.len() as f64;
            self.owners = owners;
            return;
        }
        self.owners = points.iter().filter_map(|&point| self.owner_at(point)).collect();
        let mean = |cost: &dyn Fn(u64) -> u32| {
            // A sample is enough for a mean that is shown with three figures.
            let every = (points.len() / 2_000).max(1);
            let costs = points.iter().step_by(every).map(|&point| f64::from(cost(point)));
            costs.sum::<f64>() / points.len().div_ceil(every) as f64
        };
        self.cost = match &self.lookup {
            Lookup::Ring(ring) => mean(&|point| ring.comparisons_at(point)),
            Lookup::Rendezvous(rendezvous) => rendezvous.bids() as f64,
            Lookup::Jump(jump) => mean(&|point| jump.steps_at(point)),
            Lookup::Maglev(_) | Lookup::Modulo(_) => 1.0,
        };
    }

    fn measure(&mut self, population: &Population) {
        let cluster = &self.cluster;
        let members = &cluster.members;
        self.keys = count(&self.owners, members);
        let all = population.points.len();
        let by_key = || self.keys.iter().map(|&keys| keys as f64 / all as f64).collect::<Vec<f64>>();
        let mut parts_whole = true;
        self.parts = match (self.scheme, self.ring()) {
            (Scheme::Ring, Some(ring)) => {
                let owned = ring.owned();
                parts_whole = owned.iter().map(|(_, points)| points).sum::<u128>() == hash_ring::CIRCLE;
                let part = |node: &Node| {
                    let label = cluster.label(*node);
                    owned
                        .iter()
                        .find(|(other, _)| **other == label)
                        .map_or(0.0, |(_, points)| hash_ring::share(*points))
                };
                members.iter().map(part).collect()
            }
            _ => by_key(),
        };
        self.whole = parts_whole && self.owners.len() == all && self.keys.iter().sum::<usize>() == all;
        if self.scheme == Scheme::Bounded {
            let most = |node| {
                (1.0 + cluster.excess) * all as f64 * f64::from(cluster.weight_of(node))
                    / f64::from(cluster.total())
            };
            self.bounded =
                members.iter().zip(&self.keys).all(|(&node, &keys)| keys as f64 <= most(node).ceil());
        }
        let ratios = || members.iter().zip(&self.parts).map(|(&node, part)| part / cluster.fair(node));
        self.spread =
            (ratios().map(|ratio| (ratio - 1.0) * (ratio - 1.0)).sum::<f64>() / members.len() as f64).sqrt();
        self.spread_theory = spread_theory(self.scheme, cluster, all);
        self.largest = self.parts.iter().copied().fold(0.0, f64::max);
        self.largest_ratio = ratios().fold(0.0, f64::max);
        self.bytes = match &self.lookup {
            Lookup::Ring(ring) => ring.bytes(),
            Lookup::Rendezvous(rendezvous) => rendezvous.bytes(),
            Lookup::Maglev(maglev) => maglev.bytes(),
            Lookup::Jump(_) | Lookup::Modulo(_) => 0,
        };
    }
}

/// The spread that is expected. On a ring the part of a node with v of V virtual nodes is Beta(v, V - v) distributed; where every key is
/// placed by itself, the number of keys is binomial. For Maglev's table and bounded loads there is no closed form.
fn spread_theory(scheme: Scheme, cluster: &Cluster, keys: usize) -> f64 {
    let total = f64::from(cluster.total());
    let mean = |variance: &dyn Fn(f64) -> f64| {
        let weights = cluster.members.iter().map(|&node| f64::from(cluster.weight_of(node)));
        (weights.map(variance).sum::<f64>() / cluster.members.len() as f64).sqrt()
    };
    match scheme {
        Scheme::Ring => {
            let v = f64::from(cluster.vnodes);
            mean(&|weight| (total - weight) / (weight * (total * v + 1.0)))
        }
        Scheme::Rendezvous | Scheme::Jump | Scheme::Modulo => {
            mean(&|weight| (total / weight - 1.0) / keys as f64)
        }
        Scheme::Bounded | Scheme::Maglev => f64::NAN,
    }
}

/// How many keys each member owns.
fn count(owners: &[Node], members: &[Node]) -> Vec<usize> {
    let mut counts = [0; 256];
    for &owner in owners {
        counts[usize::from(owner)] += 1;
    }
    members.iter().map(|&member| counts[usize::from(member)]).collect()
}

/// Requests by node.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    by_node: Vec<u64>,
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
