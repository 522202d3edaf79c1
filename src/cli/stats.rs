//! `sysdrill stats`: what was done and learned.

mod json;

use super::args::Json;
use super::place::Place;
use super::{Failure, print, print_json};
use crate::app::Figures;
use crate::app::learned::{Learned, Standing};
use crate::app::progress::{figures, pictures, words};
use crate::library::Library;
use crate::memory::Phase;
use crate::memory::tally::Tally;

/// What is said of it all.
struct Stats {
    library: Library,
    figures: Figures,
    /// Cards of the library that were answered, and those of them that have left the learning steps.
    seen: usize,
    learned: usize,
    /// Scheduled answers by grade.
    grades: [u32; 4],
    streak: u32,
    /// The topics that have a page, and how well each is known.
    topics: Vec<(String, &'static str)>,
}

/// Says how much was done and how much is known.
pub(super) fn run(place: &Place, verb: &Json) -> Result<(), Failure> {
    let stats = Stats::read(place)?;
    if verb.json {
        return print_json(&json::of(&stats));
    }
    stats.tell()
}

impl Stats {
    fn read(place: &Place) -> Result<Stats, Failure> {
        let library = place.library();
        let (now, store) = (place.clock.now(), place.store_if_any()?);
        let scheduler = place.schedulers(store.as_ref())?.usual().clone();
        let (learned, figures) = match store {
            Some(mut store) => {
                // Where it cannot be written now, counting only takes longer.
                let _ = store.settle_if_behind();
                (Learned::read(&store, now)?, Figures::read(&store, &library, &scheduler, now)?)
            }
            None => {
                let none = Figures::of(Tally::default(), std::iter::empty(), &library, &scheduler, now);
                (Learned::default(), none)
            }
        };
        // Of cards that the library has: those of a deck that was taken away are in the log and nowhere else.
        let states: Vec<_> = library.heads().filter_map(|card| learned.states.get(&card.id.0)).collect();
        let in_review = states.iter().filter(|state| matches!(state.phase, Phase::Review { .. })).count();
        let topics = library.written().map(|topic| {
            let standing = match learned.standing(&library, topic) {
                Standing::New => "new",
                Standing::Begun => "begun",
                Standing::Known => "known",
            };
            (topic.slug.clone(), standing)
        });
        Ok(Stats {
            topics: topics.collect(),
            seen: states.len(),
            learned: in_review,
            grades: learned
                .days
                .values()
                .fold([0; 4], |sum, day| std::array::from_fn(|grade| sum[grade] + day[grade])),
            streak: learned.streak(now.study_day()),
            library,
            figures,
        })
    }

    /// The figures for people.
    fn tell(&self) -> Result<(), Failure> {
        let figures = &self.figures;
        let all = figures.tally.all();
        print(&format!(
            "{} of {} cards learned, {} seen",
            self.learned,
            self.library.heads().count(),
            self.seen
        ))?;
        let answers: u32 = self.grades.iter().sum();
        let days = if self.streak == 1 { "day" } else { "days" };
        let time = words::time(all.millis as f64 / 1000.0);
        print(&format!("{answers} answers, {} {days} in a row, {time} in all", self.streak))?;
        for (name, recall) in pictures::spans(figures).into_iter().filter(|(_, recall)| recall.asked > 0) {
            print(&format!(
                "{name:>8}: {} recalled, {} predicted, {}",
                words::share_or_dash(recall.share()),
                words::share_or_dash(recall.mean_predicted()),
                words::count(recall.asked, "answer"),
            ))?;
        }
        let due: u32 = figures.due.iter().take(30).sum();
        if due > 0 {
            let time = words::time(f64::from(due) * figures.seconds_a_card);
            let today = words::count(i64::from(figures.due[0]), "card");
            print(&format!("due: {today} today, {due} in 30 days, about {time}"))?;
        }
        if all.bets.count > 0 {
            let share = |of| all.bets.share(of).map_or_else(String::new, words::percent);
            print(&format!(
                "{}: {} within 10%, {} within 2x, {} within 10x, {}",
                words::count(all.bets.count, "bet"),
                share(all.bets.within_tenth),
                share(all.bets.within_two),
                share(all.bets.within_ten),
                all.bets.bias().map_or_else(String::new, words::bias),
            ))?;
        }
        for (slug, standing) in &self.topics {
            let topic = figures.topics.iter().find(|topic| topic.slug == *slug);
            let known = topic.and_then(figures::TopicFigures::mastery);
            let known = known.map_or_else(String::new, words::percent);
            print(&format!("{standing:6} {known:>4} {slug}"))?;
        }
        Ok(())
    }
}
