//! What Progress shows as pictures: columns over days or factors, and a year by weeks and days.

use super::figures::Figures;
use super::words;
use crate::lab::scene::{Bar, Bars, Fact, Series, Tone};
use crate::memory::calibration::{self, Age, Bin};
use crate::memory::tally::{Recall, Sums};
use crate::memory::{Grade, StudyDay};

/// Columns side by side over an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// What a column measures, with its unit: `cards a day`.
    pub name: String,
    /// The columns.
    pub values: Vec<f64>,
    /// What stands below them: the place of a column and its text, from left to right.
    pub ticks: Vec<(usize, String)>,
    /// What one unit is worth in another one, and that one's name: seconds of a card, as time.
    pub worth: Option<f64>,
    /// The column that is marked: today, no error.
    pub marked: Option<usize>,
    /// Columns may be drawn as the mean of several where the width is short; otherwise the last ones win.
    pub mean: bool,
}

/// A year, week by week.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Year {
    /// The weeks, the oldest first.
    pub weeks: Vec<Week>,
    /// From how many answers on a day has the levels 1 to 4.
    pub levels: [i64; 4],
}

/// A week of a year.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Week {
    /// The month that begins in it: `Nov`.
    pub month: Option<String>,
    /// The answers on Monday to Sunday; nothing for days to come.
    pub days: [Option<i64>; 7],
}

/// What falls due on the next days.
#[must_use]
pub fn forecast(figures: &Figures, days: usize) -> Columns {
    let values: Vec<f64> = figures.due.iter().take(days).map(|&due| f64::from(due)).collect();
    let every = if days > 30 { 14 } else { 7 };
    let tick = |ahead: usize| {
        let text = match ahead {
            0 => "today".to_string(),
            _ => words::day(figures.today + ahead as u32),
        };
        (ahead, text)
    };
    Columns {
        name: "cards due a day".to_string(),
        ticks: (0..values.len()).step_by(every).map(tick).collect(),
        values,
        worth: Some(figures.seconds_a_card),
        marked: None,
        mean: true,
    }
}

/// Minutes on each of the last days.
#[must_use]
pub fn minutes_a_day(figures: &Figures, days: u32) -> Columns {
    let day = |back: u32| figures.today - back;
    let minutes = |back| figures.tally.days.get(&day(back)).map_or(0.0, Sums::minutes);
    let ticks = (0..days).rev().filter(|back| back % 7 == 0);
    Columns {
        name: "minutes a day".to_string(),
        values: (0..days).rev().map(minutes).collect(),
        ticks: ticks
            .map(|back| {
                let text = if back == 0 { "today".to_string() } else { words::day(day(back)) };
                ((days - 1 - back) as usize, text)
            })
            .collect(),
        ..Columns::default()
    }
}

/// Minutes in each of the last weeks, from Monday to Sunday; the last one goes on.
#[must_use]
pub fn minutes_a_week(figures: &Figures, weeks: u32) -> Columns {
    let monday = figures.today - weekday(figures.today) as u32;
    let week = |back: u32| monday - 7 * back;
    Columns {
        name: "minutes a week".to_string(),
        values: (0..weeks)
            .rev()
            .map(|back| figures.tally.between(week(back), week(back) + 6).minutes())
            .collect(),
        ticks: (0..weeks)
            .rev()
            .filter(|back| back % 4 == 0)
            .map(|back| ((weeks - 1 - back) as usize, words::day(week(back))))
            .collect(),
        ..Columns::default()
    }
}

/// Answers by hour of the day.
#[must_use]
pub fn hours(figures: &Figures) -> Columns {
    let answers = |hour| figures.tally.hours.get(&hour).map_or(0, |sums| sums.answers() + sums.practice);
    Columns {
        name: "answers by hour of the day".to_string(),
        // From where the study day turns, so that an evening past midnight stays in one piece.
        values: (4..28).map(|hour| answers(hour % 24) as f64).collect(),
        ticks: (4..28).step_by(4).map(|hour| ((hour - 4) as usize, format!("{}:00", hour % 24))).collect(),
        ..Columns::default()
    }
}

/// The furthest that the picture of bets reaches, in tenths of a decade: a factor of 100.
const REACH: i64 = 20;

/// How far off bets were: each column is a factor of 1.6, from a hundredth of the truth to a hundred times it.
#[must_use]
pub fn factors(figures: &Figures) -> Columns {
    let places = -REACH / 2..=REACH / 2;
    let bets = |place: i64| -> i64 {
        // Two tenths of a decade a column, the middle one around no error; the ends hold what lies beyond.
        let tenths = figures.tally.factors.iter().filter(|(tenth, _)| {
            let at = (**tenth as f64 / 2.0).round() as i64;
            at.clamp(-REACH / 2, REACH / 2) == place
        });
        tenths.map(|(_, sums)| sums.bets.count).sum()
    };
    let ticks = [(-10, "1/100"), (-5, "1/10"), (0, "right"), (5, "10x"), (10, "100x")];
    Columns {
        name: "bets by bet / truth".to_string(),
        values: places.clone().map(|place| bets(place) as f64).collect(),
        ticks: ticks.map(|(place, text)| ((place + REACH / 2) as usize, text.to_string())).to_vec(),
        marked: Some((REACH / 2) as usize),
        ..Columns::default()
    }
}

/// Monday 0 to Sunday 6. The first of January 1970 was a Thursday.
fn weekday(day: StudyDay) -> usize {
    (i64::from(day.0) + 3).rem_euclid(7) as usize
}

/// The last 53 weeks.
#[must_use]
pub fn year(figures: &Figures) -> Year {
    const WEEKS: u32 = 53;
    let monday = figures.today - weekday(figures.today) as u32;
    let answers =
        |day: StudyDay| figures.tally.days.get(&day).map_or(0, |sums| sums.answers() + sums.practice);
    let week = |back: u32| {
        let first = monday - 7 * back;
        let days = std::array::from_fn(|at| Some(first + at as u32).filter(|day| *day <= figures.today));
        let begins = days
            .iter()
            .flatten()
            .find(|day| day.date().is_some_and(|date| chrono::Datelike::day(&date) == 1));
        let month = begins.and_then(|day| Some(day.date()?.format("%b").to_string()));
        Week { month, days: days.map(|day| day.map(answers)) }
    };
    let weeks: Vec<Week> = (0..WEEKS).rev().map(week).collect();
    let mut counts: Vec<i64> =
        weeks.iter().flat_map(|week| week.days).flatten().filter(|count| *count > 0).collect();
    counts.sort_unstable();
    // Quarters of the days on which something was done; each level starts above the one before.
    let quarter = |of: usize| counts.get(counts.len() * of / 4).copied().unwrap_or(0);
    let mut levels = [1, quarter(1), quarter(2), quarter(3)];
    for at in 1..4 {
        levels[at] = levels[at].max(levels[at - 1] + 1);
    }
    Year { weeks, levels }
}

impl Year {
    /// The level of a day with so many answers: 0 for none, to 4.
    #[must_use]
    pub fn level(&self, answers: i64) -> usize {
        self.levels.iter().filter(|level| answers >= **level).count()
    }
}

/// A row of the table of retention: its name and its tests of memory.
#[must_use]
pub fn spans(figures: &Figures) -> Vec<(&'static str, Recall)> {
    let last = |days: u32| figures.tally.between(figures.today - (days - 1), figures.today).recall();
    let all = figures.tally.all();
    vec![
        ("7 days", last(7)),
        ("30 days", last(30)),
        ("365 days", last(365)),
        ("all", all.recall()),
        ("young", all.young),
        ("mature", all.mature),
    ]
}

/// The bins of the calibration.
#[must_use]
pub fn calibration(figures: &Figures) -> Vec<Bin> {
    calibration::bins(&figures.tally, Age::All)
}

/// What is said of the year.
#[must_use]
pub fn year_facts(figures: &Figures) -> Vec<Fact> {
    let (today, tally) = (figures.today, &figures.tally);
    let year = tally.between(today - 364, today);
    let days = tally.days.range(today - 364..=today).filter(|(_, sums)| sums.answers() + sums.practice > 0);
    let (studied, best) = days.fold((0, (0, today)), |(count, best), (day, sums)| {
        (count + 1, best.max((sums.answers() + sums.practice, *day)))
    });
    let now = tally.days.get(&today).copied().unwrap_or_default();
    vec![
        Fact::new("today", words::count(now.answers() + now.practice, "answer"))
            .note(words::time(now.millis as f64 / 1000.0)),
        Fact::new("days in a row", words::number(i64::from(tally.streak(today))))
            .note(format!("longest ever {}", words::number(i64::from(tally.longest_streak())))),
        Fact::new("days studied", format!("{studied} of 365")),
        Fact::new("answers in 365 days", words::number(year.answers() + year.practice))
            .note(words::time(year.millis as f64 / 1000.0)),
        Fact::new("most on a day", words::number(best.0)).note(words::day(best.1)),
    ]
}

/// What is said of the time.
#[must_use]
pub fn time_facts(figures: &Figures) -> Vec<Fact> {
    let all = figures.tally.all();
    let answers = all.answers() + all.practice;
    let seen = i64::from(figures.cards().1);
    let each = |count: i64| {
        if count > 0 { words::time(all.millis as f64 / 1000.0 / count as f64) } else { "-".to_string() }
    };
    let last = figures.tally.between(figures.today - 29, figures.today);
    vec![
        Fact::new("in all", words::time(all.millis as f64 / 1000.0)).note(words::count(answers, "answer")),
        Fact::new("a day, last 30", words::time(last.millis as f64 / 30_000.0)),
        Fact::new("an answer", each(answers)).note(format!("median {}", words::time(figures.seconds_a_card))),
        Fact::new("a card so far", each(seen)).note(words::count(seen, "card")),
    ]
}

/// What is said of the forecast over so many days.
#[must_use]
pub fn forecast_facts(figures: &Figures, days: usize) -> Vec<Fact> {
    let time = |cards: u32| words::time(f64::from(cards) * figures.seconds_a_card);
    let cards = |cards: u32| words::count(i64::from(cards), "card");
    let today = figures.due.first().copied().unwrap_or(0);
    let all: u32 = figures.due.iter().take(days).sum();
    let overdue = match figures.overdue {
        0 => "nothing overdue".to_string(),
        late => format!("{} overdue", words::number(i64::from(late))),
    };
    let overdue = if today == 0 { overdue } else { format!("{}, {overdue}", time(today)) };
    vec![
        Fact::new("today", cards(today)).note(overdue),
        Fact::new(format!("next {days} days"), cards(all)).note(time(all)),
        Fact::new("a day", format!("{:.1} cards", f64::from(all) / days as f64))
            .note(words::time(f64::from(all) * figures.seconds_a_card / days as f64)),
    ]
}

/// What is said of bets.
#[must_use]
pub fn bet_facts(figures: &Figures) -> Vec<Fact> {
    let bets = figures.tally.all().bets;
    let share = |of: i64| bets.share(of).map_or_else(|| "-".to_string(), words::percent);
    let last = figures.tally.between(figures.today - 89, figures.today).bets;
    let recent = |of: i64| {
        last.share(of).map_or_else(
            || "none in 90 days".to_string(),
            |share| format!("last 90 days {}", words::percent(share)),
        )
    };
    let spread = bets.spread().map_or_else(|| "-".to_string(), words::factor);
    vec![
        Fact::new("bets", words::number(bets.count))
            .note(format!("{} in 90 days", words::number(last.count))),
        Fact::new("within 10%", share(bets.within_tenth)).note(recent(last.within_tenth)),
        Fact::new("within 2x", share(bets.within_two)).note(recent(last.within_two)),
        Fact::new("within 10x", share(bets.within_ten)).note(recent(last.within_ten)),
        Fact::new("too high, too low", format!("{}, {}", share(bets.high), share(bets.low))),
        Fact::new("on the whole", bets.bias().map_or_else(|| "-".to_string(), words::bias))
            .note(format!("off by {spread} either way")),
    ]
}

/// How often each grade was given: in all, and in the last thirty days.
#[must_use]
pub fn grades(figures: &Figures) -> [Bars; 2] {
    let of = |title: &str, sums: Sums| {
        let all = sums.answers();
        let bar = |(grade, count): (Grade, i64)| {
            let share = if all > 0 { count as f64 / all as f64 } else { 0.0 };
            Bar {
                name: grade.label().to_string(),
                value: share,
                label: format!("{}  {}", words::percent(share), words::number(count)),
                series: Series(0),
                tone: Tone::Plain,
            }
        };
        let bars = Grade::ALL.into_iter().zip(sums.by_grade).map(bar).collect();
        Bars { title: title.to_string(), bars, full: Some(1.0), ..Bars::default() }
    };
    let last = figures.tally.between(figures.today - 29, figures.today);
    [of("grades, all answers that count", figures.tally.all()), of("the last 30 days", last)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::tally::Tally;

    fn figures(days: &[(u32, i64)]) -> Figures {
        let today = StudyDay(20_778);
        let mut tally = Tally::default();
        for &(back, good) in days {
            let sums = Sums { by_grade: [0, 0, good, 0], millis: good * 60_000, ..Sums::default() };
            tally.days.entry(today - back).or_default().add(&sums, 1);
        }
        Figures {
            today,
            tally,
            due: (0..90).collect(),
            overdue: 0,
            seconds_a_card: 30.0,
            topics: Vec::new(),
            phases: Vec::new(),
        }
    }

    #[test]
    fn a_year_has_its_days_under_their_weekday() {
        // 2026-11-21 is a Saturday: calendars say so.
        let figures = figures(&[(0, 5), (5, 1), (6, 2), (364, 9)]);
        assert_eq!(figures.today.to_string(), "2026-11-21");
        let year = year(&figures);
        assert_eq!(year.weeks.len(), 53);
        let last = &year.weeks[52];
        assert_eq!(last.days, [Some(1), Some(0), Some(0), Some(0), Some(0), Some(5), None]);
        assert_eq!(year.weeks[51].days[6], Some(2));
        // A year before the day is 2025-11-22, the Saturday of the first week.
        assert_eq!(year.weeks[0].days[5], Some(9));
        let months: Vec<&str> = year.weeks.iter().filter_map(|week| week.month.as_deref()).collect();
        let names = ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"];
        assert_eq!(months, names);
        assert_eq!(year.levels, [1, 2, 5, 9]);
        assert_eq!([0, 1, 2, 4, 5, 100].map(|answers| year.level(answers)), [0, 1, 2, 2, 3, 4]);
    }

    #[test]
    fn weeks_add_up_their_days() {
        let figures = figures(&[(0, 5), (5, 1), (6, 2), (12, 4), (13, 8)]);
        let weeks = minutes_a_week(&figures, 3);
        // The week of Monday the 16th goes on; that of the 9th ends on Sunday the 15th; the 8th is the Sunday before.
        assert_eq!(weeks.values, [8.0, 6.0, 6.0]);
        assert_eq!(weeks.ticks, [(2, "16 Nov".to_string())]);
        let days = minutes_a_day(&figures, 7);
        assert_eq!(days.values, [2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 5.0]);
        assert_eq!(forecast(&figures, 30).values.len(), 30);
        assert_eq!(forecast(&figures, 30).ticks[1], (7, "28 Nov".to_string()));
    }

    #[test]
    fn bets_stand_by_their_factor() {
        let mut figures = figures(&[]);
        // Tenths of a decade: right, twice (3), a thousandth, ten times.
        for (tenths, count) in [(0, 4), (3, 2), (-30, 1), (10, 5)] {
            let mut sums = Sums::default();
            sums.bets.count = count;
            figures.tally.factors.insert(tenths, sums);
        }
        let columns = factors(&figures);
        assert_eq!(columns.values.iter().sum::<f64>(), 12.0);
        assert_eq!((columns.values[10], columns.values[0], columns.values[15]), (4.0, 1.0, 5.0));
        assert_eq!(
            columns.values[12], 2.0,
            "twice as much is three tenths of a decade: the second column up"
        );
    }
}
