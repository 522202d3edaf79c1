//! The containers that are open while a document is read.
//!
//! Markdown's containers nest as the parser says. Those of HTML are opened and closed by tags that anyone may
//! have forgotten, so they obey two rules: a container of Markdown that ends closes all HTML in it, and a
//! closing tag closes nothing outside the innermost container of Markdown. One that closes nothing is ignored.

use pulldown_cmark::BlockQuoteKind;

use super::super::block::{AlertKind, Block, Definition, Details, Footnote, Item, Kind, List, Run};

/// How many containers (quotes, lists, items, footnotes, folds) may stand in each other.
pub(super) const MAX_DEPTH: usize = 100;

/// What an open container is.
pub(super) enum What {
    Root,
    Quote(Option<BlockQuoteKind>),
    List {
        start: Option<u64>,
        loose: bool,
        items: Vec<Item>,
    },
    Item {
        task: Option<bool>,
    },
    Footnote(String),
    Definitions(Vec<Definition>),
    Meaning,
    Details {
        index: usize,
        open: bool,
        summary: Vec<Run>,
        /// Whether text belongs to the summary.
        titled: bool,
    },
}

struct Frame {
    line: usize,
    what: What,
    blocks: Vec<Block>,
    /// The name of the tag, where it is a container of HTML.
    tag: Option<&'static str>,
}

/// The open containers, the document itself first.
pub(super) struct Frames {
    frames: Vec<Frame>,
    /// How many of Markdown are open beyond the depth limit.
    flat: usize,
    /// The tags of HTML that are open beyond the depth limit, with how often.
    flat_tags: Vec<(&'static str, usize)>,
    /// The footnotes so far, in the order of the file, without their numbers.
    pub footnotes: Vec<Footnote>,
}

impl Frames {
    pub fn new() -> Frames {
        let root = Frame { line: 1, what: What::Root, blocks: Vec::new(), tag: None };
        Frames { frames: vec![root], flat: 0, flat_tags: Vec::new(), footnotes: Vec::new() }
    }

    /// Opens a container of Markdown.
    pub fn open(&mut self, what: What, line: usize) {
        if self.flat > 0 || self.is_full(&what) {
            self.flat += 1;
        } else {
            self.frames.push(Frame { line, what, blocks: Vec::new(), tag: None });
        }
    }

    /// Closes the innermost container of Markdown and the HTML in it.
    pub fn close(&mut self) {
        if self.flat > 0 {
            self.flat -= 1;
            return;
        }
        self.flat_tags.clear();
        while self.frames.len() > 1 {
            let html = self.frames.last().is_some_and(|frame| frame.tag.is_some());
            self.pop();
            if !html {
                return;
            }
        }
    }

    /// Opens a container of HTML.
    pub fn open_tag(&mut self, what: What, line: usize, tag: &'static str) {
        if self.flat > 0 || self.is_full(&what) {
            match self.flat_tags.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, count)) => *count += 1,
                None => self.flat_tags.push((tag, 1)),
            }
        } else {
            self.frames.push(Frame { line, what, blocks: Vec::new(), tag: Some(tag) });
        }
    }

    /// Closes the innermost container of HTML with this tag and all in it, if there is one.
    pub fn close_tag(&mut self, tag: &str) {
        if let Some((_, count)) = self.flat_tags.iter_mut().find(|(name, count)| *name == tag && *count > 0) {
            *count -= 1;
            return;
        }
        if self.flat > 0 {
            return;
        }
        let mut html = self.frames.iter().rev().take_while(|frame| frame.tag.is_some());
        let depth = html.position(|frame| frame.tag == Some(tag));
        for _ in 0..depth.map_or(0, |depth| depth + 1) {
            self.pop();
        }
    }

    /// Whether the innermost container is one of HTML with this tag.
    pub fn is_in(&self, tag: &str) -> bool {
        self.flat == 0 && self.frames.last().is_some_and(|frame| frame.tag == Some(tag))
    }

    /// Adds a block to the innermost container.
    pub fn push(&mut self, line: usize, kind: Kind) {
        let Some(frame) = self.frames.last_mut() else { return };
        match (&mut frame.what, kind) {
            (What::Details { summary, titled: true, .. }, Kind::Paragraph(runs) | Kind::Heading(_, runs)) => {
                if !summary.is_empty() {
                    summary.push(Run { text: " ".into(), ..Run::default() });
                }
                summary.extend(runs);
            }
            // HTML may put anything anywhere; a list holds items only.
            (What::List { items, .. }, kind) => {
                items.push(Item { line, task: None, blocks: vec![Block { line, kind }] });
            }
            (What::Definitions(entries), kind) => mean(entries, line, vec![Block { line, kind }]),
            (_, kind) => frame.blocks.push(Block { line, kind }),
        }
    }

    /// Marks the innermost item as a task.
    pub fn task(&mut self, done: bool) {
        if let (0, Some(Frame { what: What::Item { task }, .. })) = (self.flat, self.frames.last_mut()) {
            *task = Some(done);
        }
    }

    /// A paragraph directly in an item means that its list is not tight.
    pub fn loosen(&mut self) {
        if let (
            0,
            [.., Frame { what: What::List { loose, .. }, .. }, Frame { what: What::Item { .. }, .. }],
        ) = (self.flat, self.frames.as_mut_slice())
        {
            *loose = true;
        }
    }

    /// Adds a term; gives its text back where it is in no list of definitions.
    pub fn term(&mut self, line: usize, runs: Vec<Run>) -> Option<Vec<Run>> {
        match self.frames.last_mut().filter(|_| self.flat == 0) {
            Some(Frame { what: What::Definitions(entries), .. }) => {
                entries.push(Definition { line, term: runs, meanings: Vec::new() });
                None
            }
            _ => Some(runs),
        }
    }

    /// From here on text is the summary of the innermost fold, or from here on it is not. A fold has one.
    pub fn summary(&mut self, begin: bool) {
        if let (0, Some(Frame { what: What::Details { summary, titled, .. }, .. })) =
            (self.flat, self.frames.last_mut())
        {
            *titled = begin && summary.is_empty();
        }
    }

    /// Ends a summary that has text: a forgotten `</summary>` must not take in all that follows.
    pub fn end_summary(&mut self) {
        if let Some(Frame { what: What::Details { summary, titled, .. }, .. }) = self.frames.last_mut() {
            *titled &= summary.is_empty();
        }
    }

    /// Closes everything: the blocks of the document and its footnotes.
    pub fn finish(mut self) -> (Vec<Block>, Vec<Footnote>) {
        while self.frames.len() > 1 {
            self.pop();
        }
        (self.frames.pop().map(|root| root.blocks).unwrap_or_default(), self.footnotes)
    }

    fn is_full(&self, what: &What) -> bool {
        // Lists and definition lists need room for what they are made of.
        let needs = if matches!(what, What::List { .. } | What::Definitions(_)) { 2 } else { 1 };
        self.frames.len() + needs > MAX_DEPTH
    }

    /// Closes the innermost container.
    fn pop(&mut self) {
        // The root is never closed: each end has its start.
        let Some(frame) = (self.frames.len() > 1).then(|| self.frames.pop()).flatten() else { return };
        let Frame { line, what, blocks, .. } = frame;
        match what {
            What::Root => {}
            What::Quote(None) => self.push(line, Kind::Quote(blocks)),
            What::Quote(Some(kind)) => self.push(line, Kind::Alert(alert_of(kind), blocks)),
            What::List { start, loose, items } => {
                self.push(line, Kind::List(List { start, tight: !loose, items }));
            }
            What::Item { task } => {
                if let Some(Frame { what: What::List { items, .. }, .. }) = self.frames.last_mut() {
                    items.push(Item { line, task, blocks });
                }
            }
            What::Footnote(label) => self.footnotes.push(Footnote { number: 0, label, line, blocks }),
            What::Definitions(entries) => self.push(line, Kind::Definitions(entries)),
            What::Meaning => {
                if let Some(Frame { what: What::Definitions(entries), .. }) = self.frames.last_mut() {
                    mean(entries, line, blocks);
                }
            }
            What::Details { index, open, summary, .. } => {
                self.push(line, Kind::Details(Details { index, open, summary, blocks }));
            }
        }
    }
}

/// Adds a meaning to the last term.
fn mean(entries: &mut Vec<Definition>, line: usize, blocks: Vec<Block>) {
    match entries.last_mut() {
        Some(entry) => entry.meanings.push(blocks),
        None => entries.push(Definition { line, term: Vec::new(), meanings: vec![blocks] }),
    }
}

fn alert_of(kind: BlockQuoteKind) -> AlertKind {
    match kind {
        BlockQuoteKind::Note => AlertKind::Note,
        BlockQuoteKind::Tip => AlertKind::Tip,
        BlockQuoteKind::Important => AlertKind::Important,
        BlockQuoteKind::Warning => AlertKind::Warning,
        BlockQuoteKind::Caution => AlertKind::Caution,
    }
}
