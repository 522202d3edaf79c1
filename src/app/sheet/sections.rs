//! What a line of a sheet is: a heading, a comment, a calculation, nothing. Headings part a sheet into sections, which
//! fold.
//!
//! A comment that begins a paragraph is a heading: the first line of the sheet, or one below a blank line. So the text
//! needs no other sign, and stays what one would write anyway.

use std::collections::BTreeSet;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Nothing stands there.
    Blank,
    /// The title of the section below it.
    Heading,
    /// A line that is a comment only.
    Comment,
    /// A calculation.
    Calculation,
}

/// What each line of a text is.
#[must_use]
pub fn line_kinds(text: &str) -> Vec<LineKind> {
    let mut before = LineKind::Blank;
    let kind = |line: &str| {
        let line = line.trim();
        let title = line.trim_start_matches('#').trim();
        before = match () {
            () if line.is_empty() => LineKind::Blank,
            () if !line.starts_with('#') => LineKind::Calculation,
            () if line.starts_with("#=") || title.is_empty() => LineKind::Comment,
            () if before == LineKind::Blank || line.starts_with("##") => LineKind::Heading,
            () => LineKind::Comment,
        };
        before
    };
    text.split('\n').map(kind).collect()
}

/// The words of a comment or a heading.
#[must_use]
pub fn words(line: &str) -> &str {
    line.trim().trim_start_matches('#').trim()
}

/// The lines that are shown where these headings are folded, and for each how many lines it hides. The blank lines that
/// end a section stay, so that headings keep their distance.
#[must_use]
pub fn shown(text: &str, kinds: &[LineKind], folded: &BTreeSet<String>) -> Vec<(usize, usize)> {
    if folded.is_empty() {
        return (0..kinds.len()).map(|line| (line, 0)).collect();
    }
    let mut shown: Vec<(usize, usize)> = Vec::new();
    let mut hidden_to = 0;
    for (line, text) in text.split('\n').enumerate() {
        if line < hidden_to {
            continue;
        }
        let folds = kinds[line] == LineKind::Heading && folded.contains(words(text));
        let section = kinds.iter().skip(line + 1).take_while(|kind| **kind != LineKind::Heading);
        let hides = if folds {
            let last = section.enumerate().filter(|(_, kind)| **kind != LineKind::Blank).last();
            last.map_or(0, |(at, _)| at + 1)
        } else {
            0
        };
        hidden_to = line + 1 + hides;
        shown.push((line, hides));
    }
    shown
}

/// The heading of the section that a line stands in.
#[must_use]
pub fn heading_of(kinds: &[LineKind], line: usize) -> Option<usize> {
    (0..=line.min(kinds.len().saturating_sub(1))).rev().find(|at| kinds[*at] == LineKind::Heading)
}
