//! The keys of a sheet: those that every text field has, and Shift with a move selects.

use super::{Edited, Move, SheetEditor};
use crate::config::key::{Key, KeyCode};

impl SheetEditor {
    /// A key that is text, or moves in it.
    pub fn typed(&mut self, key: Key) -> Edited {
        self.completing = None;
        if let Some(typed) = key.typed() {
            return self.insert(typed.encode_utf8(&mut [0; 4]));
        }
        if let Some((way, select)) = moves(key) {
            self.buffer.go(way, select);
            return self.moved();
        }
        let page = self.page.saturating_sub(1).max(1);
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Enter, false, false) => return self.insert("\n"),
            (KeyCode::Up, false, false) => self.vertical(1, false, key.shift),
            (KeyCode::Down, false, false) => self.vertical(1, true, key.shift),
            (KeyCode::PageUp, false, false) => self.vertical(page, false, key.shift),
            (KeyCode::PageDown, false, false) => self.vertical(page, true, key.shift),
            _ => {
                let Some(way) = erases(key) else { return Edited::Same };
                let before = self.buffer.text().len();
                self.buffer.erase(way);
                return if self.buffer.text().len() == before { Edited::Same } else { self.changed() };
            }
        }
        self.moved()
    }

    fn vertical(&mut self, by: usize, down: bool, select: bool) {
        let rows = self.rows();
        let row = self.row_of_cursor(&rows);
        // From the first line up is its beginning, from the last down its end.
        match (row, down) {
            (0, false) => self.buffer.go(Move::Start, select),
            (row, true) if row + 1 >= rows.len() => self.buffer.go(Move::LineEnd, select),
            (row, _) => {
                let row = if down { (row + by).min(rows.len() - 1) } else { row.saturating_sub(by) };
                self.buffer.go_to_line(rows[row].0, select);
            }
        }
    }
}

/// The move that a key makes, and whether it selects.
fn moves(key: Key) -> Option<(Move, bool)> {
    let way = match (key.code, key.ctrl, key.alt) {
        (KeyCode::Left, false, false) | (KeyCode::Char('b'), true, false) => Move::Left,
        (KeyCode::Right, false, false) | (KeyCode::Char('f'), true, false) => Move::Right,
        (KeyCode::Left, ..) | (KeyCode::Char('b'), false, true) => Move::WordLeft,
        (KeyCode::Right, ..) | (KeyCode::Char('f'), false, true) => Move::WordRight,
        (KeyCode::Home, false, _) | (KeyCode::Char('a'), true, false) => Move::LineStart,
        (KeyCode::End, false, _) | (KeyCode::Char('e'), true, false) => Move::LineEnd,
        (KeyCode::Home, true, _) => Move::Start,
        (KeyCode::End, true, _) => Move::End,
        _ => return None,
    };
    Some((way, key.shift))
}

/// How far a key erases.
fn erases(key: Key) -> Option<Move> {
    Some(match (key.code, key.ctrl, key.alt) {
        (KeyCode::Backspace, false, false) => Move::Left,
        (KeyCode::Delete, false, false) | (KeyCode::Char('d'), true, false) => Move::Right,
        (KeyCode::Backspace, ..) | (KeyCode::Char('w'), true, false) => Move::WordLeft,
        (KeyCode::Delete, ..) | (KeyCode::Char('d'), false, true) => Move::WordRight,
        (KeyCode::Char('u'), true, false) => Move::LineStart,
        (KeyCode::Char('k'), true, false) => Move::LineEnd,
        _ => return None,
    })
}
