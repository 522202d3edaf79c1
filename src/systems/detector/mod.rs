//! Failure detectors: who is down, guessed from silence.
//!
//! Over a network that may be slow, silence proves nothing: a detector that is quick is wrong now and then, and one that is never
//! wrong is slow. What differs is where on that curve one stands, how it follows the network's moods, and what it costs.
//!
//! * [`FixedTimeout`] suspects after a fixed silence.
//! * [`PhiAccrual`] learns how long silences usually are, and says how unusual the present one is.
//! * [`swim::Node`] asks members in turn, has others ask when it gets no answer, gives the suspect time to object, and
//!   spreads what is known by gossip: its load does not grow with the number of members.
//!
//! [`quality`] holds what theory expects of them, [`rumour`] how fast gossip spreads.

mod fixed;
mod phi;
pub mod quality;
pub mod rumour;
pub mod swim;

pub use fixed::FixedTimeout;
pub use phi::{PhiAccrual, Tail, phi};

use crate::sim::Nanos;

/// Guesses from the heartbeats of one node whether it is down.
pub trait Detector {
    /// A heartbeat arrived at `now`, which is not before an earlier one. O(1).
    fn heard(&mut self, now: Nanos);

    /// From when on it suspects, if nothing more is heard: [`Nanos::MAX`] where it never would. O(1).
    fn deadline(&self) -> Nanos;

    /// Whether it suspects at `now`.
    fn suspects(&self, now: Nanos) -> bool {
        now >= self.deadline()
    }
}
