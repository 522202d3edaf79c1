//! Fitting: the parameters of the model from the learner's own log.
//!
//! The parameters that everybody starts with fit the average learner. A log of one's own fits better, if there is
//! enough of it, and worse if there is not. So the fit is judged before it is used: it is made from the older four
//! fifths of the reviews, and both sets of parameters then predict the newest fifth, which neither has seen.
//! The split is by time and not by card, because that is the use that parameters are put to: to predict what
//! comes next, of cards that are known. Where the fitted ones predict better, they are fitted once more to all reviews,
//! the newest included.
//!
//! What counts as a review here is an answer on a later study day than the one before. Answers of the same day
//! (learning steps) move the memory but predict nothing, so they are part of a history and never judged.

mod judge;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use fsrs::{
    CombinedProgressState, ComputeParametersInput, FSRSError, FSRSItem, FSRSReview, compute_parameters,
};

use super::{Phase, Review, ReviewKind, Rules, Scheduler};
pub use judge::Figures;
use judge::Judgement;

/// The fewest reviews that a fit is made from; below 64 it adapts the four first stabilities only.
pub const LEAST_REVIEWS: usize = 10;

/// The share of reviews, the newest, that a fit is judged by.
const HELD_OUT: f64 = 0.2;

/// A card's history is followed up to here: what comes later tells nothing new about the model, and costs its square.
const LONGEST: usize = 256;

/// What a fit came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The fitted parameters, from all reviews. To be used where [`Fit::is_better`].
    pub parameters: Vec<f32>,
    /// How many reviews there are, and how many of them, the newest, were held out to judge by.
    pub reviews: usize,
    /// The reviews held out.
    pub held_out: usize,
    /// How well the present parameters predict what was held out.
    pub present: Figures,
    /// How well parameters that were fitted without it predict what was held out.
    pub fitted: Figures,
}

impl Fit {
    /// Whether the fitted parameters predict better: a lower log loss on the reviews held out.
    #[must_use]
    pub fn is_better(&self) -> bool {
        self.fitted.log_loss < self.present.log_loss
    }
}

/// Why there is no fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFit {
    /// The log is too short.
    #[error("fitting needs at least {LEAST_REVIEWS} reviews on later days; the log has {0}")]
    TooFew(usize),
    /// It was stopped.
    #[error("fitting was stopped")]
    Stopped,
    /// The log leads to no parameters that can be used.
    #[error("no parameters could be fitted to this log")]
    Failed,
}

/// A look at a fit from another thread: how far it is, and a way to stop it.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    training: Arc<Mutex<CombinedProgressState>>,
    second: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
}

impl Watch {
    /// How far the fit is, 0 to 1. It is made twice, and most of the time goes there.
    #[must_use]
    pub fn share(&self) -> f64 {
        let within = self.training.lock().map_or(0.0, |training| {
            if training.total() == 0 {
                return f64::from(u8::from(training.finished()));
            }
            training.current() as f64 / training.total() as f64
        });
        let before = if self.second.load(Ordering::Relaxed) { 1.0 } else { 0.0 };
        ((before + within.min(1.0)) / 2.0).min(1.0)
    }

    /// Asks the fit to stop. It does after some hundredths of a second.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Ok(mut training) = self.training.lock() {
            training.want_abort = true;
        }
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Fits parameters to the scheduled reviews of a log, in any order, and judges them against those of `present`. Cards
/// whose first answers are not in the log are left out.
///
/// Takes about 0.3 s for 100,000 answers and 3 s for a million (`docs/drill.md`): it belongs on a thread.
///
/// # Errors
/// Where the log is too short or too odd, and where the watch stopped it.
pub fn fit(reviews: &[Review], present: &Rules, watch: &Watch) -> Result<Fit, NoFit> {
    let histories = histories(reviews);
    let mut times: Vec<i64> = histories.iter().flat_map(|card| card.judged().map(|(at, _)| at)).collect();
    let count = times.len();
    if count < LEAST_REVIEWS {
        return Err(NoFit::TooFew(count));
    }
    times.sort_unstable();
    let held_out = ((count as f64 * HELD_OUT) as usize).max(1);
    let border = times[count - held_out];
    let scheduler = Scheduler::new(present.clone()).map_err(|_| NoFit::Failed)?;
    let tried = train(&histories, |at| at < border, present, watch)?;
    let judged_present = Judgement::of(&scheduler, &histories, border);
    let judged_fitted = Judgement::of(&scheduler_with(present, &tried)?, &histories, border);
    watch.second.store(true, Ordering::Relaxed);
    let parameters = train(&histories, |_| true, present, watch)?;
    scheduler_with(present, &parameters)?;
    Ok(Fit {
        parameters,
        reviews: count,
        held_out: judged_present.count(),
        present: judged_present.figures(),
        fitted: judged_fitted.figures(),
    })
}

fn scheduler_with(present: &Rules, parameters: &[f32]) -> Result<Scheduler, NoFit> {
    Scheduler::new(Rules { parameters: parameters.to_vec(), ..present.clone() }).map_err(|_| NoFit::Failed)
}

/// The answers to one card, the oldest first: when, how many study days after the one before, and the grade.
struct History(Vec<(i64, FSRSReview)>);

impl History {
    /// The answers that say something about the model's predictions: their moments, and their places in the history.
    fn judged(&self) -> impl Iterator<Item = (i64, usize)> + '_ {
        let later = |(place, (at, review)): (usize, &(i64, FSRSReview))| {
            (place > 0 && review.delta_t > 0).then_some((*at, place))
        };
        self.0.iter().take(LONGEST).enumerate().filter_map(later)
    }
}

/// The histories of cards that begin with the first answer, in the order of their ids. O(n log n).
fn histories(reviews: &[Review]) -> Vec<History> {
    let mut cards: HashMap<&str, Vec<&Review>> = HashMap::new();
    for review in reviews.iter().filter(|review| review.kind == ReviewKind::Scheduled) {
        cards.entry(&review.card).or_default().push(review);
    }
    let mut cards: Vec<(&str, Vec<&Review>)> = cards.into_iter().collect();
    cards.sort_unstable_by_key(|&(card, _)| card);
    let history = |(_, mut of_card): (&str, Vec<&Review>)| {
        of_card.sort_by(|a, b| (a.at.utc_millis, &a.id).cmp(&(b.at.utc_millis, &b.id)));
        if of_card.first()?.before.phase != Phase::New {
            return None;
        }
        let mut last = None;
        let answers = of_card.into_iter().map(|review| {
            let day = review.at.study_day();
            let delta_t = last.replace(day).map_or(0, |last| day.since(last));
            (review.at.utc_millis, FSRSReview { rating: u32::from(review.grade.number()), delta_t })
        });
        Some(History(answers.collect()))
    };
    cards.into_iter().filter_map(history).collect()
}

/// The parameters that fit the reviews of the moments that are `taken`.
fn train(
    histories: &[History],
    taken: impl Fn(i64) -> bool,
    present: &Rules,
    watch: &Watch,
) -> Result<Vec<f32>, NoFit> {
    let mut items: Vec<(i64, i64, FSRSItem)> = Vec::new();
    for (card, history) in (0..).zip(histories) {
        for (at, place) in history.judged().filter(|&(at, _)| taken(at)) {
            let reviews = history.0[..=place].iter().map(|&(_, review)| review).collect();
            items.push((at, card, FSRSItem { reviews }));
        }
    }
    // The crate counts recent reviews more, and takes the order for the age.
    items.sort_by_key(|&(at, card, _)| (at, card));
    if watch.is_stopped() {
        return Err(NoFit::Stopped);
    }
    let (card_ids, train_set) = items.into_iter().map(|(_, card, item)| (card, item)).unzip();
    let input = ComputeParametersInput {
        train_set,
        card_ids: Some(card_ids),
        progress: Some(Arc::clone(&watch.training)),
        enable_short_term: true,
        num_relearning_steps: Some(present.relearning_steps.len()),
        training_config: None,
    };
    // The crate panics on nothing that is known; were it to, a study session must not end with it.
    let fitted = catch_unwind(AssertUnwindSafe(|| compute_parameters(input)));
    if watch.is_stopped() {
        return Err(NoFit::Stopped);
    }
    match fitted {
        Ok(Ok(parameters)) => Ok(parameters),
        Ok(Err(FSRSError::Interrupted)) => Err(NoFit::Stopped),
        Ok(Err(_)) | Err(_) => Err(NoFit::Failed),
    }
}

#[cfg(test)]
mod tests;
