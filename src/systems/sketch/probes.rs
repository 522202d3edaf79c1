//! The k places of an item in a filter, from one hash.
//!
//! A Bloom filter is defined with k independent hash functions. Kirsch and Mitzenmacher (*Less Hashing, Same
//! Performance*, ESA 2006) show that two are enough: the places x + i y give the same false positive
//! rate for large m. Dillinger and Manolios (*Bloom Filters in Probabilistic Verification*, FMCAD 2004) add
//! a term that grows with i, so that the step is not the same each time: in small filters, and where the
//! step happens to be bad, the places still differ. It costs one addition, so it is the default.
//!
//! The steps are taken on a circle of 2^64 points, where additions wrap by themselves, and each point is scaled to a
//! place only then. Steps modulo m would need a comparison each, which a processor guesses wrong half of the time: that took three
//! times as long.

use super::{GOLDEN, scaled};

/// How the places follow from a hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probing {
    /// Enhanced double hashing: x + i y + (i^3 - i)/6 z, with a constant z: the golden section of the circle.
    #[default]
    Enhanced,
    /// Double hashing: x + i y.
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
    /// What is added to `y` next, and what is added to that.
    grows: u64,
    z: u64,
    left: u32,
    bits: u64,
}

impl Places {
    #[inline]
    pub(super) fn new(probing: Probing, hash: u64, bits: u64, hashes: u32) -> Places {
        let y = match probing {
            Probing::Stuck => 0,
            // The product's upper bits depend on all bits of the hash, those that x hardly shows too.
            Probing::Enhanced | Probing::Double => hash.wrapping_mul(GOLDEN),
        };
        let z = if probing == Probing::Enhanced { GOLDEN } else { 0 };
        Places { x: hash, y, grows: z, z, left: hashes, bits }
    }
}

impl Iterator for Places {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let place = scaled(self.x, self.bits);
        self.x = self.x.wrapping_add(self.y);
        self.y = self.y.wrapping_add(self.grows);
        self.grows = self.grows.wrapping_add(self.z);
        Some(place)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
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
        const CIRCLE: u128 = 1 << 64;
        for bits in [1, 2, 3, 7, 64, 1_000, 9_585_059] {
            for hash in (0..50).map(nth) {
                let (x, y) = (u128::from(hash), u128::from(hash.wrapping_mul(GOLDEN)));
                let expected = |z: u128| -> Vec<u64> {
                    (0..20_u128)
                        .map(|i| {
                            let cubic = (i * i * i).saturating_sub(i) / 6;
                            ((x + i * y + cubic * z) % CIRCLE * u128::from(bits) / CIRCLE) as u64
                        })
                        .collect()
                };
                assert_eq!(places(Probing::Enhanced, hash, bits, 20), expected(u128::from(GOLDEN)), "{bits}");
                assert_eq!(places(Probing::Double, hash, bits, 20), expected(0), "{bits}");
            }
        }
        assert_eq!(places(Probing::Stuck, nth(3), 1_000, 3), [scaled(nth(3), 1_000); 3]);
    }
}
