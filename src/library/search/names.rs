//! Names by a few of their letters: `cb` and `circiut braeker` for Circuit breaker.
//!
//! Only names are searched like this. In running text nearly everything is near something.

use std::ops::Range;

use super::query::Query;

/// Words that initials leave out: `cap` may be CAP theorem, and `cpa` Consistency, partitions and availability.
const SMALL: [&str; 12] = ["a", "an", "and", "at", "by", "for", "in", "of", "or", "the", "to", "vs"];

/// The longest word that is compared by its letters.
const LONGEST: usize = 32;

/// The distances between nothing and the beginnings of a word: their lengths.
const FIRST_ROW: [u8; LONGEST + 1] = {
    let mut row = [0; LONGEST + 1];
    let mut column = 1;
    while column <= LONGEST {
        row[column] = row[column - 1] + 1;
        column += 1;
    }
    row
};

/// The places of a folded name that letters stand for: the beginnings of at least two of its words, one word after
/// the other from the first on. `cb` and `cirbr` are both Circuit breaker.
pub(super) fn initials(letters: &str, name: &str) -> Option<Vec<Range<usize>>> {
    let words: Vec<Range<usize>> = word_places(name).collect();
    let mut places = Vec::new();
    let found = walk(letters, name, &words, &mut places) && places.len() > 1;
    found.then_some(places)
}

fn walk(letters: &str, name: &str, words: &[Range<usize>], places: &mut Vec<Range<usize>>) -> bool {
    if letters.is_empty() {
        return true;
    }
    let Some((first, rest)) = words.split_first() else { return false };
    let word = &name[first.clone()];
    if SMALL.contains(&word) && walk(letters, name, rest, places) {
        return true;
    }
    let common = letters.chars().zip(word.chars()).take_while(|(a, b)| a == b);
    let ends: Vec<usize> = common
        .scan(0, |end, (c, _)| Some(std::mem::replace(end, *end + c.len_utf8()) + c.len_utf8()))
        .collect();
    for end in ends.into_iter().rev() {
        places.push(first.start..first.start + end);
        if walk(&letters[end..], name, rest, places) {
            return true;
        }
        places.pop();
    }
    false
}

/// The words of a folded name that the words of a query may be meant for, and how many letters they are off in
/// all: each word is at most one letter off, two from seven letters on, and may be only begun.
pub(super) fn misspelt(query: &Query, name: &str) -> Option<(usize, Vec<Range<usize>>)> {
    let (mut off, mut places) = (0, Vec::new());
    for term in &query.terms {
        let word = term.word().filter(|_| !term.phrase)?.as_bytes();
        let limit = match word.len() {
            0..4 => 0,
            4..7 => 1,
            _ => 2,
        };
        let near = word_places(name).filter_map(|place| {
            let known = &name.as_bytes()[place.clone()];
            // Hardly anybody mistypes the first letter, and without it everything is near everything.
            let starts =
                word.first() == known.first() || (word.get(1), word.first()) == (known.first(), known.get(1));
            let distance = if starts { distance_to_beginning(word, known, limit) } else { None };
            distance.map(|distance| (distance, known.len().abs_diff(word.len()), place))
        });
        let (distance, _, place) = near.min_by_key(|(distance, longer, _)| (*distance, *longer))?;
        off += distance;
        places.push(place);
    }
    places.sort_unstable_by_key(|place| place.start);
    places.dedup();
    Some((off, places))
}

fn word_places(name: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + name[at..].find(char::is_alphanumeric)?;
        let end = name[start..].find(|c: char| !c.is_alphanumeric()).map_or(name.len(), |end| start + end);
        at = end;
        Some(start..end)
    })
}

/// How many letters have to be changed, put in, taken out or swapped with their neighbour to make one word of the
/// other (optimal string alignment; Boytsov 2011, section 2); nothing where more than `limit`. O(n·m) bytes.
pub(super) fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    last_row(a, b).map(|row| usize::from(row[b.len()])).filter(|distance| *distance <= limit)
}

/// The same against the beginning of `b` that is nearest.
fn distance_to_beginning(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a.len() > b.len() + limit {
        return None;
    }
    let row = last_row(a, b)?;
    row[..=b.len()].iter().copied().min().map(usize::from).filter(|distance| *distance <= limit)
}

/// The distances between `a` and all beginnings of `b`; nothing where a word is longer than any word.
fn last_row(a: &[u8], b: &[u8]) -> Option<[u8; LONGEST + 1]> {
    if a.len() > LONGEST || b.len() > LONGEST {
        return None;
    }
    let mut row: [u8; LONGEST + 1] = FIRST_ROW;
    let mut before = row;
    for (i, x) in a.iter().enumerate() {
        let before_that = std::mem::replace(&mut before, row);
        row[0] = FIRST_ROW[i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = before[j] + u8::from(x != y);
            row[j + 1] = changed.min(before[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                row[j + 1] = row[j + 1].min(before_that[j - 1] + 1);
            }
        }
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn initials_are_beginnings_of_words_one_after_the_other() {
        let check = |letters: &str, name: &str, expected: Option<&[Range<usize>]>| {
            assert_eq!(initials(letters, name).as_deref(), expected, "{letters} for {name}");
        };
        check("cb", "circuit breaker", Some(&[0..1, 8..9]));
        check("cirbr", "circuit breaker", Some(&[0..3, 8..10]));
        check("consh", "consistent-hashing", Some(&[0..4, 11..12]));
        check("lt", "latency, throughput and the tail", Some(&[0..1, 9..10]));
        check("ltt", "latency, throughput and the tail", Some(&[0..1, 9..10, 28..29]));
        check("circ", "circuit breaker", None);
        check("br", "circuit breaker", None);
        check("cx", "circuit breaker", None);
        check("cc", "cc", None);
    }

    #[test]
    fn typing_errors_are_forgiven_within_reason() {
        let check = |query: &str, name: &str, expected: Option<usize>| {
            let found = misspelt(&Query::parse(query), name).map(|(off, _)| off);
            assert_eq!(found, expected, "{query} for {name}");
        };
        check("circiut braeker", "circuit breaker", Some(2));
        check("circiut brae", "circuit breaker", Some(2));
        check("consistant hashing", "consistent hashing", Some(1));
        check("consistant haching", "consistent hashing", Some(2));
        check("rat", "rate limiting", Some(0));
        check("rta", "rate limiting", None);
        check("breaker circuit", "circuit breaker", Some(0));
        check("xircuit", "circuit breaker", None);
        check("circuit limiter", "circuit breaker", None);
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_another_implementation(a in "[abc]{0,9}", b in "[abc]{0,9}") {
            let expected = strsim::osa_distance(&a, &b);
            prop_assert_eq!(distance(a.as_bytes(), b.as_bytes(), 99), Some(expected));
            prop_assert_eq!(distance(a.as_bytes(), b.as_bytes(), 2), Some(expected).filter(|d| *d <= 2));
            let beginnings = (0..=b.len()).map(|end| strsim::osa_distance(&a, &b[..end])).min();
            prop_assert_eq!(distance_to_beginning(a.as_bytes(), b.as_bytes(), 99), beginnings);
        }
    }
}
