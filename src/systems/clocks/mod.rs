//! Clocks that stamp events: the wall clock, which people understand and which is wrong; Lamport's, which never contradicts
//! causality; vectors, which are causality; and hybrids, which are close to the wall and never contradict.
//!
//! | clock | size | a before b implies a < b | a < b implies a before b | near the wall clock |
//! |---|---|---|---|---|
//! | wall | 8 bytes | no | no | as far as it is right |
//! | Lamport | 8 bytes | yes | no | no |
//! | vector | 8 bytes a node | yes | yes | no |
//! | hybrid | 8 to 12 bytes | yes | no | within the skew |
//!
//! "Before" is Lamport's happened-before (1978): an event comes before the next one of its node, a sending before its receipt, and
//! so on. Events of which neither comes before the other are concurrent: neither can have caused the other.

mod hybrid;
mod lamport;
mod vector;
mod wall;

pub use hybrid::{HybridClock, HybridStamp};
pub use lamport::LamportClock;
pub use vector::{Causality, VectorClock};
pub use wall::{Sample, WallClock};

#[cfg(test)]
mod tests;
