//! Calibration: whether what was predicted to be recalled nine times in ten was recalled nine times in ten.
//!
//! Predictions are put into bins, and in each bin the mean of what was predicted stands beside the share that was
//! recalled. A share of few answers says little, so it comes with an interval: Wilson's, which unlike the textbook's
//! normal one stays within 0 and 1 and is right for few answers and for shares near 1, where recall lies.

use super::tally::{Recall, Tally};

/// The edges of the bins, in percent. They are closer where most predictions lie.
const EDGES: [i64; 10] = [0, 50, 60, 70, 75, 80, 85, 90, 95, 100];

/// The two-sided 95% quantile of the normal distribution.
const Z: f64 = 1.959_963_985;

/// Whose tests of memory are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// All.
    All,
    /// Those of cards whose interval was below 21 days.
    Young,
    /// Those of the others.
    Mature,
}

/// The tests of memory with predictions between two edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// The lower edge in percent; it belongs to the bin.
    pub from: i64,
    /// The upper edge in percent; only that of the last bin belongs to it.
    pub to: i64,
    /// What came of them.
    pub recall: Recall,
}

/// The bins of a tally that are not empty, from the lowest predictions to the highest. O(1).
#[must_use]
pub fn bins(tally: &Tally, age: Age) -> Vec<Bin> {
    let between = |edges: &[i64]| {
        let mut recall = Recall::default();
        for sums in tally.predicted.range(edges[0]..edges[1]).map(|(_, sums)| sums) {
            let of = match age {
                Age::All => sums.recall(),
                Age::Young => sums.young,
                Age::Mature => sums.mature,
            };
            recall.asked += of.asked;
            recall.recalled += of.recalled;
            recall.predicted += of.predicted;
            recall.loss += of.loss;
        }
        Bin { from: edges[0], to: edges[1], recall }
    };
    EDGES.windows(2).map(between).filter(|bin| bin.recall.asked > 0).collect()
}

/// The root of the mean square of predicted less recalled over bins, weighted by their answers: 0 is perfect, 0.05
/// is off by five points. Nothing without answers.
#[must_use]
pub fn error(bins: &[Bin]) -> Option<f64> {
    let asked: i64 = bins.iter().map(|bin| bin.recall.asked).sum();
    let square = |bin: &Bin| {
        let off = bin.recall.mean_predicted()? - bin.recall.share()?;
        Some(off * off * bin.recall.asked as f64)
    };
    let sum: f64 = bins.iter().filter_map(square).sum();
    (asked > 0).then(|| (sum / asked as f64).sqrt())
}

/// Wilson's 95% interval (1927) of a share of `hits` in `of`: both ends 0 to 1; all of 0 to 1 where `of` is 0.
#[must_use]
pub fn interval(hits: i64, of: i64) -> (f64, f64) {
    if of <= 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (of as f64, hits.clamp(0, of) as f64 / of as f64);
    let square = Z * Z / n;
    let middle = (share + square / 2.0) / (1.0 + square);
    let half = Z * (share * (1.0 - share) / n + square / (4.0 * n)).sqrt() / (1.0 + square);
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::tally::Sums;

    #[test]
    fn intervals_are_wilsons() {
        // The table for 1 of 10, 9 of 10 and 0 of 10 in Newcombe, Statistics in Medicine 17 (1998), method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        let check = |hits, of, low: f64, high: f64| {
            let found = interval(hits, of);
            // The table prints four decimals.
            assert!(
                (found.0 - low).abs() < 5.1e-5 && (found.1 - high).abs() < 5.1e-5,
                "{hits}/{of}: {found:?}"
            );
        };
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        assert_eq!(interval(0, 0), (0.0, 1.0));
        assert!(interval(20, 20).1 <= 1.0 && interval(20, 20).0 > 0.83);
    }

    #[test]
    fn bins_hold_what_was_predicted_in_them() {
        let mut tally = Tally::default();
        let put = |tally: &mut Tally, percent: i64, asked, recalled, mature: bool| {
            let recall = Recall { asked, recalled, predicted: asked * percent * 10_000, loss: 0 };
            let mut sums = Sums::default();
            *(if mature { &mut sums.mature } else { &mut sums.young }) = recall;
            tally.predicted.entry(percent).or_default().add(&sums, 1);
        };
        put(&mut tally, 90, 10, 9, false);
        put(&mut tally, 94, 10, 7, true);
        put(&mut tally, 95, 4, 4, true);
        put(&mut tally, 49, 2, 1, false);
        let all = bins(&tally, Age::All);
        let edges: Vec<(i64, i64, i64)> =
            all.iter().map(|bin| (bin.from, bin.to, bin.recall.asked)).collect();
        assert_eq!(edges, [(0, 50, 2), (90, 95, 20), (95, 100, 4)]);
        assert_eq!(all[1].recall.mean_predicted(), Some(0.92));
        assert_eq!(all[1].recall.share(), Some(0.8));
        assert_eq!(bins(&tally, Age::Mature).iter().map(|bin| bin.recall.asked).sum::<i64>(), 14);
        // By hand: (2 * 0.01^2 + 20 * 0.12^2 + 4 * 0.05^2) / 26 = 0.0114692.
        let found = error(&all).expect("answers");
        assert!((found - 0.011_469_2_f64.sqrt()).abs() < 1e-5, "{found}");
        assert_eq!(error(&[]), None);
    }
}
