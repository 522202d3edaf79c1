//! A fleet of instances under one way of scaling: who runs, who boots, what was served, lost and paid.

use std::collections::VecDeque;

use super::{CAPACITY, Event, LOOK_EVERY, Means, Plan};
use crate::lab::measure::Bins;
use crate::lab::scenario::Sim;
use crate::sim::{Nanos, Token};
use crate::systems::autoscaler::{Autoscaler, Decision, Observation, Reason, Rules, Trend};

/// Over which time the forecast draws its line.
const TREND_SPAN: Nanos = Nanos::from_secs(300);
/// A change of direction within this time is a flap.
const FLAP: Nanos = Nanos::from_secs(300);

/// An instance that boots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Booting {
    id: u64,
    token: Token,
}

/// What a minute saw, for the charts: rates times nanoseconds, and the state at its end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Minute {
    pub(super) came: u128,
    pub(super) could: u128,
    pub(super) time: u128,
    /// Instances, booting or not.
    pub(super) ordered: u32,
    /// The share of the spike's requests lost so far.
    pub(super) spike_lost: f64,
}

/// What a look saw and said, for the rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) seen: Observation,
    pub(super) floor: u32,
    pub(super) decision: Decision,
}

/// A fleet. Amounts of requests are exact: rates times nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    pub(super) means: Means,
    scaler: Autoscaler,
    trend: Trend,
    pub(super) running: u32,
    pub(super) booting: VecDeque<Booting>,
    launched: u64,
    /// Until when all is counted.
    counted: Nanos,
    pub(super) came: u128,
    pub(super) served: u128,
    pub(super) lost: u128,
    pub(super) spike_came: u128,
    pub(super) spike_lost: u128,
    /// Instances, booting or not, times nanoseconds.
    paid: u128,
    /// What ready instances did and could have done since the last look, and in all.
    used: u128,
    could: u128,
    pub(super) could_ever: u128,
    pub(super) ups: u64,
    pub(super) downs: u64,
    pub(super) flaps: u64,
    /// The last change: when, and whether it was up.
    changed: Option<(Nanos, bool)>,
    pub(super) minutes: Bins<Minute>,
}

impl Fleet {
    /// A fleet of `running` instances.
    pub(super) fn new(means: Means, rules: Rules, running: u32) -> Fleet {
        Fleet {
            means,
            scaler: Autoscaler::new(rules),
            trend: Trend::new(TREND_SPAN),
            running,
            booting: VecDeque::new(),
            launched: u64::from(running),
            counted: Nanos::ZERO,
            came: 0,
            served: 0,
            lost: 0,
            spike_came: 0,
            spike_lost: 0,
            paid: 0,
            used: 0,
            could: 0,
            could_ever: 0,
            ups: 0,
            downs: 0,
            flaps: 0,
            changed: None,
            minutes: Bins::new(Nanos::from_secs(60), 180),
        }
    }

    /// How many instances there are, booting or not.
    pub(super) fn count(&self) -> u32 {
        self.running + self.booting.len() as u32
    }

    /// What it can serve a second.
    pub(super) fn capacity(&self) -> u64 {
        u64::from(self.running) * CAPACITY
    }

    pub(super) fn change(&mut self, rules: Rules) {
        self.scaler.change(rules);
    }

    /// Counts what happened until `now` under a load of `rate` requests a second.
    pub(super) fn count_until(&mut self, now: Nanos, rate: u64, spike: bool) {
        let span = u128::from(now.since(self.counted).0);
        if span == 0 {
            return;
        }
        let capacity = self.capacity();
        let came = u128::from(rate) * span;
        let served = u128::from(rate.min(capacity)) * span;
        let lost = u128::from(rate.saturating_sub(capacity)) * span;
        let could = u128::from(capacity) * span;
        self.came += came;
        self.served += served;
        self.lost += lost;
        if spike {
            self.spike_came += came;
            self.spike_lost += lost;
        }
        self.used += served;
        self.could += could;
        self.could_ever += could;
        self.paid += u128::from(self.count()) * span;
        let spike_lost = self.lost_of_spike();
        // Looks stand on the quarters of a minute, so a span lies within one.
        let ordered = self.count();
        let minute = self.minutes.at(self.counted);
        minute.ordered = ordered;
        minute.came += came;
        minute.could += could;
        minute.time += span;
        minute.spike_lost = spike_lost;
        self.counted = now;
    }

    /// The share of the spike's requests that were lost so far.
    pub(super) fn lost_of_spike(&self) -> f64 {
        self.spike_lost as f64 / self.spike_came as f64
    }

    /// Looks at how busy the instances were since the last look, and starts and stops some. Nothing is decided where
    /// the fleet has a fixed size.
    pub(super) fn look(&mut self, sim: &mut Sim<Event>, side: usize, rate: u64, plan: &Plan) -> Option<Look> {
        let now = sim.now();
        let mean = self.used as f64 / self.could as f64;
        (self.used, self.could) = (0, 0);
        self.trend.push(now, rate as f64);
        let seen = Observation { ready: self.running, booting: self.booting.len() as u32, mean };
        let floor = match self.means {
            Means::Peak => {
                self.resize(sim, side, plan.peak, plan.boot);
                return None;
            }
            Means::Reactive => 0,
            Means::Scheduled => plan.schedule.floor(now),
            Means::Predictive => {
                let then = self.trend.at(now + plan.boot + LOOK_EVERY).unwrap_or(0.0);
                plan.instances_for(then)
            }
        };
        let told =
            if plan.forgets_booting { Observation { ready: self.count(), booting: 0, mean } } else { seen };
        let decision = self.scaler.look(now, told, floor);
        self.resize(sim, side, decision.desired, plan.boot);
        Some(Look { seen, floor, decision })
    }

    /// Starts or stops instances until there are `wanted`: those that boot are stopped first, the youngest of them first.
    fn resize(&mut self, sim: &mut Sim<Event>, side: usize, wanted: u32, boot: Nanos) {
        let (now, before) = (sim.now(), self.count());
        for _ in before..wanted {
            self.launched += 1;
            let id = self.launched;
            let token = sim.after(boot, Event::Ready { side, id });
            self.booting.push_back(Booting { id, token });
        }
        for _ in wanted..before {
            match self.booting.pop_back() {
                Some(booting) => {
                    sim.cancel(booting.token);
                }
                None => self.running = self.running.saturating_sub(1),
            }
        }
        if wanted != before {
            let up = wanted > before;
            *(if up { &mut self.ups } else { &mut self.downs }) += 1;
            let turned = self.changed.is_some_and(|(at, was)| was != up && now.since(at) <= FLAP);
            self.flaps += u64::from(turned);
            self.changed = Some((now, up));
        }
    }

    /// An instance has booted.
    pub(super) fn is_ready(&mut self, id: u64) {
        if let Some(at) = self.booting.iter().position(|booting| booting.id == id) {
            self.booting.remove(at);
            self.running += 1;
        }
    }

    /// What was paid until `now`, which is at or after the last event.
    pub(super) fn paid_until(&self, now: Nanos) -> u128 {
        self.paid + u128::from(self.count()) * u128::from(now.since(self.counted).0)
    }

    /// The mean utilisation of ready instances so far.
    pub(super) fn utilisation(&self) -> f64 {
        self.served as f64 / self.could_ever as f64
    }
}

/// What a look came to, in words with a place for the number of instances.
pub(super) fn told(before: u32, booting: bool, look: &Look) -> &'static str {
    let Decision { desired, by, .. } = look.decision;
    match (desired.cmp(&before), by) {
        (std::cmp::Ordering::Greater, Reason::Floor) => "scales up to # instances: planned ahead",
        (std::cmp::Ordering::Greater, Reason::Pace) => "scales up to # instances: no faster than that",
        (std::cmp::Ordering::Greater, Reason::Limit) => "scales up to # instances: the limit",
        (std::cmp::Ordering::Greater, _) => "scales up to # instances: too busy",
        (std::cmp::Ordering::Less, _) => "scales down to # instances",
        (std::cmp::Ordering::Equal, Reason::Window) => "stays at # instances: the window holds",
        (std::cmp::Ordering::Equal, Reason::Limit) => "stays at # instances: the limit",
        (std::cmp::Ordering::Equal, Reason::Floor) => "stays at # instances, as planned",
        (std::cmp::Ordering::Equal, _) if booting => "stays at # instances: some are still booting",
        (std::cmp::Ordering::Equal, _) => "stays at # instances: near the target",
    }
}
