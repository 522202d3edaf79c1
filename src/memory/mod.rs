//! Memory: when a card should come back.
//!
//! The model of forgetting is FSRS-6 (the crate `fsrs`): a card has a *stability*, the days until recall
//! has fallen to 90%, and a *difficulty*, 1 to 10. From these, a grade and the days since the last review
//! it computes the next stability, and from that and the wished-for retention the next interval. What the
//! crate leaves open stands here: learning steps, rounding, fuzz, what a day is, which day is a light one, the order
//! of a queue, what to do after a break, and a plan for a date. `docs/drill.md` says what it comes to, with figures.
//!
//! All of it is pure. A time comes in as a [`Moment`], randomness as a seed, so the state of a card is a
//! fold over its reviews and can be computed again from the log, on any machine, at any time.

mod backlog;
mod balance;
mod bet;
pub mod calibration;
mod fit;
mod fuzz;
mod grade;
mod horizon;
mod interleave;
mod leech;
mod moment;
mod plan;
mod queue;
mod review;
mod rules;
mod scheduler;
mod simulate;
mod state;
pub mod tally;

pub use backlog::{Backlog, overdue};
pub use balance::{Calendar, Load};
pub use bet::LoggedBet;
pub use fit::{Figures, Fit, LEAST_REVIEWS, NoFit, Watch, fit};
pub use fuzz::fuzz_span;
pub use grade::{Grade, NotAGrade};
pub use horizon::{Horizon, LAST_DAYS};
pub use interleave::apart;
pub use leech::{Advice, LEECH_AGAIN, LEECH_LAPSES, advice, leech};
pub use moment::{Moment, NotATime, StudyDay, TURN_HOUR};
pub use plan::{
    CardWeight, Done, FILL, Fate, Goal, Pace, Plan, PlanCard, PlanDay, Ready, Today, Why, plan, readiness,
};
pub use queue::{PlaceOfNew, Queue, ReviewOrder, Wishes, arrange, load, queue};
pub use review::{EventId, Review, ReviewKind};
pub use rules::{BadRules, MODEL, Rules};
pub use scheduler::Scheduler;
pub use simulate::{Future, RETENTIONS, Workload, simulate};
pub use state::{CardState, Due, Interval, Memory, Phase};
