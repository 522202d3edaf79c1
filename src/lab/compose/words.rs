//! What the steps of a composition are called: sentences with the names of its pieces, made once when it is read.

use super::call::Outcome;
use super::kinds::What;
use super::plan::Plan;

/// What can be said of a call at a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Waits,
    Works,
    Answered,
    Refused,
    Fails,
    TimesOut,
    TriesAgain,
    GivenUp,
}

impl Said {
    /// How a call ended at a piece; one that was not there at the end only passes on what it hears.
    pub(super) fn of(outcome: Outcome, request: bool) -> Said {
        match outcome {
            Outcome::Ok => Said::Answered,
            Outcome::Refused => Said::Refused,
            Outcome::Failed => Said::Fails,
            Outcome::TimedOut if request => Said::GivenUp,
            Outcome::TimedOut => Said::TimesOut,
        }
    }
}

/// The sentences of a composition.
#[derive(Debug)]
pub(super) struct Words {
    stages: Vec<[&'static str; 8]>,
    /// For each event: that it begins, and that it is over.
    events: Vec<[&'static str; 2]>,
}

/// A text that lasts as long as the program: a composition is read once and never forgotten.
pub(super) fn keep(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}

impl Words {
    pub(super) fn new(plan: &Plan) -> Words {
        let stage = |(place, piece): (usize, &super::plan::Piece)| {
            let name = &piece.name;
            if place == 0 {
                return [
                    "request # waits",
                    "request # is under way",
                    "request # is answered",
                    "request # is refused for good",
                    "request # fails for good",
                    "request # times out at the clients",
                    "request # is tried again by its client",
                    "request # is given up by its client",
                ];
            }
            [
                keep(format!("request # waits at {name}")),
                keep(format!("request # is at work at {name}")),
                keep(format!("request # is answered by {name}")),
                keep(format!("request # is refused by {name}")),
                keep(format!("request # fails at {name}")),
                keep(format!("request # times out at {name}")),
                keep(format!("request # is tried again by {name}")),
                keep(format!("request # is given up by {name}")),
            ]
        };
        let event = |event: &super::plan::Planned| {
            let name = &plan.pieces[event.piece].name;
            let (begins, ends) = match event.what {
                What::Slow => (format!("{name} becomes slow"), format!("{name} is as fast as before")),
                What::Hang => (format!("{name} hangs"), format!("{name} goes on")),
                What::Down => (format!("{name} is down"), format!("{name} is up again")),
                What::Restart => (format!("{name} restarts"), format!("{name} is back")),
                What::Empty => (format!("{name} is emptied"), String::new()),
                What::Load => ("the load changes".into(), "the load is as before".into()),
            };
            [keep(begins), keep(ends)]
        };
        Words {
            stages: plan.pieces.iter().enumerate().map(stage).collect(),
            events: plan.events.iter().map(event).collect(),
        }
    }

    /// The sentence for what happened at a piece.
    pub(super) fn of(&self, stage: usize, said: Said) -> &'static str {
        self.stages[stage][said as usize]
    }

    /// The sentence for an event that begins, or is over.
    pub(super) fn event(&self, event: usize, begins: bool) -> &'static str {
        self.events[event][usize::from(!begins)]
    }
}
