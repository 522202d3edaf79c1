//! Whole courses of study, simulated.

mod backlog;
mod balance;
mod costs;
mod learner;
mod plan;
