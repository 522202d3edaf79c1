//! From a grade to a log entry: the one place where a review is made.
//!
//! Decks may have a wished-for retention of their own, so there is a scheduler for each of those and one for all
//! others. The rules that a review was made by go into the log with it, so it can be computed again whatever the
//! settings say by then.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::config::settings;
use crate::deck::{Card, CardId};
use crate::memory::{
    BadRules, Calendar, CardState, EventId, Grade, Horizon, Interval, Load, Moment, Review, ReviewKind,
    Rules, Scheduler,
};
use crate::sim::{Rng, Seed};

/// The schedulers of all decks: one for most, and others for decks with a retention of their own.
#[derive(Clone, Debug, Default)]
pub struct Schedulers {
    usual: (Scheduler, Arc<Rules>),
    of: BTreeMap<String, (Scheduler, Arc<Rules>)>,
}

impl From<Scheduler> for Schedulers {
    fn from(scheduler: Scheduler) -> Schedulers {
        Schedulers { usual: with_rules(scheduler), of: BTreeMap::new() }
    }
}

impl Schedulers {
    /// Schedulers by `rules`, but for topics that have another wished-for retention.
    ///
    /// # Errors
    /// Where rules cannot be followed: a retention is out of range, or the rules themselves are wrong.
    pub fn new<'a>(
        rules: &Rules,
        retention_of: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<Schedulers, BadRules> {
        let mut schedulers = Schedulers::from(Scheduler::new(rules.clone())?);
        for (topic, retention) in retention_of {
            let scheduler = Scheduler::new(Rules { retention, ..rules.clone() })?;
            schedulers.of.insert(topic.to_string(), with_rules(scheduler));
        }
        Ok(schedulers)
    }

    /// The schedulers that the settings ask for, with the parameters that were fitted to the learner's log, or the usual
    /// ones.
    ///
    /// # Errors
    /// As [`Schedulers::new`].
    pub fn by(settings: &settings::Drill, own: Option<&[f32]>) -> Result<Schedulers, BadRules> {
        let usual = Rules::default();
        let rules = Rules {
            retention: settings.retention,
            fuzz: settings.fuzz,
            steps: settings.steps.clone(),
            relearning_steps: settings.relearning_steps.clone(),
            parameters: own.map_or(usual.parameters, <[f32]>::to_vec),
            maximum_days: usual.maximum_days,
        };
        let of = settings.retention_of.iter().map(|(topic, retention)| (topic.as_str(), *retention));
        Schedulers::new(&rules, of)
    }

    /// The scheduler of a topic's cards. O(log of the topics that have one of their own).
    #[must_use]
    pub fn of(&self, topic: &str) -> &Scheduler {
        &self.pair(topic).0
    }

    /// What it goes by, shared by all its reviews.
    #[must_use]
    pub fn rules(&self, topic: &str) -> &Arc<Rules> {
        &self.pair(topic).1
    }

    /// The scheduler of all topics that have none of their own.
    #[must_use]
    pub fn usual(&self) -> &Scheduler {
        &self.usual.0
    }

    fn pair(&self, topic: &str) -> &(Scheduler, Arc<Rules>) {
        self.of.get(topic).unwrap_or(&self.usual)
    }
}

fn with_rules(scheduler: Scheduler) -> (Scheduler, Arc<Rules>) {
    let rules = Arc::new(scheduler.rules().clone());
    (scheduler, rules)
}

/// What a learner gives for a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The grade.
    pub grade: Grade,
    /// What was answered, as logged (see [`Answer::logged`]).
    pub answer: Option<String>,
    /// When it was graded.
    pub at: Moment,
    /// From the question to the grade, in milliseconds.
    pub took_millis: u64,
    /// Whether it counts for the schedule.
    pub kind: ReviewKind,
    /// The seed of the question; the fuzz of the interval comes from it too.
    pub seed: u64,
    /// A number that is another one for each review. With the card, the moment and the seed it makes the id of the review.
    pub fresh: u64,
}

/// What lies ahead, as far as the choice of a due day minds it: how full the days are, and a date to be ready by.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    load: Option<Load>,
    topics: HashMap<String, u32>,
    horizon: Option<Horizon>,
}

impl Ahead {
    /// With the cards of which a state is known, each with its topic, and the date. O(cards).
    #[must_use]
    pub fn new<'a>(
        cards: impl IntoIterator<Item = (&'a str, &'a CardState)>,
        horizon: Option<Horizon>,
    ) -> Ahead {
        let mut ahead = Ahead { load: None, topics: HashMap::new(), horizon };
        let mut load = Load::default();
        for (topic, state) in cards {
            load.add(ahead.number(topic), state);
        }
        ahead.load = Some(load);
        ahead
    }

    /// Takes a card out of the load: while it is on the table it must not be in its own way. O(1).
    fn take(&mut self, topic: &str, state: &CardState) {
        let number = self.number(topic);
        if let Some(load) = &mut self.load {
            load.remove(number, state);
        }
    }

    /// Puts a card into the load, where it stands now. O(1).
    fn give(&mut self, topic: &str, state: &CardState) {
        let number = self.number(topic);
        if let Some(load) = &mut self.load {
            load.add(number, state);
        }
    }

    /// What an answer to a card of that topic minds.
    pub(super) fn calendar(&self, topic: &str) -> Calendar<'_> {
        let number = self.topics.get(topic).copied().unwrap_or(u32::MAX);
        Calendar { load: self.load.as_ref().map(|load| (load, number)), horizon: self.horizon }
    }

    fn number(&mut self, topic: &str) -> u32 {
        if let Some(&known) = self.topics.get(topic) {
            return known;
        }
        let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
        self.topics.insert(topic.to_string(), number);
        number
    }
}

/// How answers are scheduled, in a session and outside one: each topic's scheduler, and what lies ahead. Whoever shows an
/// interval or makes a review has it from here, so the same answer gives the same day everywhere.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    schedulers: Schedulers,
    ahead: Ahead,
}

impl Schedule {
    /// By these schedulers, minding what lies ahead.
    #[must_use]
    pub fn new(schedulers: impl Into<Schedulers>, ahead: Ahead) -> Schedule {
        Schedule { schedulers: schedulers.into(), ahead }
    }

    /// The schedulers.
    #[must_use]
    pub fn schedulers(&self) -> &Schedulers {
        &self.schedulers
    }

    #[cfg(test)]
    pub(super) fn ahead(&self) -> &Ahead {
        &self.ahead
    }

    /// Takes a card on the table: out of the load, so that it is not in its own way. O(1).
    pub fn take(&mut self, topic: &str, state: &CardState) {
        self.ahead.take(topic, state);
    }

    /// Puts a card from the table back, where it stands now. O(1).
    pub fn give(&mut self, topic: &str, state: &CardState) {
        self.ahead.give(topic, state);
    }

    /// The intervals that the four grades give a card on the table that stands at `state`.
    #[must_use]
    pub fn preview(&self, topic: &str, state: &CardState, now: Moment, seed: u64) -> [Interval; 4] {
        self.schedulers.of(topic).preview_in(state, now, seed, &self.ahead.calendar(topic))
    }

    /// The log entry of an answer to a card on the table that stood at `before`.
    #[must_use]
    pub fn review(&self, card: &Card, before: &CardState, given: Given) -> Review {
        let topic = card.topic.as_str();
        let (scheduler, rules) = self.schedulers.pair(topic);
        review_in(&card.id, before, given, scheduler, rules, &self.ahead.calendar(topic))
    }
}

/// The log entry of an answer to the card `card`, which stood at `before`. The one place where a review is made.
pub(super) fn review_in(
    card: &CardId,
    before: &CardState,
    given: Given,
    scheduler: &Scheduler,
    rules: &Arc<Rules>,
    calendar: &Calendar<'_>,
) -> Review {
    let after = match given.kind {
        ReviewKind::Scheduled => scheduler.answer_in(before, given.grade, given.at, given.seed, calendar),
        ReviewKind::Practice => *before,
    };
    let mut stream = Rng::stream(Seed(given.seed), &format!("review {} of {card}", given.fresh));
    let bits = (u128::from(stream.next_u64()) << 64) | u128::from(stream.next_u64());
    Review {
        id: EventId::new(given.at, bits),
        card: card.0.clone(),
        at: given.at,
        grade: given.grade,
        answer: given.answer,
        seed: given.seed,
        took_millis: given.took_millis,
        kind: given.kind,
        before: *before,
        after,
        rules: Arc::clone(rules),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deck_may_want_another_retention() {
        let plain = Rules { fuzz: false, steps: Vec::new(), ..Rules::default() };
        let schedulers = Schedulers::new(&plain, [("quorums", 0.95)]).expect("rules in a test");
        let now: Moment = "2026-11-21T12:00:00Z".parse().expect("a time in a test");
        let days = |topic: &str| {
            let state = schedulers.of(topic).answer(&CardState::default(), Grade::Easy, now, 0);
            state.interval().map(Interval::days)
        };
        // The interval is S/f (r^(1/d) - 1), with d = -0.1542, f = 0.9^(1/d) - 1 = 0.9804 and S = 8.2956: 8 days
        // for 0.90 and 8.2956/0.9804 (0.95^-6.485 - 1) = 3.3 for 0.95.
        assert_eq!((days("raft"), days("quorums")), (Some(8), Some(3)));
        assert_eq!((schedulers.rules("raft").retention, schedulers.rules("quorums").retention), (0.9, 0.95));
        assert!(Schedulers::new(&plain, [("quorums", 0.5)]).is_err());
    }
}
