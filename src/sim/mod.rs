//! The ground of every demo: a virtual clock, an event queue and random streams.
//!
//! A simulation here is a fold: the same seed and the same timed inputs give the same run, to the
//! last event, on every machine. So time is a whole number of nanoseconds ([`Nanos`]), events are
//! plain enums ordered by (time, order of scheduling) in an [`EventQueue`], randomness comes from
//! one labelled [`Rng`] stream a component, and a [`Trace`] condenses a run into one number that
//! two runs can be compared by. A [`Network`] says when messages arrive, [`Zipf`] what is popular. Nothing here looks
//! at the wall clock.

mod network;
mod queue;
mod rng;
mod samplers;
mod time;
#[cfg(test)]
pub(crate) mod torture;
mod trace;
mod zipf;

pub use network::{Delivery, Link, Loss, Network, Node};
pub use queue::{EventQueue, Token};
pub use rng::Rng;
pub use time::Nanos;
pub use trace::Trace;
pub use zipf::Zipf;

/// The number that, with the inputs, determines a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Seed(pub u64);
