//! How a session went: by topic, and against what the model of memory foresaw.
//!
//! A card that comes back within a session says little about memory, so only its first answer counts here. What was
//! foreseen exists only for cards that had left their learning steps before: of these, the mean of the predicted
//! chances is held against the share that was recalled.

use std::collections::HashSet;

use super::Schedulers;
use crate::deck::{Card, CardId};
use crate::memory::{Grade, Phase, Review};

/// How a session went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Each topic, in the order in which it was met first.
    pub topics: Vec<TopicScore>,
    /// Of cards that had been learned before: how many were asked.
    pub reviewed: usize,
    /// How many of these were recalled.
    pub recalled: usize,
    /// The sum of their predicted chances of recall, so that the mean is this by `reviewed`.
    pub foreseen: f64,
    seen: HashSet<CardId>,
}

/// How a topic went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicScore {
    /// The topic, by slug.
    pub topic: String,
    /// Cards whose first answer was recalled: all but Again.
    pub right: usize,
    /// Cards that were asked.
    pub asked: usize,
}

impl Score {
    /// Adds an answer; only the first of each card counts.
    pub(super) fn add(&mut self, card: &Card, review: &Review, schedulers: &Schedulers) {
        if !self.seen.insert(card.id.clone()) {
            return;
        }
        let right = usize::from(review.grade != Grade::Again);
        match self.topics.iter_mut().find(|score| score.topic == card.topic) {
            Some(score) => {
                score.right += right;
                score.asked += 1;
            }
            None => self.topics.push(TopicScore { topic: card.topic.clone(), right, asked: 1 }),
        }
        if let (Phase::Review { .. }, Some(memory)) = (review.before.phase, review.before.memory) {
            let days = f64::from(review.before.elapsed_days(review.at));
            self.reviewed += 1;
            self.recalled += right;
            self.foreseen += schedulers.of(&card.topic).recall(memory, days);
        }
    }

    /// The share of learned cards that was recalled, and the share that was foreseen; nothing where none was asked.
    #[must_use]
    pub fn retention(&self) -> Option<(f64, f64)> {
        let count = self.reviewed as f64;
        (self.reviewed > 0).then(|| (self.recalled as f64 / count, self.foreseen / count))
    }

    /// Cards asked, and cards whose first answer was recalled.
    #[must_use]
    pub fn total(&self) -> (usize, usize) {
        let sum = |of: fn(&TopicScore) -> usize| self.topics.iter().map(of).sum();
        (sum(|score| score.asked), sum(|score| score.right))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::card;
    use super::super::{Answer, Limits, Session};
    use super::*;
    use crate::memory::{CardState, Memory, Moment, Scheduler};

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    fn learned(stability: f32, days_ago: u32) -> CardState {
        CardState {
            phase: Phase::Review { due: now().study_day() },
            memory: Some(Memory { stability, difficulty: 5.0 }),
            last_review: Some((now().study_day() - days_ago).start(0)),
            reps: 3,
            lapses: 0,
        }
    }

    #[test]
    fn what_was_foreseen_is_the_model_s_own_chance() {
        // Stability is by definition the days after which the chance is 90%; on the day of the review it is 100%.
        let of = |topic: &str, id: &str| Card { topic: topic.to_string(), ..card(id) };
        let cards = vec![
            (of("x", "a"), learned(10.0, 10)),
            (of("x", "b"), learned(10.0, 0)),
            (of("y", "c"), CardState::default()),
        ];
        let mut session = Session::new(cards, Scheduler::default(), now(), 7, Limits::default());
        while let Some(asked) = session.current() {
            // Forgotten once; where it comes back it is known.
            let first = session.answered() < 2 && asked.card.id.0 == "a";
            let grade = if first { Grade::Again } else { Grade::Easy };
            session.grade(grade, &Answer::Shown, now(), 0);
        }
        let score = session.score();
        assert_eq!((score.reviewed, score.recalled, score.total()), (2, 1, (3, 2)));
        let (real, foreseen) = score.retention().expect("two were asked");
        assert_eq!(real, 0.5);
        assert!((foreseen - 0.95).abs() < 1e-6, "{foreseen}");
        let mut topics = score.topics;
        topics.sort_by(|one, other| one.topic.cmp(&other.topic));
        let topic = |name: &str, right, asked| TopicScore { topic: name.to_string(), right, asked };
        assert_eq!(topics, [topic("x", 1, 2), topic("y", 1, 1)]);
        assert_eq!(Score::default().retention(), None);
    }
}
