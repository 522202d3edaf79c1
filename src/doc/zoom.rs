//! One block by itself, as wide as it wants to be.

use super::block::{Block, Document, Kind};
use super::layout::{Layout, layout};
use super::page::Page;

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
