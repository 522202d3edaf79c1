//! A page: a document laid out at a width, as lines of styled spans.
//!
//! A style says what text means, never which colour it has. Beside the lines a page knows where things
//! came to stand: headings, links, live blocks, code and footnotes, and which line of the source each
//! line shows, so that a reader who makes the window narrower stays where they were.

use std::ops::Range;

use super::clean::text_width;
use super::pen::{Pen, cut};

/// What a piece of text means. The screens map inks to colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Running text.
    #[default]
    Text,
    /// What can wait: paths of images, HTML, the labels of records.
    Dim,
    /// A heading of level 1 to 6.
    Heading(u8),
    /// Code in a line of text.
    Code,
    /// A block of code or a diagram, as far as nothing more is known of it.
    Block,
    /// A link; underlined too.
    Link,
    /// The bar beside a quotation.
    Quote,
    /// Rules: beneath headings, in tables, a thematic break.
    Rule,
    /// Bullets, numbers, boxes, footnote numbers, and the marks where a line was cut.
    Marker,
    /// The title and bar of a note.
    Note,
    /// The title and bar of a tip.
    Good,
    /// The title and bar of a warning.
    Warn,
    /// The title and bar of a caution.
    Bad,
    /// A part of code, by what it is in its language.
    Syntax(Syntax),
}

/// What a piece of code is. Few kinds on purpose: a page is read, and a text in ten colours is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// `if`, `fn`, `return`; also tags and keys of data.
    Keyword,
    /// A name that is defined or called.
    Name,
    /// A type or a class.
    Type,
    /// A string or a character.
    Text,
    /// A number or another constant.
    Number,
    /// A comment.
    Comment,
}

/// The kinds of the pieces of a code block, a list for each of its lines: how many bytes of the line as it
/// stands in the file, and what they are; nothing where they are plain code. What a list leaves over is plain.
pub type Colouring = Vec<Vec<(usize, Option<Syntax>)>>;

/// How a piece of text looks, apart from its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    /// What it means.
    pub ink: Ink,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck out.
    pub strike: bool,
    /// Underlined.
    pub underline: bool,
    /// In reverse: for the screens, the layout never sets it.
    pub reverse: bool,
}

impl Style {
    /// Plain text with this meaning.
    #[must_use]
    pub fn ink(ink: Ink) -> Style {
        Style { ink, ..Style::default() }
    }
}

/// A piece of a line with one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Clean text: no control characters, no line breaks.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// A line of a page, at most as wide as the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its spans from the left. No span is empty.
    pub spans: Vec<Span>,
}

impl Line {
    /// The text without styles.
    #[must_use]
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Its width in cells.
    #[must_use]
    pub fn width(&self) -> usize {
        text_width(&self.text())
    }

    /// The cells from `from` to before `from + width`, as a line of its own; a wide character that is cut
    /// shows as spaces. Cost: O(length of the line).
    #[must_use]
    pub fn window(&self, from: usize, width: usize) -> Line {
        let end = from.saturating_add(width);
        let mut pen = Pen::default();
        let mut column = 0;
        for span in &self.spans {
            if column >= end {
                break;
            }
            let cells = text_width(&span.text);
            let cut = cut(&span.text, from.saturating_sub(column), end - column);
            pen.blank(cut.before);
            pen.put(&span.text[cut.range], 0, span.style);
            pen.blank(cut.after);
            column += cells;
        }
        pen.finish()
    }
}

/// A document laid out at a width.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The lines from the top.
    pub lines: Vec<Line>,
    /// For each line the line of the source it shows, from 1; parallel to `lines`. Exact for code and the
    /// rows of tables, else the line where the block starts.
    pub source: Vec<usize>,
    /// The line of each heading, parallel to the document's `headings`.
    pub headings: Vec<usize>,
    /// The links in the order of the page.
    pub links: Vec<PlacedLink>,
    /// Where live blocks are to be drawn, in the order of the page. Those shown as source are not in it.
    pub live: Vec<Slot>,
    /// Where code stands, in the order of the page.
    pub code: Vec<PlacedCode>,
    /// The references to footnotes, in the order of the page.
    pub references: Vec<PlacedReference>,
    /// Where footnotes stand, parallel to the document's `footnotes`.
    pub notes: Vec<PlacedNote>,
    /// Where tables stand, in the order of the page.
    pub tables: Vec<PlacedTable>,
    /// Where parts that fold stand, in the order of the page; those inside a closed one are not in it.
    pub folds: Vec<PlacedFold>,
    /// Where the layout goes on; nothing once the page is complete.
    /// The lines whose line of the source is before that of the line above them: footnotes stand at the end.
    pub(super) falls: Vec<usize>,
    pub(super) progress: Option<Box<super::extend::Progress>>,
}

/// A table on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedTable {
    /// [`super::Table::index`] of the table.
    pub table: usize,
    /// The first line of the page, from 0.
    pub line: usize,
    /// How many lines; while the page is not complete, those that stand.
    pub height: usize,
    /// How many of them are its head, with the rule beneath: a screen may keep them in sight while the rows
    /// scroll. 0 where it has none, and where its rows are shown as records.
    pub head: usize,
    /// Whether it stands in columns, not as records.
    pub grid: bool,
}

/// A part that folds, on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedFold {
    /// [`super::Details::index`] of the part.
    pub fold: usize,
    /// The line of the page that is always seen, from 0.
    pub line: usize,
    /// Whether it is open.
    pub open: bool,
}

/// A link on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLink {
    /// Which one: an index into the document's `targets`.
    pub target: usize,
    /// Where it leads, as written in the source: not clean.
    pub url: String,
    /// Whether it is an image's path.
    pub image: bool,
    /// The cells it covers, at least one place; more where it wraps.
    pub places: Vec<Reach>,
}

/// Some cells of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The line of the page, from 0.
    pub line: usize,
    /// The first cell, from 0.
    pub start: usize,
    /// The cell after the last.
    pub end: usize,
}

/// Room for a live block: empty lines to draw into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// [`super::Live::index`] of the block.
    pub live: usize,
    /// The first line of the page, from 0.
    pub line: usize,
    /// How many lines.
    pub height: u16,
    /// The first cell from the left.
    pub indent: u16,
    /// How many cells from there.
    pub width: u16,
}

/// A block of code on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedCode {
    /// [`super::Code::index`] of the block.
    pub code: usize,
    /// The first line of the page, from 0.
    pub line: usize,
    /// How many lines; while the page is not complete, those that stand.
    pub height: usize,
    /// How many cells stand before each line of code.
    pub indent: usize,
    /// How many cells there are for a line of code.
    pub width: usize,
    /// How many cells the longest line takes; while the page is not complete, of those that stand. Where that
    /// is more than `width`, the block can be panned by up to the difference.
    pub longest: usize,
}

/// A reference to a footnote, on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedReference {
    /// The number of the footnote, as shown.
    pub number: usize,
    /// The cells it covers.
    pub reach: Reach,
}

/// A footnote on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedNote {
    /// Its number, as shown.
    pub number: usize,
    /// The line of the page where it stands.
    pub line: usize,
    /// The line of the page that first refers to it.
    pub reference: Option<usize>,
}

/// All of what a line of the source made. A line of the source may make a line of the page for each of its characters,
/// and a place tells them all apart.
const WHOLE: u64 = 1_000_000_000;

/// A place in the text that holds at any width: see [`Page::place`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line of the source, from 1.
    pub source: usize,
    /// How far into what that line made, in billionths.
    pub share: u32,
}

impl Page {
    /// Where in the text a line of the page is; the start of the text where the page is empty. Cost: as
    /// [`Page::line_at`].
    #[must_use]
    pub fn place(&self, line: usize) -> Place {
        let Some(&source) = self.source.get(line.min(self.source.len().saturating_sub(1))) else {
            return Place::default();
        };
        let (start, length) = self.extent(source);
        let into = line.saturating_sub(start).min(length - 1);
        let share = into as u64 * WHOLE / length as u64;
        Place { source, share: u32::try_from(share).unwrap_or(u32::MAX) }
    }

    /// The line of the page that shows a place, or the nearest before it; 0 where there is none. While the page
    /// is not complete, of the lines that stand; see [`super::Until::Source`]. Cost: O(log n), times the number of
    /// footnotes that stand in another order than in the source.
    #[must_use]
    pub fn line_at(&self, place: Place) -> usize {
        let before = |range: Range<usize>| {
            let lines = &self.source[range];
            lines.partition_point(|&source| source <= place.source).checked_sub(1).map(|at| lines[at])
        };
        let Some(source) = self.rising().filter_map(before).max() else { return 0 };
        let (start, length) = self.extent(source);
        // Rounded up, so that going there and back at the same width ends where it began.
        if source == place.source {
            let into = (length as u64 * u64::from(place.share)).div_ceil(WHOLE);
            start + usize::try_from(into).unwrap_or(usize::MAX).min(length - 1)
        } else {
            start
        }
    }

    /// The first line of the page that shows a line of the source, or the nearest before it.
    #[must_use]
    pub fn line_of(&self, source: usize) -> usize {
        self.line_at(Place { source, share: 0 })
    }

    /// The first run of lines that show this line of the source: start and length, at least one.
    fn extent(&self, source: usize) -> (usize, usize) {
        let run = |range: Range<usize>| {
            let lines = &self.source[range.clone()];
            let start = lines.partition_point(|&other| other < source);
            let length = lines[start..].partition_point(|&other| other == source);
            (length > 0).then_some((range.start + start, length))
        };
        self.rising().find_map(run).unwrap_or((0, 1))
    }

    /// The stretches of the page in which the lines of the source do not fall: mostly one, and one for the
    /// footnotes.
    fn rising(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.falls.iter().copied());
        let ends = self.falls.iter().copied().chain(std::iter::once(self.source.len()));
        starts.zip(ends).map(|(start, end)| start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Layout, layout, parse};
    use super::*;

    #[test]
    fn a_place_holds_when_the_width_changes() {
        // A line of the source that makes more lines than there are thousandths.
        let long = layout(&parse(&"word ".repeat(3000)), &Layout::new(4));
        assert!((0..3000).all(|line| long.line_at(long.place(line)) == line), "there and back");
        let text = format!("# One\n\n{}\n\n## Two\n\nlast\n", "word ".repeat(200));
        let document = parse(&text);
        let wide = layout(&document, &Layout::new(80));
        let narrow = layout(&document, &Layout::new(20));
        for (line, _) in wide.lines.iter().enumerate() {
            assert_eq!(wide.line_at(wide.place(line)), line, "there and back");
        }
        // Half-way through the paragraph stays half-way: 200 words are 12.5 lines of 16 words and 50 of 4.
        let place = wide.place(2 + 6);
        assert_eq!(place.source, 3);
        let there = narrow.line_at(place);
        let words: usize =
            narrow.lines[2..there].iter().map(|line| line.text().split_whitespace().count()).sum();
        // The paragraph and the empty line after it are 14 lines wide and 51 narrow; 6 of 14 lines are
        // 43% of them. Rounding is at most one narrow line of 4 words.
        assert!(words.abs_diff(200 * 6 / 14) <= 4 + 4, "{words}");
        assert_eq!(narrow.line_of(5), narrow.headings[1]);
        assert_eq!(narrow.line_of(6), narrow.headings[1], "nothing starts there");
        assert_eq!(narrow.line_of(0), 0);
        assert_eq!(layout(&parse(""), &Layout::new(20)).line_of(3), 0);
    }

    /// A line of the page for a place as its documentation says, looked for line by line.
    fn naive(page: &Page, place: Place) -> usize {
        let before = page.source.iter().filter(|&&source| source <= place.source).max();
        let Some(&source) = before else { return 0 };
        let start = page.source.iter().position(|&other| other == source).unwrap_or(0);
        let length = page.source[start..].iter().take_while(|&&other| other == source).count();
        let into = (length as f64 * f64::from(place.share) / 1e9).ceil().min(length as f64 - 1.0) as usize;
        start + if source == place.source { into } else { 0 }
    }

    #[test]
    fn places_are_found_among_footnotes_that_stand_elsewhere() {
        let notes = |order: &[usize]| -> String {
            let refer = order.iter().map(|n| format!("see[^{n}] and more words\n\n"));
            let note = |n| format!("[^{n}]: what note {n} says\n\n    and more of it\n\ntext between\n\n");
            refer.chain((0..order.len()).map(note)).collect()
        };
        for order in [&[0, 1, 2][..], &[2, 1, 0], &[1, 2, 0], &[0], &[]] {
            let document = parse(&(notes(order) + "- last\n- words\n"));
            for width in [6, 20, 80] {
                let page = layout(&document, &Layout::new(width));
                for source in 0..40 {
                    for share in [0, 1, 333_000_000, 500_000_000, 999_000_000, 1_000_000_000] {
                        let place = Place { source, share };
                        assert_eq!(page.line_at(place), naive(&page, place), "{place:?} at {width}");
                    }
                }
                for line in 0..page.lines.len() {
                    let place = page.place(line);
                    assert_eq!(place.source, page.source[line]);
                    assert_eq!(page.source[page.line_at(place)], place.source);
                }
            }
        }
    }

    #[test]
    fn a_window_is_as_wide_as_the_line_that_it_shows() {
        let document = parse("a **日本** `code` x");
        let line = &layout(&document, &Layout::new(40)).lines[0];
        // The line is `a 日本 code x`: cells 2 to 5 are wide.
        for (from, width, expected) in [
            (0, 40, "a 日本 code x"),
            (0, 3, "a"),
            (0, 4, "a 日"),
            (3, 4, " 本"),
            (3, 1, ""),
            (3, 2, ""),
            (4, 6, "本 cod"),
            (12, 9, "x"),
            (13, 9, ""),
            (9, 0, ""),
            (usize::MAX, usize::MAX, ""),
        ] {
            assert_eq!(line.window(from, width).text(), expected, "{width} from {from}");
        }
        let spans = line.window(4, 6).spans;
        assert!(spans[0].style.bold && spans[2].style.ink == Ink::Code, "{spans:?}");
        assert_eq!(&line.window(0, 40), line);
    }
}
