//! A card: one question with a stable id.

use std::fmt;

use super::Kind;

/// A card's stable name, never derived from its text, so that an edit keeps its history:
/// `consistent-hashing.moved-share`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardId(pub String);

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much a card or topic matters. Plans and limits are made of weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// An interview next week needs it.
    Core,
    /// What one should know.
    #[default]
    Standard,
    /// For those who want to go to the bottom of it.
    Deep,
}

impl Weight {
    /// As in deck files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Weight::Core => "core",
            Weight::Standard => "standard",
            Weight::Deep => "deep",
        }
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The stable id, with the topic in front.
    pub id: CardId,
    /// The topic it belongs to, by slug.
    pub topic: String,
    /// How much it matters.
    pub weight: Weight,
    /// What is asked, in Markdown. A predict card's question has `{control}` where a drawn value goes.
    pub question: String,
    /// How it is answered.
    pub kind: Kind,
    /// Why the answer is right, in Markdown, shown after it.
    pub why: String,
    /// Hints in Markdown, uncovered one by one before the answer.
    pub hints: Vec<String>,
    /// Where to read on: a heading on the topic's page, or nothing.
    pub see: Option<String>,
    /// The line of the deck file where it starts, from 1.
    pub line: usize,
}
