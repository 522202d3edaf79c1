//! A timed study session on the screen: cards, the next section of a page, its demo, and the end on time.
//!
//! The session is a frame around the other screens: cards are asked in the Drill, a section is read in the Library, a demo
//! runs in the Lab, and one key goes on to the next part. The time left stands in the corner and changes once a minute.

use super::command::Do;
use super::drill::{self, About};
use super::today::Today;
use super::{Effect, Model, Tab, catalogue, pages};
use crate::drill::{Leg, Offer, next_leg};
use crate::library::WORDS_A_MINUTE;
use crate::memory::Moment;

/// A timed study session that goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// When it ends.
    pub ends: Moment,
    /// What was begun, the part that goes on last.
    pub legs: Vec<Leg>,
    /// The topic that was read in it last, and whether its demo was run since.
    read: Option<(String, bool)>,
    /// Answers given in it.
    answered: usize,
    /// Sections read in it.
    sections: usize,
}

impl Study {
    /// How many minutes are left, rounded up.
    #[must_use]
    pub fn minutes_left(&self, now: Moment) -> u64 {
        self.ends.millis_since(now).div_ceil(60_000)
    }
}

/// When another number of minutes is left until `ends`; nothing where none is.
#[must_use]
pub fn next_minute(ends: Moment, now: Moment) -> Option<Moment> {
    let left = ends.millis_since(now);
    let until = left.checked_sub(1)? % 60_000 + 1;
    Some(Moment { utc_millis: now.utc_millis.saturating_add(i64::try_from(until).unwrap_or(60_000)), ..now })
}

/// Begins a session of so many minutes. Says where there is nothing to do in them.
pub(super) fn begin(model: &mut Model, minutes: u32) -> Vec<Effect> {
    model.study = Some(Study {
        ends: model.now.plus_minutes(minutes.min(600)),
        legs: Vec::new(),
        read: None,
        answered: 0,
        sections: 0,
    });
    go_on(model)
}

/// A section to read: the topic, its heading, the minutes, and what it is called.
struct Section {
    slug: String,
    heading: String,
    minutes: f64,
    called: String,
}

/// Where reading goes on: where it stopped, else at the next topic.
fn section(model: &Model) -> Option<Section> {
    let today = Today::of(model);
    let read_on = today.read_on.as_ref().map(|(slug, title, ..)| (slug, title));
    let (slug, title) = read_on.or_else(|| today.next.as_ref().map(|(slug, title, ..)| (slug, title)))?;
    let topic = model.library.topic(slug)?;
    let at = model.learned.positions.get(slug).map(|position| position.heading.as_str()).unwrap_or_default();
    let page = topic.page.as_ref()?;
    // Sections by their headings of the second level; the first that lies behind where reading stopped.
    let sections: Vec<(&str, usize)> = sections(&page.body);
    let read = model.learned.read.get(slug);
    let from = sections.iter().position(|(heading, _)| *heading == at).unwrap_or(0);
    let open = |(heading, _): &&(&str, usize)| {
        read.is_none_or(|read| !read.contains(&anchor(heading))) && *heading != "Cheat sheet"
    };
    let (heading, words) = sections.iter().skip(from).find(open)?;
    let minutes = (*words as f64 / WORDS_A_MINUTE as f64).max(1.0);
    let called = if heading.is_empty() { title.clone() } else { format!("{title} › {heading}") };
    Some(Section { slug: slug.clone(), heading: anchor(heading), minutes, called })
}

/// The sections of a page by their headings of the second level, with their words outside of code.
fn sections(body: &str) -> Vec<(&str, usize)> {
    let mut sections: Vec<(&str, usize)> = Vec::new();
    let mut fenced = false;
    for line in body.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if let Some(heading) = line.strip_prefix("## ").filter(|_| !fenced) {
            sections.push((heading.trim(), 0));
        } else if let Some((_, words)) = sections.last_mut().filter(|_| !fenced) {
            *words += line.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
        }
    }
    sections
}

/// The anchor of a heading, as pages make it where no other has the same.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

fn offer(model: &Model, study: &Study) -> Offer {
    let demo =
        study.read.as_ref().is_some_and(|(slug, ran)| !ran && catalogue::demos_of(slug).next().is_some());
    Offer {
        cards: Today::of(model).waiting,
        seconds_a_card: model.learned.seconds_a_card,
        section: section(model).map(|section| section.minutes),
        demo,
    }
}

fn next(model: &Model) -> Option<Leg> {
    let study = model.study.as_ref()?;
    let left = study.ends.millis_since(model.now) as f64 / 60_000.0;
    next_leg(left, &study.legs, &offer(model, study))
}

/// What comes next, in words.
#[must_use]
pub fn next_said(model: &Model) -> String {
    let topic =
        |slug: &str| model.library.topic(slug).map_or_else(|| slug.to_string(), |topic| topic.title.clone());
    match next(model) {
        None => "then the time is up".to_string(),
        Some(Leg::Cards { minutes }) => format!("cards, {} min", minutes.ceil().max(1.0)),
        Some(Leg::Read) => section(model).map_or_else(String::new, |section| {
            format!("read {}, {:.0} min", section.called, section.minutes.ceil())
        }),
        Some(Leg::Demo) => {
            let read = model.study.as_ref().and_then(|study| study.read.as_ref());
            read.map_or_else(String::new, |(slug, _)| format!("the demo of {}", topic(slug)))
        }
    }
}

/// What a session of so many minutes would begin with.
pub(super) fn says(model: &Model, minutes: u32) -> String {
    let study = Study {
        ends: model.now.plus_minutes(minutes),
        legs: Vec::new(),
        read: None,
        answered: 0,
        sections: 0,
    };
    match next_leg(f64::from(minutes), &[], &offer(model, &study)) {
        None => "Nothing that fits: no card waits, and no section is that short.".to_string(),
        Some(Leg::Cards { minutes }) => {
            let then = match section(model) {
                Some(section) => format!("then read {}, then its demo, as far as they fit", section.called),
                None => "then more of them, as far as they fit".to_string(),
            };
            format!("Cards first, {:.0} min; {then}.", minutes.ceil())
        }
        Some(_) => section(model).map_or_else(String::new, |section| format!("First {}.", section.called)),
    }
}

/// On to the next part, or to the end.
pub(super) fn go_on(model: &mut Model) -> Vec<Effect> {
    let leg = next(model);
    let now = model.now;
    let Some(study) = &mut model.study else { return Vec::new() };
    let Some(leg) = leg else { return end(model) };
    study.legs.push(leg);
    match leg {
        Leg::Cards { minutes } => {
            let millis = (minutes * 60_000.0).ceil() as i64;
            let until = Moment { utc_millis: now.utc_millis.saturating_add(millis), ..now };
            let until = Moment { utc_millis: until.utc_millis.min(study.ends.utc_millis), ..until };
            model.tab = Tab::Today;
            drill::start_due_until(model, Some(until), About::Study)
        }
        Leg::Read => {
            let Some(section) = section(model) else { return end(model) };
            if let Some(study) = &mut model.study {
                study.read = Some((section.slug.clone(), false));
                study.sections += 1;
            }
            let effects = pages::open_topic(model, &section.slug, Some(&section.heading), false);
            model.say(format!("{}, {:.0} min. Alt-n goes on.", section.called, section.minutes.ceil()));
            effects
        }
        Leg::Demo => {
            let read = study.read.as_mut().map(|(slug, ran)| {
                *ran = true;
                slug.clone()
            });
            let spec = read.and_then(|slug| catalogue::demos_of(&slug).next());
            let Some(spec) = spec else { return end(model) };
            model.tab = Tab::Lab;
            let effects = super::lab::open(model, spec.name);
            model.say("Its demo: bet, run it, change a control. Alt-n goes on.");
            effects
        }
    }
}

/// The session is over: says so, on Today.
fn end(model: &mut Model) -> Vec<Effect> {
    let Some(study) = model.study.take() else { return Vec::new() };
    let left = study.minutes_left(model.now);
    let effects = if model.tab == Tab::Library { pages::leave(model) } else { Vec::new() };
    model.tab = Tab::Today;
    let done = match (study.answered, study.sections) {
        (0, 0) => "Nothing fitted into that time".to_string(),
        (answers, sections) => format!("Done: {answers} answers, {sections} sections"),
    };
    let early = match left {
        0 => String::new(),
        1 => ", a minute before the time".to_string(),
        left => format!(", {left} minutes before the time"),
    };
    let today = Today::of(model);
    let next = match (&today.read_on, &today.next) {
        (Some((_, title, ..)), _) | (None, Some((_, title, ..))) => format!(" Next time: {title}."),
        (None, None) => String::new(),
    };
    model.say(format!("{done}{early}.{next}"));
    effects
}

/// An answer was given, in a session or beside one.
pub(super) fn answered(study: &mut Option<Study>) {
    if let Some(study) = study {
        study.answered += 1;
    }
}

/// A command of the session, whatever screen is shown; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    model.study.as_ref()?;
    if does != Do::StudyOn {
        return None;
    }
    // From the cards one goes on as at their end.
    let cards = model.drill.session.as_ref().is_some_and(|running| matches!(running.about, About::Study));
    let mut effects = if model.tab == Tab::Library { pages::leave(model) } else { Vec::new() };
    if cards {
        model.drill.session = None;
    }
    effects.extend(go_on(model));
    Some(effects)
}

/// The time goes on. Where it is up while somebody reads or plays, that is said and nothing is taken away.
pub(super) fn tick(model: &mut Model) {
    let over = model.study.as_ref().is_some_and(|study| study.ends.millis_since(model.now) == 0);
    let asked = model.drill.session.as_ref().is_some_and(|running| running.asking.is_some());
    if over && !(model.tab == Tab::Drill && asked) && model.overlay.is_none() && !model.types_text() {
        model.say("The time is up. Alt-n ends the session.");
    }
}
