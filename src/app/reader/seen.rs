//! What has been seen of a page: which lines of its source were on the screen, and which sections are read.
//!
//! A jump to the end is no reading: only lines that were in sight count, wherever one came from.

use std::ops::Range;

use crate::doc::{Document, Heading};

use super::Reading;

/// Lines of the source that were on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// In order, apart from each other.
    ranges: Vec<Range<usize>>,
}

/// A section of a page: what stands under a heading of the second level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The id of its heading.
    pub id: String,
    /// Its lines in the source.
    pub lines: Range<usize>,
}

impl Seen {
    /// Adds lines.
    pub fn add(&mut self, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        let touching = |range: &Range<usize>| range.start <= lines.end && lines.start <= range.end;
        let mut all = lines.clone();
        for range in self.ranges.extract_if(.., |range| touching(range)) {
            all = all.start.min(range.start)..all.end.max(range.end);
        }
        let at = self.ranges.partition_point(|range| range.start < all.start);
        self.ranges.insert(at, all);
    }

    /// Whether all of some lines were seen.
    #[must_use]
    pub fn holds(&self, lines: &Range<usize>) -> bool {
        self.ranges.iter().any(|range| range.start <= lines.start && lines.end <= range.end)
    }

    /// The share of some lines that was seen, 0 to 1; all of no lines.
    #[must_use]
    pub fn share(&self, of: &Range<usize>) -> f64 {
        let part = |range: &Range<usize>| range.end.min(of.end).saturating_sub(range.start.max(of.start));
        let seen: usize = self.ranges.iter().map(part).sum();
        if of.is_empty() { 1.0 } else { seen as f64 / of.len() as f64 }
    }
}

impl Reading {
    /// How much of the page was seen, 0 to 1.
    #[must_use]
    pub fn seen_share(&self) -> f64 {
        let first = self.whole.blocks.first().map_or(1, |block| block.line);
        self.seen.share(&(first..self.end.max(first)))
    }

    /// Notes what is on the screen as seen.
    pub fn look(&mut self) {
        let lines = &self.page.source;
        if self.cheat || lines.is_empty() || self.height() == 0 {
            return;
        }
        let first = lines[self.top.min(lines.len() - 1)];
        let below = self.top + self.height();
        // What stands on the last line is seen only where the next line is another one's.
        let last = lines.get(below).copied().unwrap_or(self.end);
        self.seen.add(first..last.max(first));
    }

    /// The sections of which everything was seen and whose end lies behind: above the middle of the screen.
    pub fn sections_behind(&self) -> impl Iterator<Item = &Section> {
        let at_end = self.page.is_complete() && self.top >= self.last_top();
        let middle = self.page.place(self.top + self.height() / 2).source;
        self.sections
            .iter()
            .filter(move |section| at_end || section.lines.end <= middle)
            .filter(|section| self.seen.holds(&section.lines))
    }

    /// The section in which one is.
    #[must_use]
    pub fn section(&self) -> Option<&Section> {
        let line =
            self.heading().and_then(|at| self.document.headings.get(at)).map(|heading| heading.line)?;
        self.sections.iter().find(|section| section.lines.contains(&line))
    }
}

/// The sections of a document that ends before a line of the source.
#[must_use]
pub fn sections(document: &Document, end: usize) -> Vec<Section> {
    let headings: Vec<&Heading> = document.headings.iter().filter(|heading| heading.level <= 2).collect();
    let ends = headings.iter().skip(1).map(|next| next.line).chain([end]);
    let sections = headings.iter().zip(ends).filter(|(heading, _)| heading.level == 2);
    sections
        .map(|(heading, end)| Section {
            id: heading.id.clone(),
            lines: heading.line..end.max(heading.line + 1),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doc;

    proptest! {
        #[test]
        fn it_is_a_set_of_lines(ranges in prop::collection::vec((0..60usize, 0..20usize), 0..12), from in 0..60usize, length in 0..20usize) {
            let (mut seen, mut lines) = (Seen::default(), std::collections::BTreeSet::new());
            for (start, length) in ranges {
                seen.add(start..start + length);
                lines.extend(start..start + length);
            }
            let asked = from..from + length;
            let count = asked.clone().filter(|line| lines.contains(line)).count();
            prop_assert_eq!(seen.holds(&asked) || asked.is_empty(), count == asked.len());
            let share = if length == 0 { 1.0 } else { count as f64 / length as f64 };
            prop_assert!((seen.share(&asked) - share).abs() < 1e-12);
        }
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let document = doc::parse("# T\n\nintro\n\n## A\n\na\n\n### A1\n\nx\n\n## B\n\nb\n");
        let found = sections(&document, 16);
        let found: Vec<(&str, Range<usize>)> =
            found.iter().map(|s| (s.id.as_str(), s.lines.clone())).collect();
        assert_eq!(found, [("a", 5..13), ("b", 13..16)]);
    }
}
