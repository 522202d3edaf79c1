//! What is said of an answer, whatever the way: right or wrong at a glance, what was forgiven, what hints cost.

use crate::deck;
use crate::doc::{Ink, Span, Style};
use crate::drill::{Asked, Placed, Variant, Verdict};
use crate::memory::Grade;

use super::coloured::{Colours, markdown_in};
use super::line::{CardLine, behind, inked, text};

/// From this width on a recalled answer has a label before it.
const LABELLED: usize = 50;

/// What is said of a part of the card's own list.
pub(super) fn part_of(verdict: &Verdict, item: usize) -> Option<&Placed> {
    verdict.placed.iter().find(|part| part.item == item)
}

/// The answer of a card that was recalled, or that cannot be asked.
pub(super) fn recalled(
    asked: &Asked,
    verdict: Option<&Verdict>,
    colours: &Colours,
    width: usize,
) -> Vec<CardLine> {
    let mut lines = Vec::new();
    if let Variant::Broken { why } = &asked.variant {
        text(why, width, Style::ink(Ink::Warn), &mut lines);
    }
    // A cloze shows its answers in its question.
    let shown = super::gaps::filled(asked, width).is_some();
    if verdict.is_some() && !shown {
        // Set off from the question by the same word as where the answer is typed.
        let label = if width >= LABELLED { "answer  " } else { "" };
        let mut answer = Vec::new();
        markdown_in(&deck::back(&asked.card), width - label.len(), colours, &mut answer);
        lines.extend(behind(vec![inked(label, Ink::Dim)], answer));
    }
    lines
}

/// Whether it was right, in a mark and a word; nothing where only the learner can say.
pub(super) fn head(asked: &Asked, verdict: &Verdict, width: usize) -> Vec<CardLine> {
    // The ticks speak for themselves.
    if matches!(asked.variant, Variant::Open { .. }) {
        return Vec::new();
    }
    let (sign, word, ink) = match (verdict.right, verdict.suggested) {
        (Some(true), _) => ("✓", "Right", Ink::Good),
        (Some(false), Grade::Hard) => ("≈", "Nearly", Ink::Warn),
        (Some(false), _) => ("✗", "Not right", Ink::Bad),
        (None, _) => return Vec::new(),
    };
    let mut spans =
        vec![Span { text: format!("{sign} {word}"), style: Style { bold: true, ..Style::ink(ink) } }];
    let parts = verdict.placed.len();
    let right = verdict.placed.iter().filter(|part| part.right).count();
    let counted = !matches!(asked.variant, Variant::Point { .. });
    if counted && parts > 1 && right < parts {
        let what = if matches!(asked.variant, Variant::Arrange { .. }) { "in their place" } else { "right" };
        spans.push(inked(format!("   {right} of {parts} {what}"), Ink::Dim));
    }
    let mut lines = vec![CardLine::of(spans)];
    for forgiven in &verdict.forgiven {
        text(forgiven, width, Style::ink(Ink::Dim), &mut lines);
    }
    lines
}
