//! Search across everything: topics, headings, text, the glossary, cards, demos and decisions.
//!
//! By words: a unit (a paragraph, a row, a card) is found where it holds every word of the query, in any order and
//! as any part of its own words, without regard to case and accents. In quotes, words stand as they are. And by
//! name: the names of things are found by their initials (`cb`), and by nearly their letters where nothing is
//! called as was typed.
//!
//! Hits are ordered by, in this order: how they were found (at the start of words or by initials, inside of words, by
//! nearly the letters); where (title, demo, heading, term, summary, definition, text, code, question,
//! answer); whole words
//! before beginnings; words near each other before words apart; core before deep; and as they stand in the library.
//!
//! [`Index::of_names`] is ready at once and finds topics, demos and decisions by name. [`Index::of_everything`] reads all pages,
//! some 100 ms for a library of 80 topics, so it is made on a thread of its own.

mod excerpt;
mod fold;
mod kind;
mod names;
mod query;
#[cfg(test)]
mod tests;
mod units;
mod words;

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use super::Library;
use crate::deck::Weight;
use query::{Fit, Query, Term};
use units::{Unit, Units};
use words::Words;

pub use excerpt::Excerpt;
pub use kind::Kind;

/// Of how many hits of several words it is seen how near these are to each other. So many hold them all only
/// where the words are the commonest, or hardly begun.
const COMPARED: usize = 400;

/// Where a hit leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A page.
    Page {
        /// The topic, by slug.
        topic: Arc<str>,
        /// The line of the page's file, from 1; 1 for the page as a whole.
        line: usize,
    },
    /// A card, by its id.
    Card(Arc<str>),
    /// A demo, by its name.
    Demo(&'static str),
    /// A decision tree, by its slug.
    Decision(Arc<str>),
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it leads.
    pub place: Place,
    /// The topic it belongs to, slug and title.
    pub topic: Option<(Arc<str>, Arc<str>)>,
    /// The heading it stands under; of a heading nothing.
    pub heading: Option<Arc<str>>,
    /// Its name or question; empty where it is running text.
    pub name: Excerpt,
    /// What it says, cut around what was found. Of a card nothing where only the question was found.
    pub body: Excerpt,
}

impl Hit {
    /// The longest stretch that matched, as it is written there: what to mark on the page it leads to.
    #[must_use]
    pub fn longest_match(&self) -> Option<&str> {
        let of = |excerpt: &'_ Excerpt| {
            let longest = excerpt.marks.iter().max_by_key(|mark| (mark.len(), Reverse(mark.start))).cloned();
            longest.map(|mark| (mark.len(), mark))
        };
        let (name, body) = (of(&self.name), of(&self.body));
        let in_body =
            body.as_ref().map_or(0, |(length, _)| *length) >= name.as_ref().map_or(0, |(length, _)| *length);
        let (excerpt, mark) = if in_body { (&self.body, body?.1) } else { (&self.name, name?.1) };
        excerpt.text.get(mark)
    }
}

/// The hits of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which kind.
    pub kind: Kind,
    /// The best hits, best first, as many as were wanted.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The groups, that with the best hit first. None is empty.
    pub groups: Vec<Group>,
    /// Where nothing was found: the query with its unknown words replaced by words that are spelt like them.
    pub near: Vec<String>,
}

/// The bytes of a text that words of a query take, wherever any of them stands.
#[must_use]
pub fn marks(query: &str, text: &str) -> Vec<Range<usize>> {
    excerpt::marks(&Query::parse(query), text)
}

/// What can be searched.
#[derive(Debug)]
pub struct Index {
    library: Arc<Library>,
    units: Units,
    words: Words,
}

/// A unit that was found, and how good it is: larger is better.
struct Scored {
    unit: usize,
    score: u64,
    by: By,
}

/// How a unit was found.
enum By {
    Words,
    /// By the name, these bytes of it folded.
    Name(Vec<Range<usize>>),
}

impl Index {
    /// Topics and demos by name. O(topics): some 0.1 ms.
    #[must_use]
    pub fn of_names(library: &Arc<Library>) -> Index {
        Index::of(library, Units::names(library))
    }

    /// Everything. Parses all pages, the glossary and the cards.
    #[must_use]
    pub fn of_everything(library: &Arc<Library>) -> Index {
        Index::of(library, Units::everything(library))
    }

    fn of(library: &Arc<Library>, units: Units) -> Index {
        let words = Words::of(units.all.iter().map(|unit| units.folded(unit)));
        Index { library: Arc::clone(library), units, words }
    }

    /// The library that it was made of.
    #[must_use]
    pub fn library(&self) -> &Arc<Library> {
        &self.library
    }

    /// Finds units. `most` gets the groups, that with the best hit first, each with how many hits it has, and says
    /// how many of each are wanted.
    #[must_use]
    pub fn search(&self, query: &str, most: impl FnOnce(&[(Kind, usize)]) -> Vec<usize>) -> Found {
        let query = Query::parse(query);
        if query.terms.is_empty() {
            return Found::default();
        }
        let mut scored = self.by_words(&query);
        self.by_initials(&query, &mut scored);
        if !scored.iter().any(|found| self.units.all[found.unit].kind.is_name()) {
            self.by_spelling(&query, &mut scored);
        }
        let mut groups: Vec<(Kind, Vec<&Scored>)> = Kind::ALL.map(|kind| (kind, Vec::new())).into();
        for found in &scored {
            groups[self.units.all[found.unit].kind as usize].1.push(found);
        }
        groups.retain(|(_, of_kind)| !of_kind.is_empty());
        groups.sort_by_cached_key(|(_, of_kind)| Reverse(of_kind.iter().map(|found| found.score).max()));
        let totals: Vec<(Kind, usize)> =
            groups.iter().map(|(kind, of_kind)| (*kind, of_kind.len())).collect();
        let wanted = most(&totals);
        let groups: Vec<Group> = groups
            .into_iter()
            .enumerate()
            .map(|(at, (kind, mut of_kind))| {
                let (total, wanted) = (of_kind.len(), wanted.get(at).copied().unwrap_or(0));
                let key = |found: &&Scored| (Reverse(found.score), found.unit);
                if wanted < total {
                    of_kind.select_nth_unstable_by_key(wanted, key);
                    of_kind.truncate(wanted);
                }
                of_kind.sort_unstable_by_key(key);
                let hits = of_kind.iter().map(|found| self.hit(&query, found)).collect();
                Group { kind, hits, total }
            })
            .collect();
        let near = if groups.is_empty() { self.near(&query) } else { Vec::new() };
        Found { groups, near }
    }

    /// The units that hold all words.
    fn by_words(&self, query: &Query) -> Vec<Scored> {
        let all: Vec<Vec<u8>> = query.terms.iter().map(|term| self.fits(term)).collect();
        let mut scored: Vec<Scored> = Vec::new();
        for (index, unit) in self.units.all.iter().enumerate() {
            let fits = all.iter().map(|fits| fits[index]);
            let (mut least, mut sum) = (u8::MAX, 0);
            for fit in fits {
                (least, sum) = (least.min(fit), sum + u64::from(fit));
            }
            if least == 0 {
                continue;
            }
            let (name, body) = unit.kind.fields();
            let mut field = body - u8::from(unit.code);
            if unit.head > 0 {
                let head = &self.units.folded(unit)[..unit.head];
                let best: Option<Vec<Fit>> = query.terms.iter().map(|term| term.best(head)).collect();
                if let Some(best) = best {
                    field = name;
                    least = best.iter().map(|fit| *fit as u8).min().unwrap_or(least);
                    sum = best.iter().map(|fit| *fit as u64).sum();
                }
            }
            let way = if least > Fit::Inside as u8 { Way::Words } else { Way::Inside };
            scored.push(Scored { unit: index, score: score(way, field, sum, unit.weight), by: By::Words });
        }
        if query.terms.len() > 1 {
            self.add_nearness(query, &mut scored);
        }
        scored
    }

    /// For each unit how well a term fits in it, 0 where it is not there.
    fn fits(&self, term: &Term) -> Vec<u8> {
        if let Some(word) = term.word() {
            return self.words.fits(word, |fit| term.takes(fit));
        }
        let mut fits = self.words.candidates(term);
        for (fit, unit) in fits.iter_mut().zip(&self.units.all).filter(|(fit, _)| **fit > 0) {
            *fit = term.best(self.units.folded(unit)).map_or(0, |fit| fit as u8);
        }
        fits
    }

    fn add_nearness(&self, query: &Query, scored: &mut [Scored]) {
        if scored.len() > COMPARED {
            scored.select_nth_unstable_by_key(COMPARED - 1, |found| (Reverse(found.score), found.unit));
        }
        for found in scored.iter_mut().take(COMPARED) {
            let folded = self.units.folded(&self.units.all[found.unit]);
            if let Some((apart, _)) = query.spread(folded) {
                found.score |= (255 - apart.min(255) as u64) << NEAR;
            }
        }
    }

    /// Adds the names that the letters of a single word begin.
    fn by_initials(&self, query: &Query, scored: &mut Vec<Scored>) {
        let [term] = query.terms.as_slice() else { return };
        let Some(letters) = term.word().filter(|word| !term.phrase && (2..=12).contains(&word.len())) else {
            return;
        };
        // Hits of a single word are in the order of the units.
        let known = scored.len();
        for (index, unit) in self.units.all.iter().enumerate() {
            if !matches!(unit.kind, Kind::Topic | Kind::Term | Kind::Demo | Kind::Decision) {
                continue;
            }
            if scored[..known].binary_search_by_key(&index, |found| found.unit).is_ok() {
                continue;
            }
            let found =
                self.called(unit).find_map(|(name, own)| Some((names::initials(letters, name)?, own)));
            if let Some((places, own)) = found {
                // Initials are as good as words, and behind every word that fits.
                let score = score(Way::Words, unit.kind.fields().0, 0, unit.weight);
                scored.push(Scored {
                    unit: index,
                    score,
                    by: By::Name(if own { places } else { Vec::new() }),
                });
            }
        }
    }

    /// Adds the names that are spelt nearly like the words.
    fn by_spelling(&self, query: &Query, scored: &mut Vec<Scored>) {
        for (index, unit) in self.units.all.iter().enumerate() {
            if !unit.kind.is_name() {
                continue;
            }
            let near = self.called(unit).find_map(|(name, own)| Some((names::misspelt(query, name)?, own)));
            if let Some(((off, places), own)) = near {
                // The fewer letters are off, the better: off is at most 2 for each of 16 words.
                let fit = 40 - off.min(40) as u64;
                let score = score(Way::Spelling, unit.kind.fields().0, fit, unit.weight);
                scored.push(Scored {
                    unit: index,
                    score,
                    by: By::Name(if own { places } else { Vec::new() }),
                });
            }
        }
    }

    /// What a unit is called, folded, and whether it is the name that is shown.
    fn called(&self, unit: &Unit) -> impl Iterator<Item = (&str, bool)> {
        let head = &self.units.folded(unit)[..unit.head];
        head.split('\n').enumerate().map(|(index, name)| (name, index == 0))
    }

    fn hit(&self, query: &Query, found: &Scored) -> Hit {
        let unit = &self.units.all[found.unit];
        let mut parts = self.units.parts(unit);
        let named = unit.head > 0;
        let name = if named { parts.next().unwrap_or_default() } else { "" };
        if matches!(unit.kind, Kind::Topic | Kind::Demo | Kind::Decision) {
            // What else it is called.
            parts.next();
        }
        let name = match &found.by {
            By::Words => Excerpt::of(name, query),
            By::Name(places) => Excerpt::marked(name, places),
        };
        // Of the parts of a body the one that holds most of the words.
        let held = |folded: &str| query.terms.iter().filter(|term| term.best(folded).is_some()).count();
        let all_in_name =
            || held(self.called(unit).map(|(name, _)| name).next().unwrap_or_default()) == query.terms.len();
        let folded =
            self.units.folded(unit).split('\n').skip(self.units.parts(unit).count() - parts.clone().count());
        let held_by_parts: Vec<(usize, &str)> =
            parts.zip(folded).map(|(part, folded)| (held(folded), part)).collect();
        let best = held_by_parts.into_iter().rev().max_by_key(|(held, _)| *held);
        let body = match best {
            _ if unit.kind == Kind::Card && all_in_name() => Excerpt::default(),
            Some((0, _)) if unit.kind == Kind::Card => Excerpt::default(),
            Some((_, part)) => Excerpt::of(part, query),
            None => Excerpt::default(),
        };
        Hit {
            place: unit.place.clone(),
            topic: unit.topic.clone(),
            heading: unit.heading.clone(),
            name,
            body,
        }
    }

    /// The query with its unknown words replaced: by the nearest of each, then with further ones for the first.
    fn near(&self, query: &Query) -> Vec<String> {
        let unknown = |term: &Term| {
            term.word().is_some_and(|word| self.words.fits(word, |_| true).iter().all(|fit| *fit == 0))
        };
        let near: Vec<Vec<&str>> = query
            .terms
            .iter()
            .map(
                |term| {
                    if unknown(term) { self.words.nearest(&term.text, 3) } else { vec![term.text.as_str()] }
                },
            )
            .collect();
        let all_known =
            query.terms.iter().zip(&near).all(|(term, near)| near.first() == Some(&term.text.as_str()));
        let Some(varied) = query.terms.iter().position(unknown) else { return Vec::new() };
        if all_known || near.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        let with = |word: &str| {
            let words =
                near.iter().enumerate().map(|(index, near)| if index == varied { word } else { near[0] });
            words.collect::<Vec<_>>().join(" ")
        };
        near[varied].iter().map(|word| with(word)).collect()
    }
}

/// How a unit was found, worst first.
#[derive(Clone, Copy)]
enum Way {
    Spelling = 0,
    Inside,
    Words,
}

/// The bit at which nearness starts in a score.
const NEAR: u32 = 8;

/// A number that is larger for a better hit: each part decides before those behind it.
fn score(way: Way, field: u8, fit: u64, weight: Weight) -> u64 {
    let weight: u64 = match weight {
        Weight::Core => 2,
        Weight::Standard => 1,
        Weight::Deep => 0,
    };
    (way as u64) << 48 | u64::from(field) << 32 | fit << 16 | weight
}
