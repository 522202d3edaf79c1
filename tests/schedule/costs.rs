//! What it costs, on collections as large as they get.

use std::sync::Arc;
use std::time::Instant;

use sysdrill::memory::{
    Calendar, CardState, CardWeight, Done, Due, EventId, Future, Goal, Grade, Horizon, Load, Pace, PlanCard,
    RETENTIONS, Review, ReviewKind, ReviewOrder, Rules, Scheduler, StudyDay, Watch, Wishes, arrange, fit,
    overdue, plan, simulate,
};

use crate::learner::Learner;

const FIRST: StudyDay = StudyDay(20_000);

/// The shortest of several times: what else the machine does only adds.
fn timed<T>(what: &str, mut run: impl FnMut() -> T) {
    let mut millis: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(run());
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    millis.sort_by(f64::total_cmp);
    println!("| {what} | {:.2} ms |", millis[0]);
}

/// `cards` cards, studied for `days`: their states, and the log.
fn studied(cards: usize, days: u32, limit: usize) -> (Vec<CardState>, Vec<Review>) {
    let scheduler = Scheduler::default();
    let rules = Arc::new(Rules::default());
    let mut learner = Learner::new(1);
    let mut states = vec![CardState::default(); cards];
    let mut log = Vec::new();
    for (index, state) in states.iter_mut().enumerate() {
        let mut day = FIRST + (index as u32 * 7) % days;
        while day < FIRST + days && log.len() < limit {
            learner.study(&scheduler, state, day, |before, grade, at, seed| {
                let after = scheduler.answer(before, grade, at, seed);
                log.push(Review {
                    id: EventId::new(at, log.len() as u128),
                    card: format!("card-{index}"),
                    at,
                    grade,
                    answer: None,
                    seed,
                    took_millis: 9000,
                    kind: ReviewKind::Scheduled,
                    before: *before,
                    after,
                    rules: Arc::clone(&rules),
                });
                after
            });
            day = state.due().map_or(day, Due::day);
        }
    }
    (states, log)
}

#[test]
#[ignore = "makes the figures of docs/drill.md; in a release build"]
fn figures() {
    let scheduler = Scheduler::default();
    let today = FIRST + 1000;
    let now = today.start(0).plus_minutes(300);
    let (states, log) = studied(100_000, 1000, usize::MAX);
    println!("{} reviews of {} cards", log.len(), states.len());
    let topic = |index: usize| (index / 16) as u32;
    let with_topics = || states.iter().enumerate().map(|(index, state)| (topic(index), state));
    timed("load of 100,000 cards", || Load::of(with_topics()));
    let load = Load::of(with_topics());
    let calendar =
        Calendar { load: Some((&load, 0)), horizon: Some(Horizon { date: today + 20, recall: 0.95 }) };
    let firm = states
        .iter()
        .find(|state| state.interval().is_some_and(|interval| (60..90).contains(&interval.days())))
        .copied();
    let firm = firm.unwrap_or_default();
    timed("a thousand balanced previews", || {
        (0..1000).map(|seed| scheduler.preview_in(&firm, now, seed, &calendar)[2]).max()
    });
    // A year later all are due.
    let later = now.plus_minutes(365 * 1440);
    timed("queue of 100,000 cards, all due", || arrange(with_topics(), later, &Wishes::default()));
    let gain = Wishes { order: ReviewOrder::Gain(&scheduler), ..Wishes::default() };
    timed("queue of 100,000 cards by gain, all due", || arrange(with_topics(), later, &gain));
    timed("order of a backlog of 100,000 cards", || overdue(&scheduler, &states, later.study_day()));
    for days in [21, 112] {
        for known in [0, 640] {
            let cards: Vec<PlanCard> = (0..1280)
                .map(|index| PlanCard {
                    state: if index < known { states[index] } else { CardState::default() },
                    weight: [CardWeight::Core, CardWeight::Standard, CardWeight::Deep][index % 3],
                    topic: topic(index),
                    effort: 1.0,
                })
                .collect();
            let horizon = Horizon { date: today + days, recall: Horizon::RECALL };
            let goal = Goal { since: today, horizon, minutes: 30.0, done: Done::default() };
            timed(&format!("plan of 1280 cards, {known} known, {days} days"), || {
                plan(&scheduler, &cards, &Pace::default(), goal, today)
            });
        }
    }
    for count in [1280, 10_000] {
        let future = Future { days: 365, new_per_day: 10, minutes: None, pace: Pace::default(), seed: 1 };
        timed(&format!("ten retentions for {count} cards over a year"), || {
            RETENTIONS
                .map(|retention| simulate(&states[..count], &Rules::default(), retention, &future, today))
        });
    }
    for count in [1000, 10_000, 100_000, 1_000_000] {
        let some = &log[..count.min(log.len())];
        let start = Instant::now();
        let fitted = fit(some, &Rules::default(), &Watch::default());
        let (again, of) = fitted.map_or((0, 0), |fit| (fit.held_out, fit.reviews));
        println!(
            "| fit of {count} answers ({of} reviews, {again} held out) | {:.0} ms |",
            start.elapsed().as_secs_f64() * 1000.0
        );
    }
    assert!(log.iter().any(|review| review.grade == Grade::Again));
}
