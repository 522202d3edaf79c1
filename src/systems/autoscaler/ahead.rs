//! Two ways to have instances before they are needed: a schedule, and a line through the last minutes.

use std::collections::VecDeque;

use crate::sim::Nanos;

/// From when to when there are to be at least so many instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The first moment.
    pub from: Nanos,
    /// The first moment after it.
    pub until: Nanos,
    /// How many.
    pub count: u32,
}

/// What is known of the load beforehand: a sale at nine, an advertisement at eight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The plans, in any order.
    pub plans: Vec<Planned>,
}

impl Schedule {
    /// The fewest instances at the moment `now`: the most that a plan asks for, 0 where there is none. O(plans).
    #[must_use]
    pub fn floor(&self, now: Nanos) -> u32 {
        let held = self.plans.iter().filter(|plan| plan.from <= now && now < plan.until);
        held.map(|plan| plan.count).max().unwrap_or(0)
    }
}

/// The line of least squares through what was measured lately, drawn on. The simplest honest forecast: it sees a ramp
/// coming and a step only when that is there, and after a step it shoots over. O(1) a value and a forecast;
/// memory for the values of the span.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    span: Nanos,
    /// When and what, the oldest first.
    values: VecDeque<(Nanos, f64)>,
}

impl Trend {
    /// A trend over the last `span`.
    #[must_use]
    pub fn new(span: Nanos) -> Trend {
        Trend { span, values: VecDeque::new() }
    }

    /// Takes in what was measured at `now`, which is not before the value before it.
    pub fn push(&mut self, now: Nanos, value: f64) {
        while self.values.front().is_some_and(|(at, _)| now.since(*at) > self.span) {
            self.values.pop_front();
        }
        self.values.push_back((now, value));
    }

    /// What the line says of the moment `at`, not below 0; nothing before two moments were measured. O(values).
    #[must_use]
    pub fn at(&self, at: Nanos) -> Option<f64> {
        let last = self.values.back()?.0;
        // Seconds before the last value, so that the squares stay small.
        let x = |moment: Nanos| moment.since(last).as_secs_f64() - last.since(moment).as_secs_f64();
        let n = self.values.len() as f64;
        let (mut sum_x, mut sum_y) = (0.0, 0.0);
        for (moment, value) in &self.values {
            sum_x += x(*moment);
            sum_y += value;
        }
        let (mean_x, mean_y) = (sum_x / n, sum_y / n);
        let (mut spread, mut together) = (0.0, 0.0);
        for (moment, value) in &self.values {
            let off = x(*moment) - mean_x;
            spread += off * off;
            together += off * (value - mean_y);
        }
        (spread > 0.0).then(|| (mean_y + together / spread * (x(at) - mean_x)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_holds_from_its_start_until_its_end() {
        let plan = |from, until, count| Planned {
            from: Nanos::from_secs(from),
            until: Nanos::from_secs(until),
            count,
        };
        let schedule = Schedule { plans: vec![plan(10, 20, 5), plan(15, 30, 3)] };
        let at = |secs| schedule.floor(Nanos::from_secs(secs));
        assert_eq!([9, 10, 15, 19, 20, 29, 30].map(at), [0, 5, 5, 5, 3, 3, 0]);
    }

    #[test]
    fn the_line_is_that_of_least_squares() {
        let mut trend = Trend::new(Nanos::from_secs(100));
        assert_eq!(trend.at(Nanos::ZERO), None);
        trend.push(Nanos::from_secs(0), 1.0);
        assert_eq!(trend.at(Nanos::from_secs(9)), None, "one value is no line");
        // Through (0,1), (1,3), (2,2), (3,5): slope 1.1, intercept 1.1 (by the normal equations).
        for (secs, value) in [(1, 3.0), (2, 2.0), (3, 5.0)] {
            trend.push(Nanos::from_secs(secs), value);
        }
        let at = |secs| trend.at(Nanos::from_secs(secs)).expect("a line");
        assert!((at(0) - 1.1).abs() < 1e-9 && (at(10) - 12.1).abs() < 1e-9, "{} {}", at(0), at(10));
    }

    #[test]
    fn it_forgets_and_never_falls_below_nothing() {
        let mut trend = Trend::new(Nanos::from_secs(10));
        trend.push(Nanos::ZERO, 1e6);
        for secs in 20..=25 {
            trend.push(Nanos::from_secs(secs), 25.0 - secs as f64);
        }
        assert_eq!(trend.at(Nanos::from_secs(24)), Some(1.0));
        assert_eq!(trend.at(Nanos::from_secs(60)), Some(0.0));
    }
}
