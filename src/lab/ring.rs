//! The demo `ring`: one population of keys, placed by a hash ring and by `hash mod n`, while nodes come and go.
//!
//! Both placements see the same keys, the same changes of membership and the same requests. Whenever the
//! placement changes, every key is looked up again in both, and what moved is counted, not estimated:
//! the closed forms stand beside the counts as readings of their own. One node joins at 2 s by itself, so
//! that a run without any input already answers the bet.
//!
//! Placements are shared between a world and its snapshots, since nothing changes one once it is made.

mod picture;
mod placement;

use std::sync::Arc;

use placement::{Change, Load, Placement, Population};

use super::{Control, ControlKind, Scene, Settings, Spec, Step, Unit, World, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::hash_ring::{self, HashRing};

/// When a node joins by itself.
const JOIN_AT: Nanos = Nanos::from_secs(2);
/// From when on the first node is down, where the learner lets it crash.
const CRASH_AT: Nanos = Nanos::from_secs(6);
/// How many requests a node has on average before its load is judged. That the busiest of 65 nodes has three
/// times a mean of 20 by chance has a probability below 1e-10 (65 tails of a Poisson distribution).
const JUDGED_AT: u64 = 20;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "ring",
    title: "Hash ring and hash mod n",
    part: "distributed",
    topics: &["consistent-hashing"],
    hook: "Ten servers share your keys and an eleventh joins. How many keys get another server?",
    look_for: &[
        "At 2 s a node joins. The ring moves one key in eleven, all to the newcomer; hash mod n moves ten in eleven.",
        "With 1 virtual node, three of ten nodes own 63% of the circle on average. The spread falls with the square root: four times the virtual nodes, half the spread.",
        "Hash mod n is the more even placement. It fails only when the number of nodes changes.",
        "A change of the virtual nodes moves keys as well, so in production their number is chosen once.",
        "A hot key loads one node however even the shares are. No placement of whole keys cures it.",
    ],
    controls: &[
        number("keys", "keys in the population", (1_000.0, 1_000_000.0), 0.0, 10_000.0, ""),
        number("nodes", "nodes (one more joins at 2 s)", (1.0, 64.0), 1.0, 10.0, ""),
        number("vnodes", "virtual nodes per node", (1.0, 1_000.0), 0.0, 150.0, ""),
        number("hot", "share of the requests for one hot key", (0.0, 50.0), 5.0, 0.0, "%"),
        number("rate", "requests per second", (100.0, 10_000.0), 0.0, 2_000.0, "/s"),
        Control {
            name: "crash",
            label: "node A is down from 6 s on",
            kind: ControlKind::Switch,
            default: 0.0,
            unit: "",
        },
    ],
    readings: &[
        reading("moved_share", Unit::Share, "keys that the last change moved on the ring"),
        reading("moved_share_modulo", Unit::Share, "keys that the last change moved under hash mod n"),
        reading("moved_theory", Unit::Share, "expected on the ring: 1/(n+1) where one joins"),
        reading("moved_theory_modulo", Unit::Share, "expected under hash mod n: n/(n+1) where one joins"),
        reading(
            "moved_to_others",
            Unit::Share,
            "of the keys moved on the ring, those moved from one staying node to another",
        ),
        reading("moved_to_others_modulo", Unit::Share, "the same under hash mod n"),
        reading("nodes", Unit::Count, "nodes on the ring now"),
        reading("largest_share", Unit::Share, "part of the circle that the largest node owns"),
        reading("largest_ratio", Unit::Ratio, "the largest node's part over the mean part"),
        reading("spread", Unit::Ratio, "standard deviation of the owned parts over their mean"),
        reading("spread_theory", Unit::Ratio, "expected spread: sqrt((n-1)/(n v+1))"),
        reading("lookups", Unit::Count, "requests so far"),
        reading(
            "max_load_ratio",
            Unit::Ratio,
            "requests at the ring's busiest node over the mean, since the last change",
        ),
        reading("max_load_ratio_modulo", Unit::Ratio, "the same under hash mod n"),
    ],
    bet: "consistent-hashing.bet-eleventh-node",
    goals: &[
        "move fewer than 5% of the keys with one join",
        "bring the spread of ten or more nodes under 0.05",
        "let one node own more than twice its fair share",
        "load one node with three times the mean while the spread is under 0.1",
    ],
    invariants: &[
        "each key has one owner, and the owned parts sum to the circle",
        "ring: keys move only to nodes that join and from nodes that leave",
        "hash mod n: keys move only to nodes that join and from nodes that leave",
    ],
    length: Nanos::from_secs(10),
    bugs: &[],
    theory: &[],
    speed: 1.0,
    sources: &[source!("hash_ring.rs", "pub fn owner")],
    start: |seed, settings| Box::new(RingWorld::new(seed, settings)),
};

/// A node by its number from 0, at most 64. A byte each keeps the placement of a million keys at 2 MB.
type Node = u8;

#[derive(Clone)]
struct RingWorld {
    seed: Seed,
    nodes: Node,
    vnodes: u32,
    hot: f64,
    rate: f64,
    crash: bool,
    joined: bool,
    down: bool,
    arrivals: Rng,
    choices: Rng,
    next_request: Nanos,
    population: Arc<Population>,
    placement: Arc<Placement>,
    change: Option<Change>,
    lookups: u64,
    /// Requests since the last change, by node: on the ring, under hash mod n.
    load: [Load; 2],
    goals: [bool; 4],
    broken: [Option<Step>; 3],
}

impl RingWorld {
    fn new(seed: Seed, settings: &Settings) -> RingWorld {
        let population = Arc::new(Population::new(seed, settings.count("keys")));
        let (nodes, vnodes) = (settings.count("nodes") as Node, settings.count("vnodes") as u32);
        let mut ring = HashRing::with_seed(vnodes, seed.0);
        ring.extend((0..nodes).map(|node| (node, 1)));
        let placement = Arc::new(Placement::new(ring, &population));
        let mut world = RingWorld {
            seed,
            nodes,
            vnodes,
            hot: settings.get("hot") / 100.0,
            rate: settings.get("rate"),
            crash: settings.on("crash"),
            joined: false,
            down: false,
            arrivals: Rng::stream(seed, "arrivals"),
            choices: Rng::stream(seed, "choices"),
            next_request: Nanos::ZERO,
            population,
            placement,
            change: None,
            lookups: 0,
            load: Default::default(),
            goals: [false; 4],
            broken: [None; 3],
        };
        world.schedule_request(Nanos::ZERO);
        world.judge_placement(Step { at: Nanos::ZERO, what: "# nodes at the start", id: u64::from(nodes) });
        world
    }

    fn schedule_request(&mut self, now: Nanos) {
        self.next_request = now + self.arrivals.exponential(Nanos::from_secs_f64(1.0 / self.rate));
    }

    /// When the crash is due; nothing once it is past or where none is wanted.
    fn crash_at(&self) -> Option<Nanos> {
        (self.crash && !self.down).then_some(CRASH_AT)
    }

    fn join_at(&self) -> Option<Nanos> {
        (!self.joined).then_some(JOIN_AT)
    }

    /// The nodes that should be on the ring.
    fn wanted(&self) -> std::ops::Range<Node> {
        Node::from(self.down)..self.nodes + Node::from(self.joined)
    }

    /// Makes nodes join or leave until the ring has those that are wanted, and counts what that moved.
    fn change_members(&mut self, step: Step, title: Option<String>) {
        let wanted = self.wanted();
        let before = Arc::clone(&self.placement);
        let mut ring = before.ring.clone();
        for node in before.members.iter().filter(|node| !wanted.contains(node)) {
            ring.remove(node);
        }
        ring.extend(wanted.filter(|node| before.members.binary_search(node).is_err()).map(|node| (node, 1)));
        if ring.len() == before.ring.len() {
            return;
        }
        let title = title.unwrap_or_else(|| format!("{} to {} nodes", before.ring.len(), ring.len()));
        self.place(step, title, ring);
        let Some(change) = &self.change else { return };
        let one_joined = self.placement.members.len() == before.members.len() + 1;
        self.goals[0] |= one_joined && change.moved[0] < 0.05;
        for which in [0, 1] {
            if change.needless[which] > 0.0 {
                self.broken[1 + which].get_or_insert(step);
            }
        }
    }

    /// Every node gets another number of virtual nodes.
    fn change_vnodes(&mut self, step: Step, vnodes: u32) {
        let title = format!("{} to {vnodes} virtual nodes", self.vnodes);
        let mut ring = HashRing::with_seed(vnodes, self.seed.0);
        ring.extend(self.placement.members.iter().map(|&node| (node, 1)));
        self.vnodes = vnodes;
        self.place(step, title, ring);
    }

    fn place(&mut self, step: Step, title: String, ring: HashRing<Node>) {
        let placement = Arc::new(Placement::new(ring, &self.population));
        self.change = Some(Change::new(step.at, title, &self.placement, &placement));
        self.placement = placement;
        self.load = Default::default();
        self.judge_placement(step);
    }

    fn judge_placement(&mut self, step: Step) {
        let placement = &self.placement;
        self.goals[1] |= placement.members.len() >= 10 && placement.spread < 0.05;
        self.goals[2] |= placement.largest > 2.0 * placement.fair();
        if !placement.whole {
            self.broken[0].get_or_insert(step);
        }
    }

    /// A request for a key: the key is looked up in both placements, and its owners serve it.
    fn request(&mut self) -> Step {
        let at = self.next_request;
        self.schedule_request(at);
        // Both numbers are drawn whatever `hot` is, so that it disturbs nothing else.
        let (hot, any) =
            (self.choices.chance(self.hot), self.choices.below(self.population.points.len() as u64) as usize);
        let key = if hot { self.population.hot } else { any };
        let point = self.population.points[key];
        let placement = &self.placement;
        let owners = [placement.ring.owner_at(point), placement.modulo.owner_at(point)];
        for (which, owner) in owners.iter().enumerate() {
            if let Some(owner) = owner {
                self.load[which].add(**owner);
            }
        }
        self.lookups += 1;
        let step =
            Step { at, what: "request to node #", id: owners[0].map_or(0, |&node| u64::from(node) + 1) };
        if owners != [0, 1].map(|which| placement.owners[which].get(key)) {
            self.broken[0].get_or_insert(step);
        }
        let nodes = placement.members.len();
        self.goals[3] |= self.load[0].all >= JUDGED_AT * nodes as u64
            && self.load[0].ratio(nodes) >= 3.0
            && placement.spread < 0.1;
        step
    }

    fn join(&mut self) -> Step {
        self.joined = true;
        let step = Step { at: JOIN_AT, what: "node # joins", id: u64::from(self.nodes) + 1 };
        self.change_members(step, Some(format!("{} joined", picture::name(self.nodes))));
        step
    }

    fn crash(&mut self) -> Step {
        self.down = true;
        let step = Step { at: CRASH_AT, what: "node # crashes", id: 1 };
        self.change_members(step, Some("A crashed".to_string()));
        step
    }
}

impl World for RingWorld {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        [self.join_at(), self.crash_at(), Some(self.next_request)].into_iter().flatten().min()
    }

    fn step(&mut self) -> Option<Step> {
        let next = self.next_at();
        // Of what is due at the same nanosecond, a change of membership comes first.
        Some(if next == self.join_at() {
            self.join()
        } else if next == self.crash_at() {
            self.crash()
        } else {
            self.request()
        })
    }

    fn set(&mut self, now: Nanos, control: &'static str, value: f64) {
        match control {
            "keys" => {
                self.population = Arc::new(Population::new(self.seed, value as usize));
                self.placement = Arc::new(Placement::new(self.placement.ring.clone(), &self.population));
                if let Some(change) = &mut self.change {
                    change.before = None;
                }
                self.judge_placement(Step { at: now, what: "# keys set", id: value as u64 });
            }
            "nodes" => {
                self.nodes = value as Node;
                self.change_members(Step { at: now, what: "nodes set to #", id: value as u64 }, None);
            }
            "vnodes" if value as u32 != self.vnodes => {
                self.change_vnodes(
                    Step { at: now, what: "virtual nodes set to #", id: value as u64 },
                    value as u32,
                );
            }
            "hot" => self.hot = value / 100.0,
            "rate" => self.rate = value,
            "crash" => {
                self.crash = value != 0.0;
                let down = self.crash && now >= CRASH_AT;
                if down != self.down {
                    self.down = down;
                    let (what, title) = if down {
                        ("node # crashes", "A crashed")
                    } else {
                        ("node # comes back", "A came back")
                    };
                    self.change_members(Step { at: now, what, id: 1 }, Some(title.to_string()));
                }
            }
            _ => {}
        }
    }

    fn readings(&self, _now: Nanos) -> Vec<f64> {
        let placement = &self.placement;
        let nodes = placement.members.len();
        let changed = |value: fn(&Change) -> f64| self.change.as_ref().map_or(f64::NAN, value);
        vec![
            changed(|change| change.moved[0]),
            changed(|change| change.moved[1]),
            changed(|change| change.theory[0]),
            changed(|change| change.theory[1]),
            changed(|change| change.needless[0]),
            changed(|change| change.needless[1]),
            nodes as f64,
            placement.largest,
            placement.largest / placement.fair(),
            placement.spread,
            hash_ring::expected_spread(nodes, self.vnodes),
            self.lookups as f64,
            self.load[0].ratio(nodes),
            self.load[1].ratio(nodes),
        ]
    }

    fn scene(&self, _now: Nanos) -> Scene {
        self.picture()
    }

    fn goals(&self) -> Vec<bool> {
        self.goals.to_vec()
    }

    fn broken(&self) -> Vec<Option<Step>> {
        self.broken.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lab::{Run, scene};

    fn run(seed: u64, controls: &[(&str, f64)]) -> Run {
        let mut settings = Settings::defaults(&SPEC);
        for &(control, value) in controls {
            settings.put(control, value);
        }
        Run::new(&SPEC, Seed(seed), settings)
    }

    fn play(seed: u64, controls: &[(&str, f64)], seconds: u64) -> Run {
        let mut run = run(seed, controls);
        run.advance_to(Nanos::from_secs(seconds), || true);
        run
    }

    fn read(run: &Run, name: &str) -> f64 {
        run.reading(name).expect("a reading of the demo")
    }

    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value}, expected {expected} +- {tolerance}");
    }

    #[test]
    fn an_eleventh_node_moves_an_eleventh_on_the_ring_and_ten_elevenths_under_mod_n() {
        // The newcomer's part is Beta(v, 10 v) distributed; which of 10,000 keys lie in it is binomial.
        let (p, v, keys, seeds) = (1.0 / 11.0_f64, 150.0, 10_000.0, 20_u32);
        let variance = p * (1.0 - p) / (11.0 * v + 1.0) + p * (1.0 - p) / keys;
        let (one, mean_of_all) = (variance.sqrt(), (variance / f64::from(seeds)).sqrt());
        // Under hash mod n the part is exact; only the keys are drawn.
        let modulo = (p * (1.0 - p) / keys).sqrt();
        let mut sum = 0.0;
        for seed in 0..seeds {
            let run = play(seed.into(), &[], 3);
            let moved = read(&run, "moved_share");
            // Five standard deviations: 1 in 1.7 million for each seed.
            close(moved, p, 5.0 * one);
            close(read(&run, "moved_share_modulo"), 1.0 - p, 5.0 * modulo);
            close(read(&run, "moved_theory"), p, f64::EPSILON);
            close(read(&run, "moved_theory_modulo"), 1.0 - p, f64::EPSILON);
            assert_eq!(read(&run, "moved_to_others"), 0.0);
            // Of ten moved keys, nine go from one old node to another. A ratio of sums near 1/10: the same relative
            // error as a binomial of the 9,091 moved keys.
            close(read(&run, "moved_to_others_modulo"), 0.9, 5.0 * (0.09 / 9_091.0_f64).sqrt());
            assert_eq!(read(&run, "nodes"), 11.0);
            sum += moved;
        }
        close(sum / f64::from(seeds), p, 4.0 * mean_of_all);
    }

    #[test]
    fn nothing_has_moved_before_the_first_change() {
        let run = play(7, &[], 1);
        for name in ["moved_share", "moved_share_modulo", "moved_theory", "moved_to_others"] {
            assert!(read(&run, name).is_nan(), "{name}");
        }
        assert_eq!(read(&run, "nodes"), 10.0);
        // Poisson with mean 2,000: five standard deviations.
        close(read(&run, "lookups"), 2_000.0, 5.0 * 2_000.0_f64.sqrt());
        assert!(run.readings().len() == SPEC.readings.len() && run.goals().len() == SPEC.goals.len());
        assert_eq!(run.broken().len(), SPEC.invariants.len());
    }

    #[test]
    fn the_spread_is_what_theory_says() {
        for vnodes in [1.0, 10.0, 100.0] {
            let squares: Vec<f64> =
                (0..60).map(|seed| read(&run(seed, &[("vnodes", vnodes)]), "spread").powi(2)).collect();
            let n = squares.len() as f64;
            let mean = squares.iter().sum::<f64>() / n;
            let error = (squares.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
            let theory = read(&run(0, &[("vnodes", vnodes)]), "spread_theory");
            close(mean, theory.powi(2), 4.0 * error);
        }
    }

    #[test]
    fn the_ring_keeps_its_rules_and_hash_mod_n_does_not() {
        let broken = play(7, &[("crash", 1.0)], 8).broken();
        assert_eq!(broken[..2], [None, None]);
        let first = broken[2].expect("hash mod n moved keys between old nodes");
        assert_eq!((first.at, first.to_string().as_str()), (JOIN_AT, "node 11 joins"));
    }

    #[test]
    fn a_crash_moves_what_the_node_owned_and_its_return_takes_it_back() {
        let mut run = play(7, &[("crash", 1.0)], 5);
        let owned = |run: &Run| match run.scene() {
            Scene::Row(parts) => match &parts[0] {
                Scene::Ring(ring) => ring.arcs.iter().filter(|arc| arc.node == "A").count(),
                other => panic!("no ring but {other:?}"),
            },
            other => panic!("no row but {other:?}"),
        };
        assert!(owned(&run) > 0);
        run.advance_to(CRASH_AT, || true);
        let moved = read(&run, "moved_share");
        assert_eq!((read(&run, "nodes"), owned(&run)), (10.0, 0));
        assert_eq!(read(&run, "moved_to_others"), 0.0);
        // As with a join: Beta(v, 10 v) and binomial.
        close(moved, 1.0 / 11.0, 5.0 * (0.0826_f64 / 1_651.0 + 0.0826 / 10_000.0).sqrt());
        close(read(&run, "moved_share_modulo"), 10.0 / 11.0, 5.0 * (0.0826_f64 / 10_000.0).sqrt());
        run.set("crash", 0.0);
        assert_eq!((read(&run, "nodes"), read(&run, "moved_share")), (11.0, moved));
        assert_eq!(run.broken()[..2], [None, None]);
    }

    #[test]
    fn the_learner_moves_nodes_and_virtual_nodes_live() {
        let mut run = play(7, &[], 3);
        let joined = read(&run, "moved_share");
        // The last to come leaves and comes back: the same keys move, since its places are its own.
        run.set("nodes", 9.0);
        let left = read(&run, "moved_share");
        run.set("nodes", 10.0);
        assert_eq!((read(&run, "nodes"), read(&run, "moved_share")), (11.0, left));
        assert_eq!(left, joined, "node 11 left and came back");
        run.set("nodes", 10.0);
        assert_eq!(read(&run, "moved_share"), left, "nothing changed");
        // 11 to 22 nodes: half of the keys on both.
        run.set("nodes", 21.0);
        close(read(&run, "moved_theory"), 0.5, f64::EPSILON);
        close(read(&run, "moved_theory_modulo"), 0.5, f64::EPSILON);
        // Beta(11 v, 11 v) has variance 1/4/(22 v + 1); which of 10,000 keys: binomial.
        close(read(&run, "moved_share"), 0.5, 5.0 * (0.25_f64 / 3_301.0 + 0.25 / 10_000.0).sqrt());
        close(read(&run, "moved_share_modulo"), 0.5, 5.0 * (0.25_f64 / 10_000.0).sqrt());
        assert_eq!(run.broken()[..2], [None, None]);
        run.set("vnodes", 300.0);
        close(read(&run, "moved_theory"), 0.5 * 21.0 / 22.0, f64::EPSILON);
        // A key moves or not according to which of 6,600 virtual nodes is next, so runs of keys move together: at
        // least 3,300 of them are independent enough.
        close(
            read(&run, "moved_share"),
            0.5 * 21.0 / 22.0,
            5.0 * (0.25_f64 / 3_300.0 + 0.25 / 10_000.0).sqrt(),
        );
        assert_eq!(read(&run, "moved_share_modulo"), 0.0);
        assert_eq!(run.broken()[..2], [None, None], "a change of virtual nodes is no change of members");
    }

    #[test]
    fn one_node_alone_owns_everything() {
        let mut run = run(7, &[]);
        run.set("nodes", 1.0);
        let readings = ["nodes", "largest_share", "largest_ratio", "spread", "spread_theory"]
            .map(|name| read(&run, name));
        assert_eq!(readings, [1.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn goals_tick_when_they_are_met() {
        let check = |controls: &[(&str, f64)], goal: usize, reached: bool| {
            assert_eq!(play(7, controls, 4).goals()[goal], reached, "{controls:?}, goal {goal}");
        };
        check(&[], 0, false);
        check(&[("nodes", 40.0)], 0, true);
        check(&[], 1, false);
        check(&[("vnodes", 1_000.0)], 1, true);
        check(&[], 2, false);
        check(&[("vnodes", 1.0), ("nodes", 20.0)], 2, true);
        check(&[], 3, false);
        check(&[("hot", 40.0)], 3, true);
        check(&[("hot", 40.0), ("vnodes", 1.0)], 3, false);
    }

    #[test]
    fn a_hot_key_loads_one_node_however_even_the_shares_are() {
        let run = play(7, &[("hot", 50.0), ("vnodes", 1_000.0)], 6);
        // Half of the requests and an eleventh of the rest go to its owner: 6 times the mean, both ways. The owner's
        // part varies by 3% of an eleventh, the rest is binomial of about 8,000 requests.
        let tolerance = 11.0 * 5.0 * (0.25_f64 / 7_500.0 + (0.5 * 0.03 / 11.0_f64).powi(2)).sqrt();
        close(read(&run, "max_load_ratio"), 6.0, tolerance);
        close(read(&run, "max_load_ratio_modulo"), 6.0, tolerance);
    }

    #[test]
    fn same_seed_same_run() {
        let trace = |seed| play(seed, &[("hot", 10.0)], 4).trace();
        assert_eq!(trace(7), trace(7));
        assert_ne!(trace(7), trace(8));
        // A knob of one component leaves the others' streams alone: the same arrivals at other nodes.
        let (few, many) = (play(7, &[("vnodes", 1.0)], 4), play(7, &[], 4));
        assert_eq!(few.events(), many.events());
        assert_ne!(few.trace(), many.trace());
    }

    #[test]
    fn the_picture_is_bounded_and_closed() {
        for (nodes, vnodes) in [(1.0, 1.0), (3.0, 1.0), (10.0, 150.0), (64.0, 1_000.0)] {
            let run = play(7, &[("nodes", nodes), ("vnodes", vnodes), ("rate", 100.0)], 3);
            let Scene::Row(parts) = run.scene() else { panic!("no row") };
            let [Scene::Ring(ring), Scene::Column(_)] = parts.as_slice() else {
                panic!("no ring beside a column")
            };
            assert!(ring.arcs.len() <= 720 && ring.keys.len() == 300);
            for (index, arc) in ring.arcs.iter().enumerate() {
                let before = &ring.arcs[(index + ring.arcs.len() - 1) % ring.arcs.len()];
                assert_eq!(arc.start, before.end);
                assert!((0.0..1.0).contains(&arc.start) && (0.0..1.0).contains(&arc.end));
            }
            // The newcomer's keys are those that moved.
            let newcomer = Node::try_from(nodes as u64).expect("at most 64");
            for key in ring.keys.iter().filter(|key| key.moved) {
                assert_eq!(key.series, scene::Series(newcomer % 6));
            }
            let newest = ring.arcs.iter().filter(|arc| arc.node == picture::name(newcomer));
            assert!(newest.clone().count() > 0 && newest.clone().all(|arc| arc.moved));
        }
    }

    #[test]
    fn nodes_are_named() {
        let check = |node, expected: &str| assert_eq!(picture::name(node), expected);
        check(0, "A");
        check(25, "Z");
        check(26, "N27");
        check(64, "N65");
    }

    /// Any value that a control accepts, often one of its ends.
    fn value(control: &'static Control) -> BoxedStrategy<f64> {
        match &control.kind {
            // The population is kept small: its size only costs time, and the largest is tried below.
            ControlKind::Number { min, max, .. } => {
                let max = if control.name == "keys" { 5_000.0 } else { *max };
                prop_oneof![Just(*min), Just(max), *min..=max].boxed()
            }
            ControlKind::Choice(options) => (0..options.len()).prop_map(|index| index as f64).boxed(),
            ControlKind::Switch => prop_oneof![Just(0.0), Just(1.0)].boxed(),
        }
    }

    fn any_controls() -> impl Strategy<Value = Vec<(&'static str, f64)>> {
        SPEC.controls
            .iter()
            .map(|control| value(control).prop_map(|value| (control.name, value)))
            .collect::<Vec<_>>()
    }

    fn any_input() -> impl Strategy<Value = (&'static str, f64)> {
        proptest::sample::select(SPEC.controls.iter().collect::<Vec<_>>())
            .prop_flat_map(|control| value(control).prop_map(|value| (control.name, value)))
    }

    fn consistent(run: &Run) {
        assert_eq!(run.broken()[..2], [None, None]);
        let readings = run.readings();
        assert_eq!(readings.len(), SPEC.readings.len());
        for (reading, value) in SPEC.readings.iter().zip(&readings) {
            let share = reading.unit == Unit::Share;
            assert!(
                value.is_nan() || (*value >= 0.0 && (!share || *value <= 1.0)),
                "{}: {value}",
                reading.name
            );
        }
        assert!(matches!(run.scene(), Scene::Row(_)));
    }

    #[test]
    fn the_largest_values_are_accepted() {
        let all: Vec<(&str, f64)> = SPEC
            .controls
            .iter()
            .map(|control| match control.kind {
                ControlKind::Number { max, .. } if control.name != "keys" => (control.name, max),
                ControlKind::Number { .. } => (control.name, 100_000.0),
                _ => (control.name, 1.0),
            })
            .collect();
        consistent(&play(7, &all, 7));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn accepted_values_never_panic_and_break_no_rule_of_the_ring(
            seed: u64, start in any_controls(),
            inputs in proptest::collection::vec((0_u64..2_000, any_input()), 0..6),
        ) {
            let mut run = run(seed, &start);
            for (after, (control, value)) in inputs {
                run.advance_to(run.now() + Nanos::from_millis(after), || true);
                consistent(&run);
                run.set(control, value);
                consistent(&run);
            }
        }
    }
}
