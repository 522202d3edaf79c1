//! UUIDs (RFC 9562): version 4 is 122 random bits, version 7 is 48 bits of milliseconds and 74 of counter and chance.
//!
//! Version 7 sorts by time. Within a millisecond it need not, unless the 12 bits behind the version are a counter (section
//! 6.2, method 1): it starts at a random number with its highest bit clear, so that 2,048 fit at least, and goes up by one. Where it
//! is used up, or the clock went back, the time of the last number is kept or moved on, so that the order holds.

use crate::sim::{Nanos, Rng};

/// Puts version and variant where they belong.
fn stamped(bits: u128, version: u128) -> u128 {
    let version_at = 76;
    let variant_at = 62;
    let cleared = bits & !(0xf << version_at) & !(0b11 << variant_at);
    cleared | (version << version_at) | (0b10 << variant_at)
}

/// A random UUID (version 4). Two draws.
pub fn uuid4(rng: &mut Rng) -> u128 {
    let high = u128::from(rng.next_u64());
    stamped((high << 64) | u128::from(rng.next_u64()), 4)
}

/// A node that makes UUIDs of version 7.
#[derive(Clone, Debug, Default)]
pub struct Uuid7 {
    /// The millisecond and the counter of the last one.
    last: u64,
    counter: u64,
}

impl Uuid7 {
    /// The next one, by what the node's clock says: milliseconds since 1970 for real ones. Greater than all before it. Two
    /// draws. The 48 bits last 8,900 years; what is beyond wraps.
    pub fn next(&mut self, clock: Nanos, rng: &mut Rng) -> u128 {
        let (start, random) = (rng.next_u64() & 0x7ff, rng.next_u64());
        let millis = clock.0 / 1_000_000;
        if millis > self.last {
            (self.last, self.counter) = (millis, start);
        } else if self.counter == 0xfff {
            (self.last, self.counter) = (self.last + 1, start);
        } else {
            self.counter += 1;
        }
        let bits = (u128::from(self.last) << 80) | (u128::from(self.counter) << 64) | u128::from(random);
        stamped(bits, 7)
    }

    /// The milliseconds of one.
    #[must_use]
    pub fn millis(id: u128) -> u64 {
        (id >> 80) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Seed;

    #[test]
    fn the_examples_of_the_rfc_have_their_fields() {
        // RFC 9562, appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F, 0x017F22E279B0 ms, rand_a 0xCC3, rand_b.
        let seven: u128 = 0x017F_22E2_79B0_7CC3_98C4_DC0C_0C07_398F;
        let raw = (0x017F_22E2_79B0_u128 << 80) | (0xCC3 << 64) | 0x18C4_DC0C_0C07_398F;
        assert_eq!(stamped(raw, 7), seven);
        assert_eq!(Uuid7::millis(seven), 0x017F_22E2_79B0);
        // Appendix A.3, version 4: 919108F7-52D1-4320-9BAC-F847DB4148A8, from the random octets of the same appendix.
        let random: u128 = 0x9191_08F7_52D1_3320_5BAC_F847_DB41_48A8;
        assert_eq!(stamped(random, 4), 0x9191_08F7_52D1_4320_9BAC_F847_DB41_48A8);
    }

    #[test]
    fn version_7_grows_even_where_the_clock_goes_back_or_the_counter_is_used_up() {
        let (mut rng, mut clock) = (Rng::stream(Seed(4), "uuid"), Rng::stream(Seed(4), "clock"));
        let mut node = Uuid7::default();
        let mut last = 0;
        for step in 0..100_000_u64 {
            let millis = 5_000 + step / 10_000 - if clock.chance(0.01) { 100 } else { 0 };
            let id = node.next(Nanos::from_millis(millis), &mut rng);
            assert!(id > last && (id >> 76) & 0xf == 7 && (id >> 62) & 0b11 == 0b10);
            last = id;
        }
        // 100,000 within 10 ms are more than the counters hold: the time has run ahead, by 4,096 to 2,048 a millisecond.
        let ahead = Uuid7::millis(last) - 5_009;
        assert!((10..=50).contains(&ahead), "{ahead}");
    }

    #[test]
    fn version_4_is_random_everywhere_else() {
        let mut rng = Rng::stream(Seed(5), "uuid");
        let ids: Vec<u128> = (0..10_000).map(|_| uuid4(&mut rng)).collect();
        assert!(ids.iter().all(|id| (id >> 76) & 0xf == 4 && (id >> 62) & 0b11 == 0b10));
        for bit in (0..128).filter(|bit| !(76..80).contains(bit) && !(62..64).contains(bit)) {
            let set = ids.iter().filter(|id| *id >> bit & 1 == 1).count() as f64;
            // Five deviations of a fair coin, 122 times: by chance once in 14,000.
            assert!((set - 5_000.0).abs() < 5.0 * 50.0, "bit {bit}: {set}");
        }
    }
}
