//! A release goes out in four ways at once: instance by instance, by switching between two fleets, to a share of the
//! requests, to a share of the users. It is bad, and the question is who notices when, and what it costs.
//!
//! All four serve the same requests of the same users with the same luck. A statistical gate watches each, and what it says
//! becomes known only after a delay, as numbers do. Beside it the gates are rehearsed on releases known to be good or bad.

mod course;
mod hands;
mod judge;
mod knobs;
mod picture;
mod rehearsal;
mod side;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use knobs::{Harm, Knobs};
use rehearsal::Rehearsals;
use side::{Phase, Request, Side, Way};

use super::measure::Bins;
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Act, Scene, Spec, Thing, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed};

const HARMS: &[&str] = &["errors", "some-users", "leak", "outage"];
const GATES: &[&str] = &["sprt", "fixed", "nobody"];
const BUGS: &[&str] = &["none", "past", "peeking", "not-sticky"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "deploy",
    title: "Bringing out a release",
    part: "operations",
    topics: &["deployment-strategies"],
    hook: "A release fails 5% of its requests instead of 1%. How many users meet it before it is taken back?",
    look_for: &[
        "Blue/green notices first and costs most: all 400 requests a second go to the bad version, and in the 5 s until the numbers are in nearly 9 of 10 users have met it.",
        "Canary and flag give it 5% of the requests. The test needs about 150 pairs whichever way: at 20 a second that takes some seconds more, and fails about 15 requests instead of 110.",
        "A canary by request is not a canary by user: 5% of the requests, drawn anew for each, reach one user in six within 9 s. The flag draws once for each user: 5%, and no more.",
        "Taking back: a switch or a flag takes no time. Rolling takes 2 s for each instance, and those that wait go on failing.",
        "View gate: with one look at the end 5% of good releases are stopped, as designed. With a look every 20 pairs at the same level it is twice as many, and more with more looks. Wald's test may look after every pair and needs about 6 tenths of the pairs.",
        "Set harm to outage: something else fails for both versions. Blue/green compares with the past and takes a good release back; the canary has the old version beside it.",
    ],
    controls: &[
        number("share", "requests or users that get it first", (1.0, 50.0), 1.0, 5.0, "%"),
        number("bad", "its failing share", (0.0, 50.0), 1.0, 5.0, "%"),
        choice("harm", "what is wrong with it", HARMS, 0.0),
        number("base", "failing share of the old version", (0.5, 20.0), 0.5, 1.0, "%"),
        choice("gate", "who decides", GATES, 0.0),
        number("alpha", "good releases that the gate may stop", (0.5, 20.0), 0.5, 5.0, "%"),
        number("detect", "failing share that it has to find", (2.0, 50.0), 1.0, 5.0, "%"),
        number("bake", "how long it is watched at least", (0.0, 20.0), 1.0, 6.0, "s"),
        number("delay", "time until the numbers are in", (0.0, 20.0), 1.0, 5.0, "s"),
        choice("bug", "break it on purpose", BUGS, 0.0),
    ],
    readings: &[
        reading("releases", Unit::Count, "releases that went out"),
        reading("met_rolling", Unit::Share, "users that met this release, rolling"),
        reading("met_green", Unit::Share, "the same, blue/green"),
        reading("met_canary", Unit::Share, "the same, canary"),
        reading("met_theory", Unit::Share, "the same expected: 1 - e^(-requests of a user at the share)"),
        reading("met_flag", Unit::Share, "the same, flag"),
        reading("failed_rolling", Unit::Count, "requests that this release failed, rolling"),
        reading("failed_green", Unit::Count, "the same, blue/green"),
        reading("failed_canary", Unit::Count, "the same, canary"),
        reading("failed_flag", Unit::Count, "the same, flag"),
        reading("seen_green", Unit::Seconds, "until the gate's alarm was known, blue/green"),
        reading("seen_canary", Unit::Seconds, "the same, canary"),
        reading(
            "back_rolling",
            Unit::Seconds,
            "from the first request to the new version until none, rolling",
        ),
        reading("back_canary", Unit::Seconds, "the same, canary"),
        reading("pairs_theory", Unit::Count, "pairs that a test with one look needs"),
        reading("pairs_wald", Unit::Count, "pairs that Wald's test took for a bad release, mean"),
        reading("wald_theory", Unit::Count, "the same expected"),
        reading("false_fixed", Unit::Share, "good releases stopped with one look"),
        reading("false_peeking", Unit::Share, "the same with a look every 20 pairs"),
        reading("false_wald", Unit::Share, "the same by Wald's test"),
        reading("false_theory", Unit::Share, "as designed"),
        reading("missed_fixed", Unit::Share, "bad releases let pass with one look"),
        reading("missed_peeking", Unit::Share, "the same with a look every 20 pairs"),
        reading("missed_wald", Unit::Share, "the same by Wald's test"),
    ],
    bet: "deployment-strategies.bet-met",
    goals: &[
        "take a bad release back before 2% of the users met it (flag)",
        "the canary passes a release that fails 5% or more",
        "blue/green takes a good release back, the canary keeps it",
        "peeking stops 25% of the good releases, in 50 rehearsals",
    ],
    invariants: &[
        "rolling: at most 1 of 10 instances is down",
        "rolling, canary, flag: never compared with the past",
        "a verdict falls at the planned size or beyond Wald's lines",
        "flag: while its share stands, a user stays on his side",
    ],
    acts: &[
        Act { name: "back", meaning: "it is taken back now, whatever the gate says" },
        Act { name: "promote", meaning: "everybody gets it now; rolling goes on" },
        Act { name: "pause", meaning: "no more get it until it goes on" },
        Act { name: "release", meaning: "all is as before, and the next release goes out in a second" },
    ],
    views: &["ways", "gate"],
    bugs: &[
        "past: the gate compares with requests of before the release: whatever else goes wrong looks like its fault",
        "peeking: the test for one look is looked at every 20 pairs, and the first alarm counts",
        "not-sticky: the flag hashes the request instead of the user: everybody gets it now and then",
    ],
    theory: &[("met_canary", "met_theory"), ("pairs_wald", "wald_theory"), ("false_fixed", "false_theory")],
    length: Nanos::from_secs(60),
    speed: 1.0,
    sources: &[
        source!("rollout/gate.rs", "pub struct Sprt"),
        source!("rollout/fleet.rs", "pub fn roll"),
        source!("rollout/flag.rs", "pub fn is_on"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Deploy::new(seed, sim)),
};

/// Requests a second, and those that send them.
const RATE: f64 = 400.0;
const USERS: u64 = 1_024;
const INSTANCES: usize = 10;
/// How many of them a rolling update may take down at a time, and how long an instance takes to start.
const UNAVAILABLE: usize = 1;
const BOOT: Nanos = Nanos::from_secs(2);
/// When a leak begins to fail requests, and when what both versions need fails after a release.
const LEAK: Nanos = Nanos::from_secs(8);
const OUTAGE: (Nanos, Nanos) = (Nanos::from_secs(2), Nanos::from_secs(20));
/// From a release to the next, and from the restoration before it to the release.
const CYCLE: Nanos = Nanos::from_secs(32);
const CALM: Nanos = Nanos::from_secs(3);
/// From rehearsal to rehearsal of the gates.
const REHEARSE: Nanos = Nanos::from_millis(200);
/// How many requests of before a release are kept to compare with.
const PAST: usize = 2_048;

/// What happens. What belongs to a release carries its number.
#[derive(Clone, Copy, Debug)]
enum Event {
    Request,
    Restore(u64),
    Release(u64),
    Batch(u64),
    Ready(u64, Way),
    Baked(u64, Way),
    Alarm(u64, Way),
    Rehearsal,
}

#[derive(Clone)]
struct Deploy {
    knobs: Knobs,
    arrivals: Arrivals,
    draws: Rng,
    rehearsal_seed: u64,
    requests: u64,
    /// Of the release that goes out or is to come.
    release: u64,
    released: Option<Nanos>,
    sides: [Side; 4],
    past: VecDeque<(Nanos, bool)>,
    rehearsals: Rehearsals,
    met: Bins<Option<[f64; 4]>>,
    passed_bad: bool,
    /// Whether the next batch of the rolling update is planned.
    batch_planned: bool,
}

impl Deploy {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Deploy {
        let knobs = Knobs::of(sim.settings());
        let mut arrivals = Arrivals::new(Rng::stream(seed, "requests"), Pattern::Poisson, RATE);
        sim.at(arrivals.next(Nanos::ZERO), Event::Request);
        sim.after(CALM, Event::Release(1));
        sim.after(REHEARSE, Event::Rehearsal);
        Deploy {
            arrivals,
            draws: Rng::stream(seed, "users"),
            rehearsal_seed: Rng::stream(seed, "rehearsals").next_u64(),
            requests: 0,
            release: 1,
            released: None,
            sides: Way::ALL.map(|way| Side::new(way, &knobs)),
            past: VecDeque::new(),
            rehearsals: Rehearsals::default(),
            met: Bins::new(Nanos::from_millis(500), 240),
            passed_bad: false,
            batch_planned: false,
            knobs,
        }
    }

    fn request(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let now = sim.now();
        sim.at(self.arrivals.next(now), Event::Request);
        self.requests += 1;
        let (user, luck, route) = (self.draws.below(USERS), self.draws.unit(), self.draws.unit());
        let since_release = self.released.map(|at| now.since(at));
        let request = Request { id: self.requests, user, luck, route, since_release };
        let mut alarm = None;
        for side in &mut self.sides {
            if side.serve(now, &request, &self.past, &self.knobs) {
                sim.after(self.knobs.delay, Event::Alarm(self.release, side.way));
                alarm = Some(side.way);
            }
            if side.may_go(&self.knobs) {
                side.promote(now, &self.knobs);
            }
        }
        if self.released.is_none() {
            if self.past.len() == PAST {
                self.past.pop_front();
            }
            self.past.push_back((now, luck < self.knobs.base));
        }
        *self.met.at(now) = Some(self.sides.each_ref().map(Side::met_share));
        let what = match alarm {
            Some(Way::Rolling) => "request #: too many fail, the gate of rolling says stop",
            Some(Way::BlueGreen) => "request #: too many fail, the gate of blue/green says stop",
            Some(Way::Canary) => "request #: too many fail, the gate of the canary says stop",
            Some(Way::Flag) => "request #: too many fail, the gate of the flag says stop",
            None => "request # is served",
        };
        (what, request.id)
    }

    /// The theory of the canary's share of users: requests of a user are a Poisson process.
    fn met_theory(&self, now: Nanos) -> f64 {
        1.0 - libm::exp(-RATE / USERS as f64 * self.sides[2].dose(now, &self.knobs))
    }
}

impl Scenario for Deploy {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let of = match event {
            Event::Restore(of) | Event::Release(of) | Event::Batch(of) => of,
            Event::Ready(of, _) | Event::Baked(of, _) | Event::Alarm(of, _) => of,
            _ => self.release,
        };
        if of != self.release {
            return ("something of release # comes to nothing", of);
        }
        let what = match event {
            Event::Request => return self.request(sim),
            Event::Rehearsal => {
                sim.after(REHEARSE, Event::Rehearsal);
                self.rehearsals.one_more(self.rehearsal_seed, &self.knobs);
                return ("rehearsal # of the gates, with a good and a bad release", self.rehearsals.tried);
            }
            Event::Restore(_) => {
                self.restore(sim, CALM);
                "all is as before; release # is to come"
            }
            Event::Release(_) => {
                self.release(sim);
                "release # goes out"
            }
            _ => self.at_side(sim, event),
        };
        let canary = &self.sides[2];
        let bad = matches!(self.knobs.harm, Harm::Errors | Harm::Leak) && self.knobs.bad >= 0.05;
        self.passed_bad |= canary.phase == Phase::Kept && bad && self.knobs.bad > self.knobs.base;
        (what, self.release)
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let before = std::mem::replace(&mut self.knobs, Knobs::of(sim.settings()));
        for side in &mut self.sides {
            side.configure(sim.now(), &before, &self.knobs);
        }
        if matches!(control, "base" | "alpha" | "detect") {
            self.rehearsals = Rehearsals::default();
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let [rolling, green, canary, flag] = &self.sides;
        sim.rule(0, !rolling.short_of_capacity);
        sim.rule(1, ![rolling, canary, flag].iter().any(|side| side.judge.with_the_past));
        sim.rule(2, !self.sides.iter().any(|side| side.judge.out_of_turn));
        sim.rule(3, !flag.switched_sides);
        let bad = self.knobs.harm == Harm::Errors && self.knobs.bad > self.knobs.base;
        let seen = flag.seen_after.is_some() && flag.phase == Phase::TakenBack;
        sim.goal(0, bad && seen && flag.met_requests > 0 && flag.met_share() < 0.02);
        sim.goal(1, self.passed_bad);
        let fooled = green.phase == Phase::TakenBack && green.seen_after.is_some();
        sim.goal(2, self.knobs.harm == Harm::Outage && fooled && canary.phase == Phase::Kept);
        sim.goal(3, self.rehearsals.tried >= 50 && self.rehearsals.false_alarms(1) >= 0.25);
    }

    fn readings(&self, _: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let [rolling, green, canary, flag] = &self.sides;
        let seconds = |span: Option<Nanos>| span.map_or(f64::NAN, Nanos::as_secs_f64);
        let (tried, design) = (&self.rehearsals, self.knobs.design());
        vec![
            (self.release - u64::from(self.released.is_none())) as f64,
            rolling.met_share(),
            green.met_share(),
            canary.met_share(),
            self.met_theory(now),
            flag.met_share(),
            rolling.failed as f64,
            green.failed as f64,
            canary.failed as f64,
            flag.failed as f64,
            seconds(green.seen_after),
            seconds(canary.seen_after),
            seconds(rolling.back_after),
            seconds(canary.back_after),
            design.pairs(),
            tried.pairs(2),
            design.sequential_pairs(),
            tried.false_alarms(0),
            tried.false_alarms(1),
            tried.false_alarms(2),
            design.alpha,
            tried.missed(0),
            tried.missed(1),
            tried.missed(2),
        ]
    }

    fn scene(&self, _: &Sim<Event>, now: Nanos) -> Scene {
        self.ways(now)
    }

    fn view(&self, _: &Sim<Event>, _: Nanos, _: usize) -> Scene {
        self.gates()
    }

    fn things(&self, _: &Sim<Event>, _: Nanos) -> Vec<Thing> {
        self.at_hand()
    }

    fn act(&mut self, sim: &mut Sim<Event>, act: &'static str, thing: u64) -> (&'static str, u64) {
        self.by_hand(sim, act, thing)
    }

    fn bytes(&self) -> usize {
        160 << 10
    }
}
