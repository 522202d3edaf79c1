//! Whether balancing evens out the days, and what it does to the intervals.

use sysdrill::memory::{Calendar, CardState, Load, Phase, Rules, Scheduler, StudyDay};

use crate::learner::{Learner, days, spread};

/// What a year of study was like.
struct Year {
    /// Reviews on each day of its second half.
    reviews: Vec<f64>,
    /// Pairs of cards of one topic that fell on one day, as a share of those reviews.
    siblings: f64,
    /// The interval given, divided by the one without fuzz; the mean over all of at least 10 days.
    stretch: f64,
    /// The share of reviews that were recalled.
    retention: f64,
}

/// A year of study in which `new` cards a day are learned, `topic` of one topic after the other.
fn year(seed: u64, new: usize, topic: usize, balanced: bool) -> Year {
    let scheduler = Scheduler::default();
    let exact = Scheduler::new(Rules { fuzz: false, ..Rules::default() }).expect("rules in a test");
    let mut learner = Learner::new(seed);
    let mut cards: Vec<CardState> = Vec::new();
    let mut load = Load::default();
    let mut year = Year { reviews: Vec::new(), siblings: 0.0, stretch: 0.0, retention: 0.0 };
    let (mut counted, mut reviews, mut recalled) = (0.0, 0.0, 0.0);
    for day in (0..365).map(|day| StudyDay(20_000 + day)) {
        cards.extend(vec![CardState::default(); new]);
        let mut done = 0.0;
        let mut topics = vec![0.0; cards.len() / topic + 1];
        for (index, card) in cards.iter_mut().enumerate() {
            let review = match card.phase {
                Phase::Review { due } if due <= day => true,
                Phase::New => false,
                _ => continue,
            };
            let of = (index / topic) as u32;
            load.remove(of, card);
            let studied = learner.study(&scheduler, card, day, |state, grade, now, seed| {
                let calendar = Calendar { load: balanced.then_some((&load, of)), horizon: None };
                let next = scheduler.answer_in(state, grade, now, seed, &calendar);
                let ideal = days(&exact.answer(state, grade, now, seed));
                if ideal >= 10 {
                    year.stretch += f64::from(days(&next)) / f64::from(ideal);
                    counted += 1.0;
                }
                next
            });
            load.add(of, card);
            if review {
                done += 1.0;
                topics[of as usize] += 1.0;
                reviews += 1.0;
                recalled += f64::from(u8::from(studied.recalled));
            }
        }
        if day.0 >= 20_180 {
            year.reviews.push(done);
            year.siblings += topics.iter().map(|n| n * (n - 1.0) / 2.0).sum::<f64>();
        }
    }
    year.siblings /= year.reviews.iter().sum::<f64>();
    year.stretch /= counted;
    year.retention = recalled / reviews;
    year
}

/// How far the days' reviews are from the mean of the fortnight around them, relative, as a standard deviation: what
/// grows over the year is no unevenness.
fn unevenness(years: &[Year]) -> f64 {
    let around = |year: &Year| -> Vec<f64> {
        let off = |days: &[f64]| (days[7] - spread(days).0) / spread(days).0;
        year.reviews.windows(15).map(off).collect()
    };
    spread(&years.iter().flat_map(around).collect::<Vec<_>>()).1
}

fn mean_of(years: &[Year], get: fn(&Year) -> f64) -> f64 {
    spread(&years.iter().map(get).collect::<Vec<_>>()).0
}

#[test]
fn balancing_evens_out_the_days_and_leaves_the_retention() {
    let [plain, balanced] =
        [false, true].map(|balanced| [year(1, 10, 16, balanced), year(2, 10, 16, balanced)]);
    // Two half years are 360 days: a standard deviation is known to 1 / sqrt(720), 4%. The gain is ten times that.
    assert!(unevenness(&balanced) < 0.7 * unevenness(&plain));
    assert!(mean_of(&balanced, |year| year.siblings) < 0.95 * mean_of(&plain, |year| year.siblings));
    // 57,000 reviews: one standard error of a share of 0.88 is 0.0014.
    let retention = |years| mean_of(years, |year| year.retention);
    assert!((retention(&balanced) - retention(&plain)).abs() < 0.01);
    assert!((mean_of(&balanced, |year| year.stretch) - 1.0).abs() < 0.06);
}

#[test]
#[ignore = "makes the figures of docs/drill.md"]
fn figures() {
    for new in [3, 10, 30] {
        for balanced in [false, true] {
            let years: Vec<Year> = (0..4).map(|seed| year(seed, new, 16, balanced)).collect();
            let all: Vec<f64> = years.iter().flat_map(|year| year.reviews.iter().copied()).collect();
            println!(
                "| {new} | {} | {:.0} | {:.1}% | {:.0} | {:.2} | {:+.1}% | {:.1}% |",
                if balanced { "yes" } else { "no" },
                spread(&all).0,
                100.0 * unevenness(&years),
                all.iter().copied().fold(0.0, f64::max),
                mean_of(&years, |year| year.siblings),
                100.0 * (mean_of(&years, |year| year.stretch) - 1.0),
                100.0 * mean_of(&years, |year| year.retention),
            );
        }
    }
}
