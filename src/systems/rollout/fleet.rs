//! Instances that are replaced by those of another version, some at a time: the rolling update.

use crate::sim::Nanos;

/// One instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// What it runs.
    pub version: u32,
    /// From when on it serves.
    pub ready: Nanos,
}

/// Instances of a service.
///
/// At no time are more than `unavailable` of them down at once because of a replacement: an instance counts as down from
/// the moment it is replaced until its successor is ready. (Kubernetes calls this `maxUnavailable`, with `maxSurge` 0.)
#[derive(Clone, Debug)]
pub struct Fleet {
    instances: Vec<Instance>,
    unavailable: usize,
    boot: Nanos,
}

impl Fleet {
    /// `size` instances of `version`, all ready; `boot` is the time from a replacement until the new instance serves.
    #[must_use]
    pub fn new(size: usize, version: u32, unavailable: usize, boot: Nanos) -> Fleet {
        let instance = Instance { version, ready: Nanos::ZERO };
        Fleet { instances: vec![instance; size], unavailable, boot }
    }

    /// All instances, ready or not.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// How many serve now. O(n).
    #[must_use]
    pub fn ready(&self, now: Nanos) -> usize {
        self.instances.iter().filter(|instance| instance.ready <= now).count()
    }

    /// How many of a version serve now. O(n).
    #[must_use]
    pub fn ready_of(&self, now: Nanos, version: u32) -> usize {
        self.instances.iter().filter(|one| one.ready <= now && one.version == version).count()
    }

    /// Whether every instance serves, and is of that version.
    #[must_use]
    pub fn complete(&self, now: Nanos, version: u32) -> bool {
        self.ready_of(now, version) == self.instances.len()
    }

    /// Replaces as many instances of other versions as may be down now; how many these were. O(n).
    pub fn roll(&mut self, now: Nanos, version: u32) -> usize {
        let down = self.instances.len() - self.ready(now);
        let may = self.unavailable.saturating_sub(down);
        let ready = now + self.boot;
        let others = self.instances.iter_mut().filter(|one| one.version != version && one.ready <= now);
        others.take(may).map(|one| *one = Instance { version, ready }).count()
    }

    /// The instance that serves a request, by a number of [0, 1) drawn for it: each that is ready is as likely. None where
    /// none is ready. O(n).
    #[must_use]
    pub fn pick(&self, now: Nanos, unit: f64) -> Option<Instance> {
        let place = (unit * self.ready(now) as f64) as usize;
        self.instances.iter().filter(|one| one.ready <= now).nth(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn whatever_is_asked_for_when_no_more_are_down_than_allowed() {
        for seed in 0..500 {
            let mut rng = Rng::stream(Seed(seed), "fleet");
            let (size, may) = (2 + rng.below(10) as usize, 1 + rng.below(3) as usize);
            let mut fleet = Fleet::new(size, 1, may, Nanos::from_secs(2));
            let mut now = Nanos::ZERO;
            for _ in 0..60 {
                now += Nanos::from_millis(rng.below(1_500));
                fleet.roll(now, 1 + rng.below(2) as u32);
                assert!(fleet.ready(now) + may >= size, "{fleet:?}");
            }
        }
    }

    #[test]
    fn it_takes_as_many_rounds_as_there_are_batches() {
        let mut fleet = Fleet::new(10, 1, 3, Nanos::from_secs(2));
        let rounds: Vec<usize> = (0..5).map(|round| fleet.roll(Nanos::from_secs(2 * round), 2)).collect();
        assert_eq!(rounds, [3, 3, 3, 1, 0]);
        assert!(!fleet.complete(Nanos::from_secs(7), 2) && fleet.complete(Nanos::from_secs(8), 2));
        assert_eq!(fleet.ready_of(Nanos::from_secs(8), 1), 0);
    }

    #[test]
    fn only_who_is_ready_serves() {
        let mut fleet = Fleet::new(4, 1, 1, Nanos::from_secs(1));
        fleet.roll(Nanos::ZERO, 2);
        let served = |fleet: &Fleet, now, unit| fleet.pick(now, unit).map(|one| one.version);
        assert!((0..100).all(|at| served(&fleet, Nanos::ZERO, f64::from(at) / 100.0) == Some(1)));
        let new =
            (0..100).filter(|at| served(&fleet, Nanos::from_secs(1), f64::from(*at) / 100.0) == Some(2));
        assert_eq!(new.count(), 25);
    }
}
