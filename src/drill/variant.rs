//! How a question is to be answered: the shape that the screens and the command line give it.
//!
//! Places count from 0. Where something is shuffled, an answer speaks of places *as shown*, and the order here leads
//! from there to the card's own list.

use std::sync::{Arc, OnceLock};

use crate::lab::{self, Settings, Spec, Unit};
use crate::sim::{Nanos, Seed};

/// How a question is to be answered.
#[derive(Clone, Debug)]
pub enum Variant {
    /// By recalling; the learner judges.
    Recall,
    /// By typing: one text, or one for each gap of the question.
    Type {
        /// How many texts.
        gaps: usize,
    },
    /// By picking options.
    Pick {
        /// The order in which the options are shown, as places in the card's list.
        order: Vec<usize>,
        /// Whether several are right.
        many: bool,
    },
    /// By putting items in order.
    Arrange {
        /// The order in which the items are shown, as places in the card's list. It is never the right one.
        order: Vec<usize>,
    },
    /// By finding what belongs to what.
    Pair {
        /// The order of the left side, as places in the card's pairs.
        lefts: Vec<usize>,
        /// The order of the right side: places in the card's pairs, and behind these in its extra texts.
        rights: Vec<usize>,
    },
    /// By sorting items into classes, which stand in the card's order.
    Class {
        /// The order in which the items are shown, as places in the card's list.
        order: Vec<usize>,
    },
    /// By pointing at lines of an exhibit.
    Point {
        /// How many lines the exhibit has.
        lines: usize,
        /// How many of them are wrong.
        flaws: usize,
    },
    /// By a number, which a sheet then works out.
    Estimate(Estimate),
    /// By a number, which a run of a demo then gives.
    Bet(Bet),
    /// By an open answer, and ticking the points that it had. The points stand in the card's order.
    Open {
        /// How many points.
        points: usize,
    },
    /// Not at all: the card names something that does not exist. It is shown, and the learner judges.
    Broken {
        /// What does not exist.
        why: String,
    },
}

/// The sheet that an estimate is about. [`super::read_estimate`] reads what is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// What was drawn: name and value, as in the card.
    pub drawn: Vec<(String, String)>,
    /// The sheet with the drawn values filled in.
    pub sheet: String,
    /// The value of its last line, in `unit`.
    pub truth: f64,
    /// The unit of the last line, as the Envelope writes it; empty for a plain number.
    pub unit: String,
    /// The answer for people: `73.2 k reads/s`.
    pub shown: String,
}

/// The run that a bet is about.
#[derive(Clone, Debug)]
pub struct Bet {
    /// The demo.
    pub spec: &'static Spec,
    /// Its controls at the start.
    pub settings: Settings,
    /// What was drawn: control and value, as in the card.
    pub drawn: Vec<(String, String)>,
    /// The seed of the run: at most four digits, so that it can be typed.
    pub seed: Seed,
    /// How long the run is.
    pub length: Nanos,
    /// The place of the reading in the demo's list.
    pub reading: usize,
    /// The unit of the reading, in which the bet is given.
    pub unit: Unit,
    /// What the run read, once somebody wanted to know.
    pub(super) known: Arc<OnceLock<f64>>,
}

impl Bet {
    /// The run that decides the bet, at time zero.
    #[must_use]
    pub fn run(&self) -> lab::Run {
        lab::Run::new(self.spec, self.seed, self.settings.clone())
    }

    /// What the run reads at its end; not a number where it reads nothing. Takes as long as the run does the first time,
    /// and no time after that: the run of a bet is always the same.
    #[must_use]
    pub fn truth(&self) -> f64 {
        *self.known.get_or_init(|| {
            let mut run = self.run();
            run.advance_to(self.length, || true);
            run.readings().get(self.reading).copied().unwrap_or(f64::NAN)
        })
    }
}
