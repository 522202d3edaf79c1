//! The Drill: a session of questions.
//!
//! Three steps, each of which stands alone. [`ask`] makes a question of a card: options are shuffled and
//! values drawn, by a seed. [`judge`] compares an answer with the truth and suggests a grade; for a bet it
//! runs the demo. A [`Session`] holds the queue: what comes next, what comes back, and how to take back.
//!
//! Nothing here reads a clock or a file. Card states come in and [`Review`]s go out, to be saved by whoever
//! holds the store. A page's card block and the command line use [`ask`], [`judge`] and [`Schedule`] without a
//! session.
//!
//! [`Review`]: crate::memory::Review

mod answer;
mod ask;
mod bet;
mod estimate;
mod filter;
mod given;
mod judge;
mod limits;
mod logged;
mod off;
mod parts;
mod placement;
mod quiz;
mod score;
mod seat;
mod session;
mod slip;
mod study;
mod summary;
mod taken_back;
mod typing;
mod variant;

pub use answer::{Answer, Mark, Placed, Verdict};
pub use ask::{Asked, ask};
pub use bet::{BadBet, parse_bet};
pub use estimate::{BadEstimate, ReadEstimate, read_estimate};
pub use filter::{Facts, Filter, Only};
pub use given::{Ahead, Given, Schedule, Schedulers};
pub use judge::{judge, judge_bet};
pub use limits::Limits;
pub use parts::{RUBRIC_RULE, rubric_grade};
pub use placement::{Known, Marks, PLACED, Place, Placement, QUESTIONS, mark_known};
pub use quiz::draw_quiz;
pub use score::{Score, TopicScore};
pub use seat::{Reader, Seat};
pub use session::Session;
pub use study::{Leg, Offer, next_leg};
pub use summary::{Missed, Summary};
pub use taken_back::TakenBack;
pub use variant::{Bet, Estimate, Variant};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;
