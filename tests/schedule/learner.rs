//! A learner made of coins: recall follows the model, the grades follow what people do on average.

use sysdrill::memory::{CardState, Grade, Interval, Memory, Moment, Phase, Scheduler, StudyDay};

/// Random numbers from a seed (SplitMix64: Steele, Lea and Flood, 2014).
pub struct Coins(pub u64);

impl Coins {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to below 1.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of four grades, with these chances.
    pub fn grade(&mut self, chances: [f64; 4]) -> Grade {
        let mut left = self.share() * chances.iter().sum::<f64>();
        for (grade, chance) in Grade::ALL.into_iter().zip(chances) {
            left -= chance;
            if left < 0.0 {
                return grade;
            }
        }
        Grade::Easy
    }
}

/// The chances of the four grades where a card is new, and of the three better ones where it was recalled: the
/// averages over the users of Anki that the simulator of the crate `fsrs` ships with.
const FIRST: [f64; 4] = [0.24, 0.094, 0.495, 0.171];
const RECALLED: [f64; 4] = [0.0, 0.224, 0.631, 0.145];
/// In the steps, by the grade before (Again, Hard, Good).
const STEPS: [[f64; 4]; 3] =
    [[0.3686, 0.0628, 0.5108, 0.0577], [0.0442, 0.4553, 0.4457, 0.0549], [0.0519, 0.047, 0.8462, 0.055]];

/// A learner and the clock.
pub struct Learner {
    pub coins: Coins,
    /// Seconds for the first answer to a new card, and for any other.
    pub first: f64,
    pub other: f64,
    /// By how much their memory is firmer than the scheduler thinks: 1 is exactly as thought.
    pub firmness: f32,
}

impl Learner {
    pub fn new(seed: u64) -> Learner {
        Learner { coins: Coins(seed), first: 20.0, other: 10.0, firmness: 1.0 }
    }

    /// The true chance of recall on a day.
    pub fn recall(&self, scheduler: &Scheduler, state: &CardState, day: StudyDay) -> f64 {
        let (Some(memory), Some(last)) = (state.memory, state.last_review) else { return 0.0 };
        let memory = Memory { stability: memory.stability * self.firmness, ..memory };
        scheduler.recall(memory, f64::from(day.since(last.study_day())))
    }

    /// Studies a card until it is due on another day: the seconds that took, the answers, and whether it was recalled.
    pub fn study(
        &mut self,
        scheduler: &Scheduler,
        state: &mut CardState,
        day: StudyDay,
        mut answer: impl FnMut(&CardState, Grade, Moment, u64) -> CardState,
    ) -> Studied {
        let recall = self.recall(scheduler, state, day);
        let mut now = day.start(0).plus_minutes(8 * 60);
        let mut studied = Studied { seconds: 0.0, answers: 0, recalled: false };
        let mut grade = if state.is_new() {
            studied.seconds += self.first - self.other;
            self.coins.grade(FIRST)
        } else if self.coins.share() < recall {
            studied.recalled = true;
            self.coins.grade(RECALLED)
        } else {
            Grade::Again
        };
        loop {
            *state = answer(state, grade, now, self.coins.bits());
            studied.seconds += self.other;
            studied.answers += 1;
            now = now.plus_minutes(1);
            if let Phase::Review { .. } = state.phase {
                return studied;
            }
            grade = self.coins.grade(STEPS[usize::from(grade.number()).min(3) - 1]);
        }
    }
}

/// What studying a card took.
pub struct Studied {
    pub seconds: f64,
    pub answers: u32,
    pub recalled: bool,
}

/// Whole days of the interval that the last answer gave.
pub fn days(state: &CardState) -> u32 {
    state.interval().map_or(0, Interval::days)
}

/// Mean and standard deviation.
pub fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}
