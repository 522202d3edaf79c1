//! Cards and the files they live in.

mod back;
mod card;
mod file;
mod filled;
mod gaps;
mod kind;
mod sheet;

pub use back::back;
pub use card::{Card, CardId, Weight};
pub use file::{Deck, parse};
pub use filled::filled;
pub use gaps::{BadGap, PlacedGap, gaps, replaced, with_answers, with_blanks};
pub use kind::{Choice, Draw, Flaw, Gap, Kind, Point, Sorted, Tolerance, Within};
pub use sheet::answer_of;
