//! A bulkhead: so many calls to one thing at a time, so that what is slow cannot take everything.
//!
//! A ship's hull is divided by walls, and a hole floods one part of it. A service that calls several others gives each
//! a number of permits. By Little's law a healthy call of rate r and latency L needs r * L of them; one that
//! hangs would take all there are. With its own permits it takes only its own, from the first call on: nothing has to be
//! detected.
//!
//! Who finds no permit waits in line, or is refused. Two limits are in use, and the two kinds of resilience4j have one
//! each. Its *semaphore* bounds the time: the caller's own thread waits for at most `max_wait` (by default not at all).
//! Its *thread pool* bounds the number: a task waits in a queue of so many places, for however long. Here both are fields
//! of [`Limits`], and can be combined.
//!
//! The permit has to come back on every path: answer, error, time-out, panic. One path that forgets it shrinks the
//! pool, until it is empty. Around real calls a permit is therefore a value that gives itself back when it goes out
//! of scope; here the user of a virtual clock says [`Bulkhead::leave`].

use std::collections::VecDeque;

use crate::sim::Nanos;

/// What a bulkhead lets in, and who may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls at a time.
    pub permits: u32,
    /// How many may wait for a permit.
    pub places: usize,
    /// How long one may wait. Zero is not at all.
    pub max_wait: Nanos,
}

impl Limits {
    /// Callers wait in their own threads, any number of them, each for at most `max_wait`.
    #[must_use]
    pub fn semaphore(permits: u32, max_wait: Nanos) -> Limits {
        Limits { permits, places: usize::MAX, max_wait }
    }

    /// Tasks wait in a queue with so many places, for however long.
    #[must_use]
    pub fn thread_pool(threads: u32, places: usize) -> Limits {
        Limits { permits: threads, places, max_wait: Nanos::MAX }
    }
}

/// What became of a call at the entrance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<T> {
    /// It has a permit, and starts.
    Starts(T),
    /// It waits in line.
    Waits,
    /// It is refused: no permit is free, and it may not wait.
    Full(T),
}

/// Somebody who leaves the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn<T> {
    /// He has a permit, and starts.
    Starts(T),
    /// His wait was over before.
    TooLate(T),
}

/// Permits, and the line of those who wait for one, first come, first served. Each call is O(1); memory is
/// what waits.
#[derive(Clone, Debug)]
pub struct Bulkhead<T> {
    limits: Limits,
    in_flight: u32,
    /// Who waits, and until when.
    line: VecDeque<(T, Nanos)>,
}

impl<T> Bulkhead<T> {
    /// A bulkhead with all its permits. With none of them nobody ever starts.
    #[must_use]
    pub fn new(limits: Limits) -> Bulkhead<T> {
        Bulkhead { limits, in_flight: 0, line: VecDeque::new() }
    }

    /// `call` comes at the moment `now`. Nobody passes those who wait already.
    pub fn enter(&mut self, now: Nanos, call: T) -> Entry<T> {
        if self.in_flight < self.limits.permits && self.line.is_empty() {
            self.in_flight += 1;
            Entry::Starts(call)
        } else if self.line.len() < self.limits.places && self.limits.max_wait > Nanos::ZERO {
            self.line.push_back((call, now + self.limits.max_wait));
            Entry::Waits
        } else {
            Entry::Full(call)
        }
    }

    /// A call that had a permit is over, however it ended. [`Bulkhead::turn`] says who is next.
    pub fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Who leaves the line at `now`: to be called until it says nobody, after a call has left, when a wait is over,
    /// and when the limits have changed.
    ///
    /// Somebody who may wait longer hides those behind him whose wait is over (possible only after a change of
    /// `max_wait`): they are told when it is their turn.
    #[must_use = "somebody has left the line"]
    pub fn turn(&mut self, now: Nanos) -> Option<Turn<T>> {
        let (_, until) = self.line.front()?;
        if *until <= now {
            return self.line.pop_front().map(|(call, _)| Turn::TooLate(call));
        }
        if self.in_flight >= self.limits.permits {
            return None;
        }
        self.in_flight += 1;
        self.line.pop_front().map(|(call, _)| Turn::Starts(call))
    }

    /// Other limits from now on. Calls that are too many go on to their end; who waits keeps his place and his time.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many permits are taken.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Who waits, the first in line first.
    pub fn line(&self) -> impl ExactSizeIterator<Item = &T> {
        self.line.iter().map(|(call, _)| call)
    }
}

/// Little's law: how many permits a healthy call of `rate` calls a second and a mean latency keeps busy on average.
/// A pool needs room for chance beyond that.
#[must_use]
pub fn permits_in_use(rate: f64, latency: Nanos) -> f64 {
    rate * latency.as_secs_f64()
}

/// How long a pool lasts, in seconds, when calls to something that has just hung up come at `hanging` a second and stay:
/// until `permits` less the `busy` ones are taken. Infinite where nothing comes.
#[must_use]
pub fn lasts(permits: f64, busy: f64, hanging: f64) -> f64 {
    if hanging > 0.0 { (permits - busy).max(0.0) / hanging } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: fn(u64) -> Nanos = Nanos::from_millis;

    #[test]
    fn resilience4j_s_semaphore_by_default() {
        // 25 calls at a time, and nobody waits: `maxConcurrentCalls` 25, `maxWaitDuration` 0.
        let mut bulkhead = Bulkhead::new(Limits::semaphore(25, Nanos::ZERO));
        for call in 0..25 {
            assert_eq!(bulkhead.enter(AT(0), call), Entry::Starts(call));
        }
        assert_eq!(bulkhead.enter(AT(0), 25), Entry::Full(25));
        bulkhead.leave();
        assert_eq!(bulkhead.turn(AT(1)), None);
        assert_eq!(bulkhead.enter(AT(1), 26), Entry::Starts(26));
        assert_eq!((bulkhead.in_flight(), bulkhead.line().len()), (25, 0));
    }

    #[test]
    fn a_semaphore_waits_for_so_long() {
        let mut bulkhead = Bulkhead::new(Limits::semaphore(1, AT(500)));
        assert_eq!(bulkhead.enter(AT(0), 'a'), Entry::Starts('a'));
        for (at, call) in [(100, 'b'), (200, 'c'), (550, 'd')] {
            assert_eq!(bulkhead.enter(AT(at), call), Entry::Waits);
        }
        assert_eq!(bulkhead.turn(AT(599)), None);
        assert_eq!(bulkhead.turn(AT(600)), Some(Turn::TooLate('b')));
        assert_eq!(bulkhead.turn(AT(600)), None);
        bulkhead.leave();
        // The wait of the one is over, and the next one starts.
        assert_eq!(bulkhead.turn(AT(800)), Some(Turn::TooLate('c')));
        assert_eq!(bulkhead.turn(AT(800)), Some(Turn::Starts('d')));
        assert_eq!((bulkhead.turn(AT(800)), bulkhead.in_flight()), (None, 1));
    }

    #[test]
    fn a_thread_pool_has_so_many_places() {
        let mut bulkhead = Bulkhead::new(Limits::thread_pool(2, 2));
        let entries: Vec<_> = (0..5).map(|call| bulkhead.enter(AT(0), call)).collect();
        assert_eq!(entries, [Entry::Starts(0), Entry::Starts(1), Entry::Waits, Entry::Waits, Entry::Full(4)]);
        bulkhead.leave();
        assert_eq!(bulkhead.turn(AT(1_000_000)), Some(Turn::Starts(2)));
        // A permit more: the next one starts. Two fewer: nobody until three have left.
        bulkhead.set_limits(Limits::thread_pool(3, 2));
        assert_eq!(bulkhead.turn(AT(1_000_000)), Some(Turn::Starts(3)));
        bulkhead.set_limits(Limits::thread_pool(1, 2));
        assert_eq!(bulkhead.enter(AT(1_000_000), 5), Entry::Waits);
        for starts in [None, None, Some(Turn::Starts(5))] {
            bulkhead.leave();
            assert_eq!(bulkhead.turn(AT(1_000_000)), starts);
        }
        bulkhead.leave();
        bulkhead.leave();
        assert_eq!(bulkhead.in_flight(), 0, "a permit that nobody had is not there");
    }

    #[test]
    fn little_and_the_time_that_a_pool_lasts() {
        // 100 requests a second at 50 ms are 5 in flight; at 5 s they are 500.
        assert!((permits_in_use(100.0, AT(50)) - 5.0).abs() < 1e-12);
        assert!((permits_in_use(100.0, AT(5_000)) - 500.0).abs() < 1e-12);
        assert!((lasts(200.0, 0.0, 50.0) - 4.0).abs() < 1e-12);
        assert!(lasts(2.0, 3.0, 1.0) == 0.0 && lasts(2.0, 2.0, 0.0) == f64::INFINITY);
    }

    proptest! {
        #[test]
        fn whoever_comes_starts_waits_or_goes_and_permits_bound_the_starts(
            permits in 0..5_u32,
            places in 0..5_usize,
            max_wait in 0..40_u64,
            acts in prop::collection::vec((0..20_u64, any::<bool>()), 0..200),
        ) {
            let mut bulkhead = Bulkhead::new(Limits { permits, places, max_wait: Nanos(max_wait) });
            let (mut now, mut running, mut came) = (Nanos::ZERO, 0, vec![]);
            let (mut gone, mut started) = (0, vec![]);
            for (gap, enters) in acts {
                now += Nanos(gap);
                if enters {
                    came.push(now);
                    match bulkhead.enter(now, came.len() - 1) {
                        Entry::Starts(call) => { started.push(call); running += 1; }
                        Entry::Waits => {}
                        Entry::Full(_) => gone += 1,
                    }
                } else if running > 0 {
                    bulkhead.leave();
                    running -= 1;
                }
                while let Some(turn) = bulkhead.turn(now) {
                    match turn {
                        Turn::Starts(call) => {
                            prop_assert!(now < came[call] + Nanos(max_wait));
                            started.push(call);
                            running += 1;
                        }
                        Turn::TooLate(call) => {
                            prop_assert!(now >= came[call] + Nanos(max_wait));
                            gone += 1;
                        }
                    }
                }
                prop_assert_eq!(bulkhead.in_flight(), running);
                prop_assert!(running <= permits && bulkhead.line().len() <= places);
                prop_assert_eq!(started.len() + gone + bulkhead.line().len(), came.len());
                // First come, first served; and no permit idles while somebody waits.
                prop_assert!(started.is_sorted());
                prop_assert!(running == permits || bulkhead.line().len() == 0);
            }
        }
    }
}
