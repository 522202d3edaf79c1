//! Whole courses of study, simulated.

mod backlog;
mod balance;
mod learner;
mod plan;
