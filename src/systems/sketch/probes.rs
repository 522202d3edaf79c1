//! The k places of an item in a filter, from one hash.
//!
//! A Bloom filter is defined with k independent hash functions. Kirsch and Mitzenmacher (*Less Hashing, Same
//! Performance*, ESA 2006) show that two are enough: the places x + i y modulo m give the same false positive
//! rate for large m. Dillinger and Manolios (*Bloom Filters in Probabilistic Verification*, FMCAD 2004) add
//! a term that grows with i, so that the step is not the same each time: in small filters, and where the
//! step happens to be bad, the places still differ. It costs one addition, so it is the default.

use super::{GOLDEN, scaled};

/// How the places follow from a hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probing {
    /// Enhanced double hashing: x + i y + (i^3 - i)/6 modulo m.
    #[default]
    Enhanced,
    /// Double hashing: x + i y modulo m.
    Double,
    /// **A flaw, for showing.** Double hashing whose second hash is the upper half of a hash that has only 32 bits:
    /// it is 0, and all k places are one. The filter works and answers, with the errors of a filter of one hash.
    Stuck,
}

/// The places of an item: an iterator over `hashes` numbers below `bits`. No division, no allocation.
#[derive(Clone, Debug)]
pub(super) struct Places {
    x: u64,
    y: u64,
    grows: u64,
    done: u32,
    hashes: u32,
    bits: u64,
}

impl Places {
    pub(super) fn new(probing: Probing, hash: u64, bits: u64, hashes: u32) -> Places {
        let y = match probing {
            Probing::Stuck => 0,
            // The product's upper bits depend on all bits of the hash, those that x does not look at too.
            Probing::Enhanced | Probing::Double => scaled(hash.wrapping_mul(GOLDEN), bits),
        };
        let grows = u64::from(probing == Probing::Enhanced);
        Places { x: scaled(hash, bits), y, grows, done: 0, hashes, bits }
    }
}

impl Iterator for Places {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.done == self.hashes {
            return None;
        }
        let place = self.x;
        self.done += 1;
        self.x = wrapped(self.x + self.y, self.bits);
        // Fewer bits than hashes are no filter, but must not run out of range.
        self.y = wrapped(self.y + self.grows * u64::from(self.done), self.bits);
        Some(place)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.hashes - self.done) as usize;
        (left, Some(left))
    }
}

/// A number below 2 n, brought below n; for one that is larger still, the remainder.
fn wrapped(value: u64, n: u64) -> u64 {
    if value < n {
        value
    } else if value < 2 * n {
        value - n
    } else {
        value % n
    }
}

#[cfg(test)]
mod tests {
    use super::super::nth;
    use super::*;

    fn places(probing: Probing, hash: u64, bits: u64, hashes: u32) -> Vec<u64> {
        Places::new(probing, hash, bits, hashes).collect()
    }

    #[test]
    fn places_follow_the_closed_forms() {
        for bits in [1, 2, 3, 7, 64, 1_000, 9_585_059] {
            for hash in (0..50).map(nth) {
                let (x, y) =
                    (u128::from(scaled(hash, bits)), u128::from(scaled(hash.wrapping_mul(GOLDEN), bits)));
                let expected = |cubic: bool| -> Vec<u64> {
                    (0..20_u128)
                        .map(|i| {
                            let extra = if cubic && i > 0 { (i * i * i - i) / 6 } else { 0 };
                            ((x + i * y + extra) % u128::from(bits)) as u64
                        })
                        .collect()
                };
                assert_eq!(places(Probing::Enhanced, hash, bits, 20), expected(true), "{bits}");
                assert_eq!(places(Probing::Double, hash, bits, 20), expected(false), "{bits}");
            }
        }
        assert_eq!(places(Probing::Stuck, nth(3), 1_000, 3), [scaled(nth(3), 1_000); 3]);
    }
}
