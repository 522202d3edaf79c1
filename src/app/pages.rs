//! Opening pages, going back and forward among them, and what is remembered when one leaves.

use std::sync::Arc;

use super::learned::{Position, READ};
use super::message::Bookmark;
use super::reader::{Origin, Reading, outline};
use super::{Effect, Model, Tab, shelf};
use crate::doc::Place;
use crate::library::File;
use crate::store;

/// A place one was at.
#[derive(Clone, Debug, PartialEq)]
pub struct Stand {
    /// The page.
    pub origin: Origin,
    /// Whether its cheat sheet was shown.
    pub cheat: bool,
    /// Where on it.
    pub place: Place,
}

/// How many places one can go back.
const MOST: usize = 200;

/// Opens a topic's page, at a heading or where reading stopped; or its cheat sheet.
pub(super) fn open_topic(model: &mut Model, slug: &str, heading: Option<&str>, sheet: bool) -> Vec<Effect> {
    let Some(topic) = model.library.topic(slug) else {
        model.say(format!("No topic is called '{slug}'."));
        return Vec::new();
    };
    if topic.page.is_none() {
        let title = topic.title.clone();
        model.say(format!("{title} is planned and not written yet."));
        return Vec::new();
    }
    let mut effects = show(model, &Origin::Topic(slug.to_string()), heading);
    if sheet
        && let Some(reading) = &mut model.reader.open
        && reading.toggle_cheat_sheet()
    {
        effects.extend(fit(model));
    }
    effects
}

/// Opens a decision tree as a page of its own, with the keys in it.
pub(super) fn open_tree(model: &mut Model, slug: &str) -> Vec<Effect> {
    if model.library.tree(slug).is_err() {
        model.say(format!("No decision is called '{slug}'."));
        return Vec::new();
    }
    let effects = show(model, &Origin::Tree(slug.to_string()), None);
    if let Some(reading) = &mut model.reader.open
        && let Some(live) = reading.page.live.first().map(|slot| slot.live)
    {
        reading.enter(live);
    }
    shelf::choose(model, &|row| matches!(row, shelf::Row::Tree(tree) if tree.slug == slug));
    effects
}

/// Opens a file beside the library, or shows it anew where it is the open page and has changed.
pub(super) fn open_file(model: &mut Model, file: File, heading: Option<&str>) -> Vec<Effect> {
    let origin = Origin::File(Arc::new(file));
    let known = matches!(&origin, Origin::File(file) if file.path.is_some());
    let same = |reading: &Reading| reading.origin.is_same(&origin);
    if known && heading.is_none() && model.reader.open.as_deref().is_some_and(same) {
        return replace(model, &origin);
    }
    show(model, &origin, heading)
}

/// Opens a place that the learner marked.
pub(super) fn open_bookmark(model: &mut Model, mark: &Bookmark) -> Vec<Effect> {
    let heading = Some(mark.section.as_str()).filter(|section| !section.is_empty());
    match store::path_of(&mark.topic) {
        Some(path) => vec![Effect::ReadFile(path.into(), heading.map(str::to_string))],
        None => open_topic(model, &mark.topic.clone(), heading.or(Some("")), false),
    }
}

/// Shows a page in place of the open one, which one can go back to.
fn show(model: &mut Model, origin: &Origin, heading: Option<&str>) -> Vec<Effect> {
    let mut effects = leave(model);
    read_anew(model, origin);
    match here(model) {
        Some(stand) if stand.origin.is_same(origin) => {}
        Some(stand) => go_forth(model, stand),
        None => model.reader.forward.clear(),
    }
    let Some(reading) = Reading::open(&model.library, origin, super::today::BET_SEED) else {
        return effects;
    };
    effects.extend(put(model, reading));
    let Some(reading) = &mut model.reader.open else { return effects };
    match heading {
        // The top of the page was asked for.
        Some("") => {}
        Some(heading) => {
            reading.go_to_heading(heading);
        }
        None => {
            if let Some(position) = model.learned.positions.get(&reading.slug)
                // What was read to its end is opened at its beginning.
                && position.share < READ
            {
                reading.go_to_source(position.source);
            }
        }
    }
    if let Some(slug) = reading.topic().map(str::to_string) {
        shelf::choose(model, &|row| matches!(row, shelf::Row::Topic(topic) if topic.slug == slug));
    }
    effects.extend(looked(model));
    effects.extend(leave(model));
    effects
}

/// Puts a page on the screen.
fn put(model: &mut Model, mut reading: Reading) -> Vec<Effect> {
    if let Some(read) = model.learned.read.get(&reading.slug) {
        for section in &reading.sections {
            if read.contains(&section.id) {
                reading.seen.add(section.lines.clone());
            }
        }
    }
    model.reader.open = Some(Box::new(reading));
    model.tab = Tab::Library;
    model.overlay = None;
    fit(model)
}

/// Where one is.
fn here(model: &mut Model) -> Option<Stand> {
    let reading = model.reader.open.as_mut()?;
    Some(Stand {
        origin: reading.origin.clone(),
        cheat: reading.cheat,
        place: reading.exact_place(reading.top),
    })
}

fn go_forth(model: &mut Model, from: Stand) {
    let back = &mut model.reader.back;
    if back.len() == MOST {
        back.remove(0);
    }
    back.push(from);
    model.reader.forward.clear();
}

/// Remembers where one is before a jump within the page.
pub(super) fn before_jump(model: &mut Model) {
    if let Some(stand) = here(model)
        && model.reader.back.last() != Some(&stand)
    {
        go_forth(model, stand);
    }
}

/// Back to where one came from: the place before on this page, the page before, the list.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let Some(stand) = model.reader.back.pop() else { return close(model) };
    if let Some(here) = here(model) {
        model.reader.forward.push(here);
    }
    go_to(model, &stand)
}

/// Back to the page before, past what was jumped to on this one; from a cheat sheet to its page; else to the list.
pub(super) fn page_before(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let other = |stand: &Stand| !stand.origin.is_same(&reading.origin) || (reading.cheat && !stand.cheat);
    match model.reader.back.iter().rposition(other) {
        Some(at) => {
            model.reader.back.truncate(at + 1);
            back(model)
        }
        None => close(model),
    }
}

/// Forward again.
pub(super) fn forward(model: &mut Model) -> Vec<Effect> {
    let Some(stand) = model.reader.forward.pop() else {
        model.say("There is nothing further on.");
        return Vec::new();
    };
    if let Some(here) = here(model) {
        model.reader.back.push(here);
    }
    go_to(model, &stand)
}

fn go_to(model: &mut Model, stand: &Stand) -> Vec<Effect> {
    let mut effects = leave(model);
    if model.reader.open.as_ref().is_none_or(|reading| !reading.origin.is_same(&stand.origin)) {
        let Some(reading) = Reading::open(&model.library, &stand.origin, super::today::BET_SEED) else {
            return effects;
        };
        effects.extend(put(model, reading));
    }
    if let Some(reading) = &mut model.reader.open {
        if reading.cheat != stand.cheat {
            reading.toggle_cheat_sheet();
        }
        (reading.focus, reading.entered) = (None, false);
    }
    effects.extend(fit(model));
    if let Some(reading) = &mut model.reader.open {
        reading.go_back_to(stand.place);
    }
    effects.extend(leave(model));
    effects
}

/// Closes the page; the list is seen again.
pub(super) fn close(model: &mut Model) -> Vec<Effect> {
    let effects = leave(model);
    model.reader.open = None;
    model.reader.back.clear();
    effects
}

/// Remembers where reading stopped.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = model.reader.open.take() else { return Vec::new() };
    let effects = position_of(model, &reading).into_iter().collect();
    model.reader.open = Some(reading);
    effects
}

/// What is to be remembered of a page; nothing where nothing has changed. It counts at once, and no more where it
/// could not be saved: then what is learned is read again.
fn position_of(model: &mut Model, reading: &Reading) -> Option<Effect> {
    if reading.cheat || reading.page.lines.is_empty() || reading.slug.is_empty() {
        return None;
    }
    let before = model.learned.positions.get(&reading.slug);
    let heading = reading.heading().and_then(|at| reading.document.headings.get(at));
    let position = Position {
        source: reading.place().source,
        heading: heading.map_or_else(String::new, |heading| heading.text.clone()),
        share: before.map_or(0.0, |before| before.share).max(reading.seen_share()),
        at: model.now,
    };
    let same = before.is_some_and(|before| {
        (before.source, before.share, &before.heading) == (position.source, position.share, &position.heading)
    });
    if same {
        return None;
    }
    model.learned.stopped(reading.slug.clone(), position.clone());
    Some(Effect::Position(reading.slug.clone(), position))
}

/// What is on the screen was seen: sections that are read through are marked, and the place is saved whenever
/// another section is reached, so that a kill loses a section at most.
pub(super) fn looked(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    reading.look();
    let mut effects = Vec::new();
    if let Some(slug) = reading.topic().filter(|_| !reading.cheat) {
        let read = model.learned.read.get(slug);
        let new =
            reading.sections_behind().filter(|section| read.is_none_or(|read| !read.contains(&section.id)));
        effects.extend(new.map(|section| Effect::ReadMark(slug.to_string(), section.id.clone(), true)));
    }
    let heading = reading.heading().and_then(|at| reading.document.headings.get(at));
    let name = heading.map(|heading| heading.text.clone());
    let saved = model.learned.positions.get(&reading.slug).map(|position| position.heading.clone());
    if name != saved {
        effects.extend(leave(model));
    }
    effects
}

/// Lays the open page out for the window, and asks for the colours of its code where that was not done.
pub(super) fn fit(model: &mut Model) -> Vec<Effect> {
    let (body, ascii) = (model.frame().body, model.settings.screen.ascii);
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    reading.fit(body, ascii);
    let code = reading.to_colour();
    let name = reading.slug.clone();
    if code.is_empty() { Vec::new() } else { vec![Effect::Colour(name, code)] }
}

/// The library was read again: the open page is opened again at its place.
pub(super) fn reload(model: &mut Model) -> Vec<Effect> {
    match &model.reader.open {
        Some(reading) if !matches!(reading.origin, Origin::File(_)) => {
            let origin = reading.origin.clone();
            replace(model, &origin)
        }
        _ => Vec::new(),
    }
}

/// Opens the open page again from what it is made of now, and keeps the place, what was answered and what was seen.
/// Where it is made of the same, all of it stays.
fn replace(model: &mut Model, origin: &Origin) -> Vec<Effect> {
    let Some(mut before) = model.reader.open.take() else { return Vec::new() };
    read_anew(model, origin);
    let Some(mut reading) = Reading::open(&model.library, origin, super::today::BET_SEED) else {
        model.say("The page is gone.");
        return Vec::new();
    };
    if reading.is_made_as(&before) {
        before.stay(reading);
        model.reader.open = Some(before);
        return Vec::new();
    }
    reading.take_over(&mut before);
    let (tab, overlay) = (model.tab, model.overlay.take());
    let mut effects = put(model, reading);
    (model.tab, model.overlay) = (tab, overlay);
    if let Some(reading) = &mut model.reader.open {
        let library = &model.library;
        let leads = |reading: &Reading, row: usize| {
            outline::rows(library, reading).get(row).is_some_and(outline::Row::leads)
        };
        reading.go_on_from(&mut before, &leads);
    }
    effects.extend(fit(model));
    effects
}

/// A file was read again: the ways back and forward lead to what it is now.
fn read_anew(model: &mut Model, origin: &Origin) {
    let stands = model.reader.back.iter_mut().chain(&mut model.reader.forward);
    for stand in stands.filter(|stand| stand.origin.is_same(origin)) {
        stand.origin = origin.clone();
    }
}
