//! A policy that is chosen while a program runs.

use super::{
    Adaptive, Admission, Arrival, Chance, Frequency, Nodes, Policy, Queue, Recency, SecondChance, Sifting,
    Slot, ThreeQueues,
};
use crate::sim::Rng;

/// The policies that can be run without knowing the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// First in, first out.
    Fifo,
    /// Least recently used.
    Lru,
    /// CLOCK.
    Clock,
    /// Least frequently used, with aging.
    Lfu,
    /// Adaptive replacement.
    Arc,
    /// SIEVE.
    Sieve,
    /// S3-FIFO.
    S3Fifo,
    /// W-TinyLFU.
    TinyLfu,
    /// Any one.
    Random,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 9] = [
        Kind::Fifo,
        Kind::Lru,
        Kind::Clock,
        Kind::Lfu,
        Kind::Arc,
        Kind::Sieve,
        Kind::S3Fifo,
        Kind::TinyLfu,
        Kind::Random,
    ];

    /// Its name, as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Fifo => "FIFO",
            Kind::Lru => "LRU",
            Kind::Clock => "CLOCK",
            Kind::Lfu => "LFU",
            Kind::Arc => "ARC",
            Kind::Sieve => "SIEVE",
            Kind::S3Fifo => "S3-FIFO",
            Kind::TinyLfu => "W-TinyLFU",
            Kind::Random => "random",
        }
    }

    /// The policy for a cache of that capacity; only a random one draws from `rng`.
    #[must_use]
    pub fn policy(self, capacity: usize, rng: Rng) -> AnyPolicy {
        match self {
            Kind::Fifo => AnyPolicy::Fifo(Arrival::default()),
            Kind::Lru => AnyPolicy::Lru(Recency::default()),
            Kind::Clock => AnyPolicy::Clock(SecondChance::default()),
            Kind::Lfu => AnyPolicy::Lfu(Frequency::aging(10 * capacity as u64)),
            Kind::Arc => AnyPolicy::Arc(Adaptive::new(capacity)),
            Kind::Sieve => AnyPolicy::Sieve(Sifting::default()),
            Kind::S3Fifo => AnyPolicy::S3Fifo(ThreeQueues::new(capacity)),
            Kind::TinyLfu => AnyPolicy::TinyLfu(Admission::new(capacity)),
            Kind::Random => AnyPolicy::Random(Chance::new(rng)),
        }
    }
}

/// One of the policies.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the variants are those of Kind")]
pub enum AnyPolicy {
    Fifo(Arrival),
    Lru(Recency),
    Clock(SecondChance),
    Lfu(Frequency),
    Arc(Adaptive),
    Sieve(Sifting),
    S3Fifo(ThreeQueues),
    TinyLfu(Admission),
    Random(Chance),
}

/// The same call on whatever policy it is.
macro_rules! each {
    ($any:expr, $policy:ident => $call:expr) => {
        match $any {
            AnyPolicy::Fifo($policy) => $call,
            AnyPolicy::Lru($policy) => $call,
            AnyPolicy::Clock($policy) => $call,
            AnyPolicy::Lfu($policy) => $call,
            AnyPolicy::Arc($policy) => $call,
            AnyPolicy::Sieve($policy) => $call,
            AnyPolicy::S3Fifo($policy) => $call,
            AnyPolicy::TinyLfu($policy) => $call,
            AnyPolicy::Random($policy) => $call,
        }
    };
}

impl Policy for AnyPolicy {
    fn asked(&mut self, hash: u64) {
        each!(self, policy => policy.asked(hash));
    }

    fn used(&mut self, nodes: &mut Nodes, slot: Slot) {
        each!(self, policy => policy.used(nodes, slot));
    }

    fn comes(&mut self, nodes: &mut Nodes, hash: u64, full: bool) -> Option<Slot> {
        each!(self, policy => policy.comes(nodes, hash, full))
    }

    fn added(&mut self, nodes: &mut Nodes, slot: Slot) {
        each!(self, policy => policy.added(nodes, slot));
    }

    fn removed(&mut self, nodes: &mut Nodes, slot: Slot) {
        each!(self, policy => policy.removed(nodes, slot));
    }

    fn queues(&self, nodes: &Nodes) -> Vec<Queue<Slot>> {
        each!(self, policy => policy.queues(nodes))
    }
}
