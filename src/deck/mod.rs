//! Cards and the files they live in.

mod back;
mod card;
mod file;
mod filled;
mod gaps;
mod head;
mod kind;
mod sheet;
pub mod template;
mod text;
mod write;

pub use back::{back, front};
pub use card::{Card, CardId, Weight};
pub use file::{Deck, parse, parse_card};
pub(crate) use filled::places;
pub use filled::{filled, filled_sheet};
pub use gaps::{BadGap, PlacedGap, gaps, replaced, with_answers, with_blanks};
pub use head::{Head, KINDS, heads};
pub use kind::{Choice, Draw, Flaw, Gap, Kind, Point, Sorted, Tolerance, Within};
pub use sheet::answer_of;
pub use text::{BEGINS, next_card};
pub use write::{fields, toml, write};
