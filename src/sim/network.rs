//! A network between the nodes of a demo: what becomes of a message, and when it arrives.
//!
//! It is asked and answers; it schedules nothing. The caller pushes an event for each arrival into its own
//! queue, so a message on its way is a part of the demo's state like any other, and a picture can show it.
//! Every pair of nodes has the same link unless it is given another: a thousand nodes take a thousand numbers and
//! not a million links. Each message draws the same amount from the stream whatever the settings are and whatever
//! becomes of it, and each draw has one purpose, so turning up the loss changes which messages are lost and
//! nothing about the delays of the others.

use std::collections::BTreeMap;

use super::{Nanos, Rng};

/// A node, counted from 0.
pub type Node = usize;

/// One direction between two nodes. The default is a perfect one: at once, and nothing lost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Link {
    /// How long a message takes at least.
    pub delay: Nanos,
    /// The mean of what is added to that, exponentially distributed.
    pub jitter: Nanos,
    /// The share of messages that are lost, 0 to 1.
    pub loss: f64,
    /// The share of messages that arrive twice, 0 to 1. The copies are delayed independently.
    pub duplicate: f64,
    /// The share of copies that take `reorder_by` longer, so that later ones overtake them; 0 to 1.
    pub reorder: f64,
    /// How much longer those take.
    pub reorder_by: Nanos,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It arrives at this moment.
    Once(Nanos),
    /// It arrives twice, at these moments, the earlier one first.
    Twice(Nanos, Nanos),
    /// It does not arrive.
    Lost(Loss),
}

/// Why a message does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// There is no way from here to there: cut, in another partition, or no such node.
    Cut,
    /// The link lost it by chance.
    Dropped,
}

impl Delivery {
    /// When copies of it arrive: none, one or two moments, in order.
    pub fn arrivals(self) -> impl Iterator<Item = Nanos> {
        let (first, second) = match self {
            Delivery::Once(at) => (Some(at), None),
            Delivery::Twice(first, second) => (Some(first), Some(second)),
            Delivery::Lost(_) => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// Why it is lost, where it is.
    #[must_use]
    pub fn lost(self) -> Option<Loss> {
        if let Delivery::Lost(why) = self { Some(why) } else { None }
    }
}

/// The links between nodes `0..n`, and what is broken of them. Sending takes O(log k) where k pairs are special.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    usual: Link,
    special: BTreeMap<(Node, Node), Special>,
    /// The side of the partition that each node is on; all the same where there is none.
    side: Vec<u32>,
}

/// What is not as usual about one direction between two nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Special {
    link: Option<Link>,
    cut: bool,
    clogged_until: Nanos,
}

impl Network {
    /// A whole network of `nodes` nodes (also of none) in which every link is `usual`. A node has one to itself too.
    #[must_use]
    pub fn new(nodes: usize, usual: Link) -> Network {
        Network { usual, special: BTreeMap::new(), side: vec![0; nodes] }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.side.len()
    }

    /// The link from one node to another.
    #[must_use]
    pub fn link(&self, from: Node, to: Node) -> Link {
        self.special.get(&(from, to)).and_then(|special| special.link).unwrap_or(self.usual)
    }

    /// Another link for all pairs that were not given one of their own. What is under way is not touched.
    pub fn set_usual(&mut self, usual: Link) {
        self.usual = usual;
    }

    /// A link of its own for one direction between two nodes.
    pub fn set_link(&mut self, from: Node, to: Node, link: Link) {
        self.special(from, to).link = Some(link);
    }

    /// Messages from one node to another wait until the moment `until`, then arrive in the order in which they were
    /// sent, before any that is sent later. What is under way already arrives as it would have; a waiting one takes
    /// no jitter besides. Another clog replaces this one. One that ends earlier is for what is sent from now on: what
    /// waits has its time already and can be overtaken.
    pub fn clog(&mut self, from: Node, to: Node, until: Nanos) {
        self.special(from, to).clogged_until = until;
    }

    /// Nothing gets from one node to another any more; the other direction works on.
    pub fn cut(&mut self, from: Node, to: Node) {
        self.special(from, to).cut = true;
    }

    /// Undoes [`Network::cut`].
    pub fn mend(&mut self, from: Node, to: Node) {
        if let Some(special) = self.special.get_mut(&(from, to)) {
            special.cut = false;
        }
    }

    /// Splits the network: nothing gets from one group to another. Nodes in no group form one more; one that is
    /// named twice is in the last of its groups. Replaces an earlier partition; cuts remain.
    pub fn partition(&mut self, groups: &[&[Node]]) {
        self.side.fill(0);
        for (group, side) in groups.iter().zip(1..) {
            for &node in *group {
                if let Some(of_node) = self.side.get_mut(node) {
                    *of_node = side;
                }
            }
        }
    }

    /// Ends partitions, cuts and clogs. Links keep their settings.
    pub fn heal(&mut self) {
        self.side.fill(0);
        self.special.retain(|_, special| {
            *special = Special { link: special.link, ..Special::default() };
            special.link.is_some()
        });
    }

    /// Whether there is a way from one node to another.
    #[must_use]
    pub fn reaches(&self, from: Node, to: Node) -> bool {
        let together = match (self.side.get(from), self.side.get(to)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        together && !self.special.get(&(from, to)).is_some_and(|special| special.cut)
    }

    /// Sends a message now. No copy arrives before `now` and the link's delay; without jitter and reordering, and
    /// as long as its settings stay, a link keeps the order (of arrivals at the same nanosecond the one that is
    /// scheduled first comes first). Always six draws.
    pub fn send(&self, now: Nanos, from: Node, to: Node, rng: &mut Rng) -> Delivery {
        let special = self.special.get(&(from, to)).copied().unwrap_or_default();
        let link = special.link.unwrap_or(self.usual);
        let (dropped, doubled) = (rng.chance(link.loss), rng.chance(link.duplicate));
        let mut copy = || {
            let late = if rng.chance(link.reorder) { link.reorder_by } else { Nanos::ZERO };
            let jitter = rng.exponential(link.jitter);
            if now < special.clogged_until {
                (now + link.delay).max(special.clogged_until)
            } else {
                now + link.delay + jitter + late
            }
        };
        let (one, other) = (copy(), copy());
        if !self.reaches(from, to) {
            Delivery::Lost(Loss::Cut)
        } else if dropped {
            Delivery::Lost(Loss::Dropped)
        } else if doubled {
            Delivery::Twice(one.min(other), one.max(other))
        } else {
            Delivery::Once(one)
        }
    }

    fn special(&mut self, from: Node, to: Node) -> &mut Special {
        self.special.entry((from, to)).or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sim::{Rng, Seed};

    const MS: fn(u64) -> Nanos = Nanos::from_millis;

    fn rng(seed: u64) -> Rng {
        Rng::stream(Seed(seed), "network")
    }

    fn steady(delay: u64) -> Link {
        Link { delay: MS(delay), ..Link::default() }
    }

    /// How many of 100,000 messages something is true of must lie within four standard errors of its probability.
    fn check_share(name: &str, link: Link, p: f64, holds: impl Fn(Delivery) -> bool) {
        let network = Network::new(2, link);
        let (mut rng, n) = (rng(1), 100_000);
        let seen = (0..n).filter(|_| holds(network.send(MS(5), 0, 1, &mut rng))).count();
        let (mean, deviation) = (f64::from(n) * p, (f64::from(n) * p * (1.0 - p)).sqrt());
        assert!((seen as f64 - mean).abs() <= 4.0 * deviation, "{name}: {seen}, not {mean}");
    }

    #[test]
    fn shares_are_what_was_set() {
        let dropped = Delivery::Lost(Loss::Dropped);
        let twice = |delivery| matches!(delivery, Delivery::Twice(..));
        let wire = steady(10);
        for p in [0.0, 0.01, 0.3, 1.0] {
            check_share("loss", Link { loss: p, ..wire }, p, |delivery| delivery == dropped);
            check_share("duplicates", Link { duplicate: p, ..wire }, p, twice);
            let late = Link { reorder: p, reorder_by: MS(7), ..wire };
            check_share("late", late, p, |delivery| delivery == Delivery::Once(MS(22)));
            check_share("in time", late, 1.0 - p, |delivery| delivery == Delivery::Once(MS(15)));
        }
        // Copies that are not lost arrive twice as often as set: the two are independent.
        let both = Link { loss: 0.3, duplicate: 0.5, ..wire };
        check_share("both", both, 0.35, twice);
        // An exponential tail with a mean of 4 ms exceeds 8 ms with probability e^-2.
        let jitter = Link { jitter: MS(4), ..wire };
        let tail = (-2.0_f64).exp();
        check_share("jitter", jitter, tail, |delivery| delivery.arrivals().any(|at| at > MS(23)));
        // The later of two: 1 - (1 - p)^2. Were their delays the same, it would be p.
        let pair = Link { duplicate: 1.0, ..jitter };
        let later = |delivery: Delivery| delivery.arrivals().last().is_some_and(|at| at > MS(23));
        check_share("copies", pair, 1.0 - (1.0 - tail).powi(2), later);
    }

    #[test]
    fn a_cut_is_one_way_and_a_partition_both() {
        let mut network = Network::new(5, steady(1));
        let mut rng = rng(1);
        let ways = |network: &Network, rng: &mut Rng| -> Vec<(Node, Node)> {
            let pairs = (0..5).flat_map(|from| (0..5).map(move |to| (from, to)));
            pairs
                .filter(|&(from, to)| {
                    let delivery = network.send(MS(0), from, to, rng);
                    assert_eq!(delivery.lost().is_none(), network.reaches(from, to));
                    delivery.lost() != Some(Loss::Cut)
                })
                .collect()
        };
        assert_eq!(ways(&network, &mut rng).len(), 25);
        network.cut(0, 1);
        let open = ways(&network, &mut rng);
        assert!(open.len() == 24 && !open.contains(&(0, 1)));
        network.partition(&[&[0, 1], &[2]]);
        let open = ways(&network, &mut rng);
        // 3 and 4 are in no group and remain together; 0 to 1 is cut still.
        let expected = [(0, 0), (1, 0), (1, 1), (2, 2), (3, 3), (3, 4), (4, 3), (4, 4)];
        assert_eq!(open, expected);
        network.mend(0, 1);
        assert_eq!(ways(&network, &mut rng).len(), 9);
        network.heal();
        assert_eq!(ways(&network, &mut rng).len(), 25);
        assert_eq!(network, Network::new(5, steady(1)), "nothing remains");
    }

    #[test]
    fn nodes_that_are_not_there_are_out_of_reach() {
        let mut network = Network::new(2, steady(1));
        network.partition(&[&[0, 7], &[]]);
        network.partition(&[]);
        for (from, to) in [(0, 2), (2, 0), (usize::MAX, 0)] {
            assert_eq!(network.send(MS(0), from, to, &mut rng(1)), Delivery::Lost(Loss::Cut));
        }
        assert!(!Network::new(0, steady(1)).reaches(0, 0));
    }

    #[test]
    fn a_thousand_nodes_need_no_million_links() {
        let mut network = Network::new(1_000, steady(1));
        let half: Vec<Node> = (0..500).collect();
        network.partition(&[&half]);
        assert!(!network.reaches(0, 999) && network.reaches(0, 499) && network.reaches(500, 999));
        network.set_link(3, 4, steady(9));
        network.heal();
        assert_eq!((network.special.len(), network.side.len()), (1, 1_000));
        assert_eq!((network.link(3, 4), network.link(4, 3)), (steady(9), steady(1)));
    }

    #[test]
    fn a_clogged_link_lets_go_in_order() {
        let mut network = Network::new(2, Link { jitter: MS(50), ..steady(10) });
        network.clog(0, 1, MS(100));
        let mut rng = rng(1);
        let mut send = |at| network.send(MS(at), 0, 1, &mut rng);
        assert_eq!([0, 80, 89].map(&mut send), [Delivery::Once(MS(100)); 3]);
        assert_eq!(send(95), Delivery::Once(MS(105)), "no sooner than the delay allows");
        let after = send(100);
        assert!(after.arrivals().all(|at| at > MS(110)), "the clog is over: {after:?}");
    }

    /// Another implementation gives the same (Python's `math`, to the nanosecond).
    #[test]
    fn the_deliveries_are_pinned() {
        let link =
            Link { loss: 0.3, duplicate: 0.3, jitter: MS(5), reorder: 0.3, reorder_by: MS(20), ..steady(10) };
        let (network, mut rng) = (Network::new(2, link), rng(1));
        let deliveries: [_; 8] = std::array::from_fn(|_| network.send(Nanos::ZERO, 0, 1, &mut rng));
        let once = |at| Delivery::Once(Nanos(at));
        let twice = |first, second| Delivery::Twice(Nanos(first), Nanos(second));
        let expected = [
            once(34_397_924),
            once(20_363_885),
            twice(28_628_867, 35_088_869),
            once(17_325_808),
            once(37_479_165),
            twice(31_858_716, 34_194_095),
            once(21_805_967),
            Delivery::Lost(Loss::Dropped),
        ];
        assert_eq!(deliveries, expected);
    }

    fn link() -> impl Strategy<Value = Link> {
        let share = || prop_oneof![Just(0.0), Just(1.0), Just(f64::NAN), 0.0..1.0];
        let span = || prop_oneof![Just(Nanos::ZERO), Just(Nanos::MAX), (0..1_000_000_u64).prop_map(Nanos)];
        (span(), span(), share(), share(), share(), span()).prop_map(
            |(delay, jitter, loss, duplicate, reorder, reorder_by)| Link {
                delay,
                jitter,
                loss,
                duplicate,
                reorder,
                reorder_by,
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_arrives_too_early_and_every_message_draws_six(
            link in link(), other in link(), seed: u64, now in 0..1_000_000_u64, clog in 0..2_000_000_u64, cut: bool,
        ) {
            let (now, clog) = (Nanos(now), Nanos(clog));
            let mut network = Network::new(3, link);
            network.set_link(1, 2, other);
            network.clog(0, 2, clog);
            if cut {
                network.cut(0, 1);
            }
            for (from, to) in [(0, 1), (1, 2), (0, 2), (2, 9)] {
                let mut used = rng(seed);
                let mut counted = used.clone();
                let delivery = network.send(now, from, to, &mut used);
                for _ in 0..6 {
                    counted.next_u64();
                }
                prop_assert_eq!(&used, &counted);
                prop_assert_eq!(network.send(now, from, to, &mut rng(seed)), delivery, "the same again");
                let earliest = now + network.link(from, to).delay;
                prop_assert!(delivery.arrivals().all(|at| at >= earliest));
                prop_assert!(delivery.arrivals().is_sorted());
                if (from, to) == (0, 2) && now < clog {
                    prop_assert!(delivery.arrivals().all(|at| at >= clog));
                }
                if to == 9 || (cut && to == 1) {
                    prop_assert_eq!(delivery.lost(), Some(Loss::Cut));
                } else {
                    prop_assert_ne!(delivery.lost(), Some(Loss::Cut));
                }
            }
        }

        #[test]
        fn a_knob_changes_only_what_it_is_for(link in link(), seed: u64) {
            let (loss, duplicate) = (0.5, 0.0);
            let plain = Network::new(2, Link { loss: 0.0, duplicate: 0.0, ..link });
            let lossy = Network::new(2, Link { loss, duplicate, ..link });
            let (mut one, mut other) = (rng(seed), rng(seed));
            for _ in 0..50 {
                let (plain, lossy) = (plain.send(MS(1), 0, 1, &mut one), lossy.send(MS(1), 0, 1, &mut other));
                prop_assert!(lossy == Delivery::Lost(Loss::Dropped) || lossy == plain);
            }
        }

        #[test]
        fn without_jitter_and_reordering_a_link_is_fifo(
            delay in 0..100_u64,
            loss in 0.0..0.5,
            duplicate in 0.0..0.5,
            seed: u64,
            mut sent in prop::collection::vec((0..1_000_u64, prop::option::of(0..1_200_u64)), 1..60),
        ) {
            sent.sort_unstable();
            let mut network = Network::new(2, Link { loss, duplicate, ..steady(delay) });
            let (mut rng, mut last) = (rng(seed), Nanos::ZERO);
            for (at, clog) in sent {
                // What waits has its time already, so a clog that replaces its own ends no sooner.
                if let Some(until) = clog.map(MS).filter(|&until| until >= last) {
                    network.clog(0, 1, until);
                }
                for arrival in network.send(MS(at), 0, 1, &mut rng).arrivals() {
                    prop_assert!(arrival >= last, "{arrival} after {last}");
                    last = arrival;
                }
            }
        }
    }
}
