//! The lines of a question: what they say, what a click on them means, and which of them have to be in sight.

use super::coloured::{Colours, markdown_in};
use crate::doc::{self, Ink, Line, Span, Style};

/// A line of a question, and what it can be clicked for.
#[derive(Clone, Debug, Default)]
pub struct CardLine {
    /// What it says. A cursor and what is chosen stand in reverse.
    pub line: Line,
    /// The part of the question that it belongs to, and that a click on it means.
    pub option: Option<usize>,
    /// Cells of the line that mean another part.
    pub spots: Vec<Spot>,
    /// Whether it has to be in sight: it holds what has the keys, or what came of the answer.
    pub kept: bool,
    /// Whether it stays at the foot of a window that is too low for all: what is typed.
    pub pinned: bool,
    /// Whether the grades are to be drawn on it.
    pub grades: bool,
}

/// Some cells of a line that can be clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The first cell, from 0.
    pub start: u16,
    /// How many cells.
    pub width: u16,
    /// The part of the question that a click means.
    pub part: usize,
}

/// The first line to show in `height` lines, where `wanted` was the first so far. What is kept is in sight, its
/// beginning at least, unless the learner looks elsewhere.
#[must_use]
pub fn top_of(lines: &[CardLine], wanted: usize, looking: bool, height: usize) -> usize {
    let last = lines.len().saturating_sub(height);
    let first_kept = lines.iter().position(|line| line.kept);
    let last_kept = lines.iter().rposition(|line| line.kept);
    match (first_kept, last_kept) {
        (Some(first), Some(end)) if !looking => {
            wanted.max((end + 1).saturating_sub(height)).min(first).min(last)
        }
        _ => wanted.min(last),
    }
}

/// How many lines at the end stay at the foot where the window is too low for all, 0 where there is room.
#[must_use]
pub fn pinned(lines: &[CardLine], height: usize) -> usize {
    let pinned = lines.iter().rev().take_while(|line| line.pinned).count();
    if lines.len() <= height || pinned >= height { 0 } else { pinned }
}

/// Adds the lines of a text in Markdown.
pub(in crate::app) fn markdown(source: &str, width: usize, lines: &mut Vec<CardLine>) {
    markdown_in(source, width, &Colours::default(), lines);
}

/// Adds the lines of a plain text.
pub(in crate::app) fn text(source: &str, width: usize, style: Style, lines: &mut Vec<CardLine>) {
    for part in doc::wrap_text(source, width.max(1)) {
        lines.push(CardLine::of(vec![Span { text: part, style }]));
    }
}

/// Adds an empty line.
pub(in crate::app) fn blank(lines: &mut Vec<CardLine>) {
    lines.push(CardLine::default());
}

/// Markdown behind a lead; its further lines stand under its first.
pub(super) fn hanging(lead: Vec<Span>, source: &str, width: usize) -> Vec<CardLine> {
    let mut lines = Vec::new();
    markdown(source, width.saturating_sub(cells(&lead)).max(1), &mut lines);
    behind(lead, lines)
}

/// Lines behind a lead: it stands before the first, blanks before the others.
pub(super) fn behind(lead: Vec<Span>, mut lines: Vec<CardLine>) -> Vec<CardLine> {
    if lines.is_empty() {
        lines.push(CardLine::default());
    }
    let indent = " ".repeat(cells(&lead));
    let mut lead = Some(lead);
    for line in &mut lines {
        let before = lead.take().unwrap_or_else(|| vec![plain(indent.clone())]);
        line.line.spans.splice(0..0, before.into_iter().filter(|span| !span.text.is_empty()));
    }
    lines
}

/// A remark behind the last line, or below it where it has no room there: set in by `indent` cells, as far as it fits.
pub(super) fn noted(lines: &mut Vec<CardLine>, indent: usize, note: &str, width: usize) {
    let dim = Style::ink(Ink::Dim);
    match lines.last_mut() {
        Some(last) if last.line.width() + 3 + doc::text_width(note) <= width => {
            last.line.spans.push(inked(format!("   {note}"), Ink::Dim));
        }
        _ => {
            let mut below = Vec::new();
            text(note, width.saturating_sub(indent), dim, &mut below);
            lines.extend(behind(vec![plain(" ".repeat(indent))], below));
        }
    }
}

/// How many cells some spans take.
pub(super) fn cells(spans: &[Span]) -> usize {
    spans.iter().map(|span| doc::text_width(&span.text)).sum()
}

/// Lines beside each other: those on the right begin at cell `at`. Spots on the right move along.
pub(super) fn beside(left: Vec<CardLine>, right: Vec<CardLine>, at: usize) -> Vec<CardLine> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let mut lines = Vec::new();
    for _ in 0..rows {
        let mut line = left.next().unwrap_or_default();
        if let Some(other) = right.next() {
            let gap = at.saturating_sub(line.line.width());
            line.line.spans.push(plain(" ".repeat(gap)));
            line.line.spans.retain(|span| !span.text.is_empty());
            line.line.spans.extend(other.line.spans);
            let shift = u16::try_from(at).unwrap_or(u16::MAX);
            let moved =
                other.spots.into_iter().map(|spot| Spot { start: spot.start.saturating_add(shift), ..spot });
            line.spots.extend(moved);
            line.kept |= other.kept;
        }
        lines.push(line);
    }
    lines
}

/// Makes a part of all lines: a click on them means it.
pub(super) fn belongs(lines: &mut [CardLine], part: usize) {
    lines.iter_mut().for_each(|line| line.option = Some(part));
}

/// Has lines be in sight.
pub(super) fn keep(lines: &mut [CardLine]) {
    lines.iter_mut().for_each(|line| line.kept = true);
}

/// Gives all of some lines one ink.
pub(super) fn ink(lines: &mut [CardLine], ink: Ink) {
    lines.iter_mut().flat_map(|line| &mut line.line.spans).for_each(|span| span.style.ink = ink);
}

/// Makes all of some lines bold.
pub(super) fn bold(lines: &mut [CardLine]) {
    lines.iter_mut().flat_map(|line| &mut line.line.spans).for_each(|span| span.style.bold = true);
}

/// A piece of running text.
pub(super) fn plain(text: impl Into<String>) -> Span {
    Span { text: text.into(), style: Style::default() }
}

/// A piece of text with an ink.
pub(super) fn inked(text: impl Into<String>, ink: Ink) -> Span {
    Span { text: text.into(), style: Style::ink(ink) }
}

/// A letter or digit that chooses a part: ` a `, in reverse where the part is chosen.
pub(super) fn key(name: impl std::fmt::Display, chosen: bool) -> [Span; 3] {
    let style = Style { bold: true, reverse: chosen, ..Style::ink(Ink::Link) };
    // Where there are no colours it is underlined, and the blanks around it are not.
    let around = if chosen { style } else { Style::default() };
    let blank = Span { text: " ".to_string(), style: around };
    [blank.clone(), Span { text: name.to_string(), style }, blank]
}

/// The letter of a place: a, b, c.
pub(super) fn letter(place: usize) -> char {
    char::from(b'a' + u8::try_from(place).unwrap_or(25).min(25))
}

/// A mark for what was right and what was not.
pub(super) fn mark(right: bool) -> Span {
    let (text, ink) = if right { ("✓ ", Ink::Good) } else { ("✗ ", Ink::Bad) };
    Span { text: text.to_string(), style: Style { bold: true, ..Style::ink(ink) } }
}

impl CardLine {
    /// A line of some spans.
    pub(super) fn of(spans: Vec<Span>) -> CardLine {
        let line = Line { spans: spans.into_iter().filter(|span| !span.text.is_empty()).collect() };
        CardLine { line, ..CardLine::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(kept: &[usize], count: usize) -> Vec<CardLine> {
        (0..count).map(|at| CardLine { kept: kept.contains(&at), ..CardLine::default() }).collect()
    }

    #[test]
    fn what_is_kept_is_in_sight() {
        let check = |kept: &[usize], wanted, looking, expected| {
            assert_eq!(top_of(&lines(kept, 20), wanted, looking, 8), expected, "{kept:?} from {wanted}");
        };
        check(&[], 0, false, 0);
        check(&[], 99, false, 12);
        check(&[2, 3], 0, false, 0);
        check(&[9, 10], 0, false, 3);
        check(&[2], 9, false, 2);
        check(&[18, 19], 0, false, 12);
        // More than fits: its beginning.
        check(&[4, 18], 0, false, 4);
        // Who looks elsewhere is left alone.
        check(&[9, 10], 0, true, 0);
        assert_eq!(top_of(&lines(&[3], 5), 0, false, 8), 0);
    }

    #[test]
    fn columns_stand_beside_each_other() {
        let column = |texts: &[&str]| texts.iter().map(|text| CardLine::of(vec![plain(*text)])).collect();
        let mut right: Vec<CardLine> = column(&["x", "y", "z"]);
        right[0].spots.push(Spot { start: 0, width: 4, part: 7 });
        let lines = beside(column(&["a", "bbb"]), right, 5);
        let shown: Vec<String> = lines.iter().map(|line| line.line.text()).collect();
        assert_eq!(shown, ["a    x", "bbb  y", "     z"]);
        assert_eq!(lines[0].spots, [Spot { start: 5, width: 4, part: 7 }]);
    }
}
