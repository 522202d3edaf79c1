//! Blocks to lines at a width.
//!
//! Here stands what each kind of block looks like. How lines are written is in `flow.rs`, and how the
//! layout stops and goes on in `extend.rs`: what is in a container is opened here and laid out later.

use std::borrow::Cow;
use std::sync::Arc;

use super::block::{AlertKind, Block, Definition, Details, Document, Footnote, Kind, List, Live, Run};
use super::extend::{Frame, Node, Until, Work, begin};
use super::flow::Flow;
use super::page::{Colouring, Ink, Page, PlacedNote, Slot, Style};
use super::pen::{Piece, width_of};
use super::wrap::Out as _;
use super::{code, fold, table};

/// How a document is to be laid out.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    /// The width in cells; 0 counts as 1.
    pub width: u16,
    /// Whether bullets, bars, rules and marks are to be ASCII. The text itself is never changed.
    pub ascii: bool,
    /// How many lines a live block takes at a width. They are left empty for the caller to draw into
    /// (see [`Page::live`]); 0 shows the block's source instead.
    pub live_height: &'a dyn Fn(&Live, u16) -> u16,
    /// By how many cells a block of code is panned to the left, by [`super::Code::index`].
    pub pan: &'a dyn Fn(usize) -> u16,
    /// What happens to lines of code that are wider than the page.
    pub long_code: LongCode,
    /// Whether a part that folds is open.
    pub open: &'a dyn Fn(&Details) -> bool,
    /// Why a live block is shown as its source, in one line; nothing where there is no more to say.
    pub reason: &'a dyn Fn(&Live) -> Option<String>,
    /// The colours of a block of code, by [`super::Code::index`]; nothing where they are not known.
    pub colouring: &'a dyn Fn(usize) -> Option<Arc<Colouring>>,
}

/// What happens to lines of code that are wider than the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongCode {
    /// They are clipped, with a mark at the cut, and can be panned.
    #[default]
    Clip,
    /// They go on in the next line, with a mark at the end of the one before.
    Break,
}

impl Layout<'_> {
    /// At a width, with live blocks as their source and code that is clipped and not panned.
    #[must_use]
    pub fn new(width: u16) -> Layout<'static> {
        Layout {
            width,
            ascii: false,
            live_height: &|_, _| 0,
            pan: &|_| 0,
            long_code: LongCode::Clip,
            open: &|_| true,
            reason: &|_| None,
            colouring: &|_| None,
        }
    }
}

/// Lays a document out. No line is wider than the width. Cost: O(n).
#[must_use]
pub fn layout(document: &Document, options: &Layout) -> Page {
    let mut page = begin(document, options);
    page.extend(document, options, Until::End);
    page
}

impl<'a> Flow<'a> {
    /// Lays out the next of some blocks, with an empty line before it. In a tight item lists follow without
    /// one, and so does text after the rule beneath a heading; another rule does not.
    pub(super) fn next_block(&mut self, blocks: &'a [Block]) {
        let lines = self.page.lines.len();
        let Some(Frame { next, start, work: Work::Blocks { before, ruled, tight, filled }, .. }) =
            self.frame()
        else {
            return;
        };
        let level = |block: &Block| match &block.kind {
            Kind::Heading(heading, _) => Some(heading.level),
            _ => None,
        };
        if lines > *before {
            *ruled = next.checked_sub(1).and_then(|last| level(&blocks[last])) == Some(2);
        }
        *before = lines;
        let empty = lines == *start;
        let Some(block) = blocks.get(*next) else {
            if *filled && empty {
                self.end_line();
            }
            return self.close();
        };
        *next += 1;
        let under_rule = *ruled && level(block).is_none() && !matches!(block.kind, Kind::Rule);
        let close = (*tight && matches!(block.kind, Kind::List(_))) || under_rule;
        if !empty {
            self.state.gap = None;
            if !close {
                self.owe_gap();
            }
        }
        self.block(block);
    }

    fn block(&mut self, block: &'a Block) {
        let depth = self.depth();
        match &block.kind {
            Kind::Heading(heading, runs) => self.heading(block.line, heading.level, runs),
            Kind::Paragraph(runs) => {
                self.begin(block.line);
                self.runs(runs, Style::default());
            }
            Kind::List(list) => {
                self.state.list_depth += 1;
                self.open(Node::List(list), depth, Work::List);
            }
            Kind::Quote(blocks) => {
                self.bar(Ink::Quote);
                self.open_blocks(blocks, depth, false, false);
            }
            Kind::Alert(kind, blocks) => self.alert(block.line, *kind, blocks),
            Kind::Code(code) => code::lay(self, block.line, code),
            Kind::Table(table) => table::lay(self, block.line, table),
            Kind::Definitions(entries) => self.open(Node::Definitions(entries), depth, Work::Definitions(0)),
            Kind::Rule => {
                self.begin(block.line);
                self.rule(self.room());
            }
            Kind::Live(live) => self.live(live),
            Kind::Details(details) => fold::lay(self, block.line, details),
        }
    }

    fn heading(&mut self, line: usize, level: u8, runs: &[Run]) {
        self.begin(line);
        self.page.headings.push(self.page.lines.len());
        let widest = self.runs(runs, Style { bold: true, ..Style::ink(Ink::Heading(level)) });
        if widest == 0 {
            self.end_line();
        } else if level == 2 {
            self.rule(widest);
        }
    }

    fn bar(&mut self, ink: Ink) {
        let bar = Piece::new(self.glyph("▌", "|"), Style::ink(ink)).and_blank();
        self.set_in(bar.clone(), bar);
    }

    fn alert(&mut self, line: usize, kind: AlertKind, blocks: &'a [Block]) {
        let ink = match kind {
            AlertKind::Note | AlertKind::Important => Ink::Note,
            AlertKind::Tip => Ink::Good,
            AlertKind::Warning => Ink::Warn,
            AlertKind::Caution => Ink::Bad,
        };
        self.begin(line);
        let depth = self.depth();
        self.bar(ink);
        self.words(kind.name(), Style { bold: true, ..Style::ink(ink) });
        self.open_blocks(blocks, depth, false, false);
    }

    /// Sets what follows in behind a marker.
    pub(super) fn mark(&mut self, marker: impl Into<Cow<'static, str>>) {
        let first = Piece::new(marker, Style::ink(Ink::Marker)).and_blank();
        let below = Piece::margin(width_of(&first));
        self.set_in(first, below);
    }

    pub(super) fn next_item(&mut self, list: &'a List) {
        let lines = self.page.lines.len();
        let Some(Frame { next, start, .. }) = self.frame() else { return };
        let index = *next;
        let Some(item) = list.items.get(index) else { return self.close() };
        *next += 1;
        if lines > *start {
            self.state.gap = None;
            if !list.tight {
                self.owe_gap();
            }
        }
        self.begin(item.line);
        let depth = self.depth();
        self.mark(self.marker(list, index, item.task));
        self.open_blocks(&item.blocks, depth, list.tight, true);
    }

    fn marker(&self, list: &List, index: usize, task: Option<bool>) -> Cow<'static, str> {
        let bullet = self.glyph(if self.state.list_depth.is_multiple_of(2) { "◦" } else { "•" }, "-");
        let done = task.map(|done| if done { self.glyph("☑", "[x]") } else { self.glyph("☐", "[ ]") });
        let Some(start) = list.start else { return done.unwrap_or(bullet).into() };
        let number = |at: usize| start.saturating_add(at as u64);
        // As wide as the last number of the list.
        let last = start.saturating_add(list.items.len() as u64).saturating_sub(1);
        let digits = last.checked_ilog10().unwrap_or(0) as usize + 1;
        match done {
            Some(done) => format!("{:>digits$}. {done}", number(index)).into(),
            None => format!("{:>digits$}.", number(index)).into(),
        }
    }

    pub(super) fn next_definition(&mut self, entries: &'a [Definition]) {
        let Some(Frame { next, work: Work::Definitions(meaning), .. }) = self.frame() else { return };
        let (index, part) = (*next, *meaning);
        let Some(entry) = entries.get(index) else { return self.close() };
        // The term comes first, then one meaning after the other.
        if part > entry.meanings.len() {
            (*next, *meaning) = (index + 1, 0);
            return;
        }
        *meaning += 1;
        let Some(blocks) = part.checked_sub(1).map(|at| &entry.meanings[at]) else {
            if index > 0 {
                self.owe_gap();
            }
            self.begin(entry.line);
            self.runs(&entry.term, Style { bold: true, ..Style::default() });
            return;
        };
        self.state.gap = None;
        let depth = self.depth();
        self.set_in(Piece::margin(2), Piece::margin(2));
        self.open_blocks(blocks, depth, false, false);
    }

    fn live(&mut self, live: &'a Live) {
        let width = u16::try_from(self.room()).unwrap_or(u16::MAX);
        let height = (self.options.live_height)(live, width);
        self.begin(live.line);
        if height == 0 {
            return code::lay_source(self, live);
        }
        let indent = u16::try_from(self.indent()).unwrap_or(u16::MAX);
        self.page.live.push(Slot { live: live.index, line: self.page.lines.len(), height, indent, width });
        (0..height).for_each(|_| self.end_line());
    }

    pub(super) fn next_note(&mut self, notes: &'a [Footnote]) {
        let Some(Frame { next, .. }) = self.frame() else { return };
        let index = *next;
        *next += 1;
        self.end_note();
        let (Some(note), Some(last)) = (notes.get(index), notes.last()) else { return self.close() };
        if index == 0 {
            if !self.page.lines.is_empty() {
                self.owe_gap();
            }
            self.begin(note.line);
            self.rule(self.room().min(20));
        }
        self.state.gap = None;
        self.state.source = note.line;
        let line = self.page.lines.len();
        self.page.notes.push(PlacedNote { number: note.number, line, reference: None });
        let depth = self.depth();
        let digits = last.number.to_string().len();
        self.mark(format!("{:>width$}", format!("[{}]", note.number), width = digits + 2));
        self.open_blocks(&note.blocks, depth, false, true);
    }

    /// Notes where the footnote is referred to that was laid out last.
    fn end_note(&mut self) {
        if let Some(note) = self.page.notes.last_mut() {
            note.reference = self.state.references.get(&note.number).copied();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::super::{Line, plain};
    use super::*;

    fn lines(page: &Page) -> Vec<String> {
        page.lines.iter().map(Line::text).collect()
    }

    fn check(markdown: &str, width: u16, expected: &[&str]) {
        assert_eq!(
            lines(&layout(&parse(markdown), &Layout::new(width))),
            expected,
            "{markdown:?} at width {width}"
        );
    }

    #[test]
    fn text_and_headings() {
        check("", 10, &[]);
        check("one two\nthree\n\nfour", 9, &["one two", "three", "", "four"]);
        check("hard\\\nbreak<br>twice  \nagain", 20, &["hard", "break", "twice", "again"]);
        check("# One\n## Two words\n### Three", 20, &["One", "", "Two words", "─────────", "", "Three"]);
        check("## Two words\ntext", 5, &["Two", "words", "─────", "text"]);
        check("#\ntext", 5, &["", "", "text"]);
        check("a\n\n***\n\nb", 4, &["a", "", "────", "", "b"]);
        check("## T\n\n***\nx", 4, &["T", "─", "", "────", "", "x"]);
        check("x <!-- hidden --> y <b>z</b> Vec<T> 2<sup>10</sup> &amp;", 40, &["x y z Vec<T> 2¹⁰ &"]);
        check(
            "![alt](p.png) [![badge](b.svg)](u) ![](q.png)",
            80,
            &["image: alt (p.png) badge image: q.png"],
        );
    }

    #[test]
    fn lists() {
        check(
            "- a\n- b c d e f\n  - e\n    - f\n- g",
            10,
            &["• a", "• b c d e", "  f", "  ◦ e", "    • f", "• g"],
        );
        check("- a\n\n- b\n\n  c\n", 9, &["• a", "", "• b", "", "  c"]);
        check("9. a\n10. b\n    c\n", 9, &[" 9. a", "10. b c"]);
        check("- [x] a\n- [ ] b b b\n", 6, &["☑ a", "☐ b b", "  b"]);
        check("1. [ ] a\n", 20, &["1. ☐ a"]);
        check("-\n- a\n-\n", 20, &["•", "• a", "•"]);
        check("- a\n  ```\n  b\n  ```\n- c\n", 20, &["• a", "", "    b", "• c"]);
        check("text\n- # h\n\n  > q\n\ntext", 20, &["text", "", "• h", "", "  ▌ q", "", "text"]);
        check("99999999999. x\n", 20, &["99999999999. x"]);
        check("999999999. x\n1. y\n", 20, &[" 999999999. x", "1000000000. y"]);
    }

    #[test]
    fn quotes_alerts_and_more() {
        check("> a b\n>\n> c\n> > d e f\n", 8, &["▌ a b", "▌", "▌ c", "▌", "▌ ▌ d e", "▌ ▌ f"]);
        check("> [!TIP]\n> do\n\nx", 20, &["▌ Tip", "▌ do", "", "x"]);
        check(">\n\nx\n\n>\n\ny", 20, &["x", "", "y"]);
        check(
            "Term\n: one\n: two\n\nOther\n: three\n",
            20,
            &["Term", "  one", "  two", "", "Other", "  three"],
        );
        check("<!-- nothing -->\n\nx\n\n<div>\n<p>y</p>\n\n</div>\n\nz", 20, &["x", "", "y", "", "z"]);
        check("a[^1]\n\n[^1]: note\n", 20, &["a[1]", "", "─".repeat(20).as_str(), "[1] note"]);
        check("- ~~~\n  x\n", 20, &["•   x"]);
    }

    #[test]
    fn narrow_pages_leave_indents_out() {
        check("> a\n", 4, &["a"]);
        check("1. a\n", 4, &["1.", "a"]);
        check("10. a\n", 2, &["10", ".", "a"]);
        check("日a", 1, &["\u{fffd}", "a"]);
        // Bars stop where a third of the width is left for text.
        let page = layout(&parse(&("> ".repeat(60) + "word")), &Layout::new(30));
        assert_eq!(lines(&page), ["▌ ".repeat(10) + "word"]);
    }

    #[test]
    fn ascii_changes_what_is_ours_only() {
        let text = "## é\n- [x] a\n- b\n\n> ü\n\n---\n";
        let page = layout(&parse(text), &Layout { ascii: true, ..Layout::new(5) });
        assert_eq!(lines(&page), ["é", "-", "[x]", "a", "-", "b", "", "ü", "", "-----"]);
        let page = layout(&parse("> ü\n"), &Layout { ascii: true, ..Layout::new(9) });
        assert_eq!(lines(&page), ["| ü"]);
    }

    #[test]
    fn styles_say_what_text_means() {
        let page = layout(&parse("## T\n\na **b** *c* ~~d~~ `e` [f](u) ***g***\n"), &Layout::new(40));
        let styles: Vec<(&str, Style)> =
            page.lines.iter().flat_map(|line| &line.spans).map(|s| (s.text.as_str(), s.style)).collect();
        let text = Style::default();
        let (bold, italic) = (Style { bold: true, ..text }, Style { italic: true, ..text });
        assert_eq!(
            styles,
            [
                ("T", Style { bold: true, ..Style::ink(Ink::Heading(2)) }),
                ("─", Style::ink(Ink::Rule)),
                ("a ", text),
                ("b", bold),
                (" ", text),
                ("c", italic),
                (" ", text),
                ("d", Style { strike: true, ..text }),
                (" ", text),
                ("e", Style::ink(Ink::Code)),
                (" ", text),
                ("f", Style { underline: true, ..Style::ink(Ink::Link) }),
                (" ", text),
                ("g", Style { bold: true, italic: true, ..text }),
            ]
        );
    }

    #[test]
    fn links_know_their_cells() {
        let page =
            layout(&parse("see [two words](a) and\n\n- [x](b)\n\n| [t](c) |\n|---|\n"), &Layout::new(8));
        let places: Vec<(&str, Vec<_>)> = page
            .links
            .iter()
            .map(|link| (link.url.as_str(), link.places.iter().map(|r| (r.line, r.start, r.end)).collect()))
            .collect();
        assert_eq!(lines(&page), ["see two", "words", "and", "", "• x", "", "t"]);
        assert_eq!(
            places,
            [("a", vec![(0, 4, 7), (1, 0, 5)]), ("b", vec![(4, 2, 3)]), ("c", vec![(6, 0, 1)])]
        );
    }

    #[test]
    fn live_blocks_get_room_or_show_their_source() {
        let text = "a\n\n- b\n  ```demo ring x=1\n  ```\n\n```calc\n1 + 1\n```\n\nc";
        let document = parse(text);
        let height = |live: &Live, width: u16| if live.index == 0 { width / 6 } else { 0 };
        let page = layout(&document, &Layout { live_height: &height, ..Layout::new(20) });
        assert_eq!(page.live, [Slot { live: 0, line: 4, height: 3, indent: 2, width: 18 }]);
        assert_eq!(lines(&page), ["a", "", "• b", "", "", "", "", "", "  calc", "  1 + 1", "", "c"]);
        let source = "a\n\n• b\n\n    demo ring x=1\n\n  calc\n  1 + 1\n\nc\n";
        assert_eq!(plain(&document, 20, false), source);
    }

    #[test]
    fn headings_and_footnotes_know_their_lines() {
        let text = "# A\n\nx[^b]\n\n> ## B\n\ny[^b]\n\n[^b]: # C\n[^z]: unused\n";
        let document = parse(text);
        let page = layout(&document, &Layout::new(20));
        let at: Vec<String> = page.headings.iter().map(|&line| page.lines[line].text()).collect();
        assert_eq!(at, ["A", "▌ B", "[1] C"]);
        assert_eq!(document.headings.len(), page.headings.len());
        let notes = [
            PlacedNote { number: 1, line: 10, reference: Some(2) },
            PlacedNote { number: 2, line: 11, reference: None },
        ];
        assert_eq!(page.notes, notes);
        assert_eq!(page.lines[11].text(), "[2] unused");
        assert_eq!(page.source, [1, 1, 3, 3, 5, 5, 5, 7, 7, 9, 9, 10]);
    }
}
