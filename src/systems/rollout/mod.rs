//! Bringing a new version to those who use it, a few at a time, and noticing when it is bad.
//!
//! Three parts that do not know of each other. A [`Fleet`] is the instances: it replaces them batch by batch and never takes
//! more down than it may. A [`Flag`] turns code on for a share of the users, each always on the same side. A gate
//! ([`FixedTest`], [`Sprt`]) says from paired requests of the new and the old version whether the new one fails more often.
//!
//! The gates compare with requests of the *old version in the same seconds*, not with the past: whatever else goes wrong
//! meanwhile hits both.

mod flag;
mod fleet;
mod gate;

pub use flag::Flag;
pub use fleet::{Fleet, Instance};
pub use gate::{Design, FixedTest, Sprt, Verdict, normal_quantile, z_score};
