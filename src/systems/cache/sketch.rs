//! How often keys were asked for, about: a count-min sketch of 4-bit counters that ages.
//!
//! Each key has one counter in each of four rows; its count is the smallest of them, so collisions only make it
//! too large (Cormode and Muthukrishnan, 2005). Four bits are enough, since only the popular are to be told from the rest. When ten
//! times the capacity was counted, all counters are halved: old fame fades (Einziger, Friedman and Manes, 2017).

/// The counters of a cache's keys: 8 bytes for each entry of the cache.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// Sixteen counters each, four of a row.
    words: Vec<u64>,
    counted: u64,
    period: u64,
}

/// The largest count.
const MOST: u64 = 15;
/// The lowest three bits of each counter: what a shift leaves in its own counter.
const HALVES: u64 = 0x7777_7777_7777_7777;
/// Odd numbers that make four hashes of one.
const ROWS: [u64; 4] =
    [0xc3a5_c85c_97cb_3127, 0xb492_b66f_be98_f273, 0x9ae1_6a3b_2f90_404f, 0xcbf2_9ce4_8422_2325];

impl Sketch {
    /// For a cache of `capacity` entries.
    #[must_use]
    pub fn new(capacity: usize) -> Sketch {
        let words = capacity.clamp(8, 1 << 31).next_power_of_two();
        Sketch { words: vec![0; words], counted: 0, period: 10 * capacity.max(1) as u64 }
    }

    /// About how often the key of that hash was counted since it began to fade, 0 to 15.
    #[must_use]
    pub fn count(&self, hash: u64) -> u32 {
        let row = |row| {
            let (word, shift) = self.place(hash, row);
            self.words[word] >> shift & MOST
        };
        (0..ROWS.len()).map(row).min().unwrap_or(0) as u32
    }

    /// Counts the key of that hash once more.
    pub fn add(&mut self, hash: u64) {
        let mut added = false;
        for row in 0..ROWS.len() {
            let (word, shift) = self.place(hash, row);
            if self.words[word] >> shift & MOST < MOST {
                self.words[word] += 1 << shift;
                added = true;
            }
        }
        self.counted += u64::from(added);
        if self.counted >= self.period {
            self.counted /= 2;
            for word in &mut self.words {
                *word = *word >> 1 & HALVES;
            }
        }
    }

    /// The word of a key's counter in a row, and where in the word it stands.
    fn place(&self, hash: u64, row: usize) -> (usize, u32) {
        let mixed = (hash ^ hash >> 32).wrapping_mul(ROWS[row]);
        let word = (mixed >> 32) as usize & (self.words.len() - 1);
        // Two more bits say which of the row's four counters in the word.
        (word, 4 * (4 * row as u32 + (mixed >> 28) as u32 % 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn it_never_counts_too_little_and_seldom_too_much() {
        let mut rng = Rng::stream(Seed(4), "test");
        let keys: Vec<u64> = (0..400).map(|_| rng.next_u64()).collect();
        let mut sketch = Sketch::new(1_000);
        for (times, key) in keys.iter().enumerate() {
            for _ in 0..times % 15 {
                sketch.add(*key);
            }
        }
        let too_much = (0..).zip(&keys).filter(|(times, key)| {
            assert!(sketch.count(**key) >= times % 15);
            sketch.count(**key) > times % 15
        });
        // A counter of a row is shared with another key with probability 1 - e^(-400/4096) = 0.093 at most; all four: 7.5e-5.
        assert!(too_much.count() <= 2);
        // 400 keys, 7 on average: 2,800 of 10,000 before the first halving.
        let seven = keys[7];
        for _ in 0..15_000 {
            sketch.add(rng.next_u64());
        }
        assert!(sketch.count(seven) < 15);
    }

    #[test]
    fn fame_fades() {
        let mut sketch = Sketch::new(8);
        for _ in 0..40 {
            sketch.add(1);
        }
        assert_eq!(sketch.count(1), 15);
        // A full counter does not count, so 65 others bring the halving, and do not touch this one's smallest.
        for other in 2..67 {
            sketch.add(other << 40 | other);
        }
        assert!((7..15).contains(&sketch.count(1)), "{}", sketch.count(1));
    }
}
