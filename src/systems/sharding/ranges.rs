//! Ranges: each shard holds keys from one to the next, and ranges are split and merged by what is asked of them.
//!
//! Keys that stand beside each other live on the same shard, so a scan asks one or two. A range that is too busy is split where
//! half of the questions fall to either side: the last questions are kept for that, as CockroachDB's load-based splitting
//! does. Where all of them are for one key there is no such place: no split helps a hot key.

use super::Shard;

/// How many of the last questions to a range are kept.
const KEPT: usize = 32;

/// A range of keys, up to the start of the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its first key.
    pub start: u64,
    /// Where it lives.
    pub shard: Shard,
    /// How often it was asked since the last look, fading.
    pub asked: u64,
    /// The keys of the last questions, round and round.
    last: Vec<u64>,
    place: usize,
}

impl Range {
    fn new(start: u64, shard: Shard) -> Range {
        Range { start, shard, asked: 0, last: Vec::new(), place: 0 }
    }

    /// The key at which a split leaves about half of the last questions on either side; none where all of them were for one key.
    #[must_use]
    pub fn middle(&self) -> Option<u64> {
        let mut keys = self.last.clone();
        keys.sort_unstable();
        let least = *keys.first()?;
        let half = keys.len() / 2;
        // The first key beyond the middle that is not the lowest one: it begins the right half.
        let above = keys[half..].iter().copied().find(|key| *key > least);
        above.filter(|key| *key > self.start)
    }
}

/// All ranges, by their starts; the first begins at 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges {
    ranges: Vec<Range>,
}

impl Ranges {
    /// A range for each shard, cut so that `keys` (sorted) are dealt out evenly.
    #[must_use]
    pub fn even(keys: &[u64], shards: u32) -> Ranges {
        let shards = shards.max(1);
        let mut ranges = vec![Range::new(0, 0)];
        for shard in 1..shards {
            let at = keys.get(keys.len() * shard as usize / shards as usize).copied();
            let even = u64::MAX / u64::from(shards) * u64::from(shard);
            let start = at.unwrap_or(even);
            if ranges.last().is_some_and(|last| last.start < start) {
                ranges.push(Range::new(start, shard));
            }
        }
        Ranges { ranges }
    }

    /// All ranges, in the order of their keys.
    #[must_use]
    pub fn all(&self) -> &[Range] {
        &self.ranges
    }

    /// Which range holds a key. O(log ranges).
    #[must_use]
    pub fn place(&self, key: u64) -> usize {
        self.ranges.partition_point(|range| range.start <= key).max(1) - 1
    }

    /// The shard of a key.
    #[must_use]
    pub fn owner(&self, key: u64) -> Shard {
        self.ranges[self.place(key)].shard
    }

    /// A key was asked for. Returns its shard.
    pub fn ask(&mut self, key: u64) -> Shard {
        let place = self.place(key);
        let range = &mut self.ranges[place];
        range.asked += 1;
        if range.last.len() < KEPT {
            range.last.push(key);
        } else {
            range.last[range.place] = key;
            range.place = (range.place + 1) % KEPT;
        }
        range.shard
    }

    /// Splits the range of `at` there; what is right of it, with `at`, goes to `shard`. Returns whether that is a change.
    pub fn split(&mut self, at: u64, shard: Shard) -> bool {
        let place = self.place(at);
        let left = &mut self.ranges[place];
        if left.start == at {
            return false;
        }
        let mut right = Range::new(at, shard);
        let (stay, go) = left.last.iter().partition(|key| **key < at);
        right.asked = left.asked / 2;
        left.asked -= right.asked;
        (left.last, right.last, left.place) = (stay, go, 0);
        self.ranges.insert(place + 1, right);
        true
    }

    /// Merges a range with the one to its right: it stays where the left one is. Returns whether there are both.
    pub fn merge(&mut self, place: usize) -> bool {
        if place + 1 >= self.ranges.len() {
            return false;
        }
        let right = self.ranges.remove(place + 1);
        let left = &mut self.ranges[place];
        left.asked += right.asked;
        left.last.extend(right.last);
        left.last.truncate(KEPT);
        left.place = 0;
        true
    }

    /// Moves a whole range. Returns whether that is a change.
    pub fn assign(&mut self, place: usize, shard: Shard) -> bool {
        self.ranges.get_mut(place).is_some_and(|range| std::mem::replace(&mut range.shard, shard) != shard)
    }

    /// Which shards a scan from one key to another (inclusive) has to ask, each once.
    #[must_use]
    pub fn between(&self, from: u64, to: u64) -> Vec<Shard> {
        let last = self.place(to.max(from));
        let mut shards: Vec<Shard> =
            self.ranges[self.place(from)..=last].iter().map(|range| range.shard).collect();
        shards.sort_unstable();
        shards.dedup();
        shards
    }

    /// Half of what was counted is forgotten.
    pub fn fade(&mut self) {
        self.ranges.iter_mut().for_each(|range| range.asked /= 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::torture::survives;

    #[test]
    fn keys_are_dealt_out_evenly_and_scans_ask_few() {
        let keys: Vec<u64> = (0..1_000).map(|key| key * 1_000).collect();
        let ranges = Ranges::even(&keys, 8);
        for shard in 0..8 {
            assert_eq!(keys.iter().filter(|key| ranges.owner(**key) == shard).count(), 125);
        }
        assert_eq!(ranges.between(1_000, 50_000), [0]);
        assert_eq!(ranges.between(120_000, 130_000), [0, 1]);
        assert_eq!(ranges.between(0, u64::MAX).len(), 8);
        assert_eq!(Ranges::even(&[5; 10], 4).all().len(), 2, "one key cannot be dealt out");
    }

    #[test]
    fn a_split_halves_the_questions_but_not_a_hot_key() {
        let mut ranges = Ranges::even(&[], 1);
        for key in 0..1_000_u64 {
            ranges.ask(key);
        }
        let middle = ranges.all()[0].middle().expect("many keys");
        // Of the last 32, 968 to 999.
        assert_eq!(middle, 984);
        assert!(ranges.split(middle, 1) && !ranges.split(middle, 1));
        assert_eq!((ranges.owner(983), ranges.owner(984)), (0, 1));
        let mut hot = Ranges::even(&[], 1);
        for _ in 0..100 {
            hot.ask(77);
        }
        assert_eq!(hot.all()[0].middle(), None);
        // With a few others beside it, it gets a range of its own at last, and that cannot be split.
        for turn in 0..10_u64 {
            hot.ask(if turn % 5 == 0 { 78 } else { 77 });
        }
        assert_eq!(hot.all()[0].middle(), Some(78));
    }

    #[test]
    fn whatever_is_split_merged_and_moved_each_key_has_one_range() {
        let draw = |rng: &mut crate::sim::Rng| (rng.below(4), rng.below(100), rng.below(5) as Shard);
        survives(500, 40, draw, |_, script| {
            let mut ranges = Ranges::even(&[10, 20, 30, 40], 2);
            for &(act, key, shard) in script {
                let before: Vec<Shard> = (0..100).map(|key| ranges.owner(key)).collect();
                let place = ranges.place(key);
                match act {
                    0 => drop(ranges.split(key, shard)),
                    1 => drop(ranges.merge(place)),
                    2 => drop(ranges.assign(place, shard)),
                    _ => drop(ranges.ask(key)),
                }
                let starts: Vec<u64> = ranges.all().iter().map(|range| range.start).collect();
                if starts[0] != 0 || !starts.windows(2).all(|pair| pair[0] < pair[1]) {
                    return Err(format!("ranges out of order: {starts:?}"));
                }
                let outside = (0..100_u64).filter(|other| ranges.place(*other) != ranges.place(key));
                if act == 2 && outside.into_iter().any(|other| ranges.owner(other) != before[other as usize])
                {
                    return Err("a key beside it moved".into());
                }
            }
            Ok(())
        });
    }
}
