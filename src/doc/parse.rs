//! Markdown to blocks.
//!
//! The crate pulldown-cmark reads CommonMark and GitHub's extensions and reports what it finds as a
//! stream of events; this file builds the tree from them. It keeps its own stack, so nesting in the file
//! is never recursion here, and it opens no container deeper than [`frames::MAX_DEPTH`]: what is deeper goes on
//! in the container that is open, so that its text is kept and whoever walks the tree may recurse.
//!
//! What pulldown-cmark leaves to others stands in files of its own: HTML ([`html`]), bare addresses
//! ([`autolink`]), and which dollar signs are formulas ([`dollars`]).

mod autolink;
mod code;
mod dollars;
mod frames;
mod grid;
mod html;
mod inline;
mod slugs;
mod source;

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd};

use super::block::{Align, Block, Code, Details, Document, Heading, Kind, Row, Run, Table};
use super::clean::clean;
use super::front::front_matter;
use super::math;
use frames::{Frames, What};
use html::Html;
use inline::Inline;
use slugs::Slugs;
use source::{Bare, Source};

/// Parses CommonMark with GitHub's tables, task lists, strikethrough, footnotes, alerts, bare addresses and
/// formulas, definition lists, and the HTML that people write in Markdown. Any text is a document; nothing
/// fails. Cost: that of pulldown-cmark, O(n) but for lines deep in nested containers.
#[must_use]
pub fn parse(markdown: &str) -> Document {
    parse_from(markdown, 1)
}

/// [`parse`] for a text that starts at a line of its file other than the first: all lines in the document
/// are then lines of the file. See [`super::front_matter`].
#[must_use]
pub fn parse_from(markdown: &str, first_line: usize) -> Document {
    Builder::new(Source::new(markdown, first_line)).read(markdown)
}

/// [`parse`] for a file that is not ours: front matter at its start, in TOML or YAML, becomes a closed fold
/// that holds it as code.
#[must_use]
pub fn parse_foreign(text: &str) -> Document {
    let split = front_matter(text);
    let mut builder = Builder::new(Source::new(split.body, split.body_line));
    if let (Some(front), Some(format)) = (split.front, split.format) {
        let text = front.trim_end_matches(['\n', '\r']).to_owned();
        let code = Code { index: 0, language: format.name().into(), text, text_line: split.front_line };
        let code = Block { line: split.front_line - 1, kind: Kind::Code(code) };
        let summary = vec![Run { text: "Front matter".into(), ..Run::default() }];
        let details = Details { index: 0, open: false, summary, blocks: vec![code] };
        builder.frames.push(split.front_line - 1, Kind::Details(details));
        (builder.code_count, builder.details_count) = (1, 1);
    }
    builder.read(split.body)
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
    frames: Frames,
    leaf: Option<(Leaf, usize)>,
    inline: Inline,
    /// Text that may hold bare addresses, while it goes on.
    bare: Bare,
    table: Option<(usize, Table)>,
    /// The line of an open block of code, its info string where it is fenced, and its text.
    code: Option<(usize, Option<String>, String)>,
    html: Option<Html>,
    slugs: Slugs,
    code_count: usize,
    table_count: usize,
    details_count: usize,
    live_count: usize,
    /// The number of each footnote that was referred to, by label.
    numbers: BTreeMap<String, usize>,
}

impl<'a> Builder<'a> {
    fn new(source: Source<'a>) -> Builder<'a> {
        Builder {
            source,
            frames: Frames::new(),
            leaf: None,
            inline: Inline::default(),
            bare: Bare::default(),
            table: None,
            code: None,
            html: None,
            slugs: Slugs::default(),
            code_count: 0,
            table_count: 0,
            details_count: 0,
            live_count: 0,
            numbers: BTreeMap::new(),
        }
    }

    fn read(mut self, markdown: &str) -> Document {
        let masked = dollars::mask(markdown);
        let mut options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM
            | Options::ENABLE_DEFINITION_LIST;
        options.set(Options::ENABLE_MATH, masked.math);
        for (event, range) in Parser::new_ext(&masked.text, options).into_offset_iter() {
            match masked.stand_in {
                Some(stand_in) => self.event(dollars::unmask(event, stand_in), range),
                None => self.event(event, range),
            }
        }
        self.finish()
    }

    fn event(&mut self, event: Event, range: Range<usize>) {
        if let Event::Text(text) = &event {
            return self.plain(text, range);
        }
        self.settle();
        let offset = range.start;
        match event {
            Event::Start(tag) => self.start(tag, offset),
            Event::End(tag) => self.end(tag),
            Event::Html(text) => match &mut self.html {
                Some(html) => html.add(&text, offset),
                None => self.text(offset, |inline| inline.text(&text)),
            },
            Event::Code(text) => self.text(offset, |inline| inline.code(&text)),
            Event::InlineHtml(tag) => {
                let place = self.source.place(offset);
                self.text(offset, |inline| inline.html(&tag, place));
            }
            Event::Text(_) => {}
            Event::SoftBreak => self.text(offset, |inline| inline.text(" ")),
            Event::HardBreak => self.text(offset, Inline::hard_break),
            Event::FootnoteReference(label) => {
                let next = self.numbers.len() + 1;
                let number = *self.numbers.entry(label.to_lowercase()).or_insert(next);
                self.text(offset, |inline| inline.note(number));
            }
            Event::TaskListMarker(done) => self.frames.task(done),
            Event::Rule => {
                self.end_implicit();
                self.frames.push(self.source.line(offset), Kind::Rule);
            }
            Event::InlineMath(tex) => self.text(offset, |inline| match math::readable(&tex) {
                Some(text) => inline.formula(&text),
                None => inline.code(tex.trim()),
            }),
            Event::DisplayMath(tex) => self.display(offset, &tex),
        }
    }

    fn start(&mut self, tag: Tag, offset: usize) {
        let line = self.source.line(offset);
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Superscript | Tag::Subscript => {
                self.text(offset, |inline| inline.mark(&tag.to_end(), true));
            }
            Tag::Link { dest_url, link_type, .. } => {
                let place = self.source.place(offset);
                let scheme = if link_type == LinkType::Email { "mailto:" } else { "" };
                self.text(offset, |inline| inline.link(&format!("{scheme}{dest_url}"), place));
            }
            Tag::Image { dest_url, .. } => {
                let place = self.source.place(offset);
                self.text(offset, |inline| inline.image(&dest_url, place));
            }
            Tag::Paragraph => {
                self.end_implicit();
                self.frames.loosen();
                self.leaf = Some((Leaf::Paragraph, line));
            }
            Tag::Heading { level, .. } => self.open_leaf(Leaf::Heading(level_of(level)), line),
            Tag::TableCell => self.open_leaf(Leaf::Cell, line),
            Tag::DefinitionListTitle => self.open_leaf(Leaf::Term, line),
            Tag::CodeBlock(kind) => {
                self.end_implicit();
                let info = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.to_string()),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((line, info, String::new()));
            }
            Tag::HtmlBlock => {
                self.end_implicit();
                self.html = Some(Html::default());
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
                if let Some(html) = self.html.take() {
                    self.html_block(&html);
                }
            }
            TagEnd::Table => {
                if let Some((line, table)) = self.table.take() {
                    self.frames.push(line, Kind::Table(table));
                }
            }
            TagEnd::TableRow | TagEnd::TableHead | TagEnd::MetadataBlock(_) => {}
            TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListDefinition => {
                self.end_implicit();
                self.frames.close();
            }
        }
    }

    /// Text: of code, of HTML, or running text, which may hold bare addresses.
    fn plain(&mut self, text: &str, range: Range<usize>) {
        if let Some((_, _, code)) = &mut self.code {
            code.push_str(text);
        } else if let Some(html) = &mut self.html {
            html.add(text, range.start);
        } else if !self.bare.add(text, &range, &self.source) {
            self.settle();
            self.bare.add(text, &range, &self.source);
        }
    }

    /// Puts the text that waited where it belongs, with its bare addresses as links.
    fn settle(&mut self) {
        if self.bare.is_empty() {
            return;
        }
        let mut bare = std::mem::take(&mut self.bare);
        let found = if self.inline.is_in_link() { Vec::new() } else { bare.addresses(&self.source) };
        let mut at = 0;
        for address in found {
            let before = &bare.text[at..address.range.start];
            self.text(bare.start, |inline| inline.text(before));
            let place = self.source.place(bare.source_of(address.range.start));
            self.text(bare.start, |inline| {
                inline.link(&address.url, place);
                inline.text(&bare.text[address.range.clone()]);
                inline.end_link();
            });
            at = address.range.end;
        }
        self.text(bare.start, |inline| inline.text(&bare.text[at..]));
        // Kept for what follows, so that not every word of a large file costs two allocations.
        bare.clear();
        self.bare = bare;
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

    fn open(&mut self, what: What, line: usize) {
        self.end_implicit();
        self.frames.open(what, line);
    }

    fn end_implicit(&mut self) {
        if self.leaf.is_some() {
            self.end_leaf();
        }
    }

    fn end_leaf(&mut self) {
        let Some((leaf, line)) = self.leaf.take() else { return };
        let name = if matches!(leaf, Leaf::Heading(_)) { self.inline.name() } else { String::new() };
        let runs = self.inline.take();
        match leaf {
            Leaf::Paragraph if runs.is_empty() => {}
            Leaf::Paragraph => self.frames.push(line, Kind::Paragraph(runs)),
            Leaf::Heading(level) => self.heading(level, line, &name, runs),
            Leaf::Cell => match &mut self.table {
                Some((_, table)) => match table.rows.last_mut() {
                    Some(row) => row.cells.push(runs),
                    None => table.head.push(runs),
                },
                None => self.frames.push(line, Kind::Paragraph(runs)),
            },
            Leaf::Term => {
                if let Some(runs) = self.frames.term(line, runs) {
                    self.frames.push(line, Kind::Paragraph(runs));
                }
            }
        }
    }

    fn heading(&mut self, level: u8, line: usize, name: &str, runs: Vec<Run>) {
        let text = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let id = self.slugs.unique(&text);
        self.frames.push(line, Kind::Heading(Heading { level, text, id, line }, runs));
    }

    fn finish(mut self) -> Document {
        self.settle();
        self.end_implicit();
        let (blocks, mut footnotes) = self.frames.finish();
        let mut next = self.numbers.len();
        for note in &mut footnotes {
            note.number = self.numbers.remove(&note.label.to_lowercase()).unwrap_or_else(|| {
                next += 1;
                next
            });
            note.label = clean(&note.label).into_owned();
        }
        footnotes.sort_by_key(|note| note.number);
        let mut document = Document {
            blocks,
            footnotes,
            targets: self.inline.targets,
            last_line: self.source.last_line(),
            ..Document::default()
        };
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

#[cfg(test)]
mod tests {
    use super::super::block::{LiveKind, text_of};
    use super::frames::MAX_DEPTH;
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

    #[test]
    fn addresses_are_links_where_nothing_else_is() {
        let check = |markdown: &str, expected: &[(&str, usize)]| {
            let document = parse(markdown);
            let links: Vec<_> = document.links().map(|link| (link.url.as_str(), link.column)).collect();
            assert_eq!(links, expected, "{markdown}");
        };
        check("日 http://a.b/c_d\\_e*f*", &[("http://a.b/c_d_e", 3)]);
        check(
            "**http://a.b** *www.c.d* ~~e@f.g~~",
            &[("http://a.b", 3), ("http://www.c.d", 17), ("mailto:e@f.g", 28)],
        );
        check(
            "`http://a` [http://b](c) <http://d> <e@f.g>",
            &[("c", 12), ("http://d", 26), ("mailto:e@f.g", 37)],
        );
        check("<a href='u'>http://b</a> <p>http://c", &[("u", 1), ("http://c", 29)]);
        check("http://a.b?c=1&amp;d=2&amp; x", &[("http://a.b?c=1&d=2", 1)]);
        check("    http://a\n", &[]);
        check("| www.a.b |\n|-|\n", &[("http://www.a.b", 3)]);
    }

    #[test]
    fn formulas_are_text_and_money_is_money() {
        let check = |markdown: &str, expected: &str| {
            assert_eq!(super::super::plain(&parse(markdown), 60, true), expected, "{markdown}");
        };
        check("a $x_i^2$ b", "a xᵢ² b\n");
        check("**$5**-$10, `$x$ $5`, US$ 3", "$5-$10, $x$ $5, US$ 3\n");
        check("$5-$6 [a$b](c$d)\n\n```a$b\n$1-$2\n```\n", "$5-$6 a$b\n\n  $1-$2\n");
        check("a $\\unknown x$ b", "a \\unknown x b\n");
        check("a $$x$$ b", "a\nx\nb\n");
        check("a\n$$\n\\unknown\n  x\n$$\nb", "a\n\n  \\unknown\n    x\n\nb\n");
        check("```math\n\\frac{1}{2} \\\\ x\n```", "1/2\nx\n");
        check("```math\n\\unknown\n```", "  \\unknown\n");
        check("\\(x\\) ~one~ :smile:", "(x) one :smile:\n");
        let links = parse("$5-$6 [a](c$d) <x$y>");
        assert_eq!(links.links().next().map(|link| link.url.as_str()), Some("c$d"));
    }

    #[test]
    fn front_matter_of_others_is_a_closed_fold() {
        let document = parse_foreign("---\ntitle: x\n---\n\n# A\n\n    code\n\n<details>y</details>\n");
        let details: Vec<_> = document.details().map(|d| (d.index, d.open, text_of(&d.summary))).collect();
        assert_eq!(details, [(0, false, "Front matter".into()), (1, false, String::new())]);
        let code: Vec<_> =
            document.code().map(|c| (c.index, c.language.as_str(), c.text.as_str(), c.text_line)).collect();
        assert_eq!(code, [(0, "yaml", "title: x", 2), (1, "", "code", 7)]);
        assert_eq!(document.headings[0].line, 5);
        assert_eq!(document.last_line, 9);
        assert_eq!(
            parse_foreign("+++\na = 1\n+++\nx").code().next().map(|c| c.language.as_str()),
            Some("toml")
        );
        assert_eq!(parse_foreign("---\n\nx"), parse("---\n\nx"));
    }
}
