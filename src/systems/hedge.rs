//! Hedged and tied requests: a second copy for the few requests that take too long.
//!
//! Who asks n leaves and waits for the slowest is slow as soon as one of them is: with probability 1 - (1-p)^n,
//! 63% for 100 leaves of which each is slow once in a hundred ([`slow_share`]). The leaves cannot all be made faster,
//! but an answer can be had from another replica (Dean and Barroso, "The Tail at Scale", 2013).
//!
//! *Hedged*: send a second copy when the first one takes longer than most do, and take the first answer. After
//! the 95th percentile that is one request in twenty, so it costs 5% more calls and turns p into about p^2. The delay
//! is estimated online, from recent latencies ([`Recent`]). What is recorded matters: the span from the *first* copy to the
//! first answer. Then a request that was hedged counts as longer than the delay, as it was. Who records the copy that won by itself forgets
//! the slow ones, his percentile slides down, and he hedges more and more. For the days on which everything is slow a
//! [`RetryBudget`] puts a cap on the copies, since then the percentile comes too late to help.
//!
//! *Tied*: send both copies at once, each knowing of the other, and the first one to start cancels the other. That takes
//! the shorter of two queues at no extra work, and it cannot help where a copy is slow after its start.
//!
//! [`Pair`] holds the promises of both: one answer counts, and of two tied copies one is worked on.

use std::collections::VecDeque;

use super::retry::RetryBudget;
use crate::sim::Nanos;

/// The latencies of the last requests, for their exact percentiles. Recording is a binary search and a move of
/// at most `window` numbers; asking is O(1).
#[derive(Clone, Debug)]
pub struct Recent {
    window: usize,
    order: VecDeque<Nanos>,
    sorted: Vec<Nanos>,
}

impl Recent {
    /// Remembers the last `window` latencies, at least one.
    #[must_use]
    pub fn new(window: usize) -> Recent {
        Recent { window: window.max(1), order: VecDeque::new(), sorted: Vec::new() }
    }

    /// Adds a latency; the oldest goes where the window is full.
    pub fn record(&mut self, latency: Nanos) {
        if self.order.len() == self.window
            && let Some(oldest) = self.order.pop_front()
        {
            // It is in there: what is removed here was put in below.
            let place = self.sorted.partition_point(|&held| held < oldest);
            self.sorted.remove(place);
        }
        self.order.push_back(latency);
        let place = self.sorted.partition_point(|&held| held < latency);
        self.sorted.insert(place, latency);
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The smallest latency that a share `q` (0 to 1) of those remembered is at or below; nothing where there are none.
    #[must_use]
    pub fn percentile(&self, q: f64) -> Option<Nanos> {
        let rank = (q * self.sorted.len() as f64).ceil() as usize;
        self.sorted.get(rank.max(1) - 1).or(self.sorted.last()).copied()
    }
}

/// When the second copy of a request is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Never.
    Never,
    /// After this span.
    Fixed(Nanos),
    /// After this percentile of the recent latencies, 0 to 1.
    Percentile(f64),
}

/// Fewer latencies than these say nothing of a percentile: until then there are no hedges.
const KNOWN: usize = 100;

/// Decides when a request gets a second copy, and whether it may.
#[derive(Clone, Debug)]
pub struct Hedge {
    delay: Delay,
    recent: Recent,
    budget: RetryBudget,
}

impl Hedge {
    /// Hedges after `delay`, estimated from the last `window` latencies, as long as the `budget` lasts.
    #[must_use]
    pub fn new(delay: Delay, window: usize, budget: RetryBudget) -> Hedge {
        Hedge { delay, recent: Recent::new(window), budget }
    }

    /// A request is sent: it earns its part of a hedge. O(1).
    pub fn call(&mut self) {
        self.budget.call();
    }

    /// After which span without an answer a request that is sent now should get a second copy. O(1).
    #[must_use]
    pub fn delay(&self) -> Option<Nanos> {
        match self.delay {
            Delay::Never => None,
            Delay::Fixed(span) => Some(span),
            Delay::Percentile(_) if self.is_learning() => None,
            Delay::Percentile(q) => self.recent.percentile(q),
        }
    }

    /// Whether too few latencies are known yet to tell the percentile: requests of this time get no second copy. O(1).
    #[must_use]
    pub fn is_learning(&self) -> bool {
        matches!(self.delay, Delay::Percentile(_)) && self.recent.len() < KNOWN
    }

    /// That span is over: whether the second copy may be sent. O(1).
    #[must_use = "where it is false there may be no second copy"]
    pub fn spend(&mut self) -> bool {
        self.budget.spend()
    }

    /// A request was answered, so long after its *first* copy was sent.
    pub fn record(&mut self, latency: Nanos) {
        self.recent.record(latency);
    }

    /// Another delay and budget from now on; the latencies stay.
    pub fn change(&mut self, delay: Delay, budget: RetryBudget) {
        self.delay = delay;
        self.budget = budget;
    }

    /// What is left to spend.
    #[must_use]
    pub fn budget(&self) -> &RetryBudget {
        &self.budget
    }
}

/// What the copies of one request have done: the first is copy 0, the second copy 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    tied: bool,
    started: Option<u8>,
    answered: bool,
}

impl Pair {
    /// A request whose second copy, if there is one, runs beside the first.
    #[must_use]
    pub fn hedged() -> Pair {
        Pair::default()
    }

    /// A request of two copies of which only one is to be worked on.
    #[must_use]
    pub fn tied() -> Pair {
        Pair { tied: true, ..Pair::default() }
    }

    /// A leaf is about to work on a copy. False where that copy is cancelled: the request has its answer, or is
    /// tied and the other copy has started.
    pub fn start(&mut self, copy: u8) -> bool {
        let taken = self.tied && self.started.is_some_and(|first| first != copy);
        if self.answered || taken {
            return false;
        }
        self.started.get_or_insert(copy);
        true
    }

    /// An answer has come. True for the first one, which counts.
    pub fn answer(&mut self) -> bool {
        !std::mem::replace(&mut self.answered, true)
    }

    /// Whether an answer has come.
    #[must_use]
    pub fn answered(self) -> bool {
        self.answered
    }
}

/// The probability that a request to `n` leaves is slow, where each is with `p` by itself: 1 - (1-p)^n.
#[must_use]
pub fn slow_share(p: f64, n: f64) -> f64 {
    1.0 - libm::pow(1.0 - p, n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sim::{Rng, Seed};

    #[test]
    fn a_hundred_leaves_of_one_percent_are_slow_in_63_percent() {
        assert!((slow_share(0.01, 100.0) - 0.634).abs() < 0.0005);
        // Dean and Barroso, figure 2: 1 in 10,000 at 2,000 leaves is slow for nearly one user in five.
        assert!((slow_share(0.0001, 2_000.0) - 0.18).abs() < 0.002);
        assert!(slow_share(0.0, 100.0).abs() < 1e-12 && (slow_share(1.0, 1.0) - 1.0).abs() < 1e-12);
    }

    /// Requests of 10 ms on average (exponential), of which a hundredth takes a second more. `truth` says what
    /// is recorded of a hedged request: the span from its first copy, or that of the copy that won. Returns the shares that
    /// got a second copy and that were slow, after a time to settle in.
    fn hedged(truth: bool, seed: u64) -> (f64, f64) {
        let mut rng = Rng::stream(Seed(seed), "test");
        let budget = RetryBudget::new(1_000, 1_000);
        let mut hedge = Hedge::new(Delay::Percentile(0.95), 1_000, budget);
        let (mut copies, mut slow, settle, requests) = (0, 0, 5_000, 60_000);
        for request in 0..requests {
            let mut latency = || {
                let slow = rng.chance(0.01);
                rng.exponential(Nanos::from_millis(10)) + Nanos::from_millis(if slow { 1_000 } else { 0 })
            };
            let (first, second) = (latency(), latency());
            hedge.call();
            let delay = hedge.delay().filter(|&delay| first > delay && hedge.spend());
            let whole = delay.map_or(first, |delay| first.min(delay + second));
            let winner = if whole < first { second } else { first };
            hedge.record(if truth { whole } else { winner });
            if request >= settle {
                copies += u32::from(delay.is_some());
                slow += u32::from(whole >= Nanos::from_secs(1));
            }
        }
        let n = f64::from(requests - settle);
        (f64::from(copies) / n, f64::from(slow) / n)
    }

    #[test]
    fn after_the_95th_percentile_one_request_in_twenty_gets_a_second_copy() {
        let (copies, slow) = hedged(true, 1);
        // The rank of a percentile of 1,000 values has the deviation sqrt(0.95 * 0.05 / 1000) = 0.7%, and 55 windows
        // follow each other: 0.7% / sqrt(55) is 0.1%; four of them.
        assert!((copies - 0.05).abs() < 0.004, "{copies}");
        // Both copies slow: p^2 = 1 in 10,000 of 55,000, so 5.5 on average; 20 and more happen once in 300,000.
        assert!(slow < 20.0 / 55_000.0, "{slow}");
        // Who records the copy that won by itself sees his percentile slide, and hedges more.
        let (more, _) = hedged(false, 1);
        assert!(more > 1.5 * copies, "{more} and {copies}");
    }

    #[test]
    fn delays_are_as_set_and_wait_for_what_is_known() {
        let budget = RetryBudget::new(100, 2);
        let mut hedge = Hedge::new(Delay::Percentile(0.5), 1_000, budget.clone());
        for latency in 1..KNOWN as u64 {
            hedge.record(Nanos(latency));
            assert_eq!(hedge.delay(), None);
        }
        hedge.record(Nanos(KNOWN as u64));
        assert_eq!(hedge.delay(), Some(Nanos(50)));
        hedge.change(Delay::Fixed(Nanos(7)), budget.clone());
        assert_eq!(hedge.delay(), Some(Nanos(7)));
        assert_eq!([hedge.spend(), hedge.spend(), hedge.spend()], [true, true, false]);
        (0..10).for_each(|_| hedge.call());
        assert!(hedge.spend());
        hedge.change(Delay::Never, budget);
        assert_eq!(hedge.delay(), None);
    }

    #[test]
    fn one_answer_counts_and_one_tied_copy_starts() {
        let mut pair = Pair::hedged();
        assert!(pair.start(0) && pair.start(1));
        assert!(pair.answer() && !pair.answer() && pair.answered());
        assert!(!pair.start(1), "what waits in line is cancelled by the answer");
        let mut pair = Pair::tied();
        assert!(pair.start(1) && !pair.start(0));
        assert!(pair.answer() && !pair.answer());
    }

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_last_values(
            window in 1..40_usize, values in prop::collection::vec(0..50_u64, 1..200), q in 0.0..=1.0_f64
        ) {
            let mut recent = Recent::new(window);
            prop_assert!(recent.is_empty() && recent.percentile(q).is_none());
            for (index, &value) in values.iter().enumerate() {
                recent.record(Nanos(value));
                let mut last = values[(index + 1).saturating_sub(window)..=index].to_vec();
                last.sort_unstable();
                // By its definition: the smallest that at least q of all are at or below.
                let at_or_below = |value: u64| last.iter().filter(|&&held| held <= value).count() as f64;
                let expected = last.iter().copied().find(|&value| at_or_below(value) >= q * last.len() as f64);
                prop_assert_eq!(recent.percentile(q), expected.map(Nanos));
                prop_assert_eq!(recent.len(), last.len());
            }
        }
    }
}
