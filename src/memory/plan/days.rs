//! The minutes of the days up to the date, and how cards are fitted into them.
//!
//! Reviews of the last week may fall on any of its days: whatever would jump over the date is drawn into it, and most of
//! that onto its last day. So its minutes are one pool for what is reckoned ahead, and are levelled afterwards. Last looks get
//! what is left of them: they are worth less than a card that would not be met for their sake.

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
    /// New cards that were met today already.
    met: u32,
    /// Last looks that are wished for, and their seconds.
    looks: Vec<(f64, f64)>,
    /// Last looks that are taken today.
    looked: f64,
}

impl<'a> Days<'a> {
    pub fn new(outlook: Outlook<'a>, goal: Goal) -> Days<'a> {
        let left = outlook.left() as usize;
        let full = goal.minutes.max(0.0) * 60.0 * FILL;
        let mut room = vec![full; left];
        if let Some(first) = room.first_mut() {
            *first = (full - goal.done.minutes.max(0.0) * 60.0).max(0.0);
        }
        let none = vec![0.0; left];
        Days {
            outlook,
            since: goal.since,
            room,
            seconds: none.clone(),
            reviews: none.clone(),
            new: vec![0; left],
            met: goal.done.met,
            looks: vec![(0.0, 0.0); left],
            looked: 0.0,
        }
    }

    /// The first day of the last week.
    fn last_week(&self) -> usize {
        self.room.len().saturating_sub(LAST_DAYS as usize)
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
        let effort = f64::from(card.effort);
        let day = due.since(outlook.today);
        if due >= outlook.horizon.date {
            self.take_course(&course, 0, effort);
            return (Fate::Known(due), course.recall);
        }
        let Some(first) = self.day_with_room(day, outlook.pace.review_seconds * effort) else {
            let last = i64::from(card.state.last_review.map_or(due, Moment::study_day).0)
                - i64::from(outlook.today.0);
            return (Fate::LeftOut(Why::NoTimeToReview), outlook.recall_on_date(memory, last));
        };
        let later = first as u32 - day;
        self.take_course(&course, later, effort);
        (Fate::Known(due + later), course.recall)
    }

    /// Puts a known card's course on the days, so many days later than it was reckoned.
    fn take_course(&mut self, course: &Course, later: u32, effort: f64) {
        for &(day, seconds) in &course.seconds {
            self.spill((day + later) as usize, seconds * effort);
        }
        for &(day, reviews) in &course.reviews {
            if let Some(of_day) = self.reviews.get_mut((day + later) as usize) {
                *of_day += reviews;
            }
        }
        self.wish_looks(course, later, effort);
    }

    fn wish_looks(&mut self, course: &Course, later: u32, effort: f64) {
        for &(day, looks) in &course.looks {
            if let Some(of_day) = self.looks.get_mut((day + later) as usize) {
                of_day.0 += looks;
                of_day.1 += looks * self.outlook.pace.review_seconds * effort;
            }
        }
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
        // With those that were met today already, so that they are a part of today's.
        let (mut low, mut high) =
            (1, u32::try_from(most.max(1)).unwrap_or(u32::MAX).saturating_add(self.met));
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
            self.looked += 1.0;
        }
        fits
    }

    /// Gives what is left of the days to the last looks; what does not fit on its day waits for the next. How many are taken on
    /// each day.
    fn take_looks(&mut self) -> Vec<f64> {
        let mut taken = vec![0.0; self.room.len()];
        let (mut looks, mut seconds) = (0.0, 0.0);
        for (at, taken) in taken.iter_mut().enumerate() {
            (looks, seconds) = (looks + self.looks[at].0, seconds + self.looks[at].1);
            if at == 0 {
                *taken = self.looked;
            } else if seconds > 0.0 {
                let part = ((self.room[at] - self.seconds[at]).max(0.0) / seconds).min(1.0);
                *taken = looks * part;
                self.seconds[at] += seconds * part;
                (looks, seconds) = (looks * (1.0 - part), seconds * (1.0 - part));
            }
        }
        taken
    }

    /// Moves what is over the room of a day of the last week to the other days of that week, the nearest before it first.
    fn level(&mut self) {
        let week = self.last_week();
        for at in week..self.room.len() {
            for to in (week..at).rev().chain(at + 1..self.room.len()) {
                let over = self.seconds[at] - self.room[at];
                let free = self.room[to] - self.seconds[to];
                if over <= 0.0 || free <= 0.0 {
                    continue;
                }
                let moved = over.min(free);
                let reviews = self.reviews[at] * moved / self.seconds[at];
                self.seconds[at] -= moved;
                self.seconds[to] += moved;
                self.reviews[at] -= reviews;
                self.reviews[to] += reviews;
            }
        }
    }

    /// The days as the plan shows them.
    pub fn into_days(mut self) -> Vec<PlanDay> {
        self.level();
        let looks = self.take_looks();
        let today = self.outlook.today;
        self.seconds
            .into_iter()
            .zip(self.reviews)
            .zip(self.new)
            .zip(looks)
            .zip(0..)
            .map(|((((seconds, reviews), new), looks), day)| PlanDay {
                day: today + day,
                new,
                reviews: reviews + looks,
                looks,
                minutes: seconds / 60.0,
            })
            .collect()
    }

    /// Meets each card on the first day whose course fits, at most `rate` a day; the day for each.
    fn meet(&mut self, courses: &[Course], cards: &[&PlanCard], rate: u32) -> Vec<Option<usize>> {
        // What did not fit on a day will not fit later either, nor will a longer one.
        let mut too_long = vec![f64::INFINITY; courses.len()];
        let week = self.last_week();
        let in_week = |course: &Course| -> f64 {
            course.seconds.iter().filter(|(at, _)| *at as usize >= week).map(|(_, seconds)| seconds).sum()
        };
        let of_week: Vec<f64> = courses.iter().map(in_week).collect();
        let mut free_in_week: f64 =
            self.room[week..].iter().sum::<f64>() - self.seconds[week..].iter().sum::<f64>();
        cards
            .iter()
            .map(|card| {
                let effort = f64::from(card.effort);
                let day = (0..self.starts(card.weight).min(courses.len())).find(|&day| {
                    let met = if day == 0 { self.met } else { 0 };
                    if self.new[day].saturating_add(met) >= rate || effort >= too_long[day] {
                        return false;
                    }
                    let fits = of_week[day] * effort <= free_in_week
                        && courses[day].seconds.iter().all(|&(at, seconds)| {
                            let at = at as usize;
                            (at >= week && day < week) || self.seconds[at] + seconds * effort <= self.room[at]
                        });
                    if !fits {
                        too_long[day] = effort;
                    }
                    fits
                })?;
                free_in_week -= of_week[day] * effort;
                for &(at, seconds) in &courses[day].seconds {
                    self.seconds[at as usize] += seconds * effort;
                }
                for &(at, reviews) in &courses[day].reviews {
                    self.reviews[at as usize] += reviews;
                }
                self.wish_looks(&courses[day], 0, effort);
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
