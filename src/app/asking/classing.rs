//! Sorting items into classes, each in turn: a digit or the class's first letter puts it there and goes on. Where there
//! is room the classes are columns beside the items, else each item wears the number of its class.

use crate::deck::{Kind, Sorted};
use crate::doc::{Ink, Span, Style, text_width};
use crate::drill::{Answer, Asked, Variant, Verdict};

use super::super::command::Do;
use super::line::{CardLine, belongs, beside, hanging, ink, inked, keep, key, mark, plain};
use super::verdict::part_of;
use super::way::{Hinted, Missing, Step, digit, moved, numbered, span, spot};

/// What the items keep beside the columns of the classes.
const ITEM: usize = 34;

/// The classes so far.
#[derive(Clone, Debug)]
pub(super) struct Classing {
    /// For each place the class.
    classes: Vec<Option<usize>>,
    /// How many classes.
    count: usize,
    /// The letter of each class, where it has one of its own.
    letters: Vec<Option<char>>,
    at: usize,
}

impl Classing {
    pub fn new(asked: &Asked, items: usize) -> Classing {
        let classes: &[String] = match &asked.card.kind {
            Kind::Sort { classes, .. } => classes,
            _ => &[],
        };
        let first = |name: &String| name.chars().next().and_then(|c| c.to_lowercase().next());
        let firsts: Vec<Option<char>> = classes.iter().map(first).collect();
        // j and k walk the items, h gives a hint: these letters stay what they are.
        let own = |letter: &Option<char>| {
            letter.filter(|c| {
                c.is_alphabetic()
                    && !matches!(c, 'j' | 'k' | 'h')
                    && firsts.iter().filter(|other| **other == Some(*c)).count() == 1
            })
        };
        let letters = firsts.iter().map(own).collect();
        Classing { classes: vec![None; items], count: classes.len(), letters, at: 0 }
    }

    fn class_of(&self, typed: char) -> Option<usize> {
        let letter = typed.to_lowercase().next();
        let named = self.letters.iter().position(|own| own.is_some() && *own == letter);
        numbered(typed, self.count).or(named)
    }

    fn put(&mut self, class: usize) -> Step {
        let Some(place) = self.classes.get_mut(self.at).filter(|_| class < self.count) else {
            return Step::Ignored;
        };
        *place = Some(class);
        let count = self.classes.len();
        let next = (1..count).map(|by| (self.at + by) % count).find(|&item| self.classes[item].is_none());
        self.at = next.unwrap_or(self.at);
        Step::Done
    }

    pub fn takes(&self, typed: char) -> bool {
        self.class_of(typed).is_some()
    }

    pub fn typed(&mut self, typed: char) -> Step {
        self.class_of(typed).map_or(Step::Ignored, |class| self.put(class))
    }

    pub fn act(&mut self, does: Do) -> Step {
        let now = self.classes.get(self.at).copied().flatten();
        let class = match (does, now) {
            (Do::Hold | Do::Right, None) => Some(0),
            (Do::Hold, Some(class)) => Some((class + 1) % self.count.max(1)),
            (Do::Right, Some(class)) => Some(moved(class, true, self.count)),
            (Do::Left, class) => {
                Some(class.map_or(self.count.saturating_sub(1), |class| moved(class, false, 9)))
            }
            (Do::Clear, _) => None,
            (Do::Down | Do::Up, _) => {
                self.at = moved(self.at, does == Do::Down, self.classes.len());
                return Step::Done;
            }
            (Do::Reveal | Do::Enter, _) => return Step::Check,
            _ => return Step::Ignored,
        };
        if let Some(place) = self.classes.get_mut(self.at) {
            *place = class;
        }
        Step::Done
    }

    /// Parts are the cells of the table, row by row, then the items.
    pub fn click(&mut self, part: usize) -> Step {
        let cells = self.classes.len() * self.count;
        if part < cells {
            self.at = part / self.count;
            self.classes[self.at] = Some(part % self.count);
            return Step::Done;
        }
        if part - cells < self.classes.len() {
            self.at = part - cells;
            return Step::Done;
        }
        Step::Ignored
    }

    pub fn answer(&self) -> Result<Answer, Missing> {
        let answer = Answer::Classed(self.classes.clone());
        match self.classes.iter().filter(|class| class.is_none()).count() {
            0 => Ok(answer),
            1 => Err(Missing { why: "One is not sorted yet.".into(), otherwise: Some(answer) }),
            open => Err(Missing { why: format!("{open} are not sorted yet."), otherwise: Some(answer) }),
        }
    }

    pub fn keys(&self) -> Vec<Hinted> {
        vec![(span('1', digit(self.count.saturating_sub(1))), "sort it")]
    }

    pub fn lines(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
        let (Variant::Class { order }, Kind::Sort { classes, items }) = (&asked.variant, &asked.card.kind)
        else {
            return Vec::new();
        };
        // A column holds the number and the name of its class.
        let columns: Vec<usize> = classes.iter().map(|name| text_width(name) + 5).collect();
        let wide = width >= ITEM + columns.iter().sum::<usize>();
        let mut lines = self.head(classes, wide.then_some(columns.as_slice()), verdict.is_some(), width);
        for (place, &item) in order.iter().enumerate() {
            let Some(item) = items.get(item).map(|of| (item, of)) else { continue };
            let mut block = if wide {
                self.row(place, item, &columns, verdict, width)
            } else {
                self.tagged(place, item, classes, verdict, width)
            };
            if verdict.is_none() && place == self.at {
                keep(&mut block);
            }
            lines.extend(block);
        }
        lines
    }

    /// The classes with their keys.
    fn head(
        &self,
        classes: &[String],
        columns: Option<&[usize]>,
        judged: bool,
        width: usize,
    ) -> Vec<CardLine> {
        let mut spans = Vec::new();
        let name = |class: usize, name: &String| {
            let bold = Style { bold: true, ..Style::default() };
            let mut spans = key(digit(class), false).to_vec();
            spans.push(Span { text: name.clone(), style: bold });
            spans
        };
        match columns {
            Some(columns) => {
                spans.push(plain(" ".repeat(width.saturating_sub(columns.iter().sum()))));
                for (class, (text, column)) in classes.iter().zip(columns).enumerate() {
                    spans.extend(name(class, text));
                    spans.push(plain(" ".repeat(column.saturating_sub(text_width(text) + 3))));
                }
                vec![CardLine::of(spans)]
            }
            // Behind the answer each item names its class.
            None if judged => Vec::new(),
            // One under the other: they may be long.
            None => {
                let lines = classes.iter().enumerate().map(|(class, text)| CardLine::of(name(class, text)));
                lines.chain([CardLine::default()]).collect()
            }
        }
    }

    /// An item with its class in a column.
    fn row(
        &self,
        place: usize,
        (item, of): (usize, &Sorted),
        columns: &[usize],
        verdict: Option<&Verdict>,
        width: usize,
    ) -> Vec<CardLine> {
        let room = width.saturating_sub(columns.iter().sum());
        let part = verdict.and_then(|verdict| part_of(verdict, item));
        let given = self.classes.get(place).copied().flatten();
        let lead = match (verdict, part) {
            (Some(_), part) => vec![mark(part.is_none_or(|part| part.right))],
            (None, _) if place == self.at => vec![cursor()],
            (None, _) => vec![plain("  ")],
        };
        let mut block = hanging(lead, &of.text, room.saturating_sub(2));
        belongs(&mut block, self.classes.len() * self.count + place);
        let (mut cells, mut at) = (CardLine::default(), 0);
        for (class, column) in columns.iter().enumerate() {
            let (sign, colour) = match (verdict, given == Some(class), of.class == class) {
                (Some(_), true, true) => ("✓", Ink::Good),
                (Some(_), true, false) => ("✗", Ink::Bad),
                (Some(_), false, true) => ("●", Ink::Good),
                (None, true, _) => ("●", Ink::Link),
                (None, false, _) => ("○", Ink::Dim),
                (Some(_), false, false) => (" ", Ink::Dim),
            };
            let style = Style { bold: given == Some(class), ..Style::ink(colour) };
            cells.line.spans.extend([plain(" "), Span { text: sign.to_string(), style }]);
            cells.line.spans.push(plain(" ".repeat(column.saturating_sub(2))));
            if verdict.is_none() {
                cells.spots.push(spot(at, *column, place * self.count + class));
            }
            at += column;
        }
        let mut lines = beside(block, vec![cells], room);
        lines.extend(why(of, verdict, width));
        lines
    }

    /// An item behind the number of its class.
    fn tagged(
        &self,
        place: usize,
        (item, of): (usize, &Sorted),
        classes: &[String],
        verdict: Option<&Verdict>,
        width: usize,
    ) -> Vec<CardLine> {
        let given = self.classes.get(place).copied().flatten();
        let Some(verdict) = verdict else {
            let tag = given.map_or_else(|| " ".to_string(), digit);
            let first = if place == self.at { cursor() } else { plain("  ") };
            let mut block = hanging(vec![first, inked(format!("[{tag}] "), Ink::Link)], &of.text, width);
            belongs(&mut block, self.classes.len() * self.count + place);
            return block;
        };
        let part = part_of(verdict, item);
        let right = part.is_none_or(|part| part.right);
        let mut block = hanging(vec![mark(right)], &of.text, width);
        let class = classes.get(of.class).map_or("", String::as_str);
        let bold = Style { bold: true, ..Style::default() };
        let mut said = vec![plain("  "), Span { text: class.to_string(), style: bold }];
        if !right {
            let other = given.and_then(|given| classes.get(given));
            let other = other.map_or("not sorted".to_string(), |other| format!("you: {other}"));
            said.push(inked(format!("   {other}"), Ink::Dim));
        }
        block.push(CardLine::of(said));
        block.extend(why(of, Some(verdict), width));
        block
    }
}

/// Before the item that is sorted now.
fn cursor() -> Span {
    let style = Style { bold: true, reverse: true, ..Style::ink(Ink::Link) };
    Span { text: "> ".to_string(), style }
}

/// Why an item belongs where it does.
fn why(of: &Sorted, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
    if verdict.is_none() || of.why.trim().is_empty() {
        return Vec::new();
    }
    let mut lines = hanging(vec![plain("    ")], &of.why, width);
    ink(&mut lines, Ink::Dim);
    lines
}
