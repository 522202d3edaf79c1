//! The interview date: what to learn until then, how much on which day, and how ready one will be.
//!
//! A plan is made of weights. Cards that are being learned come first; then new ones, all core cards
//! before all standard ones, those before the deep ones, each in the order of the path. A card is taken in
//! where every review that it is expected to need until the date still fits into the minutes of its day.
//! What does not fit is left out, and the plan says so now, not on the evening before.
//!
//! New cards are spread evenly over the days up to the last week, which belongs to a last look at what is
//! weakest, and to core cards that were not met yet. A tenth of each day's minutes stays free: a plan that needs every minute is broken by the first
//! bad day. It is made anew each day from what has really happened, so a missed day costs some cards at the end
//! of the list and nothing else.

mod course;
mod days;
mod pace;
mod ready;

use super::{CardState, Horizon, LAST_DAYS, Moment, Scheduler, StudyDay};
use course::Outlook;
use days::Days;
pub use pace::Pace;
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
    /// How much its recall counts in a readiness: 4, 2 and 1, as in the progress by topic.
    #[must_use]
    pub fn points(self) -> f64 {
        match self {
            CardWeight::Core => 4.0,
            CardWeight::Standard => 2.0,
            CardWeight::Deep => 1.0,
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

/// What is wished for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// The day on which the date was set: how long the last days without new cards are depends on the whole way.
    pub since: StudyDay,
    /// The date to be ready by, and the recall wanted on it.
    pub horizon: Horizon,
    /// Minutes a day.
    pub minutes: f64,
    /// What was done of it today.
    pub done: Done,
}

/// What was done today already: a plan that is made anew in the middle of a day asks for the rest of it, and for no more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Done {
    /// Minutes that were studied.
    pub minutes: f64,
    /// New cards that were met.
    pub met: u32,
    /// Answers to cards before they were due: last looks.
    pub looked: u32,
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
    /// Reviews of cards that were learned before, last looks among them.
    pub reviews: f64,
    /// Those of the reviews that are last looks: for which only the date asks.
    pub looks: f64,
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
    /// In the last week: cards that are not due but weakest on the date, a day's part of them and as many as the minutes
    /// allow.
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
    for &index in order.iter().filter(|&&index| is_known(&cards[index])) {
        (fates[index], recalls[index]) = days.take_known(&cards[index]);
    }
    let new: Vec<usize> = order.into_iter().filter(|&index| !is_known(&cards[index])).collect();
    let met = days.take_new(&new.iter().map(|&index| &cards[index]).collect::<Vec<_>>());
    for (index, met) in new.into_iter().zip(met) {
        if let Some((day, recall)) = met {
            fates[index] = Fate::Met(today + day);
            recalls[index] = recall;
        } else if days.may_start(cards[index].weight) {
            fates[index] = Fate::LeftOut(Why::NoTimeToLearn);
        }
    }
    let now: Vec<f64> = cards.iter().map(|card| ready::recall(scheduler, card, goal.horizon.date)).collect();
    let (topics, all, core) = readiness(cards, &now, &recalls);
    let today = first_day(cards, &fates, &now, &mut days, today, goal);
    Plan { goal, days: days.into_days(), fates, today, topics, all, core }
}

/// Whether a card is being learned. One whose stored memory is damaged is as good as new.
fn is_known(card: &PlanCard) -> bool {
    !card.state.is_new() && card.state.memory.is_some_and(|memory| memory.stability.is_finite())
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
                let seen = cards[index].state.last_review.map(Moment::study_day);
                seen.is_none_or(|day| day < today) && now[index] < goal.horizon.recall
            })
            .collect();
        weakest.sort_by(|&a, &b| gain(b).total_cmp(&gain(a)).then(a.cmp(&b)));
        // The rest on the days behind, nearer to the date; and what was looked at today was part of today's.
        let looked = goal.done.looked as usize;
        let share = (weakest.len() + looked).div_ceil(left as usize);
        weakest.truncate(share.saturating_sub(looked));
        first.last_look = weakest.into_iter().filter(|&index| days.take_look(&cards[index])).collect();
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Memory, Phase};
    use proptest::prelude::*;

    const TODAY: StudyDay = StudyDay(20_000);

    fn goal(days: u32, minutes: f64) -> Goal {
        let horizon = Horizon { date: TODAY + days, recall: Horizon::RECALL };
        Goal { since: TODAY, horizon, minutes, done: Done::default() }
    }

    fn new(weight: CardWeight, topic: u32) -> PlanCard {
        PlanCard { state: CardState::default(), weight, topic, effort: 1.0 }
    }

    fn known(weight: CardWeight, stability: f32, ago: u32, due: i32) -> PlanCard {
        let last_review = Some((TODAY - ago).start(0).plus_minutes(300));
        let state = CardState {
            phase: Phase::Review { due: StudyDay(TODAY.0 + due) },
            memory: Some(Memory { stability, difficulty: 5.0 }),
            last_review,
            reps: 3,
            lapses: 0,
        };
        PlanCard { state, ..new(weight, 0) }
    }

    fn make(cards: &[PlanCard], goal: Goal) -> Plan {
        plan(&Scheduler::default(), cards, &Pace::default(), goal, TODAY)
    }

    #[test]
    fn core_comes_before_standard_and_standard_before_deep_each_in_the_order_of_the_path() {
        use CardWeight::{Core, Deep, Standard};
        let cards: Vec<PlanCard> =
            (0..300).map(|index| new([Deep, Core, Standard][index % 3], index as u32 / 10)).collect();
        let plan = make(&cards, goal(21, 12.0));
        let met = |weight| -> Vec<Option<StudyDay>> {
            let of_weight = cards.iter().zip(&plan.fates).filter(|(card, _)| card.weight == weight);
            of_weight.map(|(_, fate)| if let Fate::Met(day) = fate { Some(*day) } else { None }).collect()
        };
        assert!(met(Core).iter().all(Option::is_some) && met(Core).is_sorted());
        let standard: Vec<StudyDay> = met(Standard).into_iter().flatten().collect();
        assert!(!standard.is_empty() && standard.len() < 100 && standard.is_sorted());
        // What is left out is left out for want of minutes, and stands behind what is in.
        assert!(met(Standard)[..standard.len()].iter().all(Option::is_some));
        assert!(met(Deep).iter().all(Option::is_none));
        assert!(plan.left_out().all(|(_, why)| why == Why::NoTimeToLearn));
        assert_eq!(plan.cards_in(), 100 + standard.len());
        assert_eq!(plan.today.new.len(), plan.days[0].new as usize);
        assert!(plan.today.new.iter().all(|&index| cards[index].weight == Core));
    }

    #[test]
    fn the_last_week_takes_no_new_cards_but_core_ones() {
        let standard = vec![new(CardWeight::Standard, 0); 2000];
        let days = make(&standard, goal(21, 30.0)).days;
        assert!(days[13].new > 0 && days[14..].iter().all(|day| day.new == 0));
        let core = vec![new(CardWeight::Core, 0); 2000];
        let plan = make(&core, goal(21, 30.0));
        assert!(plan.days[14..20].iter().any(|day| day.new > 0) && plan.days[20].new == 0);
        // A week before the date the rule is the same, seen from there.
        let late = Goal { since: TODAY - 14, ..goal(7, 30.0) };
        assert_eq!(make(&standard, late).days.iter().map(|day| day.new).sum::<u32>(), 0);
        assert!(make(&standard, late).left_out().all(|(_, why)| why == Why::TooLate));
        // Three days: two with new cards.
        let days = make(&standard, goal(3, 30.0)).days;
        assert!(days[0].new > 0 && days[1].new > 0 && days[2].new == 0);
    }

    #[test]
    fn minutes_that_are_not_there_are_not_planned() {
        let cards = vec![new(CardWeight::Core, 0); 50];
        let none = make(&cards, goal(21, 0.0));
        assert_eq!((none.cards_in(), none.all.then), (0, 0.0));
        let done = Done { minutes: 30.0, ..Done::default() };
        let spent = make(&cards, Goal { done, ..goal(21, 30.0) });
        assert_eq!((spent.days[0].new, spent.days[0].minutes), (0, 0.0));
        // With time enough everything is in, and spread evenly: 50 cards over 20 days.
        let ample = make(&cards, goal(21, 60.0));
        assert_eq!(ample.cards_in(), 50);
        assert!(ample.days.iter().all(|day| day.new <= 3), "{:?}", ample.days);
        // On the date itself and after it there is nothing left to plan.
        for date in [TODAY, TODAY - 5] {
            let horizon = Horizon { date, recall: 0.95 };
            let plan = make(&cards, Goal { horizon, ..goal(0, 30.0) });
            assert!(plan.days.is_empty() && plan.left_out().all(|(_, why)| why == Why::TooLate));
        }
    }

    #[test]
    fn known_cards_that_do_not_fit_move_on_and_then_out() {
        // 10 minutes hold 54 reviews a day (90% of 60), so 200 overdue ones take four days.
        let cards = vec![known(CardWeight::Standard, 10.0, 20, -10); 200];
        let plan = make(&cards, goal(21, 10.0));
        assert!((40..=54).contains(&plan.today.review.len()), "{}", plan.today.review.len());
        assert!(plan.left_out().next().is_none());
        // Two days are not enough, and core goes first.
        let mut cards = cards;
        cards.extend(vec![known(CardWeight::Core, 10.0, 20, -10); 30]);
        let plan = make(&cards, goal(2, 10.0));
        assert!(plan.left_out().count() > 0);
        assert!(plan.left_out().all(|(index, why)| index < 200 && why == Why::NoTimeToReview));
        assert_eq!(plan.today.review[..30], (200..230).collect::<Vec<_>>());
    }

    #[test]
    fn the_last_look_is_at_the_weakest_and_core_first() {
        let cards = [
            known(CardWeight::Core, 20.0, 10, 30),     // 0.90 in 3 days, and core
            known(CardWeight::Standard, 20.0, 10, 30), // the same, and less in it
            known(CardWeight::Core, 500.0, 10, 300),   // firm
            known(CardWeight::Core, 20.0, 0, 30),      // seen today
            known(CardWeight::Deep, 8.0, 10, 30),
        ];
        let look = |minutes| make(&cards, Goal { since: TODAY - 30, ..goal(3, minutes) }).today.last_look;
        // Three wait; a third of them each day.
        assert_eq!(look(30.0), [0]);
        assert!(look(0.1).is_empty());
        // Three weeks before, nobody takes a last look.
        assert!(make(&cards, goal(21, 30.0)).today.last_look.is_empty());
    }

    #[test]
    fn who_has_done_the_days_part_is_not_asked_for_more() {
        // New cards, with minutes to spare: three a day.
        let mut cards = vec![new(CardWeight::Core, 0); 50];
        let first = make(&cards, goal(21, 60.0));
        let learned = known(CardWeight::Core, 8.0, 0, 8);
        for &index in &first.today.new[..2] {
            cards[index] = learned;
        }
        let done = Done { minutes: 1.0, met: 2, looked: 0 };
        let rest = make(&cards, Goal { done, ..goal(21, 60.0) });
        assert_eq!(rest.today.new, first.today.new[2..]);
        for &index in &first.today.new {
            cards[index] = learned;
        }
        let met = first.today.new.len() as u32;
        let all = make(&cards, Goal { done: Done { met, ..done }, ..goal(21, 60.0) });
        assert!(met > 0 && all.today.new.is_empty(), "{:?}", all.today.new);
        assert_eq!(all.cards_in(), 50);
        // Last looks: nine are weak, three days are left.
        let mut cards = vec![known(CardWeight::Core, 20.0, 10, 30); 9];
        let goal = Goal { since: TODAY - 30, ..goal(3, 30.0) };
        let first = make(&cards, goal).today.last_look;
        assert_eq!(first.len(), 3);
        for (looked, &index) in (1..).zip(&first) {
            cards[index] = known(CardWeight::Core, 40.0, 0, 30);
            let done = Done { looked, ..Done::default() };
            let rest = make(&cards, Goal { done, ..goal }).today.last_look;
            assert_eq!(rest, first[looked as usize..]);
        }
    }

    #[test]
    fn odd_cards_and_paces_do_not_break_it() {
        let mut cards = vec![known(CardWeight::Core, f32::NAN, 10, 0), known(CardWeight::Core, 5.0, 10, 0)];
        cards[1].state.memory = None;
        let plan = make(&cards, goal(21, 30.0));
        assert!(plan.fates.iter().all(|fate| matches!(fate, Fate::Met(_))));
        assert!(
            (0.0..=1.0).contains(&plan.all.now) && (0.5..=1.0).contains(&plan.all.then),
            "{:?}",
            plan.all
        );
        // Who never gets out of the steps still has a plan.
        let always_again = [1.0, 0.0, 0.0, 0.0];
        let pace = Pace { first_grades: always_again, step_grades: [always_again; 3], ..Pace::default() };
        let plan = super::plan(&Scheduler::default(), &cards, &pace, goal(21, 30.0), TODAY);
        assert_eq!(plan.cards_in(), 2);
    }

    #[test]
    fn readiness_is_recall_weighted_by_points() {
        let topics = [(CardWeight::Core, 0), (CardWeight::Standard, 0), (CardWeight::Deep, 1)];
        let cards = topics.map(|(weight, topic)| new(weight, topic));
        let (topics, all, core) = readiness(&cards, &[0.5, 0.0, 1.0], &[1.0, 0.5, 1.0]);
        assert_eq!(topics[0], Ready { now: 2.0 / 6.0, then: 5.0 / 6.0 });
        assert_eq!(topics[1], Ready { now: 1.0, then: 1.0 });
        assert_eq!(all, Ready { now: 3.0 / 7.0, then: 6.0 / 7.0 });
        assert_eq!(core, Ready { now: 0.5, then: 1.0 });
        assert_eq!(readiness(&[], &[], &[]), (vec![], Ready::default(), Ready::default()));
    }

    prop_compose! {
        fn any_card()(is_new: bool, weight in 0..3_usize, topic in 0..5_u32, effort in 0.2_f32..6.0,
            stability in 0.01_f32..400.0, difficulty in 1.0_f32..10.0, ago in 0..200_u32, due in -60..60_i32,
            steps in 0..4_u32) -> PlanCard {
            let weight = [CardWeight::Core, CardWeight::Standard, CardWeight::Deep][weight];
            let mut card = known(weight, stability, ago, due);
            card.state.memory = Some(Memory { stability, difficulty });
            let step_due = StudyDay(TODAY.0 + due).start(0);
            match steps {
                0 => card.state.phase = Phase::Learning { step: 1, due: step_due },
                1 => card.state.phase = Phase::Relearning { step: 0, due: step_due },
                _ => {}
            }
            if is_new {
                card.state = CardState::default();
            }
            PlanCard { topic, effort, ..card }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_plan_keeps_to_the_minutes(
            cards in prop::collection::vec(any_card(), 0..150), days in 0..40_u32, minutes in 0.0_f64..60.0,
            spent in 0.0_f64..80.0, recall in 0.5_f64..1.0, met in 0..40_u32, looked in 0..40_u32,
        ) {
            let horizon = Horizon { date: TODAY + days, recall };
            let done = Done { minutes: spent, met, looked };
            let plan = make(&cards, Goal { since: TODAY - 3, horizon, minutes, done });
            prop_assert_eq!(plan.days.len(), days as usize);
            for (at, day) in plan.days.iter().enumerate() {
                // Sums of some hundred figures: far below a second.
                let left = if at == 0 { (minutes * FILL - spent).max(0.0) } else { minutes * FILL };
                prop_assert!(day.minutes <= left + 1e-9 && day.minutes <= minutes, "{day:?}");
                prop_assert!(day.reviews >= 0.0);
            }
            prop_assert_eq!(plan.fates.len(), cards.len());
            for ready in plan.topics.iter().chain([&plan.all, &plan.core]) {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&ready.now) && (0.0..=1.0 + 1e-9).contains(&ready.then));
            }
            for (card, fate) in cards.iter().zip(&plan.fates) {
                match fate {
                    Fate::Met(day) => prop_assert!(card.state.is_new() && *day >= TODAY && *day < horizon.date),
                    Fate::Known(day) => prop_assert!(!card.state.is_new() && *day >= TODAY),
                    Fate::LeftOut(_) => {}
                }
            }
            let met = plan.fates.iter().filter(|fate| matches!(fate, Fate::Met(_))).count();
            prop_assert_eq!(plan.days.iter().map(|day| day.new as usize).sum::<usize>(), met);
            let Today { review, new, last_look } = &plan.today;
            let mut today: Vec<usize> = review.iter().chain(new).chain(last_look).copied().collect();
            let asked = today.len();
            today.sort_unstable();
            today.dedup();
            prop_assert_eq!(today.len(), asked, "a card stands in one list only");
            prop_assert_eq!(make(&cards, plan.goal), plan, "the same plan each time");
        }
    }
}
