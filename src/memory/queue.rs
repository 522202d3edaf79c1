//! What to ask now, in which order, and how much will come.
//!
//! Steps that are over come first, since they are due to the minute. Reviews follow, and new cards behind
//! them or spread among them. A limit for the day cuts reviews only after they are in order, so that what is cut is
//! what can best wait; topics are mixed only after that.

use super::backlog::gain;
use super::fuzz::mix;
use super::{CardState, Moment, Phase, Scheduler, StudyDay, apart};

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
    /// Where new cards stand.
    pub place_of_new: PlaceOfNew,
}

/// Where new cards stand among the reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlaceOfNew {
    /// Behind them: what is known is kept first.
    #[default]
    Last,
    /// Before them.
    First,
    /// Evenly among them: a session does not end with all that is hard.
    Spread,
}

/// In which order reviews come.
#[derive(Clone, Copy, Debug, Default)]
pub enum ReviewOrder<'a> {
    /// The day longest past first, mixed by the seed within a day.
    #[default]
    DueDay,
    /// What a review gains most for first, as the scheduler reckons it: for a backlog.
    Gain(&'a Scheduler),
}

/// How a queue is wished for.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// How many new cards the day still allows.
    pub new_left: usize,
    /// How many reviews the day still allows. Learning steps are not limited.
    pub reviews_left: usize,
    /// Where the new cards stand.
    pub place_of_new: PlaceOfNew,
    /// In which order reviews come, and which go when the limit cuts.
    pub order: ReviewOrder<'a>,
    /// Whether cards of one topic are kept apart.
    pub apart: bool,
    /// The same seed gives the same order.
    pub seed: u64,
}

impl Default for Wishes<'_> {
    /// Without limits, new cards spread, topics kept apart.
    fn default() -> Self {
        Wishes {
            new_left: usize::MAX,
            reviews_left: usize::MAX,
            place_of_new: PlaceOfNew::Spread,
            order: ReviewOrder::DueDay,
            apart: true,
            seed: 0,
        }
    }
}

impl Queue {
    /// What can be asked now, in order: learning, then reviews and new cards as [`Queue::place_of_new`] says.
    pub fn order(&self) -> impl Iterator<Item = usize> + '_ {
        let (reviews, new) = (self.review.len(), self.new.len());
        let (mut review, mut fresh) = (0, 0);
        let rest = (0..reviews + new).map(move |_| {
            let review_next = match self.place_of_new {
                PlaceOfNew::Last => review < reviews,
                PlaceOfNew::First => fresh >= new,
                // The k-th of n new cards stands behind k/(n + 1) of the reviews.
                PlaceOfNew::Spread => fresh >= new || review * (new + 1) < (fresh + 1) * reviews,
            };
            if review_next {
                review += 1;
                self.review[review - 1]
            } else {
                fresh += 1;
                self.new[fresh - 1]
            }
        });
        self.learning.iter().copied().chain(rest)
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
    let wishes = Wishes { new_left, seed, place_of_new: PlaceOfNew::Last, apart: false, ..Wishes::default() };
    arrange(states.into_iter().map(|state| (0, state)), now, &wishes)
}

/// Sorts cards, each with the number of its topic, into what is due at `now`, as wished. They stand in the order of the
/// learning path, in which new ones are asked, without those that are suspended or buried. O(n log n).
pub fn arrange<'a>(
    cards: impl IntoIterator<Item = (u32, &'a CardState)>,
    now: Moment,
    wishes: &Wishes,
) -> Queue {
    let today = now.study_day();
    let (mut learning, mut waiting, mut new) = (Vec::new(), Vec::new(), Vec::new());
    // Sorted by what comes first, then by chance.
    let mut review: Vec<(i64, u64, usize)> = Vec::new();
    let mut topics = Vec::new();
    for (index, (topic, state)) in cards.into_iter().enumerate() {
        topics.push(topic);
        match state.phase {
            Phase::New if new.len() < wishes.new_left => new.push(index),
            Phase::New => {}
            Phase::Learning { due, .. } | Phase::Relearning { due, .. } => {
                if due.utc_millis <= now.utc_millis {
                    learning.push((due.utc_millis, index));
                } else if due.study_day() <= today {
                    waiting.push((due.utc_millis, index));
                }
            }
            Phase::Review { due } if due <= today => {
                let first = match wishes.order {
                    ReviewOrder::DueDay => i64::from(due.0),
                    // Millionths tell any two gains apart that differ at all in single precision.
                    ReviewOrder::Gain(scheduler) => (gain(scheduler, state, today) * -1e6) as i64,
                };
                review.push((first, mix(wishes.seed ^ mix(index as u64)), index));
            }
            Phase::Review { .. } => {}
        }
    }
    learning.sort_unstable();
    waiting.sort_unstable();
    review.sort_unstable();
    review.truncate(wishes.reviews_left);
    let mut review: Vec<usize> = review.into_iter().map(|(.., index)| index).collect();
    if wishes.apart {
        review = apart(&review, |index| topics[index]);
    }
    Queue {
        learning: learning.into_iter().map(|(_, index)| index).collect(),
        review,
        new,
        waiting: waiting.into_iter().map(|(_, index)| index).collect(),
        place_of_new: wishes.place_of_new,
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
    use proptest::prelude::*;

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

    #[test]
    fn new_cards_stand_where_they_are_wished() {
        let cards: Vec<CardState> =
            (0..9).map(|index| if index % 3 == 0 { CardState::default() } else { review(-1) }).collect();
        let order = |place_of_new| {
            let wishes = Wishes { place_of_new, apart: false, ..Wishes::default() };
            let queue = arrange(cards.iter().map(|state| (0, state)), now(), &wishes);
            queue.order().map(|index| if index % 3 == 0 { 'n' } else { 'r' }).collect::<String>()
        };
        assert_eq!(order(PlaceOfNew::Last), "rrrrrrnnn");
        assert_eq!(order(PlaceOfNew::First), "nnnrrrrrr");
        assert_eq!(order(PlaceOfNew::Spread), "rrnrnrrnr");
    }

    #[test]
    fn a_limit_leaves_what_can_best_wait() {
        let cards: Vec<CardState> = (0..10).map(|index| review(-index)).collect();
        let cut = |order| {
            let wishes = Wishes { reviews_left: 3, apart: false, order, ..Wishes::default() };
            arrange(cards.iter().map(|state| (0, state)), now(), &wishes).review
        };
        assert_eq!(cut(ReviewOrder::DueDay), [9, 8, 7]);
        // By gain: a card of which nothing is known gains nothing.
        let scheduler = Scheduler::default();
        let memory = Some(crate::memory::Memory { stability: 10.0, difficulty: 5.0 });
        let last_review = Some(now().study_day().start(0));
        let mut cards = cards.clone();
        cards[0] = CardState {
            memory,
            last_review: last_review
                .map(|last| Moment { utc_millis: last.utc_millis - 20 * 86_400_000, ..last }),
            ..cards[0]
        };
        let wishes = Wishes { reviews_left: 1, order: ReviewOrder::Gain(&scheduler), ..Wishes::default() };
        assert_eq!(arrange(cards.iter().map(|state| (0, state)), now(), &wishes).review, [0]);
    }

    fn any_state() -> impl Strategy<Value = CardState> {
        prop_oneof![
            Just(CardState::default()),
            (-5..3_i32).prop_map(review),
            (-100..1_000_i64).prop_map(learning),
        ]
    }

    proptest! {
        #[test]
        fn a_queue_is_a_permutation_of_what_is_due(
            cards in prop::collection::vec((0..6_u32, any_state()), 0..80), new_left in 0..40_usize, seed: u64,
            place in 0..3_usize, gain: bool,
        ) {
            let scheduler = Scheduler::default();
            let place_of_new = [PlaceOfNew::Last, PlaceOfNew::First, PlaceOfNew::Spread][place];
            let order = if gain { ReviewOrder::Gain(&scheduler) } else { ReviewOrder::DueDay };
            let wishes = Wishes { new_left, place_of_new, order, seed, ..Wishes::default() };
            let queue = arrange(cards.iter().map(|(topic, state)| (*topic, state)), now(), &wishes);
            let mut asked: Vec<usize> = queue.order().collect();
            prop_assert_eq!(asked.len(), queue.len());
            asked.sort_unstable();
            let mut left = new_left;
            let expected: Vec<usize> = (0..cards.len())
                .filter(|&index| match cards[index].1.due() {
                    Some(due) => due.is_due(now()),
                    None if left > 0 => { left -= 1; true }
                    None => false,
                })
                .collect();
            prop_assert_eq!(asked, expected);
            prop_assert!(queue.new.is_sorted(), "new cards keep the order of the path");
            prop_assert_eq!(arrange(cards.iter().map(|(topic, state)| (*topic, state)), now(), &wishes), queue);
        }
    }
}
