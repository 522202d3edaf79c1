//! Idempotency keys: a request that is sent again does not happen again.
//!
//! A client that got no answer cannot know whether its request was done. So it sends it again, with the same key, and the server has to
//! recognise it. [`Keys`] does what Stripe's first API version documents: the first request under a key runs, and its answer,
//! errors included, is given to all later ones; another request under a known key is an error; one that comes while the first
//! runs is told so; a key has at most 255 characters and is forgotten after a time (24 hours there). A request that is
//! refused before it begins to run leaves no trace, so its key can be used again.
//!
//! What is easily left out is a first request that never ends, since its server died. An entry in flight therefore has a lease: once
//! it is over, the next request with the key takes over. Then the slow one may still be alive, so it has to be fenced off: every run has a
//! [`Ticket`], and only the last one given out may finish. Effect and [`Keys::finish`] belong into one transaction; then
//! neither a crash nor a takeover can double the effect.
//!
//! [`naive`] holds the ways that do not suffice.
//!
//! Sources: Stripe API reference, "Idempotent requests"; Leach, "Designing robust and predictable APIs with idempotency" (Stripe,
//! 2017) and "Implementing Stripe-like idempotency keys in Postgres" (2017); IETF draft "The Idempotency-Key HTTP Header
//! Field" (a request in flight is answered 409, another payload 422).

pub mod naive;

use std::collections::{BTreeMap, VecDeque};

use crate::sim::Nanos;

/// How long a key may be, in characters.
pub const LONGEST_KEY: usize = 255;

/// The run of a request, in the order in which they were begun.
pub type Ticket = u64;

/// What is to be done with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin<R> {
    /// It is to be run, and the ticket to be shown at its end.
    Run {
        /// The ticket of this run.
        ticket: Ticket,
        /// Whether an earlier run was begun and did not end within its lease: what it left behind is to be looked at first.
        takes_over: bool,
    },
    /// It was done: this was the answer.
    Replay(R),
    /// It is being done by somebody else.
    InFlight,
    /// The key stands for another request.
    Mismatch,
}

/// Why a key is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is empty.
    #[error("the idempotency key is empty")]
    Empty,
    /// It has too many characters.
    #[error("the idempotency key is longer than 255 characters")]
    TooLong,
}

/// How long things are kept, and what is left out on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How long an answer is remembered, from when its key was first seen.
    pub remembered: Nanos,
    /// How long a run has the key for itself.
    pub lease: Nanos,
    /// Whether a run that lost its key to another one may finish all the same. A flaw: both have their effect.
    pub unfenced: bool,
    /// Whether any request under a known key gets its answer. A flaw: it may be that of another request.
    pub any_request: bool,
    /// Whether a run keeps its key for ever. A flaw: a crash makes the key unusable.
    pub endless_lease: bool,
}

impl Config {
    /// Sound, with those times.
    #[must_use]
    pub fn new(remembered: Nanos, lease: Nanos) -> Config {
        Config { remembered, lease, unfenced: false, any_request: false, endless_lease: false }
    }
}

#[derive(Clone, Debug)]
enum State<R> {
    InFlight { ticket: Ticket, until: Nanos },
    Done(R),
}

#[derive(Clone, Debug)]
struct Entry<R> {
    fingerprint: u64,
    first: Nanos,
    state: State<R>,
}

/// The keys that are known, with the answers given. Every operation is O(log n) for n keys, amortised over those forgotten.
#[derive(Clone, Debug)]
pub struct Keys<R> {
    config: Config,
    entries: BTreeMap<String, Entry<R>>,
    /// The keys by when they were first seen.
    order: VecDeque<(Nanos, String)>,
    tickets: Ticket,
}

impl<R: Clone> Keys<R> {
    /// None is known yet.
    #[must_use]
    pub fn new(config: Config) -> Keys<R> {
        Keys { config, entries: BTreeMap::new(), order: VecDeque::new(), tickets: 0 }
    }

    /// Other times or flaws from now on; leases that run keep their end.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// A request comes. `fingerprint` stands for what is asked for: a hash of method, path and body. Looking and
    /// writing down are one step.
    ///
    /// # Errors
    /// Where the key is empty or too long.
    pub fn begin(&mut self, now: Nanos, key: &str, fingerprint: u64) -> Result<Begin<R>, BadKey> {
        match key.chars().nth(LONGEST_KEY) {
            _ if key.is_empty() => return Err(BadKey::Empty),
            Some(_) => return Err(BadKey::TooLong),
            None => {}
        }
        self.forget(now);
        let takes_over = match self.entries.get(key) {
            Some(entry) if entry.fingerprint != fingerprint && !self.config.any_request => {
                return Ok(Begin::Mismatch);
            }
            Some(Entry { state: State::Done(answer), .. }) => return Ok(Begin::Replay(answer.clone())),
            Some(Entry { state: State::InFlight { until, .. }, .. })
                if now < *until || self.config.endless_lease =>
            {
                return Ok(Begin::InFlight);
            }
            Some(_) => true,
            None => false,
        };
        self.tickets += 1;
        let state = State::InFlight { ticket: self.tickets, until: now + self.config.lease };
        match self.entries.get_mut(key) {
            Some(entry) => entry.state = state,
            None => {
                self.entries.insert(key.to_string(), Entry { fingerprint, first: now, state });
                self.order.push_back((now, key.to_string()));
            }
        }
        Ok(Begin::Run { ticket: self.tickets, takes_over })
    }

    /// A run has its answer. Returns whether it may have its effect: not where another run took over, or the key was
    /// forgotten meanwhile. To be asked in the transaction of the effect.
    #[must_use]
    pub fn finish(&mut self, now: Nanos, key: &str, ticket: Ticket, answer: R) -> bool {
        self.forget(now);
        let unfenced = self.config.unfenced;
        let Some(entry) = self.entries.get_mut(key) else { return unfenced };
        match entry.state {
            State::InFlight { ticket: last, .. } if last == ticket || unfenced => {
                entry.state = State::Done(answer);
                true
            }
            State::InFlight { .. } => false,
            State::Done(_) => unfenced,
        }
    }

    /// A run was refused before it began: its key is free again.
    pub fn withdraw(&mut self, key: &str, ticket: Ticket) {
        let own =
            |entry: &Entry<R>| matches!(entry.state, State::InFlight { ticket: last, .. } if last == ticket);
        if self.entries.get(key).is_some_and(own) {
            self.entries.remove(key);
        }
    }

    /// How many keys are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Since when a key is known, and how it stands: in flight until then, or done.
    #[must_use]
    pub fn standing(&self, key: &str) -> Option<(Nanos, Standing)> {
        let entry = self.entries.get(key)?;
        let standing = match entry.state {
            State::InFlight { until, .. } => Standing::InFlight(until),
            State::Done(_) => Standing::Done,
        };
        Some((entry.first, standing))
    }

    fn forget(&mut self, now: Nanos) {
        while let Some((first, key)) = self.order.front() {
            if now.since(*first) < self.config.remembered {
                break;
            }
            // A key may have been withdrawn and used again since.
            if self.entries.get(key).is_some_and(|entry| entry.first == *first) {
                self.entries.remove(key);
            }
            self.order.pop_front();
        }
    }
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its request runs, and has the key for itself until then.
    InFlight(Nanos),
    /// Its answer is known.
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::torture::{breaks, survives};
    use crate::sim::{Rng, Seed};

    const DAY: Nanos = Nanos::from_secs(86_400);
    const LEASE: Nanos = Nanos::from_secs(5);

    fn keys() -> Keys<&'static str> {
        Keys::new(Config::new(DAY, LEASE))
    }

    fn run(ticket: Ticket) -> Result<Begin<&'static str>, BadKey> {
        Ok(Begin::Run { ticket, takes_over: false })
    }

    #[test]
    fn the_first_answer_is_given_again_also_where_it_is_an_error() {
        let (mut keys, second) = (keys(), Nanos::from_secs(1));
        assert_eq!(keys.begin(Nanos::ZERO, "a", 1), run(1));
        assert_eq!(keys.begin(second, "a", 1), Ok(Begin::InFlight));
        assert!(keys.finish(second, "a", 1, "402 card declined"));
        assert_eq!(keys.begin(second * 2, "a", 1), Ok(Begin::Replay("402 card declined")));
        assert_eq!(keys.begin(second * 2, "a", 2), Ok(Begin::Mismatch), "other parameters under a known key");
        assert_eq!(keys.begin(second * 2, "b", 2), run(2));
    }

    #[test]
    fn a_key_is_forgotten_after_its_time_and_not_before() {
        let mut keys = keys();
        assert_eq!(keys.begin(Nanos::ZERO, "a", 1), run(1));
        assert!(keys.finish(LEASE, "a", 1, "200"));
        assert_eq!(keys.begin(DAY - Nanos(1), "a", 1), Ok(Begin::Replay("200")));
        assert_eq!(keys.begin(DAY, "a", 2), run(2), "even for another request");
        assert_eq!(keys.len(), 1);
    }

    #[test]
    fn a_key_has_1_to_255_characters() {
        let mut keys = keys();
        assert_eq!(keys.begin(Nanos::ZERO, "", 1), Err(BadKey::Empty));
        assert_eq!(keys.begin(Nanos::ZERO, &"ä".repeat(255), 1), run(1));
        assert_eq!(keys.begin(Nanos::ZERO, &"ä".repeat(256), 1), Err(BadKey::TooLong));
    }

    #[test]
    fn who_was_refused_before_it_began_leaves_no_trace() {
        let mut keys = keys();
        assert_eq!(keys.begin(Nanos::ZERO, "a", 1), run(1));
        keys.withdraw("a", 1);
        assert_eq!(keys.begin(Nanos(1), "a", 2), run(2));
        keys.withdraw("a", 1);
        assert_eq!(keys.begin(Nanos(2), "a", 2), Ok(Begin::InFlight), "the ticket of another run");
        // What was withdrawn is forgotten by its second time, not its first.
        assert!(keys.finish(Nanos(3), "a", 2, "200"));
        assert_eq!(keys.begin(DAY, "a", 2), Ok(Begin::Replay("200")));
    }

    #[test]
    fn a_run_that_dies_is_taken_over_and_fenced_off() {
        let mut keys = keys();
        assert_eq!(keys.begin(Nanos::ZERO, "a", 1), run(1));
        assert_eq!(keys.begin(LEASE - Nanos(1), "a", 1), Ok(Begin::InFlight));
        assert_eq!(keys.begin(LEASE, "a", 1), Ok(Begin::Run { ticket: 2, takes_over: true }));
        assert!(!keys.finish(LEASE, "a", 1, "the slow one"));
        assert!(keys.finish(LEASE, "a", 2, "the quick one"));
        assert!(!keys.finish(LEASE, "a", 1, "the slow one"));
        assert_eq!(keys.begin(LEASE, "a", 1), Ok(Begin::Replay("the quick one")));
    }

    #[derive(Clone, Copy, Debug)]
    enum Move {
        Come(u8),
        /// The n-th run that is going on ends.
        End(u8),
        /// It dies.
        Die(u8),
        Wait(u8),
    }

    fn draw(rng: &mut Rng) -> Move {
        match rng.below(8) {
            0..3 => Move::Come(rng.below(3) as u8),
            3..5 => Move::End(rng.below(4) as u8),
            5 => Move::Die(rng.below(4) as u8),
            _ => Move::Wait(rng.below(8) as u8),
        }
    }

    /// Workers that run, stall past their lease and die: however it goes, a request has its effect at most once while its key
    /// is known, an answer is given only where there was an effect, and who comes after a lease is not sent away.
    fn play(flaw: fn(&mut Config)) -> impl FnMut(Seed, &[Move]) -> Result<(), String> {
        move |_, script| {
            let mut config = Config::new(Nanos(1_000), Nanos(10));
            flaw(&mut config);
            let mut keys = Keys::new(config);
            let mut effects = [0; 3];
            let mut runs: Vec<(usize, Ticket)> = Vec::new();
            let mut leased = [Nanos::ZERO; 3];
            let mut now = Nanos::ZERO;
            for act in script {
                match *act {
                    Move::Come(which) => {
                        let which = usize::from(which);
                        match keys.begin(now, ["a", "b", "c"][which], 0) {
                            Ok(Begin::Run { ticket, .. }) => {
                                runs.push((which, ticket));
                                leased[which] = now + Nanos(10);
                            }
                            Ok(Begin::Replay(())) if effects[which] == 0 => {
                                return Err("an answer without an effect".into());
                            }
                            Ok(Begin::InFlight) if now >= leased[which] => {
                                return Err("sent away after the lease".into());
                            }
                            _ => {}
                        }
                    }
                    Move::End(nth) if usize::from(nth) < runs.len() => {
                        let (which, ticket) = runs.remove(usize::from(nth));
                        effects[which] += i32::from(keys.finish(now, ["a", "b", "c"][which], ticket, ()));
                    }
                    Move::Die(nth) if usize::from(nth) < runs.len() => {
                        runs.remove(usize::from(nth));
                    }
                    Move::Wait(time) => now += Nanos(u64::from(time)),
                    _ => {}
                }
                if effects.iter().any(|&count| count > 1) {
                    return Err("done twice".into());
                }
            }
            Ok(())
        }
    }

    #[test]
    fn done_at_most_once_however_workers_stall_and_die() {
        survives(3_000, 40, draw, play(|_| ()));
        let double = breaks(3_000, 40, draw, play(|config| config.unfenced = true)).expect("both finish");
        assert!(double.why == "done twice" && double.script.len() <= 8, "{double:?}");
        let stuck = breaks(3_000, 40, draw, play(|config| config.endless_lease = true)).expect("stuck");
        assert!(stuck.why == "sent away after the lease" && stuck.script.len() <= 5, "{stuck:?}");
    }
}
