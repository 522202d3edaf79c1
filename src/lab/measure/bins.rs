//! Values over time, in bins of equal width of which the last ones are kept: what a chart shows.

use std::collections::VecDeque;

use crate::lab::scene::{Curve, CurveKind, Series, x_of};
use crate::sim::Nanos;

/// One `T` for every span of `width`, the last `keep` of them.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Bins<T> {
    width: Nanos,
    keep: usize,
    /// The number of the first bin that is kept: it began at `first * width`.
    first: u64,
    bins: VecDeque<T>,
}

impl<T: Default> Bins<T> {
    /// Bins of `width`, of which `keep` (at least 1) are kept.
    pub(in crate::lab) fn new(width: Nanos, keep: usize) -> Bins<T> {
        Bins { width: Nanos(width.0.max(1)), keep: keep.max(1), first: 0, bins: VecDeque::new() }
    }

    /// The bin of the moment `now`, which is not before an earlier one. What lies between is empty.
    pub(in crate::lab) fn at(&mut self, now: Nanos) -> &mut T {
        let wanted = now.0 / self.width.0;
        if wanted >= self.first + (self.bins.len() + self.keep) as u64 {
            // All that is kept lies further back than is kept.
            self.bins.clear();
            self.first = wanted;
        }
        while self.first + (self.bins.len() as u64) <= wanted {
            if self.bins.len() == self.keep {
                self.bins.pop_front();
                self.first += 1;
            }
            self.bins.push_back(T::default());
        }
        let last = self.bins.len() - 1;
        &mut self.bins[last]
    }

    /// The width of a bin in seconds.
    pub(in crate::lab) fn width_s(&self) -> f64 {
        self.width.as_secs_f64()
    }

    /// The bins that are over at `now`: when each began, in seconds, and what it holds. A bin that has not come to
    /// its end would look like a fall.
    pub(in crate::lab) fn over(&self, now: Nanos) -> impl Iterator<Item = (f64, &T)> {
        let present = now.0 / self.width.0;
        (self.first..)
            .zip(&self.bins)
            .take_while(move |(bin, _)| *bin < present)
            .map(|(bin, held)| (x_of(self.width * bin), held))
    }

    /// A curve of steps: for each bin that is over at `now` what `value` makes of it; not a number leaves a gap.
    pub(in crate::lab) fn curve(
        &self,
        name: impl Into<String>,
        series: Series,
        now: Nanos,
        value: impl Fn(&T) -> f64,
    ) -> Curve {
        let mut points: Vec<(f64, f64)> = self.over(now).map(|(at, held)| (at, value(held))).collect();
        if let Some(&(at, last)) = points.last() {
            points.push((at + self.width_s(), last));
        }
        Curve::new(CurveKind::Steps, name, series, points)
    }

    /// The span of a chart at `now`: the whole run of `length` while that is kept, else the last that is kept.
    pub(in crate::lab) fn x_span(&self, now: Nanos, length: Nanos) -> (f64, f64) {
        let kept = x_of(self.width * self.keep as u64).min(x_of(length));
        let end = x_of(now).max(kept);
        (end - kept, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_fall_into_their_bins() {
        let mut bins: Bins<u64> = Bins::new(Nanos(10), 4);
        for at in [0, 3, 9, 10, 35, 36] {
            *bins.at(Nanos(at)) += 1;
        }
        let over = |bins: &Bins<u64>, now| bins.over(Nanos(now)).map(|(_, n)| *n).collect::<Vec<_>>();
        assert_eq!(over(&bins, 36), [3, 1, 0]);
        assert_eq!(over(&bins, 40), [3, 1, 0, 2]);
        *bins.at(Nanos(52)) += 1;
        assert_eq!(over(&bins, 60), [0, 2, 0, 1]);
        *bins.at(Nanos(1_000_000)) += 1;
        assert_eq!(over(&bins, 2_000_000), [1]);
    }

    #[test]
    fn the_curve_holds_its_last_value_to_the_end_of_the_bin() {
        let mut bins: Bins<u64> = Bins::new(Nanos::from_secs(1), 4);
        *bins.at(Nanos::ZERO) = 5;
        let curve = bins.curve("n", Series(0), Nanos::from_secs(2), |n| *n as f64);
        assert_eq!(curve.points, [(0.0, 5.0), (1.0, 5.0)]);
        assert_eq!(bins.x_span(Nanos::from_secs(2), Nanos::from_secs(10)), (0.0, 4.0));
        assert_eq!(bins.x_span(Nanos::from_secs(9), Nanos::from_secs(10)), (5.0, 9.0));
    }
}
