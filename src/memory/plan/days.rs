//! The minutes of the days up to the date, and how cards are fitted into them.

use super::course::{Course, Outlook};
use super::{CardWeight, FILL, Fate, Goal, PlanCard, PlanDay, Why};
use crate::memory::{Due, LAST_DAYS, Moment, StudyDay};

/// The days of a plan as they fill up.
#[derive(Clone)]
pub(super) struct Days<'a> {
    outlook: Outlook<'a>,
    since: StudyDay,
    /// Seconds that each day has to give, and that were given.
    room: Vec<f64>,
    seconds: Vec<f64>,
    reviews: Vec<f64>,
    new: Vec<u32>,
}

impl<'a> Days<'a> {
    pub fn new(outlook: Outlook<'a>, goal: Goal) -> Days<'a> {
        let left = outlook.left() as usize;
        let full = goal.minutes.max(0.0) * 60.0 * FILL;
        let mut room = vec![full; left];
        if let Some(first) = room.first_mut() {
            *first = (full - goal.spent.max(0.0) * 60.0).max(0.0);
        }
        let (seconds, reviews, new) = (vec![0.0; left], vec![0.0; left], vec![0; left]);
        Days { outlook, since: goal.since, room, seconds, reviews, new }
    }

    /// How many days from today on may still begin with new cards of that weight. Core cards: all but the last one, so
    /// that they are seen twice. Others: all but the last week, or the last third of a way that is shorter than
    /// three weeks.
    fn starts(&self, weight: CardWeight) -> usize {
        let horizon = self.outlook.horizon;
        let whole = horizon.date.since(self.since.min(self.outlook.today));
        let without = if weight == CardWeight::Core { 1 } else { LAST_DAYS.min(whole.div_ceil(3)) };
        self.outlook.left().saturating_sub(without) as usize
    }

    /// Whether a new card of that weight may still be met.
    pub fn may_start(&self, weight: CardWeight) -> bool {
        self.starts(weight) > 0
    }

    /// Takes in a card that is being learned: what does not fit on its day moves on to the next one that has room.
    pub fn take_known(&mut self, card: &PlanCard) -> (Fate, f64) {
        let outlook = self.outlook;
        let Some(memory) = card.state.memory else { return (Fate::LeftOut(Why::TooLate), 0.0) };
        let due = card.state.due().map_or(outlook.today, Due::day).max(outlook.today);
        let course = outlook.of_known(&card.state, memory);
        if due >= outlook.horizon.date {
            return (Fate::Known(due), course.recall);
        }
        let effort = f64::from(card.effort);
        let day = due.since(outlook.today);
        let Some(first) = self.day_with_room(day, outlook.pace.review_seconds * effort) else {
            let last = i64::from(card.state.last_review.map_or(due, Moment::study_day).0)
                - i64::from(outlook.today.0);
            return (Fate::LeftOut(Why::NoTimeToReview), outlook.recall_on_date(memory, last));
        };
        let later = first as u32 - day;
        for &(day, seconds) in &course.seconds {
            self.spill((day + later) as usize, seconds * effort);
        }
        for &(day, reviews) in &course.reviews {
            if let Some(of_day) = self.reviews.get_mut((day + later) as usize) {
                *of_day += reviews;
            }
        }
        (Fate::Known(due + later), course.recall)
    }

    /// Meets new cards in this order. For each, the day on which it is met and its recall on the date; nothing where it does
    /// not fit.
    ///
    /// How many are met a day is the smallest number that gets as many in as the minutes allow.
    pub fn take_new(&mut self, cards: &[&PlanCard]) -> Vec<Option<(u32, f64)>> {
        let courses: Vec<Course> = (0..self.starts(CardWeight::Core))
            .map(|day| self.outlook.of_new(day as u32).added_up())
            .collect();
        let most = count(&self.clone().meet(&courses, cards, u32::MAX));
        let (mut low, mut high) = (1, u32::try_from(most.max(1)).unwrap_or(u32::MAX));
        while low < high {
            let middle = u32::midpoint(low, high);
            // One card in fifty is a fair price for even days.
            if count(&self.clone().meet(&courses, cards, middle)) * 50 >= most * 49 {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.meet(&courses, cards, high)
            .into_iter()
            .map(|day| day.map(|day| (day as u32, courses[day].recall)))
            .collect()
    }

    /// Takes a last look at a card today, if there is room.
    pub fn take_look(&mut self, card: &PlanCard) -> bool {
        let seconds = self.outlook.pace.review_seconds * f64::from(card.effort);
        let fits = self.day_with_room(0, seconds) == Some(0);
        if fits {
            self.seconds[0] += seconds;
            self.reviews[0] += 1.0;
        }
        fits
    }

    /// The days as the plan shows them.
    pub fn into_days(self) -> Vec<PlanDay> {
        let today = self.outlook.today;
        self.seconds
            .into_iter()
            .zip(self.reviews)
            .zip(self.new)
            .zip(0..)
            .map(|(((seconds, reviews), new), day)| PlanDay {
                day: today + day,
                new,
                reviews,
                minutes: seconds / 60.0,
            })
            .collect()
    }

    /// Meets each card on the first day whose course fits, at most `rate` a day; the day for each.
    fn meet(&mut self, courses: &[Course], cards: &[&PlanCard], rate: u32) -> Vec<Option<usize>> {
        // What did not fit on a day will not fit later either, nor will a longer one.
        let mut too_long = vec![f64::INFINITY; courses.len()];
        cards
            .iter()
            .map(|card| {
                let effort = f64::from(card.effort);
                let day = (0..self.starts(card.weight).min(courses.len())).find(|&day| {
                    if self.new[day] >= rate || effort >= too_long[day] {
                        return false;
                    }
                    let fits = courses[day].seconds.iter().all(|&(at, seconds)| {
                        let at = at as usize;
                        self.seconds[at] + seconds * effort <= self.room[at]
                    });
                    if !fits {
                        too_long[day] = effort;
                    }
                    fits
                })?;
                for &(at, seconds) in &courses[day].seconds {
                    self.seconds[at as usize] += seconds * effort;
                }
                for &(at, reviews) in &courses[day].reviews {
                    self.reviews[at as usize] += reviews;
                }
                self.new[day] += 1;
                Some(day)
            })
            .collect()
    }

    /// The first day from `day` on that has `seconds` left.
    fn day_with_room(&self, day: u32, seconds: f64) -> Option<usize> {
        (day as usize..self.room.len()).find(|&at| self.seconds[at] + seconds <= self.room[at])
    }

    /// Adds seconds to a day; what is over its room goes to the days behind it, and past the date it is lost.
    fn spill(&mut self, day: usize, mut seconds: f64) {
        for at in day..self.room.len() {
            let taken = seconds.min((self.room[at] - self.seconds[at]).max(0.0));
            self.seconds[at] += taken;
            seconds -= taken;
            if seconds <= 0.0 {
                return;
            }
        }
    }
}

fn count(days: &[Option<usize>]) -> usize {
    days.iter().flatten().count()
}
