//! The forms of the Drill: chosen cards, an interview quiz, a timed study session.

use std::collections::BTreeSet;

use super::start::{chosen, is_judged, start_chosen, start_quiz};
use crate::app::form::{Form, Purpose, Row};
use crate::app::{ChosenCards, Effect, Model, Overlay, QuizCards, first, new_card, study, sync, today};
use crate::deck::{KINDS, Weight};
use crate::drill::{Filter, Only};

const WEIGHTS: [(&str, &[Weight]); 4] = [
    ("any", &[]),
    ("core", &[Weight::Core]),
    ("core and standard", &[Weight::Core, Weight::Standard]),
    ("deep", &[Weight::Deep]),
];

/// What the topics of a form may be: all, a part, or one topic. With its name.
fn topics(model: &Model) -> Vec<(String, Vec<String>)> {
    let decks: Vec<&str> = model.library.decks.iter().map(|deck| deck.topic.as_str()).collect();
    let part = |slug: &str| model.library.topic(slug).map(|topic| topic.part.clone());
    let parts: BTreeSet<String> = decks.iter().filter_map(|slug| part(slug)).collect();
    let mut all = vec![("all".to_string(), Vec::new())];
    for name in parts {
        let of =
            decks.iter().filter(|slug| part(slug).as_ref() == Some(&name)).map(|slug| (*slug).to_string());
        all.push((format!("part: {name}"), of.collect()));
    }
    let title =
        |slug: &str| model.library.deck(slug).map_or_else(|| slug.to_string(), |deck| deck.title.clone());
    all.extend(decks.iter().map(|slug| (title(slug), vec![(*slug).to_string()])));
    all
}

fn names<T>(all: &[(String, T)]) -> Vec<String> {
    all.iter().map(|(name, _)| name.clone()).collect()
}

fn weights() -> Vec<String> {
    WEIGHTS.iter().map(|(name, _)| (*name).to_string()).collect()
}

fn kinds() -> Vec<String> {
    std::iter::once("any".to_string()).chain(KINDS.iter().map(|kind| (*kind).to_string())).collect()
}

/// Opens the form for a session of chosen cards.
pub(super) fn open_chosen(model: &mut Model) -> Vec<Effect> {
    let only = Only::ALL.map(|only| only.label().to_string()).to_vec();
    let schedule = ["counts", "leave alone (practice)"].map(str::to_string).to_vec();
    let rows = vec![
        Row::choice("Topics", names(&topics(model)), 0),
        Row::choice("Only", only, 0),
        Row::choice("Weight", weights(), 0),
        Row::choice("Kind", kinds(), 0),
        Row::number("At most", 20, (1, 9_999), 5),
        Row::choice("Schedule", schedule, 0),
    ];
    open(model, Form::new(Purpose::Session, "Choose cards", rows))
}

/// Opens the form for an interview quiz.
pub(in crate::app) fn open_quiz(model: &mut Model) -> Vec<Effect> {
    let schedule = ["leave alone", "counts"].map(str::to_string).to_vec();
    // A short number, so that it can be read out to somebody.
    let seed = model.fresh_seed() % 10_000;
    let rows = vec![
        Row::choice("Topics", names(&topics(model)), 0),
        Row::choice("Weight", weights(), 0),
        Row::number("Questions", 20, (1, 500), 5),
        Row::number("Minutes (0: no end)", 15, (0, 600), 5),
        Row::number("Seed", seed, (0, u64::MAX >> 11), 1),
        Row::choice("Schedule", schedule, 0),
    ];
    open(model, Form::new(Purpose::Quiz, "Interview quiz", rows))
}

/// Opens the form for an estimation drill.
pub(in crate::app) fn open_estimates(model: &mut Model) -> Vec<Effect> {
    let schedule = ["leave alone", "counts"].map(str::to_string).to_vec();
    let rows = vec![
        Row::number("Estimates", 10, (1, 100), 5),
        Row::number("Minutes (0: no end)", 10, (0, 600), 5),
        Row::choice("Schedule", schedule, 0),
    ];
    open(model, Form::new(Purpose::Estimates, "Estimation drill", rows))
}

/// Opens the form for a timed study session.
pub(in crate::app) fn open_minutes(model: &mut Model) -> Vec<Effect> {
    let rows = vec![Row::number("Minutes", 25, (1, 600), 5)];
    open(model, Form::new(Purpose::Study, "I have so many minutes", rows))
}

/// Opens the form that asks over how many days a backlog is spread.
pub(in crate::app) fn open_backlog(model: &mut Model, days: u32) -> Vec<Effect> {
    let rows = vec![Row::number("Days", u64::from(days), (1, 90), 1)];
    open(model, Form::new(Purpose::Backlog, "Spread what is overdue", rows))
}

fn open(model: &mut Model, form: Form) -> Vec<Effect> {
    model.overlay = Some(Overlay::Form(Box::new(form)));
    says(model);
    Vec::new()
}

fn filter(model: &Model, form: &Form, only: Only, weight: usize, kind: usize) -> Filter {
    let topics = topics(model).into_iter().nth(form.chosen(0)).map(|(_, topics)| topics);
    Filter {
        topics: topics.unwrap_or_default(),
        weights: WEIGHTS.get(weight).map(|(_, weights)| weights.to_vec()).unwrap_or_default(),
        kinds: kind
            .checked_sub(1)
            .and_then(|kind| KINDS.get(kind))
            .map(|kind| (*kind).to_string())
            .into_iter()
            .collect(),
        only,
    }
}

fn chosen_cards(model: &Model, form: &Form) -> ChosenCards {
    let only = Only::ALL.get(form.chosen(1)).copied().unwrap_or_default();
    ChosenCards {
        filter: filter(model, form, only, form.chosen(2), form.chosen(3)),
        limit: Some(form.number(4) as usize),
        cram: form.chosen(5) == 1,
    }
}

fn quiz_cards(model: &Model, form: &Form) -> QuizCards {
    QuizCards {
        filter: filter(model, form, Only::All, form.chosen(1), 0),
        count: form.number(2) as usize,
        minutes: form.number(3) as u32,
        seed: Some(form.number(4)),
        counts: form.chosen(5) == 1,
    }
}

fn estimates(form: &Form) -> QuizCards {
    QuizCards {
        filter: Filter { kinds: vec!["estimate".to_string()], only: Only::All, ..Filter::default() },
        count: form.number(0) as usize,
        minutes: form.number(1) as u32,
        seed: None,
        counts: form.chosen(2) == 1,
    }
}

/// Says what the open form comes to: how many cards, how long.
pub(in crate::app) fn says(model: &mut Model) {
    let Some(Overlay::Form(form)) = &model.overlay else { return };
    let seconds = model.learned.seconds_a_card;
    let minutes = |cards: usize| match (cards as f64 * seconds / 60.0).ceil() as usize {
        0 | 1 => "about a minute".to_string(),
        minutes => format!("about {minutes} minutes"),
    };
    let says = match form.purpose {
        Purpose::Session => {
            let wanted = chosen_cards(model, form);
            let all = chosen(model, &wanted.filter).len();
            let cards = all.min(wanted.limit.unwrap_or(all));
            match (cards, all) {
                (0, _) => "No card is like that.".to_string(),
                (1, 1) => "1 card.".to_string(),
                _ if cards == all => format!("{cards} cards, {}.", minutes(cards)),
                _ => format!("{cards} of {all} cards, {}.", minutes(cards)),
            }
        }
        Purpose::Quiz => {
            let wanted = quiz_cards(model, form);
            let heads = chosen(model, &wanted.filter);
            let judged = heads.iter().filter(|head| is_judged(head.kind)).count();
            let all = if judged == 0 { heads.len() } else { judged };
            match all.min(wanted.count) {
                0 => "No card is like that.".to_string(),
                cards => format!("{cards} of {all} cards that can be scored. The same seed asks the same."),
            }
        }
        Purpose::Estimates => {
            let all = chosen(model, &estimates(form).filter).len();
            match all.min(form.number(0) as usize) {
                0 => "No card asks for an estimate.".to_string(),
                cards => format!("{cards} of {all} problems, with other numbers each time."),
            }
        }
        Purpose::Study => study::says(model, form.number(0) as u32),
        Purpose::Aims => return first::says(model),
        Purpose::Backlog => today::spread_says(model, form.number(0) as u32),
        Purpose::Sync => return sync::says(model),
        Purpose::NewCard => return new_card::says(model),
    };
    if let Some(Overlay::Form(form)) = &mut model.overlay {
        form.says = says;
    }
}

/// Enter: does what the form is for.
pub(in crate::app) fn go(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &model.overlay else { return Vec::new() };
    let form = form.clone();
    match form.purpose {
        Purpose::Session => {
            let wanted = chosen_cards(model, &form);
            model.overlay = None;
            start_chosen(model, &wanted)
        }
        Purpose::Quiz => {
            let wanted = quiz_cards(model, &form);
            model.overlay = None;
            start_quiz(model, &wanted)
        }
        Purpose::Estimates => {
            let wanted = estimates(&form);
            model.overlay = None;
            start_quiz(model, &wanted)
        }
        Purpose::Study => {
            model.overlay = None;
            study::begin(model, form.number(0) as u32)
        }
        Purpose::Aims => first::take_aims(model),
        Purpose::Backlog => {
            model.overlay = None;
            today::spread(model, form.number(0) as u32)
        }
        Purpose::Sync => sync::go(model),
        Purpose::NewCard => new_card::go(model),
    }
}
