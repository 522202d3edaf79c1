//! What the learner aims at: a date, a level, minutes a day; and what was chosen about a backlog. Kept as notes in
//! the store, each under its own key, so that one that cannot be read costs no other.

use chrono::NaiveDate;

use crate::memory::{Horizon, StudyDay};

/// Where the keys of the notes begin.
pub const NOTES: &str = "aim.";

/// The keys of the notes.
pub const DATE: &str = "aim.date";
/// The day on which the date was set.
pub const SINCE: &str = "aim.since";
/// The level that is aimed at.
pub const LEVEL: &str = "aim.level";
/// Minutes a day.
pub const MINUTES: &str = "aim.minutes";
/// Whether the questions of the first start were asked.
pub const ASKED: &str = "aim.asked";
/// Whether the placement quiz was taken or refused.
pub const PLACED: &str = "aim.placed";
/// The folder through which machines are synced.
pub const SYNC: &str = "aim.sync";
/// What was chosen about a backlog.
pub const BACKLOG: &str = "aim.backlog";

/// What the learner aims at. What was never said is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aims {
    /// The day of the interview.
    pub date: Option<StudyDay>,
    /// The day on which that was said.
    pub since: Option<StudyDay>,
    /// The level.
    pub level: Option<Level>,
    /// Minutes a day, 1 to 600.
    pub minutes: Option<u32>,
    /// Whether the questions of the first start were answered or passed over.
    pub asked: bool,
    /// Whether the placement quiz was taken or refused.
    pub placed: bool,
    /// What was chosen about a backlog.
    pub backlog: Option<Easing>,
    /// The folder through which this machine is synced with others, where one was named.
    pub sync: Option<String>,
}

/// The level that an interview is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Core and standard cards.
    Senior,
    /// All cards.
    Staff,
    /// All cards, and deep ones count as much as standard ones.
    Principal,
}

impl Level {
    /// All levels.
    pub const ALL: [Level; 3] = [Level::Senior, Level::Staff, Level::Principal];

    /// As in the note.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Senior => "senior",
            Level::Staff => "staff",
            Level::Principal => "principal",
        }
    }
}

/// What was chosen about a backlog, up to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Easing {
    /// So many overdue cards a day; nothing where the offer was refused.
    pub per_day: Option<u32>,
    /// The first day on which this does not hold any more.
    pub until: StudyDay,
}

impl Aims {
    /// What the notes say. A note that cannot be read counts as not there.
    #[must_use]
    pub fn read(notes: &[(String, String)]) -> Aims {
        let mut aims = Aims::default();
        for (key, value) in notes {
            aims.take(key, value);
        }
        aims
    }

    /// Takes over a note.
    pub fn take(&mut self, key: &str, value: &str) {
        match key {
            DATE => self.date = day(value),
            SINCE => self.since = day(value),
            LEVEL => self.level = Level::ALL.into_iter().find(|level| level.name() == value),
            MINUTES => self.minutes = value.parse().ok().filter(|minutes| (1..=600).contains(minutes)),
            ASKED => self.asked = value == "yes",
            PLACED => self.placed = !value.is_empty(),
            BACKLOG => self.backlog = easing(value),
            SYNC => self.sync = Some(value.to_string()).filter(|folder| !folder.is_empty()),
            _ => {}
        }
    }

    /// The date to be ready by, where it lies ahead of `today`.
    #[must_use]
    pub fn horizon(&self, today: StudyDay) -> Option<Horizon> {
        let date = self.date.filter(|date| *date > today)?;
        Some(Horizon { date, recall: Horizon::RECALL })
    }

    /// Minutes a day, or half an hour where nothing was said.
    #[must_use]
    pub fn minutes_a_day(&self) -> u32 {
        self.minutes.unwrap_or(30)
    }

    /// How many overdue cards a day were chosen, where that holds `today`.
    #[must_use]
    pub fn eased(&self, today: StudyDay) -> Option<u32> {
        self.backlog.filter(|easing| today < easing.until)?.per_day
    }

    /// Whether an offer to ease a backlog was answered, for as long as that holds.
    #[must_use]
    pub fn answered_backlog(&self, today: StudyDay) -> bool {
        self.backlog.is_some_and(|easing| today < easing.until)
    }
}

impl Easing {
    /// As in the note: `40 until 2026-12-01`, `no until 2026-12-01`.
    #[must_use]
    pub fn note(self) -> String {
        let what = self.per_day.map_or_else(|| "no".to_string(), |cards| cards.to_string());
        format!("{what} until {}", self.until)
    }
}

fn easing(note: &str) -> Option<Easing> {
    let (what, until) = note.split_once(" until ")?;
    let per_day = if what == "no" { None } else { Some(what.parse().ok().filter(|cards| *cards > 0)?) };
    Some(Easing { per_day, until: day(until)? })
}

/// The study day that begins on a date: `2026-12-12`.
#[must_use]
pub fn day(text: &str) -> Option<StudyDay> {
    let date = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?;
    let first = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    i32::try_from(date.signed_duration_since(first).num_days()).ok().map(StudyDay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_and_what_is_no_note_is_passed_over() {
        let note = |key: &str, value: &str| (key.to_string(), value.to_string());
        let aims = Aims::read(&[
            note(DATE, "2026-12-12"),
            note(LEVEL, "staff"),
            note(MINUTES, "25"),
            note(ASKED, "yes"),
            note(BACKLOG, "40 until 2026-12-01"),
            note("aim.else", "?"),
        ]);
        assert_eq!(aims.date.map(|day| day.to_string()).as_deref(), Some("2026-12-12"));
        assert_eq!(
            (aims.level, aims.minutes, aims.asked, aims.placed),
            (Some(Level::Staff), Some(25), true, false)
        );
        let until = day("2026-12-01").expect("a day");
        assert_eq!((aims.eased(until - 1), aims.eased(until)), (Some(40), None));
        assert_eq!(aims.backlog.map(Easing::note).as_deref(), Some("40 until 2026-12-01"));
        let refused = Aims::read(&[note(BACKLOG, "no until 2026-12-01")]);
        assert_eq!((refused.eased(until - 1), refused.answered_backlog(until - 1)), (None, true));
        for bad in ["", "soon", "2026-13-01", "0", "99999", "0 until 2026-12-01", "40 until then"] {
            let notes = [DATE, SINCE, LEVEL, MINUTES, ASKED, BACKLOG].map(|key| note(key, bad));
            assert_eq!(Aims::read(&notes), Aims::default(), "{bad}");
        }
    }
}
