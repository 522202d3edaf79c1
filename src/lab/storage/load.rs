//! What the clients do: the same operations for both engines, whatever the settings of the engines.

use super::{KEYS, RATE};
use crate::lab::Settings;
use crate::lab::workload::{Arrivals, Pattern};
use crate::sim::{Nanos, Rng, Seed, Zipf};

/// The names of the mixes.
pub(super) const MIXES: &[&str] = &["writes", "half", "reads", "scans"];
/// The names of the ways in which keys are chosen.
pub(super) const ORDERS: &[&str] = &["random", "zipf", "in-order"];

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Put,
    Delete,
    Get,
    Scan,
}

impl Wish {
    pub(super) fn comes(self) -> &'static str {
        match self {
            Wish::Put => "write # comes",
            Wish::Delete => "removal # comes",
            Wish::Get => "read # comes",
            Wish::Scan => "scan # comes",
        }
    }

    /// Whether it changes something.
    pub(super) fn writes(self) -> bool {
        matches!(self, Wish::Put | Wish::Delete)
    }
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub(super) id: u64,
    pub(super) at: Nanos,
    pub(super) what: Wish,
    pub(super) key: u64,
}

/// The stream of operations.
#[derive(Clone)]
pub(super) struct Load {
    arrivals: Arrivals,
    wishes: Rng,
    keys: Rng,
    zipf: Zipf,
    mix: usize,
    order: usize,
    count: u64,
    /// The next key, where they come in order.
    next: u64,
}

impl Load {
    pub(super) fn new(seed: Seed, settings: &Settings) -> Load {
        let mut load = Load {
            arrivals: Arrivals::new(Rng::stream(seed, "arrivals"), Pattern::Poisson, RATE),
            wishes: Rng::stream(seed, "wishes"),
            keys: Rng::stream(seed, "keys"),
            zipf: Zipf::new(KEYS, 0.99),
            mix: 0,
            order: 0,
            count: 0,
            next: 0,
        };
        load.set(settings);
        load
    }

    pub(super) fn set(&mut self, settings: &Settings) {
        (self.mix, self.order) = (settings.count("mix"), settings.count("keys"));
    }

    /// When the operation after the one at `after` comes.
    pub(super) fn next_at(&mut self, after: Nanos) -> Nanos {
        self.arrivals.next(after)
    }

    /// The operation that comes now. The moments do not depend on the mix, and neither do the draws for keys.
    pub(super) fn next(&mut self, now: Nanos) -> Op {
        self.count += 1;
        // Per cent of writes, and of writes and scans; the rest are reads. One write in twenty is a removal.
        let (writes, scans) = [(90, 90), (50, 50), (10, 10), (40, 60)][self.mix.min(3)];
        let (drawn, removes) = (self.wishes.below(100), self.wishes.below(20) == 0);
        let what = match drawn {
            _ if drawn >= scans => Wish::Get,
            _ if drawn >= writes => Wish::Scan,
            _ if removes => Wish::Delete,
            _ => Wish::Put,
        };
        // Far apart, so that popular keys are not neighbours: 4,801 has no divisor in common with 8,000.
        let popular = self.zipf.sample(&mut self.keys) * 4_801 % KEYS;
        let any = self.keys.below(KEYS);
        let key = match self.order {
            0 => any,
            1 => popular,
            _ if what == Wish::Put => {
                self.next += 1;
                (self.next - 1) % KEYS
            }
            _ => any,
        };
        Op { id: self.count, at: now, what, key }
    }
}
