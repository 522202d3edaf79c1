//! A horizontal autoscaler: how many instances there should be, from how busy they are.
//!
//! The rule is that of Kubernetes' HorizontalPodAutoscaler: if the mean of a metric over the instances is 1.2
//! times its target, there should be 1.2 times as many instances, rounded up ([`proportional`]). Around the rule
//! stand guards, because what it measures arrives late and what it orders takes time to boot:
//!
//! * A *tolerance*: a mean within 10% of the target changes nothing.
//! * Instances that boot count as idle when more are wanted ([`recommend`]). Else every reading until they are ready
//!   would order them again.
//! * A *stabilisation window*: it scales down only to the highest recommendation of the last 5 minutes, and so not in
//!   every dip.
//! * A *pace*: within 15 s it at most doubles, or adds 4 where that is more.
//!
//! One thing no guard mends: a metric that saturates. A CPU is never busier than 100%, so with a target of 70%
//! each reading asks for at most 1/0.7 = 1.43 times the instances, however many requests are turned away. A
//! spike of 4 times the load takes four rounds, each as long as an instance boots. So there are two
//! ways to be early, each giving a floor below which the rule is not followed: a [`Schedule`] that knows, and
//! a [`Trend`] that draws a line through the last minutes of the demand itself.
//!
//! Source: the algorithm and its defaults as documented by Kubernetes ("Horizontal Pod Autoscaling", autoscaling/v2)
//! and written in its `replica_calculator.go`.

mod ahead;

pub use ahead::{Planned, Schedule, Trend};

use std::collections::VecDeque;

use crate::sim::Nanos;

/// The rules of an autoscaler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// What the mean of the metric over all instances should be; above 0.
    pub target: f64,
    /// By how much the ratio of mean and target may differ from 1 before anything changes; 0.1 is 10%.
    pub tolerance: f64,
    /// The fewest instances.
    pub min: u32,
    /// The most instances; at least the fewest.
    pub max: u32,
    /// It scales down only to the highest recommendation of this time.
    pub down_window: Nanos,
    /// Within this time the number of instances grows at most by `up_percent` or by `up_count`, whichever is more.
    pub up_period: Nanos,
    /// See `up_period`.
    pub up_percent: u32,
    /// See `up_period`.
    pub up_count: u32,
}

/// The defaults of Kubernetes with a target of 0.7 and 1 to 10 instances.
impl Default for Rules {
    fn default() -> Rules {
        Rules {
            target: 0.7,
            tolerance: 0.1,
            min: 1,
            max: 10,
            down_window: Nanos::from_secs(300),
            up_period: Nanos::from_secs(15),
            up_percent: 100,
            up_count: 4,
        }
    }
}

/// What an autoscaler sees when it looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Instances that serve.
    pub ready: u32,
    /// Instances that boot.
    pub booting: u32,
    /// The mean of the metric over those that serve.
    pub mean: f64,
}

/// What came of a look, and what had the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How many instances there should be, booting or not.
    pub desired: u32,
    /// What the rule and the floor asked for, before window, pace and limits.
    pub recommended: u32,
    /// What had the last word.
    pub by: Reason,
}

/// What had the last word in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The rule, or its tolerance.
    Rule,
    /// The floor of a schedule or a forecast.
    Floor,
    /// The window: fewer would do now, but more were recommended a while ago.
    Window,
    /// The pace: more are wanted than may be added at once.
    Pace,
    /// The fewest or most instances allowed.
    Limit,
}

/// `ceil(current * mean / target)`, and `current` where the ratio is within the tolerance: the rule for instances that
/// are all ready. A target that is not above 0 and a mean that is not a number change nothing.
#[must_use]
pub fn proportional(current: u32, mean: f64, target: f64, tolerance: f64) -> u32 {
    let ratio = mean / target;
    if !ratio.is_finite() || ratio < 0.0 || within(ratio, tolerance) {
        return current;
    }
    whole(ratio * f64::from(current))
}

/// Whether a ratio is near enough to 1. Floats are no exact ratios: a billionth more than the tolerance is within it.
fn within(ratio: f64, tolerance: f64) -> bool {
    (ratio - 1.0).abs() <= tolerance + 1e-9
}

/// The next whole number; one billionth over a whole number is that number.
fn whole(count: f64) -> u32 {
    (count - 1e-9).ceil() as u32
}

/// The rule with instances that boot: they count as idle where more are wanted and not at all where fewer are. Where
/// counting them turns the direction, nothing changes.
#[must_use]
pub fn recommend(seen: Observation, target: f64, tolerance: f64) -> u32 {
    let all = seen.ready + seen.booting;
    let ratio = seen.mean / target;
    if !ratio.is_finite() || ratio < 0.0 || seen.ready == 0 {
        return all;
    }
    if seen.booting == 0 || ratio <= 1.0 {
        return if within(ratio, tolerance) { all } else { whole(ratio * f64::from(seen.ready)) };
    }
    let shared = seen.mean * f64::from(seen.ready) / f64::from(all);
    if shared / target <= 1.0 { all } else { proportional(all, shared, target, tolerance) }
}

/// An autoscaler. A look is O(looks within the window) at worst, O(1) amortised but for the pace.
#[derive(Clone, Debug)]
pub struct Autoscaler {
    rules: Rules,
    /// Recommendations of the window that no later one has reached, falling.
    highest: VecDeque<(Nanos, u32)>,
    /// When how many were added, within the period of the pace.
    added: VecDeque<(Nanos, u32)>,
}

impl Autoscaler {
    /// An autoscaler that has seen nothing.
    #[must_use]
    pub fn new(rules: Rules) -> Autoscaler {
        Autoscaler { rules, highest: VecDeque::new(), added: VecDeque::new() }
    }

    /// Looks at the moment `now`, which is not before the last look, and says how many instances there should
    /// be. Fewer than `floor` are not recommended; 0 is no floor. The caller starts and stops them.
    pub fn look(&mut self, now: Nanos, seen: Observation, floor: u32) -> Decision {
        let current = seen.ready + seen.booting;
        let rule = recommend(seen, self.rules.target, self.rules.tolerance);
        let recommended = rule.max(floor);
        let (mut desired, mut by) = (recommended, if floor > rule { Reason::Floor } else { Reason::Rule });
        let highest = self.remember(now, recommended);
        if desired < current && desired < highest {
            (desired, by) = (highest.min(current), Reason::Window);
        }
        let most = self.fastest(now, current);
        if desired > most {
            (desired, by) = (most, Reason::Pace);
        }
        let (min, max) = (self.rules.min, self.rules.max.max(self.rules.min));
        if desired != desired.clamp(min, max) {
            (desired, by) = (desired.clamp(min, max), Reason::Limit);
        }
        if desired > current {
            self.added.push_back((now, desired - current));
        }
        Decision { desired, recommended, by }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Other rules from the next look on; what was recommended and added stays known.
    pub fn change(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// Takes in a recommendation and returns the highest of the window.
    fn remember(&mut self, now: Nanos, recommended: u32) -> u32 {
        while self.highest.back().is_some_and(|(_, count)| *count <= recommended) {
            self.highest.pop_back();
        }
        self.highest.push_back((now, recommended));
        let window = self.rules.down_window;
        while self.highest.front().is_some_and(|(at, _)| now.since(*at) > window) {
            self.highest.pop_front();
        }
        self.highest.front().map_or(recommended, |(_, count)| *count)
    }

    /// The most there may be now, from how many there were a period ago.
    fn fastest(&mut self, now: Nanos, current: u32) -> u32 {
        let period = self.rules.up_period;
        while self.added.front().is_some_and(|(at, _)| now.since(*at) >= period) {
            self.added.pop_front();
        }
        let added: u32 = self.added.iter().map(|(_, count)| count).sum();
        let before = current.saturating_sub(added);
        let grown = u64::from(before) * u64::from(self.rules.up_percent) / 100;
        let step = u32::try_from(grown).unwrap_or(u32::MAX).max(self.rules.up_count);
        before.saturating_add(step).max(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(ready: u32, mean: f64) -> Observation {
        Observation { ready, booting: 0, mean }
    }

    #[test]
    fn the_published_arithmetic() {
        let check = |current, mean, target, expected| {
            assert_eq!(
                proportional(current, mean, target, 0.1),
                expected,
                "{current} at {mean} for {target}"
            );
        };
        check(50, 90.0, 75.0, 60);
        check(3, 200.0, 100.0, 6);
        // The documentation's example: 200m for 100m doubles, 50m halves.
        check(4, 50.0, 100.0, 2);
        // Within 10% nothing changes, at both edges; just beyond it does.
        check(10, 110.0, 100.0, 10);
        check(10, 90.0, 100.0, 10);
        check(10, 110.1, 100.0, 12);
        check(10, 89.9, 100.0, 9);
        // Rounded up: 7 * 1.2 = 8.4.
        check(7, 120.0, 100.0, 9);
        check(7, f64::NAN, 100.0, 7);
        check(7, 50.0, 0.0, 7);
        check(7, 0.0, 100.0, 0);
    }

    #[test]
    fn those_that_boot_count_as_idle_on_the_way_up_and_not_on_the_way_down() {
        let check = |ready, booting, mean, expected| {
            let seen = Observation { ready, booting, mean };
            assert_eq!(recommend(seen, 50.0, 0.1), expected, "{seen:?}");
        };
        // 10 at 100 need 20. With 10 of them booting the mean over all is at the target.
        check(10, 0, 100.0, 20);
        check(10, 10, 100.0, 20);
        // With 4 booting: 1000 over 14 is 71, for 50: 20.
        check(10, 4, 100.0, 20);
        // With 15 booting the direction would turn: no change.
        check(10, 15, 100.0, 25);
        // Fewer are wanted: only the ready ones count.
        check(10, 4, 20.0, 4);
        // Within the tolerance nothing changes, whoever boots.
        check(10, 4, 49.0, 14);
        check(0, 3, 0.0, 3);
    }

    #[test]
    fn it_scales_down_only_to_the_highest_of_the_window() {
        let mut scaler = Autoscaler::new(Rules { target: 50.0, max: 100, ..Rules::default() });
        let mut look = |secs, count, mean| {
            let decision = scaler.look(Nanos::from_secs(secs), ready(count, mean), 0);
            (decision.desired, decision.by)
        };
        assert_eq!(look(0, 20, 50.0), (20, Reason::Rule));
        assert_eq!(look(60, 20, 25.0), (20, Reason::Window));
        assert_eq!(look(120, 20, 35.0), (20, Reason::Window));
        // 300 s after the first look it still counts, then not: the highest is now the 14 of 120 s.
        assert_eq!(look(300, 20, 25.0), (20, Reason::Window));
        assert_eq!(look(301, 20, 25.0), (14, Reason::Window));
        assert_eq!(look(421, 14, 25.0), (10, Reason::Window));
        // Up it goes at once.
        assert_eq!(look(430, 10, 100.0), (20, Reason::Rule));
    }

    #[test]
    fn it_grows_at_most_by_its_pace() {
        let mut scaler = Autoscaler::new(Rules { target: 10.0, max: 1_000, ..Rules::default() });
        let mut look = |secs, ready, booting| {
            let seen = Observation { ready, booting, mean: 100.0 };
            scaler.look(Nanos::from_secs(secs), seen, 0).desired
        };
        // Ten times as many are wanted: 4 more for one (more than double), then double.
        assert_eq!(look(0, 1, 0), 5);
        // A moment later the pace is used up; 15 s after it is free again.
        assert_eq!(look(14, 1, 4), 5);
        assert_eq!(look(15, 5, 0), 10);
        assert_eq!(look(30, 10, 0), 20);
    }

    #[test]
    fn limits_and_floors() {
        let mut scaler = Autoscaler::new(Rules { min: 3, max: 8, ..Rules::default() });
        let mut look = |count, mean, floor| {
            let decision = scaler.look(Nanos::ZERO, ready(count, mean), floor);
            (decision.desired, decision.by)
        };
        assert_eq!(look(3, 0.0, 0), (3, Reason::Limit));
        assert_eq!(look(3, 0.7, 5), (5, Reason::Floor));
        assert_eq!(look(7, 1.0, 9), (8, Reason::Limit));
    }
}
