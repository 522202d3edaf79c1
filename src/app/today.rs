//! Today: the one screen that says what to do now.

use std::sync::Arc;

use crate::deck::{Kind, Weight};
use crate::doc;
use crate::library::Library;
use crate::memory::{self, Backlog, CardState, Moment, Phase};

use super::aims::{self, Easing};
use super::learned::{Learned, Standing};
use super::{Effect, Model, drill, pages, plan};

/// What there is to do today.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Today {
    /// How many cards wait, the new ones among them.
    pub waiting: usize,
    /// How many of them are new.
    pub new: usize,
    /// How long they will take, in minutes.
    pub minutes: usize,
    /// How many cards fall due on each of seven days from today on.
    pub week: Vec<u32>,
    /// The page that was open last: slug, title, heading, minutes left.
    pub read_on: Option<(String, String, String, usize)>,
    /// The next topic on the path: slug, title, minutes, and why it comes now.
    pub next: Option<(String, String, usize, String)>,
    /// A bet that was not taken yet: the card's id, its question as plain text, its demo.
    pub bet: Option<(String, String, String)>,
    /// For each part with written topics: its name, how many topics are known, begun, and how many there are.
    pub parts: Vec<(String, usize, usize, usize)>,
    /// How many topics of the path are not written yet.
    pub planned: usize,
    /// How many days in a row were studied.
    pub streak: u32,
    /// Whether nothing was done yet.
    pub first: bool,
    /// The plan up to the date, in one line; or that the date is past.
    pub plan: Option<String>,
    /// How a backlog is spread, in one line, while it is.
    pub eased: Option<String>,
    /// A backlog that a day's minutes do not work off, in one line.
    pub backlog: Option<String>,
}

impl Today {
    /// What there is to do today. O(cards) at the first look after a change, else O(1).
    #[must_use]
    pub fn of(model: &Model) -> Arc<Today> {
        model.today.get(model, || (Today::make(model), next_step(model)))
    }

    fn make(model: &Model) -> Today {
        let (library, learned) = (&model.library, &model.learned);
        let in_play = learned.cards_in_play(library);
        let backlog = drill::backlog_of(model, &in_play);
        let queue = drill::due_of(model, in_play).queue(model);
        let states =
            learned.states.iter().filter(|(id, _)| !learned.hidden.contains(*id)).map(|(_, state)| state);
        let seconds = queue.len() as f64 * learned.seconds_a_card;
        Today {
            waiting: queue.len(),
            new: queue.new.len(),
            minutes: if queue.is_empty() { 0 } else { (seconds / 60.0).ceil().max(1.0) as usize },
            week: match &learned.glance {
                Some(glance) => glance.load.iter().take(7).copied().collect(),
                None => memory::load(states, model.now.study_day(), 7),
            },
            read_on: read_on(library, learned),
            next: next(library, learned),
            bet: bet(library, learned),
            parts: parts(library, learned),
            planned: library.topics.iter().filter(|topic| topic.page.is_none()).count(),
            streak: learned.streak(model.now.study_day()),
            // With a plan there are cards to begin with.
            first: learned.is_first_start() && queue.is_empty(),
            plan: planned(model),
            eased: eased(model),
            backlog: backlog.map(|backlog| backlog_said(&backlog)),
        }
    }
}

/// When the next step of a card that is being learned is over: then more waits than now.
fn next_step(model: &Model) -> Option<Moment> {
    let ahead = |state: &CardState| match state.phase {
        Phase::Learning { due, .. } | Phase::Relearning { due, .. } => (due > model.now).then_some(due),
        Phase::New | Phase::Review { .. } => None,
    };
    model.learned.states.values().filter_map(ahead).min()
}

fn planned(model: &Model) -> Option<String> {
    let date = model.learned.aims.date?;
    let today = model.now.study_day();
    match plan::planned(model).as_ref() {
        Some(planned) => Some(plan::headline(planned)),
        None if date == today => Some("The interview is today. Good luck.".to_string()),
        None => Some(format!("The interview was on {date}. p sets another date, or none.")),
    }
}

/// How the backlog is spread, while it is and something is overdue.
fn eased(model: &Model) -> Option<String> {
    let today = model.now.study_day();
    let per_day = model.learned.aims.eased(today)?;
    let left = model.learned.aims.backlog?.until.since(today);
    let days = if left == 1 { "today is the last day".to_string() } else { format!("{left} days to go") };
    Some(format!("The backlog is spread: {per_day} a day, {days}"))
}

fn backlog_said(backlog: &Backlog) -> String {
    let Backlog { overdue, days, per_day, minutes } = backlog;
    let minutes = minutes.ceil();
    format!("{overdue} overdue: {per_day} a day for {days} days, most at risk first ({minutes:.0} min a day)")
}

/// `o`: asks over how many days the backlog is spread, or takes that back. `O`: leaves it, and does not ask for a week.
pub(super) fn ease(model: &mut Model, spread: bool) -> Vec<Effect> {
    let today = model.now.study_day();
    let Some(backlog) = drill::backlog(model) else {
        let note = Effect::Note(aims::BACKLOG, String::new());
        if model.learned.aims.eased(today).is_some() {
            model.say("All that is overdue is asked again.");
            return vec![note];
        }
        model.say("There is no backlog: a day's minutes are enough.");
        return Vec::new();
    };
    if spread {
        return drill::open_backlog(model, backlog.days);
    }
    model.say("The backlog stays as it is. This is asked again in a week.");
    vec![Effect::Note(aims::BACKLOG, Easing { per_day: None, until: today + 7 }.note())]
}

/// What it comes to, to spread the backlog over so many days.
pub(super) fn spread_says(model: &Model, days: u32) -> String {
    let Backlog { overdue, per_day, minutes, .. } = drill::backlog_over(model, days);
    let days = if days == 1 { "at once".to_string() } else { format!("{per_day} a day for {days} days") };
    format!(
        "{overdue} overdue: {days}, those most at risk first. About {:.0} minutes a day, with what falls due meanwhile.",
        minutes.ceil()
    )
}

/// Spreads the backlog over so many days.
pub(super) fn spread(model: &mut Model, days: u32) -> Vec<Effect> {
    let Backlog { days, per_day, .. } = drill::backlog_over(model, days);
    model.say(format!("{per_day} a day for {days} days; o takes that back."));
    let easing = Easing { per_day: u32::try_from(per_day).ok(), until: model.now.study_day() + days };
    vec![Effect::Note(aims::BACKLOG, easing.note())]
}

fn read_on(library: &Library, learned: &Learned) -> Option<(String, String, String, usize)> {
    let (slug, position) = learned.read_on()?;
    let topic = library.topic(slug)?;
    let left = (topic.minutes() as f64 * (1.0 - position.share)).ceil().max(1.0) as usize;
    Some((slug.to_string(), topic.title.clone(), position.heading.clone(), left))
}

fn next(library: &Library, learned: &Learned) -> Option<(String, String, usize, String)> {
    let topic = library.written().find(|topic| learned.standing(library, topic) == Standing::New)?;
    let known = topic
        .prerequisites
        .iter()
        .filter_map(|slug| library.topic(slug))
        .find(|needed| learned.standing(library, needed) != Standing::New);
    let why = match known {
        Some(needed) => format!("builds on {}, which you began", needed.title),
        None if learned.is_first_start() => "the first one written on the path".to_string(),
        None => topic.page.as_ref().map_or_else(String::new, |page| page.summary.clone()),
    };
    Some((topic.slug.clone(), topic.title.clone(), topic.minutes(), why))
}

/// The first bet that was never taken: of core cards first.
fn bet(library: &Library, learned: &Learned) -> Option<(String, String, String)> {
    let bets = || library.heads().filter(|head| head.kind == "predict" && learned.knows(&head.topic));
    let open = |head: &&crate::deck::Head| !learned.states.contains_key(&head.id.0);
    let head = bets().filter(|head| head.weight == Weight::Core).find(open).or_else(|| bets().find(open))?;
    let card = library.card(&head.id.0)?;
    let Kind::Predict { demo, .. } = &card.kind else { return None };
    // The question with the values that its seed draws, as it will be asked.
    let question = doc::in_one_line(&crate::drill::ask(card, BET_SEED).question);
    Some((card.id.0.clone(), question, demo.clone()))
}

/// The seed of the day's bet: fixed, so that the question shown is the question asked.
pub const BET_SEED: u64 = 7;

fn parts(library: &Library, learned: &Learned) -> Vec<(String, usize, usize, usize)> {
    let mut parts: Vec<(String, usize, usize, usize)> = Vec::new();
    for topic in library.written() {
        let at = parts.iter().position(|(name, ..)| *name == topic.part).unwrap_or_else(|| {
            parts.push((topic.part.clone(), 0, 0, 0));
            parts.len() - 1
        });
        parts[at].3 += 1;
        match learned.standing(library, topic) {
            Standing::Known => parts[at].1 += 1,
            Standing::Begun => parts[at].2 += 1,
            Standing::New => {}
        }
    }
    parts
}

/// Whether a topic waits that was never opened.
#[must_use]
pub fn has_next(model: &Model) -> bool {
    Today::of(model).next.is_some()
}

/// Whether there is a backlog that nothing was decided about.
#[must_use]
pub fn has_backlog(model: &Model) -> bool {
    Today::of(model).backlog.is_some()
}

/// Whether a bet waits that was never taken.
#[must_use]
pub fn has_bet(model: &Model) -> bool {
    Today::of(model).bet.is_some()
}

/// Enter on Today: what is due, else reading on, else the next topic.
pub(super) fn start(model: &mut Model) -> Vec<Effect> {
    let today = Today::of(model);
    if today.waiting > 0 {
        return drill::start_due(model);
    }
    match (&today.read_on, &today.next) {
        (Some((slug, ..)), _) | (None, Some((slug, ..))) => pages::open_topic(model, slug, None, false),
        (None, None) => {
            model.say("Everything is read and nothing is due. The Lab and the Envelope are open.");
            Vec::new()
        }
    }
}

/// `r`: where reading stopped.
pub(super) fn read_on_now(model: &mut Model) -> Vec<Effect> {
    match &Today::of(model).read_on {
        Some((slug, ..)) => pages::open_topic(model, slug, None, false),
        None => {
            model.say("No page is half read. n opens the next one.");
            Vec::new()
        }
    }
}

/// `n`: the next topic on the path.
pub(super) fn next_now(model: &mut Model) -> Vec<Effect> {
    match &Today::of(model).next {
        Some((slug, ..)) => pages::open_topic(model, slug, None, false),
        None => {
            model.say("Every written topic was begun. The Library lists them all.");
            Vec::new()
        }
    }
}

/// `B`: the bet.
pub(super) fn bet_now(model: &mut Model) -> Vec<Effect> {
    match &Today::of(model).bet {
        Some((card, ..)) => drill::start_card(model, card, BET_SEED),
        None => {
            model.say("Every bet was taken. They come back when they are due.");
            Vec::new()
        }
    }
}
