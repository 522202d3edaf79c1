//! Cards and the files they live in.

mod back;
mod card;
mod file;
mod kind;

pub use back::back;
pub use card::{Card, CardId, Weight};
pub use file::{Deck, parse};
pub use kind::{Choice, Draw, Flaw, Gap, Kind, Point, Sorted, Tolerance, Within};
