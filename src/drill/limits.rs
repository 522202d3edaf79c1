//! What a session takes in: how many cards, which of them, until when, and whether its answers count.

use crate::memory::Moment;

/// How many seconds a card takes where nothing is known of the learner.
const SECONDS: f64 = 20.0;

/// What a session takes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// New cards that the day still allows.
    pub new: usize,
    /// Cards in all; a card that comes back counts once.
    pub cards: usize,
    /// Reviews that the day still allows; steps are never held back.
    pub reviews: usize,
    /// Practice: every card is asked, due or not, and the schedule stays as it is.
    pub cram: bool,
    /// Every card is asked, due or not, and the answers count: what is due first, then what is not, then what is new.
    pub early: bool,
    /// Each card is asked once, in the order in which it was handed in, as in a quiz.
    pub once: bool,
    /// No card is begun that would not fit before this moment.
    pub until: Option<Moment>,
    /// Seconds that the learner usually takes for a card, for the estimate.
    pub seconds_a_card: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            new: usize::MAX,
            cards: usize::MAX,
            reviews: usize::MAX,
            cram: false,
            early: false,
            once: false,
            until: None,
            seconds_a_card: SECONDS,
        }
    }
}
