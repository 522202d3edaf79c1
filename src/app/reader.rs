//! A page being read: where one is, what has the focus, and the live blocks in it.

use std::collections::{HashMap, HashSet};

use crate::doc::{self, Document, Layout, Live, Page, Place};
use crate::library::{Library, Topic};
use crate::sim::Nanos;

use super::Effect;
use super::command::Do;
use super::field::Field;
use super::layout::{self, Area, PageFrame};
use super::list::scroll;
use super::live::LiveBlock;

/// A page being read.
pub struct Reading {
    /// The topic.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Whether only the cheat sheet is shown.
    pub cheat: bool,
    /// What is shown, as blocks.
    pub document: Document,
    /// What is shown, as lines.
    pub page: Page,
    /// The first line shown.
    pub top: usize,
    /// What has the focus.
    pub focus: Option<Focus>,
    /// Whether the focused block takes the keys.
    pub entered: bool,
    /// The live blocks, by [`Live::index`].
    pub live: HashMap<usize, LiveBlock>,
    /// Whether the outline is wanted; nothing leaves it to the width.
    pub outline: Option<bool>,
    /// What is looked for in the page.
    pub find: Find,
    whole: Document,
    shape: Shape,
    /// Where the page stood when the cheat sheet was opened.
    back_to: Place,
    /// Addresses that lead to topics which are not written yet: nothing to walk to.
    planned: HashSet<String>,
}

/// What has the focus on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A link, as an index into [`Page::links`].
    Link(usize),
    /// A live block, by [`Live::index`].
    Live(usize),
}

/// A search within the page.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// What is typed, while it is typed.
    pub field: Option<Field>,
    /// What is looked for.
    pub wanted: String,
    /// The hits: line, first and last cell.
    pub hits: Vec<(usize, usize, usize)>,
    /// The hit one stands at.
    pub at: usize,
    /// Where one stood when the search began, while it is typed: without a hit one is there again.
    pub from: Option<usize>,
}

/// What the lines were laid out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shape {
    width: u16,
    height: u16,
    ascii: bool,
    outlined: bool,
}

impl Reading {
    /// Opens a topic's page; nothing where it has none.
    #[must_use]
    pub fn open(library: &Library, slug: &str, seed: u64) -> Option<Reading> {
        let topic = library.topic(slug)?;
        let source = topic.page.as_ref()?;
        let whole = doc::parse_from(&with_title(topic), source.body_line.saturating_sub(TITLE_LINES).max(1));
        Some(Reading::of(library, slug, &topic.title, whole, seed))
    }

    /// A document as a page, under a name that is no topic's or that of its topic.
    pub(super) fn of(library: &Library, slug: &str, title: &str, whole: Document, seed: u64) -> Reading {
        let live = whole.live().map(|block| (block.index, LiveBlock::new(library, block, seed))).collect();
        let leads_nowhere = |url: &&str| library.topic(url).is_some_and(|topic| topic.page.is_none());
        let slug_of = |url: &str| url.split('#').next().unwrap_or_default().to_string();
        let planned = whole.links().map(|link| link.url.as_str());
        let planned =
            planned.filter(|url| leads_nowhere(&slug_of(url).as_str())).map(str::to_string).collect();
        Reading {
            slug: slug.to_string(),
            title: title.to_string(),
            cheat: false,
            document: whole.clone(),
            page: Page::default(),
            top: 0,
            focus: None,
            entered: false,
            live,
            outline: None,
            find: Find::default(),
            whole,
            shape: Shape::default(),
            back_to: Place::default(),
            planned,
        }
    }

    /// Lays the page out for a body, if that has changed, and keeps the place.
    pub fn fit(&mut self, body: Area, ascii: bool) {
        let frame = self.frame(body);
        let outlined = frame.outline.width > 0;
        let shape = Shape { width: frame.text.width, height: frame.text.height, ascii, outlined };
        if shape != self.shape {
            self.shape = shape;
            self.lay_out();
        }
    }

    /// Where outline and text stand.
    #[must_use]
    pub fn frame(&self, body: Area) -> PageFrame {
        layout::page(body, if self.cheat { Some(false) } else { self.outline })
    }

    /// Has the page laid out again by the next [`Reading::fit`], which knows the width: with the cheat sheet it is
    /// another one.
    fn lay_out_unfitted(&mut self) {
        self.lay_out();
        self.shape.width = 0;
    }

    /// Lays the page out again, as when a live block has grown.
    pub fn lay_out(&mut self) {
        let place = self.page.place(self.top);
        let first = self.page.lines.is_empty();
        let (live, shape) = (&self.live, self.shape);
        let height =
            |block: &Live, width: u16| live.get(&block.index).map_or(0, |b| b.height(width, shape.height));
        let options = Layout {
            width: shape.width,
            ascii: shape.ascii,
            live_height: &height,
            ..Layout::new(shape.width)
        };
        self.page = doc::layout(&self.document, &options);
        if !first {
            self.top = self.page.line_at(place).min(self.last_top());
        }
        self.search_again();
    }

    /// Shows the cheat sheet alone, or the page again.
    pub fn toggle_cheat_sheet(&mut self) -> bool {
        let Some(sheet) = self.whole.section("cheat-sheet") else { return false };
        if !self.cheat {
            self.back_to = self.page.place(self.top);
        }
        self.cheat = !self.cheat;
        self.document = if self.cheat { sheet } else { self.whole.clone() };
        (self.focus, self.entered) = (None, false);
        // The lines of the one say nothing about places in the other.
        self.page = Page::default();
        self.lay_out_unfitted();
        self.top = if self.cheat { 0 } else { self.page.line_at(self.back_to).min(self.last_top()) };
        true
    }

    /// How many lines of text are seen.
    #[must_use]
    pub fn height(&self) -> usize {
        usize::from(self.shape.height)
    }

    fn last_top(&self) -> usize {
        self.page.lines.len().saturating_sub(self.height())
    }

    /// The heading under which the top of the screen stands.
    #[must_use]
    pub fn heading(&self) -> Option<usize> {
        let line = self.top + 1;
        if self.top > 0 && self.top >= self.last_top() {
            // At the end of the page, its last heading in sight is where one is.
            let seen = self.page.headings.iter().rposition(|&at| at < self.top + self.height() / 2);
            return seen.or_else(|| self.page.headings.iter().rposition(|&at| at <= line));
        }
        self.page.headings.iter().rposition(|&at| at <= line)
    }

    /// How far one has read, 0 to 1: the part of the page above the bottom of the screen.
    #[must_use]
    pub fn share(&self) -> f64 {
        let lines = self.page.lines.len().max(1);
        ((self.top + self.height()) as f64 / lines as f64).min(1.0)
    }

    /// The place in the text at the top of the screen.
    #[must_use]
    pub fn place(&self) -> Place {
        self.page.place(self.top)
    }

    /// Goes to a line of the source.
    pub fn go_to_source(&mut self, line: usize) {
        self.top = self.page.line_of(line).min(self.last_top());
    }

    /// Goes to a heading by its id. Returns whether there is one.
    pub fn go_to_heading(&mut self, id: &str) -> bool {
        let Some(index) = self.document.headings.iter().position(|heading| heading.id == id) else {
            return false;
        };
        let Some(&line) = self.page.headings.get(index) else { return false };
        self.top = line.min(self.last_top());
        true
    }

    /// Does what a key of a page says, as far as it concerns only the page. Returns whether it did.
    pub fn act(&mut self, does: Do) -> bool {
        match does {
            Do::NextLink => self.walk(true),
            Do::PreviousLink => self.walk(false),
            Do::NextHeading => self.walk_headings(true),
            Do::PreviousHeading => self.walk_headings(false),
            Do::Outline => {
                self.outline = Some(!self.shape.outlined);
            }
            Do::NextHit => self.walk_hits(true),
            Do::PreviousHit => self.walk_hits(false),
            _ => match scroll(does, self.top, self.page.lines.len(), self.height()) {
                Some(top) => self.top = top,
                None => return false,
            },
        }
        true
    }

    /// The places that can have the focus, from top to bottom: the line, the number of lines, and what.
    fn places(&self) -> Vec<(usize, usize, Focus)> {
        let links = self
            .page
            .links
            .iter()
            .enumerate()
            .filter(|(_, link)| !link.image && !self.planned.contains(&link.url))
            .filter_map(|(index, link)| Some((link.places.first()?.line, 1, Focus::Link(index))));
        // A sheet has its results beside it: there is nothing to enter.
        let takes_keys = |live: &usize| {
            matches!(
                self.live.get(live),
                Some(LiveBlock::Demo(_) | LiveBlock::Card(_) | LiveBlock::Decide(_))
            )
        };
        let live = self.page.live.iter().filter(|slot| takes_keys(&slot.live));
        let live = live.map(|slot| (slot.line, usize::from(slot.height), Focus::Live(slot.live)));
        let mut places: Vec<_> = links.chain(live).collect();
        places.sort_by_key(|(line, ..)| *line);
        places
    }

    fn walk(&mut self, forward: bool) {
        let places = self.places();
        let (top, bottom) = (self.top, self.top + self.height());
        let here = self.focus.and_then(|focus| places.iter().position(|(.., other)| *other == focus));
        // From what has the focus, if that is in sight; else from the edge of the screen.
        let in_sight = here.filter(|&i| places[i].0 < bottom && places[i].0 + places[i].1 > top);
        let next = match (in_sight, forward) {
            (Some(i), true) => i.checked_add(1).filter(|&i| i < places.len()),
            (Some(i), false) => i.checked_sub(1),
            (None, true) => places.iter().position(|(line, ..)| *line >= top),
            (None, false) => places.iter().rposition(|(line, ..)| *line < bottom),
        };
        self.entered = false;
        self.focus = next.map(|i| places[i].2);
        if let Some(i) = next {
            self.show(places[i].0, places[i].1);
            // A question takes the keys at once: there is nothing else to do with it.
            if let Focus::Live(index) = places[i].2 {
                self.entered = matches!(self.live.get(&index), Some(LiveBlock::Card(_)));
            }
        }
    }

    /// Scrolls so far that some lines are seen, the first of them in any case.
    pub fn show(&mut self, line: usize, lines: usize) {
        let height = self.height().max(1);
        if line < self.top || line >= self.top + height {
            self.top = line.saturating_sub(height / 4);
        }
        if line + lines > self.top + height {
            self.top = (line + lines - height).min(line);
        }
        self.top = self.top.min(self.last_top());
    }

    /// The first bet of the page.
    #[must_use]
    pub fn bet(&self) -> Option<usize> {
        let bets =
            self.live.iter().filter(|(_, block)| matches!(block, LiveBlock::Card(asking) if asking.is_bet()));
        bets.map(|(index, _)| *index).min()
    }

    /// Puts the focus on a live block and enters it.
    pub fn enter(&mut self, live: usize) {
        self.focus = Some(Focus::Live(live));
        self.entered = true;
        if let Some(slot) = self.page.live.iter().find(|slot| slot.live == live).copied() {
            self.show(slot.line, usize::from(slot.height));
        }
    }

    /// The block that takes the keys.
    pub fn entered_block(&mut self) -> Option<&mut LiveBlock> {
        match self.focus {
            Some(Focus::Live(index)) if self.entered => self.live.get_mut(&index),
            _ => None,
        }
    }

    /// The same, to look at.
    #[must_use]
    pub fn block_with_keys(&self) -> Option<&LiveBlock> {
        match self.focus {
            Some(Focus::Live(index)) if self.entered => self.live.get(&index),
            _ => None,
        }
    }

    /// The demo block that follows a card block, for the bet to hand its parameters to.
    #[must_use]
    pub fn demo_after(&self, live: usize) -> Option<usize> {
        let later =
            self.live.iter().filter(|(index, block)| **index > live && matches!(block, LiveBlock::Demo(_)));
        later.map(|(index, _)| *index).min()
    }

    fn walk_headings(&mut self, forward: bool) {
        let headings = &self.page.headings;
        let next = if forward {
            headings.iter().copied().find(|&line| line > self.top)
        } else {
            headings.iter().rev().copied().find(|&line| line < self.top).or(Some(0))
        };
        if let Some(line) = next {
            self.top = line.min(self.last_top());
        }
    }

    /// Looks for a text in the page, without regard to case; goes to the first hit from the top of the screen on.
    pub fn look_for(&mut self, wanted: &str) {
        if let Some(from) = self.find.from {
            self.top = from;
        }
        self.find.wanted = wanted.to_lowercase();
        self.search_again();
        self.find.at = self.find.hits.iter().position(|hit| hit.0 >= self.top).unwrap_or(0);
        self.show_hit();
    }

    fn search_again(&mut self) {
        self.find.hits.clear();
        if self.find.wanted.is_empty() {
            return;
        }
        for (number, line) in self.page.lines.iter().enumerate() {
            let text = line.text();
            // Lower case may change the number of bytes; where it does, the line is compared as it stands.
            let lower = Some(text.to_lowercase()).filter(|lower| lower.len() == text.len()).unwrap_or(text);
            for (at, hit) in lower.match_indices(&self.find.wanted) {
                let start = doc::text_width(&lower[..at]);
                self.find.hits.push((number, start, start + doc::text_width(hit)));
            }
        }
        self.find.at = self.find.at.min(self.find.hits.len().saturating_sub(1));
    }

    fn walk_hits(&mut self, forward: bool) {
        let count = self.find.hits.len();
        if count > 0 {
            self.find.at = (self.find.at + if forward { 1 } else { count - 1 }) % count;
            self.show_hit();
        }
    }

    fn show_hit(&mut self) {
        if let Some(&(line, ..)) = self.find.hits.get(self.find.at) {
            self.show(line, 1);
        }
    }

    /// Plays the demos of the page on.
    pub fn frame_passed(&mut self, elapsed: Nanos, more: &dyn Fn() -> bool) -> Vec<Effect> {
        let players = self.live.values_mut().filter_map(|block| match block {
            LiveBlock::Demo(player) => Some(player),
            _ => None,
        });
        players.filter_map(|player| player.frame(elapsed, more)).collect()
    }

    /// Whether a demo plays that is in sight.
    #[must_use]
    pub fn plays(&self) -> bool {
        let bottom = self.top + self.height();
        self.page.live.iter().any(|slot| {
            let seen = slot.line < bottom && slot.line + usize::from(slot.height) > self.top;
            seen && matches!(self.live.get(&slot.live), Some(LiveBlock::Demo(player)) if player.playing)
        })
    }
}

/// How many lines stand before the body once the title is put there.
const TITLE_LINES: usize = 4;

/// The page's text with the title and the summary from its front matter, which is longer than what is put in its
/// place: so the lines of the body keep their numbers.
fn with_title(topic: &Topic) -> String {
    let Some(page) = &topic.page else { return String::new() };
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("# {}\n\n*{}*\n\n{}", one_line(&topic.title), one_line(&page.summary), page.body)
}

/// The trail to a topic: its part and its title.
#[must_use]
pub fn breadcrumbs(topic: &Topic) -> String {
    let mut part = topic.part.replace('-', " ");
    if let Some(first) = part.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{part} › {}", topic.title)
}
