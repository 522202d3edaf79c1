//! What goes out in the tests: cards of every kind with a history, and how to look at what comes in.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sysdrill::deck::{self, Deck};
use sysdrill::exchange::{Context, Imported, Mark, Outgoing, import};
use sysdrill::memory::{CardState, EventId, Grade, Moment, Review, ReviewKind, Rules, Scheduler};

/// Cards of every kind that Anki is given in its own way.
const DECK: &str = r#"
topic = "caching"
title = "Caching"
[[card]]
id = "lru"
kind = "basic"
weight = "core"
question = "What does **LRU** evict, if $n < 2$?"
answer = '''
- what was used *longest* ago
- `nothing` else

| a | b |
|---|---|
| 1 | <2 |'''
why = "Recency & frequency."
hints = ["It is about *time*, not $n$.", "**Least**\n\n- what?"]
[[card]]
id = "share"
kind = "cloze"
question = "Adding a node moves {{1/(n+1)::what share}} of {{the keys}}."
hints = ["A share."]
[[card]]
id = "pick"
kind = "choice"
question = "Which?"
options = [ { text = "this", right = true }, { text = "that", why = "no" } ]
[[card]]
id = "order"
kind = "order"
question = "In which order?"
items = ["one", "two", "three"]
[[card]]
id = "new"
kind = "basic"
question = "<script>alert(1)</script> and \"quotes\"\tand a tab"
answer = "日本 \\* é"
"#;

pub fn now() -> Moment {
    "2026-11-22T12:00:00+01:00".parse().expect("a time in a test")
}

pub fn context() -> Context {
    Context { now: now(), rules: Arc::new(Rules::default()), most_unpacked: 8 << 20 }
}

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/anki").join(name)
}

pub fn read(name: &str, bytes: impl AsRef<[u8]>) -> Imported {
    import(name, Cursor::new(bytes.as_ref()), &context()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A deck of the deck format.
pub fn deck(text: &str) -> Deck {
    let (deck, problems) = deck::parse("t.toml", text);
    assert_eq!(problems, []);
    deck
}

/// All cards but the last were answered, each at times and with grades of its own.
pub fn outgoing() -> Outgoing {
    let deck = deck(DECK);
    let rules = Arc::new(Rules { fuzz: false, ..Rules::default() });
    let scheduler = Scheduler::new((*rules).clone()).expect("sound rules");
    let start: Moment = "2026-09-01T09:00:00+01:00".parse().expect("a time in a test");
    let histories: [&[(u32, u8)]; 4] = [
        &[(0, 3), (10, 3), (3 * 1440, 3), (15 * 1440, 1), (10, 3), (2 * 1440, 4)],
        &[(5, 3), (10, 2), (10, 3), (4 * 1440, 2)],
        &[(81 * 1440 + 170, 1), (1, 3)],
        &[(7, 4), (9 * 1440, 3), (40 * 1440, 1)],
    ];
    let mut reviews = Vec::new();
    let mut states: HashMap<String, CardState> = HashMap::new();
    for (card, history) in deck.cards.iter().zip(histories) {
        let mut state = CardState::default();
        let mut at = start;
        for &(minutes, grade) in history {
            at = at.plus_minutes(minutes);
            let after =
                scheduler.answer(&state, Grade::from_number(i64::from(grade)).expect("a grade"), at, 0);
            reviews.push(Review {
                id: EventId::new(at, reviews.len() as u128),
                card: card.id.0.clone(),
                at,
                grade: Grade::from_number(i64::from(grade)).expect("a grade"),
                answer: None,
                seed: 0,
                took_millis: 4_000 + u64::from(minutes),
                kind: ReviewKind::Scheduled,
                before: state,
                after,
                rules: Arc::clone(&rules),
            });
            state = after;
        }
        states.insert(card.id.0.clone(), state);
    }
    let mark = |card: &str, suspended, flagged| Mark {
        card: card.to_string(),
        suspended,
        flagged,
        buried_until: None,
    };
    let marks = [mark("caching.lru", true, false), mark("caching.share", false, true)];
    Outgoing {
        decks: vec![deck],
        states,
        marks: marks.into_iter().map(|mark| (mark.card.clone(), mark)).collect(),
        reviews,
        now: now(),
        retention: 0.9,
    }
}

/// The reviews of each card, in order. Each starts where the one before ended.
pub fn histories(reviews: &[Review]) -> HashMap<&str, Vec<&Review>> {
    let mut histories: HashMap<&str, Vec<&Review>> = HashMap::new();
    for review in reviews {
        let history = histories.entry(&review.card).or_default();
        let before = history.last().map_or_else(CardState::default, |last| last.after);
        assert_eq!(review.before, before, "{} at {}", review.card, review.at);
        history.push(review);
    }
    histories
}
