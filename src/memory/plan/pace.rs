//! How fast a learner is, and how answers go: what a plan reckons with.
//!
//! Until there is a log it is what the average learner does. Then it is measured, because a plan for somebody
//! who takes longer has fewer cards in it. A few answers prove little, so the average counts as some answers too.

use crate::memory::{Grade, Review, ReviewKind};

/// How fast the learner is, and how well new cards go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds for the first answer to a new card.
    pub first_seconds: f64,
    /// Seconds for every other answer.
    pub review_seconds: f64,
    /// The shares of the four grades among first answers, from Again to Easy. They add up to 1, as all the shares below.
    pub first_grades: [f64; 4],
    /// The shares of Hard, Good and Easy among answers to cards that were recalled.
    pub recalled_grades: [f64; 3],
    /// The shares of the four grades among answers in the steps of a day, after Again, Hard and Good in this order.
    pub step_grades: [[f64; 4]; 3],
}

impl Default for Pace {
    /// 20 and 10 seconds. The shares of grades are those of the average user of Anki, as the simulator of the crate `fsrs`
    /// 6.6.2 has them.
    fn default() -> Pace {
        Pace {
            first_seconds: 20.0,
            review_seconds: 10.0,
            first_grades: [0.24, 0.094, 0.495, 0.171],
            recalled_grades: [0.224, 0.631, 0.145],
            step_grades: [[0.37, 0.06, 0.51, 0.06], [0.04, 0.46, 0.45, 0.05], [0.05, 0.05, 0.84, 0.06]],
        }
    }
}

/// As how many answers the average counts beside those of a log.
const AVERAGE_COUNTS: f64 = 50.0;

/// An answer that took longer than this was a break, and counts as this long, in seconds.
const LONGEST_SECONDS: f64 = 180.0;

impl Pace {
    /// The pace that a log shows: the mean seconds of first and of other answers, and the shares of their first grades. Practice
    /// does not count. O(n).
    #[must_use]
    pub fn measured<'a>(log: impl IntoIterator<Item = &'a Review>) -> Pace {
        let counts = log.into_iter().filter(|review| review.kind == ReviewKind::Scheduled);
        let timed =
            |review: &Review| (review.before.is_new(), review.grade, review.took_millis as f64 / 1000.0);
        Pace::of(counts.map(timed))
    }

    /// The same from answers that are given as: whether the card was new, the grade, the seconds. O(n).
    #[must_use]
    pub fn of(answers: impl IntoIterator<Item = (bool, Grade, f64)>) -> Pace {
        let usual = Pace::default();
        let mut first = Mean { sum: usual.first_seconds * AVERAGE_COUNTS, count: AVERAGE_COUNTS };
        let mut other = Mean { sum: usual.review_seconds * AVERAGE_COUNTS, count: AVERAGE_COUNTS };
        let mut grades = usual.first_grades.map(|share| share * AVERAGE_COUNTS);
        for (is_new, grade, seconds) in answers {
            let seconds = seconds.min(LONGEST_SECONDS);
            if is_new {
                first.add(seconds);
                grades[usize::from(grade.number()) - 1] += 1.0;
            } else {
                other.add(seconds);
            }
        }
        let all: f64 = grades.iter().sum();
        Pace {
            first_seconds: first.sum / first.count,
            review_seconds: other.sum / other.count,
            first_grades: grades.map(|count| count / all),
            ..usual
        }
    }
}

struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{CardState, EventId, Moment, Phase, Rules};
    use std::sync::Arc;

    fn answer(new: bool, grade: Grade, seconds: u64, kind: ReviewKind) -> Review {
        let at: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let phase = if new { Phase::New } else { Phase::Review { due: at.study_day() } };
        Review {
            id: EventId::new(at, 1),
            card: "a".to_string(),
            at,
            grade,
            answer: None,
            seed: 0,
            took_millis: seconds * 1000,
            kind,
            before: CardState { phase, ..CardState::default() },
            after: CardState::default(),
            rules: Arc::new(Rules::default()),
        }
    }

    #[test]
    fn a_log_moves_the_pace_by_as_much_as_it_proves() {
        assert_eq!(Pace::measured(&[]), Pace::default());
        let scheduled = ReviewKind::Scheduled;
        // Fifty answers weigh as much as the average: half way from 20 to 40 seconds, and from 10 to 20.
        let mut log = vec![answer(true, Grade::Good, 40, scheduled); 50];
        log.extend(vec![answer(false, Grade::Again, 20, scheduled); 50]);
        log.push(answer(false, Grade::Good, 100, ReviewKind::Practice));
        let pace = Pace::measured(&log);
        assert!((pace.first_seconds - 30.0).abs() < 1e-9 && (pace.review_seconds - 15.0).abs() < 1e-9);
        assert!((pace.first_grades[2] - (0.495 + 1.0) / 2.0).abs() < 1e-9);
        assert!((pace.first_grades.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // A night is no answer time.
        let night = Pace::measured(&[answer(false, Grade::Good, 30_000, scheduled)]);
        assert!((night.review_seconds - 680.0 / 51.0).abs() < 1e-9);
    }
}
