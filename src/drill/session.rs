//! A session: the queue of questions, one after the other, with a way back.
//!
//! What is due is asked first (steps, reviews, then new cards). A card that goes into a step comes back when
//! the step is over, or at the end where the step ends within twenty minutes of it. Taking back walks the
//! session's own history and leaves it as it was, to the question on the screen. The order follows from the
//! seed and the answers alone. A session with a deadline begins no card that would not fit before it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::ask::{self, ask};
use super::{
    Ahead, Answer, Asked, Given, Limits, Reader, Schedule, Schedulers, Score, Seat, Summary, TakenBack,
};
use crate::deck::{Card, CardId};
use crate::memory::{
    CardState, Due, Grade, Interval, Moment, Phase, PlaceOfNew, Review, ReviewKind, Wishes, arrange,
};
use crate::sim::{Rng, Seed};

/// How long before its time a step may be asked where nothing else is left, in minutes.
const AHEAD: u32 = 20;

/// From how many answers on a session's own pace says more than that of earlier ones.
const PACE_FROM: usize = 5;

/// A running session.
#[derive(Clone, Debug)]
pub struct Session {
    items: Vec<Seat>,
    reader: Reader,
    schedule: Schedule,
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
    /// The time is up: what is left is not asked.
    closed: bool,
    history: Vec<Past>,
}

#[derive(Clone, Debug)]
struct Current {
    index: usize,
    asked: Asked,
    /// The end of the step that the card waited for; nothing where it came from the queue.
    waited: Option<Moment>,
}

#[derive(Clone, Debug)]
enum Past {
    Answered(Current, Box<Review>),
    SetAside(Current),
    Flagged(CardId),
    /// The card as it was before.
    Edited(Box<Card>),
}

impl Session {
    /// A session over `cards`, which stand in the order of the learning path, without those that are suspended
    /// or buried. `seed` has to be fresh for each session: random, or time and process mixed.
    #[must_use]
    pub fn new(
        cards: Vec<(Card, CardState)>,
        schedulers: impl Into<Schedulers>,
        now: Moment,
        seed: u64,
        limits: Limits,
    ) -> Session {
        let seats = cards.into_iter().map(Seat::from).collect();
        Session::over(seats, Reader::none(), schedulers, now, seed, limits)
    }

    /// The same over cards that are read when their turn comes. One that is not there any more is passed over.
    #[must_use]
    pub fn over(
        items: Vec<Seat>,
        reader: Reader,
        schedulers: impl Into<Schedulers>,
        now: Moment,
        seed: u64,
        limits: Limits,
    ) -> Session {
        let (ready, waiting) = if limits.once {
            ((0..items.len()).collect(), Vec::new())
        } else if limits.cram {
            let places = ask::shuffled(items.len(), Rng::stream(Seed(seed), "cram"));
            (places, Vec::new())
        } else {
            let wishes = Wishes {
                new_left: limits.new,
                reviews_left: limits.reviews,
                place_of_new: PlaceOfNew::Last,
                seed,
                ..Wishes::default()
            };
            let mut topics: HashMap<&str, u32> = HashMap::new();
            let numbered = items.iter().map(|Seat { topic, state, .. }| {
                let next = u32::try_from(topics.len()).unwrap_or(u32::MAX);
                (*topics.entry(topic).or_insert(next), state)
            });
            let mut queue = arrange(numbered, now, &wishes);
            if limits.early {
                // Behind what is due.
                let early = |index: &usize| items[*index].state.is_due_later(now);
                let places = ask::shuffled(items.len(), Rng::stream(Seed(seed), "early"));
                queue.review.extend(places.into_iter().filter(early));
            }
            let end = |&index: &usize| (items[index].state.due_moment(now), index);
            (queue.order().collect(), queue.waiting.iter().map(end).collect())
        };
        let mut session = Session {
            ready: ready.into_iter().take(limits.cards).collect(),
            waiting,
            items,
            reader,
            schedule: Schedule::new(schedulers, Ahead::default()),
            limits,
            seed,
            asked: 0,
            given: 0,
            current: None,
            closed: false,
            history: Vec::new(),
        };
        session.waiting.truncate(limits.cards - session.ready.len().min(limits.cards));
        session.next(now);
        session
    }

    /// The session with due days that mind what lies ahead.
    #[must_use]
    pub fn minding(mut self, ahead: Ahead) -> Session {
        self.schedule = Schedule::new(self.schedule.schedulers().clone(), ahead);
        if let Some(current) = &self.current {
            self.schedule.take(&current.asked.card.topic, &self.items[current.index].state);
        }
        self
    }

    /// Reads cards from elsewhere from now on: their files were read anew.
    pub fn read_from(&mut self, reader: Reader) {
        self.reader = reader;
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
        (!self.limits.cram).then(|| self.schedule.preview(&asked.card.topic, state, now, asked.seed))
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
        let review = self.schedule.review(&was.asked.card, &item.state, given);
        self.schedule.give(&item.topic, &review.after);
        item.state = review.after;
        match (kind, review.after.phase) {
            _ if self.limits.once => {}
            (ReviewKind::Practice, _) if grade == Grade::Again => self.ready.push_back(was.index),
            (ReviewKind::Scheduled, Phase::Learning { due, .. } | Phase::Relearning { due, .. }) => {
                self.wait(due, was.index);
            }
            _ => {}
        }
        self.history.push(Past::Answered(was, Box::new(review.clone())));
        self.next(now);
        Some(review)
    }

    /// Takes the card on the table out of the session, as after suspending or burying it. Gives its id.
    pub fn set_aside(&mut self, now: Moment) -> Option<CardId> {
        let was = self.current.take()?;
        let id = was.asked.card.id.clone();
        self.schedule.give(&was.asked.card.topic, &self.items[was.index].state);
        self.history.push(Past::SetAside(was));
        self.next(now);
        Some(id)
    }

    /// Notes that a card was marked or its mark taken off, so that it can be taken back in its turn.
    pub fn flagged(&mut self, card: &CardId) {
        self.history.push(Past::Flagged(card.clone()));
    }

    /// Takes over an edited card as [`Session::replace`] does, so that it can be taken back in its turn.
    pub fn edited(&mut self, card: &Card) -> bool {
        let Some(seat) = self.items.iter_mut().find(|item| item.id == card.id) else { return false };
        if let Some(before) = seat.before_edit(&self.reader) {
            self.history.push(Past::Edited(before));
        }
        self.replace(card)
    }

    /// Takes over cards whose files were read again, where they say something else now. The card on the table is asked anew
    /// with the same seed; says whether it was.
    pub fn reread<'c>(&mut self, card: impl Fn(&CardId) -> Option<&'c Card>) -> bool {
        let table = self.current.as_ref().map(|current| current.index);
        let mut asked_anew = false;
        for (index, seat) in self.items.iter_mut().enumerate() {
            // One that was not asked yet is read when its turn comes.
            let Some(known) = seat.card() else { continue };
            let Some(now) = card(&seat.id).filter(|now| *now != known) else { continue };
            seat.put_anew(now.clone());
            asked_anew |= table == Some(index);
        }
        if let (true, Some(current)) = (asked_anew, &mut self.current)
            && let Some(card) = self.items[current.index].card()
        {
            current.asked = ask(card, current.asked.seed);
        }
        asked_anew
    }

    /// Takes back the last step. After an answer, or after a card was set aside, that card is on the table again,
    /// with the same question; after a mark or an edit the table stays as it is, but for the card's text. The session
    /// is as it was. Called again it goes further back; nothing at the beginning.
    pub fn undo(&mut self) -> Option<TakenBack> {
        let (was, review) = match self.history.pop()? {
            Past::Answered(was, review) => (was, Some(review)),
            Past::SetAside(was) => (was, None),
            Past::Flagged(card) => return Some(TakenBack::Flagged(card)),
            Past::Edited(before) => {
                self.replace(&before);
                self.items.iter_mut().for_each(Seat::forget_before);
                return Some(TakenBack::Edited(before));
            }
        };
        self.closed = false;
        if let Some(current) = self.current.take() {
            self.schedule.give(&current.asked.card.topic, &self.items[current.index].state);
            match current.waited {
                Some(due) => self.wait(due, current.index),
                None => self.ready.push_front(current.index),
            }
        }
        self.schedule.take(&was.asked.card.topic, &self.items[was.index].state);
        self.ready.retain(|&index| index != was.index);
        self.waiting.retain(|&(_, index)| index != was.index);
        let taken = match review {
            Some(review) => {
                self.items[was.index].state = review.before;
                TakenBack::Review(review)
            }
            None => TakenBack::SetAside(was.asked.card.id.clone()),
        };
        self.current = Some(was);
        Some(taken)
    }

    /// Replaces a card by an edited one with the same id; where it is on the table it is asked anew, with the
    /// same seed. Its state stays. Says whether the session has that card.
    pub fn replace(&mut self, card: &Card) -> bool {
        let Some(index) = self.items.iter().position(|item| item.id == card.id) else { return false };
        self.items[index].put(card.clone());
        if let Some(current) = self.current.as_mut().filter(|current| current.index == index) {
            current.asked = ask(card, current.asked.seed);
        }
        true
    }

    /// Adds a new card behind all others; where nothing is on the table it is put there.
    pub fn add(&mut self, card: Card, now: Moment) {
        self.items.push(Seat::from((card, CardState::default())));
        self.ready.push_back(self.items.len() - 1);
        self.wake(now);
    }

    /// Leaves out what was not asked yet, but for the card on the table.
    pub fn drop_rest(&mut self) {
        self.ready.clear();
        self.waiting.clear();
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
        self.reviews().count()
    }

    /// Questions that are still to come in this session, with the one on the table. Each Again may add one.
    #[must_use]
    pub fn remaining(&self) -> usize {
        let later = if self.closed { 0 } else { self.ready.len() + self.waiting.len() };
        usize::from(self.current.is_some()) + later
    }

    /// Whether its answers count for the schedule.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.limits.cram
    }

    /// When it has to end, where it has to.
    #[must_use]
    pub fn until(&self) -> Option<Moment> {
        self.limits.until
    }

    /// How many cards were not asked because the time was up.
    #[must_use]
    pub fn not_begun(&self) -> usize {
        if self.closed { self.ready.len() + self.waiting.len() } else { 0 }
    }

    /// How many minutes the rest will take, by the median of this session's answers; before the fifth by what the
    /// learner usually takes.
    #[must_use]
    pub fn minutes_left(&self) -> f64 {
        self.remaining() as f64 * self.seconds_a_card() / 60.0
    }

    /// Seconds a card: the median of this session's answers, before the fifth what the learner usually takes.
    fn seconds_a_card(&self) -> f64 {
        let mut took: Vec<u64> = self.reviews().map(|review| review.took_millis).collect();
        took.sort_unstable();
        match took.get(took.len() / 2) {
            Some(&median) if took.len() >= PACE_FROM => median as f64 / 1000.0,
            _ => self.limits.seconds_a_card,
        }
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
        for (was, review) in self.answers() {
            summary.add(&was.asked, review);
        }
        let start =
            |due: &Due| due.moment(self.reviews().last().map_or(0, |review| review.at.offset_minutes));
        summary.next_due = self.items.iter().filter_map(|item| item.state.due()).min_by_key(start);
        summary
    }

    /// How well it went, by topic, and how well that was foreseen.
    #[must_use]
    pub fn score(&self) -> Score {
        let mut score = Score::default();
        for (was, review) in self.answers() {
            score.add(&was.asked.card, review, self.schedule.schedulers());
        }
        score
    }

    fn answers(&self) -> impl Iterator<Item = (&Current, &Review)> {
        self.history.iter().filter_map(|past| match past {
            Past::Answered(was, review) => Some((was, review.as_ref())),
            _ => None,
        })
    }

    fn reviews(&self) -> impl Iterator<Item = &Review> {
        self.answers().map(|(_, review)| review)
    }

    /// Puts the next card on the table: a step that is over, else the queue's first, else a step that is nearly over.
    fn next(&mut self, now: Moment) {
        while !self.put_next(now) {}
    }

    /// Whether what came next could be put there, or nothing came.
    fn put_next(&mut self, now: Moment) -> bool {
        let fits = |until: Moment| until.millis_since(now) as f64 >= self.seconds_a_card() * 1000.0;
        self.closed = !self.limits.until.is_none_or(fits);
        if self.closed {
            self.current = None;
            return true;
        }
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
        self.current = None;
        let Some((index, waited)) = next else { return true };
        let seat = &mut self.items[index];
        let (topic, state) = (Arc::clone(&seat.topic), seat.state);
        let Some(card) = seat.read(&self.reader) else { return false };
        // 53 bits, so that the seed is the same number in JSON.
        let seed = Rng::stream(Seed(self.seed), &format!("question {}", self.asked)).next_u64() >> 11;
        self.asked += 1;
        self.schedule.take(&topic, &state);
        self.current = Some(Current { index, asked: ask(card, seed), waited });
        true
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
    use crate::memory::{EventId, Memory, Rules, Scheduler, StudyDay};
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

    #[test]
    fn a_card_read_again_is_asked_anew_and_an_edit_begins_where_it_was_before() {
        let mut session = session(vec![new("a"), new("b")], &[1], Limits::default());
        let before = session.current().expect("a question").clone();
        let mut card = before.card.clone();
        card.question = "How does it read now?".to_string();
        assert!(!session.reread(|_| None), "what no deck has any more stays as it is");
        assert!(session.reread(|id| (*id == card.id).then_some(&card)));
        assert!(!session.reread(|id| (*id == card.id).then_some(&card)), "once");
        let question =
            |session: &Session| session.current().map(|asked| (asked.seed, asked.question.clone()));
        assert_eq!(question(&session), Some((before.seed, card.question.clone())));
        // The editor's save is read before the edit is told.
        assert!(session.edited(&card));
        assert!(matches!(session.undo(), Some(TakenBack::Edited(_))));
        assert_eq!(question(&session), Some((before.seed, before.question)));
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
    fn marks_and_edits_are_taken_back_in_their_turn() {
        let mut session = session(vec![due("a", 1), due("b", 0)], &[], Limits::default());
        session.flagged(&CardId("a".to_string()));
        let seed = session.current().map(|asked| asked.seed);
        assert!(session.edited(&Card { question: "edited".to_string(), ..card("a") }));
        assert!(!session.edited(&card("z")), "a card of no session is no step of it");
        assert_eq!(session.current().map(|asked| asked.seed), seed, "asked anew with the same seed");
        answer(&mut session, Grade::Good, now());
        assert!(matches!(session.undo(), Some(TakenBack::Review(_))));
        let Some(TakenBack::Edited(before)) = session.undo() else { panic!("the edit comes next") };
        assert_eq!(before.question, "question a");
        assert_eq!(session.current().map(|asked| asked.question.as_str()), Some("question a"));
        assert_eq!(session.undo(), Some(TakenBack::Flagged(CardId("a".to_string()))));
        assert_eq!(session.undo(), None);
    }

    #[test]
    fn no_card_is_begun_that_would_not_fit() {
        let cards = (0..10).map(|number| due(&number.to_string(), 0)).collect();
        let until = Some(now().plus_minutes(1));
        let mut session = session(cards, &[], Limits { until, ..Limits::default() });
        // At 20 s a card the third begins at 40 s and ends in time; at 41 s there is no room for one.
        answer(&mut session, Grade::Good, Moment { utc_millis: now().utc_millis + 20_000, ..now() });
        answer(&mut session, Grade::Good, Moment { utc_millis: now().utc_millis + 40_000, ..now() });
        assert!(session.current().is_some());
        session.undo();
        answer(&mut session, Grade::Good, Moment { utc_millis: now().utc_millis + 41_000, ..now() });
        assert!(session.is_over());
        assert_eq!((session.answered(), session.remaining(), session.not_begun()), (2, 0, 8));
        assert!(matches!(session.undo(), Some(TakenBack::Review(_))));
        assert_eq!((session.remaining(), session.not_begun()), (9, 0));
        let none = Session::new(
            vec![due("a", 0)],
            scheduler(&[]),
            now(),
            7,
            Limits { until: Some(now()), ..Limits::default() },
        );
        assert!(none.is_over() && none.not_begun() == 1, "no minutes, no card");
    }

    #[test]
    fn a_quiz_asks_each_card_once_and_in_its_order() {
        for cram in [true, false] {
            let cards = vec![new("c"), due("a", 0), new("b")];
            let mut session = session(cards, &[1, 10], Limits { cram, once: true, ..Limits::default() });
            let mut order = Vec::new();
            while let Some(asked) = session.current() {
                order.push(asked.card.id.0.clone());
                let review = answer(&mut session, Grade::Again, now());
                assert_eq!(review.kind == ReviewKind::Practice, cram);
            }
            assert_eq!(order, ["c", "a", "b"]);
        }
        let early = Limits { early: true, ..Limits::default() };
        let later = CardState { phase: Phase::Review { due: now().study_day() + 9 }, ..due("", 0).1 };
        let mut early = session(vec![(card("later"), later)], &[], early);
        assert_eq!(answer(&mut early, Grade::Good, now()).kind, ReviewKind::Scheduled);
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
        let table = session.current().map(|asked| (&asked.card.id, &asked.question, asked.seed));
        let texts: Vec<&str> =
            session.items.iter().map(|item| item.card().map_or("", |card| &card.question)).collect();
        format!(
            "{:?} {:?} {:?} {states:?} {texts:?} {}",
            session.ready,
            session.waiting,
            table,
            session.history.len()
        )
    }

    #[derive(Clone, Copy, Debug)]
    enum Act {
        Grade(Grade, u32),
        SetAside,
        Flag,
        Edit(u32),
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let grade = prop::sample::select(Grade::ALL.to_vec());
        let act = prop_oneof![
            9 => (grade, 0..15_u32).prop_map(|(grade, minutes)| Act::Grade(grade, minutes)),
            1 => Just(Act::SetAside),
            1 => Just(Act::Flag),
            1 => (0..9_u32).prop_map(Act::Edit),
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
                Act::Flag => session.flagged(&CardId("a".to_string())),
                Act::Edit(number) => {
                    let now = session.current().map_or_else(|| card("a"), |asked| asked.card.clone());
                    session.edited(&Card { question: format!("edit {number}"), ..now });
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
        fn the_load_is_that_of_the_states(acts in acts(), back in 0..20_usize) {
            let cards = vec![new("a"), due("b", 1), new("c"), due("d", 0), due("e", 3), new("f")];
            let ahead = Ahead::new(cards.iter().map(|(card, state)| (card.topic.as_str(), state)), None);
            let mut session = session(cards, &[1], Limits::default()).minding(ahead);
            play(&mut session, &acts, |_| {});
            for _ in 0..back {
                session.undo();
            }
            let table = session.current.as_ref().map(|current| current.index);
            let others = session.items.iter().enumerate().filter(|(index, _)| Some(*index) != table);
            let fresh = Ahead::new(others.map(|(_, item)| (&*item.topic, &item.state)), None);
            for days in 0..400 {
                let day = now().study_day() + days;
                let on = |ahead: &Ahead| ahead.calendar("topic").load.map(|(load, _)| load.on(day));
                prop_assert_eq!(on(session.schedule.ahead()), on(&fresh));
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
