//! A page being read: what is shown of it, where one is, and what is known of what was seen.
//!
//! A page is laid out as far as it is needed: the top of a file of ten megabytes is on the screen before its end has
//! been touched. So every move first has the page reach a little beyond where it leads.

mod code;
pub mod find;
mod focus;
mod opening;
pub mod outline;
pub mod pick;
pub mod seen;
pub mod zoom;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::doc::{self, Colouring, Details, Document, Layout, Live, Page, Place, Until};
use crate::library::Topic;
use crate::sim::Nanos;

use super::Effect;
use super::command::Do;
use super::layout::{self, Area, PageFrame};
use super::list::scroll;
use super::live::LiveBlock;
use find::Find;
pub use focus::Focus;
pub use opening::{Origin, short_name};
use pick::{Meant, Pick};
use seen::{Section, Seen};
use zoom::Zoom;

/// A page being read.
pub struct Reading {
    /// What it is of.
    pub origin: Origin,
    /// The name under which its place is remembered; empty where it is not.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Whether only the cheat sheet is shown.
    pub cheat: bool,
    /// What is shown, as blocks.
    pub document: Arc<Document>,
    /// What is shown, as lines: as many as were needed so far.
    pub page: Page,
    /// The first line shown.
    pub top: usize,
    /// What has the focus.
    pub focus: Option<Focus>,
    /// Whether the focused block takes the keys.
    pub entered: bool,
    /// The live blocks, by [`Live::index`].
    pub live: HashMap<usize, LiveBlock>,
    /// Whether the outline beside the text is put away.
    pub outline_hidden: bool,
    /// The row of the outline that is chosen, while the outline has the keys.
    pub cursor: Option<usize>,
    /// What is looked for in the page.
    pub find: Find,
    /// The block that fills the screen.
    pub zoom: Option<Zoom>,
    /// The blocks among which one is to be chosen.
    pub pick: Option<Pick>,
    /// What was seen of it.
    pub seen: Seen,
    /// Its sections.
    pub sections: Vec<Section>,
    /// The topics whose pages link to this one, by slug.
    pub linked_from: Vec<String>,
    /// How many words there are to read.
    pub words: usize,
    whole: Arc<Document>,
    shape: Shape,
    folds: HashMap<usize, bool>,
    pans: HashMap<usize, u16>,
    colours: HashMap<usize, Arc<Colouring>>,
    /// Where the page stood when the cheat sheet was opened.
    back_to: Place,
    /// Addresses that lead to topics which are not written yet: nothing to walk to.
    planned: HashSet<String>,
    /// The line of the source after its last.
    end: usize,
}

/// What the lines were laid out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shape {
    width: u16,
    height: u16,
    ascii: bool,
}

/// The id of the section that is a topic's cheat sheet.
const CHEAT_SHEET: &str = "cheat-sheet";

impl Reading {
    /// The topic, where the page is one's.
    #[must_use]
    pub fn topic(&self) -> Option<&str> {
        match &self.origin {
            Origin::Topic(slug) => Some(slug),
            Origin::Tree(_) | Origin::File(_) => None,
        }
    }

    /// Lays the page out for a body, if that has changed, and keeps the place.
    pub fn fit(&mut self, body: Area, ascii: bool) {
        let text = self.frame(body).text;
        let shape = Shape { width: text.width, height: text.height, ascii };
        if shape != self.shape {
            self.shape = shape;
            self.lay_out();
        }
        if let Some(mut zoom) = self.zoom.take() {
            let (width, height) = layout::zoomed(body);
            self.with_layout(|_, options, _| zoom.fit(width, height, options));
            self.zoom = Some(zoom);
        }
    }

    /// Where outline and text stand.
    #[must_use]
    pub fn frame(&self, body: Area) -> PageFrame {
        let wanted = !self.outline_hidden && !self.cheat && !matches!(self.origin, Origin::Tree(_));
        layout::page(body, wanted)
    }

    /// Lays the page out again, as when a live block has grown.
    pub fn lay_out(&mut self) {
        // Of the page as it stands: with other options it cannot be laid out further.
        let place = self.page.place(self.top);
        let from = self.find.from.map(|from| self.page.place(from));
        let first = self.page.lines.is_empty();
        let named = self.named();
        self.page = self.with_layout(|document, options, _| doc::begin(document, options));
        self.find.forget();
        if first {
            self.reach(Until::Line(self.top + 2 * self.height()));
        } else {
            if let Some(from) = from {
                self.go_to_place(from);
                self.find.from = Some(self.top);
            }
            self.go_to_place(place);
        }
        self.search_again();
        if !first {
            self.focus_again(named);
        }
        if let Some(pick) = self.pick.take() {
            self.pick = match self.meant(pick.purpose) {
                Meant::Some(pick) => Some(pick),
                Meant::None | Meant::One(_) => None,
            };
        }
    }

    /// Has the page laid out so far.
    pub(super) fn reach(&mut self, until: Until) {
        if !self.page.is_complete() {
            self.with_layout(|document, options, page| page.extend(document, options, until));
        }
    }

    /// Does something with the document, how it is laid out, and the page.
    fn with_layout<R>(&mut self, f: impl FnOnce(&Document, &Layout, &mut Page) -> R) -> R {
        let mut page = std::mem::take(&mut self.page);
        let result = self.with_options(|document, options| f(document, options, &mut page));
        self.page = page;
        result
    }

    /// Does something with the document and how it is laid out.
    fn with_options<R>(&self, f: impl FnOnce(&Document, &Layout) -> R) -> R {
        let (live, shape) = (&self.live, self.shape);
        let height =
            |block: &Live, width: u16| live.get(&block.index).map_or(0, |b| b.height(width, shape.height));
        let reason = |block: &Live| match live.get(&block.index) {
            Some(LiveBlock::Broken(why)) => Some(why.clone()),
            _ => None,
        };
        let open = |part: &Details| self.folds.get(&part.index).copied().unwrap_or(part.open);
        let pan = |code: usize| self.pans.get(&code).copied().unwrap_or(0);
        let colouring = |code: usize| self.colours.get(&code).cloned();
        let options = Layout {
            ascii: shape.ascii,
            live_height: &height,
            reason: &reason,
            open: &open,
            pan: &pan,
            colouring: &colouring,
            ..Layout::new(shape.width)
        };
        f(&self.document, &options)
    }

    /// The page laid out anew, at once and to its end: what [`Reading::page`] is as far as it goes, whatever was done
    /// to it on the way. For checks. O(document).
    #[must_use]
    pub fn laid_out_anew(&self) -> Page {
        self.with_options(doc::layout)
    }

    /// Shows the cheat sheet alone, or the page again.
    pub fn toggle_cheat_sheet(&mut self) -> bool {
        let Some(sheet) = self.whole.section(CHEAT_SHEET) else { return false };
        if !self.cheat {
            self.back_to = self.exact_place(self.top);
        }
        self.cheat = !self.cheat;
        self.document = if self.cheat { Arc::new(sheet) } else { Arc::clone(&self.whole) };
        (self.focus, self.entered, self.cursor) = (None, false, None);
        // The lines of the one say nothing about places in the other.
        self.page = Page::default();
        self.top = 0;
        self.lay_out();
        if !self.cheat {
            self.go_to_place(self.back_to);
        }
        // The page has an outline and the sheet has none: the next fit knows the width.
        self.shape.width = 0;
        true
    }

    /// Whether there is a cheat sheet to show, or one is shown.
    #[must_use]
    pub fn has_cheat_sheet(&self) -> bool {
        self.whole.headings.iter().any(|heading| heading.id == CHEAT_SHEET)
    }

    /// How many lines of text are seen.
    #[must_use]
    pub fn height(&self) -> usize {
        usize::from(self.shape.height)
    }

    fn last_top(&self) -> usize {
        self.page.lines.len().saturating_sub(self.height())
    }

    /// Puts a line of the page at the top of the screen, as far as there is enough below it.
    pub fn go(&mut self, line: usize) {
        self.reach(Until::Line(line.saturating_add(2 * self.height())));
        self.top = line.min(self.last_top());
    }

    /// The heading under which the top of the screen stands.
    #[must_use]
    pub fn heading(&self) -> Option<usize> {
        let headings = &self.page.headings;
        let before = |line: usize| headings.partition_point(|&at| at <= line).checked_sub(1);
        if self.top > 0 && self.page.is_complete() && self.top >= self.last_top() {
            // At the end of the page, its last heading in sight is where one is.
            let middle = (self.top + self.height() / 2).saturating_sub(1);
            return before(middle).or_else(|| before(self.top + 1));
        }
        before(self.top + 1)
    }

    /// How far down the page the bottom of the screen is, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let lines = self.page.expected_lines().max(1);
        ((self.top + self.height()) as f64 / lines as f64).min(1.0)
    }

    /// The place in the text at the top of the screen.
    #[must_use]
    pub fn place(&self) -> Place {
        self.page.place(self.top)
    }

    /// The place in the text of a line, from which one comes back to this very line: all that its line of the source
    /// makes is laid out first.
    pub fn exact_place(&mut self, line: usize) -> Place {
        if let Some(&source) = self.page.source.get(line) {
            self.reach(Until::Source(source));
        }
        self.page.place(line)
    }

    /// Goes to a place in the text.
    pub fn go_to_place(&mut self, place: Place) {
        self.reach(Until::Source(place.source));
        self.go(self.page.line_at(place));
    }

    /// Goes to a place where one was, opening what hides it.
    pub fn go_back_to(&mut self, place: Place) {
        self.unfold(place.source);
        self.go_to_place(place);
    }

    /// Goes to a line of the source, opening what hides it.
    pub fn go_to_source(&mut self, line: usize) {
        self.unfold(line);
        self.go_to_place(Place { source: line, share: 0 });
    }

    /// Goes to a heading by its id. Returns whether there is one.
    pub fn go_to_heading(&mut self, id: &str) -> bool {
        let Some(index) = self.document.headings.iter().position(|heading| heading.id == id) else {
            return false;
        };
        self.unfold(self.document.headings[index].line);
        self.reach(Until::Heading(index));
        let Some(&line) = self.page.headings.get(index) else { return false };
        self.go(line);
        true
    }

    /// Opens the parts that fold around a line of the source.
    fn unfold(&mut self, line: usize) {
        let around = self.document.folds_around(line);
        self.set_folds(around.into_iter().map(|fold| (fold, true)).collect());
    }

    /// Does what a key of a page says, as far as it concerns only the page. Returns whether it did.
    pub fn act(&mut self, does: Do) -> bool {
        match does {
            Do::NextLink => self.walk(true),
            Do::PreviousLink => self.walk(false),
            Do::NextHeading => self.walk_headings(true),
            Do::PreviousHeading => self.walk_headings(false),
            Do::NextHit => self.walk_hits(true),
            Do::PreviousHit => self.walk_hits(false),
            Do::Left => self.pan(false),
            Do::Right => self.pan(true),
            _ => {
                let until =
                    if does == Do::Bottom { Until::End } else { Until::Line(self.top + 3 * self.height()) };
                self.reach(until);
                match scroll(does, self.top, self.page.lines.len(), self.height()) {
                    Some(top) => self.top = top,
                    None => return false,
                }
            }
        }
        true
    }

    /// Scrolls so far that some lines are seen, the first of them in any case.
    pub fn show(&mut self, line: usize, lines: usize) {
        let height = self.height().max(1);
        self.reach(Until::Line(line + lines + height));
        if line < self.top || line >= self.top + height {
            self.top = line.saturating_sub(height / 4);
        }
        if line + lines > self.top + height {
            self.top = (line + lines - height).min(line);
        }
        self.top = self.top.min(self.last_top());
    }

    fn walk_headings(&mut self, forward: bool) {
        if forward {
            let next = self.page.headings.partition_point(|&line| line <= self.top);
            self.reach(Until::Heading(next));
            if let Some(&line) = self.page.headings.get(next) {
                self.go(line);
            }
        } else {
            let before = self.page.headings.partition_point(|&line| line < self.top);
            let line = before.checked_sub(1).map_or(0, |at| self.page.headings[at]);
            self.go(line);
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
        self.zoom.is_none()
            && self.page.live.iter().any(|slot| {
                let seen = slot.line < bottom && slot.line + usize::from(slot.height) > self.top;
                seen && matches!(self.live.get(&slot.live), Some(LiveBlock::Demo(player)) if player.playing)
            })
    }

    /// Enlarges a block. Returns whether there is such a block.
    pub(super) fn enlarge(&mut self, block: doc::Zoomed, title: String) -> bool {
        self.zoom = Zoom::new(&self.document, block, title);
        self.zoom.is_some()
    }
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
