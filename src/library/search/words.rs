//! All words of all units, each with the units that hold it.
//!
//! A text of a quarter of a million words has some ten thousand different ones. A search goes through these, one
//! behind the other in one string, and then only through the units of those that match. A scan of the whole text would
//! be as fast, but would say neither how well a word fits nor which words are spelt like it.

use std::collections::HashMap;

use super::names::distance;
use super::query::{Fit, Term};

/// Words and where they occur.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The words in alphabetical order, a line break before and after each.
    joined: String,
    /// Where each word starts in `joined`.
    starts: Vec<u32>,
    /// Which letters each word has.
    letters: Vec<u64>,
    /// The units of all words; those of word `i` are at `from[i]..from[i + 1]`.
    units: Vec<u32>,
    from: Vec<u32>,
    count: usize,
}

impl Words {
    /// Takes the words out of folded texts.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Words {
        let mut known: HashMap<&str, Vec<u32>> = HashMap::new();
        let mut count = 0;
        for (unit, text) in texts.enumerate() {
            count = unit + 1;
            let unit = u32::try_from(unit).unwrap_or(u32::MAX);
            for word in split(text) {
                let units = known.entry(word).or_default();
                if units.last() != Some(&unit) {
                    units.push(unit);
                }
            }
        }
        let mut all: Vec<(&str, Vec<u32>)> = known.into_iter().collect();
        all.sort_unstable_by_key(|(word, _)| *word);
        let mut words = Words { joined: "\n".to_string(), count, ..Words::default() };
        for (word, units) in all {
            words.starts.push(u32::try_from(words.joined.len()).unwrap_or(u32::MAX));
            words.letters.push(letters(word.as_bytes()));
            words.joined.push_str(word);
            words.joined.push('\n');
            words.from.push(u32::try_from(words.units.len()).unwrap_or(u32::MAX));
            words.units.extend(units);
        }
        words.from.push(u32::try_from(words.units.len()).unwrap_or(u32::MAX));
        words
    }

    fn word(&self, index: usize) -> &str {
        let start = self.starts[index] as usize;
        let end = self.starts.get(index + 1).map_or(self.joined.len(), |next| *next as usize);
        &self.joined[start..end - 1]
    }

    fn units_of(&self, index: usize) -> &[u32] {
        &self.units[self.from[index] as usize..self.from[index + 1] as usize]
    }

    /// For each unit how well its best word fits, 0 where none does. `part` is a word or a part of one, and
    /// `takes` says which fits count.
    pub(super) fn fits(&self, part: &str, takes: impl Fn(Fit) -> bool) -> Vec<u8> {
        let mut fits = vec![0; self.count];
        let mut at = 0;
        while let Some(found) = self.joined[at..].find(part) {
            let place = at + found;
            let index = self.starts.partition_point(|start| *start as usize <= place) - 1;
            let (start, word) = (self.starts[index] as usize, self.word(index));
            let fit = match (place == start, word.len() == part.len()) {
                (true, true) => Fit::Whole,
                (true, false) => Fit::Prefix,
                (false, _) => Fit::Inside,
            };
            if takes(fit) {
                for unit in self.units_of(index) {
                    let known = &mut fits[*unit as usize];
                    *known = (*known).max(fit as u8);
                }
            }
            // A later place in the same word fits no better.
            at = start + word.len();
        }
        fits
    }

    /// The units that may hold a term of several words: those that hold a part of each.
    pub(super) fn candidates(&self, term: &Term) -> Vec<u8> {
        let mut candidates = vec![1; self.count];
        for part in split(&term.text) {
            let fits = self.fits(part, |_| true);
            candidates.iter_mut().zip(fits).for_each(|(known, fit)| *known = fit.min(*known));
        }
        candidates
    }

    /// The words that are spelt most like a word, best first: at most `most`, none further off than a third of
    /// its letters.
    pub(super) fn nearest(&self, word: &str, most: usize) -> Vec<&str> {
        let limit = (word.chars().count() / 3).clamp(1, 3);
        // A letter that is changed takes one away and brings another: words further apart in their letters are no
        // nearer in their spelling, and that is seen at once.
        let (wanted, apart) = (letters(word.as_bytes()), u32::try_from(2 * limit).unwrap_or(u32::MAX));
        let mut near: Vec<(usize, usize, usize)> = (0..self.starts.len())
            .filter(|index| (self.letters[*index] ^ wanted).count_ones() <= apart)
            .filter_map(|index| {
                let distance = distance(word.as_bytes(), self.word(index).as_bytes(), limit)?;
                Some((distance, usize::MAX - self.units_of(index).len(), index))
            })
            .collect();
        near.sort_unstable();
        near.iter().take(most).map(|(.., index)| self.word(*index)).collect()
    }
}

/// The bytes that a word has, as a set: all that agree in their last six bits are one.
fn letters(word: &[u8]) -> u64 {
    word.iter().fold(0, |letters, byte| letters | 1 << (byte & 63))
}

/// The words of a folded text: what stands between signs and blanks.
pub(super) fn split(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_are_those_of_the_best_word() {
        let words = Words::of(["the ring", "rings and strings", "a string", "half-open", ""].into_iter());
        assert_eq!(words.fits("ring", |_| true), [3, 2, 1, 0, 0]);
        assert_eq!(words.fits("ring", |fit| fit == Fit::Whole), [3, 0, 0, 0, 0]);
        assert_eq!(words.fits("a", |_| true), [0, 2, 3, 1, 0]);
        assert_eq!(words.fits("halfopen", |_| true), [0; 5]);
        assert_eq!(words.nearest("strnig", 3), ["string", "strings"]);
        assert_eq!(words.nearest("zebra", 3), Vec::<&str>::new());
        assert_eq!(Words::of(std::iter::empty()).fits("x", |_| true), Vec::<u8>::new());
    }
}
