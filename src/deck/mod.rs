//! Cards and the files they live in.

mod card;
mod file;

pub use card::{Card, CardId, Choice, Draw, Kind, Tolerance, Weight};
pub use file::{Deck, parse};
