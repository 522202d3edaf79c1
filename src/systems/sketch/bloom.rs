//! The Bloom filter: is it in the set? "No" is certain, "yes" is wrong at times.
//!
//! An array of m bits, all 0. An item sets the bits at k places that follow from its hash; it is said to be in the set
//! where all of its k bits are 1 (Bloom, *Space/Time Trade-offs in Hash Coding with Allowable Errors*,
//! 1970). After n items a bit is still 0 with probability e^(-kn/m), so an item that was never added finds all of its
//! bits set with probability (1 - e^(-kn/m))^k ([`expected_false_positives`]). That is least for k = m/n ln 2, when
//! half of the bits are set: 9.585 bits an item and 7 hashes for 1%, and 4.8 bits more for each further tenth,
//! however long the items are.
//!
//! Nothing can be taken out: a bit may belong to many items. See [`super::CountingBloom`].

use super::probes::Places;
use super::{Mismatch, Probing};

/// A Bloom filter. Takes m/8 bytes; a question or an insertion touches up to k of them, anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloom {
    words: Vec<u64>,
    bits: u64,
    hashes: u32,
    probing: Probing,
    /// How many bits are 1.
    ones: u64,
}

impl Bloom {
    /// An empty filter of `bits` bits that sets `hashes` of them for an item; at least one each.
    #[must_use]
    pub fn new(bits: u64, hashes: u32) -> Bloom {
        Bloom::with_probing(bits, hashes, Probing::default())
    }

    /// The same with another way from a hash to places.
    #[must_use]
    pub fn with_probing(bits: u64, hashes: u32, probing: Probing) -> Bloom {
        let bits = bits.max(1);
        Bloom { words: vec![0; bits.div_ceil(64) as usize], bits, hashes: hashes.max(1), probing, ones: 0 }
    }

    /// The smallest filter that is wrong about a share of `wrong` (above 0, below 1) of the items that are not in it,
    /// once it holds `items`.
    #[must_use]
    pub fn for_items(items: u64, wrong: f64) -> Bloom {
        let bits = bits_for(items, wrong);
        Bloom::new(bits, hashes_for(items, bits))
    }

    /// Adds the item of that hash. Returns whether a bit was 0 until now: then the item is new for certain. O(k).
    #[inline]
    pub fn insert(&mut self, hash: u64) -> bool {
        let before = self.ones;
        for place in Places::new(self.probing, hash, self.bits, self.hashes) {
            let (word, bit) = (&mut self.words[(place / 64) as usize], 1 << (place % 64));
            self.ones += u64::from(*word & bit == 0);
            *word |= bit;
        }
        self.ones > before
    }

    /// Whether the item of that hash may be in the set; `false` is certain. O(k), and 2 places on average for an
    /// item that is not in a half full filter.
    #[must_use]
    #[inline]
    pub fn contains(&self, hash: u64) -> bool {
        Places::new(self.probing, hash, self.bits, self.hashes)
            .all(|place| self.words[(place / 64) as usize] >> (place % 64) & 1 == 1)
    }

    /// The filter of those words (as [`Bloom::words`] gives them), of `bits` bits: one that was kept on a disk. Words that
    /// are missing are 0, those beyond the last bit are left out.
    #[must_use]
    pub fn from_words(mut words: Vec<u64>, bits: u64, hashes: u32) -> Bloom {
        let bits = bits.max(1);
        words.resize(bits.div_ceil(64) as usize, 0);
        let ones = words.iter().map(|word| u64::from(word.count_ones())).sum();
        Bloom { words, bits, hashes: hashes.max(1), probing: Probing::default(), ones }
    }

    /// Its bits, 64 in a word, the first one lowest.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The places of the bits of the item of that hash, in the order in which they are looked at. Some may be equal.
    pub fn places(&self, hash: u64) -> impl Iterator<Item = u64> + use<> {
        Places::new(self.probing, hash, self.bits, self.hashes)
    }

    /// Whether the bit at a place is 1; no bit beyond the last one is.
    #[must_use]
    pub fn bit(&self, place: u64) -> bool {
        self.words.get((place / 64) as usize).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Sets a bit back to 0. This is not how to delete an item: all items that share the bit are gone with it.
    pub fn clear_bit(&mut self, place: u64) {
        if self.bit(place) {
            self.words[(place / 64) as usize] &= !(1 << (place % 64));
            self.ones -= 1;
        }
    }

    /// Adds all that is in `other`: the filter is then the one of both sets. O(m / 64).
    ///
    /// # Errors
    /// Where the filters differ in bits, hashes or probing.
    pub fn merge(&mut self, other: &Bloom) -> Result<(), Mismatch> {
        let shape = |filter: &Bloom| (filter.bits, filter.hashes, filter.probing);
        if shape(self) != shape(other) {
            return Err(Mismatch);
        }
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
        self.ones = self.words.iter().map(|word| u64::from(word.count_ones())).sum();
        Ok(())
    }

    /// How many bits it has.
    #[must_use]
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// How many bits an item sets.
    #[must_use]
    pub fn hashes(&self) -> u32 {
        self.hashes
    }

    /// The share of the bits that are 1: 0 to 1, best used at one half. O(1).
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.ones as f64 / self.bits as f64
    }

    /// About how many different items were added: -m/k ln(1 - fill) (Swamidass and Baldi, 2007). Infinite for a full filter.
    #[must_use]
    pub fn items(&self) -> f64 {
        -(self.bits as f64) / f64::from(self.hashes) * libm::log1p(-self.fill())
    }

    /// Bytes of the array.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }
}

/// The share of items that were never added and are said to be in the set all the same, expected after `items`
/// different ones: (1 - e^(-kn/m))^k, 0 to 1. Exact in the limit of large filters (Bose et al., 2008, bound the rest).
#[must_use]
pub fn expected_false_positives(items: f64, bits: f64, hashes: u32) -> f64 {
    let k = f64::from(hashes);
    libm::pow(-libm::expm1(-k * items / bits), k)
}

/// The bits that a filter for `items` needs, so that it is wrong about a share of `wrong` of the others: -n ln p / (ln 2)^2.
#[must_use]
pub fn bits_for(items: u64, wrong: f64) -> u64 {
    let ln2 = std::f64::consts::LN_2;
    (-(items as f64) * libm::log(wrong) / (ln2 * ln2)).ceil() as u64
}

/// The number of hashes with the fewest errors: m/n ln 2, rounded, at least 1.
#[must_use]
pub fn hashes_for(items: u64, bits: u64) -> u32 {
    ((bits as f64 / items as f64 * std::f64::consts::LN_2).round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::nth;
    use super::*;

    /// The share of `asked` items that were never added and are found, in a filter of `items`.
    fn measured(filter: &mut Bloom, items: u64, asked: u64) -> f64 {
        (0..items).for_each(|item| {
            filter.insert(nth(item));
        });
        (items..items + asked).filter(|&item| filter.contains(nth(item))).count() as f64 / asked as f64
    }

    #[test]
    fn sizes_are_the_published_ones() {
        assert_eq!(bits_for(1_000_000, 0.01), 9_585_059);
        assert_eq!(hashes_for(1_000_000, 9_585_059), 7);
        let filter = Bloom::for_items(1_000_000, 0.01);
        assert_eq!((filter.bits(), filter.hashes(), filter.bytes()), (9_585_059, 7, 1_198_136));
        // Broder and Mitzenmacher, 2004: 8 bits an item and 6 hashes give 0.0215; 10 and 7 give 0.00819.
        assert!((expected_false_positives(1.0, 8.0, 6) - 0.0216).abs() < 1e-4);
        assert!((expected_false_positives(1.0, 10.0, 7) - 0.00819).abs() < 1e-5);
        assert_eq!(expected_false_positives(0.0, 10.0, 7), 0.0);
    }

    #[test]
    fn false_positives_are_what_theory_says() {
        // 200,000 independent questions: four standard errors of a share p. The share of one filter differs from the mean
        // of all by about 1% of itself here (Mitzenmacher and Upfal: the fill is concentrated).
        let asked = 200_000;
        for (bits, hashes) in [(4, 3), (8, 1), (10, 7), (16, 11), (10, 2), (6, 16)] {
            for probing in [Probing::Enhanced, Probing::Double] {
                let mut filter = Bloom::with_probing(20_000 * bits, hashes, probing);
                let p = expected_false_positives(20_000.0, filter.bits() as f64, hashes);
                let tolerance = 4.0 * (p * (1.0 - p) / asked as f64).sqrt() + 0.02 * p;
                let seen = measured(&mut filter, 20_000, asked);
                assert!(
                    (seen - p).abs() < tolerance,
                    "{bits} bits, {hashes} hashes, {probing:?}: {seen}, not {p}"
                );
            }
        }
    }

    #[test]
    fn a_stuck_second_hash_leaves_a_filter_of_one_hash() {
        let mut stuck = Bloom::with_probing(200_000, 7, Probing::Stuck);
        let seen = measured(&mut stuck, 20_000, 100_000);
        let one_hash = expected_false_positives(20_000.0, 200_000.0, 1);
        assert!((seen - one_hash).abs() < 4.0 * (one_hash / 100_000.0).sqrt() + 0.02 * one_hash, "{seen}");
        assert!(seen > 10.0 * expected_false_positives(20_000.0, 200_000.0, 7));
    }

    #[test]
    fn the_number_of_items_is_read_off_the_fill() {
        let mut filter = Bloom::for_items(50_000, 0.01);
        (0..50_000).for_each(|item| {
            filter.insert(nth(item));
        });
        // The fill of m = 479,000 bits has a standard deviation below 1/(2 sqrt m): 0.3% of the items at most.
        assert!((filter.items() / 50_000.0 - 1.0).abs() < 0.01, "{}", filter.items());
        assert!((filter.fill() - 0.5).abs() < 0.02, "best used at one half: {}", filter.fill());
    }

    proptest! {
        #[test]
        fn what_was_added_is_found_and_a_merge_is_the_union(
            bits in 1_u64..3_000, hashes in 1_u32..20, seed: u64,
            (mine, theirs) in (0_u64..300, 0_u64..300),
        ) {
            let (mut one, mut two, mut both) =
                (Bloom::new(bits, hashes), Bloom::new(bits, hashes), Bloom::new(bits, hashes));
            for item in 0..mine + theirs {
                let hash = nth(seed.wrapping_add(item));
                let known = both.contains(hash);
                prop_assert_eq!(both.insert(hash), !known, "a new bit is set exactly where it was not found");
                if item < mine { &mut one } else { &mut two }.insert(hash);
            }
            for item in 0..mine + theirs {
                prop_assert!(both.contains(nth(seed.wrapping_add(item))));
            }
            prop_assert_eq!(one.merge(&two), Ok(()));
            prop_assert_eq!(&one, &both);
            let ones = (0..bits).filter(|&place| both.bit(place)).count();
            prop_assert_eq!(both.fill(), ones as f64 / bits as f64);
            prop_assert!(!both.bit(bits + 64));
            prop_assert_eq!(one.merge(&Bloom::new(bits + 1, hashes)), Err(Mismatch));
        }
    }

    #[test]
    fn a_cleared_bit_takes_every_item_with_it_that_shares_it() {
        let mut filter = Bloom::new(64, 3);
        (0..40).for_each(|item| {
            filter.insert(nth(item));
        });
        for place in filter.places(nth(0)) {
            filter.clear_bit(place);
        }
        assert!(!filter.contains(nth(0)));
        assert!((1..40).any(|item| !filter.contains(nth(item))), "false negatives");
    }
}
