//! Find within a page: without regard to case, and across the ends of lines.
//!
//! A phrase that the layout broke over two lines is one hit with two places. So the lines of one paragraph are
//! searched as one text, with a space where a line ends; everything else ends at its line.

use std::collections::HashMap;

use crate::doc::{self, Page, Reach};

use super::super::field::Field;
use super::{Reading, Until};

/// A search within the page.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// What is typed, while it is typed.
    pub field: Option<Field>,
    /// What is looked for, in lower case.
    pub wanted: String,
    /// The hits from the top; each has the cells it covers, on one line or more.
    pub hits: Vec<Vec<Reach>>,
    /// The hit one stands at.
    pub at: usize,
    /// Where one stood when the search began, while it is typed: without a hit one is there again.
    pub from: Option<usize>,
    /// What was folded when the search began.
    folds: Option<HashMap<usize, bool>>,
    text: Text,
}

/// The page as one text in lower case.
#[derive(Clone, Debug, Default)]
struct Text {
    text: String,
    /// For each line of the page, where its text starts, and how many bytes of the line were left out before it.
    lines: Vec<(usize, usize)>,
}

impl Find {
    /// Forgets the text of the page, which is another one now.
    pub(super) fn forget(&mut self) {
        self.text = Text::default();
        self.hits.clear();
    }

    /// Finds all hits in a page that is laid out to its end. O(page) for the first search, then O(text).
    pub(super) fn search(&mut self, page: &Page) {
        self.hits.clear();
        if self.wanted.is_empty() {
            return;
        }
        if self.text.lines.len() != page.lines.len() {
            self.text = Text::of(page);
        }
        let wanted = self.wanted.as_str();
        self.hits = self
            .text
            .text
            .match_indices(wanted)
            .map(|(at, hit)| self.text.places(page, at, hit.len()))
            .collect();
        self.at = self.at.min(self.hits.len().saturating_sub(1));
    }

    /// The line of a hit.
    #[must_use]
    pub fn line(&self, hit: usize) -> Option<usize> {
        Some(self.hits.get(hit)?.first()?.line)
    }

    /// The hits that touch lines from `top` to before `bottom`, with their numbers.
    pub fn between(&self, top: usize, bottom: usize) -> impl Iterator<Item = (usize, &Reach)> {
        let first = self.hits.partition_point(|hit| hit.last().is_some_and(|reach| reach.line < top));
        let hits = self.hits.iter().enumerate().skip(first);
        let seen = hits.take_while(move |(_, hit)| hit.first().is_some_and(|reach| reach.line < bottom));
        seen.flat_map(|(number, hit)| hit.iter().map(move |reach| (number, reach)))
    }
}

impl Reading {
    /// Begins to look for something: until it is found or given up, one stands here.
    pub fn begin_find(&mut self) {
        self.find.field = Some(Field::line());
        (self.find.from, self.find.folds) = (Some(self.top), None);
    }

    /// Looks for a text in the page, without regard to case; goes to the first hit from the top of the screen on.
    pub fn look_for(&mut self, wanted: &str) {
        self.find.wanted.clear();
        if let Some(from) = self.find.from {
            // What was opened for fewer letters is closed again: `a` stands in nearly every fold.
            let before = self.find.folds.get_or_insert_with(|| self.folds.clone()).clone();
            if before != self.folds {
                self.folds = before;
                self.lay_out();
            }
            self.go(from);
        }
        self.find.wanted = wanted.to_lowercase();
        if !wanted.is_empty() {
            let hiding = self.document.folds_with(&self.find.wanted);
            self.set_folds(hiding.into_iter().map(|fold| (fold, true)).collect());
        }
        self.search_again();
        self.find.at =
            self.find.hits.partition_point(|hit| hit.first().is_some_and(|reach| reach.line < self.top));
        if self.find.at == self.find.hits.len() {
            self.find.at = 0;
        }
        self.show_hit();
    }

    pub(super) fn search_again(&mut self) {
        if self.find.wanted.is_empty() {
            self.find.hits.clear();
            return;
        }
        self.reach(Until::End);
        self.find.search(&self.page);
    }

    pub(super) fn walk_hits(&mut self, forward: bool) {
        let count = self.find.hits.len();
        if count > 0 {
            self.find.at = (self.find.at + if forward { 1 } else { count - 1 }) % count;
            self.show_hit();
        }
    }

    fn show_hit(&mut self) {
        if let Some(line) = self.find.line(self.find.at) {
            self.show(line, 1);
        }
    }
}

impl Text {
    fn of(page: &Page) -> Text {
        let mut all = Text::default();
        for (number, line) in page.lines.iter().enumerate() {
            let text = line.text();
            // A line that shows the same line of the source as the one before goes on with its text: what stands
            // before it is an indent or a bar.
            let goes_on = number > 0 && page.source[number] == page.source[number - 1] && !text.is_empty();
            let skipped =
                if goes_on { text.len() - text.trim_start_matches([' ', '▌', '|']).len() } else { 0 };
            if number > 0 {
                all.text.push(if goes_on { ' ' } else { '\n' });
            }
            all.lines.push((all.text.len(), skipped));
            all.text.extend(text[skipped..].chars().flat_map(char::to_lowercase));
        }
        all
    }

    /// The cells of some bytes of the text.
    fn places(&self, page: &Page, start: usize, length: usize) -> Vec<Reach> {
        let end = start + length;
        let mut line = self.lines.partition_point(|(from, _)| *from <= start).saturating_sub(1);
        let mut places = Vec::new();
        while let Some(&(from, skipped)) = self.lines.get(line).filter(|(from, _)| *from < end) {
            let text = page.lines[line].text();
            let byte = |at: usize| skipped + bytes_of(&text[skipped..], at.saturating_sub(from));
            let (first, last) = (byte(start), byte(end));
            let cell = |byte: usize| doc::text_width(&text[..byte]);
            if first < last {
                places.push(Reach { line, start: cell(first), end: cell(last) });
            }
            line += 1;
        }
        places
    }
}

/// How many bytes of a text make so many bytes in lower case: whole characters, at most the text.
fn bytes_of(text: &str, lower: usize) -> usize {
    if text.is_ascii() {
        return lower.min(text.len());
    }
    let mut seen = 0;
    for (at, c) in text.char_indices() {
        if seen >= lower {
            return at;
        }
        seen += c.to_lowercase().map(char::len_utf8).sum::<usize>();
    }
    text.len()
}
