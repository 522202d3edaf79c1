//! Typing: one text, or one for each gap. Where the gaps stand in the question, they are typed into in their places.

use crate::config::key::Key;
use crate::deck::{Gap, Kind};
use crate::doc::{Ink, Span, Style};
use crate::drill::{Answer, Asked, Placed, Verdict};

use super::super::command::Do;
use super::super::field::Field;
use super::entry::entry;
use super::gaps::replaced;
use super::line::{CardLine, behind, belongs, hanging, inked, mark, noted};
use super::way::{Missing, Step};

/// How wide an empty gap is at least, in cells.
const GAP: usize = 4;

/// The texts so far.
#[derive(Clone, Debug)]
pub(super) struct Typing {
    fields: Vec<Field>,
    at: usize,
    /// Whether the gaps stand in the question.
    inline: bool,
}

impl Typing {
    pub fn new(asked: &Asked, gaps: usize) -> Typing {
        let mut typing = Typing { fields: vec![Field::line(); gaps.max(1)], at: 0, inline: true };
        typing.inline = matches!(asked.card.kind, Kind::Cloze { .. })
            && replaced(asked, &typing.shown(asked, None), 80).is_some();
        typing
    }

    fn field(&mut self) -> Option<&mut Field> {
        self.fields.get_mut(self.at)
    }

    pub fn typed(&mut self, key: Key) -> Step {
        let typed = self.field().is_some_and(|field| field.key(key));
        if typed { Step::Done } else { Step::Ignored }
    }

    pub fn paste(&mut self, text: &str) {
        if let Some(field) = self.field() {
            field.insert(text.trim());
        }
    }

    pub fn act(&mut self, does: Do) -> Step {
        let count = self.fields.len();
        match does {
            Do::Enter | Do::Reveal if self.at + 1 < count => self.at += 1,
            Do::Enter | Do::Reveal => return Step::Check,
            Do::NextPart => self.at = (self.at + 1) % count,
            Do::PreviousPart => self.at = (self.at + count - 1) % count,
            _ => return Step::Ignored,
        }
        Step::Done
    }

    pub fn click(&mut self, part: usize) -> Step {
        if part >= self.fields.len() {
            return Step::Ignored;
        }
        self.at = part;
        Step::Done
    }

    pub fn answer(&self) -> Result<Answer, Missing> {
        let texts: Vec<String> = self.fields.iter().map(|field| field.text().trim().to_string()).collect();
        let empty = texts.iter().filter(|text| text.is_empty()).count();
        let answer = Answer::Typed(texts);
        let why = match (empty, self.fields.len()) {
            (0, _) => return Ok(answer),
            (1, 1) => "Nothing is typed yet.".to_string(),
            (1, _) => "One gap is empty.".to_string(),
            (empty, _) => format!("{empty} gaps are empty."),
        };
        Err(Missing { why, otherwise: Some(answer) })
    }

    /// What stands in each gap.
    fn shown(&self, asked: &Asked, verdict: Option<&Verdict>) -> Vec<Vec<Span>> {
        let Kind::Cloze { gaps, .. } = &asked.card.kind else { return Vec::new() };
        let shown = |(index, gap): (usize, &Gap)| match verdict {
            Some(verdict) => judged(verdict.placed.get(index), gap),
            None => self.open(index, gap),
        };
        gaps.iter().enumerate().map(shown).collect()
    }

    /// A gap that is typed into: its text or hint in brackets, with the cursor.
    fn open(&self, index: usize, gap: &Gap) -> Vec<Span> {
        let Some(field) = self.fields.get(index) else { return Vec::new() };
        let active = index == self.at;
        let bracket = Style { bold: active, ..Style::ink(if active { Ink::Link } else { Ink::Dim }) };
        let mut spans = vec![Span { text: "[".into(), style: bracket }];
        let mut typed = entry(field, active, None, usize::MAX);
        spans.extend(typed.drain(..).flat_map(|line| line.line.spans));
        if field.text().is_empty() {
            let hint = gap.hint.clone().unwrap_or_default();
            let hint = if hint.is_empty() { "…".to_string() } else { hint };
            spans.push(inked(hint, Ink::Dim));
        }
        let used = super::line::cells(&spans) - 1;
        spans.push(Span { text: " ".repeat(GAP.saturating_sub(used)), style: Style::default() });
        spans.push(Span { text: "]".into(), style: bracket });
        spans
    }

    pub fn question(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Option<Vec<CardLine>> {
        if !self.inline {
            return None;
        }
        replaced(asked, &self.shown(asked, verdict), width)
    }

    pub fn lines(&self, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
        match verdict {
            Some(verdict) => self.said(verdict, width),
            None if self.inline => Vec::new(),
            None => {
                let mut lines = Vec::new();
                for (index, field) in self.fields.iter().enumerate() {
                    let label = if self.fields.len() == 1 {
                        "answer  ".to_string()
                    } else {
                        format!("gap {:<2}  ", index + 1)
                    };
                    let room = width.saturating_sub(label.len()).max(1);
                    let mut block =
                        behind(vec![inked(label, Ink::Dim)], entry(field, index == self.at, None, room));
                    belongs(&mut block, index);
                    block.iter_mut().for_each(|line| line.pinned = self.fields.len() == 1);
                    lines.extend(block);
                }
                lines
            }
        }
    }

    /// What was right, where the question does not show it, and what was typed where that is something else.
    fn said(&self, verdict: &Verdict, width: usize) -> Vec<CardLine> {
        let mut lines = Vec::new();
        if self.inline {
            return lines;
        }
        for (index, part) in verdict.placed.iter().enumerate() {
            let given = self.fields.get(index).map_or("", |field| field.text().trim());
            lines.extend(hanging(vec![mark(part.right)], &part.wanted, width));
            if given.is_empty() {
                noted(&mut lines, 2, "nothing typed", width);
            } else if given != part.wanted.trim() {
                noted(&mut lines, 2, &format!("you: {given}"), width);
            }
        }
        lines
    }
}

/// A gap behind its answer: what was right, and what was typed where that is something else.
fn judged(part: Option<&Placed>, gap: &Gap) -> Vec<Span> {
    let best = gap.answers.first().cloned().unwrap_or_default();
    let right = part.is_some_and(|part| part.right);
    let given = part.map_or("", |part| part.given.as_str());
    let ink = if right { Ink::Good } else { Ink::Bad };
    let strong = Style { bold: true, ..Style::ink(ink) };
    let wanted = Style { bold: true, underline: true, ..Style::default() };
    let mut spans =
        vec![inked("[", Ink::Dim), Span { text: if right { "✓ " } else { "✗ " }.into(), style: strong }];
    if !right && !given.is_empty() {
        spans.push(Span { text: given.to_string(), style: Style { strike: true, ..Style::ink(Ink::Dim) } });
        spans.push(inked("; right: ", Ink::Dim));
    }
    spans.push(Span { text: best, style: wanted });
    spans.push(inked("]", Ink::Dim));
    spans
}
