//! What is known of a card: where it stands in learning, how firmly it is remembered, when it is due.

use std::fmt;

use super::{Moment, StudyDay};

/// The state of a card between two reviews. It is derived from the log: the fold of its reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CardState {
    /// Where it stands, and when it is due.
    pub phase: Phase,
    /// How firmly it is remembered; nothing before the first review.
    pub memory: Option<Memory>,
    /// When it was answered last.
    pub last_review: Option<Moment>,
    /// How often it was answered.
    pub reps: u32,
    /// How often it was forgotten after it had been learned.
    pub lapses: u32,
}

/// Where a card stands. What is being learned is due to the minute, what has been learned to the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Never answered.
    #[default]
    New,
    /// In the learning steps.
    Learning {
        /// The step it waits in, from 0.
        step: u32,
        /// When the step is over.
        due: Moment,
    },
    /// Learned, and scheduled by the model.
    Review {
        /// The study day on which it is due.
        due: StudyDay,
    },
    /// Forgotten, and in the relearning steps.
    Relearning {
        /// The step it waits in, from 0.
        step: u32,
        /// When the step is over.
        due: Moment,
    },
}

/// A memory in the terms of FSRS. Single precision, as the model computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Days until the chance of recall has fallen to 90%: 0.001 to 36,500.
    pub stability: f32,
    /// How much harder than others the card is to make firmer: 1 to 10.
    pub difficulty: f32,
}

/// When a card is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At a moment, within learning.
    At(Moment),
    /// On a study day.
    On(StudyDay),
}

impl Due {
    /// The moment from which on it is due: that of a step, or the start of the study day by the clock of `offset_minutes`.
    #[must_use]
    pub fn moment(self, offset_minutes: i32) -> Moment {
        match self {
            Due::At(moment) => moment,
            Due::On(day) => day.start(offset_minutes),
        }
    }

    /// The study day in which it falls due.
    #[must_use]
    pub fn day(self) -> StudyDay {
        match self {
            Due::At(moment) => moment.study_day(),
            Due::On(day) => day,
        }
    }

    /// Whether it is due at `now`.
    #[must_use]
    pub fn is_due(self, now: Moment) -> bool {
        match self {
            Due::At(moment) => moment.utc_millis <= now.utc_millis,
            Due::On(day) => day <= now.study_day(),
        }
    }
}

impl CardState {
    /// When it is due; nothing for a new card.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        match self.phase {
            Phase::New => None,
            Phase::Learning { due, .. } | Phase::Relearning { due, .. } => Some(Due::At(due)),
            Phase::Review { due } => Some(Due::On(due)),
        }
    }

    /// The moment from which on it is due, by the clock of `now`; `now` itself for a new card.
    #[must_use]
    pub fn due_moment(&self, now: Moment) -> Moment {
        self.due().map_or(now, |due| due.moment(now.offset_minutes))
    }

    /// Whether it was learned and is due on a later day.
    #[must_use]
    pub fn is_due_later(&self, now: Moment) -> bool {
        matches!(self.phase, Phase::Review { due } if due > now.study_day())
    }

    /// Whether it was never answered.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.phase == Phase::New
    }

    /// The interval that the last review gave; nothing for a new card.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let last = self.last_review?;
        Some(match self.due()? {
            Due::At(due) => {
                Interval::Minutes(u32::try_from(due.millis_since(last) / 60_000).unwrap_or(u32::MAX))
            }
            Due::On(day) => Interval::Days(day.since(last.study_day())),
        })
    }

    /// Study days since the last review: 0 on the same day, also where the clock was set back.
    #[must_use]
    pub fn elapsed_days(&self, now: Moment) -> u32 {
        self.last_review.map_or(0, |last| now.study_day().since(last.study_day()))
    }
}

/// The time until a card comes back. Minutes order before days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// A learning step.
    Minutes(u32),
    /// Study days.
    Days(u32),
}

impl Interval {
    /// Whole days, 0 for a learning step: the `interval_days` of JSON.
    #[must_use]
    pub fn days(self) -> u32 {
        match self {
            Interval::Minutes(_) => 0,
            Interval::Days(days) => days,
        }
    }
}

/// For a button, in at most seven columns: `<1 min`, `10 min`, `2.5 h`, `46 d`, `1.4 y`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Interval::Minutes(0) => "<1 min".to_string(),
            Interval::Minutes(minutes @ 1..60) => format!("{minutes} min"),
            Interval::Minutes(minutes) => format!("{} h", short(f64::from(minutes) / 60.0)),
            Interval::Days(days @ 0..365) => format!("{days} d"),
            Interval::Days(days) => format!("{} y", short(f64::from(days) / 365.25)),
        };
        f.pad(&text)
    }
}

/// At most one decimal, and none from ten on.
fn short(value: f64) -> String {
    if value >= 9.95 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_short() {
        let check = |interval: Interval, expected: &str| assert_eq!(interval.to_string(), expected);
        check(Interval::Minutes(0), "<1 min");
        check(Interval::Minutes(10), "10 min");
        check(Interval::Minutes(60), "1 h");
        check(Interval::Minutes(150), "2.5 h");
        check(Interval::Minutes(720), "12 h");
        check(Interval::Days(1), "1 d");
        check(Interval::Days(163), "163 d");
        check(Interval::Days(497), "1.4 y");
        check(Interval::Days(36_500), "100 y");
        assert!(Interval::Minutes(720) < Interval::Days(1));
    }

    #[test]
    fn a_step_is_due_to_the_minute_and_a_review_to_the_day() {
        let now: Moment = "2026-11-21T18:30:00+01:00".parse().expect("a time in a test");
        let step = Due::At(now.plus_minutes(10));
        assert!(!step.is_due(now.plus_minutes(9)) && step.is_due(now.plus_minutes(10)));
        let review = Due::On(now.study_day() + 1);
        assert!(!review.is_due(now));
        assert_eq!(review.moment(60).to_string(), "2026-11-22T04:00:00+01:00");
        assert!(review.is_due(review.moment(60)));
    }
}
