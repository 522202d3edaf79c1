//! A bet as the log has it: what was bet, and what was true.
//!
//! The truth of a bet is a run of a demo. It could be made again from the seed in the log, but that takes as long as the run
//! does, and a demo that was mended since reads something else. So the truth stands beside the bet, in one text that
//! people can read too: `bet 0.12 truth 0.0909`. Both are in the unit of the reading.

use std::fmt;

use super::tally::Bets;

/// A bet and the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoggedBet {
    /// What was bet.
    pub bet: f64,
    /// What was true.
    pub truth: f64,
}

/// The furthest that a bet counts as off, in decades: a factor of 1000.
const FURTHEST: f64 = 3.0;

/// What the rounding of a last bit may change: a bet of exactly twice the truth is within a factor of two.
const EDGE: f64 = 1e-9;

impl LoggedBet {
    /// Reads a logged answer; nothing where it is no bet, or one without a truth.
    #[must_use]
    pub fn read(answer: &str) -> Option<LoggedBet> {
        let (bet, truth) = answer.strip_prefix("bet ")?.split_once(" truth ")?;
        let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
        Some(LoggedBet { bet: number(bet)?, truth: number(truth)? })
    }

    /// How far the bet is off: log10 of bet by truth, -3 to 3. 0.3 is twice as much as is true, -1 a tenth of it.
    /// Where one of them is zero or less, the bet is off as far as can be; where both are the same, it is not off.
    #[must_use]
    pub fn decades(&self) -> f64 {
        if self.bet == self.truth {
            return 0.0;
        }
        if self.bet <= 0.0 || self.truth <= 0.0 {
            return if self.bet > self.truth { FURTHEST } else { -FURTHEST };
        }
        (self.bet / self.truth).log10().clamp(-FURTHEST, FURTHEST)
    }

    /// What it adds to the sums over bets.
    #[must_use]
    pub fn counted(&self) -> Bets {
        let decades = self.decades();
        let off = decades.abs();
        let near = (self.bet - self.truth).abs() <= 0.1 * self.truth.abs() * (1.0 + EDGE);
        let thousandths = (decades * 1000.0).round() as i64;
        Bets {
            count: 1,
            within_tenth: i64::from(near),
            within_two: i64::from(off <= 2_f64.log10() + EDGE),
            within_ten: i64::from(off <= 1.0 + EDGE),
            high: i64::from(self.bet > self.truth),
            low: i64::from(self.bet < self.truth),
            decades: thousandths,
            distance: thousandths.abs(),
        }
    }
}

impl fmt::Display for LoggedBet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bet {} truth {}", self.bet, self.truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bets_are_counted_by_how_far_off_they_are() {
        // Within 10%, 2x, 10x; too high, too low; decades in thousandths.
        let check = |bet, truth, within: [i64; 3], sides: (i64, i64), decades| {
            let counted = LoggedBet { bet, truth }.counted();
            let found = [counted.within_tenth, counted.within_two, counted.within_ten];
            assert_eq!((found, (counted.high, counted.low)), (within, sides), "{bet} {truth}");
            assert_eq!(counted.decades, decades, "{bet} {truth}");
        };
        check(100.0, 100.0, [1, 1, 1], (0, 0), 0);
        check(110.0, 100.0, [1, 1, 1], (1, 0), 41);
        check(90.0, 100.0, [1, 1, 1], (0, 1), -46);
        check(0.11, 0.1, [1, 1, 1], (1, 0), 41);
        check(111.0, 100.0, [0, 1, 1], (1, 0), 45);
        check(200.0, 100.0, [0, 1, 1], (1, 0), 301);
        check(50.0, 100.0, [0, 1, 1], (0, 1), -301);
        check(201.0, 100.0, [0, 0, 1], (1, 0), 303);
        check(1000.0, 100.0, [0, 0, 1], (1, 0), 1000);
        check(5.0, 100.0, [0, 0, 0], (0, 1), -1301);
        check(1e9, 1.0, [0, 0, 0], (1, 0), 3000);
        check(0.0, 0.0, [1, 1, 1], (0, 0), 0);
        check(0.0, 0.2, [0, 0, 0], (0, 1), -3000);
        check(0.2, 0.0, [0, 0, 0], (1, 0), 3000);
    }

    #[test]
    fn other_answers_are_no_bets() {
        for answer in
            ["", "0.09", "bet 3", "bet x truth 4", "bet 1 truth NaN", "a bet 1 truth 2", "LRU | SIEVE"]
        {
            assert_eq!(LoggedBet::read(answer), None, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn what_is_logged_is_read(bet in -1e300_f64..1e300, truth in 0.0_f64..1e300) {
            let logged = LoggedBet { bet, truth };
            prop_assert_eq!(LoggedBet::read(&logged.to_string()), Some(logged));
        }
    }
}
