//! Blocks to lines at a width.
//!
//! The flow writes one line after the other. Containers do not lay out boxes of their own: each puts a
//! prefix (a bar, a marker and the space below it) before every line while it is open. A prefix that
//! would leave too little room for text is left out, so however deep things nest, the text stays
//! readable and no line passes the edge. Empty lines between blocks are owed, and written only when
//! something follows; so a block that shows nothing leaves no hole.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{AlertKind, Block, Definition, Details, Document, Footnote, Item, Kind, List, Live, Run};
use super::page::{Colouring, Ink, Line, Page, PlacedFold, PlacedLink, PlacedNote, Reach, Slot, Span, Style};
use super::wrap::{Piece, Styled, Target, width_of};
use super::{code, table};

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
    let mut flow = Flow::new(document, *options);
    flow.blocks(&document.blocks, false);
    flow.footnotes(&document.footnotes);
    flow.page
}

/// The document as text, a line break after each line, for printing and for screen readers: as the page
/// looks, but long lines of code go on in the next line after a mark, and live blocks show their source.
#[must_use]
pub fn plain(document: &Document, width: u16, ascii: bool) -> String {
    let options = Layout { ascii, long_code: LongCode::Break, ..Layout::new(width) };
    layout(document, &options).lines.iter().map(|line| line.text() + "\n").collect()
}

/// What stands before every line of a container.
struct Prefix {
    /// Before its first line, while that is not written.
    first: Option<Vec<Piece>>,
    /// Before all others.
    rest: Vec<Piece>,
    width: usize,
}

/// Writes lines from top to bottom.
pub(super) struct Flow<'a> {
    pub options: Layout<'a>,
    pub page: Page,
    document: &'a Document,
    prefixes: Vec<Prefix>,
    /// The line of the source that is being laid out.
    source: usize,
    /// How many prefixes an empty line has that is owed before the next.
    gap: Option<usize>,
    /// Where in the page's links each target is.
    placed: BTreeMap<usize, usize>,
    /// The line that first refers to each footnote.
    references: BTreeMap<usize, usize>,
    list_depth: usize,
}

impl<'a> Flow<'a> {
    fn new(document: &'a Document, options: Layout<'a>) -> Flow<'a> {
        Flow {
            options,
            page: Page::default(),
            document,
            prefixes: Vec::new(),
            source: 1,
            gap: None,
            placed: BTreeMap::new(),
            references: BTreeMap::new(),
            list_depth: 0,
        }
    }

    /// How many cells are left for text, at least 1.
    pub fn room(&self) -> usize {
        self.width().saturating_sub(self.indent()).max(1)
    }

    /// A glyph or its stand-in in ASCII.
    pub fn glyph(&self, glyph: &'static str, ascii: &'static str) -> &'static str {
        if self.options.ascii { ascii } else { glyph }
    }

    /// A rule of this many cells.
    pub fn rule(&self, cells: usize) -> Piece {
        Piece::new(self.glyph("─", "-").repeat(cells), Style::ink(Ink::Rule))
    }

    /// Writes the empty line that is owed, and sets the line of the source for what follows.
    pub fn begin(&mut self, source: usize) {
        self.settle();
        self.source = source;
    }

    /// Writes a line behind the prefixes of the open containers.
    pub fn line(&mut self, pieces: Vec<Piece>) {
        self.settle();
        let mut all: Vec<Piece> = Vec::new();
        for prefix in &mut self.prefixes {
            all.extend(prefix.first.take().unwrap_or_else(|| prefix.rest.clone()));
        }
        all.extend(pieces);
        self.write(&all);
    }

    /// Wraps runs and writes the lines; gives the width of the widest.
    pub fn runs(&mut self, runs: &[Run], style: Style) -> usize {
        let lines = Styled::new(runs, style).wrap(self.room(), self.options.ascii);
        let widest = lines.iter().map(|line| width_of(line)).max().unwrap_or(0);
        lines.into_iter().for_each(|line| self.line(line));
        widest
    }

    /// Has an empty line written before the next one.
    pub fn owe_gap(&mut self) {
        self.gap = Some(self.prefixes.len());
    }

    fn width(&self) -> usize {
        usize::from(self.options.width).max(1)
    }

    fn indent(&self) -> usize {
        self.prefixes.iter().map(|prefix| prefix.width).sum()
    }

    fn settle(&mut self) {
        let Some(depth) = self.gap.take() else { return };
        let prefixes = self.prefixes.iter().take(depth);
        let bars: Vec<Piece> = prefixes.flat_map(|prefix| prefix.rest.iter().cloned()).collect();
        self.write(&bars);
    }

    fn write(&mut self, pieces: &[Piece]) {
        let number = self.page.lines.len();
        let mut line = Line::default();
        let mut column = 0;
        for piece in pieces.iter().filter(|piece| !piece.text.is_empty()) {
            let reach = Reach { line: number, start: column, end: column + piece.width };
            column = reach.end;
            match piece.target {
                Some(Target::Link(target)) => self.place(target, reach),
                Some(Target::Note(note)) => {
                    self.references.entry(note).or_insert(number);
                }
                None => {}
            }
            match line.spans.last_mut() {
                Some(last) if last.style == piece.style => last.text.push_str(&piece.text),
                _ => line.spans.push(Span { text: piece.text.clone(), style: piece.style }),
            }
        }
        while let Some(last) = line.spans.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
            if !last.text.is_empty() {
                break;
            }
            line.spans.pop();
        }
        self.page.lines.push(line);
        self.page.source.push(self.source);
    }

    /// Notes the cells of a link.
    fn place(&mut self, target: usize, reach: Reach) {
        let Some(link) = self.document.targets.get(target) else { return };
        let links = &mut self.page.links;
        let at = *self.placed.entry(target).or_insert_with(|| {
            links.push(PlacedLink { target, url: link.url.clone(), image: link.image, places: Vec::new() });
            links.len() - 1
        });
        let places = &mut links[at].places;
        match places.last_mut() {
            Some(last) if last.line == reach.line && last.end == reach.start => last.end = reach.end,
            _ => places.push(reach),
        }
    }

    /// Lays out what is inside a prefix. Where that would leave too little room, the prefix is left out
    /// and a marker in it stands on a line of its own.
    fn inside(&mut self, first: Vec<Piece>, rest: Vec<Piece>, lay: impl FnOnce(&mut Self)) {
        let width = width_of(&first).max(width_of(&rest));
        let least = (self.width() / 3).max(4);
        if self.indent() + width + least > self.width() {
            let marker: String = first.iter().map(|piece| piece.text.trim()).collect();
            if rest.iter().all(|piece| piece.text.trim().is_empty()) && !marker.is_empty() {
                let style = first.last().map(|piece| piece.style).unwrap_or_default();
                self.runs(&[Run { text: marker, ..Run::default() }], style);
            }
            return lay(self);
        }
        let depth = self.prefixes.len();
        self.prefixes.push(Prefix { first: Some(first), rest, width });
        lay(self);
        self.prefixes.truncate(depth);
    }

    /// Lays out blocks with an empty line between them. In a tight item lists follow without one, and so
    /// does text after the rule beneath a heading.
    fn blocks(&mut self, blocks: &[Block], tight: bool) {
        let start = self.page.lines.len();
        let mut ruled = false;
        for block in blocks {
            let heading = match &block.kind {
                Kind::Heading(heading, _) => Some(heading.level),
                _ => None,
            };
            if self.page.lines.len() > start {
                self.gap = None;
                let close = (tight && matches!(block.kind, Kind::List(_))) || (ruled && heading.is_none());
                if !close {
                    self.owe_gap();
                }
            }
            let before = self.page.lines.len();
            self.block(block);
            if self.page.lines.len() > before {
                ruled = heading == Some(2);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        match &block.kind {
            Kind::Heading(heading, runs) => self.heading(block.line, heading.level, runs),
            Kind::Paragraph(runs) => {
                self.begin(block.line);
                self.runs(runs, Style::default());
            }
            Kind::List(list) => self.list(list),
            Kind::Quote(blocks) => {
                let bar = self.bar(Ink::Quote);
                self.inside(bar.clone(), bar, |flow| flow.blocks(blocks, false));
            }
            Kind::Alert(kind, blocks) => self.alert(block.line, *kind, blocks),
            Kind::Code(code) => code::lay(self, block.line, code),
            Kind::Table(table) => table::lay(self, block.line, table),
            Kind::Definitions(entries) => self.definitions(entries),
            Kind::Rule => {
                self.begin(block.line);
                let rule = self.rule(self.room());
                self.line(vec![rule]);
            }
            Kind::Live(live) => self.live(live),
            Kind::Details(details) => self.details(block.line, details),
        }
    }

    fn details(&mut self, line: usize, details: &Details) {
        self.begin(line);
        let open = (self.options.open)(details);
        self.page.folds.push(PlacedFold { fold: details.index, line: self.page.lines.len(), open });
        let glyph = if open { self.glyph("▾", "v") } else { self.glyph("▸", ">") };
        let marker = vec![Piece::new(format!("{glyph} "), Style::ink(Ink::Marker))];
        let below = vec![Piece::blank(2)];
        self.inside(marker, below, |flow| {
            let start = flow.page.lines.len();
            flow.runs(&details.summary, Style { bold: true, ..Style::default() });
            if flow.page.lines.len() == start {
                flow.runs(&[Run { text: "Details".into(), ..Run::default() }], Style::ink(Ink::Dim));
            }
            if open && !details.blocks.is_empty() {
                flow.owe_gap();
                flow.blocks(&details.blocks, false);
            }
        });
    }

    fn heading(&mut self, line: usize, level: u8, runs: &[Run]) {
        self.begin(line);
        self.page.headings.push(self.page.lines.len());
        let widest = self.runs(runs, Style { bold: true, ..Style::ink(Ink::Heading(level)) });
        if widest == 0 {
            self.line(Vec::new());
        } else if level == 2 {
            let rule = self.rule(widest);
            self.line(vec![rule]);
        }
    }

    fn bar(&self, ink: Ink) -> Vec<Piece> {
        vec![Piece::new(self.glyph("▌", "|"), Style::ink(ink)), Piece::blank(1)]
    }

    fn alert(&mut self, line: usize, kind: AlertKind, blocks: &[Block]) {
        let ink = match kind {
            AlertKind::Note | AlertKind::Important => Ink::Note,
            AlertKind::Tip => Ink::Good,
            AlertKind::Warning => Ink::Warn,
            AlertKind::Caution => Ink::Bad,
        };
        let bar = self.bar(ink);
        self.inside(bar.clone(), bar, |flow| {
            flow.begin(line);
            let title = Run { text: kind.name().to_owned(), ..Run::default() };
            flow.runs(&[title], Style { bold: true, ..Style::ink(ink) });
            flow.blocks(blocks, false);
        });
    }

    fn list(&mut self, list: &List) {
        let last = list.start.map(|start| start.saturating_add(list.items.len() as u64).saturating_sub(1));
        let digits = last.map_or(0, |last| last.to_string().len());
        let start = self.page.lines.len();
        self.list_depth += 1;
        for (index, item) in list.items.iter().enumerate() {
            if self.page.lines.len() > start {
                self.gap = None;
                if !list.tight {
                    self.owe_gap();
                }
            }
            let number = list.start.map(|start| format!("{:>digits$}.", start.saturating_add(index as u64)));
            let marker = vec![Piece::new(self.marker(number, item.task) + " ", Style::ink(Ink::Marker))];
            let below = vec![Piece::blank(width_of(&marker))];
            self.inside(marker, below, |flow| flow.item(item, list.tight));
        }
        self.list_depth -= 1;
    }

    fn marker(&self, number: Option<String>, task: Option<bool>) -> String {
        let bullet = self.glyph(if self.list_depth.is_multiple_of(2) { "◦" } else { "•" }, "-");
        let done = task.map(|done| if done { self.glyph("☑", "[x]") } else { self.glyph("☐", "[ ]") });
        match (number, done) {
            (Some(number), Some(done)) => format!("{number} {done}"),
            (Some(number), None) => number,
            (None, done) => done.unwrap_or(bullet).to_owned(),
        }
    }

    fn item(&mut self, item: &Item, tight: bool) {
        self.begin(item.line);
        let start = self.page.lines.len();
        self.blocks(&item.blocks, tight);
        if self.page.lines.len() == start {
            self.line(Vec::new());
        }
    }

    fn definitions(&mut self, entries: &[Definition]) {
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                self.owe_gap();
            }
            self.begin(entry.line);
            self.runs(&entry.term, Style { bold: true, ..Style::default() });
            for meaning in &entry.meanings {
                self.gap = None;
                self.inside(vec![Piece::blank(2)], vec![Piece::blank(2)], |flow| flow.blocks(meaning, false));
            }
        }
    }

    fn live(&mut self, live: &Live) {
        let width = u16::try_from(self.room()).unwrap_or(u16::MAX);
        let height = (self.options.live_height)(live, width);
        self.begin(live.line);
        if height == 0 {
            return code::lay_source(self, live);
        }
        let indent = u16::try_from(self.indent()).unwrap_or(u16::MAX);
        self.page.live.push(Slot { live: live.index, line: self.page.lines.len(), height, indent, width });
        (0..height).for_each(|_| self.line(Vec::new()));
    }

    fn footnotes(&mut self, notes: &[Footnote]) {
        let Some(last) = notes.last() else { return };
        let digits = last.number.to_string().len();
        if !self.page.lines.is_empty() {
            self.owe_gap();
        }
        self.begin(notes[0].line);
        let rule = self.rule(self.room().min(20));
        self.line(vec![rule]);
        for note in notes {
            let text = format!("{:>width$} ", format!("[{}]", note.number), width = digits + 2);
            let marker = vec![Piece::new(text, Style::ink(Ink::Marker))];
            let below = vec![Piece::blank(width_of(&marker))];
            let line = self.page.lines.len();
            self.source = note.line;
            self.inside(marker, below, |flow| {
                let start = flow.page.lines.len();
                flow.blocks(&note.blocks, false);
                if flow.page.lines.len() == start {
                    flow.line(Vec::new());
                }
            });
            self.gap = None;
            let reference = self.references.get(&note.number).copied();
            self.page.notes.push(PlacedNote { number: note.number, line, reference });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
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
