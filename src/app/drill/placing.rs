//! The placement quiz on the screen: it asks one core card of a topic after the other, then offers to mark what is
//! known.
//!
//! Its answers are practice: whoever stops in the middle has changed nothing.

use std::collections::HashSet;

use super::running::{About, Running};
use super::start::{begin, is_judged};
use crate::app::{Effect, Model, aims, plan};
use crate::deck::{Head, Weight};
use crate::drill::{Known, Limits, Marks, Place, Placement, Seat, Session, mark_known};
use crate::library::{Deck, Library};
use crate::memory::{CardState, Grade, Moment, Review};

/// Over how many days what is known comes back, where no date is set.
const DAYS: u32 = 28;

/// A placement quiz that goes on.
#[derive(Clone, Debug)]
pub struct Placing {
    placement: Placement,
}

impl Placing {
    /// How many questions were answered.
    #[must_use]
    pub fn answered_count(&self) -> usize {
        self.placement.answered()
    }

    /// What is taken for known.
    #[must_use]
    pub fn known(&self) -> Vec<Known> {
        self.placement.known()
    }

    /// Takes an answer over and puts the next question behind it.
    pub(super) fn answered(
        &mut self,
        library: &Library,
        session: &mut Session,
        review: &Review,
        now: Moment,
    ) {
        let topic = library.head(&review.card).map(|head| head.topic.to_string()).unwrap_or_default();
        self.placement.answer(&topic, review.grade != Grade::Again);
        if let Some(card) = self.next(library) {
            session.add(card, now);
        }
    }

    /// The session has taken an answer back: that topic is asked about again.
    pub(super) fn undo(&mut self, session: &mut Session) {
        self.placement.undo();
        session.drop_rest();
    }

    fn next(&self, library: &Library) -> Option<crate::deck::Card> {
        let topic = self.placement.next()?;
        let head = question(library, &topic.slug)?;
        library.card(&head.id.0).cloned()
    }
}

/// The card that asks about a topic: a core one, which the program can judge where there is one.
fn question<'l>(library: &'l Library, topic: &str) -> Option<&'l Head> {
    let heads = || library.deck(topic).into_iter().flat_map(Deck::heads);
    let core = || heads().filter(|head| head.weight == Weight::Core);
    let judged = |head: &&Head| is_judged(head.kind) && head.kind != "predict";
    core().find(judged).or_else(|| heads().find(judged)).or_else(|| core().next()).or_else(|| heads().next())
}

/// Starts a placement quiz. Says where there is nothing to ask.
pub(in crate::app) fn start_placement(model: &mut Model) -> Vec<Effect> {
    let library = &model.library;
    let path = library.topics.iter().map(|topic| Place {
        slug: topic.slug.clone(),
        part: topic.part.clone(),
        prerequisites: topic.prerequisites.clone(),
        asked_about: question(library, &topic.slug).is_some_and(|head| library.card(&head.id.0).is_some()),
    });
    let placing = Placing { placement: Placement::new(path.collect()) };
    let Some(card) = placing.next(library) else {
        model.say("There is no card to ask about.");
        return Vec::new();
    };
    let limits = Limits { cram: true, once: true, seconds_a_card: 30.0, ..Limits::default() };
    let about = About::Placement(Box::new(placing));
    begin(
        model,
        vec![Seat::from((card, CardState::default()))],
        "Placement".to_string(),
        limits,
        about,
        None,
    );
    vec![Effect::Note(aims::PLACED, "yes".to_string())]
}

/// The new cards of the topics that are known.
fn marks(model: &Model, placing: &Placing) -> Vec<Marks> {
    let mut marks = Vec::new();
    for Known { slug, answered } in placing.known() {
        let heads = model.library.deck(&slug).into_iter().flat_map(Deck::heads);
        let new = heads.filter(|head| !model.learned.states.contains_key(&head.id.0));
        marks.extend(new.map(|head| Marks { card: head.id.clone(), weight: head.weight, answered }));
    }
    marks
}

/// What a placement quiz comes to: topics that are known, their new cards, and over how many days these come back.
#[must_use]
pub fn outcome(model: &Model, running: &Running) -> Option<(usize, usize, u32)> {
    let About::Placement(placing) = &running.about else { return None };
    let marks = marks(model, placing);
    // Topics that are only planned have no cards and are no news.
    let topics: HashSet<&str> =
        marks.iter().filter_map(|marks| model.library.head(&marks.card.0)).map(|head| &*head.topic).collect();
    Some((topics.len(), marks.len(), days(model)))
}

fn days(model: &Model) -> u32 {
    let date = plan::horizon(model, model.now).map(|horizon| horizon.date.since(model.now.study_day()));
    // Before a date all of it is seen once more.
    date.map_or(DAYS, |left| left.saturating_sub(2).clamp(2, DAYS))
}

/// Marks what is known, and closes the quiz.
pub(super) fn mark(model: &mut Model) -> Vec<Effect> {
    let Some(running) = &model.drill.session else { return Vec::new() };
    let About::Placement(placing) = &running.about else { return Vec::new() };
    let cards = marks(model, placing);
    let rules = model.schedulers.usual().rules().clone();
    let seed = model.seed;
    let reviews = mark_known(&cards, &rules, model.now, days(model), seed);
    model.drill.session = None;
    model.tab = crate::app::Tab::Today;
    match reviews {
        Ok(reviews) if !reviews.is_empty() => vec![Effect::Place(reviews)],
        Ok(_) => Vec::new(),
        Err(why) => {
            model.say(format!("Nothing was marked: {why}."));
            Vec::new()
        }
    }
}
