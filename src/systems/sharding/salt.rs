//! A salt: one key is kept as several, so that its writes spread over several shards.
//!
//! A write goes to one of the parts, in turn or by chance; a read has to ask them all and put the answers together. So a salt buys
//! writes with reads, and is for keys that are written much more than they are read.

/// In how many parts a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt {
    parts: u64,
}

impl Salt {
    /// So many parts; 1 is no salt.
    #[must_use]
    pub fn new(parts: u32) -> Salt {
        Salt { parts: u64::from(parts.max(1)) }
    }

    /// The key of one part of a key: the number of the part comes first, so that the parts lie far from each other in a store
    /// by ranges too. The lowest log2(parts) bits of the key give way. `part` is taken round.
    #[must_use]
    pub fn part(self, key: u64, part: u64) -> u64 {
        if self.parts == 1 {
            return key;
        }
        let width = u64::MAX / self.parts;
        (part % self.parts) * width + (key / self.parts).min(width - 1)
    }

    /// The keys that a read has to ask for.
    pub fn parts(self, key: u64) -> impl Iterator<Item = u64> {
        (0..self.parts).map(move |part| self.part(key, part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_finds_every_part_and_parts_lie_apart() {
        for parts in [1, 2, 3, 16] {
            let salt = Salt::new(parts);
            for key in [0, 1, 77 << 40, u64::MAX] {
                let all: Vec<u64> = salt.parts(key).collect();
                assert_eq!(all.len(), parts as usize);
                assert!((0..100).all(|turn| all.contains(&salt.part(key, turn))));
                assert!(all.windows(2).all(|pair| pair[1] - pair[0] >= u64::MAX / u64::from(parts) - 1));
            }
        }
        assert_eq!(Salt::new(0).part(5, 9), 5);
    }
}
