//! What a session leaves behind: a few numbers, and what to read.

use super::Asked;
use crate::deck::CardId;
use crate::memory::{Due, Grade, Review};

/// A session in short. Reviews that were taken back are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Answers given.
    pub answered: usize,
    /// Answers that were recalled: all but Again.
    pub right: usize,
    /// Answers by grade, from Again to Easy.
    pub by_grade: [usize; 4],
    /// Cards that were graded Again at least once, in the order in which that happened first.
    pub missed: Vec<Missed>,
    /// The time that the answers took, in minutes.
    pub minutes: f64,
    /// When the next of the session's cards is due.
    pub next_due: Option<Due>,
}

/// A card that was missed, and where to read about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The card.
    pub card: CardId,
    /// Its question as it was asked first.
    pub question: String,
    /// Why its answer is right.
    pub why: String,
    /// The topic, by slug.
    pub topic: String,
    /// The heading on the topic's page, where the card names one.
    pub see: Option<String>,
    /// How often it was missed.
    pub times: usize,
}

impl Summary {
    /// Adds an answer.
    pub(super) fn add(&mut self, asked: &Asked, review: &Review) {
        let card = &asked.card;
        self.answered += 1;
        self.by_grade[usize::from(review.grade.number()) - 1] += 1;
        self.minutes += review.took_millis as f64 / 60_000.0;
        if review.grade != Grade::Again {
            self.right += 1;
        } else if let Some(missed) = self.missed.iter_mut().find(|missed| missed.card == card.id) {
            missed.times += 1;
        } else {
            self.missed.push(Missed {
                card: card.id.clone(),
                question: asked.question.clone(),
                why: card.why.clone(),
                topic: card.topic.clone(),
                see: card.see.clone(),
                times: 1,
            });
        }
    }
}
