//! Which shard a key lives on, and how that is changed while traffic flows.
//!
//! By hash ([`by_hash`]) keys spread evenly and no map is needed, but a scan asks every shard and one shard more moves nearly every
//! key. By range ([`Ranges`]) a scan asks few and a range that is too busy is split, but keys that grow all go to the last one.
//! By a directory ([`Directory`]) any slot of keys can be put anywhere, for the price of a map that everybody needs. None of
//! them divides a single key: that is what a salt is for ([`Salt`]). [`Migration`] moves keys from one place to another without
//! losing a write.

mod directory;
mod migration;
mod ranges;
mod salt;

pub use directory::Directory;
pub use migration::{Migration, Phase, Plan, Slip};
pub use ranges::{Range, Ranges};
pub use salt::Salt;

/// A shard, by number.
pub type Shard = u32;

/// A hash of a key: the finaliser of SplitMix64 (Steele, Lea, Flood 2014), which spreads every bit over all.
#[must_use]
pub fn mixed(key: u64) -> u64 {
    let x = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The shard of a key among `shards` (at least 1) by the remainder of its hash. From k shards to k + 1 a share of k / (k + 1)
/// of all keys moves.
#[must_use]
pub fn by_hash(key: u64, shards: u32) -> Shard {
    (mixed(key) % u64::from(shards.max(1))) as Shard
}

/// How likely it is that a question to `n` shards is slow, where each of them is slow with the chance `p`: 1 - (1 - p)^n (Dean
/// and Barroso, *The Tail at Scale*, 2013).
#[must_use]
pub fn slow_chance(p: f64, n: f64) -> f64 {
    1.0 - libm::pow(1.0 - p, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_shard_more_moves_nearly_every_key_of_a_hash() {
        for shards in [2_u32, 4, 8, 16] {
            let n = 40_000_u64;
            let moved =
                (0..n).filter(|key| by_hash(*key, shards) != by_hash(*key, shards + 1)).count() as f64;
            let expected = f64::from(shards) / f64::from(shards + 1);
            let error = (expected * (1.0 - expected) / n as f64).sqrt();
            assert!((moved / n as f64 - expected).abs() < 4.0 * error, "{shards}: {moved}");
        }
    }

    #[test]
    fn a_hundred_questions_at_one_percent_are_slow_for_most() {
        assert!((slow_chance(0.01, 100.0) - 0.634).abs() < 0.0005);
        assert_eq!(slow_chance(0.01, 0.0), 0.0);
    }
}
