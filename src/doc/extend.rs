//! A page that is laid out as far as it is needed.
//!
//! A file may have a hundred thousand lines, and a screen shows fifty. So the layout is not one walk through
//! the tree but a machine that lays out one thing at a time: a paragraph, some rows of a table, some lines
//! of code, the marker of an item. What is open (the quote, the list in it, its item) stands on a stack of
//! [`Frame`]s, which are numbers only. So the machine can stop anywhere, its state kept with the page, and
//! go on a minute later from the same document. Nothing is laid out twice, nothing is estimated, and the
//! page that comes of it is the same wherever it was stopped.

use std::collections::BTreeMap;

use super::block::{Block, Definition, Document, Footnote, Kind, List, Table};
use super::flow::{Flow, Prefix};
use super::layout::Layout;
use super::page::Page;
use super::table::Rows;
use super::{code, table};

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

/// A page of the document on which nothing is laid out yet: see [`Page::extend`]. Cost: O(1), but for the
/// lines of the last block, which are counted.
#[must_use]
pub fn begin(document: &Document, _options: &Layout) -> Page {
    Page { progress: Some(Box::new(Progress::new(document, false))), ..Page::default() }
}

impl Page {
    /// Lays out more of the page, at least as far as asked, or to its end. The document and the options must
    /// be those that the page was begun with. However often it is called, the page is the one that
    /// [`super::layout()`] makes.
    ///
    /// Cost: that of the lines that come of it. A step is a paragraph or some lines of a longer block; only the
    /// first step of a table has to read all its cells, since their widths decide over all of it, and only that
    /// of a closed fold what is in it.
    pub fn extend(&mut self, document: &Document, options: &Layout, until: Until) {
        if self.reached(&until) {
            return;
        }
        let Some(state) = self.progress.take() else { return };
        let until = if hidden_by_note(document, until) { Until::End } else { until };
        let mut flow = Flow::new(document, *options, self, state);
        if !flow.find_nodes() {
            return;
        }
        while !flow.page.reached(&until) {
            if !flow.step() {
                return;
            }
        }
        let state = flow.state;
        self.progress = Some(state);
    }

    /// Whether all of the document is laid out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.progress.is_none()
    }

    /// How many lines the page has. Until it is complete, how many it will have if the rest of the source makes
    /// as many lines as what was laid out so far. For a scroll bar.
    #[must_use]
    pub fn expected_lines(&self) -> usize {
        let lines = self.lines.len();
        let Some(progress) = &self.progress else { return lines };
        let read = self.source.last().copied().unwrap_or(1).max(1);
        let expected = lines as u128 * progress.last_source as u128 / read as u128;
        usize::try_from(expected).unwrap_or(usize::MAX).max(lines + 1)
    }

    /// Whether the page has what is asked for, not counting that it may be complete.
    fn reached(&self, until: &Until) -> bool {
        match *until {
            Until::Line(line) => self.lines.len() > line,
            Until::Source(source) => self.source.last().is_some_and(|&last| last > source),
            Until::Heading(index) => self.headings.len() > index,
            Until::End => false,
        }
    }
}

/// Whether a footnote holds that line of the source, or may: notes stand at the end of the page, wherever
/// they stand in the source.
fn hidden_by_note(document: &Document, until: Until) -> bool {
    let Until::Source(source) = until else { return false };
    let above = document.blocks.partition_point(|block| block.line <= source);
    let block = above.checked_sub(1).map_or(0, |at| document.blocks[at].line);
    document.footnotes.iter().any(|note| (block..=source).contains(&note.line))
}

/// Where the layout of a page goes on, and what it has to know of what was.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Progress {
    /// What is open, the innermost last.
    pub frames: Vec<Frame>,
    pub prefixes: Vec<Prefix>,
    /// The line of the source that is being laid out.
    pub source: usize,
    /// How many prefixes an empty line has that is owed before the next.
    pub gap: Option<usize>,
    /// Where in the page's links each target is.
    pub placed: BTreeMap<usize, usize>,
    /// The line that first refers to each footnote.
    pub references: BTreeMap<usize, usize>,
    pub list_depth: usize,
    /// Whether tables and code are as wide as they want to be.
    pub wide: bool,
    /// The last line of the source, as far as the blocks tell.
    last_source: usize,
}

impl Progress {
    /// At the start of a document.
    pub fn new(document: &Document, wide: bool) -> Progress {
        let open = |work| Frame { next: 0, start: 0, depth: 0, work };
        let blocks = Work::Blocks { before: 0, ruled: false, tight: false, filled: false };
        let notes = document.footnotes.iter().map(|note| last_line(&note.blocks).max(note.line)).max();
        Progress {
            frames: vec![open(Work::Notes), open(blocks)],
            source: 1,
            wide,
            last_source: last_line(&document.blocks).max(notes.unwrap_or(0)),
            ..Progress::default()
        }
    }
}

/// The last line of the source that blocks are known to have.
fn last_line(blocks: &[Block]) -> usize {
    let Some(last) = blocks.last() else { return 0 };
    let inner = match &last.kind {
        Kind::Quote(inner) | Kind::Alert(_, inner) => last_line(inner),
        Kind::Details(details) => last_line(&details.blocks),
        Kind::List(list) => list.items.last().map_or(0, |item| last_line(&item.blocks).max(item.line)),
        Kind::Definitions(entries) => entries.last().map_or(0, |entry| entry.line),
        Kind::Table(table) => table.rows.last().map_or(0, |row| row.line),
        Kind::Code(code) => code.text_line + code.text.bytes().filter(|&byte| byte == b'\n').count(),
        _ => 0,
    };
    inner.max(last.line)
}

/// Something that is open while the things in it are laid out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame {
    /// Which of the things in it comes next, from 0; of code, the byte where its next line starts.
    pub next: usize,
    /// The line of the page where it began.
    pub start: usize,
    /// How many prefixes are open around it.
    pub depth: usize,
    pub work: Work,
}

/// What a frame has to know of what it lays out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Work {
    /// Blocks one beneath the other.
    Blocks {
        /// How many lines the page had before the last of them.
        before: usize,
        /// Whether there is a rule beneath what was shown last.
        ruled: bool,
        /// Whether they are in an item of a tight list.
        tight: bool,
        /// Whether they show as an empty line where they show nothing.
        filled: bool,
    },
    /// The items of a list.
    List,
    /// Terms, and which meaning of the next one comes next; 0 is the term itself.
    Definitions(usize),
    /// The document's footnotes.
    Notes,
    /// Lines of code: which line comes next, and where in the page's `code` the block is, if it is there.
    Code(usize, Option<usize>),
    /// The rows of a table.
    Rows(Rows),
}

/// What a frame lays out.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    Blocks(&'a [Block]),
    List(&'a List),
    Definitions(&'a [Definition]),
    Notes(&'a [Footnote]),
    /// Code, and the line of the source where it starts.
    Code(&'a str, usize),
    /// A table, and the line of the source where it starts.
    Table(&'a Table, usize),
}

impl<'a> Node<'a> {
    /// What was opened inside this one: by the thing before the next.
    fn inner(self, frame: &Frame) -> Option<Node<'a>> {
        let last = frame.next.checked_sub(1);
        match (self, &frame.work) {
            (Node::Blocks(blocks), _) => {
                let block = blocks.get(last?)?;
                Some(match &block.kind {
                    Kind::Quote(inner) | Kind::Alert(_, inner) => Node::Blocks(inner),
                    Kind::Details(details) => Node::Blocks(&details.blocks),
                    Kind::List(list) => Node::List(list),
                    Kind::Definitions(entries) => Node::Definitions(entries),
                    Kind::Code(code) => Node::Code(&code.text, code.text_line),
                    Kind::Live(live) => Node::Code(&live.body, live.line + 1),
                    Kind::Table(table) => Node::Table(table, block.line),
                    _ => return None,
                })
            }
            (Node::List(list), _) => Some(Node::Blocks(&list.items.get(last?)?.blocks)),
            (Node::Notes(notes), _) => Some(Node::Blocks(&notes.get(last?)?.blocks)),
            (Node::Definitions(entries), Work::Definitions(meaning)) => {
                // The next meaning is counted from 1, and the open one is the one before it.
                let entry = entries.get(frame.next)?;
                Some(Node::Blocks(entry.meanings.get(meaning.checked_sub(2)?)?))
            }
            _ => None,
        }
    }
}

impl<'a> Flow<'a> {
    /// Finds what the frames lay out; whether all is there, as it is in the document that was begun with.
    fn find_nodes(&mut self) -> bool {
        let document = self.document;
        self.nodes = vec![Node::Notes(&document.footnotes)];
        let inner = self.state.frames.len().saturating_sub(1);
        for (at, frame) in self.state.frames.iter().take(inner).enumerate() {
            // The blocks of the document stand on the notes until the first note is begun.
            let blocks = at == 0 && frame.next == 0;
            let node =
                if blocks { Some(Node::Blocks(&document.blocks)) } else { self.nodes[at].inner(frame) };
            let Some(node) = node else { return false };
            self.nodes.push(node);
        }
        true
    }

    /// Opens a frame in the one that is open. The prefixes beyond `depth` end with it.
    pub fn open(&mut self, node: Node<'a>, depth: usize, work: Work) {
        let start = self.page.lines.len();
        self.state.frames.push(Frame { next: 0, start, depth, work });
        self.nodes.push(node);
    }

    /// Opens a frame for blocks.
    pub fn open_blocks(&mut self, blocks: &'a [Block], depth: usize, tight: bool, filled: bool) {
        self.open(Node::Blocks(blocks), depth, Work::Blocks { before: 0, ruled: false, tight, filled });
    }

    /// The frame that is open.
    pub fn frame(&mut self) -> Option<&mut Frame> {
        self.state.frames.last_mut()
    }

    /// Closes the frame that is open.
    pub fn close(&mut self) {
        let Some(frame) = self.state.frames.pop() else { return };
        self.nodes.pop();
        self.set_out(frame.depth);
        if matches!(frame.work, Work::List) {
            self.state.list_depth -= 1;
        }
    }

    /// Lays out what comes next; whether there is more after it.
    fn step(&mut self) -> bool {
        match self.nodes.last() {
            Some(&Node::Blocks(blocks)) => self.next_block(blocks),
            Some(&Node::List(list)) => self.next_item(list),
            Some(&Node::Definitions(entries)) => self.next_definition(entries),
            Some(&Node::Notes(notes)) => self.next_note(notes),
            Some(&Node::Code(text, line)) => code::next_lines(self, text, line),
            Some(&Node::Table(table, line)) => table::next_rows(self, table, line),
            None => {}
        }
        !self.nodes.is_empty()
    }
}
