//! Putting items in order. A letter or the arrows choose an item; it moves by itself (J, K, a digit for its place), or is
//! held and moves along. The letters stay with their items, so that one can think "c belongs first".

use crate::deck::Kind;
use crate::doc::Ink;
use crate::drill::{Answer, Asked, Variant, Verdict};

use super::super::command::Do;
use super::line::{CardLine, belongs, bold, hanging, inked, keep, key, letter, mark, noted, text};
use super::verdict::part_of;
use super::way::{Hinted, Step, digit, moved, numbered, place_of, span};
use crate::doc::Style;

/// The order so far.
#[derive(Clone, Debug)]
pub(super) struct Arranging {
    /// For each row the item in it, as its place in the order shown at first.
    rows: Vec<usize>,
    at: usize,
    held: bool,
}

impl Arranging {
    pub fn new(count: usize) -> Arranging {
        Arranging { rows: (0..count).collect(), at: 0, held: false }
    }

    fn row_of(&self, item: usize) -> Option<usize> {
        self.rows.iter().position(|&of| of == item)
    }

    fn move_to(&mut self, row: usize) {
        if self.at < self.rows.len() && row < self.rows.len() {
            let item = self.rows.remove(self.at);
            self.rows.insert(row, item);
            self.at = row;
        }
    }

    pub fn takes(&self, typed: char) -> bool {
        place_of(typed, self.rows.len()).is_some() && typed.is_ascii_lowercase()
    }

    pub fn typed(&mut self, typed: char) -> Step {
        if let Some(row) = numbered(typed, self.rows.len()) {
            self.move_to(row);
            self.held = false;
            return Step::Done;
        }
        let Some(row) = place_of(typed, self.rows.len()).and_then(|item| self.row_of(item)) else {
            return Step::Ignored;
        };
        if self.held {
            self.move_to(row);
            self.held = false;
        }
        self.at = row;
        Step::Done
    }

    pub fn act(&mut self, does: Do) -> Step {
        let count = self.rows.len();
        match does {
            Do::Down | Do::Up => {
                let row = moved(self.at, does == Do::Down, count);
                if self.held { self.move_to(row) } else { self.at = row }
            }
            Do::MoveDown | Do::MoveUp => self.move_to(moved(self.at, does == Do::MoveDown, count)),
            Do::Hold => self.held = !self.held,
            Do::Reveal | Do::Enter => return Step::Check,
            _ => return Step::Ignored,
        }
        Step::Done
    }

    /// The first click takes an item, the second says where it goes.
    pub fn click(&mut self, part: usize) -> Step {
        let Some(row) = self.row_of(part) else { return Step::Ignored };
        if self.held {
            self.move_to(row);
            self.held = false;
        } else {
            (self.at, self.held) = (row, true);
        }
        Step::Done
    }

    /// An item that was dragged to another row is there; one that was only clicked stays in hand.
    pub fn release(&mut self, part: usize) -> Step {
        match self.row_of(part) {
            Some(row) if self.held && row != self.at => {
                self.move_to(row);
                self.held = false;
                Step::Done
            }
            _ => Step::Ignored,
        }
    }

    pub fn answer(&self) -> Answer {
        Answer::Arranged(self.rows.clone())
    }

    pub fn keys(&self) -> Vec<Hinted> {
        let count = self.rows.len();
        vec![
            (span('a', letter(count.saturating_sub(1))), "item"),
            (span('1', digit(count.saturating_sub(1))), "to its place"),
        ]
    }

    pub fn lines(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
        let (Variant::Arrange { order }, Kind::Order { items }) = (&asked.variant, &asked.card.kind) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        if let Some(verdict) = verdict {
            for (place, item) in items.iter().enumerate() {
                let right = part_of(verdict, place).is_none_or(|part| part.right);
                let lead = vec![mark(right), inked(format!("{} ", place + 1), Ink::Dim)];
                lines.extend(hanging(lead, item, width));
                let had = self.rows.iter().position(|&shown| order.get(shown) == Some(&place));
                if let (false, Some(had)) = (right, had) {
                    noted(&mut lines, 4, &format!("you: {}", had + 1), width);
                }
            }
            return lines;
        }
        for (row, &shown) in self.rows.iter().enumerate() {
            let Some(item) = order.get(shown).and_then(|&item| items.get(item)) else { continue };
            let chosen = row == self.at;
            let hand = if chosen && self.held { "◆" } else { " " };
            let mut lead = vec![inked(format!("{:>2}", row + 1), Ink::Dim), inked(hand, Ink::Link)];
            lead.extend(key(letter(shown), chosen));
            lead.push(inked(" ", Ink::Text));
            let mut block = hanging(lead, item, width);
            belongs(&mut block, shown);
            if chosen {
                keep(&mut block);
                if self.held {
                    bold(&mut block);
                }
            }
            lines.extend(block);
        }
        if self.held {
            text("In hand: j k or a click move it, Space lets go.", width, Style::ink(Ink::Dim), &mut lines);
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys and commands, and the letters in the order they then stand in.
    #[test]
    fn items_move() {
        let check = |steps: &str, expected: &str| {
            let mut way = Arranging::new(4);
            for step in steps.split_whitespace() {
                match step {
                    "down" => way.act(Do::Down),
                    "up" => way.act(Do::Up),
                    "J" => way.act(Do::MoveDown),
                    "K" => way.act(Do::MoveUp),
                    "hold" => way.act(Do::Hold),
                    "click-a" => way.click(0),
                    "click-d" => way.click(3),
                    "release-c" => way.release(2),
                    key => way.typed(key.chars().next().unwrap_or(' ')),
                };
            }
            let shown: String = way.rows.iter().map(|&item| letter(item)).collect();
            assert_eq!(shown, expected, "{steps}");
        };
        check("", "abcd");
        check("J", "bacd");
        check("J J J J", "bcda");
        check("down K", "bacd");
        check("c 1", "cabd");
        check("c 1 a 3 d 2", "cdba");
        check("hold down down", "bcad");
        check("hold down hold down J", "badc");
        check("hold c", "bcad");
        check("click-a click-d", "bcda");
        check("click-d click-a", "dabc");
        check("click-a release-c", "bcad");
        check("release-c", "abcd");
        check("9 0 x", "abcd");
    }
}
