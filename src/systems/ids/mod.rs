//! Numbers for new records, made by many nodes at once, no two alike: by time, node and counter ([`Snowflake`]), by chance
//! ([`uuid4`]), by time and chance ([`Uuid7`]), and from one counter that hands out blocks ([`Tickets`]).
//!
//! What they do to a store comes from their order. Numbers that grow with time all go to the end: in a B-tree the last page
//! is in memory and full pages stay full, but in a store that is divided by ranges the last shard gets all of it. Numbers by
//! chance spread over all shards, and over all pages of an index too.

mod snowflake;
mod ticket;
mod uuid;

pub use snowflake::{Refused, Snowflake, Trust};
pub use ticket::{Block, Tickets};
pub use uuid::{Uuid7, uuid4};

/// The chance that some two of `n` numbers drawn from `bits` random bits are alike: 1 - exp(-n(n-1) / 2^(bits+1)), the usual
/// approximation of the birthday problem. `bits` is at most 1,000.
#[must_use]
pub fn collision_chance(n: f64, bits: u32) -> f64 {
    -libm::expm1(-n * (n - 1.0).max(0.0) / libm::exp2(f64::from(bits.min(1_000)) + 1.0))
}

/// How many numbers of `bits` random bits there can be until the chance that two are alike is `chance` (0 to 1, exclusive):
/// sqrt(2^(bits+1) ln(1 / (1 - chance))).
#[must_use]
pub fn numbers_until(chance: f64, bits: u32) -> f64 {
    libm::sqrt(-libm::log1p(-chance) * libm::exp2(f64::from(bits.min(1_000)) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_birthday_problem_is_that_of_the_books() {
        // 2^122 numbers of a version 4 UUID: even odds at 2.71e18, as is widely published. 64 bits: 5.1e9.
        assert!((numbers_until(0.5, 122) / 2.71e18 - 1.0).abs() < 0.01);
        assert!((numbers_until(0.5, 64) / 5.06e9 - 1.0).abs() < 0.01);
        assert!((collision_chance(numbers_until(0.3, 80), 80) - 0.3).abs() < 1e-9);
        assert_eq!(collision_chance(1.0, 10), 0.0);
        // Exactly, for few numbers: 1 - 1023/1024 * 1022/1024 * ...
        let exact = 1.0 - (0..20).map(|k| 1.0 - f64::from(k) / 1024.0).product::<f64>();
        assert!((collision_chance(20.0, 10) - exact).abs() < 0.002, "{exact}");
    }
}
