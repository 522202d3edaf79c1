//! A group on a bad network: what holds always, how soon a crash is found, what it costs, and that the flaws are found.

use super::super::quality::{swim_periods, swim_probe_fails};
use super::super::rumour::logistic;
use super::*;
use crate::sim::torture::{breaks, survives};
use crate::sim::{EventQueue, Link, Network, Seed};

const PERIOD: Nanos = Nanos::from_secs(1);

fn config(members: usize) -> Config {
    Config {
        members,
        helpers: 3,
        suspicion: PERIOD * 3,
        repeats: 3.0,
        rumours: 6,
        order: Order::RoundRobin,
        flaw: Flaw::None,
    }
}

enum Event {
    Period,
    Timeout(Member),
    Arrive(Member, Member, Message),
}

/// A group and its network.
struct Group {
    nodes: Vec<Node>,
    up: Vec<bool>,
    queue: EventQueue<Event>,
    network: Network,
    rng: Rng,
    now: Nanos,
    sent: u64,
    /// The highest incarnation that each member ever had itself.
    raised: Vec<u32>,
    /// When each (member, incarnation) was first suspected by anybody.
    suspected: std::collections::BTreeMap<(Member, u32), Nanos>,
    changes: Vec<(Nanos, Member, Change)>,
    broken: Option<String>,
}

impl Group {
    fn new(config: Config, link: Link, seed: Seed) -> Group {
        let mut queue = EventQueue::new();
        queue.push(Nanos::ZERO, Event::Period);
        Group {
            nodes: (0..config.members).map(|me| Node::new(me, config)).collect(),
            up: vec![true; config.members],
            queue,
            network: Network::new(config.members, link),
            rng: Rng::stream(seed, "group"),
            now: Nanos::ZERO,
            sent: 0,
            raised: vec![0; config.members],
            suspected: Default::default(),
            changes: Vec::new(),
            broken: None,
        }
    }

    fn run(&mut self, until: Nanos) {
        while self.queue.next_at().is_some_and(|at| at <= until) {
            let Some((now, event)) = self.queue.pop() else { break };
            self.now = now;
            match event {
                Event::Period => {
                    for node in 0..self.nodes.len() {
                        self.at(node, |node, rng, out| node.begin_period(now, rng, out));
                        self.queue.push(now + Nanos::from_millis(300), Event::Timeout(node));
                    }
                    self.queue.push(now + PERIOD, Event::Period);
                }
                Event::Timeout(node) => self.at(node, Node::ping_timeout),
                Event::Arrive(from, to, message) => {
                    self.at(to, |node, _, out| node.receive(now, from, &message, out));
                }
            }
        }
        self.now = until;
    }

    fn at(&mut self, node: Member, act: impl FnOnce(&mut Node, &mut Rng, &mut Out)) {
        if !self.up[node] {
            return;
        }
        let mut out = Out::default();
        act(&mut self.nodes[node], &mut self.rng, &mut out);
        for (to, message) in out.messages {
            self.sent += 1;
            for at in self.network.send(self.now, node, to, &mut self.rng).arrivals() {
                self.queue.push(at, Event::Arrive(node, to, message.clone()));
            }
        }
        self.raised[node] = self.raised[node].max(self.nodes[node].incarnation);
        for change in out.changes {
            self.law(change);
            self.changes.push((self.now, node, change));
        }
    }

    /// What every change of mind keeps.
    fn law(&mut self, change: Change) {
        let Change { about, before, now, .. } = change;
        let mut broken = |why: &str| {
            self.broken.get_or_insert(format!("{why}: {change:?}"));
        };
        if now.incarnation > self.raised[about] {
            broken("an incarnation that the member never had");
        }
        if now.status == Status::Alive && now.incarnation <= before.incarnation {
            broken("taken back without a higher incarnation");
        }
        let key = (about, now.incarnation);
        match now.status {
            Status::Suspect => drop(self.suspected.entry(key).or_insert(self.now)),
            Status::Dead => {
                let since = self.suspected.get(&key).copied();
                if since.is_none_or(|since| self.now < since + PERIOD * 3) {
                    broken("dead without the time to object");
                }
            }
            Status::Alive => {}
        }
    }

    fn all_up_believe(&self, about: Member, status: Status) -> bool {
        let mut others = (0..self.nodes.len()).filter(|node| *node != about && self.up[*node]);
        others.all(|node| self.nodes[node].belief(about).is_some_and(|belief| belief.status == status))
    }
}

fn good_link() -> Link {
    Link { delay: Nanos::from_millis(20), jitter: Nanos::from_millis(5), ..Link::default() }
}

#[test]
fn the_first_finds_a_crash_as_soon_as_theory_says() {
    // Whole periods from the one that begins after the crash; the crash lies between two.
    for order in [Order::Random, Order::RoundRobin] {
        let mut periods = Vec::new();
        for seed in 0..300 {
            let mut group = Group::new(Config { order, ..config(16) }, good_link(), Seed(seed));
            let crash = PERIOD * (4 + seed % 16) + Nanos::from_millis(900);
            group.run(crash);
            group.up[3] = false;
            group.run(crash + PERIOD * 12);
            let first = group.changes.iter().find(|(_, _, change)| change.about == 3).expect("it is found");
            periods.push((first.0.since(crash).as_secs_f64() - 0.1).round());
        }
        let mean = periods.iter().sum::<f64>() / periods.len() as f64;
        let spread =
            periods.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / periods.len() as f64;
        // 4 standard errors; in turn, the chance grows a little from period to period: a thirtieth of it for 16.
        let allowed = 4.0 * (spread / periods.len() as f64).sqrt() + swim_periods(16.0) / 30.0;
        assert!((mean - swim_periods(16.0)).abs() < allowed, "{order:?}: {mean}, {allowed}");
    }
}

#[test]
fn everybody_knows_within_the_time_of_a_rumour() {
    // The logistic curve with 2 contacts a period is at n - 1/2 after ln(2 (n - 1/2)(n - 1)) / 2 periods: 4.5 for 64.
    for members in [16_usize, 64] {
        let n = members as f64;
        let expected = libm::log(2.0 * (n - 0.5) * (n - 1.0)) / 2.0;
        assert!((logistic(n, 2.0, expected) - (n - 0.5)).abs() < 1e-6);
        let mut mean = 0.0;
        for seed in 0..20 {
            let mut group = Group::new(config(members), good_link(), Seed(seed));
            group.run(PERIOD * 3 + PERIOD);
            group.up[1] = false;
            group.run(PERIOD * 30);
            assert!(group.all_up_believe(1, Status::Dead) && group.broken.is_none(), "{:?}", group.broken);
            let of = |status| {
                let mut heard: Vec<(Member, Nanos)> = Vec::new();
                for &(at, node, change) in &group.changes {
                    if change.about == 1
                        && change.now.status >= status
                        && !heard.iter().any(|(by, _)| *by == node)
                    {
                        heard.push((node, at));
                    }
                }
                heard
            };
            let heard = of(Status::Suspect);
            assert_eq!(heard.len(), members - 1);
            mean += heard[members - 2].1.since(heard[0].1).as_secs_f64() / 20.0;
        }
        // In rounds, with the answers in the same period as the questions: within a period and a half of the curve.
        assert!((mean - expected).abs() < 1.5, "{mean} for {expected}");
    }
}

#[test]
fn the_load_does_not_grow() {
    for members in [4_u64, 16, 64] {
        let mut group = Group::new(config(members as usize), good_link(), Seed(1));
        group.run(PERIOD * 20 - Nanos(1));
        // A question and an answer for each member and period, and nothing besides where nothing is lost.
        assert_eq!(group.sent, members * 20 * 2);
        assert!(group.changes.is_empty());
    }
}

#[test]
fn live_members_are_suspected_as_often_as_theory_says() {
    let loss = 0.2;
    let (mut asked, mut suspected) = (0.0, 0.0);
    for seed in 0..20 {
        let mut group = Group::new(config(16), Link { loss, ..good_link() }, Seed(seed));
        group.run(PERIOD * 40 + Nanos(1));
        // The questions of the last period are not judged yet.
        asked += 16.0 * 40.0;
        suspected += group
            .changes
            .iter()
            .filter(|(_, _, change)| change.first_hand && change.now.status == Status::Suspect)
            .count() as f64;
        assert_eq!(group.broken, None);
    }
    // Who is suspected already is not suspected again: a few percent fewer. Four roots of the count besides.
    let expected = asked * swim_probe_fails(loss, 3);
    assert!(
        (suspected - expected).abs() < 4.0 * expected.sqrt() + 0.2 * expected,
        "{suspected} for {expected}"
    );
    assert!(suspected > 100.0);
}

#[test]
fn who_comes_back_is_taken_back() {
    let mut group = Group::new(config(8), good_link(), Seed(2));
    group.up[5] = false;
    group.run(PERIOD * 20);
    assert!(group.all_up_believe(5, Status::Dead));
    group.up[5] = true;
    group.nodes[5] = Node::new(5, config(8));
    group.run(PERIOD * 30);
    assert!(group.all_up_believe(5, Status::Alive) && group.broken.is_none(), "{:?}", group.broken);
    assert_eq!(group.nodes[0].belief(5).map(|belief| belief.incarnation), Some(1));
    assert_eq!(group.nodes[0].belief(8), None);
}

/// What happens to a group.
#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    Crash(Member),
    Restart(Member),
    Cut(Member),
    Heal,
}

fn draw(rng: &mut Rng) -> Act {
    let (kind, member, tenths) = (rng.below(10), rng.below(6) as usize, rng.below(30));
    match kind {
        0..6 => Act::Wait(tenths),
        6 => Act::Crash(member),
        7 => Act::Restart(member),
        8 => Act::Cut(member),
        _ => Act::Heal,
    }
}

fn play(flaw: Flaw, seed: Seed, script: &[Act]) -> Result<(), String> {
    let link = Link { loss: 0.2, duplicate: 0.1, reorder: 0.2, reorder_by: PERIOD, ..good_link() };
    let config = Config { flaw, ..config(6) };
    let mut group = Group::new(config, link, seed);
    for &act in script {
        match act {
            Act::Wait(tenths) => group.run(group.now + Nanos::from_millis(tenths * 100)),
            Act::Crash(member) => group.up[member] = false,
            Act::Restart(member) if !group.up[member] => {
                group.up[member] = true;
                group.nodes[member] = Node::new(member, config);
            }
            Act::Restart(_) => {}
            Act::Cut(member) => group.network.partition(&[&[member]]),
            Act::Heal => group.network.heal(),
        }
        if let Some(why) = group.broken.take() {
            return Err(why);
        }
    }
    // Completeness: with the network well, every crash is known to all who are up.
    group.network.heal();
    group.network.set_usual(good_link());
    group.run(group.now + PERIOD * 40);
    let unknown = (0..6).find(|about| !group.up[*about] && !group.all_up_believe(*about, Status::Dead));
    match (group.broken, unknown) {
        (Some(why), _) => Err(why),
        (None, Some(member)) if group.up.iter().any(|up| *up) => {
            Err(format!("the crash of {member} is not known to all"))
        }
        _ => Ok(()),
    }
}

#[test]
fn a_group_keeps_its_laws_through_crashes_cuts_and_losses() {
    survives(250, 30, draw, |seed, script| play(Flaw::None, seed, script));
}

#[test]
fn every_flaw_is_found() {
    let failure =
        breaks(50, 30, draw, |seed, script| play(Flaw::NoIncarnation, seed, script)).expect("a flaw");
    assert!(failure.why.contains("without a higher incarnation") && failure.script.len() <= 6, "{failure:?}");
    let failure = breaks(50, 30, draw, |seed, script| play(Flaw::NoSuspicion, seed, script)).expect("a flaw");
    assert!(failure.why.contains("without the time to object") && failure.script.len() <= 3, "{failure:?}");
}
