//! A line while it is written, and pieces that are written again and again.
//!
//! One buffer serves all lines of a page; a finished line takes exactly the memory that it needs, since a
//! page may have a hundred thousand of them.

use std::borrow::Cow;
use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use super::clean::text_width;
use super::cluster::{Cluster, clusters};
use super::page::{Line, Span, Style};

/// Blanks come in many lengths; these are enough for most.
const BLANKS: &str = "                                                                ";

/// A line being written.
#[derive(Default)]
pub(super) struct Pen {
    text: String,
    /// Where each span ends, and its style.
    ends: Vec<(usize, Style)>,
    /// How many cells are written.
    column: usize,
}

impl Pen {
    /// How many cells are written.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Adds clean text that takes so many cells. What has the same style becomes one span.
    pub fn put(&mut self, text: &str, cells: usize, style: Style) {
        self.column += cells;
        if text.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(text);
        let end = self.text.len();
        match self.ends.last_mut() {
            Some(last) if last.1 == style => last.0 = end,
            Some(last) => {
                // What only changes the character before it stays with that: a span holds whole characters. A blank
                // is none that can be changed, and what stands before a line of code ends in one.
                if !self.text[..start].ends_with(' ') {
                    last.0 = start + text.len() - text.trim_start_matches(joins).len();
                }
                if last.0 < end {
                    self.ends.push((end, style));
                }
            }
            None => self.ends.push((end, style)),
        }
    }

    /// Adds blank cells.
    pub fn blank(&mut self, cells: usize) {
        blanks(cells, |blank| self.put(blank, blank.len(), Style::default()));
    }

    /// The line, without blanks at its end; the next one starts.
    pub fn finish(&mut self) -> Line {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        let mut start = 0;
        let used = self.ends.partition_point(|&(end, _)| end < self.text.len());
        let count = if self.text.is_empty() { 0 } else { used + 1 };
        let mut spans = Vec::with_capacity(count);
        for &(end, style) in self.ends.iter().take(count) {
            let end = end.min(self.text.len());
            spans.push(Span { text: self.text[start..end].to_owned(), style });
            start = end;
        }
        self.text.clear();
        self.ends.clear();
        self.column = 0;
        Line { spans }
    }
}

/// Gives so many blanks, in as many pieces as it takes.
pub(super) fn blanks(mut cells: usize, mut put: impl FnMut(&str)) {
    while cells > 0 {
        let some = cells.min(BLANKS.len());
        put(&BLANKS[..some]);
        cells -= some;
    }
}

/// A stretch of a text by cells. A wide character that is cut shows as spaces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cut {
    /// Cells of a character that began before the stretch.
    pub before: usize,
    /// The bytes of the text that are wholly in it.
    pub range: Range<usize>,
    /// Cells of a character that ends after the stretch.
    pub after: usize,
}

/// The cells of a clean text from `start` to before `end`.
pub(super) fn cut(text: &str, start: usize, end: usize) -> Cut {
    if text.is_ascii() {
        return Cut { range: start.min(text.len())..end.min(text.len()), ..Cut::default() };
    }
    let mut cut = Cut { range: text.len()..text.len(), ..Cut::default() };
    let mut column = 0;
    for Cluster { at, width, .. } in clusters(text) {
        let (from, to) = (column, column + width);
        column = to;
        if from >= end {
            cut.range.end = at;
            break;
        }
        if to > end {
            // Its cells in the stretch, whether it began there or before.
            cut.after = end - from.max(start);
            cut.range.end = at;
            break;
        }
        if from >= start {
            cut.range.start = cut.range.start.min(at);
        } else {
            cut.before = to.saturating_sub(start);
        }
    }
    cut.range.start = cut.range.start.min(cut.range.end);
    cut
}

/// Whether a character has no width of its own and changes the one before it: a variation selector, a joiner, a
/// combining mark.
fn joins(c: char) -> bool {
    !c.is_ascii() && c.width() == Some(0)
}

/// A piece of a prefix: clean text of one style.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    /// Clean text without line breaks.
    pub text: Cow<'static, str>,
    /// In cells.
    pub width: usize,
    pub style: Style,
}

/// The pieces of a prefix: a mark and what stands behind it. Few, so that a list of thousands of items does
/// not ask for memory for each of them.
pub(super) type Pieces = [Piece; 2];

impl Piece {
    pub fn new(text: impl Into<Cow<'static, str>>, style: Style) -> Piece {
        let text = text.into();
        Piece { width: text_width(&text), text, style }
    }

    /// Blank cells.
    pub fn blank(width: usize) -> Piece {
        let text = BLANKS.get(..width).map_or_else(|| " ".repeat(width).into(), Cow::Borrowed);
        Piece { text, width, ..Piece::default() }
    }

    /// A prefix of this and a blank cell.
    pub fn and_blank(self) -> Pieces {
        [self, Piece::blank(1)]
    }

    /// A prefix of so many blank cells.
    pub fn margin(width: usize) -> Pieces {
        [Piece::blank(width), Piece::default()]
    }
}

/// How wide pieces are together.
pub(super) fn width_of(pieces: &Pieces) -> usize {
    pieces.iter().map(|piece| piece.width).sum()
}

#[cfg(test)]
mod tests {
    use super::super::Ink;
    use super::*;

    #[test]
    fn blanks_at_the_end_go_and_equal_styles_join() {
        let (text, code) = (Style::default(), Style::ink(Ink::Code));
        let mut pen = Pen::default();
        for (pieces, expected) in [
            (&[("", text)][..], &[][..]),
            (&[("  ", text), (" ", code)], &[]),
            (&[("a", text), ("b", text), ("c ", code), ("  ", text)], &[("ab", text), ("c", code)]),
            (&[("a", text), ("", code), ("b", text)], &[("ab", text)]),
            (&[("日", code)], &[("日", code)]),
        ] {
            pieces.iter().for_each(|(piece, style)| pen.put(piece, piece.len(), *style));
            let line = pen.finish();
            let spans: Vec<_> = line.spans.iter().map(|span| (span.text.as_str(), span.style)).collect();
            assert_eq!(spans, expected);
            assert_eq!(pen.column(), 0);
        }
        pen.blank(100);
        pen.put("x", 1, text);
        assert_eq!(pen.finish().text(), " ".repeat(100) + "x");
    }

    #[test]
    fn what_changes_a_character_stays_with_it() {
        let (text, code) = (Style::default(), Style::ink(Ink::Code));
        let mut pen = Pen::default();
        pen.put("a*", 2, text);
        pen.put("\u{fe0f}b", 1, code);
        pen.put("\u{301}", 0, text);
        let spans: Vec<(String, Style)> =
            pen.finish().spans.into_iter().map(|span| (span.text, span.style)).collect();
        assert_eq!(spans, [("a*\u{fe0f}".to_string(), text), ("b\u{301}".to_string(), code)]);
    }
}
