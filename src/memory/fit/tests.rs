//! Fits to logs that were made with known parameters, and to odd ones.

use std::sync::Arc;

use fsrs::{FSRS, FSRSItem};
use proptest::prelude::*;

use super::judge::Judgement;
use super::*;
use crate::memory::fuzz::mix;
use crate::memory::{CardState, EventId, Grade, Moment, StudyDay};

/// The log of a learner who remembers by `truth`, as long as its cards are due within `days`; scheduled by `by`.
pub(super) fn log(truth: &Rules, by: &Rules, cards: u32, days: i32, seed: u64) -> Vec<Review> {
    let truth = Scheduler::new(truth.clone()).expect("rules in a test");
    let by = Scheduler::new(by.clone()).expect("rules in a test");
    let rules = Arc::new(by.rules().clone());
    let mut reviews = Vec::new();
    let mut coins = seed;
    let mut coin = || {
        coins = coins.wrapping_add(1);
        (mix(coins) >> 11) as f64 / (1_u64 << 53) as f64
    };
    for card in 0..cards {
        let (mut state, mut real) = (CardState::default(), CardState::default());
        let mut now = StudyDay(20_000 + (card % 60) as i32).start(0).plus_minutes(300);
        while now.study_day().0 < 20_000 + days {
            let recall =
                real.memory.map_or(0.75, |memory| truth.recall(memory, f64::from(real.elapsed_days(now))));
            let grade = match coin() {
                forgot if forgot >= recall => Grade::Again,
                hard if hard < 0.1 * recall => Grade::Hard,
                easy if easy < 0.2 * recall => Grade::Easy,
                _ => Grade::Good,
            };
            let seed = reviews.len() as u64;
            let after = by.answer(&state, grade, now, seed);
            real = truth.answer(&real, grade, now, seed);
            reviews.push(Review {
                id: EventId::new(now, reviews.len() as u128),
                card: format!("card-{card}"),
                at: now,
                grade,
                answer: None,
                seed,
                took_millis: 9000,
                kind: ReviewKind::Scheduled,
                before: state,
                after,
                rules: Arc::clone(&rules),
            });
            state = after;
            now = state.due_moment(now).max(now).plus_minutes(1);
        }
    }
    reviews
}

/// A learner who forgets much faster than the average.
fn forgetful() -> Rules {
    let mut rules = Rules::default();
    rules.parameters[..4].copy_from_slice(&[0.1, 0.4, 0.9, 3.0]);
    rules.parameters[8] = 1.4;
    rules
}

#[test]
fn who_differs_from_the_average_is_predicted_better_after_a_fit() {
    let present = Rules::default();
    let reviews = log(&forgetful(), &present, 400, 300, 1);
    let fit = fit(&reviews, &present, &Watch::default()).expect("a long log");
    assert!(
        fit.reviews > 2000 && fit.held_out * 4 < fit.reviews && fit.held_out * 6 > fit.reviews,
        "{fit:?}"
    );
    assert!(fit.is_better() && fit.fitted.rmse < fit.present.rmse, "{fit:?}");
    // The truth predicts best, and the fit comes within a hundredth of it.
    let histories = histories(&reviews);
    let border = i64::MIN;
    let loss = |parameters: &[f32]| {
        let scheduler = scheduler_with(&present, parameters).expect("parameters in a test");
        Judgement::of(&scheduler, &histories, border).figures().log_loss
    };
    let (truth, fitted, average) =
        (loss(&forgetful().parameters), loss(&fit.parameters), loss(&present.parameters));
    assert!(fitted < truth + 0.01 && fitted < average - 0.005, "{truth} {fitted} {average}");
}

#[test]
fn the_figures_are_those_of_the_crate() {
    // One group of reviews: the crate weighs reviews by age, which makes no difference within one group or for one review.
    let reviews: Vec<Review> = log(&forgetful(), &Rules::default(), 300, 90, 3);
    let mut histories = histories(&reviews);
    let scheduler = Scheduler::default();
    let model = FSRS::default();
    let item =
        |history: &History| FSRSItem { reviews: history.0.iter().map(|&(_, review)| review).collect() };
    let mut sum = 0.0;
    for history in &mut histories {
        // Up to the last answer that is judged.
        let last = history.judged().map(|(_, place)| place).last().expect("ninety days have several");
        history.0.truncate(last + 1);
        let border = history.0[last].0;
        let ours = Judgement::of(&scheduler, std::slice::from_ref(history), border);
        assert_eq!(ours.count(), 1);
        let theirs = model.evaluate(vec![item(history)], |_| true).expect("finite");
        // Single precision: a probability is good to 1e-6, and the smallest here is some hundredths.
        assert!((ours.figures().log_loss - f64::from(theirs.log_loss)).abs() < 1e-4, "{:?}", history.0);
        assert!((ours.figures().rmse - f64::from(theirs.rmse_bins)).abs() < 1e-5);
        sum += ours.figures().log_loss;
    }
    assert!(sum > 0.0);
    // The first reviews after one Good, all in one group.
    let first: Vec<History> = histories
        .into_iter()
        .filter_map(|mut history| {
            let place = history.judged().next()?.1;
            history.0.truncate(place + 1);
            (history.0.len() == 3 && history.0[0].1.rating == 3 && history.0[2].1.delta_t == 2)
                .then_some(history)
        })
        .collect();
    assert!(first.len() > 50);
    let ours = Judgement::of(&scheduler, &first, i64::MIN);
    let theirs = model.evaluate(first.iter().map(item).collect(), |_| true).expect("finite");
    // The crate sums in single precision: 100 terms of about 0.9.
    assert!((ours.figures().rmse - f64::from(theirs.rmse_bins)).abs() < 1e-4);
}

#[test]
fn a_short_log_is_said_to_be_short() {
    let present = Rules::default();
    assert_eq!(fit(&[], &present, &Watch::default()), Err(NoFit::TooFew(0)));
    let reviews = log(&present, &present, 60, 75, 1);
    let few: Vec<Review> = reviews.iter().take(10).cloned().collect();
    let Err(NoFit::TooFew(found)) = fit(&few, &present, &Watch::default()) else {
        panic!("fitted to a handful")
    };
    assert!(found < LEAST_REVIEWS);
    // Below 64 only the first four parameters move. Sixty cards up to their first review on a later day:
    let mut reviews = log(&forgetful(), &present, 60, 75, 1);
    let mut seen = HashMap::new();
    reviews.retain(|review| {
        let before = *seen.entry(review.card.clone()).or_insert(0);
        seen.insert(review.card.clone(), before + u32::from(review.before.elapsed_days(review.at) > 0));
        before == 0
    });
    let fit = fit(&reviews, &present, &Watch::default()).expect("sixty reviews");
    assert_eq!(fit.reviews, 60);
    assert_eq!(fit.parameters[4..], present.parameters[4..]);
    assert_ne!(fit.parameters[..4], present.parameters[..4]);
}

#[test]
fn practice_and_cards_without_a_beginning_are_left_out() {
    let present = Rules::default();
    let mut reviews = log(&present, &present, 30, 75, 1);
    let all: usize = histories(&reviews).iter().map(|history| history.judged().count()).sum();
    let mut practice = reviews[0].clone();
    practice.kind = ReviewKind::Practice;
    reviews.push(practice);
    assert_eq!(histories(&reviews).iter().map(|history| history.judged().count()).sum::<usize>(), all);
    let begun = reviews.iter().position(|review| review.card == "card-0" && review.before.is_new());
    reviews.remove(begun.expect("it is in the log"));
    assert_eq!(histories(&reviews).len(), 29);
}

#[test]
fn a_watch_stops_it_and_sees_it_end() {
    let present = Rules::default();
    let reviews = log(&forgetful(), &present, 100, 100, 1);
    let watch = Watch::default();
    assert_eq!(watch.share(), 0.0);
    assert!(fit(&reviews, &present, &watch).is_ok());
    assert_eq!(watch.share(), 1.0);
    let watch = Watch::default();
    watch.stop();
    assert_eq!(fit(&reviews, &present, &watch), Err(NoFit::Stopped));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_log_is_too_odd(
        answers in prop::collection::vec((0..6_u32, 1..5_i64, -40_000_000_000_i64..400_000_000_000, -1000..1000_i32), 0..400),
        same_grade in prop::option::of(1..5_i64), one_day: bool,
    ) {
        let mut reviews = log(&Rules::default(), &Rules::default(), 1, 1, 0);
        let first = reviews.remove(0);
        let at = first.at.utc_millis;
        let reviews: Vec<Review> = answers
            .into_iter()
            .enumerate()
            .map(|(index, (card, grade, later, offset_minutes))| {
                let later = if one_day { later / 100_000 } else { later };
                let at = Moment { utc_millis: at + later, offset_minutes };
                Review {
                    id: EventId::new(at, index as u128),
                    card: format!("card-{card}"),
                    at,
                    grade: Grade::from_number(same_grade.unwrap_or(grade)).expect("1 to 4"),
                    before: CardState::default(),
                    ..first.clone()
                }
            })
            .collect();
        match fit(&reviews, &Rules::default(), &Watch::default()) {
            Ok(fit) => {
                prop_assert_eq!(fit.parameters.len(), 21);
                prop_assert!(fit.parameters.iter().all(|parameter| parameter.is_finite()));
                prop_assert!(fit.present.log_loss.is_finite() && fit.fitted.log_loss.is_finite());
                prop_assert!(fit.held_out > 0 && fit.held_out <= fit.reviews);
            }
            Err(error) => prop_assert_ne!(error, NoFit::Stopped),
        }
    }
}
