//! Finding what belongs to what: a letter chooses on the left, a digit joins it with the right. The next one without a
//! partner is chosen by itself, so that five pairs are five digits.

use crate::deck::Kind;
use crate::doc::{Ink, Span, Style};
use crate::drill::{Answer, Asked, Variant, Verdict};

use super::super::command::Do;
use super::line::{CardLine, behind, beside, blank, hanging, inked, keep, key, letter, mark, text};
use super::verdict::part_of;
use super::way::{Hinted, Missing, Step, digit, moved, numbered, place_of, span, spot};

/// From this width on the two sides stand beside each other.
const BESIDE: usize = 60;

/// The pairs so far.
#[derive(Clone, Debug)]
pub(super) struct Pairing {
    /// For each place on the left the one on the right.
    pairs: Vec<Option<usize>>,
    rights: usize,
    left: usize,
    /// The place on the right that has the cursor, where that is there.
    right: Option<usize>,
}

impl Pairing {
    pub fn new(lefts: usize, rights: usize) -> Pairing {
        Pairing { pairs: vec![None; lefts], rights, left: 0, right: None }
    }

    fn partner(&self, right: usize) -> Option<usize> {
        self.pairs.iter().position(|pair| *pair == Some(right))
    }

    /// Joins the chosen left with a right; whoever had that one is free again.
    fn join(&mut self, right: usize) -> Step {
        if self.left >= self.pairs.len() || right >= self.rights {
            return Step::Ignored;
        }
        if let Some(had) = self.partner(right) {
            self.pairs[had] = None;
        }
        self.pairs[self.left] = Some(right);
        self.right = None;
        let count = self.pairs.len();
        let next = (1..count).map(|by| (self.left + by) % count).find(|&left| self.pairs[left].is_none());
        self.left = next.unwrap_or(self.left);
        Step::Done
    }

    pub fn takes(&self, typed: char) -> bool {
        place_of(typed, self.pairs.len()).is_some() && typed.is_ascii_lowercase()
    }

    pub fn typed(&mut self, typed: char) -> Step {
        if let Some(right) = numbered(typed, self.rights) {
            return self.join(right);
        }
        match place_of(typed, self.pairs.len()) {
            Some(left) => {
                (self.left, self.right) = (left, None);
                Step::Done
            }
            None => Step::Ignored,
        }
    }

    pub fn act(&mut self, does: Do) -> Step {
        match (does, self.right) {
            (Do::Down | Do::Up, Some(right)) => {
                self.right = Some(moved(right, does == Do::Down, self.rights));
            }
            (Do::Down | Do::Up, None) => self.left = moved(self.left, does == Do::Down, self.pairs.len()),
            (Do::OtherSide, Some(_)) => self.right = None,
            (Do::OtherSide | Do::Hold, None) => {
                let free = || (0..self.rights).find(|&right| self.partner(right).is_none());
                let had = self.pairs.get(self.left).copied().flatten();
                self.right = had.or_else(free).or((self.rights > 0).then_some(0));
            }
            (Do::Hold | Do::Enter | Do::Reveal, Some(right)) => return self.join(right),
            (Do::Clear, _) => {
                if let Some(pair) = self.pairs.get_mut(self.left) {
                    *pair = None;
                }
            }
            (Do::Enter | Do::Reveal, None) => return Step::Check,
            _ => return Step::Ignored,
        }
        Step::Done
    }

    /// Parts are the left places, then the right ones.
    pub fn click(&mut self, part: usize) -> Step {
        match part.checked_sub(self.pairs.len()) {
            Some(right) => self.join(right),
            None => {
                (self.left, self.right) = (part, None);
                Step::Done
            }
        }
    }

    pub fn answer(&self) -> Result<Answer, Missing> {
        let answer = Answer::Paired(self.pairs.clone());
        match self.pairs.iter().filter(|pair| pair.is_none()).count() {
            0 => Ok(answer),
            1 => Err(Missing { why: "One has no partner yet.".into(), otherwise: Some(answer) }),
            open => Err(Missing { why: format!("{open} have no partner yet."), otherwise: Some(answer) }),
        }
    }

    pub fn keys(&self) -> Vec<Hinted> {
        let (lefts, rights) = (self.pairs.len().saturating_sub(1), self.rights.clamp(1, 10) - 1);
        vec![(span('a', letter(lefts)), "left"), (span('1', digit(rights)), "its partner")]
    }

    pub fn lines(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
        let (Variant::Pair { lefts, rights }, Kind::Match { pairs, extra }) =
            (&asked.variant, &asked.card.kind)
        else {
            return Vec::new();
        };
        let right_text = |place: usize| -> &str {
            let Some(&item) = rights.get(place) else { return "" };
            let behind = item.checked_sub(pairs.len()).and_then(|item| extra.get(item));
            pairs.get(item).map(|pair| &pair.1).or(behind).map_or("", String::as_str)
        };
        if let Some(verdict) = verdict {
            return judged(lefts, pairs, verdict, width);
        }
        let wide = width >= BESIDE;
        let column = if wide { width / 2 - 1 } else { width };
        let left_lines = |place: usize| -> Vec<CardLine> {
            let chosen = place == self.left;
            let partner = self.pairs[place].map_or_else(|| " ".to_string(), digit);
            let lead = joined(key(letter(place), chosen), partner);
            let source = lefts.get(place).and_then(|&item| pairs.get(item)).map_or("", |pair| &pair.0);
            let mut lines = hanging(lead, source, column);
            lines.iter_mut().for_each(|line| line.spots.push(spot(0, column, place)));
            if chosen {
                keep(&mut lines);
            }
            lines
        };
        let right_lines = |place: usize| -> Vec<CardLine> {
            let chosen = self.right == Some(place);
            let partner = self.partner(place).map_or(' ', letter);
            let lead = joined(key(digit(place), chosen), partner);
            let mut lines = hanging(lead, right_text(place), column);
            lines.iter_mut().for_each(|line| line.spots.push(spot(0, column, self.pairs.len() + place)));
            if chosen {
                keep(&mut lines);
            }
            lines
        };
        let mut lines = Vec::new();
        if wide {
            for row in 0..self.pairs.len().max(self.rights) {
                let left = if row < self.pairs.len() { left_lines(row) } else { Vec::new() };
                let right = if row < self.rights { right_lines(row) } else { Vec::new() };
                lines.extend(beside(left, right, width / 2));
            }
        } else {
            (0..self.pairs.len()).for_each(|place| lines.extend(left_lines(place)));
            blank(&mut lines);
            (0..self.rights).for_each(|place| lines.extend(right_lines(place)));
        }
        lines
    }
}

/// Before a text: its key, and that of its partner.
fn joined(key: [Span; 3], partner: impl std::fmt::Display) -> Vec<Span> {
    key.into_iter().chain([inked(format!("[{partner}] "), Ink::Link)]).collect()
}

/// Each on the left with what belongs to it, and what was chosen instead.
fn judged(lefts: &[usize], pairs: &[(String, String)], verdict: &Verdict, width: usize) -> Vec<CardLine> {
    let mut lines = Vec::new();
    let column = if width >= BESIDE { width / 2 - 2 } else { width };
    for &item in lefts {
        let Some((left, right)) = pairs.get(item) else { continue };
        let part = part_of(verdict, item);
        let lead = vec![mark(part.is_none_or(|part| part.right))];
        let left = hanging(lead, left, column);
        if width >= BESIDE {
            lines.extend(beside(left, hanging(Vec::new(), right, width - width / 2), width / 2));
        } else {
            lines.extend(left);
            lines.extend(hanging(vec![inked("  = ", Ink::Dim)], right, width));
        }
        let Some(part) = part.filter(|part| !part.right) else { continue };
        let said = if part.given.is_empty() {
            "you left it open".into()
        } else {
            format!("you chose: {}", part.given)
        };
        let mut note = Vec::new();
        text(&said, width.saturating_sub(2), Style::ink(Ink::Dim), &mut note);
        lines.extend(behind(vec![inked("  ", Ink::Dim)], note));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_joined_and_parted() {
        let check = |steps: &str, expected: &[Option<usize>]| {
            let mut way = Pairing::new(3, 4);
            for step in steps.split_whitespace() {
                match step {
                    "down" => way.act(Do::Down),
                    "side" => way.act(Do::OtherSide),
                    "hold" => way.act(Do::Hold),
                    "enter" => way.act(Do::Enter),
                    "clear" => way.act(Do::Clear),
                    "click-c" => way.click(2),
                    "click-2" => way.click(4),
                    key => way.typed(key.chars().next().unwrap_or(' ')),
                };
            }
            assert_eq!(way.pairs, expected, "{steps}");
        };
        check("3 1 4", &[Some(2), Some(0), Some(3)]);
        check("c 1", &[None, None, Some(0)]);
        // A right that is taken changes hands, and the next one without a partner is chosen.
        check("1 1", &[None, Some(0), None]);
        check("1 2 3 a clear", &[None, Some(1), Some(2)]);
        check("side down hold", &[Some(1), None, None]);
        check("hold enter", &[Some(0), None, None]);
        check("click-c click-2", &[None, None, Some(1)]);
        check("5 9 0 z", &[None, None, None]);
    }
}
