//! A server that stands still for a second, and what the retries of its callers make of that.
//!
//! Two groups of callers make the same first calls at the same moments, each to a server of its own: one with
//! the learner's rules for retries, one with rules to compare with. A server does 100 tries a second, first come,
//! first served, and does not know who still waits. So everything that is seen follows from three plain parts: a
//! queue, a time-out, and a rule for when to try again. The time that work takes is constant; only the arrivals and the
//! jitter are left to chance.

mod measures;
mod picture;
mod rules;
mod side;

use measures::{Bin, Ledger, Watch};
use rules::{budget, collapse_theory, earned, rules, tries_theory};
use side::{Counts, Sent, Side};

use super::measure::Bins;
use super::scenario::{Scenario, Sim, start};
use super::workload::{Arrivals, Pattern};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Rng, Seed, Token};
use crate::systems::retry::layered;

/// The rules for retries, for both sides.
const STRATEGIES: &[&str] =
    &["no-retries", "no-backoff", "fixed", "exponential", "equal-jitter", "full-jitter", "decorrelated"];
const NO_RETRIES: f64 = 0.0;
const FULL_JITTER: f64 = 5.0;

/// The budgets, and how many thousandths of a retry a call earns with each.
const BUDGETS: &[&str] = &["off", "10%", "20%", "50%"];
const EARNED: [u32; 4] = [0, 100, 200, 500];
/// How many retries a budget holds.
const BUDGET_FULL: u32 = 10;

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "retry",
    title: "Retry storm",
    part: "reliability",
    topics: &["timeouts-retries"],
    hook: "A server at 70% load stands still for one second. When is it well again?",
    look_for: &[
        "At 3 s the server stops for 1 s. The side without retries has worked off its queue by about 5 s and answers everybody again.",
        "The other side never comes back. Each call is now tried 4 times: 280 tries a second reach a server that can do 100, long after the pause.",
        "The server is busy all the time, and for nobody: a try waits 2 s in the queue, its caller only 0.5 s. That is a metastable failure: the cause is gone, the collapse feeds itself.",
        "Change the backoff: fixed, exponential or jitter, none of them ends it. A backoff moves retries in time and takes none away.",
        "Turn on the budget at 10% during the collapse: 77 tries a second are fewer than 100, the queue drains, and after some 8 s all is well.",
        "Or let the queue be 20 places: nobody in it waits longer than his time-out, so all work is for somebody. Or set fixed with a base of 2,000 ms, and see the retries come back in waves.",
    ],
    controls: &[
        choice("strategy", "when your callers try again", STRATEGIES, FULL_JITTER),
        number("tries", "tries of a call, the first included", (1.0, 6.0), 1.0, 4.0, ""),
        choice("budget", "retries that a call earns", BUDGETS, 0.0),
        number("load", "calls per second (the server can do 100)", (10.0, 150.0), 5.0, 70.0, "/s"),
        number("timeout", "a caller waits for a try", (10.0, 5_000.0), 0.0, 500.0, "ms"),
        number("blip", "the server stands still from 3 s for", (0.0, 5.0), 0.5, 1.0, "s"),
        number("queue", "tries that can wait at the server", (5.0, 1_000.0), 0.0, 200.0, ""),
        number("base", "first wait before a retry (cap 10 s)", (1.0, 5_000.0), 0.0, 100.0, "ms"),
        choice("against", "the other side: same tries, no budget", STRATEGIES, NO_RETRIES),
        choice("bug", "break it on purpose", &["none", "two-layers", "late-answers"], 0.0),
    ],
    readings: &[
        reading("calls", Unit::Count, "calls that each side made"),
        reading("answered", Unit::Count, "calls answered in time"),
        reading("failed", Unit::Count, "calls that failed in the end"),
        reading("tries_per_s", Unit::PerSecond, "tries that reach the server, over the last 5 s"),
        reading(
            "tries_theory",
            Unit::PerSecond,
            "the same where every try fails: load times tries, or what the budget allows",
        ),
        reading(
            "tries_per_s_other",
            Unit::PerSecond,
            "tries that reach the server of the other side, over the last 5 s",
        ),
        reading("peak_tries", Unit::PerSecond, "most tries in half a second, as a rate"),
        reading("answered_late", Unit::Share, "calls ended in the last 5 s that were answered"),
        reading("answered_late_other", Unit::Share, "the same of the other side"),
        reading(
            "collapse_s",
            Unit::Seconds,
            "from the end of the pause until the server last worked for nobody",
        ),
        reading("collapse_other_s", Unit::Seconds, "the same of the other side"),
        reading(
            "collapse_theory",
            Unit::Seconds,
            "the same expected without retries, where the queue has the room",
        ),
        reading("wasted_share", Unit::Share, "work of the server that was for nobody"),
        reading("wasted_other", Unit::Share, "the same of the other side"),
        reading("waiting", Unit::Count, "tries in the queue now"),
        reading("waiting_dead", Unit::Count, "of them those whose caller has given up"),
        reading("refused", Unit::Count, "tries refused: the queue was full"),
        reading(
            "layers_4",
            Unit::Count,
            "tries at the bottom of four layers that each try so often, where all fail",
        ),
    ],
    bet: "timeouts-retries.bet-storm",
    goals: &[
        "keep retries, and be out of it within 4 s of a pause of 1 s or more",
        "end a collapse that has lasted 5 s, and keep retries",
        "no work for nobody at all, at 70/s and a pause of 1 s or more",
        "a collapse without any pause, at 80/s or less",
    ],
    invariants: &[
        "each call is answered, failed or under way, and only one of them",
        "no call is tried more often than is set",
        "with a budget: at most 10 retries and what the calls earned",
        "a try at the server is done, refused, waiting or at work",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "two-layers: a library below the caller retries too, and their tries multiply",
        "late-answers: an answer that comes after the time-out is counted as one, though the caller is gone",
    ],
    theory: &[("tries_per_s", "tries_theory"), ("collapse_other_s", "collapse_theory")],
    length: Nanos::from_secs(30),
    speed: 1.0,
    sources: &[source!("retry.rs", "pub fn wait")],
    start: &|seed, settings| start(&SPEC, settings, |sim| Retry::new(seed, sim)),
};

/// How long the server works on a try.
const SERVICE: Nanos = Nanos::from_millis(10);
/// How many tries it can do in a second.
const CAPACITY: f64 = 100.0;
/// When it stops.
const PAUSE_AT: Nanos = Nanos::from_secs(3);
/// No wait before a retry is longer.
const CAP: Nanos = Nanos::from_secs(10);
/// How long the end of a try is seen.
const SEEN: Nanos = Nanos::from_millis(400);

/// The sides: the learner's, and the one to compare with.
const YOURS: usize = 0;
const OTHER: usize = 1;

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Call,
    TimedOut { side: usize, call: u64 },
    Retry { side: usize, call: u64 },
    Done { side: usize },
    Pause,
    Resume,
}

#[derive(Clone)]
struct Retry {
    arrivals: Arrivals,
    next_call: Nanos,
    next_token: Token,
    calls: u64,
    sides: [Side; 2],
    /// The event that stops the servers, or the one that starts them again.
    turn: Option<Token>,
    paused: bool,
    bins: Bins<Bin>,
    watch: Watch,
    ledger: Ledger,
    /// The largest number of tries that was ever set.
    most_tries: u32,
}

impl Retry {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Retry {
        let settings = sim.settings().clone();
        let mut arrivals =
            Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, settings.get("load"));
        let next_call = arrivals.next(Nanos::ZERO);
        let jitter = |label| Rng::stream(seed, label);
        let sides = [
            Side::new(YOURS, rules(&settings, YOURS), budget(&settings), jitter("jitter")),
            Side::new(OTHER, rules(&settings, OTHER), None, jitter("jitter of the other side")),
        ];
        let next_token = sim.at(next_call, Event::Call);
        let turn = (settings.get("blip") > 0.0).then(|| sim.at(PAUSE_AT, Event::Pause));
        Retry {
            arrivals,
            next_call,
            next_token,
            calls: 0,
            sides,
            turn,
            paused: false,
            bins: Bins::new(measures::BIN, measures::BINS),
            watch: Watch::default(),
            ledger: Ledger::new(earned(&settings), 0),
            most_tries: settings.get("tries") as u32,
        }
    }

    fn call(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        self.next_call = self.arrivals.next(sim.now());
        self.next_token = sim.at(self.next_call, Event::Call);
        self.calls += 1;
        self.bins.at(sim.now()).calls += 1;
        self.ledger.call();
        for side in &mut self.sides {
            side.call(sim, self.calls);
        }
        ("call # comes", self.calls)
    }

    fn pause_ends_at(settings: &Settings) -> Nanos {
        PAUSE_AT + Nanos::from_secs_f64(settings.get("blip"))
    }

    fn pause(&mut self, sim: &mut Sim<Event>) {
        self.paused = true;
        self.turn = Some(sim.at(Self::pause_ends_at(sim.settings()), Event::Resume));
        self.sides.iter_mut().for_each(|side| side.halt(sim));
    }

    fn resume(&mut self, sim: &mut Sim<Event>) {
        self.paused = false;
        self.turn = None;
        self.watch.back_at = Some(sim.now());
        self.sides.iter_mut().for_each(|side| side.resume(sim));
    }

    /// The length of the pause was set.
    fn blip_changed(&mut self, sim: &mut Sim<Event>) {
        if sim.now() >= PAUSE_AT && !self.paused {
            return;
        }
        if let Some(token) = self.turn.take() {
            sim.cancel(token);
        }
        let end = Self::pause_ends_at(sim.settings());
        self.turn = if self.paused {
            Some(sim.at(end, Event::Resume))
        } else {
            (end > PAUSE_AT).then(|| sim.at(PAUSE_AT, Event::Pause))
        };
    }

    fn counts(&self) -> [Counts; 2] {
        [self.sides[YOURS].counts, self.sides[OTHER].counts]
    }

    /// From the end of the pause until a side last worked for nobody.
    fn collapse(&self, side: usize) -> Option<Nanos> {
        let back = self.watch.back_at?;
        Some(self.sides[side].last_dead.map_or(Nanos::ZERO, |at| at.since(back)))
    }

    /// Puts what was counted since `before` into the bins. When a bin is over, looks whether a goal is reached.
    fn measure(&mut self, sim: &mut Sim<Event>, before: &[Counts; 2]) {
        let after = self.counts();
        self.bins.at(sim.now()).add(before, &after);
        if self.watch.turns(sim.now()) {
            self.judge(sim);
        }
    }

    fn judge(&mut self, sim: &mut Sim<Event>) {
        let now = sim.now();
        let recent = measures::recent(&self.bins, now);
        let answered = recent.answered_share(YOURS);
        let retries = self.sides[YOURS].rules.tries > 1;
        let (load, yours) = (sim.get("load"), &self.sides[YOURS]);
        let paused = self.watch.back_at.filter(|&back| back.since(PAUSE_AT) >= Nanos::from_secs(1));
        let long_ago = paused.is_some_and(|back| now >= back + Nanos::from_secs(10));
        let short = self.collapse(YOURS).is_some_and(|took| took <= Nanos::from_secs(4));
        sim.goal(0, long_ago && retries && short && answered >= 0.95);
        sim.goal(1, self.watch.collapsed && retries && answered >= 0.9);
        sim.goal(2, long_ago && yours.counts.for_nobody == 0 && load >= 70.0);
        // The window of 5 s has to lie in the run.
        let collapsed = now >= Nanos::from_secs(5) && answered < 0.1;
        sim.goal(3, collapsed && !self.paused && self.watch.back_at.is_none() && load <= 80.0);
        self.watch.collapsed |= collapsed;
    }
}

/// The name of a step on the learner's side, or on the other one.
fn of(side: usize, yours: &'static str, other: &'static str) -> &'static str {
    if side == YOURS { yours } else { other }
}

impl Scenario for Retry {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        let before = self.counts();
        let step = match event {
            Event::Call => self.call(sim),
            Event::TimedOut { side, call } => {
                let again = self.sides[side].timed_out(sim, call);
                let what = if again {
                    of(
                        side,
                        "call # times out and will try again",
                        "call # times out and will try again, other side",
                    )
                } else {
                    of(side, "call # times out and gives up", "call # times out and gives up, other side")
                };
                (what, call)
            }
            Event::Retry { side, call } => {
                let what = match self.sides[side].send(sim, call) {
                    Sent::Queued => of(side, "call # tries again", "call # tries again, other side"),
                    Sent::RefusedRetries => of(
                        side,
                        "call # tries again, and the queue is full",
                        "call # tries again, and the queue is full, other side",
                    ),
                    Sent::RefusedForGood => of(
                        side,
                        "call # tries again, the queue is full, it gives up",
                        "call # tries again, the queue is full, it gives up, other side",
                    ),
                };
                (what, call)
            }
            Event::Done { side } => {
                let (call, waited) = self.sides[side].done(sim);
                let what = if waited {
                    of(side, "call # is answered", "call # is answered, other side")
                } else {
                    of(
                        side,
                        "a try of call # is done, for nobody",
                        "a try of call # is done, for nobody, other side",
                    )
                };
                (what, call)
            }
            Event::Pause => {
                self.pause(sim);
                ("the servers stand still", 0)
            }
            Event::Resume => {
                self.resume(sim);
                ("the servers go on", 0)
            }
        };
        self.measure(sim, &before);
        step
    }

    fn changed(&mut self, sim: &mut Sim<Event>, control: &'static str) {
        let settings = sim.settings().clone();
        match control {
            "load" => {
                self.arrivals.set_rate(settings.get("load"));
                sim.cancel(self.next_token);
                self.next_call = self.arrivals.next(sim.now());
                self.next_token = sim.at(self.next_call, Event::Call);
            }
            "blip" => self.blip_changed(sim),
            "budget" => {
                self.sides[YOURS].budget = budget(&settings);
                self.ledger = Ledger::new(earned(&settings), self.sides[YOURS].counts.retries);
            }
            _ => {
                self.most_tries = self.most_tries.max(settings.get("tries") as u32);
                for side in [YOURS, OTHER] {
                    self.sides[side].rules = rules(&settings, side);
                }
            }
        }
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for side in &self.sides {
            let counts = &side.counts;
            sim.rule(0, self.calls == counts.answered + counts.failed + side.calls.len() as u64);
            sim.rule(1, counts.most_tries <= self.most_tries);
            sim.rule(3, counts.sent == counts.done + counts.refused + side.at_server());
        }
        sim.rule(2, self.ledger.holds(self.sides[YOURS].counts.retries));
    }

    fn readings(&self, sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let settings = sim.settings();
        let recent = measures::recent(&self.bins, now);
        let [yours, other] = &self.sides;
        let collapse = |side| self.collapse(side).map_or(f64::NAN, Nanos::as_secs_f64);
        let wasted = |counts: &Counts| counts.for_nobody as f64 / counts.done as f64;
        let back = self.watch.back_at.is_some();
        vec![
            self.calls as f64,
            yours.counts.answered as f64,
            yours.counts.failed as f64,
            recent.tries_per_s(YOURS),
            tries_theory(settings),
            recent.tries_per_s(OTHER),
            measures::peak(&self.bins, now),
            recent.answered_share(YOURS),
            recent.answered_share(OTHER),
            collapse(YOURS),
            collapse(OTHER),
            if back { collapse_theory(settings) } else { f64::NAN },
            wasted(&yours.counts),
            wasted(&other.counts),
            yours.queue.len() as f64,
            yours.dead as f64,
            yours.counts.refused as f64,
            layered(settings.get("tries") as u32, 4) as f64,
        ]
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(sim.settings(), now)
    }

    /// At the extremes a few thousand calls under way, each with an event, and two queues of a thousand.
    fn bytes(&self) -> usize {
        1 << 20
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::testing::{broken, mean, reading, run};

    const END: Nanos = SPEC.length;
    /// Everything fails at once: the server stands still and lets nobody wait.
    const ALL_FAILS: [(&str, &str); 4] = [("blip", "5"), ("queue", "5"), ("base", "10"), ("load", "100")];

    #[test]
    fn the_storm_is_load_times_tries_and_stays() {
        // The last 5 s of 16 runs: Poisson arrivals at 70/s, four tries each. Four standard errors of the mean: 1 in 900 by
        // Student's t.
        for tries in ["3", "4"] {
            let (seen, error) = mean(&SPEC, &[("tries", tries)], "tries_per_s", 16);
            let expected = 70.0 * tries.parse::<f64>().expect("a number");
            assert!((seen - expected).abs() < 4.0 * error, "{tries}: {seen} for {expected}");
        }
        for seed in 0..8 {
            let run = run(&SPEC, &[], seed, END);
            assert!(reading(&run, "answered_late") < 0.01, "{seed}");
            assert!(reading(&run, "answered_late_other") > 0.99, "{seed}");
        }
    }

    #[test]
    fn no_backoff_of_any_kind_ends_it_and_a_small_load_does() {
        for strategy in &STRATEGIES[1..] {
            let run = run(&SPEC, &[("strategy", strategy)], 3, END);
            assert!(reading(&run, "answered_late") < 0.2, "{strategy}");
        }
        // 20 a second, four tries each: even then 80 tries are fewer than 100.
        assert!(reading(&run(&SPEC, &[("load", "20")], 3, END), "answered_late") > 0.99);
    }

    #[test]
    fn without_retries_the_collapse_lasts_as_long_as_the_fluid_says() {
        for (blip, load) in [("2", 70.0), ("1", 80.0), ("3", 50.0)] {
            let sets = [("blip", blip), ("load", &load.to_string()), ("queue", "500")];
            let (seen, error) = mean(&SPEC, &sets, "collapse_other_s", 16);
            let theory = reading(&run(&SPEC, &sets, 0, END), "collapse_theory");
            // What the fluid does not know, all of it over the rate at which the queue falls: a queue that falls by
            // chance passes the level of the time-out several times, for a Brownian motion the last time load/fall
            // later; those whom the pause found there (M/D/1); and the work on the try itself.
            let (fall, share) = (CAPACITY - load, load / CAPACITY);
            let there = share + share * share / (2.0 * (1.0 - share));
            let late = (load / fall + there + 1.0) / fall;
            assert!((seen - theory - late).abs() < 4.0 * error, "{blip}: {seen}, {theory} + {late}");
        }
    }

    #[test]
    fn where_all_fails_n_retries_are_n_plus_1_times_the_load() {
        for (tries, factor) in [("1", 1.0), ("3", 3.0), ("6", 6.0)] {
            let sets = [ALL_FAILS.as_slice(), &[("tries", tries), ("strategy", "fixed")]].concat();
            let runs = (0..20).map(|seed| run(&SPEC, &sets, seed, Nanos::from_secs(8)));
            let seen: Vec<f64> = runs.map(|run| reading(&run, "tries_per_s") / 100.0).collect::<Vec<f64>>();
            let seen = seen.iter().sum::<f64>() / 20.0;
            // 500 calls a run: the deviation of their mean is 1/sqrt(10,000). The retries of the first and last
            // 50 ms lie outside the 5 s, 1 part in 100 at most.
            assert!((seen / factor - 1.0).abs() < 4.0 / 100.0 + 0.01, "{tries}: {seen}");
        }
    }

    #[test]
    fn a_budget_caps_the_load_whatever_fails() {
        for (budget, factor) in [("10%", 1.1), ("20%", 1.2), ("50%", 1.5)] {
            let sets = [ALL_FAILS.as_slice(), &[("tries", "6"), ("budget", budget)]].concat();
            for seed in 0..10 {
                let run = run(&SPEC, &sets, seed, Nanos::from_secs(8));
                let [calls, rate] = ["calls", "tries_per_s"].map(|name| reading(&run, name));
                // In the 5 s of the pause: the ten it held, and a part of the calls, at most all of the run's.
                let most = (calls * factor + f64::from(BUDGET_FULL)) / 5.0;
                assert!(rate <= most && rate >= 0.85 * 100.0 * factor, "{budget}: {rate} of {most}");
            }
        }
        assert!((reading(&run(&SPEC, &[("tries", "3")], 0, Nanos::ZERO), "layers_4") - 81.0).abs() < 1e-9);
    }

    #[test]
    fn the_same_rules_live_through_the_same() {
        for seed in 0..5 {
            let run = run(&SPEC, &[("strategy", "no-retries")], seed, END);
            for (yours, other) in [
                ("tries_per_s", "tries_per_s_other"),
                ("answered_late", "answered_late_other"),
                ("collapse_s", "collapse_other_s"),
                ("wasted_share", "wasted_other"),
            ] {
                assert_eq!(reading(&run, yours).to_bits(), reading(&run, other).to_bits(), "{yours}");
            }
        }
    }

    #[test]
    fn no_knob_but_the_load_changes_the_calls() {
        let calls = |sets: &[(&str, &str)]| {
            let mut run = run(&SPEC, sets, 5, Nanos::ZERO);
            let mut calls = Vec::new();
            while run.now() < Nanos::from_secs(12) {
                let Some(step) = run.step() else { break };
                if step.what == "call # comes" {
                    calls.push(step.at);
                }
            }
            calls
        };
        let before = calls(&[]);
        for control in SPEC.controls.iter().filter(|control| control.name != "load") {
            let value = control.show(control.moved(control.default, true));
            assert_eq!(calls(&[(control.name, &value)]), before, "{}", control.name);
        }
        assert_ne!(calls(&[("load", "75")]), before);
    }

    #[test]
    fn each_goal_can_be_reached_and_none_by_itself() {
        assert_eq!(run(&SPEC, &[], 1, END).goals(), [false; 4]);
        let reached = |sets: &[(&str, &str)]| run(&SPEC, sets, 1, END).goals();
        assert!(reached(&[("budget", "10%")])[0]);
        assert!(reached(&[("timeout", "2000")])[2]);
        assert!(reached(&[("blip", "0"), ("load", "80"), ("timeout", "50")])[3]);
        let mut collapsed = run(&SPEC, &[], 1, Nanos::from_secs(10));
        collapsed.set("budget", 1.0);
        collapsed.advance_to(END, || true);
        assert!(collapsed.goals()[1]);
    }

    #[test]
    fn each_bug_breaks_its_rule_and_nothing_else_does() {
        for seed in 0..6 {
            assert_eq!(broken(&SPEC, &[], seed), Vec::<usize>::new());
            assert_eq!(broken(&SPEC, &[("bug", "two-layers")], seed), [1]);
            assert_eq!(broken(&SPEC, &[("bug", "late-answers")], seed), [0]);
        }
    }

    #[test]
    fn a_pause_can_be_made_longer_shorter_and_be_taken_back() {
        let mut run = run(&SPEC, &[("load", "10")], 1, Nanos::from_millis(3_500));
        run.set("blip", 2.0);
        run.advance_to(Nanos::from_millis(4_900), || true);
        assert!(reading(&run, "collapse_other_s").is_nan());
        run.set("blip", 0.5);
        run.advance_to(Nanos::from_secs(9), || true);
        assert!(reading(&run, "collapse_other_s") >= 0.0);
        let mut none = self::run(&SPEC, &[], 1, Nanos::from_secs(2));
        none.set("blip", 0.0);
        none.advance_to(END, || true);
        assert!(reading(&none, "answered_late") > 0.99 && reading(&none, "collapse_s").is_nan());
    }

    #[test]
    fn the_heaviest_run_stays_within_its_events() {
        let heavy = [("load", "150"), ("tries", "6"), ("strategy", "no-backoff"), ("against", "no-backoff")];
        for more in [[("bug", "two-layers"), ("queue", "5")], [("timeout", "10"), ("queue", "1000")]] {
            let run = run(&SPEC, &[heavy.as_slice(), &more].concat(), 1, END);
            assert!(run.events() < 600_000, "{}", run.events());
        }
    }
}
