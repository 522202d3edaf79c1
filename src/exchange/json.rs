//! All that there is as JSON, for another sysdrill or for a program of one's own. `docs/exchange.md` describes it.
//!
//! Cards have the fields of deck files, under the same names, and go through the reader of deck files. Reviews have
//! all that the log has of them, so that what comes in is what went out: the ids too, by which an answer that is
//! already there is known.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Context, ExchangeError, Imported, Mark, Note, Outgoing};
use crate::deck;
use crate::memory::{
    CardState, EventId, Grade, MODEL, Memory, Moment, Phase, Review, ReviewKind, Rules, StudyDay,
};

/// The version of the form. A later one is refused.
const VERSION: u64 = 1;

#[derive(Deserialize, Serialize)]
struct File {
    format: String,
    version: u64,
    #[serde(default)]
    exported: String,
    #[serde(default)]
    decks: Vec<DeckRow>,
    #[serde(default)]
    states: BTreeMap<String, StateRow>,
    #[serde(default)]
    marks: Vec<MarkRow>,
    #[serde(default)]
    rules: BTreeMap<String, RulesRow>,
    #[serde(default)]
    reviews: Vec<ReviewRow>,
}

#[derive(Deserialize, Serialize)]
struct DeckRow {
    topic: String,
    title: String,
    cards: Vec<Map<String, Value>>,
}

#[derive(Deserialize, Serialize)]
struct MarkRow {
    card: String,
    #[serde(default)]
    suspended: bool,
    buried_until: Option<String>,
    #[serde(default)]
    flagged: bool,
}

#[derive(Deserialize, Serialize)]
struct RulesRow {
    model: String,
    retention: f64,
    fuzz: bool,
    steps: Vec<u32>,
    relearning_steps: Vec<u32>,
    maximum_days: u32,
    parameters: Vec<f64>,
}

#[derive(Deserialize, Serialize)]
struct ReviewRow {
    id: String,
    card: String,
    at: String,
    grade: String,
    answer: Option<String>,
    /// As text: a reader of JSON may know numbers up to 2^53 only.
    seed: String,
    took_millis: u64,
    practice: bool,
    rules: String,
    before: StateRow,
    after: StateRow,
}

#[derive(Deserialize, Serialize)]
struct StateRow {
    phase: String,
    /// A day for a card in review, a time for one in its steps.
    due: Option<String>,
    #[serde(default)]
    step: u32,
    stability: Option<f64>,
    difficulty: Option<f64>,
    last_review: Option<String>,
    reps: u32,
    lapses: u32,
}

/// Everything, as one document.
#[must_use]
pub(super) fn export(outgoing: &Outgoing) -> String {
    let deck = |deck: &deck::Deck| DeckRow {
        topic: deck.topic.clone(),
        title: deck.title.clone(),
        cards: deck.cards.iter().map(deck::fields).collect(),
    };
    let mut marks: Vec<&Mark> = outgoing.marks.values().collect();
    marks.sort_by(|a, b| a.card.cmp(&b.card));
    let mark = |mark: &&Mark| MarkRow {
        card: mark.card.clone(),
        suspended: mark.suspended,
        buried_until: mark.buried_until.map(|day| day.to_string()),
        flagged: mark.flagged,
    };
    let file = File {
        format: "sysdrill".to_string(),
        version: VERSION,
        exported: outgoing.now.to_string(),
        decks: outgoing.decks.iter().map(deck).collect(),
        states: outgoing.states.iter().map(|(card, state)| (card.clone(), state_row(state))).collect(),
        marks: marks.iter().map(mark).collect(),
        rules: outgoing
            .reviews
            .iter()
            .map(|review| (review.rules.fingerprint(), rules_row(&review.rules)))
            .collect(),
        reviews: outgoing.reviews.iter().map(review_row).collect(),
    };
    serde_json::to_string(&file).unwrap_or_default() + "\n"
}

/// Reads such a document. Programs may leave out all but `format`, `version` and `decks`.
///
/// # Errors
/// Where it is no JSON of this form.
pub(super) fn import(name: &str, text: &str, context: &Context) -> Result<Imported, ExchangeError> {
    let wrong = |error: serde_json::Error| ExchangeError::Text {
        line: error.line(),
        message: format!("no JSON of sysdrill's: {error}"),
    };
    let file: File = serde_json::from_str(text).map_err(wrong)?;
    if file.format != "sysdrill" || file.version > VERSION {
        let message = format!("the form '{}' of version {} is not known", file.format, file.version);
        return Err(ExchangeError::Text { line: 1, message });
    }
    let mut imported = Imported::default();
    for row in &file.decks {
        // It becomes the name of a file.
        if row.topic.is_empty()
            || row.topic.len() > 100
            || !row.topic.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        {
            let message = "a topic is made of small letters, digits and hyphens: the deck is left out";
            imported.notes.push(Note::new(format!("{name}, deck '{}'", row.topic), message));
            continue;
        }
        let written = deck::toml(&row.topic, &row.title, &row.cards);
        let (mut deck, problems) = deck::parse(name, &written);
        for problem in problems {
            let place = format!("{name}, deck {}", row.topic);
            imported.notes.push(Note::new(place, format!("{}: {}", problem.source.trim(), problem.message)));
        }
        deck.cards.iter_mut().for_each(|card| card.line = 0);
        deck.file.clear();
        imported.decks.push(deck);
    }
    for row in &file.marks {
        let mark = Mark {
            card: row.card.clone(),
            suspended: row.suspended,
            buried_until: row.buried_until.as_deref().and_then(day),
            flagged: row.flagged,
        };
        imported.marks.push(mark);
    }
    let rules: BTreeMap<&str, Arc<Rules>> =
        file.rules.iter().map(|(name, row)| (name.as_str(), Arc::new(rules_of(row)))).collect();
    for row in &file.reviews {
        let rules = rules.get(row.rules.as_str()).unwrap_or(&context.rules);
        match review(row, rules) {
            Some(review) => imported.reviews.push(review),
            None => {
                imported
                    .notes
                    .push(Note::new(format!("review {}", row.id), "cannot be read: it is left out"));
            }
        }
    }
    Ok(imported)
}

fn rules_row(rules: &Rules) -> RulesRow {
    RulesRow {
        model: MODEL.to_string(),
        retention: rules.retention,
        fuzz: rules.fuzz,
        steps: rules.steps.clone(),
        relearning_steps: rules.relearning_steps.clone(),
        maximum_days: rules.maximum_days,
        parameters: rules.parameters.iter().map(|parameter| f64::from(*parameter)).collect(),
    }
}

fn rules_of(row: &RulesRow) -> Rules {
    Rules {
        retention: row.retention,
        fuzz: row.fuzz,
        steps: row.steps.clone(),
        relearning_steps: row.relearning_steps.clone(),
        maximum_days: row.maximum_days,
        parameters: row.parameters.iter().map(|parameter| *parameter as f32).collect(),
    }
}

fn review_row(review: &Review) -> ReviewRow {
    ReviewRow {
        id: review.id.0.clone(),
        card: review.card.clone(),
        at: review.at.to_string(),
        grade: review.grade.name().to_string(),
        answer: review.answer.clone(),
        seed: review.seed.to_string(),
        took_millis: review.took_millis,
        practice: review.kind == ReviewKind::Practice,
        rules: review.rules.fingerprint(),
        before: state_row(&review.before),
        after: state_row(&review.after),
    }
}

fn review(row: &ReviewRow, rules: &Arc<Rules>) -> Option<Review> {
    let id = &row.id;
    let sound = id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some(Review {
        id: EventId(sound.then(|| id.clone())?),
        card: row.card.clone(),
        at: row.at.parse().ok()?,
        grade: row.grade.parse::<Grade>().ok()?,
        answer: row.answer.clone(),
        seed: row.seed.parse().ok()?,
        took_millis: row.took_millis,
        kind: if row.practice { ReviewKind::Practice } else { ReviewKind::Scheduled },
        before: state(&row.before)?,
        after: state(&row.after)?,
        rules: Arc::clone(rules),
    })
}

fn state_row(state: &CardState) -> StateRow {
    let (phase, due, step) = match state.phase {
        Phase::New => ("new", None, 0),
        Phase::Learning { step, due } => ("learning", Some(due.to_string()), step),
        Phase::Review { due } => ("review", Some(due.to_string()), 0),
        Phase::Relearning { step, due } => ("relearning", Some(due.to_string()), step),
    };
    StateRow {
        phase: phase.to_string(),
        due,
        step,
        stability: state.memory.map(|memory| f64::from(memory.stability)),
        difficulty: state.memory.map(|memory| f64::from(memory.difficulty)),
        last_review: state.last_review.map(|last| last.to_string()),
        reps: state.reps,
        lapses: state.lapses,
    }
}

fn state(row: &StateRow) -> Option<CardState> {
    let due = || row.due.as_deref()?.parse::<Moment>().ok();
    let phase = match row.phase.as_str() {
        "new" => Phase::New,
        "learning" => Phase::Learning { step: row.step, due: due()? },
        "review" => Phase::Review { due: day(row.due.as_deref()?)? },
        "relearning" => Phase::Relearning { step: row.step, due: due()? },
        _ => return None,
    };
    let last_review = match &row.last_review {
        Some(last) => Some(last.parse().ok()?),
        None => None,
    };
    let memory = row
        .stability
        .zip(row.difficulty)
        .map(|(stability, difficulty)| Memory { stability: stability as f32, difficulty: difficulty as f32 });
    Some(CardState { phase, memory, last_review, reps: row.reps, lapses: row.lapses })
}

fn day(text: &str) -> Option<StudyDay> {
    let date: NaiveDate = text.parse().ok()?;
    let days = date.signed_duration_since(NaiveDate::from_ymd_opt(1970, 1, 1)?).num_days();
    i32::try_from(days).ok().map(StudyDay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn another_programs_file_needs_only_decks() {
        let context = Context {
            now: Moment { utc_millis: 0, offset_minutes: 0 },
            rules: Arc::default(),
            most_unpacked: 0,
        };
        let cards = json!([
            { "id": "a", "kind": "basic", "question": "Q?", "answer": "two\nlines" },
            { "id": "b", "kind": "basic", "question": "Q?" },
        ]);
        let deck = json!({ "topic": "t", "title": "T", "cards": cards });
        let file = json!({ "format": "sysdrill", "version": 1, "decks": [deck] }).to_string();
        let imported = import("f.json", &file, &context).expect("JSON of ours");
        assert_eq!(imported.decks[0].cards.len(), 1);
        assert!(
            imported.notes.iter().any(|note| note.message.contains("'answer' is missing")),
            "{:?}",
            imported.notes
        );
        for bad in [
            "",
            "{}",
            "[]",
            "{\"format\":\"sysdrill\",\"version\":2}",
            "{\"format\":\"other\",\"version\":1}",
        ] {
            assert!(import("f.json", bad, &context).is_err(), "{bad}");
        }
    }
}
