//! Writes lines from top to bottom.
//!
//! Containers do not lay out boxes of their own: each puts a prefix (a bar, a marker and the space below
//! it) before every line while it is open. A prefix that would leave too little room for text is left
//! out, so however deep things nest, the text stays readable and no line passes the edge. Empty lines
//! between blocks are owed, and written only when something follows; so a block that shows nothing leaves
//! no hole.
//!
//! All that is known between two lines is in a [`Progress`], so that the flow can stop after any block and
//! go on later.

use super::block::{Document, Run};
use super::clean::clean;
use super::extend::{Node, Progress};
use super::layout::Layout;
use super::page::{Ink, Line, Page, PlacedLink, PlacedReference, Reach, Style};
use super::pen::{Pen, Pieces, blanks, width_of};
use super::wrap::{Out, Styled, Target};

/// What stands before every line of a container.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prefix {
    /// Before its first line, while that is not written.
    first: Option<Pieces>,
    /// Before all others.
    rest: Pieces,
    width: usize,
}

/// Writes lines from top to bottom.
pub(super) struct Flow<'a> {
    pub options: Layout<'a>,
    pub document: &'a Document,
    pub page: &'a mut Page,
    pub state: Box<Progress>,
    /// What the frames of the state lay out, parallel to them.
    pub nodes: Vec<Node<'a>>,
    /// The line that is being written, and whether its prefixes are.
    pen: Pen,
    open: bool,
    /// Used for one text after the other.
    styled: Styled,
    /// The cells of the widest line since this was set to 0, without prefixes.
    widest: usize,
    /// Where text begins on the line that is being written.
    margin: usize,
}

impl Out for Flow<'_> {
    fn put(&mut self, text: &str, cells: usize, style: Style, target: Option<Target>) {
        self.open_line();
        let (line, start) = (self.page.lines.len(), self.pen.column());
        match target {
            Some(Target::Link(target)) => self.place(target, Reach { line, start, end: start + cells }),
            Some(Target::Note(note)) => {
                let reach = Reach { line, start, end: start + cells };
                self.page.references.push(PlacedReference { number: note, reach });
                self.refer(note, line);
            }
            None => {}
        }
        self.pen.put(text, cells, style);
    }

    fn end_line(&mut self) {
        self.open_line();
        self.widest = self.widest.max(self.pen.column() - self.margin);
        self.open = false;
        self.write();
    }
}

impl<'a> Flow<'a> {
    /// Goes on where the state says.
    pub fn new(
        document: &'a Document,
        options: Layout<'a>,
        page: &'a mut Page,
        state: Box<Progress>,
    ) -> Flow<'a> {
        Flow {
            options,
            document,
            page,
            state,
            nodes: Vec::new(),
            pen: Pen::default(),
            open: false,
            styled: Styled::default(),
            widest: 0,
            margin: 0,
        }
    }

    /// How many cells are left for text, at least 1.
    pub fn room(&self) -> usize {
        self.width().saturating_sub(self.indent()).max(1)
    }

    /// How many cells stand before text.
    pub fn indent(&self) -> usize {
        self.state.prefixes.iter().map(|prefix| prefix.width).sum()
    }

    fn width(&self) -> usize {
        usize::from(self.options.width).max(1)
    }

    /// A glyph or its stand-in in ASCII.
    pub fn glyph(&self, glyph: &'static str, ascii: &'static str) -> &'static str {
        if self.options.ascii { ascii } else { glyph }
    }

    /// Writes a rule of this many cells.
    pub fn rule(&mut self, cells: usize) {
        let rule = self.glyph("─", "-").repeat(cells);
        self.put(&rule, cells, Style::ink(Ink::Rule), None);
        self.end_line();
    }

    /// Adds blank cells to the line.
    pub fn blank(&mut self, cells: usize) {
        blanks(cells, |blank| self.put(blank, blank.len(), Style::default(), None));
    }

    /// Writes the empty line that is owed, and sets the line of the source for what follows.
    pub fn begin(&mut self, source: usize) {
        self.settle();
        self.state.source = source;
    }

    /// Wraps runs and writes the lines; gives the width of the widest.
    pub fn runs(&mut self, runs: &[Run], style: Style) -> usize {
        self.styled(|styled| styled.set(runs, style))
    }

    /// Wraps text that is ours and writes the lines.
    pub fn words(&mut self, text: &str, style: Style) -> usize {
        self.runs(&[Run { text: text.to_owned(), ..Run::default() }], style)
    }

    /// Wraps text that may hold anything, as one paragraph.
    pub fn unclean(&mut self, text: &str, style: Style) -> usize {
        self.words(&clean(&text.replace(['\n', '\r', '\t'], " ")), style)
    }

    /// Fills a text, wraps it and writes the lines; gives the width of the widest.
    pub fn styled(&mut self, fill: impl FnOnce(&mut Styled)) -> usize {
        let mut styled = std::mem::take(&mut self.styled);
        fill(&mut styled);
        self.widest = 0;
        styled.wrap(self.room(), self.options.ascii, self);
        self.styled = styled;
        self.widest
    }

    /// Has an empty line written before the next one.
    pub fn owe_gap(&mut self) {
        self.state.gap = Some(self.state.prefixes.len());
    }

    /// Sets what follows in by a prefix. Where that would leave too little room, the prefix is left out and
    /// a marker in it stands on a line of its own.
    pub fn set_in(&mut self, first: Pieces, rest: Pieces) {
        let width = width_of(&first).max(width_of(&rest));
        let least = (self.width() / 3).max(4);
        if self.indent() + width + least <= self.width() {
            return self.hang(first, rest);
        }
        let marker: String = first.iter().map(|piece| piece.text.trim()).collect();
        if rest.iter().all(|piece| piece.text.trim().is_empty()) && !marker.is_empty() {
            self.words(&marker, first[0].style);
        }
    }

    /// [`Flow::set_in`] where there is known to be room.
    pub fn hang(&mut self, first: Pieces, rest: Pieces) {
        let width = width_of(&first).max(width_of(&rest));
        self.state.prefixes.push(Prefix { first: Some(first), rest, width });
    }

    /// How deep what is written is set in; see [`Flow::set_out`].
    pub fn depth(&self) -> usize {
        self.state.prefixes.len()
    }

    /// Ends the prefixes beyond a depth.
    pub fn set_out(&mut self, depth: usize) {
        self.state.prefixes.truncate(depth);
    }

    /// Notes that a footnote is referred to on a line of the page.
    pub fn refer(&mut self, note: usize, line: usize) {
        self.state.references.entry(note).or_insert(line);
    }

    fn open_line(&mut self) {
        if self.open {
            return;
        }
        self.settle();
        for prefix in &mut self.state.prefixes {
            match prefix.first.take() {
                Some(first) => first.iter().for_each(|p| self.pen.put(&p.text, p.width, p.style)),
                None => prefix.rest.iter().for_each(|p| self.pen.put(&p.text, p.width, p.style)),
            }
        }
        self.margin = self.pen.column();
        self.open = true;
    }

    fn settle(&mut self) {
        let Some(depth) = self.state.gap.take() else { return };
        for piece in self.state.prefixes.iter().take(depth).flat_map(|prefix| &prefix.rest) {
            self.pen.put(&piece.text, piece.width, piece.style);
        }
        self.write();
    }

    fn write(&mut self) {
        let line: Line = self.pen.finish();
        if self.page.source.last().is_some_and(|&last| last > self.state.source) {
            self.page.falls.push(self.page.lines.len());
        }
        self.page.lines.push(line);
        self.page.source.push(self.state.source);
    }

    /// Notes the cells of a link.
    fn place(&mut self, target: usize, reach: Reach) {
        let Some(link) = self.document.targets.get(target) else { return };
        let links = &mut self.page.links;
        // As long as it will be: growing and dropping a map would be felt on a page of a hundred thousand links.
        self.state.placed.resize(self.document.targets.len(), None);
        let at = *self.state.placed[target].get_or_insert_with(|| {
            links.push(PlacedLink { target, url: link.url.clone(), image: link.image, places: Vec::new() });
            links.len() - 1
        });
        let places = &mut links[at].places;
        match places.last_mut() {
            Some(last) if last.line == reach.line && last.end == reach.start => last.end = reach.end,
            _ => places.push(reach),
        }
    }
}
