//! The Library: the list of topics, and one page open.

use std::sync::Arc;

use super::command::{Context, Do};
use super::field::Field;
use super::learned::{Position, READ};
use super::list::ListState;
use super::live::LiveBlock;
use super::reader::{Focus, Reading};
use super::{Effect, Model, Tab, blocks, drill, walk};
use crate::config::key::Key;

/// The Library screen.
#[derive(Default)]
pub struct LibraryScreen {
    /// The list of written topics.
    pub list: ListState,
    /// The page that is open.
    pub open: Option<Box<Reading>>,
    /// Where one came from: topic and line of the source.
    pub history: Vec<(String, usize)>,
}

impl LibraryScreen {
    pub(super) fn contexts(&self) -> Vec<Context> {
        let Some(reading) = &self.open else { return vec![Context::List] };
        if reading.find.field.is_some() {
            return vec![Context::Field];
        }
        match reading.block_with_keys() {
            Some(LiveBlock::Demo(_)) => vec![Context::Demo],
            Some(LiveBlock::Card(asking)) => asking.contexts(),
            Some(LiveBlock::Decide(walking)) => walking.contexts(),
            Some(LiveBlock::Calc(_) | LiveBlock::Broken(_)) | None => vec![Context::Page, Context::List],
        }
    }
}

/// Opens a topic's page, at a heading or where reading stopped.
pub(super) fn open(model: &mut Model, slug: &str, heading: Option<&str>) -> Vec<Effect> {
    let Some(topic) = model.library.topic(slug) else {
        model.say(format!("No topic is called '{slug}'."));
        return Vec::new();
    };
    let title = topic.title.clone();
    let seed = super::today::BET_SEED;
    let Some(mut reading) = Reading::open(&model.library, slug, seed) else {
        model.say(format!("{title} is planned and not written yet."));
        return Vec::new();
    };
    let mut effects = leave(model);
    if let Some(before) = &model.reader.open
        && before.slug != slug
    {
        model.reader.history.push((before.slug.clone(), before.place().source));
    }
    reading.fit(model.frame().body, model.settings.screen.ascii);
    let found = heading.is_some_and(|heading| reading.go_to_heading(heading));
    if !found
        && heading.is_none()
        && let Some(position) = model.learned.positions.get(slug)
        // What was read to its end is opened at its beginning.
        && position.share < READ
    {
        reading.go_to_source(position.source);
    }
    model.tab = Tab::Library;
    model.overlay = None;
    if let Some(row) = model.library.written().position(|topic| topic.slug == slug) {
        model.reader.list.chosen = row;
    }
    effects.extend(position_of(model, &reading));
    model.reader.open = Some(Box::new(reading));
    effects
}

/// Opens a decision tree as a page of its own, with the keys in it.
pub(super) fn open_tree(model: &mut Model, slug: &str) -> Vec<Effect> {
    let library = Arc::clone(&model.library);
    let Ok(tree) = library.tree(slug) else {
        model.say(format!("No decision is called '{slug}'."));
        return Vec::new();
    };
    let effects = leave(model);
    let mut reading = walk::page(&library, tree);
    if let Some(before) = &model.reader.open
        && before.slug != reading.slug
    {
        model.reader.history.push((before.slug.clone(), before.place().source));
    }
    reading.fit(model.frame().body, model.settings.screen.ascii);
    if let Some(live) = reading.page.live.first().map(|slot| slot.live) {
        reading.enter(live);
    }
    model.tab = Tab::Library;
    model.overlay = None;
    if let Some(row) = library.trees.iter().position(|tree| tree.slug == slug) {
        model.reader.list.chosen = library.written().count() + row;
    }
    model.reader.open = Some(Box::new(reading));
    effects
}

/// Remembers where reading stopped.
pub(super) fn leave(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = model.reader.open.take() else { return Vec::new() };
    let effects = position_of(model, &reading).into_iter().collect();
    model.reader.open = Some(reading);
    effects
}

/// What is to be remembered of a page; nothing where nothing has changed.
fn position_of(model: &mut Model, reading: &Reading) -> Option<Effect> {
    if reading.cheat || reading.page.lines.is_empty() || walk::slug_of(reading).is_some() {
        return None;
    }
    let before = model.learned.positions.get(&reading.slug);
    let heading = reading.heading().and_then(|at| reading.document.headings.get(at));
    let position = Position {
        source: reading.place().source,
        heading: heading.map_or_else(String::new, |heading| heading.text.clone()),
        share: before.map_or(0.0, |before| before.share).max(reading.share()),
        at: model.now,
    };
    let same =
        before.is_some_and(|before| before.source == position.source && before.share == position.share);
    model.learned.positions.insert(reading.slug.clone(), position.clone());
    (!same).then(|| Effect::Position(reading.slug.clone(), position))
}

/// Lays the open page out for the window.
pub(super) fn fit(model: &mut Model) {
    let (body, ascii) = (model.frame().body, model.settings.screen.ascii);
    if let Some(reading) = &mut model.reader.open {
        reading.fit(body, ascii);
    }
}

/// The library was read again: the open page is opened again at its place.
pub(super) fn reload(model: &mut Model) {
    let Some((slug, source)) =
        model.reader.open.as_ref().map(|reading| (reading.slug.clone(), reading.place().source))
    else {
        return;
    };
    let library = &model.library;
    let opened = match slug.strip_prefix(walk::PAGE) {
        Some(tree) => library.tree(tree).ok().map(|tree| walk::page(library, tree)),
        None => Reading::open(library, &slug, super::today::BET_SEED),
    };
    model.reader.open = opened.map(Box::new);
    fit(model);
    if let Some(reading) = &mut model.reader.open {
        reading.go_to_source(source);
    }
}

/// The first line shown, where a page or list can scroll.
pub(super) fn top(model: &Model) -> Option<usize> {
    match model.tab {
        Tab::Library => {
            Some(model.reader.open.as_ref().map_or(model.reader.list.chosen, |reading| reading.top))
        }
        Tab::Lab => Some(model.lab.list.chosen),
        Tab::Drill => Some(model.drill.list.chosen),
        Tab::Progress => Some(model.progress_top),
        Tab::Today | Tab::Envelope => None,
    }
}

/// Goes back to what [`top`] gave.
pub(super) fn restore_top(model: &mut Model, top: usize) {
    match (model.tab, &mut model.reader.open) {
        (Tab::Library, Some(reading)) => reading.top = top,
        (Tab::Library, None) => model.reader.list.chosen = top,
        (Tab::Lab, _) => model.lab.list.chosen = top,
        (Tab::Drill, _) => model.drill.list.chosen = top,
        (Tab::Progress, _) => model.progress_top = top,
        _ => {}
    }
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let Some(reading) = &mut model.reader.open else { return run_list(model, does) };
    if reading.find.field.is_some() {
        return run_find(model, does);
    }
    match reading.block_with_keys() {
        Some(LiveBlock::Demo(_)) => return blocks::run_demo(model, does),
        Some(LiveBlock::Card(_)) => return blocks::run_card(model, does),
        Some(LiveBlock::Decide(_)) => return walk::run(model, does),
        Some(LiveBlock::Calc(_) | LiveBlock::Broken(_)) | None => {}
    }
    match does {
        Do::Enter => Some(follow(model)),
        Do::Leave if reading.focus.is_some() || !reading.find.wanted.is_empty() => {
            reading.focus = None;
            reading.look_for("");
            Some(Vec::new())
        }
        Do::Back | Do::Leave => Some(back(model)),
        Do::CheatSheet => {
            if reading.toggle_cheat_sheet() {
                fit(model);
            } else {
                model.say("This page has no cheat sheet.");
            }
            Some(Vec::new())
        }
        Do::Search => {
            reading.find.field = Some(Field::line());
            reading.find.from = Some(reading.top);
            Some(Vec::new())
        }
        Do::Bet => {
            blocks::go_to_bet(model);
            Some(Vec::new())
        }
        Do::DrillTopic => {
            let slug = reading.slug.clone();
            let mut effects = leave(model);
            effects.extend(drill::start_deck(model, &slug));
            Some(effects)
        }
        Do::Copy => Some(copy(model)),
        Do::Edit => Some(edit(model)),
        Do::Outline => {
            reading.act(does);
            fit(model);
            Some(Vec::new())
        }
        _ => {
            if !reading.act(does) {
                return None;
            }
            let heading = reading.heading();
            let effects = section_effects(model, heading);
            Some(effects)
        }
    }
}

/// While reading on, the position is saved whenever another section is reached: a kill loses a section at most.
fn section_effects(model: &mut Model, heading: Option<usize>) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let name = heading.and_then(|at| reading.document.headings.get(at)).map(|heading| heading.text.clone());
    let saved = model.learned.positions.get(&reading.slug).map(|position| position.heading.clone());
    if name == saved { Vec::new() } else { leave(model) }
}

fn run_list(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let height = usize::from(model.frame().body.height);
    let topics = model.library.written().count();
    let rows = topics + model.library.trees.len();
    match does {
        Do::Enter => {
            // Behind the topics stand the decisions.
            let chosen = model.reader.list.chosen;
            if let Some(tree) = chosen.checked_sub(topics).and_then(|at| model.library.trees.get(at)) {
                let slug = tree.slug.clone();
                return Some(open_tree(model, &slug));
            }
            let slug = model.library.written().nth(chosen)?.slug.clone();
            Some(open(model, &slug, None))
        }
        _ => model.reader.list.act(does, rows, height.saturating_sub(3)).then(Vec::new),
    }
}

fn run_find(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let reading = model.reader.open.as_mut()?;
    let field = reading.find.field.take()?;
    if does == Do::Enter {
        let wanted = field.text().trim().to_string();
        reading.look_for(&wanted);
        if reading.find.hits.is_empty() && !wanted.is_empty() {
            model.say(format!("'{wanted}' is not on this page."));
        }
    } else {
        reading.look_for("");
    }
    if let Some(reading) = &mut model.reader.open {
        reading.find.from = None;
    }
    Some(Vec::new())
}

/// Enter: follows the link or enters the block that has the focus.
fn follow(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    match reading.focus {
        Some(Focus::Live(live)) => {
            reading.enter(live);
            if let Some(LiveBlock::Demo(player)) = reading.live.get_mut(&live)
                && player.run.events() == 0
            {
                player.playing = true;
            }
            Vec::new()
        }
        Some(Focus::Link(link)) => {
            let Some(url) = reading.page.links.get(link).map(|link| link.url.clone()) else {
                return Vec::new();
            };
            if url.contains("://") || url.starts_with("mailto:") {
                model.say(format!("Copied: {url}"));
                return vec![Effect::Copy(url)];
            }
            let (slug, heading) = match url.split_once('#') {
                Some((slug, heading)) => (slug.to_string(), Some(heading.to_string())),
                None => (url, None),
            };
            if slug.is_empty() || slug == reading.slug {
                if let Some(heading) = heading {
                    reading.go_to_heading(&heading);
                }
                return Vec::new();
            }
            open(model, &slug, heading.as_deref())
        }
        None => {
            reading.act(Do::NextLink);
            Vec::new()
        }
    }
}

/// Back to where one came from: the cheat sheet's page, the page before, the list.
fn back(model: &mut Model) -> Vec<Effect> {
    if let Some(reading) = &mut model.reader.open
        && reading.cheat
    {
        reading.toggle_cheat_sheet();
        fit(model);
        return Vec::new();
    }
    let mut effects = leave(model);
    model.reader.open = None;
    if let Some((slug, source)) = model.reader.history.pop() {
        effects.extend(match slug.strip_prefix(walk::PAGE) {
            Some(tree) => open_tree(model, tree),
            None => open(model, &slug, None),
        });
        if let Some(reading) = &mut model.reader.open {
            reading.go_to_source(source);
        }
    }
    effects
}

/// The section at the top of the screen, as Markdown.
fn copy(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let Some(page) = model.library.topic(&reading.slug).and_then(|topic| topic.page.as_ref()) else {
        return Vec::new();
    };
    // Under the title stands the page as a whole.
    let sections = reading.document.headings.iter().filter(|heading| heading.level > 1);
    let lines: Vec<usize> = sections.map(|heading| heading.line).collect();
    let here = reading.heading().and_then(|at| reading.document.headings.get(at)).map(|heading| heading.line);
    let at = lines.iter().position(|line| Some(*line) == here);
    let first = at.map_or(page.body_line, |at| lines[at]);
    let end = at.and_then(|at| lines.get(at + 1).copied()).unwrap_or(usize::MAX);
    let lines = page.body.lines().enumerate().map(|(index, line)| (page.body_line + index, line));
    let text: Vec<&str> =
        lines.filter(|(number, _)| (first..end).contains(number)).map(|(_, line)| line).collect();
    let (count, text) = (text.len(), text.join("\n"));
    model.say(format!("Copied {count} lines."));
    vec![Effect::Copy(text)]
}

fn edit(model: &mut Model) -> Vec<Effect> {
    let Some(reading) = &model.reader.open else { return Vec::new() };
    let Some(topic) = model.library.topic(&reading.slug) else { return Vec::new() };
    let Some(page) = &topic.page else { return Vec::new() };
    let name = format!("topics/{}/{}.md", topic.part, topic.slug);
    vec![Effect::Edit(page.path.clone(), name, topic.slug.clone())]
}

/// Text for the find field or the question of a page.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    if let Some(field) = &mut reading.find.field {
        field.key(key);
        // Live, from where one stands.
        let wanted = field.text().trim().to_string();
        reading.look_for(&wanted);
        return Vec::new();
    }
    match reading.entered_block() {
        Some(LiveBlock::Card(asking)) => {
            asking.typed(key);
            reading.lay_out();
            Vec::new()
        }
        Some(LiveBlock::Decide(_)) => walk::typed(model, key),
        _ => Vec::new(),
    }
}

/// A paste into the find field or the question of a page.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    if let Some(field) = &mut reading.find.field {
        field.insert(text);
    } else if let Some(LiveBlock::Card(asking)) = reading.entered_block() {
        asking.paste(text);
        reading.lay_out();
    }
    Vec::new()
}
