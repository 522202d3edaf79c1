//! Data that several replicas change at the same time and that still ends the same everywhere: conflict-free
//! replicated data types.
//!
//! A replica changes its own copy at once and asks nobody. Copies meet by [`Join::join`], which takes the least state
//! that contains both. Where the join is commutative, associative and idempotent, and every change only goes up, it does not
//! matter in which order states arrive, how often, or through whom: who has seen the same changes is in the same
//! state (Shapiro, Preguiça, Baquero and Zawirski 2011). What is left to choose is what a conflict means, and that
//! is the type:
//!
//! | type | add and remove of the same thing at the same time |
//! |---|---|
//! | [`GSet`] | there is no removing |
//! | [`TwoPhaseSet`] | it is out, and for ever |
//! | [`OrSet`], [`AddWinsSet`] | it is in |
//! | [`RemoveWinsSet`] | it is out until somebody adds it again |
//! | [`LwwRegister`] of a whole set | one of the two replicas loses all it did |
//!
//! Every change returns its *delta* (Almeida, Shoker and Baquero 2018): a small state of the same type that holds the
//! change alone. To join it has the same effect as to join the whole state, so deltas can be sent one by one, and those
//! that get lost are made good by a whole state later.

mod counter;
mod dotted;
mod or_set;
mod register;
mod set;
#[cfg(test)]
mod tests;
mod text;

pub use counter::{GCounter, PnCounter};
pub use dotted::{Context, Dotted};
pub use or_set::OrSet;
pub use register::{LwwRegister, MvRegister};
pub use set::{AddWinsSet, GSet, RemoveWinsSet, TwoPhaseSet};
pub use text::Text;

/// The number of a replica.
pub type Replica = u32;

/// The name of one change: the n-th of a replica, counted from 1. Ordered by count first, so that where counts are Lamport
/// clocks, causes come before effects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dot {
    /// Which change of the replica.
    pub count: u64,
    /// Whose.
    pub replica: Replica,
}

/// What a dot takes when it is stored or sent, in bytes.
const DOT: usize = 12;

/// A state that can take in another one of its kind.
///
/// Laws, for all states a, b, c that replicas can be in: `a ∨ b = b ∨ a`, `(a ∨ b) ∨ c = a ∨ (b ∨ c)`, `a ∨ a = a`; and a
/// change leads from a to some b with `a ∨ b = b`.
pub trait Join: Clone + PartialEq {
    /// Becomes the least state that contains itself and `other`. O(size of both), up to a logarithm.
    fn join(&mut self, other: &Self);

    /// What it takes when it is stored or sent.
    fn footprint(&self) -> Footprint;

    /// Whether all that `other` says is known here already. Costs a copy and a join.
    #[must_use]
    fn covers(&self, other: &Self) -> bool {
        let mut both = self.clone();
        both.join(other);
        both == *self
    }
}

/// What a state takes, in bytes, with 12 for a dot and 8 for a count. No encoding is clever here: what matters is what grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// What a reader sees.
    pub payload: usize,
    /// What is kept so that copies can be joined.
    pub metadata: usize,
}
