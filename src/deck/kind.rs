//! The ten kinds of cards: what a learner does with a question.
//!
//! What can be judged by the program is: picked options, an order, pairs, classes, a flaw pointed at, a typed word, a
//! number. What only the learner can judge (a recalled answer, an open one) is judged by the learner, an open one by
//! ticking points. A card asks one thing.

/// How a card is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The learner recalls the answer and judges it, or types it.
    Basic {
        /// The answer, in Markdown.
        answer: String,
        /// Plain texts that count as right when typed; none where the answer is not typed.
        accept: Vec<String>,
    },
    /// The learner fills the gaps of the question. A gap stands there as `{{answer}}`, `{{answer::hint}}` or
    /// `{{one answer|another}}`.
    Cloze {
        /// The gaps in the order of the text; never empty.
        gaps: Vec<Gap>,
        /// Whether they are typed; else they are recalled and the learner judges.
        typed: bool,
    },
    /// The learner picks: one or several options are right.
    Choice {
        /// The options in the file's order; they are shuffled by the seed of the review.
        options: Vec<Choice>,
    },
    /// The learner puts items in order.
    Order {
        /// The items in the right order, in Markdown: 3 to 9.
        items: Vec<String>,
    },
    /// The learner finds what belongs to what.
    Match {
        /// What belongs together, left and right, in Markdown: 2 to 8.
        pairs: Vec<(String, String)>,
        /// More texts on the right, which belong to nothing.
        extra: Vec<String>,
    },
    /// The learner sorts items into classes.
    Sort {
        /// The classes, as `trap` and `strong signal`: 2 to 4.
        classes: Vec<String>,
        /// The items: 3 to 10, shuffled by the seed of the review.
        items: Vec<Sorted>,
    },
    /// The learner points at the line of an exhibit where it is wrong.
    Spot {
        /// The diagram, sheet, design or code, as it stands; its lines are what is pointed at.
        exhibit: String,
        /// The language of code, for its colours; empty for anything else.
        lang: String,
        /// What is wrong with it, in the order of the lines; never empty.
        flaws: Vec<Flaw>,
    },
    /// The learner estimates a number, which a sheet then works out.
    Estimate {
        /// Values that are drawn by the seed of the review and stand for `{name}` in question and sheet.
        draw: Vec<Draw>,
        /// The sheet. The value of its last line is the answer.
        sheet: String,
        /// How close an estimate has to be.
        within: Within,
    },
    /// The learner bets on a reading of a demo run, which is then made.
    Predict {
        /// The demo.
        demo: String,
        /// Controls that differ from the default, as text: `vnodes = 150`.
        set: Vec<(String, String)>,
        /// Controls that are drawn from a list, by the seed of the review.
        draw: Vec<Draw>,
        /// How long the run is, in simulated seconds; the demo's length where nothing is said.
        seconds: Option<f64>,
        /// The reading that answers.
        reading: String,
        /// How close a bet has to be.
        tolerance: Tolerance,
    },
    /// The learner answers openly, then ticks the points that the answer had.
    Rubric {
        /// What a good answer has: 2 to 12.
        points: Vec<Point>,
        /// A model answer in Markdown; may be empty.
        answer: String,
    },
}

impl Kind {
    /// As in deck files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Basic { .. } => "basic",
            Kind::Cloze { .. } => "cloze",
            Kind::Choice { .. } => "choice",
            Kind::Order { .. } => "order",
            Kind::Match { .. } => "match",
            Kind::Sort { .. } => "sort",
            Kind::Spot { .. } => "spot",
            Kind::Estimate { .. } => "estimate",
            Kind::Predict { .. } => "predict",
            Kind::Rubric { .. } => "rubric",
        }
    }
}

/// A gap of a cloze card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What may stand in it, the best first; never empty.
    pub answers: Vec<String>,
    /// What is shown in it until it is filled.
    pub hint: Option<String>,
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

/// An item of a sort card.
#[derive(Clone, Debug, PartialEq)]
pub struct Sorted {
    /// What it says, in Markdown.
    pub text: String,
    /// The place of its class in the card's list.
    pub class: usize,
    /// Why it belongs there; may be empty.
    pub why: String,
}

/// What is wrong with an exhibit.
#[derive(Clone, Debug, PartialEq)]
pub struct Flaw {
    /// The line of the exhibit, from 0.
    pub line: usize,
    /// What is wrong there, in Markdown.
    pub why: String,
}

/// A point of a rubric.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What it says, in Markdown.
    pub text: String,
    /// Whether an answer without it is no answer.
    pub core: bool,
}

/// A value that is drawn: a control of a demo, or a name in a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The control or name.
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

/// How close an estimate has to be to count as right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// The number itself, to the figures that it is shown with: `exact`.
    Exact,
    /// A tenth above or below: `10%`.
    Tenth,
    /// At most twice or half: `2x`.
    Double,
    /// The order of magnitude, at most ten times or a tenth: `10x`.
    Ten,
}
