//! A text of many lines being edited: cursor, selection, words, undo. It knows neither keys nor the screen.
//!
//! A sheet is short, so the text is one string and a place in it is a byte. All moves go by graphemes, so the cursor
//! never stands inside of what is seen as one character.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::super::places::{after, before, line_and_byte, line_end, line_start, word_after, word_before};
use super::history::{Edit, History, Kind};

/// The longest text, in bytes: some five thousand lines.
pub const LONGEST_TEXT: usize = 200_000;

/// A way to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A character to the left.
    Left,
    /// A character to the right.
    Right,
    /// To the beginning of the word, or of the one before it.
    WordLeft,
    /// To the end of the word, or of the next.
    WordRight,
    /// To the beginning of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// To the beginning of the text.
    Start,
    /// To the end of the text.
    End,
}

/// A text with a cursor. The cursor is a byte that starts a grapheme, or the end.
#[derive(Clone, Debug, Default)]
pub struct TextBuffer {
    text: String,
    cursor: usize,
    /// The other end of the selection; equal to the cursor where nothing is selected.
    anchor: usize,
    /// The column that moves up and down keep to.
    column: Option<usize>,
    history: History,
    now: i64,
}

impl TextBuffer {
    /// A text, the cursor at its beginning. Control characters become blanks, line ends one kind.
    #[must_use]
    pub fn new(text: &str) -> TextBuffer {
        TextBuffer { text: clean(text), ..TextBuffer::default() }
    }

    /// A text with what [`TextBuffer::log`] gave of it. Where the text is another one by now, that is a step as well.
    #[must_use]
    pub fn with_log(text: &str, log: &str) -> TextBuffer {
        let Some((history, before)) = History::read(log).filter(|(_, text)| text.len() <= LONGEST_TEXT)
        else {
            return TextBuffer::new(text);
        };
        let mut buffer = TextBuffer { text: before, history, ..TextBuffer::default() };
        buffer.change_to(text);
        buffer.place_at(0, false);
        buffer
    }

    /// What is to be kept so that changes can be taken back after a restart: at most 200 KB.
    #[must_use]
    pub fn log(&self) -> String {
        self.history.keep(&self.text)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cursor as a byte of the text.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The line and the byte within it at which the cursor stands, from 0.
    #[must_use]
    pub fn place(&self) -> (usize, usize) {
        self.place_of(self.cursor)
    }

    /// The line and the byte within it of a byte of the text.
    fn place_of(&self, at: usize) -> (usize, usize) {
        line_and_byte(&self.text, at)
    }

    /// A line of the text.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        self.text.split('\n').nth(line).unwrap_or_default()
    }

    /// How many lines there are, at least 1.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.text.matches('\n').count() + 1
    }

    /// What is selected, as bytes of the text; empty where nothing is.
    #[must_use]
    pub fn selection(&self) -> Range<usize> {
        self.cursor.min(self.anchor)..self.cursor.max(self.anchor)
    }

    /// The text that is selected.
    #[must_use]
    pub fn selected(&self) -> &str {
        &self.text[self.selection()]
    }

    /// The time of what comes next, in milliseconds: changes behind a pause are taken back by themselves.
    pub fn at_time(&mut self, now: i64) {
        self.now = now;
    }

    /// Selects everything.
    pub fn select_all(&mut self) {
        self.anchor = 0;
        self.cursor = self.text.len();
        self.column = None;
    }

    /// Selects the word around the cursor.
    pub fn select_word(&mut self) {
        let words = self.text.unicode_word_indices();
        let mut around = words.filter(|(at, word)| (*at..=at + word.len()).contains(&self.cursor));
        if let Some((at, word)) = around.next() {
            (self.anchor, self.cursor) = (at, at + word.len());
        }
    }

    /// Nothing is selected any more.
    pub fn deselect(&mut self) {
        self.anchor = self.cursor;
    }

    /// Moves the cursor; with `select` the other end of the selection stays.
    pub fn go(&mut self, way: Move, select: bool) {
        let selection = self.selection();
        let at = match way {
            // With a selection, left and right go to its ends.
            Move::Left if !select && !selection.is_empty() => selection.start,
            Move::Right if !select && !selection.is_empty() => selection.end,
            Move::Left => self.to(before),
            Move::Right => self.to(after),
            Move::WordLeft => self.to(word_before),
            Move::WordRight => self.to(word_after),
            Move::LineStart => self.to(line_start),
            Move::LineEnd => self.to(line_end),
            Move::Start => 0,
            Move::End => self.text.len(),
        };
        self.place_at(at, select);
    }

    /// Moves the cursor to another line, in its column or, where the line is shorter, to its end.
    pub fn go_to_line(&mut self, line: usize, select: bool) {
        let (_, byte) = self.place();
        let column = self.column.unwrap_or_else(|| self.text[self.cursor - byte..self.cursor].width());
        self.go_to_column(line, column, select);
        self.column = Some(column);
    }

    /// Puts the cursor on a line, at a column of cells.
    pub fn go_to_column(&mut self, line: usize, column: usize, select: bool) {
        let line = line.min(self.line_count() - 1);
        let (mut byte, mut used) = (0, 0);
        for grapheme in self.line(line).graphemes(true) {
            if used + grapheme.width() > column {
                break;
            }
            used += grapheme.width();
            byte += grapheme.len();
        }
        let at = self.line_begin(line) + byte;
        self.place_at(at, select);
    }

    /// Puts the cursor on a byte of a line, or before it where that is inside a character.
    pub fn go_to(&mut self, line: usize, byte: usize) {
        let line = line.min(self.line_count() - 1);
        let at = self.line_begin(line) + byte.min(self.line(line).len());
        self.place_at(at, false);
    }

    fn line_begin(&self, line: usize) -> usize {
        self.text.split('\n').take(line).map(|line| line.len() + 1).sum()
    }

    fn place_at(&mut self, at: usize, select: bool) {
        self.history.close();
        self.column = None;
        self.cursor = self.boundary(at);
        if !select {
            self.anchor = self.cursor;
        }
    }

    /// The byte, or the one before it that begins a grapheme.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        let graphemes = self.text[start..end].grapheme_indices(true).map(|(byte, _)| start + byte);
        graphemes.chain([end]).take_while(|byte| *byte <= at).last().unwrap_or(at)
    }

    /// Types a text in the place of the selection. Nothing is changed where the text would get too long: then this
    /// says false.
    pub fn insert(&mut self, typed: &str) -> bool {
        let typed = clean(typed);
        let kind = if typed.chars().count() == 1 && self.selection().is_empty() {
            Kind::Typing
        } else {
            Kind::Other
        };
        self.replace_as(self.selection(), &typed, kind)
    }

    /// Erases the selection or, where nothing is selected, from the cursor to where that move leads.
    pub fn erase(&mut self, way: Move) {
        if !self.selection().is_empty() {
            self.replace_as(self.selection(), "", Kind::Other);
            return;
        }
        let to = match way {
            Move::Left => self.to(before),
            Move::Right => self.to(after),
            Move::WordLeft => self.to(word_before),
            Move::WordRight => self.to(word_after),
            Move::LineStart => self.to(line_start),
            // At the end of a line its end goes, so that the same key again takes the next line up.
            Move::LineEnd if self.cursor == self.to(line_end) => self.to(after),
            Move::LineEnd => self.to(line_end),
            Move::Start => 0,
            Move::End => self.text.len(),
        };
        if to != self.cursor {
            self.replace_as(to.min(self.cursor)..to.max(self.cursor), "", Kind::Erasing);
        }
    }

    /// Takes the selection out of the text or, where nothing is selected, the whole line.
    pub fn cut(&mut self) -> String {
        let mut range = self.selection();
        if range.is_empty() {
            range = self.to(line_start)..self.to(line_end);
            range.end = self.text.len().min(range.end + 1);
        }
        let cut = self.text[range.clone()].to_string();
        if !cut.is_empty() {
            self.replace_as(range, "", Kind::Other);
        }
        cut
    }

    /// Replaces some bytes of the text, as one step; the cursor goes behind what is new.
    pub fn replace(&mut self, range: Range<usize>, with: &str) -> bool {
        self.replace_as(range, with, Kind::Other)
    }

    /// The same, where it goes on with a replacement just before: a number that is slid on, the next completion. The
    /// cursor goes to that byte of the new text.
    pub fn turn(&mut self, range: Range<usize>, with: &str, cursor: usize) {
        self.edit(range, with, Kind::Turning, cursor);
    }

    /// Makes the text another one, as one step: what differs is changed and nothing else.
    pub fn change_to(&mut self, text: &str) {
        let text = clean(text);
        let same = |(one, other): &((usize, char), (usize, char))| one.1 == other.1;
        let start = self.text.char_indices().zip(text.char_indices()).take_while(same).last();
        let start = start.map_or(0, |((at, c), _)| at + c.len_utf8());
        let tails = self.text[start..].chars().rev().zip(text[start..].chars().rev());
        let end: usize = tails.take_while(|(one, other)| one == other).map(|(c, _)| c.len_utf8()).sum();
        let (old, new) = (start..self.text.len() - end, start..text.len() - end);
        if old.is_empty() && new.is_empty() {
            return;
        }
        let (line, byte) = self.place();
        let after = old.start + new.len();
        self.edit(old, &text[new], Kind::Other, after);
        self.go_to(line, byte);
    }

    fn replace_as(&mut self, range: Range<usize>, with: &str, kind: Kind) -> bool {
        if self.text.len() - range.len() + with.len() > LONGEST_TEXT && with.len() > range.len() {
            return false;
        }
        let after = range.start + with.len();
        self.edit(range, with, kind, after);
        true
    }

    fn edit(&mut self, range: Range<usize>, with: &str, kind: Kind, after: usize) {
        let edit = Edit { at: range.start, old: self.text[range.clone()].to_string(), new: with.to_string() };
        let before = self.cursor;
        self.text.replace_range(range, with);
        self.history.note(edit, kind, before, after, self.now);
        // What was typed may have become one character with what stands around it.
        self.cursor = self.boundary_after(after);
        self.anchor = self.cursor;
        self.column = None;
    }

    /// The byte, or the one behind it that ends a grapheme.
    fn boundary_after(&self, at: usize) -> usize {
        let before = self.boundary(at);
        if before == at {
            at
        } else {
            before + self.text[before..].graphemes(true).next().map_or(0, str::len)
        }
    }

    /// Takes the last step back. Says whether there was one.
    pub fn undo(&mut self) -> bool {
        let cursor = self.history.undo(&mut self.text);
        self.restored(cursor)
    }

    /// Does again what was taken back last. Says whether there was something.
    pub fn redo(&mut self) -> bool {
        let cursor = self.history.redo(&mut self.text);
        self.restored(cursor)
    }

    fn restored(&mut self, cursor: Option<usize>) -> bool {
        self.cursor = self.boundary(cursor.unwrap_or(self.cursor));
        self.anchor = self.cursor;
        self.column = None;
        cursor.is_some()
    }

    /// Where the cursor would go.
    fn to(&self, place: fn(&str, usize) -> usize) -> usize {
        place(&self.text, self.cursor)
    }
}

/// The text with one kind of line end and without control characters: a tab is a blank, all others are nothing.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}
