//! What somebody looks for: words and phrases, and where a text holds them.

use std::ops::Range;

use super::fold::fold;

/// More words than this narrow nothing down any more.
const MOST_TERMS: usize = 16;

/// Words and phrases, all of which have to occur.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) terms: Vec<Term>,
}

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// As it is compared: folded, with single spaces.
    pub(super) text: String,
    /// Whether it stood in quotes: then it starts where a word starts.
    pub(super) phrase: bool,
    /// Whether the quotes are closed: then it ends where a word ends.
    pub(super) closed: bool,
}

/// How well a term and what was found agree. The order is the order of the hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It lies inside a word.
    Inside = 1,
    /// A word starts with it.
    Prefix,
    /// It is a whole word, or several.
    Whole,
}

impl Query {
    /// Splits at blanks; what stands in quotes stays together.
    pub(super) fn parse(text: &str) -> Query {
        let mut terms: Vec<Term> = Vec::new();
        let folded = fold(text);
        for (index, part) in folded.split('"').enumerate() {
            if index % 2 == 1 {
                let text = part.split_whitespace().collect::<Vec<_>>().join(" ");
                let closed = folded.matches('"').count() > index;
                terms.push(Term { text, phrase: true, closed });
            } else {
                let words = part.split_whitespace();
                terms.extend(words.map(|word| Term { text: word.into(), phrase: false, closed: false }));
            }
        }
        terms.retain(|term| !term.text.is_empty());
        terms.dedup();
        terms.truncate(MOST_TERMS);
        Query { terms }
    }

    /// How many bytes beyond the terms themselves the shortest stretch of a folded text takes that holds them all;
    /// nothing where it does not hold them.
    pub(super) fn spread(&self, folded: &str) -> Option<(usize, Range<usize>)> {
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        for (index, term) in self.terms.iter().enumerate() {
            places.extend(term.places(folded).map(|(place, _)| (place.start, place.end, index)));
        }
        places.sort_unstable();
        // The latest place of every term so far: the stretch that holds them all and ends here.
        let mut last: Vec<Option<Range<usize>>> = vec![None; self.terms.len()];
        let mut best: Option<Range<usize>> = None;
        for (start, end, index) in places {
            last[index] = Some(start..end);
            let held = last.iter().try_fold((start, end), |(from, to), place| {
                place.as_ref().map(|place| (from.min(place.start), to.max(place.end)))
            });
            if let Some((from, to)) = held
                && best.as_ref().is_none_or(|best| to - from < best.len())
            {
                best = Some(from..to);
            }
        }
        let needed: usize = self.terms.iter().map(|term| term.text.len() + 1).sum();
        best.map(|best| ((best.len() + 1).saturating_sub(needed), best))
    }
}

impl Term {
    /// The word, where the term is a single one.
    pub(super) fn word(&self) -> Option<&str> {
        self.text.chars().all(char::is_alphanumeric).then_some(self.text.as_str())
    }

    /// Whether a place with this fit counts for the term.
    pub(super) fn takes(&self, fit: Fit) -> bool {
        (!self.phrase || fit >= Fit::Prefix) && (!self.closed || fit == Fit::Whole)
    }

    /// The places of the term in a folded text, each with how well it fits.
    pub(super) fn places<'t>(&'t self, folded: &'t str) -> impl Iterator<Item = (Range<usize>, Fit)> + 't {
        let all = folded.match_indices(&self.text).map(|(start, found)| {
            let end = start + found.len();
            (start..end, fit(folded, start, end))
        });
        all.filter(|(_, fit)| self.takes(*fit))
    }

    /// The best fit in a folded text.
    pub(super) fn best(&self, folded: &str) -> Option<Fit> {
        self.places(folded).map(|(_, fit)| fit).max()
    }
}

/// How the bytes from `start` to `end` lie among the words of a text.
fn fit(folded: &str, start: usize, end: usize) -> Fit {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (first, last) = (folded[start..].chars().next(), folded[..end].chars().next_back());
    // A term that starts with a sign cannot start inside a word.
    let starts = !is_word(first) || !is_word(folded[..start].chars().next_back());
    let ends = !is_word(last) || !is_word(folded[end..].chars().next());
    match (starts, ends) {
        (true, true) => Fit::Whole,
        (true, false) => Fit::Prefix,
        (false, _) => Fit::Inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_phrases() {
        let check = |text: &str, expected: &[(&str, bool, bool)]| {
            let query = Query::parse(text);
            let terms: Vec<_> = query.terms.iter().map(|t| (t.text.as_str(), t.phrase, t.closed)).collect();
            assert_eq!(terms, expected, "{text}");
        };
        check("", &[]);
        check("  Hash   RING ", &[("hash", false, false), ("ring", false, false)]);
        check("a \"Hash  ring\" b", &[("a", false, false), ("hash ring", true, true), ("b", false, false)]);
        check("\"hash ri", &[("hash ri", true, false)]);
        check("\"", &[]);
        check("\"\" x", &[("x", false, false)]);
    }

    #[test]
    fn how_well_a_place_fits() {
        let check = |term: &str, text: &str, expected: Option<Fit>| {
            assert_eq!(Query::parse(term).terms[0].best(text), expected, "{term} in {text}");
        };
        check("ring", "the ring.", Some(Fit::Whole));
        check("ring", "strings, rings", Some(Fit::Prefix));
        check("ring", "strings", Some(Fit::Inside));
        check("\"ring\"", "rings, string", None);
        check("\"ring", "string, rings", Some(Fit::Prefix));
        check("half-open", "the half-open state", Some(Fit::Whole));
        check("1/n", "about 1/n of", Some(Fit::Whole));
        check(">=", "a>=b", Some(Fit::Whole));
        check("\"hash ring\"", "a hash ring, or", Some(Fit::Whole));
        check("\"hash ring\"", "a hash, a ring", None);
    }

    #[test]
    fn the_shortest_stretch_is_found() {
        let check = |query: &str, text: &str, expected: Option<(usize, Range<usize>)>| {
            assert_eq!(Query::parse(query).spread(text), expected, "{query} in {text}");
        };
        check("a b", "a b", Some((0, 0..3)));
        check("b a", "a b", Some((0, 0..3)));
        check("xx yy", "xx ..... yy . xx", Some((2, 9..16)));
        check("xx yy", "xx", None);
        check("x", "..x", Some((0, 2..3)));
    }
}
