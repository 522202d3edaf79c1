//! The placement quiz: about a dozen questions that find out what a newcomer knows already.
//!
//! The path goes from what everything rests on to what rests on everything, so a topic's place on it is taken for its
//! difficulty, and one number for what the learner can do: the place up to which topics are mostly known. The
//! quiz keeps a distribution over that number (Bayes' rule on a grid; an answer may be a slip or a guess) and asks the
//! topic about whose answer it is least sure, which halves the doubt with each question, as in adaptive testing
//! (Lord, 1980). Parts that were asked about less go first where two topics tell as much.
//!
//! What is taken for known rests on evidence alone: the topics whose question was answered, and what these build on.
//! Nothing is guessed from the ability itself. A first review then says so in the log, as an Easy that can be taken
//! back like any other, and spreads the cards over the coming weeks.

use std::collections::HashMap;
use std::sync::Arc;

use super::Given;
use super::given::review_in;
use crate::deck::{CardId, Weight};
use crate::memory::{BadRules, Calendar, CardState, Grade, Moment, Review, ReviewKind, Rules, Scheduler};
use crate::sim::{Rng, Seed};

/// How many questions a placement asks at most.
pub const QUESTIONS: usize = 12;

/// What a review of [`mark_known`] says that was answered: the way to tell it from an answer.
pub const PLACED: &str = "known by placement";

/// The grid of what a learner may be able to do.
const GRID: usize = 41;

/// The chance of a wrong answer to what is known, and of a right one to what is not.
const SLIP: f64 = 0.1;
const GUESS: f64 = 0.15;

/// How sharply known topics end on the path: at a tenth of it past the end three of four are not known.
const SHARPNESS: f64 = 11.0;

/// A topic of the path, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its slug.
    pub slug: String,
    /// Its part of the curriculum.
    pub part: String,
    /// The slugs of the topics that it builds on.
    pub prerequisites: Vec<String>,
    /// Whether it has a card that can be asked.
    pub asked_about: bool,
}

/// A topic that is taken for known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its slug.
    pub slug: String,
    /// Whether its own question was answered; else a topic that builds on it is known.
    pub answered: bool,
}

/// A placement quiz that goes on.
#[derive(Clone, Debug)]
pub struct Placement {
    topics: Vec<Place>,
    at: HashMap<String, usize>,
    answers: Vec<(usize, bool)>,
}

impl Placement {
    /// A quiz over the path. O(topics).
    #[must_use]
    pub fn new(topics: Vec<Place>) -> Placement {
        let at = topics.iter().enumerate().map(|(index, topic)| (topic.slug.clone(), index)).collect();
        Placement { topics, at, answers: Vec::new() }
    }

    /// The topic to ask about next; nothing after the last question, or where nothing is left to ask about.
    #[must_use]
    pub fn next(&self) -> Option<&Place> {
        if self.answers.len() >= QUESTIONS {
            return None;
        }
        let belief = self.belief();
        let known: Vec<usize> = self.known_places().into_iter().map(|(index, _)| index).collect();
        let part = |index: usize| {
            self.answers
                .iter()
                .filter(|(asked, _)| self.topics[*asked].part == self.topics[index].part)
                .count()
        };
        let open = (0..self.topics.len()).filter(|&index| {
            self.topics[index].asked_about
                && !known.contains(&index)
                && self.answers.iter().all(|(asked, _)| *asked != index)
        });
        let doubt = |index: usize| {
            let right: f64 =
                belief.iter().enumerate().map(|(point, share)| share * self.right(point, index)).sum();
            // How far from a coin's toss, in twentieths, so that topics that tell about as much count as equal.
            (((right - 0.5).abs() * 20.0).round() as u32, part(index), index)
        };
        open.min_by_key(|&index| doubt(index)).map(|index| &self.topics[index])
    }

    /// Takes the answer to the question about a topic. A topic that is not on the path is passed over.
    pub fn answer(&mut self, slug: &str, right: bool) {
        if let Some(&index) = self.at.get(slug) {
            self.answers.push((index, right));
        }
    }

    /// Takes the last answer back.
    pub fn undo(&mut self) {
        self.answers.pop();
    }

    /// How many questions were answered.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.answers.len()
    }

    /// What is taken for known: topics answered, and all that these build on but what was answered wrong. In the order
    /// of the path.
    #[must_use]
    pub fn known(&self) -> Vec<Known> {
        let known = self.known_places().into_iter();
        known.map(|(index, answered)| Known { slug: self.topics[index].slug.clone(), answered }).collect()
    }

    fn known_places(&self) -> Vec<(usize, bool)> {
        let wrong = |index: usize| self.answers.iter().any(|&(asked, right)| asked == index && !right);
        let mut known: HashMap<usize, bool> = HashMap::new();
        let mut open: Vec<(usize, bool)> =
            self.answers.iter().filter(|(_, right)| *right).map(|&(index, _)| (index, true)).collect();
        while let Some((index, answered)) = open.pop() {
            if wrong(index) || known.get(&index).is_some_and(|before| *before || !answered) {
                continue;
            }
            known.insert(index, answered);
            let below = self.topics[index].prerequisites.iter().filter_map(|slug| self.at.get(slug));
            open.extend(below.map(|&below| (below, false)));
        }
        let mut known: Vec<(usize, bool)> = known.into_iter().collect();
        known.sort_unstable();
        known
    }

    /// How likely each point of the grid is, after the answers.
    fn belief(&self) -> Vec<f64> {
        let mut belief = vec![1.0; GRID];
        for &(index, right) in &self.answers {
            for (point, share) in belief.iter_mut().enumerate() {
                let chance = self.right(point, index);
                *share *= if right { chance } else { 1.0 - chance };
            }
        }
        let sum: f64 = belief.iter().sum();
        belief.iter_mut().for_each(|share| *share /= sum);
        belief
    }

    /// The chance that somebody at a point of the grid answers a question about a topic.
    fn right(&self, point: usize, index: usize) -> f64 {
        let ability = point as f64 / (GRID - 1) as f64;
        let difficulty = index as f64 / (self.topics.len().max(2) - 1) as f64;
        let knows = 1.0 / (1.0 + libm::exp(-SHARPNESS * (ability - difficulty)));
        GUESS + (1.0 - GUESS - SLIP) * knows
    }
}

/// A new card of a known topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The card.
    pub card: CardId,
    /// How much it matters.
    pub weight: Weight,
    /// Whether its topic's own question was answered.
    pub answered: bool,
}

/// The shortest and the longest time until a card that is taken for known is asked, in days.
const FIRST: u32 = 2;
const LAST: u32 = 28;

/// In how many groups they are spread over that time.
const GROUPS: usize = 8;

/// A first review for each of the cards, as Easy: they are known and need not be learned. They come back over `days`
/// days, at most four weeks: core cards of topics that were only inferred first, since they are checked soonest.
///
/// The spread is made by the wished-for retention of each review (its rules are in the log with it), so every state
/// follows from its review as any other does.
///
/// # Errors
/// Where the rules cannot be followed.
pub fn mark_known(
    cards: &[Marks],
    rules: &Rules,
    now: Moment,
    days: u32,
    seed: u64,
) -> Result<Vec<Review>, BadRules> {
    let usual = Scheduler::new(rules.clone())?;
    let easy = usual.answer(&CardState::default(), Grade::Easy, now, seed);
    let last = days.clamp(FIRST, LAST);
    let mut groups = Vec::new();
    for group in 0..GROUPS {
        let after = f64::from(FIRST) + f64::from(last - FIRST) * group as f64 / (GROUPS - 1) as f64;
        // The retention whose interval is that long: the chance of recall on that day. To the percent, so that few
        // rules are logged.
        let recall = easy.memory.map_or(rules.retention, |memory| usual.recall(memory, after));
        let retention = ((recall * 100.0).round() / 100.0).clamp(0.70, 0.99);
        let scheduler = Scheduler::new(Rules { retention, ..rules.clone() })?;
        groups.push((Arc::new(scheduler.rules().clone()), scheduler));
    }
    let mixed = |card: &CardId| Rng::stream(Seed(seed), &format!("placed {card}")).next_u64();
    let mut order: Vec<&Marks> = cards.iter().collect();
    order.sort_by_key(|marks| (marks.weight, marks.answered, mixed(&marks.card)));
    let reviews = order.iter().enumerate().map(|(place, marks)| {
        let (rules, scheduler) = &groups[place * GROUPS / order.len().max(1)];
        let given = Given {
            grade: Grade::Easy,
            answer: Some(PLACED.to_string()),
            at: now,
            took_millis: 0,
            kind: ReviewKind::Scheduled,
            // 53 bits, so that the seed is the same number in JSON.
            seed: mixed(&marks.card) >> 11,
            fresh: 0,
        };
        // Their rules spread them: nothing that lies ahead is minded.
        review_in(&marks.card, &CardState::default(), given, scheduler, rules, &Calendar::default())
    });
    Ok(reviews.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Phase;
    use proptest::prelude::*;

    /// A path of `count` topics in two parts, each of which builds on the one before.
    fn path(count: usize) -> Vec<Place> {
        let topic = |index: usize| Place {
            slug: format!("t{index:02}"),
            part: if index.is_multiple_of(2) { "even" } else { "odd" }.to_string(),
            prerequisites: index.checked_sub(1).map(|below| format!("t{below:02}")).into_iter().collect(),
            asked_about: true,
        };
        (0..count).map(topic).collect()
    }

    /// The quiz with somebody who knows the first `knows` topics.
    fn play(topics: Vec<Place>, knows: usize) -> Placement {
        let mut quiz = Placement::new(topics);
        while let Some(topic) = quiz.next() {
            let slug = topic.slug.clone();
            let index: usize = slug[1..].parse().expect("slugs end in numbers");
            quiz.answer(&slug, index < knows);
        }
        quiz
    }

    #[test]
    fn twelve_questions_find_the_end_of_what_is_known() {
        for knows in [0, 1, 8, 40, 63, 79, 80] {
            let quiz = play(path(80), knows);
            assert!(quiz.answered() <= QUESTIONS);
            let known = quiz.known().len();
            // In a chain everything below a right answer is known, so what is missing is the gap between the last
            // right answer and the first wrong one. Half of 80 twelve times would be under 1; slips are reckoned with.
            assert!(known <= knows && known + 6 >= knows, "{known} of {knows}");
        }
    }

    #[test]
    fn what_was_answered_wrong_is_not_known_whatever_builds_on_it() {
        let mut quiz = Placement::new(path(10));
        quiz.answer("t05", false);
        quiz.answer("t07", true);
        quiz.answer("nowhere", true);
        let slugs: Vec<(String, bool)> =
            quiz.known().into_iter().map(|known| (known.slug, known.answered)).collect();
        assert_eq!(slugs, [("t06".to_string(), false), ("t07".to_string(), true)]);
        quiz.undo();
        assert_eq!((quiz.known(), quiz.answered()), (Vec::new(), 1));
    }

    #[test]
    fn a_topic_without_cards_is_passed_through_and_never_asked() {
        let mut topics = path(6);
        topics[3].asked_about = false;
        let mut quiz = Placement::new(topics);
        quiz.answer("t04", true);
        assert_eq!(quiz.known().len(), 5);
        let none = Placement::new(path(4).into_iter().map(|t| Place { asked_about: false, ..t }).collect());
        assert_eq!((none.next(), none.known()), (None, Vec::new()));
        assert_eq!(Placement::new(Vec::new()).next(), None);
    }

    #[test]
    fn a_circle_of_prerequisites_ends() {
        let mut topics = path(3);
        topics[0].prerequisites.push("t02".to_string());
        let mut quiz = Placement::new(topics);
        quiz.answer("t01", true);
        assert_eq!(quiz.known().len(), 3);
    }

    fn marks(count: usize) -> Vec<Marks> {
        let weights = [Weight::Core, Weight::Standard, Weight::Deep];
        let card = |index: usize| Marks {
            card: CardId(format!("t.{index}")),
            weight: weights[index % 3],
            answered: index.is_multiple_of(2),
        };
        (0..count).map(card).collect()
    }

    #[test]
    fn known_cards_come_back_spread_over_the_weeks() {
        let now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let reviews = mark_known(&marks(320), &Rules::default(), now, 60, 7).expect("rules in a test");
        let days: Vec<(Weight, u32)> = reviews
            .iter()
            .map(|review| {
                let Phase::Review { due } = review.after.phase else { panic!("{:?}", review.after) };
                let of = marks(320).into_iter().find(|marks| marks.card.0 == review.card);
                assert_eq!(review.replay(&review.before), Some(review.after), "it follows as any other does");
                (of.expect("a card of the list").weight, due.since(now.study_day()))
            })
            .collect();
        // Fuzz at 28 days: 1 + 0.15 * 4.5 + 0.10 * 13 + 0.05 * 8 = 3.4 days on either side; the retention is rounded
        // to a percent, which is at most two days more.
        assert!(days.iter().all(|(_, day)| (1..=34).contains(day)), "{days:?}");
        let mut load = [0_usize; 35];
        days.iter().for_each(|(_, day)| load[*day as usize] += 1);
        assert!(load.iter().all(|&cards| cards <= 60), "no day has a fifth of them: {load:?}");
        let mean = |weight| {
            let of: Vec<f64> =
                days.iter().filter(|(w, _)| *w == weight).map(|(_, day)| f64::from(*day)).collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        assert!(mean(Weight::Core) < mean(Weight::Standard) && mean(Weight::Standard) < mean(Weight::Deep));
    }

    #[test]
    fn before_a_date_they_come_back_in_time() {
        let now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        for days in [0, 1, 5, 10] {
            for review in mark_known(&marks(80), &Rules::default(), now, days, 7).expect("rules in a test") {
                // As above: fuzz of at most 1 + 0.15 * 4.5 + 0.10 * 3 = 2 days at ten, and one for rounding.
                let interval = review.after.interval().map_or(0, crate::memory::Interval::days);
                assert!(interval <= days.max(2) + 3, "{interval} for {days}");
            }
        }
        assert_eq!(mark_known(&[], &Rules::default(), now, 28, 7).map(|reviews| reviews.len()), Ok(0));
    }

    proptest! {
        #[test]
        fn any_answers_end_the_quiz(answers in prop::collection::vec(any::<bool>(), 20), count in 0..40_usize) {
            let mut quiz = Placement::new(path(count));
            let mut asked = Vec::new();
            for right in answers {
                let Some(topic) = quiz.next() else { break };
                let slug = topic.slug.clone();
                prop_assert!(!asked.contains(&slug), "a topic is asked about once");
                asked.push(slug.clone());
                quiz.answer(&slug, right);
            }
            prop_assert!(asked.len() <= QUESTIONS && quiz.next().is_none());
        }
    }
}
