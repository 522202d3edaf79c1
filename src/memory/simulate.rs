//! What a choice of desired retention leads to: the work, and what is remembered for it.
//!
//! A higher retention means shorter intervals: more is remembered, and each further percent costs more than the one
//! before. Where to stop is the learner's choice, so this computes both sides and recommends nothing. (The
//! crate's "optimal retention" returns its floor in practice.)
//!
//! The simulator is that of the crate `fsrs`. It assumes that recall follows the model with these parameters, that
//! every due card is answered on its day, that new cards come at a fixed number a day as long as there are any, and
//! that grades and steps go as they do for the average user of Anki. No fuzz, no balancing, no date. So
//! compare two retentions with each other; a single figure is as good as these assumptions.

use std::sync::Arc;

use fsrs::{Card, SimulatorConfig};

use super::{CardState, Pace, Rules, Scheduler, StudyDay};

/// What a simulation goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Future {
    /// Days to look ahead: 1 to 3650.
    pub days: u32,
    /// New cards a day.
    pub new_per_day: u32,
    /// Minutes a day at most; what is over waits.
    pub minutes: Option<f64>,
    /// Seconds and grades.
    pub pace: Pace,
    /// The same seed gives the same future.
    pub seed: u64,
}

/// The days ahead under one desired retention.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// The desired retention.
    pub retention: f64,
    /// Minutes of study on each day.
    pub minutes: Vec<f32>,
    /// Reviews on each day.
    pub reviews: Vec<u32>,
    /// How many cards would be recalled if all that were ever met were asked on that day.
    pub memorised: Vec<f32>,
}

impl Workload {
    /// Minutes a day, on average.
    #[must_use]
    pub fn minutes_a_day(&self) -> f64 {
        if self.minutes.is_empty() {
            return 0.0;
        }
        self.minutes.iter().copied().map(f64::from).sum::<f64>() / self.minutes.len() as f64
    }

    /// Reviews a day, on average.
    #[must_use]
    pub fn reviews_a_day(&self) -> f64 {
        if self.reviews.is_empty() {
            return 0.0;
        }
        self.reviews.iter().copied().map(f64::from).sum::<f64>() / self.reviews.len() as f64
    }

    /// How many cards are remembered at the end.
    #[must_use]
    pub fn memorised_at_end(&self) -> f64 {
        self.memorised.last().copied().map_or(0.0, f64::from)
    }
}

/// The retentions that a chart offers: 0.70 to 0.97.
pub const RETENTIONS: [f64; 10] = [0.70, 0.75, 0.80, 0.83, 0.86, 0.88, 0.90, 0.92, 0.94, 0.97];

/// What lies ahead of these cards, new ones among them, under the desired retention; the rest of the `rules` stays. Nothing
/// where the rules cannot be followed. Under a retention that changes, the first day a card is seen is the one that its
/// present interval gave.
///
/// 1280 cards over a year take about 10 ms and 10,000 cards 70, so a chart of ten retentions takes 0.1 to 0.7 s.
#[must_use]
pub fn simulate<'a>(
    cards: impl IntoIterator<Item = &'a CardState>,
    rules: &Rules,
    retention: f64,
    future: &Future,
    today: StudyDay,
) -> Option<Workload> {
    let rules = Rules { retention, ..rules.clone() };
    let scheduler = Scheduler::new(rules).ok()?;
    let days = future.days.clamp(1, 3650) as usize;
    let parameters = Arc::new(scheduler.rules().parameters.clone());
    let (mut known, mut new) = (Vec::new(), 0);
    for state in cards {
        match known_card(state, retention, &parameters, today) {
            Some(card) => known.push(card),
            None => new += 1,
        }
    }
    let deck_size = known.len() + new;
    if deck_size == 0 {
        let nothing = vec![0.0; days];
        return Some(Workload {
            retention,
            minutes: nothing.clone(),
            reviews: vec![0; days],
            memorised: nothing,
        });
    }
    let config = config(&scheduler, future, deck_size, days);
    let result =
        fsrs::simulate(&config, &parameters, retention as f32, Some(future.seed), Some(known)).ok()?;
    Some(Workload {
        retention,
        minutes: result.cost_per_day.iter().map(|seconds| seconds / 60.0).collect(),
        reviews: result
            .review_cnt_per_day
            .iter()
            .map(|&count| u32::try_from(count).unwrap_or(u32::MAX))
            .collect(),
        memorised: result.memorized_cnt_per_day,
    })
}

/// A card as the simulator takes it, its days counted from today; nothing for a new one.
fn known_card(
    state: &CardState,
    retention: f64,
    parameters: &Arc<Vec<f32>>,
    today: StudyDay,
) -> Option<Card> {
    let (memory, last) = (state.memory?, state.last_review?.study_day());
    if !memory.stability.is_finite() || !memory.difficulty.is_finite() {
        return None;
    }
    let due = state.due()?.day();
    Some(Card {
        id: 0,
        difficulty: memory.difficulty.clamp(1.0, 10.0),
        stability: memory.stability.clamp(0.001, 36_500.0),
        last_date: -(today.since(last) as f32),
        // What is overdue is answered today.
        due: due.since(today) as f32,
        interval: due.since(last) as f32,
        lapses: state.lapses,
        desired_retention: retention as f32,
        parameters: Arc::clone(parameters),
    })
}

fn config(scheduler: &Scheduler, future: &Future, deck_size: usize, days: usize) -> SimulatorConfig {
    let rules = scheduler.rules();
    let Pace { first_seconds, review_seconds, .. } = future.pace;
    // No chances that add up to nothing.
    let shares =
        |shares: &[f64]| shares.iter().all(|share| *share >= 0.0) && shares.iter().sum::<f64>() > 0.0;
    let usual = SimulatorConfig::default();
    let (first, recalled) = (future.pace.first_grades, future.pace.recalled_grades);
    let (first_seconds, review_seconds) = (first_seconds.max(0.0) as f32, review_seconds.max(0.0) as f32);
    SimulatorConfig {
        deck_size,
        learn_span: days,
        max_cost_perday: future.minutes.map_or(f32::MAX, |minutes| (minutes * 60.0) as f32),
        max_ivl: rules.maximum_days as f32,
        first_rating_prob: if shares(&first) {
            first.map(|share| share as f32)
        } else {
            usual.first_rating_prob
        },
        review_rating_prob: if shares(&recalled) {
            recalled.map(|share| share as f32)
        } else {
            usual.review_rating_prob
        },
        learn_limit: future.new_per_day as usize,
        review_limit: usize::MAX,
        // The simulator counts one time for all answers of a phase: a first answer is one of several in the learning steps.
        state_rating_costs: [
            [(first_seconds + review_seconds) / 2.0; 4],
            [review_seconds; 4],
            [review_seconds; 4],
        ],
        learning_step_count: rules.steps.len(),
        relearning_step_count: rules.relearning_steps.len(),
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Memory, Moment, Phase};

    const TODAY: StudyDay = StudyDay(20_000);

    fn future() -> Future {
        Future { days: 365, new_per_day: 10, minutes: None, pace: Pace::default(), seed: 1 }
    }

    fn run(cards: &[CardState], retention: f64, future: &Future) -> Workload {
        simulate(cards, &Rules::default(), retention, future, TODAY).expect("valid rules")
    }

    #[test]
    fn more_retention_costs_more_and_gives_more() {
        let cards = vec![CardState::default(); 500];
        let runs = RETENTIONS.map(|retention| run(&cards, retention, &future()));
        for pair in runs.windows(2) {
            let [less, more] = pair else { continue };
            assert!(less.minutes_a_day() < more.minutes_a_day());
            // At the end all were met, and each is remembered with at least the retention, about.
            assert!(less.memorised_at_end() < more.memorised_at_end() + 5.0);
            assert!(more.memorised_at_end() > 500.0 * more.retention && more.memorised_at_end() <= 500.0);
        }
        let doubled = runs[9].minutes_a_day() / runs[6].minutes_a_day();
        assert!(doubled > 1.8, "97% costs much more than 90%: {doubled}");
    }

    #[test]
    fn limits_hold_and_a_seed_repeats() {
        let cards = vec![CardState::default(); 500];
        let narrow = Future { minutes: Some(10.0), ..future() };
        let work = run(&cards, 0.9, &narrow);
        // The card on which the minutes run out is finished: a first answer and at most five in the steps.
        assert!(work.minutes.iter().all(|&minutes| minutes <= 10.0 + 1.6), "{:?}", work.minutes);
        assert_eq!(run(&cards, 0.9, &narrow), work);
        assert_eq!(work.minutes.len(), 365);
        let none = run(&[], 0.9, &future());
        assert_eq!((none.minutes_a_day(), none.memorised_at_end(), none.minutes.len()), (0.0, 0.0, 365));
        let without_new = run(&cards, 0.9, &Future { new_per_day: 0, ..future() });
        assert_eq!(without_new.minutes_a_day(), 0.0);
        assert_eq!(simulate(&cards, &Rules::default(), 0.5, &future(), TODAY), None);
    }

    #[test]
    fn known_cards_are_asked_when_they_are_due() {
        let known = |due: i32, stability| CardState {
            phase: Phase::Review { due: StudyDay(TODAY.0 + due) },
            memory: Some(Memory { stability, difficulty: 5.0 }),
            last_review: Some(Moment { utc_millis: (TODAY - 30).start(0).utc_millis, offset_minutes: 0 }),
            reps: 4,
            lapses: 0,
        };
        let cards = [known(-5, 20.0), known(3, 40.0), known(3, 40.0)];
        let work = run(&cards, 0.9, &Future { days: 8, ..future() });
        assert_eq!((work.reviews[0], work.reviews[3]), (1, 2));
        // A memory that is damaged counts as none: the card is new.
        let odd = known(0, f32::NAN);
        assert!(run(&[odd], 0.9, &future()).minutes_a_day() > 0.0);
    }
}
