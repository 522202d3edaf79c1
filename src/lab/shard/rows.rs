//! The rows, and those of them that move to another shard while they are used.
//!
//! What is there is kept twice: as every acknowledged write left it, and as the store has it that moves. A read is right where both
//! say the same.

use std::collections::{BTreeMap, VecDeque};

use super::knobs::{Key, Knobs, Scheme};
use super::routes::{CUSTOMERS, Routes, customer};
use crate::systems::sharding::{Migration, Phase, Plan, mixed};

/// How many of the newest rows are asked for.
const RECENT: usize = 1_000;

/// Reads that were not right.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wrong {
    /// A row was not found.
    pub(super) lost: u64,
    /// A row was found as it had been before.
    pub(super) stale: u64,
    /// A row was found that had been deleted.
    pub(super) risen: u64,
}

impl Wrong {
    pub(super) fn all(self) -> u64 {
        self.lost + self.stale + self.risen
    }
}

/// One shard more, and what moves to it.
#[derive(Clone)]
pub(super) struct Move {
    pub(super) migration: Migration,
    pub(super) plan: Plan,
    before: Routes,
    pub(super) after: Routes,
    scheme: Scheme,
    /// What the stores differed in when they were compared.
    pub(super) differences: Option<usize>,
    /// How many rows it was about at the start.
    pub(super) rows: usize,
}

impl Move {
    fn moves(&self, key: u64) -> bool {
        self.before.owner(self.scheme, key) != self.after.owner(self.scheme, key)
    }
}

#[derive(Clone)]
pub(super) struct Rows {
    truth: BTreeMap<u64, u64>,
    version: u64,
    /// The newest rows, newest first, where rows are divided by their numbers.
    recent: VecDeque<u64>,
    pub(super) moving: Option<Move>,
    pub(super) wrong: Wrong,
    pub(super) reads: u64,
}

impl Rows {
    /// The rows at the start; `ids` are the numbers of the kind that they are divided by.
    pub(super) fn new(knobs: &Knobs, ids: &[u64]) -> Rows {
        let salt = knobs.salt;
        let keys: Vec<u64> = match knobs.key {
            Key::Customer => (0..CUSTOMERS).map(|rank| salt.part(customer(rank), rank)).collect(),
            Key::Id(_) => ids.iter().map(|id| salted(knobs, *id)).collect(),
        };
        Rows {
            truth: keys.iter().map(|key| (*key, 1)).collect(),
            version: 1,
            recent: if knobs.key == Key::Customer {
                VecDeque::new()
            } else {
                keys.into_iter().rev().collect()
            },
            moving: None,
            wrong: Wrong::default(),
            reads: 0,
        }
    }

    /// All keys, in order.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.truth.keys().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.truth.len()
    }

    /// The keys that a read of that popularity asks for.
    pub(super) fn wanted(&self, knobs: &Knobs, rank: u64) -> Vec<u64> {
        match knobs.key {
            Key::Customer => knobs.salt.parts(customer(rank)).collect(),
            Key::Id(_) => {
                let place = rank as usize % self.recent.len().max(1);
                self.recent.get(place).copied().into_iter().collect()
            }
        }
    }

    /// The last key of a scan of twenty rows from `key`.
    pub(super) fn scan_end(&self, key: u64) -> u64 {
        self.truth.range(key..).nth(19).map_or(u64::MAX, |(key, _)| *key)
    }

    /// A row is written, or deleted: all that have seen it acknowledged can rely on it.
    pub(super) fn change(&mut self, key: u64, deletes: bool) {
        self.version += 1;
        let moving = self.moving.as_mut().filter(|moving| moving.moves(key));
        if deletes {
            self.truth.remove(&key);
        } else {
            self.truth.insert(key, self.version);
        }
        match moving {
            Some(moving) if deletes => moving.migration.delete(key, self.version),
            Some(moving) => moving.migration.write(key, self.version),
            None => {}
        }
    }

    /// A row has come whose number is the newest.
    pub(super) fn newest(&mut self, key: u64) {
        self.recent.push_front(key);
        self.recent.truncate(RECENT);
    }

    /// A row is read, and what is found is compared with what should be.
    pub(super) fn read(&mut self, key: u64) {
        self.reads += 1;
        let Some(moving) = self.moving.as_ref().filter(|moving| moving.moves(key)) else { return };
        match (self.truth.get(&key).copied(), moving.migration.read(key)) {
            (Some(_), None) => self.wrong.lost += 1,
            (Some(due), Some(found)) if due != found => self.wrong.stale += 1,
            (None, Some(_)) => self.wrong.risen += 1,
            _ => {}
        }
    }

    /// The shard that a write of this key has to reach besides its own, while both are written.
    pub(super) fn also(&self, key: u64) -> Option<u32> {
        let moving = self.moving.as_ref().filter(|moving| moving.moves(key))?;
        let both = !matches!(moving.migration.phase(), Phase::Prepare | Phase::CleanUp);
        let copied_first = moving.plan == Plan::CopyFirst && moving.migration.phase() == Phase::Backfill;
        (both && !copied_first).then(|| moving.after.owner(moving.scheme, key))
    }

    /// One shard more comes: what has to move begins to.
    pub(super) fn begin(&mut self, knobs: &Knobs, before: Routes, after: Routes) {
        let moves = |key: &u64| before.owner(knobs.scheme, *key) != after.owner(knobs.scheme, *key);
        let rows: Vec<(u64, u64)> =
            self.truth.iter().filter(|(key, _)| moves(key)).map(|(key, version)| (*key, *version)).collect();
        self.moving = Some(Move {
            rows: rows.len(),
            migration: Migration::new(rows, knobs.plan, knobs.slip),
            plan: knobs.plan,
            before,
            after,
            scheme: knobs.scheme,
            differences: None,
        });
    }

    /// Which share of all rows a change of the shards moves, by each scheme.
    pub(super) fn moved(&self, before: &Routes, after: &Routes) -> [f64; 3] {
        Scheme::ALL.map(|scheme| {
            let moves = |key: &&u64| before.owner(scheme, **key) != after.owner(scheme, **key);
            self.truth.keys().filter(moves).count() as f64 / self.truth.len() as f64
        })
    }
}

/// The key of a row with a number: a salt chosen by the number itself, so that a read knows it.
pub(super) fn salted(knobs: &Knobs, id: u64) -> u64 {
    knobs.salt.part(id, mixed(id))
}
