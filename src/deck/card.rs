//! A card: one question with a stable id.

use std::fmt;

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
    /// Where to read on: a heading on the topic's page, or nothing.
    pub see: Option<String>,
    /// The line of the deck file where it starts, from 1.
    pub line: usize,
}

/// How a card is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The learner recalls the answer and judges it.
    Basic {
        /// The answer, in Markdown.
        answer: String,
    },
    /// The learner picks: one or several options are right.
    Choice {
        /// The options in the file's order; they are shuffled by the seed of the review.
        options: Vec<Choice>,
    },
    /// The learner bets on a reading of a demo run, which is then made.
    Predict {
        /// The demo.
        demo: String,
        /// Controls that differ from the default, as text: `vnodes = 150`.
        set: Vec<(String, String)>,
        /// Controls that are drawn from a list, by the seed of the review.
        draw: Vec<Draw>,
        /// How long the run is, in seconds; the demo's length where nothing is said.
        seconds: Option<f64>,
        /// The reading that answers.
        reading: String,
        /// How close a bet has to be.
        tolerance: Tolerance,
    },
}

impl Kind {
    /// As in deck files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Basic { .. } => "basic",
            Kind::Choice { .. } => "choice",
            Kind::Predict { .. } => "predict",
        }
    }
}

/// An option of a choice card.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What it says, in Markdown.
    pub text: String,
    /// Whether it is right.
    pub right: bool,
    /// Why it is wrong (or right). Every wrong option has one.
    pub why: String,
}

/// A control whose value is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The control.
    pub control: String,
    /// The values it is drawn from, as text.
    pub values: Vec<String>,
}

/// How close a bet has to be to count as right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// At most this far from the reading, in the reading's unit (0.02 of a share is two points).
    Within(f64),
    /// At most this factor above or below the reading.
    Factor(f64),
}
