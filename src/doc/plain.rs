//! A document as text, for printing and for screen readers.
//!
//! It looks as the page does, but nothing is cut off and nothing acts: long lines of code go on in the next
//! line after a mark, live blocks show their source, and what folds is open. On paper a link leads nowhere;
//! so its address can be given in a list at the end, as a note is.

use std::collections::BTreeMap;

use super::block::{Block, Document, Footnote, Kind, Link, Marks, Run};
use super::clean::clean;
use super::layout::{Layout, LongCode, layout};
use super::parse::parse;

/// How a document is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The width in cells; 0 counts as 1.
    pub width: u16,
    /// Whether bullets, bars, rules and marks are to be ASCII.
    pub ascii: bool,
    /// Whether the addresses that links lead to (`https://...`) stand at the end, numbered on from the
    /// footnotes. An address that is the link's own text is not said again.
    pub links: bool,
}

/// The document as text, a line break after each line, without the addresses of links.
#[must_use]
pub fn plain(document: &Document, width: u16, ascii: bool) -> String {
    plain_with(document, Printed { width, ascii, links: false })
}

/// A short Markdown text in one line, without its marks.
#[must_use]
pub fn in_one_line(markdown: &str) -> String {
    let text = plain(&parse(markdown), u16::MAX, false);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The document as text, a line break after each line.
#[must_use]
pub fn plain_with(document: &Document, printed: Printed) -> String {
    let options = Layout { ascii: printed.ascii, long_code: LongCode::Break, ..Layout::new(printed.width) };
    let page =
        if printed.links { layout(&with_addresses(document), &options) } else { layout(document, &options) };
    page.lines.iter().map(|line| line.text() + "\n").collect()
}

/// The document with a number behind each link that leads to an address, and these as footnotes.
fn with_addresses(document: &Document) -> Document {
    let mut document = document.clone();
    let last = document.footnotes.last().map_or(0, |note| note.number);
    let mut notes = Notes { targets: std::mem::take(&mut document.targets), last, numbers: BTreeMap::new() };
    notes.blocks(&mut document.blocks);
    for note in &mut document.footnotes {
        notes.blocks(&mut note.blocks);
    }
    let mut urls: Vec<(usize, String)> =
        notes.numbers.into_iter().map(|(url, number)| (number, url)).collect();
    urls.sort_unstable();
    document.footnotes.extend(urls.into_iter().map(|(number, url)| {
        let text = clean(&url.replace(['\n', '\r', '\t'], " ")).into_owned();
        let line = 1;
        let blocks = vec![Block { line, kind: Kind::Paragraph(vec![Run { text, ..Run::default() }]) }];
        Footnote { number, label: String::new(), line, blocks }
    }));
    document.targets = notes.targets;
    document
}

/// Numbers addresses, each once.
struct Notes {
    targets: Vec<Link>,
    last: usize,
    numbers: BTreeMap<String, usize>,
}

impl Notes {
    /// Nesting is bounded by the parser, so recursion is safe.
    fn blocks(&mut self, blocks: &mut [Block]) {
        for block in blocks {
            match &mut block.kind {
                Kind::Heading(_, runs) | Kind::Paragraph(runs) => self.runs(runs),
                Kind::Quote(inner) | Kind::Alert(_, inner) => self.blocks(inner),
                Kind::Details(details) => {
                    self.runs(&mut details.summary);
                    self.blocks(&mut details.blocks);
                }
                Kind::List(list) => list.items.iter_mut().for_each(|item| self.blocks(&mut item.blocks)),
                Kind::Definitions(entries) => {
                    for entry in entries {
                        self.runs(&mut entry.term);
                        entry.meanings.iter_mut().for_each(|meaning| self.blocks(meaning));
                    }
                }
                Kind::Table(table) => {
                    let rows = table.rows.iter_mut().flat_map(|row| &mut row.cells);
                    table.head.iter_mut().chain(rows).for_each(|cell| self.runs(cell));
                }
                Kind::Code(_) | Kind::Rule | Kind::Live(_) => {}
            }
        }
    }

    fn runs(&mut self, runs: &mut Vec<Run>) {
        if runs.iter().all(|run| run.link.is_none()) {
            return;
        }
        let old = std::mem::take(runs);
        let mut text = String::new();
        for (at, run) in old.iter().enumerate() {
            runs.push(run.clone());
            text.push_str(&run.text);
            // A link ends where the next run is not of it.
            if old.get(at + 1).is_some_and(|next| next.link == run.link) {
                continue;
            }
            let number = run.link.and_then(|link| self.number(link, &text));
            runs.extend(number.map(|number| Run {
                text: format!("[{number}]"),
                marks: Marks { dim: true, ..Marks::default() },
                link: None,
            }));
            text.clear();
        }
    }

    /// The number of the address that a link with this text leads to; nothing where there is none to give.
    fn number(&mut self, link: usize, text: &str) -> Option<usize> {
        let Link { url, image, .. } = self.targets.get(link)?;
        let address = url.contains("://") || url.starts_with("mailto:");
        let shown = text.contains(url.strip_prefix("mailto:").unwrap_or(url));
        if *image || !address || shown {
            return None;
        }
        let next = self.last + 1;
        let number = *self.numbers.entry(url.clone()).or_insert(next);
        self.last = self.last.max(number);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_short_text_in_one_line_has_no_marks() {
        assert_eq!(
            in_one_line("What share of *all*\n`GET`s is **late**?\n\n- a\n"),
            "What share of all GETs is late? • a"
        );
        assert_eq!(in_one_line(""), "");
    }

    #[test]
    fn addresses_are_numbered_on_from_the_footnotes() {
        let text = "See [the **paper**](https://a.org/p)[^1], [a page](ring#how) and <https://b.org>.\n\n\
            - [again](https://a.org/p)\n- <me@c.org> ![picture](https://d.org/p.png)\n\n\
            | [d](http://d.org) |\n|---|\n\n[^1]: a note with [a link](https://e.org)\n";
        let document = parse(text);
        let expected = "See the paper[2][1], a page and https://b.org.\n\n\
            • again[2]\n• me@c.org image: picture (https://d.org/p.png)\n\n\
            d[3]\n\n--------------------\n[1] a note with a link[4]\n\
            [2] https://a.org/p\n[3] http://d.org\n[4] https://e.org\n";
        let printed = Printed { width: 60, ascii: false, links: true };
        assert_eq!(plain_with(&document, printed), expected.replace("--------------------", &"─".repeat(20)));
        assert_eq!(plain_with(&document, Printed { links: false, ..printed }), plain(&document, 60, false));
        assert!(!plain(&document, 60, false).contains("http://d.org"));
    }

    #[test]
    fn an_address_that_is_no_address_does_no_harm() {
        let document = parse("[x](<https://a\u{1b}[31m.org/\u{202e}>)\n");
        let text = plain_with(&document, Printed { width: 40, ascii: true, links: true });
        assert_eq!(text, "x[1]\n\n--------------------\n[1] https://a␛[31m.org/�\n");
    }
}
