//! What has just happened: requests that were served or died a moment ago and are still seen on their way.

use std::collections::VecDeque;

use crate::sim::Nanos;

/// How many are remembered at most, whatever the load.
const MOST: usize = 400;

/// The last things that happened, each with its moment and number.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Trail<T> {
    span: Nanos,
    items: VecDeque<(Nanos, u64, T)>,
    /// Every how many numbers one is remembered, so that a whole span fits.
    every: u64,
}

impl<T> Trail<T> {
    /// Remembers what happened within the last `span`.
    pub(in crate::lab) fn new(span: Nanos) -> Trail<T> {
        Trail { span, items: VecDeque::new(), every: 1 }
    }

    /// Something happened to the request of number `id`. Where more happens within the span than can be shown,
    /// only every second, fourth, ... number is remembered.
    pub(in crate::lab) fn push(&mut self, now: Nanos, id: u64, what: T) {
        while self.items.front().is_some_and(|(at, ..)| *at + self.span < now) {
            self.items.pop_front();
        }
        if self.items.len() < MOST / 8 {
            self.every = (self.every / 2).max(1);
        }
        if self.items.len() == MOST {
            self.every *= 2;
            let every = self.every;
            self.items.retain(|(_, id, _)| id.is_multiple_of(every));
        }
        if id.is_multiple_of(self.every) && self.items.len() < MOST {
            self.items.push_back((now, id, what));
        }
    }

    /// What is seen at `now`: how far through the span it is, 0 to 1, its number and what it was. At most about `most`,
    /// thinned by their numbers so that those that stay do not flicker.
    pub(in crate::lab) fn seen(&self, now: Nanos, most: usize) -> impl Iterator<Item = (f64, u64, &T)> {
        let span = self.span;
        let there = move |at: Nanos| at <= now && now.since(at) <= span;
        let count = self.items.iter().filter(|(at, ..)| there(*at)).count();
        let every = self.every * (count.div_ceil(most.max(1)).max(1) as u64).next_power_of_two();
        self.items.iter().filter(move |(at, id, _)| there(*at) && id.is_multiple_of(every)).map(
            move |(at, id, what)| {
                (now.since(*at).as_secs_f64() / span.as_secs_f64().max(f64::MIN_POSITIVE), *id, what)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_forgotten_and_a_crowd_is_thinned() {
        let mut trail = Trail::new(Nanos(1_000));
        for id in 0..10 {
            trail.push(Nanos(id * 100), id, ());
        }
        let ids = |trail: &Trail<()>, now, most| {
            trail.seen(Nanos(now), most).map(|(_, id, ())| id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&trail, 1_450, 100), [5, 6, 7, 8, 9]);
        assert_eq!(ids(&trail, 1_450, 3), [6, 8]);
        assert_eq!(ids(&trail, 450, 100), [0, 1, 2, 3, 4]);
        for id in 0..100_000 {
            trail.push(Nanos(10_000 + id / 100), id, ());
        }
        assert!(trail.items.len() <= MOST);
        let shown = ids(&trail, 10_999, 50);
        assert!((10..=60).contains(&shown.len()), "{}", shown.len());
        // The thinned trail reaches back over the whole span, not over its last part only.
        assert!(shown[0] < 30_000, "{}", shown[0]);
    }
}
