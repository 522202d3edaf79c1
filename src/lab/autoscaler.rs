//! Two fleets under the same load, from morning to night in two hours with a spike on the way up, scaled in different ways.
//!
//! Requests are a flow here: between two looks, 15 s apart, a rate comes, what the ready instances can serve is
//! served and the rest is lost. So two hours are some hundred events, and every amount is exact. What is lost and
//! what is paid are the two sides of each choice: a target, a boot time, a window, or knowing beforehand.

mod fleet;
mod load;
mod picture;
mod theory;
mod watch;

use fleet::{Fleet, told};
use load::{Load, NOON, curve, expected};
use watch::Watch;

use super::scenario::{Scenario, Sim, start};
use super::{Scene, Settings, Spec, Unit, choice, number, reading};
use crate::sim::{Nanos, Seed};
use crate::systems::autoscaler::{Planned, Rules, Schedule};

/// The names of the ways to scale, in the order of [`Means`].
const MEANS: &[&str] = &["reactive", "scheduled", "predictive", "always-peak"];

/// What the demo says of itself.
pub static SPEC: Spec = Spec {
    name: "autoscaler",
    title: "Autoscaler",
    part: "foundations",
    topics: &["scalability-elasticity", "capacity-planning"],
    hook: "The load grows fourfold at once. What is lost until the new instances are up?",
    look_for: &[
        "The morning's ramp costs nothing: 30% of headroom keeps up with it. The spike at 10 min does not wait.",
        "A busy instance shows 100%, not 400%. So a look asks for 1/0.7 = 1.43 times the instances, and four times the load takes four rounds of boot time each.",
        "While instances boot nothing more is ordered: they count as idle. Forget that (the bug) and every look orders them again.",
        "After the spike the fleet stays large for 5 minutes: the window keeps the highest recommendation. Set it to 0 and count the flaps.",
        "Set the target to 95%: 100/95 = 1.05 is within the tolerance of 10%, and it never scales up at all.",
        "The schedule knows of the spike and loses nothing; the forecast sees a ramp coming but a step only when it is there. Compare both with the cost of a fleet for the peak.",
    ],
    controls: &[
        choice("means", "what decides how many instances there are", MEANS, 0.0),
        choice("rival", "what decides for the rival, under the same load", MEANS, 2.0),
        number("spike", "the load from 10 min to 25 min, times", (1.0, 8.0), 0.5, 4.0, "x"),
        number("boot", "until a new instance serves", (15.0, 900.0), 15.0, 120.0, "s"),
        number("target", "mean utilisation that is aimed at", (20.0, 95.0), 5.0, 70.0, "%"),
        number("tolerance", "off the target without a change", (0.0, 50.0), 5.0, 10.0, "%"),
        number(
            "window",
            "it scales down to the highest recommendation of the last",
            (0.0, 1_800.0),
            60.0,
            300.0,
            "s",
        ),
        number("min", "fewest instances", (1.0, 50.0), 1.0, 2.0, ""),
        number("max", "most instances", (5.0, 200.0), 5.0, 100.0, ""),
        choice("bug", "break it on purpose", &["none", "forgets-booting", "no-window"], 0.0),
    ],
    readings: &[
        reading("load", Unit::PerSecond, "requests that come"),
        reading("running", Unit::Count, "instances that serve"),
        reading("booting", Unit::Count, "instances that boot"),
        reading("spike_lost", Unit::Share, "of the spike's requests, those that were lost"),
        reading("spike_lost_rival", Unit::Share, "the same under the rival"),
        reading(
            "spike_lost_theory",
            Unit::Share,
            "what arithmetic expects of that share under the reactive rule",
        ),
        reading("lost", Unit::Share, "of all requests, those that were lost"),
        reading("lost_rival", Unit::Share, "the same under the rival"),
        reading("instance_hours", Unit::Ratio, "instance-hours paid, booting or not"),
        reading("instance_hours_rival", Unit::Ratio, "the same under the rival"),
        reading("cost_of_peak", Unit::Ratio, "what was paid, of what a fleet for the peak costs"),
        reading("utilisation", Unit::Share, "mean utilisation of the instances that serve"),
        reading("scale_ups", Unit::Count, "times that it scaled up"),
        reading("scale_downs", Unit::Count, "times that it scaled down"),
        reading("flaps", Unit::Count, "changes of direction within 5 minutes"),
        reading("flaps_rival", Unit::Count, "the same under the rival"),
    ],
    bet: "scalability-elasticity.bet-spike-lost",
    goals: &[
        "lose below 1% of a spike x4, for below 60% of always-peak's cost",
        "by the reactive rule lose below 3% of a spike x4",
        "end a run without a flap, with a window of 60 s or less",
        "let it lose over half of the spike and not scale up once",
    ],
    invariants: &[
        "there are at least min and at most max instances",
        "it asks for the fewest instances that reach the target",
        "it never goes below the highest recommendation in the window",
        "requests that came = served + lost",
    ],
    acts: &[],
    views: &[],
    bugs: &[
        "instances that boot count as ready and busy: each look orders them again",
        "there is no stabilisation window: each dip of the load scales down",
    ],
    theory: &[("spike_lost", "spike_lost_theory")],
    length: Nanos::from_secs(2 * 3600),
    speed: 60.0,
    sources: &[
        source!("autoscaler.rs", "pub fn recommend"),
        source!("autoscaler.rs", "pub fn look"),
        source!("autoscaler/ahead.rs", "pub fn at"),
    ],
    start: &|seed, settings| start(&SPEC, settings, |sim| Scaling::new(seed, sim)),
};

/// When the spike is.
const SPIKE: (Nanos, Nanos) = (Nanos::from_secs(10 * 60), Nanos::from_secs(25 * 60));
/// How often the autoscaler looks: the HPA's default. The load changes at the same moments.
const LOOK_EVERY: Nanos = Nanos::from_secs(15);
/// The deviation of the load from its curve, as a part of it.
const NOISE: f64 = 0.05;
/// What an instance serves a second.
const CAPACITY: u64 = 100;
/// How long before the spike its schedule begins.
const AHEAD: Nanos = Nanos::from_secs(600);

/// The two fleets.
const CHOSEN: usize = 0;
const RIVAL: usize = 1;

/// What can happen.
#[derive(Clone, Debug)]
enum Event {
    /// The autoscalers look, and the load changes.
    Look,
    /// An instance of a fleet has booted.
    Ready { side: usize, id: u64 },
    /// The spike begins or ends.
    Spike(bool),
}

/// What decides how many instances there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    /// The rule, from how busy they are.
    Reactive,
    /// The rule, and from 10 min before the spike to its end as many as the spike needs.
    Scheduled,
    /// The rule, and what a line through the last 5 minutes of the load will need when an instance ordered now is up.
    Predictive,
    /// Always as many as the highest load needs.
    Peak,
}

impl Means {
    fn of(value: f64) -> Means {
        [Means::Reactive, Means::Scheduled, Means::Predictive, Means::Peak][(value as usize).min(3)]
    }
}

/// What follows from the controls.
#[derive(Clone, Debug)]
struct Plan {
    boot: Nanos,
    schedule: Schedule,
    /// How many instances the highest load needs.
    peak: u32,
    /// Requests a second for an instance at its target.
    aimed: f64,
    /// A bug: those that boot are taken for ready ones.
    forgets_booting: bool,
}

impl Plan {
    fn of(settings: &Settings) -> Plan {
        let rules = rules(settings);
        let spike = settings.get("spike");
        let mut plan = Plan {
            boot: Nanos::from_secs_f64(settings.get("boot")),
            schedule: Schedule::default(),
            peak: 0,
            aimed: rules.target * CAPACITY as f64,
            forgets_booting: settings.count("bug") == 1,
        };
        let highest = expected(SPIKE.1 - Nanos(1), spike);
        plan.peak = plan.instances_for(highest.max(NOON)).clamp(rules.min, rules.max.max(rules.min));
        let (from, until) = (SPIKE.0 - AHEAD, SPIKE.1);
        plan.schedule.plans.push(Planned { from, until, count: plan.instances_for(highest) });
        plan
    }

    /// How many instances a load of `rate` requests a second needs.
    fn instances_for(&self, rate: f64) -> u32 {
        (rate / self.aimed).ceil() as u32
    }
}

/// The rules of both autoscalers.
fn rules(settings: &Settings) -> Rules {
    Rules {
        target: settings.get("target") / 100.0,
        tolerance: settings.get("tolerance") / 100.0,
        min: settings.get("min") as u32,
        max: settings.get("max") as u32,
        down_window: Nanos::from_secs_f64(settings.get("window")),
        ..Rules::default()
    }
}

#[derive(Clone)]
struct Scaling {
    load: Load,
    fleets: [Fleet; 2],
    watches: [Watch; 2],
    /// The rules that should hold, whatever is broken on purpose.
    rules: Rules,
    plan: Plan,
    in_spike: bool,
}

/// Instance-hours of instances times nanoseconds.
fn hours(paid: u128) -> f64 {
    paid as f64 / 3.6e12
}

impl Scaling {
    fn new(seed: Seed, sim: &mut Sim<Event>) -> Scaling {
        let settings = sim.settings();
        let (rules, plan) = (rules(settings), Plan::of(settings));
        let first = plan.instances_for(curve(Nanos::ZERO)).clamp(rules.min, rules.max.max(rules.min));
        let fleet = |control: &str| {
            let means = Means::of(settings.get(control));
            Fleet::new(means, rules, if means == Means::Peak { plan.peak } else { first })
        };
        let fleets = [fleet("means"), fleet("rival")];
        let mut load = Load::new(seed);
        load.draw(Nanos::ZERO, settings.get("spike"));
        sim.after(LOOK_EVERY, Event::Look);
        for (at, on) in [(SPIKE.0, true), (SPIKE.1, false)] {
            sim.at(at, Event::Spike(on));
        }
        let mut scaling = Scaling { load, fleets, watches: Default::default(), rules, plan, in_spike: false };
        scaling.take_over(sim);
        scaling
    }

    /// Takes the values of the controls.
    fn take_over(&mut self, sim: &Sim<Event>) {
        let settings = sim.settings();
        self.rules = rules(settings);
        self.plan = Plan::of(settings);
        let down_window = if settings.count("bug") == 2 { Nanos::ZERO } else { self.rules.down_window };
        for (fleet, control) in self.fleets.iter_mut().zip(["means", "rival"]) {
            fleet.means = Means::of(settings.get(control));
            fleet.change(Rules { down_window, ..self.rules });
        }
    }

    fn count_until(&mut self, now: Nanos) {
        for fleet in &mut self.fleets {
            fleet.count_until(now, self.load.rate, self.in_spike);
        }
    }

    fn look(&mut self, sim: &mut Sim<Event>) -> (&'static str, u64) {
        sim.after(LOOK_EVERY, Event::Look);
        let rate = self.load.rate;
        let mut what = "stays at # instances, sized for the peak";
        for side in [CHOSEN, RIVAL] {
            let fleet = &mut self.fleets[side];
            let before = fleet.count();
            if let Some(look) = fleet.look(sim, side, rate, &self.plan) {
                let after = fleet.count();
                self.watches[side].looked(sim.now(), &look, &self.rules, (before, after));
                if side == CHOSEN {
                    what = told(before, !fleet.booting.is_empty(), &look);
                }
            }
        }
        self.load.draw(sim.now(), sim.get("spike"));
        (what, u64::from(self.fleets[CHOSEN].count()))
    }

    /// What a fleet has cost of what one for the peak would have.
    fn cost_of_peak(&self, side: usize, now: Nanos) -> f64 {
        let peak = u128::from(self.plan.peak) * u128::from(now.0);
        // What was paid since the last event is not yet counted.
        let fleet = &self.fleets[side];
        fleet.paid_until(now) as f64 / peak as f64
    }

    fn judge_goals(&self, sim: &mut Sim<Event>) {
        let chosen = &self.fleets[CHOSEN];
        let lost = chosen.lost_of_spike();
        let large = sim.get("spike") >= 4.0;
        let cheap = self.cost_of_peak(CHOSEN, sim.now()) < 0.6;
        let scaling = chosen.means != Means::Peak;
        sim.goal(0, large && lost < 0.01 && cheap);
        sim.goal(1, large && lost < 0.03 && chosen.means == Means::Reactive);
        sim.goal(2, scaling && chosen.flaps == 0 && chosen.ups > 0 && sim.get("window") <= 60.0);
        sim.goal(3, scaling && lost > 0.5 && chosen.ups == 0);
    }
}

impl Scenario for Scaling {
    type Event = Event;

    fn happen(&mut self, sim: &mut Sim<Event>, event: Event) -> (&'static str, u64) {
        self.count_until(sim.now());
        match event {
            Event::Look => self.look(sim),
            Event::Ready { side, id } => {
                self.fleets[side].is_ready(id);
                (if side == CHOSEN { "instance # is ready" } else { "instance # is ready, at the rival" }, id)
            }
            Event::Spike(on) => {
                self.in_spike = on;
                (if on { "the spike begins" } else { "the spike is over" }, 0)
            }
        }
    }

    fn changed(&mut self, sim: &mut Sim<Event>, _: &'static str) {
        self.count_until(sim.now());
        self.take_over(sim);
    }

    fn check(&self, sim: &mut Sim<Event>) {
        for watch in &self.watches {
            sim.rule(0, !watch.outside);
            sim.rule(1, !watch.unruly);
            sim.rule(2, !watch.hasty);
        }
        sim.rule(3, self.fleets.iter().all(|fleet| fleet.came == fleet.served + fleet.lost));
        if sim.now() >= SPEC.length {
            self.judge_goals(sim);
        }
    }

    fn readings(&self, sim: &Sim<Event>, now: Nanos) -> Vec<f64> {
        let [chosen, rival] = &self.fleets;
        let lost = |fleet: &Fleet| fleet.lost as f64 / fleet.came as f64;
        let theory = match chosen.means {
            Means::Reactive => theory::lost_in_spike(sim.settings()),
            _ => f64::NAN,
        };
        vec![
            self.load.rate as f64,
            f64::from(chosen.running),
            chosen.booting.len() as f64,
            chosen.lost_of_spike(),
            rival.lost_of_spike(),
            theory,
            lost(chosen),
            lost(rival),
            hours(chosen.paid_until(now)),
            hours(rival.paid_until(now)),
            self.cost_of_peak(CHOSEN, now),
            chosen.utilisation(),
            chosen.ups as f64,
            chosen.downs as f64,
            chosen.flaps as f64,
            rival.flaps as f64,
        ]
    }

    fn scene(&self, sim: &Sim<Event>, now: Nanos) -> Scene {
        self.pictures(sim, now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{broken, mean, reading, run};
    use super::*;

    #[test]
    fn the_rounds_of_growth_lose_what_arithmetic_says() {
        // Beside four standard errors: where the ramp has left the fleet. It follows with a lag of a look, a boot and up to
        // the tolerance, so at the spike it has 1 instance fewer than the ramp asks for, or up to 1 more by
        // the noise: of 9 (at 70%), 15 (at 40%) a part of 1/9 or 1/15. Each round multiplies that part, and the
        // capacity of each round enters the loss: all rounds together are off by 1/9 of the served share at most.
        for (boot, target, spike) in
            [("30", "70", "4"), ("120", "70", "4"), ("120", "70", "3"), ("120", "40", "4"), ("30", "40", "3")]
        {
            let sets = [("boot", boot), ("target", target), ("spike", spike)];
            let (seen, error) = mean(&SPEC, &sets, "spike_lost", 30);
            let theory = reading(&run(&SPEC, &sets, 0, Nanos::ZERO), "spike_lost_theory");
            let part = if target == "70" { 1.0 / 9.0 } else { 1.0 / 15.0 };
            // Capacity lags during the rounds only: their share of the spike bounds the effect.
            let rounds = if target == "70" { 4.0 } else { 2.0 };
            let boot: f64 = boot.parse().expect("a number");
            let during = (rounds * boot + 15.0) / 900.0;
            let tolerance = 4.0 * error + part * during * 0.7;
            assert!((seen - theory).abs() < tolerance, "{sets:?}: {seen} for {theory}, {tolerance}");
        }
    }

    #[test]
    fn the_default_spike_by_hand() {
        // 600/s need nine instances. They become 13, 19, 28, 40: after 15 s and two minutes, then every two minutes.
        // The load is four times 200 + 800 (1 - cos(2 pi t / 3 h)) / 2, added up by the second.
        let fleet = |secs: u64| match secs {
            0..135 => 9,
            135..255 => 13,
            255..375 => 19,
            375..495 => 28,
            _ => 40,
        };
        let (mut lost, mut came) = (0.0, 0.0);
        for secs in 0..900_u64 {
            let turn = std::f64::consts::TAU * (2_700 + secs) as f64 / 10_800.0;
            let load = 4.0 * (200.0 + 400.0 * (1.0 - turn.cos()));
            came += load;
            lost += (load - 100.0 * f64::from(fleet(secs))).max(0.0);
        }
        let theory = reading(&run(&SPEC, &[], 0, Nanos::ZERO), "spike_lost_theory");
        assert!((theory - lost / came).abs() < 1e-3, "{theory} for {}", lost / came);
    }

    #[test]
    fn the_load_is_the_same_for_all_and_knows_no_autoscaler() {
        for knob in
            [("means", "scheduled"), ("boot", "600"), ("target", "40"), ("window", "0"), ("max", "10")]
        {
            let of = |sets: &[(&str, &str)]| {
                let run = run(&SPEC, sets, 4, Nanos::from_secs(900));
                reading(&run, "load").to_bits()
            };
            assert_eq!(of(&[]), of(&[knob]), "{knob:?}");
        }
        // Equal means are equal fleets.
        for means in MEANS {
            let run = run(&SPEC, &[("means", means), ("rival", means)], 4, SPEC.length);
            for (one, other) in [
                ("spike_lost", "spike_lost_rival"),
                ("instance_hours", "instance_hours_rival"),
                ("flaps", "flaps_rival"),
            ] {
                assert_eq!(reading(&run, one).to_bits(), reading(&run, other).to_bits(), "{means} {one}");
            }
        }
    }

    #[test]
    fn knowing_beats_forecasting_beats_reacting() {
        for seed in 0..10 {
            let lost = |means| reading(&run(&SPEC, &[("means", means)], seed, SPEC.length), "spike_lost");
            let (knows, guesses, reacts) = (lost("scheduled"), lost("predictive"), lost("reactive"));
            assert!(knows < 0.01 && knows < guesses && guesses < 0.75 * reacts, "{knows} {guesses} {reacts}");
        }
        // A fleet for the peak pays 46 instances for two hours and loses nothing but what noise of more than
        // 1/0.7 would take, nine deviations.
        let peak = run(&SPEC, &[("means", "always-peak")], 1, SPEC.length);
        assert!((reading(&peak, "instance_hours") - 92.0).abs() < 1e-6);
        assert!((reading(&peak, "cost_of_peak") - 1.0).abs() < 1e-9 && reading(&peak, "lost") < 1e-12);
        // A schedule that starts ten minutes before is too late for instances that take fifteen.
        let late =
            reading(&run(&SPEC, &[("means", "scheduled"), ("boot", "900")], 1, SPEC.length), "spike_lost");
        assert!(late > 0.1, "{late}");
    }

    #[test]
    fn the_window_keeps_the_fleet_from_flapping() {
        for seed in 0..10 {
            let flaps = |window| reading(&run(&SPEC, &[("window", window)], seed, SPEC.length), "flaps");
            assert!(flaps("0") > 8.0 && flaps("300") <= 4.0, "{} {}", flaps("0"), flaps("300"));
        }
    }

    #[test]
    fn goals_need_the_learner_and_can_be_reached() {
        for seed in 0..40 {
            assert_eq!(run(&SPEC, &[], seed, SPEC.length).goals(), [false; 4], "seed {seed}");
        }
        let check = |sets: &[(&str, &str)], goal: usize| {
            let reached = (0..10).filter(|&seed| run(&SPEC, sets, seed, SPEC.length).goals()[goal]).count();
            assert!(reached >= 3, "{}: {reached} of 10", SPEC.goals[goal]);
        };
        check(&[("means", "scheduled")], 0);
        check(&[("boot", "15"), ("target", "50")], 1);
        check(&[("tolerance", "30"), ("window", "60")], 2);
        check(&[("target", "95")], 3);
    }

    #[test]
    fn each_bug_breaks_its_rule() {
        for seed in 0..8 {
            for (bug, rules) in [("none", &[][..]), ("forgets-booting", &[1]), ("no-window", &[2])] {
                assert_eq!(broken(&SPEC, &[("bug", bug)], seed), rules, "seed {seed}: {bug}");
            }
        }
    }

    #[test]
    fn a_change_of_limits_is_followed_at_the_next_look() {
        let mut run = run(&SPEC, &[], 3, Nanos::from_secs(1_200));
        assert!(reading(&run, "running") > 20.0);
        run.set("max", 5.0);
        run.advance_to(Nanos::from_secs(1_230), || true);
        assert!((reading(&run, "running") - 5.0).abs() < 0.1);
        run.set("min", 50.0);
        run.advance_to(Nanos::from_secs(1_500), || true);
        assert!((reading(&run, "running") - 50.0).abs() < 0.1, "the least wins over the most");
        assert_eq!(run.broken(), vec![None; 4]);
    }
}
