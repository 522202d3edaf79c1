//! What Progress shows as a list: the map of the curriculum, and figures by topic or month.

use std::collections::BTreeMap;

use chrono::Datelike;

use super::figures::{self, Figures, TopicFigures};
use super::words;
use crate::memory::calibration;
use crate::memory::tally::{Bets, Sums};

/// Fewer tests of memory than these order no list: they say too little.
const ENOUGH: i64 = 10;

/// A list with a heading over its columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// What it is, in a sentence or two.
    pub says: String,
    /// The heading over the names.
    pub name: &'static str,
    /// The headings over the cells, the most important first: where the width is short the last are left out.
    pub head: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The topic that Enter opens, by its slug.
    pub opens: Option<String>,
    /// What it is about.
    pub name: String,
    /// A share to be shown as a bar.
    pub bar: Option<f64>,
    /// One share for each topic of a phase, in place of a bar: it is a heading, and cannot be chosen.
    pub strip: Option<Vec<Option<f64>>>,
    /// The figures, under the headings.
    pub cells: Vec<String>,
    /// It is what the settings say now.
    pub set: bool,
    /// There is nothing to know yet.
    pub dim: bool,
    /// The topic, as a place in [`Figures::topics`].
    pub topic: Option<usize>,
}

impl Listing {
    /// The nearest row that can be chosen, looking down first or up first.
    #[must_use]
    pub fn near(&self, row: usize, down: bool) -> usize {
        let can = |at: &usize| self.rows.get(*at).is_some_and(|row| row.strip.is_none());
        let (below, above) = ((row..self.rows.len()).find(can), (0..=row).rev().find(can));
        (if down { below.or(above) } else { above.or(below) }).unwrap_or(row)
    }
}

/// The path: phases with their topics.
#[must_use]
pub fn map(figures: &Figures) -> Listing {
    let mut rows = Vec::new();
    let named = figures.phases.iter().enumerate().map(|(at, name)| (at + 1, name.clone()));
    for (phase, name) in named.chain([(0, "Beside the path".to_string())]) {
        let topics: Vec<(usize, &TopicFigures)> = figures.phase(phase).collect();
        if topics.is_empty() {
            continue;
        }
        let sum =
            |(all, known): (f64, f64), topic: &TopicFigures| (all + topic.weights.0, known + topic.weights.1);
        let whole = topics.iter().fold((0.0, 0.0), |weights, (_, topic)| sum(weights, topic));
        let (due, new) = topics.iter().fold((0, 0), |(due, new), (_, t)| (due + t.due, new + t.new_cards()));
        rows.push(Row {
            name,
            strip: Some(topics.iter().map(|(_, topic)| topic.mastery()).collect()),
            cells: vec![
                figures::mastery(whole).map_or_else(String::new, words::percent),
                some(due),
                some(new),
            ],
            ..Row::default()
        });
        rows.extend(topics.into_iter().map(|(at, topic)| topic_row(at, topic)));
    }
    Listing { rows, ..map_head(figures) }
}

/// The topics that have cards, the one that is known least first; on the path earlier ones first.
#[must_use]
pub fn weakest(figures: &Figures) -> Listing {
    let mut topics: Vec<(usize, &TopicFigures)> =
        figures.topics.iter().enumerate().filter(|(_, topic)| topic.cards > 0).collect();
    topics.sort_by(|(_, a), (_, b)| a.mastery().unwrap_or(0.0).total_cmp(&b.mastery().unwrap_or(0.0)));
    Listing {
        rows: topics.into_iter().map(|(at, topic)| topic_row(at, topic)).collect(),
        ..map_head(figures)
    }
}

fn map_head(figures: &Figures) -> Listing {
    let (all, seen, learned) = figures.cards();
    let today = figures.tally.days.get(&figures.today).map_or(0, Sums::answers);
    let cards = words::count(i64::from(all), "card");
    let says = if seen == 0 {
        format!(
            "{learned} of {cards} learned. No card was answered yet: Enter opens a topic's page, D on it asks its cards, \
             and this map fills."
        )
    } else {
        format!(
            "{learned} of {cards} learned, {} in steps; {} today. Known: the mean chance to recall a card of the topic \
             today, core cards weighing most.",
            seen - learned,
            words::count(today, "answer"),
        )
    };
    Listing { says, name: "topic", head: vec!["known", "due", "new"], rows: Vec::new() }
}

fn topic_row(at: usize, topic: &TopicFigures) -> Row {
    let cards = topic.cards > 0;
    let cells = match topic.mastery() {
        Some(known) => vec![words::percent(known), some(topic.due), some(topic.new_cards())],
        None if topic.written => vec!["no cards".to_string()],
        None => vec!["planned".to_string()],
    };
    Row {
        opens: (topic.written || cards).then(|| topic.slug.clone()),
        name: topic.title.clone(),
        bar: topic.mastery(),
        cells,
        dim: !cards && !topic.written,
        topic: Some(at),
        ..Row::default()
    }
}

/// A number, and nothing for 0: so that the eye finds what is to do.
fn some(count: u32) -> String {
    if count == 0 { String::new() } else { words::number(i64::from(count)) }
}

/// A row of a topic that was answered.
fn answered(figures: &Figures, slug: &str, cells: Vec<String>) -> Row {
    let known = figures.topics.iter().any(|topic| topic.slug == slug);
    Row {
        opens: known.then(|| slug.to_string()),
        name: figures.title(slug).to_string(),
        cells,
        ..Row::default()
    }
}

/// Retention by topic, what was recalled least first; nothing before the first test of memory.
#[must_use]
pub fn retention(figures: &Figures) -> Option<Listing> {
    let mut topics: Vec<(&String, &Sums)> =
        figures.tally.topics.iter().filter(|(_, sums)| sums.recall().asked > 0).collect();
    topics.sort_by(|(_, a), (_, b)| {
        let key = |sums: &Sums| (sums.recall().asked < ENOUGH, sums.recall().share().unwrap_or(0.0));
        let ((few, share), (other_few, other)) = (key(a), key(b));
        few.cmp(&other_few).then(share.total_cmp(&other))
    });
    let row = |(slug, sums): (&String, &Sums)| {
        let recall = sums.recall();
        let (low, high) = calibration::interval(recall.recalled, recall.asked);
        let cells = vec![
            words::share_or_dash(recall.share()),
            words::share_or_dash(recall.mean_predicted()),
            words::number(recall.asked),
            format!("{} to {}", words::percent(low), words::percent(high)),
        ];
        Row { bar: recall.share(), ..answered(figures, slug, cells) }
    };
    let rows: Vec<Row> = topics.into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Listing {
        says: format!(
            "What was recalled least stands first; topics with fewer than {ENOUGH} answers stand last. First answers of a \
             day, no learning steps."
        ),
        name: "topic",
        head: vec!["recalled", "predicted", "answers", "95% interval"],
        rows,
    })
}

/// Time by topic, the most first; nothing where no time was spent.
#[must_use]
pub fn time(figures: &Figures) -> Option<Listing> {
    let mut topics: Vec<(&String, &Sums)> =
        figures.tally.topics.iter().filter(|(_, sums)| sums.millis > 0).collect();
    topics.sort_by_key(|(_, sums)| -sums.millis);
    let all: i64 = topics.iter().map(|(_, sums)| sums.millis).sum();
    let row = |(slug, sums): (&String, &Sums)| {
        let answers = sums.answers() + sums.practice;
        let cards = figures.topics.iter().find(|topic| topic.slug == *slug);
        let cards = cards.map_or(0, |topic| topic.learned + topic.steps);
        let each = |count: i64| {
            if count > 0 { words::time(sums.millis as f64 / 1000.0 / count as f64) } else { "-".to_string() }
        };
        let cells = vec![
            words::time(sums.millis as f64 / 1000.0),
            words::number(answers),
            each(answers),
            each(i64::from(cards)),
        ];
        Row { bar: Some(sums.millis as f64 / all.max(1) as f64), ..answered(figures, slug, cells) }
    };
    let rows: Vec<Row> = topics.into_iter().map(row).collect();
    (!rows.is_empty()).then(|| Listing {
        says: "Time from question to grade, with that of practice; one answer counts ten minutes at most. The bar is \
               the topic's share of all of it."
            .to_string(),
        name: "topic",
        head: vec!["time", "answers", "an answer", "a card so far"],
        rows,
    })
}

/// Bets by month, the latest first; nothing before the first bet.
#[must_use]
pub fn bets_by_month(figures: &Figures) -> Option<Listing> {
    let mut months: BTreeMap<(i32, u32), (String, Sums)> = BTreeMap::new();
    for (day, sums) in figures.tally.days.iter().filter(|(_, sums)| sums.bets.count > 0) {
        let Some(date) = day.date() else { continue };
        let key = (date.year(), date.month());
        months.entry(key).or_insert_with(|| (words::month(*day), Sums::default())).1.add(sums, 1);
    }
    let rows: Vec<Row> = months
        .into_values()
        .rev()
        .map(|(name, sums)| Row { name, cells: bet_cells(&sums.bets), ..Row::default() })
        .collect();
    bets("month", "Whether the intuition gets better: bets by month, the latest first.", rows)
}

/// Bets by topic, where most were made first; nothing before the first bet.
#[must_use]
pub fn bets_by_topic(figures: &Figures) -> Option<Listing> {
    let mut topics: Vec<(&String, &Sums)> =
        figures.tally.topics.iter().filter(|(_, sums)| sums.bets.count > 0).collect();
    topics.sort_by_key(|(_, sums)| -sums.bets.count);
    let rows =
        topics.into_iter().map(|(slug, sums)| answered(figures, slug, bet_cells(&sums.bets))).collect();
    bets("topic", "Where the intuition is good and where it is not: bets by topic, most bets first.", rows)
}

fn bets(name: &'static str, says: &str, rows: Vec<Row>) -> Option<Listing> {
    (!rows.is_empty()).then(|| Listing {
        says: says.to_string(),
        name,
        head: vec!["bets", "within 10%", "within 2x", "within 10x", "on the whole"],
        rows,
    })
}

fn bet_cells(bets: &Bets) -> Vec<String> {
    let share = |of: i64| bets.share(of).map_or_else(|| "-".to_string(), words::percent);
    vec![
        words::number(bets.count),
        share(bets.within_tenth),
        share(bets.within_two),
        share(bets.within_ten),
        bets.bias().map_or_else(|| "-".to_string(), words::bias),
    ]
}
