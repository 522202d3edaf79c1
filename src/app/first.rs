//! The first start: three questions, one at a time, each of which can be skipped; then the offer of a placement quiz.
//! The palette asks the same again, as a form.
//!
//! They stand on Today and take only the keys that answer them: all others act as they always do, so nobody has to
//! answer anything before looking around.

use super::aims::{self, Aims, Level};
use super::command::Do;
use super::form::{Form, Purpose, Row, Value};
use super::list::ListState;
use super::{Effect, Model, Overlay, drill};
use crate::config::key::Key;
use crate::memory::StudyDay;

/// The questions, while they are asked.
#[derive(Clone, Debug, Default)]
pub struct First {
    /// Which one.
    pub step: Step,
    /// The chosen answer.
    pub list: ListState,
}

/// A question of the first start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// When the interview is.
    #[default]
    Date,
    /// For which level.
    Level,
    /// How many minutes a day.
    Minutes,
    /// Whether to find out what is known.
    Placement,
}

/// Days until the date, for a quick answer.
const DAYS: [u32; 4] = [7, 21, 60, 112];
/// Minutes a day, for a quick answer.
const MINUTES: [u32; 4] = [15, 30, 45, 60];

impl Step {
    /// The question.
    #[must_use]
    pub fn question(self) -> &'static str {
        match self {
            Step::Date => "When is your interview?",
            Step::Level => "For which level?",
            Step::Minutes => "How many minutes a day?",
            Step::Placement => {
                "Find out what you know already? Up to 12 questions; what you know is not asked as new."
            }
        }
    }

    /// The answers to choose from. The first is that there is none.
    #[must_use]
    pub fn answers(self) -> Vec<String> {
        let answers: Vec<&str> = match self {
            Step::Date => {
                vec![
                    "No date",
                    "In a week",
                    "In three weeks",
                    "In two months",
                    "In sixteen weeks",
                    "Another day",
                ]
            }
            Step::Level => vec!["Not said", "Senior", "Staff", "Principal"],
            Step::Minutes => vec!["Not said", "15", "30", "45", "60"],
            Step::Placement => vec!["Not now", "Start"],
        };
        answers.into_iter().map(str::to_string).collect()
    }

    /// What an answer comes to, beside it; empty where it says enough by itself.
    #[must_use]
    pub fn meaning(self, answer: usize, today: StudyDay) -> String {
        let text = match (self, answer) {
            (Step::Date, 0) => "cards come when they are due",
            (Step::Date, 5) => "or type it: 2026-12-12, with the other two",
            (Step::Date, _) => {
                let date = answer.checked_sub(1).and_then(|place| (today + *DAYS.get(place)?).date());
                return date.map_or_else(String::new, |date| date.format("%a %-d %b").to_string());
            }
            (Step::Level, 0) => "all cards; deep ones come last",
            (Step::Level, 1) => "core and standard cards, no deep ones",
            (Step::Level, 2) => "all cards; deep ones come last",
            (Step::Level, _) => "all cards; deep ones count as much as standard ones",
            (Step::Minutes, 0) => "half an hour is reckoned with",
            (Step::Placement, 0) => "all cards are new; the palette (:) offers it again",
            (Step::Placement, _) => "answers do not count; Esc stops at any time",
            _ => "",
        };
        text.to_string()
    }

    /// Which of the three questions it is; nothing for the offer behind them.
    #[must_use]
    pub fn number(self) -> Option<usize> {
        [Step::Date, Step::Level, Step::Minutes].iter().position(|step| *step == self).map(|at| at + 1)
    }

    fn next(self) -> Option<Step> {
        match self {
            Step::Date => Some(Step::Level),
            Step::Level => Some(Step::Minutes),
            Step::Minutes => Some(Step::Placement),
            Step::Placement => None,
        }
    }
}

/// Asks, where this is a first start and nobody has answered yet.
pub(super) fn begin(model: &mut Model) {
    if model.learned.is_first_start() && !model.learned.aims.asked {
        model.first = Some(First::default());
    }
}

/// A command while a question is asked; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let first = model.first.as_mut()?;
    match does {
        Do::Enter => {
            let chosen = first.list.chosen;
            Some(answer(model, chosen))
        }
        Do::Skip => {
            model.first = None;
            Some(vec![note(aims::ASKED, "yes"), note(aims::PLACED, "no")])
        }
        _ => {
            let rows = first.step.answers().len();
            first.list.act(does, rows, rows).then(Vec::new)
        }
    }
}

/// A letter takes an answer at once. Says whether it names one.
pub(super) fn typed(model: &mut Model, key: Key) -> Option<Vec<Effect>> {
    let first = model.first.as_ref()?;
    let letter = key.typed().filter(char::is_ascii_lowercase)?;
    let place = usize::from(letter as u8 - b'a');
    (place < first.step.answers().len()).then(|| answer(model, place))
}

fn note(key: &'static str, value: impl Into<String>) -> Effect {
    Effect::Note(key, value.into())
}

/// Takes an answer and goes on to the next question.
pub(super) fn answer(model: &mut Model, chosen: usize) -> Vec<Effect> {
    let today = model.now.study_day();
    let Some(first) = &mut model.first else { return Vec::new() };
    let place = chosen.checked_sub(1);
    let mut effects = Vec::new();
    match first.step {
        Step::Date => match place.map(|place| DAYS.get(place)) {
            Some(Some(days)) => {
                effects.push(note(aims::DATE, (today + *days).to_string()));
                effects.push(note(aims::SINCE, today.to_string()));
            }
            Some(None) => {
                // The form has a row for any date, and for the other two.
                model.first = None;
                let mut effects = open_aims(model);
                effects.push(note(aims::ASKED, "yes"));
                return effects;
            }
            None => {}
        },
        Step::Level => {
            let level = place.and_then(|place| Level::ALL.get(place));
            effects.extend(level.map(|level| note(aims::LEVEL, level.name())));
        }
        Step::Minutes => {
            let minutes = place.and_then(|place| MINUTES.get(place));
            effects.extend(minutes.map(|minutes| note(aims::MINUTES, minutes.to_string())));
        }
        Step::Placement => {
            model.first = None;
            if place.is_some() {
                return drill::start_placement(model);
            }
            return vec![note(aims::PLACED, "no")];
        }
    }
    match first.step.next() {
        Some(next) => {
            // The offer stands on what is usual: to go on.
            *first = First { step: next, list: ListState::default() };
            if next == Step::Placement {
                first.list.chosen = 1;
                effects.push(note(aims::ASKED, "yes"));
            }
        }
        None => model.first = None,
    }
    effects
}

/// The form with the date, the level and the minutes a day.
pub(super) fn open_aims(model: &mut Model) -> Vec<Effect> {
    let Aims { date, level, minutes, .. } = &model.learned.aims;
    let text = date.map_or_else(String::new, |date| date.to_string());
    let levels = Step::Level.answers();
    let chosen =
        level.map_or(0, |level| 1 + Level::ALL.iter().position(|known| *known == level).unwrap_or(0));
    let rows = vec![
        Row { label: "Interview on", value: Value::Date(text) },
        Row::choice("Level", levels, chosen),
        Row::number("Minutes a day", u64::from(minutes.unwrap_or(30)), (1, 600), 5),
    ];
    model.overlay = Some(Overlay::Form(Box::new(Form::new(Purpose::Aims, "What you aim at", rows))));
    says(model);
    Vec::new()
}

/// Says what the form comes to.
pub(super) fn says(model: &mut Model) {
    let today = model.now.study_day();
    let Some(Overlay::Form(form)) = &mut model.overlay else { return };
    form.says = match (form.text(0), aims::day(form.text(0))) {
        ("", _) => "No date: cards come when they are due. A date is written as 2026-12-12.".to_string(),
        (text, None) => format!("'{text}' is no date: write it as 2026-12-12, or take it away."),
        (_, Some(date)) if date <= today => {
            "That day is past, or today: there is nothing to plan.".to_string()
        }
        (_, Some(date)) => format!("{} days from today.", date.since(today)),
    };
}

/// Takes over what the form says; nothing where its date is none.
pub(super) fn take_aims(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = &model.overlay else { return Vec::new() };
    let date: Option<StudyDay> = aims::day(form.text(0));
    if date.is_none() && !form.text(0).is_empty() {
        return Vec::new();
    }
    let level = form.chosen(1).checked_sub(1).and_then(|place| Level::ALL.get(place));
    // The same date again is no new beginning.
    let since = model.learned.aims.since.filter(|_| model.learned.aims.date == date);
    let since = since.unwrap_or(model.now.study_day());
    let effects = vec![
        note(aims::SINCE, since.to_string()),
        note(aims::DATE, date.map_or_else(String::new, |date| date.to_string())),
        note(aims::LEVEL, level.map_or("", |level| level.name())),
        note(aims::MINUTES, form.number(2).to_string()),
    ];
    model.overlay = None;
    effects
}
