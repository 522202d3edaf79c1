//! The figures of `sysdrill stats` as JSON; `docs/json.md` says what each is.

use serde_json::{Map, Value, json};

use super::Stats;
use crate::app::Figures;
use crate::app::progress::figures::mastery;
use crate::app::progress::pictures;
use crate::memory::calibration;
use crate::memory::tally::{Bets, Recall, Sums};
use crate::memory::{Grade, StudyDay};

/// How many days of the past are listed.
const DAYS: u32 = 365;

/// All of it.
pub(super) fn of(stats: &Stats) -> Value {
    let figures = &stats.figures;
    let grades: Map<String, Value> = Grade::ALL
        .iter()
        .zip(stats.grades)
        .map(|(grade, count)| (grade.name().to_string(), json!(count)))
        .collect();
    let topics: Map<String, Value> =
        stats.topics.iter().map(|(slug, standing)| (slug.clone(), json!(standing))).collect();
    json!({
        "cards": stats.library.cards().count(),
        "seen": stats.seen,
        "learned": stats.learned,
        "answers": stats.grades.iter().sum::<u32>(),
        "grades": grades,
        "streak_days": stats.streak,
        "topics": topics,
        "longest_streak_days": figures.tally.longest_streak(),
        "retention": retention(figures),
        "calibration": calibrated(figures),
        "forecast": forecast(figures),
        "days": days(figures),
        "time": time(figures),
        "map": map(figures),
        "bets": bets(figures),
        "hours": (0..24).map(|hour| figures.tally.hours.get(&hour).map_or(0, answers)).collect::<Vec<i64>>(),
    })
}

/// Answers of any kind.
fn answers(sums: &Sums) -> i64 {
    sums.answers() + sums.practice
}

fn recall(recall: &Recall) -> Value {
    let some = recall.asked > 0;
    let (low, high) = calibration::interval(recall.recalled, recall.asked);
    json!({
        "answers": recall.asked,
        "recalled": recall.share(),
        "low": some.then_some(low),
        "high": some.then_some(high),
        "predicted": recall.mean_predicted(),
        "log_loss": recall.log_loss(),
    })
}

fn retention(figures: &Figures) -> Value {
    let names = ["last_7_days", "last_30_days", "last_365_days", "all", "young", "mature"];
    let spans = pictures::spans(figures);
    let mut found: Map<String, Value> =
        names.iter().zip(&spans).map(|(name, (_, of))| ((*name).to_string(), recall(of))).collect();
    let topics = figures.tally.topics.iter().filter(|(_, sums)| sums.recall().asked > 0);
    let topics: Map<String, Value> =
        topics.map(|(slug, sums)| (slug.clone(), recall(&sums.recall()))).collect();
    found.insert("topics".to_string(), Value::Object(topics));
    Value::Object(found)
}

fn calibrated(figures: &Figures) -> Value {
    let bins = pictures::calibration(figures);
    let bin = |bin: &calibration::Bin| {
        let mut found = json!({ "from": bin.from as f64 / 100.0, "to": bin.to as f64 / 100.0 });
        if let (Value::Object(found), Value::Object(of)) = (&mut found, recall(&bin.recall)) {
            found.extend(of);
        }
        found
    };
    json!({ "error": calibration::error(&bins), "bins": bins.iter().map(bin).collect::<Vec<Value>>() })
}

fn forecast(figures: &Figures) -> Value {
    let day = |(ahead, cards): (usize, &u32)| {
        json!({
            "date": (figures.today + ahead as u32).to_string(),
            "cards": cards,
            "minutes": f64::from(*cards) * figures.seconds_a_card / 60.0,
        })
    };
    json!({
        "seconds_a_card": figures.seconds_a_card,
        "overdue": figures.overdue,
        "days": figures.due.iter().enumerate().map(day).collect::<Vec<Value>>(),
    })
}

fn days(figures: &Figures) -> Value {
    let day = |(day, sums): (&StudyDay, &Sums)| {
        json!({
            "date": day.to_string(),
            "answers": sums.answers(),
            "new": sums.new,
            "practice": sums.practice,
            "minutes": sums.minutes(),
        })
    };
    let from = figures.today - (DAYS - 1);
    Value::Array(figures.tally.days.range(from..=figures.today).map(day).collect())
}

fn time(figures: &Figures) -> Value {
    let of = |sums: &Sums| {
        let count = answers(sums);
        let each = (count > 0).then(|| sums.millis as f64 / 1000.0 / count as f64);
        json!({ "minutes": sums.minutes(), "answers": count, "seconds_an_answer": each })
    };
    let topics: Map<String, Value> =
        figures.tally.topics.iter().map(|(slug, sums)| (slug.clone(), of(sums))).collect();
    let last = figures.tally.between(figures.today - 29, figures.today);
    json!({ "all": of(&figures.tally.all()), "last_30_days": of(&last), "topics": topics })
}

fn map(figures: &Figures) -> Value {
    let phases = figures.phases.iter().enumerate().map(|(at, name)| (at + 1, Some(name)));
    let phase = |(number, name): (usize, Option<&String>)| {
        let whole = figures
            .phase(number)
            .fold((0.0, 0.0), |(all, known), (_, topic)| (all + topic.weights.0, known + topic.weights.1));
        let topics: Vec<Value> = figures
            .phase(number)
            .map(|(_, topic)| {
                let needs: Vec<&str> =
                    topic.builds_on.iter().map(|&at| figures.topics[at].slug.as_str()).collect();
                json!({
                    "topic": topic.slug,
                    "known": topic.mastery(),
                    "cards": topic.cards,
                    "core": topic.core,
                    "learned": topic.learned,
                    "steps": topic.steps,
                    "new": topic.new_cards(),
                    "due": topic.due,
                    "builds_on": needs,
                })
            })
            .collect();
        (!topics.is_empty()).then(|| json!({ "phase": name, "known": mastery(whole), "topics": topics }))
    };
    Value::Array(phases.chain([(0, None)]).filter_map(phase).collect())
}

fn bets(figures: &Figures) -> Value {
    let of = |bets: &Bets| {
        json!({
            "bets": bets.count,
            "within_10_percent": bets.share(bets.within_tenth),
            "within_2x": bets.share(bets.within_two),
            "within_10x": bets.share(bets.within_ten),
            "too_high": bets.share(bets.high),
            "too_low": bets.share(bets.low),
            "bias": bets.bias(),
            "factor": bets.spread(),
        })
    };
    let mut months: Vec<(String, Sums)> = Vec::new();
    for (day, sums) in figures.tally.days.iter().filter(|(_, sums)| sums.bets.count > 0) {
        let month: String = day.to_string().chars().take(7).collect();
        if months.last().is_none_or(|(last, _)| *last != month) {
            months.push((month, Sums::default()));
        }
        if let Some((_, of)) = months.last_mut() {
            of.add(sums, 1);
        }
    }
    let months: Map<String, Value> =
        months.into_iter().map(|(month, sums)| (month, of(&sums.bets))).collect();
    let topics = figures.tally.topics.iter().filter(|(_, sums)| sums.bets.count > 0);
    let topics: Map<String, Value> = topics.map(|(slug, sums)| (slug.clone(), of(&sums.bets))).collect();
    let factor =
        |(tenths, sums): (&i64, &Sums)| json!({ "decades": *tenths as f64 / 10.0, "bets": sums.bets.count });
    let last = figures.tally.between(figures.today - 89, figures.today);
    json!({
        "all": of(&figures.tally.all().bets),
        "last_90_days": of(&last.bets),
        "months": months,
        "topics": topics,
        "distribution": figures.tally.factors.iter().map(factor).collect::<Vec<Value>>(),
    })
}
