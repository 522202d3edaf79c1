//! The Library: the list of topics, and one page open.

use super::command::{Context, Do};
use super::list::ListState;
use super::live::LiveBlock;
use super::pages::{self, Stand};
use super::reader::outline::{self, Row};
use super::reader::pick::{Meant, Pick, Purpose, Thing};
use super::reader::{Focus, Origin, Reading};
use super::{Effect, Model, Tab, blocks, drill, links, marks, search, shelf, walk};
use crate::config::key::{Key, KeyCode};
use crate::doc;

/// The Library screen.
#[derive(Default)]
pub struct LibraryScreen {
    /// The list; the chosen row counts those that can be opened.
    pub list: ListState,
    /// Whether the list is that of the cheat sheets.
    pub sheets: bool,
    /// The page that is open.
    pub open: Option<Box<Reading>>,
    /// Where one came from.
    pub back: Vec<Stand>,
    /// Where one went back from.
    pub forward: Vec<Stand>,
}

impl LibraryScreen {
    pub(super) fn contexts(&self) -> Vec<Context> {
        let Some(reading) = &self.open else { return vec![Context::Shelf, Context::List] };
        if reading.zoom.is_some() {
            return vec![Context::Zoom, Context::List];
        }
        if reading.pick.is_some() {
            return vec![Context::Pick];
        }
        if reading.find.field.is_some() {
            return vec![Context::Find];
        }
        if reading.cursor.is_some() {
            return vec![Context::Outline, Context::List];
        }
        match reading.block_with_keys() {
            Some(LiveBlock::Demo(player)) => player.contexts(),
            // What is longer than the window scrolls, but not by letters where text is typed.
            Some(LiveBlock::Card(asking)) if asking.is_typed() => asking.contexts(),
            Some(LiveBlock::Card(asking)) => asking.contexts().into_iter().chain([Context::List]).collect(),
            Some(LiveBlock::Calc(calc)) => calc.editor.contexts(),
            Some(LiveBlock::Decide(walking)) => walking.contexts(),
            Some(LiveBlock::Broken(_)) | None => vec![Context::Page, Context::List],
        }
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
        Tab::Progress => Some(model.progress.place()),
        Tab::Today | Tab::Envelope => None,
    }
}

/// Goes back to what [`top`] gave.
pub(super) fn restore_top(model: &mut Model, top: usize) {
    match (model.tab, &mut model.reader.open) {
        (Tab::Library, Some(reading)) => reading.go(top),
        (Tab::Library, None) => model.reader.list.chosen = top,
        (Tab::Lab, _) => model.lab.list.chosen = top,
        (Tab::Drill, _) => model.drill.list.chosen = top,
        (Tab::Progress, _) => model.progress.go_back(top),
        _ => {}
    }
}

/// A command on this screen; nothing where it is none of its.
pub(super) fn run(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let Some(reading) = &mut model.reader.open else { return shelf::run(model, does) };
    if reading.zoom.is_some() {
        return run_zoom(model, does);
    }
    if reading.pick.is_some() {
        return run_pick(model, does);
    }
    if reading.find.field.is_some() {
        return run_find(model, does);
    }
    if reading.cursor.is_some() {
        return run_outline(model, does);
    }
    match reading.block_with_keys() {
        Some(LiveBlock::Demo(_)) => return blocks::run_demo(model, does),
        Some(LiveBlock::Card(_)) => return blocks::run_card(model, does),
        Some(LiveBlock::Calc(_)) => return blocks::run_calc(model, does),
        Some(LiveBlock::Decide(_)) => return walk::run(model, does),
        Some(LiveBlock::Broken(_)) | None => {}
    }
    run_page(model, does)
}

fn run_page(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let reading = model.reader.open.as_mut()?;
    match does {
        Do::Enter => Some(links::follow(model)),
        Do::Leave if reading.focus.is_some() || !reading.find.wanted.is_empty() => {
            reading.focus = None;
            reading.look_for("");
            Some(Vec::new())
        }
        Do::GoBack => Some(pages::back(model)),
        Do::Back | Do::Leave => Some(pages::page_before(model)),
        Do::GoForward => Some(pages::forward(model)),
        Do::CheatSheet => Some(cheat_sheet(model)),
        Do::Search => {
            reading.begin_find();
            Some(Vec::new())
        }
        Do::Bet => {
            blocks::go_to_bet(model);
            Some(Vec::new())
        }
        Do::TopicDemos => Some(super::catalogue::open_topic(model)),
        Do::DrillTopic => {
            let tree = match &reading.origin {
                Origin::Tree(slug) => model.library.tree(slug).ok(),
                Origin::Topic(_) | Origin::File(_) => None,
            };
            let of_tree = tree.and_then(|tree| tree.topics.first()).map(String::as_str);
            let Some(slug) = reading.topic().or(of_tree).map(str::to_string) else {
                model.say("A file has no cards.");
                return Some(Vec::new());
            };
            let mut effects = pages::leave(model);
            effects.extend(drill::start_deck(model, &slug));
            Some(effects)
        }
        Do::Copy | Do::Zoom => {
            Some(choose_block(model, if does == Do::Copy { Purpose::Copy } else { Purpose::Zoom }))
        }
        Do::CopySection => Some(marks::copy_section(model)),
        Do::Edit => Some(marks::edit(model)),
        Do::Bookmark => Some(marks::bookmark(model)),
        Do::MarkRead => Some(marks::mark_read(model)),
        Do::Outline => {
            open_outline(model);
            Some(pages::fit(model))
        }
        Do::Bottom | Do::Top => {
            pages::before_jump(model);
            model.reader.open.as_mut()?.act(does);
            Some(pages::looked(model))
        }
        _ => {
            if !reading.act(does) {
                return None;
            }
            Some(pages::looked(model))
        }
    }
}

fn cheat_sheet(model: &mut Model) -> Vec<Effect> {
    if model.reader.open.as_ref().is_some_and(|reading| !reading.cheat) {
        pages::before_jump(model);
    }
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    if reading.toggle_cheat_sheet() {
        return pages::fit(model);
    }
    model.reader.back.pop();
    model.say("This page has no cheat sheet.");
    Vec::new()
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
    // From looking on this page on to looking everywhere.
    if does == Do::NextLink {
        return Some(search::open(model, field.text()));
    }
    Some(pages::looked(model))
}

/// `z` and `y`: the block that is meant, or the question which one.
fn choose_block(model: &mut Model, purpose: Purpose) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    match reading.meant(purpose) {
        Meant::One(thing) => act_on(model, purpose, thing),
        Meant::Some(pick) => {
            reading.pick = Some(pick);
            Vec::new()
        }
        Meant::None => {
            model.say(match purpose {
                Purpose::Zoom => "No table, code or demo is in sight.",
                Purpose::Copy => "No code or table is in sight; Y copies the section.",
            });
            Vec::new()
        }
    }
}

fn run_pick(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let reading = model.reader.open.as_mut()?;
    let Pick { purpose, .. } = reading.pick.take()?;
    match does {
        Do::CopySection if purpose == Purpose::Copy => Some(marks::copy_section(model)),
        _ => Some(Vec::new()),
    }
}

/// Shows a block by itself, or copies it.
fn act_on(model: &mut Model, purpose: Purpose, thing: Thing) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    match (purpose, thing) {
        (Purpose::Copy, _) => marks::copy(model, thing),
        (Purpose::Zoom, Thing::Live(live)) => {
            reading.focus = Some(Focus::Live(live));
            blocks::run_demo(model, Do::FullScreen).unwrap_or_default()
        }
        (Purpose::Zoom, Thing::Code(_) | Thing::Table(_)) => {
            let title = match thing {
                Thing::Table(_) => "Table",
                _ => "Code",
            };
            if let Some(block) = thing.zoomed() {
                reading.enlarge(block, title.to_string());
            }
            pages::fit(model)
        }
    }
}

fn run_zoom(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let reading = model.reader.open.as_mut()?;
    let zoom = reading.zoom.as_mut()?;
    match does {
        Do::Back | Do::Leave | Do::Zoom => {
            reading.zoom = None;
            Some(Vec::new())
        }
        Do::Copy => {
            let thing = match zoom.block {
                doc::Zoomed::Code(index) => Thing::Code(index),
                doc::Zoomed::Table(index) => Thing::Table(index),
                doc::Zoomed::Block(_) => return Some(Vec::new()),
            };
            Some(marks::copy(model, thing))
        }
        _ => zoom.act(does).then(Vec::new),
    }
}

/// The outline gets the keys: beside the page, or over it where there is no room beside.
fn open_outline(model: &mut Model) {
    let library = &model.library;
    let Some(reading) = &mut model.reader.open else { return };
    if reading.cheat {
        return;
    }
    reading.outline_hidden = false;
    let here = reading.heading();
    let rows = outline::rows(library, reading);
    let at = rows.iter().position(|row| matches!(row, Row::Heading(index) if Some(*index) >= here));
    let first = rows.iter().position(Row::leads);
    reading.cursor = at.or(first);
    if reading.cursor.is_none() {
        model.say("This page has no headings.");
    }
}

fn run_outline(model: &mut Model, does: Do) -> Option<Vec<Effect>> {
    let body = model.frame().body;
    let library = model.library.clone();
    let reading = model.reader.open.as_mut()?;
    let rows = outline::rows(&library, reading);
    let leading: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].leads()).collect();
    let cursor = reading.cursor?;
    match does {
        Do::Enter => {
            reading.cursor = None;
            Some(go_to_row(model, cursor))
        }
        Do::Outline => {
            // Where it stands beside the page, a second `o` puts it away.
            reading.cursor = None;
            reading.outline_hidden = reading.frame(body).outline.width > 0;
            Some(pages::fit(model))
        }
        Do::Back | Do::Leave => {
            reading.cursor = None;
            Some(Vec::new())
        }
        _ => {
            let mut list =
                ListState { chosen: leading.iter().position(|&row| row >= cursor).unwrap_or(0), top: 0 };
            let moved = list.act(does, leading.len(), usize::from(body.height));
            reading.cursor = leading.get(list.chosen).copied().or(Some(cursor));
            moved.then(Vec::new)
        }
    }
}

/// Goes where a row of the outline leads.
pub(super) fn go_to_row(model: &mut Model, row: usize) -> Vec<Effect> {
    let library = model.library.clone();
    let Some(reading) = model.reader.open.as_deref() else { return Vec::new() };
    match outline::rows(&library, reading).get(row) {
        Some(Row::Heading(index)) => {
            let id = reading.document.headings.get(*index).map(|heading| heading.id.clone());
            pages::before_jump(model);
            if let (Some(reading), Some(id)) = (&mut model.reader.open, id) {
                reading.go_to_heading(&id);
            }
            pages::looked(model)
        }
        Some(Row::Topic(topic)) => pages::open_topic(model, &topic.slug, None, false),
        _ => Vec::new(),
    }
}

/// The page that is seen, with the keys given back to it: by the field, by the choice of a block, by the outline. For
/// the mouse, which may point past them.
pub(super) fn with_keys(model: &mut Model) -> Option<&mut Reading> {
    if model.tab != Tab::Library || model.overlay.is_some() {
        return None;
    }
    let reading = model.reader.open.as_deref_mut().filter(|reading| reading.zoom.is_none())?;
    (reading.find.field, reading.find.from) = (None, None);
    (reading.pick, reading.cursor) = (None, None);
    Some(reading)
}

/// Text for the find field, a letter for a choice of blocks, or text for the block that has the keys.
pub(super) fn typed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    if let Some(pick) = &reading.pick {
        let purpose = pick.purpose;
        let thing = match key.code {
            KeyCode::Char(letter) => pick.with_letter(letter),
            _ => None,
        };
        reading.pick = None;
        return thing.map_or_else(Vec::new, |thing| act_on(model, purpose, thing));
    }
    if let Some(field) = &mut reading.find.field {
        field.key(key);
        // Live, from where one stands.
        let wanted = field.text().trim().to_string();
        reading.look_for(&wanted);
        return Vec::new();
    }
    if let Some(LiveBlock::Decide(_)) = reading.block_with_keys() {
        return walk::typed(model, key);
    }
    if blocks::typed_card(model, key) {
        return Vec::new();
    }
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    blocks::typed(reading, key);
    Vec::new()
}

/// A paste into the find field or the block that has the keys.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(reading) = &mut model.reader.open else { return Vec::new() };
    if let Some(field) = &mut reading.find.field {
        field.insert(text);
        let wanted = field.text().trim().to_string();
        reading.look_for(&wanted);
    } else {
        blocks::paste(reading, text);
    }
    Vec::new()
}
