//! Time as the learner lives it: a moment with the offset of the learner's clock, and the study day it lies in.
//!
//! A day of study does not end at midnight. Who learns until one in the morning still learns on the
//! evening's day, so the day turns at 04:00 by the local clock. The offset is stored with each moment:
//! what day a review belonged to must not change when its learner flies elsewhere.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, TimeDelta};

/// The hour by the local clock at which a study day begins.
pub const TURN_HOUR: i64 = 4;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment, and what the learner's clock showed then. Moments are ordered by when they were, not by what clocks showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub utc_millis: i64,
    /// How far the local clock was ahead of UTC, in minutes.
    pub offset_minutes: i32,
}

impl Moment {
    /// The study day it lies in, by the local clock.
    #[must_use]
    pub fn study_day(self) -> StudyDay {
        let local = self.utc_millis.saturating_add(i64::from(self.offset_minutes) * MINUTE);
        let day = local.saturating_sub(TURN_HOUR * HOUR).div_euclid(DAY);
        StudyDay(day.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }

    /// The hour by the local clock, 0 to 23.
    #[must_use]
    pub fn local_hour(self) -> i64 {
        let local = self.utc_millis.saturating_add(i64::from(self.offset_minutes) * MINUTE);
        local.rem_euclid(DAY) / HOUR
    }

    /// The moment that many minutes later, by the same clock.
    #[must_use]
    pub fn plus_minutes(self, minutes: u32) -> Moment {
        Moment { utc_millis: self.utc_millis.saturating_add(i64::from(minutes) * MINUTE), ..self }
    }

    /// Milliseconds from `earlier` to here; 0 where `earlier` is the later one (a clock was set back).
    #[must_use]
    pub fn millis_since(self, earlier: Moment) -> u64 {
        u64::try_from(self.utc_millis.saturating_sub(earlier.utc_millis)).unwrap_or(0)
    }
}

/// RFC 3339 with the offset, to the second where the milliseconds are zero: `2026-11-21T18:30:00+01:00`.
/// A moment beyond the calendar (year 262,000) shows its number instead.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = FixedOffset::east_opt(self.offset_minutes.saturating_mul(60));
        match (DateTime::from_timestamp_millis(self.utc_millis), offset) {
            (Some(utc), Some(offset)) => {
                let local = utc.with_timezone(&offset);
                // `with_timezone` keeps the instant, but a local date past the calendar's end cannot be written.
                if local.naive_utc().checked_add_offset(offset).is_none() {
                    return write!(f, "{} ms", self.utc_millis);
                }
                f.write_str(&local.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            _ => write!(f, "{} ms", self.utc_millis),
        }
    }
}

/// The text is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no time: write it as in 2026-11-21T18:30:00+01:00 (RFC 3339)")]
pub struct NotATime(pub String);

impl FromStr for Moment {
    type Err = NotATime;

    /// Reads RFC 3339. Seconds of an offset do not exist there; fractions below a millisecond are dropped.
    fn from_str(text: &str) -> Result<Moment, NotATime> {
        let time = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| NotATime(text.to_string()))?;
        Ok(Moment {
            utc_millis: time.timestamp_millis(),
            offset_minutes: time.offset().local_minus_utc().div_euclid(60),
        })
    }
}

/// A study day: from 04:00 to 04:00 by the local clock, numbered from that of 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StudyDay(pub i32);

impl StudyDay {
    /// When it begins for a clock that is `offset_minutes` ahead of UTC.
    #[must_use]
    pub fn start(self, offset_minutes: i32) -> Moment {
        let local = i64::from(self.0) * DAY + TURN_HOUR * HOUR;
        Moment { utc_millis: local - i64::from(offset_minutes) * MINUTE, offset_minutes }
    }

    /// How many study days passed from `earlier` to here; 0 where `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: StudyDay) -> u32 {
        u32::try_from(i64::from(self.0) - i64::from(earlier.0)).unwrap_or(0)
    }

    /// The calendar date on which it begins.
    #[must_use]
    pub fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(TimeDelta::days(i64::from(self.0)))
    }
}

impl Add<u32> for StudyDay {
    type Output = StudyDay;
    fn add(self, days: u32) -> StudyDay {
        StudyDay(self.0.saturating_add_unsigned(days))
    }
}

impl Sub<u32> for StudyDay {
    type Output = StudyDay;
    fn sub(self, days: u32) -> StudyDay {
        StudyDay(self.0.saturating_sub_unsigned(days))
    }
}

/// The date on which it begins: `2026-11-21`.
impl fmt::Display for StudyDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => f.pad(&date.format("%Y-%m-%d").to_string()),
            None => write!(f, "day {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Moment {
        text.parse().expect("a time in a test")
    }

    #[test]
    fn the_day_turns_at_four_by_the_local_clock() {
        let check = |time: &str, date: &str| assert_eq!(at(time).study_day().to_string(), date, "{time}");
        check("2026-11-21T03:59:59.999Z", "2026-11-20");
        check("2026-11-21T04:00:00Z", "2026-11-21");
        check("2026-11-22T03:59:59Z", "2026-11-21");
        // 01:30 in Tokyo is still the evening before, though in UTC it is the afternoon of that day.
        check("2026-11-21T01:30:00+09:00", "2026-11-20");
        check("2026-11-20T23:30:00-08:00", "2026-11-20");
        check("1969-12-31T12:00:00Z", "1969-12-31");
        assert_eq!(at("2026-11-21T01:30:00+09:00").local_hour(), 1);
        assert_eq!(at("1969-12-31T23:59:59-08:00").local_hour(), 23);
    }

    #[test]
    fn a_clock_change_moves_no_day() {
        // Berlin, 2026-10-25: at 03:00 the clock goes back to 02:00. Both evenings around it are one day apart.
        let before = at("2026-10-24T22:00:00+02:00");
        let after = at("2026-10-25T22:00:00+01:00");
        assert_eq!(after.study_day().since(before.study_day()), 1);
        assert_eq!(after.millis_since(before), 25 * 3_600_000);
        assert_eq!(before.millis_since(after), 0);
        assert_eq!(before.study_day().since(after.study_day()), 0);
    }

    #[test]
    fn reads_and_writes_rfc_3339() {
        let check = |text: &str, expected: &str| assert_eq!(at(text).to_string(), expected);
        check("2026-11-21T18:30:00+01:00", "2026-11-21T18:30:00+01:00");
        check("2026-11-21T18:30:00.250Z", "2026-11-21T18:30:00.250Z");
        check("2026-11-21 18:30:00z", "2026-11-21T18:30:00Z");
        assert_eq!(at("1970-01-01T00:00:00Z").utc_millis, 0);
        assert_eq!(at("2001-09-09T01:46:40Z").utc_millis, 1_000_000_000_000);
        for bad in ["", "yesterday", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T18:30:00"] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
        assert_eq!(
            "now".parse::<Moment>().map_err(|error| error.to_string()),
            Err("'now' is no time: write it as in 2026-11-21T18:30:00+01:00 (RFC 3339)".to_string())
        );
    }

    proptest! {
        #[test]
        fn a_day_starts_in_itself(day in -1_000_000..1_000_000_i32, offset in -1440..1440_i32) {
            let start = StudyDay(day).start(offset);
            prop_assert_eq!(start.study_day(), StudyDay(day));
            let just_before = Moment { utc_millis: start.utc_millis - 1, ..start };
            prop_assert_eq!(just_before.study_day(), StudyDay(day - 1));
        }

        #[test]
        fn text_keeps_the_moment(utc_millis in -60_000_000_000_000..250_000_000_000_000_i64, offset_minutes in -1439..1440_i32) {
            let moment = Moment { utc_millis, offset_minutes };
            prop_assert_eq!(moment.to_string().parse::<Moment>(), Ok(moment));
        }

        #[test]
        fn any_number_can_be_shown(utc_millis: i64, offset_minutes: i32) {
            let moment = Moment { utc_millis, offset_minutes };
            prop_assert!(!moment.to_string().is_empty());
            prop_assert!(!moment.study_day().to_string().is_empty());
        }
    }
}
