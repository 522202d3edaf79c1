//! Readiness: predicted recall on the date, weighted by how much a card counts.

use super::{CardWeight, PlanCard};
use crate::memory::{Scheduler, StudyDay};

/// How ready one is on the date: the mean of the predicted recalls, weighted by [`CardWeight::points`]. A card that was
/// never met counts as not recalled, also where a plan leaves it out. 0 to 1; 0 where there are no cards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ready {
    /// Where nothing more is studied until then.
    pub now: f64,
    /// Where the plan is kept.
    pub then: f64,
}

/// The chance of recall of a card on `date` where it is not studied before: 0 for a new one.
pub(super) fn recall(scheduler: &Scheduler, card: &PlanCard, date: StudyDay) -> f64 {
    match (card.state.memory, card.state.last_review) {
        (Some(memory), Some(last)) => {
            scheduler.recall(memory, f64::from(date.since(last.study_day()))).clamp(0.0, 1.0)
        }
        _ => 0.0,
    }
}

/// Readiness by topic, over all cards and over the core cards, from the recall of each card `now` and `then`. O(cards).
#[must_use]
pub fn readiness(cards: &[PlanCard], now: &[f64], then: &[f64]) -> (Vec<Ready>, Ready, Ready) {
    let topics = cards.iter().map(|card| card.topic as usize + 1).max().unwrap_or(0);
    let mut sums = vec![Sum::default(); topics];
    let (mut all, mut core) = (Sum::default(), Sum::default());
    for ((card, &now), &then) in cards.iter().zip(now).zip(then) {
        sums[card.topic as usize].add(card.weight, now, then);
        all.add(card.weight, now, then);
        if card.weight == CardWeight::Core {
            core.add(card.weight, now, then);
        }
    }
    (sums.into_iter().map(Sum::mean).collect(), all.mean(), core.mean())
}

#[derive(Clone, Copy, Default)]
struct Sum {
    points: f64,
    now: f64,
    then: f64,
}

impl Sum {
    fn add(&mut self, weight: CardWeight, now: f64, then: f64) {
        let points = weight.points();
        self.points += points;
        self.now += points * now;
        self.then += points * then;
    }

    fn mean(self) -> Ready {
        if self.points == 0.0 {
            return Ready::default();
        }
        Ready { now: self.now / self.points, then: self.then / self.points }
    }
}
