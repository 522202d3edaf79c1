//! Decks while they are filled: one for each name, one card for each id.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names::{hash, slug};
use crate::deck::{Card, CardId, Deck, Kind, Weight, gaps};

/// The deck under which the program's own decks stand in Anki.
pub(super) const OUR_DECK: &str = "sysdrill::";

/// A card without its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub question: String,
    pub kind: Kind,
    pub why: String,
    pub hints: Vec<String>,
    pub weight: Weight,
    pub see: Option<String>,
}

impl Asked {
    /// A card of which nothing more is said.
    pub fn new(question: String, kind: Kind) -> Asked {
        Asked { question, kind, why: String::new(), hints: Vec::new(), weight: Weight::default(), see: None }
    }

    /// A card with a front and a back.
    pub fn basic(question: String, answer: String) -> Asked {
        Asked::new(question, Kind::Basic { answer, accept: Vec::new() })
    }
}

/// A gap as it stands in a question of the deck format, with a backslash before what has a meaning there.
pub(super) fn gap_text(answer: &str, hint: Option<&str>) -> String {
    let escaped = |text: &str, signs: &[char]| {
        let mut out = String::new();
        for c in text.chars() {
            if signs.contains(&c) {
                out.push('\\');
            }
            out.push(c);
        }
        out
    };
    let answer = escaped(answer, &['\\', '|', '{', '}']).replace("::", "\\:\\:");
    match hint {
        Some(hint) => format!("{{{{{answer}::{}}}}}", escaped(hint, &['\\', '{', '}'])),
        None => format!("{{{{{answer}}}}}"),
    }
}

/// Text around gaps: braces that are no gap's.
pub(super) fn around_gaps(text: &str) -> String {
    text.replace("{{", "\\{{")
}

/// A question with gaps, if they are read as they were written.
pub(super) fn cloze(question: String, answers: &[&str]) -> Option<Asked> {
    let (placed, wrong) = gaps(&question);
    let same = placed.len() == answers.len()
        && placed
            .iter()
            .zip(answers)
            .all(|(placed, answer)| placed.gap.answers == [answer.trim().to_string()]);
    let gaps = placed.into_iter().map(|placed| placed.gap).collect();
    (same && wrong.is_empty() && !answers.is_empty())
        .then(|| Asked::new(question, Kind::Cloze { gaps, typed: false }))
}

/// The decks that come of an import, by topic.
#[derive(Default)]
pub(super) struct Decks {
    decks: BTreeMap<String, Growing>,
    /// The topic of each name that was met.
    topics: HashMap<String, String>,
}

/// A deck that is being filled.
pub(super) struct Growing {
    deck: Deck,
    ids: HashSet<String>,
}

impl Decks {
    /// The deck of that name. Two names with one slug are two decks.
    pub fn named(&mut self, name: &str) -> &mut Growing {
        if !self.topics.contains_key(name) {
            let plain = slug(name);
            let taken = self.topics.values().any(|topic| *topic == plain);
            let topic = if taken { format!("{plain}-{:08x}", hash(&[name]) as u32) } else { plain };
            self.topics.insert(name.to_string(), topic);
        }
        let topic = self.topics[name].clone();
        self.deck(topic, name)
    }

    /// The deck of that topic; `name` is its name in Anki.
    pub fn with_topic(&mut self, topic: &str, name: &str) -> &mut Growing {
        self.deck(topic.to_string(), name.strip_prefix(OUR_DECK).unwrap_or(name))
    }

    fn deck(&mut self, topic: String, title: &str) -> &mut Growing {
        self.decks.entry(topic).or_insert_with_key(|topic| Growing {
            deck: Deck {
                topic: topic.clone(),
                title: title.to_string(),
                cards: Vec::new(),
                file: String::new(),
            },
            ids: HashSet::new(),
        })
    }

    /// The decks that have cards.
    pub fn finish(self) -> Vec<Deck> {
        self.decks.into_values().map(|growing| growing.deck).filter(|deck| !deck.cards.is_empty()).collect()
    }
}

impl Growing {
    /// Adds a card and gives its whole id; nothing where the deck has it already.
    pub fn add(&mut self, id: String, asked: Asked) -> Option<String> {
        let whole = format!("{}.{id}", self.deck.topic);
        if !self.ids.insert(id) {
            return None;
        }
        self.deck.cards.push(Card {
            id: CardId(whole.clone()),
            topic: self.deck.topic.clone(),
            weight: asked.weight,
            question: asked.question,
            kind: asked.kind,
            why: asked.why,
            hints: asked.hints,
            see: asked.see,
            line: 0,
        });
        Some(whole)
    }
}
