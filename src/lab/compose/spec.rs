//! A composition as a demo: its `Spec`, made of what the file says and of what is the same for all.

use super::hands::ACTS;
use super::measures::{Measure, THEORY};
use super::plan::{Exposed, ExposedKind, Plan};
use super::words::{Words, keep};
use super::{Bug, Composed, Composition, Of, parse, sources};
use crate::config::problem::Problem;
use crate::lab::control::choice;
use crate::lab::scenario::begin;
use crate::lab::{Control, ControlKind, Reading, Spec};

/// What must hold in every composition.
const INVARIANTS: &[&str] = &[
    "each request is answered, failed or under way, and only one of them",
    "no piece has more in service than it has threads, workers or permits",
    "a thread or a permit that is taken belongs to a call that is there",
    "no call is tried more often than is set, nor than its budget pays",
    "no limiter lets pass more than its burst and its rate",
    "each call that is made is there until it ends, and ends once",
];

/// What is broken by a bug.
fn broken(bug: Bug) -> &'static str {
    match bug {
        Bug::LeakedThreads => {
            "leaked-threads: where a call fails, or its caller has given up, its thread is never given back"
        }
        Bug::LateAnswers => {
            "late-answers: an answer that comes when nobody waits for it any more is counted all the same"
        }
        Bug::ExtraTries => {
            "extra-tries: whoever tries again compares with 'at most' where it is 'less', and makes one try more"
        }
        Bug::OneTooMany => "one-too-many: the same mistake in a pool, and each has a thread more than is set",
    }
}

const VIEWS: &[&str] = &["chain", "stages", "time"];

/// Reads a composition (`docs/compose.md` is the format), for a demo that can be run like any other. What is
/// wrong with the file comes beside it, each thing with its place; the demo is there where nothing is. It is made to
/// last as long as the program, so a text should be read once.
#[must_use]
pub fn compose(file: &str, text: &str) -> (Option<&'static Spec>, Vec<Problem>) {
    let (parsed, problems) = parse::parse(file, text);
    (parsed.filter(|_| problems.is_empty()).map(spec), problems)
}

/// A list that lasts as long as the program.
fn keep_all<T>(items: impl IntoIterator<Item = T>) -> &'static [T] {
    Vec::leak(items.into_iter().collect())
}

fn texts(texts: &[String]) -> &'static [&'static str] {
    keep_all(texts.iter().map(|text| keep(text.as_str())))
}

fn spec(parse::Parsed { plan, measures, readings }: parse::Parsed) -> &'static Spec {
    let names = plan.bugs.iter().map(|bug| bug.name());
    let bugs = keep_all(["none"].into_iter().chain(names));
    // Where nothing can be broken there is no control for it.
    let breaks = (bugs.len() > 1).then(|| choice("bug", "break it on purpose", bugs, 0.0));
    let controls = keep_all(plan.exposed.iter().map(control).chain(breaks));
    let goals = resolve(&plan, &measures, &readings);
    let words = Words::new(&plan);
    let about: &'static Composition = Box::leak(Box::new(Composition { plan, words, measures, goals }));
    let plan = &about.plan;
    let theory = THEORY.iter().filter(|(of, _)| plan.theory.iter().any(|named| named == of));
    Box::leak(Box::new(Spec {
        name: keep(plan.name.as_str()),
        title: keep(plan.title.as_str()),
        part: keep(plan.part.as_str()),
        topics: texts(&plan.topics),
        hook: keep(plan.hook.as_str()),
        look_for: texts(&plan.look_for),
        controls,
        readings: keep_all(readings),
        bet: keep(plan.bet.as_str()),
        goals: keep_all(plan.goals.iter().map(|goal| keep(goal.text.as_str()))),
        invariants: INVARIANTS,
        acts: ACTS,
        views: VIEWS,
        bugs: keep_all(plan.bugs.iter().map(|bug| broken(*bug))),
        theory: keep_all(theory.copied()),
        length: plan.length,
        speed: 1.0,
        sources: keep_all(sources(plan)),
        start: Box::leak(Box::new(move |seed, settings: &_| {
            let (goals, rules) = (about.goals.len(), INVARIANTS.len());
            begin(settings, goals, rules, |sim| Composed::new(about, seed, sim))
        })),
    }))
}

fn control(exposed: &Exposed) -> Control {
    let kind = match exposed.kind {
        ExposedKind::Number { min, max, step } => ControlKind::Number { min, max, step },
        ExposedKind::Choice(options) => ControlKind::Choice(options),
        ExposedKind::Switch => ControlKind::Switch,
    };
    Control {
        name: keep(exposed.name.as_str()),
        label: keep(exposed.label.as_str()),
        kind,
        default: exposed.default,
        unit: exposed.unit,
    }
}

/// The conditions of the goals, by what they are of. The parser has looked whether there is such a thing.
fn resolve(plan: &Plan, measures: &[Measure], readings: &[Reading]) -> Vec<Vec<(Of, super::Condition)>> {
    let of = |name: &str| {
        let reading = readings.iter().position(|reading| reading.name == name);
        reading
            .map(|place| Of::Reading(measures[place]))
            .or_else(|| plan.exposed.iter().position(|exposed| exposed.name == name).map(Of::Control))
    };
    let conditions = |goal: &super::plan::Goal| {
        goal.when.iter().filter_map(|condition| Some((of(&condition.of)?, condition.clone()))).collect()
    };
    plan.goals.iter().map(conditions).collect()
}

/// The names of everything that a file can say, for the test of `docs/compose.md`.
#[cfg(test)]
pub(super) fn vocabulary() -> Vec<&'static str> {
    use super::kinds::{Kind, What};
    let pieces = Kind::STAGES.iter().flat_map(|(name, kind)| {
        [*name].into_iter().chain(kind.parameters().iter().map(|parameter| parameter.name))
    });
    let events = What::ALL.iter().flat_map(|(name, what)| {
        [*name].into_iter().chain(what.parameters().iter().map(|parameter| parameter.name))
    });
    let clients = Kind::Clients.parameters().iter().map(|parameter| parameter.name);
    pieces.chain(events).chain(clients).collect()
}
