//! The plan up to the date of the interview: what is to be learned, how ready one is and will be.
//!
//! It is computed when it is looked at first and kept until something changes that it is made of. It costs some
//! milliseconds, so it must not be made in every frame.

use std::sync::Arc;

use super::aims::Level;
use super::command::Do;
use super::kept::Kept;
use super::list::scroll;
use super::{Effect, Model};
use crate::deck::{Head, Weight};
use crate::memory::{self, CardWeight, Done, Goal, Horizon, Moment, Plan, PlanCard, StudyDay};

/// The plan and its screen.
#[derive(Debug, Default)]
pub struct Planning {
    made: Kept<Option<Planned>>,
    /// Whether its screen is shown, and from which line on.
    pub shown: Option<usize>,
}

/// A plan with what its numbers stand for.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The cards, by the numbers of the plan.
    pub cards: Vec<String>,
    /// The topics, by the numbers of the plan: slugs.
    pub topics: Vec<Arc<str>>,
    /// Its first day.
    pub today: StudyDay,
}

impl Planned {
    /// How many study days lie before the date.
    #[must_use]
    pub fn days_left(&self) -> u32 {
        self.plan.goal.horizon.date.since(self.today)
    }

    /// How many cards are left out.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.plan.left_out().count()
    }

    /// The cards with these numbers.
    pub fn named<'p>(&'p self, numbers: &'p [usize]) -> impl Iterator<Item = &'p str> {
        numbers.iter().filter_map(|&number| self.cards.get(number)).map(String::as_str)
    }
}

/// The date to be ready by, where it lies ahead of `now`.
#[must_use]
pub fn horizon(model: &Model, now: Moment) -> Option<Horizon> {
    model.learned.aims.horizon(now.study_day())
}

/// The plan; nothing where no date is set or it is past. Made at the first call after a change: O(cards × days).
#[must_use]
pub fn planned(model: &Model) -> Arc<Option<Planned>> {
    model.plan.made.get(model, || (make(model), None))
}

fn make(model: &Model) -> Option<Planned> {
    let horizon = horizon(model, model.now)?;
    let aims = &model.learned.aims;
    let wanted = |head: &&Head| !model.learned.suspended.contains(&head.id.0);
    let mut topics: Vec<Arc<str>> = Vec::new();
    let (mut cards, mut names) = (Vec::new(), Vec::new());
    for head in model.library.heads().filter(wanted) {
        let Some(weight) = weight(head.weight, aims.level) else { continue };
        // The cards of a topic stand together.
        if topics.last() != Some(&head.topic) {
            topics.push(Arc::clone(&head.topic));
        }
        let topic = u32::try_from(topics.len() - 1).unwrap_or(u32::MAX);
        cards.push(PlanCard {
            state: model.learned.state(&head.id.0),
            weight,
            topic,
            effort: effort(head.kind),
        });
        names.push(head.id.0.clone());
    }
    let minutes = f64::from(aims.minutes_a_day());
    let today = model.now.study_day();
    // A clock that was set back must not have the date set in the future.
    let since = aims.since.unwrap_or(today).min(today);
    let learned = &model.learned;
    let met = u32::try_from(learned.new_today).unwrap_or(u32::MAX);
    let done = Done { minutes: learned.minutes_today, met, looked: learned.early_today };
    let goal = Goal { since, horizon, minutes, done };
    let plan = memory::plan(model.schedulers.usual(), &cards, &learned.pace, goal, today);
    Some(Planned { plan, cards: names, topics, today })
}

/// How much a card counts for a level; nothing where that level needs none of its weight.
fn weight(weight: Weight, level: Option<Level>) -> Option<CardWeight> {
    match (weight, level) {
        (Weight::Core, _) => Some(CardWeight::Core),
        (Weight::Standard, _) | (Weight::Deep, Some(Level::Principal)) => Some(CardWeight::Standard),
        (Weight::Deep, Some(Level::Senior)) => None,
        (Weight::Deep, _) => Some(CardWeight::Deep),
    }
}

/// How much longer a card of a kind takes than most: open answers are written, numbers are worked out.
fn effort(kind: &str) -> f32 {
    match kind {
        "rubric" => 4.0,
        "estimate" | "predict" | "spot" => 2.0,
        _ => 1.0,
    }
}

/// `p` on Today: the plan's screen; without a date the form that asks for one.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if planned(model).is_none() {
        return super::first::open_aims(model);
    }
    model.plan.shown = Some(0);
    Vec::new()
}

/// No plan is longer, in lines.
const LONGEST: usize = 2_000;

/// A command on the plan's screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let top = model.plan.shown?;
    match does {
        Do::Back | Do::Leave => model.plan.shown = None,
        Do::Aims => return Some(super::first::open_aims(model)),
        _ => {
            let height = usize::from(model.frame().body.height);
            model.plan.shown = Some(scroll(does, top, LONGEST, height)?);
        }
    }
    Some(Vec::new())
}

/// A line of the plan's screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A heading or a sentence, and whether it is a heading.
    Text(String, bool),
    /// A week: its first day, new cards, reviews, minutes a day on average and at most.
    Week(StudyDay, u32, f64, f64, f64),
    /// A topic: its title, readiness now and on the date.
    Topic(String, f64, f64),
}

/// The lines of the plan's screen: weeks, what is left out, topics with the least ready first.
#[must_use]
pub fn lines(model: &Model) -> Vec<Line> {
    let planned = planned(model);
    let Some(planned) = planned.as_ref() else {
        return vec![Line::Text("No date is set, or it is past.".to_string(), false)];
    };
    let Planned { plan, topics, .. } = planned;
    let mut lines = vec![Line::Text(headline(planned), true)];
    lines.push(Line::Text(
        format!(
            "Ready is the recall predicted for the date over all cards; core cards count most. Core cards alone: {:.0}% \
             now, {:.0}% then.",
            plan.core.now * 100.0,
            plan.core.then * 100.0
        ),
        false,
    ));
    lines.push(Line::Text("Weeks".to_string(), true));
    for week in plan.days.chunks(7) {
        let minutes = week.iter().map(|day| day.minutes);
        let most = minutes.clone().fold(0.0, f64::max);
        let new = week.iter().map(|day| day.new).sum();
        let reviews = week.iter().map(|day| day.reviews).sum();
        lines.push(Line::Week(week[0].day, new, reviews, minutes.sum::<f64>() / week.len() as f64, most));
    }
    lines.push(Line::Text("Left out".to_string(), true));
    lines.push(Line::Text(left_out(model, planned), false));
    lines.push(Line::Text("Topics, the least ready first".to_string(), true));
    let mut order: Vec<usize> = (0..topics.len()).collect();
    order.sort_by(|&a, &b| plan.topics[a].then.total_cmp(&plan.topics[b].then).then(a.cmp(&b)));
    for topic in order {
        let slug = &*topics[topic];
        let title = model.library.topic(slug).map_or_else(|| slug.to_string(), |topic| topic.title.clone());
        lines.push(Line::Topic(title, plan.topics[topic].now, plan.topics[topic].then));
    }
    lines
}

/// The plan in one line: days left, readiness now and then, minutes today, what is left out.
#[must_use]
pub fn headline(planned: &Planned) -> String {
    let plan = &planned.plan;
    let days = planned.days_left();
    let in_days = if days == 1 { "tomorrow".to_string() } else { format!("in {days} days") };
    let minutes = plan.days.first().map_or(0.0, |day| day.minutes).ceil();
    let left = match planned.left_out() {
        0 => "all cards in".to_string(),
        1 => "1 card left out".to_string(),
        left => format!("{left} cards left out"),
    };
    let (now, then) = (plan.all.now * 100.0, plan.all.then * 100.0);
    format!("Interview {in_days}: ready {now:.0}% now, {then:.0}% then; {minutes:.0} min today; {left}")
}

fn left_out(model: &Model, planned: &Planned) -> String {
    let of = |weight: Weight| {
        let out = planned.plan.left_out().filter_map(|(index, _)| planned.cards.get(index));
        out.filter(|card| model.library.head(card).is_some_and(|head| head.weight == weight)).count()
    };
    let parts: Vec<String> = [Weight::Core, Weight::Standard, Weight::Deep]
        .into_iter()
        .filter_map(|weight| Some((of(weight), weight)).filter(|(count, _)| *count > 0))
        .map(|(count, weight)| format!("{count} {}", weight.name()))
        .collect();
    let minutes = model.learned.aims.minutes_a_day();
    match parts.is_empty() {
        true => format!("Nothing: {minutes} minutes a day are enough."),
        false => format!(
            "{} of {} cards do not fit into {minutes} minutes a day: {}. They stay as they are; a later date or more \
             minutes (e) take them in.",
            planned.left_out(),
            planned.cards.len(),
            parts.join(", ")
        ),
    }
}
