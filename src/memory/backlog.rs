//! After a break: more is overdue than the minutes of a day allow.
//!
//! Two things help then. One is to spread it: so many a day, for so many days, said before one starts. The other
//! is the order, because what comes last waits longest. Cards come first whose review adds most to what will be
//! recalled two weeks from now: those that are forgotten or soon will be, and stay once they are seen again. What
//! is firm can wait, and so can what would be gone again in two weeks. Simulated breaks (`docs/drill.md`) show that this order
//! keeps most of the cards known in the month after, and works the backlog off about as fast as any;
//! the differences between orders are small, about one card in a hundred.

use super::{CardState, Memory, Phase, Scheduler, StudyDay};

/// How far ahead a review's gain is looked for, in days.
const AHEAD: u32 = 14;

/// A backlog, spread over days: what a plain sentence says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backlog {
    /// Cards that were due before today.
    pub overdue: usize,
    /// The days over which they are spread.
    pub days: u32,
    /// How many of them a day.
    pub per_day: usize,
    /// Minutes a day, what falls due freshly in these days included.
    pub minutes: f64,
}

impl Backlog {
    /// The longest that working off is planned for, in days.
    pub const LONGEST: u32 = 90;

    /// The backlog where all that is due today takes longer than `minutes`: spread over the fewest days (at most 90) in which
    /// these minutes work it off, with what falls due in the meantime. Nothing where a day's minutes are enough. O(n).
    #[must_use]
    pub fn of<'a>(
        states: impl IntoIterator<Item = &'a CardState>,
        today: StudyDay,
        minutes: f64,
        seconds_a_review: f64,
    ) -> Option<Backlog> {
        Backlog::where_too_much(&Coming::of(states, today), minutes, seconds_a_review)
    }

    /// The same, of counts: `overdue` cards, and so many that fall due on each day from today on. O(days).
    #[must_use]
    pub fn of_load(overdue: usize, days: Vec<u32>, minutes: f64, seconds_a_review: f64) -> Option<Backlog> {
        Backlog::where_too_much(&Coming { overdue, days }, minutes, seconds_a_review)
    }

    fn where_too_much(load: &Coming, minutes: f64, seconds_a_review: f64) -> Option<Backlog> {
        let fits = |days: u32| load.until(days) * seconds_a_review <= minutes * 60.0 * f64::from(days);
        if load.overdue == 0 || fits(1) {
            return None;
        }
        let days = (2..=Self::LONGEST).find(|&days| fits(days)).unwrap_or(Self::LONGEST);
        Some(load.spread(days, seconds_a_review))
    }

    /// What is overdue, spread over days that the learner chose. On a later day it is asked again with the days that are then
    /// left. O(n).
    #[must_use]
    pub fn over<'a>(
        days: u32,
        states: impl IntoIterator<Item = &'a CardState>,
        today: StudyDay,
        seconds_a_review: f64,
    ) -> Backlog {
        Coming::of(states, today).spread(days.clamp(1, Self::LONGEST), seconds_a_review)
    }
}

/// What is overdue, and what falls due on each day from today on.
struct Coming {
    overdue: usize,
    days: Vec<u32>,
}

impl Coming {
    fn of<'a>(states: impl IntoIterator<Item = &'a CardState>, today: StudyDay) -> Coming {
        let mut coming = Coming { overdue: 0, days: vec![0; Backlog::LONGEST as usize] };
        for state in states {
            if let Phase::Review { due } = state.phase {
                if due < today {
                    coming.overdue += 1;
                } else if let Some(day) = coming.days.get_mut(due.since(today) as usize) {
                    *day += 1;
                }
            }
        }
        coming
    }

    /// All reviews that are to be done within `days`.
    fn until(&self, days: u32) -> f64 {
        let fresh: u32 = self.days.iter().take(days as usize).sum();
        self.overdue as f64 + f64::from(fresh)
    }

    fn spread(&self, days: u32, seconds_a_review: f64) -> Backlog {
        let minutes = self.until(days) * seconds_a_review / 60.0 / f64::from(days);
        Backlog { overdue: self.overdue, days, per_day: self.overdue.div_ceil(days as usize), minutes }
    }
}

/// The indexes of the cards that were due before today, those first whose review gains most; equal ones in the order
/// given. O(n log n), about a microsecond a card.
#[must_use]
pub fn overdue<'a>(
    scheduler: &Scheduler,
    states: impl IntoIterator<Item = &'a CardState>,
    today: StudyDay,
) -> Vec<usize> {
    let mut cards: Vec<(f64, usize)> = states
        .into_iter()
        .enumerate()
        .filter(|(_, state)| matches!(state.phase, Phase::Review { due } if due < today))
        .map(|(index, state)| (gain(scheduler, state, today), index))
        .collect();
    cards.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    cards.into_iter().map(|(_, index)| index).collect()
}

/// How much a review today adds to the chance of recall two weeks from today. 0 for a card without a memory.
pub(super) fn gain(scheduler: &Scheduler, state: &CardState, today: StudyDay) -> f64 {
    let (Some(memory), Some(last)) = (state.memory, state.last_review) else { return 0.0 };
    let elapsed = today.since(last.study_day());
    let recall = scheduler.recall(memory, f64::from(elapsed));
    let [again, _, good, _] = scheduler.next_memories(Some(memory), elapsed);
    let then = |(memory, _): (Memory, f32)| scheduler.recall(memory, f64::from(AHEAD));
    recall * then(good) + (1.0 - recall) * then(again) - scheduler.recall(memory, f64::from(elapsed + AHEAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: StudyDay = StudyDay(20_000);

    fn card(due: i32, stability: f32, ago: u32) -> CardState {
        CardState {
            phase: Phase::Review { due: StudyDay(TODAY.0 + due) },
            memory: Some(Memory { stability, difficulty: 5.0 }),
            last_review: Some((TODAY - ago).start(0).plus_minutes(300)),
            reps: 3,
            lapses: 0,
        }
    }

    #[test]
    fn it_is_spread_over_as_many_days_as_the_minutes_ask_for() {
        let mut states = vec![card(-3, 10.0, 13); 300];
        states.extend((0..30).flat_map(|day| vec![card(day, 10.0, 5); 30]));
        // 20 minutes hold 120 reviews of 10 s; 30 of them are fresh each day, so 90 a day are left for 300.
        let backlog = Backlog::of(&states, TODAY, 20.0, 10.0);
        assert_eq!(backlog, Some(Backlog { overdue: 300, days: 4, per_day: 75, minutes: 17.5 }));
        // An hour holds 360.
        assert_eq!(Backlog::of(&states, TODAY, 60.0, 10.0), None);
        // What is due today is no backlog, however much it is.
        assert_eq!(Backlog::of(&vec![card(0, 10.0, 10); 900], TODAY, 20.0, 10.0), None);
        let chosen = Backlog::over(10, &states, TODAY, 10.0);
        assert_eq!(chosen, Backlog { overdue: 300, days: 10, per_day: 30, minutes: 10.0 });
        // Minutes that are never enough: ninety days, and said how many minutes they would take.
        let never = Backlog::of(&states, TODAY, 1.0, 10.0).expect("a backlog");
        assert!(never.days == 90 && never.minutes > 1.0);
    }

    #[test]
    fn what_slips_away_comes_first_and_what_would_not_stay_last() {
        let scheduler = Scheduler::default();
        let slipping = card(-10, 10.0, 20); // 0.83 and falling
        let firm = card(-10, 400.0, 410); // 0.90 and steady
        let hard =
            CardState { memory: Some(Memory { stability: 0.05, difficulty: 10.0 }), ..card(-10, 1.0, 2) };
        let fresh = card(0, 10.0, 10);
        let order = overdue(&scheduler, &[firm, fresh, hard, slipping, CardState::default()], TODAY);
        assert_eq!(order, [3, 0, 2]);
        // Equal ones stay in the order given.
        assert_eq!(overdue(&scheduler, &[slipping; 4], TODAY), [0, 1, 2, 3]);
    }
}
