//! Search over the whole body: a field, the hits in groups, and the chosen one in its context.
//!
//! Hits change with every key. The index of everything takes some time to make, so it is wanted when search is opened
//! for the first time ([`Effect::Index`]) and comes back as an action; until then names are found, which need none.

mod preview;
mod rows;

use std::sync::Arc;

pub use preview::Preview;

use super::command::Do;
use super::field::Field;
use super::layout::Area;
use super::list::ListState;
use super::palette::Chosen;
use super::reader::Reading;
use super::reader::find::Find;
use super::{Effect, Model, Overlay, Tab, drill, input, pages};
use crate::config::key::Key;
use crate::library::search::{Found, Hit, Index, Kind, Place};

/// What search keeps while the program runs.
#[derive(Debug, Default)]
pub struct Searching {
    /// What can be searched: names at first, then everything.
    index: Option<Arc<Index>>,
    /// Whether the index is of everything.
    pub complete: bool,
    /// Whether an index of everything was asked for.
    wanted: bool,
    /// What was looked for and led somewhere, the last first.
    recent: Vec<String>,
}

/// The open search.
#[derive(Default)]
pub struct Search {
    /// What is typed.
    pub field: Field,
    /// The only kind that is shown, if not all.
    pub only: Option<Kind>,
    /// What was found.
    pub found: Found,
    /// What is shown, from the top.
    pub rows: Vec<Row>,
    /// The row that is chosen, among those that can be.
    pub list: ListState,
    /// The chosen hit in its context, where there is room for it.
    pub preview: Option<Preview>,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// The title of a group, by its place in what was found.
    Title(usize),
    /// A hit: its group and its place there.
    Hit(usize, usize),
    /// How many hits of a group are not shown.
    More(usize, usize),
    /// Words to look for: what was looked for before, or words that are spelt like what was typed.
    Words(String),
    /// A sentence.
    Says(String),
    /// Nothing, between two groups.
    Gap,
}

/// The most that is remembered of what was looked for.
const RECENT: usize = 8;
/// The most hits of a group that are shown when it is shown alone.
const MOST: usize = 200;
/// The narrowest body in which a hit is shown in its context.
const WITH_PREVIEW: u16 = 110;

/// Where the parts of the search stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchFrame {
    /// The line that is typed in.
    pub field: Area,
    /// The kinds that there are hits of.
    pub kinds: Area,
    /// The hits.
    pub list: Area,
    /// The chosen hit in its context; no width where there is no room.
    pub preview: Area,
}

/// Divides the body.
#[must_use]
pub fn frame(body: Area) -> SearchFrame {
    let margin = u16::from(body.width >= 40);
    let inner = Area { x: body.x + margin, width: body.width - 2 * margin, ..body };
    let row = |at: u16, height: u16| Area { y: body.y + at, height, ..inner };
    let (kinds, gap) = (u16::from(body.height >= 6), u16::from(body.height >= 12));
    let above = (1 + kinds + gap).min(body.height);
    let mut list = row(above, body.height - above);
    let mut preview = Area { width: 0, ..list };
    if body.width >= WITH_PREVIEW {
        // The measure of a page at most: what is beyond belongs to the hits.
        let width = (inner.width * 9 / 20).min(90);
        list.width = inner.width - width - 3;
        preview = Area { x: list.x + list.width + 3, y: list.y, width, height: list.height };
    }
    SearchFrame { field: row(0, 1.min(body.height)), kinds: row(1.min(body.height), kinds), list, preview }
}

impl Search {
    /// The rows that can be chosen, as places among all rows.
    pub fn choices(&self) -> impl Iterator<Item = usize> + '_ {
        let can = |row: &Row| matches!(row, Row::Hit(..) | Row::More(..) | Row::Words(_));
        self.rows.iter().enumerate().filter(move |(_, row)| can(row)).map(|(at, _)| at)
    }

    /// The place of the chosen row among all rows.
    #[must_use]
    pub fn chosen(&self) -> Option<usize> {
        self.choices().nth(self.list.chosen)
    }

    fn chosen_hit(&self) -> Option<&Hit> {
        match self.rows.get(self.chosen()?)? {
            Row::Hit(group, hit) => self.found.groups.get(*group)?.hits.get(*hit),
            _ => None,
        }
    }

    /// Scrolls so far that the chosen row is seen, with the title above it.
    fn show(&mut self, height: usize) {
        let chosen = self.chosen().unwrap_or(0);
        let title =
            chosen.checked_sub(1).filter(|above| matches!(self.rows.get(*above), Some(Row::Title(_))));
        let last = self.rows.len().saturating_sub(height);
        let top = self.list.top.min(title.unwrap_or(chosen)).max((chosen + 1).saturating_sub(height));
        self.list.top = top.min(last);
    }
}

/// Opens the search with words in its field.
pub(super) fn open(model: &mut Model, words: &str) -> Vec<Effect> {
    let mut search = Search::default();
    search.field.insert(words);
    model.overlay = Some(Overlay::Search(Box::new(search)));
    let first = !std::mem::replace(&mut model.search.wanted, true);
    if model.search.index.is_none() {
        model.search.index = Some(Arc::new(Index::of_names(&model.library)));
    }
    renew(model);
    if first { vec![Effect::Index] } else { Vec::new() }
}

/// An index of everything is there.
pub(super) fn indexed(model: &mut Model, index: Arc<Index>) {
    // The library may have been read again meanwhile: then another one is on its way.
    if Arc::ptr_eq(index.library(), &model.library) {
        (model.search.index, model.search.complete) = (Some(index), true);
        let stood_at = match &model.overlay {
            Some(Overlay::Search(search)) => search.chosen_hit().map(|hit| hit.place.clone()),
            _ => None,
        };
        renew(model);
        choose_place(model, stood_at);
    }
}

/// The library was read again: what was indexed is to be indexed anew.
pub(super) fn reloaded(model: &Model) -> Vec<Effect> {
    if model.search.wanted { vec![Effect::Index] } else { Vec::new() }
}

/// The window has another size.
pub(super) fn fit(model: &mut Model) {
    let stood_at = match &model.overlay {
        Some(Overlay::Search(search)) => search.chosen_hit().map(|hit| hit.place.clone()),
        _ => return,
    };
    renew(model);
    choose_place(model, stood_at);
}

/// Goes back to a hit after the rows were made anew.
fn choose_place(model: &mut Model, place: Option<Place>) {
    if let (Some(place), Some(Overlay::Search(search))) = (place, &mut model.overlay) {
        let at = search.choices().position(|row| match search.rows[row] {
            Row::Hit(group, hit) => search.found.groups[group].hits[hit].place == place,
            _ => false,
        });
        search.list.chosen = at.unwrap_or(0);
        moved(model);
    }
}

/// Searches for what is typed and chooses the first hit.
fn renew(model: &mut Model) {
    let list = frame(model.frame().body).list;
    let (Some(Overlay::Search(search)), Some(index)) = (&mut model.overlay, &model.search.index) else {
        return;
    };
    let height = usize::from(list.height);
    let only = search.only;
    let most = |groups: &[(Kind, usize)]| match only {
        None => rows::shares(groups, height),
        Some(only) => groups.iter().map(|(kind, _)| if *kind == only { MOST } else { 0 }).collect(),
    };
    search.found = index.search(search.field.text(), most);
    search.list = ListState::default();
    search.lay_out(&model.search.recent, model.search.complete);
    moved(model);
}

/// Another row is chosen: it is scrolled to and shown in its context.
fn moved(model: &mut Model) {
    let frame = frame(model.frame().body);
    let ascii = model.settings.screen.ascii;
    let Some(Overlay::Search(search)) = &mut model.overlay else { return };
    search.show(usize::from(frame.list.height));
    let before = search.preview.take();
    let Some(hit) = search.chosen_hit().filter(|_| frame.preview.width > 0) else { return };
    search.preview =
        Preview::of(model.library.as_ref(), hit, search.field.text(), frame.preview, ascii, before);
}

/// A key while the search is open.
pub(super) fn typed(model: &mut Model, key: Key) {
    edit(model, |field| {
        field.key(key);
    });
}

/// A paste while the search is open.
pub(super) fn paste(model: &mut Model, text: &str) {
    edit(model, |field| field.insert(text));
}

fn edit(model: &mut Model, change: impl FnOnce(&mut Field)) {
    let Some(Overlay::Search(search)) = &mut model.overlay else { return };
    let before = search.field.text().to_string();
    change(&mut search.field);
    if search.field.text() != before {
        renew(model);
    }
}

/// A click on a row that can be chosen.
pub(super) fn click(model: &mut Model, choice: usize) -> Vec<Effect> {
    if let Some(Overlay::Search(search)) = &mut model.overlay {
        search.list.chosen = choice;
    }
    enter(model)
}

/// Shows one kind only, or all.
pub(super) fn only(model: &mut Model, kind: Option<Kind>) {
    if let Some(Overlay::Search(search)) = &mut model.overlay {
        search.only = kind;
        renew(model);
    }
}

/// A command while the search is open.
pub(super) fn run(model: &mut Model, does: Do) -> Vec<Effect> {
    let height = usize::from(frame(model.frame().body).list.height);
    let Some(Overlay::Search(search)) = &mut model.overlay else { return Vec::new() };
    match does {
        Do::Enter => return enter(model),
        Do::Leave | Do::Back => model.overlay = None,
        Do::NextKind | Do::PreviousKind => {
            let kinds: Vec<Option<Kind>> = std::iter::once(None)
                .chain(search.found.groups.iter().map(|group| Some(group.kind)))
                .collect();
            let at = kinds.iter().position(|kind| *kind == search.only).unwrap_or(0);
            let by = if does == Do::NextKind { 1 } else { kinds.len() - 1 };
            let next = kinds[(at + by) % kinds.len()];
            only(model, next);
        }
        _ => {
            let rows = search.choices().count();
            let top = search.list.top;
            if search.list.act(does, rows, height) {
                search.list.top = top;
                moved(model);
            }
        }
    }
    Vec::new()
}

/// Acts on the chosen row.
fn enter(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Search(search)) = &mut model.overlay else { return Vec::new() };
    match search.chosen().and_then(|row| search.rows.get(row)).cloned() {
        Some(Row::Hit(..)) => {
            let query = search.field.text().trim().to_string();
            let Some(hit) = search.chosen_hit().cloned() else { return Vec::new() };
            model.search.recent.retain(|known| *known != query);
            model.search.recent.insert(0, query);
            model.search.recent.truncate(RECENT);
            follow(model, &hit)
        }
        Some(Row::More(group, _)) => {
            let kind = search.found.groups.get(group).map(|group| group.kind);
            only(model, kind);
            Vec::new()
        }
        Some(Row::Words(words)) => {
            search.field.set(&words);
            search.only = None;
            renew(model);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Goes where a hit leads.
fn follow(model: &mut Model, hit: &Hit) -> Vec<Effect> {
    model.overlay = None;
    match &hit.place {
        Place::Page { topic, line } => {
            let mut effects = to_page(model, topic, None);
            // A title leads to the page as it was left.
            if *line > 1
                && let Some(reading) = &mut model.reader.open
                && *reading.slug == **topic
            {
                let longest = hit.longest_match().unwrap_or_default();
                // Words beside each other may stand on two lines of the page: then the longest of them is marked.
                let word = longest.split_whitespace().max_by_key(|word| word.len()).unwrap_or_default();
                go_to_hit(reading, *line, &[longest, word]);
                effects.extend(pages::leave(model));
            }
            effects
        }
        Place::Card(id) => {
            let running = model.drill.session.as_ref().is_some_and(|running| running.summary.is_none());
            if running && let Some(card) = model.library.card(id) {
                // The session that is open is not to be lost: the page behind the card has the answer too.
                let (topic, see) = (card.topic.clone(), card.see.clone());
                return to_page(model, &topic, see.as_deref());
            }
            let mut effects = pages::leave(model);
            let seed = model.fresh_seed();
            effects.extend(drill::start_card(model, id, seed));
            effects
        }
        Place::Decision(slug) => pages::open_tree(model, slug),
        Place::Demo(name) => input::choose(model, Chosen::Demo(name)),
    }
}

/// Shows a topic's page. Where it is open already it stays as it is, with what runs in it.
fn to_page(model: &mut Model, topic: &str, heading: Option<&str>) -> Vec<Effect> {
    let Some(reading) = model.reader.open.as_mut().filter(|reading| reading.slug == topic) else {
        return pages::open_topic(model, topic, heading, false);
    };
    if reading.cheat {
        reading.toggle_cheat_sheet();
    }
    if let Some(heading) = heading {
        reading.go_to_heading(heading);
    }
    (reading.focus, reading.entered) = (None, false);
    model.tab = Tab::Library;
    pages::fit(model)
}

/// Goes to a line of the source and marks a text on the page; one stands at its first hit in that line. Of several
/// texts the first is taken that is there, else the last: it may be what a live block shows.
fn go_to_hit(reading: &mut Reading, source: usize, wanted: &[&str]) {
    reading.find = Find::default();
    for wanted in wanted {
        reading.look_for(wanted);
        // What is looked for may have been folded away until now.
        reading.go_to_source(source);
        let first = reading.page.line_of(source);
        reading.go(first.saturating_sub(reading.height() / 4));
        let hits = reading.find.hits.iter().map(|hit| hit.first().map_or(0, |reach| reach.line));
        let hits: Vec<usize> = hits.collect();
        if let Some(at) = hits.iter().position(|&line| reading.page.source.get(line) == Some(&source)) {
            reading.find.at = at;
            reading.show(hits[at], 1);
            return;
        }
        reading.find.at = hits.iter().position(|&line| line >= first).unwrap_or(0);
    }
}
