//! An import into a log that has answers already.
//!
//! Ids tell which answers are there: those of an earlier import of the same collection. An answer that went out from
//! here and comes back has another id, but the same card, grade and time to within a few milliseconds. What is
//! new starts from the state to which the log has led, so that the card's own state at the end stands.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Imported;
use crate::memory::{CardState, EventId, Grade, Review};

/// What is known of a card before an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Its reviews, also those that were taken back.
    pub reviews: Vec<Review>,
    /// Where it stands.
    pub state: CardState,
}

/// How far the time of an answer may move on its way out and back: Anki's log has one answer a millisecond.
const DRIFT_MILLIS: i64 = 50;

impl Imported {
    /// Leaves out the reviews that are known, and joins the others to what is known. O(reviews log reviews).
    pub fn join(&mut self, known: &HashMap<String, Known>) {
        let mut reviews = std::mem::take(&mut self.reviews);
        let all =
            known.iter().flat_map(|(card, known)| known.reviews.iter().map(move |review| (card, review)));
        let ids: HashSet<(&str, &EventId)> =
            all.clone().map(|(card, review)| (card.as_str(), &review.id)).collect();
        let times: BTreeSet<(&str, Grade, i64)> =
            all.map(|(card, review)| (card.as_str(), review.grade, review.at.utc_millis)).collect();
        reviews.retain(|review| {
            let (card, at) = (review.card.as_str(), review.at.utc_millis);
            let (from, to) = (at.saturating_sub(DRIFT_MILLIS), at.saturating_add(DRIFT_MILLIS));
            let mut near = times.range((card, review.grade, from)..=(card, review.grade, to));
            !ids.contains(&(card, &review.id)) && near.next().is_none()
        });
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
