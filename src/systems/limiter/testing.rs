//! What the tests of all limiters share.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::{Decision, Limiter};
use crate::sim::Nanos;

/// Gaps between requests: from none to several seconds.
pub(super) fn gaps() -> impl Strategy<Value = Vec<Nanos>> {
    let gap = prop_oneof![Just(0), 0..2_000_u64, 0..200_000_000_u64, 0..3_000_000_000_u64];
    prop::collection::vec(gap.prop_map(Nanos), 1..120)
}

/// Who waits as told passes if nobody else comes, and does not pass a nanosecond before that.
pub(super) fn waits_are_exact(
    mut limiter: impl Limiter + Clone,
    gaps: Vec<Nanos>,
) -> Result<(), TestCaseError> {
    let mut now = Nanos::ZERO;
    for gap in gaps {
        now += gap;
        if let Decision::Refused { retry_after } = limiter.admit(now) {
            prop_assert!(retry_after > Nanos::ZERO);
            prop_assert!(limiter.clone().admit(now + retry_after).admitted(), "{retry_after} at {now}");
            let before = now + retry_after - Nanos(1);
            prop_assert!(!limiter.clone().admit(before).admitted(), "{retry_after} at {now} is too long");
        }
    }
    Ok(())
}

/// The moments, from zero on, at which requests with these gaps are admitted.
pub(super) fn admitted(limiter: &mut impl Limiter, gaps: &[Nanos]) -> Vec<Nanos> {
    let mut now = Nanos::ZERO;
    let mut passed = Vec::new();
    for &gap in gaps {
        now += gap;
        if limiter.admit(now).admitted() {
            passed.push(now);
        }
    }
    passed
}

/// The most of these moments that lie within a span of `window`, one end of it open.
pub(super) fn worst(moments: &[Nanos], window: Nanos) -> usize {
    let within = |start: Nanos| moments.iter().filter(|&&at| at >= start && at < start + window).count();
    moments.iter().map(|&start| within(start)).max().unwrap_or(0)
}
