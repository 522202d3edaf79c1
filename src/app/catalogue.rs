//! The Lab by topic: what of the curriculum can be seen running. A topic stands in its part of the curriculum with
//! the demos it has, and below them, in a line, those that have none.

use super::{Effect, Model, lab, pages};
use crate::lab::Spec;
use crate::library::Topic;

/// A row of the catalogue.
#[derive(Clone, Debug)]
pub enum Row<'a> {
    /// A part of the curriculum: its name, how many of its topics have a demo, and how many topics it has.
    Part(String, usize, usize),
    /// A demo of a topic, and whether it is the topic's first.
    Demo(&'a Topic, &'static Spec, bool),
    /// The topics of the part that have none.
    Without(String),
    /// Nothing.
    Gap,
}

/// The demos of a topic: those that it owns first.
pub fn demos_of(slug: &str) -> impl Iterator<Item = &'static Spec> {
    let place = move |spec: &Spec| spec.topics.iter().position(|topic| *topic == slug);
    let mut demos: Vec<&'static Spec> =
        crate::lab::demos().iter().copied().filter(|spec| place(spec).is_some()).collect();
    demos.sort_by_key(|spec| place(spec).unwrap_or(0) > 0);
    demos.into_iter()
}

/// The rows of the catalogue. O(topics times demos).
#[must_use]
pub fn rows(model: &Model) -> Vec<Row<'_>> {
    let topics = &model.library.topics;
    let mut parts: Vec<&str> = Vec::new();
    for topic in topics {
        if !parts.contains(&topic.part.as_str()) {
            parts.push(&topic.part);
        }
    }
    let mut rows = Vec::new();
    for part in parts {
        if !rows.is_empty() {
            rows.push(Row::Gap);
        }
        let at = rows.len();
        let (mut with, mut without) = (0, Vec::new());
        for topic in topics.iter().filter(|topic| topic.part == part) {
            let before = rows.len();
            rows.extend(
                demos_of(&topic.slug).enumerate().map(|(index, spec)| Row::Demo(topic, spec, index == 0)),
            );
            if rows.len() > before {
                with += 1;
            } else {
                without.push(topic.title.as_str());
            }
        }
        let of = with + without.len();
        if !without.is_empty() {
            rows.push(Row::Without(format!("no demo: {}", without.join(" · "))));
        }
        rows.insert(at, Row::Part(named(part), with, of));
    }
    rows
}

/// The demo rows alone: what can be chosen.
fn pairs(model: &Model) -> Vec<(&Topic, &'static Spec)> {
    let demo = |row| match row {
        Row::Demo(topic, spec, _) => Some((topic, spec)),
        _ => None,
    };
    rows(model).into_iter().filter_map(demo).collect()
}

/// How many rows can be chosen.
pub(super) fn len(model: &Model) -> usize {
    pairs(model).len()
}

/// The chosen demo and its topic.
pub(super) fn chosen(model: &Model) -> Option<(String, &'static Spec)> {
    pairs(model).get(model.lab.catalogue.chosen).map(|(topic, spec)| (topic.slug.clone(), *spec))
}

/// Whether the topic of the demo that is open or chosen has a page.
#[must_use]
pub fn has_page(model: &Model) -> bool {
    slug(model).is_some_and(|slug| model.library.topic(&slug).is_some_and(|topic| topic.page.is_some()))
}

/// The topic of the demo that is open or chosen: the one that it is chosen for, or the one that owns it.
pub(super) fn slug(model: &Model) -> Option<String> {
    let lab = &model.lab;
    let owner = |spec: &Spec| spec.topics.first().map(|slug| (*slug).to_string());
    match &lab.open {
        Some(player) => owner(player.spec()),
        None if lab.by_topic => chosen(model).map(|(slug, _)| slug),
        None => owner(lab.shown().get(lab.list.chosen)?),
    }
}

/// From the page of a topic to its demos: to the one it has, or to where they stand in the catalogue.
pub(super) fn open_topic(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let origin = reading.origin.clone();
    let Some(slug) = reading.topic().map(str::to_string) else { return Vec::new() };
    let demos: Vec<&Spec> = demos_of(&slug).collect();
    let Some(first) = demos.first() else {
        model.say("This topic has no demo.");
        return Vec::new();
    };
    let mut effects = pages::leave(model);
    if demos.len() == 1 {
        effects.extend(lab::open(model, first.name));
    } else {
        let row = pairs(model).iter().position(|(topic, _)| topic.slug == slug).unwrap_or(0);
        model.tab = super::Tab::Lab;
        model.lab.open = None;
        model.lab.by_topic = true;
        model.lab.catalogue.chosen = row;
    }
    model.lab.back = Some(origin);
    effects
}

/// The name of a part: `Load balancing`.
#[must_use]
pub fn named(part: &str) -> String {
    let mut name = part.replace('-', " ");
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}
