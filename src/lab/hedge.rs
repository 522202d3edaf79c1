//! A request that asks many leaves and waits for the slowest, with second copies and without.
//!
//! Every leaf has two replicas, each with a queue of its own. Both sides get the same requests at the same moments,
//! and how long each copy of each leaf call takes, on which replica it begins and whether its answer is late, is drawn for both copies
//! whether they are sent or not. So what a second copy saves and costs is counted on the same chances.
//!
//! Two things make a leaf slow here, and they call for different cures: others before it in the queue, and
//! an answer that is late after the work is done (a lost packet, a pause).

mod measures;
mod picture;
mod side;

use std::sync::Arc;

use measures::{Ledger, Watch};
use side::{Copy, Draw, Ended, Rules, Side, Strategy};

use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::hedge::{Delay, slow_share};
use crate::systems::retry::RetryBudget;

const STRATEGIES: &[&str] = &["none", "hedged", "tied"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "hedge",
    title: "Fan-out, hedges",
    part: "foundations",
    topics: &["latency-throughput", "timeouts-retries"],
    hook: "1 leaf answer in 100 is late. A page asks 100 leaves. Is it late?",
    look_for: &[
        "Without hedges 63% of the requests take a second, though 99% of the leaf answers come within about 0.1 s: 1 - 0.99^100. The slowest leaf is what everybody waits for.",
        "A dot is a leaf, its place is its time on a scale that grows by tens. 99 of them come in a bunch; the last one crawls to the right alone.",
        "Hedged: after the 95th percentile, some 60 ms, whoever is missing gets a second copy on the other replica. 1 request in 100 is late instead of 63, for 5% more calls.",
        "Set the delay to the 50th percentile: half of the requests are late, since the budget of 10% is used up by copies that nobody needed. At the 98th 2% more work buys the same as 5% did.",
        "Tied copies start once and cost nothing. With no late answers and a load of 50% they halve what the queues add; against late answers they do nothing.",
        "Set the fan-out to 1 and walk up: the run's points follow the curve 1 - (1-p)^n.",
    ],
    controls: &[
        choice("strategy", "second copies", STRATEGIES, 1.0),
        number("fanout", "leaves that a request asks", (1.0, 200.0), 0.0, 100.0, ""),
        number("late", "leaf answers that are late", (0.0, 10.0), 0.5, 1.0, "%"),
        number("slow", "by how much they are late", (200.0, 5_000.0), 0.0, 1_000.0, "ms"),
        number("after", "hedge after this percentile", (50.0, 99.5), 0.5, 95.0, "%"),
        number("budget", "hedges per 100 leaf calls, at most", (1.0, 50.0), 1.0, 10.0, "%"),
        number("load", "how busy the leaves are", (1.0, 50.0), 1.0, 20.0, "%"),
        choice("against", "the other side", STRATEGIES, 0.0),
        choice("bug", "break it on purpose", &["none", "counts-copies", "late-timer"], 0.0),
    ],
    readings: &[
        reading("requests", Unit::Count, "requests that ended"),
        reading("p50_ms", Unit::Millis, "half of the requests took at most"),
        reading("p99_ms", Unit::Millis, "99 of 100 requests took at most"),
        reading("p50_other_ms", Unit::Millis, "half of the requests of the other side took at most"),
        reading("p99_other_ms", Unit::Millis, "99 of 100 requests of the other side took at most"),
        reading("leaf_p50_ms", Unit::Millis, "half of the leaf calls took at most"),
        reading("leaf_p99_ms", Unit::Millis, "99 of 100 leaf calls of the other side took at most"),
        reading("slow_share", Unit::Share, "requests that waited for a late answer"),
        reading("slow_theory", Unit::Share, "the same expected: 1-(1-p)^n, with hedges 1-(1-p^2)^n"),
        reading("slow_share_other", Unit::Share, "requests of the other side that waited for a late answer"),
        reading("slow_theory_other", Unit::Share, "the same expected"),
        reading("extra_share", Unit::Share, "second copies that leaves worked on, of the leaf calls"),
        reading(
            "extra_theory",
            Unit::Share,
            "the same expected: those beyond the percentile, within the budget",
        ),
        reading("delay_ms", Unit::Millis, "a request is hedged after"),
    ],
    bet: "latency-throughput.bet-slow-requests",
    goals: &[
        "fewer than 1 request in 10 slow, at a fan-out of 200",
        "hedged, and still more than 3 requests in 10 slow",
        "fewer than 1 in 20 slow, for at most 3% more calls, at a fan-out of 100",
        "a p99 a quarter below the other side's without any extra work",
    ],
    invariants: &[
        "a request ends once, when every leaf has answered",
        "no copy for a leaf that has answered, no answer counts twice",
        "hedges: at most 200 and the budget's part; tied: one works",
        "each copy is answered, cancelled, too late or under way",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "counts-copies: it counts answers instead of leaves, so the second answer of one leaf stands for another leaf",
        "late-timer: the timer of a hedge is not stopped by the answer, so leaves that have answered get a second copy",
    ],
    theory: &[
        ("slow_share", "slow_theory"),
        ("slow_share_other", "slow_theory_other"),
        ("extra_share", "extra_theory"),
    ],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[source!("hedge.rs", "pub fn delay")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Fan::new(seed, sim)),
};

/// A leaf works on a call for this long, and an exponential time of the mean below on top.
const LEAST: Nanos = Nanos::from_millis(15);
const MORE: Nanos = Nanos::from_millis(10);
const REPLICAS: usize = 2;
/// The most leaves: as many as the control allows.
const LEAVES: usize = 200;
/// How many hedges a budget holds.
const BUDGET_FULL: u32 = 200;
/// How many recent latencies a delay is estimated from.
const WINDOW: usize = 1_000;

const YOURS: usize = 0;
const OTHER: usize = 1;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Request,
    HedgeDue { side: usize, request: u64 },
    Done { side: usize, server: usize },
    Late { side: usize, copy: Copy },
}

#[derive(Clone)]
struct Fan {
    arrivals: Arrivals,
    next_token: Token,
    draws: Rng,
    requests: u64,
    sides: [Side; 2],
    watch: Watch,
    ledger: Ledger,
    /// Whether the goals are looked at after this event: with each request, not with each leaf.
    judging: bool,
}

/// Requests a second that keep the leaves so busy.
fn rate(settings: &Settings) -> f64 {
    settings.get("load") / 100.0 * REPLICAS as f64 / (LEAST + MORE).as_secs_f64()
}

/// Thousandths of a hedge that a leaf call earns.
fn earned(settings: &Settings) -> u32 {
    settings.get("budget") as u32 * 10
}

fn budget(settings: &Settings) -> RetryBudget {
    RetryBudget::new(earned(settings), BUDGET_FULL)
}

fn rules(settings: &Settings, side: usize) -> Rules {
    let strategy = match settings.count(if side == YOURS { "strategy" } else { "against" }) {
        0 => Strategy::Single,
        1 => Strategy::Hedged,
        _ => Strategy::Tied,
    };
    let bug = if side == YOURS { settings.count("bug") } else { 0 };
    Rules {
        strategy,
        delay: match strategy {
            Strategy::Hedged => Delay::Percentile(settings.get("after") / 100.0),
            Strategy::Single | Strategy::Tied => Delay::Never,
        },
        slow: Nanos::from_secs_f64(settings.get("slow") / 1e3),
        counts_copies: bug == 1,
        late_timer: bug == 2,
    }
}

/// The share of the requests that waits for a late answer: a leaf is slow where its copy is, and with a hedge where
/// both are. Not a number where the budget does not go as far as the percentile asks.
fn slow_theory(settings: &Settings, side: usize) -> f64 {
    let p = settings.get("late") / 100.0;
    let fanout = settings.get("fanout");
    match rules(settings, side).strategy {
        Strategy::Hedged if settings.get("budget") < 100.0 - settings.get("after") => f64::NAN,
        Strategy::Hedged => slow_share(p * p, fanout),
        Strategy::Single | Strategy::Tied => slow_share(p, fanout),
    }
}

/// The leaf calls that get a second copy: those beyond the percentile, as far as the budget goes. Tied copies are no work.
fn extra_theory(settings: &Settings) -> f64 {
    match rules(settings, YOURS).strategy {
        Strategy::Hedged => (1.0 - settings.get("after") / 100.0).min(settings.get("budget") / 100.0),
        Strategy::Single | Strategy::Tied => 0.0,
    }
}

impl Fan {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Fan {
        let settings = sim.settings().clone();
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, rate(&settings));
        let next_token = sim.at(arrivals.next(Nanos::ZERO), Event::Request);
        let side = |side| Side::new(side, rules(&settings, side), budget(&settings));
        Fan {
            arrivals,
            next_token,
            draws: Rng::stream(seed, "leaves"),
            requests: 0,
            sides: [side(YOURS), side(OTHER)],
            watch: Watch::default(),
            ledger: Ledger::new(earned(&settings)),
            judging: false,
        }
    }

    /// What chance has for the leaf calls of a request: the same number of draws a leaf, whatever is sent.
    fn draw(&mut self, settings: &Settings) -> Arc<[Draw]> {
        let late = settings.get("late") / 100.0;
        let rng = &mut self.draws;
        (0..settings.count("fanout").clamp(1, LEAVES))
            .map(|_| Draw {
                replica: rng.below(REPLICAS as u64) as usize,
                work: [LEAST + rng.exponential(MORE), LEAST + rng.exponential(MORE)],
                late: [rng.chance(late), rng.chance(late)],
            })
            .collect()
    }

    fn request(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let settings = sim.settings().clone();
        let next = self.arrivals.next(sim.now());
        self.next_token = sim.at(next, Event::Request);
        self.requests += 1;
        let draws = self.draw(&settings);
        self.ledger.calls(draws.len() as u64);
        self.watch.request(sim.now(), self.requests);
        for side in &mut self.sides {
            side.request(sim, self.requests, &draws);
        }
        ("request # asks its leaves", self.requests)
    }

    /// A leaf's answer may have ended the request.
    fn ended(&mut self, side: usize, ended: Option<Ended>) -> bool {
        let Some(ended) = ended else { return false };
        self.watch.ended(side, ended);
        true
    }

    /// Looks whether a goal is reached: by the requests since a control was set last, and not by too few.
    fn judge(&self, sim: &mut Sim<Event>) {
        let [yours, other] = &self.sides;
        if yours.since.requests < 100 || other.since.requests < 100 {
            return;
        }
        let slow = yours.since.slow_share();
        let extra = yours.since.extra_share();
        let fanout = sim.get("fanout");
        let late = sim.get("late") >= 1.0;
        let hedged = yours.rules.strategy == Strategy::Hedged;
        sim.goal(0, late && fanout >= 200.0 && slow < 0.1);
        sim.goal(1, hedged && slow > 0.3);
        sim.goal(2, late && fanout >= 100.0 && slow < 0.05 && extra <= 0.03);
        let p99 = |side: &Side| side.requests_took.percentile(0.99);
        sim.goal(3, yours.since.requests >= 400 && extra == 0.0 && p99(yours) <= 0.75 * p99(other));
    }
}

fn of(side: usize, yours: &'static str, other: &'static str) -> &'static str {
    if side == YOURS { yours } else { other }
}

impl Scenario for Fan {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        self.judging = matches!(event, Event::Request);
        match event {
            Event::Request => self.request(sim),
            Event::HedgeDue { side, request } => {
                let sent = self.sides[side].hedge_due(sim, request);
                let what = if sent > 0 {
                    of(side, "request # sends second copies", "request # sends second copies, other side")
                } else {
                    of(
                        side,
                        "request # may not hedge: the budget is spent",
                        "request # may not hedge, other side",
                    )
                };
                (what, request)
            }
            Event::Done { side, server } => {
                let done = self.sides[side].done(sim, server);
                let what = if done.late {
                    of(
                        side,
                        "a leaf is done with request #, its answer is late",
                        "a leaf is done with request #, its answer is late, other side",
                    )
                } else if self.ended(side, done.ended) {
                    of(
                        side,
                        "the last leaf answers: request # ends",
                        "the last leaf answers: request # ends, other side",
                    )
                } else {
                    of(side, "a leaf answers request #", "a leaf answers request #, other side")
                };
                (what, done.request)
            }
            Event::Late { side, copy } => {
                let ended = self.sides[side].late(sim, copy);
                let what = if self.ended(side, ended) {
                    of(
                        side,
                        "the late answer comes: request # ends",
                        "the late answer comes: request # ends, other side",
                    )
                } else {
                    of(
                        side,
                        "a late answer comes for request #",
                        "a late answer comes for request #, other side",
                    )
                };
                (what, copy.request)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let settings = sim.settings().clone();
        if control == "load" {
            self.arrivals.set_rate(rate(&settings));
            sim.cancel(self.next_token);
            self.next_token = sim.at(self.arrivals.next(sim.now()), Event::Request);
        }
        if control == "budget" {
            self.ledger = Ledger::new(earned(&settings));
        }
        for (index, side) in self.sides.iter_mut().enumerate() {
            side.change(rules(&settings, index), (control == "budget").then(|| budget(&settings)));
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for side in &self.sides {
            sim.rule(0, !side.faults.ended_early);
            sim.rule(1, !side.faults.answered_twice);
            sim.rule(2, !side.faults.both_worked && self.ledger.allows(side.hedges));
            sim.rule(3, side.counts.copies == side.counts.ended() + side.under_way());
        }
        if self.judging {
            self.judge(sim);
        }
    }

    fn readings(&self, sim: &Sim<Event>, _now: Nanos) -> Vec<f64> {
        let settings = sim.settings();
        let [yours, other] = &self.sides;
        let ms = |nanos: f64| nanos / 1e6;
        vec![
            yours.requests_took.count() as f64,
            ms(yours.requests_took.percentile(0.5)),
            ms(yours.requests_took.percentile(0.99)),
            ms(other.requests_took.percentile(0.5)),
            ms(other.requests_took.percentile(0.99)),
            ms(yours.leaves_took.percentile(0.5)),
            ms(other.leaves_took.percentile(0.99)),
            yours.since.slow_share(),
            slow_theory(settings, YOURS),
            other.since.slow_share(),
            slow_theory(settings, OTHER),
            yours.since.extra_share(),
            extra_theory(settings),
            yours.hedge.delay().map_or(f64::NAN, Nanos::as_millis_f64),
        ]
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(sim.settings(), now)
    }

    /// At the extremes two hundred requests of two hundred leaves are under way on each side, 24 bytes a leaf (what chance
    /// has for them is shared by all copies); at the defaults some ten kilobytes beside the four hundred servers a side.
    fn bytes(&self) -> usize {
        2 << 20
    }
}

#[cfg(test)]
mod tests {
    use super::{BUDGET_FULL, SPEC, STRATEGIES};
    use crate::lab::testing::{broken, mean, means, reading, run};
    use crate::sim::Nanos;

    const END: Nanos = SPEC.length;

    #[test]
    fn one_of_many_leaves_is_late_as_often_as_theory_says() {
        // 5 runs of 480 requests, which are independent of each other: four standard errors of a binomial share, 1 in 16,000.
        for (fanout, late, theory) in [("100", "1", 0.634), ("10", "1", 0.0956), ("10", "5", 0.4013)] {
            let sets = [("fanout", fanout), ("late", late), ("strategy", "none")];
            let both = means(&SPEC, &sets, ["slow_share", "slow_share_other"], (5, END));
            let told = run(&SPEC, &sets, 0, Nanos::ZERO);
            for ((seen, _), theory_of) in both.into_iter().zip(["slow_theory", "slow_theory_other"]) {
                let told = reading(&told, theory_of);
                assert!((told - theory).abs() < 5e-4, "{told}");
                let error = (theory * (1.0 - theory) / 2_400.0_f64).sqrt();
                assert!((seen - theory).abs() < 4.0 * error, "{fanout} {late}: {seen} for {theory}");
            }
        }
    }

    #[test]
    fn a_hedge_after_the_95th_percentile_costs_5_percent_and_makes_63_of_1() {
        let [(slow, _), (extra, extra_error)] = means(&SPEC, &[], ["slow_share", "extra_share"], (8, END));
        // 1 - (1 - 0.0001)^100 = 1% of 3,840 are 38, the deviation 6.2. The first two requests of each run, of which 63% are
        // slow, are no part of it: they find no delay known.
        let (expected, error) = (38.0 / 3_840.0, 38.0_f64.sqrt() / 3_840.0);
        assert!((slow - expected).abs() < 4.0 * error, "{slow} for {expected}");
        // Beyond a percentile lies what it leaves; a leaf that answers while its second copy waits in line saves the work.
        assert!(extra < 0.05 + 4.0 * extra_error && extra > 0.04, "{extra}");
        let (other, _) = mean(&SPEC, &[("strategy", "none")], "extra_share", 1);
        assert!(other.abs() < 1e-12);
    }

    #[test]
    fn tied_copies_cost_nothing_help_against_queues_and_not_against_late_answers() {
        for seed in 0..2 {
            let run = run(&SPEC, &[("strategy", "tied"), ("late", "0"), ("load", "50")], seed, END);
            let [p99, other, extra] =
                ["p99_ms", "p99_other_ms", "extra_share"].map(|name| reading(&run, name));
            assert!(p99 < 0.75 * other && extra == 0.0, "{seed}: {p99} {other} {extra}");
        }
        // The copy that starts is late or not, whichever it is: the same share as without a second one.
        let (seen, _) = mean(&SPEC, &[("strategy", "tied")], "slow_share", 5);
        let error = (0.634 * 0.366 / 2_400.0_f64).sqrt();
        assert!((seen - 0.634).abs() < 4.0 * error, "{seen}");
    }

    #[test]
    fn the_same_strategy_lives_through_the_same() {
        for (strategy, budget) in [("none", "10"), ("tied", "10"), ("hedged", "50")] {
            let sets = [("strategy", strategy), ("against", strategy), ("budget", budget)];
            let run = run(&SPEC, &sets, 2, Nanos::from_secs(10));
            for (yours, other) in
                [("p50_ms", "p50_other_ms"), ("p99_ms", "p99_other_ms"), ("slow_share", "slow_share_other")]
            {
                assert_eq!(
                    reading(&run, yours).to_bits(),
                    reading(&run, other).to_bits(),
                    "{strategy} {yours}"
                );
            }
        }
    }

    #[test]
    fn no_knob_but_the_load_changes_when_requests_come() {
        let requests = |sets: &[(&str, &str)]| {
            let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
            let mut requests = Vec::new();
            while run.now() < Nanos::from_secs(4) {
                let Some(step) = run.step() else { break };
                if step.what == "request # asks its leaves" {
                    requests.push(step.at);
                }
            }
            requests
        };
        let before = requests(&[]);
        for control in SPEC.controls.iter().filter(|control| control.name != "load") {
            let value = control.show(control.moved(control.default, true));
            assert_eq!(requests(&[(control.name, &value)]), before, "{}", control.name);
        }
        assert_ne!(requests(&[("load", "25")]), before);
        // Nor do the strategies of the one side reach the other.
        let other = |strategy| {
            reading(&run(&SPEC, &[("strategy", strategy)], 5, Nanos::from_secs(6)), "p99_other_ms").to_bits()
        };
        assert_eq!([other("none"), other("tied")], [other("hedged"); 2]);
    }

    #[test]
    fn each_goal_can_be_reached_and_none_by_itself() {
        assert_eq!(run(&SPEC, &[], 1, END).goals(), [false; 4]);
        let reached = |sets: &[(&str, &str)]| run(&SPEC, sets, 1, END).goals();
        assert!(reached(&[("fanout", "200")])[0]);
        assert!(reached(&[("after", "50")])[1]);
        assert!(reached(&[("after", "98")])[2]);
        assert!(reached(&[("strategy", "tied"), ("late", "0"), ("load", "50")])[3]);
    }

    #[test]
    fn each_bug_breaks_its_rule_and_nothing_else_does() {
        for seed in 0..2 {
            for strategy in STRATEGIES {
                assert_eq!(broken(&SPEC, &[("strategy", strategy)], seed), Vec::<usize>::new());
            }
            assert_eq!(broken(&SPEC, &[("bug", "counts-copies")], seed), [0, 1]);
            assert_eq!(broken(&SPEC, &[("bug", "late-timer")], seed), [1]);
        }
    }

    #[test]
    fn the_heaviest_run_stays_within_its_events() {
        let heavy = [("fanout", "200"), ("load", "50"), ("late", "10"), ("slow", "5000")];
        let hedged = [("after", "50"), ("budget", "50"), ("against", "hedged")];
        let run = run(&SPEC, &[heavy.as_slice(), &hedged].concat(), 1, Nanos::from_secs(6));
        // 20,000 events a simulated second are the most that a screen follows.
        assert!(run.events() < 6 * 24_000, "{}", run.events());
    }

    #[test]
    fn copies_of_requests_from_before_a_change_are_not_counted_after_it() {
        // At the 50th percentile half of the calls are doubled, so that some always lie ahead; at the least load the next request is far.
        let mut run = run(&SPEC, &[("after", "50"), ("budget", "50")], 3, Nanos::from_secs(2));
        run.set("load", 1.0);
        for _ in 0..2_000 {
            run.step();
            let extra = reading(&run, "extra_share");
            assert!(extra.is_nan() || (0.0..=1.0).contains(&extra), "{extra} at {}", run.now());
        }
    }

    #[test]
    fn a_budget_bounds_the_hedges_when_everything_is_late() {
        let run = run(&SPEC, &[("late", "10"), ("after", "50"), ("budget", "5")], 3, END);
        let [requests, extra] = ["requests", "extra_share"].map(|name| reading(&run, name));
        let most = 0.05 + f64::from(BUDGET_FULL) / (requests * 100.0);
        assert!(extra <= most && extra > 0.8 * 0.05, "{extra} of {most}");
    }
}
