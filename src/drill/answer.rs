//! What a learner answers, and what is to be said of it.

use crate::memory::Grade;

/// What the learner answered. Places are as shown, from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The answer was uncovered, to be judged by the learner.
    Shown,
    /// Texts were typed, one for each gap.
    Typed(Vec<String>),
    /// Options were picked.
    Picked(Vec<usize>),
    /// Items were put in this order: the first is the place of the item that comes first.
    Arranged(Vec<usize>),
    /// For each text on the left the place of the one on the right, where one was chosen.
    Paired(Vec<Option<usize>>),
    /// For each item the class, where one was chosen.
    Classed(Vec<Option<usize>>),
    /// Lines of the exhibit were pointed at.
    Pointed(Vec<usize>),
    /// A number was estimated, in the unit of the sheet's answer (see [`super::read_estimate`]).
    Estimated(f64),
    /// A number was bet, in the unit of the reading (see [`super::parse_bet`]).
    Bet(f64),
    /// An open answer was given, maybe only in the head, and points were ticked.
    Open {
        /// What was written; may be empty.
        text: String,
        /// The points that the answer had.
        ticked: Vec<usize>,
    },
}

/// What is to be said of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Whether it was right; nothing where only the learner can say.
    pub right: Option<bool>,
    /// The grade to suggest.
    pub suggested: Grade,
    /// For a bet: what the run read. Not a number where it read nothing. For an estimate: what the sheet says.
    pub truth: Option<f64>,
    /// The truth for people: `9.1%`.
    pub shown: Option<String>,
    /// For a bet or an estimate: how far off it was, as a clause: `1.2 points too high`.
    pub off_by: Option<String>,
    /// For a choice: each option in the order shown.
    pub marks: Vec<Mark>,
    /// For what was typed, arranged, paired, classed, pointed at or ticked: each part in the order shown.
    pub placed: Vec<Placed>,
    /// What was forgiven in typed answers, a sentence each: `"hsah ring" was taken for "hash ring"`.
    pub forgiven: Vec<String>,
    /// For an estimate: the lines of the sheet that have a value, with it: `reads = dau * 5`, `2.5 G reads/day`.
    pub steps: Vec<(String, String)>,
}

/// What is to be said of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its place in the card's list.
    pub option: usize,
    /// Whether it was picked.
    pub picked: bool,
    /// Whether it should have been.
    pub right: bool,
    /// Why.
    pub why: String,
}

/// What is to be said of one part of an answer: a gap, an item of an order, a text on the left, an item of a class, a
/// line that was pointed at or should have been, a point of a rubric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its place in the card's own list; for an exhibit the line.
    pub item: usize,
    /// What was given, for people; empty for nothing.
    pub given: String,
    /// What is right, for people.
    pub wanted: String,
    /// Whether it was right.
    pub right: bool,
    /// Why, in Markdown; may be empty.
    pub why: String,
}
