//! Between rows and types: card states, reviews, rules, events.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use rusqlite::types::Type;
use rusqlite::{Connection, Row, Statement};

use super::event::{Edit, Entry, Event, Fitted, Standing};
use crate::memory::{CardState, EventId, Grade, Memory, Moment, Phase, Review, ReviewKind, Rules, StudyDay};

/// The columns of a card state, in the order of [`bind_state`].
const STATE: [&str; 9] =
    ["phase", "step", "due", "stability", "difficulty", "last_at", "last_offset", "reps", "lapses"];

/// The columns of a card state with a prefix, for SQL: `before_phase, before_step, ...`.
pub(super) fn state_columns(prefix: &str) -> String {
    STATE.map(|column| format!("{prefix}{column}")).join(", ")
}

/// Inserts a review behind its event: the sequence, six columns of its own, the rules, two states.
pub(super) static INSERT_REVIEW: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO review (event, grade, practice, answer, seed, took, rules, {}, {}) VALUES ({})",
        state_columns("before_"),
        state_columns("after_"),
        vec!["?"; 25].join(", "),
    )
});

/// Keeps a card's state: its id and the values of the state.
pub(super) static KEEP_STATE: LazyLock<String> = LazyLock::new(|| keep(&STATE));

/// Keeps all of where a card stands: its id, the values of the state, and its marks.
pub(super) static KEEP_STANDING: LazyLock<String> =
    LazyLock::new(|| keep(&[&STATE[..], &["suspended", "buried", "flagged"]].concat()));

fn keep(columns: &[&str]) -> String {
    let updates: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    format!(
        "INSERT INTO card (id, {}) VALUES (?{}) ON CONFLICT (id) DO UPDATE SET {}",
        columns.join(", "),
        ", ?".repeat(columns.len()),
        updates.join(", "),
    )
}

/// Binds a state to the nine parameters of its columns, from the parameter `first` on.
pub(super) fn bind_state(
    statement: &mut Statement<'_>,
    first: usize,
    state: &CardState,
) -> rusqlite::Result<()> {
    let (phase, step, due) = match state.phase {
        Phase::New => (0, 0, None),
        Phase::Learning { step, due } => (1, step, Some(due.utc_millis)),
        Phase::Review { due } => (2, 0, Some(i64::from(due.0))),
        Phase::Relearning { step, due } => (3, step, Some(due.utc_millis)),
    };
    statement.raw_bind_parameter(first, phase)?;
    statement.raw_bind_parameter(first + 1, step)?;
    statement.raw_bind_parameter(first + 2, due)?;
    statement.raw_bind_parameter(first + 3, state.memory.map(|memory| f64::from(memory.stability)))?;
    statement.raw_bind_parameter(first + 4, state.memory.map(|memory| f64::from(memory.difficulty)))?;
    statement.raw_bind_parameter(first + 5, state.last_review.map(|last| last.utc_millis))?;
    statement.raw_bind_parameter(first + 6, state.last_review.map(|last| last.offset_minutes))?;
    statement.raw_bind_parameter(first + 7, state.reps)?;
    statement.raw_bind_parameter(first + 8, state.lapses)
}

/// The state in nine columns of a row, from the column `first` on. The offset of a step's end is that of the
/// answer which began it.
pub(super) fn state(row: &Row<'_>, first: usize) -> rusqlite::Result<CardState> {
    let last_offset: Option<i32> = row.get(first + 6)?;
    let last_review = row
        .get::<_, Option<i64>>(first + 5)?
        .map(|utc_millis| Moment { utc_millis, offset_minutes: last_offset.unwrap_or(0) });
    let step = row.get(first + 1)?;
    let moment = || -> rusqlite::Result<Moment> {
        Ok(Moment { utc_millis: row.get(first + 2)?, offset_minutes: last_offset.unwrap_or(0) })
    };
    let phase = match row.get::<_, i64>(first)? {
        0 => Phase::New,
        1 => Phase::Learning { step, due: moment()? },
        2 => Phase::Review { due: StudyDay(row.get(first + 2)?) },
        3 => Phase::Relearning { step, due: moment()? },
        other => return Err(unreadable(first, format!("no phase {other}"))),
    };
    let stability: Option<f64> = row.get(first + 3)?;
    let difficulty: Option<f64> = row.get(first + 4)?;
    let memory = stability
        .zip(difficulty)
        .map(|(stability, difficulty)| Memory { stability: stability as f32, difficulty: difficulty as f32 });
    Ok(CardState { phase, memory, last_review, reps: row.get(first + 7)?, lapses: row.get(first + 8)? })
}

/// A state as it is read back once it is kept: the end of a step has the offset of the answer which began it.
pub(super) fn as_kept(mut state: CardState) -> CardState {
    if let Phase::Learning { due, .. } | Phase::Relearning { due, .. } = &mut state.phase {
        due.offset_minutes = state.last_review.map_or(0, |last| last.offset_minutes);
    }
    state
}

/// The standing in a row that has the state's columns and then suspended, buried, flagged.
pub(super) fn standing(row: &Row<'_>, first: usize) -> rusqlite::Result<Standing> {
    Ok(Standing {
        state: state(row, first)?,
        suspended: row.get(first + 9)?,
        buried_until: row.get::<_, Option<i32>>(first + 10)?.map(StudyDay),
        flagged: row.get(first + 11)?,
    })
}

/// What only one kind of event has, as JSON.
pub(super) fn detail(event: &Event) -> Option<String> {
    match event {
        Event::Bury { until } => Some(serde_json::json!({ "until": until.0 }).to_string()),
        Event::Edit(edit) => {
            let Edit { file, before, after, source } = &**edit;
            let json =
                serde_json::json!({ "file": file, "before": before, "after": after, "source": source });
            Some(json.to_string())
        }
        Event::Parameters(fitted) => Some(fitted_json(fitted)),
        Event::Rules(rules) => Some(rules_json(rules)),
        _ => None,
    }
}

/// Fitted parameters as the JSON of a `parameters` event.
fn fitted_json(fitted: &Fitted) -> String {
    let parameters: Vec<f64> = fitted.parameters.iter().map(|&parameter| f64::from(parameter)).collect();
    serde_json::json!({ "model": fitted.model, "parameters": parameters, "events": fitted.events })
        .to_string()
}

fn fitted_from_json(text: &str) -> Option<Fitted> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let parameters = json.get("parameters")?.as_array()?.iter();
    let parameter =
        |value: &serde_json::Value| Some(value.as_f64()? as f32).filter(|value| value.is_finite());
    Some(Fitted {
        model: json.get("model")?.as_str()?.to_string(),
        parameters: parameters.map(parameter).collect::<Option<_>>()?,
        events: json.get("events")?.as_u64()?,
    })
}

/// The name of the event that holds the rules with this fingerprint.
pub(super) fn rules_id(fingerprint: &str) -> EventId {
    EventId(format!("rules-{fingerprint}"))
}

/// Rules as the JSON of a `rules` event.
fn rules_json(rules: &Rules) -> String {
    let parameters: Vec<f64> = rules.parameters.iter().map(|&parameter| f64::from(parameter)).collect();
    serde_json::json!({
        "model": crate::memory::MODEL,
        "retention": rules.retention,
        "fuzz": rules.fuzz,
        "steps": rules.steps,
        "relearning_steps": rules.relearning_steps,
        "maximum_days": rules.maximum_days,
        "parameters": parameters,
    })
    .to_string()
}

pub(super) fn rules_from_json(text: &str) -> Option<Rules> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let minutes = |key: &str| -> Option<Vec<u32>> {
        json.get(key)?.as_array()?.iter().map(|step| u32::try_from(step.as_u64()?).ok()).collect()
    };
    let parameters = json.get("parameters")?.as_array()?.iter();
    Some(Rules {
        retention: json.get("retention")?.as_f64()?,
        fuzz: json.get("fuzz")?.as_bool()?,
        steps: minutes("steps")?,
        relearning_steps: minutes("relearning_steps")?,
        maximum_days: u32::try_from(json.get("maximum_days")?.as_u64()?).ok()?,
        parameters: parameters.map(|parameter| Some(parameter.as_f64()? as f32)).collect::<Option<_>>()?,
    })
}

/// Every set of rules in the log, by fingerprint.
pub(super) type RuleBook = HashMap<String, Arc<Rules>>;

/// Reads the rules in the log. They are few: one for each time that the settings changed.
pub(super) fn rule_book(connection: &Connection) -> rusqlite::Result<RuleBook> {
    let mut statement =
        connection.prepare_cached("SELECT id, detail FROM event WHERE id >= 'rules-' AND id < 'rules.'")?;
    let rows = statement.query_map([], |row| {
        let id: String = row.get(0)?;
        let detail: String = row.get(1)?;
        let rules = rules_from_json(&detail).ok_or_else(|| unreadable(1, format!("no rules in {id}")))?;
        Ok((id.trim_start_matches("rules-").to_string(), Arc::new(rules)))
    })?;
    rows.collect()
}

/// Selects the columns that [`entry`] reads; what follows is WHERE and ORDER BY, with `e` the event.
pub(super) fn select_entries(rest: &str) -> String {
    let (before, after) = (state_columns("r.before_"), state_columns("r.after_"));
    format!(
        "SELECT e.id, e.kind, e.card, e.at, e.offset, e.target, e.detail, r.grade, r.practice, r.answer, \
         r.seed, r.took, r.rules, {before}, {after}, e.stamp FROM event e LEFT JOIN review r ON r.event = e.seq {rest}"
    )
}

/// The place of the card in a row of [`select_entries`].
pub(super) const CARD: usize = 2;

/// The place of the stamp there.
pub(super) const STAMP: usize = 31;

/// Applies the event in a row of [`select_entries`] to where its card stands. Equal to applying [`entry`], and
/// reads no more of the row than it needs.
pub(super) fn fold(row: &Row<'_>, book: &RuleBook, standing: &mut Standing) -> rusqlite::Result<()> {
    if row.get_ref(1)?.as_str()? != "review" {
        standing.apply(&entry(row, book)?.event);
        return Ok(());
    }
    if row.get(8)? {
        return Ok(());
    }
    if state(row, 13)? == standing.state {
        standing.state = state(row, 22)?;
    } else {
        standing.apply(&entry(row, book)?.event);
    }
    Ok(())
}

/// The log entry in a row of [`select_entries`].
pub(super) fn entry(row: &Row<'_>, book: &RuleBook) -> rusqlite::Result<Entry> {
    let id = EventId(row.get(0)?);
    let kind: String = row.get(1)?;
    let card: Option<String> = row.get(2)?;
    let at = Moment { utc_millis: row.get(3)?, offset_minutes: row.get(4)? };
    let event = match kind.as_str() {
        "review" => {
            let card = card.clone().ok_or_else(|| unreadable(2, "a review without a card".to_string()))?;
            Event::Review(Box::new(review(row, book, id.clone(), card, at)?))
        }
        "undo" => Event::Undo { target: EventId(row.get(5)?) },
        "rules" => {
            let name = id.0.trim_start_matches("rules-");
            let rules = book.get(name).ok_or_else(|| unreadable(0, format!("no rules {name}")))?;
            Event::Rules(Arc::clone(rules))
        }
        kind => {
            let detail: Option<String> = row.get(6)?;
            plain_event(kind, detail.as_deref())
                .ok_or_else(|| unreadable(1, format!("no event is a '{kind}'")))?
                .ok_or_else(|| unreadable(6, format!("no {kind} in {}", detail.unwrap_or_default())))?
        }
    };
    Ok(Entry { id, card, at, event })
}

fn review(row: &Row<'_>, book: &RuleBook, id: EventId, card: String, at: Moment) -> rusqlite::Result<Review> {
    let number: i64 = row.get(7)?;
    let name: String = row.get(12)?;
    Ok(Review {
        id,
        card,
        at,
        grade: Grade::from_number(number).ok_or_else(|| unreadable(7, format!("no grade {number}")))?,
        answer: row.get(9)?,
        seed: row.get::<_, i64>(10)?.cast_unsigned(),
        took_millis: row.get::<_, i64>(11)?.max(0).cast_unsigned(),
        kind: if row.get(8)? { ReviewKind::Practice } else { ReviewKind::Scheduled },
        before: state(row, 13)?,
        after: state(row, 22)?,
        rules: Arc::clone(book.get(&name).ok_or_else(|| unreadable(12, format!("no rules {name}")))?),
    })
}

/// An event that has no columns of its own. `None` where no kind is called so, `Some(None)` where its detail is wrong.
pub(super) fn plain_event(kind: &str, detail: Option<&str>) -> Option<Option<Event>> {
    Some(match kind {
        "suspend" => Some(Event::Suspend),
        "unsuspend" => Some(Event::Unsuspend),
        "flag" => Some(Event::Flag),
        "unflag" => Some(Event::Unflag),
        "forget" => Some(Event::Forget),
        "bury" => detail.and_then(day_from_json).map(|until| Event::Bury { until }),
        "parameters" => detail.and_then(fitted_from_json).map(|fitted| Event::Parameters(Box::new(fitted))),
        "edit" => detail.and_then(edit_from_json).map(|edit| Event::Edit(Box::new(edit))),
        _ => return None,
    })
}

fn day_from_json(text: &str) -> Option<StudyDay> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    i32::try_from(json.get("until")?.as_i64()?).ok().map(StudyDay)
}

fn edit_from_json(text: &str) -> Option<Edit> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let text = |key: &str| json.get(key)?.as_str().map(str::to_string);
    Some(Edit { file: text("file")?, before: text("before")?, after: text("after")?, source: text("source") })
}

fn unreadable(column: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}
