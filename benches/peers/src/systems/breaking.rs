//! Circuit breakers around calls of which one in twenty fails: closed, where a breaker spends its life.

use std::time::Duration;

use anyhow::{Result, ensure};
use failsafe::CircuitBreaker as _;
use sysdrill::sim::{Nanos, Rng, Seed};
use sysdrill::systems::circuit_breaker::{CircuitBreaker, Config, Outcome, Window};

use crate::turns::{Family, Peer};

const CALLS: usize = 100_000;
const FAILING: f64 = 0.05;
/// The last calls that a breaker looks at, and the milliseconds: calls come one a millisecond.
const WINDOW: u32 = 100;
const SPAN: u64 = 10_000;

/// How each call ends.
fn ends() -> Vec<bool> {
    let mut rng = Rng::stream(Seed(1), "calls");
    (0..CALLS).map(|_| !rng.chance(FAILING)).collect()
}

/// One call through ours, at that millisecond. Whether it was made.
#[inline]
fn call(breaker: &mut CircuitBreaker, now: Nanos, ok: bool) -> bool {
    let Ok(permit) = breaker.permit(now) else { return false };
    breaker.record(now, permit, Outcome { ok, took: Nanos::from_micros(500) });
    true
}

fn ours(window: Window) -> impl FnMut(bool) -> bool {
    let mut breaker = CircuitBreaker::new(Config { window, minimum: WINDOW, ..Config::default() });
    let mut now = Nanos::ZERO;
    move |ok| {
        now += Nanos::from_millis(1);
        call(&mut breaker, now, ok)
    }
}

/// How many failures in a row it takes to open it.
fn failures_to_open(mut call: impl FnMut(bool) -> bool) -> usize {
    (0..100_000).take_while(|_| call(false)).count()
}

pub fn by_calls() -> Result<Family> {
    let recloser = || {
        let breaker = recloser::Recloser::custom().error_rate(0.5).closed_len(WINDOW as usize).build();
        move |ok: bool| {
            let ended = breaker.call(|| if ok { Ok(()) } else { Err(()) });
            !matches!(ended, Err(recloser::Error::Rejected))
        }
    };
    let ends = ends();
    let (mut mine, theirs) = (ours(Window::Calls(WINDOW)), recloser());
    ensure!(ends.iter().all(|&ok| mine(ok) && theirs(ok)), "no call is rejected");
    let (our_trip, their_trip) =
        (failures_to_open(ours(Window::Calls(WINDOW))), failures_to_open(recloser()));
    ensure!(our_trip == WINDOW as usize, "ours opens on the call that makes the minimum");

    let their_ends = ends.clone();
    Ok(Family {
        name: "breaker, the last 100 calls",
        operations: CALLS,
        ours: Box::new(move || ends.iter().map(|&ok| u64::from(mine(ok))).sum()),
        peers: vec![Peer {
            name: "recloser 1.4.0",
            work: Box::new(move || their_ends.iter().map(|&ok| u64::from(theirs(ok))).sum()),
        }],
        remarks: vec![
            format!("the same calls pass; of nothing but failures, ours opens on call {our_trip}, recloser on call {their_trip}"),
            "ours is also told the time and how long each call took, and counts slow calls; recloser can be shared between threads (an epoch and a spin lock) and only tells good from bad".into(),
        ],
    })
}

pub fn by_time() -> Result<Family> {
    let ends = ends();
    let mut mine = ours(Window::Time(Nanos::from_millis(SPAN)));
    let mut breaker = Failsafe::new();
    ensure!(ends.iter().all(|&ok| mine(ok)), "no call is rejected by ours");
    ensure!(breaker.run(&ends) == CALLS as u64, "no call is rejected by failsafe");

    let their_ends = ends.clone();
    Ok(Family {
        name: "breaker, the last 10 s",
        operations: CALLS,
        ours: Box::new(move || ends.iter().map(|&ok| u64::from(mine(ok))).sum()),
        peers: vec![Peer { name: "failsafe 1.3.0", work: Box::new(move || breaker.run(&their_ends)) }],
        remarks: vec![
            "a call a millisecond for both, on failsafe's own virtual clock; ours counts exactly, in tenths of the window, failsafe an exponential average (one `exp` a call)".into(),
            "ours also counts slow calls; failsafe can be shared between threads (a mutex)".into(),
        ],
    })
}

type Policy = failsafe::failure_policy::SuccessRateOverTimeWindow<failsafe::backoff::Constant>;

/// A breaker by failsafe on its virtual clock, which begins anew at the present with each piece of work.
struct Failsafe {
    breaker: failsafe::StateMachine<Policy, ()>,
    passed: Duration,
}

impl Failsafe {
    fn new() -> Failsafe {
        let wait = failsafe::backoff::constant(Duration::from_secs(60));
        let span = Duration::from_millis(SPAN);
        let policy = failsafe::failure_policy::success_rate_over_time_window(0.5, WINDOW, span, wait);
        let breaker = failsafe::Config::new().failure_policy(policy).build();
        Failsafe { breaker, passed: Duration::ZERO }
    }

    fn run(&mut self, ends: &[bool]) -> u64 {
        let (breaker, passed) = (&self.breaker, &mut self.passed);
        failsafe::clock::freeze(|clock| {
            clock.advance(*passed);
            ends.iter()
                .map(|&ok| {
                    clock.advance(Duration::from_millis(1));
                    *passed += Duration::from_millis(1);
                    let ended = breaker.call(|| if ok { Ok(()) } else { Err(()) });
                    u64::from(!matches!(ended, Err(failsafe::Error::Rejected)))
                })
                .sum()
        })
    }
}
