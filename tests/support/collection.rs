//! A collection of any size, made from a seed: what a diligent learner has after years.
//!
//! Every card was answered equally often, each time on the day on which it was due, seven times of eight rightly and
//! the last time so. Its history is placed so that its next day lies between today and the length of its interval from
//! now: so short intervals fill the days that are near, as they do in life.
#![allow(dead_code, reason = "every test binary uses its own part of it")]

use std::path::Path;
use std::sync::Arc;

use sysdrill::memory::{
    CardState, EventId, Grade, Interval, Moment, Review, ReviewKind, Rules, Scheduler, StudyDay,
};
use sysdrill::store::Store;

/// How many cards a topic has.
const CARDS_A_TOPIC: u32 = 50;

/// Random numbers from a seed (SplitMix64).
pub struct Chance(u64);

impl Chance {
    /// A stream that follows from a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u32
    }
}

/// The moment to which collections are made.
pub fn now() -> Moment {
    "2026-11-21T18:30:00+01:00".parse().expect("it is a time")
}

/// The id of a card.
pub fn card(number: u32) -> String {
    format!("topic-{:04}.card-{:02}", number / CARDS_A_TOPIC, number % CARDS_A_TOPIC)
}

/// The reviews of `cards` cards, `each` of every card, in the order of time.
pub fn reviews(cards: u32, each: u32, seed: u64) -> Vec<Review> {
    // Half a year at most between two answers, so that ten answers lie within five years.
    let rules = Arc::new(Rules { maximum_days: 180, ..Rules::default() });
    let scheduler = Scheduler::new((*rules).clone()).expect("these can be followed");
    let mut reviews = Vec::with_capacity(cards as usize * each as usize);
    for number in 0..cards {
        // Played twice, since only the end says when it has to begin.
        let seed = seed ^ (u64::from(number) << 20);
        let begin = StudyDay(0).start(60).plus_minutes(120 + number % 720);
        let end = history(&scheduler, each, begin, seed).1;
        let interval = end.interval().map_or(0, Interval::days);
        let ahead = Chance::new(seed + 1).below(interval + 1);
        let due = end.due().expect("it was answered").day();
        let shift = now().study_day().0 + ahead as i32 - due.0;
        let begin = Moment { utc_millis: begin.utc_millis + i64::from(shift) * 86_400_000, ..begin };
        for (index, (before, at, grade, bits, after)) in
            history(&scheduler, each, begin, seed).0.into_iter().enumerate()
        {
            reviews.push(Review {
                id: EventId::new(at, (u128::from(number) << 16) | index as u128),
                card: card(number),
                at,
                grade,
                answer: (bits % 4 == 0).then(|| "12.5%".to_string()),
                seed: bits >> 11,
                took_millis: 4_000 + bits % 20_000,
                kind: ReviewKind::Scheduled,
                before,
                after,
                rules: Arc::clone(&rules),
            });
        }
    }
    reviews.sort_by_key(|review| review.at.utc_millis);
    reviews
}

type Answer = (CardState, Moment, Grade, u64, CardState);

fn history(scheduler: &Scheduler, answers: u32, begin: Moment, seed: u64) -> (Vec<Answer>, CardState) {
    let mut chance = Chance::new(seed);
    let (mut state, mut at) = (CardState::default(), begin);
    let mut history = Vec::new();
    for number in 1..=answers {
        let bits = chance.bits();
        let grade = match bits >> 60 {
            0 | 1 if number < answers => Grade::Again,
            2 => Grade::Hard,
            15 => Grade::Easy,
            _ => Grade::Good,
        };
        let next = scheduler.answer(&state, grade, at, bits >> 11);
        history.push((state, at, grade, bits, next));
        state = next;
        // A step is answered when it is over, a review two hours and more into its day.
        at = match state.interval() {
            Some(Interval::Minutes(minutes)) => at.plus_minutes(minutes),
            _ => state.due_moment(at).plus_minutes(120 + (bits % 720) as u32),
        };
    }
    (history, state)
}

/// A store in `directory` that holds such a collection.
pub fn store(directory: &Path, cards: u32, each: u32) -> Store {
    let mut store = Store::open(directory).expect("a store can be made there");
    store.import(&reviews(cards, each, 20_261_121)).expect("it can be written");
    store
}

/// Decks with the cards of such a collection, a file for each topic, as a learner keeps them.
pub fn decks(directory: &Path, cards: u32) {
    let folder = directory.join("decks");
    std::fs::create_dir_all(&folder).expect("it can be made");
    for topic in 0..cards.div_ceil(CARDS_A_TOPIC) {
        let mut text = format!("topic = \"topic-{topic:04}\"\ntitle = \"Topic {topic}\"\n");
        for number in topic * CARDS_A_TOPIC..((topic + 1) * CARDS_A_TOPIC).min(cards) {
            let id = card(number);
            let (_, id) = id.split_once('.').expect("a topic, and a name in it");
            let weight = if number.is_multiple_of(4) { "core" } else { "standard" };
            text += &format!(
                "\n[[card]]\nid = \"{id}\"\nkind = \"basic\"\nweight = \"{weight}\"\nquestion = \"What is card {number}, \
                 and when would you use it?\"\nanswer = \"It is card {number}.\"\nwhy = \"Since {number} follows {}.\"\n",
                i64::from(number) - 1
            );
        }
        std::fs::write(folder.join(format!("topic-{topic:04}.toml")), text).expect("it can be written");
    }
}
