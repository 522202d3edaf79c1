//! Two ways to recognise a request that is sent again which people build first, and what each lacks.
//!
//! [`CheckThenSet`] looks the key up, runs the request, and writes the key down at the end. Two requests that overlap both find
//! nothing, and a crash before the end leaves nothing to find. [`UniqueRow`] writes the key down first and lets a
//! unique constraint decide who was first. That is atomic, but if the first one dies nobody may try again. Neither looks
//! whether it is the same request.

use std::collections::BTreeMap;

use super::Begin;
use crate::sim::Nanos;

/// Looks the key up before, and writes it down after.
#[derive(Clone, Debug)]
pub struct CheckThenSet<R> {
    remembered: Nanos,
    done: BTreeMap<String, (Nanos, R)>,
}

impl<R: Clone> CheckThenSet<R> {
    /// No key is known; an answer will be remembered for that time.
    #[must_use]
    pub fn new(remembered: Nanos) -> CheckThenSet<R> {
        CheckThenSet { remembered, done: BTreeMap::new() }
    }

    /// Answers are remembered for that time from now on, those that are known too.
    pub fn remember_for(&mut self, time: Nanos) {
        self.remembered = time;
    }

    /// A request comes. O(log n).
    #[must_use]
    pub fn begin(&mut self, now: Nanos, key: &str) -> Begin<R> {
        match self.done.get(key) {
            Some((at, answer)) if now.since(*at) < self.remembered => Begin::Replay(answer.clone()),
            _ => Begin::Run { ticket: 0, takes_over: false },
        }
    }

    /// A request was done. O(log n).
    pub fn set(&mut self, now: Nanos, key: &str, answer: R) {
        self.done.insert(key.to_string(), (now, answer));
    }

    /// Forgets what is too old. O(n).
    pub fn forget(&mut self, now: Nanos) {
        let remembered = self.remembered;
        self.done.retain(|_, (at, _)| now.since(*at) < remembered);
    }
}

/// Writes the key down first, in a column that has to be unique.
#[derive(Clone, Debug)]
pub struct UniqueRow<R> {
    remembered: Nanos,
    rows: BTreeMap<String, (Nanos, Option<R>)>,
}

impl<R: Clone> UniqueRow<R> {
    /// No key is known; rows will be kept for that time.
    #[must_use]
    pub fn new(remembered: Nanos) -> UniqueRow<R> {
        UniqueRow { remembered, rows: BTreeMap::new() }
    }

    /// Rows are kept for that time from now on, those that there are too.
    pub fn remember_for(&mut self, time: Nanos) {
        self.remembered = time;
    }

    /// A request comes: it runs where its row could be inserted. O(log n).
    #[must_use]
    pub fn begin(&mut self, now: Nanos, key: &str) -> Begin<R> {
        match self.rows.get(key) {
            Some((at, answer)) if now.since(*at) < self.remembered => {
                answer.clone().map_or(Begin::InFlight, Begin::Replay)
            }
            _ => {
                self.rows.insert(key.to_string(), (now, None));
                Begin::Run { ticket: 0, takes_over: false }
            }
        }
    }

    /// A request was done: its row gets the answer. O(log n).
    pub fn set(&mut self, key: &str, answer: R) {
        if let Some((_, known)) = self.rows.get_mut(key) {
            *known = Some(answer);
        }
    }

    /// Forgets what is too old. O(n).
    pub fn forget(&mut self, now: Nanos) {
        let remembered = self.remembered;
        self.rows.retain(|_, (at, _)| now.since(*at) < remembered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Begin<u8> = Begin::Run { ticket: 0, takes_over: false };

    #[test]
    fn two_that_overlap_both_run() {
        let mut keys = CheckThenSet::new(Nanos(100));
        assert_eq!((keys.begin(Nanos(0), "a"), keys.begin(Nanos(1), "a")), (RUN, RUN));
        keys.set(Nanos(2), "a", 7);
        assert_eq!(keys.begin(Nanos(3), "a"), Begin::Replay(7));
        assert_eq!(keys.begin(Nanos(102), "a"), RUN);
        keys.forget(Nanos(102));
        assert!(keys.done.is_empty());
    }

    #[test]
    fn a_row_whose_writer_died_stands_in_the_way_until_it_is_forgotten() {
        let mut keys = UniqueRow::new(Nanos(100));
        assert_eq!((keys.begin(Nanos(0), "a"), keys.begin(Nanos(99), "a")), (RUN, Begin::InFlight));
        assert_eq!(keys.begin(Nanos(100), "a"), RUN);
        keys.set("a", 7);
        assert_eq!(keys.begin(Nanos(101), "a"), Begin::Replay(7));
        keys.forget(Nanos(200));
        assert!(keys.rows.is_empty());
    }
}
