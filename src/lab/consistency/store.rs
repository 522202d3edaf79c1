//! The store of the demo, by what it promises: who is asked for a read and for a write, and what has to come back first.

use crate::sim::{Nanos, Rng};
use crate::systems::history::Model;
use crate::systems::shared_register::{KEYS, Rule, Sequencer, Site};

/// How many clients there are, each with a site of its own.
pub(super) const CLIENTS: usize = 3;
/// What a call to the site of one's own takes.
pub(super) const LOCAL: Nanos = Nanos::from_millis(10);

/// What the store promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// One copy: every call goes there and back.
    Linearizable,
    /// Writes go to all in one order and come back before they are acknowledged; reads are local.
    Sequential,
    /// All is local; writes are applied elsewhere after what they may depend on.
    Causal,
    /// All is local; the newest stamp wins.
    Eventual,
}

impl Promise {
    /// The promise of the control's value.
    pub(super) fn of(value: f64) -> Promise {
        match value as usize {
            0 => Promise::Linearizable,
            1 => Promise::Sequential,
            2 => Promise::Causal,
            _ => Promise::Eventual,
        }
    }

    /// The model that each of its histories keeps.
    pub(super) fn model(self) -> Model {
        match self {
            Promise::Linearizable => Model::Linearizable,
            Promise::Sequential => Model::Sequential,
            Promise::Causal => Model::Causal,
            Promise::Eventual => Model::Eventual,
        }
    }

    fn rule(self) -> Rule {
        match self {
            Promise::Linearizable | Promise::Sequential => Rule::OneOrder,
            Promise::Causal => Rule::CausesFirst,
            Promise::Eventual => Rule::NewestWins,
        }
    }

    /// What a read and a write take on average, with messages of that mean. A sequential write takes at least so long: it also
    /// waits for those before it.
    pub(super) fn times(self, lag: Nanos) -> (Nanos, Nanos) {
        match self {
            Promise::Linearizable => (lag * 2, lag * 2),
            Promise::Sequential => (LOCAL, lag * 2),
            Promise::Causal | Promise::Eventual => (LOCAL, LOCAL),
        }
    }
}

/// The copies.
#[derive(Clone)]
pub(super) struct Store {
    pub(super) home: [u64; KEYS],
    pub(super) sequencer: Sequencer,
    pub(super) sites: Vec<Site>,
}

impl Store {
    /// A store whose registers hold 0.
    pub(super) fn new(promise: Promise) -> Store {
        Store {
            home: [0; KEYS],
            sequencer: Sequencer::default(),
            sites: (0..CLIENTS).map(|id| Site::new(id, promise.rule())).collect(),
        }
    }
}

/// What a client is going to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// How long after its last call was over.
    pub(super) gap: Nanos,
    /// Whether it writes.
    pub(super) write: bool,
    /// Which register.
    pub(super) key: usize,
}

impl Wish {
    /// Three draws, whatever is set.
    pub(super) fn draw(rng: &mut Rng, think: Nanos, keys: usize) -> Wish {
        let gap = rng.exponential(think);
        let write = rng.chance(0.5);
        let key = if rng.chance(0.5) { 1 } else { 0 };
        Wish { gap, write, key: key.min(keys - 1) }
    }
}

/// The time of a message: two fifths of the mean for sure, the rest exponential. One draw.
pub(super) fn delay(rng: &mut Rng, mean: Nanos) -> Nanos {
    Nanos(mean.0 * 2 / 5) + rng.exponential(Nanos(mean.0 * 3 / 5))
}
