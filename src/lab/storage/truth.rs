//! What must be in an engine, counted from the operations: the last version of each key, and what of it was acknowledged.

use std::collections::VecDeque;

use super::{KEY_BYTES, KEYS, VALUE_BYTES};
use crate::sim::Nanos;

/// A version of no row.
const GONE: u32 = 0;

/// The bytes of a key: its number, the highest byte first, so that they sort alike.
pub(super) fn key_bytes(key: u64) -> [u8; KEY_BYTES] {
    key.to_be_bytes()
}

/// The value of a version.
pub(super) fn value_bytes(version: u32) -> [u8; VALUE_BYTES] {
    let mut value = [version as u8; VALUE_BYTES];
    value[..4].copy_from_slice(&version.to_le_bytes());
    value
}

/// The version that a value is of.
pub(super) fn version_of(value: &[u8]) -> u32 {
    value.get(..4).and_then(|bytes| bytes.try_into().ok()).map_or(u32::MAX, u32::from_le_bytes)
}

/// A write that is not acknowledged yet.
#[derive(Clone, Copy, Debug)]
struct Pending {
    key: u64,
    version: u32,
    came: Nanos,
}

/// The versions of all keys.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    /// As last written, and as last acknowledged.
    now: Vec<u32>,
    safe: Vec<u32>,
    pending: VecDeque<Pending>,
    version: u32,
    live: u64,
}

/// What a crash has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// Whether what is there was there after some write that was not overtaken by an acknowledged one.
    pub(super) sound: bool,
    /// Keys that lost an acknowledged write.
    pub(super) lost: u64,
}

impl Truth {
    pub(super) fn new() -> Truth {
        let none = vec![GONE; KEYS as usize];
        Truth { now: none.clone(), safe: none, pending: VecDeque::new(), version: 0, live: 0 }
    }

    /// A key is written, or removed; returns its version.
    pub(super) fn write(&mut self, key: u64, removes: bool, came: Nanos) -> u32 {
        self.version += 1;
        let version = if removes { GONE } else { self.version };
        let slot = &mut self.now[key as usize];
        self.live = self.live + u64::from(version != GONE) - u64::from(*slot != GONE);
        *slot = version;
        self.pending.push_back(Pending { key, version, came });
        version
    }

    /// The version that a read must find; nothing where there is no row.
    pub(super) fn read(&self, key: u64) -> Option<u32> {
        self.now.get(key as usize).copied().filter(|version| *version != GONE)
    }

    /// The keys from `key` on that have rows, with their versions.
    pub(super) fn from(&self, key: u64) -> impl Iterator<Item = (u64, u32)> + '_ {
        (key..KEYS).filter_map(|key| self.read(key).map(|version| (key, version)))
    }

    /// The oldest `count` writes are acknowledged: when each of them came.
    pub(super) fn acknowledge(&mut self, count: usize) -> impl Iterator<Item = Nanos> + '_ {
        let Truth { pending, safe, .. } = self;
        let count = count.min(pending.len());
        pending.drain(..count).map(|write| {
            safe[write.key as usize] = write.version;
            write.came
        })
    }

    /// How many writes are done and not acknowledged.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many writes there were.
    pub(super) fn writes(&self) -> u32 {
        self.version
    }

    /// How many keys have rows.
    pub(super) fn live(&self) -> u64 {
        self.live
    }

    /// After a crash there are these versions. Is that a state that was, at or after the last acknowledged write? From then on
    /// they are the truth.
    pub(super) fn recover(&mut self, found: Vec<u32>) -> Damage {
        let lost = |(safe, found): (&u32, &u32)| safe != found;
        let mut differ = self.safe.iter().zip(&found).filter(|pair| lost(*pair)).count() as u64;
        let mut damage = Damage { sound: differ == 0, lost: 0 };
        let mut touched = vec![false; found.len()];
        for write in self.pending.drain(..) {
            let key = write.key as usize;
            differ -= u64::from(self.safe[key] != found[key]);
            self.safe[key] = write.version;
            differ += u64::from(self.safe[key] != found[key]);
            damage.sound |= differ == 0;
            touched[key] = true;
        }
        if !damage.sound {
            let same = self.safe.iter().zip(&found).zip(&touched);
            damage.lost = same.filter(|((safe, found), touched)| safe != found && !**touched).count() as u64;
        }
        self.live = found.iter().filter(|version| **version != GONE).count() as u64;
        (self.now, self.safe) = (found.clone(), found);
        damage
    }
}
