//! An import into a log that has answers already.
//!
//! Ids tell which answers are there: those of an earlier import of the same collection. An answer that went out from
//! here and comes back has another id, but the same card, grade and time to within a few milliseconds. What is
//! new starts from the state to which the log has led, so that the card's own state at the end stands.

use std::collections::HashMap;

use super::Imported;
use crate::memory::{CardState, Review};

/// What is known of a card before an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Its reviews, also those that were taken back.
    pub reviews: Vec<Review>,
    /// Where it stands.
    pub state: CardState,
}

/// How far the time of an answer may move on its way out and back: Anki's log has one answer a millisecond.
const DRIFT_MILLIS: u64 = 50;

impl Imported {
    /// Leaves out the reviews that are known, and joins the others to what is known. O(reviews).
    pub fn join(&mut self, known: &HashMap<String, Known>) {
        let mut reviews = std::mem::take(&mut self.reviews);
        let is_known = |review: &Review| {
            let same = |other: &Review| {
                let apart = other.at.utc_millis.abs_diff(review.at.utc_millis);
                other.id == review.id || (other.grade == review.grade && apart <= DRIFT_MILLIS)
            };
            known.get(&review.card).is_some_and(|known| known.reviews.iter().any(same))
        };
        reviews.retain(|review| !is_known(review));
        let mut at = 0;
        while at < reviews.len() {
            let of_card = reviews[at..].iter().take_while(|review| review.card == reviews[at].card).count();
            if let Some(known) = known.get(&reviews[at].card) {
                chain(&mut reviews[at..at + of_card], known);
            }
            at += of_card;
        }
        self.reviews = reviews;
    }
}

/// Starts the reviews of a card from where it stands. Where the log has later ones it is for the log to work out what
/// follows.
fn chain(reviews: &mut [Review], known: &Known) {
    let last = known.reviews.iter().map(|review| review.at.utc_millis).max();
    let (Some(last), Some(first)) = (last, reviews.first()) else { return };
    if first.at.utc_millis <= last || first.before == known.state {
        return;
    }
    let count = reviews.len();
    let mut state = known.state;
    for (at, review) in reviews.iter_mut().enumerate() {
        review.before = state;
        if at + 1 < count {
            review.after = review.replay(&state).unwrap_or(review.after);
        }
        state = review.after;
    }
}
