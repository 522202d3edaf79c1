//! A session that runs: answers, marks, edits, and the way back.
//!
//! Undo and marks are carried out first and shown when they are done: where the disk refuses, nothing has changed.

use super::placing::Placing;
use crate::app::asking::Asking;
use crate::app::command::Do;
use crate::app::{Effect, Mark, Model, Saved, Tab, pages, study};
use crate::drill::{Score, Session, Summary, TakenBack};
use crate::memory::{self, Advice, EventId, Moment, Review};

/// A session that runs.
pub struct Running {
    /// What it asks.
    pub session: Session,
    /// The question on the table.
    pub asking: Option<Asking>,
    /// What it is about, for the title.
    pub title: String,
    /// The first line shown of the question or the summary, where it is longer than the window.
    pub top: usize,
    /// What it came to, once it is over.
    pub summary: Option<Summary>,
    /// How it went by topic, once it is over.
    pub score: Score,
    /// Which of the missed cards is chosen in the summary.
    pub chosen: usize,
    /// What kind of session it is.
    pub about: About,
    /// What was saved, in order: what undo takes back.
    pub(super) saved: Vec<Saved>,
    /// Where to go back to.
    pub(super) from: Tab,
}

/// What kind of session it is.
#[derive(Clone, Debug)]
pub enum About {
    /// Cards as they come.
    Cards,
    /// An interview quiz or an estimation drill.
    Quiz {
        /// Which of them, as a title.
        name: &'static str,
        /// Its seed.
        seed: u64,
    },
    /// A placement quiz.
    Placement(Box<Placing>),
    /// A part of a timed study session.
    Study,
}

impl Running {
    pub(super) fn new(session: Session, title: String, from: Tab, about: About) -> Running {
        Running {
            session,
            asking: None,
            title,
            top: 0,
            summary: None,
            score: Score::default(),
            chosen: 0,
            about,
            saved: Vec::new(),
            from,
        }
    }

    /// Puts the next question on the table, or the summary where none is left.
    pub(super) fn deal(&mut self, now: Moment) {
        self.top = 0;
        self.asking = self.session.current().map(|asked| {
            let mut asking = Asking::of(asked.clone());
            asking.start(now);
            // Where it is to be found out what is known, "I do not know" is an answer.
            asking.may_pass = matches!(self.about, About::Placement(_) | About::Quiz { .. });
            asking
        });
        self.summary = None;
        if self.asking.is_none() {
            self.end();
        }
    }

    /// Ends it with its summary.
    fn end(&mut self) {
        (self.summary, self.score) = (Some(self.session.summary()), self.session.score());
        (self.asking, self.chosen, self.top) = (None, 0, 0);
    }

    /// Whether something was saved that can be taken back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.saved.is_empty()
    }
}

/// An answer was not saved: where it is this session's last, its card is on the table again.
pub(in crate::app) fn not_saved(model: &mut Model, id: &EventId) {
    if let Some(running) = &mut model.drill.session
        && running.saved.last() == Some(&Saved::Review(id.clone()))
    {
        running.saved.pop();
        running.session.undo();
        if let About::Placement(placing) = &mut running.about {
            placing.undo(&mut running.session);
        }
        running.deal(model.now);
    }
}

/// Shows the answer, or takes a grade and goes on.
pub(super) fn answer(model: &mut Model, does: Do) -> Vec<Effect> {
    let now = model.now;
    let Some(running) = &mut model.drill.session else { return Vec::new() };
    let Some(asking) = running.asking.as_mut().filter(|_| running.summary.is_none()) else {
        return Vec::new();
    };
    let grade = match (does, asking.proposed()) {
        (Do::Grade(grade), Some(_)) => grade,
        (_, Some(proposed)) => proposed,
        (_, None) => return Vec::new(),
    };
    let (given, took) = (asking.answer.clone(), asking.took(now));
    let Some(review) = running.session.grade(grade, &given, now, took) else { return Vec::new() };
    running.saved.push(Saved::Review(review.id.clone()));
    study::answered(&mut model.study);
    if let About::Placement(placing) = &mut running.about {
        placing.answered(&model.library, &mut running.session, &review, now);
    }
    running.deal(now);
    if let Some(said) = leech(&review) {
        model.say(said);
    }
    vec![Effect::Save(Box::new(review))]
}

/// What is said of a card that goes on being forgotten, with the keys that do something about it.
fn leech(review: &Review) -> Option<String> {
    let keys = match memory::leech(&review.before, &review.after)? {
        Advice::Read => "u, then p reads about it; e rewrites, @ suspends it",
        Advice::Rewrite => "u, then e rewrites it; p reads about it, @ suspends it",
        Advice::Suspend => "u, then @ suspends it; e rewrites it",
    };
    Some(format!("A leech: forgotten {} times. {keys}.", review.after.lapses))
}

/// Takes back the last step of the session.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    match model.drill.session.as_ref().and_then(|running| running.saved.last()) {
        Some(saved) => vec![Effect::Undo(saved.clone())],
        None => {
            model.say("This session has nothing to take back.");
            Vec::new()
        }
    }
}

/// What was saved last is taken back.
pub(in crate::app) fn undone(model: &mut Model) {
    let now = model.now;
    let Some(running) = &mut model.drill.session else { return };
    running.saved.pop();
    let taken = running.session.undo();
    if matches!(taken, Some(TakenBack::Review(_)))
        && let About::Placement(placing) = &mut running.about
    {
        placing.undo(&mut running.session);
    }
    match taken {
        Some(TakenBack::Review(review)) => {
            running.deal(now);
            model.say(format!("Taken back: {}.", review.grade.label()));
        }
        Some(TakenBack::SetAside(_)) => {
            running.deal(now);
            model.say("The card is back.");
        }
        Some(TakenBack::Flagged(_)) => model.say("The flag is as it was."),
        Some(TakenBack::Edited(_)) => {
            if running.summary.is_none() {
                running.deal(now);
            }
            model.say("The card reads as before.");
        }
        None => {}
    }
}

/// Flags the card on the table, or takes its flag off.
pub(super) fn flag(model: &mut Model) -> Vec<Effect> {
    let Some(card) = current(model) else { return Vec::new() };
    let on = !model.learned.flagged.contains(&card);
    vec![Effect::Mark(card, Mark::Flag(on))]
}

/// Takes the card on the table out of the session and marks it so.
pub(super) fn set_aside(model: &mut Model, mark: Mark) -> Vec<Effect> {
    current(model).map(|card| Effect::Mark(card, mark)).into_iter().collect()
}

/// A card is marked or set aside: the one on the table, where a session runs.
pub(in crate::app) fn marked(model: &mut Model, mark: Mark) {
    let now = model.now;
    if let Some(running) = model.drill.session.as_mut().filter(|running| running.asking.is_some()) {
        match mark {
            Mark::Flag(on) => {
                if let Some(asked) = running.session.current() {
                    let card = asked.card.id.clone();
                    running.session.flagged(&card);
                    running.saved.push(Saved::Flag(card.0, on));
                }
            }
            Mark::Bury | Mark::Suspend => {
                if let Some(card) = running.session.set_aside(now) {
                    running.saved.push(Saved::SetAside(card.0));
                    running.deal(now);
                }
            }
            Mark::Unsuspend | Mark::Unbury => {}
        }
    }
    model.say(match mark {
        Mark::Flag(true) => "Flagged as worth a look.",
        Mark::Flag(false) => "The flag is off.",
        Mark::Bury => "Not today: it comes back tomorrow. Undo takes that back.",
        Mark::Suspend => "Not any more. Undo takes that back.",
        Mark::Unsuspend | Mark::Unbury => "It is asked again when it is due.",
    });
}

/// The card on the table, by its id.
fn current(model: &Model) -> Option<String> {
    let asking = model.drill.session.as_ref()?.asking.as_ref()?;
    Some(asking.asked.card.id.0.clone())
}

/// Opens the card on the table in the editor.
pub(super) fn edit(model: &mut Model) -> Vec<Effect> {
    current(model).map(Effect::EditCard).into_iter().collect()
}

/// A card was edited: the session has its new text, and asks it anew where it is on the table.
pub(in crate::app) fn edited(model: &mut Model, id: &str, event: EventId) {
    let now = model.now;
    let Some(card) = model.library.card(id).cloned() else { return };
    if let Some(running) = &mut model.drill.session
        && running.session.edited(&card)
    {
        running.saved.push(Saved::Edit(event));
        if running.asking.as_ref().is_some_and(|asking| asking.asked.card.id == card.id) {
            running.deal(now);
        }
    }
    model.say("The card is changed; its schedule stays. u takes the edit back.");
}

/// Whether the card on the table has a page behind it: own decks and planned topics have none.
#[must_use]
pub fn card_has_page(model: &Model) -> bool {
    let asking = model.drill.session.as_ref().and_then(|running| running.asking.as_ref());
    let topic = asking.and_then(|asking| model.library.topic(&asking.asked.card.topic));
    topic.is_some_and(|topic| topic.page.is_some())
}

/// The decks were read again: the session has their new texts. A question that waits for its answer is asked anew; one
/// that was answered stays as it was answered.
pub(in crate::app) fn reread(model: &mut Model) {
    let now = model.now;
    let library = std::sync::Arc::clone(&model.library);
    let reader = super::start::reader(model);
    let Some(running) = &mut model.drill.session else { return };
    running.session.read_from(reader);
    let anew = running.session.reread(|id| library.card(&id.0));
    let waits = running.asking.as_ref().is_some_and(|asking| asking.verdict.is_none());
    if anew && waits {
        running.deal(now);
        model.say("The card was changed on disk: this is how it reads now.");
    }
}

/// The page behind the card, at the heading that it names. The session waits.
pub(super) fn card_page(model: &mut Model) -> Vec<Effect> {
    let Some(asking) = model.drill.session.as_ref().and_then(|running| running.asking.as_ref()) else {
        return Vec::new();
    };
    let (topic, see) = (asking.asked.card.topic.clone(), asking.asked.card.see.clone());
    pages::open_topic(model, &topic, see.as_deref(), false)
}

/// The page behind the missed card that is chosen in the summary; where none was missed the session is closed.
pub(super) fn read_missed(model: &mut Model) -> Vec<Effect> {
    let Some(running) = &mut model.drill.session else { return Vec::new() };
    if let About::Placement(_) = &running.about {
        return super::placing::mark(model);
    }
    let missed = running.summary.as_ref().and_then(|summary| summary.missed.get(running.chosen));
    match missed.map(|missed| (missed.topic.clone(), missed.see.clone())) {
        Some((topic, see)) => pages::open_topic(model, &topic, see.as_deref(), false),
        None => stop(model),
    }
}

/// Ends the session; where cards were answered, with its summary first.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    let Some(running) = &mut model.drill.session else { return Vec::new() };
    if running.summary.is_none() && running.session.answered() > 0 {
        running.end();
        return Vec::new();
    }
    let (from, study) = (running.from, matches!(running.about, About::Study));
    model.drill.session = None;
    model.tab = from;
    if study {
        return study::go_on(model);
    }
    pages::fit(model);
    Vec::new()
}
