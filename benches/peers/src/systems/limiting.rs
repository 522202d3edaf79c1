//! Rate limiters on the same arrivals.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use governor::clock::Clock;
use governor::{Quota, RateLimiter};
use sysdrill::sim::{Nanos, Rng, Seed};
use sysdrill::systems::limiter::{Gcra, Limiter, TokenBucket};

use crate::turns::{Family, Peer};

/// A thousand a second, so that an interval is a whole number of nanoseconds and both are exact.
const RATE: u32 = 1_000;
const BURST: u32 = 100;
const ARRIVALS: usize = 100_000;

/// A clock that stands where it is put: a plain cell, cheaper than the one that governor has for tests.
#[derive(Clone, Default)]
struct Virtual(Rc<Cell<u64>>);

impl Clock for Virtual {
    type Instant = governor::nanos::Nanos;
    #[inline]
    fn now(&self) -> governor::nanos::Nanos {
        governor::nanos::Nanos::new(self.0.get())
    }
}

pub fn token_bucket() -> Result<Family> {
    family("token bucket", || TokenBucket::new(RATE, BURST))
}

pub fn gcra() -> Result<Family> {
    family("GCRA", || Gcra::new(RATE, BURST))
}

fn family<L: Limiter + 'static>(name: &'static str, make: fn() -> L) -> Result<Family> {
    let gaps = gaps();
    let (mut ours, mut theirs) = (ours(make()), governor()?);
    let mut admitted = 0;
    for (index, &gap) in gaps.iter().enumerate() {
        let (mine, other) = (ours(gap), theirs(gap));
        ensure!(mine == other, "{name}: arrival {index} is decided differently");
        admitted += usize::from(mine);
    }
    let (their_gaps, refused) = (gaps.clone(), 100.0 - admitted as f64 * 100.0 / ARRIVALS as f64);
    Ok(Family {
        name,
        operations: ARRIVALS,
        ours: Box::new(move || gaps.iter().map(|&gap| u64::from(ours(gap))).sum()),
        peers: vec![Peer {
            name: "governor 0.10.4",
            work: Box::new(move || their_gaps.iter().map(|&gap| u64::from(theirs(gap))).sum()),
        }],
        remarks: vec![
            format!("Poisson arrivals, a quarter more than the rate: {refused:.1}% refused, the same ones by both"),
            "governor can be shared between threads (compare and swap), ours is for one; governor rounds the interval to nanoseconds, ours is exact at any rate".into(),
        ],
    })
}

/// The times between arrivals, a quarter more of them than are let through.
fn gaps() -> Vec<u64> {
    let mut rng = Rng::stream(Seed(1), "arrivals");
    (0..ARRIVALS).map(|_| rng.exponential(Nanos::from_micros(800)).0).collect()
}

fn ours<L: Limiter>(mut limiter: L) -> impl FnMut(u64) -> bool {
    let mut now = Nanos::ZERO;
    move |gap| {
        now += Nanos(gap);
        limiter.admit(now).admitted()
    }
}

fn governor() -> Result<impl FnMut(u64) -> bool> {
    let number = |n| NonZeroU32::new(n).context("a number above zero");
    let clock = Virtual::default();
    let quota = Quota::per_second(number(RATE)?).allow_burst(number(BURST)?);
    let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
    Ok(move |gap| {
        clock.0.set(clock.0.get() + gap);
        limiter.check().is_ok()
    })
}
