//! Anki's log of answers as reviews of ours, and where a card stands.
//!
//! A review of ours has the state before and after it. Anki keeps the answers and the last state only, so the states
//! in between are computed: the phase and the due day from the interval that the answer gave, the memory from the
//! model. The last state is the card's own: stability, difficulty, due day and lapses are those that Anki shows.
//!
//! An answer that did not move the card (cramming), or that lies before the card was put back to new, is taken over
//! as practice. What was set by hand is no answer; it shows in the last state. A card that has a state and no
//! answers at all, as in a deck that was passed on without them, gets one answer, Good, when it was last seen: a
//! state of ours follows from answers.

use std::sync::Arc;

use super::collection::{AnswerRow, CardRow};
use crate::exchange::names::hash;
use crate::memory::{
    CardState, EventId, Grade, Memory, Moment, Phase, Review, ReviewKind, Rules, Scheduler, StudyDay,
};

/// What the history of every card goes by.
pub(super) struct Calendar<'a> {
    /// The study day from which due days are counted.
    pub first_day: StudyDay,
    /// How far the learner's clock is ahead of UTC, in minutes.
    pub offset_minutes: i32,
    pub scheduler: &'a Scheduler,
    pub rules: &'a Arc<Rules>,
}

impl Calendar<'_> {
    /// The reviews of a card in the order of time, each starting from the state to which the one before led.
    pub fn reviews(&self, id: &str, card: &CardRow, answers: &[AnswerRow]) -> Vec<Review> {
        let reset =
            answers.iter().rposition(|answer| answer.ease == 0 && answer.factor == 0 && answer.kind == 4);
        let counted = if card.kind == 0 { answers.len() } else { reset.map_or(0, |at| at + 1) };
        let mut reviews = Vec::new();
        let mut state = CardState::default();
        for (at, answer) in answers.iter().enumerate() {
            let Some(grade) = Grade::from_number(answer.ease) else { continue };
            let practice = at < counted || (answer.kind == 3 && answer.factor == 0);
            let moment = self.moment(answer.id);
            let after = if practice { state } else { self.after(&state, answer, grade, moment) };
            reviews.push(self.review(id, moment, grade, (practice, answer.took_millis), (state, after)));
            state = after;
        }
        if card.kind == 0 {
            return reviews;
        }
        match reviews.iter().rposition(|review| review.kind == ReviewKind::Scheduled) {
            Some(last) => {
                let own = self.own_state(card, reviews[last].after);
                reviews[last].after = own;
                // Practice behind it starts where the card stands.
                for review in &mut reviews[last + 1..] {
                    (review.before, review.after) = (own, own);
                }
            }
            None => reviews.push(self.only_answer(id, card, &reviews)),
        }
        reviews
    }

    fn moment(&self, utc_millis: i64) -> Moment {
        Moment { utc_millis, offset_minutes: self.offset_minutes }
    }

    fn day(&self, days: i64) -> StudyDay {
        let day = i64::from(self.first_day.0).saturating_add(days);
        StudyDay(day.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }

    fn review(
        &self,
        card: &str,
        at: Moment,
        grade: Grade,
        (practice, took): (bool, i64),
        (before, after): (CardState, CardState),
    ) -> Review {
        let time = at.utc_millis.to_string();
        let bits = u128::from(hash(&["anki", card, &time])) << 64 | u128::from(hash(&[card, &time, "anki"]));
        Review {
            id: EventId::new(at, bits),
            card: card.to_string(),
            at,
            grade,
            answer: None,
            seed: 0,
            took_millis: u64::try_from(took).unwrap_or(0),
            kind: if practice { ReviewKind::Practice } else { ReviewKind::Scheduled },
            before,
            after,
            rules: Arc::clone(self.rules),
        }
    }

    /// The state after an answer, by the interval that it gave.
    fn after(&self, state: &CardState, answer: &AnswerRow, grade: Grade, at: Moment) -> CardState {
        let mut known = *state;
        if state.is_new() && answer.kind == 1 && answer.last_interval > 0 {
            // What was answered before is not in the log: the interval says how firm it was.
            known.phase = Phase::Review { due: at.study_day() };
            known.memory = Some(estimated(answer.last_interval, answer.factor));
            let before = at.utc_millis.saturating_sub(answer.last_interval.saturating_mul(86_400_000));
            known.last_review = Some(self.moment(before));
        }
        let next = self.scheduler.answer(&known, grade, at, 0);
        let forgotten = matches!(known.phase, Phase::Review { .. }) && grade == Grade::Again;
        let relearning = forgotten || answer.kind == 2 || matches!(state.phase, Phase::Relearning { .. });
        let step = match (grade, state.phase) {
            (Grade::Again, _) => 0,
            (Grade::Good | Grade::Easy, Phase::Learning { step, .. } | Phase::Relearning { step, .. }) => {
                step + 1
            }
            (Grade::Good | Grade::Easy, _) => 1,
            (Grade::Hard, Phase::Learning { step, .. } | Phase::Relearning { step, .. }) => step,
            (Grade::Hard, _) => 0,
        };
        let seconds = answer.interval.min(0).saturating_neg();
        let due = self.moment(at.utc_millis.saturating_add(seconds.saturating_mul(1000)));
        let phase = match answer.interval {
            days @ 1.. => Phase::Review { due: at.study_day() + u32::try_from(days).unwrap_or(u32::MAX) },
            _ if relearning => Phase::Relearning { step, due },
            _ => Phase::Learning { step, due },
        };
        CardState { phase, lapses: state.lapses.saturating_add(u32::from(forgotten)), ..next }
    }

    /// The state that Anki shows, over the one that was computed.
    fn own_state(&self, card: &CardRow, computed: CardState) -> CardState {
        let memory = match (card.stability, card.difficulty) {
            (Some(stability), Some(difficulty)) => Some(memory(stability, difficulty)),
            _ => computed.memory,
        };
        CardState {
            phase: self.own_phase(card),
            memory,
            last_review: computed.last_review,
            reps: computed.reps.max(card.reps),
            lapses: card.lapses,
        }
    }

    fn own_phase(&self, card: &CardRow) -> Phase {
        /// What is larger is a time in seconds, what is smaller a day.
        const FIRST_TIME: i64 = 1_000_000_000;
        let due = if card.due >= FIRST_TIME {
            self.moment(card.due.saturating_mul(1000))
        } else {
            self.day(card.due).start(self.offset_minutes)
        };
        let step = |steps: &[u32]| {
            let left = u32::try_from(card.left.rem_euclid(1000)).unwrap_or(0);
            u32::try_from(steps.len()).unwrap_or(0).saturating_sub(left)
        };
        match card.kind {
            1 => Phase::Learning { step: step(&self.rules.steps), due },
            3 => Phase::Relearning { step: step(&self.rules.relearning_steps), due },
            _ if card.due >= FIRST_TIME => Phase::Review { due: due.study_day() },
            _ => Phase::Review { due: self.day(card.due) },
        }
    }

    /// The answer that stands for those which are not there.
    fn only_answer(&self, id: &str, card: &CardRow, practice: &[Review]) -> Review {
        let phase = self.own_phase(card);
        let seen = match (card.last_seconds, phase) {
            (Some(seconds), _) => self.moment(seconds.saturating_mul(1000)),
            (None, Phase::Review { due }) => {
                let days = u32::try_from(card.interval.max(0)).unwrap_or(u32::MAX);
                (due - days).start(self.offset_minutes)
            }
            (None, Phase::Learning { due, .. } | Phase::Relearning { due, .. }) => due,
            (None, Phase::New) => self.first_day.start(self.offset_minutes),
        };
        let memory = match (card.stability, card.difficulty) {
            (Some(stability), Some(difficulty)) => memory(stability, difficulty),
            _ => estimated(card.interval, card.factor),
        };
        let after = CardState {
            phase,
            memory: Some(memory),
            last_review: Some(seen),
            reps: card.reps.max(1),
            lapses: card.lapses,
        };
        let before = practice.last().map_or_else(CardState::default, |review| review.after);
        self.review(id, seen, Grade::Good, (false, 0), (before, after))
    }
}

fn memory(stability: f64, difficulty: f64) -> Memory {
    Memory {
        stability: stability.clamp(0.001, 36_500.0) as f32,
        difficulty: difficulty.clamp(1.0, 10.0) as f32,
    }
}

/// The memory of a card that another algorithm scheduled. At 90% retention an interval is the stability; the ease of
/// SM-2, 1.3 to 2.5 and more, becomes a difficulty of 10 to 5 and less.
fn estimated(interval: i64, factor: i64) -> Memory {
    let difficulty = match factor {
        // With FSRS the log has the difficulty itself: 100 for 1, 1100 for 10.
        100..=1100 => 1.0 + 9.0 * (factor as f64 - 100.0) / 1000.0,
        1101.. => 10.0 - 5.0 * (factor as f64 / 1000.0 - 1.3) / 1.2,
        _ => 5.0,
    };
    memory(interval.max(1) as f64, difficulty)
}
