//! Markdown to blocks.
//!
//! The crate pulldown-cmark reads CommonMark and GitHub's extensions and reports what it finds as a
//! stream of events; this file builds the tree from them. It keeps its own stack, so nesting in the file
//! is never recursion here, and it opens no container deeper than [`MAX_DEPTH`]: what is deeper goes on
//! in the container that is open, so that its text is kept and whoever walks the tree may recurse.

mod inline;
mod slugs;
mod source;

use std::collections::BTreeMap;

use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd,
};

use super::block::{
    AlertKind, Align, Block, Code, Definition, Document, Footnote, Heading, Item, Kind, List, Live, LiveKind,
    Row, Run, Table, text_of,
};
use super::clean::clean;
use inline::Inline;
use slugs::Slugs;
use source::Source;

/// How many containers (quotes, lists, items, footnotes) may stand in each other.
pub(super) const MAX_DEPTH: usize = 100;

/// Parses CommonMark with GitHub's tables, task lists, strikethrough, footnotes and alerts, and definition
/// lists. Any text is a document; nothing fails. Cost: that of pulldown-cmark, O(n) but for lines deep in
/// nested containers.
#[must_use]
pub fn parse(markdown: &str) -> Document {
    parse_from(markdown, 1)
}

/// [`parse`] for a text that starts at a line of its file other than the first: all lines in the document
/// are then lines of the file. See [`super::front_matter`].
#[must_use]
pub fn parse_from(markdown: &str, first_line: usize) -> Document {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST;
    let mut builder = Builder::new(Source::new(markdown, first_line));
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        builder.event(event, range.start);
    }
    builder.finish()
}

/// An open container.
struct Frame {
    line: usize,
    what: What,
    blocks: Vec<Block>,
}

enum What {
    Root,
    Quote(Option<BlockQuoteKind>),
    List { start: Option<u64>, loose: bool, items: Vec<Item> },
    Item { task: Option<bool> },
    Footnote(String),
    Definitions(Vec<Definition>),
    Meaning,
}

/// An open block that holds text.
enum Leaf {
    Paragraph,
    Heading(u8),
    Cell,
    Term,
}

struct Builder<'a> {
    source: Source<'a>,
    frames: Vec<Frame>,
    /// How many containers are open beyond the depth limit.
    flat: usize,
    leaf: Option<(Leaf, usize)>,
    inline: Inline,
    table: Option<(usize, Table)>,
    code: Option<(usize, CodeBlockKind<'a>, String)>,
    html: Option<(usize, String)>,
    slugs: Slugs,
    code_count: usize,
    table_count: usize,
    live_count: usize,
    footnotes: Vec<Footnote>,
    /// The number of each footnote that was referred to, by label.
    numbers: BTreeMap<String, usize>,
}

impl<'a> Builder<'a> {
    fn new(source: Source<'a>) -> Builder<'a> {
        Builder {
            source,
            frames: vec![Frame { line: 1, what: What::Root, blocks: Vec::new() }],
            flat: 0,
            leaf: None,
            inline: Inline::default(),
            table: None,
            code: None,
            html: None,
            slugs: Slugs::default(),
            code_count: 0,
            table_count: 0,
            live_count: 0,
            footnotes: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    fn event(&mut self, event: Event<'a>, offset: usize) {
        match event {
            Event::Start(tag) => self.start(tag, offset),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match (&mut self.code, &mut self.html) {
                (Some((_, _, code)), _) => code.push_str(&text),
                (_, Some((_, html))) => html.push_str(&text),
                _ => self.text(offset, |inline| inline.text(&text)),
            },
            Event::Html(text) => match &mut self.html {
                Some((_, html)) => html.push_str(&text),
                None => self.text(offset, |inline| inline.text(&text)),
            },
            Event::Code(text) => self.text(offset, |inline| inline.code(&text)),
            Event::InlineHtml(tag) => {
                let place = self.place(offset);
                self.text(offset, |inline| inline.html(&tag, place));
            }
            Event::SoftBreak => self.text(offset, |inline| inline.text(" ")),
            Event::HardBreak => self.text(offset, Inline::hard_break),
            Event::FootnoteReference(label) => {
                let next = self.numbers.len() + 1;
                let number = *self.numbers.entry(label.to_lowercase()).or_insert(next);
                self.text(offset, |inline| inline.note(number));
            }
            Event::TaskListMarker(done) => self.task(done),
            Event::Rule => {
                self.end_implicit();
                self.push(self.source.line(offset), Kind::Rule);
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(offset, |inline| inline.text(&text));
            }
        }
    }

    fn start(&mut self, tag: Tag<'a>, offset: usize) {
        let line = self.source.line(offset);
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {
                self.text(offset, |inline| inline.mark(&tag.to_end(), true));
            }
            Tag::Link { dest_url, .. } => {
                let place = self.place(offset);
                self.text(offset, |inline| inline.link(&dest_url, place));
            }
            Tag::Image { dest_url, .. } => {
                let place = self.place(offset);
                self.text(offset, |inline| inline.image(&dest_url, place));
            }
            Tag::Paragraph => {
                self.end_implicit();
                self.loosen();
                self.leaf = Some((Leaf::Paragraph, line));
            }
            Tag::Heading { level, .. } => self.open_leaf(Leaf::Heading(level_of(level)), line),
            Tag::TableCell => self.open_leaf(Leaf::Cell, line),
            Tag::DefinitionListTitle => self.open_leaf(Leaf::Term, line),
            Tag::CodeBlock(kind) => {
                self.end_implicit();
                self.code = Some((line, kind, String::new()));
            }
            Tag::HtmlBlock => {
                self.end_implicit();
                self.html = Some((line, String::new()));
            }
            Tag::Table(alignments) => {
                self.end_implicit();
                let alignments = alignments.into_iter().map(align_of).collect();
                let index = self.table_count;
                self.table_count += 1;
                self.table = Some((line, Table { index, alignments, head: Vec::new(), rows: Vec::new() }));
            }
            Tag::TableRow => {
                if let Some((_, table)) = &mut self.table {
                    table.rows.push(Row { line, cells: Vec::new() });
                }
            }
            Tag::TableHead | Tag::MetadataBlock(_) => {}
            Tag::BlockQuote(kind) => self.open(What::Quote(kind), line),
            Tag::List(start) => self.open(What::List { start, loose: false, items: Vec::new() }, line),
            Tag::Item => self.open(What::Item { task: None }, line),
            Tag::FootnoteDefinition(label) => self.open(What::Footnote(label.to_string()), line),
            Tag::DefinitionList => self.open(What::Definitions(Vec::new()), line),
            Tag::DefinitionListDefinition => self.open(What::Meaning, line),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript => {
                self.inline.mark(&tag, false);
            }
            TagEnd::Link => self.inline.end_link(),
            TagEnd::Image => self.inline.end_image(),
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::TableCell | TagEnd::DefinitionListTitle => {
                self.end_leaf();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                if let Some((line, html)) = self.html.take() {
                    self.push(line, Kind::Html(html));
                }
            }
            TagEnd::Table => {
                if let Some((line, table)) = self.table.take() {
                    self.push(line, Kind::Table(table));
                }
            }
            TagEnd::TableRow | TagEnd::TableHead | TagEnd::MetadataBlock(_) => {}
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListDefinition => self.close(),
        }
    }

    fn place(&self, offset: usize) -> (usize, usize) {
        (self.source.line(offset), self.source.column(offset))
    }

    /// Adds to the open text; text that stands in a tight item without a paragraph opens one.
    fn text(&mut self, offset: usize, f: impl FnOnce(&mut Inline)) {
        if self.leaf.is_none() {
            self.leaf = Some((Leaf::Paragraph, self.source.line(offset)));
        }
        f(&mut self.inline);
    }

    fn open_leaf(&mut self, leaf: Leaf, line: usize) {
        self.end_implicit();
        self.leaf = Some((leaf, line));
    }

    fn end_implicit(&mut self) {
        if self.leaf.is_some() {
            self.end_leaf();
        }
    }

    fn end_leaf(&mut self) {
        let Some((leaf, line)) = self.leaf.take() else { return };
        let runs = self.inline.take();
        match leaf {
            Leaf::Paragraph if runs.is_empty() => {}
            Leaf::Paragraph => self.push(line, Kind::Paragraph(runs)),
            Leaf::Heading(level) => self.heading(level, line, runs),
            Leaf::Cell => match &mut self.table {
                Some((_, table)) => match table.rows.last_mut() {
                    Some(row) => row.cells.push(runs),
                    None => table.head.push(runs),
                },
                None => self.push(line, Kind::Paragraph(runs)),
            },
            Leaf::Term => match self.frames.last_mut().filter(|_| self.flat == 0) {
                Some(Frame { what: What::Definitions(entries), .. }) => {
                    entries.push(Definition { line, term: runs, meanings: Vec::new() });
                }
                _ => self.push(line, Kind::Paragraph(runs)),
            },
        }
    }

    fn heading(&mut self, level: u8, line: usize, runs: Vec<Run>) {
        let text = text_of(&runs).split_whitespace().collect::<Vec<_>>().join(" ");
        let id = self.slugs.unique(&text);
        self.push(line, Kind::Heading(Heading { level, text, id, line }, runs));
    }

    fn end_code(&mut self) {
        let Some((line, kind, mut text)) = self.code.take() else { return };
        if text.ends_with('\n') {
            text.pop();
        }
        let (info, text_line) = match &kind {
            CodeBlockKind::Fenced(info) => (info.trim(), line + 1),
            CodeBlockKind::Indented => ("", line),
        };
        let (first, rest) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
        let kind = if let Some(kind) = LiveKind::named(first) {
            self.live_count += 1;
            Kind::Live(Live {
                kind,
                argument: rest.trim().to_owned(),
                body: text,
                line,
                index: self.live_count - 1,
            })
        } else {
            self.code_count += 1;
            Kind::Code(Code {
                index: self.code_count - 1,
                language: clean(first).into_owned(),
                text,
                text_line,
            })
        };
        self.push(line, kind);
    }

    fn task(&mut self, done: bool) {
        if let (0, Some(Frame { what: What::Item { task }, .. })) = (self.flat, self.frames.last_mut()) {
            *task = Some(done);
        }
    }

    /// A paragraph directly in an item means that its list is not tight.
    fn loosen(&mut self) {
        if let (
            0,
            [.., Frame { what: What::List { loose, .. }, .. }, Frame { what: What::Item { .. }, .. }],
        ) = (self.flat, self.frames.as_mut_slice())
        {
            *loose = true;
        }
    }

    fn push(&mut self, line: usize, kind: Kind) {
        if let Some(frame) = self.frames.last_mut() {
            frame.blocks.push(Block { line, kind });
        }
    }

    fn open(&mut self, what: What, line: usize) {
        self.end_implicit();
        // Lists and definition lists need room for what they are made of.
        let needs = if matches!(what, What::List { .. } | What::Definitions(_)) { 2 } else { 1 };
        if self.flat > 0 || self.frames.len() + needs > MAX_DEPTH {
            self.flat += 1;
        } else {
            self.frames.push(Frame { line, what, blocks: Vec::new() });
        }
    }

    fn close(&mut self) {
        self.end_implicit();
        if self.flat > 0 {
            self.flat -= 1;
            return;
        }
        // The root is never closed: each end has its start.
        let Some(frame) = (self.frames.len() > 1).then(|| self.frames.pop()).flatten() else { return };
        let Frame { line, what, blocks } = frame;
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
                    match entries.last_mut() {
                        Some(entry) => entry.meanings.push(blocks),
                        None => entries.push(Definition { line, term: Vec::new(), meanings: vec![blocks] }),
                    }
                }
            }
        }
    }

    fn finish(mut self) -> Document {
        while self.flat > 0 || self.frames.len() > 1 {
            self.close();
        }
        self.end_implicit();
        let mut footnotes = self.footnotes;
        let mut next = self.numbers.len();
        for note in &mut footnotes {
            note.number = self.numbers.remove(&note.label.to_lowercase()).unwrap_or_else(|| {
                next += 1;
                next
            });
            note.label = clean(&note.label).into_owned();
        }
        footnotes.sort_by_key(|note| note.number);
        let blocks = self.frames.pop().map(|root| root.blocks).unwrap_or_default();
        let mut document = Document { blocks, footnotes, headings: Vec::new(), targets: self.inline.targets };
        document.collect_headings();
        document
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn align_of(alignment: Alignment) -> Align {
    match alignment {
        Alignment::None | Alignment::Left => Align::Left,
        Alignment::Center => Align::Center,
        Alignment::Right => Align::Right,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_those_of_the_file() {
        let text = "one\n\n## Two\n\n- 日本 [x](u) ![alt](p.png)\n\n```calc a b\n1\n2\n```\n\n    indented\n\n```rust\ncode\n```\n\n| a |\n|---|\n| b |\n";
        let document = parse_from(text, 11);
        let lines: Vec<usize> = document.blocks.iter().map(|block| block.line).collect();
        assert_eq!(lines, [11, 13, 15, 17, 22, 24, 28]);
        assert_eq!(document.headings[0].line, 13);
        let links: Vec<_> =
            document.links().map(|link| (link.url.as_str(), link.image, link.line, link.column)).collect();
        assert_eq!(links, [("u", false, 15, 6), ("p.png", true, 15, 13)]);
        let code: Vec<_> =
            document.code().map(|code| (code.index, code.text_line, code.text.as_str())).collect();
        assert_eq!(code, [(0, 22, "indented"), (1, 25, "code")]);
        let Kind::Table(table) = &document.blocks[6].kind else { panic!("a table") };
        assert_eq!(table.rows[0].line, 30);
    }

    #[test]
    fn live_blocks() {
        let text = "```demo ring nodes=4  vnodes=100\n```\n\n- x\n  ```card  a.b\n  body\n\n  more\n  ```\n\n~~~decide cache\n~~~\n\n```demonstration\n```\n";
        let document = parse(text);
        let live: Vec<_> = document
            .live()
            .map(|l| (l.kind, l.argument.as_str(), l.body.as_str(), l.line, l.index))
            .collect();
        assert_eq!(
            live,
            [
                (LiveKind::Demo, "ring nodes=4  vnodes=100", "", 1, 0),
                (LiveKind::Card, "a.b", "body\n\nmore", 5, 1),
                (LiveKind::Decide, "cache", "", 11, 2),
            ]
        );
        assert_eq!(document.code().count(), 1);
    }

    #[test]
    fn footnotes_are_numbered_by_their_first_reference() {
        let document = parse("a[^x] b[^Y] c[^x]\n\n[^never]: three\n[^y]: two\n[^x]: one\n");
        let notes: Vec<_> =
            document.footnotes.iter().map(|note| (note.number, note.label.as_str(), note.line)).collect();
        assert_eq!(notes, [(1, "x", 5), (2, "y", 4), (3, "never", 3)]);
        let Kind::Paragraph(runs) = &document.blocks[0].kind else { panic!("a paragraph") };
        assert_eq!(text_of(runs), "a[1] b[2] c[1]");
    }

    #[test]
    fn lists_are_tight_or_loose() {
        for (text, expected) in [
            ("- a\n- b\n", true),
            ("- a\n\n- b\n", false),
            ("- a\n  - b\n", true),
            ("- a\n\n  b\n", false),
            ("-\n-\n", true),
        ] {
            let document = parse(text);
            let Kind::List(list) = &document.blocks[0].kind else { panic!("a list") };
            assert_eq!(list.tight, expected, "{text:?}");
        }
    }

    #[test]
    fn nesting_is_cut_off_and_its_text_kept() {
        for opening in ["> ", "- ", "1. ", "> - "] {
            let mut document = parse(&(opening.repeat(10_000) + "deep"));
            let mut depth = 0;
            let mut text = String::new();
            while let Some(block) = document.blocks.pop() {
                match block.kind {
                    Kind::Quote(inner) => document.blocks = inner,
                    Kind::List(mut list) => {
                        document.blocks = list.items.pop().map(|item| item.blocks).unwrap_or_default();
                        depth += 1;
                    }
                    Kind::Paragraph(runs) => text = text_of(&runs),
                    // A line of dashes and spaces can also be a thematic break.
                    other => panic!("{other:?}"),
                }
                depth += 1;
            }
            assert_eq!(text, "deep");
            assert!(depth <= MAX_DEPTH, "{depth}");
            assert!(depth > MAX_DEPTH - 4, "{depth}");
        }
    }
}
