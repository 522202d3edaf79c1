//! A deadline that is passed down: by when the first caller of a chain wants his answer.
//!
//! A time-out is a span, and each hop has its own. The user has given up after 2 s; the service that he called learns of it
//! at its next write, the one behind it never, and works on for nobody. A deadline is a moment, and there is one for the
//! whole chain: each hop asks how much is left, refuses what can no longer be done in time, and passes on what is left less
//! a margin for the way back of the answer.
//!
//! Clocks differ between machines, so what travels is a span again: gRPC sends `grpc-timeout`, the time that is left,
//! and the receiver adds it to his own clock. The way of the message is then lost, a reason more for a margin. The format
//! is that of gRPC over HTTP/2 ("PROTOCOL-HTTP2.md": at most eight digits and a unit).
//!
//! Deadlines are optional in gRPC and in most others: without one, a call waits for as long as it takes.

use crate::sim::Nanos;

/// By when an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    at: Nanos,
}

impl Deadline {
    /// No deadline: later than any moment.
    pub const NONE: Deadline = Deadline { at: Nanos::MAX };

    /// The deadline that is `budget` from `now`.
    #[must_use]
    pub fn after(now: Nanos, budget: Nanos) -> Deadline {
        Deadline { at: now + budget }
    }

    /// The moment itself.
    #[must_use]
    pub fn at(self) -> Nanos {
        self.at
    }

    /// What is left at `now`; nothing where it has passed.
    #[must_use]
    pub fn left(self, now: Nanos) -> Option<Nanos> {
        (self.at > now).then(|| self.at.since(now))
    }

    /// Whether work that takes `needs` can still be done in time. Work that cannot is refused: it would be for nobody.
    #[must_use]
    pub fn allows(self, now: Nanos, needs: Nanos) -> bool {
        self.left(now).is_some_and(|left| left >= needs)
    }

    /// The deadline to pass down to the next hop: `margin` earlier, and no later than this hop's own `timeout` for
    /// the call. None where that has passed: the call is not worth making.
    #[must_use]
    pub fn pass_down(self, now: Nanos, timeout: Nanos, margin: Nanos) -> Option<Deadline> {
        let at = if self == Deadline::NONE { self.at } else { self.at.since(margin) };
        let next = Deadline { at: at.min(now + timeout) };
        next.left(now).map(|_| next)
    }
}

/// The units of `grpc-timeout`, from fine to coarse, with their length in nanoseconds.
const UNITS: [(char, u64); 6] = [
    ('n', 1),
    ('u', 1_000),
    ('m', 1_000_000),
    ('S', 1_000_000_000),
    ('M', 60_000_000_000),
    ('H', 3_600_000_000_000),
];
/// The most that eight digits can say.
const MOST: u64 = 99_999_999;

/// `left` as the value of the header `grpc-timeout`, in the finest unit that eight digits allow, rounded up: `250000u`.
/// O(1).
#[must_use]
pub fn to_header(left: Nanos) -> String {
    let (unit, length) =
        UNITS.into_iter().find(|(_, length)| left.0.div_ceil(*length) <= MOST).unwrap_or(UNITS[5]);
    format!("{}{unit}", left.0.div_ceil(length))
}

/// The span that a `grpc-timeout` says. Nothing where it is none: not one to eight digits and a unit.
/// Saturates at [`Nanos::MAX`], 584 years. O(1).
#[must_use]
pub fn from_header(text: &str) -> Option<Nanos> {
    let unit = text.chars().last()?;
    let digits = &text[..text.len() - unit.len_utf8()];
    let fits = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (_, length) = UNITS.into_iter().find(|(known, _)| *known == unit).filter(|_| fits)?;
    Some(Nanos(length) * digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: fn(u64) -> Nanos = Nanos::from_millis;

    #[test]
    fn a_budget_shrinks_on_its_way_down() {
        // 1 s for the whole; 300 ms pass before the call; 50 ms are kept for the answer's way.
        let user = Deadline::after(MS(0), MS(1_000));
        let service = user.pass_down(MS(300), MS(5_000), MS(50)).expect("650 ms are left");
        assert_eq!(service.left(MS(300)), Some(MS(650)));
        let store = service.pass_down(MS(400), MS(5_000), MS(50)).expect("500 ms are left");
        assert_eq!(store.at(), MS(900));
        assert!(store.allows(MS(400), MS(500)) && !store.allows(MS(400), MS(501)));
        // A hop's own time-out is kept where it is the shorter one.
        assert_eq!(service.pass_down(MS(400), MS(100), MS(50)), Some(Deadline::after(MS(400), MS(100))));
        // Not worth a call.
        assert_eq!(store.pass_down(MS(850), MS(100), MS(50)), None);
        assert_eq!(store.pass_down(MS(849), MS(100), MS(50)).map(Deadline::at), Some(MS(850)));
        assert!(store.left(MS(900)).is_none() && !store.allows(MS(900), Nanos::ZERO));
    }

    #[test]
    fn no_deadline_is_never_over_and_takes_the_time_out_of_the_call() {
        assert!(Deadline::NONE.allows(MS(1 << 40), MS(1 << 40)));
        let next = Deadline::NONE.pass_down(MS(10), MS(100), MS(50));
        assert_eq!(next, Some(Deadline::after(MS(10), MS(100))));
        assert_eq!(Deadline::NONE.pass_down(MS(10), Nanos::MAX, MS(50)), Some(Deadline::NONE));
    }

    #[test]
    fn the_header_is_that_of_grpc() {
        // What grpc-go's encoder is tested with, as spans.
        let check = |nanos: u64, text: &str| {
            assert_eq!(to_header(Nanos(nanos)), text);
            let read = from_header(text).expect("its own header");
            // Rounded up, by less than a unit: one part in 123,457 of what does not fit.
            assert!(read.0 >= nanos && read.0 - nanos <= nanos / 123_456, "{text}");
        };
        check(12_345_678, "12345678n");
        check(123_456_789, "123457u");
        check(12_345_678_000, "12345678u");
        check(123_456_789_000, "123457m");
        check(12_345_678_000_000, "12345678m");
        check(123_456_789_000_000, "123457S");
        check(12_345_678_000_000_000, "12345678S");
        check(123_456_789 * 1_000_000_000, "2057614M");
        check(12_345_678 * 60_000_000_000, "12345678M");
        check(123_456_789 * 60_000_000_000, "2057614H");
        assert_eq!(to_header(Nanos::ZERO), "0n");
        for bad in ["", "n", "12", "12s", "123456789m", "-1m", "1.5S", " 1S", "1 S", "12\u{b5}", "\u{662}S"] {
            assert_eq!(from_header(bad), None, "{bad}");
        }
        assert_eq!(from_header("99999999H"), Some(Nanos::MAX));
    }

    proptest! {
        #[test]
        fn a_chain_never_gains_time(
            budget in 0..10_000_u64,
            hops in prop::collection::vec((0..3_000_u64, 1..9_000_u64, 0..200_u64), 0..6),
        ) {
            let first = Deadline::after(Nanos::ZERO, MS(budget));
            let (mut now, mut deadline) = (Nanos::ZERO, first);
            for (takes, timeout, margin) in hops {
                now += MS(takes);
                let Some(next) = deadline.pass_down(now, MS(timeout), MS(margin)) else {
                    prop_assert!(deadline.at().since(MS(margin)) <= now);
                    break;
                };
                prop_assert!(next <= deadline && next.at() > now && next.at() <= now + MS(timeout));
                prop_assert!(next.at() + MS(margin) <= first.at());
                deadline = next;
            }
        }

        #[test]
        fn any_text_is_read_without_harm(text: String, span: u64) {
            let _ = from_header(&text);
            let header = to_header(Nanos(span));
            prop_assert!(header.len() <= 9 && from_header(&header) >= Some(Nanos(span)));
        }
    }
}
