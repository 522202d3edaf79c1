//! What is counted over the rounds, and what the histories are held against.

use super::Shown;
use super::knobs::Knobs;
use super::oracle::{by_trying, explains};
use super::store::Promise;
use crate::lab::measure::Histogram;
use crate::lab::verdicts::{SHOWN, Verdicts};
use crate::systems::history::Verdict;

/// The counts.
#[derive(Clone)]
pub(super) struct Tally {
    /// Rounds that were begun.
    pub(super) begun: u64,
    /// Rounds that are over.
    rounds: u64,
    /// Of these, those that each of the models that are shown allows.
    allowed: [u64; 4],
    pub(super) unanswered: u64,
    pub(super) reads: Histogram,
    pub(super) writes: Histogram,
    /// Whether a round of the sequential store was not linearizable.
    pub(super) untimely: bool,
    /// Which rules have held so far.
    pub(super) holds: [bool; 3],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            begun: 0,
            rounds: 0,
            allowed: [0; 4],
            unanswered: 0,
            reads: Histogram::default(),
            writes: Histogram::default(),
            untimely: false,
            holds: [true; 3],
        }
    }
}

impl Tally {
    /// A round is over.
    pub(super) fn count(&mut self, round: &Shown, promise: Promise) {
        self.rounds += 1;
        for (count, verdict) in self.allowed.iter_mut().zip(&round.verdicts.all) {
            *count += u64::from(verdict.holds());
        }
        // The promise is the store's, so it is the sound checkers that are asked.
        let sound = Verdicts::of(&round.history);
        let kept = SHOWN.iter().zip(&sound.all).find(|(model, _)| **model == promise.model());
        self.holds[0] &= kept.is_none_or(|(_, verdict)| !verdict.fails());
        self.untimely |= promise == Promise::Sequential && sound.all[0].fails();
    }

    /// Holds verdicts against what is known without the checkers.
    pub(super) fn hold_against(&mut self, shown: &Shown) {
        let verdicts = &shown.verdicts.all;
        for (model, verdict) in SHOWN[..2].iter().zip(verdicts) {
            let tried = by_trying(&shown.history, *model);
            self.holds[1] &=
                tried.is_none_or(|tried| *verdict == Verdict::TooLong || tried == verdict.holds());
            if let Verdict::Holds(orders) = verdict {
                let calls = shown.history.calls();
                self.holds[2] &= orders.iter().all(|order| explains(calls, &order.calls));
            }
        }
        let weaker = [(0, 1), (1, 2), (0, 3)];
        self.holds[2] &=
            weaker.iter().all(|&(strong, weak)| !verdicts[strong].holds() || !verdicts[weak].fails());
    }

    /// The share of rounds that each of the models that are shown allows, where there is one.
    pub(super) fn shares(&self) -> Option<[f64; 4]> {
        (self.rounds > 0).then(|| self.allowed.map(|count| count as f64 / self.rounds as f64))
    }

    /// Rounds that are over.
    pub(super) fn rounds(&self) -> u64 {
        self.rounds
    }

    /// The readings, in the order of the listing.
    pub(super) fn readings(&self, knobs: &Knobs, shown: &Shown) -> Vec<f64> {
        let [linear, sequential, causal, settled] = self.shares().unwrap_or([f64::NAN; 4]);
        let (read, write) = knobs.promise.times(knobs.lag);
        let mean = |times: &Histogram| if times.count() == 0 { f64::NAN } else { times.mean() / 1e6 };
        vec![
            self.rounds as f64,
            linear,
            sequential,
            causal,
            settled,
            mean(&self.reads),
            read.as_millis_f64(),
            mean(&self.writes),
            write.as_millis_f64(),
            self.unanswered as f64,
            shown.history.calls().len() as f64,
            shown.verdicts.all.iter().filter(|verdict| verdict.holds()).count() as f64,
        ]
    }
}
