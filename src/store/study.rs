//! What is kept beside the log of the Lab, and counts of reviews.

use rusqlite::{Row, params};

use super::derive::NOT_UNDONE;
use super::{Store, StoreError};
use crate::memory::{Grade, Moment, StudyDay};

/// What was done with a demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoMark {
    /// The demo's name.
    pub name: String,
    /// How often it was run.
    pub runs: u32,
    /// A bit for each goal that was ever reached, the first goal in bit 0.
    pub goals: u64,
    /// When it was run last.
    pub at: Moment,
}

/// The reviews of one study day, without those that were taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day.
    pub day: StudyDay,
    /// Scheduled reviews by grade, from Again to Easy.
    pub by_grade: [u32; 4],
    /// How many of these were the first of their card.
    pub new: u32,
    /// Answers that were practice. They are in no other count but the time.
    pub practice: u32,
    /// The time that all answers took, in milliseconds; an answer counts at most ten minutes.
    pub millis: u64,
}

impl DayCount {
    /// Scheduled reviews.
    #[must_use]
    pub fn reviews(&self) -> u32 {
        self.by_grade.iter().sum()
    }
}

impl Store {
    /// Counts a run of a demo and adds the goals that it reached (a bit each) to those reached before.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn record_demo(&mut self, name: &str, goals: u64, at: Moment) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO demo (name, runs, goals, at, offset) VALUES (?1, 1, ?2, ?3, ?4) ON CONFLICT (name) \
                     DO UPDATE SET runs = runs + 1, goals = goals | ?2, offset = iif(?3 > at, ?4, offset), at = max(at, ?3)",
                )?
                .execute(params![name, goals.cast_signed(), at.utc_millis, at.offset_minutes])?;
            Ok(())
        })
    }

    /// What was done with each demo that was ever run, here or on another machine, by name.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn demo_marks(&self) -> Result<Vec<DemoMark>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, runs, goals, at, offset FROM demo \
                 UNION ALL SELECT name, runs, goals, at, offset FROM demo_elsewhere ORDER BY name",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(DemoMark {
                    name: row.get(0)?,
                    runs: row.get(1)?,
                    goals: row.get::<_, i64>(2)?.cast_unsigned(),
                    at: moment(row, 3)?,
                })
            })?;
            let mut marks: Vec<DemoMark> = Vec::new();
            for mark in rows {
                let mark = mark?;
                match marks.last_mut().filter(|last| last.name == mark.name) {
                    Some(last) => {
                        last.runs = last.runs.saturating_add(mark.runs);
                        last.goals |= mark.goals;
                        last.at = last.at.max(mark.at);
                    }
                    None => marks.push(mark),
                }
            }
            Ok(marks)
        })
    }

    /// Counts of the reviews of each study day from `from` on, earliest first; a day without any is left out.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn days_since(&self, from: StudyDay) -> Result<Vec<DayCount>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT e.day, r.grade, r.practice, count(*), sum(r.before_phase = 0), sum(min(r.took, 600000)) \
                 FROM event e JOIN review r ON r.event = e.seq \
                 WHERE e.day >= ? AND e.id NOT IN (SELECT target FROM event WHERE target IS NOT NULL) \
                 GROUP BY 1, 2, 3 ORDER BY 1",
            )?;
            let mut rows = statement.query([from.0])?;
            let mut days: Vec<DayCount> = Vec::new();
            while let Some(row) = rows.next()? {
                add_count(&mut days, row)?;
            }
            Ok(days)
        })
    }

    /// Counts of the reviews of one study day.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn day(&self, day: StudyDay) -> Result<DayCount, StoreError> {
        let found = self.days_since(day)?.into_iter().find(|count| count.day == day);
        Ok(found.unwrap_or(DayCount { day, by_grade: [0; 4], new: 0, practice: 0, millis: 0 }))
    }

    /// The last answers that count and were timed, the latest first: whether the card was new, the grade, the seconds. At most 400.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn timed_answers(&self) -> Result<Vec<(bool, Grade, f64)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT before_phase = 0, grade, took FROM review WHERE took > 0 AND practice = 0 \
                 ORDER BY event DESC LIMIT 400",
            )?;
            let rows = statement.query_map([], |row| {
                let grade = Grade::from_number(row.get(1)?).unwrap_or(Grade::Good);
                Ok((row.get(0)?, grade, row.get::<_, i64>(2)? as f64 / 1000.0))
            })?;
            rows.collect()
        })
    }

    /// How many answers of a study day went to cards before they were due on another day, and count: last looks before a date.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn answered_early(&self, day: StudyDay) -> Result<u32, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT count(*) FROM event e JOIN review r ON r.event = e.seq \
                 WHERE e.day = ?1 AND r.practice = 0 AND r.before_phase = 2 AND r.before_due > ?1 AND {NOT_UNDONE}"
            );
            connection.prepare_cached(&sql)?.query_row([day.0], |row| row.get(0))
        })
    }

    /// The median time from question to grade over the last 200 answers, in milliseconds; nothing before the
    /// tenth, since fewer say little. Answers that were graded without being asked (`sysdrill grade`) took no time and
    /// do not count.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn median_took_millis(&self) -> Result<Option<u64>, StoreError> {
        let mut took: Vec<i64> = self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT took FROM review WHERE took > 0 ORDER BY event DESC LIMIT 200")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        })?;
        took.sort_unstable();
        let median = (took.len() >= 10).then(|| took[took.len() / 2]);
        Ok(median.and_then(|millis| u64::try_from(millis).ok()))
    }
}

pub(super) fn moment(row: &Row<'_>, first: usize) -> rusqlite::Result<Moment> {
    Ok(Moment { utc_millis: row.get(first)?, offset_minutes: row.get(first + 1)? })
}

/// Adds the counts of one day, grade and kind.
fn add_count(days: &mut Vec<DayCount>, row: &Row<'_>) -> rusqlite::Result<()> {
    let day = StudyDay(row.get(0)?);
    if days.last().is_none_or(|last| last.day != day) {
        days.push(DayCount { day, by_grade: [0; 4], new: 0, practice: 0, millis: 0 });
    }
    let grade: u8 = row.get(1)?;
    let count: u32 = row.get(3)?;
    let Some(last) = days.last_mut() else { return Ok(()) };
    if row.get(2)? {
        last.practice += count;
    } else {
        if let Some(slot) = last.by_grade.get_mut(usize::from(grade).wrapping_sub(1)) {
            *slot += count;
        }
        last.new += row.get::<_, u32>(4)?;
    }
    last.millis += row.get::<_, i64>(5)?.max(0).cast_unsigned();
    Ok(())
}
