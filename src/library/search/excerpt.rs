//! A text cut around what was found in it, with the places to mark.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::fold::fold_with_places;
use super::query::{Fit, Query};
use crate::doc::text_width;

/// What stands before the first match at most, in bytes, where a text is cut.
const BEFORE: usize = 30;
/// How long an excerpt is at most, in bytes beside the marks of the cuts.
const LONGEST: usize = 180;

/// A piece of text and the parts of it that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The text; `…` where it was cut.
    pub text: String,
    /// The bytes of `text` to mark, from left to right, none empty. Words that matched beside each other are one.
    pub marks: Vec<Range<usize>>,
}

impl Excerpt {
    /// A text with the places that a query has in it, none where a term is missing.
    pub(super) fn of(text: &str, query: &Query) -> Excerpt {
        let (folded, places) = fold_with_places(text);
        let found = to_mark(query, &folded);
        // What is seen first is the stretch that holds them all, where there is one.
        let first = match query.spread(&folded) {
            Some((_, stretch)) => Some(stretch.start),
            None => found.iter().map(|place| place.start).min(),
        };
        let first = first.and_then(|at| places.get(at)).map_or(0, |place| place.0);
        Excerpt { text: text.to_string(), marks: to_text(&found, &places, text) }.cut(first)
    }

    /// A name with places in its folded form.
    pub(super) fn marked(text: &str, found: &[Range<usize>]) -> Excerpt {
        let (_, places) = fold_with_places(text);
        Excerpt { text: text.to_string(), marks: to_text(found, &places, text) }
    }

    /// The same in at most so many cells, as far as a cut at the start can do it: the first mark stays in the first
    /// quarter where what follows has no room otherwise.
    #[must_use]
    pub fn within(&self, cells: usize) -> Cow<'_, Excerpt> {
        let (Some(first), Some(last)) = (self.marks.first(), self.marks.last()) else {
            return Cow::Borrowed(self);
        };
        let Some(spare) = text_width(&self.text[..last.end]).checked_sub(cells.saturating_sub(1)) else {
            return Cow::Borrowed(self);
        };
        let before = text_width(&self.text[..first.start]);
        let drop = (spare + 1).min(before.saturating_sub(cells / 4));
        let mut start = 0;
        for (at, grapheme) in self.text.grapheme_indices(true) {
            if text_width(&self.text[..at]) > drop || at >= first.start {
                break;
            }
            start = at + grapheme.len();
        }
        // A cut word says nothing.
        let start =
            self.text[start.min(first.start)..first.start].find(' ').map_or(start, |blank| start + blank + 1);
        if drop == 0 || start >= first.start {
            return Cow::Borrowed(self);
        }
        let marks = self
            .marks
            .iter()
            .map(|mark| mark.start - start + '…'.len_utf8()..mark.end - start + '…'.len_utf8());
        Cow::Owned(Excerpt { marks: marks.collect(), text: format!("…{}", &self.text[start..]) })
    }

    /// Cuts so that the byte `first` and what follows it is seen.
    fn cut(self, first: usize) -> Excerpt {
        let Excerpt { text, marks } = self;
        let mut start = if first > BEFORE + 10 { boundary(&text, first - BEFORE) } else { 0 };
        // A cut word says nothing.
        if start > 0 {
            start = text[start..first].find(' ').map_or(start, |blank| start + blank + 1);
        }
        let mut end = text.len();
        if end - start > LONGEST {
            end = boundary(&text, start + LONGEST);
            end =
                text[start..end].rfind(' ').filter(|at| *at > LONGEST / 2).map_or(end, |blank| start + blank);
        }
        let (before, after) = (if start > 0 { "…" } else { "" }, if end < text.len() { " …" } else { "" });
        let shown = marks.into_iter().filter(|mark| mark.start >= start && mark.end <= end);
        let marks = shown.map(|mark| mark.start - start + before.len()..mark.end - start + before.len());
        Excerpt { marks: marks.collect(), text: format!("{before}{}{after}", &text[start..end]) }
    }
}

/// The bytes of a text that any term of a query takes.
pub(super) fn marks(query: &Query, text: &str) -> Vec<Range<usize>> {
    let (folded, places) = fold_with_places(text);
    to_text(&to_mark(query, &folded), &places, text)
}

/// The places of all terms; inside of words only where a term has none at the start of one: in a text about rings
/// nobody wants to see strings.
fn to_mark(query: &Query, folded: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for term in &query.terms {
        let starts = term.best(folded) > Some(Fit::Inside);
        let places = term.places(folded).filter(|(_, fit)| !starts || *fit > Fit::Inside);
        found.extend(places.map(|(place, _)| place));
    }
    found
}

/// The last place at or before a byte where a character as one sees it starts.
fn boundary(text: &str, at: usize) -> usize {
    text.grapheme_indices(true).map(|(start, _)| start).take_while(|start| *start <= at).last().unwrap_or(0)
}

/// Places of a folded text in the text that it came from. What touches, or has only a blank between, becomes one.
fn to_text(found: &[Range<usize>], places: &[(usize, usize)], text: &str) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = found
        .iter()
        .filter_map(|place| Some(places.get(place.start)?.0..places.get(place.end.checked_sub(1)?)?.1))
        .collect();
    marks.sort_unstable_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match merged.last_mut() {
            Some(last) if mark.start <= last.end || text.get(last.end..mark.start) == Some(" ") => {
                last.end = last.end.max(mark.end);
            }
            _ => merged.push(mark),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The excerpt with its marks in brackets.
    fn shown(text: &str, query: &str) -> String {
        let excerpt = Excerpt::of(text, &Query::parse(query));
        let mut out = excerpt.text.clone();
        for mark in excerpt.marks.iter().rev() {
            out.insert(mark.end, ']');
            out.insert(mark.start, '[');
        }
        out
    }

    #[test]
    fn marks_lie_where_the_text_matched() {
        assert_eq!(shown("A Hash Ring, a ring", "ring hash"), "A [Hash Ring], a [ring]");
        assert_eq!(shown("Straße im Café", "strasse cafe"), "[Straße] im [Café]");
        assert_eq!(shown("strings", "ring rin"), "st[ring]s");
        assert_eq!(shown("strings on a ring", "ring"), "strings on a [ring]");
        assert_eq!(shown("nothing", "x"), "nothing");
    }

    #[test]
    fn a_long_text_is_cut_around_the_stretch_that_holds_all_words() {
        let text = format!(
            "a needle first, then {} hay and a needle in here {}",
            "straw ".repeat(30),
            "more ".repeat(60)
        );
        let cut = shown(&text, "needle hay");
        assert!(
            cut.starts_with("…straw ") && cut.contains(" [hay] and a [needle] in") && cut.ends_with(" …"),
            "{cut}"
        );
        assert!(cut.len() < LONGEST + 20, "{cut}");
        let narrow = Excerpt::of(&text, &Query::parse("needle hay"));
        assert_eq!(narrow.within(500), Cow::Borrowed(&narrow));
        let narrow = narrow.within(34);
        assert!(narrow.text.starts_with("…straw "), "{}", narrow.text);
        assert!(
            narrow.marks.iter().all(|mark| text_width(&narrow.text[..mark.end]) <= 34),
            "{}",
            narrow.text
        );
        let marked: Vec<&str> = narrow.marks.iter().map(|mark| &narrow.text[mark.clone()]).collect();
        assert_eq!(marked, ["hay", "needle"]);
        let wide = "漢字".repeat(200);
        let cut = Excerpt::of(&wide, &Query::parse("字"));
        assert!(
            cut.text.len() <= LONGEST + 12 && cut.marks.iter().all(|mark| &cut.text[mark.clone()] == "字")
        );
    }
}
