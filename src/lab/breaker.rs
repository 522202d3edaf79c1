//! A dependency that goes down for a while, called through a circuit breaker and without one.
//!
//! Both callers make the same calls at the same moments, and how a call would end is drawn for every
//! call, also for one that the breaker rejects. So what the breaker spares (calls into a dead dependency,
//! callers that wait for a time-out) and what it costs (calls rejected although they would have been
//! answered) are counted, not estimated. The dependency is down from 3 s on; the rest the learner sets.

mod dependency;
mod measures;
mod picture;

use std::collections::BTreeMap;

use dependency::{Dependency, Fate, Outage, Phase};
use measures::{Caller, Checks, Timing};

use super::{Scene, Settings, Spec, Step, Unit, World, number, reading};
use crate::sim::{Nanos, Rng, Seed};
use crate::systems::circuit_breaker::{CircuitBreaker, Config, Outcome, Permit, State};

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
        "Raise the latency, not the failures: without a slow-call rule a dependency that crawls never opens it.",
    ],
    controls: &[
        number("threshold", "failed share that opens it", (5.0, 100.0), 5.0, 50.0, "%"),
        number("window", "last calls that are judged", (1.0, 200.0), 0.0, 20.0, ""),
        number("minimum", "calls before it judges", (1.0, 200.0), 0.0, 10.0, ""),
        number("wait", "time it stays open", (0.5, 20.0), 0.5, 2.0, "s"),
        number("probes", "calls that pass in half-open", (1.0, 20.0), 1.0, 3.0, ""),
        number("slow", "a call is slow after", (1.0, 10_000.0), 0.0, 400.0, "ms"),
        number("slow_rate", "slow share that opens it", (5.0, 100.0), 5.0, 100.0, "%"),
        number("load", "calls per second", (1.0, 500.0), 0.0, 40.0, "/s"),
        number("failure", "calls that fail by themselves", (0.0, 100.0), 5.0, 0.0, "%"),
        number("latency", "mean latency of the dependency", (1.0, 5_000.0), 0.0, 50.0, "ms"),
        number("outage", "the dependency is down from 3 s for", (0.0, 15.0), 1.0, 6.0, "s"),
        number("timeout", "a caller gives up after", (10.0, 10_000.0), 0.0, 500.0, "ms"),
    ],
    readings: &[
        reading("calls", Unit::Count, "calls that clients wanted to make"),
        reading("served", Unit::Count, "answered, with the breaker"),
        reading("failed", Unit::Count, "failed at the dependency, with the breaker"),
        reading("rejected", Unit::Count, "rejected by the breaker"),
        reading("rejected_healthy", Unit::Count, "rejected although they would have been answered"),
        reading("failed_without", Unit::Count, "failed at the dependency, without the breaker"),
        reading("spared_share", Unit::Share, "calls during the outage that never reached the dependency"),
        reading(
            "spared_theory",
            Unit::Share,
            "the same expected, where nothing but the outage makes calls fail",
        ),
        reading("opened", Unit::Count, "times it opened"),
        reading("open_share", Unit::Share, "part of the time it was open"),
        reading("detect_s", Unit::Seconds, "from the start of the outage until it opened"),
        reading(
            "detect_theory",
            Unit::Seconds,
            "the same expected: the time-out, then the failures needed over the load",
        ),
        reading("recover_s", Unit::Seconds, "from the end of the outage until it closed"),
        reading("latency_with", Unit::Millis, "mean time until a caller knows, with the breaker"),
        reading("latency_without", Unit::Millis, "mean time until a caller knows, without it"),
        reading("in_flight_peak_with", Unit::Count, "most calls waiting at the same time, with the breaker"),
        reading("in_flight_peak_without", Unit::Count, "most calls waiting at the same time, without it"),
    ],
    bet: "circuit-breaker.bet-calls-spared",
    goals: &[
        "spare 9 of 10 calls during the outage",
        "be closed again within 0.5 s after the outage",
        "open it without one failed call",
        "open it by bad luck: with a failure rate 10 points below the threshold",
    ],
    invariants: &[
        "half-open: no more calls in flight than the permitted probes",
        "open: no call passes before the wait is over",
        "every call is served, failed, rejected or in flight, and only one of them",
    ],
    length: Nanos::from_secs(15),
    bugs: &[],
    theory: &[],
    speed: 1.0,
    sources: &[source!("circuit_breaker.rs", "pub fn permit")],
    start: |seed, settings| Box::new(Breaker::new(seed, settings)),
};

/// How long the end of a call is seen.
const SEEN: Nanos = Nanos::from_millis(400);
/// How many ends are seen at most, a caller.
const ENDS: usize = 30;

const WITH: usize = 0;
const WITHOUT: usize = 1;

#[derive(Clone)]
struct Breaker {
    settings: Settings,
    breaker: CircuitBreaker,
    dependency: Dependency,
    outage: Outage,
    arrivals: Rng,
    next_call: Nanos,
    /// How many calls were made; also the number of the last one.
    calls: u64,
    /// The calls that are at the dependency, by when they end and by number.
    flights: BTreeMap<(Nanos, u64), Flight>,
    callers: [Caller; 2],
    timing: Timing,
    checks: Checks,
    goals: [bool; 4],
    /// Which of the changes between states happened last: an index into the picture's list.
    last_change: Option<usize>,
}

/// A call under way. The caller without a breaker always makes it; the one with, where it has a permit.
#[derive(Clone, Debug)]
struct Flight {
    sent: Nanos,
    fate: Fate,
    permit: Option<Permit>,
}

/// How a call ended for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Served,
    Failed,
    Rejected,
}

fn config(settings: &Settings) -> Config {
    let whole = |name: &str| settings.get(name) as u32;
    Config {
        failure_percent: whole("threshold"),
        window: whole("window"),
        minimum: whole("minimum"),
        wait: wait(settings),
        probes: whole("probes"),
        slow_after: Nanos::from_secs_f64(settings.get("slow") / 1e3),
        slow_percent: whole("slow_rate"),
    }
}

fn wait(settings: &Settings) -> Nanos {
    Nanos::from_secs_f64(settings.get("wait"))
}

/// The gap until the next call: independent clients, so exponential.
fn gap(arrivals: &mut Rng, settings: &Settings) -> Nanos {
    arrivals.exponential(Nanos::from_secs_f64(1.0 / settings.get("load").max(1.0)))
}

impl Breaker {
    fn new(seed: Seed, settings: &Settings) -> Breaker {
        let mut arrivals = Rng::stream(seed, "arrivals");
        let next_call = gap(&mut arrivals, settings);
        Breaker {
            settings: settings.clone(),
            breaker: CircuitBreaker::new(config(settings)),
            dependency: Dependency::new(seed),
            outage: Outage::new(settings),
            arrivals,
            next_call,
            calls: 0,
            flights: BTreeMap::new(),
            callers: [Caller::default(), Caller::default()],
            timing: Timing::default(),
            checks: Checks::default(),
            goals: [false; 4],
            last_change: None,
        }
    }

    fn outage_turns(&mut self, at: Nanos) -> Step {
        self.outage.turn();
        let what = if self.outage.phase() == Phase::During {
            "the dependency goes down"
        } else {
            self.goals[0] |= self.spared_share() >= 0.9;
            "the dependency is back"
        };
        self.timing.outage_turns(at, self.outage.phase(), self.breaker.state());
        Step { at, what, id: 0 }
    }

    fn call(&mut self, at: Nanos) -> Step {
        self.next_call = at + gap(&mut self.arrivals, &self.settings);
        self.calls += 1;
        let id = self.calls;
        let fate = self.dependency.fate(&self.settings, self.outage.phase() == Phase::During);
        let before = self.breaker.state();
        let permit = self.breaker.permit(at);
        let half_opens = self.note_change(at, before);
        let what = match &permit {
            Ok(permit) if permit.is_probe() && half_opens => "probe # sent: the breaker is half-open",
            Ok(permit) if permit.is_probe() => "probe # sent",
            Ok(_) => "call # sent",
            Err(_) => "call # rejected",
        };
        let step = Step { at, what, id };
        if let Ok(permit) = &permit {
            self.callers[WITH].send();
            self.checks.sent(step, permit.is_probe(), half_opens, self.breaker.state());
        } else {
            self.callers[WITH].end(at, id, Nanos::ZERO, End::Rejected, self.thinning());
            self.timing.rejected_healthy += u64::from(fate.ok);
        }
        self.callers[WITHOUT].send();
        self.timing.reach(permit.is_ok());
        if self.outage.phase() == Phase::During {
            self.timing.called_in_outage += 1;
            self.timing.spared += u64::from(permit.is_err());
        }
        self.flights.insert((at + fate.took, id), Flight { sent: at, fate, permit: permit.ok() });
        step
    }

    fn flight_ends(&mut self, (at, id): (Nanos, u64), flight: Flight) -> Step {
        let Flight { fate, permit, .. } = flight;
        let end = if fate.ok { End::Served } else { End::Failed };
        let thinning = self.thinning();
        self.callers[WITHOUT].end(at, id, fate.took, end, thinning);
        let Some(permit) = permit else {
            let what = if fate.ok {
                "call # answered, without the breaker"
            } else {
                "call # failed, without the breaker"
            };
            return Step { at, what, id };
        };
        self.callers[WITH].end(at, id, fate.took, end, thinning);
        let probe = permit.is_probe();
        if probe {
            self.checks.probe_back(id);
        }
        let before = self.breaker.state();
        self.breaker.record(at, permit, Outcome { ok: fate.ok, took: fate.took });
        let changed = self.note_change(at, before);
        Step { at, what: how_it_ended(probe, fate.ok, changed, self.breaker.state()), id }
    }

    /// Notes a change of state and says whether there was one.
    fn note_change(&mut self, at: Nanos, before: State) -> bool {
        let after = self.breaker.state();
        let change = match (before, after) {
            (State::Closed, State::Open { .. }) => picture::TRIPPED,
            (State::Open { .. }, State::HalfOpen { .. }) => picture::TRIED,
            (State::HalfOpen { .. }, State::Closed) => picture::CLOSED,
            (State::HalfOpen { .. }, State::Open { .. }) => picture::REOPENED,
            _ => return false,
        };
        self.last_change = Some(change);
        self.timing.turns(at, after, self.outage.phase());
        if let State::Open { .. } = after {
            self.checks.opened(at + wait(&self.settings));
            let failed = self.breaker.counts().failed;
            self.goals[2] |= failed == 0;
            self.goals[3] |= failed > 0 && self.bad_luck();
        }
        self.goals[1] |= self.timing.recover.is_some_and(|took| took <= Nanos::from_millis(500));
        true
    }

    /// Whether the breaker has no better reason to open than chance: no outage yet, a true failure rate
    /// below the threshold, and a time-out that is hardly ever reached (4 times the mean: 1 call in 800).
    fn bad_luck(&self) -> bool {
        let of = |name: &str| self.settings.get(name);
        self.outage.phase() == Phase::Before
            && of("failure") + 10.0 <= of("threshold")
            && of("latency") * 4.0 <= of("timeout")
            && self.breaker.failure_rate().is_some_and(|rate| rate >= of("threshold"))
    }

    fn spared_share(&self) -> f64 {
        // Nothing over nothing is not a number, as it should be.
        self.timing.spared as f64 / self.timing.called_in_outage as f64
    }

    /// Every how many calls the end of one is shown, so that the dots of the time shown fit.
    fn thinning(&self) -> u64 {
        ((self.settings.get("load") * SEEN.as_secs_f64() / ENDS as f64).ceil() as u64).max(1)
    }
}

fn how_it_ended(probe: bool, ok: bool, changed: bool, state: State) -> &'static str {
    match (probe, ok, changed, state) {
        (false, true, false, _) => "call # answered",
        (false, false, false, _) => "call # failed",
        (false, true, true, _) => "call # answered: the breaker opens",
        (false, false, true, _) => "call # failed: the breaker opens",
        (true, true, false, _) => "probe # answered",
        (true, false, false, _) => "probe # failed",
        (true, true, true, State::Closed) => "probe # answered: the breaker closes",
        (true, false, true, State::Closed) => "probe # failed: the breaker closes all the same",
        (true, true, true, _) => "probe # answered: the breaker opens again",
        (true, false, true, _) => "probe # failed: the breaker opens again",
    }
}

impl World for Breaker {
    fn boxed_clone(&self) -> Box<dyn World> {
        Box::new(self.clone())
    }

    fn next_at(&self) -> Option<Nanos> {
        let flight = self.flights.first_key_value().map_or(Nanos::MAX, |((at, _), _)| *at);
        let outage = self.outage.next_at().unwrap_or(Nanos::MAX);
        Some(self.next_call.min(flight).min(outage))
    }

    fn step(&mut self) -> Option<Step> {
        let now = self.next_at()?;
        self.timing.close_bins(now, self.breaker.counts());
        // Of what falls on the same nanosecond the outage comes first, then ends, then new calls.
        let step = if self.outage.next_at() == Some(now) {
            self.outage_turns(now)
        } else if let Some(entry) = self.flights.first_entry().filter(|entry| entry.key().0 == now) {
            let (key, flight) = entry.remove_entry();
            self.flight_ends(key, flight)
        } else {
            self.call(now)
        };
        self.checks.ends_add_up(step, self.calls, &self.callers[WITH]);
        Some(step)
    }

    fn set(&mut self, now: Nanos, control: &'static str, value: f64) {
        self.timing.close_bins(now, self.breaker.counts());
        self.settings.put(control, value);
        match control {
            "load" => self.next_call = now + gap(&mut self.arrivals, &self.settings),
            "outage" => self.outage.change(now, &self.settings),
            "failure" | "latency" | "timeout" => {}
            _ => self.breaker.change(config(&self.settings)),
        }
    }

    fn readings(&self, now: Nanos) -> Vec<f64> {
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
            measures::spared_theory(&self.settings),
            self.timing.opened as f64,
            self.timing.open_share(now),
            secs(self.timing.detect),
            measures::detect_theory(&self.settings),
            secs(self.timing.recover),
            with.mean_latency(),
            without.mean_latency(),
            with.peak as f64,
            without.peak as f64,
        ]
    }

    fn scene(&self, now: Nanos) -> Scene {
        self.pictures(now)
    }

    fn goals(&self) -> Vec<bool> {
        self.goals.to_vec()
    }

    fn broken(&self) -> Vec<Option<Step>> {
        self.checks.broken.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Control, ControlKind, Run};
    use super::*;

    fn run(sets: &[(&str, &str)], seed: u64, until: Nanos) -> Run {
        let mut settings = Settings::defaults(&SPEC);
        for (name, text) in sets {
            settings.set(&SPEC, name, text).expect("a setting that fits");
        }
        let mut run = Run::new(&SPEC, Seed(seed), settings);
        run.advance_to(until, || true);
        run
    }

    fn reading(run: &Run, name: &str) -> f64 {
        run.reading(name).expect("a reading of that name")
    }

    fn mean(name: &str, sets: &[(&str, &str)], seeds: u64) -> f64 {
        (0..seeds).map(|seed| reading(&run(sets, seed, SPEC.length), name)).sum::<f64>() / seeds as f64
    }

    #[test]
    fn a_run_goes_through_all_states_and_ends_closed() {
        let mut run = run(&[], 7, Nanos::ZERO);
        let mut turns = Vec::new();
        while let Some(step) = run.step().filter(|step| step.at < SPEC.length) {
            let known = ["goes down", "is back", "opens again", "opens", "closes", "half-open"];
            turns
                .extend(known.into_iter().find(|turn| step.what.ends_with(turn)).map(|turn| (turn, step.at)));
        }
        let again = ["half-open", "opens again"];
        let whole =
            [&["goes down", "opens"][..], &again, &again, &["is back", "half-open", "closes"]].concat();
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
        let open = (at(2) - at(1)) + (at(4) - at(3)) + (at(7) - at(5));
        is("open_share", open / run.now().as_secs_f64());
        assert_eq!(run.broken(), [None, None, None]);
    }

    #[test]
    fn detection_takes_the_time_out_and_the_failures_needed() {
        // 10 of the last 20 must fail: the tenth call of the outage and its time-out. The tenth arrival of a
        // Poisson process at 40/s has mean 250 ms and deviation sqrt(10)/40 = 79 ms. (That a call from before
        // the outage is still under way after 500 ms, ten times the mean, has a probability below 1e-6.)
        let seeds = 200;
        let tolerance = 4.0 * 0.079 / (seeds as f64).sqrt();
        let theory = reading(&run(&[], 0, Nanos::ZERO), "detect_theory");
        assert!((theory - 0.75).abs() < 1e-9);
        let seen = mean("detect_s", &[], seeds);
        assert!((seen - theory).abs() < tolerance, "{seen}");
    }

    #[test]
    fn what_is_spared_is_what_theory_says() {
        // Of 240 calls those of the first 750 ms reach the dependency, and two rounds of 3 probes: 36.
        // A run's share deviates by sqrt(20)/240 = 0.019 for the Poisson calls of the 500 ms, and by at most
        // 0.15/sqrt(240) = 0.010 for the number of calls: 0.021 together. A mean of ratios is off by the order
        // of 1/240 from the ratio of means.
        let seeds = 200;
        let tolerance = 4.0 * 0.021 / (seeds as f64).sqrt() + 1.0 / 240.0;
        let theory = reading(&run(&[], 0, Nanos::ZERO), "spared_theory");
        assert!((theory - (1.0 - 36.0 / 240.0)).abs() < 1e-9, "{theory}");
        let seen = mean("spared_share", &[], seeds);
        assert!((seen - theory).abs() < tolerance, "{seen} for {theory}");
    }

    #[test]
    fn a_healthy_dependency_sees_no_difference() {
        let run = run(&[("outage", "0")], 7, SPEC.length);
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
        // Long after the outage no rejected call is still under way for the other caller, so what they were
        // served differs by just what was rejected without need, and likewise for the failures.
        for seed in 0..20 {
            let run = run(&[("failure", "10")], seed, SPEC.length);
            let of = |name| reading(&run, name);
            let served = of("calls") - of("rejected") - of("failed") - of("served");
            assert!((0.0..=20.0).contains(&served), "in flight: {served}");
            let without = of("calls") - of("failed_without") - served;
            let rejected_in_vain = of("rejected") - of("rejected_healthy");
            assert!((without - of("served") - of("rejected_healthy")).abs() < 1e-9, "seed {seed}");
            assert!((of("failed_without") - of("failed") - rejected_in_vain).abs() < 1e-9, "seed {seed}");
            assert!(of("latency_with") < of("latency_without"), "seed {seed}");
        }
    }

    #[test]
    fn a_control_changes_what_it_is_meant_to_and_nothing_else() {
        let calls = |sets: &[(&str, &str)]| reading(&run(sets, 7, SPEC.length), "calls");
        let plain = calls(&[]);
        for sets in [("latency", "500"), ("failure", "30"), ("threshold", "80"), ("outage", "1")] {
            assert!((calls(&[sets]) - plain).abs() < 1e-12, "{sets:?}");
        }
        // Which calls fail does not hang on how long they take: the first 60 have all ended at 3 s.
        let failed = |latency: &str| {
            let mut run = run(&[("failure", "30"), ("latency", latency)], 7, Nanos::ZERO);
            let mut ids = std::collections::BTreeSet::new();
            while run.now() < Nanos::from_secs(3) {
                let step = run.step().expect("calls never end");
                if step.id <= 60 && step.what.contains("failed") {
                    ids.insert(step.id);
                }
            }
            ids
        };
        assert_eq!(failed("50"), failed("80"));
        assert!(!failed("50").is_empty());
    }

    #[test]
    fn a_breaker_without_a_slow_rule_does_not_see_a_crawl() {
        let crawl = [("outage", "0"), ("latency", "1000"), ("timeout", "10000")];
        let opened = |slow: &str| {
            reading(
                &run(&[&crawl[..], &[("slow", slow), ("slow_rate", "50")]].concat(), 7, SPEC.length),
                "opened",
            )
        };
        assert!(opened("10000") < 1.0, "nothing is slower than the time-out");
        assert!(opened("400") >= 1.0, "nearly all are slower than 400 ms");
    }

    #[test]
    fn goals_need_the_learner_and_can_be_reached() {
        for seed in 0..40 {
            let run = run(&[], seed, SPEC.length);
            assert_eq!(run.goals(), [false; 4], "seed {seed}");
        }
        let check = |sets: &[(&str, &str)], goal: usize| {
            let reached = (0..10).any(|seed| run(sets, seed, SPEC.length).goals()[goal]);
            assert!(reached, "{}", SPEC.goals[goal]);
        };
        check(&[("timeout", "100"), ("window", "10")], 0);
        check(&[("timeout", "100"), ("wait", "0.5")], 1);
        check(&[("latency", "500"), ("timeout", "5000"), ("slow_rate", "50"), ("outage", "0")], 2);
        check(&[("failure", "30"), ("window", "5"), ("minimum", "5"), ("outage", "0")], 3);
    }

    #[test]
    fn the_outage_can_be_moved_while_it_runs() {
        let mut early = run(&[], 7, Nanos::from_secs(5));
        early.set("outage", 1.0);
        assert_eq!(early.step().map(|step| step.to_string()), Some("the dependency is back".into()));
        let mut late = run(&[("outage", "0")], 7, Nanos::from_secs(5));
        late.set("outage", 2.0);
        late.advance_to(Nanos::from_secs(12), || true);
        assert!(reading(&late, "opened") >= 1.0 && reading(&late, "recover_s").is_finite());
    }

    #[test]
    fn the_seed_makes_the_run() {
        let trace = |seed| run(&[("failure", "20")], seed, SPEC.length).trace();
        assert_eq!(trace(7), trace(7));
        assert_ne!(trace(7), trace(8));
    }

    #[test]
    fn memory_and_work_are_bounded_at_the_far_end() {
        let mut settings = Settings::defaults(&SPEC);
        for (name, value) in [("load", 500.0), ("timeout", 1e4), ("latency", 5e3), ("outage", 15.0)] {
            settings.put(name, value);
        }
        let mut world = Breaker::new(Seed(1), &settings);
        let mut events = 0;
        while world.next_at().is_some_and(|at| at <= Nanos::from_secs(20)) {
            world.step();
            events += 1;
            // 500/s for 10 s, and nine deviations of that Poisson number.
            assert!(world.flights.len() < 5_000 + 9 * 71);
        }
        assert!(events < 2 * 20 * 500 + 1_000, "{events}");
        assert!(
            world.callers[WITHOUT].ends.len() <= ENDS && world.timing.bins.len() as u64 <= measures::BINS
        );
    }

    /// Values at the ends of each control's range, and between them.
    fn sets() -> impl Strategy<Value = Vec<(usize, f64)>> {
        let value = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64];
        prop::collection::vec((0..SPEC.controls.len(), value), 0..12)
    }

    fn value_of(control: &Control, share: f64) -> f64 {
        let ControlKind::Number { min, max, .. } = control.kind else { return share.round() };
        min + (max - min) * share
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_settings_run_and_keep_what_is_promised(start in sets(), later in sets(), seed in 0..9_u64) {
            let mut settings = Settings::defaults(&SPEC);
            for (index, share) in start {
                settings.put(SPEC.controls[index].name, value_of(&SPEC.controls[index], share));
            }
            let mut run = Run::new(&SPEC, Seed(seed), settings);
            for (index, share) in later {
                run.advance_to(run.now() + Nanos::from_millis(700), || true);
                run.set(SPEC.controls[index].name, value_of(&SPEC.controls[index], share));
                prop_assert_eq!(run.readings().len(), SPEC.readings.len());
                let Scene::Column(parts) = run.scene() else { panic!("a column") };
                for part in parts {
                    if let Scene::Lanes(lanes) = part {
                        let dots: Vec<_> = lanes.lanes.iter().flat_map(|lane| &lane.dots).collect();
                        prop_assert!(dots.len() <= 200);
                        prop_assert!(dots.iter().all(|(at, _)| (0.0..=1.0).contains(at)));
                    }
                }
            }
            run.advance_to(run.now() + Nanos::from_secs(2), || true);
            prop_assert_eq!(run.broken(), vec![None; 3]);
        }
    }
}
