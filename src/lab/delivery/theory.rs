//! What must come out, from what can befall an attempt.
//!
//! An attempt at a message ends in one of three ways: *settled* (effect and acknowledgement), *done* (the effect, and
//! no acknowledgement in time: a crash between, a lost one, a late one), or *nothing* (a crash before the effect). Attempts
//! are independent of each other and there are at most `max_receives`, so a walk over (attempt, effects so far)
//! gives the shares exactly. With effectively once a message that is done is only acknowledged from then on; there the walk
//! takes an attempt that overruns the time-out for done, though the next one begins before its effect.

use super::consumer::SIGMA;
use super::{Knobs, LINK, Semantics};

/// What is expected of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expected {
    /// The probability that it takes effect more than once.
    pub(super) duplicate: f64,
    /// The probability that it is acknowledged without an effect.
    pub(super) lost: f64,
    /// How often it is received.
    pub(super) deliveries: f64,
}

/// The expectations under these settings, nothing broken.
pub(super) fn expected(knobs: &Knobs) -> Expected {
    let (crash, loss, poison) = (knobs.crash, knobs.ack_loss, knobs.poison);
    let n = knobs.max_receives;
    // Of a chain that goes on with probability `on`, at most n times: how many links, and whether it ended by itself.
    let chain = |on: f64| {
        let (mut links, mut left) = (0.0, 1.0);
        for _ in 0..n {
            links += left;
            left *= on;
        }
        (links, 1.0 - left)
    };
    if knobs.semantics == Semantics::AtMost {
        let (deliveries, acknowledged) = chain(loss);
        let lost = acknowledged * (poison + (1.0 - poison) * crash / 2.0);
        return Expected { duplicate: 0.0, lost, deliveries };
    }
    let late = overruns(knobs);
    let settled = (1.0 - crash) * (1.0 - loss) * (1.0 - late);
    let nothing = crash / 2.0;
    let done = 1.0 - settled - nothing;
    let memory = knobs.semantics == Semantics::Effectively;
    // Messages that go on, by effects so far: none, one, more.
    let (mut open, mut deliveries, mut duplicate) = ([1.0, 0.0, 0.0], 0.0, 0.0);
    for _ in 0..n {
        let [none, one, more] = open;
        deliveries += none + one + more;
        if memory {
            open = [none * nothing, none * done + one * loss, 0.0];
        } else {
            duplicate += (one + more) * settled;
            open = [none * nothing, none * done + one * nothing, one * done + more * (nothing + done)];
        }
    }
    duplicate += open[2];
    let mean = (1.0 - poison) * deliveries + poison * f64::from(n);
    Expected { duplicate: (1.0 - poison) * duplicate, lost: 0.0, deliveries: mean }
}

/// The probability that processing and the way back take longer than the visibility time-out: the tail of a
/// log-normal variable.
fn overruns(knobs: &Knobs) -> f64 {
    let room = knobs.visibility.since(LINK).as_secs_f64() / knobs.processing.as_secs_f64();
    let z = (libm::log(room.max(1e-9)) + SIGMA * SIGMA / 2.0) / SIGMA;
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}
