//! Whole courses of study, simulated.

mod balance;
mod learner;
mod plan;
