//! Spans and their percentiles: a histogram whose buckets grow with what they hold.
//!
//! Buckets are linear within a power of two, 32 to each, so a percentile is off by at most 1 part in 32 (3%) over
//! the whole range of a `u64`, at the cost of a few instructions a value. This is the layout of HdrHistogram
//! (Tene, 2012).

use crate::sim::Nanos;

/// The power of two that a power of two is divided into.
const SUB_BITS: u32 = 5;

/// A histogram of spans.
#[derive(Clone, Debug, Default)]
pub(in crate::lab) struct Histogram {
    /// As long as the largest value needs: at most 1,920.
    buckets: Vec<u32>,
    count: u64,
    sum: u128,
    max: u64,
}

/// Which bucket holds a value.
fn bucket_of(value: u64) -> usize {
    let bits = u64::BITS - value.leading_zeros();
    let shift = bits.saturating_sub(SUB_BITS + 1);
    ((shift as usize) << SUB_BITS) + (value >> shift) as usize
}

/// The smallest value of a bucket and how many values it holds.
fn values_of(bucket: usize) -> (u64, u64) {
    let shift = (bucket >> SUB_BITS).saturating_sub(1) as u32;
    let sub = bucket - ((shift as usize) << SUB_BITS);
    ((sub as u64) << shift, 1 << shift)
}

impl Histogram {
    /// Adds a span.
    pub(in crate::lab) fn record(&mut self, span: Nanos) {
        let bucket = bucket_of(span.0);
        if bucket >= self.buckets.len() {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] = self.buckets[bucket].saturating_add(1);
        self.count += 1;
        self.sum += u128::from(span.0);
        self.max = self.max.max(span.0);
    }

    /// How many were recorded.
    pub(in crate::lab) fn count(&self) -> u64 {
        self.count
    }

    /// The mean in nanoseconds, exact; not a number where nothing was recorded.
    pub(in crate::lab) fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// The value in nanoseconds that a share `q` (0 to 1) of all is at or below, within 1 part in 32; not a number where
    /// nothing was recorded. O(buckets).
    pub(in crate::lab) fn percentile(&self, q: f64) -> f64 {
        if self.count == 0 {
            return f64::NAN;
        }
        // As many as lie at or below it: at least one, at most all.
        let rank = ((q * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut passed = 0;
        for (bucket, &held) in self.buckets.iter().enumerate() {
            passed += u64::from(held);
            if passed >= rank {
                let (low, width) = values_of(bucket);
                return ((low + width / 2).min(self.max)) as f64;
            }
        }
        self.max as f64
    }

    /// How many fell below each of the growing `edges`, and at or above the last one: one value more than there are edges.
    /// A bucket belongs where its smallest value does.
    pub(in crate::lab) fn between(&self, edges: &[Nanos]) -> Vec<u64> {
        let mut counts = vec![0; edges.len() + 1];
        for (bucket, &held) in self.buckets.iter().enumerate() {
            let low = values_of(bucket).0;
            counts[edges.partition_point(|edge| edge.0 <= low)] += u64::from(held);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn every_value_lies_in_its_bucket() {
        for value in
            (0..100_000).chain((0..64).flat_map(|bit| [1_u64 << bit, (1 << bit) - 1])).chain([u64::MAX])
        {
            let (low, width) = values_of(bucket_of(value));
            assert!(low <= value && value - low < width, "{value} in {low}+{width}");
            assert!(width == 1 || width <= low / 32, "{value}: too wide, {width}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let mut rng = Rng::stream(Seed(3), "test");
        let mut values: Vec<u64> = (0..10_000).map(|_| rng.exponential(Nanos::from_millis(5)).0).collect();
        let mut histogram = Histogram::default();
        values.iter().for_each(|&value| histogram.record(Nanos(value)));
        values.sort_unstable();
        for q in [0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0] {
            let exact = values[((q * 10_000.0_f64).ceil() as usize).clamp(1, 10_000) - 1] as f64;
            let told = histogram.percentile(q);
            assert!((told - exact).abs() <= exact / 32.0 + 1.0, "{q}: {told} for {exact}");
        }
        assert_eq!(histogram.count(), 10_000);
        let mean = values.iter().sum::<u64>() as f64 / 10_000.0;
        assert!((histogram.mean() - mean).abs() < 1e-3);
        let edge = Nanos::from_millis(8);
        assert_eq!(histogram.between(&[Nanos::ZERO, edge]).iter().sum::<u64>(), 10_000);
    }

    #[test]
    fn nothing_has_no_percentile() {
        assert!(Histogram::default().percentile(0.5).is_nan() && Histogram::default().mean().is_nan());
    }
}
