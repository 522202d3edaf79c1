//! A number before it is worked out: an estimate, or a bet on a run. What was typed is read back at every key, and what
//! cannot be read is underlined.

use std::ops::Range;

use crate::config::key::Key;
use crate::doc::{Ink, Span, Style, text_width};
use crate::drill::{self, Answer, Asked, Variant, Verdict};
use crate::lab::Unit;

use super::super::field::Field;
use super::entry::entry;
use super::line::{CardLine, behind, inked};
use super::way::{Missing, Step};

/// The number so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Number {
    field: Field,
}

/// What was typed, read.
struct Read {
    value: f64,
    shown: String,
}

/// What cannot be read, and where.
struct Unread {
    why: String,
    span: Option<Range<usize>>,
}

impl Number {
    pub fn typed(&mut self, key: Key) -> Step {
        if self.field.key(key) { Step::Done } else { Step::Ignored }
    }

    pub fn paste(&mut self, text: &str) {
        self.field.insert(text.trim());
    }

    pub fn is_empty(&self) -> bool {
        self.field.text().trim().is_empty()
    }

    fn read(&self, asked: &Asked) -> Result<Read, Unread> {
        let text = self.field.text();
        match &asked.variant {
            Variant::Bet(bet) => match drill::parse_bet(text, bet.unit) {
                Ok(value) => Ok(Read { value, shown: bet.unit.show(value) }),
                Err(why) => Err(Unread { why: why.to_string(), span: None }),
            },
            Variant::Estimate(estimate) => match drill::read_estimate(text, estimate) {
                Ok(read) => Ok(Read { value: read.value, shown: read.shown }),
                Err(bad) => {
                    let help = bad.help.map_or_else(String::new, |help| format!(": {help}"));
                    Err(Unread { why: format!("{}{help}", bad.message), span: Some(bad.span) })
                }
            },
            _ => Err(Unread { why: "nothing is asked for".into(), span: None }),
        }
    }

    pub fn answer(&self, asked: &Asked) -> Result<Answer, Missing> {
        let bet = match &asked.variant {
            Variant::Bet(bet) => Some(bet.unit),
            _ => None,
        };
        if self.is_empty() {
            return Err(match bet {
                Some(unit) => {
                    let why = match unit {
                        Unit::Count | Unit::Ratio => "Commit to a number first.".to_string(),
                        Unit::PerSecond => "Commit to a number first, per second.".to_string(),
                        _ => format!("Commit to a number first, {}.", unit_name(unit)),
                    };
                    Missing { why, otherwise: None }
                }
                None => {
                    let why = "Commit to a number first: the order of magnitude is enough.".to_string();
                    Missing { why, otherwise: Some(Answer::Shown) }
                }
            });
        }
        match (self.read(asked), bet) {
            (Ok(read), Some(_)) => Ok(Answer::Bet(read.value)),
            (Ok(read), None) => Ok(Answer::Estimated(read.value)),
            (Err(unread), _) => Err(Missing { why: unread.why, otherwise: None }),
        }
    }

    pub fn lines(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Vec<CardLine> {
        let (label, sign) = match &asked.variant {
            Variant::Bet(bet) => ("your bet  ", unit_sign(bet.unit)),
            Variant::Estimate(estimate) => ("your estimate  ", estimate.unit.as_str()),
            _ => return Vec::new(),
        };
        match verdict {
            Some(verdict) => self.said(asked, verdict, width),
            None => self.open(asked, label, sign, width),
        }
    }

    fn open(&self, asked: &Asked, label: &str, sign: &str, width: usize) -> Vec<CardLine> {
        let read = (!self.is_empty()).then(|| self.read(asked));
        let fault = match &read {
            Some(Err(unread)) => unread.span.as_ref(),
            _ => None,
        };
        let room = width.saturating_sub(label.len()).max(1);
        let mut lines = behind(vec![inked(label, Ink::Dim)], entry(&self.field, true, fault, room));
        let mut notes = Vec::new();
        if !sign.is_empty() && !self.field.text().contains(sign) {
            notes.push(inked(format!(" {sign}"), Ink::Dim));
        }
        if let Some(Ok(read)) = &read {
            notes.push(inked(format!("   = {}", read.shown), Ink::Link));
        }
        let needed = super::line::cells(&notes);
        match lines.last_mut() {
            Some(last) if last.line.width() + needed <= width => last.line.spans.extend(notes),
            _ => {
                if let Some(first) = notes.first_mut() {
                    first.text = first.text.trim_start().to_string();
                }
                lines.push(CardLine::of(notes));
            }
        }
        for line in &mut lines {
            (line.kept, line.pinned) = (true, true);
        }
        lines
    }

    /// The truth, what was said, and for an estimate the way there.
    fn said(&self, asked: &Asked, verdict: &Verdict, width: usize) -> Vec<CardLine> {
        let (truth, mine) = match &asked.variant {
            Variant::Bet(_) => ("the run", "you bet"),
            _ => ("it is", "you said"),
        };
        let mut lines = Vec::new();
        let mut row = |name: &str, value: String, ink: Ink, note: &str| {
            let style = Style { bold: true, ..Style::ink(ink) };
            let mut spans = vec![inked(format!("{name:<10}"), Ink::Dim), Span { text: value, style }];
            if note.is_empty() {
                lines.push(CardLine::of(spans));
                return;
            }
            let beside = super::line::cells(&spans) + 3 + text_width(note) <= width;
            if beside {
                spans.push(inked(format!("   {note}"), Ink::Dim));
                lines.push(CardLine::of(spans));
            } else {
                lines.push(CardLine::of(spans));
                super::line::text(note, width, Style::ink(Ink::Dim), &mut lines);
            }
        };
        row(truth, verdict.shown.clone().unwrap_or_else(|| "-".into()), Ink::Text, "");
        let ink = match verdict.right {
            Some(true) => Ink::Good,
            Some(false) => Ink::Bad,
            None => Ink::Text,
        };
        if let Ok(read) = self.read(asked) {
            row(mine, read.shown, ink, verdict.off_by.as_deref().unwrap_or_default());
        }
        if !verdict.steps.is_empty() {
            lines.push(CardLine::default());
            lines.extend(steps(&verdict.steps, width));
        }
        lines
    }
}

/// The lines of a sheet with their values beside them, aligned where there is room.
fn steps(steps: &[(String, String)], width: usize) -> Vec<CardLine> {
    let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let (left, right) = (
        widest(&mut steps.iter().map(|(line, _)| text_width(line))),
        widest(&mut steps.iter().map(|(_, value)| text_width(value))),
    );
    let mut lines = Vec::new();
    for (index, (line, value)) in steps.iter().enumerate() {
        let last = index + 1 == steps.len();
        let style = Style { bold: last, ..Style::default() };
        if left + 3 + right <= width {
            let gap = " ".repeat(left + 3 - text_width(line));
            let value = Span { text: value.clone(), style };
            lines.push(CardLine::of(vec![inked(format!("{line}{gap}"), Ink::Code), value]));
        } else {
            super::line::text(line, width, Style::ink(Ink::Code), &mut lines);
            let mut values = Vec::new();
            super::line::text(value, width.saturating_sub(4), style, &mut values);
            lines.extend(behind(vec![inked("  = ", Ink::Dim)], values));
        }
    }
    lines
}

/// What a bet is typed in, for people.
#[must_use]
pub fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "in percent",
        Unit::Count => "a count",
        Unit::Ratio => "a number",
        Unit::PerSecond => "per second",
        Unit::Seconds => "in seconds",
        Unit::Millis => "in milliseconds",
    }
}

/// The sign behind the field in which a bet is typed.
#[must_use]
pub fn unit_sign(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "%",
        Unit::Count | Unit::Ratio => "",
        Unit::PerSecond => "/s",
        Unit::Seconds => "s",
        Unit::Millis => "ms",
    }
}
