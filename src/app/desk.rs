//! How a single card is scheduled, outside a session: in a page, in a decision, by `sysdrill grade`. It is scheduled as
//! a session would do it, so both mind the same: the deck's retention, how full the days are, the date of the interview.

use super::learned::Learned;
use crate::deck::Card;
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

/// What lies ahead: how full the days are with the cards that were answered, and the date of the interview. O(cards).
#[must_use]
pub fn ahead(learned: &Learned, library: &Library, now: Moment) -> Ahead {
    let topic = |id: &str| library.head(id).map(|head| &*head.topic);
    let known = learned.states.iter().filter_map(|(id, state)| Some((topic(id)?, state)));
    Ahead::new(known, learned.aims.horizon(now))
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
        if self.library.head(&card.id.0).is_some() && self.learned.states.contains_key(&card.id.0) {
            schedule.take(&card.topic, &self.state(card));
        }
        schedule
    }
}
