//! A session: the queue of questions, one after the other, with a way back.
//!
//! What is due is asked first (steps, reviews, then new cards). A card that goes into a step comes back when
//! the step is over, or at the end where the step ends within twenty minutes of it. Taking back walks the
//! session's own history and leaves it as it was, to the question on the screen. The order follows from the
//! seed and the answers alone.

use std::collections::VecDeque;
use std::sync::Arc;

use super::ask::{self, ask};
use super::{Answer, Asked, Summary};
use crate::deck::{Card, CardId};
use crate::memory::{
    CardState, Due, EventId, Grade, Interval, Moment, Phase, Review, ReviewKind, Rules, Scheduler, queue,
};
use crate::sim::{Rng, Seed};

/// How long before its time a step may be asked where nothing else is left, in minutes.
const AHEAD: u32 = 20;

/// How many seconds a card takes where nothing is known of the learner.
const SECONDS: f64 = 20.0;

/// From how many answers on a session's own pace says more than that of earlier ones.
const PACE_FROM: usize = 5;

/// What a session takes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// New cards that the day still allows.
    pub new: usize,
    /// Cards in all; a card that comes back counts once.
    pub cards: usize,
    /// Practice: every card is asked, due or not, and the schedule stays as it is.
    pub cram: bool,
    /// Seconds that the learner usually takes for a card, for the estimate.
    pub seconds_a_card: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { new: usize::MAX, cards: usize::MAX, cram: false, seconds_a_card: SECONDS }
    }
}

/// A running session.
#[derive(Clone, Debug)]
pub struct Session {
    items: Vec<Item>,
    scheduler: Scheduler,
    rules: Arc<Rules>,
    limits: Limits,
    seed: u64,
    /// How many questions were asked, also those taken back: each gets another seed.
    asked: u64,
    /// How many answers were given, also those taken back: each gets another id.
    given: u64,
    ready: VecDeque<usize>,
    /// Cards in a step, the one that ends first in front.
    waiting: Vec<(Moment, usize)>,
    current: Option<Current>,
    history: Vec<Past>,
}

#[derive(Clone, Debug)]
struct Item {
    card: Card,
    state: CardState,
}

#[derive(Clone, Debug)]
struct Current {
    index: usize,
    asked: Asked,
    /// The end of the step that the card waited for; nothing where it came from the queue.
    waited: Option<Moment>,
}

#[derive(Clone, Debug)]
struct Past {
    was: Current,
    /// Nothing where the card was set aside.
    review: Option<Review>,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenBack {
    /// An answer.
    Review(Box<Review>),
    /// That a card was set aside.
    SetAside(CardId),
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

/// The log entry of an answer to the card `card`, which stood at `before`. The one place where a review is made.
#[must_use]
pub fn review(
    card: &CardId,
    before: &CardState,
    given: Given,
    scheduler: &Scheduler,
    rules: &Arc<Rules>,
) -> Review {
    let after = match given.kind {
        ReviewKind::Scheduled => scheduler.answer(before, given.grade, given.at, given.seed),
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

impl Session {
    /// A session over `cards`, which stand in the order of the learning path, without those that are suspended
    /// or buried. `seed` has to be fresh for each session: random, or time and process mixed.
    #[must_use]
    pub fn new(
        cards: Vec<(Card, CardState)>,
        scheduler: Scheduler,
        now: Moment,
        seed: u64,
        limits: Limits,
    ) -> Session {
        let items: Vec<Item> = cards.into_iter().map(|(card, state)| Item { card, state }).collect();
        let (ready, waiting) = if limits.cram {
            let places = ask::shuffled(items.len(), Rng::stream(Seed(seed), "cram"));
            (places, Vec::new())
        } else {
            let queue = queue(items.iter().map(|item| &item.state), now, limits.new, seed);
            let end = |&index: &usize| (items[index].state.due_moment(now), index);
            (queue.order().collect(), queue.waiting.iter().map(end).collect())
        };
        let mut session = Session {
            rules: Arc::new(scheduler.rules().clone()),
            ready: ready.into_iter().take(limits.cards).collect(),
            waiting,
            items,
            scheduler,
            limits,
            seed,
            asked: 0,
            given: 0,
            current: None,
            history: Vec::new(),
        };
        session.waiting.truncate(limits.cards - session.ready.len().min(limits.cards));
        session.next(now);
        session
    }

    /// The question on the table; nothing where the session is over, or only steps are left that end later.
    #[must_use]
    pub fn current(&self) -> Option<&Asked> {
        self.current.as_ref().map(|current| &current.asked)
    }

    /// The state of the card on the table.
    #[must_use]
    pub fn state(&self) -> Option<&CardState> {
        self.current.as_ref().map(|current| &self.items[current.index].state)
    }

    /// The intervals that the four grades would give the card on the table; nothing in practice.
    #[must_use]
    pub fn preview(&self, now: Moment) -> Option<[Interval; 4]> {
        let (asked, state) = (self.current()?, self.state()?);
        (!self.limits.cram).then(|| self.scheduler.preview(state, now, asked.seed))
    }

    /// Grades the card on the table, puts the next one there and gives the log entry, which is to be saved.
    /// Nothing where no card is on the table.
    pub fn grade(&mut self, grade: Grade, answer: &Answer, now: Moment, took_millis: u64) -> Option<Review> {
        let was = self.current.take()?;
        let item = &mut self.items[was.index];
        let kind = if self.limits.cram { ReviewKind::Practice } else { ReviewKind::Scheduled };
        let answer = answer.logged(&was.asked);
        let given =
            Given { grade, answer, at: now, took_millis, kind, seed: was.asked.seed, fresh: self.given };
        self.given += 1;
        let review = review(&item.card.id, &item.state, given, &self.scheduler, &self.rules);
        item.state = review.after;
        match (kind, review.after.phase) {
            (ReviewKind::Practice, _) if grade == Grade::Again => self.ready.push_back(was.index),
            (ReviewKind::Scheduled, Phase::Learning { due, .. } | Phase::Relearning { due, .. }) => {
                self.wait(due, was.index);
            }
            _ => {}
        }
        self.history.push(Past { was, review: Some(review.clone()) });
        self.next(now);
        Some(review)
    }

    /// Takes the card on the table out of the session, as after suspending or burying it. Gives its id.
    pub fn set_aside(&mut self, now: Moment) -> Option<CardId> {
        let was = self.current.take()?;
        let id = was.asked.card.id.clone();
        self.history.push(Past { was, review: None });
        self.next(now);
        Some(id)
    }

    /// Takes back the last answer, or that a card was set aside: that card is on the table again, with the same
    /// question, and the session is as it was. Called again it goes further back; nothing at the beginning.
    pub fn undo(&mut self) -> Option<TakenBack> {
        let Past { was, review } = self.history.pop()?;
        if let Some(current) = self.current.take() {
            match current.waited {
                Some(due) => self.wait(due, current.index),
                None => self.ready.push_front(current.index),
            }
        }
        self.ready.retain(|&index| index != was.index);
        self.waiting.retain(|&(_, index)| index != was.index);
        let taken = match review {
            Some(review) => {
                self.items[was.index].state = review.before;
                TakenBack::Review(Box::new(review))
            }
            None => TakenBack::SetAside(was.asked.card.id.clone()),
        };
        self.current = Some(was);
        Some(taken)
    }

    /// Replaces a card by an edited one with the same id; where it is on the table it is asked anew, with the
    /// same seed. Its state stays. Says whether the session has that card.
    pub fn replace(&mut self, card: &Card) -> bool {
        let Some(index) = self.items.iter().position(|item| item.card.id == card.id) else { return false };
        self.items[index].card = card.clone();
        if let Some(current) = self.current.as_mut().filter(|current| current.index == index) {
            current.asked = ask(card, current.asked.seed);
        }
        true
    }

    /// Asks the card on the table with another seed, as where its question was shown before. Nothing where no card is
    /// on the table.
    pub fn ask_with(&mut self, seed: u64) {
        if let Some(current) = &mut self.current {
            current.asked = ask(&current.asked.card, seed);
        }
    }

    /// Puts on the table a card whose step is over by `now`, where none is there. Says whether one is there then.
    pub fn wake(&mut self, now: Moment) -> bool {
        if self.current.is_none() {
            self.next(now);
        }
        self.current.is_some()
    }

    /// Answers given and not taken back.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.history.iter().filter(|past| past.review.is_some()).count()
    }

    /// Questions that are still to come in this session, with the one on the table. Each Again may add one.
    #[must_use]
    pub fn remaining(&self) -> usize {
        usize::from(self.current.is_some()) + self.ready.len() + self.waiting.len()
    }

    /// How many minutes the rest will take, by the median of this session's answers; before the fifth by what the
    /// learner usually takes.
    #[must_use]
    pub fn minutes_left(&self) -> f64 {
        let mut took: Vec<u64> = self.reviews().map(|review| review.took_millis).collect();
        took.sort_unstable();
        let seconds = match took.get(took.len() / 2) {
            Some(&median) if took.len() >= PACE_FROM => median as f64 / 1000.0,
            _ => self.limits.seconds_a_card,
        };
        self.remaining() as f64 * seconds / 60.0
    }

    /// Whether nothing is left, not even a step that ends later.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.remaining() == 0
    }

    /// What the session comes to so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for past in &self.history {
            if let Some(review) = &past.review {
                summary.add(&past.was.asked, review);
            }
        }
        let start =
            |due: &Due| due.moment(self.reviews().last().map_or(0, |review| review.at.offset_minutes));
        summary.next_due = self.items.iter().filter_map(|item| item.state.due()).min_by_key(start);
        summary
    }

    fn reviews(&self) -> impl Iterator<Item = &Review> {
        self.history.iter().filter_map(|past| past.review.as_ref())
    }

    /// Puts the next card on the table: a step that is over, else the queue's first, else a step that is nearly over.
    fn next(&mut self, now: Moment) {
        let over = |limit: Moment| move |&&(due, _): &&(Moment, usize)| due.utc_millis <= limit.utc_millis;
        let next = if self.waiting.first().filter(over(now)).is_some() {
            let (due, index) = self.waiting.remove(0);
            Some((index, Some(due)))
        } else if let Some(index) = self.ready.pop_front() {
            Some((index, None))
        } else if self.waiting.first().filter(over(now.plus_minutes(AHEAD))).is_some() {
            let (due, index) = self.waiting.remove(0);
            Some((index, Some(due)))
        } else {
            None
        };
        self.current = next.map(|(index, waited)| {
            // 53 bits, so that the seed is the same number in JSON.
            let seed = Rng::stream(Seed(self.seed), &format!("question {}", self.asked)).next_u64() >> 11;
            self.asked += 1;
            Current { index, asked: ask(&self.items[index].card, seed), waited }
        });
    }

    fn wait(&mut self, due: Moment, index: usize) {
        let place = self.waiting.partition_point(|&waiting| waiting <= (due, index));
        self.waiting.insert(place, (due, index));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{card, choice};
    use super::*;
    use crate::memory::{Memory, StudyDay};
    use proptest::prelude::*;

    fn now() -> Moment {
        "2026-11-21T12:00:00Z".parse().expect("a time in a test")
    }

    fn scheduler(steps: &[u32]) -> Scheduler {
        let rules = Rules {
            fuzz: false,
            steps: steps.to_vec(),
            relearning_steps: steps.to_vec(),
            ..Rules::default()
        };
        Scheduler::new(rules).expect("rules in a test")
    }

    fn new(id: &str) -> (Card, CardState) {
        (card(id), CardState::default())
    }

    /// A card that is due since that many days.
    fn due(id: &str, days: u32) -> (Card, CardState) {
        let state = CardState {
            phase: Phase::Review { due: now().study_day() - days },
            memory: Some(Memory { stability: 10.0, difficulty: 5.0 }),
            last_review: Some((now().study_day() - days - 10).start(0)),
            reps: 3,
            lapses: 0,
        };
        (card(id), state)
    }

    fn session(cards: Vec<(Card, CardState)>, steps: &[u32], limits: Limits) -> Session {
        Session::new(cards, scheduler(steps), now(), 7, limits)
    }

    fn asked(session: &Session) -> &str {
        session.current().map_or("", |asked| &asked.card.id.0)
    }

    fn answer(session: &mut Session, grade: Grade, at: Moment) -> Review {
        session.grade(grade, &Answer::Shown, at, 10_000).expect("a card is on the table")
    }

    #[test]
    fn asks_what_is_due_and_then_what_is_new() {
        let tomorrow = (
            card("later"),
            CardState { phase: Phase::Review { due: now().study_day() + 1 }, ..due("", 0).1 },
        );
        let cards = vec![new("n1"), due("r1", 1), tomorrow, new("n2"), due("r2", 5), new("n3")];
        let mut session = session(cards, &[], Limits { new: 2, ..Limits::default() });
        assert_eq!(session.remaining(), 4);
        assert!((session.minutes_left() - 4.0 * 20.0 / 60.0).abs() < 1e-12);
        let mut order = Vec::new();
        while !session.is_over() {
            order.push(asked(&session).to_string());
            let shown = session.preview(now()).expect("no practice");
            let before = *session.state().expect("a card is on the table");
            let review = answer(&mut session, Grade::Good, now());
            assert_eq!(review.after.interval(), Some(shown[2]), "the button keeps its word");
            assert_eq!(review.before, before);
            assert_eq!(review.replay(&review.before), Some(review.after));
        }
        assert_eq!(order, ["r2", "r1", "n1", "n2"]);
        assert_eq!((session.answered(), session.remaining()), (4, 0));
        assert!(
            session.current().is_none() && session.grade(Grade::Good, &Answer::Shown, now(), 0).is_none()
        );
    }

    #[test]
    fn steps_come_back_when_they_are_over_or_at_the_end() {
        let mut session = session(vec![new("a"), new("b"), new("c")], &[1, 10], Limits::default());
        answer(&mut session, Grade::Again, now());
        assert_eq!(asked(&session), "b");
        // Half a minute later the step of `a` is not over; two minutes later it is.
        answer(&mut session, Grade::Good, Moment { utc_millis: now().utc_millis + 30_000, ..now() });
        assert_eq!(asked(&session), "c");
        let later = now().plus_minutes(2);
        answer(&mut session, Grade::Easy, later);
        assert_eq!(asked(&session), "a");
        answer(&mut session, Grade::Easy, later);
        // Nothing else is left: `b` comes before its ten minutes are over.
        assert_eq!((asked(&session), session.remaining()), ("b", 1));
        answer(&mut session, Grade::Good, later);
        assert!(session.is_over());
    }

    #[test]
    fn a_long_step_ends_the_session_and_wakes_it() {
        let mut session = session(vec![new("a")], &[60], Limits::default());
        answer(&mut session, Grade::Again, now());
        assert!(session.current().is_none() && !session.is_over());
        assert_eq!(session.summary().next_due, Some(Due::At(now().plus_minutes(60))));
        assert!(!session.wake(now().plus_minutes(30)));
        assert!(session.wake(now().plus_minutes(60)));
        assert_eq!(asked(&session), "a");
    }

    #[test]
    fn steps_of_an_earlier_session_are_waited_for() {
        let state = scheduler(&[10]).answer(&CardState::default(), Grade::Again, now(), 0);
        let session = session(vec![(card("a"), state)], &[10], Limits::default());
        assert_eq!((asked(&session), session.remaining()), ("a", 1));
    }

    #[test]
    fn practice_leaves_the_schedule_alone() {
        let cards = vec![new("a"), due("b", 0), (card("c"), due("", 0).1)];
        let limits = Limits { new: 0, cram: true, ..Limits::default() };
        let mut session = session(cards, &[1, 10], limits);
        assert_eq!((session.remaining(), session.preview(now())), (3, None));
        let first = asked(&session).to_string();
        let review = answer(&mut session, Grade::Again, now());
        assert_eq!((review.kind, review.before), (ReviewKind::Practice, review.after));
        answer(&mut session, Grade::Good, now());
        answer(&mut session, Grade::Good, now());
        assert_eq!(asked(&session), first, "what was missed comes again");
        answer(&mut session, Grade::Good, now());
        assert!(session.is_over());
    }

    #[test]
    fn a_summary_says_what_to_read() {
        let mut session = session(vec![due("a", 2), due("b", 1), due("c", 0)], &[1], Limits::default());
        for grade in [Grade::Again, Grade::Good, Grade::Hard, Grade::Again, Grade::Good] {
            answer(&mut session, grade, now());
        }
        let summary = session.summary();
        assert_eq!((summary.answered, summary.right, summary.by_grade), (5, 3, [2, 1, 2, 0]));
        assert!((summary.minutes - 5.0 * 10.0 / 60.0).abs() < 1e-12);
        let [missed] = summary.missed.as_slice() else { panic!("{:?}", summary.missed) };
        assert_eq!((missed.card.0.as_str(), missed.times, missed.why.as_str()), ("a", 2, "why a"));
        assert_eq!((missed.topic.as_str(), missed.see.as_deref()), ("topic", Some("heading")));
        assert!(matches!(summary.next_due, Some(Due::On(StudyDay(_)))));
        session.undo();
        session.undo();
        assert_eq!(session.summary().by_grade, [1, 1, 1, 0]);
    }

    #[test]
    fn the_pace_is_learned() {
        let cards = (0..10).map(|number| due(&number.to_string(), 0)).collect();
        let mut session = session(cards, &[], Limits { seconds_a_card: 60.0, ..Limits::default() });
        assert!((session.minutes_left() - 10.0).abs() < 1e-12);
        for seconds in [6, 600, 12, 3, 12] {
            session.grade(Grade::Good, &Answer::Shown, now(), seconds * 1000);
        }
        assert!((session.minutes_left() - 5.0 * 12.0 / 60.0).abs() < 1e-12);
    }

    #[test]
    fn cards_are_set_aside_and_edited() {
        let mut session = session(vec![due("a", 1), due("b", 0)], &[], Limits::default());
        let edited = Card { question: "edited".to_string(), ..card("a") };
        assert!(session.replace(&edited) && !session.replace(&card("z")));
        assert_eq!(session.current().map(|asked| asked.question.as_str()), Some("edited"));
        assert_eq!(session.set_aside(now()), Some(CardId("a".to_string())));
        assert_eq!((asked(&session), session.answered(), session.remaining()), ("b", 0, 1));
        assert_eq!(session.undo(), Some(TakenBack::SetAside(CardId("a".to_string()))));
        assert_eq!((asked(&session), session.remaining()), ("a", 2));
        assert_eq!(session.undo(), None);
    }

    #[test]
    fn answers_are_logged_with_the_seed_of_their_question() {
        let mut session =
            session(vec![(choice(&[true, false]), CardState::default())], &[], Limits::default());
        let shown = session.current().expect("a card is on the table").clone();
        assert!(shown.seed < 1 << 53);
        let review = session.grade(Grade::Good, &Answer::Picked(vec![0]), now(), 0).expect("a card");
        assert_eq!(review.seed, shown.seed);
        assert_eq!(review.answer, Answer::Picked(vec![0]).logged(&shown));
        // Taken back and answered again in the same millisecond: the same question, and another id.
        session.undo();
        assert_eq!(session.current().map(|asked| asked.seed), Some(shown.seed));
        let again = session.grade(Grade::Good, &Answer::Picked(vec![0]), now(), 0).expect("a card");
        assert_ne!(again.id, review.id);
    }

    /// All that decides how a session goes on, but for the counters that only make seeds and ids.
    fn seen(session: &Session) -> String {
        let states: Vec<&CardState> = session.items.iter().map(|item| &item.state).collect();
        let table = session.current().map(|asked| &asked.card.id);
        format!("{:?} {:?} {:?} {states:?} {}", session.ready, session.waiting, table, session.history.len())
    }

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Grade(Grade, u32),
        SetAside,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let grade = prop::sample::select(Grade::ALL.to_vec());
        let act = prop_oneof![
            9 => (grade, 0..15_u32).prop_map(|(grade, minutes)| Act::Grade(grade, minutes)),
            1 => Just(Act::SetAside),
        ];
        prop::collection::vec(act, 1..40)
    }

    fn play(session: &mut Session, acts: &[Act], mut each: impl FnMut(&Session)) {
        let mut at = now();
        for act in acts {
            match act {
                Act::Grade(grade, minutes) => {
                    at = at.plus_minutes(*minutes);
                    session.grade(*grade, &Answer::Shown, at, 1_000);
                }
                Act::SetAside => {
                    session.set_aside(at);
                }
            }
            each(session);
        }
    }

    proptest! {
        #[test]
        fn undo_walks_back_the_way_it_came(acts in acts(), cram: bool) {
            let cards = vec![new("a"), due("b", 1), new("c"), due("d", 0), due("e", 3), new("f")];
            let mut session = session(cards, &[1, 10], Limits { cram, ..Limits::default() });
            let mut way = vec![seen(&session)];
            play(&mut session, &acts, |session| {
                if session.history.len() == way.len() {
                    way.push(seen(session));
                }
            });
            while let Some(then) = way.pop() {
                prop_assert_eq!(seen(&session), then);
                prop_assert_eq!(session.undo().is_some(), !way.is_empty());
            }
        }

        #[test]
        fn a_session_follows_from_its_seed(acts in acts(), seed: u64) {
            let cards = || vec![new("a"), due("b", 1), new("c"), due("d", 1), due("e", 1), new("f")];
            let mut sessions = [(); 2].map(|()| Session::new(cards(), scheduler(&[1, 10]), now(), seed, Limits::default()));
            for session in &mut sessions {
                play(session, &acts, |_| {});
            }
            let ids = |session: &Session| session.reviews().cloned().collect::<Vec<_>>();
            prop_assert_eq!(ids(&sessions[0]), ids(&sessions[1]));
            let mut unique: Vec<EventId> = sessions[0].reviews().map(|review| review.id.clone()).collect();
            unique.sort();
            unique.dedup();
            prop_assert_eq!(unique.len(), sessions[0].answered());
        }
    }
}
