//! A date to be ready by, and what it does to intervals.
//!
//! The scheduler brings a card back when its recall has fallen to the wished-for retention. For a date that
//! is not the best moment: a card that comes back the day after is of no use, and one that came back
//! weeks before may be half forgotten. So as long as the date lies ahead, an interval that would jump over
//! it is cut, and the review falls in the week before it. It is cut only where the recall predicted on the
//! date is lower than wanted: what is firm enough needs no last look, and its minutes go to what needs one. A
//! longer interval than the model's never arises, and from the date on the normal intervals return.

use super::StudyDay;

/// The study days before the date in which last reviews fall.
pub const LAST_DAYS: u32 = 7;

/// A date to be ready by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// The study day of the interview. What is learned on that day comes too late.
    pub date: StudyDay,
    /// The chance of recall that is wanted on that day for each card, 0 to 1. A card predicted at less gets a last look.
    pub recall: f64,
}

impl Horizon {
    /// The chance of recall on the date that is wanted where nothing else is said. It is higher than the usual retention,
    /// with which a card counts as good enough to be left alone.
    pub const RECALL: f64 = 0.95;

    /// The span of days into which a review falls, from the span that the model wants for an answer given on `today`.
    /// `recall` is the chance of recall on the date without another look.
    pub(super) fn span(&self, today: StudyDay, (low, high): (u32, u32), recall: f64) -> (u32, u32) {
        let left = self.date.since(today);
        // The last day before the date, and the first of the last week, counted from today.
        let (last, first) = (left.saturating_sub(1), left.saturating_sub(LAST_DAYS).max(1));
        if last == 0 || high <= last {
            (low, high)
        } else if low <= last {
            (low, last)
        } else if recall >= self.recall {
            (low, high)
        } else {
            (first, last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Calendar, CardState, Grade, Interval, Memory, Moment, Phase, Rules, Scheduler};

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    #[test]
    fn only_what_jumps_over_the_date_is_cut() {
        let today = now().study_day();
        let check = |left: u32, span, recall, expected| {
            let horizon = Horizon { date: today + left, recall: 0.95 };
            assert_eq!(horizon.span(today, span, recall), expected, "{left} days left, {span:?}");
        };
        check(21, (5, 9), 0.5, (5, 9)); // back in time
        check(21, (17, 20), 0.5, (17, 20)); // the day before is in time
        check(21, (18, 24), 0.5, (18, 20)); // partly beyond
        check(21, (25, 31), 0.93, (14, 20)); // the last week
        check(21, (25, 31), 0.95, (25, 31)); // firm enough
        check(5, (25, 31), 0.93, (1, 4)); // within the last week
        check(1, (25, 31), 0.93, (25, 31)); // there is no day between
        check(0, (25, 31), 0.93, (25, 31)); // the day itself, and after it
    }

    #[test]
    fn after_the_date_the_normal_intervals_return() {
        let scheduler = Scheduler::new(Rules { fuzz: false, ..Rules::default() }).expect("rules in a test");
        let state = CardState {
            phase: Phase::Review { due: now().study_day() },
            memory: Some(Memory { stability: 10.0, difficulty: 5.0 }),
            last_review: Some(Moment { utc_millis: now().utc_millis - 10 * 86_400_000, offset_minutes: 0 }),
            reps: 2,
            lapses: 0,
        };
        let normal = scheduler.answer(&state, Grade::Good, now(), 1).interval();
        let under = |date: i32| {
            let horizon = Some(Horizon { date: StudyDay(now().study_day().0 + date), recall: 1.0 });
            let calendar = Calendar { load: None, horizon };
            scheduler.answer_in(&state, Grade::Good, now(), 1, &calendar).interval()
        };
        for date in [-100, -1, 0] {
            assert_eq!(under(date), normal);
        }
        for date in 2..normal.map_or(0, Interval::days) {
            let days = under(date as i32).map_or(0, Interval::days);
            assert!(days < date && days + LAST_DAYS >= date, "{days} days for a date in {date}");
        }
    }
}
