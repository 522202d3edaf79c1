//! What demos measure with: values over time, spans and their percentiles, levels and their means, and
//! what has just happened.
//!
//! All of it has a bound on its memory whatever the controls say, costs little an event, and is cloned with
//! every snapshot.

mod bins;
mod histogram;
mod level;
mod trail;

pub(super) use bins::Bins;
pub(super) use histogram::Histogram;
pub(super) use level::Level;
pub(super) use trail::Trail;
