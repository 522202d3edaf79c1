//! The course that a card is expected to take until the date: the seconds it costs on each day, and how well it
//! will be known at the end.
//!
//! A course is a tree. At each review the card is recalled with the chance that the model gives, and forgotten
//! with the rest; in each case the scheduler says when it comes next. There are too many branches to follow all of
//! them, and those that hardly ever happen are not free: they are the cards that are forgotten over and over. So
//! one of the rare branches stands for all of them, drawn by a coin whose seed is fixed. The expectation stays
//! what it is ("Russian roulette", as in the simulation of particles), and a plan comes out the same each time.

use super::Pace;
use crate::memory::fuzz::mix;
use crate::memory::scheduler::on_steps;
use crate::memory::{CardState, Grade, Horizon, LAST_DAYS, Memory, Moment, Phase, Scheduler, StudyDay};

/// From which chance on a branch is followed for sure: in the course that all new cards of a day share, and in that of
/// a single known card, where what chance adds evens out among the cards.
const RARE_NEW: f64 = 0.002;
const RARE_KNOWN: f64 = 0.1;

/// After so many answers a day ends, whatever they were.
const MOST_ANSWERS: u32 = 30;

/// What a card is expected to cost, and to be worth.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// Seconds on days counted from today, in no order; a day may come more than once.
    pub seconds: Vec<(u32, f64)>,
    /// Reviews on those days: what is expected to be asked, without the steps.
    pub reviews: Vec<(u32, f64)>,
    /// The chance of recall on the date, 0 to 1.
    pub recall: f64,
    /// Last looks: reviews for which only the date asks. They themselves are in neither list above; the steps behind a forgotten
    /// one are.
    pub looks: Vec<(u32, f64)>,
    /// Branches less likely than this are rare.
    rare: f64,
    coins: u64,
}

/// What courses are reckoned by.
#[derive(Clone, Copy)]
pub(super) struct Outlook<'a> {
    pub scheduler: &'a Scheduler,
    pub pace: &'a Pace,
    pub horizon: Horizon,
    pub today: StudyDay,
}

/// A review that lies ahead: the memory and the day it is of, the days among which it falls, how likely it is.
#[derive(Clone, Copy)]
struct Ahead {
    memory: Memory,
    last: i64,
    span: (u32, u32),
    chance: f64,
}

/// An answer that was just given in the steps, or led into them: the step that comes next, the grade, the day, how
/// likely it is.
#[derive(Clone, Copy)]
struct Step<'a> {
    steps: &'a [u32],
    place: Option<u32>,
    before: Grade,
    day: u32,
    chance: f64,
    /// How many answers of this day came before.
    answers: u32,
}

/// The step behind an answer, and its memory and interval.
type Next = (Option<u32>, (Memory, f32));

impl Outlook<'_> {
    /// Days from today to the date.
    pub fn left(&self) -> u32 {
        self.horizon.date.since(self.today)
    }

    /// The course of a new card that is met on day `day`, counted from today.
    pub fn of_new(&self, day: u32) -> Course {
        // Over a long way there are many such courses, and what chance adds evens out among them too.
        let rare = RARE_NEW * (f64::from(self.left()) / 21.0).max(1.0);
        let mut course = Course { rare, coins: u64::from(day) << 32, ..Course::default() };
        let steps = &self.scheduler.rules().steps;
        course.seconds.push((day, self.pace.first_seconds));
        let step = Step { steps, place: None, before: Grade::Good, day, chance: 1.0, answers: 0 };
        let next = self.behind(steps, Some(0), self.scheduler.next_memories(None, 0));
        self.split(&mut course, self.pace.first_grades, step, next);
        course
    }

    /// The course of a card that was answered before, whose next review falls `delay` days later than it is due.
    pub fn of_known(&self, state: &CardState, memory: Memory) -> Course {
        let coins = u64::from(memory.stability.to_bits()) << 32 | u64::from(memory.difficulty.to_bits());
        let mut course = Course { rare: RARE_KNOWN, coins, ..Course::default() };
        let last =
            i64::from(state.last_review.map_or(self.today, Moment::study_day).0) - i64::from(self.today.0);
        let due = state.due().map_or(0, |due| due.day().since(self.today));
        let rules = self.scheduler.rules();
        let (steps, step) = match state.phase {
            Phase::Learning { step, .. } => (&rules.steps, step),
            Phase::Relearning { step, .. } => (&rules.relearning_steps, step),
            _ => {
                let ahead = Ahead { memory, last, span: (due, due), chance: 1.0 };
                self.walk(&mut course, ahead);
                return course;
            }
        };
        if due >= self.left() {
            self.end(&mut course, memory, last, 1.0);
            return course;
        }
        let step = Step { steps, place: Some(step), before: Grade::Good, day: due, chance: 1.0, answers: 0 };
        self.walk_steps(&mut course, step, (memory, 0.0));
        course
    }

    /// The chance of recall on the date of a memory that was last touched on day `last`.
    pub fn recall_on_date(&self, memory: Memory, last: i64) -> f64 {
        self.scheduler.recall(memory, (i64::from(self.left()) - last) as f64)
    }

    /// Walks the steps of a day behind an answer that led to `learned`, and then goes on to the next review.
    fn walk_steps(&self, course: &mut Course, step: Step, learned: (Memory, f32)) {
        if step.place.is_none() || step.answers > MOST_ANSWERS {
            return self.follow(course, learned, step.day, step.chance);
        }
        course.seconds.push((step.day, step.chance * self.pace.review_seconds));
        let shares = self.pace.step_grades[usize::from(step.before.number()).min(3) - 1];
        let next = self.behind(step.steps, step.place, self.scheduler.next_memories(Some(learned.0), 0));
        self.split(course, shares, step, next);
    }

    /// The step behind each grade, and the memory; without a step that takes the answer, none.
    fn behind(&self, steps: &[u32], place: Option<u32>, next: [(Memory, f32); 4]) -> [Next; 4] {
        let mut grades = Grade::ALL.into_iter();
        next.map(|learned| {
            let grade = grades.next().unwrap_or(Grade::Easy);
            (place.and_then(|place| on_steps(steps, place, grade)).map(|(place, _)| place), learned)
        })
    }

    /// Goes on with each grade that is likely enough, and with one in the place of the others.
    fn split(&self, course: &mut Course, shares: [f64; 4], step: Step, next: [Next; 4]) {
        let chances = course.chosen(shares.map(|share| step.chance * share));
        for ((grade, chance), (place, learned)) in Grade::ALL.into_iter().zip(chances).zip(next) {
            if chance > 0.0 {
                self.walk_steps(
                    course,
                    Step { place, before: grade, chance, answers: step.answers + 1, ..step },
                    learned,
                );
            }
        }
    }

    /// Goes on behind an answer of day `day`.
    fn follow(&self, course: &mut Course, (memory, days): (Memory, f32), day: u32, chance: f64) {
        let (low, high) = self.scheduler.span(memory, days, self.today + day, Some(self.horizon));
        let span = (day.saturating_add(low), day.saturating_add(high));
        self.walk(course, Ahead { memory, last: i64::from(day), span, chance });
    }

    /// Ends a branch: its next review would come too late.
    fn end(&self, course: &mut Course, memory: Memory, last: i64, chance: f64) {
        course.recall += chance * self.recall_on_date(memory, last);
    }

    fn walk(&self, course: &mut Course, ahead: Ahead) {
        let Ahead { memory, last, span: (low, high), mut chance } = ahead;
        let day = u32::midpoint(low, high);
        if let Some((at, share)) = self.look(course, memory, last, day) {
            self.ask(course, Ahead { span: (at, at), chance: chance * share, ..ahead });
            chance *= 1.0 - share;
        }
        if day >= self.left() {
            self.end(course, memory, last, chance);
        } else if chance > 0.0 {
            self.ask(course, Ahead { chance, ..ahead });
        }
    }

    /// Whether only the date asks for a review of a memory that was last touched on day `last`: without one it would be good
    /// enough until then. Such a review is a last look, on whatever day it falls; what has fallen due by itself is none.
    fn is_look(&self, memory: Memory, last: i64) -> bool {
        self.recall_on_date(memory, last) >= self.scheduler.rules().retention
    }

    /// The review that is brought forward from day `due`, if one may be: on which day, and how likely any is. Each day of the last
    /// week takes an even part of what is weak, so one is taken on a day with the chance of one in the days that are left. The
    /// day is drawn by these chances. (Those of today are known by name.)
    fn look(&self, course: &mut Course, memory: Memory, last: i64, due: u32) -> Option<(u32, f64)> {
        let left = self.left();
        let from = u32::try_from(last + 1).unwrap_or(0).max(left.saturating_sub(LAST_DAYS)).max(1);
        let until = due.min(left);
        if from >= until || self.recall_on_date(memory, last) >= self.horizon.recall {
            return None;
        }
        // Not taken on any of these days: the product of (n - 1)/n over the days left, n.
        let missed = |from: u32, day: u32| f64::from(left - day) / f64::from(left - from);
        let share = 1.0 - missed(from, until);
        let coin = course.coin() * share;
        let day = (from..until).find(|&day| 1.0 - missed(from, day + 1) > coin).unwrap_or(until - 1);
        Some((day, share))
    }

    /// A review. The days of the span are equally likely; the course goes on from the middle one.
    fn ask(&self, course: &mut Course, ahead: Ahead) {
        let (low, high) = ahead.span;
        let share = ahead.chance / f64::from(high - low + 1);
        let is_look = self.is_look(ahead.memory, ahead.last);
        for day in low..=high.min(self.left() - 1) {
            // What is due today is asked.
            if is_look && day > 0 {
                course.looks.push((day, share));
            } else {
                course.reviews.push((day, share));
                course.seconds.push((day, share * self.pace.review_seconds));
            }
        }
        self.answer(course, ahead);
    }

    /// Goes on with what an answer leads to.
    fn answer(&self, course: &mut Course, ahead: Ahead) {
        let Ahead { memory, last, span: (low, high), chance } = ahead;
        let day = u32::midpoint(low, high);
        let elapsed = u32::try_from(i64::from(day) - last).unwrap_or(0);
        let recall = self.scheduler.recall(memory, f64::from(elapsed));
        let steps = &self.scheduler.rules().relearning_steps;
        let learned = self.scheduler.next_memories(Some(memory), elapsed);
        // Only what was forgotten goes through steps.
        let [again, ..] = self.behind(steps, Some(0), learned);
        let [_, hard, good, easy] = self.behind(steps, None, learned);
        let [h, g, e] = self.pace.recalled_grades.map(|share| share * recall);
        let step = Step { steps, place: None, before: Grade::Again, day, chance, answers: 0 };
        self.split(course, [1.0 - recall, h, g, e], step, [again, hard, good, easy]);
    }
}

impl Course {
    /// The chances with which branches go on: their own, but of those that are rare one, drawn by its chance, stands for
    /// all.
    fn chosen(&mut self, chances: [f64; 4]) -> [f64; 4] {
        let of_rare = |chance: f64| if chance < self.rare { chance } else { 0.0 };
        let rare: f64 = chances.into_iter().map(of_rare).sum();
        let mut coin = self.coin() * rare;
        let mut left = rare;
        chances.map(|chance| {
            if chance >= self.rare {
                return chance;
            }
            coin -= chance;
            if coin < 0.0 { std::mem::take(&mut left) } else { 0.0 }
        })
    }

    /// A number from 0 to below 1, the same each time.
    fn coin(&mut self) -> f64 {
        self.coins = self.coins.wrapping_add(1);
        (mix(self.coins) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The same with each day once, in order.
    pub fn added_up(mut self) -> Course {
        for list in [&mut self.seconds, &mut self.reviews, &mut self.looks] {
            list.sort_by_key(|&(day, _)| day);
            list.dedup_by(|next, sum| {
                let same = next.0 == sum.0;
                if same {
                    sum.1 += next.1;
                }
                same
            });
        }
        self
    }
}
