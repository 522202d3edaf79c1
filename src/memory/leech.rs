//! Leeches: cards that are forgotten again and again.
//!
//! Such a card eats the time of many others, and more repetition is what has failed already. Most often the card
//! is at fault: it asks two things at once, or for words instead of an idea. So the suggestion is to change
//! something, and it is a suggestion: nothing is suspended behind the learner's back.

use super::CardState;

/// How many lapses make a leech. As in Anki.
pub const LEECH_LAPSES: u32 = 8;

/// After how many more lapses it is mentioned again: half of the first number, as in Anki.
pub const LEECH_AGAIN: u32 = 4;

/// What to do with a leech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Read the place of the page that it asks about: what is not understood cannot be kept.
    Read,
    /// Rewrite it: one question, one idea, in one's own words.
    Rewrite,
    /// Suspend it: it costs more than it is worth.
    Suspend,
}

impl CardState {
    /// Whether it is a leech: forgotten at least [`LEECH_LAPSES`] times after it had been learned.
    #[must_use]
    pub fn is_leech(&self) -> bool {
        self.lapses >= LEECH_LAPSES
    }
}

/// What to suggest after an answer that led from one state to another: at the eighth lapse to read, at the twelfth to
/// rewrite the card, and at every fourth after that to suspend it; at no other answer anything.
#[must_use]
pub fn leech(before: &CardState, after: &CardState) -> Option<Advice> {
    let over = after.lapses.checked_sub(LEECH_LAPSES)?;
    if after.lapses <= before.lapses || over % LEECH_AGAIN != 0 {
        return None;
    }
    Some(advice(after.lapses))
}

/// What is to be done about a card that was forgotten so often, mentioned or not.
#[must_use]
pub fn advice(lapses: u32) -> Advice {
    match lapses.saturating_sub(LEECH_LAPSES) / LEECH_AGAIN {
        0 => Advice::Read,
        1 => Advice::Rewrite,
        _ => Advice::Suspend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Grade, Moment, Scheduler};

    #[test]
    fn a_card_that_keeps_being_forgotten_is_mentioned_at_8_12_16() {
        let scheduler = Scheduler::default();
        let mut now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let mut state = CardState::default();
        let mut mentioned = Vec::new();
        // Learned, forgotten, relearned, forgotten; only the lapses say something.
        for _ in 0..200 {
            let grade = if state.interval().is_some_and(|interval| interval.days() > 0) {
                Grade::Again
            } else {
                Grade::Good
            };
            let next = scheduler.answer(&state, grade, now, 0);
            if let Some(advice) = leech(&state, &next) {
                mentioned.push((next.lapses, advice));
            }
            assert_eq!(next.is_leech(), next.lapses >= 8);
            state = next;
            now = state.due_moment(now);
        }
        let expected =
            [(8, Advice::Read), (12, Advice::Rewrite), (16, Advice::Suspend), (20, Advice::Suspend)];
        assert_eq!(mentioned[..4], expected);
        assert!(mentioned.iter().all(|(lapses, _)| lapses % 4 == 0));
    }
}
