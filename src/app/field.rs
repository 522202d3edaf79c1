//! Text being typed: a buffer with a cursor, one line or many. It knows no screen and no keys beyond
//! what every text field does.

use super::places::{after, before, line_and_byte, line_end, line_start, word_after, word_before};
use crate::config::key::{Key, KeyCode};
use unicode_segmentation::UnicodeSegmentation;

/// A text with a cursor. The cursor is a byte that starts a grapheme, or the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    cursor: usize,
    many: bool,
    undo: Vec<(String, usize)>,
}

/// The longest text of a field of one line, in bytes: nobody types more, and a paste must not fill the memory.
const LONGEST_LINE: usize = 500;

/// How many changes can be taken back.
const UNDO: usize = 200;

impl Field {
    /// An empty field of one line.
    #[must_use]
    pub fn line() -> Field {
        Field::default()
    }

    /// A field of many lines with a text in it, the cursor at its end.
    #[must_use]
    pub fn lines(text: &str) -> Field {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        Field { cursor: text.len(), text, many: true, undo: Vec::new() }
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
        line_and_byte(&self.text, self.cursor)
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        self.remember();
        self.text = text.to_string();
        self.cursor = self.text.len();
    }

    /// Empties the field.
    pub fn clear(&mut self) {
        self.set("");
    }

    /// Types a text at the cursor. In a field of one line its line breaks become blanks.
    pub fn insert(&mut self, typed: &str) {
        self.remember();
        let mut clean = typed.replace("\r\n", "\n").replace('\r', "\n");
        if !self.many {
            clean = clean.replace('\n', " ");
        }
        clean.retain(|c| !c.is_control() || c == '\n');
        if !self.many {
            let room = LONGEST_LINE.saturating_sub(self.text.len());
            let end =
                clean.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= room).last();
            clean.truncate(end.unwrap_or(0));
        }
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    /// Replaces some bytes of the text; the cursor goes behind what is new.
    pub fn replace(&mut self, range: std::ops::Range<usize>, with: &str) {
        self.remember();
        self.text.replace_range(range.clone(), with);
        self.cursor = range.start + with.len();
    }

    /// Puts the cursor on a line, at most at that byte of it.
    pub fn go_to(&mut self, line: usize, byte: usize) {
        let mut start = 0;
        for (index, text) in self.text.split('\n').enumerate() {
            if index == line {
                let mut at = byte.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                self.cursor = start + at;
                return;
            }
            start += text.len() + 1;
        }
        self.cursor = self.text.len();
    }

    /// Does what a key does in a text field. Returns whether it did anything.
    pub fn key(&mut self, key: Key) -> bool {
        if let Some(typed) = key.typed() {
            self.insert(typed.encode_utf8(&mut [0; 4]));
            return true;
        }
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Enter, false, false) if self.many => self.insert("\n"),
            (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, false) => {
                self.delete(self.to(before), self.cursor);
            }
            (KeyCode::Delete, false, false) | (KeyCode::Char('d'), true, false) => {
                self.delete(self.cursor, self.to(after));
            }
            (KeyCode::Backspace, _, true) | (KeyCode::Char('w'), true, false) => {
                self.delete(self.to(word_before), self.cursor);
            }
            (KeyCode::Char('u'), true, false) => self.delete(self.to(line_start), self.cursor),
            (KeyCode::Char('k'), true, false) => self.delete(self.cursor, self.to(line_end)),
            (KeyCode::Left, false, false) | (KeyCode::Char('b'), true, false) => {
                self.cursor = self.to(before);
            }
            (KeyCode::Right, false, false) | (KeyCode::Char('f'), true, false) => {
                self.cursor = self.to(after);
            }
            (KeyCode::Left, true, _) | (KeyCode::Char('b'), false, true) => {
                self.cursor = self.to(word_before);
            }
            (KeyCode::Right, true, _) | (KeyCode::Char('f'), false, true) => {
                self.cursor = self.to(word_after);
            }
            (KeyCode::Home, false, false) | (KeyCode::Char('a'), true, false) => {
                self.cursor = self.to(line_start);
            }
            (KeyCode::End, false, false) | (KeyCode::Char('e'), true, false) => {
                self.cursor = self.to(line_end);
            }
            (KeyCode::Up, false, false) if self.many => self.vertical(false),
            (KeyCode::Down, false, false) if self.many => self.vertical(true),
            (KeyCode::Char('_' | '/' | '7'), true, false) => return self.take_back(),
            _ => return false,
        }
        true
    }

    /// Takes the last change back.
    fn take_back(&mut self) -> bool {
        let Some((text, cursor)) = self.undo.pop() else { return false };
        (self.text, self.cursor) = (text, cursor);
        true
    }

    fn remember(&mut self) {
        if self.undo.last().is_none_or(|(text, _)| *text != self.text) {
            if self.undo.len() == UNDO {
                self.undo.remove(0);
            }
            self.undo.push((self.text.clone(), self.cursor));
        }
    }

    fn delete(&mut self, from: usize, to: usize) {
        if from < to {
            self.remember();
            self.text.replace_range(from..to, "");
            self.cursor = from;
        }
    }

    /// Where the cursor would go.
    fn to(&self, place: fn(&str, usize) -> usize) -> usize {
        place(&self.text, self.cursor)
    }

    fn vertical(&mut self, down: bool) {
        let (line, byte) = self.place();
        let column = self.text[self.cursor - byte..self.cursor].graphemes(true).count();
        let wanted = if down { line + 1 } else { line.saturating_sub(1) };
        let Some(text) = self.text.split('\n').nth(wanted) else { return };
        let at = text.grapheme_indices(true).nth(column).map_or(text.len(), |(at, _)| at);
        self.go_to(wanted, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(field: &mut Field, keys: &str) {
        for key in keys.split_whitespace() {
            field.key(key.parse().expect("a key"));
        }
    }

    #[test]
    fn edits_as_every_text_field_does() {
        // (keys, text with | at the cursor)
        let check = |keys: &str, expected: &str| {
            let mut field = Field::line();
            press(&mut field, keys);
            let mut shown = field.text().to_string();
            shown.insert(field.cursor(), '|');
            assert_eq!(shown, expected, "{keys}");
        };
        check("a b c", "abc|");
        check("a b c left backspace", "a|c");
        check("a b c home delete", "|bc");
        check("a space b c ctrl-w d", "a d|");
        check("a b ctrl-u", "|");
        check("a b home ctrl-k", "|");
        check("a b enter", "ab|");
        check("a b ctrl-_", "a|");
        check("ä 日 left backspace", "|日");
    }

    #[test]
    fn moves_over_lines() {
        let mut field = Field::lines("one\ntwo three\nx");
        assert_eq!(field.place(), (2, 1));
        press(&mut field, "up");
        assert_eq!(field.place(), (1, 1));
        press(&mut field, "end up");
        assert_eq!(field.place(), (0, 3));
        press(&mut field, "down down down");
        assert_eq!(field.place(), (2, 1));
    }

    #[test]
    fn a_paste_is_text_without_control_characters() {
        let mut field = Field::line();
        field.insert("a\r\nb\u{1b}[31m\tc");
        assert_eq!(field.text(), "a b[31mc");
        let mut many = Field::lines("");
        many.insert("a\r\nb");
        assert_eq!(many.text(), "a\nb");
    }
}
