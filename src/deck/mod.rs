//! Cards and the files they live in.

mod back;
mod card;
mod file;
mod head;
mod kind;
mod text;

pub use back::back;
pub use card::{Card, CardId, Weight};
pub use file::{Deck, parse, parse_card};
pub use head::{Head, KINDS, heads};
pub use kind::{Choice, Draw, Flaw, Gap, Kind, Point, Sorted, Tolerance, Within};
