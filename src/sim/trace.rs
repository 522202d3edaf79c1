//! A run condensed to one number, so that two runs can be compared.
//!
//! Every event of every demo goes through it, so it takes eight bytes at a time. A step is a folded multiplication:
//! the 128 bits of a product, their halves laid over each other, in which each bit of the word reaches the whole
//! result. (The same step carries wyhash and its kin; that those are good hashes in general is not needed here:
//! nobody makes runs collide on purpose.) Bytes are read in little-endian order, so all platforms agree.

use super::Nanos;

/// Odd, and about half of its bits set: 2^64 over the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
/// Where a run starts, and where a text does: the fraction of pi, bits 1 to 64 and 65 to 128.
const RUN: u64 = 0x243f_6a88_85a3_08d3;
const TEXT: u64 = 0x1319_8a2e_0370_7344;

/// A running 64-bit hash over the events of a run. Equal runs have equal hashes; that two unequal runs of n events
/// have the same one by chance has a probability of about n / 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace(u64);

impl Default for Trace {
    fn default() -> Self {
        Trace(RUN)
    }
}

impl Trace {
    /// Adds an event: when it happened, what it is called, and what or whom it concerns. Three steps, and one for
    /// each eight bytes of the name, which do not wait for those before them.
    pub fn record(&mut self, at: Nanos, what: &str, id: u64) {
        self.0 = step(step(step(self.0, at.0), text(what)), id);
    }

    /// The hash so far.
    #[must_use]
    pub fn hash(self) -> u64 {
        self.0
    }
}

fn step(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word) * u128::from(FACTOR);
    (product >> 64) as u64 ^ product as u64
}

/// The hash of a text by itself. Its length comes first, so that the last eight bytes may overlap those before.
fn text(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let start = step(TEXT, bytes.len() as u64);
    let Some(last) = bytes.last_chunk::<8>() else {
        let word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        return step(start, word);
    };
    let (words, _) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(start, |hash, word| step(hash, u64::from_le_bytes(*word)));
    if bytes.len().is_multiple_of(8) { hash } else { step(hash, u64::from_le_bytes(*last)) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn hash(events: &[(u64, &str, u64)]) -> u64 {
        let mut trace = Trace::default();
        for &(at, what, id) in events {
            trace.record(Nanos(at), what, id);
        }
        trace.hash()
    }

    /// From the definition, computed with Python's integers: the same on every platform, for ever.
    #[test]
    fn the_hashes_are_pinned() {
        let check = |events: &[(u64, &str, u64)], expected: u64| {
            assert_eq!(hash(events), expected, "{:#018x} for {events:?}", hash(events));
        };
        check(&[], 0x243f_6a88_85a3_08d3);
        check(&[(0, "", 0)], 0xf578_e4db_9fff_94fc);
        check(&[(1, "", 0)], 0x3a5b_5e19_b572_0b07);
        check(&[(0, "a", 0)], 0xf260_949d_8163_1f67);
        check(&[(5, "request", 7)], 0x9a62_0fb8_6637_8e86);
        check(&[(5, "requests", 7)], 0xd061_3456_1bc1_9a65);
        check(&[(5, "request is served", u64::MAX)], 0x6f9b_92e4_0773_aa8f);
        check(&[(1_000_000, "opens", 1), (2_500_000, "half-öffnet", 2)], 0x535c_f98c_51e6_ac54);
    }

    #[test]
    fn texts_of_all_lengths_differ() {
        // Also those that only zero bytes tell apart, and those whose last words overlap.
        let mut seen = BTreeMap::new();
        for sign in ["\0", "a", "ab", "\u{7f}"] {
            for length in 1..100 {
                let name = sign.repeat(length);
                let other = seen.insert(text(&name), name.clone());
                assert!(other.is_none_or(|other| other == name), "{name:?}");
            }
        }
        assert!(!seen.contains_key(&text("")));
    }

    #[test]
    fn a_flipped_bit_flips_half_of_the_others() {
        // Over the 128 bits of time and id and 1,000 random events: each bit of the hash should change with
        // probability 1/2. The last step alone carries the id, and its lowest bits hardly touch the upper half,
        // so the mean is looked at: 20 to 44 of 64 for every bit of the input.
        let mut rng = crate::sim::Rng::stream(crate::sim::Seed(1), "flips");
        for bit in 0..128 {
            let mut flipped = 0;
            for _ in 0..1_000 {
                let (at, id) = (rng.next_u64(), rng.next_u64());
                let change = 1_u128 << bit;
                let (other_at, other_id) = (at ^ change as u64, id ^ (change >> 64) as u64);
                flipped += (hash(&[(at, "e", id)]) ^ hash(&[(other_at, "e", other_id)])).count_ones();
            }
            assert!((20_000..44_000).contains(&flipped), "bit {bit}: {flipped} of 64,000");
        }
    }

    proptest! {
        #[test]
        fn every_bit_of_every_event_counts(
            events in prop::collection::vec((any::<u64>(), "[a-z ]{0,20}", any::<u64>()), 1..8),
            which in any::<prop::sample::Index>(),
            bit in 0_u32..64,
        ) {
            let plain: Vec<_> = events.iter().map(|(at, what, id)| (*at, what.as_str(), *id)).collect();
            let which = which.index(plain.len());
            let original = hash(&plain);
            let mut other = plain.clone();
            other[which].0 ^= 1 << bit;
            prop_assert_ne!(hash(&other), original, "time");
            let mut other = plain.clone();
            other[which].2 ^= 1 << bit;
            prop_assert_ne!(hash(&other), original, "id");
            let mut other = plain.clone();
            let place = bit as usize % (plain[which].1.len() + 1);
            // Letters and spaces are ASCII, and stay so with a low bit flipped.
            let mut text = plain[which].1.as_bytes().to_vec();
            match text.get_mut(place) {
                Some(byte) => *byte ^= 1 << (bit % 5),
                None => text.push(0),
            }
            let text = String::from_utf8(text).unwrap_or_default();
            other[which].1 = &text;
            prop_assert_ne!(hash(&other), original, "text");
            let mut other = plain.clone();
            other.remove(which);
            prop_assert_ne!(hash(&other), original, "missing");
            let mut other = plain.clone();
            other.rotate_left(1);
            prop_assert_eq!(hash(&other) == original, other == plain, "order");
        }
    }
}
