//! The interview date: what to learn until then, how much on which day, and how ready one will be.
//!
//! A plan is made of weights. Cards that are being learned come first; then new ones, all core cards
//! before all standard ones, those before the deep ones, each in the order of the path. A card is taken in
//! where every review that it is expected to need until the date still fits into the minutes of its day.
//! What does not fit is left out, and the plan says so now, not on the evening before.
//!
//! New cards are spread evenly over the days up to the last week, which belongs to a last look at what is
//! weakest. A tenth of each day's minutes stays free: a plan that needs every minute is broken by the first
//! bad day. It is made anew each day from what has really happened, so a missed day costs some cards at the end
//! of the list and nothing else.

mod course;
mod days;
mod ready;

use super::{CardState, Horizon, LAST_DAYS, Scheduler, StudyDay};
use course::Outlook;
use days::Days;
pub use ready::{Ready, readiness};

/// How much a card counts for an interview.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CardWeight {
    /// An interview next week needs it.
    Core,
    /// What a well prepared candidate knows.
    #[default]
    Standard,
    /// For those who have the time.
    Deep,
}

impl CardWeight {
    /// How much its recall counts in a readiness: 4, 1 and a quarter. With 4 core, 8 standard and 4 deep cards to
    /// a topic, core makes up two thirds of it.
    #[must_use]
    pub fn points(self) -> f64 {
        match self {
            CardWeight::Core => 4.0,
            CardWeight::Standard => 1.0,
            CardWeight::Deep => 0.25,
        }
    }
}

/// A card, as a plan sees it. Cards stand in the order of the path; suspended ones are left away.
#[derive(Clone, Copy, Debug)]
pub struct PlanCard {
    /// What is known of it.
    pub state: CardState,
    /// How much it counts.
    pub weight: CardWeight,
    /// The number of its topic, from 0 without gaps.
    pub topic: u32,
    /// How long it takes, as a multiple of the [`Pace`]: 1 for most kinds, more for open answers.
    pub effort: f32,
}

/// How fast the learner is, and how well new cards go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds for the first answer to a new card.
    pub first_seconds: f64,
    /// Seconds for every other answer.
    pub review_seconds: f64,
    /// The shares of the four grades among first answers, from Again to Easy.
    pub first_grades: [f64; 4],
    /// How many answers a learning step takes on average, since some are wrong.
    pub tries: f64,
}

impl Default for Pace {
    /// 20 and 10 seconds. The shares of first grades and the tries are those of the average user of Anki (as the
    /// simulator of the crate `fsrs` 6.6.2 has them).
    fn default() -> Pace {
        Pace {
            first_seconds: 20.0,
            review_seconds: 10.0,
            first_grades: [0.24, 0.094, 0.495, 0.171],
            tries: 1.25,
        }
    }
}

/// What is wished for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// The date to be ready by, and the recall wanted on it.
    pub horizon: Horizon,
    /// Minutes a day.
    pub minutes: f64,
    /// Minutes that were already studied today.
    pub spent: f64,
}

/// The share of a day's minutes that a plan fills.
pub const FILL: f64 = 0.9;

/// What a plan has in mind for a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is being learned and stays in; its next review is on that day.
    Known(StudyDay),
    /// It is new, and met on that day.
    Met(StudyDay),
    /// It is left out.
    LeftOut(Why),
}

/// Why a card is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is new, and the minutes go to cards that count more.
    NoTimeToLearn,
    /// It is known, and the minutes up to the date are full with cards that count more.
    NoTimeToReview,
    /// No study day lies before the date on which a new card could still be met and seen again.
    TooLate,
}

/// A day of a plan. All figures but `new` are expectations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanDay {
    /// The day.
    pub day: StudyDay,
    /// New cards.
    pub new: u32,
    /// Reviews of cards that were learned before.
    pub reviews: f64,
    /// Minutes, with the steps of what is new and of what was forgotten: never more than the goal's.
    pub minutes: f64,
}

/// What is to be done on the first day of a plan, as indexes of the cards given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// Cards that are due, those that count most first.
    pub review: Vec<usize>,
    /// New cards.
    pub new: Vec<usize>,
    /// In the last week: cards that are not due but weakest on the date, as many as the minutes allow.
    pub last_look: Vec<usize>,
}

/// A plan up to a date.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The goal it was made for.
    pub goal: Goal,
    /// From today to the day before the date.
    pub days: Vec<PlanDay>,
    /// What it has in mind for each card, in the order given.
    pub fates: Vec<Fate>,
    /// What to do today.
    pub today: Today,
    /// Readiness of each topic, by its number.
    pub topics: Vec<Ready>,
    /// Readiness over all cards.
    pub all: Ready,
    /// Readiness over the core cards.
    pub core: Ready,
}

impl Plan {
    /// How many cards are learned or will be.
    #[must_use]
    pub fn cards_in(&self) -> usize {
        self.fates.iter().filter(|fate| !matches!(fate, Fate::LeftOut(_))).count()
    }

    /// The indexes of the cards that are left out, and why.
    pub fn left_out(&self) -> impl Iterator<Item = (usize, Why)> + '_ {
        self.fates.iter().enumerate().filter_map(|(index, fate)| match fate {
            Fate::LeftOut(why) => Some((index, *why)),
            _ => None,
        })
    }
}

/// The plan for a goal, as seen from `today`. Where the date is today or past, it has no days and leaves out
/// nothing but new cards.
///
/// O(cards × days): 1280 cards and three weeks take some milliseconds, sixteen weeks some tens.
#[must_use]
pub fn plan(scheduler: &Scheduler, cards: &[PlanCard], pace: &Pace, goal: Goal, today: StudyDay) -> Plan {
    let outlook = Outlook { scheduler, pace, horizon: goal.horizon, today };
    let mut days = Days::new(outlook, goal);
    let mut order: Vec<usize> = (0..cards.len()).collect();
    order.sort_by_key(|&index| (cards[index].weight, index));
    let mut fates = vec![Fate::LeftOut(Why::TooLate); cards.len()];
    let mut recalls = vec![0.0; cards.len()];
    for &index in order.iter().filter(|&&index| !cards[index].state.is_new()) {
        (fates[index], recalls[index]) = days.take_known(&cards[index]);
    }
    let new: Vec<usize> = order.into_iter().filter(|&index| cards[index].state.is_new()).collect();
    let efforts: Vec<f64> = new.iter().map(|&index| f64::from(cards[index].effort)).collect();
    for (index, met) in new.into_iter().zip(days.take_new(&efforts)) {
        if let Some((day, recall)) = met {
            fates[index] = Fate::Met(today + day);
            recalls[index] = recall;
        } else if days.may_start() {
            fates[index] = Fate::LeftOut(Why::NoTimeToLearn);
        }
    }
    let now: Vec<f64> = cards.iter().map(|card| ready::recall(scheduler, card, goal.horizon.date)).collect();
    let (topics, all, core) = readiness(cards, &now, &recalls);
    let today = first_day(cards, &fates, &now, &mut days, today, goal);
    Plan { goal, days: days.into_days(), fates, today, topics, all, core }
}

/// What falls on the first day, and in the last week what the free minutes of it are good for.
fn first_day(
    cards: &[PlanCard],
    fates: &[Fate],
    now: &[f64],
    days: &mut Days,
    today: StudyDay,
    goal: Goal,
) -> Today {
    let mut first = Today::default();
    for (index, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Known(day) if *day <= today => first.review.push(index),
            Fate::Met(day) if *day <= today => first.new.push(index),
            _ => {}
        }
    }
    first.review.sort_by_key(|&index| (cards[index].weight, index));
    first.new.sort_by_key(|&index| (cards[index].weight, index));
    let left = goal.horizon.date.since(today);
    if (1..=LAST_DAYS).contains(&left) {
        let gain = |index: usize| cards[index].weight.points() * (1.0 - now[index]);
        let mut weakest: Vec<usize> = fates
            .iter()
            .enumerate()
            .filter(|(_, fate)| matches!(fate, Fate::Known(day) if *day > today))
            .map(|(index, _)| index)
            .filter(|&index| {
                let seen = cards[index].state.last_review.map(|last| last.study_day());
                seen.is_none_or(|day| day < today) && now[index] < goal.horizon.recall
            })
            .collect();
        weakest.sort_by(|&a, &b| gain(b).total_cmp(&gain(a)).then(a.cmp(&b)));
        first.last_look = weakest.into_iter().filter(|&index| days.take_look(&cards[index])).collect();
    }
    first
}
