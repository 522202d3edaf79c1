//! Random streams: one for each component of a simulation, so that a new knob never disturbs the others.
//!
//! The generator is xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64 as its authors
//! advise. What is drawn through it, spans and ranks, stands in `samplers.rs` and `zipf.rs`.

use super::Seed;

/// A stream of random numbers. Same seed and label, same numbers, on every platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of the component `label` (`"arrivals"`, `"service"`) under `seed`. Streams of different
    /// labels are independent: two algorithms beside each other can see the same arrivals.
    #[must_use]
    pub fn stream(seed: Seed, label: &str) -> Rng {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in label.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let mut mixer = seed.0 ^ hash.rotate_left(32);
        Rng { state: std::array::from_fn(|_| split_mix(&mut mixer)) }
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in `0..n`; 0 where `n` is 0. The bias is below n / 2^64 (multiply-shift, without rejection).
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generators_give_their_published_numbers() {
        // SplitMix64 from 0, and xoshiro256** from the state 1, 2, 3, 4: the reference vectors that
        // the crates `rand_xoshiro` and Java's SplittableRandom are tested against.
        let mut state = 0;
        assert_eq!(split_mix(&mut state), 0xe220_a839_7b1d_cdaf);
        assert_eq!(split_mix(&mut state), 0x6e78_9e6a_a1b9_65f4);
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let expected = [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360];
        assert_eq!(expected.map(|_| rng.next_u64()), expected);
    }

    #[test]
    fn streams_do_not_disturb_each_other() {
        let draw = |label| Rng::stream(Seed(7), label).next_u64();
        assert_eq!(draw("arrivals"), draw("arrivals"));
        assert_ne!(draw("arrivals"), draw("service"));
        assert_ne!(Rng::stream(Seed(7), "a").next_u64(), Rng::stream(Seed(8), "a").next_u64());
    }

    #[test]
    fn below_is_below() {
        let mut rng = Rng::stream(Seed(1), "below");
        let below: Vec<u64> = (0..1000).map(|_| rng.below(3)).collect();
        assert!(below.iter().all(|&x| x < 3) && (0..3).all(|x| below.contains(&x)));
        assert_eq!(rng.below(0), 0);
    }
}
