//! A feature flag: code that is on for a share of the users.
//!
//! The side of a user is a hash of his number and of the flag's name, so that it is the same at every server and at every
//! request without anything being stored, and other flags have other users. Raising the share only adds users.

/// A flag.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    salt: u64,
    /// The part of the hashes that is on: below this.
    below: u64,
}

impl Flag {
    /// A flag that is off. The salt stands for its name: flags of different salts have independent users.
    #[must_use]
    pub fn new(salt: u64) -> Flag {
        Flag { salt, below: 0 }
    }

    /// From now on it is on for that share of the users, 0 to 1. At 0 it is the kill switch.
    pub fn set_share(&mut self, share: f64) {
        // The hash has 32 bits here: at 1 every one of them is below.
        self.below = (share.clamp(0.0, 1.0) * (1_u64 << 32) as f64) as u64;
    }

    /// Whether it is on for a user. O(1).
    #[must_use]
    pub fn is_on(&self, user: u64) -> bool {
        mix(user ^ mix(self.salt)) >> 32 < self.below
    }
}

/// Scatters 64 bits: each bit of the outcome hangs on all of them (the finalizer of SplitMix64: Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_gives_its_published_numbers() {
        // The first outputs of SplitMix64 from the seed 0, as in the reference implementation's test vectors.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn the_share_is_met_and_more_only_adds_users() {
        let (users, mut before) = (100_000_u64, Vec::new());
        for share in [0.0, 0.01, 0.05, 0.5, 0.9, 1.0] {
            let mut flag = Flag::new(7);
            flag.set_share(share);
            let on: Vec<u64> = (0..users).filter(|user| flag.is_on(*user)).collect();
            let error = (share * (1.0 - share) / users as f64).sqrt();
            assert!((on.len() as f64 / users as f64 - share).abs() <= 4.0 * error, "{share}: {}", on.len());
            assert!(before.iter().all(|user| flag.is_on(*user)), "a user was taken off at {share}");
            before = on;
        }
        assert_eq!(before.len() as u64, users);
    }

    #[test]
    fn two_flags_have_independent_users() {
        let [mut one, mut two] = [Flag::new(1), Flag::new(2)];
        one.set_share(0.1);
        two.set_share(0.1);
        let both = (0..100_000).filter(|user| one.is_on(*user) && two.is_on(*user)).count();
        // A tenth of a tenth; four standard deviations.
        assert!((both as f64 - 1_000.0).abs() < 4.0 * (1_000.0_f64 * 0.99).sqrt(), "{both}");
    }
}
