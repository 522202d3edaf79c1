//! Lines and columns of the source, so that everyone who finds something wrong can say where it stands; and
//! running text as it is put together from the pieces that the parser reports.

use std::ops::Range;

use super::autolink::{self, Found};

/// Where lines start, to find the line and column of an offset.
pub(super) struct Source<'a> {
    text: &'a str,
    starts: Vec<usize>,
    first_line: usize,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str, first_line: usize) -> Source<'a> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Source { text, starts: std::iter::once(0).chain(breaks).collect(), first_line }
    }

    /// The last line of the file that has text, from 1; the one before the first where there is none.
    pub fn last_line(&self) -> usize {
        let lines = self.starts.partition_point(|&start| start < self.text.len());
        self.first_line + lines - 1
    }

    /// Line and column of an offset.
    pub fn place(&self, offset: usize) -> (usize, usize) {
        (self.line(offset), self.column(offset))
    }

    /// The line of an offset in the file, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1 + self.first_line
    }

    /// The column of an offset in characters, from 1. Cost: the length of the line.
    pub fn column(&self, offset: usize) -> usize {
        let start = self.starts[self.starts.partition_point(|&start| start <= offset) - 1];
        // A line of a megabyte with a hundred thousand links must not cost their product.
        const FAR: usize = 10_000;
        let before = self.text.get(start..offset).filter(|before| before.len() <= FAR);
        before.map_or(offset - start, |before| before.chars().count()) + 1
    }
}

/// Running text without anything in it, made of the pieces that the parser reports: it starts a new one at
/// every sign that could have meant something. An address may go on over several.
#[derive(Default)]
pub(super) struct Bare {
    pub text: String,
    /// Where it starts in the source.
    pub start: usize,
    /// Where it ends in the source.
    end: usize,
    pieces: Vec<Piece>,
}

struct Piece {
    /// Where it starts in the text, and in the source.
    at: usize,
    source: usize,
    /// Whether it reads otherwise in the source: a character reference.
    decoded: bool,
}

impl Bare {
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
    }

    /// Adds a piece if it goes on where the text ends, perhaps behind a backslash.
    pub fn add(&mut self, text: &str, range: &Range<usize>, source: &Source) -> bool {
        let escaped = range.start == self.end + 1 && source.text.as_bytes().get(self.end) == Some(&b'\\');
        if self.is_empty() {
            self.start = range.start;
        } else if range.start != self.end && !escaped {
            return false;
        }
        let decoded = source.text.get(range.clone()) != Some(text);
        self.pieces.push(Piece { at: self.text.len(), source: range.start, decoded });
        self.text.push_str(text);
        self.end = range.end;
        true
    }

    /// The addresses in the text.
    pub fn addresses(&self, source: &Source) -> Vec<Found> {
        let before = source.text.get(..self.start).and_then(|before| before.chars().next_back());
        autolink::find(&self.text, before, &|at| self.piece(at).is_some_and(|piece| piece.decoded))
    }

    /// Where in the source a byte of the text stands.
    pub fn source_of(&self, at: usize) -> usize {
        self.piece(at)
            .map_or(self.start, |piece| piece.source + if piece.decoded { 0 } else { at - piece.at })
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        self.pieces.get(self.pieces.partition_point(|piece| piece.at <= at).checked_sub(1)?)
    }
}
