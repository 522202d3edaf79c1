//! The Drill: the list of decks, and a session.
//!
//! An answer is handed out as an effect as soon as it is graded. The loop saves it before it draws again, so
//! the next card is never seen before the last answer is on disk; where saving fails the answer is taken
//! back here and the card is on the table again.

use super::asking::{self, Asking, Outcome};
use super::command::{Context, Do};
use super::list::{ListState, scroll};
use super::player::Player;
use super::{Effect, Mark, Model, Saved, Tab, lab, layout, pages};
use crate::config::key::Key;
use crate::deck::Card;
use crate::drill::{Limits, Session, Summary, TakenBack, Variant};
use crate::memory::{CardState, EventId, Grade, Moment};
use crate::sim::{Nanos, Seed};

/// The Drill screen.
#[derive(Default)]
pub struct DrillScreen {
    /// The list: all that is due, then the decks.
    pub list: ListState,
    /// The session that runs.
    pub session: Option<Box<Running>>,
}

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
    /// What was saved, in order: what undo takes back.
    saved: Vec<Saved>,
    /// Where to go back to.
    from: Tab,
}

impl DrillScreen {
    pub(super) fn contexts(&self) -> Vec<Context> {
        match &self.session {
            None => vec![Context::List],
            Some(running) => match (&running.summary, &running.asking) {
                (Some(_), _) | (None, None) => vec![Context::Summary, Context::List],
                // Where text is typed the commands of a question act by their Alt keys, and nothing scrolls by letters.
                (None, Some(asking)) if asking.is_typed() => asking.contexts(),
                (None, Some(asking)) => asking.contexts().into_iter().chain([Context::List]).collect(),
            },
        }
    }

    /// The question on the table.
    #[must_use]
    pub fn asking(&self) -> Option<&Asking> {
        let running = self.session.as_ref().filter(|running| running.summary.is_none())?;
        running.asking.as_ref()
    }

    /// The contexts whose keys the help shows first: those that act now, then the others of this screen.
    pub(super) fn contexts_of_help(&self) -> Vec<Context> {
        use Context as C;
        let mut all = self.contexts();
        all.extend([C::Question, C::Verdict, C::Summary, C::List]);
        let mut here = Vec::new();
        for context in all {
            if !here.contains(&context) {
                here.push(context);
            }
        }
        here
    }

    /// How far the session is, for the upper right corner.
    #[must_use]
    pub fn place(&self) -> String {
        let Some(running) = &self.session else { return String::new() };
        let done = running.session.answered();
        let all = done + running.session.remaining();
        if running.summary.is_some() {
            return running.title.clone();
        }
        let minutes = running.session.minutes_left().ceil().max(1.0);
        format!("{} of {all}, {minutes:.0} min", (done + 1).min(all))
    }

    /// Whether something was saved in this session that can be taken back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.session.as_ref().is_some_and(|running| !running.saved.is_empty())
    }

    /// How many options the question on the table has, while it can be picked from.
    #[must_use]
    pub fn options(&self) -> Option<usize> {
        let asking = self.session.as_ref()?.asking.as_ref().filter(|asking| asking.verdict.is_none())?;
        match &asking.asked.variant {
            Variant::Pick { order, .. } => Some(order.len()),
            _ => None,
        }
    }

    /// The grade that Enter gives.
    #[must_use]
    pub fn proposed(&self) -> Option<Grade> {
        self.session.as_ref()?.asking.as_ref()?.proposed()
    }
}

/// The rows of the list: what is due first, then the decks.
#[must_use]
pub fn rows(model: &Model) -> usize {
    1 + model.library.decks.len()
}

/// Starts a session of everything that is due.
pub(super) fn start_due(model: &mut Model) -> Vec<Effect> {
    start_named(model, &[], None, false)
}

/// Starts a session of one topic's deck: what is due and what is new, else all of it as practice.
pub(super) fn start_deck(model: &mut Model, topic: &str) -> Vec<Effect> {
    if model.library.deck(topic).is_none() {
        model.say(format!("'{topic}' has no deck yet."));
        return Vec::new();
    }
    let topics = [topic.to_string()];
    let from = model.tab;
    start_named(model, &topics, None, false);
    if model.drill.session.is_none() && !model.learned.session_cards(&model.library, &topics).is_empty() {
        model.tab = from;
        start_named(model, &topics, None, true);
        model.say("Nothing of this deck is due: this is practice and leaves the schedule as it is.");
    }
    Vec::new()
}

/// Starts a session of some topics, or of all that is due where none is named.
pub(super) fn start_named(
    model: &mut Model,
    topics: &[String],
    limit: Option<usize>,
    cram: bool,
) -> Vec<Effect> {
    let cards = model.learned.session_cards(&model.library, topics);
    let title = match topics {
        [topic] => model.library.deck(topic).map_or_else(|| topic.clone(), |deck| deck.title.clone()),
        [] => "All that is due".to_string(),
        several => format!("{} topics", several.len()),
    };
    // Who names a topic wants its cards: its new ones are not held back by the day's limit.
    let left = model.learned.new_left(model.settings.drill.new_per_day);
    let new = if topics.is_empty() { left } else { usize::MAX };
    let limits = Limits { cards: limit.unwrap_or(usize::MAX), cram, ..limits(model, new) };
    run_session(model, cards, title, limits);
    if model.drill.session.as_ref().is_none_or(|running| running.asking.is_none()) {
        model.drill.session = None;
        model.say("Nothing is due. A deck below can be practised; a page opens its new cards.");
    }
    Vec::new()
}

/// Starts a session of a single card, whether it is due or not.
pub(super) fn start_card(model: &mut Model, id: &str, seed: u64) -> Vec<Effect> {
    let Some(card) = model.library.card(id).cloned() else {
        model.say(format!("No card is called '{id}'."));
        return Vec::new();
    };
    let title =
        model.library.topic(&card.topic).map_or_else(|| card.topic.clone(), |topic| topic.title.clone());
    let state = model.learned.state(id);
    // A card that is not due is practice: its schedule stays as it is.
    let due = state.is_new() || state.due().is_some_and(|due| due.is_due(model.now));
    let limits = Limits { cram: !due, ..limits(model, usize::MAX) };
    run_session(model, vec![(card, state)], title, limits);
    if let Some(running) = &mut model.drill.session {
        // The question as it was shown where the bet was offered.
        running.session.ask_with(seed);
        running.deal(model.now);
    }
    Vec::new()
}

fn limits(model: &Model, new: usize) -> Limits {
    Limits { new, seconds_a_card: model.learned.seconds_a_card, ..Limits::default() }
}

fn run_session(model: &mut Model, cards: Vec<(Card, CardState)>, title: String, limits: Limits) {
    let seed = model.fresh_seed();
    let session = Session::new(cards, model.scheduler.clone(), model.now, seed, limits);
    let from = if model.drill.session.is_some() { Tab::Drill } else { model.tab };
    let mut running =
        Running { session, asking: None, title, top: 0, summary: None, saved: Vec::new(), from };
    running.deal(model.now);
    running.summary = None;
    model.drill.session = Some(Box::new(running));
    model.tab = Tab::Drill;
}

impl Running {
    /// Puts the next question on the table, or the summary where none is left.
    fn deal(&mut self, now: Moment) {
        self.top = 0;
        self.asking = self.session.current().map(|asked| {
            let mut asking = Asking::of(asked.clone());
            asking.start(now);
            asking
        });
        self.summary = self.asking.is_none().then(|| self.session.summary());
    }
}

/// An answer was not saved: where it is this session's last, its card is on the table again.
pub(super) fn not_saved(model: &mut Model, id: &EventId) {
    if let Some(running) = &mut model.drill.session
        && running.saved.last() == Some(&Saved::Review(id.clone()))
    {
        running.saved.pop();
        running.session.undo();
        running.deal(model.now);
    }
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    if model.drill.session.is_none() {
        return run_list(model, does);
    }
    match does {
        Do::Back | Do::Leave => Some(stop(model)),
        Do::Undo => Some(undo(model)),
        Do::CardPage => Some(card_page(model)),
        Do::CardDemo => Some(card_demo(model)),
        Do::Flag => Some(flag(model)),
        Do::Bury => Some(set_aside(model, Mark::Bury)),
        Do::SuspendCard => Some(set_aside(model, Mark::Suspend)),
        _ if worked(model, |asking| asking.work(does)) => Some(Vec::new()),
        Do::Reveal | Do::Enter | Do::GradeProposed | Do::Grade(_) => Some(answer(model, does)),
        _ => scrolled(model, does).then(Vec::new),
    }
}

/// No summary is longer, in lines.
const LONGEST: usize = 400;

/// Has something done with the question on the table. Says whether it did anything.
fn worked(model: &mut Model, work: impl FnOnce(&mut Asking) -> Outcome) -> bool {
    let Some(running) = model.drill.session.as_mut().filter(|running| running.summary.is_none()) else {
        return false;
    };
    let Some(asking) = &mut running.asking else { return false };
    match work(asking) {
        Outcome::Nothing => return false,
        // What came of it is shown from its beginning.
        Outcome::Answered => running.top = 0,
        Outcome::Changed | Outcome::Graded(_) => {}
    }
    true
}

/// Scrolls the question or the summary. Says whether the command scrolls.
fn scrolled(model: &mut Model, does: Do) -> bool {
    let body = model.frame().body;
    let Some(running) = &mut model.drill.session else { return false };
    let Some(asking) = running.asking.as_mut().filter(|_| running.summary.is_none()) else {
        // How far there is to go, the drawing knows; it shows the end where this is past it.
        let height = usize::from(body.height);
        let top = scroll(does, running.top, LONGEST + height, height);
        running.top = top.unwrap_or(running.top);
        return top.is_some();
    };
    let place = layout::question(body, asking.verdict.is_some());
    let lines = asking.lines(usize::from(place.text.width.max(1)));
    let pinned = asking::pinned(&lines, usize::from(place.text.height));
    let height = usize::from(place.text.height).saturating_sub(pinned + usize::from(pinned > 0));
    let lines = &lines[..lines.len() - pinned];
    let now = asking::top_of(lines, running.top, asking.looking, height);
    let Some(top) = scroll(does, now, lines.len(), height) else { return false };
    // What is all in sight does not move, and what has the keys keeps them.
    if top != now {
        (running.top, asking.looking) = (top, true);
    }
    true
}

/// The wheel over a question. Says whether there is one: it scrolls, and chooses nothing.
pub(super) fn wheel(model: &mut Model, does: Do) -> bool {
    model.drill.asking().is_some() && scrolled(model, does)
}

/// A click on a part of the question.
pub(super) fn clicked(model: &mut Model, part: usize) -> Vec<Effect> {
    worked(model, |asking| asking.click(part));
    Vec::new()
}

/// The mouse button was let go over a part of the question.
pub(super) fn released(model: &mut Model, part: usize) -> Vec<Effect> {
    if model.tab == Tab::Drill && model.overlay.is_none() {
        worked(model, |asking| asking.release(part));
    }
    Vec::new()
}

fn run_list(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height).saturating_sub(4);
    match does {
        Do::Enter => match model.drill.list.chosen.checked_sub(1) {
            None => Some(start_due(model)),
            Some(deck) => {
                let topic = model.library.decks.get(deck)?.topic.clone();
                Some(start_deck(model, &topic))
            }
        },
        _ => {
            let rows = rows(model);
            model.drill.list.act(does, rows, height).then(Vec::new)
        }
    }
}

fn answer(model: &mut Model, does: Do) -> Vec<Effect> {
    let now = model.now;
    let Some(running) = &mut model.drill.session else { return Vec::new() };
    if running.summary.is_some() {
        return stop(model);
    }
    let Some(asking) = &mut running.asking else { return Vec::new() };
    let grade = match (does, asking.proposed()) {
        (Do::Grade(grade), Some(_)) => grade,
        (_, Some(proposed)) => proposed,
        (_, None) => return Vec::new(),
    };
    let (given, took) = (asking.answer.clone(), asking.took(now));
    let review = running.session.grade(grade, &given, now, took);
    running.saved.extend(review.as_ref().map(|review| Saved::Review(review.id.clone())));
    running.deal(now);
    review.map(|review| Effect::Save(Box::new(review))).into_iter().collect()
}

/// Undo and marks are carried out first and shown when they are done: where the disk refuses, nothing has changed.
fn undo(model: &mut Model) -> Vec<Effect> {
    match model.drill.session.as_ref().and_then(|running| running.saved.last()) {
        Some(saved) => vec![Effect::Undo(saved.clone())],
        None => {
            model.say("This session has nothing to take back.");
            Vec::new()
        }
    }
}

/// What was saved last is taken back: its card is on the table again.
pub(super) fn undone(model: &mut Model) {
    let now = model.now;
    let Some(running) = &mut model.drill.session else { return };
    running.saved.pop();
    let taken = running.session.undo();
    running.deal(now);
    match taken {
        Some(TakenBack::Review(review)) => model.say(format!("Taken back: {}.", review.grade.label())),
        Some(TakenBack::SetAside(_)) => model.say("The card is back."),
        Some(TakenBack::Flagged(_)) => model.say("The mark is as it was."),
        Some(TakenBack::Edited(_)) => model.say("The card reads as before."),
        None => {}
    }
}

fn flag(model: &mut Model) -> Vec<Effect> {
    let Some(card) = current(model) else { return Vec::new() };
    let on = !model.learned.flagged.contains(&card);
    vec![Effect::Mark(card, Mark::Flag(on))]
}

fn set_aside(model: &mut Model, mark: Mark) -> Vec<Effect> {
    current(model).map(|card| Effect::Mark(card, mark)).into_iter().collect()
}

/// The card on the table is marked or set aside.
pub(super) fn marked(model: &mut Model, mark: Mark) {
    let now = model.now;
    if !matches!(mark, Mark::Flag(_))
        && let Some(running) = &mut model.drill.session
        && let Some(card) = running.session.set_aside(now)
    {
        running.saved.push(Saved::SetAside(card.0));
        running.deal(now);
    }
    model.say(match mark {
        Mark::Flag(true) => "Marked as worth a look.",
        Mark::Flag(false) => "The mark is off.",
        Mark::Bury => "Not today: it comes back tomorrow. Undo takes that back.",
        Mark::Suspend => "Not any more. Undo takes that back.",
    });
}

fn current(model: &Model) -> Option<String> {
    let asking = model.drill.session.as_ref()?.asking.as_ref()?;
    Some(asking.asked.card.id.0.clone())
}

/// The page behind the card, at the heading that it names. The session waits.
fn card_page(model: &mut Model) -> Vec<Effect> {
    let Some(asking) = model.drill.session.as_ref().and_then(|running| running.asking.as_ref()) else {
        return Vec::new();
    };
    let (topic, see) = (asking.asked.card.topic.clone(), asking.asked.card.see.clone());
    pages::open_topic(model, &topic, see.as_deref(), false)
}

/// The demo behind the card: the run of the bet, or the topic's demo.
fn card_demo(model: &mut Model) -> Vec<Effect> {
    let Some(asking) = model.drill.session.as_ref().and_then(|running| running.asking.as_ref()) else {
        return Vec::new();
    };
    let topic = asking.asked.card.topic.as_str();
    let player = asking.player().or_else(|| {
        let spec = crate::lab::demos().iter().find(|spec| spec.topics.contains(&topic))?;
        Some(Player::new(spec, Seed(7), crate::lab::Settings::defaults(spec)))
    });
    match player {
        Some(mut player) => {
            player.playing = player.run.now() == Nanos::ZERO;
            lab::show(model, player);
        }
        None => model.say("No demo belongs to this card."),
    }
    Vec::new()
}

/// Ends the session; where cards were answered, with its summary first.
fn stop(model: &mut Model) -> Vec<Effect> {
    let Some(running) = &mut model.drill.session else { return Vec::new() };
    if running.summary.is_none() && running.session.answered() > 0 {
        running.summary = Some(running.session.summary());
        running.asking = None;
        return Vec::new();
    }
    let from = running.from;
    model.drill.session = None;
    model.tab = from;
    pages::fit(model);
    Vec::new()
}

/// A key that is no command: text, or the letter of an option.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    worked(model, |asking| asking.typed(key));
    Vec::new()
}

/// A paste: into a text and nowhere else.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(asking) = model.drill.session.as_mut().and_then(|running| running.asking.as_mut()) {
        asking.paste(text);
    }
    Vec::new()
}
