//! The circuit breaker: stop calling what does not answer, and find out cheaply when it does again.
//!
//! Closed, it lets every call through and remembers how the last ones of them ended, a number of calls or those
//! of a time. When the failed share, or the slow share, reaches its threshold, it opens: calls are rejected at once, so
//! callers keep their threads and the dependency gets the quiet to recover. After `wait` it is
//! half-open: the next `probes` calls may pass, all further ones are rejected, and once the last probe
//! is back their shares decide between closed and open.
//!
//! The pattern is Nygard's (Release It!, 2007). The rules and defaults are those that people know from
//! resilience4j: a share that *equals* its threshold trips, a call is slow when it
//! took *longer* than the limit, and nothing is judged before `minimum` calls are recorded, but then on
//! that very call. An open breaker turns half-open when the first call after the wait asks; no timer
//! runs. One rule is plainer than theirs: half-open always waits for all its probes, where resilience4j
//! judges already after `minimum` of them if that is fewer.
//!
//! A result counts only in the state that permitted the call. A call that hung since before the breaker
//! opened says nothing about the dependency of now, so it neither fails a probe round nor closes one.
//! For that a caller holds a [`Permit`] and hands it back with the outcome.
//!
//! The parts on their own: `record.rs` keeps the ends of calls, in either kind of window. A [`Flaw`] can be
//! switched on for showing what goes wrong without the rule that it drops.

mod record;

use record::Record;

use crate::sim::Nanos;

/// When a breaker trips and how it recovers. Values that make no sense are taken as the nearest that do:
/// at least one call in the window, one probe, 1 percent; at most 100 percent, a minimum within the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Trips when at least this share of the recorded calls failed, in percent, 1 to 100.
    pub failure_percent: u32,
    /// Which calls are recorded.
    pub window: Window,
    /// How many calls must be recorded before anything is judged.
    pub minimum: u32,
    /// How long it stays open before it tries again.
    pub wait: Nanos,
    /// How many calls may pass in half-open.
    pub probes: u32,
    /// A call that took longer than this is slow.
    pub slow_after: Nanos,
    /// Trips when at least this share of the recorded calls was slow, in percent, 1 to 100.
    pub slow_percent: u32,
    /// A rule to leave out, for teaching.
    pub flaw: Flaw,
}

/// Which calls a closed breaker judges by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// So many of the last ones, at least 1. It reacts after as many calls, whether they take a second or a day.
    Calls(u32),
    /// Those that ended within the last span, in tenths of it: the present tenth counts and the nine before. For callers
    /// that call rarely or unevenly, so that yesterday's failures do not open it today.
    Time(Nanos),
}

/// A rule that breakers in use have been found without. Each makes a breaker that passes a quick test and fails in an
/// outage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// All rules hold.
    #[default]
    None,
    /// Half-open lets every call pass, not only its probes: a dependency that is just coming back meets the whole load.
    /// (Two public Rust breakers, 2026.)
    UncappedProbes,
    /// A share must be above its threshold, where it says "at": it trips a call late, and at 100 percent never. (One of
    /// the two.)
    TripsLate,
    /// Results count whatever state their call was permitted in: what hung since before it opened prolongs its wait, fails
    /// a round of probes or closes one.
    CountsLate,
}

/// The defaults of resilience4j 2: 50 percent of 100 calls, 60 s open, 10 probes, slow after 60 s.
impl Default for Config {
    fn default() -> Config {
        Config {
            failure_percent: 50,
            window: Window::Calls(100),
            minimum: 100,
            wait: Nanos::from_secs(60),
            probes: 10,
            slow_after: Nanos::from_secs(60),
            slow_percent: 100,
            flaw: Flaw::None,
        }
    }
}

impl Config {
    fn sound(self) -> Config {
        let (window, most) = match self.window {
            Window::Calls(calls) => (Window::Calls(calls.max(1)), calls.max(1)),
            Window::Time(span) => (Window::Time(span), u32::MAX),
        };
        Config {
            failure_percent: self.failure_percent.clamp(1, 100),
            window,
            minimum: self.minimum.clamp(1, most),
            probes: self.probes.max(1),
            slow_percent: self.slow_percent.clamp(1, 100),
            ..self
        }
    }
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Calls pass and are recorded.
    Closed,
    /// Calls are rejected.
    Open {
        /// The first call at or after this moment is a probe.
        until: Nanos,
    },
    /// A few calls may pass to see how they end.
    HalfOpen {
        /// How many may.
        probes: u32,
        /// How many have passed.
        sent: u32,
        /// How many of those are back.
        back: u32,
    },
}

/// The right to make one call, to be handed back by [`CircuitBreaker::record`] or
/// [`CircuitBreaker::release`]. (It can be cloned so that a simulation can; handing back one twice
/// counts twice.)
#[must_use = "a probe that is never handed back keeps the breaker half-open for ever"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    generation: u64,
    probe: bool,
}

impl Permit {
    /// Whether the call is one of the probes of a half-open breaker.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.probe
    }
}

/// Why a call may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The breaker is open.
    #[error("the circuit breaker is open")]
    Open {
        /// Until when.
        until: Nanos,
    },
    /// The breaker is half-open and has sent all its probes: until they are back.
    #[error("the circuit breaker is half-open and waits for its probes")]
    HalfOpen,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it gave an answer that counts as good. A time-out does not.
    pub ok: bool,
    /// How long it took.
    pub took: Nanos,
}

/// What a breaker has recorded in its present state: closed, of the last calls; half-open, of the probes;
/// open, what made it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls recorded.
    pub recorded: u32,
    /// Those that failed.
    pub failed: u32,
    /// Those that were slow, failed or not.
    pub slow: u32,
}

/// A circuit breaker. Asking and recording are O(1); memory is two bytes a call of the window, or ten counters for a
/// window of time.
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    config: Config,
    state: State,
    /// Counts the changes of state, so that a permit knows which state it belongs to.
    generation: u64,
    record: Record,
}

impl CircuitBreaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(config: Config) -> CircuitBreaker {
        let config = config.sound();
        let record = Record::of(config.window);
        CircuitBreaker { config, state: State::Closed, generation: 0, record }
    }

    /// Asks to make a call at the moment `now`. Where an open breaker's wait is over, this makes it
    /// half-open.
    ///
    /// # Errors
    /// `Rejected` where the call may not be made.
    pub fn permit(&mut self, now: Nanos) -> Result<Permit, Rejected> {
        if let State::Open { until } = self.state {
            if now < until {
                return Err(Rejected::Open { until });
            }
            self.enter(State::HalfOpen { probes: self.config.probes, sent: 0, back: 0 });
        }
        let mut probe = false;
        if let State::HalfOpen { probes, sent, .. } = &mut self.state {
            if *sent >= *probes && self.config.flaw != Flaw::UncappedProbes {
                return Err(Rejected::HalfOpen);
            }
            *sent = sent.saturating_add(1);
            probe = true;
        }
        Ok(Permit { generation: self.generation, probe })
    }

    /// Hands a permit back with how the call ended, at the moment `now`. This may trip or close the
    /// breaker. Where the state that gave the permit has ended, nothing happens.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used up by handing it back")]
    pub fn record(&mut self, now: Nanos, permit: Permit, outcome: Outcome) {
        let counts_late = self.config.flaw == Flaw::CountsLate;
        if permit.generation != self.generation && !counts_late {
            return;
        }
        self.record.push(now, !outcome.ok, outcome.took > self.config.slow_after);
        let judged = match &mut self.state {
            State::Closed => self.record.counts().recorded >= self.config.minimum,
            State::HalfOpen { probes, back, .. } => {
                *back += 1;
                *back >= *probes
            }
            State::Open { .. } => counts_late,
        };
        if !judged {
            return;
        }
        if self.exceeded() {
            self.enter(State::Open { until: now + self.config.wait });
        } else if let State::HalfOpen { .. } = self.state {
            self.enter(State::Closed);
        }
    }

    /// Hands a permit back for a call that was not made, or whose end says nothing about the
    /// dependency (the caller gave up). A probe's place is free again.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used up by handing it back")]
    pub fn release(&mut self, permit: Permit) {
        if permit.generation == self.generation
            && let State::HalfOpen { sent, .. } = &mut self.state
        {
            *sent = sent.saturating_sub(1);
        }
    }

    /// Where it stands. An open breaker whose wait is over stays open until a call asks.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// What it has recorded.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.record.counts()
    }

    /// The failed share of what it has recorded, in percent; nothing where too little is recorded to judge.
    #[must_use]
    pub fn failure_rate(&self) -> Option<f64> {
        self.rate(self.record.counts().failed)
    }

    /// The slow share of what it has recorded, in percent; nothing where too little is recorded to judge.
    #[must_use]
    pub fn slow_rate(&self) -> Option<f64> {
        self.rate(self.record.counts().slow)
    }

    /// The rules it works by.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Works by other rules from now on. The state stays, with the calls recorded as far as a smaller
    /// window of calls holds them (a window of another kind or time starts empty); nothing is judged before the next result. An end of waiting that is set, and a
    /// round of probes that has begun, stay as they are.
    pub fn change(&mut self, config: Config) {
        self.config = config.sound();
        if self.state == State::Closed {
            self.record.resize(self.config.window);
        }
    }

    fn enter(&mut self, state: State) {
        self.generation += 1;
        self.state = state;
        match state {
            State::Closed => self.record = Record::of(self.config.window),
            State::HalfOpen { probes, .. } => self.record = Record::of(Window::Calls(probes)),
            State::Open { .. } => {}
        }
    }

    /// Whether a share has reached its threshold. Whole numbers: 1 of 3 reaches 33 percent, not 34.
    fn exceeded(&self) -> bool {
        let Counts { recorded, failed, slow } = self.record.counts();
        let late = self.config.flaw == Flaw::TripsLate;
        let reaches = |count: u32, percent: u32| {
            let (share, threshold) =
                (u64::from(count) * 100, u64::from(percent) * u64::from(recorded.max(1)));
            share > threshold || (share == threshold && !late)
        };
        reaches(failed, self.config.failure_percent) || reaches(slow, self.config.slow_percent)
    }

    fn rate(&self, count: u32) -> Option<f64> {
        let recorded = self.record.counts().recorded;
        let needed = match self.state {
            State::HalfOpen { probes, .. } => probes,
            State::Closed | State::Open { .. } => self.config.minimum,
        };
        // What opened the breaker was judged, under whatever minimum held then.
        let judged = matches!(self.state, State::Open { .. }) || recorded >= needed;
        (judged && recorded > 0).then(|| f64::from(count) * 100.0 / f64::from(recorded))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: Nanos = Nanos::from_millis(1);
    const WAIT: Nanos = Nanos::from_secs(1);

    /// A small breaker: 50% of 4 calls, 2 probes, 1 s open, slow after 10 ms at 100%.
    fn small() -> Config {
        Config {
            failure_percent: 50,
            window: Window::Calls(4),
            minimum: 4,
            wait: WAIT,
            probes: 2,
            slow_after: MS * 10,
            slow_percent: 100,
            flaw: Flaw::None,
        }
    }

    /// Makes calls one after the other at the moment `now`: `.` good, `x` failed, `s` good but slow
    /// (11 ms), `e` good in exactly the slow limit, `!` must be rejected. Shows the state after each:
    /// `c`losed, `o`pen, `h`alf-open.
    fn play(breaker: &mut CircuitBreaker, now: Nanos, calls: &str) -> String {
        let one = |call: char| {
            match (call, breaker.permit(now)) {
                ('!', result) => assert!(result.is_err(), "must be rejected in {calls}"),
                (_, Err(rejected)) => panic!("{call} of {calls} was rejected: {rejected}"),
                (_, Ok(permit)) => {
                    let took = MS * if call == 's' { 11 } else { 10 };
                    breaker.record(now, permit, Outcome { ok: call != 'x', took });
                }
            }
            match breaker.state() {
                State::Closed => 'c',
                State::Open { .. } => 'o',
                State::HalfOpen { .. } => 'h',
            }
        };
        calls.chars().map(one).collect()
    }

    #[test]
    fn closed_to_open() {
        let check = |config: Config, calls: &str, states: &str| {
            assert_eq!(play(&mut CircuitBreaker::new(config), MS, calls), states, "{calls}");
        };
        // On exactly the call that reaches the minimum, not one before and not one after it.
        check(small(), "xxxx!", "cccoo");
        check(small(), "..xx!", "cccoo");
        // That call itself may be a good one.
        check(small(), "xxx.!", "cccoo");
        // A share that equals the threshold trips, the next smaller one does not.
        check(small(), "...xx!", "ccccoo");
        check(Config { failure_percent: 51, ..small() }, "..xx", "cccc");
        check(Config { failure_percent: 76, ..small() }, ".xxxx!", "ccccoo");
        // Only the window counts: the failure at the front has left it when the next one comes.
        check(small(), "x...x...x...", "cccccccccccc");
        // A minimum below the window judges what there is; above the window it is the window.
        check(Config { minimum: 2, ..small() }, ".x!", "coo");
        check(Config { minimum: 99, ..small() }, "xxxx!", "cccoo");
        // Slow is strictly longer than the limit, and good answers can be slow.
        check(small(), "ssss!", "cccoo");
        check(small(), "eeee", "cccc");
        check(Config { slow_percent: 50, ..small() }, "ss..!", "cccoo");
        // Failed and slow calls do not add up: each has its own threshold.
        check(Config { failure_percent: 60, slow_percent: 60, ..small() }, "xxss", "cccc");
    }

    #[test]
    fn resilience4j_defaults_trip_on_the_hundredth_call() {
        let mut breaker = CircuitBreaker::new(Config::default());
        let calls = "x".repeat(50) + &".".repeat(50);
        assert_eq!(play(&mut breaker, MS, &calls), "c".repeat(99) + "o");
        assert_eq!(breaker.state(), State::Open { until: MS + Nanos::from_secs(60) });
        let mut breaker = CircuitBreaker::new(Config::default());
        let calls = "x".repeat(49) + &".".repeat(51);
        assert_eq!(play(&mut breaker, MS, &calls), "c".repeat(100));
    }

    #[test]
    fn open_to_half_open_and_on() {
        let check = |config: Config, calls: &str, states: &str| {
            let mut breaker = CircuitBreaker::new(config);
            for _ in 0..4 {
                if breaker.state() == State::Closed {
                    play(&mut breaker, MS, "x");
                }
            }
            let until = MS + WAIT;
            assert_eq!(breaker.permit(until - Nanos(1)), Err(Rejected::Open { until }));
            assert_eq!(play(&mut breaker, until, calls), states, "{calls}");
        };
        // Judged when all permitted probes are back, by the same thresholds.
        check(small(), "..", "hc");
        check(small(), "xx!", "hoo");
        check(small(), "x.!", "hoo");
        check(small(), ".x!", "hoo");
        check(small(), "ss!", "hoo");
        check(small(), "s.", "hc");
        check(Config { failure_percent: 51, ..small() }, ".x", "hc");
        // A minimum smaller than the probes does not judge earlier.
        check(Config { minimum: 1, probes: 3, ..small() }, "x..", "hhc");
        // Closed again, it starts with an empty window.
        check(small(), "..xxx.!", "hccccoo");
    }

    #[test]
    fn half_open_sends_its_probes_and_no_more() {
        let mut breaker = CircuitBreaker::new(small());
        play(&mut breaker, MS, "xxxx");
        let now = MS + WAIT;
        let first = breaker.permit(now).expect("the first probe");
        let second = breaker.permit(now).expect("the second probe");
        assert!(first.is_probe() && second.is_probe());
        assert_eq!(breaker.permit(now), Err(Rejected::HalfOpen));
        let good = Outcome { ok: true, took: MS };
        breaker.record(now, first, good);
        assert_eq!(breaker.permit(now), Err(Rejected::HalfOpen), "one back makes no room for a third");
        breaker.release(second);
        let again = breaker.permit(now).expect("the place of the one given back");
        breaker.record(now, again, good);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[test]
    fn results_from_an_earlier_state_do_not_count() {
        let mut breaker = CircuitBreaker::new(small());
        let late: Vec<Permit> =
            (0..6).map(|_| breaker.permit(MS).expect("closed permits every call")).collect();
        let [a, b, c, d, e, f] = <[Permit; 6]>::try_from(late).expect("six");
        let (good, bad) = (Outcome { ok: true, took: MS }, Outcome { ok: false, took: MS });
        play(&mut breaker, MS, "xxxx");
        let open = breaker.state();
        breaker.record(MS * 2, a, bad);
        breaker.record(MS * 2, b, good);
        assert_eq!(breaker.state(), open, "nor do they prolong the wait");
        let probe = breaker.permit(MS + WAIT).expect("a probe");
        breaker.record(MS + WAIT, c, good);
        breaker.record(MS + WAIT, d, good);
        breaker.release(e);
        assert_eq!(breaker.state(), State::HalfOpen { probes: 2, sent: 1, back: 0 });
        breaker.record(MS + WAIT, probe, good);
        play(&mut breaker, MS + WAIT, ".");
        assert_eq!(breaker.state(), State::Closed);
        breaker.record(MS + WAIT, f, bad);
        assert_eq!(breaker.counts(), Counts::default(), "closed again is another state than closed before");
    }

    #[test]
    fn rates_show_what_is_judged() {
        let mut breaker = CircuitBreaker::new(small());
        play(&mut breaker, MS, "x..");
        assert_eq!(breaker.failure_rate(), None);
        play(&mut breaker, MS, ".");
        assert_eq!(breaker.failure_rate(), Some(25.0));
        assert_eq!(breaker.slow_rate(), Some(0.0));
        play(&mut breaker, MS, "xx");
        assert!(matches!(breaker.state(), State::Open { .. }));
        assert_eq!(breaker.failure_rate(), Some(50.0));
    }

    #[test]
    fn a_change_of_rules_keeps_the_state() {
        let mut breaker = CircuitBreaker::new(Config { window: Window::Calls(8), minimum: 8, ..small() });
        play(&mut breaker, MS, "xxx....");
        breaker.change(small());
        assert_eq!(breaker.counts(), Counts { recorded: 4, failed: 0, slow: 0 });
        play(&mut breaker, MS, "xx");
        assert!(matches!(breaker.state(), State::Open { .. }));
        // Probes that are under way are waited for, even where fewer would do now: it cannot get stuck.
        let now = MS + WAIT;
        let probe = breaker.permit(now).expect("a probe");
        breaker.change(Config { probes: 1, ..small() });
        breaker.record(now, probe, Outcome { ok: true, took: MS });
        assert_eq!(play(&mut breaker, now, "."), "c");
    }

    #[test]
    fn a_window_of_time_judges_by_the_clock() {
        // At least 2 calls within a second.
        let by_time = || {
            let rules = Config { window: Window::Time(Nanos::from_secs(1)), minimum: 2, ..small() };
            CircuitBreaker::new(rules)
        };
        let mut breaker = by_time();
        assert_eq!(play(&mut breaker, MS, "x"), "c");
        assert_eq!(play(&mut breaker, MS * 900, "x!"), "oo");
        // A second and more later the first one is forgotten, and one call alone is not judged.
        let mut breaker = by_time();
        assert_eq!(play(&mut breaker, MS, "x"), "c");
        assert_eq!(play(&mut breaker, MS * 1_100, "x"), "c");
        // However many calls there are: a hundred good ones of a moment ago weigh against the failures.
        let mut breaker = by_time();
        play(&mut breaker, MS, &".".repeat(100));
        assert_eq!(play(&mut breaker, MS * 500, &"x".repeat(99)), "c".repeat(99));
        assert_eq!(play(&mut breaker, MS * 500, "x!"), "oo");
        // The minimum is not bounded by the window, and closed again it starts with an empty one.
        let mut breaker = by_time();
        breaker.change(Config { minimum: 150, ..breaker.config().clone() });
        assert_eq!(play(&mut breaker, MS, &"x".repeat(149)), "c".repeat(149));
        assert_eq!(play(&mut breaker, MS, "x!"), "oo");
        assert_eq!(play(&mut breaker, MS + WAIT, ".."), "hc");
        assert_eq!(breaker.counts(), Counts::default());
    }

    #[test]
    fn each_flaw_breaks_what_it_says() {
        let flawed = |flaw| CircuitBreaker::new(Config { flaw, ..small() });
        let mut breaker = flawed(Flaw::TripsLate);
        assert_eq!(play(&mut breaker, MS, "..xxx!"), "ccccoo", "at 3 of 4, not at 2");
        let mut breaker = flawed(Flaw::UncappedProbes);
        play(&mut breaker, MS, "xxxx");
        assert!((0..50).all(|_| breaker.permit(MS + WAIT).is_ok()), "50 calls where 2 probes are permitted");
        let mut breaker = flawed(Flaw::CountsLate);
        let late: Vec<Permit> = (0..3).filter_map(|_| breaker.permit(MS).ok()).collect();
        play(&mut breaker, MS, "xxxx");
        for (index, permit) in (2..).zip(late) {
            breaker.record(MS * index, permit, Outcome { ok: false, took: MS });
            assert_eq!(breaker.state(), State::Open { until: MS * index + WAIT }, "the wait begins anew");
        }
    }

    /// The rules once more, told from the whole history instead of from counters.
    struct Model {
        config: Config,
        state: State,
        generation: u64,
        /// When each ended, whether it was good, whether slow.
        ends: Vec<(u64, bool, bool)>,
    }

    impl Model {
        fn turn(&mut self, state: State) {
            self.state = state;
            self.generation += 1;
            self.ends.clear();
        }

        fn permit(&mut self, now: Nanos) -> Option<u64> {
            match self.state {
                State::Open { until } if now >= until => {
                    self.turn(State::HalfOpen { probes: self.config.probes, sent: 1, back: 0 });
                }
                State::HalfOpen { probes, sent, back } if sent < probes => {
                    self.state = State::HalfOpen { probes, sent: sent + 1, back };
                }
                State::Closed => {}
                _ => return None,
            }
            Some(self.generation)
        }

        fn record(&mut self, now: Nanos, generation: u64, outcome: Outcome) {
            if generation != self.generation {
                return;
            }
            self.ends.push((now.0, outcome.ok, outcome.took > self.config.slow_after));
            let half_open = match self.state {
                State::HalfOpen { probes, sent, back } => {
                    self.state = State::HalfOpen { probes, sent, back: back + 1 };
                    Some(probes)
                }
                _ => None,
            };
            let window = half_open.map_or(self.config.window, Window::Calls);
            let last: Vec<&(u64, bool, bool)> = match window {
                Window::Calls(size) => self.ends.iter().rev().take(size as usize).collect(),
                Window::Time(span) => {
                    let tenth = (span.0 / 10).max(1);
                    self.ends.iter().filter(|(at, ..)| at / tenth + 10 > now.0 / tenth).collect()
                }
            };
            let needed = match window {
                Window::Calls(size) => half_open.unwrap_or(self.config.minimum.min(size)),
                Window::Time(_) => self.config.minimum,
            };
            if last.len() < needed as usize {
                return;
            }
            let percent =
                |count: usize| count as f64 / last.len() as f64 * 100.0 + 1e-9 /* 1 of 3 is 33.3% */;
            let failed = percent(last.iter().filter(|(_, ok, _)| !ok).count());
            let slow = percent(last.iter().filter(|(.., slow)| *slow).count());
            if failed >= f64::from(self.config.failure_percent) || slow >= f64::from(self.config.slow_percent)
            {
                self.turn(State::Open { until: now + self.config.wait });
            } else if half_open.is_some() {
                self.turn(State::Closed);
            }
        }
    }

    #[derive(Clone, Debug)]
    enum Do {
        /// Let time pass, in ms.
        Pass(u64),
        /// Ask.
        Ask,
        /// The call at this place among those in flight ends: good or not, after so many ms.
        End(usize, bool, u64),
    }

    fn script() -> impl Strategy<Value = Vec<Do>> {
        let act = prop_oneof![
            1 => (0..600_u64).prop_map(Do::Pass),
            5 => Just(Do::Ask),
            4 => (0..8_usize, any::<bool>(), 8..13_u64).prop_map(|(place, ok, took)| Do::End(place, ok, took)),
        ];
        prop::collection::vec(act, 1..400)
    }

    fn config() -> impl Strategy<Value = Config> {
        let window = prop_oneof![
            (1..9_u32).prop_map(Window::Calls),
            (0..3_000_u64).prop_map(|ms| Window::Time(MS * ms)),
        ];
        (1..=100_u32, window, 1..12_u32, 1..1_000_u64, 1..5_u32, 1..=100_u32).prop_map(
            |(failure_percent, window, minimum, wait, probes, slow_percent)| Config {
                failure_percent,
                window,
                minimum,
                wait: MS * wait,
                probes,
                slow_after: MS * 10,
                slow_percent,
                flaw: Flaw::None,
            },
        )
    }

    proptest! {
        #[test]
        fn agrees_with_the_model_and_caps_its_probes(config in config(), script in script()) {
            let mut breaker = CircuitBreaker::new(config.clone());
            let mut model = Model { config: config.clone(), state: State::Closed, generation: 0, ends: Vec::new() };
            let mut now = Nanos::ZERO;
            let mut calls: Vec<(Permit, u64)> = Vec::new();
            for act in script {
                match act {
                    Do::Pass(ms) => now += MS * ms,
                    Do::Ask => match (breaker.permit(now), model.permit(now)) {
                        (Ok(permit), Some(generation)) => calls.push((permit, generation)),
                        (Err(_), None) => {}
                        (ours, theirs) => prop_assert!(false, "{ours:?} but the model says {theirs:?}"),
                    },
                    Do::End(place, ok, took) => {
                        if place < calls.len() {
                            let (permit, generation) = calls.remove(place);
                            let outcome = Outcome { ok, took: MS * took };
                            breaker.record(now, permit, outcome);
                            model.record(now, generation, outcome);
                        }
                    }
                }
                prop_assert_eq!(breaker.state(), model.state);
                if let State::HalfOpen { .. } = breaker.state() {
                    // Counted from the calls themselves, not from the breaker's own figures.
                    let present = |permit: &Permit| permit.is_probe() && permit.generation == breaker.generation;
                    let in_flight = calls.iter().filter(|(permit, _)| present(permit)).count();
                    prop_assert!(in_flight <= config.probes as usize);
                }
            }
        }
    }
}
