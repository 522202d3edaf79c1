//! Who is down? Detectors side by side on the same heartbeats, the same crashes, the same bad network.
//!
//! Every node sends heartbeats to a watcher, who judges them by a fixed time-out and by phi accrual. The same nodes are a SWIM group
//! and ask each other. Nodes crash and come back all the time, so that a run shows both sides of every detector: how soon it
//! finds a crash, and how often it is wrong about a node that lives. A ladder of thresholds is counted along, so one run gives the whole
//! curve on which the control moves.

mod group;
mod knobs;
mod measures;
mod nodes;
mod picture;
#[cfg(test)]
mod tests;
mod traffic;
mod watch;

use std::collections::VecDeque;

use group::{Group, Tally};
use knobs::{BUGS, Bug, DETECTORS, Knobs};
use watch::{FIXED, PHI, Watcher};

use super::measure::Level;
use super::scenario::{Scenario, Sim, start};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Network, Rng, Seed, Token};
use crate::systems::detector::swim::{Member, Message, Status};
use crate::systems::detector::{quality, rumour};

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "detector",
    title: "Failure detectors",
    part: "load-balancing",
    topics: &["health-checks", "service-discovery"],
    hook: "A node is silent. How long do you wait before you call it dead?",
    look_for: &[
        "Time-out 1.2 s, a heartbeat every 0.5 s, 10% lost: a crash is found after 1 s on average, and each node is called dead falsely once a minute, whenever two heartbeats in a row are lost.",
        "Move the time-out: a step of one period makes mistakes 10 times rarer (1 / loss) and the detection one period later. That is the curve; no time-out is below it.",
        "Phi follows the network. Set the jitter to 300 ms: the fixed time-out is wrong more often at once, phi waits longer by itself and is as right as before.",
        "Phi of 8 should be wrong once in 100 million intervals. It is wrong about every other minute: lost heartbeats make intervals that no normal curve knows.",
        "SWIM: each node sends 4 to 5 messages a period at 10% loss, with 8 members and with 50. Heartbeats from all to all would be n - 1.",
        "SWIM: somebody asks the crashed node within e/(e - 1) = 1.6 periods, and all know 3 to 5 periods later, with 50 members little later than with 10.",
        "Set loss to 30%: SWIM suspects live nodes all the time, and nearly all of them object in time. With suspicion 0 they are dead.",
    ],
    controls: &[
        choice("detector", "the one that is judged", DETECTORS, 0.0),
        number("timeout", "fixed: suspect after a silence of", (100.0, 10_000.0), 100.0, 1_200.0, "ms"),
        number("phi", "phi accrual: suspect at", (0.5, 40.0), 0.5, 8.0, ""),
        number("period", "a heartbeat, a SWIM question every", (100.0, 2_000.0), 100.0, 500.0, "ms"),
        number("loss", "messages that are lost", (0.0, 50.0), 1.0, 10.0, "%"),
        number("jitter", "mean delay besides 20 ms", (0.0, 500.0), 10.0, 30.0, "ms"),
        number("pauses", "times a minute that a node stops for 2 s", (0.0, 10.0), 1.0, 0.0, ""),
        number("nodes", "nodes", (4.0, 50.0), 1.0, 16.0, ""),
        number("suspicion", "SWIM: a suspect may object for", (0.0, 20.0), 1.0, 6.0, "periods"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("detect_s", Unit::Seconds, "mean time to find a crash, by the detector that is judged"),
        reading("mistakes", Unit::Ratio, "live nodes that it called down, a node and minute"),
        reading("crashes", Unit::Count, "crashes"),
        reading("fixed_detect_s", Unit::Seconds, "mean time to find a crash, fixed time-out"),
        reading("fixed_detect_theory", Unit::Seconds, "the same expected, without pauses"),
        reading("fixed_mistakes", Unit::Ratio, "mistakes a node and minute, fixed time-out"),
        reading("fixed_mistakes_theory", Unit::Ratio, "the same expected, without pauses"),
        reading("phi_detect_s", Unit::Seconds, "mean time to find a crash, phi accrual"),
        reading("phi_mistakes", Unit::Ratio, "mistakes a node and minute, phi accrual"),
        reading("swim_detect_s", Unit::Seconds, "mean time until SWIM declares a crashed node dead"),
        reading("swim_mistakes", Unit::Ratio, "live nodes that SWIM declares dead, a node and minute"),
        reading("swim_periods", Unit::Ratio, "SWIM: whole periods until somebody suspects a crashed node"),
        reading("swim_periods_theory", Unit::Ratio, "the same expected: e / (e - 1) for many"),
        reading("swim_suspected", Unit::Count, "SWIM: false suspicions"),
        reading("swim_refuted", Unit::Count, "SWIM: of them those that were taken back"),
        reading("swim_load", Unit::Ratio, "SWIM: messages sent by a node in a period"),
        reading(
            "swim_load_theory",
            Unit::Ratio,
            "the same expected at this loss, whatever the number of nodes",
        ),
        reading("heartbeat_load", Unit::Count, "the same for heartbeats from all to all"),
        reading("spread_periods", Unit::Ratio, "periods from the first who suspects a crash until all know"),
        reading("spread_theory", Unit::Ratio, "the same by the logistic curve: ln(2 (n - 1/2)(n - 1)) / 2"),
    ],
    bet: "health-checks.bet-false-alarms",
    goals: &[
        "10% loss or more: 10 crashes found in 3 s, no mistake",
        "SWIM declares 5 live nodes dead",
        "SWIM: 60 false suspicions, no live node dead",
        "40 nodes: all know of a crash within 5 periods",
    ],
    invariants: &[
        "a crashed node is suspected a time-out after its last heartbeat",
        "SWIM: an older rumour changes nobody's mind",
        "SWIM: nobody raises another one's incarnation",
        "SWIM: dead only after the time to object",
    ],
    acts: &[
        Act { name: "crash", meaning: "the node stops until it is restarted" },
        Act { name: "restart", meaning: "the node is up again and knows nothing" },
        Act { name: "pause", meaning: "the node stands still for 2 s, as in a long garbage collection" },
    ],
    views: &["curve", "heartbeats", "swim", "rumour"],
    bugs: &[
        "own-send: the watcher's clock starts anew when it sends, not when it hears: nobody is ever suspected",
        "no-incarnation: every rumour is taken for news: an old one brings the dead back",
        "no-suspicion: who does not answer is dead at once: one bad second is enough",
    ],
    theory: &[
        ("fixed_detect_s", "fixed_detect_theory"),
        ("fixed_mistakes", "fixed_mistakes_theory"),
        ("swim_periods", "swim_periods_theory"),
        ("swim_load", "swim_load_theory"),
        ("spread_periods", "spread_theory"),
    ],
    length: Nanos::from_secs(60),
    speed: 1.0,
    sources: &[
        source!("detector/phi.rs", "pub fn phi("),
        source!("detector/fixed.rs", "pub struct FixedTimeout"),
        source!("detector/swim.rs", "pub fn begin_period"),
        source!("detector/quality.rs", "pub fn mistakes_per_second"),
        source!("detector/rumour.rs", "pub fn push_rounds"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Detection::new(seed, sim)),
};

/// How long a node is paused.
const PAUSE: Nanos = Nanos::from_secs(2);
/// A node crashes at intervals of this and up to that more, from this moment on, and stays down for so long.
const CRASH_EVERY: Nanos = Nanos::from_secs(2);
const CRASH_SPREAD: Nanos = Nanos::from_secs(2);
const FIRST_CRASH: Nanos = Nanos::from_millis(2_100);
const DOWN: Nanos = Nanos::from_secs(10);
/// How many periods back heartbeats are seen, and how many of all nodes.
const STRIP: u64 = 10;
const MOST_SEEN: usize = 1_200;
/// How many who are asked for help.
const HELPERS: usize = 3;

#[derive(Clone, Debug)]
enum Event {
    Beat(usize),
    Heard(usize),
    Deadline(usize, usize),
    Period,
    Timeouts,
    /// From whom, to whom, and in which era of the group it was sent.
    Arrive(Member, Member, u32, Message),
    Crash,
    Restart(usize),
    Pause,
}

/// How a node is.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The restart of one that is down; none where it was crashed by hand.
    down: Option<Option<Token>>,
    paused_until: Nanos,
    /// Whether its next heartbeat is planned.
    beats: bool,
}

/// What theory expects, worked out when a control changes.
#[derive(Clone, Debug, Default)]
struct Expected {
    detect: f64,
    mistakes: f64,
    /// Messages of a SWIM node in a period.
    load: f64,
    /// Time to find and mistakes a node and minute, for each rung.
    curve: Vec<(f64, f64)>,
}

#[derive(Clone)]
struct Detection {
    knobs: Knobs,
    expected: Expected,
    network: Network,
    beats: Vec<Rng>,
    gossip: Rng,
    asks: Rng,
    crashes: Rng,
    pauses: Rng,
    next_pause: Option<Token>,
    states: Vec<State>,
    watcher: Watcher,
    group: Group,
    /// How often the group has begun anew.
    era: u32,
    /// Watched nodes that are up, and its area when counting began.
    up: Level,
    counted_from: f64,
    crashed: u64,
    periods: u64,
    /// Since when the fixed time-out is what it is.
    set_at: Nanos,
    /// The last heartbeats: from whom, when they arrive (or were sent, where they are lost), and whether they are lost.
    flying: VecDeque<(usize, Nanos, bool)>,
}

impl Detection {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Detection {
        let knobs = Knobs::of(sim.settings());
        let most = 50;
        let mut demo = Detection {
            expected: Expected::default(),
            network: Network::new(most, knobs.link()),
            beats: (0..most).map(|node| Rng::stream(seed, &format!("beats {node}"))).collect(),
            gossip: Rng::stream(seed, "gossip"),
            asks: Rng::stream(seed, "asks"),
            crashes: Rng::stream(seed, "crashes"),
            pauses: Rng::stream(seed, "pauses"),
            next_pause: None,
            states: vec![State::default(); most],
            watcher: Watcher::new(knobs.nodes, knobs.thresholds(), knobs.period, Nanos::ZERO),
            group: Group::new(knobs.swim()),
            era: 0,
            up: Level::default(),
            counted_from: 0.0,
            crashed: 0,
            periods: 0,
            set_at: Nanos::ZERO,
            flying: VecDeque::new(),
            knobs,
        };
        demo.expect();
        demo.count_up(Nanos::ZERO);
        demo.begin_beats(sim);
        demo.arm_all(sim);
        sim.at(Nanos::ZERO, Event::Period);
        sim.at(FIRST_CRASH, Event::Crash);
        demo.plan_pause(sim);
        demo
    }
}

impl Scenario for Detection {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let now = sim.now();
        let heard = self.group.spread.heard.len();
        let step = match event {
            Event::Beat(node) => self.beat(sim, node),
            Event::Heard(node) if node >= self.knobs.nodes => ("there is no node #", node as u64),
            Event::Heard(node) => {
                self.watcher.heard(now, node);
                self.arm(sim, node);
                ("the watcher hears node #", node as u64)
            }
            Event::Deadline(which, node) => {
                let what = match (which, self.watcher.suspect(now, which, node)) {
                    (_, None) => "nothing is heard of node # for long",
                    (FIXED, Some(true)) => "time-out: node # is suspected, and lives",
                    (FIXED, Some(false)) => "time-out: node # is suspected, and is down",
                    (_, Some(true)) => "phi: node # is suspected, and lives",
                    (_, Some(false)) => "phi: node # is suspected, and is down",
                };
                (what, node as u64)
            }
            Event::Period => self.period(sim),
            Event::Timeouts => self.timeouts(sim),
            Event::Arrive(_, to, era, _) if era != self.era => {
                ("a message of the old group to # is void", to as u64)
            }
            Event::Arrive(from, to, _, message) => self.arrive(sim, (from, to), message),
            Event::Crash => {
                // Not in step with heartbeats and periods.
                sim.after(CRASH_EVERY + self.crashes.uniform(Nanos::ZERO, CRASH_SPREAD), Event::Crash);
                // At most a third is down at once. The draws are the same whoever is up.
                let pick = self.crashes.below(self.knobs.nodes as u64 - 1) as usize + 1;
                let down = (1..self.knobs.nodes).filter(|node| !self.is_up(*node)).count();
                if self.is_up(pick) && (down + 1) * 3 <= self.knobs.nodes {
                    let token = sim.after(DOWN, Event::Restart(pick));
                    self.crash(now, pick, Some(token));
                    ("node # crashes", pick as u64)
                } else {
                    ("nobody crashes: enough are down", pick as u64)
                }
            }
            Event::Restart(node) => self.restart(sim, node),
            Event::Pause => {
                let node = self.pauses.below(self.knobs.nodes as u64) as usize;
                self.plan_pause(sim);
                self.pause(now, node)
            }
        };
        self.group.settle(self.knobs.period, heard);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let now = sim.now();
        let before = std::mem::replace(&mut self.knobs, Knobs::of(sim.settings()));
        self.network.set_usual(self.knobs.link());
        match control {
            "detector" => return,
            "timeout" | "phi" => {
                self.watcher.set(self.knobs.thresholds());
                self.counted_from = self.up.area(now);
                self.group.tally = Tally::default();
                self.set_at = now;
                self.arm_all(sim);
            }
            "pauses" => self.plan_pause(sim),
            "nodes" if before.nodes != self.knobs.nodes => self.rebuild(sim),
            _ => {}
        }
        self.group.configure(self.knobs.swim());
        if !matches!(control, "timeout" | "phi") {
            self.recount(now);
        }
        self.expect();
    }

    fn check(&self, sim: &mut Sim<Event>) {
        sim.rule(0, self.watcher.complete(sim.now(), self.knobs.timeout, self.set_at));
        for (rule, holds) in self.group.holds.iter().enumerate() {
            sim.rule(rule + 1, *holds);
        }
        let tally = &self.group.tally;
        if self.knobs.judged < 2 {
            let score = self.watcher.scores[self.knobs.judged];
            let sharp = score.found >= 10 && score.mistakes == 0 && score.detect_s() <= 3.0;
            sim.goal(0, sharp && self.knobs.loss >= 0.1);
        } else {
            let found =
                tally.dead >= 10 && tally.false_deaths == 0 && tally.dead_s / tally.dead as f64 <= 3.0;
            sim.goal(0, found && self.knobs.loss >= 0.1);
        }
        sim.goal(1, tally.false_deaths >= 5 && self.knobs.bug == Bug::None);
        sim.goal(2, tally.false_suspicions >= 60 && tally.false_deaths == 0);
        let quick = tally.spread > 0 && tally.spread_periods / tally.spread as f64 <= 5.0;
        sim.goal(3, self.knobs.nodes >= 40 && quick);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let (fixed, phi, swim) = (self.quality(now, FIXED), self.quality(now, PHI), self.quality(now, 2));
        let (detect, mistakes) = [fixed, phi, swim][self.knobs.judged];
        let tally = &self.group.tally;
        let n = self.knobs.nodes as f64;
        vec![
            detect,
            mistakes,
            self.crashed as f64,
            fixed.0,
            self.expected.detect,
            fixed.1,
            self.expected.mistakes,
            phi.0,
            phi.1,
            swim.0,
            swim.1,
            tally.found_periods / tally.found as f64,
            quality::swim_periods(n),
            tally.false_suspicions as f64,
            tally.refuted as f64,
            tally.messages as f64 / tally.periods as f64,
            self.expected.load,
            n - 1.0,
            tally.spread_periods / tally.spread as f64,
            libm::log(2.0 * (n - 0.5) * (n - 1.0)) / 2.0,
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.curve_scene(now)
    }

    fn view(&self, _: &Sim<Event>, now: Nanos, view: usize) -> Scene {
        match view {
            1 => self.heartbeat_scene(now),
            2 => self.swim_scene(now),
            3 => self.rumour_scene(now),
            _ => self.curve_scene(now),
        }
    }

    fn things(&self, _: &Sim<Event>, now: Nanos) -> Vec<Thing> {
        let thing = |node: usize| {
            let (state, acts): (_, &'static [&'static str]) = match self.states[node] {
                State { down: Some(_), .. } => (", down", &["restart"]),
                State { paused_until, .. } if paused_until > now => (", paused", &["crash"]),
                _ => ("", &["crash", "pause"]),
            };
            Thing { id: node as u64, name: format!("node {node}{state}"), acts }
        };
        (1..self.knobs.nodes).map(thing).collect()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        let node = thing as usize;
        if thing == 0 || thing >= self.knobs.nodes as u64 {
            return ("there is no node #", thing);
        }
        match act {
            "crash" if self.is_up(node) => {
                self.crash(sim.now(), node, None);
                ("node # is crashed by hand", thing)
            }
            "restart" => self.restart(sim, node),
            "pause" => self.pause(sim.now(), node),
            _ => ("node # is down already", thing),
        }
    }

    /// The beliefs of all about all, the learned intervals, and what is under way.
    fn bytes(&self) -> usize {
        (64 << 10) + self.knobs.nodes * (self.knobs.nodes * 24 + 4_000) + 200 * self.knobs.nodes * 8
    }
}

/// What a member thinks of another one, as the picture needs it.
fn status_of(group: &Group, by: Member, about: Member) -> Status {
    group.nodes.get(by).and_then(|node| node.belief(about)).map_or(Status::Alive, |belief| belief.status)
}

/// How many of `n` know a rumour after some periods, where each meets two others a period.
fn knowing(n: f64, periods: f64) -> f64 {
    rumour::logistic(n, 2.0, periods)
}
