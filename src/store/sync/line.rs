//! The files of a sync folder: lines of JSON, each with a checksum.
//!
//! A line is an array of two: 16 hexadecimal digits (64-bit FNV-1a over the second element as it is written) and an
//! object. The first line is the header; it says how many lines follow and holds a checksum of their checksums. So
//! a file that was copied in part is known as such, wherever it was cut off.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::memory::{CardState, EventId, Grade, Memory, Moment, Phase, Review, ReviewKind, StudyDay};
use crate::store::append::{LATEST, stamp_of};
use crate::store::event::{Entry, Event};
use crate::store::rows::{self, RuleBook};

/// The version of the format that this program writes, and the newest that it reads.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header<'a> {
    /// What the file holds: `log` or `marks`.
    pub sysdrill: Cow<'a, str>,
    /// Of the format.
    pub version: u32,
    /// The machine that wrote the file.
    pub machine: Cow<'a, str>,
    /// The machine that the events come from, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Cow<'a, str>>,
    /// How many lines follow.
    pub lines: u64,
    /// The checksum of their checksums.
    pub sum: Cow<'a, str>,
}

/// An event, or rules that reviews in the same file name.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    kind: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<Cow<'a, str>>,
    at: i64,
    offset: i32,
    /// Where it is not the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stamp: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    review: Option<Answer<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer<'a> {
    grade: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    practice: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Cow<'a, str>>,
    seed: u64,
    took: u64,
    #[serde(borrow)]
    rules: Cow<'a, str>,
    before: State,
    after: State,
}

/// Phase, step, due, stability, difficulty, moment and offset of the last answer, answers, lapses: as in the tables.
/// Numbers of single precision are written out in double precision: read again by anybody, they are the same.
type State = (i64, u32, Option<i64>, Option<f64>, Option<f64>, Option<i64>, Option<i32>, u32, u32);

/// What a line holds.
pub(super) enum Held {
    /// An event and its stamp.
    Event(Box<Entry>, i64),
    /// Something that a newer program has written.
    Unknown,
}

/// A file that is being written.
pub(in crate::store) struct Body {
    text: String,
    lines: u64,
    sum: u64,
}

impl Default for Body {
    fn default() -> Body {
        Body { text: String::new(), lines: 0, sum: BASIS }
    }
}

impl Body {
    /// Adds a line.
    pub fn push(&mut self, line: &impl Serialize) -> serde_json::Result<()> {
        let payload = serde_json::to_string(line)?;
        let sum = fnv(BASIS, payload.as_bytes());
        self.sum = fnv(self.sum, &sum.to_le_bytes());
        self.lines += 1;
        self.text.push_str(&framed(sum, &payload));
        Ok(())
    }

    /// The header, a line too, and the whole file.
    pub fn finish(
        self,
        what: &str,
        machine: &str,
        origin: Option<&str>,
    ) -> serde_json::Result<(String, String)> {
        let header = Header {
            sysdrill: what.into(),
            version: VERSION,
            machine: machine.into(),
            origin: origin.map(Cow::from),
            lines: self.lines,
            sum: format!("{:016x}", self.sum).into(),
        };
        let payload = serde_json::to_string(&header)?;
        let first = framed(fnv(BASIS, payload.as_bytes()), &payload);
        let file = format!("{first}{}", self.text);
        Ok((first, file))
    }
}

/// Why a file is not taken now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotNow {
    /// It is not whole, or damaged.
    NotWhole(String),
    /// A newer program has written it.
    Newer(u32),
}

/// The header of a file, from its first line.
pub(super) fn header(line: &str) -> Result<Header<'_>, NotNow> {
    let payload =
        unframed(line).ok_or_else(|| NotNow::NotWhole("its first line is not whole".to_string()))?;
    let header: Header<'_> = serde_json::from_str(payload.0)
        .map_err(|_| NotNow::NotWhole("its first line is no header".to_string()))?;
    if header.version > VERSION {
        return Err(NotNow::Newer(header.version));
    }
    Ok(header)
}

/// The payloads of all lines behind the header, if the file is whole.
pub(super) fn payloads<'a>(header: &Header<'_>, body: &'a str) -> Result<Vec<&'a str>, NotNow> {
    let not_whole = |why: String| Err(NotNow::NotWhole(why));
    if !body.is_empty() && !body.ends_with('\n') {
        return not_whole("its last line is cut off".to_string());
    }
    let mut payloads = Vec::new();
    let mut total = BASIS;
    for (number, line) in body.lines().enumerate() {
        let Some((payload, sum)) = unframed(line) else {
            return not_whole(format!("the checksum of line {} is wrong", number + 2));
        };
        total = fnv(total, &sum.to_le_bytes());
        payloads.push(payload);
    }
    if payloads.len() as u64 != header.lines {
        return not_whole(format!("it has {} of {} lines", payloads.len(), header.lines));
    }
    if header.sum != format!("{total:016x}") {
        return not_whole("its lines are not those that were written".to_string());
    }
    Ok(payloads)
}

/// An event as a line.
pub(super) fn write<'a>(entry: &'a Entry, stamp: i64, detail: Option<&'a str>) -> Line<'a> {
    let (target, review) = match &entry.event {
        Event::Undo { target } => (Some(Cow::from(&target.0)), None),
        Event::Review(review) => (None, Some(answer(review))),
        _ => (None, None),
    };
    Line {
        id: (&entry.id.0).into(),
        kind: entry.event.kind().into(),
        card: entry.card.as_deref().map(Cow::from),
        at: entry.at.utc_millis,
        offset: entry.at.offset_minutes,
        stamp: (stamp != stamp_of(entry.at)).then_some(stamp),
        target,
        detail: detail.map(Cow::from),
        review,
    }
}

/// The event in a payload. Rules are added to the book, and reviews find theirs there. Nothing where a value cannot be.
pub(super) fn read(payload: &str, book: &mut RuleBook) -> Option<Held> {
    let line: Line<'_> = serde_json::from_str(payload).ok()?;
    let at = Moment { utc_millis: line.at, offset_minutes: line.offset };
    let stamp = line.stamp.unwrap_or_else(|| stamp_of(at));
    // Behind the latest time there is room for more events than anybody lives for.
    if !(-1_440..=1_440).contains(&line.offset) || !(0..=2 * LATEST).contains(&stamp) || line.id.is_empty() {
        return None;
    }
    let id = EventId(line.id.into_owned());
    let card = line.card.map(Cow::into_owned);
    let detail = line.detail.as_deref();
    let event = match &*line.kind {
        "review" => {
            let Some(rules) = book.get(&*line.review.as_ref()?.rules).cloned() else {
                return Some(Held::Unknown);
            };
            Event::Review(Box::new(review(line.review?, id.clone(), card.clone()?, at, rules)?))
        }
        "undo" => Event::Undo { target: EventId(line.target?.into_owned()) },
        "rules" => {
            let fingerprint = id.0.strip_prefix("rules-")?.to_string();
            let found = rows::rules_from_json(detail?).filter(|rules| rules.fingerprint() == fingerprint);
            // Rules of another model: reviews that name them are not known either.
            let Some(rules) = found.map(Arc::new) else { return Some(Held::Unknown) };
            book.insert(fingerprint, Arc::clone(&rules));
            Event::Rules(rules)
        }
        kind => match rows::plain_event(kind, detail) {
            Some(event) => event?,
            None => return Some(Held::Unknown),
        },
    };
    if card.is_none() && !matches!(event, Event::Rules(_) | Event::Parameters(_)) {
        return None;
    }
    Some(Held::Event(Box::new(Entry { id, card, at, event }), stamp))
}

fn answer(review: &Review) -> Answer<'_> {
    Answer {
        grade: i64::from(review.grade.number()),
        practice: review.kind == ReviewKind::Practice,
        answer: review.answer.as_deref().map(Cow::from),
        seed: review.seed,
        took: review.took_millis,
        rules: review.rules.fingerprint().into(),
        before: state(&review.before),
        after: state(&review.after),
    }
}

fn review(
    answer: Answer<'_>,
    id: EventId,
    card: String,
    at: Moment,
    rules: Arc<crate::memory::Rules>,
) -> Option<Review> {
    Some(Review {
        id,
        card,
        at,
        grade: Grade::from_number(answer.grade)?,
        answer: answer.answer.map(Cow::into_owned),
        seed: answer.seed,
        took_millis: answer.took,
        kind: if answer.practice { ReviewKind::Practice } else { ReviewKind::Scheduled },
        before: card_state(answer.before)?,
        after: card_state(answer.after)?,
        rules,
    })
}

fn state(state: &CardState) -> State {
    let (phase, step, due) = match state.phase {
        Phase::New => (0, 0, None),
        Phase::Learning { step, due } => (1, step, Some(due.utc_millis)),
        Phase::Review { due } => (2, 0, Some(i64::from(due.0))),
        Phase::Relearning { step, due } => (3, step, Some(due.utc_millis)),
    };
    (
        phase,
        step,
        due,
        state.memory.map(|memory| f64::from(memory.stability)),
        state.memory.map(|memory| f64::from(memory.difficulty)),
        state.last_review.map(|last| last.utc_millis),
        state.last_review.map(|last| last.offset_minutes),
        state.reps,
        state.lapses,
    )
}

fn card_state(state: State) -> Option<CardState> {
    let (phase, step, due, stability, difficulty, last_at, last_offset, reps, lapses) = state;
    let offset_minutes = last_offset.unwrap_or(0);
    let moment = || due.map(|utc_millis| Moment { utc_millis, offset_minutes });
    let phase = match phase {
        0 => Phase::New,
        1 => Phase::Learning { step, due: moment()? },
        2 => Phase::Review { due: StudyDay(i32::try_from(due?).ok()?) },
        3 => Phase::Relearning { step, due: moment()? },
        _ => return None,
    };
    let memory = stability
        .zip(difficulty)
        .map(|(stability, difficulty)| Memory { stability: stability as f32, difficulty: difficulty as f32 });
    if memory.is_some_and(|memory| !memory.stability.is_finite() || !memory.difficulty.is_finite()) {
        return None;
    }
    let last_review = last_at.map(|utc_millis| Moment { utc_millis, offset_minutes });
    Some(CardState { phase, memory, last_review, reps, lapses })
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// 64-bit FNV-1a, continued.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn framed(sum: u64, payload: &str) -> String {
    format!("[\"{sum:016x}\",{payload}]\n")
}

/// The payload of a line and its checksum, if that is right.
fn unframed(line: &str) -> Option<(&str, u64)> {
    let (sum, rest) = line.strip_prefix("[\"")?.split_at_checked(16)?;
    let payload = rest.strip_prefix("\",")?.strip_suffix(']')?;
    let sum = u64::from_str_radix(sum, 16).ok()?;
    (fnv(BASIS, payload.as_bytes()) == sum).then_some((payload, sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        // From the list of test vectors of Landon Curt Noll, one of its authors.
        assert_eq!(fnv(BASIS, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(BASIS, b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_found() {
        let mut body = Body::default();
        for text in ["one", "two \"quoted\"", "drei ü"] {
            body.push(&serde_json::json!({ "text": text })).expect("it is JSON");
        }
        let (_, file) = body.finish("log", "m", None).expect("it is JSON");
        let whole = |bytes: &[u8]| -> bool {
            let Ok(text) = std::str::from_utf8(bytes) else { return false };
            let Some((first, rest)) = text.split_once('\n') else { return false };
            header(first).is_ok_and(|header| payloads(&header, rest).is_ok_and(|lines| lines.len() == 3))
        };
        assert!(whole(file.as_bytes()));
        assert!((0..file.len()).all(|length| !whole(&file.as_bytes()[..length])), "a cut");
        for place in 0..file.len() {
            let mut bytes = file.clone().into_bytes();
            bytes[place] ^= 1;
            assert!(!whole(&bytes), "byte {place}");
        }
        // Two lines in the other order, one twice, one missing: each line is right, the file is not.
        let lines: Vec<&str> = file.lines().collect();
        for order in [[0, 2, 1, 3].as_slice(), &[0, 1, 1, 3], &[0, 1, 2], &[0, 1, 2, 3, 3]] {
            let text: String = order.iter().map(|line| format!("{}\n", lines[*line])).collect();
            assert!(!whole(text.as_bytes()), "{order:?}");
        }
    }
}
