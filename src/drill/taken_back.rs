//! What a step back in a session took back: the app undoes the same in the store.

use crate::deck::{Card, CardId};
use crate::memory::Review;

/// What was taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum TakenBack {
    /// An answer.
    Review(Box<Review>),
    /// That a card was set aside.
    SetAside(CardId),
    /// That a card was marked, or its mark taken off.
    Flagged(CardId),
    /// An edit; the card is what it was before.
    Edited(Box<Card>),
}
