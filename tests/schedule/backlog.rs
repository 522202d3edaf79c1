//! In which order a backlog after a break is best worked off.

use sysdrill::memory::{CardState, Due, Grade, Interval, Phase, Scheduler, StudyDay, overdue};

use crate::learner::{Learner, spread};

const FIRST: i32 = 20_000;

/// Days of study before the break.
const BEFORE: i32 = 180;

/// A key by which cards are sorted, the smallest first.
type Key = fn(&Scheduler, &CardState, StudyDay) -> f64;

/// Stability, days since the last answer, and recall.
fn of(scheduler: &Scheduler, state: &CardState, day: StudyDay) -> (f64, f64, f64) {
    let (Some(memory), Some(last)) = (state.memory, state.last_review) else { return (0.0, 0.0, 0.0) };
    let elapsed = f64::from(day.since(last.study_day()));
    (f64::from(memory.stability), elapsed, scheduler.recall(memory, elapsed))
}

/// What a review today adds to the recall in two weeks.
fn gain(scheduler: &Scheduler, state: &CardState, day: StudyDay) -> f64 {
    let (_, elapsed, recall) = of(scheduler, state, day);
    let now = day.start(0).plus_minutes(480);
    let after = |grade| {
        let memory = scheduler.answer(state, grade, now, 0).memory;
        memory.map_or(0.0, |memory| scheduler.recall(memory, 14.0))
    };
    let without = state.memory.map_or(0.0, |memory| scheduler.recall(memory, elapsed + 14.0));
    recall * after(Grade::Good) + (1.0 - recall) * after(Grade::Again) - without
}

const ORDERS: [(&str, Key); 9] = [
    ("due day, oldest first", |_, state, _| state.due().map_or(0.0, |due| f64::from(due.day().0))),
    ("lowest recall first", |scheduler, state, day| of(scheduler, state, day).2),
    ("highest recall first", |scheduler, state, day| -of(scheduler, state, day).2),
    ("most overdue for its interval first", |_, state, day| {
        let due = state.due().map_or(day, Due::day);
        let interval = f64::from(state.interval().map_or(1, Interval::days).max(1));
        -f64::from(day.since(due)) / interval
    }),
    ("least stable first", |scheduler, state, day| of(scheduler, state, day).0),
    ("most stable first", |scheduler, state, day| -of(scheduler, state, day).0),
    ("easiest first", |_, state, _| state.memory.map_or(0.0, |memory| f64::from(memory.difficulty))),
    ("what a review gains in two weeks", |scheduler, state, day| -gain(scheduler, state, day)),
    ("what a day's wait loses", |scheduler, state, day| {
        let (_, elapsed, recall) = of(scheduler, state, day);
        state.memory.map_or(0.0, |memory| scheduler.recall(memory, elapsed + 1.0) - recall)
    }),
];

/// Cards after half a year of 10 new ones a day, and a break.
fn after_a_break(seed: u64, days_off: i32) -> (Learner, Vec<CardState>, StudyDay) {
    let scheduler = Scheduler::default();
    let mut learner = Learner::new(seed);
    let mut cards: Vec<CardState> = Vec::new();
    for day in (0..BEFORE).map(|day| StudyDay(FIRST + day)) {
        cards.extend([CardState::default(); 10]);
        for card in &mut cards {
            if card.due().is_none_or(|due| due.day() <= day) {
                learner.study(&scheduler, card, day, |state, grade, now, seed| {
                    scheduler.answer(state, grade, now, seed)
                });
            }
        }
    }
    (learner, cards, StudyDay(FIRST + BEFORE + days_off))
}

/// Known cards, as the mean over the 30 days after the break and at their end; days until nothing was overdue at night.
fn work_off(seed: u64, days_off: i32, minutes: f64, key: Key) -> (f64, f64, f64) {
    let scheduler = Scheduler::default();
    let (mut learner, mut cards, back) = after_a_break(seed, days_off);
    // All orders meet the same coins.
    learner.coins.0 = seed ^ 0xBAC4;
    let mut known = Vec::new();
    let mut cleared = 30.0;
    for day in (0..30).map(|day| back + day) {
        let mut due: Vec<(f64, usize)> = cards
            .iter()
            .enumerate()
            .filter(|(_, card)| matches!(card.phase, Phase::Review { due } if due <= day))
            .map(|(index, card)| (key(&scheduler, card, day), index))
            .collect();
        due.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut seconds = 0.0;
        let mut left = due.len();
        for (_, index) in due {
            if seconds + learner.other > minutes * 60.0 {
                break;
            }
            seconds += learner
                .study(&scheduler, &mut cards[index], day, |state, grade, now, seed| {
                    scheduler.answer(state, grade, now, seed)
                })
                .seconds;
            left -= 1;
        }
        if left == 0 {
            cleared = f64::min(cleared, f64::from(day.since(back)) + 1.0);
        }
        known.push(cards.iter().map(|card| learner.recall(&scheduler, card, day)).sum::<f64>());
    }
    (spread(&known).0, known.last().copied().unwrap_or(0.0), cleared)
}

#[test]
fn what_gains_most_first_is_the_order_of_the_crate_and_among_the_best() {
    let scheduler = Scheduler::default();
    let (_, cards, back) = after_a_break(3, 30);
    let mut keyed: Vec<(f64, usize)> = cards
        .iter()
        .enumerate()
        .filter(|(_, card)| matches!(card.phase, Phase::Review { due } if due < back))
        .map(|(index, card)| (-gain(&scheduler, card, back), index))
        .collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let by_gain: Vec<usize> = keyed.into_iter().map(|(_, index)| index).collect();
    assert_eq!(overdue(&scheduler, &cards, back), by_gain);
    // Four breaks, the same for all orders. Which order is the best one differs by chance; none is better by
    // more than 2 cards of 1700.
    let known = |key| (0..4).map(|seed| work_off(seed, 30, 20.0, key).0).sum::<f64>() / 4.0;
    let months: Vec<(&str, f64)> = ORDERS.iter().map(|&(name, key)| (name, known(key))).collect();
    let best = months.iter().map(|(_, known)| *known).fold(0.0, f64::max);
    let worst = months.iter().map(|(_, known)| *known).fold(f64::INFINITY, f64::min);
    let ours = months.iter().find(|(name, _)| name.contains("gains")).map_or(0.0, |(_, known)| *known);
    assert!(ours > best - 2.0, "{ours} {best}");
    assert!(ours > worst + 8.0, "{ours} {worst}");
}

#[test]
#[ignore = "makes the figures of docs/drill.md"]
fn figures() {
    for (days_off, minutes) in [(14, 20.0), (30, 20.0), (30, 13.0), (60, 30.0)] {
        println!("{days_off} days off, {minutes} minutes a day");
        for (name, key) in ORDERS {
            let runs: Vec<_> = (0..10).map(|seed| work_off(seed, days_off, minutes, key)).collect();
            let mean = |get: fn(&(f64, f64, f64)) -> f64| spread(&runs.iter().map(get).collect::<Vec<_>>()).0;
            println!(
                "| {name} | {:.0} | {:.0} | {:.0} |",
                mean(|run| run.0),
                mean(|run| run.1),
                mean(|run| run.2)
            );
        }
    }
}
