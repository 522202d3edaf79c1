//! A level over time and its mean: how many wait, how busy a server is.

use crate::sim::Nanos;

/// Something that stands at a level until it changes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::lab) struct Level {
    value: u64,
    since: Nanos,
    /// Level times nanoseconds, until `since`.
    area: u128,
    max: u64,
}

impl Level {
    /// From `now` on it stands at `value`.
    pub(in crate::lab) fn set(&mut self, now: Nanos, value: u64) {
        self.area += u128::from(self.value) * u128::from(now.since(self.since).0);
        self.since = now;
        self.value = value;
        self.max = self.max.max(value);
    }

    /// One more from `now` on.
    pub(in crate::lab) fn up(&mut self, now: Nanos) {
        self.set(now, self.value + 1);
    }

    /// One less from `now` on; it does not fall below 0.
    pub(in crate::lab) fn down(&mut self, now: Nanos) {
        self.set(now, self.value.saturating_sub(1));
    }

    /// Where it stands.
    pub(in crate::lab) fn value(&self) -> u64 {
        self.value
    }

    /// The highest it ever was.
    pub(in crate::lab) fn max(&self) -> u64 {
        self.max
    }

    /// The area under it from time zero to `now`: level times seconds.
    pub(in crate::lab) fn area(&self, now: Nanos) -> f64 {
        (self.area + u128::from(self.value) * u128::from(now.since(self.since).0)) as f64 / 1e9
    }

    /// Its mean from time zero to `now`; not a number at time zero.
    pub(in crate::lab) fn mean(&self, now: Nanos) -> f64 {
        self.area(now) / now.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_weighs_by_time() {
        let mut level = Level::default();
        level.up(Nanos::from_secs(1));
        level.up(Nanos::from_secs(2));
        level.down(Nanos::from_secs(4));
        // 0 for 1 s, 1 for 1 s, 2 for 2 s, 1 for 1 s: 6 in 5 s.
        assert!((level.mean(Nanos::from_secs(5)) - 1.2).abs() < 1e-12);
        assert_eq!((level.value(), level.max()), (1, 2));
        level.set(Nanos::from_secs(5), 0);
        level.down(Nanos::from_secs(6));
        assert_eq!(level.value(), 0);
        assert!(Level::default().mean(Nanos::ZERO).is_nan());
    }
}
