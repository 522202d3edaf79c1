//! One block by itself, as wide as it wants to be.

use super::block::{Block, Document, Kind};
use super::clean::grapheme_width;
use super::layout::{Layout, layout};
use super::page::{Line, Page, Span};
use unicode_segmentation::UnicodeSegmentation as _;

/// Which block is zoomed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoomed {
    /// A block of code, by [`super::Code::index`].
    Code(usize),
    /// A table, by [`super::Table::index`].
    Table(usize),
    /// The block at the top level that holds this line of the source, from 1.
    Block(usize),
}

/// A document of that block only; nothing where there is no such block.
#[must_use]
pub fn zoom(document: &Document, zoomed: Zoomed) -> Option<Document> {
    let Zoomed::Block(line) = zoomed else { return None };
    let at = document.blocks.partition_point(|block| block.line <= line).checked_sub(1)?;
    let block: Block = document.blocks[at].clone();
    let _ = Kind::Rule;
    let mut part = Document { blocks: vec![block], targets: document.targets.clone(), ..Document::default() };
    part.collect_headings();
    Some(part)
}

/// Lays a zoomed document out. [`Layout::width`] is the window's: text takes that, but a table takes its
/// natural width and code that of its longest line, so lines may be wider than the window; see
/// [`Line::window`].
#[must_use]
pub fn zoom_layout(document: &Document, options: &Layout) -> Page {
    layout(document, options)
}

/// See [`Line::window`].
pub(super) fn window(line: &Line, from: usize, width: usize) -> Line {
    let end = from.saturating_add(width);
    let mut out = Line::default();
    let mut column = 0;
    for span in &line.spans {
        let mut text = String::new();
        for grapheme in span.text.graphemes(true) {
            let (left, right) = (column, column + grapheme_width(grapheme));
            column = right;
            if left >= end {
                break;
            }
            if left >= from && right <= end {
                text.push_str(grapheme);
            } else {
                text.extend(std::iter::repeat_n(' ', right.min(end).saturating_sub(left.max(from))));
            }
        }
        if !text.is_empty() {
            out.spans.push(Span { text, style: span.style });
        }
    }
    out
}
