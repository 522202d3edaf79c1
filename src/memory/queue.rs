//! What to ask now, in which order, and how much will come.

use super::fuzz::mix;
use super::{CardState, Moment, Phase, StudyDay};

/// The cards to ask, as indexes into the slice they came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// Steps that are over, the longest over first.
    pub learning: Vec<usize>,
    /// Reviews that are due, the day longest past first; mixed by the seed within a day.
    pub review: Vec<usize>,
    /// New cards in the order of the path, as many as are left for the day.
    pub new: Vec<usize>,
    /// Steps that will be over later in this study day, the next one first. They come back within the session.
    pub waiting: Vec<usize>,
}

impl Queue {
    /// What can be asked now, in order: learning, review, new.
    pub fn order(&self) -> impl Iterator<Item = usize> + '_ {
        self.learning.iter().chain(&self.review).chain(&self.new).copied()
    }

    /// How many can be asked now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.learning.len() + self.review.len() + self.new.len()
    }

    /// Whether nothing can be asked now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Sorts cards into what is due at `now`. The states stand in the order of the learning path, without
/// those that are suspended or buried. `new_left` is how many new cards the day still allows. Reviews of
/// different topics that fell due on the same day are mixed, by `seed`. O(n log n).
pub fn queue<'a>(
    states: impl IntoIterator<Item = &'a CardState>,
    now: Moment,
    new_left: usize,
    seed: u64,
) -> Queue {
    let today = now.study_day();
    let (mut learning, mut review, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let mut new = Vec::new();
    for (index, state) in states.into_iter().enumerate() {
        match state.phase {
            Phase::New if new.len() < new_left => new.push(index),
            Phase::New => {}
            Phase::Learning { due, .. } | Phase::Relearning { due, .. } => {
                if due.utc_millis <= now.utc_millis {
                    learning.push((due.utc_millis, index));
                } else if due.study_day() <= today {
                    waiting.push((due.utc_millis, index));
                }
            }
            Phase::Review { due } if due <= today => review.push((due, mix(seed ^ mix(index as u64)), index)),
            Phase::Review { .. } => {}
        }
    }
    learning.sort_unstable();
    waiting.sort_unstable();
    review.sort_unstable();
    Queue {
        learning: learning.into_iter().map(|(_, index)| index).collect(),
        review: review.into_iter().map(|(_, _, index)| index).collect(),
        new,
        waiting: waiting.into_iter().map(|(_, index)| index).collect(),
    }
}

/// How many cards fall due on each of `days` study days from `today` on. The first holds also what is overdue;
/// new cards are not counted. O(n).
pub fn load<'a>(states: impl IntoIterator<Item = &'a CardState>, today: StudyDay, days: usize) -> Vec<u32> {
    let mut load = vec![0; days];
    for due in states.into_iter().filter_map(CardState::due) {
        if let Some(count) = load.get_mut(due.day().since(today) as usize) {
            *count += 1;
        }
    }
    load
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    fn with(phase: Phase) -> CardState {
        CardState { phase, ..CardState::default() }
    }

    fn review(days_from_today: i32) -> CardState {
        with(Phase::Review { due: StudyDay(now().study_day().0 + days_from_today) })
    }

    fn learning(minutes_from_now: i64) -> CardState {
        let due = Moment { utc_millis: now().utc_millis + minutes_from_now * 60_000, ..now() };
        with(Phase::Learning { step: 0, due })
    }

    fn states() -> Vec<CardState> {
        let new = CardState::default();
        // 0 to 9
        vec![
            new,
            review(0),
            learning(5),
            new,
            review(-3),
            learning(-1),
            review(1),
            learning(-9),
            new,
            learning(24 * 60),
        ]
    }

    #[test]
    fn learning_then_review_then_new() {
        let queue = queue(&states(), now(), 2, 0);
        assert_eq!(queue.learning, [7, 5]);
        assert_eq!(queue.review, [4, 1]);
        assert_eq!(queue.new, [0, 3]);
        assert_eq!(queue.waiting, [2]);
        assert_eq!(queue.order().collect::<Vec<_>>(), [7, 5, 4, 1, 0, 3]);
        assert_eq!((queue.len(), queue.is_empty()), (6, false));
        assert!(super::queue(&[], now(), 9, 0).is_empty());
    }

    #[test]
    fn the_seed_mixes_reviews_of_one_day_and_nothing_else() {
        let due: Vec<CardState> = (0..60).map(|index| review(if index < 30 { 0 } else { -1 })).collect();
        let order = |seed| queue(&due, now(), 0, seed).review;
        assert_eq!(order(7), order(7));
        assert_ne!(order(7), order(8));
        for seed in 0..20 {
            let order = order(seed);
            assert!(
                order[..30].iter().all(|&index| index >= 30) && order[30..].iter().all(|&index| index < 30)
            );
            // 30! orders: that the file's own order comes up is no chance to reckon with.
            assert!(!order[30..].is_sorted());
        }
    }

    #[test]
    fn load_counts_each_card_once() {
        let counted = load(&states(), now().study_day(), 7);
        // Today: 1, 2, 4, 5, 7. Tomorrow: 6, and 9 whose step ends in 24 hours.
        assert_eq!(counted, [5, 2, 0, 0, 0, 0, 0]);
        assert!(load(&states(), now().study_day(), 0).is_empty());
    }
}
