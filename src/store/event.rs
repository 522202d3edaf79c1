//! The events of the log as types, and the fold that derives from them where a card stands.

use std::sync::Arc;

use crate::memory::{CardState, EventId, Grade, Moment, Review, ReviewKind, Rules, StudyDay};

/// An entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name, which no other event has.
    pub id: EventId,
    /// The card that it concerns, if it concerns one.
    pub card: Option<String>,
    /// When it happened.
    pub at: Moment,
    /// What happened.
    pub event: Event,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A card was answered.
    Review(Box<Review>),
    /// An earlier event was taken back.
    Undo {
        /// That event.
        target: EventId,
    },
    /// A card is not to be asked any more.
    Suspend,
    /// A suspended card is to be asked again.
    Unsuspend,
    /// A card is not to be asked before a day.
    Bury {
        /// That day.
        until: StudyDay,
    },
    /// A card was marked, to be looked at later.
    Flag,
    /// The mark was taken off.
    Unflag,
    /// A card's text was changed. Its schedule stays.
    Edit(Box<Edit>),
    /// A card that no deck has any more was given up: it is as new from here on.
    Forget,
    /// The model's parameters were fitted, or the usual ones chosen again.
    Parameters(Box<Fitted>),
    /// A scheduler's rules, before the first review that was made by them.
    Rules(Arc<Rules>),
}

/// A change of a card's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The file in which it stands.
    pub file: String,
    /// The fingerprint of the card before.
    pub before: String,
    /// The fingerprint of the card after.
    pub after: String,
    /// The card's source before, so that it can be put back.
    pub source: Option<String>,
}

/// Parameters of the model, for what is scheduled from here on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitted {
    /// The model that they belong to.
    pub model: String,
    /// The parameters; none where the usual ones are to count again.
    pub parameters: Vec<f32>,
    /// How many events the log had to which they were fitted.
    pub events: u64,
}

impl Event {
    /// As in the log.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Review(_) => "review",
            Event::Undo { .. } => "undo",
            Event::Suspend => "suspend",
            Event::Unsuspend => "unsuspend",
            Event::Bury { .. } => "bury",
            Event::Flag => "flag",
            Event::Unflag => "unflag",
            Event::Edit(_) => "edit",
            Event::Forget => "forget",
            Event::Parameters(_) => "parameters",
            Event::Rules(_) => "rules",
        }
    }
}

/// Where a card stands: its state, and whether the learner has set it aside or marked it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// Its state.
    pub state: CardState,
    /// It is not to be asked.
    pub suspended: bool,
    /// It is not to be asked before this day.
    pub buried_until: Option<StudyDay>,
    /// It is marked, to be looked at later.
    pub flagged: bool,
}

impl Standing {
    /// Whether the card may be asked on the study day `today`.
    #[must_use]
    pub fn may_be_asked(&self, today: StudyDay) -> bool {
        !self.suspended && self.buried_until.is_none_or(|day| day <= today)
    }

    /// What the event makes of it. Events that were taken back must not be handed in.
    ///
    /// A review's own `after` counts where it started from the state that the card had. Where it did not (an
    /// earlier review was taken back, or came in from elsewhere) the state is computed anew.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Review(review) if review.kind == ReviewKind::Practice => {}
            Event::Review(review) if review.before == self.state => self.state = review.after,
            Event::Review(review) => self.state = review.replay(&self.state).unwrap_or(review.after),
            Event::Suspend => self.suspended = true,
            Event::Unsuspend => self.suspended = false,
            Event::Bury { until } => self.buried_until = Some(*until),
            Event::Flag => self.flagged = true,
            Event::Unflag => self.flagged = false,
            Event::Forget => *self = Standing::default(),
            Event::Undo { .. } | Event::Edit(_) | Event::Parameters(_) | Event::Rules(_) => {}
        }
    }
}

/// An event that was taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// What it was.
    pub event: Event,
    /// The card.
    pub card: String,
    /// Where the card stands now.
    pub standing: Standing,
}

impl Undone {
    /// The grade that was taken back, where it was a review.
    #[must_use]
    pub fn grade(&self) -> Option<Grade> {
        match &self.event {
            Event::Review(review) => Some(review.grade),
            _ => None,
        }
    }
}
