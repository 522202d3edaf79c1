//! A page that is laid out as far as it is needed.

use super::block::Document;
use super::layout::{Layout, layout};
use super::page::Page;

/// Where the layout of a page goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Progress;

/// How far a page is to be laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until the page has this line, from 0.
    Line(usize),
    /// Until all is there that this line of the source makes, from 1; then [`Page::line_at`] answers for it as
    /// it would on the complete page.
    Source(usize),
    /// Until this heading stands, by its index in the document's `headings`.
    Heading(usize),
    /// To the end.
    End,
}

/// A page of the document on which nothing is laid out yet: see [`Page::extend`].
#[must_use]
pub fn begin(_document: &Document, _options: &Layout) -> Page {
    Page { progress: Some(Box::new(Progress)), ..Page::default() }
}

impl Page {
    /// Lays out more of the page, at least as far as asked, or to its end. The document and the options must
    /// be those that the page was begun with. However often it is called, the page is the one that
    /// [`layout()`] makes.
    pub fn extend(&mut self, document: &Document, options: &Layout, until: Until) {
        let _ = until;
        if !self.is_complete() {
            *self = layout(document, options);
        }
    }

    /// Whether all of the document is laid out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.progress.is_none()
    }

    /// How many lines the page has, or will have by what is known now: an estimate from the lines of the
    /// source until it is complete. For a scroll bar.
    #[must_use]
    pub fn expected_lines(&self) -> usize {
        self.lines.len()
    }

    /// Lays out the lines of a block of code again, panned to the left by so many cells; nothing else on the
    /// page changes. Nothing happens where that block is not on the page.
    pub fn pan(&mut self, document: &Document, options: &Layout, code: usize, by: u16) {
        *self = layout(
            document,
            &Layout { pan: &|other| if other == code { by } else { (options.pan)(other) }, ..*options },
        );
    }

    /// Lays out the lines of a block of code again, in the colours that [`Layout::colouring`] has for it now.
    pub fn recolour(&mut self, document: &Document, options: &Layout, code: usize) {
        self.pan(document, options, code, (options.pan)(code));
    }
}
