//! Which cards a session asks, and how it begins.
//!
//! What is due is the same here and on Today, so that Today never promises what the session does not keep. Without a
//! date that is what is due of topics that were begun, and new cards as far as the day's limits go; with one it is
//! what the plan says; after a break it may be a part of the backlog, as was chosen.

use std::collections::HashSet;
use std::sync::Arc;

use super::running::{About, Running};
use crate::app::{ChosenCards, Effect, Model, QuizCards, Tab, desk, plan};
use crate::deck::Head;
use crate::drill::{Facts, Filter, Limits, Reader, Seat, Session, draw_quiz};
use crate::memory::{self, Backlog, CardState, Moment, Phase, Queue};

/// What waits now: the cards, in the order of learning, and how many of them the day allows.
pub struct Due<'m> {
    /// The cards, also those that the limits leave out.
    pub heads: Vec<&'m Head>,
    /// What the day allows.
    pub limits: Limits,
}

impl Due<'_> {
    /// What can be asked now, as indexes into the cards.
    #[must_use]
    pub fn queue(&self, model: &Model) -> Queue {
        let states: Vec<CardState> = self.heads.iter().map(|head| model.learned.state(&head.id.0)).collect();
        let mut queue = memory::queue(&states, model.now, self.limits.new, 0);
        queue.review.truncate(self.limits.reviews);
        if self.limits.early {
            // A last look: what is not due is asked all the same.
            let early = |index: &usize| states[*index].is_due_later(model.now);
            queue.review.extend((0..states.len()).filter(early));
        }
        queue
    }
}

/// What waits now. O(cards).
#[must_use]
pub fn due(model: &Model) -> Due<'_> {
    due_of(model, model.learned.cards_in_play(&model.library))
}

/// What waits now of the cards that are in play.
#[must_use]
pub fn due_of<'m>(model: &'m Model, mut heads: Vec<&'m Head>) -> Due<'m> {
    let learned = &model.learned;
    let drill = &model.settings.drill;
    let reviews = learned.reviews_left(drill.reviews_per_day);
    let mut limits = Limits { reviews, ..limits(model, learned.new_left(drill.new_per_day)) };
    if let Some(planned) = plan::planned(model).as_ref() {
        // What the plan has not in mind for today waits, also where it is due: the minutes go to what counts more. A step
        // is of today, whatever its card counts.
        let today = &planned.plan.today;
        let wanted: HashSet<&str> =
            planned.named(&today.review).chain(planned.named(&today.last_look)).collect();
        heads.retain(|head| {
            let phase = learned.state(&head.id.0).phase;
            let in_steps = matches!(phase, Phase::Learning { .. } | Phase::Relearning { .. });
            in_steps || wanted.contains(head.id.0.as_str())
        });
        let new = planned.named(&today.new).filter_map(|id| model.library.head(id));
        heads.extend(new.filter(|head| !learned.hidden.contains(&head.id.0)));
        limits.new = today.new.len();
        limits.early = !today.last_look.is_empty();
    } else if let Some(minutes) = learned.aims.minutes {
        // What is due goes first; new cards get what is left of the day's minutes. A new one is asked about twice.
        let states: Vec<CardState> = heads.iter().map(|head| learned.state(&head.id.0)).collect();
        let waiting = memory::queue(&states, model.now, 0, 0).len() as f64;
        let left = (f64::from(minutes) - learned.minutes_today) * 60.0 - waiting * learned.seconds_a_card;
        limits.new = limits.new.min((left / (2.0 * learned.seconds_a_card)).max(0.0) as usize);
    }
    // Up to a date the plan says what comes when.
    if let Some(per_day) = learned.aims.eased(model.now.study_day())
        && plan::horizon(model, model.now).is_none()
    {
        ease(model, &mut heads, per_day as usize);
    }
    Due { heads, limits }
}

/// Keeps of what is overdue only so many cards a day, those first whose review gains most.
fn ease(model: &Model, heads: &mut Vec<&Head>, per_day: usize) {
    let states: Vec<CardState> = heads.iter().map(|head| model.learned.state(&head.id.0)).collect();
    let order = memory::overdue(model.schedulers.usual(), &states, model.now.study_day());
    // Those that were answered today were some of the day's.
    let left = per_day.saturating_sub(model.learned.reviews_today);
    let out: HashSet<usize> = order.into_iter().skip(left).collect();
    let mut index = 0..;
    heads.retain(|_| index.next().is_none_or(|index| !out.contains(&index)));
}

/// The backlog, where a day's minutes do not work it off and nothing was decided about it. O(cards).
#[must_use]
pub fn backlog(model: &Model) -> Option<Backlog> {
    backlog_of(model, &model.learned.cards_in_play(&model.library))
}

/// The backlog among the cards that are in play.
#[must_use]
pub fn backlog_of(model: &Model, heads: &[&Head]) -> Option<Backlog> {
    let today = model.now.study_day();
    let learned = &model.learned;
    // Up to a date the plan says what comes when.
    if learned.aims.answered_backlog(today) || plan::horizon(model, model.now).is_some() {
        return None;
    }
    let states: Vec<CardState> = heads.iter().map(|head| learned.state(&head.id.0)).collect();
    let (minutes, seconds) = (f64::from(learned.aims.minutes_a_day()), learned.seconds_a_card);
    let Some(glance) = &learned.glance else { return Backlog::of(&states, today, minutes, seconds) };
    // What falls due later was only counted.
    let waits = |late: bool| move |state: &&CardState| matches!(state.phase, Phase::Review { due } if (due < today) == late);
    let mut days = glance.load.clone();
    if let Some(first) = days.first_mut() {
        *first = u32::try_from(states.iter().filter(waits(false)).count()).unwrap_or(u32::MAX);
    }
    Backlog::of_load(states.iter().filter(waits(true)).count(), days, minutes, seconds)
}

/// The backlog spread over so many days. O(cards).
pub(in crate::app) fn backlog_over(model: &Model, days: u32) -> Backlog {
    let learned = &model.learned;
    let heads = learned.cards_in_play(&model.library);
    let states: Vec<CardState> = heads.iter().map(|head| learned.state(&head.id.0)).collect();
    Backlog::over(days, &states, model.now.study_day(), learned.seconds_a_card)
}

/// What a session without further limits takes in.
pub(super) fn limits(model: &Model, new: usize) -> Limits {
    Limits { new, seconds_a_card: model.learned.seconds_a_card, ..Limits::default() }
}

/// Starts a session of everything that is due. `until` is when it has to end.
pub(in crate::app) fn start_due(model: &mut Model) -> Vec<Effect> {
    start_due_until(model, None, About::Cards)
}

/// The same, with no card begun that would not fit before a moment.
pub(in crate::app) fn start_due_until(model: &mut Model, until: Option<Moment>, about: About) -> Vec<Effect> {
    let Due { heads, limits } = due(model);
    let cards = seats(model, heads.into_iter());
    let limits = Limits { until, ..limits };
    begin(model, cards, "All that is due".to_string(), limits, about, None);
    nothing_due(model);
    Vec::new()
}

fn nothing_due(model: &mut Model) {
    if model.drill.session.as_ref().is_none_or(|running| running.asking.is_none()) {
        let from = model.drill.session.take().map(|running| running.from);
        model.tab = from.filter(|tab| *tab == Tab::Today).unwrap_or(Tab::Drill);
        model.say("Nothing is due. A deck can be practised (Drill); a page opens its new cards.");
    }
}

/// Starts a session of one topic's deck: what is due and what is new, else all of it as practice.
pub(in crate::app) fn start_deck(model: &mut Model, topic: &str) -> Vec<Effect> {
    if model.library.deck(topic).is_none() {
        model.say(format!("'{topic}' has no deck yet."));
        return Vec::new();
    }
    let topics = [topic.to_string()];
    let from = model.tab;
    start_named(model, &topics, None, false);
    if model.drill.session.is_none() && !model.learned.session_heads(&model.library, &topics).is_empty() {
        model.tab = from;
        start_named(model, &topics, None, true);
        model.say("Nothing of this deck is due: this is practice and leaves the schedule as it is.");
    }
    Vec::new()
}

/// Starts a session of some topics, or of all that is due where none is named.
pub(in crate::app) fn start_named(
    model: &mut Model,
    topics: &[String],
    limit: Option<usize>,
    cram: bool,
) -> Vec<Effect> {
    if topics.is_empty() && !cram && limit.is_none() {
        return start_due(model);
    }
    let cards = seats(model, model.learned.session_heads(&model.library, topics).into_iter());
    // Who names a topic wants its cards: its new ones are not held back by the day's limit.
    let left = model.learned.new_left(model.settings.drill.new_per_day);
    let new = if topics.is_empty() { left } else { usize::MAX };
    let limits = Limits { cards: limit.unwrap_or(usize::MAX), cram, ..limits(model, new) };
    begin(model, cards, title_of(model, topics), limits, About::Cards, None);
    nothing_due(model);
    Vec::new()
}

fn title_of(model: &Model, topics: &[String]) -> String {
    match topics {
        [topic] => model.library.deck(topic).map_or_else(|| topic.clone(), |deck| deck.title.clone()),
        [] => "All that is due".to_string(),
        several => format!("{} topics", several.len()),
    }
}

/// Starts a session of a single card, whether it is due or not.
pub(in crate::app) fn start_card(model: &mut Model, id: &str, seed: u64) -> Vec<Effect> {
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
    begin(model, vec![Seat::from((card, state))], title, limits, About::Cards, None);
    if let Some(running) = &mut model.drill.session {
        // The question as it was shown where the bet was offered.
        running.session.ask_with(seed);
        running.deal(model.now);
    }
    Vec::new()
}

/// The heads of the cards that a filter takes, in the order of learning. O(cards).
#[must_use]
pub fn chosen<'m>(model: &'m Model, filter: &Filter) -> Vec<&'m Head> {
    let learned = &model.learned;
    let takes = |head: &&Head| {
        let state = learned.state(&head.id.0);
        let facts = Facts {
            topic: &head.topic,
            weight: head.weight,
            kind: head.kind,
            state: &state,
            flagged: learned.flagged.contains(&head.id.0),
            missed: learned.missed.contains(&head.id.0),
            leech: state.is_leech(),
        };
        !learned.hidden.contains(&head.id.0) && filter.takes(&facts, model.now)
    };
    model.library.heads().filter(takes).collect()
}

/// Starts a session of chosen cards. Says where there are none.
pub(in crate::app) fn start_chosen(model: &mut Model, wanted: &ChosenCards) -> Vec<Effect> {
    let heads = chosen(model, &wanted.filter);
    if heads.is_empty() {
        model.say("No card is like that.");
        return Vec::new();
    }
    let cards = seats(model, heads.into_iter());
    let limits = Limits {
        cards: wanted.limit.unwrap_or(usize::MAX),
        cram: wanted.cram,
        early: !wanted.cram && wanted.filter.goes_beyond_due(),
        ..limits(model, usize::MAX)
    };
    begin(model, cards, "Chosen cards".to_string(), limits, About::Cards, None);
    Vec::new()
}

/// Whether a quiz can ask a card: one that only the learner can judge has no score.
#[must_use]
pub fn is_judged(kind: &str) -> bool {
    !matches!(kind, "basic" | "rubric")
}

/// Starts an interview quiz. Says where no card can be asked.
pub(in crate::app) fn start_quiz(model: &mut Model, wanted: &QuizCards) -> Vec<Effect> {
    // A short number, so that it can be read out to somebody.
    let fresh = model.fresh_seed() % 10_000;
    let seed = wanted.seed.unwrap_or(fresh);
    let heads = chosen(model, &wanted.filter);
    let judged: Vec<&Head> = heads.iter().copied().filter(|head| is_judged(head.kind)).collect();
    // Where all cards of the choice are judged by the learner, that has to do.
    let heads = if judged.is_empty() { heads } else { judged };
    let names: Vec<(&str, &str)> = heads.iter().map(|head| (&*head.topic, head.id.0.as_str())).collect();
    let drawn = draw_quiz(&names, wanted.count, seed);
    if drawn.is_empty() {
        model.say("No card is like that.");
        return Vec::new();
    }
    let cards = seats(model, drawn.into_iter().map(|index| heads[index]));
    let until = (wanted.minutes > 0).then(|| model.now.plus_minutes(wanted.minutes));
    let limits = Limits { cram: !wanted.counts, once: true, until, seconds_a_card: 1.0, ..Limits::default() };
    let name = if wanted.filter.kinds == ["estimate"] { "Estimation drill" } else { "Interview quiz" };
    let title = format!("{name}, seed {seed}");
    begin(model, cards, title, limits, About::Quiz { name, seed }, Some(seed));
    Vec::new()
}

fn seats<'m>(model: &'m Model, heads: impl Iterator<Item = &'m Head>) -> Vec<Seat> {
    heads.map(|head| Seat::of(head, model.learned.state(&head.id.0))).collect()
}

/// Reads cards from the library as it is now.
pub(super) fn reader(model: &Model) -> Reader {
    let library = Arc::clone(&model.library);
    Reader::new(move |id| library.card(&id.0).cloned())
}

/// Begins a session. Where it has nothing to ask it is there all the same, without a question.
pub(super) fn begin(
    model: &mut Model,
    cards: Vec<Seat>,
    title: String,
    limits: Limits,
    about: About,
    seed: Option<u64>,
) {
    let seed = seed.unwrap_or_else(|| model.fresh_seed());
    let ahead = desk::ahead(&model.learned, &model.library, model.now);
    let session = Session::over(cards, reader(model), model.schedulers.clone(), model.now, seed, limits);
    let session = session.minding(ahead);
    let from = if model.drill.session.is_some() { Tab::Drill } else { model.tab };
    let mut running = Running::new(session, title, from, about);
    running.deal(model.now);
    running.summary = None;
    model.drill.session = Some(Box::new(running));
    model.tab = Tab::Drill;
}
