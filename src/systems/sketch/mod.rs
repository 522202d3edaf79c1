//! Sketches: answers about a stream of items in a few bits an item, with an error that is known beforehand.
//!
//! | question | sketch | error |
//! |---|---|---|
//! | is it in the set? | [`Bloom`], [`BlockedBloom`], [`CountingBloom`] | "yes" is wrong at times, "no" never |
//! | how often did it come? | [`CountMin`] | never too low, at most e N / w too high for most items |
//! | how many different ones came? | [`HyperLogLog`] | 1.04 / sqrt(m), both ways |
//!
//! All take a hash of the item and not the item: 64 bits that are evenly distributed and independent of
//! each other, as [`Place::point`](super::hash_ring::Place::point) or any good hasher gives them. What a sketch needs
//! beyond that it derives. Sketches of the same shape can be merged, and the merged one is the sketch
//! of both streams: so each server keeps its own, and a question to all costs no more than one to one.

mod blocked;
mod bloom;
mod count_min;
mod counting;
mod hyperloglog;
mod probes;

pub use blocked::BlockedBloom;
pub use bloom::{Bloom, bits_for, expected_false_positives, hashes_for};
pub use count_min::{CountMin, Update};
pub use counting::CountingBloom;
pub use hyperloglog::HyperLogLog;
pub use probes::Probing;

/// Two sketches of different shapes cannot be merged: their places mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sketches differ in shape: merge those of the same size and the same hashes")]
pub struct Mismatch;

/// A number in `0..n`, in proportion to the hash: its upper half times `n` (Lemire, 2019). No division.
#[inline]
fn scaled(hash: u64, n: u64) -> u64 {
    ((u128::from(hash) * u128::from(n)) >> 64) as u64
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): each input bit turns about half of the output bits.
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The golden ratio times 2^64, odd: multiplying by it carries the lower bits into the upper ones.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The `n`th of a stream of independent hashes, for tests.
#[cfg(test)]
fn nth(n: u64) -> u64 {
    mix(n.wrapping_mul(GOLDEN))
}
