//! A dependency in trouble, called through a circuit breaker and without one.
//!
//! Both callers make the same calls at the same moments, and the luck of a call and of its retries is drawn for every
//! call, also for one that the breaker rejects. So what the breaker spares (calls into a dead dependency,
//! callers that wait for a time-out) and what it costs (calls rejected although they would have been
//! answered) are counted, not estimated. The trouble begins at 3 s; of what kind it is, the learner chooses.
//!
//! Retries stand before the breaker, where each attempt asks it and is recorded and a rejection ends the call, or behind
//! it, where it sees one long call with one end. The caller without a breaker retries just as well.

mod calls;
mod checks;
mod dependency;
mod measures;
mod picture;

use std::collections::BTreeMap;

use calls::Flight;
use checks::Checks;
use dependency::{Chance, Health, LOST, Phase, Trouble};
use measures::{Caller, Timing};

use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::circuit_breaker::{CircuitBreaker, Config, Flaw, State, Window};

/// The options of the control `window`, and what they stand for.
const WINDOWS: &[&str] = &["5", "10", "20", "50", "100", "200", "1s", "2s", "5s", "10s"];
const WINDOW_OF: [Window; WINDOWS.len()] = [
    Window::Calls(5),
    Window::Calls(10),
    Window::Calls(20),
    Window::Calls(50),
    Window::Calls(100),
    Window::Calls(200),
    Window::Time(Nanos::from_secs(1)),
    Window::Time(Nanos::from_secs(2)),
    Window::Time(Nanos::from_secs(5)),
    Window::Time(Nanos::from_secs(10)),
];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "breaker",
    title: "Circuit breaker",
    part: "reliability",
    topics: &["circuit-breaker"],
    hook: "A dependency is down for 6 s. How many of the calls to it can a circuit breaker spare?",
    look_for: &[
        "The breaker learns only from calls that have ended: with a time-out of 500 ms it is blind for the first 500 ms of every outage.",
        "While it is open a caller fails in no time. Without it every caller waits for the whole time-out.",
        "Half-open lets 3 probes pass, not the whole crowd. One round of failed probes costs another full wait.",
        "After the outage it still rejects until its wait is over: a shorter wait recovers sooner and probes more often.",
        "Put retries behind it: it is told of a failure only after three time-outs, and learns 1.1 s later. Before it, each attempt counts, and open means no retry.",
        "Choose degrades: all calls crawl, hardly one fails, and it stays closed until `slow` says what slow is.",
    ],
    controls: &[
        choice("trouble", "what the dependency does from 3 s on", dependency::TROUBLES, 0.0),
        choice(
            "retries",
            "where two retries stand, seen from the breaker",
            &["none", "before", "behind"],
            0.0,
        ),
        number("threshold", "failed or slow share that opens it", (5.0, 100.0), 5.0, 50.0, "%"),
        choice("window", "last calls that are judged, or time", WINDOWS, 2.0),
        number("minimum", "calls before it judges", (1.0, 200.0), 0.0, 10.0, ""),
        number("wait", "time it stays open", (0.5, 20.0), 0.5, 2.0, "s"),
        number("probes", "calls that pass in half-open", (1.0, 20.0), 1.0, 3.0, ""),
        number("slow", "a call is slow after (10000: never)", (1.0, 10_000.0), 0.0, 10_000.0, "ms"),
        number("load", "calls per second", (1.0, 500.0), 0.0, 40.0, "/s"),
        number("outage", "how long the trouble lasts", (0.0, 15.0), 1.0, 6.0, "s"),
        number("timeout", "a caller gives up after", (10.0, 10_000.0), 0.0, 500.0, "ms"),
        choice("bug", "break it on purpose", &["none", "uncapped-probes", "trips-late", "counts-late"], 0.0),
    ],
    readings: &[
        reading("calls", Unit::Count, "calls that clients wanted to make"),
        reading("served", Unit::Count, "answered, with the breaker"),
        reading("failed", Unit::Count, "failed at the dependency, with the breaker"),
        reading("rejected", Unit::Count, "rejected by the breaker"),
        reading("rejected_healthy", Unit::Count, "rejected although they would have been answered"),
        reading("failed_without", Unit::Count, "failed at the dependency, without the breaker"),
        reading("spared_share", Unit::Share, "calls during the trouble that never reached the dependency"),
        reading("spared_theory", Unit::Share, "the same expected, for a dependency that answers nothing"),
        reading("opened", Unit::Count, "times it opened"),
        reading("open_share", Unit::Share, "part of the time it was open"),
        reading("detect_s", Unit::Seconds, "from the start of the trouble until it opened"),
        reading(
            "detect_theory",
            Unit::Seconds,
            "the same expected: until the first failure is known, then the failures needed over the load",
        ),
        reading("recover_s", Unit::Seconds, "from the end of the trouble until it closed"),
        reading("latency_with", Unit::Millis, "mean time until a caller knows, with the breaker"),
        reading("latency_without", Unit::Millis, "mean time until a caller knows, without it"),
        reading("in_flight_peak_with", Unit::Count, "most calls waiting at the same time, with the breaker"),
        reading("in_flight_peak_without", Unit::Count, "most calls waiting at the same time, without it"),
        reading(
            "reached_with",
            Unit::Count,
            "calls and retries that went to the dependency, with the breaker",
        ),
        reading("reached_without", Unit::Count, "calls and retries that went to the dependency, without it"),
        reading("probes_peak", Unit::Count, "most calls under way that were let pass in one half-open state"),
    ],
    bet: "circuit-breaker.bet-calls-spared",
    goals: &[
        "spare 9 of 10 calls during the trouble",
        "be closed again within 0.5 s after the trouble",
        "open it without one failed call",
        "open it by bad luck, while 3 calls of 10 fail at most",
    ],
    invariants: &[
        "half-open: its probes pass, no other call, and they decide",
        "open: rejects for its wait, no shorter and no longer",
        "closed: opens on the very call that reaches the threshold",
        "every call is served, failed, rejected or in flight, and only one of them",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "half-open lets every call pass while it waits for its probes: the dependency that comes back meets the whole load",
        "the share must be above the threshold, not at it: it opens a call late, and at 100% never",
        "results of calls from before it opened still count: each that fails late begins the wait anew",
    ],
    theory: &[("spared_share", "spared_theory"), ("detect_s", "detect_theory")],
    length: Nanos::from_secs(15),
    speed: 1.0,
    sources: &[
        source!("circuit_breaker.rs", "pub fn permit"),
        source!("circuit_breaker/record.rs", "pub(super) fn push"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Breaker::new(seed, sim)),
};

/// How long the end of a call is seen.
const SEEN: Nanos = Nanos::from_millis(400);

const WITH: usize = 0;
const WITHOUT: usize = 1;

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A client wants to make a call.
    Call,
    /// The attempt of a call that is under way ends.
    End(u64),
    /// A call that failed is tried again.
    Again(u64),
    /// The trouble begins, turns or ends.
    Trouble,
}

#[derive(Clone)]
struct Breaker {
    breaker: CircuitBreaker,
    rules: Config,
    chance: Chance,
    trouble: Trouble,
    turning: Option<Token>,
    arrivals: Arrivals,
    next_call: Nanos,
    calling: Token,
    /// How many calls were made; also the number of the last one.
    calls: u64,
    /// The calls that have not ended, by number.
    flights: BTreeMap<u64, Flight>,
    callers: [Caller; 2],
    timing: Timing,
    checks: Checks,
    /// How many calls that were let pass in the present half-open state are under way.
    probing: usize,
    /// Which of the changes between states happened last: an index into the picture's list.
    last_change: Option<usize>,
    /// Whether it has opened without a failed call, and by bad luck.
    opened_by: [bool; 2],
    spared_well: bool,
}

fn config(settings: &Settings) -> Config {
    let whole = |name: &str| settings.get(name) as u32;
    Config {
        failure_percent: whole("threshold"),
        window: WINDOW_OF[settings.count("window").min(WINDOWS.len() - 1)],
        minimum: whole("minimum"),
        wait: Nanos::from_secs_f64(settings.get("wait")),
        probes: whole("probes"),
        slow_after: Nanos::from_secs_f64(settings.get("slow") / 1e3),
        slow_percent: whole("threshold"),
        flaw: match settings.count("bug") {
            0 => Flaw::None,
            1 => Flaw::UncappedProbes,
            2 => Flaw::TripsLate,
            _ => Flaw::CountsLate,
        },
    }
}

/// Whether retries stand behind the breaker.
fn inside(settings: &Settings) -> bool {
    settings.count("retries") == 2
}

impl Breaker {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Breaker {
        // Independent clients, so exponential gaps.
        let mut arrivals = Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, sim.get("load"));
        let next_call = arrivals.next(Nanos::ZERO);
        let rules = config(sim.settings());
        let mut breaker = Breaker {
            breaker: CircuitBreaker::new(rules.clone()),
            rules,
            chance: Chance::new(seed),
            trouble: Trouble::new(sim.settings()),
            turning: None,
            arrivals,
            next_call,
            calling: sim.at(next_call, Event::Call),
            calls: 0,
            flights: BTreeMap::new(),
            callers: [Caller::new(), Caller::new()],
            timing: Timing::new(),
            checks: Checks::new(),
            probing: 0,
            last_change: None,
            opened_by: [false; 2],
            spared_well: false,
        };
        breaker.await_trouble(sim);
        breaker
    }

    fn await_trouble(&mut self, sim: &mut Sim<Event>) {
        if let Some(token) = self.turning.take() {
            sim.cancel(token);
        }
        self.turning = self.trouble.next_at().map(|at| sim.at(at, Event::Trouble));
    }

    fn trouble_turns(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        let what = self.trouble.turn(sim.now());
        let phase = self.trouble.phase();
        self.spared_well |= phase == Phase::Over && self.spared_share() >= 0.9;
        self.timing.trouble_turns(sim.now(), phase, self.breaker.state());
        self.await_trouble(sim);
        (what, 0)
    }

    /// Notes a change of state and says whether there was one.
    fn note_change(&mut self, now: Nanos, before: State) -> bool {
        let after = self.breaker.state();
        let change = match (before, after) {
            (State::Closed, State::Open { .. }) => picture::TRIPPED,
            (State::Open { .. }, State::HalfOpen { .. }) => picture::TRIED,
            (State::HalfOpen { .. }, State::Closed) => picture::CLOSED,
            (State::HalfOpen { .. }, State::Open { .. }) => picture::REOPENED,
            _ => return false,
        };
        self.last_change = Some(change);
        self.probing = 0;
        self.timing.turns(now, after, self.trouble.phase());
        if let State::Open { .. } = after {
            let failed = self.breaker.counts().failed;
            self.opened_by[0] |= failed == 0;
            self.opened_by[1] |= failed > 0 && self.bad_luck();
        }
        true
    }

    /// Whether the breaker has no better reason to open than chance: fewer calls fail than the threshold says, by 10
    /// points and more, and they do so often enough.
    fn bad_luck(&self) -> bool {
        let threshold = f64::from(self.rules.failure_percent);
        self.trouble.health() == Health::Lossy
            && threshold >= LOST * 100.0 + 10.0
            && self.breaker.failure_rate().is_some_and(|rate| rate >= threshold)
    }

    fn spared_share(&self) -> f64 {
        // Nothing over nothing is not a number, as it should be.
        self.timing.spared as f64 / self.timing.called_in_trouble as f64
    }
}

impl Scenario for Breaker {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let told = match event {
            Event::Call => self.call(sim),
            Event::End(id) => self.attempt_ends(sim, id),
            Event::Again(id) => self.try_again(sim, id),
            Event::Trouble => self.trouble_turns(sim),
        };
        self.timing.record(sim.now(), self.breaker.counts());
        told
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let now = sim.now();
        match control {
            "load" => {
                self.arrivals.set_rate(sim.get("load"));
                self.next_call = self.arrivals.next(now);
                sim.cancel(self.calling);
                self.calling = sim.at(self.next_call, Event::Call);
            }
            "outage" | "trouble" => {
                self.trouble.change(now, sim.settings());
                self.await_trouble(sim);
            }
            "retries" | "timeout" => {}
            "bug" => {
                // Another breaker, and it knows nothing of what is under way.
                self.rules = config(sim.settings());
                self.breaker = CircuitBreaker::new(self.rules.clone());
                self.checks.restart();
                self.timing.no_longer_open(now);
                self.flights.values_mut().for_each(|flight| flight.permit = None);
                self.probing = 0;
            }
            _ => {
                let before = self.rules.window;
                self.rules = config(sim.settings());
                self.breaker.change(self.rules.clone());
                self.checks.change(before, &self.rules);
            }
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        let with = &self.callers[WITH];
        sim.rule(checks::ENDS, self.calls == with.ended() + with.in_flight.value());
        sim.goal(0, self.spared_well);
        sim.goal(1, self.timing.recover.is_some_and(|took| took <= Nanos::from_millis(500)));
        sim.goal(2, self.opened_by[0]);
        sim.goal(3, self.opened_by[1]);
    }

    fn readings(&self, sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let [with, without] = &self.callers;
        let secs = |span: Option<Nanos>| span.map_or(f64::NAN, Nanos::as_secs_f64);
        vec![
            self.calls as f64,
            with.served as f64,
            with.failed as f64,
            with.rejected as f64,
            self.timing.rejected_healthy as f64,
            without.failed as f64,
            self.spared_share(),
            measures::spared_theory(sim.settings()),
            self.timing.opened as f64,
            self.timing.open_share(now),
            secs(self.timing.detect),
            measures::detect_theory(sim.settings()),
            secs(self.timing.recover),
            with.mean_latency(),
            without.mean_latency(),
            with.in_flight.max() as f64,
            without.in_flight.max() as f64,
            with.reached as f64,
            without.reached as f64,
            self.timing.probes_peak as f64,
        ]
    }

    fn scene(&self, _sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(now)
    }

    /// The calls under way at their most, three time-outs long, and the ends that the books keep for a window of time.
    fn bytes(&self) -> usize {
        let flights = 500 * 30 * (size_of::<Flight>() + 64);
        let seen = self.flights.len().max(500) * 2 * (size_of::<Flight>() + 64);
        flights.min(seen) + (96 << 10)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Run;
    use super::super::testing::{broken, mean, reading, run, settings};
    use super::*;

    fn breaker(sets: &[(&str, &str)], seed: u64, until: Nanos) -> Run {
        run(&SPEC, sets, seed, until)
    }

    /// What theory says of a reading at the start.
    fn theory(name: &str, sets: &[(&str, &str)]) -> f64 {
        reading(&breaker(sets, 0, Nanos::ZERO), name)
    }

    #[test]
    fn a_run_goes_through_all_states_and_ends_closed() {
        let mut run = breaker(&[], 7, Nanos::ZERO);
        let mut turns = Vec::new();
        while let Some(step) = run.step().filter(|step| step.at < SPEC.length) {
            let known = ["goes down", "is well again", "opens again", "opens", "closes", "half-open"];
            turns
                .extend(known.into_iter().find(|turn| step.what.ends_with(turn)).map(|turn| (turn, step.at)));
        }
        let again = ["half-open", "opens again"];
        let whole =
            [&["goes down", "opens"][..], &again, &again, &["is well again", "half-open", "closes"]].concat();
        assert_eq!(turns.iter().map(|(turn, _)| *turn).collect::<Vec<_>>(), whole);
        // The readings against the times of those steps.
        let at = |index: usize| turns[index].1.as_secs_f64();
        let is = |name: &str, expected: f64| {
            let value = reading(&run, name);
            assert!((value - expected).abs() < 1e-9, "{name} is {value}, not {expected}");
        };
        is("detect_s", at(1) - at(0));
        is("recover_s", at(8) - at(6));
        is("opened", 3.0);
        is("probes_peak", 3.0);
        let open = (at(2) - at(1)) + (at(4) - at(3)) + (at(7) - at(5));
        is("open_share", open / run.now().as_secs_f64());
        assert_eq!(run.broken(), [None; 4]);
    }

    #[test]
    fn detection_takes_the_time_out_and_the_failures_needed() {
        // 10 of the last 20 must fail: the tenth call of the outage and its time-out. The tenth arrival of a
        // Poisson process at 40/s has mean 250 ms and deviation sqrt(10)/40 = 79 ms. (That a call from before
        // the outage is still under way after 500 ms, ten times the mean, has a probability below 1e-6.)
        let seeds = 100;
        let tolerance = 4.0 * 0.079 / (seeds as f64).sqrt();
        let expected = theory("detect_theory", &[]);
        assert!((expected - 0.75).abs() < 1e-9);
        let (seen, _) = mean(&SPEC, &[], "detect_s", seeds);
        assert!((seen - expected).abs() < tolerance, "{seen}");
    }

    #[test]
    fn a_window_of_time_forgets_the_good_days() {
        // Of 2 s, 0.5 s are blind and the window reaches back 1.9 to 2 s: half of 1.4 s of failures, 1.2 s in all. What is
        // neglected: that a call ends 50 ms after it was made (half of that), and tenths (half of 0.1 s): 0.1 s together.
        let check = |sets: &[(&str, &str)], expected: f64| {
            let told = theory("detect_theory", sets);
            assert!((told - expected).abs() < 1e-9, "{told}");
            let (seen, error) = mean(&SPEC, sets, "detect_s", 40);
            assert!((seen - expected).abs() < 4.0 * error + 0.1, "{seen} +- {error} for {expected}");
        };
        check(&[("window", "2s"), ("load", "100")], 1.2);
        check(&[("window", "1s"), ("load", "100"), ("timeout", "200")], 0.2 + 0.375);
        // Shorter than the time-out it holds failures only: the minimum, 10 of them at 100/s.
        check(&[("window", "1s"), ("load", "100"), ("timeout", "1500")], 1.6);
    }

    #[test]
    fn retries_behind_the_breaker_keep_it_blind() {
        // Three time-outs and two pauses before it is told of a failure: 1.6 s, and then ten of them.
        let sets = [("retries", "behind"), ("load", "100")];
        let expected = theory("detect_theory", &sets);
        assert!((expected - 1.7).abs() < 1e-9, "{expected}");
        let (seen, error) = mean(&SPEC, &sets, "detect_s", 40);
        assert!((seen - expected).abs() < 4.0 * error + 1e-9, "{seen} +- {error}");
        // Before it, it is told as soon as without.
        let (before, error) = mean(&SPEC, &[("retries", "before"), ("load", "100")], "detect_s", 40);
        assert!((before - 0.6).abs() < 4.0 * error + 1e-9, "{before} +- {error}");
    }

    #[test]
    fn retries_multiply_the_load_unless_the_breaker_stands_behind_them() {
        // The published fact: N retries make the load N + 1 times as large where everything fails. Of 15 s of calls, those
        // of the first 3 s reach it once.
        let with = |retries: &str| {
            let run = breaker(&[("outage", "15"), ("retries", retries), ("timeout", "100")], 7, SPEC.length);
            (reading(&run, "reached_with"), reading(&run, "reached_without"), reading(&run, "calls"))
        };
        let (_, without, calls) = with("none");
        assert!((without - calls).abs() < 1e-9);
        for retries in ["before", "behind"] {
            let (with, without, calls) = with(retries);
            let healthy = 120.0;
            let ratio = (without - healthy) / (calls - healthy);
            assert!((ratio - 3.0).abs() < 0.15, "{retries}: {ratio}");
            assert!(with < calls / 2.0, "{retries}: {with} of {calls}");
        }
    }

    #[test]
    fn what_is_spared_is_what_theory_says() {
        // Of 240 calls those of the first 750 ms reach the dependency, and two rounds of 3 probes: 36.
        // A run's share deviates by sqrt(20)/240 = 0.019 for the Poisson calls of the 500 ms, and by at most
        // 0.15/sqrt(240) = 0.010 for the number of calls: 0.021 together. A mean of ratios is off by the order
        // of 1/240 from the ratio of means.
        let seeds = 100;
        let tolerance = 4.0 * 0.021 / (seeds as f64).sqrt() + 1.0 / 240.0;
        let expected = theory("spared_theory", &[]);
        assert!((expected - (1.0 - 36.0 / 240.0)).abs() < 1e-9, "{expected}");
        let (seen, _) = mean(&SPEC, &[], "spared_share", seeds);
        assert!((seen - expected).abs() < tolerance, "{seen} for {expected}");
    }

    #[test]
    fn a_healthy_dependency_sees_no_difference() {
        let run = breaker(&[("outage", "0")], 7, SPEC.length);
        for (name, expected) in [("rejected", 0.0), ("opened", 0.0), ("open_share", 0.0), ("failed", 0.0)] {
            assert!((reading(&run, name) - expected).abs() < 1e-12, "{name}");
        }
        for name in ["spared_share", "detect_s", "recover_s", "spared_theory"] {
            assert!(!reading(&run, name).is_finite(), "{name}");
        }
        let (with, without) = (reading(&run, "latency_with"), reading(&run, "latency_without"));
        assert!((with - without).abs() < 1e-12);
        // A log-normal with sigma 0.5 deviates by sqrt(e^0.25 - 1) = 0.53 means; about 600 calls.
        assert!((with - 50.0).abs() < 4.0 * 0.53 * 50.0 / 600_f64.sqrt(), "{with}");
    }

    #[test]
    fn both_callers_live_through_the_same_calls() {
        // Long after the trouble no rejected call is still under way for the other caller, so what they were
        // served differs by just what was rejected without need, and likewise for the failures.
        for seed in 0..20 {
            for trouble in ["dies", "flaps", "loses-some"] {
                let run = breaker(&[("trouble", trouble)], seed, SPEC.length);
                let of = |name| reading(&run, name);
                let flying = of("calls") - of("rejected") - of("failed") - of("served");
                assert!((0.0..=20.0).contains(&flying), "in flight: {flying}");
                let without = of("calls") - of("failed_without") - flying;
                let rejected_in_vain = of("rejected") - of("rejected_healthy");
                assert!((without - of("served") - of("rejected_healthy")).abs() < 1e-9, "seed {seed}");
                assert!((of("failed_without") - of("failed") - rejected_in_vain).abs() < 1e-9, "seed {seed}");
            }
        }
    }

    #[test]
    fn a_flapping_dependency_is_rejected_while_it_is_up() {
        // Down and up by turns of a second: the breaker opens when it is down and waits for 2 s, through an up.
        let (healthy, error) = mean(&SPEC, &[("trouble", "flaps")], "rejected_healthy", 40);
        let (dies, _) = mean(&SPEC, &[], "rejected_healthy", 40);
        assert!(healthy > dies + 4.0 * error, "{healthy} against {dies}");
        let mut run = breaker(&[("trouble", "flaps")], 7, Nanos::ZERO);
        let turns: Vec<(f64, &str)> = std::iter::from_fn(|| run.step().filter(|step| step.at < SPEC.length))
            .filter(|step| step.what.starts_with("the dependency"))
            .map(|step| (step.at.as_secs_f64(), step.what))
            .collect();
        let moments: Vec<f64> = turns.iter().map(|(at, _)| *at).collect();
        assert_eq!(moments, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert_eq!(turns[1].1, "the dependency is up for a moment");
        assert_eq!(turns[6].1, "the dependency is well again");
    }

    #[test]
    fn a_lossy_dependency_loses_its_share() {
        // 30% of about 40/s * 15 s, seen without the breaker: of n calls n * 0.3 +- sqrt(0.21 n).
        let sets = [("trouble", "loses-some"), ("outage", "15"), ("load", "200")];
        let run = breaker(&sets, 5, SPEC.length);
        let calls: f64 = 200.0 * 12.0;
        let lost = reading(&run, "failed_without");
        let deviation = (0.21 * calls + 0.09 * calls).sqrt();
        assert!((lost - LOST * calls).abs() < 4.0 * deviation, "{lost} of {calls}");
    }

    #[test]
    fn a_control_changes_what_it_is_meant_to_and_nothing_else() {
        let calls = |sets: &[(&str, &str)]| reading(&breaker(sets, 7, SPEC.length), "calls");
        let plain = calls(&[]);
        for sets in [("trouble", "degrades"), ("retries", "before"), ("threshold", "80"), ("outage", "1")] {
            assert!((calls(&[sets]) - plain).abs() < 1e-12, "{sets:?}");
        }
        // Which calls fail does not hang on what the breaker does with them, nor on retries.
        let failed = |sets: &[(&str, &str)]| {
            let sets = [&[("trouble", "loses-some"), ("outage", "15")][..], sets].concat();
            let mut run = breaker(&sets, 7, Nanos::ZERO);
            let mut ids = BTreeSet::new();
            while run.now() < Nanos::from_secs(10) {
                let step = run.step().expect("calls never end");
                if step.id <= 300 && step.what.contains("failed") {
                    ids.insert(step.id);
                }
            }
            ids
        };
        let plain = failed(&[]);
        assert!(plain.len() > 20, "{}", plain.len());
        assert_eq!(failed(&[("threshold", "100")]), plain);
        assert_eq!(failed(&[("window", "5"), ("minimum", "1"), ("probes", "9")]), plain);
        // A retry may fail too, where the first attempt did.
        assert_eq!(failed(&[("retries", "behind")]), plain);
    }

    #[test]
    fn a_breaker_without_a_slow_rule_does_not_see_a_crawl() {
        let crawl = [("trouble", "degrades"), ("timeout", "5000")];
        let opened = |slow: &str| {
            reading(&breaker(&[&crawl[..], &[("slow", slow)]].concat(), 7, SPEC.length), "opened")
        };
        assert!(opened("10000") < 1.0, "nothing is slower than the time-out");
        assert!(opened("200") >= 1.0, "most are slower than 200 ms");
    }

    #[test]
    fn goals_need_the_learner_and_can_be_reached() {
        for seed in 0..10 {
            let run = breaker(&[], seed, SPEC.length);
            assert_eq!(run.goals(), [false; 4], "seed {seed}");
        }
        let check = |sets: &[(&str, &str)], goal: usize| {
            let reached = (0..10).any(|seed| breaker(sets, seed, SPEC.length).goals()[goal]);
            assert!(reached, "{}", SPEC.goals[goal]);
        };
        check(&[("timeout", "100"), ("window", "10")], 0);
        check(&[("timeout", "100"), ("wait", "0.5")], 1);
        check(&[("trouble", "degrades"), ("timeout", "5000"), ("slow", "200")], 2);
        check(&[("trouble", "loses-some"), ("window", "5"), ("minimum", "5")], 3);
    }

    #[test]
    fn rules_hold_unless_something_is_broken_on_purpose() {
        for seed in 0..8 {
            assert!(broken(&SPEC, &[], seed).is_empty(), "seed {seed}");
            for (bug, rule) in [
                ("uncapped-probes", checks::HALF_OPEN),
                ("trips-late", checks::CLOSED),
                ("counts-late", checks::OPEN),
            ] {
                let fell = broken(&SPEC, &[("bug", bug)], seed);
                assert!(fell.contains(&rule), "{bug}, seed {seed}: {fell:?}");
            }
        }
    }

    #[test]
    fn a_breaker_is_exchanged_while_it_runs() {
        // Into the flawed one in the middle of an outage, and back: from then on every rule holds again.
        for bug in [1.0, 2.0, 3.0] {
            let mut run = breaker(&[("wait", "0.5")], 7, Nanos::from_millis(4_300));
            run.set("bug", bug);
            run.advance_to(Nanos::from_secs(6), || true);
            let fell = run.broken();
            run.set("bug", 0.0);
            run.advance_to(SPEC.length, || true);
            assert_eq!(run.broken(), fell, "bug {bug}");
        }
    }

    #[test]
    fn the_trouble_can_be_moved_while_it_runs() {
        let mut early = breaker(&[], 7, Nanos::from_secs(5));
        early.set("outage", 1.0);
        assert_eq!(early.step().map(|step| step.to_string()), Some("the dependency is well again".into()));
        let mut late = breaker(&[("outage", "0")], 7, Nanos::from_secs(5));
        late.set("outage", 2.0);
        late.advance_to(Nanos::from_secs(12), || true);
        assert!(reading(&late, "opened") >= 1.0 && reading(&late, "recover_s").is_finite());
        // From one that answers nothing to one that merely crawls.
        let mut other = breaker(&[("outage", "12")], 7, Nanos::from_secs(5));
        other.set("trouble", 1.0);
        other.set("timeout", 5_000.0);
        other.advance_to(Nanos::from_secs(10), || true);
        assert!(reading(&other, "recover_s").is_nan() && other.last().is_some());
    }

    #[test]
    fn the_seed_makes_the_run() {
        let trace = |seed| breaker(&[("trouble", "loses-some")], seed, SPEC.length).trace();
        assert_eq!(trace(7), trace(7));
        assert_ne!(trace(7), trace(8));
    }

    #[test]
    fn memory_and_work_are_bounded_at_the_far_end() {
        let far = [
            ("load", "500"),
            ("timeout", "10000"),
            ("outage", "15"),
            ("retries", "behind"),
            ("window", "10s"),
        ];
        let run = breaker(&far, 1, SPEC.length);
        // 500/s for 15 s, with nine deviations of that Poisson number, each with at most five events.
        assert!(run.events() < (7_500 + 9 * 87) * 5, "{}", run.events());
        assert!((SPEC.start)(Seed(1), &settings(&SPEC, &far)).bytes() <= 8 << 20);
        assert!(500 * 30 * (size_of::<Flight>() + 64) <= 8 << 20, "{}", size_of::<Flight>());
    }
}
