//! Times below each other: one unit for all of them and as many decimals as tell them apart.

use crate::sim::Nanos;

/// The most decimals that a time has.
const DECIMALS: usize = 3;
/// The largest number that is easily read as one.
const READABLE: u64 = 100_000;

/// How the times of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The unit of all.
    pub unit: &'static str,
    /// The cells of the widest, without the unit.
    pub width: u16,
    nanos: u64,
    decimals: usize,
}

impl Clock {
    /// For some times in order: the unit of the last or a smaller one, and the fewest decimals that show them exactly or,
    /// with three at most, tell them from their neighbours.
    pub fn of(times: impl Iterator<Item = Nanos>) -> Clock {
        const UNITS: [(u64, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns")];
        let times: Vec<u64> = times.map(|time| time.0).collect();
        let largest = times.iter().copied().max().unwrap_or(0);
        let natural = UNITS.iter().position(|(nanos, _)| largest >= *nanos).unwrap_or(1);
        // A smaller unit only while its numbers stay readable.
        let readable = |unit: &&(u64, &str)| largest / unit.0 < READABLE;
        let units =
            || UNITS[natural..].iter().take(1).chain(UNITS[natural..].iter().skip(1).take_while(readable));
        let most = |nanos: u64| if nanos == 1 { 0 } else { DECIMALS };
        let ways = || {
            units().flat_map(|&(nanos, unit)| (0..=most(nanos)).map(move |decimals| (nanos, unit, decimals)))
        };
        let step = |nanos: u64, decimals: usize| (nanos / 10u64.pow(decimals as u32)).max(1);
        let exact = |way: &(u64, &str, usize)| {
            let step = step(way.0, way.2);
            times.iter().all(|time| time.is_multiple_of(step))
        };
        let apart = |way: &(u64, &str, usize)| {
            let step = step(way.0, way.2);
            times.windows(2).all(|pair| pair[0] == pair[1] || pair[0] / step != pair[1] / step)
        };
        let (nanos, unit) = UNITS[natural];
        let (nanos, unit, decimals) =
            ways().find(exact).or_else(|| ways().find(apart)).unwrap_or((nanos, unit, most(nanos)));
        let mut clock = Clock { unit, width: 0, nanos, decimals };
        clock.width = clock.show(Nanos(largest)).len() as u16;
        clock
    }

    /// A time without its unit, rounded down.
    pub fn show(&self, time: Nanos) -> String {
        let (whole, rest) = (time.0 / self.nanos, time.0 % self.nanos);
        if self.decimals == 0 {
            return whole.to_string();
        }
        let part = rest / (self.nanos / 10u64.pow(self.decimals as u32));
        format!("{whole}.{part:0width$}", width = self.decimals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_unit_and_can_be_told_apart() {
        let check = |times: &[u64], expected: &str| {
            let clock = Clock::of(times.iter().copied().map(Nanos));
            let shown: Vec<String> = times.iter().map(|&time| clock.show(Nanos(time))).collect();
            assert_eq!(format!("{} {}", shown.join(" "), clock.unit), expected, "{times:?}");
            assert!(shown.iter().all(|text| text.len() <= usize::from(clock.width)), "{shown:?}");
        };
        check(&[0, 500_000, 3_100_000], "0.0 0.5 3.1 ms");
        check(&[0, 2_000_000, 30_000_000], "0 2 30 ms");
        check(&[5, 70], "5 70 ns");
        check(&[1_500], "1.5 us");
        check(&[10_000_000, 1_050_000_000, 11_000_000_000], "0.01 1.05 11.00 s");
        // Exact would take nine decimals; two tell them apart.
        check(&[1_234_567_891, 1_244_567_891, 2_000_000_000], "1.23 1.24 2.00 s");
        check(&[500_000, 1_050_000_000, 11_050_000_000], "0.5 1050.0 11050.0 ms");
        check(&[1_000_000_000, 1_000_000_001], "1.000 1.000 s");
        check(&[0], "0 ms");
        check(&[], " ms");
        check(&[u64::MAX], "18446744073 s");
    }
}
