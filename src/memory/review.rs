//! The entry that an answer leaves in the log.
//!
//! It holds all that the next state was computed from: the state before, the grade, the moment, the seed
//! and the rules. It stands here, below both, so that who makes it (a session) and who saves it (the
//! store) need not know each other.

use std::fmt;
use std::sync::Arc;

use super::{CardState, Grade, Moment, Phase, Rules, Scheduler};

/// A name for an event that no other event has, on this machine or another.
///
/// 26 characters that sort by time: 48 bits of milliseconds and 80 bits that the maker supplies, in
/// Crockford's base 32 (the form of a ULID).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub String);

impl EventId {
    /// An id for an event at `at`. The low 80 bits of `bits` have to be fresh for each event: random, or mixed from
    /// a random seed and a counter.
    #[must_use]
    pub fn new(at: Moment, bits: u128) -> EventId {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let millis = at.utc_millis.clamp(0, (1 << 48) - 1) as u128;
        let value = (millis << 80) | (bits & ((1 << 80) - 1));
        let text = (0..26).rev().map(|place| DIGITS[(value >> (5 * place)) as usize & 31] as char);
        EventId(text.collect())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an answer counts for the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewKind {
    /// It moved the card.
    Scheduled,
    /// Cramming: it is in the log and left the card where it was.
    Practice,
}

/// An answer to a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Its name in the log.
    pub id: EventId,
    /// The card, by its id.
    pub card: String,
    /// When it was graded.
    pub at: Moment,
    /// How well it went.
    pub grade: Grade,
    /// What the learner answered, where the card takes an answer: a bet, the options picked.
    pub answer: Option<String>,
    /// What the question's drawn values and the interval's fuzz came from.
    pub seed: u64,
    /// From the question to the grade, in milliseconds.
    pub took_millis: u64,
    /// Whether it counted for the schedule.
    pub kind: ReviewKind,
    /// The card's state before.
    pub before: CardState,
    /// The card's state after.
    pub after: CardState,
    /// What the scheduler went by.
    pub rules: Arc<Rules>,
}

impl Review {
    /// The state to which this answer leads from `before`, computed anew: `before` itself for practice; nothing where
    /// the rules cannot be followed.
    ///
    /// Where `before` is what it was when the answer was given ([`Review::before`]), the card stays due on the day that was
    /// given then, which the load of the days and a date to be ready by had a say in; the result then equals [`Review::after`].
    /// Where it is not (a merge brought an earlier answer), the day follows from the rules and the seed alone, so that
    /// all machines come to the same one.
    #[must_use]
    pub fn replay(&self, before: &CardState) -> Option<CardState> {
        match self.kind {
            ReviewKind::Practice => Some(*before),
            ReviewKind::Scheduled => {
                let scheduler = Scheduler::new((*self.rules).clone()).ok()?;
                let mut next = scheduler.answer(before, self.grade, self.at, self.seed);
                if let (Phase::Review { .. }, Phase::Review { .. }) = (next.phase, self.after.phase)
                    && is_same(before, &self.before)
                {
                    next.phase = self.after.phase;
                }
                Some(next)
            }
        }
    }
}

/// Whether two states are the same history. Their memories may differ in the last bits of single precision, which
/// powers on another processor round differently.
fn is_same(a: &CardState, b: &CardState) -> bool {
    let close = |a: f32, b: f32| (a - b).abs() <= 1e-4 * a.abs().max(b.abs());
    let memory = match (a.memory, b.memory) {
        (Some(a), Some(b)) => close(a.stability, b.stability) && close(a.difficulty, b.difficulty),
        (None, None) => true,
        _ => false,
    };
    memory && CardState { memory: None, ..*a } == CardState { memory: None, ..*b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Calendar, Load, Memory, StudyDay};

    #[test]
    fn ids_are_ulids() {
        // The ULID specification's example: 01ARYZ6S41 is the time 1469918176385 ms.
        let at = |utc_millis| Moment { utc_millis, offset_minutes: 0 };
        let id = EventId::new(at(1_469_918_176_385), 0);
        assert_eq!(id.0, "01ARYZ6S410000000000000000");
        assert_eq!(EventId::new(at(i64::MAX), u128::MAX).0, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert_eq!(EventId::new(at(-5), 31).0, "0000000000000000000000000Z");
        assert!(EventId::new(at(1), u128::MAX) < EventId::new(at(2), 0));
    }

    #[test]
    fn a_replay_keeps_the_day_that_was_given_unless_the_past_changed() {
        let scheduler = Scheduler::default();
        let at: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let memory = Some(Memory { stability: 20.0, difficulty: 5.0 });
        let due = StudyDay(at.study_day().0);
        let last_review = Some(Moment { utc_millis: at.utc_millis - 20 * 86_400_000, ..at });
        let before = CardState { phase: Phase::Review { due }, memory, last_review, reps: 3, lapses: 0 };
        // A day that is full moves the card, so a plain answer would give another day.
        let plain = scheduler.answer(&before, Grade::Good, at, 9);
        let full = vec![plain; 50];
        let load = Load::of(full.iter().map(|state| (0, state)));
        let calendar = Calendar { load: Some((&load, 0)), horizon: None };
        let after = scheduler.answer_in(&before, Grade::Good, at, 9, &calendar);
        assert_ne!(after, plain);
        let review = Review {
            id: EventId::new(at, 1),
            card: "a".to_string(),
            at,
            grade: Grade::Good,
            answer: None,
            seed: 9,
            took_millis: 1000,
            kind: ReviewKind::Scheduled,
            before,
            after,
            rules: Arc::new(scheduler.rules().clone()),
        };
        assert_eq!(review.replay(&before), Some(after));
        let other = CardState { reps: 4, ..before };
        assert_eq!(review.replay(&other), Some(scheduler.answer(&other, Grade::Good, at, 9)));
        let practice = Review { kind: ReviewKind::Practice, ..review };
        assert_eq!(practice.replay(&other), Some(other));
    }
}
