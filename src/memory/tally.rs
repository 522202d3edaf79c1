//! What statistics are made of: sums over answers.
//!
//! Every figure that speaks of the past is a quotient of sums: recalled of asked, time of answers, bets within a factor of
//! two of all bets. The sums are kept by study day, by topic, by hour of the day, by what was predicted and by how far off
//! a bet was; they are few, however long the log is. All of them are whole numbers (shares in millionths, decades in
//! thousandths), so an answer that is taken back leaves them exactly as they were, and it does not matter in which
//! order answers were counted or from which machine they came.
//!
//! What an answer adds follows from its own entry in the log and from nothing else. So a log that was merged from two
//! machines has the sum of both.

use std::collections::BTreeMap;

use super::bet::LoggedBet;
use super::{CardState, Grade, Moment, Phase, Review, ReviewKind, Scheduler, StudyDay};

/// From this interval on a card counts as mature, in days. Anki draws the line there too.
pub const MATURE: u32 = 21;

/// The most of a single answer that counts as time spent: whoever takes longer is away. In milliseconds.
pub const LONGEST: u64 = 600_000;

/// An answer, as far as statistics look at it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The card, by its id.
    pub card: &'a str,
    /// When it was graded.
    pub at: Moment,
    /// How well it went.
    pub grade: Grade,
    /// Whether it counted for the schedule.
    pub kind: ReviewKind,
    /// From the question to the grade, in milliseconds.
    pub took_millis: u64,
    /// What was answered, as logged.
    pub answer: Option<&'a str>,
    /// The card's state before.
    pub before: &'a CardState,
    /// What predicts recall, by the rules of the answer.
    pub scheduler: &'a Scheduler,
}

impl<'a> Answered<'a> {
    /// The same of a review. `scheduler` goes by its rules.
    #[must_use]
    pub fn of(review: &'a Review, scheduler: &'a Scheduler) -> Answered<'a> {
        Answered {
            card: &review.card,
            at: review.at,
            grade: review.grade,
            kind: review.kind,
            took_millis: review.took_millis,
            answer: review.answer.as_deref(),
            before: &review.before,
            scheduler,
        }
    }

    /// The chance of recall that was predicted, 0 to 1; nothing where the answer is no test of memory. It is one where it
    /// counted for the schedule, the card had left the learning steps, and it was the card's first answer of the study day.
    #[must_use]
    pub fn predicted(&self) -> Option<f64> {
        let days = self.before.elapsed_days(self.at);
        let counts = self.kind == ReviewKind::Scheduled
            && matches!(self.before.phase, Phase::Review { .. })
            && days >= 1;
        let memory = self.before.memory.filter(|memory| memory.stability > 0.0)?;
        let recall = counts.then(|| self.scheduler.recall(memory, f64::from(days)))?;
        recall.is_finite().then(|| recall.clamp(0.0, 1.0))
    }

    /// The interval that the card had waited for was at least [`MATURE`].
    fn mature(&self) -> bool {
        self.before.interval().is_some_and(|interval| interval.days() >= MATURE)
    }
}

/// Tests of memory: first answers of a day to cards that had been learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recall {
    /// How many.
    pub asked: i64,
    /// How many of them were recalled: any grade but Again.
    pub recalled: i64,
    /// The sum of the predicted chances of recall, in millionths.
    pub predicted: i64,
    /// The sum of -ln of the chance that was given to what then happened, in millionths.
    pub loss: i64,
}

impl Recall {
    /// The share that was recalled, 0 to 1; nothing where nothing was asked.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.recalled as f64 / self.asked as f64)
    }

    /// The mean of what was predicted, 0 to 1; nothing where nothing was asked.
    #[must_use]
    pub fn mean_predicted(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.predicted as f64 / (1e6 * self.asked as f64))
    }

    /// The mean log loss in nats: 0 is a prophet, 0.69 a coin. Nothing where nothing was asked.
    #[must_use]
    pub fn log_loss(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.loss as f64 / (1e6 * self.asked as f64))
    }
}

/// Bets: how far off they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bets {
    /// How many.
    pub count: i64,
    /// At most 10% of the truth away from it.
    pub within_tenth: i64,
    /// At most a factor of 2 above or below the truth.
    pub within_two: i64,
    /// At most a factor of 10 above or below the truth.
    pub within_ten: i64,
    /// Above the truth.
    pub high: i64,
    /// Below the truth.
    pub low: i64,
    /// The sum of log10 of bet by truth, in thousandths: above 0 where bets are too high.
    pub decades: i64,
    /// The sum of the same without its sign.
    pub distance: i64,
}

impl Bets {
    /// A share of the bets, 0 to 1; nothing where there are none.
    #[must_use]
    pub fn share(&self, of: i64) -> Option<f64> {
        (self.count > 0).then(|| of as f64 / self.count as f64)
    }

    /// The factor by which bets are off on the whole: the geometric mean of bet by truth. 2 where they are twice as
    /// high as the truth, 0.5 where they are half of it. Nothing where there are none.
    #[must_use]
    pub fn bias(&self) -> Option<f64> {
        (self.count > 0).then(|| 10_f64.powf(self.decades as f64 / 1000.0 / self.count as f64))
    }

    /// The factor by which a bet is off, whichever way: the geometric mean, from 1 on. Nothing where there are none.
    #[must_use]
    pub fn spread(&self) -> Option<f64> {
        (self.count > 0).then(|| 10_f64.powf(self.distance as f64 / 1000.0 / self.count as f64))
    }
}

/// Sums over some answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Scheduled answers by grade, from Again to Easy.
    pub by_grade: [i64; 4],
    /// How many of these were the first of their card.
    pub new: i64,
    /// Answers that were practice. They are in no other count but the time and the bets.
    pub practice: i64,
    /// The time that all answers took, in milliseconds; an answer counts at most [`LONGEST`].
    pub millis: i64,
    /// Tests of memory of cards whose interval was below [`MATURE`] days.
    pub young: Recall,
    /// Tests of memory of the others.
    pub mature: Recall,
    /// Bets, also those of practice.
    pub bets: Bets,
}

/// How many numbers [`Sums`] are.
pub const NUMBERS: usize = 23;

impl Sums {
    /// What one answer adds.
    #[must_use]
    pub fn of(answered: &Answered<'_>) -> Sums {
        let mut sums = Sums {
            millis: answered.took_millis.min(LONGEST).cast_signed(),
            bets: answered.answer.and_then(LoggedBet::read).map_or_else(Bets::default, |bet| bet.counted()),
            ..Sums::default()
        };
        if answered.kind == ReviewKind::Practice {
            sums.practice = 1;
            return sums;
        }
        sums.by_grade[usize::from(answered.grade.number()) - 1] = 1;
        sums.new = i64::from(answered.before.is_new());
        if let Some(predicted) = answered.predicted() {
            let recalled = answered.grade != Grade::Again;
            let given = if recalled { predicted } else { 1.0 - predicted };
            let recall = Recall {
                asked: 1,
                recalled: i64::from(recalled),
                predicted: millionths(predicted),
                // Who was sure and was wrong loses much, and not everything.
                loss: millionths(-given.max(1e-6).ln()),
            };
            *(if answered.mature() { &mut sums.mature } else { &mut sums.young }) = recall;
        }
        sums
    }

    /// Scheduled answers.
    #[must_use]
    pub fn answers(&self) -> i64 {
        self.by_grade.iter().sum()
    }

    /// Tests of memory of young and mature cards together.
    #[must_use]
    pub fn recall(&self) -> Recall {
        let (young, mature) = (&self.young, &self.mature);
        Recall {
            asked: young.asked + mature.asked,
            recalled: young.recalled + mature.recalled,
            predicted: young.predicted + mature.predicted,
            loss: young.loss + mature.loss,
        }
    }

    /// The time in minutes.
    #[must_use]
    pub fn minutes(&self) -> f64 {
        self.millis as f64 / 60_000.0
    }

    /// Adds other sums `times` times: 1 to count them, -1 to take them off.
    pub fn add(&mut self, other: &Sums, times: i64) {
        let (mine, theirs) = (self.numbers(), other.numbers());
        *self = Sums::from_numbers(std::array::from_fn(|i| mine[i] + times * theirs[i]));
    }

    /// All numbers, in the order of the fields.
    #[must_use]
    pub fn numbers(&self) -> [i64; NUMBERS] {
        let Sums { by_grade: [again, hard, good, easy], new, practice, millis, young, mature, bets } = *self;
        let Bets { count, within_tenth, within_two, within_ten, high, low, decades, distance } = bets;
        [
            again,
            hard,
            good,
            easy,
            new,
            practice,
            millis, //
            young.asked,
            young.recalled,
            young.predicted,
            young.loss, //
            mature.asked,
            mature.recalled,
            mature.predicted,
            mature.loss, //
            count,
            within_tenth,
            within_two,
            within_ten,
            high,
            low,
            decades,
            distance,
        ]
    }

    /// The sums with these numbers, in the order of [`Sums::numbers`].
    #[must_use]
    pub fn from_numbers(numbers: [i64; NUMBERS]) -> Sums {
        let [again, hard, good, easy, new, practice, millis, rest @ ..] = numbers;
        let [y0, y1, y2, y3, m0, m1, m2, m3, rest @ ..] = rest;
        let [count, within_tenth, within_two, within_ten, high, low, decades, distance] = rest;
        Sums {
            by_grade: [again, hard, good, easy],
            new,
            practice,
            millis,
            young: Recall { asked: y0, recalled: y1, predicted: y2, loss: y3 },
            mature: Recall { asked: m0, recalled: m1, predicted: m2, loss: m3 },
            bets: Bets { count, within_tenth, within_two, within_ten, high, low, decades, distance },
        }
    }
}

/// Of what a sum is the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Of a study day: its number.
    Day,
    /// Of a topic: its slug.
    Topic,
    /// Of an hour by the local clock: 0 to 23.
    Hour,
    /// Tests of memory for which this recall was predicted: whole percent, rounded down, 0 to 99.
    Predicted,
    /// Bets that were off by this: tenths of a decade, rounded, -30 to 30; what is further off stands at the ends.
    Factor,
}

impl Part {
    /// All parts.
    pub const ALL: [Part; 5] = [Part::Day, Part::Topic, Part::Hour, Part::Predicted, Part::Factor];
}

/// Sums over the answers of a log, by part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// By study day.
    pub days: BTreeMap<StudyDay, Sums>,
    /// By topic.
    pub topics: BTreeMap<String, Sums>,
    /// By hour of the local clock.
    pub hours: BTreeMap<i64, Sums>,
    /// By what was predicted, in whole percent.
    pub predicted: BTreeMap<i64, Sums>,
    /// By how far off a bet was, in tenths of a decade.
    pub factors: BTreeMap<i64, Sums>,
}

impl Tally {
    /// Counts an answer `times` times: 1 to count it, -1 to take it off. O(log of the topics and days).
    pub fn count(&mut self, answered: &Answered<'_>, times: i64) {
        let sums = Sums::of(answered);
        self.days.entry(answered.at.study_day()).or_default().add(&sums, times);
        self.hours.entry(answered.at.local_hour()).or_default().add(&sums, times);
        let topic = topic_of(answered.card);
        match self.topics.get_mut(topic) {
            Some(of) => of.add(&sums, times),
            None => self.topics.entry(topic.to_string()).or_default().add(&sums, times),
        }
        let recall = sums.recall();
        if recall.asked > 0 {
            let only = Sums { young: sums.young, mature: sums.mature, ..Sums::default() };
            let percent = (recall.predicted / 10_000).clamp(0, 99);
            self.predicted.entry(percent).or_default().add(&only, times);
        }
        if sums.bets.count > 0 {
            let only = Sums { bets: sums.bets, ..Sums::default() };
            let tenths = (sums.bets.decades as f64 / 100.0).round() as i64;
            self.factors.entry(tenths.clamp(-30, 30)).or_default().add(&only, times);
        }
    }

    /// Adds sums that were kept: of which part, under which key. A key that is none of the part says so by `false`.
    pub fn put(&mut self, part: Part, key: &str, sums: &Sums) -> bool {
        let number = key.parse::<i64>().ok();
        let place = match (part, number) {
            (Part::Topic, _) => self.topics.entry(key.to_string()).or_default(),
            (Part::Day, Some(day)) => match i32::try_from(day) {
                Ok(day) => self.days.entry(StudyDay(day)).or_default(),
                Err(_) => return false,
            },
            (Part::Hour, Some(hour)) => self.hours.entry(hour).or_default(),
            (Part::Predicted, Some(percent)) => self.predicted.entry(percent).or_default(),
            (Part::Factor, Some(tenths)) => self.factors.entry(tenths).or_default(),
            (_, None) => return false,
        };
        place.add(sums, 1);
        true
    }

    /// All sums that are not zero, with their part and key as [`Tally::put`] takes them.
    pub fn parts(&self) -> impl Iterator<Item = (Part, String, &Sums)> {
        let days = self.days.iter().map(|(day, sums)| (Part::Day, day.0.to_string(), sums));
        let topics = self.topics.iter().map(|(topic, sums)| (Part::Topic, topic.clone(), sums));
        let numbered =
            [(Part::Hour, &self.hours), (Part::Predicted, &self.predicted), (Part::Factor, &self.factors)];
        let numbered = numbered
            .into_iter()
            .flat_map(|(part, of)| of.iter().map(move |(key, sums)| (part, key.to_string(), sums)));
        days.chain(topics).chain(numbered).filter(|(.., sums)| **sums != Sums::default())
    }

    /// Drops sums that are zero: what was taken back leaves no trace.
    pub fn tidy(&mut self) {
        let some = |sums: &Sums| *sums != Sums::default();
        self.days.retain(|_, sums| some(sums));
        self.topics.retain(|_, sums| some(sums));
        for of in [&mut self.hours, &mut self.predicted, &mut self.factors] {
            of.retain(|_, sums| some(sums));
        }
    }

    /// The sums over the study days from `from` to `to`, both included. O(days).
    #[must_use]
    pub fn between(&self, from: StudyDay, to: StudyDay) -> Sums {
        let mut total = Sums::default();
        if from <= to {
            self.days.range(from..=to).for_each(|(_, sums)| total.add(sums, 1));
        }
        total
    }

    /// The sums over all days. O(days).
    #[must_use]
    pub fn all(&self) -> Sums {
        self.between(StudyDay(i32::MIN), StudyDay(i32::MAX))
    }

    /// Study days in a row with a scheduled answer, up to `today` or the day before.
    #[must_use]
    pub fn streak(&self, today: StudyDay) -> u32 {
        let studied = |day: StudyDay| self.days.get(&day).is_some_and(|sums| sums.answers() > 0);
        let from = if studied(today) { today } else { today - 1 };
        (0..).take_while(|&back| studied(from - back)).count() as u32
    }

    /// The longest such row of days there ever was. O(days).
    #[must_use]
    pub fn longest_streak(&self) -> u32 {
        let (mut longest, mut now, mut last) = (0, 0, None);
        for (day, _) in self.days.iter().filter(|(_, sums)| sums.answers() > 0) {
            now = if last.is_some_and(|last: StudyDay| last + 1 == *day) { now + 1 } else { 1 };
            (longest, last) = (longest.max(now), Some(*day));
        }
        longest
    }
}

/// The topic of a card: what stands before the first dot of its id.
#[must_use]
pub fn topic_of(card: &str) -> &str {
    card.split_once('.').map_or(card, |(topic, _)| topic)
}

fn millionths(value: f64) -> i64 {
    (value * 1e6).round() as i64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::memory::{EventId, Rules};

    fn at(text: &str) -> Moment {
        text.parse().expect("a time in a test")
    }

    /// A learner who answers as is told, card by card, by a scheduler without chance.
    #[derive(Debug)]
    struct Learner {
        scheduler: Scheduler,
        states: BTreeMap<&'static str, CardState>,
        log: Vec<Review>,
    }

    impl Learner {
        fn new() -> Learner {
            let rules = Rules { fuzz: false, steps: vec![10], ..Rules::default() };
            let scheduler = Scheduler::new(rules).expect("rules in a test");
            Learner { scheduler, states: BTreeMap::new(), log: Vec::new() }
        }

        fn answer(
            &mut self,
            card: &'static str,
            grade: Grade,
            at: Moment,
            kind: ReviewKind,
            answer: Option<&str>,
        ) {
            let before = self.states.get(card).copied().unwrap_or_default();
            let after = match kind {
                ReviewKind::Scheduled => self.scheduler.answer(&before, grade, at, 0),
                ReviewKind::Practice => before,
            };
            self.states.insert(card, after);
            self.log.push(Review {
                id: EventId::new(at, self.log.len() as u128),
                card: card.to_string(),
                at,
                grade,
                answer: answer.map(str::to_string),
                seed: 0,
                took_millis: 9_000,
                kind,
                before,
                after,
                rules: Arc::new(self.scheduler.rules().clone()),
            });
        }

        fn good(&mut self, card: &'static str, time: &str) {
            self.answer(card, Grade::Good, at(time), ReviewKind::Scheduled, None);
        }

        fn tally(&self) -> Tally {
            let mut tally = Tally::default();
            self.log.iter().for_each(|review| tally.count(&Answered::of(review, &self.scheduler), 1));
            tally
        }
    }

    #[test]
    fn a_small_log_counted_by_hand() {
        let mut learner = Learner::new();
        // New, its one step, then a review after two days, answered twice that day: one test of memory.
        learner.good("caching.a", "2026-11-01T10:00:00Z");
        learner.good("caching.a", "2026-11-01T10:10:00Z");
        learner.good("caching.a", "2026-11-03T10:00:00Z");
        learner.good("caching.a", "2026-11-03T20:00:00Z");
        // Forgotten, the relearning step, practice, and a bet twice too high.
        learner.answer("caching.a", Grade::Again, at("2026-12-25T02:00:00Z"), ReviewKind::Scheduled, None);
        learner.good("caching.a", "2026-12-25T02:10:00Z");
        learner.answer("caching.a", Grade::Easy, at("2026-12-25T03:00:00Z"), ReviewKind::Practice, None);
        let bet = Some("bet 0.2 truth 0.1");
        learner.answer("queues.b", Grade::Hard, at("2026-12-25T12:00:00Z"), ReviewKind::Scheduled, bet);
        let tally = learner.tally();
        let all = tally.all();
        assert_eq!((all.by_grade, all.new, all.practice, all.answers()), ([1, 1, 5, 0], 2, 1, 7));
        assert_eq!(all.millis, 8 * 9_000);
        // The interval before the second day was 2 days, before the lapse 10 or so: both young.
        assert_eq!((all.young.asked, all.young.recalled, all.mature.asked), (2, 1, 0));
        assert_eq!((all.bets.count, all.bets.within_two, all.bets.within_tenth, all.bets.high), (1, 1, 0, 1));
        // 02:00 at night belongs to the day before.
        let days: Vec<(String, i64)> =
            tally.days.iter().map(|(day, sums)| (day.to_string(), sums.answers())).collect();
        let expected = [("2026-11-01", 2), ("2026-11-03", 2), ("2026-12-24", 2), ("2026-12-25", 1)];
        assert_eq!(days, expected.map(|(day, count)| (day.to_string(), count)));
        assert_eq!(tally.hours.keys().copied().collect::<Vec<_>>(), [2, 3, 10, 12, 20]);
        let topics: Vec<(&str, i64)> =
            tally.topics.iter().map(|(topic, sums)| (topic.as_str(), sums.answers())).collect();
        assert_eq!(topics, [("caching", 6), ("queues", 1)]);
        assert_eq!(tally.factors.keys().copied().collect::<Vec<_>>(), [3]);
        // After two days at the reference's first stability: (1 + (0.9^(-1/0.1542) - 1) * 2 / 2.3065)^-0.1542 = 0.9095.
        let first = tally.predicted.iter().next_back().expect("a prediction");
        assert_eq!((*first.0, first.1.young.recalled), (90, 1));
        // Log loss by its definition.
        let predicted: Vec<(f64, bool)> = learner
            .log
            .iter()
            .filter_map(|review| {
                Some((Answered::of(review, &learner.scheduler).predicted()?, review.grade != Grade::Again))
            })
            .collect();
        let loss: f64 =
            predicted.iter().map(|&(p, hit)| -(if hit { p } else { 1.0 - p }).ln()).sum::<f64>() / 2.0;
        // Each of the two is rounded to a millionth.
        assert!((all.recall().log_loss().expect("two tests") - loss).abs() < 1e-6);
    }

    #[test]
    fn streaks() {
        let mut learner = Learner::new();
        let today = at("2026-11-21T12:00:00Z").study_day();
        for day in ["10", "11", "12", "13", "18", "19", "20"] {
            learner.good("a.b", &format!("2026-11-{day}T12:00:00Z"));
        }
        let tally = learner.tally();
        assert_eq!((tally.streak(today), tally.streak(today - 1), tally.streak(today + 1)), (3, 3, 0));
        assert_eq!(tally.longest_streak(), 4);
        assert_eq!((Tally::default().streak(today), Tally::default().longest_streak()), (0, 0));
        assert_eq!(tally.between(today - 2, today).answers(), 2);
        assert_eq!(tally.between(today, today - 2).answers(), 0);
    }

    fn any_log() -> impl Strategy<Value = Learner> {
        let card = prop::sample::select(vec!["a.one", "a.two", "b.one", "loose"]);
        let answer = prop::option::of(prop::sample::select(vec!["bet 3 truth 2", "bet 0 truth 1", "yes"]));
        let step = (card, 1..=4_i64, 0..4000_u32, prop::bool::weighted(0.1), answer);
        prop::collection::vec(step, 0..60).prop_map(|steps| {
            let mut learner = Learner::new();
            let mut now = at("2026-01-01T00:00:00Z");
            for (card, grade, minutes, practice, answer) in steps {
                now = now.plus_minutes(minutes);
                let grade = Grade::from_number(grade).expect("1 to 4");
                let kind = if practice { ReviewKind::Practice } else { ReviewKind::Scheduled };
                learner.answer(card, grade, now, kind, answer);
            }
            learner
        })
    }

    proptest! {
        #[test]
        fn sums_are_what_a_plain_look_at_the_log_finds(learner in any_log()) {
            let tally = learner.tally();
            let all = tally.all();
            let scheduled: Vec<&Review> = learner.log.iter().filter(|r| r.kind == ReviewKind::Scheduled).collect();
            prop_assert_eq!(all.answers(), scheduled.len() as i64);
            for grade in Grade::ALL {
                let count = scheduled.iter().filter(|r| r.grade == grade).count() as i64;
                prop_assert_eq!(all.by_grade[usize::from(grade.number()) - 1], count);
            }
            // A test of memory by another way: group by card and day, look at the first answer, and whether it was learned.
            let mut first: BTreeMap<(&str, StudyDay), &Review> = BTreeMap::new();
            for review in &scheduled {
                first.entry((&review.card, review.at.study_day())).or_insert(review);
            }
            let learned: Vec<&&Review> = first.values().filter(|r| matches!(r.before.phase, Phase::Review { .. })).collect();
            prop_assert_eq!(all.recall().asked, learned.len() as i64);
            prop_assert_eq!(all.recall().recalled, learned.iter().filter(|r| r.grade != Grade::Again).count() as i64);
            let by_bin: i64 = tally.predicted.values().map(|sums| sums.recall().asked).sum();
            prop_assert_eq!(by_bin, learned.len() as i64);
            for sums in [tally.hours.values(), tally.factors.values()] {
                prop_assert_eq!(sums.map(|sums| sums.bets.count).sum::<i64>(), all.bets.count);
            }
            let mut topics = Sums::default();
            tally.topics.values().for_each(|sums| topics.add(sums, 1));
            prop_assert_eq!(topics, all);
            // Taking off in another order leaves nothing; what was kept comes back.
            let mut left = tally.clone();
            learner.log.iter().rev().for_each(|review| left.count(&Answered::of(review, &learner.scheduler), -1));
            left.tidy();
            prop_assert_eq!(left, Tally::default());
            let mut kept = Tally::default();
            for (part, key, sums) in tally.parts() {
                prop_assert!(kept.put(part, &key, &Sums::from_numbers(sums.numbers())));
            }
            prop_assert_eq!(kept, tally);
        }
    }
}
