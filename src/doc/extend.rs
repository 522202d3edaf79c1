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
    start(document, false)
}

/// [`begin`], with tables and code as wide as they want to be.
pub(super) fn begin_wide(document: &Document) -> Page {
    start(document, true)
}

/// An empty page with room for what is to come: lists that grow on the way would be copied as a whole, which
/// on a long page takes longer than a frame may.
fn start(document: &Document, wide: bool) -> Page {
    let progress = Progress::new(document, wide);
    let lines = progress.lines_of_source() / 2 * 3;
    Page {
        lines: Vec::with_capacity(lines),
        source: Vec::with_capacity(lines),
        headings: Vec::with_capacity(document.headings.len()),
        links: Vec::with_capacity(document.targets.len()),
        progress: Some(Box::new(progress)),
        ..Page::default()
    }
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
        if self.is_complete() {
            return;
        }
        let until = if hidden_by_note(document, until) { Until::End } else { until };
        if self.reached(&until) {
            return;
        }
        let Some(state) = self.progress.take() else { return };
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
        let read = self.source.last().map_or(1, |last| last.saturating_sub(progress.first_source) + 1);
        let expected = lines as u128 * progress.lines_of_source() as u128 / read as u128;
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
    pub placed: Vec<Option<usize>>,
    /// The line that first refers to each footnote.
    pub references: BTreeMap<usize, usize>,
    pub list_depth: usize,
    /// Whether tables and code are as wide as they want to be.
    pub wide: bool,
    /// The first and the last line of the source, as far as the blocks tell: the document may be a section.
    first_source: usize,
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
            first_source: document.blocks.first().map_or(1, |block| block.line),
            last_source: last_line(&document.blocks).max(notes.unwrap_or(0)),
            ..Progress::default()
        }
    }

    fn lines_of_source(&self) -> usize {
        self.last_source.saturating_sub(self.first_source) + 1
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::laws::{config, document, noise};
    use super::super::{Colouring, Ink, Line, Live, LongCode, Syntax, layout, parse};
    use super::*;

    fn until() -> impl Strategy<Value = Until> {
        prop_oneof![
            3 => (0..60usize).prop_map(Until::Line),
            2 => (0..60usize).prop_map(Until::Source),
            1 => (0..6usize).prop_map(Until::Heading),
        ]
    }

    fn height(live: &Live, width: u16) -> u16 {
        (width % 5) * (live.index as u16 % 2)
    }

    /// Colours that fit nothing: pieces of some bytes each, whatever the text.
    fn colouring(bytes: usize) -> Arc<Colouring> {
        let kinds = [None, Some(Syntax::Keyword), Some(Syntax::Comment)];
        let line = |at: usize| (0..at % 5).map(|piece| (bytes, kinds[(at + piece) % 3])).collect();
        Arc::new((0..7).map(line).collect())
    }

    /// Stops wherever it is told to, then goes on to the end: the page is that which was never stopped, and
    /// what was asked for was there at each stop.
    fn stops(text: &str, options: &Layout, untils: &[Until]) -> Result<(), TestCaseError> {
        let document = parse(text);
        let whole = layout(&document, options);
        let mut page = begin(&document, options);
        for &until in untils {
            page.extend(&document, options, until);
            match until {
                Until::Line(line) => prop_assert!(page.is_complete() || page.lines.len() > line),
                Until::Heading(at) => prop_assert!(page.is_complete() || page.headings.len() > at),
                Until::Source(line) => {
                    prop_assert_eq!(page.line_of(line), whole.line_of(line), "{:?}", until);
                }
                Until::End => prop_assert!(page.is_complete()),
            }
            prop_assert_eq!(&page.lines[..], &whole.lines[..page.lines.len()]);
            prop_assert!(page.is_complete() || page.expected_lines() > page.lines.len());
            for code in &page.code {
                prop_assert!(code.line + code.height <= page.lines.len());
            }
        }
        page.extend(&document, options, Until::End);
        prop_assert_eq!(&page, &whole);
        prop_assert!(page.is_complete() && page.expected_lines() == page.lines.len());
        page.extend(&document, options, Until::End);
        prop_assert_eq!(&page, &whole);
        Ok(())
    }

    /// Panned and coloured in place, code is as if the page had been laid out so.
    fn redraws(text: &str, options: &Layout, by: u16, bytes: usize) -> Result<(), TestCaseError> {
        let document = parse(text);
        let mut page = layout(&document, options);
        let codes: Vec<usize> = page.code.iter().map(|placed| placed.code).collect();
        for (at, &code) in codes.iter().enumerate() {
            let pan = |other| if codes[..=at].contains(&other) { by } else { (options.pan)(other) };
            page.pan(&document, options, code, by);
            prop_assert_eq!(&page, &layout(&document, &Layout { pan: &pan, ..*options }));
        }
        let colours = |_| Some(colouring(bytes));
        let coloured = Layout { pan: &|_| by, colouring: &colours, ..*options };
        codes.iter().for_each(|&code| page.recolour(&document, &coloured, code));
        prop_assert_eq!(&page, &layout(&document, &coloured));
        let plain = layout(&document, &Layout { pan: &|_| by, ..*options });
        let texts = |page: &Page| -> Vec<String> { page.lines.iter().map(Line::text).collect() };
        prop_assert_eq!(texts(&page), texts(&plain), "colours change no text");
        Ok(())
    }

    proptest! {
        #![proptest_config(config(96))]

        #[test]
        fn a_page_that_was_stopped_is_the_page(
            written in document(), width in 1..=100u16, untils in prop::collection::vec(until(), 0..12),
        ) {
            let options = Layout { live_height: &height, ..Layout::new(width) };
            stops(&written.lines.join("\n"), &options, &untils)?;
        }

        #[test]
        fn noise_that_was_stopped_is_the_page(
            text in noise(), width in 0..=60u16, untils in prop::collection::vec(until(), 0..12),
        ) {
            let options = Layout { live_height: &height, long_code: LongCode::Break, ..Layout::new(width) };
            stops(&text, &options, &untils)?;
        }

        #[test]
        fn code_is_drawn_again_in_its_place(
            written in document(), width in 1..=60u16, by in 0..40u16, bytes in 0..9usize,
        ) {
            redraws(&written.lines.join("\n"), &Layout::new(width), by, bytes)?;
        }

        #[test]
        fn code_in_noise_is_drawn_again_in_its_place(
            text in noise(), width in 1..=60u16, by in 0..9u16, bytes in 0..9usize, broken in any::<bool>(),
        ) {
            let long_code = if broken { LongCode::Break } else { LongCode::Clip };
            redraws(&text, &Layout { long_code, ..Layout::new(width) }, by, bytes)?;
        }
    }

    /// Long blocks of each kind stop in their middle too, however deep they stand.
    #[test]
    fn long_blocks_are_laid_out_in_parts() -> Result<(), TestCaseError> {
        let row = |n: usize| format!("| {n} | a cell of some words | x<br>y |\n");
        let table = "| a | b | c |\n|---|---|---|\n".to_owned() + &(0..2000).map(row).collect::<String>();
        let code = format!("```\n{}```\n", "some code\n".repeat(2000));
        let list: String = (0..2000).map(|n| format!("- item {n}\n  - inner\n")).collect();
        let definitions: String = (0..2000).map(|n| format!("term {n}\n: meaning\n: other\n\n")).collect();
        let quoted = |text: &str| -> String {
            text.lines()
                .map(|line| {
                    format!("> - {line}\n")
                        .replace("- ```", "```")
                        .replace("- |", "|")
                        .replace("- some", "some")
                })
                .collect()
        };
        // Nothing is missing where one step ends and the next begins: a row of the table is two lines, with a rule
        // above each; a definition is three lines, with an empty one above each but the first.
        let counts = [(&table, 1 + 2000 * 3), (&code, 2000), (&list, 4000), (&definitions, 2000 * 4 - 1)];
        for (text, expected) in counts {
            prop_assert_eq!(layout(&parse(text), &Layout::new(80)).lines.len(), expected);
        }
        let records = layout(&parse(&table), &Layout::new(9));
        prop_assert_eq!(records.lines.iter().filter(|line| line.spans.is_empty()).count(), 1999);
        for text in [&table, &code, &list, &definitions] {
            for text in [text.clone(), quoted(text)] {
                let document = parse(&text);
                for width in [9, 80] {
                    let options = Layout::new(width);
                    let whole = layout(&document, &options);
                    let mut page = begin(&document, &options);
                    page.extend(&document, &options, Until::Line(50));
                    // A step is 128 lines of code, or the rows that 256 cells make; as records such a row takes
                    // at most 12 lines of 9 cells and an empty one.
                    prop_assert!((51..51 + 256 / 3 * 13).contains(&page.lines.len()), "{}", page.lines.len());
                    // The source is of one kind, so what is laid out tells what is to come.
                    let (expected, lines) = (page.expected_lines(), whole.lines.len());
                    prop_assert!(expected * 2 > lines && expected < lines * 2, "{expected} for {lines}");
                    let untils: Vec<Until> = (0..40).map(|at| Until::Line(at * 151)).collect();
                    stops(&text, &options, &untils)?;
                }
            }
        }
        Ok(())
    }

    #[test]
    fn a_source_line_in_a_footnote_is_there_when_it_is_asked_for() {
        let text = format!("a[^n]\n\n[^n]: note\n\n    more\n\n{}", "word\n\n".repeat(500));
        let (document, options) = (parse(&text), Layout::new(40));
        let mut page = begin(&document, &options);
        page.extend(&document, &options, Until::Source(1));
        assert!(page.lines.len() < 10);
        page.extend(&document, &options, Until::Source(5));
        assert!(page.is_complete());
        assert_eq!(page.lines[page.line_of(5)].text(), "    more");
    }

    /// Code in a footnote comes first in the source and last on the page.
    #[test]
    fn code_in_a_footnote_is_drawn_again_too() -> Result<(), TestCaseError> {
        let text = "a[^n]\n\n[^n]: note\n\n        first\n\n```\nsecond\n```\n";
        let page = layout(&parse(text), &Layout::new(40));
        assert_eq!(page.code.iter().map(|code| code.code).collect::<Vec<_>>(), [1, 0]);
        redraws(text, &Layout::new(40), 2, 3)
    }

    #[test]
    fn another_document_than_it_was_begun_with_does_no_harm() {
        let (long, short) = (parse(&"- > x\n".repeat(100)), parse("x"));
        let options = Layout::new(40);
        let mut page = begin(&long, &options);
        page.extend(&long, &options, Until::Line(20));
        page.extend(&short, &options, Until::End);
        page.pan(&short, &options, 0, 3);
        assert!(page.lines.len() >= 20);
        let mut page = Page::default();
        page.extend(&long, &options, Until::End);
        assert!(page.is_complete() && page.lines.is_empty());
    }

    #[test]
    fn colours_are_those_of_the_line_in_the_file() {
        let colours: Arc<Colouring> = Arc::new(vec![
            vec![(2, Some(Syntax::Keyword)), (1, None), (99, Some(Syntax::Number))],
            vec![(1, Some(Syntax::Text)), (usize::MAX, Some(Syntax::Type)), (usize::MAX, None)],
        ]);
        let document = parse("```\nfn\t日x\u{1b}\n日本\nrest\n```\n");
        let colouring = |_| Some(colours.clone());
        let options = Layout { colouring: &colouring, pan: &|_| 1, ..Layout::new(40) };
        let page = layout(&document, &options);
        let line = |at: usize| -> Vec<(String, Ink)> {
            page.lines[at].spans.iter().map(|span| (span.text.clone(), span.style.ink)).collect()
        };
        let text = |text: &str, ink| (text.to_owned(), ink);
        // Panned by one cell, the mark stands where the second one was: `fn`, a tab to cell 4, `日x␛`.
        let margin = text("  ", Ink::Text);
        assert_eq!(
            line(0),
            [
                margin.clone(),
                text("‹", Ink::Marker),
                text("  ", Ink::Block),
                text("日x␛", Ink::Syntax(Syntax::Number))
            ]
        );
        // One byte of a character colours nothing.
        assert_eq!(line(1), [margin.clone(), text("‹", Ink::Marker), text("本", Ink::Syntax(Syntax::Type))]);
        assert_eq!(line(2), [margin, text("‹", Ink::Marker), text("st", Ink::Block)]);
    }
}
