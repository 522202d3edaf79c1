//! The course that a card is expected to take until the date: the seconds it costs on each day, and how well it
//! will be known at the end.
//!
//! A course is a tree. At each review the card is recalled with the chance that the model gives, and forgotten
//! with the rest; either way the scheduler says when it comes next. Branches that hardly ever happen are
//! followed along their likelier side only. So an expectation costs some microseconds, has no noise, and is
//! made by the very scheduler that will schedule the card.

use super::Pace;
use crate::memory::scheduler::on_steps;
use crate::memory::{CardState, Grade, Horizon, Memory, Phase, Scheduler, StudyDay};

/// A branch less likely than this is followed along its likelier side only.
const RARE: f64 = 0.02;

/// What a card is expected to cost, and to be worth.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    /// Seconds on days counted from today, in no order; a day may come more than once.
    pub seconds: Vec<(u32, f64)>,
    /// Reviews on those days: what is expected to be asked, without the steps.
    pub reviews: Vec<(u32, f64)>,
    /// The chance of recall on the date, 0 to 1.
    pub recall: f64,
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

impl Outlook<'_> {
    /// Days from today to the date.
    pub fn left(&self) -> u32 {
        self.horizon.date.since(self.today)
    }

    /// The course of a new card that is met on day `day`, counted from today.
    pub fn of_new(&self, day: u32) -> Course {
        let mut course = Course::default();
        let total: f64 = self.pace.first_grades.iter().sum();
        let first = self.scheduler.next_memories(None, 0);
        let steps = &self.scheduler.rules().steps;
        course.seconds.push((day, self.pace.first_seconds));
        for (grade, (memory, days)) in Grade::ALL.into_iter().zip(first) {
            let chance = self.pace.first_grades[usize::from(grade.number()) - 1] / total;
            let place = on_steps(steps, 0, grade).map(|(place, _)| place);
            let learned = self.through_steps(&mut course, steps, place, (memory, days), day, chance);
            self.follow(&mut course, learned, day, chance);
        }
        course
    }

    /// The course of a card that was answered before, whose next review falls `delay` days later than it is due.
    pub fn of_known(&self, state: &CardState, memory: Memory) -> Course {
        let mut course = Course::default();
        let last = i64::from(state.last_review.map_or(self.today, |last| last.study_day()).0)
            - i64::from(self.today.0);
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
            course.recall = self.recall_on_date(memory, last);
            return course;
        }
        let elapsed = u32::try_from(i64::from(due) - last).unwrap_or(0);
        let next = self.scheduler.next_memories(Some(memory), elapsed)[2];
        course.seconds.push((due, self.pace.review_seconds));
        let place = on_steps(steps, step, Grade::Good).map(|(place, _)| place);
        let learned = self.through_steps(&mut course, steps, place, next, due, 1.0);
        self.follow(&mut course, learned, due, 1.0);
        course
    }

    /// The chance of recall on the date of a memory that was last touched on day `last`.
    pub fn recall_on_date(&self, memory: Memory, last: i64) -> f64 {
        self.scheduler.recall(memory, (i64::from(self.left()) - last) as f64)
    }

    /// The memory after the steps from `place` on, each answered with Good on the same day.
    fn through_steps(
        &self,
        course: &mut Course,
        steps: &[u32],
        mut place: Option<u32>,
        mut learned: (Memory, f32),
        day: u32,
        chance: f64,
    ) -> (Memory, f32) {
        while let Some(now) = place {
            // Some steps go wrong, and are walked again.
            course.seconds.push((day, chance * self.pace.review_seconds * self.pace.tries));
            learned = self.scheduler.next_memories(Some(learned.0), 0)[2];
            place = on_steps(steps, now, Grade::Good).map(|(place, _)| place);
        }
        learned
    }

    /// Goes on behind an answer of day `day`.
    fn follow(&self, course: &mut Course, (memory, days): (Memory, f32), day: u32, chance: f64) {
        let (low, high) = self.scheduler.span(memory, days, self.today + day, Some(self.horizon));
        let span = (day.saturating_add(low), day.saturating_add(high));
        self.walk(course, Ahead { memory, last: i64::from(day), span, chance });
    }

    fn walk(&self, course: &mut Course, ahead: Ahead) {
        let Ahead { memory, last, span: (low, high), chance } = ahead;
        let day = u32::midpoint(low, high);
        if day >= self.left() {
            course.recall += chance * self.recall_on_date(memory, last);
            return;
        }
        let elapsed = u32::try_from(i64::from(day) - last).unwrap_or(0);
        let recall = self.scheduler.recall(memory, f64::from(elapsed));
        let [again, _, good, _] = self.scheduler.next_memories(Some(memory), elapsed);
        // The days of the span are equally likely; the course goes on from the middle one.
        let share = chance / f64::from(high - low + 1);
        for day in low..=high.min(self.left() - 1) {
            course.reviews.push((day, share));
            course.seconds.push((day, share * self.pace.review_seconds));
        }
        let steps = &self.scheduler.rules().relearning_steps;
        let forgotten = chance * (1.0 - recall);
        let place = on_steps(steps, 0, Grade::Again).map(|(place, _)| place);
        let relearned = self.through_steps(course, steps, place, again, day, forgotten);
        if forgotten < RARE {
            self.follow(course, good, day, chance);
        } else {
            self.follow(course, relearned, day, forgotten);
            self.follow(course, good, day, chance - forgotten);
        }
    }
}

impl Course {
    /// The same with each day once, in order.
    pub fn added_up(mut self) -> Course {
        for list in [&mut self.seconds, &mut self.reviews] {
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
