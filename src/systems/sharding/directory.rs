//! A directory: keys are hashed into slots, and a map says on which shard each slot lives.
//!
//! The map is small (Redis Cluster has 16,384 slots) and every client holds it. One shard more takes slots from the
//! others, 1 / (k + 1) of them, and a slot that is hot can be moved to a shard that has little to do. A slot is never divided.

use super::{Shard, mixed};

/// Which slot lives where, and how often each was asked for since the last look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    slots: Vec<Shard>,
    asked: Vec<u64>,
    shards: u32,
}

impl Directory {
    /// `slots` (at least as many as there are shards) dealt out to `shards` (at least 1) in turn.
    #[must_use]
    pub fn new(slots: usize, shards: u32) -> Directory {
        let shards = shards.max(1);
        let slots = slots.max(shards as usize);
        Directory {
            slots: (0..slots).map(|slot| slot as Shard % shards).collect(),
            asked: vec![0; slots],
            shards,
        }
    }

    /// The slot of a key.
    #[must_use]
    pub fn slot(&self, key: u64) -> usize {
        (mixed(key) % self.slots.len() as u64) as usize
    }

    /// The shard of a key.
    #[must_use]
    pub fn owner(&self, key: u64) -> Shard {
        self.slots[self.slot(key)]
    }

    /// How many shards there are.
    #[must_use]
    pub fn shards(&self) -> u32 {
        self.shards
    }

    /// A key was asked for. Returns its shard.
    pub fn ask(&mut self, key: u64) -> Shard {
        let slot = self.slot(key);
        self.asked[slot] += 1;
        self.slots[slot]
    }

    /// Puts a slot on a shard. Returns whether there are both, and that is a change.
    pub fn assign(&mut self, slot: usize, shard: Shard) -> bool {
        let shards = self.shards;
        self.slots.get_mut(slot).is_some_and(|owner| {
            let changes = shard < shards && *owner != shard;
            *owner = if changes { shard } else { *owner };
            changes
        })
    }

    /// One shard more: it takes slots from those that have most, until it has its share. Returns which.
    pub fn grow(&mut self) -> Vec<usize> {
        let new = self.shards;
        self.shards += 1;
        let share = self.slots.len() / self.shards as usize;
        let mut moved = Vec::new();
        while moved.len() < share {
            let counts = self.per_shard(|_| 1);
            let most = (0..new).max_by_key(|shard| (counts[*shard as usize], std::cmp::Reverse(*shard)));
            let Some(slot) = self.slots.iter().position(|owner| Some(*owner) == most) else { break };
            self.slots[slot] = new;
            moved.push(slot);
        }
        moved
    }

    /// Moves one slot from the busiest shard to the idlest where that makes the busier of the two less busy: the busiest such
    /// slot. Returns the slot and both shards. O(slots).
    pub fn balance(&mut self) -> Option<(usize, Shard, Shard)> {
        let load = self.per_shard(|slot| self.asked[slot]);
        let busiest = (0..self.shards).max_by_key(|shard| load[*shard as usize])?;
        let idlest = (0..self.shards).min_by_key(|shard| load[*shard as usize])?;
        let (most, least) = (load[busiest as usize], load[idlest as usize]);
        let fits = |slot: &usize| {
            let asked = self.asked[*slot];
            self.slots[*slot] == busiest && asked > 0 && least + asked < most
        };
        let slot = (0..self.slots.len()).filter(fits).max_by_key(|slot| self.asked[*slot])?;
        self.slots[slot] = idlest;
        Some((slot, busiest, idlest))
    }

    /// The slot of a shard that is asked for most; none where it has no slot. O(slots).
    #[must_use]
    pub fn busiest(&self, shard: Shard) -> Option<usize> {
        (0..self.slots.len()).filter(|slot| self.slots[*slot] == shard).max_by_key(|slot| self.asked[*slot])
    }

    /// Half of what was counted is forgotten, so that what was long ago weighs less and less.
    pub fn fade(&mut self) {
        self.asked.iter_mut().for_each(|asked| *asked /= 2);
    }

    /// The sum over the slots of each shard.
    fn per_shard(&self, of: impl Fn(usize) -> u64) -> Vec<u64> {
        let mut sums = vec![0; self.shards as usize];
        for (slot, owner) in self.slots.iter().enumerate() {
            sums[*owner as usize] += of(slot);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_shard_more_takes_its_share_and_no_other_slot_moves() {
        for shards in [1, 4, 7, 32] {
            let mut directory = Directory::new(256, shards);
            let before = directory.clone();
            let moved = directory.grow();
            assert_eq!(moved.len(), 256 / (shards as usize + 1));
            for slot in 0..256 {
                let stays = directory.slots[slot] == before.slots[slot];
                assert!(stays != moved.contains(&slot));
            }
            let counts = directory.per_shard(|_| 1);
            assert!(
                counts.iter().max().zip(counts.iter().min()).is_some_and(|(most, least)| most - least <= 2)
            );
        }
    }

    #[test]
    fn balancing_lowers_the_top_and_ends_with_the_hot_slot_alone() {
        let mut directory = Directory::new(64, 4);
        // One key is asked for as often as all others together.
        for key in 0..3_000_u64 {
            directory.ask(key);
            directory.ask(7);
        }
        let top = |directory: &Directory| directory.per_shard(|slot| directory.asked[slot]).into_iter().max();
        let mut last = top(&directory);
        while directory.balance().is_some() {
            let now = top(&directory);
            assert!(now <= last);
            last = now;
        }
        // Half of all, and a 64th of the other half in its slot: no move makes that less.
        let hot = directory.slot(7);
        let owner = directory.owner(7);
        assert_eq!(last, Some(directory.asked[hot]));
        assert_eq!(directory.slots.iter().filter(|shard| **shard == owner).count(), 1);
        assert!(
            !directory.assign(hot, owner)
                && !directory.assign(hot, 4)
                && directory.assign(hot, (owner + 1) % 4)
        );
    }
}
