//! What a learner has done with a question so far: one file for each way of answering, all with the same few
//! functions, and this index of them.

use crate::config::key::Key;
use crate::drill::{Answer, Asked, Variant, Verdict};

use super::super::command::{Context, Do};
use super::arranging::Arranging;
use super::classing::Classing;
use super::coloured::Colours;
use super::line::{CardLine, Spot};
use super::number::Number;
use super::open::Open;
use super::pairing::Pairing;
use super::picking::Picking;
use super::pointing::Pointing;
use super::typing::Typing;

/// What the learner has done with a question so far.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// Nothing is to be done: the answer is in the head.
    Recall,
    Typing(Typing),
    Picking(Picking),
    Arranging(Arranging),
    Pairing(Pairing),
    Classing(Classing),
    Pointing(Pointing),
    /// A number is typed: an estimate or a bet.
    Number(Number),
    Open(Open),
}

/// What a key, a command or a click did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: it is none of this question's.
    Ignored,
    /// Something, and the question goes on.
    Done,
    /// The answer is to be checked.
    Check,
}

/// Why an answer is not complete.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Missing {
    /// What is missing, as a sentence.
    pub why: String,
    /// The answer that counts where the learner wants to go on all the same; nothing where there is none.
    pub otherwise: Option<Answer>,
}

/// A key that depends on the question, for the footer: `a-d`, `pick`.
pub(super) type Hinted = (String, &'static str);

impl Way {
    /// Nothing done yet.
    pub fn new(asked: &Asked) -> Way {
        match &asked.variant {
            Variant::Recall | Variant::Broken { .. } => Way::Recall,
            Variant::Type { gaps } => Way::Typing(Typing::new(asked, *gaps)),
            Variant::Pick { order, many } => Way::Picking(Picking::new(order.len(), *many)),
            Variant::Arrange { order } => Way::Arranging(Arranging::new(order.len())),
            Variant::Pair { lefts, rights } => Way::Pairing(Pairing::new(lefts.len(), rights.len())),
            Variant::Class { order } => Way::Classing(Classing::new(asked, order.len())),
            Variant::Point { lines, flaws } => Way::Pointing(Pointing::new(*lines, *flaws)),
            Variant::Estimate(_) | Variant::Bet(_) => Way::Number(Number::default()),
            Variant::Open { points } => Way::Open(Open::new(*points)),
        }
    }

    /// Where its keys work, beside those of every question.
    pub fn context(&self) -> Option<Context> {
        match self {
            Way::Recall | Way::Picking(_) => None,
            Way::Typing(_) => Some(Context::Gaps),
            Way::Arranging(_) => Some(Context::Arrange),
            Way::Pairing(_) => Some(Context::Pair),
            Way::Classing(_) => Some(Context::Class),
            Way::Pointing(_) => Some(Context::Point),
            Way::Number(_) => Some(Context::Field),
            Way::Open(open) => open.is_written().then_some(Context::Essay),
        }
    }

    /// Whether a key is its own, whatever command has it: the letter of an option.
    pub fn takes(&self, key: Key) -> bool {
        let Some(typed) = key.typed() else { return false };
        match self {
            Way::Picking(picking) => picking.takes(typed),
            Way::Arranging(arranging) => arranging.takes(typed),
            Way::Pairing(pairing) => pairing.takes(typed),
            Way::Classing(classing) => classing.takes(typed),
            Way::Open(open) => open.takes(typed),
            Way::Recall | Way::Typing(_) | Way::Pointing(_) | Way::Number(_) => false,
        }
    }

    /// A key that is no command.
    pub fn typed(&mut self, key: Key) -> Step {
        match self {
            Way::Typing(typing) => typing.typed(key),
            Way::Number(number) => number.typed(key),
            Way::Open(open) => open.typed(key),
            _ => match (self, key.typed()) {
                (Way::Picking(picking), Some(typed)) => picking.typed(typed),
                (Way::Arranging(arranging), Some(typed)) => arranging.typed(typed),
                (Way::Pairing(pairing), Some(typed)) => pairing.typed(typed),
                (Way::Classing(classing), Some(typed)) => classing.typed(typed),
                _ => Step::Ignored,
            },
        }
    }

    /// A paste: into a text and nowhere else.
    pub fn paste(&mut self, text: &str) {
        match self {
            Way::Typing(typing) => typing.paste(text),
            Way::Number(number) => number.paste(text),
            Way::Open(open) => open.paste(text),
            _ => {}
        }
    }

    /// A command.
    pub fn act(&mut self, does: Do) -> Step {
        match self {
            Way::Typing(typing) => typing.act(does),
            Way::Arranging(arranging) => arranging.act(does),
            Way::Pairing(pairing) => pairing.act(does),
            Way::Classing(classing) => classing.act(does),
            Way::Pointing(pointing) => pointing.act(does),
            Way::Open(open) => open.act(does),
            Way::Recall | Way::Picking(_) | Way::Number(_) => match does {
                Do::Reveal | Do::Enter => Step::Check,
                _ => Step::Ignored,
            },
        }
    }

    /// A click on a part.
    pub fn click(&mut self, part: usize) -> Step {
        match self {
            Way::Typing(typing) => typing.click(part),
            Way::Picking(picking) => picking.click(part),
            Way::Arranging(arranging) => arranging.click(part),
            Way::Pairing(pairing) => pairing.click(part),
            Way::Classing(classing) => classing.click(part),
            Way::Pointing(pointing) => pointing.click(part),
            Way::Open(open) => open.click(part),
            Way::Recall | Way::Number(_) => Step::Ignored,
        }
    }

    /// The button was let go over a part.
    pub fn release(&mut self, part: usize) -> Step {
        match self {
            Way::Arranging(arranging) => arranging.release(part),
            _ => Step::Ignored,
        }
    }

    /// The answer as it stands.
    pub fn answer(&self, asked: &Asked) -> Result<Answer, Missing> {
        match self {
            Way::Recall => Ok(Answer::Shown),
            Way::Typing(typing) => typing.answer(),
            Way::Picking(picking) => Ok(picking.answer()),
            Way::Arranging(arranging) => Ok(arranging.answer()),
            Way::Pairing(pairing) => pairing.answer(),
            Way::Classing(classing) => classing.answer(),
            Way::Pointing(pointing) => pointing.answer(),
            Way::Number(number) => number.answer(asked),
            Way::Open(open) => Ok(open.answer()),
        }
    }

    /// Whether it is a number of which nothing was typed.
    pub fn is_untouched(&self) -> bool {
        matches!(self, Way::Number(number) if number.is_empty())
    }

    /// Whether the answer has parts that stand in lines of their own.
    pub fn has_parts(&self) -> bool {
        matches!(self, Way::Arranging(_) | Way::Pairing(_) | Way::Classing(_) | Way::Pointing(_))
    }

    /// The keys that depend on the question.
    pub fn keys(&self) -> Vec<Hinted> {
        match self {
            Way::Picking(picking) => picking.keys(),
            Way::Arranging(arranging) => arranging.keys(),
            Way::Pairing(pairing) => pairing.keys(),
            Way::Classing(classing) => classing.keys(),
            Way::Open(open) => open.keys(),
            Way::Recall | Way::Typing(_) | Way::Pointing(_) | Way::Number(_) => Vec::new(),
        }
    }

    /// Whether what is answered stands in the question itself, which it then shows.
    pub fn question(&self, asked: &Asked, verdict: Option<&Verdict>, width: usize) -> Option<Vec<CardLine>> {
        match self {
            Way::Typing(typing) => typing.question(asked, verdict, width),
            Way::Recall if verdict.is_some() => super::gaps::filled(asked, width),
            _ => None,
        }
    }

    /// What is answered with, and behind the answer what was right.
    pub fn lines(
        &self,
        asked: &Asked,
        verdict: Option<&Verdict>,
        colours: &Colours,
        width: usize,
    ) -> Vec<CardLine> {
        match self {
            Way::Recall => super::verdict::recalled(asked, verdict, colours, width),
            Way::Typing(typing) => typing.lines(verdict, width),
            Way::Picking(picking) => picking.lines(asked, verdict, width),
            Way::Arranging(arranging) => arranging.lines(asked, verdict, width),
            Way::Pairing(pairing) => pairing.lines(asked, verdict, width),
            Way::Classing(classing) => classing.lines(asked, verdict, width),
            Way::Pointing(pointing) => pointing.lines(asked, verdict, colours, width),
            Way::Number(number) => number.lines(asked, verdict, width),
            Way::Open(open) => open.lines(asked, verdict, colours, width),
        }
    }
}

/// The place that a letter names among `count` parts.
pub(super) fn place_of(typed: char, count: usize) -> Option<usize> {
    let typed = typed.to_ascii_lowercase();
    let place = typed.is_ascii_lowercase().then(|| usize::from(typed as u8 - b'a'))?;
    (place < count).then_some(place)
}

/// The place that a digit names among `count` parts: 1 to 9, then 0.
pub(super) fn numbered(typed: char, count: usize) -> Option<usize> {
    let digit = typed.to_digit(10)? as usize;
    let place = if digit == 0 { 9 } else { digit - 1 };
    (place < count).then_some(place)
}

/// The digit of a place; nothing behind the tenth.
pub(super) fn digit(place: usize) -> String {
    match place {
        0..9 => (place + 1).to_string(),
        9 => "0".to_string(),
        _ => "·".to_string(),
    }
}

/// The letters or digits of `count` parts for the footer: `a-d`.
pub(super) fn span(first: impl std::fmt::Display, last: impl std::fmt::Display) -> String {
    let (first, last) = (first.to_string(), last.to_string());
    if first == last { first } else { format!("{first}-{last}") }
}

/// Moves a choice by one among `count`, without running over the ends.
pub(super) fn moved(at: usize, down: bool, count: usize) -> usize {
    if down { (at + 1).min(count.saturating_sub(1)) } else { at.saturating_sub(1) }
}

/// Cells that can be clicked.
pub(super) fn spot(start: usize, width: usize, part: usize) -> Spot {
    let cells = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    Spot { start: cells(start), width: cells(width), part }
}
