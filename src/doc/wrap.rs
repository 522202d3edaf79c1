//! Breaking text into lines.
//!
//! A line may break at white space and beside a wide character (Chinese, Japanese and Korean text has
//! no spaces), though not before closing or after opening punctuation. A word that is longer than the
//! line is broken between grapheme clusters. Grapheme clusters are found in the whole text of a
//! paragraph, across its styles: a combining mark may be bold and its letter not.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::block::Run;
use super::clean::{char_width, clean, grapheme_width, text_width};
use super::page::{Ink, Style};

/// Breaks a text into lines of at most `width` cells (at least 1). Line breaks in it stay, other white
/// space collapses to one space and is dropped at the ends of lines; control characters become symbols
/// (see [`super::clean()`]). An empty line of the text is an empty line of the result; no text gives no
/// lines. Cost: O(n).
#[must_use]
pub fn wrap_text(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = line.replace('\t', " ");
        let run = Run { text: clean(&line).into_owned(), ..Run::default() };
        let wrapped = Styled::new(&[run], Style::default()).wrap(width, false);
        if wrapped.is_empty() {
            lines.push(String::new());
        }
        lines.extend(wrapped.iter().map(|pieces| pieces.iter().map(|piece| piece.text.as_str()).collect()));
    }
    lines
}

/// What a piece of text points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A link: an index into the document's targets.
    Link(usize),
    /// A footnote, by number.
    Note(usize),
}

/// A piece of a line with one style.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    /// Clean text without line breaks.
    pub text: String,
    /// In cells.
    pub width: usize,
    pub style: Style,
    pub target: Option<Target>,
}

impl Piece {
    /// A piece that points nowhere.
    pub fn new(text: impl Into<String>, style: Style) -> Piece {
        let text = text.into();
        Piece { width: text_width(&text), text, style, target: None }
    }

    /// Blank cells.
    pub fn blank(width: usize) -> Piece {
        Piece { text: " ".repeat(width), width, ..Piece::default() }
    }
}

/// How wide pieces are together.
pub(super) fn width_of(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.width).sum()
}

/// One text with the styles of its parts.
pub(super) struct Styled {
    text: String,
    parts: Vec<Part>,
}

/// A part of a styled text, from where the one before it ends.
struct Part {
    end: usize,
    style: Style,
    target: Option<Target>,
    /// Whether spaces are kept as they are.
    literal: bool,
}

impl Styled {
    /// The text of runs, with their marks on top of a style.
    pub fn new(runs: &[Run], base: Style) -> Styled {
        let mut styled = Styled { text: String::new(), parts: Vec::new() };
        for run in runs.iter().filter(|run| !run.text.is_empty()) {
            styled.text.push_str(&run.text);
            let part = Part {
                end: styled.text.len(),
                style: style_of(run, base),
                target: run.marks.note.map(Target::Note).or(run.link.map(Target::Link)),
                literal: run.marks.code,
            };
            styled.parts.push(part);
        }
        styled
    }

    /// The lines of the text at a width. No lines where there is nothing but white space.
    pub fn wrap(&self, width: usize, ascii: bool) -> Vec<Vec<Piece>> {
        let mut wrapper = Wrapper::new(self, width, ascii);
        self.each_chunk(|chunk| wrapper.add(&chunk));
        if !wrapper.line.is_empty() {
            wrapper.end_line();
        }
        wrapper.lines
    }

    /// The text cut between grapheme clusters at a width, also inside words: for code.
    pub fn chop(&self, width: usize, ascii: bool) -> Vec<Vec<Piece>> {
        let mut wrapper = Wrapper::new(self, width, ascii);
        wrapper.split(0..self.text.len());
        if !wrapper.line.is_empty() {
            wrapper.end_line();
        }
        wrapper.lines
    }

    /// How wide the text is where nothing breaks it but hard breaks, and its widest chunk that has no
    /// place to break.
    pub fn extent(&self) -> (usize, usize) {
        let (mut widest, mut longest, mut column) = (0, 0, None);
        self.each_chunk(|chunk| match chunk {
            Chunk::Break => column = None,
            Chunk::Word { space, width, .. } => {
                let end = column.map_or(width, |column: usize| column + self.spaces(&space).len() + width);
                column = Some(end);
                widest = widest.max(end);
                longest = longest.max(width);
            }
        });
        (widest, longest)
    }

    /// The spaces that a stretch of white space comes to: as many as there are in code, else one.
    fn spaces(&self, space: &Range<usize>) -> Range<usize> {
        let literal = |at: usize| self.parts[self.parts.partition_point(|part| part.end <= at)].literal;
        if space.len() > 1 && !literal(space.start) { space.start..space.start + 1 } else { space.clone() }
    }

    fn each_chunk(&self, mut f: impl FnMut(Chunk)) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let space = at..at + bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
            at = space.end;
            if bytes.get(at) == Some(&b'\n') {
                f(Chunk::Break);
                at += 1;
                continue;
            }
            let word = at..at + bytes[at..].iter().take_while(|&&byte| byte != b' ' && byte != b'\n').count();
            at = word.end;
            if word.is_empty() {
                continue;
            }
            if self.text[word.clone()].is_ascii() {
                f(Chunk::Word { width: word.len(), range: word, space });
            } else {
                self.split_wide(word, space, &mut f);
            }
        }
    }

    /// Cuts a word where it may break beside wide characters.
    fn split_wide(&self, word: Range<usize>, mut space: Range<usize>, f: &mut impl FnMut(Chunk)) {
        let mut start = word.start;
        let mut width = 0;
        let mut before: Option<&str> = None;
        for (offset, grapheme) in self.text[word.clone()].grapheme_indices(true) {
            let at = word.start + offset;
            if before.is_some_and(|before| may_break(before, grapheme)) {
                f(Chunk::Word { range: start..at, space, width });
                (start, width, space) = (at, 0, at..at);
            }
            width += grapheme_width(grapheme);
            before = Some(grapheme);
        }
        f(Chunk::Word { range: start..word.end, space, width });
    }
}

fn style_of(run: &Run, base: Style) -> Style {
    let marks = run.marks;
    let ink = if run.link.is_some() {
        Ink::Link
    } else if marks.note.is_some() {
        Ink::Marker
    } else if marks.code || marks.key {
        Ink::Code
    } else if marks.dim {
        Ink::Dim
    } else {
        base.ink
    };
    Style {
        ink,
        bold: base.bold || marks.strong || marks.key,
        italic: base.italic || marks.emph,
        strike: base.strike || marks.strike,
        underline: base.underline || marks.under || run.link.is_some(),
        reverse: base.reverse,
    }
}

/// Whether a line may break between two grapheme clusters of a word (after UAX #14, classes ID, OP, CL
/// and NS): beside a wide one, but never before closing or after opening punctuation.
fn may_break(before: &str, after: &str) -> bool {
    const NEVER_FIRST: &str =
        "、。，．！？：；）］｝」』】〉》〕’”…‥・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々,.!?:;)]}%";
    const NEVER_LAST: &str = "（［｛「『【〈《〔‘“([{";
    let wide = grapheme_width(before) >= 2 || grapheme_width(after) >= 2;
    wide && !NEVER_FIRST.contains(after) && !NEVER_LAST.contains(before)
}

/// What stands between two places where a line may break.
enum Chunk {
    /// White space, which may be empty, and the text after it, in cells without the space.
    Word { range: Range<usize>, space: Range<usize>, width: usize },
    /// A hard break.
    Break,
}

struct Wrapper<'a> {
    styled: &'a Styled,
    width: usize,
    ascii: bool,
    /// The part of the styled text that was used last; ranges come in order.
    part: usize,
    lines: Vec<Vec<Piece>>,
    line: Vec<Piece>,
    column: usize,
}

impl<'a> Wrapper<'a> {
    fn new(styled: &'a Styled, width: usize, ascii: bool) -> Wrapper<'a> {
        Wrapper {
            styled,
            width: width.max(1),
            ascii,
            part: 0,
            lines: Vec::new(),
            line: Vec::new(),
            column: 0,
        }
    }

    fn add(&mut self, chunk: &Chunk) {
        let Chunk::Word { range, space, width } = chunk else { return self.end_line() };
        let space = if self.line.is_empty() { space.start..space.start } else { self.styled.spaces(space) };
        if self.column + space.len() + width <= self.width {
            self.emit(space.clone(), space.len());
            self.emit(range.clone(), *width);
            return;
        }
        if !self.line.is_empty() {
            self.end_line();
        }
        if *width <= self.width { self.emit(range.clone(), *width) } else { self.split(range.clone()) }
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.column = 0;
    }

    /// Puts text of this width at the end of the line, in pieces of one style each.
    fn emit(&mut self, range: Range<usize>, width: usize) {
        let styled = self.styled;
        let (mut at, mut left) = (range.start, width);
        while at < range.end {
            while styled.parts[self.part].end <= at {
                self.part += 1;
            }
            let part = &styled.parts[self.part];
            let end = part.end.min(range.end);
            let text = &styled.text[at..end];
            // A style may begin inside a cluster, so the parts' own widths need not add up. The cluster's
            // width is what a terminal uses; the last part takes what is left of it.
            let cells = if end == range.end { left } else { text_width(text).min(left) };
            match self.line.last_mut() {
                Some(last) if last.style == part.style && last.target == part.target => {
                    last.text.push_str(text);
                    last.width += cells;
                }
                _ => self.line.push(Piece {
                    text: text.to_owned(),
                    width: cells,
                    style: part.style,
                    target: part.target,
                }),
            }
            left -= cells;
            at = end;
        }
        self.column += width;
    }

    /// Breaks a word that is wider than a line between grapheme clusters.
    fn split(&mut self, range: Range<usize>) {
        let styled = self.styled;
        let mut start = range.start;
        let mut width = 0;
        for (offset, grapheme) in styled.text[range.clone()].grapheme_indices(true) {
            let at = range.start + offset;
            let cells = grapheme_width(grapheme);
            if self.column + width + cells > self.width {
                self.emit(start..at, width);
                if !self.line.is_empty() {
                    self.end_line();
                }
                (start, width) = (at, 0);
            }
            if cells > self.width {
                self.split_cluster(at..at + grapheme.len());
                start = at + grapheme.len();
            } else {
                width += cells;
            }
        }
        self.emit(start..range.end, width);
    }

    /// Shows a cluster that is wider than a line: one symbol where a character in it is, else (some
    /// clusters of Indic scripts are as wide as one likes) as many of its characters a line as fit.
    fn split_cluster(&mut self, range: Range<usize>) {
        // Bounds the work for a cluster of very many marks without width.
        const MOST: usize = 64;
        let styled = self.styled;
        let text = &styled.text[range.clone()];
        // The emoji selector widens the character before it, however narrow that is alone.
        let widens = self.width == 1 && text.contains('\u{fe0f}');
        if widens || text.chars().any(|c| char_width(c) > self.width) {
            let part = styled.parts.partition_point(|part| part.end <= range.start);
            let Part { style, target, .. } = styled.parts[part];
            self.line.push(Piece { text: too_wide(self.ascii).to_owned(), width: 1, style, target });
            self.column += 1;
            return;
        }
        let (mut start, mut count) = (range.start, 0);
        for (offset, c) in text.char_indices() {
            let at = range.start + offset;
            if count == MOST || text_width(&styled.text[start..at + c.len_utf8()]) > self.width {
                self.emit(start..at, text_width(&styled.text[start..at]));
                self.end_line();
                (start, count) = (at, 0);
            }
            count += 1;
        }
        self.emit(start..range.end, text_width(&styled.text[start..range.end]));
        self.end_line();
    }
}

/// What stands for a character that is wider than a whole line.
pub(super) fn too_wide(ascii: bool) -> &'static str {
    if ascii { "?" } else { "\u{fffd}" }
}

#[cfg(test)]
mod tests {
    use super::super::block::Marks;
    use super::*;

    #[test]
    fn wraps() {
        for (text, width, expected) in [
            ("", 10, &[] as &[&str]),
            ("one two three", 20, &["one two three"]),
            ("one two three", 7, &["one two", "three"]),
            ("one  two\tthree ", 7, &["one two", "three"]),
            ("one\n\ntwo", 7, &["one", "", "two"]),
            ("a longword b", 4, &["a", "long", "word", "b"]),
            ("abc", 1, &["a", "b", "c"]),
            ("日本語", 4, &["日本", "語"]),
            ("日本語", 3, &["日", "本", "語"]),
            ("日本。", 4, &["日", "本。"]),
            ("a日b", 1, &["a", "\u{fffd}", "b"]),
            ("e\u{301}e\u{301}", 1, &["e\u{301}", "e\u{301}"]),
            ("👩‍👩‍👧👩‍👩‍👧", 2, &["👩‍👩‍👧", "👩‍👩‍👧"]),
            ("x\u{1b}[2J", 20, &["x␛[2J"]),
            ("a☎\u{fe0f}b", 1, &["a", "\u{fffd}", "b"]),
            ("any", 0, &["a", "n", "y"]),
        ] {
            assert_eq!(wrap_text(text, width), expected, "{text:?} at {width}");
        }
    }

    #[test]
    fn a_style_may_begin_inside_a_cluster() {
        // U+2620 is one cell, with the emoji selector in another style after it two.
        let runs = [
            Run { text: "ab\u{2620}".to_owned(), ..Run::default() },
            Run {
                text: "\u{fe0f}c".to_owned(),
                marks: Marks { strong: true, ..Marks::default() },
                link: None,
            },
        ];
        let lines = Styled::new(&runs, Style::default()).wrap(4, false);
        let got: Vec<(String, usize)> = lines
            .iter()
            .map(|line| (line.iter().map(|p| p.text.as_str()).collect(), width_of(line)))
            .collect();
        assert_eq!(got, [("ab\u{2620}\u{fe0f}".to_owned(), 4), ("c".to_owned(), 1)]);
    }

    #[test]
    fn code_keeps_its_spaces() {
        let code = Marks { code: true, ..Marks::default() };
        let runs = [Run { text: "x  y".to_owned(), marks: code, link: None }];
        let lines = Styled::new(&runs, Style::default()).wrap(10, false);
        assert_eq!(lines[0][0].text, "x  y");
    }

    #[test]
    fn a_cluster_wider_than_the_line_loses_nothing() {
        // A conjunct of Devanagari letters is one cluster (UAX #29, GB9c).
        let text = "क्क्क्क्क्क";
        for width in 1..5 {
            let lines = wrap_text(text, width);
            assert_eq!(lines.concat(), text);
            assert!(lines.iter().all(|line| text_width(line) <= width), "{lines:?} at {width}");
        }
    }
}
