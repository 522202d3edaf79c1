//! One block of a page by itself, as wide as it wants to be, to be scrolled both ways.

use crate::doc::{self, Document, Layout, Page, Zoomed};

use super::super::command::Do;
use super::super::list::scroll;

/// A block that fills the screen.
pub struct Zoom {
    /// What it is, for the title.
    pub title: String,
    /// Its lines, which may be wider than the window.
    pub page: Page,
    /// The first line shown.
    pub top: usize,
    /// The first cell shown.
    pub left: usize,
    /// How many lines at the top stay in sight while the others scroll: the head of a table.
    pub head: usize,
    /// Which block it is.
    pub block: Zoomed,
    document: Document,
    widest: usize,
    shape: (u16, u16),
}

/// How many cells a step to the side takes.
const STEP: usize = 8;

impl Zoom {
    /// A block of a document; nothing where there is no such block.
    pub(super) fn new(document: &Document, block: Zoomed, title: String) -> Option<Zoom> {
        let document = doc::zoom(document, block)?;
        let page = Page::default();
        Some(Zoom { title, page, top: 0, left: 0, head: 0, block, document, widest: 0, shape: (0, 0) })
    }

    /// The same block in a document that has changed, at the same place; nothing where there is no such block any more.
    pub(super) fn of(self, document: &Document) -> Option<Zoom> {
        let document = doc::zoom(document, self.block)?;
        // Its lines say where it stood until the next fit.
        Some(Zoom { document, shape: (0, 0), ..self })
    }

    /// Lays it out for a window of this size, if that has changed.
    pub(super) fn fit(&mut self, width: u16, height: u16, options: &Layout) {
        if self.shape == (width, height) {
            return;
        }
        let place = self.page.place(self.top);
        self.shape = (width, height);
        self.page = doc::zoom_layout(&self.document, &Layout { width, ..*options });
        self.widest = self.page.lines.iter().map(doc::Line::width).max().unwrap_or(0);
        self.head = self.page.tables.first().filter(|table| table.grid).map_or(0, |table| table.head);
        if self.head + 2 > usize::from(height) {
            self.head = 0;
        }
        self.top = self.page.line_at(place).min(self.last_top());
        self.left = self.left.min(self.last_left());
    }

    /// How many lines scroll in the window.
    fn height(&self) -> usize {
        usize::from(self.shape.1).saturating_sub(self.head)
    }

    fn last_top(&self) -> usize {
        self.page.lines.len().saturating_sub(self.head + self.height())
    }

    fn last_left(&self) -> usize {
        self.widest.saturating_sub(usize::from(self.shape.0))
    }

    /// Whether there is more to the left and to the right of what is shown.
    #[must_use]
    pub fn more(&self) -> (bool, bool) {
        (self.left > 0, self.left < self.last_left())
    }

    /// Moves over the block. Returns whether the command was a move.
    pub(in super::super) fn act(&mut self, does: Do) -> bool {
        self.left = match does {
            Do::Left => self.left.saturating_sub(STEP),
            Do::Right => (self.left + STEP).min(self.last_left()),
            Do::LineStart => 0,
            Do::LineEnd => self.last_left(),
            _ => {
                let lines = self.page.lines.len().saturating_sub(self.head);
                let Some(top) = scroll(does, self.top, lines, self.height()) else { return false };
                self.top = top;
                return true;
            }
        };
        true
    }
}
