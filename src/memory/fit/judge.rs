//! How well parameters predict: log loss, and the calibration error that the benchmark of FSRS calls RMSE (bins).

use std::collections::BTreeMap;

use super::History;
use crate::memory::{Grade, Scheduler};

/// How well reviews were predicted. Lower is better for both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// The mean of -ln p, where p is the chance that was given to what then happened. 0.33 is usual.
    pub log_loss: f64,
    /// The root mean square difference between predicted and real recall, over groups of reviews that are alike in
    /// interval, number of reviews and lapses, weighted by their sizes. 0.05 is usual.
    pub rmse: f64,
}

/// Predictions beside what happened, as they add up.
#[derive(Default)]
pub(super) struct Judgement {
    loss: f64,
    bins: BTreeMap<Bin, Sums>,
}

/// Interval, earlier reviews, lapses: the whole parts of their logarithms. The bases are those of the benchmark.
type Bin = (i32, i32, i32);

#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    predicted: f64,
    recalled: f64,
}

impl Judgement {
    /// What the scheduler's parameters predict for the reviews from the moment `border` on. O(n).
    pub fn of(scheduler: &Scheduler, histories: &[History], border: i64) -> Judgement {
        let mut judgement = Judgement::default();
        for history in histories {
            let mut judged =
                history.judged().filter(|&(at, _)| at >= border).map(|(_, place)| place).peekable();
            let (mut memory, mut reviews, mut lapses) = (None, 0_u32, 0_u32);
            for (place, &(_, review)) in history.0.iter().enumerate() {
                if judged.next_if_eq(&place).is_some()
                    && let Some(memory) = memory
                {
                    let chance = scheduler.recall(memory, f64::from(review.delta_t));
                    judgement.add(chance, review.rating > 1, bin(review.delta_t, reviews + 1, lapses));
                }
                if judged.peek().is_none() {
                    break;
                }
                reviews += u32::from(review.delta_t > 0);
                lapses += u32::from(review.delta_t > 0 && review.rating == 1);
                let grade = Grade::from_number(i64::from(review.rating)).unwrap_or(Grade::Good);
                let next = scheduler.next_memories(memory, review.delta_t);
                memory = Some(next[usize::from(grade.number()) - 1].0);
            }
        }
        judgement
    }

    fn add(&mut self, chance: f64, recalled: bool, bin: Bin) {
        // A certainty that fails would cost infinitely much.
        let chance = chance.clamp(1e-4, 1.0 - 1e-4);
        self.loss -= if recalled { chance.ln() } else { (1.0 - chance).ln() };
        let sums = self.bins.entry(bin).or_default();
        sums.count += 1.0;
        sums.predicted += chance;
        sums.recalled += f64::from(u8::from(recalled));
    }

    /// How many reviews were judged.
    pub fn count(&self) -> usize {
        self.bins.values().map(|sums| sums.count).sum::<f64>() as usize
    }

    pub fn figures(&self) -> Figures {
        let count: f64 = self.bins.values().map(|sums| sums.count).sum();
        if count == 0.0 {
            return Figures::default();
        }
        let squares = self.bins.values().map(|sums| {
            let off = (sums.predicted - sums.recalled) / sums.count;
            off * off * sums.count
        });
        Figures { log_loss: self.loss / count, rmse: (squares.sum::<f64>() / count).sqrt() }
    }
}

/// The group of a review `days` after the one before, the `reviews`-th on a later day, counted from 2 for the first one,
/// after `lapses`.
fn bin(days: u32, reviews: u32, lapses: u32) -> Bin {
    let whole_log = |value: u32, base: f64| f64::from(value).log(base).floor() as i32;
    let lapses = if lapses == 0 { -1 } else { whole_log(lapses, 1.73) };
    (whole_log(days, 3.62), whole_log(reviews + 1, 1.89), lapses)
}
