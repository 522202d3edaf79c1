//! What can be asked of a document: what is in it, and parts of it that are documents themselves.
//!
//! A part keeps the numbers, links and lines of the whole. So what a reader remembers about a block (how far
//! it was panned, whether it was open) holds in the cheat sheet and on the page alike.

use std::collections::BTreeSet;

use super::block::{Block, Code, Details, Document, Kind, Link, Live, Run, Table, text_of};

/// What stands under one heading, up to the next. See [`Document::sections`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The id of its heading; nothing for what stands before the first one.
    pub heading: Option<String>,
    /// The level of its heading, 1 to 6; 0 for what stands before the first one.
    pub level: u8,
    /// How many words it has, those of its heading too.
    pub words: usize,
    /// Its first line of the source, from 1.
    pub first_line: usize,
    /// Its last line of the source, blank lines at its end too.
    pub last_line: usize,
}

impl Document {
    /// The live blocks in the order of the document.
    pub fn live(&self) -> impl Iterator<Item = &Live> {
        self.all_blocks().into_iter().filter_map(|block| match &block.kind {
            Kind::Live(live) => Some(live),
            _ => None,
        })
    }

    /// The blocks of code in the order of the document.
    pub fn code(&self) -> impl Iterator<Item = &Code> {
        self.all_blocks().into_iter().filter_map(|block| match &block.kind {
            Kind::Code(code) => Some(code),
            _ => None,
        })
    }

    /// The links and images that the text uses, each once, in the order of the file.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        let mut used = BTreeSet::new();
        self.each_run(|run| used.extend(run.link));
        used.into_iter().filter_map(|index| self.targets.get(index))
    }

    /// How many words there are to read, in text, headings, lists and tables; code and live blocks do not
    /// count. A word is what stands between white space.
    #[must_use]
    pub fn words(&self) -> usize {
        words_of(&self.blocks) + self.footnotes.iter().map(|note| words_of(&note.blocks)).sum::<usize>()
    }

    /// The tables in the order of the document.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.all_blocks().into_iter().filter_map(|block| match &block.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        })
    }

    /// The parts that fold in the order of the document, outer ones before those in them.
    pub fn details(&self) -> impl Iterator<Item = &Details> {
        self.all_blocks().into_iter().filter_map(|block| match &block.kind {
            Kind::Details(details) => Some(details),
            _ => None,
        })
    }

    /// The document cut at every heading of the top level, so that each block is in one section and each
    /// line of the source from the first block on too. Footnotes are in none, as they are read elsewhere:
    /// the words of all sections are those of the document without its footnotes.
    #[must_use]
    pub fn sections(&self) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        for block in &self.blocks {
            let heading = match &block.kind {
                Kind::Heading(heading, _) => Some(heading),
                _ => None,
            };
            if heading.is_some() || sections.is_empty() {
                if let Some(before) = sections.last_mut() {
                    before.last_line = block.line.saturating_sub(1).max(before.first_line);
                }
                sections.push(Section {
                    heading: heading.map(|heading| heading.id.clone()),
                    level: heading.map_or(0, |heading| heading.level),
                    words: 0,
                    first_line: block.line,
                    last_line: self.last_line.max(block.line),
                });
            }
            if let Some(section) = sections.last_mut() {
                section.words += words_of(std::slice::from_ref(block));
            }
        }
        sections
    }

    /// The part under the heading with this id, with the heading, up to the next heading of the same or a
    /// higher level, with the footnotes it refers to. Only headings at the top level open a section.
    #[must_use]
    pub fn section(&self, id: &str) -> Option<Document> {
        let range = self.section_range(id)?;
        Some(self.part(self.blocks[range].to_vec()))
    }

    /// The document without that section; the whole where there is none.
    #[must_use]
    pub fn without(&self, id: &str) -> Document {
        let Some(range) = self.section_range(id) else { return self.clone() };
        let mut blocks = self.blocks.clone();
        blocks.drain(range);
        self.part(blocks)
    }

    fn section_range(&self, id: &str) -> Option<std::ops::Range<usize>> {
        let level_of = |block: &Block| match &block.kind {
            Kind::Heading(heading, _) => Some((heading.level, heading.id == id)),
            _ => None,
        };
        let (start, level) = self.blocks.iter().enumerate().find_map(|(at, block)| {
            level_of(block).filter(|(_, found)| *found).map(|(level, _)| (at, level))
        })?;
        let rest = self.blocks[start + 1..].iter();
        let length = rest.take_while(|block| level_of(block).is_none_or(|(other, _)| other > level)).count();
        Some(start..start + 1 + length)
    }

    /// A document of these blocks, which are some of this document's: with the footnotes that they refer to.
    fn part(&self, blocks: Vec<Block>) -> Document {
        let mut part = Document {
            blocks,
            targets: self.targets.clone(),
            last_line: self.last_line,
            ..Document::default()
        };
        let wanted = part.note_numbers();
        part.footnotes =
            self.footnotes.iter().filter(|note| wanted.contains(&note.number)).cloned().collect();
        part.collect_headings();
        part
    }

    fn note_numbers(&self) -> BTreeSet<usize> {
        let mut numbers = BTreeSet::new();
        self.each_run(|run| numbers.extend(run.marks.note));
        numbers
    }

    /// Fills `headings` from the blocks.
    pub(super) fn collect_headings(&mut self) {
        let headings = self.all_blocks().into_iter().filter_map(|block| match &block.kind {
            Kind::Heading(heading, _) => Some(heading.clone()),
            _ => None,
        });
        self.headings = headings.collect();
    }

    /// Every block in the order in which it is laid out, containers before what they hold.
    fn all_blocks(&self) -> Vec<&Block> {
        let mut all = Vec::new();
        add_blocks(&self.blocks, &mut all);
        self.footnotes.iter().for_each(|note| add_blocks(&note.blocks, &mut all));
        all
    }

    fn each_run(&self, mut f: impl FnMut(&Run)) {
        for block in self.all_blocks() {
            each_text(block, |runs| runs.iter().for_each(&mut f));
        }
    }
}

/// Adds blocks and what they hold. Nesting is bounded by the parser, so recursion is safe.
fn add_blocks<'a>(blocks: &'a [Block], all: &mut Vec<&'a Block>) {
    for block in blocks {
        all.push(block);
        match &block.kind {
            Kind::Quote(inner) | Kind::Alert(_, inner) => add_blocks(inner, all),
            Kind::Details(details) => add_blocks(&details.blocks, all),
            Kind::List(list) => list.items.iter().for_each(|item| add_blocks(&item.blocks, all)),
            Kind::Definitions(entries) => {
                entries.iter().flat_map(|entry| &entry.meanings).for_each(|inner| add_blocks(inner, all));
            }
            _ => {}
        }
    }
}

/// Calls for each text of a block itself, without those of the blocks in it.
fn each_text(block: &Block, mut f: impl FnMut(&[Run])) {
    match &block.kind {
        Kind::Heading(_, runs) | Kind::Paragraph(runs) => f(runs),
        Kind::Table(table) => {
            let rows = table.rows.iter().flat_map(|row| &row.cells);
            table.head.iter().chain(rows).for_each(|cell| f(cell));
        }
        Kind::Definitions(entries) => entries.iter().for_each(|entry| f(&entry.term)),
        Kind::Details(details) => f(&details.summary),
        _ => {}
    }
}

fn words_of(blocks: &[Block]) -> usize {
    let mut all = Vec::new();
    add_blocks(blocks, &mut all);
    let mut words = 0;
    for block in all {
        each_text(block, |runs| words += text_of(runs).split_whitespace().count());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const PAGE: &str = "intro [a](x)[^1]\n\n## First\n\none two\n\n```demo ring\n```\n\n### Inner\n\n[b](y)\n\n## Second\n\n\
        ```card c\n```\n\n> ## Quoted\n\nlast[^2] [c](z)\n\n[^1]: first note\n[^2]: second note\n";

    fn ids(document: &Document) -> Vec<&str> {
        document.headings.iter().map(|heading| heading.id.as_str()).collect()
    }

    #[test]
    fn a_section_ends_at_the_next_heading_of_its_level() {
        let whole = parse(PAGE);
        assert_eq!(ids(&whole), ["first", "inner", "second", "quoted"]);

        let first = whole.section("first").expect("is there");
        assert_eq!(ids(&first), ["first", "inner"]);
        assert_eq!(first.live().map(|live| live.index).collect::<Vec<_>>(), [0]);
        assert_eq!(first.links().map(|link| link.url.as_str()).collect::<Vec<_>>(), ["y"]);
        assert!(first.footnotes.is_empty());

        let inner = whole.section("inner").expect("is there");
        assert_eq!((ids(&inner), inner.blocks.len()), (vec!["inner"], 2));

        let second = whole.section("second").expect("is there");
        assert_eq!(
            second.live().map(|live| live.index).collect::<Vec<_>>(),
            [1],
            "numbers are those of the whole"
        );
        assert_eq!(second.footnotes.iter().map(|note| note.number).collect::<Vec<_>>(), [2]);

        assert!(whole.section("quoted").is_none(), "only the top level opens sections");
        assert!(whole.section("nowhere").is_none());
    }

    #[test]
    fn without_a_section_the_rest_remains() {
        let whole = parse(PAGE);
        let rest = whole.without("first");
        assert_eq!(ids(&rest), ["second", "quoted"]);
        assert_eq!(
            rest.blocks.len() + whole.section("first").expect("is there").blocks.len(),
            whole.blocks.len()
        );
        assert_eq!(rest.footnotes.len(), 2);
        assert_eq!(whole.without("second").footnotes.len(), 1);
        assert_eq!(whole.without("nowhere"), whole);
    }

    #[test]
    fn words_are_those_that_one_reads() {
        // intro a[1] | First | one two | Inner | b | Second | Quoted | last[2] c | first note | second note
        assert_eq!(parse(PAGE).words(), 2 + 1 + 2 + 1 + 1 + 1 + 1 + 2 + 2 + 2);
        assert_eq!(parse("```\nnot read\n```\n\n| a | b c |\n|--|--|\n| d | |\n").words(), 4);
    }

    #[test]
    fn folds_belong_to_their_section() {
        let text = "## A\n\n<details><summary>s</summary>\n\n## In\n\nx[^n]\n\n</details>\n\n## B\n\ny\n\n[^n]: note\n";
        let whole = parse(text);
        assert_eq!(ids(&whole), ["a", "in", "b"]);
        let first = whole.section("a").expect("is there");
        assert_eq!((ids(&first), first.details().count(), first.footnotes.len()), (vec!["a", "in"], 1, 1));
        assert!(whole.section("in").is_none(), "only the top level opens sections");
        let rest = whole.without("a");
        assert_eq!((ids(&rest), rest.details().count(), rest.footnotes.len()), (vec!["b"], 0, 0));
    }

    #[test]
    fn sections_cover_the_document() {
        let whole = parse(PAGE);
        let sections = whole.sections();
        let short: Vec<_> = sections
            .iter()
            .map(|s| (s.heading.as_deref(), s.level, s.words, s.first_line, s.last_line))
            .collect();
        assert_eq!(
            short,
            [
                (None, 0, 2, 1, 2),
                (Some("first"), 2, 1 + 2, 3, 9),
                (Some("inner"), 3, 1 + 1, 10, 13),
                (Some("second"), 2, 1 + 1 + 2, 14, 24),
            ]
        );
        assert_eq!(PAGE.lines().count(), 24);
        let words: usize = sections.iter().map(|section| section.words).sum();
        assert_eq!(words + 4, whole.words(), "the footnotes have four words");
        assert!(parse("").sections().is_empty());
        assert_eq!(parse("a").sections()[0].last_line, 1);
    }
}
