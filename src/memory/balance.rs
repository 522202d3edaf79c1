//! Balance: which day of the fuzz span a review falls on.
//!
//! An interval is no more exact than its fuzz span, so any day in there will do for the memory. For the
//! learner they differ: a day may be full already, or hold other cards of the same topic, which give each
//! other away. So the lightest day is taken, where a day counts double if it holds one card of the topic,
//! three times if it holds two, and so on.
//!
//! Lightness alone would favour the far end of the span, because few reviews lie far ahead yet: intervals
//! would grow by a part of their fuzz, always in the same direction. A day's weight is therefore multiplied
//! by the square root of its distance. (Measured over simulated years, `docs/drill.md`: without it intervals
//! grow by 5 to 9%, with the distance itself they shrink by 6%, with its root the retention stays as it was.)
//!
//! All grades of one review rank the days alike. Their spans only move outwards from Hard to Easy, and a
//! common ranking then keeps the picks in order: were Hard's pick the later one, both picks would lie in both
//! spans, and the better of the two would have been picked twice.

use std::collections::HashMap;

use super::fuzz::{drawn, mix};
use super::{CardState, Horizon, Phase, StudyDay};

/// How many reviews lie on each study day: of all cards, and of the cards of one topic.
///
/// Made once from all states, O(cards), then kept up to date with [`Load::remove`] and [`Load::add`] around each
/// answer, O(1). Cards in their learning steps do not count: they are of today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    days: HashMap<StudyDay, u32>,
    topics: HashMap<(u32, StudyDay), u32>,
}

impl Load {
    /// The load of cards, each with the number of its topic. Cards that are suspended do not belong in it. O(n).
    #[must_use]
    pub fn of<'a>(cards: impl IntoIterator<Item = (u32, &'a CardState)>) -> Load {
        let mut load = Load::default();
        for (topic, state) in cards {
            load.add(topic, state);
        }
        load
    }

    /// Counts a card on the day on which it is due. O(1).
    pub fn add(&mut self, topic: u32, state: &CardState) {
        if let Phase::Review { due } = state.phase {
            *self.days.entry(due).or_default() += 1;
            *self.topics.entry((topic, due)).or_default() += 1;
        }
    }

    /// Takes a card away from the day on which it was due. O(1).
    pub fn remove(&mut self, topic: u32, state: &CardState) {
        if let Phase::Review { due } = state.phase {
            if let Some(count) = self.days.get_mut(&due) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = self.topics.get_mut(&(topic, due)) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// How many reviews lie on that day. O(1).
    #[must_use]
    pub fn on(&self, day: StudyDay) -> u32 {
        self.days.get(&day).copied().unwrap_or(0)
    }

    /// How many of them are of that topic. O(1).
    #[must_use]
    pub fn of_topic_on(&self, topic: u32, day: StudyDay) -> u32 {
        self.topics.get(&(topic, day)).copied().unwrap_or(0)
    }

    /// How heavy a day is that lies `days` ahead, for a card of that topic.
    fn weight(&self, topic: u32, today: StudyDay, days: u32) -> u64 {
        let day = today + days;
        let all = 1 + u64::from(self.on(day));
        let siblings = 1 + u64::from(self.of_topic_on(topic, day));
        // The square root in thousandths, in whole numbers: the same on every machine.
        let distance = (u64::from(days) * 1_000_000).isqrt();
        all.saturating_mul(siblings).saturating_mul(distance)
    }
}

/// What a due day takes into account beside the memory: the load of the days, and a date to be ready by.
/// The default is neither.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calendar<'a> {
    /// The load without the card in question, and the number of the card's topic.
    pub load: Option<(&'a Load, u32)>,
    /// The date to be ready by.
    pub horizon: Option<Horizon>,
}

/// A day of the span from `low` to `high` days ahead of `today`: the lightest one, the seed deciding between equals;
/// without a load each as likely as the others. O(high - low).
pub(super) fn pick(calendar: &Calendar, today: StudyDay, (low, high): (u32, u32), seed: u64) -> u32 {
    let Some((load, topic)) = calendar.load else { return drawn(low, high, seed) };
    let rank = |&days: &u32| (load.weight(topic, today, days), mix(seed ^ mix(u64::from(days))));
    (low..=high).min_by_key(rank).unwrap_or(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Grade, Interval, Memory, Moment, Rules, Scheduler};
    use proptest::prelude::*;

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    fn due_in(days: u32) -> CardState {
        CardState { phase: Phase::Review { due: now().study_day() + days }, ..CardState::default() }
    }

    /// A card that a Good gives about 20 days: a span from 17 to 23.
    fn seen() -> CardState {
        let memory = Some(Memory { stability: 8.0, difficulty: 5.0 });
        let last_review = Some(Moment { utc_millis: now().utc_millis - 8 * 86_400_000, offset_minutes: 0 });
        CardState { memory, last_review, phase: Phase::Review { due: now().study_day() }, reps: 3, lapses: 0 }
    }

    fn good(load: &Load, topic: u32, seed: u64) -> u32 {
        let calendar = Calendar { load: Some((load, topic)), horizon: None };
        let next = Scheduler::default().answer_in(&seen(), Grade::Good, now(), seed, &calendar);
        next.interval().map_or(0, Interval::days)
    }

    #[test]
    fn a_full_day_is_avoided_and_an_empty_one_found() {
        let free = good(&Load::default(), 0, 1);
        // Every day of the span and around it is full but one.
        for hole in [free, free + 1, free + 3] {
            let cards: Vec<CardState> =
                (0..60).filter(|&day| day != hole).flat_map(|day| vec![due_in(day); 9]).collect();
            let load = Load::of(cards.iter().map(|state| (7, state)));
            assert_eq!(good(&load, 0, 1), hole);
        }
    }

    #[test]
    fn a_day_without_siblings_is_preferred() {
        let free = good(&Load::default(), 0, 1);
        let cards: Vec<CardState> = (0..60).map(due_in).collect();
        // One review on each day; they are siblings except on one.
        let load =
            Load::of(cards.iter().zip(0..).map(|(state, day)| (if day == free { 1 } else { 0 }, state)));
        assert_eq!(good(&load, 0, 1), free);
        assert_ne!(good(&load, 1, 1), free);
    }

    #[test]
    fn removing_undoes_adding() {
        let mut load = Load::of([(3, &due_in(4)), (5, &due_in(4))]);
        let day = now().study_day() + 4;
        assert_eq!((load.on(day), load.of_topic_on(3, day), load.of_topic_on(9, day)), (2, 1, 0));
        load.remove(3, &due_in(4));
        assert_eq!((load.on(day), load.of_topic_on(3, day), load.of_topic_on(5, day)), (1, 0, 1));
        load.remove(3, &CardState::default());
        load.remove(3, &due_in(4));
        load.remove(3, &due_in(40));
        assert_eq!(load.of_topic_on(3, day), 0);
    }

    prop_compose! {
        fn any_load()(days in prop::collection::vec((0..3_u32, 0..80_u32), 0..400)) -> Load {
            let states: Vec<(u32, CardState)> = days.into_iter().map(|(topic, day)| (topic, due_in(day))).collect();
            Load::of(states.iter().map(|(topic, state)| (*topic, state)))
        }
    }

    proptest! {
        #[test]
        fn a_better_grade_never_comes_back_sooner_under_load_and_horizon(
            load in any_load(), stability in 0.01_f32..60.0, difficulty in 1.0_f32..10.0, elapsed in 0..40_u32,
            topic in 0..3_u32, date in 0..60_u32, recall in 0.7_f64..1.0, with_date: bool, fuzz: bool, seed: u64,
            relearning: bool,
        ) {
            let relearning_steps = if relearning { vec![10] } else { vec![] };
            let rules = Rules { fuzz, relearning_steps, ..Rules::default() };
            let scheduler = Scheduler::new(rules).expect("rules in a test");
            let state = CardState { memory: Some(Memory { stability, difficulty }), ..seen() };
            let horizon = with_date.then(|| Horizon { date: now().study_day() + date, recall });
            let calendar = Calendar { load: Some((&load, topic)), horizon };
            let now = now().plus_minutes(elapsed * 1440);
            let intervals = scheduler.preview_in(&state, now, seed, &calendar);
            prop_assert!(intervals.is_sorted(), "{:?}", intervals);
            for (grade, interval) in Grade::ALL.into_iter().zip(intervals) {
                prop_assert_eq!(scheduler.answer_in(&state, grade, now, seed, &calendar).interval(), Some(interval));
            }
        }

        #[test]
        fn a_balanced_interval_stays_in_the_fuzz_span(load in any_load(), stability in 0.01_f32..60.0, seed: u64) {
            // Same memory with and without the load, and every load gives a day that some seed gives without it.
            let scheduler = Scheduler::default();
            let state = CardState { memory: Some(Memory { stability, difficulty: 5.0 }), ..seen() };
            let calendar = Calendar { load: Some((&load, 0)), horizon: None };
            let balanced = scheduler.answer_in(&state, Grade::Good, now(), seed, &calendar);
            let plain: Vec<CardState> =
                (0..400).map(|seed| scheduler.answer(&state, Grade::Good, now(), seed)).collect();
            prop_assert_eq!(balanced.memory, plain[0].memory);
            let days = |state: &CardState| state.interval().map_or(0, Interval::days);
            let (low, high) = plain.iter().fold((u32::MAX, 0), |(low, high), state| {
                (low.min(days(state)), high.max(days(state)))
            });
            prop_assert!((low..=high).contains(&days(&balanced)));
        }
    }
}
