//! Picking options: a letter or a click picks; where several are right, Enter checks.

use crate::deck::Kind;
use crate::doc::{Ink, Span, Style};
use crate::drill::{Answer, Asked, Variant, Verdict};

use super::line::{CardLine, belongs, hanging, ink, letter};
use super::way::{Hinted, Step, place_of, span};

/// The options picked so far, as places in the order shown.
#[derive(Clone, Debug)]
pub(super) struct Picking {
    count: usize,
    many: bool,
    picked: Vec<usize>,
}

impl Picking {
    pub fn new(count: usize, many: bool) -> Picking {
        Picking { count, many, picked: Vec::new() }
    }

    pub fn takes(&self, typed: char) -> bool {
        place_of(typed, self.count).is_some()
    }

    pub fn typed(&mut self, typed: char) -> Step {
        place_of(typed, self.count).map_or(Step::Ignored, |place| self.pick(place))
    }

    pub fn click(&mut self, part: usize) -> Step {
        if part < self.count { self.pick(part) } else { Step::Ignored }
    }

    fn pick(&mut self, place: usize) -> Step {
        if !self.many {
            self.picked = vec![place];
            return Step::Check;
        }
        match self.picked.iter().position(|&picked| picked == place) {
            Some(at) => drop(self.picked.remove(at)),
            None => self.picked.push(place),
        }
        Step::Done
    }

    pub fn answer(&self) -> Answer {
        if self.picked.is_empty() { Answer::Shown } else { Answer::Picked(self.picked.clone()) }
    }

    pub fn keys(&self) -> Vec<Hinted> {
        vec![(span('a', letter(self.count.saturating_sub(1))), if self.many { "pick" } else { "answer" })]
    }

    pub fn lines(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
        let (Variant::Pick { order, .. }, Kind::Choice { options }) = (&asked.variant, &asked.card.kind)
        else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for (place, &option) in order.iter().enumerate() {
            let Some(option) = options.get(option) else { continue };
            let picked = self.picked.contains(&place);
            let judged = verdict.map(|_| option.right);
            // The mark says whether it is right, the brackets whether it was picked.
            let (mark, colour) = match judged {
                Some(true) => ("✓", Ink::Good),
                Some(false) if picked => ("✗", Ink::Bad),
                Some(false) => (" ", Ink::Dim),
                None if picked => ("●", Ink::Link),
                None => (" ", Ink::Dim),
            };
            let name = letter(place);
            let name = if picked { format!("[{name}]") } else { format!(" {name} ") };
            let lead = vec![
                Span { text: name, style: Style { bold: true, ..Style::ink(Ink::Link) } },
                Span { text: format!(" {mark} "), style: Style::ink(colour) },
            ];
            let mut block = hanging(lead, &option.text, width);
            if judged == Some(false) && !option.why.is_empty() {
                let mut why = hanging(vec![super::line::plain("      ")], &option.why, width);
                ink(&mut why, Ink::Dim);
                block.extend(why);
            }
            belongs(&mut block, place);
            lines.extend(block);
        }
        lines
    }
}
