//! What befalls a payment and each of its requests: drawn so that all servers meet the same.

use super::knobs::Knobs;
use super::{End, Nth};
use crate::sim::{Nanos, Rng, Seed};

/// A payment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Payment {
    pub(super) id: u64,
    /// Whose key it is sent with: its own number, or that of the one before.
    pub(super) key: u64,
    /// How much later it is clicked again, where it is.
    pub(super) click: Option<Nanos>,
    /// What its requests' fates are drawn from.
    fate: u64,
}

/// What befalls one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    pub(super) request_lost: bool,
    pub(super) answer_lost: bool,
    pub(super) processing: Nanos,
    pub(super) end: End,
}

/// Between these a second click comes after the first.
pub(super) const CLICKED: (Nanos, Nanos) = (Nanos::from_millis(20), Nanos::from_millis(200));

impl Payment {
    /// The next payment. Four draws from the stream, whatever the settings.
    pub(super) fn draw(id: u64, before: u64, rng: &mut Rng, knobs: &Knobs) -> Payment {
        let (fate, clicked, reused) = (rng.next_u64(), rng.unit(), rng.unit());
        let later = rng.uniform(CLICKED.0, CLICKED.1);
        Payment {
            id,
            key: if reused < knobs.reuse && before > 0 { before } else { id },
            click: (clicked < knobs.clicks).then_some(later),
            fate,
        }
    }

    /// What befalls its n-th request.
    pub(super) fn fate(&self, nth: Nth, knobs: &Knobs) -> Fate {
        let mut rng = Rng::stream(Seed(self.fate.wrapping_add(u64::from(nth))), "request");
        let (request, answer, crash, after) = (rng.unit(), rng.unit(), rng.unit(), rng.unit());
        Fate {
            request_lost: request < knobs.loss,
            answer_lost: answer < knobs.loss,
            processing: rng.exponential(knobs.processing),
            end: match (crash < knobs.crash, after < 0.5) {
                (false, _) => End::Sound,
                (true, false) => End::CrashBefore,
                (true, true) => End::CrashAfter,
            },
        }
    }
}
