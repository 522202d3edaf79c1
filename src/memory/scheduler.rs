//! The scheduler: a state, a grade and a moment give the next state.
//!
//! FSRS computes stability and difficulty from every answer, also those of the learning steps: an answer
//! on the same study day goes through its same-day rule. Around it stands what the model leaves open:
//! steps in minutes while a card is being learned, whole days after that (rounded, at least one), fuzz, and
//! inside the fuzz the choice of a day.

use fsrs::{FSRS, MemoryState, current_retrievability};

use super::balance::{Calendar, pick};
use super::{
    BadRules, CardState, Grade, Horizon, Interval, Memory, Moment, Phase, Rules, StudyDay, fuzz_span,
};

/// Schedules cards by fixed rules. Making one is cheap; an answer takes about a microsecond.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    rules: Rules,
    model: FSRS,
}

impl Scheduler {
    /// A scheduler that goes by `rules`.
    ///
    /// # Errors
    /// Where the rules cannot be followed.
    pub fn new(rules: Rules) -> Result<Scheduler, BadRules> {
        let rules = rules.checked()?;
        let bad = |_| BadRules::Parameters(rules.parameters.len());
        let model = FSRS::new(&rules.parameters).map_err(bad)?;
        // The model refuses what is not finite; a first answer shows whether it ever does with these parameters.
        model.next_states(None, rules.retention as f32, 0).map_err(bad)?;
        Ok(Scheduler { rules, model })
    }

    /// What it goes by, as checked.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The state after an answer. Days since the last review are study days; the fuzz comes from `seed`.
    #[must_use]
    pub fn answer(&self, state: &CardState, grade: Grade, now: Moment, seed: u64) -> CardState {
        self.answer_in(state, grade, now, seed, &Calendar::default())
    }

    /// The state after an answer where the due day minds a [`Calendar`]: it falls on a light day of the fuzz span, and
    /// before a date to be ready by. The memory is the one that [`Scheduler::answer`] gives; the due day follows from the
    /// seed and the calendar. O(days in the span), about 5% of the interval.
    #[must_use]
    pub fn answer_in(
        &self,
        state: &CardState,
        grade: Grade,
        now: Moment,
        seed: u64,
        calendar: &Calendar,
    ) -> CardState {
        let next = self.remember(state, now);
        let (memory, _) = next[usize::from(grade.number()) - 1];
        let lapse = matches!(state.phase, Phase::Review { .. }) && grade == Grade::Again;
        // Where the clock was set back, days go on from the last review: else the next one would see years between the two
        // once the clock is right again. Steps are of the clock that runs.
        let last = state.last_review.filter(|last| last.utc_millis > now.utc_millis).unwrap_or(now);
        let today = last.study_day();
        let phase = self.step(state.phase, grade, now).unwrap_or_else(|| {
            // A date cuts long intervals and leaves short ones, which may turn their order round: under a
            // date none is shorter than that of a worse grade.
            let lowest = if calendar.horizon.is_some() { Grade::Again } else { grade };
            let days = Grade::ALL
                .into_iter()
                .zip(next)
                .filter(|(other, _)| (lowest..=grade).contains(other))
                .filter(|(other, _)| self.step(state.phase, *other, now).is_none())
                .map(|(_, (memory, days))| self.whole_days(memory, days, today, seed, calendar))
                .max();
            Phase::Review { due: today + days.unwrap_or(1) }
        });
        CardState {
            phase,
            memory: Some(memory),
            last_review: Some(last),
            reps: state.reps.saturating_add(1),
            lapses: state.lapses.saturating_add(u32::from(lapse)),
        }
    }

    /// The intervals that the four grades would give, from Again to Easy: exactly what [`Scheduler::answer`] gives
    /// with the same seed.
    #[must_use]
    pub fn preview(&self, state: &CardState, now: Moment, seed: u64) -> [Interval; 4] {
        self.preview_in(state, now, seed, &Calendar::default())
    }

    /// The intervals that the four grades would give: exactly what [`Scheduler::answer_in`] gives with the same seed
    /// and calendar.
    #[must_use]
    pub fn preview_in(
        &self,
        state: &CardState,
        now: Moment,
        seed: u64,
        calendar: &Calendar,
    ) -> [Interval; 4] {
        Grade::ALL.map(|grade| {
            let next = self.answer_in(state, grade, now, seed, calendar);
            next.interval().unwrap_or(Interval::Minutes(0))
        })
    }

    /// The chance of recall `days` after the last review, 0 to 1.
    #[must_use]
    pub fn recall(&self, memory: Memory, days: f64) -> f64 {
        // As the model takes it: it clips its parameters.
        let decay =
            self.rules.parameters.get(20).copied().unwrap_or(fsrs::FSRS6_DEFAULT_DECAY).clamp(0.1, 0.8);
        let state = MemoryState { stability: memory.stability, difficulty: memory.difficulty };
        let recall = f64::from(current_retrievability(state, days.max(0.0) as f32, decay));
        // A stored memory that is no number counts as none.
        if recall.is_nan() { 0.0 } else { recall }
    }

    /// The memory after each of the four grades, and the interval in days that the wished-for retention asks for.
    fn remember(&self, state: &CardState, now: Moment) -> [(Memory, f32); 4] {
        self.next_memories(state.memory, state.elapsed_days(now))
    }

    /// The memory after each of the four grades, given `elapsed` study days after the answer that led to `memory`, and
    /// the interval in days that the wished-for retention asks for. Without a memory it is a first answer.
    pub(super) fn next_memories(&self, memory: Option<Memory>, elapsed: u32) -> [(Memory, f32); 4] {
        let known =
            memory.map(|memory| MemoryState { stability: memory.stability, difficulty: memory.difficulty });
        let retention = self.rules.retention as f32;
        let next = self
            .model
            .next_states(known, retention, elapsed)
            // A stored memory that is no number counts as none.
            .or_else(|_| self.model.next_states(None, retention, 0))
            .expect("a first answer has a finite state: `new` has checked it");
        [next.again, next.hard, next.good, next.easy].map(|next| {
            (Memory { stability: next.memory.stability, difficulty: next.memory.difficulty }, next.interval)
        })
    }

    /// The step in which a card waits after an answer; nothing where it is due on a day.
    fn step(&self, phase: Phase, grade: Grade, now: Moment) -> Option<Phase> {
        let Rules { steps, relearning_steps, .. } = &self.rules;
        match phase {
            Phase::New => learning(on_steps(steps, 0, grade), now),
            Phase::Learning { step, .. } => learning(on_steps(steps, step, grade), now),
            Phase::Review { .. } if grade == Grade::Again => {
                relearning(on_steps(relearning_steps, 0, grade), now)
            }
            Phase::Review { .. } => None,
            Phase::Relearning { step, .. } => relearning(on_steps(relearning_steps, step, grade), now),
        }
    }

    /// An interval in whole days: rounded, at least one, at most the maximum, and spread where the rules say so.
    fn whole_days(&self, memory: Memory, days: f32, today: StudyDay, seed: u64, calendar: &Calendar) -> u32 {
        pick(calendar, today, self.span(memory, days, today, calendar.horizon), seed)
    }

    /// The days among which a review may fall that the model wants in `days`, for an answer given on `today`.
    pub(super) fn span(
        &self,
        memory: Memory,
        days: f32,
        today: StudyDay,
        horizon: Option<Horizon>,
    ) -> (u32, u32) {
        let maximum = self.rules.maximum_days;
        let span = if self.rules.fuzz {
            fuzz_span(days, maximum)
        } else {
            // `as` saturates and maps NaN to 0.
            let whole = (days.round() as u32).clamp(1, maximum);
            (whole, whole)
        };
        let Some(horizon) = horizon else { return span };
        horizon.span(today, span, self.recall(memory, f64::from(horizon.date.since(today))))
    }
}

fn learning(next: Option<(u32, u32)>, now: Moment) -> Option<Phase> {
    next.map(|(step, minutes)| Phase::Learning { step, due: now.plus_minutes(minutes) })
}

fn relearning(next: Option<(u32, u32)>, now: Moment) -> Option<Phase> {
    next.map(|(step, minutes)| Phase::Relearning { step, due: now.plus_minutes(minutes) })
}

/// The next step and its minutes, for a card in `step`; nothing where it leaves the steps. Again goes back to
/// the first, Good goes on, Easy leaves. Hard stays; in the first step it waits longer than Again and not
/// longer than Good: the middle of the first two steps, or half as long again where there is only one.
pub(super) fn on_steps(steps: &[u32], step: u32, grade: Grade) -> Option<(u32, u32)> {
    let first = *steps.first()?;
    let place = step as usize;
    match grade {
        Grade::Again => Some((0, first)),
        // The steps were more when the card came here: it has passed what is left of them.
        _ if place >= steps.len() => None,
        Grade::Hard if place == 0 => {
            let minutes = steps.get(1).map_or(first + first / 2, |second| u32::midpoint(first, *second));
            Some((0, minutes))
        }
        Grade::Hard => Some((step, steps[place])),
        Grade::Good => steps.get(place + 1).map(|&minutes| (step + 1, minutes)),
        Grade::Easy => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Due;
    use proptest::prelude::*;

    const G: Grade = Grade::Good;
    const A: Grade = Grade::Again;

    fn start() -> Moment {
        "2026-11-21T12:30:00Z".parse().expect("a time in a test")
    }

    fn plain(retention: f64, steps: &[u32], relearning_steps: &[u32]) -> Scheduler {
        let rules = Rules {
            retention,
            fuzz: false,
            steps: steps.to_vec(),
            relearning_steps: relearning_steps.to_vec(),
            ..Rules::default()
        };
        Scheduler::new(rules).expect("rules in a test")
    }

    /// The states after each grade, each answered at the moment when the card falls due.
    fn play(scheduler: &Scheduler, grades: &[Grade]) -> Vec<CardState> {
        let mut now = start();
        let mut state = CardState::default();
        let mut states = Vec::new();
        for &grade in grades {
            state = scheduler.answer(&state, grade, now, 0);
            now = state.due_moment(now);
            states.push(state);
        }
        states
    }

    fn days(states: &[CardState]) -> Vec<u32> {
        states.iter().map(|state| state.interval().map_or(0, Interval::days)).collect()
    }

    /// The vectors of FSRS-6 with default parameters, as the reference implementations (py-fsrs 6, fsrs-rs 6) give them.
    #[test]
    fn intervals_are_those_of_the_reference() {
        let check = |scheduler: &Scheduler, grades: &[Grade], expected: &[u32]| {
            assert_eq!(days(&play(scheduler, grades)), expected);
        };
        check(&plain(0.9, &[], &[]), &[G; 6], &[2, 11, 46, 163, 497, 1346]);
        check(&plain(0.85, &[], &[]), &[G; 6], &[4, 31, 173, 773, 2859, 9071]);
        let forgotten = [G, G, G, G, G, G, A, A, G, G, G, G, G];
        check(&plain(0.9, &[], &[]), &forgotten, &[2, 11, 46, 163, 497, 1346, 9, 1, 2, 4, 7, 13, 22]);
        check(&plain(0.9, &[1, 10], &[10]), &forgotten, &[0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]);
    }

    #[test]
    fn memory_is_that_of_the_reference() {
        // Stability after Good x6: the reference prints six figures, so half a unit of the last one is the tolerance.
        let expected = [2.3065_f32, 10.9643, 46.2803, 162.862, 497.447, 1345.53];
        for (state, expected) in play(&plain(0.9, &[], &[]), &[G; 6]).iter().zip(expected) {
            let stability = state.memory.expect("answered").stability;
            let figure = 10_f32.powf(expected.log10().floor() - 5.0);
            assert!((stability - expected).abs() <= 0.51 * figure.max(1e-4), "{stability} {expected}");
        }
        // Again, then Good five times, 0, 0, 1, 3, 8 and 21 days after the one before.
        let scheduler = plain(0.9, &[], &[]);
        let mut now = start();
        let mut state = CardState::default();
        for (gap, grade) in [(0, A), (0, G), (1, G), (3, G), (8, G), (21, G)] {
            now = now.plus_minutes(gap * 1440);
            state = scheduler.answer(&state, grade, now, 0);
        }
        let memory = state.memory.expect("answered");
        // f32 has 24 bits: one unit in the last place of 53.6 is 3.8e-6, of 6.36 4.8e-7. Ten of each allow for the
        // order in which another implementation rounds.
        assert!((memory.stability - 53.62691).abs() < 4e-5, "{memory:?}");
        assert!((memory.difficulty - 6.357_486_7).abs() < 5e-6, "{memory:?}");
    }

    #[test]
    fn steps_are_walked() {
        let scheduler = plain(0.9, &[1, 10], &[10]);
        let state = CardState::default();
        let now = start();
        let shown = |state: &CardState| scheduler.preview(state, now, 0).map(|interval| interval.to_string());
        assert_eq!(shown(&state), ["1 min", "5 min", "10 min", "8 d"]);
        let second = scheduler.answer(&state, G, now, 0);
        assert_eq!(second.phase, Phase::Learning { step: 1, due: now.plus_minutes(10) });
        assert_eq!(shown(&second), ["1 min", "10 min", "2 d", "4 d"]);
        let learned = scheduler.answer(&second, G, now, 0);
        assert_eq!(learned.phase, Phase::Review { due: now.study_day() + 2 });
        assert_eq!((learned.reps, learned.lapses), (2, 0));
        let forgotten = scheduler.answer(&learned, A, now, 0);
        assert_eq!(forgotten.phase, Phase::Relearning { step: 0, due: now.plus_minutes(10) });
        assert_eq!((forgotten.reps, forgotten.lapses), (3, 1));
        // Again while relearning is no second lapse.
        assert_eq!(scheduler.answer(&forgotten, A, now, 0).lapses, 1);
        // One step only: Hard waits half as long again. Fewer steps than before: the card leaves them.
        assert_eq!(plain(0.9, &[10], &[]).preview(&state, now, 0)[1], Interval::Minutes(15));
        let fewer = plain(0.9, &[1], &[]).answer(&second, G, now, 0);
        assert!(matches!(fewer.phase, Phase::Review { .. }));
    }

    #[test]
    fn a_clock_set_back_is_the_same_day() {
        let scheduler = plain(0.9, &[], &[]);
        let state = scheduler.answer(&CardState::default(), G, start(), 0);
        let earlier = "2020-01-01T00:00:00Z".parse().expect("a time in a test");
        assert_eq!(state.elapsed_days(earlier), 0);
        let same_day = scheduler.answer(&state, G, start(), 0);
        let backwards = scheduler.answer(&state, G, earlier, 0);
        assert_eq!(backwards.memory, same_day.memory);
        // It is due as if it had been answered on the day of the last review, and once the clock is right again nothing
        // tells it from one that was.
        assert_eq!((backwards.phase, backwards.last_review), (same_day.phase, Some(start())));
        let later = start().plus_minutes(10 * 1440);
        assert_eq!(scheduler.answer(&backwards, G, later, 0), scheduler.answer(&same_day, G, later, 0));
        // A step is over when the clock that runs says so.
        let steps = plain(0.9, &[1, 10], &[10]);
        let step = steps.answer(&steps.answer(&CardState::default(), G, start(), 0), A, earlier, 0);
        assert_eq!(step.due(), Some(Due::At(earlier.plus_minutes(1))));
    }

    #[test]
    fn a_damaged_memory_counts_as_none() {
        let memory = Some(Memory { stability: f32::NAN, difficulty: 5.0 });
        let state = CardState { memory, ..CardState::default() };
        let fresh = Scheduler::default().answer(&CardState::default(), G, start(), 0);
        assert_eq!(Scheduler::default().answer(&state, G, start(), 0).memory, fresh.memory);
    }

    #[test]
    fn recall_falls_to_90_percent_at_the_stability() {
        // The definition of stability.
        for stability in [0.5_f32, 10.0, 1345.5] {
            let memory = Memory { stability, difficulty: 5.0 };
            let recall = Scheduler::default().recall(memory, f64::from(stability));
            // Two powers in f32, each good to about 1e-7, the inner one to the power 6.5.
            assert!((recall - 0.9).abs() < 1e-5, "{recall}");
            assert!((Scheduler::default().recall(memory, 0.0) - 1.0).abs() < 1e-6);
        }
    }

    fn any_phase() -> impl Strategy<Value = Phase> {
        let day = start().study_day();
        prop_oneof![
            Just(Phase::New),
            (0..3_u32).prop_map(|step| Phase::Learning { step, due: start() }),
            Just(Phase::Review { due: day }),
            (0..3_u32).prop_map(|step| Phase::Relearning { step, due: start() }),
        ]
    }

    prop_compose! {
        fn any_state()(phase in any_phase(), stability in 0.001_f32..36_500.0, difficulty in 1.0_f32..10.0, reps: u32, lapses: u32) -> CardState {
            let seen = phase != Phase::New;
            CardState {
                phase,
                memory: seen.then_some(Memory { stability, difficulty }),
                last_review: seen.then(start),
                reps,
                lapses,
            }
        }
    }

    prop_compose! {
        fn any_rules()(retention in 0.70_f64..=0.99, fuzz: bool, mut steps in prop::collection::vec(1..=720_u32, 0..4),
            mut relearning_steps in prop::collection::vec(1..=720_u32, 0..4), maximum_days in 1..=36_500_u32) -> Rules {
            steps.sort_unstable();
            relearning_steps.sort_unstable();
            Rules { retention, fuzz, steps, relearning_steps, maximum_days, ..Rules::default() }
        }
    }

    proptest! {
        #[test]
        fn a_better_grade_never_comes_back_sooner(rules in any_rules(), state in any_state(), later in 0..3_000_u32, seed: u64) {
            let scheduler = Scheduler::new(rules).expect("valid by construction");
            let now = start().plus_minutes(later * 1440);
            let [again, hard, good, easy] = scheduler.preview(&state, now, seed);
            prop_assert!(again <= hard && hard <= good && good <= easy, "{:?}", [again, hard, good, easy]);
        }

        #[test]
        fn a_later_good_never_shortens(rules in any_rules(), state in any_state(), early in 0..3_000_u32, more in 0..3_000_u32, seed: u64) {
            // `easy` stands for `good` where the card is in its steps: what counts here is the model's interval.
            let scheduler = Scheduler::new(rules).expect("valid by construction");
            for grade in [Grade::Good, Grade::Easy] {
                let interval = |days: u32| {
                    scheduler.answer(&state, grade, start().plus_minutes(days * 1440), seed).interval()
                };
                prop_assert!(interval(early) <= interval(early + more));
            }
        }

        #[test]
        fn an_interval_keeps_to_the_rules(rules in any_rules(), state in any_state(), later in 0..3_000_u32, seed: u64) {
            let scheduler = Scheduler::new(rules.clone()).expect("valid by construction");
            let now = start().plus_minutes(later * 1440);
            for grade in Grade::ALL {
                let next = scheduler.answer(&state, grade, now, seed);
                let memory = next.memory.expect("answered");
                prop_assert!((0.001..=36_500.0).contains(&memory.stability) && (1.0..=10.0).contains(&memory.difficulty));
                match next.interval() {
                    Some(Interval::Days(days)) => prop_assert!((1..=rules.maximum_days).contains(&days)),
                    Some(Interval::Minutes(minutes)) => prop_assert!((1..=1080).contains(&minutes)),
                    None => prop_assert!(false, "answered and not due"),
                }
                // Reproducible: the same review gives the same state.
                prop_assert_eq!(next, scheduler.answer(&state, grade, now, seed));
                // And with fuzz on, it stays in the span around what it is without.
                if let (true, Some(Interval::Days(days))) = (rules.fuzz, next.interval()) {
                    let without = Scheduler::new(Rules { fuzz: false, ..rules.clone() }).expect("valid by construction");
                    let (_, exact) = without.remember(&state, now)[usize::from(grade.number()) - 1];
                    let (low, high) = fuzz_span(exact, rules.maximum_days);
                    prop_assert!((low..=high).contains(&days));
                }
            }
        }
    }
}
