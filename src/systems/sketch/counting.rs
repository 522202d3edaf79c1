//! The counting Bloom filter: a Bloom filter that can forget, for four times the memory.
//!
//! Each bit becomes a small counter of the items that hold it (Fan, Cao, Almeida, Broder, *Summary Cache*, 2000). Four bits
//! are enough: with k = m/n ln 2 the probability that any of m counters reaches 16 is below 1.4e-15 m. One
//! that reaches 15 stays there for good: then something may be remembered too long, but nothing is forgotten.

use super::probes::Places;
use super::{Mismatch, Probing};

/// The largest value of a counter; it is never left again.
const FULL: u64 = 15;
/// Counters in a word.
const PER_WORD: u64 = 16;

/// A counting Bloom filter of counters of 4 bits. Takes m/2 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountingBloom {
    words: Vec<u64>,
    counters: u64,
    hashes: u32,
    probing: Probing,
    /// How many counters are above 0.
    used: u64,
}

impl CountingBloom {
    /// An empty filter of `counters` counters of which an item raises `hashes`; at least one each.
    #[must_use]
    pub fn new(counters: u64, hashes: u32) -> CountingBloom {
        CountingBloom::with_probing(counters, hashes, Probing::default())
    }

    /// The same with another way from a hash to places.
    #[must_use]
    pub fn with_probing(counters: u64, hashes: u32, probing: Probing) -> CountingBloom {
        let counters = counters.max(1);
        let words = vec![0; counters.div_ceil(PER_WORD) as usize];
        CountingBloom { words, counters, hashes: hashes.max(1), probing, used: 0 }
    }

    /// Adds the item of that hash: once for each time that it will be removed. O(k).
    pub fn insert(&mut self, hash: u64) {
        for place in self.places(hash) {
            let (word, shift) = (&mut self.words[(place / PER_WORD) as usize], place % PER_WORD * 4);
            let count = *word >> shift & FULL;
            self.used += u64::from(count == 0);
            *word += u64::from(count < FULL) << shift;
        }
    }

    /// Removes an item that was added. Returns `false`, and does nothing, where it is certainly not in the set. To
    /// remove what was never added and is said to be in the set by mistake makes others disappear. O(k).
    pub fn remove(&mut self, hash: u64) -> bool {
        if !self.contains(hash) {
            return false;
        }
        for place in self.places(hash) {
            let (word, shift) = (&mut self.words[(place / PER_WORD) as usize], place % PER_WORD * 4);
            let count = *word >> shift & FULL;
            *word -= u64::from(0 < count && count < FULL) << shift;
            self.used -= u64::from(count == 1);
        }
        true
    }

    /// Whether the item of that hash may be in the set; `false` is certain. O(k).
    #[must_use]
    pub fn contains(&self, hash: u64) -> bool {
        self.places(hash).all(|place| self.count(place) > 0)
    }

    /// The counter at a place, 0 to 15; 15 says "15 or more", for good.
    #[must_use]
    pub fn count(&self, place: u64) -> u64 {
        self.words.get((place / PER_WORD) as usize).map_or(0, |word| word >> (place % PER_WORD * 4) & FULL)
    }

    /// Adds all that is in `other`. O(m).
    ///
    /// # Errors
    /// Where the filters differ in counters, hashes or probing.
    pub fn merge(&mut self, other: &CountingBloom) -> Result<(), Mismatch> {
        let shape = |filter: &CountingBloom| (filter.counters, filter.hashes, filter.probing);
        if shape(self) != shape(other) {
            return Err(Mismatch);
        }
        for place in 0..self.counters {
            let sum = (self.count(place) + other.count(place)).min(FULL);
            let (word, shift) = (&mut self.words[(place / PER_WORD) as usize], place % PER_WORD * 4);
            *word = *word & !(FULL << shift) | sum << shift;
        }
        self.used = (0..self.counters).filter(|&place| self.count(place) > 0).count() as u64;
        Ok(())
    }

    /// The share of the counters that are above 0. O(1).
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.used as f64 / self.counters as f64
    }

    /// Bytes of the counters.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    fn places(&self, hash: u64) -> Places {
        Places::new(self.probing, hash, self.counters, self.hashes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Bloom, nth};
    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_bloom_filter_of_what_was_not_removed(
            counters in 200_u64..2_000, hashes in 1_u32..8, seed: u64, (kept, gone) in (0_u64..100, 0_u64..100),
        ) {
            // At most 200 items at 200 counters and up: where no counter is full, removing undoes adding exactly.
            let mut counting = CountingBloom::new(counters, hashes);
            let mut plain = Bloom::new(counters, hashes);
            let hash = |item: u64| nth(seed.wrapping_add(item));
            for item in 0..kept + gone {
                counting.insert(hash(item));
                if item < kept {
                    plain.insert(hash(item));
                }
            }
            prop_assume!((0..counters).all(|place| counting.count(place) < FULL));
            for item in kept..kept + gone {
                prop_assert!(counting.remove(hash(item)));
            }
            for place in 0..counters {
                prop_assert_eq!(counting.count(place) > 0, plain.bit(place));
            }
            prop_assert_eq!(counting.fill(), plain.fill());
        }

        #[test]
        fn nothing_is_forgotten_when_counters_are_full(seed: u64, items in 50_u64..300) {
            let mut counting = CountingBloom::new(20, 4);
            let hash = |item: u64| nth(seed.wrapping_add(item));
            (0..items).for_each(|item| counting.insert(hash(item)));
            for item in 0..items / 2 {
                counting.remove(hash(item));
            }
            for item in items / 2..items {
                prop_assert!(counting.contains(hash(item)));
            }
        }
    }

    #[test]
    fn a_merge_is_the_sum() {
        let (mut one, mut two, mut both) =
            (CountingBloom::new(99, 3), CountingBloom::new(99, 3), CountingBloom::new(99, 3));
        for item in 0..60 {
            both.insert(nth(item));
            if item % 3 == 0 { &mut one } else { &mut two }.insert(nth(item));
        }
        assert_eq!(one.merge(&two), Ok(()));
        assert_eq!(one, both);
        assert_eq!(one.merge(&CountingBloom::new(98, 3)), Err(Mismatch));
        assert_eq!(both.bytes(), 56, "99 counters of 4 bits in words of 8 bytes");
    }

    #[test]
    fn what_is_not_there_is_not_removed() {
        let mut counting = CountingBloom::new(1_000, 5);
        counting.insert(nth(1));
        let before = counting.clone();
        assert!(!counting.remove(nth(2)));
        assert_eq!(counting, before);
        assert!(counting.remove(nth(1)) && counting.fill() == 0.0);
    }
}
