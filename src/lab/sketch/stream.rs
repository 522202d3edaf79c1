//! What comes, and the exact truth about it: the sketches see hashes, this sees every key.

use crate::sim::{Rng, Seed, Zipf};
use crate::systems::hash_ring::Place;

/// The names of the streams, for a control.
pub(super) const STREAMS: &[&str] = &["zipf", "uniform"];

/// What the next arrival is about.
pub(super) struct Arrival {
    pub(super) key: usize,
    pub(super) delete: bool,
}

/// The keys, how often each came since it was last deleted, and which ever came.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    popularity: Zipf,
    ranks: Rng,
    deletes: Rng,
    /// The hash of the first key: that of the others follows from their numbers.
    origin: u64,
    /// By key.
    came: Vec<u32>,
    ever: Vec<bool>,
    present: usize,
    distinct: usize,
    total: u64,
}

impl Stream {
    pub(super) fn new(seed: Seed, items: usize, stream: f64) -> Stream {
        Stream {
            popularity: popularity(items, stream),
            ranks: Rng::stream(seed, "ranks"),
            deletes: Rng::stream(seed, "deletes"),
            origin: Rng::stream(seed, "hashes").next_u64(),
            came: vec![0; items],
            ever: vec![false; items],
            present: 0,
            distinct: 0,
            total: 0,
        }
    }

    /// Other keys come from now on; those that are none any more are gone, as if they had never come.
    pub(super) fn change(&mut self, items: usize, stream: f64) {
        self.popularity = popularity(items, stream);
        self.came.resize(items, 0);
        self.ever.resize(items, false);
        self.present = self.came.iter().filter(|&&count| count > 0).count();
        self.distinct = self.ever.iter().filter(|&&ever| ever).count();
        self.total = self.came.iter().map(|&count| u64::from(count)).sum();
    }

    /// Draws an arrival: which key comes, or which is deleted in its place. Deletions have a stream of their own, so that the keys
    /// that come are the same for all settings of it; a key that is not there cannot be deleted.
    pub(super) fn draw(&mut self, deletes: f64) -> Arrival {
        let rank = (self.popularity.sample(&mut self.ranks) as usize).min(self.came.len() - 1);
        let (delete, any) =
            (self.deletes.chance(deletes), self.deletes.below(self.came.len() as u64) as usize);
        if delete && self.came[any] > 0 {
            Arrival { key: any, delete: true }
        } else {
            Arrival { key: rank, delete: false }
        }
    }

    /// A key came. Returns whether it was not there.
    pub(super) fn add(&mut self, key: usize) -> bool {
        let new = self.came[key] == 0;
        self.present += usize::from(new);
        self.distinct += usize::from(!self.ever[key]);
        self.ever[key] = true;
        self.came[key] += 1;
        self.total += 1;
        new
    }

    /// A key is deleted. Returns how often it had come.
    pub(super) fn delete(&mut self, key: usize) -> u32 {
        let count = std::mem::take(&mut self.came[key]);
        self.present -= usize::from(count > 0);
        self.total -= u64::from(count);
        count
    }

    /// The hash of a key: what all sketches get.
    pub(super) fn hash(&self, key: usize) -> u64 {
        self.origin.wrapping_add(key as u64).point()
    }

    /// The hash of a key that never comes.
    pub(super) fn stranger(&self, number: u64) -> u64 {
        self.origin.wrapping_sub(number + 1).point()
    }

    /// How often a key came since it was last deleted.
    pub(super) fn count(&self, key: usize) -> u32 {
        self.came.get(key).copied().unwrap_or(0)
    }

    /// The keys that are there, each with how often it came.
    pub(super) fn there(&self) -> impl Iterator<Item = (usize, u32)> {
        self.came.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    /// The keys that ever came.
    pub(super) fn ever(&self) -> impl Iterator<Item = usize> {
        (0..).zip(&self.ever).filter(|(_, ever)| **ever).map(|(key, _)| key)
    }

    /// How many different keys can come.
    pub(super) fn items(&self) -> usize {
        self.came.len()
    }

    /// How many keys are there.
    pub(super) fn present(&self) -> usize {
        self.present
    }

    /// How many different keys ever came.
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    pub(super) fn bytes(&self) -> usize {
        self.came.len() * 5
    }
}

fn popularity(items: usize, stream: f64) -> Zipf {
    // Zipf's law with the exponent 0 is the uniform distribution.
    Zipf::new(items as u64, if stream == 0.0 { 1.0 } else { 0.0 })
}
