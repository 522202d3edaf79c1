//! Who belongs to a cluster, and what is a majority of it.
//!
//! In the joint phase of a change there are two groups, the new one and the one that goes, and whatever needs a majority needs one of
//! each: so neither can decide anything without the other, whichever of the two configurations a node knows. Where a change adds or
//! removes one voter only, majorities before and after share a node anyway, and no joint phase is needed.

use super::{Id, Index};

/// The voters of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config {
    /// The voters, in order and each once; those of the group that comes, while there are two.
    voters: Vec<Id>,
    /// The voters of the group that goes; empty where no change is under way.
    outgoing: Vec<Id>,
}

impl Config {
    /// A cluster of these voters. Nobody is a cluster that cannot decide anything: that of a node which waits to be let in.
    #[must_use]
    pub fn new(voters: &[Id]) -> Config {
        let mut voters = voters.to_vec();
        voters.sort_unstable();
        voters.dedup();
        Config { voters, outgoing: Vec::new() }
    }

    /// The joint phase from this one to another group. Of one that is joint already, its new group goes.
    #[must_use]
    pub fn joint(&self, voters: &[Id]) -> Config {
        Config { outgoing: self.voters.clone(), ..Config::new(voters) }
    }

    /// What follows the joint phase: the new group alone.
    #[must_use]
    pub fn settled(&self) -> Config {
        Config { voters: self.voters.clone(), outgoing: Vec::new() }
    }

    /// The voters, in order; those of the group that comes, while there are two.
    #[must_use]
    pub fn voters(&self) -> &[Id] {
        &self.voters
    }

    /// The voters of the group that goes; empty where no change is under way.
    #[must_use]
    pub fn outgoing(&self) -> &[Id] {
        &self.outgoing
    }

    /// Whether there are two groups.
    #[must_use]
    pub fn is_joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether a node has a vote, in one group or the other.
    #[must_use]
    pub fn contains(&self, id: Id) -> bool {
        self.voters.contains(&id) || self.outgoing.contains(&id)
    }

    /// All that have a vote, each once.
    pub fn members(&self) -> impl Iterator<Item = Id> {
        let going = self.outgoing.iter().filter(|id| !self.voters.contains(id));
        self.voters.iter().chain(going).copied()
    }

    /// How many voters of `other` are not in this one or the other way round: a single step changes one.
    #[must_use]
    pub fn differences(&self, other: &[Id]) -> usize {
        let gone = self.voters.iter().filter(|id| !other.contains(id)).count();
        gone + other.iter().filter(|id| !self.voters.contains(id)).count()
    }

    /// Whether those of whom `yes` says so are a majority, of both groups where there are two. O(members).
    pub fn majority(&self, mut yes: impl FnMut(Id) -> bool) -> bool {
        let mut of = |group: &[Id]| 2 * group.iter().filter(|id| yes(**id)).count() > group.len();
        of(&self.voters) && (self.outgoing.is_empty() || of(&self.outgoing))
    }

    /// The highest index that a majority has reached, of both groups where there are two. O(members²), in place for up to 16.
    pub fn reached(&self, mut matched: impl FnMut(Id) -> Index) -> Index {
        let mut of = |group: &[Id]| {
            // The one that a majority is at or above.
            let rank = |index: Index, all: &[Index]| all.iter().filter(|other| **other >= index).count();
            let mut held = [0; 16];
            let mut many = Vec::new();
            let all: &mut [Index] = if let Some(held) = held.get_mut(..group.len()) {
                held
            } else {
                many.resize(group.len(), 0);
                &mut many
            };
            all.iter_mut().zip(group).for_each(|(held, id)| *held = matched(*id));
            let enough = |index: &&Index| 2 * rank(**index, all) > all.len();
            all.iter().filter(enough).max().copied().unwrap_or(0)
        };
        let new = of(&self.voters);
        if self.outgoing.is_empty() { new } else { new.min(of(&self.outgoing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_decide() {
        let check = |voters: &[Id], yes: &[Id], expected| {
            assert_eq!(Config::new(voters).majority(|id| yes.contains(&id)), expected, "{voters:?} {yes:?}");
        };
        check(&[], &[1], false);
        check(&[1], &[1], true);
        check(&[1, 2], &[1], false);
        check(&[1, 2, 3], &[1, 3], true);
        check(&[1, 2, 3, 4], &[1, 3], false);
        check(&[1, 2, 3, 4, 5], &[1, 3, 9], false);
    }

    #[test]
    fn a_joint_phase_needs_both_groups() {
        let joint = Config::new(&[1, 2, 3]).joint(&[3, 4, 5]);
        let check =
            |yes: &[Id], expected| assert_eq!(joint.majority(|id| yes.contains(&id)), expected, "{yes:?}");
        check(&[1, 2, 3], false);
        check(&[3, 4, 5], false);
        check(&[2, 3, 4], true);
        check(&[1, 2, 4, 5], true);
        assert_eq!(joint.members().collect::<Vec<_>>(), [3, 4, 5, 1, 2]);
        assert_eq!((joint.settled(), joint.is_joint()), (Config::new(&[3, 4, 5]), true));
    }

    #[test]
    fn an_index_is_reached_where_a_majority_is() {
        let check = |config: &Config, expected| {
            // Node n has matched 10 n.
            assert_eq!(config.reached(|id| id * 10), expected, "{config:?}");
        };
        check(&Config::new(&[]), 0);
        check(&Config::new(&[7]), 70);
        check(&Config::new(&[1, 2]), 10);
        check(&Config::new(&[1, 2, 3]), 20);
        check(&Config::new(&[1, 2, 3, 4]), 20);
        check(&Config::new(&[5, 3, 1, 2, 4]), 30);
        check(&Config::new(&[1, 2, 3]).joint(&[4, 5, 6]), 20);
        check(&Config::new(&(1..=40).collect::<Vec<_>>()), 200);
    }

    #[test]
    fn differences_are_counted_both_ways() {
        let config = Config::new(&[1, 2, 3]);
        assert_eq!(
            [&[1, 2, 3][..], &[1, 2], &[1, 2, 3, 4], &[1, 2, 4]].map(|other| config.differences(other)),
            [0, 1, 1, 2]
        );
    }
}
