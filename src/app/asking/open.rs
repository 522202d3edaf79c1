//! An open answer: written, or only in the head; then its points are ticked, and the grade follows.

use crate::config::key::Key;
use crate::deck::Kind;
use crate::doc::{Ink, Span, Style};
use crate::drill::{Answer, Asked, Verdict};

use super::super::command::Do;
use super::super::field::Field;
use super::coloured::{Colours, markdown_in};
use super::entry::entry;
use super::line::{CardLine, behind, belongs, blank, bold, hanging, inked, keep, key, letter, text};
use super::way::{Hinted, Step, moved, place_of, span};

/// The key that goes on with a text that was left.
const WRITE_ON: char = 'i';

/// What was written and ticked so far.
#[derive(Clone, Debug)]
pub(super) struct Open {
    field: Field,
    points: usize,
    ticked: Vec<usize>,
    at: usize,
    /// Whether letters are text now.
    writing: bool,
    /// Whether the points are shown.
    ticking: bool,
}

impl Open {
    pub fn new(points: usize) -> Open {
        Open { field: Field::lines(""), points, ticked: Vec::new(), at: 0, writing: true, ticking: false }
    }

    /// Whether letters are text now.
    pub fn is_written(&self) -> bool {
        self.writing && !self.ticking
    }

    pub fn takes(&self, typed: char) -> bool {
        match (self.ticking, self.writing) {
            (true, _) => typed.is_ascii_lowercase() && place_of(typed, self.points).is_some(),
            (false, true) => false,
            (false, false) => typed == WRITE_ON,
        }
    }

    pub fn typed(&mut self, key: Key) -> Step {
        if !self.ticking && !self.writing {
            self.writing = key.typed() == Some(WRITE_ON);
            return if self.writing { Step::Done } else { Step::Ignored };
        }
        if !self.ticking {
            return if self.field.key(key) { Step::Done } else { Step::Ignored };
        }
        let place = key.typed().and_then(|typed| place_of(typed, self.points));
        place.map_or(Step::Ignored, |place| self.tick(place))
    }

    pub fn paste(&mut self, text: &str) {
        if !self.ticking {
            self.field.insert(text);
        }
    }

    fn tick(&mut self, place: usize) -> Step {
        if place >= self.points {
            return Step::Ignored;
        }
        self.at = place;
        match self.ticked.iter().position(|&ticked| ticked == place) {
            Some(at) => drop(self.ticked.remove(at)),
            None => self.ticked.push(place),
        }
        Step::Check
    }

    pub fn act(&mut self, does: Do) -> Step {
        match (does, self.ticking) {
            // Who answered in the head has nothing to break a line of.
            (Do::NewLine, false) if !self.field.text().trim().is_empty() => {
                self.field.insert("\n");
                Step::Done
            }
            (Do::LeaveText, false) => {
                self.writing = false;
                Step::Done
            }
            (Do::NewLine | Do::NextPart | Do::Reveal | Do::Enter, false) => {
                self.ticking = true;
                Step::Check
            }
            (Do::Down | Do::Up, true) => {
                self.at = moved(self.at, does == Do::Down, self.points);
                Step::Done
            }
            (Do::Hold, true) => self.tick(self.at),
            _ => Step::Ignored,
        }
    }

    pub fn click(&mut self, part: usize) -> Step {
        if self.ticking {
            return self.tick(part);
        }
        self.writing = true;
        Step::Done
    }

    pub fn answer(&self) -> Answer {
        let mut ticked = self.ticked.clone();
        ticked.sort_unstable();
        Answer::Open { text: self.field.text().trim().to_string(), ticked }
    }

    pub fn keys(&self) -> Vec<Hinted> {
        match (self.ticking, self.writing) {
            (false, true) => return Vec::new(),
            (false, false) => return vec![(WRITE_ON.to_string(), "write on")],
            (true, _) => {}
        }
        vec![(span('a', letter(self.points.saturating_sub(1))), "tick")]
    }

    pub fn lines(
        &self,
        asked: &Asked,
        verdict: Option<&Verdict>,
        colours: &Colours,
        width: usize,
    ) -> Vec<CardLine> {
        let Kind::Rubric { points, answer } = &asked.card.kind else { return Vec::new() };
        let bar = || vec![inked("│ ", Ink::Rule)];
        let room = width.saturating_sub(2).max(1);
        let mut lines = Vec::new();
        if verdict.is_none() {
            let written = entry(&self.field, self.writing, None, room);
            lines.extend(written.into_iter().flat_map(|line| behind(bar(), vec![line])));
            belongs(&mut lines, 0);
            if self.field.text().is_empty() {
                text("Write it or only think it; then Tab.", width, Style::ink(Ink::Dim), &mut lines);
            }
            return lines;
        }
        text("Tick what your answer had:", width, Style { bold: true, ..Style::default() }, &mut lines);
        for (place, point) in points.iter().enumerate() {
            let ticked = self.ticked.contains(&place);
            let chosen = place == self.at;
            let sign = if ticked { "[x] " } else { "[ ] " };
            let style = Style { bold: ticked, ..Style::ink(if ticked { Ink::Good } else { Ink::Dim }) };
            let core = if point.core { "core " } else { "     " };
            let mut lead = key(letter(place), chosen).to_vec();
            lead.extend([Span { text: sign.to_string(), style }, inked(core, Ink::Link)]);
            let mut block = hanging(lead, &point.text, width);
            belongs(&mut block, place);
            if ticked {
                bold(&mut block);
            }
            if chosen {
                keep(&mut block);
            }
            lines.extend(block);
        }
        if !self.field.text().trim().is_empty() {
            blank(&mut lines);
            lines.push(CardLine::of(vec![inked("you wrote", Ink::Dim)]));
            let mut written = Vec::new();
            text(self.field.text().trim_end(), room, Style::default(), &mut written);
            lines.extend(written.into_iter().flat_map(|line| behind(bar(), vec![line])));
        }
        if !answer.trim().is_empty() {
            blank(&mut lines);
            lines.push(CardLine::of(vec![inked("a model answer", Ink::Dim)]));
            markdown_in(answer, width, colours, &mut lines);
        }
        lines
    }
}
