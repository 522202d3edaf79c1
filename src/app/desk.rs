//! How a single card is scheduled, outside a session: in a page, in a decision, by `sysdrill grade`. It is scheduled as
//! a session would do it, so both mind the same: the deck's retention, how full the days are, the date of the interview.

use super::learned::Learned;
use crate::deck::{Card, Head};
use crate::drill::{Ahead, Given, Schedule, Schedulers};
use crate::library::Library;
use crate::memory::{CardState, Interval, Moment, Review};

/// What a card outside a session is scheduled by.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The schedulers of all decks.
    pub schedulers: &'a Schedulers,
    /// What the learner has done.
    pub learned: &'a Learned,
    /// The cards.
    pub library: &'a Library,
}

/// What lies ahead: how full the days are with the cards that were answered and are not suspended, and the date of the
/// interview. O(cards).
#[must_use]
pub fn ahead(learned: &Learned, library: &Library, now: Moment) -> Ahead {
    let counts = |head: &&Head| learned.suspended.is_empty() || !learned.suspended.contains(&head.id.0);
    let known = library.heads().filter(counts);
    let known = known.filter_map(|head| Some((&*head.topic, learned.states.get(&head.id.0)?)));
    Ahead::new(known, learned.aims.horizon(now.study_day()))
}

impl Desk<'_> {
    /// Where a card stands.
    #[must_use]
    pub fn state(&self, card: &Card) -> CardState {
        self.learned.state(&card.id.0)
    }

    /// The intervals that the four grades give a card. O(cards).
    #[must_use]
    pub fn preview(&self, card: &Card, now: Moment, seed: u64) -> [Interval; 4] {
        self.schedule(card, now).preview(&card.topic, &self.state(card), now, seed)
    }

    /// The log entry of an answer to a card. O(cards).
    #[must_use]
    pub fn review(&self, card: &Card, given: Given) -> Review {
        self.schedule(card, given.at).review(card, &self.state(card), given)
    }

    fn schedule(&self, card: &Card, now: Moment) -> Schedule {
        let mut schedule = Schedule::new(self.schedulers.clone(), ahead(self.learned, self.library, now));
        // A card that no deck has is not in the load either.
        let counted = self.library.head(&card.id.0).is_some() && !self.learned.suspended.contains(&card.id.0);
        if counted && self.learned.states.contains_key(&card.id.0) {
            schedule.take(&card.topic, &self.state(card));
        }
        schedule
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::{Limits, Session};
    use crate::memory::{Grade, Rules};

    /// The load of the days, the date and the retention of the deck: what a session minds, a single card minds too.
    #[test]
    fn a_single_card_is_scheduled_as_in_a_session() {
        let library = Library::load(&[]);
        let now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let topic = library.decks[0].topic.clone();
        let schedulers =
            Schedulers::new(&Rules::default(), [(topic.as_str(), 0.95)]).expect("rules in a test");
        let mut learned = Learned::default();
        learned.aims.date = Some(now.study_day() + 30);
        for (place, head) in library.heads().enumerate() {
            let at = Moment { utc_millis: now.utc_millis - (place as i64 % 20) * 86_400_000, ..now };
            let scheduler = schedulers.of(&head.topic);
            let state = scheduler.answer(&CardState::default(), Grade::Easy, at, place as u64);
            learned.states.insert(head.id.0.clone(), state);
        }
        let desk = Desk { schedulers: &schedulers, learned: &learned, library: &library };
        let mut minded = 0;
        for card in library.cards() {
            let limits = Limits { early: true, ..Limits::default() };
            let session =
                Session::new(vec![(card.clone(), desk.state(card))], schedulers.clone(), now, 5, limits)
                    .minding(ahead(&learned, &library, now));
            let seed = session.current().map(|asked| asked.seed).expect("the card is on the table");
            let single = desk.preview(card, now, seed);
            assert_eq!(Some(single), session.preview(now), "{}", card.id);
            minded += usize::from(single != schedulers.of(&card.topic).preview(&desk.state(card), now, seed));
        }
        assert!(minded > 20, "the load and the date have moved {minded} cards");
    }
}
