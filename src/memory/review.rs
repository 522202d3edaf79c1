//! The entry that an answer leaves in the log.
//!
//! It holds all that the next state was computed from: the state before, the grade, the moment, the seed
//! and the rules. It stands here, below both, so that who makes it (a session) and who saves it (the
//! store) need not know each other.

use std::fmt;
use std::sync::Arc;

use super::{CardState, Grade, Moment, Rules, Scheduler};

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
    /// The state to which this answer leads from `before`, computed anew: `before` itself for practice. It equals
    /// [`Review::after`] where `before` equals [`Review::before`]; nothing where the rules cannot be followed.
    #[must_use]
    pub fn replay(&self, before: &CardState) -> Option<CardState> {
        match self.kind {
            ReviewKind::Practice => Some(*before),
            ReviewKind::Scheduled => {
                let scheduler = Scheduler::new((*self.rules).clone()).ok()?;
                Some(scheduler.answer(before, self.grade, self.at, self.seed))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
