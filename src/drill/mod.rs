//! The Drill: a session of questions.
//!
//! Three steps, each of which stands alone. [`ask`] makes a question of a card: options are shuffled and
//! values drawn, by a seed. [`judge`] compares an answer with the truth and suggests a grade; for a bet it
//! runs the demo. A [`Session`] holds the queue: what comes next, what comes back, and how to take back.
//!
//! Nothing here reads a clock or a file. Card states come in and [`Review`]s go out, to be saved by whoever
//! holds the store. A page's card block and the command line use [`ask`], [`judge`] and [`review`] without a
//! session.
//!
//! [`Review`]: crate::memory::Review

mod answer;
mod ask;
mod bet;
mod judge;
mod session;
mod summary;
mod variant;

pub use answer::{Answer, Mark, Placed, Verdict};
pub use ask::{Asked, ask};
pub use bet::{BadBet, parse_bet};
pub use judge::{judge, judge_bet};
pub use session::{Given, Limits, Session, TakenBack, review};
pub use summary::{Missed, Summary};
pub use variant::{Bet, Estimate, Variant};

#[cfg(test)]
mod testing;
