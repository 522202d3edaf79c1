//! CoDel, controlled delay: a queue that drops when waiting has become a habit.
//!
//! A queue is there to take up bursts. One that is long for a moment does its work; one that never empties only adds
//! delay. Length does not tell the two apart, nor does the longest wait. The shortest does: where for a whole
//! `interval` nobody has waited less than `target`, the queue stands. Then the head of the queue is dropped, and again
//! after interval / sqrt(1), interval / sqrt(2), ..., until a wait is below the target.
//!
//! By Nichols and Jacobson (2012), as in RFC 8289, section 5: with 5 ms and 100 ms there, and in general a target of 5 to 10%
//! of the interval. The root is made for senders that slow down by the root of their losses, as TCP does. Against
//! requests that come whatever happens it gains speed slowly: to drop 100 a second it needs 2 s at 100 ms.

use std::collections::VecDeque;

use crate::sim::Nanos;

/// Something that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<T> {
    /// What was handed in.
    pub item: T,
    /// When it was.
    pub since: Nanos,
}

/// The state of the controller. A decision is O(1) and takes one square root where it drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoDel {
    target: Nanos,
    interval: Nanos,
    /// When the shortest wait will have been above the target for an interval; nothing while it is below.
    above_at: Option<Nanos>,
    /// When to drop next, while it drops.
    drop_next: Nanos,
    dropping: bool,
    /// Drops since it began to, and how many they were when it began last.
    count: u64,
    began_with: u64,
}

impl CoDel {
    /// A controller that lets waits of up to `target` stand, and longer ones for up to `interval`.
    #[must_use]
    pub fn new(target: Nanos, interval: Nanos) -> CoDel {
        CoDel {
            target,
            interval,
            above_at: None,
            drop_next: Nanos::ZERO,
            dropping: false,
            count: 0,
            began_with: 0,
        }
    }

    /// Whether it is in the state of dropping.
    #[must_use]
    pub fn dropping(&self) -> bool {
        self.dropping
    }

    /// Takes the next of `line` at the moment `now`, which is not before an earlier one. What is dropped on the way goes to `dropped`.
    pub fn take<T>(
        &mut self,
        now: Nanos,
        line: &mut VecDeque<Held<T>>,
        dropped: &mut impl FnMut(Held<T>),
    ) -> Option<Held<T>> {
        let (mut head, mut stands) = self.next(now, line);
        if self.dropping {
            self.dropping = stands;
            while self.dropping && now >= self.drop_next {
                head.into_iter().for_each(&mut *dropped);
                self.count += 1;
                (head, stands) = self.next(now, line);
                self.dropping = stands;
                if stands {
                    self.drop_next = self.after(self.drop_next);
                }
            }
        } else if stands {
            head.into_iter().for_each(&mut *dropped);
            (head, _) = self.next(now, line);
            self.dropping = true;
            // Not long since it stopped: it goes on from the pace that was found then.
            let found = self.count - self.began_with;
            let recent = now.since(self.drop_next) < self.interval * 16;
            self.count = if found > 1 && recent { found } else { 1 };
            self.began_with = self.count;
            self.drop_next = self.after(now);
        }
        head
    }

    /// The head of the line, and whether the queue has stood for an interval.
    fn next<T>(&mut self, now: Nanos, line: &mut VecDeque<Held<T>>) -> (Option<Held<T>>, bool) {
        let Some(head) = line.pop_front() else {
            self.above_at = None;
            return (None, false);
        };
        // The last one is never dropped: nothing waits behind it.
        if now.since(head.since) < self.target || line.is_empty() {
            self.above_at = None;
            return (Some(head), false);
        }
        let above_at = *self.above_at.get_or_insert(now + self.interval);
        (Some(head), now >= above_at)
    }

    fn after(&self, at: Nanos) -> Nanos {
        at + Nanos((self.interval.0 as f64 / (self.count.max(1) as f64).sqrt()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Nanos = Nanos::from_millis(1);

    /// A line fed with one item a millisecond from which one is taken every `every` ms: when items were dropped, in ms, and
    /// the wait of the last one taken.
    fn drops(every: u64, until: u64) -> (Vec<u64>, u64) {
        let mut codel = CoDel::new(MS * 5, MS * 100);
        let (mut line, mut dropped, mut wait) = (VecDeque::new(), Vec::new(), 0);
        for now in 1..=until {
            line.push_back(Held { item: (), since: MS * now });
            if now.is_multiple_of(every) {
                let taken = codel.take(MS * now, &mut line, &mut |_| dropped.push(now));
                wait = taken.map_or(0, |held| (MS * now).since(held.since).0 / MS.0);
            }
        }
        (dropped, wait)
    }

    #[test]
    fn a_line_that_empties_loses_nothing() {
        assert_eq!(drops(1, 10_000).0, [0_u64; 0]);
    }

    #[test]
    fn a_burst_that_is_gone_within_the_interval_loses_nothing() {
        let mut codel = CoDel::new(MS * 5, MS * 100);
        let mut line: VecDeque<Held<u64>> = (0..90).map(|item| Held { item, since: Nanos::ZERO }).collect();
        for now in 1..=90 {
            let taken = codel.take(MS * now, &mut line, &mut |_| panic!("dropped at {now} ms"));
            assert_eq!(taken.map(|held| held.item), Some(now - 1));
        }
        assert!(line.is_empty() && !codel.dropping());
    }

    #[test]
    fn drops_come_after_the_interval_and_at_the_pace_of_the_root() {
        // One is taken every 2 ms, so the wait passes 5 ms at about 10 ms and the first drop comes an interval later; the
        // next ones 100 ms / sqrt(1), sqrt(2), ... after each other, on the grid of 2 ms on which it takes.
        let (dropped, _) = drops(2, 700);
        let mut expected = dropped[0] as f64;
        assert!((108..=114).contains(&dropped[0]), "{dropped:?}");
        for (count, &at) in (1_u32..).zip(&dropped[1..]) {
            expected += 100.0 / f64::from(count).sqrt();
            assert!((at as f64 - expected).abs() <= 2.0 + 1e-6, "drop {count} at {at}, not {expected}");
        }
        assert!(dropped.len() > 10);
    }

    #[test]
    fn in_the_end_it_finds_the_rate_that_is_too_much() {
        // 1,000/s come and 500/s are taken. At a pace of count drops the rate is 10 sqrt(count): 500 a second after count =
        // 2,500, that is after 2 x 100 ms x sqrt(2,500) = 10 s. From then on the wait falls.
        let (dropped, _) = drops(2, 9_000);
        let (_, standing) = drops(2, 9_000);
        let (_, later) = drops(2, 19_000);
        let last_second = dropped.iter().filter(|&&at| at > 8_000).count();
        assert!((380..500).contains(&last_second), "{last_second}");
        assert!(later < standing / 4, "{later} {standing}");
    }

    #[test]
    fn an_empty_line_gives_nothing() {
        let mut codel = CoDel::new(MS, MS * 10);
        assert_eq!(codel.take::<()>(MS, &mut VecDeque::new(), &mut |_| {}), None);
    }
}
